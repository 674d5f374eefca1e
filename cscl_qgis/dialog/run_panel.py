"""What a run tells while it works: stage, progress, time left, log; cancel, and resume where it failed."""

from __future__ import annotations

from html import escape
from typing import Any, Mapping, Optional

from qgis.PyQt.QtCore import Qt, QUrl, pyqtSignal
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from .._engine import protocol
from ..translation import tr


class RunPanel(QWidget):
    """The page of a run."""

    cancelled = pyqtSignal()
    resumed = pyqtSignal()
    repeated = pyqtSignal(str)
    """The record of a run that is to be made again."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        self.forecast = QLabel()  # the window shows it below all pages: it is wanted before Run is pressed
        self.forecast.setWordWrap(True)
        self.forecast.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.forecast.hide()
        self.stage = QLabel()
        self.stage.setWordWrap(True)
        layout.addWidget(self.stage)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        layout.addWidget(self.bar)
        self.log = QTextBrowser()
        self.log.setAccessibleName(tr("Log of the run"))
        self.log.setMinimumHeight(3 * self.fontMetrics().height())
        layout.addWidget(self.log, 1)
        line = QHBoxLayout()
        self.report = QPushButton(tr("Open the report"))
        self.repeat = QPushButton(tr("Repeat a run..."))
        self.repeat.setToolTip(tr("Makes the map of a run.json again, beside it, from the same images and settings."))
        self.resume = QPushButton(tr("Resume"))
        self.resume.setToolTip(tr("Goes on with what is done already."))
        self.cancel = QPushButton(tr("Cancel"))
        line.addWidget(self.report)
        line.addWidget(self.repeat)
        line.addStretch(1)
        line.addWidget(self.resume)
        line.addWidget(self.cancel)
        layout.addLayout(line)
        self.resume.hide()
        self.report.setEnabled(False)
        self._report = ""
        self.report.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self._report)))
        self.repeat.clicked.connect(self._choose_run)
        self.cancel.setEnabled(False)
        self.cancel.clicked.connect(self._on_cancel)
        self.resume.clicked.connect(self.resumed.emit)

    def show_forecast(self, event: Optional[Mapping[str, Any]], text: str = "") -> None:
        """Tell what the run will take, or why that is not known."""
        self.forecast.setText(text if event is None else forecast_text(event))
        self.forecast.setVisible(bool(self.forecast.text()))

    def begin(self) -> None:
        """A run has begun."""
        self.log.clear()
        self.bar.setRange(0, 1000)
        self.bar.setValue(0)
        self.stage.setText(tr("Starting"))
        self.cancel.setEnabled(True)
        self.repeat.setEnabled(False)
        self.report.setEnabled(False)
        self.resume.hide()

    def show_event(self, event: Mapping[str, Any]) -> None:
        """One event of the worker."""
        kind = event["event"]
        if kind == "progress":
            done, total = float(event.get("done", 0)), max(1.0, float(event.get("total", 1)))
            self.bar.setValue(round(1000 * done / total))
            left = event.get("eta_s")
            text = tr("{} % done").format(round(100 * done / total))
            self.stage.setText(text if left is None else f"{text}, {protocol.duration_text(float(left))} {tr('left')}")
        elif kind == "stage":
            self.stage.setText(str(event.get("message", "")))
            self.log.append(f"<span>{escape(str(event.get('message', '')))}</span>")
        elif kind == "warning":
            self.log.append(f"<b>{escape(tr('Warning'))}:</b> {escape(str(event.get('message', '')))}")
        elif kind == "forecast":
            self.show_forecast(event)
            self.log.append(f"<span>{escape(forecast_text(event))}</span>")

    def end(self, sentence: str, hint: str = "", can_resume: bool = False) -> None:
        """The run has ended."""
        self.cancel.setEnabled(False)
        self.repeat.setEnabled(True)
        self.resume.setVisible(can_resume)
        self.stage.setText(sentence)
        self.log.append(f"<b>{escape(sentence)}</b>" + (f"<br>{escape(hint)}" if hint else ""))
        if not can_resume:
            self.bar.setValue(self.bar.maximum())

    def show_areas(self, summary: Mapping[str, Any]) -> None:
        """The area of each crop, as a chart and a table in one."""
        self.log.append(areas_html(summary))

    def offer_report(self, path: str) -> None:
        """The run's report can be opened."""
        self._report = path
        self.report.setEnabled(bool(path))

    def _choose_run(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("The record of a run"), "", "run.json (run.json)")
        if path:
            self.repeated.emit(path)

    def _on_cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.stage.setText(tr("Cancelling"))
        self.cancelled.emit()


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
