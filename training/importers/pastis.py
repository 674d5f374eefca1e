"""PASTIS (Sainte Fare Garnot and Landrieu 2021): patches of four French tiles from September 2018 to 2019, L2A.

The layout, as its authors publish it (github.com/VSainteuf/pastis-benchmark, README.md and code/dataloader.py):

    metadata.geojson                      per patch ID_PATCH, Fold (1-5), TILE, dates-S2; geometry in EPSG:2154
    DATA_S2/S2_<id>.npy                   (T, 10, 128, 128) int16, reflectance times 10000
    ANNOTATIONS/TARGET_<id>.npy           (3, 128, 128); the first plane is the class: 0 background, 19 void
    ANNOTATIONS/ParcelIDs_<id>.npy        (128, 128)

dates-S2 maps the place of a date to YYYYMMDD, as a dict or as its text. The images come from THEIA (MAJA): surface
reflectance with small negative values; they lie on the UTM grid of their tile, so there is a source for each tile.
Parcels are those of a patch: one that reaches into another patch is another parcel there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from backend.errors import DamagedFileError, InputError
from training.classes import ClassTable
from training.importers.ground import PIXEL_M, blocks_of, make_ground, roles_in_folds, share_out
from training.importers.imported import ImportedSource, ImportRequest, file_fact, make_source
from training.importers.patch_data import PatchData, make_patch, map_labels, whole_numbers
from training.splits import CALIBRATION, TEST, TRAIN, VALIDATION

TITLE = "PASTIS"
LEVEL = "L2A"
MAGNIFICATIONS = (1,)
BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
"""In the order of the arrays, as the authors confirm in their repository."""
SIDE = 128
FOLDS = 5
VALIDATION_FOLD, TEST_FOLD = 4, 5
METADATA = "metadata.geojson"
CRS = "EPSG:2154"
PATCH_PARCELS = 4096
"""Parcel ids are the patch's place times this, plus the parcel's place in the patch."""
_WHOLE = "Give the folder as it was published."
_TILE = re.compile(r"t?(\d\d)([a-z])[a-z]{2}")
_SIZE_M = (0.99 * SIDE * PIXEL_M, 1.25 * SIDE * PIXEL_M)
"""Sides of the box around a patch in UTM: larger than the patch where its outline was a box in EPSG:2154."""
_EASTINGS = (199_980.0, 809_760.0)
"""Of Sentinel-2 tiles in their zone."""


@dataclass(frozen=True)
class _Patch:
    """What the metadata say of a patch."""

    number: int
    fold: int
    tile: str
    days: tuple[date, ...]
    outline: tuple[tuple[float, float], ...]
    """Corners in EPSG:2154."""


@dataclass(frozen=True)
class PastisReader:
    """Reads the arrays of the patches of a tile."""

    root: Path
    patches: tuple[_Patch, ...]
    bands: tuple[str, ...]
    table: ClassTable

    def read(self, number: int, most: int) -> PatchData:
        """Patch number n with at most so many dates."""
        patch = self.patches[number]
        images, target, ids = _paths(patch.number)
        values = _load(self.root / images, (len(patch.days), len(BANDS), SIDE, SIDE), images)
        numbers = whole_numbers(_load(self.root / target, (3, SIDE, SIDE), target)[0], target, "the class")
        parcels = whole_numbers(_load(self.root / ids, (SIDE, SIDE), ids), ids, "the parcel id")
        # some declared parcels are background in the labels, being of none of the classes
        parcels = np.where(numbers != 0, parcels, 0)
        found, place = np.unique(parcels, return_inverse=True)
        if len(found) > PATCH_PARCELS:
            raise DamagedFileError(f"{ids}: holds {len(found)} parcels, more than the {PATCH_PARCELS} that can be.")
        renumbered = place.reshape(parcels.shape) + 1 + number * PATCH_PARCELS
        labels = np.stack(
            [
                map_labels(numbers, self.table, target),
                np.where(parcels != 0, renumbered, 0),
                np.full(numbers.shape, 255),
                np.zeros(numbers.shape),
            ]
        ).astype(np.int32)
        wanted = [values[:, BANDS.index(band)] for band in self.bands]
        return make_patch(wanted, patch.days, {1: labels}, SIDE, most)


def open_set(request: ImportRequest) -> tuple[ImportedSource, ...]:
    """One source per tile.

    Without folds the official ones are the splits: 1 to 3 training, 4 validation, 5 test; calibration is carved from
    fold 4 where it has a share. With folds they are the five official ones.

    Raises:
        InputError: if the metadata or a file is missing, a patch stands twice or lacks a field, or other than five
            folds are wanted.
        DamagedFileError: if the metadata cannot be read.
    """
    if request.folds not in (0, FOLDS):
        raise InputError(f"{TITLE} comes with {FOLDS} folds of its own, not {request.folds}.", "Set folds to 5.")
    patches = _read_metadata(request.path / METADATA)
    _check_files(request.path, patches)
    tiles = sorted({patch.tile for patch in patches})
    centres = np.array([np.mean([_extent(patch.outline)[:2], _extent(patch.outline)[2:]], axis=0) for patch in patches])
    splits = _splits(patches, centres, request)
    sources = []
    for tile in tiles:
        members = [place for place, patch in enumerate(patches) if patch.tile == tile]
        weight = request.weight * len(members) / len(patches)
        sources.append(_open_tile(request, tile, tuple(patches[place] for place in members), splits[members], weight))
    return tuple(sources)


def _open_tile(
    request: ImportRequest, tile: str, patches: tuple[_Patch, ...], splits: NDArray[np.uint8], weight: float
) -> ImportedSource:
    crs = _utm_of(tile)
    to_utm = Transformer.from_crs(CRS, crs, always_xy=True)
    corners = np.array([_corner(patch, to_utm) for patch in patches])
    west, north = float(corners[:, 0].min()), float(corners[:, 1].max())
    rows = np.rint((north - corners[:, 1]) / PIXEL_M).astype(np.int64)
    cols = np.rint((corners[:, 0] - west) / PIXEL_M).astype(np.int64)
    folds = np.array([patch.fold if request.folds else 0 for patch in patches], dtype=np.uint8)
    facts = {
        "importer": "pastis",
        "set": TITLE,
        "level": LEVEL,
        "tile": tile,
        "years": sorted({day.year for patch in patches for day in patch.days}),
        "files": [file_fact(request.path / METADATA, request.path)],
        "splits": "the official folds" if request.folds else "folds 1-3 training, 4 validation, 5 test",
        "georeference": "centres of the outlines, on the 10 m grid of the tile",
        "labels": "without coverage; declared parcels of other crops are background",
    }
    reader = PastisReader(request.path, patches, request.bands, request.table)
    ground = make_ground(rows, cols, SIDE, splits, folds, request.buffer_m)
    dates = max(len(patch.days) for patch in patches)
    name = f"{request.name}_{tile}"
    return make_source(request, name, crs, (west, north), ground, reader, dates, facts, weight)


def _splits(patches: list[_Patch], centres: NDArray[np.float64], request: ImportRequest) -> NDArray[np.uint8]:
    blocks = blocks_of(centres[:, 0], centres[:, 1])
    folds = np.array([patch.fold for patch in patches], dtype=np.uint8)
    if request.folds:
        return roles_in_folds(folds, blocks, request.shares, request.seed)
    splits = np.full(len(patches), TRAIN, dtype=np.uint8)
    splits[folds == VALIDATION_FOLD], splits[folds == TEST_FOLD] = VALIDATION, TEST
    shares = [request.shares.get("validation", 0.0), request.shares.get("calibration", 0.0)]
    is_open = folds == VALIDATION_FOLD
    if is_open.any() and shares[1] > 0:
        part = share_out(blocks[is_open], shares, request.seed, ("validation", "calibration"))
        splits[is_open] = np.array([VALIDATION, CALIBRATION], dtype=np.uint8)[part]
    return splits


def _read_metadata(path: Path) -> list[_Patch]:
    """The patches in order of their ids."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}, the list of patches of {TITLE}.", _WHOLE) from error
    except (ValueError, OSError, RecursionError) as error:
        raise DamagedFileError(f"{path}: not a GeoJSON file ({error}).") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        raise DamagedFileError(f"{path}: holds no features, so it lists no patch.")
    crs = document.get("crs")
    if crs is not None and "2154" not in json.dumps(crs):
        raise InputError(f"{path}: the outlines are expected in {CRS}, found {json.dumps(crs)[:80]}.")
    patches: dict[int, _Patch] = {}
    for place, feature in enumerate(features, start=1):
        patch = _read_feature(feature, f"{path.name}, feature {place}")
        if patch.number in patches:
            raise InputError(f"{path}: the patch {patch.number} stands there twice.")
        patches[patch.number] = patch
    return [patches[number] for number in sorted(patches)]


