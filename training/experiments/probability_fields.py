"""Fields cut from a map's own class probabilities: what a vote by field is worth without a boundary layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.fields import INSIDE
from training.experiments.field_vote import cut_fields

REACH = 2
"""Cells between those that are compared."""
THRESHOLD = 0.03
"""Cells are at an edge from here on. The best of 0.01 to 0.3, at reaches of 1, 2 and 4, on test scenes of one seed of
c_x4, which favours this baseline."""


def cut_probability_fields(probabilities: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
    """Number the fields that a map's own class probabilities enclose, as `cut_fields` does with a boundary layer.

    Args:
        probabilities: (K, H, W); NaN where nothing is mapped: such ground is in no field and votes for nothing.

    Returns:
        (H, W) numbers from 1 on; 0 where nothing is mapped and where no core is in reach.
    """
    contrast = probability_contrast(np.nan_to_num(probabilities))
    return cut_fields(np.where(np.isfinite(probabilities[0]), contrast, np.nan), THRESHOLD / INSIDE)


def probability_contrast(probabilities: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Largest dissimilarity of a cell's class probabilities with those of the eight cells REACH away.

    One minus the Bhattacharyya coefficient: 0 where both are alike, 1 where they share no class.

    Args:
        probabilities: (K, H, W); all 0 where nothing is mapped, which is like nothing and at every edge.

    Returns:
        (H, W) in [0, 1].
    """
    roots = np.sqrt(probabilities)
    height, width = roots.shape[1:]
    contrast = np.zeros((height, width), dtype=np.float32)
    for dy, dx in ((0, REACH), (REACH, -REACH), (REACH, 0), (REACH, REACH)):
        left, right = max(-dx, 0), max(dx, 0)
        near = (slice(0, height - dy), slice(left, width - right))
        far = (slice(dy, height), slice(right, width - left))
        apart = 1 - (roots[(slice(None), *near)] * roots[(slice(None), *far)]).sum(axis=0)
        contrast[near] = np.maximum(contrast[near], apart)
        contrast[far] = np.maximum(contrast[far], apart)
    return contrast
