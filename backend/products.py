"""Search folders, zip files and rasters for Sentinel-2 acquisitions. Says what is there, decides nothing.

How products are read is the business of safe.py and geotiffs.py; which dates are used is decided in sits.py.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from .archives import FileTree, folder_tree, zip_tree
from .errors import CsclError, InputError, SeriesError
from .geotiffs import is_image, read_rasters
from .names import RASTER_SUFFIXES
from .observations import Acquisition
from .safe import GRANULES, metadata_name, read_safe
from .sidecar import NAME as TABLE_NAME
from .sidecar import SidecarRow, read_sidecar

log = logging.getLogger(__name__)

PRODUCT_ZIP = re.compile(r".*\.SAFE\.zip|S2[A-D]_(?:MSI|OPER|USER).*\.zip", re.IGNORECASE)
"""Zips met in a folder that must be products; others there may hold anything."""

PRODUCT_SUFFIX = ".safe"
"""What a product's folder ends with."""


@dataclass
class _Found:
    """What a search has come upon so far."""

    products: dict[Path, set[str]] = field(default_factory=dict)
    """Folder of a product on disk to the granules wanted of it; none for all."""
    zips: dict[Path, bool] = field(default_factory=dict)
    """Zip file to whether it must hold a product."""
    files: dict[Path, None] = field(default_factory=dict)
    """Rasters, in the order found."""
    table: dict[Path, SidecarRow] = field(default_factory=dict)


def find_acquisitions(paths: Iterable[Path], unnamed_bands: Sequence[str] = ()) -> list[Acquisition]:
    """All acquisitions in files and folders, folders searched recursively.

    Args:
        paths: SAFE products or zips of them, folders that hold these somewhere below, folders of GeoTIFFs (with or
            without a table acquisitions.csv), single rasters. A path inside a product stands for the granule that it
            belongs to, since an image alone does not say its offset.
        unnamed_bands: names, in file order, for rasters that do not name their bands.

    Raises:
        InputError: if a path does not exist, or a table is wrong.
        SeriesError: if nothing usable is there, a product lacks its metadata, or a raster's bands or date cannot be
            told.
        DamagedFileError: if a raster, a zip or the metadata cannot be read.
    """
    paths = list(paths)
    found = _Found()
    for path in paths:
        if not path.exists():
            raise InputError(f"There is no file or folder {path}.", "Check the path of the series.")
        if path.is_file():
            _take_file(path, found)
        else:
            _search(path, found, unnamed_bands)
    acquisitions = []
    for root, granules in found.products.items():
        acquisitions += read_safe(folder_tree(root), granules)
    for path, must_hold in found.zips.items():
        acquisitions += _read_zip(path, must_hold)
    acquisitions += read_rasters(list(found.files), unnamed_bands, found.table)
    if not acquisitions:
        places = ", ".join(str(path) for path in paths)
        raise SeriesError(
            f"No Sentinel-2 images found in {places}: expected .SAFE products, zips of them, or rasters "
            f"({', '.join(RASTER_SUFFIXES)}) with a date such as 20180418 in their names.",
            "Choose the folder that holds the images.",
        )
    return acquisitions


def redate(acquisitions: Iterable[Acquisition], days: Mapping[Path, date]) -> list[Acquisition]:
    """The acquisitions, with the day that the user gives where a file's name or tags tell a wrong one.

    Args:
        acquisitions: as found.
        days: file -> day; one file of an acquisition is enough.

    Raises:
        InputError: if a file belongs to none of them, or those of one acquisition are given different days.
    """
    out, known = [], set()
    for item in acquisitions:
        own = {source.path for source in item.bands.values()} & days.keys()
        known |= own
        told = {days[path] for path in own}
        if len(told) > 1:
            raise InputError(f"The files of {item.label} were given {len(told)} different dates.", "Give them one.")
        out.append(replace(item, date=told.pop()) if told else item)
    if strays := sorted(days.keys() - known):
        raise InputError(
            f"{strays[0]} was given a date, but is no image of the series.", "Check its path, or give it no date."
        )
    return out


def _take_file(path: Path, found: _Found) -> None:
    """Take a file that was named itself."""
    if _take_inside_product(path, found):
        return
    if metadata_name([path.name]):
        found.products[path.parent] = set()
    elif path.suffix.lower() == ".zip":
        found.zips[path] = True
    elif path.name == TABLE_NAME:
        _take_table(path, found, with_files=True)
    else:
        table = path.parent / TABLE_NAME
        if table.is_file():
            _take_table(table, found, with_files=False)
        found.files[path] = None


def _without_metadata(folder: Path) -> SeriesError:
    """Its images alone do not say what is to be added to their numbers."""
    return SeriesError(
        f"{folder.name}: the folder is that of a product, but its metadata (MTD_MSIL2A.xml or MTD_MSIL1C.xml) are "
        "missing.",
        "Get the whole product, or remove the folder.",
    )


def _take_table(path: Path, found: _Found, with_files: bool) -> None:
    rows = read_sidecar(path)
    found.table |= rows
    if with_files:
        found.files |= dict.fromkeys(rows)


def _take_inside_product(path: Path, found: _Found) -> bool:
    """Take the granule of a product that a path lies in, or all where it lies above them; False if it is in none."""
    for place in (path, *path.parents):
        inside = path.relative_to(place).parts
        if inside and inside[0] == GRANULES:
            if not metadata_name(_names(place)):
                raise _without_metadata(place)
            wanted = found.products.get(place)
            if len(inside) == 1 or wanted == set():
                found.products[place] = set()
            else:
                found.products[place] = (wanted or set()) | {inside[1]}
            return True
    return False


def _search(folder: Path, found: _Found, unnamed_bands: Sequence[str]) -> None:
    """Take all products and rasters below a folder; products are not searched for rasters."""
    if _take_inside_product(folder, found):
        return
    for place, folders, names in os.walk(folder):
        folders.sort()
        if metadata_name(names):
            found.products[Path(place)] = set()
            folders.clear()
            continue
        if GRANULES in folders or place.lower().endswith(PRODUCT_SUFFIX):
            raise _without_metadata(Path(place))
        for name in sorted(names):
            path = Path(place, name)
            if name == TABLE_NAME:
                _take_table(path, found, with_files=True)
            elif name.lower().endswith(".zip"):
                must_hold = PRODUCT_ZIP.fullmatch(name) is not None
                found.zips[path] = found.zips.get(path, False) or must_hold
            elif name.lower().endswith(RASTER_SUFFIXES) and path not in found.files and is_image(path, unnamed_bands):
                found.files[path] = None


def _read_zip(path: Path, must_hold: bool) -> list[Acquisition]:
    """The acquisitions of all products in a zip, wherever they lie in it."""
    try:
        products = _products_in(zip_tree(path))
    except CsclError as error:
        if must_hold:
            raise
        log.info("%s is left out: %s", path, error)
        return []
    if must_hold and not products:
        raise SeriesError(
            f"{path.name}: the zip holds no Sentinel-2 product (no MTD_MSIL2A.xml or MTD_MSIL1C.xml in it).",
            "Give the zip as it was downloaded.",
        )
    return [acquisition for product in products for acquisition in read_safe(product)]


def _products_in(tree: FileTree) -> list[FileTree]:
    """The folders of a zip that hold the metadata of a product."""
    folders = {name.rpartition("/")[0] for name in tree.names if metadata_name([name.rpartition("/")[2]])}
    return [tree.below(folder) for folder in sorted(folders)]


def _names(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() else []
