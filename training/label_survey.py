"""One look at the labels of a source's samples, one after the other: maps of splits, and what each sample holds.

Reads labels alone, never two samples at once, and of very many samples evenly spaced ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.grid import Window
from training.classes import BACKGROUND, UNKNOWN
from training.progress import Progress, check_cancelled
from training.split_pictures import Scale, SplitPicture
from training.splits import SPLITS
from training.store import CLASS, SPLIT, Store

MOST_SAMPLES = 30_000
"""Looked at in all: a full tile of Sentinel-2 has 29,241 of 64 x 64 pixels, about 2 ms each."""
TOLD_EVERY = 64
"""Samples between two words of progress."""
NUM_SPLITS = len(SPLITS) + 1


@dataclass(frozen=True, eq=False)
class SourceSurvey:
    """What was seen of one source. N samples looked at, K classes."""

    source: int
    """Its number in the store."""
    samples: int
    """All it has."""
    numbers: npt.NDArray[np.int64]
    """(N,) the samples looked at."""
    class_shares: npt.NDArray[np.float32]
    """(N, K) share of each sample's cells that has a class."""
    split_shares: npt.NDArray[np.float32]
    """(N, 5) share of each sample's cells with a known crop, or known to have none, in a split; 0 for none."""
    scale: Scale | None
    """Of the pictures; None if there is no sample."""
    splits: SplitPicture | None
    folds: SplitPicture | None
    """None without folds, too."""

    @property
    def labelled(self) -> npt.NDArray[np.float32]:
        """(N,) share of each sample's cells with a known crop."""
        shares: npt.NDArray[np.float32] = self.class_shares[:, BACKGROUND + 1 :].sum(axis=1)
        return shares


def survey(
    store: Store, sources: Sequence[int], picture_side: int, progress: Progress, most: int = MOST_SAMPLES
) -> list[SourceSurvey]:
    """Look at the samples of some sources.

    Args:
        store: the data set.
        sources: their numbers.
        picture_side: longest side of a map of splits.
        progress: is told how far it is and asked whether to stop.
        most: samples to look at in all; small sources are looked at as a whole first.
    """
    allowed = _share_out([int(np.count_nonzero(store.source_of == source)) for source in sources], most)
    done, total = itertools.count(), sum(allowed)

    def step() -> None:
        number = next(done)
        if number % TOLD_EVERY == 0:
            progress.progress(number, total, "looking at the labels")
            check_cancelled(progress)

    return [_survey(store, source, picture_side, count, step) for source, count in zip(sources, allowed, strict=True)]


def extent(store: Store, source: int) -> Window | None:
    """The box around a source's samples, in its grid and not beyond it; None if it has none."""
    origins = store.origin[store.source_of == source]
    if not len(origins):
        return None
    (top, left), (bottom, right) = origins.min(axis=0).tolist(), (origins.max(axis=0) + store.chip).tolist()
    window = Window(top, left, bottom - top, right - left)
    facts = store.sources[source].facts
    if "importer" in facts or not facts.get("grid_shape"):
        return window
    height, width = map(int, facts["grid_shape"])
    return window.intersect(Window(0, 0, height, width))


def _survey(store: Store, source: int, picture_side: int, count: int, step: Callable[[], None]) -> SourceSurvey:
    numbers = np.flatnonzero(store.source_of == source)
    total = len(numbers)
    numbers = numbers[np.linspace(0, total - 1, count).astype(np.int64)] if count < total else numbers
    classes = len(store.attributes["statistics"]["class_pixels"])
    window = extent(store, source)
    if window is None or window.is_empty:
        no_classes, no_splits = (np.zeros((len(numbers), count), np.float32) for count in (classes, NUM_SPLITS))
        return SourceSurvey(source, total, numbers, no_classes, no_splits, None, None, None)
    scale = Scale.fit(window, store.magnifications or (1,), picture_side)
    splits = SplitPicture(scale)
    folds = SplitPicture(scale, by_fold=True) if store.attributes["folds"] else None
    class_shares, split_shares = [], []
    for number in numbers.tolist():
        step()
        planes = store.labels(number, scale.magnification)
        row, col = store.origin[number].tolist()
        for picture in (splits, folds):
            if picture is not None:
                picture.add(row, col, planes)
        codes = planes[CLASS].ravel()
        class_shares.append(np.bincount(codes, minlength=UNKNOWN + 1)[:classes] / codes.size)
        known = planes[SPLIT].ravel()[codes != UNKNOWN]
        split_shares.append(np.bincount(known, minlength=NUM_SPLITS) / codes.size)
    return SourceSurvey(
        source=source,
        samples=total,
        numbers=numbers,
        class_shares=np.array(class_shares, np.float32).reshape(-1, classes),
        split_shares=np.array(split_shares, np.float32).reshape(-1, NUM_SPLITS),
        scale=scale,
        splits=splits,
        folds=folds,
    )


def _share_out(counts: Sequence[int], most: int) -> list[int]:
    """How many of each are taken so that there are `most` in all: small ones whole, the rest in equal numbers."""
    out = [0] * len(counts)
    left = most
    order = sorted(range(len(counts)), key=lambda place: counts[place])
    for done, place in enumerate(order):
        out[place] = min(counts[place], left // (len(counts) - done))
        left -= out[place]
    return out
