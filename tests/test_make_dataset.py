"""The data set of a small farm: labels lie on their pixels, and only the training split is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import pytest
import scenes
import shapely
import tiny_source

from backend.errors import InputError
from backend.grid import Window

pytest.importorskip("zarr")
from training.classes import UNKNOWN
from training.config import TrainConfig
from training.config_dataset import SimulationConfig
from training.progress import QuietProgress
from training.simulate import simulate_scene
from training.simulated_scenes import MARKER, all_sources, scene_settings, simulate_sources
from training.splits import SPLITS
from training.store import Store

pytestmark = pytest.mark.torch

B08 = 6
"""Place of the near infrared among the default bands."""


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write_farm(tmp_path_factory.mktemp("farm"))


def built(data: Path, out: Path, config: TrainConfig | None = None, **changes: Any) -> Store:
    """The store of the farm; `changes` are those of the source."""
    return tiny_source.build(data, out, config, **changes)


def assembled(store: Store, magnification: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """x (T, C, 64, 64) and labels (7, 64 m, 64 m), put together from all chips."""
    x = np.zeros((store.doy.shape[1], len(store.bands), 64, 64), np.uint16)
    labels = np.full((7, 64 * magnification, 64 * magnification), UNKNOWN, np.int32)
    whole = Window(0, 0, 64, 64)
    for number, (row, col) in enumerate(store.origin.tolist()):
        window = Window(row, col, 32, 32)
        inside = window.intersect(whole)
        own_x, _, own_labels = store.read(number, magnification)
        x[(..., *inside.slices(whole))] = own_x[(..., *inside.slices(window))]
        fine, fine_window = inside.refine(magnification), window.refine(magnification)
        part = own_labels[(..., *fine.slices(fine_window))]
        labels[(..., *fine.slices(whole.refine(magnification)))] = part
    return x, labels


@pytest.mark.parametrize("shift", [0, 20, 10])
def test_a_class_is_exactly_where_its_pixels_are(tmp_path: Path, shift: int) -> None:
    """With the images on the lattice of chips, and beside it."""
    tiny_source.write_farm(tmp_path, left=scenes.LEFT + shift, top=scenes.TOP - shift)
    store = built(tmp_path, tmp_path / "out")
    for magnification in (1, 4):
        x, labels = assembled(store, magnification)
        bright = np.kron(x[:, B08] == scenes.GREEN["B08"], np.ones((magnification, magnification), bool))
        np.testing.assert_array_equal(bright[0], labels[0] == 1)  # wheat, April
        np.testing.assert_array_equal(bright[3], labels[0] == 5)  # maize, September
        np.testing.assert_array_equal(labels[1] > 0, labels[0] > 0)


def test_chips_start_at_even_places_of_the_lattice_and_are_padded_beyond_the_images(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path, left=scenes.LEFT + 10, top=scenes.TOP - 10)
    store = built(tmp_path, tmp_path / "out")
    # lattice: column (500000 + 10) / 10 = 50001, row -(4800000 - 10) / 10 = -479999: both one beyond an even number
    assert store.origin.tolist() == [[row, col] for row in (-1, 31, 63) for col in (-1, 31, 63)]
    x, valid, labels = store.read(0, 1)
    assert not valid[:, :1].any()
    assert not valid[:, :, :1].any()
    assert valid[:, 1:, 1:].all()
    assert (x[:, :, :1] == 0).all()
    assert (labels[0, :1] == UNKNOWN).all()
    assert (labels[4, :1] == 0).all()
    last = store.read(8, 4)[2]
    assert (last[0, 4:] == UNKNOWN).all()  # one of its rows is imaged, four rows of labels
    assert (last[0, :4, :4] != UNKNOWN).all()


def test_the_blind_date_is_not_in_the_data_set(farm: Path, tmp_path: Path) -> None:
    store = built(farm, tmp_path / "out")
    assert (store.date == [20180420, 20180520, 20180801, 20180901]).all()
    assert (store.doy == [110, 140, 213, 244]).all()


def test_statistics_come_from_the_training_split_alone(tmp_path: Path) -> None:
    """All pixels of other splits are poisoned: the statistics must not move."""
    tiny_source.write_farm(tmp_path)
    first = built(tmp_path, tmp_path / "out")
    _, labels = assembled(first, 1)
    other = labels[4] != SPLITS["train"]
    assert 0.3 < other.mean() < 0.7
    for day in scenes.DAYS:
        values = np.stack([scenes.band_values(band, tiny_source.crops(), day) for band in scenes.BANDS_10M])
        values[:, other] = 60000
        path = tmp_path / "series" / f"S2_L2A_{day:%Y%m%d}_10m.tif"
        scenes.write_raster(path, values, scenes.BANDS_10M, scenes.transform())
    second = built(tmp_path, tmp_path / "poisoned")
    assert (assembled(second, 1)[0] == 60000).any()
    assert second.attributes["statistics"] == first.attributes["statistics"]


def test_statistics_are_those_of_the_pixels(farm: Path, tmp_path: Path) -> None:
    store = built(farm, tmp_path / "out")
    x, labels = assembled(store, 1)
    train = labels[4] == SPLITS["train"]
    values = x[:, B08][:, train] / 10000
    assert store.attributes["statistics"]["mean"][B08] == pytest.approx(values.mean())
    assert store.attributes["statistics"]["std"][B08] == pytest.approx(values.std())
    counts = np.bincount(labels[0][train], minlength=14)
    assert store.attributes["statistics"]["class_pixels"] == counts.tolist()


def test_mixed_pixels_are_flagged_and_not_counted_as_training_pixels_of_a_class(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path)
    # the lanes go: field 1 (maize) grows west to touch field 0 (wheat) in the middle of pixel column 15
    shapes = tiny_source.fields()
    left, top = scenes.LEFT, scenes.TOP
    shapes[0] = shapely.box(left + 10, top - 150, left + 155, top - 10)
    shapes[1] = shapely.box(left + 155, top - 150, left + 310, top - 10)
    tiny_source.write_parcels(tmp_path / "parcels.gpkg", shapes, tiny_source.names())
    store = built(tmp_path, tmp_path / "out", split="train")
    coarse, fine = assembled(store, 1)[1], assembled(store, 4)[1]
    assert (coarse[3, 1:15, 15] == 1).all()
    assert np.isin(coarse[0, 1:15, 15], (1, 5)).all()
    assert (np.abs(coarse[2, 1:15, 15] - 127.5) < 1).all()  # half of it
    assert (fine[3] == 0).all()  # at 2.5 m the border lies between two cells
    wheat_and_maize = np.bincount(coarse[0][coarse[3] == 0], minlength=14)
    assert store.attributes["statistics"]["class_pixels"] == wheat_and_maize.tolist()


def test_chips_without_a_label_are_left_out(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path)
    shapes, names = tiny_source.fields(), tiny_source.names()
    corner = [0, 1, 4, 5]  # the upper left chip
    tiny_source.write_parcels(tmp_path / "parcels.gpkg", [shapes[i] for i in corner], [names[i] for i in corner])
    few = built(tmp_path, tmp_path / "few", outside_parcels="ignore", split="train")
    assert few.origin.tolist() == [[0, 0]]
    all_chips = built(tmp_path, tmp_path / "all", outside_parcels="background", split="train")
    assert len(all_chips) == 4


def test_the_store_keeps_what_the_sources_are(farm: Path, tmp_path: Path) -> None:
    config = tiny_source.with_dataset(sources=[tiny_source.source(weight=2.5)])
    store = built(farm, tmp_path / "out", config)
    (record,) = store.sources
    assert (record.name, record.weight) == ("farm", 2.5)
    assert record.transform == (10.0, 0.0, scenes.LEFT, 0.0, -10.0, scenes.TOP)
    assert record.facts["parcels"] == 16
    assert record.facts["parcels_by_split"] == {"train": 8, "validation": 2, "calibration": 2, "test": 4}
    assert [row["used"] for row in record.facts["dates"]] == [True, True, False, True, True]
    assert store.attributes["fingerprint"] == config.fingerprint("seed", "dataset")


def test_a_farm_of_unknown_crops_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path)
    (tmp_path / "none.csv").write_text(f"source_code,name\n{tiny_source.WHEAT},\n{tiny_source.MAIZE},\n")
    with pytest.raises(InputError, match=r"none\.csv gives a class to none of the crops of the 16 parcels"):
        built(tmp_path, tmp_path / "out", classes="none.csv", outside_parcels="ignore", split="train")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_source_without_training_parcels_is_refused_and_leaves_nothing_behind(farm: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No parcel with a known crop lies in the training split"):
        built(farm, tmp_path / "out", split="test")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_simulation_is_a_source_per_scene_in_turn(tmp_path: Path) -> None:
    simulation = SimulationConfig(
        name="sim", scenes=3, weight=6, parcels=("a.gpkg",), profiles="p.parquet", builtin_profiles_every=2
    )
    config = tiny_source.with_dataset(sources=[], simulations=[simulation.model_dump()])
    listed = all_sources(config, tmp_path / "data", tmp_path / "out")
    assert [item.name for item, _ in listed] == ["sim_000", "sim_001", "sim_002"]
    assert {folder for _, folder in listed} == {tmp_path / "out"}
    assert [item.weight for item, _ in listed] == [2, 2, 2]


def test_the_settings_of_a_scene_are_a_function_of_the_configuration(tmp_path: Path) -> None:
    for name in ("a.gpkg", "p.parquet"):
        (tmp_path / name).touch()
    simulation = SimulationConfig(
        name="sim", scenes=4, parcels=("a.gpkg",), profiles="p.parquet", builtin_profiles_every=2
    )
    made = [scene_settings(simulation, number, 1, tmp_path) for number in range(4)]
    assert made == [scene_settings(simulation, number, 1, tmp_path) for number in range(4)]
    assert len({item.seed for item in made}) == 4
    assert made[0].seed != scene_settings(simulation, 0, 2, tmp_path).seed
    assert [item.flavour for item in made] == ["temperate", "mediterranean"] * 2
    assert [item.geometry is None for item in made] == [False, True, False, True]
    assert [item.profiles is None for item in made] == [True, False, True, False]


def noisy_config(noise: float) -> TrainConfig:
    """A scene to train on, with so many wrong declarations, and one to test on."""
    scene = {"scenes": 1, "size_px": 64, "dates": 4}
    simulations = [
        {"name": "train", "split": "train", "label_noise": noise, **scene},
        {"name": "test", "split": "test", "seed": 1, **scene},
    ]
    return tiny_source.with_dataset(sources=[], simulations=simulations)


def test_declarations_are_wrong_in_the_simulation_that_asks_for_it_alone(tmp_path: Path) -> None:
    config = noisy_config(0.5)
    simulate_sources(config, tmp_path, tmp_path, QuietProgress())
    shares = {}
    for simulation in config.dataset.simulations:
        scene = simulate_scene(scene_settings(simulation, 0, config.seed, tmp_path))
        declared = pyogrio.read_dataframe(tmp_path / "simulated" / f"{simulation.name}_000" / "parcels.gpkg")
        assert declared["parcel_id"].tolist() == scene.parcels["parcel_id"].tolist()
        shares[simulation.name] = np.mean(declared["crop"].to_numpy() != scene.parcels["crop"].to_numpy())
    assert shares["train"] == pytest.approx(0.5, abs=0.5 / 10)
    assert shares["test"] == 0


def test_a_scene_is_made_again_for_other_noise_and_one_without_stays_what_it_was(tmp_path: Path) -> None:
    config = noisy_config(0.0)
    simulate_sources(config, tmp_path, tmp_path, QuietProgress())
    folders = [tmp_path / "simulated" / f"{item.name}_000" for item in config.dataset.simulations]
    settings = [scene_settings(item, 0, config.seed, tmp_path) for item in config.dataset.simulations]
    # what earlier versions wrote, so that their scenes stay
    assert [(folder / MARKER).read_text() for folder in folders] == [repr(item) for item in settings]
    assert "label_noise" not in (folders[0] / "meta.json").read_text()
    before = [(folder / "parcels.gpkg").stat().st_mtime_ns for folder in folders]
    simulate_sources(config, tmp_path, tmp_path, QuietProgress())
    assert [(folder / "parcels.gpkg").stat().st_mtime_ns for folder in folders] == before
    simulate_sources(noisy_config(0.5), tmp_path, tmp_path, QuietProgress())
    after = [(folder / "parcels.gpkg").stat().st_mtime_ns for folder in folders]
    assert (after[0] > before[0], after[1] == before[1]) == (True, True)
    assert noisy_config(0.0).fingerprint("seed", "dataset") != noisy_config(0.5).fingerprint("seed", "dataset")
