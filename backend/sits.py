"""Satellite image time series (SITS): acquisitions, which of them are used, and their pixels as arrays.

Where acquisitions come from (file names, SAFE metadata) is the business of products.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .errors import BandMissingError, GridError, SeriesError
from .grid import Grid, Window
from .raster import WindowReader, read_info, read_strips, read_values

SCL_CLEAR = (4, 5, 6, 7, 11)
"""Classes of the L2A scene classification taken as clear: vegetation, bare soil, water, unclassified, snow."""
REFLECTANCE_SCALE = 10000
"""Stored values are reflectance times this, whatever the product's own quantification."""
CLEAR_SHARE_SIDE = 1024
"""Rows and columns looked at for the clear share of rasters without a scene classification."""


@dataclass(frozen=True)
class BandSource:
    """Where one band of an acquisition lies, and how its numbers become reflectance."""

    path: Path
    index: int
    """Band number in the file, from 1."""
    grid: Grid
    nodata: float
    quantification: float = REFLECTANCE_SCALE
    """Reflectance = (DN + offset) / quantification."""
    offset: float = 0.0


@dataclass(frozen=True)
class Acquisition:
    """One overpass over one tile."""

    date: date
    bands: dict[str, BandSource] = field(hash=False)
    scl: BandSource | None = None
    """Scene classification; without it clouds are not masked."""
    sensor: str = ""
    """S2A, S2B ... or empty."""
    level: str = ""
    """L1C, L2A or empty."""
    tile: str = ""
    """MGRS tile such as 31TEJ, or empty."""
    baseline: str = ""
    """Processing baseline such as 02.08, or empty."""

    @property
    def doy(self) -> int:
        """Day of the year, 1-366. The one place where it is made."""
        return self.date.timetuple().tm_yday

    @property
    def label(self) -> str:
        """What messages call it."""
        return " ".join(part for part in (self.date.isoformat(), self.sensor, self.tile) if part)


@dataclass(frozen=True)
class DateRow:
    """What is known of one acquisition before a run, and whether it is used."""

    acquisition: Acquisition
    clear_share: float
    """Share of the series' footprint that is imaged and clear, 0-1."""
    used: bool
    reason: str
    """Why it is not used; empty if it is."""

    def to_dict(self) -> dict[str, object]:
        """As JSON values."""
        item = self.acquisition
        return {
            "date": item.date.isoformat(),
            "doy": item.doy,
            "sensor": item.sensor,
            "level": item.level,
            "tile": item.tile,
            "baseline": item.baseline,
            "bands": sorted(item.bands, key=band_order),
            "scl": item.scl is not None,
            "clear_share": round(self.clear_share, 4),
            "used": self.used,
            "reason": self.reason,
            "files": sorted({str(source.path) for source in item.bands.values()}),
        }


@dataclass(frozen=True)
class Series:
    """Acquisitions in order of date, on one grid."""

    acquisitions: tuple[Acquisition, ...]
    grid: Grid


@dataclass(frozen=True)
class SitsBlock:
    """Pixels of a window of a series."""

    x: npt.NDArray[np.uint16]
    """(T, C, H, W), reflectance times REFLECTANCE_SCALE."""
    doy: npt.NDArray[np.int64]
    """(T,), day of the year 1-366."""
    valid: npt.NDArray[np.bool_]
    """(T, H, W): imaged in every band and clear."""


def make_series(acquisitions: Sequence[Acquisition], bands: Sequence[str]) -> Series:
    """Order acquisitions by date and check that all have the bands and lie on one grid.

    Args:
        acquisitions: as found, in any order.
        bands: band names that the model wants.

    Raises:
        SeriesError: if there are none, or two of the same date.
        BandMissingError: naming the acquisition, the band, and what it has.
        GridError: if coordinate systems or the grids of the finest bands differ.
    """
    if not acquisitions:
        raise SeriesError("There is no acquisition to use.", "Give folders with Sentinel-2 images.")
    ordered = sorted(acquisitions, key=lambda item: (item.date, item.tile, item.sensor))
    for item in ordered:
        for band in bands:
            if band not in item.bands:
                has = ", ".join(sorted(item.bands, key=band_order)) or "none"
                raise BandMissingError(
                    f"The acquisition of {item.label} has no band {band} (it has {has}); "
                    f"the model wants {', '.join(bands)}.",
                    "Add the missing band to the folder, or leave that date out.",
                )
    grid = _finest_grid(ordered[0], bands)
    for item in ordered:
        _check_grid(item, bands, grid, ordered[0])
    for first, second in itertools.pairwise(ordered):
        if first.date == second.date:
            places = " and ".join(sorted(_folder(item) for item in (first, second)))
            raise SeriesError(
                f"There are two acquisitions of {first.date.isoformat()} ({places}).",
                "Give only one of them; merging several products of a day is not supported yet.",
            )
    return Series(tuple(ordered), grid)


