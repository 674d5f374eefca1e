"""Does an ONNX file give the numbers that the network gives, whatever the number of dates and the size of the tile?"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import max_pool2d

from backend.session import import_onnxruntime
from training.map_module import MapModule, all_cells, example
from training.models.ltae_unet import LtaeUnet

PARITY_TOLERANCE = 1e-4
"""Largest difference of a probability between PyTorch and ONNX Runtime."""

ORDER_TOLERANCE = 1e-5
"""Largest difference of a probability between orders of dates, and with dates that only pad."""

ROUNDINGS = 4.0
"""A difference may be larger by so many times what PyTorch itself differs by, there, from the same in double precision.

Where the embedding of a cell is next to nothing its direction, and with it the boundary layer, is made of rounding: the
made-up inputs have such cells, and no two programs agree there.
"""
NEAR = 2
"""Cells around one whose rounding tells of its own: by luck its may be small, and a boundary looks at neighbours."""

MANY_DATES = 20
"""T that a free network is tried with at most: more than any of the paper's takes."""

EMBEDDING_SCALE = 1e-3
"""Embeddings have no bound, so their differences count in relation to the largest value, at least this."""

Shape = tuple[int, int, int, int]
"""(B, T, H, W)."""


def parity_shapes(stride: int, num_dates: int | None) -> tuple[Shape, ...]:
    """(B, T, H, W) that are tried: one date, as many as the network takes, and sizes that are and are not square.

    Args:
        stride: of the network, input pixels.
        num_dates: the most dates that it takes; None if any number will do.
    """
    most = num_dates or MANY_DATES
    few = max(1, most // 3)
    # tiles of some 16 to 48 pixels, or of one to three strides where that is more
    one, two, three = (max(factor, factor * 16 // stride) * stride for factor in (1, 2, 3))
    return ((1, 1, one, one), (2, few, two, one), (1, most, one, three), (3, max(1, most - 1), stride, one))


def check_parity(
    module: MapModule,
    path: Path | str,
    shapes: Sequence[Shape] | None = None,
    tolerance: float = PARITY_TOLERANCE,
) -> dict[str, float]:
    """Compare a module with its ONNX file over several numbers of samples and dates and several sizes.

    The inputs hold clouds, NaN where not valid, padding dates, pixels and whole samples without a valid date.

    Args:
        module: what was exported.
        path: the ONNX file.
        shapes: (B, T, H, W) to try; H and W multiples of the network's stride. `parity_shapes` if not given.
        tolerance: largest absolute difference allowed; for the embedding in relation to its largest value.

    Returns:
        Largest difference by output name.

    Raises:
        ValueError: if a difference is larger than ``tolerance``, with ROUNDINGS, or a value is not finite.
    """
    session = _open_session(Path(path))
    in_channels = int(session.get_inputs()[0].shape[2])
    worst = dict.fromkeys(module.outputs, 0.0)
    was_training = module.training
    module.eval()
    try:
        for seed, shape in enumerate(shapes or parity_shapes(module.stride, module.num_dates)):
            batch, dates, height, width = shape
            inputs = example(batch, dates, in_channels, height, width, seed)
            with torch.no_grad():
                expected = [tensor.numpy() for tensor in module(*inputs)]
            found = _run(session, module.outputs, inputs)
            for name, ours, theirs in zip(module.outputs, expected, found, strict=True):
                if ours.shape != theirs.shape:
                    raise ValueError(f"{path}: {name} has shape {theirs.shape} in ONNX Runtime, {ours.shape} here.")
                differences = _differences(name, ours, theirs)
                if not differences.max() <= tolerance:
                    beyond = _beyond(differences, tolerance, _rounding(module, inputs)[name])
                    if beyond is not None:
                        raise ValueError(
                            f"{path}: {name} differs by {beyond[0]:.2g} between PyTorch and ONNX Runtime at (B, T, H, "
                            f"W) = {shape}; at most {beyond[1]:.2g} is allowed."
                        )
                worst[name] = max(worst[name], float(differences.max()))
    finally:
        module.train(was_training)
    if isinstance(module.network, LtaeUnet):
        worst |= check_order(path, module.outputs, module.stride, module.boundary_steepness, module=module)
    return worst


def check_order(
    path: Path | str,
    outputs: Sequence[str],
    stride: int,
    boundary_steepness: float = 1.0,
    tolerance: float = ORDER_TOLERANCE,
    module: MapModule | None = None,
) -> dict[str, float]:
    """Compare an ONNX file with itself: dates in another order, and dates without a valid pixel among them.

    Args:
        path: the ONNX file, of a network that takes any number of dates in any order.
        outputs: its outputs.
        stride: of the network, input pixels.
        boundary_steepness: by which calibration multiplies the rounding of the boundary layer, at least 1.
        tolerance: largest absolute difference allowed; for the embedding in relation to its largest value, for the
            boundary layer in relation to its steepness.
        module: what was exported; its rounding is then allowed for (ROUNDINGS).

    Returns:
        Largest difference, under "order" and "padding".

    Raises:
        ValueError: if one is larger than ``tolerance``, with ROUNDINGS.
    """
    session = _open_session(Path(path))
    in_channels = int(session.get_inputs()[0].shape[2])
    draw = np.random.default_rng(0)
    worst = {"order": 0.0, "padding": 0.0}
    for seed, dates in enumerate((3, 9, MANY_DATES)):
        inputs = example(2, dates, in_channels, 4 * stride, 6 * stride, seed)
        answer = _run(session, outputs, inputs)
        order = torch.from_numpy(draw.permutation(dates))
        places = torch.from_numpy(np.sort(draw.permutation(dates + 4)[:dates]))
        changed = {"order": [values[:, order] for values in inputs], "padding": _padded(inputs, places, dates + 4)}
        for kind, others in changed.items():
            for name, first, second in zip(outputs, answer, _run(session, outputs, others), strict=True):
                steepness = boundary_steepness if name == "boundary" else 1.0
                differences = _differences(name, first, second) / steepness
                if not differences.max() <= tolerance:
                    rounding = 0.0 if module is None else _rounding(module, inputs)[name] / steepness
                    beyond = _beyond(differences, tolerance, rounding)
                    if beyond is not None:
                        told = "dates in another order" if kind == "order" else "dates without a valid pixel"
                        raise ValueError(
                            f"{path}: {name} differs by {beyond[0]:.2g} with {told} (T = {dates}); at most "
                            f"{beyond[1]:.2g} is allowed."
                        )
                worst[kind] = max(worst[kind], float(differences.max()))
    return worst


def _rounding(module: MapModule, inputs: Sequence[Tensor]) -> dict[str, NDArray[Any]]:
    """By how much each output differs from the same in double precision, the most within NEAR cells and over channels:
    (B, 1, mH, mW) by name."""
    own = copy.deepcopy(module).eval()
    exact = copy.deepcopy(own).double()
    x, *others = inputs
    out = {}
    with torch.no_grad():
        for name, ours, theirs in zip(module.outputs, own(*inputs), exact(x.double(), *others), strict=True):
            found = torch.from_numpy(_differences(name, ours.numpy(), theirs.numpy()))
            out[name] = max_pool2d(found.amax(1, keepdim=True), 2 * NEAR + 1, 1, NEAR).numpy()
    return out


def _beyond(differences: NDArray[Any], tolerance: float, rounding: NDArray[Any] | float) -> tuple[float, float] | None:
    """The difference that is furthest beyond what is allowed at its place, and how much is; None if none is."""
    allowed = np.broadcast_to(tolerance + ROUNDINGS * np.asarray(rounding), differences.shape)
    if bool((differences <= allowed).all()):
        return None
    place = int(np.argmax(np.nan_to_num(differences - allowed, nan=np.inf)))
    return float(differences.flat[place]), float(allowed.flat[place])


def _padded(inputs: Sequence[Tensor], places: Tensor, dates: int) -> list[Tensor]:
    """The series with its dates at `places` of `dates`; the others are nowhere valid."""
    x, doy, valid = inputs
    out = [
        torch.full((x.shape[0], dates, *x.shape[2:]), torch.nan),
        torch.full((x.shape[0], dates), 200, dtype=doy.dtype),
        torch.zeros((x.shape[0], dates, *valid.shape[2:]), dtype=torch.bool),
    ]
    for target, values in zip(out, (x, doy, valid), strict=True):
        target[:, places] = values
    return out


def _differences(name: str, ours: NDArray[Any], theirs: NDArray[Any]) -> NDArray[Any]:
    """Differences, NaN where a value is not finite; of an embedding in relation to its largest value."""
    scale = max(EMBEDDING_SCALE, float(np.abs(ours).max())) if name == "embedding" else 1.0
    differences: NDArray[Any] = np.abs(ours - theirs) / scale
    return differences


def _run(session: Any, outputs: Sequence[str], inputs: Sequence[Tensor]) -> list[NDArray[Any]]:
    names = [item.name for item in session.get_inputs()]
    if len(names) > len(inputs):  # a graph that can compute a part is asked for all of it
        inputs = (*inputs, *all_cells(inputs[0]))
    feed = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}
    answers: list[NDArray[Any]] = session.run(list(outputs), feed)
    return answers


def _open_session(path: Path) -> Any:
    return import_onnxruntime().InferenceSession(str(path), providers=["CPUExecutionProvider"])
