"""Spatial blocks for training, validation, calibration and test. Knows parcels and grids, no images.

Blocks lie on an absolute lattice (coordinates divided by the block's size), a parcel belongs to the block
of a point inside it, so no parcel is in two splits, and the ground between parcels belongs to the block of
its cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError
from scipy.ndimage import distance_transform_edt

from backend.errors import GridError, InputError
from backend.grid import Grid
from training.classes import UNKNOWN, nearest
from training.parcels import Parcels

NONE, TRAIN, VALIDATION, CALIBRATION, TEST = range(5)
"""Codes in the split plane; NONE is dropped or belongs to no split."""
SPLITS: Mapping[str, int] = {
    "train": TRAIN,
    "validation": VALIDATION,
    "calibration": CALIBRATION,
    "test": TEST,
}
DEFAULT_SHARES: Mapping[str, float] = {"train": 0.6, "validation": 0.1, "calibration": 0.1, "test": 0.2}
METRES_PER_DEGREE = 111_320.0
"""Length of a degree of latitude: blocks on geographic grids are narrower on the ground from west to east."""
_PASSES = 20
"""Most rounds of single moves that better the shares after the greedy assignment."""
_STARTS, _STARTED_BLOCKS = 16, 4000
"""Most starts, and most blocks assigned in all starts together."""
_ABSENT = 1.0
"""Cost of a class that a split could have and does not; a whole class's area at the wrong place costs 2."""

Blocks = dict[tuple[int, int], int]


@dataclass(frozen=True)
class Splits:
    """Which parcel and which block belongs to which split."""

    parcels: NDArray[np.uint8]
    """(N,) split code per parcel; NONE where a buffer drops it."""
    blocks: Blocks
    """(row, column) of a block on the lattice, rows upwards, to its split; one without parcels is drawn."""
    block_size: float
    """In units of the coordinate system; 0: no blocks, everything is in one split."""
    shares: tuple[float, float, float, float]
    """Wanted shares of train, validation, calibration and test."""
    seed: int
    buffer: float
    """In units of the coordinate system."""

    def plane(self, grid: Grid, parcel_raster: NDArray[np.int32] | None = None) -> NDArray[np.uint8]:
        """The split of each cell of a grid.

        Args:
            grid: in the coordinate system of the parcels.
            parcel_raster: (H, W) parcel ids: their cells take the parcel's split, the others that of their
            block.

        Returns:
            (H, W) uint8. Ground between parcels that lies in training blocks within the buffer of a cell of
            another split is NONE.
        """
        out = self._block_plane(grid)
        if parcel_raster is not None:
            if parcel_raster.shape != grid.shape:
                raise GridError(f"The parcel raster has {parcel_raster.shape} cells, the grid {grid.shape}.")
            of_parcel = np.concatenate((np.zeros(1, dtype=np.uint8), self.parcels))
            out = np.where(parcel_raster > 0, of_parcel[parcel_raster], out).astype(np.uint8)
        if self.buffer > 0:
            far = np.isin(out, (NONE, TRAIN))
            distance = distance_transform_edt(far, sampling=grid.resolution) if not far.all() else np.inf
            near = (distance <= self.buffer) & (out == TRAIN)
            if parcel_raster is not None:
                near &= parcel_raster == 0
            out[near] = NONE
        return out

    def _block_plane(self, grid: Grid) -> NDArray[np.uint8]:
        """(H, W) split of the block that holds each cell's centre."""
        if self.block_size == 0:
            return np.full(grid.shape, self.blocks[0, 0], dtype=np.uint8)
        t = grid.transform
        rows, cols = np.arange(grid.height)[:, None] + 0.5, np.arange(grid.width)[None, :] + 0.5
        x, y = t.a * cols + t.c, t.e * rows + t.f
        # a north-up grid needs one row and one column only
        x, y = x + t.b * rows if t.b else x, y + t.d * cols if t.d else y
        block_row = np.floor(y / self.block_size).astype(np.int64)
        block_col = np.floor(x / self.block_size).astype(np.int64)
        first_row, first_col = int(block_row.min()), int(block_col.min())
        table = np.array(
            [
                [self._split_of((row, col)) for col in range(first_col, int(block_col.max()) + 1)]
                for row in range(first_row, int(block_row.max()) + 1)
            ],
            dtype=np.uint8,
        )
        out: NDArray[np.uint8] = table[block_row - first_row, block_col - first_col]
        return out

    def _split_of(self, block: tuple[int, int]) -> int:
        return self.blocks[block] if block in self.blocks else _draw(block, self.shares, self.seed)


