"""Raster grids and windows on them. Opens no files and knows nothing of models.

A grid is a coordinate system, an affine transform and a size. The *lattice* is the endless grid of the same
cells counted from the coordinate system's origin: tiles and blocks start at fixed multiples on it, so that two
requests over neighbouring or overlapping regions cut the same tiles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from affine import Affine

from .errors import GridError

ALIGNMENT_TOLERANCE = 0.01
"""Largest shift between two grids that still counts as the same grid, in cells."""


@dataclass(frozen=True, order=True)
class Window:
    """A rectangle of cells: row and column of its upper left cell (may be negative), height and width."""

    row: int
    col: int
    height: int
    width: int

    def __post_init__(self) -> None:
        if self.height < 0 or self.width < 0:
            raise GridError(f"A window cannot be {self.height} x {self.width} cells.")

    @property
    def row_stop(self) -> int:
        return self.row + self.height

    @property
    def col_stop(self) -> int:
        return self.col + self.width

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.height, self.width

    @property
    def is_empty(self) -> bool:
        return self.height == 0 or self.width == 0

    def intersect(self, other: Window) -> Window:
        """The cells in both; an empty window (0 x 0) where there are none."""
        row, col = max(self.row, other.row), max(self.col, other.col)
        height, width = min(self.row_stop, other.row_stop) - row, min(self.col_stop, other.col_stop) - col
        return Window(row, col, height, width) if height > 0 and width > 0 else Window(row, col, 0, 0)

    def pad(self, cells: int) -> Window:
        """The window grown by `cells` on each side."""
        return Window(self.row - cells, self.col - cells, self.height + 2 * cells, self.width + 2 * cells)

    def refine(self, scale: int) -> Window:
        """The same ground on the grid `scale` times finer."""
        return Window(self.row * scale, self.col * scale, self.height * scale, self.width * scale)

    def slices(self, within: Window) -> tuple[slice, slice]:
        """Row and column slices of this window in an array that covers `within`."""
        row, col = self.row - within.row, self.col - within.col
        return slice(row, row + self.height), slice(col, col + self.width)


@dataclass(frozen=True)
class Grid:
    """Where the cells of a raster lie."""

    crs: str
    """Coordinate system as WKT or authority code, as rasterio's CRS.from_user_input takes it."""
    transform: Affine
    """(column, row) of a cell's corner to coordinates."""
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise GridError(f"A grid needs at least one cell, not {self.height} x {self.width}.")
        if self.transform.determinant == 0:
            raise GridError(f"The transform {tuple(self.transform)[:6]} has no area: the raster has no georeference.")

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.height, self.width

    @property
    def window(self) -> Window:
        """All of it."""
        return Window(0, 0, self.height, self.width)

    @property
    def resolution(self) -> tuple[float, float]:
        """Height and width of a cell in units of the coordinate system, both positive."""
        t = self.transform
        return math.hypot(t.b, t.e), math.hypot(t.a, t.d)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) of the box around it, also for rotated grids."""
        corners = [self.transform * xy for xy in ((0, 0), (self.width, 0), (0, self.height), (self.width, self.height))]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def lattice_origin(self) -> tuple[int, int]:
        """(row, column) of its first cell on the lattice."""
        col, row = ~Affine(self.transform.a, self.transform.b, 0.0, self.transform.d, self.transform.e, 0.0) * (
            self.transform.c,
            self.transform.f,
        )
        return round(row), round(col)

    def refine(self, scale: int) -> Grid:
        """The grid of cells `scale` times finer over the same ground."""
        if scale < 1:
            raise GridError(f"A grid can be refined by 1, 2, 4 ..., not by {scale}.")
        return Grid(self.crs, self.transform * Affine.scale(1 / scale), self.width * scale, self.height * scale)

    def crop(self, window: Window) -> Grid:
        """The grid of a window of it, which may reach beyond its edges."""
        return Grid(self.crs, self.transform * Affine.translation(window.col, window.row), window.width, window.height)

    def offset_of(self, other: Grid) -> tuple[float, float]:
        """(row, column), in own cells, of the other grid's upper left corner."""
        col, row = ~self.transform * (other.transform.c, other.transform.f)
        return row, col

    def is_same(self, other: Grid) -> bool:
        """True if both have the same cells (the coordinate systems are compared as text)."""
        row, col = self.offset_of(other)
        far_col, far_row = ~self.transform * (other.transform * (other.width, other.height))
        return (
            self.crs == other.crs
            and self.shape == other.shape
            and max(abs(row), abs(col), abs(far_row - self.height), abs(far_col - self.width)) < ALIGNMENT_TOLERANCE
        )


def floor_multiple(value: int, step: int) -> int:
    """The largest multiple of `step` that is not above `value`; right for negative values too."""
    return value // step * step
