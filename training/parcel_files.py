"""Parcels read from a file onto a grid's coordinate system. Rasterises nothing.

What OGR reads comes through training.parcel_vectors, GeoParquet through training.parcel_parquet, the canonical CSV
through training.parcel_csv; here all of them are filtered, repaired, reprojected and counted in one way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from backend.errors import InputError
from backend.grid import Grid
from training.classes import UNKNOWN, ClassTable, source_code
from training.overlaps import find_overlaps
from training.parcel_csv import CsvFile, is_canonical
from training.parcel_features import Box, Extent, FeatureFile, Features, FieldNames, years_of
from training.parcel_ground import ImageGround
from training.parcel_parquet import ParquetFile, is_parquet
from training.parcel_vectors import VectorFile
from training.parcels import (
    COLLECTION,
    LISTED,
    POLYGONAL,
    GeometryArray,
    Overlap,
    ParcelCounts,
    Parcels,
    areas_m2,
    make_parcels,
    metres_per_unit,
    valid_polygons,
)

SLIVERS = 0.001
"""Overlaps of less than this share of the area of all parcels are digitising noise."""


def read_parcels(
    path: Path,
    crop_field: str | None,
    id_field: str | None,
    table: ClassTable,
    grid: Grid,
    layer: str | None = None,
    year_field: str | None = None,
    year: int | None = None,
) -> Parcels:
    """The parcels of a file that touch a grid, in the grid's coordinate system.

    Args:
        path: any vector file that OGR reads (GeoPackage, Shapefile, GeoJSON, FlatGeobuf, also one of them in a zip),
            GeoParquet, or the canonical CSV: id, ground_truth, crs, year and geometry as WKT, separated by commas,
            semicolons or tabs.
        crop_field: the field that holds the crop code; `ground_truth` where None in a canonical CSV.
        id_field: the field that names a parcel; `id` where None in a canonical CSV, elsewhere the feature's number.
            Features of one name stay parcels of their own.
        table: maps crop codes onto the legend.
        grid: only parcels that touch its ground are kept.
        layer: for files with several layers; where None, the one layer that has `crop_field`.
        year_field: the field that holds the year, as number, text or date; `year` where None in a canonical CSV.
        year: only parcels of this year are kept. Without a year field all of the file counts as this year's.

    Raises:
        InputError: if the file is not there, is no vector file, has no coordinate system, lacks a field or a year,
            holds no polygon that touches the grid, or no crop that the table lists.
        GridError: if no transformation leads to the grid's coordinate system.
        DamagedFileError: if the file breaks off while it is read.
    """
    if year_field is not None and year is None:
        raise InputError(
            f"{path.name}: the field '{year_field}' holds the year, but no year is asked for.",
            "Give the year of the declarations too.",
        )
    names = FieldNames(crop_field, id_field, year_field)
    file = _open(path, layer, names, year)
    ground = ImageGround(path, grid)
    kept = _Kept()
    for features in file.features(ground.box):
        kept.add(features, ground, year)
    if not len(kept):
        raise _nothing_kept(path, kept, file.extents(), ground, year)
    if year is None and len(kept.years) > 1:
        raise InputError(
            f"{path.name}: the parcels are of several years: {_listed(_in_order(kept.years))}.",
            "Name the year, since the parcels of one year lie upon those of another.",
        )
    return kept.parcels(path, table, grid.crs)


def _open(path: Path, layer: str | None, names: FieldNames, year: int | None) -> FeatureFile:
    """The file by what it is."""
    if not path.exists():
        raise InputError(f"There is no file {path}.", "Check the path of the parcels.")
    if path.is_file() and not path.stat().st_size:
        raise InputError(f"{path.name}: the file is empty.", "Copy or download it again.")
    parquet = is_parquet(path)
    if not parquet and not is_canonical(path):
        return VectorFile(path, layer, names)
    if layer is not None:
        raise InputError(f"{path.name}: no layer '{layer}': a file of this kind has no layers.", "Leave the layer out.")
    return ParquetFile(path, names) if parquet else CsvFile(path, names, wants_year=year is not None)


@dataclass
class _Kept:
    """What is gathered of a file's features."""

    geometry: list[GeometryArray] = field(default_factory=list)
    crops: list[object] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    years: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.names)

    def add(self, features: Features, ground: ImageGround, year: int | None) -> None:
        """Repair and reproject the features that touch the grid, and count what becomes of all."""
        self.counts["read"] += len(features)
        rows = np.arange(len(features))
        if features.years is not None:
            years = years_of(features.years)
            self.years.update(years.tolist())
            if year is not None:
                rows = np.flatnonzero(years == str(year))
                self.counts["other_year"] += len(years) - len(rows)
        geometry = features.geometry[rows]
        is_empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
        polygonal = np.isin(shapely.get_type_id(geometry), (*POLYGONAL, COLLECTION))
        self.counts["empty"] += int(np.count_nonzero(is_empty))
        self.counts["not_polygons"] += int(np.count_nonzero(~is_empty & ~polygonal))
        rows = rows[~is_empty & polygonal]
        shapes, broken = valid_polygons(features.geometry[rows])
        # again after the reprojection: rounding can make a narrow parcel cross itself
        shapes, broken_later = valid_polygons(ground.reproject(shapes, features.crs))
        has_area: NDArray[np.bool_] = ~np.asarray(shapely.is_empty(shapes), dtype=np.bool_)
        touches = has_area & ground.touches(shapes)
        self.counts["empty"] += int(np.count_nonzero(~has_area))
        self.counts["outside"] += int(np.count_nonzero(has_area & ~touches))
        self.counts["repaired"] += int(np.count_nonzero((broken | broken_later)[touches]))
        self.geometry.append(shapes[touches])
        self.crops += [features.crops[row] for row in rows[touches]]
        self.names += [source_code(features.names[row]) for row in rows[touches]]

    def parcels(self, path: Path, table: ClassTable, crs: str) -> Parcels:
        """What is kept, with classes, and with all that the user should know of it.

        Raises:
            InputError: if the table lists none of their crops.
        """
        geometry: GeometryArray = np.concatenate(self.geometry)
        classes, unmapped = table.map(self.crops)
        if sum(unmapped.values()) == len(self):
            raise InputError(
                f"{path.name}: {table.source} lists none of the crop codes of its {len(self)} parcels in the images: "
                f"{_listed(unmapped)}.",
                "Check that the crop field and the class table belong together.",
            )
        areas = areas_m2(geometry, crs)
        codes = np.array([source_code(crop) for crop in self.crops], dtype=np.object_)
        repeated = [(name, count) for name, count in Counter(self.names).most_common() if count > 1 and name]
        pairs, shared = find_overlaps(geometry, crs)
        counts = ParcelCounts(
            read=self.counts["read"],
            kept=len(self),
            repaired=self.counts["repaired"],
            empty=self.counts["empty"],
            outside=self.counts["outside"],
            not_polygons=self.counts["not_polygons"],
            unknown=int(np.count_nonzero(classes == UNKNOWN)),
            unmapped=unmapped,
            unmapped_ha={code: float(areas[codes == code].sum()) / 1e4 for code in unmapped},
            other_year=self.counts["other_year"],
            duplicate_ids=len(repeated),
            duplicates=tuple(repeated[:LISTED]),
            overlaps=tuple(
                Overlap(self.names[a], self.names[b], float(area), (int(a) + 1, int(b) + 1))
                for (a, b), area in zip(pairs[:LISTED], shared[:LISTED], strict=True)
            ),
            overlaps_total=len(pairs),
            overlaps_m2=float(shared.sum()),
        )
        return make_parcels(geometry, classes, crs, tuple(self.names), counts)


