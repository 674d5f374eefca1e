"""What one tile of a map gives, and who keeps what of it: the contract between the mapping loop and its consumers.

A consumer keeps something of a block beside the three layers: class probabilities, sums of parcels, clear dates. A new
one is started for each block, so that no state crosses blocks and a block can be done again, in any process. Computes
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .grid import Window
from .model_card import NODATA, CropClass
from .tiling import Plan


@dataclass(frozen=True)
class TileResult:
    """The kept core part of one tile; cells of the fine arrays are magnification times those of `window`."""

    window: Window
    """Kept part of the core, input cells of the series' grid."""
    fine: Window
    """The same on the output grid, counted from the mapped window's first cell."""
    probabilities: npt.NDArray[np.float32]
    """(K, mh, mw), classes in the card's order; what a tile takes is freed after it, so not to be kept."""
    boundary: npt.NDArray[np.float32]
    """(mh, mw), 0-1."""
    embedding: npt.NDArray[np.float32] | None
    """(D, mh, mw), if it was asked for; not to be kept either."""
    mapped: npt.NDArray[np.bool_]
    """(mh, mw): some date is valid and the cell lies in the region."""
    valid: npt.NDArray[np.bool_]
    """(T, h, w) on the input grid, in order of the dates."""


class Consumer(Protocol):
    """What is kept of one block. A method `skip(window, valid)` is called for tiles that are not inferred, if it is
    there: the kept window in input cells, and (T, h, w) of the valid pixels, None where the tile was not even read."""

    def add(self, tile: TileResult) -> None:
        """Take what is needed of a tile; called in the plan's order."""

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What goes into the block's file, fixed dtypes and no objects; "layer" (n, h, w) becomes a raster."""


@dataclass(frozen=True)
class RasterSpec:
    """A raster that is assembled from the "layer" of a consumer's blocks."""

    file: str
    """Its name, such as evidence.tif."""
    scale: int
    """Its cells a side of an input cell: 1, or the magnification."""
    descriptions: tuple[str, ...]
    """One a band."""
    units: tuple[str, ...] = ()
    """One a band; none where empty."""
    dtype: str = "uint8"
    """Of the layer: uint8, uint16 or int16."""
    nodata: int = NODATA
    gdal_scale: float | None = None
    """What a stored number is to be multiplied by."""
    classes: tuple[CropClass, ...] | None = None
    """The legend of a class raster."""
    overview: str = "average"
    """GDAL's resampling of the overviews."""


class ConsumerFactory(Protocol):
    """Starts a consumer for each block and takes what all of them kept; a frozen dataclass that other processes get."""

    @property
    def name(self) -> str:
        """Names its arrays in the blocks' files."""

    @property
    def raster(self) -> RasterSpec | None:
        """The raster that its layers become, if any."""

    def start(self, block: Window, plan: Plan) -> Consumer:
        """A consumer for one block.

        Args:
            block: the part of the window that the block maps, input cells of the series' grid.
            plan: of the run.
        """

    def merge(self, files: Iterator[tuple[Window, dict[str, npt.NDArray[Any]]]]) -> Any:
        """What its owner needs in the end, from the blocks' arrays in the plan's order."""
