"""The card of the model that made a finished map. Knows nothing of the map's files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import InputError
from .model_card import ModelCard, file_sha256, read_card
from .protocol import MapRequest
from .run_record import NAME as RECORD
from .session import Session


def read_run_card(run: Path, record: Mapping[str, Any], advice: str) -> ModelCard:
    """The card of a run's model, which must be there and be the same.

    Args:
        run: folder of the map.
        record: from read_record.
        advice: what to do where it is not.

    Raises:
        InputError: if the model is gone, or has changed.
        RequestError: if the run's request is not one.
    """
    model = Path(MapRequest.from_dict(record["request"], RECORD).model)
    if not model.is_file():
        raise InputError(f"{run}: the model of this map, {model}, is not there any more.", advice)
    if record["model"].get("sha256") != f"sha256:{file_sha256(model)}":
        raise InputError(f"{run}: {model.name} is not the model any more that made this map.", advice)
    # the ONNX file alone is enough for a run, but takes loading
    return read_card(model) or Session(model, "cpu").card
