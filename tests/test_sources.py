"""Opening a source: which dates, parcels and splits it has, and what is said where something does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scenes
import shapely
import tiny_source

from backend.errors import InputError, SeriesError
from training.classes import UNKNOWN, Legend
from training.config import DatasetConfig, SourceConfig, read_config
from training.labels import rasterise_labels
from training.sources import CLASSES, Source, open_source
from training.splits import SPLITS

LEGEND = Legend.read(CLASSES / "legend.csv")
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write_farm(tmp_path_factory.mktemp("farm"))


def opened(folder: Path, seed: int = 3, max_dates: int = 6, **changes: Any) -> Source:
    config = SourceConfig(**tiny_source.source(**changes))
    return open_source(config, DatasetConfig(sources=(config,), max_dates=max_dates), folder, LEGEND, seed)


def test_a_date_without_a_clear_pixel_is_not_used(farm: Path) -> None:
    source = opened(farm)
    assert source.dates.tolist() == [20180420, 20180520, 20180801, 20180901]
    assert source.pixels.doy.tolist() == [110, 140, 213, 244]
    blind = next(row for row in source.rows if row.observation.date == tiny_source.BLIND_DAY)
    assert not blind.used
    assert blind.reason == "no clear pixel"


def test_of_equally_clear_dates_those_kept_are_spread_over_the_season(farm: Path) -> None:
    source = opened(farm, max_dates=2)
    assert source.dates.tolist() == [20180420, 20180901]
    reasons = {row.observation.date: row.reason for row in source.rows}
    assert reasons[scenes.DAYS[1]] == reasons[scenes.DAYS[2]] == "more dates than max_dates"


def test_the_clearest_dates_are_kept(tmp_path: Path) -> None:
    cloudy = scenes.clear_scl(tiny_source.crops())
    cloudy[:8] = scenes.CLOUD_SCL
    tiny_source.write_farm(tmp_path)
    scenes.write_date(tmp_path / "series", scenes.DAYS[3], tiny_source.crops(), scl=cloudy)
    assert opened(tmp_path, max_dates=3).dates.tolist() == [20180420, 20180520, 20180801]


def test_classes_lie_where_their_crop_is_green(farm: Path) -> None:
    source = opened(farm)
    labels = source.labels(1)
    np.testing.assert_array_equal(labels[0], tiny_source.crops())
    near_infrared = source.pixels.x[:, source.bands.index("B08")]
    np.testing.assert_array_equal(near_infrared[0] == scenes.GREEN["B08"], labels[0] == 1)  # wheat in April
    np.testing.assert_array_equal(near_infrared[3] == scenes.GREEN["B08"], labels[0] == 5)  # maize in September


def test_labels_four_times_finer_repeat_those_of_fields_with_edges_on_pixels(farm: Path) -> None:
    source = opened(farm)
    fine, coarse = source.labels(4), source.labels(1)
    np.testing.assert_array_equal(fine[:2], np.repeat(np.repeat(coarse[:2], 4, axis=1), 4, axis=2))


def test_no_parcel_is_in_two_splits_and_each_split_has_both_crops_where_it_can(farm: Path) -> None:
    source = opened(farm)
    planes = source.labels(1)
    for parcel in range(1, 17):
        assert len(np.unique(planes[4][planes[1] == parcel])) == 1
    counts = source.facts()["parcels_by_split"]
    assert counts == {"train": 8, "validation": 2, "calibration": 2, "test": 4}
    for split in ("train", "test"):
        assert set(source.parcels.classes[source.splits.parcels == SPLITS[split]].tolist()) == {1, 5}


def test_the_splits_depend_on_the_seed_alone(farm: Path) -> None:
    np.testing.assert_array_equal(opened(farm).splits.parcels, opened(farm).splits.parcels)
    others = [opened(farm, seed=seed).splits.parcels for seed in range(4, 8)]
    assert any((other != opened(farm).splits.parcels).any() for other in others)


def test_a_whole_source_can_be_one_split(farm: Path) -> None:
    source = opened(farm, split="test")
    assert (source.labels(1)[4] == SPLITS["test"]).all()


@pytest.mark.parametrize(("outside", "code"), [("background", 0), ("ignore", UNKNOWN)])
def test_what_lies_outside_is_background_only_where_the_source_says_so(farm: Path, outside: str, code: int) -> None:
    labels = opened(farm, outside_parcels=outside).labels(1)
    assert (labels[0][tiny_source.crops() == 0] == code).all()


def test_a_class_table_may_lie_beside_the_data(farm: Path) -> None:
    table = farm / "own.csv"
    table.write_text(f"source_code,name\n{tiny_source.WHEAT},barley\n{tiny_source.MAIZE},\n", encoding="utf-8")
    assert set(np.unique(opened(farm, classes="own.csv").labels(1)[0])) == {0, 3, UNKNOWN}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classes": "nowhere"}, r"Source 'farm': there is no class table 'nowhere' \(shipped: .*eurocrops_hcat"),
        ({"crop_field": "crops"}, r"parcels.gpkg: no field 'crops'.*'crop'"),
        ({"id_field": "number"}, "parcels.gpkg: no field 'number'"),
        ({"parcels": "nothing.gpkg"}, "There is no file .*nothing.gpkg"),
        ({"series": "nothing"}, "nothing"),
    ],
)
def test_what_a_source_lacks_is_named(farm: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        opened(farm, **changes)


def test_a_series_without_a_usable_date_is_refused(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path)
    for day in scenes.DAYS:
        clouds = scenes.clear_scl(tiny_source.crops(), scenes.CLOUD_SCL)
        scenes.write_date(tmp_path / "series", day, tiny_source.crops(), scl=clouds)
    with pytest.raises(SeriesError, match="Source 'farm': none of its 5 acquisitions is usable"):
        opened(tmp_path)


def test_the_real_languedoc_series_opens_with_its_parcels_in_disjoint_splits(real_data: Path) -> None:
    config = read_config(ROOT / "resources" / "configs" / "languedoc.yaml")
    settings = next(source for source in config.dataset.sources if source.name == "languedoc")
    source = open_source(settings, config.dataset, real_data, LEGEND, config.seed)
    assert len(source.rows) == 10
    assert len(source.dates) == 9
    assert (np.diff(source.dates) > 0).all()
    assert len(source.parcels) == 74
    assert source.parcels.counts.outside == 0
    planes = source.labels(4)
    split_of = source.splits.parcels
    scored = np.unique(source.parcels.classes[source.parcels.classes != UNKNOWN])
    assert len(scored) == 5
    for split in ("train", "test"):
        assert set(source.parcels.classes[split_of == SPLITS[split]]) >= set(scored)
    for parcel in source.parcels.ids:
        assert np.unique(planes[4][planes[1] == parcel]).tolist() in ([split_of[parcel - 1]], [])
    left, bottom, right, top = source.grid.bounds
    assert shapely.within(source.parcels.geometry, shapely.box(left, bottom, right, top)).all()
    assert (planes[0][planes[1] == 0] == UNKNOWN).all()
    assert not (planes[0] == 0).any()
    np.testing.assert_array_equal(planes[1], rasterise_labels(source.parcels, source.grid.refine(4), "ignore").parcels)
