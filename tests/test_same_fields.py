"""Which parcels are one field, in other years or declared twice."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from training.same_fields import in_others, join_blocks


def blocks_of(shapes: list[shapely.Geometry]) -> list[list[int]]:
    """Row and column of the block of 100 m of each parcel, after fields are joined."""
    geometry = np.array(shapes, dtype=np.object_)
    points = shapely.get_coordinates(shapely.point_on_surface(geometry))
    return join_blocks(geometry, np.floor(points[:, ::-1] / 100).astype(np.int64)).tolist()


def test_a_field_drawn_anew_at_a_blocks_edge_keeps_its_block() -> None:
    this_year, next_year = shapely.box(70, 10, 128, 40), shapely.box(73, 10, 131, 40)
    assert blocks_of([this_year]) == [[0, 0]]
    assert blocks_of([next_year]) == [[0, 1]]
    # equally large: that of the first
    assert blocks_of([this_year, next_year]) == [[0, 0], [0, 0]]
    assert blocks_of([next_year, this_year]) == [[0, 1], [0, 1]]


def test_the_parts_of_a_divided_field_go_with_it() -> None:
    parts = [shapely.box(60, 10, 98, 40), shapely.box(98, 10, 160, 40)]
    field = shapely.box(60, 10, 160, 40)
    assert blocks_of(parts) == [[0, 0], [0, 1]]
    assert blocks_of([*parts, field]) == [[0, 1], [0, 1], [0, 1]]


def test_neighbours_drawn_over_each_other_stay_apart() -> None:
    assert blocks_of([shapely.box(60, 10, 101, 40), shapely.box(99, 10, 150, 40)]) == [[0, 0], [0, 1]]
    assert blocks_of([shapely.box(60, 10, 100, 40), shapely.box(100, 10, 150, 40)]) == [[0, 0], [0, 1]]


def test_exactly_half_in_another_is_not_the_same() -> None:
    """Else strips staggered by half their width would all become one field."""
    assert blocks_of([shapely.box(50, 0, 110, 10), shapely.box(80, 0, 140, 10)]) == [[0, 0], [0, 1]]


def test_a_chain_within_one_block_goes_along() -> None:
    large, middle, small = shapely.box(90, 0, 190, 50), shapely.box(60, 0, 125, 50), shapely.box(60, 0, 92, 50)
    # the small one is in the middle one's block, more than half of it in that, and that more than half in the large
    assert blocks_of([small, middle]) == [[0, 0], [0, 0]]
    middle = shapely.box(60, 0, 139, 50)
    assert blocks_of([large, middle, small]) == [[0, 1], [0, 1], [0, 1]]


def test_no_parcels_have_no_blocks() -> None:
    none = np.zeros(0, dtype=np.object_)
    assert join_blocks(none, np.zeros((0, 2), dtype=np.int64)).shape == (0, 2)
    assert in_others(none, none).tolist() == []


def test_parcels_that_are_fields_of_others_are_found() -> None:
    geometry = np.array([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10), shapely.box(40, 0, 50, 10)])
    others = np.array([shapely.box(0, 0, 30, 4), shapely.box(21, 0, 31, 10)])
    assert in_others(geometry, others).tolist() == [False, True, False]
    assert in_others(geometry, others[:0]).tolist() == [False, False, False]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_field_is_in_two_blocks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 300, (60, 2))
    shapes = shapely.box(*low.T, *(low + rng.uniform(5, 60, (60, 2))).T)
    points = shapely.get_coordinates(shapely.point_on_surface(shapes))
    before = np.floor(points[:, ::-1] / 100).astype(np.int64)
    after = join_blocks(shapes, before)
    first, second = np.triu_indices(60, 1)
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    same = shared > 0.5 * np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
    assert (after[first[same]] == after[second[same]]).all()
    alone = np.setdiff1d(np.arange(60), np.concatenate((first[same], second[same])))
    assert (after[alone] == before[alone]).all()
