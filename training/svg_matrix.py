"""A confusion matrix as SVG within HTML: shares of each row as shades, counts where they are pointed at."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from training.svg_axes import picture

CELL, WIDE = 36, 42
"""Height and width of a cell."""
LEFT, RIGHT, TOP, BOTTOM = 190, 92, 128, 12
DARK = 0.55
"""Share from which on the number in a cell is written in white."""
LEAST = 0.005
"""Smaller shares have no number."""
MOST_LETTERS = 22


def heat_map(
    counts: npt.NDArray[np.int64], names: Sequence[str], name: str, row_title: str, column_title: str, unit: str
) -> str:
    """A square matrix; each row's shades and numbers are shares of that row.

    Args:
        counts: (K, K).
        names: (K,) of rows and columns.
        name: what the chart shows, for those who do not see it.
        row_title: what a row is.
        column_title: what a column is.
        unit: what is counted, in the plural.
    """
    size = len(names)
    width, height = LEFT + WIDE * size + RIGHT, TOP + CELL * size + BOTTOM
    totals = counts.sum(axis=1)
    parts = [
        f"<text class='title' x='{LEFT - 8}' y='{TOP - 26}' text-anchor='end'>{html.escape(row_title)} ↓</text>",
        f"<text class='title' x='{LEFT - 8}' y='{TOP - 10}' text-anchor='end'>{html.escape(column_title)} →</text>",
        f"<text class='title' x='{width - 4}' y='{TOP - 10}' text-anchor='end'>{html.escape(unit)}</text>",
    ]
    for place, text in enumerate(names):
        x, y = LEFT + WIDE * (place + 0.5), TOP + CELL * (place + 0.5)
        label = html.escape(_short(text))
        parts.append(f"<text class='name' transform='translate({x + 4:.1f} {TOP - 8}) rotate(-55)'>{label}</text>")
        parts.append(f"<text class='name' x='{LEFT - 8}' y='{y + 4:.1f}' text-anchor='end'>{label}</text>")
        parts.append(f"<text x='{width - 4}' y='{y + 4:.1f}' text-anchor='end'>{int(totals[place]):,}</text>")
        for other in range(size):
            parts.append(_cell(counts, int(totals[place]), place, other, names, unit))
    return picture(name, width, height, parts)


def _cell(counts: npt.NDArray[np.int64], total: int, row: int, col: int, names: Sequence[str], unit: str) -> str:
    count = int(counts[row, col])
    share = count / total if total else 0.0
    x, y = LEFT + WIDE * col, TOP + CELL * row
    kind = "hit" if row == col else "miss"
    said = f"{names[row]} mapped as {names[col]}: {count:,} {unit}"
    said += f", {100 * share:.1f} % of {total:,}" if total else ""
    number = ""
    if share >= LEAST:
        css = "onshade" if share >= DARK else "number"
        text = f"{100 * share:.0f}" if share >= 0.0095 else "<1"
        number = (
            f"<text class='{css}' x='{x + WIDE / 2:.1f}' y='{y + CELL / 2 + 4:.1f}' text-anchor='middle'>"
            f"{html.escape(text)}</text>"
        )
    return (
        f"<g><title>{html.escape(said)}</title><rect class='ground' x='{x}' y='{y}' width='{WIDE}' height='{CELL}'/>"
        f"<rect class='{kind}' style='fill-opacity:{share:.3f}' x='{x}' y='{y}' width='{WIDE}' height='{CELL}'/>"
        f"{number}</g>"
    )


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1].rstrip() + "…"
