"""Clouds, haze and shadows over a scene, and a scene classification (SCL) that errs like the real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from .acquisitions import Acquisition

FloatArray = NDArray[np.float32]

CLOUD_REFLECTANCE = np.array([0.62, 0.60, 0.61, 0.62, 0.63, 0.64, 0.65, 0.66, 0.42, 0.32], np.float32)
"""Thick cloud per band of BANDS; water and ice absorb in the short-wave infrared."""
OPTICAL_DEPTH = np.array([1.0, 0.92, 0.85, 0.82, 0.79, 0.77, 0.74, 0.72, 0.50, 0.42], np.float32)
"""Optical depth of thin cloud and haze relative to B02."""
SHADOW_LIGHT = np.array([0.62, 0.52, 0.45, 0.42, 0.40, 0.39, 0.38, 0.38, 0.33, 0.30], np.float32)
"""Light left in full shadow: the sky is blue."""

CLEAR_OPACITY, CLEAR_SHADOW = 0.10, 0.15
"""A pixel counts as clear, in truth, below these."""

SCL_NODATA, SCL_SHADOW, SCL_VEGETATION, SCL_BARE, SCL_WATER, SCL_UNCLASSIFIED = 0, 3, 4, 5, 6, 7
SCL_MEDIUM, SCL_HIGH, SCL_CIRRUS = 8, 9, 10


@dataclass(frozen=True)
class Sky:
    """What stands between the ground and the sensor on one date, on the 10 m grid."""

    opacity: FloatArray
    """(H, W) 0-1, of cloud and haze together, in B02."""
    shadow: FloatArray
    """(H, W) 0-1, 1 in the middle of a thick cloud's shadow."""
    brightness: float
    """Cloud reflectance relative to CLOUD_REFLECTANCE."""
    inside: NDArray[np.bool_]
    """(H, W) False beyond the edge of the swath."""
    is_missed: bool
    """Whether the scene classification overlooks thin cloud on this date."""

    @property
    def clear(self) -> NDArray[np.bool_]:
        """(H, W) True where the ground is seen."""
        clear: NDArray[np.bool_] = self.inside & (self.opacity < CLEAR_OPACITY) & (self.shadow < CLEAR_SHADOW)
        return clear

    def cover(self, ground: FloatArray, band: int) -> FloatArray:
        """Reflectance of one band (index into BANDS) with shadows and clouds over the ground's."""
        opacity = 1 - (1 - self.opacity) ** OPTICAL_DEPTH[band]
        lit = ground * (1 - self.shadow * (1 - SHADOW_LIGHT[band]))
        covered: FloatArray = lit * (1 - opacity) + self.brightness * CLOUD_REFLECTANCE[band] * opacity
        return covered

    def coarsen(self) -> Sky:
        """The sky on the 20 m grid."""
        return Sky(halve(self.opacity), halve(self.shadow), self.brightness, halve(self.inside) == 1, self.is_missed)


def halve(values: NDArray[Any]) -> FloatArray:
    """Means of 2 x 2 cells."""
    rows, cols = values.shape
    means: FloatArray = values.reshape(rows // 2, 2, cols // 2, 2).mean((1, 3), dtype=np.float32)
    return means


def fractal(rng: np.random.Generator, size: int, exponent: float) -> FloatArray:
    """(size, size) Gaussian noise with amplitude ~ wavenumber ** -exponent, mean 0, standard deviation 1."""
    spectrum = scipy.fft.rfft2(rng.standard_normal((size, size)))
    ky, kx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :]
    k = np.hypot(ky, kx)
    k[0, 0] = np.inf
    noise = scipy.fft.irfft2(spectrum * k**-exponent, s=(size, size))
    scaled: FloatArray = ((noise - noise.mean()) / noise.std()).astype(np.float32)
    return scaled


