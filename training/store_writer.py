"""Write a store: places for samples are laid out first, then units of whole shards fill them in any order.

A unit of work (a block of a source, a few files of a published set) owns the shards of its places: one process
writes them, once. What a unit reports of itself is kept beside the arrays until the store is finished, so that a
run that was broken off goes on with the units that are missing. The store lies at its final path only when it is
whole.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.parquet
import zarr
from filelock import FileLock, Timeout
from zarr.codecs import BloscCodec, Crc32cCodec

from backend.errors import InputError
from training.classes import UNKNOWN
from training.shards import NAME as SHARDS
from training.shards import changed_shard, chunked_arrays, remove_shards, shard_sizes
from training.store import CLASS, LABELLED, PARCELS_TABLE, PLANES, STORE_VERSION, Sample, SourceRecord

log = logging.getLogger(__name__)

SHARD_SAMPLES = 8
IMAGES = BloscCodec(cname="zstd", clevel=1, shuffle="bitshuffle")
"""Of reflectance, whose low bits are noise: as small as at level 3 with whole bytes shuffled, in half the time."""
LABELS = BloscCodec(cname="zstd", clevel=3, shuffle="shuffle")
"""Of labels, and of what is kept of each sample."""
UNITS, LAYOUT, SCRATCH = "units", "layout.json", "scratch"
"""In the unfinished store: reports of finished units, the layout that they were made for, and work in hand."""
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)
"""What reading a file raises that was cut short when a machine went down."""


@dataclass(frozen=True)
class Layout:
    """The arrays of a store, before anything is in them."""

    bands: tuple[str, ...]
    chip: int
    dates: int
    """T of all samples."""
    magnifications: tuple[int, ...]
    """Label grids; none for a data set without labels."""
    units: tuple[int, ...]
    """Samples that each unit of work may write."""
    fingerprint: str
    """Of the configuration and the inputs: an unfinished store of another one is not gone on with."""

    @property
    def starts(self) -> tuple[int, ...]:
        """First place of each unit: a multiple of SHARD_SAMPLES."""
        sizes = [-(-count // SHARD_SAMPLES) * SHARD_SAMPLES for count in self.units]
        return tuple(int(start) for start in np.concatenate(([0], np.cumsum(sizes)))[:-1])

    @property
    def places(self) -> int:
        """Places in all."""
        return sum(-(-count // SHARD_SAMPLES) * SHARD_SAMPLES for count in self.units)

    def shards_of(self, number: int) -> tuple[int, int]:
        """(first, count) of the shards of a unit."""
        return self.starts[number] // SHARD_SAMPLES, -(-self.units[number] // SHARD_SAMPLES)


@dataclass(frozen=True)
class UnitReport:
    """What one unit has written: vectors of its samples, and figures of its own."""

    origin: npt.NDArray[np.int32]
    """(N, 2) row and column."""
    parcel: npt.NDArray[np.int32]
    """(N,)."""
    source: npt.NDArray[np.int16]
    """(N,) number of the source."""
    doy: npt.NDArray[np.int16]
    """(N, T)."""
    date: npt.NDArray[np.int32]
    """(N, T)."""
    labelled: npt.NDArray[np.int32]
    """(N, 1 + folds, 5) labelled pixels at 10 m; see training.store.count_labelled."""
    figures: npt.NDArray[np.int64]
    """(F,) sums that add up over units; see training.dataset_statistics."""


def unfinished_path(path: Path) -> Path:
    """Where a store lies until it is whole."""
    return path.with_name(path.name + ".partial")


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Hold a store for writing: two runs would undo each other's work.

    Raises:
        InputError: if another process holds it.
    """
    lock = FileLock(path.with_name(path.name + ".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise InputError(
            f"{path}: another run is building this data set.", "Wait for it, or choose another output folder."
        ) from error
    try:
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def scratch_path(path: Path) -> Path:
    """Folder for the work in hand on a store; gone when it is finished."""
    return unfinished_path(path) / SCRATCH


def open_unfinished(path: Path, layout: Layout) -> list[int]:
    """Make the arrays, or find those of an earlier run with the same layout.

    Args:
        path: where the finished store is to lie.
        layout: of the store.

    Returns:
        Numbers of the units that are still to be written.
    """
    partial = unfinished_path(path)
    text = json.dumps(asdict(layout), sort_keys=True).encode()
    kept = partial / LAYOUT
    if not kept.is_file() or kept.read_bytes() != text or not _has_arrays(partial, layout):
        _remove(partial)
        _make_arrays(partial, layout)
        (partial / UNITS).mkdir()
        kept.write_bytes(text)
    _remove(partial / SCRATCH)
    (partial / SCRATCH).mkdir()
    missing = [number for number in range(len(layout.units)) if not _is_written(partial, layout, number)]
    for number in missing:
        _remove(_unit_path(partial, number))
        # a damaged shard could not be written to either, since what is there is read first
        remove_shards(partial, chunked_arrays(layout.magnifications), *layout.shards_of(number))
    return missing


def write_unit(path: Path, layout: Layout, number: int, samples: Iterable[Sample]) -> Iterator[int]:
    """Write the samples of a unit shard by shard; a generator, so that the caller may stop between shards.

    The report that makes the unit count as written is the caller's to keep (keep_report).

    Args:
        path: where the finished store is to lie.
        layout: of the store.
        number: of the unit.
        samples: at most layout.units[number] of them.

    Yields:
        Samples written so far.
    """
    group: Any = zarr.open_group(unfinished_path(path), mode="r+", zarr_format=3)
    arrays = {name: group[name] for name in _shapes(layout)}
    shards = {name: np.empty((SHARD_SAMPLES, *array.shape[1:]), array.dtype) for name, array in arrays.items()}
    place, written = layout.starts[number], 0
    remaining = iter(samples)
    while batch := list(islice(remaining, SHARD_SAMPLES)):
        written += len(batch)
        if written > layout.units[number]:
            raise InputError(f"Unit {number} was laid out for {layout.units[number]} samples but got more.")
        for item, pixels in zip(batch, shards["x"], strict=False):
            _put_images(item, layout, pixels)
        for scale in layout.magnifications:
            for item, planes in zip(batch, shards[f"labels_x{scale}"], strict=False):
                _put_labels(item, scale, planes)
        for name, array in arrays.items():
            shards[name][len(batch) :] = 0  # places without a sample stay at the fill value, which is not written
            with zarr.config.set({"codec_pipeline.batch_size": SHARD_SAMPLES}):  # by default one task for each chunk
                array[place : place + SHARD_SAMPLES] = shards[name]
        place += SHARD_SAMPLES
        yield written


def keep_report(path: Path, layout: Layout, number: int, report: UnitReport) -> None:
    """Say that a unit is written; whole or not at all."""
    final = _unit_path(unfinished_path(path), number)
    partial = final.with_suffix(".part")
    arrays = chunked_arrays(layout.magnifications)
    sizes = shard_sizes(unfinished_path(path), arrays, *layout.shards_of(number))
    with partial.open("wb") as stream:
        np.savez(stream, **{**vars(report), SHARDS: sizes})
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(final)


def read_reports(path: Path, layout: Layout) -> list[UnitReport]:
    """The reports of all units, in order."""
    return [_read_report(unfinished_path(path), number)[0] for number in range(len(layout.units))]


def finish_store(
    path: Path,
    layout: Layout,
    reports: Sequence[UnitReport],
    sources: Sequence[SourceRecord],
    parcels: pyarrow.Table,
    attributes: Mapping[str, Any],
) -> None:
    """Write what belongs to the store as a whole and move it to its path; an earlier one there is replaced.

    Args:
        path: of the store.
        layout: its layout.
        reports: of all units.
        sources: by their numbers.
        parcels: one row per parcel.
        attributes: legend, statistics, settings ... as JSON values.
    """
    partial = unfinished_path(path)
    vectors: dict[str, npt.NDArray[Any]] = {
        "doy": np.zeros((layout.places, layout.dates), np.int16),
        "date": np.zeros((layout.places, layout.dates), np.int32),
        "source": np.full(layout.places, -1, np.int16),
        "origin": np.zeros((layout.places, 2), np.int32),
        "parcel": np.zeros(layout.places, np.int32),
        LABELLED: np.zeros((layout.places, *reports[0].labelled.shape[1:]), np.int32),
    }
    for start, report in zip(layout.starts, reports, strict=True):
        where = slice(start, start + len(report.source))
        for name, values in vectors.items():
            values[where] = getattr(report, name)
    group: Any = zarr.open_group(partial, mode="r+", zarr_format=3)
    vectors[SHARDS] = shard_sizes(partial, chunked_arrays(layout.magnifications), 0, layout.places // SHARD_SAMPLES)
    for name, values in vectors.items():
        # a chunk that is gone reads as the fill value, which none of the values is
        nothing = int(np.iinfo(values.dtype).min)
        chunks = tuple(max(1, side) for side in values.shape)
        group.create_array(
            name,
            data=values,
            chunks=chunks,
            compressors=(LABELS, Crc32cCodec()),
            fill_value=nothing,
            overwrite=True,
        )
    table = partial / PARCELS_TABLE
    table.parent.mkdir(exist_ok=True)
    pyarrow.parquet.write_table(parcels, table)
    group.attrs.update(
        {
            "version": STORE_VERSION,
            "bands": list(layout.bands),
            "chip": layout.chip,
            "labelled": bool(layout.magnifications),
            "magnifications": list(layout.magnifications),
            "sources": [{**vars(record), "facts": dict(record.facts)} for record in sources],
            **attributes,
        }
    )
    for name in chunked_arrays(layout.magnifications):
        for broken_off in (partial / name).rglob("*.partial"):  # zarr's own, of workers that were killed
            _remove(broken_off)
    # an earlier store is moved away in one step: half removed it would look like one
    earlier = path.with_name(path.name + ".replaced")
    _remove(earlier)
    if path.exists() or path.is_symlink():
        path.rename(earlier)
    partial.rename(path)
    # only now: a run that ends here leaves a whole store, one that ended before goes on
    for leftover in (earlier, path / LAYOUT, path / UNITS, path / SCRATCH):
        _remove(leftover)


def discard_unfinished(path: Path) -> None:
    """Remove what a run that cannot be gone on with has left."""
    _remove(unfinished_path(path))


def _remove(path: Path) -> None:
    """A folder with all that is in it, or a file, or nothing; of a link the link alone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _has_arrays(partial: Path, layout: Layout) -> bool:
    """False if an array cannot be opened, or the folder of reports is gone."""
    try:
        group: Any = zarr.open_group(partial, mode="r", zarr_format=3)
        found = {name: group[name].shape for name in _shapes(layout)}
    except _UNREADABLE as error:
        log.warning("%s: begun anew, its arrays cannot be opened (%s)", partial, error)
        return False
    wanted = {name: (layout.places, *shape) for name, (shape, _, _) in _shapes(layout).items()}
    return found == wanted and (partial / UNITS).is_dir()


def _is_written(partial: Path, layout: Layout, number: int) -> bool:
    """True if a unit has its report, and its shards are as large as they were then."""
    if not _unit_path(partial, number).exists():
        return False
    try:
        report, sizes = _read_report(partial, number)
    except _UNREADABLE as error:
        log.warning("unit %d is written again, its report cannot be read (%s)", number, error)
        return False
    first, count = layout.shards_of(number)
    if len(report.source) > layout.units[number] or sizes.shape[-1] != count:
        return False
    changed = changed_shard(partial, chunked_arrays(layout.magnifications), sizes, first)
    if changed:
        log.warning("unit %d is written again, %s is not as it was left", number, changed)
    return not changed


def _read_report(partial: Path, number: int) -> tuple[UnitReport, npt.NDArray[np.int64]]:
    """The report of a unit, and the sizes of its shards."""
    with np.load(_unit_path(partial, number), allow_pickle=False) as arrays:
        values = {name: arrays[name] for name in arrays.files}
    sizes = values.pop(SHARDS)
    return UnitReport(**values), sizes


def _make_arrays(partial: Path, layout: Layout) -> None:
    group = zarr.open_group(partial, mode="w", zarr_format=3)
    for name, (shape, dtype, compressor) in _shapes(layout).items():
        group.create_array(
            name,
            shape=(layout.places, *shape),
            dtype=dtype,
            chunks=(1, *shape),
            shards=(SHARD_SAMPLES, *shape),
            compressors=(compressor, Crc32cCodec()),
        )


def _shapes(layout: Layout) -> dict[str, tuple[tuple[int, ...], str, BloscCodec]]:
    """Name of each array to shape and type of a sample, and how it is compressed."""
    side = layout.chip
    # the last channel is the validity: one array fewer to open for each sample
    out: dict[str, tuple[tuple[int, ...], str, BloscCodec]] = {}
    out["x"] = ((layout.dates, len(layout.bands) + 1, side, side), "uint16", IMAGES)
    for scale in layout.magnifications:
        out[f"labels_x{scale}"] = ((len(PLANES), side * scale, side * scale), "int32", LABELS)
    return out


def _put_images(sample: Sample, layout: Layout, out: npt.NDArray[np.uint16]) -> None:
    """Fill (T, C + 1, H, W) of a sample, padded to the store's T."""
    count, bands, height, width = sample.x.shape
    if count > layout.dates or bands != len(layout.bands) or (height, width) != (layout.chip, layout.chip):
        raise InputError(
            f"A sample of '{sample.source}' has {count} dates, {bands} bands and {height} x {width} pixels; the store "
            f"holds up to {layout.dates} dates, {len(layout.bands)} bands and {layout.chip} x {layout.chip} pixels."
        )
    out[:count, :-1], out[:count, -1], out[count:] = sample.x, sample.valid, 0


def _put_labels(sample: Sample, scale: int, out: npt.NDArray[np.int32]) -> None:
    """Fill (7, mH, mW) of a sample; what it has no labels of is unknown."""
    if scale in sample.labels:
        out[:] = sample.labels[scale]
    else:
        out[:] = 0
        out[CLASS] = UNKNOWN


def _unit_path(partial: Path, number: int) -> Path:
    return partial / UNITS / f"{number:06d}.npz"
