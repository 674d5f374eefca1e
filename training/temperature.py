"""The temperature that makes a network's probabilities honest. Reads no files, needs no torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

TEMPERATURE_RANGE = (0.25, 8.0)


def logits_to_shares(logits: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Softmax over the first axis."""
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=0, keepdims=True))
    return np.asarray(raised / raised.sum(axis=0, keepdims=True))


def fit_temperature(logits: npt.NDArray[np.floating[Any]], classes: npt.NDArray[np.integer[Any]]) -> float:
    """The temperature with the least negative log-likelihood; logits (N, K), classes (N,)."""
    values = logits.astype(np.float64)
    values -= values.max(axis=1, keepdims=True)
    rows = np.arange(len(values))

    def loss(log_temperature: float) -> float:
        scaled = values / np.exp(log_temperature)
        return float((np.log(np.exp(scaled).sum(axis=1)) - scaled[rows, classes]).mean())

    low, high = np.log(TEMPERATURE_RANGE[0]), np.log(TEMPERATURE_RANGE[1])
    return float(np.exp(minimize_scalar(loss, bounds=(low, high), method="bounded").x))
