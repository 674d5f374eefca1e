"""Which model is trained: what it starts from, its name, how long, and settings that are seldom needed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from qgis.gui import QgsCollapsibleGroupBox, QgsFileWidget
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from .. import models
from .._engine import protocol
from ..training_config import EFFORTS, Effort, TrainingSettings, first_start, trainable
from ..translation import tr
from .samples_box import SamplesBox
from .settings_values import as_int, as_number

SCALES = (1, 2, 4)
DEVICES = ("auto", "cpu", "gpu")
MOST_STEPS, MOST_SEED = 1_000_000, 2**31 - 1


class TrainingModelPage(QWidget):
    """Start, name and effort above; samples and advanced settings below, folded."""

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        self._models: List[models.InstalledModel] = []
        self._effort_names = {"quick": tr("quick"), "normal": tr("normal"), "thorough": tr("thorough")}
        self.samples = SamplesBox()
        layout.addLayout(self._model())
        layout.addWidget(self.about)
        layout.addWidget(self.samples)
        layout.addWidget(self._advanced())
        layout.addStretch(1)
        self.reload()
        self.folder.fileChanged.connect(lambda path: self.changed.emit())
        for signal in (
            *(self.start.currentIndexChanged, self.effort.currentIndexChanged, self.magnification.currentIndexChanged),
            *(self.steps.valueChanged, self.pretrain_steps.valueChanged, self.threads.valueChanged),
            *(self.rate.valueChanged, self.device.currentIndexChanged, self.seed.valueChanged),
            *(self.name.textChanged, self.description.textChanged, self.attribution.textChanged, self.samples.changed),
        ):
            signal.connect(lambda *_: self._on_change())

    def _model(self) -> QFormLayout:
        form = QFormLayout()
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.lineEdit().setPlaceholderText(tr("Folder for the data set and the model"))
        self.folder.setToolTip(
            tr(
                "A data set of the same settings in it is taken as it is; one of other settings is replaced. To build "
                "it anew because files of the images have changed, take another folder."
            )
        )
        self.start = QComboBox()
        self.start.setToolTip(
            tr("From a model's weights takes the fewest parcels and the least time. The samples then get its bands.")
        )
        self.name = QLineEdit("my_model")
        self.name.setToolTip(tr("Letters, digits, _ and -. The model's file and its folder are called so."))
        self.effort = QComboBox()
        for effort in EFFORTS:
            self.effort.addItem(self._effort_names[effort.name], effort.name)
        self.effort.setCurrentIndex(self.effort.findData("normal"))
        self.magnification = QComboBox()
        for scale in SCALES:
            self.magnification.addItem(tr("{} m").format(f"{10 / scale:g}"), scale)
        self.magnification.setCurrentIndex(self.magnification.findData(4))
        self.magnification.setToolTip(tr("Only from scratch: a model that is started from keeps its own."))
        self.about = QLabel()
        self.about.setWordWrap(True)
        form.addRow(tr("&Folder"), self.folder)
        form.addRow(tr("&Start from"), self.start)
        form.addRow(tr("&Name"), self.name)
        form.addRow(tr("&Effort"), self.effort)
        form.addRow(tr("Cells of the &map"), self.magnification)
        return form

    def _advanced(self) -> QWidget:
        box = QgsCollapsibleGroupBox(tr("Training"))
        box.setCollapsed(True)
        form = QFormLayout(box)
        self.steps = _whole(0, MOST_STEPS, 0, tr("as the effort says"))
        self.steps.setToolTip(tr("Updates of the weights, of eight samples each."))
        self.pretrain_steps = _whole(-1, MOST_STEPS, -1, tr("as the effort says"))
        self.pretrain_steps.setToolTip(tr("By context-self contrast, before crops are learned; only from scratch."))
        self.rate = QDoubleSpinBox()
        self.rate.setDecimals(5)
        self.rate.setRange(0.0, 1.0)
        self.rate.setSingleStep(0.0001)
        self.rate.setSpecialValueText(tr("what suits the start"))
        self.threads = _whole(0, 1024, 0, tr("all"))
        self.device = QComboBox()
        self.device.addItems(list(DEVICES))
        self.device.setToolTip(tr("auto takes a graphics card where PyTorch finds one."))
        self.seed = _whole(0, MOST_SEED, 1)
        self.seed.setToolTip(tr("Another seed gives figures that differ by some points: so far they can be trusted."))
        self.description, self.attribution = QLineEdit(), QLineEdit()
        self.description.setToolTip(tr("Goes onto the model's card: what it was made for."))
        self.attribution.setToolTip(tr("Goes onto the card: whose images and parcels, and under which licences."))
        for label, widget in (
            (tr("&Steps"), self.steps),
            (tr("Steps of &pre-training"), self.pretrain_steps),
            (tr("&Learning rate"), self.rate),
            (tr("&Threads"), self.threads),
            (tr("&Device"), self.device),
            (tr("S&eed"), self.seed),
            (tr("Des&cription"), self.description),
            (tr("&Whose data"), self.attribution),
        ):
            form.addRow(label, widget)
        return box

    def reload(self, chosen: Optional[str] = None) -> None:
        """List the models that can be started from.

        Args:
            chosen: path of the one to choose, empty for none; if None, the present choice stays; at first it is
                that of `first_start`.
        """
        is_first = self.start.count() == 0
        if chosen is None:
            chosen = str(self.model.path) if self.model is not None else ""
        self._models = trainable(models.installed_models())
        first = first_start(self._models)
        if is_first and first is not None:
            chosen = str(first.path)
        self.start.blockSignals(True)
        self.start.clear()
        for model in self._models:
            self.start.addItem(model.title)
        self.start.addItem(tr("from scratch, without a model"))
        paths = [str(model.path) for model in self._models]
        self.start.setCurrentIndex(paths.index(chosen) if chosen in paths else len(paths))
        self.start.blockSignals(False)
        self._on_change()

    @property
    def model(self) -> Optional[models.InstalledModel]:
        """The model to start from; None for none."""
        index = self.start.currentIndex()
        return self._models[index] if 0 <= index < len(self._models) else None

    def show_built(self, is_built: bool) -> None:
        """A data set that is built already has a folder and samples."""
        self.folder.setEnabled(not is_built)
        self.samples.setEnabled(not is_built)

    def out(self) -> Path:
        """The folder for the data set.

        Raises:
            ValueError: if none is chosen; the message is a sentence.
        """
        if not self.folder.filePath():
            raise ValueError(tr("Choose the folder for the data set and the model on page 3."))
        return Path(self.folder.filePath()).absolute()

    def training(self, dataset: Path, effort: Optional[Effort] = None) -> TrainingSettings:
        """The choice, for a data set in this folder; another effort than the chosen one if given."""
        effort = effort or EFFORTS[max(0, self.effort.currentIndex())]
        before = self.pretrain_steps.value()
        return TrainingSettings(
            dataset=dataset,
            name=self.name.text().strip(),
            start=self.model,
            magnification=int(self.magnification.currentData()),
            steps=self.steps.value() or effort.steps,
            pretrain_steps=effort.pretrain_steps if before < 0 else before,
            learning_rate=self.rate.value(),
            threads=self.threads.value(),
            accelerator=self.device.currentText(),
            seed=self.seed.value(),
            description=self.description.text().strip(),
            attribution=self.attribution.text().strip(),
        )

    def samples_settings(self) -> Dict[str, Any]:
        """The samples by the names of DatasetSettings, so that they fit the model that is started from."""
        model = self.model
        scale = int(self.magnification.currentData()) if model is None else model.card.magnification
        fit = {} if model is None else {"wanted_bands": tuple(model.card.bands), "level": model.card.level or "L2A"}
        return {"magnifications": tuple(sorted({1, scale})), **fit, **self.samples.settings()}

    def values(self) -> Dict[str, Any]:
        """The choice, for the project to keep."""
        return {
            "out": self.folder.filePath(),
            "start": str(self.model.path) if self.model is not None else "",
            "name": self.name.text(),
            "effort": str(self.effort.currentData()),
            "magnification": int(self.magnification.currentData()),
            "steps": self.steps.value(),
            "pretrain_steps": self.pretrain_steps.value(),
            "learning_rate": self.rate.value(),
            "threads": self.threads.value(),
            "device": self.device.currentText(),
            "seed": self.seed.value(),
            "description": self.description.text(),
            "attribution": self.attribution.text(),
            **self.samples.values(),
        }

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Take a choice as `values` gives it; what is missing, or no longer fits, gets its default."""
        self.folder.setFilePath(str(values.get("out") or ""))
        start = values.get("start")
        self.reload(start if isinstance(start, str) else None)
        self.name.setText(str(values.get("name") or "my_model"))
        self.effort.setCurrentIndex(max(0, self.effort.findData(str(values.get("effort") or "normal"))))
        self.magnification.setCurrentIndex(max(0, self.magnification.findData(as_int(values, "magnification", 4))))
        self.steps.setValue(as_int(values, "steps", 0))
        self.pretrain_steps.setValue(as_int(values, "pretrain_steps", -1))
        self.rate.setValue(as_number(values, "learning_rate", 0.0))
        self.threads.setValue(as_int(values, "threads", 0))
        self.device.setCurrentIndex(max(0, self.device.findText(str(values.get("device") or "auto"))))
        self.seed.setValue(as_int(values, "seed", 1))
        self.description.setText(str(values.get("description") or ""))
        self.attribution.setText(str(values.get("attribution") or ""))
        self.samples.set_values(values)

    def _on_change(self) -> None:
        model = self.model
        is_scratch = model is None
        index = -1 if model is None else self.magnification.findData(model.card.magnification)
        if index >= 0:
            self.magnification.blockSignals(True)
            self.magnification.setCurrentIndex(index)
            self.magnification.blockSignals(False)
        self.magnification.setEnabled(is_scratch)
        self.pretrain_steps.setEnabled(is_scratch)
        self._show_times()
        self.changed.emit()

    def _show_times(self) -> None:
        """What each effort takes here, about, and what the choice means."""
        cores = os.cpu_count() or 1
        for index, effort in enumerate(EFFORTS):
            seconds = replace(self.training(Path(), effort), steps=effort.steps).seconds(cores)
            told = tr("{}: about {} min").format(self._effort_names[effort.name], max(1, round(seconds / 60)))
            self.effort.setItemText(index, told)
        seconds = self.training(Path()).seconds(cores)
        lines = [
            tr("Training takes about {} here, the evaluation some minutes more.").format(
                protocol.duration_text(seconds)
            )
        ]
        if self.model is not None:
            lines.append(
                tr(
                    "Where {} was trained on the same ground and year it has seen some of the test parcels: the "
                    "figures are then too good, and the report says of how many parcels."
                ).format(self.model.title)
            )
        self.about.setText(" ".join(lines))


def _whole(low: int, high: int, value: int, special: str = "") -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    if special:
        box.setSpecialValueText(special)
    return box
