"""The hidden folder of a run inside its output folder: the finished blocks, and what they were made for.

A block's file is its journal entry. A run that was broken off, by a cancel, a failure or a power cut, leaves its
finished blocks; the same command takes them up again, another one discards them. One run holds the folder at a time.
Knows nothing of what is in a block.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy.typing as npt
from filelock import FileLock, Timeout

from .block_file import PARTIAL, read_block_file
from .errors import CancelledError, DamagedFileError, InputError, ResourceError

WORK = ".cscl-run"
"""Name of the folder."""
LOCK, HOLDER, IDENTITY, BLOCKS = "lock", "holder.json", "identity.json", "blocks"
KEPT = "What is done so far is kept, and the same command goes on from there."
"""What to do after a run that was broken off."""
_READERS_GONE = 3
"""How often the folder is made again, where another run removes it at the same moment."""
_open_folders: list[RunFolder] = []

Warn = Callable[[str], None]
IsWhole = Callable[[int, Mapping[str, npt.NDArray[Any]]], bool]


class RunFolder:
    """The folder of a run in progress; see run_folder."""

    def __init__(self, out: Path, made: Iterable[Path] = ()) -> None:
        """
        Args:
            out: the output folder.
            made: folders that did not exist before the run, innermost first.
        """
        self.out = out
        self.path = out / WORK
        self._made = list(made)

    @property
    def scratch(self) -> Path:
        """Folder for what is made after the blocks; empty at the start of a run."""
        return self.path / "scratch"

    def block_path(self, number: int) -> Path:
        """The file of a block."""
        return self.path / BLOCKS / f"block-{number:06d}.npz"

    def resume(self, identity: Mapping[str, Any], count: int, is_whole: IsWhole, warn: Warn) -> set[int]:
        """Numbers of the blocks that an earlier run of the same identity has finished; others are removed.

        Args:
            identity: all that the blocks depend on, as JSON values; kept for the next run.
            count: blocks of the plan.
            is_whole: tells whether arrays can be those of a block.
            warn: takes a sentence on what is discarded.
        """
        blocks = self.path / BLOCKS
        blocks.mkdir(exist_ok=True)
        _remove(self.scratch)
        self.scratch.mkdir()
        self._remove_partial()
        found = sorted(blocks.iterdir())
        known = self._known_identity()
        if found and known != json.loads(json.dumps(identity)):
            warn(
                f"{self.out}: an unfinished run lies here that differs in {_differences(known, identity)}; its "
                f"{len(found)} finished blocks are discarded."
            )
            _remove(blocks)
            blocks.mkdir()
        partial = self.path / f"{IDENTITY}{PARTIAL}"
        partial.write_text(json.dumps(identity, ensure_ascii=False), encoding="utf-8")
        os.replace(partial, self.path / IDENTITY)
        finished = set()
        for number in range(count):
            path = self.block_path(number)
            if path.exists():
                if self._is_sound(path, number, is_whole):
                    finished.add(number)
                else:
                    warn(f"{path}: the file of a finished block is damaged; the block is done again.")
                    _remove(path)
        return finished

    def forget(self) -> None:
        """Discard the blocks: they are of no use to a later run."""
        _remove(self.path / BLOCKS)

    def tidy(self) -> None:
        """Leave the finished blocks and nothing else; without any, not even the folder."""
        self._remove_partial()
        _remove(self.scratch)
        _remove(self.path / HOLDER)
        blocks = self.path / BLOCKS
        if not blocks.is_dir() or not any(blocks.iterdir()):
            self.remove()

    def remove(self) -> None:
        """Remove the folder, and those that were made for it and stayed empty."""
        _remove(self.path)
        for place in self._made:
            try:
                place.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                return

    @property
    def has_blocks(self) -> bool:
        """True if some block is finished."""
        blocks = self.path / BLOCKS
        return blocks.is_dir() and any(path.suffix == ".npz" for path in blocks.iterdir())

    def _is_sound(self, path: Path, number: int, is_whole: IsWhole) -> bool:
        try:
            return is_whole(number, read_block_file(path))
        except DamagedFileError:
            return False

    def _known_identity(self) -> Any:
        try:
            return json.loads((self.path / IDENTITY).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}

    def _remove_partial(self) -> None:
        for folder in (self.path, self.path / BLOCKS):
            if folder.is_dir():
                for path in folder.glob(f"*{PARTIAL}"):
                    _remove(path)


@contextmanager
def run_folder(out: Path) -> Iterator[RunFolder]:
    """Hold the folder of a run; it is gone after a run that went well, and keeps its blocks after another one.

    Raises:
        InputError: if the output folder cannot be used, or another run holds it.
        ResourceError: if disk or memory ran out meanwhile.
        CancelledError: as it came, with what is kept in its hint.
    """
    made = [place for place in (out, *out.parents) if not place.exists()]
    folder = RunFolder(out, made)
    try:
        lock = _acquire(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            folder.path.rmdir()
        for place in made:
            with contextlib.suppress(OSError):
                place.rmdir()
        raise InputError(
            f"{out}: cannot be used as the output folder ({error.strerror}).", "Choose another folder."
        ) from error
    _open_folders.append(folder)
    try:
        yield folder
        folder.remove()
    except BaseException as error:
        folder.tidy()
        told = _told(error, out, KEPT if folder.has_blocks else "")
        if told is error:
            raise
        raise told from error
    finally:
        _open_folders.remove(folder)
        lock.release()
        if os.name != "posix":
            folder.tidy()  # a file that is open cannot be removed there


def tidy_open_folders() -> str:
    """Tidy the folders of runs in progress, for a process that ends at once; returns what to do then."""
    for folder in list(_open_folders):
        folder.tidy()
    return KEPT if any(folder.has_blocks for folder in _open_folders) else ""


def _acquire(folder: RunFolder) -> FileLock:
    for attempt in range(_READERS_GONE):
        folder.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.path / LOCK)
        try:
            lock.acquire(timeout=0)
            holder = {"pid": os.getpid(), "since": datetime.now().astimezone().isoformat(timespec="seconds")}
            (folder.path / HOLDER).write_text(json.dumps(holder), encoding="utf-8")
            return lock
        except Timeout as error:
            raise InputError(
                f"{folder.out}: another run writes to this folder{_holder(folder.path)}.",
                "Wait for it, or choose another output folder.",
            ) from error
        except FileNotFoundError:
            lock.release()
            if attempt == _READERS_GONE - 1:
                raise
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder.path))


def _holder(path: Path) -> str:
    try:
        values = json.loads((path / HOLDER).read_text(encoding="utf-8"))
        return f" (process {int(values['pid'])}, since {str(values['since']).replace('T', ' ')[:19]})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _told(error: BaseException, out: Path, kept: str) -> BaseException:
    """The error as the user is told it: why, and that finished blocks are kept."""
    if isinstance(error, CancelledError) and not error.hint:
        return CancelledError(error.message, kept)
    if isinstance(error, MemoryError):
        return ResourceError("The memory ran out.", f"Lower the memory limit or give fewer dates. {kept}".strip())
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return ResourceError(f"{out}: the disk is full.", f"Free some space or choose another folder. {kept}".strip())
    return error


def _differences(known: Any, identity: Mapping[str, Any]) -> str:
    """What two identities differ in, by name."""
    if not isinstance(known, dict) or not known:
        return "what it was made for"
    names = []
    for key in sorted({*known, *identity}):
        ours, theirs = identity.get(key), known.get(key)
        if ours == theirs:
            continue
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            names += [str(name) for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name)]
        else:
            names.append(str(key))
    return ", ".join(names) or "what it was made for"


def _remove(path: Path) -> None:
    """Remove a file or a folder, as far as the system lets us: what stays is removed by the next run."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()
