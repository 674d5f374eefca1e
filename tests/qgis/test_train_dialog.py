"""The window 'Train a model', driven as a user would: images, parcels, codes, run, cancel, fail, resume, use."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis")
from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtWidgets import QMainWindow, QMessageBox

from cscl_qgis import models, training_config, training_python

pytestmark = pytest.mark.qgis

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample"
WAIT_MS = 60_000
DATES = ("20171201", "20180306", "20180525", "20180724")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: QGIS writes .aux.xml files beside what it opens. Four dates are enough."""
    folder = tmp_path_factory.mktemp("Szene é")
    for name in DATES:
        for path in SAMPLE.glob(f"*{name}*.tif"):
            shutil.copy(path, folder)
    shutil.copy(SAMPLE / "parcels.gpkg", folder)
    return folder


@pytest.fixture
def dialog(
    qgis_iface: Any, qgis_new_project: None, engine_python: Path, tmp_path: Path, qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Any]:  # fmt: skip
    """The window, with the shipped model to start from and a folder of its own for models."""
    from cscl_qgis.dialog.train_dialog import TrainDialog

    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    monkeypatch.setenv("CSCL_TRAINING_PYTHON", str(engine_python))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(training_python, "_known", {})
    monkeypatch.setattr(os, "setpriority", lambda *_: None)  # a busy computer would let the test wait
    window = TrainDialog(qgis_iface)
    qtbot.addWidget(window)
    yield window
    window.stop_tasks()


@pytest.fixture
def parcels(dialog: Any, scene: Path) -> QgsVectorLayer:
    layer = QgsVectorLayer(str(scene / "parcels.gpkg"), "parcels", "ogr")
    QgsProject.instance().addMapLayer(layer)
    return layer


def fill(dialog: Any, qtbot: Any, scene: Path, layer: QgsVectorLayer, out: Path) -> None:
    """Choose images, parcels and a small training, and wait for timeline and codes."""
    with qtbot.waitSignals([dialog.dates_shown, dialog.codes_shown], timeout=WAIT_MS):
        dialog.data.images.folder.setFilePath(str(scene))
        page = dialog.parcels
        page.layer_box.setLayer(layer)
        page.declared.crop.setField("crop")
        page.declared.set_table("legend_names")
        page.parcel_id.setField("parcel_id")
        page.outside.setCurrentIndex(page.outside.findData("background"))
    samples = dialog.model.samples
    samples.block.setValue(200)
    samples.chip.setValue(32)
    for box in (samples.rare_train, samples.rare_evaluation):
        box.setValue(0)
    dialog.model.folder.setFilePath(str(out))
    dialog.model.name.setText("mine")
    dialog.model.steps.setValue(3)
    dialog.model.threads.setValue(1)


