"""Time that the plugin adds to the start of QGIS: classFactory and initGui, in fresh processes with a real QGIS.

    QT_QPA_PLATFORM=offscreen /usr/bin/python3 benchmarks/plugin_import.py [--repeats 7] [--modules 12]

Wants an interpreter that has QGIS's packages. The processing plugin is loaded first, as in QGIS. A goal of 100 ms is
what people take for at once.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = "/usr/share/qgis/python/plugins"
HEAVY = ("numpy", "torch", "onnxruntime", "rasterio", "osgeo", "pyogrio", "shapely", "processing")
"""What the plugin itself must not bring in; those that QGIS had before are not counted."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Time that the plugin adds to the start of QGIS.")
    parser.add_argument("--repeats", type=int, default=7, help="fresh processes, default: %(default)s")
    parser.add_argument("--modules", type=int, default=12, help="slowest modules that are listed, default: %(default)s")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(measure()))
        return 0
    command = [sys.executable, str(Path(__file__).resolve()), "--once"]
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="cscl-import-") as profile:
        environment = {**os.environ, "QGIS_CUSTOM_CONFIG_PATH": profile}
        for _ in range(options.repeats):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
            if not lines:
                sys.stderr.write(f"Error: no QGIS could be started: {done.stderr[-2000:]}\n")
                return 2
            runs.append(json.loads(lines[-1]))
        timed = subprocess.run(
            [sys.executable, "-X", "importtime", *command[1:]],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    for name in ("factory_ms", "gui_ms", "total_ms", "cpu_ms"):
        values = [run[name] for run in runs]
        print(f"{name[:-3]:8} median {statistics.median(values):6.1f} ms, {min(values):.1f} to {max(values):.1f}")
    last = runs[-1]
    print(f"{last['modules']} modules, of the plugin {last['own']}; heavy: {', '.join(last['heavy']) or 'none'}")
    print("slowest, ms of their own (under -X importtime):")
    for own, name in slowest(timed.stderr, set(runs[-1]["names"]))[: options.modules]:
        print(f"  {own / 1000:6.1f}  {name}")
    return 0


def measure() -> dict[str, Any]:
    """Load the plugin once into a QGIS without a screen."""
    sys.path[:0] = [PLUGINS, str(ROOT)]
    from qgis.core import QgsApplication
    from qgis.PyQt.QtWidgets import QMainWindow

    application = QgsApplication([], True)
    application.initQgis()
    import processing
    from processing.core.Processing import Processing

    Processing.initialize()
    window = QMainWindow()

    class Interface:
        """The few calls that initGui makes."""

        def mainWindow(self) -> Any:  # noqa: N802
            return window

        def addPluginToRasterMenu(self, name: str, action: Any) -> None:  # noqa: N802
            window.menuBar().addAction(action)

        def removePluginRasterMenu(self, name: str, action: Any) -> None:  # noqa: N802
            window.menuBar().removeAction(action)

    before = set(sys.modules)
    started, spent = time.perf_counter(), time.process_time()
    import cscl_qgis

    plugin = cscl_qgis.classFactory(Interface())
    made = time.perf_counter()
    plugin.initGui()
    ended, spent = time.perf_counter(), time.process_time() - spent
    new = sorted(set(sys.modules) - before)
    result = {
        "factory_ms": 1000 * (made - started),
        "gui_ms": 1000 * (ended - made),
        "total_ms": 1000 * (ended - started),
        "cpu_ms": 1000 * spent,
        "modules": len(new),
        "own": sum(name.startswith(("cscl_qgis", "backend")) for name in new),
        "heavy": sorted({name.split(".")[0] for name in new} & set(HEAVY)),
        "names": new,
    }
    plugin.unload()
    del processing
    sys.stdout.flush()
    return result


def slowest(text: str, names: set[str]) -> list[tuple[int, str]]:
    """Microseconds and names of modules out of what -X importtime writes, the slowest first."""
    found = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.removeprefix("import time:").split("|")]
        if len(parts) == 3 and parts[0].isdigit() and parts[2] in names:
            found.append((int(parts[0]), parts[2]))
    return sorted(found, reverse=True)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    code = main()
    sys.stdout.flush()
    os._exit(code)  # QGIS is not taken down in order, and would crash
