"""Fields cut by a boundary layer and their vote, on fields drawn by hand, and beside scipy's functions."""

from __future__ import annotations

import numpy as np
import pytest

from backend.fields import (
    INSIDE,
    MOST_REACH,
    cut_fields,
    find_cores,
    grow_cores,
    join_pairs,
    label_cores,
    vote_by_field,
    widen,
)

THRESHOLD = 0.4
LOW, HIGH = 0.5 * INSIDE * THRESHOLD, 0.9


def two_fields(gap: int = 0) -> np.ndarray:
    """(21, 21) boundary probability: a wall three cells wide down the middle, with a gap of so many rows."""
    boundary = np.full((21, 21), LOW)
    boundary[:, 9:12] = HIGH
    boundary[10 : 10 + gap, 9:12] = LOW
    return boundary


def test_a_wall_parts_two_fields_and_is_shared_out_to_the_nearer() -> None:
    fields = cut_fields(two_fields(), THRESHOLD)
    assert set(np.unique(fields)) == {1, 2}
    west, east = fields[0, 0], fields[0, 20]
    assert (fields[:, :10] == west).all()
    assert (fields[:, 11:] == east).all()
    assert np.isin(fields[:, 10], (west, east)).all()


@pytest.mark.parametrize(("gap", "count"), [(0, 2), (1, 2), (2, 2), (3, 1), (5, 1)])
def test_a_narrow_gap_joins_no_fields(gap: int, count: int) -> None:
    assert cut_fields(two_fields(gap), THRESHOLD).max() == count


def test_fields_that_touch_at_a_corner_stay_apart() -> None:
    boundary = np.full((20, 20), HIGH)
    boundary[:10, :10] = boundary[10:, 10:] = LOW
    assert cut_fields(boundary, THRESHOLD).max() == 2


def test_what_is_not_mapped_parts_fields() -> None:
    boundary = np.full((21, 21), LOW)
    boundary[:, 9:12] = np.nan
    fields = cut_fields(boundary, THRESHOLD)
    assert fields.max() == 2
    assert np.array_equal(fields > 0, np.isfinite(boundary))


def test_without_any_inside_there_is_no_field_and_no_class_changes() -> None:
    fields = cut_fields(np.full((8, 8), HIGH), THRESHOLD)
    assert not fields.any()
    mapped = np.arange(64, dtype=np.uint8).reshape(8, 8) % 5
    assert np.array_equal(vote_by_field(mapped, fields), mapped)


def test_each_field_takes_its_most_frequent_class_and_strips_stay_background() -> None:
    fields = cut_fields(two_fields(), THRESHOLD)
    mapped = np.full((21, 21), 3, np.uint8)
    mapped[:, 11:] = 7
    mapped[4:7, 2:5] = 7  # noise in the west
    mapped[15:17, 14:18] = 5  # and in the east
    mapped[:, 10] = 0  # a track between them
    voted = vote_by_field(mapped, fields)
    assert voted.dtype == np.uint8
    assert (voted[:, :10] == 3).all()
    assert (voted[:, 10] == 0).all()
    assert (voted[:, 11:] == 7).all()


def test_background_that_prevails_takes_the_field() -> None:
    fields = np.ones((4, 4), np.int32)
    mapped = np.zeros((4, 4), np.uint8)
    mapped[0] = 2
    assert not vote_by_field(mapped, fields).any()


def test_the_code_of_background_is_the_callers() -> None:
    mapped = np.array([[4, 4, 4, 1]], np.uint8)
    assert vote_by_field(mapped, np.ones((1, 4), np.int32), background=1).tolist() == [[4, 4, 4, 1]]


def test_what_is_out_of_reach_of_every_core_belongs_to_no_field_and_keeps_its_class() -> None:
    boundary = np.full((3, 30), HIGH)
    boundary[:, :6] = LOW
    fields = cut_fields(boundary, THRESHOLD, reach=10)
    assert fields[1].tolist() == [1] * 15 + [0] * 15  # the core's last column is 4
    mapped = np.full((3, 30), 2, np.uint8)
    mapped[:, 10:] = 7
    assert vote_by_field(mapped, fields)[1].tolist() == [2] * 15 + [7] * 15


def test_of_cores_at_the_same_distance_the_left_and_then_the_upper_one_counts() -> None:
    row = np.array([[1, 0, 0, 0, 2]], np.int32)
    everywhere = np.ones((1, 5), np.bool_)
    assert grow_cores(row, everywhere).tolist() == [[1, 1, 1, 2, 2]]
    assert grow_cores(row[:, ::-1].copy(), everywhere).tolist() == [[2, 2, 2, 1, 1]]
    assert grow_cores(row.T.copy(), everywhere.T).T.tolist() == [[1, 1, 1, 2, 2]]
    corner = np.array([[0, 1], [2, 0]], np.int32)
    assert grow_cores(corner, np.ones((2, 2), np.bool_)).tolist() == [[2, 1], [2, 1]]  # the same column first


def test_a_reach_beyond_what_a_key_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="127 cells at most, not 128"):
        grow_cores(np.ones((2, 2), np.int32), np.ones((2, 2), np.bool_), MOST_REACH + 1)


def test_pairs_join_to_the_smallest_number_also_along_a_long_chain() -> None:
    assert join_pairs(6, np.array([4, 2]), np.array([2, 5])).tolist() == [0, 1, 2, 3, 2, 2]
    chain = np.random.default_rng(3).permutation(500)
    assert not join_pairs(500, chain[:-1], chain[1:]).any()


def test_widening_takes_in_the_corners() -> None:
    cells = np.zeros((5, 6), np.bool_)
    cells[0, 1] = True
    wide = widen(cells, 2)
    assert np.array_equal(np.argwhere(wide), [(row, col) for row in range(3) for col in range(4)])


def random_cells(seed: int) -> np.ndarray:
    """Up to 60 x 60 cells, from a few to nearly all of them set."""
    random = np.random.default_rng(seed)
    return random.random(random.integers(1, 60, 2)) < random.choice([0.02, 0.3, 0.6, 0.9])


@pytest.mark.parametrize("seed", range(20))
def test_cores_and_their_numbers_are_those_of_scipy(seed: int) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    cells = random_cells(seed)
    assert np.array_equal(find_cores(cells), ndimage.binary_erosion(cells, border_value=1))
    labels, firsts = label_cores(cells)
    expected, count = ndimage.label(cells)
    assert np.array_equal(labels, expected)
    assert firsts.tolist() == [np.flatnonzero(expected == number + 1)[0] for number in range(count)]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("reach", [3, 64])
def test_growth_goes_to_a_nearest_core_as_scipys_distances_say(seed: int, reach: int) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    cores, _ = label_cores(random_cells(seed))
    cores[0, 0] = cores.max() + 1  # so that there is one
    wanted = np.random.default_rng(seed).random(cores.shape) < 0.9
    grown = grow_cores(cores, wanted, reach)
    distance = ndimage.distance_transform_edt(cores == 0)
    assert np.array_equal(grown > 0, wanted & (distance <= reach))
    for number in np.unique(grown[grown > 0]):
        own = ndimage.distance_transform_edt(cores != number)
        assert np.array_equal(own[grown == number], distance[grown == number])
