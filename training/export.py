"""From a trained network to the ONNX file that the engine runs: classes and boundary in one graph.

Writes the graph. Whether it gives the numbers that the network gives is the business of parity.py; the model card
beside it is made elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor

from backend.model_check import NEWEST_IR, OLDEST_OPSET
from backend.session import EMBEDDING, PART_INPUTS
from training.map_module import MapModule, all_cells, example
from training.parity import check_parity

__all__ = ["OPSET", "MapModule", "check_parity", "export_onnx", "replace_metadata", "save_onnx"]

OPSET = OLDEST_OPSET
"""The lowest that the exporter writes."""

EXAMPLE_SIDE = 8
"""Side of the tile that the graph is traced with, input pixels, and half as much again; at least two strides."""


def export_onnx(module: MapModule, path: Path | str, in_channels: int, metadata: Mapping[str, str]) -> Path:
    """Write a module as one ONNX file with free B, T, H and W.

    T is free from 1 to the network's `num_dates`, which pads inside; H and W are multiples of its stride.

    Args:
        module: what to write; put in inference mode for it, and back.
        path: the file; written under a temporary name first, so that it is there whole or not at all.
        in_channels: C of the input.
        metadata: properties to store in the file.

    Returns:
        The path.

    Raises:
        ValueError: if the graph came out with other inputs, outputs or versions than the engine expects.
    """
    path = Path(path)
    stride, most = module.stride, module.num_dates
    side = max(2, EXAMPLE_SIDE // stride)
    # two numbers that differ: what is 1 or alike in the example would be taken for a constant or for the same size
    inputs: tuple[Tensor, ...] = example(
        2, 3 if most is None or most > 3 else min(2, most), in_channels, side * stride, 3 * side // 2 * stride
    )
    dates: Any = torch.export.Dim("T", min=1, max=most) if most != 1 else None
    batch = torch.export.Dim("B", min=1)
    # H and W are multiples of the stride; the exporter is told by giving it the factor as the free size.
    rows, columns = stride * torch.export.Dim("h", min=1), stride * torch.export.Dim("w", min=1)
    shapes: dict[str, Any] = {
        "x": {0: batch, 1: dates, 3: rows, 4: columns},
        "doy": {0: batch, 1: dates},
        "valid": {0: batch, 1: dates, 2: rows, 3: columns},
    }
    if module.takes_parts:  # sizes of their own: those of a part have no fixed relation to the tile's
        part_rows, part_cols = all_cells(inputs[0])
        inputs = (*inputs, part_rows[:-1], part_cols[:-2])
        shapes |= {name: {0: torch.export.Dim(name, min=1)} for name in PART_INPUTS}
    was_training = module.training
    module.eval()
    try:
        with torch.no_grad():
            program = torch.onnx.export(
                module,
                inputs,
                dynamo=True,
                input_names=module.inputs,
                output_names=module.outputs,
                dynamic_shapes=shapes,
                opset_version=OPSET,
                external_data=False,
                optimize=True,
                verbose=False,
            )
    finally:
        module.train(was_training)
    if program is None:  # only where a file is named in the call
        raise ValueError("the exporter gave no program.")
    model = program.model_proto
    model.ir_version = min(model.ir_version, NEWEST_IR)
    _name_dimensions(model)
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, dict(metadata))
    _drop_debris(model)
    onnx.checker.check_model(model, full_check=True)
    _check_interface(model, module.inputs, module.outputs)
    save_onnx(model, path)
    return path


def replace_metadata(path: Path, metadata: Mapping[str, str]) -> None:
    """Give an ONNX file other properties; its graph stays as it is."""
    model = onnx.load(str(path))
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, dict(metadata))
    save_onnx(model, path)


def save_onnx(model: onnx.ModelProto, path: Path) -> None:
    """Write the file whole or not at all."""
    partial = path.with_name(path.name + ".part")
    onnx.save(model, str(partial))
    os.replace(partial, path)


def _name_dimensions(model: onnx.ModelProto) -> None:
    """Give the free sizes plain names: the exporter writes expressions such as 16*h, which tell a reader little."""
    names = {
        "x": ("B", "T", None, "H", "W"),
        "doy": ("B", "T"),
        "valid": ("B", "T", "H", "W"),
        "rows": ("h",),
        "cols": ("w",),
        "probabilities": ("B", None, "mH", "mW"),
        "boundary": ("B", None, "mH", "mW"),
        EMBEDDING: ("B", None, "mH", "mW"),
    }
    for value in [*model.graph.input, *model.graph.output]:
        for dimension, name in zip(value.type.tensor_type.shape.dim, names.get(value.name, ()), strict=False):
            if name is not None and not dimension.HasField("dim_value"):
                dimension.dim_param = name
    # Shapes of inner values name the old expressions; ONNX Runtime infers them again.
    del model.graph.value_info[:]


def _drop_debris(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes about where each node came from: it holds paths of this machine."""
    model.doc_string = ""
    del model.graph.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        value.doc_string = ""
        del value.metadata_props[:]


def _check_interface(model: onnx.ModelProto, wanted: tuple[str, ...], expected: tuple[str, ...]) -> None:
    """Hold the graph to what the engine expects of it."""
    inputs = tuple(value.name for value in model.graph.input)
    outputs = tuple(value.name for value in model.graph.output)
    if inputs != wanted or outputs != expected:
        raise ValueError(
            f"the graph must map {', '.join(wanted)} to {', '.join(expected)}, but maps "
            f"{', '.join(inputs)} to {', '.join(outputs)}."
        )
    opset = max(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    if opset < OPSET or model.ir_version > NEWEST_IR:
        raise ValueError(
            f"the engine wants opset >= {OPSET} and ir_version <= {NEWEST_IR}, got {opset} and {model.ir_version}."
        )
