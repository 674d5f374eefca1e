"""Three steps of work that overlap in time: one thread makes items, this one works on them, a third takes the results.

Between two steps lies a queue of bounded length, so that memory does not depend on which of them is slow. Items keep
their order, so the results do not depend on timing. The first failure ends all three. Knows nothing of maps.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, Generic, TypeVar

from .errors import CancelledError

POLL_S = 0.05
"""How often a waiting step looks whether the run is to stop."""
_END = object()

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Stopped(Exception):  # noqa: N818 - the end of a step that another one's failure stopped, no failure of its own
    """Another step failed."""


class _Link(Generic[Item]):
    """A queue between two steps that can be broken off."""

    def __init__(self, length: int, stopped: threading.Event) -> None:
        self._queue: queue.Queue[Any] = queue.Queue(length)
        self._stopped = stopped

    def put(self, item: Any) -> None:
        while True:
            if self._stopped.is_set():
                raise _Stopped
            try:
                return self._queue.put(item, timeout=POLL_S)
            except queue.Full:
                continue

    def items(self, check: Callable[[], None] = lambda: None) -> Iterator[Item]:
        """Items until the step before has ended; `check` is called while waiting and before each of them."""
        while True:
            if self._stopped.is_set():
                raise _Stopped
            check()
            try:
                item = self._queue.get(timeout=POLL_S)
            except queue.Empty:
                continue
            if item is _END:
                return
            check()
            yield item

    def end(self) -> None:
        self.put(_END)


def run_pipeline(
    make: Callable[[Callable[[], bool]], Iterable[Item]],
    work: Callable[[Item], Iterable[Result]],
    take: Callable[[Result], None],
    is_cancelled: Callable[[], bool] = lambda: False,
    ahead: tuple[int, int] = (1, 1),
) -> None:
    """Let `make`, `work` and `take` run until `make` has no more; returns when all is taken.

    Args:
        make: yields items, in a thread of its own; is given what says whether it is to stop, for a long wait.
        work: makes any number of results of one item, in this thread.
        take: takes a result, in a thread of its own.
        is_cancelled: asked before each item and while waiting for one.
        ahead: items, and results, that may wait between two steps.

    Raises:
        CancelledError: if the run was cancelled.
        Exception: the first that one of the steps raised.
    """
    stopped = threading.Event()
    failures: list[BaseException] = []
    items: _Link[Item] = _Link(ahead[0], stopped)
    results: _Link[Result] = _Link(ahead[1], stopped)

    def guarded(step: Callable[[], None]) -> None:
        try:
            step()
        except _Stopped:
            return
        except BaseException as error:
            failures.append(error)
            stopped.set()

    def making() -> None:
        made = iter(make(stopped.is_set))
        try:
            for item in made:
                items.put(item)
        finally:
            if isinstance(made, Generator):
                made.close()  # its own threads end now, not when it is collected
        items.end()

    def taking() -> None:
        for result in results.items():
            take(result)

    def check() -> None:
        if is_cancelled():
            raise CancelledError("The run was cancelled.")

    def working() -> None:
        for item in items.items(check):
            for result in work(item):
                results.put(result)
        results.end()

    threads = [
        threading.Thread(target=guarded, args=(step,), name=name, daemon=True)
        for step, name in ((making, "reading"), (taking, "writing"))
    ]
    for thread in threads:
        thread.start()
    guarded(working)
    for thread in threads:
        while thread.is_alive():
            thread.join(POLL_S)
            if is_cancelled() and not stopped.is_set():
                guarded(check)
    if failures:
        raise failures[0]
