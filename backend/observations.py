"""What a granule and a day show: band sources, acquisitions, observations. Reads no pixels and decides nothing.

Which granules make up an observation is the business of series.py, where they come from that of products.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from .errors import SeriesError
from .grid import Grid

REFLECTANCE_SCALE = 10000
"""Stored values are reflectance times this, whatever the product's own quantification."""


@dataclass(frozen=True)
class BandSource:
    """Where one band of an acquisition lies, and how its numbers become reflectance."""

    path: Path
    """The raster; of an image inside a zip, the path through the zip file."""
    index: int
    """Band number in the file, from 1."""
    grid: Grid
    nodata: float
    quantification: float = REFLECTANCE_SCALE
    """Reflectance = (DN + offset) / quantification."""
    offset: float = 0.0
    saturated: float | None = None
    """Number of a saturated pixel, which is taken as not imaged; None where there is none."""


@dataclass(frozen=True)
class Acquisition:
    """One granule: what one overpass shows of one tile, as one product holds it."""

    date: date
    bands: dict[str, BandSource] = field(hash=False)
    scl: BandSource | None = None
    """Scene classification of L2A."""
    sensor: str = ""
    """S2A, S2B ... or empty."""
    level: str = ""
    """L1C, L2A or empty."""
    tile: str = ""
    """MGRS tile such as 31TEJ, or empty."""
    baseline: str = ""
    """Processing baseline such as 02.08, or empty."""
    cloud_mask: BandSource | None = None
    """Classification mask of L1C (MSK_CLASSI_B00, bands: opaque cloud, cirrus, snow); without it and without scl
    clouds are not masked."""
    granule: str = ""
    """Name of the granule's folder in its product, or empty."""

    @property
    def doy(self) -> int:
        """Day of the year, 1-366. The one place where it is made."""
        return self.date.timetuple().tm_yday

    @property
    def label(self) -> str:
        """What messages call it."""
        return " ".join(part for part in (self.date.isoformat(), self.sensor, self.tile) if part)

    @property
    def offset(self) -> str:
        """What is added to its numbers: one value for all bands, the bands of each where they differ, or none."""
        bands: dict[str, list[str]] = {}
        for name in sorted(self.bands, key=band_order):
            value = self.bands[name].offset
            bands.setdefault(f"{value:g}" if value else "none", []).append(name)
        if len(bands) == 1:
            return next(iter(bands))
        return ", ".join(f"{value} ({' '.join(names)})" for value, names in bands.items())

    @property
    def finest_grid(self) -> Grid:
        """The grid of its finest band."""
        return min((source.grid for source in self.bands.values()), key=lambda grid: grid.resolution)


@dataclass(frozen=True)
class Observation:
    """All granules of one day, read as one: where one is cloudy or has no pixel, the next fills in."""

    date: date
    granules: tuple[Acquisition, ...]
    """In the order in which they count."""

    def __post_init__(self) -> None:
        days = {item.date for item in self.granules}
        if days != {self.date}:
            listed = ", ".join(sorted(day.isoformat() for day in days)) or "none"
            raise SeriesError(f"An observation of {self.date.isoformat()} cannot hold granules of {listed}.")

    @property
    def doy(self) -> int:
        """Day of the year, 1-366."""
        return self.granules[0].doy

    @property
    def sensor(self) -> str:
        """As all of these, joined by "+" where the granules differ."""
        return _joined(item.sensor for item in self.granules)

    @property
    def level(self) -> str:
        """L1C or L2A; empty if no granule says it."""
        return _joined(item.level for item in self.granules)

    @property
    def tile(self) -> str:
        """MGRS tiles."""
        return _joined(item.tile for item in self.granules)

    @property
    def baseline(self) -> str:
        """Processing baselines."""
        return _joined(item.baseline for item in self.granules)

    @property
    def offset(self) -> str:
        """What is added to the numbers of the granules; see Acquisition.offset."""
        return _joined(item.offset for item in self.granules)

    @property
    def label(self) -> str:
        """What messages call it."""
        return " ".join(part for part in (self.date.isoformat(), self.sensor, self.tile) if part)

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands that all granules have, by wavelength."""
        common = set.intersection(*(set(item.bands) for item in self.granules))
        return tuple(sorted(common, key=band_order))

    @property
    def scl(self) -> bool:
        """True if all granules have a scene classification."""
        return all(item.scl is not None for item in self.granules)

    @property
    def masked(self) -> bool:
        """True if the clouds of all granules are masked, by a scene classification or the cloud mask of L1C."""
        return all(item.scl is not None or item.cloud_mask is not None for item in self.granules)

    @property
    def cells(self) -> int:
        """Cells of the finest bands of its granules; overlaps count twice."""
        grids = [item.finest_grid for item in self.granules]
        return sum(grid.width * grid.height for grid in grids)

    @property
    def files(self) -> list[Path]:
        """The files of its bands, in order of their paths."""
        return sorted({source.path for item in self.granules for source in item.bands.values()})


def band_order(name: str) -> tuple[float, str]:
    """Sort key of band names by wavelength: B8A comes after B08."""
    digits = name[1:].rstrip("A")
    return (float(digits) + (0.5 if name.endswith("A") else 0.0) if digits.isdigit() else 99.0, name)


def _joined(values: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(value for value in values if value))
