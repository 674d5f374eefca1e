"""The engine's own report on this computer: its packages, its device, what is wrong. No QGIS in here."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Dict, Optional

from ._engine import ENGINE_DIR
from .child import TimeoutExpired, capture
from .environment import CANCELLED, WorkerPythonError
from .translation import tr

CHECK_S = 180.0
"""How long a check may take: the first import after an install may be read by a virus scanner."""


def doctor(
    python: Path,
    model: Optional[Path],
    is_cancelled: Callable[[], bool] = lambda: False,
    device: str = "auto",
) -> Dict[str, Any]:
    """The engine's report on this computer: facts and faults.

    Args:
        python: the worker's interpreter.
        model: is run, to see on which device; None for none.
        is_cancelled: asked several times a second.
        device: as a map run takes it; what cannot be used is a fault then.

    Raises:
        WorkerPythonError: if it gives none.
    """
    arguments = [str(python), "-m", "backend", "doctor", "--json", "--device", device]
    if model is not None:
        arguments += ["--model", str(Path(os.path.abspath(model)))]
    try:
        code, text = capture(arguments, CHECK_S, ENGINE_DIR, is_cancelled)
    except InterruptedError:
        raise WorkerPythonError(tr(CANCELLED)) from None
    except (OSError, TimeoutExpired) as error:
        raise WorkerPythonError(tr("{} gave no report ({}).").format(python, error)) from error
    report = _report_in(text)
    if report is None:
        last = (text.strip().splitlines() or [tr("no answer")])[-1]
        raise WorkerPythonError(
            tr("The engine gave no report (code {}): {}").format(code, last), tr("Set up the mapping engine again.")
        )
    return report


def _report_in(text: str) -> Optional[Dict[str, Any]]:
    """The report among what was written; warnings of libraries may stand before and after it."""
    lines = text.splitlines(keepends=True)
    for place, line in enumerate(lines):
        if line.startswith("{"):
            try:
                report, _ = json.JSONDecoder().raw_decode("".join(lines[place:]))
            except ValueError:
                continue
            if isinstance(report, dict) and "facts" in report:
                return report
    return None
