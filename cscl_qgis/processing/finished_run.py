"""Maps that are finished, as algorithms are given them: by their folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, Optional

from qgis.core import QgsProcessingContext, QgsProcessingParameterFile

from .._engine import errors, model_card
from ..translation import tr
from .algorithm import CsclAlgorithm

RUN = "RUN"
"""The parameter."""
RECORD = "run.json"


def declare_run(algorithm: CsclAlgorithm) -> None:
    """Add the parameter."""
    algorithm.declare(
        QgsProcessingParameterFile(
            RUN, tr("Folder of the crop map"), behavior=QgsProcessingParameterFile.Behavior.Folder
        ),
        tr("The folder that 'Map crop types' wrote, with its run.json."),
    )


def run_record(algorithm: CsclAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext) -> Path:
    """The record of the map.

    Raises:
        ValueError: if the folder holds none; the message is a sentence.
    """
    folder = Path(os.path.abspath(algorithm.parameterAsString(parameters, RUN, context)))
    if not (folder / RECORD).is_file():
        raise ValueError(tr("{} holds no crop map: there is no run.json in it.").format(folder))
    return folder / RECORD


def card_of(record: Path) -> Optional[model_card.ModelCard]:
    """The card of the model that a map was made with, for colours; None where it is not to be had any more."""
    try:
        values = json.loads(record.read_text(encoding="utf-8"))
        return model_card.read_card(Path(str(values["request"]["model"])))
    except (errors.CsclError, OSError, ValueError, KeyError, TypeError):
        return None
