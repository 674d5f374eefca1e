"""Cut the fields of a map of any size, window by window: number them, count their votes, write the voted map.

Four passes. Cores are numbered window by window, and numbers that meet at the windows' seams are joined. Then cores
grow, in windows with a margin of their reach, and votes are counted. Then the map is written again, and at last the
fields are given out for their outlines. What lies between is kept in rasters of numbers on the disk. Nothing depends on
how large the windows are. Of each field a row of counts is in memory (4 bytes a class and some 40 more), besides a few
windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window as RasterioWindow

from .cog import OUTPUT_TILE, RasterWriter
from .errors import CancelledError, DamagedFileError
from .fields import REACH, IntArray, count_votes, find_cores, grow_cores, join_pairs, label_cores, widen
from .grid import Grid, Window
from .map_progress import MapProgress
from .model_card import NODATA
from .raster import WindowReader, disk_errors
from .tile_result import RasterSpec

CANCELLED = "The cutting of fields was cancelled."
PERCENT = 100
CORES, NUMBERS = "cores.tif", "numbers.tif"
SCRATCH = (CORES, NUMBERS)
"""What lies between the passes; whoever runs them removes it."""
MOST_SIDES = 500_000
"""Sides of cells that the outline of a field may run along, holes and all. With 122 500 holes of a cell each, nearly as
many, it took 0.3 GB of memory and 20 s; a field of 200 ha, 2 % of whose cells are specks, has about 30 000."""


@dataclass(frozen=True)
class FieldMap:
    """A finished map, and how it is gone through."""

    grid: Grid
    """Of its rasters."""
    crop_type: Path
    boundary: Path
    """Percent."""
    confidence: Path | None
    """Percent; None if the map has none."""
    evidence: Path | None
    """Clear dates, on the grid of the images; None if the map has lost it."""
    images: Window
    """Where the images' grid lies, in cells of the map from its first one: that may be larger than the map."""
    codes: tuple[int, ...]
    """Of all classes, ascending: the K columns of the votes."""
    background: int | None
    """Code of ground without a parcel; None for a model without such a class."""
    inside_below: float
    """Boundary probability below which a cell lies inside a field."""
    edge_cells: int
    """Cells from the edge of what was imaged up to which the boundary layer knows nothing."""
    scratch: Path
    """Folder of what is kept between the passes."""
    window_cells: int
    """Side of the windows."""
    is_cancelled: Callable[[], bool]

    def rows(self) -> Iterator[list[Window]]:
        """The windows, from left to right and from top to bottom."""
        side, whole = self.window_cells, self.grid.window
        for row in range(0, whole.height, side):
            yield [Window(row, col, side, side).intersect(whole) for col in range(0, whole.width, side)]

    def each(self, progress: MapProgress) -> Iterator[Window]:
        """The windows, each told as done when the next one is asked for.

        Raises:
            CancelledError: if it was cancelled.
        """
        for window in (window for row in self.rows() for window in row):
            if self.is_cancelled():
                raise CancelledError(CANCELLED)
            yield window
            progress.advance(window.height * window.width)


