"""Adding models, and verifying one, as QGIS tasks: files are copied and the engine runs them, which takes a while."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Callable, List, Sequence

from . import models
from ._engine import errors
from .environment import WorkerPythonError
from .model_verification import verify
from .setup_task import SetupTask
from .translation import tr


def add_task(python: Path, paths: Sequence[Path]) -> SetupTask:
    """Add models; the answer is the list of those added.

    Each is tried first where nobody sees it, so one that the engine cannot run is never among the installed ones.

    Args:
        python: the worker's interpreter.
        paths: zips of models, or ONNX files with their cards beside them.
    """

    def work(say: Callable[[str], None], is_cancelled: Callable[[], bool]) -> List[models.InstalledModel]:
        added: List[models.InstalledModel] = []
        try:
            for path in paths:
                with tempfile.TemporaryDirectory(prefix="cscl-model-") as folder:
                    for model in models.install(path, Path(folder)):
                        say(tr("Trying {}").format(model.title))
                        verify(python, model.path, is_cancelled)
                added += models.install(path)
        except errors.CsclError as error:
            raise WorkerPythonError(error.message, error.hint) from error
        return added

    return SetupTask(tr("Adding a model"), work)


def verify_task(python: Path, model: Path) -> SetupTask:
    """Have the engine load and run a model; the answer is its judgement."""
    return SetupTask(tr("Verifying a model"), lambda say, is_cancelled: verify(python, model, is_cancelled))
