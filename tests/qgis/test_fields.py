"""Fields of a map in QGIS: cut by Processing from a finished map, with the map, and how they look in the project."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

pytest.importorskip("qgis")
from qgis.core import QgsProcessingException, QgsProcessingFeedback, QgsProject, QgsVectorLayer

pytestmark = pytest.mark.qgis

SAMPLE = Path(__file__).resolve().parents[2] / "resources" / "sample"


@pytest.fixture(scope="module")
def finished(engine_python: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a map of the sample, not cut yet."""
    from cscl_qgis.child import capture

    out = tmp_path_factory.mktemp("map")
    arguments = ["map", "--series", str(SAMPLE), "--model", str(model), "--out", str(out), "--device", "cpu"]
    code, text = capture([str(engine_python), "-m", "backend", *arguments], 300.0, SAMPLE.parents[1])
    assert code == 0, text
    return out


@pytest.fixture
def folder(finished: Path, engine_python: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    return Path(shutil.copytree(finished, tmp_path / "map"))


def complete(algorithm: Any, context: Any) -> None:
    """What the Processing dialog does when an algorithm has ended."""
    from processing.gui import Postprocessing

    feedback = QgsProcessingFeedback()
    # QGIS 3.44 takes no stand-in for a part of the main window; 3.22 asks for none
    with mock.patch.object(Postprocessing, "iface", None, create=True):
        assert Postprocessing.handleAlgorithmResults(algorithm, context, feedback, False), feedback.textLog()
    # QGIS keeps the context for later runs only here
    context.setLayersToLoadOnCompletion({})


def test_a_finished_map_is_cut_and_its_fields_stand_in_its_group(
    qgis_processing: None, provider: Any, context: Any, folder: Path
) -> None:
    from cscl_qgis import layers

    algorithm = provider.algorithm("cutfields").create()
    rasters = {name: str(folder / f"{name}.tif") for name in ("crop_type", "confidence", "boundary")}
    layers.load_on_completion(context, rasters, "Crop map farm", None)
    complete(algorithm, context)
    for _ in range(2):  # the second time QGIS has the layers already
        feedback = QgsProcessingFeedback()
        results, is_fine = algorithm.run({"RUN": str(folder)}, context, feedback, catchExceptions=False)
        assert is_fine
        complete(algorithm, context)
        groups = QgsProject.instance().layerTreeRoot().children()
        assert [group.name() for group in groups] == ["Crop map farm"]
        nodes = groups[0].children()
        assert [node.name() for node in nodes] == [
            "Fields", "Parcel boundaries (%)", "Confidence (%)", "Crop types by field", "Crop types",
        ]  # fmt: skip
        assert [node.itemVisibilityChecked() for node in nodes] == [True, False, False, False, True]
    layer = nodes[0].layer()
    assert layer.featureCount() == results["FIELDS"] > 5
    assert results["AREA_HA"] > 1
    assert results["CROP_TYPE_FIELDS"] == str(folder / "crop_type_fields.tif")
    assert layer.renderer().classAttribute() == "map_code"
    shown = {(category.label(), category.symbol().color().name()) for category in layer.renderer().categories()}
    assert ("Winter soft wheat", "#e8c547") in shown
    assert layer.labelsEnabled()
    assert layer.attributeDisplayName(layer.fields().indexOf("share_percent")) == "Share of its cells (%)"
    assert "Winter soft wheat" in feedback.textLog()
    assert feedback.progress() == 100
    assert [entry.label for entry in nodes[3].layer().renderer().classes()][:2] == ["No parcel", "Winter soft wheat"]


def test_the_fields_go_beside_their_map_also_where_another_group_is_the_current_one(
    qgis_processing: None, provider: Any, context: Any, folder: Path
) -> None:
    """QGIS puts a new layer into the group of the current one, before it comes to the group of its map."""
    from qgis.core import QgsLayerTreeRegistryBridge

    from cscl_qgis import layers

    algorithm = provider.algorithm("cutfields").create()
    rasters = {name: str(folder / f"{name}.tif") for name in ("crop_type", "confidence", "boundary")}
    layers.load_on_completion(context, rasters, "Crop map farm", None)
    complete(algorithm, context)
    project = QgsProject.instance()
    other = project.layerTreeRoot().insertGroup(0, "Roads")
    bridge = project.layerTreeRegistryBridge()
    bridge.setLayerInsertionPoint(QgsLayerTreeRegistryBridge.InsertionPoint(other, 0))
    try:
        algorithm.run({"RUN": str(folder)}, context, QgsProcessingFeedback(), catchExceptions=False)
        complete(algorithm, context)
    finally:
        bridge.setLayerInsertionPoint(QgsLayerTreeRegistryBridge.InsertionPoint(project.layerTreeRoot(), 0))
    roads, farm = project.layerTreeRoot().children()
    assert (roads.name(), roads.children()) == ("Roads", [])
    assert [node.name() for node in farm.children()] == [
        "Fields", "Parcel boundaries (%)", "Confidence (%)", "Crop types by field", "Crop types",
    ]  # fmt: skip


def test_a_map_without_fields_into_the_folder_takes_their_layers_out_of_the_project(
    qgis_processing: None, provider: Any, context: Any, folder: Path
) -> None:
    from cscl_qgis.results import load_results

    algorithm = provider.algorithm("cutfields").create()
    algorithm.run({"RUN": str(folder), "LOAD": False}, context, QgsProcessingFeedback(), catchExceptions=False)
    names = ("crop_type.tif", "confidence.tif", "boundary.tif", "crop_type_fields.tif", "fields.gpkg", "run.json")
    outputs = {Path(name).stem: str(folder / name) for name in names}
    project = QgsProject.instance()
    load_results(project, {"outputs": outputs}, "Crop map", None)
    alone = QgsVectorLayer(f"{folder / 'fields.gpkg'}|layername=fields", "fields as the user has added them", "ogr")
    project.addMapLayer(alone)
    assert len(project.mapLayers()) == 6
    for name in ("fields", "crop_type_fields"):  # as the engine does, which makes neither
        Path(outputs.pop(name)).unlink()
    load_results(project, {"outputs": outputs}, "Crop map", None)
    (group,) = project.layerTreeRoot().children()
    assert [node.name() for node in group.children()] == ["Parcel boundaries (%)", "Confidence (%)", "Crop types"]
    assert len(project.mapLayers()) == 3


def test_a_map_is_made_and_cut_in_one_run(
    qgis_processing: None, algorithm: Any, context: Any, model: Path, folder: Path, tmp_path: Path
) -> None:
    cut = algorithm.provider().algorithm("cutfields").create()
    cut.run({"RUN": str(folder), "LOAD": False}, context, QgsProcessingFeedback(), catchExceptions=False)
    assert context.layersToLoadOnCompletion() == {}
    values = {"FOLDER": str(SAMPLE), "MODEL": str(model), "OUTPUT": str(tmp_path / "farm"), "FIELDS": True}
    results, is_fine = algorithm.run(values, context, QgsProcessingFeedback(), catchExceptions=False)
    assert is_fine
    complete(algorithm, context)
    (group,) = QgsProject.instance().layerTreeRoot().children()
    assert [node.name() for node in group.children()][::3] == ["Fields", "Crop types by field"]
    assert results["FIELD_OUTLINES"] == str(tmp_path / "farm" / "fields.gpkg")
    for name in ("fields.gpkg", "crop_type_fields.tif"):
        assert (tmp_path / "farm" / name).read_bytes() == (folder / name).read_bytes()


def test_what_cannot_be_cut_is_a_sentence(provider: Any, context: Any, folder: Path, tmp_path: Path) -> None:
    algorithm = provider.algorithm("cutfields").create()
    assert "holds no crop map" in algorithm.checkParameterValues({"RUN": str(tmp_path)}, context)[1]
    (folder / "boundary.tif").unlink()
    with pytest.raises(QgsProcessingException, match=r"the map has no boundary layer \(boundary.tif\).\nMap again."):
        algorithm.run({"RUN": str(folder)}, context, QgsProcessingFeedback(), catchExceptions=False)
    assert not (folder / "fields.gpkg").exists()


def test_the_window_cuts_the_map_on_wish(map_dialog: Any, qtbot: Any, tmp_path: Path, picture: Any) -> None:
    map_dialog.images.folder.setFilePath(str(SAMPLE))
    map_dialog.look_at_dates()
    qtbot.waitUntil(lambda: map_dialog.images.timeline.rowCount() > 0, timeout=60_000)
    map_dialog.outputs.folder.setFilePath(str(tmp_path / "farm"))
    assert not map_dialog.outputs.fields.isChecked()
    map_dialog.outputs.fields.setChecked(True)
    with qtbot.waitSignal(map_dialog.run_ended, timeout=120_000) as blocker:
        map_dialog.run()
    assert blocker.args == [True]
    (group,) = QgsProject.instance().layerTreeRoot().children()
    names = [node.name() for node in group.children()]
    assert names[0] == "Fields"
    assert "Crop types by field" in names
    layer = group.children()[0].layer()
    assert isinstance(layer, QgsVectorLayer)
    assert layer.featureCount() > 5
    map_dialog.show_page(map_dialog.outputs)
    picture(map_dialog, "map_outputs_with_fields")
    map_dialog.restore()
    assert map_dialog.outputs.fields.isChecked()  # the project keeps it
