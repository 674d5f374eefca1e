"""What is known of parcels after all blocks of a map: votes, mean probabilities, sizes, accuracy by distance.

A parcel that lies in several blocks is counted as one. Reads no files.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.edges import EDGE_BANDS_M, INSIDE_M, band_entries
from training.label_block import LabelBlock
from training.resampling import FEWEST_BLOCKS, share_interval

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]


class KeyedSums:
    """Sums by key, in columns that grow as keys come."""

    def __init__(self, columns: Mapping[str, tuple[tuple[int, ...], Any]]) -> None:
        """
        Args:
            columns: name -> (shape of a row, dtype).
        """
        self.keys: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        """In the order in which they came."""
        self._order: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._columns = {name: np.zeros((0, *shape), dtype=kind) for name, (shape, kind) in columns.items()}

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """(keys, ...) of a column."""
        return self._columns[name][: len(self.keys)]

    def rows(self, keys: IntArray) -> NDArray[np.int64]:
        """(N,) rows of keys that may occur more than once; new ones are added."""
        wanted, inverse = np.unique(keys, return_inverse=True)
        place, is_known = self._search(wanted)
        if not is_known.all():
            first = len(self.keys)
            self.keys = np.concatenate((self.keys, wanted[~is_known]))
            self._order = np.argsort(self.keys, kind="stable")
            self._make_room(first)
            place, _ = self._search(wanted)
        return np.asarray(self._order[place][inverse])

    def known_rows(self, keys: IntArray) -> tuple[NDArray[np.int64], BoolArray]:
        """Rows of keys that are there, and which those are; nothing is added."""
        place, is_known = self._search(keys)
        return self._order[place[is_known]], is_known

    def add(self, name: str, rows: IntArray, values: Any = 1) -> None:
        """Add values to rows of a column; rows may occur more than once."""
        np.add.at(self._columns[name], rows, values)

    def count(self, name: str, rows: IntArray, which: IntArray) -> None:
        """Count up column `name` (keys, M) at (row, which)."""
        values = self._columns[name]
        width = values.shape[1]
        found, inverse = np.unique(rows, return_inverse=True)
        flat = np.bincount(inverse * width + which, minlength=len(found) * width)
        values[found] += flat.reshape(-1, width).astype(values.dtype)

    def _search(self, wanted: IntArray) -> tuple[NDArray[np.int64], BoolArray]:
        ordered = self.keys[self._order]
        place = np.searchsorted(ordered, wanted)
        inside = place < len(ordered)
        known = np.zeros(len(wanted), dtype=np.bool_)
        known[inside] = ordered[place[inside]] == wanted[inside]
        return place, known

    def _make_room(self, used: int) -> None:
        for name, values in self._columns.items():
            if len(values) < len(self.keys):
                grown = np.zeros((max(len(self.keys), 2 * len(values)), *values.shape[1:]), dtype=values.dtype)
                grown[:used] = values[:used]
                self._columns[name] = grown


class ParcelAreas:
    """How many cells each parcel has, also those that do not count."""

    def __init__(self) -> None:
        self._sums = KeyedSums({"cells": ((), np.int64)})

    def add(self, keys: IntArray) -> None:
        """Count the cells (N,) of parcels."""
        found, cells = np.unique(keys, return_counts=True)
        self._sums.add("cells", self._sums.rows(found), cells)

    def add_block(self, block: LabelBlock) -> None:
        """Count the cells of a block without its margin."""
        keys = block.parcels[block.inner]
        self.add(keys[keys > 0])

    def cells(self, keys: IntArray) -> NDArray[np.int64]:
        """(N,) cells of parcels."""
        rows, is_known = self._sums.known_rows(keys)
        out = np.zeros(len(keys), dtype=np.int64)
        out[is_known] = self._sums["cells"][rows]
        return out


class ParcelVotes:
    """Classes of the counted cells of parcels: true and mapped, all of them and those inside, and by distance."""

    def __init__(self, num_classes: int) -> None:
        """
        Args:
            num_classes: K, above every code.
        """
        bands = len(EDGE_BANDS_M) - 1
        self._sums = KeyedSums(
            {
                "truth": ((num_classes,), np.int32),
                "mapped": ((num_classes,), np.int32),
                "inside": ((num_classes,), np.int32),
                "cells": ((bands,), np.int32),
                "right": ((bands,), np.int32),
            }
        )

    @property
    def keys(self) -> NDArray[np.int64]:
        """(P,) parcels that have a counted cell."""
        return self._sums.keys

    @property
    def true_class(self) -> NDArray[np.int64]:
        """(P,) majority of the labels."""
        return winner(self._sums["truth"])

    @property
    def mapped_class(self) -> NDArray[np.int64]:
        """(P,) majority of the map."""
        return winner(self._sums["mapped"])

    def add(self, keys: IntArray, y_true: IntArray, y_pred: IntArray, away: FloatArray) -> None:
        """Count cells: parcel, true and mapped class, distance from the edge in metres, each (N,)."""
        if not len(keys):
            return
        rows = self._sums.rows(keys)
        self._sums.count("truth", rows, y_true.astype(np.int64))
        self._sums.count("mapped", rows, y_pred.astype(np.int64))
        inside = away > INSIDE_M
        self._sums.count("inside", rows[inside], y_pred[inside].astype(np.int64))
        for number, (low, high) in enumerate(pairwise(EDGE_BANDS_M)):
            here = (away > low) & (away <= high)
            band = np.full(int(np.count_nonzero(here)), number)
            self._sums.count("cells", rows[here], band)
            right = here & (y_true == y_pred)
            self._sums.count("right", rows[right], np.full(int(np.count_nonzero(right)), number))

    def edge_profile(self, blocks: IntArray | None = None) -> dict[str, list[dict[str, Any]]]:
        """As training.edges.edge_profile gives it.

        Args:
            blocks: (P,) the block of ground of each parcel, for intervals; given, each entry also has interval_95 and
                the parcels behind it. Where its cells lie in few blocks, parcels are drawn.
        """
        votes = self._sums["inside"]
        votes = np.where((votes.sum(axis=1) > 0)[:, None], votes, self._sums["mapped"])
        is_right = winner(votes) == self.true_class
        cells, right = self._sums["cells"], self._sums["right"]
        out = {}
        for group, here in (("all", np.ones_like(is_right)), ("inside_right", is_right)):
            entries = band_entries(cells[here].sum(axis=0), right[here].sum(axis=0))
            if blocks is not None:
                for number, entry in enumerate(entries):
                    there = here & (cells[:, number] > 0)
                    in_blocks = len(np.unique(blocks[there])) >= FEWEST_BLOCKS
                    drawn = blocks[there] if in_blocks else self.keys[there]
                    entry["parcels"] = int(np.count_nonzero(there))
                    entry["interval_95"] = _share_interval(right[there, number], cells[there, number], drawn)
            out[group] = entries
        return out


class ParcelMeans:
    """Mean probabilities and centres of parcels."""

    def __init__(self, channels: int) -> None:
        """
        Args:
            channels: C, of the probabilities; 0 where a map has none.
        """
        self._sums = KeyedSums(
            {"probabilities": ((channels,), np.float64), "place": ((2,), np.float64), "cells": ((), np.int64)}
        )

    @property
    def keys(self) -> NDArray[np.int64]:
        """(P,) parcels."""
        return self._sums.keys

    @property
    def means(self) -> NDArray[np.float64]:
        """(C, P) mean probabilities."""
        return np.asarray((self._sums["probabilities"] / np.maximum(self._sums["cells"], 1)[:, None]).T)

    @property
    def centres(self) -> NDArray[np.float64]:
        """(P, 2) mean row and column of the cells on the lattice."""
        return np.asarray(self._sums["place"] / np.maximum(self._sums["cells"], 1)[:, None])

    def add(self, keys: IntArray, probabilities: FloatArray, row: IntArray, col: IntArray) -> None:
        """Add cells: parcel (N,), probabilities (C, N), place on the lattice (N,) each."""
        if not len(keys):
            return
        found, inverse = np.unique(keys, return_inverse=True)
        rows, size = self._sums.rows(found), len(found)
        self._sums.add("cells", rows, np.bincount(inverse, minlength=size))
        place = np.stack([np.bincount(inverse, values, minlength=size) for values in (row, col)], axis=1)
        self._sums.add("place", rows, place)
        if len(probabilities):
            sums = np.stack([np.bincount(inverse, channel, minlength=size) for channel in probabilities], axis=1)
            self._sums.add("probabilities", rows, sums)


def _share_interval(hits: IntArray, cells: IntArray, clusters: IntArray) -> list[float] | None:
    """Of the share of cells that are right, drawing whole clusters of parcels (N,) again."""
    _, row = np.unique(clusters, return_inverse=True)
    return share_interval(np.bincount(row, hits), np.bincount(row, cells))


def winner(votes: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """(P,) the class with most votes (P, K); the lower one of equals, -1 without a vote."""
    return np.asarray(np.where(votes.any(axis=1), votes.argmax(axis=1), -1), dtype=np.int64)
