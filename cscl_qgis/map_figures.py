"""What an evaluation of a map found, from its metrics.json. Standard library only and no QGIS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, List, Optional

from .translation import tr


@dataclass(frozen=True)
class MapFigures:
    """The figures that are told; None where there is none."""

    accuracy: Optional[float] = None
    interval: Optional[List[float]] = None
    """Of the accuracy, 95 %."""
    macro_f1: Optional[float] = None
    miou: Optional[float] = None
    parcels: int = 0
    """Compared."""

    @property
    def summary(self) -> str:
        """In one sentence."""
        if self.accuracy is None:
            return tr("{} parcels were compared.").format(self.parcels)
        text = tr("accuracy {:.3f}").format(self.accuracy)
        if self.interval:
            text += " " + tr("(95 % interval {:.3f}-{:.3f})").format(*self.interval)
        for name, value in (("macro F1", self.macro_f1), ("mIoU", self.miou)):
            if value is not None:
                text += f", {name} {value:.3f}"
        return tr("{} on {} parcels").format(text, self.parcels)


def read_figures(path: Path) -> MapFigures:
    """The figures of a metrics.json that an evaluation of a map wrote.

    Raises:
        ValueError: if it is none.
    """
    try:
        sources: Any = json.loads(path.read_text(encoding="utf-8"))["sources"]
        source = next(iter(sources.values()))
        found = source["model"]["map"]
        interval = found.get("overall_accuracy_interval_95")
        return MapFigures(
            found.get("overall_accuracy"), interval, found.get("macro_f1"), found.get("miou"), source["parcels_tested"]
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise ValueError(tr("{} is not what an evaluation of a map writes.").format(path)) from error
