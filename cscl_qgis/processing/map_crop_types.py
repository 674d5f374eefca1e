"""Processing algorithm 'Map crop types': makes the request, follows the worker, hands back its files."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
    QgsProcessingOutputRasterLayer,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtGui import QIcon

from .. import environment, layers, models, runner
from .._engine import ENGINE_DIR, errors, model_card, protocol
from ..help import guide_url, icon_path


class MapCropTypes(QgsProcessingAlgorithm):
    """The whole of a map run."""

    INPUT, FOLDER, REGION, MODEL, OUTPUT = "INPUT", "FOLDER", "REGION", "MODEL", "OUTPUT"
    DEVICE, BANDS, MIN_CLEAR, MEMORY, THREADS, LOAD = "DEVICE", "BANDS", "MIN_CLEAR", "MEMORY", "THREADS", "LOAD"
    FILES = {
        "CROP_TYPE": "crop_type",
        "CONFIDENCE": "confidence",
        "BOUNDARY": "boundary",
        "QUICKLOOK": "quicklook",
        "RUN": "run",
    }
    """Processing's names of the outputs and the engine's."""

    def createInstance(self) -> QgsProcessingAlgorithm:
        """A fresh one for each run."""
        return MapCropTypes()

    def name(self) -> str:
        """Stable id."""
        return "mapcroptypes"

    def displayName(self) -> str:
        """What the toolbox shows."""
        return "Map crop types"

    def group(self) -> str:
        """Group in the toolbox."""
        return "Mapping"

    def groupId(self) -> str:
        """Stable id of the group."""
        return "mapping"

    def tags(self) -> List[str]:
        """Words it is found by."""
        return ["crop", "sentinel-2", "time series", "deep learning", "classification", "parcels", "boundary"]

    def icon(self) -> QIcon:
        """The plugin's icon."""
        return QIcon(icon_path())

    def helpUrl(self) -> str:
        """The guide."""
        return guide_url()

    def shortDescription(self) -> str:
        """One line, shown as a tooltip."""
        return "Crop type, confidence and parcel boundaries from a Sentinel-2 time series."

    def shortHelpString(self) -> str:
        """The text beside the dialog."""
        return (
            "Maps crop types from a time series of Sentinel-2 images with a deep network, on a grid up to four times "
            "finer than the images (a finer label grid, not resolved detail).\n\n"
            "Give a folder that holds the images of one season (SAFE products or GeoTIFFs, searched recursively), "
            "or raster layers, and a model whose card fits them. Dates are read from names and metadata; clouds are "
            "masked by the scene classification (SCL) where there is one.\n\n"
            "The results go into one folder: crop_type.tif, confidence.tif and boundary.tif with their styles, "
            "quicklook.png, and run.json, which says what was used, what was left out and why. The same request gives "
            "the same files from here, from qgis_process and from the command line.\n\n"
            "Everything runs on this computer; nothing is sent anywhere."
        )

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        multiple = QgsProcessingParameterMultipleLayers(
            self.INPUT, "Images (raster layers)", QgsProcessing.SourceType.TypeRaster, optional=True
        )
        folder = QgsProcessingParameterFile(
            self.FOLDER, "or a folder of images", behavior=QgsProcessingParameterFile.Behavior.Folder, optional=True
        )
        region = QgsProcessingParameterFeatureSource(
            self.REGION, "Region (polygons)", [QgsProcessing.SourceType.TypeVectorPolygon], optional=True
        )
        model = QgsProcessingParameterFile(
            self.MODEL, "Model (the newest installed one if empty)", extension="onnx", optional=True
        )
        output = QgsProcessingParameterFolderDestination(self.OUTPUT, "Folder for the results")
        load = QgsProcessingParameterBoolean(self.LOAD, "Add the results to the project", defaultValue=True)
        device = QgsProcessingParameterEnum(
            self.DEVICE, "Device", list(protocol.DEVICES), False, protocol.DEVICES[0], False, True
        )
        bands = QgsProcessingParameterString(self.BANDS, "Band names of the images, in file order", optional=True)
        clear = _number(self.MIN_CLEAR, "Least share of clear pixels (0-1)", protocol.DEFAULT_MIN_CLEAR, 0.0, 1.0)
        memory = _number(self.MEMORY, "Memory limit (GiB)", protocol.DEFAULT_MEMORY_GIB, 0.25, 4096.0)
        threads = QgsProcessingParameterNumber(
            self.THREADS, "Processor threads (0 = all)", QgsProcessingParameterNumber.Type.Integer, 0, False, 0, 1024
        )
        for parameter, text in (
            (
                multiple,
                "The images of one season as raster layers, one or more per date. The date is read from the file's "
                "name or metadata. Give these, or a folder, or both.",
            ),
            (
                folder,
                "A folder with the images of one season: Sentinel-2 products (.SAFE) or GeoTIFFs with the date in "
                "their name. Folders inside it are searched too.",
            ),
            (
                region,
                "Only what lies in these polygons is mapped; they may be in any coordinate system. Without a region "
                "the images' whole common area is mapped.",
            ),
            (
                model,
                "An ONNX file with its model card (.json) beside it. If it is left empty, the newest installed model "
                "is taken; install one with 'Install a model'.",
            ),
            (
                output,
                "Folder for crop_type.tif, confidence.tif, boundary.tif, quicklook.png and run.json. Files of an "
                "earlier run in it are replaced when the new run is whole, not before.",
            ),
            (load, "Add the three rasters to the project, named and styled, in a layer group of their own."),
            (
                device,
                "auto takes an NVIDIA GPU if the engine can use it, else the processor. With cuda the run fails if "
                "there is none.",
            ),
            (
                bands,
                "Only for rasters that do not name their bands: Sentinel-2 names in file order, with commas, for "
                "example B02,B03,B04,B08.",
            ),
            (
                clear,
                "Dates with a smaller share of clear pixels in the images are left out, and named in the log.",
            ),
            (memory, "The engine chooses its tiles so that it stays below this. Less memory takes a little longer."),
            (threads, "Threads of the inference. Fewer leave more of the processor to other programs."),
        ):
            parameter.setHelp(text)
            if parameter.name() in (self.DEVICE, self.BANDS, self.MIN_CLEAR, self.MEMORY, self.THREADS):
                parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
            self.addParameter(parameter)
        self.addOutput(QgsProcessingOutputRasterLayer("CROP_TYPE", "Crop types"))
        self.addOutput(QgsProcessingOutputRasterLayer("CONFIDENCE", "Confidence (%)"))
        self.addOutput(QgsProcessingOutputRasterLayer("BOUNDARY", "Parcel boundaries (%)"))
        self.addOutput(QgsProcessingOutputFile("QUICKLOOK", "Picture of the result"))
        self.addOutput(QgsProcessingOutputFile("RUN", "Record of the run"))
        self.addOutput(QgsProcessingOutputNumber("DATES_USED", "Dates used"))
        self.addOutput(QgsProcessingOutputNumber("MAPPED_HA", "Area mapped (ha)"))

    def canExecute(self) -> Tuple[bool, str]:
        """False, with the cure, if there is no Python to run the engine."""
        try:
            environment.find_python()
        except environment.WorkerPythonError as error:
            return False, f"{error.message} {error.hint}"
        return True, ""

    def checkParameterValues(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Tuple[bool, str]:
        """One sentence about the first thing that does not fit."""
        is_fine, message = super().checkParameterValues(parameters, context)
        if not is_fine:
            return is_fine, message
        try:
            self._series(parameters, context)
            self._model(parameters, context)
        except (ValueError, errors.CsclError) as error:
            hint = getattr(error, "hint", "")
            return False, f"{error} {hint}".strip()
        return True, ""

    def processAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        """Run the worker to its end. Called on a thread of its own; touches neither the project nor widgets."""
        try:
            python = environment.find_python()
            request, card = self._request(parameters, context, feedback)
        except (errors.CsclError, environment.WorkerPythonError, ValueError) as error:
            raise QgsProcessingException(f"{error}\n{getattr(error, 'hint', '')}".strip()) from error
        feedback.pushInfo(f"Engine: {python}")
        try:
            result = self._follow(runner.Worker(python, ENGINE_DIR, request.to_dict()), feedback)
        except runner.WorkerError as error:
            if error.log:
                feedback.pushDebugInfo(error.log)
            raise QgsProcessingException(f"{error.message}\n{error.hint}".strip()) from error
        outputs = {str(name): str(path) for name, path in result.get("outputs", {}).items()}
        summary = result.get("summary", {})
        self._report(summary, feedback)
        if self.parameterAsBoolean(parameters, self.LOAD, context):
            layers.load_on_completion(context, outputs, run_title(request.out), card)
        values: Dict[str, Any] = {name: outputs.get(key) for name, key in self.FILES.items()}
        values.update(
            OUTPUT=request.out, DATES_USED=summary.get("dates_used", 0), MAPPED_HA=summary.get("mapped_ha", 0.0)
        )
        return values

    def _follow(self, worker: runner.Worker, feedback: QgsProcessingFeedback) -> Dict[str, Any]:
        """Pass the worker's events to QGIS; the result event is handed back."""
        result: Dict[str, Any] = {}
        last_text = 0.0
        with worker:
            for event in worker.events():
                if event is not None and event["event"] == "result":
                    result = event  # the files are in place: too late to cancel
                    continue
                if feedback.isCanceled():
                    feedback.pushInfo("Cancelling")
                    worker.cancel()
                    continue
                if event is None:
                    continue
                kind = event["event"]
                if kind == "progress":
                    done, total = float(event.get("done", 0)), max(1.0, float(event.get("total", 1)))
                    feedback.setProgress(100.0 * done / total)
                    left = event.get("eta_s")
                    now = time.monotonic()
                    if left is not None and done < total and now - last_text > 1.0:
                        last_text = now
                        feedback.setProgressText(f"Mapped {100.0 * done / total:.0f} %, {duration(left)} left")
                elif kind == "warning":
                    feedback.pushWarning(str(event.get("message", "")))
                elif kind == "stage":
                    feedback.pushInfo(str(event.get("message", "")))
        return result

    def _request(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Tuple[protocol.MapRequest, Optional[model_card.ModelCard]]:
        model = self._model(parameters, context)
        region: Optional[str] = None
        if self.parameterAsSource(parameters, self.REGION, context) is not None:
            # The source's own file where it stands for all of it; otherwise (memory layer, filter, selection, one
            # layer of several in a file) what is seen of it is exported
            region = self.parameterAsCompatibleSourceLayerPath(
                parameters, self.REGION, context, ["gpkg", "shp", "geojson", "fgb"], "gpkg", feedback
            )
        bands = self.parameterAsString(parameters, self.BANDS, context)
        request = protocol.MapRequest(
            series=tuple(self._series(parameters, context)),
            model=str(model),
            out=os.path.abspath(self.parameterAsString(parameters, self.OUTPUT, context)),
            region=os.path.abspath(region) if region else None,
            device=self.parameterAsEnumString(parameters, self.DEVICE, context),
            bands=tuple(name.strip() for name in bands.split(",") if name.strip()),
            min_clear=self.parameterAsDouble(parameters, self.MIN_CLEAR, context),
            memory_gib=self.parameterAsDouble(parameters, self.MEMORY, context),
            threads=self.parameterAsInt(parameters, self.THREADS, context),
        )
        return request, model_card.read_card(model)

    def _series(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> List[str]:
        """Absolute paths of the images.

        Raises:
            ValueError: if there are none, or a layer is no file.
        """
        paths: List[str] = []
        for layer in self.parameterAsLayerList(parameters, self.INPUT, context) or []:
            path = os.path.abspath(layers.raster_path(layer))
            if path not in paths:
                paths.append(path)
        folder = self.parameterAsString(parameters, self.FOLDER, context)
        if folder:
            if not Path(folder).is_dir():
                raise ValueError(f"There is no folder of images {folder}.")
            paths.append(os.path.abspath(folder))
        if not paths:
            raise ValueError("Give the images of the season: raster layers or a folder.")
        return paths

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
            raise errors.ModelError(f"There is no model file {text}.", models.NO_MODEL_HINT)
        return path

    def _report(self, summary: Dict[str, Any], feedback: QgsProcessingFeedback) -> None:
        total = max(1, int(summary.get("mapped_cells", 0)))
        for entry in sorted(summary.get("classes", []), key=lambda item: -int(item.get("cells", 0))):
            if entry.get("cells"):
                feedback.pushInfo(f"{entry['cells'] / total:6.1%}  {entry['title']}, {entry['area_ha_biased']:.1f} ha")
        if summary.get("note"):
            feedback.pushInfo(str(summary["note"]))


def _number(name: str, title: str, default: float, low: float, high: float) -> QgsProcessingParameterNumber:
    kind = QgsProcessingParameterNumber.Type.Double
    return QgsProcessingParameterNumber(name, title, kind, default, False, low, high)


def run_title(out: str) -> str:
    """Name of a run's layer group; a temporary folder is called OUTPUT by QGIS, which says nothing."""
    name = Path(out).name
    return "Crop map " + (time.strftime("%Y-%m-%d %H:%M") if name in ("", "OUTPUT") else name)


def duration(seconds: float) -> str:
    """A time left as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
