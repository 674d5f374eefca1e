"""Training batches from the store. Every sample is a function of (seed, stage, number) alone.

There is no shuffling and no running generator: sample number n of a stage is the same whichever process makes it,
and in whatever order, so that a run can be resumed and repeated. What is done to samples is in augmentation.py.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from backend.errors import InputError
from training.augmentation import add_clouds, choose_dates, cut_edge, shift_images, shift_season, turn
from training.classes import UNKNOWN
from training.config_training import AugmentationConfig
from training.labels import FULLY_ASSIGNED
from training.sample_cache import SampleCache
from training.splits import SPLITS
from training.store import CLASS, COVERAGE, FLAGS, PARCEL, SPLIT, Store

HALF_COVERED = 128
"""Coverage (0-255) from which on a pixel's class is known at all."""
MAX_TRIES = 8
"""Crops drawn until one has a labelled pixel."""


class TrainingSamples(Dataset[dict[str, Tensor]]):
    """Random augmented crops of the training split.

    Each item: x (T, C, H, W) float32 reflectance, doy (T,) int64, valid (T, H, W) bool, classes, parcels
    (mH, mW) int64, known (mH, mW) bool (the class is known here and the pixel belongs to the split), certain
    (mH, mW) bool (known, and not shared with another class: what cross-entropy counts), coverage (mH, mW) float32
    (share of the pixel that its class covers; 0 where declarations contradict each other).
    """

    def __init__(
        self,
        store: Store,
        augmentation: AugmentationConfig,
        magnification: int,
        seed: int,
        stage: int,
        count: int,
        cache_bytes: int = 0,
    ) -> None:
        """
        Args:
            store: the data set.
            augmentation: settings.
            magnification: m of the labels.
            seed: of the run.
            stage: number of the stage, so that stages differ.
            count: samples in the stage: steps times batch.
            cache_bytes: of decoded samples that each process may keep.
        """
        self._store, self._settings, self._m = store, augmentation, magnification
        self._cache = SampleCache(store, magnification, cache_bytes)
        self._seed, self._stage, self._count = seed, stage, count
        labelled = np.where(_has_labels(store, magnification), store.labelled_pixels("train"), 0)
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
        generator, settings = np.random.default_rng([self._seed, self._stage, number]), self._settings
        chosen = int(np.searchsorted(self._cumulative, generator.random(), side="right"))
        chosen = min(chosen, len(self._cumulative) - 1)
        stored, clear, fine = self._cache.read(chosen)
        window, labels = self._crop(generator, fine)
        dates = choose_dates(generator, settings, clear[(slice(None), *window)])
        shape = (settings.dates, stored.shape[1], settings.crop, settings.crop)
        x, valid = np.zeros(shape, np.float32), np.zeros((shape[0], *shape[2:]), np.bool_)
        doy = np.zeros(settings.dates, np.int64)
        there = slice(0, len(dates))  # the places that are left stay dates without a valid pixel
        doy[there] = self._store.doy[chosen][dates]
        if settings.shift_px:
            shifts = generator.normal(0.0, settings.shift_px, (len(dates), 2))
            reflectance = stored[dates].astype(np.float32) / np.float32(10000)
            x[there], valid[there] = shift_images(reflectance, clear[dates], shifts, window)
        else:
            x[there] = stored[(dates, slice(None), *window)].astype(np.float32) / 10000
            valid[there] = clear[(dates, *window)]
        add_clouds(generator, settings.cloud_share, x[there], valid[there])
        cut_edge(generator, settings.edge_share, x, valid)
        if settings.flips:
            x, valid, labels = turn(generator, x, valid, labels)
        gain = generator.normal(1.0, settings.gain_sd, (len(doy), 1, 1, 1)).astype(np.float32)
        doy = shift_season(generator, settings.doy_shift, doy)
        return to_tensors(x * gain, doy, valid, labels, "train")

    def forget(self) -> None:
        """Give back the memory of the samples that are kept; they are read again where they are wanted."""
        self._cache.clear()

    def _crop(
        self, generator: np.random.Generator, labels: npt.NDArray[np.int32]
    ) -> tuple[tuple[slice, slice], npt.NDArray[np.int32]]:
        """Rows and columns of a window at a multiple of 4 input pixels, and its labels.

        It holds a labelled pixel, if one is found soon.
        """
        side, m = self._settings.crop, self._m
        places = (labels.shape[-1] // m - side) // 4 + 1
        for _ in range(MAX_TRIES):
            row, col = (4 * int(value) for value in generator.integers(0, places, 2))
            fine = labels[:, row * m : (row + side) * m, col * m : (col + side) * m]
            if ((fine[CLASS] != UNKNOWN) & (fine[SPLIT] == SPLITS["train"])).any():
                break
        return (slice(row, row + side), slice(col, col + side)), fine


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
        usable = _has_labels(store, magnification) & (store.labelled_pixels(split) > 0)
        numbers = [int(number) for number in np.flatnonzero(usable)]
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
    coverage = np.where(labels[FLAGS] & FULLY_ASSIGNED, 0, labels[COVERAGE]).astype(np.float32) / 255
    return {
        "x": torch.from_numpy(np.ascontiguousarray(x)),
        "doy": torch.from_numpy(np.ascontiguousarray(doy)),
        "valid": torch.from_numpy(np.ascontiguousarray(valid)),
        "classes": torch.from_numpy(labels[CLASS].astype(np.int64)),
        "parcels": torch.from_numpy(labels[PARCEL].astype(np.int64)),
        "known": torch.from_numpy(known),
        "certain": torch.from_numpy(known & (labels[FLAGS] == 0)),
        "coverage": torch.from_numpy(coverage),
    }


def _has_labels(store: Store, magnification: int) -> npt.NDArray[np.bool_]:
    """(N,) False for samples of published sets without labels on this grid."""
    has = [magnification in source.facts.get("magnifications", store.magnifications) for source in store.sources]
    return np.asarray(has, dtype=np.bool_)[store.source_of]
