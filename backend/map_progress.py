"""Progress of a map run as events. Knows nothing of what is mapped."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

PAUSE_S = 0.2
"""Least time between two events."""


class MapProgress:
    """Turns cells done into progress events, at most five a second."""

    def __init__(
        self,
        emit: Callable[..., None],
        cells: Sequence[int],
        finished: Collection[int],
        is_cancelled: Callable[[], bool],
        what: str = "Mapping",
        stage: str = "map",
    ) -> None:
        """
        Args:
            emit: takes events.
            cells: of each block.
            finished: blocks that an earlier run has done; they say nothing of this one's speed.
            is_cancelled: true once the run is to stop.
            what: names the work.
            stage: of the events; another one than "map" for what comes after the map.
        """
        self._emit, self._is_cancelled, self._total = emit, is_cancelled, sum(cells)
        self._what, self._stage = what, stage
        self._done = self._before = sum(cells[number] for number in finished)
        self._started = self._said_at = time.monotonic()
        emit("progress", stage=stage, what=what, done=self._done, total=self._total, eta_s=None)

    def advance(self, cells: int) -> None:
        """So many more cells are done."""
        self._say(self._done + cells)

    def progress(self, done: int, total: int, what: str) -> None:
        """`done` of `total` cells that were missing at first are done."""
        if done:
            self._say(self._before + done)

    def is_cancelled(self) -> bool:
        """True once the run is to stop."""
        return self._is_cancelled()

    def _say(self, done: int) -> None:
        self._done = done
        now = time.monotonic()
        if now - self._said_at < PAUSE_S and done < self._total:
            return
        self._said_at = now
        left = (now - self._started) / (done - self._before) * (self._total - done)
        self._emit("progress", stage=self._stage, what=self._what, done=done, total=self._total, eta_s=round(left, 1))
