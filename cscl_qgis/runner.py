"""Start a worker, yield its events, cancel it, and turn the way it ended into one sentence. No QGIS in here.

A worker is a module of the engine or of the training, started with the engine's folder as working folder: `map_task`
and `training_task` say which. Its stdin is a pipe that is never written to: when it closes, because of a cancel or
because QGIS died, the worker ends by itself.
"""

from __future__ import annotations

import collections
import contextlib
import json
import queue
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Deque, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Type

from ._engine import protocol
from .child import Child, TimeoutExpired, read_lines, start
from .engine_words import translated
from .translation import tr
from .worker_end import MEND, explain_exit, explain_start

POLL_S = 0.2
"""Longest time between two looks at whether the user cancelled."""
CLOSE_S, TERMINATE_S = 1.0, 0.5
"""Patience with a closed stdin, then with a signal, before the worker is killed: less than 2 s in all."""
STALL_S = 600.0
"""A worker without news for this long is reported once; it is not stopped, since slow disks exist."""
TAIL_LINES = 200

AFTER_CANCEL = "The run was cancelled; what is done so far is kept, and the same run goes on from there."

_END = object()


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


@dataclass(frozen=True)
class Task:
    """What a worker is to do. Paths are absolute: the worker's own folder is the engine's."""

    arguments: Tuple[str, ...]
    """Of the interpreter; `REQUEST` stands for the path of the request file."""
    request: Optional[Mapping[str, Any]] = None
    """JSON values for the request file; None for a task without one."""
    mend: str = MEND
    """What to do about a Python that lacks a package or does not start."""
    told: Mapping[str, Tuple[str, str]] = field(default_factory=dict)
    """Kinds of the worker's errors that are told in other words: sentence and hint."""


REQUEST = "{request}"


def map_task(request: Mapping[str, Any]) -> Task:
    """Map a region: a request as ``MapRequest.to_dict()`` has it."""
    return Task(("-m", "backend", "run", REQUEST), request)


def dates_task(request: Mapping[str, Any]) -> Task:
    """Look at a request's acquisitions; the result's summary has the rows. Model and folder are not needed."""
    return Task(("-m", "backend", "run", REQUEST, "--dates"), request)


def forecast_task(request: Mapping[str, Any]) -> Task:
    """Say what a run would take: an event `forecast`, and nothing is written."""
    return Task(("-m", "backend", "run", REQUEST, "--dry-run"), request)


def parcel_task(request: Mapping[str, Any]) -> Task:
    """Draw one parcel of a run over the season: run, wkt, crs, title, and svg, the picture's path."""
    return Task(("-m", "backend", "parcel-chart", REQUEST), request)


def parcel_table_task(request: Mapping[str, Any]) -> Task:
    """Make the table of parcels of a finished map: run, parcels, parcel_id, declared, class_table, inner_buffer_m."""
    return Task(("-m", "backend", "parcel-table", REQUEST), request)


def fields_task(request: Mapping[str, Any]) -> Task:
    """Cut a finished map into fields: run."""
    return Task(("-m", "backend", "cut-fields", REQUEST), request)


def declared_codes_task(request: Mapping[str, Any]) -> Task:
    """List a class table for a model and parcels: class_table, model, parcels, declared."""
    return Task(("-m", "backend", "declared-codes", REQUEST), request)


def training_task(
    arguments: Sequence[str], mend: str, told: Optional[Mapping[str, Tuple[str, str]]] = None
) -> Task:
    """Run stages of training/train.py, or `evaluate --map`.

    Args:
        arguments: of train.py.
        mend: what to do about a Python that lacks a package or does not start.
        told: kinds of the worker's errors that are told in other words: sentence and hint.
    """
    return Task(("-m", "training.train", *arguments, "--events"), mend=mend, told=told or {})


class Worker:
    """One run of a task. Use it in a with statement; leaving it ends the worker and removes the request file.

    Start it from a thread that lives as long as the run: on Linux the worker follows the death of that thread.
    """

    def __init__(self, python: Path, engine_dir: Path, task: Task) -> None:
        """
        Args:
            python: interpreter that has the packages which the task needs.
            engine_dir: folder that holds ``backend/`` and ``training/``.
            task: what to do.
        """
        self._python, self._engine_dir, self._task = python, engine_dir, task
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._tail: Deque[str] = collections.deque(maxlen=TAIL_LINES)
        self._child: Optional[Child[bytes]] = None
        self._readers: List[threading.Thread] = []
        self._folder: Optional[Path] = None
        self._cancelled = False

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
        """Write the request, if there is one, and start the worker.

        Raises:
            WorkerError: if it cannot be started.
        """
        arguments = list(self._task.arguments)
        if self._task.request is not None:
            path = self._write_request(self._task.request)
            arguments = [str(path) if argument == REQUEST else argument for argument in arguments]
        try:
            child = start([str(self._python), "-u", *arguments], self._engine_dir, behind=True)
        except OSError as error:
            self.close()
            raise WorkerError(*explain_start(self._python, error, self._task.mend)) from error
        self._child = child
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
                    yield {
                        "event": "warning",
                        "message": tr("The worker has given no news for {} minutes.").format(minutes),
                    }
                yield None
                continue
            if item is _END:
                break
            last_news, stalled = time.monotonic(), False
            item = translated(item)
            if item["event"] == "error":
                error = item
            else:
                has_result = has_result or item["event"] == "result"
                yield item
        self._finish(error, has_result)

    def cancel(self) -> None:
        """End the worker within 2 s, kindly first; what a killed one left half-made the next run removes."""
        self._cancelled = True
        self._stop()

    def close(self) -> None:
        """End the worker if it still runs, and remove the request file. May be called again."""
        self._stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _write_request(self, request: Mapping[str, Any]) -> Path:
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="cscl-request-"))
            path = self._folder / "request.json"
            path.write_text(json.dumps(dict(request), ensure_ascii=False), encoding="utf-8")
        except OSError as error:
            self.close()
            where = f"{error.filename or tempfile.gettempdir()}: {error.strerror or error}"
            raise WorkerError(
                tr("The request cannot be written ({}).").format(where),
                tr("Free some space for temporary files."),
                5,
                "NoSpaceError",
            ) from error
        return path

    def _finish(self, error: Optional[Dict[str, Any]], has_result: bool) -> None:
        if self._cancelled or self._child is None:
            raise WorkerCancelledError(tr(AFTER_CANCEL), "", 4, "CancelledError")
        try:
            exit_code = self._child.wait(5.0)
        except TimeoutExpired:
            # It said its last word but does not end; what it wrote is in place by then
            self._stop()
            exit_code = 0 if has_result else 1
        for reader in self._readers:
            reader.join(1.0)
        if error is not None:
            message, hint = str(error.get("message", tr("The worker failed."))), str(error.get("hint", ""))
            code, log = str(error.get("code", "")), self.log
            if code in self._task.told:
                log = f"{log}\n{message} {hint}"
                message, hint = self._task.told[code]
            raise WorkerError(message, hint, int(error.get("exit_code", exit_code) or 1), code, log)
        if not has_result:
            message, hint = explain_exit(exit_code, self.log, self._task.mend)
            raise WorkerError(message, hint, exit_code, "", self.log)

    def _stop(self) -> None:
        child = self._child
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
        for reader in self._readers:
            reader.join(0.2)

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
