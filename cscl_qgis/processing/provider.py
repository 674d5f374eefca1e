"""The Processing provider 'cscl'. Lists the algorithms; does nothing itself."""

from __future__ import annotations

from qgis.core import QgsApplication, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .._engine import __version__
from ..help import icon_path
from .build_dataset import BuildDataset
from .cut_fields import CutFields
from .designer_models import designer_models
from .evaluate_map import EvaluateMap
from .install_model import InstallModel
from .map_crop_types import MapCropTypes
from .parcel_table import ParcelTable
from .setup_engine import SetupEngine
from .train_model import TrainModel


class CsclProvider(QgsProcessingProvider):
    """CSCL Crop Mapping in the Processing toolbox."""

    def id(self) -> str:
        """Stable; part of every algorithm's id."""
        return "cscl"

    def name(self) -> str:
        """What the toolbox shows."""
        return "CSCL Crop Mapping"

    def versionInfo(self) -> str:
        """The plugin's version."""
        return __version__

    def icon(self) -> QIcon:
        """The plugin's icon."""
        return QIcon(icon_path())

    def loadAlgorithms(self) -> None:
        """Called by QGIS, again after each refresh."""
        for kind in (
            MapCropTypes, ParcelTable, CutFields, BuildDataset, TrainModel, EvaluateMap, SetupEngine, InstallModel
        ):  # fmt: skip
            self.addAlgorithm(kind())
        if QgsApplication.processingRegistry().providerById(self.id()) is not None:
            for model in designer_models():
                self.addAlgorithm(model)
