"""Vector layers and the files that the worker reads: a layer's own file where it will do, else an exported one."""

from __future__ import annotations

import filecmp
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

from osgeo import gdal
from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingUtils,
    QgsVectorLayer,
)

from .translation import tr

READABLE = ["gpkg", "shp", "geojson", "json", "fgb", "parquet", "sqlite", "gml", "kml", "tab"]
"""Kinds of files that are read where they lie; layers of other kinds are exported."""
FIXED_DATE = "2020-01-01T00:00:00.000Z"
"""Written into an exported file, so that the same features give the same bytes and a broken-off run can go on."""


def vector_file(
    algorithm: QgsProcessingAlgorithm,
    name: str,
    parameters: Dict[str, Any],
    context: QgsProcessingContext,
    feedback: QgsProcessingFeedback,
    export_to: Path,
) -> Tuple[str, Optional[str]]:
    """The file, and the layer in it where it has several, that hold what a vector parameter shows.

    The source's own file where it stands for all of it; otherwise (memory layer, filter, selection, database) what is
    seen of it is exported. A temporary GeoPackage, such as an earlier step's result, is copied.

    Args:
        export_to: a GeoPackage; stays as it is if it holds the same already.

    Returns:
        Absolute path, and the layer's name or None.
    """
    with _fixed_date():
        path, layer_name = algorithm.parameterAsCompatibleSourceLayerPathAndLayerName(
            parameters, name, context, READABLE, "gpkg", feedback
        )
    path = os.path.abspath(path)
    if not _is_temporary(path) or not path.endswith(".gpkg"):
        return path, layer_name or None
    # QGIS removes it when it ends, and the run is to be repeatable
    if not export_to.is_file() or not filecmp.cmp(path, str(export_to), shallow=False):
        shutil.copyfile(path, str(export_to))
    return str(export_to), layer_name or None


def check_stored_fields(layer: QgsVectorLayer, fields: Sequence[str]) -> None:
    """Refuse fields that only QGIS knows, not the layer's file.

    Raises:
        ValueError: naming the field.
    """
    stored = {field.name() for field in layer.dataProvider().fields()}
    for field in fields:
        if field not in stored:
            raise ValueError(
                tr(
                    "The field '{}' of the layer '{}' is joined or virtual, so its file does not have it; save the "
                    "layer to a new file and take that one."
                ).format(field, layer.name())
            )


def row_field(layer: QgsVectorLayer) -> str:
    """The field that shows a GeoPackage's row numbers, empty if there is none.

    GDAL shows them as a field, but programs that read the file's fields do not find it there.
    """
    keys = layer.primaryKeyAttributes()
    is_shown = layer.storageType() == "GPKG" and len(keys) == 1
    return str(layer.fields().at(keys[0]).name()) if is_shown else ""


def check_crs(
    algorithm: QgsProcessingAlgorithm, names: Sequence[str], parameters: Dict[str, Any], context: QgsProcessingContext
) -> None:
    """Refuse layers that do not say where they lie.

    Raises:
        ValueError: naming the first; the message is a sentence.
    """
    for name in names:
        source = algorithm.parameterAsSource(parameters, name, context)
        if source is not None and not source.sourceCrs().isValid():
            raise ValueError(
                tr("The layer '{}' has no coordinate system: assign one first.").format(source.sourceName())
            )


def parcel_id(
    algorithm: QgsProcessingAlgorithm,
    field: str,
    layers: str,
    parameters: Dict[str, Any],
    context: QgsProcessingContext,
    is_copy: bool = False,
) -> str:
    """The field that names a parcel as the engine takes it: empty for a GeoPackage's row numbers.

    Args:
        algorithm: has both parameters.
        field: name of the parameter for the field.
        layers: name of the parameter for the parcels.
        parameters: of the run.
        context: of the run.
        is_copy: true where the layer is exported: its row numbers are a field like others there.
    """
    chosen = algorithm.parameterAsFields(parameters, field, context)
    layer = algorithm.parameterAsVectorLayer(parameters, layers, context)
    is_row = bool(chosen) and not is_copy and layer is not None and chosen[0] == row_field(layer)
    return str(chosen[0]) if chosen and not is_row else ""


def _is_temporary(path: str) -> bool:
    folder = os.path.abspath(QgsProcessingUtils.tempFolder())
    return path.startswith(folder + os.sep)


@contextmanager
def _fixed_date() -> Iterator[None]:
    option = "OGR_CURRENT_DATE"
    # older GDALs can set it for all threads only
    read = getattr(gdal, "GetThreadLocalConfigOption", gdal.GetConfigOption)
    write = getattr(gdal, "SetThreadLocalConfigOption", gdal.SetConfigOption)
    before = read(option)
    write(option, FIXED_DATE)
    try:
        yield
    finally:
        write(option, before)
