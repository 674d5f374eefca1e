"""Exactly covered shares of cells: by hand, against shapely and exactextract, and as areas of real parcels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.affinity import scale as scaled

from backend.errors import GridError
from backend.grid import Window
from training.coverage import SNAP, cover
from training.parcels import GeometryArray, valid_polygons

KERN = Path("parcels") / "kern_county_2020_fields_no_crops.gpkg"
BOIGNEVILLE = Path("parcels") / "rpg_boigneville_west.gpkg"


def array_of(*shapes: shapely.Geometry) -> GeometryArray:
    out = np.empty(len(shapes), dtype=np.object_)
    out[:] = shapes
    return out


def plane(shape: shapely.Geometry, window: Window, scale: int = 1) -> NDArray[np.float64]:
    """(H, W) shares of one polygon."""
    fine = window.refine(scale)
    _, cell, share = cover(array_of(shape), window, scale).table()
    out = np.zeros(fine.height * fine.width)
    out[cell] = share
    return out.reshape(fine.shape)


def exact_plane(shape: shapely.Geometry, window: Window) -> NDArray[np.float64]:
    """The same by one intersection per cell."""
    row, col = np.mgrid[window.row : window.row_stop, window.col : window.col_stop]
    boxes = shapely.box(col, row, col + 1, row + 1)
    return np.asarray(shapely.area(shapely.intersection(boxes, shape)))


def crooked_shapes(seed: int, count: int, extent: float) -> list[shapely.Geometry]:
    """Stars of nine points with a hole, or two of them as one; some reach beyond the extent."""
    rng = np.random.default_rng(seed)
    shapes = []
    for number in range(count):
        stars = []
        for _ in range(1 + number % 2):
            centre, radius = rng.uniform(0, extent, 2), rng.uniform(0.05, extent / 3)
            angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
            rim = np.column_stack((np.cos(angles), np.sin(angles))) * radius * rng.uniform(0.3, 1, (9, 1)) + centre
            star = shapely.make_valid(shapely.Polygon(rim), method="structure")
            stars.append(star.difference(shapely.Point(centre).buffer(radius / 5)))
        shapes.append(shapely.union_all(stars))
    return [shape for shape in shapes if shape.area > 0]


def test_a_rectangle_covers_its_cells_by_its_sides() -> None:
    # columns 0.25 to 3.5, rows 1 to 2.5
    out = plane(shapely.box(0.25, 1, 3.5, 2.5), Window(0, 0, 4, 4))
    assert out.tolist() == [[0, 0, 0, 0], [0.75, 1, 1, 0.5], [0.375, 0.5, 0.5, 0.25], [0, 0, 0, 0]]


def test_cells_inside_come_as_one_run_a_row_and_edges_on_lines_cost_no_cell() -> None:
    out = cover(array_of(shapely.box(1, 1, 5, 3)), Window(0, 0, 4, 6))
    assert out.cells.tolist() == [7, 13]  # those right of the left side; right of the right side nothing is covered
    assert out.shares.tolist() == [1, 1]
    assert list(zip(out.run_starts.tolist(), out.run_stops.tolist(), strict=True)) == [(8, 11), (14, 17)]


def test_a_triangle_halves_the_cells_of_its_long_side() -> None:
    out = plane(shapely.Polygon([(0, 0), (3, 3), (0, 3)]), Window(0, 0, 3, 3))
    assert out.tolist() == [[0.5, 0, 0], [1, 0.5, 0], [1, 1, 0.5]]


def test_holes_and_parts_count_and_so_does_either_direction_of_the_rings() -> None:
    ring = shapely.Polygon([(0, 0), (3, 0), (3, 3), (0, 3)], [[(1, 1), (2, 1), (2, 1.5), (1, 1.5)]])
    for shape in (ring, shapely.orient_polygons(ring, exterior_cw=True)):
        out = plane(shapely.MultiPolygon([shape, shapely.box(3.5, 0, 4, 1)]), Window(0, 0, 3, 4))
        assert out.tolist() == [[1, 1, 1, 0.5], [1, 0.5, 1, 0], [1, 1, 1, 0]]


def test_lines_and_points_of_a_collection_have_no_share() -> None:
    mixed = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (3, 3)])])
    assert plane(mixed, Window(0, 0, 2, 2)).tolist() == [[1, 0], [0, 0]]


def test_no_polygons_empty_ones_and_far_ones_cover_nothing() -> None:
    for shapes in (array_of(), array_of(shapely.Polygon()), array_of(shapely.box(10, 10, 11, 11))):
        assert [len(column) for column in cover(shapes, Window(0, 0, 3, 3)).table()] == [0, 0, 0]


def test_polygons_keep_their_positions() -> None:
    shapes = array_of(shapely.box(2, 0, 3, 1), shapely.Polygon(), shapely.box(0, 0, 0.5, 1))
    polygon, cell, share = cover(shapes, Window(0, 0, 1, 3)).table()
    assert (polygon.tolist(), cell.tolist(), share.tolist()) == ([0, 2], [2, 0], [1, 0.5])


def test_an_empty_window_is_told() -> None:
    with pytest.raises(GridError, match="window of 0 x 5 cells has no shares"):
        cover(array_of(shapely.box(0, 0, 1, 1)), Window(0, 0, 0, 5))


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_those_of_one_intersection_per_cell(seed: int) -> None:
    window = Window(-2, 1, 17, 15)
    for shape in crooked_shapes(seed, 6, 16):
        np.testing.assert_allclose(plane(shape, window), exact_plane(shape, window), atol=1e-6)


@pytest.mark.parametrize("scale", [1, 4])
def test_shares_are_those_of_exactextract(scale: int) -> None:
    shapes = crooked_shapes(7, 20, 40)
    window = Window(0, 0, 40, 40)
    rows, cols = window.refine(scale).shape
    raster = NumPyRasterSource(np.zeros((rows, cols), dtype=np.uint8), 0, -40, 40, 0)
    features = [
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(scaled(shape, 1, -1, origin=(0, 0)))}
        for shape in shapes
    ]
    for shape, found in zip(shapes, exact_extract(raster, features, ["cell_id", "coverage"]), strict=True):
        theirs = np.zeros(rows * cols)
        theirs[np.asarray(found["properties"]["cell_id"], dtype=np.int64)] = found["properties"]["coverage"]
        np.testing.assert_allclose(plane(shape, window, scale).ravel(), theirs, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    row=st.integers(-5, 22),
    col=st.integers(-5, 22),
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    scale=st.sampled_from([1, 2, 4]),
)
def test_shares_do_not_depend_on_the_window_bit_by_bit(
    seed: int, row: int, col: int, height: int, width: int, scale: int
) -> None:
    around, window = Window(-8, -8, 48, 48), Window(row, col, height, width)
    for shape in crooked_shapes(seed, 2, 20):
        whole = plane(shape, around, scale)[window.refine(scale).slices(around.refine(scale))]
        np.testing.assert_array_equal(plane(shape, window, scale), whole)


@pytest.mark.parametrize("seed", range(3))
def test_shares_flip_with_the_polygon(seed: int) -> None:
    window = Window(0, 0, 20, 24)
    for shape in crooked_shapes(seed, 4, 20):
        straight = plane(shape, window)
        for x, y in ((-1, 1), (1, -1), (-1, -1)):
            flipped = plane(scaled(shape, x, y, origin=(12, 10)), window)
            # crossings are counted from an edge's upper end: flipped, they round from the other one
            np.testing.assert_allclose(flipped[::y, ::x], straight, atol=4 * SNAP)


@pytest.mark.parametrize("seed", range(3))
def test_shares_are_the_means_of_those_of_finer_cells(seed: int) -> None:
    window = Window(0, 0, 16, 16)
    for shape in crooked_shapes(seed, 4, 16):
        for scale in (2, 4):
            means = plane(shape, window, scale).reshape(16, scale, 16, scale).mean(axis=(1, 3))
            np.testing.assert_allclose(plane(shape, window), means, atol=1e-6)


def assert_areas_agree(shapes: GeometryArray, window: Window, scale: int = 1) -> None:
    """The shares of each polygon sum up to the area of its part in the window, to 1e-6 of it or 1 square millimetre."""
    out = cover(shapes, window, scale)
    areas = np.bincount(out.polygons, out.shares, minlength=len(shapes))
    areas += np.bincount(out.run_polygons, out.run_stops - out.run_starts, minlength=len(shapes))
    areas /= scale**2
    box = shapely.box(window.col, window.row, window.col_stop, window.row_stop)
    np.testing.assert_allclose(areas, shapely.area(shapely.intersection(shapes, box)), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_areas_of_holes_parts_and_polygons_across_the_edge_agree(seed: int) -> None:
    shapes = array_of(*crooked_shapes(seed, 30, 20))
    assert not shapely.covers(shapely.box(0, 0, 20, 20), shapes).all()
    assert (shapely.get_num_geometries(shapes) > 1).any()
    assert_areas_agree(shapes, Window(-20, -20, 60, 60))
    assert_areas_agree(shapes, Window(0, 0, 20, 20))
    assert_areas_agree(shapes, Window(3, 5, 9, 8), scale=4)


def test_areas_of_polygons_smaller_than_a_cell_agree() -> None:
    rng = np.random.default_rng(3)
    corners = rng.uniform(0, 10_000, (300, 2))
    sizes = rng.uniform(0.1, 0.9, (300, 2))
    shapes = shapely.box(*corners.T, *(corners + sizes).T)
    assert shapely.area(shapes).max() < 1
    assert_areas_agree(shapes, Window(0, 0, 10_001, 10_001))
    assert_areas_agree(shapes, Window(0, 0, 10_001, 10_001), scale=4)


def in_cells(path: Path, crs: str | None) -> GeometryArray:
    """The polygons of a file in 10 m cells, from the upper left corner of all of them."""
    meta, _, wkb, _ = pyogrio.raw.read(path, columns=[], force_2d=True)
    shapes = np.asarray(shapely.from_wkb(wkb))
    if crs is not None:
        transformer = Transformer.from_crs(meta["crs"], crs, always_xy=True)
        shapes = shapely.transform(shapes, lambda xy: np.column_stack(transformer.transform(*xy.T)))
    left, _, _, top = np.round(shapely.total_bounds(shapes), -1)
    shapes = shapely.transform(shapes, lambda xy: np.column_stack((xy[:, 0] - left, top - xy[:, 1])) / 10)
    return valid_polygons(shapes)[0]


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_areas_of_the_boigneville_parcels_agree(real_data: Path, scale: int) -> None:
    shapes = in_cells(real_data / BOIGNEVILLE, None)
    assert len(shapes) == 710
    assert_areas_agree(shapes, Window(-2, -2, 760, 490), scale)
    assert_areas_agree(shapes, Window(100, 100, 300, 200), scale)


@pytest.mark.parametrize("scale", [1, 4])
def test_areas_of_a_sample_of_the_kern_county_fields_agree(real_data: Path, scale: int) -> None:
    shapes = in_cells(real_data / KERN, "EPSG:32611")
    assert len(shapes) == 12_562
    left, top, right, bottom = shapely.total_bounds(shapes)
    window = Window(int(top) - 1, int(left) - 1, int(bottom - top) + 3, int(right - left) + 3)
    assert_areas_agree(np.random.default_rng(0).permutation(shapes)[:400], window, scale)
