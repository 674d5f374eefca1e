"""The plan: cores cover each cell once, on one lattice, whatever window is asked for; blocks never cut a core."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.grid import Window
from backend.tiling import Plan, core_starts, cut_blocks


def cut(window: Window, row: int, col: int, core: int, halo: int, chunk: int, origin: int = 0, **more: int) -> Plan:
    """A plan with square chunks."""
    rows = cut_blocks(window.row, window.row_stop, core, halo, row, chunk, origin)
    cols = cut_blocks(window.col, window.col_stop, core, halo, col, chunk, origin)
    return Plan(window, row, col, core, halo, 4, rows, cols, **more)


windows = st.builds(Window, st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 60), st.integers(1, 60))
plans = st.builds(
    cut,
    windows,
    st.integers(-1000, 1000),
    st.integers(-1000, 1000),
    st.sampled_from([4, 8, 12]),
    st.sampled_from([0, 3, 8]),
    st.sampled_from([5, 16, 40]),
    st.integers(-7, 7),
    rowwise=st.booleans(),
    lane=st.integers(1, 5),
)


@given(plans)
def test_blocks_and_the_cores_in_them_cover_each_cell_of_the_window_exactly_once(plan: Plan) -> None:
    counted = np.zeros(plan.window.shape, dtype=int)
    for block in plan.blocks():
        for core in plan.cores(block):
            kept = core.intersect(block)
            assert not kept.is_empty
            counted[kept.slices(plan.window)] += 1
    assert (counted == 1).all()


@given(plans)
def test_no_core_lies_in_two_blocks(plan: Plan) -> None:
    cores = [core for block in plan.blocks() for core in plan.cores(block)]
    assert len(cores) == len(set(cores))
    assert len(plan.blocks()) == plan.num_blocks


@given(plans)
def test_cores_start_at_multiples_of_their_size_on_the_lattice(plan: Plan) -> None:
    for block in plan.blocks():
        for core in plan.cores(block):
            assert (core.row + plan.lattice_row) % plan.core == 0
            assert (core.col + plan.lattice_col) % plan.core == 0
            assert core.shape == (plan.core, plan.core)


@given(windows, st.integers(0, 20), st.integers(0, 20), st.integers(-100, 100), st.sampled_from([4, 8]))
def test_a_smaller_window_cuts_the_same_cores_as_the_whole(
    window: Window, row: int, col: int, lattice: int, core: int
) -> None:
    part = Window(window.row + row, window.col + col, 7, 9).intersect(window)
    if part.is_empty:
        return
    whole, small = (cut(place, lattice, -lattice, core, 3, 16) for place in (window, part))
    cores = {core for block in whole.blocks() for core in whole.cores(block)}
    assert {core for block in small.blocks() for core in small.cores(block)} <= cores


@given(
    st.integers(-30, 30), st.integers(1, 200), st.sampled_from([4, 8]), st.integers(0, 9), st.integers(-99, 99),
    st.integers(16, 64), st.integers(-20, 20),
)  # fmt: skip
def test_each_block_needs_the_end_of_one_new_chunk(
    start: int, length: int, core: int, halo: int, lattice: int, chunk: int, origin: int
) -> None:
    cuts = cut_blocks(start, start + length, core, halo, lattice, chunk, origin)
    for first, stop in pairwise(cuts):
        ends = [min(row + core + halo, start + length) for row in core_starts(first, stop, core, lattice)]
        chunks = {(max(end, row + 1) - 1 - origin) // chunk for end, row in
                  zip(ends, core_starts(first, stop, core, lattice), strict=True)}  # fmt: skip
        assert len(chunks) == 1


def test_blocks_of_two_chunks_written_out() -> None:
    # cores of 4 from row -2 on; with a halo of 1 those that end at or before 7 need the first chunk of 8 alone
    assert cut_blocks(0, 16, 4, 1, 2, 8, 0) == (-2, 6, 18)
    # the second chunk is needed from the core on whose tile ends at 10 + 1
    assert list(core_starts(0, 16, 4, 2)) == [-2, 2, 6, 10, 14]


def test_the_plan_of_a_window_north_of_the_lattice_origin_written_out() -> None:
    # first cell of the series at lattice (-3, 2): cores of 4 start at rows 3 - 4 = -1, 3, 7 and columns -2, 2
    plan = Plan(Window(0, 0, 8, 4), -3, 2, 4, 0, 1, cut_blocks(0, 8, 4, 0, -3, 8, 3), cut_blocks(0, 4, 4, 0, 2, 8, 0))
    assert plan.blocks() == [Window(0, 0, 3, 4), Window(3, 0, 5, 4)]
    assert plan.cores(plan.blocks()[0]) == [Window(-1, -2, 4, 4), Window(-1, 2, 4, 4)]
    assert plan.cores(plan.blocks()[1]) == [Window(r, c, 4, 4) for r in (3, 7) for c in (-2, 2)]


def test_blocks_follow_each_other_along_rows_or_columns_in_lanes() -> None:
    def order(rowwise: bool, lane: int) -> list[tuple[int, int]]:
        plan = Plan(Window(0, 0, 8, 12), 0, 0, 4, 0, 1, (0, 4, 8), (0, 4, 8, 12), rowwise, lane)
        return [(block.row, block.col) for block in plan.blocks()]

    assert order(True, 9) == [(0, 0), (0, 4), (0, 8), (4, 0), (4, 4), (4, 8)]
    assert order(False, 9) == [(0, 0), (4, 0), (0, 4), (4, 4), (0, 8), (4, 8)]
    assert order(True, 2) == [(0, 0), (0, 4), (4, 0), (4, 4), (0, 8), (4, 8)]


def test_a_window_on_the_output_grid_counts_from_the_mapped_windows_first_cell() -> None:
    plan = cut(Window(3, 5, 8, 8), 0, 0, 4, 0, 8)
    assert plan.fine(Window(4, 7, 2, 1)) == Window(4, 8, 8, 4)


def test_a_tile_is_cut_to_the_part_of_its_core_that_is_kept_in_whole_steps() -> None:
    # lattice 0 lies at row 2, column 1; cores of 12, halo 4, steps of 4
    plan = Plan(Window(3, 0, 9, 30), -2, -1, 12, 4, 4, (2, 14), (1 - 12, 13, 37))
    (block, other) = plan.blocks()
    assert (block, other) == (Window(3, 0, 9, 13), Window(3, 13, 9, 17))
    assert plan.cores(block) == [Window(2, -11, 12, 12), Window(2, 1, 12, 12)]
    # rows 3-11 lie within the steps 2-13, column 0 within -3 to 0
    assert plan.tile_of(plan.cores(block)[0], block) == Window(2, -3, 12, 4).pad(4)
    assert plan.tile_of(plan.cores(block)[1], block) == Window(2, 1, 12, 12).pad(4)
    assert plan.tile_of(Window(2, 25, 12, 12), other) == Window(2, 25, 12, 8).pad(4)
