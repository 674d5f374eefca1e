"""A model whose card names the ground that it has seen, in blocks of the scene that the rule-based model maps."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import scenes
import shapely

from backend.model_card import METADATA_KEY, card_path, file_sha256, read_card

YEAR = scenes.DAYS[-1].year
SIZE = 80.0
"""Side of a block, metres: eight pixels of the scene."""
LEFT, TOP = (float(value) for value in shapely.bounds(scenes.box(0, 0, 1, 1))[[0, 3]])
COL, ROW = int(LEFT // SIZE), int(TOP // SIZE)
"""The block that holds the scene's first pixels."""


def source(**changes: Any) -> dict[str, Any]:
    """What a card says of ground: one block trained on, one that calibrates, one held out."""
    return {
        "name": "farm",
        "bbox": [2.0, 43.0, 4.0, 48.0],
        "block_m": SIZE,
        "dates": [f"{YEAR}-03-01", f"{YEAR}-08-01"],
        "blocks": {
            "crs": scenes.UTM,
            "size": SIZE,
            "train": [[ROW - 1, COL, COL]],
            "calibration": [[ROW - 1, COL + 2, COL + 3]],
            "test": [[ROW - 1, COL + 1, COL + 1]],
        },
        **changes,
    }


def in_block(col: int, row: int = -1) -> Any:
    """A field within a block."""
    x, y = (COL + col) * SIZE, (ROW + row) * SIZE
    return shapely.box(x + 20, y + 20, x + 60, y + 60)


def model_with(model: Path, path: Path, *sources: Any) -> Path:
    """A copy of a model that was trained on some sources.

    Args:
        model: the model.
        path: of the copy.
        sources: as its card names them.
    """
    card = read_card(model)
    assert card is not None
    shutil.copy(model, path)
    card = replace(card, training={"sources": list(sources)})
    graph = onnx.load(str(path))
    del graph.metadata_props[:]
    onnx.helper.set_model_props(graph, {METADATA_KEY: replace(card, sha256="").to_json()})
    onnx.save(graph, str(path))
    card_path(path).write_text(replace(card, sha256=file_sha256(path)).to_json(), encoding="utf-8")
    return path
