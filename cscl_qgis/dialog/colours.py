"""Colours of texts that can be read on the ground they stand on, in light and dark themes."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtWidgets import QAbstractScrollArea, QApplication, QWidget

FINE, DOUBTFUL, FAULT = "#2e8b57", "#b7791f", "#c8553d"
"""Of what is well, what is to be looked at, and what is wrong."""
LEAST_CONTRAST = 4.5
"""Of text to its ground (WCAG 2.1, success criterion 1.4.3)."""
_STEPS = 20


def contrast(one: QColor, other: QColor) -> float:
    """From 1, the same lightness, to 21, black on white (WCAG 2.1)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, widget: QWidget) -> str:
    """A colour, made darker or lighter until a text of it can be read on the widget's ground.

    Args:
        colour: such as FAULT.
        widget: shows the text.

    Returns:
        The colour as #rrggbb.
    """
    return readable_on(QColor(colour), ground(widget)).name()


def readable_on(colour: QColor, below: QColor) -> QColor:
    """The same for a ground that is known."""
    goal = max((QColor("black"), QColor("white")), key=lambda end: contrast(end, below))
    start, end = colour.getRgb()[:3], goal.getRgb()[:3]
    for step in range(_STEPS + 1):
        mixed = QColor(*(round(start[part] + (end[part] - start[part]) * step / _STEPS) for part in range(3)))
        if contrast(mixed, below) >= LEAST_CONTRAST:
            return mixed
    return goal


def ground(widget: QWidget) -> QColor:
    """What lies below a widget's text; a theme's style sheet counts once the widget has been polished."""
    one: Optional[QWidget] = widget
    while one is not None:
        one.ensurePolished()
        role = QPalette.ColorRole.Base if isinstance(one, QAbstractScrollArea) else QPalette.ColorRole.Window
        colour = one.palette().color(role)
        if colour.alpha():  # dark themes have labels without a ground of their own
            return colour
        one = one.parentWidget()
    return QApplication.palette().color(QPalette.ColorRole.Window)


def _luminance(colour: QColor) -> float:
    weighted = ((0.2126, colour.redF()), (0.7152, colour.greenF()), (0.0722, colour.blueF()))
    return sum(
        weight * (value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4) for weight, value in weighted
    )
