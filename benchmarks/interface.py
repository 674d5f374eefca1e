"""How long the plugin keeps QGIS's interface from answering, and how long a click on a parcel takes.

    QT_QPA_PLATFORM=offscreen CSCL_PYTHON=PYTHON /usr/bin/python3 benchmarks/interface.py --series DIR --parcels VECTOR

Wants an interpreter that has QGIS's packages; PYTHON has the engine's. The window 'Map a region' is driven as a user
would: images chosen, the timeline filled, the forecast awaited, a map with parcels made and loaded, a parcel looked at.
A timer that should come each 5 ms tells for how long the event loop did not turn.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
GOAL_MS, GOAL_CLICK_S = 100, 5.0
TICK_MS = 5
LIMIT_S = 600.0


class Pulse:
    """Ticks on the interface's thread, and remembers the longest pause."""

    def __init__(self) -> None:
        from qgis.PyQt.QtCore import QTimer

        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._last, self.longest, self.ticks = time.monotonic(), 0.0, 0

    def during(self, begin: Callable[[], object], is_over: Callable[[], bool]) -> tuple[float, float]:
        """Begin something and turn the event loop until it is over.

        It goes on until the timer has come once more, so that what the interface does at the end counts, too.

        Returns:
            Milliseconds of the longest pause, and seconds of all.
        """
        from qgis.PyQt.QtWidgets import QApplication

        started = self._last = time.monotonic()
        self.longest, self.ticks = 0.0, 0
        self._timer.start()
        begin()
        over_at: int | None = None
        while over_at is None or self.ticks <= over_at:
            if time.monotonic() - started > LIMIT_S:
                raise SystemExit("Error: it did not come to an end.")
            if over_at is None and is_over():
                over_at = self.ticks
            QApplication.processEvents()
            time.sleep(0.001)
        self._timer.stop()
        return 1000 * self.longest, time.monotonic() - started

    def _tick(self) -> None:
        now = time.monotonic()
        self.longest, self._last, self.ticks = max(self.longest, now - self._last), now, self.ticks + 1


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--series", type=Path, required=True)
    parser.add_argument("--parcels", type=Path, required=True)
    parser.add_argument("--parcel-id", default="parcel_id")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cscl-interface-") as place:
        os.environ["QGIS_CUSTOM_CONFIG_PATH"] = place
        os.environ.setdefault("CSCL_MODELS", str(ROOT / "resources" / "models"))
        sys.path.insert(0, str(ROOT))
        from qgis.core import QgsApplication

        application = QgsApplication([], True)
        application.initQgis()
        try:
            for row in measure(options, Path(place)):
                print(row)
        finally:
            leave(application)
    return 0


def measure(options: argparse.Namespace, place: Path) -> list[str]:
    """One line for each thing that is done."""
    from qgis.core import QgsProject, QgsVectorLayer

    from cscl_qgis.dialog.map_dialog import MapDialog
    from cscl_qgis.parcel_tool import ParcelDock

    pulse, rows, seen = Pulse(), [], set()

    def done(name: str, begin: Callable[[], object], is_over: Callable[[], bool]) -> None:
        pause, seconds = pulse.during(begin, is_over)
        rows.append(f"{name:<44}{seconds:8.2f} s, longest pause {pause:6.0f} ms (goal {GOAL_MS})")

    parcels = QgsVectorLayer(str(options.parcels), "parcels", "ogr")
    QgsProject.instance().addMapLayer(parcels)
    opened: list[Any] = []

    def open_window() -> None:
        opened.append(MapDialog(None))
        opened[0].show()

    done("the window is opened", open_window, lambda: opened[0].isVisible())
    window = opened[0]
    for signal, name in ((window.dates_shown, "dates"), (window.forecast_shown, "forecast"), (window.run_ended, "run")):
        signal.connect(lambda *_, name=name: seen.add(name))
    window.outputs.folder.setFilePath(str(place / "out"))
    done("the timeline fills", lambda: window.images.folder.setFilePath(str(options.series)), lambda: "dates" in seen)
    window.outputs.parcels.setLayer(parcels)
    window.outputs.parcel_id.setField(options.parcel_id)
    done("the forecast is told", window.look_ahead, lambda: "forecast" in seen)
    done("a map with parcels is made and loaded", window.run, lambda: "run" in seen)
    dock = ParcelDock()
    dock.show()
    layers = QgsProject.instance().mapLayers().values()
    layer = next(layer for layer in layers if isinstance(layer, QgsVectorLayer) and layer is not parcels)
    feature = next(layer.getFeatures())
    done(f"a parcel is looked at (goal {GOAL_CLICK_S:g} s)", lambda: dock.look_at(layer, feature), dock.busy.isHidden)
    dock.close_folder()
    window.stop_tasks()
    return rows


def leave(application: Any) -> None:
    """End QGIS without its crash at exit."""
    from qgis.core import QgsProject

    QgsProject.instance().clear()
    application.processEvents()
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
