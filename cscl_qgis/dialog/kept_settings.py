"""The windows' last settings, kept in the project."""

from __future__ import annotations

import json
from typing import Any, Dict, Mapping

from qgis.core import QgsProject

SCOPE, MAP, TRAINING = "cscl_qgis", "map", "training"
"""Where in the project they are: the scope, and an entry for each window."""


def keep(values: Mapping[str, Any], entry: str = MAP) -> None:
    """Write a window's settings into the project."""
    QgsProject.instance().writeEntry(SCOPE, entry, json.dumps(dict(values)))


def kept(entry: str = MAP) -> Dict[str, Any]:
    """A window's settings in the project; empty where there are none, or they cannot be read."""
    text, _ = QgsProject.instance().readEntry(SCOPE, entry, "")
    try:
        values = json.loads(text) if text else {}
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
