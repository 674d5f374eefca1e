"""A partition of the ground: a code on every block of an absolute lattice. Knows neither splits nor folds.

Blocks are squares whose rows and columns are coordinates divided by the block's side, so they stay where they are
whatever grid looks at them, and every answer about a window is the crop of the answer about the whole. A parcel has
the code of one block, also where it reaches beyond it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize

from backend.errors import InputError
from backend.grid import Grid
from training.block_runs import as_runs
from training.parcels import GeometryArray

MAX_CODES = 31
"""Which codes are near is kept as the bits of an int32."""
_ARC_SEGMENTS = 8
"""Straight pieces of a quarter circle around a parcel's corner."""

_MARGIN = 1e-6
"""Blocks that are farther off by less than this share of their side are looked at too, because of rounding errors."""


@dataclass(frozen=True)
class Partition:
    """Codes 1 to S of blocks, and of the parcels that reach beyond their block."""

    blocks: Mapping[tuple[int, int], int]
    """(row, column) of a block on the lattice, rows upwards, to its code; the code of any other block is drawn."""
    block_size: float
    """In units of the coordinate system."""
    shares: tuple[float, ...]
    """(S,) chances of the codes where they are drawn."""
    seed: tuple[int, ...]
    """Draws them, with the block's place."""
    beyond: GeometryArray
    """(M,) parcels that reach beyond their block."""
    beyond_codes: NDArray[np.uint8]
    """(M,) their codes."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.block_size) and self.block_size > 0):
            raise InputError(f"Blocks must be larger than 0, not {self.block_size}.")
        if not 1 <= len(self.shares) <= MAX_CODES:
            raise InputError(f"A partition has 1 to {MAX_CODES} codes, not {len(self.shares)}.")
        if len(self.beyond) != len(self.beyond_codes):
            raise InputError(f"{len(self.beyond)} parcels beyond their block have {len(self.beyond_codes)} codes.")

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.beyond)

    def codes_at(self, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The codes of blocks.

        Args:
            rows: (n,) rows on the lattice, upwards.
            cols: (n,) columns.
        """
        if not len(rows):
            return np.zeros(0, dtype=np.uint8)
        first_row, first_col = int(rows.min()), int(cols.min())
        width = int(cols.max()) - first_col + 1
        places, where = np.unique((rows - first_row) * width + cols - first_col, return_inverse=True)
        blocks = zip((places // width + first_row).tolist(), (places % width + first_col).tolist(), strict=True)
        codes = [
            self.blocks[block] if block in self.blocks else draw_code(block, self.shares, self.seed) for block in blocks
        ]
        found: NDArray[np.uint8] = np.array(codes, dtype=np.uint8)[where]
        return found

    def runs(self, code: int) -> list[list[int]]:
        """The blocks of a code that were assigned, not drawn: see block_runs.as_runs."""
        return as_runs(block for block, own in self.blocks.items() if own == code)

    def plane(self, grid: Grid) -> NDArray[np.uint8]:
        """(H, W) code of the block that holds each cell's centre; the grid in the parcels' coordinate system."""
        x, y = _centres(grid)
        rows = np.floor(y / self.block_size).astype(np.int64)
        cols = np.floor(x / self.block_size).astype(np.int64)
        table, first_row, first_col = self._table(rows, cols)
        rows, cols = rows - first_row, cols - first_col
        if _is_separable(rows, cols):
            out: NDArray[np.uint8] = np.take(table[rows[:, 0]], cols[0], axis=1)
        else:
            out = table[rows, cols]
        return out

    def near_plane(self, grid: Grid, buffer: float) -> NDArray[np.int32]:
        """Which codes are near each cell, besides its block's own.

        Args:
            grid: any, also rotated, in the parcels' coordinate system.
            buffer: in units of the coordinate system; 0 or more.

        Returns:
            (H, W) int32, bit c - 1 set where a block of code c is within the buffer of the cell's centre (at a
            buffer of 0: none is), or a parcel of code c that reaches beyond its block. Distances from blocks are
            exact, those from parcels up to 0.5 % longer: arcs are drawn as polygons around them.
        """
        near = np.zeros(grid.shape, dtype=np.int32)
        x, y = _centres(grid)
        if buffer > 0:
            self._add_blocks(near, x, y, buffer)
        self._add_parcels(near, grid, (x.min(), y.min(), x.max(), y.max()), buffer)
        if near.any():
            near &= ~code_bits(self.plane(grid))
        return near

    def near_parcels(self, geometry: GeometryArray, codes: NDArray[np.uint8], buffer: float) -> NDArray[np.int32]:
        """Which codes are near each parcel, besides its own.

        Args:
            geometry: (N,) parcels.
            codes: (N,) their codes.
            buffer: in units of the coordinate system, above 0.

        Returns:
            (N,) int32, bit c - 1 set where the parcel is within the buffer of a block of code c or of a parcel of
            code c. (Parcels that lie within their block are never nearer than it.)
        """
        near = np.zeros(len(geometry), dtype=np.int32)
        if not len(geometry):
            return near
        size = self.block_size
        left, bottom, right, top = shapely.bounds(geometry).T
        row, last_row = _reached(bottom - buffer, top + buffer, size)
        col, last_col = _reached(left - buffer, right + buffer, size)
        for down in range(int((last_row - row).max()) + 1):
            for along in range(int((last_col - col).max()) + 1):
                at = np.flatnonzero((row + down <= last_row) & (col + along <= last_col))
                if not len(at):
                    continue
                rows, cols = row[at] + down, col[at] + along
                bits = code_bits(self.codes_at(rows, cols))
                dx = np.maximum(np.maximum(cols * size - right[at], left[at] - (cols + 1) * size), 0)
                dy = np.maximum(np.maximum(rows * size - top[at], bottom[at] - (rows + 1) * size), 0)
                news = (bits & (near[at] | code_bits(codes[at]))) == 0
                take = np.flatnonzero(news & (dx * dx + dy * dy <= buffer * buffer))
                at, rows, cols = at[take], rows[take], cols[take]
                squares = shapely.box(cols * size, rows * size, (cols + 1) * size, (rows + 1) * size)
                hit = shapely.dwithin(geometry[at], squares, buffer)
                near[at[hit]] |= bits[take][hit]
        parcel, other = self._tree.query(geometry, predicate="dwithin", distance=buffer)
        np.bitwise_or.at(near, parcel, code_bits(self.beyond_codes[other]))
        near &= ~code_bits(codes)
        return near

    def _table(self, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> tuple[NDArray[np.uint8], int, int]:
        """The codes of all blocks from the lowest row and column to the highest, and which these are."""
        first_row, first_col = int(rows.min()), int(cols.min())
        all_rows = np.arange(first_row, int(rows.max()) + 1)
        all_cols = np.arange(first_col, int(cols.max()) + 1)
        grid_rows, grid_cols = np.meshgrid(all_rows, all_cols, indexing="ij")
        table = self.codes_at(grid_rows.ravel(), grid_cols.ravel()).reshape(grid_rows.shape)
        return table, first_row, first_col

    def _add_blocks(
        self, near: NDArray[np.int32], x: NDArray[np.float64], y: NDArray[np.float64], buffer: float
    ) -> None:
        """Set the bits of the blocks within the buffer of each centre."""
        size = self.block_size
        reached_rows = np.array(_reached(y.min() - buffer, y.max() + buffer, size))
        reached_cols = np.array(_reached(x.min() - buffer, x.max() + buffer, size))
        table, first_row, first_col = self._table(reached_rows, reached_cols)
        if (table == table[0, 0]).all():
            return
        separable = _is_separable(y, x)
        for (row, col), code in np.ndenumerate(table):
            dx = _gap(x, (first_col + col) * size, size)
            dy = _gap(y, (first_row + row) * size, size)
            rows, cols = slice(None), slice(None)
            if separable:
                rows, cols = _extent(dy[:, 0] <= buffer), _extent(dx[0] <= buffer)
                dx, dy = dx[:, cols], dy[rows]
            _set_bit(near[rows, cols], int(code), dx * dx + dy * dy <= buffer * buffer)

    def _add_parcels(
        self, near: NDArray[np.int32], grid: Grid, bounds: tuple[float, float, float, float], buffer: float
    ) -> None:
        """Set the bits of the parcels that reach beyond their block within the buffer of each centre."""
        left, bottom, right, top = bounds
        # polygons are drawn around the circles of the buffer, not into them
        radius = buffer / math.cos(math.pi / (4 * _ARC_SEGMENTS))
        ground = shapely.box(left - radius, bottom - radius, right + radius, top + radius)
        found = self._tree.query(ground, predicate="intersects")
        if not len(found):
            return
        shapes = self.beyond[found]
        if buffer > 0:
            shapes = shapely.buffer(shapes, radius, quad_segs=_ARC_SEGMENTS)
        codes = self.beyond_codes[found]
        for code in np.unique(codes):
            mask = rasterize(shapes[codes == code], out_shape=grid.shape, transform=grid.transform, dtype=np.uint8)
            _set_bit(near, int(code), mask.view(np.bool_))


def code_bits(codes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Bit c - 1 for code c, 0 for 0; element by element."""
    table = np.zeros(256, dtype=np.int32)
    table[1 : MAX_CODES + 1] = 1 << np.arange(MAX_CODES, dtype=np.int32)
    bits: NDArray[np.int32] = table[codes]
    return bits


@lru_cache(maxsize=1 << 14)
def draw_code(block: tuple[int, int], shares: tuple[float, ...], seed: tuple[int, ...]) -> int:
    """The code (1 to S) of a block that has no parcels: a function of seed and position alone."""
    # SeedSequence takes whole numbers from 0, a block's position may be negative
    row, col = (2 * abs(value) + (value < 0) for value in block)
    chance = np.random.default_rng([abs(seed[0]), row, col, *seed[1:]]).random()
    open_codes = [code for code, share in enumerate(shares, start=1) if share > 0]
    steps = np.cumsum([share for share in shares if share > 0])
    return open_codes[min(int(np.searchsorted(steps, chance, side="right")), len(open_codes) - 1)]


def _centres(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y of the cells' centres: (1, W) and (H, 1) on a north-up grid, else (H, W)."""
    t = grid.transform
    rows = np.arange(0.5, grid.height, dtype=np.float64)[:, None]
    cols = np.arange(0.5, grid.width, dtype=np.float64)[None, :]
    x, y = np.float64(t.a) * cols + t.c, np.float64(t.e) * rows + t.f
    return (x + t.b * rows if t.b else x), (y + t.d * cols if t.d else y)


def _is_separable(along_rows: NDArray[np.generic], along_cols: NDArray[np.generic]) -> bool:
    """Whether one depends on the row alone and the other on the column alone: a block is then a rectangle of cells."""
    return bool(along_rows.shape[1] == 1 and along_cols.shape[0] == 1)


def _set_bit(near: NDArray[np.int32], code: int, where: NDArray[np.bool_]) -> None:
    np.bitwise_or(near, np.int32(1 << (code - 1)), out=near, where=where)


def _reached(low: Any, high: Any, size: float) -> tuple[Any, Any]:
    """The first and the last row or column of the blocks that may be within reach, touched ones included."""
    first, last = np.floor(low / size - _MARGIN), np.floor(high / size + _MARGIN)
    return first.astype(np.int64), last.astype(np.int64)


def _gap(values: NDArray[np.float64], start: float, size: float) -> NDArray[np.float64]:
    """Distance of coordinates from the interval [start, start + size]; 0 within."""
    gap: NDArray[np.float64] = np.maximum(np.maximum(start - values, values - (start + size)), 0.0)
    return gap


def _extent(is_in: NDArray[np.bool_]) -> slice:
    """The slice of the places that are in, which lie side by side; an empty one where none is."""
    places = np.flatnonzero(is_in)
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, 0)
