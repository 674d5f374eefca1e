"""The window 'Map a region', driven as a user would: pick images, see the timeline, run, cancel, fail, resume."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis")
from qgis.core import QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QMessageBox

pytestmark = pytest.mark.qgis

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample"
WAIT_MS = 60_000


@pytest.fixture
def dialog(map_dialog: Any) -> Any:
    return map_dialog


def fill(dialog: Any, qtbot: Any, out: Path, series: Path = SAMPLE) -> None:
    """Choose the images and the folder, and wait for the timeline."""
    dialog.outputs.folder.setFilePath(str(out))
    with qtbot.waitSignal(dialog.dates_shown, timeout=WAIT_MS):
        dialog.images.folder.setFilePath(str(series))


def test_the_timeline_fills_and_tells_what_is_used_and_why_not(dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    fill(dialog, qtbot, tmp_path / "out")
    timeline = dialog.images.timeline
    assert timeline.rowCount() == 13
    days = [timeline.index(row, 1).data() for row in range(13)]
    assert days == sorted(days)
    assert timeline.index(0, 5).data().endswith(" %")
    assert dialog.images.note.text() == f"{sum(row['used'] for row in timeline.rows)} of 13 acquisitions are used"
    assert dialog.model.is_fit
    fit = dialog.model.fit.text()
    assert "All" in fit
    assert "trained on the whole year" in fit
    assert "The images lie in a region" in fit  # the tiny model of the tests was made for the whole world
    image = dialog.images.chart.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 3)}
    assert "#2e8b57" in colours  # bars were drawn


def test_a_date_left_out_by_the_user_goes_into_the_request(dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    fill(dialog, qtbot, tmp_path / "out")
    timeline = dialog.images.timeline
    row = next(number for number, item in enumerate(timeline.rows) if item["used"])
    day = timeline.rows[row]["date"]
    assert timeline.setData(timeline.index(row, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert timeline.index(row, 7).data() == "left out by you"
    assert dialog._make_draft().request.skip == (day,)
    assert timeline.setData(timeline.index(row, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert dialog._make_draft().request.skip == ()


def test_a_run_ends_with_a_styled_group_and_the_areas(dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    parcels = QgsVectorLayer(f"{SAMPLE / 'parcels.gpkg'}", "parcels", "ogr")
    QgsProject.instance().addMapLayer(parcels)
    fill(dialog, qtbot, tmp_path / "out")
    dialog.outputs.parcels.setLayer(parcels)
    dialog.outputs.parcel_id.setField("parcel_id")
    dialog.outputs.crop.setField("crop")
    with qtbot.waitSignal(dialog.run_ended, timeout=3 * WAIT_MS) as ended:
        dialog.run_button.click()
    assert ended.args == [True], dialog.panel.log.toPlainText()
    root = QgsProject.instance().layerTreeRoot()
    group = root.children()[0]
    assert group.name() == "Crop map out"
    names = [child.layer().name() for child in group.children()]
    assert names == ["Parcels", "Parcel boundaries (%)", "Confidence (%)", "Crop types"]
    table = group.children()[0].layer()
    assert table.featureCount() == parcels.featureCount()
    assert table.renderer().type() == "categorizedSymbol"
    assert table.labelsEnabled()
    assert " ha" in dialog.panel.log.toPlainText()
    assert "biased" in dialog.panel.log.toPlainText()
    assert dialog.panel.report.isEnabled()
    assert Path(dialog.panel._report).is_file()
    first = (tmp_path / "out" / "crop_type.tif").read_bytes()
    with qtbot.waitSignal(dialog.run_ended, timeout=3 * WAIT_MS) as ended:
        dialog.panel.repeated.emit(str(tmp_path / "out" / "run.json"))
    assert ended.args == [True], dialog.panel.log.toPlainText()
    assert (tmp_path / "out_repeat" / "crop_type.tif").read_bytes() == first
    kept = json.loads(QgsProject.instance().readEntry("cscl_qgis", "map")[0])
    assert kept["out"] == str(tmp_path / "out")


def test_a_cancelled_run_leaves_no_map_and_can_be_resumed(dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    fill(dialog, qtbot, tmp_path / "out")
    with qtbot.waitSignal(dialog.run_ended, timeout=WAIT_MS) as ended:
        dialog.run_button.click()
        assert dialog.is_running
        assert not dialog.images.isEnabled()
        dialog.panel.cancel.click()
    assert ended.args == [False]
    assert not (tmp_path / "out" / "crop_type.tif").exists()
    assert dialog.panel.resume.isVisibleTo(dialog.panel)
    with qtbot.waitSignal(dialog.run_ended, timeout=3 * WAIT_MS) as ended:
        dialog.panel.resume.click()
    assert ended.args == [True], dialog.panel.log.toPlainText()
    assert (tmp_path / "out" / "crop_type.tif").exists()


def test_what_is_missing_is_said_before_a_run(dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    dialog.run_button.click()
    assert "folder for the results" in dialog.message.text()
    dialog.outputs.folder.setFilePath(str(tmp_path / "out"))
    dialog.run_button.click()
    assert "No images are given" in dialog.message.text()
    assert not dialog.is_running


def test_a_folder_without_images_is_told_on_the_first_page(dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    fill(dialog, qtbot, tmp_path / "out", tmp_path / "empty")
    assert "No Sentinel-2 images found" in dialog.images.note.text()
    assert dialog.images.timeline.rowCount() == 0


def test_a_worker_that_dies_is_a_sentence_and_qgis_lives(
    dialog: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(dialog, qtbot, tmp_path / "out")
    dead = tmp_path / "python"
    dead.write_text("#!/bin/sh\nkill -9 $$\n")
    dead.chmod(0o755)
    monkeypatch.setenv("CSCL_PYTHON", str(dead))
    with qtbot.waitSignal(dialog.run_ended, timeout=WAIT_MS) as ended:
        dialog.run_button.click()
    assert ended.args == [False]
    assert "ended by the system" in dialog.panel.stage.text()
    assert dialog.images.isEnabled()


def test_layers_that_are_no_files_are_named(dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    layer = QgsRasterLayer("type=xyz&url=https://tiles.invalid/{z}/{x}/{y}.png", "tiles", "wms")
    QgsProject.instance().addMapLayer(layer)
    dialog.images.fill_layers()
    dialog.outputs.folder.setFilePath(str(tmp_path / "out"))
    dialog.images._items()[0].setCheckState(Qt.CheckState.Checked)
    dialog.run_button.click()
    assert "is not a raster file" in dialog.message.text()


def test_selected_polygons_become_the_region(dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    layer = QgsVectorLayer(f"{SAMPLE / 'parcels.gpkg'}", "fields", "ogr")
    QgsProject.instance().addMapLayer(layer)
    fill(dialog, qtbot, tmp_path / "out")
    dialog.region.set_kind("layer")
    dialog.region.layer.setLayer(layer)
    dialog.region.selected_only.setChecked(True)
    with pytest.raises(ValueError, match="No feature of the layer 'fields' is selected"):
        dialog._make_draft()
    layer.selectByIds([next(layer.getFeatures()).id()])
    region = QgsVectorLayer(dialog._make_draft().written(tmp_path, lambda: False).region, "region", "ogr")
    assert region.featureCount() == 1
    assert region.crs() == layer.crs()


def test_closing_asks_while_a_map_is_made(
    dialog: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(dialog, qtbot, tmp_path / "out")
    dialog.show()
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *_: asked.append(1) or QMessageBox.StandardButton.No)
    with qtbot.waitSignal(dialog.run_ended, timeout=WAIT_MS):
        dialog.run_button.click()
        dialog.close()
        assert asked
        assert dialog.isVisible()
        dialog.cancel()
    assert dialog.close()


def test_a_class_table_is_edited_saved_and_used(dialog: Any, qtbot: Any, tmp_path: Path, picture: Any) -> None:
    parcels = QgsVectorLayer(f"{SAMPLE / 'parcels.gpkg'}", "parcels", "ogr")
    QgsProject.instance().addMapLayer(parcels)
    fill(dialog, qtbot, tmp_path / "out")
    box = dialog.outputs.declared
    dialog.outputs.parcels.setLayer(parcels)
    assert not box.table.isEnabled()  # no field yet
    box.crop.setField("crop")
    assert not box.edit.isEnabled()  # no table yet
    box.set_table("rpg")
    with qtbot.waitSignal(dialog.tables.shown, timeout=WAIT_MS) as shown:
        box.edit.click()
    assert shown.args == [True], dialog.message.text()
    editor = dialog.tables.dialog
    codes = {row.code for row in editor.rows if row.parcels}
    assert len(codes) == 10
    assert "10 of the layer's 10 codes are not in the table" in editor.note.text()
    for number in range(10):
        editor.table.setCurrentCell(number, 0)
        wanted = editor.rows[number].code
        for index in range(editor.classes.count()):
            item = editor.classes.item(index)
            if item.data(Qt.ItemDataRole.UserRole) == wanted:
                item.setCheckState(Qt.CheckState.Checked)
    assert "All 10 codes" in editor.note.text()
    picture(editor, "class_table")
    own = tmp_path / "Größe und Äcker.csv"
    editor.save(own)
    assert box.class_table == str(own)
    request = dialog._make_draft().request
    assert (request.declared, request.class_table) == ("crop", str(own))
    dialog.save()
    dialog.outputs.declared.set_table("")
    dialog.restore()
    assert box.class_table == str(own)
    with qtbot.waitSignal(dialog.run_ended, timeout=3 * WAIT_MS) as ended:
        dialog.run_button.click()
    assert ended.args == [True], dialog.panel.log.toPlainText()
    layer = QgsProject.instance().layerTreeRoot().children()[0].children()[0].layer()
    said = {feature["map_agreement"] for feature in layer.getFeatures()}
    assert {"declared crop found", "declared crop unknown to the model"} <= said
    assert layer.styleManager().styles() == ["Crop found", "Declared and found", "Probability"]
    assert layer.styleManager().currentStyle() == "Crop found"
    layer.styleManager().setCurrentStyle("Declared and found")
    assert layer.renderer().classAttribute() == "map_agreement"
    assert {category.value() for category in layer.renderer().categories()} >= said


def test_an_apostrophe_in_a_sentence_of_the_engine_s_is_shown_as_one(dialog: Any) -> None:
    dialog.panel.show_event({"event": "stage", "stage": "forecast", "message": "Essai d'une tuile <1>"})
    assert dialog.panel.log.toPlainText().endswith("Essai d'une tuile <1>")
