"""The plan of a run: which tiles are computed, in which order, and how they lie in blocks.

A tile is a square core and a halo of at least the model's receptive radius around it; only the core is kept. What
lies beyond the halo cannot change the core, so the map does not depend on where tiles are cut, cores need no
blending, and each cell is computed once. At the window's edges a tile is cut to the part of its core that is kept.
Cores lie at multiples of their size on the grid's lattice, so overlapping
requests cut the same tiles.

A block, the unit of work, holds whole cores. Images are compressed in chunks, and a chunk is decoded as a whole: a
core belongs to the block of the chunk that the lower right corner of its tile falls into, so that block by block only
one chunk is new, and strips along the sides of earlier ones are all that must be kept (chunk_reader.py). Blocks follow
each other along the window's shorter side, where strips are shortest; where they would still not fit the memory, the
window is cut into lanes of a few blocks, and only at their seams chunks are decoded twice.

The plan follows from the model card, the grid, the images' chunks and the memory limit alone, never from timing. What
it takes is the business of plan_memory.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from .grid import Window, floor_multiple

BLOCK_CELLS = 1024
"""Side of a block that is aimed at, in input cells: that of the chunks of Sentinel-2's 10 m bands."""


@dataclass(frozen=True)
class Chunks:
    """How the images are cut inside: what is decoded at once. In cells of the series' grid."""

    height: int = BLOCK_CELLS
    width: int = BLOCK_CELLS
    row: int = 0
    """A row at which chunks begin; may be negative."""
    col: int = 0
    cell_bytes: float = 20.0
    """Bytes that one date takes a cell, in all bands and masks that are read, as stored."""

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise ValueError(f"Chunks cannot be {self.height} x {self.width} cells.")


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
    magnification: int
    row_cuts: tuple[int, ...]
    """Rows at which blocks begin, and where the last ones end: borders of cores."""
    col_cuts: tuple[int, ...]
    rowwise: bool = True
    """True if blocks follow each other along rows, false along columns."""
    lane: int = 1 << 30
    """So many blocks side by side before the next row (or column) of them is begun."""
    cache_bytes: int = 1 << 28
    """Most that decoded pixels kept for later blocks take."""
    kept_bytes: int = 0
    """Bytes an input cell that are kept of a block beside the three layers."""
    fixed_bytes: int = 0
    """Bytes that are held beside all blocks, such as parcels."""
    embedding_channels: int = 0
    """Of the model's answers, where they hold the embedding."""
    step: int = 4
    """Tiles begin and end at multiples of this on the lattice; core and halo are multiples of it."""

    @property
    def tile(self) -> int:
        """Side of a whole tile with its halo."""
        return self.core + 2 * self.halo

    @property
    def num_blocks(self) -> int:
        """Blocks in all."""
        return (len(self.row_cuts) - 1) * (len(self.col_cuts) - 1)

    def blocks(self) -> list[Window]:
        """All blocks in the order in which they are done, cut to the window."""
        rows, cols = list(pairwise(self.row_cuts)), list(pairwise(self.col_cuts))
        along, across = (rows, cols) if self.rowwise else (cols, rows)
        found = []
        for first in range(0, len(across), self.lane):
            for outer in along:
                for inner in across[first : first + self.lane]:
                    (top, bottom), (left, right) = (outer, inner) if self.rowwise else (inner, outer)
                    found.append(Window(top, left, bottom - top, right - left).intersect(self.window))
        return found

    def cores(self, block: Window) -> list[Window]:
        """Whole cores that touch a block, row by row; they may reach beyond the window and the series."""
        return list(self._cores(block))

    def tile_of(self, core: Window, block: Window) -> Window:
        """What the model is given for a core: the part of it that is kept, and the halo around."""
        kept = core.intersect(block)
        row = floor_multiple(kept.row + self.lattice_row, self.step) - self.lattice_row
        col = floor_multiple(kept.col + self.lattice_col, self.step) - self.lattice_col
        height = -(-(kept.row_stop - row) // self.step) * self.step
        width = -(-(kept.col_stop - col) // self.step) * self.step
        return Window(row, col, height, width).pad(self.halo)

    def fine(self, window: Window) -> Window:
        """A window on the output grid, counted from the mapped window's first cell."""
        return Window(window.row - self.window.row, window.col - self.window.col, *window.shape).refine(
            self.magnification
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        cuts = {"row_cuts": list(self.row_cuts), "col_cuts": list(self.col_cuts)}
        return {**asdict(self), **cuts, "tile": self.tile, "blocks": self.num_blocks}

    def _cores(self, window: Window) -> Iterator[Window]:
        for row in core_starts(window.row, window.row_stop, self.core, self.lattice_row):
            for col in core_starts(window.col, window.col_stop, self.core, self.lattice_col):
                yield Window(row, col, self.core, self.core)


def core_starts(start: int, stop: int, core: int, lattice: int) -> range:
    """First rows (or columns) of the cores that touch the cells from `start` to `stop`."""
    return range(floor_multiple(start + lattice, core) - lattice, stop, core)


def cut_blocks(start: int, stop: int, core: int, halo: int, lattice: int, chunk: int, origin: int) -> tuple[int, ...]:
    """Where blocks begin along one axis, and where the last one ends.

    Args:
        start: first cell that is mapped.
        stop: end of what is mapped.
        core: side of a core.
        halo: around it.
        lattice: lattice position of cell 0.
        chunk: cells of a chunk.
        origin: a cell at which chunks begin.
    """
    cuts: list[int] = []
    last = None
    for first in core_starts(start, stop, core, lattice):
        # nothing that is mapped lies beyond `stop`, and a core there needs no chunk of its own
        corner = min(first + core + halo, max(stop, first + 1))
        number = (corner - 1 - origin) // chunk
        if number != last:
            cuts.append(first)
            last = number
    return (*cuts, core_starts(start, stop, core, lattice)[-1] + core)
