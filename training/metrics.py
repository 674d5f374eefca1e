"""Elementary figures of a map: what follows from its confusion matrix. Reads and draws nothing, needs no torch.

Cells whose class is unknown (255) never count. Figures without a single cell behind them are None, so that the reports
are valid JSON. All figures of a map together: training.map_score.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.classes import UNKNOWN
from training.edges import ratio

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

SIZES_HA = (0.0, 0.5, 2.0, math.inf)
"""Limits of the parcel sizes: < 0.5, 0.5-2, >= 2 ha."""
_Z95 = 1.959963984540054


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


def wilson(hits: int, total: int) -> list[float] | None:
    """95 % interval of a share (Wilson 1927); None without observations."""
    if not total:
        return None
    share, z2 = hits / total, _Z95**2 / total
    centre = (share + z2 / 2) / (1 + z2)
    half = math.sqrt(z2 * share * (1 - share) + z2**2 / 4) / (1 + z2)
    return [max(0.0, centre - half), min(1.0, centre + half)]


def _mean_over_truth(matrix: NDArray[np.int64], figure: str) -> float | None:
    values = [entry[figure] for entry in class_figures(matrix).values() if entry["cells_true"]]
    return float(np.mean(values)) if values else None
