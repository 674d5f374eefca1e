"""Intervals of comparisons: what scenes and seeds change, and how sure three seeds are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from training.experiments.intervals import DRAWS, Value, interval, scene_draws


def of(table: np.ndarray) -> Value:
    """The interval of a figure that is a mean over scenes: (seeds, scenes)."""
    draws = scene_draws(table.shape[1])
    return interval(table.mean(axis=1), table[:, draws].mean(axis=2), table.shape[1])


def test_with_one_seed_it_is_students_interval_over_scenes() -> None:
    table = np.random.default_rng(1).normal(0.6, 0.1, (1, 10))
    low, high = stats.t.interval(0.95, 9, table.mean(), table.std(ddof=1) / 10**0.5)
    value = of(table)
    assert value.mean == pytest.approx(table.mean())
    assert value.high - value.low == pytest.approx(high - low, rel=0.08)  # by DRAWS draws
    assert value.high - value.mean == pytest.approx(value.mean - value.low)


def test_where_scenes_are_alike_it_is_students_interval_over_seeds() -> None:
    seeds = np.array([0.61, 0.66, 0.71])
    low, high = stats.t.interval(0.95, 2, 0.66, 0.05 / 3**0.5)
    value = of(np.repeat(seeds[:, None], 10, axis=1))
    assert (value.low, value.high) == (pytest.approx(low), pytest.approx(high))


def test_scenes_and_seeds_add_up_and_freedom_lies_between_theirs() -> None:
    scenes, seeds = np.arange(10) / 100, np.array([0.0, 0.02, 0.04])
    value = of(seeds[:, None] + scenes)
    by_scenes, by_seeds = scenes.var(ddof=1) / 10, seeds.var(ddof=1) / 3
    freedom = (by_scenes + by_seeds) ** 2 / (by_scenes**2 / 9 + by_seeds**2 / 2)
    assert 2 < freedom < 11
    half = stats.t.ppf(0.975, freedom) * (by_scenes + by_seeds) ** 0.5
    assert value.high - value.mean == pytest.approx(half, rel=0.08)


def test_of_differences_that_are_none_few_are_called_one_also_where_seeds_change_most() -> None:
    generator = np.random.default_rng(0)
    called = 0
    for _ in range(300):
        value = of(generator.normal(size=(3, 1)) + 0.3 * generator.normal(size=(3, 10)))
        called += not value.low <= 0 <= value.high
    assert called / 300 < 0.08  # drawing seeds again and taking quantiles called 0.2


def test_one_seed_of_one_scene_and_equal_figures_have_no_width() -> None:
    assert of(np.array([[0.5]])) == Value(0.5, 0.5, 0.5)
    assert of(np.full((3, 10), 0.25)) == Value(0.25, 0.25, 0.25)


def test_draws_with_nothing_to_tell_have_no_say() -> None:
    figures = np.array([0.4, 0.5, 0.6])
    cloud = np.tile(np.linspace(0.4, 0.6, DRAWS), (3, 1))
    gap = cloud.copy()
    gap[:, ::2] = np.nan
    whole, half = interval(figures, cloud, 10), interval(figures, gap, 10)
    assert np.isfinite([half.low, half.high]).all()
    assert half.high == pytest.approx(whole.high, rel=0.02)
