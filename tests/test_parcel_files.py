"""Parcels from files onto a grid's coordinate system; CSV and GeoParquet have tests of their own beside these."""

from __future__ import annotations

import datetime
import os
import struct
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from affine import Affine
from tiny_parcels import GRID, TABLE, UTM, bow_tie, frame, square, write, write_csv

from backend.errors import DamagedFileError, GridError, InputError
from backend.grid import Grid
from training.classes import ClassTable, Legend
from training.parcel_features import years_of
from training.parcel_files import oddities, read_parcels

DELIVERED = ("gpkg", "geojson", "fgb", "shp", "zip", "parquet", "csv")
"""Every kind of file that is read; the zip holds a shapefile."""


def deliver(folder: Path, ending: str, shapes: list[object], crops: list[object], crs: str = UTM) -> Path:
    """The same parcels as a file of any kind."""
    path = folder / f"parcels.{ending}"
    if ending == "parquet":
        frame(shapes, crops, crs).to_parquet(path)
    elif ending == "csv":
        table = frame(shapes, crops, crs)
        rows = zip(
            table["name"], table["crop"], [crs] * len(table), table.geometry.to_wkt(rounding_precision=12), strict=True
        )
        write_csv(path, [(name, crop, system, 2018, wkt) for name, crop, system, wkt in rows])
    elif ending == "zip":
        write(folder / "inner.shp", shapes, crops, crs)
        with zipfile.ZipFile(path, "w") as archive:
            for part in folder.glob("inner.*"):
                archive.write(part, f"delivery/{part.name}")
            archive.writestr("delivery/metadata.json", "{}")
    else:
        write(path, shapes, crops, crs)
    return path


def fields_of(ending: str) -> tuple[str | None, str | None]:
    """Crop and id field of `deliver`; those of the canonical CSV are known."""
    return (None, None) if ending == "csv" else ("crop", "name")


@pytest.mark.parametrize("ending", DELIVERED)
def test_any_file_gives_the_same_parcels(tmp_path: Path, ending: str) -> None:
    shapes = [square(0, 0), bow_tie(50, 50), square(500, 500), square(20, 0)]
    path = deliver(tmp_path, ending, shapes, ["wheat", "maize", "wheat", "hemp"], "EPSG:4326")
    parcels = read_parcels(path, *fields_of(ending), TABLE, GRID)
    # FlatGeobuf stores features along a Hilbert curve, so the order may differ
    order = np.argsort(parcels.source_ids)
    assert [parcels.source_ids[i] for i in order] == ["p0", "p1", "p3"]
    assert parcels.classes[order].tolist() == [1, 5, 255]
    assert parcels.ids.tolist() == [1, 2, 3]
    assert parcels.ids.dtype == np.int32
    np.testing.assert_allclose(shapely.bounds(parcels.geometry[order])[0], square(0, 0).bounds, atol=0.01)
    np.testing.assert_allclose(parcels.areas_m2[order], [900, 200, 900], rtol=1e-3)
    assert parcels.crs == UTM
    counts = parcels.counts
    assert (counts.read, counts.kept, counts.repaired, counts.unmapped) == (3, 3, 1, {"hemp": 1})
    assert counts.unmapped_ha["hemp"] == pytest.approx(0.09, rel=1e-3)
    (overlap,) = counts.overlaps
    assert {overlap.a, overlap.b} == {"p0", "p3"}
    assert overlap.area_m2 == pytest.approx(300, rel=1e-3)


def test_parcels_in_lambert_93_land_within_a_centimetre(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(20, 30)], ["wheat"], "EPSG:2154")
    parcels = read_parcels(path, "crop", None, TABLE, GRID)
    np.testing.assert_allclose(shapely.get_coordinates(parcels.geometry[0]), square(20, 30).exterior.coords, atol=0.01)


