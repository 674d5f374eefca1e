"""One map run from request to finished files. Decides names and order; the work is done by the other modules.

Everything is made in a hidden folder inside the output folder and moved into place when the run is whole, so that
a failed or cancelled run leaves nothing half-made and an earlier result as it was.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from . import style
from .clear_rule import ClearRule
from .date_selection import select_dates
from .domain import check_images, limit_dates
from .errors import CancelledError, InputError, ResourceError, SeriesError
from .grid import Grid
from .inference import MapInput, MapStatistics, map_blocks
from .input_files import changed_meanwhile, files_of, identify
from .model_card import ModelCard, file_sha256
from .plan_memory import make_plan
from .products import find_acquisitions
from .protocol import MapRequest, parse_day
from .quicklook import write_quicklook
from .radiometry import HINT, check_radiometry
from .raster import RasterWriter, limited_cache, write_cog
from .region import read_region
from .report import write_report
from .run_record import EventKeeper, MapRun, run_record, write_record
from .session import Session
from .sits import make_series

log = logging.getLogger(__name__)

Emit = Callable[..., None]
"""emit(event, **values): see protocol.py for the events."""

LAYERS = {
    "crop_type": ("crop type", ""),
    "confidence": ("probability of the crop type", "%"),
    "boundary": ("probability of a parcel boundary", "%"),
}
"""Rasters written: name -> (band description, unit)."""
_open_folders: list[Callable[[], None]] = []
"""What removes the working folders of runs in progress."""


def run_map(
    request: MapRequest, emit: Emit, is_cancelled: Callable[[], bool], on_session: Callable[[Session], None]
) -> None:
    """Do what a request asks for; the last event emitted is the result.

    Args:
        request: what to map.
        emit: takes events.
        is_cancelled: asked between tiles.
        on_session: is given the session, so that a signal can break off an inference in progress.

    Raises:
        CsclError: the one sentence for the user; nothing half-made is left.
    """
    with limited_cache():
        _run_map(request, emit, is_cancelled, on_session)


def _run_map(
    request: MapRequest, emit: Emit, is_cancelled: Callable[[], bool], on_session: Callable[[Session], None]
) -> None:
    seconds: dict[str, float] = {}
    began, started = datetime.now(timezone.utc), time.monotonic()
    emit = EventKeeper(emit)
    session = Session(Path(request.model), request.device, request.threads)
    on_session(session)
    card = session.card
    choice = session.choice
    emit("stage", stage="model", message=f"{card.name} {card.version} on {choice.device} ({choice.reason})")
    if choice.fell_back:
        emit("warning", message=f"Running on the processor: {choice.reason}.")
    series = make_series(find_acquisitions([Path(p) for p in request.series], request.bands), card.bands, card.level)
    region = read_region(Path(request.region), series.grid) if request.region else None
    until = parse_day("until", request.until)
    rule = ClearRule(request.clear_classes, request.cloud_buffer_m)
    rows = limit_dates(
        select_dates(series, request.min_clear, card.level, rule=rule, region=region, until=until), card
    )
    used = check_images(rows, series.grid, card, emit, until)
    for item, reason in series.superseded:
        emit("warning", message=f"{item.label} is not used: {reason}.")
    window = region.window if region else series.grid.window
    emit("stage", stage="radiometry", message="Comparing the reflectance of the dates")
    findings = check_radiometry([row.observation for row in used], card.bands, series.grid, window)
    for number, finding in enumerate(findings, start=1):
        emit("warning", message=finding.message + (f" {HINT}" if number == len(findings) else ""))
    plan = make_plan(card, series.grid, window, len(used), request.memory_gib)
    others = [Path(path) for path in (request.region, request.parcels) if path]
    inputs = identify(files_of([row.observation for row in used], card.bands, others))
    model_sha256 = file_sha256(Path(request.model))
    seconds["prepare"] = time.monotonic() - started

    with working_folder(Path(request.out)) as work:
        write_record(work / "plan.json", plan.to_dict())
        statistics = MapStatistics()
        map_started = time.monotonic()
        _write_layers(
            work,
            series.grid.crop(window).refine(plan.magnification),
            map_blocks(
                MapInput([row.observation for row in used], series.grid, region, rule),
                session,
                plan,
                statistics,
                _Progress(emit, window.height * window.width),
                is_cancelled,
            ),
        )
        if not statistics.class_cells:
            raise SeriesError(
                "No pixel could be mapped: none of the used dates has a clear pixel in the region.",
                "Choose another region or more dates.",
            )
        seconds["map"] = time.monotonic() - map_started
        emit("stage", stage="write", message="Writing the layers")
        write_started = time.monotonic()
        finished = _finish_layers(work, card)
        write_quicklook(work / "quicklook.png", series.grid, window, rows, card.classes, finished)
        seconds["write"] = time.monotonic() - write_started
        for path in changed_meanwhile(inputs):
            emit("warning", message=f"{path} was changed or removed while the map was made from it.")
        seconds["total"] = time.monotonic() - started
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
                tiles={"computed": statistics.tiles - statistics.tiles_skipped, "skipped": statistics.tiles_skipped},
                seconds=seconds,
                started=began,
                warnings=emit.warnings,
                outputs=finished,
            )
        )
        write_record(work / "run.json", record)
        write_report(work / "report.html", record, work / "quicklook.png")
        if is_cancelled():
            raise CancelledError("The run was cancelled.")
        outputs = _move_into_place(work, Path(request.out))
    emit("result", outputs=outputs, summary=record["summary"])


@contextmanager
def working_folder(out: Path) -> Iterator[Path]:
    """A hidden folder inside `out` that is gone afterwards; so are folders that were made here and stayed empty."""
    made = [place for place in (out, *out.parents) if not place.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".cscl-", dir=out))
    except OSError as error:
        _remove_empty(made)
        raise InputError(
            f"{out}: cannot be used as the output folder ({error.strerror}).", "Choose another folder."
        ) from error

    def discard() -> None:
        shutil.rmtree(work, ignore_errors=True)
        _remove_empty(made)

    _open_folders.append(discard)
    try:
        yield work
    except MemoryError as error:
        raise ResourceError("The memory ran out.", "Lower the memory limit or give fewer dates.") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ResourceError(f"{out}: the disk is full.", "Free some space or choose another folder.") from error
        raise
    finally:
        discard()
        _open_folders.remove(discard)


def discard_open_folders() -> None:
    """Remove the folders of runs in progress, for a process that ends at once."""
    for discard in list(_open_folders):
        discard()


def _remove_empty(places: Iterable[Path]) -> None:
    """Remove folders as far as they are there and empty, innermost first."""
    for place in places:
        try:
            place.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return


class _Progress:
    """Turns cells done into progress events, at most five a second."""

    def __init__(self, emit: Emit, total: int) -> None:
        self._emit, self._total, self._done = emit, total, 0
        self._started = self._last = time.monotonic()
        emit("progress", stage="map", done=0, total=total, eta_s=None)

    def __call__(self, cells: int) -> None:
        self._done += cells
        now = time.monotonic()
        if now - self._last < 0.2 and self._done < self._total:
            return
        self._last = now
        left = (now - self._started) / self._done * (self._total - self._done)
        self._emit("progress", stage="map", done=self._done, total=self._total, eta_s=round(left, 1))


def _write_layers(work: Path, grid: Grid, blocks: Iterator[Any]) -> None:
    writers = {name: RasterWriter(work / f"{name}.part.tif", grid) for name in LAYERS}
    try:
        for block in blocks:
            for name, writer in writers.items():
                writer.write(getattr(block, name), block.window)
    finally:
        for writer in writers.values():
            writer.close()


def _finish_layers(work: Path, card: ModelCard) -> dict[str, Path]:
    qml = {
        "crop_type": style.crop_type_qml(card.classes),
        "confidence": style.confidence_qml(),
        "boundary": style.boundary_qml(card.boundary_threshold),
    }
    finished = {}
    for name, (description, unit) in LAYERS.items():
        finished[name] = work / f"{name}.tif"
        part = work / f"{name}.part.tif"
        write_cog(part, finished[name], description, unit, card.classes if name == "crop_type" else None)
        part.unlink()
        (work / f"{name}.qml").write_text(qml[name], encoding="utf-8")
    return finished


def _move_into_place(work: Path, out: Path) -> dict[str, str]:
    """Move finished files to their final names: what goes beside a raster first, the raster after it."""
    names = [f"{name}.{end}" for name in LAYERS for end in ("tif.aux.xml", "qml", "tif")]
    names += ["quicklook.png", "report.html", "plan.json", "run.json"]
    name = "run.json"
    try:
        (out / name).unlink(missing_ok=True)
        for name in names:
            if (work / name).exists():
                os.replace(work / name, out / name)
            else:
                (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"{out / name}: cannot be replaced ({error.strerror}); the folder now holds parts of two runs.",
            "Close the program that has it open, or choose another folder, and run again.",
        ) from error
    outputs = {name: str(out / f"{name}.tif") for name in LAYERS}
    beside = {"quicklook": "quicklook.png", "report": "report.html", "run": "run.json"}
    return outputs | {key: str(out / name) for key, name in beside.items()}
