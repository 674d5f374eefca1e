"""The window 'Map a region': images, region, model and outputs on pages, the forecast below, the run on the last page.

Work is done by the worker in tasks; nothing here reads a raster or waits.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Mapping, Optional

from qgis.core import Qgis, QgsApplication, QgsProject
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from .. import runner
from .._engine import errors, model_card, protocol
from ..layer_files import COPIES, tidy_copies
from ..model_fit import Box, as_box
from ..results import load_results
from ..translation import tr
from ..worker_task import WorkerTask
from .draft import Draft, dates_draft, map_draft
from .images_page import ImagesPage
from .kept_settings import keep, kept
from .look import Look
from .map_run_panel import MapRunPanel
from .model_page import ModelPage
from .output_page import OutputPage
from .region_page import RegionPage
from .run_window import RunWindow
from .table_editing import TableEditing


class MapDialog(RunWindow):
    """Map a region."""

    forecast_shown = pyqtSignal()
    panel: MapRunPanel

    def __init__(self, iface: Any = None, parent: Optional[QWidget] = None) -> None:
        goes_on = tr("A map is being made. Close the window, and let it go on in the background?")
        super().__init__(iface, tr("Map a region"), goes_on, MapRunPanel(), parent)
        self._forecast_task: Optional[WorkerTask] = None
        self._draft: Optional[Draft] = None
        self._crop = self._forecast_key = ""
        self._is_drawing = False
        self._box: Optional[Box] = None
        self.images = ImagesPage()
        self.region = RegionPage(iface.mapCanvas() if iface is not None else None)
        self.model = ModelPage()
        self.outputs = OutputPage()
        self.layout().insertWidget(1, self.panel.forecast)
        pages = (
            (self.images, tr("1. Images")),
            (self.region, tr("2. Region")),
            (self.model, tr("3. Model")),
            (self.outputs, tr("4. Parcels and outputs")),
        )
        self.add_pages(pages, tr("5. Run"))
        self._make_dates_look(self.images, Look(tr("Looking at acquisitions"), self))
        self.images.timeline.changed.connect(self._on_user_rows)
        self.images.timeline.modelReset.connect(self._on_rows)
        declared, layer = self.outputs.declared, lambda: self.outputs.parcel_layer
        self.tables = TableEditing(declared, layer, self._model_of_table, self.scratch, self._say, self)
        self.region.drawing.connect(self._on_drawing)
        self.panel.repeated.connect(self.repeat)
        if kept():
            self.restore()
        self._check()

    def _model_of_table(self) -> str:
        """The model that a class table is for."""
        if self.model.model is None:
            raise ValueError(tr("No model is installed: add one on page 3."))
        return str(self.model.model.path)

    # what the acquisitions are

    def look_at_dates(self) -> None:
        """Have the worker look at the acquisitions; the timeline fills when it has."""
        self._dates_look.stop()
        try:
            draft = self._dates_draft()
        except (ValueError, errors.CsclError) as error:
            self._show_no_rows(str(error))
            return
        self.images.show_busy(True, tr("Looking at the acquisitions..."))
        self._dates_look.ask(draft.key, draft.task(runner.dates_task, self.scratch))

    def _on_dates(self, summary: Any) -> None:
        self._box = as_box(summary.get("box"))
        super()._on_dates(summary)

    def _on_rows(self) -> None:
        self.model.show_rows(self.images.timeline.rows, self._box)
        self._check()

    def _on_user_rows(self) -> None:
        """A date was left out, which changes the forecast, or put right, which changes the rows."""
        self.model.show_rows(self.images.timeline.rows, self._box)
        self._timer.start()

    def _on_settings(self) -> None:
        """The settings have rested: look at the acquisitions if they are others, and say what is missing."""
        try:
            key = self._dates_draft().key
        except (ValueError, errors.CsclError):
            key = ""
        if not key or key != self._dates_look.key:
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
        task = WorkerTask(tr("Forecast of a map"), draft.task(runner.forecast_task, self.scratch), is_aside=True)
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

    def _begin(self, draft: Draft) -> None:
        self._draft = draft
        self._end_forecast("")  # it would take the processor from the run, which tells its own
        title = tr("Mapping {}").format(Path(draft.request.out).name)
        # with the results, since their record names them
        self._start(WorkerTask(title, draft.task(runner.map_task, Path(draft.request.out) / COPIES)))

    def _on_done(self, task: WorkerTask) -> None:
        summary = task.result.get("summary", {})
        self.panel.end(tr("Done: {:.0f} ha mapped.").format(float(summary.get("mapped_ha", 0))))
        tidy_copies(task.result)
        self._show_result(task.result)

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
        self._push(text, Qgis.MessageLevel.Success)

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

    def _check(self) -> None:
        """Say what is missing; the run itself checks again."""
        try:
            self._make_draft()
        except (ValueError, errors.CsclError) as error:
            self._say(str(error))
            self._end_forecast("")
            return
        self._say("")
        is_known = not self._dates_look.is_busy and self.images.timeline.rowCount() and self.model.is_fit
        if is_known and self.isVisible() and not self.is_running:
            self.look_ahead()

    def _may_replace(self, out: str) -> bool:
        return self._ask(tr("{} holds a map already. Replace it when the new one is whole?").format(out))

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

    def closeEvent(self, event: Any) -> None:
        """Ask while a run goes on, and let go of the canvas."""
        super().closeEvent(event)
        if event.isAccepted():
            self._is_drawing = False
            self.region.stop_drawing()

    def stop_tasks(self) -> None:
        """End all that runs, and let go of the canvas; the plugin calls it when it is unloaded."""
        super().stop_tasks()
        self.region.stop_drawing()

    def _rest(self) -> None:
        super()._rest()
        if self._dates_look.is_busy:
            self._dates_look.stop()
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