@dataclass(frozen=True)
class FieldCounts:
    """What is counted of each field, by its number from 1 to N; 0 are cells of no field."""

    votes: NDArray[np.uint32]
    """(N + 1, K) cells by their own class."""
    confidence: NDArray[np.int64]
    """(N + 1,) percent, summed over the cells that are not background."""
    last: NDArray[np.int64]
    """(N + 1,) last of these cells, row * W + column; -1 where there is none."""
    sides: NDArray[np.int64]
    """(N + 1,) sides of these cells beyond which the field ends or has a hole."""
    codes: tuple[int, ...]
    background: int | None

    @cached_property
    def winners(self) -> NDArray[np.uint8]:
        """(N + 1,) codes of the most frequent classes."""
        codes: NDArray[np.uint8] = np.array(self.codes, dtype=np.uint8)
        return np.asarray(codes[self.votes.argmax(axis=1)])

    @cached_property
    def has_majority(self) -> NDArray[np.bool_]:
        """(N + 1,) true for fields of one class: more than half of the cells, for crops of those not background.

        What a boundary with gaps encloses is many fields at once, and the most frequent class says nothing of them.
        """
        all_cells = self.votes.sum(axis=1, dtype=np.int64)
        of = all_cells if self.background is None else np.where(self.winners == self.background, all_cells, self.cells)
        found: NDArray[np.bool_] = 2 * self.votes.max(axis=1).astype(np.int64) > of
        found[0] = False
        return found

    @cached_property
    def has_crop(self) -> NDArray[np.bool_]:
        """(N + 1,) true for fields of one class that is a crop."""
        return self.has_majority if self.background is None else self.has_majority & (self.winners != self.background)

    @cached_property
    def has_outline(self) -> NDArray[np.bool_]:
        """(N + 1,) true for fields with a crop whose outlines are not too long to be drawn (MOST_SIDES)."""
        return np.asarray(self.has_crop & (self.sides <= MOST_SIDES))

    @property
    def mixed_cells(self) -> int:
        """Cells in fields where no class has the majority."""
        return int(self.votes[1:][~self.has_majority[1:]].sum(dtype=np.int64))

    @cached_property
    def cells(self) -> NDArray[np.int64]:
        """(N + 1,) cells that are not background."""
        total: NDArray[np.int64] = self.votes.sum(axis=1, dtype=np.int64)
        return total if self.background is None else total - self.votes[:, self.codes.index(self.background)]


class _NumberWriter:
    """A raster of whole numbers that is filled window by window; cells never written are 0."""

    def __init__(self, path: Path, grid: Grid) -> None:
        self._path = path
        with disk_errors(path):
            self._dst = rasterio.open(
                path, "w", driver="GTiff", width=grid.width, height=grid.height, count=1, dtype="int32", crs=grid.crs,
                transform=grid.transform, tiled=True, blockxsize=OUTPUT_TILE, blockysize=OUTPUT_TILE,
                compress="deflate", zlevel=1, sparse_ok=True, bigtiff="if_safer",
            )  # fmt: skip

    def __enter__(self) -> _NumberWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with disk_errors(self._path):
            self._dst.close()

    def write(self, numbers: NDArray[np.int32], window: Window) -> None:
        with disk_errors(self._path):
            self._dst.write(numbers, 1, window=RasterioWindow(window.col, window.row, window.width, window.height))


class _Seams:
    """Pairs of numbers that touch across the edges of windows, which come row by row."""

    def __init__(self, width: int) -> None:
        self._above: IntArray = np.zeros(width, dtype=np.int32)
        self._left: IntArray = np.zeros(0, dtype=np.int32)
        self.pairs: list[NDArray[np.int32]] = []

    def add(self, labels: NDArray[np.int32], window: Window) -> None:
        """Take the numbers of the next window."""
        cols = slice(window.col, window.col_stop)
        self._pair(self._above[cols], labels[0])
        if window.col:
            self._pair(self._left, labels[:, 0])
        self._above[cols], self._left = labels[-1], labels[:, -1].copy()

    def _pair(self, one: IntArray, other: IntArray) -> None:
        touch = (one > 0) & (other > 0)
        self.pairs.append(np.unique(np.stack([one[touch], other[touch]], axis=1), axis=0))


def number_cores(fields: FieldMap, progress: MapProgress) -> NDArray[np.int32]:
    """First pass: number the cores of each window, and find out which belong together.

    Returns:
        (M + 1,) the field's number of each number in the raster CORES: from 1 to N in the order of the fields' first
        cells, 0 for 0.
    """
    firsts: list[NDArray[np.int64]] = [np.array([-1])]
    count, seams = 0, _Seams(fields.grid.width)
    with WindowReader() as reader, _NumberWriter(fields.scratch / CORES, fields.grid) as dst:
        for window in fields.each(progress):
            labels, own = label_cores(_cores(fields, reader, window))
            labels[labels > 0] += count
            count += len(own)
            rows, cols = np.divmod(own, window.width)
            firsts.append((rows + window.row) * fields.grid.width + cols + window.col)
            seams.add(labels, window)
            dst.write(labels, window)
    return _number_fields(np.concatenate(firsts), np.concatenate([np.zeros((0, 2), np.int32), *seams.pairs]))


