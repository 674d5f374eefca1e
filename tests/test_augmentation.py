"""What is done to training samples: shifts against the labels, made-up clouds, and that labels stay on their pixels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import label

pytest.importorskip("torch")  # the settings are those of training
from training.augmentation import EDGE_DEPTH, add_clouds, cut_edge, draw_cloud, shift_images, turn

pytestmark = pytest.mark.torch

WHOLE = slice(0, 6), slice(0, 6)


def image(seed: int = 0, dates: int = 2) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    return draw.random((dates, 3, 6, 6)).astype(np.float32), draw.random((dates, 6, 6)) > 0.2


def test_a_shift_of_one_whole_pixel_is_a_roll_without_what_comes_in_from_the_other_side() -> None:
    x, valid = image()
    moved, seen = shift_images(x, valid, np.array([[1.0, 0.0], [0.0, -1.0]]), WHOLE)
    up, right = np.roll(x[0], -1, axis=1), np.roll(x[1], 1, axis=2)
    np.testing.assert_array_equal(moved[0, :, :-1], up[:, :-1])
    np.testing.assert_array_equal(moved[1, :, :, 1:], right[:, :, 1:])
    np.testing.assert_array_equal(seen[0, :-1], np.roll(valid[0], -1, axis=0)[:-1])
    np.testing.assert_array_equal(seen[1, :, 1:], np.roll(valid[1], 1, axis=1)[:, 1:])
    assert not seen[0, -1].any()
    assert not seen[1, :, 0].any()


def test_a_shift_of_part_of_a_pixel_is_the_weighted_mean_of_four() -> None:
    x, valid = np.arange(4, dtype=np.float32).reshape(1, 1, 2, 2), np.ones((1, 2, 2), bool)
    moved, seen = shift_images(x, valid, np.array([[0.25, 0.5]]), (slice(0, 2), slice(0, 2)))
    assert moved[0, 0, 0, 0] == pytest.approx(0.75 * 0.5 * (0 + 1) + 0.25 * 0.5 * (2 + 3))
    assert seen[0].tolist() == [[True, False], [False, False]]


def test_a_pixel_made_of_one_that_is_not_valid_is_not_valid() -> None:
    x, valid = image()
    valid[:] = True
    valid[0, 2, 2] = False
    _, seen = shift_images(x, valid, np.array([[0.5, 0.0], [0.0, 0.0]]), WHOLE)
    assert not seen[0, 1:3, 2].any()
    assert seen[0, [0, 3, 4], 2].all()
    assert seen[1].all()


def test_a_window_takes_what_lies_around_it() -> None:
    x, valid = image()
    shifts = np.array([[-0.7, 1.3], [2.0, -1.4]])
    whole = shift_images(x, valid, shifts, WHOLE)
    part = shift_images(x, valid, shifts, (slice(2, 4), slice(1, 5)))
    np.testing.assert_array_equal(part[0], whole[0][:, :, 2:4, 1:5])
    np.testing.assert_array_equal(part[1], whole[1][:, 2:4, 1:5])


def test_no_date_is_shifted_to_no_date() -> None:
    moved, seen = shift_images(*(values[:0] for values in image()), np.zeros((0, 2)), (slice(1, 5), slice(1, 5)))
    assert moved.shape == (0, 3, 4, 4)
    assert seen.shape == (0, 4, 4)


def test_a_made_up_cloud_is_one_blob_of_many_sizes() -> None:
    shares = []
    for seed in range(300):
        cloud = draw_cloud(np.random.default_rng(seed), 24, 24)
        assert label(cloud, np.ones((3, 3)))[1] == 1
        shares.append(cloud.mean())
    assert min(shares) < 0.05
    assert max(shares) > 0.6
    assert 0.15 < np.mean(shares) < 0.5


def test_clouds_hide_their_bright_pixels_and_leave_the_others_as_they_are() -> None:
    generator = np.random.default_rng(3)
    x, valid = np.full((40, 2, 24, 24), 0.1, np.float32), np.ones((40, 24, 24), bool)
    valid[0, :, :5] = False
    before = valid.copy()
    add_clouds(generator, 0.5, x, valid)
    hidden = before & ~valid
    clouded = hidden.reshape(40, -1).any(axis=1)
    assert 10 <= clouded.sum() <= 30
    assert not (valid & ~before).any()
    assert (x.min(axis=1)[hidden] >= 0.3).all()
    assert (x.max(axis=1)[valid] < 0.11).all()  # not one bright pixel is seen


def test_without_clouds_nothing_is_drawn() -> None:
    generator = np.random.default_rng(3)
    x, valid = image()
    add_clouds(generator, 0.0, x, valid)
    assert generator.random() == np.random.default_rng(3).random()


def test_images_end_at_a_straight_line_on_all_dates_alike() -> None:
    straight, shares = 0, []
    for seed in range(200):
        x, valid = np.ones((3, 2, 24, 24), np.float32), np.ones((3, 24, 24), bool)
        cut_edge(np.random.default_rng(seed), 1.0, x, valid)
        gone = ~valid[0]
        shares.append(gone.mean())
        assert (valid == valid[0]).all()
        assert not x[:, :, gone].any()
        assert (x[:, :, ~gone] == 1).all()
        for axis in (0, 1):  # of a half plane every row and column crosses the edge once at most
            assert (np.diff(gone.astype(int), axis=axis) != 0).sum(axis=axis).max() <= 1
        straight += bool(gone.all(axis=0)[gone.any(axis=0)].all() or gone.all(axis=1)[gone.any(axis=1)].all())
    assert 60 < straight < 160, "half of them along rows or columns"
    assert 0 < np.mean(shares) < np.max(shares) <= EDGE_DEPTH[1] + 0.05


def test_without_edges_nothing_is_drawn_and_with_some_the_others_stay() -> None:
    generator = np.random.default_rng(4)
    x, valid = image()
    before = x.copy(), valid.copy(), generator.bit_generator.state
    cut_edge(generator, 0.0, x, valid)
    assert generator.bit_generator.state == before[2]
    cut = 0
    for _ in range(300):
        x, valid = before[0].copy(), np.ones_like(before[1])
        cut_edge(generator, 0.3, x, valid)
        cut += not valid.all()
        assert not valid.all() or np.array_equal(x, before[0])
    assert 60 < cut < 120


def test_arrays_of_other_resolutions_turn_alike() -> None:
    numbers = np.arange(36).reshape(6, 6)
    for seed in range(16):
        coarse, fine = turn(np.random.default_rng(seed), numbers, np.kron(numbers, np.ones((2, 2), int)))
        np.testing.assert_array_equal(np.kron(coarse, np.ones((2, 2), int)), fine)
