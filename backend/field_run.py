"""The fields of a map, and the map voted by them: checks, passes, files. The map itself stays as it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from . import style
from .block_map import EDGE_CELLS
from .cog import write_cog
from .errors import CancelledError, DamagedFileError, InputError
from .field_outlines import write_outlines
from .field_windows import (
    CANCELLED,
    SCRATCH,
    FieldCounts,
    FieldMap,
    grow_and_count,
    number_cores,
    write_voted,
)
from .map_progress import MapProgress
from .model_card import CropClass, ModelCard
from .parcel_file import import_pyarrow
from .publish import BESIDE, IN_USE, refuse_open_files
from .raster import cell_area_m2, disk_errors, limited_cache, read_info
from .run_card import read_run_card
from .run_record import read_record
from .scratch import scratch_folder
from .tile_result import RasterSpec

WINDOW_CELLS = 2048
"""Side of the windows, cells of the map."""
CROP_TYPE, BOUNDARY, CONFIDENCE = "crop_type.tif", "boundary.tif", "confidence.tif"
VOTED, FIELDS = "crop_type_fields.tif", "fields.gpkg"
BACKGROUND = "background"
"""Name of the class of ground without a parcel."""
PASSES = 4
SECONDS_A_CELL, BYTES_A_CELL = 4e-7, 2
"""What cutting takes for each cell of the map, for the forecast: a core's time (69 million cells took 25 s), and disk,
with what lies between the passes: an allowance, not measured."""
MUCH_PERCENT = 10
"""Percent of the mapped ground in fields without a majority from which on it is told. With the default model it is 2
in the simulated sample and 12 in Languedoc, which has much scrub; a model that left gaps in most boundaries had 94."""
AGAIN = "Map again."


def run_fields(
    run: Path,
    emit: Callable[..., None],
    is_cancelled: Callable[[], bool],
    window_cells: int = WINDOW_CELLS,
) -> tuple[dict[str, Path], dict[str, Any]]:
    """Cut a finished map into fields, and write them and the map voted by them into its folder, both or none.

    Args:
        run: the folder.
        emit: takes stages and progress.
        is_cancelled: asked between windows.
        window_cells: side of the windows, which nothing in the files depends on.

    Returns:
        The files written by name, and the summary of `cut_map`.

    Raises:
        InputError: if the folder holds no finished run or one without a boundary layer, the model is gone or has
            changed, or an earlier file of fields cannot be replaced.
        DamagedFileError: if its rasters do not fit each other or the model.
        CancelledError: if it was cancelled; earlier files stay as they were.
        ResourceError: if the disk is full.
    """
    record = read_record(run)
    card = read_run_card(run, record, "Put the model back where it was, or map again.")
    import_pyarrow()
    refuse_open_files(run)
    with limited_cache(), scratch_folder(run, ".cscl-fields-") as scratch:
        summary = cut_map(run, card, scratch, emit, is_cancelled, window_cells)
        if read_record(run) != record:
            raise InputError(f"{run}: another map was made there while its fields were cut.", "Run again.")
        _move_into_place(scratch, run)
    return field_files(run), summary


def field_files(folder: Path) -> dict[str, Path]:
    """The files of fields in a folder, by their names in the result event."""
    return {"crop_type_fields": folder / VOTED, "fields": folder / FIELDS}


def cut_map(
    folder: Path,
    card: ModelCard,
    scratch: Path,
    emit: Callable[..., None],
    is_cancelled: Callable[[], bool],
    window_cells: int = WINDOW_CELLS,
) -> dict[str, Any]:
    """Cut a map's rasters into fields.

    Args:
        folder: of crop_type.tif, boundary.tif and, where there is one, confidence.tif.
        card: of the model.
        scratch: gets the files of `field_files`, and what lies between for as long as this takes.
        emit: takes stages, progress and a warning.
        is_cancelled: asked between windows.
        window_cells: side of the windows.

    Returns:
        fields, area_ha, classes (title -> fields), mixed_percent (mapped ground without a majority), changed_percent.

    Raises:
        CsclError: as `run_fields`, for want of a layer, of room, or because it was cancelled.
    """
    fields = _field_map(folder, card, scratch, window_cells, is_cancelled)
    counts, shares = _make(fields, card.classes, emit)
    for name in SCRATCH:
        (scratch / name).unlink()
    return _summary(fields, counts, card) | shares


def _field_map(
    run: Path, card: ModelCard, scratch: Path, window_cells: int, is_cancelled: Callable[[], bool]
) -> FieldMap:
    """The map in a folder, if it has the layers and they fit."""
    for name, what in ((CROP_TYPE, "crop map"), (BOUNDARY, "boundary layer")):
        if not (run / name).is_file():
            raise InputError(f"{run}: the map has no {what} ({name}).", AGAIN)
    confidence = run / CONFIDENCE if (run / CONFIDENCE).is_file() else None
    infos = [read_info(path) for path in (run / CROP_TYPE, run / BOUNDARY, confidence) if path]
    grid = infos[0].grid
    if not all(info.grid.is_same(grid) and (info.count, info.dtype) == (1, "uint8") for info in infos):
        raise DamagedFileError(f"{run}: its rasters are not those of one run.", AGAIN)
    return FieldMap(
        grid=grid,
        crop_type=run / CROP_TYPE,
        boundary=run / BOUNDARY,
        confidence=confidence,
        codes=tuple(sorted(entry.code for entry in card.classes)),
        background=next((entry.code for entry in card.classes if entry.name == BACKGROUND), None),
        threshold=card.boundary_threshold,
        edge_cells=EDGE_CELLS * card.magnification,
        scratch=scratch,
        window_cells=window_cells,
        is_cancelled=is_cancelled,
    )


def _make(
    fields: FieldMap, classes: tuple[CropClass, ...], emit: Callable[..., None]
) -> tuple[FieldCounts, dict[str, float]]:
    """Make both files in the scratch folder; returns the counts, and percents of the mapped cells."""
    cells = fields.grid.height * fields.grid.width
    emit("stage", stage="fields", message="Cutting the map at its boundaries")
    progress = MapProgress(emit, [cells] * PASSES, (), fields.is_cancelled, "Cutting fields", "fields")
    counts = grow_and_count(fields, number_cores(fields, progress), progress)
    emit("stage", stage="fields", message="Writing the fields")
    spec = RasterSpec(VOTED, 1, ("crop type of the field",), classes=classes, overview="mode")
    part = fields.scratch / f"{VOTED}.part.tif"
    statistics, mapped, changed = write_voted(fields, counts, part, spec, progress)
    write_outlines(fields.scratch / FIELDS, fields, counts, classes, progress)
    if fields.is_cancelled():
        raise CancelledError(CANCELLED)
    write_cog(part, fields.scratch / VOTED, spec, statistics)
    part.unlink()
    with disk_errors(fields.scratch / VOTED):
        (fields.scratch / VOTED).with_suffix(".qml").write_text(style.crop_type_qml(classes), encoding="utf-8")
    if fields.is_cancelled():
        raise CancelledError(CANCELLED)
    mixed_percent = 100 * counts.mixed_cells / max(1, mapped)
    if mixed_percent > MUCH_PERCENT:
        emit(
            "warning",
            message=f"The boundaries of this map have gaps: {mixed_percent:.0f} % of the mapped ground is enclosed "
            "together with other crops, so that none has the majority; it keeps its classes and belongs to no field.",
        )
    changed_percent = 100 * changed / max(1, mapped)
    return counts, {"mixed_percent": round(mixed_percent, 1), "changed_percent": round(changed_percent, 1)}


def _move_into_place(scratch: Path, run: Path) -> None:
    """Replace earlier files; what lies beside the raster goes before it."""
    names = [*(f"{Path(VOTED).stem}.{end}" for end in BESIDE), VOTED, FIELDS]
    try:
        for name in names:
            os.replace(scratch / name, run / name)
    except OSError as error:
        raise InputError(
            f"{run / name}: cannot be replaced ({error.strerror}); the folder now holds fields of two runs.", IN_USE
        ) from error


def _summary(fields: FieldMap, counts: FieldCounts, card: ModelCard) -> dict[str, Any]:
    has_crop = counts.has_crop
    titles = {entry.code: entry.title for entry in card.classes}
    codes, numbers = np.unique(counts.winners[has_crop], return_counts=True)
    return {
        "fields": int(has_crop.sum()),
        "area_ha": round(int(counts.cells[has_crop].sum()) * cell_area_m2(fields.grid) / 10000, 2),
        "classes": {titles[int(code)]: int(number) for code, number in zip(codes, numbers, strict=True)},
    }
