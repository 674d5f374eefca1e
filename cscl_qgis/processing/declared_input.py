"""Declared crops as parameters: the parcels' field, and the class table that says what its codes mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, Tuple

from qgis.core import QgsProcessingContext, QgsProcessingParameterField, QgsProcessingParameterFile

from .._engine import errors, protocol
from ..dataset_config import shipped_tables
from ..translation import tr
from .algorithm import CsclAlgorithm, choice

CROP_FIELD, CLASS_TABLE, CLASS_TABLE_FILE = "CROP_FIELD", "CLASS_TABLE", "CLASS_TABLE_FILE"


def declare_declared(algorithm: CsclAlgorithm, parcels: str, is_advanced: bool = False) -> None:
    """Add the parameters.

    Args:
        algorithm: gets them.
        parcels: name of its parameter for the parcels.
        is_advanced: show them among the advanced ones.
    """
    algorithm.declare(
        QgsProcessingParameterField(
            CROP_FIELD, tr("Field of the declared crop"), parentLayerParameterName=parcels, optional=True
        ),
        tr("With it the table also says what was declared, and whether the map shows it. Needs a class table."),
        is_advanced,
    )
    algorithm.declare(
        choice(CLASS_TABLE, tr("Class table of the declared crops"), shipped_tables(), optional=True),
        tr(
            "What the declared codes mean: one of the tables that come with the plugin. rpg: codes of the French RPG; "
            "hcat: HCAT codes; eurocrops_hcat: HCAT names."
        ),
        is_advanced,
    )
    algorithm.declare(
        QgsProcessingParameterFile(
            CLASS_TABLE_FILE,
            tr("or a class table of your own"),
            optional=True,
            fileFilter=tr("Tables") + " (*.csv *.CSV)",
        ),
        tr(
            "A CSV file with the columns source_code (the declared code) and name (classes of the model, several with "
            "bars between: barley|cereal_other). The window 'Map a region' has an editor for it."
        ),
        is_advanced,
    )


def declared_choice(
    algorithm: CsclAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext
) -> Tuple[str, str]:
    """The field and the class table as the engine takes them; both empty for none.

    Raises:
        ValueError: if they do not go together, or the table is not there; the message is a sentence.
    """
    fields = algorithm.parameterAsFields(parameters, CROP_FIELD, context)
    name = algorithm.parameterAsEnumString(parameters, CLASS_TABLE, context)
    file = algorithm.parameterAsString(parameters, CLASS_TABLE_FILE, context)
    if name and file:
        raise ValueError(tr("Two class tables are given: leave one of them empty."))
    if file and not Path(file).is_file():
        raise ValueError(tr("There is no class table {}.").format(file))
    field, table = str(fields[0]) if fields else "", str(name or (os.path.abspath(file) if file else ""))
    try:
        protocol.check_declared(field, table)
    except errors.RequestError as error:
        raise ValueError(f"{error} {error.hint}".strip()) from error
    return field, table
