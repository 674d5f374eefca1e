"""Have the worker look at something while the user goes on; only the answer to the last question counts."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..worker_python import worker_python
from ..worker_task import TaskMaker, WorkerTask


class Look(QObject):
    """Asks one question at a time; a new one ends the one before."""

    answered = pyqtSignal(dict)
    """The summary of the worker's result."""
    failed = pyqtSignal(str)
    """Why there is no answer, as a sentence."""

    def __init__(self, title: str, parent: QObject, python: Callable[[], Path] = worker_python) -> None:
        """
        Args:
            title: what the task manager shows.
            parent: owns it.
            python: gives the interpreter; called on a thread.
        """
        super().__init__(parent)
        self._title, self._python = title, python
        self._task: Optional[WorkerTask] = None
        self.key = ""
        """The question that is asked or answered, equal for equal ones; empty after a failure."""

    @property
    def is_busy(self) -> bool:
        """True until the answer is there."""
        return self._task is not None

    def ask(self, key: str, make: TaskMaker) -> None:
        """Put a question.

        Args:
            key: equal for questions with the same answer.
            make: prepares the worker's task on the thread.
        """
        self.stop()
        self.key = key
        task = WorkerTask(self._title, make, self._python, is_aside=True)
        task.ended.connect(lambda is_fine: self._on_ended(task, is_fine))
        self._task = task
        QgsApplication.taskManager().addTask(task)

    def stop(self) -> None:
        """The answer is not wanted any more."""
        task, self._task = self._task, None
        self.key = ""
        if task is not None:
            task.cancel()

    def _on_ended(self, task: WorkerTask, is_fine: bool) -> None:
        if task is not self._task:
            return  # another question has been put since
        self._task = None
        if is_fine:
            self.answered.emit(task.result.get("summary", {}))
        else:
            self.key = ""  # the same question may go well the next time
            self.failed.emit(f"{task.failure} {task.failure.hint}".strip() if task.failure else "")
