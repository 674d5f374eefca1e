"""Ground that a model has seen while it was trained, as its card tells: of parcels there it is right more often."""

from __future__ import annotations

import logging
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

log = logging.getLogger(__name__)

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
    """Of its harvest: in other years the ground had other crops."""
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
            out[out] = self._in_runs(np.floor(_transformed(points[out], crs, self.crs) / self.size))
        return out

    def _in_runs(self, places: Floats) -> Bools:
        """(N,) of the blocks at (N, 2) columns and rows: those in a run."""
        if not self.runs:
            return np.zeros(len(places), dtype=np.bool_)
        row, first, last = np.array(sorted(self.runs), dtype=np.float64).T
        # blocks as one number each, row after row: a block is in a run if one that begins before it ends behind it
        span = 2 * max(float(np.abs(places).max(initial=0.0)), float(np.abs(self.runs).max())) + 1
        block = places[:, 1] * span + places[:, 0]
        before = np.searchsorted(row * span + first, block, side="right") - 1
        end = np.maximum.accumulate(row * span + last)
        return np.asarray((before >= 0) & (block <= end[np.maximum(before, 0)]))


def seen_grounds(training: Mapping[str, Any]) -> list[SeenGround]:
    """The real ground that a model has seen, and the models that it started from before it.

    Args:
        training: of the model's card. What names no ground, or not as we write it, is left out.
    """
    return [ground for ground in map(_ground, _sources(training)) if ground is not None]


def is_told(training: Mapping[str, Any]) -> bool:
    """Whether a card tells which ground the model has seen: of all real sources in it, if there are any."""
    if not isinstance(training.get("sources"), Sequence):
        return False
    started = training.get("started_from")
    if isinstance(started, Mapping) and started.get("sources") is None:
        return False
    real = [source for source in _sources(training) if not (isinstance(source, Mapping) and source.get("simulated"))]
    return all(_ground(source) is not None or _is_a_test(source) for source in real)


def seen_points(grounds: Iterable[SeenGround], points: Floats, crs: str, year: int) -> Bools:
    """(N,) points on ground that was seen with the crops of a year.

    Args:
        grounds: of the model.
        points: (N, 2) x and y.
        crs: their coordinate system.
        year: of the harvest that is looked at.
    """
    out = np.zeros(len(points), dtype=np.bool_)
    there = np.isfinite(points).all(axis=1)
    for ground in grounds:
        if ground.year != year or not there.any():
            continue
        try:
            out[there] |= ground.holds(points[there], crs)
        except Exception:  # GDAL's own kinds of error, which rasterio does not export: a remark must not end a map
            log.debug("ground of a card that cannot be related to %s", crs[:60], exc_info=True)
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
    points = points_inside(file.outlines[touching])
    count = int(np.count_nonzero(seen_points(seen_grounds(card.training), points, file.crs, year)))
    if not count:
        return ""
    verb = "lies" if count == 1 else "lie"
    return (
        f"{count} of the {len(touching)} parcels on the map {verb} on ground that '{card.name}' was trained or "
        f"calibrated on, with declarations of {year}: there it is right more often than elsewhere."
    )


def points_inside(shapes: npt.NDArray[Any]) -> Floats:
    """(N, 2) x and y of a point inside of each shape; NaN for an empty one."""
    points = shapely.point_on_surface(shapes)
    return np.column_stack((shapely.get_x(points), shapely.get_y(points)))


def _sources(training: Mapping[str, Any]) -> list[Any]:
    """The sources of a model and of those that it started from."""
    started = training.get("started_from")
    given = (training.get("sources"), started.get("sources") if isinstance(started, Mapping) else None)
    return [source for listed in given if isinstance(listed, Sequence) for source in listed]


def _is_a_test(source: Any) -> bool:
    """Whether no parcel of a source was seen."""
    counts = source.get("parcels_by_split") if isinstance(source, Mapping) else None
    return isinstance(counts, Mapping) and not any(counts.get(split) for split in SEEN)


def _ground(source: Any) -> SeenGround | None:
    """What a card says of a source."""
    if not isinstance(source, Mapping) or source.get("simulated") or _is_a_test(source):
        return None
    try:
        west, south, east, north = (float(value) for value in source["bbox"])
        year = int(source.get("year") or str(max(source["dates"]))[:4])
        bbox, blocks = (west, south, east, north), source.get("blocks")
        if not blocks:  # all of the source is in one split, unless the card is of an earlier version
            return None if source["parcels_by_split"].get("test") else SeenGround(bbox, year)
        runs = [(int(row), int(first), int(last)) for split in SEEN for row, first, last in blocks.get(split, ())]
        crs, size = CRS.from_user_input(blocks["crs"]).to_wkt(), float(blocks["size"])
        return SeenGround(bbox, year, crs, size, tuple(runs)) if size > 0 else None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, CRSError):
        return None


def _transformed(points: Floats, source: str, target: str) -> Floats:
    """(N, 2) x and y in another coordinate system."""
    x, y = transform_coordinates(CRS.from_user_input(source), CRS.from_user_input(target), points[:, 0], points[:, 1])
    return np.column_stack((x, y))
