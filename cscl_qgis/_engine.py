"""Where the engine lies: nested in the plugin's folder when installed, beside it in a checkout.

The one module of the plugin that imports ``backend``, and only the four of its modules that need no package. A
top-level ``backend`` would be shared with any other plugin that has one, so the installed plugin nests its own.
These are import statements, not importlib calls, since QGIS unloads only what passed through ``__import__``; and
the fallback is chosen by the folder, not by a failed import, so that a broken bundle is not masked.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

_HERE = Path(__file__).resolve().parent
_BUNDLE = _HERE / "_bundle"

if TYPE_CHECKING or not _BUNDLE.is_dir():
    from backend import __version__, errors, model_card, protocol, style

    ENGINE_DIR = _HERE.parent
else:
    from ._bundle.backend import __version__, errors, model_card, protocol, style

    ENGINE_DIR = _BUNDLE
"""Folder that holds ``backend/`` and ``resources/``: the worker's working folder."""

__all__ = ["ENGINE_DIR", "__version__", "errors", "model_card", "protocol", "style"]
