"""Processing algorithm 'Train a model': a data set becomes a model with its card and its evaluation."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List, Optional

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputFolder,
    QgsProcessingOutputHtml,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)

from .. import models, training_config
from .._engine import errors, protocol
from ..environment import WorkerPythonError
from ..training_config import EFFORTS, TrainingSettings
from ..translation import tr
from .algorithm import choice, failure, number, whole_number
from .training import TrainingAlgorithm, run_training

SCRATCH = "from scratch"
MOST_STEPS = 1_000_000
MOST_SEED = 2**31 - 1


class TrainModel(TrainingAlgorithm):
    """Train, calibrate, score and export, all in one run."""

    NAME, TITLE = "trainmodel", "Train a model"
    SUMMARY = "Trains a crop type model on a data set of your own, and says how good it is on parcels it never saw."
    TAGS = ("crop", "training", "deep learning", "fine-tuning", "model", "declarations")
    HELP = (
        "Trains a model on a data set of 'Build a training data set': from the weights of a model that you have, which "
        "takes the fewest parcels and the least time, or from nothing, after pre-training by context-self contrast "
        "(CSCL). It is then calibrated, scored on the test parcels, which it never saw, and exported with its card.\n\n"
        "All of it lies in a folder of the model's name inside that of the data set: the model, its card, the report "
        "evaluation.html, metrics.json, and train.yaml, with which the log's command does the same without QGIS. A run "
        "that was cancelled or broken off goes on where it was when it is started again with the same settings.\n\n"
        "How long it takes hangs on the processor: 'quick' some minutes, to see whether all fits; 'normal' about ten "
        "minutes on two cores, 'thorough' about half an hour; the evaluation adds some minutes. The log says more. "
        "Nothing is sent anywhere."
    )
    DATASET, START, MODEL_NAME, EFFORT, INSTALL = "DATASET", "START", "NAME", "EFFORT", "INSTALL"
    STEPS, PRETRAIN_STEPS, RATE, MAGNIFICATION = "STEPS", "PRETRAIN_STEPS", "LEARNING_RATE", "MAGNIFICATION"
    THREADS, DEVICE, SEED = "THREADS", "DEVICE", "SEED"
    DESCRIPTION, ATTRIBUTION = "DESCRIPTION", "ATTRIBUTION"
    MODEL, CARD, REPORT, METRICS, OUT = "MODEL", "CARD", "REPORT", "METRICS", "OUT"
    ACCURACY, MACRO_F1, MIOU, PARCELS = "ACCURACY", "MACRO_F1", "MIOU", "PARCELS"
    SCALES = ("1", "2", "4")
    DEVICES = ("auto", "cpu", "gpu")

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.declare(
            QgsProcessingParameterFile(
                self.DATASET, tr("Folder of the data set"), behavior=QgsProcessingParameterFile.Behavior.Folder
            ),
            tr("The folder that 'Build a training data set' filled: it holds dataset.yaml and dataset.zarr."),
        )
        self.declare(
            QgsProcessingParameterString(self.MODEL_NAME, tr("Name of the model"), "my_model"),
            tr("Letters, digits, _ and -. The model's file and its folder are called so."),
        )
        self.declare(
            QgsProcessingParameterString(self.START, tr("Start from"), self._default_start()),
            tr(
                "The name of an installed model with weights to train further from, the path of its .onnx file, or "
                "'{}'. Models that can be started from: {}."
            ).format(SCRATCH, ", ".join(self._names()) or tr("none")),
        )
        self.declare(
            choice(self.EFFORT, tr("Effort"), [effort.name for effort in EFFORTS], "normal"),
            "; ".join(
                tr("{}: {} steps, from scratch {} more without crops").format(
                    effort.name, effort.steps, effort.pretrain_steps
                )
                for effort in EFFORTS
            )
            + ". "
            + tr("More steps help where there are many parcels."),
        )
        self.declare(
            QgsProcessingParameterBoolean(self.INSTALL, tr("Install the model afterwards"), True),
            tr("The model is then among those of 'Map crop types' and of the window 'Models'."),
        )
        self._declare_advanced()
        self.addOutput(QgsProcessingOutputFile(self.MODEL, tr("The model (ONNX)")))
        self.addOutput(QgsProcessingOutputFile(self.CARD, tr("Its card")))
        self.addOutput(QgsProcessingOutputHtml(self.REPORT, tr("Evaluation")))
        self.addOutput(QgsProcessingOutputFile(self.METRICS, tr("All figures (JSON)")))
        self.addOutput(QgsProcessingOutputFolder(self.OUT, tr("Folder of the model")))
        self.addOutput(QgsProcessingOutputNumber(self.ACCURACY, tr("Accuracy on the test parcels' pixels (0-1)")))
        self.addOutput(QgsProcessingOutputNumber(self.MACRO_F1, tr("Macro F1 (0-1)")))
        self.addOutput(QgsProcessingOutputNumber(self.MIOU, tr("Mean intersection over union (0-1)")))
        self.addOutput(QgsProcessingOutputNumber(self.PARCELS, tr("Number of test parcels")))

    def _declare_advanced(self) -> None:
        self.declare(
            whole_number(self.STEPS, tr("Steps (0 = as the effort says)"), 0, 0, MOST_STEPS),
            tr("Updates of the weights, of eight samples each."),
            is_advanced=True,
        )
        self.declare(
            whole_number(
                self.PRETRAIN_STEPS, tr("Steps of pre-training (-1 = as the effort says)"), -1, -1, MOST_STEPS
            ),
            tr("By CSCL, before crops are learned; only from scratch."),
            is_advanced=True,
        )
        self.declare(
            number(self.RATE, tr("Learning rate (0 = what suits the start)"), 0.0, 0.0, 1.0),
            tr("0.0005 from a model's weights, 0.0015 from scratch."),
            is_advanced=True,
        )
        self.declare(
            choice(self.MAGNIFICATION, tr("Grid of the map, times finer (from scratch)"), self.SCALES, "4"),
            tr("The data set must have labels on this grid. A model that is started from keeps its own."),
            is_advanced=True,
        )
        self.declare(
            whole_number(self.THREADS, tr("Processor threads (0 = all)"), 0, 0, 1024),
            tr("Fewer threads leave cores to other programs, and take longer."),
            is_advanced=True,
        )
        self.declare(
            choice(self.DEVICE, tr("Device"), self.DEVICES, "auto"),
            tr("auto takes a graphics card where PyTorch finds one."),
            is_advanced=True,
        )
        self.declare(
            whole_number(self.SEED, tr("Seed"), 1, 0, MOST_SEED),
            tr(
                "Draws the first weights and the samples; the same seed trains the same. Another one gives figures "
                "that differ by some points, which shows how far they can be trusted."
            ),
            is_advanced=True,
        )
        for name, title, text in (
            (self.DESCRIPTION, tr("Description"), tr("Goes onto the model's card: what it was made for.")),
            (
                self.ATTRIBUTION,
                tr("Whose data"),
                tr("Goes onto the card: whose images and parcels it was trained on, and under which licences."),
            ),
        ):
            self.declare(QgsProcessingParameterString(name, title, "", optional=True), text, is_advanced=True)

    def check(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        """Raises ValueError with one sentence about the first thing that does not fit."""
        self._settings(parameters, context)

    def processAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        """Run the worker to its end, then install."""
        try:
            settings = self._settings(parameters, context)
            interpreter = self.python()
            training_config.write(settings)
        except (WorkerPythonError, ValueError, OSError) as error:
            raise failure(error) from error
        seconds = settings.seconds(os.cpu_count() or 1)
        feedback.pushInfo(
            tr(
                "Training takes about {} on a processor like the one this was measured on, the evaluation some minutes "
                "more."
            ).format(protocol.duration_text(seconds))
        )
        if settings.start is not None:
            feedback.pushInfo(
                tr(
                    "Where {} was trained on the same ground and year it has seen some of the test parcels: the "
                    "figures are then too good, and the report says of how many parcels."
                ).format(settings.start.title)
            )
        result = run_training(interpreter, training_config.arguments(settings), feedback, tr("Training"))
        path = training_config.model_path(settings)
        card = models.read_model(path).card
        figures = training_config.figures(card)
        feedback.pushInfo(str(figures.get("summary", tr("There is no parcel to test the model on."))))
        if self.parameterAsBool(parameters, self.INSTALL, context):
            try:
                installed = models.install(path)[0].path
            except (errors.CsclError, OSError) as error:
                raise failure(error) from error
            feedback.pushInfo(tr("Installed as {}").format(installed))
        outputs = result.get("outputs", {})
        return {
            self.MODEL: str(path),
            self.CARD: str(path.with_suffix(".json")),
            self.REPORT: outputs.get("evaluation_report"),
            self.METRICS: outputs.get("evaluation"),
            self.OUT: str(settings.out),
            self.ACCURACY: figures.get("overall_accuracy"),
            self.MACRO_F1: figures.get("macro_f1"),
            self.MIOU: figures.get("miou"),
            self.PARCELS: figures.get("parcels_tested"),
        }

    def _settings(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> TrainingSettings:
        """What was chosen.

        Raises:
            ValueError: if it does not fit.
        """
        effort = EFFORTS[
            [item.name for item in EFFORTS].index(self.parameterAsEnumString(parameters, self.EFFORT, context))
        ]
        pretrain = self.parameterAsInt(parameters, self.PRETRAIN_STEPS, context)
        settings = TrainingSettings(
            dataset=Path(os.path.abspath(self.parameterAsString(parameters, self.DATASET, context))),
            name=self.parameterAsString(parameters, self.MODEL_NAME, context).strip(),
            start=self._start(self.parameterAsString(parameters, self.START, context).strip()),
            magnification=int(self.parameterAsEnumString(parameters, self.MAGNIFICATION, context)),
            steps=self.parameterAsInt(parameters, self.STEPS, context) or effort.steps,
            pretrain_steps=effort.pretrain_steps if pretrain < 0 else pretrain,
            learning_rate=self.parameterAsDouble(parameters, self.RATE, context),
            threads=self.parameterAsInt(parameters, self.THREADS, context),
            accelerator=self.parameterAsEnumString(parameters, self.DEVICE, context),
            seed=self.parameterAsInt(parameters, self.SEED, context),
            description=self.parameterAsString(parameters, self.DESCRIPTION, context),
            attribution=self.parameterAsString(parameters, self.ATTRIBUTION, context),
        )
        training_config.check(settings)
        if self.parameterAsBool(parameters, self.INSTALL, context):
            training_config.check_installed(settings, models.models_dir())
        return settings

    def _start(self, named: str) -> Optional[models.InstalledModel]:
        """The model to start from; None for none.

        Raises:
            ValueError: if there is no such model.
        """
        if not named or named == SCRATCH:
            return None
        if named.lower().endswith(".onnx"):
            try:
                return models.read_model(Path(os.path.abspath(named)))
            except errors.CsclError as error:
                raise ValueError(f"{error} {error.hint}".strip()) from error
        for model in training_config.trainable(models.installed_models()):
            if named in (model.card.name, model.title):
                return model
        raise ValueError(
            tr(
                "There is no installed model '{}' with weights to train further from (there are: {}); '{}' starts from "
                "nothing."
            ).format(named, ", ".join(self._names()) or tr("none"), SCRATCH)
        )

    def _names(self) -> List[str]:
        return [model.card.name for model in training_config.trainable(models.installed_models())]

    def _default_start(self) -> str:
        model = training_config.first_start(training_config.trainable(models.installed_models()))
        return SCRATCH if model is None else model.card.name
