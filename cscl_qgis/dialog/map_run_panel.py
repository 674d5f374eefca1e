"""What a map's run tells beside its progress: a forecast before, the area of each crop after; and runs made again."""

from __future__ import annotations

from html import escape
from typing import Any, Mapping, Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QLabel, QPushButton, QWidget

from .._engine import protocol
from ..translation import tr
from .run_panel import RunPanel


class MapRunPanel(RunPanel):
    """The page of a map's run."""

    repeated = pyqtSignal(str)
    """The record of a run that is to be made again."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.forecast = QLabel()  # the window shows it below all pages: it is wanted before Run is pressed
        self.forecast.setWordWrap(True)
        self.forecast.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.forecast.hide()
        self.repeat = QPushButton(tr("Repeat a run..."))
        self.repeat.setToolTip(tr("Makes the map of a run.json again, beside it, from the same images and settings."))
        self.repeat.clicked.connect(self._choose_run)
        self.line.insertWidget(1, self.repeat)

    def begin(self) -> None:
        """A run has begun."""
        super().begin()
        self.repeat.setEnabled(False)

    def end(self, sentence: str, hint: str = "", can_resume: bool = False) -> None:
        """The run has ended."""
        super().end(sentence, hint, can_resume)
        self.repeat.setEnabled(True)

    def show_event(self, event: Mapping[str, Any]) -> None:
        """One event of the worker."""
        super().show_event(event)
        if event["event"] == "forecast":
            self.show_forecast(event)
            self.log.append(f"<span>{escape(forecast_text(event))}</span>")

    def title_of(self, event: Mapping[str, Any]) -> str:
        """What is done after the map, which counts by itself."""
        return f"{event.get('what', '')}: " if event.get("stage") == "fields" else ""

    def show_forecast(self, event: Optional[Mapping[str, Any]], text: str = "") -> None:
        """Tell what the run will take, or why that is not known."""
        self.forecast.setText(text if event is None else forecast_text(event))
        self.forecast.setVisible(bool(self.forecast.text()))

    def show_areas(self, summary: Mapping[str, Any]) -> None:
        """The area of each crop, as a chart and a table in one."""
        self.log.append(areas_html(summary))

    def _choose_run(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("The record of a run"), "", "run.json (run.json)")
        if path:
            self.repeated.emit(path)


def areas_html(summary: Mapping[str, Any]) -> str:
    """Area per crop with a bar for each, and the note that counted cells are biased."""
    classes = [entry for entry in summary.get("classes", []) if entry.get("cells")]
    if not classes:
        return ""
    total = sum(float(entry["cells"]) for entry in classes)
    most = max(float(entry["cells"]) for entry in classes)
    rows = []
    for entry in sorted(classes, key=lambda item: -float(item["cells"])):
        width = max(1, round(200 * float(entry["cells"]) / most))
        colour = str(entry.get("color") or "#7f8c8d")
        rows.append(
            f"<tr><td>{escape(str(entry['title']))}&nbsp;</td>"
            f"<td align='right'>{float(entry['area_ha_biased']):.1f} ha&nbsp;</td>"
            f"<td align='right'>{100 * float(entry['cells']) / total:.1f} %&nbsp;</td>"
            f"<td><table><tr><td width='{width}' bgcolor='{escape(colour)}'>&nbsp;</td></tr></table></td></tr>"
        )
    return f"<table>{''.join(rows)}</table><p><i>{escape(str(summary.get('note', '')))}</i></p>"


def forecast_text(event: Mapping[str, Any]) -> str:
    """A forecast in one line."""
    parts = []
    if event.get("seconds") is not None:
        parts.append(tr("about {}").format(protocol.duration_text(float(event["seconds"]))))
    if event.get("memory_bytes"):
        parts.append(tr("{:.1f} GiB of memory").format(float(event["memory_bytes"]) / 2**30))
    if event.get("disk_bytes"):
        size = float(event["disk_bytes"])
        parts.append(tr("{} on the disk").format(f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.0f} MB"))
    if event.get("device"):
        reason = f" ({event['reason']})" if event.get("reason") else ""
        parts.append(tr("on {}").format(event["device"]) + reason)
    return tr("Forecast: {}").format(", ".join(parts))
