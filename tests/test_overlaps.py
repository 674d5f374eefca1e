"""Ground that more than one parcel claims."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from tiny_parcels import UTM, square

from training.overlaps import find_overlaps


def shapes_of(*shapes: shapely.Geometry) -> np.ndarray:
    return np.array(shapes, dtype=object)


def test_overlaps_are_listed_largest_first() -> None:
    # 30 m squares: the first two share 10 x 30 m, the last two 5 x 30 m, the first and the last one nothing
    shapes = shapes_of(square(0, 0), square(20, 0), square(45, 0), square(0, 60))
    pairs, areas = find_overlaps(shapes, UTM)
    assert pairs.tolist() == [[0, 1], [1, 2]]
    assert areas.tolist() == [300, 150]


def test_neighbours_that_touch_along_an_edge_or_in_a_corner_do_not_overlap() -> None:
    pairs, areas = find_overlaps(shapes_of(square(0, 0), square(30, 0), square(30, 30)), UTM)
    assert (pairs.shape, areas.shape) == ((0, 2), (0,))


def test_snapping_noise_is_no_overlap() -> None:
    # 30 m x 3 cm = 0.9 m2 and 30 m x 4 cm = 1.2 m2
    shapes = shapes_of(square(0, 0), square(29.97, 0), square(59.93, 0))
    pairs, areas = find_overlaps(shapes, UTM)
    assert pairs.tolist() == [[1, 2]]
    np.testing.assert_allclose(areas, [1.2], rtol=1e-5)


def test_a_parcel_in_the_hole_of_another_does_not_overlap_it() -> None:
    ring = shapely.Polygon(square(0, 0).exterior.coords, [square(10, 10, 10).exterior.coords])
    assert not len(find_overlaps(shapes_of(ring, square(10, 10, 10)), UTM)[0])
    pairs, areas = find_overlaps(shapes_of(ring, square(10, 5, 10)), UTM)
    assert (pairs.tolist(), areas.tolist()) == ([[0, 1]], [50])


def test_parcels_that_share_ground_and_an_edge_elsewhere_share_the_ground_only() -> None:
    two = shapely.MultiPolygon([square(0, 0), square(60, 0)])
    beside = shapely.MultiPolygon([square(20, 0), square(60, 30)])
    pairs, areas = find_overlaps(shapes_of(two, beside), UTM)
    assert (pairs.tolist(), areas.tolist()) == ([[0, 1]], [300])


def test_the_same_parcel_twice_overlaps_in_all_of_it_and_three_in_three_pairs() -> None:
    pairs, areas = find_overlaps(shapes_of(square(0, 0), square(0, 0), square(0, 0)), UTM)
    assert pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert areas.tolist() == [900, 900, 900]


def test_overlaps_in_degrees_and_in_feet_are_square_metres() -> None:
    shapes = shapes_of(square(0, 0), square(20, 0), square(49.98, 0))
    for crs in ("EPSG:4326", "EPSG:2154", "EPSG:2229"):
        to_crs = Transformer.from_crs(UTM, crs, always_xy=True)
        moved = shapely.transform(shapes, lambda xy, to=to_crs: np.column_stack(to.transform(*xy.T)))
        if crs == "EPSG:2229":  # California: only the unit matters
            moved = shapely.transform(shapes, lambda xy: xy / (1200 / 3937))
        pairs, areas = find_overlaps(np.asarray(moved, dtype=object), crs)
        assert pairs.tolist() == [[0, 1]]
        np.testing.assert_allclose(areas, [300], rtol=2e-3)


def test_nothing_overlaps_where_there_is_nothing() -> None:
    pairs, areas = find_overlaps(np.zeros(0, dtype=object), UTM)
    assert (pairs.shape, areas.shape) == ((0, 2), (0,))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 40)), min_size=1, max_size=12))
def test_overlaps_are_those_of_all_pairs(squares: list[tuple[int, int, int]]) -> None:
    shapes = shapes_of(*(square(*values) for values in squares))
    pairs, areas = find_overlaps(shapes, UTM)
    expected = {
        (a, b): shapes[a].intersection(shapes[b]).area
        for a in range(len(shapes))
        for b in range(a + 1, len(shapes))
        if shapes[a].intersection(shapes[b]).area > 1
    }
    assert dict(zip(map(tuple, pairs.tolist()), areas.tolist(), strict=True)) == expected
    assert areas.tolist() == sorted(areas.tolist(), reverse=True)
