"""The sources of a data set opened and checked: series, parcels and splits. Reads no pixels but scene classifications.

What is cut out of them, and how it is written, is decided elsewhere (sampling.py, blocks.py).
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.date_selection import DateRow, select_dates
from backend.errors import InputError, SeriesError
from backend.grid import Grid, Window
from backend.products import find_acquisitions
from backend.radiometry import Finding, check_radiometry
from backend.raster import geographic_bounds
from backend.sits import BandSource, Observation, Series, make_series
from training.classes import CLASSES, UNKNOWN, ClassTable, Legend
from training.config_dataset import DatasetConfig, SourceConfig
from training.input_files import parcel_files
from training.labels import LabelMaker
from training.parcel_files import oddities, read_parcels
from training.parcels import Parcels, make_parcels
from training.schemes import Origin, held_out_sources
from training.splits import NONE, SPLITS, Splits, assign_region, shared_fields, whole_split, without_test
from training.store import PLANES

log = logging.getLogger(__name__)

WIDE_BLOCK = 5
"""A buffer takes most of the ground of blocks less than so many times its width."""


@dataclass(frozen=True)
class OpenedSeries:
    """A time series with its parcels, before these are spread over the splits."""

    config: SourceConfig
    folder: Path
    """What its paths are relative to."""
    series: Series
    rows: tuple[DateRow, ...]
    """All acquisitions, used or not."""
    findings: tuple[Finding, ...]
    """Dates whose radiometry cannot be right."""
    parcels: Parcels

    def touches(self, other: OpenedSeries) -> bool:
        """True if the images of both may show the same ground."""
        (west, south, east, north), (west2, south2, east2, north2) = (
            geographic_bounds(item.series.grid) for item in (self, other)
        )
        return west < east2 and west2 < east and south < north2 and south2 < north


@dataclass(frozen=True)
class Source:
    """A time series with declared parcels, ready to be cut into samples."""

    opened: OpenedSeries
    splits: Splits
    bands: tuple[str, ...]

    @property
    def config(self) -> SourceConfig:
        """Its settings."""
        return self.opened.config

    @property
    def parcels(self) -> Parcels:
        """On its grid."""
        return self.opened.parcels

    @property
    def grid(self) -> Grid:
        """Of the images."""
        return self.opened.series.grid

    @property
    def observations(self) -> tuple[Observation, ...]:
        """The dates that are used, in order."""
        return tuple(row.observation for row in self.opened.rows if row.used)

    @property
    def dates(self) -> npt.NDArray[np.int32]:
        """(T,) used dates as YYYYMMDD."""
        return np.array([int(item.date.strftime("%Y%m%d")) for item in self.observations], dtype=np.int32)

    @property
    def doy(self) -> npt.NDArray[np.int64]:
        """(T,) days of the year of the used dates."""
        return np.array([item.doy for item in self.observations], dtype=np.int64)

    @cached_property
    def _labels(self) -> LabelMaker:
        return LabelMaker(self.parcels, self.grid, self.config.outside_parcels, self.config.label_rule)

    def planes(self, window: Window, magnification: int) -> npt.NDArray[np.int32]:
        """Label planes (7, mH, mW) of a window of the grid, which may reach beyond it; see training.store.PLANES."""
        labels = self._labels.window(window, magnification)
        grid = self.grid.crop(window).refine(magnification)
        out = np.zeros((len(PLANES), *grid.shape), dtype=np.int32)
        out[:4] = labels.classes, labels.parcels, labels.coverage, labels.flags
        out[4] = self.splits.plane(grid, labels.parcels)
        out[5], out[6] = self.splits.fold_planes(grid, labels.parcels)
        beyond = np.ones(grid.shape, dtype=np.bool_)
        inside = window.intersect(self.grid.window)
        beyond[inside.refine(magnification).slices(window.refine(magnification))] = False
        out[4:, beyond] = NONE  # the splits know no edge of the images
        return out

    def facts(self) -> dict[str, Any]:
        """What the data set, its report and the model card say of it."""
        counts = self.parcels.counts
        splits, folds = self.splits.parcels, self.splits.folds
        series = self.opened.series
        return {
            "series": [_told(part) for part in self.config.series],
            "parcels_file": _told(self.config.parcels or ""),
            "outside_parcels": self.config.outside_parcels,
            "label_rule": self.config.label_rule,
            "level": "+".join(sorted({item.level for item in self.observations if item.level})),
            "year": self.config.year,
            "region": self.config.region,
            "dates": [row.to_dict() | {"files": []} for row in self.opened.rows],
            "superseded": [{"label": item.label, "reason": reason} for item, reason in series.superseded],
            "radiometry": [{"date": item.date.isoformat(), "message": item.message} for item in self.opened.findings],
            "parcels": counts.kept,
            "parcel_counts": counts.to_dict(),
            "parcels_by_split": {name: int(np.count_nonzero(splits == code)) for name, code in SPLITS.items()},
            "parcels_by_fold": {str(fold): int(np.count_nonzero(folds == fold)) for fold in np.unique(folds) if fold},
            "parcels_dropped_by_buffer": int(np.count_nonzero(splits == NONE)),
            "blocks": self.splits.blocks(),
            "bounds": list(self.grid.bounds),
            "grid_shape": list(self.grid.shape),
        }

    def files(self) -> list[Path]:
        """The files that samples are made of; of an image within a zip the zip."""
        used = {_real_file(source.path) for _, source in self._images()}
        if self.config.parcels:
            used |= set(parcel_files(self.opened.folder / self.config.parcels))
        return sorted(used)

    def reading(self) -> str:
        """Digest of how the bytes of its files become samples: what metadata and tables beside them say."""
        digest = hashlib.sha256(self.parcels.classes.tobytes())
        for day, source in self._images():
            values = (*source.grid.transform[:6], source.nodata, source.quantification, source.offset, source.saturated)
            digest.update(f"{day} {source.path.name} {source.index} {source.grid.crs} {values}\n".encode())
        return digest.hexdigest()

    def _images(self) -> Iterator[tuple[date, BandSource]]:
        """The bands, scene classifications and cloud masks that are read, with their dates."""
        for item in self.observations:
            for granule in item.granules:
                masks = [source for source in (granule.scl, granule.cloud_mask) if source is not None]
                for source in [*(granule.bands[band] for band in self.bands), *masks]:
                    yield item.date, source


def open_series(
    config: SourceConfig, dataset: DatasetConfig, folder: Path, legend: Legend, warn: Callable[[str], None]
) -> OpenedSeries:
    """Find and check all that a source names.

    Args:
        config: the source.
        dataset: for bands, level and the number of dates.
        folder: what the source's paths are relative to.
        legend: the one legend.
        warn: takes sentences about what should be looked at.

    Raises:
        CsclError: if something is missing or does not fit; nothing is guessed.
    """
    found = find_acquisitions([folder / part for part in config.series], config.bands)
    series = make_series(found, dataset.bands, dataset.level)
    rows = _clearest(select_dates(series, config.min_clear, dataset.level), dataset.max_dates)
    used = [row.observation for row in rows if row.used]
    if not used:
        reasons = "; ".join(f"{row.observation.date.isoformat()} {row.reason}" for row in rows)
        raise SeriesError(
            f"Source '{config.name}': none of its {len(rows)} acquisitions is usable ({reasons}).",
            "Give other images, or lower min_clear.",
        )
    findings = tuple(check_radiometry(used, dataset.bands, series.grid))
    for finding in findings:
        warn(f"Source '{config.name}': {finding.message}")
    if config.parcels is None:
        parcels = make_parcels([], [], series.grid.crs)
    else:
        table = ClassTable.read(table_path(config.name, str(config.classes), folder), legend)
        parcels = read_parcels(
            folder / config.parcels,
            config.crop_field,
            config.id_field,
            table,
            series.grid,
            config.layer,
            config.year_field,
            config.year,
        )
        if dataset.labelled and (parcels.classes == UNKNOWN).all():
            raise InputError(
                f"Source '{config.name}': {table.source} gives a class to none of the crops of the {len(parcels)} "
                f"parcels in {Path(config.parcels).name}.",
                "Give the crops that are to be learnt a class in that table.",
            )
        if not config.simulated:  # made-up scenes borrow fields that are declared twice
            for sentence in oddities(parcels):
                warn(f"Source '{config.name}', {Path(config.parcels).name}: {sentence}")
    return OpenedSeries(config, folder, series, tuple(rows), findings, parcels)


def spread(
    opened: Sequence[OpenedSeries], dataset: DatasetConfig, seed: int, warn: Callable[[str], None]
) -> list[Source]:
    """Give each source its splits. Sources of one region share their blocks.

    Args:
        opened: all sources.
        dataset: for the scheme, folds and buffer.
        seed: draws.
        warn: takes sentences about what should be looked at.
    """
    if not dataset.labelled:
        return [Source(item, whole_split(item.parcels, "train"), dataset.bands) for item in opened]
    scheme = dataset.splits
    folds = scheme.folds if scheme.scheme == "folds" else 0
    real = [item for item in opened if not item.config.simulated]
    # a source that has a role of its own need not say where it is from, unless it is held out
    judged = [item for item in real if item.config.split == "blocks" or _is_from(item, scheme.held_out)]
    origins = [Origin(item.config.name, item.config.year, item.config.region) for item in judged]
    tested = dict(zip(map(id, judged), held_out_sources(scheme.scheme, origins, scheme.held_out), strict=True))
    splits: dict[int, Splits] = {}
    groups: dict[str, list[OpenedSeries]] = {}
    for item in opened:
        if tested.get(id(item), False):
            splits[id(item)] = whole_split(item.parcels, "test")
        elif item.config.split != "blocks":
            splits[id(item)] = whole_split(item.parcels, item.config.split)
        else:
            groups.setdefault(item.config.region or f"source {item.config.name}", []).append(item)
    apart = [item.parcels for item in real if _keeps_ground(item, tested.get(id(item), False), scheme.scheme)]
    trained = [[item] for item in real if item.config.split == "train" and not tested.get(id(item), False)]
    _warn_of_shared_fields([*groups.values(), *trained], warn)
    for members in groups.values():
        _check_alike(members)
        if scheme.buffer_m * WIDE_BLOCK > members[0].config.block_m:
            warn(
                f"Source '{members[0].config.name}': blocks of {members[0].config.block_m:g} m with a buffer of "
                f"{scheme.buffer_m:g} m lose much of the training ground; ten times the buffer is a good size."
            )
        config = members[0].config
        shares: Mapping[str, float] = config.shares.model_dump()
        if scheme.scheme.startswith("leave_"):
            shares = without_test(shares)
        # no model is asked to map a made-up scene that it has not seen
        own_folds = 0 if config.simulated else folds
        try:
            assigned = assign_region(
                [item.parcels for item in members], config.block_m, shares, seed, scheme.buffer_m, own_folds, apart
            )
        except InputError as error:
            names = " and ".join(f"'{item.config.name}'" for item in members)
            raise type(error)(f"Source {names}: {error.message}", error.hint) from error
        splits.update((id(item), own) for item, own in zip(members, assigned, strict=True))
    return [Source(item, splits[id(item)], dataset.bands) for item in opened]


def _is_from(item: OpenedSeries, held_out: int | str | None) -> bool:
    """True if a source is of the year or region held out."""
    return held_out is not None and str(held_out) in (str(item.config.year), str(item.config.region))


def _keeps_ground(item: OpenedSeries, is_tested: bool, scheme: str) -> bool:
    """True if no other source may be trained on the fields of this one.

    A field of a year held out is one of another year's too, and no test of the ground; a region held out, or a source
    that is wholly a test, keeps its ground wherever it lies.
    """
    return scheme == "leave_region_out" if is_tested else item.config.split in ("validation", "calibration", "test")


def _warn_of_shared_fields(groups: Sequence[Sequence[OpenedSeries]], warn: Callable[[str], None]) -> None:
    """Fields of two sources that are not of one region may be trained on in one and tested in the other."""
    members = [item for group in groups for item in group if not item.config.simulated]
    group_of = {id(item): number for number, group in enumerate(groups) for item in group}
    for one, other in combinations(members, 2):
        if group_of[id(one)] == group_of[id(other)] or not one.touches(other):
            continue
        count = shared_fields(one.parcels, other.parcels)
        if count:
            warn(
                f"The sources '{one.config.name}' and '{other.config.name}' have {count} fields in common but are "
                "split apart: give both the same 'region', or a field may be trained on in one and tested in the other."
            )


def _check_alike(members: Sequence[OpenedSeries]) -> None:
    """Sources of one region need one size of blocks and the same shares."""
    first = members[0].config
    for item in members[1:]:
        own = item.config
        if (own.block_m, own.shares, own.simulated) != (first.block_m, first.shares, first.simulated):
            raise InputError(
                f"The sources '{first.name}' and '{own.name}' are of one region ({first.region}) but differ in "
                "block_m, shares or simulated.",
                "Give both the same, or regions of their own.",
            )


def table_path(source: str, classes: str, folder: Path) -> Path:
    """The class table of that name in resources/classes, or the user's own file."""
    shipped = CLASSES / f"{classes}.csv"
    if shipped.is_file():
        return shipped
    own = folder / classes
    if own.is_file():
        return own
    tables = sorted(path.stem for path in CLASSES.glob("*.csv") if not path.stem.startswith("legend"))
    known = ", ".join([*tables, "legend_names"])
    raise InputError(
        f"Source '{source}': there is no class table '{classes}' (shipped: {known}).",
        "Give one of these, or the path of a CSV with the columns source_code and name.",
    )


