"""Setting up an environment, checking one, or filling a folder of wheels, as a QGIS task."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, Optional

from qgis.core import Qgis, QgsApplication, QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from . import environment_build, wheelhouse
from ._engine import ENGINE_DIR
from .base_python import base_candidates, choose_base
from .child import TimeoutExpired, capture
from .environment import CANCELLED, Profile, WorkerPythonError, probe
from .worker_task import unexpected

CHECK_S = 180.0
"""How long a check may take: the first import after an install may be read by a virus scanner."""


class SetupTask(QgsTask):
    """Runs a function of this plugin's that reports lines and asks whether it is cancelled.

    Attributes:
        answer: what the function gave.
        failure: why it failed.
    """

    said = pyqtSignal(str)
    """One line of progress, on the main thread."""
    ended = pyqtSignal(bool)

    def __init__(self, title: str, work: Callable[[Callable[[str], None], Callable[[], bool]], Any]) -> None:
        super().__init__(title, QgsTask.Flag.CanCancel)
        self._work = work
        self.answer: Any = None
        self.failure: Optional[WorkerPythonError] = None

    def run(self) -> bool:
        """QGIS calls this on a thread."""
        try:
            self.answer = self._work(self.said.emit, self.isCanceled)
            return True
        except WorkerPythonError as error:
            self.failure = error
        except OSError as error:
            self.failure = WorkerPythonError(f"{error.filename or 'A file'}: {error.strerror or error}.")
        except Exception as error:  # what leaves this function reaches the user as a window with a traceback
            fault = unexpected(error)
            QgsApplication.messageLog().logMessage(fault.log, "CSCL", Qgis.MessageLevel.Warning)
            self.failure = WorkerPythonError(fault.message, fault.hint)
        return False

    def finished(self, result: bool) -> None:
        """QGIS calls this on the main thread."""
        self.ended.emit(bool(result))


def build_task(title: str, profile: Profile, wheels: Optional[Path], proxy: str) -> SetupTask:
    """Build a profile's environment, from a folder of wheels if one is given."""
    return SetupTask(
        title,
        lambda say, is_cancelled: environment_build.build(
            wheels=wheels, report=say, is_cancelled=is_cancelled, proxy=proxy, profile=profile
        ),
    )


def wheels_task(title: str, folder: Path, system: str, version: str, profile: Profile, proxy: str) -> SetupTask:
    """Fill a folder of wheels for another computer."""

    def work(say: Callable[[str], None], is_cancelled: Callable[[], bool]) -> None:
        python, _ = choose_base(base_candidates())
        wheelhouse.fill(folder, system, version, profile, python, say, is_cancelled, proxy)

    return SetupTask(title, work)


def check_task(title: str, python: Path, profile: Profile, model: Optional[Path]) -> SetupTask:
    """Load the packages, then have the engine look at the computer; the answer is its report."""

    def work(say: Callable[[str], None], is_cancelled: Callable[[], bool]) -> Dict[str, Any]:
        say("Loading the packages")
        probe(python, profile, is_cancelled)
        say("Looking at the computer")
        return doctor(python, model, is_cancelled)

    return SetupTask(title, work)


def doctor(
    python: Path, model: Optional[Path], is_cancelled: Callable[[], bool] = lambda: False
) -> Dict[str, Any]:
    """The engine's report on this computer: facts and faults.

    Raises:
        WorkerPythonError: if it gives none.
    """
    arguments = [str(python), "-m", "backend", "doctor", "--json"]
    if model is not None:
        arguments += ["--model", str(model)]
    try:
        code, text = capture(arguments, CHECK_S, ENGINE_DIR, is_cancelled)
    except InterruptedError:
        raise WorkerPythonError(CANCELLED) from None
    except (OSError, TimeoutExpired) as error:
        raise WorkerPythonError(f"{python} gave no report ({error}).") from error
    start = text.find("{")
    try:
        report = json.loads(text[start:]) if start >= 0 else None
    except ValueError:
        report = None
    if not isinstance(report, dict):
        last = (text.strip().splitlines() or ["no answer"])[-1]
        raise WorkerPythonError(f"The engine gave no report (code {code}): {last}", "Set up the mapping engine again.")
    return report
