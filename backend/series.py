"""Acquisitions merged into one observation a day, on one grid: which granules count, and whether they fit together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from .errors import BandMissingError, GridError, SeriesError
from .grid import ALIGNMENT_TOLERANCE, Grid, Window
from .observations import Acquisition, Observation, band_order

FIRST_DAY = date(2015, 6, 23)
"""Sentinel-2A was launched: no image is older."""
MOST_APART = 10980
"""Images further from all others than this many cells, one whole tile, are taken for a mistake."""
MOST_SIDE = 1_000_000
"""Longest side of an image in cells: a UTM zone from pole to pole at 10 m. A longer one is damaged."""
ORBIT_PATTERN = re.compile(r"_A(\d{6})(?:_(\d{8}T\d{6})$|_|$)")
"""Absolute orbit, and the start of the datastrip that new granule names (since December 2016) end with."""


@dataclass(frozen=True)
class Series:
    """Observations in order of date, on one grid."""

    observations: tuple[Observation, ...]
    grid: Grid
    """The cells of the finest band, over the ground of all granules."""
    superseded: tuple[tuple[Acquisition, str], ...] = ()
    """Acquisitions that another of the same day stands for, and why."""


def make_series(acquisitions: Sequence[Acquisition], bands: Sequence[str], level: str = "") -> Series:
    """Merge acquisitions by date, and check that all have the bands and lie on one lattice of cells.

    Of one granule in several processing baselines only the newest counts, of one date in both levels only the level
    wanted (L2A where none is); the others are listed as superseded. The granules that remain count in the order of
    tile, sensor and baseline, newest first.

    Args:
        acquisitions: as found, in any order.
        bands: band names that are wanted.
        level: processing level wanted, L1C or L2A.

    Raises:
        SeriesError: if there are none, two of a day over the same cells that nothing tells apart, or one of a day that
            no image can be of.
        BandMissingError: naming the acquisition, the band, and what it has.
        GridError: if coordinate systems differ, the cells of the finest bands are not aligned, the bands of one
            acquisition share no ground, or images lie further apart than MOST_APART.
    """
    if not acquisitions:
        raise SeriesError("There is no acquisition to use.", "Give folders with Sentinel-2 images.")
    for item in acquisitions:
        _check_date(item)
        if not item.bands:
            raise _missing(item, bands[0], bands)
    superseded: list[tuple[Acquisition, str]] = []
    kept = _newest(_one_level(_ordered(acquisitions), level, superseded), superseded)
    for item in kept:
        for band in bands:
            if band not in item.bands:
                raise _missing(item, band, bands)
    grid = _union(kept, bands)
    observations = (Observation(day, tuple(items)) for day, items in groupby(kept, key=lambda item: item.date))
    return Series(tuple(observations), grid, tuple(superseded))


def _check_date(item: Acquisition) -> None:
    """Refuse days before Sentinel-2 and days to come: a date was read wrong, or is wrong."""
    # a day's grace, since clocks are set to zones
    if FIRST_DAY <= item.date <= date.today() + timedelta(days=1):
        return
    name = next((source.path.name for source in item.bands.values()), item.label)
    when = "is yet to come" if item.date > FIRST_DAY else f"is before Sentinel-2 ({FIRST_DAY.isoformat()})"
    raise SeriesError(
        f"{name}: its date {item.date.isoformat()} {when}.",
        "Correct the date in the name, the tags or acquisitions.csv, or leave the image out.",
    )


def _missing(item: Acquisition, band: str, bands: Sequence[str]) -> BandMissingError:
    has = ", ".join(sorted(item.bands, key=band_order)) or "none"
    place = f"{_place(item)}" if item.bands else "its folder"
    return BandMissingError(
        f"The acquisition of {item.label} has no band {band} (it has {has}); wanted are {', '.join(bands)}.",
        f"Add the missing band to {place}, or leave that date out.",
    )


def _ordered(acquisitions: Sequence[Acquisition]) -> list[Acquisition]:
    """By date, tile and sensor, newest baseline first; then by place, so that the order does not hang on paths."""
    # of two copies the name of later production comes first, and a folder before its zip
    ordered = sorted(acquisitions, key=lambda item: str(_place(item)), reverse=True)
    ordered.sort(key=lambda item: (item.granule, item.finest_grid.bounds))
    ordered.sort(key=lambda item: item.baseline, reverse=True)
    return sorted(ordered, key=lambda item: (item.date, item.tile, item.sensor))


def _one_level(
    ordered: Sequence[Acquisition], level: str, superseded: list[tuple[Acquisition, str]]
) -> list[Acquisition]:
    kept = []
    for _, group in groupby(ordered, key=lambda item: item.date):
        items = list(group)
        wanted = level or max(item.level for item in items)
        chosen = [item for item in items if item.level in ("", wanted)] or items
        kept += chosen
        superseded += [(item, f"level {item.level}, the day has {wanted}") for item in items if item not in chosen]
    return kept


def _newest(ordered: Sequence[Acquisition], superseded: list[tuple[Acquisition, str]]) -> list[Acquisition]:
    kept: list[Acquisition] = []
    for _, group in groupby(ordered, key=lambda item: item.date):
        counting: list[Acquisition] = []
        for item in group:
            rival = next((other for other in counting if _may_be_the_same(item, other)), None)
            if rival is None:
                counting.append(item)
            elif rival.baseline != item.baseline:
                reason = f"baseline {item.baseline or 'unknown'}, the same granule is there in {rival.baseline}"
                superseded.append((item, reason))
            elif item.granule and rival.granule:
                superseded.append((item, "the same granule is there twice"))
            else:
                places = " and ".join(sorted(str(_place(other)) for other in (item, rival)))
                raise SeriesError(
                    f"There are two acquisitions of {item.date.isoformat()} over the same ground ({places}).",
                    "Give only one, or say in their names or a table acquisitions.csv how they differ (sensor, level).",
                )
        kept += counting
    return kept


def _may_be_the_same(item: Acquisition, other: Acquisition) -> bool:
    """True if two acquisitions of a day are one granule, produced twice or there twice, as far as can be told.

    Two granules of one tile and day may also be two orbits, or the two ends of a datatake that was cut there: these
    differ in their granule names and are merged. Of rasters without such names, those over the same cells count as the
    same, those over others as parts of a mosaic.
    """
    if (item.tile, item.sensor, item.level) != (other.tile, other.sensor, other.level):
        return False
    if not item.finest_grid.is_same(other.finest_grid):
        return False
    if not (item.granule and other.granule) or item.granule == other.granule:
        return True
    orbit, rival = ORBIT_PATTERN.search(item.granule), ORBIT_PATTERN.search(other.granule)
    if orbit and rival and (orbit[1] != rival[1] or (orbit[2] and rival[2] and orbit[2] != rival[2])):
        return False
    return item.baseline != other.baseline


def _union(items: Sequence[Acquisition], bands: Sequence[str]) -> Grid:
    """The grid over all finest bands of the acquisitions."""
    first = items[0]
    grid = _finest_grid(first, bands)
    boxes: dict[Window, Acquisition] = {}
    for item in items:
        _check_crs(item, bands, grid, first)
        own = _finest_grid(item, bands)
        if max(own.shape) > MOST_SIDE:
            raise GridError(
                f"The image of {item.label} claims to have {own.height} x {own.width} cells ({_place(item).name}).",
                "Copy or download it again, or leave it out.",
            )
        row, col = grid.offset_of(own)
        col_stop, row_stop = ~grid.transform * (own.transform * (own.width, own.height))
        box = Window(round(row), round(col), own.height, own.width)
        shifts = (row - box.row, col - box.col, row_stop - box.row_stop, col_stop - box.col_stop)
        if max(abs(shift) for shift in shifts) >= ALIGNMENT_TOLERANCE:
            raise GridError(
                f"The images of {item.label} lie on another grid ({_describe(own)}) than those of {first.label} "
                f"({_describe(grid)}): their cells do not coincide.",
                "Give images as delivered, or resample them to one grid.",
            )
        boxes.setdefault(box, item)
    _check_distances(boxes)
    top, left = min(box.row for box in boxes), min(box.col for box in boxes)
    bottom, right = max(box.row_stop for box in boxes), max(box.col_stop for box in boxes)
    return grid.crop(Window(top, left, bottom - top, right - left))


def _check_crs(item: Acquisition, bands: Sequence[str], grid: Grid, first: Acquisition) -> None:
    optional = [source for source in (item.scl, item.cloud_mask) if source is not None]
    for source in [*(item.bands[band] for band in bands), *optional]:
        if source.grid.crs != grid.crs:
            raise GridError(
                f"{source.path.name}: its coordinate system is {_short(source.grid.crs)}, that of "
                f"{first.label} is {_short(grid.crs)}.",
                "Give images of one coordinate system at a time (for Sentinel-2: of one UTM zone).",
            )
    finest = min((item.bands[band] for band in bands), key=lambda source: source.grid.resolution)
    left, bottom, right, top = finest.grid.bounds
    for source in [*(item.bands[band] for band in bands), *optional]:
        box = source.grid.bounds
        if box[0] >= right or box[2] <= left or box[1] >= top or box[3] <= bottom:
            raise GridError(
                f"{source.path.name} shows none of the ground of {finest.path.name}, with which it belongs together.",
                "Take the image of another place out, or put the images of each place into a folder of their own.",
            )


def _check_distances(boxes: dict[Window, Acquisition]) -> None:
    """Refuse images far from all others: the grid over both would be mostly empty, and a product is misplaced."""
    near, far = [next(iter(boxes))], list(boxes)[1:]
    while reached := [box for box in far if any(_gap(box, other) <= MOST_APART for other in near)]:
        near += reached
        far = [box for box in far if box not in reached]
    if far:
        gap = min(_gap(far[0], other) for other in near)
        raise GridError(
            f"The images of {boxes[far[0]].label} lie {gap} cells away from those of {boxes[near[0]].label}.",
            "Take out the product of another place, or map the two places one by one.",
        )


def _gap(one: Window, other: Window) -> int:
    """Cells between two windows, along the axis where they are further apart; 0 if they touch."""
    rows = max(one.row, other.row) - min(one.row_stop, other.row_stop)
    cols = max(one.col, other.col) - min(one.col_stop, other.col_stop)
    return max(rows, cols, 0)


def _finest_grid(item: Acquisition, bands: Sequence[str]) -> Grid:
    return min((item.bands[band].grid for band in bands), key=lambda grid: grid.resolution)


def _place(item: Acquisition) -> Path:
    return next(iter(item.bands.values())).path.parent


def _describe(grid: Grid) -> str:
    left, _, _, top = grid.bounds
    return f"{grid.height} x {grid.width} cells of {grid.resolution[0]:g} from {left:.10g}, {top:.10g}"


def _short(crs: str) -> str:
    return crs if len(crs) < 40 else crs.split('"')[1] if '"' in crs else crs[:40]
