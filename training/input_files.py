"""The files that a data set is made of: what they hold, and whether they stay so while it is built.

A run reads each file when it is opened, to know it again, and when samples are cut. One that changes in between would
give samples of two states under one checksum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from backend.errors import DamagedFileError, InputError
from backend.model_card import file_sha256
from training.progress import Progress
from training.threads import in_threads

THREADS = 4
"""Files that are read at the same time."""
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""What one Shapefile consists of."""


class ChangedInputError(InputError):
    """A file is another one than when the run began."""


class InputFiles:
    """All files of some sources, as they were when this was made."""

    def __init__(self, paths: Sequence[Sequence[Path]], data: Path, progress: Progress) -> None:
        """Read all of them once.

        Args:
            paths: of each source.
            data: the folder that they are named by.
            progress: is told how far it is and asked whether to stop.

        Raises:
            InputError: if a file is gone.
            DamagedFileError: if one cannot be read.
            CancelledError: if cancelled.
        """
        self.facts: list[list[dict[str, Any]]] = []
        """Path, size and SHA-256 of each, for each source."""
        unique = sorted({path for listed in paths for path in listed})
        found = in_threads(lambda path: (_state(path), _digest(path)), unique, THREADS, progress)
        self._states: dict[Path, tuple[int, int]] = {}
        self._digests: dict[Path, str] = {}
        for done, path in enumerate(unique):
            progress.progress(done, len(unique), f"checking {path.name}")
            self._states[path], self._digests[path] = next(found)
        for listed in paths:
            self.facts.append(
                [
                    {"path": named(path, data), "bytes": self._states[path][0], "sha256": self._digests[path]}
                    for path in listed
                ]
            )
        progress.progress(len(unique), len(unique), "inputs checked")

    def check_unchanged(self) -> None:
        """Raises:
        ChangedInputError: naming a file that was written since.
        InputError: if one is gone.
        """
        for path, state in self._states.items():
            # some programs touch what they have open: what it holds counts
            if _state(path) != state and _digest(path) != self._digests[path]:
                raise ChangedInputError(
                    f"{path}: the file was changed while the data set was built, so that nobody knows which samples "
                    "are of which state.",
                    "Run the same command again when nothing writes to it any more.",
                )


def parcel_files(path: Path) -> list[Path]:
    """The files that a file of parcels consists of."""
    if path.is_dir():
        return sorted(item for item in path.rglob("*") if item.is_file())
    if path.suffix.lower() == ".shp":
        return sorted(found for ending in SHAPEFILE for found in _beside(path, ending))
    return [path]


def named(path: Path, data: Path) -> str:
    """A path as the data set names it: machines and users are nobody's business."""
    try:
        return path.resolve().relative_to(data.resolve()).as_posix()
    except ValueError:
        return path.name


def _beside(path: Path, ending: str) -> Iterator[Path]:
    for spelling in (ending, ending.upper()):
        if path.with_suffix(spelling).is_file():
            yield path.with_suffix(spelling)
            return


def _state(path: Path) -> tuple[int, int]:
    """Size and time of the last writing."""
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise InputError(f"{path}: the file is gone.", "Put it back and run the same command again.") from error
    return found.st_size, found.st_mtime_ns


def _digest(path: Path) -> str:
    try:
        return file_sha256(path)
    except FileNotFoundError as error:
        raise InputError(f"{path}: the file is gone.", "Put it back and run the same command again.") from error
    except OSError as error:
        raise DamagedFileError(f"{path}: cannot be read ({error.strerror}).", "Copy the file again.") from error
