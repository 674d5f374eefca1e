"""One progress for work in several stages, each of which counts by itself. No QGIS in here."""

from __future__ import annotations

import math
import time
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

TOTAL = 1000
"""What the whole work counts as."""
TICK_S = 1.0
"""After so long without news the time left is told anew."""


class StagedProgress:
    """Puts the progress events of stages together by the time that each is expected to take.

    A stage may count several times from the start; the whole never goes back.
    """

    def __init__(self, expected: Sequence[Tuple[str, float]], clock: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            expected: names of the stages in order, and seconds that they are expected to take.
            clock: seconds that go on.
        """
        self._names: List[str] = [name for name, _ in expected]
        self._seconds: List[float] = [max(0.1, seconds) for _, seconds in expected]
        self._clock = clock
        self._stage = 0
        self._share = self._shown = 0.0
        self._begun = self._told = clock()
        self._what = ""
        self._left: Optional[float] = None

    def update(self, event: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
        """The progress event of the whole that follows from a stage's event; None where it tells nothing of that."""
        name = str(event.get("stage", ""))
        if event["event"] not in ("progress", "stage") or name not in self._names:
            return None
        number = self._names.index(name)
        if number > self._stage:
            self._stage, self._share, self._begun = number, 0.0, self._clock()
            self._left, self._what = None, ""
        if event["event"] == "progress" and number == self._stage:
            total = float(event.get("total", 0))
            if total > 0:
                self._share = max(self._share, min(1.0, float(event.get("done", 0)) / total))
            self._left, self._what = event.get("eta_s"), str(event.get("what", ""))
        return self._whole()

    def tick(self) -> Optional[Dict[str, Any]]:
        """The progress event where nothing was told for a while, so that time goes on; None if that is not long ago."""
        return self._whole() if self._clock() - self._told >= TICK_S else None

    def _whole(self) -> Dict[str, Any]:
        self._told = now = self._clock()
        expected, before = self._seconds[self._stage], sum(self._seconds[: self._stage])
        share, left = self._share, self._left
        if not share:  # a stage that does not count: by the clock, ever slower, so that it never seems done
            rest = math.exp(-(now - self._begun) / expected)
            share, left = 1 - rest, expected * rest
        elif left is None:
            left = expected * (1 - share)
        after = sum(self._seconds[self._stage + 1 :])
        self._shown = max(self._shown, (before + expected * share) / sum(self._seconds))
        return {
            "event": "progress",
            "stage": self._names[self._stage],
            "done": round(TOTAL * self._shown),
            "total": TOTAL,
            "eta_s": float(left or 0.0) + after,
            "what": self._what,
        }
