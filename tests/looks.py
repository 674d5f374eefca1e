"""What can be measured of a window's looks: texts that are cut off, colours that cannot be told from their ground."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from qgis.PyQt.QtGui import QColor, QImage
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QCheckBox,
    QLabel,
    QPushButton,
    QRadioButton,
    QTextBrowser,
    QWidget,
)

from cscl_qgis.dialog.colours import LEAST_CONTRAST, contrast
from cscl_qgis.dialog.timeline import SeasonChart

SLACK = 1
"""Pixels that a style may take off a widget."""
THEME_SLACK = 0.2
"""Of the contrast of two buttons of one theme, whose letters lie on other parts of pixels."""


def shown(window: QWidget, kind: Any) -> list[Any]:
    """The plugin's own widgets of a kind that are to be seen; QGIS's widgets look after theirs."""
    found = [
        widget for widget in window.findChildren(kind) if widget.isVisible() and widget.width() and widget.height()
    ]
    return [widget for widget in found if not _is_part_of_qgis(widget, window)]


def _is_part_of_qgis(widget: Any, window: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        if parent.metaObject().className().startswith("Qgs") and not parent.metaObject().className().startswith(
            "QgsColl"
        ):
            return True
        parent = parent.parentWidget()
    return False


def cut_off(window: QWidget) -> list[str]:
    """Texts of buttons and labels that do not fit into their widgets."""
    found = []
    for button in shown(window, QAbstractButton):
        if isinstance(button, (QPushButton, QCheckBox, QRadioButton)) and button.text():
            wanted = button.minimumSizeHint() if isinstance(button, QPushButton) else button.sizeHint()
            if button.width() < wanted.width() - SLACK or button.height() < wanted.height() - SLACK:
                found.append(f"button '{button.text()}': {button.width()} x {button.height()} of {wanted.width()}")
    for label in shown(window, QLabel):
        if label.pixmap() is not None and not label.pixmap().isNull():
            continue
        if label.wordWrap():
            if label.height() < label.heightForWidth(label.width()) - SLACK:
                found.append(
                    f"label '{label.text()[:60]}': {label.height()} of {label.heightForWidth(label.width())} high"
                )
        elif label.width() < label.sizeHint().width() - SLACK:
            found.append(f"label '{label.text()[:60]}': {label.width()} of {label.sizeHint().width()} wide")
    for area in shown(window, QAbstractScrollArea):
        bar = area.horizontalScrollBar()
        if area.metaObject().className() == "QScrollArea" and bar.maximum() > 0:
            found.append(f"the page is {bar.maximum()} pixels wider than the window")
    return found


def unreadable(window: QWidget) -> list[str]:
    """Texts with too little contrast, as they are drawn; disabled ones may be faint."""
    found = []
    image = window.grab().toImage()
    kinds = (QLabel, QPushButton, QCheckBox, QRadioButton, QTextBrowser, SeasonChart)
    for widget in (widget for kind in kinds for widget in shown(window, kind)):
        if isinstance(widget, SeasonChart) and widget.visibleRegion().boundingRect() != widget.rect():
            continue  # scrolled away in part, perhaps without the months
        text = text_of(widget)
        colours = colours_of(widget, window, image)
        if not text.strip() or not widget.isEnabled() or not colours:
            continue
        below, best = _contrast(colours)
        if best < LEAST_CONTRAST and not (isinstance(widget, QPushButton) and best >= _of_the_theme(widget)):
            found.append(f"'{text[:60]}' on {below.name()}: contrast {best:.1f}")
        html = widget.toHtml() if isinstance(widget, QTextBrowser) else text
        for name in set(re.findall(r"(?<![-\w])color:\s*(#[0-9a-fA-F]{6})", html)):
            value = contrast(QColor(name), below)
            if value < LEAST_CONTRAST:
                found.append(f"{name} on {below.name()} in '{text[:60]}': contrast {value:.1f}")
    return found


def _contrast(colours: Counter[str]) -> tuple[QColor, float]:
    """The ground, and how far the colour stands out that differs most from it: letters have it in their stems."""
    below = QColor(colours.most_common(1)[0][0])
    return below, max(contrast(QColor(name), below) for name, count in colours.items() if count >= 2)


def _of_the_theme(button: QPushButton) -> float:
    """The contrast of a button that nobody has touched, as QGIS's theme and the fonts at hand draw it."""
    twin = QPushButton(button.text())
    twin.resize(button.size())
    image = twin.grab().toImage()
    names = (image.pixelColor(x, y).name() for y in range(image.height()) for x in range(image.width()))
    return _contrast(Counter(names))[1] - THEME_SLACK


def text_of(widget: Any) -> str:
    """What a widget says; a chart has texts of its own."""
    if isinstance(widget, QTextBrowser):
        return str(widget.toPlainText())
    return str(widget.accessibleName() if isinstance(widget, SeasonChart) else widget.text())


def colours_of(widget: QWidget, window: QWidget, image: QImage) -> Counter[str]:
    """How often each colour occurs in a widget, in the picture of its window; nothing of what is scrolled away."""
    inner = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
    seen = inner.visibleRegion().boundingRect()
    if seen.height() < inner.height() and seen.height() < inner.fontMetrics().height():
        return Counter()  # scrolled to its edge: of a line, only a part is to be seen
    place, ratio = inner.mapTo(window, seen.topLeft()), image.devicePixelRatio()
    left, top = round(place.x() * ratio), round(place.y() * ratio)
    right, bottom = left + round(seen.width() * ratio), top + round(seen.height() * ratio)
    return Counter(
        image.pixelColor(x, y).name()
        for y in range(top, min(bottom, image.height()))
        for x in range(left, min(right, image.width()))
    )
