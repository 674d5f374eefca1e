"""Map sources of a data set with a network in PyTorch, window by window, for calibration and evaluation.

Tiles as the engine cuts them (backend.tiling): a core and a halo of what the network sees around it, so that what is
evaluated is what the exported model maps, however the ground is cut into windows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from backend.grid import Window, floor_multiple
from backend.plan_memory import PHASE
from backend.sits import REFLECTANCE_SCALE
from training.mosaic import SourceMosaic

CORE = 128
"""Side of a tile's core that is aimed at, input pixels."""
WHOLE_PATCH = 256
"""A patch of a published set up to this side is one tile without a halo, as the sets' authors map them."""

Predictor = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""(x, doy, valid) -> two maps on the finer grid, (B, K, mH, mW) and (B, L, mH, mW)."""


@dataclass(frozen=True)
class Tiling:
    """How a network's input is cut."""

    magnification: int = 1
    """m, cells of its output per input pixel."""
    step: int = PHASE
    """Tiles begin and end at multiples of this, input pixels."""
    halo: int = 0
    """A multiple of the step."""
    num_dates: int | None = None
    """The most dates that the network takes; None for any number."""


def tiling_of(network: Any, magnification: int) -> Tiling:
    """The tiling that a network of the registry needs.

    The halo is how far it reaches, rounded up to the step.
    """
    step = math.lcm(int(network.stride), PHASE)
    num_dates = getattr(network, "num_dates", None)
    halo = -(-reach_of(network) // step) * step
    return Tiling(magnification, step, halo, None if num_dates is None else int(num_dates))


def reach_of(network: Any) -> int:
    """Input pixels around a tile's core that a network of the registry and its boundary layer must see.

    As far as the network sees, and one more for the boundary, which compares neighbours. Of a network that works window
    by window, whose radius is the window's side and its stride, the neighbours lie in the windows around: one of these.
    """
    stride, radius = int(network.stride), int(network.receptive_radius)
    return stride if stride > 1 and radius == stride else radius + 1


def predict(
    predictor: Predictor,
    source: SourceMosaic,
    magnification: int,
    halo: int,
    window: Window | None = None,
    *,
    step: int = PHASE,
    dates: npt.NDArray[np.int64] | None = None,
    core: int = CORE,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Map a window of a source.

    Args:
        predictor: a module or function of the engine's contract.
        source: its series is mapped.
        magnification: m.
        halo: of a tile, input pixels.
        window: of the source's grid, input pixels; all of it if None. What lies beyond the grid is not mapped.
        step: tiles begin and end at multiples of this; the halo is one.
        dates: positions of the dates that the network is given; all if None.
        core: side of a tile's core that is aimed at.

    Returns:
        The predictor's two maps, (K, mH, mW) and (L, mH, mW) float32, NaN where no date is valid.
    """
    window = source.grid.window if window is None else window
    wanted = window.refine(magnification)
    if source.is_patch and max(source.grid.shape) <= WHOLE_PATCH:
        cores, halo = [_aligned(source.grid.window, (0, 0), step)], 0
    else:
        cores = tile_cores(source, core, step, window.intersect(source.grid.window))
    maps: list[npt.NDArray[np.float32]] = []
    for place in cores:
        tile, kept = place.pad(halo), place.intersect(window).intersect(source.grid.window)
        pixels = source.read(tile)
        chosen = slice(None) if dates is None else dates
        valid = pixels.valid[chosen]
        if maps and not valid.any():
            continue
        x = pixels.x[chosen].astype(np.float32) / REFLECTANCE_SCALE
        doy = torch.from_numpy(pixels.doy[chosen])[None]
        with torch.inference_mode():
            answers = predictor(torch.from_numpy(x)[None], doy, torch.from_numpy(valid)[None])
        imaged = np.kron(valid.any(axis=0), np.ones((magnification, magnification), dtype=bool))
        if not maps:
            maps = [np.full((answer.shape[1], *wanted.shape), np.nan, np.float32) for answer in answers]
        inside = kept.refine(magnification).slices(tile.refine(magnification))
        target = kept.refine(magnification).slices(wanted)
        for answer, out in zip(answers, maps, strict=True):
            values = answer[0].float().cpu().numpy()[(slice(None), *inside)]
            out[(slice(None), *target)] = np.where(imaged[inside], values, np.nan)
    return maps[0], maps[1]


def tile_cores(source: SourceMosaic, core: int = CORE, step: int = PHASE, window: Window | None = None) -> list[Window]:
    """Cores of tiles that cover a window of a source, at multiples of the step on the lattice.

    Args:
        source: whose grid they lie on.
        core: side that is aimed at; the window is shared out evenly, so tiles are up to half larger.
        step: origins and sides are multiples of it.
        window: all of the source if None.
    """
    whole = _aligned(source.grid.window if window is None else window, source.tile_origin, step)
    rows, cols = (_shares(side // step, max(core // step, 1)) for side in whole.shape)
    return [
        Window(whole.row + step * top, whole.col + step * left, step * height, step * width)
        for top, height in rows
        for left, width in cols
    ]


def _aligned(window: Window, origin: tuple[int, int], step: int) -> Window:
    """The smallest window at multiples of a step on the lattice that holds another one."""
    top, left = (floor_multiple(at + of, step) - of for at, of in zip((window.row, window.col), origin, strict=True))
    bottom, right = (
        -floor_multiple(-(stop + of), step) - of
        for stop, of in zip((window.row_stop, window.col_stop), origin, strict=True)
    )
    return Window(top, left, bottom - top, right - left)


def _shares(total: int, most: int) -> list[tuple[int, int]]:
    """(first, count) of the parts of about so many that a number of steps falls into, as equal as can be."""
    # a little more than one tile's worth stays one tile: two halves would compute their halos twice
    parts = max(1, round(total / most))
    edges = [total * number // parts for number in range(parts + 1)]
    return [(first, stop - first) for first, stop in pairwise(edges)]
