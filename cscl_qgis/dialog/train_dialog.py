"""The window 'Train a model': images, declared parcels and model on pages, the run on the last one.

Work is done by the worker in tasks; nothing here reads data or waits.
"""

from __future__ import annotations

import math
import os
from typing import Any, Optional

from qgis.core import Qgis, QgsApplication
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from .. import models, runner, training_config
from .._engine import errors, protocol
from ..dataset_config import DatasetSettings
from ..model_fit import Box, as_box
from ..setup_task import SetupTask
from ..staged_progress import StagedProgress
from ..training_run import TrainingRun
from ..translation import tr
from ..worker_python import any_python, training_python
from ..worker_task import WorkerTask
from .codes_look import CodesLook
from .draft import NOT_YET, Draft
from .kept_settings import TRAINING, keep, kept
from .look import Look
from .parcels_page import ParcelsPage
from .run_window import RunWindow
from .table_editing import TableEditing
from .train_run_panel import TrainRunPanel
from .training_data_page import TrainingDataPage
from .training_model_page import TrainingModelPage

NO_PYTHON = "WorkerPythonError"
KM_PER_DEGREE = 111.2


class TrainDialog(RunWindow):
    """Train a model."""

    setup_wanted = pyqtSignal(str)
    """The packages for training are not set up, as a sentence."""
    use_wanted = pyqtSignal(str)
    """A region is to be mapped with the model of this path."""
    codes_shown = pyqtSignal()
    """The table shows the codes of the present parcels, or the note why not."""
    python_known = pyqtSignal(bool)
    """Whether there is a Python that trains has been found out."""
    panel: TrainRunPanel

    def __init__(self, iface: Any = None, parent: Optional[QWidget] = None) -> None:
        goes_on = tr("A model is being trained. Close the window, and let it go on in the background?")
        super().__init__(iface, tr("Train a model"), goes_on, TrainRunPanel(), parent)
        self._run: Optional[TrainingRun] = None
        self._box: Optional[Box] = None
        self._finding: Optional[SetupTask] = None
        self._fault = ""
        self.data = TrainingDataPage()
        self.parcels = ParcelsPage()
        self.model = TrainingModelPage()
        pages = (
            (self.data, tr("1. Images")),
            (self.parcels, tr("2. Parcels")),
            (self.model, tr("3. Model")),
        )
        self.add_pages(pages, tr("4. Run"))
        self._make_dates_look(self.data.images, Look(tr("Looking at acquisitions"), self, any_python))
        self._codes_look = CodesLook(self.parcels, self.scratch, self, any_python)
        self._codes_look.shown.connect(self._on_codes)
        declared, layer = self.parcels.declared, lambda: self.parcels.layer
        self.tables = TableEditing(declared, layer, lambda: "", self.scratch, self._say, self, any_python)
        self.data.changed.connect(self._on_kind)
        self.panel.used.connect(self._use)
        if kept(TRAINING):
            self.restore()
        self._on_kind()
        self._check()

    # what there is to learn from

    def _dates_draft(self) -> Draft:
        """What tells which acquisitions there are.

        Raises:
            ValueError: naming what is missing; the message is a sentence.
        """
        images = self.data.images
        samples = self.model.samples.settings()
        return Draft(
            protocol.MapRequest(
                series=tuple(images.sources()),
                model=NOT_YET,
                out=NOT_YET,
                bands=tuple(images.band_names()),
                min_clear=samples["min_clear"],
            )
        )

    def look_at_dates(self) -> None:
        """Have the worker look at the acquisitions, unless they are known."""
        try:
            draft = self._dates_draft()
        except (ValueError, errors.CsclError) as error:
            self._dates_look.stop()
            self._show_no_rows(str(error))
            return
        if draft.key != self._dates_look.key:
            self.data.images.show_busy(True, tr("Looking at the acquisitions..."))
            self._dates_look.ask(draft.key, draft.task(runner.dates_task, self.scratch))

    def _on_dates(self, summary: Any) -> None:
        self._box = as_box(summary.get("box"))
        super()._on_dates(summary)

    def _on_codes(self) -> None:
        self._check()
        self.codes_shown.emit()

    def _show_limit(self) -> None:
        """Tell which crops have too little ground."""
        self.parcels.codes.set_limit(self.model.samples.rare_train.value())

    def _on_kind(self) -> None:
        """A data set that is built already has its images and parcels."""
        self.parcels.setEnabled(not self.data.is_built and not self.is_running)
        self.model.show_built(self.data.is_built)

    def _on_settings(self) -> None:
        if not self.data.is_built:
            self._show_limit()
            self.look_at_dates()
            self._codes_look.look()
        self._check()

    # the run

    def make_run(self) -> TrainingRun:
        """What the pages describe.

        Raises:
            ValueError: naming what is missing or does not fit; the message is a sentence.
        """
        if self.data.is_built:
            run = TrainingRun(self.model.training(self.data.dataset()))
        else:
            images = tuple(self.data.images.sources())
            bands = tuple(self.data.images.band_names())
            labels = self.parcels.settings()
            out = self.model.out()
            self._show_limit()
            if self.parcels.codes.is_all_rare:
                told = tr("Every crop has less ground than {:g} ha, the limit among the samples on page 3: lower it.")
                raise ValueError(told.format(self.model.samples.rare_train.value()))
            settings = DatasetSettings(images=images, bands=bands, **labels, **self.model.samples_settings())
            run = TrainingRun(self.model.training(out), settings, self.parcels.parcels())
        run.check()
        return run

    def run(self) -> None:
        """Begin the run, if the settings are whole."""
        try:
            run = self.make_run()
        except (ValueError, errors.CsclError) as error:
            self._say(str(error))
            return
        if run.replaces and not self._may_replace(run):
            return
        self.save()
        self._begin(run)

    def resume(self) -> None:
        """Go on with the run that failed or was cancelled: what is built stays, training goes on where it was."""
        if self._run is not None:
            self._begin(self._run)

    def _begin(self, run: TrainingRun) -> None:
        self._run = run
        self._rest()  # it would take the processor from the run
        title = tr("Training {}").format(run.training.name)
        dates = sum(bool(row["used"]) for row in self.data.images.timeline.rows)
        progress = StagedProgress(run.expected(os.cpu_count() or 1, _km2(self._box), dates))
        task = WorkerTask(title, run.works(lambda event: task.tell(event)), training_python, progress)
        self._start(task)

    def _on_done(self, task: WorkerTask) -> None:
        if self._run is None:
            return
        self._fault = ""
        card = models.read_model(training_config.model_path(self._run.training)).card
        figures = training_config.figures(card)
        sentence = str(figures.get("summary") or tr("There was no parcel to test the model on."))
        sentence = sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith(".") else ".")
        told = tr("Done: the model {} is installed.").format(self._run.training.name)
        self.panel.end(told)
        self.panel.show_model(sentence, str(task.result.get("outputs", {}).get("evaluation_report", "")))
        self._push(f"{told} {sentence}", Qgis.MessageLevel.Success)
        self.model.reload()

    def _on_failed(self, failure: runner.WorkerError) -> None:
        if failure.code == NO_PYTHON:
            self._want_setup(f"{failure.message} {failure.hint}".strip())

    def _use(self) -> None:
        if self._run is not None:
            self.use_wanted.emit(str(self._run.installed))

    # the Python that trains

    def find_python(self) -> None:
        """Find out whether there is one; if not, that is told, and the window for setting it up is asked for."""
        if self._finding is None:
            self._finding = SetupTask(tr("Looking for the Python that trains"), lambda *_: training_python())
            self._finding.ended.connect(self._on_python)
            QgsApplication.taskManager().addTask(self._finding)

    def _on_python(self, is_fine: bool) -> None:
        task, self._finding = self._finding, None
        if task is None:
            return  # the window was closed
        failure = None if is_fine else task.failure
        self._fault = f"{failure.message} {failure.hint}".strip() if failure is not None else ""
        self._check()
        if failure is not None:
            self._want_setup(self._fault)
        self.python_known.emit(is_fine)

    def _want_setup(self, sentence: str) -> None:
        self._fault = sentence
        self.setup_wanted.emit(sentence)

    # settings

    def save(self) -> None:
        """Keep the settings in the project."""
        keep({**self.data.values(), **self.parcels.values(), **self.model.values()}, TRAINING)

    def restore(self) -> None:
        """Take the settings that the project keeps; what is missing, or no longer fits, gets its default."""
        values = kept(TRAINING)
        self.data.set_values(values)
        self.parcels.set_values(values)
        self.model.set_values(values)

    def _check(self) -> None:
        """Say what is missing; the run itself checks again."""
        try:
            self.make_run()
        except (ValueError, errors.CsclError) as error:
            self._say(str(error))
        else:
            self._say(self._fault)

    def _may_replace(self, run: TrainingRun) -> bool:
        told = tr(
            "{} holds a data set already. If it was built with these settings it is taken as it is, otherwise it is "
            "replaced. Go on?"
        )
        return self._ask(told.format(run.training.dataset))

    def showEvent(self, event: Any) -> None:
        """What may have changed while the window was closed is looked at again."""
        super().showEvent(event)
        if not self.is_running:
            self.model.reload()
            self._timer.start()
            self.find_python()

    def _lock(self, is_locked: bool) -> None:
        super()._lock(is_locked)
        self._on_kind()
        if not is_locked:
            self._timer.start()  # what was being looked at when the run began

    def _rest(self) -> None:
        super()._rest()
        if self._dates_look.is_busy:
            self._dates_look.stop()
            self.data.images.show_busy(False)
        self._codes_look.stop()
        task, self._finding = self._finding, None
        if task is not None:
            task.cancel()
        self.tables.stop()


def _km2(box: Optional[Box]) -> float:
    """Ground of a box of longitudes and latitudes, about; 0 where there is none."""
    if box is None:
        return 0.0
    west, south, east, north = box
    height = (north - south) * KM_PER_DEGREE
    return abs(height * (east - west) * KM_PER_DEGREE * math.cos(math.radians((north + south) / 2)))