def test_parcels_outside_of_the_grid_are_not_kept_and_those_across_its_edge_are_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(500, 500), square(-20, 40), square(100.5, 0)], ["wheat"] * 3)
    parcels = read_parcels(path, "crop", "name", TABLE, GRID)
    assert parcels.source_ids == ("p1",)
    assert parcels.geometry[0].area == pytest.approx(900)


def test_a_parcel_beside_a_rotated_grid_is_counted_as_outside(tmp_path: Path) -> None:
    rotated = Grid(UTM, Affine.translation(500050, 4800000) * Affine.rotation(45) * Affine.scale(5), 10, 10)
    path = write(tmp_path / "parcels.gpkg", [square(45, 20, 10), square(15, 0, 5)], ["wheat"] * 2)
    parcels = read_parcels(path, "crop", "name", TABLE, rotated)
    assert (parcels.source_ids, parcels.counts.outside) == (("p0",), 1)


def test_what_is_wrong_with_geometries_is_repaired_or_dropped_and_counted(tmp_path: Path) -> None:
    line = shapely.LineString([(500000, 4800000), (500090, 4800090)])
    path = write(tmp_path / "parcels.geojson", [square(0, 0), bow_tie(), line, None], ["wheat"] * 4)
    parcels = read_parcels(path, "crop", "name", TABLE, GRID)
    assert parcels.source_ids == ("p0", "p1")
    assert shapely.is_valid(parcels.geometry).all()
    assert parcels.geometry[1].area == pytest.approx(200, rel=1e-3)  # two triangles of 20 m x 10 m
    counts = parcels.counts
    assert (counts.read, counts.kept, counts.repaired, counts.not_polygons, counts.empty) == (4, 2, 1, 1, 1)


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "parquet", "csv"])
def test_features_without_a_geometry_are_counted_in_every_kind_of_file(tmp_path: Path, ending: str) -> None:
    shapes = [square(0, 0), None, square(50, 0), None, shapely.Polygon()]
    shapes = shapes[:4] if ending == "geojson" else shapes  # OGR does not tell an empty one there from its box
    path = tmp_path / f"parcels.{ending}"
    if ending == "parquet":
        frame(shapes, ["wheat"] * len(shapes)).to_parquet(path)
    elif ending == "csv":
        write_csv(path, [(f"p{i}", "wheat", UTM, 2018, shape or "") for i, shape in enumerate(shapes)])
    else:
        write(path, shapes, ["wheat"] * len(shapes))
    counts = read_parcels(path, *fields_of(ending), TABLE, GRID).counts
    assert (counts.read, counts.kept, counts.empty) == (len(shapes), 2, len(shapes) - 2)


def test_a_flatgeobuf_without_an_index_is_read_whole(tmp_path: Path) -> None:
    shapes = [square(0, 0), None, square(500, 0), square(40, 40)]
    path = write(tmp_path / "parcels.fgb", shapes, ["wheat"] * 4, SPATIAL_INDEX="NO")
    parcels = read_parcels(path, "crop", "name", TABLE, GRID)
    assert parcels.source_ids == ("p0", "p3")
    assert (parcels.counts.read, parcels.counts.empty) == (3, 1)


def test_a_folder_of_shapefiles_has_them_as_layers(tmp_path: Path) -> None:
    (tmp_path / "delivery").mkdir()
    write(tmp_path / "delivery" / "east.shp", [square(0, 0)], ["wheat"])
    write(tmp_path / "delivery" / "west.shp", [square(0, 0), square(40, 0)], ["wheat"] * 2)
    assert len(read_parcels(tmp_path / "delivery", "crop", None, TABLE, GRID, layer="west")) == 2


def test_holes_and_parts_survive_as_one_parcel(tmp_path: Path) -> None:
    ring = shapely.Polygon(square(0, 0).exterior.coords, [square(10, 10, 10).exterior.coords])
    shape = shapely.MultiPolygon([ring, square(60, 60)])
    path = write(tmp_path / "parcels.gpkg", [shape], ["maize"])
    parcels = read_parcels(path, "crop", None, TABLE, GRID)
    assert len(parcels) == 1
    assert parcels.geometry[0].area == pytest.approx(900 - 100 + 900)
    assert parcels.areas_m2.tolist() == pytest.approx([1700])


