"""The raster of the network's embedding on the input grid, for searches and classifiers of the user's own.

Each of the D channels is kept as rint(value / 0.002) in int16, with that as the GDAL scale: steps of 0.002 from -65 to
65, cut off beyond; the mean over an input cell's mapped fine cells is taken from these numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .coarsen import cell_sums, rounded_means
from .errors import ModelError
from .grid import Window
from .model_card import ModelCard
from .tile_result import RasterSpec, TileResult
from .tiling import Plan

STEP = 0.002
LARGEST = 32767
EMBEDDING_NODATA = -32768
FILE = "embeddings.tif"
NAME = "embeddings"


@dataclass(frozen=True)
class EmbeddingLayer:
    """Starts what keeps the embedding of a block; see embedding_layer."""

    channels: int
    """D."""
    name: str = NAME

    @property
    def raster(self) -> RasterSpec:
        """One band a channel."""
        names = tuple(f"embedding {number}" for number in range(1, self.channels + 1))
        return RasterSpec(FILE, 1, names, dtype="int16", nodata=EMBEDDING_NODATA, gdal_scale=STEP)

    def start(self, block: Window, plan: Plan) -> BlockEmbedding:
        """For one block of the plan."""
        return BlockEmbedding(self.channels, block, plan.magnification)

    def merge(self, files: Iterator[tuple[Window, dict[str, npt.NDArray[Any]]]]) -> None:
        """Nothing: the layers are all there is."""


class BlockEmbedding:
    """The embedding of one block."""

    def __init__(self, channels: int, block: Window, magnification: int) -> None:
        self._block, self._fine = block, magnification
        self._layer = np.full((channels, *block.shape), EMBEDDING_NODATA, dtype=np.int16)

    def add(self, tile: TileResult) -> None:
        """Keep a tile's.

        Raises:
            ModelError: if the tile has none.
        """
        if tile.embedding is None:
            raise ModelError("The model gave no embedding.", "Export it with the setting export.embedding.")
        rows, cols = tile.window.slices(self._block)
        counts = cell_sums(tile.mapped, self._fine)
        for target, values in zip(self._layer, tile.embedding, strict=True):
            steps = np.clip(np.rint(values / np.float32(STEP)), -LARGEST, LARGEST).astype(np.int16)
            steps *= tile.mapped
            means = rounded_means(cell_sums(steps, self._fine), counts)
            target[rows, cols] = np.where(counts > 0, means, EMBEDDING_NODATA)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The layer, (D, h, w) int16, EMBEDDING_NODATA where nothing is mapped."""
        return {"layer": self._layer}


def embedding_layer(card: ModelCard) -> EmbeddingLayer:
    """The layer of a model.

    Raises:
        ModelError: if it gives no embedding.
    """
    if not card.embedding_channels:
        raise ModelError(f"The model '{card.name}' gives no embedding.", "Export it with the setting export.embedding.")
    return EmbeddingLayer(card.embedding_channels)
