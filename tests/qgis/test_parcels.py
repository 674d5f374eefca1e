"""Parcels of a finished map in QGIS: their table by Processing, and one over the season by a click."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

pytest.importorskip("qgis")
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

pytestmark = pytest.mark.qgis

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample"
WAIT_MS = 60_000


@pytest.fixture(scope="module")
def finished(engine_python: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a map of the sample with all probabilities."""
    from cscl_qgis.child import capture

    out = tmp_path_factory.mktemp("map")
    arguments = ["map", "--series", str(SAMPLE), "--model", str(model), "--out", str(out), "--probabilities", "fine"]
    arguments += ["--parcels", str(SAMPLE / "parcels.gpkg"), "--parcel-id", "parcel_id", "--device", "cpu"]
    code, text = capture([str(engine_python), "-m", "backend", *arguments], 300.0, ROOT)
    assert code == 0, text
    return out


def rows(path: Path | str) -> list[tuple[Any, ...]]:
    layer = QgsVectorLayer(f"{path}|layername=parcels", "parcels", "ogr")
    names = [name for name in (field.name() for field in layer.fields()) if name.startswith("map_")]
    return [tuple(feature[name] for name in names) for feature in layer.getFeatures()]


def test_the_table_made_afterwards_is_that_of_the_map(
    provider: Any, context: Any, finished: Path, engine_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    made_with_the_map = rows(finished / "parcels.gpkg")
    assert len(made_with_the_map) > 5
    (finished / "parcels.gpkg").unlink()
    algorithm = provider.algorithm("parceltable").create()
    values = {"RUN": str(finished), "PARCELS": str(SAMPLE / "parcels.gpkg"), "PARCEL_ID": "parcel_id"}
    results, is_fine = algorithm.run(values, context, QgsProcessingFeedback(), catchExceptions=False)
    assert is_fine
    assert rows(results["PARCEL_TABLE"]) == made_with_the_map
    assert Path(results["PARQUET"]).is_file()
    assert results["MAPPED"] > 5


def test_a_map_without_probabilities_gives_the_same_table_after_a_forecast(
    provider: Any, context: Any, finished: Path, engine_python: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    folder = Path(shutil.copytree(finished, tmp_path / "map"))
    made_with_the_map = rows(folder / "parcels.gpkg")
    for name in ("probabilities.tif", "parcels.gpkg"):
        (folder / name).unlink()
    algorithm, feedback = provider.algorithm("parceltable").create(), QgsProcessingFeedback()
    values = {"RUN": str(folder), "PARCELS": str(SAMPLE / "parcels.gpkg"), "PARCEL_ID": "parcel_id"}
    results, is_fine = algorithm.run(values, context, feedback, catchExceptions=False)
    assert is_fine
    assert rows(results["PARCEL_TABLE"]) == made_with_the_map
    assert "Forecast: about " in feedback.textLog()
    assert feedback.progress() == 100


def test_edits_and_an_assigned_coordinate_system_are_taken_as_they_are_shown(
    provider: Any, context: Any, finished: Path, engine_python: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file says that it lies elsewhere, and the layer has lost a parcel since it was saved."""
    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    folder = Path(shutil.copytree(finished, tmp_path / "map"))
    original = QgsVectorLayer(str(shutil.copy(SAMPLE / "parcels.gpkg", tmp_path)), "parcels", "ogr")
    options = QgsVectorFileWriter.SaveVectorOptions()
    elsewhere = QgsCoordinateReferenceSystem("EPSG:32633")
    sink = QgsVectorFileWriter.create(
        str(tmp_path / "p.gpkg"), original.fields(), original.wkbType(), elsewhere, context.transformContext(), options
    )
    sink.addFeatures(list(original.getFeatures()))
    del sink
    layer = QgsVectorLayer(str(tmp_path / "p.gpkg"), "parcels", "ogr")
    layer.setCrs(original.crs())
    context.project().addMapLayer(layer)
    gone = next(layer.getFeatures())
    layer.startEditing()
    layer.deleteFeature(gone.id())
    algorithm = provider.algorithm("parceltable").create()
    values = {"RUN": str(folder), "PARCELS": layer.id(), "PARCEL_ID": "parcel_id"}
    try:
        results, is_fine = algorithm.run(values, context, QgsProcessingFeedback(), catchExceptions=False)
    finally:
        layer.rollBack()
    assert is_fine
    table = QgsVectorLayer(f"{results['PARCEL_TABLE']}|layername=parcels", "parcels", "ogr")
    assert {feature["parcel_id"] for feature in table.getFeatures()} == {
        feature["parcel_id"] for feature in original.getFeatures() if feature["parcel_id"] != gone["parcel_id"]
    }
    assert results["MAPPED"] > 5
    assert not (folder / "layers").exists()  # the table holds the parcels; no copy of them stays


def test_of_a_selection_of_an_edited_layer_only_the_selected_are_taken(
    provider: Any, context: Any, tmp_path: Path
) -> None:
    from cscl_qgis.processing.shown_layers import shown_layers

    layer = QgsVectorLayer(str(shutil.copy(SAMPLE / "parcels.gpkg", tmp_path)), "parcels", "ogr")
    context.project().addMapLayer(layer)
    algorithm = provider.algorithm("mapcroptypes").create()
    values = {"REGION": QgsProcessingFeatureSourceDefinition(layer.id(), True)}
    assert shown_layers(algorithm, ("REGION", "PARCELS"), values, context) == {}
    layer.startEditing()
    layer.deleteFeature(next(layer.getFeatures()).id())
    chosen = [feature.id() for feature in layer.getFeatures()][:2]
    layer.selectByIds(chosen)
    try:
        shown = shown_layers(algorithm, ("REGION", "PARCELS"), values, context)["REGION"]
        assert [feature.id() for feature in shown._features(lambda: False)] == chosen
    finally:
        layer.rollBack()


def test_a_folder_without_a_map_is_said_before_the_run(provider: Any, context: Any, tmp_path: Path) -> None:
    algorithm = provider.algorithm("parceltable").create()
    values = {"RUN": str(tmp_path), "PARCELS": str(SAMPLE / "parcels.gpkg")}
    assert "holds no crop map" in algorithm.checkParameterValues(values, context)[1]


def test_parcels_with_a_repeated_id_are_a_sentence(
    provider: Any, context: Any, finished: Path, engine_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    algorithm = provider.algorithm("parceltable").create()
    values = {"RUN": str(finished), "PARCELS": str(SAMPLE / "parcels.gpkg"), "PARCEL_ID": "crop"}
    with pytest.raises(QgsProcessingException, match="crop"):
        algorithm.run(values, context, QgsProcessingFeedback(), catchExceptions=False)


@pytest.fixture
def dock(qgis_iface: Any, qgis_new_project: None, qtbot: Any) -> Iterator[Any]:
    from cscl_qgis.parcel_tool import ParcelDock

    dock = ParcelDock()
    qtbot.addWidget(dock)
    yield dock
    dock.close_folder()


def parcels_of(folder: Path) -> QgsVectorLayer:
    """The parcels as the map's group holds them."""
    from cscl_qgis.results import load_results

    outputs = {"parcels": str(folder / "parcels.gpkg"), "run": str(folder / "run.json")}
    load_results(QgsProject.instance(), {"outputs": outputs}, "Crop map", None, "crop")
    return next(iter(QgsProject.instance().mapLayers().values()))


def test_a_parcel_is_drawn_over_the_season(
    dock: Any, qtbot: Any, finished: Path, engine_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    layer = parcels_of(finished)
    feature = next(layer.getFeatures())
    with qtbot.waitSignal(dock.shown, timeout=WAIT_MS) as shown:
        dock.look_at(layer, feature)
    assert shown.args == [True], dock.note.text()
    assert f"declared: {feature['crop']}" in dock.note.text()
    assert not dock.picture.is_empty
    dock.picture.resize(560, 430)
    image = dock.picture.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, 560, 2) for y in range(0, 430, 2)}
    assert "#2e8b57" in colours  # the line of the NDVI


def test_a_layer_of_no_map_is_told(dock: Any, qtbot: Any) -> None:
    layer = QgsVectorLayer(str(SAMPLE / "parcels.gpkg"), "fields", "ogr")
    with qtbot.waitSignal(dock.shown, timeout=WAIT_MS) as shown:
        dock.look_at(layer, next(layer.getFeatures()))
    assert shown.args == [False]
    assert "does not belong to a crop map" in dock.note.text()


def test_a_map_whose_record_is_gone_is_told(
    dock: Any, qtbot: Any, finished: Path, engine_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    layer = parcels_of(finished)
    layer.setCustomProperty("cscl_qgis/run", str(finished / "gone" / "run.json"))
    with qtbot.waitSignal(dock.shown, timeout=WAIT_MS) as shown:
        dock.look_at(layer, next(layer.getFeatures()))
    assert shown.args == [False]
    assert "There is no record of a run" in dock.note.text()
    assert dock.picture.is_empty


def test_of_two_quick_clicks_the_second_parcel_is_shown(
    dock: Any, qtbot: Any, finished: Path, engine_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    layer = parcels_of(finished)
    first, second = list(layer.getFeatures())[:2]
    with qtbot.waitSignal(dock.shown, timeout=WAIT_MS) as shown:
        dock.look_at(layer, first)
        dock.look_at(layer, second)
    assert shown.args == [True], dock.note.text()
    assert f"Parcel {second.id()}" in dock.note.text()
    assert list(dock._folder.iterdir()) == []


def test_a_coordinate_system_without_an_epsg_number_goes_to_the_worker_as_text(qgis_new_project: None) -> None:
    from qgis.core import QgsCoordinateReferenceSystem

    from cscl_qgis.parcel_tool import crs_text

    layer = QgsVectorLayer(str(SAMPLE / "parcels.gpkg"), "fields", "ogr")
    assert crs_text(layer) == "EPSG:32631"
    crs = QgsCoordinateReferenceSystem.fromProj("+proj=laea +lat_0=44 +lon_0=3 +datum=WGS84 +units=m")
    layer.setCrs(crs)
    assert crs_text(layer).startswith("PROJCS[")


def test_declared_crops_stand_beside_what_was_found(
    provider: Any, context: Any, finished: Path, engine_python: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    folder = Path(shutil.copytree(finished, tmp_path / "map"))
    algorithm, feedback = provider.algorithm("parceltable").create(), QgsProcessingFeedback()
    values = {"RUN": str(folder), "PARCELS": str(SAMPLE / "parcels.gpkg"), "CROP_FIELD": "crop"}
    assert "need a class table" in algorithm.checkParameterValues(values, context)[1]
    values["CLASS_TABLE"] = "legend_names"
    assert algorithm.checkParameterValues(values, context)[0]
    results, _ = algorithm.run(values, context, feedback, catchExceptions=False)
    layer = QgsVectorLayer(f"{results['PARCEL_TABLE']}|layername=parcels", "parcels", "ogr")
    said = [(feature["crop"], feature["map_crop"], feature["map_agreement"]) for feature in layer.getFeatures()]
    of_vines = {words for crop, _, words in said if crop == "vineyards_wine_vine_rebland_grapes"}
    assert "declared crop unknown to the model" in of_vines
    assert of_vines <= {"declared crop unknown to the model", "parcel not mapped"}
    assert ("winter_common_soft_wheat", "Winter soft wheat", "declared crop found") in said
    assert "declared crop found: " in feedback.textLog()
    own = {**values, "CLASS_TABLE_FILE": str(tmp_path / "gone.csv")}
    assert "Two class tables" in algorithm.checkParameterValues(own, context)[1]
    own["CLASS_TABLE"] = None
    assert "There is no class table" in algorithm.checkParameterValues(own, context)[1]


def complete(algorithm: Any, context: Any) -> None:
    """What the Processing dialog does when an algorithm has ended."""
    from processing.gui import Postprocessing

    feedback = QgsProcessingFeedback()
    # QGIS 3.44 takes no stand-in for a part of the main window; 3.22 asks for none
    with mock.patch.object(Postprocessing, "iface", None, create=True):
        assert Postprocessing.handleAlgorithmResults(algorithm, context, feedback, False), feedback.textLog()
    # QGIS keeps the context for later runs only here
    context.setLayersToLoadOnCompletion({})


def test_processing_puts_the_table_styled_into_the_group_of_its_map(
    qgis_processing: None, provider: Any, context: Any, finished: Path, engine_python: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from cscl_qgis import layers
    from cscl_qgis.parcel_tool import is_of_run

    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    folder = Path(shutil.copytree(finished, tmp_path / "map"))
    rasters = {name: str(folder / f"{name}.tif") for name in ("crop_type", "confidence", "boundary")}
    algorithm = provider.algorithm("parceltable").create()
    layers.load_on_completion(context, rasters, "Crop map farm", None)
    complete(algorithm, context)
    values = {"RUN": str(folder), "PARCELS": str(SAMPLE / "parcels.gpkg"), "PARCEL_ID": "parcel_id"}
    for more in ({}, {"CROP_FIELD": "crop", "CLASS_TABLE": "legend_names"}):
        _, is_fine = algorithm.run({**values, **more}, context, QgsProcessingFeedback(), catchExceptions=False)
        assert is_fine
        complete(algorithm, context)
        groups = QgsProject.instance().layerTreeRoot().children()
        assert [group.name() for group in groups] == ["Crop map farm"]
        names = [node.name() for node in groups[0].children()]
        assert names == ["Parcels", "Parcel boundaries (%)", "Confidence (%)", "Crop types"]
        layer = groups[0].children()[0].layer()
        styles = ["Crop found", "Probability", *(["Declared and found"] if more else [])]
        assert sorted(layer.styleManager().styles()) == sorted(styles)
        assert layer.styleManager().currentStyle() == "Crop found"
        assert layer.renderer().classAttribute() == "map_code"
        shown = {(category.label(), category.symbol().color().name()) for category in layer.renderer().categories()}
        assert ("Winter soft wheat", "#e8c547") in shown
        assert layer.labelsEnabled()
        assert is_of_run(layer)
        assert ("map_agreement" in [field.name() for field in layer.fields()]) == bool(more)


def test_processing_puts_the_parcels_of_a_map_on_top_of_its_group(
    qgis_processing: None, algorithm: Any, context: Any, model: Path, engine_python: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    values = {
        "FOLDER": str(SAMPLE), "MODEL": str(model), "OUTPUT": str(tmp_path / "farm"), "CROP_FIELD": "crop",
        "PARCELS": str(SAMPLE / "parcels.gpkg"), "CLASS_TABLE": "legend_names",
    }  # fmt: skip
    algorithm.run(values, context, QgsProcessingFeedback(), catchExceptions=False)
    complete(algorithm, context)
    groups = QgsProject.instance().layerTreeRoot().children()
    assert [group.name() for group in groups] == ["Crop map farm"]
    layer = groups[0].children()[0].layer()
    assert layer.name() == "Parcels"
    assert sorted(layer.styleManager().styles()) == ["Crop found", "Declared and found", "Probability"]
    assert layer.customProperty("cscl_qgis/run_crop") == "crop"
    assert len(groups[0].children()) == 4


def test_the_table_is_loaded_on_wish_and_into_a_project_only(
    qgis_processing: None, provider: Any, context: Any, finished: Path, engine_python: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from qgis.core import QgsProcessingContext

    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    folder = Path(shutil.copytree(finished, tmp_path / "map"))
    algorithm = provider.algorithm("parceltable").create()
    values = {"RUN": str(folder), "PARCELS": str(SAMPLE / "parcels.gpkg")}
    algorithm.run({**values, "LOAD": False}, context, QgsProcessingFeedback(), catchExceptions=False)
    assert context.layersToLoadOnCompletion() == {}
    alone = QgsProcessingContext()
    algorithm.run(values, alone, QgsProcessingFeedback(), catchExceptions=False)
    assert alone.layersToLoadOnCompletion() == {}
    algorithm.run(values, context, QgsProcessingFeedback(), catchExceptions=False)
    complete(algorithm, context)
    # without the map's own layers in the project there is no group to put it into
    assert [node.name() for node in QgsProject.instance().layerTreeRoot().children()] == ["Parcels"]


def test_the_styles_of_the_parcels_may_be_changed_to_and_fro(qgis_new_project: None, finished: Path) -> None:
    """Also by Python's memory: in QGIS 3.22 a renderer made of rules was freed twice here."""
    for _ in range(3):
        layer = parcels_of(finished)
        manager = layer.styleManager()
        for _ in range(2):
            for name in manager.styles():
                assert manager.setCurrentStyle(name)
        manager.setCurrentStyle("Probability")
        # QGIS 3.22 reads numbers of a style back as texts, and finds the category of a number by its text
        values = {str(category.value()) for category in layer.renderer().categories()}
        assert {"0", "1", "2", "3"} <= values
        QgsProject.instance().clear()
