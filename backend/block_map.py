"""Map blocks of a plan: read, infer, keep the cores of tiles, hand over each block's arrays. Bounded memory.

The files of the next block are decoded, and rows of tiles are read, while the model runs; what becomes of its answers
is worked out in a third thread (pipeline.py). Which blocks are done, in which order and by which process changes no
value. Knows the plan and the session; knows nothing of requests, of the files' names or of events.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from .block_result import BlockResult
from .chunk_reader import ChunkReader
from .clear_rule import ClearRule
from .clock import Clock
from .grid import Grid, Window
from .pipeline import POLL_S, run_pipeline
from .region import Region
from .session import Session
from .sits import REFLECTANCE_SCALE, Observation, SitsBlock, files_read, read_block
from .tile_result import ConsumerFactory
from .tiling import Plan

EDGE_CELLS = 2
"""Input cells from the edge of what was imaged up to which that edge shows in the boundary layer: six times as much
boundary as elsewhere in Languedoc, and no more from the third cell on."""
MOST_READERS = 4
"""Threads that decode files at the same time; each holds a decoded chunk of its own."""


TileAnswer = tuple[npt.NDArray[np.float32], ...]
"""The model's answer for the kept part of a tile, as Session.run gives it."""


@dataclass(frozen=True)
class MapInput:
    """What is mapped."""

    observations: Sequence[Observation]
    grid: Grid
    region: Region | None = None
    rule: ClearRule = field(default_factory=ClearRule)
    cores: frozenset[Window] | None = None
    """Of a plan: only these tiles are done, as though there were no others. None for all."""

    def cores_of(self, plan: Plan, block: Window) -> list[Window]:
        """The cores of a block that are done."""
        return [core for core in plan.cores(block) if self.cores is None or core in self.cores]

    def touched(self, plan: Plan, block: Window) -> list[Window]:
        """Those of them that the region may touch."""
        cores = self.cores_of(plan, block)
        if self.region is None:
            return cores
        touched = self.region.touches(self.grid, [core.intersect(block) for core in cores])
        return [core for core, is_touched in zip(cores, touched, strict=True) if is_touched]


@dataclass(frozen=True)
class _Row:
    """The tiles of a block side by side, with their pixels; those outside the region are not read."""

    number: int
    block: Window
    inside: npt.NDArray[np.bool_] | None
    """The region on the block's part of the output grid."""
    cores: tuple[Window, ...]
    mapped: frozenset[Window]
    """Cores that the region touches."""
    window: Window
    pixels: SitsBlock | None
    is_last: bool


@dataclass(frozen=True)
class _Answer:
    """One tile: the model's answer for its kept part, or none where it was not asked."""

    row: _Row
    core: Window
    answer: TileAnswer | None
    is_last: bool


