"""The maps that a cell of a comparison makes of a source, and their counts: of a scene, or by block. Reads no files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.experiments.ground_blocks import ground_blocks, score_block
from training.experiments.scene_scores import score_scene
from training.store import CLASS, PARCEL


@dataclass(frozen=True)
class MappedGround:
    """The maps of a source on the finest labels, and what they are compared with."""

    maps: dict[str, NDArray[np.integer[Any]]]
    """How a map came onto the finest labels -> (H, W) class codes."""
    labels: NDArray[np.int32]
    """(7, H, W), see training.store.PLANES."""
    counts: NDArray[np.bool_]
    """(H, W) cells that count."""
    resolution_m: float
    origin: tuple[int, int]
    """(row, column) of the first cell on the lattice of cells."""
    num_classes: int
    boundary: NDArray[np.floating[Any]]
    """(H, W) on the map's own grid."""
    threshold: float

    def as_scene(self) -> dict[str, Any]:
        """Counts of each map."""
        layer = self.boundary >= self.threshold
        return {
            name: score_scene(
                mapped,
                self.labels[CLASS],
                self.labels[PARCEL],
                self.counts,
                self.resolution_m,
                self.num_classes,
                layer if name == "own" else None,
            )
            for name, mapped in self.maps.items()
        }

    def by_block(self, source: str, block_m: float, is_complete: bool) -> dict[str, dict[str, Any]]:
        """Counts of each map in each block of the ground."""
        classes, parcels = self.labels[CLASS], self.labels[PARCEL]
        return {
            f"{source}_{block.name}": {
                name: score_block(
                    block,
                    mapped,
                    classes,
                    parcels,
                    self.resolution_m,
                    self.num_classes,
                    is_complete,
                    self.boundary if name == "own" else None,
                    self.threshold,
                )
                for name, mapped in self.maps.items()
            }
            for block in ground_blocks(parcels, self.counts, block_m, self.resolution_m, self.origin)
        }
