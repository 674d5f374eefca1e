"""Build the data set: simulate scenes where asked, open the sources, lay out the samples, have them written.

Decides order and names; the work is done by the other modules. Nothing lies at the store's path before it is whole,
and the same call goes on where an earlier one was broken off.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backend import __version__
from backend.errors import CsclError, InputError
from backend.model_card import file_sha256
from backend.scheduler import Unit, num_local, run_units
from training.blocks import BlockWork, ImportWork, Target, write_block, write_imported
from training.classes import Legend, find_legend
from training.config import TrainConfig
from training.config_dataset import DatasetConfig
from training.dataset_end import finish_dataset
from training.dataset_parts import Part, num_dates, open_parts
from training.input_files import ChangedInputError, InputFiles
from training.progress import Progress
from training.simulated_scenes import simulate_sources
from training.sources import Source, table_path
from training.store_writer import (
    Layout,
    discard_unfinished,
    only_writer,
    open_unfinished,
    scratch_path,
)

log = logging.getLogger(__name__)

STORE_NAME = "dataset.zarr"
PROCESS_GIB = 1.0
"""Peak memory of one process at most: a block of one date, its labels, and libraries (benchmarks/dataset.py)."""
SMALL = 5e8
"""Values of pixels, dates and bands up to which further processes cost more than they save."""


def make_dataset(config: TrainConfig, data: Path, out: Path, progress: Progress, scheduler: str = "local") -> Path:
    """Write the store `out`/dataset.zarr.

    Args:
        config: the run's configuration.
        data: folder that the sources' paths are relative to.
        out: the run's folder.
        progress: is told how far it is and asked whether to stop.
        scheduler: local, local:N or the address of a dask cluster; see backend.scheduler.

    Returns:
        The store's path.

    Raises:
        CancelledError: if cancelled; what is written so far is gone on with by the next call.
        CsclError: if something is missing or does not fit.
    """
    simulate_sources(config, data, out, progress, _fitting(scheduler, config))
    legend = find_legend(config.dataset.legend, data)
    parts = open_parts(config, data, out, legend, progress)
    files = InputFiles(
        [part.source.files() if isinstance(part.source, Source) else [] for part in parts], data, progress
    )
    path = out / STORE_NAME
    fingerprint = config.fingerprint("seed", "dataset")
    layout = Layout(
        bands=config.dataset.bands,
        chip=config.dataset.chip,
        dates=max(num_dates(part.source) for part in parts),
        magnifications=config.dataset.magnifications if config.dataset.labelled else (),
        units=tuple(count for part in parts for count in part.samples),
        fingerprint=_digest(_cut_by(config), files.facts, parts, legend, config, data),
    )
    if not layout.units:
        raise InputError(
            "No sample lies in the data set: no parcel with a known crop lies on the images.",
            "Check the class tables, and that parcels and images show the same place.",
        )
    _check_place(path)
    with _placed(out), only_writer(path):
        missing = open_unfinished(path, layout)
        if (written := len(layout.units) - len(missing)) > 0:
            log.info("%d of %d units were written by an earlier run", written, len(layout.units))
        _write_units(config, path, layout, parts, legend, missing, scheduler, progress)
        try:
            files.check_unchanged()
        except ChangedInputError:
            discard_unfinished(path)
            raise
        try:
            finish_dataset(config, path, layout, parts, files.facts, legend, fingerprint, progress)
        except InputError:
            discard_unfinished(path)  # the samples are of no use
            raise
    return path


@contextmanager
def _placed(out: Path) -> Iterator[None]:
    """Errors of the system name the folder of the run where they name no file: it is what is written to."""
    try:
        yield
    except OSError as error:
        if not isinstance(error, CsclError):
            error.filename = error.filename or str(out)
        raise


def _check_place(path: Path) -> None:
    """Refuse to replace what is no data set."""
    if (path.exists() or path.is_symlink()) and not (path / "zarr.json").is_file():
        raise InputError(
            f"{path}: there is something else than a data set in the place of the data set.",
            "Move it away, or choose another output folder.",
        )


def _write_units(
    config: TrainConfig,
    path: Path,
    layout: Layout,
    parts: Sequence[Part],
    legend: Legend,
    missing: Sequence[int],
    scheduler: str,
    progress: Progress,
) -> None:
    """Have the units written that are still missing: those of images first, then those of published sets."""
    folds = config.dataset.splits.folds if config.dataset.splits.scheme == "folds" else 0
    classes = max(legend.codes) + 1
    stride = config.dataset.stride or config.dataset.chip
    shared = [_work(part, Target(path, layout, number, classes, folds, stride)) for number, part in enumerate(parts)]
    wanted = set(missing)
    image_units: list[Unit] = []
    import_units: list[Unit] = []
    number = 0
    for position, part in enumerate(parts):
        for value, samples in zip(part.units, part.samples, strict=True):
            if number in wanted:
                unit = Unit(position, (number, value), samples * num_dates(part.source))
                (image_units if isinstance(part.source, Source) else import_units).append(unit)
            number += 1
    values = sum(unit.weight for unit in image_units) * layout.chip**2 * len(layout.bands)
    if scheduler == "local":
        scheduler = "local:1" if values < SMALL else _fitting(scheduler, config)
    scratch = scratch_path(path)
    if image_units:
        run_units(write_block, shared, image_units, scheduler, progress, "cutting samples", scratch)
    if import_units:
        run_units(write_imported, shared, import_units, scheduler, progress, "taking over samples", scratch)


def _fitting(scheduler: str, config: TrainConfig) -> str:
    """The scheduler, "local" with as many processes as fit into memory."""
    if scheduler != "local":
        return scheduler
    return f"local:{max(1, min(num_local(scheduler), int(config.dataset.memory_gib / PROCESS_GIB)))}"


def _cut_by(config: TrainConfig) -> str:
    """Digest of the settings that samples depend on; a rule that is applied on reading, or memory, cuts none anew."""
    plain = DatasetConfig.model_fields
    same = {name: plain[name].default for name in ("rare", "memory_gib")}
    dataset = config.dataset.model_copy(update=same)
    return config.model_copy(update={"dataset": dataset}).fingerprint("seed", "dataset")


def _work(part: Part, target: Target) -> BlockWork | ImportWork:
    if isinstance(part.source, Source):
        return BlockWork(target, part.source)
    return ImportWork(target, part.source)


def _digest(
    fingerprint: str,
    files: Sequence[Sequence[dict[str, Any]]],
    parts: Sequence[Part],
    legend: Legend,
    config: TrainConfig,
    data: Path,
) -> str:
    """Of the configuration and all inputs: an unfinished store is gone on with only if its samples stay the same."""
    digest = hashlib.sha256(f"{__version__} {fingerprint} {legend.classes}".encode())
    for part, listed in zip(parts, files, strict=True):
        known = listed if isinstance(part.source, Source) else part.source.record.facts["files"]
        for entry in known:
            digest.update(f"{entry['path']} {entry['sha256']}\n".encode())
        if isinstance(part.source, Source):
            digest.update(part.source.reading().encode())
    for item in config.dataset.imports:
        digest.update(file_sha256(table_path(item.name, item.classes, data)).encode())
    return digest.hexdigest()