@pytest.mark.parametrize("ending", DELIVERED)
def test_heights_are_left_out(tmp_path: Path, ending: str) -> None:
    path = deliver(tmp_path, ending, [shapely.force_3d(square(0, 0), 230.0)], ["wheat"])
    parcels = read_parcels(path, *fields_of(ending), TABLE, GRID)
    assert not shapely.has_z(parcels.geometry).any()
    assert parcels.areas_m2.tolist() == pytest.approx([900])


def test_arcs_become_chords(tmp_path: Path) -> None:
    # a circle of 10 m around (500050, 4800050), as WKB of a CurvePolygon: GEOS itself knows no arcs
    points = [(500040, 4800050), (500060, 4800050), (500040, 4800050)]
    arc = struct.pack("<BII", 1, 8, 3) + b"".join(struct.pack("<dd", *point) for point in points)
    path = tmp_path / "parcels.gpkg"
    pyogrio.raw.write(
        path,
        np.array([struct.pack("<BII", 1, 10, 1) + arc], dtype=object),
        field_data=[np.array(["wheat"], dtype=object)],
        fields=["crop"],
        geometry_type="Unknown",
        crs=UTM,
    )
    parcels = read_parcels(path, "crop", None, TABLE, GRID)
    assert parcels.geometry[0].geom_type == "Polygon"
    assert parcels.areas_m2[0] == pytest.approx(np.pi * 100, rel=2e-3)


def test_polygons_multipolygons_and_collections_in_one_layer_are_all_read(tmp_path: Path) -> None:
    line = shapely.LineString([(500000, 4800000), (500090, 4800000)])
    shapes = [
        square(0, 0),
        shapely.MultiPolygon([square(40, 0, 10), square(60, 0, 10)]),
        shapely.GeometryCollection([square(0, 60, 20), line]),
        shapely.Point(500050, 4800050),
    ]
    path = write(tmp_path / "parcels.gpkg", shapes, ["wheat"] * 4)
    parcels = read_parcels(path, "crop", "name", TABLE, GRID)
    assert parcels.source_ids == ("p0", "p1", "p2")
    assert parcels.areas_m2.tolist() == pytest.approx([900, 200, 400])
    assert parcels.counts.not_polygons == 1


def test_crops_that_are_not_in_the_table_are_unknown_and_listed_with_their_ground(tmp_path: Path) -> None:
    shapes = [square(0, 0), square(30, 0), square(60, 0), square(0, 60, 10)]
    path = write(tmp_path / "parcels.gpkg", shapes, ["hemp", "odd", None, "hemp"])
    parcels = read_parcels(path, "crop", None, TABLE, GRID)
    assert parcels.classes.tolist() == [255, 255, 255, 255]
    assert parcels.counts.unmapped == {"hemp": 2, "": 1}
    assert parcels.counts.unmapped_ha == pytest.approx({"hemp": 0.1, "": 0.09})
    assert parcels.counts.unknown == 4


def test_two_features_of_one_id_stay_two_parcels_and_are_named(tmp_path: Path) -> None:
    path = tmp_path / "parcels.gpkg"
    shapes = [square(0, 0), square(40, 0), square(0, 40), square(40, 40)]
    frame(shapes, ["wheat"] * 4, pid=[7.0, 8.0, 7.0, None]).to_file(path)
    parcels = read_parcels(path, "crop", "pid", TABLE, GRID)
    assert parcels.source_ids == ("7", "8", "7", "")
    assert parcels.ids.tolist() == [1, 2, 3, 4]
    assert (parcels.counts.duplicate_ids, parcels.counts.duplicates) == (1, (("7", 2),))
    assert oddities(parcels) == ["1 ids are those of several parcels each: '7' (2)."]


