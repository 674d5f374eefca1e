"""Parcels on the output grid: inner buffers, and which cells lie in which parcel. Reads no files.

A cell belongs to a parcel if its centre lies in the parcel's outline less the inner buffer. Where parcels overlap, a
cell counts for each of them. Outlines are carried onto the grid once, in cells from the mapped window's first, and a
crossing of an outline with a row of centres is computed from the outline's own corners: which cells a parcel has does
not depend on how the map is cut into tiles and blocks, and of two neighbours that share an edge exactly one has a cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.crs import CRS
from rasterio.warp import transform_bounds

from .errors import RegionError
from .geodesy import metres_per_unit
from .grid import Grid, Window
from .parcel_file import ParcelFile
from .raster import cell_area_m2
from .region import EDGE_POINTS, reproject

FRACTIONS = (1.0, 0.5, 0.25, 0.0)
"""Parts of the inner buffer that are tried, until the inside is as large as an input cell."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Spans:
    """Runs of cells in rows, sorted by parcel, then by row; rows and columns counted from a window's first."""

    parcel: Ints
    """(N,) numbers of the parcels in the file."""
    row: Ints
    start: Ints
    """First column of a run."""
    stop: Ints
    """Column after the last one."""

    def cells(self, width: int) -> tuple[Ints, Ints]:
        """Parcel and flat place (row * width + column) of each cell, sorted by parcel."""
        lengths = self.stop - self.start
        places = np.repeat(self.row * width + self.start, lengths)
        places += _within(lengths)
        return np.repeat(self.parcel, lengths), places


@dataclass(frozen=True)
class ParcelLayer:
    """The insides of parcels on the output grid."""

    asked_m: float
    """Inner buffer asked for, metres."""
    buffer_m: Floats
    """(P,) inner buffer of each parcel, metres; NaN where the parcel does not touch the map."""
    points: Floats
    """(V, 2) column and row of the corners, ring after ring, parcel after parcel."""
    ends: npt.NDArray[np.bool_]
    """(V,) True for the last corner of a ring."""
    first: Ints
    """(P + 1,) where each parcel's corners begin."""
    boxes: Floats
    """(P, 4) least and largest column, least and largest row; of no extent where a parcel has no inside."""

    def __len__(self) -> int:
        return len(self.buffer_m)

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        return sum(values.nbytes for values in (self.buffer_m, self.points, self.ends, self.first, self.boxes))

    def touching(self, window: Window) -> Ints:
        """Parcels whose box touches a window of the output grid, in ascending order."""
        left, right, top, bottom = self.boxes.T
        return np.flatnonzero(
            (left < window.col_stop) & (right > window.col) & (top < window.row_stop) & (bottom > window.row)
        )

    def spans(self, window: Window) -> Spans:
        """The cells of a window of the output grid that lie in parcels."""
        chosen = self.touching(window)
        counts = self.first[chosen + 1] - self.first[chosen]
        at = np.repeat(self.first[chosen], counts) + _within(counts)
        owner = np.repeat(np.arange(len(chosen)), counts)
        is_edge = ~self.ends[at]
        at, owner = at[is_edge], owner[is_edge]
        (x0, y0), (x1, y1) = self.points[at].T, self.points[at + 1].T
        # from the upper corner downwards, so that neighbours that share an edge compute the same crossings
        downwards = y0 <= y1
        top_x, top_y = np.where(downwards, x0, x1), np.where(downwards, y0, y1)
        bottom_x, bottom_y = np.where(downwards, x1, x0), np.where(downwards, y1, y0)
        first = np.clip(np.ceil(top_y - 0.5), window.row, window.row_stop).astype(np.int64)
        stop = np.clip(np.ceil(bottom_y - 0.5), window.row, window.row_stop).astype(np.int64)
        rows = stop - first
        edge = np.repeat(np.arange(len(at)), rows)
        row = np.repeat(first, rows) + _within(rows)
        with np.errstate(divide="ignore", invalid="ignore"):  # level edges cross no row of centres
            slope = (bottom_x - top_x) / (bottom_y - top_y)
        x = top_x[edge] + (row + 0.5 - top_y[edge]) * slope[edge]
        col = np.clip(np.ceil(x - 0.5), window.col, window.col_stop).astype(np.int64) - window.col
        # crossings of a closed ring come in pairs in each row: in, out, in, out ...
        side = window.width + 1
        crossings = np.sort((owner[edge] * window.height + row - window.row) * side + col)
        starts, stops = crossings[0::2], crossings[1::2]
        is_run = stops > starts
        starts, stops = starts[is_run], stops[is_run]
        place, start = np.divmod(starts, side)
        number, line = np.divmod(place, max(1, window.height))
        return Spans(chosen[number], line, start, stops - place * side)


def make_layer(file: ParcelFile, grid: Grid, magnification: int, inner_buffer_m: float) -> ParcelLayer:
    """The insides of a file's parcels on the output grid.

    A parcel whose inside would be smaller than an input cell gets half the inner buffer, then a quarter, then none.

    Args:
        file: the parcels, in any coordinate system.
        grid: the output grid of the mapped window.
        magnification: cells a side of an input cell.
        inner_buffer_m: metres; 0 for none.

    Raises:
        RegionError: if the file's coordinate system cannot be related to the grid's, or no parcel touches the map.
    """
    shapes, touches = _on_grid(file, grid)
    if not touches.any():
        left, bottom, right, top = grid.bounds
        raise RegionError(
            f"{file.path.name}: none of its {len(file.outlines)} parcels touches the map, which covers {left:.10g} to "
            f"{right:.10g} east, {bottom:.10g} to {top:.10g} north in {grid.crs[:40]}.",
            "Give the parcels of the mapped region.",
        )
    buffers = np.full(len(file.outlines), np.nan)
    insides, buffers[touches] = shrink(shapes, grid.crs, inner_buffer_m, cell_area_m2(grid) * magnification**2)
    return _layer(insides, np.flatnonzero(touches), inner_buffer_m, buffers, grid)


