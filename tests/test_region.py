"""The region: polygons of any vector file on the series' grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scenes
import shapely
from affine import Affine
from pyproj import Transformer

from backend.errors import DamagedFileError, InputError, RegionError
from backend.grid import Grid, Window
from backend.region import read_region

GRID = Grid(scenes.UTM, scenes.transform(), 24, 16)


def reproject(shape: shapely.Geometry, crs: str) -> shapely.Geometry:
    change = Transformer.from_crs(scenes.UTM, crs, always_xy=True)
    return shapely.transform(shape, lambda p: np.column_stack(change.transform(p[:, 0], p[:, 1])))


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "fgb"])
def test_the_window_holds_all_cells_that_are_touched(tmp_path: Path, ending: str) -> None:
    shape = scenes.box(2.5, 3.5, 2, 4)
    crs = scenes.UTM
    if ending == "geojson":
        shape, crs = reproject(shape, "EPSG:4326"), "EPSG:4326"
    path = scenes.write_region(tmp_path / f"r.{ending}", shape, crs=crs)
    assert read_region(path, GRID).window == Window(2, 3, 3, 5)


def test_a_region_on_cell_edges_takes_no_row_more(tmp_path: Path) -> None:
    path = scenes.write_region(tmp_path / "r.gpkg", scenes.box(2, 3, 4, 5))
    assert read_region(path, GRID).window == Window(2, 3, 4, 5)


def test_cells_whose_centre_lies_inside_are_in_the_mask(tmp_path: Path) -> None:
    path = scenes.write_region(tmp_path / "r.gpkg", scenes.box(0.6, 0.4, 1.2, 1.2))
    mask = read_region(path, GRID).mask(GRID.crop(Window(0, 0, 3, 3)))
    # rows 0.6 to 1.8 hold the centre 1.5; columns 0.4 to 1.6 hold the centres 0.5 and 1.5
    assert mask.tolist() == [[False, False, False], [True, True, False], [False, False, False]]


def test_two_far_apart_polygons_give_one_window_and_a_mask_of_both(tmp_path: Path) -> None:
    path = scenes.write_region(tmp_path / "r.gpkg", scenes.box(0, 0, 2, 2), scenes.box(14, 22, 2, 2))
    region = read_region(path, GRID)
    assert region.window == GRID.window
    assert region.mask(GRID).sum() == 8


@pytest.mark.parametrize("crs", ["EPSG:2154", "EPSG:4326", "EPSG:3857", "EPSG:32632"])
def test_a_region_in_another_coordinate_system_lands_on_the_same_cells(tmp_path: Path, crs: str) -> None:
    shape = reproject(shapely.segmentize(scenes.box(2.3, 3.3, 5.4, 7.4), 20), crs)
    region = read_region(scenes.write_region(tmp_path / "r.gpkg", shape, crs=crs), GRID)
    assert region.window == Window(2, 3, 6, 8)
    expected = np.zeros((16, 24), bool)
    expected[2:8, 3:11] = True  # centres of rows 2.5 to 7.5 and columns 3.5 to 10.5 lie inside
    assert (region.mask(GRID) == expected).all()


def test_a_region_that_reaches_beyond_the_images_is_cut_to_them(tmp_path: Path) -> None:
    path = scenes.write_region(tmp_path / "r.gpkg", scenes.box(-500, -500, 505, 503))
    assert read_region(path, GRID).window == Window(0, 0, 5, 3)


def test_a_region_around_the_whole_world_takes_all_of_the_images(tmp_path: Path) -> None:
    path = scenes.write_region(tmp_path / "r.geojson", shapely.box(-180, -90, 180, 90), crs="EPSG:4326")
    region = read_region(path, GRID)
    assert region.window == GRID.window
    assert region.mask(GRID).all()


def test_a_polygon_that_crosses_itself_is_mended(tmp_path: Path) -> None:
    left, top = scenes.LEFT, scenes.TOP
    bow = shapely.Polygon([(left, top), (left + 40, top - 40), (left + 40, top), (left, top - 40)])
    region = read_region(scenes.write_region(tmp_path / "r.gpkg", bow), GRID)
    assert region.window == Window(0, 0, 4, 4)
    assert 4 <= region.mask(GRID).sum() <= 8


def test_a_region_on_a_rotated_grid(tmp_path: Path) -> None:
    place = Affine.translation(scenes.LEFT, scenes.TOP) @ Affine.rotation(30) @ Affine.scale(10, -10)
    turned = Grid(scenes.UTM, place, 8, 8)
    corners = [turned.transform @ xy for xy in ((2, 3), (5, 3), (5, 7), (2, 7))]
    region = read_region(scenes.write_region(tmp_path / "r.gpkg", shapely.Polygon(corners)), turned)
    assert region.window == Window(3, 2, 4, 3)
    assert region.mask(turned).sum() == 12
    assert region.mask(turned)[3:7, 2:5].all()


def test_a_region_elsewhere_is_refused_with_where_the_images_are(tmp_path: Path) -> None:
    path = scenes.write_region(tmp_path / "r.gpkg", scenes.box(100, 100, 5, 5))
    with pytest.raises(RegionError, match=r"r\.gpkg: the region does not touch the images \(they cover 500000 to"):
        read_region(path, GRID)


def test_a_region_that_only_shares_an_edge_does_not_touch(tmp_path: Path) -> None:
    path = scenes.write_region(tmp_path / "r.gpkg", scenes.box(0, 24, 5, 5))
    with pytest.raises(RegionError, match="does not touch"):
        read_region(path, GRID)


def test_a_region_without_coordinate_system_is_refused(tmp_path: Path) -> None:
    path = scenes.write_region(tmp_path / "r.shp", scenes.box(0, 0, 5, 5), crs=None)
    with pytest.raises(RegionError, match=r"r\.shp: the region has no coordinate system"):
        read_region(path, GRID)


def test_a_region_of_points_is_refused(tmp_path: Path) -> None:
    path = scenes.write_region(tmp_path / "r.gpkg", shapely.Point(scenes.LEFT, scenes.TOP))
    with pytest.raises(RegionError, match=r"r\.gpkg: the region has no polygon"):
        read_region(path, GRID)


def test_a_region_without_features_is_refused(tmp_path: Path) -> None:
    path = scenes.write_region(tmp_path / "r.gpkg")
    with pytest.raises(RegionError, match="no polygon"):
        read_region(path, GRID)


def test_what_is_no_vector_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.gpkg"
    path.write_text("nothing")
    with pytest.raises(DamagedFileError, match=r"r\.gpkg: expected a vector file"):
        read_region(path, GRID)
    raster = scenes.write_raster(tmp_path / "r.tif", np.ones((2, 2), np.uint8))
    with pytest.raises(DamagedFileError, match=r"r\.tif: expected a vector file"):
        read_region(raster, GRID)


def test_a_region_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no region file .*gone\.gpkg"):
        read_region(tmp_path / "gone.gpkg", GRID)


def test_a_region_in_a_coordinate_system_of_its_own_is_refused(tmp_path: Path) -> None:
    crs = 'LOCAL_CS["site plan",UNIT["metre",1]]'
    path = scenes.write_region(tmp_path / "r.gpkg", scenes.box(0, 0, 5, 5), crs=crs)
    with pytest.raises(RegionError, match=r"r\.gpkg: the region's coordinate system cannot be used here"):
        read_region(path, GRID)
