"""Dates of a series on one line, with how clear they are, which are used, and why not the rest: HTML for reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from .html_figures import unfolded
from .html_pages import table
from .report_numbers import escaped, percent
from .svg_charts import Mark, timeline

PERCENT_AXIS = ((1.0, "100 %"), (0.5, "50 %"), (0.0, "0 %"))
FACTS = ("sensor", "tile", "baseline", "offset", "granules")
"""Of a date, shown in the table below the line."""


def date_timeline(
    rows: Sequence[Mapping[str, Any]], findings: Sequence[Mapping[str, Any]], name: str, shown: str = "of the images"
) -> str:
    """The dates as a chart, its key, and a table that can be unfolded.

    Args:
        rows: DateRow.to_dict() of each; at least one.
        findings: Finding.to_dict() of those whose reflectance cannot be right.
        name: whose dates they are.
        shown: what the clear share is a share of.
    """
    odd = {finding["date"]: finding["message"] for finding in findings}
    marks = [
        Mark(
            date.fromisoformat(row["date"]),
            float(row["clear_share"] or 0.0),
            "used" if row["used"] else "dropped",
            _title(row, odd.get(row["date"], "")),
            "!" if row["date"] in odd else "",
        )
        for row in rows
    ]
    used = sum(bool(row["used"]) for row in rows)
    listed = table(
        ["Date", "Clear", "", "Why not", *(fact.capitalize() for fact in FACTS)],
        [
            [
                escaped(row["date"]),
                _clear(row),
                "used" if row["used"] else "not used",
                escaped(row["reason"]),
                *(escaped(row.get(fact) or "–") for fact in FACTS),
            ]
            for row in rows
        ],
        left=(2, 3, 4, 5, 6, 7),
    )
    chart = timeline(marks, PERCENT_AXIS, f"Dates of {name} by clear share: {used} of {len(rows)} used")
    return (
        f"{chart}<div class='legend'><span><i class='key used'></i>used</span>"
        "<span><i class='key dropped'></i>not used</span>"
        f"<span>height: clear share {escaped(shown)}</span>{'<span>! see the checks above</span>' * bool(odd)}</div>"
        + unfolded(f"All dates of {escaped(name)}", listed)
    )


def _clear(row: Mapping[str, Any]) -> str:
    return "–" if row["clear_share"] is None else percent(row["clear_share"])


def _title(row: Mapping[str, Any], finding: str) -> str:
    said = [row["date"]]
    if row["clear_share"] is not None:
        said.append(f"{percent(row['clear_share'])} clear")
    said.append("used" if row["used"] else f"not used: {row['reason']}")
    said += [str(row[key]) for key in ("sensor", "tile") if row.get(key)]
    said += [f"{key} {row[key]}" for key in ("baseline", "offset") if row.get(key)]
    return ", ".join(said) + (f". {finding}" if finding else "")
