"""The QGIS plugin. Imports nothing until QGIS asks for the plugin, so that its parts can be used without QGIS."""

from __future__ import annotations

from typing import Any


def classFactory(iface: Any) -> Any:
    """What QGIS calls to load the plugin."""
    from .plugin import CsclPlugin

    return CsclPlugin(iface)
