"""Sums of the cells in parcels, tile by tile. Whole numbers only: any order of tiles and blocks gives the same sums.

A parcel's sums are taken over the mapped cells in its inside (parcel_layer.py). What follows from them is the business
of parcel_table.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from .class_probabilities import quantise
from .evidence import clear_looks
from .grid import Window
from .model_card import ModelCard
from .parcel_layer import ParcelLayer
from .tile_result import TileResult
from .tiling import Plan

NAME = "parcels"
PERCENT = 100.0
"""Boundary probabilities are compared as the layer keeps them: whole percents."""

Sums = npt.NDArray[np.int64]
Pick = Callable[[npt.NDArray[np.int64]], npt.NDArray[Any]]
"""Values of cells, given their flat places (N,) in a window."""


@dataclass(frozen=True)
class Columns:
    """What the columns of the sums hold, for K classes."""

    classes: int

    @property
    def probability(self) -> slice:
        """Sums of the quantised probability of each class."""
        return slice(0, self.classes)

    @property
    def votes(self) -> slice:
        """Cells mapped as each class."""
        return slice(self.classes, 2 * self.classes)

    @property
    def strong(self) -> int:
        """Cells whose boundary probability reaches the card's threshold."""
        return 2 * self.classes

    @property
    def dates(self) -> int:
        """Sum of the cells' clear dates."""
        return 2 * self.classes + 1

    @property
    def gap(self) -> int:
        """Sum of the cells' longest gaps, days."""
        return 2 * self.classes + 2

    @property
    def count(self) -> int:
        """Columns in all."""
        return 2 * self.classes + 3

    def cells(self, sums: Sums) -> Sums:
        """(P,) cells of parcels."""
        return np.asarray(sums[:, self.votes].sum(axis=1))


def sums_bytes(parcels: int, classes: int) -> int:
    """Bytes that the sums of so many parcels take."""
    return parcels * Columns(classes).count * np.dtype(np.int64).itemsize


@dataclass(frozen=True)
class CellValues:
    """What a window's cells hold."""

    probabilities: Sequence[Pick]
    """Quantised, one a class."""
    winner: Pick
    """Number of the class, in the card's order."""
    strong: Pick
    """True where the boundary probability reaches the card's threshold."""
    dates: Pick
    gap: Pick


def add_cells(
    sums: Sums, layer: ParcelLayer, window: Window, mapped: npt.NDArray[np.bool_], values: CellValues
) -> None:
    """Add the mapped cells of a window.

    Args:
        sums: (P, Columns.count), added to.
        layer: the parcels.
        window: of the output grid.
        mapped: (H, W) over it.
        values: of its cells.
    """
    parcel, place = layer.spans(window).cells(window.width)
    if not mapped.all():
        known = mapped.ravel()[place]
        parcel, place = parcel[known], place[known]
    if not len(parcel):
        return
    columns = Columns(len(values.probabilities))
    starts = np.flatnonzero(np.append(True, parcel[1:] != parcel[:-1]))
    found = parcel[starts]

    def total(pick: Pick) -> Sums:
        return np.add.reduceat(pick(place), starts, dtype=np.int64)

    for column, pick in enumerate(values.probabilities):
        sums[found, column] += total(pick)
    number = np.repeat(np.arange(len(found)), np.diff(np.append(starts, len(parcel))))
    votes = np.bincount(number * columns.classes + values.winner(place), minlength=len(found) * columns.classes)
    sums[found, columns.votes] += votes.reshape(len(found), columns.classes)
    for column, pick in ((columns.strong, values.strong), (columns.dates, values.dates), (columns.gap, values.gap)):
        sums[found, column] += total(pick)


def strong_percent(card: ModelCard) -> int:
    """The least percent of the boundary layer that counts as a boundary."""
    return round(card.boundary_threshold * PERCENT)


@dataclass(frozen=True)
class ParcelCounter:
    """Starts what adds up the parcels of a block."""

    layer: ParcelLayer
    classes: int
    """K."""
    strong: int
    """Percent; see strong_percent."""
    dates: tuple[date, ...]
    """Of the observations, in their order."""
    name: str = NAME
    raster: None = None

    def start(self, block: Window, plan: Plan) -> BlockParcels:
        """For one block of the plan."""
        return BlockParcels(self, plan.magnification)

    def merge(self, files: Iterator[tuple[Window, dict[str, npt.NDArray[Any]]]]) -> Sums:
        """(P, Columns.count) sums over all blocks."""
        sums = np.zeros((len(self.layer), Columns(self.classes).count), dtype=np.int64)
        for _, arrays in files:
            self.add(sums, arrays)
        return sums

    @staticmethod
    def add(sums: Sums, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Add the arrays of one block to the sums of all."""
        sums[arrays["parcels"]] += arrays["sums"]


class BlockParcels:
    """The parcels of one block."""

    def __init__(self, counter: ParcelCounter, magnification: int) -> None:
        self._counter, self._scale = counter, magnification
        self._sums = np.zeros((len(counter.layer), Columns(counter.classes).count), dtype=np.int64)

    def add(self, tile: TileResult) -> None:
        """Add a tile's mapped cells."""
        counter, scale, width = self._counter, self._scale, tile.fine.width
        looks = clear_looks(tile.valid, [day.toordinal() for day in counter.dates])

        def probability(channel: npt.NDArray[np.float32]) -> Pick:
            return lambda place: quantise(_at(channel, place))

        def coarse(layer: npt.NDArray[np.uint16]) -> Pick:
            return lambda place: layer[place // width // scale, place % width // scale]

        values = CellValues(
            [probability(channel) for channel in tile.probabilities],
            lambda place: _winner(tile.probabilities, place),
            lambda place: np.rint(_at(tile.boundary, place) * np.float32(PERCENT)) >= counter.strong,
            coarse(looks[0]),
            coarse(looks[1]),
        )
        add_cells(self._sums, counter.layer, tile.fine, tile.mapped, values)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Numbers of the parcels that have a cell in the block, ascending, and their sums."""
        parcels = np.flatnonzero(self._sums.any(axis=1))
        return {"parcels": parcels, "sums": self._sums[parcels]}


def _at(values: npt.NDArray[Any], place: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Values of (H, W) at flat places; the array is a view, so it has no flat order of its own."""
    return np.ascontiguousarray(values).ravel()[place]


def _winner(probabilities: npt.NDArray[np.float32], place: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The first of the most probable classes at flat places, as argmax gives it."""
    best = _at(probabilities[0], place)
    winner = np.zeros(len(place), dtype=np.int64)
    for number, one in enumerate(probabilities[1:], start=1):
        values = _at(one, place)
        is_better = values > best
        winner[is_better] = number
        np.maximum(best, values, out=best)
    return winner
