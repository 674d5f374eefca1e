"""Where the plugin's icon and its documents lie, in the installed plugin and in a checkout. No QGIS in here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List

_HERE = Path(__file__).resolve().parent
GUIDE, BUILDERS = "docs/user_guide.md", "docs/model_builders_guide.md"
"""Pages that Help buttons open; a page is a path below `documents_dir`, with slashes."""
PAGES = (
    GUIDE,
    "docs/map_products.md",
    "docs/default_model.md",
    BUILDERS,
    "docs/data_sets.md",
    "docs/settings.md",
    "README.md",
    "CHANGELOG.md",
)
"""Pages that the guide's window lists, in this order; others are reached by links."""
SCHEME = "cscl-guide"
"""Of addresses that the guide's window opens: cscl-guide:docs/user_guide.md."""
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")

_served: List[bool] = []
"""Not empty while there is a window that opens addresses of SCHEME."""


def icon_path() -> str:
    """The icon's file."""
    inside = _HERE / "icon.svg"
    return str(inside if inside.is_file() else _HERE.parent / "resources" / "icon.svg")


def documents_dir() -> Path:
    """Folder of README.md and docs/: in the installed plugin's bundle, or the checkout."""
    bundle = _HERE / "_bundle"
    return bundle if bundle.is_dir() else _HERE.parent


def serve(is_served: bool) -> None:
    """Say whether there is a window that opens addresses of SCHEME; without one, pages are files."""
    _served[:] = [True] if is_served else []


def guide_url(page: str = GUIDE) -> str:
    """A page as an address for Help buttons, empty if it is missing.

    Args:
        page: below `documents_dir`.
    """
    path = documents_dir() / page
    if not path.is_file():
        return ""
    return f"{SCHEME}:{page}" if _served else path.as_uri()


def page_title(page: str) -> str:
    """The first heading of a page; its file's name where it has none."""
    try:
        text = (documents_dir() / page).read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^# +(.+?)\s*$", text, re.MULTILINE)
    return found[1] if found else page.rpartition("/")[2]


def without_missing_pictures(text: str, folder: Path) -> str:
    """Markdown less the pictures whose files are not there: a release carries the smaller ones only.

    Args:
        text: of the page.
        folder: that the page lies in.
    """
    return _PICTURE.sub(lambda found: found[0] if (folder / found[1]).is_file() else "", text)


def heading_anchor(heading: str) -> str:
    """What links to a heading call it, as GitHub does: 'What you need: A.tif' is what-you-need-atif."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