def shrink(shapes: npt.NDArray[Any], crs: str, buffer_m: float, least_m2: float) -> tuple[npt.NDArray[Any], Floats]:
    """Polygons less an inner buffer, and the buffer that each got.

    In geographic coordinates each polygon is drawn in a metric plane of its own first (equirectangular, true at its
    middle), so that the buffer is as wide in both directions.

    Args:
        shapes: (N,) valid polygons.
        crs: their coordinate system.
        buffer_m: metres.
        least_m2: an inside that is smaller gets a smaller buffer, see FRACTIONS.
    """
    boxes = shapely.bounds(shapes)
    scale = np.stack(metres_per_unit(crs, (boxes[:, 1] + boxes[:, 3]) / 2), axis=1)
    metric = _scaled(shapes, scale)
    used = np.zeros(len(shapes))
    out = metric.copy()
    left = np.arange(len(shapes))
    for fraction in FRACTIONS:
        if fraction == 0 or buffer_m == 0:
            break
        tried = left[_most_inside(metric[left], fraction * buffer_m) >= least_m2]
        insides = shapely.buffer(metric[tried], -fraction * buffer_m, quad_segs=4)
        enough = shapely.area(insides) >= least_m2
        out[tried[enough]], used[tried[enough]] = insides[enough], fraction * buffer_m
        left = np.setdiff1d(left, tried[enough], assume_unique=True)
    return _scaled(out, 1 / scale), used


def _most_inside(shapes: npt.NDArray[Any], buffer_m: float) -> Floats:
    """What the insides of polygons can measure at most: cheaper than to shrink the many that are too small.

    That of their boxes; and by Brunn and Minkowski the root of an area is at least the sum of those of the inside and
    of the disc that it is grown by.
    """
    left, bottom, right, top = shapely.bounds(shapes).T
    boxes = np.maximum(right - left - 2 * buffer_m, 0) * np.maximum(top - bottom - 2 * buffer_m, 0)
    roots = np.sqrt(shapely.area(shapes)) - math.sqrt(math.pi) * buffer_m
    return np.asarray(np.minimum(np.nan_to_num(boxes), np.maximum(roots, 0) ** 2))


def _on_grid(file: ParcelFile, grid: Grid) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Outlines that touch the box around a grid, in its coordinate system, and which those are."""
    try:
        source, target = CRS.from_user_input(file.crs), CRS.from_user_input(grid.crs)
        bounds = grid.bounds
        if source != target:
            bounds = transform_bounds(target, source, *bounds, densify_pts=EDGE_POINTS)
        left, bottom, right, top = bounds
        boxes = shapely.bounds(file.outlines)
        touches = (boxes[:, 0] <= right) & (boxes[:, 2] >= left) & (boxes[:, 1] <= top) & (boxes[:, 3] >= bottom)
        shapes = file.outlines[touches]
        if source != target:
            shapes = reproject(shapes, source, target, grid)
    except Exception as error:  # GDAL's own kinds of error come through here, and rasterio does not export them
        raise RegionError(
            f"{file.path.name}: the parcels' coordinate system cannot be used here ({error}).", "Reproject them first."
        ) from error
    return shapes, touches


def _scaled(shapes: npt.NDArray[Any], scale: Floats) -> npt.NDArray[Any]:
    """Polygons with their coordinates multiplied, by (N, 2)."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    # set_coordinates writes into the array that it is given
    return np.asarray(shapely.set_coordinates(shapes.copy(), points * scale[owner]))


def _layer(insides: npt.NDArray[Any], numbers: Ints, asked_m: float, buffers: Floats, grid: Grid) -> ParcelLayer:
    parts, part_owner = shapely.get_parts(insides, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    owner = numbers[part_owner[ring_part[point_ring]]]
    inverse = ~grid.transform
    points = points @ np.array([[inverse.a, inverse.d], [inverse.b, inverse.e]]) + (inverse.c, inverse.f)
    ends = np.append(point_ring[1:] != point_ring[:-1], True) if len(points) else np.zeros(0, dtype=bool)
    first = np.searchsorted(owner, np.arange(len(buffers) + 1))
    boxes = np.zeros((len(buffers), 4))
    has = np.flatnonzero(first[1:] > first[:-1])
    if len(has):
        for column, ufunc, axis in ((0, np.minimum, 0), (1, np.maximum, 0), (2, np.minimum, 1), (3, np.maximum, 1)):
            boxes[has, column] = ufunc.reduceat(points[:, axis], first[has])
    return ParcelLayer(asked_m, buffers, points, ends, first.astype(np.int64), boxes)


def _within(lengths: Ints) -> Ints:
    """0 .. n - 1 for each of the lengths n, one after the other."""
    stops = np.cumsum(lengths)
    return np.arange(stops[-1] if len(stops) else 0) - np.repeat(stops - lengths, lengths)
