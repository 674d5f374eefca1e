"""A chart of values with intervals, one below the other, as an SVG file of its own."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

ROW, LETTER, WIDTH, TOP, BOTTOM = 26, 6.6, 380, 44, 34
"""Height of a row; width of a title's letter and of the plot; room above and below, picture elements."""
STEPS = (0.5, 1, 2, 5, 10, 20)
INK, GRID, DOT = "#222", "#ddd", "#1b6ca8"


@dataclass(frozen=True)
class Dot:
    """A value and its interval."""

    title: str
    value: float
    low: float
    high: float


def dot_chart(dots: Sequence[Dot], caption: str) -> str:
    """The chart as SVG text; the axis covers all intervals.

    Args:
        dots: at least one.
        caption: what is shown, with its unit.
    """
    low, high = min(dot.low for dot in dots), max(dot.high for dot in dots)
    step = next((step for step in STEPS if (high - low) / step <= 8), STEPS[-1])
    start, stop = step * (low // step), step * -(-high // step)
    stop = max(stop, start + step)
    left = round(24 + LETTER * max(len(dot.title) for dot in dots))

    def x(value: float) -> float:
        return left + WIDTH * (value - start) / (stop - start)

    bottom = TOP + ROW * len(dots)
    parts = [f"<text x='12' y='24' font-weight='bold'>{html.escape(caption)}</text>"]
    for number in range(round((stop - start) / step) + 1):
        tick = start + number * step
        parts.append(f"<line x1='{x(tick):.1f}' x2='{x(tick):.1f}' y1='{TOP}' y2='{bottom}' stroke='{GRID}'/>")
        parts.append(f"<text x='{x(tick):.1f}' y='{bottom + 20}' text-anchor='middle'>{tick:g}</text>")
    for number, dot in enumerate(dots):
        y = TOP + ROW * (number + 0.5)
        parts.append(f"<text x='{left - 12}' y='{y + 5:.1f}' text-anchor='end'>{html.escape(dot.title)}</text>")
        parts.append(
            f"<line x1='{x(dot.low):.1f}' x2='{x(dot.high):.1f}' y1='{y:.1f}' y2='{y:.1f}' stroke='{DOT}' "
            "stroke-width='2'/>"
        )
        parts.append(
            f"<circle cx='{x(dot.value):.1f}' cy='{y:.1f}' r='5' fill='{DOT}'><title>{dot.value:.1f} "
            f"({dot.low:.1f} to {dot.high:.1f})</title></circle>"
        )
    width, height = left + WIDTH + 30, bottom + BOTTOM
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}' "
        f"font-family='system-ui, sans-serif' font-size='13' fill='{INK}'><rect width='{width}' height='{height}' "
        f"fill='white'/>{''.join(parts)}</svg>\n"
    )
