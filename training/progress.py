"""Progress of a stage: how far it is, what is odd, whether it is to stop. Told to nobody, a log, a terminal, or events.

What works calls one `Progress` and knows nothing of who listens. Starts no process and catches no signal: whether
the run is to stop is asked of whoever does (backend.cancellation).
"""

from __future__ import annotations

import collections
import logging
import math
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

from backend.errors import CancelledError
from backend.protocol import duration_text

log = logging.getLogger("training")

EVENT_PAUSE_S = 0.2
"""Least time between two progress events of one kind of work."""
LINE_PAUSE_S, LONGEST_PAUSE_S = 5.0, 60.0
"""A log gets a line each tenth of the work, but not more often, and not more seldom, than this."""
MARKS = 60
"""The time left goes by the speed over so many last steps: the first ones may be slower, or done already."""

IsCancelled = Callable[[], bool]
Emit = Callable[..., None]
"""emit(event, **values), as backend.protocol describes the events."""


class Progress(Protocol):
    """What a stage tells, and asks, while it works."""

    def progress(self, done: int, total: int, what: str, **figures: float) -> None:
        """`done` of `total` equal steps are done; the next is `what`. Another total, or fewer done, starts anew.

        Figures such as the loss go along to programs; people read them in `what`.
        """

    def warning(self, message: str) -> None:
        """One sentence about something that the user should look at."""

    def is_cancelled(self) -> bool:
        """True once the stage is to stop; it then raises CancelledError within a second."""


def check_cancelled(progress: Progress) -> None:
    """Stop here if the run is to stop.

    Raises:
        CancelledError: if it is.
    """
    if progress.is_cancelled():
        raise CancelledError(
            "The run was cancelled; what is done so far is kept.", "The same command goes on where it stopped."
        )


class TimeLeft:
    """Seconds left, by the speed over the last steps."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._total = -1
        self._marks: collections.deque[tuple[float, int]] = collections.deque(maxlen=MARKS)

    def update(self, done: int, total: int) -> tuple[bool, float | None]:
        """Whether other work begins with this step, and the seconds left, None while that cannot be said."""
        is_new = total != self._total or (bool(self._marks) and done < self._marks[-1][1])
        if is_new:
            self._total = total
            self._marks.clear()
        if not self._marks or done > self._marks[-1][1]:
            self._marks.append((self._clock(), done))
        if done >= total:
            return is_new, 0.0
        (start, first), (_, last) = self._marks[0], self._marks[-1]
        if last == first:
            return is_new, None
        now = self._clock()
        return is_new, max(0.0, (now - start) / (last - first) * (total - last) - (now - self._marks[-1][0]))


class QuietProgress:
    """Tells nobody; keeps the warnings, as the other kinds do."""

    def __init__(self, is_cancelled: IsCancelled = lambda: False) -> None:
        """
        Args:
            is_cancelled: true once the stage is to stop.
        """
        self.warnings: list[str] = []
        """Every warning so far, once each."""
        self._is_cancelled = is_cancelled
        self._time_left = TimeLeft()
        self._figures: dict[str, float] = {}

    def __enter__(self) -> QuietProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""

    def stage(self, name: str, state: str) -> None:
        """A stage of training begins or ends: `state` is e.g. "started"."""

    def progress(self, done: int, total: int, what: str, **figures: float) -> None:
        """Note the step."""
        self._figures = {name: value for name, value in figures.items() if math.isfinite(value)}
        is_new, left = self._time_left.update(done, total)
        self._show(done, total, what, is_new, left)

    def warning(self, message: str) -> None:
        """Keep and show a warning, once."""
        if message not in self.warnings:
            self.warnings.append(message)
            self._warn(message)

    def is_cancelled(self) -> bool:
        """True once the stage is to stop."""
        return self._is_cancelled()

    def _show(self, done: int, total: int, what: str, is_new: bool, left: float | None) -> None:
        """Show a step; kinds that show nothing leave this as it is."""

    def _warn(self, message: str) -> None:
        """Show a warning; likewise."""


class LogProgress(QuietProgress):
    """Lines in the log: where work begins and ends, at each tenth of it, and once a minute."""

    _tenth = -1
    _said_at = 0.0

    def stage(self, name: str, state: str) -> None:
        """A line."""
        log.info("%s: %s", name, state)

    def _show(self, done: int, total: int, what: str, is_new: bool, left: float | None) -> None:
        tenth, now = 10 * done // max(1, total), time.monotonic()
        pause = LINE_PAUSE_S if tenth != self._tenth else LONGEST_PAUSE_S
        if not is_new and done < total and now - self._said_at < pause:
            return
        self._tenth, self._said_at = tenth, now
        log.info("%d/%d %s%s", done, total, what, _time_left(left, ", "))

    def _warn(self, message: str) -> None:
        log.warning("Warning: %s", message)


class EventProgress(QuietProgress):
    """Events for the process that started this one (backend.protocol)."""

    def __init__(self, emit: Emit, is_cancelled: IsCancelled = lambda: False) -> None:
        """
        Args:
            emit: sends an event.
            is_cancelled: true once the stage is to stop.
        """
        super().__init__(is_cancelled)
        self._emit = emit
        self._stage = ""
        self._sent_at = 0.0

    def stage(self, name: str, state: str) -> None:
        """An event, and the name of those that follow."""
        self._stage = name
        self._emit("stage", stage=name, message=f"{name}: {state}")

    def _show(self, done: int, total: int, what: str, is_new: bool, left: float | None) -> None:
        now = time.monotonic()
        if is_new or done >= total or now - self._sent_at >= EVENT_PAUSE_S:
            self._sent_at = now
            eta_s = None if left is None else round(left, 1)
            self._emit("progress", stage=self._stage, done=done, total=total, eta_s=eta_s, what=what, **self._figures)

    def _warn(self, message: str) -> None:
        self._emit("warning", message=message)


class TerminalProgress(QuietProgress):
    """A live bar on stderr with the time left. Use it in a with statement."""

    _bars: Any = None
    _task: Any = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_bar()

    def stage(self, name: str, state: str) -> None:
        """A line, and no bar until the stage has one: other programs' bars may follow."""
        self._end_bar()
        log.info("%s: %s", name, state)

    def _show(self, done: int, total: int, what: str, is_new: bool, left: float | None) -> None:
        if self._bars is None:
            self._bars = _new_bars()
            self._bars.start()
        elif is_new:
            self._bars.remove_task(self._task)
        if self._task is None or is_new:
            self._task = self._bars.add_task(what, total=total, left="")
        self._bars.update(self._task, completed=done, description=what, left=_time_left(left))

    def _warn(self, message: str) -> None:
        log.warning("Warning: %s", message)

    def _end_bar(self) -> None:
        if self._bars is not None:
            self._bars.stop()
        self._bars = self._task = None


def _time_left(seconds: float | None, lead: str = "") -> str:
    return f"{lead}{duration_text(seconds)} left" if seconds is not None and seconds >= 1 else ""


def _new_bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TextColumn("{task.fields[left]}"),
        console=Console(stderr=True),
    )


def shown_progress(is_cancelled: IsCancelled = lambda: False) -> QuietProgress:
    """A bar where stderr is a terminal, lines in the log where not."""
    return TerminalProgress(is_cancelled) if sys.stderr.isatty() else LogProgress(is_cancelled)
