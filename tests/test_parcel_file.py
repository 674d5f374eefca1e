"""Files of parcels: what is read, and the sentence for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from scenes import box, write_region

from backend.errors import DamagedFileError, InputError
from backend.parcel_file import read_parcels


def write(path: Path, names: list[Any], *shapes: Any, crs: str | None = "EPSG:32631", layer: str = "fields") -> Path:
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(shapes, dtype=object)),
        field_data=[np.array(names, dtype=object)],
        fields=["name"],
        geometry_type="Unknown",
        crs=crs,
        layer=layer,
        append=path.exists(),
    )
    return path


def test_fields_and_outlines_come_in_the_files_order(tmp_path: Path) -> None:
    path = write(tmp_path / "p.gpkg", ["b", "a", None], box(0, 0, 1, 1), box(2, 0, 1, 1), None)
    file = read_parcels(path)
    assert file.table.column("name").to_pylist() == ["b", "a", None]
    assert [shape.area for shape in file.outlines] == [100, 100, 0]
    assert "32631" in file.crs


def test_a_bow_tie_is_made_valid(tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    (shape,) = read_parcels(write(tmp_path / "p.gpkg", ["a"], bow)).outlines
    assert shape.is_valid
    assert shape.area == pytest.approx(2)


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no file of parcels .*none.gpkg"):
        read_parcels(tmp_path / "none.gpkg")


@pytest.mark.filterwarnings("ignore:GPKG. bad application_id")
@pytest.mark.parametrize("content", [b"", b"no file", b"SQLite format 3\x00" + bytes(300), b'{"type": "FeatureC'])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.gpkg"
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"p.gpkg: expected parcels in a vector file, but it cannot be read"):
        read_parcels(path)


def test_a_geopackage_that_is_cut_short_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "p.gpkg", [str(number) for number in range(999)], *[box(0, 0, 1, 1)] * 999)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[: size // 2])
    with pytest.raises(DamagedFileError, match=rf"p.gpkg: the file is cut short: it has {size // 2} of {size} bytes"):
        read_parcels(path)


def test_what_is_damaged_behind_the_header_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "p.fgb", [str(number) for number in range(99)], *[box(0, 0, 1, 1)] * 99)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"p.fgb: expected parcels in a vector file, but it cannot be read \(\w"):
        read_parcels(path)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_file_without_a_coordinate_system_is_told(tmp_path: Path) -> None:
    path = write_region(tmp_path / "p.shp", box(0, 0, 1, 1), crs=None)
    with pytest.raises(InputError, match=r"p.shp: the parcels have no coordinate system"):
        read_parcels(path)


def test_points_are_no_parcels(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"p.gpkg: there is no polygon in it"):
        read_parcels(write_region(tmp_path / "p.gpkg", shapely.Point(0, 0)))


def test_a_line_among_polygons_is_told_by_its_place(tmp_path: Path) -> None:
    path = write(tmp_path / "p.gpkg", ["a", "b"], box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)]))
    with pytest.raises(InputError, match=r"1 of 2 features are not; the first, number 2, is a LineString"):
        read_parcels(path)


def test_several_layers_are_named(tmp_path: Path) -> None:
    write(tmp_path / "p.gpkg", ["a"], box(0, 0, 1, 1))
    write(tmp_path / "p.gpkg", ["a"], box(0, 0, 1, 1), layer="roads")
    with pytest.raises(InputError, match=r"expected one layer of parcels, found 2 \(fields, roads\)"):
        read_parcels(tmp_path / "p.gpkg")


def test_a_table_without_outlines_is_told(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("name,crop\na,wheat\n")
    with pytest.raises(InputError, match=r"p.csv: expected one layer of parcels, found none"):
        read_parcels(tmp_path / "p.csv")


def test_a_missing_field_is_told_with_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path / "p.gpkg", ["a"], box(0, 0, 1, 1))
    with pytest.raises(InputError, match=r"there is no field 'nam'; did you mean 'name'\?") as caught:
        read_parcels(path, "nam")
    assert caught.value.hint == "Its fields are name."


@pytest.mark.parametrize(("names", "said"), [(["a", "b", "a"], "the name 'a'"), ([None, "b", None], "none")])
def test_a_name_that_two_parcels_have_is_told(tmp_path: Path, names: list[Any], said: str) -> None:
    path = write(tmp_path / "p.gpkg", names, *(box(0, 2 * number, 1, 1) for number in range(3)))
    with pytest.raises(InputError, match=rf"the field 'name' should name each parcel, but 2 of 3 have {said}\."):
        read_parcels(path, "name")
    assert len(read_parcels(path)) == 3


def test_coordinates_that_are_no_numbers_are_no_place(tmp_path: Path) -> None:
    path = tmp_path / "p.geojson"
    shapes = [[[[0, 0], [1, 0], [1, 1], [0, 0]]], [[[0, 0], [1e999, 0], [1, 1], [0, 0]]]]
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": shape}} for shape in shapes
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    file = read_parcels(path)
    assert [shape.is_empty for shape in file.outlines] == [False, True]


def test_the_parcels_of_a_whole_country_are_to_be_cut_to_the_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.parcel_file.MOST_PARCELS", 1000)
    path = write(tmp_path / "p.gpkg", list(range(1001)), *[box(0, 0, 1, 1)] * 1001)
    with pytest.raises(InputError, match=r"there are 1,001 parcels in it, at most 1,000 can be taken") as caught:
        read_parcels(path)
    assert caught.value.hint == "Cut the file to the mapped region first."
