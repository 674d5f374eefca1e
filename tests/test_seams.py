"""The seam score: an artificial seam is found, smooth and noisy fields have none, and cuts do not matter."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tiles

from backend.grid import Window
from backend.seams import SeamScore

WINDOW = Window(3, 6, 24, 36)
PLAN = tiles.plan(WINDOW, 2, lattice=(1, 2))
"""Its first cell lies at row 4 and column 8 of the lattice, so tiles of 12 start there and lines inside every 4."""
TILE = 12
FACTORY = SeamScore(2, 4)


def noise(seed: int = 0) -> npt.NDArray[np.float32]:
    one = np.random.default_rng(seed).random((48, 72), dtype=np.float32)
    return np.stack([one, 1 - one])


def score(blocks: list[Window], probabilities: Any, **options: Any) -> dict[str, Any]:
    return FACTORY.merge(tiles.consume(FACTORY, PLAN, blocks, TILE, probabilities=probabilities, **options))


def test_the_score_is_the_mean_jump_at_tile_lines_over_the_mean_jump_inside_counted_cell_by_cell() -> None:
    values = noise()
    q = np.rint(values * np.float32(250)).astype(int)
    lines: list[int] = []
    elsewhere: list[int] = []
    for axis in (1, 2):
        jumps = np.abs(np.diff(q, axis=axis)).sum(axis=0)
        for place in range(8, q.shape[axis], 8):  # every fourth input cell
            jump = jumps.take(place - 1, axis=axis - 1)
            (lines if place % 24 == 0 else elsewhere).extend(jump.tolist())
    found = score([WINDOW], values)
    assert (found["pairs"], found["pairs_elsewhere"]) == (len(lines), len(elsewhere))
    assert found["jump"] == pytest.approx(np.mean(lines) / 250)
    assert found["score"] == pytest.approx(np.mean(lines) / np.mean(elsewhere))
    assert abs(found["score"] - 1) < found["margin_95"]


def test_blocks_and_the_order_of_tiles_do_not_change_the_score() -> None:
    values = noise(1)
    whole = score([WINDOW], values)
    halves = [Window(3, 6, 24, 12), Window(3, 18, 24, 24)]
    assert score(halves, values) == score(halves[::-1], values, backwards=True) == whole


def test_a_slope_has_the_score_1() -> None:
    row, col = np.mgrid[:48, :72]
    one = ((row + col) / 250).astype(np.float32)  # one step a cell in each direction
    found = score([WINDOW], np.stack([one, 1 - one]))
    assert found["score"] == pytest.approx(1.0)
    assert found["jump"] == pytest.approx(2 / 250)


def test_a_field_without_any_jump_has_the_score_1() -> None:
    assert score([WINDOW], np.full((2, 48, 72), 0.5, dtype=np.float32))["score"] == 1


@pytest.mark.parametrize("blocks", [[WINDOW], [Window(3, 6, 24, 12), Window(3, 18, 24, 24)]])
def test_a_tile_that_differs_from_its_neighbours_is_found(blocks: list[Window]) -> None:
    row, col = np.mgrid[:48, :72]
    one = ((row + col) / 250).astype(np.float32)
    one[:, 24:48] += 0.08
    found = score(blocks, np.stack([one, 1 - one]))
    assert found["score"] > 3
    assert found["score"] - found["margin_95"] > 1


def test_a_seam_in_a_field_without_other_jumps_has_a_large_score_that_is_still_a_number() -> None:
    one = np.full((48, 72), 0.25, dtype=np.float32)
    one[:, 24:] = 0.75
    assert 1000 < score([WINDOW], np.stack([one, 1 - one]))["score"] < np.inf


def test_pairs_with_an_unmapped_cell_do_not_count() -> None:
    one = np.full((48, 72), 0.25, dtype=np.float32)
    mapped = np.ones((48, 72), dtype=bool)
    mapped[:, 24:30] = False
    one[~mapped] = 1.0
    found = score([WINDOW], np.stack([one, 1 - one]), mapped=mapped)
    assert found["score"] == 1
    assert found["pairs"] == 48 + 72 - 6  # the column line at 48 and the row line, less the gap


def test_a_map_of_one_tile_has_no_score() -> None:
    window = Window(3, 6, 12, 12)
    plan = tiles.plan(window, 2, lattice=(1, 2))
    found = FACTORY.merge(tiles.consume(FACTORY, plan, [window], TILE, probabilities=noise()[:, :24, :24]))
    assert found["score"] is None
    assert found["pairs"] == 0
