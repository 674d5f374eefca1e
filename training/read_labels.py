"""Read the labels of a block of a source with the margin that scores need around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.grid import Window
from training.label_block import LabelBlock, counted
from training.mosaic import SourceMosaic
from training.store import CLASS, FLAGS, PARCEL
from training.windows import with_margin


@dataclass(frozen=True)
class ReadLabels:
    """A block's labels."""

    window: Window
    """The block with its margin, cut to the source, input pixels."""
    labels: NDArray[np.int32]
    """(7, H, W) of the window, see training.store.PLANES."""
    block: LabelBlock
    """The same, with all cells that can count: known, of one class, and none of the margin."""

    def counting(self, mask: NDArray[np.bool_]) -> LabelBlock:
        """The block with those cells counting that are of a mask (H, W), too."""
        return replace(self.block, counts=self.block.counts & mask)


def read_labels(source: SourceMosaic, block: Window, scale: int, resolution_m: float, margin: int) -> ReadLabels:
    """Read a block.

    Args:
        source: with labels on that grid.
        block: within the source's grid, input pixels.
        scale: label cells per input pixel.
        resolution_m: width of a label cell.
        margin: input pixels around the block.
    """
    window = with_margin(block, margin, source.grid)
    labels: NDArray[Any] = source.labels(scale, window)
    inner = block.refine(scale).slices(window.refine(scale))
    own = np.zeros(labels.shape[1:], dtype=np.bool_)
    own[inner] = True
    row, col = source.grid.lattice_origin
    counts = counted(labels[CLASS], labels[FLAGS], own)
    first = (row + window.row) * scale, (col + window.col) * scale
    return ReadLabels(window, labels, LabelBlock(labels[CLASS], labels[PARCEL], counts, inner, resolution_m, *first))
