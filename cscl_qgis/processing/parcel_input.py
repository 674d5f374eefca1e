"""Declared parcels as parameters: the layer, its fields, the class table, and what lies outside of all parcels."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
)

from .. import vector_files
from ..dataset_config import shipped_tables
from ..translation import tr
from .algorithm import CsclAlgorithm, choice

PARCELS, CROP_FIELD, ID_FIELD, YEAR_FIELD, YEAR = "PARCELS", "CROP_FIELD", "ID_FIELD", "YEAR_FIELD", "YEAR"
TABLE, TABLE_FILE, OUTSIDE = "TABLE", "TABLE_FILE", "OUTSIDE"
OUTSIDES = ("background", "ignore")
OUTSIDE_REASON = (
    "Choose what lies outside of all parcels. 'background' is right only where the layer holds every field of the "
    "images' ground; where it is a sample, choose 'ignore', or the network learns that the other fields are none."
)


def declare_parcels(algorithm: CsclAlgorithm) -> None:
    """Add the parameters."""
    algorithm.declare(
        QgsProcessingParameterFeatureSource(
            PARCELS, tr("Declared parcels"), [QgsProcessing.SourceType.TypeVectorPolygon], optional=True
        ),
        tr(
            "Polygons of declared fields, in any coordinate system. The layer's own file is read where it stands for "
            "all of the layer; a selection, a filter or a layer without a file is exported into the folder first."
        ),
    )
    for name, title, text, is_advanced in (
        (
            CROP_FIELD,
            tr("Field of the crop code"),
            tr("Holds each parcel's crop code, as the class table lists them."),
            False,
        ),
        (
            ID_FIELD,
            tr("Field of the parcel's id"),
            tr("Is different for each parcel, so that reports can name them. Without it they are numbered."),
            False,
        ),
        (
            YEAR_FIELD,
            tr("Field of the year"),
            tr("For layers that hold the declarations of several years: only those of the year given are taken."),
            True,
        ),
    ):
        field = QgsProcessingParameterField(name, title, parentLayerParameterName=PARCELS, optional=True)
        algorithm.declare(field, text, is_advanced)
    algorithm.declare(
        QgsProcessingParameterNumber(
            YEAR, tr("Year of the declarations"), QgsProcessingParameterNumber.Type.Integer, None, True, 1900, 2200
        ),
        tr(
            "Kept with the data set. Where a field of the year is given too, only the declarations of this year are "
            "taken."
        ),
    )
    algorithm.declare(
        choice(TABLE, tr("Class table"), shipped_tables(), optional=True),
        tr(
            "The table that maps the crop codes onto the legend: one of those that come with the plugin. Choose one, "
            "or give a file of your own."
        ),
    )
    algorithm.declare(
        QgsProcessingParameterFile(
            TABLE_FILE, tr("or a class table of your own"), optional=True, fileFilter=tr("Tables") + " (*.csv *.CSV)"
        ),
        tr(
            "A CSV file with the columns source_code (the crop code) and name (a name of the legend, see "
            "resources/classes/legend.csv), one line for each code."
        ),
    )
    algorithm.declare(
        # optional, so that the dialog makes no choice before the user does
        choice(OUTSIDE, tr("Ground outside of all parcels (to be chosen)"), OUTSIDES, optional=True),
        tr(
            "background: the layer holds every field of the images' ground, so what lies outside is no field. ignore: "
            "it is a sample, so nothing is known of what lies outside. There is no default: a wrong choice teaches the "
            "network that fields are none."
        ),
    )


@dataclass(frozen=True)
class ParcelChoice:
    """What a user chose besides the layer itself."""

    crop_field: str
    id_field: Optional[str]
    year_field: Optional[str]
    year: Optional[int]
    classes: str
    """Name of a shipped class table, or the absolute path of the user's."""
    outside: str
    """One of OUTSIDES."""


def has_parcels(algorithm: CsclAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext) -> bool:
    """Whether parcels are given.

    Raises:
        ValueError: if what is given cannot be read.
    """
    is_given = bool(parameters.get(PARCELS))
    if is_given and algorithm.parameterAsSource(parameters, PARCELS, context) is None:
        raise ValueError(tr("The parcels {} cannot be read.").format(parameters[PARCELS]))
    return is_given


def parcel_choice(algorithm: CsclAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext) -> ParcelChoice:
    """Check the parcels that are given, and take what was chosen.

    Raises:
        ValueError: with a sentence about the first thing that does not fit.
    """
    source = algorithm.parameterAsSource(parameters, PARCELS, context)
    if not source.sourceCrs().isValid():
        raise ValueError(
            tr("The parcels '{}' have no coordinate system; set the layer's first.").format(source.sourceName())
        )
    known = [field.name() for field in source.fields()]
    chosen = {
        name: algorithm.parameterAsString(parameters, name, context) for name in (CROP_FIELD, ID_FIELD, YEAR_FIELD)
    }
    for field in chosen.values():
        if field and field not in known:
            raise ValueError(tr("The parcels have no field '{}' (they have: {}).").format(field, ", ".join(known)))
    layer = algorithm.parameterAsVectorLayer(parameters, PARCELS, context)
    if layer is not None:
        vector_files.check_stored_fields(layer, [field for field in chosen.values() if field])
    if not chosen[CROP_FIELD]:
        raise ValueError(tr("Choose the field of the parcels that holds the crop code."))
    year = algorithm.parameterAsInt(parameters, YEAR, context) if parameters.get(YEAR) else None
    if chosen[YEAR_FIELD] and year is None:
        raise ValueError(tr("Give the year whose declarations are to be taken from the field of the year."))
    return ParcelChoice(
        crop_field=chosen[CROP_FIELD],
        id_field=chosen[ID_FIELD] or None,
        year_field=chosen[YEAR_FIELD] or None,
        year=year,
        classes=_class_table(algorithm, parameters, context),
        outside=_outside(algorithm, parameters, context),
    )


def parcel_file(
    algorithm: CsclAlgorithm,
    parameters: Dict[str, Any],
    context: QgsProcessingContext,
    feedback: QgsProcessingFeedback,
    export_to: Path,
) -> Tuple[str, Optional[str]]:
    """The file of the parcels and the layer in it; see vector_files.vector_file."""
    return vector_files.vector_file(algorithm, PARCELS, parameters, context, feedback, export_to)


def _class_table(algorithm: CsclAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext) -> str:
    name = algorithm.parameterAsEnumString(parameters, TABLE, context)
    file = algorithm.parameterAsString(parameters, TABLE_FILE, context)
    if name and file:
        raise ValueError(tr("Two class tables are given: leave one of them empty."))
    if not name and not file:
        raise ValueError(tr("Choose the class table of the crop codes, or give one of your own."))
    if name:
        return str(name)
    if not Path(file).is_file():
        raise ValueError(tr("There is no class table {}.").format(file))
    return os.path.abspath(file)


def _outside(algorithm: CsclAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext) -> str:
    chosen = algorithm.parameterAsEnumString(parameters, OUTSIDE, context)
    if chosen not in OUTSIDES:
        raise ValueError(tr(OUTSIDE_REASON))
    return str(chosen)
