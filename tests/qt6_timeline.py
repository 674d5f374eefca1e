"""Drive the timeline under PyQt6, with QGIS stubbed: its flags and states are no numbers there.

Run by test_qt6.py in a process of its own.
"""

from __future__ import annotations

from qt6_imports import stub

ROWS = (
    {"date": "2018-05-01", "used": True, "clear_share": 0.5, "files": ["a"], "bands": ["B02"]},
    {"date": "2018-06-01", "used": False, "clear_share": 0.1, "files": ["b"], "reason": "clouds"},
)


def main() -> int:
    """Show, tick and draw; returns 0 if all went well."""
    stub()
    from PyQt6.QtCore import QEvent, QPointF, Qt
    from PyQt6.QtGui import QMouseEvent
    from PyQt6.QtWidgets import QApplication, QTableView

    from cscl_qgis.dialog.timeline import SeasonChart, TimelineModel

    app = QApplication([])
    model = TimelineModel()
    model.set_rows(ROWS)
    view = QTableView()
    view.setModel(model)
    view.resize(700, 200)
    view.grab()  # an error in data() ends the process
    states = [model.index(row, 0).data(Qt.ItemDataRole.CheckStateRole) for row in range(2)]
    if states != [Qt.CheckState.Checked.value, Qt.CheckState.Unchecked.value]:
        return 1
    # a view hands over a number, a test an enum
    for state, skipped in ((0, ["2018-05-01"]), (Qt.CheckState.Checked, [])):
        model.setData(model.index(0, 0), state, Qt.ItemDataRole.CheckStateRole)
        if model.skipped != skipped:
            return 1
    chart = SeasonChart()
    chart.resize(500, 100)
    chart.grab()
    chart.show_rows(model.rows)
    chart.grab()
    place, none = QPointF(chart.width() / 4, 10), Qt.MouseButton.NoButton
    chart.mouseMoveEvent(QMouseEvent(QEvent.Type.MouseMove, place, place, none, none, Qt.KeyboardModifier.NoModifier))
    app.quit()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
