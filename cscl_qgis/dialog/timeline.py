"""The timeline: one row an acquisition with what is known of it, and a chart of clear shares over the season."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Set

from qgis.PyQt.QtCore import QAbstractTableModel, QDate, QLocale, QModelIndex, QRectF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QFont, QPainter, QPalette
from qgis.PyQt.QtWidgets import QSizePolicy, QToolTip, QWidget

from ..translation import language, tr
from . import colours

COLUMNS = ("Use", "Date", "Sensor", "Tile", "Bands", "Clear", "Offset", "State")
USE, DATE, SENSOR, TILE, BANDS, CLEAR, OFFSET, STATE = range(8)
USED, DROPPED, WRONG = QColor(colours.FINE), QColor("#9a9a9a"), QColor(colours.FAULT)
"""Colours of the chart: they tell apart in grey, too, and on dark ground."""


class TimelineModel(QAbstractTableModel):
    """The rows of the dates table. The user may leave a date out, or put a wrong date right."""

    changed = pyqtSignal()
    """The user has left a date out, taken one in again, or changed one."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._rows: List[Dict[str, Any]] = []
        self._skipped: Set[str] = set()
        self._moved: Dict[str, str] = {}
        self.is_fixed = False
        """True where dates can be looked at only."""
        self.ground = QColor("white")
        """What the table's texts stand on."""

    @property
    def rows(self) -> List[Dict[str, Any]]:
        """The rows as the engine told them, with `used` false where the user leaves one out."""
        return [{**row, "used": bool(row.get("used")) and row["date"] not in self._skipped} for row in self._rows]

    @property
    def skipped(self) -> List[str]:
        """Days that the user leaves out, as YYYY-MM-DD."""
        return sorted(self._skipped & {str(row["date"]) for row in self._rows})

    @property
    def moved(self) -> Dict[str, str]:
        """Files whose date the user has put right: path -> YYYY-MM-DD."""
        return dict(self._moved)

    def set_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show other rows; what the user left out stays left out."""
        self.beginResetModel()
        self._rows = sorted((dict(row) for row in rows), key=lambda row: (str(row["date"]), str(row.get("tile"))))
        self.endResetModel()

    def forget_choices(self) -> None:
        """The images are others now: nothing is left out or moved any more."""
        self._skipped.clear()
        self._moved.clear()

    def skip(self, days: Sequence[str], moved: Optional[Mapping[str, Any]] = None) -> None:
        """Leave days out, and put files' dates right, as an earlier session did."""
        self._skipped = set(days)
        self._moved = {str(path): str(day) for path, day in (moved or {}).items() if _is_day(str(day))}

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        """Acquisitions."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """COLUMNS."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return tr(COLUMNS[section])
        return None

    def flags(self, index: QModelIndex) -> Any:
        """The first column can be ticked, the second changed."""
        flags = super().flags(index)
        row = self._rows[index.row()]
        if self.is_fixed:
            return flags
        if index.column() == USE and row.get("used"):
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        if index.column() == DATE and len(row.get("files", ())) >= 1:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows."""
        row, column = self._rows[index.row()], index.column()
        is_skipped = row["date"] in self._skipped
        if role == Qt.ItemDataRole.CheckStateRole and column == USE:
            is_on = row.get("used") and not is_skipped
            return _number(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column, is_skipped)
        if role == Qt.ItemDataRole.EditRole and column == DATE:
            return QDate.fromString(str(row["date"]), "yyyy-MM-dd")
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == CLEAR:
            return _number(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.FontRole and (is_skipped or not row.get("used")):
            font = QFont()
            font.setItalic(True)
            return font
        if role == Qt.ItemDataRole.ForegroundRole and column == STATE and row.get("radiometry"):
            return colours.readable_on(WRONG, self.ground)
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Leave a date out, take it in again, or put it right."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == USE:
            if Qt.CheckState(value) == Qt.CheckState.Checked:
                self._skipped.discard(str(row["date"]))
            else:
                self._skipped.add(str(row["date"]))
        elif role == Qt.ItemDataRole.EditRole and index.column() == DATE:
            day = value.toString("yyyy-MM-dd") if isinstance(value, QDate) else str(value)
            if not _is_day(day) or day == row["date"]:
                return False
            self._moved.update({str(path): day for path in row.get("files", ())})
            row["date"] = day
        else:
            return False
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), len(COLUMNS) - 1))
        self.changed.emit()
        return True

    def _text(self, row: Mapping[str, Any], column: int, is_skipped: bool) -> str:
        share = row.get("clear_share")
        if column == STATE:
            return self._state(row, is_skipped)
        return {
            DATE: str(row["date"]),
            SENSOR: " ".join(str(row.get(key) or "") for key in ("sensor", "level")).strip(),
            TILE: str(row.get("tile") or ""),
            BANDS: str(len(row.get("bands", ()))) + (" + SCL" if row.get("scl") else ""),
            CLEAR: "" if share is None else f"{100 * float(share):.0f} %",
            OFFSET: tr("none") if row.get("offset") == "none" else str(row.get("offset") or ""),
        }.get(column, "")

    def _state(self, row: Mapping[str, Any], is_skipped: bool) -> str:
        if not row.get("used"):
            return str(row.get("reason") or tr("not used"))
        if is_skipped:
            return tr("left out by you")
        return str(row["radiometry"]) if row.get("radiometry") else tr("used")

    def _tip(self, row: Mapping[str, Any], column: int) -> str:
        if column == BANDS:
            return ", ".join(row.get("bands", ()))
        if column == OFFSET:
            return tr("What is added to the images' numbers before they become reflectance, by their metadata.")
        if column == CLEAR:
            return tr("Share of the region that is imaged and clear on this day.")
        return "\n".join([self._state(row, row["date"] in self._skipped), *list(row.get("files", ()))[:3]])


class SeasonChart(QWidget):
    """Clear shares over the season: one bar an acquisition, grey where it is not used."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._bars: List[Dict[str, Any]] = []
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Clear shares over the season"))

    def sizeHint(self) -> QSize:
        """A flat strip, of a height that follows the text's."""
        return QSize(500, 7 * self.fontMetrics().height())

    @property
    def ink(self) -> QColor:
        """Colour of axis and texts; some dark themes colour Qt's own widgets alone."""
        return colours.readable_on(self.palette().color(QPalette.ColorRole.WindowText), colours.ground(self))

    def show_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Draw these rows."""
        self._bars = [dict(row) for row in rows if row.get("clear_share") is not None]
        self.update()

    def paintEvent(self, event: Any) -> None:
        """Axis, months, bars."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        painter.setPen(self.ink)
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if not self._bars:
            painter.drawText(self.rect(), _number(Qt.AlignmentFlag.AlignCenter), tr("No acquisitions yet"))
            return
        first, last = self._span()
        month = QDate(first.year(), first.month(), 1)
        while month <= last:
            if month >= first:
                x = self._x(month)
                painter.drawLine(int(x), int(area.bottom()), int(x), int(area.bottom()) + 3)
                painter.drawText(int(x) + 2, self.height() - 3, month_name(month))
            month = month.addMonths(1)
        painter.setPen(Qt.PenStyle.NoPen)
        for row in self._bars:
            painter.setBrush(WRONG if row.get("radiometry") else USED if row.get("used") else DROPPED)
            painter.drawRect(self._bar(row))

    def mouseMoveEvent(self, event: Any) -> None:
        """Tell of the acquisition under the pointer."""
        place = event.pos()
        near = min(self._bars, key=lambda row: abs(self._x(_day(row)) - place.x()), default=None)
        if near is not None and abs(self._x(_day(near)) - place.x()) < 6:
            share, reason = 100 * float(near["clear_share"]), near.get("reason") or near.get("radiometry") or ""
            where = event.globalPos() if hasattr(event, "globalPos") else event.globalPosition().toPoint()
            QToolTip.showText(where, f"{near['date']}: {share:.0f} %  {reason}", self)

    def _area(self) -> QRectF:
        line = self.fontMetrics().height()
        return QRectF(6, 4, self.width() - 12, self.height() - line - 8)

    def _span(self) -> Any:
        days = sorted(_day(row) for row in self._bars)
        return days[0].addDays(-5), days[-1].addDays(5)

    def _x(self, day: QDate) -> float:
        first, last = self._span()
        area = self._area()
        return area.left() + area.width() * first.daysTo(day) / max(1, first.daysTo(last))

    def _bar(self, row: Mapping[str, Any]) -> QRectF:
        area, width = self._area(), max(2.0, min(8.0, self.width() / 80))
        height = max(1.5, area.height() * float(row["clear_share"]))
        return QRectF(self._x(_day(row)) - width / 2, area.bottom() - height, width, height)


def month_name(day: QDate) -> str:
    """Short, in QGIS's language; a date by itself writes it in English."""
    return str(QLocale(language()).toString(day, "MMM"))


def _is_day(text: str) -> bool:
    return len(text) == 10 and QDate.fromString(text, "yyyy-MM-dd").isValid()


def _number(flag: Any) -> int:
    """A flag or state of Qt's as the number that it wants back: in Qt 6 they are no numbers."""
    return int(getattr(flag, "value", flag))


def _day(row: Mapping[str, Any]) -> QDate:
    return QDate.fromString(str(row["date"]), "yyyy-MM-dd")
