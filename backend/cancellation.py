"""Notice that a run is to stop: a signal, a closed stdin, the death of the parent process."""

from __future__ import annotations

import logging
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
"""Linux prctl option: the signal sent when the parent dies (sys/prctl.h)."""
STDIN_POLL_S = 0.2
"""Time between two looks at stdin on Windows."""
CLOSED_PIPE = (109, 233)
"""Windows' ERROR_BROKEN_PIPE and ERROR_PIPE_NOT_CONNECTED."""
GRACE_S = 1.2
"""Seconds that a cancelled run has to end by itself; GDAL's writing of a large raster cannot be broken off."""


class Terminable(Protocol):
    """What can be broken off from another thread."""

    def terminate(self) -> None: ...


class Cancellation:
    """Set by SIGINT or SIGTERM and, in a worker, by the end of stdin.

    On POSIX the signals are taken by a thread of their own, since the main thread may be inside an inference and
    Python's handlers would wait for its end; that inference is broken off.
    """

    def __init__(self, overdue: Callable[[], None] | None = None, watch_stdin: bool = False) -> None:
        """
        Args:
            overdue: called from another thread if the run has not ended some time after it was cancelled; it is to
                tidy up and end the process.
            watch_stdin: the process that started this one holds a pipe to its stdin; when the pipe closes, by
                intent or because the parent died, the run is cancelled. A stdin that is no pipe is left alone.
        """
        self._event = threading.Event()
        self._session: Terminable | None = None
        self._watch_stdin = watch_stdin
        self._overdue = overdue
        self._timer: threading.Timer | None = None
        self._signals = {signal.SIGINT, signal.SIGTERM}
        self._waiter: threading.Thread | None = None
        self._unblock: set[signal.Signals] = set()

    def is_set(self) -> bool:
        """True once the run is to stop."""
        return self._event.is_set()

    def set(self) -> None:
        """Stop the run."""
        if not self._event.is_set() and self._overdue is not None:
            self._timer = threading.Timer(GRACE_S, self._overdue)
            self._timer.daemon = True
            self._timer.start()
        self._event.set()
        if self._session is not None:
            self._session.terminate()

    def watch_session(self, session: Terminable) -> None:
        """Break off this session's inference when the run is to stop."""
        self._session = session
        if self._event.is_set():
            session.terminate()

    def __enter__(self) -> Cancellation:
        if hasattr(signal, "pthread_sigmask"):
            before = signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
            self._unblock = {number for number in self._signals if number not in before}
            self._waiter = threading.Thread(target=self._wait_for_signal, name="signals", daemon=True)
            self._waiter.start()
        else:
            for number in self._signals:
                signal.signal(number, lambda *_: self.set())
        if self._watch_stdin and _stdin_is_pipe():
            _die_with_parent()
            threading.Thread(target=self._wait_for_stdin, name="stdin", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back: a caller in the same process, or a child of it, must not inherit the block.

        A cancelled run keeps them: its process is about to end, and a second signal must not change its exit code.
        """
        if self._timer is not None:
            self._timer.cancel()
        waiter = self._waiter
        if waiter is None or waiter.ident is None or self._event.is_set():
            return
        self._waiter = None
        signal.pthread_kill(waiter.ident, signal.SIGTERM)
        waiter.join()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._unblock)

    def _wait_for_signal(self) -> None:
        while True:
            signal.sigwait(self._signals)
            if self._waiter is None:
                return
            self.set()

    def _wait_for_stdin(self) -> None:
        try:
            if sys.platform == "win32":
                while not self._event.wait(STDIN_POLL_S):
                    if _is_closed_pipe(sys.stdin.fileno()):
                        break
            else:
                while os.read(sys.stdin.fileno(), 4096):
                    continue
        except OSError as error:
            log.warning("stdin: %s", error)
            if sys.platform == "win32":
                return  # the pipe cannot be asked; nothing says that it has closed
        self.set()


def _stdin_is_pipe() -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):
        return False


def _is_closed_pipe(descriptor: int) -> bool:
    """True once nobody holds the other end of a pipe of Windows; asks without reading.

    A thread that waits in a read of stdin would keep others from looking at it, which the initialisation of OpenBLAS
    does: importing numpy would wait for ever.

    Raises:
        OSError: if the pipe cannot be asked.
    """
    import ctypes
    import msvcrt

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined, unused-ignore]
    handle = ctypes.c_void_p(msvcrt.get_osfhandle(descriptor))  # type: ignore[attr-defined, unused-ignore]
    if kernel.PeekNamedPipe(handle, None, 0, None, None, None):
        return False
    code = ctypes.get_last_error()  # type: ignore[attr-defined, unused-ignore]
    if code in CLOSED_PIPE:
        return True
    raise OSError(code, "the pipe cannot be asked")


def _die_with_parent() -> None:
    """On Linux, have the kernel send SIGTERM when the parent dies."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    try:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError) as error:
        log.warning("cannot follow the parent's death: %s", error)
