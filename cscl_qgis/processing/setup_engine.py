"""Processing algorithm 'Set up the mapping engine': builds the worker's Python environments, each once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingParameterFile,
)

from .. import environment
from ..translation import tr
from ..worker_python import qgis_proxy
from .algorithm import CsclAlgorithm, choice, failure


class SetupEngine(CsclAlgorithm):
    """Builds the environment, or mends a half-built one."""

    NAME, TITLE, GROUP = "setupengine", "Set up the mapping engine", "Setup"
    SUMMARY = "Builds the Python environment that does the mapping, outside QGIS."
    HELP = (
        "Builds, once, the Python environment in which maps are made: numpy, ONNX Runtime, rasterio, pyogrio and "
        "shapely, in pinned versions. It lies in your user's data folder, outside QGIS and its profiles; nothing "
        "is installed into QGIS's own Python, and no administrator rights are needed. A setup that was broken off "
        "is recognised and built again.\n\n"
        "For mapping it fetches about 170 MB from the Python package index and needs 0.6 GB of disk; with the packages "
        "for training (PyTorch and others; only for those who train models) about 600 MB and 1.9 GB. Each package but "
        "PyTorch is checked against its hash, except on Macs with Intel's processors and on Linux on ARM. On a "
        "computer without network choose a folder of wheels, filled elsewhere by 'python3 cscl_qgis/set_up.py wheels "
        "FOLDER'.\n\n"
        "For mapping on the graphics card (mapping-gpu) it is 2.1 GB and 3.7 GB on Linux, for NVIDIA cards with a "
        "driver from 525 on, and 0.2 GB and 0.7 GB on Windows, for any card of DirectX 12. A model must be installed: "
        "the card is used only once it has run it and agrees with the processor."
    )
    PROFILE, WHEELS, BASE, PYTHON = "PROFILE", "WHEELS", "BASE", "PYTHON"

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.declare(
            choice(self.PROFILE, tr("Packages"), list(environment.PROFILES), environment.MAPPING.name),
            tr("mapping is all that maps need; mapping-gpu maps on the graphics card; training can train and map."),
        )
        self.declare(
            QgsProcessingParameterFile(
                self.WHEELS,
                tr("Folder of wheels (for a computer without network)"),
                behavior=QgsProcessingParameterFile.Behavior.Folder,
                optional=True,
            ),
            tr("A folder that holds all the packages as .whl files. If it is given, nothing is fetched."),
        )
        self.declare(
            QgsProcessingParameterFile(self.BASE, tr("Python to build it from"), optional=True),
            tr(
                "An interpreter of version 3.10 to 3.14 (for mapping-gpu 3.10 to 3.13, for training 3.11 to 3.13). If "
                "empty, the best found on this computer."
            ),
            is_advanced=True,
        )
        self.addOutput(QgsProcessingOutputFile(self.PYTHON, tr("The environment's Python")))

    def processAlgorithm(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        """Build it."""
        from .. import models  # what only a set-up needs, QGIS need not wait for when it starts
        from ..environment_build import build
        from ..gpu_environment import build_for_card

        profile = environment.PROFILES[self.parameterAsEnumString(parameters, self.PROFILE, context)]
        wheels = self.parameterAsString(parameters, self.WHEELS, context)
        base = self.parameterAsString(parameters, self.BASE, context)
        try:
            settings: Dict[str, Any] = {
                "wheels": Path(wheels) if wheels else None,
                "base": Path(base) if base else None,
                "report": feedback.pushInfo,
                "is_cancelled": feedback.isCanceled,
                "proxy": qgis_proxy(),
            }
            if profile.needs_card:
                installed = models.installed_models()
                python = build_for_card(installed[0].path if installed else None, **settings)
            else:
                python = build(profile=profile, **settings)
        except environment.WorkerPythonError as error:
            raise failure(error) from error
        return {self.PYTHON: str(python)}
