"""The fields of a map, and the map voted by them: checks, passes, files. The map itself stays as it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from . import evidence, style
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
from .fields import inside_below
from .grid import Grid, Window
from .map_progress import MapProgress
from .model_card import CropClass, ModelCard
from .parcel_file import import_pyarrow
from .publish import BESIDE, IN_USE, refuse_open_files
from .raster import RasterInfo, cell_area_m2, disk_errors, limited_cache, read_info
from .run_card import read_run_card
from .run_record import images_window, read_record
from .scratch import FIELDS_PREFIX, scratch_folder
from .tile_result import RasterSpec

WINDOW_CELLS = 2048
"""Side of the windows, cells of the map."""
CROP_TYPE, BOUNDARY, CONFIDENCE = "crop_type.tif", "boundary.tif", "confidence.tif"
VOTED, FIELDS = "crop_type_fields.tif", "fields.gpkg"
PLACED = (*(f"{Path(VOTED).stem}.{end}" for end in BESIDE), VOTED, FIELDS)
"""Files of fields in the order in which they come: what lies beside the raster goes before it, the outlines last."""
BACKGROUND = "background"
"""Name of the class of ground without a parcel."""
PASSES = 4
SECONDS_A_CELL, BYTES_A_CELL = 4e-7, 4
"""What cutting takes for each cell of the map, for the forecast: a core's time (69 million cells took 25 s), and disk
where most lies in the scratch folder, outlines above all: 2.0 bytes in Languedoc (1.3 million cells), 2.3 in the
simulated sample, 3.4 on a map of noise."""
MUCH_PERCENT = 10
"""Percent of the mapped ground in fields without a majority from which on it is told, and likewise of ground in no
field at all. With the default model the former is 2 in the simulated sample and 12 in Languedoc, which has much scrub;
a model that left gaps in most boundaries had 94. The latter is 0 in both."""
AGAIN = "Map again."


def run_fields(
    run: Path,
    emit: Callable[..., None],
    is_cancelled: Callable[[], bool],
    window_cells: int = WINDOW_CELLS,
) -> tuple[dict[str, Path], dict[str, Any]]:
    """Cut a finished map into fields, and write them and the map voted by them into its folder once both are whole.

    Earlier outlines go before anything else is replaced, and the new ones come last: a folder with outlines has both
    files of one run, also where the process was killed between them.

    Args:
        run: the folder, or the record in it.
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
    run = run.parent if run.is_file() else run
    card = read_run_card(run, record, "Put the model back where it was, or map again.")
    import_pyarrow()
    refuse_open_files(run, PLACED)
    with limited_cache(), ExitStack() as stack:
        with disk_errors(run / VOTED):
            scratch = stack.enter_context(scratch_folder(run, FIELDS_PREFIX))
        summary = cut_map(run, card, scratch, emit, is_cancelled, images_window(record), window_cells)
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
    images: Window | None,
    window_cells: int = WINDOW_CELLS,
) -> dict[str, Any]:
    """Cut a map's rasters into fields.

    Args:
        folder: of crop_type.tif, boundary.tif and, where there are some, confidence.tif and evidence.tif.
        card: of the model.
        scratch: gets the files of `field_files`, and what lies between for as long as this takes.
        emit: takes stages, progress and warnings.
        is_cancelled: asked between windows.
        images: where the grid of the images lies, in cells of the map; None where that is not known: they are taken to
            end with the map.
        window_cells: side of the windows.

    Returns:
        fields, area_ha, classes (title -> fields), mixed_percent (of the mapped ground, in fields without a majority),
        outside_percent (in no field at all), changed_percent.

    Raises:
        CsclError: as `run_fields`, for want of a layer, of room, or because it was cancelled.
    """
    fields = _field_map(folder, card, scratch, images, window_cells, is_cancelled)
    counts, shares = _make(fields, card.classes, emit)
    for name in SCRATCH:
        (scratch / name).unlink()
    return _summary(fields, counts, card) | shares


