"""The window 'Map a region': images, region, model and outputs on pages, the forecast below, the run on the last page.

Work is done by the worker in tasks; nothing here reads a raster or waits.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

from qgis.core import Qgis, QgsApplication, QgsProject
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QLabel, QMessageBox, QTabWidget, QVBoxLayout, QWidget

from .. import runner
from .._engine import errors, protocol
from ..help import icon_path
from ..results import load_results
from ..translation import tr
from ..worker_task import WorkerTask
from .images_page import ImagesPage
from .layer_files import file_of
from .model_page import ModelPage
from .output_page import OutputPage
from .region_page import RegionPage
from .run_panel import RunPanel

SCOPE, ENTRY = "cscl_qgis", "map"
"""Where the project keeps the last settings."""
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
        self._request: Optional[protocol.MapRequest] = None
        self.setWindowTitle(tr("Map a region"))
        self.setWindowIcon(QIcon(icon_path()))
        self.setSizeGripEnabled(True)
        self.resize(900, 720)
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
            self.pages.addTab(page, title)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.run_button = self.buttons.addButton(tr("Run"), QDialogButtonBox.ButtonRole.ActionRole)
        self.run_button.setDefault(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.message)
        layout.addWidget(self.buttons)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.look_at_dates)
        for page in (self.images, self.region, self.outputs):
            page.changed.connect(self._timer.start)
        self.model.changed.connect(self._check)
        self.images.timeline.changed.connect(self._on_rows)
        self.images.timeline.modelReset.connect(self._on_rows)
        self.buttons.rejected.connect(self.close)
        self.run_button.clicked.connect(self.run)
        self.panel.cancelled.connect(self.cancel)
        self.panel.resumed.connect(self.resume)
        self.panel.repeated.connect(self.repeat)
        self.restore()
        self._check()

    # what the acquisitions are

    def look_at_dates(self) -> None:
        """Have the worker look at the acquisitions; the timeline fills when it has."""
        if self._dates_task is not None:
            self._dates_task.cancel()
            self._dates_task = None
        try:
            request = self._make_request(is_complete=False)
        except (ValueError, errors.CsclError) as error:
            self.images.timeline.set_rows([])
            self.images.show_busy(False, str(error))
            self.dates_shown.emit()
            return
        self.images.show_busy(True, tr("Looking at the acquisitions..."))
        task = WorkerTask(tr("Looking at acquisitions"), runner.dates_task(request.to_dict()))
        task.ended.connect(lambda is_fine: self._on_dates(task, is_fine))
        self._dates_task = task
        QgsApplication.taskManager().addTask(task)

    def _on_dates(self, task: WorkerTask, is_fine: bool) -> None:
        if task is not self._dates_task:
            return  # other settings have come since
        self._dates_task = None
        self.images.show_busy(False)
        if is_fine:
            self.images.timeline.set_rows(task.result.get("summary", {}).get("rows", []))
        else:
            self.images.timeline.set_rows([])
            failure = task.failure
            self.images.show_busy(False, f"{failure} {failure.hint}".strip() if failure else "")
        self.dates_shown.emit()

    def _on_rows(self) -> None:
        self.model.show_rows(self.images.timeline.rows)
        self._check()

    # what a run would take

    def look_ahead(self) -> None:
        """Have the worker say what the run will take."""
        if self._forecast_task is not None:
            self._forecast_task.cancel()
        try:
            request = self._make_request()
        except (ValueError, errors.CsclError) as error:
            self.panel.show_forecast(None, str(error))
            return
        self.panel.show_forecast(None, tr("Trying a tile, to say what the run will take..."))
        task = WorkerTask(tr("Forecast of a map"), runner.forecast_task(request.to_dict()))
        task.happened.connect(lambda event: event["event"] == "forecast" and self.panel.show_forecast(event))
        task.ended.connect(lambda is_fine: self._on_forecast(task, is_fine))
        self._forecast_task = task
        QgsApplication.taskManager().addTask(task)

    def _on_forecast(self, task: WorkerTask, is_fine: bool) -> None:
        if task is self._forecast_task:
            self._forecast_task = None
            if not is_fine and task.failure is not None and not task.was_cancelled:
                self.panel.show_forecast(None, f"{task.failure} {task.failure.hint}".strip())
            self.forecast_shown.emit()

    # the run

    def run(self) -> None:
        """Begin the run, if the settings are whole."""
        try:
            request = self._make_request()
        except (ValueError, errors.CsclError) as error:
            self._say(str(error))
            return
        if not self.model.is_fit and self.model.findings:
            self._say(tr("The model does not suit the images; see page 3."))
            self.pages.setCurrentWidget(self.model)
            return
        if (Path(request.out) / "crop_type.tif").exists() and not self._may_replace(request.out):
            return
        self.save()
        self._begin(request)

    def resume(self) -> None:
        """Go on with the run that failed or was cancelled."""
        if self._request is not None:
            self._begin(self._request)

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
            self._begin(request)

    def cancel(self) -> None:
        """End the run; what is done is kept."""
        if self._run_task is not None:
            self._run_task.cancel()

    @property
    def is_running(self) -> bool:
        """True while a map is made."""
        return self._run_task is not None

    def _begin(self, request: protocol.MapRequest) -> None:
        self._request = request
        self._say("")
        self._lock(True)
        self.pages.setCurrentWidget(self.panel)
        self.panel.begin()
        task = WorkerTask(tr("Mapping {}").format(Path(request.out).name), runner.map_task(request.to_dict()))
        task.happened.connect(self.panel.show_event)
        task.ended.connect(lambda is_fine: self._on_run(task, is_fine))
        self._run_task = task
        QgsApplication.taskManager().addTask(task)

    def _on_run(self, task: WorkerTask, is_fine: bool) -> None:
        self._run_task = None
        self._lock(False)
        if is_fine:
            summary = task.result.get("summary", {})
            self.panel.end(tr("Done: {:.0f} ha mapped.").format(float(summary.get("mapped_ha", 0))))
            self._show_result(task.result)
        else:
            failure = task.failure or runner.WorkerError(tr("The run failed."))
            self.panel.end(str(failure), failure.hint, can_resume=True)
            if failure.log:
                QgsApplication.messageLog().logMessage(failure.log, "CSCL", Qgis.MessageLevel.Warning)
            if self._iface is not None and not task.was_cancelled:
                self._iface.messageBar().pushMessage(tr("Map a region"), str(failure), Qgis.MessageLevel.Warning, 0)
        self.run_ended.emit(is_fine)

    def _show_result(self, result: Mapping[str, Any]) -> None:
        request = self._request
        if request is None:
            return
        self.panel.show_areas(result.get("summary", {}))
        self.panel.offer_report(str(result.get("outputs", {}).get("report", "")))
        group = load_results(
            QgsProject.instance(), result, tr("Crop map {}").format(run_name(request.out)),
            self.model.model.card if self.model.model else None, self.outputs.crop.currentField(),
        )  # fmt: skip
        if self._iface is not None:
            text = tr("The layers of '{}' are in the project.").format(group)
            self._iface.messageBar().pushMessage(tr("Map a region"), text, Qgis.MessageLevel.Success)

    # settings

    def _make_request(self, is_complete: bool = True) -> protocol.MapRequest:
        """The request that the pages make.

        Args:
            is_complete: False leaves out what only a run needs: model, folder, parcels.

        Raises:
            ValueError: naming what is missing; the message is a sentence.
        """
        values: Dict[str, Any] = self.outputs.values()
        model, out = self.model.model, self.outputs.folder.filePath()
        if is_complete and model is None:
            raise ValueError(tr("No model is installed: add one on page 3."))
        if is_complete and not out:
            raise ValueError(tr("Choose a folder for the results on page 4."))
        timeline, parcels = self.images.timeline, self.outputs.parcel_layer
        region = self.region.polygons()
        return protocol.MapRequest(
            series=tuple(self.images.sources()),
            model=str(model.path) if model else "none",
            out=str(Path(out).absolute()) if out else "none",
            bands=tuple(self.images.band_names()),
            region=None if region is None else file_of(region, "region"),
            parcels=file_of(parcels, "parcels") if is_complete and parcels is not None else None,
            skip=tuple(timeline.skipped) if is_complete else (),
            dates_of=timeline.moved,
            **{**values, "parcel_id": values["parcel_id"] if parcels is not None else ""},
        )

    def save(self) -> None:
        """Keep the settings in the project."""
        values = {
            **self.outputs.values(),
            "folder": self.images.folder.filePath(),
            "bands": self.images.bands.text(),
            "region": self.region.kind,
            "skip": self.images.timeline.skipped,
            "model": str(self.model.model.path) if self.model.model else "",
            "out": self.outputs.folder.filePath(),
            "parcels": self.outputs.parcel_layer.id() if self.outputs.parcel_layer else "",
            "crop": self.outputs.crop.currentField(),
        }
        QgsProject.instance().writeEntry(SCOPE, ENTRY, json.dumps(values))

    def restore(self) -> None:
        """Take the settings that the project keeps; what no longer fits is passed over."""
        text, _ = QgsProject.instance().readEntry(SCOPE, ENTRY, "")
        try:
            values = json.loads(text) if text else {}
        except ValueError:
            return
        if not isinstance(values, dict) or not values:
            return
        self.outputs.set_values(values)
        self.images.folder.setFilePath(str(values.get("folder", "")))
        self.images.bands.setText(str(values.get("bands", "")))
        self.images.timeline.skip([str(day) for day in values.get("skip", [])])
        self.region.set_kind(str(values.get("region", "")))
        self.outputs.folder.setFilePath(str(values.get("out", "")))
        layer = QgsProject.instance().mapLayer(str(values.get("parcels", "")))
        if layer is not None:
            self.outputs.parcels.setLayer(layer)
            self.outputs.parcel_id.setField(str(values.get("parcel_id", "")))
            self.outputs.crop.setField(str(values.get("crop", "")))
        self.model.reload(str(values.get("model", "")))

    def _check(self) -> None:
        """Say what is missing; the run itself checks again."""
        try:
            self._make_request()
        except (ValueError, errors.CsclError) as error:
            self._say(str(error))
            return
        self._say("")
        if self.isVisible() and not self.is_running and self.images.timeline.rowCount() and self.model.is_fit:
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
            self.stop_tasks()
        self.region.stop_drawing()
        event.accept()

    def stop_tasks(self) -> None:
        """End what runs in the background; the plugin calls it when it is unloaded."""
        self._timer.stop()
        for task in (self._dates_task, self._forecast_task, self._run_task):
            if task is not None:
                task.cancel()


def run_name(out: str) -> str:
    """Name of a run; a folder without one is called by the time."""
    return Path(out).name or time.strftime("%Y-%m-%d %H:%M")
