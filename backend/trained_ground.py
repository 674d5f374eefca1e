"""Which parcels a model has seen while it was trained: of these a map is right more often than elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.warp import transform as transform_coordinates

from .model_card import ModelCard
from .parcel_file import ParcelFile
from .parcel_layer import ParcelLayer

SEEN = ("train", "validation", "calibration")
"""Splits that a model sees: its weights are learnt or chosen by them, or its probabilities are fitted to them."""
MARGIN_DEGREES = 0.05
"""Blocks at the edge of a source reach beyond its images."""

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def seen_warning(card: ModelCard, file: ParcelFile, layer: ParcelLayer, year: int) -> str:
    """What must be said of a table of parcels that the model has partly seen; empty if it has seen none.

    Args:
        card: of the model; one that names no blocks of ground knows of none.
        file: the parcels, with their outlines.
        layer: the same on the map.
        year: of the map's last image.
    """
    touches = np.isfinite(layer.buffer_m)
    count = int(np.count_nonzero(seen_parcels(card, file, touches, year)))
    if not count:
        return ""
    verb = "lies" if count == 1 else "lie"
    return (
        f"{count} of the {np.count_nonzero(touches)} parcels on the map {verb} on ground that '{card.name}' was "
        f"trained or calibrated on, with declarations of {year}: there it is right more often than elsewhere."
    )


def seen_parcels(card: ModelCard, file: ParcelFile, touches: Bools, year: int) -> Bools:
    """(P,) parcels of which a point inside lies in a block of ground that the model has seen.

    Args:
        card: of the model.
        file: the parcels, with their outlines.
        touches: (P,) those that are asked for.
        year: of the map's last image; ground of other years had other crops.
    """
    seen = np.zeros(len(file), dtype=np.bool_)
    chosen = np.flatnonzero(touches)
    grounds = [ground for ground in map(_ground, card.training.get("sources", ())) if ground and ground.year == year]
    if not len(chosen) or not grounds:
        return seen
    inside = shapely.get_coordinates(shapely.point_on_surface(file.outlines[chosen]))
    degrees = _transformed(inside, file.crs, "EPSG:4326")
    for ground in grounds:
        low, high = np.array(ground.bbox[:2]) - MARGIN_DEGREES, np.array(ground.bbox[2:]) + MARGIN_DEGREES
        near = ((degrees >= low) & (degrees <= high)).all(axis=1)
        if near.any():
            seen[chosen[near]] |= ground.holds(_transformed(inside[near], file.crs, ground.crs))
    return seen


@dataclass(frozen=True)
class _Ground:
    """The blocks of a source that the model has seen."""

    crs: str
    bbox: tuple[float, float, float, float]
    """Degrees west, south, east, north of its images."""
    year: int
    """Of its last image."""
    size: float
    """Side of a block, units of the coordinate system."""
    runs: npt.NDArray[np.int64]
    """(N, 3) row, first and last column of neighbouring blocks, rows upwards."""

    def holds(self, points: Floats) -> Bools:
        """(P,) points, (P, 2) x and y, that lie in one of the blocks."""
        places = np.floor(points / self.size)
        out = np.zeros(len(points), dtype=np.bool_)
        for row, first, last in self.runs.tolist():
            out |= (places[:, 1] == row) & (places[:, 0] >= first) & (places[:, 0] <= last)
        return out


def _ground(source: Any) -> _Ground | None:
    """What a card says of a source; None for a simulated one, and where it names no blocks or not as we write them."""
    if not isinstance(source, Mapping) or source.get("simulated") or not source.get("blocks"):
        return None
    try:
        blocks = source["blocks"]
        west, south, east, north = (float(value) for value in source["bbox"])
        runs = [run for split in SEEN for run in blocks.get(split, ())]
        size, year = float(blocks["size"]), int(str(max(source["dates"]))[:4])
        if size <= 0:
            return None
        return _Ground(
            CRS.from_user_input(blocks["crs"]).to_wkt(),
            (west, south, east, north),
            year,
            size,
            np.array(runs, dtype=np.int64).reshape(-1, 3),
        )
    except (KeyError, TypeError, ValueError, AttributeError, CRSError):
        return None


def _transformed(points: Floats, source: str, target: str) -> Floats:
    """(N, 2) x and y in another coordinate system."""
    x, y = transform_coordinates(CRS.from_user_input(source), CRS.from_user_input(target), points[:, 0], points[:, 1])
    return np.column_stack((x, y))
