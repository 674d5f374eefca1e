"""Sums over samples: exact, of the training split alone, and the same in whatever order they are added."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("zarr")
from test_store import BANDS, sample

from training.classes import UNKNOWN
from training.dataset_statistics import Statistics
from training.splits import SPLITS
from training.store import CLASS, FLAGS, PARCEL, SPLIT, Sample

pytestmark = pytest.mark.torch


def test_mean_deviation_and_classes_are_those_of_the_training_pixels() -> None:
    item = replace(sample(1), parcel=0)
    item.valid[0] = True
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
    items = [replace(sample(number), parcel=0) for number in range(4)]
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


def certain(parcel: int = 0) -> Sample:
    """4 x 4 certain training pixels of class 2; the left half is parcel 7, the right half parcel 8."""
    item = replace(sample(0, scales=(1,)), parcel=parcel)
    item.valid[:] = True
    planes = item.labels[1]
    planes[:] = 0
    planes[CLASS], planes[SPLIT] = 2, SPLITS["train"]
    planes[PARCEL, :, :2], planes[PARCEL, :, 2:] = 7, 8
    return item


def counted(item: Sample, stride: int | None = None) -> tuple[int, int]:
    """Certain pixels of class 2, and reflectances behind the mean."""
    figures = Statistics(len(BANDS), 14)
    figures.add(item, stride)
    return figures.by_split()["train"][2], int(figures.flat()[0])


def test_of_a_sample_around_a_parcel_that_parcel_counts_alone() -> None:
    assert counted(certain()) == (16, 3 * 16)
    assert counted(certain(parcel=7)) == (8, 3 * 8)


def test_samples_that_overlap_count_the_ground_once() -> None:
    assert counted(certain(), stride=4) == (16, 3 * 16)
    assert counted(certain(), stride=3) == (9, 3 * 9)


def test_ground_that_no_date_shows_does_not_count() -> None:
    item = certain()
    item.valid[:, 1:] = False
    item.valid[1:, 0] = False
    assert counted(item) == (4, 4)


def test_of_a_data_set_without_labels_all_valid_pixels_count() -> None:
    item = sample(0, scales=())
    figures = Statistics(len(BANDS), 14)
    figures.add(item)
    values = item.x.transpose(1, 0, 2, 3)[:, item.valid] / 10000
    np.testing.assert_allclose(figures.to_attributes()["statistics"]["mean"], values.mean(axis=1), rtol=1e-12)


def test_a_data_set_without_a_training_pixel_has_no_statistics_but_finite_ones() -> None:
    found = Statistics(2, 14).to_attributes()["statistics"]
    assert found["mean"] == [0, 0]
    assert min(found["std"]) > 0