def _nothing_kept(path: Path, kept: _Kept, extents: list[Extent], ground: ImageGround, year: int | None) -> InputError:
    """Why no feature is left."""
    total = sum(extent.features for extent in extents)
    if not total:
        return InputError(f"{path.name}: the file has no features.", "Give a file with parcel polygons.")
    if kept.years and str(year) not in kept.years and year is not None:
        return InputError(
            f"{path.name}: no parcel in the images is of the year {year}; there are: {_listed(_in_order(kept.years))}.",
            "Ask for one of these years, or give the parcels of that year.",
        )
    counts = kept.counts
    if counts["not_polygons"] and not counts["outside"]:
        return InputError(
            f"{path.name}: the file holds no polygon in the images, but {counts['not_polygons']} points and lines.",
            "Give the outlines of the parcels.",
        )
    if counts["empty"] and counts["empty"] == counts["read"]:
        return InputError(
            f"{path.name}: none of its {counts['read']} features in the images has an outline with an area.",
            "Give the outlines of the parcels.",
        )
    where = "; ".join(
        f"they lie within {_coordinates(extent.box, extent.crs)}, the images within "
        f"{_coordinates(ground.box(extent.crs), extent.crs)} of {_name_of(extent.crs)}"
        for extent in extents[:3]
        if extent.box is not None
    )
    return InputError(
        f"{path.name}: no parcel touches the images: none of its {total} features lies there"
        f"{': ' if where else ''}{where}.",
        "Check that both show the same place and that the coordinate system of the parcels is right.",
    )


def oddities(parcels: Parcels) -> list[str]:
    """What is odd about the parcels of a file but no error, a sentence each; slivers of overlap are not worth one."""
    counts, found = parcels.counts, []
    if counts.unmapped:
        found.append(f"crop codes that the class table does not list become unknown: {_listed(counts.unmapped)}.")
    if counts.duplicates:
        listed = _listed(dict(counts.duplicates))
        found.append(f"{counts.duplicate_ids} ids are those of several parcels each: {listed}.")
    if counts.overlaps and counts.overlaps_m2 > SLIVERS * parcels.areas_m2.sum():
        largest = counts.overlaps[0]
        found.append(
            f"overlapping pairs of parcels: {counts.overlaps_total}, on {counts.overlaps_m2 / 10000:.2f} ha in all; "
            f"'{largest.a}' and '{largest.b}' share most, {largest.area_m2 / 10000:.2f} ha."
        )
    return found


def _listed(counts: Mapping[str, int]) -> str:
    """The first ten of some values with their numbers."""
    shown = [f"'{value}' ({count})" if value else f"none given ({count})" for value, count in counts.items()]
    return ", ".join(shown[:10]) + (f" and {len(shown) - 10} more" if len(shown) > 10 else "")


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _coordinates(box: Box, crs: str) -> str:
    """A box in whole units, or in degrees to about a metre."""
    west, south, east, north = (f"{value:.{_decimals(crs)}f}" for value in box)
    return f"{west}, {south} to {east}, {north}"


def _decimals(crs: str) -> int:
    return 5 if metres_per_unit(crs) is None else 0


def _name_of(crs: str) -> str:
    system = CRS.from_user_input(crs)
    authority = system.to_authority(min_confidence=100)
    return ":".join(authority) if authority else str(system.name)
