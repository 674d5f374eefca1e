"""Features of a GeoParquet file. By pyarrow, since the GDAL of the wheels has no Parquet driver."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from backend.errors import DamagedFileError, InputError
from training.parcel_features import Box, BoxOf, Extent, Features, FieldNames, join_boxes
from training.parcels import GeometryArray

BATCH_ROWS = 1 << 13
"""Features that are held at once, besides those that are kept."""
_MAGIC = b"PAR1"
_NATIVE = ("point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon")
"""Encodings other than WKB that version 1.1 knows."""
_SIDES = ("xmin", "ymin", "xmax", "ymax")


def is_parquet(path: Path) -> bool:
    """True if a file is Parquet by its first bytes or its ending."""
    if path.suffix.lower() in (".parquet", ".geoparquet", ".pq"):
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


class ParquetFile:
    """A GeoParquet file, version 1.0 or 1.1."""

    def __init__(self, path: Path, names: FieldNames) -> None:
        """Read the metadata and check the fields.

        Raises:
            InputError: if it has no `geo` metadata, no coordinate system, or lacks a field.
            DamagedFileError: if it is no Parquet file or cut short.
        """
        self._path, self._names = path, names
        try:
            self._metadata = pq.read_metadata(path)
            schema = pq.read_schema(path)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise DamagedFileError(
                f"{path.name}: not a Parquet file, or cut short ({_first_line(error)}).",
                "Copy or download the file again.",
            ) from error
        self._geometry, self._column = _geometry_column(path, schema.metadata or {})
        names.check(path, [name for name in schema.names if name != self._geometry])
        self._crs = _crs_of(path, self._column)
        self._boxes: list[Box] = []
        self._skipped: list[Box] = []

    def features(self, box_of: BoxOf) -> Iterator[Features]:
        """Those whose box touches that of the images, and those without a geometry, a batch at a time.

        Raises:
            GridError: if the images cannot be carried into the file's coordinate system.
            DamagedFileError: if the file breaks off while it is read.
        """
        box = box_of(self._crs)
        names = self._names
        try:
            for numbers, geometry, columns in self._batches(box):
                features = Features(
                    self._crs,
                    geometry,
                    columns[str(names.crop)],
                    numbers if names.id is None else columns[names.id],
                    None if names.year is None else columns[names.year],
                )
                west, south, east, north = (float(value) for value in shapely.total_bounds(geometry))
                self._boxes.append((west, south, east, north))
                yield features.within(box)
        except (pa.ArrowException, OSError, UnicodeDecodeError, shapely.errors.GEOSException) as error:
            raise DamagedFileError(
                f"{self._path.name}: the parcels cannot be read ({_first_line(error)}).",
                "Copy or download the file again.",
            ) from error

    def extents(self) -> list[Extent]:
        """Of the whole file: as its metadata say, else of what was read."""
        box = self._column.get("bbox")
        if isinstance(box, list) and len(box) in (4, 6) and all(isinstance(side, int | float) for side in box):
            half = len(box) // 2
            whole: Box | None = (box[0], box[1], box[half], box[half + 1])
        else:
            whole = join_boxes([*self._boxes, *self._skipped])
        return [Extent(self._crs, int(self._metadata.num_rows), whole)]

    def _batches(self, box: Box) -> Iterator[tuple[range, GeometryArray, dict[str, list[Any]]]]:
        """Row numbers, geometries and columns, without the row groups that the file says lie elsewhere."""
        columns = self._names.columns()
        encoding = self._column.get("encoding", "WKB")
        if encoding not in ("WKB", *_NATIVE):
            raise InputError(
                f"{self._path.name}: the geometry's encoding '{encoding}' is not known.", "Write it as WKB."
            )
        if encoding != "WKB":
            frame = geopandas.read_parquet(self._path, columns=[*columns, self._geometry])
            shapes = shapely.force_2d(np.asarray(frame.geometry.array, dtype=np.object_))
            yield range(len(frame)), shapes, {name: frame[name].tolist() for name in columns}
            return
        # not by pyarrow.dataset: its scanner holds twice as much and does not tell the rows' numbers
        with pq.ParquetFile(self._path, pre_buffer=False) as file:
            stop = 0
            for group in range(self._metadata.num_row_groups):
                start, stop = stop, stop + self._metadata.row_group(group).num_rows
                group_box = self._group_box(group)
                if group_box is not None and _apart(group_box, box):
                    self._skipped.append(group_box)
                    continue
                for batch in file.iter_batches(BATCH_ROWS, [group], [*columns, self._geometry]):
                    wkb = batch.column(self._geometry)
                    wkb = wkb.storage if isinstance(wkb, pa.ExtensionArray) else wkb
                    with np.errstate(invalid="ignore"):  # coordinates that are no numbers turn out empty
                        shapes = shapely.from_wkb(np.array(wkb.to_pylist(), dtype=np.object_), on_invalid="fix")
                    geometry: GeometryArray = np.asarray(shapely.force_2d(shapes), dtype=np.object_)
                    yield (
                        range(start, start + len(geometry)),
                        geometry,
                        {name: batch.column(name).to_pylist() for name in columns},
                    )
                    start += len(geometry)

    def _group_box(self, group: int) -> Box | None:
        """The box around a row group by the statistics of its covering; None if some of its rows lie nowhere."""
        covering = (self._column.get("covering") or {}).get("bbox")
        if not isinstance(covering, dict) or not set(_SIDES) <= set(covering):
            return None
        described = self._metadata.row_group(group)
        chunks = [described.column(number) for number in range(described.num_columns)]
        statistics = {chunk.path_in_schema: chunk.statistics for chunk in chunks}
        ranges = []
        for side in _SIDES:
            found = statistics.get(".".join(covering[side]))
            if found is None or not found.has_min_max or found.null_count != 0:
                return None
            ranges.append((float(found.min), float(found.max)))
        return ranges[0][0], ranges[1][0], ranges[2][1], ranges[3][1]


def _apart(first: Box, second: Box) -> bool:
    """True if two boxes do not touch, also where the first is kept in single precision."""
    slack = [max(abs(value) * 1e-6, 1e-6) for value in first]
    return (
        first[0] - slack[0] > second[2]
        or first[2] + slack[2] < second[0]
        or first[1] - slack[1] > second[3]
        or first[3] + slack[3] < second[1]
    )


def _geometry_column(path: Path, metadata: Mapping[bytes, bytes]) -> tuple[str, dict[str, Any]]:
    """Name and description of the primary geometry column."""
    try:
        geo = json.loads(metadata[b"geo"])
        name = str(geo["primary_column"])
        return name, dict(geo["columns"][name])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path.name}: a Parquet table without usable 'geo' metadata, so nothing says which column holds the "
            f"parcels and in which coordinate system.",
            "Write it as GeoParquet, for example with geopandas or ogr2ogr.",
        ) from error


def _crs_of(path: Path, column: Mapping[str, Any]) -> str:
    """The coordinate system: longitude and latitude where the file says nothing, as the format has it."""
    described = column.get("crs", "OGC:CRS84")
    if described is None:
        raise InputError(
            f"{path.name}: the file names no coordinate system.",
            "Set it in QGIS (Layer > Set CRS) and save the file again.",
        )
    try:
        return str(CRS.from_user_input(described).to_wkt())
    except CRSError as error:
        raise InputError(
            f"{path.name}: the coordinate system in the file is not understood ({error}).",
            "Set it in QGIS (Layer > Set CRS) and save the file again.",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
