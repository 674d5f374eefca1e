"""Processing algorithm 'Install a model': from a file, after its checksum was compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFile,
)
from qgis.PyQt.QtGui import QIcon

from .. import models
from .._engine import errors
from ..help import guide_url, icon_path


class InstallModel(QgsProcessingAlgorithm):
    """Copies models into the user's folder of models."""

    FILE, MODEL, COUNT = "FILE", "MODEL", "COUNT"

    def createInstance(self) -> QgsProcessingAlgorithm:
        """A fresh one for each run."""
        return InstallModel()

    def name(self) -> str:
        """Stable id."""
        return "installmodel"

    def displayName(self) -> str:
        """What the toolbox shows."""
        return "Install a model"

    def group(self) -> str:
        """Group in the toolbox."""
        return "Setup"

    def groupId(self) -> str:
        """Stable id of the group."""
        return "setup"

    def icon(self) -> QIcon:
        """The plugin's icon."""
        return QIcon(icon_path())

    def helpUrl(self) -> str:
        """The guide."""
        return guide_url()

    def shortDescription(self) -> str:
        """One line, shown as a tooltip."""
        return "Installs models from cscl_models-<version>.zip or from an ONNX file with its card."

    def shortHelpString(self) -> str:
        """The text beside the dialog."""
        return (
            "Installs the models of a file cscl_models-<version>.zip, or one ONNX file that has its model card "
            "(.json) beside it, into your user's data folder. Each model's checksum is compared with its card first. "
            "The newest one is then the default of 'Map crop types'."
        )

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        parameter = QgsProcessingParameterFile(
            self.FILE, "File of models", fileFilter="Models (*.zip *.ZIP *.onnx *.ONNX)"
        )
        parameter.setHelp("cscl_models-<version>.zip as released, or an .onnx file with its .json beside it.")
        self.addParameter(parameter)
        self.addOutput(QgsProcessingOutputFile(self.MODEL, "The model installed"))
        self.addOutput(QgsProcessingOutputNumber(self.COUNT, "Number of models installed"))

    def processAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        """Install them."""
        try:
            installed = models.install(Path(self.parameterAsString(parameters, self.FILE, context)))
        except errors.CsclError as error:
            raise QgsProcessingException(f"{error.message}\n{error.hint}".strip()) from error
        except OSError as error:
            raise QgsProcessingException(f"The model cannot be installed: {error}") from error
        for model in installed:
            feedback.pushInfo(model.card.summary())
            feedback.pushInfo(f"Installed as {model.path}")
        return {self.MODEL: str(installed[0].path), self.COUNT: len(installed)}
