"""A run's results in the project: one group on top, each layer named and styled. On the main thread only."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Set, Tuple

from qgis.core import (
    QgsAttributeEditorContainer,
    QgsAttributeEditorField,
    QgsCategorizedSymbolRenderer,
    QgsEditFormConfig,
    QgsFillSymbol,
    QgsLayerTreeGroup,
    QgsPalLayerSettings,
    QgsProject,
    QgsRasterLayer,
    QgsRendererCategory,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor

from ._engine import model_card
from .layers import RESULTS, SHOWN, apply_style
from .translation import tr

PARCELS = "parcels"
RUN_PROPERTY = "cscl_qgis/run"
"""Custom property of a layer of parcels: the record of the run that it belongs to."""
FILL_ALPHA = 90
"""Of 255: the map and the images below show through."""
LABEL = (
    "coalesce(\"map_crop\", '') || '\\n' || "
    "CASE WHEN \"map_probability\" IS NULL THEN '' ELSE round(100 * \"map_probability\") || ' %' END"
)
EVIDENCE: Tuple[Tuple[str, str], ...] = (
    ("map_crop", "Crop"),
    ("map_probability", "Probability"),
    ("map_second", "Second best"),
    ("map_second_probability", "Its probability"),
    ("map_entropy", "Entropy (bits)"),
    ("map_share", "Share of its cells"),
    ("map_cells", "Cells inside"),
    ("map_clear_dates", "Clear dates"),
    ("map_gap_days", "Longest gap (days)"),
    ("map_boundary_share", "Share of boundary inside"),
    ("map_inner_buffer_m", "Inner buffer (m)"),
)
"""Fields that the form of a parcel shows first."""


def load_results(
    project: QgsProject,
    result: Mapping[str, Any],
    title: str,
    card: Optional[model_card.ModelCard],
    crop_field: str = "",
) -> str:
    """Add a run's layers in a group of their own, on top; layers of an earlier run into the same folder are replaced.

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
    _remove_stale(project, set(outputs.values()))
    root = project.layerTreeRoot()
    taken = {child.name() for child in root.children()}
    name, number = title, 2
    while name in taken:
        name, number = f"{title} ({number})", number + 1
    group = root.insertGroup(0, name)
    parcels = outputs.get(PARCELS, "")
    if parcels:
        layer = QgsVectorLayer(f"{parcels}|layername=parcels", tr("Parcels"), "ogr")
        if layer.isValid():
            style_parcels(layer, card, crop_field)
            layer.setCustomProperty(RUN_PROPERTY, outputs.get("run", ""))
            layer.setCustomProperty(f"{RUN_PROPERTY}_crop", crop_field)
            _add(project, group, layer, True)
    for key, label in RESULTS:
        if key in outputs:
            raster = QgsRasterLayer(outputs[key], tr(label), "gdal")
            if raster.isValid():
                apply_style(raster, key, Path(outputs[key]), card)
                _add(project, group, raster, key in SHOWN, key == "crop_type")
    return name


def style_parcels(layer: QgsVectorLayer, card: Optional[model_card.ModelCard], crop_field: str = "") -> None:
    """Outlines filled lightly by the crop that most cells show, labels, and a form with the evidence."""
    categories = []
    for entry in card.classes if card else ():
        symbol = QgsFillSymbol.createSimple({"outline_color": "#202020", "outline_width": "0.3"})
        symbol.symbolLayer(0).setFillColor(QColor(*entry.rgb, FILL_ALPHA))
        categories.append(QgsRendererCategory(entry.code, symbol, entry.title))
    unseen = QgsFillSymbol.createSimple({"style": "b_diagonal", "color": "#9a9a9a", "outline_color": "#606060"})
    categories.append(QgsRendererCategory(None, unseen, tr("not mapped")))
    layer.setRenderer(QgsCategorizedSymbolRenderer("map_code", categories))
    _label(layer)
    _form(layer, crop_field)
    for field, title in EVIDENCE:
        index = layer.fields().indexOf(field)
        if index >= 0:
            layer.setFieldAlias(index, tr(title))


def _label(layer: QgsVectorLayer) -> None:
    settings = QgsPalLayerSettings()
    settings.fieldName, settings.isExpression = LABEL, True
    text = QgsTextFormat()
    text.setSize(8)
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    text.setBuffer(halo)
    settings.setFormat(text)
    settings.scaleVisibility, settings.minimumScale = True, 15000
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)


def _form(layer: QgsVectorLayer, crop_field: str) -> None:
    """What grows there and how well it was seen, beside what was declared; then the layer's own fields."""
    names = [field.name() for field in layer.fields()]
    config = layer.editFormConfig()
    config.setLayout(QgsEditFormConfig.EditorLayout.TabLayout)
    config.clearTabs()
    first = [crop_field] if crop_field in names else []
    first += [name for name, _ in EVIDENCE if name in names]
    for title, fields in ((tr("Evidence"), first), (tr("Declaration"), [name for name in names if name not in first])):
        tab = QgsAttributeEditorContainer(title, None)
        for name in fields:
            tab.addChildElement(QgsAttributeEditorField(name, names.index(name), tab))
        config.addTab(tab)
    layer.setEditFormConfig(config)


def _add(project: QgsProject, group: QgsLayerTreeGroup, layer: Any, is_shown: bool, is_expanded: bool = False) -> None:
    project.addMapLayer(layer, False)
    node = group.addLayer(layer)
    node.setItemVisibilityChecked(is_shown)
    node.setExpanded(is_expanded)


def _remove_stale(project: QgsProject, paths: Set[str]) -> None:
    """Layers of files that were replaced show what is gone; their group goes, too, where nothing is left in it."""
    stale: List[str] = [layer.id() for layer in project.mapLayers().values() if layer.source().split("|")[0] in paths]
    groups: Dict[int, QgsLayerTreeGroup] = {}
    for layer_id in stale:
        node = project.layerTreeRoot().findLayer(layer_id)
        if node is not None and node.parent() is not project.layerTreeRoot():
            groups[id(node.parent())] = node.parent()
    project.removeMapLayers(stale)
    for group in groups.values():
        if not group.children() and group.parent() is not None:
            group.parent().removeChildNode(group)

