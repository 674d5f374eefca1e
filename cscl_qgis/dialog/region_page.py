"""Where to map: all of the images, what the canvas shows, a layer's polygons, or a polygon drawn on the canvas."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsMapLayerProxyModel,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsMapLayerComboBox, QgsMapTool, QgsRubberBand
from qgis.PyQt import sip
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

from ..layer_files import LayerFile, polygon_file
from ..translation import tr

ALL, CANVAS, LAYER, DRAWN = "all", "canvas", "layer", "drawn"
"""Kinds of regions."""


class PolygonTool(QgsMapTool):
    """Draw one polygon: left clicks add corners, a right click or Return ends it, Escape gives it up."""

    drawn = pyqtSignal(QgsGeometry)
    given_up = pyqtSignal()

    def __init__(self, canvas: Any) -> None:
        super().__init__(canvas)
        self._canvas = canvas
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
        self._corners.append(self.toMapCoordinates(event.pixelPoint()))
        self._show(self._corners)

    def canvasMoveEvent(self, event: Any) -> None:
        """The corner that would come next."""
        if self._corners:
            self._show([*self._corners, self.toMapCoordinates(event.pixelPoint())])

    def keyReleaseEvent(self, event: Any) -> None:
        """Return ends, Escape gives up."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._end()
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.given_up.emit()

    def clear(self) -> None:
        """Forget what was drawn."""
        self._corners = []
        self._band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)

    def remove(self) -> None:
        """Take away what was drawn, and the tool; it cannot be used any more."""
        self.clear()
        self._canvas.scene().removeItem(self._band)
        self.deleteLater()

    def _show(self, corners: List[QgsPointXY]) -> None:
        self._band.setToGeometry(QgsGeometry.fromPolygonXY([corners]), None)

    def _end(self) -> None:
        corners, self._corners = self._corners, []
        if len(corners) >= 3:
            self._show(corners)
            self.drawn.emit(QgsGeometry.fromPolygonXY([corners]))
        else:
            self.clear()
            self.given_up.emit()


