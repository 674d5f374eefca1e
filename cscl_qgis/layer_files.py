"""Files of layers that the worker reads: a layer's own file where it stands for all of it, else an exported copy.

A layer is looked at on the main thread, which is quick; what must be exported is read and written by the task.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, Callable, Mapping, Optional, Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsGeometry,
    QgsProject,
    QgsProviderRegistry,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)

from .translation import tr
from .vector_files import row_field

log = logging.getLogger(__name__)

OWN = (".gpkg", ".shp", ".geojson", ".json", ".fgb", ".parquet")
"""Kinds of files that the engine reads where they lie."""
ROW = "cscl_row"
"""Name of an exported file's row numbers: a layer may have a field `fid` of its own, with repeated values."""


COPIES = "layers"
"""Folder of exported layers inside the folder of a run's results: they hold declared parcels, and go where it goes."""
COPY_NAME = re.compile(r"[a-z]+-[0-9a-f]{16}\.gpkg")


class LayerFile:
    """What a layer shows at this moment, unsaved edits included, and the file that holds it.

    Make one on the main thread; `write` may be called on any, even when the layer is gone.

    Attributes:
        token: equal for what is equal as far as can be told without reading the features.
        row_field: field that shows the file's own row numbers, and is no field of it; empty for none.
    """

    def __init__(self, layer: QgsVectorLayer, name: str, ids: Optional[Sequence[int]] = None) -> None:
        """
        Args:
            layer: a vector layer.
            name: start of an exported file's name.
            ids: only these features; None for all.

        Raises:
            ValueError: if the layer has no coordinate system or no features; the message is a sentence.
        """
        if not layer.isValid():
            raise ValueError(tr("The layer '{}' cannot be read: its file or database is gone.").format(layer.name()))
        if not layer.crs().isValid():
            raise ValueError(tr("The layer '{}' has no coordinate system: assign one first.").format(layer.name()))
        if layer.featureCount() == 0:
            raise ValueError(tr("The layer '{}' has no features.").format(layer.name()))
        self._name, self._title = name, layer.name()
        self._ids = None if ids is None else sorted(ids)
        self._own = _own_file(layer) if ids is None else ""
        self.row_field = row_field(layer) if self._own else ""
        self._fields, self._crs, self._type = layer.fields(), layer.crs(), layer.wkbType()
        self._context = QgsProject.instance().transformContext()
        self._source = None if self._own else QgsVectorLayerFeatureSource(layer)
        stack = layer.undoStack()
        chosen = "" if self._ids is None else hashlib.sha256(str(self._ids).encode()).hexdigest()
        self.token = self._own or f"{layer.id()} {layer.subsetString()} {chosen} {stack.index() if stack else 0}"

    def write(self, folder: Path, is_cancelled: Callable[[], bool]) -> str:
        """The file; exported into a folder where the layer has none, under a name made of what it holds.

        Raises:
            ValueError: if it cannot be written; the message is a sentence.
            InterruptedError: if it was cancelled.
        """
        if self._own:
            return self._own
        path = folder / f"{self._name}-{self._mark(is_cancelled)[:16]}.gpkg"
        if path.is_file():
            return str(path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=".export-", dir=str(folder)))
        except OSError as error:
            raise ValueError(
                tr("The layer '{}' cannot be written: {}").format(self._title, error.strerror or error)
            ) from error
        try:
            self._export(work / path.name, is_cancelled)
            (work / path.name).replace(path)
        finally:
            shutil.rmtree(str(work), ignore_errors=True)
        return str(path)

    def _features(self, is_cancelled: Callable[[], bool]) -> Any:
        request = QgsFeatureRequest()
        if self._ids is not None:
            request.setFilterFids(self._ids)
        if self._source is None:
            return
        features = self._source.getFeatures(request)
        try:
            for feature in features:
                if is_cancelled():
                    raise InterruptedError
                yield feature
        finally:
            features.close()  # it must not outlive the source

    def _mark(self, is_cancelled: Callable[[], bool]) -> str:
        """A name for what is shown: equal for equal features."""
        digest = hashlib.sha256(self._crs.toWkt().encode())
        digest.update("\x1f".join(field.name() for field in self._fields).encode())
        for feature in self._features(is_cancelled):
            digest.update(bytes(feature.geometry().asWkb().data()))
            digest.update("\x1f".join(str(value) for value in feature.attributes()).encode())
        return digest.hexdigest()

    def _export(self, path: Path, is_cancelled: Callable[[], bool]) -> None:
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName, options.layerName = "GPKG", "layer"
        options.layerOptions = [f"FID={ROW}"]
        kind = QgsWkbTypes.multiType(QgsWkbTypes.linearType(self._type))
        writer = QgsVectorFileWriter.create(str(path), self._fields, kind, self._crs, self._context, options)
        for feature in self._features(is_cancelled):
            if QgsWkbTypes.isCurvedType(self._type):
                straight = feature.geometry()
                straight.convertToStraightSegment()
                feature.setGeometry(straight)
            if writer.hasError() or not writer.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
                break
        if writer.hasError():
            raise ValueError(tr("The layer '{}' cannot be written: {}").format(self._title, writer.errorMessage()))
        del writer  # closes the file


def polygon_file(geometry: QgsGeometry, crs: QgsCoordinateReferenceSystem, name: str) -> LayerFile:
    """One polygon as what a layer shows; one that crosses itself is mended.

    Raises:
        ValueError: if it has no coordinate system or no area; the message is a sentence.
    """
    if not crs.isValid():
        raise ValueError(tr("The map has no coordinate system: choose one for the project."))
    whole = QgsGeometry(geometry) if geometry.isGeosValid() else geometry.makeValid()
    if whole.isEmpty() or whole.area() <= 0:
        raise ValueError(tr("The region has no area."))
    whole.convertToMultiType()
    layer = QgsVectorLayer("MultiPolygon", name, "memory")
    layer.setCrs(crs)
    feature = QgsFeature()
    feature.setGeometry(whole)
    layer.dataProvider().addFeatures([feature])
    made = LayerFile(layer, name)
    made.token = f"{geometry.asWkt(3)} {crs.authid() or crs.toWkt()}"
    return made


def _own_file(layer: QgsVectorLayer) -> str:
    """The layer's file, where it holds this layer alone, all of it, as it is saved, and as QGIS takes it."""
    provider = layer.dataProvider()
    if layer.providerType() != "ogr" or layer.subsetString() or layer.isModified():
        return ""
    if layer.crs() != provider.crs():
        return ""  # assigned in QGIS, so that the file does not tell it
    if layer.fields().names() != provider.fields().names():
        return ""  # joined and virtual fields are not in it
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path = Path(str(parts.get("path") or ""))
    is_one = len(provider.subLayers()) <= 1
    return str(path.absolute()) if is_one and path.suffix.lower() in OWN and path.is_file() else ""


def tidy_copies(result: Mapping[str, Any]) -> None:
    """Remove the exported layers of earlier runs into the same folder; those that the new record names stay.

    Args:
        result: the worker's result event.
    """
    try:
        record = Path(str(result["outputs"]["run"]))
        request = dict(json.loads(record.read_text(encoding="utf-8"))["request"])
        folder = record.parent / COPIES
        kept = {Path(str(request.get(name) or "")).name for name in ("region", "parcels")}
        for path in folder.glob("*.gpkg") if folder.is_dir() else ():
            if path.name not in kept and COPY_NAME.fullmatch(path.name):
                path.unlink()
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("the copies of layers of earlier runs stay: %s", error)