def draw_sky(rng: np.random.Generator, acquisition: Acquisition, size_px: int, *, clouds: bool) -> Sky:
    """Draw one date's sky. `rng` should be the date's own, so that dates don't depend on each other."""
    none = np.zeros((size_px, size_px), np.float32)
    inside = np.ones((size_px, size_px), bool)
    if not clouds:
        return Sky(none, none, 1.0, inside, is_missed=False)
    reach = 48  # pixels around the scene whose clouds may throw shadows into it
    size = scipy.fft.next_fast_len(size_px + 2 * reach, real=True)
    view = (slice(reach, reach + size_px), slice(reach, reach + size_px))
    cloudy = 1 - acquisition.clear_share
    if acquisition.state == "partial":
        cloudy *= 0.85  # the shadows darken the rest
    opacity, cast = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    is_thin = bool(rng.random() < 0.3)
    if cloudy > 0:
        noise = fractal(rng, size, float(rng.uniform(1.5, 2.0)))
        width = float(rng.uniform(0.2, 0.5)) * (2.5 if is_thin else 1.0)
        top = float(rng.uniform(0.3, 0.6)) if is_thin else float(rng.uniform(0.85, 0.99))
        # Quantile over the scene itself: a fractal's share over the larger window says little about it.
        base = float(np.quantile(noise[view], 1 - cloudy)) if cloudy < 1 else float(noise.min()) - 0.7 * width
        ramp = np.clip((noise - base) / width + 0.25, 0, 1)
        opacity = (top * ramp * ramp * (3 - 2 * ramp)).astype(np.float32)
        distance, azimuth = rng.uniform(6, 36), np.radians(rng.uniform(300, 350))  # the sun stands in the south-east
        step = np.round([-distance * np.cos(azimuth), distance * np.sin(azimuth)]).astype(int)
        thrown = np.clip(1.25 * (opacity - 0.15), 0, 1)
        cast = gaussian_filter(np.roll(thrown, tuple(int(n) for n in step), (0, 1)), 1.2) * (1 - opacity)
    haze_luck, haze = rng.random(), rng.uniform(0.02, 0.09)
    if haze_luck < 0.2:
        smooth = fractal(rng, size, 2.2)
        opacity = 1 - (1 - opacity) * (1 - haze * np.clip(0.6 + 0.3 * smooth, 0, 1)).astype(np.float32)
    if rng.random() < 0.04:  # the swath ends within the scene, on a slanted line
        rows, cols = np.mgrid[0:size_px, 0:size_px]
        edge = cols - 0.2 * rows - rng.uniform(0.25, 0.9) * size_px
        inside = edge < 0 if rng.random() < 0.5 else edge > -0.5 * size_px
    missed = bool(rng.random() < 0.2)
    return Sky(
        np.ascontiguousarray(opacity[view], np.float32),
        np.ascontiguousarray(cast[view], np.float32),
        float(rng.uniform(0.8, 1.25)),
        inside,
        missed,
    )


def classify(
    rng: np.random.Generator, sky: Sky, ground10: FloatArray, ground20: FloatArray, *, errs: bool
) -> NDArray[np.uint8]:
    """Scene classification on the 20 m grid: right in the main, but thin cloud, edges and some shadows are missed.

    Args:
        rng: the date's own.
        sky: what lies over the ground.
        ground10: (4, H, W) reflectance of BANDS_10M without clouds.
        ground20: (6, H/2, W/2) reflectance of BANDS_20M without clouds.
        errs: whether it errs.

    Returns:
        (H/2, W/2) uint8 SCL codes as Sen2Cor's.
    """
    red, nir = halve(ground10[2]), halve(ground10[3])
    ndvi = (nir - red) / np.maximum(nir + red, 1e-4)
    scl = np.where(ndvi > 0.4, SCL_VEGETATION, SCL_BARE).astype(np.uint8)
    scl[(ndvi < 0.1) & (ground20[4] < 0.06)] = SCL_WATER
    opacity, shadow = halve(sky.opacity), halve(sky.shadow)
    if errs:
        size = scl.shape[0]
        wobble = gaussian_filter(rng.standard_normal((size, size)), 2.0) * 7.0
        opacity = opacity + 0.035 * wobble.astype(np.float32)
        shadow = shadow + 0.10 * gaussian_filter(rng.standard_normal((size, size)), 3.0).astype(np.float32) * 10.0
    thin = 0.42 if sky.is_missed and errs else 0.20
    scl[(opacity > 0.75 * thin) & (opacity <= thin)] = SCL_UNCLASSIFIED if not sky.is_missed else SCL_BARE
    scl[(shadow > 0.38) & (opacity <= thin)] = SCL_SHADOW
    scl[opacity > thin] = SCL_CIRRUS
    scl[opacity > max(thin, 0.38)] = SCL_MEDIUM
    scl[opacity > 0.62] = SCL_HIGH
    scl[halve(sky.inside) < 1] = SCL_NODATA
    return scl
