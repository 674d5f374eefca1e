"""Training batches from the store. Every sample is a function of (seed, stage, number) alone.

There is no shuffling and no running generator: sample number n of a stage is the same whichever process makes it,
and in whatever order, so that a run can be resumed and repeated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from backend.errors import InputError
from training.classes import UNKNOWN
from training.config_training import AugmentationConfig
from training.splits import SPLITS
from training.store import CLASS, COVERAGE, FLAGS, PARCEL, SPLIT, Store

DAYS = 365
CLEAR_EXPONENT = 2.0
"""Dates are drawn with this power of their clear share: cloudy ones seldom fill a place."""
HALF_COVERED = 128
"""Coverage (0-255) from which on a pixel's class is known at all."""
MAX_TRIES = 8
"""Crops drawn until one has a labelled pixel."""


class TrainingSamples(Dataset[dict[str, Tensor]]):
    """Random augmented crops of the training split.

    Each item: x (T, C, H, W) float32 reflectance, doy (T,) int64, valid (T, H, W) bool, classes, parcels
    (mH, mW) int64, known (mH, mW) bool (the class is known here and the pixel belongs to the split), certain
    (mH, mW) bool (known, and not shared with another class: what cross-entropy counts).
    """

    def __init__(
        self, store: Store, augmentation: AugmentationConfig, magnification: int, seed: int, stage: int, count: int
    ) -> None:
        """
        Args:
            store: the data set.
            augmentation: settings.
            magnification: m of the labels.
            seed: of the run.
            stage: number of the stage, so that stages differ.
            count: samples in the stage: steps times batch.
        """
        self._store, self._settings, self._m = store, augmentation, magnification
        self._seed, self._stage, self._count = seed, stage, count
        has = [_has_labels(store, number, magnification) for number in range(len(store))]
        labelled = np.array(
            [_labelled(store, number, "train") if has[number] else 0 for number in range(len(store))], dtype=float
        )
        weights = np.zeros(len(store))
        for index, source in enumerate(store.sources):
            own = (store.source_of == index) & (labelled > 0)
            if own.any():
                # the square root keeps a chip with one small parcel from being seen as seldom as its area says
                share = np.sqrt(labelled[own])
                weights[own] = source.weight * share / share.sum()
        if weights.sum() == 0:
            raise InputError("The data set has no labelled pixel in its training split.", "Check splits and classes.")
        self._cumulative = np.cumsum(weights / weights.sum())

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        generator = np.random.default_rng([self._seed, self._stage, number])
        chosen = int(np.searchsorted(self._cumulative, generator.random(), side="right"))
        chosen = min(chosen, len(self._cumulative) - 1)
        x, valid, labels = self._store.read(chosen, self._m)
        doy = self._store.doy[chosen].astype(np.int64)
        x, valid, labels = self._crop(generator, x, valid, labels)
        x, valid, doy = self._choose_dates(generator, x, valid, doy)
        x, valid, labels = _turn(generator, x, valid, labels)
        reflectance = x.astype(np.float32) / 10000
        gain = generator.normal(1.0, self._settings.gain_sd, (len(doy), 1, 1, 1)).astype(np.float32)
        shift = int(generator.integers(-self._settings.doy_shift, self._settings.doy_shift + 1))
        doy = np.where(doy > 0, (doy - 1 + shift) % DAYS + 1, 1)
        return to_tensors((reflectance * gain).astype(np.float32), doy, valid, labels, "train")

    def _crop(self, generator: np.random.Generator, *arrays: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
        """A window at a multiple of 4 input pixels that holds a labelled pixel, if one is found soon."""
        x, valid, labels = arrays
        side, m = self._settings.crop, self._m
        places = (x.shape[-1] - side) // 4 + 1
        for _ in range(MAX_TRIES):
            row, col = (4 * int(value) for value in generator.integers(0, places, 2))
            fine = labels[:, row * m : (row + side) * m, col * m : (col + side) * m]
            if ((fine[CLASS] != UNKNOWN) & (fine[SPLIT] == SPLITS["train"])).any():
                break
        window = (..., slice(row, row + side), slice(col, col + side))
        return x[window], valid[window], fine

    def _choose_dates(
        self, generator: np.random.Generator, x: npt.NDArray[Any], valid: npt.NDArray[Any], doy: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.int64]]:
        """Drop dates at random, sometimes the end of the season, and fill up to the batch's T with invalid ones."""
        settings = self._settings
        clear = valid.reshape(len(valid), -1).mean(axis=1)
        usable = np.flatnonzero(clear > 0)
        if generator.random() < settings.truncated_share and len(usable) > 2:
            # seasons are stored in order of date, so cutting the list cuts the season
            usable = usable[: int(generator.integers(max(2, len(usable) // 3), len(usable) + 1))]
        keep = int(np.ceil(len(usable) * generator.uniform(settings.min_date_share, 1.0)))
        keep = min(max(keep, 1), settings.dates, len(usable))
        if keep:
            chance = clear[usable] ** CLEAR_EXPONENT
            usable = np.sort(generator.choice(usable, keep, replace=False, p=chance / chance.sum()))
        missing = settings.dates - len(usable)
        return (
            np.concatenate([x[usable], np.zeros((missing, *x.shape[1:]), x.dtype)]),
            np.concatenate([valid[usable], np.zeros((missing, *valid.shape[1:]), valid.dtype)]),
            np.concatenate([doy[usable], np.zeros(missing, np.int64)]),
        )


class SplitSamples(Dataset[dict[str, Tensor]]):
    """The chips of another split as they are, in order: for validation and calibration."""

    def __init__(self, store: Store, magnification: int, split: str, most: int | None = None, dates: int = 12) -> None:
        """
        Args:
            store: the data set.
            magnification: m of the labels.
            split: validation or calibration.
            most: at most so many chips, spread evenly over sources; None for all.
            dates: T; the clearest dates are kept.
        """
        self._store, self._m, self._split, self._dates = store, magnification, split, dates
        numbers = [
            number
            for number in range(len(store))
            if _has_labels(store, number, magnification) and _labelled(store, number, split)
        ]
        if most is not None and len(numbers) > most:
            numbers = [numbers[int(i)] for i in np.linspace(0, len(numbers) - 1, most)]
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        number = self.numbers[index]
        x, valid, labels = self._store.read(number, self._m)
        clear = valid.reshape(len(valid), -1).mean(axis=1)
        best = np.sort(np.argsort(-clear, kind="stable")[: self._dates])
        doy = np.maximum(self._store.doy[number][best].astype(np.int64), 1)
        return to_tensors((x[best] / 10000).astype(np.float32), doy, valid[best], labels, self._split)


def to_tensors(
    x: npt.NDArray[np.float32],
    doy: npt.NDArray[np.int64],
    valid: npt.NDArray[np.bool_],
    labels: npt.NDArray[np.int32],
    split: str,
) -> dict[str, Tensor]:
    """A sample as tensors; see TrainingSamples."""
    # a mixed pixel keeps the class of its largest share for CSCL, if that is half of it
    known = (labels[CLASS] != UNKNOWN) & (labels[SPLIT] == SPLITS[split]) & (labels[COVERAGE] >= HALF_COVERED)
    return {
        "x": torch.from_numpy(np.ascontiguousarray(x)),
        "doy": torch.from_numpy(np.ascontiguousarray(doy)),
        "valid": torch.from_numpy(np.ascontiguousarray(valid)),
        "classes": torch.from_numpy(labels[CLASS].astype(np.int64)),
        "parcels": torch.from_numpy(labels[PARCEL].astype(np.int64)),
        "known": torch.from_numpy(known),
        "certain": torch.from_numpy(known & (labels[FLAGS] == 0)),
    }


def _labelled(store: Store, number: int, split: str) -> int:
    """Pixels of a split with a known class in a sample, at 10 m."""
    labels = store.labels(number, 1)
    return int(np.count_nonzero((labels[CLASS] != UNKNOWN) & (labels[SPLIT] == SPLITS[split])))


def _has_labels(store: Store, number: int, magnification: int) -> bool:
    """False for a sample of a published set without labels on this grid."""
    facts = store.sources[int(store.source_of[number])].facts
    return magnification in facts.get("magnifications", store.magnifications)


def _turn(generator: np.random.Generator, *arrays: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
    """The same quarter turn and flip of all arrays: pairs of 20 m pixels stay pairs in squares of even size."""
    turns, flip = int(generator.integers(4)), bool(generator.integers(2))
    turned = [np.rot90(values, turns, axes=(-2, -1)) for values in arrays]
    return tuple(values[..., ::-1] if flip else values for values in turned)
