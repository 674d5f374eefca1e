"""Parcels with their crops, read from any vector file onto a grid's coordinate system. Rasterises nothing."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from backend.errors import DamagedFileError, GridError, InputError
from backend.grid import Grid
from training.classes import UNKNOWN, ClassTable, nearest

logger = logging.getLogger(__name__)

GeometryArray = NDArray[np.object_]
"""(N,) shapely geometries."""
_POLYGONAL = (3, 6)
"""Shapely's type ids of Polygon and MultiPolygon."""
_COLLECTION = 7
_DENSIFY = 21
"""Points per edge of the grid's box when it is carried into the file's coordinate system (edges bend)."""


@dataclass(frozen=True)
class ParcelCounts:
    """What became of the features of a file."""

    read: int
    """Features in the file whose box touches the grid's."""
    kept: int
    repaired: int
    """Kept after an invalid geometry was made valid."""
    empty: int
    """Dropped: no geometry, or nothing with an area."""
    outside: int
    """Dropped: next to the grid but not on it."""
    not_polygons: int
    """Dropped: points and lines."""
    unknown: int
    """Kept, but with a crop that the table lists without a name or not at all."""
    unmapped: dict[str, int]
    """Crop codes that the table does not list, "" for none given, and how many kept parcels have each."""


@dataclass(frozen=True)
class Parcels:
    """Parcels in the coordinate system of a grid."""

    geometry: GeometryArray
    """(N,) valid polygons and multipolygons."""
    classes: NDArray[np.uint8]
    """(N,) legend codes, UNKNOWN where the crop is not known."""
    ids: NDArray[np.int32]
    """(N,) 1, 2, ... N: what the label rasters hold; 0 there is "no parcel"."""
    source_ids: tuple[str, ...]
    """(N,) the parcels' names in the file."""
    crs: str
    """The grid's coordinate system."""
    counts: ParcelCounts

    def __post_init__(self) -> None:
        lengths = {len(self.geometry), len(self.classes), len(self.ids), len(self.source_ids)}
        if len(lengths) != 1:
            raise InputError(
                f"Geometry, classes, ids and names of parcels differ in number: {sorted(lengths)}."
            )
        if not np.array_equal(self.ids, np.arange(1, len(self.ids) + 1)):
            raise InputError("Parcel ids must be 1, 2, ... in order.")

    def __len__(self) -> int:
        return len(self.ids)


def make_parcels(
    geometry: Any,
    classes: Any,
    crs: str,
    source_ids: tuple[str, ...] | None = None,
    counts: ParcelCounts | None = None,
) -> Parcels:
    """Parcels from geometries and legend codes that are already right (simulators, tests).

    Args:
        geometry: (N,) valid polygons or multipolygons in `crs`.
        classes: (N,) legend codes.
        crs: coordinate system of the geometries.
        source_ids: names; the ids where not given.
        counts: what became of a file's features; all kept where not given.
    """
    shapes: GeometryArray = np.asarray(geometry, dtype=np.object_)
    codes = np.asarray(classes, dtype=np.uint8)
    ids = np.arange(1, len(shapes) + 1, dtype=np.int32)
    if counts is None:
        unknown = int(np.count_nonzero(codes == UNKNOWN))
        counts = ParcelCounts(len(ids), len(ids), 0, 0, 0, 0, unknown, {})
    return Parcels(shapes, codes, ids, source_ids or tuple(str(i) for i in ids), crs, counts)


