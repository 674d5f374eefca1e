"""Pixels drawn at random from ground that is seen in pieces: which are drawn does not depend on the pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.integer[Any]]


def draw_order(row: IntArray, col: IntArray, seed: int, stream: int = 0) -> NDArray[np.uint64]:
    """(N,) random numbers that are a function of the place: the lowest ones are drawn.

    Args:
        row: (N,) on the lattice of cells, may be negative.
        col: (N,) likewise.
        seed: of the run.
        stream: tells draws of one place apart, such as those of several sources.
    """
    mixed = _mixed(np.asarray(row, dtype=np.int64).astype(np.uint64) ^ _mixed(_word(seed, stream)))
    return _mixed(np.asarray(col, dtype=np.int64).astype(np.uint64) ^ mixed)


class LowestKept:
    """The `most` rows with the lowest numbers of all that were added, with what belongs to them."""

    def __init__(self, most: int) -> None:
        """
        Args:
            most: rows that are kept.
        """
        self._most = most
        self._order = np.zeros(0, dtype=np.uint64)
        self._columns: list[NDArray[Any]] = []

    def __len__(self) -> int:
        return min(len(self._order), self._most)

    def may_keep(self, order: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """(N,) rows that would be kept by what is known so far: the others need not be made."""
        if len(self._order) < self._most:
            return np.ones(len(order), dtype=np.bool_)
        self._cut()
        return np.asarray(order < self._order[-1]) if self._most else np.zeros(len(order), dtype=np.bool_)

    def add(self, order: NDArray[np.uint64], *columns: NDArray[Any]) -> None:
        """Add rows: their numbers (N,) and arrays of which each has N rows."""
        if not self._columns:
            self._columns = [values[:0] for values in columns]
        below = self.may_keep(order)
        order, columns = order[below], tuple(values[below] for values in columns)
        self._order = np.concatenate((self._order, order))
        self._columns = [np.concatenate(pair) for pair in zip(self._columns, columns, strict=True)]
        if len(self._order) > 2 * self._most:
            self._cut()

    def columns(self) -> list[NDArray[Any]]:
        """The arrays of the rows that are kept, in order of their numbers; none where nothing was ever added."""
        self._cut()
        return self._columns

    def _cut(self) -> None:
        kept = np.argsort(self._order, kind="stable")[: self._most]
        self._order = self._order[kept]
        self._columns = [values[kept] for values in self._columns]


def _word(seed: int, stream: int) -> NDArray[np.uint64]:
    return np.array((seed % (1 << 32)) << 32 | stream % (1 << 32), dtype=np.uint64)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Splitmix64 (Steele et al. 2014): neighbours get numbers that have nothing in common."""
    with np.errstate(over="ignore"):
        mixed = values + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)
