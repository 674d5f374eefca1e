"""The plan that fits a memory limit and does the least work twice, or a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from tiny_model import BANDS, legend

from backend.errors import ModelError, ResourceError
from backend.grid import Grid
from backend.model_card import ModelCard
from backend.plan_memory import BASE_BYTES, CARD_DATES, CORES, make_plan, peak_bytes
from backend.tiling import Chunks, core_starts

CARD = ModelCard(
    name="card", version="1", architecture="none", description="", license="", bands=BANDS, level="L2A",
    magnification=4, tile_multiple=8, halo=20, classes=tuple(legend(3)), memory_per_cell_date=1200,
)  # fmt: skip
GRID = Grid("EPSG:32631", Affine(10, 0, 523560, 0, -10, 4832780), 353, 232)
TILE = Grid("EPSG:32631", Affine(10, 0, 499980, 0, -10, 4900020), 10980, 10980)
SENTINEL = Chunks(1024, 1024, 0, 0, 11.25)


def test_more_memory_gives_tiles_that_are_no_smaller() -> None:
    cores = [make_plan(CARD, GRID, GRID.window, 10, gib).core for gib in (0.5, 1, 2, 4, 8, 64)]
    assert cores == sorted(cores)
    assert cores[-1] == max(CORES)


@pytest.mark.parametrize("gib", [0.6, 1.0, 2.0, 16.0])
@pytest.mark.parametrize("dates", [1, 10, 100])
@pytest.mark.parametrize("grid", [GRID, TILE])
def test_the_forecast_of_the_chosen_plan_stays_under_the_limit(gib: float, dates: int, grid: Grid) -> None:
    try:
        plan = make_plan(CARD, grid, grid.window, dates, gib, SENTINEL)
    except ResourceError:
        assert dates == 100
        assert gib <= 1.0
        return
    assert peak_bytes(CARD, plan, dates) <= gib * (1 << 30)


def test_decoding_thrice_costs_more_than_the_halos_of_smaller_tiles() -> None:
    fast = replace(CARD, halo=28, memory_per_cell_date=119, memory_per_cell=8099, head_reach=2)
    grid = Grid("EPSG:32631", Affine(10, 0, 523560, 0, -10, 4832780), 2048, 2048)
    chunks = Chunks(256, 256, cell_bytes=21.0)
    roomy, tight = (make_plan(fast, grid, grid.window, 16, gib, chunks) for gib in (4.0, 2.0))
    assert tight.core < roomy.core
    again = make_plan(fast, grid, grid.window, 16, 64.0, chunks)
    assert tight.cache_bytes > again.cache_bytes / 3, "what later tiles need stays decoded"


def test_of_two_tiles_that_need_as_many_rows_and_columns_the_smaller_wastes_no_less() -> None:
    grid = Grid("EPSG:32631", Affine(10, 0, 0, 0, -10, 0), 640, 640)
    plan = make_plan(CARD, grid, grid.window, 1, 64.0, Chunks(256, 256))
    counts = {core: len(core_starts(0, 640, core, plan.lattice_row)) for core in CORES}
    assert counts[plan.core] == min(counts.values())


def test_blocks_are_cut_along_the_images_chunks() -> None:
    plan = make_plan(CARD, TILE, TILE.window, 10, 64.0, replace(SENTINEL, row=100, col=-24))
    for cuts, origin in ((plan.row_cuts, 100), (plan.col_cuts, -24)):
        ends = [cut + plan.halo for cut in cuts[1:-1]]  # where the last tile of each block ends
        assert all((end - 1 - origin) // 1024 == number for number, end in enumerate(ends, start=-(origin > 0)))
        assert all((end + plan.core - 1 - origin) // 1024 > number for number, end in enumerate(ends, -(origin > 0)))


def test_small_chunks_are_taken_together_and_large_ones_are_cut() -> None:
    for side in (256, 512, 8192):
        plan = make_plan(CARD, TILE, TILE.window, 10, 64.0, Chunks(side, side))
        assert plan.num_blocks == 11 * 11


@pytest.mark.parametrize(("height", "width", "rowwise"), [(10980, 2000, True), (2000, 10980, False)])
def test_blocks_follow_each_other_along_the_shorter_side(height: int, width: int, rowwise: bool) -> None:
    grid = Grid(TILE.crs, TILE.transform, width, height)
    assert make_plan(CARD, grid, grid.window, 10, 4.0, SENTINEL).rowwise == rowwise


def test_a_longer_window_needs_hardly_more_memory() -> None:
    long, short = (Grid(TILE.crs, TILE.transform, 2000, height) for height in (10980, 2000))
    plans = [make_plan(CARD, grid, grid.window, 10, 2.5, SENTINEL) for grid in (long, short)]
    assert plans[0].core == plans[1].core
    assert peak_bytes(CARD, plans[0], 10) <= 1.02 * peak_bytes(CARD, plans[1], 10)


def test_little_memory_cuts_the_window_into_lanes() -> None:
    narrow, wide = (make_plan(CARD, TILE, TILE.window, 16, gib, SENTINEL) for gib in (2.5, 64.0))
    assert 3 <= narrow.lane < 11
    assert wide.lane == 11


def test_few_dates_do_not_make_a_tile_cheaper_than_the_one_that_the_card_was_measured_with() -> None:
    few, measured = (make_plan(CARD, TILE, TILE.window, dates, 2.0, SENTINEL) for dates in (1, CARD_DATES))
    assert few.tile**2 * CARD_DATES * 1200 <= peak_bytes(CARD, few, 1)
    assert few.core >= measured.core


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


def test_what_is_kept_beside_the_layers_makes_blocks_or_tiles_smaller() -> None:
    card = replace(CARD, embedding_channels=64)
    plain = make_plan(card, TILE, TILE.window, 10, 2.5, SENTINEL)
    full = make_plan(card, TILE, TILE.window, 10, 2.5, SENTINEL, kept_bytes=500, embedding=True)
    assert (full.core, full.num_blocks) != (plain.core, plain.num_blocks)
    assert peak_bytes(card, full, 10) <= 2.5 * (1 << 30)
    wider = replace(plain, kept_bytes=500, embedding_channels=64)
    assert peak_bytes(card, wider, 10) > 2.5 * (1 << 30)
    parcels = make_plan(card, TILE, TILE.window, 10, 2.5, SENTINEL, fixed_bytes=1 << 30)
    assert peak_bytes(card, parcels, 10) - peak_bytes(card, replace(parcels, fixed_bytes=0), 10) == 1 << 30
