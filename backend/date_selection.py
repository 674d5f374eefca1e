"""Which observations of a series are used: by their day, their level, and how much of the ground they show clear.

Reads masks only. Whether the dates suit a model is the business of domain.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from .clear_rule import ClearRule
from .grid import Grid, Window
from .observations import Acquisition, Observation
from .raster import STRIP_ROWS, WindowReader, read_values
from .region import Region
from .series import Series
from .sits import DEFAULT_RULE, is_imaged, read_clear

CLEAR_SHARE_SIDE = 1024
"""Rows and columns looked at for the clear share of rasters without a mask, where there is no region."""


@dataclass(frozen=True)
class DateRow:
    """What is known of one observation before a run, and whether it is used."""

    observation: Observation
    clear_share: float
    """Share of what the observation's own footprint shows of the region (of all of it, without one) that is imaged and
    clear, 0-1."""
    used: bool
    reason: str
    """Why it is not used; empty if it is."""
    is_later: bool = False
    """True if it is after the day up to which a map is made: its pixels were not looked at."""

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
            "clear_share": None if self.is_later else round(self.clear_share, 4),
            "used": self.used,
            "reason": self.reason,
            "files": [str(path) for path in item.files],
        }


def select_dates(
    series: Series,
    min_clear: float,
    level: str = "",
    *,
    rule: ClearRule = DEFAULT_RULE,
    region: Region | None = None,
    until: date | None = None,
    skip: Collection[date] = (),
) -> list[DateRow]:
    """Decide for each observation whether it is used.

    The clear share counts over the footprint of the date's own granules, so that a date that shows one of three tiles
    is not dropped for it, and within the region where there is one: a date that is clear there is used however cloudy
    the rest of its tile. So two regions of one tile, even where they overlap, may be mapped from different dates; give
    min_clear 0 to use the same ones, or one region that covers both.

    Args:
        series: the observations.
        min_clear: smaller clear shares are left out, 0-1; entirely unclear dates always.
        level: processing level wanted (L1C or L2A); observations that say another one are left out.
        rule: what counts as clear.
        region: the part of the series' grid that is to be mapped.
        until: later observations are left out, and their pixels not looked at.
        skip: days that the user leaves out.
    """
    rows = []
    for item in series.observations:
        if until is not None and item.date > until:
            rows.append(DateRow(item, 0.0, False, f"after {until.isoformat()}", is_later=True))
            continue
        share = clear_share(item, rule) if region is None else region_clear_share(item, series.grid, region, rule)
        where = "" if region is None else " in the region"
        reason = ""
        if level and item.level and item.level != level:
            reason = f"level {item.level}, {level} is wanted"
        elif item.date in skip:
            reason = "left out by you"
        elif share is None:
            reason = "shows nothing of the region"
        elif share == 0:
            reason = f"no clear pixel{where}"
        elif share < min_clear:
            reason = f"{share:.1%} clear{where}, less than {min_clear:.0%}"
        rows.append(DateRow(item, share or 0.0, not reason, reason))
    return rows


def clear_share(observation: Observation, rule: ClearRule = DEFAULT_RULE) -> float:
    """Share of the footprint of an observation's granules that is imaged and clear, 0-1; overlaps count twice.

    By the scene classification, which is read whole (its lower resolutions are useless: classes do not average); for
    L1C by its cloud mask and the nodata of the coarsest band; without either by the nodata of the first band.
    """
    counts = [_clear_cells(item, rule) for item in observation.granules]
    if len(counts) == 1:
        clear, cells, _ = counts[0]
        return clear / cells
    return sum(clear * area for clear, _, area in counts) / sum(cells * area for _, cells, area in counts)


def _clear_cells(item: Acquisition, rule: ClearRule) -> tuple[int, int, float]:
    """(clear cells, all cells, area of a cell) of a granule."""
    mask = item.scl or item.cloud_mask
    if mask is not None:
        with WindowReader() as reader:
            clear = sum(
                int(_is_shown(reader, item, mask.grid, strip, rule).sum()) for strip in _strips(mask.grid.window)
            )
        return clear, mask.grid.width * mask.grid.height, abs(mask.grid.transform.determinant)
    source = next(iter(item.bands.values()))
    imaged = is_imaged(read_values(source.path, source.index, CLEAR_SHARE_SIDE), source.nodata)
    cells = source.grid.width * source.grid.height
    return int(imaged.sum()), imaged.size, abs(source.grid.transform.determinant) * cells / imaged.size


def region_clear_share(
    observation: Observation, grid: Grid, region: Region, rule: ClearRule = DEFAULT_RULE
) -> float | None:
    """Share of the cells that the region touches which are imaged and clear, 0-1; None if the date shows none of them.

    Where granules overlap, a cell counts once, and is clear if one of them shows it clear, as in read_block.

    Args:
        observation: one date.
        grid: of the series; its cells are counted, whatever the mask's own resolution.
        region: on that grid.
        rule: what counts as clear.
    """
    clear = cells = 0
    with WindowReader() as reader:
        for strip in _strips(region.window):
            wanted = region.mask(grid.crop(strip), touched=True)
            shown, covered = np.zeros(strip.shape, dtype=bool), np.zeros(strip.shape, dtype=bool)
            for item in observation.granules:
                part = _footprint(item, grid).intersect(strip)
                inside = part.slices(strip)
                if part.is_empty or not wanted[inside].any():
                    continue
                covered[inside] = True
                shown[inside] |= _is_shown(reader, item, grid, part, rule)
            clear += int((shown & wanted).sum())
            cells += int((covered & wanted).sum())
    return clear / cells if cells else None


def _strips(window: Window) -> list[Window]:
    return [
        Window(row, window.col, min(STRIP_ROWS, window.row_stop - row), window.width)
        for row in range(window.row, window.row_stop, STRIP_ROWS)
    ]


def _footprint(item: Acquisition, grid: Grid) -> Window:
    """The cells of the grid under a granule's finest band, to the nearest cell."""
    own = item.finest_grid
    row, col = grid.offset_of(own)
    col_stop, row_stop = ~grid.transform * (own.transform * (own.width, own.height))
    top, left = round(row), round(col)
    return Window(top, left, max(round(row_stop) - top, 0), max(round(col_stop) - left, 0))


def _is_shown(
    reader: WindowReader, item: Acquisition, grid: Grid, window: Window, rule: ClearRule
) -> npt.NDArray[np.bool_]:
    """True where a granule is imaged and clear, as far as its mask and one of its bands tell, (H, W)."""
    clear = read_clear(reader, item, grid, window, rule)
    if item.scl is not None:
        return np.asarray(clear)
    sources = item.bands.values()
    told = max(sources, key=lambda source: source.grid.resolution) if item.cloud_mask else next(iter(sources))
    return is_imaged(reader.read(told.path, [told.index], grid, window, told.nodata)[0], told.nodata) & clear
