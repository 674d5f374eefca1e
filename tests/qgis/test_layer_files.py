"""Layers as files for the worker: their own where it holds what QGIS shows, else an exported copy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis")
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant

pytestmark = pytest.mark.qgis

SAMPLE = Path(__file__).resolve().parents[2] / "resources" / "sample"


@pytest.fixture
def parcels(qgis_new_project: None, tmp_path: Path) -> QgsVectorLayer:
    """The sample's parcels in a file of their own, in a folder with a space and an umlaut."""
    path = tmp_path / "Höfe im Süden" / "parcels.gpkg"
    path.parent.mkdir()
    shutil.copy(SAMPLE / "parcels.gpkg", path)
    layer = QgsVectorLayer(str(path), "fields", "ogr")
    QgsProject.instance().addMapLayer(layer)  # which frees it; pytest would do so when QGIS is gone
    return layer


def written(layer: QgsVectorLayer, folder: Path, ids: Any = None) -> str:
    from cscl_qgis.layer_files import LayerFile

    return LayerFile(layer, "parcels", ids).write(folder, lambda: False)


def squares(fields: list[QgsField], rows: list[tuple[str, list[Any]]], crs: str = "EPSG:32631") -> QgsVectorLayer:
    """A layer in memory."""
    layer = QgsVectorLayer("Polygon", "squares", "memory")
    layer.setCrs(QgsCoordinateReferenceSystem(crs))
    layer.dataProvider().addAttributes(fields)
    layer.updateFields()
    features = []
    for wkt, values in rows:
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(values)
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


def test_a_file_that_holds_what_is_shown_is_read_where_it_lies(parcels: QgsVectorLayer, tmp_path: Path) -> None:
    assert written(parcels, tmp_path / "out") == parcels.source()
    assert not (tmp_path / "out").exists()


def test_edits_that_are_not_saved_are_in_the_copy(parcels: QgsVectorLayer, tmp_path: Path) -> None:
    parcels.startEditing()
    assert written(parcels, tmp_path / "out") == parcels.source()  # no edit yet
    first = next(parcels.getFeatures())
    parcels.changeAttributeValue(first.id(), parcels.fields().indexOf("crop"), "edited")
    copy = QgsVectorLayer(written(parcels, tmp_path / "out"), "copy", "ogr")
    parcels.rollBack()
    assert copy.featureCount() == parcels.featureCount()
    assert [feature["crop"] for feature in copy.getFeatures()].count("edited") == 1


def test_a_coordinate_system_assigned_in_qgis_is_in_the_copy(parcels: QgsVectorLayer, tmp_path: Path) -> None:
    parcels.setCrs(QgsCoordinateReferenceSystem("EPSG:32632"))
    copy = QgsVectorLayer(written(parcels, tmp_path / "out"), "copy", "ogr")
    assert copy.crs().authid() == "EPSG:32632"


def test_a_virtual_field_is_in_the_copy(parcels: QgsVectorLayer, tmp_path: Path) -> None:
    parcels.addExpressionField("'P' || parcel_id", QgsField("label", QVariant.String))
    copy = QgsVectorLayer(written(parcels, tmp_path / "out"), "copy", "ogr")
    one = next(copy.getFeatures())
    assert one["label"] == f"P{one['parcel_id']}"


def test_chosen_features_alone_are_in_the_copy(parcels: QgsVectorLayer, tmp_path: Path) -> None:
    ids = [feature.id() for feature in parcels.getFeatures()][3:5]
    copy = QgsVectorLayer(written(parcels, tmp_path / "out", ids), "copy", "ogr")
    assert copy.featureCount() == 2


def test_a_layer_whose_field_fid_repeats_is_copied_whole(qgis_new_project: None, tmp_path: Path) -> None:
    """Processing's results often have such a field, which a GeoPackage takes for its row numbers."""
    shape = "POLYGON((0 0, 0 10, 10 10, 10 0, 0 0))"
    layer = squares([QgsField("fid", QVariant.LongLong)], [(shape, [7]), (shape, [7])])
    copy = QgsVectorLayer(written(layer, tmp_path / "out"), "copy", "ogr")
    assert [feature["fid"] for feature in copy.getFeatures()] == [7, 7]


