"""Lengths on the ground of a coordinate system's units. Reprojects nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from rasterio.crs import CRS

SEMI_MAJOR, ECCENTRICITY2 = 6378137.0, 0.00669437999014
"""Of the WGS 84 ellipsoid, metres and none."""


def metres_per_unit(crs: str, y: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Metres per unit along x and along y, near places.

    For geographic coordinates by the radii of curvature of the WGS 84 ellipsoid at that latitude, for projected ones
    the map's own unit, without the projection's scale error (UTM: below 0.1 %).

    Args:
        crs: as rasterio's CRS.from_user_input takes it.
        y: (N,) coordinates of the places along y.

    Returns:
        (N,) each.
    """
    system = CRS.from_user_input(crs)
    if not system.is_geographic:
        unit = np.full(y.shape, system.linear_units_factor[1], dtype=np.float64)
        return unit, unit
    latitude = np.radians(y)
    root = 1 - ECCENTRICITY2 * np.sin(latitude) ** 2
    degree = np.pi / 180
    return (
        np.asarray(degree * SEMI_MAJOR * np.cos(latitude) / root**0.5),
        np.asarray(degree * SEMI_MAJOR * (1 - ECCENTRICITY2) / root**1.5),
    )
