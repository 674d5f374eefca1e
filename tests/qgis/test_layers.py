"""Results in the layer tree: one group a run, in order, named and styled."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from qgis.core import (
    QgsPalettedRasterRenderer,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsSingleBandPseudoColorRenderer,
)

from cscl_qgis import layers
from cscl_qgis._engine import model_card, style

CLASSES = (
    model_card.CropClass(0, "background", "No parcel", "#e6e6e6"),
    model_card.CropClass(1, "wheat", "Winter soft wheat", "#e8c547"),
    model_card.CropClass(5, "maize", "Maize", "#ff8800"),
)
CARD = model_card.ModelCard("m", "1", "rule", "", "", ("B04",), "L2A", 1, 1, 0, CLASSES)


@pytest.fixture
def outputs(write_raster: Any) -> dict[str, str]:
    """Three rasters as the engine writes them, styles beside two."""
    paths = {name: write_raster(f"run/{name}.tif", 5) for name in ("crop_type", "confidence", "boundary")}
    paths["crop_type"].with_suffix(".qml").write_text(style.crop_type_qml(CLASSES), encoding="utf-8")
    paths["confidence"].with_suffix(".qml").write_text(style.confidence_qml(), encoding="utf-8")
    return {name: str(path) for name, path in paths.items()}


def load(context: Any, algorithm: Any, outputs: dict[str, str], title: str) -> None:
    """What the Processing dialog does when an algorithm has ended."""
    from processing.gui import Postprocessing

    layers.load_on_completion(context, outputs, title, CARD)
    feedback = QgsProcessingFeedback()
    # QGIS 3.44 takes no stand-in for a part of the main window; 3.22 asks for none
    with mock.patch.object(Postprocessing, "iface", None, create=True):
        assert Postprocessing.handleAlgorithmResults(algorithm, context, feedback, False), feedback.textLog()
    # QGIS keeps the context for later runs only here
    context.setLayersToLoadOnCompletion({})


def test_the_layers_lie_in_one_group_in_order(
    qgis_processing: None, context: Any, algorithm: Any, outputs: dict[str, str]
) -> None:
    load(context, algorithm, outputs, "Crop map farm")
    root = QgsProject.instance().layerTreeRoot()
    assert [child.name() for child in root.children()] == ["Crop map farm"]
    children = root.children()[0].children()
    assert [child.name() for child in children] == ["Parcel boundaries (%)", "Confidence (%)", "Crop types"]
    assert [child.itemVisibilityChecked() for child in children] == [False, False, True]
    assert len(QgsProject.instance().mapLayers()) == 3


@pytest.mark.parametrize("order", [("boundary", "confidence", "crop_type"), ("crop_type", "boundary", "confidence")])
def test_the_order_holds_where_qgis_adds_each_layer_above_the_current_one(
    context: Any, outputs: dict[str, str], order: tuple[str, ...]
) -> None:
    """In the main window a new layer goes above the current one: into the group, once the first one is there."""
    project, group = QgsProject.instance(), layers.RunGroup("Crop map farm")
    ranks = [name for name, _ in layers.RESULTS if name in order]
    for name in order:
        layer = QgsRasterLayer(outputs[name], name)
        project.addMapLayer(layer, False)
        (project.layerTreeRoot().findGroup("Crop map farm") or project.layerTreeRoot()).insertLayer(0, layer)
        group.place(project, layer.id(), ranks.index(name), True)
    children = project.layerTreeRoot().findGroup("Crop map farm").children()
    assert [child.name() for child in children] == ranks


def test_the_group_lies_above_what_was_there(
    qgis_processing: None, context: Any, algorithm: Any, outputs: dict[str, str], write_raster: Any
) -> None:
    QgsProject.instance().addMapLayer(QgsRasterLayer(str(write_raster("image.tif")), "image"))
    load(context, algorithm, outputs, "Crop map farm")
    root = QgsProject.instance().layerTreeRoot()
    assert [child.name() for child in root.children()] == ["Crop map farm", "image"]


def test_a_run_into_another_folder_of_the_same_name_gets_a_group_of_its_own(
    qgis_processing: None, context: Any, algorithm: Any, outputs: dict[str, str], write_raster: Any
) -> None:
    load(context, algorithm, outputs, "Crop map farm")
    others = {name: str(write_raster(f"other/run/{name}.tif")) for name in outputs}
    load(context, algorithm, others, "Crop map farm")
    groups = QgsProject.instance().layerTreeRoot().children()
    assert [group.name() for group in groups] == ["Crop map farm (2)", "Crop map farm"]
    assert [len(group.children()) for group in groups] == [3, 3]


def test_a_run_into_the_same_folder_refreshes_its_layers(
    qgis_processing: None, context: Any, algorithm: Any, outputs: dict[str, str], write_raster: Any
) -> None:
    load(context, algorithm, outputs, "Crop map farm")
    write_raster("run/crop_type.tif", 1)
    load(context, algorithm, outputs, "Crop map farm")
    groups = QgsProject.instance().layerTreeRoot().children()
    assert [group.name() for group in groups] == ["Crop map farm"]
    children = groups[0].children()
    assert [child.name() for child in children] == ["Parcel boundaries (%)", "Confidence (%)", "Crop types"]
    value, _ = children[2].layer().dataProvider().sample(children[2].layer().extent().center(), 1)
    assert value == 1


def test_layers_of_files_that_a_later_run_has_removed_go_with_a_group_of_them_alone(
    qgis_processing: None, context: Any, algorithm: Any, outputs: dict[str, str], write_raster: Any
) -> None:
    voted = {"crop_type_fields": str(write_raster("run/crop_type_fields.tif", 5))}
    load(context, algorithm, {**outputs, **voted}, "Crop map farm")
    project, root = QgsProject.instance(), QgsProject.instance().layerTreeRoot()
    evidence = QgsRasterLayer(str(write_raster("run/evidence.tif")), "evidence")
    elsewhere = QgsRasterLayer(str(write_raster("other/evidence.tif")), "evidence elsewhere")
    for layer in (evidence, elsewhere):
        project.addMapLayer(layer, False)
        root.addGroup(layer.name()).addLayer(layer)
    load(context, algorithm, outputs, "Crop map farm")
    groups = root.children()
    assert [group.name() for group in groups] == ["Crop map farm", "evidence elsewhere"]
    assert [node.name() for node in groups[0].children()] == [
        "Parcel boundaries (%)", "Confidence (%)", "Crop types",
    ]  # fmt: skip
    assert len(project.mapLayers()) == 4


def test_the_files_that_a_map_removes_are_those_of_the_engine() -> None:
    from backend.publish import OPTIONAL

    assert set(layers.OPTIONAL) == {name for name in OPTIONAL if not name.endswith(".qml")}


def test_the_layers_have_class_names_and_ramps(
    qgis_processing: None, context: Any, algorithm: Any, outputs: dict[str, str]
) -> None:
    load(context, algorithm, outputs, "Crop map farm")
    by_name = {layer.name(): layer for layer in QgsProject.instance().mapLayers().values()}
    renderer = by_name["Crop types"].renderer()
    assert isinstance(renderer, QgsPalettedRasterRenderer)
    found = [(entry.value, entry.label, entry.color.name()) for entry in renderer.classes()]
    assert found == [(entry.code, entry.title, entry.color) for entry in CLASSES]
    assert renderer.classes()[0].color.alpha() == 0
    # The boundary has no .qml beside it here: its style comes from the engine's module
    for name, top in (("Confidence (%)", "#1a9850"), ("Parcel boundaries (%)", "#d40000")):
        renderer = by_name[name].renderer()
        assert isinstance(renderer, QgsSingleBandPseudoColorRenderer)
        assert renderer.shader().rasterShaderFunction().colorRampItemList()[-1].color.name() == top


def test_a_layer_not_yet_in_the_tree_is_placed_when_the_event_loop_turns(
    context: Any, outputs: dict[str, str], qtbot: Any
) -> None:
    """Newer QGIS versions may call the post-processor before the layer is in the tree."""
    project, group = QgsProject.instance(), layers.RunGroup("Crop map farm")
    layer = QgsRasterLayer(outputs["boundary"], "boundary")
    project.addMapLayer(layer, False)
    group.place(project, layer.id(), 0, True)
    project.layerTreeRoot().addLayer(layer)
    qtbot.waitUntil(lambda: bool(project.layerTreeRoot().findGroup("Crop map farm")), timeout=2000)
    assert [node.name() for node in project.layerTreeRoot().children()] == ["Crop map farm"]


def test_outside_a_project_nothing_is_loaded(outputs: dict[str, str]) -> None:
    from qgis.core import QgsProcessingContext

    context = QgsProcessingContext()
    layers.load_on_completion(context, outputs, "Crop map farm", CARD)
    assert context.layersToLoadOnCompletion() == {}


def test_the_group_is_named_by_the_folder_of_the_run(qgis_app: Any) -> None:
    from cscl_qgis.processing.map_crop_types import run_title

    assert run_title(str(Path("/maps/Côte 2018"))) == "Crop map Côte 2018"
    assert "OUTPUT" not in run_title("/tmp/processing_x/OUTPUT")
