"""Whole small maps on grids of all kinds: the same fields must be found, on exactly the ground of the images."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
import scenes
from affine import Affine
from rasterio.crs import CRS

from backend.mapping import run_map
from backend.protocol import MapRequest

LAYERS = ("crop_type", "confidence", "boundary")
UTM_PLACE = Affine.translation(scenes.LEFT, scenes.TOP)
GRIDS = {
    "north_up": (scenes.UTM, UTM_PLACE, (10.0, -10.0)),
    "rotated": (scenes.UTM, UTM_PLACE @ Affine.rotation(33), (10.0, -10.0)),
    "not_square": (scenes.UTM, UTM_PLACE, (12.0, -7.5)),
    "rotated_and_not_square": (scenes.UTM, UTM_PLACE @ Affine.rotation(-70), (7.5, -12.0)),
    "sheared": (scenes.UTM, UTM_PLACE @ Affine.shear(8, 0), (10.0, -10.0)),
    "south_up": (scenes.UTM, UTM_PLACE, (10.0, 10.0)),
    "mirrored": (scenes.UTM, UTM_PLACE, (-10.0, -10.0)),
    "degrees": ("EPSG:4326", Affine.translation(3.0, 43.35), (1.234e-4, -9.0e-5)),
    "degrees_across_the_equator_and_greenwich": ("EPSG:4326", Affine.translation(-0.001, 0.0005), (1e-4, -1e-4)),
    "feet": ("EPSG:2229", Affine.translation(6_400_000.25, 2_000_000.5), (32.8, -32.8)),
    "off_the_lattice": (scenes.UTM, Affine.translation(500003.7, 4799998.1), (10.0, -10.0)),
    "negative_coordinates": (scenes.UTM, Affine.translation(-255.0, -1234.0), (10.0, -10.0)),
}
"""Coordinate system, place and turn of the upper left corner, width and height of a cell of the finest band."""


def write_images(
    folder: Path,
    crs: str,
    place: Affine,
    cell: tuple[float, float],
    crops: npt.NDArray[np.uint8] = scenes.CROPS,
    days: Sequence[date] = scenes.DAYS,
) -> None:
    """The dates of a scene on any grid; bands of 20 m have cells twice as large, and reach over its edge if need be."""
    rows, cols = (size + size % 2 for size in crops.shape)
    whole = np.pad(crops, ((0, rows - crops.shape[0]), (0, cols - crops.shape[1])), mode="edge")
    for day in days:
        for bands, times, ground in ((scenes.BANDS_10M, 1, crops), (scenes.BANDS_20M, 2, whole)):
            values = np.stack([scenes.band_values(band, ground, day) for band in bands])
            grid = place @ Affine.scale(*(times * side for side in cell))
            scenes.write_raster(folder / f"{day:%Y%m%d}_{10 * times}m.tif", values, bands, grid, crs)


def make_map(folder: Path, model: Path, out: Path, **settings: Any) -> dict[str, npt.NDArray[Any]]:
    """Map all that is in a folder; the layers by name."""
    request = MapRequest((str(folder),), str(model), str(out), threads=1, **settings)
    run_map(request, lambda event, **values: None, lambda: False, lambda _: None)
    return {name: scenes.read(out / f"{name}.tif") for name in LAYERS}


def assert_on(path: Path, crs: str, place: Affine, shape: tuple[int, int], magnification: int = 4) -> None:
    """The raster's corners lie on the corners of the images' grid, to a millionth of a cell."""
    with rasterio.open(path) as src:
        assert src.crs == CRS.from_user_input(crs)
        assert src.shape == (magnification * shape[0], magnification * shape[1])
        height, width = shape
        for col, row in ((0, 0), (width, 0), (0, height), (width, height)):
            found = ~place * (src.transform * (magnification * col, magnification * row))
            assert found == pytest.approx((col, row), abs=1e-6)


@pytest.fixture(scope="module")
def reference(model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, npt.NDArray[Any]]:
    """The map of the scene on a plain grid."""
    folder = tmp_path_factory.mktemp("plain")
    write_images(folder / "in", *GRIDS["north_up"])
    layers = make_map(folder / "in", model, folder / "out")
    assert set(np.unique(layers["crop_type"])) == {0, 1, 5}
    return layers


@pytest.mark.parametrize("name", GRIDS)
def test_the_same_pixels_give_the_same_map_on_the_ground_of_the_images(
    name: str, reference: dict[str, npt.NDArray[Any]], model: Path, tmp_path: Path
) -> None:
    crs, place, cell = GRIDS[name]
    write_images(tmp_path / "in", crs, place, cell)
    layers = make_map(tmp_path / "in", model, tmp_path / "out")
    for layer in LAYERS:
        np.testing.assert_array_equal(layers[layer], reference[layer])
        assert_on(tmp_path / "out" / f"{layer}.tif", crs, place @ Affine.scale(*cell), scenes.CROPS.shape)
    assert_on(tmp_path / "out" / "evidence.tif", crs, place @ Affine.scale(*cell), scenes.CROPS.shape, magnification=1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 5), (1, 41), (37, 1), (15, 23)])
def test_images_of_odd_sizes_are_mapped_to_their_last_cell(shape: tuple[int, int], model: Path, tmp_path: Path) -> None:
    """The same as in the corner of a larger image that shows nothing else."""
    crs, place, cell = GRIDS["north_up"]
    write_images(tmp_path / "in", crs, place, cell, np.ones(shape, np.uint8))
    layers = make_map(tmp_path / "in", model, tmp_path / "out")
    corner = np.zeros((48, 48), dtype=bool)
    corner[: shape[0], : shape[1]] = True
    write_images(tmp_path / "large", crs, place, cell, np.ones(corner.shape, np.uint8))
    for path in (tmp_path / "large").glob("*_10m.tif"):
        with rasterio.open(path, "r+") as dst:
            dst.write(np.where(corner, dst.read(), 0))
    large = make_map(tmp_path / "large", model, tmp_path / "large_out", min_clear=0.0)
    for layer in LAYERS:
        assert (layers[layer] != 255).all()
        np.testing.assert_array_equal(layers[layer], large[layer][: 4 * shape[0], : 4 * shape[1]])
        assert_on(tmp_path / "out" / f"{layer}.tif", crs, place @ Affine.scale(*cell), shape)


def test_dates_of_other_extents_count_where_they_lie(model: Path, tmp_path: Path) -> None:
    """Each date shows another part of the scene; the same as with nodata around them on one grid."""
    parts = ((0, 16, 0, 24), (2, 14, 4, 24), (0, 16, 8, 20), (4, 12, 0, 16))
    for day, (top, bottom, left, right) in zip(scenes.DAYS, parts, strict=True):
        for bands, times in ((scenes.BANDS_10M, 1), (scenes.BANDS_20M, 2)):
            values = np.stack([scenes.band_values(band, scenes.CROPS, day) for band in bands])
            cut = np.zeros_like(values)
            inside = (slice(None), slice(top // times, bottom // times), slice(left // times, right // times))
            cut[inside] = values[inside]
            name = f"{day:%Y%m%d}_{10 * times}m.tif"
            scenes.write_raster(tmp_path / "padded" / name, cut, bands, scenes.transform(10.0 * times))
            place = scenes.transform(10.0 * times, scenes.LEFT + 10 * left, scenes.TOP - 10 * top)
            scenes.write_raster(tmp_path / "parts" / name, values[inside], bands, place)
    padded = make_map(tmp_path / "padded", model, tmp_path / "a")
    parted = make_map(tmp_path / "parts", model, tmp_path / "b")
    for layer in LAYERS:
        np.testing.assert_array_equal(parted[layer], padded[layer])
        assert (tmp_path / "a" / f"{layer}.tif").read_bytes() == (tmp_path / "b" / f"{layer}.tif").read_bytes()


def test_the_map_covers_the_ground_of_all_dates_together(model: Path, tmp_path: Path) -> None:
    for number, day in enumerate(scenes.DAYS):
        scenes.write_date(
            tmp_path / "in", day, left=scenes.LEFT + 120 * (number % 2), top=scenes.TOP - 40 * (number % 2)
        )
    layers = make_map(tmp_path / "in", model, tmp_path / "out")
    place = scenes.transform(10.0)
    assert_on(tmp_path / "out" / "crop_type.tif", scenes.UTM, place, (20, 36))
    covered = np.zeros((20, 36), dtype=bool)
    covered[:16, :24] = covered[4:, 12:] = True
    for layer in LAYERS:
        np.testing.assert_array_equal(layers[layer] != 255, np.kron(covered, np.ones((4, 4), bool)))


def test_two_tiles_of_a_date_give_the_map_of_one(
    reference: dict[str, npt.NDArray[Any]], model: Path, tmp_path: Path
) -> None:
    """Tiles of 14 and 16 columns that overlap by 6."""
    for day in scenes.DAYS:
        tiles = [
            scenes.Granule(scenes.CROPS[:, :14].copy(), "31TEJ"),
            scenes.Granule(scenes.CROPS[:, 8:].copy(), "31TFJ", left=scenes.LEFT + 80),
        ]
        scenes.write_safe(tmp_path / "in", day, granules=tiles)
    layers = make_map(tmp_path / "in", model, tmp_path / "out")
    for layer in LAYERS:
        np.testing.assert_array_equal(layers[layer], reference[layer])


def test_a_slanted_edge_of_the_swath_is_nodata_in_all_layers_exactly(model: Path, tmp_path: Path) -> None:
    rows, cols = np.indices(scenes.CROPS.shape)
    beyond = cols > 20 - rows // 2
    crs, place, cell = GRIDS["north_up"]
    write_images(tmp_path / "in", crs, place, cell)
    for day in scenes.DAYS:
        path = tmp_path / "in" / f"{day:%Y%m%d}_10m.tif"
        with rasterio.open(path, "r+") as dst:
            dst.write(np.where(beyond, 0, dst.read()))
    layers = make_map(tmp_path / "in", model, tmp_path / "out")
    for layer in LAYERS:
        np.testing.assert_array_equal(layers[layer] == 255, np.kron(beyond, np.ones((4, 4), bool)))


def test_a_region_in_metres_is_mapped_on_images_in_degrees(model: Path, tmp_path: Path) -> None:
    crs, place, cell = GRIDS["degrees"]
    write_images(tmp_path / "in", crs, place, cell)
    utm = rasterio.warp.transform_geom(
        crs, scenes.UTM, {"type": "Polygon", "coordinates": [_outline(place @ Affine.scale(*cell), 4, 6, 8, 10)]}
    )
    region = scenes.write_region(tmp_path / "r.gpkg", scenes.shapely.geometry.shape(utm))
    layers = make_map(tmp_path / "in", model, tmp_path / "out", region=str(region))
    assert_on(tmp_path / "out" / "crop_type.tif", crs, place @ Affine.scale(*cell) @ Affine.translation(6, 4), (8, 10))
    assert (layers["crop_type"] != 255).all()


def _outline(grid: Affine, row: int, col: int, height: int, width: int) -> list[tuple[float, float]]:
    """A rectangle of cells, a tenth of a cell smaller: its sides are not straight in the other coordinate system."""
    top, left, bottom, right = row + 0.1, col + 0.1, row + height - 0.1, col + width - 0.1
    return [grid * corner for corner in ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))]
