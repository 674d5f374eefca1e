"""Outlines and table of the fields of a map, as a GeoPackage. Counts nothing.

Fields are written once the windows have passed their last cell, in the order of these: so few are in memory at a time,
none of them longer than field_windows.MOST_SIDES, and the order does not depend on the windows. The other columns of
the table are made at once, some 300 bytes a field.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.features import shapes

from .errors import ResourceError
from .field_windows import FieldCounts, FieldMap, crop_fields
from .grid import Grid, Window
from .map_progress import MapProgress
from .model_card import CropClass
from .parcel_file import import_pyarrow
from .parcel_table import WRITTEN
from .raster import cell_area_m2

LAYER = "fields"
FIELDS = {
    "field": "number, from top to bottom by the last row",
    "map_code": "code of the class that most cells of the field are mapped as",
    "map_name": "its name",
    "map_crop": "its title",
    "share_percent": "share of the outline's cells that are mapped as map_crop themselves",
    "area_ha": "area of the outline, hectares",
    "confidence_percent": "mean over the cells of the probability of the class that each is mapped as",
}
"""Fields of the table, and what they hold; the last one where the map has its confidence."""


def write_outlines(
    path: Path, fields: FieldMap, counts: FieldCounts, classes: tuple[CropClass, ...], progress: MapProgress
) -> None:
    """Write the outline and the figures of every field with a crop; of one that is too long the figures alone.

    Args:
        path: of the GeoPackage.
        fields: the map.
        counts: of its fields.
        classes: the legend.
        progress: is told the cells done.

    Raises:
        CancelledError: if it was cancelled.
        ResourceError: if the disk is full.
    """
    pyarrow = import_pyarrow()
    order = np.flatnonzero(counts.has_crop)
    order = order[np.argsort(counts.last[order])]
    figures = _figures(order, counts, classes, cell_area_m2(fields.grid), fields.confidence is not None)
    table = pyarrow.table({name: pyarrow.array(values) for name, values in figures.items()})
    schema = table.schema.append(pyarrow.field("geometry", pyarrow.binary()))
    failures: list[BaseException] = []

    def batches() -> Iterator[Any]:
        done = 0
        try:
            for outlines in _finished(fields, counts, order, progress):
                part = table.slice(done, len(outlines)).combine_chunks()
                column = pyarrow.array(shapely.to_wkb(outlines, flavor="iso"), type=pyarrow.binary())
                yield from part.append_column(schema.field("geometry"), column).to_batches()
                done += len(outlines)
        except Exception as error:
            failures.append(error)  # Arrow would make its own of it

    reader = pyarrow.RecordBatchReader.from_batches(schema, batches())
    _write(path, reader, fields.grid.crs, failures)


def _write(path: Path, reader: Any, crs: str, failures: list[BaseException]) -> None:
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    try:
        pyogrio.write_arrow(
            reader,
            path,
            layer=LAYER,
            driver="GPKG",
            geometry_name="geometry",
            geometry_type="MultiPolygon",
            crs=crs,
            append=False,
        )
    except (OSError, DataSourceError, DataLayerError) as error:
        raise ResourceError(
            f"{path}: writing the fields failed ({str(error).splitlines()[0]}).",
            "Free some disk space, or choose another folder.",
        ) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    if failures:
        raise failures[0]


def _figures(
    order: NDArray[np.int64], counts: FieldCounts, classes: tuple[CropClass, ...], cell_m2: float, has_confidence: bool
) -> dict[str, Any]:
    """The columns of FIELDS for fields of these numbers."""
    by_code = {entry.code: entry for entry in classes}
    codes, cells = counts.winners[order], counts.cells[order]
    entries = [by_code[int(code)] for code in codes]
    votes = counts.votes[order].max(axis=1, initial=0)
    figures: dict[str, Any] = {
        "field": np.arange(1, len(order) + 1, dtype=np.int64),
        "map_code": codes.astype(np.int16),
        "map_name": np.array([entry.name for entry in entries], dtype=np.str_),
        "map_crop": np.array([entry.title for entry in entries], dtype=np.str_),
        "share_percent": np.round(100 * votes / cells, 1),
        "area_ha": np.round(cells * cell_m2 / 10000, 4),
    }
    if has_confidence:
        figures["confidence_percent"] = np.round(counts.confidence[order] / cells, 1)
    return figures


def _finished(
    fields: FieldMap, counts: FieldCounts, order: NDArray[np.int64], progress: MapProgress
) -> Iterator[NDArray[np.object_]]:
    """Outlines in that order, as many at a time as have their last cell in a row of windows."""
    last_rows = counts.last[order] // fields.grid.width
    pieces: dict[int, list[Any]] = {}
    done = 0
    for window, numbers in crop_fields(fields, counts, progress):
        for number, piece in _pieces(numbers, window):
            pieces.setdefault(number, []).append(piece)
        if window.col_stop == fields.grid.width:
            stop = int(np.searchsorted(last_rows, window.row_stop))
            if stop > done:
                yield _outlines([pieces.pop(int(number), []) for number in order[done:stop]], fields.grid)
            done = stop


def _pieces(numbers: NDArray[np.int32], window: Window) -> Iterator[tuple[int, Any]]:
    """Number and polygon, in cells of the grid, of what is connected by sides in a window."""
    place = Affine.translation(window.col, window.row)
    for outline, number in shapes(numbers, mask=numbers > 0, connectivity=4, transform=place):
        shell, *holes = outline["coordinates"]
        yield int(number), shapely.Polygon(shell, holes)


def _outlines(pieces: list[list[Any]], grid: Grid) -> NDArray[np.object_]:
    """One multipolygon for each list of polygons, in coordinates; the same however windows cut them. None for none."""
    # whole numbers of cells, so that what meets at a seam meets exactly
    merged = [(parts[0] if len(parts) == 1 else shapely.union_all(parts)) if parts else None for parts in pieces]
    # a ring starts at a true corner once it is in normal form, so that only what a seam left on a straight line goes
    plain = shapely.normalize(shapely.simplify(shapely.normalize(np.array(merged, dtype=np.object_)), 0))
    several = [shapely.MultiPolygon([shape]) if isinstance(shape, shapely.Polygon) else shape for shape in plain]
    t = grid.transform

    def placed(cells: NDArray[np.float64]) -> NDArray[np.float64]:
        col, row = cells[:, 0], cells[:, 1]
        return np.stack([t.a * col + t.b * row + t.c, t.d * col + t.e * row + t.f], axis=1)

    return np.asarray(shapely.transform(np.array(several, dtype=np.object_), placed))
