"""Small charts as SVG within HTML: bars in tables and a timeline. Knows nothing of data sets.

Places are in percent of the width, so that charts fill a phone as they fill a sheet of paper and their text keeps
its size. Colours come from the page's style by class, so that they follow its light and dark mode.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

BAR_HEIGHT = 12
PLOT_HEIGHT = 120
"""Of the timeline without its labels, CSS pixels."""
TOP_HEIGHT, LABEL_HEIGHT = 20, 36
"""Above and below it."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST_LABELS = 12
"""Names of months along the timeline."""
LEAST_HEIGHT = 3.0
"""Of a mark, CSS pixels: also a date without a clear pixel is seen."""
WIDEST = 1.2
"""Of a mark, percent of the width."""


@dataclass(frozen=True)
class Part:
    """A piece of a bar."""

    value: float
    css: str
    """Class, as `fill` in the style."""
    title: str
    """Said where it is pointed at."""
    color: str = ""
    """Instead of the class's colour."""


@dataclass(frozen=True)
class Mark:
    """A date on the timeline."""

    day: date
    height: float
    """0-1."""
    css: str
    title: str
    sign: str = ""
    """A letter above it."""


def bar(parts: Sequence[Part], total: float) -> str:
    """A horizontal bar of pieces one after the other; as long as the chart where they sum to the total."""
    drawn, start = [], 0.0
    for part in parts:
        if part.value <= 0 or total <= 0:
            continue
        width = 100 * part.value / total
        fill = f" style='fill:{html.escape(part.color)}'" if part.color else ""
        drawn.append(
            f"<rect class='{part.css}'{fill} x='{start:.2f}%' width='{width:.2f}%' height='{BAR_HEIGHT}'>"
            f"<title>{html.escape(part.title)}</title></rect>"
        )
        start += width
    named = html.escape("; ".join(part.title for part in parts if part.value > 0) or "nothing")
    return f"<svg class='bar' role='img' aria-label='{named}' width='100%' height='{BAR_HEIGHT}'>{''.join(drawn)}</svg>"


def timeline(marks: Sequence[Mark], axis: Sequence[tuple[float, str]], name: str) -> str:
    """Dates over the season, one mark each.

    Args:
        marks: at least one, in any order.
        axis: heights 0-1 with a line, and what is written beside it.
        name: what the chart shows, for those who do not see it.
    """
    first, last = min(mark.day for mark in marks), max(mark.day for mark in marks)
    margin = timedelta(days=max(4, round(0.03 * (last - first).days)))
    start, stop = first - margin, last + margin
    span = (stop - start).days

    def place(day: date) -> float:
        return 100 * (day - start).days / span

    width = min(WIDEST, 60 / len(marks))
    bottom = TOP_HEIGHT + PLOT_HEIGHT
    lines = "".join(
        f"<line class='grid' x1='0' x2='100%' y1='{_y(height):.1f}' y2='{_y(height):.1f}'/>" for height, _ in axis
    )
    ticks = "".join(
        f"<line class='grid' x1='{place(day):.2f}%' x2='{place(day):.2f}%' y1='{bottom}' y2='{bottom + 5}'/>"
        f"<text x='{place(day):.2f}%' y='{bottom + 17}' text-anchor='middle'>{MONTHS[day.month - 1]}</text>"
        + (f"<text x='{place(day):.2f}%' y='{bottom + 31}' text-anchor='middle'>{day.year}</text>" if with_year else "")
        for day, with_year in _months(start, stop)
    )
    drawn = "".join(_mark(mark, place(mark.day), width) for mark in sorted(marks, key=lambda mark: mark.day))
    labels = "".join(f"<span style='top:{_y(height) - 9:.0f}px'>{html.escape(text)}</span>" for height, text in axis)
    return (
        f"<div class='timeline'><div class='axis'>{labels}</div><svg role='img' aria-label='{html.escape(name)}' "
        f"width='100%' height='{bottom + LABEL_HEIGHT}'>{lines}{ticks}{drawn}</svg></div>"
    )


def _y(height: float) -> float:
    return TOP_HEIGHT + PLOT_HEIGHT * (1 - height)


def _mark(mark: Mark, x: float, width: float) -> str:
    height = max(LEAST_HEIGHT, PLOT_HEIGHT * mark.height)
    top = _y(0) - height
    sign = f"<text class='sign' x='{x:.2f}%' y='{top - 4:.1f}' text-anchor='middle'>{html.escape(mark.sign)}</text>"
    return (
        f"<g><title>{html.escape(mark.title)}</title>"
        f"<rect class='{mark.css}' x='{x - width / 2:.2f}%' y='{top:.1f}' width='{width:.2f}%' height='{height:.1f}'/>"
        f"{sign if mark.sign else ''}</g>"
    )


def _months(start: date, stop: date) -> list[tuple[date, bool]]:
    """First days of months, not too many; with the first one and each January the year is written."""
    days = []
    year, month = start.year, start.month
    while date(year, month, 1) <= stop:
        if date(year, month, 1) >= start:
            days.append(date(year, month, 1))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    step = next((step for step in (1, 2, 3, 6, 12) if len(days) <= step * MOST_LABELS), 12)
    kept = [day for day in days if (day.month - 1) % step == 0] or days[:1]
    return [(day, number == 0 or day.month == 1) for number, day in enumerate(kept)]
