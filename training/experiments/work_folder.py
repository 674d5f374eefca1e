"""Folders that a comparison works in: named by what is made in them, so that nothing goes on with what is another's.

Below the folder of --work, several plans may share: a data set lies in dataset_<digest>, for all plans that have the
same one; a cell's weights and checkpoints in <plan>/p<budget>_<cell>_s<seed>_<digest>, until its result is written.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.experiments.plan import Plan
from training.experiments.results import data_fingerprint, made_with
from training.progress import QuietProgress

SECONDS = "seconds.json"
"""In a cell's folder: what its training has taken so far."""
NOTE_EVERY_S = 10.0
"""A process that is killed takes no more than that unnoted with it."""


def data_folder(work: Path, plan: Plan) -> Path:
    """Where the data set of a plan is made.

    Args:
        work: folder of all that is made on the way.
        plan: the comparison.
    """
    return work / f"dataset_{data_fingerprint(plan)}"


def cell_folder(work: Path, plan: Plan, cell: str, seed: int, budget: int) -> Path:
    """Where a cell is trained: another folder for every setting that its result depends on.

    Args:
        work: folder of all that is made on the way.
        plan: the comparison.
        cell: which way to train.
        seed: of weights and samples.
        budget: training patches.
    """
    return work / plan.name / f"p{budget}_{cell}_s{seed}_{made_with(plan, cell, seed, budget).digest}"


def is_trained(stage: Path) -> bool:
    """True if a stage's folder holds its last weights: checkpoints go once these are written."""
    return (stage / "weights.pt").is_file() and not (stage / "checkpoints").exists()


class TrainingTime:
    """Seconds that a cell has been trained, of this process and of those that were broken off before it.

    Steps after the last checkpoint, which the next process does again, count each time: they were spent.
    """

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: of the cell; must be there.
        """
        self._path = folder / SECONDS
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            self.wall, self.cpu = float(kept["wall"]), float(kept["cpu"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            self.wall = self.cpu = 0.0
        self._at, self._cpu_at = time.monotonic(), time.process_time()

    @contextmanager
    def counted(self, shown: QuietProgress) -> Iterator[QuietProgress]:
        """Count what is done within, also where it is broken off.

        Args:
            shown: who is told of it.

        Yields:
            What is to be told, so that the time is noted meanwhile.
        """
        self._at, self._cpu_at = time.monotonic(), time.process_time()
        try:
            yield _Ticking(shown, self)
        finally:
            self.note()

    def note(self, least_s: float = 0.0) -> None:
        """Add the time since the last note, and write it down.

        Args:
            least_s: nothing is done where less time has gone by.
        """
        now, cpu_now = time.monotonic(), time.process_time()
        if now - self._at < least_s:
            return
        self.wall, self.cpu = self.wall + now - self._at, self.cpu + cpu_now - self._cpu_at
        self._at, self._cpu_at = now, cpu_now
        partial = self._path.with_suffix(".part")
        partial.write_text(json.dumps({"wall": self.wall, "cpu": self.cpu}), encoding="utf-8")
        partial.replace(self._path)


class _Ticking(QuietProgress):
    """Tells another progress, and has the time noted now and then."""

    def __init__(self, shown: QuietProgress, spent: TrainingTime) -> None:
        super().__init__(shown.is_cancelled)
        self._shown, self._spent = shown, spent

    def progress(self, done: int, total: int, what: str, **figures: float) -> None:
        """Hand on the step."""
        self._spent.note(NOTE_EVERY_S)
        self._shown.progress(done, total, what, **figures)

    def warning(self, message: str) -> None:
        """Hand on the warning."""
        self._shown.warning(message)
