"""Features of the vector files that OGR reads: GeoPackage, Shapefile, GeoJSON, FlatGeobuf ..., also in a zip."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from backend.errors import DamagedFileError, InputError
from backend.sqlite_header import check_whole
from training.classes import nearest
from training.parcel_features import Box, BoxOf, Extent, Features, FieldNames, join_boxes
from training.parcels import GeometryArray

logger = logging.getLogger(__name__)

_OGR_ERRORS = (DataSourceError, DataLayerError, UnicodeDecodeError)
_SQL_DRIVERS = ("GPKG", "SQLite")
"""Their attribute filters are SQLite's own, which know the geometry column by its name."""
_ZIPPED = (".shp", ".gpkg", ".geojson", ".fgb", ".gml", ".kml", ".tab")
"""Endings of vector files that are looked for in a zip; .json there is mostly metadata."""
FORMATS = (
    "a GeoPackage, Shapefile, GeoJSON, FlatGeobuf or GeoParquet with parcel polygons, or a CSV with the columns "
    "id, ground_truth, crs, year and geometry"
)
"""What is read, for hints."""


class VectorFile:
    """A layer of a vector file."""

    def __init__(self, path: Path, layer: str | None, names: FieldNames) -> None:
        """Find the layer and check its fields.

        Args:
            path: the file, a folder that is a database (.gdb), or a zip with one vector file in it.
            layer: where None, the one layer that has the crop field.
            names: the fields to read.

        Raises:
            InputError: if it is no vector file, holds no polygons, names no coordinate system or lacks a field or the
                layer.
            DamagedFileError: if it is damaged or cut short.
        """
        self._path, self._names = path, names
        check_whole(path)
        self._source, layer = _in_zip(path, layer) if path.suffix.lower() == ".zip" else (str(path), layer)
        self._layer, self._info = _find_layer(path, self._source, names.crop, layer)
        names.check(path, [str(name) for name in self._info["fields"]])
        if not self._info["crs"]:
            raise InputError(
                f"{path.name}: the file names no coordinate system.",
                "Set it in QGIS (Layer > Set CRS) and save the file again.",
            )
        self._crs = str(self._info["crs"])
        kind = str(self._info["geometry_type"])
        if "point" in kind.lower() or "linestring" in kind.lower():
            raise InputError(
                f"{path.name}: layer '{self._layer}' holds geometries of type {kind}, but parcels are polygons.",
                "Give the outlines of the parcels.",
            )
        if self._info["driver"] == "FlatGeobuf" and self._info["capabilities"]["random_read"]:
            self._check_last()

    def features(self, box_of: BoxOf) -> Iterator[Features]:
        """Those whose box touches that of the images in one piece, then those without a place.

        Raises:
            GridError: if the images cannot be carried into the file's coordinate system.
            DamagedFileError: if the file breaks off while it is read.
        """
        box = box_of(self._crs)
        try:
            fids, geometry, values = self._read(bbox=box)
            yield self._features(fids, geometry, values)
            seen = set(fids.tolist())
            # the filter by a box passes over these, but who gave the file should know of them
            fids, geometry, values = self._read_placeless()
        except (*_OGR_ERRORS, shapely.errors.GEOSException) as error:
            raise DamagedFileError(
                f"{self._path.name}: the parcels cannot be read ({error}).", "Copy or download the file again."
            ) from error
        new = np.array([fid not in seen for fid in fids.tolist()], dtype=np.bool_)
        yield self._features(fids[new], geometry[new], {name: column[new] for name, column in values.items()})

    def extents(self) -> list[Extent]:
        """Of the layer."""
        box: Box | None = None
        try:
            info = pyogrio.read_info(self._source, layer=self._layer, force_total_bounds=True)
            box = join_boxes([info["total_bounds"]]) if info["total_bounds"] is not None else None
        except _OGR_ERRORS as error:
            logger.debug("%s: no bounds (%s)", self._path.name, error)
        return [Extent(self._crs, int(self._info["features"]), box)]

    def _check_last(self) -> None:
        """Read the last feature: where the index leads beyond the end of a FlatGeobuf, OGR says nothing."""
        last = int(self._info["features"]) - 1
        try:
            if last >= 0:
                self._read(fids=[last])
        except (*_OGR_ERRORS, ValueError) as error:
            raise DamagedFileError(
                f"{self._path.name}: the file is damaged or cut short ({error}).", "Copy or download it again."
            ) from error

    def _read(self, **where: Any) -> tuple[Any, GeometryArray, dict[str, Any]]:
        """Feature numbers, geometries and fields."""
        meta, fids, wkb, data = pyogrio.raw.read(
            self._source, layer=self._layer, columns=self._names.columns(), return_fids=True, force_2d=True, **where
        )
        with np.errstate(invalid="ignore"):  # coordinates that are no numbers: the geometry turns out empty
            geometry: GeometryArray = np.asarray(shapely.from_wkb(wkb, on_invalid="fix"), dtype=np.object_)
        return fids, geometry, dict(zip((str(name) for name in meta["fields"]), data, strict=True))

    def _read_placeless(self) -> tuple[Any, GeometryArray, dict[str, Any]]:
        """The same for features without a geometry."""
        column = str(self._info["geometry_name"]).replace('"', '""')
        where = "OGR_GEOMETRY IS NULL"
        if self._info["driver"] in _SQL_DRIVERS:
            where = f'"{column}" IS NULL'
            where += f' OR ST_IsEmpty("{column}")' if self._info["driver"] == "GPKG" else ""
        try:
            return self._read(where=where)
        except (DataLayerError, ValueError) as error:
            logger.debug("%s: features without a geometry cannot be asked for (%s)", self._path.name, error)
            none = np.zeros(0, dtype=np.int64)
            empty: dict[str, Any] = {name: np.zeros(0, dtype=np.object_) for name in self._names.columns()}
            return none, np.zeros(0, dtype=np.object_), empty

    def _features(self, fids: Any, geometry: GeometryArray, values: dict[str, Any]) -> Features:
        names = self._names
        return Features(
            self._crs,
            geometry,
            values[str(names.crop)],
            fids if names.id is None else values[names.id],
            None if names.year is None else values[names.year],
        )


