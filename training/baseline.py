"""The yardstick: a random forest on monthly means of single pixels. Reads no files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from backend.errors import InputError
from training.classes import UNKNOWN

MONTHS = 12
RED, NIR = 2, 6
"""Places of B04 and B08 in the default order of bands."""
NUM_TREES = 300
_QUANTIFICATION = 10_000
"""Stored numbers per reflectance of 1."""
_ROWS = 64
"""Rows of an image that are predicted at once."""


def monthly_features(
    x: NDArray[np.uint16],
    valid: NDArray[np.bool_],
    dates: Sequence[int] | NDArray[np.integer[Any]],
    first_month: int = 1,
    red: int = RED,
    nir: int = NIR,
) -> NDArray[np.float32]:
    """Mean reflectance per band and mean NDVI of each calendar month, gaps filled along time.

    Months without a valid date take the linear interpolation between their neighbours, at the ends the
    nearest month's value. Years are not told apart: a season that runs over the new year starts at
    `first_month`.

    Args:
        x: (T, C, H, W) stored reflectance.
        valid: (T, H, W) cells to trust.
        dates: (T,) as YYYYMMDD.
        first_month: 1-12, the first of the twelve months of the season.
        red: channel of B04.
        nir: channel of B08.

    Returns:
        (12 (C + 1), H, W) float32, month by month, the NDVI after the bands; NaN where no date is valid.

    Raises:
        InputError: if the shapes do not fit or a date is none.
    """
    num_dates, bands, height, width = x.shape
    if valid.shape != (num_dates, height, width) or len(dates) != num_dates:
        raise InputError(f"x {x.shape}, valid {valid.shape} and {len(dates)} dates do not belong together.")
    months = np.asarray(dates, dtype=np.int64) // 100 % 100
    if not num_dates or months.min() < 1 or months.max() > MONTHS or not 1 <= first_month <= MONTHS:
        raise InputError(f"Dates must be given as YYYYMMDD and months as 1-12, not {list(dates)} and {first_month}.")
    slots = (months - first_month) % MONTHS
    sums = np.zeros((MONTHS, bands + 1, height, width), dtype=np.float32)
    counts = np.zeros((MONTHS, height, width), dtype=np.float32)
    for number, slot in enumerate(slots):
        reflectance = x[number].astype(np.float32) / _QUANTIFICATION
        total = reflectance[nir] + reflectance[red]
        ndvi = np.divide(reflectance[nir] - reflectance[red], total, out=np.zeros_like(total), where=total > 0)
        sums[slot, :bands] += np.where(valid[number], reflectance, 0)
        sums[slot, bands] += np.where(valid[number], ndvi, 0)
        counts[slot] += valid[number]
    means = np.asarray(sums / np.maximum(counts, 1)[:, None], dtype=np.float32)
    return _fill_gaps(means, counts > 0).reshape(MONTHS * (bands + 1), height, width)


def _fill_gaps(values: NDArray[np.float32], seen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(M, F, H, W) with the months not seen interpolated between those that are; NaN where none is."""
    months = len(values)
    rank = np.arange(months)[:, None, None]
    before = np.maximum.accumulate(np.where(seen, rank, -1), axis=0)
    after = np.minimum.accumulate(np.where(seen, rank, months)[::-1], axis=0)[::-1]
    # beyond the first and the last month seen both ends are that month
    low = np.where(before < 0, after, before) % months
    high = np.where(after >= months, before, after) % months
    span = np.maximum(high - low, 1)
    weight = (np.clip(rank - low, 0, None) / span).astype(np.float32) * (high > low)
    first = np.take_along_axis(values, low[:, None], axis=0)
    last = np.take_along_axis(values, high[:, None], axis=0)
    out = first + (last - first) * weight[:, None]
    out[:, :, ~seen.any(axis=0)] = np.nan
    return np.asarray(out, dtype=np.float32)


class MonthlyForest:
    """Random forest of single pixels: monthly features in, class probabilities out.

    Args:
        seed: of the trees and of the draw of pixels.
        num_trees: 300 is the yardstick's number.
        max_per_class: at most so many training pixels of one class, drawn at random; all where None.
    """

    def __init__(self, seed: int = 0, num_trees: int = NUM_TREES, max_per_class: int | None = None) -> None:
        self.seed = seed
        self.max_per_class = max_per_class
        self._forest = RandomForestClassifier(
            n_estimators=num_trees, random_state=seed, n_jobs=-1, class_weight="balanced_subsample"
        )
        self._codes: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    @property
    def codes(self) -> tuple[int, ...]:
        """Legend codes it was trained on."""
        return tuple(int(code) for code in self._codes)

    def fit(self, regions: Sequence[tuple[NDArray[np.float32], NDArray[np.integer[Any]]]]) -> MonthlyForest:
        """Train on the labelled pixels of one or more regions.

        Args:
            regions: features (F, H, W) and classes (H, W) on the same cells; UNKNOWN where a pixel is not
            to be used
                (another split, a mixed pixel, no label).

        Raises:
            InputError: if the labelled pixels have fewer than two classes.
        """
        samples, targets = [], []
        for features, classes in regions:
            if features.shape[1:] != classes.shape:
                raise InputError(f"Features {features.shape} and classes {classes.shape} differ in size.")
            use = (classes != UNKNOWN) & np.isfinite(features[0])
            samples.append(features[:, use].T)
            targets.append(classes[use].astype(np.int64))
        sample, target = np.concatenate(samples), np.concatenate(targets)
        self._codes = np.unique(target)
        if len(self._codes) < 2:
            raise InputError(f"The forest needs training pixels of two classes or more, not of {self.codes}.")
        if self.max_per_class is not None:
            generator = np.random.default_rng(self.seed)
            kept = []
            for code in self._codes:
                rows = np.flatnonzero(target == code)
                kept.append(np.sort(generator.permutation(rows)[: self.max_per_class]))
            chosen = np.concatenate(kept)
            sample, target = sample[chosen], target[chosen]
        self._forest.fit(sample, target)
        return self

    def predict(self, features: NDArray[np.float32], num_classes: int) -> NDArray[np.float32]:
        """Class probabilities of each pixel.

        Args:
            features: (F, H, W) as monthly_features makes them.
            num_classes: K, more than the highest code trained on.

        Returns:
            (K, H, W) float32, channel k for legend code k, 0 for classes not trained on; NaN where no date
            is valid.

        Raises:
            InputError: if it was not trained or a code does not fit into K channels.
        """
        if not len(self._codes):
            raise InputError("The forest has not been trained.")
        if num_classes <= self._codes[-1]:
            raise InputError(f"{num_classes} channels cannot hold the class code {self._codes[-1]}.")
        out = np.full((num_classes, *features.shape[1:]), np.nan, dtype=np.float32)
        for row in range(0, features.shape[1], _ROWS):
            part = features[:, row : row + _ROWS]
            known = np.isfinite(part[0])
            if known.any():
                values = np.zeros((num_classes, int(known.sum())), dtype=np.float32)
                values[self._codes] = self._forest.predict_proba(part[:, known].T).T
                out[:, row : row + _ROWS][:, known] = values
        return out
