"""The result over one block: the three layers, and what consumers keep of its tiles. Reads and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .grid import Window
from .model_card import NODATA
from .tile_result import ConsumerFactory, TileResult
from .tiling import Plan

LAYERS = ("crop_type", "confidence", "boundary")
"""Codes of the legend; probability of the class given, percent; probability that class or parcel changes within one
cell, percent. Each (H, W) uint8 on the output grid, NODATA where nothing is mapped."""
TILES = "tiles"
"""Array of two numbers: tiles inferred, and skipped since they have no valid pixel or lie outside the region."""
PERCENT = 100.0


class BlockResult:
    """Filled tile by tile."""

    def __init__(
        self,
        block: Window,
        plan: Plan,
        codes: npt.NDArray[np.uint8],
        inside: npt.NDArray[np.bool_] | None,
        factories: Sequence[ConsumerFactory],
    ) -> None:
        """
        Args:
            block: input cells.
            plan: of the run.
            codes: (K,) of the legend, in the model's order.
            inside: the region on the block's part of the output grid; None for all.
            factories: start the consumers.
        """
        self._block, self._plan, self._codes, self._inside = block, plan, codes, inside
        self._consumers = {factory.name: factory.start(block, plan) for factory in factories}
        shape = block.refine(plan.magnification).shape
        self._layers = {name: np.full(shape, NODATA, dtype=np.uint8) for name in LAYERS}
        self._tiles = np.zeros(2, dtype=np.int64)

    def add(
        self,
        core: Window,
        answer: tuple[npt.NDArray[np.float32], ...],
        valid: npt.NDArray[np.bool_],
        at_edge: npt.NDArray[np.bool_],
    ) -> None:
        """Keep the part of a tile's core that lies in the block.

        Args:
            core: the whole core, input cells.
            answer: probabilities (K, mh, mw), boundary (mh, mw), and the embedding (D, mh, mw) if it was asked for, of
                the kept part.
            valid: (T, h, w) of the kept part.
            at_edge: (h, w) true where what was imaged ends nearby: the network takes that for the edge of a field, and
                the boundary layer says 0 there.
        """
        scale = self._plan.magnification
        kept = core.intersect(self._block)
        target = kept.refine(scale).slices(self._block.refine(scale))
        mapped = _refined(np.asarray(valid.any(axis=0)), scale)
        if self._inside is not None:
            mapped &= self._inside[target]
        tile = TileResult(
            window=kept,
            fine=self._plan.fine(kept),
            probabilities=answer[0],
            boundary=np.where(_refined(at_edge, scale), np.float32(0), answer[1]),
            embedding=answer[2] if len(answer) > 2 else None,
            mapped=mapped,
            valid=valid,
        )
        best, confidence = best_class(tile.probabilities)
        for name, values in zip(
            LAYERS, (self._codes[best], _percent(confidence), _percent(tile.boundary)), strict=True
        ):
            self._layers[name][target] = np.where(mapped, values, NODATA)
        for consumer in self._consumers.values():
            consumer.add(tile)
        self._tiles[0] += 1

    def skip(self, core: Window, valid: npt.NDArray[np.bool_] | None) -> None:
        """Note a tile that was not inferred; `valid` is None where it was not even read."""
        for consumer in self._consumers.values():
            skip = getattr(consumer, "skip", None)
            if skip is not None:
                skip(core.intersect(self._block), valid)
        self._tiles[1] += 1

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that is kept of the block, by name; see array_name for those of consumers."""
        found: dict[str, npt.NDArray[Any]] = {**self._layers, TILES: self._tiles}
        for name, consumer in self._consumers.items():
            for key, values in consumer.arrays().items():
                found[array_name(name, key)] = values
        return found


def array_name(consumer: str, key: str) -> str:
    """What an array of a consumer is called among those of a block."""
    return f"{consumer}.{key}"


def arrays_of(consumer: str, arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of one consumer, by its own names."""
    start = array_name(consumer, "")
    return {name.removeprefix(start): values for name, values in arrays.items() if name.startswith(start)}


def is_whole(arrays: Mapping[str, npt.NDArray[Any]], block: Window, plan: Plan) -> bool:
    """True if these can be the arrays of a block: a file of another plan, or a forged one, cannot."""
    shape = block.refine(plan.magnification).shape
    layers = [arrays.get(name) for name in LAYERS]
    tiles = arrays.get(TILES)
    return (
        all(layer is not None and layer.shape == shape and layer.dtype == np.uint8 for layer in layers)
        and tiles is not None
        and tiles.shape == (2,)
    )


def best_class(
    probabilities: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Index of the largest of (K, H, W) probabilities, the first of equals, and it; a third of argmax's time."""
    largest = probabilities.max(axis=0)
    best = np.zeros(largest.shape, dtype=np.uint8)
    for index in range(len(probabilities) - 1, -1, -1):
        best[probabilities[index] == largest] = index
    return best, largest


def _refined(mask: npt.NDArray[np.bool_], scale: int) -> npt.NDArray[np.bool_]:
    return np.repeat(np.repeat(mask, scale, axis=0), scale, axis=1)


def _percent(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    percent: npt.NDArray[np.float32] = np.rint(np.clip(values, 0.0, 1.0) * PERCENT)
    return percent.astype(np.uint8)
