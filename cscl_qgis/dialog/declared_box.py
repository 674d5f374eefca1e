"""The declared crop of parcels: its field, and the class table that says what its codes mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

from qgis.gui import QgsFieldComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QFileDialog, QFormLayout, QHBoxLayout, QPushButton, QWidget

from ..class_tables import known_tables
from ..translation import tr


class DeclaredBox(QWidget):
    """Field and class table; rows are added to the form of the parcels."""

    changed = pyqtSignal()
    edit_wanted = pyqtSignal()
    """The chosen table is to be edited."""

    def __init__(self, crop_tip: str = "", table_tip: str = "", parent: Optional[QWidget] = None) -> None:
        """
        Args:
            crop_tip: what the field is for; that of a map's parcels if empty.
            table_tip: what the class table is for; likewise.
            parent: of the widget.
        """
        super().__init__(parent)
        self.crop = QgsFieldComboBox()
        self.crop.setAllowEmptyFieldName(True)
        self.crop.setToolTip(crop_tip or tr("Shown beside what grows there; the map is made without it."))
        self.table = QComboBox()
        self.table.setToolTip(
            table_tip
            or tr(
                "Says which classes a declared code may be. With it the table of parcels tells whether they were found."
            )
        )
        self.table.addItem(tr("None"), "")
        for name, title in known_tables():
            self.table.addItem(tr(title), name)
        self.open = QPushButton(tr("Open..."))
        self.open.setToolTip(tr("A CSV file with the columns source_code and name."))
        self.edit = QPushButton(tr("Edit..."))
        self.edit.setToolTip(tr("Which classes each declared code may be; saved as a table of your own."))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.table, 1)
        line.addWidget(self.open)
        line.addWidget(self.edit)
        self.crop.fieldChanged.connect(lambda *_: self._on_change())
        self.table.currentIndexChanged.connect(lambda *_: self._on_change())
        self.open.clicked.connect(self._choose_file)
        self.edit.clicked.connect(self.edit_wanted)
        self._on_change()

    def add_to(self, form: QFormLayout) -> None:
        """Add the two rows."""
        form.addRow(tr("&Declared crop"), self.crop)
        form.addRow(tr("Class &table"), self)

    def set_layer(self, layer: Any) -> None:
        """Take the parcels' layer, None for none."""
        self.crop.setLayer(layer)
        self.crop.setEnabled(layer is not None)
        self._on_change()

    @property
    def field(self) -> str:
        """The field of the declared crop; empty for none."""
        return str(self.crop.currentField()) if self.crop.isEnabled() else ""

    @property
    def class_table(self) -> str:
        """Name or path of the class table; empty for none."""
        return str(self.table.currentData() or "")

    def values(self) -> Dict[str, Any]:
        """The request's settings: both or none."""
        is_whole = bool(self.field and self.class_table)
        return {"declared": self.field if is_whole else "", "class_table": self.class_table if is_whole else ""}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Take the field `crop` and the table; what is not there any more becomes none."""
        self.crop.setField(str(values.get("crop") or ""))
        self.set_table(str(values.get("class_table") or ""))

    def set_table(self, name: str) -> None:
        """Choose a table by its name or path; a file that is gone is none."""
        if os.path.isabs(name) and self.table.findData(name) < 0 and Path(name).is_file():
            self.table.addItem(Path(name).name, name)
        self.table.setCurrentIndex(max(0, self.table.findData(name)))

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Open a class table"), "", tr("Tables") + " (*.csv *.CSV)")
        if path:
            self.set_table(os.path.abspath(path))

    def _on_change(self) -> None:
        has_field = bool(self.field)
        for widget in (self.table, self.open):
            widget.setEnabled(has_field)
        self.edit.setEnabled(has_field and bool(self.class_table))
        self.changed.emit()
