"""Translations: the words that people see go through `tr`, and a translator is installed for QGIS's language.

`tr` may be called anywhere: without QGIS, as in a terminal, the text stays as it is. Texts are translated when they are
asked for, never when a module is loaded, since no translator is there yet.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

CONTEXT = "CSCL"
FOLDER = Path(__file__).resolve().parent / "i18n"
QT = "qgis.PyQt.QtCore"

_installed: Any = None
_language = "en"


def tr(text: str) -> str:
    """The text in QGIS's language, or as it is where there is no translation."""
    qt = sys.modules.get(QT)
    return text if qt is None else str(qt.QCoreApplication.translate(CONTEXT, text))


def language() -> str:
    """The two letters of QGIS's language; English before the plugin is loaded."""
    return _language


def install_translator() -> None:
    """Load the translation for QGIS's language, if there is one."""
    from qgis.core import QgsSettings
    from qgis.PyQt.QtCore import QCoreApplication, QLocale, QTranslator

    global _installed, _language
    _language = str(QgsSettings().value("locale/userLocale", QLocale().name(), type=str))[:2]
    path = FOLDER / f"cscl_{_language}.qm"
    if _installed is None and path.is_file():
        translator = QTranslator()
        if translator.load(str(path)):
            QCoreApplication.installTranslator(translator)
            _installed = translator


def remove_translator() -> None:
    """Undo install_translator."""
    global _installed, _language
    _language = "en"
    if _installed is not None:
        from qgis.PyQt.QtCore import QCoreApplication

        QCoreApplication.removeTranslator(_installed)
        _installed = None
