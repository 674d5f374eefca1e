"""What a run will take, told before its first tile: time, peak memory, disk.

Reckoned from the costs of one tile that was tried (trial_tile.py) and the numbers of tiles, chunks and cells. Changes
nothing: the plan is made before, and stays the same whatever comes out here.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .block_map import MOST_READERS, TileAnswer
from .errors import ResourceError
from .grid import Window
from .plan_memory import ROWS_AHEAD, TILES_AHEAD, inference_bytes, peak_bytes
from .providers import DeviceChoice, usable_cores
from .tiling import Chunks
from .trial_tile import TileCosts, TrialJob, try_tile

FEW_TILES = 30
"""Up to so many tiles one inference is tried, slower as the first one is: a second would take too much of the run."""
GROWTH = 0.2
"""By how much of an inference ONNX Runtime's memory grows after the first one."""
FINISH_S = 0.2
"""Quick look, report and moving into place."""
FINISH_BYTES = 400_000
"""Of the quick look, styles, records and the heads of the rasters."""
WORKER_START_S = 3.0
"""From the start of a worker process to its first tile: it loads libraries and the model."""
THREADS = 3
"""Of a run beside those that decode and those of the inference: reading, mapping, writing."""


@dataclass(frozen=True)
class Forecast:
    """What a run takes."""

    seconds: float
    """From its start to its end."""
    memory_bytes: int
    """Peak of the process."""
    disk_bytes: int
    """Taken in the output folder while rasters are written: they, and the blocks that they are made from."""
    tiles: int
    """That are to be inferred, at most: those that lie in the region."""
    known: Mapping[tuple[Window, Window], TileAnswer] = field(default_factory=dict)
    """What the model said of the tile that was tried, by block and core: it need not be asked again."""

    def to_dict(self, choice: DeviceChoice) -> dict[str, Any]:
        """The values of the event `forecast`."""
        return {
            "seconds": round(self.seconds, 1),
            "memory_bytes": self.memory_bytes,
            "disk_bytes": self.disk_bytes,
            "device": choice.device,
            "reason": choice.reason,
            "tiles": self.tiles,
        }


@dataclass(frozen=True)
class Workers:
    """Processes on this machine that map the blocks."""

    processes: int
    threads: int
    """Of the inference of each."""


@dataclass(frozen=True)
class _Tile:
    block: Window
    core: Window
    size: Window
    """With its halo."""
    kept: Window


@dataclass(frozen=True)
class _Work:
    """What is to be done, in units of what was tried."""

    tiles: float
    """Cells that are inferred beyond the trial."""
    chunks: float
    """Cells that are decoded."""
    first_chunks: float
    """Those of the first block, which nothing can be done without."""
    kept: float
    """Cells of the blocks."""
    mapped: float
    """Cells of the rasters, also from blocks that are done already."""


def foresee(
    job: TrialJob,
    chunks: Chunks,
    missing: Sequence[int],
    threads: int,
    folder: Path,
    elapsed: Callable[[], float],
    is_cancelled: Callable[[], bool] = lambda: False,
    workers: Workers | None = None,
) -> Forecast:
    """Try a tile and reckon what the run takes.

    Args:
        job: the run.
        chunks: how the images are cut inside.
        missing: numbers of the blocks that are to be done.
        threads: of the inference; 0 for all cores.
        folder: for files that are written on trial.
        elapsed: seconds since the run began.
        is_cancelled: asked between steps.
        workers: other processes on this machine that map the blocks; None where this one does.

    Raises:
        CancelledError: if the run was cancelled.
    """
    plan = job.plan
    blocks = [_tiles(job, block) for block in plan.blocks()]
    every = [tile for own in blocks for tile in own]
    tiles = [tile for number in missing for tile in blocks[number]]
    if not every:  # the region touches no cell, which the run tells in its own way
        return Forecast(elapsed() + FINISH_S, peak_bytes(job.session.card, plan, len(job.source.observations)), 0, 0)
    tried = _typical(tiles or every)
    costs = try_tile(job, tried.block, tried.core, len(tiles) > FEW_TILES, folder, is_cancelled)
    first = next((blocks[number] for number in missing if blocks[number]), [])
    whole = job.source.grid.window
    one = max(1, _decoded(chunks, [tried], whole))
    is_known = workers is None and tried in tiles  # other processes are not told what the trial said
    work = _Work(
        tiles=max(0.0, sum(_area(tile.size) for tile in tiles) / _area(tried.size) - is_known),
        chunks=_decoded(chunks, tiles, whole) / one,
        first_chunks=_decoded(chunks, first, whole) / one,
        kept=sum(_area(tile.kept) for tile in tiles) / _area(tried.kept),
        mapped=sum(_area(tile.kept) for tile in every) / _area(tried.kept),
    )
    memory = _memory(job, costs, tiles or every, chunks.cell_bytes * _decoded(chunks, tiles, whole))
    if workers is not None:
        memory = (costs.peak_bytes or 0) + workers.processes * memory
    return Forecast(
        seconds=elapsed() + _seconds(costs, work, job.session.choice, threads, workers),
        memory_bytes=memory,
        disk_bytes=int(costs.block_bytes * work.kept + costs.raster_bytes * work.mapped) + FINISH_BYTES,
        tiles=len(tiles),
        known={(tried.block, tried.core): costs.answer} if is_known else {},
    )


