"""What a run tells while it works: stage, progress, time left, log; cancel, and resume where it failed."""

from __future__ import annotations

from html import escape
from typing import Any, Mapping, Optional

from qgis.PyQt.QtCore import QUrl, pyqtSignal
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
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
    """The page of a run. Its last line of buttons has room for further ones, after the first."""

    cancelled = pyqtSignal()
    resumed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
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
        self.line = line = QHBoxLayout()
        self.report = QPushButton(tr("Open the report"))
        self.resume = QPushButton(tr("Resume"))
        self.resume.setToolTip(tr("Goes on with what is done already."))
        self.cancel = QPushButton(tr("Cancel"))
        line.addWidget(self.report)
        line.addStretch(1)
        line.addWidget(self.resume)
        line.addWidget(self.cancel)
        layout.addLayout(line)
        self.resume.hide()
        self.report.setEnabled(False)
        self._report = ""
        self.report.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self._report)))
        self.cancel.setEnabled(False)
        self.cancel.clicked.connect(self._on_cancel)
        self.resume.clicked.connect(self.resumed.emit)

    def begin(self) -> None:
        """A run has begun."""
        self.log.clear()
        self.bar.setRange(0, 1000)
        self.bar.setValue(0)
        self.stage.setText(tr("Starting"))
        self.cancel.setEnabled(True)
        self.report.setEnabled(False)
        self.resume.hide()

    def show_event(self, event: Mapping[str, Any]) -> None:
        """One event of the worker."""
        kind = event["event"]
        if kind == "progress":
            done, total = float(event.get("done", 0)), max(1.0, float(event.get("total", 1)))
            self.bar.setValue(round(1000 * done / total))
            left = event.get("eta_s")
            text = self.title_of(event) + tr("{} % done").format(round(100 * done / total))
            self.stage.setText(text if left is None else f"{text}, {protocol.duration_text(float(left))} {tr('left')}")
        elif kind == "stage":
            self.stage.setText(str(event.get("message", "")))
            self.log.append(f"<span>{escape(str(event.get('message', '')))}</span>")
        elif kind == "warning":
            self.log.append(f"<b>{escape(tr('Warning'))}:</b> {escape(str(event.get('message', '')))}")

    def title_of(self, event: Mapping[str, Any]) -> str:
        """What goes before the share that is done; nothing where a run has one stage."""
        return ""

    def end(self, sentence: str, hint: str = "", can_resume: bool = False) -> None:
        """The run has ended."""
        self.cancel.setEnabled(False)
        self.resume.setVisible(can_resume)
        self.stage.setText(sentence)
        self.log.append(f"<b>{escape(sentence)}</b>" + (f"<br>{escape(hint)}" if hint else ""))
        if not can_resume:
            self.bar.setValue(self.bar.maximum())

    def offer_report(self, path: str) -> None:
        """The run's report can be opened."""
        self._report = path
        self.report.setEnabled(bool(path))

    def _on_cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.stage.setText(tr("Cancelling"))
        self.cancelled.emit()
