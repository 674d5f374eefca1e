"""Whether probabilities are right as often as they say: bins of the reliability diagram, and temperatures.

Guo et al. 2017, "On calibration of modern neural networks". Reads no files.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
BoolArray = NDArray[np.bool_]

BINS = 15
LEAST_PROBABILITY = 1e-12
"""Smaller ones have no logarithm to speak of."""


class Reliability:
    """Cells or parcels by the probability of their mapped class, counted block by block."""

    def __init__(self, bins: int = BINS) -> None:
        """
        Args:
            bins: equally wide ones over 0-1.
        """
        self._count, self._right, self._confidence = np.zeros(bins), np.zeros(bins), np.zeros(bins)

    def add(self, confidence: FloatArray, right: BoolArray) -> None:
        """Count items: probability of the mapped class (N,), and whether that class is the true one (N,)."""
        bins = len(self._count)
        # a bin holds its upper end, as in the paper: (0, 1/15], ... (14/15, 1]
        which = np.clip(np.ceil(confidence.astype(np.float64) * bins).astype(np.int64) - 1, 0, bins - 1)
        self._count += np.bincount(which, minlength=bins)
        self._right += np.bincount(which, right, minlength=bins)
        self._confidence += np.bincount(which, confidence, minlength=bins)

    @property
    def error(self) -> float | None:
        """Expected calibration error: mean |accuracy - confidence| over the bins, by their items."""
        total = self._count.sum()
        return float(np.abs(self._right - self._confidence).sum() / total) if total else None

    def figures(self) -> list[dict[str, Any]]:
        """One entry per bin: from, to, count, confidence and accuracy (None in an empty one)."""
        bins = len(self._count)
        return [
            {
                "from": number / bins,
                "to": (number + 1) / bins,
                "count": int(count),
                "confidence": float(self._confidence[number] / count) if count else None,
                "accuracy": float(self._right[number] / count) if count else None,
            }
            for number, count in enumerate(self._count)
        ]


def tempered(probabilities: FloatArray, temperature: float) -> NDArray[np.float64]:
    """Probabilities (K, N) as another temperature makes them: p^(1 / T), summed to 1 again.

    For softmax outputs this is dividing the logits by T; 1 / T undoes it.
    """
    logs = np.log(np.maximum(probabilities.astype(np.float64), LEAST_PROBABILITY)) / temperature
    raised = np.exp(logs - logs.max(axis=0, keepdims=True))
    return np.asarray(raised / raised.sum(axis=0, keepdims=True))
