"""The end of building a data set: what the units report is added up, and the store is moved into place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow

from backend import __version__
from backend.errors import InputError
from backend.trained_ground import points_inside
from training.classes import Legend
from training.config import TrainConfig
from training.dataset_parts import Part
from training.dataset_statistics import Statistics
from training.progress import Progress
from training.rare_classes import find_rare, sentences
from training.sources import Source
from training.store import SourceRecord
from training.store_writer import Layout, UnitReport, finish_store, read_reports


def finish_dataset(
    config: TrainConfig,
    path: Path,
    layout: Layout,
    parts: Sequence[Part],
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
    part: Part, number: int, files: list[dict[str, Any]], layout: Layout, reports: Sequence[UnitReport]
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


def _parcels_table(parts: Sequence[Part]) -> pyarrow.Table:
    """One row per parcel of the sources that were cut from images."""
    sources = [part.source for part in parts if isinstance(part.source, Source)]

    def column(values: Any, kind: pyarrow.DataType) -> pyarrow.ChunkedArray:
        return pyarrow.chunked_array([pyarrow.array(value, kind) for value in values], kind)

    inside = [points_inside(s.parcels.geometry) for s in sources]
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
            "x": column([points[:, 0] for points in inside], pyarrow.float64()),
            "y": column([points[:, 1] for points in inside], pyarrow.float64()),
        }
    )


def _legend_entry(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("code", "name", "title", "color")}
