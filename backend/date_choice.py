"""Which acquisitions to keep where a model takes fewer than there are. Knows nothing of images, cards or networks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

REACH = 2.0
"""How far an acquisition tells of the days around it, in mean distances of those that may stay."""


def choose_dates(days: Sequence[int], clear_shares: Sequence[float], most: int) -> list[int]:
    """The clearest acquisitions that are well spread over the season.

    An acquisition tells of its own day by its clear share, and ever less of the days before and after it; of each day
    of the season that one counts which tells most of it. One after the other, the acquisition is left out without
    which the season as a whole loses least. So of a crowd the clearest stays, a clear date before a cloudy one, and
    one that stands alone unless it shows next to nothing. The same dates always give the same choice, and of two
    that are alike the later one goes.

    Args:
        days: of the acquisitions, in order of time, as numbers of days (date.toordinal(), or days of the year where
            the series does not run over the new year).
        clear_shares: one for each, 0-1.
        most: how many may stay, 1 or more.

    Returns:
        Positions of those that stay, in order.

    Raises:
        ValueError: if the lists are not equally long, the days are not in order, or `most` is less than 1.
    """
    if len(days) != len(clear_shares) or most < 1:
        raise ValueError(
            f"expected a clear share for each of the {len(days)} days and 1 or more to keep, got "
            f"{len(clear_shares)} shares and {most} to keep."
        )
    if any(later < earlier for earlier, later in pairwise(days)):
        raise ValueError("the days must be in order of time.")
    if len(days) <= most:
        return list(range(len(days)))
    reach = REACH * max(1.0, (days[-1] - days[0]) / most)
    # beyond both ends, or the first and the last would tell of half as many days as the others
    season = np.arange(days[0] - int(reach), days[-1] + int(reach) + 1)
    distance = np.abs(season[None, :] - np.asarray(days)[:, None])
    told = np.asarray(clear_shares)[:, None] * np.maximum(0.0, 1.0 - distance / reach)
    kept = list(range(len(days)))
    while len(kept) > most:
        own = told[kept]
        ranked = np.sort(own, axis=0)
        lead = ranked[-1] - (ranked[-2] if len(kept) > 1 else 0.0)
        losses = ((own == ranked[-1]) * lead).sum(axis=1).round(9)  # sums of floats are alike only when rounded
        kept.pop(len(kept) - 1 - int(losses[::-1].argmin()))
    return kept
