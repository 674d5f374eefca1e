"""What one parcel showed over the season: its NDVI by date, and how a map's classes became sure as dates came in.

Reads the images of a finished run again, in a small window, and runs the model on its first one, two, ... dates. Draws
nothing (parcel_chart.py does) and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.crs import CRS
from rasterio.features import rasterize
from shapely.errors import GEOSException

from .clear_rule import ClearRule
from .errors import CancelledError, InputError, RegionError, SeriesError
from .grid import Grid, Window, floor_multiple
from .model_card import CropClass, ModelCard
from .products import find_acquisitions, redate
from .protocol import MapRequest
from .raster import WindowReader
from .region import reproject
from .session import Session
from .sits import REFLECTANCE_SCALE, Observation, SitsBlock, make_series, read_block

MOST_CELLS = 48
"""Side of the window that is looked at, input cells: of a larger parcel its middle is."""
RED, NEAR_INFRARED = "B04", "B08"


@dataclass(frozen=True)
class ParcelSeries:
    """One parcel over the season."""

    days: tuple[date, ...]
    """T dates of the run, in order."""
    ndvi: npt.NDArray[np.float64]
    """(T,) mean over the parcel's clear cells; NaN where there is none."""
    clear: npt.NDArray[np.float64]
    """(T,) share of the parcel's cells that are clear, 0-1."""
    probabilities: npt.NDArray[np.float64]
    """(T, K) mean over the parcel with the first 1, 2, ... T dates; NaN where the model wants more dates."""
    classes: tuple[CropClass, ...]
    cells: int
    """Cells of the output grid that were counted."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "dates": [day.isoformat() for day in self.days],
            "ndvi": [None if np.isnan(value) else round(float(value), 4) for value in self.ndvi],
            "clear": [round(float(value), 4) for value in self.clear],
            "classes": [entry.title for entry in self.classes],
            "probabilities": [
                None if np.isnan(row).any() else [round(float(value), 4) for value in row] for row in self.probabilities
            ],
            "cells": self.cells,
        }


def parcel_series(
    record: Mapping[str, Any],
    wkt: str,
    crs: str,
    is_cancelled: Callable[[], bool] = lambda: False,
    on_session: Callable[[Session], None] = lambda session: None,
) -> ParcelSeries:
    """Look at one parcel through the images and the model of a run.

    Args:
        record: of the run (run_record.read_record).
        wkt: the parcel's polygon.
        crs: its coordinate system.
        is_cancelled: asked before each inference.
        on_session: is given the session, so that a signal can break off an inference.

    Raises:
        InputError: if the polygon cannot be read, or an image or the model is gone.
        RegionError: if it does not touch the images.
        SeriesError: if the images no longer show the run's dates.
    """
    request = MapRequest.from_dict(dict(record["request"]), "the run's request")
    session = Session(Path(request.model), "cpu", request.threads)
    on_session(session)
    card = session.card
    observations, grid = _observations(record, request, card)
    shape = _shape(wkt, crs, grid)
    window = _window(shape, grid)
    tile = _tile(window, card)
    rule = ClearRule(request.clear_classes, request.cloud_buffer_m)
    with WindowReader() as reader:
        pixels = read_block(reader, observations, card.bands, grid, tile, rule)
    fine = _burn(shape, grid.crop(window).refine(card.magnification))
    blocks = fine.reshape(window.height, card.magnification, window.width, card.magnification)
    coarse = np.asarray(blocks.any(axis=(1, 3)))
    ndvi, clear = _ndvi(pixels, card, coarse, window.slices(tile))
    probabilities = np.full((len(observations), len(card.classes)), np.nan)
    for count in range(card.dates_min, len(observations) + 1):
        if is_cancelled():
            raise CancelledError("The look at the parcel was cancelled.")
        x = pixels.x[:count].astype(np.float32) / np.float32(REFLECTANCE_SCALE)
        valid = np.ascontiguousarray(pixels.valid[:count])
        answer = session.run(x, pixels.doy[:count], valid, part=window.slices(tile))
        probabilities[count - 1] = answer[0][:, fine].mean(axis=1)
    days = tuple(item.date for item in observations)
    return ParcelSeries(days, ndvi, clear, probabilities, card.classes, int(fine.sum()))


def _observations(record: Mapping[str, Any], request: MapRequest, card: ModelCard) -> tuple[list[Observation], Grid]:
    """The dates that the run used, from the images as they are now."""
    found = find_acquisitions([Path(place) for place in request.series], request.bands)
    found = redate(found, {Path(path): date.fromisoformat(day) for path, day in request.dates_of.items()})
    series = make_series(found, card.bands, card.level)
    wanted = {str(row["date"]) for row in record["dates"] if row.get("used")}
    used = [item for item in series.observations if item.date.isoformat() in wanted]
    if not used or len(used) < len(wanted):
        raise SeriesError(
            f"{len(used)} of the {len(wanted)} dates that the map was made from are still there.",
            "Put the images back where they were, or make the map again.",
        )
    return used, series.grid


def _shape(wkt: str, crs: str, grid: Grid) -> Any:
    """The polygon in the grid's coordinate system."""
    try:
        shape = shapely.make_valid(shapely.from_wkt(wkt))
        source, target = CRS.from_user_input(crs), CRS.from_user_input(grid.crs)
    except (GEOSException, ValueError) as error:
        raise InputError(f"The parcel's outline cannot be read ({str(error).splitlines()[0]}).") from error
    shapes = np.array([shape], dtype=object)
    if source != target:
        shapes = reproject(shapes, source, target, grid)
    if len(shapes) == 0 or shapely.is_empty(shapes).all():
        raise RegionError("The parcel does not touch the images.", "Choose one inside the map.")
    return shapely.union_all(shapes)


