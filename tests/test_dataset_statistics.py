"""Sums over samples: exact, of the training split alone, and the same in whatever order they are added."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("zarr")
from test_store import BANDS, sample

from training.classes import UNKNOWN
from training.dataset_statistics import Statistics
from training.splits import SPLITS
from training.store import CLASS, FLAGS, SPLIT

pytestmark = pytest.mark.torch


def test_mean_deviation_and_classes_are_those_of_the_training_pixels() -> None:
    item = sample(1)
    planes = item.labels[1]
    planes[SPLIT] = SPLITS["test"]
    planes[SPLIT, 0] = SPLITS["train"]
    planes[CLASS], planes[FLAGS] = 4, 0
    planes[CLASS, 0, 0], planes[FLAGS, 0, 1] = UNKNOWN, 1  # neither counts as a pixel of a class
    figures = Statistics(len(BANDS), 14)
    figures.add(item)
    seen = item.valid[:, 0]
    values = item.x[:, :, 0].transpose(1, 0, 2)[:, seen] / 10000
    found = figures.to_attributes()
    np.testing.assert_allclose(found["statistics"]["mean"], values.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(found["statistics"]["std"], values.std(axis=1), rtol=1e-9)
    assert found["statistics"]["class_pixels"][4] == 2
    assert found["class_pixels_by_split"]["test"][4] == 12
    assert found["class_pixels_by_split"]["validation"] == [0] * 14
    assert figures.training_pixels == 2
    assert found["statistics_by_fold"] == []


def test_sums_of_parts_are_the_sums_of_all_in_any_order() -> None:
    items = [sample(number) for number in range(4)]
    for item in items:
        item.labels[1][5:] = 0
    whole = Statistics(len(BANDS), 14, folds=2)
    for item in items:
        whole.add(item)
    parts = Statistics(len(BANDS), 14, folds=2)
    for chosen in ((3, 1), (0,), (2,)):
        part = Statistics(len(BANDS), 14, folds=2)
        for number in chosen:
            part.add(items[number])
        parts.add_flat(part.flat())
    np.testing.assert_array_equal(parts.flat(), whole.flat())


def test_a_data_set_without_a_training_pixel_has_no_statistics_but_finite_ones() -> None:
    found = Statistics(2, 14).to_attributes()["statistics"]
    assert found["mean"] == [0, 0]
    assert min(found["std"]) > 0
