"""The images of a season as parameters: raster layers, a folder, or both."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterString,
)

from .. import layers
from ..translation import tr
from .algorithm import CsclAlgorithm

INPUT, FOLDER, BANDS = "INPUT", "FOLDER", "BANDS"


def declare_images(algorithm: CsclAlgorithm) -> None:
    """Add the two parameters."""
    algorithm.declare(
        QgsProcessingParameterMultipleLayers(
            INPUT, tr("Images (raster layers)"), QgsProcessing.SourceType.TypeRaster, optional=True
        ),
        tr(
            "The images of one season as raster layers, one or more per date. The date is read from the file's name or "
            "metadata. Give these, or a folder, or both."
        ),
    )
    algorithm.declare(
        QgsProcessingParameterFile(
            FOLDER, tr("or a folder of images"), behavior=QgsProcessingParameterFile.Behavior.Folder, optional=True
        ),
        tr(
            "A folder with the images of one season: Sentinel-2 products (.SAFE, also zipped) or GeoTIFFs with the "
            "date in their name. Folders inside it are searched too."
        ),
    )


def declare_band_names(algorithm: CsclAlgorithm) -> None:
    """Add the parameter for rasters that do not name their bands."""
    algorithm.declare(
        QgsProcessingParameterString(BANDS, tr("Band names of the images, in file order"), optional=True),
        tr(
            "Only for rasters that do not name their bands: Sentinel-2 names in file order, with commas, for example "
            "B02,B03,B04,B08."
        ),
        is_advanced=True,
    )


def image_paths(algorithm: CsclAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext) -> List[str]:
    """Absolute paths of the images, in the order given.

    Raises:
        ValueError: if there are none, or a layer is no file.
    """
    paths: List[str] = []
    for layer in algorithm.parameterAsLayerList(parameters, INPUT, context) or []:
        path = os.path.abspath(layers.raster_path(layer))
        if path not in paths:
            paths.append(path)
    folder = algorithm.parameterAsString(parameters, FOLDER, context)
    if folder:
        if not Path(folder).is_dir():
            raise ValueError(tr("There is no folder of images {}.").format(folder))
        paths.append(os.path.abspath(folder))
    if not paths:
        raise ValueError(tr("Give the images of the season: raster layers or a folder."))
    return paths


def band_names(algorithm: CsclAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext) -> List[str]:
    """Names of the bands of rasters that do not name them."""
    text = algorithm.parameterAsString(parameters, BANDS, context)
    return [name.strip() for name in text.split(",") if name.strip()]