def check_disk(out: Path, disk_bytes: int) -> None:
    """Refuse a run that the disk has no room for.

    Args:
        out: the output folder; it need not be there yet.
        disk_bytes: what the run takes.

    Raises:
        ResourceError: if less is free.
    """
    place = next((folder for folder in (out, *out.parents) if folder.is_dir()), None)
    if place is None:
        return
    free = shutil.disk_usage(place).free
    if disk_bytes > free:
        raise ResourceError(
            f"{out}: the map needs about {disk_bytes / 1e9:.2f} GB of disk, {free / 1e9:.2f} GB are free.",
            "Free some space, choose another folder, or map a smaller region.",
        )


def _tiles(job: TrialJob, block: Window) -> list[_Tile]:
    """The tiles of a block that the region touches."""
    plan = job.plan
    return [
        _Tile(block, core, plan.tile_of(core, block), core.intersect(block)) for core in job.source.touched(plan, block)
    ]


def _typical(tiles: Sequence[_Tile]) -> _Tile:
    """The middle one of the largest."""
    largest = max(_area(tile.kept) for tile in tiles)
    same = [tile for tile in tiles if _area(tile.kept) == largest]
    return same[len(same) // 2]


def _computed(job: TrialJob, tile: _Tile) -> Window:
    """Where the model's answer is computed."""
    return tile.kept.pad(job.session.card.head_reach) if job.session.takes_parts else tile.size


def _area(window: Window) -> int:
    return window.height * window.width


def _decoded(chunks: Chunks, tiles: Iterable[_Tile], whole: Window) -> int:
    """Cells of the chunks that tiles touch, each counted once, as far as they lie on the grid."""
    touched = {
        (row, col)
        for tile in tiles
        for row in _numbers(tile.size.row, tile.size.row_stop, chunks.row, chunks.height)
        for col in _numbers(tile.size.col, tile.size.col_stop, chunks.col, chunks.width)
    }
    height, width = chunks.height, chunks.width
    return sum(
        _area(Window(chunks.row + row * height, chunks.col + col * width, height, width).intersect(whole))
        for row, col in touched
    )


def _numbers(start: int, stop: int, origin: int, side: int) -> range:
    return range((start - origin) // side, (stop - 1 - origin) // side + 1)


def _seconds(
    costs: TileCosts, work: _Work, choice: DeviceChoice, threads: int, workers: Workers | None = None
) -> float:
    """From the first tile to the end.

    Decoding, reading and writing go on beside the inference, which leaves them no cores of their own where it has all:
    the time is that of the longest, or of all work shared among the cores.
    """
    took, cores = costs.seconds, usable_cores()
    inference = (took["infer"] + took["convert"]) * work.tiles
    decoding = took["decode"] * work.chunks
    beside = decoding + took["copy"] * work.tiles + (took["post"] + took["write"]) * work.kept
    busy = min(threads or cores, cores) if choice.device == "cpu" else 1
    if workers is None:
        mapping = max(inference, beside / min(THREADS, cores), (inference * busy + beside) / cores)
    else:
        at_once = min(cores, workers.processes * workers.threads)
        mapping = WORKER_START_S + max(inference * busy / at_once, (inference * busy + beside) / cores)
    lead = took["decode"] * work.first_chunks / min(MOST_READERS, cores)
    return lead + mapping + took["raster"] * work.mapped + took["rasters"] + FINISH_S


def _memory(job: TrialJob, costs: TileCosts, tiles: Sequence[_Tile], decoded_bytes: float) -> int:
    """Peak of the process: that of the trial, and what a run holds beside one tile."""
    plan, card, dates = job.plan, job.session.card, len(job.source.observations)
    if costs.peak_bytes is None:
        return peak_bytes(card, plan, dates)
    width = max(tile.block.width for tile in tiles) + 2 * plan.halo
    rows = ROWS_AHEAD * max(tile.size.height for tile in tiles) * width * dates * (2 * len(card.bands) + 1)
    layers = len(card.classes) + 1 + (card.embedding_channels if job.embedding else 0)
    cells = max(_area(_computed(job, tile)) for tile in tiles)
    answers = (TILES_AHEAD - 1) * 4 * layers * cells * plan.magnification**2
    arrays = 2 * costs.array_bytes * max(_area(tile.block) for tile in tiles) / _area(costs.kept)
    kept = min(plan.cache_bytes, decoded_bytes * dates)
    growth = GROWTH * inference_bytes(card, _area(costs.tile), cells, dates) if len(tiles) > 1 else 0
    return int(costs.peak_bytes + growth + rows + answers + arrays + kept)
