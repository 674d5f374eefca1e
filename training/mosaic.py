"""The images and labels of sources put together again from the samples in the store, window by window.

Nothing is read but the store. Ground that no sample holds is neither imaged nor known. A source of our own is one map
of a whole; a published set is many patches, each a small map with dates of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from backend.date_choice import choose_dates
from backend.errors import InputError
from backend.grid import Grid, Window
from backend.sits import SitsBlock
from training.classes import UNKNOWN
from training.splits import SPLITS
from training.store import CLASS, PLANES, SourceRecord, Store

CLEAR_SAMPLES = 48
"""Samples that tell how clear a date is, where the source does not say."""


class SourceMosaic:
    """One map: a source of our own, or a patch."""

    def __init__(self, store: Store, number: int, samples: npt.NDArray[np.int64] | None = None) -> None:
        """
        Args:
            store: the data set.
            number: of the source.
            samples: those of a patch; all of the source if None.

        Raises:
            InputError: if all of the source is asked for but it is a set of patches, which have no common map.
        """
        self._store = store
        self.record: SourceRecord = store.sources[number]
        self.is_patch = samples is not None
        if samples is None and not _is_whole(self.record):
            raise InputError(f"The source '{self.record.name}' is a set of patches: it has no map of the whole.")
        self._samples = np.flatnonzero(store.source_of == number) if samples is None else samples
        origins: npt.NDArray[np.int64] = store.origin[self._samples].astype(np.int64)
        height, width = map(int, self.record.facts["grid_shape"])
        self.grid = Grid(self.record.crs, Affine(*self.record.transform), width, height)
        if samples is not None:
            top, left = (int(value) for value in origins.min(axis=0))
            side = int(self.record.facts["patch_side_px"])
            self.grid = self.grid.crop(Window(top, left, side, side))
            origins -= np.array([top, left])
        self._rows, self._cols = origins[:, 0], origins[:, 1]

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

    @property
    def is_patches(self) -> bool:
        """False: this is one map."""
        return False

    @property
    def tile_origin(self) -> tuple[int, int]:
        """(row, column) of its first pixel among those that tiles are cut from: patches are cut from their corner."""
        return (0, 0) if self.is_patch else self.grid.lattice_origin

    @cached_property
    def dates(self) -> npt.NDArray[np.int32]:
        """(T,) as YYYYMMDD, in order."""
        dates: npt.NDArray[np.int32] = self._store.date[self._samples[0]]
        return np.asarray(dates[dates > 0], dtype=np.int32)

    @property
    def doy(self) -> npt.NDArray[np.int64]:
        """(T,) days of the year."""
        return np.asarray(self._store.doy[self._samples[0]][: len(self.dates)], dtype=np.int64)

    @property
    def harvest_year(self) -> int:
        """The year in which the crops are harvested: the source's own, or that of its last date."""
        year = self.record.facts.get("year")
        return int(year) if year else int(self.dates.max(initial=0)) // 10000

    @cached_property
    def clear_shares(self) -> npt.NDArray[np.float64]:
        """(T,) how much of each date is clear, 0-1: as the source's table of dates says, or from some samples."""
        told = {
            int(str(row["date"]).replace("-", "")): float(row["clear_share"])
            for row in self.record.facts.get("dates", [])
            if row.get("used") and "clear_share" in row
        }
        if all(int(day) in told for day in self.dates):
            return np.array([told[int(day)] for day in self.dates])
        some = np.unique(np.linspace(0, len(self._samples) - 1, CLEAR_SAMPLES).astype(int))
        shares = [self._store.images(int(self._samples[place]))[1] for place in some]
        return np.asarray(
            np.mean([valid[: len(self.dates)].mean(axis=(1, 2)) for valid in shares], axis=0), dtype=np.float64
        )

    def dates_for(self, most: int | None, last_day: int | None = None) -> npt.NDArray[np.int64]:
        """Positions of the dates that a network is given: no more than it takes, by the rule that maps are made by.

        Args:
            most: the most dates that the network takes; None for any number.
            last_day: dates after it (YYYYMMDD) are left out.
        """
        usable = np.flatnonzero(self.dates <= last_day) if last_day else np.arange(len(self.dates))
        if most is None or len(usable) <= most:
            return usable
        days = [date(d // 10000, d // 100 % 100, d % 100).toordinal() for d in self.dates[usable].tolist()]
        return usable[choose_dates(days, self.clear_shares[usable].tolist(), most)]

    def regions(self, splits: Sequence[str], most: int | None = None) -> Iterator[SourceMosaic]:
        """Itself."""
        yield self

    def count_regions(self, splits: Sequence[str]) -> int:
        """1."""
        return 1

    def label_scale(self, magnification: int) -> int | None:
        """The finest of its label grids that is not finer than asked for."""
        return _finest(self.record.facts.get("magnifications", self._store.magnifications), magnification)

    def num_parcels(self, split: str) -> int:
        """Parcels with a known crop in a split; a fold that is held out is the test."""
        return int(self._parcels_by_split[SPLITS[split]])

    def has_split(self, split: str) -> bool:
        """True if it has parcels with a known crop in a split."""
        return self.num_parcels(split) > 0

    @cached_property
    def _parcels_by_split(self) -> npt.NDArray[Any]:
        return self._store.parcels_by_split(self.name)

    def read(self, window: Window) -> SitsBlock:
        """The pixels of a window, which may reach beyond the grid: x (T, C, H, W), nowhere valid outside."""
        count = len(self.dates)
        x = np.zeros((count, len(self.bands), *window.shape), dtype=np.uint16)
        valid = np.zeros((count, *window.shape), dtype=np.bool_)
        for number, inside, own in self._places(window):
            own_x, own_valid = self._store.images(number)
            rows, cols = inside.slices(own)
            place = inside.slices(window)
            x[(..., *place)] = own_x[:count, :, rows, cols]
            valid[(..., *place)] = own_valid[:count, rows, cols]
        return SitsBlock(x, self.doy, valid)

    @cached_property
    def pixels(self) -> SitsBlock:
        """All pixels, of a small source. Kept; forget() frees them."""
        return self.read(self.grid.window)

    def forget(self) -> None:
        """Free what `pixels` keeps."""
        self.__dict__.pop("pixels", None)

    def labels(self, magnification: int, window: Window | None = None) -> npt.NDArray[np.int32]:
        """Label planes (7, mH, mW) of a window, of all of it if None; see training.store.PLANES."""
        window = self.grid.window if window is None else window
        whole = window.refine(magnification)
        planes = np.zeros((len(PLANES), *whole.shape), dtype=np.int32)
        planes[CLASS] = UNKNOWN
        for number, inside, own in self._places(window):
            fine = inside.refine(magnification)
            values = self._store.labels(number, magnification)
            place = fine.slices(own.refine(magnification))
            planes[(slice(None), *fine.slices(whole))] = values[(slice(None), *place)]
        return planes

    def _places(self, window: Window) -> Iterator[tuple[int, Window, Window]]:
        """(sample, its part within window and grid, its window) of all samples that touch a window."""
        side = self._store.chip
        wanted = window.intersect(self.grid.window)
        touching = (
            (self._rows < wanted.row_stop)
            & (self._rows + side > wanted.row)
            & (self._cols < wanted.col_stop)
            & (self._cols + side > wanted.col)
        )
        for place in np.flatnonzero(touching).tolist():
            own = Window(int(self._rows[place]), int(self._cols[place]), side, side)
            inside = own.intersect(wanted)
            if not inside.is_empty:
                yield int(self._samples[place]), inside, own


class PatchSet:
    """A published set in the store: patches that are mapped one by one."""

    def __init__(self, store: Store, number: int) -> None:
        """
        Args:
            store: the data set.
            number: of the source.
        """
        self._store, self._number = store, number
        self.record: SourceRecord = store.sources[number]
        samples = np.flatnonzero(store.source_of == number)
        per_side = -(-int(self.record.facts["patch_side_px"]) // store.chip)
        # a patch that is larger than a chip lies in several samples, one after the other
        together = per_side**2 if len(samples) % per_side**2 == 0 else 1
        self._patches = samples.reshape(-1, together)

    @property
    def name(self) -> str:
        """Of the source."""
        return self.record.name

    @property
    def is_complete(self) -> bool:
        """True if what lies outside of parcels is background."""
        return bool(self.record.facts["outside_parcels"] == "background")

    @property
    def is_patches(self) -> bool:
        """True."""
        return True

    def regions(self, splits: Sequence[str], most: int | None = None) -> Iterator[SourceMosaic]:
        """The patches with a labelled pixel in one of the splits; at most so many, spread over the set."""
        places = self._with(splits)
        if most is not None and len(places) > most:
            places = places[np.unique(np.linspace(0, len(places) - 1, most).astype(int))]
        for place in places.tolist():
            yield SourceMosaic(self._store, self._number, self._patches[place])

    def count_regions(self, splits: Sequence[str]) -> int:
        """How many these are."""
        return len(self._with(splits))

    def label_scale(self, magnification: int) -> int | None:
        """The finest of its label grids that is not finer than asked for; None without one."""
        return _finest(self.record.facts.get("magnifications", self._store.magnifications), magnification)

    def num_parcels(self, split: str) -> int:
        """0: the store does not list the parcels of published sets."""
        return 0

    def has_split(self, split: str) -> bool:
        """True if it has patches with a labelled pixel in a split."""
        return self.count_regions((split,)) > 0

    def _with(self, splits: Sequence[str]) -> npt.NDArray[np.int64]:
        labelled = sum(self._store.labelled_pixels(split) for split in splits)
        return np.flatnonzero(np.asarray(labelled)[self._patches].any(axis=1))


MappedSource = SourceMosaic | PatchSet
"""What can be mapped and scored."""


def open_mosaics(store: Store) -> list[SourceMosaic]:
    """All sources of a store that are maps of a whole and have samples, in order."""
    return [source for source in open_sources(store) if isinstance(source, SourceMosaic)]


def open_sources(store: Store) -> list[MappedSource]:
    """All sources of a store that have samples, in order."""
    return [
        SourceMosaic(store, number) if _is_whole(record) else PatchSet(store, number)
        for number, record in enumerate(store.sources)
        if (_is_whole(record) or "patch_side_px" in record.facts) and (store.source_of == number).any()
    ]


def _is_whole(record: SourceRecord) -> bool:
    """False for a published set of patches, which may lie all over a country."""
    return "importer" not in record.facts and bool(record.facts.get("grid_shape"))


def _finest(scales: Sequence[int], magnification: int) -> int | None:
    return max((scale for scale in scales if magnification % scale == 0), default=None)
