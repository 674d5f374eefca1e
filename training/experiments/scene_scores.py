"""Figures of one map of a scene that can be added up over scenes: counts, not shares. Reads no files."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.edges import TOLERANCES_M, boundary_cells, boundary_f1, edge_distance, edge_profile
from training.metrics import confusion

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]


def score_scene(
    mapped: IntArray,
    classes: IntArray,
    parcels: IntArray,
    counts: BoolArray,
    resolution_m: float,
    num_classes: int,
    boundary: BoolArray | None = None,
) -> dict[str, Any]:
    """Count what is right, at boundaries, inside and by distance from the edge (training.edges).

    Args:
        mapped: (H, W) class codes of the map on the label grid.
        classes: (H, W) true codes, 255 where unknown.
        parcels: (H, W) parcel ids, 0 for none.
        counts: (H, W) cells that count.
        resolution_m: width of a cell.
        num_classes: K.
        boundary: (H, W) cells that the boundary layer calls boundary, where there is one.

    Returns:
        confusion (K x K) of all, boundary and interior cells; profile: per group and band [cells, right]; map_edges
        (where the map's class changes) and, with a layer, boundary_layer: precision, recall and F1 by tolerance.
    """
    on_boundary = boundary_cells(classes)
    out: dict[str, Any] = {}
    for name, chosen in (("all", counts), ("boundary", counts & on_boundary), ("interior", counts & ~on_boundary)):
        out[f"confusion_{name}"] = confusion(classes, mapped, num_classes, chosen).tolist()
    profile = edge_profile(classes, parcels, mapped, resolution_m, counts, edge_distance(parcels, resolution_m))
    out["profile"] = {
        group: [[band["cells"], round((band["accuracy"] or 0) * band["cells"])] for band in bands]
        for group, bands in profile.items()
    }
    # neighbouring fields of one crop have no edge in a map of crops: they are not asked of it
    out["map_edges"] = boundary_f1(boundary_cells(mapped), on_boundary, resolution_m, TOLERANCES_M, counts)
    if boundary is not None:
        out["boundary_layer"] = boundary_f1(
            boundary, boundary_cells(classes, parcels), resolution_m, TOLERANCES_M, counts
        )
    return out