def _cores(fields: FieldMap, reader: WindowReader, window: Window) -> NDArray[np.bool_]:
    """The cores in a window, (H, W).

    Where what was imaged ends nearby the boundary layer says 0, since the network takes that for a boundary
    (block_map.py). Nothing is known there, and no core may run along the edge of a map from field to field. All other
    zeros are what the network says, also along the edge of a region.
    """
    around = window.pad(fields.edge_cells + 1)
    percent = reader.read(fields.boundary, [1], fields.grid, around, fill=NODATA)[0]
    inside = percent < PERCENT * fields.inside_below
    inside &= (percent > 0) | ~widen(_not_imaged(fields, reader, around, percent), fields.edge_cells)
    on_map = around.intersect(fields.grid.window).slices(around)
    beyond = np.ones_like(inside)
    beyond[on_map] = False
    return find_cores(inside | beyond)[window.slices(around)]


def _not_imaged(
    fields: FieldMap, reader: WindowReader, around: Window, percent: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    """What was not imaged in a window, (H, W): cells without a clear date, and all beyond the grid of the images.

    Of images beyond the map's rectangle, or beyond its region, the map has kept nothing: these count as imaged, as in
    block_map.at_edge what lies beyond a tile's halo does; a 0 for the sake of a cell there that no date shows is then
    taken for the network's. Where the map has lost its evidence, all that is not mapped counts as not imaged.

    Args:
        fields: the map.
        reader: of its rasters.
        around: the window, which may reach beyond the map.
        percent: (H, W) of the boundary layer, NODATA where nothing is mapped.
    """
    on_images = np.zeros(around.shape, dtype=np.bool_)
    on_images[around.intersect(fields.images).slices(around)] = True
    if fields.evidence is None:
        return np.asarray((percent == NODATA) | ~on_images)
    dates = reader.read(fields.evidence, [1], fields.grid, around, fill=1)[0]
    return np.asarray((dates == 0) | ~on_images)


def _number_fields(firsts: NDArray[np.int64], pairs: IntArray) -> NDArray[np.int32]:
    """Number what pairs join in the order of first cells; 0, whose first cell is -1, stays 0."""
    roots = join_pairs(len(firsts), pairs[:, 0], pairs[:, 1])
    first = firsts.copy()
    np.minimum.at(first, roots, firsts)
    heads = np.flatnonzero(roots == np.arange(len(roots)))
    numbers = np.zeros(len(firsts), dtype=np.int32)
    numbers[heads[np.argsort(first[heads])]] = np.arange(len(heads))
    return numbers[roots]


def grow_and_count(fields: FieldMap, number_of: NDArray[np.int32], progress: MapProgress) -> FieldCounts:
    """Second pass: give cells to fields, in the raster NUMBERS, and count what they are mapped as.

    Args:
        fields: the map.
        number_of: from number_cores.
        progress: is told the cells done.

    Raises:
        DamagedFileError: if the map has a code that is none of its classes.
    """
    count = int(number_of.max()) + 1
    votes = np.zeros((count, len(fields.codes)), dtype=np.uint32)
    confidence = np.zeros(count, dtype=np.int64)
    last = np.full(count, -1, dtype=np.int64)
    sides = np.zeros(count, dtype=np.int64)
    column_of = np.full(NODATA + 1, -1, dtype=np.int64)
    column_of[list(fields.codes)] = np.arange(len(fields.codes))
    with WindowReader() as reader, _NumberWriter(fields.scratch / NUMBERS, fields.grid) as dst:
        for window in fields.each(progress):
            near = window.pad(1)  # a side of a cell lies between it and the next one
            around = near.pad(REACH)
            cores = number_of[reader.read(fields.scratch / CORES, [1], fields.grid, around)[0]]
            crop = reader.read(fields.crop_type, [1], fields.grid, near, fill=NODATA)[0]
            wanted = np.zeros(around.shape, dtype=np.bool_)
            wanted[near.slices(around)] = crop != NODATA
            numbers = grow_cores(cores, wanted)[near.slices(around)]
            own_sides = _count_sides(np.where(_is_crop(crop, fields.background), numbers, 0))
            crop, numbers = (np.ascontiguousarray(layer[window.slices(near)]) for layer in (crop, numbers))
            dst.write(numbers, window)
            row, col = np.nonzero(numbers)
            held, classes = numbers[row, col], column_of[crop[row, col]]
            if (classes < 0).any():
                raise DamagedFileError(
                    f"{fields.crop_type}: it has a code that is no class of the map's model.", "Map again."
                )
            count_votes(votes, held, classes)
            counts = _is_crop(crop[row, col], fields.background)
            row, col, held = row[counts], col[counts], held[counts]
            np.maximum.at(last, held, (row + window.row) * fields.grid.width + col + window.col)
            np.add.at(sides, held, own_sides[row, col].astype(np.int64))
            if fields.confidence is not None:
                percent = reader.read(fields.confidence, [1], fields.grid, window)[0]
                np.add.at(confidence, held, percent[row, col].astype(np.int64))
    return FieldCounts(votes, confidence, last, sides, fields.codes, fields.background)


def _count_sides(numbers: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Sides of each cell beyond which another number lies; (H, W) of (H + 2, W + 2)."""
    inner = numbers[1:-1, 1:-1]
    sides = np.zeros(inner.shape, dtype=np.uint8)
    for other in (numbers[:-2, 1:-1], numbers[2:, 1:-1], numbers[1:-1, :-2], numbers[1:-1, 2:]):
        sides += inner != other
    return sides


def write_voted(fields: FieldMap, counts: FieldCounts, path: Path, spec: RasterSpec, progress: MapProgress) -> Any:
    """Third pass: write the map with the winner of each field that has a majority, as a GeoTIFF.

    Args:
        fields: the map.
        counts: of its fields.
        path: of the file.
        spec: of the raster.
        progress: is told the cells done.

    Returns:
        GDAL's statistics of the band; mapped cells; cells whose class is another one than before.
    """
    mapped = changed = 0
    writer = RasterWriter(path, fields.grid, spec)
    try:
        with WindowReader() as reader:
            for window in fields.each(progress):
                crop = reader.read(fields.crop_type, [1], fields.grid, window)[0]
                numbers = reader.read(fields.scratch / NUMBERS, [1], fields.grid, window)[0]
                takes = counts.has_majority[numbers] & _is_crop(crop, fields.background)
                voted = np.where(takes, counts.winners[numbers], crop)
                mapped += int((crop != NODATA).sum())
                changed += int((voted != crop).sum())
                writer.write(voted, window)
    finally:
        writer.close()
    return writer.statistics(), mapped, changed


def crop_fields(
    fields: FieldMap, counts: FieldCounts, progress: MapProgress
) -> Iterator[tuple[Window, NDArray[np.int32]]]:
    """Fourth pass: the numbers of fields with an outline, window by window, row by row; 0 for all other ground."""
    has_outline = counts.has_outline
    with WindowReader() as reader:
        for window in fields.each(progress):
            crop = reader.read(fields.crop_type, [1], fields.grid, window)[0]
            numbers = reader.read(fields.scratch / NUMBERS, [1], fields.grid, window)[0]
            yield window, np.where(has_outline[numbers] & _is_crop(crop, fields.background), numbers, 0)


def _is_crop(crop: IntArray, background: int | None) -> NDArray[np.bool_]:
    """Which codes are mapped and not background."""
    mapped = np.asarray(crop != NODATA)
    return mapped if background is None else mapped & (crop != background)
