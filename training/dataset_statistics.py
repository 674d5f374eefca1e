"""Sums over samples from which a data set's statistics are made. Exact whole numbers, so order does not matter.

Statistics of reflectance come from the training split alone: for each fold held out, from what is training then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.sits import REFLECTANCE_SCALE
from training.classes import UNKNOWN
from training.folds import fold_roles
from training.splits import SPLITS
from training.store import CLASS, FLAGS, FOLD, NEAR, SPLIT, Sample

NUM_SPLITS = len(SPLITS) + 1
"""With "none", code 0."""
MIN_VARIANCE = 1e-6
"""A band that never changes still needs a scale."""


class Statistics:
    """Sums of reflectance and counts of classes, for the splits as made and for each fold held out."""

    def __init__(self, bands: int, classes: int, folds: int = 0) -> None:
        """
        Args:
            bands: C.
            classes: K, one more than the highest legend code.
            folds: k; 0 without folds.
        """
        variants = folds + 1  # 0: the splits as made
        self._pixels = np.zeros((variants,), dtype=np.int64)
        # an int64 holds the squares of 2e9 pixels of full reflectance: a tile of 24 dates has 2.9e9 of 0.3
        self._sums = np.zeros((variants, bands), dtype=np.int64)
        self._squares = np.zeros((variants, bands), dtype=np.int64)
        self._classes = np.zeros((variants, NUM_SPLITS, classes), dtype=np.int64)

    def add(self, sample: Sample) -> None:
        """Count one sample by its labels on the input grid."""
        planes = sample.labels[1]
        certain = (planes[CLASS] != UNKNOWN) & (planes[FLAGS] == 0)
        codes = planes[CLASS][certain]
        values = sample.x.transpose(1, 0, 2, 3)
        for variant in range(len(self._pixels)):
            split = planes[SPLIT]
            if variant:
                split = fold_roles(split, planes[FOLD], planes[NEAR], variant)
            seen = sample.valid & (split == SPLITS["train"])
            train = values[:, seen].astype(np.int64)
            self._pixels[variant] += train.shape[1]
            self._sums[variant] += train.sum(axis=1)
            self._squares[variant] += (train**2).sum(axis=1)
            np.add.at(self._classes[variant], (split[certain], codes), 1)

    def flat(self) -> npt.NDArray[np.int64]:
        """All sums in one vector, which can be added to another's."""
        parts = (self._pixels, self._sums, self._squares, self._classes)
        return np.concatenate([part.ravel() for part in parts])

    def add_flat(self, values: npt.NDArray[np.int64]) -> None:
        """Add the sums of another."""
        start = 0
        for part in (self._pixels, self._sums, self._squares, self._classes):
            part += values[start : start + part.size].reshape(part.shape)
            start += part.size

    @property
    def training_pixels(self) -> int:
        """Certain pixels of known classes in the training split."""
        return int(self._classes[0, SPLITS["train"]].sum())

    def by_split(self) -> dict[str, list[int]]:
        """Certain pixels at 10 m per split and legend code."""
        return {name: self._classes[0, code].tolist() for name, code in SPLITS.items()}

    def to_attributes(self) -> Mapping[str, Any]:
        """What the store keeps: statistics, statistics_by_fold, class_pixels_by_split."""
        each = [self._variant(number) for number in range(len(self._pixels))]
        return {
            "statistics": each[0],
            "statistics_by_fold": each[1:],
            "class_pixels_by_split": self.by_split(),
        }

    def _variant(self, number: int) -> dict[str, Any]:
        pixels = max(1, int(self._pixels[number]))
        mean = self._sums[number] / pixels / REFLECTANCE_SCALE
        variance = self._squares[number] / pixels / REFLECTANCE_SCALE**2 - mean**2
        return {
            "mean": mean.tolist(),
            "std": np.sqrt(np.maximum(variance, MIN_VARIANCE)).tolist(),
            "class_pixels": self._classes[number, SPLITS["train"]].tolist(),
        }
