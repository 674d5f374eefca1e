"""The exact share of each cell that polygons cover. Knows no classes, parcels or files.

By Green's theorem: every ring is cut along the lines between cells, and each cut edge adds the area between itself
and its cell's right side, and its height to all cells further right in its row. So the cost grows with the length
of the edges, not with the area: of what lies inside a polygon only the first and the last cell of each row are
known.

Coordinates and crossings are rounded to SNAP of a cell once, counted from the edge's own ends. From then on every
sum is exact in double precision, so the shares do not depend on the window they are asked for, bit by bit.

exactextract gives the same shares (tests hold them together), but visits every cell inside a polygon: for real fields
it takes about ten times as long at 10 m and over thirty at 2.5 m (benchmarks/labels.py), and its last bits change
with the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from backend.errors import GridError
from backend.grid import Window
from training.parcels import GeometryArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SNAP = 2.0**-24
"""Coordinates are rounded to this part of a cell (0.6 micrometres at 10 m). Products of two such numbers have 48 bits
behind the point and leave 5 of the 53 of double precision for sums."""
_POLYGON = 3
"""Shapely's type id of Polygon."""


@dataclass(frozen=True)
class Coverage:
    """What polygons cover of a window: cells on their edges one by one, cells inside them as runs along a row.

    Cells are counted row by row within the window.
    """

    polygons: IntArray
    """(n,) position of the polygon; sorted, and by cell within a polygon."""
    cells: IntArray
    """(n,) a cell that the polygon's edge touches."""
    shares: FloatArray
    """(n,) the share of it that the polygon covers, 0-1."""
    run_polygons: IntArray
    """(r,) position of the polygon."""
    run_starts: IntArray
    """(r,) the first of the cells of a row that lie in the polygon as a whole."""
    run_stops: IntArray
    """(r,) the cell after the last one."""

    def insides(self, runs: NDArray[np.bool_]) -> tuple[IntArray, IntArray]:
        """The cells of some of the runs one by one: position of the polygon and cell.

        Args:
            runs: (r,) the runs to spell out.
        """
        start = self.run_starts[runs]
        run, place = count_up(self.run_stops[runs] - start)
        return self.run_polygons[runs][run], start[run] + place

    def table(self) -> tuple[IntArray, IntArray, FloatArray]:
        """All covered cells one by one: position of the polygon, cell and share."""
        polygons, cells = self.insides(np.ones(len(self.run_starts), dtype=np.bool_))
        return (
            np.concatenate((self.polygons, polygons)),
            np.concatenate((self.cells, cells)),
            np.concatenate((self.shares, np.ones(len(cells)))),
        )


def cover(geometry: GeometryArray, window: Window, scale: int = 1) -> Coverage:
    """Which cells of a window each polygon covers, and by how much.

    Args:
        geometry: (N,) valid polygons and multipolygons in cells: x is the column, y the row (downwards). Points and
            lines in collections have no area and do not count.
        window: the cells asked for, before they are refined.
        scale: cells are made this many times finer.

    Raises:
        GridError: if the window is empty.
    """
    if window.is_empty:
        raise GridError(f"A window of {window.height} x {window.width} cells has no shares.")
    fine = window.refine(scale)
    polygon, edges = _edges(geometry, fine, scale)
    polygon, pieces = _cut_at_rows(polygon, edges, fine.height)
    polygon, row, col, height, area = _cut_at_columns(polygon, pieces, fine.width)
    return _sum_up(polygon, row, col, height, area, fine.shape)


