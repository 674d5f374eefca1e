"""The dates that `python -m backend dates` prints: what there is, which of it is used, and why not the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from .clear_rule import ClearRule
from .date_selection import DateRow, select_dates
from .errors import SeriesError
from .products import find_acquisitions, redate
from .radiometry import HINT, Finding, check_radiometry
from .raster import geographic_bounds, limited_cache
from .region import read_region
from .sits import DEFAULT_RULE, Observation, band_order, make_series

COLUMNS = ("date", "sensor", "level", "tile", "baseline", "offset", "clear", "", "bands")


class DateTable(NamedTuple):
    """What there is of a series."""

    rows: list[DateRow]
    """The dates, in order."""
    superseded: list[DateRow]
    """Acquisitions that others stand for."""
    findings: list[Finding]
    """Dates used whose reflectance cannot be right."""
    box: tuple[float, float, float, float]
    """West, south, east, north of the ground to be mapped, degrees."""


def list_dates(
    paths: Iterable[Path],
    unnamed_bands: Sequence[str],
    min_clear: float,
    level: str,
    *,
    rule: ClearRule = DEFAULT_RULE,
    region: Path | None = None,
    until: date | None = None,
    skip: Collection[date] = (),
    days: Mapping[Path, date] | None = None,
) -> DateTable:
    """The dates of a series by all bands that its images share.

    Args:
        paths: as find_acquisitions takes them, like the next.
        unnamed_bands: names for rasters that do not name their bands.
        min_clear: as select_dates takes it, like the next.
        level: processing level wanted, or empty.
        rule: as select_dates takes it.
        region: vector file of the region to be mapped; clear shares count within it.
        until: as select_dates takes it, like the next.
        skip: days that are left out.
        days: as redate takes it.

    Raises:
        SeriesError: if the images have no band in common.
    """
    acquisitions = redate(find_acquisitions(paths, unnamed_bands), days or {})
    common = set.intersection(*(set(item.bands) for item in acquisitions))
    if not common:
        raise SeriesError("The acquisitions have no band in common.", "Give images with the same bands.")
    series = make_series(acquisitions, sorted(common), level)
    superseded = [
        DateRow(Observation(item.date, (item,)), 0.0, False, f"superseded: {reason}")
        for item, reason in series.superseded
    ]
    with limited_cache():
        place = read_region(region, series.grid) if region else None
        rows = select_dates(series, min_clear, level, rule=rule, region=place, until=until, skip=skip)
        used = [row.observation for row in rows if row.used]
        findings = check_radiometry(used, sorted(common, key=band_order), series.grid, place.window if place else None)
    return DateTable(
        rows, superseded, findings, geographic_bounds(series.grid.crop(place.window) if place else series.grid)
    )


def as_values(table: DateTable) -> list[dict[str, object]]:
    """The acquisitions as JSON values, one dictionary each."""
    wrong = {finding.date: finding.message for finding in table.findings}
    values = [row.to_dict() | {"radiometry": wrong.get(row.observation.date, "")} for row in table.rows]
    return values + [row.to_dict() | {"clear_share": None, "radiometry": ""} for row in table.superseded]


def as_text(rows: Sequence[DateRow], findings: Sequence[Finding]) -> str:
    """The rows as a table for a terminal, and below it what cannot be right."""
    table = [COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(COLUMNS))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in table]
    if findings:
        lines += ["", *(f"Warning: {finding.message}" for finding in findings), HINT]
    return "".join(f"{line}\n" for line in lines)


def _cells(row: DateRow) -> tuple[str, ...]:
    item = row.observation
    texts = (item.date.isoformat(), item.sensor, item.level, item.tile, item.baseline, item.offset)
    state = "used" if row.used else row.reason if row.reason.startswith("superseded") else f"dropped: {row.reason}"
    mask = " SCL" if item.scl else " MSK_CLASSI" if item.masked else ""
    share = "-" if row.is_later or row.reason.startswith("superseded") else f"{row.clear_share:.1%}"
    return (*(text or "-" for text in texts), share, state, " ".join(item.bands) + mask)