class RegionPage(QWidget):
    """The choice of the region."""

    changed = pyqtSignal()
    drawing = pyqtSignal(bool)
    """The canvas is drawn on (the window should not hide it), or no longer."""

    def __init__(self, canvas: Any, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._drawn: Optional[QgsGeometry] = None
        self._drawn_crs: Optional[QgsCoordinateReferenceSystem] = None
        self._tool: Optional[PolygonTool] = None
        self._tool_before: Any = None
        self._watched: Optional[QgsVectorLayer] = None
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
        self.radios[ALL].setChecked(True)
        self.layer.layerChanged.connect(self._on_layer)
        self._on_layer(self.layer.currentLayer())
        self.selected_only.toggled.connect(lambda on: self._on_toggled())
        self.draw.clicked.connect(self.start_drawing)
        for kind in (CANVAS, DRAWN):
            self.radios[kind].setEnabled(canvas is not None)
        self.draw.setEnabled(canvas is not None)
        self.layer.setAccessibleName(tr("Polygons of a layer"))
        if canvas is not None:
            canvas.extentsChanged.connect(self._on_canvas)

    @property
    def kind(self) -> str:
        """Which of the four."""
        return next((kind for kind, radio in self.radios.items() if radio.isChecked()), ALL)

    def set_kind(self, kind: str) -> None:
        """Choose one of the four."""
        self.radios.get(kind, self.radios[ALL]).setChecked(True)

    def polygons(self) -> Optional[LayerFile]:
        """The region as it is now, or None for the whole area.

        Raises:
            ValueError: if there is nothing to take; the message is a sentence.
        """
        if self.kind == ALL:
            return None
        if self.kind == CANVAS:
            extent = QgsGeometry.fromRect(self._canvas.extent())
            return polygon_file(extent, self._canvas.mapSettings().destinationCrs(), "region")
        if self.kind == DRAWN:
            if self._drawn is None or self._drawn_crs is None:
                raise ValueError(tr("No region has been drawn yet: click 'Draw on the map...'."))
            return polygon_file(self._drawn, self._drawn_crs, "region")
        layer = self.layer.currentLayer()
        if layer is None:
            raise ValueError(tr("No layer is chosen for the region."))
        if self.selected_only.isChecked():
            if not layer.selectedFeatureCount():
                raise ValueError(tr("No feature of the layer '{}' is selected.").format(layer.name()))
            return LayerFile(layer, "region", layer.selectedFeatureIds())
        return LayerFile(layer, "region")

    def values(self) -> Dict[str, Any]:
        """The choice, for the project to keep."""
        layer = self.layer.currentLayer()
        drawn = self._drawn is not None and self._drawn_crs is not None
        return {
            "region": self.kind,
            "region_layer": layer.id() if layer is not None else "",
            "region_selected": self.selected_only.isChecked(),
            "region_drawn": self._drawn.asWkt(6) if drawn else "",
            "region_drawn_crs": self._drawn_crs.toWkt() if drawn else "",
        }

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Take a choice as `values` gives it; what is missing is the default."""
        self.layer.setLayer(QgsProject.instance().mapLayer(str(values.get("region_layer", ""))))
        self.selected_only.setChecked(values.get("region_selected") is True)
        geometry = QgsGeometry.fromWkt(str(values.get("region_drawn", "")))
        crs = QgsCoordinateReferenceSystem.fromWkt(str(values.get("region_drawn_crs", "")))
        is_drawn = not geometry.isNull() and crs.isValid()
        self._drawn, self._drawn_crs = (geometry, crs) if is_drawn else (None, None)
        self.note.setText(tr("A polygon is drawn.") if is_drawn else "")
        self.set_kind(str(values.get("region", ALL)))

    def start_drawing(self) -> None:
        """Hand the canvas over to the drawing tool."""
        self.radios[DRAWN].setChecked(True)
        if self._tool is None:
            self._tool = PolygonTool(self._canvas)
            self._tool.drawn.connect(self._on_drawn)
            self._tool.given_up.connect(self._give_back)
            self._tool.deactivated.connect(self._on_deactivated)
        self._tool.clear()
        if self._canvas.mapTool() is not self._tool:
            self._tool_before = self._canvas.mapTool()
        self._canvas.setMapTool(self._tool)
        self._canvas.setFocus()
        self.note.setText(tr("Click the corners on the map; a right click ends the polygon, Escape gives it up."))
        self.drawing.emit(True)

    def stop_drawing(self) -> None:
        """Give the canvas back, and take away what was drawn on it; the polygon is kept."""
        tool = self._tool
        if tool is not None:
            tool.blockSignals(True)  # the window is closing: it must not come back
            self._give_back()
            self._tool = None
            tool.remove()

    def _give_back(self) -> None:
        before, self._tool_before = self._tool_before, None
        if self._tool is not None and self._canvas.mapTool() is self._tool:
            self._canvas.unsetMapTool(self._tool)
            if before is not None and not sip.isdeleted(before):
                self._canvas.setMapTool(before)

    def _on_deactivated(self) -> None:
        if self._drawn is None:
            self.note.setText("")
        self.drawing.emit(False)

    def _on_drawn(self, geometry: QgsGeometry) -> None:
        self._drawn, self._drawn_crs = geometry, self._canvas.mapSettings().destinationCrs()
        self.note.setText(tr("A polygon is drawn."))
        self._give_back()
        self.changed.emit()

    def _on_canvas(self) -> None:
        if self.kind == CANVAS:
            self.changed.emit()

    def _on_layer(self, layer: Any) -> None:
        """The selection counts, so it is followed."""
        if self._watched is not None and not sip.isdeleted(self._watched):
            self._watched.selectionChanged.disconnect(self._on_selection)
        self._watched = layer
        if layer is not None:
            layer.selectionChanged.connect(self._on_selection)
        self._on_toggled()

    def _on_selection(self, *_: Any) -> None:
        if self.kind == LAYER and self.selected_only.isChecked():
            self.changed.emit()

    def _on_toggled(self, *_: Any) -> None:
        self.layer.setEnabled(self.kind == LAYER)
        self.selected_only.setEnabled(self.kind == LAYER)
        self.changed.emit()
