"""The declared parcels that a model learns from: layer, fields, class table, and what their codes come to."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from qgis.core import QgsMapLayerProxyModel, QgsProject, QgsVectorLayer
from qgis.gui import QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from ..layer_files import LayerFile
from ..translation import tr
from .codes_table import CodesTable
from .declared_box import DeclaredBox

NO_YEAR = 1900
"""Stands for no year in the field of the harvest year."""


class ParcelsPage(QWidget):
    """Parcels above, their codes below."""

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        form = QFormLayout()
        self.layer_box = QgsMapLayerComboBox()
        self.layer_box.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.layer_box.setAllowEmptyLayer(True)
        self.layer_box.setCurrentIndex(0)
        self.layer_box.setToolTip(tr("Outlines of declared fields, as the layer shows them: a filter on it counts."))
        self.declared = DeclaredBox(
            tr("Holds each parcel's crop code, as the class table lists them."),
            tr("Maps the codes onto the classes that the model learns."),
        )
        self.parcel_id = QgsFieldComboBox()
        self.parcel_id.setAllowEmptyFieldName(True)
        self.parcel_id.setToolTip(tr("Different for each parcel, so that reports can name them. Empty: numbered."))
        self.year = QSpinBox()
        self.year.setRange(NO_YEAR, 2200)
        self.year.setSpecialValueText(tr("not given"))
        self.year.setToolTip(tr("Kept with the data set, and told on the model's card."))
        self.outside = QComboBox()
        for value, text in (
            ("", tr("Choose...")),
            ("background", tr("No field: the layer holds every field of the images' ground")),
            ("ignore", tr("Not known: the layer holds only some of the fields")),
        ):
            self.outside.addItem(text, value)
        # the longest choice must not widen the window
        self.outside.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.outside.setMinimumContentsLength(20)
        self.outside.setToolTip(tr("A wrong choice teaches the model that fields are none."))
        form.addRow(tr("&Layer"), self.layer_box)
        self.declared.add_to(form)
        form.addRow(tr("&Id"), self.parcel_id)
        form.addRow(tr("Harvest &year"), self.year)
        form.addRow(tr("&Outside of all parcels"), self.outside)
        layout.addLayout(form)
        self.codes = CodesTable()
        layout.addWidget(self.codes, 1)
        self.layer_box.layerChanged.connect(self._on_layer)
        signals = (self.parcel_id.fieldChanged, self.year.valueChanged, self.outside.currentIndexChanged)
        for signal in (*signals, self.declared.changed):
            signal.connect(lambda *_: self.changed.emit())
        self._on_layer(self.layer_box.currentLayer())

    @property
    def layer(self) -> Optional[QgsVectorLayer]:
        """The layer of parcels; None for none."""
        return self.layer_box.currentLayer()

    def parcels(self) -> LayerFile:
        """The parcels as they are shown now, with a field of codes and a class table chosen.

        Raises:
            ValueError: naming what is missing; the message is a sentence.
        """
        if self.layer is None:
            raise ValueError(tr("No parcels are given: choose their layer on page 2."))
        if not self.declared.field:
            raise ValueError(tr("Choose the field of the parcels that holds the crop code, on page 2."))
        if not self.declared.class_table:
            raise ValueError(tr("Choose the class table that says what the crop codes mean, on page 2."))
        return LayerFile(self.layer, "parcels")

    def settings(self) -> Dict[str, Any]:
        """The choice by the names of DatasetSettings, but for the parcels' file.

        Raises:
            ValueError: naming what is missing; the message is a sentence.
        """
        self.parcels()
        if not self.codes.is_taught:
            told = tr("None of the codes in the field '{}' has a class in the table {}: see page 2.")
            raise ValueError(told.format(self.declared.field, self.declared.table.currentText()))
        if not self.outside.currentData():
            raise ValueError(
                tr(
                    "Choose what lies outside of all parcels, on page 2: fields that are not in the layer must not "
                    "be taught as ground without any."
                )
            )
        return {
            "crop_field": self.declared.field,
            "id_field": str(self.parcel_id.currentField()) or None,
            "year": self.year.value() if self.year.value() > NO_YEAR else None,
            "classes": self.declared.class_table,
            "outside_parcels": str(self.outside.currentData()),
        }

    def values(self) -> Dict[str, Any]:
        """The choice, for the project to keep."""
        return {
            "parcels": self.layer.id() if self.layer is not None else "",
            "crop": self.declared.field,
            "class_table": self.declared.class_table,
            "parcel_id": str(self.parcel_id.currentField()),
            "year": self.year.value(),
            "outside": str(self.outside.currentData()),
        }

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Take a choice as `values` gives it; what is missing, or no longer fits, gets its default."""
        self.layer_box.setLayer(QgsProject.instance().mapLayer(str(values.get("parcels") or "")))
        self.declared.set_values(values)
        self.parcel_id.setField(str(values.get("parcel_id") or ""))
        year = values.get("year")
        self.year.setValue(year if isinstance(year, int) and not isinstance(year, bool) else NO_YEAR)
        self.outside.setCurrentIndex(max(0, self.outside.findData(str(values.get("outside") or ""))))

    def _on_layer(self, layer: Any) -> None:
        self.parcel_id.setLayer(layer)
        self.parcel_id.setEnabled(layer is not None)
        self.declared.set_layer(layer)
        self.changed.emit()
