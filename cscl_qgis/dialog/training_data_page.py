"""What a model is trained on: the images of a season, or a data set that is built already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QRadioButton, QVBoxLayout, QWidget

from ..training_config import read_dataset
from ..translation import tr
from .images_page import ImagesPage


class TrainingDataPage(QWidget):
    """The choice, and the images with their timeline."""

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        self.fresh = QRadioButton(tr("Build a data set from images and declared parcels"))
        self.built = QRadioButton(tr("A data set that is built already:"))
        self._buttons = QButtonGroup(self)
        for button in (self.fresh, self.built):
            self._buttons.addButton(button)
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.setDialogTitle(tr("Folder of the data set"))
        self.folder.lineEdit().setPlaceholderText(tr("Folder of the data set"))
        self.about = QLabel()
        self.about.setWordWrap(True)
        line = QHBoxLayout()
        line.addWidget(self.built)
        line.addWidget(self.folder, 1)
        self.images = ImagesPage()
        self.images.timeline.is_fixed = True  # what is left out is told by the shares on page 3
        self.images.layout().setContentsMargins(0, 0, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.about)
        layout.addWidget(self.fresh)
        layout.addWidget(self.images, 1)
        self.fresh.setChecked(True)
        self._on_choice()
        self.fresh.toggled.connect(lambda on: self._on_choice())
        self.folder.fileChanged.connect(lambda path: self._on_choice())
        self.images.changed.connect(self.changed)

    @property
    def is_built(self) -> bool:
        """True for a data set that is built already."""
        return bool(self.built.isChecked())

    def dataset(self) -> Path:
        """The folder of the data set that is built already.

        Raises:
            ValueError: if there is none in it; the message is a sentence.
        """
        if not self.folder.filePath():
            raise ValueError(tr("Choose the folder of the data set on page 1."))
        folder = Path(self.folder.filePath()).absolute()
        read_dataset(folder)
        return folder

    def values(self) -> Dict[str, Any]:
        """The choice, for the project to keep."""
        return {"is_built": self.is_built, "dataset": self.folder.filePath(), **self.images.values()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Take a choice as `values` gives it; what is missing is the default."""
        self.folder.setFilePath(str(values.get("dataset") or ""))
        self.images.set_values(values)
        (self.built if values.get("is_built") is True else self.fresh).setChecked(True)

    def _on_choice(self) -> None:
        self.folder.setEnabled(self.is_built)
        self.images.setEnabled(not self.is_built)
        self.about.setText(self._about() if self.is_built and self.folder.filePath() else "")
        self.about.setVisible(bool(self.about.text()))
        self.changed.emit()

    def _about(self) -> str:
        """What is in the data set."""
        try:
            folder = self.dataset()
            summary = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
            titles = ", ".join(str(entry.get("title", "")) for entry in summary.get("classes", []))
            told = tr("{} samples of {} dates from {} parcels: {}.")
            return told.format(summary["samples"], summary["dates"], summary["parcels"], titles)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            return str(error)
