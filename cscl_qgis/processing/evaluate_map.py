"""Processing algorithm 'Evaluate a map': a finished crop map against declared parcels."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputHtml,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
)

from .. import vector_files
from ..environment import WorkerPythonError
from ..map_figures import MapFigures, read_figures
from ..translation import tr
from .algorithm import failure, number
from .parcel_input import PARCELS, declare_parcels, has_parcels, parcel_choice
from .shown_layers import shown_layers
from .training import TrainingAlgorithm, run_training


class EvaluateMap(TrainingAlgorithm):
    """Scores a map, whoever made it."""

    NAME, TITLE = "evaluatemap", "Evaluate a map"
    SUMMARY = "How right a finished crop map is, against parcels with known crops."
    TAGS = ("crop", "accuracy", "confusion matrix", "validation", "parcels", "area")
    HELP = (
        "Compares a crop map with parcels whose crops are known: accuracy, F1 and intersection over union by class, "
        "confusion matrix, accuracy at edges and inside, by parcel and by size of parcels, calibration, with 95 % "
        "intervals that draw blocks of ground again. The report is evaluation.html; metrics.json has all figures.\n\n"
        "Parcels that the model was trained on make a map look better than it is. Where the model's card names the "
        "ground that it has seen, parcels on it are left out; give others where it does not. Declarations may be "
        "wrong, too: where map and declaration differ, either may be.\n\n"
        "Areas of crops with intervals need a probability sample: points drawn at random within each class of this "
        "very map, with the crop found there."
    )
    MAP, SAMPLE, SAMPLE_FIELD, BLOCK_M, OUTPUT = "MAP", "SAMPLE", "SAMPLE_FIELD", "BLOCK_M", "OUTPUT"
    REPORT, METRICS, ACCURACY, MACRO_F1, MIOU = "REPORT", "METRICS", "ACCURACY", "MACRO_F1", "MIOU"
    TESTED, SCORE_SEEN = "TESTED", "SCORE_SEEN"

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.declare(
            QgsProcessingParameterFile(
                self.MAP, tr("Folder of the crop map"), behavior=QgsProcessingParameterFile.Behavior.Folder
            ),
            tr(
                "The folder that 'Map crop types' wrote: crop_type.tif, and confidence.tif and boundary.tif where they "
                "are there."
            ),
        )
        declare_parcels(self)
        self.declare(
            number(self.BLOCK_M, tr("Side of the blocks (m)"), 1000.0, 10.0, 1_000_000.0),
            tr("Intervals draw square blocks of this side again, since neighbouring fields are alike."),
            is_advanced=True,
        )
        self.declare(
            QgsProcessingParameterBoolean(
                self.SCORE_SEEN, tr("Score also parcels that the model has seen"), defaultValue=False
            ),
            tr(
                "Else parcels on ground that the map's model was trained or calibrated on, with declarations of that "
                "year, are left out. With them the figures are too good."
            ),
            is_advanced=True,
        )
        self.declare(
            QgsProcessingParameterFeatureSource(
                self.SAMPLE,
                tr("Probability sample (points)"),
                [QgsProcessing.SourceType.TypeVectorPoint],
                optional=True,
            ),
            tr("Points drawn at random within each class of this very map, for areas with intervals."),
            is_advanced=True,
        )
        self.declare(
            QgsProcessingParameterField(
                self.SAMPLE_FIELD,
                tr("Field of the sample's crop code"),
                parentLayerParameterName=self.SAMPLE,
                optional=True,
            ),
            tr("The crop found at the point, in the codes of the class table."),
            is_advanced=True,
        )
        self.declare(
            QgsProcessingParameterFolderDestination(self.OUTPUT, tr("Folder for the evaluation")),
            tr("Gets the report evaluation.html and all figures in metrics.json."),
        )
        self.addOutput(QgsProcessingOutputHtml(self.REPORT, tr("Evaluation")))
        self.addOutput(QgsProcessingOutputFile(self.METRICS, tr("All figures (JSON)")))
        self.addOutput(QgsProcessingOutputNumber(self.ACCURACY, tr("Accuracy of pixels (0-1)")))
        self.addOutput(QgsProcessingOutputNumber(self.MACRO_F1, tr("Macro F1 (0-1)")))
        self.addOutput(QgsProcessingOutputNumber(self.MIOU, tr("Mean intersection over union (0-1)")))
        self.addOutput(QgsProcessingOutputNumber(self.TESTED, tr("Number of parcels compared")))

    def prepareAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Look at the layers, on their own thread."""
        try:
            self.check(parameters, context)
            self._shown = shown_layers(self, (PARCELS, self.SAMPLE), parameters, context)
        except ValueError as error:
            raise failure(error) from error
        return True

    def processAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        """Run the worker to its end."""
        out = Path(os.path.abspath(self.parameterAsString(parameters, self.OUTPUT, context)))
        try:
            interpreter = self.python()
            out.mkdir(parents=True, exist_ok=True)
            arguments = self._arguments(parameters, context, feedback, out)
        except (WorkerPythonError, ValueError, OSError) as error:
            raise failure(error) from error
        result = run_training(interpreter, arguments, feedback, tr("Comparing"))
        outputs = result.get("outputs", {})
        figures = read_figures(Path(outputs["evaluation"])) if "evaluation" in outputs else MapFigures()
        feedback.pushInfo(figures.summary)
        return {
            self.OUTPUT: str(out),
            self.REPORT: outputs.get("evaluation_report"),
            self.METRICS: outputs.get("evaluation"),
            self.ACCURACY: figures.accuracy,
            self.MACRO_F1: figures.macro_f1,
            self.MIOU: figures.miou,
            self.TESTED: figures.parcels,
        }

    def check(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        folder = Path(self.parameterAsString(parameters, self.MAP, context))
        if not (folder / "crop_type.tif").is_file():
            raise ValueError(tr("{} holds no crop map: there is no crop_type.tif in it.").format(folder))
        if not has_parcels(self, parameters, context):
            raise ValueError(tr("Give the parcels with known crops."))
        parcel_choice(self, parameters, context)
        if parameters.get(self.SAMPLE) and not self.parameterAsString(parameters, self.SAMPLE_FIELD, context):
            raise ValueError(tr("Choose the field of the sample that holds the crop found there."))

    def _arguments(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback, out: Path
    ) -> List[str]:
        """Of train.py."""
        folder = Path(os.path.abspath(self.parameterAsString(parameters, self.MAP, context)))
        chosen = parcel_choice(self, parameters, context)
        path, layer = self._file(PARCELS, parameters, context, feedback, out)
        given: Dict[str, Optional[str]] = {
            "map": str(folder / "crop_type.tif"),
            "out": str(out),
            "parcels": path,
            "layer": layer,
            "crop-field": chosen.crop_field,
            "id-field": chosen.id_field,
            "year-field": chosen.year_field,
            "year": None if chosen.year is None else str(chosen.year),
            "classes": chosen.classes,
            "outside-parcels": chosen.outside,
            "block-m": str(self.parameterAsDouble(parameters, self.BLOCK_M, context)),
        }
        for name in ("confidence", "boundary"):
            if (folder / f"{name}.tif").is_file():
                given[name] = str(folder / f"{name}.tif")
        if parameters.get(self.SAMPLE):
            given["sample"], _ = self._file(self.SAMPLE, parameters, context, feedback, out)
            given["sample-field"] = self.parameterAsString(parameters, self.SAMPLE_FIELD, context)
        seen = ["--score-seen"] if self.parameterAsBool(parameters, self.SCORE_SEEN, context) else []
        return ["evaluate", *seen, *(text for name, value in given.items() if value for text in (f"--{name}", value))]

    def _file(
        self,
        name: str,
        parameters: Dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        out: Path,
    ) -> Tuple[str, Optional[str]]:
        """The file of a layer and the layer in it; a copy where the layer shows something else than its file."""
        if name in self._shown:
            try:
                return self._shown[name].write(out, feedback.isCanceled), None
            except InterruptedError as error:
                raise ValueError(tr("Cancelled.")) from error
        return vector_files.vector_file(self, name, parameters, context, feedback, out / f"{name.lower()}.gpkg")