def read_parcels(
    path: Path, crop_field: str, id_field: str | None, table: ClassTable, grid: Grid, layer: str | None = None
) -> Parcels:
    """The parcels of a vector file that touch a grid, in the grid's coordinate system.

    Args:
        path: any vector file that OGR reads: GeoPackage, Shapefile, GeoJSON, FlatGeobuf ...
        crop_field: the attribute that holds the crop code.
        id_field: the attribute that names a parcel; the feature's number where None.
        table: maps crop codes onto the legend.
        grid: only parcels that touch its ground are kept.
        layer: for files with several layers; where None, the one layer that has `crop_field`.

    Raises:
        InputError: if the file is not there, is no vector file, has no coordinate system, lacks the
        attribute, or
            no parcel touches the grid.
        GridError: if no transformation leads to the grid's coordinate system.
        DamagedFileError: if the file breaks off while it is read.
    """
    layer, info = _find_layer(path, crop_field, layer)
    fields = [str(name) for name in info["fields"]]
    for role, name in (("crop", crop_field), ("parcel id", id_field)):
        if name is not None and name not in fields:
            raise InputError(
                f"{path.name}: no field '{name}'{nearest(name, fields)} for the {role}.",
                f"The fields are: {', '.join(fields)}.",
            )
    if not info["crs"]:
        raise InputError(
            f"{path.name}: the file names no coordinate system.",
            "Set it in QGIS (Layer > Set CRS) and save the file again.",
        )
    to_grid, to_file = _transformers(path, info["crs"], grid)
    box = _file_box(to_file, grid, path)
    columns = [crop_field] if id_field in (None, crop_field) else [crop_field, str(id_field)]
    try:
        meta, fids, wkb, data = pyogrio.raw.read(
            path, layer=layer, columns=columns, bbox=box, return_fids=True, force_2d=True
        )
        geometry: GeometryArray = np.asarray(shapely.from_wkb(wkb, on_invalid="fix"), dtype=np.object_)
    except (DataSourceError, DataLayerError, shapely.errors.GEOSException) as error:
        raise DamagedFileError(f"{path.name}: the parcels cannot be read ({error}).") from error
    values = dict(zip((str(name) for name in meta["fields"]), data, strict=True))
    names = fids if id_field is None else values[id_field]

    is_empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    polygonal = np.isin(shapely.get_type_id(geometry), (*_POLYGONAL, _COLLECTION))
    not_polygons = ~is_empty & ~polygonal
    rows = np.flatnonzero(~is_empty & polygonal)
    shapes, broken = _valid_polygons(geometry[rows])
    # again after the reprojection: rounding can make a narrow parcel cross itself
    shapes, broken_later = _valid_polygons(_reproject(shapes, to_grid))
    has_area = ~shapely.is_empty(shapes)
    left, bottom, right, top = grid.bounds
    touches = has_area & shapely.intersects(shapes, _ground(grid)) if len(rows) else has_area
    keep = np.flatnonzero(touches)
    classes, unmapped = table.map(values[crop_field][rows[keep]])
    counts = ParcelCounts(
        read=len(geometry),
        kept=len(keep),
        repaired=int(np.count_nonzero((broken | broken_later)[keep])),
        empty=int(np.count_nonzero(is_empty) + np.count_nonzero(~has_area)),
        outside=int(np.count_nonzero(has_area & ~touches)),
        not_polygons=int(np.count_nonzero(not_polygons)),
        unknown=int(np.count_nonzero(classes == UNKNOWN)),
        unmapped=unmapped,
    )
    if not len(keep):
        what = (
            f"none of its {info['features']} features" if info["features"] else "it has no features and none"
        )
        raise InputError(
            f"{path.name}: no parcel touches the images: {what} lies within {left:.6g}, {bottom:.6g} to "
            f"{right:.6g}, {top:.6g} of their coordinate system.",
            "Check that both show the same place and that the coordinate system of the parcels is right.",
        )
    if unmapped:
        listed = ", ".join(f"'{code}' ({count})" for code, count in list(unmapped.items())[:10])
        logger.warning(
            "%s: crop codes that %s does not list become unknown: %s", path.name, table.source, listed
        )
    source_ids = tuple(str(name) for name in np.asarray(names)[rows[keep]])
    return make_parcels(shapes[keep], classes, grid.crs, source_ids, counts)


