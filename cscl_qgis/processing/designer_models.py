"""Models of the model designer that come with the plugin: read from their files, in QGIS's language.

They are shown beside the plugin's algorithms, and can be opened in the designer, saved under another name and changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import List

from qgis.core import QgsProcessingAlgorithm, QgsProcessingModelAlgorithm

from .._engine import ENGINE_DIR
from ..translation import tr

FOLDER = ENGINE_DIR / "resources" / "processing"
TEXTS = (
    "Maps the crop types of a season of images, then makes the table of parcels: two algorithms in one run, and an "
    "example of how to chain them. Open it in the model designer, save it under another name, and change it there: "
    "other settings, steps before and after.",
    "Crop map and parcels",
)
"""What the files say that no algorithm says."""


class ShippedModel(QgsProcessingModelAlgorithm):
    """A model under the name of its file, which scripts use, with a title in QGIS's language."""

    def createInstance(self) -> QgsProcessingAlgorithm:
        """A fresh one for each run."""
        made = ShippedModel()
        made.loadVariant(self.toVariant())
        made.setSourceFilePath(self.sourceFilePath())
        return made

    def displayName(self) -> str:
        """What the toolbox shows."""
        return tr(self.name())

    def group(self) -> str:
        """Group in the toolbox, that of the algorithms which the model chains."""
        return tr(super().group())

    def groupId(self) -> str:
        """Stable id of the group."""
        return str(super().group()).lower()


def designer_models() -> List[QgsProcessingModelAlgorithm]:
    """The models; a file that this QGIS cannot read is passed over.

    The algorithms that they chain must be registered: a model whose steps are not known has no outputs.
    """
    found = []
    for path in sorted(FOLDER.glob("*.model3")):
        model = ShippedModel()
        if model.fromFile(str(path)):
            translate(model, path)
            found.append(model)
    return found


def translate(model: QgsProcessingModelAlgorithm, path: Path) -> None:
    """Say in QGIS's language what the algorithms say of the same parameters; name and id stay."""
    for step in model.childAlgorithms().values():
        step.setDescription(tr(step.description()))
        outputs = step.modelOutputs()
        for output in outputs.values():
            output.setDescription(tr(output.description()))
        step.setModelOutputs(outputs)
        model.setChildAlgorithm(step)
    for definition in model.parameterDefinitions():
        definition.setDescription(tr(definition.description()))
    content = model.helpContent()
    model.setHelpContent({name: tr(text) if isinstance(text, str) else text for name, text in content.items()})
    model.setSourceFilePath(str(path))
