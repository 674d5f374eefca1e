"""QGIS layers and the engine's files: which raster a layer stands for, and results as styled layers in one group."""

from __future__ import annotations

import collections
import functools
import logging
import os
from pathlib import Path
from typing import Any, Callable, Collection, Deque, Dict, Mapping, Optional, Set, Tuple

from qgis.core import (
    QgsLayerTree,
    QgsLayerTreeGroup,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtXml import QDomDocument

from ._engine import model_card, style
from .field_style import FIELDS, dress_fields, fields_source
from .parcel_style import PARCELS, dress_parcels, parcels_source
from .translation import tr

log = logging.getLogger(__name__)

RESULTS: Tuple[Tuple[str, str], ...] = (
    ("boundary", "Parcel boundaries (%)"),
    ("confidence", "Confidence (%)"),
    ("crop_type_fields", "Crop types by field"),
    ("crop_type", "Crop types"),
)
"""The engine's rasters and the names of their layers, in the order of the layer tree, topmost first."""
MAP_RASTERS = ("boundary", "confidence", "crop_type")
"""Those of them that every map has."""
OPTIONAL: Tuple[str, ...] = (
    "crop_type_fields.tif",
    "fields.gpkg",
    "parcels.gpkg",
    "parcels.parquet",
    "evidence.tif",
    "probabilities.tif",
    "embeddings.tif",
)
"""Files that a map removes from its folder where it does not make them, of an earlier one."""
SHOWN = ("crop_type",)
"""Layers switched on. The others would hide the crop types or, as the boundaries of real images do, mix with their
colours."""
PARCELS_RANK, FIELDS_RANK = -2, -1
"""Places of the vector layers: above the rasters, whose ranks are their numbers in RESULTS."""

_ALIVE: Deque[Any] = collections.deque(maxlen=60)
"""QGIS keeps no reference to a post-processor, and the algorithm is gone when it is called."""


def raster_path(layer: QgsMapLayer) -> Path:
    """The file of a raster layer; the product's folder or zip for a layer of QGIS's own Sentinel-2 reader.

    Raises:
        ValueError: if it has none that the engine could read; the message is a sentence.
    """
    if not isinstance(layer, QgsRasterLayer) or layer.providerType() != "gdal":
        told = tr("The layer '{}' is not a raster file (it comes from '{}').")
        raise ValueError(told.format(layer.name(), layer.providerType()))
    text = layer.source()
    is_product = text.startswith(("SENTINEL2_L2A:", "SENTINEL2_L1C:"))
    if is_product:  # the driver's subdataset: the product's metadata file lies in the product's folder
        text = text.split(":", 1)[1].split(".xml", 1)[0] + ".xml"
    else:
        parts = QgsProviderRegistry.instance().decodeUri("gdal", text)
        text = str(parts.get("vsiPrefix") or "") + str(parts.get("path") or text)
    if text.startswith("/vsizip/"):
        inside = Path(text[len("/vsizip/") :].replace("{", "").replace("}", ""))
        archive = next((path for path in (inside, *inside.parents) if path.is_file()), None)
        if archive is not None:
            return archive  # the engine reads zipped products as they are
    if text.startswith("/vsi"):
        told = tr("The layer '{}' lies in an archive or on the network; unpack or fetch it first.")
        raise ValueError(told.format(layer.name()))
    path = Path(text).parent if is_product else Path(text)
    if not path.exists():
        raise ValueError(tr("The layer '{}' has no file at {}.").format(layer.name(), text))
    return path


class RunGroup:
    """The layer group of one run, made at the top of the layer tree when the first layer comes."""

    def __init__(self, title: str, beside: Collection[str] = (), gone: Collection[str] = ()) -> None:
        """
        Args:
            title: of the group.
            beside: files of a run that has ended: layers go into the group of theirs, and stay where they are if there
                is none.
            gone: files that the run has removed: their layers go when the first one of the group comes.
        """
        self.title = title
        self._gone = list(gone)
        self._beside = {os.path.normpath(path) for path in beside}
        self._order: Dict[str, int] = {}
        self._group: Optional[QgsLayerTreeGroup] = None

    def place(self, project: QgsProject, layer_id: str, rank: int, is_shown: bool, is_last_try: bool = False) -> None:
        """Move a layer of the tree into the group, at its rank from the top.

        QGIS versions differ in whether a layer is in the tree when its post-processor is called; where it is not yet,
        this is done again when the event loop turns.
        """
        if self._gone:
            remove_layers(project, self._gone)
            self._gone = []
        root = project.layerTreeRoot()
        node = root.findLayer(layer_id)
        if node is None:
            if not is_last_try:
                QTimer.singleShot(0, lambda: self.place(project, layer_id, rank, is_shown, True))
            return
        parent = node.parent()
        if self._group is None and self._beside:
            self._group = self._group_of_files(root)
            if self._group is None:
                return
        if self._group is None and parent is not root and parent.name() == self.title:
            self._group = parent  # a run into the same folder: QGIS takes the layers it has, so their group stays
        group = self._in_tree(root)
        self._order[layer_id] = rank
        # QGIS adds each layer above the current one, which may be inside this group already: go by what lies there
        above = [
            index
            for index, child in enumerate(group.children())
            if QgsLayerTree.isLayer(child) and self._rank_of(child.layerId(), child.layer(), rank) < rank
        ]
        clone = node.clone()
        clone.setItemVisibilityChecked(is_shown)
        clone.setExpanded(rank == len(RESULTS) - 1)
        group.insertChildNode(above[-1] + 1 if above else 0, clone)
        parent.removeChildNode(node)

    def _rank_of(self, layer_id: str, layer: Optional[QgsMapLayer], unknown: int) -> int:
        """The rank of a layer of the group; of one that an earlier run has put there by its file."""
        if layer_id in self._order or layer is None:
            return self._order.get(layer_id, unknown)
        ranks = {name: rank for rank, (name, _) in enumerate(RESULTS)}
        ranks.update({FIELDS: FIELDS_RANK, PARCELS: PARCELS_RANK})
        return ranks.get(Path(layer.source().split("|")[0]).stem, unknown)

    def _group_of_files(self, root: QgsLayerTree) -> Optional[QgsLayerTreeGroup]:
        for node in root.findLayers():
            layer, parent = node.layer(), node.parent()
            if layer is not None and parent is not root and os.path.normpath(layer.source()) in self._beside:
                return parent
        return None

    def _in_tree(self, root: QgsLayerTree) -> QgsLayerTreeGroup:
        if self._group is None:
            taken = {child.name() for child in root.children()}
            title, number = self.title, 2
            while title in taken:
                title, number = f"{self.title} ({number})", number + 1
            self._group = root.insertGroup(0, title)
        return self._group


def removed_files(outputs: Mapping[str, str]) -> Set[str]:
    """Files that a map has removed from its folder, where they were: OPTIONAL less what it has made itself."""
    folders = {os.path.dirname(path) for path in outputs.values()}
    made = {os.path.normpath(path) for path in outputs.values()}
    return {os.path.normpath(os.path.join(folder, name)) for folder in folders for name in OPTIONAL} - made


def remove_layers(project: QgsProject, paths: Collection[str]) -> None:
    """Take the layers of files out of the project, and their group where nothing is left in it. Main thread only."""
    files = {os.path.normpath(path) for path in paths}
    found = [
        layer.id() for layer in project.mapLayers().values() if os.path.normpath(layer.source().split("|")[0]) in files
    ]
    root = project.layerTreeRoot()
    groups: Dict[int, QgsLayerTreeGroup] = {}
    for layer_id in found:
        node = root.findLayer(layer_id)
        if node is not None and node.parent() is not root:
            groups[id(node.parent())] = node.parent()
    project.removeMapLayers(found)
    for group in groups.values():
        if not group.children() and group.parent() is not None:
            group.parent().removeChildNode(group)


class ResultPostProcessor(QgsProcessingLayerPostProcessorInterface):
    """Styles a result and puts it into its run's group; QGIS calls it on the main thread."""

    def __init__(self, name: str, path: Path, group: RunGroup, card: Optional[model_card.ModelCard]) -> None:
        super().__init__()
        self._name, self._path, self._group, self._card = name, path, group, card

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Called by QGIS when the layer is in the project."""
        order = [name for name, _ in RESULTS]
        layer.setName(tr(dict(RESULTS)[self._name]))
        layer.dataProvider().reloadData()  # it may be the layer of an earlier run into the same folder
        if not apply_style(layer, self._name, self._path, self._card):
            feedback.pushWarning(tr("The style of '{}' could not be applied.").format(layer.name()))
        project = context.project() or QgsProject.instance()
        self._group.place(project, layer.id(), order.index(self._name), self._name in SHOWN)


class VectorPostProcessor(QgsProcessingLayerPostProcessorInterface):
    """Styles parcels or fields and puts them on top of their run's group; QGIS calls it on the main thread."""

    def __init__(self, title: str, rank: int, group: RunGroup, dress: Callable[[QgsVectorLayer], None]) -> None:
        """
        Args:
            title: of the layer, in QGIS's language.
            rank: its place in the group.
            group: of the run.
            dress: styles it.
        """
        super().__init__()
        self._title, self._rank, self._group, self._dress = title, rank, group, dress

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Called by QGIS when the layer is in the project."""
        layer.setName(self._title)
        layer.dataProvider().reloadData()  # it may be the layer of an earlier table in the same folder
        layer.updateFields()
        self._dress(layer)
        layer.triggerRepaint()
        self._group.place(context.project() or QgsProject.instance(), layer.id(), self._rank, True)


def apply_style(layer: QgsMapLayer, name: str, path: Path, card: Optional[model_card.ModelCard]) -> bool:
    """Apply the .qml beside a result, or one made from the model card; False if neither works."""
    qml = path.with_suffix(".qml")
    if qml.is_file():
        _, is_loaded = layer.loadNamedStyle(str(qml))
        if is_loaded:
            layer.triggerRepaint()
            return True
    if name == "confidence":
        text = style.confidence_qml()
    elif name == "boundary":
        text = style.boundary_qml(card.boundary_threshold) if card else style.boundary_qml()
    else:
        text = style.crop_type_qml(card.classes) if card else ""
    document = QDomDocument()
    document.setContent(text)  # what it returns differs between Qt 5 and 6
    if document.documentElement().isNull():
        return False
    is_applied, _ = layer.importNamedStyle(document)
    layer.triggerRepaint()
    return bool(is_applied)


def load_on_completion(
    context: QgsProcessingContext,
    outputs: Dict[str, str],
    title: str,
    card: Optional[model_card.ModelCard],
    crop_field: str = "",
) -> None:
    """Have QGIS load a run's layers when the algorithm has ended. Loads nothing itself, so any thread may call it.

    Args:
        outputs: the engine's names and paths.
        title: name of the layer group.
        card: the model's, for the parcels and for styles where the .qml is missing.
        crop_field: field of the parcels with the declared crop; empty for none.
    """
    if context.project() is None:
        return
    group = RunGroup(title, gone=removed_files(outputs))
    if PARCELS in outputs:
        _load_parcels(context, outputs[PARCELS], group, card, crop_field, outputs.get("run", ""))
    _load_results(context, outputs, group, card)


def load_parcels_on_completion(
    context: QgsProcessingContext, table: str, run: str, card: Optional[model_card.ModelCard], crop_field: str = ""
) -> None:
    """Have QGIS load a table of parcels made afterwards, into the group of its map where that is in the project.

    Args:
        table: the GeoPackage.
        run: the record of the run.
        card: the model's, for the colours of the crops.
        crop_field: field of the declared crop; empty for none.
    """
    if context.project() is not None:
        _load_parcels(context, table, _group_of_map(run), card, crop_field, run)


def load_fields_on_completion(
    context: QgsProcessingContext, outputs: Dict[str, str], run: str, card: Optional[model_card.ModelCard]
) -> None:
    """Have QGIS load the fields of a map cut afterwards, likewise.

    Args:
        outputs: the engine's names and paths: crop_type_fields and fields.
        run: the record of the run.
        card: the model's, for the colours of the crops.
    """
    if context.project() is not None:
        _load_results(context, outputs, _group_of_map(run), card)


def _group_of_map(run: str) -> RunGroup:
    # not the map by field, which QGIS may just have put beside whatever layer was the current one
    return RunGroup("", [os.path.join(os.path.dirname(run), f"{name}.tif") for name in MAP_RASTERS])


def _load_parcels(
    context: QgsProcessingContext,
    table: str,
    group: RunGroup,
    card: Optional[model_card.ModelCard],
    crop_field: str,
    run: str,
) -> None:
    def dress(layer: QgsVectorLayer) -> None:
        dress_parcels(layer, card, crop_field, run)

    title = tr("Parcels")
    _load(context, parcels_source(table), title, PARCELS, VectorPostProcessor(title, PARCELS_RANK, group, dress))


def _load_results(
    context: QgsProcessingContext, outputs: Dict[str, str], group: RunGroup, card: Optional[model_card.ModelCard]
) -> None:
    """The rasters, and the outlines of fields if there are any."""
    if FIELDS in outputs:
        title, source = tr("Fields"), fields_source(outputs[FIELDS])
        dress = functools.partial(dress_fields, card=card)
        _load(context, source, title, FIELDS, VectorPostProcessor(title, FIELDS_RANK, group, dress))
    for name, label in reversed(RESULTS):
        if name in outputs:
            processor = ResultPostProcessor(name, Path(outputs[name]), group, card)
            _load(context, outputs[name], tr(label), name, processor)


def _load(
    context: QgsProcessingContext,
    source: str,
    title: str,
    name: str,
    processor: QgsProcessingLayerPostProcessorInterface,
) -> None:
    details = QgsProcessingContext.LayerDetails(title, context.project(), name.upper())
    # sip keeps no reference either: not to the details' post-processor, not through a copy of the details
    _ALIVE.append(processor)
    details.setPostProcessor(processor)
    details.forceName = True
    context.addLayerToLoadOnCompletion(source, details)
