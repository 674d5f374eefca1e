"""Choose the plan that fits a memory limit and does the least work twice. And what memory a plan takes.

Larger tiles waste less on halos, but take memory that decoded pixels then lack, which are decoded again. Knows the card
and sizes, opens nothing, measures nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from .errors import ModelError, ResourceError
from .grid import Grid, Window
from .model_card import ModelCard
from .tiling import BLOCK_CELLS, Chunks, Plan, core_starts, cut_blocks

CORES = (512, 448, 384, 320, 256, 224, 192, 160, 128, 96, 64, 32)
"""Sides of a tile's core that are tried, in input cells, largest first: a larger one wastes less on halos."""
PHASE = 4
"""Tiles start at multiples of this on the lattice, so that the 10 m pixels on a 20 m pixel keep their places."""
CARD_DATES = 12
"""Dates of the inference that a card's memory was measured with: with fewer, the network's later layers, which do not
see the dates, take as much as ever."""
FRAGMENTED = 0.2
"""Share of the lesser part of an inference's memory that comes on top of the larger one."""
FALLBACK_BYTES = 1200
"""Peak bytes of inference per input cell and date, for a card that does not say."""
BASE_BYTES = 350 << 20
"""Memory of the interpreter, its libraries, GDAL's own cache and the model itself."""
ROWS_AHEAD = 3
"""Rows of tiles in memory at a time: one is read, one waits, one is mapped."""
TILES_AHEAD = 3
"""Answers of the model in memory at a time: one is made, one waits, one is taken into its block."""
LEAST_LANE = 3
"""Blocks side by side, where there are so many: at the seams of narrower lanes too much is decoded twice."""
SHORT_CACHES = ((2, 1.2), (3, 1.6), (6, 3.0))
"""Parts of what should be kept of decoded pixels, and how often each is then decoded, about."""
DECODING = 0.3
"""Decoding all pixels once, against inferring all of them: a tenth of it from GeoTIFF, about as much from JPEG 2000."""
FINER_GRID = 0.4
"""Share of an inference that is spent on the finer grid, which some models make for a tile's core alone."""
LEAST_CACHE = 16 << 20
"""Bytes of decoded pixels that are kept where nothing else fits the memory."""
UNALIGNED = 1.15
"""Chunks of coarser bands do not end where those of the finest do, so a little more is kept."""


