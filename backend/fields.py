"""Fields as the boundary layer cuts them, and one crop for each: the map's own majority in it. Reads no files.

The crop map decides pixel by pixel, so that a field has cells of other crops; the boundary layer says where fields end.
Ground that the map calls background stays so: strips between fields are narrower than their boundaries, which leaves
them no core.

Nothing here depends on how the ground is cut into windows, if these overlap by REACH: a cell's field follows from the
cells within REACH of it alone, ties too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model_card import NO_CONTRAST

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

INSIDE = 0.125
"""A cell lies inside a field where its boundary probability is below this share of the layer's threshold, if nothing
is known of the contrast behind it. With an earlier default model shares from 0.04 to 0.17 gave the same edges; at 0.75
boundaries had gaps and edges were worse."""
INSIDE_CONTRAST = 0.47
"""The same as a share of the contrast at which the threshold lies. With the default model both are one probability;
where probabilities rise slowly, from a few percent to a quarter, none of them is below INSIDE of the threshold."""
REACH = 64
"""Cells up to which a core takes the ground around it; what lies further from every core belongs to no field."""
KEY_BITS = 8
"""Bits of a key that say in which column the nearest core lies."""
MOST_REACH = (1 << KEY_BITS - 1) - 1
"""Cells, so that all columns in reach have a number in these bits."""
FAR = 1 << 22
"""Square of a distance beyond every reach."""
STRIP_ROWS = 64
"""Rows that are grown at a time: they fit into the processor's cache, and where growth is short it ends early."""


def inside_below(threshold: float, calibration: tuple[float, float]) -> float:
    """The boundary probability below which a cell lies inside a field.

    Args:
        threshold: boundary probability from which on a cell counts as boundary.
        calibration: a and b of the layer: its probability is sigmoid(a u + b), its contrast u is 0 or more.
    """
    slope, offset = calibration
    is_told = tuple(calibration) != NO_CONTRAST and math.isfinite(offset) and 0 < slope < math.inf
    if not is_told or not 0 < threshold < 1:
        return INSIDE * threshold
    contrast = (math.log(threshold / (1 - threshold)) - offset) / slope
    if contrast <= 0:
        return INSIDE * threshold
    return 1 / (1 + math.exp(min(700.0, -(slope * INSIDE_CONTRAST * contrast + offset))))


def count_votes(votes: NDArray[np.uint32], fields: IntArray, classes: IntArray) -> None:
    """Add what each cell votes for.

    Args:
        votes: (N + 1, K) counts, which are changed.
        fields: cells' numbers, 0 to N.
        classes: their classes, 0 to K - 1; of the same shape.
    """
    places = fields.ravel().astype(np.int64) * votes.shape[1] + classes.ravel()
    np.add.at(votes.reshape(-1), places, np.uint32(1))


def find_cores(inside: BoolArray) -> BoolArray:
    """The cells that are inside with all four neighbours; what lies beyond the edge counts as inside.

    Args:
        inside: (H, W).

    Returns:
        (H, W).
    """
    cores = inside.copy()
    cores[1:] &= inside[:-1]
    cores[:-1] &= inside[1:]
    cores[:, 1:] &= inside[:, :-1]
    cores[:, :-1] &= inside[:, 1:]
    return cores


def widen(cells: BoolArray, by: int) -> BoolArray:
    """The cells and what lies up to so many rows and columns from one of them; (H, W)."""
    wide = cells.copy()
    for _ in range(by if cells.any() else 0):
        for axis in (wide, wide.T):
            before = axis.copy()
            axis[1:] |= before[:-1]
            axis[:-1] |= before[1:]
    return wide


