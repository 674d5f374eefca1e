"""Folders and zip files looked at alike: which files are there, and the bytes of small ones. Unpacks nothing.

A file inside a zip has a path *through* the zip, such as /data/X.SAFE.zip/X.SAFE/MTD_MSIL2A.xml; raster.py opens
images by it. Zips come from outside: one that is cut short, encrypted, or holds names that lead out of it is refused.
"""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from .errors import DamagedFileError, InputError

READ_LIMIT = 64 << 20
"""Largest file read whole, bytes: the metadata of a product are below 2 MB."""
RATIO_LIMIT = 200
"""Largest expansion of a file read whole; XML shrinks to a twentieth at most."""
RATIO_FREE = 1 << 20
"""Up to this size no ratio counts."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Ways of compression that GDAL reads in place."""
ENCRYPTED = 0x1
"""Bit of a zip entry's flags."""
LOCAL_HEADER = b"PK\x03\x04"
"""What a zip file begins with."""


@dataclass(frozen=True)
class FileTree:
    """The files below a folder, on disk or inside a zip."""

    root: Path
    """The folder; inside a zip, the path through it."""
    names: tuple[str, ...]
    """Paths of the files relative to the folder, with slashes, in order."""
    archive: Path | None = None
    """The zip file that the folder lies in."""

    def path(self, name: str) -> Path:
        """Where a file lies."""
        return self.root / name

    def below(self, folder: str) -> FileTree:
        """The files of a folder further down."""
        start = f"{folder}/" if folder else ""
        names = tuple(name[len(start) :] for name in self.names if name.startswith(start))
        return FileTree(self.root / folder, names, self.archive)

    def read(self, name: str) -> bytes:
        """The bytes of a small file.

        Raises:
            DamagedFileError: if it is larger than READ_LIMIT, expands beyond measure, or cannot be read.
        """
        path = self.path(name)
        if self.archive is not None:
            return _read_member(self.archive, path)
        try:
            if path.stat().st_size > READ_LIMIT:
                raise _too_large(path, path.stat().st_size)
            return path.read_bytes()
        except OSError as error:
            if isinstance(error, DamagedFileError):
                raise
            raise DamagedFileError(f"{path}: cannot be read ({error.strerror}).", "Copy the file again.") from error


def folder_tree(root: Path) -> FileTree:
    """The files below a folder on disk."""
    names = []
    for place, _, files in os.walk(root):
        start = Path(place).relative_to(root)
        names += [(start / name).as_posix() for name in files]
    return FileTree(root, tuple(sorted(names)))


def zip_tree(path: Path) -> FileTree:
    """The files inside a zip, once it is checked.

    Raises:
        InputError: if it is encrypted, or compressed in a way that cannot be read in place.
        DamagedFileError: if it is no zip, cut short, or holds a name that leads out of it.
    """
    return FileTree(path, tuple(sorted(_members(path))), path)


def _members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by their names with slashes."""
    members: dict[str, zipfile.ZipInfo] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _not_a_zip(path, error) from error
    for info in infos:
        name = info.filename.replace("\\", "/")
        if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
            raise DamagedFileError(
                f"{path.name}: the zip holds the name '{info.filename}', which leads out of it.",
                "Do not use this file; download the product from its source.",
            )
        if info.is_dir() or name.endswith("/"):
            continue
        if info.flag_bits & ENCRYPTED:
            raise InputError(f"{path.name}: the zip is encrypted.", "Unpack it with its password first.")
        if info.compress_type not in METHODS:
            raise InputError(
                f"{path.name}: '{name}' is compressed in a way that cannot be read inside the zip "
                f"(method {info.compress_type}).",
                "Unpack the zip first.",
            )
        members[name.removeprefix("./")] = info
    return members


def _read_member(archive: Path, path: Path) -> bytes:
    name = path.relative_to(archive).as_posix()
    info = _members(archive)[name]
    if info.file_size > READ_LIMIT:
        raise _too_large(path, info.file_size)
    if info.file_size > RATIO_FREE and info.file_size > RATIO_LIMIT * info.compress_size:
        raise DamagedFileError(
            f"{path}: expands from {info.compress_size} to {info.file_size} bytes, which no product's metadata do.",
            "Do not use this file; download the product from its source.",
        )
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(info) as stream:
            content = stream.read(READ_LIMIT + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise DamagedFileError(f"{path}: cannot be unpacked ({error}).", "Download the product again.") from error
    if len(content) > READ_LIMIT:
        raise _too_large(path, len(content))
    return content


def _not_a_zip(path: Path, error: Exception) -> DamagedFileError:
    try:
        with path.open("rb") as stream:
            begins_as_zip = stream.read(len(LOCAL_HEADER)) == LOCAL_HEADER
    except OSError as unreadable:
        return DamagedFileError(f"{path}: cannot be read ({unreadable.strerror}).", "Copy the file again.")
    if begins_as_zip:
        return DamagedFileError(
            f"{path.name}: the zip is cut short or damaged ({error}).", "Download the product again."
        )
    return DamagedFileError(f"{path.name}: expected a zip file, but it is none.", "Download the product again.")


def _too_large(path: Path, size: int) -> DamagedFileError:
    return DamagedFileError(
        f"{path}: {size} bytes are too much for a product's metadata (at most {READ_LIMIT}).",
        "Download the product from its source.",
    )
