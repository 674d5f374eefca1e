"""The window's last settings, kept in the project."""

from __future__ import annotations

import json
from typing import Any, Dict, Mapping

from qgis.core import QgsProject

SCOPE, ENTRY = "cscl_qgis", "map"
"""Where in the project they are."""


def keep(values: Mapping[str, Any]) -> None:
    """Write the settings into the project."""
    QgsProject.instance().writeEntry(SCOPE, ENTRY, json.dumps(dict(values)))


def kept() -> Dict[str, Any]:
    """The settings of the project; empty where there are none, or they cannot be read."""
    text, _ = QgsProject.instance().readEntry(SCOPE, ENTRY, "")
    try:
        values = json.loads(text) if text else {}
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
