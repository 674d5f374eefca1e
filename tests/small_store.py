"""A store written sample by sample, without sources: for tests of what reads stores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from training.classes import CLASSES, Legend
from training.dataset_statistics import Statistics
from training.store import Sample, SourceRecord, Store, count_labelled
from training.store_writer import Layout, UnitReport, finish_store, keep_report, open_unfinished, write_unit

LEGEND = Legend.read(CLASSES / "legend.csv")
PARCEL_COLUMNS = {
    "source": pa.string(),
    "parcel": pa.int32(),
    "source_id": pa.string(),
    "class": pa.uint8(),
    "split": pa.uint8(),
    "fold": pa.uint8(),
    "near": pa.int32(),
    "area_ha": pa.float64(),
}


def record(name: str = "farm", weight: float = 1.0, **facts: Any) -> SourceRecord:
    """A source 10 m from corner to corner of each pixel, at 500000, 4800000."""
    return SourceRecord(name, "EPSG:32631", (10.0, 0.0, 500000.0, 0.0, -10.0, 4800000.0), weight, facts)


def layout(samples: Sequence[Sequence[Sample]], dates: int, bands: tuple[str, ...], **changes: Any) -> Layout:
    """One unit per group of samples."""
    first = next(item for group in samples for item in group)
    values: dict[str, Any] = {
        "bands": bands,
        "chip": first.x.shape[-1],
        "dates": dates,
        "magnifications": tuple(sorted(first.labels)),
        "units": tuple(len(group) for group in samples),
        "fingerprint": "test",
        **changes,
    }
    return Layout(**values)


def report(samples: Sequence[Sample], source: int, plan: Layout, folds: int = 0) -> UnitReport:
    """What a unit would say of these samples."""
    figures = Statistics(len(plan.bands), max(LEGEND.codes) + 1, folds)
    doy, date = (np.zeros((len(samples), plan.dates), kind) for kind in (np.int16, np.int32))
    for number, item in enumerate(samples):
        doy[number, : len(item.doy)], date[number, : len(item.dates)] = item.doy, item.dates
        if 1 in item.labels:
            figures.add(item)
    return UnitReport(
        origin=np.array([(item.row, item.col) for item in samples], np.int32).reshape(-1, 2),
        parcel=np.array([item.parcel for item in samples], np.int32),
        source=np.full(len(samples), source, np.int16),
        doy=doy,
        date=date,
        labelled=np.array([labelled_of(item, folds) for item in samples], np.int32).reshape(-1, folds + 1, 5),
        figures=figures.flat(),
    )


def labelled_of(item: Sample, folds: int) -> Any:
    """(1 + folds, 5) labelled pixels of a sample."""
    return count_labelled(item.labels[1], folds) if 1 in item.labels else np.zeros((folds + 1, 5), np.int32)


def attributes(figures: Statistics | None = None, bands: int = 2, **changes: Any) -> dict[str, Any]:
    """What a store must say of itself."""
    figures = figures or Statistics(bands, max(LEGEND.codes) + 1)
    return {
        "legend": [vars(entry) for entry in LEGEND.classes],
        "level": "L2A",
        "sampling": "dense",
        "folds": 0,
        "rare": {},
        "class_notes": [],
        "code_version": "0",
        "fingerprint": "test",
        **figures.to_attributes(),
        **changes,
    }


def parcels_table(rows: Sequence[dict[str, Any]] = ()) -> pa.Table:
    """Rows of the table of parcels."""
    return pa.Table.from_pylist(list(rows), pa.schema(PARCEL_COLUMNS))


def write_store(
    path: Path,
    *groups: tuple[SourceRecord, Sequence[Sample]],
    dates: int,
    bands: tuple[str, ...],
    parcels: Sequence[dict[str, Any]] = (),
    **changes: Any,
) -> Store:
    """A store with one unit per source; `changes` are those of its attributes."""
    samples = [items for _, items in groups]
    plan = layout(samples, dates, bands)
    folds = int(changes.get("folds", 0))
    open_unfinished(path, plan)
    figures = Statistics(len(bands), max(LEGEND.codes) + 1, folds)
    reports = []
    for number, items in enumerate(samples):
        list(write_unit(path, plan, number, items))
        reports.append(report(items, number, plan, folds))
        keep_report(path, plan, number, reports[-1])
        figures.add_flat(reports[-1].figures)
    finish_store(
        path, plan, reports, [source for source, _ in groups], parcels_table(parcels), attributes(figures, **changes)
    )
    return Store(path)
