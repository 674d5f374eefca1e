"""Layers, folders and profiles that are not what they should be: a sentence in the window, and QGIS lives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis")
from qgis.core import QgsProject, QgsRasterLayer, QgsVectorLayer

pytestmark = pytest.mark.qgis

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample"
WAIT_MS = 60_000


def test_a_raster_layer_whose_file_was_removed_is_named(qgis_new_project: None, write_raster: Any) -> None:
    from cscl_qgis.layers import raster_path

    path = write_raster("2018-05-01_B04.tif")
    layer = QgsRasterLayer(str(path), "May")
    assert raster_path(layer) == path
    path.unlink()
    with pytest.raises(ValueError, match="The layer 'May' has no file at "):
        raster_path(layer)


def test_a_vector_layer_whose_file_is_gone_is_named(qgis_new_project: None, tmp_path: Path) -> None:
    from cscl_qgis.layer_files import LayerFile

    with pytest.raises(ValueError, match="The layer 'fields' cannot be read: its file or database is gone"):
        LayerFile(QgsVectorLayer(str(tmp_path / "gone.gpkg"), "fields", "ogr"), "parcels")


def test_a_region_without_features_is_said_before_the_run(map_dialog: Any, tmp_path: Path) -> None:
    layer = QgsVectorLayer("Polygon?crs=EPSG:32631", "nothing", "memory")
    QgsProject.instance().addMapLayer(layer)
    map_dialog.outputs.folder.setFilePath(str(tmp_path / "out"))
    map_dialog.images.folder.setFilePath(str(SAMPLE))
    map_dialog.region.set_kind("layer")
    map_dialog.region.layer.setLayer(layer)
    map_dialog.run_button.click()
    assert "The layer 'nothing' has no features." in map_dialog.message.text()
    assert not map_dialog.is_running


def test_images_without_a_date_are_told_on_the_first_page(map_dialog: Any, qtbot: Any, write_raster: Any) -> None:
    folder = write_raster("undated/B04.tif").parent
    with qtbot.waitSignal(map_dialog.dates_shown, timeout=WAIT_MS):
        map_dialog.images.folder.setFilePath(str(folder))
    assert map_dialog.images.timeline.rowCount() == 0
    assert "with a date such as 20180418 in their names" in map_dialog.images.note.text()


def test_a_model_for_other_bands_does_not_start(map_dialog: Any, qtbot: Any, write_raster: Any, tmp_path: Path) -> None:
    for day in ("2018-05-01", "2018-07-01"):
        folder = write_raster(f"red/{day}_B04.tif", 30).parent
    map_dialog.outputs.folder.setFilePath(str(tmp_path / "out"))
    with qtbot.waitSignal(map_dialog.dates_shown, timeout=WAIT_MS):
        map_dialog.images.folder.setFilePath(str(folder))
    assert map_dialog.images.timeline.rowCount() == 2
    assert "B08" in map_dialog.model.fit.text()
    map_dialog.run_button.click()
    assert "does not suit the images" in map_dialog.message.text()
    assert not map_dialog.is_running


def test_results_that_cannot_be_written_are_a_sentence(map_dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    map_dialog.outputs.folder.setFilePath(str(tmp_path / "file" / "out"))
    map_dialog.images.folder.setFilePath(str(SAMPLE))
    with qtbot.waitSignal(map_dialog.run_ended, timeout=WAIT_MS) as ended:
        map_dialog.run_button.click()
    assert ended.args == [False]
    assert str(tmp_path / "file") in map_dialog.panel.stage.text()
    assert "Traceback" not in map_dialog.panel.log.toPlainText()
