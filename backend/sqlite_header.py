"""Whether a SQLite file, such as a GeoPackage, is as long as its header says. Reads no tables."""

from __future__ import annotations

from pathlib import Path

from .errors import DamagedFileError

MAGIC = b"SQLite format 3\x00"
HEADER_BYTES = 100


def check_whole(path: Path) -> None:
    """Refuse a SQLite file that is shorter than it says: OGR may read the part that is there.

    Args:
        path: any file; one of another kind is let pass.

    Raises:
        DamagedFileError: if pages are missing.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
    if len(head) < HEADER_BYTES or not head.startswith(MAGIC):
        return
    # https://sqlite.org/fileformat2.html, 1.3: page size (1 stands for 65536), size in pages, and the two counters
    # that are equal where the size is to be trusted
    page = int.from_bytes(head[16:18], "big")
    expected = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    size = path.stat().st_size
    if head[24:28] == head[92:96] and size < expected:
        raise DamagedFileError(
            f"{path.name}: the file is cut short: it has {size} of {expected} bytes.", "Copy or download it again."
        )
