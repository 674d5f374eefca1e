"""From nothing to the first map, as a new user does it: empty profile, the plugin's zip, no network, the real windows.

    python3 scripts/first_map.py --series DIR --parcels VECTOR --pictures DIR [--wheels DIR]

Builds the zips, fills a folder of packages (with network, unless there is one), then starts QGIS without network on a
screen of its own and goes through it: install the zip, set up the engine from the folder, add the model, choose images
and parcels, run, look at the layers. It prints when each step was done, in seconds since QGIS was started, and keeps a
picture of each window. To be run by hand, as root on Linux (for `unshare`), with xvfb installed. The same file is then
run inside QGIS (``qgis --code``).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

VARIABLE = "CSCL_FIRST_MAP"
"""Holds the settings as JSON while this file runs inside QGIS."""
LIMIT_S = 1500
"""Longest time that QGIS is given."""
STEP_S = 900
"""Longest time that a step is waited for."""
PAGES = ("images", "region", "model", "outputs", "run")


def main() -> int:
    """Outside QGIS: make the zips, the folder of packages and an empty profile, and start QGIS with this file."""
    parser = argparse.ArgumentParser(description="From an empty profile to the first map, without network.")
    parser.add_argument("--series", type=Path, required=True, metavar="DIR", help="folder of images to map")
    parser.add_argument("--parcels", type=Path, required=True, metavar="VECTOR", help="declared parcels")
    parser.add_argument(
        "--parcel-id", default="parcel_id", metavar="FIELD", help="names a parcel, default: %(default)s"
    )
    parser.add_argument("--crop", default="EC_hcat_n", metavar="FIELD", help="the declared crop, default: %(default)s")
    parser.add_argument("--class-table", default="eurocrops_hcat", metavar="NAME", help="default: %(default)s")
    parser.add_argument("--pictures", type=Path, required=True, metavar="DIR", help="gets a picture of each window")
    parser.add_argument("--wheels", type=Path, metavar="DIR", help="a folder of packages; filled if it is not there")
    parser.add_argument("--environment", type=Path, metavar="PYTHON", help="a Python that has the packages: no set-up")
    parser.add_argument("--screen", default="1400x900", help="default: %(default)s")
    parser.add_argument("--scale", type=float, default=1.0, help="2 is a screen at 200 %%")
    parser.add_argument("--theme", default="default", help="of QGIS's user interface, such as 'Night Mapping'")
    parser.add_argument("--name", default="Languedoc 2018", help="of the run's folder, default: %(default)s")
    parser.add_argument("--language", default="en", help="of QGIS, default: %(default)s")
    parser.add_argument("--qgis", default="qgis", help="the program")
    options = parser.parse_args()
    root = Path(__file__).resolve().parents[1]
    options.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cscl-first-") as place:
        work = Path(place)
        dist, profiles, temporary = work / "dist", work / "qgis", work / "tmp"
        temporary.mkdir()
        subprocess.run([sys.executable, str(root / "scripts" / "package.py"), "--out", str(dist)], check=True)
        wheels = options.wheels or work / "wheels"
        if options.environment is None and not any(wheels.glob("*.whl")):
            version = f"3.{sys.version_info.minor}"
            command = [sys.executable, str(root / "cscl_qgis" / "set_up.py"), "wheels", str(wheels)]
            subprocess.run([*command, "--system", "linux", "--version", version], check=True)
        settings = profiles / "profiles" / "default" / "QGIS" / "QGIS3.ini"
        settings.parent.mkdir(parents=True)
        # what a user has who says no to the check for news; the rest of the profile is empty
        settings.write_text(
            f"[qgis]\ncheckVersion=false\n[UI]\nUITheme={options.theme}\n"
            f"[locale]\noverrideFlag=true\nuserLocale={options.language}\n"
        )
        values = {name: str(value.resolve()) if isinstance(value, Path) else value
                  for name, value in vars(options).items()}  # fmt: skip
        values.update(
            plugin=str(next(dist.glob("cscl_qgis-*.zip"))), models=str(next(dist.glob("cscl_models-*.zip"))),
            wheels=str(wheels.resolve()), out=str(work / options.name), times=str(work / "times.json"),
            began=time.time(),
        )  # fmt: skip
        environment = {**os.environ, "TMPDIR": str(temporary), "XDG_DATA_HOME": str(work / "data")}
        environment.update(XDG_RUNTIME_DIR=str(work), GDAL_PAM_ENABLED="NO", QT_SCALE_FACTOR=str(options.scale))
        # QGIS's Python takes its prefix from the first python3 on PATH, which must be the one it was built for
        environment["PATH"] = os.pathsep.join(["/usr/bin", environment.get("PATH", "")])
        for name in ("QT_QPA_PLATFORM", "CSCL_PYTHON", "CSCL_MODELS"):
            environment.pop(name, None)
        if options.environment is not None:
            environment["CSCL_PYTHON"] = str(options.environment.absolute())
        environment[VARIABLE] = json.dumps(values)
        command = ["unshare", "--net", "xvfb-run", "-a", "-s", f"-screen 0 {options.screen}x24", options.qgis]
        command += ["--nologo", "--noversioncheck", "--profiles-path", str(profiles), "--code", __file__]
        try:
            subprocess.run(command, env=environment, check=False, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"Error: QGIS was ended after {LIMIT_S} s.\n")
        return report(Path(values["times"]))


def report(path: Path) -> int:
    """Print what was done when; 1 where it did not come to a map."""
    if not path.is_file():
        sys.stderr.write("Error: QGIS did not run the script; its messages are above.\n")
        return 1
    found = json.loads(path.read_text(encoding="utf-8"))
    print(f"QGIS {found['qgis']}, Python {found['python']}")
    for said, seconds in found["steps"]:
        print(f"{seconds:7.1f} s  {said}")
    if found["failure"]:
        sys.stderr.write(f"Error: {found['failure']}\n")
    return 1 if found["failure"] else 0


class FirstMap:
    """Inside QGIS: one step after the other, each from the event loop."""

    def __init__(self, settings: dict[str, Any]) -> None:
        import platform

        from qgis.core import Qgis, QgsProject
        from qgis.PyQt.QtCore import QTimer
        from qgis.utils import iface

        self.settings, self.iface, self.project, self.timer = settings, iface, QgsProject.instance(), QTimer
        self.found: dict[str, Any] = {
            "qgis": Qgis.QGIS_VERSION, "python": platform.python_version(), "steps": [], "failure": ""
        }  # fmt: skip
        self.number = 0
        self.waiting = ""
        self.later(self.start, 1000)

    # how steps follow each other

    def later(self, step: Callable[[], None], milliseconds: int = 1500) -> None:
        """Do a step when the event loop has turned for a while; a failure ends QGIS."""

        def run() -> None:
            try:
                step()
            except Exception as error:  # QGIS would show a dialog and wait for ever
                self.fail(f"{step.__name__}: {type(error).__name__}: {error}")

        self.timer.singleShot(milliseconds, run)

    def after(self, signal: Any, step: Callable[..., None]) -> None:
        """Do a step once a signal has come, once; a failure that the signal tells ends QGIS."""
        name = step.__name__
        self.waiting = name

        def come(*values: Any) -> None:
            if self.waiting == name:
                self.waiting = ""
                if values and values[0] is False:
                    self.fail(f"what comes before '{name}' did not go well: {self.message()}")
                else:
                    self.later(step)

        signal.connect(come)
        self.timer.singleShot(
            STEP_S * 1000, lambda: self.fail(f"{name} was waited for too long") if self.waiting == name else None
        )

    def done(self, said: str) -> None:
        """Note that a step is done."""
        self.found["steps"].append((said, time.time() - self.settings["began"]))
        self.write()

    def fail(self, said: str) -> None:
        self.found["failure"] = said
        self.leave()

    def write(self) -> None:
        Path(self.settings["times"]).write_text(json.dumps(self.found), encoding="utf-8")

    def message(self) -> str:
        """What the windows say."""
        plugin = self.plugin()
        texts = []
        if plugin is not None:
            if plugin._setup is not None:
                texts.append(plugin._setup.log.toPlainText())
            if plugin._models is not None:
                texts.append(plugin._models.note.text())
            if plugin._dialog is not None:
                texts += [plugin._dialog.message.text(), plugin._dialog.panel.log.toPlainText()]
        return " | ".join(text for text in texts if text)

    def picture(self, widget: Any, name: str) -> None:
        """A picture of a window."""
        from qgis.PyQt.QtWidgets import QApplication

        self.number += 1
        for _ in range(5):  # a page that has just been shown lays itself out in several turns
            QApplication.processEvents()
        widget.grab().save(str(Path(self.settings["pictures"]) / f"{self.number:02d}_{name}.png"))

    def plugin(self) -> Any:
        from qgis.utils import plugins

        return plugins.get("cscl_qgis")

    def entry(self, name: str) -> None:
        """Choose an entry of the plugin's menu."""
        next(action for action in self.plugin()._actions if action.objectName() == f"cscl_{name}").trigger()

    # the steps

    def start(self) -> None:
        self.iface.mainWindow().resize(1400, 900)
        self.done("QGIS is there")
        from pyplugin_installer import instance

        instance().installFromZipFile(self.settings["plugin"])
        self.later(self.installed)

    def installed(self) -> None:
        if self.plugin() is None:
            raise RuntimeError("the zip was installed, but the plugin is not loaded")
        self.done("the plugin is installed from its zip")
        self.picture(self.iface.mainWindow(), "qgis_with_plugin")
        if self.settings["environment"]:
            self.later(self.open_models)
            return
        self.entry("map")  # 'Map a region' leads to the set-up as long as there is no engine
        self.later(self.set_up, 3000)

    def set_up(self) -> None:
        window = self.plugin()._setup
        self.picture(window, "set_up")
        window.wheels.setFilePath(self.settings["wheels"])
        self.after(window.ended, self.check)
        window.boxes["mapping"].install.click()
        self.later(lambda: self.picture(window, "set_up_running"), 2500)

    def check(self) -> None:
        window = self.plugin()._setup
        self.done("the engine is set up, without network")
        self.picture(window, "set_up_done")
        self.after(window.ended, self.checked)
        window.boxes["mapping"].check.click()

    def checked(self) -> None:
        window = self.plugin()._setup
        self.picture(window, "set_up_checked")
        window.close()
        self.done("the engine is checked")
        self.later(self.open_models)

    def open_models(self) -> None:
        self.entry("models")
        window = self.plugin()._models
        self.picture(window, "models_empty")
        self.after(window.ended, self.choose)
        window.install([Path(self.settings["models"])])

    def choose(self) -> None:
        window = self.plugin()._models
        self.picture(window, "models")
        self.done("the model is added")
        window.close()
        parcels = self.iface.addVectorLayer(self.settings["parcels"], "Declared parcels", "ogr")
        if parcels is None:
            raise RuntimeError("the parcels were not loaded")
        self.parcels = parcels
        self.entry("map")
        dialog = self.plugin()._dialog
        self.later(lambda: self.images(dialog))

    def images(self, dialog: Any) -> None:
        self.after(dialog.dates_shown, self.dates)
        dialog.images.folder.setFilePath(self.settings["series"])

    def dates(self) -> None:
        self.done("the timeline is shown")
        dialog = self.plugin()._dialog
        outputs = dialog.outputs
        outputs.folder.setFilePath(self.settings["out"])
        outputs.parcels.setLayer(self.parcels)
        outputs.parcel_id.setField(self.settings["parcel_id"])
        outputs.crop.setField(self.settings["crop"])
        outputs.declared.set_table(self.settings["class_table"])
        self.after(dialog.tables.shown, self.table)
        outputs.declared.edit.click()

    def table(self) -> None:
        dialog = self.plugin()._dialog
        self.picture(dialog.tables.dialog, "class_table")
        dialog.tables.dialog.reject()
        if dialog.panel.forecast.text().startswith("Forecast"):
            self.later(self.run)
        else:
            self.after(dialog.forecast_shown, self.run)
            dialog.look_ahead()

    def run(self) -> None:
        dialog = self.plugin()._dialog
        self.done("the forecast is told")
        for number, name in enumerate(PAGES):
            dialog.pages.setCurrentIndex(number)
            self.picture(dialog, f"map_{name}")
        self.after(dialog.run_ended, self.mapped)
        dialog.run_button.click()
        self.later(lambda: self.picture(dialog, "map_running"), 4000)
        if not dialog.is_running:
            raise RuntimeError(dialog.message.text())

    def mapped(self) -> None:
        self.done("the first map is there")
        dialog = self.plugin()._dialog
        self.picture(dialog, "map_done")
        dialog.close()
        self.iface.messageBar().clearWidgets()
        self.project.layerTreeRoot().findLayer(self.parcels.id()).setItemVisibilityChecked(False)
        from cscl_qgis.parcel_tool import is_of_run

        self.table_layer = next(layer for layer in self.project.mapLayers().values() if is_of_run(layer))
        self.project.setCrs(next(layer for layer in self.project.mapLayers().values() if layer.type() == 1).crs())
        canvas = self.iface.mapCanvas()
        canvas.setExtent(canvas.mapSettings().layerExtentToOutputExtent(self.table_layer, self.table_layer.extent()))
        canvas.refresh()
        self.styles = list(self.table_layer.styleManager().styles())
        self.later(self.layers, 6000)

    def layers(self) -> None:
        self.picture(self.iface.mainWindow(), "layers")
        self.next_style()

    def next_style(self) -> None:
        """A picture of each style of the parcels."""
        if not self.styles:
            self.table_layer.styleManager().setCurrentStyle("Crop found")
            self.later(self.look_at_parcel)
            return
        name = self.styles.pop(0)
        self.table_layer.styleManager().setCurrentStyle(name)
        self.table_layer.triggerRepaint()
        self.iface.layerTreeView().refreshLayerSymbology(self.table_layer.id())

        def keep() -> None:
            self.picture(self.iface.mainWindow(), "layers_" + name.lower().replace(" ", "_"))
            self.next_style()

        self.later(keep, 4000)

    def look_at_parcel(self) -> None:
        self.entry("parcel")
        dock = self.plugin()._dock
        self.after(dock.shown, self.looked)
        largest = max(self.table_layer.getFeatures(), key=lambda feature: feature.geometry().area())
        self.largest = largest
        dock.look_at(self.table_layer, largest)

    def looked(self) -> None:
        self.done("a parcel is shown over the season")
        self.picture(self.iface.mainWindow(), "parcel")
        self.picture(self.plugin()._dock, "parcel_dock")
        form = self.iface.getFeatureForm(self.table_layer, self.largest)
        form.setParent(self.iface.mainWindow(), form.windowFlags())
        form.show()

        def keep() -> None:
            self.picture(form, "parcel_form")
            form.close()
            self.leave()

        self.later(keep)

    def leave(self) -> None:
        self.write()
        # QApplication.exit() crashes with layers loaded
        self.project.setDirty(False)
        self.project.clear()
        self.iface.actionExit().trigger()


if VARIABLE in os.environ:
    session = FirstMap(json.loads(os.environ[VARIABLE]))
elif __name__ == "__main__":
    for program in ("unshare", "xvfb-run"):
        if shutil.which(program) is None:
            raise SystemExit(f"Error: {program} is not installed.")
    raise SystemExit(main())
