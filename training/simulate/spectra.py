"""Reflectance of pure surfaces in the ten bands of `settings.BANDS`: plausible Sentinel-2 L2A values, no one's data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def _spectra(table: str) -> dict[str, FloatArray]:
    rows = (line.split() for line in table.strip().splitlines())
    return {row[0]: np.array([float(value) for value in row[1:]]) for row in rows}


GREEN = _spectra("""
    cereal    0.022 0.041 0.023 0.069 0.290 0.402 0.420 0.432 0.122 0.054
    grass     0.030 0.064 0.033 0.112 0.342 0.415 0.440 0.450 0.190 0.088
    broad     0.030 0.066 0.034 0.105 0.365 0.450 0.465 0.477 0.205 0.092
    maize     0.023 0.045 0.023 0.066 0.292 0.430 0.438 0.452 0.165 0.070
    rape      0.031 0.066 0.033 0.108 0.425 0.520 0.548 0.558 0.138 0.062
    legume    0.032 0.074 0.038 0.120 0.370 0.435 0.450 0.460 0.205 0.096
    vine      0.030 0.060 0.040 0.105 0.300 0.365 0.385 0.395 0.205 0.100
    deciduous 0.018 0.042 0.021 0.074 0.275 0.345 0.365 0.380 0.155 0.066
    conifer   0.018 0.031 0.019 0.047 0.138 0.168 0.182 0.192 0.085 0.040
    shrub     0.026 0.046 0.036 0.082 0.185 0.218 0.235 0.247 0.165 0.088
""")
"""Closed canopies in early summer. Bands: B02 B03 B04 B05 B06 B07 B08 B8A B11 B12."""

FLOWER = _spectra("rape 0.058 0.138 0.118 0.195 0.445 0.535 0.562 0.572 0.185 0.092")
"""A canopy in full flower."""

DRY = _spectra("""
    ripe      0.078 0.115 0.158 0.188 0.228 0.254 0.270 0.282 0.325 0.228
    straw     0.090 0.130 0.172 0.202 0.230 0.252 0.268 0.280 0.360 0.285
    leaf      0.055 0.080 0.106 0.142 0.195 0.222 0.236 0.248 0.275 0.185
    litter    0.028 0.043 0.052 0.078 0.125 0.150 0.165 0.178 0.180 0.108
    hay       0.060 0.094 0.112 0.162 0.232 0.260 0.280 0.292 0.330 0.215
""")
"""Dead vegetation: standing ripe crop, stubble, senescent leaves, forest litter, dead grass."""

SOIL = _spectra("""
    loam      0.096 0.131 0.166 0.193 0.212 0.226 0.241 0.252 0.345 0.296
    clay      0.068 0.092 0.117 0.141 0.160 0.174 0.188 0.199 0.268 0.225
    chalk     0.128 0.176 0.214 0.238 0.254 0.268 0.285 0.296 0.378 0.325
    red       0.062 0.094 0.150 0.188 0.212 0.227 0.245 0.256 0.358 0.306
""")
"""Bare soils, dry."""

SURFACE = _spectra("""
    asphalt   0.086 0.098 0.108 0.118 0.128 0.134 0.142 0.148 0.168 0.156
    roof      0.108 0.124 0.146 0.162 0.174 0.184 0.196 0.205 0.228 0.205
    quarry    0.170 0.212 0.250 0.272 0.286 0.298 0.312 0.322 0.385 0.345
    water     0.036 0.036 0.026 0.022 0.016 0.015 0.013 0.012 0.006 0.004
""")
"""Surfaces that neither grow nor get wet."""

WET = np.array([0.55, 0.55, 0.56, 0.58, 0.60, 0.61, 0.62, 0.62, 0.56, 0.50])
"""Wet soil relative to dry."""

WINTER = np.array([0.86, 0.86, 0.88, 0.86, 0.74, 0.70, 0.70, 0.70, 0.88, 0.90])
"""Green canopy in January relative to early summer: a low sun, small leaves, shade between plants."""
