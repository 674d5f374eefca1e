"""The plugin in QGIS's language."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("qgis")
from qgis.core import QgsSettings

pytestmark = pytest.mark.qgis


def test_the_windows_speak_german_where_qgis_does_and_english_again_afterwards(qgis_app: Any) -> None:
    from cscl_qgis.translation import install_translator, remove_translator, tr

    before = QgsSettings().value("locale/userLocale", "", type=str)
    QgsSettings().setValue("locale/userLocale", "de_AT")
    try:
        install_translator()
        assert tr("Map a region") == "Eine Region kartieren"
        assert tr("no such text") == "no such text"
    finally:
        remove_translator()
        QgsSettings().setValue("locale/userLocale", before)
    assert tr("Map a region") == "Map a region"
