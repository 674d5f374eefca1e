"""The file of one finished block: its arrays in an npz, whole or not there. Knows nothing of what is in them.

Nothing in it depends on when, where or by which process it was written. The zip's checksums tell a damaged one.
"""

from __future__ import annotations

import os
import secrets
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import DamagedFileError

PARTIAL = ".partial"
"""Ending of a file that is being written."""
COMPRESSION = 1
"""zlib's level: a map shrinks to a tenth, and more effort costs more time than it saves on the disk."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)
"""What reading a damaged zip or array raises."""


def write_block(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays by name; the file is at its path only once it is whole and on the disk.

    Several processes may write the same block at once: each has a partial file of its own, and all are the same.
    """
    partial = path.with_name(f"{path.stem}-{os.getpid()}-{secrets.token_hex(4)}{PARTIAL}")
    try:
        with partial.open("xb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
                for key, values in arrays.items():
                    entry = zipfile.ZipInfo(f"{key}.npy", _EPOCH)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    with archive.open(entry, "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, np.ascontiguousarray(values), allow_pickle=False)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def read_block_file(path: Path, wanted: Callable[[str], bool] = lambda name: True) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a block by name, checked against the zip's checksums.

    Args:
        path: of the file.
        wanted: says by their names which arrays are read.

    Raises:
        DamagedFileError: if it is not whole.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = {}
            for entry in archive.infolist():
                if not wanted(entry.filename.removesuffix(".npy")):
                    continue
                with archive.open(entry) as member:
                    found[entry.filename.removesuffix(".npy")] = np.lib.format.read_array(member, allow_pickle=False)
                    # the checksum is compared at the end of the data only
                    if member.read(1):
                        raise ValueError("bytes after the array")
            return found
    except FileNotFoundError:
        raise
    except _DAMAGE as error:
        raise DamagedFileError(
            f"{path.name}: the file of a finished block is damaged ({error}).", "Run the same command again."
        ) from error
