"""How the table of parcels looks: three styles to choose from, labels, and a form with what was found beside what was
declared. On the main thread only."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

from qgis.core import (
    QgsAttributeEditorContainer,
    QgsAttributeEditorField,
    QgsCategorizedSymbolRenderer,
    QgsEditFormConfig,
    QgsFeatureRenderer,
    QgsFillSymbol,
    QgsPalLayerSettings,
    QgsRendererCategory,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor

from ._engine import model_card, protocol
from .translation import tr

PARCELS = "parcels"
"""The engine's name of the table of parcels."""
RUN_PROPERTY = "cscl_qgis/run"
"""Custom property of a layer of parcels: the record of the run that it belongs to."""
FILL_ALPHA = 90
"""Of 255: the map and the images below show through."""
PLAIN_ALPHA = 255
"""Of fills whose colour is to be read: what lies below would mix with it."""
LABEL = (
    "coalesce(\"map_crop\", '') || '\\n' || "
    "CASE WHEN \"map_probability\" IS NULL THEN '' ELSE round(100 * \"map_probability\") || ' %' END"
)
STYLES: Tuple[Tuple[str, str], ...] = (
    ("crop", "Crop found"),
    ("probability", "Probability"),
    ("agreement", "Declared and found"),
)
"""Names of the layer's styles."""
PROBABILITIES: Tuple[Tuple[float, float, str], ...] = (
    (0.0, 0.5, "#d7191c"),
    (0.5, 0.7, "#fdae61"),
    (0.7, 0.9, "#a6d96a"),
    (0.9, 1.0, "#1a9641"),
)
"""From, up to, and the colour."""
AGREEMENTS: Tuple[Tuple[str, str, str], ...] = (
    (protocol.FOUND, "Declared crop found", "#2e8b57"),
    (protocol.ANOTHER, "Another crop found", "#e07b39"),
    (protocol.NONE_FOUND, "No crop found", "#c9a227"),
    (protocol.UNKNOWN_TO_MODEL, "Declared crop unknown to the model", "#8fa3bf"),
    (protocol.NOT_LISTED, "Declared code not in the class table", "#9b7fb5"),
    (protocol.NOT_MAPPED, "Parcel not mapped", "#9a9a9a"),
    (protocol.NOT_DECLARED, "No declaration", "#d0d0d0"),
)
"""What the table says, what people read, and the colour."""
DECLARED: Tuple[Tuple[str, str], ...] = (
    ("map_declared", "Declared code"),
    ("map_declared_classes", "Declared crop"),
    ("map_declared_probability", "Probability of the declared crop"),
    ("map_agreement", "Declared and found"),
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
"""Fields that the form of a parcel shows first, and what they are called there."""


def parcels_source(path: str) -> str:
    """The source of the layer of a table of parcels."""
    return f"{path}|layername={PARCELS}"


def dress_parcels(
    layer: QgsVectorLayer, card: Optional[model_card.ModelCard], crop_field: str = "", run: str = ""
) -> None:
    """Style the layer, and say on it which run it belongs to.

    Args:
        layer: the table of parcels.
        card: of the model, for the colours of the crops.
        crop_field: of the declared crop, empty for none.
        run: the record of the run.
    """
    style_parcels(layer, card, crop_field)
    layer.setCustomProperty(RUN_PROPERTY, run)
    layer.setCustomProperty(f"{RUN_PROPERTY}_crop", crop_field)


def style_parcels(layer: QgsVectorLayer, card: Optional[model_card.ModelCard], crop_field: str = "") -> None:
    """Give the layer its form, its labels and its styles; the first one, by crop, is shown.

    Args:
        layer: the table of parcels.
        card: of the model, for the colours of the crops.
        crop_field: of the declared crop, shown in the form; empty for none.
    """
    label_layer(layer, LABEL)
    _form(layer, crop_field)
    for field, title in (*DECLARED, *EVIDENCE):
        index = layer.fields().indexOf(field)
        if index >= 0:
            layer.setFieldAlias(index, tr(title))
    renderers = {"crop": crop_renderer(card), "probability": probability_renderer()}
    if layer.fields().indexOf("map_agreement") >= 0:
        renderers["agreement"] = agreement_renderer()
    manager = layer.styleManager()
    for name in manager.styles():  # the layer of an earlier table has these already
        if name != manager.currentStyle():
            manager.removeStyle(name)
    titles = dict(STYLES)
    layer.setRenderer(renderers.pop("crop"))
    first = tr(titles["crop"])
    manager.renameStyle(manager.currentStyle(), first)
    for name, renderer in renderers.items():
        manager.addStyleFromLayer(tr(titles[name]))
        manager.setCurrentStyle(tr(titles[name]))
        layer.setRenderer(renderer)
    manager.setCurrentStyle(first)


def crop_renderer(card: Optional[model_card.ModelCard]) -> QgsFeatureRenderer:
    """By the crop with the largest mean probability, filled lightly."""
    categories = [
        QgsRendererCategory(entry.code, _fill(entry.color, FILL_ALPHA), entry.title)
        for entry in (card.classes if card else ())
    ]
    categories.append(QgsRendererCategory(None, _unseen(), tr("not mapped")))
    return QgsCategorizedSymbolRenderer("map_code", categories)


def probability_renderer() -> QgsFeatureRenderer:
    """By the probability of that crop, in steps.

    Categories of an expression, not rules: in QGIS 3.22 a rule that Python made is freed twice when the style changes.
    """
    steps, categories = [], []
    for number, (low, high, color) in enumerate(PROBABILITIES):
        if high < 1:
            title = tr("{} to {} %").format(round(100 * low), round(100 * high))
            steps.append(f'WHEN "map_probability" < {high} THEN {number}')
        else:
            title = tr("{} % and more").format(round(100 * low))
        categories.append(QgsRendererCategory(number, _fill(color, PLAIN_ALPHA), title))
    categories.append(QgsRendererCategory(None, _unseen(), tr("not mapped")))
    value = f'CASE WHEN "map_probability" IS NULL THEN NULL {" ".join(steps)} ELSE {len(PROBABILITIES) - 1} END'
    return QgsCategorizedSymbolRenderer(value, categories)


def agreement_renderer() -> QgsFeatureRenderer:
    """By whether the declared crop was found; no verdict."""
    categories = []
    for value, title, color in AGREEMENTS:
        symbol = _unseen() if value == protocol.NOT_MAPPED else _fill(color, PLAIN_ALPHA)
        categories.append(QgsRendererCategory(value, symbol, tr(title)))
    return QgsCategorizedSymbolRenderer("map_agreement", categories)


def _fill(color: str, alpha: int) -> QgsFillSymbol:
    symbol = QgsFillSymbol.createSimple({"outline_color": "#202020", "outline_width": "0.3"})
    fill = QColor(color)
    fill.setAlpha(alpha)
    symbol.symbolLayer(0).setFillColor(fill)
    return symbol


def _unseen() -> QgsFillSymbol:
    return QgsFillSymbol.createSimple({"style": "b_diagonal", "color": "#9a9a9a", "outline_color": "#606060"})


def label_layer(layer: QgsVectorLayer, expression: str) -> None:
    """Label polygons from near by, with a halo."""
    settings = QgsPalLayerSettings()
    settings.fieldName, settings.isExpression = expression, True
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
    """What was declared beside what was found and how well that was seen; then the layer's own fields."""
    names = [field.name() for field in layer.fields()]
    declared = [name for name in (crop_field, *(field for field, _ in DECLARED)) if name in names]
    found = [name for name, _ in EVIDENCE if name in names]
    rest = [name for name in names if name not in (*declared, *found)]
    config = layer.editFormConfig()
    config.setLayout(QgsEditFormConfig.EditorLayout.TabLayout)
    config.clearTabs()
    for title, fields in ((tr("Declared"), declared), (tr("Found"), found), (tr("Other fields"), rest)):
        if fields:
            config.addTab(_group(title, fields, names))
    layer.setEditFormConfig(config)


def _group(title: str, fields: Sequence[str], names: List[str]) -> QgsAttributeEditorContainer:
    group = QgsAttributeEditorContainer(title, None)
    for name in fields:
        group.addChildElement(QgsAttributeEditorField(name, names.index(name), group))
    return group
