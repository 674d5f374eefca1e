"""Folders for files that are half written. A process that must end at once removes them, too."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .raster import disk_errors

_open_folders: list[Path] = []


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder, on the disk where the files are to end up; it is gone afterwards.

    Raises:
        InputError: if the folder cannot be written to.
        ResourceError: if the disk is full.
    """
    with disk_errors(parent / prefix):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    _open_folders.append(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _open_folders.remove(folder)


def tidy_scratch() -> None:
    """Remove all that are open."""
    for folder in _open_folders:
        shutil.rmtree(folder, ignore_errors=True)
