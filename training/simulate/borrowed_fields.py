"""Real parcel shapes from a vector file, cut to a scene. Takes their geometry only, never their crops or place."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from shapely.geometry import box

from backend.errors import InputError

from .fields import Landscape

TRAINED_SHARE = 0.7
"""Share of a file's parcels, from the west, that scenes to train on borrow from; the rest is for tests."""


@lru_cache(maxsize=4)
def _read_shapes(path: Path, ground: str = "all") -> NDArray[np.object_]:
    """Polygons of a file, or of a part of its ground, in metres of its own UTM zone."""
    try:
        frame: gpd.GeoDataFrame = pyogrio.read_dataframe(path, columns=[])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputError(f"{path}: cannot be read as a vector file of parcels ({error}).") from error
    if frame.crs is None:
        raise InputError(f"{path.name}: has no coordinate system.", hint="Set it in QGIS and save the file again.")
    shapes = frame.to_crs(frame.estimate_utm_crs()).geometry.make_valid().to_numpy()
    parts = shapely.get_parts(shapes)
    polygons = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 300)]
    if len(polygons) == 0:
        raise InputError(f"{path.name}: holds no polygon of more than 300 m2; expected parcels.")
    if ground != "all":
        east = shapely.get_x(shapely.centroid(polygons))
        is_trained = east <= np.quantile(east, TRAINED_SHARE)
        polygons = polygons[is_trained if ground == "trained" else ~is_trained]
        if len(polygons) == 0:
            raise InputError(f"{path.name}: holds too few parcels to keep some for tests.")
    return np.asarray(polygons, dtype=object)


def borrow_landscape(
    rng: np.random.Generator,
    path: Path,
    side_m: float,
    margin_m: float,
    ground: str = "all",
    parcel_ha: tuple[float, float] | None = None,
) -> Landscape:
    """Parcels of a random window where many lie, turned and mirrored at random.

    Coordinates as in `fields`. The grounds stay empty: what lies between real parcels is for the renderer to fill.

    Args:
        rng: drawn from in a fixed order.
        path: vector file of parcels.
        side_m: side of the scene, metres.
        margin_m: ground wanted around the scene, metres.
        ground: part of the file.
        parcel_ha: least and greatest median area, hectares. One is drawn, and a file of larger parcels is shrunk to it:
            fields of one landscape in the size of another, and more of them in a scene. None keeps their size.
    """
    shapes = _read_shapes(Path(path), ground)
    if parcel_ha is not None:
        median_ha = float(np.exp(rng.uniform(*np.log(parcel_ha))))
        factor = min(1.0, np.sqrt(median_ha * 1e4 / np.median(shapely.area(shapes))))
        shapes = shapely.transform(shapes, lambda xy: xy * factor)
    tree = shapely.STRtree(shapes)
    anchors = shapely.get_coordinates(shapely.point_on_surface(shapes[rng.integers(0, len(shapes), 48)]))
    anchors = anchors + rng.uniform(-side_m / 4, side_m / 4, anchors.shape)
    areas = shapely.area(shapes)
    covered = [
        areas[tree.query(box(x - side_m / 2, y - side_m / 2, x + side_m / 2, y + side_m / 2), "intersects")].sum()
        for x, y in anchors
    ]
    best = np.argsort(np.asarray(covered), kind="stable")[-24:]
    x, y = anchors[int(rng.choice(best))]
    angle = float(rng.uniform(0, 2 * np.pi))
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    reach = 0.75 * (side_m + 2 * margin_m)
    near = shapes[np.sort(tree.query(box(x - reach, y - reach, x + reach, y + reach), "intersects"))]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = np.array([side_m / 2, -side_m / 2])
    moved = shapely.transform(near, lambda xy: ((xy - (x, y)) * (mirror, 1.0)) @ turn.T + shift)
    frame = box(-margin_m, -side_m - margin_m, side_m + margin_m, margin_m)
    cut = shapely.get_parts(shapely.intersection(moved, frame))
    parcels = [part for part in cut if part.geom_type == "Polygon" and part.area > 300]
    # Blocks are unknown here; parcels within 400 m count as farmed alike.
    centres = np.array([(part.centroid.x, part.centroid.y) for part in parcels]).reshape(-1, 2)
    cells = np.floor(centres / 400.0).astype(int)
    return Landscape(parcels=parcels, block_of=[int(col * 1000 - row) for col, row in cells])
