"""How reflectance varies within a parcel, over space and time. Knows no parcels: the fields run across edges."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from .settings import FINE_M

FloatArray = NDArray[np.float32]

CORRELATION_M, DECORRELATION_DAYS = 40.0, 60.0
"""Distance and time over which texture within a parcel falls to 1/e (measured on real series)."""


def draw_textures(
    rng: np.random.Generator, side: int, days: NDArray[np.int64]
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Texture within parcels, one pair of fields per date, each (side, side), mean 0 and standard deviation 1.

    The first field is vigour (it raises the near infrared and lowers the visible), the second brightness.
    Both are Gaussian with a correlation of exp(-d^2 / CORRELATION_M^2) and follow a first-order process in time.
    """
    cell = 4  # drawn at 10 m, where a correlation of 40 m is still smooth
    coarse = -(-side // cell) + 1
    sigma = CORRELATION_M / 2 / (FINE_M * cell)

    def field() -> NDArray[np.float64]:
        noise = gaussian_filter(rng.standard_normal((2, coarse, coarse)), (0, sigma, sigma), mode="wrap")
        return np.asarray(noise * (2 * np.sqrt(np.pi) * sigma))

    # linear interpolation along one axis as a matrix: a tenth of the time of interpolating the fields themselves
    finer = scipy.sparse.csr_matrix(zoom(np.eye(coarse), (cell, 1), order=1, mode="grid-wrap", grid_mode=True)[:side])

    # A half of the variance stays all season (soil, slope); the other half comes and goes.
    lasting, passing = field(), field()
    for index in range(len(days)):
        if index:
            keep = float(np.exp(-(days[index] - days[index - 1]) / DECORRELATION_DAYS))
            passing = keep * passing + np.sqrt(1 - keep * keep) * field()
        both = np.sqrt(0.5) * (lasting + passing)
        fine = [(finer @ np.ascontiguousarray((finer @ plane).T)).T for plane in both]
        yield np.ascontiguousarray(fine[0], np.float32), np.ascontiguousarray(fine[1], np.float32)
