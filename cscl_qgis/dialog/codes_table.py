"""The crop codes of declared parcels: how many parcels and how much ground each has, and its class."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QIcon, QPixmap
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..translation import tr
from .colours import FAULT, readable

COLUMNS = ("Code", "Meaning", "Parcels", "Area (ha)", "Class")
CODE, MEANING, PARCELS, AREA, CLASS = range(5)
NO_CROPS = ("background", "other")
"""Classes that no limit is for."""
MOST_NAMED = 8
"""Codes that the note names."""


class CodesTable(QWidget):
    """The table, and a note with what it comes to."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.rows: List[Mapping[str, Any]] = []
        """The codes that parcels have, as the worker lists them."""
        self._titles: Dict[str, str] = {}
        self._undeclared = 0
        self._limit_ha = 0.0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setAccessibleName(tr("Crop codes of the parcels"))
        self.table.setHorizontalHeaderLabels([tr(title) for title in COLUMNS])
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)  # or the keyboard does not leave it
        self.table.setMinimumHeight(8 * self.fontMetrics().height())
        header = self.table.horizontalHeader()
        for column, mode in enumerate(("Interactive", "Stretch", "ResizeToContents", "ResizeToContents", "Stretch")):
            header.setSectionResizeMode(column, getattr(QHeaderView.ResizeMode, mode))
        layout.addWidget(self.table, 1)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.hide()
        layout.addWidget(self.busy)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.note)

    @property
    def areas(self) -> Dict[str, float]:
        """Hectares of each crop that is learned, by the name of its class."""
        areas: Dict[str, float] = {}
        for row in self.rows:
            if len(row["classes"]) == 1 and row["classes"][0] not in NO_CROPS:
                areas[row["classes"][0]] = areas.get(row["classes"][0], 0.0) + float(row["area_ha"])
        return areas

    @property
    def rare(self) -> List[str]:
        """Titles of crops with less ground than the limit: they are taught as "other"."""
        return [self._titles.get(name, name) for name, area in self.areas.items() if area < self._limit_ha]

    @property
    def is_all_rare(self) -> bool:
        """True if no crop is left to learn."""
        return bool(self.rare) and len(self.rare) == len(self.areas)

    def set_limit(self, hectares: float) -> None:
        """Crops with less ground than this to train on are taught as "other"."""
        if hectares != self._limit_ha:
            self._limit_ha = hectares
            if self.rows:
                self._show_note()

    @property
    def is_taught(self) -> bool:
        """True if at least one code becomes a class, or none has been listed yet."""
        return not self.rows or any(len(row["classes"]) == 1 for row in self.rows)

    def show_busy(self, text: str) -> None:
        """The codes are being read."""
        self.busy.show()
        self.note.setText(text)

    def show_none(self, reason: str = "") -> None:
        """There are no codes to show, and why."""
        self.rows = []
        self.table.setRowCount(0)
        self.busy.hide()
        self.note.setText(reason)

    def show_listing(self, listing: Mapping[str, Any]) -> None:
        """Show what the worker lists for a class table and the parcels."""
        self.busy.hide()
        entries: Dict[str, Mapping[str, Any]] = {str(item["name"]): item for item in listing.get("classes", [])}
        self._titles = {name: str(entry["title"]) for name, entry in entries.items()}
        self._undeclared = int(listing.get("undeclared", 0))
        self.rows = [row for row in listing.get("codes", []) if row["parcels"]]
        self.table.setRowCount(len(self.rows))
        fault = readable(FAULT, self.table)
        for number, row in enumerate(self.rows):
            for column in range(len(COLUMNS)):
                self.table.setItem(number, column, _cell(row, column, entries, fault))
        self.table.setColumnHidden(MEANING, not any(row["title"] for row in self.rows))
        self.table.resizeColumnToContents(CODE)
        widest = 40 * self.fontMetrics().averageCharWidth()
        self.table.setColumnWidth(CODE, min(self.table.columnWidth(CODE), widest))
        self._show_note()

    def _show_note(self) -> None:
        parts, rare = [_summary(self.rows, self._undeclared)], self.rare
        if rare:
            told = tr("With less than {:g} ha these are taught as 'other' (page 3, Samples): {}.")
            parts.append(told.format(self._limit_ha, ", ".join(rare)))
        self.note.setText(" ".join(parts))


def _cell(
    row: Mapping[str, Any], column: int, entries: Mapping[str, Mapping[str, Any]], fault: str
) -> QTableWidgetItem:
    """A cell; `fault` is the colour of what is to be done."""
    titles = [str(entries[name]["title"]) if name in entries else str(name) for name in row["classes"]]
    texts = (str(row["code"]), str(row["title"]), str(row["parcels"]), f"{float(row['area_ha']):.1f}", "")
    item = QTableWidgetItem(texts[column])
    if column in (PARCELS, AREA):
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    if column == CLASS:
        item.setText(titles[0] if len(titles) == 1 else _reason(row, titles))
        if not row["listed"]:
            item.setForeground(QColor(fault))
        elif len(titles) == 1 and row["classes"][0] in entries:
            colour = QPixmap(12, 12)
            colour.fill(QColor(str(entries[row["classes"][0]]["color"])))
            item.setIcon(QIcon(colour))
    item.setToolTip(item.text())
    return item


def _reason(row: Mapping[str, Any], titles: List[str]) -> str:
    """Why a code is not taught."""
    if not row["listed"]:
        return tr("not in the table: not learned")
    return tr("one of {}: not learned").format(", ".join(titles)) if titles else tr("no class: not learned")


def _summary(rows: List[Mapping[str, Any]], undeclared: int) -> str:
    if not rows:
        return tr("No parcel has a code in this field.")
    taught = [row for row in rows if len(row["classes"]) == 1]
    parts = [
        tr("{} of {} parcels ({:.0f} of {:.0f} ha) have a class to learn.").format(
            sum(row["parcels"] for row in taught),
            sum(row["parcels"] for row in rows) + undeclared,
            sum(row["area_ha"] for row in taught),
            sum(row["area_ha"] for row in rows),
        )
    ]
    missing = [str(row["code"]) for row in rows if not row["listed"]]
    if missing:
        named = ", ".join(missing[:MOST_NAMED]) + (" ..." if len(missing) > MOST_NAMED else "")
        parts.append(tr("{} codes are not in the table: {}.").format(len(missing), named))
    if not taught:
        parts.append(tr("Choose another field or class table, or edit the table."))
    return " ".join(parts)
