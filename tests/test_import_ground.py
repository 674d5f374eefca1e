"""Where the patches of published sets lie, splits and folds by whole blocks, near ground; their dates and values."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import DamagedFileError, InputError
from training.importers.ground import blocks_of, make_ground, roles_in_folds, share_folds, share_out, share_roles
from training.importers.patch_data import days_of_year, make_patch, spread_evenly, to_reflectance, whole_numbers
from training.splits import CALIBRATION, NONE, TEST, TRAIN, VALIDATION


def line(splits: list[int], folds: list[int], buffer_m: float, step: int = 4) -> object:
    """Patches of 4 pixels in a row, `step` pixels apart."""
    count = len(splits)
    return make_ground(
        np.zeros(count, dtype=np.int64),
        step * np.arange(count),
        4,
        np.array(splits, dtype=np.uint8),
        np.array(folds, dtype=np.uint8),
        buffer_m,
    )


def test_ground_within_the_buffer_of_another_fold_is_near_it() -> None:
    ground = line([TRAIN] * 3, [1, 2, 2], 20.0)
    split, fold, near = ground.planes(0)
    assert np.unique(split).tolist() == [TRAIN]
    assert np.unique(fold).tolist() == [1]
    assert near.tolist() == [[0, 0, 2, 2]] * 4  # centres 10 and 20 m from the nearest of fold 2: bit 1
    assert ground.planes(1)[2].tolist() == [[1, 1, 0, 0]] * 4
    assert ground.planes(2)[2].tolist() == [[0, 0, 0, 0]] * 4


def test_ground_that_patches_of_two_folds_share_is_near_without_a_buffer() -> None:
    ground = line([TRAIN] * 2, [1, 2], 0.0, step=3)
    assert ground.planes(0)[2].tolist() == [[0, 0, 0, 2]] * 4
    assert line([TRAIN] * 2, [1, 2], 0.0, step=4).planes(0)[2].tolist() == [[0, 0, 0, 0]] * 4


def test_training_ground_within_the_buffer_of_another_split_is_in_none() -> None:
    ground = line([TRAIN, TEST, TRAIN], [0, 0, 0], 10.0)
    assert ground.planes(0)[0].tolist() == [[TRAIN, TRAIN, TRAIN, NONE]] * 4
    assert ground.planes(1)[0].tolist() == [[TEST] * 4] * 4
    assert ground.planes(2)[0].tolist() == [[NONE, TRAIN, TRAIN, TRAIN]] * 4
    assert line([TRAIN, TEST], [0, 0], 0.0).planes(0)[0].tolist() == [[TRAIN] * 4] * 4


def test_distances_are_round_at_corners() -> None:
    corners, folds = np.array([0, 4]), np.array([1, 2], dtype=np.uint8)
    ground = make_ground(corners, corners, 4, np.full(2, TRAIN, dtype=np.uint8), folds, 15.0)
    near = ground.planes(0)[2]
    assert near[3, 3] == 2  # one pixel down and right: 14.1 m
    assert near[2, 3] == 0  # 22.4 m


def test_blocks_lie_on_an_absolute_lattice() -> None:
    blocks = blocks_of(np.array([4999.0, 5000.0, -1.0]), np.array([0.0, 0.0, 10_000.0]))
    assert blocks.tolist() == [[0, 0], [0, 1], [2, -1]]


def test_whole_blocks_are_shared_out_by_the_number_of_patches() -> None:
    blocks = np.repeat(np.arange(10), 3)
    parts = share_out(blocks, [0.6, 0.2, 0.2], 0, ("a", "b", "c"))
    assert all(len(set(parts[blocks == block])) == 1 for block in range(10))
    assert np.bincount(parts).tolist() == [18, 6, 6]
    assert (parts == share_out(blocks, [0.6, 0.2, 0.2], 0, ("a", "b", "c"))).all()
    assert (parts != share_out(blocks, [0.6, 0.2, 0.2], 1, ("a", "b", "c"))).any()


def test_a_part_with_a_small_share_still_gets_a_block() -> None:
    parts = share_out(np.array([0, 0, 0, 0, 1, 1, 2]), [0.9, 0.05, 0.05], 0, ("a", "b", "c"))
    assert sorted(np.bincount(parts).tolist()) == [1, 2, 4]


def test_a_part_without_a_share_gets_none() -> None:
    assert set(share_out(np.arange(5), [0.5, 0.0, 0.5], 0, ("a", "b", "c")).tolist()) == {0, 2}


def test_fewer_blocks_than_parts_are_refused() -> None:
    with pytest.raises(InputError, match="lie in 2 blocks of ground, train and validation and calibration need 3"):
        share_roles(np.array([0, 1, 1]), {"train": 0.8, "validation": 0.1, "calibration": 0.1}, 0)


def test_each_fold_has_every_role() -> None:
    blocks = np.arange(30)
    folds = share_folds(blocks, 3, 0)
    roles = roles_in_folds(folds, blocks, {"train": 0.6, "validation": 0.2, "calibration": 0.2, "test": 0.3}, 0)
    assert np.bincount(folds).tolist() == [0, 10, 10, 10]
    for fold in (1, 2, 3):
        assert set(roles[folds == fold].tolist()) == {TRAIN, VALIDATION, CALIBRATION}


def test_dates_are_taken_from_all_over_the_season() -> None:
    days = np.array([0, 1, 2, 3, 4, 5, 50, 100])
    assert spread_evenly(days, 3).tolist() == [0, 6, 7]
    assert spread_evenly(days, 4).tolist() == [0, 5, 6, 7]
    assert spread_evenly(days, 1).tolist() == [6]
    assert spread_evenly(days, 8).tolist() == list(range(8))


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.integers(1, 70))
def test_as_many_dates_as_wanted_are_kept_each_once_and_the_first_and_last(days: list[int], most: int) -> None:
    ordered = np.sort(np.array(days))
    kept = spread_evenly(ordered, most)
    assert len(kept) == min(most, len(days))
    assert (np.diff(kept) > 0).all()
    if most > 1 and len(days) > 1:
        assert (ordered[kept[0]], ordered[kept[-1]]) == (min(days), max(days))


def test_negative_reflectance_is_none_and_too_large_values_are_cut() -> None:
    assert to_reflectance(np.array([-10000, -5, 0, 32767], dtype=np.int16)).tolist() == [0, 0, 0, 32767]
    assert to_reflectance(np.array([70000], dtype=np.int64)).tolist() == [65535]
    assert to_reflectance(np.array([1.5, np.nan, -2.0])).tolist() == [2, 0, 0]


def test_a_pixel_of_which_all_bands_are_nodata_is_not_valid() -> None:
    first, second = np.full((1, 4, 4), 5, dtype=np.int16), np.zeros((1, 2, 2), dtype=np.int16)
    first[0, 0, 0], second[0, 1, 1] = -3, 9
    first[0, 2:, 2:] = 0
    patch = make_patch([first, second], [date(2016, 5, 1)], {}, 4, 3)
    assert patch.x.shape == (1, 2, 4, 4)
    assert patch.x[0, 1].tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 9, 9], [0, 0, 9, 9]]
    assert patch.valid[0].tolist() == [[False, True, True, True], *[[True] * 4] * 3]


def test_dates_come_in_order_without_those_on_which_nothing_was_imaged() -> None:
    values = np.array([3, 0, 1, 2], dtype=np.int16)[:, None, None].repeat(2, 1).repeat(2, 2)
    days = [date(2018, 12, 31), date(2018, 1, 1), date(2018, 2, 1), date(2019, 1, 2)]
    patch = make_patch([values], days, {}, 2, 9)
    assert patch.dates.tolist() == [20180201, 20181231, 20190102]
    assert patch.doy.tolist() == [32, 365, 2]
    assert patch.x[:, 0, 0, 0].tolist() == [1, 3, 2]


def test_a_patch_that_was_never_imaged_has_no_dates() -> None:
    patch = make_patch([np.zeros((2, 4, 4))], [date(2018, 1, 1), date(2018, 2, 1)], {}, 4, 9)
    assert (patch.x.shape, patch.valid.shape, patch.doy.shape) == ((0, 1, 4, 4), (0, 4, 4), (0,))


def test_days_beyond_the_year_are_refused() -> None:
    assert days_of_year(2016, np.array([366]), "x") == [date(2016, 12, 31)]
    for day in (366, 0, -1):
        with pytest.raises(DamagedFileError, match=rf"x: {day} is no day of the year 2017"):
            days_of_year(2017, np.array([5, day]), "x")


def test_floats_that_stand_for_numbers_must_be_whole() -> None:
    assert whole_numbers(np.array([1.0, np.nan, -2.0]), "x", "ids").tolist() == [1, 0, -2]
    for wrong in (0.5, 1e300, np.inf):
        with pytest.raises(DamagedFileError, match="x: ids holds numbers that are not whole"):
            whole_numbers(np.array([1.0, wrong]), "x", "ids")
