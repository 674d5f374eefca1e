"""Fields of a whole map in memory, and one crop for each, as the comparisons score them. Reads no files.

`backend fields`, which cuts finished maps of any size, shares cores and growth with this (backend.fields) and differs
in four things. There a cell is inside by the contrast behind its probability, here by a share of the threshold, as all
results were scored. There a crop takes a field by majority only, with more than half of its cells that are not
background (background: of all its cells), and a field without one keeps its classes; here the most frequent class
always takes it.
There the boundary layer knows nothing along the end of what was imaged, and no core lies where it says 0 for that
reason; here the network's probability counts up to the last cell. There boundaries are read in whole percent, as the
map's file holds them; here as the network gives them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.fields import INSIDE, REACH, IntArray, count_votes, find_cores, grow_cores, label_cores


def cut_fields(boundary: NDArray[np.floating[Any]], threshold: float, reach: int = REACH) -> NDArray[np.int32]:
    """Number the fields that a boundary layer encloses.

    A field's core are the cells inside it (INSIDE) whose four neighbours are inside, too, connected by their sides:
    a gap of one or two cells in a boundary then joins no fields. Every other mapped cell goes to the nearest core.

    Args:
        boundary: (H, W) boundary probability; NaN where nothing is mapped.
        threshold: probability from which on a cell counts as boundary.
        reach: cells.

    Returns:
        (H, W) numbers from 1 on, by the fields' first cells; 0 where nothing is mapped and where no core is in reach.
    """
    mapped = np.isfinite(boundary)
    inside = mapped & (np.nan_to_num(boundary, nan=1.0) < INSIDE * threshold)
    cores, _ = label_cores(find_cores(inside))
    return grow_cores(cores, mapped, reach)


def vote_by_field(mapped: IntArray, fields: NDArray[np.int32], background: int = 0) -> IntArray:
    """Give every cell the most frequent class of its field; background cells stay background.

    Args:
        mapped: (H, W) class codes below 256.
        fields: (H, W) numbers as `cut_fields` gives them; cells of number 0 keep their class.
        background: code of ground without a parcel.

    Returns:
        (H, W) class codes, of the same type.
    """
    votes = np.zeros((int(fields.max(initial=0)) + 1, int(mapped.max(initial=0)) + 1), dtype=np.uint32)
    count_votes(votes, fields, mapped)
    winner = votes.argmax(axis=1).astype(mapped.dtype)
    return np.where((fields == 0) | (mapped == background), mapped, winner[fields])
