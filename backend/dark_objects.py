"""What the pixels of one date say of its radiometry, without any other date: how dark its darkest and how bright its
brightest pixels are, how much is 0, and how bright dense vegetation is in red.

Judges nothing that needs a second date; see radiometry.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

OFFSET = 1000
"""What processing baseline 04.00 adds, in digital numbers: 0.1 of reflectance."""
VISIBLE = ("B02", "B03", "B04")
TWINS = ("B8A", "B08")
"""Two bands that see nearly the same light."""

DARK_PERCENT = 2.0
"""Percentile of a band's clear pixels that stands for its dark objects: water, shadow, forest."""
DARK_LEAST = 900
"""Where the dark objects of a band are brighter, its offset may be missing: OFFSET less some negative reflectance. On
real series of fields, forest and water the darkest band lies below 300 in nearly all dates, in haze at 830 at most."""
ZERO_VISIBLE = 0.5
"""Share of blue, green and red at 0 over land that does not happen."""
LAND_NIR = 500
"""Near infrared of what is no water, even after OFFSET was subtracted once too often."""
DENSE_VEGETATION = 2000
"""Near infrared minus red of dense vegetation, whatever the offset."""
DENSE_SHARE = 0.05
"""Share of the pixels that must be dense vegetation before it is asked."""
DENSE_RED = (1050, 1700)
"""Lower quartile of red in dense vegetation where the offset is missing; else it is 160 to 730, in haze 1110."""
TOO_BRIGHT, IMPOSSIBLY_BRIGHT = 13000, 20000
"""No land reflects so much in half of its pixels, and nothing as much as the second: snow and clouds reach 1.2."""
TOO_DARK, IMPOSSIBLY_DARK = 700, 10
"""No land stays so dark in its brightest pixels and band, and nothing as dark as the second; water does the first."""
LAND_SLOPE = 1.2
"""Near infrared by red of land, whatever the scale; water, snow and clouds have less."""
BRIGHT_PERCENT = 98.0

Pixels = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Look:
    """What a date shows alone; reflectance as digital numbers."""

    dark: npt.NDArray[np.float64]
    """(C,) level of the dark objects; zeros are left out, since a band may have no pixel there."""
    zeros: npt.NDArray[np.float64]
    """(C,) share of pixels at 0."""
    visible_zeros: float
    """Share of blue, green and red at 0."""
    has_impossible_zeros: bool
    """True if blue, green and red of land are mostly 0."""
    dense_red: float | None
    """Lower quartile of red in dense vegetation; None where there is too little of it."""
    twins: float
    """Median of B8A minus B08; 0 where one of them is not there."""
    typical: float
    """Median of the brightest band."""
    brightest: float
    """Bright pixels of the brightest band."""
    is_land: bool
    """True if the near infrared is brighter than red, as over soil and plants."""

    @property
    def is_without_dark(self) -> bool:
        """True if the dark objects of every band are brighter than any sound date's."""
        return bool(self.dark.min() >= DARK_LEAST)

    @property
    def has_bright_vegetation(self) -> bool:
        """True if dense vegetation is as bright in red as it is with OFFSET on top."""
        return self.dense_red is not None and DENSE_RED[0] <= self.dense_red <= DENSE_RED[1]

    @property
    def is_off_scale(self) -> bool:
        """True if the reflectance is that of no land, whatever the offset."""
        if self.typical >= IMPOSSIBLY_BRIGHT or self.brightest <= IMPOSSIBLY_DARK:
            return True
        return self.is_land and (self.typical >= TOO_BRIGHT or self.brightest <= TOO_DARK)


def look_at(pixels: Pixels, bands: Sequence[str], least: int) -> Look:
    """What the clear pixels of a date show.

    Args:
        pixels: (C, n) reflectance as digital numbers, n at least 1.
        bands: (C,) names.
        least: pixels of a kind that must be there before something is said of that kind.
    """
    visible = [bands.index(name) for name in VISIBLE if name in bands]
    nir = next((pixels[bands.index(name)] for name in reversed(TWINS) if name in bands), None)
    impossible, dense_red, is_land = False, None, False
    if nir is not None and visible:
        land = pixels[visible][:, nir >= LAND_NIR]
        impossible = land.shape[1] >= least and float((land <= 0).mean()) >= ZERO_VISIBLE
    if nir is not None and "B04" in bands:
        red = pixels[bands.index("B04")]
        dense = red[nir - red >= DENSE_VEGETATION]
        if dense.size >= max(least, DENSE_SHARE * red.size):
            dense_red = float(np.percentile(dense, 25))
        is_land = bool(np.median(nir) > LAND_SLOPE * np.median(red))
    return Look(
        dark=np.array([_dark_level(band) for band in pixels]),
        zeros=np.asarray((pixels <= 0).mean(axis=1), dtype=np.float64),
        visible_zeros=float((pixels[visible] <= 0).mean()) if visible else 0.0,
        has_impossible_zeros=impossible,
        dense_red=dense_red,
        twins=twin_difference(pixels, bands),
        typical=float(np.median(pixels, axis=1).max()),
        brightest=float(np.percentile(pixels, BRIGHT_PERCENT, axis=1).max()),
        is_land=is_land,
    )


def twin_difference(pixels: Pixels, bands: Sequence[str]) -> float:
    """Median of B8A minus B08 over pixels (C, n); 0 where one of them is not there."""
    if not set(TWINS) <= set(bands):
        return 0.0
    one, other = (pixels[bands.index(name)] for name in TWINS)
    return float(np.median(one - other))


def _dark_level(band: Pixels) -> float:
    shown = band[band > 0]
    return float(np.percentile(shown, DARK_PERCENT)) if shown.size else 0.0
