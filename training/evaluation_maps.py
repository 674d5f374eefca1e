"""Which maps an evaluation compares, how they are called, and small readings of its figures that all sections need.

Figures are those of metrics.json; what an older run does not have is None or empty here, never an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backend.report_numbers import whole
from training.classes import Legend

Figures = Mapping[str, Any]

MAPS = {
    "model": "this model",
    "forest_own_parcels": "random forest, this source's training parcels",
    "forest_all_sources": "random forest, all sources' training parcels",
}
"""Keys of a source's figures."""
STYLES = {"model": 0, "forest_own_parcels": 1, "forest_all_sources": 2, "bilinear": 3, "nearest": 4}
"""Of the series of charts: a map looks the same in all of them."""


def title_of(key: str, kind: str = "run") -> str:
    """What a map is called in tables and charts."""
    return "this map" if kind == "map" and key == "model" else MAPS[key]


def upsampled_title(kind: str) -> str:
    """What the network's own map at image resolution, brought back to the finer grid, is called."""
    return f"its own 10 m means, {kind} upsampling"


def maps_of(source: Figures, kind: str = "run") -> Iterator[tuple[str, str, Figures]]:
    """(key, title, figures) of each map of a source, this model's first."""
    for key in MAPS:
        if source.get(key):
            yield key, title_of(key, kind), source[key]


def upsampled_of(source: Figures) -> Iterator[tuple[str, str, Figures]]:
    """(key, title, figures of the map) of the model's own means, where its grid is finer than the images'."""
    for key in ("nearest", "bilinear"):
        if source["model"].get(key):
            yield key, upsampled_title(key), source["model"][key]


def forest_of(source: Figures) -> Figures | None:
    """Figures of the forest that a model is held against: of the source's own parcels where there is one."""
    found: Figures | None = source.get("forest_own_parcels") or source.get("forest_all_sources")
    return found


def right_parcels(figures: Figures, which: int = 0) -> Figures:
    """Share of parcels that are right, by mean probability; by majority where a map has no probabilities.

    Args:
        figures: of a map.
        which: entry of its sizes; the first is all.

    Returns:
        parcels, accuracy, interval_95; accuracy None where nothing was counted.
    """
    rows: Sequence[Figures] = figures.get("parcels") or ()
    if len(rows) <= which:
        return {"parcels": 0, "accuracy": None, "interval_95": None}
    row = rows[which]
    chosen: Figures = row.get("by_mean_probability") or {}
    if chosen.get("accuracy") is None:
        chosen = row.get("by_majority") or {}
    return {
        "parcels": row["parcels"],
        "accuracy": chosen.get("accuracy"),
        "interval_95": chosen.get("interval_95"),
    }


def drawn_by(figures: Figures) -> str:
    """How the intervals of a map were found, in words; empty where it has none."""
    own = figures["map"]
    by, units, side = own.get("interval_by"), own.get("interval_units"), own.get("block_m")
    if own.get("overall_accuracy_interval_95") is None:
        return ""
    if by == "blocks" and units:
        return f"drawing the {whole(units)} tested blocks of {_length(side)} again and again"
    if by == "parcels" and units:
        few = "fewer than 10 blocks of ground were tested, so it is rather too narrow"
        return f"drawing {whole(units)} parcels and patches of ground again and again; {few}"
    return "drawing whole parcels again and again; rather too narrow, since neighbours are alike"


def blocks_of(figures: Figures) -> int | None:
    """Blocks that were tested, where intervals are by blocks."""
    own = figures["map"]
    return int(own["interval_units"]) if own.get("interval_by") == "blocks" and own.get("interval_units") else None


def class_names(legend: Legend, codes: Sequence[Any]) -> list[str]:
    """Titles of classes given by their codes, which JSON may have made text."""
    return [legend.title_of(int(code)) for code in codes]


def class_color(legend: Legend, code: Any) -> str:
    """Colour of a class, grey where the legend does not have it."""
    return next((entry.color for entry in legend.classes if entry.code == int(code)), "#888888")


def _length(metres: Any) -> str:
    value = float(metres or 0)
    return f"{value / 1000:g} km" if value >= 1000 else f"{value:g} m"
