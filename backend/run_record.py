"""run.json: what a map was made from, how, with what, and what came out. Writes no rasters and decides nothing.

Every number that the report shows stands here, and all that is needed to make the map again (repeat.py).
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio

from . import __version__
from .date_selection import DateRow
from .errors import DamagedFileError, InputError
from .grid import Grid, Window
from .input_files import InputFile
from .model_card import ModelCard, file_sha256
from .process_memory import peak_memory
from .protocol import MapRequest
from .providers import DeviceChoice
from .radiometry import Finding
from .raster import cell_area_m2
from .series import Series
from .session import import_onnxruntime
from .tiling import Plan

NAME = "run.json"
RUN_SCHEMA = "cscl-map-run/2"
OLDER_SCHEMAS = ("cscl-map-run/1",)
"""Version 1 lacks inputs, outputs, warnings and what other sections hold; it can be repeated all the same."""
AREA_NOTE = "Areas are counts of mapped cells and so biased; an unbiased estimate needs a sample of the map."


class EventKeeper:
    """Passes events on, and keeps the warnings and the forecast among them for the record."""

    def __init__(self, emit: Callable[..., None]) -> None:
        self._emit = emit
        self.warnings: list[str] = []
        self.forecast: dict[str, Any] = {}
        """What was foreseen before the first tile; empty where nothing was."""

    def __call__(self, event: str, **values: Any) -> None:
        if event == "warning":
            self.warnings.append(str(values["message"]))
        elif event == "forecast":
            self.forecast = values
        self._emit(event, **values)


@dataclass(frozen=True)
class MapRun:
    """What is known of a run when its rasters are finished."""

    request: MapRequest
    card: ModelCard
    model_sha256: str
    choice: DeviceChoice
    series: Series
    rows: Sequence[DateRow]
    findings: Sequence[Finding]
    plan: Plan
    inputs: Sequence[InputFile]
    class_cells: Mapping[int, int]
    """Cells of the finer grid by class code."""
    tiles: Mapping[str, int]
    """computed, skipped"""
    seconds: Mapping[str, float]
    """By stage; total is one of them."""
    started: datetime
    """With its time zone."""
    warnings: Sequence[str] = ()
    outputs: Mapping[str, Path] = field(default_factory=dict)
    """Finished files by name, where they lie now."""
    sections: Mapping[str, Any] = field(default_factory=dict)
    """What the parts of a run say of themselves as JSON values: seams, evidence, parcels, forecast ..."""


def what_happened(seconds: float, folder: Path, in_this_process: bool = True) -> dict[str, Any]:
    """What a forecast is held to: time, peak memory, disk taken up before the files move into place.

    Args:
        seconds: of the whole run.
        folder: that the run works in.
        in_this_process: false where others did the work, whose memory is not known here.

    Returns:
        seconds; memory_bytes, None where it is not known; disk_bytes.
    """
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    memory = peak_memory() if in_this_process else None
    return {"seconds": round(seconds, 2), "memory_bytes": memory, "disk_bytes": sum(sizes)}


def run_summary(
    grid: Grid, magnification: int, rows: Sequence[DateRow], class_cells: Mapping[int, int], card: ModelCard
) -> dict[str, Any]:
    """The summary of a result event: dates, area, cells and area of each class.

    Args:
        grid: of the series.
        magnification: cells of the map a side of a cell of the grid.
        rows: all dates.
        class_cells: cells by class code.
        card: of the model.
    """
    cell_ha = cell_area_m2(grid) / magnification**2 / 10000
    cells = sum(class_cells.values())
    return {
        "dates_used": sum(row.used for row in rows),
        "dates_found": len(rows),
        "mapped_cells": cells,
        "mapped_ha": round(cells * cell_ha, 2),
        "classes": [
            {
                "code": entry.code,
                "name": entry.name,
                "title": entry.title,
                "color": entry.color,
                "cells": class_cells.get(entry.code, 0),
                "area_ha_biased": round(class_cells.get(entry.code, 0) * cell_ha, 2),
            }
            for entry in card.classes
        ],
        "note": AREA_NOTE,
    }


def run_record(run: MapRun) -> dict[str, Any]:
    """The record as JSON values; outputs are hashed whole."""
    card = run.card
    return {
        "schema": RUN_SCHEMA,
        "started": run.started.isoformat(timespec="seconds"),
        "request": run.request.to_dict(),
        "model": {
            "name": card.name,
            "version": card.version,
            "sha256": f"sha256:{run.model_sha256}",
            "card": card.summary(),
        },
        "inputs": [item.to_dict() for item in run.inputs],
        "dates": [row.to_dict() for row in run.rows],
        "superseded": [{"label": item.label, "reason": reason} for item, reason in run.series.superseded],
        "radiometry": [finding.to_dict() for finding in run.findings],
        "grid": _grid(run.series.grid, run.plan),
        "plan": run.plan.to_dict(),
        "device": asdict(run.choice),
        "tiles": dict(run.tiles),
        "summary": run_summary(run.series.grid, run.plan.magnification, run.rows, run.class_cells, card),
        **run.sections,
        "warnings": list(run.warnings),
        "outputs": {name: _output(path) for name, path in run.outputs.items()},
        "seconds": {name: round(value, 2) for name, value in run.seconds.items()},
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Of the program and what it computes with."""
    return {
        "cscl": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "onnxruntime": import_onnxruntime().__version__,
        "rasterio": rasterio.__version__,
        "gdal": rasterio.__gdal_version__,
        "system": f"{platform.system()} {platform.machine()}",
    }


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record, or another file of JSON values."""
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def last_year(record: Mapping[str, Any]) -> int:
    """The year of the last image that a map was made from; 0 if its record does not tell."""
    days = [str(row.get("date")) for row in record["dates"] if isinstance(row, dict) and row.get("used")]
    year = max(days, default="")[:4]
    return int(year) if year.isdecimal() else 0


def read_record(path: Path) -> dict[str, Any]:
    """Read a record, of this version or an older one.

    Args:
        path: a run.json, or the folder that holds one.

    Raises:
        InputError: if there is none, or it is of a newer version.
        DamagedFileError: if it is not one.
    """
    path = path / NAME if path.is_dir() else path
    if not path.is_file():
        raise InputError(f"There is no record of a run {path}.", f"Give the {NAME} of a finished map, or its folder.")
    try:
        values = json.loads(path.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(
            f"{path.name}: not valid JSON ({error}).", f"Give the {NAME} as it was written."
        ) from error
    schema = values.get("schema") if isinstance(values, dict) else None
    if not isinstance(schema, str) or not schema.startswith("cscl-map-run/"):
        raise DamagedFileError(f"{path.name}: expected the record of a run, with its schema, but it has none.")
    if schema not in (RUN_SCHEMA, *OLDER_SCHEMAS):
        raise InputError(
            f"{path.name}: its schema is '{schema}', this version reads up to '{RUN_SCHEMA}'.", "Use a newer version."
        )
    for key, kind in (("request", dict), ("model", dict), ("dates", list), ("summary", dict)):
        if not isinstance(values.get(key), kind):
            raise DamagedFileError(f"{path.name}: its '{key}' is missing or not what a run writes.")
    for key, is_right in (
        ("model", _is_text_map),
        ("grid", _is_grid),
        ("inputs", _is_inputs),
        ("outputs", _is_outputs),
        ("versions", _is_text_map),
    ):
        if key in values and not is_right(values[key]):
            raise DamagedFileError(f"{path.name}: its '{key}' is not what a run writes.")
    return dict(values)


def _is_text_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _is_inputs(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and isinstance(item.get("path"), str) for item in value
    )


def _is_outputs(value: Any) -> bool:
    """True if each names a file, of the run's own folder, and its checksum."""
    return isinstance(value, dict) and all(
        isinstance(item, dict)
        and isinstance(item.get("sha256"), str)
        and isinstance(item.get("file"), str)
        and Path(item["file"]).name == item["file"]
        for item in value.values()
    )


def images_window(record: Mapping[str, Any]) -> Window | None:
    """Where the images of a map lie, in cells of the map from its first one; None if its record does not say."""
    images = record.get("grid", {}).get("images")
    return None if images is None else Window(**images)


def _is_grid(value: Any) -> bool:
    """True if it says where the map lies, and where its images do in whole cells, if it says that."""
    if not isinstance(value, dict) or value.get("images") is None:
        return isinstance(value, dict)
    images, sides = value["images"], ("row", "col", "height", "width")
    is_window = isinstance(images, dict) and set(images) == set(sides)
    return is_window and all(type(images[side]) is int for side in sides) and images["height"] > 0 < images["width"]


def _grid(grid: Grid, plan: Plan) -> dict[str, Any]:
    """Where the map lies, and its images."""
    fine = grid.crop(plan.window).refine(plan.magnification)
    return {
        "crs": grid.crs,
        "transform": list(fine.transform)[:6],
        "width": fine.width,
        "height": fine.height,
        "resolution": list(fine.resolution),
        "images": asdict(plan.fine(grid.window)),
    }


def _output(path: Path) -> dict[str, Any]:
    return {"file": path.name, "size": path.stat().st_size, "sha256": f"sha256:{file_sha256(path)}"}
