"""Do the images suit the model? Refuses what cannot work and warns of what a user should know before trusting a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from .date_choice import choose_dates
from .date_selection import DateRow
from .errors import ModelError, SeriesError
from .grid import Grid
from .model_card import ModelCard
from .raster import geographic_bounds

SEASON_DAYS = 400
"""A longer series holds more than one season; models are trained on one."""
LONG_GAP_DAYS = 75
"""Longest stretch without a used date that passes unmentioned."""


def limit_dates(rows: Sequence[DateRow], card: ModelCard) -> list[DateRow]:
    """The rows with no more of them used than the model takes; those left out say why.

    Args:
        rows: all observations, in order of date.
        card: of the model.
    """
    used = [number for number, row in enumerate(rows) if row.used]
    if len(used) <= card.dates_max:
        return list(rows)
    days = [rows[number].observation.date.toordinal() for number in used]
    chosen = choose_dates(days, [rows[number].clear_share for number in used], card.dates_max)
    dropped = set(used) - {used[place] for place in chosen}
    reason = f"the model takes {card.dates_max} dates at most, and others are clearer or stand more alone"
    return [replace(row, used=False, reason=reason) if number in dropped else row for number, row in enumerate(rows)]


def check_images(
    rows: Sequence[DateRow], grid: Grid, card: ModelCard, emit: Callable[..., None], until: date | None = None
) -> list[DateRow]:
    """The rows that are used.

    Args:
        rows: all observations, no more of them used than the model takes.
        grid: of the series.
        card: of the model.
        emit: takes warnings and a stage sentence.
        until: the day up to which images were to be used, where one was given.

    Raises:
        ModelError: if all images are of another processing level than the model wants.
        SeriesError: if fewer dates are usable than the model takes.
    """
    used = [row for row in rows if row.used]
    levels = {row.observation.level for row in rows}
    if not used and levels and "" not in levels and card.level not in levels:
        raise ModelError(
            f"The images are of level {', '.join(sorted(levels))}, the model '{card.name}' wants {card.level}.",
            f"Give {card.level} images or a model trained on {', '.join(sorted(levels))}.",
        )
    looked_at = [row for row in rows if not row.is_later]
    season = f" up to {until.isoformat()}" if until else ""
    if len(used) < card.dates_min:
        listed = "; ".join(f"{row.observation.date.isoformat()} {row.reason}" for row in looked_at if not row.used)
        raise SeriesError(
            f"{len(used)} of {len(looked_at)} acquisitions{season} are usable, the model '{card.name}' wants "
            f"{card.dates_min} or more" + (f" ({listed})." if listed else "."),
            ("Give a later day or more dates" if until else "Give more dates") + ", or lower the least clear share.",
        )
    for row in looked_at:
        if not row.used:
            emit("warning", message=f"{row.observation.label} is not used: {row.reason}.")
    for message in _warnings(used, grid, card):
        emit("warning", message=message)
    later = len(rows) - len(looked_at)
    emit(
        "stage",
        stage="dates",
        message=f"{len(used)} of {len(looked_at)} acquisitions{season} are used"
        + (f", {later} later ones are left out" if later else ""),
    )
    return used


def _warnings(used: Sequence[DateRow], grid: Grid, card: ModelCard) -> list[str]:
    found = []
    if any(not row.observation.masked for row in used):
        found.append("Some images come without a cloud mask (SCL, MSK_CLASSI): their clouds are not masked.")
    if any(not row.observation.level for row in used):
        found.append(f"Some images do not say their processing level; they are taken for {card.level}.")
    days = [row.observation.date for row in used]
    span = (days[-1] - days[0]).days
    if span > SEASON_DAYS:
        found.append(
            f"The images run over {span} days, from {days[0]} to {days[-1]}; the model was trained on single seasons, "
            "and takes a day of the year for the same in every year."
        )
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    if gaps and max(gaps) > LONG_GAP_DAYS:
        start = days[gaps.index(max(gaps))]
        found.append(f"For {max(gaps)} days from {start} on there is no usable image.")
    west, south, east, north = geographic_bounds(grid)
    regions = card.regions or (card.bbox,)
    if all(west > box[2] or east < box[0] or south > box[3] or north < box[1] for box in regions):
        told = "; ".join(f"{box[0]:.1f} to {box[2]:.1f} east, {box[1]:.1f} to {box[3]:.1f} north" for box in regions)
        found.append(f"The images lie outside of the regions that '{card.name}' was trained on ({told}).")
    return found
