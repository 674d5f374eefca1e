"""Curves, dots with intervals and rows of bars as SVG within HTML. Knows nothing of maps or training.

Series differ by colour, by the shape of their dots and by the dashes of their lines, so that none is told by colour
alone; the colours are Okabe and Ito's (2008).
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from training.svg_axes import LINE, TOP, WIDTH, Axis, Frame, picture, tick_text

SHAPES = ("circle", "square", "triangle", "diamond", "cross", "down")
DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4", "1 2")
"""Of the lines of the series, in order."""
RADIUS = 4.0
MOST_DOTS = 45
"""On one curve; longer ones are lines alone."""
DODGE = 0.62
"""Of a category's width that its dots take."""
ROW, ROW_TOP, ROW_BOTTOM = 24, 6, 40
"""Height of a row of bars, and what is above and below all of them."""


@dataclass(frozen=True)
class Point:
    """A value with what is said where it is pointed at."""

    x: float
    y: float | None
    """None leaves a gap."""
    title: str = ""
    interval: tuple[float, float] | None = None
    size: float = 1.0
    """Of the dot, times the usual radius."""


@dataclass(frozen=True)
class Series:
    """Points that belong together."""

    name: str
    points: tuple[Point, ...]
    style: int
    """Which colour, shape and dashes; the same thing has the same one in all charts of a page."""
    dots: bool = True


def curves(
    series: Sequence[Series],
    x_axis: Axis,
    y_axis: Axis,
    name: str,
    marks: Sequence[tuple[float, str]] = (),
    diagonal: bool = False,
    spread: float = 0.0,
) -> str:
    """Values over values, joined by lines.

    Args:
        series: one curve each.
        x_axis: along the bottom.
        y_axis: along the left side.
        name: what the chart shows, for those who do not see it.
        marks: places on the horizontal axis with a line across, and what is written beside it.
        diagonal: whether a line joins equal values of both axes.
        spread: between the places of two series with the same value, so that their intervals do not lie over each
            other.
    """
    frame = Frame(x_axis, y_axis)
    parts = []
    if diagonal:
        low, high = max(x_axis.low, y_axis.low), min(x_axis.high, y_axis.high)
        parts.append(
            f"<line class='even' x1='{frame.x(low):.1f}' y1='{frame.y(low):.1f}' x2='{frame.x(high):.1f}' "
            f"y2='{frame.y(high):.1f}'/>"
        )
    for place, own in enumerate(series):
        aside = spread * (place - (len(series) - 1) / 2)
        parts += _lines(own, frame, aside)
        if own.dots and len(own.points) <= MOST_DOTS:
            parts += [_dot(own, point, frame.x(point.x) + aside, frame) for point in own.points if point.y is not None]
    for value, text in marks:
        x = frame.x(value)
        anchor, shift = ("end", -5) if x_axis.place(value) > 0.6 else ("start", 5)
        parts.append(
            f"<line class='mark' x1='{x:.1f}' x2='{x:.1f}' y1='{TOP}' y2='{frame.bottom}'/>"
            f"<text class='said' x='{x + shift:.1f}' y='{frame.bottom - 6}' text-anchor='{anchor}'>"
            f"{html.escape(text)}</text>"
        )
    return frame.draw(name, parts)


def categories(series: Sequence[Series], names: Sequence[str], x_title: str, y_axis: Axis, name: str) -> str:
    """Dots with intervals side by side, one group per category.

    Args:
        series: x of their points counts the categories from 0.
        names: of the categories; a line break starts a second line.
        x_title: what the categories are, with a unit.
        y_axis: along the left side.
        name: what the chart shows, for those who do not see it.
    """
    axis = Axis(x_title, 0.0, float(len(names)), ())
    frame = Frame(axis, y_axis, lines=max(text.count("\n") for text in names) + 1)
    parts = []
    for number, text in enumerate(names):
        if number:
            x = frame.x(number)
            parts.append(f"<line class='grid' x1='{x:.1f}' x2='{x:.1f}' y1='{TOP}' y2='{frame.bottom}'/>")
        for row, line in enumerate(text.split("\n")):
            parts.append(tick_text(frame.x(number + 0.5), frame.bottom + 15 + LINE * row, line))
    for place, own in enumerate(series):
        aside = 0.5 + DODGE * ((place + 0.5) / len(series) - 0.5)
        for point in own.points:
            if point.y is not None:
                parts.append(_dot(own, point, frame.x(point.x + aside), frame))
    return frame.draw(name, parts)


def key(series: Sequence[Series], lines: bool = True) -> str:
    """Which series is which, for below a chart.

    Args:
        series: as drawn.
        lines: whether they were drawn with lines.
    """
    entries = []
    for own in series:
        drawn = (
            f"<line class='line s{own.style}' x1='0' x2='30' y1='7' y2='7' stroke-dasharray='{DASHES[own.style]}'/>"
            if lines
            else ""
        )
        if own.dots:
            drawn += _shape(own.style, 15, 7, RADIUS)
        shown = f"<svg class='key' width='30' height='14' aria-hidden='true'>{drawn}</svg>"
        entries.append(f"<span>{shown}{html.escape(own.name)}</span>")
    return f"<div class='legend'>{''.join(entries)}</div>"


def as_pair(limits: Sequence[float] | None) -> tuple[float, float] | None:
    """An interval as a point has it."""
    return None if limits is None else (float(limits[0]), float(limits[1]))


