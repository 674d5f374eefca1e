"""The files that an evaluation leaves, of a run as of a finished map."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

METRICS, REPORT = "metrics.json", "evaluation.html"


def write_metrics(path: Path, evaluation: Mapping[str, Any]) -> None:
    """Write metrics.json, whole or not at all."""
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(evaluation, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    partial.replace(path)
