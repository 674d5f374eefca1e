"""Find Sentinel-2 acquisitions in folders: .SAFE products by their metadata, GeoTIFFs by their names and tags.

Says what is there; which dates are used is decided in sits.py.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from .errors import DamagedFileError, InputError, SeriesError
from .observations import REFLECTANCE_SCALE, Acquisition, BandSource
from .raster import RasterInfo, read_info

log = logging.getLogger(__name__)

RASTER_SUFFIXES = (".tif", ".tiff", ".vrt", ".jp2")
METADATA_NAMES = ("MTD_MSIL2A.xml", "MTD_MSIL1C.xml")
S2_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
"""In the order of the metadata's band_id, which runs from 0."""

DATE_PATTERN = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?!\d)")
TILE_PATTERN = re.compile(r"(?:^|[_.-])T?(\d{2}[C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V])(?=[_.-]|$)")
SENSOR_PATTERN = re.compile(r"(?:^|[_.-])(S2[A-D])(?=[_.-])")
LEVEL_PATTERN = re.compile(r"(?:^|[_.-])(?:MSI)?(L1C|L2A)(?=[_.-]|$)")
BAND_PATTERN = re.compile(r"(?:^|[_.\s-])(B(?:0?[1-9]|1[0-2]|8A)|SCL)(?=[_.\s-]|$)", re.IGNORECASE)
BASELINE_PATTERN = re.compile(r"_N(\d{2})(\d{2})_")
RESOLUTION_PATTERN = re.compile(r"_(10|20|60)m(?=[_.]|$)")


@dataclass(frozen=True)
class _Facts:
    """What a name says; two files belong to one acquisition if these agree."""

    date: date
    tile: str = ""
    sensor: str = ""
    level: str = ""
    baseline: str = ""


def find_acquisitions(paths: Iterable[Path], unnamed_bands: Sequence[str] = ()) -> list[Acquisition]:
    """All acquisitions in files and folders, folders searched recursively.

    Args:
        paths: .SAFE products, folders that hold them somewhere below, folders of GeoTIFFs, single rasters.
        unnamed_bands: names, in file order, for rasters that do not name their bands.

    Raises:
        InputError: if a path does not exist.
        SeriesError: if nothing usable is there, or a raster's bands or date cannot be told.
        DamagedFileError: if a raster or the metadata cannot be read.
    """
    products: list[Path] = []
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"There is no file or folder {path}.", "Check the path of the series.")
        metadata = _metadata_above(path)
        if metadata is not None:
            products.append(metadata)
        elif path.is_file():
            files.append(path)
        else:
            found_products, found_files = _search(path)
            products += found_products
            files += [file for file in found_files if _date_in(file) is not None]
    acquisitions = [read_safe(metadata) for metadata in dict.fromkeys(products)]
    acquisitions += _from_rasters(list(dict.fromkeys(files)), unnamed_bands)
    if not acquisitions:
        places = ", ".join(str(path) for path in paths)
        raise SeriesError(
            f"No Sentinel-2 images found in {places}: expected .SAFE products, or rasters "
            f"({', '.join(RASTER_SUFFIXES)}) with a date such as 20180418 in their names.",
            "Choose the folder that holds the images.",
        )
    return acquisitions


