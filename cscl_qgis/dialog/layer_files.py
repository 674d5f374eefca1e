"""Files of layers that the worker reads: a layer's own file where it stands for all of it, else an exported copy."""

from __future__ import annotations

import hashlib
from pathlib import Path

from qgis.core import QgsFeatureRequest, QgsProviderRegistry, QgsVectorLayer

from ..environment import data_dir
from .region_page import layer_to_file

OWN = (".gpkg", ".shp", ".geojson", ".json", ".fgb", ".parquet")
"""Kinds of files that the engine reads where they lie."""


def file_of(layer: QgsVectorLayer, name: str) -> str:
    """The file that holds what a layer shows. Exported ones stay, since a run's record names them.

    Args:
        layer: a vector layer.
        name: start of an exported file's name.

    Raises:
        ValueError: if it cannot be exported; the message is a sentence.
    """
    own = _own_file(layer)
    if own:
        return own
    path = data_dir() / "layers" / f"{name}-{_mark(layer)[:16]}.gpkg"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.gpkg")
        part.unlink(missing_ok=True)
        layer_to_file(layer, str(part))
        part.replace(path)
    return str(path)


def _own_file(layer: QgsVectorLayer) -> str:
    """The layer's file, where it holds this layer alone, all of it, and as it is saved."""
    if layer.providerType() != "ogr" or layer.subsetString() or layer.isEditable():
        return ""
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path = Path(str(parts.get("path") or ""))
    is_one = len(layer.dataProvider().subLayers()) <= 1
    return str(path.absolute()) if is_one and path.is_file() and path.suffix.lower() in OWN else ""


def _mark(layer: QgsVectorLayer) -> str:
    """A name for what a layer shows: equal for equal features."""
    digest = hashlib.sha256(layer.crs().toWkt().encode())
    digest.update("\x1f".join(field.name() for field in layer.fields()).encode())
    for feature in layer.getFeatures(QgsFeatureRequest()):
        digest.update(bytes(feature.geometry().asWkb().data()))
        digest.update("\x1f".join(str(value) for value in feature.attributes()).encode())
    return digest.hexdigest()
