"""Map whole sources of a data set with a network in PyTorch, tile by tile, for calibration and evaluation.

Tiles as the engine cuts them (backend.tiling): a core and a halo of the receptive radius, so that what is evaluated
is what the exported model maps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from backend.grid import Window, floor_multiple
from backend.sits import REFLECTANCE_SCALE
from training.mosaic import SourceMosaic

CORE = 128
"""Side of a tile's core, input pixels."""

Predictor = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""(x, doy, valid) -> two maps on the finer grid, (B, K, mH, mW) and (B, L, mH, mW)."""


def predict(
    predictor: Predictor, source: SourceMosaic, magnification: int, halo: int, windows: list[Window] | None = None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Map a source.

    Args:
        predictor: a module or function of the engine's contract.
        source: its series is mapped.
        magnification: m.
        halo: of a tile, input pixels.
        windows: tile cores to compute; all that touch the source if not given.

    Returns:
        The predictor's two maps, (K, mH, mW) and (L, mH, mW) float32, NaN where no date is valid or nothing was asked.
    """
    pixels, whole = source.pixels, source.grid.window
    doy = torch.from_numpy(pixels.doy)[None]
    maps: list[npt.NDArray[np.float32]] = []
    for core in tile_cores(source) if windows is None else windows:
        tile, kept = core.pad(halo), core.intersect(whole)
        valid = cut(pixels.valid, tile, whole)
        x = cut(pixels.x, tile, whole).astype(np.float32) / REFLECTANCE_SCALE
        with torch.inference_mode():
            answers = predictor(torch.from_numpy(x)[None], doy, torch.from_numpy(valid)[None])
        imaged = np.kron(valid.any(axis=0), np.ones((magnification, magnification), dtype=bool))
        if not maps:
            height, width = whole.height * magnification, whole.width * magnification
            maps = [np.full((answer.shape[1], height, width), np.nan, np.float32) for answer in answers]
        source_slices = kept.refine(magnification).slices(tile.refine(magnification))
        target = kept.refine(magnification).slices(whole.refine(magnification))
        for answer, out in zip(answers, maps, strict=True):
            values = np.where(imaged, answer[0].float().numpy(), np.nan)
            out[(slice(None), *target)] = values[(slice(None), *source_slices)]
    return maps[0], maps[1]


def cut(values: npt.NDArray[Any], window: Window, whole: Window, fill: int = 0) -> npt.NDArray[Any]:
    """(..., H, W) values of a window that may reach beyond the array, which covers `whole`."""
    out = np.full((*values.shape[:-2], *window.shape), fill, dtype=values.dtype)
    inside = window.intersect(whole)
    out[(..., *inside.slices(window))] = values[(..., *inside.slices(whole))]
    return out


def tile_cores(source: SourceMosaic, core: int = CORE) -> list[Window]:
    """Cores that touch a source, at multiples of their size on the lattice."""
    row, col = source.grid.lattice_origin
    first_row, first_col = floor_multiple(row, core) - row, floor_multiple(col, core) - col
    return [
        Window(top, left, core, core)
        for top in range(first_row, source.grid.height, core)
        for left in range(first_col, source.grid.width, core)
    ]