def test_overlaps_are_counted_and_the_largest_are_listed(tmp_path: Path) -> None:
    # twelve equal squares: 66 pairs, of which fifty are listed; one more pair shares less
    shapes = [square(0, 0)] * 12 + [square(50, 50), square(75, 50)]
    path = write(tmp_path / "parcels.gpkg", shapes, ["wheat"] * 14)
    parcels = read_parcels(path, "crop", "name", TABLE, GRID)
    counts = parcels.counts
    assert (counts.overlaps_total, len(counts.overlaps)) == (67, 50)
    assert counts.overlaps_m2 == pytest.approx(66 * 900 + 150)
    first = counts.overlaps[0]
    assert (first.a, first.b, first.ids, first.area_m2) == ("p0", "p1", (1, 2), 900)
    assert oddities(parcels) == [
        "overlapping pairs of parcels: 67, on 5.96 ha in all; 'p0' and 'p1' share most, 0.09 ha."
    ]


def test_slivers_of_overlap_are_not_worth_a_sentence(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(0, 0), square(29.96, 0)], ["wheat"] * 2)
    parcels = read_parcels(path, "crop", "name", TABLE, GRID)
    assert parcels.counts.overlaps_total == 1
    assert oddities(parcels) == []


def test_the_layer_with_the_crop_field_is_found_and_two_of_them_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "parcels.gpkg"
    geopandas.GeoDataFrame({"x": [1]}, geometry=[square(0, 0)], crs=UTM).to_file(path, layer="roads")
    write(path, [square(0, 0)], ["wheat"], layer="fields")
    assert len(read_parcels(path, "crop", None, TABLE, GRID)) == 1
    write(path, [square(0, 0), square(40, 40)], ["wheat"] * 2, layer="more")
    with pytest.raises(InputError, match="2 of the 3 layers have the field 'crop'") as caught:
        read_parcels(path, "crop", None, TABLE, GRID)
    assert caught.value.hint == "Name the layer: roads, fields, more."
    assert len(read_parcels(path, "crop", None, TABLE, GRID, layer="more")) == 2
    with pytest.raises(InputError, match=r"no layer 'moar' \(nearest: 'more'\)"):
        read_parcels(path, "crop", None, TABLE, GRID, layer="moar")
    with pytest.raises(InputError, match="none of the 3 layers have the field 'culture'"):
        read_parcels(path, "culture", None, TABLE, GRID)


def test_of_several_files_in_a_zip_the_layer_names_one(tmp_path: Path) -> None:
    write(tmp_path / "east.gpkg", [square(0, 0)], ["wheat"])
    write(tmp_path / "west.geojson", [square(0, 0), square(40, 0)], ["wheat"] * 2)
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("east.gpkg", "west.geojson"):
            archive.write(tmp_path / name, name)
            archive.writestr(f"__MACOSX/._{name}", b"")
    assert len(read_parcels(path, "crop", None, TABLE, GRID, layer="west")) == 2
    with pytest.raises(InputError, match="the zip holds 2 vector files, but one is read") as caught:
        read_parcels(path, "crop", None, TABLE, GRID)
    assert caught.value.hint == "Name it as the layer: east, west."
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "nothing")
    with pytest.raises(InputError, match="the zip holds no vector files"):
        read_parcels(path, "crop", None, TABLE, GRID)


DAYS = [datetime.date(2017, 5, 1), datetime.date(2018, 5, 1), datetime.date(2018, 10, 2)]


