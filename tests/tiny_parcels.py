"""Squares on a grid of ten by ten cells, written as parcel files, for the tests of reading parcels."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import geopandas
import shapely
from affine import Affine

from backend.grid import Grid
from training.classes import ClassTable

UTM = "EPSG:32631"
GRID = Grid(UTM, Affine(10, 0, 500000, 0, -10, 4800100), 10, 10)
"""500000-500100 east, 4800000-4800100 north."""
TABLE = ClassTable({"wheat": 1, "maize": 5, "odd": 255}, "table.csv")
COLUMNS = ("id", "ground_truth", "crs", "year", "geometry")


def square(left: float, bottom: float, size: float = 30.0) -> shapely.Polygon:
    """A square at so many metres from the grid's lower left corner."""
    return shapely.box(500000 + left, 4800000 + bottom, 500000 + left + size, 4800000 + bottom + size)


def bow_tie(left: float = 0.0, bottom: float = 0.0) -> shapely.Polygon:
    """An outline that crosses itself: two triangles of 20 m x 10 m."""
    x, y = 500000 + left, 4800000 + bottom
    return shapely.Polygon([(x, y), (x + 20, y + 20), (x + 20, y), (x, y + 20)])


def frame(shapes: Sequence[object], crops: Sequence[object], crs: str | None = UTM, **columns: object) -> object:
    """A table of shapes in the grid's coordinate system, carried into another one, or without any."""
    names = [f"p{i}" for i in range(len(crops))]
    out = geopandas.GeoDataFrame({"crop": crops, "name": names, **columns}, geometry=list(shapes), crs=UTM)
    return out.to_crs(crs) if crs else out.set_crs(None, allow_override=True)


def write(
    path: Path, shapes: Sequence[object], crops: Sequence[object], crs: str | None = UTM, **options: object
) -> Path:
    """Write shapes with the fields crop and name (p0, p1, ...)."""
    frame(shapes, crops, crs).to_file(path, **options)
    return path


def write_csv(
    path: Path, rows: Sequence[Sequence[object]], separator: str = ",", columns: Sequence[str] = COLUMNS
) -> Path:
    """Write a canonical CSV; geometries as WKT."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(columns)
        writer.writerows([value.wkt if hasattr(value, "wkt") else value for value in row] for row in rows)
    return path