def _field_map(
    run: Path,
    card: ModelCard,
    scratch: Path,
    images: Window | None,
    window_cells: int,
    is_cancelled: Callable[[], bool],
) -> FieldMap:
    """The map in a folder, if it has the layers and they fit."""
    for name, what in ((CROP_TYPE, "crop map"), (BOUNDARY, "boundary layer")):
        if not (run / name).is_file():
            raise InputError(f"{run}: the map has no {what} ({name}).", AGAIN)
    confidence = run / CONFIDENCE if (run / CONFIDENCE).is_file() else None
    looks = run / evidence.FILE if (run / evidence.FILE).is_file() else None
    infos = [read_info(path) for path in (run / CROP_TYPE, run / BOUNDARY, confidence) if path]
    grid = infos[0].grid
    fits = all(info.grid.is_same(grid) and (info.count, info.dtype) == (1, "uint8") for info in infos)
    if not fits or (looks is not None and not _is_evidence(read_info(looks), grid, card.magnification)):
        raise DamagedFileError(f"{run}: its rasters are not those of one run.", AGAIN)
    return FieldMap(
        grid=grid,
        crop_type=run / CROP_TYPE,
        boundary=run / BOUNDARY,
        confidence=confidence,
        evidence=looks,
        images=grid.window if images is None else images,
        codes=tuple(sorted(entry.code for entry in card.classes)),
        background=next((entry.code for entry in card.classes if entry.name == BACKGROUND), None),
        inside_below=inside_below(card.boundary_threshold, card.boundary),
        edge_cells=EDGE_CELLS * card.magnification,
        scratch=scratch,
        window_cells=window_cells,
        is_cancelled=is_cancelled,
    )


def _is_evidence(info: RasterInfo, grid: Grid, magnification: int) -> bool:
    """True for the evidence of a map on this grid."""
    return info.count == len(evidence.DESCRIPTIONS) and info.grid.refine(magnification).is_same(grid)


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
    outside = mapped - int(counts.votes.sum(dtype=np.int64))
    cells_of = {"mixed_percent": counts.mixed_cells, "outside_percent": outside, "changed_percent": changed}
    shares = {name: 100 * number / max(1, mapped) for name, number in cells_of.items()}
    for message in _warnings(counts, shares):
        emit("warning", message=message)
    return counts, {name: round(share, 1) for name, share in shares.items()}


def _warnings(counts: FieldCounts, shares: dict[str, float]) -> list[str]:
    """What is to be told of a map that has hardly any fields, or some that cannot be drawn."""
    told = []
    if shares["mixed_percent"] > MUCH_PERCENT:
        told.append(
            f"The boundaries of this map have gaps: {shares['mixed_percent']:.0f} % of the mapped ground is enclosed "
            "together with other crops, so that none has the majority; it keeps its classes and belongs to no field."
        )
    if shares["outside_percent"] > MUCH_PERCENT:
        told.append(
            f"The boundaries of this map enclose little: {shares['outside_percent']:.0f} % of the mapped ground is far "
            "from the inside of any field; it keeps its classes and belongs to no field."
        )
    if not told and counts.votes.any() and not counts.has_crop.any():
        told.append("The map has no field with a crop: its boundaries enclose ground that is mapped as no parcel.")
    withheld = int((counts.has_crop & ~counts.has_outline).sum())
    if withheld:
        told.append(
            f"Fields without an outline in fields.gpkg: {withheld}. Their outlines are too long, as where boundaries "
            "have gaps and many fields are enclosed as one; their crops and areas are in the table."
        )
    return told


def _move_into_place(scratch: Path, run: Path) -> None:
    """Replace earlier files; without outlines, which go first and come last, the folder has no fields."""
    name = FIELDS
    try:
        (run / name).unlink(missing_ok=True)
        for name in PLACED:
            os.replace(scratch / name, run / name)
    except OSError as error:
        raise InputError(
            f"{run / name}: cannot be replaced ({error.strerror}); the fields in this folder may not be whole.",
            IN_USE,
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
