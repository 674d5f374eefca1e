"""What counts as clear, and how what does not is grown."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from backend.clear_rule import ClearRule
from backend.errors import RequestError
from backend.grid import Window


def brute_force(
    hidden: npt.NDArray[np.bool_], buffer_m: float, height_m: float, width_m: float
) -> npt.NDArray[np.bool_]:
    """Every cell against every hidden cell: the centre's distance to the nearest edge of that cell."""
    out = np.zeros_like(hidden)
    for row, col in np.argwhere(hidden):
        for own_row, own_col in np.ndindex(*hidden.shape):
            down = max(abs(int(row) - own_row) - 0.5, 0.0) * height_m
            across = max(abs(int(col) - own_col) - 0.5, 0.0) * width_m
            out[own_row, own_col] |= bool(np.hypot(down, across) <= buffer_m)
    return out


def test_nodata_is_neither_clear_nor_hidden_and_a_cloud_is_hidden() -> None:
    scl = np.array([[0, 4, 9, 3, 255]], dtype=np.uint8)
    rule = ClearRule()
    assert rule.is_clear(scl).tolist() == [[False, True, False, False, False]]
    assert rule.is_hidden(scl).tolist() == [[False, False, True, True, False]]


def test_classes_can_be_chosen() -> None:
    scl = np.array([[4, 7, 3]], dtype=np.uint8)
    assert ClearRule((3, 4)).is_clear(scl).tolist() == [[True, False, True]]
    assert ClearRule((3, 4)).is_hidden(scl).tolist() == [[False, True, False]]


def test_a_buffer_of_15_metres_takes_the_cells_whose_centres_lie_within_15_metres_of_the_cloud() -> None:
    hidden = np.zeros((5, 7), dtype=bool)
    hidden[2, 3] = True
    # two along the axes (their centres are 15 m from the edge), one diagonally (7.1 m), not 1 and 2 cells (15.8 m)
    assert ClearRule(buffer_m=15).grown(hidden, (10.0, 10.0)).astype(int).tolist() == [
        [0, 0, 0, 1, 0, 0, 0],
        [0, 0, 1, 1, 1, 0, 0],
        [0, 1, 1, 1, 1, 1, 0],
        [0, 0, 1, 1, 1, 0, 0],
        [0, 0, 0, 1, 0, 0, 0],
    ]


@pytest.mark.parametrize("buffer_m", [0.0, 4.0, 5.0, 12.0, 30.0, 47.0, 400.0])
@pytest.mark.parametrize("cell_m", [(10.0, 10.0), (10.0, 7.3), (4.0, 20.0)])
def test_growing_agrees_with_every_cell_held_against_every_other(buffer_m: float, cell_m: tuple[float, float]) -> None:
    hidden = np.random.default_rng(3).random((17, 13)) < 0.02
    hidden[0, 12] = True
    expected = brute_force(hidden, buffer_m, *cell_m) if buffer_m else hidden
    np.testing.assert_array_equal(ClearRule(buffer_m=buffer_m).grown(hidden, cell_m), expected)


@pytest.mark.parametrize("buffer_m", [0.0, 8.0, 35.0])
def test_the_margin_is_what_a_window_needs_to_be_the_same_as_the_whole(buffer_m: float) -> None:
    rule, cell_m = ClearRule(buffer_m=buffer_m), (10.0, 6.0)
    hidden = np.random.default_rng(5).random((40, 40)) < 0.03
    whole = rule.grown(hidden, cell_m)
    window = Window(13, 12, 9, 11)
    around = rule.around(window, cell_m)
    part = rule.grown(hidden[around.slices(Window(0, 0, 40, 40))], cell_m)
    np.testing.assert_array_equal(part[window.slices(around)], whole[window.slices(Window(0, 0, 40, 40))])


@pytest.mark.parametrize(
    ("classes", "buffer_m", "sentence"),
    [
        ((), 0.0, "must be classes of the scene classification, 1 to 11"),
        ((0, 4), 0.0, "must be classes of the scene classification, 1 to 11"),
        ((4,), -1.0, "must be 0 to 5000 m"),
        ((4,), float("nan"), "must be 0 to 5000 m"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(classes: tuple[int, ...], buffer_m: float, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        ClearRule(classes, buffer_m)
