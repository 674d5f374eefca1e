"""What the evaluation shows in pictures, taken while blocks are scored: the whole, thinned, and windows full of fields.

Draws nothing: see training.evaluation_panels for how they are shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.grid import Grid, Window
from backend.sits import REFLECTANCE_SCALE
from training.classes import UNKNOWN
from training.label_block import LabelBlock
from training.mosaic import SourceMosaic
from training.upsampling import block_mean, upsample_nearest
from training.windows import sub_windows

OVERVIEW_SIDE = 1400
"""Longest side of a source as a whole, cells."""
PANEL_SIDE = 64
"""Side of a window, input pixels."""
MOST_PANELS = 4
TRUE_COLOUR, FALSE_COLOUR = ("B04", "B03", "B02"), ("B08", "B04", "B03")


class Overview:
    """Every n-th cell of a source's map, labels and boundary layer."""

    def __init__(self, grid: Grid, scale: int, has_boundary: bool) -> None:
        """
        Args:
            grid: of the source, input pixels.
            scale: label cells per input pixel.
            has_boundary: whether there is a boundary layer.
        """
        height, width = grid.height * scale, grid.width * scale
        self._scale = scale
        self._step = max(1, math.ceil(max(height, width) / OVERVIEW_SIDE))
        shape = (-(-height // self._step), -(-width // self._step))
        self._planes: dict[str, npt.NDArray[Any]] = {
            "crop_type": np.full(shape, UNKNOWN, dtype=np.uint8),
            "labels": np.full(shape, UNKNOWN, dtype=np.uint8),
        }
        if has_boundary:
            self._planes["boundary"] = np.full(shape, np.nan, dtype=np.float32)

    def add(
        self,
        window: Window,
        block: LabelBlock,
        mapped: npt.NDArray[Any] | None,
        boundary: npt.NDArray[np.float32] | None,
    ) -> None:
        """Take the cells of a block without its margin.

        Args:
            window: of the block with its margin, input pixels.
            block: its labels.
            mapped: (H, W) codes, UNKNOWN where not mapped; None where the block was not mapped.
            boundary: (H, W) likewise, NaN where not mapped.
        """
        fine = window.refine(self._scale)
        rows, cols = (
            np.arange(-(-(first + inner.start) // self._step) * self._step, first + inner.stop, self._step)
            for first, inner in zip((fine.row, fine.col), block.inner, strict=True)
        )
        here = np.ix_(rows - fine.row, cols - fine.col)
        there = np.ix_(rows // self._step, cols // self._step)
        self._planes["labels"][there] = np.where(block.counts, block.classes, UNKNOWN)[here]
        if mapped is not None:
            self._planes["crop_type"][there] = mapped[here]
        if boundary is not None and "boundary" in self._planes:
            self._planes["boundary"][there] = boundary[here]

    def pictures(self) -> dict[str, Any]:
        """crop_type, labels, boundary and step."""
        return {**self._planes, "step": self._step}


class Panels:
    """The windows with most parcels that were scored, with all that is to stand side by side."""

    def __init__(self, side: int = PANEL_SIDE, most: int = MOST_PANELS) -> None:
        """
        Args:
            side: of a window, input pixels.
            most: windows that are kept.
        """
        self._side, self._most = side, most
        self._kept: list[tuple[int, dict[str, Any]]] = []

    def add(
        self,
        show: Callable[[Window], dict[str, Any]],
        window: Window,
        block: LabelBlock,
        scale: int,
        mapped: npt.NDArray[Any],
        probabilities: npt.NDArray[np.float32] | None,
        boundary: npt.NDArray[np.float32] | None,
    ) -> None:
        """Keep windows of a block if they show more than those that are kept.

        Args:
            show: place, window, date and images of a window.
            window: of the block with its margin, input pixels.
            block: its labels.
            scale: label cells per input pixel.
            mapped: (H, W) codes, UNKNOWN where not mapped.
            probabilities: (K, H, W), NaN where not mapped; None for a map without them.
            boundary: (H, W), NaN where not mapped.
        """
        fine = window.refine(scale)
        inner = Window(
            window.row + block.inner[0].start // scale,
            window.col + block.inner[1].start // scale,
            (block.inner[0].stop - block.inner[0].start) // scale,
            (block.inner[1].stop - block.inner[1].start) // scale,
        )
        for part in sub_windows(inner, self._side):
            here = part.refine(scale).slices(fine)
            tested = block.parcels[here][block.counts[here]]
            worth = len(np.unique(tested[tested > 0]))
            if not worth or (len(self._kept) >= self._most and worth <= self._kept[-1][0]):
                continue
            planes = {
                "truth": block.classes[here].astype(np.uint8),
                "tested": block.counts[here].copy(),
                "parcels": block.parcels[here].astype(np.int32),
                "map": mapped[here].astype(np.uint8),
            }
            if boundary is not None:
                planes["boundary"] = boundary[here].astype(np.float32)
            if scale > 1 and probabilities is not None:
                coarse = upsample_nearest(block_mean(probabilities[(slice(None), *here)], scale), scale)
                known = np.isfinite(coarse[0])
                planes["x1"] = np.where(known, np.nan_to_num(coarse).argmax(axis=0), UNKNOWN).astype(np.uint8)
            self._kept.append((worth, {**show(part), **planes}))
            self._kept.sort(key=lambda entry: -entry[0])
            del self._kept[self._most :]

    def pictures(self) -> list[dict[str, Any]]:
        """Those that are kept, most parcels first."""
        return [planes for _, planes in self._kept]


def clearest_image(region: SourceMosaic, window: Window) -> dict[str, Any]:
    """Place and window, and the clearest date of a window, in true and in false colours where the bands are there."""
    pixels = region.read(window)
    out: dict[str, Any] = {
        "place": _patch_name(region) if region.is_patch else f"row {window.row}, column {window.col}",
        "window": (window.row, window.col, window.height, window.width),
        "date": None,
    }
    if not len(region.dates):
        return out
    clearest = int(pixels.valid.mean(axis=(1, 2)).argmax())
    day = str(region.dates[clearest])
    out["date"] = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    for name, bands in (("image", TRUE_COLOUR), ("false_colour", FALSE_COLOUR)):
        if all(band in region.bands for band in bands):
            channels = [region.bands.index(band) for band in bands]
            out[name] = pixels.x[clearest, channels].astype(np.float32) / REFLECTANCE_SCALE
    return out


def _patch_name(region: SourceMosaic) -> str:
    left, _, _, top = region.grid.bounds
    return f"patch at {left:.0f}, {top:.0f}"
