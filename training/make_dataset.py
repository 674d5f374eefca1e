"""Build the data set: simulate scenes where asked, open the sources, lay out the samples, have them written.

Decides order and names; the work is done by the other modules. Nothing lies at the store's path before it is whole,
and the same call goes on where an earlier one was broken off.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow

from backend import __version__
from backend.errors import CsclError, InputError
from backend.model_card import file_sha256
from backend.raster import limited_cache
from backend.scheduler import Unit, num_local, run_units
from training.blocks import BlockWork, ImportWork, Target, write_block, write_imported
from training.classes import CLASSES, ClassTable, Legend
from training.config import TrainConfig
from training.config_dataset import DatasetConfig, SourceConfig
from training.dataset_statistics import Statistics
from training.importers.imported import ImportedSource
from training.importers.sets import open_import
from training.input_files import ChangedInputError, InputFiles
from training.progress import Progress, check_cancelled
from training.rare_classes import find_rare, sentences
from training.sampling import Chip, all_chips, labelled_chips, parcel_chips, to_blocks, training_held_out
from training.simulated_scenes import all_sources, simulate_sources
from training.sources import OpenedSeries, Source, open_series, spread, table_path
from training.store import SourceRecord
from training.store_writer import (
    Layout,
    UnitReport,
    discard_unfinished,
    finish_store,
    only_writer,
    open_unfinished,
    read_reports,
    scratch_path,
)
from training.threads import in_threads

log = logging.getLogger(__name__)

STORE_NAME = "dataset.zarr"
IMPORT_UNIT = 64
"""Samples of a published set that are written together."""
AT_ONCE = 2
"""Sources that are opened at the same time: the parcels of each are read whole, and its dates are read at once, too."""
PROCESS_GIB = 1.0
"""Peak memory of one process at most: a block of one date, its labels, and libraries (benchmarks/dataset.py)."""
SMALL = 5e8
"""Values of pixels, dates and bands up to which further processes cost more than they save."""


@dataclass(frozen=True)
class _Part:
    """A source with the units of work that it is cut into."""

    source: Source | ImportedSource
    units: tuple[Any, ...]
    """Blocks, or numbers of samples."""
    samples: tuple[int, ...]
    """At most so many in each unit."""

    @property
    def name(self) -> str:
        """Of the source."""
        return self.source.config.name if isinstance(self.source, Source) else self.source.name


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
    legend = _read_legend(config.dataset.legend, data)
    parts = _parts(config, data, out, legend, progress)
    files = InputFiles(
        [part.source.files() if isinstance(part.source, Source) else [] for part in parts], data, progress
    )
    path = out / STORE_NAME
    fingerprint = config.fingerprint("seed", "dataset")
    layout = Layout(
        bands=config.dataset.bands,
        chip=config.dataset.chip,
        dates=max(_num_dates(part.source) for part in parts),
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
            _finish(config, path, layout, parts, files.facts, legend, fingerprint, progress)
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


def _read_legend(name: str, data: Path) -> Legend:
    """The shipped legend of that name, or the user's own file."""
    shipped = CLASSES / f"{name}.csv"
    path = shipped if shipped.is_file() else data / name
    legend = Legend.read(path)
    if legend.codes != tuple(range(len(legend.codes))):
        # networks have a channel for each class, in this order
        raise InputError(
            f"{path.name}: the codes of the classes must be 0, 1, 2 ... in this order, not {_listed(legend.codes)}.",
            "Number the classes anew, 0 for ground without a parcel.",
        )
    return legend


def _listed(codes: Sequence[int]) -> str:
    return ", ".join(map(str, codes[:8])) + (" ..." if len(codes) > 8 else "")


