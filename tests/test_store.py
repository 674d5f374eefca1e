"""The data set on disk: what goes in comes out, units can be written in any order, and half of one is never a whole."""

from __future__ import annotations

import json
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.errors import DamagedFileError, InputError

zarr = pytest.importorskip("zarr")
import small_store  # noqa: E402

from training.classes import UNKNOWN  # noqa: E402
from training.splits import NONE, SPLITS  # noqa: E402
from training.store import CLASS, FOLD, NEAR, PLANES, SPLIT, Sample, Store  # noqa: E402
from training.store_writer import (  # noqa: E402
    SHARD_SAMPLES,
    finish_store,
    keep_report,
    open_unfinished,
    read_reports,
    unfinished_path,
    write_unit,
)

pytestmark = pytest.mark.torch

BANDS = ("B02", "B03")
CHIP = 4
TRAIN, TEST = SPLITS["train"], SPLITS["test"]


def sample(number: int, dates: int = 3, source: str = "farm", scales: tuple[int, ...] = (1, 2, 4)) -> Sample:
    """A sample whose every value tells its number and place."""
    draw = np.random.default_rng(number)
    labels = {}
    for scale in scales:
        planes = draw.integers(0, 70000, (len(PLANES), scale * CHIP, scale * CHIP)).astype(np.int32)
        planes[CLASS] %= 13
        planes[SPLIT] %= 5
        labels[scale] = planes
    return Sample(
        source=source,
        row=10 * number,
        col=-number,
        x=draw.integers(0, 65535, (dates, len(BANDS), CHIP, CHIP)).astype(np.uint16),
        valid=draw.random((dates, CHIP, CHIP)) > 0.5,
        doy=np.arange(1, dates + 1) * 100,
        dates=(20180000 + np.arange(dates)).astype(np.int32),
        labels=labels,
        parcel=number % 3,
    )


def write(path: Path, samples: list[Sample], dates: int = 3, **changes: Any) -> Store:
    names = list(dict.fromkeys(item.source for item in samples))
    groups = [(small_store.record(name), [item for item in samples if item.source == name]) for name in names]
    return small_store.write_store(path, *groups, dates=dates, bands=BANDS, **changes)


def files(path: Path) -> dict[str, bytes]:
    return {str(item.relative_to(path)): item.read_bytes() for item in path.rglob("*") if item.is_file()}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    samples = [sample(number) for number in range(11)]
    store = write(tmp_path / "data.zarr", samples)
    assert len(store) == 11
    assert (store.bands, store.chip, store.magnifications) == (BANDS, CHIP, (1, 2, 4))
    assert [record.name for record in store.sources] == ["farm"]
    for number, item in enumerate(samples):
        for scale in (1, 2, 4):
            x, valid, labels = store.read(number, scale)
            np.testing.assert_array_equal(x, item.x)
            np.testing.assert_array_equal(valid, item.valid)
            np.testing.assert_array_equal(labels, item.labels[scale])
        assert store.origin[number].tolist() == [10 * number, -number]
        assert store.doy[number].tolist() == [100, 200, 300]
        assert store.date[number].tolist() == [20180000, 20180001, 20180002]
        assert store.parcel_of[number] == number % 3


def test_a_shorter_series_is_padded_with_dates_that_are_nowhere_valid(tmp_path: Path) -> None:
    short, long = sample(0, dates=2, source="short"), sample(1, dates=4, source="long")
    store = write(tmp_path / "data.zarr", [short, long], dates=4)
    x, valid, _ = store.read(0, 1)
    assert x.shape == (4, 2, CHIP, CHIP)
    np.testing.assert_array_equal(x[:2], short.x)
    assert not valid[2:].any()
    assert store.doy.tolist() == [[100, 200, 0, 0], [100, 200, 300, 400]]
    assert store.source_of.tolist() == [0, 1]
    assert [source.name for source in store.sources] == ["short", "long"]


def test_a_sample_opens_four_chunked_arrays_at_most_each_a_chunk_in_a_shard_of_eight(tmp_path: Path) -> None:
    path = write(tmp_path / "data.zarr", [sample(number) for number in range(9)]).path
    assert json.loads((path / "zarr.json").read_text())["zarr_format"] == 3
    group = zarr.open_group(path, mode="r")
    chunked = {name: array for name, array in group.arrays() if array.shards is not None}
    assert sorted(chunked) == ["labels_x1", "labels_x2", "labels_x4", "x"]
    assert all(array.chunks == array.chunks[:1] + array.shape[1:] == array.chunks for array in chunked.values())
    assert {array.shards[0] for array in chunked.values()} == {SHARD_SAMPLES}
    assert chunked["x"].shape[1:] == (3, len(BANDS) + 1, CHIP, CHIP)
    shards = [file for file in (path / "x").rglob("*") if file.is_file() and file.name != "zarr.json"]
    assert len(shards) == 2  # nine samples


