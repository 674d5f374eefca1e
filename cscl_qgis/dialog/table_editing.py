"""Edit the class table that is chosen: the worker lists it for the model and the layer, then the window opens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from .. import runner
from ..layer_files import LayerFile
from ..translation import tr
from ..worker_task import WorkerTask
from .class_table_dialog import ClassTableDialog

if TYPE_CHECKING:
    from .model_page import ModelPage
    from .output_page import OutputPage


class TableEditing(QObject):
    """Follows the button 'Edit...' of the pages of a window."""

    shown = pyqtSignal(bool)
    """The window is open, or the reason why not was said."""

    def __init__(self, outputs: OutputPage, model: ModelPage, folder: Path, say: Any, parent: QWidget) -> None:
        """
        Args:
            outputs: the page with the parcels and the class table.
            model: the page with the model.
            folder: gets the files of layers that have none of their own.
            say: takes a sentence for the user; empty for none.
            parent: of the window.
        """
        super().__init__(parent)
        self._outputs, self._model, self._folder, self._say, self._parent = outputs, model, folder, say, parent
        self._task: Optional[WorkerTask] = None
        self.dialog: Optional[ClassTableDialog] = None
        outputs.declared.edit_wanted.connect(self.edit)

    def edit(self) -> None:
        """Have the table listed, then show it."""
        self.stop()
        declared, layer = self._outputs.declared, self._outputs.parcel_layer
        table = declared.class_table
        if self._model.model is None:
            self._end(tr("No model is installed: add one on page 3."))
            return
        if layer is None:
            self._end(tr("Choose the layer of the parcels first."))
            return
        try:
            parcels = LayerFile(layer, "parcels")
        except ValueError as error:
            self._end(str(error))
            return
        request = {"class_table": table, "model": str(self._model.model.path), "declared": declared.field}
        self._say(tr("Reading the class table and the layer's codes..."))
        task = WorkerTask(tr("Reading a class table"), self._maker(request, parcels))
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
            self._outputs.declared.set_table(self.dialog.saved)

    def _end(self, text: str) -> None:
        self._say(text)
        self.shown.emit(False)