def read_safe(metadata: Path) -> Acquisition:
    """The acquisition of a .SAFE product, from its MTD_MSIL2A.xml or MTD_MSIL1C.xml and its image files.

    Each band is taken from its finest file. Quantification and offsets are those of the metadata: since
    processing baseline 04.00 a product adds 1000 to its numbers and says so by an offset of -1000.
    """
    root = _parse_xml(metadata)
    level = "L2A" if metadata.name == METADATA_NAMES[0] else "L1C"
    uri = _text(root, "PRODUCT_URI", "PRODUCT_URI_2A", "PRODUCT_URI_1C") or metadata.parent.name
    start = _text(root, "PRODUCT_START_TIME") or ""
    day = _parse_date(start) or _parse_date(uri)
    if day is None:
        raise DamagedFileError(f"{metadata}: the metadata name no date.", "Download the product again.")
    name = "BOA_QUANTIFICATION_VALUE" if level == "L2A" else "QUANTIFICATION_VALUE"
    try:
        quantification = float(_text(root, name, "L2A_BOA_QUANTIFICATION_VALUE") or REFLECTANCE_SCALE)
        offsets = {
            S2_BANDS[int(element.get("band_id", ""))]: float(element.text or "")
            for element in root.iter()
            if _local(element.tag) in ("BOA_ADD_OFFSET", "RADIO_ADD_OFFSET")
        }
    except (ValueError, IndexError) as error:
        raise DamagedFileError(
            f"{metadata}: the quantification value or an offset is not a number ({error}).",
            "Download the product again.",
        ) from error
    if quantification <= 0:
        raise DamagedFileError(f"{metadata}: the quantification value is {quantification:g}.", "Download it again.")
    bands: dict[str, BandSource] = {}
    scl: BandSource | None = None
    images = sorted(metadata.parent.glob("GRANULE/*/IMG_DATA/**/*"), key=_resolution_of)
    for path in images:
        band = _band_in(path.stem)
        if path.suffix.lower() not in RASTER_SUFFIXES or band is None:
            continue
        if band == "SCL":
            scl = scl or info_source(path, 1, 1.0)
        elif band not in bands:
            bands[band] = info_source(path, 1, quantification, offsets.get(band, 0.0))
    if not bands:
        raise SeriesError(
            f"{metadata.parent.name}: the product has no image files below GRANULE/*/IMG_DATA.",
            "Download the whole product.",
        )
    tile = TILE_PATTERN.search(uri) or TILE_PATTERN.search(metadata.parent.name)
    spacecraft = _text(root, "SPACECRAFT_NAME") or ""
    return Acquisition(
        date=day,
        bands=bands,
        scl=scl,
        sensor=spacecraft.replace("Sentinel-", "S"),
        level=level,
        tile=tile.group(1) if tile else "",
        baseline=_text(root, "PROCESSING_BASELINE") or "",
    )


def _from_rasters(files: Sequence[Path], unnamed_bands: Sequence[str]) -> list[Acquisition]:
    groups: dict[tuple[Path, _Facts], list[RasterInfo]] = {}
    for path in sorted(files):
        if path.suffix.lower() not in RASTER_SUFFIXES:
            raise InputError(f"{path.name}: expected a raster ({', '.join(RASTER_SUFFIXES)}).", "Choose rasters.")
        info = read_info(path)
        facts = _facts(info)
        if facts is None:
            raise SeriesError(
                f"{path.name}: no date such as 20180418 in its name, nor a DATE tag.", "Put the date into the name."
            )
        groups.setdefault((path.parent, facts), []).append(info)
    return [_acquisition(facts, infos, unnamed_bands) for (_, facts), infos in groups.items()]


def _acquisition(facts: _Facts, infos: Sequence[RasterInfo], unnamed_bands: Sequence[str]) -> Acquisition:
    bands: dict[str, BandSource] = {}
    scl: BandSource | None = None
    for info in sorted(infos, key=lambda item: (item.grid.resolution, item.path.name)):
        for index, name in enumerate(_band_names(info, unnamed_bands), start=1):
            nodata = 0.0 if info.nodata is None else info.nodata
            source = BandSource(info.path, index, info.grid, nodata, *_scaling(info, index))
            if name == "SCL":
                scl = scl or replace(source, quantification=1.0, offset=0.0)
            elif name and name not in bands:
                bands[name] = source
            elif name and bands[name].grid.resolution == info.grid.resolution:
                raise SeriesError(
                    f"{info.path.name} and {bands[name].path.name} both hold band {name} of {facts.date.isoformat()}.",
                    "Remove one of the two from the folder.",
                )
    return Acquisition(facts.date, bands, scl, facts.sensor, facts.level, facts.tile, facts.baseline)


def _band_names(info: RasterInfo, unnamed_bands: Sequence[str]) -> list[str | None]:
    """Name of each band of a file; None for bands that are no Sentinel-2 band."""
    named = [_band_in(text) for text in info.descriptions]
    if any(named):
        return named
    band = _band_in(RESOLUTION_PATTERN.sub("", info.path.stem))
    if info.count == 1 and band is not None:
        return [band]
    if unnamed_bands and len(unnamed_bands) == info.count:
        return [_normal_band(name) for name in unnamed_bands]
    if unnamed_bands:
        raise SeriesError(
            f"{info.path.name}: the file has {info.count} bands, but {len(unnamed_bands)} band names were given.",
            "Give one name for each band of the file, in its order.",
        )
    raise SeriesError(
        f"{info.path.name}: its {info.count} bands have no names such as B02, so nobody can tell which is which.",
        "Name them with the option --bands (in QGIS: 'Band names'), in file order, e.g. B02,B03,B04,B08.",
    )


