"""The plan: cores cover each cell once, on one lattice, whatever window is asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from tiny_model import BANDS, legend

from backend.errors import ModelError, ResourceError
from backend.grid import Grid, Window
from backend.model_card import ModelCard
from backend.tiling import BASE_BYTES, CORES, Plan, make_plan, peak_bytes

CARD = ModelCard(
    name="card", version="1", architecture="none", description="", license="", bands=BANDS, level="L2A",
    magnification=4, tile_multiple=8, halo=20, classes=tuple(legend(3)), memory_per_cell_date=1200,
)  # fmt: skip
GRID = Grid("EPSG:32631", Affine(10, 0, 523560, 0, -10, 4832780), 353, 232)

plans = st.builds(
    lambda window, row, col, core, cores: Plan(window, row, col, core, 8, core * cores, 4),
    st.builds(Window, st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 60), st.integers(1, 60)),
    st.integers(-1000, 1000),
    st.integers(-1000, 1000),
    st.sampled_from([4, 8, 12]),
    st.integers(1, 3),
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
def test_cores_start_at_multiples_of_their_size_on_the_lattice(plan: Plan) -> None:
    for block in plan.blocks():
        for core in plan.cores(block):
            assert (core.row + plan.lattice_row) % plan.core == 0
            assert (core.col + plan.lattice_col) % plan.core == 0
            assert core.shape == (plan.core, plan.core)


@given(plans, st.integers(0, 20), st.integers(0, 20))
def test_a_smaller_window_cuts_the_same_cores_as_the_whole(plan: Plan, row: int, col: int) -> None:
    part = Window(plan.window.row + row, plan.window.col + col, 7, 9).intersect(plan.window)
    if part.is_empty:
        return
    whole = {core for block in plan.blocks() for core in plan.cores(block)}
    small = replace(plan, window=part)
    assert {core for block in small.blocks() for core in small.cores(block)} <= whole


def test_the_plan_of_a_window_north_of_the_lattice_origin_written_out() -> None:
    # first cell of the series at lattice (-3, 2): cores of 4 start at rows 3 - 4 = -1, 3, 7 and columns -2, 2
    plan = Plan(Window(0, 0, 8, 4), -3, 2, 4, 0, 8, 1)
    assert plan.blocks() == [Window(0, 0, 3, 4), Window(3, 0, 5, 4)]
    assert plan.cores(plan.blocks()[0]) == [Window(-1, -2, 4, 4), Window(-1, 2, 4, 4)]
    assert plan.cores(plan.blocks()[1]) == [Window(r, c, 4, 4) for r in (3, 7) for c in (-2, 2)]


def test_more_memory_gives_tiles_that_are_no_smaller() -> None:
    cores = [make_plan(CARD, GRID, GRID.window, 10, gib).core for gib in (0.5, 1, 2, 4, 8, 64)]
    assert cores == sorted(cores)
    assert cores[-1] == max(CORES)


@pytest.mark.parametrize("gib", [0.6, 1.0, 2.0, 16.0])
@pytest.mark.parametrize("dates", [1, 10, 100])
def test_the_forecast_of_the_chosen_plan_stays_under_the_limit(gib: float, dates: int) -> None:
    try:
        plan = make_plan(CARD, GRID, GRID.window, dates, gib)
    except ResourceError:
        assert peak_bytes(CARD, 32, 32, 24, dates) > gib * (1 << 30)
        return
    assert peak_bytes(CARD, plan.core, plan.block, plan.halo, dates) <= gib * (1 << 30)
    assert plan.block % plan.core == 0


def test_the_halo_is_rounded_up_to_the_models_multiple() -> None:
    assert make_plan(CARD, GRID, GRID.window, 4, 4.0).halo == 24


@given(st.integers(1, 64), st.integers(0, 100), st.integers(1, 40), st.floats(0.5, 8.0))
def test_a_tile_is_always_a_multiple_of_what_the_model_wants(multiple: int, halo: int, dates: int, gib: float) -> None:
    card = replace(CARD, tile_multiple=multiple, halo=halo)
    try:
        plan = make_plan(card, GRID, GRID.window, dates, gib)
    except ResourceError:
        return
    assert plan.tile % multiple == 0
    assert plan.core % multiple == 0
    assert plan.halo >= halo


def test_a_plan_that_cannot_fit_names_what_is_needed_and_the_limit() -> None:
    with pytest.raises(ResourceError, match=r"Mapping 366 dates needs about .* GiB of memory, the limit is 0.5 GiB"):
        make_plan(CARD, GRID, GRID.window, 366, 0.5)
    assert BASE_BYTES < 0.5 * (1 << 30)


def test_a_multiple_larger_than_every_tile_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match="multiple of 1000"):
        make_plan(replace(CARD, tile_multiple=1000), GRID, GRID.window, 4, 4.0)
