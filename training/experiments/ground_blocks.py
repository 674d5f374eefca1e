"""One map of real ground scored in blocks, so that its intervals draw neighbourhoods again, as those of scenes do.

A simulated comparison tests on many scenes. Real declarations mostly are one region: drawn as a whole it would have no
interval at all. Reads no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from training.edges import TOLERANCES_M
from training.experiments.scene_scores import score_scene
from training.label_block import MARGIN_M, LabelBlock
from training.outline_score import OutlineScore
from training.resampling import ground_squares

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class GroundBlock:
    """A block of the ground that is tested, with the margin that its figures need."""

    name: str
    """Of the square in which it lies: row and column on the lattice of the coordinate system, rows downwards."""
    place: tuple[slice, slice]
    """Rows and columns of the map, margin included."""
    counts: BoolArray
    """(h, w) cells of the block that count."""


def ground_blocks(
    parcels: IntArray, counts: BoolArray, block_m: float, resolution_m: float, origin: tuple[int, int] = (0, 0)
) -> Iterator[GroundBlock]:
    """The blocks of the ground that counts. A parcel goes as a whole to the square in which its middle lies.

    Args:
        parcels: (H, W) parcel ids, 0 for none.
        counts: (H, W) cells that count.
        block_m: side of a square.
        resolution_m: width of a cell.
        origin: (row, column) of the first cell on the lattice of cells, so that squares are those of the splits.

    Yields:
        Blocks with at least one cell that counts, row by row.
    """
    side = max(1, round(block_m / resolution_m))
    height, width = counts.shape
    squares = ground_squares(*origin, (height, width), side)
    rows, cols = np.nonzero(counts & (parcels > 0))
    ids, row = np.unique(parcels[rows, cols], return_inverse=True)
    cells = np.bincount(row, minlength=len(ids))
    middle = [(np.bincount(row, along, len(ids)) / np.maximum(cells, 1)).astype(int) for along in (rows, cols)]
    squares[rows, cols] = squares[middle[0], middle[1]][row]
    numbers, index = np.unique(squares[counts], return_inverse=True)
    label = np.zeros(counts.shape, dtype=np.int32)
    label[counts] = index + 1
    margin = int(np.ceil(MARGIN_M / resolution_m))
    for number, found in enumerate(find_objects(label)):
        top, left = (slice(max(0, part.start - margin), part.stop + margin) for part in found)
        square = int(numbers[number])
        yield GroundBlock(f"{square >> 31}_{square & (2**31 - 1)}", (top, left), label[top, left] == number + 1)


def score_block(
    block: GroundBlock,
    mapped: IntArray,
    classes: IntArray,
    parcels: IntArray,
    resolution_m: float,
    num_classes: int,
    is_complete: bool,
    boundary: NDArray[np.floating[Any]] | None = None,
    threshold: float = 0.5,
) -> dict[str, Any]:
    """The counts of a block, as of a scene (training.experiments.scene_scores).

    Args:
        block: which.
        mapped: (H, W) class codes of the map on the label grid; planes are of the whole map.
        classes: (H, W) true codes, 255 where unknown.
        parcels: (H, W) parcel ids, 0 for none.
        resolution_m: width of a cell.
        num_classes: K.
        is_complete: all parcels are known. Of a sample of them no F1 of edges can be told, since what lies outside may
            be an edge or none: those are left out.
        boundary: (H, W) boundary probability, where there is a layer.
        threshold: from which on it is a boundary.

    Returns:
        As score_scene; with a layer also outlines: per tolerance [cells of outlines, of these found within it, cells
        inside, of these with a boundary within it].
    """
    here = block.place
    layer = boundary[here] if boundary is not None else None
    out = score_scene(
        mapped[here],
        classes[here],
        parcels[here],
        block.counts,
        resolution_m,
        num_classes,
        layer >= threshold if layer is not None else None,
    )
    if not is_complete:
        out.pop("map_edges")
        out.pop("boundary_layer", None)
    if layer is not None:
        score = OutlineScore(resolution_m, threshold, TOLERANCES_M)
        whole = (slice(0, block.counts.shape[0]), slice(0, block.counts.shape[1]))
        score.add(LabelBlock(classes[here], parcels[here], block.counts, whole, resolution_m), layer, block.counts)
        out["outlines"] = [
            [
                entry["outline_cells"],
                round((entry["found"] or 0) * entry["outline_cells"]),
                entry["inside_cells"],
                round((entry["inside"] or 0) * entry["inside_cells"]),
            ]
            for entry in score.figures()
        ]
    return out
