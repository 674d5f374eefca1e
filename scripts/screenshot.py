"""Take pictures of the plugin in a real QGIS: the dialog before and after a run, and the main window with its layers.

    xvfb-run -a -s "-screen 0 1400x900x24" python3 scripts/screenshot.py --series DIR --out docs/images/qgis.png

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

VARIABLE = "CSCL_SCREENSHOT"
"""Holds the settings as JSON while this file runs inside QGIS."""


def main() -> int:
    """Outside QGIS: prepare a profile and start QGIS with this file."""
    parser = argparse.ArgumentParser(description="Take pictures of the plugin in a real QGIS.")
    parser.add_argument("--series", type=Path, required=True, metavar="DIR", help="folder of images to map")
    parser.add_argument("--out", type=Path, required=True, metavar="PNG", help="picture of the main window")
    parser.add_argument("--dialog", type=Path, metavar="PNG", help="also one of the dialog after the run")
    parser.add_argument("--form", type=Path, metavar="PNG", help="also one of the dialog before the run")
    parser.add_argument("--model", type=Path, metavar="FILE", help="default: the newest in resources/models")
    parser.add_argument("--region", type=Path, metavar="VECTOR", help="map only this")
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
        self.waited = 0
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
        import processing

        self.iface.mainWindow().resize(1400, 900)
        self.iface.messageBar().clearWidgets()
        if self.settings["image"]:
            self.add_image(self.settings["image"])
        values = {"FOLDER": self.settings["series"], "OUTPUT": self.settings["results"]}
        for name, key in (("MODEL", "model"), ("REGION", "region"), ("BANDS", "bands")):
            if self.settings[key]:
                values[name] = self.settings[key]
        self.dialog = processing.createAlgorithmDialog("cscl:mapcroptypes", values)
        self.dialog.resize(1000, 720)
        self.dialog.show()
        self.later(self.run)

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

    def run(self) -> None:
        if self.settings["form"]:
            self.dialog.grab().save(self.settings["form"])
        self.dialog.runButton().click()
        self.later(self.wait, 1000)

    def wait(self) -> None:
        """Until the three layers are there."""
        self.waited += 1
        if any(layer.name() == "Parcel boundaries (%)" for layer in self.project.mapLayers().values()):
            self.later(self.finish, 3000)
        elif self.waited > 1800:
            raise RuntimeError("no layers after half an hour")
        else:
            self.later(self.wait, 1000)

    def finish(self) -> None:
        if self.settings["dialog"]:
            self.dialog.grab().save(self.settings["dialog"])
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
        self.later(self.shoot, 5000)

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
