"""Every window and page in English, German and French, in a dark theme, and on a small screen at 200 %.

Nothing is cut off, and every text can be read. A picture of each is kept where CSCL_SCREENSHOTS names a folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis")
from looks import cut_off, unreadable
from qgis.core import QgsApplication, QgsProject, QgsSettings, QgsVectorLayer
from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt.QtCore import QCoreApplication, QDate, QLocale, QTranslator
from qgis.PyQt.QtGui import QColor

pytestmark = pytest.mark.qgis

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample"
WAIT_MS = 60_000
PAGES = ("images", "region", "model", "outputs", "run")
SMALL = "CSCL_TEST_SMALL_SCREEN"
"""Set in the process that has the small screen."""
LOOKS = ("fr",) if SMALL in os.environ else ("en", "de", "fr", "dark")
LISTING = {
    "codes": [
        {"code": "BTH", "title": "Blé tendre d'hiver", "parcels": 212, "listed": True, "classes": ["wheat"]},
        {"code": "XYZ", "title": "", "parcels": 3, "listed": False, "classes": []},
    ],
    "classes": [
        {"name": "wheat", "title": "Winter soft wheat", "color": "#e8c547", "known": True},
        {"name": "hops", "title": "Hops", "color": "#226622", "known": False},
    ],
}


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest, qgis_app: Any) -> Iterator[str]:
    """QGIS's language or theme; name of the look."""
    from cscl_qgis.translation import install_translator, remove_translator

    before = QgsSettings().value("locale/userLocale", "", type=str)
    of_qt, palette, sheet = [], qgis_app.palette(), qgis_app.styleSheet()
    if request.param == "dark":
        assert "Night Mapping" in QgsApplication.uiThemes()
        QgsApplication.setUITheme("Night Mapping")
    else:
        QgsSettings().setValue("locale/userLocale", request.param)
        QLocale.setDefault(QLocale(request.param))
        for name, folder in (
            (f"qgis_{request.param}", QgsApplication.i18nPath()),
            (f"qtbase_{request.param}", QT_TEXTS),
        ):
            translator = QTranslator()
            if translator.load(name, folder):
                QCoreApplication.installTranslator(translator)
                of_qt.append(translator)
        install_translator()
    try:
        yield str(request.param)
    finally:
        remove_translator()
        for translator in of_qt:
            QCoreApplication.removeTranslator(translator)
        QgsSettings().setValue("locale/userLocale", before)
        QLocale.setDefault(QLocale.system())
        if request.param == "dark":
            QgsApplication.setUITheme("default")
            qgis_app.setStyleSheet(sheet)
            qgis_app.setPalette(palette)


QT_TEXTS = "/usr/share/qt5/translations"


@pytest.fixture
def looked_at(qgis_app: Any, picture: Any) -> Any:
    """Shows a window, keeps a picture, and fails where a text is cut off or cannot be read: looked_at(window, name)."""

    def look_at(window: Any, name: str) -> None:
        window.show()
        for _ in range(3):
            qgis_app.processEvents()
        picture(window, f"{name}_200" if SMALL in os.environ else name)
        faults = cut_off(window) + unreadable(window)
        assert not faults, name

    return look_at


@pytest.mark.parametrize("below", ["#ffffff", "#efefef", "#535353", "#323232", "#222222", "#308cc6"])
def test_a_colour_is_changed_no_more_than_it_takes_to_be_read(below: str) -> None:
    from cscl_qgis.dialog import colours

    assert colours.contrast(QColor("white"), QColor("black")) == pytest.approx(21)
    for name in (colours.FINE, colours.DOUBTFUL, colours.FAULT):
        found = colours.readable_on(QColor(name), QColor(below))
        assert 4.5 <= colours.contrast(found, QColor(below)) < 5.5
    assert colours.readable_on(QColor("black"), QColor("white")) == QColor("black")


def test_months_are_named_in_qgis_language(look: str) -> None:
    from cscl_qgis.dialog.timeline import month_name

    assert month_name(QDate(2018, 12, 1)).rstrip(".") == {"de": "Dez", "fr": "déc"}.get(look, "Dec")


def of_the_map_window(dialog: Any, qtbot: Any, tmp_path: Path, looked_at: Any, name: str) -> None:
    """Each page, filled."""
    parcels = QgsVectorLayer(str(SAMPLE / "parcels.gpkg"), "parcels", "ogr")
    QgsProject.instance().addMapLayer(parcels)
    dialog.outputs.folder.setFilePath(str(tmp_path / "out"))
    with qtbot.waitSignal(dialog.dates_shown, timeout=WAIT_MS):
        dialog.images.folder.setFilePath(str(SAMPLE))
    dialog.outputs.parcels.setLayer(parcels)
    dialog.outputs.parcel_id.setField("parcel_id")
    dialog.outputs.crop.setField("crop")
    dialog.panel.end("The worker crashed in native code (0xC0000005).", "Run it again.", can_resume=True)
    dialog.panel.show_areas(
        {"classes": [{"title": "Winter soft wheat", "cells": 9, "area_ha_biased": 1.5}], "note": "n"}
    )
    faults = []
    for number, page in enumerate(PAGES):
        dialog.pages.setCurrentIndex(number)
        try:
            looked_at(dialog, f"map_{page}_{name}")
        except AssertionError as error:
            faults.append(str(error))
    assert not faults, "\n".join(faults)
    dialog.pages.setCurrentIndex(0)
    dialog.pages.currentWidget().ensureWidgetVisible(dialog.images.chart)
    looked_at(dialog, f"map_chart_{name}")
    assert dialog.images.chart.visibleRegion().boundingRect() == dialog.images.chart.rect()


