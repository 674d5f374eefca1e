"""Spreads blocks over splits or folds so that each gets its share of every class. Knows no coordinates.

Greedy (after Sechidis et al. 2011, "On the stratification of multi-label data", here on areas): the class with
the fewest open blocks comes first; its next block goes to the split that lacks the class and wants most of it,
then to the one that still wants most. Single moves then better the shares without taking a class from a split;
the best of several starts counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_PASSES = 20
"""Most rounds of single moves that better the shares after the greedy assignment."""
_STARTS, _STARTED_BLOCKS = 16, 4000
"""Most starts, and most blocks assigned in all starts together."""
_ABSENT = 1.0
"""Cost of a class that a split could have and does not; a whole class's area at the wrong place costs 2."""
_LEAST_GAIN = 1e-9
"""Smaller gains are rounding errors: without a limit two equal assignments would alternate."""


def stratify(
    area: NDArray[np.float64],
    shares: NDArray[np.float64],
    seed: int,
    groups: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """A split for each block.

    Args:
        area: (B, K) area of each class in each block, not negative; each class has some.
        shares: (S,) wanted share of each split; they sum to 1, a split with 0 stays empty.
        seed: draws the orders in which blocks are taken.
        groups: (B,) the fold of each block, 0 to V - 1, any value for blocks without area. The splits then have
            to hold each class in every view that leaves one fold out, where enough blocks for it remain.

    Returns:
        (B,) int64 splits, 0 to S - 1; -1 for blocks without area.
    """
    best, least = np.full(len(area), -1, dtype=np.int64), np.inf
    if not area.any():
        return best
    seen = _views(area, groups)
    generator = np.random.default_rng(abs(seed))
    # many blocks come near the shares from any start, few need the choice
    for _ in range(max(1, min(_STARTS, _STARTED_BLOCKS // max(1, len(area))))):
        order = generator.permutation(len(area))
        chosen, cost = _improve(area, seen, _greedy(area, seen, shares, order), shares, order)
        if cost < least - _LEAST_GAIN:
            best, least = chosen, cost
    return best


def _views(area: NDArray[np.float64], groups: NDArray[np.int64] | None) -> NDArray[np.bool_]:
    """(B, V) whether a block is seen in a view: the one view of all, or V views, each without one fold."""
    if groups is None:
        return np.ones((len(area), 1), dtype=np.bool_)
    seen: NDArray[np.bool_] = groups[:, None] != np.arange(int(groups.max()) + 1)
    return seen


def _greedy(
    area: NDArray[np.float64],
    seen: NDArray[np.bool_],
    shares: NDArray[np.float64],
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    """A first assignment: the class with the fewest open blocks first, to the split that wants most of it.

    Args:
        area: (B, K) area of each class in each block.
        seen: (B, V) the views in which a block is seen.
        shares: (S,) wanted shares.
        order: (B,) blocks in the order in which they are taken.
    """
    has_class = area > 0
    of_class, of_all = area.sum(axis=0), area.sum()
    want = shares[:, None] * of_class
    has = np.zeros((len(shares), seen.shape[1], area.shape[1]), dtype=np.bool_)
    queues = [iter(order[has_class[order, k]].tolist()) for k in range(area.shape[1])]
    left = has_class.sum(axis=0)
    chosen = np.full(len(area), -1, dtype=np.int64)
    while left.any():
        k = int(np.argmin(np.where(left > 0, left, len(area) + 1)))
        block = next(number for number in queues[k] if chosen[number] < 0)
        lacking = (~has[:, seen[block], k]).any(axis=1) & (shares > 0)
        among = lacking if lacking.any() else shares > 0
        # first what the class wants, then what all classes together want
        wish = want[:, k] / of_class[k] + 1e-3 * want.sum(axis=1) / of_all
        split = int(np.argmax(np.where(among, wish, -np.inf)))
        chosen[block] = split
        has[split] |= seen[block][:, None] & has_class[block]
        want[split] -= area[block]
        left -= has_class[block]
    return chosen


def _improve(
    area: NDArray[np.float64],
    seen: NDArray[np.bool_],
    chosen: NDArray[np.int64],
    shares: NDArray[np.float64],
    order: NDArray[np.int64],
) -> tuple[NDArray[np.int64], float]:
    """Move single blocks while that brings the shares nearer, by class and in all; returns the cost too.

    The cost is the sum of all distances from the wanted shares, and what each class costs that a split lacks in a
    view although it should have it there (_expected).
    """
    total = area.sum(axis=0)
    # one column counts all classes together, with the weight of all of them
    parts = np.column_stack((area / total, area.sum(axis=1) / area.sum()))
    weights = np.append(np.ones(len(total)), len(total))
    present = parts > 0
    if seen.shape[1] > 1:
        # and one each fold alone: else a split could have most of its blocks in one
        of_fold = ~seen * area.sum(axis=1)[:, None]
        of_fold = of_fold[:, of_fold.any(axis=0)]
        parts = np.column_stack((parts, of_fold / of_fold.sum(axis=0)))
        weights = np.append(weights, np.full(of_fold.shape[1], len(total) / of_fold.shape[1]))
    is_open = shares > 0
    rank = np.unique(-shares, return_inverse=True)[1]
    expected, price = _expected(seen, present, rank[is_open])
    price *= _ABSENT * len(total)
    chosen = chosen.copy()
    # what each split is above (below) its share, by class; how many blocks of each class it has in each view; and how
    # many splits of each rank have the class
    excess = np.zeros((len(shares), parts.shape[1])) - shares[:, None]
    count = np.zeros((len(shares), *expected.shape[1:]), dtype=np.int64)
    for split in np.flatnonzero(is_open):
        mine = chosen == split
        excess[split] += parts[mine].sum(axis=0)
        count[split] = seen[mine].T.astype(np.int64) @ present[mine].astype(np.int64)
    holding = np.zeros((len(shares), *expected.shape[1:]), dtype=np.int64)
    np.add.at(holding, rank, count > 0)
    holding = holding[: len(expected)]
    rank[~is_open] = 0

    # only a class that some split has in less than two blocks can be lost or won by a split
    classes = [frozenset(np.flatnonzero(row).tolist()) for row in present]
    scarce = set(np.flatnonzero(count[is_open].min(axis=(0, 1)) < 2).tolist())
    distance = np.abs(excess) @ weights
    moves = order[chosen[order] >= 0].tolist()
    for _ in range(_PASSES):
        moved = False
        for block in moves:
            old, part = int(chosen[block]), parts[block]
            value = np.abs(excess + part) @ weights - distance
            leaving = float(np.abs(excess[old] - part) @ weights - distance[old])
            if not scarce.isdisjoint(classes[block]):
                touched = seen[block][:, None] & present[block]
                lost = touched & (count[old] == 1)
                left = holding.copy()
                left[rank[old]] -= lost
                leaving += price[rank[old]] * int((lost & (left < expected)[rank[old]]).sum())
                value -= price[rank] * (touched & (count == 0) & (left < expected)[rank]).sum(axis=(1, 2))
            value[old], value[~is_open] = np.inf, np.inf
            new = int(np.argmin(value))
            if value[new] + leaving >= -_LEAST_GAIN:
                continue
            touched = seen[block][:, None] & present[block]
            holding[rank[old]] -= touched & (count[old] == 1)
            holding[rank[new]] += touched & (count[new] == 0)
            count[old] -= touched
            count[new] += touched
            excess[old] -= part
            excess[new] += part
            distance = np.abs(excess) @ weights
            scarce = (scarce - classes[block]) | {k for k in classes[block] if int(count[is_open][:, :, k].min()) < 2}
            chosen[block] = new
            moved = True
        if not moved:
            break
    missing = np.maximum(expected - holding, 0).sum(axis=(1, 2))
    return chosen, float((np.abs(excess) @ weights).sum() + price @ missing)


def _expected(
    seen: NDArray[np.bool_], present: NDArray[np.bool_], rank: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How many splits should have each class in each view, and the price of one that lacks it.

    As many splits as there are blocks, those with the larger shares first: a class of two blocks is trained on and
    tested. A class of one block may be anywhere.

    Args:
        seen: (B, V) the views in which a block is seen.
        present: (B, K) the classes of a block.
        rank: (S,) of each split, 0 for the largest share; equal shares have equal ranks.

    Returns:
        (R, V, K) number of splits of each rank, and (R,) prices: the training counts more than all the rest.
    """
    size = np.bincount(rank)
    before = np.cumsum(size) - size
    blocks = seen.T.astype(np.int64) @ present.astype(np.int64)
    expected = np.clip(blocks - before[:, None, None], 0, size[:, None, None])
    expected[:, :, present.sum(axis=0) < 2] = 0
    price = np.ones(len(size))
    price[0] = len(rank) * seen.shape[1]
    return expected, price