def test_units_written_in_another_order_make_the_same_bytes(tmp_path: Path) -> None:
    groups = [[sample(number) for number in range(start, start + count)] for start, count in ((0, 3), (10, 9), (30, 8))]
    made = []
    for name, order in (("a", (0, 1, 2)), ("b", (2, 0, 1))):
        path = tmp_path / f"{name}.zarr"
        plan = small_store.layout(groups, 3, BANDS)
        assert plan.starts == (0, 8, 24)
        assert plan.places == 32
        assert open_unfinished(path, plan) == [0, 1, 2]
        for number in order:
            assert list(write_unit(path, plan, number, groups[number]))[-1] == len(groups[number])
            keep_report(path, plan, number, small_store.report(groups[number], 0, plan))
        finish_store(
            path, plan, read_reports(path, plan), [small_store.record()], small_store.parcels_table(),
            small_store.attributes(),
        )  # fmt: skip
        made.append(files(path))
    assert made[0] == made[1]
    store = Store(tmp_path / "b.zarr")
    assert len(store) == 20  # the places that fill up a unit's last shard are no samples
    np.testing.assert_array_equal(store.images(3)[0], groups[1][0].x)
    np.testing.assert_array_equal(store.labels(19, 4), groups[2][7].labels[4])


def test_a_run_that_was_broken_off_goes_on_with_the_missing_units(tmp_path: Path) -> None:
    path, groups = tmp_path / "data.zarr", [[sample(0)], [sample(1)], [sample(2)]]
    plan = small_store.layout(groups, 3, BANDS)
    open_unfinished(path, plan)
    list(write_unit(path, plan, 1, groups[1]))
    keep_report(path, plan, 1, small_store.report(groups[1], 0, plan))
    list(write_unit(path, plan, 2, groups[2]))  # broken off before its report
    assert not path.exists()
    assert open_unfinished(path, plan) == [0, 2]
    kept = [file for file in unfinished_path(path).rglob("*") if file.is_file() and "x/c" in str(file)]
    assert kept


def test_an_unfinished_store_of_other_settings_or_inputs_is_begun_anew(tmp_path: Path) -> None:
    path, groups = tmp_path / "data.zarr", [[sample(0)], [sample(1)]]
    plan = small_store.layout(groups, 3, BANDS)
    open_unfinished(path, plan)
    list(write_unit(path, plan, 0, groups[0]))
    keep_report(path, plan, 0, small_store.report(groups[0], 0, plan))
    assert open_unfinished(path, small_store.layout(groups, 3, BANDS, fingerprint="other")) == [0, 1]
    left = [file for file in (unfinished_path(path) / "x").rglob("*") if file.is_file()]
    assert [file.name for file in left] == ["zarr.json"]


def test_before_it_is_finished_nothing_lies_at_its_path_and_what_lies_there_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "data.zarr"
    plan = small_store.layout([[sample(0)]], 3, BANDS)
    open_unfinished(path, plan)
    list(write_unit(path, plan, 0, [sample(0)]))
    assert not path.exists()
    with pytest.raises(DamagedFileError, match="expected a data set of version 2, found None"):
        Store(unfinished_path(path))
    write(path, [sample(0)])
    assert [item.name for item in tmp_path.iterdir()] == ["data.zarr"]
    assert {item.name for item in path.iterdir()} == {
        "zarr.json", "x", "labels_x1", "labels_x2", "labels_x4", "doy", "date", "source", "origin", "parcel",
        "labelled", "shards", "tables",
    }  # fmt: skip


def test_a_new_store_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    write(tmp_path / "data.zarr", [sample(number) for number in range(9)])
    store = write(tmp_path / "data.zarr", [sample(5)])
    assert len(store) == 1
    np.testing.assert_array_equal(store.read(0, 1)[0], sample(5).x)


def test_a_fold_held_out_is_the_test_and_training_near_it_belongs_to_nothing(tmp_path: Path) -> None:
    item = sample(0, scales=(1,))
    planes = item.labels[1]
    planes[SPLIT] = TRAIN
    planes[FOLD], planes[NEAR] = 1, 0
    planes[FOLD, 1:] = 2
    planes[NEAR, 1] = 0b01  # the second row is near fold 1
    planes[FOLD, 3] = 0  # in no fold
    parcels = [
        {"source": "farm", "parcel": i, "source_id": "", "class": 1, "split": TRAIN, "fold": fold, "near": near}
        for i, fold, near in ((1, 1, 0), (2, 2, 1), (3, 2, 0))
    ]
    write(tmp_path / "data.zarr", [item], folds=2, parcels=parcels)
    for fold, rows in ((None, [TRAIN] * 4), (1, [TEST, NONE, TRAIN, TRAIN]), (2, [TRAIN, TEST, TEST, TRAIN])):
        store = Store(tmp_path / "data.zarr", fold)
        assert store.labels(0, 1)[SPLIT, :, 0].tolist() == rows
        counts = store.parcels_by_split("farm").tolist()
        assert counts == {None: [0, 3, 0, 0, 0], 1: [1, 1, 0, 0, 1], 2: [0, 1, 0, 0, 2]}[fold]
    with pytest.raises(InputError, match="there is no fold 3; the data set has 2"):
        Store(tmp_path / "data.zarr", 3)


