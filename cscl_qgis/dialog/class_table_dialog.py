"""The window 'Class table': which classes each declared code may be; codes of the layer first, saved as CSV."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QIcon, QPixmap
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..class_tables import CodeRow, write_table
from ..translation import tr
from .colours import FAULT, readable
from .window import fit_to_screen, no_default_button

COLUMNS = ("Code", "Meaning", "Parcels", "Classes")
"""Colour of what is to be done."""


class ClassTableDialog(QDialog):
    """Edit a class table.

    Attributes:
        saved: path of the file that it was saved to; empty while it was not.
    """

    def __init__(self, listing: Mapping[str, Any], name: str, parent: Optional[QWidget] = None) -> None:
        """
        Args:
            listing: the worker's listing of a table: codes and classes.
            name: of the table, for the title and as a start for the file's name.
            parent: of the window.
        """
        super().__init__(parent)
        self.saved = ""
        self._name = name
        self.rows = [
            CodeRow(str(item["code"]), str(item["title"]), int(item["parcels"]), bool(item["listed"]),
                    [str(class_name) for class_name in item["classes"]])
            for item in listing.get("codes", [])
        ]  # fmt: skip
        self._classes: List[Mapping[str, Any]] = list(listing.get("classes", []))
        self._titles: Dict[str, str] = {str(entry["name"]): str(entry["title"]) for entry in self._classes}
        self._is_filling = False
        self.setWindowTitle(tr("Class table {}").format(Path(name).stem))
        layout = QVBoxLayout(self)
        self.find = QLineEdit()
        self.find.setPlaceholderText(tr("Find a code or a meaning"))
        self.find.setClearButtonEnabled(True)
        layout.addWidget(self.find)
        split = QSplitter()
        split.addWidget(self._make_table())
        split.addWidget(self._make_classes())
        split.setStretchFactor(0, 1)
        split.setSizes([620, 260])
        layout.addWidget(split, 1)
        self.note = QLabel()
        self.note.setWordWrap(True)
        layout.addWidget(self.note)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.save_button = buttons.addButton(tr("Save as..."), QDialogButtonBox.ButtonRole.ActionRole)
        layout.addWidget(buttons)
        buttons.rejected.connect(self.reject)
        self.save_button.clicked.connect(self._choose_file)
        self.find.textChanged.connect(self._on_find)
        self.table.currentCellChanged.connect(lambda *_: self._show_classes())
        self.classes.itemChanged.connect(lambda item: self._on_classes())
        self.untold.toggled.connect(self._on_untold)
        no_default_button(self)
        fit_to_screen(self, 900, 620)
        self._fill()
        self.table.resizeColumnToContents(0)
        self.table.setColumnWidth(0, min(self.table.columnWidth(0), 16 * self.fontMetrics().averageCharWidth()))
        if self.rows:
            self.table.setCurrentCell(0, 0)

    def _make_table(self) -> QTableWidget:
        self.table = QTableWidget(len(self.rows), len(COLUMNS))
        self.table.setAccessibleName(tr("Declared codes"))
        self.table.setHorizontalHeaderLabels([tr(title) for title in COLUMNS])
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.table.horizontalHeader()
        for column, mode in enumerate(("Interactive", "Stretch", "ResizeToContents", "Stretch")):
            header.setSectionResizeMode(column, getattr(QHeaderView.ResizeMode, mode))
        return self.table

    def _make_classes(self) -> QWidget:
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        self.head = QLabel()
        self.head.setWordWrap(True)
        self.untold = QCheckBox(tr("No class can be told from this code"))
        self.classes = QListWidget()
        self.classes.setAccessibleName(tr("Classes"))
        for entry in self._classes:
            title = str(entry["title"])
            item = QListWidgetItem(title if entry.get("known") else tr("{} (not in the model)").format(title))
            item.setData(Qt.ItemDataRole.UserRole, str(entry["name"]))
            item.setToolTip(item.text())
            colour = QPixmap(12, 12)
            colour.fill(QColor(str(entry["color"])))
            item.setIcon(QIcon(colour))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.classes.addItem(item)
        for widget in (self.head, self.classes, self.untold):
            layout.addWidget(widget)
        return side

    def _fill(self) -> None:
        for number in range(len(self.rows)):
            for column in range(len(COLUMNS)):
                item = QTableWidgetItem()
                if column == 2:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(number, column, item)
            self._show_row(number)
        self._say_missing()

    def _show_row(self, number: int) -> None:
        row = self.rows[number]
        titles = "; ".join(self._titles.get(name, name) for name in row.classes)
        if not row.is_listed:
            titles = tr("not in the table")
        elif not titles:
            titles = tr("no class")
        for column, text in enumerate((row.code, row.title, str(row.parcels or ""), titles)):
            item = self.table.item(number, column)
            item.setText(text)
            item.setToolTip(text)
        last = self.table.item(number, 3)
        last.setData(Qt.ItemDataRole.ForegroundRole, None if row.is_listed else QColor(readable(FAULT, self.table)))

    def _say_missing(self) -> None:
        used = [row for row in self.rows if row.parcels]
        missing = [row for row in used if not row.is_listed]
        if not used:
            self.note.setText(tr("The table has {} codes.").format(len(self.rows)))
        elif missing:
            self.note.setText(
                tr("{} of the layer's {} codes are not in the table: {}").format(
                    len(missing), len(used), ", ".join(row.code for row in missing[:10])
                )
            )
        else:
            self.note.setText(tr("All {} codes of the layer are in the table.").format(len(used)))

    @property
    def chosen(self) -> Optional[CodeRow]:
        """The code whose classes are shown."""
        number = self.table.currentRow()
        return self.rows[number] if 0 <= number < len(self.rows) else None

    def _show_classes(self) -> None:
        row = self.chosen
        self.classes.setEnabled(row is not None)
        self.untold.setEnabled(row is not None)
        if row is None:
            return
        self._is_filling = True
        self.head.setText(" ".join(part for part in (row.code, row.title) if part))
        for number in range(self.classes.count()):
            item = self.classes.item(number)
            is_checked = item.data(Qt.ItemDataRole.UserRole) in row.classes
            item.setCheckState(Qt.CheckState.Checked if is_checked else Qt.CheckState.Unchecked)
        self.untold.setChecked(row.is_listed and not row.classes)
        self._is_filling = False

    def _on_classes(self) -> None:
        row = self.chosen
        if self._is_filling or row is None:
            return
        items = [self.classes.item(number) for number in range(self.classes.count())]
        row.classes = [
            str(item.data(Qt.ItemDataRole.UserRole)) for item in items if item.checkState() == Qt.CheckState.Checked
        ]
        row.is_listed = bool(row.classes)
        self._after_change()

    def _on_untold(self, is_untold: bool) -> None:
        row = self.chosen
        if self._is_filling or row is None:
            return
        row.classes, row.is_listed = [], is_untold
        self._after_change()

    def _after_change(self) -> None:
        self._show_row(self.table.currentRow())
        self._show_classes()
        self._say_missing()

    def _on_find(self, text: str) -> None:
        words = text.casefold()
        for number, row in enumerate(self.rows):
            self.table.setRowHidden(number, words not in f"{row.code} {row.title}".casefold())

    def _choose_file(self) -> None:
        start = self._name if os.path.isabs(self._name) else str(Path.home() / f"{self._name}_own.csv")
        path, _ = QFileDialog.getSaveFileName(self, tr("Save the class table"), start, tr("Tables") + " (*.csv)")
        if path:
            self.save(Path(path if path.lower().endswith(".csv") else f"{path}.csv"))

    def save(self, path: Path) -> None:
        """Write the table and close; if it cannot be written, say so and stay open."""
        if not any(row.is_listed for row in self.rows):
            self.note.setText(tr("No code has a class yet: tick one first."))
            return
        try:
            write_table(path, self.rows)
        except OSError as error:
            self.note.setText(tr("{} cannot be written: {}").format(path, error.strerror or error))
            return
        self.saved = str(path)
        self.accept()
