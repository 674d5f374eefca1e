"""Sentinel-2 products as ESA delivers them (SAFE), in folders and zip files: one acquisition for each granule.

Knows the compact format (since December 2016, one granule a product) and the one before it (several granules, other
names), levels 1C and 2A, any processing baseline: quantification, offsets and special values are those of the
metadata. Clouds are told by the SCL of level 2A; of level 1C by its raster mask MSK_CLASSI_B00, which products have
since baseline 04.00. The masks in GML of older products are not read, so clouds of these are not masked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from .archives import FileTree
from .errors import DamagedFileError, SeriesError
from .names import (
    S2_BANDS,
    SENSOR_PATTERN,
    TILE_PATTERN,
    band_in,
    baseline_in,
    date_in,
    first_group,
    resolution_in,
)
from .observations import REFLECTANCE_SCALE, Acquisition, BandSource
from .raster import read_info

log = logging.getLogger(__name__)

METADATA_PATTERN = re.compile(r"(?:MTD_MSI(?P<new>L1C|L2A)|S2[A-D]_[A-Z]+_MTD_SAF(?P<old>L1C|L2A)(?:_\w+)?)\.xml")
"""A product's own metadata, by the names of the two formats."""
GRANULES = "GRANULE"
IMAGE_SUFFIXES = (".jp2", ".tif", ".tiff")
CLOUD_MASK_NAME = "MSK_CLASSI_B00"
CLOUD_MASK_BANDS = 3
QUANTIFICATION = {
    "L1C": ("QUANTIFICATION_VALUE",),
    "L2A": ("BOA_QUANTIFICATION_VALUE", "L2A_BOA_QUANTIFICATION_VALUE"),
}
OFFSETS = {"L1C": "RADIO_ADD_OFFSET", "L2A": "BOA_ADD_OFFSET"}
BASELINES_WITH_OFFSETS = ("04.00", "90.00")
"""Since 04.00 ESA's products list the offset of every band; 99.99 is how products that a user made call themselves."""
QUANTIFICATION_RANGE = (1.0, 1e6)
"""What is believed; ESA's is 10000, and was 1000 in early level 2A."""


@dataclass(frozen=True)
class _Product:
    """What the metadata of a product say of all its granules."""

    name: str
    level: str
    date: date
    sensor: str
    baseline: str
    tile: str
    quantification: float
    offsets: dict[str, float]
    """Added to the numbers of a band before they are divided."""
    nodata: float
    saturated: float | None
    granules: frozenset[str]
    """Folders of the granules that the metadata list; empty if they list none."""


def metadata_name(names: Collection[str]) -> str | None:
    """The name of a product's metadata among the files of its folder; that of level 2A where there are two."""
    found = [name for name in names if METADATA_PATTERN.fullmatch(name)]
    return max(found, key=_level_of, default=None)


def read_safe(tree: FileTree, only: Collection[str] = ()) -> list[Acquisition]:
    """The acquisitions of a product, one for each granule.

    Each band is taken from its finest file. Since processing baseline 04.00 a product adds 1000 to its numbers and says
    so by an offset of -1000. A pixel that is saturated in a wanted band counts as not imaged there.

    Args:
        tree: the files of the product.
        only: names of granules, where not all are wanted.

    Raises:
        SeriesError: if a granule that the metadata list, or its images, are not there.
        DamagedFileError: if the metadata or an image cannot be read.
    """
    product = _read_product(tree)
    there = {name.split("/")[1] for name in tree.names if name.startswith(f"{GRANULES}/") and name.count("/") > 1}
    if not there:
        raise SeriesError(
            f"{product.name}: the product has no image files below GRANULE/*/IMG_DATA.", "Download the whole product."
        )
    missing = sorted((set(only) or product.granules) - there)
    if missing:
        raise SeriesError(
            f"{product.name}: the metadata list the granule {missing[0]}, but there is no such folder in {GRANULES}.",
            f"Get the whole product, or give the folders in {GRANULES} that are there.",
        )
    several = len(there) > 1
    return [_read_granule(tree, product, granule, several) for granule in sorted(set(only) or there)]


