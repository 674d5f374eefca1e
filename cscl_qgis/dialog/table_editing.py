"""Edit the class table that is chosen: the worker lists it for the model and the layer, then the window opens."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from .. import runner
from ..layer_files import LayerFile
from ..translation import tr
from ..worker_python import worker_python
from ..worker_task import WorkerTask
from .class_table_dialog import ClassTableDialog
from .declared_box import DeclaredBox


class TableEditing(QObject):
    """Follows the button 'Edit...' of the pages of a window."""

    shown = pyqtSignal(bool)
    """The window is open, or the reason why not was said."""

    def __init__(
        self,
        declared: DeclaredBox,
        layer: Callable[[], Any],
        model: Callable[[], str],
        folder: Path,
        say: Callable[[str], None],
        parent: QWidget,
        python: Callable[[], Path] = worker_python,
    ) -> None:
        """
        Args:
            declared: has the class table and the button.
            layer: gives the layer of the parcels, None where none is chosen.
            model: gives the model that the table is for, empty for one that is yet to be trained; or raises ValueError.
            folder: gets the files of layers that have none of their own.
            say: takes a sentence for the user; empty for none.
            parent: of the window.
            python: gives the interpreter; called on a thread.
        """
        super().__init__(parent)
        self._declared, self._layer, self._model, self._folder = declared, layer, model, folder
        self._say, self._parent, self._python = say, parent, python
        self._task: Optional[WorkerTask] = None
        self.dialog: Optional[ClassTableDialog] = None
        declared.edit_wanted.connect(self.edit)

    def edit(self) -> None:
        """Have the table listed, then show it."""
        self.stop()
        table, layer = self._declared.class_table, self._layer()
        try:
            model = self._model()
            if layer is None:
                raise ValueError(tr("Choose the layer of the parcels first."))
            parcels = LayerFile(layer, "parcels")
        except ValueError as error:
            self._end(str(error))
            return
        request = {"class_table": table, "model": model, "declared": self._declared.field}
        self._say(tr("Reading the class table and the layer's codes..."))
        task = WorkerTask(tr("Reading a class table"), self._maker(request, parcels), self._python)
        task.ended.connect(lambda is_fine: self._on_listed(task, is_fine, table))
        self._task = task
        QgsApplication.taskManager().addTask(task)

    def _maker(self, request: Dict[str, Any], parcels: LayerFile) -> Callable[[Callable[[], bool]], runner.Task]:
        return lambda is_cancelled: runner.declared_codes_task(
            {**request, "parcels": parcels.write(self._folder, is_cancelled)}
        )

    def stop(self) -> None:
        """End what is under way."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def _on_listed(self, task: WorkerTask, is_fine: bool, table: str) -> None:
        if task is not self._task:
            return  # asked for again, or the window was closed
        self._task = None
        if not is_fine:
            self._end(f"{task.failure} {task.failure.hint}".strip() if task.failure else "")
            return
        self._say("")
        self.dialog = ClassTableDialog(task.result.get("summary", {}), table, self._parent)
        self.dialog.accepted.connect(self._on_saved)
        self.dialog.open()
        self.shown.emit(True)

    def _on_saved(self) -> None:
        if self.dialog is not None and self.dialog.saved:
            self._declared.set_table(self.dialog.saved)

    def _end(self, text: str) -> None:
        self._say(text)
        self.shown.emit(False)
