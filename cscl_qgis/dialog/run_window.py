"""A window of pages that describe a run, the last of which shows it: what 'Map a region' and 'Train a model' share.

Work is done by the worker in tasks; nothing here reads data or waits.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any, Optional, Sequence, Tuple

from qgis.core import Qgis, QgsApplication, QgsProject
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QLabel, QMessageBox, QTabWidget, QVBoxLayout, QWidget

from .. import runner
from ..help import icon_path
from ..translation import tr
from ..worker_task import WorkerTask
from .images_page import ImagesPage
from .look import Look
from .run_panel import RunPanel
from .window import fit_to_screen, no_default_button, scrolled

PAUSE_MS = 500
"""How long the settings must rest before they are looked at again."""


class RunWindow(QDialog):
    """The frame of such a window; what is run, and on which settings, is told by those derived from it."""

    run_ended = pyqtSignal(bool)
    """A run has ended, and whether well."""
    dates_shown = pyqtSignal()
    """The timeline shows the acquisitions of the present settings, or the note why not."""

    def __init__(
        self, iface: Any, title: str, goes_on: str, panel: RunPanel, parent: Optional[QWidget] = None
    ) -> None:
        """
        Args:
            iface: of QGIS; None in tests without one.
            title: of the window.
            goes_on: what is asked when the window is closed while a run goes on.
            panel: the page of the run.
            parent: QGIS's window.
        """
        super().__init__(parent)
        self._iface, self.panel, self._goes_on = iface, panel, goes_on
        self._run_task: Optional[WorkerTask] = None
        self._is_other_project = False
        self._locked: Tuple[QWidget, ...] = ()
        self._scratch = tempfile.TemporaryDirectory(prefix="cscl-layers-")
        self.setWindowTitle(title)
        self.setWindowIcon(QIcon(icon_path()))
        self.setSizeGripEnabled(True)
        self.pages = QTabWidget()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.run_button = self.buttons.addButton(tr("Run"), QDialogButtonBox.ButtonRole.ActionRole)
        layout = QVBoxLayout(self)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.message)
        layout.addWidget(self.buttons)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._on_rest)
        self.buttons.rejected.connect(self.close)
        self.run_button.clicked.connect(self.run)
        panel.cancelled.connect(self.cancel)
        panel.resumed.connect(self.resume)
        project = QgsProject.instance()
        project.cleared.connect(self._on_project)
        project.readProject.connect(self._on_project)

    def add_pages(self, pages: Sequence[Tuple[Any, str]], title_of_run: str) -> None:
        """Add the pages of settings, which have a signal `changed` and are locked during a run, and that of the run.

        Args:
            pages: each with its title.
            title_of_run: of the last page.
        """
        for page, title in pages:
            self.pages.addTab(scrolled(page), title)
            page.changed.connect(self._timer.start)
        # the last one shrinks by itself, and its buttons must stay in sight
        self.pages.addTab(self.panel, title_of_run)
        self._locked = tuple(page for page, _ in pages)
        no_default_button(self)
        fit_to_screen(self, 900, 720)

    # what those derived from it tell

    def run(self) -> None:
        """Begin the run, if the settings are whole."""
        raise NotImplementedError

    def resume(self) -> None:
        """Go on with the run that failed or was cancelled."""
        raise NotImplementedError

    def restore(self) -> None:
        """Take the settings that the project keeps; what is missing, or no longer fits, gets its default."""
        raise NotImplementedError

    def _on_settings(self) -> None:
        """The settings have rested, and no run goes on."""
        raise NotImplementedError

    def _on_done(self, task: WorkerTask) -> None:
        """The run has ended well."""
        raise NotImplementedError

    def _on_failed(self, failure: runner.WorkerError) -> None:
        """It has failed, or was cancelled; the panel and the message bar tell it."""

    def _rest(self) -> None:
        """End what only this window needs."""
        self._timer.stop()

    # the run

    @property
    def is_running(self) -> bool:
        """True while a run goes on."""
        return self._run_task is not None

    def cancel(self) -> None:
        """End the run; what is done is kept."""
        if self._run_task is not None:
            self._run_task.cancel()

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front."""
        for index in range(self.pages.count()):
            tab = self.pages.widget(index)
            if tab is page or tab.isAncestorOf(page):
                self.pages.setCurrentIndex(index)

    def _start(self, task: WorkerTask) -> None:
        """Lock the pages and run a task."""
        self._say("")
        self._lock(True)
        self.show_page(self.panel)
        self.panel.begin()
        task.happened.connect(self.panel.show_event)
        task.ended.connect(lambda is_fine: self._on_run(task, is_fine))
        self._run_task = task
        QgsApplication.taskManager().addTask(task)

    def _on_run(self, task: WorkerTask, is_fine: bool) -> None:
        if task is not self._run_task:
            return  # the plugin was unloaded
        self._run_task = None
        self._lock(False)
        if is_fine:
            self._on_done(task)
        else:
            failure = task.failure or runner.WorkerError(tr("The run failed."))
            self.panel.end(str(failure), failure.hint, can_resume=True)
            if not task.was_cancelled:
                self._push(str(failure), Qgis.MessageLevel.Warning, 0)
            self._on_failed(failure)
        if self._is_other_project:
            self._is_other_project = False
            self.restore()
        self.run_ended.emit(is_fine)

    def _push(self, text: str, level: Any, *seconds: int) -> None:
        """Tell it in QGIS's window, too: this one may be closed."""
        if self._iface is not None:
            self._iface.messageBar().pushMessage(self.windowTitle(), text, level, *seconds)

    # the timeline

    def _make_dates_look(self, images: ImagesPage, look: Look) -> None:
        """Show in the timeline what the look finds."""
        self._images, self._dates_look = images, look
        look.answered.connect(self._on_dates)
        look.failed.connect(self._show_no_rows)

    def _on_dates(self, summary: Any) -> None:
        self._images.show_busy(False)
        self._images.timeline.set_rows(summary.get("rows", []))
        self.dates_shown.emit()

    def _show_no_rows(self, reason: str) -> None:
        self._images.timeline.set_rows([])
        self._images.show_busy(False, reason)
        self.dates_shown.emit()

    # the window

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def _lock(self, is_locked: bool) -> None:
        for page in self._locked:
            page.setEnabled(not is_locked)
        self.run_button.setEnabled(not is_locked)

    def _ask(self, text: str) -> bool:
        """A question that is answered by yes or no."""
        answer = QMessageBox.question(self, self.windowTitle(), text)
        return bool(answer == QMessageBox.StandardButton.Yes)

    def _on_rest(self) -> None:
        if not self.is_running:
            self._on_settings()

    def _on_project(self, *_: Any) -> None:
        """The project was closed, or another one was opened."""
        if self.is_running:
            self._is_other_project = True
        else:
            self.restore()

    def reject(self) -> None:
        """Escape and Close do the same."""
        self.close()

    def closeEvent(self, event: Any) -> None:
        """Ask while a run goes on: it may go on without the window."""
        if not self.is_running:
            self._rest()
        elif not self._ask(self._goes_on):
            event.ignore()
            return
        event.accept()

    def stop_tasks(self) -> None:
        """End all that runs; the plugin calls it when it is unloaded."""
        self._rest()
        task, self._run_task = self._run_task, None  # what it tells from now on is not listened to
        if task is not None:
            task.cancel()
        with contextlib.suppress(OSError):  # a task that is just ending may hold a file open
            self._scratch.cleanup()

    @property
    def scratch(self) -> Path:
        """A folder for files of layers that are looked at, as long as the window lives."""
        return Path(self._scratch.name)
