"""What happens at the edges of parcels: boundary cells, distances, accuracy by distance, boundary F1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from training.classes import UNKNOWN

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

EDGE_BANDS_M = (0.0, 5.0, 10.0, 20.0, math.inf)
"""Limits of the edge profile: (0, 5], (5, 10], (10, 20] and more than 20 m from a parcel's edge."""
INSIDE_M = 10.0
"""A parcel's inside lies further than this from its edge."""
TOLERANCES_M = (2.5, 5.0, 10.0)


def boundary_cells(*planes: IntArray) -> BoolArray:
    """Cells that differ from one of their eight neighbours in one of the planes (H, W).

    What lies beyond the image is no neighbour. Unknown is a label like any other here: a field next to
    undeclared ground has its edge there.
    """
    out = np.zeros(planes[0].shape, dtype=np.bool_)
    height, width = planes[0].shape[0], planes[0].shape[1]
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        near = (slice(0, height - dy), slice(max(-dx, 0), width - max(dx, 0)))
        far = (slice(dy, height), slice(max(dx, 0), width - max(-dx, 0)))
        for plane in planes:
            differs = plane[near] != plane[far]
            out[near] |= differs
            out[far] |= differs
    return out


def edge_distance(parcels: IntArray, resolution_m: float) -> NDArray[np.float64]:
    """Distance from each cell's centre to the nearest edge between two cells with different ids, metres.

    To the edge itself, not to the next cell's centre, so that the figures of coarse and fine grids can be
    compared: a cell at the edge is half a cell away. Infinite where there is no edge.

    Args:
        parcels: (H, W) parcel ids, 0 for none.
        resolution_m: width of a cell.
    """
    height, width = parcels.shape
    # cells at even places, edges and corners between them; the foot of a perpendicular always is such a place
    is_edge = np.zeros((2 * height - 1, 2 * width - 1), dtype=np.bool_)
    is_edge[::2, 1::2] = parcels[:, 1:] != parcels[:, :-1]
    is_edge[1::2, ::2] = parcels[1:] != parcels[:-1]
    is_edge[1::2, 1::2] = is_edge[:-1:2, 1::2] | is_edge[2::2, 1::2] | is_edge[1::2, :-1:2] | is_edge[1::2, 2::2]
    if not is_edge.any():
        return np.full(parcels.shape, np.inf)
    distance: NDArray[np.float64] = distance_transform_edt(~is_edge, sampling=resolution_m / 2)[::2, ::2]
    return distance


def edge_profile(
    y_true: IntArray,
    parcels: IntArray,
    y_pred: IntArray,
    resolution_m: float,
    mask: BoolArray | None = None,
    distance_m: NDArray[np.float64] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Accuracy in parcels by the distance from the parcel's edge.

    Args:
        y_true: (H, W) classes.
        parcels: (H, W) parcel ids; only cells with one count, but whatever lies next to a parcel makes its
        edge.
        y_pred: (H, W) mapped classes.
        resolution_m: width of a cell.
        mask: cells that count.
        distance_m: edge_distance(parcels), if it is at hand.

    Returns:
        Under "all" and "inside_right" (only parcels whose majority further than INSIDE_M from the edge, or
        of the whole parcel where nothing is, has the right class) one entry per band: from_m, to_m, cells,
        accuracy.
    """
    distance = edge_distance(parcels, resolution_m) if distance_m is None else distance_m
    counts = (parcels > 0) & (y_true != UNKNOWN) & (y_pred != UNKNOWN)
    if mask is not None:
        counts &= mask
    ids, row = np.unique(parcels[counts], return_inverse=True)
    truth, mapped, away = y_true[counts], y_pred[counts], distance[counts]
    right = truth == mapped
    inside = away > INSIDE_M
    has_inside = np.bincount(row, inside, minlength=len(ids)) > 0
    judged = inside | ~has_inside[row]
    voted = majority(row[judged], mapped[judged], len(ids))
    own = majority(row, truth, len(ids))
    is_right_inside = (voted == own)[row]

    def bands(chosen: BoolArray) -> list[dict[str, Any]]:
        within = [chosen & (away > low) & (away <= high) for low, high in pairwise(EDGE_BANDS_M)]
        return band_entries(
            [np.count_nonzero(here) for here in within], [np.count_nonzero(here & right) for here in within]
        )

    return {"all": bands(np.ones(len(row), dtype=np.bool_)), "inside_right": bands(is_right_inside)}


def band_entries(cells: Sequence[Any] | IntArray, right: Sequence[Any] | IntArray) -> list[dict[str, Any]]:
    """The edge profile's entries from the cells of each band and those that are right."""
    return [
        {"from_m": low, "to_m": _finite(high), "cells": int(count), "accuracy": ratio(hits, count)}
        for (low, high), count, hits in zip(pairwise(EDGE_BANDS_M), cells, right, strict=True)
    ]


def majority(group: IntArray, values: IntArray, num_groups: int) -> NDArray[np.int64]:
    """The most frequent value (0-255) of each group; the lower one of equals, -1 for an empty group.

    Args:
        group: (N,) 0 .. num_groups - 1.
        values: (N,).
        num_groups: G.
    """
    top = int(values.max(initial=0)) + 1
    votes = np.bincount(group.astype(np.int64) * top + values, minlength=num_groups * top).reshape(num_groups, top)
    return np.where(votes.any(axis=1), votes.argmax(axis=1), -1)


def boundary_f1(
    predicted: BoolArray,
    true: BoolArray,
    resolution_m: float,
    tolerances_m: Sequence[float] = TOLERANCES_M,
    known: BoolArray | None = None,
) -> list[dict[str, Any]]:
    """Precision, recall and F1 of boundary cells, a hit being within a tolerance of the other's nearest one.

    Args:
        predicted: (H, W) cells mapped as boundary.
        true: (H, W) cells that are boundary.
        resolution_m: width of a cell; distances are between cells' centres.
        tolerances_m: in metres.
        known: cells that count as hit or miss; cells beyond may still be the nearest one.
    """
    counted = np.ones(true.shape, dtype=np.bool_) if known is None else known

    def distances(of: BoolArray, to: BoolArray) -> NDArray[np.float64]:
        if not to.any():
            return np.full(int(np.count_nonzero(of & counted)), np.inf)
        values: NDArray[np.float64] = distance_transform_edt(~to, sampling=resolution_m)[of & counted]
        return values

    off_truth, off_map = distances(predicted, true), distances(true, predicted)
    out = []
    for tolerance in tolerances_m:
        limit = tolerance * (1 + 1e-9)
        precision = ratio(np.count_nonzero(off_truth <= limit), len(off_truth))
        recall = ratio(np.count_nonzero(off_map <= limit), len(off_map))
        f1 = f1_of(precision, recall)
        out.append({"tolerance_m": float(tolerance), "precision": precision, "recall": recall, "f1": f1})
    return out


def f1_of(precision: float | None, recall: float | None) -> float | None:
    """Their harmonic mean; 0 where only one can be told, None where neither can."""
    if precision is None and recall is None:
        return None
    if not precision or not recall:
        return 0.0
    return 2 * precision * recall / (precision + recall)


def _finite(value: float) -> float | None:
    return None if math.isinf(value) else value


def ratio(part: Any, whole: Any) -> float | None:
    """part / whole, None where there is nothing to divide by."""
    return float(part) / float(whole) if whole else None
