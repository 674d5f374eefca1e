"""The seam score of a map: whether class probabilities jump more where tiles meet than elsewhere.

The jump between two neighbouring cells is the sum over classes of the difference of their probabilities. The score is
the mean jump across the lines between tiles over that across lines inside tiles, at the same phase: both lie at
multiples of the network's stride, where the upsampling leaves its own pattern. It is 1 where tiles leave no trace.

All sums are of whole numbers (class_probabilities.quantise), so the score is the same whatever the order of tiles and
blocks. Lines between blocks count too: the outer edges of a block's tiles are kept and joined in the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .class_probabilities import STEPS, quantise
from .grid import Window
from .model_card import NODATA, ModelCard
from .plan_memory import PHASE
from .tile_result import TileResult
from .tiling import Plan

NAME = "seams"
ROWS, COLS = 0, 1
"""Axis of a line: between two rows, between two columns."""
BEFORE, AFTER = 0, 1
"""Side of a line on which an edge lies."""
NORMAL_95 = 1.96

EdgeKey = tuple[int, int, int, int]
"""Axis, line, first cell along it and number of cells; fine cells on the lattice."""
Cells = npt.NDArray[np.uint8]
"""(K, ...) quantised probabilities, NODATA where not mapped."""


@dataclass
class JumpSums:
    """Sums over stretches of lines, each with its total jump j and its pairs of cells p."""

    values: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(6, dtype=np.int64))
    """Number of stretches, sums of j, p, j j, j p and p p."""

    def add(self, before: Cells, after: Cells) -> None:
        """Add stretches: cells on both sides, (K, stretches, length)."""
        both = (before[0] != NODATA) & (after[0] != NODATA)
        # the difference of two bytes as a byte: what is larger, less what is smaller
        jumps = (np.maximum(before, after) - np.minimum(before, after)).sum(axis=0, dtype=np.int64)
        pairs = both.sum(axis=1, dtype=np.int64)
        total = np.where(both, jumps, 0).sum(axis=1)
        stretches = np.count_nonzero(pairs)
        self.values += np.array(
            [stretches, total.sum(), pairs.sum(), (total**2).sum(), (total * pairs).sum(), (pairs**2).sum()]
        )

    @property
    def pairs(self) -> int:
        return int(self.values[2])

    @property
    def mean(self) -> float:
        """Mean jump of a pair, in steps."""
        return float(self.values[1] / max(1, self.values[2]))

    @property
    def relative_variance(self) -> float | None:
        """Of the mean jump, by the differences between stretches; None with fewer than two."""
        count, jumps, pairs, jj, jp, pp = (int(value) for value in self.values)
        if count < 2 or jumps == 0:
            return None
        # of a ratio of sums (Cochran 1977, Sampling Techniques, 2.11): n / (n - 1) sum (j - r p)^2 / (sum p)^2
        ratio = jumps / pairs
        residual = max(0.0, jj - 2 * ratio * jp + ratio**2 * pp)
        return count / (count - 1) * residual / pairs**2 / ratio**2


@dataclass(frozen=True)
class SeamScore:
    """Starts what looks for seams in a block."""

    classes: int
    """K."""
    step: int
    """Lines inside tiles are looked at at multiples of this on the lattice, input cells."""
    name: str = NAME
    raster: None = None

    @classmethod
    def of(cls, card: ModelCard) -> SeamScore:
        """For the maps of a model."""
        return cls(len(card.classes), math.lcm(card.tile_multiple, PHASE))

    def start(self, block: Window, plan: Plan) -> BlockSeams:
        """For one block of the plan."""
        return BlockSeams(self.step, plan)

    def merge(self, files: Iterator[tuple[Window, dict[str, npt.NDArray[Any]]]]) -> dict[str, Any]:
        """The score and what it comes from, as JSON values.

        Returns:
            score (None where no two tiles meet), margin_95 (half the width of its 95 % interval; roughly, since
            neighbouring stretches are not independent), stretches and pairs of cells at tile lines, pairs elsewhere,
            and the mean jumps at both (0-2).
        """
        lines, elsewhere = JumpSums(), JumpSums()
        edges = Edges(lines)
        for _, arrays in files:
            lines.values += arrays["lines"]
            elsewhere.values += arrays["elsewhere"]
            edges.add_packed(arrays["edge_keys"], arrays["edge_cells"])
        return {
            **_score(lines, elsewhere),
            "stretches": int(lines.values[0]),
            "pairs": lines.pairs,
            "pairs_elsewhere": elsewhere.pairs,
            "jump": lines.mean / STEPS,
            "jump_elsewhere": elsewhere.mean / STEPS,
        }


class Edges:
    """Edges of tiles that wait for the tile on the other side of the line."""

    def __init__(self, sums: JumpSums) -> None:
        """
        Args:
            sums: takes the jumps across lines whose both sides have come.
        """
        self._sums = sums
        self._waiting: dict[EdgeKey, tuple[int, Cells]] = {}

    def add(self, key: EdgeKey, side: int, cells: Cells) -> None:
        """Add an edge (K, length)."""
        known = self._waiting.get(key)
        if known is None or known[0] == side:
            self._waiting[key] = side, cells
            return
        del self._waiting[key]
        self._sums.add(known[1][:, None], cells[:, None])

    def add_packed(self, keys: npt.NDArray[np.int64], cells: Cells) -> None:
        """Add what packed() gave."""
        first = 0
        for axis, line, start, length, side in keys.tolist():
            self.add((axis, line, start, length), side, cells[:, first : first + length])
            first += length

    def packed(self, classes: int) -> tuple[npt.NDArray[np.int64], Cells]:
        """Those that still wait: (N, 5) axis, line, start, length and side, and their cells one after the other."""
        ordered = sorted(self._waiting.items())
        keys = np.array([(*key, side) for key, (side, _) in ordered], dtype=np.int64).reshape(-1, 5)
        parts = [cells for _, (_, cells) in ordered]
        return keys, np.concatenate([np.zeros((classes, 0), dtype=np.uint8), *parts], axis=1)


class BlockSeams:
    """The jumps of one block."""

    def __init__(self, step: int, plan: Plan) -> None:
        self._plan, self._step = plan, step * plan.magnification
        self._lines, self._elsewhere = JumpSums(), JumpSums()
        self._edges = Edges(self._lines)
        self._classes = 0

    def add(self, tile: TileResult) -> None:
        """Count the lines inside a tile, and those between it and its neighbours that have come before."""
        plan, window = self._plan, tile.window
        place = Window(window.row + plan.lattice_row, window.col + plan.lattice_col, *window.shape)
        place = place.refine(plan.magnification)
        starts, stops = (place.row, place.col), (place.row_stop, place.col_stop)
        self._classes = len(tile.probabilities)
        for axis in (ROWS, COLS):
            first, last, along = starts[axis], stops[axis], starts[1 - axis]
            # (K, across, along) whichever the axis
            values = tile.probabilities if axis == ROWS else tile.probabilities.transpose(0, 2, 1)
            mapped = tile.mapped if axis == ROWS else tile.mapped.T
            inner = np.arange(first // self._step * self._step + self._step, last, self._step) - first
            if len(inner):
                self._elsewhere.add(_cells(values, mapped, inner - 1), _cells(values, mapped, inner))
            length = values.shape[2]
            edge = _cells(values, mapped, np.array([0, last - first - 1]))
            self._edges.add((axis, first, along, length), AFTER, edge[:, 0])
            self._edges.add((axis, last, along, length), BEFORE, edge[:, 1])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Sums of lines between tiles and elsewhere, and the edges whose neighbours lie in other blocks."""
        keys, cells = self._edges.packed(self._classes)
        return {
            "lines": self._lines.values, "elsewhere": self._elsewhere.values, "edge_keys": keys, "edge_cells": cells
        }  # fmt: skip


def _cells(values: npt.NDArray[np.float32], mapped: npt.NDArray[np.bool_], rows: npt.NDArray[np.int64]) -> Cells:
    """Quantised probabilities of some rows, (K, rows, length)."""
    return np.where(mapped[rows], quantise(values[:, rows]), np.uint8(NODATA))


def _score(lines: JumpSums, elsewhere: JumpSums) -> dict[str, float | None]:
    if not lines.pairs or not elsewhere.pairs:
        return {"score": None, "margin_95": None}
    if not lines.values[1] and not elsewhere.values[1]:
        return {"score": 1.0, "margin_95": None}
    # where nothing jumps but at tile lines, one step elsewhere keeps the score a number
    score = lines.mean / max(elsewhere.mean, 1 / elsewhere.pairs)
    variances = (lines.relative_variance, elsewhere.relative_variance)
    margin = None if None in variances else NORMAL_95 * score * math.sqrt(sum(value or 0.0 for value in variances))
    return {"score": score, "margin_95": margin}
