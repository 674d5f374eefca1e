"""What would a graphics card change that multiplies in TF32? Imitated on the processor, on the trial run of a session.

    python benchmarks/tf32.py --model resources/models/cscl_default.onnx

Both factors of every convolution and matrix product are rounded to TF32's eleven significant bits; sums stay in single
precision, as on the cards. The last column is how far a device may be off before it is refused.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import onnx
from onnx import GraphProto, NodeProto, helper, numpy_helper

from backend.providers import TOLERANCE
from backend.session import PROBE_CELLS, Session, probe_input

MULTIPLY = ("Conv", "ConvTranspose", "MatMul", "Gemm")
SPLITTER = np.float32(2**13 + 1)
"""x * SPLITTER - (x * SPLITTER - x) is x rounded to 24 - 13 bits (Dekker, 1971)."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Differences that TF32 makes to a model.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=4, help="trial inputs; the first is the one of a session")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "tf32.onnx"
        shortened(options.model, target)
        whole, short = Session(options.model, "cpu"), Session(target, "cpu")
        card = whole.card
        side = -(-PROBE_CELLS // card.tile_multiple) * card.tile_multiple
        print(f"{'trial input':>11} {'probabilities':>14} {'boundary':>9} {'allowed':>8}")
        for seed in range(options.seeds):
            tile = probe_input(len(card.bands), side, min(max(4, card.dates_min), card.dates_max), seed)
            pairs = zip(whole.run(*tile), short.run(*tile), strict=True)
            classes, boundary = (float(np.abs(ours - theirs).max()) for ours, theirs in pairs)
            print(f"{seed:>11} {classes:>14.4f} {boundary:>9.4f} {TOLERANCE:>8.4f}")
    return 0


def shortened(source: Path, target: Path) -> None:
    """Write a model whose products have their factors rounded as TF32 has them."""
    model = onnx.load(source)
    constants = [numpy_helper.from_array(np.array(SPLITTER, dtype=np.float32), "tf32_splitter")]
    model.graph.initializer.extend(constants)
    _shorten(model.graph)
    onnx.save(model, target)


def _shorten(graph: GraphProto) -> None:
    nodes: list[NodeProto] = []
    for node in graph.node:
        for attribute in node.attribute:
            for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                _shorten(inner)
        if node.op_type in MULTIPLY:
            for place in (0, 1):
                steps = _rounding(node.input[place], f"{node.output[0]}_tf32_{place}")
                nodes += steps
                node.input[place] = steps[-1].output[0]
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def _rounding(name: str, prefix: str) -> list[NodeProto]:
    big, rest, out = f"{prefix}_big", f"{prefix}_rest", f"{prefix}_out"
    return [
        helper.make_node("Mul", [name, "tf32_splitter"], [big]),
        helper.make_node("Sub", [big, name], [rest]),
        helper.make_node("Sub", [big, rest], [out]),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
