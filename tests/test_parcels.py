"""Parcels from vector files onto a grid's coordinate system."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from affine import Affine

from backend.errors import GridError, InputError
from backend.grid import Grid
from training.classes import ClassTable, Legend
from training.parcels import make_parcels, read_parcels

UTM = "EPSG:32631"
GRID = Grid(UTM, Affine(10, 0, 500000, 0, -10, 4800100), 10, 10)
"""500000-500100 east, 4800000-4800100 north."""
TABLE = ClassTable({"wheat": 1, "maize": 5, "odd": 255}, "table.csv")


def square(left: float, bottom: float, size: float = 30.0) -> shapely.Polygon:
    """A square at so many metres from the grid's lower left corner."""
    return shapely.box(500000 + left, 4800000 + bottom, 500000 + left + size, 4800000 + bottom + size)


def write(
    path: Path, shapes: list[object], crops: list[object], crs: str | None = UTM, **options: object
) -> Path:
    frame = geopandas.GeoDataFrame(
        {"crop": crops, "name": [f"p{i}" for i in range(len(crops))]}, geometry=shapes
    )
    frame = frame.set_crs(UTM)
    frame = frame.to_crs(crs) if crs else frame.set_crs(None, allow_override=True)
    frame.to_file(path, **options)
    return path


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "fgb"])
def test_any_vector_file_gives_the_same_parcels(tmp_path: Path, ending: str) -> None:
    path = write(
        tmp_path / f"parcels.{ending}", [square(0, 0), square(50, 50)], ["wheat", "maize"], "EPSG:4326"
    )
    parcels = read_parcels(path, "crop", "name", TABLE, GRID)
    # FlatGeobuf stores features along a Hilbert curve, so the order may differ
    order = np.argsort(parcels.source_ids)
    assert [parcels.source_ids[i] for i in order] == ["p0", "p1"]
    assert parcels.classes[order].tolist() == [1, 5]
    assert parcels.ids.tolist() == [1, 2]
    assert parcels.ids.dtype == np.int32
    np.testing.assert_allclose(shapely.bounds(parcels.geometry[order])[0], square(0, 0).bounds, atol=0.01)
    assert parcels.crs == UTM


def test_parcels_in_lambert_93_land_within_a_centimetre(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(20, 30)], ["wheat"], "EPSG:2154")
    parcels = read_parcels(path, "crop", None, TABLE, GRID)
    np.testing.assert_allclose(
        shapely.get_coordinates(parcels.geometry[0]), square(20, 30).exterior.coords, atol=0.01
    )


def test_parcels_outside_of_the_grid_are_not_kept_and_those_across_its_edge_are_whole(tmp_path: Path) -> None:
    path = write(
        tmp_path / "parcels.gpkg", [square(500, 500), square(-20, 40), square(100.5, 0)], ["wheat"] * 3
    )
    parcels = read_parcels(path, "crop", "name", TABLE, GRID)
    assert parcels.source_ids == ("p1",)
    assert parcels.geometry[0].area == pytest.approx(900)


def test_a_parcel_beside_a_rotated_grid_is_counted_as_outside(tmp_path: Path) -> None:
    rotated = Grid(UTM, Affine.translation(500050, 4800000) * Affine.rotation(45) * Affine.scale(5), 10, 10)
    path = write(tmp_path / "parcels.gpkg", [square(45, 20, 10), square(15, 0, 5)], ["wheat"] * 2)
    parcels = read_parcels(path, "crop", "name", TABLE, rotated)
    assert (parcels.source_ids, parcels.counts.outside) == (("p0",), 1)


def test_what_is_wrong_with_geometries_is_repaired_or_dropped_and_counted(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(500000, 4800000), (500020, 4800020), (500020, 4800000), (500000, 4800020)])
    line = shapely.LineString([(500000, 4800000), (500090, 4800090)])
    path = write(tmp_path / "parcels.geojson", [square(0, 0), bow_tie, line, None], ["wheat"] * 4)
    parcels = read_parcels(path, "crop", "name", TABLE, GRID)
    assert parcels.source_ids == ("p0", "p1")
    assert shapely.is_valid(parcels.geometry).all()
    assert parcels.geometry[1].area == pytest.approx(200, rel=1e-3)  # two triangles of 20 m x 10 m
    counts = parcels.counts
    assert (counts.kept, counts.repaired, counts.not_polygons) == (2, 1, 1)


def test_holes_and_parts_survive_as_one_parcel(tmp_path: Path) -> None:
    ring = shapely.Polygon(square(0, 0).exterior.coords, [square(10, 10, 10).exterior.coords])
    shape = shapely.MultiPolygon([ring, square(60, 60)])
    path = write(tmp_path / "parcels.gpkg", [shape], ["maize"])
    parcels = read_parcels(path, "crop", None, TABLE, GRID)
    assert len(parcels) == 1
    assert parcels.geometry[0].area == pytest.approx(900 - 100 + 900)


