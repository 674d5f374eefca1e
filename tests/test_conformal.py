"""Conformal sets: the threshold by hand, the promise on data drawn alike, and classes with too little to go by."""

from __future__ import annotations

import numpy as np
import pytest

from training.conformal import SetCover, class_thresholds, fewest, threshold
from training.pixel_draw import LowestKept, draw_order


def drawn(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (3, N) that are right for the first class and too sure for the others, and true classes."""
    logits = rng.normal(0, 2, (3, count))
    truth = (logits + rng.gumbel(size=logits.shape)).argmax(axis=0)
    logits[1:] *= 2
    raised = np.exp(logits)
    return raised / raised.sum(axis=0), truth


def test_the_threshold_is_the_conformal_rank() -> None:
    scores = np.arange(1, 20) / 20  # 19 scores: rank ceil(20 * 0.9) = 18
    assert threshold(np.flip(scores), 0.1) == 18 / 20
    assert threshold(scores[:9], 0.1) == 9 / 20
    assert threshold(scores[:8], 0.1) == 1  # ceil(9 * 0.9) = 9 of 8
    assert threshold(np.zeros(0), 0.1) == 1
    assert (fewest(0.1), fewest(0.05), fewest(0.5)) == (9, 19, 1)


def test_every_class_is_covered_as_promised_however_wrong_the_probabilities_are() -> None:
    rng = np.random.default_rng(0)
    shares, truth = drawn(rng, 6000)
    scores = 1 - shares[truth, np.arange(6000)]
    found = class_thresholds(scores, truth, np.zeros(6000, int), ["farm"], (0, 1, 2), 0.1)
    assert found["pooled_classes"] == []
    assert found["counts"] == {str(code): int((truth == code).sum()) for code in range(3)}
    cover = SetCover(found["thresholds"], np.arange(3))
    cover.add(*drawn(rng, 10_000))
    cover.add(*drawn(rng, 10_000))
    figures = cover.figures()
    assert figures["count"] == 20_000
    for entry in figures["per_class"].values():
        assert entry["coverage"] == pytest.approx(0.9, abs=0.015)
    assert 1 < figures["mean_set_size"] < 2.5
    assert figures["coverage"] == pytest.approx(0.9, abs=0.01)


def test_a_class_with_too_few_items_gets_the_pooled_threshold_and_is_named_with_its_regions() -> None:
    scores = np.concatenate([np.linspace(0, 0.5, 30), np.full(8, 0.99)])
    classes, regions = np.repeat([1, 5], [30, 8]), np.repeat([0, 1, 1], [10, 20, 8])
    found = class_thresholds(scores, classes, regions, ["north", "south"], (0, 1, 5), 0.1)
    assert found["pooled_classes"] == [0, 5]
    assert found["pooled_threshold"] == threshold(scores, 0.1) == 0.99
    assert found["thresholds"] == {"0": 0.99, "1": threshold(scores[:30], 0.1), "5": 0.99}
    assert found["counts"] == {"0": 0, "1": 30, "5": 8}
    assert found["regions"] == {"0": [], "1": ["north", "south"], "5": ["south"]}


def test_of_many_regions_some_are_named() -> None:
    regions = np.arange(40)
    names = [f"scene_{number}" for number in range(40)]
    found = class_thresholds(np.linspace(0, 1, 40), np.ones(40, int), regions, names, (1,), 0.1)
    assert found["regions"]["1"] == [*names[:11], "and 29 more"]


def test_many_pixels_of_few_parcels_are_too_few() -> None:
    scores, classes = np.tile(np.linspace(0, 1, 100), 2), np.repeat([0, 1], 100)
    clusters = np.concatenate([np.arange(100), np.arange(100) % 5])
    found = class_thresholds(scores, classes, np.zeros(200, int), ["farm"], (0, 1), 0.1, clusters)
    assert found["clusters"] == {"0": 100, "1": 5}
    assert found["counts"]["1"] == 100
    assert found["pooled_classes"] == [1]


def test_sets_are_counted_by_hand() -> None:
    cover = SetCover({"1": 0.4, "5": 0.8}, np.array([1, 5]))
    # in the set from 0.6 and 0.2 on: {1, 5}, {5}, {}, and a class that no channel has
    cover.add(np.array([[0.7, 0.3, 0.5, 0.6], [0.3, 0.7, 0.1, 0.1]]), np.array([1, 1, 5, 7]))
    figures = cover.figures()
    assert figures["coverage"] == 1 / 4
    assert figures["mean_set_size"] == (2 + 1 + 0 + 1) / 4
    assert figures["empty_share"] == 1 / 4
    assert figures["per_class"]["1"] == {"coverage": 0.5, "count": 2, "mean_set_size": 1.5}
    assert figures["per_class"]["7"]["coverage"] == 0
    assert SetCover({}, np.array([0])).figures()["coverage"] is None


def test_pixels_drawn_do_not_depend_on_the_pieces_they_come_in() -> None:
    rows, cols = (index.ravel() - 20 for index in np.indices((64, 64)))
    whole, pieces = LowestKept(100), LowestKept(100)
    order = draw_order(rows, cols, 7)
    whole.add(order, rows, np.stack((rows, cols), axis=1))
    for part in np.array_split(np.random.default_rng(0).permutation(len(rows)), 9):
        pieces.add(draw_order(rows[part], cols[part], 7), rows[part], np.stack((rows, cols), axis=1)[part])
    for one, other in zip(whole.columns(), pieces.columns(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(whole) == 100
    assert len(np.unique(order)) == len(order)
    assert (draw_order(rows, cols, 8) != order).all()
    chosen = whole.columns()[0]
    assert -3 < chosen.mean() - 11.5 < 3  # from all over the ground
