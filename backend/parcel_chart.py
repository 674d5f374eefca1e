"""One parcel over the season as a picture: NDVI above, class probabilities by date below. SVG for Qt's small reader.

Attributes only: Qt reads SVG Tiny 1.2, which has no style sheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

import numpy as np
import numpy.typing as npt

from .parcel_series import ParcelSeries

WIDTH, HEIGHT = 560, 430
LEFT, RIGHT, TOP = 46, 14, 44
PANEL = 140
"""Height of a panel."""
GAP = 34
SHOWN = 5
"""Classes drawn: those with the largest probability on any date."""
INK, FAINT, PAPER = "#202020", "#c8c8c8", "#ffffff"
FONT = 'font-family="sans-serif" font-size="11"'
NDVI_COLOR = "#2e8b57"


def parcel_svg(series: ParcelSeries, title: str) -> str:
    """Draw a parcel's series.

    Args:
        series: of the parcel.
        title: told above the chart.

    Returns:
        A whole SVG document of its own, on white paper whatever the theme.
    """
    first, last = series.days[0] - timedelta(days=5), series.days[-1] + timedelta(days=5)
    xs = [_x(day, first, last) for day in series.days]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f'<rect x="0" y="0" width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        _text(LEFT, 18, title, bold=True),
    ]
    top = TOP
    parts += _panel(top, "NDVI", (0.0, 0.5, 1.0), first, last)
    seen = np.asarray(~np.isnan(series.ndvi))
    parts += _line(
        [x for x, is_seen in zip(xs, seen, strict=True) if is_seen],
        [_y(float(value), top) for value in series.ndvi[seen]],
        NDVI_COLOR,
        series.clear[seen].tolist(),
    )
    top += PANEL + GAP
    parts += _panel(top, "Probability with the images until then", (0.0, 0.5, 1.0), first, last)
    known = np.asarray(~np.isnan(series.probabilities).any(axis=1))
    shown = _largest(series, known)
    for place in shown:
        values = series.probabilities[known, place]
        ys = [_y(float(value), top) for value in values]
        parts += _line([x for x, is_known in zip(xs, known, strict=True) if is_known], ys, series.classes[place].color)
    parts += _legend(top + PANEL + 30, series, shown)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _largest(series: ParcelSeries, known: npt.NDArray[np.bool_]) -> list[int]:
    """Classes that matter, the last date's first."""
    if not known.any():
        return []
    best = series.probabilities[known].max(axis=0)
    chosen = np.argsort(-best, kind="stable")[:SHOWN]
    final = series.probabilities[known][-1]
    return sorted((int(place) for place in chosen), key=lambda place: -float(final[place]))


def _panel(top: int, name: str, ticks: Sequence[float], first: date, last: date) -> list[str]:
    parts = [_text(LEFT, top - 3, name)]
    for tick in ticks:
        y = _y(tick, top)
        parts.append(
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="{FAINT}" stroke-width="1"/>'
        )
        parts.append(_text(LEFT - 6, y + 4, f"{tick:g}", anchor="end"))
    month = date(first.year, first.month, 1)
    while month <= last:
        if month >= first:
            x = _x(month, first, last)
            parts.append(f'<line x1="{x:.1f}" y1="{top + PANEL}" x2="{x:.1f}" y2="{top + PANEL + 4}" stroke="{INK}"/>')
            parts.append(_text(x + 2, top + PANEL + 14, f"{month:%b}"))
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return parts


def _line(xs: Sequence[float], ys: Sequence[float], color: str, strength: Sequence[float] | None = None) -> list[str]:
    """A line through points; a point of a cloudy parcel is drawn smaller."""
    if not xs:
        return []
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    parts = [f'<polyline points="{points}" fill="none" stroke="{escape(color)}" stroke-width="2"/>']
    for number, (x, y) in enumerate(zip(xs, ys, strict=True)):
        radius = 3.0 if strength is None else 1.5 + 2.0 * float(strength[number])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{escape(color)}"/>')
    return parts


def _legend(y: int, series: ParcelSeries, shown: Sequence[int]) -> list[str]:
    parts = []
    for number, place in enumerate(shown):
        entry = series.classes[place]
        x, line = LEFT + (number % 3) * 168, y + (number // 3) * 18
        parts.append(f'<rect x="{x}" y="{line - 9}" width="12" height="10" fill="{escape(entry.color)}"/>')
        final = series.probabilities[~np.isnan(series.probabilities).any(axis=1)][-1, place]
        parts.append(_text(x + 17, line, f"{entry.title} {final:.0%}"))
    return parts


def _text(x: float, y: float, text: str, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" {FONT}{weight} fill="{INK}" text-anchor="{anchor}">{escape(text)}</text>'


def _x(day: date, first: date, last: date) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (day - first).days / max(1, (last - first).days)


def _y(value: float, top: int) -> float:
    return top + PANEL * (1.0 - min(1.0, max(0.0, value)))
