"""Parcels from GeoParquet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from tiny_parcels import GRID, TABLE, UTM, frame, square

from backend.errors import InputError
from training.parcel_features import Features, FieldNames
from training.parcel_files import read_parcels
from training.parcel_parquet import ParquetFile

SHAPES = [square(0, 0), square(5000, 0), square(0, 40), square(5000, 40), square(40, 0)]


def write(path: Path, crs: str | None = UTM, **options: object) -> Path:
    frame(SHAPES, ["wheat"] * 5, crs).to_parquet(path, **options)
    return path


def rewrite(path: Path, changes: dict[str, object]) -> Path:
    """Change what the metadata say of the geometry column."""
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    geo["columns"]["geometry"].update(changes)
    geo["columns"]["geometry"] = {k: v for k, v in geo["columns"]["geometry"].items() if v != "absent"}
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(geo).encode()}), path)
    return path


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
@pytest.mark.parametrize("crs", [UTM, "EPSG:2154", "EPSG:4326"])
def test_both_encodings_give_the_same_parcels(tmp_path: Path, encoding: str, crs: str) -> None:
    path = write(tmp_path / "parcels.parquet", crs, geometry_encoding=encoding, schema_version="1.1.0")
    parcels = read_parcels(path, "crop", "name", TABLE, GRID)
    assert parcels.source_ids == ("p0", "p2", "p4")
    np.testing.assert_allclose(shapely.bounds(parcels.geometry[2]), square(40, 0).bounds, atol=0.01)


def test_the_file_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.data")
    assert len(read_parcels(path, "crop", None, TABLE, GRID)) == 3


def test_features_without_an_id_field_are_named_by_their_row(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.parquet", row_group_size=2, write_covering_bbox=True, schema_version="1.1.0")
    assert read_parcels(path, "crop", None, TABLE, GRID).source_ids == ("0", "2", "4")


def test_row_groups_that_lie_elsewhere_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "parcels.parquet"
    far_apart = [square(0, 0), square(40, 0), square(5000, 0), square(5000, 40), None, square(0, 40)]
    table = frame(far_apart, ["wheat"] * 6)
    table.to_parquet(path, row_group_size=2, write_covering_bbox=True, schema_version="1.1.0")
    file = ParquetFile(path, FieldNames("crop", "name", None))
    parts: list[Features] = list(file.features(lambda crs: (500000, 4800000, 500100, 4800100)))
    assert [list(part.names) for part in parts] == [["p0", "p1"], ["p4", "p5"]]
    (extent,) = file.extents()
    assert (extent.features, extent.box) == (6, (500000, 4800000, 505030, 4800070))


def test_without_a_covering_all_is_read_and_sorted_out(tmp_path: Path) -> None:
    path = write(tmp_path / "parcels.parquet", row_group_size=1)
    counts = read_parcels(path, "crop", "name", TABLE, GRID).counts
    assert (counts.read, counts.kept) == (3, 3)


def test_categories_numbers_and_gaps_are_read_as_codes(tmp_path: Path) -> None:
    path = tmp_path / "parcels.parquet"
    table = frame(SHAPES, ["wheat", "x", "maize", "x", None])
    table["crop"] = table["crop"].astype("category")
    table["pid"] = [1.0, 2.0, None, 4.0, 5.0]
    table.to_parquet(path)
    parcels = read_parcels(path, "crop", "pid", TABLE, GRID)
    assert parcels.classes.tolist() == [1, 5, 255]
    assert parcels.source_ids == ("1", "", "5")


def test_a_coordinate_system_left_out_is_longitude_and_latitude(tmp_path: Path) -> None:
    path = rewrite(write(tmp_path / "parcels.parquet", "EPSG:4326"), {"crs": "absent"})
    assert len(read_parcels(path, "crop", None, TABLE, GRID)) == 3


def test_a_coordinate_system_that_is_not_known_is_told(tmp_path: Path) -> None:
    path = rewrite(write(tmp_path / "parcels.parquet"), {"crs": None})
    with pytest.raises(InputError, match=r"parcels\.parquet: the file names no coordinate system"):
        read_parcels(path, "crop", None, TABLE, GRID)
    path = rewrite(path, {"crs": {"type": "GeographicCRS", "name": "somewhere"}})
    with pytest.raises(InputError, match="the coordinate system in the file is not understood"):
        read_parcels(path, "crop", None, TABLE, GRID)


def test_an_encoding_that_is_not_known_is_told(tmp_path: Path) -> None:
    path = rewrite(write(tmp_path / "parcels.parquet"), {"encoding": "WKT"})
    with pytest.raises(InputError, match="the geometry's encoding 'WKT' is not known"):
        read_parcels(path, "crop", None, TABLE, GRID)


@pytest.mark.parametrize(
    "metadata", [None, {b"geo": b"{}"}, {b"geo": b"no json"}, {b"geo": b'{"primary_column": "g"}'}]
)
def test_a_table_without_geo_metadata_is_told(tmp_path: Path, metadata: dict[bytes, bytes] | None) -> None:
    path = tmp_path / "parcels.parquet"
    table = pa.table({"crop": ["wheat"], "geometry": [square(0, 0).wkb]}).replace_schema_metadata(metadata)
    pq.write_table(table, path)
    with pytest.raises(InputError, match=r"parcels\.parquet: a Parquet table without usable 'geo' metadata"):
        read_parcels(path, "crop", None, TABLE, GRID)
