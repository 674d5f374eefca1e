"""Counts of cells by the ground on which they lie, so that intervals of a share can draw that ground again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.label_block import LabelBlock
from training.parcel_sums import KeyedSums
from training.resampling import FEWEST_BLOCKS

BoolArray = NDArray[np.bool_]


class GroundSums:
    """Counts by block of ground and, while there are few blocks, also by parcel or square of ground.

    Clusters are made as for the accuracy of a map (training.resampling), of the ground that has such cells.
    """

    def __init__(self, block_m: float, columns: Mapping[str, int]) -> None:
        """
        Args:
            block_m: side of the blocks, metres.
            columns: what is counted, and in how many kinds.
        """
        kinds = {name: ((width,), np.int64) for name, width in columns.items()}
        self._block_m = block_m
        self._blocks = KeyedSums(kinds)
        self._parcels: KeyedSums | None = KeyedSums(kinds)

    def add(self, block: LabelBlock, counts: BoolArray, columns: Mapping[str, Sequence[BoolArray]]) -> None:
        """Count a block.

        Args:
            block: its labels.
            counts: (H, W) cells that count.
            columns: by name one (H, W) plane for each kind: the cells that count for it.
        """
        if not counts.any():
            return
        self._count(self._blocks, block.squares(self._block_m)[counts], counts, columns)
        if len(self._blocks) >= FEWEST_BLOCKS:
            self._parcels = None
        if self._parcels is not None:
            self._count(self._parcels, block.clusters[counts], counts, columns)

    def table(self, name: str) -> NDArray[np.int64]:
        """(clusters, kinds) counts of a column, in the order of the clusters' numbers: however the map was cut."""
        sums = self._blocks if self._parcels is None else self._parcels
        return np.asarray(sums[name][np.argsort(sums.keys)])

    @staticmethod
    def _count(
        sums: KeyedSums, keys: NDArray[Any], counts: BoolArray, columns: Mapping[str, Sequence[BoolArray]]
    ) -> None:
        found, inverse = np.unique(keys, return_inverse=True)
        rows = sums.rows(found)
        for name, planes in columns.items():
            each = [np.bincount(inverse[plane[counts]], minlength=len(found)) for plane in planes]
            sums.add(name, rows, np.stack(each, axis=1))
