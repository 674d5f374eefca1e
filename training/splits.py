"""Assigns parcels and ground to splits and folds by spatial blocks. Knows parcels and coordinates, no images.

A parcel belongs to the block of a point inside it, so no parcel is in two splits, and the ground between parcels
belongs to the block of its cell. Sources over one region share their blocks, and parcels that are the same field in
several of them share one block.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from backend.errors import GridError, InputError
from backend.grid import Grid
from training.classes import UNKNOWN, nearest
from training.crs import buffer_in_units, is_same_crs, metres_per_unit, read_crs
from training.parcels import GeometryArray, Parcels
from training.partition import Partition, draw_code
from training.same_fields import in_others, join_blocks
from training.split_map import (
    CALIBRATION,
    MAX_FOLDS,
    NONE,
    OTHERS,
    SPLITS,
    TEST,
    TRAIN,
    VALIDATION,
    Splits,
    whole_split,
)
from training.stratify import stratify

__all__ = [
    "CALIBRATION",
    "DEFAULT_SHARES",
    "MAX_FOLDS",
    "NONE",
    "SPLITS",
    "TEST",
    "TRAIN",
    "VALIDATION",
    "Splits",
    "assign_region",
    "assign_splits",
    "metres_per_unit",
    "shared_fields",
    "whole_split",
    "without_test",
]

DEFAULT_SHARES: Mapping[str, float] = {"train": 0.6, "validation": 0.1, "calibration": 0.1, "test": 0.2}
_FOLD_STREAM = 1
"""Sets the draw of a block's fold apart from that of its split."""


def assign_splits(
    parcels: Parcels,
    grid: Grid,
    block_size_m: float,
    shares: Mapping[str, float] = DEFAULT_SHARES,
    seed: int = 0,
    buffer_m: float = 0.0,
    folds: int = 0,
) -> Splits:
    """Spread the parcels of one source over the splits by spatial blocks; see assign_region.

    Args:
        parcels: in the coordinate system of the grid.
        grid: names that coordinate system.
        block_size_m: as for assign_region, like all that follow.
        shares: wanted shares of the splits.
        seed: draws.
        buffer_m: between training and other splits.
        folds: number of folds, 0 for none.

    Raises:
        InputError: as assign_region.
        GridError: if the parcels are in another coordinate system than the grid.
    """
    if not is_same_crs(parcels.crs, grid.crs):
        raise GridError(f"The parcels are in {parcels.crs[:60]} but the grid is in {grid.crs[:60]}.")
    return assign_region((parcels,), block_size_m, shares, seed, buffer_m, folds)[0]


