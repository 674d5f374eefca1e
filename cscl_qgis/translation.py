"""Translations: the words that people see go through `tr`, and a translator is installed for QGIS's language."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QLocale, QTranslator

CONTEXT = "CSCL"
FOLDER = Path(__file__).resolve().parent / "i18n"

_installed: Optional[QTranslator] = None


def tr(text: str) -> str:
    """The text in QGIS's language, or as it is where there is no translation."""
    return QCoreApplication.translate(CONTEXT, text)


def install_translator() -> None:
    """Load the translation for QGIS's language, if there is one."""
    global _installed
    language = str(QgsSettings().value("locale/userLocale", QLocale().name(), type=str))[:2]
    path = FOLDER / f"cscl_{language}.qm"
    if _installed is None and path.is_file():
        translator = QTranslator()
        if translator.load(str(path)):
            QCoreApplication.installTranslator(translator)
            _installed = translator


def remove_translator() -> None:
    """Undo install_translator."""
    global _installed
    if _installed is not None:
        QCoreApplication.removeTranslator(_installed)
        _installed = None
