"""The sums of parcels of a finished map that kept no probabilities: the tiles that they touch are done again.

Images, model, dates and plan are those of the run, so the sums are those that the run itself would have made. Keeps
sums and nothing else; writes no file of the map.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy.typing as npt

from .block_map import BlockMapper, TileAnswer
from .block_result import arrays_of
from .errors import DamagedFileError, InputError
from .forecast import Forecast, foresee
from .grid import Window
from .input_files import changed_files, changed_meanwhile
from .map_preparation import Preparation, prepare
from .map_progress import MapProgress
from .parcel_file import ParcelFile
from .parcel_layer import ParcelLayer
from .parcel_sums import NAME, ParcelCounter, Sums
from .plan_memory import make_plan, peak_bytes
from .protocol import MapRequest
from .providers import count_threads
from .repeat import changed_versions
from .run_record import NAME as RECORD
from .run_record import RUN_SCHEMA
from .session import Session
from .sidecar import NAME as TABLE_NAME
from .tiling import Plan
from .trial_tile import TrialJob

FEW_CELLS = "A few cells may count otherwise than in the map."
AGAIN = "Put back what the map was made from, or map again with --parcels."
GROUND = ("window", "lattice_row", "lattice_col", "magnification")
"""Of a plan: where the map's cells lie."""
TILES = ("core", "halo", "step")
"""Of a plan: how the ground is cut, which only rounding depends on."""
COUNTED = ("kept_bytes", "fixed_bytes", "embedding_channels")
"""Of a plan: what of the run's by-products counted when it was made."""
TABLES, ROW_BYTES, HEAD_BYTES = 2, 200, 100_000
"""Both tables hold the parcels as they came, and in all so many bytes more a parcel, and so many whatever there are."""

Emit = Callable[..., None]


@dataclass(frozen=True)
class Again:
    """How the tiles of a run are done again."""

    run: Path
    """Folder of the map."""
    record: Mapping[str, Any]
    """Of the run."""
    request: MapRequest
    """Of the run, with the parcels that are asked for now."""
    emit: Emit
    """Takes events; see protocol.py."""
    is_cancelled: Callable[[], bool]
    """Asked between tiles."""
    on_session: Callable[[Session], None]
    """Is given the session, so that a signal can break off an inference."""


def sums_again(job: Again) -> tuple[ParcelFile, ParcelLayer, Sums]:
    """Do the tiles again that parcels touch.

    Returns:
        The parcels without their outlines, their insides, and (P, Columns.count) sums.

    Raises:
        InputError: if the images are not those that the map was made from.
        DamagedFileError: if the run's plan is none.
        ResourceError: if the parcels and a tile do not fit the run's memory limit.
        CancelledError: if the run was cancelled.
    """
    began = time.monotonic()
    request = replace(job.request, probabilities="", probability_classes=(), embeddings=False)
    job.emit("stage", stage="inputs", message="Looking whether the images are those of the map")
    _check_images(job)
    session = Session(Path(request.model), request.device, request.threads, request.spare_core)
    job.on_session(session)
    _tell_versions(job, session)
    prepared = prepare(request, session.card, _without(job.emit, job.record), days=_days(job.record))
    _check_inputs(job, prepared)
    plan = _plan(job, session, prepared)
    file, counter = _parcels(prepared)
    source = replace(prepared.source, cores=_touched(plan, counter.layer))
    work = TrialJob(source, session, plan, (counter,))
    # blocks are kept nowhere, so the disk holds the tables alone
    disk_bytes = TABLES * int(file.table.nbytes) + ROW_BYTES * len(file) + HEAD_BYTES
    foreseen = _tell_forecast(job, work, prepared, disk_bytes, began)
    sums = _map(job, work, counter, foreseen.known)
    if changed := changed_meanwhile(prepared.inputs):
        raise InputError(
            f"{changed[0]} was changed or removed while the parcels were counted.",
            "Run again when the images are complete.",
        )
    return file, counter.layer, sums


def _check_images(job: Again) -> None:
    if job.record["schema"] != RUN_SCHEMA or "inputs" not in job.record or "plan" not in job.record:
        raise InputError(
            f"{job.run}: the map kept no class probabilities, and its record does not say which images it was made "
            "from.",
            "Map again with --parcels.",
        )
    recorded = _recorded(job)
    changed = changed_files(item for item in job.record["inputs"] if item["path"] in recorded)
    if changed:
        raise InputError(
            f"{job.run}: of the files that the map was made from {len(changed)} are not what they were: {changed[0]}",
            AGAIN,
        )


def _tell_versions(job: Again, session: Session) -> None:
    device = job.record.get("device")
    then = str(device.get("device")) if isinstance(device, dict) else ""
    differences = changed_versions(job.record)
    if then and then != session.choice.device:
        differences.append(f"The map was made on {then}, this is {session.choice.device}.")
    for number, sentence in enumerate(differences, start=1):
        job.emit("warning", message=sentence + (f" {FEW_CELLS}" if number == len(differences) else ""))


def _without(emit: Emit, record: Mapping[str, Any]) -> Emit:
    """Passes events on, but for the warnings that the map was made with."""
    known = record.get("warnings")
    known = known if isinstance(known, list) else []

    def tell(event: str, **values: Any) -> None:
        if event != "warning" or values["message"] not in known:
            emit(event, **values)

    return tell


