"""Where the plugin's icon and its guide lie, in the installed plugin and in a checkout. No QGIS in here."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def icon_path() -> str:
    """The icon's file."""
    inside = _HERE / "icon.svg"
    return str(inside if inside.is_file() else _HERE.parent / "resources" / "icon.svg")


def guide_path() -> Path:
    """The README; it may be missing in a broken installation."""
    inside = _HERE / "README.md"
    return inside if inside.is_file() else _HERE.parent / "README.md"


def guide_url() -> str:
    """The README as a URL, empty if it is missing."""
    return guide_path().as_uri() if guide_path().is_file() else ""
