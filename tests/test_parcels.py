"""Parcels as values, the repair of their geometry, and their areas."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import shapely
from tiny_parcels import UTM, bow_tie, square

from backend.errors import GridError, InputError
from training.parcels import Overlap, ParcelCounts, areas_m2, make_parcels, valid_polygons


def test_parcels_must_be_numbered_in_order() -> None:
    parcels = make_parcels([square(0, 0), square(40, 40)], [1, 255], UTM)
    assert (parcels.ids.tolist(), parcels.source_ids, parcels.counts.unknown) == ([1, 2], ("1", "2"), 1)
    with pytest.raises(InputError, match="differ in number"):
        make_parcels([square(0, 0)], [1, 2], UTM)


def test_what_was_read_is_what_was_kept_and_what_was_dropped() -> None:
    ParcelCounts(10, 4, 0, 1, 2, 1, 0, {}, other_year=2)
    with pytest.raises(InputError, match="10 features were read, but 4 kept and 5 dropped"):
        ParcelCounts(10, 4, 0, 1, 2, 2, 0, {})


def test_counts_are_json() -> None:
    counts = ParcelCounts(
        2, 2, 0, 0, 0, 0, 1, {"hemp": 1}, {"hemp": 0.5}, duplicate_ids=1, duplicates=(("p", 2),),
        overlaps=(Overlap("p", "p", 12.345, (1, 2)),), overlaps_total=1, overlaps_m2=12.345,
    )  # fmt: skip
    facts = json.loads(json.dumps(counts.to_dict()))
    assert facts["overlaps"] == [{"a": "p", "b": "p", "area_m2": 12.35}]
    assert facts["duplicates"] == {"p": 2}
    assert (facts["unmapped"], facts["unmapped_ha"]) == ({"hemp": 1}, {"hemp": 0.5})


def test_an_outline_that_crosses_itself_becomes_two_triangles() -> None:
    shapes, broken = valid_polygons(np.array([square(0, 0), bow_tie()], dtype=object))
    assert broken.tolist() == [False, True]
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapes).tolist() == pytest.approx([900, 200])


def test_a_hole_that_crosses_the_outline_takes_its_inner_part_away() -> None:
    crossing = shapely.Polygon(square(0, 0).exterior.coords, [square(20, 20, 20).exterior.coords])
    shapes, broken = valid_polygons(np.array([crossing], dtype=object))
    assert broken.all()
    assert shapes[0].area == pytest.approx(900 - 100)


def test_only_polygons_are_left_of_a_collection() -> None:
    mixed = shapely.GeometryCollection(
        [square(0, 0), shapely.LineString([(500000, 4800000), (500090, 4800000)]), square(60, 60, 10)]
    )
    flat = shapely.Polygon([(500000, 4800000), (500010, 4800000), (500000, 4800000)])
    shapes, _ = valid_polygons(np.array([mixed, shapely.Point(0, 0), flat], dtype=object))
    assert shapes[0].geom_type == "MultiPolygon"
    assert shapely.area(shapes).tolist() == pytest.approx([900 + 100, 0, 0])
    assert shapely.is_empty(shapes).tolist() == [False, True, True]


def test_coordinates_that_are_no_numbers_leave_nothing() -> None:
    with np.errstate(invalid="ignore"):
        shape = shapely.from_wkt("POLYGON ((0 0, nan 0, 1 1, 0 0))")
    shapes, _ = valid_polygons(np.array([shape], dtype=object))
    assert shapes[0].is_empty


def test_areas_take_holes_out_and_add_parts_up() -> None:
    ring = shapely.Polygon(square(0, 0).exterior.coords, [square(10, 10, 10).exterior.coords])
    parcels = make_parcels([ring, shapely.MultiPolygon([ring, square(60, 60)])], [1, 5], UTM)
    assert parcels.areas_m2.tolist() == pytest.approx([900 - 100, 900 - 100 + 900])


def test_areas_in_feet_are_square_metres() -> None:
    # EPSG:2229 counts in US survey feet of 1200/3937 m
    acre = shapely.box(6_000_000, 2_000_000, 6_000_000 + 208.71, 2_000_000 + 208.71)
    assert areas_m2(np.array([acre], dtype=object), "EPSG:2229")[0] == pytest.approx(4046.87, rel=1e-4)


def test_areas_in_degrees_are_those_on_the_ellipsoid_whichever_way_the_outline_runs() -> None:
    # the area between two meridians one degree apart and the equator and 1 degree north is 12308.8 km2 on WGS 84
    degree = shapely.box(3, 0, 4, 1)
    hole = shapely.box(3.25, 0.25, 3.75, 0.75)
    ring = shapely.Polygon(degree.exterior.coords, [hole.exterior.coords])
    shapes = np.array([degree, degree.reverse(), ring, hole], dtype=object)
    first, turned, with_hole, inside = areas_m2(shapes, "EPSG:4326")
    assert first / 1e6 == pytest.approx(12308.8, abs=0.1)
    assert turned == first
    assert with_hole == pytest.approx(first - inside)


def test_no_parcels_have_no_areas() -> None:
    for crs in (UTM, "EPSG:4326"):
        assert make_parcels([], [], crs).areas_m2.shape == (0,)


def test_areas_in_no_coordinate_system_are_told() -> None:
    with pytest.raises(GridError, match="'EPSG:0' names no coordinate system"):
        areas_m2(np.array([square(0, 0)], dtype=object), "EPSG:0")


def test_parcels_can_be_copied() -> None:
    parcels = copy.deepcopy(make_parcels([square(0, 0)], [1], UTM))
    assert parcels.areas_m2.tolist() == [900]
