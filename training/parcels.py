"""Parcels with their crops on a grid's coordinate system, and the repair of their geometry. Reads no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod
from pyproj.exceptions import CRSError

from backend.errors import GridError, InputError
from training.classes import UNKNOWN

GeometryArray = NDArray[np.object_]
"""(N,) shapely geometries."""
POLYGONAL = (3, 6)
"""Shapely's type ids of Polygon and MultiPolygon."""
COLLECTION = 7
LISTED = 50
"""At most so many overlaps and repeated names are listed; their totals count all."""


@dataclass(frozen=True)
class Overlap:
    """Ground that two parcels both claim."""

    a: str
    """The first parcel's name in the file."""
    b: str
    """The second one's; the same name where the file gives it twice."""
    area_m2: float
    ids: tuple[int, int]
    """Both as the label rasters hold them, the lower first."""


@dataclass(frozen=True)
class ParcelCounts:
    """What became of the features of a file."""

    read: int
    """Features in the file whose box touches the grid's, and those without a place: the sum of what was kept and what
    was dropped."""
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
    unmapped: Mapping[str, int]
    """Crop codes that the table does not list, "" for none given, and how many kept parcels have each."""
    unmapped_ha: Mapping[str, float] = field(default_factory=dict)
    """The same codes with their ground in hectares."""
    other_year: int = 0
    """Dropped: declared for another year than the one asked for."""
    duplicate_ids: int = 0
    """Names that more than one kept parcel has; these stay parcels of their own."""
    duplicates: tuple[tuple[str, int], ...] = ()
    """Such names and how many parcels have each, most frequent first, at most LISTED."""
    overlaps: tuple[Overlap, ...] = ()
    """Pairs of kept parcels that share ground, largest first, at most LISTED."""
    overlaps_total: int = 0
    """All such pairs."""
    overlaps_m2: float = 0.0
    """The area of all of them; ground that three parcels share counts with each pair."""

    def __post_init__(self) -> None:
        dropped = self.empty + self.outside + self.not_polygons + self.other_year
        if self.read != self.kept + dropped:
            raise InputError(f"{self.read} features were read, but {self.kept} kept and {dropped} dropped.")

    def to_dict(self) -> dict[str, Any]:
        """As JSON for the facts of a data set."""
        out = asdict(self) | {"unmapped": dict(self.unmapped), "unmapped_ha": dict(self.unmapped_ha)}
        out["duplicates"] = dict(self.duplicates)
        out["overlaps"] = [{"a": pair.a, "b": pair.b, "area_m2": round(pair.area_m2, 2)} for pair in self.overlaps]
        return out


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
            raise InputError(f"Geometry, classes, ids and names of parcels differ in number: {sorted(lengths)}.")
        if not np.array_equal(self.ids, np.arange(1, len(self.ids) + 1)):
            raise InputError("Parcel ids must be 1, 2, ... in order.")

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def areas_m2(self) -> NDArray[np.float64]:
        """(N,) areas in square metres; see `areas_m2`."""
        return areas_m2(self.geometry, self.crs)


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


def valid_polygons(geometry: GeometryArray) -> tuple[GeometryArray, NDArray[np.bool_]]:
    """The polygonal part of each geometry made valid, empty where it has none, and which ones were not valid."""
    out: GeometryArray = np.array(geometry, dtype=np.object_)
    broken: NDArray[np.bool_] = ~np.asarray(shapely.is_valid(out), dtype=np.bool_)
    out[broken] = shapely.make_valid(out[broken], method="structure", keep_collapsed=False)
    for row in np.flatnonzero(shapely.get_type_id(out) == COLLECTION):
        parts = shapely.get_parts(out[row])
        out[row] = shapely.union_all(parts[np.isin(shapely.get_type_id(parts), POLYGONAL)])
    out[~np.isin(shapely.get_type_id(out), POLYGONAL) | (shapely.area(out) == 0)] = shapely.Polygon()
    return out, broken


def areas_m2(geometry: GeometryArray, crs: str) -> NDArray[np.float64]:
    """The areas of valid polygons in square metres, holes taken out.

    In a projected coordinate system that of the plane, in its own unit (in UTM within 0.1 % of the ground's); in a
    geographic one that on the ellipsoid.

    Raises:
        GridError: if `crs` names no coordinate system.
    """
    unit = metres_per_unit(crs)
    if unit is not None:
        return np.asarray(shapely.area(geometry), dtype=np.float64) * unit**2
    geod = _geod(crs)
    # the ellipsoid's area is signed: outlines run one way, holes the other
    oriented = shapely.orient_polygons(geometry)
    return np.array([abs(geod.geometry_area_perimeter(shape)[0]) for shape in oriented], dtype=np.float64)


@lru_cache(maxsize=64)
def metres_per_unit(crs: str) -> float | None:
    """Length of a coordinate system's unit; None where it counts in degrees.

    Raises:
        GridError: if `crs` names no coordinate system.
    """
    try:
        system = CRS.from_user_input(crs)
    except CRSError as error:
        raise GridError(f"'{crs[:60]}' names no coordinate system.") from error
    if system.is_geographic:
        return None
    return float(system.axis_info[0].unit_conversion_factor) if system.axis_info else 1.0


@lru_cache(maxsize=64)
def _geod(crs: str) -> Geod:
    """The ellipsoid of a coordinate system; that of GPS where it names none."""
    return CRS.from_user_input(crs).get_geod() or Geod(ellps="WGS84")
