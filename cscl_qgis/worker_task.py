"""Runs of the worker as a QGIS task: it has a thread of its own, shows in the task manager, and can be cancelled."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Union

from qgis.core import Qgis, QgsApplication, QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from . import environment, runner
from ._engine import ENGINE_DIR
from .staged_progress import StagedProgress
from .translation import tr
from .worker_python import worker_python

TaskMaker = Callable[[Callable[[], bool]], Optional[runner.Task]]
"""Prepares a worker's task on the thread; it asks the function it is given whether it is cancelled. None: all that was
to do is done, without a worker."""
Work = Union[runner.Task, TaskMaker]


class WorkerTask(QgsTask):
    """One run, or several after one another; the first that fails ends it.

    Give it to QgsApplication.taskManager(), and keep a reference until `ended` was emitted.

    Attributes:
        result: the last worker's result event, once it has ended well.
        results: those of all workers so far.
        failure: why it did not end well.
    """

    happened = pyqtSignal(dict)
    """An event of the worker (backend.protocol), on the main thread; the result and errors come with `ended`."""
    ended = pyqtSignal(bool)
    """The run has ended, and whether well; on the main thread."""

    def __init__(
        self,
        title: str,
        task: Union[Work, Sequence[Work]],
        python: Callable[[], Path] = worker_python,
        progress: Optional[StagedProgress] = None,
        is_aside: bool = False,
    ) -> None:
        """
        Args:
            title: what the task manager shows.
            task: what the worker is to do, or what prepares it; several are done in order.
            python: gives the interpreter that they need; called on the thread.
            progress: makes one progress of the stages' own; if None, a worker's progress is that of the task.
            is_aside: the user did not ask for it, as for a forecast: QGIS shows no message when it ends, and the end
                of one that is not wanted any more is no failure.
        """
        flags = QgsTask.Flag.CanCancel
        if is_aside and hasattr(QgsTask.Flag, "Silent"):  # QGIS 3.26
            flags = flags | QgsTask.Flag.Silent
        super().__init__(title, flags)
        self._works: List[Work] = list(task) if isinstance(task, Sequence) else [task]
        self._python, self._progress, self._is_aside = python, progress, is_aside
        self.result: Dict[str, Any] = {}
        self.results: List[Dict[str, Any]] = []
        self.failure: Optional[runner.WorkerError] = None
        self.warnings: List[str] = []

    @property
    def was_cancelled(self) -> bool:
        """True if the user ended it."""
        return isinstance(self.failure, runner.WorkerCancelledError)

    def run(self) -> bool:
        """Follow the workers to their end; QGIS calls this on a thread."""
        try:
            python = self._python()
            for work in self._works:
                if self.isCanceled():
                    raise InterruptedError
                task = work if isinstance(work, runner.Task) else work(self.isCanceled)
                if task is not None:
                    self.result = self._follow(python, task)
                    self.results.append(self.result)
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

    def _follow(self, python: Path, task: runner.Task) -> Dict[str, Any]:
        """Run one worker to its end; returns its result event."""
        result: Dict[str, Any] = {}
        with runner.Worker(python, ENGINE_DIR, task) as worker:
            for event in worker.events():
                if event is not None and event["event"] == "result":
                    result = event  # the files are in place: too late to cancel
                elif self.isCanceled() and not result:
                    worker.cancel()
                elif event is not None:
                    self.tell(event)
                elif self._progress is not None:
                    self._show(self._progress.tick())
        return result

    def tell(self, event: Dict[str, Any]) -> None:
        """Pass an event on to the main thread; for what prepares a worker's task, too."""
        if event["event"] == "warning":
            self.warnings.append(str(event.get("message", "")))
        if event["event"] != "progress" or self._progress is None:
            self.happened.emit(event)
        if self._progress is not None:
            self._show(self._progress.update(event))
        elif event["event"] == "progress":
            self._advance(event)

    def _show(self, whole: Optional[Dict[str, Any]]) -> None:
        if whole is not None:
            self._advance(whole)
            self.happened.emit(whole)

    def _advance(self, event: Dict[str, Any]) -> None:
        self.setProgress(100.0 * float(event.get("done", 0)) / max(1.0, float(event.get("total", 1))))


def _cancelled() -> runner.WorkerCancelledError:
    return runner.WorkerCancelledError(tr("Cancelled."), "", 4, "CancelledError")


def unexpected(error: Exception) -> runner.WorkerError:
    """A fault of the plugin's, as a sentence, with the traceback for the log."""
    return runner.WorkerError(
        tr("Something went wrong that should not: {}").format(f"{type(error).__name__}: {error}"),
        tr("Report it with the log."), log="".join(traceback.format_exception(type(error), error, error.__traceback__)),
    )  # fmt: skip