def _find_layer(path: Path, crop_field: str, layer: str | None) -> tuple[str, dict[str, Any]]:
    """The layer to read and what OGR says of it."""
    if not path.exists():
        raise InputError(f"There is no file {path}.")
    try:
        names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        if not names:
            raise InputError(
                f"{path.name}: the file has no geometries.", "Give a vector file with parcel polygons."
            )
        if layer is not None and layer not in names:
            raise InputError(f"{path.name}: no layer '{layer}'{nearest(layer, names)}.")
        infos = {name: pyogrio.read_info(path, layer=name) for name in ([layer] if layer else names)}
    except (DataSourceError, DataLayerError) as error:
        raise InputError(
            f"{path.name}: not a vector file that can be read.",
            "Give a GeoPackage, Shapefile, GeoJSON or the like.",
        ) from error
    if len(infos) > 1:
        fitting = [name for name, info in infos.items() if crop_field in info["fields"]]
        if len(fitting) != 1:
            raise InputError(
                f"{path.name}: {len(fitting)} of the {len(infos)} layers have the field '{crop_field}'.",
                f"Name the layer: {', '.join(infos)}.",
            )
        return fitting[0], infos[fitting[0]]
    return next(iter(infos.items()))


def _transformers(path: Path, file_crs: str, grid: Grid) -> tuple[Transformer, Transformer]:
    """From the file's coordinate system to the grid's, and back."""
    try:
        src, dst = CRS.from_user_input(file_crs), CRS.from_user_input(grid.crs)
        return Transformer.from_crs(src, dst, always_xy=True), Transformer.from_crs(dst, src, always_xy=True)
    except (CRSError, ProjError) as error:
        raise GridError(
            f"{path.name}: the parcels cannot be carried into the images' coordinate system ({error})."
        ) from error


def _file_box(to_file: Transformer, grid: Grid, path: Path) -> tuple[float, float, float, float]:
    """The box around the grid in the file's coordinate system."""
    try:
        box = to_file.transform_bounds(*grid.bounds, densify_pts=_DENSIFY, errcheck=True)
    except ProjError as error:
        raise GridError(
            f"{path.name}: the images lie outside of the area of the parcels' coordinate system ({error})."
        ) from error
    west, south, east, north = (float(value) for value in box)
    if west > east:
        # the box runs over the 180th meridian: read all around, what does not touch is dropped later
        west, east = -180.0, 180.0
    return west, south, east, north


def _ground(grid: Grid) -> shapely.Polygon:
    """The grid's outline, also for rotated grids."""
    corners = ((0, 0), (grid.width, 0), (grid.width, grid.height), (0, grid.height))
    outline = shapely.Polygon([grid.transform * corner for corner in corners])
    shapely.prepare(outline)
    return outline


def _reproject(geometry: GeometryArray, transformer: Transformer) -> GeometryArray:
    """The geometries in another coordinate system; what leaves its area becomes empty."""
    out: GeometryArray = np.array(geometry, dtype=np.object_)
    if not len(out):
        return out
    x, y = transformer.transform(*shapely.get_coordinates(out).T)
    moved = np.column_stack((x, y))
    lost = ~np.isfinite(moved).all(axis=1)
    if lost.any():
        owner = shapely.get_coordinates(out, return_index=True)[1]
        moved[lost] = 0.0
        shapely.set_coordinates(out, moved)
        out[np.unique(owner[lost])] = shapely.Polygon()
        return out
    shapely.set_coordinates(out, moved)
    return out


def _valid_polygons(geometry: GeometryArray) -> tuple[GeometryArray, NDArray[np.bool_]]:
    """The polygonal part of each geometry made valid, and which ones were not."""
    out: GeometryArray = np.array(geometry, dtype=np.object_)
    broken: NDArray[np.bool_] = ~np.asarray(shapely.is_valid(out), dtype=np.bool_)
    out[broken] = shapely.make_valid(out[broken], method="structure", keep_collapsed=False)
    for row in np.flatnonzero(shapely.get_type_id(out) == _COLLECTION):
        parts = shapely.get_parts(out[row])
        out[row] = shapely.union_all(parts[np.isin(shapely.get_type_id(parts), _POLYGONAL)])
    out[~np.isin(shapely.get_type_id(out), _POLYGONAL) | (shapely.area(out) == 0)] = shapely.Polygon()
    return out, broken
