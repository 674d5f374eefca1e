"""How samples are cut and dates chosen, and which crops have too little ground to be learned: folded at first."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QDoubleSpinBox, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from ..dataset_config import DatasetSettings
from ..translation import tr
from .settings_values import as_int, as_number

DEFAULTS = DatasetSettings(images=(), outside_parcels="ignore")
HA_PIXELS = 100
"""Pixels of 10 m in a hectare."""


class SamplesBox(QWidget):
    """The split blocks in sight, the rest in a box that unfolds."""

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        form = QFormLayout()
        self.block = _number(10, 1_000_000, 0, " m")
        self.block.setToolTip(
            tr(
                "Training and test share no ground: they are drawn by square blocks of this side. Larger blocks make "
                "the test harder and more honest; take several kilometres where the images are large."
            )
        )
        form.addRow(tr("Side of the split &blocks"), self.block)
        layout.addLayout(form)
        box = QgsCollapsibleGroupBox(tr("Samples"))
        box.setCollapsed(True)
        form = QFormLayout(box)
        self.chip = QSpinBox()
        self.chip.setRange(8, 512)
        self.chip.setSingleStep(4)
        self.chip.setToolTip(tr("In pixels of 10 m; a multiple of 4."))
        self.max_dates = QSpinBox()
        self.max_dates.setRange(1, 366)
        self.max_dates.setToolTip(tr("If there are more dates, the clearest are kept."))
        self.min_clear = _number(0, 100, 1, " %")
        self.min_clear.setToolTip(tr("Dates with a smaller clear share in the images are left out."))
        self.rare_train = _number(0, 1_000_000, 2, " ha")
        self.rare_train.setToolTip(
            tr(
                "Crops with less ground to train on become the class 'other', since little could be learned of them. "
                "Small regions need a lower limit, or 0."
            )
        )
        self.rare_evaluation = _number(0, 1_000_000, 2, " ha")
        self.rare_evaluation.setToolTip(
            tr("The same for the ground that is kept from training: with less nobody could say how well it is mapped.")
        )
        self.memory = _number(0.5, 4096, 1, " GiB")
        for label, widget in (
            (tr("&Side of a sample"), self.chip),
            (tr("&Most dates"), self.max_dates),
            (tr("Least &clear share"), self.min_clear),
            (tr("Least &training ground of a crop"), self.rare_train),
            (tr("Least &other ground of a crop"), self.rare_evaluation),
            (tr("Memor&y limit"), self.memory),
        ):
            form.addRow(label, widget)
        layout.addWidget(box)
        self.set_values({})
        widgets = (self.block, self.chip, self.max_dates, self.min_clear)
        for widget in (*widgets, self.rare_train, self.rare_evaluation, self.memory):
            widget.valueChanged.connect(lambda *_: self.changed.emit())

    def settings(self) -> Dict[str, Any]:
        """The choice by the names of DatasetSettings."""
        return {
            "block_m": self.block.value(),
            "chip": self.chip.value() - self.chip.value() % 4,
            "max_dates": self.max_dates.value(),
            "min_clear": round(self.min_clear.value() / 100, 4),
            "rare_train": round(self.rare_train.value() * HA_PIXELS),
            "rare_evaluation": round(self.rare_evaluation.value() * HA_PIXELS),
            "memory_gib": self.memory.value(),
        }

    def values(self) -> Dict[str, Any]:
        """The choice, for the project to keep."""
        return self.settings()

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Take a choice as `values` gives it; what is missing gets its default."""
        self.block.setValue(as_number(values, "block_m", DEFAULTS.block_m))
        self.chip.setValue(as_int(values, "chip", DEFAULTS.chip))
        self.max_dates.setValue(as_int(values, "max_dates", DEFAULTS.max_dates))
        self.min_clear.setValue(100 * as_number(values, "min_clear", DEFAULTS.min_clear))
        self.rare_train.setValue(as_number(values, "rare_train", DEFAULTS.rare_train) / HA_PIXELS)
        self.rare_evaluation.setValue(as_number(values, "rare_evaluation", DEFAULTS.rare_evaluation) / HA_PIXELS)
        self.memory.setValue(as_number(values, "memory_gib", DEFAULTS.memory_gib))


def _number(low: float, high: float, decimals: int, unit: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(decimals)
    box.setRange(low, high)
    box.setSuffix(unit)
    return box
