"""Statistics of the bands of a raster, exact, counted while it is written. Reads and writes no files."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

CHUNK_CELLS = 1 << 20
"""Cells counted at a time: numpy makes eight bytes of each."""


class ValueCounts:
    """How often each value of a band occurs."""

    def __init__(self, dtype: str, nodata: int) -> None:
        """
        Args:
            dtype: of the band, a whole number of at most 16 bits.
            nodata: a value that does not count.
        """
        limits = np.iinfo(dtype)
        self._lowest, self._nodata = int(limits.min), nodata
        self._counts = np.zeros(int(limits.max) - self._lowest + 1, dtype=np.int64)

    def add(self, values: npt.NDArray[Any]) -> None:
        """Count cells (H, W), each once."""
        rows = max(1, CHUNK_CELLS // max(1, values.shape[1]))
        for row in range(0, len(values), rows):
            part = values[row : row + rows].ravel()
            places = part if self._lowest == 0 else part.astype(np.int64) - self._lowest
            self._counts += np.bincount(places, minlength=len(self._counts))

    def statistics(self, cells: int) -> dict[str, str]:
        """GDAL's own metadata of a band: minimum, maximum, mean, standard deviation, percent of valid cells.

        Of the numbers as they are stored, so before a scale; empty where no cell is valid.

        Args:
            cells: of the whole band; those never counted are nodata.
        """
        counts = self._counts.copy()
        if 0 <= self._nodata - self._lowest < len(counts):
            counts[self._nodata - self._lowest] = 0
        places = np.flatnonzero(counts)
        if not len(places):
            return {}
        # whole numbers of any size, so that nothing is rounded before the end
        pairs = [(int(place) + self._lowest, int(counts[place])) for place in places]
        total = sum(count for _, count in pairs)
        first = sum(value * count for value, count in pairs)
        second = sum(value * value * count for value, count in pairs)
        return {
            "STATISTICS_MINIMUM": str(pairs[0][0]),
            "STATISTICS_MAXIMUM": str(pairs[-1][0]),
            "STATISTICS_MEAN": repr(first / total),
            "STATISTICS_STDDEV": repr(math.sqrt(total * second - first * first) / total),
            "STATISTICS_VALID_PERCENT": f"{100 * total / cells:.4g}",
        }
