"""Put finished blocks together: the layers and other rasters as COGs, and what consumers make of all blocks.

Reads block by block in the plan's order, so memory does not depend on the area, and the result only on the blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .block_file import read_block_file
from .block_result import TILES, array_name, arrays_of
from .cog import RasterWriter, write_cog
from .errors import CancelledError
from .grid import Grid, Window
from .model_card import NODATA
from .tile_result import ConsumerFactory, RasterSpec
from .tiling import Plan

LAYER = "layer"
"""Name of the array of a consumer that becomes a raster."""
CLASSES = "crop_type"


@dataclass
class MapStatistics:
    """What is counted over all blocks."""

    class_cells: dict[int, int] = field(default_factory=dict)
    """Output cells per class code."""
    tiles: dict[str, int] = field(default_factory=lambda: {"computed": 0, "skipped": 0})
    """Skipped are those without any valid pixel, or outside the region."""

    def count(self, crop_type: npt.NDArray[np.uint8], tiles: npt.NDArray[np.int64]) -> None:
        """Add a block."""
        counts = np.bincount(crop_type.ravel(), minlength=NODATA + 1)
        for code in np.flatnonzero(counts[:NODATA]):
            self.class_cells[int(code)] = self.class_cells.get(int(code), 0) + int(counts[code])
        self.tiles["computed"] += int(tiles[0])
        self.tiles["skipped"] += int(tiles[1])


@dataclass(frozen=True)
class Blocks:
    """The finished blocks of a plan, on the disk."""

    plan: Plan
    grid: Grid
    """Of the series."""
    path_of: Callable[[int], Path]
    """The file of a block by its number."""

    def arrays(self, wanted: Callable[[str], bool]) -> Iterator[tuple[Window, dict[str, npt.NDArray[Any]]]]:
        """Each block's window, in input cells, and those of its arrays whose names are wanted."""
        for number, block in enumerate(self.plan.blocks()):
            yield block, read_block_file(self.path_of(number), wanted)


def count_blocks(blocks: Blocks) -> MapStatistics:
    """Count classes and tiles."""
    statistics = MapStatistics()
    for _, arrays in blocks.arrays(lambda name: name in (CLASSES, TILES)):
        statistics.count(arrays[CLASSES], arrays[TILES])
    return statistics


def write_rasters(
    blocks: Blocks,
    layers: Mapping[str, RasterSpec],
    factories: Sequence[ConsumerFactory],
    folder: Path,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, Path]:
    """Write the layers and the rasters of consumers as COGs.

    Args:
        blocks: all finished.
        layers: rasters of arrays of these names.
        factories: whose blocks may hold layers of their own.
        folder: where the files are put, and temporary ones beside them.
        is_cancelled: asked between blocks and files.

    Returns:
        Name of the layer or the consumer -> file.
    """
    specs = dict(layers)
    arrays = {name: name for name in layers}
    for factory in factories:
        if factory.raster is not None:
            specs[factory.name] = factory.raster
            arrays[factory.name] = array_name(factory.name, LAYER)
    plan, wanted = blocks.plan, frozenset(arrays.values())
    mapped = blocks.grid.crop(plan.window)
    parts = {name: folder / f"{spec.file}.part.tif" for name, spec in specs.items()}
    with ExitStack() as stack:
        writers = {}
        for name, spec in specs.items():
            writers[name] = RasterWriter(parts[name], mapped.refine(spec.scale), spec)
            stack.callback(writers[name].close)
        for block, found in blocks.arrays(wanted.__contains__):
            _check(is_cancelled)
            place = Window(block.row - plan.window.row, block.col - plan.window.col, *block.shape)
            for name, writer in writers.items():
                writer.write(found[arrays[name]], place.refine(specs[name].scale))
    finished = {}
    for name, spec in specs.items():
        _check(is_cancelled)
        finished[name] = folder / spec.file
        write_cog(parts[name], finished[name], spec, writers[name].statistics())
        parts[name].unlink()
    return finished


def merge_blocks(blocks: Blocks, factories: Sequence[ConsumerFactory]) -> dict[str, Any]:
    """What each consumer makes of all blocks, by its name."""

    def of(factory: ConsumerFactory) -> Iterator[tuple[Window, dict[str, npt.NDArray[Any]]]]:
        start = array_name(factory.name, "")
        for block, arrays in blocks.arrays(lambda name: name.startswith(start)):
            yield block, arrays_of(factory.name, arrays)

    return {factory.name: factory.merge(of(factory)) for factory in factories}


def _check(is_cancelled: Callable[[], bool]) -> None:
    if is_cancelled():
        raise CancelledError("The run was cancelled.")
