"""Published sets whose lists or patches are damaged, incomplete or not what was published."""

from __future__ import annotations

import io
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_input import (
    SET_FOLDERS,
    Case,
    Runner,
    Spoil,
    case,
    cut,
    flip,
    folder_for,
    png,
    put,
    remove,
    swap,
    write_published,
)
from published_sets import mtlcc_arrays, mtlcc_message, tfrecord

from backend.errors import BandMissingError, CsclError, DamagedFileError, InputError

pytest.importorskip("zarr")
pytestmark = pytest.mark.torch

ONLY_TRAIN = {"train": 1.0, "validation": 0.0, "calibration": 0.0, "test": 0.0}
LEVELS = {"t31tfm": "L1C", "mtlcc": "L1C", "pastis": "L2A"}
PICKLE, TRAIN, EVAL = "6541426_800224_2016.pickle", "train_paths.csv", "eval_paths.csv"
RECORD, OTHER, PLACES = "1.tfrecord.gz", "3.tfrecord", "geotransforms.csv"
IMAGES, TARGET, IDS, METADATA = "S2_10000.npy", "TARGET_10000.npy", "ParcelIDs_10000.npy", "metadata.geojson"


def of(kind: str, **changes: Any) -> dict[str, Any]:
    """Settings of a data set of one published set."""
    item = {"name": "published", "kind": kind, "path": SET_FOLDERS[kind], "classes": "own.csv", "shares": ONLY_TRAIN}
    listed = {name: changes.pop(name) for name in list(changes) if name in (*item, "weight")}
    return {"dataset": {"level": LEVELS[kind], "sources": [], "max_dates": 6, "imports": [item | listed], **changes}}


def t31tfm(what: str, error: type[CsclError], words: str, spoil: Spoil = lambda folder: None, **changes: Any) -> Any:
    return case(f"T31TFM: {what}", error, words, spoil, **of("t31tfm", **changes))


def mtlcc(what: str, error: type[CsclError], words: str, spoil: Spoil = lambda folder: None, **changes: Any) -> Any:
    return case(f"MTLCC: {what}", error, words, spoil, **of("mtlcc", **changes))


def pastis(what: str, error: type[CsclError], words: str, spoil: Spoil = lambda folder: None, **changes: Any) -> Any:
    return case(f"PASTIS: {what}", error, words, spoil, **of("pastis", **changes))


def patch(change: Callable[[dict[str, Any]], object]) -> Spoil:
    """The first pickle with something changed in it."""

    def spoil(folder: Path) -> None:
        (path,) = folder.rglob(PICKLE)
        values = pickle.loads(path.read_bytes())
        change(values)
        path.write_bytes(pickle.dumps(values))

    return spoil


def record(change: Callable[[dict[str, Any]], object]) -> Spoil:
    """The uncompressed record with something changed in it."""

    def spoil(folder: Path) -> None:
        arrays: dict[str, Any] = dict(mtlcc_arrays([20, 100, 200], label=2))
        change(arrays)
        (path,) = folder.rglob(OTHER)
        path.write_bytes(tfrecord(mtlcc_message(arrays)))

    return spoil


def array(name: str, values: Any) -> Spoil:
    """Another array in a .npy file."""
    stream = io.BytesIO()
    np.save(stream, values, allow_pickle=True)
    return put(name, stream.getvalue())


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("open('outside', 'w')",))