def _parts(config: TrainConfig, data: Path, out: Path, legend: Legend, progress: Progress) -> list[_Part]:
    """All sources opened and cut into units."""
    dataset = config.dataset
    listed = all_sources(config, data, out)
    total = len(listed) + len(dataset.imports)
    opened = []
    with limited_cache():
        found = in_threads(lambda item: _open(*item, dataset, legend), listed, AT_ONCE, progress)
        for done, (source_config, _) in enumerate(listed):
            progress.progress(done, total, f"opening {source_config.name}")
            source, warnings = next(found)
            opened.append(source)
            for warning in warnings:
                progress.warning(warning)
    parts = [_image_part(source, config) for source in spread(opened, dataset, config.seed, progress.warning)]
    folds = dataset.splits.folds if dataset.splits.scheme == "folds" else 0
    for done, item in enumerate(dataset.imports, start=len(listed)):
        progress.progress(done, total, f"opening {item.name}")
        check_cancelled(progress)
        table = ClassTable.read(table_path(item.name, item.classes, data), legend)
        imported = open_import(
            item.kind,
            data / item.path,
            name=item.name,
            table=table,
            bands=dataset.bands,
            level=dataset.level,
            chip=dataset.chip,
            max_dates=dataset.max_dates,
            magnifications=dataset.magnifications,
            shares=item.shares.model_dump(),
            weight=item.weight,
            folds=folds,
            buffer_m=dataset.splits.buffer_m,
            seed=config.seed,
        )
        parts += [_import_part(source) for source in imported]
    progress.progress(total, total, "sources opened")
    twice = [name for name, count in Counter(part.name for part in parts).items() if count > 1]
    if twice:
        raise InputError(f"Two sources are called '{twice[0]}'.", "Rename a source, an import or a simulation.")
    return parts


def _open(source: SourceConfig, folder: Path, dataset: DatasetConfig, legend: Legend) -> tuple[OpenedSeries, list[str]]:
    """A source and what is to be said of it."""
    warnings: list[str] = []
    return open_series(source, dataset, folder, legend, warnings.append), warnings


def _import_part(imported: ImportedSource) -> _Part:
    """The samples of a published set in units of a few shards."""
    starts = range(0, len(imported), IMPORT_UNIT)
    units = tuple(tuple(range(first, min(first + IMPORT_UNIT, len(imported)))) for first in starts)
    return _Part(imported, units, tuple(map(len, units)))


def _image_part(source: Source, config: TrainConfig) -> _Part:
    """The blocks of a source, as the sampling wants them."""
    dataset = config.dataset
    side, stride = dataset.chip, dataset.stride or dataset.chip
    chips: list[Chip]
    if dataset.sampling == "parcels":
        chips = parcel_chips(source.grid, side, source.parcels)
    elif dataset.sampling == "unlabelled" or source.config.outside_parcels == "background":
        chips = all_chips(source.grid, side, stride)
    else:
        held_out = training_held_out(source.splits.parcels, int(source.splits.folds.max(initial=0)))
        chips = labelled_chips(source.grid, side, stride, source.parcels, held_out)
    blocks = to_blocks(chips)
    return _Part(source, tuple(blocks), tuple(len(block.chips) for block in blocks))