@pytest.mark.parametrize(
    "years",
    [
        [2017, 2018, 2018],
        [2017.0, 2018.0, 2018.0],
        ["2017", " 2018", "2018"],
        ["2017-05-01", "2018-5", "2018-05-01"],
        DAYS,
    ],
    ids=["numbers", "with a point", "text", "text of dates", "dates"],
)
@pytest.mark.parametrize("ending", ["gpkg", "parquet"])
def test_only_parcels_of_the_year_are_kept(tmp_path: Path, years: list[object], ending: str) -> None:
    path = tmp_path / f"parcels.{ending}"
    table = frame([square(0, 0), square(40, 0), square(0, 40)], ["wheat"] * 3, season=years)
    table.to_parquet(path) if ending == "parquet" else table.to_file(path)
    parcels = read_parcels(path, "crop", "name", TABLE, GRID, year_field="season", year=2018)
    assert parcels.source_ids == ("p1", "p2")
    assert (parcels.counts.read, parcels.counts.other_year) == (3, 1)
    with pytest.raises(
        InputError, match=r"no parcel in the images is of the year 2019; there are: '2017' \(1\), '2018' \(2\)"
    ):
        read_parcels(path, "crop", "name", TABLE, GRID, year_field="season", year=2019)


def test_without_a_year_field_the_file_is_of_the_year(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(0, 0)], ["wheat"])
    assert read_parcels(path, "crop", None, TABLE, GRID, year=2018).counts.other_year == 0
    with pytest.raises(InputError, match="the field 'crop' holds the year, but no year is asked for"):
        read_parcels(path, "crop", None, TABLE, GRID, year_field="crop")


def test_years_are_read_from_what_files_hold() -> None:
    values = [
        2018,
        2018.0,
        "2018 ",
        "2018.0",
        "2018-06-01",
        np.datetime64("2018-06-01"),
        DAYS[1],
        None,
        np.datetime64("NaT"),
    ]
    assert years_of(values).tolist() == ["2018"] * 7 + ["", ""]
    assert years_of(["2018/19", float("nan"), 201]).tolist() == ["2018/19", "", "201"]


@pytest.mark.parametrize("ending", ["gpkg", "parquet", "csv"])
def test_a_missing_field_is_told_with_the_nearest_known(tmp_path: Path, ending: str) -> None:
    path = deliver(tmp_path, ending, [square(0, 0)], ["wheat"])
    what = "column" if ending == "csv" else "field"
    crop, name = ("ground_truth", "id") if ending == "csv" else ("crop", "name")
    with pytest.raises(InputError, match=rf"parcels\.{ending}: no {what} '{crop}s' \(nearest: '{crop}'\)"):
        read_parcels(path, f"{crop}s", None, TABLE, GRID)
    with pytest.raises(InputError, match=rf"no {what} '{name}x' \(nearest: '{name}'\)"):
        read_parcels(path, crop, f"{name}x", TABLE, GRID)
    with pytest.raises(InputError, match=f"no {what} 'jahr'"):
        read_parcels(path, crop, name, TABLE, GRID, year_field="jahr", year=2018)


def test_the_crop_field_must_be_named_where_it_is_not_known(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(0, 0)], ["wheat"])
    with pytest.raises(InputError, match="no field is named that holds the crop code") as caught:
        read_parcels(path, None, None, TABLE, GRID)
    assert caught.value.hint == "The fields are: crop, name."


def test_a_file_without_coordinate_system_is_told(tmp_path: Path) -> None:
    for ending in ("shp", "gpkg", "fgb"):
        path = tmp_path / f"parcels.{ending}"
        wkb = shapely.to_wkb(np.array([square(0, 0)], dtype=object))
        with pytest.warns(UserWarning, match="crs"):
            pyogrio.raw.write(
                path, wkb, field_data=[np.array(["wheat"], dtype=object)], fields=["crop"], geometry_type="Polygon"
            )
        with pytest.raises(InputError, match="names no coordinate system"):
            read_parcels(path, "crop", None, TABLE, GRID)


