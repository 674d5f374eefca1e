"""Cut one block of a source into samples and write its shards. One process, bounded memory, whatever the dates.

The dates are read one after the other, each pixel of the images once, and kept on disk chip by chip until all dates
of a sample are there: a shard wants all dates of a few chips, the images are stored the other way round.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import CancelledError
from backend.grid import Window
from backend.raster import WindowReader, limited_cache
from backend.sits import read_block
from training.dataset_statistics import Statistics
from training.importers.imported import ImportedSource
from training.sampling import Block, Chip, bounding
from training.sources import Source
from training.splits import SPLITS
from training.store import Sample, count_labelled
from training.store_writer import SHARD_SAMPLES, Layout, UnitReport, keep_report, scratch_path, write_unit

SPARSE = 4
"""Labels are made for the box around a shard's chips, if that is at most so many times their area."""


@dataclass(frozen=True)
class Target:
    """Where samples of a source go."""

    path: Path
    """Of the finished store."""
    layout: Layout
    source: int
    """Number of the source."""
    classes: int
    """One more than the highest legend code."""
    folds: int
    stride: int
    """Distance of neighbouring samples of a grid."""


@dataclass(frozen=True)
class BlockWork:
    """What all blocks of a source have in common."""

    target: Target
    source: Source


@dataclass(frozen=True)
class ImportWork:
    """What all units of a published set have in common."""

    target: Target
    source: ImportedSource


def write_block(work: BlockWork, unit: tuple[int, Block], is_cancelled: Callable[[], bool]) -> None:
    """Write one block.

    Args:
        work: of its source.
        unit: number of the unit and its chips.
        is_cancelled: asked between dates and shards.

    Raises:
        CancelledError: as soon as `is_cancelled` says so.
    """
    number, block = unit
    with limited_cache(), tempfile.TemporaryDirectory(dir=scratch_path(work.target.path)) as scratch:
        pixels = _Spilled(Path(scratch), work, block)
        pixels.fill(is_cancelled)
        _write(work.target, number, _samples(work, block, pixels), is_cancelled)


def write_imported(work: ImportWork, unit: tuple[int, tuple[int, ...]], is_cancelled: Callable[[], bool]) -> None:
    """Write a few samples of a published set.

    Args:
        work: of the set.
        unit: number of the unit and the samples it holds.
        is_cancelled: asked between shards.

    Raises:
        CancelledError: as soon as `is_cancelled` says so.
    """
    number, items = unit
    samples = (work.source.read(item) for item in items)
    _write(work.target, number, samples, is_cancelled)


def _write(target: Target, number: int, samples: Iterator[Sample], is_cancelled: Callable[[], bool]) -> None:
    statistics = Statistics(len(target.layout.bands), target.classes, target.folds)
    vectors: list[tuple[Any, ...]] = []
    nothing = np.zeros((target.folds + 1, len(SPLITS) + 1), dtype=np.int32)

    def noted() -> Iterator[Sample]:
        for sample in samples:
            statistics.add(sample, target.stride)
            padded = (_padded(sample.doy, target), _padded(sample.dates, target))
            labelled = count_labelled(sample.labels[1], target.folds) if 1 in sample.labels else nothing
            vectors.append((sample.row, sample.col, sample.parcel, *padded, labelled))
            yield sample

    for _ in write_unit(target.path, target.layout, number, noted()):
        _check(is_cancelled)
    dates = target.layout.dates
    report = UnitReport(
        origin=np.array([item[:2] for item in vectors], dtype=np.int32).reshape(-1, 2),
        parcel=np.array([item[2] for item in vectors], dtype=np.int32),
        source=np.full(len(vectors), target.source, dtype=np.int16),
        doy=np.array([item[3] for item in vectors], dtype=np.int16).reshape(-1, dates),
        date=np.array([item[4] for item in vectors], dtype=np.int32).reshape(-1, dates),
        labelled=np.array([item[5] for item in vectors], dtype=np.int32).reshape(-1, *nothing.shape),
        figures=statistics.flat(),
    )
    keep_report(target.path, target.layout, number, report)


class _Spilled:
    """The pixels of a block's chips on disk: one file a date, chip after chip."""

    def __init__(self, folder: Path, work: BlockWork, block: Block) -> None:
        self._folder, self._work, self._block = folder, work, block
        side = work.target.layout.chip
        self._shape = (len(work.source.bands) + 1, side, side)
        self.imaged = np.zeros(len(block.chips), dtype=np.bool_)
        """Which chips have a valid pixel on any date."""

    def fill(self, is_cancelled: Callable[[], bool]) -> None:
        """Read all dates."""
        source, window = self._work.source, self._block.window
        chip_pixels = np.empty(self._shape, dtype=np.uint16)
        with WindowReader(most=1) as reader:  # each file is read once, and GDAL keeps what it has decoded
            for number, observation in enumerate(source.observations):
                _check(is_cancelled)
                pixels = read_block(reader, [observation], source.bands, source.grid, window)
                with self._path(number).open("wb") as stream:
                    for place, chip in enumerate(self._block.chips):
                        where = chip.window.slices(window)
                        chip_pixels[:-1] = pixels.x[(0, slice(None), *where)]
                        chip_pixels[-1] = pixels.valid[(0, *where)]
                        self.imaged[place] |= bool(chip_pixels[-1].any())
                        stream.write(chip_pixels.data)

    def read(self, place: int) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.bool_]]:
        """x (T, C, H, W) and valid (T, H, W) of a chip."""
        values = np.empty((len(self._work.source.observations), *self._shape), dtype=np.uint16)
        for number, date in enumerate(values):
            with self._path(number).open("rb") as stream:
                stream.seek(date.nbytes * place)
                stream.readinto(date.data)
        return values[:, :-1], values[:, -1] > 0

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:04d}.raw"


def _samples(work: BlockWork, block: Block, pixels: _Spilled) -> Iterator[Sample]:
    """The block's samples; chips that no date shows are left out."""
    source, scales = work.source, work.target.layout.magnifications
    places = np.flatnonzero(pixels.imaged).tolist()
    doy, dates = source.doy, source.dates
    for first in range(0, len(places), SHARD_SAMPLES):
        group = places[first : first + SHARD_SAMPLES]
        chips = [block.chips[place] for place in group]
        labels = {scale: _label_planes(source, chips, scale) for scale in scales}
        for number, (place, chip) in enumerate(zip(group, chips, strict=True)):
            x, valid = pixels.read(place)
            yield Sample(
                source=source.config.name,
                row=chip.window.row,
                col=chip.window.col,
                x=x,
                valid=valid,
                doy=doy,
                dates=dates,
                labels={scale: planes[number] for scale, planes in labels.items()},
                parcel=chip.parcel,
            )


def _label_planes(source: Source, chips: Sequence[Chip], magnification: int) -> list[npt.NDArray[np.int32]]:
    """The planes of each chip; of neighbours made together."""
    windows = [chip.window for chip in chips]
    box = bounding(windows)
    if _area(box) > SPARSE * sum(map(_area, windows)):
        return [source.planes(window, magnification) for window in windows]
    planes, fine = source.planes(box, magnification), box.refine(magnification)
    return [planes[(slice(None), *window.refine(magnification).slices(fine))] for window in windows]


def _area(window: Window) -> int:
    return window.height * window.width


def _padded(values: npt.NDArray[Any], target: Target) -> npt.NDArray[Any]:
    out = np.zeros(target.layout.dates, dtype=np.int32)
    out[: len(values)] = values
    return out


def _check(is_cancelled: Callable[[], bool]) -> None:
    if is_cancelled():
        raise CancelledError("The run was cancelled.")
