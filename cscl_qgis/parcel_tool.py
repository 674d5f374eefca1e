"""Click on a parcel of a run: its NDVI and its class probabilities by date, drawn by the worker, in a dock."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, Optional

from qgis.core import Qgis, QgsApplication, QgsFeature, QgsProject, QgsVectorLayer
from qgis.gui import QgsDockWidget, QgsMapToolIdentify
from qgis.PyQt.QtCore import QRectF, Qt, pyqtSignal
from qgis.PyQt.QtGui import QCursor, QPainter
from qgis.PyQt.QtSvg import QSvgRenderer
from qgis.PyQt.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from . import runner
from .parcel_style import RUN_PROPERTY
from .translation import tr
from .worker_task import WorkerTask

CHART_SIZE = (560, 430)
"""Of the worker's picture."""


class SvgView(QWidget):
    """A picture that keeps its proportions."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._renderer = QSvgRenderer(self)
        self.setMinimumSize(CHART_SIZE[0] // 2, CHART_SIZE[1] // 2)

    @property
    def is_empty(self) -> bool:
        """True while there is nothing to show."""
        return not self._renderer.isValid()

    def show_svg(self, content: bytes) -> None:
        """Show a picture; none for empty content."""
        self._renderer.load(content)
        self.update()

    def paintEvent(self, event: Any) -> None:
        """The picture, as large as the place allows."""
        if self.is_empty:
            return
        factor = min(self.width() / CHART_SIZE[0], self.height() / CHART_SIZE[1])
        self._renderer.render(QPainter(self), QRectF(0, 0, factor * CHART_SIZE[0], factor * CHART_SIZE[1]))


class ParcelDock(QgsDockWidget):
    """Shows one parcel's chart, and makes it."""

    shown = pyqtSignal(bool)
    """A chart was asked for and is there, or the reason why not."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(tr("Parcel over the season"), parent)
        self.setObjectName("CsclParcelDock")
        body = QWidget()
        layout = QVBoxLayout(body)
        self.note = QLabel(tr("Click on a parcel of a crop map."))
        self.note.setWordWrap(True)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.hide()
        self.picture = SvgView()
        layout.addWidget(self.note)
        layout.addWidget(self.busy)
        layout.addWidget(self.picture, 1)
        self.setWidget(body)
        self._task: Optional[WorkerTask] = None
        self._folder = Path(tempfile.mkdtemp(prefix="cscl-parcel-"))
        self._count = 0

    def look_at(self, layer: QgsVectorLayer, feature: QgsFeature) -> None:
        """Have the worker draw a parcel of a run."""
        self.stop()
        run = str(layer.customProperty(RUN_PROPERTY, ""))
        if not run:
            self._end(tr("The layer '{}' does not belong to a crop map.").format(layer.name()), False)
            return
        self._count += 1  # a worker that is being ended may still write the last one
        svg = self._folder / f"parcel-{self._count}.svg"
        request = {
            "run": run,
            "wkt": feature.geometry().asWkt(3),
            "crs": crs_text(layer),
            "title": parcel_title(layer, feature),
            "svg": str(svg),
        }
        self.note.setText(request["title"])
        self.busy.show()
        task = WorkerTask(tr("Looking at a parcel"), runner.parcel_task(request), is_aside=True)
        task.ended.connect(lambda is_fine: self._on_ended(task, is_fine, svg))
        self._task = task
        QgsApplication.taskManager().addTask(task)

    def stop(self) -> None:
        """End what is under way."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def close_folder(self) -> None:
        """Remove the pictures; the plugin calls it when it is unloaded."""
        self.stop()
        shutil.rmtree(str(self._folder), ignore_errors=True)

    def _on_ended(self, task: WorkerTask, is_fine: bool, svg: Path) -> None:
        if task is not self._task:
            return  # another parcel was clicked since
        self._task = None
        failure = task.failure
        if not is_fine:
            self._end(f"{failure} {failure.hint}".strip() if failure else "", False)
            return
        try:
            content = svg.read_bytes()
            svg.unlink()
        except OSError as error:
            self._end(f"{svg}: {error.strerror or error}", False)
            return
        self.picture.show_svg(content)
        self._end(self.note.text(), True)

    def _end(self, text: str, is_fine: bool) -> None:
        self.busy.hide()
        self.note.setText(text)
        if not is_fine:
            self.picture.show_svg(b"")
        self.shown.emit(is_fine)


class ParcelTool(QgsMapToolIdentify):
    """The map tool: a click looks at the topmost parcel of a crop map under it."""

    def __init__(self, canvas: Any, dock: ParcelDock, message_bar: Any = None) -> None:
        super().__init__(canvas)
        self._dock, self._message_bar = dock, message_bar
        self.setCursor(QCursor(Qt.CursorShape.PointingHandCursor))

    def canvasReleaseEvent(self, event: Any) -> None:
        """Look at what was clicked."""
        layers = [layer for layer in QgsProject.instance().mapLayers().values() if is_of_run(layer)]
        if not layers:
            if self._message_bar is not None:
                self._message_bar.pushMessage(
                    tr("No crop map with parcels is in the project: give parcels when you map."), Qgis.MessageLevel.Info
                )
            return
        place = event.pixelPoint()
        found = self.identify(place.x(), place.y(), layers, QgsMapToolIdentify.IdentifyMode.TopDownStopAtFirst)
        if found:
            self._dock.show()
            self._dock.look_at(found[0].mLayer, found[0].mFeature)


def is_of_run(layer: Any) -> bool:
    """True for the parcels of a crop map."""
    return isinstance(layer, QgsVectorLayer) and bool(layer.customProperty(RUN_PROPERTY, ""))


def parcel_title(layer: QgsVectorLayer, feature: QgsFeature) -> str:
    """What a parcel is called, and what was found there."""
    names = [field.name() for field in layer.fields()]
    parts = [tr("Parcel {}").format(feature.id())]
    if "map_crop" in names and feature["map_crop"]:
        parts.append(str(feature["map_crop"]))
    declared = str(layer.customProperty(f"{RUN_PROPERTY}_crop", ""))
    if declared in names and feature[declared]:
        parts.append(tr("declared: {}").format(feature[declared]))
    return ", ".join(parts)


def crs_text(layer: QgsVectorLayer) -> str:
    """A layer's coordinate system as the worker knows it: one that the user defined has a number in QGIS alone."""
    number = str(layer.crs().authid())
    return number if number.startswith("EPSG:") else str(layer.crs().toWkt())
