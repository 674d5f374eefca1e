"""Areas from a sample: the worked example of the paper, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from backend.errors import InputError
from backend.model_card import CropClass
from training.areas import MapSample, estimate_areas
from training.classes import Legend
from training.evaluation_tables import area_table

NAMES = {1: "deforestation", 2: "forest gain", 3: "stable forest", 4: "stable non-forest"}
CELL_HA = 0.09
"""Landsat's 30 m."""


def published(**changes: np.ndarray) -> MapSample:
    """Table 8 of Olofsson et al. 2014."""
    values = {
        "cells": np.array([200_000, 150_000, 3_200_000, 6_450_000]),
        "counts": np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]]),
        **changes,
    }
    return MapSample((1, 2, 3, 4), values["cells"], values["counts"], NAMES)


def test_the_worked_example_of_the_paper_is_found_again() -> None:
    report = estimate_areas(published(), CELL_HA)
    assert report["points"] == 640
    lost = report["classes"]["1"]
    assert lost["area_ha"] == pytest.approx(21_158, abs=1)
    assert 1.96 * lost["standard_error_ha"] == pytest.approx(6_158, abs=1)
    assert lost["interval_95"] == pytest.approx([21_158 - 6_158, 21_158 + 6_158], abs=2)
    assert lost["mapped_ha"] == pytest.approx(18_000)
    gained = report["classes"]["2"]
    assert gained["area_ha"] == pytest.approx(11_686, abs=1)
    assert 1.96 * gained["standard_error_ha"] == pytest.approx(3_756, abs=1)
    assert report["classes"]["3"]["area_ha"] == pytest.approx(285_770, abs=1)
    assert report["classes"]["4"]["area_ha"] == pytest.approx(581_386, abs=1)
    assert sum(entry["area_ha"] for entry in report["classes"].values()) == pytest.approx(900_000)
    json.dumps(report, allow_nan=False)


def test_few_points_that_are_all_right_are_told() -> None:
    assert estimate_areas(published(), CELL_HA)["flawless"] == []
    counts = published().counts.copy()
    counts[0], counts[1] = [2, 0, 0, 0], [0, 75, 0, 0]
    report = estimate_areas(published(counts=counts), CELL_HA)
    assert report["classes"]["1"]["users_accuracy_interval_95"] == [1, 1]
    assert report["flawless"] == [1]
    legend = Legend(tuple(CropClass(code=code, name=name, title=name, color="#808080") for code, name in NAMES.items()))
    said = area_table({"area": {"olofsson": report}}, legend)
    assert "all points in the mapped deforestation are right, but they are fewer than 50" in said


def test_accuracies_are_those_of_the_paper() -> None:
    report = estimate_areas(published(), CELL_HA)
    assert report["overall_accuracy"] == pytest.approx(0.95, abs=0.005)
    low, high = report["overall_accuracy_interval_95"]
    assert (high - low) / 2 == pytest.approx(0.02, abs=0.005)
    # the paper prints 0.23 and 0.01 for the last figures of classes 2 and 4; its equation 7 gives these
    expected = {"1": (0.88, 0.07, 0.75, 0.21), "2": (0.73, 0.10, 0.85, 0.254), "3": (0.93, 0.04, 0.93, 0.03),
                "4": (0.96, 0.02, 0.96, 0.018)}  # fmt: skip
    for code, (user, user_half, producer, producer_half) in expected.items():
        entry = report["classes"][code]
        assert entry["users_accuracy"] == pytest.approx(user, abs=0.006)
        assert entry["users_accuracy_interval_95"][0] == pytest.approx(user - user_half, abs=0.012)
        assert entry["producers_accuracy"] == pytest.approx(producer, abs=0.006)
        assert entry["producers_accuracy_interval_95"][0] == pytest.approx(producer - producer_half, abs=0.012)


def test_a_class_that_the_map_does_not_hold_still_gets_its_area() -> None:
    sample = MapSample((1, 2), np.array([1000, 0]), np.array([[8, 2], [0, 0]]), {})
    report = estimate_areas(sample, 0.01)
    assert report["classes"]["2"]["area_ha"] == pytest.approx(2)
    assert report["classes"]["2"]["users_accuracy"] is None
    assert report["classes"]["2"]["producers_accuracy"] == 0
    # one stratum: the binomial's variance with n - 1
    assert report["classes"]["1"]["standard_error_ha"] == pytest.approx(10 * (0.8 * 0.2 / 9) ** 0.5)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(0)
    mapped = generator.random(40_000) < 0.3
    true = np.where(generator.random(40_000) < 0.1, ~mapped, mapped)
    hits = 0
    for _ in range(300):
        counts = np.zeros((2, 2), dtype=np.int64)
        for stratum in (0, 1):
            drawn = generator.choice(np.flatnonzero(mapped == stratum), 100, replace=False)
            counts[stratum] = np.bincount(true[drawn].astype(int), minlength=2)
        cells = np.bincount(mapped.astype(int))
        low, high = estimate_areas(MapSample((0, 1), cells, counts, {}), 1.0)["classes"]["1"]["interval_95"]
        hits += low <= true.sum() <= high
    assert 0.91 <= hits / 300 <= 0.99


def test_areas_without_a_sample_are_refused() -> None:
    with pytest.raises(InputError, match="need a probability sample of the map: there is not a single point"):
        published(counts=np.zeros((4, 4), dtype=np.int64))


def test_a_stratum_with_a_single_point_is_refused() -> None:
    counts = np.array([[66, 0, 5, 4], [0, 1, 0, 0], [1, 0, 153, 11], [2, 1, 9, 313]])
    with pytest.raises(InputError, match=r"class 'forest gain' has 1 of the sample's points; each class .* needs 2"):
        published(counts=counts)


def test_points_in_a_class_that_the_map_lacks_are_no_sample_of_it() -> None:
    with pytest.raises(InputError, match="'forest gain', which the map does not hold"):
        published(cells=np.array([200_000, 0, 3_200_000, 6_450_000]))


def test_shapes_that_do_not_fit_are_told() -> None:
    with pytest.raises(InputError, match=r"needs 4 numbers of cells and 4 x 4 counts, not \(3,\)"):
        published(cells=np.array([1, 2, 3]))
