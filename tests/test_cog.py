"""Rasters out: cloud-optimised, with legend, names, units, scale and nodata, the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
import scenes
from rio_cogeo.cogeo import cog_validate
from tiny_model import legend

from backend.cog import RasterWriter, write_cog
from backend.grid import Grid, Window
from backend.map_layers import layer_specs
from backend.tile_result import RasterSpec

SPEC = layer_specs(legend(3), 4)["crop_type"]


@pytest.fixture
def cog(tmp_path: Path) -> Path:
    """A class raster of 1100 x 1200 cells: 1 above, 5 below, NODATA in the last column block."""
    grid = Grid(scenes.UTM, scenes.transform(2.5), 1200, 1100)
    writer = RasterWriter(tmp_path / "part.tif", grid, SPEC)
    writer.write(np.full((500, 1000), 1, np.uint8), Window(0, 0, 500, 1000))
    writer.write(np.full((600, 1000), 5, np.uint8), Window(500, 0, 600, 1000))
    writer.close()
    path = tmp_path / "crop_type.tif"
    write_cog(tmp_path / "part.tif", path, SPEC)
    return path


def test_the_raster_written_is_a_valid_cog_with_overviews(cog: Path) -> None:
    is_valid, errors, _ = cog_validate(cog, quiet=True)
    assert is_valid, errors
    with rasterio.open(cog) as src:
        assert src.overviews(1) == [2, 4]
        assert src.nodata == 255
        assert src.descriptions == ("crop type",)
        assert src.transform == scenes.transform(2.5)
        assert src.crs.to_epsg() == 32631


def test_cells_never_written_are_nodata_and_the_others_are_as_written(cog: Path) -> None:
    values = scenes.read(cog)
    assert (values[:, 1000:] == 255).all()
    assert (values[:500, :1000] == 1).all()
    assert (values[500:, :1000] == 5).all()


def test_the_colour_table_is_that_of_the_legend(cog: Path) -> None:
    with rasterio.open(cog) as src:
        colormap = src.colormap(1)
    for entry in legend(3):
        assert colormap[entry.code][:3] == entry.rgb


def test_category_names_and_attribute_table_lie_beside_the_raster(cog: Path) -> None:
    root = ElementTree.parse(cog.with_name("crop_type.tif.aux.xml")).getroot()
    names = [element.text or "" for element in root.iter("Category")]
    assert [names[code] for code in (0, 1, 5)] == ["No parcel", "Winter soft wheat", "Maize"]
    assert names[2] == ""
    rows = [[field.text for field in row.iter("F")] for row in root.iter("Row")]
    assert rows[0][:3] == ["0", "No parcel", "background"]
    assert [row[0] for row in rows] == ["0", "1", "5"]


def test_nothing_else_is_left_beside_the_raster(cog: Path) -> None:
    assert sorted(path.name for path in cog.parent.iterdir()) == ["crop_type.tif", "crop_type.tif.aux.xml", "part.tif"]


def test_two_writings_of_the_same_cells_are_the_same_bytes(cog: Path, tmp_path: Path) -> None:
    again = tmp_path / "other name ä.tif"
    write_cog(tmp_path / "part.tif", again, SPEC)
    assert again.read_bytes() == cog.read_bytes()


def test_a_raster_of_several_bands_has_their_names_units_scale_and_nodata(tmp_path: Path) -> None:
    grid = Grid(scenes.UTM, scenes.transform(), 700, 600)
    spec = RasterSpec("e.tif", 1, ("dates", "gap"), ("dates", "days"), "uint16", 65535, 0.5)
    writer = RasterWriter(tmp_path / "part.tif", grid, spec)
    values = np.arange(2 * 100 * 200, dtype=np.uint16).reshape(2, 100, 200)
    writer.write(values, Window(500, 500, 100, 200))
    writer.close()
    write_cog(tmp_path / "part.tif", tmp_path / "e.tif", spec)
    assert cog_validate(tmp_path / "e.tif", quiet=True)[0]
    with rasterio.open(tmp_path / "e.tif") as src:
        assert (src.descriptions, src.units, src.scales) == (("dates", "gap"), ("dates", "days"), (0.5, 0.5))
        assert (src.dtypes, src.nodata) == (("uint16", "uint16"), 65535)
        read = src.read()
    assert (read[:, 500:, 500:] == values).all()
    assert (read[:, :500] == 65535).all()
