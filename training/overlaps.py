"""Ground that more than one parcel claims. Changes no parcel."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from training.parcels import GeometryArray, areas_m2, metres_per_unit

LEAST_M2 = 1.0
"""Smaller overlaps are digitising and snapping noise."""
_METRES_PER_DEGREE = 111_700.0
"""No degree on the ellipsoid is longer: an upper bound, used to pass over boxes that share too little."""


def find_overlaps(
    geometry: GeometryArray, crs: str, least_m2: float = LEAST_M2
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of polygons that share more ground than noise, largest first.

    Neighbours that only touch are the rule and cost next to nothing: their boxes share too little, or DE-9IM says
    that their insides do not meet; only what is left is intersected.

    Args:
        geometry: (N,) valid polygons and multipolygons in `crs`.
        crs: their coordinate system.
        least_m2: smaller overlaps are left out.

    Returns:
        (M, 2) positions, the lower first, and (M,) square metres.

    Raises:
        GridError: if `crs` names no coordinate system.
    """
    first, second = shapely.STRtree(geometry).query(geometry)
    first, second = first[first < second], second[first < second]
    boxes = shapely.bounds(geometry)
    low = np.maximum(boxes[first, :2], boxes[second, :2])
    high = np.minimum(boxes[first, 2:], boxes[second, 2:])
    unit = metres_per_unit(crs) or _METRES_PER_DEGREE
    shared = np.prod(np.maximum(high - low, 0.0), axis=1) * unit**2 > least_m2
    first, second = first[shared], second[shared]
    shared = shapely.relate_pattern(geometry[first], geometry[second], "T********")
    first, second = first[shared], second[shared]
    common = shapely.intersection(geometry[first], geometry[second])
    area = areas_m2(_polygons_only(common), crs)
    listed = np.flatnonzero(area > least_m2)
    order = listed[np.lexsort((second[listed], first[listed], -area[listed]))]
    return np.column_stack((first[order], second[order])).astype(np.int64), area[order]


def _polygons_only(common: GeometryArray) -> GeometryArray:
    """Intersections without the lines and points along which the same two parcels touch."""
    out: GeometryArray = np.array(common, dtype=np.object_)
    for row in np.flatnonzero(shapely.get_dimensions(out) < 2):
        out[row] = shapely.Polygon()
    for row in np.flatnonzero(shapely.get_type_id(out) == 7):
        parts = shapely.get_parts(out[row])
        out[row] = shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
    return out
