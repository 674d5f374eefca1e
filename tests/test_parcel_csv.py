"""The canonical CSV of parcels: id, ground_truth, crs, year, geometry as WKT."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer
from tiny_parcels import COLUMNS, GRID, TABLE, UTM, square, write_csv

from backend.errors import DamagedFileError, InputError
from training import parcel_csv
from training.parcel_files import read_parcels

ROW = ("p0", "wheat", UTM, 2018, square(0, 0))


def carried(shape: shapely.Polygon, crs: str) -> shapely.Polygon:
    to_crs = Transformer.from_crs(UTM, crs, always_xy=True)
    return shapely.transform(shape, lambda xy: np.column_stack(to_crs.transform(*xy.T)))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["csv", "tsv", "txt"])
def test_commas_semicolons_and_tabs_separate(tmp_path: Path, separator: str, ending: str) -> None:
    rows = [ROW, ("p1", "maize", UTM, 2018, square(40, 40))]
    path = write_csv(tmp_path / f"parcels.{ending}", rows, separator)
    parcels = read_parcels(path, None, None, TABLE, GRID, year=2018)
    assert parcels.source_ids == ("p0", "p1")
    assert parcels.classes.tolist() == [1, 5]
    assert parcels.areas_m2.tolist() == [900, 900]


def test_a_byte_order_mark_other_columns_and_another_order_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "parcels.csv"
    path.write_text(
        f'\ufeffgeometry;farm;year;crs; ground_truth ;id\r\n"{square(0, 0).wkt}";x;2018;{UTM};wheat;p0\r\n\r\n',
        encoding="utf-8",
    )
    assert read_parcels(path, None, None, TABLE, GRID).source_ids == ("p0",)


def test_fields_can_be_named(tmp_path: Path) -> None:
    columns = ("nr", "culture", "crs", "season", "geometry")
    path = write_csv(tmp_path / "parcels.csv", [ROW, ("p1", "wheat", UTM, 2017, square(0, 0))], columns=columns)
    parcels = read_parcels(path, "culture", "nr", TABLE, GRID, year_field="season", year=2017)
    assert (parcels.source_ids, parcels.counts.other_year) == (("p1",), 1)


@pytest.mark.parametrize(
    "written",
    [
        "EPSG:2154",
        "epsg:2154",
        "2154",
        "{'init': 'epsg:2154'}",
        "+init=epsg:2154",
        "urn:ogc:def:crs:EPSG::2154",
        "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 +ellps=GRS80 +units=m +no_defs",
        CRS("EPSG:2154").to_wkt(),
        CRS("EPSG:2154").to_wkt("WKT1_ESRI"),
    ],
    ids=["EPSG", "lower case", "number", "geopandas of old", "PROJ of old", "URN", "PROJ", "WKT", "WKT of ESRI"],
)
def test_coordinate_systems_are_understood_however_they_are_written(tmp_path: Path, written: str) -> None:
    row = ("p0", "wheat", written, 2018, carried(square(20, 30), "EPSG:2154"))
    parcels = read_parcels(write_csv(tmp_path / "parcels.csv", [row]), None, None, TABLE, GRID)
    # between ETRS89 and WGS 84 there is no shift
    np.testing.assert_allclose(shapely.bounds(parcels.geometry[0]), square(20, 30).bounds, atol=0.01)


def test_rows_of_several_coordinate_systems_all_land_where_they_lie(tmp_path: Path) -> None:
    systems = ["EPSG:2154", UTM, "EPSG:4326", "EPSG:2154", "EPSG:3857"]
    shapes = [square(20 * i, 20 * i, 10) for i in range(5)]
    rows = [(f"p{i}", "wheat", crs, 2018, carried(shapes[i], crs)) for i, crs in enumerate(systems)]
    parcels = read_parcels(write_csv(tmp_path / "parcels.csv", rows), None, None, TABLE, GRID)
    assert sorted(parcels.source_ids) == ["p0", "p1", "p2", "p3", "p4"]
    for name, shape in zip(parcels.source_ids, parcels.geometry, strict=True):
        np.testing.assert_allclose(shape.bounds, shapes[int(name[1])].bounds, atol=0.02)


def test_rows_are_read_in_chunks_with_the_same_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f"p{i}", "wheat", UTM, 2018, square(10 * (i % 40), 10 * (i // 10), 9)) for i in range(100)]
    path = write_csv(tmp_path / "parcels.csv", rows)
    whole = read_parcels(path, None, None, TABLE, GRID)
    assert len(whole) == 33
    for name, value in (("CHUNK_ROWS", 7), ("CHUNK_CHARACTERS", 300)):
        monkeypatch.setattr(parcel_csv, name, value)
        parts = read_parcels(path, None, None, TABLE, GRID)
        assert parts.source_ids == whole.source_ids
        assert shapely.equals_exact(parts.geometry, whole.geometry).all()
        assert parts.counts == whole.counts


def test_an_outline_longer_than_csv_takes_by_itself_is_read(tmp_path: Path) -> None:
    circle = shapely.Point(500050, 4800050).buffer(40, quad_segs=4000)
    assert len(circle.wkt) > csv.field_size_limit() * 2
    limit = csv.field_size_limit()
    parcels = read_parcels(write_csv(tmp_path / "parcels.csv", [(*ROW[:4], circle)]), None, None, TABLE, GRID)
    assert parcels.areas_m2[0] == pytest.approx(np.pi * 1600, rel=1e-6)
    assert csv.field_size_limit() == limit


def test_holes_parts_and_heights_are_right(tmp_path: Path) -> None:
    ring = shapely.Polygon(square(0, 0).exterior.coords, [square(10, 10, 10).exterior.coords])
    both = shapely.MultiPolygon([ring, square(60, 60)])
    rows = [(*ROW[:4], shape.wkt) for shape in (ring, both, shapely.force_3d(ring, 5.0))]
    parcels = read_parcels(write_csv(tmp_path / "parcels.csv", rows), None, None, TABLE, GRID)
    assert parcels.areas_m2.tolist() == pytest.approx([800, 1700, 800])
    assert not shapely.has_z(parcels.geometry).any()


def test_arcs_become_chords(tmp_path: Path) -> None:
    circle = "CURVEPOLYGON (CIRCULARSTRING (500040 4800050, 500060 4800050, 500040 4800050))"
    surface = f"MULTISURFACE ({circle}, ((500000 4800000, 500010 4800000, 500010 4800010, 500000 4800000)))"
    path = write_csv(tmp_path / "parcels.csv", [(*ROW[:4], circle), ROW, (*ROW[:4], surface)])
    parcels = read_parcels(path, None, None, TABLE, GRID)
    np.testing.assert_allclose(parcels.areas_m2, [np.pi * 100, 900, np.pi * 100 + 50], rtol=2e-3)


def test_the_year_is_asked_for_where_there_are_several(tmp_path: Path) -> None:
    rows = [ROW, ("p0", "maize", UTM, 2017, square(0, 0)), ("p1", "maize", UTM, 2017, square(40, 0))]
    path = write_csv(tmp_path / "parcels.csv", rows)
    with pytest.raises(InputError, match=r"the parcels are of several years: '2017' \(2\), '2018' \(1\)"):
        read_parcels(path, None, None, TABLE, GRID)
    parcels = read_parcels(path, None, None, TABLE, GRID, year=2018)
    assert (parcels.source_ids, parcels.counts.other_year) == (("p0",), 2)
    with pytest.raises(InputError, match=r"of the year 2016; there are: '2017' \(2\), '2018' \(1\)"):
        read_parcels(path, None, None, TABLE, GRID, year=2016)


def test_a_table_without_years_is_of_the_year_nobody_asked_for(tmp_path: Path) -> None:
    columns = ("id", "ground_truth", "crs", "geometry")
    path = write_csv(tmp_path / "parcels.csv", [(*ROW[:3], ROW[4])], columns=columns)
    assert len(read_parcels(path, None, None, TABLE, GRID)) == 1
    with pytest.raises(InputError, match="no column 'year'"):
        read_parcels(path, None, None, TABLE, GRID, year=2018)


@pytest.mark.parametrize("missing", ["id", "ground_truth", "crs", "geometry"])
def test_a_missing_column_is_told(tmp_path: Path, missing: str) -> None:
    columns = [column if column != missing else "x" for column in COLUMNS]
    path = write_csv(tmp_path / "parcels.csv", [ROW], columns=columns)
    with pytest.raises(
        InputError,
        match=rf"parcels\.csv: no column '{missing}'.*; a table of parcels has the columns id, ground_truth, crs",
    ):
        read_parcels(path, None, None, TABLE, GRID)


@pytest.mark.parametrize(
    "wkt", ["POLYGON ((500000 4800000, 500010 4800000", "POLYGONE ((0 0, 1 0, 1 1, 0 0))", "here", "CURVEPOLYGON ((0 0"]
)
def test_a_broken_geometry_is_told_with_its_line(tmp_path: Path, wkt: str) -> None:
    path = write_csv(tmp_path / "parcels.csv", [ROW, ROW, (*ROW[:4], wkt), ROW])
    with pytest.raises(
        DamagedFileError, match=rf"parcels\.csv, line 4: the geometry is no well-known text: '{wkt[:4]}"
    ):
        read_parcels(path, None, None, TABLE, GRID)


def test_the_line_is_that_of_the_file_where_cells_have_several(tmp_path: Path) -> None:
    broken_up = square(0, 0).wkt.replace(", ", ",\n")
    path = write_csv(tmp_path / "parcels.csv", [(*ROW[:4], broken_up), (*ROW[:4], "here")])
    with pytest.raises(DamagedFileError, match=r"line 7: the geometry"):
        read_parcels(path, None, None, TABLE, GRID)


def test_a_geometry_without_quotes_is_told(tmp_path: Path) -> None:
    path = tmp_path / "parcels.csv"
    path.write_text(f"{','.join(COLUMNS)}\np0,wheat,{UTM},2018,{square(0, 0).wkt}\n", encoding="utf-8")
    with pytest.raises(DamagedFileError, match=r"parcels\.csv, line 2: 9 values for 5 columns") as caught:
        read_parcels(path, None, None, TABLE, GRID)
    assert "double quotes" in caught.value.hint


def test_a_row_that_breaks_off_is_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "parcels.csv", [ROW, ROW])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(
        DamagedFileError, match=r"parcels\.csv, line 3: the row cannot be read \(unexpected end of data\)"
    ):
        read_parcels(path, None, None, TABLE, GRID)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("EPSG:99999", "'EPSG:99999' is no known"),
        ("Lambert", "'Lambert' is no known"),
        ("", "no coordinate system is given"),
    ],
)
def test_an_unknown_coordinate_system_is_told_with_its_line(tmp_path: Path, written: str, message: str) -> None:
    path = write_csv(tmp_path / "parcels.csv", [ROW, ("p1", "wheat", written, 2018, square(0, 0))])
    with pytest.raises(InputError, match=rf"parcels\.csv, line 3: {message}"):
        read_parcels(path, None, None, TABLE, GRID)


def test_another_encoding_than_utf_8_is_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "parcels.csv", [("Äcker", *ROW[1:])])
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    with pytest.raises(DamagedFileError, match=r"parcels\.csv: not a text file in UTF-8"):
        read_parcels(path, None, None, TABLE, GRID)
