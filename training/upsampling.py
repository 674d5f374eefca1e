"""Between grids of images and of labels: means over squares of cells, and the two upsamplings a finer map must beat."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]


def block_mean(values: FloatArray, scale: int) -> NDArray[np.float32]:
    """(K, H, W) to (K, H / scale, W / scale): means over squares of cells."""
    channels, height, width = values.shape
    squares = values.reshape(channels, height // scale, scale, width // scale, scale)
    return np.asarray(squares.mean(axis=(2, 4)), dtype=np.float32)


def upsample_nearest(values: FloatArray, scale: int) -> NDArray[np.float32]:
    """(K, H, W) to (K, scale H, scale W): each cell repeated."""
    return np.asarray(values.repeat(scale, axis=1).repeat(scale, axis=2), dtype=np.float32)


def upsample_bilinear(values: FloatArray, scale: int) -> NDArray[np.float32]:
    """(K, H, W) to (K, scale H, scale W), aligned by areas (torch's align_corners=False), edges continued."""
    out = np.asarray(values, dtype=np.float32)
    for axis in (1, 2):
        size = out.shape[axis]
        # centre of a fine cell, in coarse cells counted from the first one's centre
        place = np.clip((np.arange(size * scale) + 0.5) / scale - 0.5, 0, size - 1)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, size - 1)
        shape = (1, -1, 1) if axis == 1 else (1, 1, -1)
        weight = (place - low).astype(np.float32).reshape(shape)
        out = out.take(low, axis=axis) * (1 - weight) + out.take(high, axis=axis) * weight
    return out