def label_cores(cores: BoolArray) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Number what is connected by sides, by runs of cells in rows: there are far fewer of them than cells.

    Args:
        cores: (H, W).

    Returns:
        (H, W) numbers from 1 on in the order of first cells, 0 where there is no core; and the first cell of each,
        row * W + column.
    """
    height, width = cores.shape[0], cores.shape[1] + 2
    padded = np.zeros((height, width), dtype=np.int8)  # so that no run goes on in the next row
    padded[:, 1:-1] = cores
    changes = np.flatnonzero(np.diff(padded.ravel())) + 1
    starts, stops = changes[::2], changes[1::2]
    first = np.searchsorted(stops, starts + width, side="right")
    counts = np.searchsorted(starts, stops + width, side="left") - first  # runs of the next row that it touches
    upper = np.repeat(np.arange(len(starts)), counts)
    lower = np.arange(len(upper)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    heads, numbers = np.unique(join_pairs(len(starts), upper, lower), return_inverse=True)
    steps = np.zeros(height * width, dtype=np.int32)
    steps[starts], steps[stops] = numbers + 1, -(numbers + 1)
    labels = np.ascontiguousarray(np.cumsum(steps, dtype=np.int32).reshape(height, width)[:, 1:-1])
    rows, cols = np.divmod(starts[heads], width)
    return labels, rows * (width - 2) + cols - 1


def join_pairs(count: int, left: IntArray, right: IntArray) -> NDArray[np.int64]:
    """What is connected by pairs (union-find, all pairs at a time).

    Args:
        count: N things, numbered from 0.
        left: (P,) one of each pair.
        right: (P,) the other.

    Returns:
        (N,) the smallest number among all that a thing is connected with.
    """
    parent = np.arange(count, dtype=np.int64)
    while len(left):
        one, other = parent[left], parent[right]
        low, high = np.minimum(one, other), np.maximum(one, other)
        apart = low != high
        left, right = low[apart], high[apart]
        np.minimum.at(parent, right, left)
        while not np.array_equal(above := parent[parent], parent):
            parent = above
    return parent


def grow_cores(cores: NDArray[np.int32], wanted: BoolArray, reach: int = REACH) -> NDArray[np.int32]:
    """Give cells the number of the nearest core, by Euclidean distance.

    Of cores at the same distance the one fewest columns away counts, then the left one, then the upper one. First
    down the columns, then along the rows, as in Felzenszwalb and Huttenlocher, "Distance transforms of sampled
    functions" (2012), but by trial of all columns in reach: it is short, and most strips need few.

    Args:
        cores: (H, W) numbers, 0 where there is none.
        wanted: (H, W) the cells that are asked for.
        reach: cells, at most MOST_REACH; a core further away takes nothing.

    Returns:
        (H, W) numbers where wanted, 0 elsewhere and where no core is in reach.

    Raises:
        ValueError: if the reach is longer.
    """
    if reach > MOST_REACH:
        raise ValueError(f"The reach can be {MOST_REACH} cells at most, not {reach}.")
    out = np.where(wanted, cores, 0)
    if not cores.any():
        return out
    squares, rows = _nearest_in_column(cores > 0, reach)
    for top in range(0, len(cores), STRIP_ROWS):
        strip = slice(top, top + STRIP_ROWS)
        keys = _nearest_in_row(squares[strip], wanted[strip], reach)
        open_ones = (keys > 0) & (keys >> KEY_BITS <= reach * reach)
        row, col = np.nonzero(open_ones)
        order = keys[row, col] & ((1 << KEY_BITS) - 1)
        source = col + np.where(order % 2 == 1, -1, 1) * ((order + 1) // 2)
        out[top + row, col] = cores[rows[top + row, source], source]
    return out


def _nearest_in_column(is_core: BoolArray, reach: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Squared distance to the nearest core of the same column, FAR where it is out of reach, and its row; (H, W)."""
    height = len(is_core)
    row = np.arange(height, dtype=np.int32)[:, None]
    beyond = np.int32(2 * reach + 2)
    above = np.maximum.accumulate(np.where(is_core, row, -beyond), axis=0)
    below = np.minimum.accumulate(np.where(is_core, row, height + beyond)[::-1], axis=0)[::-1]
    is_above = row - above <= below - row
    nearest = np.where(is_above, above, below)
    gap = np.abs(nearest - row)
    squares = np.where(gap <= reach, np.minimum(gap, reach) ** 2, FAR)
    return squares.astype(np.int32), nearest.astype(np.int32)


def _nearest_in_row(squares: NDArray[np.int32], wanted: BoolArray, reach: int) -> NDArray[np.int32]:
    """Squared distance to the nearest core, and in the lowest KEY_BITS bits in which column that lies.

    Args:
        squares: (H, W) from _nearest_in_column.
        wanted: (H, W).
        reach: cells.

    Returns:
        (H, W): the column is the cell's own (0), or 1 to the left (1), 1 to the right (2), 2 to the left (3) and so on;
        below 0 where not wanted.
    """
    keys = squares << KEY_BITS
    best = np.where(wanted, keys, -1)
    for step in range(1, min(reach, keys.shape[1] - 1) + 1):
        square = step * step
        if int(best.max()) >> KEY_BITS <= square:
            break
        added = (square << KEY_BITS) + 2 * step
        np.minimum(best[:, step:], keys[:, :-step] + (added - 1), out=best[:, step:])
        np.minimum(best[:, :-step], keys[:, step:] + added, out=best[:, :-step])
    return best
