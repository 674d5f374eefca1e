"""T31TFM-1618 (Tarasiou et al. 2022): pickled patches of Sentinel-2 tile T31TFM in 2016, 2017 and 2018, L1C.

The layout, as its authors publish it (github.com/michaeltrs/DeepSatModels, data/README.md):

    <year>/pkl_timeseries/W<w>_N<n>_E<e>_S<s>/<N>_<W>_<year>.pickle
    paths/train_paths.csv, paths/eval_paths.csv      one path per line, no header

A pickle is a dict: B01 ... B12, B8A (T, 48, 48), (T, 24, 24) or (T, 8, 8) by their resolution; doy (T,), year; and on
the label grids of 10 m (48, 48) and 2.5 m (192, 192; names end in _x4) labels, ids, ratios, full_ass, part_ass, and
invalid_x4.

Places: no georeference is published, but the numbers in the names of folders are the corners of the 16 parts of the
tile in EPSG:2154, to the metre (those of the tile transform to W799943, N6650383, E909657, S6540681), and those in
the names of files are the upper left corners of patches, in steps of 480 m from the corner of a part. The images are
in UTM, whose pixels are 0.1 % smaller there, so a patch is placed to about 30 m.

What cannot be redone: the published labels give a pixel to a parcel that covers 5 % of it, so that fields grow; the
share is kept as coverage, by which such pixels are known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import DamagedFileError, InputError
from training.classes import UNKNOWN, ClassTable
from training.importers.ground import PIXEL_M, blocks_of, make_ground, roles_in_folds, share_folds, share_roles
from training.importers.imported import ImportedSource, ImportRequest, file_fact, make_source, read_lines
from training.importers.numpy_pickle import read_numpy_pickle
from training.importers.patch_data import PatchData, days_of_year, make_patch, map_labels, whole_numbers
from training.labels import FULLY_ASSIGNED, PART_ASSIGNED
from training.splits import TEST

TITLE = "T31TFM-1618"
LEVEL = "L1C"
MAGNIFICATIONS = (1, 4)
SIDE = 48
BAND_SIDES: Mapping[str, int] = {
    **dict.fromkeys(("B02", "B03", "B04", "B08"), SIDE),
    **dict.fromkeys(("B05", "B06", "B07", "B8A", "B11", "B12"), SIDE // 2),
    **dict.fromkeys(("B01", "B09", "B10"), SIDE // 6),
}
BANDS = tuple(sorted(BAND_SIDES))
CRS = "EPSG:2154"
LISTS = ("paths/train_paths.csv", "paths/eval_paths.csv")
TILE_WEST, TILE_NORTH = 799_943.8, 6_650_383.5
PART_WIDTH, PART_HEIGHT = 27_428.3, 27_425.4
"""Upper left corner of the tile and size of its 16 parts, EPSG:2154: the part of a patch is a block of ground."""
PEEKED = 8
"""Patches of each year whose number of dates is looked at when the set is opened."""
_FILE = re.compile(r"(\d+)_(\d+)_(\d{4})\.pickle")
_FOLDER = re.compile(r"W(\d+)_N(\d+)_E(\d+)_S(\d+)")
_SHARE_TOLERANCE = 1e-3


@dataclass(frozen=True)
class _Entry:
    """What the name of a patch says."""

    path: str
    """Within the set."""
    north: int
    west: int
    year: int
    part: tuple[int, int]
    """Row and column of its part of the tile."""


@dataclass(frozen=True)
class T31tfmReader:
    """Reads the pickles of a set."""

    root: Path
    entries: tuple[_Entry, ...]
    bands: tuple[str, ...]
    table: ClassTable
    magnifications: tuple[int, ...]
    years: tuple[int, ...]

    def read(self, number: int, most: int) -> PatchData:
        """Patch number n with at most so many dates."""
        entry = self.entries[number]
        name = entry.path
        values = _read_dict(self.root / name, name)
        doy = whole_numbers(np.atleast_1d(_array(values, "doy", name)), name, "doy")
        _check_year(values, entry)
        bands = [_shaped(values, band, (len(doy), BAND_SIDES[band], BAND_SIDES[band]), name) for band in self.bands]
        labels = {scale: self._planes(values, scale, entry) for scale in self.magnifications}
        return make_patch(bands, days_of_year(entry.year, doy, name), labels, SIDE, most)

    def _planes(self, values: Mapping[str, Any], scale: int, entry: _Entry) -> NDArray[np.int32]:
        """Class, parcel, coverage and flags on a label grid."""
        name, ending = entry.path, "" if scale == 1 else f"_x{scale}"
        shape = (SIDE * scale, SIDE * scale)
        numbers = whole_numbers(_shaped(values, f"labels{ending}", shape, name), name, f"labels{ending}")
        ids = whole_numbers(_shaped(values, f"ids{ending}", shape, name), name, f"ids{ending}")
        ratios = _shaped(values, f"ratios{ending}", shape, name).astype(np.float64)
        full, part = (_shaped(values, f"{mask}{ending}", shape, name) != 0 for mask in ("full_ass", "part_ass"))
        classes = map_labels(numbers, self.table, name)
        if f"invalid{ending}" in values or scale > 1:
            classes[_shaped(values, f"invalid{ending}", shape, name) != 0] = UNKNOWN
        if not ((ratios >= -_SHARE_TOLERANCE) & (ratios <= 1 + _SHARE_TOLERANCE)).all():
            raise DamagedFileError(f"{name}: ratios{ending} must be shares from 0 to 1, not {ratios.max():g}.")
        in_parcel = numbers != 0
        # the ratio is the parcel's; outside of parcels the share of "no parcel" is what is left
        share = np.clip(np.where(in_parcel, ratios, 1 - ratios), 0, 1)
        flags = np.where(full, FULLY_ASSIGNED, np.where(part, PART_ASSIGNED, 0))
        return np.stack(
            [classes, self._parcels(np.where(in_parcel, ids, 0), entry), np.rint(share * 255), flags]
        ).astype(np.int32)

    def _parcels(self, ids: NDArray[np.int64], entry: _Entry) -> NDArray[np.int64]:
        """Ids that are one for a parcel and year, the same in all patches: id times number of years, plus the year's
        place among them."""
        years = len(self.years)
        numbered = ids * years + self.years.index(entry.year)
        if ids.min() < 0 or numbered.max() > np.iinfo(np.int32).max:
            raise DamagedFileError(f"{entry.path}: ids holds {ids.min()} to {ids.max()}, which are no parcel ids.")
        return np.where(ids > 0, numbered, 0)


def open_set(request: ImportRequest) -> tuple[ImportedSource, ...]:
    """One source: the whole tile in all years.

    Without folds the train list is training, from which validation and calibration are carved by parts of the tile,
    and the eval list is the test. With folds they are parts of the tile.

    Raises:
        InputError: if a list or a listed file is missing, or a name is not of the layout.
        DamagedFileError: if a file that is looked at is not what was published.
    """
    listed = [_read_list(request.path, name) for name in LISTS]
    entries = tuple(entry for entries in listed for entry in entries)
    seen: set[str] = set()
    for entry in entries:
        if entry.path in seen:
            raise InputError(f"{entry.path} stands twice in {LISTS[0]} and {LISTS[1]} of {request.path}.")
        seen.add(entry.path)
    is_test = np.repeat([False, True], [len(entries) for entries in listed])
    parts = np.array([entry.part for entry in entries], dtype=np.int64)
    norths, wests = np.array([(entry.north, entry.west) for entry in entries], dtype=np.float64).T
    folds = np.zeros(len(entries), dtype=np.uint8)
    if request.folds:
        folds = share_folds(parts, request.folds, request.seed)
        centres = blocks_of(wests + SIDE * PIXEL_M / 2, norths - SIDE * PIXEL_M / 2)
        splits = roles_in_folds(folds, centres, request.shares, request.seed)
    else:
        splits = np.full(len(entries), TEST, dtype=np.uint8)
        splits[~is_test] = share_roles(parts[~is_test], request.shares, request.seed)
    north, west = float(norths.max()), float(wests.min())
    rows, cols = (np.rint(metres / PIXEL_M).astype(np.int64) for metres in (north - norths, wests - west))
    years = tuple(sorted({entry.year for entry in entries}))
    reader = T31tfmReader(request.path, entries, request.bands, request.table, request.magnifications, years)
    facts = {
        "importer": "t31tfm",
        "set": TITLE,
        "level": LEVEL,
        "years": list(years),
        "files": [file_fact(request.path / name, request.path) for name in LISTS],
        "splits": f"{request.folds} folds of parts of the tile" if request.folds else "the set's own lists",
        "georeference": "from the names of the files, to about 30 m",
        "labels": "published rule: a pixel goes to a parcel that covers 5 % of it; that background competes cannot be "
        "redone",
        "parcel_numbers": f"published id times {len(years)}, plus the place of the year among {list(years)}",
    }
    ground = make_ground(rows, cols, SIDE, splits, folds, request.buffer_m)
    dates = _most_dates(reader)
    return (make_source(request, request.name, CRS, (west, north), ground, reader, dates, facts, request.weight),)


def _read_list(root: Path, name: str) -> list[_Entry]:
    lines = read_lines(root / name, f"list of patches of {TITLE}")
    if not lines[0].endswith(".pickle") and len(lines) > 1:
        del lines[0]  # some copies have a header
    entries = [_entry(line, root / name) for line in lines]
    for entry in entries:
        if not (root / entry.path).is_file():
            raise InputError(
                f"{root / name} lists {entry.path}, which is not there.", "Unpack the set whole, or cut the list short."
            )
    return entries


def _entry(line: str, source: Path) -> _Entry:
    path = PurePosixPath(line.replace("\\", "/"))
    file, folder = _FILE.fullmatch(path.name), _FOLDER.fullmatch(path.parent.name)
    if file is None or folder is None or path.is_absolute() or ".." in path.parts:
        raise InputError(
            f"{source}: '{line[:120]}' is no path like 2016/pkl_timeseries/W799943_N6568107_E827372_S6540681/"
            "6541426_800224_2016.pickle."
        )
    north, west, year = (int(group) for group in file.groups())
    w, n, e, s = (int(group) for group in folder.groups())
    part = int((TILE_NORTH - (n + s) / 2) // PART_HEIGHT), int(((w + e) / 2 - TILE_WEST) // PART_WIDTH)
    return _Entry(path.as_posix(), north, west, year, part)


def _most_dates(reader: T31tfmReader) -> int:
    """Largest number of dates of some patches of each year, spread over the lists; longer ones are sampled."""
    most = 0
    for year in reader.years:
        members = [entry for entry in reader.entries if entry.year == year]
        for place in np.unique(np.linspace(0, len(members) - 1, PEEKED).astype(int)).tolist():
            entry = members[place]
            values = _read_dict(reader.root / entry.path, entry.path)
            most = max(most, np.atleast_1d(_array(values, "doy", entry.path)).size)
    return most


def _read_dict(path: Path, name: str) -> Mapping[str, Any]:
    values = read_numpy_pickle(path)
    if not isinstance(values, dict):
        raise DamagedFileError(f"{name}: holds a {type(values).__name__}, not the dict of a patch.")
    return values


def _array(values: Mapping[str, Any], key: str, name: str) -> NDArray[Any]:
    if key not in values:
        raise DamagedFileError(f"{name}: has no '{key}' (has {', '.join(map(str, list(values)[:40]))}).")
    array = np.asarray(values[key])
    if array.dtype.kind not in "biuf":
        raise DamagedFileError(f"{name}: '{key}' holds no numbers.")
    return array


def _shaped(values: Mapping[str, Any], key: str, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    array = _array(values, key, name)
    if array.shape != shape:
        raise DamagedFileError(f"{name}: '{key}' has the shape {array.shape}, not {shape}.")
    return array


def _check_year(values: Mapping[str, Any], entry: _Entry) -> None:
    """The year in the patch must be that of its name; 0 is how sets of the same make leave it out."""
    found = np.unique(whole_numbers(_array(values, "year", entry.path), entry.path, "year"))
    wrong = [year for year in found.tolist() if year not in (0, entry.year)]
    if wrong:
        raise InputError(f"{entry.path}: the year in the file is {wrong[0]}, that of its name is {entry.year}.")
