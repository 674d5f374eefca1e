"""Blocks of ground written down in few numbers: neighbours in a row as one run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def as_runs(blocks: Iterable[tuple[int, int]]) -> list[list[int]]:
    """[row, first column, last column] of each stretch of neighbouring blocks, row by row.

    Args:
        blocks: (row, column) of each, in any order: its lower left corner, over its side.
    """
    runs: list[list[int]] = []
    for row, col in sorted(set(blocks)):
        if runs and runs[-1][0] == row and runs[-1][2] == col - 1:
            runs[-1][2] = col
        else:
            runs.append([row, col, col])
    return runs


def in_runs(runs: Iterable[Sequence[int]]) -> set[tuple[int, int]]:
    """(row, column) of each block of some runs."""
    return {(row, col) for row, first, last in runs for col in range(first, last + 1)}
