"""Processing algorithm 'Table of parcels': what grows in each parcel of a map that is finished."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
)

from .. import environment, runner
from .._engine import ENGINE_DIR, protocol
from ..layer_files import COPIES, tidy_copies
from ..layers import load_parcels_on_completion
from ..translation import tr
from ..vector_files import check_crs, parcel_id
from ..worker_python import worker_python
from .algorithm import EngineAlgorithm, failure, number
from .declared_input import declare_declared, declared_choice
from .finished_run import card_of, declare_run, run_record
from .follow import follow
from .shown_layers import shown_layers


class ParcelTable(EngineAlgorithm):
    """The table of a finished map's parcels."""

    NAME, TITLE, GROUP = "parceltable", "Table of parcels", "Mapping"
    SUMMARY = "What grows in each parcel of a finished crop map, how sure that is, and how well it was seen."
    TAGS = ("crop", "parcels", "declarations", "zonal statistics")
    HELP = (
        "Makes the table of parcels of a crop map, for parcels that were not given then, or for another layer of them. "
        "The numbers are those that the map itself would have given.\n\n"
        "A map with all class probabilities on the fine grid (the setting 'Class probabilities' of 'Map crop types') "
        "is enough. Otherwise the places where parcels lie are mapped again, which takes its time: the images and the "
        "model must still be where they were, and unchanged. The map itself stays as it is.\n\n"
        "The table has the parcels' outlines and fields, and for each the crop with the largest mean probability "
        "inside an inner buffer, the second best, their probabilities, how mixed the parcel is, how many cells and "
        "clear dates stand behind it, and the share of strong boundary inside.\n\n"
        "With a field of declared crops and a class table it also says what was declared and whether the map shows it: "
        "declared crop found, another crop found, no crop found, declared crop unknown to the model. These are no "
        "verdicts: the map errs, too."
    )
    PARCELS, PARCEL_ID, INNER_BUFFER, LOAD = "PARCELS", "PARCEL_ID", "INNER_BUFFER", "LOAD"

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        declare_run(self)
        self.declare(
            QgsProcessingParameterFeatureSource(
                self.PARCELS, tr("Parcels (polygons)"), [QgsProcessing.SourceType.TypeVectorPolygon]
            ),
            tr("In any coordinate system; parcels outside of the map are listed with no cells."),
        )
        self.declare(
            QgsProcessingParameterField(
                self.PARCEL_ID, tr("Field that names a parcel"), parentLayerParameterName=self.PARCELS, optional=True
            ),
            tr("If it is empty, parcels are told apart by their feature numbers."),
        )
        self.declare(
            number(self.INNER_BUFFER, tr("Inner buffer (m)"), protocol.DEFAULT_INNER_BUFFER_M, 0.0, 1000.0),
            tr("Cells nearer to a parcel's edge do not count for it; small parcels get a smaller buffer."),
        )
        declare_declared(self, self.PARCELS)
        self.declare(
            QgsProcessingParameterBoolean(self.LOAD, tr("Add the results to the project"), defaultValue=True),
            tr("Add the table to the project, named and styled, beside the layers of its map."),
        )
        self.addOutput(QgsProcessingOutputVectorLayer("PARCEL_TABLE", tr("Parcels with what grows there")))
        self.addOutput(QgsProcessingOutputFile("PARQUET", tr("The same as GeoParquet")))
        self.addOutput(QgsProcessingOutputNumber("MAPPED", tr("Parcels with a mapped cell")))

    def check(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        """Raises ValueError with one sentence about the first thing that does not fit."""
        run_record(self, parameters, context)
        check_crs(self, (self.PARCELS,), parameters, context)
        declared_choice(self, parameters, context)

    def prepareAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take over what the layer shows: here, since this is called on the thread that it lives on."""
        try:
            self._shown = shown_layers(self, (self.PARCELS,), parameters, context)
        except ValueError as error:
            raise failure(error) from error
        return True

    def processAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        """Run the worker to its end."""
        try:
            record = run_record(self, parameters, context)
        except ValueError as error:
            raise failure(error) from error
        path = self._parcels(record.parent, parameters, context, feedback)
        declared, class_table = declared_choice(self, parameters, context)
        request = {
            "run": str(record.parent),
            "parcels": os.path.abspath(path),
            "parcel_id": parcel_id(self, self.PARCEL_ID, self.PARCELS, parameters, context, bool(self._shown)),
            "declared": declared,
            "class_table": class_table,
            "inner_buffer_m": self.parameterAsDouble(parameters, self.INNER_BUFFER, context),
        }
        try:
            python = worker_python()
        except environment.WorkerPythonError as error:
            raise failure(error) from error
        task = runner.parcel_table_task(request)
        result = follow(runner.Worker(python, ENGINE_DIR, task), feedback, tr("Counting"))
        outputs, summary = result.get("outputs", {}), result.get("summary", {})
        tidy_copies({"outputs": {"run": str(record)}})
        for title, count in sorted(summary.get("classes", {}).items(), key=lambda item: -int(item[1])):
            feedback.pushInfo(f"{count:6d}  {title}")
        for said, count in summary.get("declared", {}).get("agreement", {}).items():
            feedback.pushInfo(f"{said}: {count}")
        if outputs.get("parcels") and self.parameterAsBoolean(parameters, self.LOAD, context):
            load_parcels_on_completion(context, str(outputs["parcels"]), str(record), card_of(record), declared)
        return {
            "PARCEL_TABLE": outputs.get("parcels"),
            "PARQUET": outputs.get("parcels_parquet"),
            "MAPPED": summary.get("mapped", 0),
        }

    def _parcels(
        self, run: Path, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> str:
        """The parcels' file; a copy beside the map where the layer shows something else than its file."""
        if not self._shown:
            return str(
                self.parameterAsCompatibleSourceLayerPath(
                    parameters, self.PARCELS, context, ["gpkg", "shp", "geojson", "fgb"], "gpkg", feedback
                )
            )
        try:
            return self._shown[self.PARCELS].write(run / COPIES, feedback.isCanceled)
        except ValueError as error:
            raise failure(error) from error
        except InterruptedError as error:
            raise QgsProcessingException(tr(environment.CANCELLED)) from error
