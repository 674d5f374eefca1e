"""Opening a source: which dates, parcels and splits it has, and what is said where something does not fit."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scenes
import shapely
import tiny_source

from backend.errors import InputError, SeriesError
from backend.grid import Window
from training.classes import CLASSES, UNKNOWN, Legend
from training.config import read_config
from training.config_dataset import DatasetConfig, SourceConfig
from training.sources import Source, open_series, spread
from training.splits import SPLITS

LEGEND = Legend.read(CLASSES / "legend.csv")
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write_farm(tmp_path_factory.mktemp("farm"))


def opened(folder: Path, seed: int = 3, max_dates: int = 6, **changes: Any) -> Source:
    return opened_all(folder, [changes], seed, max_dates=max_dates)[0]


def opened_all(
    folder: Path, sources: list[dict[str, Any]], seed: int = 3, said: tuple[str, ...] | list[str] = (), **dataset: Any
) -> list[Source]:
    configs = [SourceConfig(**tiny_source.source(**changes)) for changes in sources]
    settings = DatasetConfig(**{"sources": configs, "max_dates": 6, **dataset})
    warnings: list[str] = []
    series = [open_series(config, settings, folder, LEGEND, warnings.append) for config in configs]
    sources = spread(series, settings, seed, warnings.append)
    assert warnings == list(said)
    return sources


def planes(source: Source, magnification: int = 1) -> Any:
    return source.planes(source.grid.window, magnification)


def test_a_date_without_a_clear_pixel_is_not_used(farm: Path) -> None:
    source = opened(farm)
    assert source.dates.tolist() == [20180420, 20180520, 20180801, 20180901]
    assert source.doy.tolist() == [110, 140, 213, 244]
    blind = next(row for row in source.opened.rows if row.observation.date == tiny_source.BLIND_DAY)
    assert not blind.used
    assert blind.reason == "no clear pixel"


def test_of_equally_clear_dates_those_kept_are_spread_over_the_season(farm: Path) -> None:
    source = opened(farm, max_dates=2)
    assert source.dates.tolist() == [20180420, 20180901]
    reasons = {row.observation.date: row.reason for row in source.opened.rows}
    assert reasons[scenes.DAYS[1]] == reasons[scenes.DAYS[2]] == "more dates than max_dates"


def test_the_clearest_dates_are_kept(tmp_path: Path) -> None:
    cloudy = scenes.clear_scl(tiny_source.crops())
    cloudy[:8] = scenes.CLOUD_SCL
    tiny_source.write_farm(tmp_path)
    scenes.write_date(tmp_path / "series", scenes.DAYS[3], tiny_source.crops(), scl=cloudy)
    assert opened(tmp_path, max_dates=3).dates.tolist() == [20180420, 20180520, 20180801]


def test_classes_lie_where_their_crop_is_green(farm: Path) -> None:
    np.testing.assert_array_equal(planes(opened(farm))[0], tiny_source.crops())


def test_labels_four_times_finer_repeat_those_of_fields_with_edges_on_pixels(farm: Path) -> None:
    source = opened(farm)
    fine, coarse = planes(source, 4), planes(source)
    np.testing.assert_array_equal(fine[:2], np.repeat(np.repeat(coarse[:2], 4, axis=1), 4, axis=2))


def test_no_parcel_is_in_two_splits_and_each_split_has_both_crops_where_it_can(farm: Path) -> None:
    source = opened(farm)
    labels = planes(source)
    for parcel in range(1, 17):
        assert len(np.unique(labels[4][labels[1] == parcel])) == 1
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
    assert (planes(source)[4] == SPLITS["test"]).all()


@pytest.mark.parametrize(("outside", "code"), [("background", 0), ("ignore", UNKNOWN)])
def test_what_lies_outside_is_background_only_where_the_source_says_so(farm: Path, outside: str, code: int) -> None:
    labels = planes(opened(farm, outside_parcels=outside))
    assert (labels[0][tiny_source.crops() == 0] == code).all()


def test_planes_beyond_the_images_are_unknown_and_in_no_split(farm: Path) -> None:
    source = opened(farm)
    labels = source.planes(Window(-8, 60, 16, 16), 2)
    inside = np.zeros((32, 32), bool)
    inside[16:, :8] = True
    assert (labels[0][~inside] == UNKNOWN).all()
    assert (labels[1:2, ~inside] == 0).all()
    assert (labels[4:, ~inside] == 0).all()
    np.testing.assert_array_equal(labels[:, 16:, :8], planes(source, 2)[:, :16, 120:])


def test_any_window_has_the_planes_of_the_whole(farm: Path) -> None:
    source = opened_all(farm, [{}], splits={"scheme": "folds", "folds": 3, "buffer_m": 25})[0]
    whole = planes(source, 2)
    assert len(np.unique(whole[5])) > 2
    assert whole[6].any()
    for window in (Window(0, 0, 17, 9), Window(30, 11, 20, 40), Window(63, 63, 1, 1)):
        fine = window.refine(2).slices(source.grid.window.refine(2))
        np.testing.assert_array_equal(source.planes(window, 2), whole[(slice(None), *fine)])


def test_a_field_is_in_the_same_split_in_every_year_of_a_region(farm: Path) -> None:
    years = [{"name": f"farm_{year}", "year": year, "region": "farm"} for year in (2018, 2019)]
    first, second = opened_all(farm, years)
    np.testing.assert_array_equal(first.splits.parcels, second.splits.parcels)


def test_fields_of_two_sources_that_are_split_apart_are_told(farm: Path) -> None:
    said = [
        "The sources 'a' and 'b' have 16 fields in common but are split apart: give both the same 'region', or a field "
        "may be trained on in one and tested in the other."
    ]
    opened_all(farm, [{"name": "a"}, {"name": "b"}], said=said)


def test_a_buffer_too_wide_for_its_blocks_is_told(farm: Path) -> None:
    said = [
        "Source 'farm': blocks of 160 m with a buffer of 50 m lose much of the training ground; ten times the buffer "
        "is a good size."
    ]
    opened_all(farm, [{}], said=said, splits={"buffer_m": 50})


def test_the_dates_kept_are_shared_out_over_the_tiles(tmp_path: Path) -> None:
    """Two tiles of one orbit show more ground a day than a third of another: that one gets its dates too."""
    fields = tiny_source.crops()
    tiny_source.write_farm(tmp_path)
    for number, day in enumerate(date(2018, 4 + n // 28, 1 + n % 28) for n in range(12)):
        if number % 2:
            scenes.write_date(tmp_path / "s" / "a", day, fields, prefix="T31TEJ_L2A_")
            scenes.write_date(tmp_path / "s" / "b", day, fields, prefix="T31TFJ_L2A_", left=scenes.LEFT + 640)
        else:
            scenes.write_date(tmp_path / "s" / "c", day, fields, prefix="T31TGJ_L2A_", left=scenes.LEFT + 1280)
    source = opened(tmp_path, max_dates=4, series="s")
    shown = [observation.tile for observation in source.observations]
    assert sorted(shown) == ["31TEJ+31TFJ", "31TEJ+31TFJ", "31TGJ", "31TGJ"]


def test_the_fields_of_a_source_that_is_wholly_a_test_are_trained_on_nowhere(farm: Path) -> None:
    first, _ = opened_all(farm, [{"name": "a"}, {"name": "b", "split": "test"}])
    assert set(first.splits.parcels.tolist()) == {0}


def test_a_source_of_the_year_held_out_is_the_test_whatever_role_it_had(farm: Path) -> None:
    sources = [{"name": "a", "year": 2018}, {"name": "b", "year": 2019, "split": "train"}]
    first, second = opened_all(farm, sources, splits={"scheme": "leave_year_out", "held_out": 2019})
    assert set(second.splits.parcels.tolist()) == {SPLITS["test"]}
    assert SPLITS["train"] in first.splits.parcels


def test_sources_of_one_region_need_the_same_blocks(farm: Path) -> None:
    sources = [{"name": "a", "region": "r"}, {"name": "b", "region": "r", "block_m": 320.0}]
    with pytest.raises(InputError, match=r"'a' and 'b' are of one region \(r\) but differ in block_m"):
        opened_all(farm, sources)


def test_a_year_held_out_is_the_test_and_no_other_source_has_one(farm: Path) -> None:
    sources = [{"name": "a", "year": 2018}, {"name": "b", "year": 2019}]
    first, second = opened_all(farm, sources, splits={"scheme": "leave_year_out", "held_out": 2019})
    assert set(second.splits.parcels.tolist()) == {SPLITS["test"]}
    assert SPLITS["test"] not in first.splits.parcels
    assert SPLITS["train"] in first.splits.parcels


def test_a_region_held_out_takes_its_ground_from_the_others(farm: Path) -> None:
    sources = [{"name": "a", "region": "x"}, {"name": "b", "region": "y"}]
    first, second = opened_all(farm, sources, splits={"scheme": "leave_region_out", "held_out": "y"})
    assert set(second.splits.parcels.tolist()) == {SPLITS["test"]}
    assert set(first.splits.parcels.tolist()) == {0}  # every field of the one is a field of the other


def test_the_files_of_a_source_are_those_that_are_read(farm: Path) -> None:
    names = [path.name for path in opened(farm).files()]
    assert names.count("parcels.gpkg") == 1
    assert sum(name.startswith("S2_L2A_20180420") for name in names) == 3
    assert not any("20180620" in name for name in names)  # the date that is not used


def test_a_class_table_may_lie_beside_the_data(farm: Path) -> None:
    table = farm / "own.csv"
    table.write_text(f"source_code,name\n{tiny_source.WHEAT},barley\n{tiny_source.MAIZE},\n", encoding="utf-8")
    assert set(np.unique(planes(opened(farm, classes="own.csv"))[0])) == {0, 3, UNKNOWN}


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
    warnings: list[str] = []
    source = spread(
        [open_series(settings, config.dataset, real_data, LEGEND, warnings.append)], config.dataset, 1, warnings.append
    )[0]
    assert warnings == []  # nothing is wrong with the radiometry of the real series
    assert len(source.opened.rows) == 10
    assert len(source.dates) == 9
    assert (np.diff(source.dates) > 0).all()
    assert len(source.parcels) == 74
    assert source.parcels.counts.outside == 0
    labels = planes(source, 4)
    split_of = source.splits.parcels
    scored = np.unique(source.parcels.classes[source.parcels.classes != UNKNOWN])
    assert len(scored) == 5
    for split in ("train", "test"):
        assert set(source.parcels.classes[split_of == SPLITS[split]]) >= set(scored)
    for parcel in source.parcels.ids:
        assert np.unique(labels[4][labels[1] == parcel]).tolist() in ([split_of[parcel - 1]], [])
    left, bottom, right, top = source.grid.bounds
    assert shapely.within(source.parcels.geometry, shapely.box(left, bottom, right, top)).all()
    assert (labels[0][labels[1] == 0] == UNKNOWN).all()
    assert not (labels[0] == 0).any()
