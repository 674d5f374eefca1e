"""What the blocks of a run depend on: a run with the same may go on with them. Reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .input_files import InputFile
from .protocol import MapRequest
from .providers import DeviceChoice
from .run_record import versions
from .tile_result import ConsumerFactory
from .tiling import Plan

SCHEMA = "cscl-blocks/1"
"""Of the files of blocks; another one's are not gone on with."""
INDEPENDENT = ("out", "threads", "spare_core", "scheduler", "parcel_id", "declared", "class_table", "fields")
"""Settings that change no block."""


def run_identity(
    request: MapRequest,
    model_sha256: str,
    choice: DeviceChoice,
    inputs: Sequence[InputFile],
    plan: Plan,
    factories: Sequence[ConsumerFactory],
) -> dict[str, Any]:
    """The identity as JSON values.

    Args:
        request: of the run.
        model_sha256: of the model file.
        choice: the device: another one's floats differ.
        inputs: the files read, as they are.
        plan: of the run.
        factories: of what is kept beside the layers.
    """
    settings = {name: value for name, value in request.to_dict().items() if name not in INDEPENDENT}
    return {
        "schema": SCHEMA,
        "settings": settings,
        "model": model_sha256,
        "device": choice.provider,
        "images": [
            [item.path, item.size, item.modified, item.sha256] for item in inputs if item.path != request.class_table
        ],
        "plan": plan.to_dict(),
        "products": [factory.name for factory in factories],
        "versions": versions(),
    }
