"""QGIS layer styles (QML) of a map's three rasters, made from the model card. Standard library only.

QGIS reads them when a raster is dragged in, and the plugin applies them when a run has ended.
"""

from __future__ import annotations

from html import escape
from typing import Iterable, List, Tuple

from .model_card import CropClass

CONFIDENCE_RAMP = ((0, "#7f0000", 255), (50, "#fc8d59", 255), (75, "#fee08b", 255), (100, "#1a9850", 255))
"""Percent, colour, opacity: low confidence reads as red."""
BOUNDARY_RAMP = ((0.0, "#ff7a00", 0), (0.6, "#ff7a00", 0), (1.0, "#ff3c00", 110), (1.3, "#d40000", 210))
"""Share of the model's boundary threshold, colour, opacity: nothing where there is no boundary, and what lies below
shows through everywhere. A calibrated probability of a line one cell thin seldom comes near 100 %."""
BACKGROUND_OPACITY = 0
"""The class 'no parcel' is see-through on the screen; its code stays in the file."""


def crop_type_qml(classes: Iterable[CropClass]) -> str:
    """Paletted style with class titles and colours; the background class is transparent."""
    entries = "".join(
        f'<paletteEntry value="{entry.code}" color="{entry.color}" label="{escape(entry.title)}" '
        f'alpha="{BACKGROUND_OPACITY if entry.code == 0 else 255}"/>'
        for entry in classes
    )
    return _qml(
        '<rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" nodataColor="">'
        f"<rasterTransparency/><colorPalette>{entries}</colorPalette></rasterrenderer>"
    )


def confidence_qml() -> str:
    """Ramp from red (0 %) to green (100 %)."""
    return _ramp_qml(CONFIDENCE_RAMP)


def boundary_qml(threshold: float = 0.5) -> str:
    """Ramp from nothing to red, to be read over imagery.

    Args:
        threshold: of the model's card: probability (0-1) from which on a cell counts as boundary.
    """
    percent = 100 * threshold
    stops = [(min(100, round(share * percent)), color, alpha) for share, color, alpha in BOUNDARY_RAMP]
    return _ramp_qml((*stops[:-1], (max(stops[-1][0], stops[-2][0] + 1), *stops[-1][1:])))


def _ramp_qml(stops: Tuple[Tuple[int, str, int], ...]) -> str:
    low, high = stops[0][0], stops[-1][0]
    items: List[str] = []
    for value, color, alpha in stops:
        items.append(f'<item value="{value}" label="{value} %" color="{color}" alpha="{alpha}"/>')
    return _qml(
        f'<rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" '
        f'classificationMin="{low}" classificationMax="{high}"><rasterTransparency/><rastershader>'
        f'<colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" '
        f'minimumValue="{low}" maximumValue="{high}">{"".join(items)}</colorrampshader>'
        "</rastershader></rasterrenderer>"
    )


def _qml(renderer: str) -> str:
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        '<qgis version="3.22.0" styleCategories="Symbology"><pipe>'
        '<provider><resampling enabled="false" zoomedInResamplingMethod="nearestNeighbour" '
        'zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2"/></provider>'
        f'{renderer}<brightnesscontrast brightness="0" contrast="0" gamma="1"/>'
        '<huesaturation saturation="0" grayscaleMode="0"/><rasterresampler maxOversampling="2"/>'
        "</pipe><blendMode>0</blendMode></qgis>\n"
    )
