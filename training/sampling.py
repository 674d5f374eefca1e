"""Where the samples of a source lie: a grid of chips, one chip around each parcel, or a grid without labels.

Reads no pixels. Chips are put together into blocks, the units of work: what a block's chips need of the images is
read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from backend.grid import Grid, Window, floor_multiple
from training.classes import UNKNOWN
from training.parcels import Parcels
from training.splits import TRAIN

PHASE = 2
"""Chips start at multiples of this on the lattice, input pixels: the pixels of a 20 m pixel stay together."""
BLOCKS = (2048, 3072)
"""Sides of blocks in turn, input pixels. Files of Sentinel-2 hold tiles of 1024 pixels at 10 m and of 640 at 20 m,
which end together every 5120, and a tile in two blocks is decoded twice: of a whole product 1.15 times what is
needed, by blocks of 2048 alone 1.33 times."""

STRIP = 2
"""Height of the strips in which chips of parcels are ordered, sides of a chip."""


@dataclass(frozen=True)
class Chip:
    """A place for a sample."""

    window: Window
    """In the source's grid; may reach beyond it."""
    parcel: int = 0
    """Id of the parcel in its centre, 0 for a chip of a grid."""


@dataclass(frozen=True)
class Block:
    """Chips that are cut together."""

    chips: tuple[Chip, ...]

    @property
    def window(self) -> Window:
        """The cells that hold all chips."""
        return bounding([chip.window for chip in self.chips])


def bounding(windows: Sequence[Window]) -> Window:
    """The smallest window that holds all of them."""
    row, col = min(item.row for item in windows), min(item.col for item in windows)
    bottom, right = max(item.row_stop for item in windows), max(item.col_stop for item in windows)
    return Window(row, col, bottom - row, right - col)


def all_chips(grid: Grid, side: int, stride: int) -> list[Chip]:
    """Chips over the whole grid, row by row: those that hold at least one of its cells."""
    first_row, first_col = _first(grid)
    return [
        Chip(Window(row, col, side, side))
        for row in range(first_row, grid.height, stride)
        for col in range(first_col, grid.width, stride)
    ]


def labelled_chips(
    grid: Grid, side: int, stride: int, parcels: Parcels, held_out: npt.NDArray[np.bool_] | None
) -> list[Chip]:
    """Chips of the grid that touch a parcel with a known crop.

    Args:
        grid: of the images.
        side: of a chip.
        stride: distance of neighbouring chips.
        parcels: on the grid.
        held_out: (N,) parcels that are not trained on: the neighbours of their chips are taken too, so that they
            can be mapped with the surroundings that a map of the whole has; None for no such parcel.
    """
    chips = all_chips(grid, side, stride)
    boxes = _boxes(chips, grid)
    known = parcels.classes != UNKNOWN
    chosen = np.zeros(len(chips), dtype=np.bool_)
    if known.any():
        chosen |= _touching(boxes, parcels.geometry[known])
    if held_out is not None and (held_out & known).any():
        around = [Chip(chip.window.pad(side)) for chip in chips]
        chosen |= _touching(_boxes(around, grid), parcels.geometry[held_out & known])
    return [chip for chip, taken in zip(chips, chosen, strict=True) if taken]


def parcel_chips(grid: Grid, side: int, parcels: Parcels) -> list[Chip]:
    """A chip around each parcel with a known crop: around its part on the grid where its middle lies beyond."""
    origin_row, origin_col = grid.lattice_origin
    chips = []
    inverse = ~grid.transform
    for number in np.flatnonzero(parcels.classes != UNKNOWN):
        left, bottom, right, top = shapely.bounds(parcels.geometry[number])
        col, row = inverse * ((left + right) / 2, (bottom + top) / 2)
        row, col = min(max(row, 0.0), float(grid.height)), min(max(col, 0.0), float(grid.width))
        first_row = floor_multiple(round(row - side / 2) + origin_row, PHASE) - origin_row
        first_col = floor_multiple(round(col - side / 2) + origin_col, PHASE) - origin_col
        chips.append(Chip(Window(first_row, first_col, side, side), int(parcels.ids[number])))
    strip = STRIP * side  # along a strip the chips of a shard are near each other: their labels are made together
    return sorted(chips, key=lambda chip: (chip.window.row // strip, chip.window.col, chip.window.row, chip.parcel))


def training_held_out(splits: npt.NDArray[np.uint8], folds: int) -> npt.NDArray[np.bool_]:
    """(N,) parcels that some evaluation looks at: those outside of the training split, with folds all."""
    return np.ones(len(splits), dtype=np.bool_) if folds else np.asarray(splits > TRAIN)


def to_blocks(chips: Sequence[Chip], *sides: int) -> list[Block]:
    """Chips grouped by the rectangle of cells in which they start, row by row.

    Args:
        chips: of one grid.
        sides: of the rectangles in turn, from the grid's first cell on; BLOCKS where not given.
    """
    groups: dict[tuple[int, int], list[Chip]] = {}
    for chip in chips:
        place = (_block_start(chip.window.row, sides or BLOCKS), _block_start(chip.window.col, sides or BLOCKS))
        groups.setdefault(place, []).append(chip)
    return [Block(tuple(groups[place])) for place in sorted(groups)]


def _block_start(place: int, sides: Sequence[int]) -> int:
    """First row or column of the block in which a chip starts there."""
    place = max(0, place + PHASE)  # the first chips may start before the grid
    start = floor_multiple(place, sum(sides))
    for side in sides:
        if place < start + side:
            break
        start += side
    return start


def _first(grid: Grid) -> tuple[int, int]:
    """Row and column of the first chip: at or just before the grid's first cell."""
    row, col = grid.lattice_origin
    return floor_multiple(row, PHASE) - row, floor_multiple(col, PHASE) - col


def _boxes(chips: Sequence[Chip], grid: Grid) -> npt.NDArray[np.object_]:
    """The chips' outlines in coordinates."""
    windows = [chip.window for chip in chips]
    corners = np.array(
        [
            [(w.col, w.row), (w.col_stop, w.row), (w.col_stop, w.row_stop), (w.col, w.row_stop), (w.col, w.row)]
            for w in windows
        ],
        dtype=np.float64,
    )
    t = grid.transform
    x = t.a * corners[..., 0] + t.b * corners[..., 1] + t.c
    y = t.d * corners[..., 0] + t.e * corners[..., 1] + t.f
    return np.asarray(shapely.polygons(np.stack([x, y], axis=-1)), dtype=np.object_)


def _touching(boxes: npt.NDArray[np.object_], shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Which boxes share ground with one of the shapes."""
    out = np.zeros(len(boxes), dtype=np.bool_)
    out[np.unique(shapely.STRtree(shapes).query(boxes, predicate="intersects")[0])] = True
    return out
