"""A map that is at hand as a whole, scored as one block: what the tests of scores compare with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.label_block import LabelBlock, counted
from training.map_request import BLOCK_M
from training.map_score import MapScore, ScoreSettings

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]


def evaluate_map(
    probabilities: FloatArray,
    classes: IntArray,
    parcels: IntArray,
    *,
    resolution_m: float,
    magnification: int,
    codes: Sequence[int] | None = None,
    boundary: FloatArray | None = None,
    boundary_threshold: float = 0.5,
    flags: IntArray | None = None,
    mask: BoolArray | None = None,
    block_m: float = BLOCK_M,
) -> dict[str, Any]:
    """Score a map that is at hand as a whole; see MapScore.figures.

    Args:
        probabilities: (K, H, W) on the label grid; NaN or all 0 where not mapped.
        classes: (H, W) legend codes, UNKNOWN where not known.
        parcels: (H, W) parcel ids, 0 for none.
        resolution_m: width of a label cell.
        magnification: label cells per image cell.
        codes: (K,) legend code of each channel; 0 .. K - 1 where None.
        boundary: (H, W) probability that class or parcel changes; NaN where not mapped.
        boundary_threshold: from here on a cell counts as boundary.
        flags: (H, W) flags of the labels: cells that lie fully in parcels of two classes are left out.
        mask: (H, W) cells that count, e.g. those of the test split. Neighbours outside still make boundaries.
        block_m: side of the blocks of ground that intervals draw.

    Raises:
        ValueError: if shapes do not fit each other or the magnification.
    """
    shape = classes.shape
    if probabilities.shape[1:] != shape or parcels.shape != shape:
        raise ValueError(f"Probabilities {probabilities.shape}, classes {shape} and parcels {parcels.shape} differ.")
    if shape[0] % magnification or shape[1] % magnification:
        raise ValueError(f"{shape} label cells are no multiple of the magnification {magnification}.")
    counts = counted(classes, flags, mask)
    channels = tuple(range(len(probabilities))) if codes is None else tuple(int(code) for code in codes)
    score = MapScore(
        ScoreSettings(
            resolution_m,
            max(max(channels), int(classes[counts].max(initial=0))) + 1,
            magnification,
            channels,
            block_m,
            None if boundary is None else boundary_threshold,
        )
    )
    block = LabelBlock(classes, parcels, counts, (slice(0, shape[0]), slice(0, shape[1])), resolution_m)
    score.add_sizes(block)
    score.add(block, probabilities, boundary)
    return score.figures()
