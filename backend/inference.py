"""Map a series block by block: read, infer, keep the cores of tiles, write. Bounded memory whatever the area.

Knows the plan and the session; knows nothing of requests, of the files' names or of events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from .clear_rule import ClearRule
from .errors import CancelledError
from .grid import Grid, Window
from .model_card import NODATA
from .raster import WindowReader
from .region import Region
from .session import Session
from .sits import DEFAULT_RULE, REFLECTANCE_SCALE, Observation, SitsBlock, read_block
from .tiling import Plan

PERCENT = 100.0


@dataclass(frozen=True)
class MapBlock:
    """The result over one block, on the output grid; each array (H, W) uint8, NODATA where nothing is mapped."""

    window: Window
    """Output cells, counted from the mapped window's first."""
    crop_type: npt.NDArray[np.uint8]
    confidence: npt.NDArray[np.uint8]
    """Probability of the class given, percent."""
    boundary: npt.NDArray[np.uint8]
    """Probability that class or parcel changes within one cell, percent."""


@dataclass
class MapStatistics:
    """What is counted while mapping."""

    class_cells: dict[int, int] = field(default_factory=dict)
    """Output cells per class code."""
    tiles: int = 0
    tiles_skipped: int = 0
    """Without any valid pixel, or outside the region."""

    def count(self, crop_type: npt.NDArray[np.uint8]) -> None:
        """Add a block's cells."""
        counts = np.bincount(crop_type.ravel(), minlength=NODATA + 1)
        for code in np.flatnonzero(counts[:NODATA]):
            self.class_cells[int(code)] = self.class_cells.get(int(code), 0) + int(counts[code])


@dataclass(frozen=True)
class MapInput:
    """What is mapped."""

    observations: Sequence[Observation]
    grid: Grid
    region: Region | None = None
    rule: ClearRule = DEFAULT_RULE
    """What counts as clear."""


def map_blocks(
    source: MapInput,
    session: Session,
    plan: Plan,
    statistics: MapStatistics,
    advance: Callable[[int], None],
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[MapBlock]:
    """Yield the map block by block, in the plan's order.

    Args:
        source: observations, grid and region.
        session: the model.
        plan: tiles and blocks.
        statistics: filled on the way.
        advance: called with the input cells done, after each tile.
        is_cancelled: asked before each tile.

    Raises:
        CancelledError: as soon as `is_cancelled` says so.
    """
    codes = np.array([entry.code for entry in session.card.classes], dtype=np.uint8)
    with WindowReader() as reader:
        for block in plan.blocks():
            result = _empty_block(block, plan)
            inside = _region_mask(source, block, plan.magnification)
            cores = plan.cores(block)
            halo_window = Window(
                cores[0].row, cores[0].col, cores[-1].row_stop - cores[0].row, cores[-1].col_stop - cores[0].col
            ).pad(plan.halo)
            pixels: SitsBlock | None = None
            for core in cores:
                if is_cancelled():
                    raise CancelledError("The run was cancelled.")
                kept = core.intersect(block)
                if inside is None or inside[_fine_slices(kept, block, plan.magnification)].any():
                    if pixels is None:
                        pixels = read_block(
                            reader, source.observations, session.card.bands, source.grid, halo_window, source.rule
                        )
                    done = _map_tile(session, plan, codes, pixels, halo_window, core, kept, block, result)
                else:
                    done = False
                statistics.tiles += 1
                statistics.tiles_skipped += not done
                advance(kept.height * kept.width)
            if inside is not None:
                for layer in (result.crop_type, result.confidence, result.boundary):
                    layer[~inside] = NODATA
            statistics.count(result.crop_type)
            yield result


def _map_tile(
    session: Session,
    plan: Plan,
    codes: npt.NDArray[np.uint8],
    pixels: SitsBlock,
    pixels_window: Window,
    core: Window,
    kept: Window,
    block: Window,
    result: MapBlock,
) -> bool:
    """Infer one tile and put the kept part of its core into the block; False if it has no valid pixel."""
    tile = core.pad(plan.halo)
    rows, cols = tile.slices(pixels_window)
    valid = np.ascontiguousarray(pixels.valid[:, rows, cols])
    imaged = np.asarray(valid.any(axis=0))
    if not imaged[kept.slices(tile)].any():
        return False
    x = pixels.x[:, :, rows, cols].astype(np.float32) / np.float32(REFLECTANCE_SCALE)
    probabilities, boundary = session.run(x, pixels.doy, valid)
    scale = plan.magnification
    source = kept.refine(scale).slices(tile.refine(scale))
    target = _fine_slices(kept, block, scale)
    probabilities, boundary = probabilities[:, source[0], source[1]], boundary[source]
    mapped = np.repeat(np.repeat(imaged[kept.slices(tile)], scale, axis=0), scale, axis=1)
    result.crop_type[target] = np.where(mapped, codes[probabilities.argmax(axis=0)], NODATA)
    result.confidence[target] = np.where(mapped, _percent(probabilities.max(axis=0)), NODATA)
    result.boundary[target] = np.where(mapped, _percent(boundary), NODATA)
    return True


def _percent(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    percent: npt.NDArray[np.float32] = np.rint(np.clip(values, 0.0, 1.0) * PERCENT)
    return percent.astype(np.uint8)


def _fine_slices(window: Window, block: Window, scale: int) -> tuple[slice, slice]:
    return window.refine(scale).slices(block.refine(scale))


def _empty_block(block: Window, plan: Plan) -> MapBlock:
    fine = Window(block.row - plan.window.row, block.col - plan.window.col, *block.shape).refine(plan.magnification)
    return MapBlock(fine, *(np.full(fine.shape, NODATA, dtype=np.uint8) for _ in range(3)))


def _region_mask(source: MapInput, block: Window, scale: int) -> npt.NDArray[np.bool_] | None:
    return None if source.region is None else source.region.mask(source.grid.crop(block).refine(scale))
