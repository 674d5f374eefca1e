"""Charts of one source of an evaluation, by a limit: boundaries over thresholds, confidence, days of the season.

Each is empty where its figures are missing: older runs and finished maps have fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from backend.html_figures import charts, figure
from backend.html_pages import table
from backend.report_numbers import escaped, measured, points, whole
from training.evaluation_maps import Figures, right_parcels
from training.svg_axes import Axis, share_axis
from training.svg_plots import Point, Series, as_pair, curves, key, reach

LARGEST, SMALLEST = 1.9, 0.5
"""Dots of a reliability diagram, times the usual radius."""
CURVE_DOT, CHOSEN_DOT = 0.55, 1.5
"""Of boundary curves, likewise."""
LEAST_TICKS = 0.09
"""Between two days that are written along the season, of its length."""


def boundary_charts(figures: Figures) -> str:
    """F1 of the boundary layer over thresholds, precision against recall, and both at the chosen threshold."""
    rows: Sequence[Figures] = figures.get("boundary_f1") or ()
    if not rows:
        return ""
    listed = table(
        ["Boundary found within", "F1", "Precision", "Recall"],
        [
            [
                f"{row['tolerance_m']:g} m",
                measured(row["f1"], row.get("f1_interval_95")),
                *(points(row[name]) for name in ("precision", "recall")),
            ]
            for row in rows
        ],
    )
    curve: Figures | None = figures.get("boundary_curve")
    if not curve or not curve.get("thresholds"):
        return listed
    over, against, at_chosen = [], [], []
    chosen = curve.get("chosen")
    for style, own in zip((0, 1, 3, 2, 4, 5), curve["tolerances"], strict=False):
        name = f"within {own['tolerance_m']:g} m"
        listing = list(zip(curve["thresholds"], own["f1"], own["precision"], own["recall"], strict=True))
        titles = [
            f"from {limit:g}: F1 {points(f1)}, precision {points(precision)}, recall {points(recall)}"
            for limit, f1, precision, recall in listing
        ]
        dots = [Point(row[0], row[1], title, size=CURVE_DOT) for row, title in zip(listing, titles, strict=True)]
        over.append(Series(name, tuple(dots), style))
        places = [
            Point(recall, precision, title, size=CURVE_DOT)
            for (_, _, precision, recall), title in zip(listing, titles, strict=True)
            if recall is not None and precision is not None
        ]
        against.append(Series(name, tuple(places), style))
        row = next((row for row in rows if row["tolerance_m"] == own["tolerance_m"]), None)
        if row is not None and row["recall"] is not None and row["precision"] is not None:
            said = f"chosen threshold: precision {points(row['precision'])}, recall {points(row['recall'])}"
            at_chosen.append(Series(name, (Point(row["recall"], row["precision"], said, size=CHOSEN_DOT),), style))
    is_shown = chosen is not None and 0 <= chosen <= 1
    left = curves(
        over,
        share_axis("boundary probability from which a cell counts"),
        share_axis("boundary F1"),
        "Boundary F1 over thresholds",
        [(float(chosen), f"chosen: {100 * chosen:.0f} %")] if chosen is not None and is_shown else (),
    )
    right = curves(
        [*against, *at_chosen], share_axis("recall"), share_axis("precision"), "Precision against recall of boundaries"
    )
    return (
        charts(
            figure(
                left + key(over),
                "F1 of boundary cells over the threshold; a hit lies within so many metres of a true boundary. The "
                "dashed line is the threshold chosen on the calibration split, cell by cell, not on this test.",
            ),
            figure(
                right + key(against),
                "Precision (drawn boundaries that are true) against recall (true boundaries that are drawn) at the "
                "same thresholds; the large dots are the chosen one.",
            ),
        )
        + listed
    )


def reliability_charts(figures: Figures) -> str:
    """Accuracy over confidence, per pixel and per parcel, before and after the temperature."""
    reliability: Figures = figures.get("reliability") or {}
    drawn = []
    for level, unit, code in (("pixels", "label cells", "ece"), ("parcels", "parcels", "ece_parcels")):
        own: Figures = reliability.get(level) or {}
        series = [
            _reliability_series(name, own[when], style, unit)
            for when, name, style in (("before", "before calibration", 1), ("after", "after calibration", 0))
            if own.get(when)
        ]
        if not any(point.y is not None for line in series for point in line.points):
            continue
        if len(series) == 1:
            series = [Series("as mapped", series[0].points, 0)]
        chart = curves(
            series,
            share_axis("confidence: probability of the mapped class"),
            share_axis(f"{unit} right"),
            f"Reliability per {unit}",
            diagonal=True,
        )
        after, before = figures.get(code), figures.get(f"{code}_before")
        said = f"Expected calibration error {points(after)}" + (
            f", {points(before)} before the temperature" if before is not None else ""
        )
        drawn.append(
            figure(
                chart + key(series),
                f"<b>Per {'pixel' if level == 'pixels' else 'parcel'}.</b> {said}. On the dashed line confidence is "
                "what it says; below it "
                f"the map is too sure of itself, above it too unsure. Larger dots stand for more {unit}.",
            )
        )
    return charts(*drawn)


def season_chart(source: Figures) -> str:
    """Accuracy as if each day was that of the last image."""
    rows: Sequence[Figures] = source.get("in_season") or ()
    rows = [row for row in rows if row.get("overall_accuracy") is not None]
    if not rows:
        return ""
    days = _days([row["cutoff"] for row in rows])
    kinds = (("overall_accuracy", "accuracy", 0), ("macro_f1", "macro F1", 1), ("parcel_accuracy", "parcels right", 3))
    series = [
        Series(
            name,
            tuple(
                Point(
                    day,
                    row.get(code),
                    f"{points(row.get(code))} until {row['cutoff']}",
                    as_pair(row.get(f"{code}_interval_95")),
                )
                for day, row in zip(days, rows, strict=True)
            ),
            style,
        )
        for code, name, style in kinds
        if any(row.get(code) is not None for row in rows)
    ]
    cells = [
        [
            escaped(row.get("last_day") or row["cutoff"]),
            f"{row['dates']:g}",
            *(measured(row.get(code), row.get(f"{code}_interval_95")) for code, _, _ in kinds),
        ]
        for row in rows
    ]
    full = source["model"]["map"]
    parcels = right_parcels(source["model"])
    cells.append(
        [
            "whole season",
            "all",
            measured(full["overall_accuracy"], full.get("overall_accuracy_interval_95")),
            measured(full["macro_f1"], full.get("macro_f1_interval_95")),
            measured(parcels["accuracy"], parcels["interval_95"]),
        ]
    )
    pad = max(5.0, 0.04 * (days[-1] - days[0]))
    axis = Axis(
        "day of the last image used (month-day)",
        days[0] - pad,
        days[-1] + pad,
        _spaced([(day, str(row["cutoff"])) for day, row in zip(days, rows, strict=True)], days[-1] - days[0] + 2 * pad),
    )
    chart = curves(series, axis, share_axis("share", reach(series)), "Accuracy by the day of the last image", spread=9)
    heads = ["Images until", "Dates", "Accuracy", "Macro F1", "Parcels right"]
    return figure(
        chart + key(series),
        "Accuracy as if the map had been made on each of these days, with the images up to it, and 95 % intervals. "
        "The same model is used throughout.",
    ) + table(heads, cells)


def _reliability_series(name: str, bins: Sequence[Figures], style: int, unit: str) -> Series:
    most = max((row["count"] for row in bins), default=0)
    listed = []
    for row in bins:
        if not row["count"] or row["accuracy"] is None:
            continue
        said = f"confidence {points(row['confidence'])}, right {points(row['accuracy'])}, {whole(row['count'])} {unit}"
        size = SMALLEST + (LARGEST - SMALLEST) * (row["count"] / most) ** 0.5
        listed.append(Point(row["confidence"], row["accuracy"], said, size=size))
    return Series(name, tuple(listed), style)


def _days(cutoffs: Sequence[Any]) -> list[float]:
    """Days since some day, in the order of the season: a month before the last one's is in the next year."""
    out: list[float] = []
    year = 2001  # no leap year, nor is the next
    for text in cutoffs:
        month, day = (int(part) for part in str(text).split("-"))
        ordinal = date(year, month, min(day, 28 if month == 2 else day)).toordinal()
        if out and ordinal < out[-1]:
            year += 1
            ordinal = date(year, month, min(day, 28 if month == 2 else day)).toordinal()
        out.append(float(ordinal))
    return out


def _spaced(ticks: list[tuple[float, str]], span: float) -> tuple[tuple[float, str], ...]:
    """Without those that would be written over the one before."""
    kept: list[tuple[float, str]] = []
    for tick in ticks:
        if not kept or tick[0] - kept[-1][0] >= LEAST_TICKS * span:
            kept.append(tick)
    return tuple(kept)
