"""The window 'Guide': pages, links between them, the way back, pictures, and what Help buttons open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis")
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices, QImage, QTextDocument, QTextTable

pytestmark = pytest.mark.qgis


@pytest.fixture
def window(qgis_app: Any, qtbot: Any) -> Any:
    from cscl_qgis.dialog.guide_window import GuideWindow

    window = GuideWindow()
    qtbot.addWidget(window)
    window.show()
    window.open_page()
    return window


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of documents of its own."""
    from cscl_qgis import help as documents
    from cscl_qgis.dialog import guide_window

    (tmp_path / "docs" / "inner").mkdir(parents=True)
    for module in (documents, guide_window):
        monkeypatch.setattr(module, "documents_dir", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that QGIS was asked to open."""
    found: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda address: found.append(address.toString()))
    return found


def test_it_opens_at_the_user_guide_with_a_heading_and_headings_inside(window: Any) -> None:
    assert (window.page, window.heading.text()) == ("docs/user_guide.md", "User guide")
    assert window.browser.toPlainText().startswith("User guide\n")
    assert "**" not in window.browser.toPlainText()[:2000], "Markdown is shown as text"
    assert not window.back_button.isEnabled()
    assert not window.isModal()


def test_a_link_is_followed_and_back_leads_to_where_one_was(window: Any) -> None:
    bar = window.browser.verticalScrollBar()
    bar.setValue(321)
    window.browser.anchorClicked.emit(QUrl("map_products.md#seam-score"))
    assert window.page == "docs/map_products.md#seam-score"
    assert window.heading.text() == "What a run gives beside the map"
    assert bar.value() > 0, "it is scrolled to the heading"
    assert window.pages.currentText() == "What a run gives beside the map"
    window.browser.anchorClicked.emit(QUrl("decisions/0001-exact-halos.md"))
    assert window.pages.currentIndex() == -1, "not one of those in the list"
    window.back_button.click()
    window.back_button.click()
    assert (window.page, bar.value()) == ("docs/user_guide.md", 321)
    assert not window.back_button.isEnabled()


def test_links_go_up_a_folder_to_a_heading_of_the_page_and_to_the_list(window: Any) -> None:
    window.follow(QUrl("../resources/classes/README.md"))
    assert window.page == "resources/classes/README.md"
    window.open_page("docs/user_guide.md")
    window.follow(QUrl("#without-internet"))
    assert window.page == "docs/user_guide.md#without-internet"
    assert window.browser.verticalScrollBar().value() > 0
    window.pages.activated.emit(window.pages.findData("CHANGELOG.md"))
    assert window.heading.text() == "Changelog"


def test_web_addresses_leave_the_window_and_nothing_outside_of_the_documents_is_opened(
    window: Any, opened: list[str]
) -> None:
    window.follow(QUrl("https://dataspace.copernicus.eu"))
    window.follow(QUrl("../resources/configs"))
    assert opened[0] == "https://dataspace.copernicus.eu"
    assert opened[1].startswith("file:")
    for link in ("../../secret.md", "/etc/passwd", "file:///etc/passwd", "cscl-guide:README.md"):
        window.follow(QUrl(link))
    assert len(opened) == 2
    assert window.page == "docs/user_guide.md"


def test_pictures_that_are_missing_are_left_out_and_wide_ones_fit(pages: Path, window: Any) -> None:
    image = QImage(3000, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    assert image.save(str(pages / "docs" / "wide.png"))
    text = "# Page\n\n![there](wide.png)\n![gone](images/gone.png)\n\nend\n"
    (pages / "docs" / "page.md").write_text(text, encoding="utf-8")
    window.open_page("docs/page.md")
    assert window.browser.toHtml().count("<img ") == 1
    assert "gone" not in window.browser.toPlainText()
    kind = QTextDocument.ResourceType.ImageResource
    shown = window.browser.loadResource(kind, QUrl("wide.png"))
    assert 0 < shown.width() <= window.browser.viewport().width()
    assert window.browser.loadResource(kind, QUrl("https://example.org/a.png")) is None


def test_tables_are_drawn_with_lines(window: Any) -> None:
    tables = [frame for frame in window.browser.document().rootFrame().childFrames() if isinstance(frame, QTextTable)]
    assert tables
    assert all(table.format().border() == 1 for table in tables)


def test_a_page_that_is_missing_is_told(window: Any) -> None:
    window.follow(QUrl("nothing.md"))
    assert "docs/nothing.md is missing" in window.browser.toPlainText()
    window.back()
    assert window.heading.text() == "User guide"


def test_with_an_old_qt_the_text_is_shown_as_it_is(window: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from cscl_qgis.dialog import guide_window

    monkeypatch.setattr(guide_window, "QTextDocument", object)
    window.open_page("README.md")
    assert window.browser.toPlainText().startswith("# CSCL Crop Mapping")


@pytest.fixture
def plugin(qgis_iface: Any) -> Iterator[Any]:
    from cscl_qgis.plugin import CsclPlugin

    plugin = CsclPlugin(qgis_iface)
    plugin.initGui()
    yield plugin
    if plugin._provider is not None:
        plugin.unload()


def test_help_buttons_and_the_menu_open_the_page_that_fits(plugin: Any, qgis_app: Any) -> None:
    for name, page in (
        ("mapcroptypes", "docs/user_guide.md"),
        ("setupengine", "docs/user_guide.md"),
        ("trainmodel", "docs/model_builders_guide.md"),
        ("evaluatemap", "docs/model_builders_guide.md"),
        ("builddataset", "docs/model_builders_guide.md"),
    ):
        QDesktopServices.openUrl(QUrl(plugin._provider.algorithm(name).helpUrl()))
        qgis_app.processEvents()
        assert plugin._guide.page == page, name
        assert plugin._guide.isVisible()
    plugin._guide.close()
    menu = next(action for action in plugin._actions if action.objectName() == "cscl_guide")
    menu.trigger()
    assert plugin._guide.isVisible()
    assert plugin._guide.page == "docs/model_builders_guide.md", "the page that was open"


def test_once_there_are_no_windows_help_is_a_file(plugin: Any) -> None:
    from cscl_qgis.processing.map_crop_types import MapCropTypes

    assert MapCropTypes().helpUrl() == "cscl-guide:docs/user_guide.md"
    plugin.unload()
    assert MapCropTypes().helpUrl().startswith("file:")
    assert MapCropTypes().helpUrl().endswith("/docs/user_guide.md")


@pytest.mark.parametrize("page", ["docs/user_guide.md", "docs/data_sets.md", "CHANGELOG.md"])
def test_it_looks_well(window: Any, picture: Any, page: str) -> None:
    window.open_page(page)
    picture(window, f"guide_{Path(page).stem}")
    window.open_page("docs/user_guide.md#windows-and-macos")
    picture(window, "guide_middle")
    assert window.browser.horizontalScrollBar().maximum() == 0, "nothing is wider than the window"
