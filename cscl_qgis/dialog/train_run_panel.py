"""What training tells: its stage, and at the end how right the model is, with its report and a way to use it."""

from __future__ import annotations

import re
from html import escape
from typing import Any, Mapping, Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QPushButton, QWidget

from .._engine import protocol
from ..translation import tr
from .run_panel import RunPanel


class TrainRunPanel(RunPanel):
    """The page of a training."""

    used = pyqtSignal()
    """A region is to be mapped with the model."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.use = QPushButton(tr("Use it"))
        self.use.setToolTip(tr("Opens 'Map a region' with this model."))
        self.use.setEnabled(False)
        self.use.clicked.connect(self.used)
        self.line.insertWidget(1, self.use)
        self._titles = {
            "dataset": tr("Building the data set"),
            "pretrain": tr("Pre-training without crops"),
            "finetune": tr("Training"),
            "evaluate": tr("Evaluating"),
            "export": tr("Exporting"),
            "install": tr("Installing"),
        }

    def begin(self) -> None:
        """A run has begun."""
        super().begin()
        self.use.setEnabled(False)

    def title_of(self, event: Mapping[str, Any]) -> str:
        """The stage."""
        title = self._titles.get(str(event.get("stage", "")), "")
        return f"{title}: " if title else ""

    def show_event(self, event: Mapping[str, Any]) -> None:
        """One event of the worker; what it calls a stage is put in the window's words."""
        title = self._titles.get(str(event.get("stage", "")), "")
        if event["event"] == "stage" and title:
            state = _state(str(event.get("message", "")))
            self.stage.setText(title)
            self.log.append(f"<span>{escape(f'{title}: {state}' if state else title)}</span>")
        else:
            super().show_event(event)

    def show_model(self, figures: str, report: str) -> None:
        """The model is installed.

        Args:
            figures: how right it is, as a sentence.
            report: path of its evaluation; empty for none.
        """
        self.log.append(f"<span>{escape(figures)}</span>")
        self.offer_report(report)
        self.use.setEnabled(True)


def _state(message: str) -> str:
    """What a stage's message says besides its name; empty where the stage begins."""
    state = message.partition(": ")[2]
    seconds = re.fullmatch(r"done in (\d+) s", state)
    if seconds is not None:
        return tr("done in {}").format(protocol.duration_text(float(seconds[1])))
    return {"started": "", "done": tr("done"), "already done": tr("already done")}.get(state, state)
