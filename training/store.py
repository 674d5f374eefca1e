"""The data set on disk: one Zarr (format 3) group of samples. Knows nothing of products, parcels or training.

A sample is a chip of a series with its labels. A shard holds a few samples and is written once by one process; a
chunk is one sample, so that a loader reads what it needs. All arrays have the same number of dates T: shorter
series are padded with dates that are nowhere valid.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from zarr.codecs import BloscCodec

from backend.errors import DamagedFileError, InputError

STORE_VERSION = 1
SHARD_SAMPLES = 8
PLANES = ("class", "parcel", "coverage", "flags", "split")
"""Planes of the label arrays: legend code (255 unknown), parcel id of the source (0 none), share of that class
(0-255), flags of training.labels, split of training.splits (0 none)."""
MAGNIFICATIONS = (1, 4)
"""Grids of the labels, times finer than the images."""


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
    """Magnification m -> (5, mH, mW), planes as PLANES."""


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


class StoreWriter:
    """Writes a store into a temporary folder and moves it into place when it is whole.

    As a context manager it removes that folder where the writing breaks off.
    """

    def __init__(self, path: Path, samples: int, dates: int, bands: tuple[str, ...], chip: int) -> None:
        self._path, self._partial = path, path.with_name(path.name + ".partial")
        shutil.rmtree(self._partial, ignore_errors=True)
        self._group = zarr.open_group(self._partial, mode="w", zarr_format=3)
        self._sources: list[SourceRecord] = []
        self._bands, self._count, self._next = bands, samples, 0
        self._buffer: list[Sample] = []
        self._dates = dates
        self._vectors: dict[str, npt.NDArray[Any]] = {
            "doy": np.zeros((samples, dates), np.int16),
            "date": np.zeros((samples, dates), np.int32),
            "source": np.zeros(samples, np.int16),
            "origin": np.zeros((samples, 2), np.int32),
        }
        shapes: dict[str, tuple[tuple[int, ...], str]] = {
            "x": ((dates, len(bands), chip, chip), "uint16"),
            "valid": ((dates, chip, chip), "uint8"),
        }
        for scale in MAGNIFICATIONS:
            shapes[f"labels_x{scale}"] = ((len(PLANES), chip * scale, chip * scale), "int32")
        for name, (shape, dtype) in shapes.items():
            self._group.create_array(
                name,
                shape=(samples, *shape),
                dtype=dtype,
                chunks=(1, *shape),
                shards=(SHARD_SAMPLES, *shape),
                compressors=BloscCodec(cname="zstd", clevel=3, shuffle="shuffle"),
            )

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, *error: object) -> None:
        shutil.rmtree(self._partial, ignore_errors=True)  # not there if the store was closed

    def add(self, record: SourceRecord, samples: Iterable[Sample]) -> None:
        """Append the samples of one source."""
        self._sources.append(record)
        for sample in samples:
            if sample.source != record.name:
                raise InputError(f"A sample of '{sample.source}' was given for the source '{record.name}'.")
            self._buffer.append(sample)
            number = self._next + len(self._buffer) - 1
            count = len(sample.doy)
            self._vectors["doy"][number, :count] = sample.doy
            self._vectors["date"][number, :count] = sample.dates
            self._vectors["source"][number] = len(self._sources) - 1
            self._vectors["origin"][number] = sample.row, sample.col
            if len(self._buffer) == SHARD_SAMPLES:
                self._flush()

    def close(self, attributes: Mapping[str, Any]) -> None:
        """Write what is left and move the store into place.

        Args:
            attributes: legend, statistics, settings ... as JSON values.
        """
        self._flush()
        if self._next != self._count:
            raise InputError(f"The store was made for {self._count} samples but got {self._next}.")
        for name, values in self._vectors.items():
            self._group.create_array(name, data=values, chunks=values.shape)
        self._group.attrs.update(
            {
                "version": STORE_VERSION,
                "bands": list(self._bands),
                "sources": [{**vars(record), "facts": dict(record.facts)} for record in self._sources],
                **attributes,
            }
        )
        shutil.rmtree(self._path, ignore_errors=True)
        self._partial.rename(self._path)

    def _flush(self) -> None:
        if not self._buffer:
            return
        where = slice(self._next, self._next + len(self._buffer))
        self._array("x")[where] = np.stack([self._pad(item.x) for item in self._buffer])
        self._array("valid")[where] = np.stack([self._pad(item.valid.astype(np.uint8)) for item in self._buffer])
        for scale in MAGNIFICATIONS:
            self._array(f"labels_x{scale}")[where] = np.stack([item.labels[scale] for item in self._buffer])
        self._next += len(self._buffer)
        self._buffer.clear()

    def _array(self, name: str) -> Any:
        return self._group[name]

    def _pad(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        missing = self._dates - len(values)
        return np.concatenate([values, np.zeros((missing, *values.shape[1:]), values.dtype)]) if missing else values


class Store:
    """A store opened for reading. Picklable: each loader process opens its own."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            InputError: if there is no store.
            DamagedFileError: if it is not one of this version.
        """
        if not path.is_dir():
            raise InputError(f"There is no data set {path}.", "Make it with training/train.py dataset.")
        self.path = path
        self._group: Any = None
        try:
            attributes = dict(self._opened().attrs)
        except (OSError, ValueError, KeyError) as error:
            raise DamagedFileError(f"{path}: not a data set ({error}).", "Make it again.") from error
        if attributes.get("version") != STORE_VERSION:
            raise DamagedFileError(
                f"{path}: expected a data set of version {STORE_VERSION}, found {attributes.get('version')}.",
                "Make it again with training/train.py dataset.",
            )
        self.attributes: dict[str, Any] = attributes
        self.bands: tuple[str, ...] = tuple(attributes["bands"])
        self.sources = tuple(
            SourceRecord(**{**record, "transform": tuple(record["transform"])}) for record in attributes["sources"]
        )
        self.source_of: npt.NDArray[np.int16] = self._vector("source")
        self.origin: npt.NDArray[np.int32] = self._vector("origin")
        self.doy: npt.NDArray[np.int16] = self._vector("doy")
        self.date: npt.NDArray[np.int32] = self._vector("date")

    def __len__(self) -> int:
        return len(self.source_of)

    def read(self, number: int, magnification: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """x (T, C, H, W) uint16, valid (T, H, W) bool and labels (5, mH, mW) int32 of a sample."""
        group = self._opened()
        return group["x"][number], group["valid"][number] > 0, group[f"labels_x{magnification}"][number]

    def labels(self, number: int, magnification: int) -> npt.NDArray[np.int32]:
        """Labels (5, mH, mW) of a sample alone."""
        planes: npt.NDArray[np.int32] = self._opened()[f"labels_x{magnification}"][number]
        return planes

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_group": None}

    def _opened(self) -> Any:
        if self._group is None:
            self._group = zarr.open_group(self.path, mode="r", zarr_format=3)
        return self._group

    def _vector(self, name: str) -> Any:
        return self._opened()[name][:]
