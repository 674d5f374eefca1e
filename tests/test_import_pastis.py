"""PASTIS taken over: values of patches, labels, places, folds; and what is wrong with a set, by name."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from published_sets import MAIZE, WHEAT, pastis_arrays, pastis_feature, table, write_pastis

from backend.errors import BandMissingError, CsclError, DamagedFileError, InputError
from training.classes import UNKNOWN
from training.importers.imported import ImportedSource
from training.importers.pastis import BANDS
from training.importers.sets import open_import
from training.splits import CALIBRATION, TEST, TRAIN, VALIDATION
from training.store import CLASS, COVERAGE, FLAGS, FOLD, NEAR, PARCEL, SPLIT

DATES = {"0": 20180924, "1": 20190217, "2": 20190613}
CORNER = (640_000.0, 5_180_000.0)
OFFICIAL = {"train": 0.8, "validation": 0.2, "calibration": 0.0}


def opened(root: Path, folder: Path, **changes: Any) -> tuple[ImportedSource, ...]:
    settings: dict[str, Any] = {
        "name": "pastis",
        "bands": ("B02", "B12"),
        "level": "L2A",
        "table": table(folder),
        "chip": 128,
        "max_dates": 10,
        "magnifications": (1, 4),
        "shares": OFFICIAL,
    }
    return open_import("pastis", root, **{**settings, **changes})


def small(
    folder: Path,
    arrays: tuple[Any, Any, Any] | None = None,
    feature: dict[str, Any] | None = None,
    more: list[dict[str, Any]] | None = None,
) -> Path:
    """A set of one patch and, if wanted, more features with arrays of their own."""
    first = pastis_feature(10000, 1, CORNER, DATES) if feature is None else feature
    features = [first, *(more or [])]
    written = {10000: pastis_arrays(3) if arrays is None else arrays}
    written.update({item["properties"]["ID_PATCH"]: pastis_arrays(3) for item in more or []})
    return write_pastis(folder / "PASTIS", features, written)


def test_bands_and_dates_come_as_they_are(tmp_path: Path) -> None:
    (source,) = opened(small(tmp_path), tmp_path)
    sample = source.read(0)
    assert sample.source == "pastis_t31tfm"
    assert sample.x.shape == (3, 2, 128, 128)
    assert sample.x[:, :, 5, 7].tolist() == [[100, 1000], [101, 1001], [102, 1002]]
    assert sample.dates.tolist() == [20180924, 20190217, 20190613]
    assert sample.doy.tolist() == [267, 48, 164]
    assert source.dates == 3


def test_every_band_has_its_place_in_the_arrays(tmp_path: Path) -> None:
    (source,) = opened(small(tmp_path), tmp_path, bands=tuple(reversed(BANDS)))
    assert source.read(0).x[0, :, 0, 0].tolist() == [1000, 900, 800, 700, 600, 500, 400, 300, 200, 100]
    assert BANDS == ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")


def test_dates_as_text_are_read_and_put_in_order_by_their_place(tmp_path: Path) -> None:
    listed = json.dumps({"10": 20190613, "2": "20180924", "9": 20190217})
    (source,) = opened(small(tmp_path, feature=pastis_feature(10000, 1, CORNER, listed)), tmp_path)
    assert source.read(0).dates.tolist() == [20180924, 20190217, 20190613]


def test_negative_values_are_0_and_nodata_is_not_valid(tmp_path: Path) -> None:
    images, target, ids = pastis_arrays(3)
    images[0, 0, 0, 0], images[1, :, 0, 1], images[2] = -50, -10000, -10000
    (source,) = opened(small(tmp_path, (images, target, ids)), tmp_path)
    sample = source.read(0)
    assert sample.dates.tolist() == [20180924, 20190217]
    assert sample.x[0, :, 0, 0].tolist() == [0, 1000]
    assert sample.valid[0, 0, 0]
    assert sample.valid[1, 0, :3].tolist() == [True, False, True]


def test_more_dates_than_wanted_are_sampled_over_the_season(tmp_path: Path) -> None:
    (source,) = opened(small(tmp_path), tmp_path, max_dates=2)
    assert source.dates == 2
    assert source.read(0).dates.tolist() == [20180924, 20190613]


def test_background_void_and_parcels_become_planes(tmp_path: Path) -> None:
    images, target, ids = pastis_arrays(3)
    target[0, 0, :4] = 0, 2, 19, 1
    ids[0, :4] = 5, 123456, 7, 0
    (source,) = opened(small(tmp_path, (images, target, ids)), tmp_path)
    planes = source.read(0).labels[1]
    assert planes[CLASS, 0, :5].tolist() == [0, MAIZE, UNKNOWN, WHEAT, WHEAT]
    # ids by their order in the patch (0, 7, 9, 123456): a declared parcel of no class is background
    assert planes[PARCEL, 0, :5].tolist() == [0, 4, 2, 0, 3]
    assert np.unique(planes[COVERAGE]).tolist() == [255]
    assert not planes[FLAGS].any()
    assert set(source.read(0).labels) == {1}


def test_parcels_of_two_patches_are_never_the_same(tmp_path: Path) -> None:
    more = [pastis_feature(10001, 2, (CORNER[0] + 1280, CORNER[1]), DATES)]
    (source,) = opened(small(tmp_path, more=more), tmp_path)
    assert source.read(0).labels[1][PARCEL, 0, 0] == 1
    assert source.read(1).labels[1][PARCEL, 0, 0] == 4097


def test_a_patch_lies_on_the_grid_of_its_tile(tmp_path: Path) -> None:
    more = [pastis_feature(10001, 2, (CORNER[0] + 1280, CORNER[1] - 2560), DATES)]
    (source,) = opened(small(tmp_path, more=more), tmp_path)
    assert source.record.crs == "EPSG:32631"
    assert source.record.transform == (10.0, 0.0, 640_000.0, 0.0, -10.0, 5_180_000.0)
    samples = [source.read(index) for index in range(2)]
    assert [(sample.row, sample.col) for sample in samples] == [(0, 0), (256, 128)]


def test_each_tile_is_a_source_on_the_grid_of_its_zone(tmp_path: Path) -> None:
    west = pastis_feature(20000, 2, (700_000.0, 5_390_000.0), DATES, "T30UXV", 32630)
    east = [pastis_feature(30000 + n, 3, (310_000.0, 5_390_000.0 - 5000 * n), DATES, "t32ulu", 32632) for n in (0, 1)]
    sources = opened(small(tmp_path, more=[*east, west]), tmp_path, weight=4.0)
    assert [(source.name, source.record.crs, len(source), source.record.weight) for source in sources] == [
        ("pastis_t30uxv", "EPSG:32630", 1, 1.0),
        ("pastis_t31tfm", "EPSG:32631", 1, 1.0),
        ("pastis_t32ulu", "EPSG:32632", 2, 2.0),
    ]
    assert sources[0].record.transform == (10.0, 0.0, 700_000.0, 0.0, -10.0, 5_390_000.0)
    assert (sources[2].read(1).row, sources[2].read(1).col) == (500, 0)


def test_an_outline_that_is_a_box_around_the_patch_gives_the_same_place(tmp_path: Path) -> None:
    feature = pastis_feature(10000, 1, (700_000.0, 5_390_000.0), DATES, "t30uxv", 32630)
    x, y = np.array(feature["geometry"]["coordinates"][0][0]).T
    box = [[x.min(), y.min()], [x.max(), y.min()], [x.max(), y.max()], [x.min(), y.max()]]
    feature["geometry"] = {"type": "Polygon", "coordinates": [box]}
    (source,) = opened(small(tmp_path, feature=feature), tmp_path)
    assert source.record.transform == (10.0, 0.0, 700_000.0, 0.0, -10.0, 5_390_000.0)


def five_folds(folder: Path) -> Path:
    """Four patches of each fold, each in a block of 5 km of its own."""
    more = []
    for number in range(1, 20):
        corner = (CORNER[0] + 10_000 * (number % 5), CORNER[1] - 10_000 * (number // 5))
        more.append(pastis_feature(10000 + number, number % 5 + 1, corner, DATES))
    return small(folder, more=more)


def test_the_official_folds_are_the_splits(tmp_path: Path) -> None:
    (source,) = opened(five_folds(tmp_path), tmp_path)
    splits = [int(source.read(index).labels[1][SPLIT, 0, 0]) for index in range(5)]
    assert splits == [TRAIN, TRAIN, TRAIN, VALIDATION, TEST]
    assert not source.read(0).labels[1][FOLD].any()


def test_calibration_is_carved_from_the_validation_fold_where_it_is_wanted(tmp_path: Path) -> None:
    shares = {"train": 0.6, "validation": 0.2, "calibration": 0.2}
    (source,) = opened(five_folds(tmp_path), tmp_path, shares=shares)
    splits = [int(source.read(index).labels[1][SPLIT, 0, 0]) for index in range(3, 20, 5)]
    assert sorted(splits) == [VALIDATION, VALIDATION, CALIBRATION, CALIBRATION]


def test_five_folds_are_the_official_ones_each_with_every_role(tmp_path: Path) -> None:
    shares = {"train": 0.6, "validation": 0.2, "calibration": 0.2}
    (source,) = opened(five_folds(tmp_path), tmp_path, folds=5, shares=shares)
    planes = [source.read(index).labels[1] for index in range(20)]
    assert [int(plane[FOLD, 0, 0]) for plane in planes] == [number % 5 + 1 for number in range(20)]
    for fold in range(5):
        assert {int(plane[SPLIT, 0, 0]) for plane in planes[fold::5]} == {TRAIN, VALIDATION, CALIBRATION}


def test_ground_near_a_patch_of_another_fold_is_marked(tmp_path: Path) -> None:
    more = [pastis_feature(10001, 2, (CORNER[0] + 1280, CORNER[1]), DATES)]
    (source,) = opened(
        small(tmp_path, more=more), tmp_path, folds=5, buffer_m=30, shares={"train": 1.0, "validation": 0.0}
    )
    near = source.read(0).labels[1][NEAR]
    assert near[64, 123:].tolist() == [0, 0, 2, 2, 2]
    assert source.read(1).labels[1][NEAR][64, :4].tolist() == [1, 1, 1, 0]


def test_patches_are_cut_into_chips(tmp_path: Path) -> None:
    images, target, ids = pastis_arrays(3)
    target[0, :64, 64:] = 2
    images[:, 0, 0, 64] = 777
    (source,) = opened(small(tmp_path, (images, target, ids)), tmp_path, chip=64)
    assert len(source) == 4
    sample = source.read(1)
    assert (sample.row, sample.col) == (0, 64)
    assert sample.x[0, 0, 0, :2].tolist() == [777, 100]
    assert np.unique(sample.labels[1][CLASS]).tolist() == [MAIZE]
    assert np.unique(source.read(2).labels[1][CLASS]).tolist() == [WHEAT]


def test_an_opened_set_goes_to_other_processes(tmp_path: Path) -> None:
    (source,) = opened(small(tmp_path), tmp_path)
    source.read(0)
    copy = pickle.loads(pickle.dumps(source))
    assert len(pickle.dumps(source)) < 10_000  # without the pixels of the last patch
    assert (copy.read(0).x == source.read(0).x).all()


def test_facts_say_what_the_store_cannot_know(tmp_path: Path) -> None:
    (source,) = opened(small(tmp_path), tmp_path)
    facts = source.record.facts
    assert (facts["importer"], facts["tile"], facts["years"]) == ("pastis", "t31tfm", [2018, 2019])
    assert facts["splits"] == "folds 1-3 training, 4 validation, 5 test"
    assert [item["path"] for item in facts["files"]] == ["metadata.geojson"]
    assert json.loads(json.dumps(dict(facts))) == facts


def edit(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    """Change the metadata."""

    def apply(root: Path) -> None:
        path = root / "metadata.geojson"
        document = json.loads(path.read_text("utf-8"))
        change(document)
        path.write_text(json.dumps(document), "utf-8")

    return apply


def properties(**changes: Any) -> Callable[[Path], object]:
    return edit(lambda document: document["features"][0]["properties"].update(changes))


@edit
def half_the_outline(document: dict[str, Any]) -> None:
    feature = document["features"][0]
    (ring,) = feature["geometry"]["coordinates"][0]
    for corner, other in ((1, 0), (2, 3)):
        ring[corner] = [(ring[corner][axis] + ring[other][axis]) / 2 for axis in (0, 1)]


def drop(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).unlink()


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (drop("metadata.geojson"), InputError, "There is no file .*metadata.geojson, the list of patches of PASTIS"),
        (lambda root: (root / "metadata.geojson").write_text("{", "utf-8"), DamagedFileError, "not a GeoJSON file"),
        (lambda root: (root / "metadata.geojson").write_text("[]", "utf-8"), DamagedFileError, "holds no features"),
        (edit(lambda document: document.update(features=[])), DamagedFileError, "so it lists no patch"),
        (
            edit(lambda document: document["crs"].update(properties={"name": "EPSG:4326"})),
            InputError,
            "in EPSG:2154, found",
        ),
        (
            edit(lambda document: document["features"].append(document["features"][0])),
            InputError,
            "10000 stands there twice",
        ),
        (edit(lambda document: document["features"].append(7)), InputError, "feature 2: has no properties"),
        (properties(ID_PATCH=None), InputError, r"feature 1: has no 'ID_PATCH' \(has ID_PATCH, N_Parcel"),
        (properties(Fold=None), InputError, "has no 'Fold'"),
        (properties(TILE=None), InputError, "has no 'TILE'"),
        (edit(lambda document: document["features"][0]["properties"].pop("dates-S2")), InputError, "has no 'dates-S2'"),
        (properties(ID_PATCH="x"), InputError, "ID_PATCH and Fold must be whole numbers"),
        (properties(Fold=6), InputError, r"\(patch 10000\): the fold is 6, not 1 to 5"),
        (properties(TILE="somewhere"), InputError, "'somewhere' is no Sentinel-2 tile"),
        (properties(**{"dates-S2": [20180924]}), InputError, "dates-S2 must map places to dates as YYYYMMDD"),
        (properties(**{"dates-S2": {"0": 20181332}}), InputError, "dates-S2 must map places to dates as YYYYMMDD"),
        (properties(**{"dates-S2": "{0"}), InputError, "dates-S2 must map places to dates as YYYYMMDD"),
        (edit(lambda document: document["features"][0].update(geometry=None)), InputError, "has no outline"),
        (
            properties(TILE="t32ulu"),
            InputError,
            "outline of the patch 10000 lies outside of the zone of its tile t32ulu",
        ),
        (
            half_the_outline,
            InputError,
            "outline of the patch 10000 is 640 m x 1280 m in EPSG:32631, not that of 128 pixels",
        ),
        (properties(ID_PATCH=10001), InputError, "lists the patch 10001, but there is no DATA_S2/S2_10001.npy"),
        (drop("ANNOTATIONS/ParcelIDs_10000.npy"), InputError, "but there is no ANNOTATIONS/ParcelIDs_10000.npy"),
        (drop("ANNOTATIONS/TARGET_10000.npy"), InputError, "but there is no ANNOTATIONS/TARGET_10000.npy"),
        (
            lambda root: (root / "DATA_S2" / "S2_10009.npy").write_bytes(b""),
            InputError,
            "does not list the patch 10009, which DATA_S2 holds",
        ),
    ],
)
def test_what_is_wrong_with_the_metadata_is_said_when_the_set_is_opened(
    tmp_path: Path, change: Callable[[Path], object], kind: type[CsclError], message: str
) -> None:
    root = small(tmp_path)
    change(root)
    with pytest.raises(kind, match=message):
        opened(root, tmp_path)


def array(path: str, values: Any) -> Callable[[Path], object]:
    return lambda root: np.save(root / path, values, allow_pickle=True)


def cut(path: str, length: int) -> Callable[[Path], object]:
    return lambda root: (root / path).write_bytes((root / path).read_bytes()[:length])


S2, TARGET, IDS = "DATA_S2/S2_10000.npy", "ANNOTATIONS/TARGET_10000.npy", "ANNOTATIONS/ParcelIDs_10000.npy"
PLANE = (128, 128)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (
            array(S2, np.ones((2, 10, *PLANE))),
            DamagedFileError,
            r"S2_10000.npy: has the shape \(2, 10, 128, 128\), not \(3,",
        ),
        (array(S2, np.ones((3, 13, *PLANE))), DamagedFileError, r"S2_10000.npy: has the shape"),
        (
            array(TARGET, np.ones(PLANE)),
            DamagedFileError,
            r"TARGET_10000.npy: has the shape \(128, 128\), not \(3, 128, 128\)",
        ),
        (array(IDS, np.ones((3, *PLANE))), DamagedFileError, r"ParcelIDs_10000.npy: has the shape"),
        (array(TARGET, np.full((3, *PLANE), 0.5)), DamagedFileError, "the class holds numbers that are not whole"),
        (array(TARGET, np.full((3, *PLANE), 33)), InputError, "the table small.csv does not list the class 33"),
        (array(IDS, np.arange(128 * 128).reshape(PLANE)), DamagedFileError, "holds 16384 parcels, more than the 4096"),
        (array(IDS, np.array([{}], dtype=object)), DamagedFileError, "ParcelIDs_10000.npy: not an array of numbers"),
        (array(IDS, np.full(PLANE, "a")), DamagedFileError, "ParcelIDs_10000.npy: not an array of numbers"),
        (cut(S2, 100_000), DamagedFileError, "S2_10000.npy: not an array of numbers"),
        (cut(S2, 20), DamagedFileError, "S2_10000.npy: not an array of numbers"),
        (cut(S2, 0), DamagedFileError, "S2_10000.npy: not an array of numbers"),
        (lambda root: (root / S2).write_bytes(pickle.dumps(print)), DamagedFileError, "not an array of numbers"),
        (
            lambda root: np.savez(root / "x.npz", a=1) or (root / "x.npz").rename(root / S2),
            DamagedFileError,
            "no.? an array",
        ),
    ],
)
def test_what_is_wrong_with_a_patch_is_said_when_it_is_read(
    tmp_path: Path, change: Callable[[Path], object], kind: type[CsclError], message: str
) -> None:
    root = small(tmp_path)
    change(root)
    (source,) = opened(root, tmp_path)
    with pytest.raises(kind, match=message):
        source.read(0)


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"level": "L1C"}, InputError, "PASTIS holds L2A reflectance, the data set is to hold L1C"),
        ({"bands": ("B02", "B10")}, BandMissingError, "PASTIS has no band B10"),
        ({"magnifications": (4,)}, InputError, "PASTIS has labels at x1, and only at x4 are they wanted"),
        ({"folds": 4}, InputError, "PASTIS comes with 5 folds of its own, not 4"),
    ],
)
def test_wishes_that_the_set_cannot_meet_are_refused(
    tmp_path: Path, changes: dict[str, Any], kind: type[CsclError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        opened(small(tmp_path), tmp_path, **changes)
