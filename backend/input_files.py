"""The files that a map is made from, and what tells them from others: size, time, checksum. Reads no pixels.

A season of products is tens of gigabytes, of which a map of a region reads a small part: hashing all of it (0.6 GB/s
from memory, far less from a disk) can take longer than the map. So of large files 16 parts are hashed, which tells any
other product, baseline, cut or truncation, in half a second for a season; a bit that flips between the parts it does
not, but then the maps differ, and `repeat` says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .errors import InputError
from .observations import Observation
from .sidecar import NAME as TABLE_NAME

WHOLE_BYTES = 16 * 2**20
"""Files up to this size are hashed whole."""
PARTS, PART_BYTES = 16, 2**16
"""Parts that are hashed of larger ones: the first, the last, and those evenly between."""
THREADS = 8
"""On a network each read waits for an answer."""


@dataclass(frozen=True)
class InputFile:
    """One file as it was when a run began."""

    path: str
    size: int
    modified: str
    """UTC, as the file system says."""
    sha256: str
    """As sha256:<hex>."""
    parts: int
    """Parts of PART_BYTES that were hashed; 0 for the whole file."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def files_of(observations: Iterable[Observation], bands: Sequence[str], others: Iterable[Path] = ()) -> list[Path]:
    """The files that a run over these observations reads: bands, masks, tables beside them; zips for what lies in them.

    Args:
        observations: those that are used.
        bands: that the model wants.
        others: region, parcels.

    Returns:
        Each once, in order of paths.
    """
    found = set(others)
    for item in observations:
        for granule in item.granules:
            sources = [granule.bands[band] for band in bands]
            sources += [mask for mask in (granule.scl, granule.cloud_mask) if mask is not None]
            for source in sources:
                found.add(_on_disk(source.path))
    tables = {path.parent / TABLE_NAME for path in found}
    return sorted(found | {table for table in tables if table.is_file()})


def identify(paths: Iterable[Path]) -> list[InputFile]:
    """What tells these files from others, in the order given.

    Raises:
        InputError: naming a file that is not there any more.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(_identify, paths))


def changed_files(recorded: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is to be said of files that are not what they were, a sentence each.

    Args:
        recorded: InputFile.to_dict() of each, as it was.
    """

    def look(item: Mapping[str, Any]) -> str:
        path = Path(str(item.get("path", "")))
        if not path.is_file():
            return f"{path} is not there any more."
        same = path.stat().st_size == item.get("size") and _identify(path).sha256 == item.get("sha256")
        return "" if same else f"{path} has changed since."

    with ThreadPoolExecutor(THREADS) as pool:
        return [sentence for sentence in pool.map(look, recorded) if sentence]


def changed_meanwhile(files: Iterable[InputFile]) -> list[str]:
    """Paths of files that were removed or written to since they were identified, by size and time alone."""
    changed = []
    for item in files:
        path = Path(item.path)
        if not path.is_file() or (path.stat().st_size, _modified(path)) != (item.size, item.modified):
            changed.append(item.path)
    return changed


def _identify(path: Path) -> InputFile:
    try:
        size = path.stat().st_size
        digest = hashlib.sha256(f"{size}:".encode()) if size > WHOLE_BYTES else hashlib.sha256()
        with path.open("rb") as stream:
            if size <= WHOLE_BYTES:
                digest.update(stream.read())
            else:
                for number in range(PARTS):
                    stream.seek((size - PART_BYTES) * number // (PARTS - 1))
                    digest.update(stream.read(PART_BYTES))
        parts = PARTS if size > WHOLE_BYTES else 0
        return InputFile(str(path), size, _modified(path), f"sha256:{digest.hexdigest()}", parts)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path} any more.", "Put it back, or leave that date out.") from error


def _modified(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, timezone.utc).isoformat(timespec="microseconds")


def _on_disk(path: Path) -> Path:
    """The file itself, or the zip that it lies in."""
    if path.exists():
        return path
    return next((place for place in path.parents if place.is_file()), path)
