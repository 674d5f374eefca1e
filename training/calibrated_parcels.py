"""Parcels of the calibration split: what their cells' probabilities come to. Reads no files, needs no torch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.conformal import class_thresholds
from training.parcel_sums import KeyedSums, ParcelMeans, winner
from training.reliability import LEAST_PROBABILITY, tempered
from training.temperature import fit_temperature, logits_to_shares

log = logging.getLogger(__name__)

FEWEST_PARCELS = 20
"""With fewer parcels their temperature stays 1."""


@dataclass(frozen=True)
class ParcelCells:
    """The cells of a window that lie in parcels of the calibration split."""

    keys: npt.NDArray[np.int64]
    """(N,) parcels; ids are those of a source, so its number is in them."""
    logits: npt.NDArray[np.float32]
    """(K, N)"""
    row: npt.NDArray[np.int64]
    """(N,) in the window."""
    col: npt.NDArray[np.int64]
    classes: npt.NDArray[np.int64]
    """(N,) true codes."""

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        return sum(values.nbytes for values in (self.keys, self.logits, self.row, self.col, self.classes))


class CalibratedParcels:
    """Mean probabilities of the parcels of the calibration split."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._means = ParcelMeans(channels)
        self._truth = KeyedSums({"truth": ((256,), np.int32)})

    def __len__(self) -> int:
        return len(self._means.keys)

    def add(self, cells: ParcelCells, temperature: float) -> None:
        """Add the cells of a window, each of which comes once."""
        if not len(cells.keys):
            return
        shares = logits_to_shares(cells.logits / np.float32(temperature))
        self._means.add(cells.keys, shares, cells.row, cells.col)
        self._truth.count("truth", self._truth.rows(cells.keys), cells.classes)

    @property
    def classes(self) -> npt.NDArray[np.int64]:
        """(P,) codes of their crops."""
        return winner(self._truth["truth"])

    def temperature(self) -> float:
        """1 where there are too few parcels."""
        if len(self) < FEWEST_PARCELS:
            log.warning("%d parcels in the calibration split: their temperature stays 1", len(self))
            return 1.0
        means = np.log(np.maximum(self._means.means, LEAST_PROBABILITY)).T
        return fit_temperature(means, self.classes)

    def thresholds(self, names: Sequence[str], temperature: float, alpha: float) -> dict[str, Any]:
        """Conformal thresholds by class, see training.conformal.class_thresholds."""
        classes, regions = self.classes, self._means.keys >> 32
        shares = tempered(self._means.means, temperature) if len(self) else self._means.means
        scores = 1 - shares[classes, np.arange(len(classes))]
        return class_thresholds(scores, classes, regions, names, range(self._channels), alpha)
