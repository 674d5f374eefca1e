"""Numbers and words as the reports write them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any


def whole(count: int) -> str:
    """A count, with commas."""
    return f"{int(count):,}"


def hectares(area: float) -> str:
    """An area in hectares, to about three digits."""
    return f"{area:,.0f}" if area >= 1000 else f"{area:,.1f}" if area >= 10 else f"{area:.2f}"


def percent(part: float, total: float = 1.0) -> str:
    """A share; of nothing a dash."""
    if total <= 0:
        return "–"
    share = 100 * part / total
    digits = f"{share:.0f}" if share >= 9.5 or share == 0 else f"{share:.1f}" if share >= 0.05 else "below 0.1"
    return f"{digits}\u00a0%"


def points(share: Any) -> str:
    """A share that was measured, in percent to a tenth; a dash for none."""
    return "–" if share is None else f"{100 * float(share):.1f}\u00a0%"


def interval(limits: Sequence[float] | None) -> str:
    """Both ends of an interval of a share, in percent to a tenth; a dash for none."""
    return "–" if limits is None else f"{100 * limits[0]:.1f}–{100 * limits[1]:.1f}\u00a0%"


def measured(share: Any, limits: Sequence[float] | None) -> str:
    """HTML of a share that was measured, with its interval below where there is one."""
    return points(share) + (f" <small>{interval(limits)}</small>" if limits is not None else "")


def plural(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def escaped(value: Any) -> str:
    """Any value as text in HTML."""
    return html.escape(str(value))
