"""The table of parcels of a map that is finished: the same numbers as made while mapping.

From the map's rasters where it kept all class probabilities on the fine grid, otherwise from its images: the tiles that
parcels touch are done again (parcel_tiles.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import class_probabilities, evidence
from .declared_crops import DeclaredCrops
from .errors import CancelledError, DamagedFileError, InputError
from .grid import Grid, Window
from .map_progress import MapProgress
from .model_card import NODATA, ModelCard
from .parcel_file import read_parcels
from .parcel_layer import ParcelLayer, make_layer
from .parcel_sums import CellValues, Columns, Pick, Sums, add_cells, strong_percent
from .parcel_table import make_table, write_parcels
from .parcel_tiles import Again, Emit, sums_again
from .protocol import MapRequest
from .raster import RasterInfo, WindowReader, limited_cache, read_info
from .run_card import read_run_card
from .run_record import NAME as RECORD
from .run_record import last_year, read_record
from .session import Session
from .trained_ground import seen_warning

WINDOW_CELLS = 2048
"""Side of the windows that are read at a time, cells of the output grid."""
CROP_TYPE, BOUNDARY = "crop_type.tif", "boundary.tif"
CANCELLED = "The table of parcels was cancelled."


def run_parcels(
    run: Path,
    parcels: Path,
    id_field: str,
    inner_buffer_m: float,
    emit: Emit,
    is_cancelled: Callable[[], bool],
    on_session: Callable[[Session], None],
    declared: str = "",
    class_table: str = "",
) -> tuple[dict[str, Path], dict[str, Any]]:
    """Write the table of parcels into the folder of a finished run; nothing else in it changes.

    Args:
        run: the folder, or the record in it.
        parcels: vector file.
        id_field: names a parcel; empty for none.
        inner_buffer_m: metres.
        emit: takes stages, warnings, the forecast and progress.
        is_cancelled: asked between windows or tiles.
        on_session: is given the session, if the model is needed again.
        declared: field with the declared crop; empty for none.
        class_table: what its codes mean: name of a shipped table, or a path.

    Returns:
        The files written by name, and the summary of make_table.

    Raises:
        InputError: if the folder holds no finished run, or the model has changed; if it is to be done again, also if
            its images have.
        RequestError: if the inner buffer is out of range, or the run's request is not one.
        DamagedFileError: if its rasters do not fit each other.
        CancelledError: if it was cancelled; an earlier table stays as it was.
    """
    record = read_record(run)
    run = run.parent if run.is_file() else run
    own = {"parcels": str(parcels), "parcel_id": id_field, "inner_buffer_m": inner_buffer_m}
    own |= {"declared": declared, "class_table": class_table}
    request = MapRequest.from_dict(record["request"] | own, RECORD)
    card = read_run_card(run, record, "Put the model back where it was, or map again with --parcels.")
    crops = DeclaredCrops.read(declared, class_table, card) if declared else None
    with limited_cache():
        grid = _kept_grid(run, card)
        if grid is None:
            emit(
                "stage",
                stage="parcels",
                message="The map did not keep all class probabilities of its cells: mapping again where parcels lie",
            )
            file, layer, sums = sums_again(Again(run, record, request, emit, is_cancelled, on_session))
        else:
            emit("stage", stage="parcels", message="Counting the cells of the parcels")
            file = read_parcels(parcels, id_field, declared)
            layer = make_layer(file, grid, card.magnification, inner_buffer_m)
            if warning := seen_warning(card, file, layer, last_year(record)):
                emit("warning", message=warning)
            sums = _sums(run, grid, layer, card, emit, is_cancelled)
    if is_cancelled():
        raise CancelledError(CANCELLED)
    if read_record(run) != record:
        raise InputError(f"{run}: another map was made there while the parcels were counted.", "Run again.")
    figures, summary = make_table(file, layer, sums, card, crops)
    return write_parcels(run, file, figures), summary


def _kept_grid(run: Path, card: ModelCard) -> Grid | None:
    """The output grid of a run that kept what the sums need; None for one that did not."""
    names = (CROP_TYPE, BOUNDARY, evidence.FILE, class_probabilities.FILE)
    if not all((run / name).is_file() for name in names):
        return None
    grid = read_info(run / CROP_TYPE).grid
    kept = read_info(run / class_probabilities.FILE)
    wanted = tuple(entry.name for entry in card.classes)
    if not kept.grid.is_same(grid) or kept.descriptions != wanted:
        return None
    _check_rasters(run, grid, card, kept)
    return grid


def _check_rasters(run: Path, grid: Grid, card: ModelCard, kept: RasterInfo) -> None:
    boundary, looks = read_info(run / BOUNDARY), read_info(run / evidence.FILE)
    fits = boundary.grid.is_same(grid) and looks.grid.refine(card.magnification).is_same(grid) and looks.count == 2
    if not fits or kept.dtype != "uint8":
        raise DamagedFileError(f"{run}: its rasters are not those of one run.", "Map again.")


def _sums(
    run: Path, grid: Grid, layer: ParcelLayer, card: ModelCard, emit: Emit, is_cancelled: Callable[[], bool]
) -> Sums:
    columns = Columns(len(card.classes))
    sums = np.zeros((len(layer), columns.count), dtype=np.int64)
    number_of = np.zeros(NODATA + 1, dtype=np.int64)
    for number, entry in enumerate(card.classes):
        number_of[entry.code] = number
    least = strong_percent(card)
    windows = [window for window in _windows(grid) if len(layer.touching(window))]
    progress = MapProgress(emit, [window.height * window.width for window in windows], (), is_cancelled, "Counting")
    with WindowReader() as reader:
        for window in windows:
            if is_cancelled():
                raise CancelledError(CANCELLED)
            crop = reader.read(run / CROP_TYPE, [1], grid, window)[0]
            bands = list(range(1, columns.classes + 1))
            chances = reader.read(run / class_probabilities.FILE, bands, grid, window)
            boundary = reader.read(run / BOUNDARY, [1], grid, window)[0]
            dates, gap = reader.read(run / evidence.FILE, [1, 2], grid, window)
            values = CellValues(
                [_pick(chance) for chance in chances],
                _pick(number_of[crop]),
                _pick(boundary >= least),
                _pick(dates),
                _pick(gap),
            )
            add_cells(sums, layer, window, crop != NODATA, values)
            progress.advance(window.height * window.width)
    return sums


def _windows(grid: Grid) -> Iterator[Window]:
    for row in range(0, grid.height, WINDOW_CELLS):
        for col in range(0, grid.width, WINDOW_CELLS):
            yield Window(row, col, WINDOW_CELLS, WINDOW_CELLS).intersect(grid.window)


def _pick(values: npt.NDArray[Any]) -> Pick:
    flat = values.ravel()
    return lambda place: flat[place]