@pytest.mark.parametrize("name", ["notes.txt", "table.csv", "photo.gpkg"])
def test_what_is_no_vector_file_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("crop,name\nwheat,1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"not a vector file|no geometries") as caught:
        read_parcels(path, "crop", None, TABLE, GRID)
    assert caught.value.hint.startswith("Give a GeoPackage, Shapefile, GeoJSON")
    with pytest.raises(InputError, match="There is no file"):
        read_parcels(tmp_path / "none.gpkg", "crop", None, TABLE, GRID)
    with pytest.raises(InputError, match=r"not a vector file|no geometries"):
        read_parcels(tmp_path, "crop", None, TABLE, GRID)


@pytest.mark.parametrize("ending", DELIVERED)
def test_a_file_of_no_bytes_is_told(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"parcels.{ending}"
    path.write_bytes(b"")
    with pytest.raises(InputError, match="the file is empty"):
        read_parcels(path, "crop", None, TABLE, GRID)


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet", "csv"])
def test_a_file_without_features_is_told(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"parcels.{ending}"
    if ending == "csv":
        write_csv(path, [])
    elif ending == "parquet":
        frame([square(0, 0)], ["wheat"])[:0].to_parquet(path)
    else:
        frame([square(0, 0)], ["wheat"])[:0].to_file(path)
    # GeoJSON writes down its fields with its features
    match = "no field 'crop'|the file has no features" if ending == "geojson" else "the file has no features"
    with pytest.raises(InputError, match=match):
        read_parcels(path, *fields_of(ending), TABLE, GRID)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("ending", DELIVERED)
def test_a_file_that_is_cut_short_is_told(tmp_path: Path, ending: str, share: float) -> None:
    shapes: list[object] = [square(10 * (i % 10), 10 * (i // 10), 9) for i in range(100)] * 30
    path = deliver(tmp_path, ending, shapes, ["wheat"] * len(shapes))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(
        (DamagedFileError, InputError),
        match=rf"parcels\.{ending}.*(cut short|cannot be read|can be read|for 5 columns)",
    ):
        read_parcels(path, *fields_of(ending), TABLE, GRID)


def test_a_geopackage_that_is_cut_short_is_told_even_where_the_missing_part_is_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(0, 0)], ["wheat"])
    whole = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-4096])
    with pytest.raises(
        DamagedFileError, match=rf"parcels\.gpkg: the file is cut short: it has {whole - 4096} of {whole}"
    ):
        read_parcels(path, "crop", None, TABLE, GRID)


@pytest.mark.parametrize("ending", DELIVERED)
def test_parcels_that_lie_elsewhere_are_told_with_both_places(tmp_path: Path, ending: str) -> None:
    path = deliver(tmp_path, ending, [square(5000, 5000), square(6000, 7000)], ["wheat"] * 2)
    message = (
        r"no parcel touches the images: none of its 2 features lies there: they lie within "
        r"505000, 4805000 to 506030, 4807030, the images within 500000, 4800000 to 500100, 4800100 of EPSG:32631"
    )
    with pytest.raises(InputError, match=message):
        read_parcels(path, *fields_of(ending), TABLE, GRID)


def test_places_in_degrees_are_told_to_a_metre(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.geojson", [square(5000, 5000)], ["wheat"], "EPSG:4326")
    match = r"they lie within 3\.06\d{3}, 43\.39\d{3} to .*, the images within 3\.00000, 43\.35\d{3} to .* of EPSG:4326"
    with pytest.raises(InputError, match=match):
        read_parcels(path, "crop", None, TABLE, GRID)


def test_crops_of_which_the_table_lists_none_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(0, 0), square(40, 0), square(0, 40)], ["BTH", "BTH", "MIS"])
    with pytest.raises(
        InputError,
        match=r"table\.csv lists none of the crop codes of its 3 parcels in the images: 'BTH' \(2\), 'MIS' \(1\)",
    ):
        read_parcels(path, "crop", None, TABLE, GRID)
    path = write(tmp_path / "none.gpkg", [square(0, 0)], [None])
    with pytest.raises(InputError, match=r"lists none of the crop codes .*: none given \(1\)"):
        read_parcels(path, "crop", None, TABLE, GRID)


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "parquet", "csv"])
def test_a_file_of_points_is_told(tmp_path: Path, ending: str) -> None:
    path = deliver(tmp_path, ending, [shapely.Point(500050, 4800050)], ["wheat"])
    with pytest.raises(
        InputError, match=r"of type Point, but parcels are polygons|no polygon in the images, but 1 points"
    ):
        read_parcels(path, *fields_of(ending), TABLE, GRID)


