"""Grid and window arithmetic."""

from __future__ import annotations

import math

import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import GridError
from backend.grid import Grid, Window, floor_multiple

UTM = "EPSG:32631"
GRID = Grid(UTM, Affine(10, 0, 523560, 0, -10, 4832780), 353, 232)

sides = st.integers(1, 60)
starts = st.integers(-200, 200)
windows = st.builds(Window, starts, starts, sides, sides)


def test_a_window_meets_another_in_their_common_cells() -> None:
    assert Window(0, 0, 4, 6).intersect(Window(2, 3, 10, 10)) == Window(2, 3, 2, 3)


def test_windows_that_only_share_an_edge_meet_in_nothing() -> None:
    assert Window(0, 0, 4, 4).intersect(Window(0, 4, 4, 4)).is_empty


def test_a_window_of_negative_size_is_refused() -> None:
    with pytest.raises(GridError, match="cannot be -1 x 2 cells"):
        Window(0, 0, -1, 2)


@given(windows, windows)
def test_slices_of_a_padded_window_give_the_window_back(inner: Window, outer: Window) -> None:
    padded = inner.pad(3)
    rows, cols = inner.slices(padded)
    assert (rows.start, cols.start) == (3, 3)
    assert (rows.stop - rows.start, cols.stop - cols.start) == inner.shape
    common = inner.intersect(outer)
    assert common == outer.intersect(inner)
    assert common.is_empty or common.intersect(inner) == common


@given(windows, windows, st.sampled_from([1, 2, 4]))
def test_refining_and_intersecting_can_be_done_in_either_order(first: Window, second: Window, scale: int) -> None:
    fine = first.refine(scale).intersect(second.refine(scale))
    coarse = first.intersect(second)
    assert fine.is_empty == coarse.is_empty
    assert coarse.is_empty or fine == coarse.refine(scale)


def test_a_refined_grid_covers_the_same_ground_with_smaller_cells() -> None:
    fine = GRID.refine(4)
    assert fine.bounds == GRID.bounds == (523560, 4830460, 527090, 4832780)
    assert fine.shape == (928, 1412)
    assert fine.resolution == (2.5, 2.5)


def test_a_grid_cannot_be_refined_by_zero() -> None:
    with pytest.raises(GridError, match="not by 0"):
        GRID.refine(0)


def test_a_cropped_grid_starts_at_the_window_and_may_reach_beyond_the_edge() -> None:
    part = GRID.crop(Window(-2, 3, 4, 5))
    assert (part.transform.c, part.transform.f) == (523590, 4832800)
    assert part.shape == (4, 5)


@given(windows, st.sampled_from([1, 2, 4]))
def test_cropping_and_refining_can_be_done_in_either_order(window: Window, scale: int) -> None:
    first = GRID.crop(window).refine(scale)
    second = GRID.refine(scale).crop(window.refine(scale))
    assert first.is_same(second)


@given(starts, starts, starts, starts)
def test_the_lattice_position_of_a_crop_does_not_depend_on_where_the_image_begins(
    row: int, col: int, more_rows: int, more_cols: int
) -> None:
    once = GRID.crop(Window(row + more_rows, col + more_cols, 5, 5))
    twice = GRID.crop(Window(row, col, 5, 5)).crop(Window(more_rows, more_cols, 5, 5))
    assert once.lattice_origin == twice.lattice_origin
    origin = GRID.lattice_origin
    assert once.lattice_origin == (origin[0] + row + more_rows, origin[1] + col + more_cols)


def test_rows_of_the_lattice_count_downwards_so_that_northern_cells_are_negative() -> None:
    assert GRID.lattice_origin == (-483278, 52356)


@given(st.integers(-(10**6), 10**6), st.integers(1, 2048))
def test_floor_multiple_is_the_largest_multiple_not_above_the_value(value: int, step: int) -> None:
    found = floor_multiple(value, step)
    assert found % step == 0
    assert found <= value < found + step


def test_floor_multiple_of_a_negative_value_goes_down() -> None:
    assert floor_multiple(-1, 4) == -4
    assert floor_multiple(-4, 4) == -4


def test_the_box_around_a_rotated_grid_holds_all_its_corners() -> None:
    turned = Grid(UTM, Affine.translation(100, 200) @ Affine.rotation(45) @ Affine.scale(10, -10), 2, 2)
    half = 10 * math.sqrt(2)
    assert turned.bounds == pytest.approx((100, 200 - half, 100 + 2 * half, 200 + half))
    assert turned.resolution == pytest.approx((10, 10))


def test_a_grid_shifted_by_a_thousandth_of_a_cell_is_the_same_and_by_half_a_cell_is_not() -> None:
    def shifted(metres: float) -> Grid:
        return Grid(UTM, Affine(10, 0, 523560 + metres, 0, -10, 4832780), 353, 232)

    assert GRID.is_same(shifted(0.01))
    assert not GRID.is_same(shifted(5))


def test_a_grid_of_slightly_larger_cells_is_another_grid() -> None:
    assert not GRID.is_same(Grid(UTM, Affine(10.001, 0, 523560, 0, -10, 4832780), 353, 232))


def test_a_grid_without_cells_is_refused() -> None:
    with pytest.raises(GridError, match="at least one cell, not 0 x 5"):
        Grid(UTM, Affine.identity(), 5, 0)


def test_a_transform_without_area_is_refused() -> None:
    with pytest.raises(GridError, match="no georeference"):
        Grid(UTM, Affine(0, 0, 5, 0, 0, 5), 5, 5)