@pytest.mark.torch
def test_a_model_is_made_from_images_and_parcels_and_used(
    dialog: Any, qtbot: Any, scene: Path, parcels: Any, tmp_path: Path, picture: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "data set"
    picture(dialog, "window_train_empty")
    fill(dialog, qtbot, scene, parcels, out)
    assert dialog.data.images.timeline.rowCount() == len(DATES)
    codes = dialog.parcels.codes
    assert len(codes.rows) == codes.table.rowCount() == 10
    assert sum(row["parcels"] for row in codes.rows) == parcels.featureCount()
    assert sum(row["area_ha"] for row in codes.rows) == pytest.approx(
        sum(item.geometry().area() for item in parcels.getFeatures()) / 1e4, rel=1e-3
    )
    assert "have a class to learn" in codes.note.text()
    dialog._check()
    assert dialog.message.text() == ""
    rare = dialog.model.samples.rare_train
    rare.setValue(24)
    dialog._on_settings()
    assert "With less than 24 ha these are taught as 'other'" in codes.note.text()
    rare.setValue(0)
    dialog._on_settings()
    assert "'other'" not in codes.note.text()
    for number, name in enumerate(("images", "parcels", "model")):
        dialog.pages.setCurrentIndex(number)
        picture(dialog, f"window_train_{name}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    dialog.model.device.setCurrentText("gpu")  # there is none: the data set is built, and training fails
    with qtbot.waitSignal(dialog.run_ended, timeout=3 * WAIT_MS) as ended:
        dialog.run_button.click()
        assert dialog.is_running
        assert not dialog.data.isEnabled()
    assert ended.args == [False]
    assert dialog.panel.stage.text() == "Training cannot use a graphics card on this computer."
    assert "Choose the device cpu" in dialog.panel.log.toPlainText()
    built = (out / "dataset.zarr" / "zarr.json").stat().st_mtime_ns
    dialog.model.device.setCurrentText("cpu")
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *a: asked.append(a[2]) or QMessageBox.StandardButton.Yes)
    with qtbot.waitSignal(dialog.run_ended, timeout=15 * WAIT_MS) as ended:
        dialog.run_button.click()
    assert ended.args == [True], dialog.panel.log.toPlainText()
    assert "holds a data set already" in asked[0]
    assert (out / "dataset.zarr" / "zarr.json").stat().st_mtime_ns == built
    told = dialog.panel.log.toPlainText()
    assert "Building the data set: already done" in told
    assert "Accuracy 0." in told
    assert "parcels not trained on" in told
    assert Path(dialog.panel._report).name == "evaluation.html"
    assert Path(dialog.panel._report).is_file()
    picture(dialog, "window_train_run")
    path = models.models_dir() / "mine.onnx"
    assert path in [model.path for model in models.installed_models()]
    card = models.read_model(path).card
    assert card.bands == dialog.model.model.card.bands
    assert card.training["seed"] == 1
    with qtbot.waitSignal(dialog.use_wanted) as used:
        dialog.panel.use.click()
    assert used.args == [str(path)]
    kept = json.loads(QgsProject.instance().readEntry("cscl_qgis", "training")[0])
    assert (kept["out"], kept["crop"], kept["steps"]) == (str(out), "crop", 3)
    # the name is free for this very training only
    dialog.model.seed.setValue(2)
    with qtbot.waitSignal(dialog.run_ended, timeout=WAIT_MS) as ended:
        dialog.run_button.click()
    assert ended.args == [False]
    assert "trained with other settings" in dialog.panel.stage.text()
    dialog.model.folder.setFilePath(str(tmp_path / "other"))
    dialog.run_button.click()
    assert "Another model 'mine' is installed already" in dialog.message.text()


@pytest.mark.torch
def test_a_cancel_ends_it_within_two_seconds_and_resume_goes_on(
    dialog: Any, qtbot: Any, scene: Path, parcels: Any, tmp_path: Path
) -> None:
    fill(dialog, qtbot, scene, parcels, tmp_path / "out")
    seen = []

    def cancel() -> None:
        if "Building" in dialog.panel.stage.text() and not seen:
            seen.append(time.monotonic())
            dialog.panel.cancel.click()

    dialog.panel.bar.valueChanged.connect(lambda value: cancel())
    with qtbot.waitSignal(dialog.run_ended, timeout=WAIT_MS) as ended:
        dialog.run_button.click()
        qtbot.waitUntil(lambda: "Building" in dialog.panel.stage.text(), timeout=WAIT_MS)
        cancel()
    assert time.monotonic() - seen[0] < 2.0
    assert ended.args == [False]
    assert not (tmp_path / "out" / "dataset.zarr").exists()
    assert dialog.panel.resume.isVisibleTo(dialog.panel)
    assert dialog.data.isEnabled()
    with qtbot.waitSignal(dialog.run_ended, timeout=WAIT_MS):
        dialog.panel.resume.click()
        # the data set is built now, training has begun
        qtbot.waitUntil(lambda: dialog.panel.stage.text().startswith("Training"), timeout=WAIT_MS)
        dialog.cancel()
    assert (tmp_path / "out" / "dataset.zarr" / "zarr.json").is_file()
    assert training_config.read_dataset(tmp_path / "out")


def test_what_is_missing_is_said_and_nothing_is_lost(
    dialog: Any, qtbot: Any, scene: Path, parcels: Any, tmp_path: Path
) -> None:
    dialog.run_button.click()
    assert "No images are given" in dialog.message.text()
    dialog.data.images.folder.setFilePath(str(scene))
    dialog.run_button.click()
    assert "No parcels are given" in dialog.message.text()
    dialog.parcels.layer_box.setLayer(parcels)
    dialog.run_button.click()
    assert "holds the crop code" in dialog.message.text()
    with qtbot.waitSignal(dialog.codes_shown, timeout=WAIT_MS):
        dialog.parcels.declared.crop.setField("parcel_id")
        dialog.parcels.declared.set_table("rpg")
    dialog.run_button.click()
    assert "None of the codes in the field 'parcel_id' has a class" in dialog.message.text()
    assert "are not in the table" in dialog.parcels.codes.note.text()
    with qtbot.waitSignal(dialog.codes_shown, timeout=WAIT_MS):
        dialog.parcels.declared.crop.setField("crop")
        dialog.parcels.declared.set_table("legend_names")
    with qtbot.waitSignal(dialog.tables.shown, timeout=WAIT_MS) as shown:
        dialog.parcels.declared.edit.click()
    assert shown.args == [True]
    assert "All 10 codes" in dialog.tables.dialog.note.text()
    dialog.tables.dialog.reject()
    dialog.run_button.click()
    assert "what lies outside of all parcels" in dialog.message.text()
    dialog.parcels.outside.setCurrentIndex(1)
    dialog.run_button.click()
    assert "folder for the data set" in dialog.message.text()
    dialog.model.folder.setFilePath(str(tmp_path / "out"))
    dialog.run_button.click()
    assert "Every crop has less ground than 200 ha" in dialog.message.text()
    dialog.model.samples.rare_train.setValue(0)
    dialog.model.name.setText("mein Modell")
    dialog.run_button.click()
    assert "letters, digits, _ and - only" in dialog.message.text()
    dialog.model.name.setText("mine")
    dialog._check()
    assert dialog.message.text() == ""
    dialog.save()
    dialog.parcels.layer_box.setLayer(None)
    dialog.restore()
    assert dialog.parcels.layer is parcels
    assert dialog.parcels.declared.class_table == "legend_names"
    assert dialog.model.name.text() == "mine"
    dialog.data.built.setChecked(True)
    dialog.data.folder.setFilePath(str(scene))
    dialog.run_button.click()
    assert "holds no data set" in dialog.message.text()
    assert not dialog.parcels.isEnabled()
    assert not dialog.is_running


@pytest.mark.torch
def test_parcels_elsewhere_are_told_by_the_data_set(dialog: Any, qtbot: Any, scene: Path, tmp_path: Path) -> None:
    layer = QgsVectorLayer("Polygon?crs=EPSG:32631&field=crop:string&field=parcel_id:string", "far", "memory")
    from qgis.core import QgsFeature, QgsGeometry

    feature = QgsFeature(layer.fields())
    feature.setAttributes(["barley", "1"])
    outline = "POLYGON((300000 4000000, 300500 4000000, 300500 4000500, 300000 4000000))"
    feature.setGeometry(QgsGeometry.fromWkt(outline))
    layer.dataProvider().addFeatures([feature])
    QgsProject.instance().addMapLayer(layer)
    fill(dialog, qtbot, scene, layer, tmp_path / "out")
    with qtbot.waitSignal(dialog.run_ended, timeout=WAIT_MS) as ended:
        dialog.run_button.click()
    assert ended.args == [False]
    assert "no parcel" in dialog.panel.stage.text().lower()
    assert list((tmp_path / "out" / "layers").glob("parcels-*.gpkg"))
    assert dialog.panel.resume.isVisibleTo(dialog.panel)


def test_from_scratch_the_grid_and_pretraining_are_asked_for(dialog: Any, tmp_path: Path) -> None:
    page = dialog.model
    assert page.model.card.name == "cscl_default"
    assert not page.magnification.isEnabled()
    fit = page.samples_settings()
    assert fit["wanted_bands"] == tuple(page.model.card.bands)
    assert fit["magnifications"] == (1, page.model.card.magnification)
    short = page.training(tmp_path).seconds(2)
    page.start.setCurrentIndex(page.start.count() - 1)
    assert page.model is None
    assert page.magnification.isEnabled()
    page.magnification.setCurrentIndex(page.magnification.findData(2))
    assert page.samples_settings()["magnifications"] == (1, 2)
    assert page.training(tmp_path).seconds(2) > short
    assert "about" in page.effort.itemText(1)
    page.effort.setCurrentIndex(0)
    assert page.training(tmp_path).steps == training_config.EFFORTS[0].steps


def test_without_the_packages_the_window_for_setting_up_is_asked_for(
    dialog: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CSCL_TRAINING_PYTHON", str(tmp_path / "nowhere"))
    with qtbot.waitSignals([dialog.setup_wanted, dialog.python_known], timeout=WAIT_MS):
        dialog.show()
    assert "there is no such file" in dialog._fault


def test_closing_asks_while_a_model_is_trained(
    dialog: Any, qtbot: Any, scene: Path, parcels: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(dialog, qtbot, scene, parcels, tmp_path / "out")
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


class Interface:
    """As much of QGIS's interface as the plugin's menu needs."""

    def __init__(self, inner: Any) -> None:
        self.window, self._inner = QMainWindow(), inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def mainWindow(self) -> QMainWindow:  # noqa: N802
        return self.window

    def addPluginToRasterMenu(self, menu: str, action: Any) -> None:  # noqa: N802
        pass

    def removePluginRasterMenu(self, menu: str, action: Any) -> None:  # noqa: N802
        pass


def test_the_menu_opens_it_and_setting_up_and_mapping_follow(
    qgis_iface: Any, qgis_new_project: None, engine_python: Path, model: Path, tmp_path: Path, qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from cscl_qgis import environment
    from cscl_qgis.plugin import CsclPlugin

    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    monkeypatch.setenv("CSCL_TRAINING_PYTHON", str(tmp_path / "nowhere"))
    monkeypatch.setenv("CSCL_MODELS", str(model.parent))
    monkeypatch.setattr(environment, "data_dir", lambda: tmp_path / "data")
    plugin = CsclPlugin(Interface(qgis_iface))
    plugin.initGui()
    entries = {action.objectName(): action for action in plugin._actions}
    chosen = re.findall(r'self\.entry\("(\w+)"\)', (ROOT / "scripts" / "first_map.py").read_text(encoding="utf-8"))
    assert {f"cscl_{name}" for name in chosen} <= set(entries), "the walk from an empty profile to a map"
    entries["cscl_train"].trigger()
    window = plugin._train
    assert window.isVisible()
    qtbot.waitUntil(lambda: plugin._setup is not None and plugin._setup.isVisible(), timeout=WAIT_MS)
    assert "there is no such file" in plugin._setup.log.toPlainText()
    window.use_wanted.emit(str(model))
    assert plugin._dialog.isVisible()
    assert plugin._dialog.model.model.path == model
    plugin.unload()
    assert plugin._train is None
