"""The embedding as whole numbers on the grid of the images."""

from __future__ import annotations

import numpy as np
import pytest
import tiles

from backend.embedding_layer import EMBEDDING_NODATA, EmbeddingLayer
from backend.errors import ModelError
from backend.grid import Window


def test_an_embedding_is_the_mean_of_an_input_cells_mapped_fine_cells_in_steps_of_a_500th() -> None:
    values = np.array([[[0.002, -0.004, 900.0, 900.0], [0.006, 50.0, 900.0, -1.0]]], dtype=np.float32)
    mapped = np.array([[True, True, True, True], [True, False, True, False]])
    window = Window(0, 0, 1, 2)
    one = np.ones((1, 2, 4), dtype=np.float32)
    ((_, arrays),) = tiles.consume(
        EmbeddingLayer(1), tiles.plan(window), [window], 2, probabilities=one, embedding=values, mapped=mapped
    )
    assert arrays["layer"].tolist() == [[[1, 32767]]]  # (1 - 2 + 3) / 3 = 0.67 steps; what is too large is cut off
    assert arrays["layer"].dtype == np.int16


def test_negative_means_are_rounded_like_positive_ones_and_unmapped_cells_are_nodata() -> None:
    values = np.full((1, 2, 4), -0.0058, dtype=np.float32)
    mapped = np.array([[True, True, False, False]] * 2)
    window = Window(0, 0, 1, 2)
    one = np.ones((1, 2, 4), dtype=np.float32)
    ((_, arrays),) = tiles.consume(
        EmbeddingLayer(1), tiles.plan(window), [window], 2, probabilities=one, embedding=values, mapped=mapped
    )
    assert arrays["layer"].tolist() == [[[-3, EMBEDDING_NODATA]]]


def test_a_model_without_an_embedding_is_refused() -> None:
    window = Window(0, 0, 1, 1)
    one = np.ones((1, 2, 2), dtype=np.float32)
    with pytest.raises(ModelError, match="gave no embedding"):
        list(tiles.consume(EmbeddingLayer(2), tiles.plan(window), [window], 1, probabilities=one))
