"""How fast a full tile of parcels is spread over folds and splits, against scikit-learn's stratified folds of groups.

    python benchmarks/splits.py [--parcels 100000] [--block 2000] [--folds 5] [--buffer 200]

The parcels are Voronoi cells with lanes between them, of twenty classes that differ by region. Prints a table: the
processor time of the assignment, buffers included, and of the peer, which knows none; how far the folds' shares of each
class are from equal; and the planes of windows at 2.5 m. Only the ratios are worth comparing.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import shapely
from affine import Affine
from sklearn.model_selection import StratifiedGroupKFold

from backend.grid import Grid, Window
from training.parcels import Parcels, make_parcels
from training.splits import assign_splits

Result = TypeVar("Result")
GRID = Grid("EPSG:32631", Affine(10, 0, 499980, 0, -10, 4800000), 10980, 10980)
"""A Sentinel-2 tile."""
KINDS, REGIONS = 20, 12
LANE = 8.0
"""From a parcel's edge to the middle of the lane, metres."""
WINDOW, SCALE = 256, 4
"""Side of the windows, input cells, and the magnification."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed of splits and folds.")
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--block", type=float, default=2000.0, help="side of a block, metres")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--buffer", type=float, default=200.0, help="metres")
    options = parser.parse_args()

    parcels = synthetic_parcels(options.parcels)
    splits, own = timed(
        lambda: assign_splits(parcels, GRID, options.block, buffer_m=options.buffer, folds=options.folds)
    )
    points = shapely.get_coordinates(shapely.point_on_surface(parcels.geometry))
    groups = np.unique(np.floor(points / options.block), axis=0, return_inverse=True)[1].ravel()
    peer_folds, peer = timed(lambda: sklearn_folds(parcels, groups, options.folds))
    print(f"{'folds, splits and buffers':<40}{own:>10.1f} s   {len(parcels) / own:>10,.0f} parcels/s")
    print(f"{'scikit-learn, folds alone':<40}{peer:>10.1f} s   ratio {peer / own:.1f}")
    print(f"{'farthest from equal shares':<40}{unevenness(parcels, splits.folds):>10.3f}")
    print(f"{'scikit-learn, farthest':<40}{unevenness(parcels, peer_folds):>10.3f}")

    starts = range(0, GRID.height - WINDOW, GRID.height // 5)
    windows = [GRID.crop(Window(row, col, WINDOW, WINDOW)).refine(SCALE) for row in starts for col in starts]
    none = np.zeros((WINDOW * SCALE, WINDOW * SCALE), dtype=np.int32)
    planes = timed(lambda: [(splits.plane(grid, none), splits.fold_planes(grid, none)) for grid in windows])[1]
    tile = planes / len(windows) * GRID.height * GRID.width / WINDOW**2
    print(f"{'planes of a window at 2.5 m':<40}{planes / len(windows) * 1000:>10.0f} ms  the whole tile {tile:.0f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory':<40}{peak:>10,.0f} MiB")
    return 0


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What it gives, and the processor time that it took."""
    started = time.process_time()
    return work(), time.process_time() - started


def synthetic_parcels(count: int) -> Parcels:
    """Voronoi cells over the tile, shrunk by half a lane, with classes of very unequal area."""
    generator = np.random.default_rng(0)
    left, bottom, right, top = GRID.bounds
    ground = shapely.box(left, bottom, right, top)
    points = generator.uniform((left, bottom), (right, top), (count, 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=ground))
    cells = shapely.buffer(shapely.intersection(cells, ground), -LANE, join_style="mitre")
    cells = cells[shapely.area(cells) > 100]
    place = shapely.get_coordinates(shapely.centroid(cells)) - (left, bottom)
    col, row = np.clip(place / (right - left) * REGIONS, 0, REGIONS - 1).astype(int).T
    liking = generator.normal(size=(KINDS, REGIONS, REGIONS))[:, row, col] - 0.4 * np.arange(KINDS)[:, None]
    chance = np.cumsum(np.exp(liking) / np.exp(liking).sum(axis=0), axis=0)
    return make_parcels(cells, (generator.random(len(cells)) < chance).argmax(axis=0), GRID.crs)


def sklearn_folds(parcels: Parcels, groups: np.ndarray, folds: int) -> np.ndarray:
    """Folds of whole blocks by scikit-learn, which balances numbers of parcels."""
    out = np.zeros(len(parcels), dtype=np.uint8)
    peer = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    for fold, (_, mine) in enumerate(peer.split(groups, parcels.classes, groups), start=1):
        out[mine] = fold
    return out


def unevenness(parcels: Parcels, folds: np.ndarray) -> float:
    """The farthest that a fold's share of a class's area is from an equal one, relative to it."""
    area = np.zeros((int(folds.max()), KINDS))
    np.add.at(area, (folds - 1, parcels.classes), shapely.area(parcels.geometry))
    return float(np.abs(area / area.sum(axis=0) * len(area) - 1).max())


if __name__ == "__main__":
    sys.exit(main())
