"""One map run from request to finished files. Decides names and order; the work is done by the other modules.

Everything is made in a hidden folder inside the output folder (run_folder.py) and moved into place when the run is
whole, so that a failed or cancelled run leaves an earlier result as it was. Blocks that are finished are kept for the
next run of the same request.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import evidence
from .assemble import Blocks, count_blocks, merge_blocks, write_rasters
from .block_file import write_block
from .block_map import BlockMapper
from .block_result import is_whole
from .clock import Clock
from .errors import CancelledError, InputError, SeriesError
from .evidence_summary import evidence_summary
from .field_run import BYTES_A_CELL, SECONDS_A_CELL, cut_map, field_files
from .forecast import Forecast, Workers, check_disk, foresee
from .input_files import changed_meanwhile
from .map_layers import layer_styles
from .map_preparation import Preparation, prepare
from .map_progress import MapProgress
from .map_units import MapJob, map_in_processes, worker_threads
from .protocol import MapRequest
from .providers import count_threads
from .publish import move_into_place, refuse_open_files
from .quicklook import write_quicklook
from .raster import limited_cache
from .report import write_report
from .run_folder import RunFolder, run_folder
from .run_identity import run_identity
from .run_record import EventKeeper, MapRun, run_record, what_happened, write_record
from .scheduler import check_scheduler, import_distributed, num_local
from .scratch import remove_leftovers
from .session import Session
from .trial_tile import TrialJob

Emit = Callable[..., None]
"""emit(event, **values): see protocol.py for the events."""
IN_THIS_PROCESS = ("local", "local:1")
"""Schedulers that start no other process."""


def run_map(
    request: MapRequest,
    emit: Emit,
    is_cancelled: Callable[[], bool],
    on_session: Callable[[Session], None],
    dry_run: bool = False,
) -> None:
    """Do what a request asks for; the last event emitted is the result.

    Args:
        request: what to map.
        emit: takes events.
        is_cancelled: asked between tiles.
        on_session: is given the session, so that a signal can break off an inference in progress.
        dry_run: true ends with the forecast; nothing is written to the output folder.

    Raises:
        CsclError: the one sentence for the user; nothing half-made is left.
    """
    with limited_cache():
        _run_map(request, emit, is_cancelled, on_session, dry_run)


def _run_map(
    request: MapRequest,
    emit: Emit,
    is_cancelled: Callable[[], bool],
    on_session: Callable[[Session], None],
    dry_run: bool,
) -> None:
    if check_scheduler(request.scheduler) not in IN_THIS_PROCESS:
        import_distributed()
    run = _Run(request, EventKeeper(emit), is_cancelled)
    session = Session(Path(request.model), request.device, request.threads, request.spare_core)
    on_session(session)
    card, choice = session.card, session.choice
    run.emit("stage", stage="model", message=f"{card.name} {card.version} on {choice.device} ({choice.reason})")
    if choice.fell_back:
        device = "the processor" if choice.device == "cpu" else choice.device
        run.emit("warning", message=f"Running on {device}: {choice.reason}.")
    prepared = prepare(request, card, run.emit)
    run.clock.add("prepare", run.elapsed())
    if dry_run:
        _tell_forecast(run, session, prepared, range(prepared.plan.num_blocks), None)
        run.emit("result", outputs={}, summary={})
        return
    with run_folder(Path(request.out)) as folder:
        refuse_open_files(Path(request.out))
        remove_leftovers(Path(request.out))
        _map_blocks(run, session, prepared, folder)
        if changed := changed_meanwhile(prepared.inputs):
            folder.forget()
            raise InputError(
                f"{changed[0]} was changed or removed while the map was made from it.",
                "Run again when the images are complete.",
            )
        run.emit("stage", stage="write", message="Writing the layers")
        files, record = _write(run, session, prepared, folder)
        if is_cancelled():
            raise CancelledError("The run was cancelled.")
        outputs = move_into_place(folder.scratch, Path(request.out), files)
    run.emit("result", outputs=outputs, summary=record["summary"])


class _Run:
    """What accompanies a run from its start to its end."""

    def __init__(self, request: MapRequest, emit: EventKeeper, is_cancelled: Callable[[], bool]) -> None:
        self.request, self.emit, self.is_cancelled = request, emit, is_cancelled
        self.clock = Clock()
        self.began = datetime.now(timezone.utc)
        self._started = time.monotonic()

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started


def _tell_forecast(
    run: _Run, session: Session, prepared: Preparation, missing: Sequence[int], scratch: Path | None
) -> Forecast:
    """Try a tile, tell what the run will take, and refuse it where the disk has no room."""
    run.emit("stage", stage="forecast", message="Trying a tile")
    request, by_products = run.request, prepared.by_products
    trial = TrialJob(
        prepared.source,
        session,
        prepared.plan,
        by_products.factories,
        by_products.wants_embedding,
        prepared.layers,
        run.clock,
    )
    threads = count_threads(request.threads, request.spare_core)
    workers = None
    if request.scheduler not in IN_THIS_PROCESS and (count := num_local(request.scheduler)):
        workers = Workers(count, worker_threads(request.scheduler, request.threads))
    with run.clock.of("forecast"), TemporaryDirectory(prefix="cscl-", dir=scratch) as place:
        foreseen = foresee(
            trial, prepared.chunks, missing, threads, Path(place), run.elapsed, run.is_cancelled, workers
        )
    if request.fields:
        cells = prepared.plan.window.height * prepared.plan.window.width * session.card.magnification**2
        foreseen = replace(
            foreseen,
            seconds=foreseen.seconds + SECONDS_A_CELL * cells,
            disk_bytes=foreseen.disk_bytes + BYTES_A_CELL * cells,
        )
    run.emit("forecast", **foreseen.to_dict(session.choice))
    check_disk(Path(request.out), foreseen.disk_bytes)
    return foreseen


def _map_blocks(run: _Run, session: Session, prepared: Preparation, folder: RunFolder) -> None:
    """Have all blocks finished: those that an earlier run left are taken as they are."""
    request, plan, by_products = run.request, prepared.plan, prepared.by_products
    blocks = plan.blocks()
    finished = folder.resume(
        run_identity(request, prepared.model_sha256, session.choice, prepared.inputs, plan, by_products.factories),
        len(blocks),
        lambda number, arrays: is_whole(arrays, blocks[number], plan),
        lambda message: run.emit("warning", message=message),
    )
    if finished:
        run.emit("stage", stage="resume", message=f"{len(finished)} of {len(blocks)} blocks are done already")
    missing = [number for number in range(len(blocks)) if number not in finished]
    foreseen = _tell_forecast(run, session, prepared, missing, folder.scratch)
    progress = MapProgress(run.emit, [block.height * block.width for block in blocks], finished, run.is_cancelled)
    if request.scheduler in IN_THIS_PROCESS:
        mapper = BlockMapper(
            prepared.source,
            session,
            plan,
            by_products.factories,
            by_products.wants_embedding,
            run.clock,
            foreseen.known,
        )
        mapper.run(
            missing,
            lambda number, arrays: write_block(folder.block_path(number), arrays),
            progress.advance,
            run.is_cancelled,
        )
        return
    job = MapJob(
        model=Path(request.model),
        model_sha256=prepared.model_sha256,
        device=request.device,
        threads=worker_threads(request.scheduler, request.threads),
        source=prepared.source,
        plan=plan,
        factories=by_products.factories,
        embedding=by_products.wants_embedding,
        out=folder.out,
    )
    with run.clock.of("map"):
        map_in_processes(job, missing, request.scheduler, progress, folder.scratch)


def _write(
    run: _Run, session: Session, prepared: Preparation, folder: RunFolder
) -> tuple[dict[str, Path], dict[str, Any]]:
    """Make the run's files from its blocks, in its folder; returns rasters and tables by name, and the record."""
    card, plan, work = session.card, prepared.plan, folder.scratch
    factories = prepared.by_products.factories
    with run.clock.of("assemble"):
        blocks = Blocks(plan, prepared.series.grid, folder.block_path)
        statistics = count_blocks(blocks)
        if not statistics.class_cells:
            folder.forget()
            raise SeriesError(
                "No pixel could be mapped: none of the used dates has a clear pixel in the region.",
                "Choose another region or more dates.",
            )
        rasters = write_rasters(blocks, prepared.layers, factories, work, run.is_cancelled)
        products = prepared.by_products.finish(work, merge_blocks(blocks, factories))
        for name, text in layer_styles(card.classes, card.boundary_threshold).items():
            (work / f"{name}.qml").write_text(text, encoding="utf-8")
        write_quicklook(work / "quicklook.png", prepared.series.grid, plan.window, prepared.rows, card.classes, rasters)
    sections = products.sections | {evidence.NAME: evidence_summary(rasters[evidence.NAME])}
    files = rasters | products.outputs
    if run.request.fields:
        with run.clock.of("fields"):
            images = plan.fine(prepared.series.grid.window)
            sections["fields"] = cut_map(work, card, work, run.emit, run.is_cancelled, images)
        files |= field_files(work)
    write_record(work / "plan.json", plan.to_dict())
    seconds = run.clock.seconds | {"total": run.elapsed()}
    if run.emit.forecast:
        sections["forecast"] = run.emit.forecast | {
            "happened": what_happened(seconds["total"], folder.path, run.request.scheduler in IN_THIS_PROCESS)
        }
    record = run_record(
        MapRun(
            request=run.request,
            card=card,
            model_sha256=prepared.model_sha256,
            choice=session.choice,
            series=prepared.series,
            rows=prepared.rows,
            findings=prepared.findings,
            plan=plan,
            inputs=prepared.inputs,
            class_cells=statistics.class_cells,
            tiles=statistics.tiles,
            seconds=seconds,
            started=run.began,
            warnings=run.emit.warnings,
            outputs=files,
            sections=sections,
        )
    )
    write_record(work / "run.json", record)
    write_report(work / "report.html", record, work / "quicklook.png")
    return files, record