CASES = [
    t31tfm("the train list is missing", InputError, TRAIN, remove(TRAIN)),
    t31tfm("the train list is empty", InputError, f"{TRAIN}|empty", put(TRAIN, b"")),
    t31tfm("the eval list is a picture", InputError, EVAL, put(EVAL, png())),
    t31tfm("the train list is a folder", InputError, TRAIN, folder_for(TRAIN)),
    t31tfm("a list leads out of the set", InputError, TRAIN, swap(TRAIN, "2016/pkl", "../../2016/pkl")),
    t31tfm("a list names a patch that is not there", InputError, f"{TRAIN}|{PICKLE}", remove(PICKLE)),
    t31tfm("a list names another kind of path", InputError, f"{TRAIN}|no path like", put(TRAIN, "a.pickle\n")),
    t31tfm("a patch is in both lists", InputError, "twice", lambda folder: _copied(folder, TRAIN, EVAL)),
    t31tfm("a pickle is empty", DamagedFileError, PICKLE, put(PICKLE, b"")),
    *[
        t31tfm(f"a pickle is cut after {share:.0%}", DamagedFileError, PICKLE, cut(PICKLE, share))
        for share in (0.01, 0.5, 0.999)
    ],
    *[
        t31tfm(f"byte {byte} of a pickle is turned", DamagedFileError, PICKLE, flip(PICKLE, byte, 5))
        for byte in (0, 2, 11)
    ],
    t31tfm("a pickle runs a command", DamagedFileError, f"{PICKLE}|exec", put(PICKLE, pickle.dumps(Evil()))),
    t31tfm("a pickle holds a list", DamagedFileError, f"{PICKLE}|list", put(PICKLE, pickle.dumps([1]))),
    t31tfm("a patch lacks a band", DamagedFileError, f"{PICKLE}|B8A", patch(lambda values: values.pop("B8A"))),
    t31tfm(
        "a patch lacks its labels", DamagedFileError, f"{PICKLE}|labels", patch(lambda values: values.pop("labels"))
    ),
    t31tfm(
        "a band has another shape",
        DamagedFileError,
        f"{PICKLE}|B02|shape",
        patch(lambda values: values.update(B02=values["B02"][:, :9])),
    ),
    t31tfm(
        "a day is 400",
        DamagedFileError,
        f"{PICKLE}|400",
        patch(lambda values: values.update(doy=np.array([50, 100, 400]))),
    ),
    t31tfm("the year is another one", InputError, f"{PICKLE}|2018", patch(lambda values: values.update(year=2018))),
    t31tfm(
        "ratios are not shares",
        DamagedFileError,
        f"{PICKLE}|ratios",
        patch(lambda values: values.update(ratios=values["ratios"] * 7)),
    ),
    t31tfm(
        "ratios are not numbers",
        DamagedFileError,
        f"{PICKLE}|ratios",
        patch(lambda values: values.update(ratios=values["ratios"] * np.nan)),
    ),
    t31tfm(
        "a class is not in the table",
        InputError,
        f"{PICKLE}|own.csv|77",
        patch(lambda values: values["labels"].fill(77)),
    ),
    t31tfm("there is no folder", InputError, "nowhere", path="nowhere"),
    t31tfm("the path is a file", InputError, "own.csv", path="own.csv"),
    t31tfm("another level is wanted", InputError, "L1C|level", level="L2A"),
    t31tfm("there is no class table", InputError, "published|nowhere", classes="nowhere"),
    mtlcc("the places are missing", InputError, PLACES, remove(PLACES)),
    mtlcc("the places are a text", InputError, f"{PLACES}, line 1", put(PLACES, "somewhere\n")),
    mtlcc("a tile has no place", InputError, PLACES, put(PLACES, "9,690000,10,0,5334000,0,-10,32632\n")),
    mtlcc("the coordinate system is unknown", InputError, f"{PLACES}|99999", swap(PLACES, "32632", "99999")),
    mtlcc(
        "a place is not a number",
        InputError,
        f"{PLACES}, line 1",
        put(PLACES, "1,nan,10,0,nan,0,-10,32632\n2,nan,10,0,nan,0,-10,32632\n3,1,10,0,1,0,-10,32632\n"),
    ),
    mtlcc("a list is missing", InputError, "test_fold0.tileids", remove("test_fold0.tileids")),
    mtlcc("a tile is in two lists", InputError, "eval.tileids|another list", put("eval.tileids", "1\n")),
    mtlcc("all records are missing", InputError, "240|TFRecord", remove("data1*")),
    mtlcc("a record is empty", DamagedFileError, OTHER, put(OTHER, b"")),
    *[
        mtlcc(f"a record is cut after {share:.1%}", DamagedFileError, OTHER, cut(OTHER, share))
        for share in (0.0001, 0.5, 0.999)
    ],
    *[
        mtlcc(f"a compressed record is cut after {share:.0%}", DamagedFileError, RECORD, cut(RECORD, share))
        for share in (0.01, 0.5, 0.99)
    ],
    *[
        mtlcc(f"byte {byte} of a record is turned", DamagedFileError, OTHER, flip(OTHER, byte, 1))
        for byte in (0, 9, 20, 40_000, -1)
    ],
    mtlcc("a compressed record is a text", DamagedFileError, RECORD, put(RECORD, "record")),
    mtlcc("a record is a folder", DamagedFileError, OTHER, folder_for(OTHER)),
    mtlcc(
        "a record lacks its labels", DamagedFileError, f"{OTHER}|labels", record(lambda arrays: arrays.pop("labels"))
    ),
    mtlcc(
        "an array of a record has another shape",
        DamagedFileError,
        f"{OTHER}|x20",
        record(lambda arrays: arrays.update(x20=arrays["x20"][:, :6])),
    ),
    mtlcc(
        "labels differ between dates", InputError, f"{OTHER}|labels", record(lambda arrays: arrays["labels"][0].fill(1))
    ),
    mtlcc(
        "dates of a record are of two years",
        InputError,
        f"{OTHER}|2016",
        record(lambda arrays: arrays["year"].put(0, 2016)),
    ),
    pastis("the metadata are missing", InputError, METADATA, remove(METADATA)),
    *[
        pastis(f"the metadata are cut after {share:.0%}", DamagedFileError, METADATA, cut(METADATA, share))
        for share in (0.0, 0.5, 0.99)
    ],
    pastis("the metadata are a list", DamagedFileError, METADATA, put(METADATA, "[]")),
    pastis("the metadata list no patch", DamagedFileError, METADATA, put(METADATA, '{"features": []}')),
    pastis("the metadata are deeply nested", DamagedFileError, METADATA, put(METADATA, "[" * 100_000)),
    pastis("a patch lacks its fold", InputError, f"{METADATA}|Fold", swap(METADATA, '"Fold"', '"fold"')),
    pastis("a fold is 9", InputError, f"{METADATA}|9", swap(METADATA, '"Fold": 1', '"Fold": 9')),
    pastis("a tile is not one", InputError, f"{METADATA}|paris", swap(METADATA, "t31tfm", "paris")),
    pastis("dates are words", InputError, f"{METADATA}|dates-S2", swap(METADATA, "20180924", '"soon"')),
    pastis(
        "outlines are in another system", InputError, f"{METADATA}|2154", swap(METADATA, "EPSG::2154", "EPSG::4326")
    ),
    pastis("the images are missing", InputError, f"{METADATA}|{IMAGES}", remove(IMAGES)),
    pastis("the parcel ids are missing", InputError, f"{METADATA}|{IDS}", remove(IDS)),
    *[
        pastis(f"{name} is cut after {share:.0%}", DamagedFileError, name, cut(name, share))
        for name in (IMAGES, TARGET, IDS)
        for share in (0.0, 0.0001, 0.5)
    ],
    pastis("an array is a text", DamagedFileError, TARGET, put(TARGET, "array")),
    pastis("an array holds objects", DamagedFileError, TARGET, array(TARGET, np.array([Evil()], dtype=object))),
    pastis(
        "an array has another shape",
        DamagedFileError,
        f"{IMAGES}|shape",
        array(IMAGES, np.zeros((2, 10, 128, 128), np.int16)),
    ),
    pastis("an array holds no numbers", DamagedFileError, TARGET, array(TARGET, np.full((3, 128, 128), "a"))),
    pastis(
        "a class is not in the table",
        InputError,
        f"{TARGET}|own.csv|77",
        array(TARGET, np.full((3, 128, 128), 77, np.uint8)),
    ),
    pastis("parcel ids are not whole", DamagedFileError, IDS, array(IDS, np.full((128, 128), 0.5))),
    pastis("four folds are wanted", InputError, "PASTIS|folds", splits={"scheme": "folds", "folds": 4}),
    pastis("a band is wanted that it has not", BandMissingError, "PASTIS|B01", bands=["B02", "B01"]),
]


def _copied(folder: Path, name: str, other: str) -> None:
    (source,), (target,) = folder.rglob(name), folder.rglob(other)
    shutil.copy(source, target)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    write_published(folder)
    return folder


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Runner:
    return Runner(tmp_path, monkeypatch, capfd)


@pytest.mark.parametrize("one", CASES)
def test_a_published_set_is_refused(one: Case, runner: Runner, published: Path) -> None:
    runner.refuse(published, one)
