"""Fields as the boundary layer cuts them, and one crop for each: the map's own majority in it. Reads no files.

The crop map decides pixel by pixel, so that a field has cells of other crops; the boundary layer says where fields end.
Ground that the map calls background stays so: strips between fields are narrower than their boundaries, which leaves
them no core.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

IntArray = NDArray[np.integer[Any]]

INSIDE = 0.125
"""A cell lies inside a field where its boundary probability is below this share of the layer's threshold. With the
default model, shares from 0.04 to 0.17 gave the same edges; at 0.75 boundaries have gaps, and edges are worse."""


def cut_fields(boundary: NDArray[np.floating[Any]], threshold: float) -> NDArray[np.int32]:
    """Number the fields that a boundary layer encloses.

    A field's core are the cells inside it (INSIDE) whose four neighbours are inside, too, connected by their sides:
    a gap of one or two cells in a boundary then joins no fields. Every other cell goes to the nearest core.

    Args:
        boundary: (H, W) boundary probability; NaN where nothing is mapped.
        threshold: probability from which on a cell counts as boundary.

    Returns:
        (H, W) numbers from 1 on; 0 everywhere if there is no core.
    """
    inside = np.nan_to_num(boundary, nan=1.0) < INSIDE * threshold
    cores, count = ndimage.label(ndimage.binary_erosion(inside, border_value=1))
    if not count:
        return np.zeros(boundary.shape, dtype=np.int32)
    rows, cols = ndimage.distance_transform_edt(cores == 0, return_distances=False, return_indices=True)
    numbered: NDArray[np.int32] = cores[rows, cols].astype(np.int32)
    return numbered


def vote_by_field(mapped: IntArray, fields: NDArray[np.int32], background: int = 0) -> IntArray:
    """Give every cell the most frequent class of its field; background cells stay background.

    Args:
        mapped: (H, W) class codes below 256.
        fields: (H, W) numbers as `cut_fields` gives them; cells of number 0 keep their class.
        background: code of ground without a parcel.

    Returns:
        (H, W) class codes, of the same type.
    """
    classes = int(mapped.max(initial=0)) + 1
    votes = np.zeros((int(fields.max(initial=0)) + 1, classes), dtype=np.int64)
    np.add.at(votes, (fields.ravel(), mapped.ravel()), 1)
    winner = votes.argmax(axis=1).astype(mapped.dtype)
    return np.where((fields == 0) | (mapped == background), mapped, winner[fields])
