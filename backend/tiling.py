"""The plan of a run: which tiles are computed, in which order, and how they lie in blocks.

A tile is a square core and a halo of at least the model's receptive radius around it; only the core is kept. What
lies beyond the halo cannot change the core, so the map does not depend on where tiles are cut, cores need no
blending, and each cell is computed once. Cores lie at multiples of their size on the grid's lattice and blocks at
multiples of a number of cores, so overlapping requests cut the same tiles and blocks can be done in any order.

The plan follows from the model card, the grid and the memory limit alone, never from timing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from .errors import ModelError, ResourceError
from .grid import Grid, Window, floor_multiple
from .model_card import ModelCard

CORES = (256, 192, 128, 64, 32)
"""Sides of a tile's core that are tried, in input cells, largest first: a larger one wastes less on halos."""
BLOCK_CELLS = 1024
"""Side of a block that is aimed at, in input cells: the unit of reading and of writing."""
PHASE = 4
"""Tiles start at multiples of this on the lattice, so that the 10 m pixels on a 20 m pixel keep their places."""
FALLBACK_BYTES = 1200
"""Peak bytes of inference per input cell and date, for a card that does not say."""
BASE_BYTES = 350 << 20
"""Memory of the interpreter, its libraries and the model itself."""


@dataclass(frozen=True)
class Plan:
    """How the work is cut. Windows are in input cells of the series' grid."""

    window: Window
    """What is mapped."""
    lattice_row: int
    """Lattice position of the series' first cell."""
    lattice_col: int
    core: int
    halo: int
    block: int
    """Side of a block, a multiple of the core."""
    magnification: int

    @property
    def tile(self) -> int:
        """Side of a tile with its halo."""
        return self.core + 2 * self.halo

    def blocks(self) -> list[Window]:
        """Blocks that touch the window, row by row, cut to it."""
        return [block.intersect(self.window) for block in self._cells(self.window, self.block)]

    def cores(self, block: Window) -> list[Window]:
        """Whole cores that touch a block, row by row; they may reach beyond the series."""
        return list(self._cells(block, self.core))

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "tile": self.tile, "blocks": len(self.blocks())}

    def _cells(self, window: Window, size: int) -> Iterator[Window]:
        first_row = floor_multiple(window.row + self.lattice_row, size) - self.lattice_row
        first_col = floor_multiple(window.col + self.lattice_col, size) - self.lattice_col
        for row in range(first_row, window.row_stop, size):
            for col in range(first_col, window.col_stop, size):
                yield Window(row, col, size, size)


def make_plan(card: ModelCard, grid: Grid, window: Window, dates: int, memory_gib: float) -> Plan:
    """Choose the largest tile that fits the memory limit.

    Args:
        card: for halo, multiple, magnification and memory.
        grid: of the series.
        window: what is mapped, input cells.
        dates: T, acquisitions used.
        memory_gib: limit, GiB.

    Raises:
        ModelError: if no tile is a multiple of what the model wants.
        ResourceError: if not even the smallest tile fits.
    """
    step = math.lcm(card.tile_multiple, PHASE)
    halo = -(-card.halo // step) * step
    limit = memory_gib * (1 << 30)
    cores = [side // step * step for side in CORES if side >= step]
    if not cores:
        raise ModelError(
            f"The model '{card.name}' wants tiles that are a multiple of {card.tile_multiple} cells, "
            f"the largest that this engine cuts is {CORES[0]}.",
            "Export the model with a smaller tile multiple.",
        )
    for core in cores:
        block = max(1, BLOCK_CELLS // core) * core
        while block > core and (
            block_bytes(card, block, halo, dates) > limit / 3 or peak_bytes(card, core, block, halo, dates) > limit
        ):
            block -= core
        if peak_bytes(card, core, block, halo, dates) <= limit:
            break
    needed = peak_bytes(card, core, block, halo, dates)
    if needed > limit:
        raise ResourceError(
            f"Mapping {dates} dates needs about {needed / (1 << 30):.1f} GiB of memory, "
            f"the limit is {memory_gib:g} GiB.",
            "Raise the memory limit or give fewer dates.",
        )
    row, col = grid.lattice_origin
    return Plan(window, row, col, core, halo, block, card.magnification)


def block_bytes(card: ModelCard, block: int, halo: int, dates: int) -> int:
    """Bytes that a block's pixels, masks and results take."""
    side = block + 2 * halo
    return side * side * dates * (2 * len(card.bands) + 1) + 3 * (block * card.magnification) ** 2


def peak_bytes(card: ModelCard, core: int, block: int, halo: int, dates: int) -> int:
    """Forecast of the peak memory of a run, bytes."""
    tile = core + 2 * halo
    inference = (card.memory_per_cell_date or FALLBACK_BYTES) * tile * tile * dates
    results = 4 * (len(card.classes) + 2) * (tile * card.magnification) ** 2
    return BASE_BYTES + inference + results + block_bytes(card, block, halo, dates)
