"""The learning curves of a stage as a CSV file: one row per step that was logged, gone on with after a resume."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers.logger import Logger

from training.ranks import is_lead

FIRST = ("step", "epoch", "lr")
"""Columns that come first; the others follow by name."""


class MetricsLog(Logger):
    """Writes `folder`/metrics.csv: step (updates done), epoch, lr, loss and its terms, val_* where validated.

    Lightning's own CSV logger deletes what was logged before a resume. This one keeps the rows up to the step of the
    checkpoint and drops those after it, which are made again.
    """

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: made if it is not there.
        """
        super().__init__()
        self._path = folder / "metrics.csv"
        self._rows: dict[int, dict[str, float]] = {}

    @property
    def name(self) -> str:
        """Of the folder's kind of content."""
        return "logs"

    @property
    def version(self) -> str:
        """None: there is one log per stage."""
        return ""

    def begin(self, step: int) -> None:
        """Start with what an earlier run logged up to a step, and nothing after it."""
        self._rows = {number: row for number, row in read_metrics(self._path).items() if number <= step}

    def log_hyperparams(self, params: Any, *values: Any, **named: Any) -> None:
        """The configuration is kept elsewhere."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Add to a step's row; steps are counted from 0 here and from 1 in the file."""
        number = (step or 0) + 1
        values = {name: float(value) for name, value in metrics.items() if name != "step"}
        self._rows.setdefault(number, {}).update(values)

    def save(self) -> None:
        """Write the file, whole or not at all."""
        if not self._rows or not is_lead():
            return
        names = {name for row in self._rows.values() for name in row}
        columns = [*FIRST, *sorted(names - set(FIRST))]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(self._path.name + ".part")
        with partial.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            for number in sorted(self._rows):
                row = {"step": number, **self._rows[number]}
                writer.writerow([_text(row.get(column)) for column in columns])
        partial.replace(self._path)

    def finalize(self, status: str) -> None:
        """Write what is left, also of a run that failed."""
        self.save()


def read_metrics(path: Path) -> dict[int, dict[str, float]]:
    """The rows of a log by step: the values that each has. Empty where there is none, or none that can be read."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        return {
            int(row["step"]): {name: float(value) for name, value in row.items() if name != "step" and value}
            for row in rows
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _text(value: float | int | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if math.isfinite(value) and value == int(value) else f"{value:.7g}"
