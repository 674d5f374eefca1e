"""The window 'Models': those installed with their cards; add from files or a folder, verify, remove."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, List, Optional, Union

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from .. import models
from ..card_html import card_html
from ..environment import WorkerPythonError
from ..model_task import add_task, verify_task
from ..setup_task import SetupTask
from ..translation import tr
from ..worker_python import worker_python
from .colours import FAULT, readable
from .window import fit_to_screen, no_default_button


class ModelsDialog(QDialog):
    """Look after the installed models. Nothing is fetched from anywhere."""

    ended = pyqtSignal(bool)
    """What was asked for has ended, and whether well."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._task: Optional[SetupTask] = None
        self.setWindowTitle(tr("Models"))
        fit_to_screen(self, 820, 560)
        layout = QVBoxLayout(self)
        split = QSplitter()
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Installed models"))
        self.list.setWordWrap(True)
        self.card = QTextBrowser()
        split.addWidget(self.list)
        split.addWidget(self.card)
        split.setStretchFactor(1, 3)
        layout.addWidget(split, 1)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.hide()
        layout.addWidget(self.busy)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.note)
        line = QHBoxLayout()
        self.add = QPushButton(tr("Add a file..."))
        self.add_folder = QPushButton(tr("Add a folder..."))
        self.verify_button = QPushButton(tr("Verify"))
        self.verify_button.setToolTip(tr("Checks the file's hash, loads it and runs it on this computer."))
        self.remove = QPushButton(tr("Remove"))
        for button in (self.add, self.add_folder, self.verify_button, self.remove):
            line.addWidget(button)
        line.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        line.addWidget(buttons)
        layout.addLayout(line)
        no_default_button(self)
        self._models: List[models.InstalledModel] = []
        self._damaged: List[models.DamagedModel] = []
        self.list.currentRowChanged.connect(lambda row: self._show())
        self.add.clicked.connect(self._choose_file)
        self.add_folder.clicked.connect(self._choose_folder)
        self.verify_button.clicked.connect(self.verify_chosen)
        self.remove.clicked.connect(self._remove)
        self.reload()

    @property
    def chosen(self) -> Optional[models.InstalledModel]:
        """The model that is shown; None for none, and for one that is damaged."""
        shown = self._shown
        return shown if isinstance(shown, models.InstalledModel) else None

    @property
    def _shown(self) -> Union[models.InstalledModel, models.DamagedModel, None]:
        row, listed = self.list.currentRow(), [*self._models, *self._damaged]
        return listed[row] if 0 <= row < len(listed) else None

    def reload(self, chosen: str = "") -> None:
        """List the models again."""
        self._models, self._damaged = models.look_at_models()
        self.list.clear()
        for model in self._models:
            item = QListWidgetItem(model.title)
            item.setToolTip(str(model.path))
            self.list.addItem(item)
        for damaged in self._damaged:
            item = QListWidgetItem(tr("{} (cannot be used)").format(damaged.title))
            item.setToolTip(str(damaged.path))
            item.setForeground(QColor(readable(FAULT, self.list)))
            self.list.addItem(item)
        paths = [str(model.path) for model in self._models]
        self.list.setCurrentRow(paths.index(chosen) if chosen in paths else 0)
        self._show()

    def install(self, paths: List[Path]) -> None:
        """Add models: each is verified first, and one that the engine cannot run is refused with the reason."""
        try:
            python = worker_python()
        except WorkerPythonError as error:
            self._say(f"{error.message} {error.hint}")
            return
        self._start(add_task(python, paths))

    def verify_chosen(self) -> None:
        """Have the engine load and run the chosen model."""
        model = self.chosen
        if model is None:
            return
        try:
            python = worker_python()
        except WorkerPythonError as error:
            self._say(f"{error.message} {error.hint}")
            return
        self._start(verify_task(python, model.path))

    def _choose_file(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, tr("Add models"), "", tr("Models") + " (*.zip *.onnx)")
        if paths:
            self.install([Path(path) for path in paths])

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Folder with models"))
        if folder:
            found = sorted(Path(folder).glob("*.onnx"))
            if found:
                self.install(found)
            else:
                self._say(tr("{} holds no .onnx file.").format(folder))

    def _remove(self) -> None:
        model = self._shown
        if model is None:
            return
        if model.path.parent != models.models_dir():
            self._say(tr("{} does not lie in your own models, so it is left alone.").format(model.path))
            return
        text = tr("Remove {} from your models?").format(model.title)
        if QMessageBox.question(self, tr("Models"), text) == QMessageBox.StandardButton.Yes:
            try:
                models.remove(model)
            except OSError as error:
                self._say(tr("{} cannot be removed: {}").format(model.path, error.strerror or error))
                return
            self.reload()
            self.ended.emit(True)

    def _start(self, task: SetupTask) -> None:
        self._task = task
        self._lock(True)
        self._say("")
        task.said.connect(self._say)
        task.ended.connect(self._on_ended)
        QgsApplication.taskManager().addTask(task)

    def _on_ended(self, is_fine: bool) -> None:
        task, self._task = self._task, None
        self._lock(False)
        if task is None:
            return
        if is_fine and isinstance(task.answer, list):
            self.reload(str(task.answer[0].path) if task.answer else "")
            self._say(tr("Added: {}").format(", ".join(model.title for model in task.answer)))
        elif is_fine:
            self._say(str(task.answer))
        else:
            self._say(f"{task.failure} {task.failure.hint}".strip() if task.failure else tr("Cancelled."))
        self.ended.emit(is_fine)

    def _show(self) -> None:
        shown, model = self._shown, self.chosen
        if isinstance(shown, models.DamagedModel):
            reason = f'<p style="color:{readable(FAULT, self.card)}"><b>✗</b> {escape(shown.reason)}</p>'
            self.card.setHtml(f"<h3>{escape(shown.title)}</h3>{reason}<p><small>{escape(str(shown.path))}</small></p>")
        elif model is None:
            self.card.setHtml(f"<p>{escape(tr(models.NO_MODEL_HINT))}</p>")
        else:
            size = model.path.stat().st_size / 1e6 if model.path.is_file() else 0.0
            sha = escape(model.card.sha256[:16])
            place = f"<p><small>{escape(str(model.path))}, {size:.1f} MB, sha256 {sha}...</small></p>"
            self.card.setHtml(card_html(model.card) + place)
        self.verify_button.setEnabled(model is not None and self._task is None)
        self.remove.setEnabled(shown is not None and self._task is None)

    def _say(self, text: str) -> None:
        self.note.setText(text)

    def _lock(self, is_busy: bool) -> None:
        self.busy.setVisible(is_busy)
        for button in (self.add, self.add_folder, self.verify_button, self.remove):
            button.setEnabled(not is_busy)

    def reject(self) -> Any:
        """Closing ends what runs."""
        self.cancel()
        super().reject()

    def cancel(self) -> None:
        """End what runs."""
        if self._task is not None:
            self._task.cancel()