def test_crops_that_are_not_in_the_table_are_unknown_and_listed(tmp_path: Path) -> None:
    path = write(
        tmp_path / "parcels.gpkg", [square(0, 0), square(30, 0), square(60, 0)], ["hemp", "odd", None]
    )
    parcels = read_parcels(path, "crop", None, TABLE, GRID)
    assert parcels.classes.tolist() == [255, 255, 255]
    assert parcels.counts.unmapped == {"hemp": 1, "": 1}
    assert parcels.counts.unknown == 3


def test_the_layer_with_the_crop_field_is_found_and_two_of_them_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "parcels.gpkg"
    geopandas.GeoDataFrame({"x": [1]}, geometry=[square(0, 0)], crs=UTM).to_file(path, layer="roads")
    write(path, [square(0, 0)], ["wheat"], layer="fields")
    assert len(read_parcels(path, "crop", None, TABLE, GRID)) == 1
    write(path, [square(0, 0), square(40, 40)], ["wheat"] * 2, layer="more")
    with pytest.raises(InputError, match="2 of the 3 layers have the field 'crop'"):
        read_parcels(path, "crop", None, TABLE, GRID)
    assert len(read_parcels(path, "crop", None, TABLE, GRID, layer="more")) == 2
    with pytest.raises(InputError, match=r"no layer 'moar' \(nearest: 'more'\)"):
        read_parcels(path, "crop", None, TABLE, GRID, layer="moar")


def test_a_missing_field_is_told_with_the_nearest_known(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(0, 0)], ["wheat"])
    with pytest.raises(InputError, match=r"parcels\.gpkg: no field 'Crops' \(nearest: 'crop'\)"):
        read_parcels(path, "Crops", None, TABLE, GRID)
    with pytest.raises(InputError, match=r"no field 'nam' .* for the parcel id"):
        read_parcels(path, "crop", "nam", TABLE, GRID)


def test_a_file_without_coordinate_system_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.shp", [square(0, 0)], ["wheat"], crs=None)
    with pytest.raises(InputError, match="names no coordinate system"):
        read_parcels(path, "crop", None, TABLE, GRID)


@pytest.mark.parametrize("name", ["notes.txt", "table.csv"])
def test_what_is_no_vector_file_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("crop,name\nwheat,1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"not a vector file|no geometries"):
        read_parcels(path, "crop", None, TABLE, GRID)
    with pytest.raises(InputError, match="There is no file"):
        read_parcels(tmp_path / "none.gpkg", "crop", None, TABLE, GRID)


def test_parcels_that_lie_elsewhere_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(5000, 5000)], ["wheat"])
    with pytest.raises(InputError, match="no parcel touches the images: none of its 1 features"):
        read_parcels(path, "crop", None, TABLE, GRID)


def test_a_grid_without_a_usable_coordinate_system_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(0, 0)], ["wheat"])
    with pytest.raises(GridError, match="cannot be carried"):
        read_parcels(path, "crop", None, TABLE, Grid("EPSG:0", GRID.transform, 10, 10))


def test_parcels_must_be_numbered_in_order() -> None:
    parcels = make_parcels([square(0, 0), square(40, 40)], [1, 255], UTM)
    assert (parcels.ids.tolist(), parcels.source_ids, parcels.counts.unknown) == ([1, 2], ("1", "2"), 1)
    with pytest.raises(InputError, match="differ in number"):
        make_parcels([square(0, 0)], [1, 2], UTM)


@pytest.mark.data
def test_the_real_languedoc_parcels_touch_their_images() -> None:
    root = os.environ.get("CSCL_DATA")
    if not root:
        if os.environ.get("CSCL_REQUIRE_DATA") == "1":
            pytest.fail("CSCL_REQUIRE_DATA=1 but CSCL_DATA names no folder")
        pytest.skip("CSCL_DATA names no folder with real data")
    classes = Path(__file__).resolve().parents[1] / "resources" / "classes"
    table = ClassTable.read(classes / "eurocrops_hcat.csv", Legend.read(classes / "legend.csv"))
    grid = Grid("EPSG:32631", Affine(10, 0, 523560, 0, -10, 4832780), width=232, height=353)
    path = Path(root) / "languedoc_s2_rpg2018" / "parcels_rpg2018_dev.gpkg"
    parcels = read_parcels(path, "EC_hcat_n", "parcel_id", table, grid)
    assert parcels.counts.kept == 74
    assert parcels.counts.unmapped == {}
    assert parcels.counts.unknown == 10
