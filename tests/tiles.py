"""Tiles of maps made by hand: probabilities cut as a plan cuts them, without a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.grid import Window
from backend.tile_result import Consumer, ConsumerFactory, TileResult

Arrays = dict[str, npt.NDArray[Any]]


def plan(window: Window, magnification: int = 2, lattice: tuple[int, int] = (0, 0)) -> Any:
    """What consumers ask of a plan."""
    return SimpleNamespace(window=window, lattice_row=lattice[0], lattice_col=lattice[1], magnification=magnification)


def tile(
    window: Window,
    plan: Any,
    probabilities: npt.NDArray[np.float32],
    *,
    boundary: npt.NDArray[np.float32] | None = None,
    embedding: npt.NDArray[np.float32] | None = None,
    mapped: npt.NDArray[np.bool_] | None = None,
    valid: npt.NDArray[np.bool_] | None = None,
) -> TileResult:
    """The tile over `window` of arrays that cover the whole mapped window: (K, H, W) fine, (H, W) fine, (T, h, w)."""
    scale = plan.magnification
    fine = window.refine(scale)
    rows, cols = fine.slices(plan.window.refine(scale))
    shape = probabilities.shape[1:]
    boundary = np.zeros(shape, dtype=np.float32) if boundary is None else boundary
    mapped = np.ones(shape, dtype=bool) if mapped is None else mapped
    valid = np.ones((1, shape[0] // scale, shape[1] // scale), dtype=bool) if valid is None else valid
    own_rows, own_cols = window.slices(plan.window)
    return TileResult(
        window,
        Window(fine.row - plan.window.row * scale, fine.col - plan.window.col * scale, *fine.shape),
        probabilities[:, rows, cols],
        boundary[rows, cols],
        None if embedding is None else embedding[:, rows, cols],
        mapped[rows, cols],
        valid[:, own_rows, own_cols],
    )


def cut(window: Window, side: int) -> list[Window]:
    """Tiles of a window, row by row."""
    return [
        Window(row, col, side, side).intersect(window)
        for row in range(window.row, window.row_stop, side)
        for col in range(window.col, window.col_stop, side)
    ]


def consume(
    factory: ConsumerFactory, plan: Any, blocks: Sequence[Window], side: int, backwards: bool = False, **arrays: Any
) -> Iterator[tuple[Window, Arrays]]:
    """Each block with what a consumer kept of its tiles; `arrays` as tile() takes them."""
    for block in blocks:
        consumer: Consumer = factory.start(block, plan)
        tiles: Iterable[Window] = cut(block, side)
        for window in reversed(list(tiles)) if backwards else tiles:
            consumer.add(tile(window, plan, **arrays))
        yield block, consumer.arrays()
