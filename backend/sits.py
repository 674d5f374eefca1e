"""Satellite image time series (SITS): the pixels of observations as arrays.

What an observation is, is the business of observations.py; which granules make up one, that of series.py; which ones
are used, that of date_selection.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .clear_rule import ClearRule
from .grid import Grid, Window
from .observations import (
    REFLECTANCE_SCALE,
    Acquisition,
    BandSource,
    Observation,
    band_order,
)
from .raster import WindowReader, cell_size_m
from .series import Series, make_series

__all__ = [
    "REFLECTANCE_SCALE",
    "Acquisition",
    "BandSource",
    "ClearRule",
    "Observation",
    "Series",
    "SitsBlock",
    "band_order",
    "files_read",
    "is_imaged",
    "make_series",
    "read_block",
    "read_granule",
    "to_reflectance",
]

CLOUD_MASK_BANDS = (1, 2)
"""Bands of MSK_CLASSI_B00 that hide the ground: opaque cloud, cirrus. The third, snow, is clear as it is by default in
L2A."""
DEFAULT_RULE = ClearRule()
NOTHING, PARTLY, IMAGED, CLEAR = range(4)
"""What a granule shows of a pixel: no band, some bands, all bands, all bands and no cloud."""


@dataclass(frozen=True)
class SitsBlock:
    """Pixels of a window of a series."""

    x: npt.NDArray[np.uint16]
    """(T, C, H, W), reflectance times REFLECTANCE_SCALE."""
    doy: npt.NDArray[np.int64]
    """(T,), day of the year 1-366."""
    valid: npt.NDArray[np.bool_]
    """(T, H, W): imaged in every band, not saturated, and clear."""


def read_block(
    reader: WindowReader,
    observations: Sequence[Observation],
    bands: Sequence[str],
    grid: Grid,
    window: Window,
    rule: ClearRule = DEFAULT_RULE,
) -> SitsBlock:
    """The pixels of a window, dates in the order given and bands by name.

    Where several granules of a date show a pixel, the first that is clear there counts, else the first that is imaged
    in all bands. This is the same however the ground is cut into windows. A saturated pixel of one of the bands is
    taken as not imaged: its reflectance is not known.

    Args:
        reader: keeps the files open between calls.
        observations: the dates to read.
        bands: band names in the model's order.
        grid: the series' grid.
        window: cells of it; what lies outside the images is invalid.
        rule: what counts as clear; masks are read with the margin that its buffer needs.
    """
    shape = (len(observations), len(bands), window.height, window.width)
    x = np.zeros(shape, dtype=np.uint16)
    valid = np.ones((shape[0], window.height, window.width), dtype=bool)
    for number, item in enumerate(observations):
        if len(item.granules) == 1:
            granule = item.granules[0]
            valid[number] &= read_granule(reader, granule, bands, grid, window, x[number], valid[number], rule)
        else:
            valid[number] = _read_merged(reader, item, bands, grid, window, x[number], rule)
    return SitsBlock(x, np.array([item.doy for item in observations], dtype=np.int64), valid)


def _read_merged(
    reader: WindowReader,
    item: Observation,
    bands: Sequence[str],
    grid: Grid,
    window: Window,
    x: npt.NDArray[np.uint16],
    rule: ClearRule,
) -> npt.NDArray[np.bool_]:
    """Fill x (C, H, W), which is 0, from the granules that touch the window; returns where it is clear."""
    shown = np.full(window.shape, NOTHING, dtype=np.uint8)
    target = x
    for granule in item.granules:
        if not _touches(granule, bands, grid, window):
            continue
        imaged = np.ones(window.shape, dtype=bool)
        clear = read_granule(reader, granule, bands, grid, window, target, imaged, rule)
        own = np.where(imaged, np.where(clear, CLEAR, IMAGED), np.where(target.any(axis=0), PARTLY, NOTHING))
        if target is not x:
            np.copyto(x, target, where=own > shown)
        shown = np.maximum(shown, own)
        if (shown == CLEAR).all():
            break
        target = np.zeros_like(x)
    return np.asarray(shown == CLEAR)


def read_granule(
    reader: WindowReader,
    item: Acquisition,
    bands: Sequence[str],
    grid: Grid,
    window: Window,
    x: npt.NDArray[np.uint16],
    imaged: npt.NDArray[np.bool_],
    rule: ClearRule = DEFAULT_RULE,
) -> npt.NDArray[np.bool_] | bool:
    """One granule alone: fill x (C, H, W), clear `imaged` (H, W) where a band has no pixel; returns where no cloud is.

    A band without a pixel is 0 in x, whatever the other bands show there.
    """
    for sources in _by_file([item.bands[band] for band in bands]):
        indexes = [source.index for _, source in sources]
        values = reader.read(sources[0][1].path, indexes, grid, window, sources[0][1].nodata)
        for (channel, source), layer in zip(sources, values, strict=True):
            shown = is_imaged(layer, source.nodata)
            if source.saturated is not None:
                shown &= layer != source.saturated
            imaged &= shown
            np.multiply(to_reflectance(layer, source), shown, out=x[channel])
    return read_clear(reader, item, grid, window, rule)


def read_clear(
    reader: WindowReader, item: Acquisition, grid: Grid, window: Window, rule: ClearRule
) -> npt.NDArray[np.bool_] | bool:
    """True where a granule's mask has no cloud, (H, W), and nothing else within the rule's buffer hides the ground."""
    cell_m = cell_size_m(grid) if rule.buffer_m else (1.0, 1.0)
    around = rule.around(window, cell_m)
    if item.scl is not None:
        scl = reader.read(item.scl.path, [item.scl.index], grid, around)[0]
        if not rule.buffer_m:
            return rule.is_clear(scl)
        inside = window.slices(around)
        return rule.is_clear(scl[inside]) & ~rule.grown(rule.is_hidden(scl), cell_m)[inside]
    if item.cloud_mask is not None:
        hidden = np.asarray(reader.read(item.cloud_mask.path, CLOUD_MASK_BANDS, grid, around).any(axis=0))
        return np.asarray(~rule.grown(hidden, cell_m)[window.slices(around)])
    return True


def files_read(
    item: Observation, bands: Sequence[str], grid: Grid, window: Window, rule: ClearRule = DEFAULT_RULE
) -> list[tuple[Path, tuple[int, ...], int]]:
    """What read_block may read of a date for a window: files, the bands asked of each, and cells around the window."""
    found = []
    for granule in item.granules:
        if not _touches(granule, bands, grid, window):
            continue
        for sources in _by_file([granule.bands[band] for band in bands]):
            found.append((sources[0][1].path, tuple(source.index for _, source in sources), 0))
        margin = rule.margin(cell_size_m(grid)) if rule.buffer_m else 0
        if granule.scl is not None:
            found.append((granule.scl.path, (granule.scl.index,), margin))
        elif granule.cloud_mask is not None:
            found.append((granule.cloud_mask.path, CLOUD_MASK_BANDS, margin))
    return found


def _touches(item: Acquisition, bands: Sequence[str], grid: Grid, window: Window) -> bool:
    """True if one of the bands may have a pixel in the window; takes the cells around where it is not aligned."""
    for own in {item.bands[band].grid for band in bands}:
        row, col = grid.offset_of(own)
        col_stop, row_stop = ~grid.transform * (own.transform * (own.width, own.height))
        if row < window.row_stop and row_stop > window.row and col < window.col_stop and col_stop > window.col:
            return True
    return False


def is_imaged(values: npt.NDArray[np.generic], nodata: float) -> npt.NDArray[np.bool_]:
    """True where a pixel is neither nodata nor, in rasters of floats, not a number."""
    imaged = values != nodata
    return np.asarray(imaged & np.isfinite(values) if values.dtype.kind == "f" else imaged)


def to_reflectance(values: npt.NDArray[np.generic], source: BandSource) -> npt.NDArray[np.uint16]:
    """Digital numbers as reflectance times REFLECTANCE_SCALE, negative reflectance set to 0."""
    if values.dtype == np.uint16 and source.offset == 0 and source.quantification == REFLECTANCE_SCALE:
        return np.asarray(values, dtype=np.uint16)
    scaled = (values.astype(np.float64) + source.offset) * (REFLECTANCE_SCALE / source.quantification)
    return np.clip(np.rint(np.nan_to_num(scaled)), 0, np.iinfo(np.uint16).max).astype(np.uint16)


def _by_file(sources: Sequence[BandSource]) -> list[list[tuple[int, BandSource]]]:
    """(channel, source) of bands grouped by file, so that each file is read once."""
    groups: dict[Path, list[tuple[int, BandSource]]] = {}
    for channel, source in enumerate(sources):
        groups.setdefault(source.path, []).append((channel, source))
    return list(groups.values())
