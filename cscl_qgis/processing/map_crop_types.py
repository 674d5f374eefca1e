"""Processing algorithm 'Map crop types': makes the request, follows the worker, hands back its files."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputHtml,
    QgsProcessingOutputNumber,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
)

from .. import environment, layers, models, runner
from .._engine import ENGINE_DIR, errors, model_card, protocol
from ..layer_files import COPIES, tidy_copies
from ..translation import tr
from ..vector_files import check_crs, parcel_id
from ..worker_python import worker_python
from .algorithm import EngineAlgorithm, choice, failure, number, whole_number
from .declared_input import declare_declared, declared_choice
from .follow import follow
from .image_input import band_names, declare_band_names, declare_images, image_paths
from .shown_layers import shown_layers


class MapCropTypes(EngineAlgorithm):
    """The whole of a map run."""

    NAME, TITLE, GROUP = "mapcroptypes", "Map crop types", "Mapping"
    SUMMARY = "Crop type, confidence and parcel boundaries from a Sentinel-2 time series."
    TAGS = ("crop", "sentinel-2", "time series", "deep learning", "classification", "parcels", "boundary")
    HELP = (
        "Maps crop types from a time series of Sentinel-2 images with a deep network, on a grid up to four times "
        "finer than the images (a finer label grid, not resolved detail).\n\n"
        "Give a folder that holds the images of one season (SAFE products or GeoTIFFs, searched recursively), "
        "or raster layers, and a model whose card fits them. Dates are read from names and metadata; clouds are "
        "masked by the scene classification (SCL) where there is one.\n\n"
        "The results go into one folder: crop_type.tif, confidence.tif and boundary.tif with their styles, "
        "report.html, and run.json, which says what was used, what was left out and why; with parcels also a table of "
        "what grows in each. The same request gives the same files from here, from qgis_process and from the command "
        "line.\n\n"
        "Everything runs on this computer; nothing is sent anywhere."
    )
    REGION, MODEL, OUTPUT, LOAD = "REGION", "MODEL", "OUTPUT", "LOAD"
    PARCELS, PARCEL_ID, INNER_BUFFER = "PARCELS", "PARCEL_ID", "INNER_BUFFER"
    UNTIL, MIN_CLEAR, CLOUD_BUFFER, PROBABILITIES = "UNTIL", "MIN_CLEAR", "CLOUD_BUFFER", "PROBABILITIES"
    DEVICE, MEMORY, THREADS, SPARE_CORE = "DEVICE", "MEMORY", "THREADS", "SPARE_CORE"
    FIELDS = "FIELDS"
    FILES = {
        "CROP_TYPE": "crop_type",
        "CONFIDENCE": "confidence",
        "BOUNDARY": "boundary",
        "QUICKLOOK": "quicklook",
        "RUN": "run",
        "REPORT": "report",
        "PARCEL_TABLE": "parcels",
        "FIELD_OUTLINES": "fields",
        "CROP_TYPE_FIELDS": "crop_type_fields",
    }
    """Processing's names of the outputs and the engine's."""

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        declare_images(self)
        self.declare(
            QgsProcessingParameterFeatureSource(
                self.REGION, tr("Region (polygons)"), [QgsProcessing.SourceType.TypeVectorPolygon], optional=True
            ),
            tr(
                "Only what lies in these polygons is mapped; they may be in any coordinate system. Without a region "
                "the images' whole common area is mapped."
            ),
        )
        self.declare(
            QgsProcessingParameterFile(
                self.MODEL, tr("Model (an installed one if empty)"), extension="onnx", optional=True
            ),
            tr(
                "An ONNX file with its model card (.json) beside it. If it is left empty, the installed model of the "
                "highest version is taken: of equal versions your own before those that come with the plugin, and of "
                "these the newest file. Install one with 'Install a model'."
            ),
        )
        self.declare(
            QgsProcessingParameterFeatureSource(
                self.PARCELS, tr("Parcels (polygons)"), [QgsProcessing.SourceType.TypeVectorPolygon], optional=True
            ),
            tr("With parcels a table is made, too: what grows in each, how sure that is, and how well it was seen."),
        )
        self.declare(
            QgsProcessingParameterField(
                self.PARCEL_ID, tr("Field that names a parcel"), parentLayerParameterName=self.PARCELS, optional=True
            ),
            tr("If it is empty, parcels are told apart by their feature numbers."),
        )
        self.declare(
            # optional, so that models of the designer that were made before it stay valid
            QgsProcessingParameterBoolean(
                self.FIELDS, tr("Cut the map into fields"), defaultValue=False, optional=True
            ),
            tr(
                "For ground where no parcels are at hand: an outline for each field that the boundary layer encloses, "
                "with the crop that most of its cells are mapped as, and the crop map with one crop for each field. "
                "Where boundaries have gaps little is enclosed; it is told."
            ),
        )
        self.declare(
            QgsProcessingParameterFolderDestination(self.OUTPUT, tr("Folder for the results")),
            tr(
                "Folder for crop_type.tif, confidence.tif, boundary.tif, report.html, run.json and what else is asked "
                "for. Files of an earlier run in it are replaced when the new run is whole, not before. A run that was "
                "broken off goes on where it stopped when it is started again with the same settings."
            ),
        )
        self.declare(
            QgsProcessingParameterBoolean(self.LOAD, tr("Add the results to the project"), defaultValue=True),
            tr(
                "Add the three rasters, and parcels and fields if there are any, to the project, named and styled, in "
                "a layer group of their own."
            ),
        )
        self._declare_advanced()
        self.addOutput(QgsProcessingOutputRasterLayer("CROP_TYPE", tr("Crop types")))
        self.addOutput(QgsProcessingOutputRasterLayer("CONFIDENCE", tr("Confidence (%)")))
        self.addOutput(QgsProcessingOutputRasterLayer("BOUNDARY", tr("Parcel boundaries (%)")))
        self.addOutput(QgsProcessingOutputFile("QUICKLOOK", tr("Picture of the result")))
        self.addOutput(QgsProcessingOutputFile("RUN", tr("Record of the run")))
        self.addOutput(QgsProcessingOutputHtml("REPORT", tr("Report")))
        self.addOutput(QgsProcessingOutputVectorLayer("PARCEL_TABLE", tr("Parcels with what grows there")))
        self.addOutput(QgsProcessingOutputVectorLayer("FIELD_OUTLINES", tr("Fields with what grows there")))
        self.addOutput(QgsProcessingOutputRasterLayer("CROP_TYPE_FIELDS", tr("Crop types by field")))
        self.addOutput(QgsProcessingOutputNumber("DATES_USED", tr("Dates used")))
        self.addOutput(QgsProcessingOutputNumber("MAPPED_HA", tr("Area mapped (ha)")))

    def _declare_advanced(self) -> None:
        declare_declared(self, self.PARCELS, is_advanced=True)
        self.declare(
            choice(self.DEVICE, tr("Device"), protocol.DEVICES, protocol.DEVICES[0]),
            tr(
                "auto takes the best device that works here, else the processor; which and why is told. With any other "
                "the run fails if there is none."
            ),
            is_advanced=True,
        )
        declare_band_names(self)
        self.declare(
            number(self.INNER_BUFFER, tr("Inner buffer of parcels (m)"), protocol.DEFAULT_INNER_BUFFER_M, 0.0, 1000.0),
            tr("Cells nearer to a parcel's edge do not count for it; small parcels get a smaller buffer."),
            is_advanced=True,
        )
        self.declare(
            QgsProcessingParameterDateTime(
                self.UNTIL, tr("Only images until"), QgsProcessingParameterDateTime.Type.Date, optional=True
            ),
            tr("Leaves out later images, for a map in season."),
            is_advanced=True,
        )
        self.declare(
            number(self.CLOUD_BUFFER, tr("Grow what is not clear (m)"), 0.0, 0.0, 5000.0),
            tr("Clouds and shadows are grown by this, where the scene classification draws them too narrow."),
            is_advanced=True,
        )
        self.declare(
            choice(self.PROBABILITIES, tr("Class probabilities"), ("none", "input", "fine"), "none"),
            tr("A raster with the probability of each class: on the images' grid, or on the fine one."),
            is_advanced=True,
        )
        self.declare(
            number(self.MIN_CLEAR, tr("Least share of clear pixels (0-1)"), protocol.DEFAULT_MIN_CLEAR, 0.0, 1.0),
            tr("Dates with a smaller share of clear pixels in the region are left out, and named in the log."),
            is_advanced=True,
        )
        self.declare(
            number(self.MEMORY, tr("Memory limit (GiB)"), protocol.DEFAULT_MEMORY_GIB, 0.25, 4096.0),
            tr("The engine chooses its tiles so that it stays below this. Less memory takes a little longer."),
            is_advanced=True,
        )
        self.declare(
            whole_number(self.THREADS, tr("Processor threads (0 = all)"), 0, 0, 1024),
            tr("Threads of the inference. Fewer leave more of the processor to other programs."),
            is_advanced=True,
        )
        self.declare(
            QgsProcessingParameterBoolean(self.SPARE_CORE, tr("Leave one core to QGIS"), defaultValue=True),
            tr("Where there is more than one, and the threads are not set."),
            is_advanced=True,
        )

    def check(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        """Raises ValueError or CsclError with one sentence about the first thing that does not fit."""
        image_paths(self, parameters, context)
        check_crs(self, (self.REGION, self.PARCELS), parameters, context)
        declared_choice(self, parameters, context)
        self._model(parameters, context)

    def prepareAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take over what layers show: here, since this is called on the thread that they live on."""
        try:
            self._shown = shown_layers(self, (self.REGION, self.PARCELS), parameters, context)
        except ValueError as error:
            raise failure(error) from error
        return True

    def processAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        """Run the worker to its end. Called on a thread of its own; touches neither the project nor widgets."""
        try:
            python = worker_python()
            request, card = self._request(parameters, context, feedback)
        except (errors.CsclError, environment.WorkerPythonError, ValueError) as error:
            raise failure(error) from error
        except InterruptedError as error:
            raise QgsProcessingException(tr(environment.CANCELLED)) from error
        feedback.pushInfo(tr("Engine: {}").format(python))
        result = follow(runner.Worker(python, ENGINE_DIR, runner.map_task(request.to_dict())), feedback, tr("Mapping"))
        tidy_copies(result)
        outputs = {str(name): str(path) for name, path in result.get("outputs", {}).items()}
        summary = result.get("summary", {})
        self._report(summary, feedback)
        if self.parameterAsBoolean(parameters, self.LOAD, context):
            layers.load_on_completion(context, outputs, run_title(request.out), card, request.declared)
        values: Dict[str, Any] = {name: outputs.get(key) for name, key in self.FILES.items()}
        values.update(
            OUTPUT=request.out, DATES_USED=summary.get("dates_used", 0), MAPPED_HA=summary.get("mapped_ha", 0.0)
        )
        return values

    def _request(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Tuple[protocol.MapRequest, Optional[model_card.ModelCard]]:
        model = self._model(parameters, context)
        region, parcels = (
            self._vector_path(name, parameters, context, feedback) for name in (self.REGION, self.PARCELS)
        )
        until = self.parameterAsDateTime(parameters, self.UNTIL, context).date()
        probabilities = self.parameterAsEnumString(parameters, self.PROBABILITIES, context)
        chosen = parcel_id(self, self.PARCEL_ID, self.PARCELS, parameters, context, self.PARCELS in self._shown)
        declared, class_table = declared_choice(self, parameters, context) if parcels else ("", "")
        request = protocol.MapRequest(
            series=tuple(image_paths(self, parameters, context)),
            model=str(model),
            out=os.path.abspath(self.parameterAsString(parameters, self.OUTPUT, context)),
            region=region,
            parcels=parcels,
            parcel_id=chosen if parcels else "",
            declared=declared,
            class_table=class_table,
            inner_buffer_m=self.parameterAsDouble(parameters, self.INNER_BUFFER, context),
            until=until.toString("yyyy-MM-dd") if until.isValid() else "",
            cloud_buffer_m=self.parameterAsDouble(parameters, self.CLOUD_BUFFER, context),
            probabilities="" if probabilities == "none" else probabilities,
            fields=self.parameterAsBoolean(parameters, self.FIELDS, context),
            device=self.parameterAsEnumString(parameters, self.DEVICE, context),
            bands=tuple(band_names(self, parameters, context)),
            min_clear=self.parameterAsDouble(parameters, self.MIN_CLEAR, context),
            memory_gib=self.parameterAsDouble(parameters, self.MEMORY, context),
            threads=self.parameterAsInt(parameters, self.THREADS, context),
            spare_core=self.parameterAsBoolean(parameters, self.SPARE_CORE, context),
        )
        return request, model_card.read_card(model)

    def _vector_path(
        self, name: str, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Optional[str]:
        """The file of a vector parameter, None where none is given.

        The source's own file where it stands for all of it; otherwise (memory layer, filter, selection, one layer of
        several in a file) what is seen of it is exported.
        """
        if name in self._shown:
            folder = Path(os.path.abspath(self.parameterAsString(parameters, self.OUTPUT, context))) / COPIES
            return self._shown[name].write(folder, feedback.isCanceled)
        if self.parameterAsSource(parameters, name, context) is None:
            return None
        path = self.parameterAsCompatibleSourceLayerPath(
            parameters, name, context, ["gpkg", "shp", "geojson", "fgb"], "gpkg", feedback
        )
        return os.path.abspath(path)

    def _model(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Path:
        """The model file.

        Raises:
            CsclError: if there is none; the hint says how to get one.
        """
        text = self.parameterAsString(parameters, self.MODEL, context)
        if not text:
            return models.default_model().path
        path = Path(os.path.abspath(text))
        if not path.is_file():
            raise errors.ModelError(tr("There is no model file {}.").format(text), tr(models.NO_MODEL_HINT))
        return path

    def _report(self, summary: Dict[str, Any], feedback: QgsProcessingFeedback) -> None:
        total = max(1, int(summary.get("mapped_cells", 0)))
        for entry in sorted(summary.get("classes", []), key=lambda item: -int(item.get("cells", 0))):
            if entry.get("cells"):
                feedback.pushInfo(f"{entry['cells'] / total:6.1%}  {entry['title']}, {entry['area_ha_biased']:.1f} ha")
        if summary.get("note"):
            feedback.pushInfo(str(summary["note"]))


def run_title(out: str) -> str:
    """Name of a run's layer group; a temporary folder is called OUTPUT by QGIS, which says nothing."""
    name = Path(out).name
    return tr("Crop map {}").format(time.strftime("%Y-%m-%d %H:%M") if name in ("", "OUTPUT") else name)
