"""Processing algorithm 'Fields of a crop map': a finished map cut at its boundary layer, one crop for each field."""

from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterBoolean,
)

from .. import environment, runner
from .._engine import ENGINE_DIR
from ..layers import load_fields_on_completion
from ..translation import tr
from ..worker_python import worker_python
from .algorithm import EngineAlgorithm, failure
from .finished_run import card_of, declare_run, run_record
from .follow import follow


class CutFields(EngineAlgorithm):
    """The fields of a finished map."""

    NAME, TITLE, GROUP = "cutfields", "Fields of a crop map", "Mapping"
    SUMMARY = "Outlines of fields where no parcels are at hand, and the crop map with one crop for each."
    TAGS = ("crop", "fields", "field boundaries", "outlines", "vectorise")
    HELP = (
        "Cuts a finished crop map into fields at its boundary layer, for ground where no parcels are declared. Each "
        "field takes the crop that most of its cells are mapped as. Needs no images; the model must still be where it "
        "was. The map itself stays as it is.\n\n"
        "Two files are written into the map's folder: fields.gpkg, an outline for each field with its crop, the share "
        "of its cells that are mapped so, its area and the mean confidence; and crop_type_fields.tif, the crop map "
        "with one crop for each field.\n\n"
        "Look at the boundaries first: where they have gaps, several fields are enclosed as one. Ground in which no "
        "crop has the majority keeps its classes and gets no outline; if that is much, a warning says so. Strips "
        "without parcels stay as they are mapped."
    )
    LOAD = "LOAD"

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        declare_run(self)
        self.declare(
            QgsProcessingParameterBoolean(self.LOAD, tr("Add the results to the project"), defaultValue=True),
            tr("Add the fields and the map by field to the project, named and styled, beside the layers of the map."),
        )
        self.addOutput(QgsProcessingOutputVectorLayer("FIELD_OUTLINES", tr("Fields with what grows there")))
        self.addOutput(QgsProcessingOutputRasterLayer("CROP_TYPE_FIELDS", tr("Crop types by field")))
        self.addOutput(QgsProcessingOutputNumber("FIELDS", tr("Number of fields")))
        self.addOutput(QgsProcessingOutputNumber("AREA_HA", tr("Area of the fields (ha)")))

    def check(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        """Raises ValueError with one sentence about the first thing that does not fit."""
        run_record(self, parameters, context)

    def processAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        """Run the worker to its end."""
        try:
            record = run_record(self, parameters, context)
            python = worker_python()
        except (ValueError, environment.WorkerPythonError) as error:
            raise failure(error) from error
        task = runner.fields_task({"run": str(record.parent)})
        result = follow(runner.Worker(python, ENGINE_DIR, task), feedback, tr("Cutting fields"))
        outputs = {str(name): str(path) for name, path in result.get("outputs", {}).items()}
        summary = result.get("summary", {})
        for title, count in sorted(summary.get("classes", {}).items(), key=lambda item: -int(item[1])):
            feedback.pushInfo(f"{count:6d}  {title}")
        if self.parameterAsBoolean(parameters, self.LOAD, context):
            load_fields_on_completion(context, outputs, str(record), card_of(record))
        return {
            "FIELD_OUTLINES": outputs.get("fields"),
            "CROP_TYPE_FIELDS": outputs.get("crop_type_fields"),
            "FIELDS": summary.get("fields", 0),
            "AREA_HA": summary.get("area_ha", 0.0),
        }
