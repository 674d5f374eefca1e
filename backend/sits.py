"""Satellite image time series (SITS): which observations are used, and their pixels as arrays.

What an observation is, is the business of observations.py; which granules make up one, that of series.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .grid import Grid, Window
from .observations import (
    REFLECTANCE_SCALE,
    Acquisition,
    BandSource,
    Observation,
    band_order,
)
from .raster import WindowReader, read_strips, read_values
from .series import Series, make_series

__all__ = [
    "CLEAR_SHARE_SIDE",
    "REFLECTANCE_SCALE",
    "SCL_CLEAR",
    "Acquisition",
    "BandSource",
    "DateRow",
    "Observation",
    "Series",
    "SitsBlock",
    "band_order",
    "clear_share",
    "is_clear",
    "is_imaged",
    "make_series",
    "read_block",
    "read_granule",
    "select_dates",
    "to_reflectance",
]

SCL_CLEAR = (4, 5, 6, 7, 11)
"""Classes of the L2A scene classification taken as clear: vegetation, bare soil, water, unclassified, snow."""
CLOUD_MASK_BANDS = (1, 2)
"""Bands of MSK_CLASSI_B00 that hide the ground: opaque cloud, cirrus. The third, snow, is clear as in SCL_CLEAR."""
CLEAR_SHARE_SIDE = 1024
"""Rows and columns looked at for the clear share of rasters without a scene classification."""
NOTHING, PARTLY, IMAGED, CLEAR = range(4)
"""What a granule shows of a pixel: no band, some bands, all bands, all bands and no cloud."""


@dataclass(frozen=True)
class DateRow:
    """What is known of one observation before a run, and whether it is used."""

    observation: Observation
    clear_share: float
    """Share of the observation's own footprint that is imaged and clear, 0-1."""
    used: bool
    reason: str
    """Why it is not used; empty if it is."""

    def to_dict(self) -> dict[str, object]:
        """As JSON values."""
        item = self.observation
        return {
            "date": item.date.isoformat(),
            "doy": item.doy,
            "sensor": item.sensor,
            "level": item.level,
            "tile": item.tile,
            "baseline": item.baseline,
            "offset": item.offset,
            "granules": len(item.granules),
            "bands": list(item.bands),
            "scl": item.scl,
            "masked": item.masked,
            "clear_share": round(self.clear_share, 4),
            "used": self.used,
            "reason": self.reason,
            "files": [str(path) for path in item.files],
        }


@dataclass(frozen=True)
class SitsBlock:
    """Pixels of a window of a series."""

    x: npt.NDArray[np.uint16]
    """(T, C, H, W), reflectance times REFLECTANCE_SCALE."""
    doy: npt.NDArray[np.int64]
    """(T,), day of the year 1-366."""
    valid: npt.NDArray[np.bool_]
    """(T, H, W): imaged in every band, not saturated, and clear."""


def select_dates(series: Series, min_clear: float, level: str = "") -> list[DateRow]:
    """Decide for each observation whether it is used.

    The clear share counts over the footprint of the date's own granules, so that a date that shows one of three tiles
    is not dropped for it, and never over a region, so that a region mapped alone uses the same dates as the whole.

    Args:
        series: the observations.
        min_clear: smaller clear shares are left out, 0-1; entirely unclear dates always.
        level: processing level wanted (L1C or L2A); observations that say another one are left out.
    """
    rows = []
    for item in series.observations:
        share = clear_share(item)
        reason = ""
        if level and item.level and item.level != level:
            reason = f"level {item.level}, {level} is wanted"
        elif share == 0:
            reason = "no clear pixel"
        elif share < min_clear:
            reason = f"{share:.1%} clear, less than {min_clear:.0%}"
        rows.append(DateRow(item, share, not reason, reason))
    return rows


def clear_share(observation: Observation) -> float:
    """Share of the footprint of an observation's granules that is imaged and clear, 0-1; overlaps count twice.

    By the scene classification, which is read whole (its lower resolutions are useless: classes do not average); for
    L1C by its cloud mask and the nodata of the coarsest band; without either by the nodata of the first band.
    """
    counts = [_clear_cells(item) for item in observation.granules]
    if len(counts) == 1:
        clear, cells, _ = counts[0]
        return clear / cells
    return sum(clear * area for clear, _, area in counts) / sum(cells * area for _, cells, area in counts)


