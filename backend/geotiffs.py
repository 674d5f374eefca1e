"""Rasters in folders as acquisitions: one file a date, or a date and band, told by names, tags or a table.

What a table acquisitions.csv says counts before the tags, these before the name. Files of one date and tile in one
folder make one acquisition; folders over the same ground (one a band or resolution) are put together, folders over
other ground stay apart and are merged as granules of that day.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from .errors import DamagedFileError, GridError, InputError, SeriesError
from .grid import Grid
from .names import (
    LEVEL_PATTERN,
    RASTER_SUFFIXES,
    RESOLUTION_PATTERN,
    SENSOR_PATTERN,
    TILE_PATTERN,
    band_in,
    baseline_in,
    date_in,
    first_group,
    normal_band,
)
from .observations import REFLECTANCE_SCALE, Acquisition, BandSource
from .raster import RasterInfo, read_info
from .sidecar import SidecarRow

log = logging.getLogger(__name__)

DATE_TAGS = ("DATE", "ACQUISITION_DATE", "ACQUISITIONDATE", "SENSING_TIME", "DATETIME")
"""Tags that give the date of the image, before its name."""
FILE_DATE_TAG = "TIFFTAG_DATETIME"
"""Often the time of writing only, so it counts after the name."""
BAND_TAGS = ("BANDS", "BAND", "BAND_NAME")


@dataclass(frozen=True)
class _Facts:
    """What is told of a file; two files belong to one acquisition if these agree."""

    date: date
    tile: str = ""
    sensor: str = ""
    level: str = ""
    baseline: str = ""


@dataclass(frozen=True)
class _Part:
    """The files of one folder that belong together."""

    facts: _Facts
    bands: dict[str, BandSource]
    scl: BandSource | None

    @property
    def sources(self) -> dict[str, BandSource]:
        """The bands and the SCL by name."""
        return self.bands | ({"SCL": self.scl} if self.scl else {})


def read_rasters(
    files: Sequence[Path], unnamed_bands: Sequence[str] = (), table: Mapping[Path, SidecarRow] | None = None
) -> list[Acquisition]:
    """The acquisitions in raster files.

    Args:
        files: rasters; each must give a date.
        unnamed_bands: names, in file order, for rasters that do not name their bands.
        table: lines of the tables beside the files.

    Raises:
        InputError: if a file is no raster by its ending.
        SeriesError: if a date or a file's bands cannot be told, or two files of a folder hold the same.
        DamagedFileError: if a file cannot be read.
    """
    table = table or {}
    groups: dict[tuple[_Facts, Path], list[RasterInfo]] = {}
    for path in sorted(set(files)):
        if path.suffix.lower() not in RASTER_SUFFIXES and path not in table:
            raise InputError(f"{path.name}: expected a raster ({', '.join(RASTER_SUFFIXES)}).", "Choose rasters.")
        info = read_info(path)
        facts = _facts(info, table.get(path))
        if facts is None:
            raise SeriesError(
                f"{path.name}: no date such as 20180418 in its name, nor a DATE tag.",
                "Put the date into the name, or into a table acquisitions.csv with the columns file and date.",
            )
        groups.setdefault((facts, path.parent), []).append(info)
    parts: dict[_Facts, list[_Part]] = {}
    for (facts, _), infos in groups.items():
        parts.setdefault(facts, []).append(_part(facts, infos, unnamed_bands, table))
    return [
        Acquisition(item.date, part.bands, part.scl, item.sensor, item.level, item.tile, item.baseline)
        for item, found in parts.items()
        for part in _put_together(found)
    ]


def is_image(path: Path, unnamed_bands: Sequence[str] = ()) -> bool:
    """True if a raster met in a folder is one of a series: its name has a date, or its tags have and its bands names.

    Others (a label raster, a mosaic ...) may lie beside the images.
    """
    if date_in(path.stem) is not None:
        return True
    try:
        info = read_info(path)
    except (DamagedFileError, GridError) as error:
        log.info("%s is left out: %s", path, error)
        return False
    named = any(_own_names(info)) or len(unnamed_bands) == info.count
    return named and _facts(info, None) is not None


def _facts(info: RasterInfo, row: SidecarRow | None) -> _Facts | None:
    stem, tags = info.path.stem, info.tags
    dates = [date_in(tags.get(tag, "")) for tag in DATE_TAGS] + [date_in(stem), date_in(tags.get(FILE_DATE_TAG, ""))]
    day = row.date if row else next((found for found in dates if found is not None), None)
    if day is None:
        return None
    tile, sensor, level = (first_group(pattern, stem) for pattern in (TILE_PATTERN, SENSOR_PATTERN, LEVEL_PATTERN))
    if row:
        tile, sensor, level = row.tile or tile, row.sensor or sensor, row.level or level
    return _Facts(day, tile, sensor, level, baseline_in(stem))


def _part(
    facts: _Facts, infos: Sequence[RasterInfo], unnamed_bands: Sequence[str], table: Mapping[Path, SidecarRow]
) -> _Part:
    bands: dict[str, BandSource] = {}
    scl: BandSource | None = None
    for info in sorted(infos, key=lambda item: (item.grid.resolution, item.path.name)):
        row = table.get(info.path)
        for name, source in _sources(info, unnamed_bands, row):
            if name == "SCL":
                scl = scl or replace(source, quantification=1.0, offset=0.0)
            elif name not in bands:
                bands[name] = source
            elif bands[name].grid.resolution == source.grid.resolution:
                raise SeriesError(
                    f"{info.path.name} and {bands[name].path.name} both hold band {name} of {facts.date.isoformat()}.",
                    "Remove one of the two from the folder, or put the files of each tile into a folder of their own.",
                )
    return _Part(facts, bands, scl)


def _sources(
    info: RasterInfo, unnamed_bands: Sequence[str], row: SidecarRow | None
) -> Iterator[tuple[str, BandSource]]:
    """(name, source) of the bands of a file that are of Sentinel-2."""
    stated = 0.0 if info.nodata is None else info.nodata
    nodata = stated if row is None or row.nodata is None else row.nodata
    for index, name in enumerate(_band_names(info, unnamed_bands, row), start=1):
        if name is not None:
            yield name, BandSource(info.path, index, info.grid, nodata, *_scaling(info, index, row))


def _band_names(info: RasterInfo, unnamed_bands: Sequence[str], row: SidecarRow | None) -> Sequence[str | None]:
    """Name of each band of a file; None for bands that are no Sentinel-2 band."""
    if row and row.bands:
        if len(row.bands) != info.count:
            raise InputError(
                f"{row.place}: {len(row.bands)} band names, but {info.path.name} has {info.count} bands.",
                "Give one name for each band of the file, in its order ('-' for a band that is left out).",
            )
        return row.bands
    named = _own_names(info)
    if any(named):
        return named
    if unnamed_bands and len(unnamed_bands) == info.count:
        return [normal_band(name) for name in unnamed_bands]
    if unnamed_bands:
        raise SeriesError(
            f"{info.path.name}: the file has {info.count} bands, but {len(unnamed_bands)} band names were given.",
            "Give one name for each band of the file, in its order.",
        )
    raise SeriesError(
        f"{info.path.name}: its {info.count} bands have no names such as B02, so nobody can tell which is which.",
        "Name them with the option --bands (in QGIS: 'Band names'), in file order, e.g. B02,B03,B04,B08.",
    )


def _own_names(info: RasterInfo) -> list[str | None]:
    """Names by the bands' descriptions, else by a tag, else, of a single band, by the file's name; else all None."""
    named = [band_in(text) for text in info.descriptions]
    if any(named):
        return named
    for tag in BAND_TAGS:
        listed = info.tags.get(tag, "").replace(",", " ").split()
        if len(listed) == info.count and any(band_in(text) for text in listed):
            return [band_in(text) for text in listed]
    if info.count == 1:
        return [band_in(RESOLUTION_PATTERN.sub("", info.path.stem))]
    return named


def _scaling(info: RasterInfo, index: int, row: SidecarRow | None) -> tuple[float, float]:
    """(quantification, offset in DN): from the table, the band's scale, the SCALE tag, else Sentinel-2's own 10000."""
    scale, offset = info.scales[index - 1], info.offsets[index - 1]
    if row and row.scale is not None:
        return round(1.0 / row.scale, 6), row.offset / row.scale
    if scale == 1.0 and offset == 0.0:
        try:
            scale, offset = float(info.tags.get("SCALE", 1.0)), float(info.tags.get("OFFSET", 0.0))
        except ValueError:
            log.warning("%s: the tags SCALE and OFFSET are not numbers; ignored", info.path.name)
    if scale == 1.0 and not info.dtype.startswith("float"):
        scale = 1.0 / REFLECTANCE_SCALE
    return round(1.0 / scale, 6), offset / scale


def _put_together(parts: Sequence[_Part]) -> list[_Part]:
    """Parts of several folders over the same ground as one, unless both hold a band in the same resolution."""
    found: list[_Part] = []
    for part in parts:
        place = next((number for number, other in enumerate(found) if _complement(part, other)), None)
        if place is None:
            found.append(part)
        else:
            found[place] = _Part(part.facts, _finest(found[place].bands, part.bands), found[place].scl or part.scl)
    return found


def _complement(part: _Part, other: _Part) -> bool:
    shared = part.sources.keys() & other.sources.keys()
    if any(part.sources[name].grid.resolution == other.sources[name].grid.resolution for name in shared):
        return False
    return _is_same_ground(_any_grid(part), _any_grid(other))


def _finest(one: Mapping[str, BandSource], other: Mapping[str, BandSource]) -> dict[str, BandSource]:
    return {
        name: min((bands[name] for bands in (one, other) if name in bands), key=lambda source: source.grid.resolution)
        for name in (*one, *(name for name in other if name not in one))
    }


def _any_grid(part: _Part) -> Grid:
    return next(iter(part.sources.values())).grid


def _is_same_ground(one: Grid, other: Grid) -> bool:
    """True if two grids cover the same box, up to a cell of the coarser one."""
    cell = max(*one.resolution, *other.resolution)
    shifts = [abs(a - b) for a, b in zip(one.bounds, other.bounds, strict=True)]
    return one.crs == other.crs and max(shifts) <= cell
