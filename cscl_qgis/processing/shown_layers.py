"""Vector layers as parameters, as they are shown: unsaved edits and a coordinate system assigned in QGIS included."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingUtils,
    QgsVectorLayer,
)

from ..layer_files import LayerFile
from ..translation import tr


def shown_layers(
    algorithm: QgsProcessingAlgorithm, names: Sequence[str], parameters: Dict[str, Any], context: QgsProcessingContext
) -> Dict[str, LayerFile]:
    """The layers of parameters whose files do not hold what is shown; to be written before the worker starts.

    Processing itself would hand on the file as it was saved. Call it in prepareAlgorithm, on the layers' own thread.

    Args:
        algorithm: has the parameters.
        names: of vector parameters; those that are empty are passed over.
        parameters: of the run.
        context: of the run.

    Raises:
        ValueError: if such a layer has no features or is filtered by an expression; the message is a sentence.
    """
    found: Dict[str, LayerFile] = {}
    for name in names:
        given = parameters.get(name)
        ids: Optional[Sequence[int]] = None
        if isinstance(given, QgsProcessingFeatureSourceDefinition):  # a selection: of it, Processing gives no layer
            source, _ = given.source.valueAsString(context.expressionContext())
            layer = QgsProcessingUtils.mapLayerFromString(source, context)
        else:
            layer = algorithm.parameterAsVectorLayer(parameters, name, context)
        if not isinstance(layer, QgsVectorLayer) or not differs_from_file(layer):
            continue
        if isinstance(given, QgsProcessingFeatureSourceDefinition):
            if getattr(given, "filterExpression", ""):
                told = tr("The layer '{}' has edits that are not saved: save them, or leave out the filter.")
                raise ValueError(told.format(layer.name()))
            if given.selectedFeaturesOnly:
                ids = layer.selectedFeatureIds()
        found[name] = LayerFile(layer, name.lower(), ids)
    return found


def differs_from_file(layer: QgsVectorLayer) -> bool:
    """True if the layer's file says something else than the layer: edits not saved, or an assigned system."""
    provider = layer.dataProvider()
    return layer.isModified() or (provider is not None and layer.crs() != provider.crs())
