"""Take pictures of the plugin in a real QGIS: the pages of its window, and the main window with the layers of a run.

    xvfb-run -a -s "-screen 0 1400x900x24" python3 scripts/screenshot.py --series DIR --out docs/images/qgis.png \\
        --pages docs/images

Builds and installs the plugin into an empty profile first, so the pictures show what a user gets. The same file is
then run inside QGIS (``qgis --code``). Needs a screen, such as Xvfb; CSCL_PYTHON names the engine's Python.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PAGES = ("window_images", "window_region", "window_model", "window_outputs", "window_run")
"""Names of the pictures of the pages."""
VARIABLE = "CSCL_SCREENSHOT"
"""Holds the settings as JSON while this file runs inside QGIS."""


def main() -> int:
    """Outside QGIS: prepare a profile and start QGIS with this file."""
    parser = argparse.ArgumentParser(description="Take pictures of the plugin in a real QGIS.")
    parser.add_argument("--series", type=Path, required=True, metavar="DIR", help="folder of images to map")
    parser.add_argument("--out", type=Path, required=True, metavar="PNG", help="picture of the main window")
    parser.add_argument("--pages", type=Path, metavar="DIR", help="also one of each page of the window")
    parser.add_argument("--parcels", type=Path, metavar="VECTOR", help="make their table, too, and look at one of them")
    parser.add_argument("--parcel-id", default="", metavar="FIELD", help="names a parcel")
    parser.add_argument("--crop", default="", metavar="FIELD", help="the declared crop")
    parser.add_argument("--fields", action="store_true", help="cut the map into fields, too")
    parser.add_argument("--model", type=Path, metavar="FILE", help="default: the newest in resources/models")
    parser.add_argument("--image", type=Path, metavar="TIF", help="shown below the map, bands 3 2 1")
    parser.add_argument("--name", default="Languedoc 2018", help="of the run's folder and so of its layer group")
    parser.add_argument("--bands", default="", help="band names, for images without")
    parser.add_argument("--zoom", type=float, default=1.0, help="above 1 shows a part from nearer, default: 1")
    parser.add_argument("--qgis", default="qgis", help="the program")
    options = parser.parse_args()
    root = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory(prefix="cscl-screenshot-") as work:
        profiles = Path(work) / "qgis"
        temporary = Path(work) / "tmp"
        temporary.mkdir()
        # A TMPDIR of its own, or QGIS would mark the results as temporary layers
        environment = {**os.environ, "TMPDIR": str(temporary), "XDG_DATA_HOME": str(Path(work) / "data")}
        environment["XDG_RUNTIME_DIR"] = work
        # QGIS's Python takes its prefix from the first python3 on PATH, which must be the one it was built for
        environment["PATH"] = os.pathsep.join(["/usr/bin", environment.get("PATH", "")])
        environment["GDAL_PAM_ENABLED"] = "NO"  # or QGIS writes statistics beside the image
        environment.pop("QT_QPA_PLATFORM", None)
        models = [options.model] if options.model else []
        package = [sys.executable, str(root / "scripts" / "package.py"), "--out", str(Path(work) / "dist")]
        package += ["--install", str(profiles / "profiles" / "default")]
        if models:
            package += ["--models", str(models[0].resolve().parent)]
        subprocess.run(package, check=True, env=environment)
        settings = profiles / "profiles" / "default" / "QGIS" / "QGIS3.ini"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text("[PythonPlugins]\ncscl_qgis=true\nprocessing=true\n[qgis]\ncheckVersion=false\n")
        values = {name: str(value.resolve()) if isinstance(value, Path) else value
                  for name, value in vars(options).items()}  # fmt: skip
        values["results"] = str(Path(work) / options.name)
        environment[VARIABLE] = json.dumps(values)
        command = [options.qgis, "--nologo", "--noversioncheck", "--profiles-path", str(profiles)]
        done = subprocess.run([*command, "--code", str(Path(__file__).resolve())], env=environment, check=False)
    if not options.out.is_file():
        sys.stderr.write("Error: QGIS took no picture; its messages are above.\n")
        return 1
    return done.returncode


class Session:
    """Inside QGIS: one step after the other, each from the event loop."""

    def __init__(self, settings: dict[str, Any]) -> None:
        from qgis.core import QgsProject
        from qgis.PyQt.QtCore import QTimer
        from qgis.utils import iface

        self.settings, self.iface, self.project, self.timer = settings, iface, QgsProject.instance(), QTimer
        self.dialog: Any = None
        self.began = False
        self.later(self.open_dialog, 3000)

    def later(self, step: Any, milliseconds: int = 1500) -> None:
        """Do a step when the event loop has turned for a while; a failure ends QGIS."""

        def run() -> None:
            try:
                step()
            except Exception as error:  # QGIS would show a dialog and wait for ever
                sys.stderr.write(f"{step.__name__}: {type(error).__name__}: {error}\n")
                self.leave()

        self.timer.singleShot(milliseconds, run)

    def open_dialog(self) -> None:
        from qgis.core import QgsVectorLayer

        from cscl_qgis.dialog.map_dialog import MapDialog

        self.iface.mainWindow().resize(1400, 900)
        self.iface.messageBar().clearWidgets()
        if self.settings["image"]:
            self.add_image(self.settings["image"])
        self.dialog = MapDialog(self.iface, self.iface.mainWindow())
        self.dialog.show()
        if self.settings["parcels"]:
            layer = QgsVectorLayer(self.settings["parcels"], "Declared parcels", "ogr")
            self.project.addMapLayer(layer)
            self.project.layerTreeRoot().findLayer(layer.id()).setItemVisibilityChecked(False)
            self.dialog.outputs.parcels.setLayer(layer)
            self.dialog.outputs.parcel_id.setField(self.settings["parcel_id"])
            self.dialog.outputs.crop.setField(self.settings["crop"])
        self.dialog.outputs.fields.setChecked(self.settings["fields"])
        self.dialog.outputs.folder.setFilePath(self.settings["results"])
        self.dialog.images.bands.setText(self.settings["bands"])
        self.dialog.dates_shown.connect(self.on_dates)
        self.dialog.images.folder.setFilePath(self.settings["series"])

    def on_dates(self) -> None:
        """The timeline is there; the forecast comes after it."""
        if not self.began:
            self.began = True
            self.later(self.run, 20000)

    def add_image(self, path: str) -> None:
        """A true colour picture, stretched."""
        from qgis.core import (
            QgsContrastEnhancement,
            QgsMultiBandColorRenderer,
            QgsRasterLayer,
            QgsRasterMinMaxOrigin,
        )

        layer = QgsRasterLayer(path, Path(path).stem)
        layer.setRenderer(QgsMultiBandColorRenderer(layer.dataProvider(), 3, 2, 1))
        layer.setContrastEnhancement(
            QgsContrastEnhancement.StretchToMinimumMaximum, QgsRasterMinMaxOrigin.CumulativeCut
        )
        self.project.addMapLayer(layer)

    def picture(self, widget: Any, name: str) -> None:
        """A picture of a widget, where pictures of pages are wanted."""
        if self.settings["pages"]:
            widget.grab().save(str(Path(self.settings["pages"]) / f"{name}.png"))

    def run(self) -> None:
        for number, name in enumerate(PAGES):
            self.dialog.pages.setCurrentIndex(number)
            self.picture(self.dialog, name)
        self.dialog.run_ended.connect(lambda is_fine: self.later(self.finish, 3000))
        self.dialog.run()
        if not self.dialog.is_running:
            raise RuntimeError(self.dialog.message.text())

    def finish(self) -> None:
        self.picture(self.dialog, "window_done")
        self.dialog.close()
        self.iface.messageBar().clearWidgets()
        for layer in self.project.mapLayers().values():
            if layer.name() == "Crop types":
                canvas = self.iface.mapCanvas()
                self.project.setCrs(layer.crs())
                canvas.setExtent(layer.extent())
                canvas.zoomByFactor(1.02 / float(self.settings["zoom"]))
                canvas.refresh()
        from qgis.PyQt.QtWidgets import QDockWidget

        for dock in self.iface.mainWindow().findChildren(QDockWidget):
            if dock.objectName() != "Layers":
                dock.hide()
            else:
                self.iface.mainWindow().resizeDocks([dock], [330], self.horizontal())
        if self.settings["parcels"]:
            self.later(self.look_at_parcel)
        else:
            self.later(self.shoot, 5000)

    def look_at_parcel(self) -> None:
        """One parcel over the season, beside the map."""
        from qgis.PyQt.QtCore import Qt

        from cscl_qgis.parcel_tool import ParcelDock, is_of_run

        self.dock = ParcelDock(self.iface.mainWindow())
        self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.iface.mainWindow().resizeDocks([self.dock], [420], self.horizontal())
        layer = next(layer for layer in self.project.mapLayers().values() if is_of_run(layer))
        largest = max(layer.getFeatures(), key=lambda feature: feature.geometry().area())
        self.dock.shown.connect(lambda is_fine: self.later(self.shoot, 4000))
        self.dock.look_at(layer, largest)

    def horizontal(self) -> Any:
        from qgis.PyQt.QtCore import Qt

        return Qt.Orientation.Horizontal

    def shoot(self) -> None:
        self.iface.mainWindow().grab().save(self.settings["out"])
        self.leave()

    def leave(self) -> None:
        # QApplication.exit() crashes with layers loaded
        self.project.setDirty(False)
        self.project.clear()
        self.iface.actionExit().trigger()


if VARIABLE in os.environ:
    session = Session(json.loads(os.environ[VARIABLE]))
elif __name__ == "__main__":
    raise SystemExit(main())
