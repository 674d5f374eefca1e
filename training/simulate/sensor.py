"""What a sensor makes of a fine image: registration error, point spread and sampling. Knows no scenes and no clouds.

A band is a product of two sparse matrices with the fine image between them: shift, Gaussian point spread and the
mean over the pixel are one separable linear operator, whose weights are integrals of the Gaussian, so it is exact
at any sub-pixel shift.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.special import ndtr

from .settings import FINE_M

FloatArray = NDArray[np.float32]

LEAST_WEIGHT = 1e-6
"""Smaller weights, in shares of the box, are left out."""
REACH_SIGMAS = 6.0
"""Beyond this distance from the box all weights are below LEAST_WEIGHT."""


def sampling_matrix(
    pixels: int, pixel_m: float, cells: int, margin_m: float, sigma_m: float, shift_m: float
) -> scipy.sparse.csr_matrix:
    """Weights that turn a line of fine cells into a line of pixels: box of the pixel, blurred, then shifted.

    Args:
        pixels: number of pixels.
        pixel_m: their size, metres.
        cells: number of fine cells, margins on both sides included.
        margin_m: margin before the first pixel, metres.
        sigma_m: of the Gaussian point spread; 0 for none.
        shift_m: where the image content comes from: pixel i shows the ground at i * pixel_m + shift_m.

    Returns:
        (pixels, cells) float32, rows summing to 1, so that the mean is kept.
    """
    starts = (np.arange(pixels) * pixel_m + shift_m)[:, None]
    # only the cells around each pixel: (pixels, cells of a band)
    reach = REACH_SIGMAS * sigma_m
    first = np.floor((starts - reach + margin_m) / FINE_M).astype(np.int64)
    columns = first + np.arange(int(np.ceil((pixel_m + 2 * reach) / FINE_M)) + 2)
    edges = np.concatenate([columns, columns[:, -1:] + 1], axis=1) * FINE_M - margin_m

    def cumulative(x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Integral of the blurred box from minus infinity to x: an integral of the normal distribution function."""
        if sigma_m == 0:
            return np.clip(x, 0, pixel_m)

        def ramp(u: NDArray[np.float64]) -> NDArray[np.float64]:
            z = u / sigma_m
            density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
            return np.asarray(sigma_m * (z * ndtr(z) + density))

        return ramp(x) - ramp(x - pixel_m)

    weights = np.diff(cumulative(edges - starts), axis=1)
    weights[(weights < LEAST_WEIGHT * pixel_m) | (columns < 0) | (columns >= cells)] = 0
    weights /= weights.sum(1, keepdims=True)
    row, place = np.nonzero(weights)
    values = weights[row, place].astype(np.float32)
    return scipy.sparse.csr_matrix((values, (row, columns[row, place])), shape=(pixels, cells))


def sample(fine: FloatArray, rows: scipy.sparse.csr_matrix, cols: scipy.sparse.csr_matrix) -> FloatArray:
    """Apply `sampling_matrix` along both axes: (cells, cells) -> (pixels, pixels)."""
    return np.ascontiguousarray((cols @ np.ascontiguousarray((rows @ fine).T)).T, np.float32)
