"""What the algorithms that training's Python does have in common: when they can run, and how they are followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Tuple

from qgis.core import QgsProcessingFeedback

from .. import runner, training_python, worker_python
from .._engine import ENGINE_DIR
from ..child import command_text
from ..environment import WorkerPythonError
from ..help import BUILDERS
from ..training_config import told_errors
from ..translation import tr
from .algorithm import CsclAlgorithm, sentence
from .follow import follow


class TrainingAlgorithm(CsclAlgorithm):
    """An algorithm that needs the packages for training."""

    GROUP = "Training"
    PAGE = BUILDERS
    PACKAGES = training_python.TRAINING_PACKAGES
    """Modules that its Python must have."""

    def canExecute(self) -> Tuple[bool, str]:
        """False, with the cure, if no Python has the packages."""
        try:
            self.python()
        except WorkerPythonError as error:
            return False, sentence(error)
        return True, ""

    def python(self) -> Path:
        """The Python that does it.

        Raises:
            WorkerPythonError: if there is none; the hint says how to get it.
        """
        return worker_python.training_python(self.PACKAGES)


def run_training(
    interpreter: Path, arguments: List[str], feedback: QgsProcessingFeedback, doing: str
) -> Dict[str, Any]:
    """Run training/train.py to its end; returns its result event.

    Args:
        interpreter: has the packages.
        arguments: of train.py.
        feedback: gets the command for a terminal, progress and warnings; its cancel ends the worker.
        doing: names the work in the progress text where the worker does not.

    Raises:
        QgsProcessingException: if it failed or was cancelled.
    """
    feedback.pushInfo(tr("The same without QGIS, also to go on with a run that was broken off:"))
    feedback.pushCommandInfo(command_text([str(interpreter), str(ENGINE_DIR / "training" / "train.py"), *arguments]))
    task = runner.training_task(arguments, training_python.how_to_make_one(), told_errors())
    return follow(runner.Worker(interpreter, ENGINE_DIR, task), feedback, doing)
