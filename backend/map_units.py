"""Map blocks in several processes: what a worker is told, and how it does its part.

A unit is a stretch of blocks that follow each other, so that few chunks are decoded by two workers. A worker writes
the blocks' files, which are the same whoever writes them, into the folder of the run; what it finds there it leaves,
so a unit of a lost worker is gone on with by another one. Memory limits are those of one process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .block_file import write_block
from .block_map import BlockMapper, MapInput
from .errors import InputError
from .model_card import file_sha256
from .raster import limited_cache
from .run_folder import RunFolder
from .scheduler import Progress, Unit, num_local, run_units
from .session import Session
from .tile_result import ConsumerFactory
from .tiling import Plan

UNITS_A_WORKER = 4
"""Units that each local process gets, so that none waits long for the last one."""


@dataclass(frozen=True)
class MapJob:
    """What the workers of a run have in common; paths are the same for all."""

    model: Path
    model_sha256: str
    device: str
    threads: int
    """Of one worker's inference."""
    source: MapInput
    plan: Plan
    factories: tuple[ConsumerFactory, ...]
    embedding: bool
    out: Path
    """The output folder."""


def map_in_processes(job: MapJob, numbers: Sequence[int], scheduler: str, progress: Progress, scratch: Path) -> None:
    """Have blocks mapped by other processes; returns when all their files are there.

    Args:
        job: what is mapped.
        numbers: of the blocks, ascending.
        scheduler: local:N, or the address of a dask cluster.
        progress: is told the input cells done and asked whether to stop.
        scratch: folder for the cluster's own files, on a disk that all workers see.

    Raises:
        CancelledError: if the run was cancelled.
        CsclError: of the first unit that failed.
    """
    blocks = job.plan.blocks()
    size = job.plan.lane
    if count := num_local(scheduler):
        size = min(size, max(1, len(numbers) // (UNITS_A_WORKER * count)))
    parts = [tuple(numbers[first : first + size]) for first in range(0, len(numbers), size)]
    units = [Unit(0, part, sum(blocks[number].height * blocks[number].width for number in part)) for part in parts]
    run_units(map_unit, [job], units, scheduler, progress, "mapping", scratch)


def worker_threads(scheduler: str, threads: int) -> int:
    """Threads of one worker's inference: those of the request shared among local processes.

    Args:
        scheduler: local:N, or the address of a dask cluster.
        threads: of the request; 0 for all cores.
    """
    count = num_local(scheduler)
    return max(1, (threads or os.cpu_count() or 1) // count) if count else threads


def map_unit(job: MapJob, numbers: Sequence[int], is_cancelled: Callable[[], bool]) -> None:
    """Map the blocks of a unit that are not there yet.

    Raises:
        InputError: if the worker sees another model file than the run.
        CancelledError: if the run was cancelled.
    """
    session = _session(job.model, job.model_sha256, job.device, job.threads)
    folder = RunFolder(job.out)
    missing = [number for number in numbers if not folder.block_path(number).exists()]
    mapper = BlockMapper(job.source, session, job.plan, job.factories, job.embedding)
    with limited_cache():
        mapper.run(
            missing,
            lambda number, arrays: write_block(folder.block_path(number), arrays),
            is_cancelled=is_cancelled,
        )


@lru_cache(maxsize=1)
def _session(model: Path, sha256: str, device: str, threads: int) -> Session:
    """The model, loaded once in each worker."""
    if model.is_file() and file_sha256(model) != sha256:
        raise InputError(
            f"{model}: a worker sees another file than the run was started with.",
            "Workers must see the same files at the same paths.",
        )
    return Session(model, device, threads)