def test_a_layer_of_points_and_lines_is_told(tmp_path: Path) -> None:
    line = shapely.LineString([(500000, 4800000), (500090, 4800090)])
    path = write(tmp_path / "parcels.gpkg", [line, shapely.Point(500050, 4800050)], ["wheat"] * 2)
    with pytest.raises(InputError, match="holds no polygon in the images, but 2 points and lines"):
        read_parcels(path, "crop", None, TABLE, GRID)


def test_a_grid_without_a_usable_coordinate_system_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.gpkg", [square(0, 0)], ["wheat"])
    with pytest.raises(GridError, match="cannot be carried"):
        read_parcels(path, "crop", None, TABLE, Grid("EPSG:0", GRID.transform, 10, 10))


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_layer_where_there_are_none_is_told(tmp_path: Path, ending: str) -> None:
    path = deliver(tmp_path, ending, [square(0, 0)], ["wheat"])
    with pytest.raises(InputError, match="no layer 'fields': a file of this kind has no layers"):
        read_parcels(path, *fields_of(ending), TABLE, GRID, layer="fields")


def data_folder() -> Path:
    root = os.environ.get("CSCL_DATA")
    if not root:
        if os.environ.get("CSCL_REQUIRE_DATA") == "1":
            pytest.fail("CSCL_REQUIRE_DATA=1 but CSCL_DATA names no folder")
        pytest.skip("CSCL_DATA names no folder with real data")
    return Path(root)


@pytest.mark.data
def test_the_real_languedoc_parcels_touch_their_images() -> None:
    classes = Path(__file__).resolve().parents[1] / "resources" / "classes"
    path = data_folder() / "languedoc_s2_rpg2018" / "parcels_rpg2018_dev.gpkg"
    table = ClassTable.read(classes / "eurocrops_hcat.csv", Legend.read(classes / "legend.csv"))
    grid = Grid("EPSG:32631", Affine(10, 0, 523560, 0, -10, 4832780), width=232, height=353)
    parcels = read_parcels(path, "EC_hcat_n", "parcel_id", table, grid)
    assert parcels.counts.kept == 74
    assert parcels.counts.unmapped == {}
    assert parcels.counts.unknown == 10
    assert (parcels.counts.overlaps_total, parcels.counts.duplicate_ids) == (0, 0)


@pytest.mark.data
def test_the_real_parcels_of_boigneville_are_as_large_as_they_were_declared(tmp_path: Path) -> None:
    path = data_folder() / "parcels" / "rpg_boigneville_west.gpkg"
    declared = pyogrio.read_dataframe(path, columns=["crop_y1", "area_ha"], read_geometry=False)
    table = ClassTable(dict.fromkeys(declared["crop_y1"], 1), "all.csv")
    bounds = pyogrio.read_dataframe(path, columns=[]).to_crs(UTM).total_bounds
    grid = Grid(UTM, Affine(10, 0, float(bounds[0]), 0, -10, float(bounds[3])), 2000, 2000)
    parcels = read_parcels(path, "crop_y1", "parcel_id", table, grid)
    assert parcels.counts.kept == 710
    assert parcels.areas_m2.sum() / 1e4 == pytest.approx(declared["area_ha"].sum(), rel=2e-3)
    # the declarations' own digitising: nothing above 20 m2
    assert parcels.counts.overlaps_total == 21
    assert 1 < parcels.counts.overlaps[0].area_m2 < 20
