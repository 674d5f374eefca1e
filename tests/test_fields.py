"""Cores of fields and how they grow, on cells drawn by hand, and beside scipy's functions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.fields import (
    INSIDE,
    INSIDE_CONTRAST,
    MOST_REACH,
    find_cores,
    grow_cores,
    inside_below,
    join_pairs,
    label_cores,
    widen,
)
from backend.model_card import read_card


def test_of_cores_at_the_same_distance_the_left_and_then_the_upper_one_counts() -> None:
    row = np.array([[1, 0, 0, 0, 2]], np.int32)
    everywhere = np.ones((1, 5), np.bool_)
    assert grow_cores(row, everywhere).tolist() == [[1, 1, 1, 2, 2]]
    assert grow_cores(row[:, ::-1].copy(), everywhere).tolist() == [[2, 2, 2, 1, 1]]
    assert grow_cores(row.T.copy(), everywhere.T).T.tolist() == [[1, 1, 1, 2, 2]]
    corner = np.array([[0, 1], [2, 0]], np.int32)
    assert grow_cores(corner, np.ones((2, 2), np.bool_)).tolist() == [[2, 1], [2, 1]]  # the same column first


def test_a_reach_beyond_what_a_key_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="127 cells at most, not 128"):
        grow_cores(np.ones((2, 2), np.int32), np.ones((2, 2), np.bool_), MOST_REACH + 1)


def test_pairs_join_to_the_smallest_number_also_along_a_long_chain() -> None:
    assert join_pairs(6, np.array([4, 2]), np.array([2, 5])).tolist() == [0, 1, 2, 3, 2, 2]
    chain = np.random.default_rng(3).permutation(500)
    assert not join_pairs(500, chain[:-1], chain[1:]).any()


def test_widening_takes_in_the_corners() -> None:
    cells = np.zeros((5, 6), np.bool_)
    cells[0, 1] = True
    wide = widen(cells, 2)
    assert np.array_equal(np.argwhere(wide), [(row, col) for row in range(3) for col in range(4)])


def random_cells(seed: int) -> np.ndarray:
    """Up to 60 x 60 cells, from a few to nearly all of them set."""
    random = np.random.default_rng(seed)
    return random.random(random.integers(1, 60, 2)) < random.choice([0.02, 0.3, 0.6, 0.9])


@pytest.mark.parametrize("seed", range(20))
def test_cores_and_their_numbers_are_those_of_scipy(seed: int) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    cells = random_cells(seed)
    assert np.array_equal(find_cores(cells), ndimage.binary_erosion(cells, border_value=1))
    labels, firsts = label_cores(cells)
    expected, count = ndimage.label(cells)
    assert np.array_equal(labels, expected)
    assert firsts.tolist() == [np.flatnonzero(expected == number + 1)[0] for number in range(count)]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("reach", [3, 64])
def test_growth_goes_to_a_nearest_core_as_scipys_distances_say(seed: int, reach: int) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    cores, _ = label_cores(random_cells(seed))
    cores[0, 0] = cores.max() + 1  # so that there is one
    wanted = np.random.default_rng(seed).random(cores.shape) < 0.9
    grown = grow_cores(cores, wanted, reach)
    distance = ndimage.distance_transform_edt(cores == 0)
    assert np.array_equal(grown > 0, wanted & (distance <= reach))
    for number in np.unique(grown[grown > 0]):
        own = ndimage.distance_transform_edt(cores != number)
        assert np.array_equal(own[grown == number], distance[grown == number])


def test_a_cell_is_inside_by_its_contrast_however_slowly_probabilities_rise() -> None:
    for slope, offset in ((4.95, -5.14), (2.25, -3.31), (40.0, -30.0)):

        def probability(contrast: float, slope: float = slope, offset: float = offset) -> float:
            return float(1 / (1 + np.exp(-(slope * contrast + offset))))

        below = inside_below(probability(0.8), (slope, offset))
        assert below == pytest.approx(probability(0.8 * INSIDE_CONTRAST))
        assert probability(0.0) < below < probability(0.8)  # so that alike ground is inside, and boundaries are not


def test_with_the_shipped_models_calibration_inside_is_an_eighth_of_the_threshold() -> None:
    card = read_card(Path(__file__).parents[1] / "resources" / "models" / "cscl_default.onnx")
    assert inside_below(card.boundary_threshold, card.boundary) == pytest.approx(
        INSIDE * card.boundary_threshold, rel=0.005
    )
    assert inside_below(0.5, (3000.0, -3000.0)) < 1e-300


@pytest.mark.parametrize("calibration", [(1.0, 0.0), (-2.0, 1.0), (3.0, 2.0), (float("nan"), 0.0), (float("inf"), 0.0)])
def test_a_card_that_tells_no_contrast_gives_a_share_of_the_threshold(calibration: tuple[float, float]) -> None:
    assert inside_below(0.4, calibration) == pytest.approx(INSIDE * 0.4)
