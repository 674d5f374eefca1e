"""Samples of a store as they are decoded, kept in memory while there is room, since training sees each many times."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from training.store import Store

Arrays = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


class SampleCache:
    """Reads samples once, as long as they have room; those that come later are read each time.

    Samples are drawn at random, so that none is likelier than another to be wanted again: nothing is given up for
    something else. A copy in another process begins empty.
    """

    def __init__(self, store: Store, magnification: int, limit_bytes: int) -> None:
        """
        Args:
            store: the data set.
            magnification: m of the labels.
            limit_bytes: of all arrays together; 0 keeps none.
        """
        self._store, self._m = store, magnification
        self._limit, self._used = limit_bytes, 0
        self._kept: dict[int, Arrays] = {}

    def read(self, number: int) -> Arrays:
        """x (T, C, H, W) uint16, valid (T, H, W) bool and labels (7, mH, mW) int32 of a sample; not to be changed."""
        kept = self._kept.get(number)
        if kept is not None:
            return kept
        arrays = self._store.read(number, self._m)
        for array in arrays:
            array.flags.writeable = False
        # a view keeps the whole array that it is a part of
        size = sum((array if array.base is None else array.base).nbytes for array in arrays)
        if self._used + size <= self._limit:
            self._used += size
            self._kept[number] = arrays
        return arrays

    def clear(self) -> None:
        """Give the memory back."""
        self._kept, self._used = {}, 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_kept": {}, "_used": 0}
