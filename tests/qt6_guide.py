"""The guide's window under PyQt6, with QGIS stubbed. Run in a process of its own, by test_qt6.py."""

from __future__ import annotations

import sys

from qt6_imports import stub


def main() -> int:
    """Open a page, follow a link to a heading, go back, be opened by an address; prints what is wrong."""
    from PyQt6.QtCore import QUrl
    from PyQt6.QtGui import QDesktopServices
    from PyQt6.QtWidgets import QApplication

    app = QApplication([])
    stub()
    from cscl_qgis.dialog.guide_window import GuideWindow
    from cscl_qgis.plugin import GuideOpener

    window = GuideWindow()
    window.show()
    window.open_page()
    seen = [window.page, window.heading.text()]
    window.follow(QUrl("map_products.md#seam-score"))
    seen += [window.page, window.browser.verticalScrollBar().value() > 0]
    window.back()
    seen += [window.page, "<img " in window.browser.toHtml(), "<table" in window.browser.toHtml()]
    opener = GuideOpener(window.open_page)
    QDesktopServices.openUrl(QUrl("cscl-guide:README.md"))
    app.processEvents()
    opener.stop()
    seen.append(window.page)
    wanted = [
        "docs/user_guide.md", "User guide", "docs/map_products.md#seam-score", True, "docs/user_guide.md", True, True,
        "README.md",
    ]  # fmt: skip
    if seen != wanted:
        sys.stderr.write(f"expected {wanted}, came {seen}\n")
    return int(seen != wanted)


if __name__ == "__main__":
    raise SystemExit(main())
