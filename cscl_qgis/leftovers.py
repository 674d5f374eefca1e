"""Temporary folders that a QGIS which crashed left behind: they may hold copies of declared parcels.

Standard library only and no QGIS.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import List, Optional

PREFIXES = ("cscl-layers-", "cscl-request-", "cscl-parcel-", "cscl-model-")
"""Of the temporary folders that this plugin makes, and removes itself where it ends as it should."""
STALE_S = 3 * 86400.0
"""Folders that have not changed for so long are no running QGIS's; one that is makes its folder again."""

log = logging.getLogger(__name__)


def remove_leftovers(folder: Optional[Path] = None) -> List[Path]:
    """Remove this user's stale folders; what cannot be removed stays until the next time.

    Args:
        folder: where they lie; the system's folder for temporary files if None.

    Returns:
        Those that were removed.
    """
    removed: List[Path] = []
    own = os.getuid() if hasattr(os, "getuid") else None
    for path in sorted((folder or Path(tempfile.gettempdir())).glob("cscl-*")):
        try:
            about = path.lstat()
            is_mine = own is None or about.st_uid == own
            if not path.name.startswith(PREFIXES) or not is_mine or path.is_symlink() or not path.is_dir():
                continue
            if time.time() - about.st_mtime > STALE_S:
                shutil.rmtree(path)
                removed.append(path)
        except OSError as error:
            log.info("%s stays: %s", path, error)
    return removed


def remove_leftovers_later() -> None:
    """The same on a thread of its own, so that QGIS does not wait for a disk."""
    threading.Thread(target=remove_leftovers, name="cscl-leftovers", daemon=True).start()
