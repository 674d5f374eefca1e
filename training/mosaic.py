"""The images and labels of one source put together again from its samples in the store, to be mapped and scored.

Nothing is read but the store. Ground that no sample holds is neither imaged nor known.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from backend.errors import InputError
from backend.grid import Grid, Window
from backend.sits import SitsBlock
from training.classes import UNKNOWN
from training.splits import SPLITS
from training.store import CLASS, PLANES, SourceRecord, Store


class SourceMosaic:
    """One source of a store as a whole."""

    def __init__(self, store: Store, number: int) -> None:
        """
        Args:
            store: the data set.
            number: of the source.

        Raises:
            InputError: if the source is a set of patches that have no common grid.
        """
        self._store = store
        self.record: SourceRecord = store.sources[number]
        if not _is_whole(self.record):
            raise InputError(f"The source '{self.record.name}' is a set of patches: it has no map of the whole.")
        height, width = map(int, self.record.facts["grid_shape"])
        self.grid = Grid(self.record.crs, Affine(*self.record.transform), width, height)
        self._samples = np.flatnonzero(store.source_of == number)

    @property
    def name(self) -> str:
        """Of the source."""
        return self.record.name

    @property
    def bands(self) -> tuple[str, ...]:
        """In the order of the channels."""
        return self._store.bands

    @property
    def is_complete(self) -> bool:
        """True if every parcel of the ground is known, so that what lies outside of parcels is background."""
        return bool(self.record.facts["outside_parcels"] == "background")

    @cached_property
    def dates(self) -> npt.NDArray[np.int32]:
        """(T,) as YYYYMMDD."""
        dates: npt.NDArray[np.int32] = self._store.date[self._samples[0]]
        return np.asarray(dates[dates > 0], dtype=np.int32)

    @cached_property
    def pixels(self) -> SitsBlock:
        """All pixels: x (T, C, H, W). Kept; forget() frees them."""
        count = len(self.dates)
        x = np.zeros((count, len(self.bands), *self.grid.shape), dtype=np.uint16)
        valid = np.zeros((count, *self.grid.shape), dtype=np.bool_)
        for number, inside, window in self._places():
            own_x, own_valid = self._store.images(number)
            rows, cols = inside.slices(window)
            place = inside.slices(self.grid.window)
            x[(..., *place)] = own_x[:count, :, rows, cols]
            valid[(..., *place)] = own_valid[:count, rows, cols]
        return SitsBlock(x, self._store.doy[self._samples[0]][:count].astype(np.int64), valid)

    def forget(self) -> None:
        """Free the pixels."""
        self.__dict__.pop("pixels", None)

    def labels(self, magnification: int) -> npt.NDArray[np.int32]:
        """Label planes (7, mH, mW) of all of it; see training.store.PLANES."""
        whole = self.grid.window.refine(magnification)
        planes = np.zeros((len(PLANES), *whole.shape), dtype=np.int32)
        planes[CLASS] = UNKNOWN
        for number, inside, window in self._places():
            fine = inside.refine(magnification)
            own = self._store.labels(number, magnification)
            planes[(slice(None), *fine.slices(whole))] = own[(slice(None), *fine.slices(window.refine(magnification)))]
        return planes

    def num_parcels(self, split: str) -> int:
        """Parcels with a known crop in a split; a fold that is held out is the test."""
        return int(self._parcels_by_split[SPLITS[split]])

    @cached_property
    def _parcels_by_split(self) -> npt.NDArray[Any]:
        return self._store.parcels_by_split(self.name)

    def _places(self) -> Iterator[tuple[int, Window, Window]]:
        """(sample, its window within the grid, its window) of all samples."""
        side = self._store.chip
        for number in self._samples.tolist():
            row, col = self._store.origin[number].tolist()
            window = Window(row, col, side, side)
            inside = window.intersect(self.grid.window)
            if not inside.is_empty:
                yield number, inside, window


def open_mosaics(store: Store) -> list[SourceMosaic]:
    """All sources of a store that are maps of a whole and have samples, in order."""
    return [
        SourceMosaic(store, number)
        for number, record in enumerate(store.sources)
        if _is_whole(record) and (store.source_of == number).any()
    ]


def _is_whole(record: SourceRecord) -> bool:
    """False for a published set of patches, which may lie all over a country."""
    return "importer" not in record.facts and bool(record.facts.get("grid_shape"))
