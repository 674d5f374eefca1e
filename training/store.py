"""The data set on disk as it is read: one Zarr (format 3) group of samples. Knows nothing of products or training.

A sample is a chip of a series with its labels. A shard holds a few samples and is written once by one process; a
chunk is one sample, so that a loader reads what it needs. At most four arrays have chunks: the images with their
validity, and the labels on each grid. All have the same number of dates T: shorter series are padded with dates
that are nowhere valid. How a store is written is the business of store_writer.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet
import zarr

from backend.errors import DamagedFileError, InputError
from training.classes import UNKNOWN
from training.folds import fold_roles
from training.rare_classes import lookup
from training.shards import NAME as SHARDS
from training.shards import changed_shard, chunked_arrays
from training.splits import SPLITS

STORE_VERSION = 2
"""Version 1, of 0.1.0, held neither folds nor three label grids; its data sets are made again."""
PLANES = ("class", "parcel", "coverage", "flags", "split", "fold", "near")
"""Planes of the label arrays: legend code (255 unknown), parcel id of the source (0 none), share of that class
(0-255), flags of training.labels, split of training.splits (0 none), fold (0 none), and as bits the folds that are
within the buffer."""
CLASS, PARCEL, COVERAGE, FLAGS, SPLIT, FOLD, NEAR = range(len(PLANES))
UNREADABLE = (OSError, ValueError, KeyError, TypeError, RuntimeError)
"""What zarr raises where metadata or chunks are damaged."""
MAKE_AGAIN = "Copy the data set again, or make it again with training/train.py dataset."
PARCELS_TABLE = "tables/parcels.parquet"
"""One row per parcel, beside the arrays."""
LABELLED = "labelled"
"""Array of the labelled pixels of each sample; stores of earlier programs lack it."""


@dataclass(frozen=True)
class Sample:
    """One chip."""

    source: str
    """Name of the source it was cut from."""
    row: int
    """Of its first pixel in the source's grid."""
    col: int
    x: npt.NDArray[np.uint16]
    """(T, C, H, W) reflectance times 10000."""
    valid: npt.NDArray[np.bool_]
    """(T, H, W)."""
    doy: npt.NDArray[np.int64]
    """(T,)."""
    dates: npt.NDArray[np.int32]
    """(T,) as YYYYMMDD."""
    labels: Mapping[int, npt.NDArray[np.int32]]
    """Magnification m -> (7, mH, mW), planes as PLANES; unknown on the grids that are missing."""
    parcel: int = 0
    """Id of the parcel that the chip is centred on; 0 where it is one of a grid."""

    def __post_init__(self) -> None:
        count, _, height, width = self.x.shape
        if self.valid.shape != (count, height, width) or {len(self.doy), len(self.dates)} != {count}:
            raise InputError(
                f"A sample of '{self.source}' has x {self.x.shape}, valid {self.valid.shape}, {len(self.doy)} days and "
                f"{len(self.dates)} dates, which do not belong together."
            )
        for scale, planes in self.labels.items():
            if planes.shape != (len(PLANES), height * scale, width * scale):
                raise InputError(
                    f"The labels of a sample of '{self.source}' at {scale} times the input grid have shape "
                    f"{planes.shape}, not {(len(PLANES), height * scale, width * scale)}."
                )


def count_labelled(planes: npt.NDArray[np.int32], folds: int) -> npt.NDArray[np.int32]:
    """(1 + folds, 5) pixels with a known class per split code: as the splits were made, and with each fold held out.

    Args:
        planes: (7, H, W) labels of a sample.
        folds: k; 0 without folds.
    """
    split, fold, near = (planes[plane][planes[CLASS] != UNKNOWN] for plane in (SPLIT, FOLD, NEAR))
    roles = [split, *(fold_roles(split, fold, near, held_out) for held_out in range(1, folds + 1))]
    return np.array([np.bincount(codes, minlength=len(SPLITS) + 1) for codes in roles], dtype=np.int32)


@dataclass(frozen=True)
class SourceRecord:
    """What the store says of a source."""

    name: str
    crs: str
    transform: tuple[float, ...]
    """First six values of the affine transform of its 10 m grid."""
    weight: float
    facts: Mapping[str, Any]
    """Files, dates, parcels and splits, for the report and the model card."""