def _scaling(info: RasterInfo, index: int) -> tuple[float, float]:
    """(quantification, offset in DN): from the band's scale, the SCALE tag, else Sentinel-2's own 10000."""
    scale, offset = info.scales[index - 1], info.offsets[index - 1]
    if scale == 1.0 and offset == 0.0:
        try:
            scale, offset = float(info.tags.get("SCALE", 1.0)), float(info.tags.get("OFFSET", 0.0))
        except ValueError:
            log.warning("%s: the tags SCALE and OFFSET are not numbers; ignored", info.path.name)
    if scale == 1.0 and not info.dtype.startswith("float"):
        scale = 1.0 / REFLECTANCE_SCALE
    return round(1.0 / scale, 6), offset / scale


def _metadata_above(path: Path) -> Path | None:
    """The metadata of the product that a file or folder is part of: an image alone does not say its offset."""
    if path.is_file() and path.name in METADATA_NAMES:
        return path
    places = [place for place in path.parents if "GRANULE" in path.relative_to(place).parts]
    return next((place / name for place in places for name in METADATA_NAMES if (place / name).is_file()), None)


def _search(folder: Path) -> tuple[list[Path], list[Path]]:
    """(metadata files of products, rasters) below a folder; products are not searched for rasters."""
    products: list[Path] = []
    files: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        metadata = [name for name in METADATA_NAMES if name in names]
        if metadata:
            products.append(Path(place, metadata[0]))
            folders.clear()
            continue
        files += [Path(place, name) for name in sorted(names) if name.lower().endswith(RASTER_SUFFIXES)]
    return products, files


def _facts(info: RasterInfo) -> _Facts | None:
    stem = info.path.stem
    day = _parse_date(info.tags.get("DATE", "")) or _date_in(info.path)
    if day is None:
        return None
    tile, sensor, level, baseline = (
        pattern.search(stem) for pattern in (TILE_PATTERN, SENSOR_PATTERN, LEVEL_PATTERN, BASELINE_PATTERN)
    )
    return _Facts(
        day,
        tile.group(1) if tile else "",
        sensor.group(1) if sensor else "",
        level.group(1) if level else "",
        f"{baseline.group(1)}.{baseline.group(2)}" if baseline else "",
    )


def _date_in(path: Path) -> date | None:
    return _parse_date(path.stem)


def _parse_date(text: str) -> date | None:
    match = DATE_PATTERN.search(re.sub(r"T\d{6}.*", "", text, count=1))
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def _band_in(text: str) -> str | None:
    match = BAND_PATTERN.search(text)
    return _normal_band(match.group(1)) if match else None


def _normal_band(name: str) -> str:
    """B2 and b02 are B02."""
    name = name.strip().upper()
    return name if name in ("SCL", "B8A") else f"B{int(name[1:]):02d}" if name[1:].isdigit() else name


def _resolution_of(path: Path) -> tuple[int, str]:
    match = RESOLUTION_PATTERN.search(path.stem)
    return (int(match.group(1)) if match else 0, path.name)


def _parse_xml(path: Path) -> Any:
    try:
        root = defusedxml.ElementTree.parse(path).getroot()
    except (defusedxml.ElementTree.ParseError, DefusedXmlException, OSError) as error:
        raise DamagedFileError(
            f"{path}: the metadata are not valid XML ({error}).", "Download the product again."
        ) from error
    if root is None:
        raise DamagedFileError(f"{path}: the metadata are empty.", "Download the product again.")
    return root


def _text(root: Any, *names: str) -> str | None:
    """Text of the first element with one of the names, whatever its namespace."""
    for name in names:
        for element in root.iter():
            if _local(element.tag) == name and element.text:
                return str(element.text).strip()
    return None


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def info_source(path: Path, index: int, quantification: float, offset: float = 0.0) -> BandSource:
    """A BandSource of a file, with the grid and nodata that the file states (0 if it states none)."""
    info = read_info(path)
    return BandSource(path, index, info.grid, 0.0 if info.nodata is None else info.nodata, quantification, offset)
