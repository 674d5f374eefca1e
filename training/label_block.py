"""The labels of a block of ground with the margin around it, and what follows from them alone. Reads no files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.classes import UNKNOWN
from training.edges import EDGE_BANDS_M, boundary_cells, edge_distance
from training.labels import FULLY_ASSIGNED
from training.resampling import SQUARE_M, ground_squares

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

MARGIN_M = EDGE_BANDS_M[-2] + 10.0
"""What a block must know around it: the widest band of the edge profile is told by it, and a cell more."""


@dataclass(frozen=True)
class LabelBlock:
    """The labels of a block and the margin around it."""

    classes: IntArray
    """(H, W) legend codes, UNKNOWN where not known."""
    parcels: IntArray
    """(H, W) parcel ids, 0 for none."""
    counts: BoolArray
    """(H, W) cells that count: of the split, known, of one class, and none of the margin."""
    inner: tuple[slice, slice]
    """The block without its margin."""
    resolution_m: float
    """Width of a cell."""
    row: int = 0
    """Of the first cell on the lattice of cells."""
    col: int = 0

    @cached_property
    def on_boundary(self) -> BoolArray:
        """Cells with another class beside them."""
        return boundary_cells(self.classes)

    @cached_property
    def edges(self) -> BoolArray:
        """Cells with another class or parcel beside them."""
        return boundary_cells(self.classes, self.parcels)

    @cached_property
    def distance(self) -> NDArray[np.float64]:
        """From the nearest edge of a parcel, metres; right up to the margin's width."""
        return edge_distance(self.parcels, self.resolution_m)

    @cached_property
    def clusters(self) -> NDArray[np.int64]:
        """(H, W) parcel, or outside of parcels the square of ground, in which each cell lies."""
        # numbers of squares may be negative; here they get those below 0, which no parcel has
        return np.where(self.parcels > 0, self.parcels, -1 - (self.squares(SQUARE_M) + (1 << 61)))

    def squares(self, side_m: float) -> NDArray[np.int64]:
        """(H, W) square of ground of each cell."""
        side = max(1, round(side_m / self.resolution_m))
        return ground_squares(self.row, self.col, (self.classes.shape[0], self.classes.shape[1]), side)


def counted(classes: IntArray, flags: IntArray | None, mask: BoolArray | None) -> BoolArray:
    """Cells that count: known, not fully in parcels of two classes, and of the mask."""
    out: BoolArray = np.asarray(classes != UNKNOWN)
    if flags is not None:
        out = out & (flags != FULLY_ASSIGNED)
    return out if mask is None else out & mask
