"""Class probabilities as whole numbers, and the raster of them. Knows nothing of parcels or seams.

A probability p is kept as rint(250 p), steps of 0.4 %, with a GDAL scale of 0.004; every program that honours scales
shows probabilities. All sums over cells are taken from these numbers.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .coarsen import cell_sums, rounded_means
from .errors import RequestError
from .grid import Window
from .model_card import NODATA, ModelCard
from .tile_result import RasterSpec, TileResult
from .tiling import Plan

STEPS = 250
"""What a probability of 1 is kept as: the most below NODATA whose inverse has few digits."""
FILE = "probabilities.tif"
NAME = "probabilities"


def quantise(probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Probabilities as whole numbers, 0-STEPS.

    Args:
        probabilities: float32 of any shape; what leaves 0-1 by rounding is brought back.
    """
    scaled = probabilities * np.float32(STEPS)
    np.rint(scaled, out=scaled)
    np.clip(scaled, 0, STEPS, out=scaled)
    return scaled.astype(np.uint8)


@dataclass(frozen=True)
class ProbabilityLayer:
    """Starts what keeps the class probabilities of a block; see probability_layer."""

    channels: tuple[int, ...]
    """Channels of the model that are kept."""
    classes: tuple[str, ...]
    """Their names: the descriptions of the bands."""
    scale: int
    """Cells a side of an input cell: 1, or the magnification."""
    name: str = NAME

    @property
    def raster(self) -> RasterSpec:
        """One band a class."""
        return RasterSpec(FILE, self.scale, self.classes, gdal_scale=1 / STEPS)

    def start(self, block: Window, plan: Plan) -> BlockProbabilities:
        """For one block of the plan."""
        return BlockProbabilities(self, block, plan.magnification)

    def merge(self, files: Iterator[tuple[Window, dict[str, npt.NDArray[Any]]]]) -> None:
        """Nothing: the layers are all there is."""


class BlockProbabilities:
    """The class probabilities of one block."""

    def __init__(self, layer: ProbabilityLayer, block: Window, magnification: int) -> None:
        self._channels, self._scale, self._block, self._fine = layer.channels, layer.scale, block, magnification
        self._layer = np.full((len(layer.channels), *block.refine(layer.scale).shape), NODATA, dtype=np.uint8)

    def add(self, tile: TileResult) -> None:
        """Keep a tile's; the mean over the mapped fine cells of an input cell on the input grid."""
        rows, cols = tile.window.refine(self._scale).slices(self._block.refine(self._scale))
        coarse = self._scale != self._fine
        counts = cell_sums(tile.mapped, self._fine) if coarse else None
        for target, channel in zip(self._layer, self._channels, strict=True):
            values = quantise(tile.probabilities[channel])
            if counts is None:
                target[rows, cols] = np.where(tile.mapped, values, NODATA)
            else:
                values *= tile.mapped
                means = rounded_means(cell_sums(values, self._fine), counts)
                target[rows, cols] = np.where(counts > 0, means, NODATA)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The layer, (classes, h, w) uint8, NODATA where nothing is mapped."""
        return {"layer": self._layer}


def probability_layer(card: ModelCard, grid: str, names: tuple[str, ...] = ()) -> ProbabilityLayer:
    """The layer that a request asks for.

    Args:
        card: of the model.
        grid: "input" or "fine".
        names: of the classes to keep; all where empty.

    Raises:
        RequestError: if the model has no class of a name.
    """
    known = [entry.name for entry in card.classes]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise RequestError(
                f"The model '{card.name}' has no class '{name}'" + (f"; did you mean '{near[0]}'?" if near else "."),
                f"Its classes are {', '.join(known)}.",
            )
    channels = tuple(number for number, name in enumerate(known) if not names or name in names)
    return ProbabilityLayer(
        channels, tuple(known[number] for number in channels), card.magnification if grid == "fine" else 1
    )
