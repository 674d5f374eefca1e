"""The table of parcels of a map that is finished, from its rasters: the same numbers as made while mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import class_probabilities, evidence
from .errors import DamagedFileError, InputError
from .grid import Grid, Window
from .model_card import NODATA, ModelCard, file_sha256, read_card
from .parcel_file import read_parcels
from .parcel_layer import ParcelLayer, make_layer
from .parcel_sums import CellValues, Columns, Pick, Sums, add_cells, strong_percent
from .parcel_table import parcel_figures, parcel_summary, write_parcels
from .protocol import MapRequest
from .raster import RasterInfo, WindowReader, limited_cache, read_info
from .run_record import NAME as RECORD
from .run_record import read_record
from .session import Session

WINDOW_CELLS = 2048
"""Side of the windows that are read at a time, cells of the output grid."""
CROP_TYPE, BOUNDARY = "crop_type.tif", "boundary.tif"


def run_parcels(
    run: Path, parcels: Path, id_field: str, inner_buffer_m: float
) -> tuple[dict[str, Path], dict[str, Any]]:
    """Write the table of parcels into the folder of a finished run.

    Args:
        run: the folder; its run kept all class probabilities on the fine grid.
        parcels: vector file.
        id_field: names a parcel; empty for none.
        inner_buffer_m: metres.

    Returns:
        The files written by name, and parcel_summary.

    Raises:
        InputError: if the folder holds no finished run, or one without the probabilities, or the model has changed.
        RequestError: if the inner buffer is out of range, or the run's request is not one.
        DamagedFileError: if its rasters do not fit each other.
    """
    record = read_record(run)
    own = {"parcels": str(parcels), "parcel_id": id_field, "inner_buffer_m": inner_buffer_m}
    request = MapRequest.from_dict(record["request"] | own, RECORD)
    card = _card(run, Path(request.model), str(record["model"].get("sha256")))
    with limited_cache():
        grid = _grid(run, card)
        file = read_parcels(parcels, id_field)
        layer = make_layer(file, grid, card.magnification, inner_buffer_m)
        figures = parcel_figures(_sums(run, grid, layer, card), layer.buffer_m, card)
    return write_parcels(run, file, figures), parcel_summary(file, figures, layer.asked_m)


def _card(run: Path, model: Path, sha256: str) -> ModelCard:
    """The card of the model that made the map."""
    advice = "Put the model back where it was, or map again with --parcels."
    if not model.is_file():
        raise InputError(f"{run}: the model of this map, {model}, is not there any more.", advice)
    if sha256 != f"sha256:{file_sha256(model)}":
        raise InputError(f"{run}: {model.name} is not the model any more that made this map.", advice)
    # the ONNX file alone is enough for a run, but takes loading
    return read_card(model) or Session(model, "cpu").card


def _grid(run: Path, card: ModelCard) -> Grid:
    """The output grid of a run that kept what the sums need."""
    again = "Map again with --parcels, or with --probabilities fine for all classes."
    for name in (CROP_TYPE, BOUNDARY, evidence.FILE):
        if not (run / name).is_file():
            raise InputError(f"{run}: there is no {name}, which every finished map has.", again)
    if not (run / class_probabilities.FILE).is_file():
        raise InputError(f"{run}: this map was made without class probabilities, which parcels need.", again)
    grid = read_info(run / CROP_TYPE).grid
    kept = read_info(run / class_probabilities.FILE)
    if not kept.grid.is_same(grid):
        raise InputError(f"{run}: the class probabilities are on the input grid, parcels need the fine one.", again)
    wanted = tuple(entry.name for entry in card.classes)
    if kept.descriptions != wanted:
        raise InputError(
            f"{run}: the class probabilities are those of {len(kept.descriptions)} of {len(wanted)} classes.", again
        )
    _check_rasters(run, grid, card, kept)
    return grid


def _check_rasters(run: Path, grid: Grid, card: ModelCard, kept: RasterInfo) -> None:
    boundary, looks = read_info(run / BOUNDARY), read_info(run / evidence.FILE)
    fits = boundary.grid.is_same(grid) and looks.grid.refine(card.magnification).is_same(grid) and looks.count == 2
    if not fits or kept.dtype != "uint8":
        raise DamagedFileError(f"{run}: its rasters are not those of one run.", "Map again.")


def _sums(run: Path, grid: Grid, layer: ParcelLayer, card: ModelCard) -> Sums:
    columns = Columns(len(card.classes))
    sums = np.zeros((len(layer), columns.count), dtype=np.int64)
    number_of = np.zeros(NODATA + 1, dtype=np.int64)
    for number, entry in enumerate(card.classes):
        number_of[entry.code] = number
    least = strong_percent(card)
    with WindowReader() as reader:
        for row in range(0, grid.height, WINDOW_CELLS):
            for col in range(0, grid.width, WINDOW_CELLS):
                window = Window(row, col, WINDOW_CELLS, WINDOW_CELLS).intersect(grid.window)
                if not len(layer.touching(window)):
                    continue
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
    return sums


def _pick(values: npt.NDArray[Any]) -> Pick:
    flat = values.ravel()
    return lambda place: flat[place]
