"""Real ground in a comparison: one map scored in blocks, so that its intervals draw neighbourhoods."""

from __future__ import annotations

import numpy as np
import pytest

from training.classes import UNKNOWN
from training.experiments.ground_blocks import GroundBlock, ground_blocks, score_block
from training.experiments.scene_scores import score_scene

CELL_M = 5.0
BLOCK_M = 100.0
SIDE = 20
"""Cells of a block."""


def fields(size: int = 80, width: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """(classes, parcels): square fields, each a parcel, of crops 0 to 2 in turn."""
    row, col = np.indices((size, size)) // width
    parcels = (1 + row * (size // width) + col).astype(np.int32)
    return ((row + 2 * col) % 3).astype(np.int32), parcels


def blocks_of(parcels: np.ndarray, counts: np.ndarray) -> list[GroundBlock]:
    return list(ground_blocks(parcels, counts, BLOCK_M, CELL_M))


def spread_out(block: GroundBlock, shape: tuple[int, ...]) -> np.ndarray:
    out = np.zeros(shape, dtype=np.int64)
    out[block.place] = block.counts
    return out


def test_a_parcel_goes_as_a_whole_to_the_square_of_its_middle() -> None:
    parcels = np.zeros((40, 40), dtype=np.int32)
    parcels[2:8, 12:26] = 7  # eight columns in the first square, six in the second
    blocks = blocks_of(parcels, parcels > 0)
    assert [block.name for block in blocks] == ["0_0"]
    np.testing.assert_array_equal(spread_out(blocks[0], parcels.shape), parcels == 7)


def test_squares_are_those_of_the_lattice() -> None:
    parcels = np.zeros((40, 40), dtype=np.int32)
    whole = np.ones_like(parcels, dtype=bool)
    blocks = list(ground_blocks(parcels, whole, BLOCK_M, CELL_M, (-25, 15)))
    assert [block.name for block in blocks] == [f"{row}_{col}" for row in (-2, -1, 0) for col in (0, 1, 2)]
    assert [int(block.counts.sum()) for block in blocks[:3]] == [5 * 5, 5 * SIDE, 5 * 15]
    parcels[3:7, 3:7] = 1  # four squares touch it, its middle lies in one
    assert len(list(ground_blocks(parcels, parcels > 0, BLOCK_M, CELL_M, (-25, 15)))) == 1


def test_ground_outside_of_parcels_lies_in_its_own_square() -> None:
    parcels = np.zeros((40, 40), dtype=np.int32)
    blocks = blocks_of(parcels, np.ones_like(parcels, dtype=bool))
    assert [block.name for block in blocks] == ["0_0", "0_1", "1_0", "1_1"]
    assert [int(block.counts.sum()) for block in blocks] == [SIDE * SIDE] * 4


def test_every_cell_that_counts_is_of_one_block() -> None:
    _, parcels = fields()
    counts = np.random.default_rng(0).random(parcels.shape) < 0.7
    sums = sum(spread_out(block, parcels.shape) for block in blocks_of(parcels, counts))
    np.testing.assert_array_equal(sums, counts)


def test_without_ground_there_is_no_block() -> None:
    _, parcels = fields()
    assert not blocks_of(parcels, np.zeros(parcels.shape, dtype=bool))


def test_counts_of_all_blocks_add_up_to_those_of_the_whole() -> None:
    classes, parcels = fields()
    generator = np.random.default_rng(1)
    mapped = np.where(generator.random(classes.shape) < 0.3, (classes + 1) % 3, classes)
    counts = parcels > 0
    whole = score_scene(mapped, classes, parcels, counts, CELL_M, 3)
    parts = [
        score_block(block, mapped, classes, parcels, CELL_M, 3, is_complete=True)
        for block in blocks_of(parcels, counts)
    ]
    assert len(parts) > 4
    for name in ("confusion_all", "confusion_boundary", "confusion_interior"):
        np.testing.assert_array_equal(np.sum([part[name] for part in parts], axis=0), whole[name])
    for group in ("all", "inside_right"):
        profiles = [part["profile"][group] for part in parts]
        np.testing.assert_array_equal(np.sum(profiles, axis=0), whole["profile"][group])


def test_of_a_sample_of_parcels_no_edges_are_scored_but_its_outlines() -> None:
    classes, parcels = fields(width=40)
    classes[:, 40:], parcels[:, 40:] = UNKNOWN, 0  # undeclared
    counts = parcels > 0
    layer = np.zeros(classes.shape)
    layer[:, :2] = 0.9  # along the end of the map
    layer[39:41, :40] = 0.9  # between the two parcels
    scores = [
        score_block(block, classes, classes, parcels, CELL_M, 3, is_complete=False, boundary=layer, threshold=0.5)
        for block in blocks_of(parcels, counts)
    ]
    assert len(scores) == 2
    for score in scores:
        assert "map_edges" not in score
        assert "boundary_layer" not in score
        outline, found, inside, drawn = score["outlines"][0]  # within 2.5 m: on the very cell
        # neighbours of another parcel: 40 cells at the line between them, and 39 more towards the undeclared ground
        assert (outline, found) == (79, 40)
        # more than 12.5 m from the edges: the first 37 of 40 each way; the end of the map is no edge
        assert (inside, drawn) == (37 * 37, 37 * 2)


def test_where_all_parcels_are_known_edges_are_scored() -> None:
    classes, parcels = fields()
    block = blocks_of(parcels, parcels > 0)[0]
    score = score_block(block, classes, classes, parcels, CELL_M, 3, True, np.zeros(classes.shape), 0.5)
    assert score["map_edges"][0]["f1"] == pytest.approx(1.0)
    assert score["boundary_layer"][0]["f1"] == pytest.approx(0.0)
