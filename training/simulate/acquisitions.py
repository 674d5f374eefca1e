"""Dates of a season and how cloudy each is. Draws no cloud: see `clouds`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from backend.errors import RequestError

REVISIT_DAYS = 5
OVERCAST, CLEAR = 0.40, 0.385
"""Share of dates clear below 10 % and above 90 %; measured on real series: 36-44 % and 32-45 %."""


@dataclass(frozen=True)
class Acquisition:
    """One acquisition as planned."""

    date: date
    state: str
    """`clear`, `partial` or `overcast`."""
    clear_share: float
    """Share of the scene wanted free of cloud, 0-1; the rendered one differs a little (shadows)."""


def plan_acquisitions(
    rng: np.random.Generator, year: int, dates: int, *, clouds: bool = True, min_clear: float = 0.0
) -> list[Acquisition]:
    """Pick `dates` acquisitions, five days or a multiple apart, from 1 November of `year - 1` to 31 October.

    Winter is cloudier than summer. With `min_clear` cloudier dates are left out, as a download filter would.
    """
    first = date(year - 1, 11, 1) + timedelta(days=int(rng.integers(0, REVISIT_DAYS)))
    last = date(year, 10, 31)
    candidates = []
    day = first
    while day <= last:
        candidates.append(_draw_state(rng, day, clouds))
        day += timedelta(days=REVISIT_DAYS)
    kept = [candidate for candidate in candidates if candidate.clear_share >= min_clear]
    if len(kept) < dates:
        raise RequestError(
            f"Only {len(kept)} dates of the season are clear by {min_clear:.0%} or more, {dates} were asked for.",
            hint="Ask for fewer dates or a lower min_clear.",
        )
    # One date from each of `dates` equal runs of the candidates: irregular, but without a season left out.
    runs = np.array_split(np.arange(len(kept)), dates)
    return [kept[int(rng.choice(run))] for run in runs]


def _draw_state(rng: np.random.Generator, day: date, clouds: bool) -> Acquisition:
    luck, spread, cloudless = rng.random(3)
    if not clouds:
        return Acquisition(day, "clear", 1.0)
    season = 0.09 * math.cos(2 * math.pi * (day.timetuple().tm_yday - 5) / 365.25)
    if luck < OVERCAST + season:
        return Acquisition(day, "overcast", float(0.0 if cloudless < 0.6 else 0.05 * spread))
    if luck > 1 - (CLEAR - season):
        return Acquisition(day, "clear", float(1.0 if cloudless < 0.6 else 0.97 + 0.03 * spread))
    return Acquisition(day, "partial", float(0.25 + 0.6 * spread))
