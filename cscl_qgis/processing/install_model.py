"""Processing algorithm 'Install a model': from a file, after its checksum was compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFile,
)

from .. import models
from .._engine import errors
from ..translation import tr
from .algorithm import CsclAlgorithm, failure


class InstallModel(CsclAlgorithm):
    """Copies models into the user's folder of models."""

    NAME, TITLE, GROUP = "installmodel", "Install a model", "Setup"
    SUMMARY = "Installs models from cscl_models-<version>.zip or from an ONNX file with its card."
    HELP = (
        "Installs the models of a file cscl_models-<version>.zip, or one ONNX file that has its model card "
        "(.json) beside it, into your user's data folder. Each model's checksum is compared with its card first. "
        "Where no model is named, 'Map crop types' takes that of the highest version: of equal versions your own "
        "before those that come with the plugin, and of these the newest file."
    )
    FILE, MODEL, COUNT = "FILE", "MODEL", "COUNT"

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.declare(
            QgsProcessingParameterFile(
                self.FILE, tr("File of models"), fileFilter=tr("Models") + " (*.zip *.ZIP *.onnx *.ONNX)"
            ),
            tr("cscl_models-<version>.zip as released, or an .onnx file with its .json beside it."),
        )
        self.addOutput(QgsProcessingOutputFile(self.MODEL, tr("The model installed")))
        self.addOutput(QgsProcessingOutputNumber(self.COUNT, tr("Number of models installed")))

    def processAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        """Install them."""
        try:
            installed = models.install(Path(self.parameterAsString(parameters, self.FILE, context)))
        except errors.CsclError as error:
            raise failure(error) from error
        except OSError as error:
            raise QgsProcessingException(tr("The model cannot be installed: {}").format(error)) from error
        for model in installed:
            feedback.pushInfo(model.card.summary())
            feedback.pushInfo(tr("Installed as {}").format(model.path))
        return {self.MODEL: str(installed[0].path), self.COUNT: len(installed)}
