"""The plugin: the Processing provider and the entries of the Raster menu. unload() undoes each."""

from __future__ import annotations

from typing import Any, List, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices, QIcon
from qgis.PyQt.QtWidgets import QMessageBox

try:  # Qt 6 moved it
    from qgis.PyQt.QtGui import QAction
except ImportError:
    from qgis.PyQt.QtWidgets import QAction

from . import environment
from .help import guide_path, icon_path
from .i18n import install_translator, remove_translator, tr
from .processing.provider import CsclProvider

MENU = "CSCL Crop Mapping"


class CsclPlugin:
    """What QGIS holds while the plugin is enabled. `iface` is None in qgis_process."""

    def __init__(self, iface: Any) -> None:
        self._iface = iface
        self._provider: Optional[CsclProvider] = None
        self._actions: List[Any] = []
        self._dialog: Any = None

    def initProcessing(self) -> None:
        """Register the provider; all that qgis_process calls."""
        self._provider = CsclProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self) -> None:
        """Register the provider and add the menu."""
        install_translator()
        self.initProcessing()
        for text, handler in (
            (tr("Map a region..."), self._open_map),
            ("Build a training data set...", lambda: self._open("cscl:builddataset")),
            ("Set up the mapping engine...", lambda: self._open("cscl:setupengine")),
            ("Install a model...", lambda: self._open("cscl:installmodel")),
            ("Guide", self._open_guide),
        ):
            action = QAction(QIcon(icon_path()), text, self._iface.mainWindow())
            action.triggered.connect(lambda checked=False, handler=handler: handler())
            self._iface.addPluginToRasterMenu(MENU, action)
            self._actions.append(action)

    def unload(self) -> None:
        """Undo initGui and initProcessing."""
        if self._dialog is not None:
            self._dialog.stop_tasks()
            self._dialog.deleteLater()
            self._dialog = None
        remove_translator()
        for action in self._actions:
            self._iface.removePluginRasterMenu(MENU, action)
            action.deleteLater()
        self._actions = []
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None

    def _open_map(self) -> None:
        try:
            environment.find_python()
        except environment.WorkerPythonError as error:
            answer = QMessageBox.question(
                self._iface.mainWindow(),
                MENU,
                f"{error.message}\n\nSet it up now? It fetches about 170 MB and leaves QGIS's own Python alone.",
                QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No,
            )
            if answer == QMessageBox.StandardButton.Yes:
                self._open("cscl:setupengine")
            return
        if self._dialog is None:
            from .dialog.map_dialog import MapDialog

            self._dialog = MapDialog(self._iface, self._iface.mainWindow())
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _open(self, algorithm: str) -> None:
        import processing

        processing.execAlgorithmDialog(algorithm, {})

    def _open_guide(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(guide_path())))
