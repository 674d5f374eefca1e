"""Seconds by stage of work, summed over threads. Measures only; no plan and no result depends on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Sums up how long each stage took; a stage inside another one counts for itself alone."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._lock = threading.Lock()
        self._own = threading.local()

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of each stage so far."""
        with self._lock:
            return dict(self._seconds)

    def add(self, stage: str, seconds: float) -> None:
        """Count seconds that somebody else measured."""
        with self._lock:
            self._seconds[stage] = self._seconds.get(stage, 0.0) + seconds

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Count what is done inside."""
        inner: list[float] = self._own.__dict__.setdefault("inner", [])
        inner.append(0.0)
        started = time.monotonic()
        try:
            yield
        finally:
            spent = time.monotonic() - started
            self.add(stage, spent - inner.pop())
            if inner:
                inner[-1] += spent
