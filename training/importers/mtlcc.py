"""MTLCC (Russwurm and Koerner 2018): TFRecord patches around Munich in 2016 and 2017, L1C.

The layout, as its authors read it (github.com/TUM-LMF/MTLCC, S2parser.py and Dataset.py); the folder of one size of
patches, such as data_IJGI18/datasets/full/240:

    data16/<tile>.tfrecord.gz, data17/...       one record per file
    tileids/train_fold0.tileids, tileids/test_fold0.tileids, tileids/eval.tileids
    geotransforms.csv                           tile, west, 10, 0, north, 0, -10, EPSG code; no header

A record is a tf.train.Example with x10 (T, S, S, 4), x20 (T, S/2, S/2, 6), x60 (T, S/6, S/6, 3), labels (T, S, S), each
as raw little-endian integers under <name>/data and <name>/shape, and dates/doy, dates/year, dates/shape. The code
writes int64; copies with narrower integers are known by the number of bytes. Dates with doy 0 are padding.

The year is that of the folder: the records say 2017 throughout (DeepSatModels, data/MTLCC/make_pkl_dataset.py). The
labels carry no parcel ids, and no coverage.
"""

from __future__ import annotations

import logging
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import DamagedFileError, GridError, InputError
from training.classes import UNKNOWN, ClassTable
from training.crs import read_crs
from training.importers.ground import PIXEL_M, blocks_of, make_ground, roles_in_folds, share_folds, share_out
from training.importers.imported import ImportedSource, ImportRequest, file_fact, make_source, read_lines
from training.importers.patch_data import PatchData, days_of_year, make_patch, map_labels
from training.importers.tfrecord import Features, parse_example, read_records
from training.splits import CALIBRATION, NONE, TEST, TRAIN, VALIDATION

log = logging.getLogger(__name__)

TITLE = "MTLCC"
LEVEL = "L1C"
MAGNIFICATIONS = (1,)
STACKS = {
    "x10": (("B04", "B03", "B02", "B08"), 1),
    "x20": (("B05", "B06", "B07", "B8A", "B11", "B12"), 2),
    "x60": (("B01", "B09", "B10"), 6),
}
"""Bands of each array in order (DeepSatModels, data/MTLCC/data_transforms.py), and pixels of 10 m in one of theirs."""
BANDS = tuple(sorted(band for bands, _ in STACKS.values() for band in bands))
TRAIN_LIST, VALIDATION_LIST, TEST_LIST = (
    "tileids/train_fold0.tileids",
    "tileids/test_fold0.tileids",
    "tileids/eval.tileids",
)
PLACES = "geotransforms.csv"
PEEKED = 8
"""Records of each year whose number of dates is looked at when the set is opened."""
_YEAR_FOLDER = re.compile(r"data(\d\d)")
_WIDTHS = (1, 2, 4, 8)


@dataclass(frozen=True)
class _Tile:
    """One file and where it lies."""

    path: Path
    name: str
    year: int
    west: float
    north: float
    epsg: int


