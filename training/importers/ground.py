"""Where the patches of a published set lie on the ground, and which split and fold each is in. Reads no files.

Whole blocks of ground are put into one split or fold, in every year that they were imaged, so that neighbouring
patches do not test each other. Ground that a patch shares with one of another fold, or that is within the buffer of
it, is marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from backend.errors import InputError
from training.splits import CALIBRATION, NONE, TRAIN, VALIDATION

PIXEL_M = 10.0
BLOCK_M = 5000.0
"""Side of the blocks where a set has none of its own."""
_ROLES = (TRAIN, VALIDATION, CALIBRATION)
_ROLE_NAMES = ("train", "validation", "calibration")

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ground:
    """The patches of one source on its grid. All are squares of one size."""

    rows: IntArray
    """(N,) of the first pixel, 10 m pixels from the grid's origin."""
    cols: IntArray
    side: int
    """S, 10 m pixels."""
    splits: NDArray[np.uint8]
    """(N,) codes of training.folds."""
    folds: NDArray[np.uint8]
    """(N,) 1 to k; 0 for none."""
    buffer_m: float
    starts: IntArray
    """(N + 1,) where the neighbours of each patch begin in `others`."""
    others: IntArray
    """Patches of another fold, or for training patches of another split, that may reach into the buffer."""

    def planes(self, number: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """Split, fold and near of a patch at 10 m, each (S, S): see training.store.PLANES.

        Distances are those between centres of pixels. Ground shared with a patch of another fold is near it whatever
        the buffer; the split of training ground changes to none only within a buffer larger than 0.
        """
        own_split, own_fold = int(self.splits[number]), int(self.folds[number])
        split = np.full((self.side, self.side), own_split, dtype=np.int32)
        fold = np.full((self.side, self.side), own_fold, dtype=np.int32)
        near = np.zeros((self.side, self.side), dtype=np.int32)
        rows, cols = (first[number] + np.arange(self.side) for first in (self.rows, self.cols))
        for other in self.others[self.starts[number] : self.starts[number + 1]].tolist():
            gap_rows, gap_cols = _gap(rows, self.rows[other], self.side), _gap(cols, self.cols[other], self.side)
            is_near = np.hypot(gap_rows[:, None], gap_cols[None, :]) * PIXEL_M <= self.buffer_m
            other_fold = int(self.folds[other])
            if other_fold not in (0, own_fold):
                near[is_near] |= np.int32(1 << (other_fold - 1))
            if self.buffer_m > 0 and own_split == TRAIN and self.splits[other] not in (NONE, TRAIN):
                split[is_near] = NONE
        return split, fold, near

    @property
    def bounds_px(self) -> tuple[int, int, int, int]:
        """(first row, first column, last row + 1, last column + 1) of all patches."""
        return (
            int(self.rows.min()),
            int(self.cols.min()),
            int(self.rows.max()) + self.side,
            int(self.cols.max()) + self.side,
        )


def make_ground(
    rows: IntArray, cols: IntArray, side: int, splits: NDArray[np.uint8], folds: NDArray[np.uint8], buffer_m: float
) -> Ground:
    """Find which patches are neighbours; see Ground for the arguments."""
    if not folds.any() and buffer_m == 0:
        none = np.zeros(0, dtype=np.int64)
        return Ground(rows, cols, side, splits, folds, buffer_m, np.zeros(len(rows) + 1, dtype=np.int64), none)
    reach = buffer_m / PIXEL_M
    boxes, wide = (
        shapely.box(cols - by, rows - by, cols + last, rows + last)
        for by, last in ((0, side - 1), (reach, side - 1 + reach))
    )
    first, second = shapely.STRtree(boxes).query(wide)
    other_fold = (folds[first] != folds[second]) & (folds[first] > 0) & (folds[second] > 0)
    other_split = (splits[first] == TRAIN) & ~np.isin(splits[second], (NONE, TRAIN)) & (buffer_m > 0)
    kept = other_fold | other_split
    first, second = first[kept], second[kept]
    order = np.lexsort((second, first))
    starts = np.searchsorted(first[order], np.arange(len(rows) + 1))
    return Ground(rows, cols, side, splits, folds, buffer_m, starts, second[order])


def blocks_of(x: NDArray[np.float64], y: NDArray[np.float64], size: float = BLOCK_M) -> IntArray:
    """(N, 2) block of each point on an absolute lattice: the same for every year and every choice of patches."""
    return np.floor(np.stack((y, x), axis=1) / size).astype(np.int64)


def share_out(blocks: IntArray, shares: Sequence[float], seed: int, what: Sequence[str]) -> IntArray:
    """Put whole blocks into parts of wanted sizes: large ones first, each to the part that lacks most.

    Args:
        blocks: (N,) or (N, B) block of each patch.
        shares: wanted share of the patches per part; parts of share 0 get none.
        seed: draws the order of blocks of one size.
        what: names of the parts, for messages.

    Returns:
        (N,) part of each patch, 0 to len(shares) - 1.

    Raises:
        InputError: if there are fewer blocks than parts.
    """
    _, block_of, sizes = np.unique(blocks, axis=0, return_inverse=True, return_counts=True)
    block_of = block_of.ravel()
    wanted = np.asarray(shares, dtype=np.float64)
    parts: list[int] = np.flatnonzero(wanted > 0).tolist()
    if len(sizes) < len(parts):
        raise InputError(
            f"The patches lie in {len(sizes)} blocks of ground, {' and '.join(what[part] for part in parts)} need "
            f"{len(parts)}.",
            "Take more of the set, or set shares to 0.",
        )
    generator = np.random.default_rng(abs(seed))
    order = np.lexsort((generator.permutation(len(sizes)), -sizes))
    lacking = wanted / wanted.sum() * sizes.sum()
    part_of = np.zeros(len(sizes), dtype=np.int64)
    for block in order:
        part = int(np.argmax(np.where(wanted > 0, lacking, -np.inf)))
        part_of[block] = part
        lacking[part] -= sizes[block]
    for part in parts:
        # the smallest block of the part with most of them: a part must not be empty
        if not (part_of == part).any():
            fullest = int(np.argmax(np.bincount(part_of, minlength=len(wanted))))
            members = order[part_of[order] == fullest]
            part_of[members[-1]] = part
    chosen: IntArray = part_of[block_of]
    return chosen


def share_roles(blocks: IntArray, shares: Mapping[str, float], seed: int) -> NDArray[np.uint8]:
    """(N,) codes of training, validation and calibration for patches that are in none yet, by whole blocks."""
    wanted = [float(shares.get(name, 0.0)) for name in _ROLE_NAMES]
    return np.array(_ROLES, dtype=np.uint8)[share_out(blocks, wanted, seed, _ROLE_NAMES)]


def share_folds(blocks: IntArray, folds: int, seed: int) -> NDArray[np.uint8]:
    """(N,) fold 1 to k of each patch, by whole blocks."""
    names = [f"fold {fold + 1}" for fold in range(folds)]
    return (share_out(blocks, [1.0] * folds, seed, names) + 1).astype(np.uint8)


def roles_in_folds(
    folds: NDArray[np.uint8], blocks: IntArray, shares: Mapping[str, float], seed: int
) -> NDArray[np.uint8]:
    """(N,) codes of training, validation and calibration within each fold, so that each is left when one is held out.

    A test there is none: that is the fold held out (training.folds.fold_roles).
    """
    roles = np.full(len(folds), NONE, dtype=np.uint8)
    for fold in np.unique(folds).tolist():
        members = folds == fold
        roles[members] = share_roles(blocks[members], shares, seed)
    return roles


def _gap(positions: IntArray, first: int, side: int) -> IntArray:
    """Pixels between positions and the nearest one of a range; 0 within it."""
    return np.maximum(np.maximum(first - positions, positions - (first + side - 1)), 0)