def _read_granule(tree: FileTree, product: _Product, granule: str, several: bool) -> Acquisition:
    folder = tree.below(f"{GRANULES}/{granule}")
    bands: dict[str, BandSource] = {}
    scl: BandSource | None = None
    rasters = [PurePosixPath(name) for name in folder.names if name.lower().endswith(IMAGE_SUFFIXES)]
    images = [path for path in rasters if path.parts[0] == "IMG_DATA"]
    for path in sorted(images, key=lambda path: (resolution_in(path.stem), path.name)):
        band = band_in(path.stem)
        if band == "SCL":
            scl = scl or _source(folder, path)
        elif band is not None and band not in bands:
            bands[band] = _source(folder, path, product, product.offsets.get(band, 0.0))
    if not bands:
        where = f"{GRANULES}/{granule}/IMG_DATA" if several else "GRANULE/*/IMG_DATA"
        raise SeriesError(
            f"{product.name}: the product has no image files below {where}.", "Download the whole product."
        )
    _check_offsets(product, bands)
    _check_ground(product, [*bands.values(), *([scl] if scl else [])])
    day, tile = product.date, first_group(TILE_PATTERN, granule) or product.tile
    if several:
        day, tile = _granule_facts(folder, product.date, tile)
    return Acquisition(
        date=day,
        bands=bands,
        scl=scl,
        sensor=product.sensor,
        level=product.level,
        tile=tile,
        baseline=product.baseline,
        cloud_mask=_cloud_mask(folder, rasters) if scl is None else None,
        granule=granule,
    )


def _cloud_mask(folder: FileTree, rasters: Sequence[PurePosixPath]) -> BandSource | None:
    for path in rasters:
        if path.parts[0] == "QI_DATA" and path.stem == CLOUD_MASK_NAME:
            bands = read_info(folder.path(path.as_posix())).count
            if bands >= CLOUD_MASK_BANDS:
                return _source(folder, path)
            log.warning("%s: not used, it has %d bands of %d", folder.path(path.as_posix()), bands, CLOUD_MASK_BANDS)
    return None


def _granule_facts(folder: FileTree, day: date, tile: str) -> tuple[date, str]:
    """(date, tile) as the metadata of one of several granules say; as given where it has none."""
    names = [name for name in folder.names if "/" not in name and name.endswith(".xml")]
    if not names:
        return day, tile
    root = _parse_xml(folder, names[0])
    sensed = date_in((_text(root, "SENSING_TIME") or "")[:10])
    return sensed or day, first_group(TILE_PATTERN, _text(root, "TILE_ID") or "") or tile


def _source(folder: FileTree, path: PurePosixPath, product: _Product | None = None, offset: float = 0.0) -> BandSource:
    info = read_info(folder.path(path.as_posix()))
    if product is None:
        return BandSource(info.path, 1, info.grid, 0.0, 1.0)
    nodata = product.nodata if info.nodata is None else info.nodata
    saturated = None if product.saturated == nodata else product.saturated
    return BandSource(info.path, 1, info.grid, nodata, product.quantification, offset, saturated)


def _read_product(tree: FileTree) -> _Product:
    name = metadata_name(tree.names)
    if name is None:
        raise SeriesError(f"{tree.root.name}: the folder holds no metadata of a product (MTD_MSIL2A.xml ...).")
    level = _level_of(name)
    root = _parse_xml(tree, name)
    path = tree.path(name)
    if not _local(root.tag).endswith("_User_Product"):
        raise DamagedFileError(
            f"{path}: expected the metadata of a product, found <{_local(root.tag)}>.", "Download the product again."
        )
    uri = _text(root, "PRODUCT_URI", "PRODUCT_URI_2A", "PRODUCT_URI_1C") or tree.root.name
    day = date_in(_text(root, "PRODUCT_START_TIME") or "") or date_in(uri)
    if day is None:
        raise DamagedFileError(f"{path}: the metadata name no date.", "Download the product again.")
    try:
        quantification = float(_text(root, *QUANTIFICATION[level]) or REFLECTANCE_SCALE)
        offsets = {_band(element): float(element.text or "") for element in _all(root, OFFSETS[level])}
        special = _special_values(root)
    except ValueError as error:
        raise DamagedFileError(
            f"{path}: a quantification value, an offset or a special value is not a number ({error}).",
            "Download the product again.",
        ) from error
    least, most = QUANTIFICATION_RANGE
    if not least <= quantification <= most:
        raise DamagedFileError(f"{path}: the quantification value is {quantification:g}.", "Download it again.")
    for band, offset in offsets.items():
        if not abs(offset) <= quantification:  # as reflectance 1; not a number is not below it either
            raise DamagedFileError(f"{path}: the offset of {band} is {offset:g}.", "Download the product again.")
    spacecraft = (_text(root, "SPACECRAFT_NAME") or "").replace("Sentinel-", "S")
    return _Product(
        name=tree.root.name,
        level=level,
        date=day,
        sensor=spacecraft or first_group(SENSOR_PATTERN, f"_{uri}"),
        baseline=_text(root, "PROCESSING_BASELINE") or baseline_in(uri),
        tile=first_group(TILE_PATTERN, uri, tree.root.name),
        quantification=quantification,
        offsets=offsets,
        nodata=special.get("NODATA", 0.0),
        saturated=special.get("SATURATED"),
        granules=frozenset(_listed_granules(root)),
    )