def test_statistics_of_a_fold_leave_it_out(tmp_path: Path) -> None:
    item = sample(0, scales=(1,))
    item.valid[:] = True
    planes = item.labels[1]
    planes[SPLIT], planes[NEAR], planes[3] = TRAIN, 0, 0
    planes[FOLD] = 1
    planes[FOLD, 2:] = 2
    planes[CLASS] = 3
    write(tmp_path / "data.zarr", [item], folds=2)
    for fold, rows in ((None, slice(None)), (1, slice(2, None)), (2, slice(0, 2))):
        store = Store(tmp_path / "data.zarr", fold)
        values = item.x[:, :, rows].astype(float) / 10000
        np.testing.assert_allclose(store.statistics["mean"], values.mean(axis=(0, 2, 3)), rtol=1e-12)
        np.testing.assert_allclose(store.statistics["std"], values.std(axis=(0, 2, 3)), rtol=1e-9)
        assert store.class_pixels[3] == 4 * len(range(4)[rows])


def test_rare_classes_are_read_as_other_but_stay_in_the_file(tmp_path: Path) -> None:
    item = sample(0)
    item.labels[1][CLASS] = [[1], [2], [UNKNOWN], [0]]
    store = write(tmp_path / "data.zarr", [item], rare={"2": 13})
    assert store.labels(0, 1)[CLASS, :, 0].tolist() == [1, 13, UNKNOWN, 0]
    assert zarr.open_group(store.path, mode="r")["labels_x1"][0, CLASS, :, 0].tolist() == [1, 2, UNKNOWN, 0]


def test_the_pixels_of_rare_classes_count_as_other(tmp_path: Path) -> None:
    item = sample(0, scales=(1,))
    item.labels[1][CLASS], item.labels[1][SPLIT], item.labels[1][3] = 2, TRAIN, 0
    item.valid[0] = True
    assert write(tmp_path / "data.zarr", [item], rare={"2": 13}).class_pixels.tolist() == [0] * 13 + [16]


def test_a_data_set_without_labels_says_that_nothing_is_known(tmp_path: Path) -> None:
    store = write(tmp_path / "data.zarr", [sample(0, scales=())])
    assert store.magnifications == ()
    assert (store.labels(0, 4)[CLASS] == UNKNOWN).all()
    assert store.labels(0, 4).shape == (7, 16, 16)


def test_a_label_grid_that_is_not_there_is_named(tmp_path: Path) -> None:
    store = write(tmp_path / "data.zarr", [sample(0, scales=(1, 2))])
    with pytest.raises(InputError, match=r"no labels 4 times finer than the images \(it has 1, 2\)"):
        store.labels(0, 4)


def test_a_sample_without_labels_on_a_grid_is_unknown_there(tmp_path: Path) -> None:
    full, part = sample(0), sample(1, source="old", scales=(1,))
    store = write(tmp_path / "data.zarr", [full, part])
    assert (store.labels(1, 4)[CLASS] == UNKNOWN).all()
    np.testing.assert_array_equal(store.labels(1, 1), part.labels[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"valid": np.ones((3, 4, 5), bool)}, "do not belong together"),
        ({"doy": np.arange(2)}, "do not belong together"),
        ({"labels": {2: np.zeros((7, 4, 4), np.int32)}}, r"at 2 times .* shape \(7, 4, 4\), not \(7, 8, 8\)"),
    ],
)
def test_a_sample_whose_parts_do_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Sample(**{**vars(sample(0)), **change})


def test_a_unit_that_gets_more_samples_than_laid_out_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.zarr"
    plan = small_store.layout([[sample(0)]], 3, BANDS)
    open_unfinished(path, plan)
    with pytest.raises(InputError, match="laid out for 1 samples but got more"):
        list(write_unit(path, plan, 0, [sample(0), sample(1)]))


def test_a_sample_that_does_not_fit_the_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.zarr"
    plan = small_store.layout([[sample(0)]], 2, BANDS)
    open_unfinished(path, plan)
    with pytest.raises(InputError, match="'farm' has 3 dates, 2 bands and 4 x 4 pixels; the store holds up to 2 dates"):
        list(write_unit(path, plan, 0, [sample(0)]))


def test_another_version_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "data.zarr", [sample(0)]).path
    group: Any = zarr.open_group(path, mode="r+")
    group.attrs["version"] = 1
    with pytest.raises(DamagedFileError, match="expected a data set of version 2, found 1"):
        Store(path)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no data set"):
        Store(tmp_path / "nothing.zarr")
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(DamagedFileError, match="not a data set"):
        Store(tmp_path / "empty.zarr")


def test_another_process_opens_the_store_anew(tmp_path: Path) -> None:
    import pickle

    store = write(tmp_path / "data.zarr", [sample(0), sample(1)])
    copied = pickle.loads(bytes(ForkingPickler.dumps(store)))
    np.testing.assert_array_equal(copied.read(1, 4)[2], sample(1).labels[4])
    assert copied.sources == store.sources
