"""One progress for work in several stages, each of which counts by itself. No QGIS in here."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

TOTAL = 1000
"""What the whole work counts as."""


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
        self._share = 0.0
        self._begun = clock()

    def update(self, event: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
        """The progress event of the whole that follows from a stage's event; None where it tells nothing of that."""
        name = str(event.get("stage", ""))
        if event["event"] not in ("progress", "stage") or name not in self._names:
            return None
        number = self._names.index(name)
        if number > self._stage:
            self._stage, self._share, self._begun = number, 0.0, self._clock()
        left: Optional[float] = None
        if event["event"] == "progress" and number == self._stage:
            total = float(event.get("total", 0))
            if total > 0:
                self._share = max(self._share, min(1.0, float(event.get("done", 0)) / total))
            left = event.get("eta_s")
        return self._whole(left, str(event.get("what", "")))

    def _whole(self, left: Optional[float], what: str) -> Dict[str, Any]:
        expected, before = self._seconds[self._stage], sum(self._seconds[: self._stage])
        if left is None:  # by what was expected, as long as the stage says nothing better
            left = max(0.0, expected * (1 - self._share) - (self._clock() - self._begun if not self._share else 0.0))
        after = sum(self._seconds[self._stage + 1 :])
        return {
            "event": "progress",
            "stage": self._names[self._stage],
            "done": round(TOTAL * (before + expected * self._share) / sum(self._seconds)),
            "total": TOTAL,
            "eta_s": float(left) + after,
            "what": what,
        }
