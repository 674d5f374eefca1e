"""Precision, recall and F1 of the boundary layer over its thresholds, counted block by block. Reads no files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from training.edges import TOLERANCES_M, f1_of, ratio
from training.ground_sums import GroundSums
from training.label_block import LabelBlock
from training.resampling import f1_interval

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.floating[Any]]

THRESHOLDS = np.linspace(0.025, 0.975, 39)


class BoundaryCurve:
    """A hit is a cell within a tolerance of the other's nearest boundary cell, as in training.edges.boundary_f1.

    For recall each true cell takes the largest probability within the tolerance: at thresholds up to that it is found.
    So one pass counts every threshold.
    """

    def __init__(
        self,
        resolution_m: float,
        chosen: float = 0.5,
        tolerances_m: Sequence[float] = TOLERANCES_M,
        block_m: float | None = None,
    ) -> None:
        """
        Args:
            resolution_m: width of a cell.
            chosen: the threshold that maps are cut at.
            tolerances_m: in metres.
            block_m: side of the blocks of ground that intervals at the chosen threshold draw; None for no intervals.
        """
        self.chosen, self.tolerances = float(chosen), tuple(tolerances_m)
        self._resolution = resolution_m
        self._thresholds = np.unique(np.append(THRESHOLDS, self.chosen))
        shape = (len(self.tolerances), len(self._thresholds) + 1)
        self._predicted = np.zeros(shape[1], dtype=np.int64)
        self._hits, self._found = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self._true = 0
        self._ground: GroundSums | None = None
        if block_m is not None:
            kinds = len(self.tolerances)
            self._ground = GroundSums(block_m, {"predicted": 1, "true": 1, "hits": kinds, "found": kinds})

    @property
    def halo(self) -> int:
        """Cells beyond a block that decide what counts in it."""
        return _cells(self.tolerances[-1], self._resolution)

    def add(self, probability: FloatArray, true: BoolArray, known: BoolArray, block: LabelBlock | None = None) -> None:
        """Count the cells of a block.

        Args:
            probability: (H, W) of a boundary; NaN where not mapped.
            true: (H, W) cells that are boundary.
            known: (H, W) cells that count; the others may still be the nearest boundary.
            block: where it lies; needed for intervals.
        """
        if not known.any():
            return
        values = np.nan_to_num(probability.astype(np.float64), nan=-1.0)
        level = np.searchsorted(self._thresholds, values, side="right")
        bins = len(self._predicted)
        self._predicted += np.bincount(level[known], minlength=bins)
        wanted = true & known
        self._true += int(np.count_nonzero(wanted))
        away = distance_transform_edt(~true, sampling=self._resolution) if true.any() else np.full(true.shape, np.inf)
        place = int(np.searchsorted(self._thresholds, self.chosen))
        drawn, hits, found = known & (level > place), [], []
        for number, tolerance in enumerate(self.tolerances):
            near = known & (away <= tolerance * (1 + 1e-9))
            self._hits[number] += np.bincount(level[near], minlength=bins)
            hits.append(near & drawn)
            found.append(np.zeros_like(wanted))
            if wanted.any():
                highest = _highest_around(level, tolerance, self._resolution)
                self._found[number] += np.bincount(highest[wanted], minlength=bins)
                found[-1] = wanted & (highest > place)
        if self._ground is not None and block is not None:
            self._ground.add(
                block, drawn | wanted, {"predicted": [drawn], "true": [wanted], "hits": hits, "found": found}
            )

    def figures(self) -> dict[str, Any]:
        """chosen, thresholds, and per tolerance lists of precision, recall and f1 over the thresholds."""
        at = np.searchsorted(self._thresholds, THRESHOLDS)
        rows = [[self._entry(number, int(place)) for place in at] for number in range(len(self.tolerances))]
        return {
            "chosen": self.chosen,
            "thresholds": [round(float(value), 6) for value in THRESHOLDS],
            "tolerances": [
                {"tolerance_m": float(tolerance)} | {key: [entry[key] for entry in row] for key in _FIGURES}
                for tolerance, row in zip(self.tolerances, rows, strict=True)
            ],
        }

    def at_chosen(self) -> list[dict[str, Any]]:
        """One entry per tolerance at the chosen threshold, as training.edges.boundary_f1 gives them; with intervals
        also f1_interval_95."""
        place = int(np.searchsorted(self._thresholds, self.chosen))
        return [
            {"tolerance_m": float(tolerance), **self._entry(number, place), **self._interval(number)}
            for number, tolerance in enumerate(self.tolerances)
        ]

    def _interval(self, number: int) -> dict[str, Any]:
        if self._ground is None:
            return {}
        hits, found = self._ground.table("hits")[:, number], self._ground.table("found")[:, number]
        predicted, true = self._ground.table("predicted")[:, 0], self._ground.table("true")[:, 0]
        return {"f1_interval_95": f1_interval(hits, predicted, found, true)}

    def _entry(self, number: int, place: int) -> dict[str, Any]:
        """Figures at a threshold: cells of a level above its place lie at it or above."""
        predicted = self._predicted[place + 1 :].sum()
        precision = ratio(self._hits[number, place + 1 :].sum(), predicted)
        recall = ratio(self._found[number, place + 1 :].sum(), self._true)
        return {"precision": precision, "recall": recall, "f1": f1_of(precision, recall)}


_FIGURES = ("precision", "recall", "f1")


def _cells(tolerance_m: float, resolution_m: float) -> int:
    return int(np.floor(tolerance_m * (1 + 1e-9) / resolution_m))


def _highest_around(level: NDArray[np.int64], tolerance_m: float, resolution_m: float) -> NDArray[np.int64]:
    """(H, W) the highest level within a distance between cells' centres."""
    reach = _cells(tolerance_m, resolution_m)
    out = level.copy()
    height, width = level.shape
    limit = (tolerance_m * (1 + 1e-9) / resolution_m) ** 2
    for dy in range(-min(reach, height - 1), min(reach, height - 1) + 1):
        for dx in range(-min(reach, width - 1), min(reach, width - 1) + 1):
            if (dy or dx) and dy * dy + dx * dx <= limit:
                here = (slice(max(-dy, 0), height - max(dy, 0)), slice(max(-dx, 0), width - max(dx, 0)))
                there = (slice(max(dy, 0), height - max(-dy, 0)), slice(max(dx, 0), width - max(-dx, 0)))
                np.maximum(out[here], level[there], out=out[here])
    return out
