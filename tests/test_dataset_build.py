"""Building a data set as a whole: any sampling, any number of processes, broken off anywhere, the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scenes
import shapely
import tiny_source
import yaml

from backend.errors import CancelledError, InputError

pytest.importorskip("zarr")
from training import dataset_parts
from training import make_dataset as make_dataset_module
from training.classes import UNKNOWN
from training.make_dataset import make_dataset
from training.mosaic import SourceMosaic, open_mosaics
from training.progress import QuietProgress
from training.sampling import to_blocks
from training.simulated_scenes import simulate_sources
from training.splits import SPLITS
from training.store import CLASS, FOLD, NEAR, PARCEL, SPLIT, Store
from training.store_writer import UNITS, only_writer, unfinished_path

pytestmark = pytest.mark.torch

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write_farm(tmp_path_factory.mktemp("farm"))


@pytest.fixture
def many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A farm of four units, so that there is something to break off."""
    monkeypatch.setattr(dataset_parts, "to_blocks", lambda chips: to_blocks(chips, 32))


def files(path: Path) -> dict[str, bytes]:
    return {str(item.relative_to(path)): item.read_bytes() for item in sorted(path.rglob("*")) if item.is_file()}


class Cancelled(QuietProgress):
    """Says stop once the units that are written are so many."""

    def __init__(self, out: Path, units: int) -> None:
        self._folder, self._units = unfinished_path(out / "dataset.zarr") / UNITS, units
        super().__init__(lambda: self._folder.is_dir() and len(list(self._folder.glob("*.npz"))) >= self._units)


@pytest.mark.usefixtures("many_blocks")
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_cancelled_run_goes_on_and_ends_with_the_same_bytes(farm: Path, tmp_path: Path, after: int) -> None:
    whole = tiny_source.build(farm, tmp_path / "whole")
    out = tmp_path / "cancelled"
    out.mkdir()
    config = tiny_source.config()
    with pytest.raises(CancelledError):
        make_dataset(config, farm, out, Cancelled(out, after))
    assert not (out / "dataset.zarr").exists()
    written = list((unfinished_path(out / "dataset.zarr") / UNITS).glob("*.npz"))
    assert len(written) == after
    make_dataset(config, farm, out, tiny_source.quiet)
    assert files(out / "dataset.zarr") == files(whole.path)


