"""Intervals of what was scored on several scenes, which are drawn again (bootstrap), with several seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

DRAWS = 400


@dataclass(frozen=True)
class Value:
    """A figure of a cell, or its difference from the reference."""

    mean: float
    low: float
    high: float
    """95 % interval."""


def scene_draws(scenes: int) -> NDArray[np.int64]:
    """(DRAWS, scenes - 1) numbers of scenes drawn again, so many as spread like the mean of all.

    n - 1 of n: n of n would spread by too little (by a fifth with three; Rao and Wu 1988).
    """
    return np.random.default_rng(0).integers(0, scenes, (DRAWS, max(1, scenes - 1)))


def interval(figures: NDArray[np.float64], drawn: NDArray[np.float64], scenes: int) -> Value:
    """Mean over seeds, and the interval in which it would lie with other scenes and other seeds.

    What scenes change is the spread over draws of them, what seeds change that between seeds. Three seeds tell their
    own spread so badly that quantiles of draws of them are too narrow; so the two variances are added, and their sum
    is as sure as Satterthwaite's (1946) degrees of freedom (df) say. What seed and scene change together is in both,
    so intervals are rather too wide where neither changes much alone. One seed, or one scene, cannot tell how much its
    kind changes: that counts as nothing, and such an interval is too narrow.

    Args:
        figures: (seeds,) over all scenes.
        drawn: (seeds, DRAWS) over each draw of scenes; NaN where a draw has nothing to tell.
        scenes: how many there are; a figure that few of them have is less sure than this takes it to be.
    """
    mean = float(figures.mean())
    by_scenes, by_seeds = _variance(drawn.mean(axis=0)), _variance(figures) / len(figures)
    total = by_scenes + by_seeds
    if total == 0:
        return Value(mean, mean, mean)
    parts = ((by_scenes, scenes - 1), (by_seeds, len(figures) - 1))
    df = total**2 / sum(part**2 / count for part, count in parts if count > 0)
    half = float(student.ppf(0.975, df) * np.sqrt(total))
    return Value(mean, mean - half, mean + half)


def _variance(values: NDArray[Any]) -> float:
    """Of a sample; 0 where there are not two values."""
    known = values[np.isfinite(values)]
    return float(known.var(ddof=1)) if len(known) > 1 else 0.0
