"""Fine rasters of parcels and background from polygons. Knows no crops, no bands, no dates."""

from __future__ import annotations

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy.ndimage import distance_transform_edt, gaussian_filter

from .clouds import fractal
from .fields import Landscape
from .settings import FINE_M

LANE_M = 9.0
"""Ground nearer than this to a parcel on both sides is a lane, wherever only the parcels are known."""


def rasterize_landscape(
    land: Landscape, kinds: list[str], side: int, margin_m: float
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
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
    """Background between real parcels: lanes in narrow gaps, wood, shrub or hamlet in wide ones."""
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