def _band(element: Any) -> str:
    """The band that an offset is of.

    Raises:
        ValueError: if there is none of that number.
    """
    text = str(element.get("band_id", ""))
    if not text.isdecimal() or int(text) >= len(S2_BANDS):
        raise ValueError(f"an offset is of the band_id '{text}', which no band has")
    return S2_BANDS[int(text)]


def _check_offsets(product: _Product, bands: Collection[str]) -> None:
    """Refuse a product whose metadata lost offsets: a band without one would count as having none.

    Raises:
        DamagedFileError: naming the bands.
    """
    first, end = BASELINES_WITH_OFFSETS
    missing = [band for band in bands if band not in product.offsets]
    if missing and (product.offsets or first <= product.baseline < end):
        raise DamagedFileError(
            f"{product.name}: the metadata list no offset ({OFFSETS[product.level]}) of {', '.join(missing)}, "
            f"{'but of other bands' if product.offsets else f'as products of baseline {product.baseline} do'}.",
            "Download the product again.",
        )


def _check_ground(product: _Product, sources: Sequence[BandSource]) -> None:
    """Refuse images of one granule that do not cover the same ground.

    Raises:
        DamagedFileError: naming one that does not.
    """
    finest = min(sources, key=lambda source: source.grid.resolution)
    for source in sources:
        cell = max(source.grid.resolution)
        shifts = [abs(a - b) for a, b in zip(source.grid.bounds, finest.grid.bounds, strict=True)]
        if source.grid.crs != finest.grid.crs or max(shifts) >= cell:
            raise DamagedFileError(
                f"{product.name}: the images {source.path.name} and {finest.path.name} do not cover the same ground.",
                "Download the product again.",
            )


def _special_values(root: Any) -> dict[str, float]:
    """NODATA and SATURATED to their numbers."""
    texts = [str(element.text).strip() for element in _all(root, "SPECIAL_VALUE_TEXT")]
    numbers = [float(element.text or "") for element in _all(root, "SPECIAL_VALUE_INDEX")]
    return dict(zip(texts, numbers, strict=False))


def _listed_granules(root: Any) -> list[str]:
    """Folders of the granules that the metadata list: by their images' paths, in the old format by their own names."""
    listed = []
    for element in root.iter():
        if _local(element.tag) in ("Granule", "Granules"):
            paths = [str(image.text).strip().split("/") for image in _all(element, "IMAGE_FILE", "IMAGE_FILE_2A")]
            listed += [parts[1] for parts in paths if len(parts) > 2 and parts[0] == GRANULES]
            if not paths:
                listed.append(element.get("granuleIdentifier", ""))
    return [name for name in listed if name]


def _level_of(name: str) -> str:
    match = METADATA_PATTERN.fullmatch(name)
    return (match["new"] or match["old"]) if match else ""


def _parse_xml(tree: FileTree, name: str) -> Any:
    try:
        return defusedxml.ElementTree.fromstring(tree.read(name))
    except (defusedxml.ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise DamagedFileError(
            f"{tree.path(name)}: the metadata are not valid XML ({error}).", "Download the product again."
        ) from error


def _text(root: Any, *names: str) -> str | None:
    """Text of the first element with one of the names, whatever its namespace; earlier names count more."""
    for name in names:
        for element in _all(root, name):
            if element.text and element.text.strip():
                return str(element.text).strip()
    return None


def _all(root: Any, *names: str) -> Sequence[Any]:
    return [element for element in root.iter() if _local(element.tag) in names]


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]
