"""Charts of out-of-fold figures: accuracy by fold, classes and their confusion over all folds together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.html_figures import figure
from backend.model_card import CropClass
from backend.report_numbers import plural, points
from training.classes import Legend
from training.evaluation_charts import class_chart, confusion_chart
from training.svg_axes import share_axis
from training.svg_plots import Point, Series, categories, key, reach

UNCOLORED = "#888888"
KINDS = (
    ("overall_accuracy", "accuracy", 0),
    ("macro_f1", "macro F1", 1),
    ("miou", "mIoU", 2),
    ("parcel_accuracy", "parcels right", 3),
)
"""Key of a fold's figures, name, style of the dots."""


def folds_chart(source: Mapping[str, Any]) -> str:
    """Dots of each fold's figures side by side; empty without folds.

    Args:
        source: an entry of folds.json: its folds, mean and sd.
    """
    rows: Sequence[Mapping[str, Any]] = source["folds"]
    series = [
        Series(
            name,
            tuple(
                Point(place, row.get(code), f"fold {row['fold']}, {points(row.get(code))}")
                for place, row in enumerate(rows)
            ),
            style,
        )
        for code, name, style in KINDS
        if any(row.get(code) is not None for row in rows)
    ]
    if not series:
        return ""
    names = [f"{row['fold']}\n{plural(row['parcels_tested'], 'parcel')}" for row in rows]
    chart = categories(series, names, "fold that was tested", share_axis("share", reach(series)), "Figures by fold")
    return figure(
        chart + key(series, lines=False),
        "Each fold's own figures: how far they lie apart is what other ground, and another model, may change.",
    )


def pooled_charts(pooled: Mapping[str, Any], legend: Sequence[Mapping[str, Any]]) -> str:
    """Confusion and classes over all folds together.

    Args:
        pooled: figures of an out-of-fold map, or of several together: per_class and confusion.
        legend: class entries of the data set.
    """
    classes = Legend(
        tuple(
            CropClass(entry["code"], entry["name"], entry.get("title", entry["name"]), entry.get("color", UNCOLORED))
            for entry in legend
        )
    )
    return confusion_chart(pooled.get("confusion"), classes) + class_chart({"map": pooled}, classes)
