"""A tiny ONNX model with the contract of the real ones, for tests: rule-based, deterministic, no training.

It scores mean NDVI near one day of the year per class, so that a scene made by hand has a predictable answer.
What lies further than its card's halo cannot change a cell, and tiles that are not a multiple of its tile
multiple are refused.
"""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from backend.model_card import METADATA_KEY, CropClass, ModelCard, card_path, file_sha256

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
LEGEND = Path(__file__).resolve().parents[1] / "resources" / "classes" / "legend.csv"
CODES = (0, 1, 5, 10, 4, 3, 6, 8, 2, 12, 7, 9, 11)
"""Codes of the legend in the order in which a model of K classes takes them; not sorted, so that a test fails
where an index is taken for a code."""
SHARPNESS = 12.0
"""How fast a class wins over another, per unit of NDVI."""
BARE = 0.35
"""NDVI under which a cell is background."""


def legend(count: int) -> list[CropClass]:
    """The first classes of ``CODES`` as the legend names and colours them."""
    with LEGEND.open(encoding="utf-8", newline="") as stream:
        rows = {int(row["code"]): row for row in csv.DictReader(stream)}
    entries = [rows[code] for code in CODES[:count]]
    return [CropClass(int(row["code"]), row["name"], row["title"], row["color"]) for row in entries]


def peak_days(classes: int) -> list[float]:
    """Day of the year at which each class but the background is looked for, in the order of the classes."""
    return [60.0 + 210.0 * (k + 0.5) / (classes - 1) for k in range(classes - 1)]


def write_tiny_model(
    path: Path,
    classes: int = 3,
    magnification: int = 4,
    halo: int = 2,
    tile_multiple: int = 4,
    embedding: bool = False,
) -> ModelCard:
    """Write the model, its card inside it (without checksum) and its card beside it (with checksum).

    Args:
        path: the ONNX file; its stem is the model's name.
        classes: 2 to 13, of the project's legend; the first is the background.
        magnification: 1, 2 or 4.
        halo: 2 or more input cells; the answer at a cell depends on exactly so many around it.
        tile_multiple: other tile sizes make the model fail.
        embedding: also give the classes' scores before they are sharpened, as an embedding.

    Returns:
        The card as it lies beside the file.
    """
    if not 2 <= classes <= len(CODES) or halo < 2:
        raise ValueError(f"classes must be 2 to {len(CODES)} and halo 2 or more, not {classes} and {halo}.")
    card = ModelCard(
        name=path.stem,
        version="0.0.1",
        architecture="NDVI rule",
        description="A rule for tests, not a trained model.",
        license="GPL-3.0-or-later",
        bands=BANDS,
        level="L2A",
        magnification=magnification,
        tile_multiple=tile_multiple,
        halo=halo,
        classes=tuple(legend(classes)),
        dates_min=2,
        embedding_channels=classes if embedding else 0,
        training={"first_year": 2019, "last_year": 2019},
    )
    model = _build(card)
    entry = model.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, card.to_json()
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))
    card = replace(card, sha256=file_sha256(path))
    card_path(path).write_text(card.to_json(), encoding="utf-8")
    return card


