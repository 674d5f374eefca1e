"""Sets of classes that hold the true one as often as promised: split conformal prediction, class by class.

The score of an item (a parcel or a pixel) is 1 - probability of its true class. A class's threshold is the
ceil((n + 1)(1 - alpha))-th smallest of the scores of its n items in the calibration split (Vovk et al. 2005,
chapter 4.5; Sadinle et al. 2019): of items like these the true class is then in the set in at least 1 - alpha of all,
for each class. That holds for ground like that of the calibration split: hence thresholds carry their number and
their regions. It is a promise for parcels alone: pixels of one parcel are alike, so a class's n pixels say less than
n, and sets of pixels may hold the truth less often. The temperature is fitted on the same items, which its one
parameter hardly notices.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]

SCORE = "1 - probability"
MOST_NAMES = 12
"""Of regions, for each class: the thresholds go onto the model's card."""
ROUNDING = 1e-6
"""float32 probabilities at a threshold count as within it."""


def fewest(alpha: float) -> int:
    """Items of a class below which its largest score would be no threshold: n with ceil((n + 1)(1 - alpha)) <= n."""
    return math.ceil(1 / alpha - 1 - 1e-9)


def threshold(scores: FloatArray, alpha: float) -> float:
    """The conformal quantile of scores; 1, which takes in every class, where they are too few."""
    rank = math.ceil((len(scores) + 1) * (1 - alpha) - 1e-9)
    return float(np.sort(scores)[rank - 1]) if 0 < rank <= len(scores) else 1.0


def class_thresholds(
    scores: FloatArray,
    classes: IntArray,
    regions: IntArray,
    names: Sequence[str],
    codes: Sequence[int],
    alpha: float,
    clusters: IntArray | None = None,
) -> dict[str, Any]:
    """Thresholds of all classes; a class with too few items gets that of all items together, and is named.

    Args:
        scores: (N,) 1 - probability of the true class, of items of the calibration split.
        classes: (N,) their legend codes.
        regions: (N,) which of `names` each is from.
        names: of the sources.
        codes: all legend codes; those without an item are pooled too.
        alpha: how often the true class may be left out.
        clusters: (N,) parcel or square of ground of each item, where items are pixels: what makes a class's items
            enough are these, since pixels of one parcel are alike.

    Returns:
        thresholds, counts, regions by code, pooled_threshold, pooled_count, pooled_classes; clusters by code where
        they are given.
    """
    pooled = threshold(scores, alpha)
    out: dict[str, Any] = {
        "thresholds": {},
        "counts": {},
        "regions": {},
        "pooled_threshold": pooled,
        "pooled_count": len(scores),
        "pooled_classes": [],
    }
    if clusters is not None:
        out["clusters"] = {}
    for code in codes:
        own = classes == code
        count = independent = int(np.count_nonzero(own))
        if clusters is not None:
            independent = out["clusters"][str(code)] = len(np.unique(clusters[own]))
        is_pooled = independent < fewest(alpha)
        out["thresholds"][str(code)] = pooled if is_pooled else threshold(scores[own], alpha)
        out["counts"][str(code)] = count
        out["regions"][str(code)] = _some([names[region] for region in np.unique(regions[own])])
        if is_pooled:
            out["pooled_classes"].append(code)
    return out


def _some(names: list[str]) -> list[str]:
    """Names that fit on a card."""
    if len(names) <= MOST_NAMES:
        return names
    return [*names[: MOST_NAMES - 1], f"and {len(names) - MOST_NAMES + 1} more"]


def threshold_vector(thresholds: Mapping[str, float], codes: IntArray) -> NDArray[np.float64]:
    """(K,) thresholds of the classes in the channels' order; 1 for classes without one."""
    return np.array([thresholds.get(str(code), 1.0) for code in codes.tolist()], dtype=np.float64)


class SetCover:
    """How often sets hold the true class, and how many classes they hold: counted block by block."""

    def __init__(self, thresholds: Mapping[str, float], codes: IntArray) -> None:
        """
        Args:
            thresholds: by code.
            codes: (K,) legend code of each channel.
        """
        self._least = (1 - threshold_vector(thresholds, codes) - ROUNDING)[:, None]
        self._codes = codes
        size = int(codes.max()) + 1
        self._count, self._held, self._size = (np.zeros(size, dtype=np.int64) for _ in range(3))
        self._empty = 0

    def add(self, probabilities: FloatArray, y_true: IntArray) -> None:
        """Count items: probabilities (K, N) and true codes (N,). Classes the channels lack are in no set."""
        within = probabilities >= self._least
        sizes = within.sum(axis=0)
        truth = y_true.astype(np.int64)
        top = len(self._count)
        if len(truth) and truth.max() >= top:
            grown = int(truth.max()) + 1
            self._count, self._held, self._size = (
                np.concatenate((values, np.zeros(grown - top, dtype=np.int64)))
                for values in (self._count, self._held, self._size)
            )
        channel_of = np.full(len(self._count), -1)
        channel_of[self._codes] = np.arange(len(self._codes))
        channel = channel_of[truth]
        held = np.where(channel >= 0, within[channel, np.arange(len(truth))], False)
        bins = len(self._count)
        self._count += np.bincount(truth, minlength=bins)
        self._held += np.bincount(truth[held], minlength=bins)
        self._size += np.bincount(truth, sizes, minlength=bins).astype(np.int64)
        self._empty += int(np.count_nonzero(sizes == 0))

    @property
    def held(self) -> int:
        """Items whose set holds the true class."""
        return int(self._held.sum())

    @property
    def count(self) -> int:
        """Items."""
        return int(self._count.sum())

    def figures(self) -> dict[str, Any]:
        """coverage, mean_set_size, count, empty_share and per_class; None without items."""
        total = self.count
        return {
            "coverage": self.held / total if total else None,
            "interval_95": None,
            "mean_set_size": float(self._size.sum() / total) if total else None,
            "count": total,
            "empty_share": self._empty / total if total else None,
            "per_class": {
                str(code): {
                    "coverage": float(self._held[code] / self._count[code]),
                    "count": int(self._count[code]),
                    "mean_set_size": float(self._size[code] / self._count[code]),
                }
                for code in np.flatnonzero(self._count).tolist()
            },
        }
