"""Parcels that are one field: in two years, or declared twice. Assigns nothing to splits.

Two parcels are the same field where one has more than half of its area in the other. A field that is divided or
joined in another year is found so; neighbours whose borders were drawn a little over each other are not.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from training.parcels import GeometryArray

SAME_SHARE = 0.5
"""More than this share of a parcel's area lies in the other."""


def join_blocks(geometry: GeometryArray, blocks: NDArray[np.int64]) -> NDArray[np.int64]:
    """One block for all parcels of the same field: that of the largest, of equally large ones the first's.

    Args:
        geometry: (N,) parcels, of one year or of several.
        blocks: (N, 2) row and column of the block in which each lies.

    Returns:
        (N, 2) the same, but for fields whose parcels lie in several blocks.
    """
    if not len(geometry):
        return blocks
    area = np.asarray(shapely.area(geometry), dtype=np.float64)
    first, second = _box_pairs(geometry, area)
    # only fields in several blocks need the exact overlaps
    field = _fields(len(geometry), first, second)
    across = (blocks[first] != blocks[second]).any(axis=1)
    take = np.isin(field[first], field[first[across]])
    first, second = first[take], second[take]
    same = _is_same(geometry[first], geometry[second])
    field = _fields(len(geometry), first[same], second[same])
    order = np.lexsort((np.arange(len(area)), -area, field))
    leads = order[np.unique(field[order], return_index=True)[1]]
    return blocks[leads[field]]


def in_others(geometry: GeometryArray, others: GeometryArray) -> NDArray[np.bool_]:
    """(N,) whether a parcel is the same field as one of (M,) others in the same coordinate system."""
    mine, other = shapely.STRtree(others).query(geometry, predicate="intersects")
    found = np.zeros(len(geometry), dtype=np.bool_)
    found[mine[_is_same(geometry[mine], others[other])]] = True
    return found


def _is_same(first: GeometryArray, second: GeometryArray) -> NDArray[np.bool_]:
    """(P,) whether the parcels of each pair are the same field."""
    least = SAME_SHARE * np.minimum(shapely.area(first), shapely.area(second))
    return np.asarray(shapely.area(shapely.intersection(first, second)) > least, dtype=np.bool_)


def _box_pairs(geometry: GeometryArray, area: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs (a < b) that could be the same field as far as their boxes tell."""
    first, second = shapely.STRtree(geometry).query(geometry)
    below = first < second
    first, second = first[below], second[below]
    box = shapely.bounds(geometry)
    low = np.maximum(box[first, :2], box[second, :2])
    high = np.minimum(box[first, 2:], box[second, 2:])
    close = np.prod(np.maximum(high - low, 0.0), axis=1) > SAME_SHARE * np.minimum(area[first], area[second])
    return first[close], second[close]


def _fields(size: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """(size,) number of the field of each parcel, where pairs are of one field."""
    links = coo_array((np.ones(len(first), dtype=np.bool_), (first, second)), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)