def assign_splits(
    parcels: Parcels,
    grid: Grid,
    block_size_m: float,
    shares: Mapping[str, float] = DEFAULT_SHARES,
    seed: int = 0,
    buffer_m: float = 0.0,
) -> Splits:
    """Spread parcels over the splits by spatial blocks, each class over all splits where it can be.

    Greedy (after Sechidis et al. 2011, "On the stratification of multi-label data", on areas): the class
    with the fewest open blocks comes first; its next block goes to the split that lacks the class and wants
    most of it, then to the one that still wants most. Single moves then better the shares without taking a
    class from a split; the best of several starts counts.

    Args:
        parcels: in the coordinate system of the grid.
        grid: names that coordinate system and its unit.
        block_size_m: width and height of a block in metres; several times the size of a parcel.
        shares: wanted share of the area of train, validation, calibration and test; they sum to 1.
        seed: draws the starts, and the split of blocks that have no parcel with a known class.
        buffer_m: training parcels nearer than this to a parcel of another split are dropped.

    Raises:
        InputError: if shares are unknown or do not sum to 1, or there are fewer blocks with parcels than
        splits.
    """
    wanted = _check_shares(shares)
    if not block_size_m > 0 or buffer_m < 0:
        raise InputError(
            f"Blocks must be larger than 0 m and buffers not below, not {block_size_m} and {buffer_m}."
        )
    unit = metres_per_unit(grid.crs)
    block_size, buffer = block_size_m / unit, buffer_m / unit
    points = shapely.get_coordinates(shapely.point_on_surface(parcels.geometry))
    lattice = np.floor(points[:, ::-1] / block_size).astype(np.int64)
    blocks, block_of = np.unique(lattice, axis=0, return_inverse=True)
    block_of = block_of.ravel()

    known = parcels.classes != UNKNOWN
    codes = np.unique(parcels.classes[known])
    area = np.zeros((len(blocks), len(codes)))
    np.add.at(
        area,
        (block_of[known], np.searchsorted(codes, parcels.classes[known])),
        np.asarray(shapely.area(parcels.geometry[known])),
    )
    used = int(np.count_nonzero(area.any(axis=1)))
    needed = sum(share > 0 for share in wanted)
    if used < needed:
        raise InputError(
            f"The parcels lie in {used} blocks of {block_size_m:g} m, {needed} splits need {needed}.",
            "Choose smaller blocks, or give whole sources one role.",
        )
    chosen = _stratify(area, np.array(wanted), seed)
    split_of: Blocks = {}
    for position, (row, col) in enumerate(blocks.tolist()):
        has_class = bool(area[position].any())
        split_of[row, col] = int(chosen[position]) + 1 if has_class else _draw((row, col), wanted, seed)
    of_parcel = np.array([split_of[row, col] for row, col in lattice.tolist()], dtype=np.uint8)
    if buffer > 0:
        others = parcels.geometry[of_parcel != TRAIN]
        train = np.flatnonzero(of_parcel == TRAIN)
        near = shapely.STRtree(others).query(parcels.geometry[train], predicate="dwithin", distance=buffer)[0]
        of_parcel[train[np.unique(near)]] = NONE
    return Splits(of_parcel, split_of, block_size, wanted, seed, buffer)


def whole_split(parcels: Parcels, split: Literal["train", "validation", "calibration", "test"]) -> Splits:
    """All parcels of a source, and all ground between them, in one split.

    Raises:
        InputError: if there is no such split.
    """
    if split not in SPLITS:
        raise InputError(f"There is no split '{split}'{nearest(split, list(SPLITS))}.")
    code = SPLITS[split]
    return Splits(
        np.full(len(parcels), code, dtype=np.uint8), {(0, 0): code}, 0.0, (0.0, 0.0, 0.0, 0.0), 0, 0.0
    )


def metres_per_unit(crs: str) -> float:
    """Metres in one unit of a coordinate system; for degrees those of latitude.

    Raises:
        GridError: if the text names no coordinate system.
    """
    try:
        system = CRS.from_user_input(crs)
    except CRSError as error:
        raise GridError(f"'{crs[:60]}' is no coordinate system.") from error
    if system.is_geographic:
        return METRES_PER_DEGREE
    return float(system.axis_info[0].unit_conversion_factor)


def _check_shares(shares: Mapping[str, float]) -> tuple[float, float, float, float]:
    """The shares in the order of SPLITS."""
    for name in shares:
        if name not in SPLITS:
            raise InputError(f"There is no split '{name}'{nearest(name, list(SPLITS))}.")
    values = [float(shares.get(name, 0.0)) for name in SPLITS]
    if min(values) < 0 or abs(sum(values) - 1) > 1e-6:
        listed = ", ".join(f"{name} {value:g}" for name, value in zip(SPLITS, values, strict=True))
        raise InputError(f"The shares of the splits must sum to 1 and not be negative: {listed}.")
    return values[0], values[1], values[2], values[3]


