"""Make the model of the model designer that comes with the plugin: resources/processing/crop_map_and_parcels.model3.

    QT_QPA_PLATFORM=offscreen /usr/bin/python3 scripts/designer_model.py

Run it with the Python of the oldest QGIS that is supported (3.22): newer ones read its files, not the other way round.
The model chains two of the plugin's algorithms, as an example to build upon in the designer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "resources" / "processing" / "crop_map_and_parcels.model3"
NAME = "Crop map and parcels"


def build() -> Any:
    """The model."""
    from qgis.core import (
        QgsApplication,
        QgsProcessing,
        QgsProcessingModelAlgorithm,
        QgsProcessingModelChildAlgorithm,
        QgsProcessingModelChildParameterSource,
        QgsProcessingModelOutput,
        QgsProcessingModelParameter,
        QgsProcessingParameterEnum,
        QgsProcessingParameterFeatureSource,
        QgsProcessingParameterField,
        QgsProcessingParameterFile,
    )
    from qgis.PyQt.QtCore import QPointF

    from cscl_qgis.dataset_config import shipped_tables
    from cscl_qgis.processing.designer_models import TEXTS

    registry = QgsApplication.processingRegistry()
    algorithms = [registry.createAlgorithmById(f"cscl:{name}") for name in ("mapcroptypes", "parceltable")]

    def of(name: str) -> Any:
        """A parameter of the first algorithm that has it: the model says the same of it, so translations hold."""
        return next(found for found in (item.parameterDefinition(name) for item in algorithms) if found is not None)

    def title(name: str) -> str:
        return str(of(name).description())

    polygons = [QgsProcessing.SourceType.TypeVectorPolygon]
    folder = QgsProcessingParameterFile.Behavior.Folder
    inputs = [
        QgsProcessingParameterFile("FOLDER", title("FOLDER"), behavior=folder),
        QgsProcessingParameterFeatureSource("REGION", title("REGION"), polygons, optional=True),
        QgsProcessingParameterFeatureSource("PARCELS", title("PARCELS"), polygons),
        *(
            QgsProcessingParameterField(name, title(name), parentLayerParameterName="PARCELS", optional=True)
            for name in ("PARCEL_ID", "CROP_FIELD")
        ),
        QgsProcessingParameterEnum(
            "CLASS_TABLE", title("CLASS_TABLE"), shipped_tables(), optional=True, usesStaticStrings=True
        ),
        QgsProcessingParameterFile("MODEL", title("MODEL"), extension="onnx", optional=True),
    ]
    model = QgsProcessingModelAlgorithm(NAME, "Mapping")
    for number, definition in enumerate(inputs):
        component = QgsProcessingModelParameter(definition.name())
        component.setPosition(QPointF(130, 60 + 70 * number))
        model.addModelParameter(definition, component)
    model.setParameterOrder([definition.name() for definition in inputs])

    def given(name: str) -> list[Any]:
        return [QgsProcessingModelChildParameterSource.fromModelParameter(name)]

    def fixed(value: Any) -> list[Any]:
        return [QgsProcessingModelChildParameterSource.fromStaticValue(value)]

    mapping = QgsProcessingModelChildAlgorithm("cscl:mapcroptypes")
    mapping.setChildId("map")
    mapping.setDescription("Map crop types")
    mapping.setPosition(QPointF(430, 130))
    for name in ("FOLDER", "REGION", "MODEL"):
        mapping.addParameterSources(name, given(name))
    mapping.addParameterSources("PROBABILITIES", fixed("fine"))  # so that the next step need not map again
    folder_out = QgsProcessingModelOutput("OUTPUT", title("OUTPUT"))
    folder_out.setChildId("map")
    folder_out.setChildOutputName("OUTPUT")
    folder_out.setMandatory(True)
    folder_out.setPosition(QPointF(700, 90))
    mapping.setModelOutputs({"OUTPUT": folder_out})
    _add_defaults(mapping)
    model.addChildAlgorithm(mapping)

    table = QgsProcessingModelChildAlgorithm("cscl:parceltable")
    table.setChildId("table")
    table.setDescription("Table of parcels")
    table.setPosition(QPointF(430, 380))
    table.addParameterSources("RUN", [QgsProcessingModelChildParameterSource.fromChildOutput("map", "OUTPUT")])
    for name in ("PARCELS", "PARCEL_ID", "CROP_FIELD", "CLASS_TABLE"):
        table.addParameterSources(name, given(name))
    _add_defaults(table)
    model.addChildAlgorithm(table)
    texts = {definition.name(): of(definition.name()).help() for definition in inputs}
    model.setHelpContent({"ALG_DESC": TEXTS[0], **texts, "map:OUTPUT": of("OUTPUT").help()})
    return model


def _add_defaults(child: Any) -> None:
    """Give a step the defaults of what is not given: the designer takes no missing value for one."""
    from qgis.core import QgsProcessingModelChildParameterSource, QgsProcessingParameterDefinition

    optional = QgsProcessingParameterDefinition.Flag.FlagOptional
    for definition in child.algorithm().parameterDefinitions():
        is_given = definition.name() in child.parameterSources() or definition.isDestination()
        if not is_given and not definition.flags() & optional:
            value = QgsProcessingModelChildParameterSource.fromStaticValue(definition.defaultValue())
            child.addParameterSources(definition.name(), [value])


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from qgis.core import QgsApplication

    application = QgsApplication([], False)
    application.initQgis()
    from cscl_qgis.plugin import CsclPlugin

    plugin = CsclPlugin(None)
    plugin.initProcessing()
    TARGET.parent.mkdir(exist_ok=True)
    is_fine = build().toFile(str(TARGET))
    plugin.unload()
    application.exitQgis()
    return 0 if is_fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