def assign_region(
    sources: Sequence[Parcels],
    block_size_m: float,
    shares: Mapping[str, float] = DEFAULT_SHARES,
    seed: int = 0,
    buffer_m: float = 0.0,
    folds: int = 0,
    apart_from: Iterable[Parcels] = (),
) -> list[Splits]:
    """Spread the parcels of all sources over one region, its years for example, over the splits by the same blocks.

    Blocks are assigned so that each class has its share in each split, and is in each split where it has enough
    blocks for that (training.stratify). Parcels that are the same field in several sources, or declared twice, are
    assigned together (training.same_fields).

    With folds each block has a fold too, 1 to k, of equal shares of each class. The splits are then training,
    validation and calibration alone, by their shares without that of the test, and such that they hold each class
    also when the blocks of any one fold are taken out: training.folds.fold_roles makes them the test.

    Args:
        sources: the parcels of each, in one coordinate system.
        block_size_m: width and height of a block in metres; several times the size of a parcel.
        shares: wanted share of the area of train, validation, calibration and test; they sum to 1.
        seed: draws the starts, and the split and fold of blocks that have no parcel with a known crop.
        buffer_m: training parcels and ground nearer than this to ground or a parcel of another split, of any of the
            sources, are dropped.
        folds: k, 2 to 31; 0 for none.
        apart_from: parcels that are the test elsewhere (a region held out that overlaps this one), in any coordinate
            system: parcels that are the same field are dropped, and training within the buffer of them.

    Returns:
        The splits of each source, in order.

    Raises:
        InputError: if shares are unknown or do not sum to 1, sizes or folds cannot be, or there are fewer blocks with
            parcels than splits or folds need.
        GridError: if the sources are in several coordinate systems.
    """
    _check_sizes(block_size_m, buffer_m, folds)
    wanted = _check_shares(without_test(shares) if folds else shares)
    if not sources:
        return []
    crs = _one_crs(sources)
    geometry: GeometryArray = np.concatenate([parcels.geometry for parcels in sources])
    classes = np.concatenate([parcels.classes for parcels in sources])
    block_size = block_size_m / metres_per_unit(crs)
    latitude = np.abs(shapely.total_bounds(geometry)[[1, 3]]).max() if len(geometry) else 0.0
    buffer = buffer_in_units(buffer_m, crs, float(latitude))

    points = shapely.get_coordinates(shapely.point_on_surface(geometry))
    home = join_blocks(geometry, np.floor(points[:, ::-1] / block_size).astype(np.int64))
    blocks, block_of = np.unique(home, axis=0, return_inverse=True)
    block_of = block_of.ravel()
    area = _area_by_class(geometry, classes, block_of, len(blocks))
    _check_blocks(area, wanted, folds, block_size_m)
    fold_of_block = stratify(area, np.full(folds, 1 / folds), seed) if folds else None
    split_of_block = stratify(area, np.array(wanted), seed, fold_of_block)
    if fold_of_block is not None:
        _check_folds_have_roles(split_of_block, fold_of_block, wanted, block_size_m)

    bounds = shapely.bounds(geometry)
    low, high = home[:, ::-1] * block_size, (home[:, ::-1] + 1) * block_size
    beyond = ((bounds[:, :2] < low) | (bounds[:, 2:] > high)).any(axis=1)

    def partition(chosen: NDArray[np.int64], odds: tuple[float, ...], stream: tuple[int, ...]) -> Partition:
        codes = {
            (row, col): int(choice) + 1 if choice >= 0 else draw_code((row, col), odds, stream)
            for (row, col), choice in zip(blocks.tolist(), chosen, strict=True)
        }
        per_block = np.array(list(codes.values()), dtype=np.uint8)
        return Partition(codes, block_size, odds, stream, geometry[beyond], per_block[block_of[beyond]])

    roles = partition(split_of_block, wanted, (seed,))
    split = roles.codes_at(*home.T)
    fold = np.zeros(len(geometry), dtype=np.uint8)
    near = np.zeros(len(geometry), dtype=np.int32)
    fold_blocks = None
    if fold_of_block is not None:
        fold_blocks = partition(fold_of_block, (1 / folds,) * folds, (seed, _FOLD_STREAM))
        fold = fold_blocks.codes_at(*home.T)
        near = fold_blocks.near_parcels(geometry, fold, buffer) if buffer > 0 else near

    tested = _carried_over(apart_from, crs, bounds, buffer)
    if len(tested):
        roles = replace(
            roles,
            beyond=np.concatenate((roles.beyond, tested)),
            beyond_codes=np.append(roles.beyond_codes, np.full(len(tested), TEST, dtype=np.uint8)),
        )
    dropped = in_others(geometry, tested)
    if buffer > 0:
        dropped |= (split == TRAIN) & ((roles.near_parcels(geometry, split, buffer) & OTHERS) != 0)
    split[dropped] = NONE

    ends = np.cumsum([len(parcels) for parcels in sources])[:-1]
    return [
        Splits(*of_source, roles=roles, fold_blocks=fold_blocks, buffer=buffer)
        for of_source in zip(np.split(split, ends), np.split(fold, ends), np.split(near, ends), strict=True)
    ]


def shared_fields(first: Parcels, second: Parcels) -> int:
    """How many parcels of one source are fields of another one too, whatever the coordinate systems.

    Sources that share fields should be of one region: assigned apart, a field could be trained on in one and tested in
    the other.
    """
    if not len(first) or not len(second):
        return 0
    others = _carried_over((second,), first.crs, shapely.bounds(first.geometry), 0.0)
    return int(np.count_nonzero(in_others(first.geometry, others)))


def without_test(shares: Mapping[str, float]) -> dict[str, float]:
    """The shares where the test is chosen otherwise (a fold, a year, a region): of the other splits, summing to 1.

    Raises:
        InputError: if shares are unknown or do not sum to 1, or the test has all.
    """
    _check_shares(shares)
    rest = {name: float(value) for name, value in shares.items() if name != "test"}
    total = sum(rest.values())
    if total <= 0:
        raise InputError(
            "The shares of train, validation and calibration are all 0, but the test is what is held out.",
            "Give train a share above 0.",
        )
    return {name: value / total for name, value in rest.items()}


