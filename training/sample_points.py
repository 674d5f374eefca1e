"""A probability sample of a map: points with the class found on the ground. Draws none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.exceptions import ProjError

from backend.errors import InputError
from backend.grid import Grid, Window
from backend.raster import WindowReader
from training.areas import MapSample
from training.classes import UNKNOWN, ClassTable, Legend, source_code


def read_sample(
    path: Path, field: str, table: ClassTable, legend: Legend, map_path: Path, grid: Grid, cells: NDArray[np.int64]
) -> MapSample:
    """The points of a file, by their class in a map and on the ground.

    Args:
        path: any vector file of points that OGR reads.
        field: holds the crop code found on the ground.
        table: maps crop codes onto the legend; the legend's own names are understood too.
        legend: of the map.
        map_path: the map, a raster of legend codes.
        grid: of the map.
        cells: (256,) cells of each code in it.

    Raises:
        InputError: if the file cannot be read, has no such field or other shapes than points, a point is not on the
            map, or a class is not known.
    """
    xy, values = _points(path, field, grid.crs)
    found, unlisted = table.map(values)
    named = {entry.name: entry.code for entry in legend.classes}  # tables of parcels do not name ground without one
    own = np.array([named.get(source_code(value), UNKNOWN) for value in values], dtype=np.uint8)
    found = np.where(found == UNKNOWN, own, found)
    unlisted = {code: count for code, count in unlisted.items() if code not in named}
    unknown = int(np.count_nonzero(found == UNKNOWN))
    if unknown:
        listed = ", ".join(f"'{code}' ({count})" for code, count in list(unlisted.items())[:5]) or "of several classes"
        raise InputError(
            f"{path.name}: {unknown} of {len(xy)} points have a crop that {table.source} gives no class: {listed}. A "
            "sample that leaves points out says nothing sure.",
            "Give these crops a class in the table, or write the legend's names into the field.",
        )
    mapped = _classes_at(map_path, grid, xy)
    beyond = int(np.count_nonzero(mapped == UNKNOWN))
    if beyond:
        raise InputError(
            f"{path.name}: {beyond} of {len(xy)} points lie where {map_path.name} has no class: it is no sample of "
            "this map.",
            "Draw the points at random within each class of this very map.",
        )
    codes = np.unique(np.concatenate((np.flatnonzero(cells), mapped, found)).astype(np.int64))
    counts = np.zeros((len(codes), len(codes)), dtype=np.int64)
    np.add.at(counts, (np.searchsorted(codes, mapped), np.searchsorted(codes, found)), 1)
    names = {int(code): legend.title_of(int(code)) for code in codes}
    return MapSample(tuple(codes.tolist()), cells[codes], counts, names)


def _points(path: Path, field: str, crs: str) -> tuple[NDArray[np.float64], list[object]]:
    """(N, 2) coordinates in the map's system, and the field's values."""
    if not path.is_file():
        raise InputError(f"There is no file {path}.", "Give the sample's points with --sample.")
    try:
        known = pyogrio.read_info(path)["fields"]
        if field not in known:
            raise InputError(
                f"{path.name}: there is no field '{field}' (it has {', '.join(known)}).",
                "Name the field with the class found on the ground with --sample-field.",
            )
        facts, _, geometry, columns = pyogrio.raw.read(path, columns=[field])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{path.name}: not a vector file that can be read ({first}).") from error
    shapes = shapely.from_wkb(geometry)
    if facts["crs"] is None:
        raise InputError(f"{path.name}: the points have no coordinate system.", "Assign it and try again.")
    if len(shapes) and not (shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all():
        raise InputError(f"{path.name}: a sample consists of points, one for each cell that was looked at.")
    try:
        to_map = Transformer.from_crs(facts["crs"], crs, always_xy=True)
        x, y = to_map.transform(shapely.get_x(shapes), shapely.get_y(shapes), errcheck=True)
    except ProjError as error:
        raise InputError(f"{path.name}: its points cannot be carried to the map ({error}).") from error
    return np.stack((x, y), axis=1), list(columns[0])


def _classes_at(path: Path, grid: Grid, xy: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(N,) code of the map under each point; UNKNOWN beyond it."""
    inverse = ~grid.transform
    out = np.full(len(xy), UNKNOWN, dtype=np.uint8)
    with WindowReader() as reader:
        for number, (x, y) in enumerate(xy.tolist()):
            col, row = inverse * (x, y)
            if 0 <= row < grid.height and 0 <= col < grid.width:
                out[number] = reader.read(path, [1], grid, Window(int(row), int(col), 1, 1), UNKNOWN)[0, 0, 0]
    return out