@pytest.mark.usefixtures("many_blocks")
def test_units_that_are_written_are_not_written_again(
    farm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_source.config()
    with pytest.raises(CancelledError):
        make_dataset(config, farm, tmp_path, Cancelled(tmp_path, 3))
    seen: list[int] = []
    write = make_dataset_module.write_block

    def counted(work: Any, unit: Any, is_cancelled: Any) -> None:
        seen.append(unit[0])
        write(work, unit, is_cancelled)

    monkeypatch.setattr(make_dataset_module, "write_block", counted)
    make_dataset(config, farm, tmp_path, tiny_source.quiet)
    assert seen == [3]


@pytest.mark.usefixtures("many_blocks")
def test_other_images_make_an_unfinished_data_set_begin_anew(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(CancelledError):
        make_dataset(tiny_source.config(), tmp_path, out, Cancelled(out, 3))
    values = np.full((4, 64, 64), 1234, np.uint16)
    path = tmp_path / "series" / f"S2_L2A_{scenes.DAYS[0]:%Y%m%d}_10m.tif"
    scenes.write_raster(path, values, scenes.BANDS_10M, scenes.transform())
    store = Store(make_dataset(tiny_source.config(), tmp_path, out, tiny_source.quiet))
    for number in range(len(store)):
        assert (store.images(number)[0][0, 0] == 1234).all()


def test_two_processes_make_the_bytes_of_one(
    farm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many_blocks: None
) -> None:
    monkeypatch.setattr(make_dataset_module, "SMALL", 0)
    stores = []
    for scheduler in ("local:1", "local:2"):
        out = tmp_path / scheduler.replace(":", "_")
        out.mkdir()
        stores.append(files(make_dataset(tiny_source.config(), farm, out, tiny_source.quiet, scheduler)))
        assert [path.name for path in out.iterdir()] == ["dataset.zarr"]
    assert stores[0] == stores[1]


def killed(command: list[str], seconds: float) -> None:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """Killed at several moments, from the start of the interpreter into the cutting of samples."""
    for number in range(3):
        tiny_source.write_farm(tmp_path / f"data{number}")
    settings = tiny_source.settings()
    listed = [
        tiny_source.source(name=f"farm{n}", series=f"data{n}/series", parcels=f"data{n}/parcels.gpkg") for n in range(3)
    ]
    settings["dataset"] = {**settings["dataset"], "sources": listed}
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")

    def command(out: Path) -> list[str]:
        arguments = ["dataset", "--config", str(config), "--data", str(tmp_path), "--out", str(out)]
        return [sys.executable, str(ROOT / "training" / "train.py"), *arguments]

    started = time.monotonic()
    subprocess.run(command(tmp_path / "whole"), check=True, capture_output=True)
    seconds = time.monotonic() - started
    for share in (0.5, 0.75, 0.9):
        killed(command(tmp_path / "killed"), share * seconds)
        partial = tmp_path / "killed" / "dataset.zarr"
        assert not partial.exists() or Store(partial)
    subprocess.run(command(tmp_path / "killed"), check=True, capture_output=True)
    assert files(tmp_path / "killed" / "dataset.zarr") == files(tmp_path / "whole" / "dataset.zarr")


def test_a_chip_around_each_parcel_knows_its_parcel(farm: Path, tmp_path: Path) -> None:
    config = tiny_source.with_dataset(sampling="parcels", chip=24)
    store = tiny_source.build(farm, tmp_path, config)
    assert sorted(store.parcel_of.tolist()) == list(range(1, 17))
    for number in range(len(store)):
        labels = store.labels(number, 1)
        assert labels[PARCEL, 12, 12] == store.parcel_of[number]
        rows, cols = np.nonzero(labels[PARCEL] == store.parcel_of[number])
        assert (len(np.unique(rows)), len(np.unique(cols))) == (14, 14)  # all of the field


@pytest.mark.parametrize("chip", [24, 48, 64, 128])
def test_chips_of_the_published_sizes_hold_the_same_ground(farm: Path, tmp_path: Path, chip: int) -> None:
    store = tiny_source.build(farm, tmp_path, tiny_source.with_dataset(chip=chip))
    mosaic = open_mosaics(store)[0]
    np.testing.assert_array_equal(mosaic.labels(1)[CLASS], tiny_source.crops())
    april = np.where(tiny_source.crops() == 1, scenes.GREEN["B08"], scenes.BARE["B08"])
    np.testing.assert_array_equal(mosaic.pixels.x[0, store.bands.index("B08")], april)
    assert mosaic.pixels.valid.all()
    assert mosaic.pixels.doy.tolist() == [110, 140, 213, 244]
    assert mosaic.dates.tolist() == [20180420, 20180520, 20180801, 20180901]


def test_labels_twice_finer_lie_between_the_other_two_grids(farm: Path, tmp_path: Path) -> None:
    store = tiny_source.build(farm, tmp_path, tiny_source.with_dataset(magnifications=[1, 2, 4]))
    mosaic = open_mosaics(store)[0]
    for scale in (2, 4):
        expected = np.kron(tiny_source.crops(), np.ones((scale, scale), np.uint8))
        np.testing.assert_array_equal(mosaic.labels(scale)[CLASS], expected)


def test_a_data_set_without_labels_needs_no_parcels(farm: Path, tmp_path: Path) -> None:
    plain = tiny_source.source(parcels=None, crop_field=None, id_field=None, classes=None)
    config = tiny_source.with_dataset(sampling="unlabelled", sources=[plain])
    store = tiny_source.build(farm, tmp_path, config)
    assert len(store) == 4
    assert (store.labels(0, 4)[CLASS] == UNKNOWN).all()
    assert not [path for path in store.path.iterdir() if path.name.startswith("labels")]
    assert store.parcels_table().num_rows == 0
    assert store.images(0)[1].all()


def test_every_fold_is_the_test_of_a_model_that_never_saw_it(farm: Path, tmp_path: Path) -> None:
    shares = {"train": 0.5, "validation": 0.25, "calibration": 0.25, "test": 0.0}
    config = tiny_source.with_dataset(
        splits={"scheme": "folds", "folds": 4, "buffer_m": 25}, sources=[tiny_source.source(shares=shares)]
    )
    tiny_source.build(farm, tmp_path, config)
    path = tmp_path / "dataset.zarr"
    tested = np.zeros(17, int)
    for fold in range(1, 5):
        mosaic = SourceMosaic(Store(path, fold), 0)
        labels = mosaic.labels(1)
        inside = np.unique(labels[PARCEL][labels[SPLIT] == SPLITS["test"]])
        trained = np.unique(labels[PARCEL][labels[SPLIT] == SPLITS["train"]])
        tested[inside[inside > 0]] += 1
        assert not set(inside[inside > 0]) & set(trained[trained > 0])
        assert mosaic.num_parcels("test") == len(inside[inside > 0])
        # fields are 20 m apart: neighbours of a tested field are within the buffer and not trained on
        rows, cols = np.nonzero(labels[SPLIT] == SPLITS["test"])
        assert len(rows)
        near = np.zeros((64, 64), bool)
        for row, col in zip(rows, cols, strict=True):
            near[max(0, row - 2) : row + 3, col] = True
            near[row, max(0, col - 2) : col + 3] = True
        assert not (near & (labels[SPLIT] == SPLITS["train"])).any()
    assert (tested[1:] == 1).all()
    whole = SourceMosaic(Store(path), 0).labels(1)
    assert set(np.unique(whole[FOLD])) == {1, 2, 3, 4}
    assert whole[NEAR].any()


def test_rare_classes_become_other_with_a_warning(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path)
    crops = tiny_source.names()
    crops[0] = "barley"  # 196 pixels
    tiny_source.write_parcels(tmp_path / "parcels.gpkg", tiny_source.fields(), crops)
    config = tiny_source.with_dataset(
        rare={"train_pixels": 250, "evaluation_pixels": 0}, sources=[tiny_source.source(split="train")]
    )
    progress = QuietProgress()
    store = Store(make_dataset(config, tmp_path, tmp_path, progress))
    assert store.attributes["rare"] == {"3": 13}
    assert any("'Barley' has 196 certain pixels" in message for message in progress.warnings)
    labels = SourceMosaic(store, 0).labels(1)
    assert (labels[CLASS, 1:15, 1:15] == 13).all()
    assert store.class_pixels[13] == 196


def test_the_data_set_says_what_it_is_made_of(farm: Path, tmp_path: Path) -> None:
    store = tiny_source.build(farm, tmp_path)
    facts = store.sources[0].facts
    assert len(facts["files"]) == 4 * 3 + 1
    assert all(not entry["path"].startswith("/") and len(entry["sha256"]) == 64 for entry in facts["files"])
    assert facts["chips"] == {"planned": 4, "written": 4}
    assert facts["grid_shape"] == [64, 64]
    assert facts["parcel_counts"]["kept"] == 16
    assert facts["radiometry"] == []
    table = store.parcels_table().to_pylist()
    assert [row["source_id"] for row in table[:2]] == ["100", "101"]
    assert {row["area_ha"] for row in table} == {1.96}
    assert str(tmp_path) not in (store.path / "zarr.json").read_text()


def tile_halves(folder: Path) -> Iterator[Path]:
    """The farm's images as two granules of two tiles side by side, with a seam through the fields."""
    for name, cols in (("31TEJ", slice(0, 40)), ("31TFJ", slice(40, 64))):
        for day in scenes.DAYS:
            place = folder / name
            scenes.write_date(
                place, day, tiny_source.crops()[:, cols], prefix=f"T{name}_L2A_", left=scenes.LEFT + 10 * cols.start
            )
        yield folder / name


def test_two_tiles_merged_make_the_samples_of_one(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path / "one")
    (tmp_path / "two").mkdir()
    halves = [str(path.relative_to(tmp_path / "two")) for path in tile_halves(tmp_path / "two")]
    for name in ("parcels.gpkg",):
        (tmp_path / "two" / name).write_bytes((tmp_path / "one" / name).read_bytes())
    whole = tiny_source.mosaic(tmp_path / "one", tmp_path / "out1")
    config = tiny_source.with_dataset(sources=[tiny_source.source(series=halves)])
    merged = open_mosaics(tiny_source.build(tmp_path / "two", tmp_path / "out2", config))[0]
    np.testing.assert_array_equal(merged.pixels.x, whole.pixels.x)
    np.testing.assert_array_equal(merged.labels(4)[:4], whole.labels(4)[:4])


def test_labels_do_not_move_when_images_and_parcels_are_mirrored(tmp_path: Path) -> None:
    """No shift: the labels of a mirrored world are the mirrored labels, to the last cell, in all four flips."""
    triangle = shapely.Polygon([(500103, 4799993), (500287, 4799931), (500151, 4799724)])
    centre = (scenes.LEFT + 320, scenes.TOP - 320)
    for flip_x in (False, True):
        for flip_y in (False, True):
            folder = tmp_path / f"{flip_x}{flip_y}"
            tiny_source.write_farm(folder)
            scale = (-1 if flip_x else 1, -1 if flip_y else 1)
            shape = shapely.affinity.scale(triangle, *scale, origin=centre)
            tiny_source.write_parcels(folder / "parcels.gpkg", [shape], [tiny_source.WHEAT], crs=scenes.UTM)
            store = tiny_source.build(folder, folder / "out", split="train")
            planes = SourceMosaic(store, 0).labels(4)[:4]
            turned = planes[:, :: scale[1], :: scale[0]]
            if not flip_x and not flip_y:
                first = turned
            np.testing.assert_array_equal(turned, first)
    assert (first[CLASS] == 1).sum() == pytest.approx(triangle.area / 6.25, rel=0.02)


def test_a_full_disk_leaves_what_can_be_gone_on_with(
    farm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many_blocks: None
) -> None:
    config = tiny_source.config()
    keep = make_dataset_module.write_block

    def full(work: Any, unit: Any, is_cancelled: Any) -> None:
        if unit[0] == 2:
            raise OSError(28, "No space left on device")
        keep(work, unit, is_cancelled)

    monkeypatch.setattr(make_dataset_module, "write_block", full)
    with pytest.raises(OSError, match="No space left"):
        make_dataset(config, farm, tmp_path, tiny_source.quiet)
    assert not (tmp_path / "dataset.zarr").exists()
    monkeypatch.setattr(make_dataset_module, "write_block", keep)
    assert len(Store(make_dataset(config, farm, tmp_path, tiny_source.quiet))) == 4


def test_a_data_set_of_no_parcel_is_refused_and_an_earlier_one_stays(farm: Path, tmp_path: Path) -> None:
    before = files(tiny_source.build(farm, tmp_path).path)
    with pytest.raises(InputError, match="No parcel with a known crop lies in the training split"):
        tiny_source.build(farm, tmp_path, split="test")
    assert files(tmp_path / "dataset.zarr") == before
    assert [path.name for path in tmp_path.iterdir()] == ["dataset.zarr"]


def test_a_second_run_into_the_same_place_is_refused(farm: Path, tmp_path: Path) -> None:
    with (
        only_writer(tmp_path / "dataset.zarr"),
        pytest.raises(InputError, match=r"dataset.zarr: another run is building this data set"),
    ):
        make_dataset(tiny_source.config(), farm, tmp_path, tiny_source.quiet)
    assert list(tmp_path.iterdir()) == []
    assert len(tiny_source.build(farm, tmp_path)) == 4


def test_classes_must_be_numbered_as_a_network_has_them(farm: Path, tmp_path: Path) -> None:
    lines = ["code,name,title,color", "0,background,,#e6e6e6", "2,maize_corn,,#f28e2b", "1,barley,,#f3e29b"]
    (farm / "mine.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mine.csv: the codes of the classes must be 0, 1, 2 \.\.\. .* not 0, 2, 1\."):
        tiny_source.build(farm, tmp_path, tiny_source.with_dataset(legend="mine.csv"))


def test_an_input_that_is_touched_is_the_same_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_source.write_farm(tmp_path)
    write = make_dataset_module.write_block

    def touching(work: Any, unit: Any, is_cancelled: Any) -> None:
        os.utime(tmp_path / "parcels.gpkg", (1, 1))
        write(work, unit, is_cancelled)

    monkeypatch.setattr(make_dataset_module, "write_block", touching)
    assert len(tiny_source.build(tmp_path, tmp_path / "out")) == 4


def test_limits_of_rare_classes_cut_no_sample_anew(farm: Path, tmp_path: Path, many_blocks: None) -> None:
    with pytest.raises(CancelledError):
        make_dataset(tiny_source.config(), farm, tmp_path, Cancelled(tmp_path, 3))
    seen = []
    others = tiny_source.with_dataset(rare={"train_pixels": 1, "evaluation_pixels": 1}, memory_gib=2)
    for number in range(4):
        if not (unfinished_path(tmp_path / "dataset.zarr") / UNITS / f"{number:06d}.npz").is_file():
            seen.append(number)
    make_dataset(others, farm, tmp_path, tiny_source.quiet)
    assert seen == [3]


def test_a_scene_of_other_settings_takes_the_place_of_the_first(tmp_path: Path) -> None:
    def simulated(dates: int) -> list[str]:
        made_up = {"name": "sim", "scenes": 1, "size_px": 64, "dates": dates}
        config = tiny_source.config(dataset={"chip": 32, "simulations": [made_up]})
        simulate_sources(config, tmp_path, tmp_path, tiny_source.quiet)
        return sorted(path.name for path in (tmp_path / "simulated" / "sim_000").glob("*_10m.tif"))

    assert len(simulated(6)) == 6
    assert len(simulated(4)) == 4
