"""The worker's side of the process edge: events on stdout and nothing else, cancelling, exit codes.

What is to be done is the caller's; so is what a cancelled run leaves behind.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from . import __version__
from .cancellation import Cancellation
from .errors import (
    EXIT_CANCELLED,
    EXIT_DONE,
    EXIT_FAULT,
    CancelledError,
    CsclError,
    DamagedFileError,
    InputError,
    PackageMissingError,
    ResourceError,
)
from .protocol import encode_event

log = logging.getLogger(__name__)

CANCELLED = "The run was cancelled."
_ROOM = "Free some space or choose another folder."
_RIGHTS = "Choose another folder, or have its rights changed."
_MEDIUM = "Check the disk or the network that it lies on, and copy the file again."
FAILURES: dict[int | None, tuple[type[CsclError], str, str]] = {
    errno.ENOSPC: (ResourceError, "disk is full", _ROOM),
    getattr(errno, "EDQUOT", errno.ENOSPC): (ResourceError, "disk is full", _ROOM),
    errno.EFBIG: (ResourceError, "file is larger than the file system or a limit allows", _ROOM),
    errno.EMFILE: (ResourceError, "process has too many files open", "Raise the limit of open files (ulimit -n)."),
    errno.ENFILE: (ResourceError, "system has too many files open", "Close other programs."),
    errno.ENOMEM: (ResourceError, "memory ran out", "Close other programs."),
    errno.EACCES: (InputError, "rights for this file or folder are missing", _RIGHTS),
    errno.EPERM: (InputError, "rights for this file or folder are missing", _RIGHTS),
    errno.EROFS: (InputError, "file system can only be read", _RIGHTS),
    errno.ENAMETOOLONG: (InputError, "name is longer than the file system allows", "Choose a shorter one."),
    errno.EIO: (DamagedFileError, "disk cannot be read or written", _MEDIUM),
    getattr(errno, "ESTALE", errno.EIO): (DamagedFileError, "disk cannot be read or written", _MEDIUM),
}
"""What the system says and no program can mend: kind of error, what is told, and what to do."""
OURS = ("backend", "training")
"""Packages that come with the program; one of their modules missing is no fault of the user's Python."""


class EventWriter:
    """Takes over the process's stdout: events go there, whatever else is printed goes to stderr."""

    def __init__(self) -> None:
        # what libraries print, in Python or in C, must not end up between the events
        self._stream = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._lock = threading.Lock()

    def __call__(self, event: str, **values: Any) -> None:
        """Send one event (backend.protocol).

        Raises:
            CancelledError: if nobody reads them any more.
        """
        # not for ever: a thread that is stuck in a full pipe must not keep a cancelled process alive
        is_ours = self._lock.acquire(timeout=0.3)
        try:
            self._stream.write(encode_event(event, **values) + "\n")
            self._stream.flush()
        except OSError as error:
            raise CancelledError(f"{CANCELLED[:-1]}: nobody reads its events any more.") from error
        finally:
            if is_ours:
                self._lock.release()

    def fail(self, message: str, hint: str, code: str, exit_code: int) -> int:
        """Send the error event, the last one of a run that failed; returns the exit code."""
        try:
            self("error", code=code, message=message, hint=hint, exit_code=exit_code)
        except CancelledError:
            log.warning("nobody reads the events any more: %s", message)
        sys.stderr.write(f"Error: {message}\n")
        return exit_code


def serve(
    work: Callable[[EventWriter, Cancellation], None],
    discard: Callable[[], str] = lambda: "",
    hint: str = "",
) -> int:
    """Do the work as a worker; returns the exit code.

    The run is cancelled by a signal, the end of stdin or the parent's death; work that does not end by itself then
    is broken off before two seconds are over.

    Args:
        work: sends `started` first and `result` last, and asks the cancellation whether to stop.
        discard: removes what a run that is broken off has half written; says what to do then, if it knows.
        hint: what to do after a run that was broken off, otherwise.
    """
    emit = EventWriter()

    def stop() -> None:
        try:
            emit.fail(CANCELLED, discard() or hint, CancelledError.__name__, EXIT_CANCELLED)
            sys.stderr.flush()
        finally:
            os._exit(EXIT_CANCELLED)  # also where nobody is left to tell it to

    try:
        with Cancellation(stop, watch_stdin=True) as cancellation:
            work(emit, cancellation)
        return EXIT_DONE
    except Exception as error:
        told = explain(error)
        if told is None:
            return emit.fail(fault_sentence(error), "Please report it with the log.", "Fault", EXIT_FAULT)
        return emit.fail(told.message, told.hint, told.code, told.exit_code)


def started(emit: EventWriter, task: str) -> None:
    """Send the first event of a run."""
    emit("started", task=task, version=__version__, pid=os.getpid())


def explain(error: Exception) -> CsclError | None:
    """An error as one that is told in a sentence; None for a fault of ours."""
    if isinstance(error, CsclError):
        return error
    if isinstance(error, MemoryError):
        return ResourceError("The memory ran out.", "Lower the memory limit, or close other programs.")
    if isinstance(error, OSError) and error.errno in FAILURES:
        kind, what, hint = FAILURES[error.errno]
        return kind(f"{error.filename}: the {what}." if error.filename else f"The {what}.", hint)
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] not in OURS:
        return PackageMissingError(
            f"The Python {sys.executable} cannot load a package that is needed here: {error}.",
            "Install what resources/requirements-training.txt or requirements-mapping.txt lists into it.",
        )
    return None


def say_error(error: Exception) -> int:
    """Tell an error to a person, on stderr; returns the exit code."""
    told = explain(error)
    if told is None:  # a fault of ours: one sentence here, the rest in a file
        sys.stderr.write(f"Error: {fault_sentence(error)}\n")
        return EXIT_FAULT
    sys.stderr.write(f"Error: {told.message}\n" + (f"{told.hint}\n" if told.hint else ""))
    return told.exit_code


def fault_sentence(error: Exception) -> str:
    """Write the traceback to a file of its own and say where it is."""
    handle, name = tempfile.mkstemp(prefix=f"cscl-fault-{time.strftime('%Y%m%d-%H%M%S')}-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write("".join(traceback.format_exception(error)))
    return f"A fault of this program ({type(error).__name__}); the details are in {name}."
