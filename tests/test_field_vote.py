"""Fields of a whole map, cut by its boundary layer or its probabilities, and their vote, on fields drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from backend.fields import INSIDE
from training.experiments.field_vote import cut_fields, vote_by_field
from training.experiments.probability_fields import cut_probability_fields, probability_contrast

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


def halves(rows: int = 12, cols: int = 16) -> np.ndarray:
    """(3, H, W) probabilities: the west is class 0 for certain, the east 1 or 2."""
    probabilities = np.zeros((3, rows, cols), np.float32)
    probabilities[0, :, : cols // 2] = 1
    probabilities[1:, :, cols // 2 :] = 0.5
    return probabilities


def test_probabilities_differ_where_classes_change_and_nothing_is_like_the_unmapped() -> None:
    probabilities = halves()
    contrast = probability_contrast(probabilities)
    assert (contrast[:, 6:10] == 1).all()
    np.testing.assert_allclose(contrast[:, :6], 0, atol=1e-6)
    np.testing.assert_allclose(contrast[:, 10:], 0, atol=1e-6)
    probabilities[:, 5, 3] = 0
    assert probability_contrast(probabilities)[5, 3] == 1


def test_fields_of_probabilities_part_where_classes_change_and_cover_all_that_is_mapped() -> None:
    fields = cut_probability_fields(halves())
    assert fields.max() == 2
    assert (fields[:, :8] == fields[0, 0]).all()
    assert (fields[:, 8:] == fields[0, -1]).all()


def test_what_is_not_mapped_is_in_no_field_of_probabilities_and_votes_for_nothing() -> None:
    probabilities = np.zeros((2, 12, 40), np.float32)
    probabilities[1] = 1
    probabilities[:, :, 10:] = np.nan  # three quarters of the ground
    fields = cut_probability_fields(probabilities)
    assert (fields[:, :10] == 1).all()
    assert not fields[:, 10:].any()
    mapped = np.nan_to_num(probabilities).argmax(axis=0)
    assert np.array_equal(vote_by_field(mapped, fields), mapped)
    assert (mapped[:, :10] == 1).all()