class BlockMapper:
    """Maps blocks of one plan with one session."""

    def __init__(
        self,
        source: MapInput,
        session: Session,
        plan: Plan,
        factories: Sequence[ConsumerFactory] = (),
        embedding: bool = False,
        clock: Clock | None = None,
        known: Mapping[tuple[Window, Window], TileAnswer] | None = None,
    ) -> None:
        """
        Args:
            source: observations, grid and region.
            session: the model.
            plan: of the run.
            factories: start what is kept of a block beside the three layers.
            embedding: true asks the model for its embedding too.
            clock: is told the seconds of each stage.
            known: answers of this session that are there already, by block and core.
        """
        self._known = dict(known or {})
        self._source, self._session, self._plan = source, session, plan
        self._factories, self._embedding = factories, embedding
        self._clock = clock or Clock()
        self._codes = np.array([entry.code for entry in session.card.classes], dtype=np.uint8)

    def run(
        self,
        numbers: Sequence[int],
        save: Callable[[int, dict[str, npt.NDArray[Any]]], None],
        advance: Callable[[int], None] = lambda cells: None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Map blocks.

        Args:
            numbers: of the blocks, ascending, so that chunks are decoded once.
            save: takes the number and the arrays of a finished block, in another thread.
            advance: called with the input cells done, after each tile.
            is_cancelled: asked before each tile.

        Raises:
            CancelledError: as soon as `is_cancelled` says so.
        """
        results: dict[int, BlockResult] = {}

        def work(row: _Row) -> Iterator[_Answer]:
            for place, core in enumerate(row.cores):
                if place and is_cancelled():
                    return  # the pipeline raises
                yield _Answer(row, core, self._infer(row, core), row.is_last and core is row.cores[-1])
                kept = core.intersect(row.block)
                advance(kept.height * kept.width)

        def take(answer: _Answer) -> None:
            row = answer.row
            with self._clock.of("post"):
                if row.number not in results:
                    results[row.number] = BlockResult(row.block, self._plan, self._codes, row.inside, self._factories)
                self._add(results[row.number], answer)
            if answer.is_last:
                with self._clock.of("write"):
                    save(row.number, results.pop(row.number).arrays())

        run_pipeline(lambda is_stopped: self._rows(numbers, is_stopped), work, take, is_cancelled)

    def _rows(self, numbers: Sequence[int], is_stopped: Callable[[], bool]) -> Iterator[_Row]:
        blocks = self._plan.blocks()
        reads = [self._read_window(blocks[number]) for number in numbers]
        pool = ThreadPoolExecutor(min(MOST_READERS, os.cpu_count() or 1), "decoding")
        reader = ChunkReader(self._source.grid, reads, self._plan.cache_bytes, self._clock)
        try:
            coming = self._prefetch(pool, reader, reads, 0)
            for turn, number in enumerate(numbers):
                if not _all_done(coming, is_stopped):
                    return
                reader.begin(turn)
                coming = self._prefetch(pool, reader, reads, turn + 1)
                yield from self._rows_of(reader, number, blocks[number])
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            reader.close()

    def _read_window(self, block: Window) -> Window:
        """What is read for a block: the tiles that the region may touch; empty without one."""
        cores = self._source.touched(self._plan, block)
        return _around(self._plan, cores, block) if cores else Window(block.row, block.col, 0, 0)

    def _prefetch(
        self, pool: ThreadPoolExecutor, reader: ChunkReader, reads: Sequence[Window], turn: int
    ) -> list[Future[None]]:
        if turn >= len(reads) or reads[turn].is_empty:
            return []
        bands, grid, rule = self._session.card.bands, self._source.grid, self._source.rule
        return [
            pool.submit(reader.prefetch, path, indexes, turn, margin)
            for item in self._source.observations
            for path, indexes, margin in files_read(item, bands, grid, reads[turn], rule)
        ]

    def _rows_of(self, reader: ChunkReader, number: int, block: Window) -> Iterator[_Row]:
        source, plan = self._source, self._plan
        inside = None
        if source.region is not None:
            inside = source.region.mask(source.grid.crop(block).refine(plan.magnification))
        rows = [tuple(cores) for _, cores in groupby(source.cores_of(plan, block), key=lambda core: core.row)]
        for cores in rows:
            mapped = [core for core in cores if inside is None or inside[_fine(core, block, plan)].any()]
            window, pixels = Window(block.row, block.col, 0, 0), None
            if mapped:
                window = _around(plan, mapped, block)
                with self._clock.of("read"):
                    pixels = read_block(
                        reader, source.observations, self._session.card.bands, source.grid, window, source.rule
                    )
            yield _Row(number, block, inside, cores, frozenset(mapped), window, pixels, cores is rows[-1])

    def _infer(self, row: _Row, core: Window) -> TileAnswer | None:
        """The model's answer for a tile; None if it has no valid pixel or lies outside the region."""
        if row.pixels is None or core not in row.mapped:
            return None
        tile = self._plan.tile_of(core, row.block)
        rows, cols = tile.slices(row.window)
        kept = core.intersect(row.block)
        seen = kept.slices(row.window)
        if not row.pixels.valid[:, seen[0], seen[1]].any():
            return None
        if (known := self._known.pop((row.block, core), None)) is not None:
            self._clock.add("infer", 0.0)  # the stage is there, though its time went into the trial
            return known
        with self._clock.of("convert"):
            valid = np.ascontiguousarray(row.pixels.valid[:, rows, cols])
            x = row.pixels.x[:, :, rows, cols].astype(np.float32)
            x /= np.float32(REFLECTANCE_SCALE)
        with self._clock.of("infer"):
            return self._session.run(x, row.pixels.doy, valid, self._embedding, kept.slices(tile))

    def _add(self, result: BlockResult, answer: _Answer) -> None:
        row, core = answer.row, answer.core
        valid = None
        kept = core.intersect(row.block)
        if row.pixels is not None and core in row.mapped:
            rows, cols = kept.slices(row.window)
            valid = row.pixels.valid[:, rows, cols]
        if answer.answer is None or valid is None or row.pixels is None:
            result.skip(core, valid)
        else:
            result.add(core, answer.answer, valid, at_edge(row.pixels.valid, kept, row.window))


def at_edge(valid: npt.NDArray[np.bool_], kept: Window, window: Window) -> npt.NDArray[np.bool_]:
    """Cells within EDGE_CELLS of one without a valid date, (h, w) of the kept part.

    Args:
        valid: (T, H, W) of the window; what lies beyond it counts as imaged.
        kept: part of the window.
        window: where `valid` lies.
    """
    around = kept.pad(EDGE_CELLS).intersect(window)
    rows, cols = around.slices(window)
    unseen = ~valid[:, rows, cols].any(axis=0)
    top, left = kept.row - around.row, kept.col - around.col
    padded = np.pad(
        unseen,
        (
            (EDGE_CELLS - top, EDGE_CELLS - (around.row_stop - kept.row_stop)),
            (EDGE_CELLS - left, EDGE_CELLS - (around.col_stop - kept.col_stop)),
        ),
    )
    side = 2 * EDGE_CELLS + 1
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, (side, side)).any(axis=(2, 3)))


def _all_done(futures: Sequence[Future[None]], is_stopped: Callable[[], bool]) -> bool:
    """Wait for the decoding of a block and raise what failed; False if the run is to stop."""
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, timeout=POLL_S)
        for future in done:
            future.result()
        if is_stopped():
            return False
    return True


def _around(plan: Plan, cores: Sequence[Window], block: Window) -> Window:
    """The window around the tiles of some cores of a block."""
    tiles = [plan.tile_of(core, block) for core in cores]
    row, col = min(tile.row for tile in tiles), min(tile.col for tile in tiles)
    row_stop, col_stop = max(tile.row_stop for tile in tiles), max(tile.col_stop for tile in tiles)
    return Window(row, col, row_stop - row, col_stop - col)


def _fine(core: Window, block: Window, plan: Plan) -> tuple[slice, slice]:
    return core.intersect(block).refine(plan.magnification).slices(block.refine(plan.magnification))
