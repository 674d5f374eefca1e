"""From a trained network to the ONNX file that the engine runs: classes and boundary in one graph.

Writes the graph and compares it with ONNX Runtime. The model card beside it is made elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.session import import_onnxruntime
from training.boundary import BoundaryHead
from training.cscl import channel_sum

OPSET = 18
"""The lowest that the exporter writes."""

IR_VERSION = 10
"""The newest that ONNX Runtime 1.19 loads, which is the last one for Python 3.9."""

INPUT_NAMES = ("x", "doy", "valid")
OUTPUT_NAMES = ("probabilities", "boundary")

PARITY_TOLERANCE = 1e-4
"""Largest difference of a probability between PyTorch and ONNX Runtime."""

PARITY_SHAPES = ((1, 1, 16, 16), (1, 5, 32, 16), (2, 12, 16, 48), (3, 2, 4, 8))
"""(B, T, H, W) that ``check_parity`` tries, in units that every network's stride divides or is scaled to."""


class MapModule(nn.Module):
    """A network, its boundary head and its temperature: what the engine runs.

    Args:
        network: called as training.models says.
        boundary: the calibrated boundary head on the network's embedding.
        temperature: logits are divided by it before the softmax; found on the calibration split.

    Raises:
        ValueError: if the temperature is not positive.
    """

    temperature: Tensor

    def __init__(self, network: nn.Module, boundary: BoundaryHead, temperature: float = 1.0) -> None:
        super().__init__()
        if not temperature > 0:
            raise ValueError(f"temperature must be positive, got {temperature}.")
        self.network = network
        self.boundary = boundary
        self.register_buffer("temperature", torch.tensor(float(temperature)))

    def forward(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Map a batch of time series (see training.models).

        Returns:
            probabilities (B, K, m * H, m * W), which sum to 1 over K, and boundary (B, 1, m * H, m * W) in [0, 1].
        """
        logits, embedding = self.network(x, doy, valid)
        # Spelled out: ONNX Runtime's own softmax over an axis that is not the last moves the whole map twice.
        logits = logits / self.temperature
        weights = torch.exp(logits - logits.amax(1, keepdim=True))
        return weights / channel_sum(weights), self.boundary(embedding)


def export_onnx(module: MapModule, path: Path | str, in_channels: int, metadata: Mapping[str, str]) -> Path:
    """Write a module as one ONNX file with free B, T, H and W.

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
    stride = int(getattr(module.network, "stride", 1))
    inputs = _example(2, 3, in_channels, 4 * stride, 6 * stride, seed=0)
    batch, dates = torch.export.Dim("B", min=1), torch.export.Dim("T", min=1)
    # H and W are multiples of the stride; the exporter is told by giving it the factor as the free size.
    rows, columns = stride * torch.export.Dim("h", min=1), stride * torch.export.Dim("w", min=1)
    shapes = {
        "x": {0: batch, 1: dates, 3: rows, 4: columns},
        "doy": {0: batch, 1: dates},
        "valid": {0: batch, 1: dates, 2: rows, 3: columns},
    }
    was_training = module.training
    module.eval()
    try:
        with torch.no_grad():
            program = torch.onnx.export(
                module,
                inputs,
                dynamo=True,
                input_names=INPUT_NAMES,
                output_names=OUTPUT_NAMES,
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
    model.ir_version = min(model.ir_version, IR_VERSION)
    _name_dimensions(model)
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, dict(metadata))
    _drop_debris(model)
    onnx.checker.check_model(model, full_check=True)
    _check_interface(model)
    _save(model, path)
    return path


def replace_metadata(path: Path, metadata: Mapping[str, str]) -> None:
    """Give an ONNX file other properties; its graph stays as it is."""
    model = onnx.load(str(path))
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, dict(metadata))
    _save(model, path)


