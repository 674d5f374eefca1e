"""Parcels, outputs and settings of a map."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from qgis.core import QgsMapLayerProxyModel, QgsProject, QgsVectorLayer
from qgis.gui import QgsCollapsibleGroupBox, QgsFieldComboBox, QgsFileWidget, QgsMapLayerComboBox
from qgis.PyQt.QtCore import QDate, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from .._engine import protocol
from ..translation import tr
from .declared_box import DeclaredBox
from .settings_values import as_int, as_number

PROBABILITIES = (("", "None"), ("input", "On the images' grid"), ("fine", "On the fine grid"))


class OutputPage(QWidget):
    """What is made, where it goes, and how."""

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.addLayout(self._outputs())
        layout.addWidget(self._parcels())
        layout.addWidget(self._clouds())
        layout.addWidget(self._engine())
        layout.addStretch(1)
        self._on_layer(self.parcels.currentLayer())
        self.parcels.layerChanged.connect(self._on_layer)
        self.folder.fileChanged.connect(lambda path: self.changed.emit())
        signals = (self.probabilities.currentIndexChanged, self.embeddings.toggled, self.inner_buffer.valueChanged)
        for signal in (*signals, self.fields.toggled, self.parcel_id.fieldChanged, self.declared.changed):
            signal.connect(lambda *_: self.changed.emit())

    def _outputs(self) -> QFormLayout:
        form = QFormLayout()
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.lineEdit().setPlaceholderText(tr("Folder for the results"))
        form.addRow(tr("&Results in"), self.folder)
        self.fields = QCheckBox(tr("Cut the map into fields"))
        self.fields.setToolTip(
            tr(
                "For ground where no parcels are at hand: outlines of the fields that the boundary layer encloses, and "
                "the map with one crop for each."
            )
        )
        form.addRow("", self.fields)
        self.probabilities = QComboBox()
        for value, text in PROBABILITIES:
            self.probabilities.addItem(tr(text), value)
        self.probabilities.setToolTip(tr("A raster with the probability of each class, one band a class."))
        form.addRow(tr("Class &probabilities"), self.probabilities)
        self.embeddings = QCheckBox(tr("Write the network's embedding"))
        self.embeddings.setToolTip(tr("Where the model gives one: a raster with what the network sees, for research."))
        form.addRow("", self.embeddings)
        return form

    def _parcels(self) -> QWidget:
        box = QgsCollapsibleGroupBox(tr("Parcels"))
        form = QFormLayout(box)
        self.parcels = QgsMapLayerComboBox()
        self.parcels.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.parcels.setAllowEmptyLayer(True)
        self.parcels.setCurrentIndex(0)
        self.parcel_id = QgsFieldComboBox()
        self.parcel_id.setToolTip(tr("Names a parcel in the table, each once. Empty: the layer's own feature numbers."))
        self.parcel_id.setAllowEmptyFieldName(True)
        self.declared = DeclaredBox()
        self.inner_buffer = _number(protocol.DEFAULT_INNER_BUFFER_M, 0, 1000, " m")
        self.inner_buffer.setToolTip(tr("Cells nearer to a parcel's edge do not count for it."))
        form.addRow(tr("&Layer"), self.parcels)
        form.addRow(tr("&Id"), self.parcel_id)
        self.declared.add_to(form)
        form.addRow(tr("Inner &buffer"), self.inner_buffer)
        return box

    def _clouds(self) -> QWidget:
        box = QgsCollapsibleGroupBox(tr("Clouds and season"))
        form = QFormLayout(box)
        self.min_clear = _number(100 * protocol.DEFAULT_MIN_CLEAR, 0, 100, " %")
        self.min_clear.setToolTip(tr("Dates with a smaller clear share in the region are left out."))
        self.cloud_buffer = _number(0, 0, 5000, " m")
        self.cloud_buffer.setToolTip(tr("Clouds and shadows are grown by this."))
        line = QHBoxLayout()
        self.is_until = QCheckBox(tr("only images until"))
        self.until = QDateEdit(QDate.currentDate())
        self.until.setCalendarPopup(True)
        self.until.setAccessibleName(tr("only images until"))
        self.until.setDisplayFormat("yyyy-MM-dd")
        self.until.setEnabled(False)
        self.is_until.toggled.connect(self.until.setEnabled)
        line.addWidget(self.is_until)
        line.addWidget(self.until)
        line.addStretch(1)
        form.addRow(tr("Least &clear share"), self.min_clear)
        form.addRow(tr("Grow &what is not clear"), self.cloud_buffer)
        form.addRow(tr("Season"), line)
        for signal in (self.min_clear.valueChanged, self.cloud_buffer.valueChanged, self.is_until.toggled):
            signal.connect(lambda *_: self.changed.emit())
        self.until.dateChanged.connect(lambda day: self.changed.emit())
        return box

    def _engine(self) -> QWidget:
        box = QgsCollapsibleGroupBox(tr("Computer"))
        box.setCollapsed(True)
        form = QFormLayout(box)
        self.device = QComboBox()
        self.device.addItems(list(protocol.DEVICES))
        self.device.setToolTip(tr("auto takes the best that works here; which and why is told before the run."))
        self.memory = _number(protocol.DEFAULT_MEMORY_GIB, 0.25, 4096, " GiB")
        self.memory.setToolTip(tr("Tiles are chosen so that the run stays below this."))
        self.threads = QSpinBox()
        self.threads.setRange(0, 1024)
        self.threads.setSpecialValueText(tr("all"))
        self.spare_core = QCheckBox(tr("Leave one core to QGIS"))
        self.spare_core.setChecked(True)
        form.addRow(tr("De&vice"), self.device)
        form.addRow(tr("&Memory limit"), self.memory)
        form.addRow(tr("&Threads"), self.threads)
        form.addRow("", self.spare_core)
        signals = (self.device.currentIndexChanged, self.memory.valueChanged, self.threads.valueChanged)
        for signal in (*signals, self.spare_core.toggled):
            signal.connect(lambda *_: self.changed.emit())
        return box

    def values(self) -> Dict[str, Any]:
        """Settings by the request's names; parcels, crop and folder are not among them."""
        return {
            "probabilities": self.probabilities.currentData(),
            "embeddings": self.embeddings.isChecked(),
            "fields": self.fields.isChecked(),
            "parcel_id": self.parcel_id.currentField(),
            "inner_buffer_m": self.inner_buffer.value(),
            **self.declared.values(),
            "min_clear": round(self.min_clear.value() / 100, 4),
            "cloud_buffer_m": self.cloud_buffer.value(),
            "until": self.until.date().toString("yyyy-MM-dd") if self.is_until.isChecked() else "",
            "device": self.device.currentText(),
            "memory_gib": self.memory.value(),
            "threads": self.threads.value(),
            "spare_core": self.spare_core.isChecked(),
        }

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Take settings as `values` gives them; those that are missing, or no longer fit, get their defaults."""
        self.probabilities.setCurrentIndex(max(0, self.probabilities.findData(values.get("probabilities", ""))))
        self.embeddings.setChecked(values.get("embeddings") is True)
        self.fields.setChecked(values.get("fields") is True)
        self.inner_buffer.setValue(as_number(values, "inner_buffer_m", protocol.DEFAULT_INNER_BUFFER_M))
        self.min_clear.setValue(100 * as_number(values, "min_clear", protocol.DEFAULT_MIN_CLEAR))
        self.cloud_buffer.setValue(as_number(values, "cloud_buffer_m", 0.0))
        day = QDate.fromString(str(values.get("until", "")), "yyyy-MM-dd")
        self.is_until.setChecked(day.isValid())
        if day.isValid():
            self.until.setDate(day)
        self.device.setCurrentIndex(max(0, self.device.findText(str(values.get("device", "auto")))))
        self.memory.setValue(as_number(values, "memory_gib", protocol.DEFAULT_MEMORY_GIB))
        self.threads.setValue(as_int(values, "threads", 0))
        self.spare_core.setChecked(values.get("spare_core") is not False)
        self.folder.setFilePath(str(values.get("out") or ""))
        self.parcels.setLayer(QgsProject.instance().mapLayer(str(values.get("parcels") or "")))
        self.parcel_id.setField(str(values.get("parcel_id") or ""))
        self.declared.set_values(values)

    @property
    def crop(self) -> QgsFieldComboBox:
        """The parcels' field of the declared crop."""
        return self.declared.crop

    @property
    def parcel_layer(self) -> Optional[QgsVectorLayer]:
        """The layer of parcels; None for none."""
        return self.parcels.currentLayer()

    def _on_layer(self, layer: Any) -> None:
        self.parcel_id.setLayer(layer)
        self.parcel_id.setEnabled(layer is not None)
        self.declared.set_layer(layer)
        self.inner_buffer.setEnabled(layer is not None)
        self.changed.emit()


def _number(value: float, low: float, high: float, unit: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(low, high)
    box.setDecimals(2 if high > 1000 else 1)
    box.setSuffix(unit)
    box.setValue(value)
    return box
