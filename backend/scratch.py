"""Folders for files that are half written. A process that must end at once removes its own; what one that was killed
left is removed by the next run into the same place."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

FIELDS_PREFIX, PARCELS_PREFIX = ".cscl-fields-", ".cscl-parcels-"
PREFIXES = (FIELDS_PREFIX, PARCELS_PREFIX)
"""How the names of folders begin that lie in a map's folder while its fields are cut, or its parcels written."""
LOCK = "lock"
"""File in a folder that its process holds locked: the system lets go of it, however the process ends."""
_TAKEN = 3
"""How often a folder is made again, where another process takes it for a leftover before it is locked."""
_open_folders: list[tuple[Path, FileLock]] = []


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder, on the disk where the files are to end up; it is gone afterwards, and so are leftovers there.

    Args:
        parent: folder in which it is made.
        prefix: begins its name; one of PREFIXES where files may be large, so that a killed process's is found.

    Raises:
        OSError: if it cannot be made.
    """
    remove_leftovers(parent)
    made = _make(parent, prefix)
    _open_folders.append(made)
    try:
        yield made[0]
    finally:
        _remove(*made)
        _open_folders.remove(made)


def tidy_scratch() -> None:
    """Remove all that are open."""
    for made in list(_open_folders):
        _remove(*made)


def remove_leftovers(parent: Path) -> list[Path]:
    """Remove what processes that were killed left in a folder; what a living one holds stays.

    Args:
        parent: a map's folder.

    Returns:
        The folders that were removed.
    """
    removed = []
    for folder in sorted(parent.glob(".cscl-*")):
        if not folder.name.startswith(PREFIXES) or folder.is_symlink() or not folder.is_dir():
            continue
        lock = FileLock(folder / LOCK, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except OSError:  # held, or of another user: it is not for us to remove
            continue
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        if os.name != "posix":  # a file that is open cannot be removed there
            with contextlib.suppress(OSError):
                (folder / LOCK).unlink(missing_ok=True)
                folder.rmdir()
        removed.append(folder)
    return removed


def _make(parent: Path, prefix: str) -> tuple[Path, FileLock]:
    for _ in range(_TAKEN):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        lock = FileLock(folder / LOCK, thread_local=False)
        with contextlib.suppress(Timeout, FileNotFoundError):
            lock.acquire(timeout=0)
            if (folder / LOCK).exists():
                return folder, lock
            lock.release()
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    shutil.rmtree(folder, ignore_errors=True)  # the lock's file, where one that is open cannot be removed
