"""How well a cell was seen: the number of clear dates, and the longest time without one. Knows nothing of crops.

The season of a run goes from its first used date to its last. The gap of a cell is the longest stretch of days, between
two neighbours among the season's first day, the cell's clear dates and the season's last day. A cell that no date shows
clear has 0 clear dates and the whole season as its gap; cells outside the region have neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from .coarsen import cell_sums
from .grid import Grid, Window
from .region import Region
from .tile_result import RasterSpec, TileResult
from .tiling import Plan

EVIDENCE_NODATA = 65535
FILE = "evidence.tif"
NAME = "evidence"
DESCRIPTIONS = ("clear dates", "longest gap between clear dates, ends of the season included")
UNITS = ("dates", "days")


def clear_looks(valid: npt.NDArray[np.bool_], days: Sequence[int]) -> npt.NDArray[np.uint16]:
    """Clear dates and longest gap of cells.

    Args:
        valid: (T, H, W), imaged and clear.
        days: (T,) days in ascending order, counted from any day.

    Returns:
        (2, H, W): number of clear dates, longest gap in days.
    """
    out = np.zeros((2, *valid.shape[1:]), dtype=np.uint16)
    seen = np.zeros(valid.shape[1:], dtype=np.uint16)  # the last clear look, in days from the season's first
    for layer, day in zip(valid, days, strict=True):
        since = np.uint16(day - days[0])
        np.maximum(out[1], since - seen, out=out[1], where=layer)
        np.copyto(seen, since, where=layer)
        out[0] += layer
    np.maximum(out[1], np.uint16(days[-1] - days[0]) - seen, out=out[1])
    return out


@dataclass(frozen=True)
class Evidence:
    """Starts what keeps the evidence of a block."""

    dates: tuple[date, ...]
    """Of the observations, in their order."""
    grid: Grid
    """Of the series."""
    region: Region | None = None
    name: str = NAME

    @property
    def raster(self) -> RasterSpec:
        """Two bands on the input grid."""
        return RasterSpec(FILE, 1, DESCRIPTIONS, UNITS, dtype="uint16", nodata=EVIDENCE_NODATA)

    def start(self, block: Window, plan: Plan) -> BlockEvidence:
        """For one block of the plan."""
        inside = None
        if self.region is not None:
            fine = self.region.mask(self.grid.crop(block).refine(plan.magnification))
            inside = cell_sums(fine, plan.magnification) > 0
        return BlockEvidence([day.toordinal() for day in self.dates], block, inside)

    def merge(self, files: Iterator[tuple[Window, dict[str, npt.NDArray[Any]]]]) -> None:
        """Nothing: the layers are all there is."""


class BlockEvidence:
    """The evidence of one block."""

    def __init__(self, days: Sequence[int], block: Window, inside: npt.NDArray[np.bool_] | None) -> None:
        """
        Args:
            days: (T,) ascending.
            block: input cells.
            inside: (h, w) cells that the region touches; None for all.
        """
        self._days, self._block, self._inside = days, block, inside
        self._layer = np.full((2, *block.shape), EVIDENCE_NODATA, dtype=np.uint16)

    def add(self, tile: TileResult) -> None:
        """Count a tile's dates."""
        self.skip(tile.window, tile.valid)

    def skip(self, window: Window, valid: npt.NDArray[np.bool_] | None) -> None:
        """Count the dates of a tile that is not mapped; one that was not read lies outside the region."""
        if valid is None:
            return
        rows, cols = window.slices(self._block)
        looks = clear_looks(valid, self._days)
        if self._inside is not None:
            looks[:, ~self._inside[rows, cols]] = EVIDENCE_NODATA
        self._layer[:, rows, cols] = looks

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The layer, (2, h, w) uint16."""
        return {"layer": self._layer}