def _read_feature(feature: Any, what: str) -> _Patch:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise InputError(f"{what}: has no properties.")
    for key in ("ID_PATCH", "Fold", "TILE", "dates-S2"):
        if properties.get(key) is None:
            raise InputError(f"{what}: has no '{key}' (has {', '.join(map(str, properties))}).")
    try:
        number, fold = int(properties["ID_PATCH"]), int(properties["Fold"])
    except (TypeError, ValueError) as error:
        raise InputError(f"{what}: ID_PATCH and Fold must be whole numbers.") from error
    what = f"{what} (patch {number})"
    if not 1 <= fold <= FOLDS:
        raise InputError(f"{what}: the fold is {fold}, not 1 to {FOLDS}.")
    tile = str(properties["TILE"]).strip().lower()
    if _TILE.fullmatch(tile) is None:
        raise InputError(f"{what}: '{tile[:20]}' is no Sentinel-2 tile.")
    geometry = feature.get("geometry")
    outline = tuple(_positions(geometry.get("coordinates") if isinstance(geometry, dict) else None))
    if len(outline) < 3:
        raise InputError(f"{what}: has no outline, so its place is not known.")
    return _Patch(number, fold, tile, _days(properties["dates-S2"], what), outline)


def _days(listed: Any, what: str) -> tuple[date, ...]:
    """Dates by their place: {"0": 20180924, ...}, as a dict or as its text."""
    try:
        values = json.loads(listed) if isinstance(listed, str) else listed
        if not isinstance(values, dict):
            raise ValueError("no dict")
        places = sorted(values, key=int)
        return tuple(datetime.strptime(str(values[place]), "%Y%m%d").date() for place in places)
    except (TypeError, ValueError) as error:
        raise InputError(f"{what}: dates-S2 must map places to dates as YYYYMMDD ({error}).") from error


