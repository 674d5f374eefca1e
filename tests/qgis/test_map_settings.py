"""The window 'Map a region' between runs: what it looks at and when, what it keeps, and how it gives way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis")
from qgis.core import QgsField, QgsGeometry, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.gui import QgsMapToolPan
from qgis.PyQt.QtCore import Qt, QVariant
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QPushButton

pytestmark = pytest.mark.qgis

SAMPLE = Path(__file__).resolve().parents[2] / "resources" / "sample"
WAIT_MS = 60_000
LAPTOP = (683, 384)
"""Pixels of a screen of 1366 x 768 at 200 % scaling."""


@pytest.fixture
def begun(map_dialog: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of the tasks that the window begins; none of them runs."""
    from qgis.core import QgsTaskManager

    titles: list[str] = []
    monkeypatch.setattr(QgsTaskManager, "addTask", lambda self, task: titles.append(task.description()))
    return titles


@pytest.fixture
def parcels(qgis_new_project: None) -> QgsVectorLayer:
    layer = QgsVectorLayer(str(SAMPLE / "parcels.gpkg"), "fields", "ogr")
    QgsProject.instance().addMapLayer(layer)
    return layer


def settle(dialog: Any) -> None:
    """As when the settings have rested for half a second."""
    dialog._timer.stop()
    dialog._on_settings()


def test_acquisitions_are_looked_at_again_only_if_they_would_differ(
    map_dialog: Any, begun: list[str], tmp_path: Path
) -> None:
    map_dialog.images.folder.setFilePath(str(SAMPLE))
    settle(map_dialog)
    assert begun == ["Looking at acquisitions"]
    map_dialog.outputs.folder.setFilePath(str(tmp_path / "out"))
    map_dialog.outputs.memory.setValue(3)
    settle(map_dialog)
    assert len(begun) == 1
    map_dialog.outputs.min_clear.setValue(20)
    settle(map_dialog)
    assert len(begun) == 2


def test_a_forecast_is_made_once_for_the_same_settings(map_dialog: Any, begun: list[str], tmp_path: Path) -> None:
    map_dialog.images.folder.setFilePath(str(SAMPLE))
    map_dialog.outputs.folder.setFilePath(str(tmp_path / "out"))
    for _ in range(3):
        map_dialog.look_ahead()
    assert begun == ["Forecast of a map"]
    map_dialog.outputs.memory.setValue(3)
    map_dialog.look_ahead()
    assert len(begun) == 2
    map_dialog.run_button.click()
    assert begun[-1].startswith("Mapping")
    assert map_dialog._forecast_task is None  # it would take the processor from the run
    map_dialog.stop_tasks()


