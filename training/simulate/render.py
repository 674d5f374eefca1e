"""From polygons and profiles to bands: fine rasters, texture, registration error, point spread, sampling, noise.

A band of a date is a product of two sparse matrices with the fine image between them: shift, Gaussian point spread and the mean
over the pixel are one separable linear operator, whose weights are integrals of the Gaussian, exact at any sub-pixel shift.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy.ndimage import distance_transform_edt, gaussian_filter, zoom
from scipy.special import ndtr

from .clouds import fractal
from .fields import Landscape
from .settings import FINE_M

FloatArray = NDArray[np.float32]

CORRELATION_M, DECORRELATION_DAYS = 40.0, 60.0
"""Distance and time over which texture within a parcel falls to 1/e (measured on real series)."""

LANE_M = 9.0
"""Ground nearer than this to a parcel on both sides is a lane, wherever only the parcels are known."""


def rasterize_landscape(land: Landscape, kinds: list[str], side: int, margin_m: float) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Draw the landscape on the fine grid, each cell taking what lies at its centre.

    Args:
        land: in metres from the scene's upper left corner.
        kinds: names of the background kinds; "verge" is what no polygon covers.
        side: cells along a side, margins included.
        margin_m: ground around the scene, a multiple of FINE_M.

    Returns:
        (side, side) parcel numbers from 1, 0 for none; and indices into `kinds`, whether under a parcel or not.
    """
    transform = Affine(FINE_M, 0, -margin_m, 0, -FINE_M, margin_m)
    ground = np.full((side, side), kinds.index("verge"), np.uint8)
    shapes = [(shape, kinds.index(kind)) for kind, shape in land.grounds if not shape.is_empty]
    if shapes:
        rasterize(shapes, out=ground, transform=transform)
    parcel = np.zeros((side, side), np.int32)
    numbered = [(shape, number) for number, shape in enumerate(land.parcels, start=1)]
    if numbered:
        rasterize(numbered, out=parcel, transform=transform)
    return parcel, ground


def invent_ground(rng: np.random.Generator, parcel: NDArray[np.int32], kinds: list[str]) -> NDArray[np.uint8]:
    """Background between real parcels: lanes where the gap is narrow, patches of wood, shrub, hamlet where it is wide."""
    side = parcel.shape[0]
    away = distance_transform_edt(parcel == 0) * FINE_M
    # The widest point within reach tells a lane from the margin of a wood.
    wide = distance_transform_edt(away <= LANE_M) * FINE_M > 0
    wide = gaussian_filter(wide.astype(np.float32), LANE_M / FINE_M) > 0.06
    patches = fractal(rng, side, 1.9)
    order = ["deciduous", "shrub", "hamlet", "verge", "deciduous", "conifer"]
    edges = np.quantile(patches, np.cumsum([0.3, 0.12, 0.14, 0.18, 0.2]))
    wood = np.array([kinds.index(kind) for kind in order], np.uint8)[np.searchsorted(edges, patches)]
    lane = np.where(fractal(rng, side, 1.9) > 0, kinds.index("track"), kinds.index("verge")).astype(np.uint8)
    lane[(away > LANE_M / 3) & ~wide] = kinds.index("road")
    return np.where(wide, wood, lane).astype(np.uint8)


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
    edges = np.arange(cells + 1) * FINE_M - margin_m
    starts = (np.arange(pixels) * pixel_m + shift_m)[:, None]

    def cumulative(x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Integral of the blurred box from minus infinity to x: an integral of the normal distribution function."""
        if sigma_m == 0:
            return np.clip(x, 0, pixel_m)

        def ramp(u: NDArray[np.float64]) -> NDArray[np.float64]:
            z = u / sigma_m
            density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
            return np.asarray(sigma_m * (z * ndtr(z) + density))

        return ramp(x) - ramp(x - pixel_m)

    weights = np.diff(cumulative(edges[None, :] - starts), axis=1)
    weights[weights < 1e-6 * pixel_m] = 0
    weights /= weights.sum(1, keepdims=True)
    return scipy.sparse.csr_matrix(weights.astype(np.float32))


def sample(fine: FloatArray, rows: scipy.sparse.csr_matrix, cols: scipy.sparse.csr_matrix) -> FloatArray:
    """Apply `sampling_matrix` along both axes: (cells, cells) -> (pixels, pixels)."""
    return np.ascontiguousarray((cols @ np.ascontiguousarray((rows @ fine).T)).T, np.float32)


def draw_textures(rng: np.random.Generator, side: int, days: NDArray[np.int64]) -> Iterator[tuple[FloatArray, FloatArray]]:
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

    # A half of the variance stays all season (soil, slope); the other half comes and goes.
    lasting, passing = field(), field()
    for index in range(len(days)):
        if index:
            keep = float(np.exp(-(days[index] - days[index - 1]) / DECORRELATION_DAYS))
            passing = keep * passing + np.sqrt(1 - keep * keep) * field()
        both = np.sqrt(0.5) * (lasting + passing)
        fine = [zoom(plane, cell, order=1, mode="grid-wrap", grid_mode=True)[:side, :side] for plane in both]
        yield fine[0].astype(np.float32), fine[1].astype(np.float32)
