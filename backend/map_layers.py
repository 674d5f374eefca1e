"""The three layers of every map as rasters: names, units, legend, style. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from . import style
from .model_card import CropClass
from .tile_result import RasterSpec


def layer_specs(classes: Sequence[CropClass], scale: int) -> dict[str, RasterSpec]:
    """The rasters of the layers by name.

    Args:
        classes: the legend.
        scale: cells of the map a side of an input cell.
    """
    return {
        "crop_type": RasterSpec("crop_type.tif", scale, ("crop type",), classes=tuple(classes), overview="mode"),
        "confidence": RasterSpec("confidence.tif", scale, ("probability of the crop type",), ("%",)),
        "boundary": RasterSpec("boundary.tif", scale, ("probability of a parcel boundary",), ("%",)),
    }


def layer_styles(classes: Sequence[CropClass], boundary_threshold: float) -> dict[str, str]:
    """QGIS styles (.qml) of the layers by name."""
    return {
        "crop_type": style.crop_type_qml(classes),
        "confidence": style.confidence_qml(),
        "boundary": style.boundary_qml(boundary_threshold),
    }
