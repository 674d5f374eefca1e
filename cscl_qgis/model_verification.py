"""Have the engine load a model, compare it with its card, and run it. No QGIS in here."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

from ._engine import ENGINE_DIR
from .child import TimeoutExpired, capture
from .environment import CANCELLED, WorkerPythonError
from .translation import tr

TIMEOUT_S = 180.0


def verify(python: Path, model: Path, is_cancelled: Callable[[], bool] = lambda: False) -> str:
    """The engine's judgement of a model that it can run: on which device, and why.

    Args:
        python: the worker's interpreter.
        model: the ONNX file.
        is_cancelled: asked several times a second.

    Raises:
        WorkerPythonError: with the engine's reason, if it refuses the model, or if it was cancelled.
    """
    try:
        arguments = [str(python), "-m", "backend", "check", str(model)]
        code, text = capture(arguments, TIMEOUT_S, ENGINE_DIR, is_cancelled)
    except InterruptedError:
        raise WorkerPythonError(tr(CANCELLED)) from None
    except (OSError, TimeoutExpired) as error:
        raise WorkerPythonError(tr("The engine did not answer ({}).").format(error)) from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if code:
        said = [line for line in lines if line.startswith("Error: ")] or lines[-1:] or [tr("no message")]
        after = lines[lines.index(said[0]) + 1 :] if said[0] in lines else []
        reason = said[0][7:] if said[0].startswith("Error: ") else said[0]
        raise WorkerPythonError(tr("The engine refuses {}: {}").format(model.name, reason), " ".join(after))
    return next((line for line in reversed(lines) if line.startswith("runs on")), lines[-1] if lines else "")
