"""From profiles on fine cells to the bands and the scene classification of every date. Draws no landscape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .acquisitions import Acquisition
from .clouds import Sky, classify, draw_sky
from .sensor import sample, sampling_matrix
from .settings import BANDS, BANDS_10M, BANDS_20M, MARGIN_M, SceneSettings
from .texture import draw_textures

FloatArray = NDArray[np.float32]

VIGOUR = np.array([-0.8, -0.6, -1.0, -0.5, 0.55, 0.75, 0.8, 0.8, -0.35, -0.6], np.float32)
"""Response of each band to the vigour texture; the brightness texture acts on all bands alike."""
BRIGHTNESS = 0.55


@dataclass(frozen=True)
class Rendered:
    """All dates of a scene; the fields are those of `scene.Scene`."""

    bands_10m: NDArray[np.uint16]
    bands_20m: NDArray[np.uint16]
    scl: NDArray[np.uint8]
    jitter_m: NDArray[np.float64]
    skies: list[Sky]


class Renderer:
    """Renders the dates of one scene, in order: the texture of a date follows from the date before."""

    def __init__(
        self,
        settings: SceneSettings,
        cell: NDArray[np.int32],
        profiles: FloatArray,
        grain: FloatArray,
        rng: np.random.Generator,
    ) -> None:
        """Prepare what all dates share.

        Args:
            settings: of the scene.
            cell: (side, side) row of `profiles` that each fine cell shows, margins included.
            profiles: (N, T, 10) reflectance of parcels and backgrounds, in the order of BANDS.
            grain: (N,) relative standard deviation of their fine texture.
            rng: for the textures.
        """
        self.settings, self.cell, self.profiles, self.rng = settings, cell, profiles, rng
        low, high = settings.texture_sd
        spread = rng.uniform(low, high, len(profiles)).astype(np.float32)
        # Vigour is a parcel's own: the sign differs from parcel to parcel, so that texture does not run across edges.
        sign = rng.choice(np.array([-1, 1], np.float32), len(profiles))
        self.vigour_sd, self.brightness_sd = (spread * sign)[cell], (spread * BRIGHTNESS)[cell]
        fine = rng.standard_normal(cell.shape, np.float32)
        textured = 1.0 if high > 0 else 0.0
        self.grain = 1 + textured * np.clip(grain[cell] * fine * 1.5, -0.7, 0.9)

    def render(
        self, plan: Sequence[Acquisition], days: NDArray[np.int64], seeds: Sequence[np.random.SeedSequence]
    ) -> Rendered:
        """Render all dates; each date's sky, jitter and noise come from its own seed."""
        size = self.settings.size_px
        dn10 = np.zeros((len(plan), len(BANDS_10M), size, size), np.uint16)
        dn20 = np.zeros((len(plan), len(BANDS_20M), size // 2, size // 2), np.uint16)
        scl = np.zeros((len(plan), size // 2, size // 2), np.uint8)
        jitter = np.zeros((len(plan), 2))
        skies = []
        for index, texture in enumerate(draw_textures(self.rng, self.cell.shape[0], days)):
            rng = np.random.default_rng(seeds[index])
            sky = draw_sky(rng, plan[index], size, clouds=self.settings.clouds)
            jitter[index] = np.clip(rng.normal(0, 1, 2), -3, 3) * self.settings.jitter_sd_m
            ground10, ground20 = self._ground(index, texture, jitter[index])
            scl[index] = classify(rng, sky, ground10, ground20, errs=self.settings.clouds)
            dn10[index] = self._measure(rng, ground10, BANDS_10M, sky)
            dn20[index] = self._measure(rng, ground20, BANDS_20M, sky)
            skies.append(sky)
        return Rendered(dn10, dn20, scl, jitter, skies)

    def _ground(
        self, index: int, texture: tuple[FloatArray, FloatArray], shift: NDArray[np.float64]
    ) -> tuple[FloatArray, FloatArray]:
        """Reflectance without atmosphere, (4, H, W) and (6, H/2, W/2)."""
        vigour = self.vigour_sd * texture[0]
        light = (1 + self.brightness_sd * texture[1]) * self.grain
        grids = []
        cell = self.cell.astype(np.intp)  # numpy would turn it into this for each band
        fine, response = np.empty(cell.shape, np.float32), np.empty(cell.shape, np.float32)
        size, cells = self.settings.size_px, self.cell.shape[0]
        for bands, pixel_m, sigma in zip((BANDS_10M, BANDS_20M), (10, 20), self.settings.psf_sigma_m, strict=True):
            pixels = size * 10 // pixel_m
            cols, rows = (sampling_matrix(pixels, pixel_m, cells, MARGIN_M, sigma, float(metres)) for metres in shift)
            grid = np.empty((len(bands), pixels, pixels), np.float32)
            for row, name in enumerate(bands):
                band = BANDS.index(name)
                np.multiply(vigour, VIGOUR[band], out=response)
                response += 1
                # every index is a row of the profiles; to say what happens to others spares a check of each
                np.take(self.profiles[:, index, band], cell, out=fine, mode="clip")
                fine *= response
                fine *= light
                grid[row] = sample(fine, rows, cols)
            grids.append(grid)
        return grids[0], grids[1]

    def _measure(
        self, rng: np.random.Generator, ground: FloatArray, bands: Sequence[str], sky: Sky
    ) -> NDArray[np.uint16]:
        """DN of some bands: sky, what the atmospheric correction leaves, sensor noise, rounding, nodata."""
        noise = self.settings.noise
        measured = np.empty(ground.shape, np.uint16)
        sky_seen = sky if ground.shape[1] == sky.opacity.shape[0] else sky.coarsen()
        haze = noise * float(rng.normal(0, 0.003))
        for row, name in enumerate(bands):
            band = BANDS.index(name)
            seen = sky_seen.cover(ground[row], band)
            seen = seen * (1 + noise * float(rng.normal(0, 0.02))) + haze * (0.45 / (0.45 + 0.25 * band))
            seen = seen + noise * rng.standard_normal(seen.shape, np.float32) * (0.0008 + 0.006 * seen)
            dn = np.clip(np.rint(seen * 1e4), 1, 65535).astype(np.uint16)
            dn[~sky_seen.inside] = 0
            measured[row] = dn
        return measured
