"""The plugin: the Processing provider and the entries of the Raster menu. unload() undoes each."""

from __future__ import annotations

from typing import Any, Callable, List, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, Qt, QUrl, pyqtSlot
from qgis.PyQt.QtGui import QDesktopServices, QIcon

try:  # Qt 6 moved it
    from qgis.PyQt.QtGui import QAction
except ImportError:
    from qgis.PyQt.QtWidgets import QAction

from . import environment
from .help import GUIDE, SCHEME, icon_path, serve
from .leftovers import remove_leftovers_later
from .processing.provider import CsclProvider
from .translation import install_translator, remove_translator, tr
from .worker_python import worker_python

MENU = "CSCL Crop Mapping"


class GuideOpener(QObject):
    """Opens the addresses of Help buttons in the guide's window."""

    def __init__(self, show: Callable[[str], None]) -> None:
        """
        Args:
            show: shows a page.
        """
        super().__init__()
        self._show = show
        QDesktopServices.setUrlHandler(SCHEME, self, "open")
        serve(True)

    @pyqtSlot(QUrl)
    def open(self, address: QUrl) -> None:
        """Qt was asked for an address such as cscl-guide:docs/user_guide.md."""
        self._show(address.path())

    def stop(self) -> None:
        """Open no more."""
        QDesktopServices.unsetUrlHandler(SCHEME)
        serve(False)


class CsclPlugin:
    """What QGIS holds while the plugin is enabled. `iface` is None in qgis_process."""

    def __init__(self, iface: Any) -> None:
        self._iface = iface
        self._provider: Optional[CsclProvider] = None
        self._actions: List[Any] = []
        self._dialog: Any = None
        self._train: Any = None
        self._setup: Any = None
        self._models: Any = None
        self._guide: Any = None
        self._opener: Optional[GuideOpener] = None
        self._dock: Any = None
        self._tool: Any = None

    def initProcessing(self) -> None:
        """Register the provider; all that qgis_process calls."""
        install_translator()
        self._provider = CsclProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)
        self._provider.refreshAlgorithms()  # models need the algorithms that they chain to be registered

    def initGui(self) -> None:
        """Register the provider and add the menu."""
        self.initProcessing()
        self._opener = GuideOpener(self._open_guide)
        remove_leftovers_later()
        for name, text, handler in (
            ("map", tr("Map a region..."), self._open_map),
            ("parcel", tr("Look at a parcel"), self._look_at_parcels),
            ("dataset", tr("Build a training data set..."), lambda: self._open("cscl:builddataset")),
            ("train", tr("Train a model..."), self._open_train),
            ("evaluate", tr("Evaluate a map..."), lambda: self._open("cscl:evaluatemap")),
            ("setup", tr("Set up the mapping engine..."), self._open_setup),
            ("models", tr("Models..."), self._open_models),
            ("guide", tr("Guide"), self._open_guide),
        ):
            action = QAction(QIcon(icon_path()), text, self._iface.mainWindow())
            action.setObjectName(f"cscl_{name}")  # the same in every language
            action.triggered.connect(lambda checked=False, handler=handler: handler())
            self._iface.addPluginToRasterMenu(MENU, action)
            self._actions.append(action)

    def unload(self) -> None:
        """Undo initGui and initProcessing."""
        if self._dialog is not None:
            self._dialog.stop_tasks()
            self._dialog.deleteLater()
            self._dialog = None
        if self._train is not None:
            self._train.stop_tasks()
            self._train.deleteLater()
            self._train = None
        if self._setup is not None:
            self._setup.cancel()
            self._setup.deleteLater()
            self._setup = None
        if self._models is not None:
            self._models.cancel()
            self._models.deleteLater()
            self._models = None
        if self._guide is not None:
            self._guide.close()
            self._guide.deleteLater()
            self._guide = None
        if self._opener is not None:
            self._opener.stop()
            self._opener = None
        if self._dock is not None:
            self._iface.mapCanvas().unsetMapTool(self._tool)
            self._tool.deleteLater()
            self._iface.removeDockWidget(self._dock)
            self._dock.close_folder()
            self._dock.deleteLater()
            self._dock = self._tool = None
        remove_translator()
        for action in self._actions:
            self._iface.removePluginRasterMenu(MENU, action)
            action.deleteLater()
        self._actions = []
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None

    def _open_map(self, model: str = "") -> None:
        """Open 'Map a region', with the model of this path chosen if one is given."""
        try:
            worker_python()
        except environment.WorkerPythonError:
            self._open_setup()
            return
        if self._dialog is None:
            from .dialog.map_dialog import MapDialog

            self._dialog = MapDialog(self._iface, self._iface.mainWindow())
        if model and not self._dialog.is_running:
            self._dialog.model.reload(model)
            self._dialog.show_page(self._dialog.model)
        _show(self._dialog)

    def _open_train(self) -> None:
        from .dialog.train_dialog import TrainDialog

        if self._train is None:
            self._train = TrainDialog(self._iface, self._iface.mainWindow())
            self._train.setup_wanted.connect(self._open_training_setup)
            self._train.use_wanted.connect(self._open_map)
            self._train.run_ended.connect(self._on_trained)
        _show(self._train)

    def _open_training_setup(self, sentence: str) -> None:
        """The packages for training are missing."""
        self._open_setup()
        self._setup.show_profile(environment.TRAINING, sentence)

    def _on_trained(self, is_fine: bool) -> None:
        """A model was trained, and is installed."""
        if is_fine:
            self._on_models(True)
            if self._models is not None:
                self._models.reload()

    def _look_at_parcels(self) -> None:
        from .parcel_tool import ParcelDock, ParcelTool

        if self._dock is None:
            self._dock = ParcelDock(self._iface.mainWindow())
            self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._dock)
            self._tool = ParcelTool(self._iface.mapCanvas(), self._dock, self._iface.messageBar())
        self._dock.show()
        self._iface.mapCanvas().setMapTool(self._tool)

    def _open_models(self) -> None:
        from .dialog.models_dialog import ModelsDialog

        if self._models is None:
            self._models = ModelsDialog(self._iface.mainWindow())
            self._models.ended.connect(self._on_models)
        self._models.reload()
        _show(self._models)

    def _on_models(self, is_fine: bool) -> None:
        """Models came or went."""
        if self._dialog is not None and not self._dialog.is_running:
            self._dialog.model.reload()
        if self._train is not None and not self._train.is_running:
            self._train.model.reload()

    def _open_setup(self) -> None:
        from .dialog.setup_dialog import SetupDialog

        if self._setup is None:
            self._setup = SetupDialog(self._iface.mainWindow())
            self._setup.ended.connect(self._on_set_up)
        _show(self._setup)

    def _on_set_up(self, is_fine: bool) -> None:
        """There may be a Python that trains now."""
        if is_fine and self._train is not None and self._train.isVisible() and not self._train.is_running:
            self._train.find_python()

    def _open(self, algorithm: str) -> None:
        import processing

        processing.execAlgorithmDialog(algorithm, {})

    def _open_guide(self, page: str = "") -> None:
        """Open a page of the guide; without one the page that was open, at first the user guide."""
        from .dialog.guide_window import GuideWindow

        if self._guide is None:
            self._guide = GuideWindow(self._iface.mainWindow())
            page = page or GUIDE
        if page:
            self._guide.open_page(page)
        _show(self._guide)


def _show(window: Any) -> None:
    """Bring a window to the front."""
    window.show()
    window.raise_()
    window.activateWindow()