class Store:
    """A store opened for reading. Picklable: each loader process opens its own."""

    def __init__(self, path: Path, fold: int | None = None) -> None:
        """
        Args:
            path: folder of the store.
            fold: the fold that is held out as the test, 1 ... k; None takes the splits as they were made.

        Raises:
            InputError: if there is no store, or it has no such fold.
            DamagedFileError: if it is not one of this version.
        """
        if not path.is_dir():
            raise InputError(f"There is no data set {path}.", "Make it with training/train.py dataset.")
        self.path, self.fold = path, fold
        self._group: Any = None
        self._arrays: dict[str, Any] = {}
        try:
            attributes = dict(self._opened().attrs)
        except UNREADABLE as error:
            raise DamagedFileError(f"{path}: not a data set ({_first_line(error)}).", "Make it again.") from error
        if attributes.get("version") != STORE_VERSION:
            raise DamagedFileError(
                f"{path}: expected a data set of version {STORE_VERSION}, found {attributes.get('version')}.",
                "Make it again with training/train.py dataset.",
            )
        self.attributes: dict[str, Any] = attributes
        try:
            folds = int(attributes["folds"])
            self.bands: tuple[str, ...] = tuple(attributes["bands"])
            self.chip: int = int(attributes["chip"])
            self.magnifications: tuple[int, ...] = tuple(attributes["magnifications"])
            self.sources = tuple(
                SourceRecord(**{**record, "transform": tuple(record["transform"])}) for record in attributes["sources"]
            )
            self._rare = lookup({int(code): int(other) for code, other in attributes["rare"].items()})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DamagedFileError(
                f"{path}: zarr.json does not hold what a data set has ({_first_line(error)}).", MAKE_AGAIN
            ) from error
        if fold is not None and not 1 <= fold <= folds:
            raise InputError(
                f"{path}: there is no fold {fold}; the data set has {folds}.",
                f"Give a fold from 1 to {folds}." if folds else "Make it with the scheme folds.",
            )
        self._check_shards()
        source = self._vector("source")
        # a unit of work is rounded up to whole shards, so some places are empty
        self._places: npt.NDArray[np.int64] = np.flatnonzero(source >= 0)
        self.source_of: npt.NDArray[np.int16] = source[self._places]
        self.origin: npt.NDArray[np.int32] = self._vector("origin")[self._places]
        self.doy: npt.NDArray[np.int16] = self._vector("doy")[self._places]
        self.date: npt.NDArray[np.int32] = self._vector("date")[self._places]
        self.parcel_of: npt.NDArray[np.int32] = self._vector("parcel")[self._places]

    def __len__(self) -> int:
        return len(self._places)

    def read(self, number: int, magnification: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """x (T, C, H, W) uint16, valid (T, H, W) bool and labels (7, mH, mW) int32 of a sample."""
        x, valid = self.images(number)
        return x, valid, self.labels(number, magnification)

    def images(self, number: int) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.bool_]]:
        """x (T, C, H, W) uint16 and valid (T, H, W) bool of a sample."""
        stored = self._read("x", int(self._places[number]))
        return stored[:, :-1], stored[:, -1] > 0

    def labels(self, number: int, magnification: int) -> npt.NDArray[np.int32]:
        """Labels (7, mH, mW) of a sample alone, rare classes as "other", the split as the fold held out has it."""
        side = self.chip * magnification
        if not self.attributes["labelled"]:
            planes = np.zeros((len(PLANES), side, side), dtype=np.int32)
            planes[CLASS] = UNKNOWN
            return planes
        if magnification not in self.magnifications:
            raise InputError(
                f"{self.path}: the data set has no labels {magnification} times finer than the images (it has "
                f"{', '.join(map(str, self.magnifications))}).",
                "Add it to dataset.magnifications and make the data set again.",
            )
        planes = self._read(f"labels_x{magnification}", int(self._places[number]))
        planes[CLASS] = self._rare[planes[CLASS]]
        if self.fold is not None:
            planes[SPLIT] = fold_roles(planes[SPLIT], planes[FOLD], planes[NEAR], self.fold)
        return np.asarray(planes, dtype=np.int32)

    def labelled_pixels(self, split: str) -> npt.NDArray[np.int64]:
        """(N,) pixels at 10 m with a known class in a split, of each sample; a fold that is held out is the test."""
        counts: npt.NDArray[np.int64] = self._labelled[:, SPLITS[split]]
        return counts

    @cached_property
    def _labelled(self) -> npt.NDArray[np.int64]:
        """(N, 5) labelled pixels of each sample per split code."""
        if LABELLED in self._opened():
            return np.asarray(self._vector(LABELLED)[self._places, self.fold or 0], dtype=np.int64)
        # made before they were kept, so that all labels are read once; the fold's roles are in what is read
        each = [count_labelled(self.labels(number, 1), 0)[0] for number in range(len(self))]
        return np.array(each, dtype=np.int64).reshape(-1, len(SPLITS) + 1)

    @property
    def statistics(self) -> Mapping[str, Sequence[float]]:
        """Mean and standard deviation of reflectance per band, class_pixels: of the training split alone."""
        if self.fold is None:
            return dict(self.attributes["statistics"])
        return dict(self.attributes["statistics_by_fold"][self.fold - 1])

    @cached_property
    def class_pixels(self) -> npt.NDArray[np.int64]:
        """Certain training pixels at 10 m per legend code, rare classes counted as "other"."""
        counts = np.asarray(self.statistics["class_pixels"], dtype=np.int64)
        merged = np.zeros_like(counts)
        np.add.at(merged, self._rare[: len(counts)], counts)
        return merged

    def parcels_table(self) -> pyarrow.Table:
        """One row per parcel: source, parcel, source_id, class, split, fold, near, area_ha; x and y of a point inside.

        The point is in the source's coordinate system; data sets of earlier versions lack it.
        """
        path = self.path / PARCELS_TABLE
        if not path.is_file():
            raise DamagedFileError(f"{path}: the table of parcels is missing.", MAKE_AGAIN)
        try:
            return pyarrow.parquet.read_table(path)
        except (OSError, pyarrow.ArrowException) as error:
            raise DamagedFileError(
                f"{path}: the table of parcels cannot be read ({_first_line(error)}).", MAKE_AGAIN
            ) from error

    def parcels_by_split(self, source: str) -> npt.NDArray[np.int64]:
        """(5,) parcels of a source with a known crop per split code; a fold that is held out is the test."""
        split, _ = self._known_parcels(source)
        counts: npt.NDArray[np.int64] = np.bincount(split, minlength=len(SPLITS) + 1)
        return counts

    def parcel_points(self, source: str, split: str) -> npt.NDArray[np.float64]:
        """(N, 2) a point inside of each parcel of a source with a known crop in a split, in the source's coordinate
        system; a fold that is held out is the test. None of a data set that was built before these were kept."""
        codes, points = self._known_parcels(source)
        return points[codes == SPLITS[split]] if len(points) else points

    def _known_parcels(self, source: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
        """Split codes (N,) of the parcels with a known crop, and points inside of them (N, 2) where they are kept."""
        table = self.parcels_table()
        own = np.asarray(table["source"].to_pylist()) == source
        split, fold, near, codes = (table[name].to_numpy()[own] for name in ("split", "fold", "near", "class"))
        if self.fold is not None:
            split = fold_roles(split, fold, near, self.fold)
        known = codes != UNKNOWN
        if not {"x", "y"} <= set(table.column_names):
            return split[known], np.zeros((0, 2))
        return split[known], np.column_stack([table[name].to_numpy()[own][known] for name in ("x", "y")])

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_group": None, "_arrays": {}}

    def _opened(self) -> Any:
        if self._group is None:
            self._group = zarr.open_group(self.path, mode="r", zarr_format=3)
        return self._group

    def _read(self, name: str, index: Any) -> Any:
        try:
            return self._array(name)[index]
        except UNREADABLE as error:
            raise DamagedFileError(
                f"{self.path}: the array {name} cannot be read ({_first_line(error)}).", MAKE_AGAIN
            ) from error

    def _array(self, name: str) -> Any:
        if name not in self._arrays:  # opening one costs as much as reading a sample
            self._arrays[name] = self._opened()[name]
        return self._arrays[name]

    def _vector(self, name: str) -> Any:
        values = self._read(name, slice(None))
        if values.size and values.min() == np.iinfo(values.dtype).min:  # the fill value
            raise DamagedFileError(f"{self.path}: a part of the array {name} is missing.", MAKE_AGAIN)
        return values

    def _check_shards(self) -> None:
        """Refuse a store without all of its shards: what is not there would read as zeros."""
        if not (self.path / SHARDS).is_dir():
            return  # made before the sizes were kept
        arrays = chunked_arrays(self.magnifications)
        changed = changed_shard(self.path, arrays, self._vector(SHARDS))
        if changed:
            raise DamagedFileError(f"{self.path}: {changed} is missing or not as large as it was written.", MAKE_AGAIN)


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".")[:200] if text else type(error).__name__
