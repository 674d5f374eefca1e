"""The region to be mapped: polygons of a vector file, on the series' grid. Knows nothing of images or models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.crs import CRS
from rasterio.features import rasterize
from rasterio.warp import transform as transform_coordinates
from rasterio.warp import transform_bounds

from .errors import DamagedFileError, InputError, RegionError
from .grid import Grid, Window

POLYGON_TYPES = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
EDGE_POINTS = 32
"""Edges across the images are split into about this many parts before they are reprojected."""


@dataclass(frozen=True)
class Region:
    """Polygons in the grid's coordinate system, and the window of the grid that they touch."""

    polygons: tuple[Any, ...]
    window: Window

    def mask(self, grid: Grid, touched: bool = False) -> npt.NDArray[np.bool_]:
        """True for the cells of `grid` whose centre lies in a polygon, or with `touched` any part of them, (H, W)."""
        burnt = rasterize(
            self.polygons, out_shape=grid.shape, transform=grid.transform, all_touched=touched, dtype="uint8"
        )
        return np.asarray(burnt, dtype=bool)

    def touches(self, grid: Grid, windows: Sequence[Window]) -> npt.NDArray[np.bool_]:
        """Which windows of a grid, in cells, have ground in common with the polygons; (N,)."""
        corners = [
            [grid.transform * (col, row) for row, col in (
                (window.row, window.col), (window.row, window.col_stop), (window.row_stop, window.col_stop),
                (window.row_stop, window.col),
            )]
            for window in windows
        ]  # fmt: skip
        found = np.zeros(len(windows), dtype=bool)
        if windows:
            found[shapely.STRtree(self.polygons).query(shapely.polygons(corners), predicate="intersects")[0]] = True
        return found


def read_region(path: Path, grid: Grid) -> Region:
    """Read the polygons of a vector file that touch the grid.

    Args:
        path: any vector file that OGR reads; its first layer, in any coordinate system.
        grid: the grid of the series.

    Raises:
        InputError: if there is no such file.
        DamagedFileError: if it is not a vector file.
        RegionError: if it has no coordinate system, no polygons, or none that touches the grid.
    """
    if not path.exists():
        raise InputError(f"There is no region file {path}.", "Check the path of the region.")
    try:
        meta, _, geometry, _ = pyogrio.raw.read(path, columns=[])
    except (DataSourceError, DataLayerError) as error:
        raise DamagedFileError(
            f"{path.name}: expected a vector file, but it cannot be read ({str(error).splitlines()[0]}).",
            "Give a GeoPackage, Shapefile or GeoJSON.",
        ) from error
    try:
        shapes = shapely.from_wkb(geometry) if geometry is not None else np.array([], dtype=object)
        shapes = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
        if not np.isfinite(shapely.get_coordinates(shapes)).all():
            raise RegionError(f"{path.name}: an outline has a corner that is no number.", "Repair the layer.")
        shapes = _polygons(shapely.make_valid(shapes))
    except shapely.errors.GEOSException as error:
        raise DamagedFileError(
            f"{path.name}: its outlines cannot be read ({str(error).splitlines()[0]}).", "Repair the layer."
        ) from error
    if len(shapes) == 0:
        raise RegionError(f"{path.name}: the region has no polygon.", "Choose a layer of polygons.")
    if not meta["crs"]:
        raise RegionError(f"{path.name}: the region has no coordinate system.", "Assign its projection first.")
    try:
        source, target = CRS.from_user_input(meta["crs"]), CRS.from_user_input(grid.crs)
        if source != target:
            shapes = _polygons(reproject(shapes, source, target, grid))
    except Exception as error:  # GDAL's own kinds of error come through here, and rasterio does not export them
        raise RegionError(
            f"{path.name}: the region's coordinate system cannot be used here ({error}).", "Reproject it first."
        ) from error
    window = _touched_window(shapes, grid)
    if window.is_empty:
        left, bottom, right, top = grid.bounds
        raise RegionError(
            f"{path.name}: the region does not touch the images (they cover {left:.10g} to {right:.10g} east, "
            f"{bottom:.10g} to {top:.10g} north in {grid.crs[:40]}).",
            "Choose a region over the images.",
        )
    return Region(tuple(shapes), window)


def _polygons(shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    polygons: npt.NDArray[Any] = parts[np.isin(shapely.get_type_id(parts), POLYGON_TYPES) & ~shapely.is_empty(parts)]
    return polygons


def reproject(shapes: npt.NDArray[Any], source: CRS, target: CRS, grid: Grid) -> npt.NDArray[Any]:
    """Polygons in the coordinate system of a grid; what is far off is cut away, as it may have no place there.

    Args:
        shapes: (N,) valid polygons.
        source: their coordinate system.
        target: that of the grid.
        grid: what lies further off than its longer side becomes empty.

    Returns:
        (N,), edges across the images split, since they are straight in one coordinate system only.
    """
    left, bottom, right, top = transform_bounds(target, source, *grid.bounds, densify_pts=EDGE_POINTS)
    side = max(right - left, top - bottom)
    near = shapely.box(left - side, bottom - side, right + side, top + side)
    shapes = shapely.segmentize(shapely.intersection(shapes, near), 3 * side / EDGE_POINTS)
    return np.asarray(
        shapely.transform(
            shapes, lambda points: np.column_stack(transform_coordinates(source, target, points[:, 0], points[:, 1]))
        )
    )


def _touched_window(shapes: npt.NDArray[Any], grid: Grid) -> Window:
    """The cells of the grid around the part of the polygons that lies on it."""
    corners = [grid.transform * xy for xy in ((0, 0), (grid.width, 0), (grid.width, grid.height), (0, grid.height))]
    inside = shapely.intersection(shapely.make_valid(shapes), shapely.Polygon(corners))
    inside = inside[shapely.area(inside) > 0]
    if len(inside) == 0:
        return Window(0, 0, 0, 0)
    columns_rows = shapely.get_coordinates(
        shapely.transform(inside, lambda points: np.array([~grid.transform * tuple(point) for point in points]))
    )
    (col, row), (col_stop, row_stop) = columns_rows.min(axis=0), columns_rows.max(axis=0)
    tolerance = 1e-6
    top, left = math.floor(row + tolerance), math.floor(col + tolerance)
    bottom, right = math.ceil(row_stop - tolerance), math.ceil(col_stop - tolerance)
    return Window(top, left, bottom - top, right - left).intersect(grid.window)
