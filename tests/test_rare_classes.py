"""Classes with too few pixels become "other"."""

from __future__ import annotations

import numpy as np
import pytest

from backend.errors import InputError
from backend.model_card import CropClass
from training.classes import Legend
from training.rare_classes import (
    EVALUATION_PIXELS,
    TRAIN_PIXELS,
    absent_classes,
    find_rare,
    lookup,
    sentences,
)


def legend_of(*names: str) -> Legend:
    return Legend(tuple(CropClass(code, name, name.title(), "#000000") for code, name in enumerate(names)))


LEGEND = legend_of("background", "wheat", "barley", "maize", "vines", "other")
#                 background  wheat   barley  maize  vines  other
PIXELS = {
    "train": [900_000, 20_000, 19_999, 50_000, 0, 100],
    "validation": [9000, 1500, 5000, 500, 0, 10],
    "calibration": [9000, 400, 5000, 500, 0, 10],
    "test": [9000, 100, 5000, 999, 0, 10],
}


def test_a_class_is_rare_below_either_limit_and_just_enough_is_enough() -> None:
    # wheat has 20,000 and 1,500 + 400 + 100 = 2,000; barley lacks a pixel to train on, maize one to evaluate on
    assert find_rare(PIXELS, TRAIN_PIXELS, EVALUATION_PIXELS, LEGEND) == {2: 5, 3: 5}


@pytest.mark.parametrize(
    ("train", "evaluation", "rare"),
    [(0, 2000, {3: 5}), (20_000, 0, {2: 5}), (0, 0, {}), (20_001, 0, {1: 5, 2: 5}), (0, 2001, {1: 5, 3: 5})],
)
def test_the_limits_can_be_set_and_zero_turns_one_off(train: int, evaluation: int, rare: dict[int, int]) -> None:
    assert find_rare(PIXELS, train, evaluation, LEGEND) == rare


def test_background_and_other_are_never_rare_and_a_class_without_a_pixel_is_absent() -> None:
    pixels = {"train": [1, 1, 0, 0, 0, 1], "test": [1, 0, 3, 0, 0, 0]}
    assert find_rare(pixels, 100, 100, LEGEND) == {1: 5, 2: 5}
    assert absent_classes(pixels, LEGEND) == (3, 4)
    assert absent_classes(PIXELS, LEGEND) == (4,)


def test_without_pixels_to_evaluate_on_only_the_training_limit_counts() -> None:
    pixels = {"train": [0, 30_000, 10, 0, 0, 0], "test": [0] * 6}
    assert find_rare(pixels, 20_000, 2000, LEGEND) == {2: 5}
    assert find_rare({"train": pixels["train"]}, 20_000, 2000, LEGEND) == {2: 5}
    said = sentences(pixels, 20_000, 2000, LEGEND)
    assert "Nothing lies outside the training split, so no class was called rare for want of evaluation." in said


def test_a_list_may_end_before_the_last_class() -> None:
    assert find_rare({"train": [5, 30_000, 7], "test": [0, 3000]}, 20_000, 2000, LEGEND) == {2: 5}


def test_the_table_turns_rare_classes_into_other_and_leaves_the_rest() -> None:
    table = lookup({2: 5, 3: 5})
    assert table.dtype == np.uint8
    assert table.shape == (256,)
    labels = np.array([[0, 1, 2], [3, 4, 5], [255, 2, 3]], np.int32)
    assert table[labels].tolist() == [[0, 1, 5], [5, 4, 5], [255, 5, 5]]
    assert lookup({}).tolist() == list(range(256))


@pytest.mark.parametrize("rare", [{0: 5}, {2: 0}, {255: 5}, {2: 255}, {2: 3, 3: 5}, {256: 5}])
def test_a_table_that_would_lose_labels_is_refused(rare: dict[int, int]) -> None:
    with pytest.raises(InputError, match=r"The rare class \d+ cannot become \d+"):
        lookup(rare)


def test_the_report_says_why_each_class_went_and_what_is_missing() -> None:
    assert sentences(PIXELS, TRAIN_PIXELS, EVALUATION_PIXELS, LEGEND) == (
        "'Barley' has 19,999 certain pixels to train on and 15,000 to evaluate on, fewer than wanted "
        "(20,000 to train on and 2,000 to evaluate on): it became 'Other'.",
        "'Maize' has 50,000 certain pixels to train on and 1,999 to evaluate on, fewer than wanted "
        "(20,000 to train on and 2,000 to evaluate on): it became 'Other'.",
        "No certain pixel of 'Vines' is in the data set: nothing is learned of it.",
    )


def test_other_stays_with_a_warning_when_it_is_too_small_even_after_the_merge() -> None:
    pixels = {"train": [0, 30_000, 60, 0, 0, 40], "test": [0, 3000, 6, 0, 0, 4]}
    said = sentences(pixels, 20_000, 2000, LEGEND)
    assert said[-1] == (
        "'Other' has only 100 certain pixels to train on and 10 to evaluate on "
        "(20,000 to train on and 2,000 to evaluate on wanted): it stays a class, but little is to be expected of it."
    )
    assert sentences({"train": [0, 30_000, 0, 0, 0, 0], "test": [0, 3000]}, 20_000, 2000, LEGEND)[1:] == ()


@pytest.mark.parametrize(
    ("pixels", "limits", "message"),
    [
        ({"test": [1, 2]}, (1, 1), r"needed of the split 'train' \(there are: test\)"),
        ({}, (1, 1), r"needed of the split 'train' \(there are: none\)"),
        ({"train": [1, 2, 3, 4, 5, 6, 7]}, (1, 1), "split 'train' do not fit the legend: there is no class 6"),
        ({"train": [1, -2]}, (1, 1), "do not fit the legend: there are negative counts"),
        (PIXELS, (-1, 1), "must be 0 or more pixels, not -1 and 1"),
    ],
)
def test_counts_and_limits_that_do_not_fit_are_told(
    pixels: dict[str, list[int]], limits: tuple[int, int], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        find_rare(pixels, *limits, LEGEND)


def test_a_legend_without_other_can_have_no_rare_class() -> None:
    legend = legend_of("background", "wheat", "barley")
    assert find_rare({"train": [0, 5, 5]}, 0, 0, legend) == {}
    with pytest.raises(InputError, match="no class 'other' that the rare class 'Wheat' could become"):
        find_rare({"train": [0, 5, 50]}, 10, 0, legend)