def _draw(block: tuple[int, int], shares: tuple[float, float, float, float], seed: int) -> int:
    """The split of a block that has no parcels: a function of seed and position alone."""
    # SeedSequence takes whole numbers from 0, a block's position may be negative
    row, col = (2 * abs(value) + (value < 0) for value in block)
    chance = np.random.default_rng([abs(seed), row, col]).random()
    open_splits = [code for code, share in zip(SPLITS.values(), shares, strict=True) if share > 0]
    steps = np.cumsum([share for share in shares if share > 0])
    return open_splits[min(int(np.searchsorted(steps, chance, side="right")), len(open_splits) - 1)]


def _stratify(area: NDArray[np.float64], shares: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """A split (0-3) for each block, -1 without area: the best of several starts. See assign_splits.

    Args:
        area: (B, K) area of each class in each block.
        shares: (4,) wanted shares.
        seed: draws the orders in which blocks are taken.
    """
    generator = np.random.default_rng(abs(seed))
    best, least = np.full(len(area), -1, dtype=np.int64), np.inf
    # many blocks come near the shares from any start, few need the choice
    for _ in range(max(1, min(_STARTS, _STARTED_BLOCKS // max(1, len(area))))):
        order = generator.permutation(len(area))
        chosen, cost = _improve(area, _greedy(area, shares, order), shares, order)
        if cost < least - 1e-9:
            best, least = chosen, cost
    return best


def _greedy(
    area: NDArray[np.float64], shares: NDArray[np.float64], order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """A first assignment: the class with the fewest open blocks first, to the split that wants most of it.

    Args:
        area: (B, K) area of each class in each block.
        shares: (4,) wanted shares.
        order: (B,) blocks in the order in which they are taken.
    """
    want = shares[:, None] * area.sum(axis=0)
    has = np.zeros(want.shape, dtype=np.bool_)
    chosen = np.full(len(area), -1, dtype=np.int64)
    while True:
        is_open = (chosen < 0)[:, None] & (area > 0)
        left = is_open.sum(axis=0)
        if not left.any():
            return chosen
        k = int(np.argmin(np.where(left > 0, left, len(area) + 1)))
        block = int(order[is_open[order, k]][0])
        lacking = ~has[:, k] & (shares > 0)
        among = lacking if lacking.any() else shares > 0
        # first what the class wants, then what all classes together want
        wish = want[:, k] / area[:, k].sum() + 1e-3 * want.sum(axis=1) / area.sum()
        split = int(np.argmax(np.where(among, wish, -np.inf)))
        chosen[block] = split
        has[split] |= area[block] > 0
        want[split] -= area[block]


def _improve(
    area: NDArray[np.float64],
    chosen: NDArray[np.int64],
    shares: NDArray[np.float64],
    order: NDArray[np.int64],
) -> tuple[NDArray[np.int64], float]:
    """Move single blocks while that brings the shares nearer, by class and in all; returns the cost too."""
    total = area.sum(axis=0)
    # the last column counts all classes together, with the weight of all of them
    parts = np.column_stack((area / total, area.sum(axis=1) / area.sum()))
    weights = np.append(np.ones(len(total)), len(total))
    spread = (parts > 0).sum(axis=0) >= np.count_nonzero(shares)
    open_splits = np.flatnonzero(shares > 0)
    chosen = chosen.copy()
    state = np.zeros((len(shares), parts.shape[1]))
    blocks = np.zeros((len(shares), parts.shape[1]), dtype=np.int64)
    for block in np.flatnonzero(chosen >= 0):
        state[chosen[block]] += parts[block]
        blocks[chosen[block]] += parts[block] > 0

    def cost(state: NDArray[np.float64], blocks: NDArray[np.int64]) -> float:
        absent = (blocks[open_splits] == 0) & spread
        return float((np.abs(state - shares[:, None]) * weights).sum() + _ABSENT * len(total) * absent.sum())

    best = cost(state, blocks)
    for _ in range(_PASSES):
        moved = False
        for block in order[chosen[order] >= 0]:
            old = chosen[block]
            for new in open_splits:
                if new == chosen[block]:
                    continue
                shift = np.zeros((len(shares), 1))
                shift[new], shift[chosen[block]] = 1, -1
                new_state, new_blocks = (
                    state + shift * parts[block],
                    blocks + (shift * (parts[block] > 0)).astype(int),
                )
                value = cost(new_state, new_blocks)
                if value < best - 1e-9:
                    best, state, blocks = value, new_state, new_blocks
                    chosen[block] = new
            moved |= bool(chosen[block] != old)
        if not moved:
            break
    return chosen, best
