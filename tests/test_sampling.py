"""Where samples lie: on the lattice, over what is labelled, around parcels, and in blocks that are read once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from backend.grid import Grid, Window
from training.classes import UNKNOWN
from training.parcels import make_parcels
from training.sampling import (
    PHASE,
    Block,
    Chip,
    all_chips,
    bounding,
    labelled_chips,
    parcel_chips,
    to_blocks,
    training_held_out,
)

UTM = "EPSG:32631"


def grid(height: int, width: int, left: float = 500000.0, top: float = 4800000.0) -> Grid:
    return Grid(UTM, Affine(10, 0, left, 0, -10, top), width, height)


def field(row: float, col: float, height: float, width: float) -> shapely.Polygon:
    """A rectangle in pixels of the grid at 500000, 4800000."""
    left, top = 500000 + 10 * col, 4800000 - 10 * row
    return shapely.box(left, top - 10 * height, left + 10 * width, top)


def origins(chips: list[Chip]) -> list[tuple[int, int]]:
    return [(chip.window.row, chip.window.col) for chip in chips]


@given(
    height=st.integers(1, 150), width=st.integers(1, 150), side=st.sampled_from([24, 48, 64, 128]),
    left=st.integers(-5, 5), top=st.integers(-5, 5),
)  # fmt: skip
def test_a_dense_grid_covers_every_pixel_once_and_keeps_the_phase(
    height: int, width: int, side: int, left: int, top: int
) -> None:
    place = grid(height, width, 500000 + 10 * left, 4800000 + 10 * top)
    chips = all_chips(place, side, side)
    seen = np.zeros(place.shape, int)
    row, col = place.lattice_origin
    for chip in chips:
        assert chip.window.shape == (side, side)
        assert (chip.window.row + row) % PHASE == 0
        assert (chip.window.col + col) % PHASE == 0
        seen[chip.window.intersect(place.window).slices(place.window)] += 1
    assert (seen == 1).all()


def test_chips_of_a_smaller_stride_overlap() -> None:
    assert origins(all_chips(grid(64, 64), 64, 32)) == [(0, 0), (0, 32), (32, 0), (32, 32)]


def test_only_chips_that_touch_a_parcel_with_a_known_crop_are_taken() -> None:
    parcels = make_parcels([field(2, 2, 4, 4), field(40, 40, 4, 4)], [1, UNKNOWN], UTM)
    assert origins(labelled_chips(grid(64, 64), 16, 16, parcels, None)) == [(0, 0)]


def test_a_parcel_across_chips_is_in_all_of_them() -> None:
    parcels = make_parcels([field(14, 14, 4, 4)], [1], UTM)
    assert origins(labelled_chips(grid(64, 64), 16, 16, parcels, None)) == [(0, 0), (0, 16), (16, 0), (16, 16)]


def test_parcels_that_are_not_trained_on_get_their_surroundings() -> None:
    parcels = make_parcels([field(18, 18, 4, 4)], [1], UTM)
    chips = labelled_chips(grid(64, 64), 16, 16, parcels, np.array([True]))
    assert origins(chips) == [(row, col) for row in (0, 16, 32) for col in (0, 16, 32)]


def test_no_known_parcel_gives_no_chip() -> None:
    parcels = make_parcels([field(2, 2, 4, 4)], [UNKNOWN], UTM)
    assert labelled_chips(grid(64, 64), 16, 16, parcels, np.array([True])) == []


def test_a_chip_around_each_parcel_has_its_middle_in_the_middle() -> None:
    parcels = make_parcels([field(30, 20, 4, 8), field(2, 2, 3, 3), field(50, 50, 2, 2)], [1, 5, UNKNOWN], UTM)
    chips = parcel_chips(grid(64, 64), 24, parcels)
    # middle of the first: row 32, column 24; of the second 3.5, 3.5; to even numbers downwards
    assert [(chip.parcel, *origins([chip])[0]) for chip in chips] == [(2, -8, -8), (1, 20, 12)]


def test_chips_of_parcels_are_ordered_along_strips_of_two_sides() -> None:
    places = [(2, 40), (30, 4), (60, 4), (20, 20), (50, 30)]
    parcels = make_parcels([field(row, col, 2, 2) for row, col in places], [1] * 5, UTM)
    chips = parcel_chips(grid(64, 64), 16, parcels)
    # first rows of the chips: -6, 22, 52, 12, 42; strips begin at multiples of 32
    assert [chip.parcel for chip in chips] == [1, 2, 4, 3, 5]


def test_a_parcel_whose_middle_is_beyond_the_images_gets_a_chip_at_their_edge() -> None:
    parcels = make_parcels([field(-8, 10, 10, 4)], [1], UTM)
    assert origins(parcel_chips(grid(64, 64), 24, parcels)) == [(-12, 0)]


def test_every_chip_is_in_one_block_and_blocks_are_of_bounded_size() -> None:
    chips = all_chips(grid(300, 300), 48, 48)
    blocks = to_blocks(chips, 128)
    assert Counter(chip for block in blocks for chip in block.chips) == Counter(chips)
    for block in blocks:
        assert max(block.window.shape) < 128 + 48


def test_blocks_of_sixty_four_pixel_chips_are_side_by_side_and_begin_anew_where_tiles_end_together() -> None:
    blocks = to_blocks(all_chips(grid(5184, 4096), 64, 64))
    assert [block.window for block in blocks] == [
        Window(row, col, height, 2048) for row, height in ((0, 2048), (2048, 3072), (5120, 64)) for col in (0, 2048)
    ]


def test_chips_that_begin_before_the_grid_are_in_its_first_block() -> None:
    assert len(to_blocks([Chip(Window(-24, -30, 48, 48)), Chip(Window(100, 100, 48, 48))])) == 1


@given(place=st.integers(-2, 30000))
def test_of_blocks_in_turn_each_place_is_in_one(place: int) -> None:
    """Against the list of all starts: 0, 2048, 5120, 7168, 10240 ..."""
    (block,) = to_blocks([Chip(Window(place, 0, 64, 64)), Chip(Window(place, 8, 64, 64))])
    assert len(block.chips) == 2
    starts = [period + start for period in range(0, 40000, 5120) for start in (0, 2048)]
    together = max(start for start in starts if start <= place + PHASE) - PHASE
    assert len(to_blocks([Chip(Window(row, 0, 64, 64)) for row in (place, together)])) == 1
    assert len(to_blocks([Chip(Window(row, 0, 64, 64)) for row in (place, together - 1)])) == (2 if together > 0 else 1)


def test_the_window_of_a_block_holds_all_its_chips() -> None:
    chips = (Chip(Window(-2, 3, 4, 4)), Chip(Window(10, -5, 4, 4)))
    assert Block(chips).window == Window(-2, -5, 16, 12) == bounding([chip.window for chip in chips])


def test_what_is_not_trained_on_is_held_out_and_with_folds_everything_is() -> None:
    splits = np.array([0, 1, 2, 3, 4], np.uint8)
    assert training_held_out(splits, 0).tolist() == [False, False, True, True, True]
    assert training_held_out(splits, 5).all()


@pytest.mark.parametrize("side", [24, 48, 64, 128])
def test_chips_of_the_published_sizes_fit_a_tile_of_sentinel_2(side: int) -> None:
    blocks = to_blocks(all_chips(grid(10980, 10980), side, side))
    assert sum(len(block.chips) for block in blocks) == (-(-10980 // side)) ** 2
    assert len(blocks) == 25
