"""Processing algorithm 'Build a training data set': writes the configuration, follows the worker, returns its files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputFolder,
    QgsProcessingOutputHtml,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
)

from .. import training_python
from ..dataset_config import FILE_NAME, DatasetSettings, write_configuration
from ..environment import CANCELLED, WorkerPythonError
from ..translation import tr
from .algorithm import choice, failure, number, whole_number
from .image_input import FOLDER, INPUT, band_names, declare_band_names, declare_images, image_paths
from .parcel_input import PARCELS, declare_parcels, has_parcels, parcel_choice, parcel_file
from .shown_layers import shown_layers
from .training import TrainingAlgorithm, run_training

MANY_PIXELS = 1_000_000_000
"""More than anybody has: the form wants an upper bound."""


class BuildDataset(TrainingAlgorithm):
    """One series with its declared parcels becomes samples to train on."""

    NAME, TITLE = "builddataset", "Build a training data set"
    PACKAGES = training_python.PACKAGES
    SUMMARY = "Samples with labels for training, from a Sentinel-2 time series and declared parcels."
    TAGS = ("crop", "sentinel-2", "time series", "training", "data set", "labels", "parcels", "declarations", "lpis")
    HELP = (
        "Cuts a time series of Sentinel-2 images and the declared parcels on its ground into samples with labels, as "
        "training takes them: crop class, parcel and covered share of every cell, on the images' grid and on finer "
        "ones, in splits for training, validation, calibration and test that share no parcel.\n\n"
        "Give the images as a folder or as layers, the parcels with the field of their crop code, and the table that "
        "maps these codes onto the legend. Say also what lies outside of all parcels; only you can know whether the "
        "layer holds every field.\n\n"
        "The results go into one folder: dataset.zarr, the report dataset.html, the summary dataset.json, and "
        "dataset.yaml, the configuration, with which the log's command builds the same again without QGIS. A run "
        "that was cancelled or broken off goes on where it stopped when it is started again with the same settings "
        "and folder.\n\n"
        "It runs in a Python of yours that has the packages for training; nothing heavy is loaded into QGIS, and "
        "nothing is sent anywhere."
    )
    MAGNIFICATIONS, CHIP, SAMPLING, BLOCK_M, FOLDS = "MAGNIFICATIONS", "CHIP", "SAMPLING", "BLOCK_M", "FOLDS"
    LEVEL, MAX_DATES, MIN_CLEAR, MEMORY = "LEVEL", "MAX_DATES", "MIN_CLEAR", "MEMORY"
    RARE_TRAIN, RARE_EVALUATION = "RARE_TRAIN", "RARE_EVALUATION"
    CONFIG, DATA, OUTPUT = "CONFIG", "DATA", "OUTPUT"
    DATASET, REPORT, CONFIG_FILE = "DATASET", "REPORT", "CONFIG_FILE"
    SAMPLES, CLASSES = "SAMPLES", "CLASSES"
    SCALES = ("1", "2", "4")
    SAMPLINGS = ("dense", "parcels", "unlabelled")
    LEVELS = ("L2A", "L1C")
    LEAST_FOLDS, MOST_FOLDS = 3, 31

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs. All inputs are optional, since a configuration may stand for them."""
        declare_images(self)
        declare_parcels(self)
        self._declare_samples()
        self._declare_series()
        self._declare_configuration()
        self.declare(
            QgsProcessingParameterFolderDestination(self.OUTPUT, tr("Folder for the data set")),
            tr(
                "Folder for dataset.zarr, dataset.html, dataset.json and dataset.yaml. A broken-off run of the same "
                "settings in it is gone on with; a data set of other settings in it is replaced."
            ),
        )
        self.addOutput(QgsProcessingOutputFolder(self.DATASET, tr("Data set (Zarr)")))
        self.addOutput(QgsProcessingOutputHtml(self.REPORT, tr("Report")))
        self.addOutput(QgsProcessingOutputFile(self.CONFIG_FILE, tr("Configuration")))
        self.addOutput(QgsProcessingOutputNumber(self.SAMPLES, tr("Number of samples")))
        self.addOutput(QgsProcessingOutputNumber(PARCELS, tr("Number of parcels")))
        self.addOutput(QgsProcessingOutputNumber(self.CLASSES, tr("Number of classes with training pixels")))

    def _declare_samples(self) -> None:
        self.declare(
            choice(self.SAMPLING, tr("Sampling"), self.SAMPLINGS, self.SAMPLINGS[0]),
            tr(
                "dense: a grid of samples over all labelled ground. parcels: one sample around each parcel. "
                "unlabelled: a grid over all ground, without labels; needs no parcels."
            ),
        )
        self.declare(
            choice(self.MAGNIFICATIONS, tr("Label grids, times finer than the images"), self.SCALES, ["1", "4"]),
            tr(
                "Labels are made on the images' own 10 m grid (1, always among them) and on grids 2 and 4 times finer; "
                "training takes one of them."
            ),
        )
        self.declare(
            whole_number(self.CHIP, tr("Side of a sample (10 m pixels)"), 64, 8, 1024),
            tr(
                "Samples are squares of this side; a multiple of 4. 64 is a good choice for a grid of samples, 24 to "
                "48 for samples around parcels."
            ),
        )
        self.declare(
            number(self.BLOCK_M, tr("Side of the split blocks (m)"), 500.0, 10.0, 1_000_000.0),
            tr(
                "Training, validation, calibration and test share no ground: they are drawn by square blocks of this "
                "side. Larger blocks make the test harder and more honest; take several kilometres where the images "
                "are large."
            ),
        )
        self.declare(
            whole_number(self.FOLDS, tr("Folds of blocks (0 = none)"), 0, 0, self.MOST_FOLDS),
            tr(
                "With k folds (3 or more) the blocks are dealt into k equal parts instead, so that each can be tested, "
                "or mapped, by a model that was trained on the others. 0 makes one training and one test part."
            ),
        )

        self.declare(
            whole_number(self.RARE_TRAIN, tr("Least training pixels of a class (0 = no limit)"), 20000, 0, MANY_PIXELS),
            tr(
                "Crops with fewer pixels of 10 m to train on become the class 'other', since little could be learned "
                "of them. Small regions need a lower limit, or 0."
            ),
            is_advanced=True,
        )
        self.declare(
            whole_number(
                self.RARE_EVALUATION, tr("Least other pixels of a class (0 = no limit)"), 2000, 0, MANY_PIXELS
            ),
            tr(
                "The same for the pixels that are kept from training: with too few of them nobody could say how well a "
                "crop is mapped."
            ),
            is_advanced=True,
        )

    def _declare_series(self) -> None:
        declare_band_names(self)
        self.declare(
            choice(self.LEVEL, tr("Processing level"), self.LEVELS, self.LEVELS[0]),
            tr(
                "L2A: surface reflectance, the default. L1C: reflectance at the top of the atmosphere. Images of the "
                "other level are left out."
            ),
            is_advanced=True,
        )
        self.declare(
            whole_number(self.MAX_DATES, tr("Most dates"), 24, 1, 366),
            tr("If there are more dates, the clearest are kept. All samples have as many dates as the longest series."),
            is_advanced=True,
        )
        self.declare(
            number(self.MIN_CLEAR, tr("Least share of clear pixels (0-1)"), 0.05, 0.0, 1.0),
            tr("Dates with a smaller share of clear pixels in the images are left out, and named in the report."),
            is_advanced=True,
        )
        self.declare(
            number(self.MEMORY, tr("Memory limit (GiB)"), 3.0, 0.5, 4096.0),
            tr("What building the data set may take, all its processes together. Less memory takes longer."),
            is_advanced=True,
        )

    def _declare_configuration(self) -> None:
        self.declare(
            QgsProcessingParameterFile(
                self.CONFIG, tr("Configuration instead of all this"), optional=True, fileFilter="YAML (*.yaml *.yml)"
            ),
            tr(
                "A YAML configuration of training/train.py, for several series at once or settings that are not listed "
                "here. It stands for everything but the output folder: leave images and parcels empty."
            ),
            is_advanced=True,
        )
        self.declare(
            QgsProcessingParameterFile(
                self.DATA,
                tr("Folder that the configuration's paths are relative to"),
                behavior=QgsProcessingParameterFile.Behavior.Folder,
                optional=True,
            ),
            tr(
                "Only with a configuration: the folder of the images and parcels that it names. If empty, the "
                "configuration's own folder."
            ),
            is_advanced=True,
        )

    def prepareAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take over what layers say: here, since this is called on the thread that they live on."""
        try:
            self.check(parameters, context)  # a script may have left the check out
            self._settings: Optional[DatasetSettings] = None
            if not self.parameterAsString(parameters, self.CONFIG, context):
                self._settings = self._chosen(parameters, context)
                self._shown = shown_layers(self, (PARCELS,), parameters, context)
        except ValueError as error:
            raise failure(error) from error
        return True

    def processAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        """Run the worker to its end. Called on a thread of its own; touches neither the project nor widgets."""
        out = Path(os.path.abspath(self.parameterAsString(parameters, self.OUTPUT, context)))
        try:
            python = self.python()
            out.mkdir(parents=True, exist_ok=True)
            settings = self._settings
            if settings is None:
                config, data = self._given_configuration(parameters, context)
            else:
                if settings.crop_field:
                    path, layer = self._parcels(parameters, context, feedback, out)
                    settings = replace(settings, parcels=path, layer=layer)
                config, data = out / FILE_NAME, settings.data
                write_configuration(settings.to_dict(), config)
        except (WorkerPythonError, ValueError, OSError) as error:
            raise failure(error) from error
        arguments = ["dataset", "--config", str(config), "--data", str(data), "--out", str(out)]
        result = run_training(python, arguments, feedback, tr("Building"))
        return {self.OUTPUT: str(out), self.CONFIG_FILE: str(config), **self._values(result, feedback)}

    def check(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        """Raises ValueError with one sentence about the first thing that does not fit."""
        if self.parameterAsString(parameters, self.CONFIG, context):
            self._given_configuration(parameters, context)
            return
        image_paths(self, parameters, context)
        if has_parcels(self, parameters, context):
            parcel_choice(self, parameters, context)
        elif self.parameterAsEnumString(parameters, self.SAMPLING, context) != "unlabelled":
            raise ValueError(tr("Give the declared parcels, or choose the sampling 'unlabelled'."))
        chip = self.parameterAsInt(parameters, self.CHIP, context)
        if chip % 4:
            raise ValueError(tr("The side of a sample must be a multiple of 4, not {}.").format(chip))
        folds = self.parameterAsInt(parameters, self.FOLDS, context)
        if 0 < folds < self.LEAST_FOLDS:
            raise ValueError(tr("There must be 0 or at least {} folds, not {}.").format(self.LEAST_FOLDS, folds))

    def _given_configuration(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Tuple[Path, Path]:
        """The configuration that stands for the other parameters, and the folder of its data.

        Raises:
            ValueError: if it is not there, or the inputs are given twice.
        """
        config = Path(os.path.abspath(self.parameterAsString(parameters, self.CONFIG, context)))
        if not config.is_file():
            raise ValueError(tr("There is no configuration {}.").format(config))
        for name in (INPUT, FOLDER, PARCELS):
            if parameters.get(name):
                title = self.parameterDefinition(name).description()
                raise ValueError(
                    tr("The configuration names the inputs: leave '{}' empty, or the configuration.").format(title)
                )
        folder = self.parameterAsString(parameters, self.DATA, context)
        data = Path(os.path.abspath(folder)) if folder else config.parent
        if not data.is_dir():
            raise ValueError(tr("There is no data folder {}.").format(data))
        return config, data

    def _parcels(
        self,
        parameters: Dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        out: Path,
    ) -> Tuple[str, Optional[str]]:
        """The parcels' file and the layer in it; a copy where the layer shows something else than its file."""
        if not self._shown:
            return parcel_file(self, parameters, context, feedback, out / "parcels.gpkg")
        try:
            return self._shown[PARCELS].write(out, feedback.isCanceled), None
        except InterruptedError as error:
            raise ValueError(tr(CANCELLED)) from error

    def _chosen(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> DatasetSettings:
        """What was chosen; the file of the parcels comes later."""
        labels: Dict[str, Any] = {"outside_parcels": "ignore"}
        if has_parcels(self, parameters, context):
            chosen = parcel_choice(self, parameters, context)
            labels = {
                "crop_field": chosen.crop_field,
                "id_field": chosen.id_field,
                "year_field": chosen.year_field,
                "year": chosen.year,
                "classes": chosen.classes,
                "outside_parcels": chosen.outside,
            }
        scales = {int(text) for text in self.parameterAsEnumStrings(parameters, self.MAGNIFICATIONS, context)}
        return DatasetSettings(
            images=tuple(image_paths(self, parameters, context)),
            magnifications=tuple(sorted(scales | {1})),
            chip=self.parameterAsInt(parameters, self.CHIP, context),
            sampling=self.parameterAsEnumString(parameters, self.SAMPLING, context),
            block_m=self.parameterAsDouble(parameters, self.BLOCK_M, context),
            folds=self.parameterAsInt(parameters, self.FOLDS, context),
            bands=tuple(band_names(self, parameters, context)),
            level=self.parameterAsEnumString(parameters, self.LEVEL, context),
            max_dates=self.parameterAsInt(parameters, self.MAX_DATES, context),
            min_clear=self.parameterAsDouble(parameters, self.MIN_CLEAR, context),
            rare_train=self.parameterAsInt(parameters, self.RARE_TRAIN, context),
            rare_evaluation=self.parameterAsInt(parameters, self.RARE_EVALUATION, context),
            memory_gib=self.parameterAsDouble(parameters, self.MEMORY, context),
            **labels,
        )

    def _values(self, result: Dict[str, Any], feedback: QgsProcessingFeedback) -> Dict[str, Any]:
        """What Processing hands on, from the worker's result event."""
        files, summary = result.get("outputs", {}), result.get("summary", {})
        classes: List[Dict[str, Any]] = summary.get("classes", [])
        for entry in classes:
            feedback.pushInfo(
                tr("{:>10} training pixels  {}").format(entry.get("training_pixels", 0), entry.get("title", ""))
            )
        samples, parcels = int(summary.get("samples", 0)), int(summary.get("parcels", 0))
        feedback.pushInfo(tr("{} samples with {} classes from {} parcels").format(samples, len(classes), parcels))
        return {
            self.DATASET: files.get("dataset"),
            self.REPORT: files.get("dataset_report"),
            self.SAMPLES: samples,
            PARCELS: parcels,
            self.CLASSES: len(classes),
        }
