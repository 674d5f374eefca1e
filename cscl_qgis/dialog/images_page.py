"""Which images: layers of the project, a folder, a product or its zip; and the timeline of what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from qgis.core import QgsProject, QgsRasterLayer
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from .. import layers
from ..translation import tr
from .colours import ground
from .timeline import DATE, STATE, SeasonChart, TimelineModel

LINES_SHOWN = 4
"""Raster layers that are seen without scrolling."""


class ImagesPage(QWidget):
    """Sources above, the timeline below."""

    changed = pyqtSignal()
    """Other images are given."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.setDialogTitle(tr("Folder with the images of one season"))
        self.folder.lineEdit().setPlaceholderText(tr("Folder with SAFE products, zips of them or GeoTIFFs"))
        self.zip = QPushButton(tr("Add zips or files..."))
        line = QHBoxLayout()
        label = QLabel(tr("&Folder"))
        label.setBuddy(self.folder.lineEdit())
        line.addWidget(label)
        line.addWidget(self.folder, 1)
        line.addWidget(self.zip)
        layout.addLayout(line)
        self.layers = QListWidget()
        self.layers.setAccessibleName(tr("Raster layers of the project"))
        label = QLabel(tr("&Or raster layers of the project:"))
        label.setBuddy(self.layers)
        layout.addWidget(label)
        layout.addWidget(self.layers)
        line = QHBoxLayout()
        self.bands = QLineEdit()
        self.bands.setPlaceholderText(tr("only for rasters without band names: B02,B03,..."))
        label = QLabel(tr("&Band names"))
        label.setBuddy(self.bands)
        line.addWidget(label)
        line.addWidget(self.bands, 1)
        layout.addLayout(line)
        self.timeline = TimelineModel(self)
        self.table = QTableView()
        self.table.setModel(self.timeline)
        self.timeline.ground = ground(self.table)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setAccessibleName(tr("Acquisitions"))
        self.table.setTabKeyNavigation(False)  # or the keyboard does not leave it
        self.table.setMinimumHeight(8 * self.fontMetrics().height())
        layout.addWidget(self.table, 1)
        self.chart = SeasonChart()
        layout.addWidget(self.chart)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.hide()
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.busy)
        layout.addWidget(self.note)
        self._files: List[str] = []
        self._bands_before = ""
        self._refill = QTimer(self)
        self._refill.setSingleShot(True)
        self._refill.setInterval(0)  # many layers may come or go at once
        self._refill.timeout.connect(self._on_layers)
        project = QgsProject.instance()
        project.layersAdded.connect(self._on_project)
        project.layersRemoved.connect(self._on_project)
        self.fill_layers()
        self.folder.fileChanged.connect(lambda path: self._on_sources())
        self.layers.itemChanged.connect(lambda item: self._on_sources())
        self.bands.editingFinished.connect(self._on_bands)
        self.zip.clicked.connect(self._choose_file)
        self.timeline.modelReset.connect(self._on_rows)
        self.timeline.changed.connect(self._on_rows)

    def fill_layers(self, ticked: Optional[Sequence[str]] = None) -> None:
        """List the raster layers of the project and the files that were added.

        Args:
            ticked: ids of layers and paths of files to tick; if None, those that were ticked stay so.
        """
        known = {self._key(item) for item in self._items()}
        wanted = {self._key(item) for item in self._items() if _is_ticked(item)} if ticked is None else set(ticked)
        self.layers.blockSignals(True)
        self.layers.clear()
        for path in self._files:
            # a file is added in order to be used
            self._list(Path(path).name, path, path in wanted or (ticked is None and path not in known), path)
        for layer in QgsProject.instance().mapLayers().values():
            if isinstance(layer, QgsRasterLayer):
                self._list(layer.name(), layer.id(), layer.id() in wanted, layer.source())
        self.layers.blockSignals(False)
        lines = min(LINES_SHOWN, max(1, self.layers.count()))  # the timeline needs the room more
        self.layers.setMaximumHeight(lines * (self.layers.fontMetrics().height() + 4) + 2 * self.layers.frameWidth())

    def sources(self) -> List[str]:
        """Absolute paths of folders, products and rasters. Whether they are there is for the worker to say.

        Raises:
            ValueError: if none is given, or a layer has no file that the engine can read; the message is a sentence.
        """
        found = [str(Path(self.folder.filePath()).absolute())] if self.folder.filePath() else []
        for item in self._items():
            if not _is_ticked(item):
                continue
            key = self._key(item)
            if key in self._files:
                found.append(key)
                continue
            layer = QgsProject.instance().mapLayer(key)
            if layer is None:
                raise ValueError(tr("The layer '{}' is no longer in the project.").format(item.text()))
            found.append(str(layers.raster_path(layer)))
        if not found:
            raise ValueError(tr("No images are given: choose a folder, or tick raster layers."))
        return list(dict.fromkeys(found))

    def values(self) -> Dict[str, Any]:
        """The choice, for the project to keep."""
        return {
            "folder": self.folder.filePath(),
            "files": list(self._files),
            "ticked": [self._key(item) for item in self._items() if _is_ticked(item)],
            "bands": self.bands.text(),
            "skip": self.timeline.skipped,
            "dates_of": self.timeline.moved,
        }

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Take a choice as `values` gives it; what is missing is empty."""
        self._files = texts(values.get("files"))
        self.folder.setFilePath(str(values.get("folder") or ""))
        self.bands.setText(str(values.get("bands") or ""))
        self._bands_before = self.bands.text()
        self.fill_layers(texts(values.get("ticked")))
        moved = values.get("dates_of")
        self.timeline.forget_choices()
        self.timeline.skip(texts(values.get("skip")), moved if isinstance(moved, dict) else {})
        self.changed.emit()

    def band_names(self) -> List[str]:
        """Names for rasters that do not name their bands."""
        return [name.strip() for name in self.bands.text().split(",") if name.strip()]

    def show_busy(self, is_busy: bool, text: str = "") -> None:
        """Tell that the acquisitions are being looked at, or what came of it."""
        self.busy.setVisible(is_busy)
        self.note.setText(text)

    def _items(self) -> List[QListWidgetItem]:
        return [self.layers.item(row) for row in range(self.layers.count())]

    def _choose_file(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(
            self, tr("Zipped products or rasters"), "", tr("Images") + " (*.zip *.tif *.tiff *.jp2 *.vrt)"
        )
        if paths:
            self._files = list(dict.fromkeys([*self._files, *(str(Path(path).absolute()) for path in paths)]))
            self.fill_layers()
            self._on_sources()

    def _key(self, item: Any) -> str:
        return str(item.data(Qt.ItemDataRole.UserRole))

    def _list(self, title: str, key: str, is_ticked: bool, tip: str) -> None:
        item = QListWidgetItem(title)
        item.setData(Qt.ItemDataRole.UserRole, key)
        item.setToolTip(tip)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked)
        self.layers.addItem(item)

    def _on_project(self, *_: Any) -> None:
        self._refill.start()

    def _on_layers(self) -> None:
        """Layers came or went; the timeline is another one only if a ticked one went."""
        before = [self._key(item) for item in self._items() if _is_ticked(item)]
        self.fill_layers()
        if before != [self._key(item) for item in self._items() if _is_ticked(item)]:
            self._on_sources()

    def _on_bands(self) -> None:
        """Leaving the field is no change."""
        if self.bands.text() != self._bands_before:
            self._bands_before = self.bands.text()
            self._on_sources()

    def _on_sources(self) -> None:
        self.timeline.forget_choices()
        self.changed.emit()

    def _on_rows(self) -> None:
        self.chart.show_rows(self.timeline.rows)
        used = sum(bool(row["used"]) for row in self.timeline.rows)
        if self.timeline.rowCount():
            self.note.setText(tr("{} of {} acquisitions are used").format(used, self.timeline.rowCount()))
        for column in (DATE, STATE):
            self.table.resizeColumnToContents(column)


def _is_ticked(item: Any) -> bool:
    return bool(item.checkState() == Qt.CheckState.Checked)


def texts(value: Any) -> List[str]:
    """A list of texts as a project's file may hold it; anything else is an empty one."""
    return [str(item) for item in value if isinstance(item, str)] if isinstance(value, list) else []
