"""Reading windows onto a grid, and the COGs written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import scenes
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.errors import DamagedFileError, GridError, InputError
from backend.grid import Grid, Window
from backend.raster import WindowReader, cell_area_m2, read_info, read_values, write_png

GRID = Grid(scenes.UTM, scenes.transform(), 4, 4)
"""4 x 4 cells of 10 m."""


def read_window(path: Path, window: Window, grid: Grid = GRID, fill: float = 0) -> np.ndarray:
    with WindowReader() as reader:
        return reader.read(path, [1], grid, window, fill)[0]


def test_a_20_m_pixel_fills_the_four_10_m_cells_on_it(tmp_path: Path) -> None:
    path = scenes.write_raster(tmp_path / "b.tif", np.array([[1, 2], [3, 4]], np.uint16), place=scenes.transform(20.0))
    expected = [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]
    assert read_window(path, GRID.window).tolist() == expected


def test_a_20_m_grid_that_begins_10_m_further_west_is_taken_by_the_pixel_under_the_centre(tmp_path: Path) -> None:
    place = scenes.transform(20.0, scenes.LEFT - 10)
    path = scenes.write_raster(tmp_path / "b.tif", np.array([[1, 2, 3], [4, 5, 6]], np.uint16), place=place)
    expected = [[1, 2, 2, 3], [1, 2, 2, 3], [4, 5, 5, 6], [4, 5, 5, 6]]
    assert read_window(path, GRID.window).tolist() == expected


def test_a_20_m_grid_that_overhangs_by_10_m_leaves_no_gap_and_moves_nothing(tmp_path: Path) -> None:
    grid = Grid(scenes.UTM, scenes.transform(), 3, 3)
    path = scenes.write_raster(tmp_path / "b.tif", np.array([[1, 2], [3, 4]], np.uint16), place=scenes.transform(20.0))
    assert read_window(path, grid.window, grid).tolist() == [[1, 1, 2], [1, 1, 2], [3, 3, 4]]


def test_cells_beyond_the_image_get_the_fill_value(tmp_path: Path) -> None:
    path = scenes.write_raster(tmp_path / "b.tif", np.arange(1, 17, dtype=np.uint16).reshape(4, 4))
    expected = [[9, 9, 9], [9, 1, 2], [9, 5, 6]]
    assert read_window(path, Window(-1, -1, 3, 3), fill=9).tolist() == expected
    assert read_window(path, Window(3, 3, 2, 2), fill=9).tolist() == [[16, 9], [9, 9]]
    assert read_window(path, Window(50, 50, 2, 2), fill=9).tolist() == [[9, 9], [9, 9]]


def test_a_south_up_image_is_read_the_right_way_round(tmp_path: Path) -> None:
    place = Affine(10, 0, scenes.LEFT, 0, 10, scenes.TOP - 40)
    path = scenes.write_raster(tmp_path / "b.tif", np.arange(16, dtype=np.uint16).reshape(4, 4), place=place)
    assert read_window(path, GRID.window)[0].tolist() == [12, 13, 14, 15]


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    values = np.arange(12 * 10, dtype=np.uint16).reshape(12, 10) + 1
    path = tmp_path_factory.mktemp("wide") / "b.tif"
    return scenes.write_raster(path, values, place=scenes.transform(20.0, scenes.LEFT - 10))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.integers(-6, 24), st.integers(-6, 24), st.integers(1, 12), st.integers(1, 12))
def test_what_is_read_does_not_depend_on_how_windows_are_cut(
    wide: Path, row: int, col: int, height: int, width: int
) -> None:
    grid = Grid(scenes.UTM, scenes.transform(), 20, 24)
    everything = Window(-6, -6, 48, 48)
    window = Window(row, col, height, width)
    with WindowReader() as reader:
        whole = reader.read(wide, [1], grid, everything, 0)[0]
        part = reader.read(wide, [1], grid, window, 0)[0]
    assert (whole[window.slices(everything)] == part).all()


def test_many_files_can_be_read_in_turn_without_running_out_of_handles(tmp_path: Path) -> None:
    values = np.ones((2, 2), np.uint16)
    paths = [scenes.write_raster(tmp_path / f"{number}.tif", values * number) for number in range(1, 301)]
    grid = Grid(scenes.UTM, scenes.transform(), 2, 2)
    with WindowReader() as reader:
        for _ in range(2):
            found = [int(reader.read(path, [1], grid, grid.window)[0, 0, 0]) for path in paths]
    assert found == list(range(1, 301))


def test_a_file_rotated_against_the_grid_is_refused(tmp_path: Path) -> None:
    place = scenes.transform() @ Affine.rotation(10)
    path = scenes.write_raster(tmp_path / "b.tif", np.ones((4, 4), np.uint16), place=place)
    with pytest.raises(GridError, match=r"b\.tif: its grid is rotated"):
        read_window(path, GRID.window)


def test_a_truncated_raster_is_named(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(1, 9999, (64, 64)).astype(np.uint16)
    path = scenes.write_raster(tmp_path / "b.tif", values)
    path.write_bytes(path.read_bytes()[: 64 * 64])
    with pytest.raises(DamagedFileError, match=r"b\.tif: "):
        read_window(path, Window(0, 0, 64, 64))


def test_a_file_that_is_no_raster_is_named(tmp_path: Path) -> None:
    path = tmp_path / "b.tif"
    path.write_text("not a raster")
    with pytest.raises(DamagedFileError, match=r"b\.tif: expected a raster, but GDAL cannot open it"):
        read_info(path)


def test_a_raster_without_coordinate_system_is_refused(tmp_path: Path) -> None:
    path = scenes.write_raster(tmp_path / "b.tif", np.ones((2, 2), np.uint16), crs=None)
    with pytest.raises(GridError, match=r"b\.tif: the raster has no coordinate system"):
        read_info(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no file .*gone\.tif"):
        read_info(tmp_path / "gone.tif")


def test_a_thinned_band_keeps_at_most_the_side_asked_for(tmp_path: Path) -> None:
    path = scenes.write_raster(tmp_path / "b.tif", np.ones((30, 50), np.uint16))
    assert read_values(path, max_side=10).shape == (6, 10)
    assert read_values(path).shape == (30, 50)


def test_a_cell_of_ten_metres_is_a_hundred_square_metres() -> None:
    assert cell_area_m2(GRID) == pytest.approx(100)


def test_a_cell_in_us_survey_feet_is_given_in_square_metres() -> None:
    grid = Grid("EPSG:2229", Affine(10, 0, 6000000, 0, -10, 2000000), 4, 4)
    assert cell_area_m2(grid) == pytest.approx(100 * (1200 / 3937) ** 2)


def test_a_cell_of_an_arc_second_at_the_equator_and_at_sixty_degrees() -> None:
    second = 1 / 3600
    equator = Grid("EPSG:4326", Affine(second, 0, 0, 0, -second, second / 2), 1, 1)
    north = Grid("EPSG:4326", Affine(second, 0, 0, 0, -second, 60 + second / 2), 1, 1)
    assert cell_area_m2(equator) == pytest.approx(30.92 * 30.72, rel=1e-3)
    assert cell_area_m2(north) == pytest.approx(15.50 * 30.95, rel=2e-3)


def test_a_picture_has_the_colours_given_and_no_side_file(tmp_path: Path) -> None:
    colours = np.zeros((3, 2, 3), np.uint8)
    colours[0] = 200
    write_png(tmp_path / "q.png", colours)
    with rasterio.open(tmp_path / "q.png") as src:
        assert (src.read() == colours).all()
    assert [path.name for path in tmp_path.iterdir()] == ["q.png"]
