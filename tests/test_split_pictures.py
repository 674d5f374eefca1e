"""Pictures of splits and folds, cell by cell."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

from backend.grid import Window
from training.classes import UNKNOWN
from training.split_pictures import (
    CROP_UNKNOWN,
    FIRST,
    GREYS,
    GROUND,
    NO_GROUP,
    OUTSIDE,
    Scale,
    SplitPicture,
    color_of,
    outlines,
    rgb_of,
)

TRAIN, TEST = FIRST, FIRST + 2 * 3
BETWEEN = 1
COLORS = ("#0000ff", "#00ff00", "#ff0000", "#ffff00")


def planes(classes: list[list[int]], parcels: list[list[int]], split: int = 1, fold: int = 0) -> np.ndarray:
    """Label planes with one split and fold all over."""
    out = np.zeros((7, *np.shape(classes)), np.int32)
    out[0], out[1], out[4], out[5] = classes, parcels, split, fold
    return out


def test_each_kind_of_ground_has_its_colour() -> None:
    picture = SplitPicture(Scale(Window(0, 0, 2, 4), 1, 1))
    left = planes([[1, 0], [UNKNOWN, UNKNOWN]], [[7, 0], [0, 8]])
    picture.add(0, 0, left)
    assert_array_equal(
        picture.kinds, [[TRAIN, TRAIN + BETWEEN, OUTSIDE, OUTSIDE], [GROUND, CROP_UNKNOWN, OUTSIDE, OUTSIDE]]
    )
    picture.add(0, 2, planes([[1, 0], [3, 3]], [[7, 0], [0, 9]], split=0))
    assert_array_equal(picture.kinds[:, 2:], [[NO_GROUP, GROUND], [NO_GROUP, NO_GROUP]])
    colors = picture.draw(COLORS)
    assert_array_equal(colors[:, 0, 0], [0, 0, 255])
    assert_array_equal(colors[:, 0, 2], rgb_of(GREYS[NO_GROUP]))
    assert set(picture.present) == {GROUND, CROP_UNKNOWN, NO_GROUP, TRAIN, TRAIN + BETWEEN}


def test_ground_between_parcels_is_three_tenths_of_the_colour_on_grey() -> None:
    grey = rgb_of(GREYS[GROUND])
    assert_array_equal(rgb_of(color_of(TRAIN + BETWEEN, COLORS)), np.rint(0.3 * np.array([0, 0, 255]) + 0.7 * grey))


def test_samples_beyond_the_edge_are_cut_off() -> None:
    picture = SplitPicture(Scale(Window(0, 0, 2, 2), 1, 1))
    picture.add(-1, -1, planes([[1, 1], [1, 1]], [[1, 1], [1, 1]]))
    picture.add(1, 1, planes([[1, 1], [1, 1]], [[1, 1], [1, 1]], split=4))
    picture.add(5, 5, planes([[1, 1], [1, 1]], [[1, 1], [1, 1]], split=4))
    assert_array_equal(picture.kinds, [[TRAIN, OUTSIDE], [OUTSIDE, TEST]])


def test_large_grids_are_thinned_out_alike_in_all_samples() -> None:
    scale = Scale.fit(Window(0, 0, 6, 6), (1, 2), 3)
    assert (scale.magnification, scale.step, scale.shape) == (1, 2, (3, 3))
    whole, parts = SplitPicture(scale), SplitPicture(scale)
    codes = np.random.default_rng(1).choice([0, 1, UNKNOWN], (6, 6))
    labels = planes(codes.tolist(), (codes == 1).astype(int).tolist())
    whole.add(0, 0, labels)
    for row in (0, 3):
        for col in (0, 3):
            parts.add(row, col, labels[:, row : row + 3, col : col + 3])
    assert_array_equal(parts.kinds, whole.kinds)
    assert_array_equal(whole.kinds == TRAIN, codes[::2, ::2] == 1)


def test_samples_smaller_than_a_cell_of_the_picture_are_seen() -> None:
    picture = SplitPicture(Scale(Window(0, 0, 40, 40), 1, 10))
    picture.add(13, 27, planes([[1, 1], [1, 1]], [[1, 1], [1, 1]]))
    assert np.argwhere(picture.kinds == TRAIN).tolist() == [[1, 2]]


def test_the_finest_labels_that_fit_are_drawn() -> None:
    assert Scale.fit(Window(0, 0, 20, 10), (1, 2, 4), 80).magnification == 4
    assert Scale.fit(Window(0, 0, 21, 10), (1, 2, 4), 80).magnification == 2
    assert Scale.fit(Window(5, 5, 20, 10), (1, 2, 4), 80).shape == (80, 40)


def test_folds_are_drawn_by_their_own_plane() -> None:
    picture = SplitPicture(Scale(Window(0, 0, 1, 2), 1, 1), by_fold=True)
    picture.add(0, 0, planes([[1]], [[1]], split=1, fold=3))
    picture.add(0, 1, planes([[1]], [[1]], split=1, fold=0))
    assert_array_equal(picture.kinds, [[FIRST + 2 * 2, NO_GROUP]])


def test_one_cell_of_two_neighbours_is_the_edge_between_them() -> None:
    labels = planes([[1, 1, 2, 2], [1, 1, 2, 2]], [[5, 5, 6, 6], [5, 5, 6, 6]])
    assert_array_equal(outlines(labels), [[False, True, False, False]] * 2)


def test_an_edge_to_ground_lies_in_the_parcel() -> None:
    labels = planes([[UNKNOWN, 1, 1, UNKNOWN]], [[0, 5, 5, 0]])
    assert_array_equal(outlines(labels), [[False, True, True, False]])


def test_sets_without_parcel_ids_have_edges_between_classes() -> None:
    labels = planes([[1, 1, 2, UNKNOWN]], [[0, 0, 0, 0]])
    assert_array_equal(outlines(labels), [[False, True, True, False]])


def test_edges_are_darker_on_grids_finer_than_the_images() -> None:
    labels = planes([[1, 1], [1, 1]], [[5, 6], [5, 6]])
    fine = SplitPicture(Scale(Window(0, 0, 1, 1), 2, 1))
    fine.add(0, 0, labels)
    assert_array_equal(fine.draw(COLORS)[2], [[184, 255]] * 2)  # 0.72 x 255
    coarse = SplitPicture(Scale(Window(0, 0, 2, 2), 1, 1))
    coarse.add(0, 0, labels)
    assert_array_equal(coarse.draw(COLORS)[2], [[255, 255]] * 2)
