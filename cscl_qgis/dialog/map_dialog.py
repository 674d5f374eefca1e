"""The window 'Map a region': images, region, model and outputs on pages, the forecast below, the run on the last page.

Work is done by the worker in tasks; nothing here reads a raster or waits.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from pathlib import Path
from typing import Any, Mapping, Optional

from qgis.core import Qgis, QgsApplication, QgsProject
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QLabel, QMessageBox, QTabWidget, QVBoxLayout, QWidget

from .. import runner
from .._engine import errors, model_card, protocol
from ..help import icon_path
from ..layer_files import COPIES, tidy_copies
from ..model_fit import Box, as_box
from ..results import load_results
from ..translation import tr
from ..worker_task import WorkerTask
from .draft import Draft, dates_draft, map_draft
from .images_page import ImagesPage
from .kept_settings import keep, kept
from .model_page import ModelPage
from .output_page import OutputPage
from .region_page import RegionPage
from .run_panel import RunPanel
from .table_editing import TableEditing
from .window import fit_to_screen, no_default_button, scrolled

PAUSE_MS = 500
"""How long the settings must rest before the acquisitions are looked at again."""
LOCKED = ("images", "region", "model", "outputs")
"""Pages that cannot be changed while a run goes on."""


class MapDialog(QDialog):
    """Map a region."""

    run_ended = pyqtSignal(bool)
    """A map run has ended, and whether well."""
    dates_shown = pyqtSignal()
    """The timeline shows the acquisitions of the present settings, or the note why not."""
    forecast_shown = pyqtSignal()

    def __init__(self, iface: Any = None, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._iface = iface
        self._dates_task: Optional[WorkerTask] = None
        self._forecast_task: Optional[WorkerTask] = None
        self._run_task: Optional[WorkerTask] = None
        self._draft: Optional[Draft] = None
        self._crop = ""
        self._dates_key = self._forecast_key = ""
        self._is_drawing = self._is_other_project = False
        self._box: Optional[Box] = None
        self._scratch = tempfile.TemporaryDirectory(prefix="cscl-layers-")
        self.setWindowTitle(tr("Map a region"))
        self.setWindowIcon(QIcon(icon_path()))
        self.setSizeGripEnabled(True)
        self.images = ImagesPage()
        self.region = RegionPage(iface.mapCanvas() if iface is not None else None)
        self.model = ModelPage()
        self.outputs = OutputPage()
        self.panel = RunPanel()
        self.pages = QTabWidget()
        for page, title in (
            (self.images, tr("1. Images")),
            (self.region, tr("2. Region")),
            (self.model, tr("3. Model")),
            (self.outputs, tr("4. Parcels and outputs")),
            (self.panel, tr("5. Run")),
        ):
            # the last one shrinks by itself, and its buttons must stay in sight
            self.pages.addTab(page if page is self.panel else scrolled(page), title)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.run_button = self.buttons.addButton(tr("Run"), QDialogButtonBox.ButtonRole.ActionRole)
        layout = QVBoxLayout(self)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.panel.forecast)
        layout.addWidget(self.message)
        layout.addWidget(self.buttons)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._on_settings)
        for page in (self.images, self.region, self.model, self.outputs):
            page.changed.connect(self._timer.start)
        self.images.timeline.changed.connect(self._on_user_rows)
        self.images.timeline.modelReset.connect(self._on_rows)
        self.tables = TableEditing(self.outputs, self.model, Path(self._scratch.name), self._say, self)
        self.region.drawing.connect(self._on_drawing)
        self.buttons.rejected.connect(self.close)
        self.run_button.clicked.connect(self.run)
        self.panel.cancelled.connect(self.cancel)
        self.panel.resumed.connect(self.resume)
        self.panel.repeated.connect(self.repeat)
        no_default_button(self)
        fit_to_screen(self, 900, 720)
        project = QgsProject.instance()
        project.cleared.connect(self._on_project)
        project.readProject.connect(self._on_project)
        if kept():
            self.restore()
        self._check()

    # what the acquisitions are

    def look_at_dates(self) -> None:
        """Have the worker look at the acquisitions; the timeline fills when it has."""
        task, self._dates_task = self._dates_task, None
        if task is not None:
            task.cancel()
        try:
            draft = self._dates_draft()
        except (ValueError, errors.CsclError) as error:
            self._dates_key = ""
            self._show_no_rows(str(error))
            return
        self._dates_key = draft.key
        self.images.show_busy(True, tr("Looking at the acquisitions..."))
        folder = Path(self._scratch.name)
        task = WorkerTask(tr("Looking at acquisitions"), draft.task(runner.dates_task, folder), is_aside=True)
        task.ended.connect(lambda is_fine: self._on_dates(task, is_fine))
        self._dates_task = task
        QgsApplication.taskManager().addTask(task)

    def _on_dates(self, task: WorkerTask, is_fine: bool) -> None:
        if task is not self._dates_task:
            return  # other settings have come since
        self._dates_task = None
        if is_fine:
            self.images.show_busy(False)
            summary = task.result.get("summary", {})
            self._box = as_box(summary.get("box"))
            self.images.timeline.set_rows(summary.get("rows", []))
            self.dates_shown.emit()
        else:
            self._dates_key = ""  # the same settings may go well the next time
            self._show_no_rows(f"{task.failure} {task.failure.hint}".strip() if task.failure else "")

    def _show_no_rows(self, reason: str) -> None:
        self.images.timeline.set_rows([])
        self.images.show_busy(False, reason)
        self.dates_shown.emit()

    def _on_rows(self) -> None:
        self.model.show_rows(self.images.timeline.rows, self._box)
        self._check()

    def _on_user_rows(self) -> None:
        """A date was left out, which changes the forecast, or put right, which changes the rows."""
        self.model.show_rows(self.images.timeline.rows, self._box)
        self._timer.start()

    def _on_settings(self) -> None:
        """The settings have rested: look at the acquisitions if they are others, and say what is missing."""
        if self.is_running:
            return
        try:
            key = self._dates_draft().key
        except (ValueError, errors.CsclError):
            key = ""
        if not key or key != self._dates_key:
            self.look_at_dates()
        self._check()

    # what a run would take

    def look_ahead(self) -> None:
        """Have the worker say what the run will take, unless it is known for these settings."""
        try:
            draft = self._make_draft()
        except (ValueError, errors.CsclError) as error:
            self._end_forecast(str(error))
            return
        if draft.key == self._forecast_key:
            return
        self._end_forecast(tr("Trying a tile, to say what the run will take..."))
        self._forecast_key = draft.key
        folder = Path(self._scratch.name)
        task = WorkerTask(tr("Forecast of a map"), draft.task(runner.forecast_task, folder), is_aside=True)
        task.happened.connect(lambda event: self._on_forecast_event(task, event))
        task.ended.connect(lambda is_fine: self._on_forecast(task, is_fine))
        self._forecast_task = task
        QgsApplication.taskManager().addTask(task)

    def _end_forecast(self, text: str) -> None:
        """What was told holds no longer."""
        task, self._forecast_task = self._forecast_task, None
        self._forecast_key = ""
        if task is not None:
            task.cancel()
        self.panel.show_forecast(None, text)

    def _on_forecast_event(self, task: WorkerTask, event: Mapping[str, Any]) -> None:
        if task is self._forecast_task and event["event"] == "forecast":
            self.panel.show_forecast(event)

    def _on_forecast(self, task: WorkerTask, is_fine: bool) -> None:
        if task is not self._forecast_task:
            return  # other settings have come since
        self._forecast_task = None
        if not is_fine:
            self._forecast_key = ""
            self.panel.show_forecast(None, f"{task.failure} {task.failure.hint}".strip() if task.failure else "")
        self.forecast_shown.emit()

    # the run

    def run(self) -> None:
        """Begin the run, if the settings are whole."""
        try:
            draft = self._make_draft()
        except (ValueError, errors.CsclError) as error:
            self._say(str(error))
            return
        if not self.model.is_fit and self.model.findings:
            self._say(tr("The model does not suit the images; see page 3."))
            self.show_page(self.model)
            return
        request = draft.request
        if (Path(request.out) / "crop_type.tif").exists() and not self._may_replace(request.out):
            return
        self.save()
        self._crop = self.outputs.crop.currentField()
        self._begin(draft)

    def resume(self) -> None:
        """Go on with the run that failed or was cancelled."""
        if self._draft is not None:
            self._begin(self._draft)

    def repeat(self, record: str) -> None:
        """Make the map of a run again, beside it: the same images, model and settings."""
        path = Path(record)
        try:
            values = dict(json.loads(path.read_text(encoding="utf-8"))["request"])
            values["out"] = str(path.parent.with_name(f"{path.parent.name}_repeat"))
            request = protocol.MapRequest.from_dict(values, path.name)
        except (OSError, ValueError, KeyError, TypeError, errors.CsclError) as error:
            self._say(tr("{} is not the record of a run: {}").format(record, error))
            return
        if not (Path(request.out) / "crop_type.tif").exists() or self._may_replace(request.out):
            self._crop = self.outputs.crop.currentField()
            self._begin(Draft(request))

    def cancel(self) -> None:
        """End the run; what is done is kept."""
        if self._run_task is not None:
            self._run_task.cancel()

    @property
    def is_running(self) -> bool:
        """True while a map is made."""
        return self._run_task is not None

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front."""
        for index in range(self.pages.count()):
            tab = self.pages.widget(index)
            if tab is page or tab.isAncestorOf(page):
                self.pages.setCurrentIndex(index)

    def _begin(self, draft: Draft) -> None:
        self._draft = draft
        self._say("")
        self._end_forecast("")  # it would take the processor from the run, which tells its own
        self._lock(True)
        self.show_page(self.panel)
        self.panel.begin()
        title = tr("Mapping {}").format(Path(draft.request.out).name)
        # with the results, since their record names them
        task = WorkerTask(title, draft.task(runner.map_task, Path(draft.request.out) / COPIES))
        task.happened.connect(self.panel.show_event)
        task.ended.connect(lambda is_fine: self._on_run(task, is_fine))
        self._run_task = task
        QgsApplication.taskManager().addTask(task)

    def _on_run(self, task: WorkerTask, is_fine: bool) -> None:
        if task is not self._run_task:
            return  # the plugin was unloaded
        self._run_task = None
        self._lock(False)
        if is_fine:
            summary = task.result.get("summary", {})
            self.panel.end(tr("Done: {:.0f} ha mapped.").format(float(summary.get("mapped_ha", 0))))
            tidy_copies(task.result)
            self._show_result(task.result)
        else:
            failure = task.failure or runner.WorkerError(tr("The run failed."))
            self.panel.end(str(failure), failure.hint, can_resume=True)
            if self._iface is not None and not task.was_cancelled:
                self._iface.messageBar().pushMessage(tr("Map a region"), str(failure), Qgis.MessageLevel.Warning, 0)
        if self._is_other_project:
            self._is_other_project = False
            self.restore()
        self.run_ended.emit(is_fine)

    def _show_result(self, result: Mapping[str, Any]) -> None:
        if self._draft is None:
            return
        request = self._draft.request
        self.panel.show_areas(result.get("summary", {}))
        self.panel.offer_report(str(result.get("outputs", {}).get("report", "")))
        if self._is_other_project:
            text = tr("The map is in {}. The project is another one now, so its layers were not added.")
            text = text.format(request.out)
        else:
            title = tr("Crop map {}").format(run_name(request.out))
            group = load_results(QgsProject.instance(), result, title, _card(request.model), self._crop)
            text = tr("The layers of '{}' are in the project.").format(group)
        if self._iface is not None:
            self._iface.messageBar().pushMessage(tr("Map a region"), text, Qgis.MessageLevel.Success)

    # settings

    def _make_draft(self) -> Draft:
        return map_draft(self.images, self.region, self.model, self.outputs)

    def _dates_draft(self) -> Draft:
        return dates_draft(self.images, self.region, self.outputs)

    def save(self) -> None:
        """Keep the settings in the project."""
        values = {
            **self.outputs.values(),
            **self.images.values(),
            **self.region.values(),
            "model": str(self.model.model.path) if self.model.model else "",
            "out": self.outputs.folder.filePath(),
            "parcels": self.outputs.parcel_layer.id() if self.outputs.parcel_layer else "",
            "crop": self.outputs.declared.field,
            "class_table": self.outputs.declared.class_table,
        }
        keep(values)

    def restore(self) -> None:
        """Take the settings that the project keeps; what is missing, or no longer fits, gets its default."""
        values = kept()
        self.outputs.set_values(values)
        self.images.set_values(values)
        self.region.set_values(values)
        self.model.reload(str(values.get("model") or ""))

    def _on_project(self, *_: Any) -> None:
        """The project was closed, or another one was opened."""
        if self.is_running:
            self._is_other_project = True
        else:
            self.restore()

    def _check(self) -> None:
        """Say what is missing; the run itself checks again."""
        try:
            self._make_draft()
        except (ValueError, errors.CsclError) as error:
            self._say(str(error))
            self._end_forecast("")
            return
        self._say("")
        is_known = self._dates_task is None and self.images.timeline.rowCount() and self.model.is_fit
        if is_known and self.isVisible() and not self.is_running:
            self.look_ahead()

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def _lock(self, is_locked: bool) -> None:
        for name in LOCKED:
            getattr(self, name).setEnabled(not is_locked)
        self.run_button.setEnabled(not is_locked)

    def _may_replace(self, out: str) -> bool:
        answer = QMessageBox.question(
            self, tr("Map a region"), tr("{} holds a map already. Replace it when the new one is whole?").format(out)
        )
        return bool(answer == QMessageBox.StandardButton.Yes)

    def showEvent(self, event: Any) -> None:
        """What may have changed while the window was closed is looked at again."""
        super().showEvent(event)
        if not self.is_running:
            self.model.reload()
            self._timer.start()

    def _on_drawing(self, is_drawing: bool) -> None:
        """The window would hide the canvas on a small screen."""
        if is_drawing != self._is_drawing:
            self._is_drawing = is_drawing
            self.setVisible(not is_drawing)

    def reject(self) -> None:
        """Escape and Close do the same."""
        self.close()

    def closeEvent(self, event: Any) -> None:
        """Ask while a run goes on: it may go on without the window."""
        if self.is_running:
            answer = QMessageBox.question(
                self,
                tr("Map a region"),
                tr("A map is being made. Close the window, and let it go on in the background?"),
            )
            if answer != QMessageBox.StandardButton.Yes:
                event.ignore()
                return
        else:
            self._rest()
        self._is_drawing = False
        self.region.stop_drawing()
        event.accept()

    def stop_tasks(self) -> None:
        """End all that runs, and let go of the canvas; the plugin calls it when it is unloaded."""
        self._rest()
        task, self._run_task = self._run_task, None  # what it tells from now on is not listened to
        if task is not None:
            task.cancel()
        self.region.stop_drawing()
        with contextlib.suppress(OSError):  # a task that is just ending may hold a file open
            self._scratch.cleanup()

    def _rest(self) -> None:
        """End what only this window needs."""
        self._timer.stop()
        task, self._dates_task = self._dates_task, None
        if task is not None:
            task.cancel()
            self._dates_key = ""
            self.images.show_busy(False)
        self._end_forecast("")
        self.model.stop()
        self.tables.stop()


def _card(model: str) -> Optional[model_card.ModelCard]:
    """The card of the model that a map was made with, for styles."""
    try:
        return model_card.read_card(Path(model))
    except (errors.CsclError, OSError):
        return None


def run_name(out: str) -> str:
    """Name of a run; a folder without one is called by the time."""
    return Path(out).name or time.strftime("%Y-%m-%d %H:%M")
