"""One map run from request to finished files. Decides names and order; the work is done by the other modules.

Everything is made in a hidden folder inside the output folder (run_folder.py) and moved into place when the run is
whole, so that a failed or cancelled run leaves an earlier result as it was. Blocks that are finished are kept for the
next run of the same request.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

from . import evidence
from .assemble import Blocks, count_blocks, merge_blocks, write_rasters
from .block_file import write_block
from .block_map import BlockMapper, MapInput
from .block_result import is_whole
from .by_products import plan_by_products
from .clear_rule import ClearRule
from .clock import Clock
from .date_selection import select_dates
from .domain import check_images, limit_dates
from .errors import CancelledError, InputError, SeriesError
from .evidence_summary import evidence_summary
from .forecast import check_disk, foresee
from .image_chunks import image_chunks
from .input_files import changed_meanwhile, files_of, identify
from .map_layers import layer_specs, layer_styles
from .map_progress import MapProgress
from .map_units import MapJob, map_in_processes, worker_threads
from .model_card import file_sha256
from .plan_memory import make_plan
from .products import find_acquisitions, redate
from .protocol import MapRequest, parse_day
from .providers import count_threads
from .publish import move_into_place
from .quicklook import write_quicklook
from .radiometry import HINT, check_radiometry
from .raster import limited_cache
from .region import read_region
from .report import write_report
from .run_folder import run_folder
from .run_identity import run_identity
from .run_record import EventKeeper, MapRun, run_record, what_happened, write_record
from .scheduler import check_scheduler, import_distributed
from .session import Session
from .sits import make_series
from .trial_tile import TrialJob

log = logging.getLogger(__name__)

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
    clock = Clock()
    if check_scheduler(request.scheduler) not in IN_THIS_PROCESS:
        import_distributed()
    began, started = datetime.now(timezone.utc), time.monotonic()
    emit = EventKeeper(emit)
    session = Session(Path(request.model), request.device, request.threads, request.spare_core)
    on_session(session)
    card = session.card
    choice = session.choice
    emit("stage", stage="model", message=f"{card.name} {card.version} on {choice.device} ({choice.reason})")
    if choice.fell_back:
        device = "the processor" if choice.device == "cpu" else choice.device
        emit("warning", message=f"Running on {device}: {choice.reason}.")
    found = find_acquisitions([Path(p) for p in request.series], request.bands)
    found = redate(found, {Path(path): date.fromisoformat(day) for path, day in request.dates_of.items()})
    series = make_series(found, card.bands, card.level)
    region = read_region(Path(request.region), series.grid) if request.region else None
    until = parse_day("until", request.until)
    rule = ClearRule(request.clear_classes, request.cloud_buffer_m)
    skip = [date.fromisoformat(day) for day in request.skip]
    rows = select_dates(series, request.min_clear, card.level, rule=rule, region=region, until=until, skip=skip)
    rows = limit_dates(rows, card)
    used = check_images(rows, series.grid, card, emit, until)
    for item, reason in series.superseded:
        emit("warning", message=f"{item.label} is not used: {reason}.")
    window = region.window if region else series.grid.window
    emit("stage", stage="radiometry", message="Comparing the reflectance of the dates")
    findings = check_radiometry([row.observation for row in used], card.bands, series.grid, window)
    for number, finding in enumerate(findings, start=1):
        emit("warning", message=finding.message + (f" {HINT}" if number == len(findings) else ""))
    chunks = image_chunks([row.observation for row in used], card.bands, series.grid)
    by_products = plan_by_products(
        request, card, series.grid, window, region, [row.observation.date for row in used]
    )
    plan = make_plan(
        card,
        series.grid,
        window,
        len(used),
        request.memory_gib,
        chunks,
        by_products.cell_bytes,
        by_products.fixed_bytes,
        by_products.wants_embedding,
    )
    others = [Path(path) for path in (request.region, request.parcels) if path]
    inputs = identify(files_of([row.observation for row in used], card.bands, others))
    model_sha256 = file_sha256(Path(request.model))
    source = MapInput([row.observation for row in used], series.grid, region, rule)
    layers = layer_specs(card.classes, plan.magnification)
    trial = TrialJob(source, session, plan, by_products.factories, by_products.wants_embedding, layers)
    clock.add("prepare", time.monotonic() - started)

    def tell_forecast(missing: Sequence[int], scratch: Path | None) -> None:
        emit("stage", stage="forecast", message="Trying a tile")
        threads = count_threads(request.threads, request.spare_core)
        with clock.of("forecast"), TemporaryDirectory(prefix="cscl-", dir=scratch) as place:
            foreseen = foresee(
                trial, chunks, missing, threads, Path(place), lambda: time.monotonic() - started, is_cancelled
            )
        emit("forecast", **foreseen.to_dict(choice))
        check_disk(Path(request.out), foreseen.disk_bytes)

    if dry_run:
        tell_forecast(range(plan.num_blocks), None)
        emit("result", outputs={}, summary={})
        return
    with run_folder(Path(request.out)) as folder:
        identity = run_identity(request, model_sha256, choice, inputs, plan, by_products.factories)
        blocks = plan.blocks()
        finished = folder.resume(
            identity,
            len(blocks),
            lambda number, arrays: is_whole(arrays, blocks[number], plan),
            lambda message: emit("warning", message=message),
        )
        if finished:
            emit("stage", stage="resume", message=f"{len(finished)} of {len(blocks)} blocks are done already")
        missing = [number for number in range(len(blocks)) if number not in finished]
        tell_forecast(missing, folder.scratch)
        progress = MapProgress(emit, [block.height * block.width for block in blocks], finished, is_cancelled)
        if request.scheduler in IN_THIS_PROCESS:
            mapper = BlockMapper(source, session, plan, by_products.factories, by_products.wants_embedding, clock)
            mapper.run(
                missing,
                lambda number, arrays: write_block(folder.block_path(number), arrays),
                progress.advance,
                is_cancelled,
            )
        else:
            job = MapJob(
                model=Path(request.model),
                model_sha256=model_sha256,
                device=request.device,
                threads=worker_threads(request.scheduler, request.threads),
                source=source,
                plan=plan,
                factories=by_products.factories,
                embedding=by_products.wants_embedding,
                out=Path(request.out),
            )
            with clock.of("map"):
                map_in_processes(job, missing, request.scheduler, progress, folder.scratch)
        if changed := changed_meanwhile(inputs):
            folder.forget()
            raise InputError(
                f"{changed[0]} was changed or removed while the map was made from it.",
                "Run again when the images are complete.",
            )
        emit("stage", stage="write", message="Writing the layers")
        work = folder.scratch
        with clock.of("assemble"):
            done = Blocks(plan, series.grid, folder.block_path)
            statistics = count_blocks(done)
            if not statistics.class_cells:
                folder.forget()
                raise SeriesError(
                    "No pixel could be mapped: none of the used dates has a clear pixel in the region.",
                    "Choose another region or more dates.",
                )
            rasters = write_rasters(done, layers, by_products.factories, work, is_cancelled)
            products = by_products.finish(work, merge_blocks(done, by_products.factories))
            for name, text in layer_styles(card.classes, card.boundary_threshold).items():
                (work / f"{name}.qml").write_text(text, encoding="utf-8")
            write_quicklook(work / "quicklook.png", series.grid, window, rows, card.classes, rasters)
        write_record(work / "plan.json", plan.to_dict())
        seconds = clock.seconds | {"total": time.monotonic() - started}
        sections = products.sections | {evidence.NAME: evidence_summary(rasters[evidence.NAME])}
        if emit.forecast:
            sections["forecast"] = emit.forecast | {"happened": what_happened(seconds["total"], folder.path)}
        record = run_record(
            MapRun(
                request=request,
                card=card,
                model_sha256=model_sha256,
                choice=choice,
                series=series,
                rows=rows,
                findings=findings,
                plan=plan,
                inputs=inputs,
                class_cells=statistics.class_cells,
                tiles=statistics.tiles,
                seconds=seconds,
                started=began,
                warnings=emit.warnings,
                outputs=rasters | products.outputs,
                sections=sections,
            )
        )
        write_record(work / "run.json", record)
        write_report(work / "report.html", record, work / "quicklook.png")
        if is_cancelled():
            raise CancelledError("The run was cancelled.")
        outputs = move_into_place(work, Path(request.out), rasters | products.outputs)
    emit("result", outputs=outputs, summary=record["summary"])
