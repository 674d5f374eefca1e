"""The ground of the images in the coordinate systems of parcel files, and the way from these to the grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from backend.errors import GridError
from backend.grid import Grid
from training.parcel_features import Box
from training.parcels import GeometryArray

_DENSIFY = 21
"""Points per edge of the grid's box when it is carried into another coordinate system (edges bend)."""


class ImageGround:
    """The ground that a grid covers."""

    def __init__(self, path: Path, grid: Grid) -> None:
        """The outline of a grid, also of a rotated one.

        Args:
            path: the parcels' file, for messages.
            grid: that of the images.
        """
        self._path, self._grid = path, grid
        corners = ((0, 0), (grid.width, 0), (grid.width, grid.height), (0, grid.height))
        self._outline = shapely.Polygon([grid.transform * corner for corner in corners])
        shapely.prepare(self._outline)
        self._transformers: dict[str, tuple[Transformer, Transformer]] = {}

    def touches(self, geometry: GeometryArray) -> NDArray[np.bool_]:
        """(n,) which geometries in the grid's coordinate system touch it."""
        return np.asarray(shapely.intersects(self._outline, geometry), dtype=np.bool_)

    def box(self, crs: str) -> Box:
        """The box around it in another coordinate system.

        Raises:
            GridError: if the ground cannot be carried there.
        """
        to_file = self._both_ways(crs)[1]
        try:
            box = to_file.transform_bounds(*self._grid.bounds, densify_pts=_DENSIFY, errcheck=True)
        except ProjError as error:
            raise GridError(
                f"{self._path.name}: the images lie outside of the area of the parcels' coordinate system ({error})."
            ) from error
        west, south, east, north = (float(value) for value in box)
        if west > east:
            # the box runs over the 180th meridian: read all around, what does not touch is dropped later
            west, east = -180.0, 180.0
        return west, south, east, north

    def reproject(self, geometry: GeometryArray, crs: str) -> GeometryArray:
        """(n,) geometries carried into the grid's coordinate system; what leaves its area becomes empty.

        Raises:
            GridError: if there is no transformation.
        """
        out: GeometryArray = np.array(geometry, dtype=np.object_)
        if not len(out):
            return out
        x, y = self._both_ways(crs)[0].transform(*shapely.get_coordinates(out).T)
        moved = np.column_stack((x, y))
        lost = ~np.isfinite(moved).all(axis=1)
        if lost.any():
            owner = shapely.get_coordinates(out, return_index=True)[1]
            moved[lost] = 0.0
            shapely.set_coordinates(out, moved)
            out[np.unique(owner[lost])] = shapely.Polygon()
            return out
        shapely.set_coordinates(out, moved)
        return out

    def _both_ways(self, crs: str) -> tuple[Transformer, Transformer]:
        """From a coordinate system to the grid's, and back."""
        if crs not in self._transformers:
            try:
                src, dst = CRS.from_user_input(crs), CRS.from_user_input(self._grid.crs)
                self._transformers[crs] = (
                    Transformer.from_crs(src, dst, always_xy=True),
                    Transformer.from_crs(dst, src, always_xy=True),
                )
            except (CRSError, ProjError) as error:
                raise GridError(
                    f"{self._path.name}: the parcels cannot be carried into the images' coordinate system ({error})."
                ) from error
        return self._transformers[crs]