def test_the_same_features_give_the_same_file_once(qgis_new_project: None, tmp_path: Path) -> None:
    shape = "POLYGON((0 0, 0 10, 10 10, 10 0, 0 0))"
    layer = squares([QgsField("name", QVariant.String)], [(shape, ["a"])])
    path = written(layer, tmp_path / "out")
    before = Path(path).stat().st_mtime_ns
    assert written(layer, tmp_path / "out") == path
    assert Path(path).stat().st_mtime_ns == before
    layer.dataProvider().changeAttributeValues({1: {0: "b"}})
    assert written(layer, tmp_path / "out") != path
    assert len(list((tmp_path / "out").iterdir())) == 2  # and nothing half-written beside them


def test_the_snapshot_outlives_its_layer(qgis_new_project: None, tmp_path: Path) -> None:
    from cscl_qgis.layer_files import LayerFile

    layer = squares([QgsField("name", QVariant.String)], [("POLYGON((0 0, 0 10, 10 10, 10 0, 0 0))", ["a"])])
    kept = LayerFile(layer, "parcels")
    del layer
    path = kept.write(tmp_path / "out", lambda: False)
    assert QgsVectorLayer(path, "copy", "ogr").featureCount() == 1


def test_a_cancelled_copy_leaves_nothing(qgis_new_project: None, tmp_path: Path) -> None:
    from cscl_qgis.layer_files import LayerFile

    layer = squares([], [("POLYGON((0 0, 0 10, 10 10, 10 0, 0 0))", [])])
    with pytest.raises(InterruptedError):
        LayerFile(layer, "parcels").write(tmp_path / "out", lambda: True)
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_mapped_is_a_sentence(qgis_new_project: None, tmp_path: Path) -> None:
    shape = ("POLYGON((0 0, 0 10, 10 10, 10 0, 0 0))", [])
    with pytest.raises(ValueError, match="has no coordinate system"):
        written(squares([], [shape], ""), tmp_path)
    with pytest.raises(ValueError, match="has no features"):
        written(squares([], []), tmp_path)
    with pytest.raises(ValueError, match="cannot be read"):
        written(QgsVectorLayer(str(tmp_path / "gone.gpkg"), "gone", "ogr"), tmp_path)
    (tmp_path / "a file").write_text("")
    with pytest.raises(ValueError, match="cannot be written"):
        written(squares([], [shape]), tmp_path / "a file" / "out")


def test_the_row_numbers_of_a_geopackage_are_no_field_of_it(parcels: QgsVectorLayer) -> None:
    from cscl_qgis.layer_files import LayerFile

    assert LayerFile(parcels, "parcels").row_field == "fid"
    assert LayerFile(squares([], [("POLYGON((0 0, 0 1, 1 1, 0 0))", [])]), "parcels").row_field == ""


def test_copies_of_earlier_runs_go_when_a_run_is_whole(tmp_path: Path) -> None:
    """They hold declared parcels. What the new record names stays, and so does what is none of ours."""
    from cscl_qgis.layer_files import COPIES, tidy_copies

    folder = tmp_path / COPIES
    folder.mkdir()
    named, earlier, mine = (
        folder / name for name in (f"region-{'a' * 16}.gpkg", f"parcels-{'b' * 16}.gpkg", "my.gpkg")
    )
    for path in (named, earlier, mine):
        path.write_text("")
    record = tmp_path / "run.json"
    record.write_text(json.dumps({"request": {"region": str(named), "parcels": None}}))
    tidy_copies({"outputs": {"run": str(record)}})
    assert sorted(folder.iterdir()) == sorted([named, mine])
    mine.unlink()
    record.write_text(json.dumps({"request": {}}))
    tidy_copies({"outputs": {"run": str(record)}})
    assert not folder.exists()
    tidy_copies({"outputs": {}})  # nothing to go by: nothing happens