def count_up(counts: IntArray) -> tuple[IntArray, IntArray]:
    """For n, m, ... things in a row: whose thing it is (0 n times, 1 m times ...) and its number (0 to n - 1 ...)."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)


def group_starts(values: IntArray) -> IntArray:
    """Where equal values of a sorted array begin."""
    return np.flatnonzero(_is_first(values))


def _edges(geometry: GeometryArray, window: Window, scale: int) -> tuple[IntArray, FloatArray]:
    """The edges that count for the window: polygon (n,) and x0, y0, x1, y1 (4, n), inside on the right (y down)."""
    parts, owner = shapely.get_parts(geometry, return_index=True)
    flat = shapely.get_type_id(parts) == _POLYGON
    rings, part = shapely.get_rings(shapely.orient_polygons(parts[flat]), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    x, y = _snap(xy[:, 0] * scale) - window.col, _snap(xy[:, 1] * scale) - window.row
    # level edges add nothing but cross cells that are not whole, if they do not run between two rows; edges above,
    # below or right of the window do not count, those left of it add to all cells
    counts = (ring[1:] == ring[:-1]) & ((y[1:] != y[:-1]) | (y[1:] != np.floor(y[1:])))
    counts &= (np.maximum(y[1:], y[:-1]) > 0) & (np.minimum(y[1:], y[:-1]) < window.height)
    counts &= np.minimum(x[1:], x[:-1]) < window.width
    start = np.flatnonzero(counts)
    return owner[flat][part[ring[start]]], np.array((x[start], y[start], x[start + 1], y[start + 1]))


def _cut_at_rows(polygon: IntArray, edges: FloatArray, rows: int) -> tuple[IntArray, FloatArray]:
    """Edges cut between rows: polygon (n,) and row, x where it starts and ends, signed height (4, n)."""
    falls = edges[1] > edges[3]
    # all run downwards from here on (growing y); the sign keeps on which side the inside is
    x0, y0, x1, y1 = np.where(falls, edges[[2, 3, 0, 1]], edges)
    sign = np.where(falls, 1.0, -1.0)
    first = np.maximum(np.floor(y0), 0.0)
    edge, number = count_up((np.minimum(np.ceil(y1), rows) - first).astype(np.int64))
    row = first[edge] + number
    x0, y0, x1, y1 = x0[edge], y0[edge], x1[edge], y1[edge]
    slope = (x1 - x0) / np.where(y1 > y0, y1 - y0, 1.0)
    low, high = np.minimum(x0, x1), np.maximum(x0, x1)
    top, bottom = np.maximum(y0, row), np.minimum(y1, row + 1)
    x_top = np.clip(x0 + _snap((top - y0) * slope), low, high)
    x_bottom = np.where(bottom == y1, x1, np.clip(x0 + _snap((bottom - y0) * slope), low, high))
    return polygon[edge], np.array((row, x_top, x_bottom, (bottom - top) * sign[edge]))


def _cut_at_columns(
    polygon: IntArray, pieces: FloatArray, cols: int
) -> tuple[IntArray, IntArray, IntArray, FloatArray, FloatArray]:
    """Pieces cut between columns: polygon, row, column (-1: all left of the window), signed height, signed area."""
    row, x_top, x_bottom, height = pieces
    left, right = np.minimum(x_top, x_bottom), np.maximum(x_top, x_bottom)
    first = np.maximum(np.floor(left), -1.0)
    stop = np.minimum(np.maximum(np.ceil(right), first + 1), cols)
    piece, number = count_up(np.maximum(stop - first, 0.0).astype(np.int64))
    col = first[piece] + number
    left, right, width = left[piece], right[piece], (right - left)[piece]
    rise = height[piece] / np.where(width > 0, width, 1.0)
    start, end = np.where(col < 0, left, np.maximum(left, col)), np.minimum(right, col + 1)
    # as signed height from the piece's left end
    low = _snap((start - left) * rise)
    high = np.where(end == right, height[piece], _snap((end - left) * rise))
    height = high - low
    area = height * (col + 1 - (start + end) / 2)
    return polygon[piece], row[piece].astype(np.int64), col.astype(np.int64), height, area


def _sum_up(
    polygon: IntArray, row: IntArray, col: IntArray, height: FloatArray, area: FloatArray, shape: tuple[int, int]
) -> Coverage:
    """The sums per cell, and along each row what edges further left add."""
    rows, cols = shape
    # one more column for what lies left of the window
    key = (polygon * rows + row) * (cols + 1) + (col + 1)
    order = np.argsort(key, kind="stable")
    key = key[order]
    start = group_starts(key)
    key = key[start]
    if not len(key):
        none = np.zeros(0, dtype=np.int64)
        return Coverage(none, none, np.zeros(0), none, none, none)
    height, area = np.add.reduceat(height[order], start), np.add.reduceat(area[order], start)
    line, col = np.divmod(key, cols + 1)
    col -= 1
    polygon, row = np.divmod(line, rows)

    is_first = _is_first(line)
    after = np.cumsum(height)
    before = after - height
    # the sum runs on from row to row: take out what it was where the row began
    before -= before[is_first][np.cumsum(is_first) - 1]
    after = before + height
    share = np.clip(before + area, 0.0, 1.0)
    counts = (col >= 0) & (share > 0)
    stop = np.append(col[1:], cols)
    stop[np.append(is_first[1:], True)] = cols
    run = np.flatnonzero((after > 0.5) & (stop > col + 1))
    cell = row * cols + col
    return Coverage(
        polygon[counts], cell[counts], share[counts],
        polygon[run], cell[run] + 1, cell[run] + stop[run] - col[run],
    )  # fmt: skip


def _is_first(values: IntArray) -> NDArray[np.bool_]:
    """True where a sorted array has a value for the first time."""
    out = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=out[1:])
    return out


def _snap(values: NDArray[Any]) -> FloatArray:
    out: FloatArray = np.rint(values / SNAP) * SNAP
    return out
