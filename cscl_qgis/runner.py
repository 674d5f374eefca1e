"""Start the worker, yield its events, cancel it, and turn the way it ended into one sentence. No QGIS in here.

The worker is ``python -m backend run REQUEST.json`` with the engine's folder as working folder. Its stdin is a pipe
that is never written to: when it closes, because of a cancel or because QGIS died, the worker ends by itself.
"""

from __future__ import annotations

import collections
import contextlib
import json
import queue
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Deque, Dict, Iterator, List, Mapping, Optional, Set, Tuple, Type

from ._engine import protocol
from .child import Child, TimeoutExpired, lower_priority, read_lines, start

POLL_S = 0.2
"""Longest time between two looks at whether the user cancelled."""
CLOSE_S, TERMINATE_S = 1.0, 0.5
"""Patience with a closed stdin, then with a signal, before the worker is killed: less than 2 s in all."""
STALL_S = 600.0
"""A worker without news for this long is reported once; it is not stopped, since slow disks exist."""
TAIL_LINES = 200
WORK_PREFIX = ".cscl-"
"""Names of the engine's hidden working folders inside the output folder (backend.mapping.working_folder)."""

_END = object()

NATIVE_CRASHES: Dict[int, Tuple[str, str]] = {
    0xC0000005: (
        "crashed in native code (access violation, 0xC0000005)",
        "Have the IT desk check whether a virus scanner injects code into the process, and update the graphics "
        "driver if a GPU was used; then try with the device set to cpu.",
    ),
    0xC0000135: (
        "could not start because a DLL is missing (0xC0000135)",
        "Install the Microsoft Visual C++ Redistributable (x64), then set up the mapping engine again.",
    ),
    0xC0000142: (
        "could not start because a DLL failed to initialise (0xC0000142)",
        "Have the IT desk check whether a virus scanner or application control blocks the engine's folder.",
    ),
    0xC0000022: (
        "was denied access to one of its files (0xC0000022)",
        "Have the IT desk exempt the engine's folder in the virus scanner or application control.",
    ),
    0xC000001D: (
        "met an instruction that this processor does not have (0xC000001D)",
        "The packages need a processor with AVX2; use another computer.",
    ),
    0xC0000017: ("ran out of memory (0xC0000017)", "Lower the memory limit, or map a smaller region."),
    0xC000013A: ("was closed from outside (0xC000013A)", "Run it again."),
}
"""Windows status codes a worker may end with: what happened, what to do."""
SIGNAL_CRASHES: Dict[str, Tuple[str, str]] = {
    "SIGKILL": (
        "was ended by the system, most likely because the memory ran out (signal 9)",
        "Lower the memory limit, close other programs, or map a smaller region.",
    ),
    "SIGSEGV": ("crashed in native code (signal 11)", "Try with the device set to cpu; then report it with the log."),
    "SIGABRT": ("broke off in native code (signal 6)", "Try with the device set to cpu; then report it with the log."),
    "SIGBUS": ("could not read its memory or a file (signal 7)", "Check the disk, then run it again."),
    "SIGILL": (
        "met an instruction that this processor does not have (signal 4)",
        "The packages need a processor with AVX2; use another computer.",
    ),
    "SIGTERM": ("was closed from outside (signal 15)", "Run it again."),
}
"""Signals a worker may die of on Linux and macOS."""


