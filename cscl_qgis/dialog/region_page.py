"""Where to map: all of the images, what the canvas shows, a layer's polygons, or a polygon drawn on the canvas."""

from __future__ import annotations

from typing import Any, List, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsMapLayerProxyModel,
    QgsPointXY,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsMapLayerComboBox, QgsMapTool, QgsRubberBand
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ..translation import tr

ALL, CANVAS, LAYER, DRAWN = "all", "canvas", "layer", "drawn"
"""Kinds of regions."""


class PolygonTool(QgsMapTool):
    """Draw one polygon: left clicks add corners, a right click or Return ends it, Escape gives it up."""

    drawn = pyqtSignal(QgsGeometry)

    def __init__(self, canvas: Any) -> None:
        super().__init__(canvas)
        self._band = QgsRubberBand(canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
        self._band.setColor(QColor(200, 85, 61, 90))
        self._band.setStrokeColor(QColor(200, 85, 61))
        self._corners: List[QgsPointXY] = []
        self.setCursor(Qt.CursorShape.CrossCursor)

    def canvasReleaseEvent(self, event: Any) -> None:
        """A corner, or the end."""
        if event.button() == Qt.MouseButton.RightButton:
            self._end()
            return
        self._corners.append(self.toMapCoordinates(event.pos()))
        self._show(self._corners)

    def canvasMoveEvent(self, event: Any) -> None:
        """The corner that would come next."""
        if self._corners:
            self._show([*self._corners, self.toMapCoordinates(event.pos())])

    def keyReleaseEvent(self, event: Any) -> None:
        """Return ends, Escape gives up."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._end()
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()

    def clear(self) -> None:
        """Forget what was drawn."""
        self._corners = []
        self._band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)

    def _show(self, corners: List[QgsPointXY]) -> None:
        self._band.setToGeometry(QgsGeometry.fromPolygonXY([corners]), None)

    def _end(self) -> None:
        corners, self._corners = self._corners, []
        if len(corners) >= 3:
            self._show(corners)
            self.drawn.emit(QgsGeometry.fromPolygonXY([corners]))
        else:
            self.clear()


class RegionPage(QWidget):
    """The choice of the region."""

    changed = pyqtSignal()

    def __init__(self, canvas: Any, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._drawn: Optional[QgsGeometry] = None
        self._drawn_crs: Optional[QgsCoordinateReferenceSystem] = None
        self._tool: Optional[PolygonTool] = None
        self._tool_before: Any = None
        self._buttons = QButtonGroup(self)
        layout = QVBoxLayout(self)
        self.radios = {
            ALL: QRadioButton(tr("The images' whole area")),
            CANVAS: QRadioButton(tr("What the map canvas shows")),
            LAYER: QRadioButton(tr("Polygons of a layer")),
            DRAWN: QRadioButton(tr("A polygon that I draw")),
        }
        self.layer = QgsMapLayerComboBox()
        self.layer.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.layer.setAllowEmptyLayer(True)
        self.selected_only = QCheckBox(tr("Selected features only"))
        self.draw = QPushButton(tr("Draw on the map..."))
        self.note = QLabel()
        self.note.setWordWrap(True)
        for kind, radio in self.radios.items():
            self._buttons.addButton(radio)
            radio.toggled.connect(self._on_toggled)
            layout.addWidget(radio)
            if kind == LAYER:
                line = QHBoxLayout()
                line.addSpacing(24)
                line.addWidget(self.layer, 1)
                line.addWidget(self.selected_only)
                layout.addLayout(line)
            elif kind == DRAWN:
                line = QHBoxLayout()
                line.addSpacing(24)
                line.addWidget(self.draw)
                line.addWidget(self.note, 1)
                layout.addLayout(line)
        layout.addStretch(1)
        self.layer.layerChanged.connect(lambda layer: self._on_toggled())
        self.selected_only.toggled.connect(lambda on: self._on_toggled())
        self.draw.clicked.connect(self.start_drawing)
        self.radios[ALL].setChecked(True)
        for kind in (CANVAS, DRAWN):
            self.radios[kind].setEnabled(canvas is not None)

    @property
    def kind(self) -> str:
        """Which of the four."""
        return next(kind for kind, radio in self.radios.items() if radio.isChecked())

    def set_kind(self, kind: str) -> None:
        """Choose one of the four."""
        self.radios.get(kind, self.radios[ALL]).setChecked(True)

    def polygons(self) -> Optional[QgsVectorLayer]:
        """The region as a layer of polygons in memory, the chosen layer itself, or None for the whole area.

        Raises:
            ValueError: if there is nothing to take; the message is a sentence.
        """
        if self.kind == ALL:
            return None
        if self.kind == CANVAS:
            extent = QgsGeometry.fromRect(self._canvas.extent())
            return memory_layer([extent], self._canvas.mapSettings().destinationCrs())
        if self.kind == DRAWN:
            if self._drawn is None or self._drawn_crs is None:
                raise ValueError(tr("No region has been drawn yet: click 'Draw on the map...'."))
            return memory_layer([self._drawn], self._drawn_crs)
        layer = self.layer.currentLayer()
        if layer is None:
            raise ValueError(tr("No layer is chosen for the region."))
        if not layer.crs().isValid():
            raise ValueError(tr("The layer '{}' has no coordinate system: assign one first.").format(layer.name()))
        if self.selected_only.isChecked():
            if not layer.selectedFeatureCount():
                raise ValueError(tr("No feature of the layer '{}' is selected.").format(layer.name()))
            return memory_layer([feature.geometry() for feature in layer.selectedFeatures()], layer.crs())
        if not layer.featureCount():
            raise ValueError(tr("The layer '{}' has no features.").format(layer.name()))
        return layer

    def start_drawing(self) -> None:
        """Hand the canvas over to the drawing tool."""
        self.radios[DRAWN].setChecked(True)
        if self._tool is None:
            self._tool = PolygonTool(self._canvas)
            self._tool.drawn.connect(self._on_drawn)
        self._tool.clear()
        self._tool_before = self._canvas.mapTool()
        self._canvas.setMapTool(self._tool)
        self.note.setText(tr("Click the corners on the map; a right click ends the polygon."))

    def stop_drawing(self) -> None:
        """Give the canvas back, and take away what was drawn on it."""
        if self._tool is not None:
            self._tool.clear()
            if self._canvas.mapTool() is self._tool:
                self._canvas.unsetMapTool(self._tool)
                if self._tool_before is not None:
                    self._canvas.setMapTool(self._tool_before)

    def _on_drawn(self, geometry: QgsGeometry) -> None:
        self._drawn, self._drawn_crs = geometry, self._canvas.mapSettings().destinationCrs()
        self._canvas.unsetMapTool(self._tool)
        if self._tool_before is not None:
            self._canvas.setMapTool(self._tool_before)
        self.note.setText(tr("A polygon with {} corners is drawn.").format(len(geometry.asPolygon()[0]) - 1))
        self._on_toggled()

    def _on_toggled(self, *_: Any) -> None:
        self.layer.setEnabled(self.kind == LAYER)
        self.selected_only.setEnabled(self.kind == LAYER)
        self.changed.emit()


def memory_layer(geometries: List[QgsGeometry], crs: QgsCoordinateReferenceSystem) -> QgsVectorLayer:
    """Polygons as a layer in memory."""
    layer = QgsVectorLayer("MultiPolygon", "region", "memory")
    layer.setCrs(crs)
    features = []
    for geometry in geometries:
        feature = QgsFeature()
        whole = QgsGeometry(geometry)
        whole.convertToMultiType()
        feature.setGeometry(whole)
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    return layer


def layer_to_file(layer: QgsVectorLayer, path: str) -> None:
    """Write a layer's features to a GeoPackage, in their own coordinate system.

    Raises:
        ValueError: if it cannot be written; the message is a sentence.
    """
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = "layer"
    context = QgsProject.instance().transformContext()
    writer = getattr(QgsVectorFileWriter, "writeAsVectorFormatV3", QgsVectorFileWriter.writeAsVectorFormatV2)
    code, *rest = writer(layer, path, context, options)
    if code != QgsVectorFileWriter.WriterError.NoError:
        raise ValueError(tr("The layer '{}' cannot be written: {}").format(layer.name(), rest[0] if rest else ""))
