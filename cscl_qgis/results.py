"""A run's results in the project: one group on top, each layer named and styled. On the main thread only."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional

from qgis.core import QgsLayerTreeGroup, QgsProject, QgsRasterLayer, QgsVectorLayer

from ._engine import model_card
from .field_style import FIELDS, dress_fields, fields_source
from .layers import RESULTS, SHOWN, apply_style, remove_layers, removed_files
from .parcel_style import PARCELS, dress_parcels, parcels_source
from .translation import tr


def load_results(
    project: QgsProject,
    result: Mapping[str, Any],
    title: str,
    card: Optional[model_card.ModelCard],
    crop_field: str = "",
) -> str:
    """Add a map's layers in a group of their own, on top; those of an earlier run into the same folder go.

    Args:
        project: gets the layers.
        result: the worker's result event.
        title: name of the group; a number is added where it is taken.
        card: of the model, for styles.
        crop_field: field of the parcels with the declared crop, shown in their form; empty for none.

    Returns:
        The group's name.
    """
    outputs = {str(name): str(path) for name, path in result.get("outputs", {}).items()}
    remove_layers(project, removed_files(outputs) | set(outputs.values()))
    root = project.layerTreeRoot()
    taken = {child.name() for child in root.children()}
    name, number = title, 2
    while name in taken:
        name, number = f"{title} ({number})", number + 1
    group = root.insertGroup(0, name)
    parcels = outputs.get(PARCELS, "")
    if parcels:
        layer = QgsVectorLayer(parcels_source(parcels), tr("Parcels"), "ogr")
        if layer.isValid():
            dress_parcels(layer, card, crop_field, outputs.get("run", ""))
            _add(project, group, layer, True)
    if FIELDS in outputs:
        layer = QgsVectorLayer(fields_source(outputs[FIELDS]), tr("Fields"), "ogr")
        if layer.isValid():
            dress_fields(layer, card)
            _add(project, group, layer, True)
    for key, label in RESULTS:
        if key in outputs:
            raster = QgsRasterLayer(outputs[key], tr(label), "gdal")
            if raster.isValid():
                apply_style(raster, key, Path(outputs[key]), card)
                _add(project, group, raster, key in SHOWN, key == "crop_type")
    return name


def _add(project: QgsProject, group: QgsLayerTreeGroup, layer: Any, is_shown: bool, is_expanded: bool = False) -> None:
    project.addMapLayer(layer, False)
    node = group.addLayer(layer)
    node.setItemVisibilityChecked(is_shown)
    node.setExpanded(is_expanded)