def test_the_map_window(look: str, map_dialog: Any, qtbot: Any, tmp_path: Path, looked_at: Any) -> None:
    of_the_map_window(map_dialog, qtbot, tmp_path, looked_at, look)


def test_the_window_that_trains(
    look: str, qgis_iface: Any, qgis_new_project: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any,
    looked_at: Any,
) -> None:  # fmt: skip
    from cscl_qgis.dialog.train_dialog import TrainDialog

    monkeypatch.setenv("CSCL_TRAINING_PYTHON", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    parcels = QgsVectorLayer(str(SAMPLE / "parcels.gpkg"), "parcels", "ogr")
    QgsProject.instance().addMapLayer(parcels)
    window = TrainDialog(qgis_iface)
    qtbot.addWidget(window)
    window._timer.setInterval(10 * WAIT_MS)  # no worker looks at anything
    window.parcels.layer_box.setLayer(parcels)
    window.parcels.declared.crop.setField("crop")
    codes = [{**row, "area_ha": 100.5} for row in LISTING["codes"]]
    window.parcels.codes.set_limit(200)
    window.parcels.codes.show_listing({**LISTING, "codes": codes, "undeclared": 2})
    window.panel.show_event({"event": "stage", "stage": "finetune", "message": "finetune: done in 75 s"})
    window.panel.end("The worker crashed in native code (0xC0000005).", "Run it again.", can_resume=True)
    window.panel.show_model("Accuracy 0.61 on 12 parcels not trained on.", "")
    with qtbot.waitSignal(window.python_known, timeout=WAIT_MS):
        window.show()
    for page in ("images", "parcels", "model", "run"):
        window.pages.setCurrentIndex(("images", "parcels", "model", "run").index(page))
        looked_at(window, f"train_{page}_{look}")
    window.pages.setCurrentIndex(2)
    for box in window.model.findChildren(QgsCollapsibleGroupBox):
        box.setCollapsed(False)
        assert not box.isCollapsed()
    qtbot.wait(50)
    window.pages.currentWidget().ensureWidgetVisible(window.model.attribution)
    looked_at(window, f"train_advanced_{look}")
    window.stop_tasks()


def test_the_set_up_window(
    look: str, qgis_iface: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any, looked_at: Any
) -> None:
    from cscl_qgis import environment, setup_task
    from cscl_qgis.dialog.setup_dialog import SetupDialog
    from cscl_qgis.environment import WorkerPythonError
    from cscl_qgis.graphics_card import GraphicsCard

    card = GraphicsCard("NVIDIA RTX A2000 Laptop GPU", "cuda", "550.54")
    monkeypatch.setattr(setup_task, "find_graphics_card", lambda is_cancelled: card)
    monkeypatch.setattr(environment, "data_dir", lambda: tmp_path / "data")
    window = SetupDialog()
    qtbot.addWidget(window)
    qtbot.waitUntil(lambda: window._looking is None, timeout=WAIT_MS)
    window._say_failure(WorkerPythonError("The packages cannot be installed: no network.", "Use a folder of wheels."))
    looked_at(window, f"set_up_{look}")
    for box in window.findChildren(QgsCollapsibleGroupBox):
        box.setCollapsed(False)
    qtbot.wait(50)
    window.area.ensureWidgetVisible(window.log)
    looked_at(window, f"set_up_failed_{look}")
    window._show_report({"facts": {"device": "cpu"}, "faults": []})
    looked_at(window, f"set_up_report_{look}")


def test_the_window_of_models(
    look: str, qgis_iface: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any, model: Path, looked_at: Any
) -> None:
    from cscl_qgis.dialog.models_dialog import ModelsDialog

    for end in (".onnx", ".json"):
        shutil.copy(model.with_suffix(end), tmp_path)
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    monkeypatch.setenv("CSCL_MODELS", str(tmp_path))
    window = ModelsDialog()
    qtbot.addWidget(window)
    looked_at(window, f"models_{look}")
    window.list.setCurrentRow(window.list.count() - 1)
    looked_at(window, f"models_damaged_{look}")


def test_the_editor_of_class_tables(look: str, qgis_iface: Any, qtbot: Any, looked_at: Any) -> None:
    from cscl_qgis.dialog.class_table_dialog import ClassTableDialog

    window = ClassTableDialog(LISTING, "rpg")
    qtbot.addWidget(window)
    looked_at(window, f"class_table_{look}")


def test_the_dock_of_a_parcel(look: str, qgis_iface: Any, qtbot: Any, looked_at: Any) -> None:
    from cscl_qgis.parcel_tool import ParcelDock

    dock = ParcelDock()
    qtbot.addWidget(dock)
    dock.picture.show_svg(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 560 430"><path d="M0 0h560"/></svg>')
    looked_at(dock, f"parcel_{look}")
    dock.close_folder()


@pytest.mark.skipif(SMALL in os.environ, reason="this is the small screen")
@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="xvfb-run is not installed")
def test_all_of_it_on_the_screen_of_a_small_laptop_at_200_percent(engine_python: Path, tmp_path: Path) -> None:
    """1366 x 768 pixels are 683 x 384 to the windows; French has the longest texts."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    environment = {
        **os.environ, SMALL: "1", "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": "2", "CSCL_PYTHON": str(engine_python),
        "XDG_RUNTIME_DIR": str(runtime),
    }  # fmt: skip
    command = ["xvfb-run", "-a", "-s", "-screen 0 1366x768x24", sys.executable, "-m", "pytest", str(Path(__file__))]
    command += [
        f"--confcutdir={Path(__file__).parent}",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--basetemp={tmp_path / 'small'}",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