def _positions(coordinates: Any, depth: int = 0) -> Iterator[tuple[float, float]]:
    """All positions of a Polygon's or MultiPolygon's coordinates."""
    if not isinstance(coordinates, list) or depth > 4:
        return
    if len(coordinates) >= 2 and all(isinstance(value, int | float) for value in coordinates):
        yield float(coordinates[0]), float(coordinates[1])
        return
    for item in coordinates:
        yield from _positions(item, depth + 1)


def _check_files(root: Path, patches: list[_Patch]) -> None:
    """Every listed patch has its files, and every file of images is listed."""
    for patch in patches:
        for name in _paths(patch.number):
            if not (root / name).is_file():
                raise InputError(f"{root / METADATA} lists the patch {patch.number}, but there is no {name}.")
    known = {patch.number for patch in patches}
    for path in sorted((root / "DATA_S2").glob("S2_*.npy")):
        number = path.stem.removeprefix("S2_")
        if number.isdecimal() and int(number) not in known:
            raise InputError(f"{root / METADATA} does not list the patch {number}, which DATA_S2 holds.")


def _paths(number: int) -> tuple[str, str, str]:
    return f"DATA_S2/S2_{number}.npy", f"ANNOTATIONS/TARGET_{number}.npy", f"ANNOTATIONS/ParcelIDs_{number}.npy"


def _utm_of(tile: str) -> str:
    found = _TILE.fullmatch(tile)
    zone, band = (found.group(1), found.group(2)) if found else ("", "")
    return f"EPSG:32{'6' if band >= 'n' else '7'}{zone}"


def _corner(patch: _Patch, to_utm: Transformer) -> tuple[float, float]:
    """Upper left corner in UTM: half a side from the centre of the outline, on the grid of 10 m pixels."""
    x, y = to_utm.transform(*np.array(patch.outline).T)
    left, bottom, right, top = _extent(list(zip(x, y, strict=True)))
    what = f"{METADATA}: the outline of the patch {patch.number}"
    if not all(_SIZE_M[0] <= side <= _SIZE_M[1] for side in (right - left, top - bottom)):
        raise InputError(
            f"{what} is {right - left:.0f} m x {top - bottom:.0f} m in {_utm_of(patch.tile)}, "
            f"not that of {SIDE} pixels of 10 m."
        )
    half = SIDE * PIXEL_M / 2
    west, north = (left + right) / 2 - half, (bottom + top) / 2 + half
    if not _EASTINGS[0] <= west <= _EASTINGS[1]:
        raise InputError(f"{what} lies outside of the zone of its tile {patch.tile}.")
    return round(west / PIXEL_M) * PIXEL_M, round(north / PIXEL_M) * PIXEL_M


def _extent(positions: Any) -> tuple[float, float, float, float]:
    """(left, bottom, right, top)."""
    x, y = np.asarray(positions, dtype=np.float64).T
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _load(path: Path, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """An array of a .npy file, without what could run: files of objects are refused."""
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.") from error
    except (ValueError, EOFError, OSError, OverflowError) as error:
        # numpy's own words on pickles tell how to run them
        why = "" if "pickle" in str(error) else f" ({error})"
        raise DamagedFileError(f"{name}: not an array of numbers in a .npy file{why}.") from error
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        raise DamagedFileError(f"{name}: not an array of numbers in a .npy file.")
    if values.shape != shape:
        raise DamagedFileError(f"{name}: has the shape {values.shape}, not {shape}.")
    return values
