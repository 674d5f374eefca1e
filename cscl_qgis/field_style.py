"""How the fields that a map was cut into look: filled lightly by crop, and labelled. On the main thread only."""

from __future__ import annotations

from typing import Optional, Tuple

from qgis.core import QgsVectorLayer

from ._engine import model_card
from .parcel_style import crop_renderer, label_layer
from .translation import tr

FIELDS = "fields"
"""The engine's name of the outlines of fields, and of their layer in the file."""
LABEL = "\"map_crop\" || '\\n' || round(\"share_percent\") || ' %'"
TITLES: Tuple[Tuple[str, str], ...] = (
    ("field", "Field number"),
    ("map_code", "Code of the crop"),
    ("map_name", "Name of the class"),
    ("map_crop", "Crop"),
    ("share_percent", "Share of its cells (%)"),
    ("area_ha", "Area (ha)"),
    ("confidence_percent", "Mean confidence (%)"),
)
"""Fields of the table, and what they are called in QGIS."""


def fields_source(path: str) -> str:
    """The source of the layer of fields."""
    return f"{path}|layername={FIELDS}"


def dress_fields(layer: QgsVectorLayer, card: Optional[model_card.ModelCard]) -> None:
    """Style the layer.

    Args:
        layer: the fields of a map.
        card: of the model, for the colours of the crops.
    """
    label_layer(layer, LABEL)
    layer.setRenderer(crop_renderer(card))
    for name, title in TITLES:
        index = layer.fields().indexOf(name)
        if index >= 0:
            layer.setFieldAlias(index, tr(title))
