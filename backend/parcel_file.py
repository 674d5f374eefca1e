"""Parcels as a vector file gives them: outlines, fields and names. Knows nothing of grids or maps."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from .errors import DamagedFileError, InputError, PackageMissingError
from .sqlite_header import check_whole

POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
MOST_PARCELS = 300_000
"""More than that are refused: a Sentinel-2 tile of France has some 120,000, and reading takes 4 kB for each."""
ADVICE = "Give a GeoPackage, Shapefile or GeoJSON of parcel outlines."


@dataclass(frozen=True)
class ParcelFile:
    """All features of a file, in its order."""

    path: Path
    table: Any
    """pyarrow.Table of the fields, outlines among them, as they came."""
    geometry_name: str
    """Its column of outlines (WKB)."""
    crs: str
    outlines: npt.NDArray[np.object_]
    """(P,) valid polygons in two dimensions; empty where a feature has none."""

    def __len__(self) -> int:
        return len(self.table)

    def without_outlines(self) -> ParcelFile:
        """The same for whoever needs the table alone: outlines take several times its memory."""
        return replace(self, outlines=np.zeros(0, dtype=np.object_))


def read_parcels(path: Path, id_field: str = "", crop_field: str = "") -> ParcelFile:
    """Read the one layer of a vector file that has outlines.

    Args:
        path: any vector file that OGR reads.
        id_field: must hold another value for each feature; not looked at where empty.
        crop_field: must be there; not looked at where empty.

    Raises:
        InputError: if there is no such file, it has no or several layers of outlines, no coordinate system, no
            polygons, something else among them, or no such field, or if two features share a name.
        DamagedFileError: if it cannot be read.
        PackageMissingError: without the package pyarrow.
    """
    if not path.exists():
        raise InputError(f"There is no file of parcels {path}.", "Check its path.")
    pyarrow = import_pyarrow()
    check_whole(path)
    try:
        layer = _layer(path)
        meta, table = pyogrio.raw.read_arrow(path, layer=layer)
        name = meta["geometry_name"] or "wkb_geometry"
        wkb = table.column(name).to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):  # coordinates that are no numbers: the outline turns out invalid
            shapes = np.asarray(shapely.force_2d(shapely.from_wkb(wkb)), dtype=np.object_)
    except UnboundLocalError as error:  # how pyogrio fails on a coordinate system that GDAL cannot tell
        raise InputError(
            f"{path.name}: the parcels' coordinate system is not understood.", "Assign their projection first."
        ) from error
    except (
        DataSourceError,
        DataLayerError,
        shapely.errors.GEOSException,
        UnicodeDecodeError,
        OSError,
        pyarrow.ArrowException,
    ) as error:
        said = str(error).strip() or type(error).__name__
        raise DamagedFileError(
            f"{path.name}: expected parcels in a vector file, but it cannot be read ({said.splitlines()[0]}).", ADVICE
        ) from error
    if not meta["crs"]:
        raise InputError(f"{path.name}: the parcels have no coordinate system.", "Assign their projection first.")
    _check_polygons(path, shapes)
    for field in filter(None, (id_field, crop_field)):
        _check_field(path, table, name, field)
    if id_field:
        _check_names(path, table, id_field)
    return ParcelFile(path, table, name, str(meta["crs"]), _valid(shapes))


def import_pyarrow() -> Any:
    """The package pyarrow, which only tables of parcels and fields need.

    Raises:
        PackageMissingError: if it is not installed.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise PackageMissingError(
            "Tables of parcels and fields need the Python package pyarrow, which is not installed.",
            "Build the mapping environment again, or map without parcels and fields.",
        ) from error
    return pyarrow


def _layer(path: Path) -> str:
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if len(layers) != 1:
        raise InputError(
            f"{path.name}: expected one layer of parcels, found {len(layers) or 'none'}"
            + (f" ({', '.join(layers[:5])})." if layers else "."),
            "Save the parcels as a file of their own." if layers else ADVICE,
        )
    count = int(pyogrio.read_info(path, layer=layers[0], force_feature_count=True)["features"])
    if count > MOST_PARCELS:
        raise InputError(
            f"{path.name}: there are {count:,} parcels in it, at most {MOST_PARCELS:,} can be taken at a time.",
            "Cut the file to the mapped region first.",
        )
    return layers[0]


def _check_polygons(path: Path, shapes: npt.NDArray[np.object_]) -> None:
    present = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    polygonal = np.isin(shapely.get_type_id(shapes), POLYGONAL)
    if not (present & polygonal).any():
        raise InputError(f"{path.name}: there is no polygon in it.", ADVICE)
    others = np.flatnonzero(present & ~polygonal)
    if len(others):
        raise InputError(
            f"{path.name}: parcels are polygons, but {len(others)} of {len(shapes)} features are not; the first, "
            f"number {others[0] + 1}, is a {shapes[others[0]].geom_type}.",
            "Leave the other features out.",
        )


def _check_field(path: Path, table: Any, geometry_name: str, field: str) -> None:
    known = [name for name in table.column_names if name != geometry_name]
    if field not in known:
        near = difflib.get_close_matches(field, known, n=1)
        raise InputError(
            f"{path.name}: there is no field '{field}'" + (f"; did you mean '{near[0]}'?" if near else "."),
            f"Its fields are {', '.join(known)}.",
        )


def _check_names(path: Path, table: Any, field: str) -> None:
    value, count = Counter(table.column(field).to_pylist()).most_common(1)[0]
    if count > 1:
        raise InputError(
            f"{path.name}: the field '{field}' should name each parcel, but {count} of {len(table)} have "
            + (f"the name {value!r}." if value is not None else "none."),
            "Choose another field, or none: the table keeps the parcels' order.",
        )


def _valid(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Valid polygons, empty where there are none."""
    out = shapes.copy()
    out[shapely.is_missing(out)] = shapely.Polygon()
    broken = np.flatnonzero(~shapely.is_valid(out))
    out[broken] = shapely.make_valid(out[broken], method="structure", keep_collapsed=False)
    out[~np.isin(shapely.get_type_id(out), POLYGONAL)] = shapely.Polygon()
    return out
