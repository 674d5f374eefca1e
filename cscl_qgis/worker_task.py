"""A run of the worker as a QGIS task: it has a thread of its own, shows in the task manager, and can be cancelled."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from . import environment, runner
from ._engine import ENGINE_DIR
from .environment import Profile
from .worker_python import worker_python


class WorkerTask(QgsTask):
    """One run. Give it to QgsApplication.taskManager(), and keep a reference until `ended` was emitted.

    Attributes:
        result: the result event, once the run has ended well.
        failure: why it did not.
    """

    happened = pyqtSignal(dict)
    """An event of the worker (backend.protocol), on the main thread; the result and errors come with `ended`."""
    ended = pyqtSignal(bool)
    """The run has ended, and whether well; on the main thread."""

    def __init__(self, title: str, task: runner.Task, profile: Profile = environment.MAPPING) -> None:
        """
        Args:
            title: what the task manager shows.
            task: what the worker is to do.
            profile: which Python it needs.
        """
        super().__init__(title, QgsTask.Flag.CanCancel)
        self._task, self._profile = task, profile
        self.result: Dict[str, Any] = {}
        self.failure: Optional[runner.WorkerError] = None
        self.warnings: List[str] = []

    @property
    def was_cancelled(self) -> bool:
        """True if the user ended it."""
        return isinstance(self.failure, runner.WorkerCancelledError)

    def run(self) -> bool:
        """Follow the worker to its end; QGIS calls this on a thread."""
        try:
            python = worker_python(self._profile)
            with runner.Worker(python, ENGINE_DIR, self._task) as worker:
                for event in worker.events():
                    if event is not None and event["event"] == "result":
                        self.result = event  # the files are in place: too late to cancel
                    elif self.isCanceled() and not self.result:
                        worker.cancel()
                    elif event is not None:
                        self._tell(event)
            return True
        except runner.WorkerError as error:
            self.failure = error
        except environment.WorkerPythonError as error:
            self.failure = runner.WorkerError(error.message, error.hint, 2, "WorkerPythonError")
        return False

    def finished(self, result: bool) -> None:
        """QGIS calls this on the main thread when the run has ended."""
        if not result and self.failure is None:  # cancelled before its turn came
            self.failure = runner.WorkerCancelledError("The run was cancelled.", "", 4, "CancelledError")
        self.ended.emit(bool(result))

    def _tell(self, event: Dict[str, Any]) -> None:
        if event["event"] == "progress":
            self.setProgress(100.0 * float(event.get("done", 0)) / max(1.0, float(event.get("total", 1))))
        elif event["event"] == "warning":
            self.warnings.append(str(event.get("message", "")))
        self.happened.emit(event)
