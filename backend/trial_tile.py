"""One tile of a run, done and timed: what reading, inference and writing cost here and now.

Measures only. What a whole run takes is reckoned in forecast.py; no plan and no result depends on these figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .assemble import LAYER, Blocks, write_rasters
from .block_file import write_block
from .block_map import MapInput, TileAnswer, at_edge
from .block_result import BlockResult, array_name
from .chunk_reader import ChunkReader
from .clock import Clock
from .errors import CancelledError
from .grid import Window
from .process_memory import peak_memory
from .session import Session
from .sits import REFLECTANCE_SCALE, files_read, read_block
from .tile_result import ConsumerFactory, RasterSpec
from .tiling import Plan

CORNER = 16
"""Side of the small raster whose writing tells what a raster costs whatever its size, input cells."""


@dataclass(frozen=True)
class TileCosts:
    """What one tile took. Seconds by step, and bytes on the disk."""

    tile: Window
    """With its halo."""
    kept: Window
    """The part of its core that is kept."""
    seconds: Mapping[str, float]
    """decode and copy, of all dates; convert and infer; post: into the block; write: the block's file; raster: all
    rasters, beyond what rasters cost whatever their size; rasters: that."""
    block_bytes: int
    raster_bytes: int
    array_bytes: int
    """Memory that the block's arrays take."""
    peak_bytes: int | None
    """Peak memory of the process so far; None where the system does not say."""
    answer: TileAnswer
    """The model's, which the run need not ask for again."""


@dataclass(frozen=True)
class TrialJob:
    """What is needed to try a tile of a run."""

    source: MapInput
    session: Session
    plan: Plan
    factories: Sequence[ConsumerFactory] = ()
    embedding: bool = False
    layers: Mapping[str, RasterSpec] = field(default_factory=dict)
    """Rasters of the layers by name."""
    clock: Clock = field(default_factory=Clock)
    """The run's: what the trial spends in the session is counted as such."""


def try_tile(
    job: TrialJob, block: Window, core: Window, is_warm: bool, folder: Path, is_cancelled: Callable[[], bool]
) -> TileCosts:
    """Do one tile from the files to rasters, and time each step.

    Args:
        job: the run.
        block: of the plan, that the core lies in.
        core: of the plan.
        is_warm: true times a second inference; the first is slower.
        folder: for the tile's files, which stay there.
        is_cancelled: asked between steps.

    Raises:
        CancelledError: if `is_cancelled` says so, or the session is told to stop.
    """
    clock, plan = _Steps(is_cancelled), job.plan
    kept, tile = core.intersect(block), plan.tile_of(core, block)
    x, doy, valid = _read(job, tile, clock)
    rows, cols = kept.slices(tile)
    if is_warm:
        with job.clock.of("infer"):
            job.session.run(x, doy, valid, job.embedding, (rows, cols))
    with job.clock.of("infer"), clock.of("infer"):
        answer = job.session.run(x, doy, valid, job.embedding, (rows, cols))
    one = replace(
        plan,
        window=kept,
        row_cuts=(core.row, core.row + plan.core),
        col_cuts=(core.col, core.col + plan.core),
    )
    with clock.of("post"):
        inside = None
        if job.source.region is not None:
            inside = job.source.region.mask(job.source.grid.crop(kept).refine(plan.magnification))
        codes = np.array([entry.code for entry in job.session.card.classes], dtype=np.uint8)
        # the run's own plan: consumers count cells from its window
        result = BlockResult(kept, replace(one, window=plan.window), codes, inside, job.factories)
        if (imaged := valid[:, rows, cols]).any():
            result.add(core, answer, imaged, at_edge(valid, kept, tile))
        arrays = result.arrays()
    with clock.of("write"):
        write_block(folder / "tile.npz", arrays)
    corner = _corner(job, one, arrays)
    write_block(folder / "corner.npz", corner[1])
    with clock.of("rasters"):
        small = _rasters(job, corner[0], folder / "corner.npz", is_cancelled)
    with clock.of("raster"):
        large = _rasters(job, one, folder / "tile.npz", is_cancelled)
    seconds = clock.seconds
    seconds["raster"] = max(0.0, seconds["raster"] - seconds["rasters"])
    return TileCosts(
        tile=tile,
        kept=kept,
        seconds=seconds,
        block_bytes=(folder / "tile.npz").stat().st_size,
        raster_bytes=max(0, large - small),
        array_bytes=sum(values.nbytes for values in arrays.values()),
        peak_bytes=peak_memory(),
        answer=answer,
    )


class _Steps:
    """Adds up the seconds of steps, and breaks off between them."""

    def __init__(self, is_cancelled: Callable[[], bool]) -> None:
        self.seconds: dict[str, float] = {}
        self._is_cancelled = is_cancelled

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        if self._is_cancelled():
            raise CancelledError("The run was cancelled.")
        started = time.monotonic()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + time.monotonic() - started


def _read(
    job: TrialJob, tile: Window, clock: _Steps
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    source, bands = job.source, job.session.card.bands
    with closing(ChunkReader(source.grid, [tile], job.plan.cache_bytes, Clock())) as reader:
        reader.begin(0)
        for item in source.observations:
            with clock.of("decode"):
                for path, indexes, margin in files_read(item, bands, source.grid, tile, source.rule):
                    reader.prefetch(path, indexes, 0, margin)
        with clock.of("copy"):
            pixels = read_block(reader, source.observations, bands, source.grid, tile, source.rule)
    with clock.of("convert"):
        x = pixels.x.astype(np.float32)
        x /= np.float32(REFLECTANCE_SCALE)
    return x, pixels.doy, pixels.valid


def _corner(
    job: TrialJob, one: Plan, arrays: Mapping[str, npt.NDArray[Any]]
) -> tuple[Plan, dict[str, npt.NDArray[Any]]]:
    """The plan of a corner of the tile, and the arrays of its rasters."""
    height, width = min(CORNER, one.window.height), min(CORNER, one.window.width)
    plan = replace(one, window=replace(one.window, height=height, width=width))
    specs = {name: (name, spec) for name, spec in job.layers.items()} | {
        factory.name: (array_name(factory.name, LAYER), factory.raster)
        for factory in job.factories
        if factory.raster is not None
    }
    return plan, {name: arrays[name][..., : height * spec.scale, : width * spec.scale] for name, spec in specs.values()}


def _rasters(job: TrialJob, plan: Plan, path: Path, is_cancelled: Callable[[], bool]) -> int:
    """Write the rasters of a plan of one block; returns their bytes."""
    blocks = Blocks(plan, job.source.grid, lambda number: path)
    written = write_rasters(blocks, job.layers, job.factories, path.parent, is_cancelled)
    return sum(file.stat().st_size for file in written.values())
