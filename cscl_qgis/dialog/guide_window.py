"""The window 'Guide': the documents that come with the plugin, to be read without a browser and without internet."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any, List, Optional, Tuple

from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import (
    QDesktopServices,
    QFont,
    QImage,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextTable,
)
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from ..help import GUIDE, PAGES, documents_dir, heading_anchor, page_title, without_missing_pictures
from ..translation import tr
from .window import fit_to_screen, no_default_button

NAME = "CSCL Crop Mapping"
"""Of the plugin, in every language."""
PADDING = 4
"""Pixels around the text of a table's cell."""
PAGE_CHARACTERS = 24
"""Of a page's title that are seen in the list."""
MOST_BACK = 100
"""Pages that Back goes back to."""


class PageBrowser(QTextBrowser):
    """Shows Markdown; pictures are made no wider than the window."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.folder = documents_dir()
        """Folder of the page that is shown."""

    def show_text(self, text: str, folder: Path) -> None:
        """Show a page.

        Args:
            text: Markdown.
            folder: that the page lies in.
        """
        self.folder = folder
        if not hasattr(QTextDocument, "setMarkdown"):  # Qt before 5.14
            self.setPlainText(text)
            return
        self.setMarkdown(without_missing_pictures(text, folder))
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                self._draw_lines(frame)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def loadResource(self, kind: int, name: QUrl) -> Any:
        """Qt asks for a picture; nothing is fetched from elsewhere than the page's own folder."""
        if kind != _image_kind() or name.scheme() not in ("", "file"):
            return None
        image = QImage(str(self.folder / name.path()) if name.isRelative() else name.toLocalFile())
        room = self.viewport().width() - 3 * PADDING
        if image.width() > room > 0:
            image = image.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
        return image

    def show_heading(self, anchor: str) -> bool:
        """Scroll to the heading that links call so; false if there is none. Qt's Markdown knows no anchors."""
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and heading_anchor(block.text()) == anchor:
                top = self.document().documentLayout().blockBoundingRect(block).top()
                self.verticalScrollBar().setValue(int(top))
                return True
            block = block.next()
        return False

    @staticmethod
    def _draw_lines(table: QTextTable) -> None:
        style = table.format()
        style.setBorder(1)
        style.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        style.setBorderCollapse(True)
        style.setCellPadding(PADDING)
        style.setCellSpacing(0)
        table.setFormat(style)


class GuideWindow(QDialog):
    """A page, the way back, and a list of the pages."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"{tr('Guide')}: {NAME}")
        self.page = ""
        """What is shown, below `documents_dir`; with an anchor if a link had one."""
        self._before: List[Tuple[str, int]] = []
        """Pages that Back leads to, and how far down each was scrolled."""
        layout = QVBoxLayout(self)
        line = QHBoxLayout()
        self.back_button = QPushButton(tr("&Back"))
        self.back_button.clicked.connect(self.back)
        line.addWidget(self.back_button)
        self.heading = QLabel()
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        font = QFont(self.heading.font())
        font.setBold(True)
        self.heading.setFont(font)
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # or it widens the window
        line.addWidget(self.heading, 1)
        label = QLabel(tr("&Go to"))
        self.pages = QComboBox()
        self.pages.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.pages.setMinimumContentsLength(PAGE_CHARACTERS)
        label.setBuddy(self.pages)
        for page in PAGES:
            if (documents_dir() / page).is_file():
                self.pages.addItem(page_title(page), page)
        self.pages.activated.connect(lambda index: self.open_page(str(self.pages.itemData(index))))
        line.addWidget(label)
        line.addWidget(self.pages)
        layout.addLayout(line)
        self.browser = PageBrowser()
        self.browser.setAccessibleName(tr("Guide"))
        self.browser.anchorClicked.connect(self.follow)
        layout.addWidget(self.browser, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        no_default_button(self)
        fit_to_screen(self, 900, 720)

    def open_page(self, page: str = GUIDE) -> None:
        """Show a page; Back leads to the one before.

        Args:
            page: below `documents_dir`, with an anchor after # if wanted.
        """
        if self.page and page != self.page:
            self._before = [*self._before, (self.page, self.browser.verticalScrollBar().value())][-MOST_BACK:]
        self._show(page)

    def back(self) -> None:
        """Show the page before, where it was left."""
        if self._before:
            page, height = self._before.pop()
            self._show(page)
            self.browser.verticalScrollBar().setValue(height)

    def follow(self, link: QUrl) -> None:
        """A link was clicked: pages open here, web addresses in the browser, other files and folders as QGIS has it."""
        if link.scheme():
            if link.scheme() in ("http", "https"):
                QDesktopServices.openUrl(link)
            return
        here = self.page.partition("#")[0]
        path, anchor = link.path(), link.fragment()
        target = posixpath.normpath(posixpath.join(posixpath.dirname(here), path)) if path else here
        if target.startswith(("..", "/")):  # nothing of ours
            return
        if target.endswith(".md"):
            self.open_page(target + (f"#{anchor}" if anchor else ""))
        elif (documents_dir() / target).exists():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(documents_dir() / target)))

    def _show(self, page: str) -> None:
        name, _, anchor = page.partition("#")
        path = documents_dir() / name
        if name != self.page.partition("#")[0]:
            try:
                text = path.read_text(encoding="utf-8")
            except OSError:
                text = tr("The page {} is missing. Install the plugin again.").format(name)
            self.browser.show_text(text, path.parent)
        self.page = page
        self.heading.setText(page_title(name))
        self.pages.setCurrentIndex(self.pages.findData(name))
        self.back_button.setEnabled(bool(self._before))
        if not anchor or not self.browser.show_heading(anchor):
            self.browser.verticalScrollBar().setValue(0)


def _image_kind() -> int:
    """QTextDocument's number for pictures: a plain number in Qt 5, an enum in Qt 6."""
    kind = QTextDocument.ResourceType.ImageResource
    return int(getattr(kind, "value", kind))
