"""Setting up an environment, checking one, or filling a folder of wheels, as a QGIS task."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, Optional

from qgis.core import Qgis, QgsApplication, QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from . import environment_build, wheelhouse
from .base_python import base_candidates, choose_base
from .engine_report import doctor
from .environment import Profile, WorkerPythonError, probe
from .gpu_environment import build_for_card
from .graphics_card import find_graphics_card
from .translation import tr
from .worker_task import unexpected


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
            self.failure = WorkerPythonError(f"{error.filename or tr('A file')}: {error.strerror or error}.")
        except Exception as error:  # what leaves this function reaches the user as a window with a traceback
            fault = unexpected(error)
            QgsApplication.messageLog().logMessage(fault.log, "CSCL", Qgis.MessageLevel.Warning)
            self.failure = WorkerPythonError(fault.message, fault.hint)
        return False

    def finished(self, result: bool) -> None:
        """QGIS calls this on the main thread."""
        self.ended.emit(bool(result))


def build_task(title: str, profile: Profile, wheels: Optional[Path], proxy: str, model: Optional[Path]) -> SetupTask:
    """Build a profile's environment, from a folder of wheels if one is given; a card is tried with the model."""

    def work(say: Callable[[str], None], is_cancelled: Callable[[], bool]) -> Path:
        if profile.needs_card:
            return build_for_card(model, wheels, None, say, is_cancelled, proxy)
        return environment_build.build(
            wheels=wheels, report=say, is_cancelled=is_cancelled, proxy=proxy, profile=profile
        )

    return SetupTask(title, work)


def card_task(title: str) -> SetupTask:
    """Look for a graphics card, which may take seconds; the answer is a GraphicsCard, or None."""
    return SetupTask(title, lambda say, is_cancelled: find_graphics_card(is_cancelled))


def remove_task(title: str, profile: Profile) -> SetupTask:
    """Remove a profile's environment."""
    return SetupTask(title, lambda say, is_cancelled: environment_build.remove(profile, say))


def wheels_task(title: str, folder: Path, system: str, version: str, profile: Profile, proxy: str) -> SetupTask:
    """Fill a folder of wheels for another computer."""

    def work(say: Callable[[str], None], is_cancelled: Callable[[], bool]) -> None:
        python, _ = choose_base(base_candidates())
        wheelhouse.fill(folder, system, version, profile, python, say, is_cancelled, proxy)

    return SetupTask(title, work)


def check_task(title: str, python: Path, profile: Profile, model: Optional[Path]) -> SetupTask:
    """Load the packages, then have the engine look at the computer; the answer is its report."""

    def work(say: Callable[[str], None], is_cancelled: Callable[[], bool]) -> Dict[str, Any]:
        say(tr("Loading the packages"))
        probe(python, profile, is_cancelled)
        say(tr("Looking at the computer"))
        return doctor(python, model, is_cancelled)

    return SetupTask(title, work)