def _one_crs(sources: Sequence[Parcels]) -> str:
    """The coordinate system of all sources."""
    crs = sources[0].crs
    others = sorted({parcels.crs[:60] for parcels in sources if not is_same_crs(parcels.crs, crs)})
    if others:
        raise GridError(
            f"The sources of one region must be in one coordinate system, not in {', '.join([crs[:60], *others])}.",
            "Give sources in another zone a region of their own, or bring the images into one zone.",
        )
    return crs


def _area_by_class(
    geometry: GeometryArray, classes: NDArray[np.uint8], block_of: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    """(B, K) area of each known class that occurs, in each block."""
    known = classes != UNKNOWN
    codes = np.unique(classes[known])
    area = np.zeros((count, len(codes)))
    place = (block_of[known], np.searchsorted(codes, classes[known]))
    np.add.at(area, place, np.asarray(shapely.area(geometry[known])))
    return area


def _carried_over(sources: Iterable[Parcels], crs: str, bounds: NDArray[np.float64], buffer: float) -> GeometryArray:
    """The parcels of other sources in this coordinate system, as far as they are near the (N, 4) boxes."""
    found: list[GeometryArray] = [np.zeros(0, dtype=np.object_)]
    for parcels in sources:
        shapes = parcels.geometry
        if not is_same_crs(parcels.crs, crs):
            moved = Transformer.from_crs(read_crs(parcels.crs), read_crs(crs), always_xy=True)
            shapes = shapely.transform(shapes, moved.transform, interleaved=False)
        left, bottom = bounds[:, :2].min(axis=0) - buffer
        right, top = bounds[:, 2:].max(axis=0) + buffer
        box = shapely.bounds(shapes)
        # what the transformation cannot carry is far away, and compares as False
        is_near = (box[:, 0] <= right) & (box[:, 2] >= left) & (box[:, 1] <= top) & (box[:, 3] >= bottom)
        found.append(shapes[is_near])
    return np.concatenate(found)


def _check_sizes(block_size_m: float, buffer_m: float, folds: int) -> None:
    if not (math.isfinite(block_size_m) and math.isfinite(buffer_m) and block_size_m > 0 and buffer_m >= 0):
        raise InputError(
            f"Blocks must be larger than 0 m and buffers not below, not {block_size_m} and {buffer_m}.",
            "Correct block_m and buffer_m.",
        )
    if folds != 0 and not 2 <= folds <= MAX_FOLDS:
        raise InputError(
            f"There can be 2 to {MAX_FOLDS} folds (0 for none), not {folds}.",
            "The data set keeps which folds are near a cell as the bits of a 32-bit number.",
        )


def _check_shares(shares: Mapping[str, float]) -> tuple[float, float, float, float]:
    """The shares in the order of SPLITS."""
    for name in shares:
        if name not in SPLITS:
            raise InputError(
                f"There is no split '{name}'{nearest(name, list(SPLITS))}.",
                "Give shares of train, validation, calibration and test.",
            )
    values = [float(shares.get(name, 0.0)) for name in SPLITS]
    if not (min(values) >= 0 and abs(sum(values) - 1) <= 1e-6):
        listed = ", ".join(f"{name} {value:g}" for name, value in zip(SPLITS, values, strict=True))
        raise InputError(
            f"The shares of the splits must sum to 1 and not be negative: {listed}.", "Correct the shares."
        )
    return values[0], values[1], values[2], values[3]


def _check_blocks(area: NDArray[np.float64], wanted: Sequence[float], folds: int, block_size_m: float) -> None:
    """Refuse fewer blocks than splits, or than folds and one more than the splits beside the fold held out."""
    used = int(np.count_nonzero(area.any(axis=1)))
    splits = sum(share > 0 for share in wanted)
    needed = max(folds, splits + 1) if folds else splits
    if used < needed:
        what = f"{folds} folds and {splits} splits" if folds else f"{splits} splits"
        raise InputError(
            f"The parcels with a known crop lie in {used} blocks of {block_size_m:g} m, {what} need {needed}.",
            "Choose smaller blocks, or give whole sources one role.",
        )


def _check_folds_have_roles(
    split: NDArray[np.int64], fold: NDArray[np.int64], wanted: Sequence[float], block_size_m: float
) -> None:
    """Refuse folds without which a split is empty."""
    for held_out in range(int(fold.max()) + 1):
        for (name, code), share in zip(SPLITS.items(), wanted, strict=True):
            if share > 0 and not ((split == code - 1) & (fold != held_out)).any():
                raise InputError(
                    f"With fold {held_out + 1} held out no block of {block_size_m:g} m is left for {name}.",
                    "Choose smaller blocks or fewer folds.",
                )
