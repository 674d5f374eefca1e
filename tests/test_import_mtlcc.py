"""MTLCC taken over: values of TFRecord patches, labels, places, splits; and what is wrong with a set, by name."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from published_sets import MAIZE, SHARES, WHEAT, mtlcc_arrays, mtlcc_message, table, tfrecord, write_mtlcc

from backend.errors import CsclError, DamagedFileError, InputError
from training.classes import UNKNOWN
from training.importers.imported import ImportedSource
from training.importers.mtlcc import BANDS
from training.importers.sets import open_import
from training.splits import CALIBRATION, TEST, TRAIN, VALIDATION
from training.store import CLASS, COVERAGE, FLAGS, FOLD, NEAR, PARCEL, SPLIT

WANTED = ("B02", "B8A", "B01")
DOY = [10, 100, 200]
LISTS: Mapping[str, Sequence[str]] = {"train_fold0": ["1"], "test_fold0": ["2"], "eval": ["3"]}
PLACES = {"1": (635000.0, 5345480.0, 32632), "2": (635240.0, 5345480.0, 32632), "3": (640000.0, 5335480.0, 32632)}


def opened(root: Path, folder: Path, **changes: Any) -> ImportedSource:
    settings: dict[str, Any] = {
        "name": "bavaria",
        "bands": WANTED,
        "level": "L1C",
        "table": table(folder),
        "chip": 24,
        "max_dates": 10,
        "magnifications": (1, 2, 4),
        "shares": {"train": 0.8, "validation": 0.2, "calibration": 0.0},
    }
    (source,) = open_import("mtlcc", root, **{**settings, **changes})
    return source


def record(doy: Sequence[int] = DOY, **more: Any) -> bytes:
    return tfrecord(mtlcc_message(mtlcc_arrays(doy, **more)))


def small(folder: Path, first: bytes | None = None, **more: Any) -> Path:
    """A set of three tiles, one in each list; the first is given."""
    records = {
        "data16/1.tfrecord.gz": record() if first is None else first,
        "data16/2.tfrecord.gz": record(),
        "data17/3.tfrecord": record(label=2),
    }
    return write_mtlcc(folder / "240", **{"lists": LISTS, "records": records, "places": PLACES, **more})


@pytest.mark.parametrize("dtype", ["<i8", "<i4", "<i2"])
def test_bands_come_on_the_10_m_grid_from_integers_of_any_width(tmp_path: Path, dtype: str) -> None:
    root = small(tmp_path, tfrecord(mtlcc_message(mtlcc_arrays(DOY), dtype)))
    sample = opened(root, tmp_path).read(0)
    assert sample.source == "bavaria"
    assert sample.x.shape == (3, 3, 24, 24)
    # B02 is the third of x10, B8A the fourth of x20, B01 the first of x60
    assert sample.x[:, :, 23, 23].tolist() == [[1200, 2300, 3000], [1201, 2301, 3001], [1202, 2302, 3002]]
    assert np.argwhere(sample.x[0, 0] == 1201).tolist() == [[0, 1]]
    assert np.argwhere(sample.x[0, 1] == 2301).tolist() == [[0, 2], [0, 3], [1, 2], [1, 3]]
    assert sorted(set(np.argwhere(sample.x[0, 2] == 3001)[:, 1].tolist())) == [6, 7, 8, 9, 10, 11]
    assert sample.valid.all()
    assert sample.doy.tolist() == DOY


def test_labels_in_single_bytes_are_read_too(tmp_path: Path) -> None:
    from published_sets import example

    arrays = mtlcc_arrays(DOY, label=2)
    features: dict[str, Any] = {"dates/shape": (3,)}
    for name, values in arrays.items():
        key = f"dates/{name}" if name in ("doy", "year") else f"{name}/data"
        features[key] = values.astype("i1" if name == "labels" else "<i2").tobytes()
        features[key.replace("/data", "/shape")] = features[key] if key.startswith("dates") else values.shape
    sample = opened(small(tmp_path, tfrecord(example(features))), tmp_path).read(0)
    assert np.unique(sample.labels[1][CLASS]).tolist() == [MAIZE]


def test_every_band_of_the_set_can_be_wanted(tmp_path: Path) -> None:
    x = opened(small(tmp_path), tmp_path, bands=BANDS).read(0).x
    values = dict(zip(BANDS, x[0, :, 23, 23].tolist(), strict=True))
    assert [values[band] for band in ("B04", "B03", "B02", "B08")] == [1000, 1100, 1200, 1300]
    assert [values[band] for band in ("B05", "B06", "B07", "B8A", "B11", "B12")] == [2000 + 100 * k for k in range(6)]
    assert [values[band] for band in ("B01", "B09", "B10")] == [3000, 3100, 3200]


def test_the_year_is_that_of_the_folder_whatever_the_record_says(tmp_path: Path) -> None:
    source = opened(small(tmp_path, record(year=2017)), tmp_path)
    assert source.read(0).dates.tolist() == [20160110, 20160409, 20160718]
    assert source.read(2).dates.tolist() == [20170110, 20170410, 20170719]
    assert source.record.facts["years"] == [2016, 2017]


def test_padding_is_no_date(tmp_path: Path) -> None:
    sample = opened(small(tmp_path, record([10, 100, 0, 0])), tmp_path).read(0)
    assert sample.doy.tolist() == [10, 100]
    assert np.unique(sample.labels[1][CLASS]).tolist() == [WHEAT]


def test_a_record_of_padding_alone_is_unknown_ground_without_dates(tmp_path: Path) -> None:
    sample = opened(small(tmp_path, record([0, 0])), tmp_path).read(0)
    assert sample.x.shape == (0, 3, 24, 24)
    assert np.unique(sample.labels[1][CLASS]).tolist() == [UNKNOWN]


def test_more_dates_than_wanted_are_sampled_over_the_season(tmp_path: Path) -> None:
    source = opened(small(tmp_path, record([1, 2, 3, 4, 180, 360])), tmp_path, max_dates=3)
    assert source.dates == 3
    assert source.read(0).doy.tolist() == [1, 180, 360]


def test_labels_have_neither_parcels_nor_finer_grids(tmp_path: Path) -> None:
    arrays = mtlcc_arrays(DOY)
    arrays["labels"][:, 0, :3] = 0, 2, 19
    sample = opened(small(tmp_path, tfrecord(mtlcc_message(arrays))), tmp_path).read(0)
    assert set(sample.labels) == {1}
    planes = sample.labels[1]
    assert planes[CLASS, 0, :4].tolist() == [0, MAIZE, UNKNOWN, WHEAT]
    assert not planes[PARCEL].any()
    assert not planes[FLAGS].any()
    assert np.unique(planes[COVERAGE]).tolist() == [255]


def test_tiles_lie_where_the_list_of_places_says(tmp_path: Path) -> None:
    source = opened(small(tmp_path), tmp_path)
    assert source.record.crs == "EPSG:32632"
    assert source.record.transform == (10.0, 0.0, 635000.0, 0.0, -10.0, 5345480.0)
    samples = [source.read(index) for index in range(3)]
    assert [(sample.row, sample.col) for sample in samples] == [(0, 0), (0, 24), (1000, 500)]
    assert source.record.facts["bounds"] == [635000.0, 5335240.0, 640240.0, 5345480.0]


def test_tiles_of_two_zones_become_two_sources(tmp_path: Path) -> None:
    root = small(tmp_path, places={**PLACES, "3": (300000.0, 5345480.0, 32633)})
    sources = open_import(
        "mtlcc",
        root,
        name="b",
        bands=WANTED,
        level="L1C",
        table=table(tmp_path),
        chip=24,
        max_dates=5,
        magnifications=(1,),
        shares={"train": 1.0},
        weight=3.0,
    )
    assert [(source.name, len(source), source.record.crs) for source in sources] == [
        ("b_32632", 2, "EPSG:32632"),
        ("b_32633", 1, "EPSG:32633"),
    ]
    assert [source.record.weight for source in sources] == [2.0, 1.0]


def test_the_lists_are_the_splits(tmp_path: Path) -> None:
    source = opened(small(tmp_path), tmp_path)
    splits = [np.unique(source.read(index).labels[1][SPLIT]).tolist() for index in range(3)]
    assert splits == [[TRAIN], [VALIDATION], [TEST]]


def test_the_test_list_is_shared_between_validation_and_calibration_by_blocks_of_ground(tmp_path: Path) -> None:
    tiles = [str(number) for number in range(1, 9)]
    lists = {"train_fold0": ["1"], "test_fold0": tiles[1:7], "eval": ["8"]}
    # pairs of tiles in blocks of 5 km
    places = {tile: (600_000.0 + 10_000 * (number // 2), 5_300_240.0, 32632) for number, tile in enumerate(tiles)}
    records = {f"data16/{tile}.tfrecord.gz": record() for tile in tiles}
    source = opened(write_mtlcc(tmp_path / "240", lists, records, places), tmp_path, shares=SHARES)
    splits = [int(source.read(index).labels[1][SPLIT, 0, 0]) for index in range(8)]
    assert (splits[0], splits[7]) == (TRAIN, TEST)
    assert splits[2] == splits[3]
    assert splits[4] == splits[5]
    assert set(splits[1:7]) == {VALIDATION, CALIBRATION}


def test_folds_are_blocks_of_ground_in_all_years(tmp_path: Path) -> None:
    tiles = [str(number) for number in range(1, 13)]
    lists = {"train_fold0": tiles[:10], "test_fold0": tiles[10:11], "eval": tiles[11:]}
    places = {tile: (600_000.0 + 5_000 * number, 5_300_240.0, 32632) for number, tile in enumerate(tiles)}
    records = {f"data{year}/{tile}.tfrecord.gz": record() for tile in tiles for year in (16, 17)}
    root = write_mtlcc(tmp_path / "240", lists, records, places)
    source = opened(root, tmp_path, folds=3, shares=SHARES)
    planes = [source.read(index).labels[1] for index in range(24)]
    folds = np.array([int(plane[FOLD, 0, 0]) for plane in planes])
    roles = np.array([int(plane[SPLIT, 0, 0]) for plane in planes])
    assert (folds[:12] == folds[12:]).all()
    assert (roles[:12] == roles[12:]).all()
    for fold in (1, 2, 3):
        assert set(roles[folds == fold].tolist()) == {TRAIN, VALIDATION, CALIBRATION}
    assert not any(plane[NEAR].any() for plane in planes)


def test_patches_of_48_pixels_are_read_too(tmp_path: Path) -> None:
    records = {f"data16/{tile}.tfrecord": record(side=48) for tile in PLACES}
    source = opened(small(tmp_path, records=records), tmp_path)
    assert len(source) == 12
    assert source.read(3).x.shape == (3, 3, 24, 24)
    assert (source.read(3).row, source.read(3).col) == (24, 24)


def test_listed_tiles_that_are_not_there_are_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = small(tmp_path, lists={**LISTS, "eval": ["3", "4", "5"]})
    with caplog.at_level(logging.WARNING):
        assert len(opened(root, tmp_path)) == 3
    assert "2 of 5 listed tiles are not there" in caplog.text


def test_tiles_in_no_list_are_left_out(tmp_path: Path) -> None:
    root = small(tmp_path)
    (root / "data16" / "99.tfrecord.gz").write_bytes(b"not even read")
    assert len(opened(root, tmp_path)) == 3


def test_an_opened_set_goes_to_other_processes(tmp_path: Path) -> None:
    source = opened(small(tmp_path), tmp_path)
    copy = pickle.loads(pickle.dumps(source))
    assert (copy.read(2).x == source.read(2).x).all()


def drop(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).unlink()


def overwrite(path: str, text: str) -> Callable[[Path], object]:
    return lambda root: (root / path).write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("tileids/train_fold0.tileids"), "There is no file .*train_fold0.tileids, the list of tiles of MTLCC"),
        (drop("tileids/eval.tileids"), "There is no file .*eval.tileids"),
        (drop("geotransforms.csv"), "There is no file .*geotransforms.csv, the list of places of MTLCC"),
        (overwrite("tileids/eval.tileids", "1\n"), "eval.tileids: the tile 1 is in another list too"),
        (overwrite("tileids/eval.tileids", ""), "the list of tiles of MTLCC is empty"),
        (overwrite("geotransforms.csv", "1,635000,10\n"), "geotransforms.csv, line 1: expected tile, west, 10"),
        (overwrite("geotransforms.csv", "1,a,10,0,b,0,-10,c\n"), "line 1: expected tile, west"),
        (
            overwrite("geotransforms.csv", "1,1,10,0,1,0,-10,32632\n1,2,10,0,1,0,-10,32632\n"),
            "line 2: the tile 1 stands",
        ),
        (overwrite("geotransforms.csv", "1,1,10,0,1,0,-10,32632\n"), "geotransforms.csv does not list the tile 2"),
        (
            lambda root: (root / "data16" / "1.tfrecord").write_bytes(b""),
            "holds the tile 1 twice, as 1.tfrecord and 1.tfrecord.gz",
        ),
        (
            lambda root: (root / "data16").rename(root / "year16") and drop("data17/3.tfrecord")(root),
            "holds no TFRecord",
        ),
    ],
)
def test_what_is_wrong_with_the_lists_is_said_when_the_set_is_opened(
    tmp_path: Path, change: Callable[[Path], object], message: str
) -> None:
    root = small(tmp_path)
    change(root)
    with pytest.raises(InputError, match=message):
        opened(root, tmp_path)


def changed(**arrays: Any) -> bytes:
    return tfrecord(mtlcc_message({**mtlcc_arrays(DOY), **arrays}))


def mixed_labels() -> bytes:
    arrays = mtlcc_arrays(DOY)
    arrays["labels"][1, 3, 3] = 2
    return tfrecord(mtlcc_message(arrays))


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (record()[:-8], DamagedFileError, "record 1: the file ends within the record"),
        (record()[:-1] + b"\x00", DamagedFileError, "the checksum of the data is wrong"),
        (b"", DamagedFileError, "holds 0 records, not the one of a patch"),
        (record() * 2, DamagedFileError, "holds 2 records, not the one of a patch"),
        (tfrecord(b"\x0a\xff"), DamagedFileError, "no tf.train.Example"),
        (tfrecord(b""), DamagedFileError, r"has no 'dates/shape'"),
        (
            changed(x20=np.ones((3, 12, 12, 5))),
            DamagedFileError,
            r"x20 has the shape \(3, 12, 12, 5\), not \(3, 12, 12, 6\)",
        ),
        (changed(x60=np.ones((2, 4, 4, 3))), DamagedFileError, r"x60 has the shape \(2, 4, 4, 3\), not \(3, 4, 4, 3\)"),
        (changed(x10=np.ones((3, 48, 48, 4))), DamagedFileError, r"x10 has the shape"),
        (
            changed(labels=np.ones((3, 12, 12))),
            DamagedFileError,
            r"labels has the shape \(3, 12, 12\), not \(3, 24, 24\)",
        ),
        (changed(labels=np.full((3, 24, 24), 77)), InputError, "the table small.csv does not list the class 77"),
        (changed(doy=np.array([1, 2, 400])), DamagedFileError, "400 is no day of the year 2016"),
        (
            changed(year=np.array([2016, 2016, 2017])),
            InputError,
            "its dates are of the years 2016, 2017, its folder is of",
        ),
        (mixed_labels(), InputError, "the labels differ between the dates of one year"),
    ],
)
def test_what_is_wrong_with_a_record_is_said_when_it_is_read(
    tmp_path: Path, data: bytes, kind: type[CsclError], message: str
) -> None:
    # the second tile: the first is looked at when the set is opened
    records = {"data17/1.tfrecord": record(), "data16/2.tfrecord": data, "data15/3.tfrecord": record()}
    with pytest.raises(kind, match=rf"(?s)2.tfrecord.*{message}") as caught:
        opened(small(tmp_path, records=records), tmp_path).read(1)
    assert caught.value.message.count("\n") == 0


def test_bytes_that_are_no_integers_of_the_shape_are_refused(tmp_path: Path) -> None:
    from published_sets import example

    message = example({"labels/shape": (3, 24, 24), "labels/data": b"abc", "dates/shape": (3,), "dates/doy": b"abcd"})
    records = {"data17/1.tfrecord": record(), "data16/2.tfrecord": tfrecord(message), "data15/3.tfrecord": record()}
    with pytest.raises(DamagedFileError, match=r"dates/doy has 4 bytes, which are no integers of shape \(3,\)"):
        opened(small(tmp_path, records=records), tmp_path).read(1)


def test_another_level_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="MTLCC holds L1C reflectance, the data set is to hold L2A"):
        opened(small(tmp_path), tmp_path, level="L2A")


def test_finer_grids_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="MTLCC has labels at x1, and only at x2, x4 are they wanted"):
        opened(small(tmp_path), tmp_path, magnifications=(2, 4))
