"""What the plugin's windows have in common: they fit the screen, scroll, and Return presses no button by itself."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtWidgets import QComboBox, QDialog, QFormLayout, QFrame, QPushButton, QScrollArea, QWidget

MARGIN = 60
"""Pixels that a window's frame and the desktop's bars take, about."""
LEAST_CHARACTERS = 10
"""Of a list's chosen entry that are to be seen."""


def fit_to_screen(window: QWidget, width: int, height: int) -> None:
    """Give a window a size, smaller where the screen is; at 200 % scaling a laptop has 683 x 384 pixels to give."""
    screen = QGuiApplication.primaryScreen()
    if screen is not None:
        room = screen.availableGeometry()
        width, height = min(width, room.width() - MARGIN), min(height, room.height() - MARGIN)
    window.resize(width, height)


def scrolled(page: QWidget) -> QScrollArea:
    """A page that can be scrolled where the window is smaller than it, and is no wider than it has to be."""
    for combo in page.findChildren(QComboBox):  # or the longest of its entries sets the width
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(LEAST_CHARACTERS)
    for form in page.findChildren(QFormLayout):
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    area.setWidget(page)
    return area


def no_default_button(window: QDialog) -> None:
    """Return in a field of a dialog presses a button otherwise: the first one there is, whatever it does."""
    for button in window.findChildren(QPushButton):
        button.setAutoDefault(False)
        button.setDefault(False)
