"""A run of the worker as a QGIS task: it has a thread of its own, shows in the task manager, and can be cancelled."""

from __future__ import annotations

import traceback
from typing import Any, Callable, Dict, List, Optional, Union

from qgis.core import Qgis, QgsApplication, QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from . import environment, runner
from ._engine import ENGINE_DIR
from .environment import Profile
from .translation import tr
from .worker_python import worker_python

TaskMaker = Callable[[Callable[[], bool]], runner.Task]
"""Prepares a worker's task on the thread; it asks the function it is given whether it is cancelled."""


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

    def __init__(
        self,
        title: str,
        task: Union[runner.Task, TaskMaker],
        profile: Profile = environment.MAPPING,
        is_aside: bool = False,
    ) -> None:
        """
        Args:
            title: what the task manager shows.
            task: what the worker is to do, or what prepares it.
            profile: which Python it needs.
            is_aside: the user did not ask for it, as for a forecast: QGIS shows no message when it ends, and the end
                of one that is not wanted any more is no failure.
        """
        flags = QgsTask.Flag.CanCancel
        if is_aside and hasattr(QgsTask.Flag, "Silent"):  # QGIS 3.26
            flags = flags | QgsTask.Flag.Silent
        super().__init__(title, flags)
        self._task, self._profile, self._is_aside = task, profile, is_aside
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
            task = self._task if isinstance(self._task, runner.Task) else self._task(self.isCanceled)
            with runner.Worker(python, ENGINE_DIR, task) as worker:
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
        except InterruptedError:
            self.failure = _cancelled()
        except ValueError as error:
            self.failure = runner.WorkerError(str(error), "", 2, "InputError")
        except Exception as error:  # what leaves this function reaches the user as a window with a traceback
            self.failure = unexpected(error)
        return self._is_aside and self.was_cancelled

    def finished(self, result: bool) -> None:
        """QGIS calls this on the main thread when the run has ended."""
        if not result and self.failure is None:  # cancelled before its turn came
            self.failure = _cancelled()
        if self.failure is not None and self.failure.log and not self.was_cancelled:
            QgsApplication.messageLog().logMessage(self.failure.log, "CSCL", Qgis.MessageLevel.Warning)
        self.ended.emit(bool(result) and self.failure is None)

    def _tell(self, event: Dict[str, Any]) -> None:
        if event["event"] == "progress":
            self.setProgress(100.0 * float(event.get("done", 0)) / max(1.0, float(event.get("total", 1))))
        elif event["event"] == "warning":
            self.warnings.append(str(event.get("message", "")))
        self.happened.emit(event)


def _cancelled() -> runner.WorkerCancelledError:
    return runner.WorkerCancelledError(tr("Cancelled."), "", 4, "CancelledError")


def unexpected(error: Exception) -> runner.WorkerError:
    """A fault of the plugin's, as a sentence, with the traceback for the log."""
    return runner.WorkerError(
        tr("Something went wrong that should not: {}").format(f"{type(error).__name__}: {error}"),
        tr("Report it with the log."), log="".join(traceback.format_exception(type(error), error, error.__traceback__)),
    )  # fmt: skip
