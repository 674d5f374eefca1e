"""Which model: the installed ones with their cards, and what fits the images and what does not."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, List, Mapping, Optional, Sequence

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from .. import models
from ..card_html import card_html
from ..environment import WorkerPythonError
from ..model_fit import DOUBTFUL, FITS, Box, Finding, can_run, check_fit
from ..model_task import add_task
from ..setup_task import SetupTask
from ..translation import tr
from ..worker_python import worker_python
from . import colours

SIGNS = {FITS: ("✓", colours.FINE), DOUBTFUL: ("!", colours.DOUBTFUL), "refused": ("✗", colours.FAULT)}


class ModelPage(QWidget):
    """A list of models, the card of the chosen one, and the check against the images."""

    changed = pyqtSignal()
    added = pyqtSignal(bool)
    """Models were to be added, and whether that went well."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        line = QHBoxLayout()
        label = QLabel(tr("&Model"))
        self.combo = QComboBox()
        label.setBuddy(self.combo)
        self.add = QPushButton(tr("Add a model..."))
        self.add.setToolTip(tr("Copies a zip of models, or an ONNX file with its card beside it, to your models."))
        line.addWidget(label)
        line.addWidget(self.combo, 1)
        line.addWidget(self.add)
        layout.addLayout(line)
        self.fit = QLabel()
        self.fit.setWordWrap(True)
        layout.addWidget(self.fit)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.hide()
        layout.addWidget(self.busy)
        self.card = QTextBrowser()
        self.card.setOpenExternalLinks(False)
        self.card.setAccessibleName(tr("Model card"))
        self.card.setMinimumHeight(8 * self.fontMetrics().height())
        layout.addWidget(self.card, 1)
        self._task: Optional[SetupTask] = None
        self._models: List[models.InstalledModel] = []
        self._rows: List[Mapping[str, Any]] = []
        self._box: Optional[Box] = None
        self._findings: List[Finding] = []
        self.combo.currentIndexChanged.connect(lambda index: self._on_chosen())
        self.add.clicked.connect(self._add)
        self.reload()

    @property
    def model(self) -> Optional[models.InstalledModel]:
        """The chosen model; None if none is installed."""
        index = self.combo.currentIndex()
        return self._models[index] if 0 <= index < len(self._models) else None

    @property
    def is_fit(self) -> bool:
        """True if nothing speaks against a run."""
        return self.model is not None and can_run(self._findings)

    @property
    def findings(self) -> List[Finding]:
        """What was found when the model was compared with the images."""
        return list(self._findings)

    def reload(self, chosen: str = "") -> None:
        """List the installed models again.

        Args:
            chosen: path of the model to choose; the present one stays otherwise.
        """
        chosen = chosen or (str(self.model.path) if self.model else "")
        self._models = models.installed_models()
        self.combo.blockSignals(True)
        self.combo.clear()
        for item in self._models:
            self.combo.addItem(item.title)
            self.combo.setItemData(self.combo.count() - 1, str(item.path), Qt.ItemDataRole.ToolTipRole)
        paths = [str(item.path) for item in self._models]
        self.combo.setCurrentIndex(paths.index(chosen) if chosen in paths else 0)
        self.combo.blockSignals(False)
        self._on_chosen()

    def show_rows(self, rows: Sequence[Mapping[str, Any]], box: Optional[Box] = None) -> None:
        """Compare the model with these acquisitions, and with where they lie."""
        self._rows, self._box = list(rows), box
        self._show_fit()

    def _on_chosen(self) -> None:
        model = self.model
        self.card.setHtml(card_html(model.card) if model else f"<p>{escape(tr(models.NO_MODEL_HINT))}</p>")
        self._show_fit()
        self.changed.emit()

    def _show_fit(self) -> None:
        model = self.model
        self._findings = check_fit(model.card, self._rows, self._box) if model and self._rows else []
        lines = []
        for finding in self._findings:
            lines.append(f"{self._sign(finding.verdict)} {escape(finding.text)}")
        if model is None:
            lines = [f"<span>{escape(tr('No model is installed: add one.'))}</span>"]
        elif not self._rows:
            told = tr("When images are chosen, what fits them and what does not is told here.")
            lines = [f"<span>{escape(told)}</span>"]
        self.fit.setText("<br>".join(lines))

    def _add(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Add a model"), "", tr("Models") + " (*.zip *.onnx)")
        if path:
            self.install(Path(path))

    def install(self, path: Path) -> None:
        """Add a model, or say why not: it is copied and tried by a task."""
        try:
            task = add_task(worker_python(), [path])
        except WorkerPythonError as error:
            self._say_failure(error)
            return
        self.add.setEnabled(False)
        self.busy.show()
        task.ended.connect(self._on_added)
        self._task = task
        QgsApplication.taskManager().addTask(task)

    def stop(self) -> None:
        """End what is under way."""
        task, self._task = self._task, None
        self.busy.hide()
        self.add.setEnabled(True)
        if task is not None:
            task.cancel()

    def _on_added(self, is_fine: bool) -> None:
        task, self._task = self._task, None
        self.busy.hide()
        self.add.setEnabled(True)
        if task is None:
            return
        if is_fine and task.answer:
            self.reload(str(task.answer[0].path))
        else:
            self._say_failure(task.failure or WorkerPythonError(tr("Cancelled.")))
        self.added.emit(is_fine)

    def _say_failure(self, error: WorkerPythonError) -> None:
        self.fit.setText(f"{self._sign('refused')} {escape(f'{error.message} {error.hint}'.strip())}")

    def _sign(self, verdict: str) -> str:
        sign, colour = SIGNS[verdict]
        return f'<span style="color:{colours.readable(colour, self.fit)}"><b>{sign}</b></span>'