class WorkerError(Exception):
    """The run failed: a sentence, what to do about it, and how the worker ended."""

    def __init__(self, message: str, hint: str = "", exit_code: int = 1, code: str = "", log: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
        self.code = code
        """The engine's kind of error, empty if the worker did not say."""
        self.log = log
        """The end of what the worker wrote besides events."""


class WorkerCancelledError(WorkerError):
    """The run ended because it was cancelled."""


class Worker:
    """One run of the engine. Use it in a with statement; leaving it ends the worker and removes the request file.

    Start it from a thread that lives as long as the run: on Linux the worker follows the death of that thread.
    """

    def __init__(self, python: Path, engine_dir: Path, request: Mapping[str, Any]) -> None:
        """
        Args:
            python: interpreter that has the engine's packages.
            engine_dir: folder that holds ``backend/``.
            request: JSON values, absolute paths only (``MapRequest.to_dict()``).
        """
        self._python, self._engine_dir, self._request = python, engine_dir, dict(request)
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._tail: Deque[str] = collections.deque(maxlen=TAIL_LINES)
        self._child: Optional[Child[bytes]] = None
        self._readers: List[threading.Thread] = []
        self._folder: Optional[Path] = None
        self._cancelled = False
        self._out = Path(str(self._request.get("out", "")))
        self._had_work: Set[Path] = set()

    def __enter__(self) -> Worker:
        self.start()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    @property
    def log(self) -> str:
        """The end of what the worker wrote besides events."""
        return "\n".join(self._tail)

    def start(self) -> None:
        """Write the request and start the worker.

        Raises:
            WorkerError: if it cannot be started.
        """
        self._had_work = self._working_folders()
        self._folder = Path(tempfile.mkdtemp(prefix="cscl-request-"))
        path = self._folder / "request.json"
        path.write_text(json.dumps(self._request, ensure_ascii=False), encoding="utf-8")
        try:
            child = start([str(self._python), "-u", "-m", "backend", "run", str(path)], self._engine_dir)
        except OSError as error:
            self.close()
            raise WorkerError(*explain_start(self._python, error)) from error
        self._child = child
        lower_priority(child)
        for target, name in ((self._read_events, "events"), (self._read_stderr, "stderr")):
            reader = threading.Thread(target=target, args=(child,), name=f"worker-{name}", daemon=True)
            reader.start()
            self._readers.append(reader)

    def events(self, timeout: float = POLL_S) -> Iterator[Optional[Dict[str, Any]]]:
        """The worker's events in order, and None whenever `timeout` seconds passed without one.

        Ends after the result; the error event is raised, not yielded.

        Raises:
            WorkerCancelledError: if `cancel` was called.
            WorkerError: if the worker failed, crashed, or ended without a result.
        """
        error: Optional[Dict[str, Any]] = None
        has_result = stalled = False
        last_news = time.monotonic()
        ended_at: Optional[float] = None
        while not self._cancelled:
            try:
                item = self._queue.get(timeout=timeout)
            except queue.Empty:
                now = time.monotonic()
                if self._child is None or self._child.poll() is not None:
                    # A grandchild may hold the pipe open; the worker itself has nothing more to say
                    ended_at = ended_at or now
                    if now - ended_at > 1.0:
                        break
                elif now - last_news > STALL_S and not stalled:
                    stalled = True
                    minutes = round(STALL_S / 60)
                    yield {"event": "warning", "message": f"The worker has given no news for {minutes} minutes."}
                yield None
                continue
            if item is _END:
                break
            last_news, stalled = time.monotonic(), False
            if item["event"] == "error":
                error = item
            else:
                has_result = has_result or item["event"] == "result"
                yield item
        self._finish(error, has_result)

    def cancel(self) -> None:
        """End the worker within 2 s, kindly first, and remove what a killed one left half-made."""
        self._cancelled = True
        self._stop()

    def close(self) -> None:
        """End the worker if it still runs, and remove the request file. May be called again."""
        self._stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _finish(self, error: Optional[Dict[str, Any]], has_result: bool) -> None:
        if self._cancelled or self._child is None:
            raise WorkerCancelledError("The run was cancelled; nothing was written.", "", 4, "CancelledError")
        try:
            exit_code = self._child.wait(5.0)
        except TimeoutExpired:
            # It said its last word but does not end; what it wrote is in place by then
            self._stop()
            exit_code = 0 if has_result else 1
        for reader in self._readers:
            reader.join(1.0)
        if error is not None:
            raise WorkerError(
                str(error.get("message", "The worker failed.")),
                str(error.get("hint", "")),
                int(error.get("exit_code", exit_code) or 1),
                str(error.get("code", "")),
                self.log,
            )
        if not has_result:
            message, hint = explain_exit(exit_code, self.log)
            raise WorkerError(message, hint, exit_code, "", self.log)

    def _stop(self) -> None:
        child, killed = self._child, False
        if child is None:
            return
        if child.stdin is not None and not child.stdin.closed:
            with contextlib.suppress(OSError):
                child.stdin.close()
        if not _ends_within(child, CLOSE_S):
            child.terminate()
            if not _ends_within(child, TERMINATE_S):
                child.kill()
                child.wait()
                killed = True
        for reader in self._readers:
            reader.join(0.2)
        if killed:
            for folder in self._working_folders() - self._had_work:
                shutil.rmtree(folder, ignore_errors=True)

    def _working_folders(self) -> Set[Path]:
        return set(self._out.glob(WORK_PREFIX + "*")) if self._out.is_absolute() and self._out.is_dir() else set()

    def _read_events(self, child: Child[bytes]) -> None:
        stream = child.stdout
        if stream is not None:
            for raw in read_lines(stream):
                line = raw.decode("utf-8", "replace").strip()
                event = protocol.decode_event(line)
                if event is not None:
                    self._queue.put(event)
                elif line:
                    self._tail.append(line[:2000])
        self._queue.put(_END)

    def _read_stderr(self, child: Child[bytes]) -> None:
        stream = child.stderr
        if stream is not None:
            for raw in read_lines(stream):
                self._tail.append(raw.decode("utf-8", "replace").rstrip()[:2000])


def _ends_within(child: Child[bytes], seconds: float) -> bool:
    try:
        child.wait(seconds)
    except TimeoutExpired:
        return False
    return True


def explain_start(python: Path, error: OSError) -> Tuple[str, str]:
    """Sentence and hint for a worker that could not be started."""
    windows = getattr(error, "winerror", None)
    if windows in (225, 226):
        return (
            f"The virus scanner blocked {python}.",
            "Have the IT desk exempt the engine's folder in the virus scanner.",
        )
    if windows in (5, 1260) or isinstance(error, PermissionError):
        return (
            f"This computer does not allow {python} to be run.",
            "Have the IT desk allow programs in that folder (application control, or a disk mounted without 'exec').",
        )
    return (
        f"The worker's Python {python} cannot be started ({error.strerror or error}).",
        "Set up the mapping engine again.",
    )


def explain_exit(exit_code: int, log: str) -> Tuple[str, str]:
    """Sentence and hint for a worker that ended without a result and without an error event."""
    status = exit_code & 0xFFFFFFFF
    if status in NATIVE_CRASHES:
        what, hint = NATIVE_CRASHES[status]
        return f"The worker {what}.", hint
    if exit_code < 0:
        try:
            name = signal.Signals(-exit_code).name
        except ValueError:
            name = str(-exit_code)
        what, hint = SIGNAL_CRASHES.get(name, (f"was ended by signal {name}", "Run it again; then report it."))
        return f"The worker {what}.", hint
    last = next((line.strip() for line in reversed(log.splitlines()) if line.strip()), "no message")
    if "DLL load failed" in log:
        return (
            f"The worker could not load one of its libraries: {last}",
            "Install the Microsoft Visual C++ Redistributable (x64), then set up the mapping engine again.",
        )
    if "No module named" in log or "ImportError" in log:
        return f"The worker's Python lacks a package: {last}", "Set up the mapping engine again."
    if status >= 0xC0000000:
        return f"The worker crashed in native code (0x{status:08X}).", "Give this code to the IT desk, with the log."
    if exit_code == 0:
        return "The worker ended without a result.", "Run it again; if it happens again, report it with the log."
    return f"The worker ended with code {exit_code}: {last}", "Report it with the log."