def _window(shape: Any, grid: Grid) -> Window:
    """Input cells around the parcel, or around its middle where it is large."""
    corners = [
        ~grid.transform * (float(x), float(y)) for x, y in shapely.get_coordinates(shapely.box(*shapely.bounds(shape)))
    ]
    cols, rows = [col for col, _ in corners], [row for _, row in corners]
    middle = shapely.point_on_surface(shape)
    middle_col, middle_row = ~grid.transform * (middle.x, middle.y)
    (top, bottom), (left, right) = (
        _span(min(rows), max(rows), middle_row),
        _span(min(cols), max(cols), middle_col),
    )
    window = Window(top, left, bottom - top, right - left).intersect(grid.window)
    if window.is_empty:
        raise RegionError("The parcel does not touch the images.", "Choose one inside the map.")
    return window


def _span(low: float, high: float, middle: float) -> tuple[int, int]:
    first, last = int(np.floor(low)), int(np.ceil(high))
    if last - first > MOST_CELLS:
        first = int(np.floor(middle)) - MOST_CELLS // 2
        last = first + MOST_CELLS
    return first, max(last, first + 1)


def _tile(window: Window, card: ModelCard) -> Window:
    """The window with the model's halo, in multiples that the model takes."""
    step = card.tile_multiple
    padded = window.pad(card.halo)
    row, col = floor_multiple(padded.row, step), floor_multiple(padded.col, step)
    height = -(-(padded.row_stop - row) // step) * step
    width = -(-(padded.col_stop - col) // step) * step
    return Window(row, col, height, width)


def _burn(shape: Any, grid: Grid) -> npt.NDArray[np.bool_]:
    """Cells whose centre lies in the parcel; those that it touches where there is none."""
    for touched in (False, True):
        burnt = rasterize(
            [shape], out_shape=grid.shape, transform=grid.transform, dtype="uint8", all_touched=touched
        ).astype(bool)
        if burnt.any():
            return np.asarray(burnt)
    raise RegionError("The parcel does not touch the images.", "Choose one inside the map.")


def _ndvi(
    pixels: SitsBlock, card: ModelCard, inside: npt.NDArray[np.bool_], kept: tuple[slice, slice]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(T,) mean NDVI of the clear cells inside, and (T,) their share."""
    valid = pixels.valid[:, kept[0], kept[1]] & inside
    counts = valid.sum(axis=(1, 2))
    if RED not in card.bands or NEAR_INFRARED not in card.bands:
        return np.full(len(counts), np.nan), counts / inside.sum()
    red, infrared = (
        pixels.x[:, card.bands.index(band), kept[0], kept[1]].astype(np.float64) for band in (RED, NEAR_INFRARED)
    )
    index = (infrared - red) / np.maximum(infrared + red, 1.0)
    sums = np.where(valid, index, 0.0).sum(axis=(1, 2))
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan), counts / inside.sum()