def _clear_cells(item: Acquisition) -> tuple[int, int, float]:
    """(clear cells, all cells, area of a cell) of a granule."""
    if item.scl is not None:
        clear = cells = 0
        for strip in read_strips(item.scl.path, item.scl.index):
            clear += int(is_clear(strip).sum())
            cells += strip.size
        return clear, cells, abs(item.scl.grid.transform.determinant)
    if item.cloud_mask is not None:
        grid = item.cloud_mask.grid
        coarsest = max(item.bands.values(), key=lambda source: source.grid.resolution)
        with WindowReader() as reader:
            values = reader.read(coarsest.path, [coarsest.index], grid, grid.window, coarsest.nodata)[0]
            shown = is_imaged(values, coarsest.nodata) & _is_cloudless(reader, item.cloud_mask, grid, grid.window)
        return int(shown.sum()), shown.size, abs(grid.transform.determinant)
    source = next(iter(item.bands.values()))
    imaged = is_imaged(read_values(source.path, source.index, CLEAR_SHARE_SIDE), source.nodata)
    cells = source.grid.width * source.grid.height
    return int(imaged.sum()), imaged.size, abs(source.grid.transform.determinant) * cells / imaged.size


def read_block(
    reader: WindowReader, observations: Sequence[Observation], bands: Sequence[str], grid: Grid, window: Window
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
    """
    shape = (len(observations), len(bands), window.height, window.width)
    x = np.zeros(shape, dtype=np.uint16)
    valid = np.ones((shape[0], window.height, window.width), dtype=bool)
    for number, item in enumerate(observations):
        if len(item.granules) == 1:
            valid[number] &= read_granule(reader, item.granules[0], bands, grid, window, x[number], valid[number])
        else:
            valid[number] = _read_merged(reader, item, bands, grid, window, x[number])
    return SitsBlock(x, np.array([item.doy for item in observations], dtype=np.int64), valid)


def _read_merged(
    reader: WindowReader,
    item: Observation,
    bands: Sequence[str],
    grid: Grid,
    window: Window,
    x: npt.NDArray[np.uint16],
) -> npt.NDArray[np.bool_]:
    """Fill x (C, H, W), which is 0, from the granules that touch the window; returns where it is clear."""
    shown = np.full(window.shape, NOTHING, dtype=np.uint8)
    target = x
    for granule in item.granules:
        if not _touches(granule, bands, grid, window):
            continue
        imaged = np.ones(window.shape, dtype=bool)
        clear = read_granule(reader, granule, bands, grid, window, target, imaged)
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
    if item.scl is not None:
        return is_clear(reader.read(item.scl.path, [item.scl.index], grid, window)[0])
    if item.cloud_mask is not None:
        return _is_cloudless(reader, item.cloud_mask, grid, window)
    return True


def _is_cloudless(reader: WindowReader, mask: BandSource, grid: Grid, window: Window) -> npt.NDArray[np.bool_]:
    """True where the cloud mask of L1C has neither opaque cloud nor cirrus, (H, W)."""
    return np.asarray(~reader.read(mask.path, CLOUD_MASK_BANDS, grid, window).any(axis=0))


def _touches(item: Acquisition, bands: Sequence[str], grid: Grid, window: Window) -> bool:
    """True if one of the bands may have a pixel in the window; takes the cells around where it is not aligned."""
    for own in {item.bands[band].grid for band in bands}:
        row, col = grid.offset_of(own)
        col_stop, row_stop = ~grid.transform * (own.transform * (own.width, own.height))
        if row < window.row_stop and row_stop > window.row and col < window.col_stop and col_stop > window.col:
            return True
    return False


def is_clear(scl: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """True where the scene classification is one of SCL_CLEAR."""
    clear = scl == SCL_CLEAR[0]
    for code in SCL_CLEAR[1:]:  # np.isin takes ten times as long, and nine bytes a pixel
        clear |= scl == code
    return np.asarray(clear)


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