def _build(card: ModelCard) -> Any:
    classes, magnification = len(card.classes), card.magnification
    nodes: list[Any] = []
    constants: list[Any] = []

    def const(name: str, values: Any, dtype: Any = np.float32) -> str:
        constants.append(numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def node(op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    # NDVI (B, 1, T, H, W), 0 where the date is not valid
    red = node("Gather", ["x", const("red_at", BANDS.index("B04"), np.int64)], "red", axis=2)
    nir = node("Gather", ["x", const("nir_at", BANDS.index("B08"), np.int64)], "nir", axis=2)
    total = node("Max", [node("Add", [nir, red], "sum"), const("floor", 0.01)], "total")
    ndvi = node("Div", [node("Sub", [nir, red], "difference"), total], "ndvi_raw")
    ndvi = node("Where", ["valid", ndvi, const("zero", 0.0)], "ndvi")
    seen = node("Cast", ["valid"], "seen", to=TensorProto.FLOAT)
    one = const("axis_1", [1], np.int64)
    ndvi = node("Unsqueeze", [ndvi, one], "ndvi_5d")
    seen = node("Unsqueeze", [seen, one], "seen_5d")

    # How near each date is to each class's peak: (B, K-1, T, 1, 1)
    doy = node("Unsqueeze", [node("Cast", ["doy"], "doy_f", to=TensorProto.FLOAT), one], "doy_3d")
    peaks = const("peaks", np.reshape(peak_days(classes), (1, -1, 1)))
    distance = node("Div", [node("Sub", [doy, peaks], "days"), const("width", 40.0)], "distance")
    near = node("Exp", [node("Neg", [node("Mul", [distance, distance], "squared")], "negative")], "near_3d")
    near = node("Unsqueeze", [near, const("axes_34", [3, 4], np.int64)], "near")

    # Weighted means over the dates: greenness near each peak, and over the year: (B, K-1, H, W), (B, 1, H, W)
    time_axis = const("axis_2", [2], np.int64)
    epsilon = const("epsilon", 1e-3)

    def mean(weights: str, name: str) -> str:
        weighted, counted = node("Mul", [weights, ndvi], name + "_w"), node("Mul", [weights, seen], name + "_s")
        green = node("ReduceSum", [weighted, time_axis], name + "_green", keepdims=0)
        weight = node("ReduceSum", [counted, time_axis], name + "_seen", keepdims=0)
        return node("Div", [green, node("Add", [weight, epsilon], name + "_d")], name)

    crops = mean(near, "crops")
    year = mean(const("same", 1.0), "year")
    bare = node("Sub", [const("twice_bare", 2 * BARE), year], "bare")
    scores = node("Concat", [bare, crops], "scores", axis=1)

    # Context: a box mean that reaches halo - 1 cells, then the finer grid, which reaches one more
    side, reach = 2 * card.halo - 1, card.halo - 1
    scores = node("AveragePool", [scores], "context", kernel_shape=[side, side], pads=[reach] * 4, count_include_pad=0)
    if card.tile_multiple > 1:
        # There and back: changes nothing, and fails where a side is not a multiple
        scores = node("SpaceToDepth", [scores], "folded", blocksize=card.tile_multiple)
        scores = node("DepthToSpace", [scores], "unfolded", blocksize=card.tile_multiple, mode="DCR")
    if magnification > 1:
        scales = const("scales", [1, 1, magnification, magnification])
        scores = node("Resize", [scores, "", scales], "fine", mode="linear")
    if card.embedding_channels:
        node("Identity", [scores], "embedding")
    logits = node("Mul", [scores, const("sharpness", SHARPNESS)], "logits")
    node("Softmax", [logits], "probabilities", axis=1)

    # Boundary: how much any class's probability changes within one cell of the finer grid
    mirror = node("Neg", ["probabilities"], "mirror")
    high = node("MaxPool", ["probabilities"], "high", kernel_shape=[3, 3], pads=[1] * 4)
    mirrored = node("MaxPool", [mirror], "mirrored", kernel_shape=[3, 3], pads=[1] * 4)
    change = node("Add", [high, mirrored], "change")
    node("ReduceMax", [change, one], "boundary", keepdims=1)

    fine = [f"{magnification}*H", f"{magnification}*W"]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["B", "T", len(card.bands), "H", "W"]),
            helper.make_tensor_value_info("doy", TensorProto.INT64, ["B", "T"]),
            helper.make_tensor_value_info("valid", TensorProto.BOOL, ["B", "T", "H", "W"]),
        ],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["B", classes, *fine]),
            helper.make_tensor_value_info("boundary", TensorProto.FLOAT, ["B", 1, *fine]),
            *(
                [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["B", classes, *fine])]
                if card.embedding_channels
                else []
            ),
        ],
        constants,
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10, producer_name="cscl-tests"
    )


def expected_peak(code: int, classes: int = 3) -> float:
    """Day of the year at which a cell must be green to be given the class of this code."""
    return peak_days(classes)[CODES.index(code) - 1]


def is_green(doy: int, code: int, classes: int = 3) -> bool:
    """True if a parcel of this class should be green on this day, for scenes made by hand."""
    return code != 0 and math.fabs(doy - expected_peak(code, classes)) < 50.0
