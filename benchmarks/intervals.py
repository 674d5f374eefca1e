"""How often does a comparison call a difference that is none? Simulated, with the intervals of training.experiments.

    python benchmarks/intervals.py

A figure's difference on S scenes with E seeds is drawn as what scenes, seeds and both together change, each normal with
the spread that a row names; the true difference is 0. Beside the intervals in use stand those of drawing scenes and
seeds again and taking quantiles. Wanted: 5 in a hundred.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from training.experiments.intervals import DRAWS, interval, scene_draws

SPREADS = ((1, 0, 1), (1, 0.3, 1), (1, 0.3, 3), (1, 1, 1), (0.3, 1, 1), (0.1, 1, 0.3), (0, 0, 1))
"""Of scenes, seeds, and both together."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Share of differences that are none and would be called one.")
    parser.add_argument("--runs", type=int, default=1000)
    options = parser.parse_args()

    generator = np.random.default_rng(0)
    print("scenes seeds  spread of (scenes, seeds, both)  called one, %: in use, quantiles   width: in use, quantiles")
    for seeds in (2, 3, 5):
        for scenes in (10, 16):
            for spread in SPREADS:
                called, width = np.zeros(2), np.zeros(2)
                for _ in range(options.runs):
                    table = drawn(generator, seeds, scenes, spread)
                    cloud = table[:, scene_draws(scenes)].mean(axis=2)
                    value = interval(table.mean(axis=1), cloud, scenes)
                    for place, (low, high) in enumerate(((value.low, value.high), quantiles(generator, cloud))):
                        called[place] += not low <= 0 <= high
                        width[place] += high - low
                shares, widths = 100 * called / options.runs, width / options.runs
                told = f"{scenes:6} {seeds:5}  {spread!s:32} {shares[0]:21.1f} {shares[1]:10.1f}"
                print(f"{told} {widths[0]:15.2f} {widths[1]:10.2f}", flush=True)
    return 0


def drawn(
    generator: np.random.Generator, seeds: int, scenes: int, spread: tuple[float, float, float]
) -> NDArray[np.float64]:
    """(seeds, scenes) differences around 0."""
    of_scenes, of_seeds, of_both = spread
    return (
        of_scenes * generator.normal(size=(1, scenes))
        + of_seeds * generator.normal(size=(seeds, 1))
        + of_both * generator.normal(size=(seeds, scenes))
    )


def quantiles(generator: np.random.Generator, cloud: NDArray[np.float64]) -> tuple[float, float]:
    """Of means over seeds drawn again, n - 1 of n, each with a draw of scenes."""
    seeds = len(cloud)
    chosen = generator.integers(0, seeds, (DRAWS, max(1, seeds - 1)))
    means = cloud[chosen, np.arange(DRAWS)[:, None]].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


if __name__ == "__main__":
    raise SystemExit(main())
