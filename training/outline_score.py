"""How much of the outlines of declared parcels a boundary layer finds. Reads no files.

A boundary F1 needs ground where every parcel is known. The declarations of a region often are a sample: what lies
outside of them is not known, and a boundary drawn there may be right. But a parcel's own outline is known, and so is
that its inside has none. Both are judged here, at one threshold, for complete and incomplete files of parcels alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from training.edges import INSIDE_M, TOLERANCES_M, boundary_cells, ratio
from training.label_block import LabelBlock
from training.parcel_sums import KeyedSums
from training.resampling import share_interval

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.floating[Any]]


class OutlineScore:
    """Cells of outlines, and cells inside, with a drawn boundary nearby; added up block by block, parcel by parcel.

    A cell of a parcel is its outline's if one of its eight neighbours is not of the parcel. Cells inside lie more than
    INSIDE_M and the tolerance from the nearest edge of a parcel, so that no true boundary is as near.
    """

    def __init__(self, resolution_m: float, threshold: float, tolerances_m: Sequence[float] = TOLERANCES_M) -> None:
        """
        Args:
            resolution_m: width of a cell.
            threshold: boundary probability from which on a cell is drawn.
            tolerances_m: in metres.
        """
        self._resolution, self._threshold, self._tolerances = resolution_m, threshold, tuple(tolerances_m)
        row = (len(self._tolerances),)
        self._sums = KeyedSums(dict.fromkeys(("outline", "found", "inside", "drawn"), (row, np.int64)))

    def add(self, block: LabelBlock, boundary: FloatArray, counts: BoolArray) -> None:
        """Count a block.

        Args:
            block: its labels.
            boundary: (H, W) probability, also of the margin; NaN where not mapped.
            counts: (H, W) cells that count and are mapped.
        """
        counts = counts & (block.parcels > 0)
        if not counts.any():
            return
        drawn = np.nan_to_num(boundary, nan=-1.0) >= self._threshold
        away = np.full(drawn.shape, np.inf)
        if drawn.any():
            away = distance_transform_edt(~drawn, sampling=self._resolution)
        outline = boundary_cells(block.parcels)
        for number, tolerance in enumerate(self._tolerances):
            near = away <= tolerance * (1 + 1e-9)
            inside = block.distance > INSIDE_M + tolerance
            for cells, total, hits in ((outline, "outline", "found"), (inside, "inside", "drawn")):
                where = counts & cells
                rows = self._sums.rows(block.parcels[where])
                self._sums.count(total, rows, np.full(len(rows), number))
                rows = rows[near[where]]
                self._sums.count(hits, rows, np.full(len(rows), number))

    def figures(self) -> list[dict[str, Any]]:
        """One entry for each tolerance.

        Returns:
            tolerance_m; found and its interval_95 (drawn from parcels): share of the outlines' cells with a drawn
            boundary within the tolerance; inside: the same share of the cells inside, which is what a layer finds that
            knows nothing of outlines; outline_cells, inside_cells and parcels behind them.
        """
        order = np.argsort(self._sums.keys)  # so that what is drawn does not depend on how the map is cut
        outline, found = self._sums["outline"][order], self._sums["found"][order]
        sums = {name: self._sums[name].sum(axis=0) for name in ("outline", "found", "inside", "drawn")}
        return [
            {
                "tolerance_m": float(tolerance),
                "found": ratio(sums["found"][number], sums["outline"][number]),
                "found_interval_95": share_interval(found[:, number], outline[:, number]),
                "inside": ratio(sums["drawn"][number], sums["inside"][number]),
                "outline_cells": int(sums["outline"][number]),
                "inside_cells": int(sums["inside"][number]),
                "parcels": int(np.count_nonzero(outline[:, number])),
            }
            for number, tolerance in enumerate(self._tolerances)
        ]