def check_parity(
    module: MapModule,
    path: Path | str,
    shapes: Sequence[tuple[int, int, int, int]] = PARITY_SHAPES,
    tolerance: float = PARITY_TOLERANCE,
) -> dict[str, float]:
    """Compare a module with its ONNX file over several numbers of samples and dates and several sizes.

    The inputs hold clouds, NaN where not valid, padding dates, pixels and whole samples without a valid date.

    Args:
        module: what was exported.
        path: the ONNX file.
        shapes: (B, T, H, W) to try; H and W multiples of the network's stride.
        tolerance: largest absolute difference allowed.

    Returns:
        Largest absolute difference by output name.

    Raises:
        ValueError: if a difference is larger than ``tolerance`` or a value is not finite.
    """
    session = _open_session(Path(path))
    in_channels = int(session.get_inputs()[0].shape[2])
    worst = dict.fromkeys(OUTPUT_NAMES, 0.0)
    was_training = module.training
    module.eval()
    try:
        for seed, (batch, dates, height, width) in enumerate(shapes):
            inputs = _example(batch, dates, in_channels, height, width, seed)
            with torch.no_grad():
                expected = [tensor.numpy() for tensor in module(*inputs)]
            feed = {name: tensor.numpy() for name, tensor in zip(INPUT_NAMES, inputs, strict=True)}
            found: list[NDArray[Any]] = session.run(list(OUTPUT_NAMES), feed)
            for name, ours, theirs in zip(OUTPUT_NAMES, expected, found, strict=True):
                if ours.shape != theirs.shape:
                    raise ValueError(f"{path}: {name} has shape {theirs.shape} in ONNX Runtime, {ours.shape} here.")
                difference = float(np.abs(ours - theirs).max())
                if not difference <= tolerance:
                    raise ValueError(
                        f"{path}: {name} differs by {difference:.2g} between PyTorch and ONNX Runtime at (B, T, H, W) "
                        f"= {(batch, dates, height, width)}; at most {tolerance:.2g} is allowed."
                    )
                worst[name] = max(worst[name], difference)
    finally:
        module.train(was_training)
    return worst


def _example(
    batch: int, dates: int, channels: int, height: int, width: int, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    """A series with clouds, NaN, a padding date, a corner without dates and (from two samples) an empty sample."""
    draw = np.random.default_rng(seed)
    x = draw.uniform(0, 0.6, (batch, dates, channels, height, width)).astype(np.float32)
    doy = np.sort(draw.integers(1, 367, (batch, dates)), axis=1)
    valid = draw.uniform(size=(batch, dates, height, width)) > 0.3
    valid[:, :, :2, :2] = False
    if dates > 1:
        valid[:, -1] = False
        doy[:, -1] = 0
    if batch > 1:
        valid[-1] = False
    x[~np.broadcast_to(valid[:, :, None], x.shape)] = np.nan
    return torch.from_numpy(x), torch.from_numpy(doy), torch.from_numpy(valid)


def _open_session(path: Path) -> Any:
    return import_onnxruntime().InferenceSession(str(path), providers=["CPUExecutionProvider"])


def _save(model: onnx.ModelProto, path: Path) -> None:
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
        "probabilities": ("B", None, "mH", "mW"),
        "boundary": ("B", None, "mH", "mW"),
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


def _check_interface(model: onnx.ModelProto) -> None:
    """Hold the graph to what the engine expects of it."""
    inputs = tuple(value.name for value in model.graph.input)
    outputs = tuple(value.name for value in model.graph.output)
    if inputs != INPUT_NAMES or outputs != OUTPUT_NAMES:
        raise ValueError(
            f"the graph must map {', '.join(INPUT_NAMES)} to {', '.join(OUTPUT_NAMES)}, but maps "
            f"{', '.join(inputs)} to {', '.join(outputs)}."
        )
    opset = max(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    if opset < OPSET or model.ir_version > IR_VERSION:
        raise ValueError(
            f"the engine wants opset >= {OPSET} and ir_version <= {IR_VERSION}, got {opset} and {model.ir_version}."
        )
