"""Figures of METHOD.md section 7 for a map and its label planes. Reads and draws nothing, needs no torch.

Cells whose class is unknown (255) never count, nor do cells that the map leaves open (no valid date); how
many these are is reported. Figures without a single cell behind them are None, so that the reports are
valid JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.classes import UNKNOWN
from training.edges import TOLERANCES_M, boundary_cells, boundary_f1, edge_distance, edge_profile, majority, ratio
from training.labels import FULLY_ASSIGNED
from training.upsampling import block_mean, upsample_bilinear, upsample_nearest

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

SIZES_HA = (0.0, 0.5, 2.0, math.inf)
"""Limits of the parcel sizes: < 0.5, 0.5-2, >= 2 ha."""
ECE_BINS = 15
_Z95 = 1.959963984540054
_RESAMPLES = 1000
_CLUSTER_M = 100.0
"""Ground outside of parcels is resampled in squares of this size."""


def confusion(y_true: IntArray, y_pred: IntArray, num_classes: int, mask: BoolArray | None = None) -> NDArray[np.int64]:
    """(K, K) counts, rows the truth, columns the map; cells unknown in either are left out.

    Args:
        y_true: codes 0 .. num_classes - 1 or UNKNOWN, any shape.
        y_pred: likewise, same shape.
        num_classes: K.
        mask: cells that count; all where None.
    """
    counts = (y_true != UNKNOWN) & (y_pred != UNKNOWN)
    if mask is not None:
        counts &= mask
    pairs = y_true[counts].astype(np.int64) * num_classes + y_pred[counts]
    return np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes)


def overall_accuracy(matrix: NDArray[np.int64]) -> float | None:
    """Share of the cells that are right."""
    return ratio(np.trace(matrix), matrix.sum())


def class_figures(matrix: NDArray[np.int64]) -> dict[int, dict[str, Any]]:
    """IoU, F1, precision and recall of each class that occurs in truth or map, by code.

    IoU = TP / (TP + FP + FN), F1 = 2 TP / (2 TP + FP + FN).
    """
    hits, truth, mapped = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    return {
        int(k): {
            "iou": ratio(hits[k], truth[k] + mapped[k] - hits[k]),
            "f1": ratio(2 * hits[k], truth[k] + mapped[k]),
            "precision": ratio(hits[k], mapped[k]),
            "recall": ratio(hits[k], truth[k]),
            "cells_true": int(truth[k]),
            "cells_mapped": int(mapped[k]),
        }
        for k in np.flatnonzero(truth + mapped)
    }


def mean_iou(matrix: NDArray[np.int64]) -> float | None:
    """Mean IoU over the classes that occur in the truth."""
    return _mean_over_truth(matrix, "iou")


def macro_f1(matrix: NDArray[np.int64]) -> float | None:
    """Mean F1 over the classes that occur in the truth."""
    return _mean_over_truth(matrix, "f1")


def summarise(matrix: NDArray[np.int64]) -> dict[str, Any]:
    """Accuracy, mIoU and macro F1 with the number of cells and of classes behind them."""
    return {
        "overall_accuracy": overall_accuracy(matrix),
        "miou": mean_iou(matrix),
        "macro_f1": macro_f1(matrix),
        "cells": int(matrix.sum()),
        "classes": int(np.count_nonzero(matrix.sum(axis=1))),
    }


def parcel_accuracy(
    y_true: IntArray,
    parcels: IntArray,
    probabilities: FloatArray,
    codes: IntArray,
    resolution_m: float,
    mask: BoolArray | None = None,
) -> list[dict[str, Any]]:
    """Share of parcels with the right class, by the majority of their cells and by their mean probability.

    Args:
        y_true: (H, W) classes.
        parcels: (H, W) parcel ids, 0 for none.
        probabilities: (K, H, W), NaN where not mapped.
        codes: (K,) class code of each channel.
        resolution_m: width of a cell; a parcel's size is that of all its cells in `parcels`.
        mask: cells that count; a parcel without one does not.

    Returns:
        One entry for all parcels and one per size: size, parcels, by_majority and by_mean_probability, each
        with the share and its 95 % interval (Wilson).
    """
    counts = (parcels > 0) & (y_true != UNKNOWN) & np.isfinite(probabilities[0])
    if mask is not None:
        counts &= mask
    ids, row = np.unique(parcels[counts], return_inverse=True)
    chosen = probabilities[:, counts]
    own = majority(row, y_true[counts], len(ids))
    voted = majority(row, codes[chosen.argmax(axis=0)], len(ids))
    sums = np.array([np.bincount(row, channel, minlength=len(ids)) for channel in chosen])
    meant = codes[sums.argmax(axis=0)] if len(ids) else np.zeros(0, dtype=np.int64)
    area_ha = np.bincount(parcels.ravel(), minlength=int(ids.max(initial=0)) + 1)[ids] * resolution_m**2 / 1e4

    def entry(size: str, here: BoolArray) -> dict[str, Any]:
        total = int(np.count_nonzero(here))
        out: dict[str, Any] = {"size": size, "parcels": total}
        for name, values in (("by_majority", voted), ("by_mean_probability", meant)):
            right = int(np.count_nonzero((values == own) & here))
            out[name] = {"accuracy": ratio(right, total), "interval_95": wilson(right, total)}
        return out

    entries = [entry("all", np.ones(len(ids), dtype=np.bool_))]
    for low, high in pairwise(SIZES_HA):
        size = f"< {high:g} ha" if low == 0 else f">= {low:g} ha" if math.isinf(high) else f"{low:g}-{high:g} ha"
        entries.append(entry(size, (area_ha >= low) & (area_ha < high)))
    return entries


def wilson(hits: int, total: int) -> list[float] | None:
    """95 % interval of a share (Wilson 1927); None without observations."""
    if not total:
        return None
    share, z2 = hits / total, _Z95**2 / total
    centre = (share + z2 / 2) / (1 + z2)
    half = math.sqrt(z2 * share * (1 - share) + z2**2 / 4) / (1 + z2)
    return [max(0.0, centre - half), min(1.0, centre + half)]


def cluster_interval(right: BoolArray, cluster: IntArray, seed: int = 0) -> list[float] | None:
    """95 % interval of a share of cells, by drawing whole clusters (parcels) again.

    Cells of one parcel are no evidence of their own. Percentile bootstrap with a fixed seed; None with fewer
    than two clusters.

    Args:
        right: (N,) cells.
        cluster: (N,) which cluster each belongs to.
        seed: of the draws.
    """
    _, row = np.unique(cluster, return_inverse=True)
    cells = np.bincount(row)
    if len(cells) < 2:
        return None
    hits = np.bincount(row, right)
    generator = np.random.default_rng(seed)
    shares = []
    for _ in range(_RESAMPLES):
        drawn = generator.integers(0, len(cells), len(cells))
        shares.append(hits[drawn].sum() / cells[drawn].sum())
    low, high = np.percentile(shares, (2.5, 97.5))
    return [float(low), float(high)]


def calibration_error(confidence: FloatArray, right: BoolArray, bins: int = ECE_BINS) -> float | None:
    """Expected calibration error: mean |accuracy - confidence| over equally wide bins, by their cells.

    Guo et al. 2017, "On calibration of modern neural networks".

    Args:
        confidence: (N,) probability of the mapped class.
        right: (N,) whether that class is the true one.
        bins: number of bins over 0-1.
    """
    if not len(confidence):
        return None
    # a bin holds its upper end, as in the paper: (0, 1/15], ... (14/15, 1]
    which = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    gap = np.bincount(which, right, minlength=bins) - np.bincount(which, confidence, minlength=bins)
    return float(np.abs(gap).sum() / len(confidence))


def evaluate_map(
    probabilities: FloatArray,
    classes: IntArray,
    parcels: IntArray,
    *,
    resolution_m: float,
    magnification: int,
    codes: Sequence[int] | None = None,
    boundary: FloatArray | None = None,
    boundary_threshold: float = 0.5,
    flags: IntArray | None = None,
    mask: BoolArray | None = None,
) -> dict[str, Any]:
    """All figures of METHOD.md section 7 for one region, as what json.dumps takes.

    Args:
        probabilities: (K, H, W) on the label grid; NaN or all 0 where not mapped.
        classes: (H, W) legend codes, UNKNOWN where not known.
        parcels: (H, W) parcel ids, 0 for none.
        resolution_m: width of a label cell.
        magnification: label cells per image cell; above 1 the map also stands beside what the same
        probabilities
            give at image resolution, upsampled.
        codes: (K,) legend code of each channel; 0 .. K - 1 where None.
        boundary: (H, W) probability that class or parcel changes; NaN where not mapped.
        boundary_threshold: from here on a cell counts as boundary.
        flags: (H, W) flags of the labels: cells that lie fully in parcels of two classes are left out.
        mask: (H, W) cells that count, e.g. those of the test split. Neighbours outside still make boundaries.

    Returns:
        map, and above magnification 1 nearest and bilinear: each with overall_accuracy, miou, macro_f1,
        boundary, interior and edge_profile; map also with its interval and per_class. Then boundary_f1 (per
        tolerance), parcels (per size), ece, area (pixel counts, biased), cells, unmapped_cells.

    Raises:
        ValueError: if shapes do not fit each other or the magnification.
    """
    shape = classes.shape
    if probabilities.shape[1:] != shape or parcels.shape != shape:
        raise ValueError(f"Probabilities {probabilities.shape}, classes {shape} and parcels {parcels.shape} differ.")
    if shape[0] % magnification or shape[1] % magnification:
        raise ValueError(f"{shape} label cells are no multiple of the magnification {magnification}.")
    code_of = np.arange(len(probabilities)) if codes is None else np.asarray(codes, dtype=np.int64)
    is_mapped = np.isfinite(probabilities).all(axis=0) & (probabilities.sum(axis=0) > 0)
    # zeros have no say in means and interpolation, NaN would spread
    weights = np.where(is_mapped, probabilities, 0).astype(np.float32)
    counts = classes != UNKNOWN
    if flags is not None:
        counts &= flags != FULLY_ASSIGNED
    if mask is not None:
        counts &= mask
    unmapped = int(np.count_nonzero(counts & ~is_mapped))
    counts &= is_mapped

    num_classes = int(max(code_of.max(), classes[counts].max(initial=0))) + 1
    on_boundary = boundary_cells(classes)
    distance = edge_distance(parcels, resolution_m)

    def figures(values: FloatArray) -> tuple[dict[str, Any], IntArray]:
        mapped = code_of[values.argmax(axis=0)]
        at_edge = confusion(classes, mapped, num_classes, counts & on_boundary)
        inside = confusion(classes, mapped, num_classes, counts & ~on_boundary)
        return {
            **summarise(at_edge + inside),
            "boundary": summarise(at_edge),
            "interior": summarise(inside),
            "edge_profile": edge_profile(classes, parcels, mapped, resolution_m, counts, distance),
        }, mapped

    own, mapped = figures(weights)
    right = (mapped == classes)[counts]
    own["overall_accuracy_interval_95"] = cluster_interval(right, _clusters(parcels, resolution_m)[counts])
    per_class = class_figures(confusion(classes, mapped, num_classes, counts))
    own["per_class"] = {str(code): values for code, values in per_class.items()}
    report: dict[str, Any] = {
        "resolution_m": resolution_m,
        "magnification": magnification,
        "cells": int(np.count_nonzero(counts)),
        "unmapped_cells": unmapped,
        "map": own,
    }
    if magnification > 1:
        coarse = block_mean(weights, magnification)
        report["nearest"] = figures(upsample_nearest(coarse, magnification))[0]
        report["bilinear"] = figures(upsample_bilinear(coarse, magnification))[0]
    if boundary is not None:
        known = counts & np.isfinite(boundary)
        predicted = np.nan_to_num(boundary) >= boundary_threshold
        true = boundary_cells(classes, parcels)
        report["boundary_f1"] = boundary_f1(predicted, true, resolution_m, TOLERANCES_M, known)
    report["parcels"] = parcel_accuracy(classes, parcels, weights, code_of, resolution_m, counts)
    confidence = weights.max(axis=0)[counts] / weights.sum(axis=0)[counts]
    report["ece"] = calibration_error(confidence, right)
    report["area"] = _areas(per_class, resolution_m)
    return report


def _areas(per_class: Mapping[int, Mapping[str, Any]], resolution_m: float) -> dict[str, Any]:
    """Hectares per class by counting cells. Without a probability sample there is no unbiased estimate."""
    hectares = resolution_m**2 / 1e4
    return {
        "method": "pixel counts: biased, no interval",
        "mapped_ha": {str(code): values["cells_mapped"] * hectares for code, values in per_class.items()},
        "labelled_ha": {str(code): values["cells_true"] * hectares for code, values in per_class.items()},
    }


def _clusters(parcels: IntArray, resolution_m: float) -> NDArray[np.int64]:
    """(H, W) cluster of each cell: its parcel, or outside of parcels a square of ground."""
    side = max(1, round(_CLUSTER_M / resolution_m))
    rows, cols = np.arange(parcels.shape[0]) // side, np.arange(parcels.shape[1]) // side
    squares = -1 - (rows[:, None] * (parcels.shape[1] // side + 1) + cols[None, :])
    return np.where(parcels > 0, parcels, squares).astype(np.int64)


def _mean_over_truth(matrix: NDArray[np.int64], figure: str) -> float | None:
    values = [entry[figure] for entry in class_figures(matrix).values() if entry["cells_true"]]
    return float(np.mean(values)) if values else None
