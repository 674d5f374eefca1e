"""Fields cut by a boundary layer and their vote, on fields drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")
from training.field_vote import INSIDE, cut_fields, vote_by_field

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
    assert (fields > 0).all()


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
