"""The window 'Set up': what is installed where and how big, with progress and cancel; a check; wheels for elsewhere."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any, Dict, List, Optional

from qgis.core import QgsApplication
from qgis.gui import QgsCollapsibleGroupBox, QgsFileWidget
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from .. import environment, models
from ..environment import PROFILES, Profile, WorkerPythonError
from ..gpu_environment import trial_failure
from ..graphics_card import GraphicsCard
from ..setup_task import SetupTask, build_task, card_task, check_task, remove_task, wheels_task
from ..translation import tr
from ..wheelhouse import TARGETS
from ..worker_python import choose_python, chosen_python, qgis_proxy, worker_python
from .colours import FAULT, FINE, readable
from .window import fit_to_screen, no_default_button, scrolled

PURPOSES = {
    "mapping": "numpy, ONNX Runtime, rasterio, pyogrio, shapely: all that maps need.",
    "mapping-gpu": "Maps on the graphics card, once it has run a model and agrees with the processor.",
    "training": "All that maps need and PyTorch, for those who train models; it can map, too.",
}
STATES = {"whole": "ready", "half-built": "an earlier set-up was broken off", "missing": "not set up yet"}


class ProfileBox(QgsCollapsibleGroupBox):
    """One environment: what it is, where, how big, and its buttons."""

    def __init__(self, profile: Profile) -> None:
        super().__init__(tr(profile.title))
        self.profile = profile
        layout = QVBoxLayout(self)
        self.text = QLabel()
        self.text.setWordWrap(True)
        layout.addWidget(self.text)
        line = QHBoxLayout()
        self.install = QPushButton(tr("Set up"))
        self.own = QPushButton(tr("Use another Python..."))
        self.check = QPushButton(tr("Check"))
        self.remove = QPushButton(tr("Remove"))
        for button in (self.install, self.own, self.check, self.remove):
            line.addWidget(button)
        line.addStretch(1)
        layout.addLayout(line)
        self.card: Optional[GraphicsCard] = None
        self.is_broken = False
        """True once a check of it has failed: it may be set up again."""
        if profile.needs_card:
            self.hide()  # until a card is found
            self.own.hide()
        self.refresh()

    def show_card(self, card: Optional[GraphicsCard]) -> None:
        """Offer what is for a graphics card where there is one, or where it has been set up before."""
        self.card = card
        self.setVisible(card is not None or environment.state_of(self.profile) != "missing")
        self.refresh()

    def python(self) -> Path:
        """The interpreter that this box is about.

        Raises:
            WorkerPythonError: if there is none.
        """
        profile, directory = self.profile, environment.default_dir(self.profile)
        named = chosen_python(profile) or (profile.variable and os.environ.get(profile.variable))
        if not named and environment.is_usable(directory, profile):
            return environment.python_in(directory)
        return worker_python(profile)

    def refresh(self) -> None:
        """Say how it stands."""
        profile, own = self.profile, chosen_python(self.profile)
        state = environment.state_of(profile)
        failure = trial_failure() if profile.needs_card else ""
        size = f"{profile.fetch_mb} MB, {profile.disk_mb / 1000:.1f} GB"
        lines = [escape(tr(PURPOSES[profile.name]))]
        if self.card is not None:
            lines.append(tr("Graphics card: {}").format(escape(self.card.title)))
        lines.append(tr("To fetch and on disk: about {}.").format(size))
        lines.append(tr("Folder: {}").format(escape(str(environment.default_dir(profile)))))
        told = tr("your own: {}").format(own) if own else tr(STATES[state])
        if failure:
            told = tr("not used: the card failed its trial")
        lines.append(f"<b>{escape(tr('State:'))}</b> {escape(told)}")
        lines += [escape(text) for text in (failure, self.card.lack if self.card else "") if text]
        try:
            self.python()
            self.check.setEnabled(True)
        except WorkerPythonError as error:
            self.check.setEnabled(False)
            if own:  # the Python of one's own is gone
                lines.append(f"<b>{escape(error.message)}</b>")
        self.text.setText("<br>".join(lines))
        self.install.setText(tr("Try again") if failure else tr("Set up"))
        is_wanted = state != "whole" or bool(failure) or self.is_broken
        self.install.setEnabled(is_wanted and not (self.card and self.card.lack))
        self.remove.setEnabled(state != "missing")
        self.own.setText(tr("Use the one set up here") if own else tr("Use another Python..."))


class SetupDialog(QDialog):
    """Set up the worker's Python. Nothing is installed into QGIS's own."""

    ended = pyqtSignal(bool)
    """What was asked for has ended, and whether well."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._task: Optional[SetupTask] = None
        self._checked: Optional[ProfileBox] = None
        self.report = ""
        self.setWindowTitle(tr("Set up the mapping engine"))
        outer = QVBoxLayout(self)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        about = QLabel(
            tr(
                "Maps are made by a Python of their own, in your user's folder: QGIS's Python stays as it is, and no "
                "administrator rights are needed. Every package but PyTorch is checked against its hash, except on "
                "Macs with Intel's processors and on Linux on ARM."
            )
        )
        about.setWordWrap(True)
        layout.addWidget(about)
        self.boxes: Dict[str, ProfileBox] = {}
        for profile in PROFILES.values():
            box = ProfileBox(profile)
            box.install.clicked.connect(lambda checked=False, one=profile: self.install(one))
            box.own.clicked.connect(lambda checked=False, one=profile: self._choose_own(one))
            box.check.clicked.connect(lambda checked=False, one=profile: self.check(one))
            box.remove.clicked.connect(lambda checked=False, one=profile: self.remove(one))
            self.boxes[profile.name] = box
            layout.addWidget(box)
        layout.addWidget(self._offline())
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.hide()
        outer.addWidget(self.bar)
        self.log = QTextBrowser()
        self.log.setMinimumHeight(6 * self.fontMetrics().height())
        self.log.setAccessibleName(tr("Progress and report"))
        layout.addWidget(self.log, 1)
        self.area = scrolled(page)
        outer.insertWidget(0, self.area, 1)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = self.buttons.addButton(tr("Copy the report"), QDialogButtonBox.ButtonRole.ActionRole)
        self.cancel_button = self.buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setEnabled(False)
        self.cancel_button.setEnabled(False)
        self.copy.clicked.connect(self._copy)
        self.cancel_button.clicked.connect(self.cancel)
        self.buttons.rejected.connect(self.reject)
        outer.addWidget(self.buttons)
        no_default_button(self)
        fit_to_screen(self, 720, 640)
        self._looking: Optional[SetupTask] = card_task(tr("Looking for a graphics card"))
        self._looking.ended.connect(self._on_looked)
        QgsApplication.taskManager().addTask(self._looking)

    def _offline(self) -> QWidget:
        box = QgsCollapsibleGroupBox(tr("Without internet"))
        box.setCollapsed(True)
        form = QFormLayout(box)
        self.wheels = QgsFileWidget()
        self.wheels.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.wheels.lineEdit().setPlaceholderText(tr("empty: the packages are fetched"))
        form.addRow(tr("Set up from this folder of &wheels"), self.wheels)
        self.packages, self.system, self.version = QComboBox(), QComboBox(), QComboBox()
        for profile in PROFILES.values():
            self.packages.addItem(tr(profile.title), profile.name)
        self.packages.setAccessibleName(tr("Packages"))
        self.system.addItems(sorted(TARGETS, reverse=True))
        self.version.addItems([f"3.{minor}" for minor in range(10, 15)])
        self.version.setCurrentText("3.12")
        self.system.setAccessibleName(tr("System of the other computer"))
        self.version.setAccessibleName(tr("Version of its Python"))
        self.fill = QPushButton(tr("Fill a folder..."))
        self.fill.setToolTip(tr("Fetches the packages here, for another computer that has no internet."))
        self.fill.clicked.connect(self._fill)
        rows = {
            tr("For another computer with"): (self.packages, self.system),
            "": (QLabel("Python"), self.version, self.fill),
        }
        for title, widgets in rows.items():
            line = QHBoxLayout()
            for widget in widgets:
                line.addWidget(widget)
            line.addStretch(1)
            form.addRow(title, line)
        return box

    @property
    def is_busy(self) -> bool:
        """True while something is set up or checked."""
        return self._task is not None

    def install(self, profile: Profile) -> None:
        """Build an environment."""
        text = self.wheels.filePath()
        title = tr("Setting up: {}").format(tr(profile.title))
        self.boxes[profile.name].is_broken = False
        self._start(build_task(title, profile, Path(text) if text else None, qgis_proxy(), _model()))

    def show_profile(self, profile: Profile, sentence: str) -> None:
        """Bring a profile into sight, and say why it is wanted."""
        box = self.boxes[profile.name]
        box.setCollapsed(False)
        self.area.ensureWidgetVisible(box)
        if not self.is_busy:
            self.log.setHtml(f"<b>{escape(sentence)}</b>")

    def check(self, profile: Profile) -> None:
        """Load the packages and have the engine look at this computer."""
        try:
            python = self.boxes[profile.name].python()
        except WorkerPythonError as error:
            self._say_failure(error)
            return
        self._start(check_task(tr("Checking"), python, profile, _model()))
        self._checked = self.boxes[profile.name]

    def remove(self, profile: Profile) -> None:
        """Remove an environment, once the user has said yes."""
        text = tr("Remove the environment in {}?").format(environment.default_dir(profile))
        if QMessageBox.question(self, self.windowTitle(), text) == QMessageBox.StandardButton.Yes:
            self._start(remove_task(tr("Removing: {}").format(tr(profile.title)), profile))

    def cancel(self) -> None:
        """End it; nothing half-built is left."""
        if self._task is not None:
            self._task.cancel()

    def _fill(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Folder for the packages"))
        if folder:
            system, version = self.system.currentText(), self.version.currentText()
            profile = PROFILES[str(self.packages.currentData())]
            self._start(wheels_task(tr("Fetching packages"), Path(folder), system, version, profile, qgis_proxy()))

    def _choose_own(self, profile: Profile) -> None:
        if chosen_python(profile):
            choose_python(profile, "")
        else:
            path, _ = QFileDialog.getOpenFileName(self, tr("A Python that has the packages"))
            if not path:
                return
            choose_python(profile, path)
        self._refresh()

    def _start(self, task: SetupTask) -> None:
        self.log.clear()
        self._checked = None
        self.area.ensureWidgetVisible(self.log)
        self.report = ""
        self._task = task
        self._lock(True)
        task.said.connect(self._show_line)
        task.ended.connect(self._on_ended)
        QgsApplication.taskManager().addTask(task)

    def _on_looked(self, is_fine: bool) -> None:
        task, self._looking = self._looking, None
        self.boxes[environment.MAPPING_GPU.name].show_card(task.answer if task is not None and is_fine else None)

    def _show_line(self, line: str) -> None:
        self.log.append(f"<span>{escape(line)}</span>")  # without a tag it would be shown with its entities

    def _copy(self) -> None:
        """The report of a check; after a set-up, its log."""
        QApplication.clipboard().setText(self.report or self.log.toPlainText())

    def _on_ended(self, is_fine: bool) -> None:
        task, self._task = self._task, None
        self._lock(False)
        if self._checked is not None and task is not None and not task.isCanceled():
            self._checked.is_broken = not is_fine
        if task is not None and is_fine:
            if isinstance(task.answer, dict):
                self._show_report(task.answer)
            else:
                self.log.append(f"<b>{escape(tr('Done.'))}</b>")
        elif task is not None:
            self._say_failure(task.failure or WorkerPythonError(tr("Cancelled.")))
        self._refresh()
        self.ended.emit(is_fine)

    def _show_report(self, report: Dict[str, Any]) -> None:
        facts: Dict[str, str] = {str(name): str(value) for name, value in report.get("facts", {}).items()}
        faults: List[str] = [str(fault) for fault in report.get("faults", [])]
        rows = "".join(
            f"<tr><td>{escape(name)}&nbsp;&nbsp;</td><td>{escape(value)}</td></tr>" for name, value in facts.items()
        )
        fine, fault_colour = readable(FINE, self.log), readable(FAULT, self.log)
        self.log.setHtml(
            f"<table>{rows}</table>"
            + ("".join(f'<p style="color:{fault_colour}"><b>✗</b> {escape(fault)}</p>' for fault in faults)
               or f'<p style="color:{fine}"><b>✓</b> {escape(tr("No fault was found."))}</p>')
        )  # fmt: skip
        self.report = "\n".join([*(f"{name}: {value}" for name, value in facts.items()), *faults])

    def _say_failure(self, error: WorkerPythonError) -> None:
        colour = readable(FAULT, self.log)
        self.log.append(f'<p style="color:{colour}"><b>{escape(error.message)}</b> {escape(error.hint)}</p>')
        self.report = f"{error.message} {error.hint}"
        self.copy.setEnabled(True)

    def _lock(self, is_busy: bool) -> None:
        self.bar.setVisible(is_busy)
        self.cancel_button.setEnabled(is_busy)
        self.copy.setEnabled(not is_busy)
        self.fill.setEnabled(not is_busy)
        for box in self.boxes.values():
            box.setEnabled(not is_busy)

    def _refresh(self) -> None:
        for box in self.boxes.values():
            box.refresh()

    def reject(self) -> None:
        """Closing ends what runs, and asks first: Escape is soon pressed, and half a gigabyte fetched in vain."""
        if self.is_busy:
            text = tr("Something is being set up or checked. Close the window and end it?")
            if QMessageBox.question(self, self.windowTitle(), text) != QMessageBox.StandardButton.Yes:
                return
        self.cancel()
        if self._looking is not None:
            self._looking.cancel()
        super().reject()


def _model() -> Optional[Path]:
    """The model that devices are tried with, None where none is installed."""
    installed = models.installed_models()
    return installed[0].path if installed else None
