"""The table of parcels: figures by hand, and files that other programs read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow
import pyogrio
import pytest
import shapely
from pyarrow import parquet
from scenes import box
from tiny_model import legend

from backend.errors import InputError
from backend.model_card import ModelCard
from backend.parcel_file import ParcelFile, read_parcels
from backend.parcel_sums import Columns
from backend.parcel_table import FIELDS, Column, parcel_figures, parcel_probabilities, parcel_summary, write_parcels


def card(classes: int = 3, temperature: float = 1.0) -> ModelCard:
    return ModelCard("m", "1", "a", "d", "l", ("B02",), "L2A", 2, 4, 2, tuple(legend(classes)),
                     temperature_parcel=temperature)  # fmt: skip


def row(probability: list[int], votes: list[int], strong: int = 0, dates: int = 0, gap: int = 0) -> list[int]:
    return [*probability, *votes, strong, dates, gap]


def figures(*rows: list[int], buffers: list[float] | None = None, **options: Any) -> dict[str, Column]:
    sums = np.array(rows, dtype=np.int64)
    return parcel_figures(sums, np.array(buffers or [10.0] * len(rows)), card(**options))


def test_figures_of_a_parcel_by_hand() -> None:
    found = figures(row([250, 500, 250], [1, 2, 1], strong=1, dates=10, gap=150))
    values = {name: column[0][0] for name, column in found.items()}
    names = legend(3)
    assert list(values) == list(FIELDS)
    assert (values["map_code"], values["map_crop"]) == (names[1].code, names[1].title)
    assert (values["map_second_code"], values["map_second"]) == (names[0].code, names[0].title)
    assert (values["map_probability"], values["map_second_probability"]) == (0.5, 0.25)
    assert values["map_entropy"] == 1.5
    assert (values["map_share"], values["map_cells"]) == (0.5, 4)
    assert (values["map_clear_dates"], values["map_gap_days"]) == (2.5, 37.5)
    assert (values["map_boundary_share"], values["map_inner_buffer_m"]) == (0.25, 10)


def test_the_class_is_that_of_the_mean_probability_and_not_that_of_most_cells() -> None:
    found = figures(row([300, 350, 100], [2, 1, 0]))
    assert found["map_code"][0][0] == legend(3)[1].code
    assert found["map_share"][0][0] == 0.3333


def test_the_cards_temperature_makes_means_sharper_or_flatter() -> None:
    sums = np.array([row([150, 75, 25], [1, 0, 0])])
    np.testing.assert_allclose(parcel_probabilities(sums, 3, 1.0), [[0.6, 0.3, 0.1]])
    np.testing.assert_allclose(parcel_probabilities(sums, 3, 0.5), np.array([[36, 9, 1]]) / 46)


def test_a_parcel_without_cells_has_no_figures() -> None:
    found = figures(row([0] * 3, [0] * 3), row([250, 0, 0], [1, 0, 0]), buffers=[np.nan, 2.5])
    missing = {name: bool(column[1][0]) for name, column in found.items() if column[1] is not None}
    assert all(missing.values())
    assert found["map_cells"][0].tolist() == [0, 1]
    assert found["map_entropy"][0][1] == 0


def test_a_model_of_one_class_has_no_second() -> None:
    sums = np.array([[250, 1, 0, 0, 0]])
    one = ModelCard("m", "1", "a", "d", "l", ("B02",), "L2A", 2, 4, 2, tuple(legend(2)[:1]))
    found = parcel_figures(sums, np.array([0.0]), one)
    assert found["map_second"][1].tolist() == [True]
    assert found["map_probability"][0].tolist() == [1]


def parcels(tmp_path: Path, **fields: list[Any]) -> ParcelFile:
    """Two parcels, one of two parts, with fields."""
    shapes = [box(0, 0, 2, 2), shapely.MultiPolygon([box(4, 0, 1, 1), box(6, 0, 1, 1)])]
    frame = geopandas.GeoDataFrame(fields, geometry=shapes, crs="EPSG:32631")
    frame.to_file(tmp_path / "in.gpkg", driver="GPKG")
    return read_parcels(tmp_path / "in.gpkg")


TWO = (row([250, 500, 250], [1, 2, 1]), row([0] * 3, [0] * 3))


def test_both_files_hold_the_outlines_all_fields_and_the_figures(tmp_path: Path) -> None:
    file = parcels(tmp_path, name=["é", None], area=[1.5, 2.5], number=[7, 2**40])
    written = write_parcels(tmp_path, file, figures(*TWO, buffers=[10, np.nan]))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.gpkg", "parcels.gpkg", "parcels.parquet"]
    for frame in (geopandas.read_file(written["parcels"]), geopandas.read_parquet(written["parcels_parquet"])):
        assert frame["name"].tolist()[0] == "é"
        assert frame["name"].isna().tolist() == [False, True]
        assert frame["area"].tolist() == [1.5, 2.5]
        assert frame["number"].tolist() == [7, 2**40]
        assert frame["map_crop"].isna().tolist() == [False, True]
        assert frame["map_cells"].tolist() == [4, 0]
        assert frame["map_probability"].isna().tolist() == [False, True]
        assert frame.crs.to_epsg() == 32631
        assert frame.geometry.area.tolist() == [400, 200]
    info = pyogrio.read_info(written["parcels"])
    assert (info["geometry_type"], info["layer_name"]) == ("MultiPolygon", "parcels")
    geo = json.loads(parquet.read_metadata(written["parcels_parquet"]).metadata[b"geo"])
    assert (geo["version"], geo["primary_column"], geo["columns"]["geometry"]["encoding"]) == (
        "1.1.0", "geometry", "WKB"
    )  # fmt: skip


def test_fields_whose_names_are_taken_are_numbered(tmp_path: Path) -> None:
    file = parcels(tmp_path, map_code=[1, 2], MAP_CROP=["a", "b"], map_code_1=[3, 4])
    written = write_parcels(tmp_path, file, figures(*TWO))
    for frame in (geopandas.read_file(written["parcels"]), geopandas.read_parquet(written["parcels_parquet"])):
        assert frame["map_code_1"].tolist() == [1, 2]
        assert frame["MAP_CROP_1"].tolist() == ["a", "b"]
        assert frame["map_code_1_1"].tolist() == [3, 4]
        assert frame["map_code"].tolist()[0] == legend(3)[1].code


def test_a_table_of_a_table_keeps_the_first_ones_figures(tmp_path: Path) -> None:
    first = write_parcels(tmp_path, parcels(tmp_path), figures(*TWO))["parcels"]
    again = write_parcels(tmp_path, read_parcels(first), figures(*TWO[::-1]))["parcels"]
    frame = geopandas.read_file(again)
    assert frame["map_cells_1"].tolist() == [4, 0]
    assert frame["map_cells"].tolist() == [0, 4]


def test_the_same_table_has_the_same_bytes(tmp_path: Path) -> None:
    file = parcels(tmp_path, name=["a", "b"])
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        written = write_parcels(tmp_path / name, file, figures(*TWO))
        contents.append([path.read_bytes() for path in written.values()])
    assert contents[0] == contents[1]


def test_fields_of_every_kind_survive(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"list": ["a", "b"], "object": {"k": 1}, "yes": True, "day": "2018-05-01"},
         "geometry": shapely.geometry.mapping(shapely.box(0, 0, 1, 1))}
    ]  # fmt: skip
    path = tmp_path / "in.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    written = write_parcels(tmp_path, read_parcels(path), figures(TWO[0]))
    for frame in (geopandas.read_file(written["parcels"]), geopandas.read_parquet(written["parcels_parquet"])):
        assert str(frame["day"][0]).startswith("2018-05-01")
        assert "a" in str(frame["list"][0])
        assert "k" in str(frame["object"][0])
        assert bool(frame["yes"][0]) is True


def test_a_table_in_which_no_parcel_has_a_cell_is_written_all_the_same(tmp_path: Path) -> None:
    written = write_parcels(tmp_path, parcels(tmp_path), figures(TWO[1], TWO[1], buffers=[np.nan, np.nan]))
    for frame in (geopandas.read_file(written["parcels"]), geopandas.read_parquet(written["parcels_parquet"])):
        assert frame["map_cells"].tolist() == [0, 0]
        assert frame["map_crop"].isna().all()


def test_a_field_that_a_geopackage_cannot_hold_is_told(tmp_path: Path) -> None:
    file = parcels(tmp_path, name=["a", "b"])
    file = replace(file, table=file.table.append_column("odd", pyarrow.nulls(2)))
    with pytest.raises(InputError, match=r"in.gpkg: a field of the parcels cannot be written \(.*odd"):
        write_parcels(tmp_path, file, figures(*TWO))
    assert [path.name for path in tmp_path.iterdir()] == ["in.gpkg"]


def test_a_write_that_fails_leaves_the_earlier_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = parcels(tmp_path, name=["a", "b"])
    earlier = {path: path.read_bytes() for path in write_parcels(tmp_path, file, figures(*TWO)).values()}

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet, "write_table", full)
    with pytest.raises(OSError, match=r"writing the tables of parcels failed \(\[Errno 28\] No space left") as caught:
        write_parcels(tmp_path, file, figures(*TWO[::-1]))
    assert caught.value.exit_code == 5  # type: ignore[attr-defined]
    assert {path: path.read_bytes() for path in earlier} == earlier
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone: the tables of parcels cannot be written there"):
        write_parcels(tmp_path / "gone", parcels(tmp_path), figures(*TWO))


def test_the_summary_counts_parcels(tmp_path: Path) -> None:
    found = parcel_summary(parcels(tmp_path), figures(*TWO, buffers=[5.0, np.nan]), 10.0)
    assert (found["parcels"], found["mapped"], found["without_cells"], found["smaller_buffer"]) == (2, 1, 1, 1)
    assert found["classes"] == {legend(3)[1].title: 1}
    json.dumps(found)


def test_columns_lie_side_by_side() -> None:
    columns = Columns(3)
    places = [*range(9)[columns.probability], *range(9)[columns.votes], columns.strong, columns.dates, columns.gap]
    assert places == list(range(columns.count))
