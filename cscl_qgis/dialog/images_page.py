"""Which images: layers of the project, a folder, a product or its zip; and the timeline of what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Optional

from qgis.core import QgsProject, QgsRasterLayer
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
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
from .timeline import DATE, STATE, SeasonChart, TimelineModel


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
        self.zip = QPushButton(tr("Add a zip or a file..."))
        line = QHBoxLayout()
        label = QLabel(tr("&Folder"))
        label.setBuddy(self.folder.lineEdit())
        line.addWidget(label)
        line.addWidget(self.folder, 1)
        line.addWidget(self.zip)
        layout.addLayout(line)
        self.layers = QListWidget()
        self.layers.setMaximumHeight(90)
        self.layers.setAccessibleName(tr("Raster layers of the project"))
        layout.addWidget(QLabel(tr("Or raster layers of the project:")))
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
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setAccessibleName(tr("Acquisitions"))
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
        self.fill_layers()
        self.folder.fileChanged.connect(lambda path: self._on_sources())
        self.layers.itemChanged.connect(lambda item: self._on_sources())
        self.bands.editingFinished.connect(self._on_sources)
        self.zip.clicked.connect(self._choose_file)
        self.timeline.modelReset.connect(self._on_rows)
        self.timeline.changed.connect(self._on_rows)

    def fill_layers(self) -> None:
        """List the raster layers of the project; those that were ticked stay so."""
        ticked = {item.data(Qt.ItemDataRole.UserRole) for item in self._items() if _is_ticked(item)}
        self.layers.blockSignals(True)
        self.layers.clear()
        for layer in QgsProject.instance().mapLayers().values():
            if isinstance(layer, QgsRasterLayer):
                item = QListWidgetItem(layer.name())
                item.setData(Qt.ItemDataRole.UserRole, layer.id())
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked if layer.id() in ticked else Qt.CheckState.Unchecked)
                self.layers.addItem(item)
        self.layers.blockSignals(False)

    def sources(self) -> List[str]:
        """Absolute paths of folders, products and rasters.

        Raises:
            ValueError: if none is given, or a layer has no file that the engine can read; the message is a sentence.
        """
        found = [str(Path(self.folder.filePath()).absolute())] if self.folder.filePath() else []
        found += self._files
        for item in self._items():
            if _is_ticked(item):
                layer = QgsProject.instance().mapLayer(item.data(Qt.ItemDataRole.UserRole))
                if layer is None:
                    raise ValueError(tr("The layer '{}' is no longer in the project.").format(item.text()))
                found.append(str(layers.raster_path(layer)))
        for path in found:
            if not Path(path).exists():
                raise ValueError(tr("There is no file or folder {}.").format(path))
        if not found:
            raise ValueError(tr("No images are given: choose a folder, or tick raster layers."))
        return list(dict.fromkeys(found))

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
        from qgis.PyQt.QtWidgets import QFileDialog

        paths, _ = QFileDialog.getOpenFileNames(
            self, tr("Zipped products or rasters"), "", tr("Images") + " (*.zip *.tif *.tiff *.jp2 *.vrt)"
        )
        if paths:
            self._files = [str(Path(path).absolute()) for path in paths]
            self.zip.setText(tr("{} files").format(len(paths)))
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
