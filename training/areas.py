"""Areas of classes from a probability sample of a map, with 95 % intervals. Reads no files.

Counting the pixels of a map is biased: what it takes for wheat is not all wheat, and some wheat it takes for something
else. A random sample drawn within each class of the very map corrects that (Olofsson et al. 2014, "Good practices
for estimating area and assessing accuracy of land change", Remote Sensing of Environment 148, equations 2 to 11).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError

Z95 = 1.96
"""As the paper takes it."""
LEAST_POINTS = 2
"""Of a stratum: with one point alone its variance cannot be told."""
FLAWLESS_POINTS = 50
"""Olofsson et al. advise as many or more in a stratum: fewer that are all right do not show that it has no error."""
METHOD = "stratified estimator from a probability sample of this map (Olofsson et al. 2014)"


@dataclass(frozen=True)
class MapSample:
    """A stratified random sample of a map: its strata are the map's classes."""

    codes: tuple[int, ...]
    """Of the classes, in the order of all that follows."""
    cells: NDArray[np.int64]
    """(K,) cells of each class in the map."""
    counts: NDArray[np.int64]
    """(K, K) points: rows the class in the map, columns the class found on the ground."""
    names: Mapping[int, str]
    """What the classes are called, for messages."""

    def __post_init__(self) -> None:
        size = len(self.codes)
        if self.cells.shape != (size,) or self.counts.shape != (size, size):
            raise InputError(
                f"A sample of {size} classes needs {size} numbers of cells and {size} x {size} counts, not "
                f"{self.cells.shape} and {self.counts.shape}."
            )
        if not self.counts.sum():
            raise InputError(
                "Areas with intervals need a probability sample of the map: there is not a single point.",
                "Draw points at random within each class of the map, and give them with the class found there.",
            )
        points = self.counts.sum(axis=1)
        for number in np.flatnonzero((self.cells > 0) & (points < LEAST_POINTS)).tolist():
            raise InputError(
                f"The map's class '{self._name(number)}' has {points[number]} of the sample's points; each class of "
                f"the map needs {LEAST_POINTS} or more, or no interval can be given.",
                "Draw more points within that class of the map.",
            )
        for number in np.flatnonzero((self.cells == 0) & (points > 0)).tolist():
            raise InputError(
                f"The sample has points in class '{self._name(number)}', which the map does not hold: it is not a "
                "sample of this map."
            )

    def _name(self, number: int) -> str:
        return self.names.get(self.codes[number], str(self.codes[number]))


def estimate_areas(sample: MapSample, cell_ha: float) -> dict[str, Any]:
    """Unbiased areas of the classes on the ground, accuracies, and the intervals of both.

    With W_i the share of the map that is class i, and n_ij of its n_i points found to be class j:
    p_ij = W_i n_ij / n_i; the area of j is the sum of p_ij over i, its variance the sum of
    (W_i p_ij - p_ij^2) / (n_i - 1).

    Args:
        sample: points by class in the map and on the ground.
        cell_ha: area of a cell of the map, hectares.

    Returns:
        method, points, cell_ha, overall_accuracy with its interval, classes by code (area_ha, interval_95,
        standard_error_ha, mapped_ha, points, users_accuracy and producers_accuracy with their intervals), flawless and
        confusion. Flawless are the classes of the map whose points, fewer than FLAWLESS_POINTS, are all right: they
        add no variance, so that intervals are too narrow by what a few wrong points would have told.
    """
    counts = sample.counts.astype(np.float64)
    points = counts.sum(axis=1)
    weights = sample.cells / sample.cells.sum()
    total_ha = float(sample.cells.sum()) * cell_ha
    rows = np.maximum(points, 1)[:, None]
    shares = weights[:, None] * counts / rows
    spread = np.maximum(points - 1, 1)
    users = np.diag(counts) / rows[:, 0]
    users_variance = users * (1 - users) / spread
    overall = float(np.trace(shares))
    overall_error = math.sqrt(float((weights**2 * users_variance).sum()))
    found = shares.sum(axis=0)
    errors = np.sqrt(((weights[:, None] * shares - shares**2) / spread[:, None]).sum(axis=0))
    classes = {}
    for number, code in enumerate(sample.codes):
        area, error = found[number] * total_ha, errors[number] * total_ha
        producers, producers_error = _producers(sample, shares, users_variance, number)
        user = float(users[number]) if points[number] else None
        classes[str(code)] = {
            "area_ha": float(area),
            "interval_95": [max(0.0, float(area - Z95 * error)), float(area + Z95 * error)],
            "standard_error_ha": float(error),
            "mapped_ha": float(sample.cells[number] * cell_ha),
            "points": int(points[number]),
            "users_accuracy": user,
            "users_accuracy_interval_95": _share_interval(user, math.sqrt(users_variance[number])),
            "producers_accuracy": producers,
            "producers_accuracy_interval_95": _share_interval(producers, producers_error),
        }
    return {
        "method": METHOD,
        "points": int(points.sum()),
        "cell_ha": cell_ha,
        "overall_accuracy": overall,
        "overall_accuracy_interval_95": _share_interval(overall, overall_error),
        "classes": classes,
        "flawless": [
            code
            for number, code in enumerate(sample.codes)
            if 0 < points[number] < FLAWLESS_POINTS and users[number] == 1
        ],
        "confusion": {"codes": list(sample.codes), "counts": sample.counts.tolist()},
    }


def _producers(
    sample: MapSample, shares: NDArray[np.float64], users_variance: NDArray[np.float64], number: int
) -> tuple[float | None, float]:
    """Producer's accuracy of a class and its standard error (equation 7); None where the sample never found it."""
    cells = sample.cells.astype(np.float64)
    points = sample.counts.sum(axis=1)
    per_row = cells / np.maximum(points, 1)
    in_class = float((per_row * sample.counts[:, number]).sum())
    if in_class == 0:
        return None, 0.0
    accuracy = float(shares[number, number] / shares[:, number].sum())
    rate = sample.counts[:, number] / np.maximum(points, 1)
    others = cells**2 * rate * (1 - rate) / np.maximum(points - 1, 1)
    own = cells[number] ** 2 * (1 - accuracy) ** 2 * users_variance[number]
    variance = (own + accuracy**2 * (others.sum() - others[number])) / in_class**2
    return accuracy, math.sqrt(float(variance))


def _share_interval(share: float | None, error: float) -> list[float] | None:
    if share is None:
        return None
    return [max(0.0, float(share - Z95 * error)), min(1.0, float(share + Z95 * error))]