def _find_layer(path: Path, source: str, crop_field: str | None, layer: str | None) -> tuple[str, dict[str, Any]]:
    """The layer to read and what OGR says of it."""
    try:
        names = [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None]
        if not names:
            raise InputError(f"{path.name}: the file has no geometries, or is cut short.", f"Give {FORMATS}.")
        if layer is not None and layer not in names:
            raise InputError(
                f"{path.name}: no layer '{layer}'{nearest(layer, names)}.",
                "Give the name of a layer, or leave it out where only one has the crop field.",
            )
        infos = {name: pyogrio.read_info(source, layer=name) for name in ([layer] if layer else names)}
    except UnboundLocalError as error:  # how pyogrio fails on a coordinate system that GDAL cannot tell
        raise InputError(
            f"{path.name}: the coordinate system in the file is not understood.",
            "Set it in QGIS (Layer > Set CRS) and save the file again.",
        ) from error
    except _OGR_ERRORS as error:
        if "not recognized" in str(error):
            raise InputError(f"{path.name}: not a vector file that can be read.", f"Give {FORMATS}.") from error
        raise DamagedFileError(
            f"{path.name}: the file is damaged or cut short ({error}).", "Copy or download it again."
        ) from error
    if len(infos) > 1:
        fitting = [name for name, info in infos.items() if crop_field in info["fields"]]
        if len(fitting) != 1:
            raise InputError(
                f"{path.name}: {len(fitting) or 'none'} of the {len(infos)} layers have the field '{crop_field}'.",
                f"Name the layer: {', '.join(infos)}.",
            )
        return fitting[0], infos[fitting[0]]
    return next(iter(infos.items()))


def _in_zip(path: Path, layer: str | None) -> tuple[str, str | None]:
    """The vector file within a zip as OGR names it, and the layer that is left to find in it."""
    if not zipfile.is_zipfile(path):
        raise DamagedFileError(f"{path.name}: the zip is damaged or cut short.", "Copy or download it again.")
    with zipfile.ZipFile(path) as archive:
        members = [PurePosixPath(name) for name in archive.namelist() if "__MACOSX" not in name]
    found = {member for member in members if member.suffix.lower() in _ZIPPED}
    # a file geodatabase is a folder
    found |= {folder for member in members for folder in member.parents if folder.suffix.lower() == ".gdb"}
    if len(found) > 1 and layer is not None:
        named = {member for member in found if member.stem == layer}
        found, layer = (named, None) if named else (found, layer)
    if len(found) != 1:
        listed = ", ".join(sorted(member.stem for member in found)[:10])
        raise InputError(
            f"{path.name}: the zip holds {len(found) or 'no'} vector files, but one is read.",
            f"Name it as the layer: {listed}." if found else f"Give {FORMATS}.",
        )
    return f"/vsizip/{{{path}}}/{found.pop()}", layer
