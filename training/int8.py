"""A model with 8-bit weights and features, kept only where it is faster and as accurate as the one it was made from.

Static quantisation of ONNX Runtime: convolutions and matrix products get scales from tiles of the calibration split.
"""

from __future__ import annotations

import importlib
import logging
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from backend.session import import_onnxruntime

log = logging.getLogger(__name__)

OPERATORS = ("Conv", "ConvTranspose", "MatMul", "Gemm")
"""What is quantised: where the time goes. All else stays as it is."""
MOST_TIME = 0.9
"""A quantised model that takes a larger share of the time is not worth a second file."""
LEAST_AGREEMENT = 0.99
"""Share of pixels that must keep their class."""
ROUNDS = 5
"""Runs of both models over the tiles, one after the other in turn, after one that does not count."""

Feed = dict[str, npt.NDArray[Any]]
"""x (1, T, C, H, W), doy (1, T), valid (1, T, H, W), as the model takes them."""


@dataclass(frozen=True)
class Comparison:
    """A quantised model beside its original."""

    time_ratio: float
    """Its time as a share of the original's."""
    agreement: float
    """Share of pixels with a valid date that get the same class."""
    accuracy: float | None
    """Share of the pixels with a label that get it; None without any."""
    original_accuracy: float | None
    pixels: int
    """Pixels compared."""

    @property
    def reasons(self) -> list[str]:
        """Why it is not to be kept; empty if it is."""
        found = []
        if not self.time_ratio < MOST_TIME:
            found.append(f"it takes {self.time_ratio:.0%} of the time, not less than {MOST_TIME:.0%}")
        if not self.agreement > LEAST_AGREEMENT:
            found.append(f"{self.agreement:.2%} of the pixels keep their class, not more than {LEAST_AGREEMENT:.0%}")
        if self.accuracy is not None and self.original_accuracy is not None and self.accuracy < self.original_accuracy:
            found.append(f"its accuracy is {self.accuracy:.4f}, not {self.original_accuracy:.4f}")
        return found


def quantise(source: Path, target: Path, feeds: Sequence[Feed]) -> None:
    """Write the 8-bit form of a model (weights by channel, features by tensor, as QDQ nodes).

    Args:
        source: the ONNX file.
        target: the file to write, whole or not at all; the metadata of the source come along.
        feeds: inputs that scales are taken from.

    Raises:
        ValueError: without any.
    """
    if not feeds:
        raise ValueError("quantisation needs tiles to take its scales from, got none.")
    # by the name of the module that session.py imports, after it has switched the telemetry off
    tools = importlib.import_module(f"{import_onnxruntime().__name__}.quantization")
    shape_inference = importlib.import_module(f"{import_onnxruntime().__name__}.quantization.shape_inference")

    class Reader(tools.CalibrationDataReader):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self._feeds: Iterator[Feed] = iter(feeds)

        def get_next(self) -> Feed | None:
            return next(self._feeds, None)

    with tempfile.TemporaryDirectory(prefix=".int8-", dir=target.parent) as work:
        prepared, done = Path(work) / "prepared.onnx", Path(work) / "int8.onnx"
        shape_inference.quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        nodes = _before_classes(onnx.load(str(prepared)))
        tools.quantize_static(
            str(prepared),
            str(done),
            Reader(),
            quant_format=tools.QuantFormat.QDQ,
            op_types_to_quantize=list(OPERATORS),
            nodes_to_quantize=nodes,
            per_channel=True,
            activation_type=tools.QuantType.QUInt8,
            weight_type=tools.QuantType.QInt8,
        )
        os.replace(done, target)


def _before_classes(model: Any) -> list[str]:
    """Names of the operators that class scores are made of.

    Not those after them, or probabilities would not sum to one, nor those of the boundary alone, whose calibration
    would no longer hold.
    """
    makers = {name: node for node in model.graph.node for name in node.output}

    def ancestors(names: Sequence[str]) -> dict[int, Any]:
        found: dict[int, Any] = {}
        waiting = list(names)
        while waiting:
            node = makers.get(waiting.pop())
            if node is not None and id(node) not in found:
                found[id(node)] = node
                waiting += node.input
        return found

    behind = ancestors(["probabilities"])
    exponentials = [node for node in model.graph.node if node.op_type == "Exp" and id(node) in behind]
    # the last in the order of the graph is the softmax's
    scores = ancestors(list(exponentials[-1].input)) if exponentials else behind
    return [node.name for node in scores.values() if node.op_type in OPERATORS]


def compare(
    original: Path, other: Path, feeds: Sequence[Feed], labels: Sequence[npt.NDArray[np.int64]] = (), threads: int = 0
) -> Comparison:
    """Run two models over the same tiles, in turn.

    Args:
        original: an ONNX file.
        other: another with the same inputs and outputs.
        feeds: the tiles.
        labels: for each tile the right channel of each output pixel, (mH, mW), -1 where it is not known.
        threads: of the processor; 0 takes all cores.
    """
    sessions = [_session(path, threads) for path in (original, other)]
    seconds: list[list[float]] = [[], []]
    answers: list[list[npt.NDArray[np.int64]]] = [[], []]
    for turn in range(ROUNDS + 1):
        for number in (0, 1) if turn % 2 else (1, 0):
            started = time.perf_counter()
            found = [sessions[number].run(["probabilities"], feed)[0] for feed in feeds]
            if turn:
                seconds[number].append(time.perf_counter() - started)
            else:
                answers[number] = [item[0].argmax(axis=0) for item in found]
    seen = [_seen(feed, answer.shape) for feed, answer in zip(feeds, answers[0], strict=True)]
    pairs = [(a[mask], b[mask]) for a, b, mask in zip(*answers, seen, strict=True)]
    pixels = sum(len(a) for a, _ in pairs)
    agreement = sum(int((a == b).sum()) for a, b in pairs) / pixels if pixels else 0.0
    accuracies = [_accuracy(given, labels) for given in answers]
    return Comparison(
        float(median(b / a for a, b in zip(*seconds, strict=True))), agreement, accuracies[1], accuracies[0], pixels
    )


def _accuracy(answers: Sequence[npt.NDArray[np.int64]], labels: Sequence[npt.NDArray[np.int64]]) -> float | None:
    if not labels:
        return None
    known = sum(int((truth >= 0).sum()) for truth in labels)
    right = sum(
        int((answer[truth >= 0] == truth[truth >= 0]).sum()) for answer, truth in zip(answers, labels, strict=True)
    )
    return right / known if known else None


def _seen(feed: Feed, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Output pixels of a tile that have a valid date."""
    valid = feed["valid"][0].any(axis=0)
    scale = shape[-1] // valid.shape[-1]
    return np.kron(valid, np.ones((scale, scale), dtype=np.bool_)).astype(np.bool_)


def _session(path: Path, threads: int) -> Any:
    ort = import_onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
