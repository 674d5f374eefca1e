"""Intervals of a map's figures, by drawing whole clusters of its ground again. Reads no files.

Cells of one parcel are no evidence of their own, nor are parcels of one neighbourhood, where soil, weather and habits
are alike. So blocks of ground are drawn, or parcels where there are too few blocks (a block bootstrap; percentile
intervals, Efron and Tibshirani 1993, chapter 13).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from training.metrics import wilson

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

RESAMPLES = 1000
FEWEST_BLOCKS = 10
"""With fewer blocks their spread says too little, and parcels are drawn instead."""
FEWEST_PAIRS = 6
"""Of clusters that are compared: fewer all differ to one side by chance more often than once in twenty times."""
SQUARE_M = 100.0
"""Ground outside of parcels is drawn in squares of this size where parcels are."""
_MERGE = 1 << 20
"""Counts that are kept apart before they are added up."""
_CHUNK = 1 << 22
"""Draws made at once."""


def ground_squares(row: int, col: int, shape: tuple[int, int], side: int) -> NDArray[np.int64]:
    """(H, W) number of the square of ground in which each cell lies, squares counted from the lattice's origin.

    Args:
        row: of the first cell on the lattice, may be negative.
        col: likewise.
        shape: (H, W).
        side: of a square, cells.
    """
    rows, cols = (row + np.arange(shape[0])) // side, (col + np.arange(shape[1])) // side
    return (rows[:, None].astype(np.int64) << 31) + cols[None, :]


class ClusterCounts:
    """Cells by cluster, true class and mapped class, added up block by block."""

    def __init__(self, num_classes: int) -> None:
        """
        Args:
            num_classes: K.
        """
        self._num_classes = num_classes
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
        self._waiting = 0

    def add(self, cluster: IntArray, y_true: IntArray, y_pred: IntArray) -> None:
        """Count cells, each argument (N,)."""
        if not len(cluster):
            return
        pair = y_true.astype(np.int64) * self._num_classes + y_pred
        part = _added_up(cluster.astype(np.int64), pair, np.ones(len(pair), dtype=np.int64))
        self._parts.append(part)
        self._waiting += len(part[0])
        if self._waiting > _MERGE:
            self._merge()
            self._waiting = 0

    def __len__(self) -> int:
        """Number of clusters."""
        self._merge()
        return len(np.unique(self._parts[0][0])) if self._parts else 0

    def table(self) -> csr_matrix:
        """(clusters, K * K) counts, rows in order of the clusters' numbers."""
        self._merge()
        width = self._num_classes**2
        if not self._parts:
            return csr_matrix((0, width), dtype=np.float64)
        cluster, pair, counts = self._parts[0]
        numbers, row = np.unique(cluster, return_inverse=True)
        return csr_matrix((counts.astype(np.float64), (row, pair)), shape=(len(numbers), width))

    def right(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """(N,) numbers of the clusters in their order, cells of each whose class is right, and all cells of each."""
        self._merge()
        if not self._parts:
            return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
        cluster, pair, counts = self._parts[0]
        numbers, row = np.unique(cluster, return_inverse=True)
        cells = counts.astype(np.float64)
        hits = cells * (pair // self._num_classes == pair % self._num_classes)
        return numbers, np.asarray(np.bincount(row, hits), np.float64), np.asarray(np.bincount(row, cells), np.float64)

    def _merge(self) -> None:
        if len(self._parts) > 1:
            columns = (np.concatenate(values) for values in zip(*self._parts, strict=True))
            self._parts = [_added_up(*columns)]


def figure_intervals(counts: ClusterCounts, num_classes: int, seed: int = 0) -> dict[str, list[float] | None]:
    """95 % intervals of accuracy, mIoU and macro F1; None with fewer than two clusters.

    Args:
        counts: of a map.
        num_classes: K.
        seed: of the draws.

    Returns:
        overall_accuracy, miou, macro_f1; the last two over the classes that occur in the truth of a draw.
    """
    table = counts.table()
    if table.shape[0] < 2:
        return {"overall_accuracy": None, "miou": None, "macro_f1": None}
    sums = [(table.T @ times.T).T for times in _draws(table.shape[0], seed)]
    matrix = np.concatenate(sums).reshape(-1, num_classes, num_classes)
    hits = np.diagonal(matrix, axis1=1, axis2=2)
    truth, mapped = matrix.sum(axis=2), matrix.sum(axis=1)
    occurs = truth > 0
    number = np.maximum(occurs.sum(axis=1), 1)
    iou = np.where(occurs, hits / np.maximum(truth + mapped - hits, 1), 0).sum(axis=1) / number
    f1 = np.where(occurs, 2 * hits / np.maximum(truth + mapped, 1), 0).sum(axis=1) / number
    accuracy = hits.sum(axis=1) / np.maximum(truth.sum(axis=1), 1)
    return {"overall_accuracy": _interval(accuracy), "miou": _interval(iou), "macro_f1": _interval(f1)}


def gap_interval(ours: ClusterCounts, theirs: ClusterCounts, seed: int = 0) -> list[float] | None:
    """95 % interval of our accuracy less theirs, each time of the same clusters; None with fewer than FEWEST_PAIRS.

    Two maps of one ground are wrong in the same places, so their difference is surer than either accuracy: whether
    their own intervals overlap says little about it.

    Args:
        ours: counts of a map.
        theirs: of another map of the same ground, by the same clusters.
        seed: of the draws.
    """
    tables = [counts.right() for counts in (ours, theirs)]
    numbers = np.union1d(tables[0][0], tables[1][0])
    if len(numbers) < FEWEST_PAIRS:
        return None
    columns = np.zeros((len(numbers), 4))
    for first, (own, hits, cells) in zip((0, 2), tables, strict=True):
        columns[np.searchsorted(numbers, own), first] = hits
        columns[np.searchsorted(numbers, own), first + 1] = cells
    sums = np.concatenate([times @ columns for times in _draws(len(numbers), seed)])
    return _interval(sums[:, 0] / np.maximum(sums[:, 1], 1) - sums[:, 2] / np.maximum(sums[:, 3], 1))


def cluster_interval(right: BoolArray, cluster: IntArray, seed: int = 0) -> list[float] | None:
    """95 % interval of a share, by drawing whole clusters again; None with fewer than two.

    Args:
        right: (N,) cells, or parcels.
        cluster: (N,) which cluster each belongs to.
        seed: of the draws.
    """
    _, row = np.unique(cluster, return_inverse=True)
    return ratio_interval(np.bincount(row, right), np.bincount(row), seed)


def share_interval(hits: NDArray[Any], cells: NDArray[Any], seed: int = 0) -> list[float] | None:
    """As `ratio_interval`; where all cells are right, or none is, by the number of clusters (Wilson 1927): drawing them
    again would only say so again.

    Args:
        hits: (N,) of each cluster.
        cells: (N,) likewise.
        seed: of the draws.
    """
    right, total = int(hits.sum()), int(cells.sum())
    if 0 < right < total:
        return ratio_interval(hits, cells, seed)
    clusters = int(np.count_nonzero(cells))
    return wilson(clusters if right else 0, clusters)


def ratio_interval(hits: NDArray[Any], cells: NDArray[Any], seed: int = 0) -> list[float] | None:
    """95 % interval of the sum of hits over the sum of cells, by drawing clusters again; None with fewer than two.

    Args:
        hits: (N,) of each cluster.
        cells: (N,) likewise; clusters without any have no say.
        seed: of the draws.
    """
    there = cells > 0
    hits, cells = hits[there], cells[there]
    if len(cells) < 2:
        return None
    return _interval(np.concatenate([(times @ hits) / (times @ cells) for times in _draws(len(cells), seed)]))


def f1_interval(
    hits: NDArray[Any], predicted: NDArray[Any], found: NDArray[Any], true: NDArray[Any], seed: int = 0
) -> list[float] | None:
    """95 % interval of an F1, by drawing clusters again; None with fewer than two.

    Args:
        hits: (N,) predicted cells of each cluster that are right; over ``predicted`` the precision.
        predicted: (N,).
        found: (N,) true cells that are found; over ``true`` the recall.
        true: (N,).
        seed: of the draws.
    """
    there = (predicted > 0) | (true > 0)
    columns = np.stack([hits, predicted, found, true], axis=1)[there]
    if len(columns) < 2:
        return None
    sums = np.concatenate([times @ columns for times in _draws(len(columns), seed)])
    precision, recall = sums[:, 0] / np.maximum(sums[:, 1], 1), sums[:, 2] / np.maximum(sums[:, 3], 1)
    return _interval(2 * precision * recall / np.maximum(precision + recall, 1e-12))


def _draws(clusters: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """(r, clusters) how often each is drawn, RESAMPLES rows in all."""
    generator = np.random.default_rng(seed)
    rows = max(1, _CHUNK // clusters)
    for first in range(0, RESAMPLES, rows):
        count = min(rows, RESAMPLES - first)
        drawn = generator.integers(0, clusters, (count, clusters))
        place = (np.arange(count)[:, None] * clusters + drawn).ravel()
        yield np.bincount(place, minlength=count * clusters).reshape(count, clusters).astype(np.float64)


def _interval(values: NDArray[np.float64]) -> list[float]:
    low, high = np.percentile(values, (2.5, 97.5))
    return [float(low), float(high)]


def _added_up(
    cluster: NDArray[np.int64], pair: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Entries of the same cluster and pair as one."""
    order = np.lexsort((pair, cluster))
    cluster, pair, counts = cluster[order], pair[order], counts[order]
    first = np.ones(len(cluster), dtype=np.bool_)
    first[1:] = (cluster[1:] != cluster[:-1]) | (pair[1:] != pair[:-1])
    return cluster[first], pair[first], np.add.reduceat(counts, np.flatnonzero(first))
