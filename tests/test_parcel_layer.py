"""Which cells lie in which parcel, checked by hand and against GDAL's own rasterising."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from affine import Affine
from rasterio.features import rasterize
from rasterio.warp import transform
from shapely import Polygon, box

from backend.errors import RegionError
from backend.grid import Grid, Window
from backend.parcel_file import ParcelFile
from backend.parcel_layer import ParcelLayer, make_layer, shrink

UTM = "EPSG:32631"
GRID = Grid(UTM, Affine(1, 0, 0, 0, -1, 8), 10, 8)
"""Cells of a metre; row 0 lies at y from 7 to 8."""


def parcels(*shapes: Any, crs: str = UTM) -> ParcelFile:
    return ParcelFile(Path("parcels.gpkg"), None, "geometry", crs, np.array(shapes, dtype=object))


def layer(*shapes: Any, grid: Grid = GRID, magnification: int = 2, buffer_m: float = 0.0) -> ParcelLayer:
    return make_layer(parcels(*shapes), grid, magnification, buffer_m)


def masks(found: ParcelLayer, window: Window = GRID.window) -> npt.NDArray[np.int64]:
    """(P, H, W): how often each cell counts for each parcel."""
    owner, place = found.spans(window).cells(window.width)
    out = np.zeros((len(found), window.height * window.width), dtype=np.int64)
    np.add.at(out, (owner, place), 1)
    return out.reshape(-1, *window.shape)


def test_a_cell_belongs_to_a_parcel_if_its_centre_does() -> None:
    found = masks(layer(box(1.4, 5.6, 3.6, 8.0)))[0]
    expected = np.zeros((8, 10), dtype=int)
    expected[0:2, 1:4] = 1  # centres at 1.5, 2.5 and 3.5; at y 7.5 and 6.5, but not at 5.5
    np.testing.assert_array_equal(found, expected)


def test_of_neighbours_that_share_an_edge_through_centres_exactly_one_has_each_cell() -> None:
    corner = Polygon([(2.5, 1.5), (7.5, 6.5), (2.5, 6.5)])
    rest = Polygon([(2.5, 1.5), (7.5, 1.5), (7.5, 6.5)])
    found = masks(layer(corner, rest))
    np.testing.assert_array_equal(found.sum(axis=0), masks(layer(box(2.5, 1.5, 7.5, 6.5)))[0])
    assert found.sum() == 25


def test_where_parcels_overlap_a_cell_counts_for_each_of_them() -> None:
    found = masks(layer(box(0, 0, 6, 8), box(4, 0, 10, 8), box(4, 0, 10, 8)))
    assert found[:, 0, 4].tolist() == [1, 1, 1]
    assert found.sum(axis=(1, 2)).tolist() == [48, 48, 48]


def test_holes_and_parts_count() -> None:
    ring = box(0, 0, 5, 8) - box(1, 1, 4, 7)
    found = masks(layer(shapely.MultiPolygon([ring, box(8, 0, 10, 2)])))[0]
    assert found[:, :5].sum() == 40 - 18
    assert found[3, 2] == 0
    assert found[6:, 8:].sum() == found[:, 5:].sum() == 4


def random_shapes(count: int, seed: int) -> list[Any]:
    """Stars with holes, some reaching beyond the grid, with corners on cell borders and centres among them."""
    rng = np.random.default_rng(seed)
    out = []
    while len(out) < count:
        middle, angles = rng.uniform(-1, 11, 2), np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
        corners = middle + rng.uniform(0.3, 5, (len(angles), 1)) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        shape = Polygon(np.round(corners * 2) / 2 if rng.random() < 0.3 else corners)
        shape = shapely.make_valid(shape) - shapely.Point(middle).buffer(0.5)
        if shape.area > 0.1 and shape.geom_type in ("Polygon", "MultiPolygon"):
            out.append(shape)
    return out


def test_cells_are_those_that_gdal_gives() -> None:
    shapes = [shape for shape in random_shapes(120, 0) if shape.intersects(box(0, 0, 10, 8))]
    # a centre that lies on an outline is a matter of taste; neighbours share it out among them
    clear = [shapely.distance(shape.boundary, shapely.points(x, y)) > 1e-9
             for shape in shapes for y in np.arange(7.5, 0, -1) for x in np.arange(0.5, 10)]  # fmt: skip
    expected = [rasterize([shape], out_shape=GRID.shape, transform=GRID.transform) for shape in shapes]
    differ = (masks(layer(*shapes)) != np.array(expected)) & np.reshape(clear, (-1, 8, 10))
    assert not differ.any()
    assert np.sum(expected) > 400


def test_windows_have_the_cells_of_the_whole() -> None:
    found = layer(*random_shapes(40, 1))
    whole = masks(found)
    for row in range(0, 8, 3):
        for col in range(0, 10, 4):
            window = Window(row, col, 3, 4).intersect(GRID.window)
            rows, cols = window.slices(GRID.window)
            np.testing.assert_array_equal(masks(found, window), whole[:, rows, cols])


def test_rotated_grids_are_followed() -> None:
    grid = Grid(UTM, Affine.translation(100, 50) * Affine.rotation(30) * Affine.scale(1, -1), 10, 8)
    shape = shapely.transform(box(2, 3, 5, 7), lambda xy: np.array([grid.transform * (col, row) for col, row in xy]))
    found = masks(layer(shape, grid=grid))[0]
    expected = np.zeros((8, 10), dtype=int)
    expected[3:7, 2:5] = 1
    np.testing.assert_array_equal(found, expected)


def test_the_inner_buffer_leaves_out_what_is_near_the_edge() -> None:
    found = layer(box(0, 0, 10, 8), buffer_m=2)
    expected = np.zeros((8, 10), dtype=int)
    expected[2:6, 2:8] = 1
    np.testing.assert_array_equal(masks(found)[0], expected)
    assert found.buffer_m.tolist() == [2]


def test_small_parcels_get_a_smaller_buffer_until_the_inside_is_an_input_cell() -> None:
    # input cells of 4 square metres; the insides of squares of side s with buffer b have (s - 2 b)^2
    sides = (6.0, 5.9, 4.0, 3.9, 3.0, 2.9, 1.0)
    found = layer(*(box(0, 0, side, side) for side in sides), buffer_m=2)
    assert found.buffer_m.tolist() == [2, 1, 1, 0.5, 0.5, 0, 0]
    assert masks(found)[-1].sum() == 1


def test_a_parcel_between_the_centres_has_no_cell_and_stays() -> None:
    found = layer(box(0.6, 0.6, 1.4, 1.4), box(0, 0, 10, 8))
    assert masks(found).sum(axis=(1, 2)).tolist() == [0, 80]


def test_parcels_beside_the_map_have_neither_cells_nor_a_buffer() -> None:
    found = layer(box(20, 20, 30, 30), box(0, 0, 10, 8), Polygon())
    np.testing.assert_array_equal(found.buffer_m, [np.nan, 0, np.nan])
    assert masks(found).sum(axis=(1, 2)).tolist() == [0, 80, 0]
    with pytest.raises(RegionError, match=r"parcels.gpkg: none of its 1 parcels touches the map, which covers 0 to 10"):
        layer(box(20, 20, 30, 30))


def test_in_degrees_the_buffer_is_as_wide_in_metres_in_both_directions() -> None:
    square = box(3.0, 60.0, 3.01, 60.01)  # 558 x 1114 m
    (inside,), (used,) = shrink(np.array([square]), "EPSG:4326", 100.0, 1.0)
    xs, ys = transform("EPSG:4326", "+proj=aeqd +lat_0=60.005 +lon_0=3.005", [3.0, inside.bounds[0]], [60.005] * 2)
    assert xs[1] - xs[0] == pytest.approx(100, abs=0.2)
    xs, ys = transform("EPSG:4326", "+proj=aeqd +lat_0=60.005 +lon_0=3.005", [3.005] * 2, [60.0, inside.bounds[1]])
    assert ys[1] - ys[0] == pytest.approx(100, abs=0.2)
    assert used == 100


def test_in_feet_the_buffer_is_in_metres() -> None:
    (inside,), _ = shrink(np.array([box(0, 0, 1000, 1000)]), "EPSG:2229", 30.48, 1.0)
    assert inside.bounds == pytest.approx((100, 100, 900, 900), abs=0.01)


def test_parcels_in_another_coordinate_system_are_carried_onto_the_grid() -> None:
    grid = Grid("EPSG:32631", Affine(10, 0, 500000, 0, -10, 4800080), 10, 8)
    corners = [(500020, 4800000), (500050, 4800000), (500050, 4800040), (500020, 4800040)]
    lon, lat = transform("EPSG:32631", "EPSG:4326", [x + 0.5 for x, _ in corners], [y + 0.5 for _, y in corners])
    file = parcels(Polygon(zip(lon, lat, strict=True)), crs="EPSG:4326")
    expected = np.zeros((8, 10), dtype=int)
    expected[4:8, 2:5] = 1
    np.testing.assert_array_equal(masks(make_layer(file, grid, 1, 0.0), grid.window)[0], expected)
