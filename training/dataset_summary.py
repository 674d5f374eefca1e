"""What a data set holds in a few numbers, for whoever started the building of it: dataset.json beside the store.

The report (training.dataset_report) shows the same and much more to people.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend import __version__
from training.store import SourceRecord, Store

FILE_NAME = "dataset.json"
SCHEMA = "cscl-dataset-summary/1"


def summarise(store: Store, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """Samples, classes, parcels and dates of a data set, as JSON values.

    Args:
        store: the data set.
        warnings: sentences said while it was built.
    """
    sources = [_source(store, number, record) for number, record in enumerate(store.sources)]
    return {
        "schema": SCHEMA,
        "version": __version__,
        "samples": len(store),
        "classes": _classes(store),
        "parcels": sum(source["parcels"] for source in sources),
        "dates": len({day for source in sources for day in source["dates"]}),
        "sources": sources,
        "warnings": list(warnings),
    }


def write_summary(store: Store, path: Path, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """Write the summary of a data set, whole or not at all, and hand it back."""
    summary = summarise(store, warnings)
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)
    return summary


def _classes(store: Store) -> list[dict[str, Any]]:
    """Classes with training pixels, as a loader sees them: rare ones count as "other"."""
    pixels = dict(enumerate(store.class_pixels.tolist()))
    return [
        {
            "code": entry["code"],
            "name": entry["name"],
            "title": entry["title"],
            "training_pixels": pixels[entry["code"]],
        }
        for entry in store.attributes["legend"]
        if pixels.get(entry["code"])
    ]


def _source(store: Store, number: int, record: SourceRecord) -> dict[str, Any]:
    here = store.date[store.source_of == number]
    return {
        "name": record.name,
        "samples": len(here),
        "parcels": int(record.facts.get("parcels", 0)),
        "dates": sorted(int(day) for day in set(here[here > 0].tolist())),
    }