def _days(record: Mapping[str, Any]) -> frozenset[str]:
    """All days that the run found images of, used or not: the grid is that of all of them."""
    return frozenset(str(row.get("date")) for row in record["dates"] if isinstance(row, dict))


def _recorded(job: Again) -> set[str]:
    """Paths of the run's images and region."""
    then = MapRequest.from_dict(job.record["request"], RECORD)
    return _without_parcels({item["path"] for item in job.record["inputs"]}, then)


def _without_parcels(paths: set[str], request: MapRequest) -> set[str]:
    """Paths of images and region alone: parcels, class table, and a table that lies beside nothing else may be others
    now."""
    paths = paths - {request.class_table}
    if request.parcels is None or request.parcels == request.region:
        return paths
    rest = paths - {request.parcels}
    table = Path(request.parcels).with_name(TABLE_NAME)
    is_alone = all(Path(path).parent != table.parent for path in rest - {str(table)})
    return rest - {str(table)} if is_alone else rest


def _check_inputs(job: Again, prepared: Preparation) -> None:
    """Refuse other images of the same days: another granule, a newer baseline."""
    found = _without_parcels({item.path for item in prepared.inputs}, job.request)
    if other := sorted(found ^ _recorded(job)):
        raise InputError(
            f"{job.run}: the map's dates would not be made of the same files now; one that differs is {other[0]}.",
            AGAIN,
        )


def _plan(job: Again, session: Session, prepared: Preparation) -> Plan:
    """A plan of the run's own tiles, where they fit its memory limit beside what is kept now."""
    then = job.record["plan"]
    if not isinstance(then, dict) or not all(
        type(then.get(name)) is int and 0 <= then[name] < 1 << 40 for name in COUNTED
    ):
        raise DamagedFileError(f"{job.run}: its record holds no plan that a run writes.", "Map again with --parcels.")
    now, source, card, dates = prepared.plan, prepared.source, session.card, len(prepared.source.observations)
    if not _agree(now, then, GROUND):
        raise InputError(f"{job.run}: from the images as they are now the map would have another grid.", AGAIN)
    if _agree(now, then, TILES):
        return now
    limit_gib, embedding = job.request.memory_gib, then["embedding_channels"] > 0
    # what the run kept left less memory for tiles
    plan = make_plan(
        card,
        source.grid,
        now.window,
        dates,
        limit_gib,
        prepared.chunks,
        then["kept_bytes"],
        then["fixed_bytes"],
        embedding,
    )
    plan = replace(plan, **{name: getattr(now, name) for name in COUNTED})
    if _agree(plan, then, TILES) and peak_bytes(card, plan, dates) <= limit_gib * (1 << 30):
        return plan
    job.emit("warning", message=f"The map is cut into other tiles now than it was made of. {FEW_CELLS}")
    return now


def _agree(plan: Plan, then: Mapping[str, Any], names: Sequence[str]) -> bool:
    values = plan.to_dict()
    return all(values[name] == then.get(name) for name in names)


def _parcels(prepared: Preparation) -> tuple[ParcelFile, ParcelCounter]:
    """The parcels that were asked for, and what counts them."""
    counters = [item for item in prepared.by_products.factories if isinstance(item, ParcelCounter)]
    files = [prepared.by_products.parcels[0]] if prepared.by_products.parcels is not None else []
    return files[0], counters[0]


def _touched(plan: Plan, layer: ParcelLayer) -> frozenset[Window]:
    """The cores in which some parcel has a cell."""
    return frozenset(
        core
        for block in plan.blocks()
        for core in plan.cores(block)
        if len(layer.spans(plan.fine(core.intersect(block))).parcel)
    )


def _tell_forecast(job: Again, work: TrialJob, prepared: Preparation, disk_bytes: int, began: float) -> Forecast:
    """Try a tile, and tell what the rest will take."""
    job.emit("stage", stage="forecast", message="Trying a tile")
    threads = count_threads(job.request.threads, job.request.spare_core)
    numbers = range(work.plan.num_blocks)
    with TemporaryDirectory(prefix="cscl-") as place:
        foreseen = foresee(
            work,
            prepared.chunks,
            numbers,
            threads,
            Path(place),
            lambda: time.monotonic() - began,
            job.is_cancelled,
        )
    job.emit("forecast", **replace(foreseen, disk_bytes=disk_bytes).to_dict(work.session.choice))
    return foreseen


def _map(job: Again, work: TrialJob, counter: ParcelCounter, known: Mapping[tuple[Window, Window], TileAnswer]) -> Sums:
    source, plan = work.source, work.plan
    cores = {number: source.cores_of(plan, block) for number, block in enumerate(plan.blocks())}
    kept = [core.intersect(plan.window) for own in cores.values() for core in own]
    sums = counter.merge(iter(()))

    def save(number: int, arrays: dict[str, npt.NDArray[Any]]) -> None:
        counter.add(sums, arrays_of(NAME, arrays))

    progress = MapProgress(job.emit, [window.height * window.width for window in kept], (), job.is_cancelled)
    mapper = BlockMapper(source, work.session, plan, work.factories, known=known)
    mapper.run([number for number, own in cores.items() if own], save, progress.advance, job.is_cancelled)
    return sums
