"""Features of the canonical CSV: a table of id, ground_truth, crs, year and geometry as WKT."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError

from backend.errors import DamagedFileError, InputError
from training.classes import nearest
from training.parcel_features import Box, BoxOf, Extent, Features, FieldNames, join_boxes
from training.parcels import GeometryArray

COLUMNS = ("id", "ground_truth", "crs", "year", "geometry")
CHUNK_ROWS = 20_000
"""Rows that are held at once ..."""
CHUNK_CHARACTERS = 64 << 20
"""... but no more text than this."""
_FIELD_LIMIT = (1 << 31) - 1
"""Characters of one field, as many as csv takes on every system: its own 128 KiB are too few for a long outline."""
_ENDINGS = (".csv", ".tsv", ".txt")
_INIT = re.compile(r"\W*\+?init\W+(epsg)\W(\d+)\W*", re.IGNORECASE)
"""How older geopandas and PROJ wrote a coordinate system: {'init': 'epsg:2154'}, +init=epsg:2154."""
_CURVED = re.compile(r"CURVE|CIRCULAR|SURFACE", re.IGNORECASE)


class _Row(NamedTuple):
    line: int
    crop: str
    name: str
    year: str
    crs: str
    wkt: str


def is_canonical(path: Path) -> bool:
    """True if a file is a text table whose first line names the geometry, the coordinate system or the crop so."""
    if path.suffix.lower() not in _ENDINGS or not path.is_file():
        return False
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        header, _ = _header(file.readline(1 << 16))
    return bool({"geometry", "crs", "ground_truth"} & set(header))


class CsvFile:
    """A canonical CSV, separated by commas, semicolons or tabs."""

    def __init__(self, path: Path, names: FieldNames, wants_year: bool) -> None:
        """Check the columns.

        Args:
            path: the file.
            names: the columns to read; ground_truth, id and year where None.
            wants_year: the year column must be there; otherwise it is read where it is.

        Raises:
            InputError: if a column is missing.
        """
        self._path = path
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                self._header, self._separator = _header(file.readline())
        except UnicodeDecodeError as error:
            raise self._not_utf8() from error
        crop, name, year = names.crop or "ground_truth", names.id or "id", names.year or "year"
        self._has_year = wants_year or names.year is not None or year in self._header
        self._columns = (crop, name, year if self._has_year else crop, "crs", "geometry")
        for column in self._columns:
            if column not in self._header:
                raise InputError(
                    f"{path.name}: no column '{column}'{nearest(column, self._header)}; a table of parcels has the "
                    f"columns {', '.join(COLUMNS)}.",
                    "Name the columns so, or give the field that holds the crop code.",
                )
        self._counts: dict[str, int] = {}
        self._boxes: dict[str, list[Box]] = {}

    def features(self, box_of: BoxOf) -> Iterator[Features]:
        """Those whose box touches that of the images, and those without a geometry, a chunk at a time.

        Raises:
            InputError: if a row names no coordinate system or one that is not known.
            GridError: if the images cannot be carried into one of them.
            DamagedFileError: if a row or a geometry is broken; the line is named.
        """
        chunk: list[_Row] = []
        characters = 0
        for row in self._rows():
            chunk.append(row)
            characters += len(row.wkt)
            if len(chunk) >= CHUNK_ROWS or characters >= CHUNK_CHARACTERS:
                yield from self._convert(chunk, box_of)
                chunk, characters = [], 0
        yield from self._convert(chunk, box_of)

    def extents(self) -> list[Extent]:
        """One for each coordinate system in the file."""
        return [Extent(crs, count, join_boxes(self._boxes[crs])) for crs, count in self._counts.items()]

    def _rows(self) -> Iterator[_Row]:
        """The rows, each with the line on which it begins."""
        places = [self._header.index(column) for column in self._columns]
        limit = csv.field_size_limit(_FIELD_LIMIT)
        line = 1
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, delimiter=self._separator, strict=True)
                for number, values in enumerate(reader):
                    if number and values:
                        if len(values) != len(self._header):
                            raise DamagedFileError(
                                f"{self._path.name}, line {line}: {len(values)} values for {len(self._header)} "
                                "columns.",
                                "A geometry that holds the separator must stand in double quotes.",
                            )
                        yield _Row(line, *(values[place].strip() for place in places))
                    line = reader.line_num + 1
        except UnicodeDecodeError as error:
            raise self._not_utf8() from error
        except csv.Error as error:
            raise DamagedFileError(
                f"{self._path.name}, line {line}: the row cannot be read ({error}).",
                "Check the quotes of that line and whether the file is whole.",
            ) from error
        finally:
            csv.field_size_limit(limit)

    def _convert(self, rows: list[_Row], box_of: BoxOf) -> Iterator[Features]:
        """The rows as features, one group for each coordinate system."""
        groups: dict[str, list[_Row]] = {}
        for row in rows:
            groups.setdefault(row.crs, []).append(row)
        for written, group in groups.items():
            crs = self._crs(written, group[0].line)
            geometry = self._geometry(group)
            west, south, east, north = (float(value) for value in shapely.total_bounds(geometry))
            self._counts[crs] = self._counts.get(crs, 0) + len(group)
            self._boxes.setdefault(crs, []).append((west, south, east, north))
            years = [row.year for row in group] if self._has_year else None
            features = Features(crs, geometry, [row.crop for row in group], [row.name for row in group], years)
            yield features.within(box_of(crs))

    def _geometry(self, rows: list[_Row]) -> GeometryArray:
        """(n,) geometries in two dimensions without curves, None where the cell is empty.

        Raises:
            DamagedFileError: for the first cell that is no WKT.
        """
        texts: GeometryArray = np.array([row.wkt for row in rows], dtype=np.object_)
        try:
            out = _planar(texts)
        except NotImplementedError:  # GEOS has no arcs
            curved = np.array([bool(_CURVED.search(row.wkt)) for row in rows], dtype=np.bool_)
            out = np.full(len(rows), None, dtype=np.object_)
            out[~curved], out[curved] = _planar(texts[~curved]), _linearise(texts[curved])
        for row, shape in zip(rows, out, strict=True):
            if shape is None and row.wkt:
                start = row.wkt[:40] + ("..." if len(row.wkt) > 40 else "")
                raise DamagedFileError(
                    f"{self._path.name}, line {row.line}: the geometry is no well-known text: '{start}'.",
                    "Write geometries such as POLYGON ((x y, x y, x y, x y)).",
                )
        return out

    def _crs(self, written: str, line: int) -> str:
        try:
            return _wkt_of(written)
        except CRSError as error:
            what = f"'{written[:60]}' is no known coordinate system" if written else "no coordinate system is given"
            raise InputError(
                f"{self._path.name}, line {line}: {what}.", "Write EPSG:<number>, or a PROJ or WKT text."
            ) from error

    def _not_utf8(self) -> DamagedFileError:
        return DamagedFileError(f"{self._path.name}: not a text file in UTF-8.", "Save the table as CSV in UTF-8.")


def _header(line: str) -> tuple[list[str], str]:
    """The columns of a first line, and what separates them."""
    separator = max(",;\t", key=line.count)
    try:
        values = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        values = []
    return [value.strip() for value in values], separator


@lru_cache(maxsize=64)
def _wkt_of(written: str) -> str:
    """The coordinate system that a cell names, as WKT or authority code.

    Raises:
        CRSError: if there is none.
    """
    old = _INIT.fullmatch(written)
    if old:
        written = f"EPSG:{old[2]}"
    elif written.isdecimal():
        written = f"EPSG:{written}"
    system = CRS.from_user_input(written)
    authority = system.to_authority(min_confidence=100)
    return ":".join(authority) if authority else str(system.to_wkt())


def _planar(texts: GeometryArray) -> GeometryArray:
    """WKT as geometries without heights; None for what is not understood."""
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers: the geometry turns out empty
        return np.asarray(shapely.force_2d(shapely.from_wkt(texts, on_invalid="ignore")), dtype=np.object_)


def _linearise(texts: GeometryArray) -> GeometryArray:
    """Curved WKT with its arcs as chords, by OGR; None for what is not understood."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "curves.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["WKT"], *([text] for text in texts)])
        try:
            wkb = pyogrio.raw.read(path, columns=[], force_2d=True, MAX_LINE_SIZE=-1)[2]
        except (DataSourceError, DataLayerError):
            return np.full(len(texts), None, dtype=np.object_)
    return np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=np.object_)