def _write_units(
    config: TrainConfig,
    path: Path,
    layout: Layout,
    parts: Sequence[_Part],
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
                unit = Unit(position, (number, value), samples * _num_dates(part.source))
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


def _work(part: _Part, target: Target) -> BlockWork | ImportWork:
    if isinstance(part.source, Source):
        return BlockWork(target, part.source)
    return ImportWork(target, part.source)


def _finish(
    config: TrainConfig,
    path: Path,
    layout: Layout,
    parts: Sequence[_Part],
    files: Sequence[list[dict[str, Any]]],
    legend: Legend,
    fingerprint: str,
    progress: Progress,
) -> None:
    """Add up what the units report and move the store into place."""
    dataset = config.dataset
    folds = dataset.splits.folds if dataset.splits.scheme == "folds" else 0
    reports = read_reports(path, layout)
    written = [_written(number, reports) for number in range(len(parts))]
    if not any(written):
        raise InputError(
            "No date of any source shows a clear pixel where its samples lie.",
            "Check that images and parcels show the same place, and what the images take for nodata.",
        )
    for part, count in zip(parts, written, strict=True):
        if part.units and count == 0:
            progress.warning(f"Source '{part.name}': no date shows a clear pixel where its samples lie: it gives none.")
    statistics = Statistics(len(dataset.bands), max(legend.codes) + 1, folds)
    for report in reports:
        statistics.add_flat(report.figures)
    rare: dict[int, int] = {}
    notes: tuple[str, ...] = ()
    if dataset.labelled:
        if statistics.training_pixels == 0:
            raise InputError(
                "No parcel with a known crop lies in the training split.",
                "Check the class table, the splits of the sources and their shares.",
            )
        limits = dataset.rare.train_pixels, dataset.rare.evaluation_pixels
        if legend.other is None:
            limits = 0, 0  # rare classes have nothing to become
        rare = find_rare(statistics.by_split(), *limits, legend)
        notes = sentences(statistics.by_split(), *limits, legend)
        for sentence in notes[: len(rare)]:
            progress.warning(sentence)
    finish_store(
        path,
        layout,
        reports,
        [_record(part, number, files[number], layout, reports) for number, part in enumerate(parts)],
        _parcels_table(parts),
        {
            "legend": [_legend_entry(entry) for entry in legend.classes],
            "level": dataset.level,
            "sampling": dataset.sampling,
            "folds": folds,
            "class_notes": list(notes),
            "rare": {str(code): other for code, other in rare.items()},
            **statistics.to_attributes(),
            "code_version": __version__,
            "fingerprint": fingerprint,
        },
    )


def _written(number: int, reports: Sequence[UnitReport]) -> int:
    """Samples of a source."""
    return sum(int(np.count_nonzero(report.source == number)) for report in reports)


def _record(
    part: _Part, number: int, files: list[dict[str, Any]], layout: Layout, reports: Sequence[UnitReport]
) -> SourceRecord:
    if not isinstance(part.source, Source):
        return part.source.record
    source = part.source
    transform = tuple(source.grid.transform)[:6]
    facts = {
        **source.facts(),
        "files": files,
        "chips": {"planned": sum(part.samples), "written": _written(number, reports)},
        "magnifications": list(layout.magnifications),
    }
    return SourceRecord(source.config.name, source.grid.crs, transform, source.config.weight, facts)


def _parcels_table(parts: Sequence[_Part]) -> pyarrow.Table:
    """One row per parcel of the sources that were cut from images."""
    sources = [part.source for part in parts if isinstance(part.source, Source)]

    def column(values: Any, kind: pyarrow.DataType) -> pyarrow.ChunkedArray:
        return pyarrow.chunked_array([pyarrow.array(value, kind) for value in values], kind)

    return pyarrow.table(
        {
            "source": column([[s.config.name] * len(s.parcels) for s in sources], pyarrow.string()),
            "parcel": column([s.parcels.ids for s in sources], pyarrow.int32()),
            "source_id": column([list(s.parcels.source_ids) for s in sources], pyarrow.string()),
            "class": column([s.parcels.classes for s in sources], pyarrow.uint8()),
            "split": column([s.splits.parcels for s in sources], pyarrow.uint8()),
            "fold": column([s.splits.folds for s in sources], pyarrow.uint8()),
            "near": column([s.splits.near for s in sources], pyarrow.int32()),
            "area_ha": column([np.round(s.parcels.areas_m2 / 10000, 6) for s in sources], pyarrow.float64()),
        }
    )


def _digest(
    fingerprint: str,
    files: Sequence[Sequence[dict[str, Any]]],
    parts: Sequence[_Part],
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


def _num_dates(source: Source | ImportedSource) -> int:
    return len(source.observations) if isinstance(source, Source) else source.dates


def _legend_entry(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("code", "name", "title", "color")}