def select_dates(series: Series, min_clear: float, level: str = "") -> list[DateRow]:
    """Decide for each acquisition whether it is used.

    The clear share counts over the series' whole footprint, never over a region, so that a region mapped alone
    uses the same dates as the whole.

    Args:
        series: the acquisitions.
        min_clear: smaller clear shares are left out, 0-1; entirely unclear dates always.
        level: processing level wanted (L1C or L2A); acquisitions that say another one are left out.
    """
    rows = []
    for item in series.acquisitions:
        share = clear_share(item)
        reason = ""
        if level and item.level and item.level != level:
            reason = f"level {item.level}, the model wants {level}"
        elif share == 0:
            reason = "no clear pixel"
        elif share < min_clear:
            reason = f"{share:.1%} clear, less than {min_clear:.0%}"
        rows.append(DateRow(item, share, not reason, reason))
    return rows


def clear_share(acquisition: Acquisition) -> float:
    """Share of an acquisition's footprint that is imaged and clear, 0-1.

    By its scene classification, which is read whole (its lower resolutions are useless: classes do not average);
    without one, by the nodata of its first band.
    """
    if acquisition.scl is not None:
        clear = cells = 0
        for strip in read_strips(acquisition.scl.path, acquisition.scl.index):
            clear += int(np.isin(strip, SCL_CLEAR).sum())
            cells += strip.size
        return clear / cells
    source = next(iter(acquisition.bands.values()))
    return float(is_imaged(read_values(source.path, source.index, CLEAR_SHARE_SIDE), source.nodata).mean())


def read_block(
    reader: WindowReader, acquisitions: Sequence[Acquisition], bands: Sequence[str], grid: Grid, window: Window
) -> SitsBlock:
    """The pixels of a window, dates in the order given and bands by name.

    Args:
        reader: keeps the files open between calls.
        acquisitions: the dates to read.
        bands: band names in the model's order.
        grid: the series' grid.
        window: cells of it; what lies outside the images is invalid.
    """
    shape = (len(acquisitions), len(bands), window.height, window.width)
    x = np.zeros(shape, dtype=np.uint16)
    valid = np.ones((shape[0], window.height, window.width), dtype=bool)
    for number, item in enumerate(acquisitions):
        for sources in _by_file([item.bands[band] for band in bands]):
            indexes = [source.index for _, source in sources]
            values = reader.read(sources[0][1].path, indexes, grid, window, sources[0][1].nodata)
            for (channel, source), layer in zip(sources, values, strict=True):
                imaged = is_imaged(layer, source.nodata)
                valid[number] &= imaged
                x[number, channel] = np.where(imaged, to_reflectance(layer, source), 0)
        if item.scl is not None:
            scl = reader.read(item.scl.path, [item.scl.index], grid, window)[0]
            valid[number] &= np.isin(scl, SCL_CLEAR)
    return SitsBlock(x, np.array([item.doy for item in acquisitions], dtype=np.int64), valid)


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


def band_order(name: str) -> tuple[float, str]:
    """Sort key of band names by wavelength: B8A comes after B08."""
    digits = name[1:].rstrip("A")
    return (float(digits) + (0.5 if name.endswith("A") else 0.0) if digits.isdigit() else 99.0, name)


def _by_file(sources: Sequence[BandSource]) -> list[list[tuple[int, BandSource]]]:
    """(channel, source) of bands grouped by file, so that each file is read once."""
    groups: dict[Path, list[tuple[int, BandSource]]] = {}
    for channel, source in enumerate(sources):
        groups.setdefault(source.path, []).append((channel, source))
    return list(groups.values())


def _finest_grid(item: Acquisition, bands: Sequence[str]) -> Grid:
    return min((item.bands[band].grid for band in bands), key=lambda grid: grid.resolution)


def _check_grid(item: Acquisition, bands: Sequence[str], grid: Grid, first: Acquisition) -> None:
    for source in [*(item.bands[band] for band in bands), *([item.scl] if item.scl else [])]:
        if source.grid.crs != grid.crs:
            raise GridError(
                f"{source.path.name}: its coordinate system is {_short(source.grid.crs)}, that of "
                f"{first.label} is {_short(grid.crs)}.",
                "Map images of one coordinate system at a time (for Sentinel-2: of one UTM zone).",
            )
    own = _finest_grid(item, bands)
    if not own.is_same(grid):
        raise GridError(
            f"The images of {item.label} lie on another grid ({_describe(own)}) than those of {first.label} "
            f"({_describe(grid)}).",
            "Give images of one tile or cut to one extent.",
        )


def _describe(grid: Grid) -> str:
    left, _, _, top = grid.bounds
    return f"{grid.height} x {grid.width} cells of {grid.resolution[0]:g} from {left:.10g}, {top:.10g}"


def _short(crs: str) -> str:
    return crs if len(crs) < 40 else crs.split('"')[1] if '"' in crs else crs[:40]


def _folder(item: Acquisition) -> str:
    return str(next(iter(item.bands.values())).path.parent)


def info_source(path: Path, index: int, quantification: float, offset: float = 0.0) -> BandSource:
    """A BandSource of a file, with the grid and nodata that the file states (0 if it states none)."""
    info = read_info(path)
    return BandSource(path, index, info.grid, 0.0 if info.nodata is None else info.nodata, quantification, offset)