def reach(series: Sequence[Series]) -> list[float | None]:
    """All values and ends of intervals, for an axis that must hold them."""
    return [value for own in series for point in own.points for value in (point.y, *(point.interval or ()))]


@dataclass(frozen=True)
class Row:
    """One bar with dots on it."""

    name: str
    color: str
    """Of the square before the name."""
    value: float | None
    dots: tuple[float | None, ...]
    """In the order of their series."""
    title: str
    said: str
    """At the right end."""


def bars(rows: Sequence[Row], dot_styles: Sequence[int], axis: Axis, name: str, said: str = "") -> str:
    """Rows of bars, one below the other, with dots for further values.

    Args:
        rows: from top to bottom.
        dot_styles: styles of the dots, as many as each row has.
        axis: of the values, along the bottom; bars begin at its low end.
        name: what the chart shows, for those who do not see it.
        said: head of what stands at the right end.
    """
    width, left, right = 1.6 * WIDTH, 190.0, 84.0
    height = ROW_TOP + (ROW if said else 0) + ROW * len(rows) + ROW_BOTTOM
    top, bottom = ROW_TOP + (ROW if said else 0), height - ROW_BOTTOM

    def x(value: float) -> float:
        return left + (width - left - right) * axis.place(value)

    parts = [
        f"<line class='grid' x1='{x(value):.1f}' x2='{x(value):.1f}' y1='{top}' y2='{bottom}'/>"
        + tick_text(x(value), bottom + 15, text)
        for value, text in axis.ticks
    ]
    if said:
        parts.append(f"<text x='{width - 2}' y='{top - 8}' text-anchor='end'>{html.escape(said)}</text>")
    for number, row in enumerate(rows):
        y = top + ROW * number
        middle = y + ROW / 2
        drawn = [
            f"<title>{html.escape(row.title)}</title>",
            f"<rect class='swatched' style='fill:{html.escape(row.color)}' x='1' y='{middle - 6}' width='12' "
            "height='12'/>",
            f"<text class='name' x='20' y='{middle + 4}'>{html.escape(_short(row.name))}</text>",
            f"<text x='{width - 2}' y='{middle + 4}' text-anchor='end'>{html.escape(row.said)}</text>",
        ]
        if row.value is not None:
            drawn.append(
                f"<rect class='value' x='{left}' y='{middle - 7}' width='{x(row.value) - left:.1f}' height='14'/>"
            )
        for style, value in zip(dot_styles, row.dots, strict=True):
            if value is not None:
                drawn.append(_shape(style, x(value), middle, RADIUS))
        parts.append(f"<g>{''.join(drawn)}</g>")
    parts.append(
        f"<text class='title' x='{(left + width - right) / 2}' y='{height - 5}' text-anchor='middle'>"
        f"{html.escape(axis.title)}</text>"
    )
    return picture(name, width, height, parts)


def _short(text: str, most: int = 27) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _lines(own: Series, frame: Frame, shift: float) -> list[str]:
    """One line per unbroken stretch of points."""
    out = []
    for has_value, group in groupby(own.points, key=lambda point: point.y is not None):
        places = " ".join(f"{frame.x(point.x) + shift:.1f},{frame.y(point.y or 0.0):.1f}" for point in group)
        if has_value and " " in places:
            out.append(
                f"<polyline class='line s{own.style}' stroke-dasharray='{DASHES[own.style]}' points='{places}'/>"
            )
    return out


def _dot(own: Series, point: Point, x: float, frame: Frame) -> str:
    y = frame.y(point.y or 0.0)
    whisker = ""
    if point.interval is not None:
        low, high = (frame.y(value) for value in point.interval)
        whisker = (
            f"<path class='whisker s{own.style}' d='M{x:.1f} {low:.1f}V{high:.1f}M{x - 3:.1f} {low:.1f}h6M{x - 3:.1f} "
            f"{high:.1f}h6'/>"
        )
    title = html.escape(f"{own.name}: {point.title}" if point.title else own.name)
    return f"<g><title>{title}</title>{whisker}{_shape(own.style, x, y, RADIUS * point.size)}</g>"


def _shape(style: int, x: float, y: float, r: float) -> str:
    kind = SHAPES[style]
    css = f"class='dot s{style}'"
    if kind == "circle":
        return f"<circle {css} cx='{x:.1f}' cy='{y:.1f}' r='{r:.1f}'/>"
    if kind == "square":
        side = 1.8 * r
        return f"<rect {css} x='{x - side / 2:.1f}' y='{y - side / 2:.1f}' width='{side:.1f}' height='{side:.1f}'/>"
    moves = {
        "triangle": f"M{x:.1f} {y - 1.2 * r:.1f}l{1.2 * r:.1f} {2.1 * r:.1f}h{-2.4 * r:.1f}z",
        "down": f"M{x:.1f} {y + 1.2 * r:.1f}l{1.2 * r:.1f} {-2.1 * r:.1f}h{-2.4 * r:.1f}z",
        "diamond": f"M{x:.1f} {y - 1.4 * r:.1f}l{1.3 * r:.1f} {1.4 * r:.1f}l{-1.3 * r:.1f} {1.4 * r:.1f}"
        f"l{-1.3 * r:.1f} {-1.4 * r:.1f}z",
        "cross": f"M{x - r:.1f} {y - r:.1f}l{2 * r:.1f} {2 * r:.1f}m0 {-2 * r:.1f}l{-2 * r:.1f} {2 * r:.1f}",
    }
    css = css.replace("dot", "dot stroked") if kind == "cross" else css
    return f"<path {css} d='{moves[kind]}'/>"