@dataclass(frozen=True)
class MtlccReader:
    """Reads the records of a set."""

    tiles: tuple[_Tile, ...]
    bands: tuple[str, ...]
    table: ClassTable
    side: int

    def read(self, number: int, most: int) -> PatchData:
        """Patch number n with at most so many dates."""
        tile = self.tiles[number]
        features = _read_features(tile)
        doy = _integers(features, "dates", tile.name, "doy").astype(np.int64)
        count, side = len(doy), self.side
        is_date = doy > 0
        _check_years(_integers(features, "dates", tile.name, "year")[is_date], tile)
        bands: dict[str, NDArray[Any]] = {}
        for stack, (names, step) in STACKS.items():
            values = _integers(features, stack, tile.name)
            shape = (count, side // step, side // step, len(names))
            if values.shape != shape:
                raise DamagedFileError(f"{tile.name}: {stack} has the shape {values.shape}, not {shape}.")
            bands.update({name: values[is_date, :, :, place] for place, name in enumerate(names)})
        labels = _integers(features, "labels", tile.name)
        if labels.shape != (count, side, side):
            raise DamagedFileError(f"{tile.name}: labels has the shape {labels.shape}, not {(count, side, side)}.")
        planes = self._planes(labels[is_date].astype(np.int64), tile)
        days = days_of_year(tile.year, doy[is_date], tile.name)
        return make_patch([bands[band] for band in self.bands], days, {1: planes}, side, most)

    def _planes(self, labels: NDArray[np.int64], tile: _Tile) -> NDArray[np.int32]:
        """Class, parcel, coverage and flags: the record repeats the labels of the year on every date."""
        planes = np.zeros((4, self.side, self.side), dtype=np.int32)
        planes[0] = UNKNOWN
        if len(labels):
            if (labels != labels[0]).any():
                raise InputError(f"{tile.name}: the labels differ between the dates of one year.")
            planes[0] = map_labels(labels[0], self.table, tile.name)
        planes[2] = 255
        return planes


def open_set(request: ImportRequest) -> tuple[ImportedSource, ...]:
    """One source per coordinate system (the published set has one), all years together.

    Without folds the train list is training, the test list is shared between validation and calibration, and the
    eval list is the test. With folds they are blocks of ground of 5 km. Tiles that are listed and not there are left
    out, as the authors do; tiles in no list lie between the lists' ground and are left out too.

    Raises:
        InputError: if a list or all files are missing, or a tile is in two lists or has no place.
        DamagedFileError: if a file that is looked at is not what was published.
    """
    codes = _read_lists(request.path)
    places = _read_places(request.path / PLACES)
    tiles = _find_tiles(request.path, codes, places)
    side = _peek_side(tiles[0])
    systems = sorted({tile.epsg for tile in tiles})
    sources = []
    for epsg in systems:
        members = tuple(tile for tile in tiles if tile.epsg == epsg)
        name = request.name if len(systems) == 1 else f"{request.name}_{epsg}"
        weight = request.weight * len(members) / len(tiles)
        sources.append(_open_system(request, name, members, codes, side, weight))
    return tuple(sources)


def _open_system(
    request: ImportRequest, name: str, tiles: tuple[_Tile, ...], codes: dict[str, int], side: int, weight: float
) -> ImportedSource:
    wests, norths = np.array([(tile.west, tile.north) for tile in tiles], dtype=np.float64).T
    blocks = blocks_of(wests, norths)
    splits = np.array([codes[_tile_id(tile.path)] for tile in tiles], dtype=np.uint8)
    folds = np.zeros(len(tiles), dtype=np.uint8)
    if request.folds:
        folds = share_folds(blocks, request.folds, request.seed)
        splits = roles_in_folds(folds, blocks, request.shares, request.seed)
    else:
        splits = _share_validation(splits, blocks, request)
    west, north = float(wests.min()), float(norths.max())
    rows, cols = (np.rint(metres / PIXEL_M).astype(np.int64) for metres in (north - norths, wests - west))
    reader = MtlccReader(tiles, request.bands, request.table, side)
    facts = {
        "importer": "mtlcc",
        "set": TITLE,
        "level": LEVEL,
        "years": sorted({tile.year for tile in tiles}),
        "files": [
            file_fact(request.path / path, request.path) for path in (TRAIN_LIST, VALIDATION_LIST, TEST_LIST, PLACES)
        ],
        "splits": f"{request.folds} folds of blocks of ground" if request.folds else "the set's own lists",
        "georeference": PLACES,
        "labels": "without parcel ids and coverage",
    }
    ground = make_ground(rows, cols, side, splits, folds, request.buffer_m)
    dates = max(_peek_dates(tile) for tile in _spread(tiles))
    return make_source(request, name, f"EPSG:{tiles[0].epsg}", (west, north), ground, reader, dates, facts, weight)


def _share_validation(
    splits: NDArray[np.uint8], blocks: NDArray[np.int64], request: ImportRequest
) -> NDArray[np.uint8]:
    """The test list as validation and calibration, by the shares that are wanted of the two."""
    is_open = splits == NONE
    out = np.where(is_open, VALIDATION, splits).astype(np.uint8)
    shares = [request.shares.get("validation", 0.0), request.shares.get("calibration", 0.0)]
    if is_open.any() and shares[1] > 0:
        part = share_out(blocks[is_open], shares, request.seed, ("validation", "calibration"))
        out[is_open] = np.array([VALIDATION, CALIBRATION], dtype=np.uint8)[part]
    return out


def _read_lists(root: Path) -> dict[str, int]:
    """Tile -> split code; NONE for those of the test list, which are shared out later."""
    codes: dict[str, int] = {}
    for name, code in ((TRAIN_LIST, TRAIN), (VALIDATION_LIST, NONE), (TEST_LIST, TEST)):
        for tile in read_lines(root / name, f"list of tiles of {TITLE}"):
            if codes.setdefault(tile, code) != code:
                raise InputError(f"{root / name}: the tile {tile} is in another list too.")
    return codes


def _read_places(path: Path) -> dict[str, tuple[float, float, int]]:
    """Tile -> west, north, EPSG code."""
    places: dict[str, tuple[float, float, int]] = {}
    for number, line in enumerate(read_lines(path, f"list of places of {TITLE}"), start=1):
        fields = line.split(",")
        try:
            place = float(fields[1]), float(fields[4]), int(fields[7])
            if not math.isfinite(place[0] + place[1]):
                raise ValueError("a place must be finite")
        except (IndexError, ValueError) as error:
            raise InputError(
                f"{path}, line {number}: expected tile, west, 10, 0, north, 0, -10, EPSG code, found '{line[:80]}'."
            ) from error
        try:
            read_crs(f"EPSG:{place[2]}")
        except GridError as error:
            raise InputError(f"{path}, line {number}: {error.message}") from error
        if places.setdefault(fields[0].strip(), place) != place:
            raise InputError(f"{path}, line {number}: the tile {fields[0]} stands there twice, in different places.")
    return places


def _find_tiles(root: Path, codes: dict[str, int], places: dict[str, tuple[float, float, int]]) -> tuple[_Tile, ...]:
    """The files of listed tiles, in order of year and tile."""
    tiles: list[_Tile] = []
    folders = [(found, folder) for folder in sorted(root.iterdir()) if (found := _YEAR_FOLDER.fullmatch(folder.name))]
    for found, folder in folders:
        seen: dict[str, Path] = {}
        for path in sorted([*folder.glob("*.tfrecord"), *folder.glob("*.tfrecord.gz")]):
            tile = _tile_id(path)
            if tile in seen:
                raise InputError(f"{folder} holds the tile {tile} twice, as {seen[tile].name} and {path.name}.")
            seen[tile] = path
            if tile not in codes:
                continue
            if tile not in places:
                raise InputError(f"{root / PLACES} does not list the tile {tile}.")
            west, north, epsg = places[tile]
            name = path.relative_to(root).as_posix()
            tiles.append(_Tile(path, name, 2000 + int(found.group(1)), west, north, epsg))
    if not tiles:
        raise InputError(
            f"{root} holds no TFRecord file of a listed tile in folders data16, data17.",
            "Give the folder of one size of patches, such as data_IJGI18/datasets/full/240.",
        )
    absent = len(codes) - len({_tile_id(tile.path) for tile in tiles})
    if absent:
        log.warning("%s: %d of %d listed tiles are not there.", root, absent, len(codes))
    return tuple(tiles)


def _tile_id(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".tfrecord")


def _spread(tiles: tuple[_Tile, ...]) -> list[_Tile]:
    """A few tiles of each year."""
    out = []
    for year in sorted({tile.year for tile in tiles}):
        members = [tile for tile in tiles if tile.year == year]
        out += [members[place] for place in np.unique(np.linspace(0, len(members) - 1, PEEKED).astype(int)).tolist()]
    return out


def _peek_side(tile: _Tile) -> int:
    shape = _shape(_read_features(tile), "labels", tile.name)
    if len(shape) != 3 or shape[1] != shape[2] or shape[1] % 12:
        raise DamagedFileError(f"{tile.name}: labels has the shape {shape}, not (T, 24, 24) or (T, 48, 48).")
    return shape[1]


def _peek_dates(tile: _Tile) -> int:
    return math.prod(_shape(_read_features(tile), "dates", tile.name))


def _read_features(tile: _Tile) -> Features:
    records = list(read_records(tile.path))
    if len(records) != 1:
        raise DamagedFileError(f"{tile.name}: holds {len(records)} records, not the one of a patch.")
    return parse_example(records[0], tile.name)


def _shape(features: Features, array: str, name: str) -> tuple[int, ...]:
    shape = features.get(f"{array}/shape")
    if not isinstance(shape, tuple) or not all(isinstance(side, int) and side >= 0 for side in shape):
        raise DamagedFileError(f"{name}: has no '{array}/shape' (has {', '.join(sorted(features))}).")
    return tuple(int(side) for side in shape)


def _integers(features: Features, array: str, name: str, key: str = "data") -> NDArray[Any]:
    """An array from its bytes; how wide its integers are follows from their number."""
    shape = _shape(features, array, name)
    data = features.get(f"{array}/{key}")
    if not isinstance(data, bytes):
        raise DamagedFileError(f"{name}: has no '{array}/{key}' (has {', '.join(sorted(features))}).")
    count = math.prod(shape)
    width = len(data) // count if count else 8
    if width not in _WIDTHS or width * count != len(data):
        raise DamagedFileError(f"{name}: {array}/{key} has {len(data)} bytes, which are no integers of shape {shape}.")
    return np.frombuffer(data, dtype=f"<i{width}").reshape(shape)


def _check_years(years: NDArray[Any], tile: _Tile) -> None:
    found = np.unique(years).tolist()
    if len(found) > 1:
        raise InputError(
            f"{tile.name}: its dates are of the years {', '.join(map(str, found))}, its folder is of {tile.year}."
        )
