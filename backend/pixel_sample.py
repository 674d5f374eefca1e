"""A thinned sample of a series' pixels: the same places on all dates, a bounded number of them however large the grid.

Zeros are kept where another band shows the ground: a reflectance that was cut off at 0 looks like nodata, and is what
the radiometry guard looks for.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from .errors import InputError
from .grid import Grid, Window
from .observations import Acquisition, Observation
from .raster import WindowReader
from .sits import DEFAULT_RULE, read_granule

SITE_SIDE = 84
"""Rows and columns of a window: less than the block of a JPEG 2000 file that is decoded for it."""
CUT = 256
"""No window lies across a multiple of this, so that it is in one block of each file: they are 1024 pixels wide at 10 m
and 640 at 20 m."""
PLACES = ((0.5, 0.5), (0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75))
"""Centres of the windows, as shares of the height and width: 5 of the 121 blocks of a whole tile."""
WHOLE_SIDE = 512
"""Images of so few rows and columns are read whole."""
THREADS = min(8, os.cpu_count() or 1)
"""Dates that are read at the same time."""
MOST_PIXELS = 4096
"""Pixels kept of all windows together, by leaving out rows and columns: neighbours say the same twice."""


@dataclass(frozen=True)
class PixelSample:
    """Pixels of the same places on several dates."""

    x: npt.NDArray[np.uint16]
    """(T, C, N), reflectance times REFLECTANCE_SCALE after the offsets that the metadata name; 0 also where a band has
    no pixel."""
    valid: npt.NDArray[np.bool_]
    """(T, N): clear, and imaged in at least one band."""
    bands: tuple[str, ...]
    """(C,) names."""
    dates: tuple[date, ...]
    """(T,) in order."""
    offsets: tuple[str, ...]
    """(T,) offsets that the metadata name, as Observation.offset."""

    def __post_init__(self) -> None:
        dates, bands, pixels = self.x.shape if self.x.ndim == 3 else (-1, -1, -1)
        if self.valid.shape != (dates, pixels) or len(self.bands) != bands:
            raise InputError(
                f"A sample of pixels wants (T, C, N) values, (T, N) valid and C names, not {self.x.shape}, "
                f"{self.valid.shape} and {len(self.bands)}."
            )
        if len(self.dates) != dates or len(self.offsets) != dates or list(self.dates) != sorted(set(self.dates)):
            raise InputError(f"A sample of {dates} dates wants as many dates in order, each once, and their offsets.")


def sample_pixels(
    observations: Sequence[Observation],
    bands: Sequence[str],
    grid: Grid,
    window: Window | None = None,
) -> list[PixelSample]:
    """Samples of a series, one for each tile, since granules of one day may differ in how they were produced.

    Args:
        observations: in order of date.
        bands: names that all observations have.
        grid: the series' grid.
        window: the part that is sampled; all of the grid where it is None.
    """
    samples = []
    for tile in sorted({granule.tile for item in observations for granule in item.granules}):
        dated = [(item.date, [granule for granule in item.granules if granule.tile == tile]) for item in observations]
        dated = [(day, granules) for day, granules in dated if granules]
        ground = _ground([granule for _, granules in dated for granule in granules], bands, grid)
        sites = _sites(ground.intersect(window or grid.window))
        with ThreadPoolExecutor(THREADS) as pool:
            futures = [pool.submit(_read_sites, granules, bands, grid, sites) for _, granules in dated]
        read = [future.result() for future in futures]
        samples.append(
            PixelSample(
                x=np.stack([x for x, _ in read]),
                valid=np.stack([valid for _, valid in read]),
                bands=tuple(bands),
                dates=tuple(day for day, _ in dated),
                offsets=tuple(Observation(day, tuple(granules)).offset for day, granules in dated),
            )
        )
    return samples


def _ground(granules: Sequence[Acquisition], bands: Sequence[str], grid: Grid) -> Window:
    """The cells of the grid that the granules lie on, or a few more."""
    corners = []
    for own in {granule.bands[band].grid for granule in granules for band in bands}:
        left, bottom, right, top = own.bounds
        corners += [~grid.transform * corner for corner in ((left, top), (right, top), (left, bottom), (right, bottom))]
    cols, rows = [round(col) for col, _ in corners], [round(row) for _, row in corners]
    ground = Window(min(rows), min(cols), max(rows) - min(rows), max(cols) - min(cols))
    return ground.intersect(grid.window)


def _sites(ground: Window) -> list[Window]:
    """The windows that are read, spread evenly; the whole ground where it is small."""
    if ground.is_empty:
        return []
    if max(ground.shape) <= WHOLE_SIDE:
        return [ground]
    top, left = ground.row, ground.col
    height, width = min(SITE_SIDE, ground.height), min(SITE_SIDE, ground.width)
    # of a strip as narrow as a window the places fall together
    sites = {
        Window(top + _start(row, ground.height, height), left + _start(col, ground.width, width), height, width)
        for row, col in PLACES
    }
    return sorted(sites)


def _start(share: float, length: int, side: int) -> int:
    """Where a stretch of `side` cells starts whose place on one of `length` is the share; not across a CUT."""
    start = round(share * (length - side))
    return start - max(0, start % CUT + side - CUT)


def _read_sites(
    granules: Sequence[Acquisition],
    bands: Sequence[str],
    grid: Grid,
    sites: Sequence[Window],
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.bool_]]:
    """(C, N) reflectance and (N,) valid of one date; the granule that shows most counts where several show a site."""
    step = math.ceil(math.sqrt(sum(site.height * site.width for site in sites) / MOST_PIXELS)) or 1
    parts, shown = [np.zeros((len(bands), 0), dtype=np.uint16)], [np.zeros(0, dtype=bool)]
    with WindowReader() as reader:
        for site in sites:
            best_x = np.zeros((len(bands), *site.shape), dtype=np.uint16)
            best_valid = np.zeros(site.shape, dtype=bool)
            for granule in granules:
                if _is_overcast(reader, granule, grid, site):
                    continue
                x = np.zeros_like(best_x)
                whole = np.ones(site.shape, dtype=bool)
                clear = read_granule(reader, granule, bands, grid, site, x, whole)
                valid = (whole | x.any(axis=0)) & clear
                if valid.sum() > best_valid.sum():
                    best_x, best_valid = x, valid
            parts.append(best_x[:, ::step, ::step].reshape(len(bands), -1))
            shown.append(best_valid[::step, ::step].reshape(-1))
    return np.concatenate(parts, axis=1), np.concatenate(shown)


def _is_overcast(reader: WindowReader, granule: Acquisition, grid: Grid, site: Window) -> bool:
    """True if the scene classification has no clear pixel, so that the bands need not be read."""
    scl = granule.scl
    return scl is not None and not DEFAULT_RULE.is_clear(reader.read(scl.path, [scl.index], grid, site)).any()