def make_plan(
    card: ModelCard,
    grid: Grid,
    window: Window,
    dates: int,
    memory_gib: float,
    chunks: Chunks | None = None,
    kept_bytes: int = 0,
    fixed_bytes: int = 0,
    embedding: bool = False,
) -> Plan:
    """Choose what does the least work twice of all that fits the memory limit, then the largest blocks.

    Args:
        card: for halo, multiple, magnification and memory.
        grid: of the series.
        window: what is mapped, input cells.
        dates: T, acquisitions used.
        memory_gib: limit, GiB.
        chunks: how the images are cut inside.
        kept_bytes: bytes an input cell that are kept of a block beside the three layers.
        fixed_bytes: bytes that are held beside all blocks.
        embedding: true if the model's answers hold the embedding.

    Raises:
        ModelError: if no tile is a multiple of what the model wants.
        ResourceError: if not even the smallest tile fits.
    """
    chunks = chunks or Chunks(cell_bytes=2.0 * len(card.bands) + 1)
    step = _step(card)
    halo = -(-card.halo // step) * step
    limit = int(memory_gib * (1 << 30))
    beside = _Beside(kept_bytes, fixed_bytes, card.embedding_channels if embedding else 0)
    cores = [side // step * step for side in CORES if side >= step]
    if not cores:
        raise ModelError(
            f"The model '{card.name}' wants tiles that are a multiple of {card.tile_multiple} cells, "
            f"the largest that this engine cuts is {CORES[0]}.",
            "Export the model with a smaller tile multiple.",
        )
    candidates = (
        candidate for core in cores for candidate in _candidates(card, grid, window, core, halo, chunks, dates)
    )
    for _, candidate in sorted(candidates, key=lambda candidate: candidate[0]):  # of equal ones the first counts
        plan = beside.added_to(candidate)
        if peak_bytes(card, plan, dates) <= limit:
            return plan
    smallest = beside.added_to(_last_resort(card, grid, window, cores[-1], halo, chunks, dates))
    needed = peak_bytes(card, smallest, dates)
    if needed <= limit:
        return replace(smallest, cache_bytes=smallest.cache_bytes + limit - needed)
    raise ResourceError(
        f"Mapping {dates} dates needs about {needed / (1 << 30):.1f} GiB of memory, the limit is {memory_gib:g} GiB.",
        "Raise the memory limit or give fewer dates.",
    )


def peak_bytes(card: ModelCard, plan: Plan, dates: int) -> int:
    """Forecast of the peak memory of a run by its plan, bytes.

    Args:
        card: of the model.
        plan: of the run.
        dates: T, acquisitions used.
    """
    fine = plan.magnification**2
    height, width = _largest(plan.row_cuts, plan.window.height), _largest(plan.col_cuts, plan.window.width)
    computed = (plan.core + 2 * card.head_reach) ** 2 if card.head_reach else plan.tile**2
    inference = inference_bytes(card, plan.tile**2, computed, dates)
    answers = TILES_AHEAD * 4 * (len(card.classes) + 1 + plan.embedding_channels) * computed * fine
    rows = ROWS_AHEAD * plan.tile * (width + 2 * plan.halo) * dates * (2 * len(card.bands) + 1)
    # three layers and the region's mask, and what else is kept; one block is filled, one is written
    results = 2 * (4 * fine + plan.kept_bytes) * height * width
    return BASE_BYTES + inference + answers + rows + results + plan.cache_bytes + plan.fixed_bytes


def inference_bytes(card: ModelCard, tile_cells: int, computed_cells: int, dates: int) -> int:
    """Peak memory of one inference, bytes.

    What is kept of each date is gone when the finer grid is made, so the larger of both counts, and some of the other:
    freed memory does not always fit.

    Args:
        card: of the model.
        tile_cells: input cells of the tile.
        computed_cells: those for which the finer grid is computed.
        dates: T.
    """
    if not card.memory_per_cell:
        return (card.memory_per_cell_date or FALLBACK_BYTES) * tile_cells * max(dates, CARD_DATES)
    of_dates, of_grid = card.memory_per_cell_date * tile_cells * dates, card.memory_per_cell * computed_cells
    return max(of_dates, of_grid) + int(FRAGMENTED * min(of_dates, of_grid))


@dataclass(frozen=True)
class _Beside:
    """What a run keeps beside the map; see Plan."""

    kept_bytes: int
    fixed_bytes: int
    embedding_channels: int

    def added_to(self, plan: Plan) -> Plan:
        return replace(
            plan,
            kept_bytes=self.kept_bytes,
            fixed_bytes=self.fixed_bytes,
            embedding_channels=self.embedding_channels,
        )


def _step(card: ModelCard) -> int:
    return math.lcm(card.tile_multiple, PHASE)


def _candidates(
    card: ModelCard, grid: Grid, window: Window, core: int, halo: int, chunks: Chunks, dates: int
) -> Iterator[tuple[float, Plan]]:
    """Plans with tiles of one size, the best first: large blocks, wide lanes; then a cache that is short.

    With each its work, as a multiple of inferring every cell once.
    """
    for block in _blocks(chunks, core):
        plan = _cut(card, grid, window, core, halo, block)
        inferred = _inferred(card, plan)
        across = (len(plan.col_cuts) if plan.rowwise else len(plan.row_cuts)) - 1
        for lane in range(across, min(across, LEAST_LANE) - 1, -1):
            plan = replace(plan, lane=lane, cache_bytes=_cache_bytes(plan, lane, block, chunks, dates))
            yield inferred + DECODING, plan
    for part, decoded in SHORT_CACHES:
        yield inferred + DECODING * decoded, replace(plan, cache_bytes=plan.cache_bytes // part)


def _inferred(card: ModelCard, plan: Plan) -> float:
    """How often a cell of the window is inferred, halos included."""
    window = plan.window
    down = len(core_starts(window.row, window.row_stop, plan.core, plan.lattice_row))
    across = len(core_starts(window.col, window.col_stop, plan.core, plan.lattice_col))

    def padded(margin: int) -> float:
        cells = (window.height + 2 * margin * down) * (window.width + 2 * margin * across)
        return cells / max(1, window.height * window.width)

    whole = padded(plan.halo)
    return (1 - FINER_GRID) * whole + FINER_GRID * padded(card.head_reach) if card.head_reach else whole


def _last_resort(card: ModelCard, grid: Grid, window: Window, core: int, halo: int, chunks: Chunks, dates: int) -> Plan:
    """The plan that takes least: what is decoded is hardly kept."""
    block = replace(chunks, height=core, width=core)
    return replace(_cut(card, grid, window, core, halo, block), lane=1, cache_bytes=LEAST_CACHE)


def _blocks(chunks: Chunks, core: int) -> list[Chunks]:
    """Sizes of blocks that are tried: whole chunks, and half of that."""
    height, width = (
        max(1, BLOCK_CELLS // side) * side if side <= BLOCK_CELLS else BLOCK_CELLS
        for side in (chunks.height, chunks.width)
    )
    smaller = replace(chunks, height=max(core, height // 2), width=max(core, width // 2))
    return [replace(chunks, height=height, width=width), smaller]


def _cut(card: ModelCard, grid: Grid, window: Window, core: int, halo: int, block: Chunks) -> Plan:
    row, col = grid.lattice_origin
    return Plan(
        window=window,
        lattice_row=row,
        lattice_col=col,
        core=core,
        halo=halo,
        magnification=card.magnification,
        row_cuts=cut_blocks(window.row, window.row_stop, core, halo, row, block.height, block.row),
        col_cuts=cut_blocks(window.col, window.col_stop, core, halo, col, block.width, block.col),
        rowwise=window.width <= window.height,
        step=_step(card),
    )


def _cache_bytes(plan: Plan, lane: int, block: Chunks, chunks: Chunks, dates: int) -> int:
    """Bytes of decoded pixels: the chunks of two blocks, and strips along the lane and along one block."""
    height = min(_upto(block.height, chunks.height), plan.window.height + plan.tile)
    width = min(_upto(block.width, chunks.width), plan.window.width + plan.tile)
    cuts, side, whole = (
        (plan.col_cuts, height, block.height % chunks.height == 0)
        if plan.rowwise
        else (plan.row_cuts, width, block.width % chunks.width == 0)
    )
    longest = max(cuts[min(first + lane, len(cuts) - 1)] - cuts[first] for first in range(0, len(cuts) - 1, lane))
    strip = plan.tile if whole else side
    cells = 2 * height * width + strip * (longest + plan.tile) + plan.tile * side
    return int(UNALIGNED * cells * chunks.cell_bytes * dates)


def _upto(block: int, chunk: int) -> int:
    """Cells of the chunks that a block's side touches."""
    return block if block % chunk == 0 else block + min(chunk, BLOCK_CELLS)


def _largest(cuts: tuple[int, ...], most: int) -> int:
    return min(most, max(stop - start for start, stop in pairwise(cuts)))
