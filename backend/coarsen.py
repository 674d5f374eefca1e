"""Means over the fine cells of an input cell, in whole numbers. Knows nothing of what the numbers are.

Whole numbers have one sum whatever the order, so a block that is done again, by another process or cut otherwise has
the same bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def cell_sums(values: npt.NDArray[Any], scale: int) -> npt.NDArray[np.int32]:
    """Sums over the `scale` x `scale` fine cells of each input cell.

    Args:
        values: (H, W) whole numbers or booleans of at most 16 bits, H and W multiples of `scale`.
        scale: fine cells a side of an input cell.

    Returns:
        (H / scale, W / scale) int32.
    """
    out = np.zeros((values.shape[0] // scale, values.shape[1] // scale), dtype=np.int32)
    for row in range(scale):
        for col in range(scale):
            out += values[row::scale, col::scale]
    return out


def rounded_means(sums: npt.NDArray[np.int32], counts: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """sums / counts to the nearest whole number, halves upwards; 0 where nothing is counted."""
    counts = np.maximum(counts, 1)
    return (2 * sums + counts) // (2 * counts)
