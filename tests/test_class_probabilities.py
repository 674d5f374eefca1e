"""Class probabilities as whole numbers, and their means on the grid of the images."""

from __future__ import annotations

import numpy as np
import pytest
import tiles
from tiny_model import write_tiny_model

from backend.class_probabilities import ProbabilityLayer, probability_layer, quantise
from backend.errors import RequestError
from backend.grid import Window


def test_probabilities_are_kept_in_steps_of_a_250th_and_never_as_nodata() -> None:
    values = np.array([-0.1, 0.0, 0.0019, 0.0021, 0.5, 0.9999, 1.0, 1.0000001], dtype=np.float32)
    assert quantise(values).tolist() == [0, 0, 0, 1, 125, 250, 250, 250]


def test_the_mean_of_an_input_cell_counts_its_mapped_fine_cells_alone() -> None:
    one = np.array([[0.1, 0.2, 1.0, 0.0], [0.3, 0.5, 0.0, 0.0]], dtype=np.float32)
    mapped = np.array([[True, True, False, False], [True, False, False, False]])
    window = Window(5, 7, 1, 2)
    plan = tiles.plan(window)
    layer = ProbabilityLayer((1,), ("wheat",), 1)
    ((_, arrays),) = tiles.consume(layer, plan, [window], 2, probabilities=np.stack([1 - one, one]), mapped=mapped)
    assert arrays["layer"].tolist() == [[[50, 255]]]  # (25 + 50 + 75) / 3; nothing is mapped in the second cell


def test_halves_are_rounded_upwards() -> None:
    one = np.array([[0.004, 0.008], [0.004, 0.008]], dtype=np.float32)
    window = Window(0, 0, 1, 1)
    ((_, arrays),) = tiles.consume(
        ProbabilityLayer((0,), ("wheat",), 1), tiles.plan(window), [window], 1, probabilities=one[None]
    )
    assert arrays["layer"].tolist() == [[[2]]]


def test_on_the_fine_grid_each_cell_keeps_its_own() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((3, 8, 8), dtype=np.float32)
    window = Window(2, 3, 4, 4)
    layer = ProbabilityLayer((2, 0), ("c", "a"), 2)
    ((_, arrays),) = tiles.consume(layer, tiles.plan(window), [window], 3, probabilities=values)
    np.testing.assert_array_equal(arrays["layer"], np.rint(values[[2, 0]] * np.float32(250)).astype(np.uint8))


def test_chosen_classes_stay_in_the_models_order_and_unknown_ones_are_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    card = write_tiny_model(tmp_path / "tiny.onnx")
    names = [entry.name for entry in card.classes]
    layer = probability_layer(card, "fine", (names[2], names[0]))
    assert (layer.channels, layer.classes, layer.scale) == ((0, 2), (names[0], names[2]), 4)
    assert layer.raster.gdal_scale == 0.004
    assert probability_layer(card, "input").channels == (0, 1, 2)
    with pytest.raises(RequestError, match=f"has no class '{names[1][:-1]}'; did you mean '{names[1]}'"):
        probability_layer(card, "fine", (names[1][:-1],))
