"""Which pixels of a file the windows that are still to be read need. Reads nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from .grid import Grid, Window
from .raster import FileLayout

NEVER = 1 << 60
"""The turn of what is not needed any more."""


class ComingWindows:
    """A sequence of windows on a grid, told in the pixels of files; each window has its turn."""

    def __init__(self, grid: Grid, windows: Sequence[Window]) -> None:
        """
        Args:
            grid: whose cells the windows are counted in.
            windows: in the order of their turns.
        """
        self._grid = grid
        self._windows = tuple(windows)
        self._parts: dict[Any, npt.NDArray[np.int64]] = {}
        self._known: dict[Any, tuple[Window, ...]] = {}
        self._known_turn = -1
        self._turns: dict[Any, list[int]] = {}

    def margin(self, window: Window, turn: int) -> int:
        """Cells by which a window reaches beyond that of a turn."""
        if not 0 <= turn < len(self._windows):
            return 0
        own = self._windows[turn]
        return max(
            0, own.row - window.row, own.col - window.col, window.row_stop - own.row_stop,
            window.col_stop - own.col_stop,
        )  # fmt: skip

    def part(self, layout: FileLayout, margin: int, turn: int) -> Window:
        """The part of a file that the window of a turn needs; empty if it lies beyond the file.

        Args:
            layout: of the file.
            margin: cells around the window that are needed too.
            turn: the window's.
        """
        row, col, row_stop, col_stop = (int(value) for value in self._all(layout, margin)[turn])
        return Window(row, col, max(0, row_stop - row), max(0, col_stop - col))

    def needed(self, layout: FileLayout, margin: int, chunk: Window, turn: int) -> tuple[Window, ...]:
        """Parts of a chunk of a file that the window of a turn or later ones need; they do not overlap.

        Between two rows at which a window begins or ends, all columns from the first to the last needed count.
        """
        if turn != self._known_turn:
            self._known.clear()
            self._known_turn = turn
        key = (self._geometry(layout, margin), chunk)
        if key not in self._known:
            self._known[key] = _staircase(self._inside(layout, margin, chunk)[turn:])
        return self._known[key]

    def next_turn(self, layout: FileLayout, margin: int, chunk: Window, turn: int) -> int:
        """The first turn, from `turn` on, whose window needs something of a chunk; NEVER if none does."""
        key = (self._geometry(layout, margin), chunk)  # the chunks of all files of one geometry are asked for again
        if key not in self._turns:
            self._turns[key] = np.flatnonzero(_is_there(self._inside(layout, margin, chunk))).tolist()
        turns = self._turns[key]
        place = bisect_left(turns, turn)
        return turns[place] if place < len(turns) else NEVER

    def _inside(self, layout: FileLayout, margin: int, chunk: Window) -> npt.NDArray[np.int64]:
        return _clip(self._all(layout, margin), chunk)

    def _all(self, layout: FileLayout, margin: int) -> npt.NDArray[np.int64]:
        """(N, 4): first row and column of each window's part of a file, and where it ends."""
        key = self._geometry(layout, margin)
        if key not in self._parts:
            parts = [self._part(layout, window.pad(margin)) for window in self._windows]
            whole = Window(0, 0, layout.height, layout.width)
            self._parts[key] = _clip(np.array(parts, dtype=np.int64).reshape(-1, 4), whole)
        return self._parts[key]

    def _part(self, layout: FileLayout, window: Window) -> tuple[int, int, int, int]:
        if window.is_empty:
            return 0, 0, 0, 0
        rows, cols = layout.places("the image", self._grid, window)
        return int(rows.min()), int(cols.min()), int(rows.max()) + 1, int(cols.max()) + 1

    def _geometry(self, layout: FileLayout, margin: int) -> Any:
        return tuple(layout.transform)[:6], layout.height, layout.width, margin


def _clip(parts: npt.NDArray[np.int64], window: Window) -> npt.NDArray[np.int64]:
    low, high = np.array([window.row, window.col]), np.array([window.row_stop, window.col_stop])
    return np.concatenate([np.maximum(parts[:, :2], low), np.minimum(parts[:, 2:], high)], axis=1)


def _is_there(parts: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    return np.asarray((parts[:, 2] > parts[:, 0]) & (parts[:, 3] > parts[:, 1]))


def _staircase(parts: npt.NDArray[np.int64]) -> tuple[Window, ...]:
    """Windows that cover all parts and do not overlap, one below the other."""
    parts = parts[_is_there(parts)]
    edges = np.unique(parts[:, [0, 2]])
    steps: list[Window] = []
    for top, bottom in pairwise(edges.tolist()):
        here = parts[(parts[:, 0] <= top) & (parts[:, 2] >= bottom)]
        if not len(here):
            continue
        left, right = int(here[:, 1].min()), int(here[:, 3].max())
        step = Window(top, left, bottom - top, right - left)
        last = steps[-1] if steps else None
        if last is not None and last.row_stop == step.row and (last.col, last.width) == (step.col, step.width):
            steps[-1] = Window(last.row, last.col, last.height + step.height, last.width)
        else:
            steps.append(step)
    return tuple(steps)
