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
from training.store import CLASS, FLAGS, FOLD, NEAR, PARCEL, PLANES, SPLIT, Sample

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
        # an int64 holds the squares of 1e12 pixels of a reflectance of 0.3: a hundred tiles of 60 dates
        self._sums = np.zeros((variants, bands), dtype=np.int64)
        self._squares = np.zeros((variants, bands), dtype=np.int64)
        self._classes = np.zeros((variants, NUM_SPLITS, classes), dtype=np.int64)

    def add(self, sample: Sample, stride: int | None = None) -> None:
        """Count one sample by its labels on the input grid; one without labels is all training.

        Args:
            sample: counts no ground that no date shows. Of a sample around a parcel that parcel counts alone, since
                samples around its neighbours show the same ground.
            stride: distance to the next samples of a grid, where that is less than their side: each counts the ground
                that is nearest to its own corner.
        """
        side = sample.x.shape[-1]
        seen = sample.valid.any(axis=0).ravel()
        if 1 not in sample.labels:
            count, total, squares = _over_dates(sample, np.flatnonzero(seen))
            self._pixels[0] += count.sum()
            self._sums[0] += total.sum(axis=1)
            self._squares[0] += squares.sum(axis=1)
            return
        planes = sample.labels[1].reshape(len(PLANES), -1)
        if sample.parcel:
            seen &= planes[PARCEL] == sample.parcel
        elif stride is not None and stride < side:
            near = np.arange(side) < stride
            seen &= (near[:, None] & near).ravel()
        certain = seen & (planes[CLASS] != UNKNOWN) & (planes[FLAGS] == 0)
        # whichever fold is held out, what is trained on then is a part of this
        train = np.flatnonzero(seen & (planes[SPLIT] == SPLITS["train"]))
        count, total, squares = _over_dates(sample, train)
        for variant in range(len(self._pixels)):
            split = fold_roles(planes[SPLIT], planes[FOLD], planes[NEAR], variant) if variant else planes[SPLIT]
            kept = split[train] == SPLITS["train"]
            self._pixels[variant] += count[kept].sum()
            self._sums[variant] += total[:, kept].sum(axis=1)
            self._squares[variant] += squares[:, kept].sum(axis=1)
            places = split[certain] * self._classes.shape[2] + planes[CLASS][certain]
            found = np.bincount(places, minlength=self._classes[variant].size)
            self._classes[variant] += found.reshape(self._classes[variant].shape)

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


def _over_dates(
    sample: Sample, pixels: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Of some pixels (N,): the number of valid dates (N,), sum and sum of squares of their values (C, N)."""
    dates, bands = sample.x.shape[:2]
    valid = sample.valid.reshape(dates, -1).take(pixels, axis=1)
    values = sample.x.reshape(dates, bands, -1).take(pixels, axis=2) * valid[:, None]
    total = values.sum(axis=0, dtype=np.uint32)
    squares = values.astype(np.uint32)
    squares *= squares  # of 16 bits, so they fit
    return valid.sum(axis=0), total.astype(np.int64), squares.sum(axis=0, dtype=np.int64)
