"""Ground that a model has seen while it was trained, as its card tells: of parcels there it is right more often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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


@dataclass(frozen=True)
class SeenGround:
    """The ground of a source that a model has seen."""

    bbox: tuple[float, float, float, float]
    """Degrees west, south, east, north of its images."""
    year: int
    """Of its last image: in other years the ground had other crops."""
    crs: str = ""
    """Of the blocks; empty if all of the source was seen."""
    size: float = 1.0
    """Side of a block, units of that coordinate system."""
    runs: tuple[tuple[int, int, int], ...] = ()
    """Row, first and last column of neighbouring blocks, rows upwards."""

    def holds(self, points: Floats, crs: str) -> Bools:
        """(N,) points that lie on it.

        Args:
            points: (N, 2) x and y.
            crs: their coordinate system.
        """
        degrees = _transformed(points, crs, "EPSG:4326")
        margin = MARGIN_DEGREES if self.crs else 0.0
        low, high = np.array(self.bbox[:2]) - margin, np.array(self.bbox[2:]) + margin
        out = np.asarray(((degrees >= low) & (degrees <= high)).all(axis=1))
        if self.crs and out.any():
            places = np.floor(_transformed(points[out], crs, self.crs) / self.size)
            inside = np.zeros(len(places), dtype=np.bool_)
            for row, first, last in self.runs:
                inside |= (places[:, 1] == row) & (places[:, 0] >= first) & (places[:, 0] <= last)
            out[out] = inside
        return out


def seen_grounds(training: Mapping[str, Any]) -> list[SeenGround]:
    """The real ground that a model has seen, and the models that it started from before it.

    Args:
        training: of the model's card. What names no ground, or not as we write it, is left out.
    """
    started = training.get("started_from")
    given = (training.get("sources"), started.get("sources") if isinstance(started, Mapping) else None)
    sources = [source for listed in given if isinstance(listed, Sequence) for source in listed]
    return [ground for ground in map(_ground, sources) if ground is not None]


def seen_points(grounds: Iterable[SeenGround], points: Floats, crs: str, year: int) -> Bools:
    """(N,) points on ground that was seen in a year.

    Args:
        grounds: of the model.
        points: (N, 2) x and y.
        crs: their coordinate system.
        year: of the last image of what is looked at.
    """
    out = np.zeros(len(points), dtype=np.bool_)
    for ground in grounds:
        if ground.year == year and len(points):
            out |= ground.holds(points, crs)
    return out


def seen_warning(card: ModelCard, file: ParcelFile, layer: ParcelLayer, year: int) -> str:
    """What must be said of a table of parcels that the model has partly seen; empty if it has seen none.

    Args:
        card: of the model.
        file: the parcels, with their outlines.
        layer: the same on the map.
        year: of the map's last image.
    """
    touching = np.flatnonzero(np.isfinite(layer.buffer_m))
    points = shapely.get_coordinates(shapely.point_on_surface(file.outlines[touching]))
    count = int(np.count_nonzero(seen_points(seen_grounds(card.training), points, file.crs, year)))
    if not count:
        return ""
    verb = "lies" if count == 1 else "lie"
    return (
        f"{count} of the {len(touching)} parcels on the map {verb} on ground that '{card.name}' was trained or "
        f"calibrated on, with declarations of {year}: there it is right more often than elsewhere."
    )


def _ground(source: Any) -> SeenGround | None:
    """What a card says of a source."""
    if not isinstance(source, Mapping) or source.get("simulated"):
        return None
    try:
        west, south, east, north = (float(value) for value in source["bbox"])
        bbox, year = (west, south, east, north), int(str(max(source["dates"]))[:4])
        blocks = source.get("blocks")
        if not blocks:  # all of the source is in one split
            counts = source["parcels_by_split"]
            return SeenGround(bbox, year) if any(counts.get(split) for split in SEEN) else None
        runs = [(int(row), int(first), int(last)) for split in SEEN for row, first, last in blocks.get(split, ())]
        crs, size = CRS.from_user_input(blocks["crs"]).to_wkt(), float(blocks["size"])
        return SeenGround(bbox, year, crs, size, tuple(runs)) if size > 0 else None
    except (KeyError, TypeError, ValueError, AttributeError, CRSError):
        return None


def _transformed(points: Floats, source: str, target: str) -> Floats:
    """(N, 2) x and y in another coordinate system."""
    x, y = transform_coordinates(CRS.from_user_input(source), CRS.from_user_input(target), points[:, 0], points[:, 1])
    return np.column_stack((x, y))
