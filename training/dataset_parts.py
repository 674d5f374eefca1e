"""Open the sources of a data set and cut each into units of work: blocks of images, or samples of published sets."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.errors import InputError
from backend.raster import limited_cache
from training.classes import ClassTable, Legend
from training.config import TrainConfig
from training.config_dataset import DatasetConfig, SourceConfig
from training.importers.imported import ImportedSource
from training.importers.sets import open_import
from training.progress import Progress, check_cancelled
from training.sampling import Chip, all_chips, labelled_chips, parcel_chips, to_blocks, training_held_out
from training.simulated_scenes import all_sources
from training.sources import OpenedSeries, Source, open_series, spread, table_path
from training.threads import in_threads

IMPORT_UNIT = 64
"""Samples of a published set that are written together."""
AT_ONCE = 2
"""Sources that are opened at the same time: the parcels of each are read whole, and its dates are read at once, too."""


@dataclass(frozen=True)
class Part:
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


def open_parts(config: TrainConfig, data: Path, out: Path, legend: Legend, progress: Progress) -> list[Part]:
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


def num_dates(source: Source | ImportedSource) -> int:
    return len(source.observations) if isinstance(source, Source) else source.dates


def _open(source: SourceConfig, folder: Path, dataset: DatasetConfig, legend: Legend) -> tuple[OpenedSeries, list[str]]:
    """A source and what is to be said of it."""
    warnings: list[str] = []
    return open_series(source, dataset, folder, legend, warnings.append), warnings


def _import_part(imported: ImportedSource) -> Part:
    """The samples of a published set in units of a few shards."""
    starts = range(0, len(imported), IMPORT_UNIT)
    units = tuple(tuple(range(first, min(first + IMPORT_UNIT, len(imported)))) for first in starts)
    return Part(imported, units, tuple(map(len, units)))


def _image_part(source: Source, config: TrainConfig) -> Part:
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
    return Part(source, tuple(blocks), tuple(len(block.chips) for block in blocks))