def test_no_layer_is_read_while_settings_change(
    map_dialog: Any, begun: list[str], parcels: QgsVectorLayer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A country's parcels take minutes to read, which is the task's to do."""
    from cscl_qgis import layer_files

    parcels.addExpressionField("1", QgsField("one", QVariant.Int))  # so that it has to be exported
    monkeypatch.setattr(layer_files.LayerFile, "write", lambda *_: pytest.fail("read on the main thread"))
    map_dialog.images.folder.setFilePath(str(SAMPLE))
    map_dialog.outputs.folder.setFilePath(str(tmp_path / "out"))
    map_dialog.outputs.parcels.setLayer(parcels)
    map_dialog.region.layer.setLayer(parcels)
    map_dialog.region.set_kind("layer")
    settle(map_dialog)
    map_dialog.look_ahead()
    map_dialog.run_button.click()
    map_dialog.stop_tasks()
    assert begun == ["Looking at acquisitions", "Forecast of a map", "Mapping out"]


def test_the_row_numbers_of_a_geopackage_name_its_parcels(
    map_dialog: Any, parcels: QgsVectorLayer, tmp_path: Path
) -> None:
    map_dialog.images.folder.setFilePath(str(SAMPLE))
    map_dialog.outputs.folder.setFilePath(str(tmp_path / "out"))
    map_dialog.outputs.parcels.setLayer(parcels)
    map_dialog.outputs.parcel_id.setField("fid")
    request = map_dialog._make_draft().written(tmp_path, lambda: False)
    assert (request.parcels, request.parcel_id) == (str(SAMPLE / "parcels.gpkg"), "")
    map_dialog.outputs.parcel_id.setField("parcel_id")
    assert map_dialog._make_draft().written(tmp_path, lambda: False).parcel_id == "parcel_id"


def test_leaving_the_field_of_band_names_forgets_no_choice(map_dialog: Any) -> None:
    timeline = map_dialog.images.timeline
    timeline.set_rows([{"date": "2018-05-01", "used": True, "files": ["/a.tif"]}])
    timeline.setData(timeline.index(0, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    map_dialog.images.bands.editingFinished.emit()
    assert timeline.skipped == ["2018-05-01"]
    map_dialog.images.bands.setText("B02,B03")
    map_dialog.images.bands.editingFinished.emit()
    assert timeline.skipped == []


def test_raster_layers_that_come_and_go_are_listed(map_dialog: Any, qtbot: Any, write_raster: Any) -> None:
    listed = map_dialog.images.layers
    layer = QgsRasterLayer(str(write_raster("2018-05-01.tif")), "May")
    QgsProject.instance().addMapLayer(layer)
    qtbot.waitUntil(lambda: listed.count() == 1)
    listed.item(0).setCheckState(Qt.CheckState.Checked)
    QgsProject.instance().addMapLayer(QgsRasterLayer(str(write_raster("2018-06-01.tif")), "June"))
    qtbot.waitUntil(lambda: listed.count() == 2)
    assert map_dialog.images.sources() == [layer.source()]
    QgsProject.instance().removeMapLayer(layer.id())
    qtbot.waitUntil(lambda: listed.count() == 1)
    with pytest.raises(ValueError, match="No images are given"):
        map_dialog.images.sources()


def test_a_project_keeps_every_setting(
    map_dialog: Any, qgis_iface: Any, qtbot: Any, parcels: QgsVectorLayer, write_raster: Any, tmp_path: Path
) -> None:
    from cscl_qgis.dialog.map_dialog import MapDialog

    raster = QgsRasterLayer(str(write_raster("2018-05-01.tif")), "May")
    QgsProject.instance().addMapLayer(raster)
    map_dialog.images.set_values({"folder": str(SAMPLE), "files": [str(tmp_path / "é.zip")], "bands": "B02",
                                  "ticked": [raster.id(), str(tmp_path / "é.zip")],
                                  "dates_of": {"/a.tif": "2018-05-03"}})  # fmt: skip
    map_dialog.region.layer.setLayer(parcels)
    map_dialog.region.selected_only.setChecked(True)
    map_dialog.region.set_kind("layer")
    map_dialog.outputs.set_values({"out": str(tmp_path / "out"), "until": "2018-06-30", "threads": 3, "crop": "crop",
                                   "probabilities": "fine", "parcels": parcels.id(), "parcel_id": "parcel_id",
                                   "min_clear": 0.2, "spare_core": False, "memory_gib": 1.5})  # fmt: skip
    map_dialog.save()
    kept = QgsProject.instance().readEntry("cscl_qgis", "map")[0]
    other = MapDialog(qgis_iface)
    qtbot.addWidget(other)
    other.save()
    again = QgsProject.instance().readEntry("cscl_qgis", "map")[0]
    other.stop_tasks()
    assert json.loads(again) == json.loads(kept)
    assert json.loads(kept)["region_layer"] == parcels.id()
    assert json.loads(kept)["until"] == "2018-06-30"


@pytest.mark.parametrize(
    "kept",
    [
        "{", "[1]", '{"folder": null, "skip": null, "files": 7, "dates_of": [], "ticked": {"a": 1}}',
        '{"min_clear": "much", "memory_gib": null, "threads": NaN, "until": 3, "device": {}, "spare_core": "no"}',
        '{"region": "moon", "region_layer": "gone", "region_drawn": "POLYGON((", "parcels": ["gone"], "model": 1}',
    ],
)  # fmt: skip
def test_settings_that_no_longer_fit_are_passed_over(map_dialog: Any, kept: str) -> None:
    QgsProject.instance().writeEntry("cscl_qgis", "map", kept)
    map_dialog.restore()
    values = map_dialog.outputs.values()
    assert (values["min_clear"], values["device"], values["threads"]) == (0.05, "auto", 0)
    assert map_dialog.region.kind == "all"
    assert map_dialog.outputs.parcel_layer is None


def test_another_project_brings_its_own_settings(map_dialog: Any, tmp_path: Path) -> None:
    map_dialog.outputs.folder.setFilePath(str(tmp_path / "first"))
    map_dialog.save()
    assert QgsProject.instance().write(str(tmp_path / "first.qgz"))
    QgsProject.instance().clear()
    assert map_dialog.outputs.folder.filePath() == ""
    assert QgsProject.instance().read(str(tmp_path / "first.qgz"))
    assert map_dialog.outputs.folder.filePath() == str(tmp_path / "first")


def test_a_map_of_a_project_that_was_closed_is_not_put_into_the_next(
    map_dialog: Any, qtbot: Any, tmp_path: Path
) -> None:
    with qtbot.waitSignal(map_dialog.dates_shown, timeout=WAIT_MS):
        map_dialog.images.folder.setFilePath(str(SAMPLE))
    map_dialog.outputs.folder.setFilePath(str(tmp_path / "out"))
    with qtbot.waitSignal(map_dialog.run_ended, timeout=3 * WAIT_MS) as ended:
        map_dialog.run_button.click()
        QgsProject.instance().clear()
    assert ended.args == [True], map_dialog.panel.log.toPlainText()
    assert (tmp_path / "out" / "crop_type.tif").is_file()
    assert QgsProject.instance().mapLayers() == {}
    assert map_dialog.outputs.folder.filePath() == ""


def test_what_a_task_tells_after_the_plugin_is_gone_is_not_listened_to(
    map_dialog: Any, begun: list[str], tmp_path: Path
) -> None:
    map_dialog.images.folder.setFilePath(str(SAMPLE))
    map_dialog.outputs.folder.setFilePath(str(tmp_path / "out"))
    settle(map_dialog)
    map_dialog.look_ahead()
    map_dialog.run_button.click()
    tasks = [map_dialog._run_task]
    map_dialog.stop_tasks()
    ended = []
    map_dialog.run_ended.connect(ended.append)
    for task in tasks:
        task.finished(False)
    assert ended == []
    assert not map_dialog.is_running


def test_drawing_hides_the_window_and_gives_the_canvas_back(map_dialog: Any, qgis_iface: Any, qtbot: Any) -> None:
    canvas = qgis_iface.mapCanvas()
    pan = QgsMapToolPan(canvas)
    canvas.setMapTool(pan)
    map_dialog.show()
    items = len(canvas.scene().items())
    map_dialog.region.draw.click()
    assert not map_dialog.isVisible()
    map_dialog.region.start_drawing()  # once more: the tool before is still the other one
    tool = canvas.mapTool()
    tool.drawn.emit(QgsGeometry.fromWkt("POLYGON((0 0, 0 10, 10 10, 10 0, 0 0))"))
    assert canvas.mapTool() is pan
    assert map_dialog.isVisible()
    map_dialog.region.draw.click()
    QTest.keyRelease(canvas, Qt.Key.Key_Escape)
    assert map_dialog.isVisible()
    assert canvas.mapTool() is pan
    map_dialog.close()
    assert not map_dialog.isVisible()
    assert len(canvas.scene().items()) == items
    canvas.unsetMapTool(pan)


def test_return_in_a_field_presses_no_button(map_dialog: Any, begun: list[str], qtbot: Any) -> None:
    map_dialog.show()
    map_dialog.images.bands.setFocus()
    pressed = []
    for button in map_dialog.findChildren(QPushButton):
        button.clicked.connect(lambda *_: pressed.append(1))
    QTest.keyClick(map_dialog.images.bands, Qt.Key.Key_Return)
    assert pressed == []


def test_the_windows_fit_a_small_screen(map_dialog: Any, qtbot: Any) -> None:
    from cscl_qgis.dialog.models_dialog import ModelsDialog
    from cscl_qgis.dialog.setup_dialog import SetupDialog
    from cscl_qgis.dialog.train_dialog import TrainDialog

    windows = [map_dialog, ModelsDialog(), SetupDialog(), TrainDialog()]
    for window in windows[1:]:
        qtbot.addWidget(window)
    for window in windows:
        size = window.minimumSizeHint()
        assert size.width() <= LAPTOP[0]
        assert size.height() <= LAPTOP[1]
