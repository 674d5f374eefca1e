"""Axes of charts as SVG within HTML: ranges, ticks, the frame that curves and dots are drawn into.

A chart has a fixed size in its own units and is scaled with the page. Colours come from the page's style by class, so
that they follow its light and dark mode.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 480, 300
"""Of a chart, its own units; about CSS pixels where two stand side by side."""
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 12, 44
"""Around the frame: ticks and titles of the axes."""
LINE = 12
"""Of text below an axis."""
LEAST_SPAN = 0.3
"""Of an axis of shares that does not begin at nought: smaller differences are not blown up."""
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MOST_TICKS = 6


@dataclass(frozen=True)
class Axis:
    """What runs along one side of a chart."""

    title: str
    """With its unit."""
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    """Values and what is written there."""

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high one; values beyond are held there."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def share_axis(title: str, values: Iterable[float | None] | None = None) -> Axis:
    """An axis of shares, written in percent.

    Args:
        title: of the axis; its unit is added.
        values: what must find room, in steps of ten percent; where not given it runs from 0 to 100 %.
    """
    known = [value for value in values or () if value is not None]
    low, high = 0.0, 1.0
    if known:
        low, high = max(0.0, math.floor(10 * min(known)) / 10), min(1.0, math.ceil(10 * max(known)) / 10)
        if high - low < LEAST_SPAN:
            high = min(1.0, low + LEAST_SPAN)
            low = max(0.0, high - LEAST_SPAN)
    step = 0.1 if high - low < 0.65 else 0.2
    first = math.ceil(round(low / step, 6))
    ticks = [place * step for place in range(first, math.floor(round(high / step, 6)) + 1)]
    return Axis(f"{title} (%)", low, high, tuple((value, f"{100 * value:.0f}") for value in ticks))


def number_axis(title: str, values: Iterable[float | None], from_zero: bool = False) -> Axis:
    """An axis of any numbers, with ticks at round ones.

    Args:
        title: of the axis, with its unit.
        values: what must find room.
        from_zero: whether 0 is on it in any case.
    """
    known = [float(value) for value in values if value is not None and math.isfinite(value)]
    known += [0.0] * from_zero
    low, high = min(known, default=0.0), max(known, default=1.0)
    if high - low < 1e-12:
        pad = abs(high) / 2 or 0.5
        low, high = (low, high + pad) if from_zero else (low - pad, high + pad)
    raw = (high - low) / (MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(size * power for size in STEPS if size * power >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, -math.floor(math.log10(step) + 1e-9) + (step / 10 ** math.floor(math.log10(step)) == 2.5))
    ticks = tuple((place * step, f"{place * step:,.{digits}f}") for place in range(first, last + 1))
    return Axis(title, first * step, last * step, ticks)


@dataclass(frozen=True)
class Frame:
    """Where values of two axes lie on a chart."""

    x_axis: Axis
    y_axis: Axis
    width: int = WIDTH
    height: int = HEIGHT
    lines: int = 1
    """Of text below the horizontal axis, without its title."""

    @property
    def bottom(self) -> int:
        """Where the horizontal axis lies, from the top."""
        return self.height - BOTTOM - LINE * (self.lines - 1)

    def x(self, value: float) -> float:
        """From the left."""
        return LEFT + (self.width - LEFT - RIGHT) * self.x_axis.place(value)

    def y(self, value: float) -> float:
        """From the top."""
        return self.bottom - (self.bottom - TOP) * self.y_axis.place(value)

    def draw(self, name: str, inside: Iterable[str], lines_across: bool = False) -> str:
        """The chart.

        Args:
            name: what it shows, for those who do not see it.
            inside: SVG of what is drawn into it.
            lines_across: whether ticks of the horizontal axis have lines, too.
        """
        bottom, right = self.bottom, self.width - RIGHT
        parts = []
        for value, text in self.y_axis.ticks:
            y = self.y(value)
            parts.append(f"<line class='grid' x1='{LEFT}' x2='{right}' y1='{y:.1f}' y2='{y:.1f}'/>")
            parts.append(f"<text x='{LEFT - 7}' y='{y + 4:.1f}' text-anchor='end'>{html.escape(text)}</text>")
        for value, text in self.x_axis.ticks:
            x, top = self.x(value), TOP if lines_across else bottom
            parts.append(f"<line class='grid' x1='{x:.1f}' x2='{x:.1f}' y1='{top}' y2='{bottom + 4}'/>")
            parts.append(tick_text(x, bottom + 16, text))
        middle = (TOP + bottom) / 2
        parts += [
            f"<line class='axle' x1='{LEFT}' x2='{right}' y1='{bottom}' y2='{bottom}'/>",
            f"<text class='title' x='{(LEFT + right) / 2}' y='{self.height - 5}' text-anchor='middle'>"
            f"{html.escape(self.x_axis.title)}</text>",
            f"<text class='title' transform='translate(13 {middle}) rotate(-90)' text-anchor='middle'>"
            f"{html.escape(self.y_axis.title)}</text>",
        ]
        return picture(name, self.width, self.height, [*parts, *inside])


def tick_text(x: float, y: float, text: str) -> str:
    """A word below an axis."""
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='middle'>{html.escape(text)}</text>"


def picture(name: str, width: float, height: float, parts: Sequence[str]) -> str:
    """An SVG that is as wide as its place allows, and no wider than its own size.

    Args:
        name: what it shows, for those who do not see it.
        width: of its own units.
        height: likewise.
        parts: SVG.
    """
    return (
        f"<svg class='chart' role='img' aria-label='{html.escape(name)}' viewBox='0 0 {width:g} {height:g}' "
        f"style='max-width:{width:g}px'>{''.join(parts)}</svg>"
    )
