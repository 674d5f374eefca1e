"""T31TFM-1618 taken over: values of pickled patches, labels, places, splits; and what is wrong with a set, by name."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from published_sets import MAIZE, PART, SHARES, WHEAT, t31tfm_patch, t31tfm_path, table, write_t31tfm

from backend.errors import BandMissingError, CsclError, DamagedFileError, InputError
from training.classes import UNKNOWN
from training.importers.imported import ImportedSource
from training.importers.sets import open_import
from training.labels import FULLY_ASSIGNED, PART_ASSIGNED
from training.splits import CALIBRATION, TEST, TRAIN, VALIDATION
from training.store import CLASS, COVERAGE, FLAGS, FOLD, NEAR, PARCEL, SPLIT

BANDS = ("B02", "B05", "B01")
DOY = [50, 100, 150]
ONLY_TRAIN = {"train": 1.0, "validation": 0.0, "calibration": 0.0, "test": 0.0}
FIRST = f"2016/pkl_timeseries/{PART}/6541426_800224_2016.pickle"
"""A name as published."""


def opened(root: Path, folder: Path, **changes: Any) -> ImportedSource:
    settings: dict[str, Any] = {
        "name": "france",
        "bands": BANDS,
        "level": "L1C",
        "table": table(folder),
        "chip": 48,
        "max_dates": 10,
        "magnifications": (1, 4),
        "shares": ONLY_TRAIN,
    }
    (source,) = open_import("t31tfm", root, **{**settings, **changes})
    return source


def small(folder: Path, change: Callable[[dict[str, Any]], None] | None = None, **more: Any) -> Path:
    """A set of two patches: the first, changed, is for training."""
    patch = t31tfm_patch(2016, DOY, **more)
    if change:
        change(patch)
    return write_t31tfm(folder / "set", {FIRST: patch}, {t31tfm_path(0, 0): t31tfm_patch(2016, DOY)})


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_bands_come_on_the_10_m_grid_in_the_order_that_is_wanted(tmp_path: Path, protocol: int) -> None:
    patch = t31tfm_patch(2016, DOY)
    root = write_t31tfm(tmp_path / "set", {FIRST: patch}, {t31tfm_path(0, 0): patch}, protocol)
    sample = opened(root, tmp_path).read(0)
    assert sample.source == "france"
    assert sample.x.shape == (3, 3, 48, 48)
    assert sample.x.dtype == np.uint16
    assert sample.x[:, :, 47, 47].tolist() == [[1000, 2000, 3000], [1001, 2001, 3001], [1002, 2002, 3002]]
    # the second pixel of the first row is 1 more: 10, 20 and 60 m wide
    assert np.argwhere(sample.x[0, 0] == 1001).tolist() == [[0, 1]]
    assert np.argwhere(sample.x[0, 1] == 2001).tolist() == [[0, 2], [0, 3], [1, 2], [1, 3]]
    assert sorted(set(np.argwhere(sample.x[0, 2] == 3001)[:, 1].tolist())) == [6, 7, 8, 9, 10, 11]
    assert sample.valid.all()
    assert sample.dates.tolist() == [20160219, 20160409, 20160529]
    assert sample.doy.tolist() == DOY


def test_dates_come_in_order_and_without_the_empty_ones(tmp_path: Path) -> None:
    def change(patch: dict[str, Any]) -> None:
        patch["doy"] = [150, 50, 100]
        for band in BANDS:
            patch[band][1] = 0

    sample = opened(small(tmp_path, change), tmp_path).read(0)
    assert sample.doy.tolist() == [100, 150]
    assert sample.x[:, 0, 9, 9].tolist() == [1002, 1000]


def test_more_dates_than_wanted_are_sampled_over_the_season(tmp_path: Path) -> None:
    patch = t31tfm_patch(2016, [10, 11, 12, 13, 14, 180, 360])
    root = write_t31tfm(tmp_path / "set", {FIRST: patch}, {t31tfm_path(0, 0): patch})
    source = opened(root, tmp_path, max_dates=3)
    assert source.dates == 3
    assert source.read(0).doy.tolist() == [10, 180, 360]
    assert opened(root, tmp_path, max_dates=30).dates == 7


def test_labels_ids_shares_and_masks_become_planes_on_both_grids(tmp_path: Path) -> None:
    def change(patch: dict[str, Any]) -> None:
        for ending, step in (("", 1), ("_x4", 4)):
            corner = (slice(0, step), slice(0, step))
            patch[f"labels{ending}"][:, 24 * step :] = 0
            patch[f"ids{ending}"][:, 24 * step :] = np.nan
            patch[f"ratios{ending}"][:, 24 * step :] = 0
            patch[f"ratios{ending}"][corner] = 0.4
            patch[f"part_ass{ending}"][corner] = 1
            patch[f"part_ass{ending}"][:step, step : 2 * step] = 1
            patch[f"full_ass{ending}"][:step, step : 2 * step] = 1
        patch["labels_x4"][8, 8] = 2
        patch["ids_x4"][8, 8] = 8
        patch["invalid_x4"][191, 0] = 1

    labels = opened(small(tmp_path, change), tmp_path).read(0).labels
    assert {scale: planes.shape for scale, planes in labels.items()} == {1: (7, 48, 48), 4: (7, 192, 192)}
    for scale, planes in labels.items():
        right = planes[:, 5 * scale, 30 * scale]
        assert right[[CLASS, PARCEL, COVERAGE, FLAGS]].tolist() == [0, 0, 255, 0]
        left = planes[:, 5 * scale, 5 * scale]
        assert left[[CLASS, PARCEL, COVERAGE, FLAGS]].tolist() == [WHEAT, 7, 255, 0]
        assert planes[[COVERAGE, FLAGS], 0, 0].tolist() == [102, PART_ASSIGNED]  # 0.4 * 255
        assert planes[FLAGS, 0, scale] == FULLY_ASSIGNED
    assert labels[4][[CLASS, PARCEL], 8, 8].tolist() == [MAIZE, 8]
    assert labels[4][CLASS, 191, 0] == UNKNOWN
    assert labels[4][CLASS, 191, 1] == WHEAT


def test_a_class_that_the_table_ignores_is_unknown(tmp_path: Path) -> None:
    planes = opened(small(tmp_path, label=19), tmp_path).read(0).labels[1]
    assert np.unique(planes[CLASS]).tolist() == [UNKNOWN]


def test_label_grids_that_are_not_wanted_are_left_out(tmp_path: Path) -> None:
    def change(patch: dict[str, Any]) -> None:
        for key in [key for key in patch if key.endswith("_x4")]:
            del patch[key]

    root = small(tmp_path, change)
    assert set(opened(root, tmp_path, magnifications=(1, 2)).read(0).labels) == {1}
    with pytest.raises(DamagedFileError, match="has no 'labels_x4'"):
        opened(root, tmp_path).read(0)


def test_a_parcel_keeps_its_id_in_all_patches_of_a_year_and_another_in_another_year(tmp_path: Path) -> None:
    train = {t31tfm_path(0, 0, 0): t31tfm_patch(2016, DOY), t31tfm_path(0, 0, 1): t31tfm_patch(2016, DOY)}
    other = {t31tfm_path(0, 0, 0, 2018): t31tfm_patch(2018, DOY)}
    source = opened(write_t31tfm(tmp_path / "set", train, other), tmp_path)
    parcels = [int(source.read(index).labels[1][PARCEL, 0, 0]) for index in range(3)]
    assert parcels == [14, 14, 15]  # 7 times two years, plus the place of the year
    assert source.record.facts["years"] == [2016, 2018]


def test_a_patch_lies_where_its_name_says(tmp_path: Path) -> None:
    source = opened(small(tmp_path), tmp_path)
    record = source.record
    assert record.crs == "EPSG:2154"
    assert record.transform == (10.0, 0.0, 799943.0, 0.0, -10.0, 6650383.0)
    sample = source.read(0)  # 6541426 north, 800224 west
    assert (sample.row, sample.col) == (10896, 28)
    assert (source.read(1).row, source.read(1).col) == (0, 0)
    assert record.facts["bounds"] == [799943.0, 6650383.0 - 10 * (10896 + 48), 799943.0 + 10 * (28 + 48), 6650383.0]
    assert record.facts["georeference"] == "from the names of the files, to about 30 m"


def test_published_names_fall_into_the_sixteen_parts_of_the_tile(tmp_path: Path) -> None:
    names = {
        FIRST: (3, 0),
        "2017/pkl_timeseries/W854602_N6650582_E882428_S6622759/6623702_854602_2017.pickle": (0, 2),
        "2018/pkl_timeseries/W882228_N6595532_E909657_S6568107/6568846_888751_2018.pickle": (2, 3),
    }
    from training.importers.t31tfm import _entry

    assert {name: _entry(name, Path("list")).part for name in names} == names


def test_the_lists_are_the_splits_and_parts_of_the_train_list_become_validation_and_calibration(tmp_path: Path) -> None:
    train = {t31tfm_path(0, col, step): t31tfm_patch(2016, DOY) for col in range(4) for step in range(2)}
    train[t31tfm_path(1, 0)] = t31tfm_patch(2016, DOY)
    train[t31tfm_path(1, 0, 0, 2017)] = t31tfm_patch(2017, DOY)
    evaluation = {t31tfm_path(2, 2): t31tfm_patch(2016, DOY)}
    source = opened(write_t31tfm(tmp_path / "set", train, evaluation), tmp_path, shares=SHARES)
    planes = [source.read(index).labels[1] for index in range(len(source))]
    splits = [int(plane[SPLIT, 0, 0]) for plane in planes]
    assert splits[-1] == TEST
    assert all(splits[2 * part] == splits[2 * part + 1] for part in range(5))  # whole parts, in all years
    assert sorted(splits[:10:2]) == [TRAIN, TRAIN, TRAIN, VALIDATION, CALIBRATION]
    assert all((plane[SPLIT] == plane[SPLIT, 0, 0]).all() and not plane[[FOLD, NEAR]].any() for plane in planes)


def test_folds_are_parts_of_the_tile_and_ground_that_two_parts_share_is_near(tmp_path: Path) -> None:
    # the last patch of a part reaches 350 m into the next part
    train = {t31tfm_path(0, col, 0, 2016, east): t31tfm_patch(2016, DOY) for col in range(2) for east in (0, 27300)}
    evaluation = {t31tfm_path(0, 0, 0, 2017): t31tfm_patch(2017, DOY)}
    root = write_t31tfm(tmp_path / "set", train, evaluation)
    source = opened(root, tmp_path, folds=2)
    planes = [source.read(index).labels[1] for index in range(len(source))]
    folds = [int(plane[FOLD, 0, 0]) for plane in planes]
    assert folds[0] == folds[1] == folds[4]  # in all years
    assert folds[2] == folds[3] == 3 - folds[0]
    assert {int(plane[SPLIT, 0, 0]) for plane in planes} == {TRAIN}
    assert [int((plane[NEAR] > 0).any(axis=0).sum()) for plane in planes] == [0, 35, 35, 0, 0]
    assert np.unique(planes[1][NEAR, :, 13:]).tolist() == [1 << (folds[2] - 1)]
    assert np.unique(planes[2][NEAR, :, :35]).tolist() == [1 << (folds[1] - 1)]
    wide = opened(root, tmp_path, folds=2, buffer_m=50).read(1).labels[4]
    assert int((wide[NEAR] > 0).any(axis=0).sum()) == (35 + 5) * 4


def test_patches_are_cut_into_chips_or_padded_with_unknown_ground(tmp_path: Path) -> None:
    root = small(tmp_path)
    quarters = opened(root, tmp_path, chip=24)
    assert len(quarters) == 8
    last = quarters.read(3)
    assert (last.row, last.col) == (10896 + 24, 28 + 24)
    assert last.x.shape == (3, 3, 24, 24)
    assert last.labels[4].shape == (7, 96, 96)
    assert np.argwhere(quarters.read(0).x[0, 0] == 1001).tolist() == [[0, 1]]
    wide = opened(root, tmp_path, chip=64)
    assert len(wide) == 2
    sample = wide.read(0)
    assert sample.x.shape == (3, 3, 64, 64)
    assert sample.valid[0].sum() == 48 * 48
    assert sample.labels[1][CLASS, 48, 0] == UNKNOWN
    assert not sample.labels[4][1:, :, 192:].any()
    uneven = opened(root, tmp_path, chip=32)
    assert len(uneven) == 8
    assert uneven.read(1).valid[0].sum() == 32 * 16


def test_padding_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = small(tmp_path)
    with caplog.at_level(logging.WARNING):
        opened(root, tmp_path, chip=24)
        assert caplog.text == ""
        opened(root, tmp_path, chip=64)
    assert "france: patches of 48 pixels in chips of 64 are padded with unknown ground" in caplog.text


def test_samples_are_read_in_any_order_and_process(tmp_path: Path) -> None:
    source = opened(small(tmp_path), tmp_path, chip=24)
    straight = [source.read(index) for index in range(len(source))]
    copy = pickle.loads(pickle.dumps(source))
    for index in (5, 0, 7, 3):
        again = copy.read(index)
        assert (again.x == straight[index].x).all()
        assert (again.labels[4] == straight[index].labels[4]).all()
    with pytest.raises(IndexError, match="has 8 samples"):
        source.read(8)


def test_facts_say_what_the_store_cannot_know(tmp_path: Path) -> None:
    facts = opened(small(tmp_path), tmp_path).record.facts
    assert facts["importer"] == "t31tfm"
    assert "cannot be redone" in facts["labels"]
    assert facts["outside_parcels"] == "background"
    assert facts["chips"] == {"planned": 2, "written": 2}
    assert facts["magnifications"] == [1, 4]
    assert [item["path"] for item in facts["files"]] == ["paths/train_paths.csv", "paths/eval_paths.csv"]
    assert all(len(item["sha256"]) == 64 and item["bytes"] > 0 for item in facts["files"])


def test_a_header_of_a_list_is_passed_over(tmp_path: Path) -> None:
    root = small(tmp_path)
    path = root / "paths" / "train_paths.csv"
    path.write_text("paths\r\n" + path.read_text("utf-8"), "utf-8")
    assert len(opened(root, tmp_path)) == 2


def test_a_year_of_0_or_one_per_date_is_that_of_the_name(tmp_path: Path) -> None:
    for number, year in enumerate((0, np.int64(2016), np.full(3, 2016), np.array(2016.0), [0, 0, 0])):
        folder = tmp_path / str(number)
        folder.mkdir()
        root = small(folder, lambda patch, year=year: patch.update(year=year))
        assert opened(root, folder).read(0).dates[0] == 20160219


def drop(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).unlink()


def overwrite(path: str, text: str) -> Callable[[Path], object]:
    return lambda root: (root / path).write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("paths/train_paths.csv"), "There is no file .*train_paths.csv, the list of patches of T31TFM-1618"),
        (drop("paths/eval_paths.csv"), "There is no file .*eval_paths.csv"),
        (overwrite("paths/eval_paths.csv", "\n"), "the list of patches of T31TFM-1618 is empty"),
        (drop(FIRST), r"train_paths.csv lists 2016/.*6541426_800224_2016.pickle, which is not there"),
        (overwrite("paths/eval_paths.csv", FIRST), r"6541426_800224_2016.pickle stands twice in"),
        (overwrite("paths/train_paths.csv", f"{FIRST}\n{FIRST}"), "stands twice in"),
        (overwrite("paths/eval_paths.csv", "2016/a.pickle"), r"'2016/a.pickle' is no path like"),
        (overwrite("paths/eval_paths.csv", f"/{FIRST}"), "is no path like"),
        (overwrite("paths/eval_paths.csv", f"../{FIRST}"), "is no path like"),
        (overwrite("paths/eval_paths.csv", f"{FIRST}\nnonsense"), "'nonsense' is no path like"),
        (lambda root: (root / "paths/eval_paths.csv").write_bytes(b"\xff\xfe\xff"), "cannot be read as text"),
    ],
)
def test_what_is_wrong_with_the_lists_is_said_when_the_set_is_opened(
    tmp_path: Path, change: Callable[[Path], object], message: str
) -> None:
    root = small(tmp_path)
    change(root)
    with pytest.raises(InputError, match=message):
        opened(root, tmp_path)


def set_item(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda patch: patch.update({key: value})


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (lambda patch: patch.pop("B05"), DamagedFileError, r"6541426_800224_2016.pickle: has no 'B05' \(has "),
        (lambda patch: patch.pop("ratios"), DamagedFileError, "has no 'ratios'"),
        (lambda patch: patch.pop("year"), DamagedFileError, "has no 'year'"),
        (lambda patch: patch.pop("invalid_x4"), DamagedFileError, "has no 'invalid_x4'"),
        (
            set_item("B02", np.ones((3, 24, 24))),
            DamagedFileError,
            r"'B02' has the shape \(3, 24, 24\), not \(3, 48, 48\)",
        ),
        (
            set_item("B05", np.ones((2, 24, 24))),
            DamagedFileError,
            r"'B05' has the shape \(2, 24, 24\), not \(3, 24, 24\)",
        ),
        (set_item("labels", np.ones((24, 24))), DamagedFileError, r"'labels' has the shape \(24, 24\), not \(48, 48\)"),
        (set_item("labels_x4", np.ones((48, 48))), DamagedFileError, r"'labels_x4' has the shape"),
        (set_item("labels", np.full((48, 48), 1.5)), DamagedFileError, "labels holds numbers that are not whole"),
        (set_item("labels", np.full((48, 48), 99)), InputError, "the table small.csv does not list the class 99"),
        (set_item("ratios", np.full((48, 48), 100.0)), DamagedFileError, "ratios must be shares from 0 to 1, not 100"),
        (set_item("ratios_x4", np.full((192, 192), np.nan)), DamagedFileError, "ratios_x4 must be shares"),
        (set_item("ids", np.full((48, 48), -4)), DamagedFileError, "ids holds -4 to -4, which are no parcel ids"),
        (set_item("ids", np.full((48, 48), 1 << 40)), DamagedFileError, "which are no parcel ids"),
        (set_item("year", 2017), InputError, "the year in the file is 2017, that of its name is 2016"),
        (set_item("doy", np.array([1, 2, 367])), DamagedFileError, "367 is no day of the year 2016"),
        (set_item("doy", "text"), DamagedFileError, "'doy' holds no numbers"),
    ],
)
def test_what_is_wrong_with_a_patch_is_said_when_it_is_read(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], kind: type[CsclError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        opened(small(tmp_path, change), tmp_path).read(0)


def test_a_pickle_that_is_no_patch_is_refused(tmp_path: Path) -> None:
    root = small(tmp_path)
    (root / FIRST).write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(DamagedFileError, match="holds a list, not the dict of a patch"):
        opened(root, tmp_path)
    (root / FIRST).write_bytes(pickle.dumps(print))
    with pytest.raises(DamagedFileError, match="asks for 'builtins print'"):
        opened(root, tmp_path)


def test_fewer_parts_than_splits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lie in 1 blocks of ground, train and validation and calibration need 3"):
        opened(small(tmp_path), tmp_path, shares=SHARES)


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"level": "L2A"}, InputError, "T31TFM-1618 holds L1C reflectance, the data set is to hold L2A"),
        ({"bands": ("B02", "B8B")}, BandMissingError, "T31TFM-1618 has no band B8B"),
        ({"bands": ()}, InputError, "needs bands, chips and dates"),
        ({"magnifications": (2,)}, InputError, "has labels at x1 and x4, and only at x2 are they wanted"),
        ({"chip": 0}, InputError, "needs bands, chips and dates, not 3, 0 and 10"),
        ({"max_dates": 0}, InputError, "needs bands, chips and dates"),
        ({"shares": {"train": 0.0, "validation": 1.0}}, InputError, "share of training must be above 0"),
        ({"shares": {"train": 1.0, "validation": -1.0}}, InputError, "nothing below 0"),
        ({"folds": 1}, InputError, "There can be 2 to 31 folds"),
        ({"folds": 32}, InputError, "There can be 2 to 31 folds"),
        ({"folds": 9}, InputError, "lie in 2 blocks of ground, fold 1 and fold 2"),
    ],
)
def test_wishes_that_the_set_cannot_meet_are_refused(
    tmp_path: Path, changes: dict[str, Any], kind: type[CsclError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        opened(small(tmp_path), tmp_path, **changes)


def test_an_unknown_kind_and_a_missing_folder_are_named(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "name": "x",
        "bands": BANDS,
        "level": "L1C",
        "table": table(tmp_path),
        "chip": 48,
        "max_dates": 3,
        "magnifications": (1,),
        "shares": SHARES,
    }
    with pytest.raises(InputError, match=r"There is no importer 't31tmf' \(nearest: 't31tfm'\)"):
        open_import("t31tmf", tmp_path, **settings)
    with pytest.raises(InputError, match=r"There is no folder .* with PASTIS"):
        open_import("pastis", tmp_path / "none", **settings)