def _clearest(rows: list[DateRow], most: int) -> list[DateRow]:
    """Keep the `most` used dates that show the most clear ground; of several tiles each gets its part of them."""
    used = [number for number, row in enumerate(rows) if row.used]
    if len(used) <= most:
        return rows
    kept = _by_tile(rows, used, most) if len({_tiles(rows[number]) for number in used}) > 1 else _best(rows, used, most)
    return [
        replace(row, used=False, reason="more dates than max_dates") if row.used and number not in kept else row
        for number, row in enumerate(rows)
    ]


def _best(rows: Sequence[DateRow], used: Sequence[int], most: int) -> set[int]:
    """The clearest dates."""
    least = sorted((rows[number].clear_share for number in used), reverse=True)[most - 1]
    kept = {number for number in used if rows[number].clear_share > least}
    # of equally clear ones some from all over the season: the first ones would cut it short
    equal = [number for number in used if rows[number].clear_share == least]
    return kept | {equal[int(place)] for place in np.linspace(0, len(equal) - 1, most - len(kept))}


def _by_tile(rows: Sequence[DateRow], used: Sequence[int], most: int) -> set[int]:
    """One date after the other, each the clearest one of tiles that have few dates so far."""
    counts: Counter[str] = Counter()
    kept: set[int] = set()

    def gain(number: int) -> float:
        return rows[number].clear_share * float(np.mean([1 / (1 + counts[tile]) for tile in _tiles(rows[number])]))

    while len(kept) < most:
        best = max((number for number in used if number not in kept), key=gain)
        kept.add(best)
        counts.update(_tiles(rows[best]))
    return kept


def _tiles(row: DateRow) -> tuple[str, ...]:
    """The places that a date shows."""
    return tuple(sorted({item.tile or str(item.finest_grid.bounds) for item in row.observation.granules}))


def _told(path: str) -> str:
    """A path of the configuration as the data set names it: without the folders of this machine."""
    return Path(path).name if Path(path).is_absolute() or ".." in Path(path).parts else path


def _real_file(path: Path) -> Path:
    """The path itself, or the zip that it leads through."""
    return next((place for place in (path, *path.parents) if place.is_file()), path)
