"""Learning curves of the training stages as charts, from the CSV logs that the stages leave. Needs no torch."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from backend.html_figures import figure
from backend.report_numbers import escaped, plural, points
from training.svg_axes import number_axis, share_axis
from training.svg_plots import Point, Series, curves, key

LOGS = {"pretrain": "pretrain/logs/metrics.csv", "finetune": "finetune/logs/metrics.csv"}
"""Where a stage's log lies in the folder of a run."""
TITLES = {"pretrain": "Pre-training", "finetune": "Fine-tuning"}
SHARES = ("accuracy", "miou", "f1", "recall", "precision")
"""Words in the names of columns that are shares."""
NO_LOSS = ("epoch", "step", "time", "grad", "patches", "samples_per", "memory")
RATES = ("lr", "learning_rate")
TERMS = {
    "loss": "sum of all terms",
    "cross_entropy": "cross-entropy",
    "cscl": "CSCL",
    "focal": "focal",
    "dice": "dice",
    "lovasz": "Lovász",
    "accuracy": "accuracy",
    "miou": "mIoU",
    "macro_f1": "macro F1",
}
MOST_POINTS = 160
"""Of a curve; longer ones are means of neighbours."""
MOST_SERIES = 6
Columns = dict[str, list[tuple[int, float]]]


def learning_curves(folder: Path | None, logs: Mapping[str, str] | None = None) -> str:
    """Charts of the losses and of the validation of each stage that has a log; empty where none has.

    Args:
        folder: of the run.
        logs: paths of the logs below it, by stage; LOGS where not given.
    """
    if folder is None:
        return ""
    drawn = []
    for stage, place in (LOGS if logs is None else logs).items():
        columns = read_log(folder / place)
        if any(len(values) > 1 for values in columns.values()):
            drawn.append(f"<h3>{escaped(TITLES.get(stage, stage))}</h3><div class='charts'>{_charts(columns)}</div>")
    return "".join(drawn)


def read_log(path: Path) -> Columns:
    """(step, value) by column; empty where there is no log or none that can be read. Rows of one step are merged."""
    columns: Columns = {}
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                step = int(float(row["step"]))
                for name, text in row.items():
                    if name != "step" and text:
                        value = float(text)
                        columns.setdefault(name, [])
                        if math.isfinite(value):
                            columns[name].append((step, value))
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return {}
    return columns


def _charts(columns: Columns) -> str:
    shares = {name: values for name, values in columns.items() if any(word in name for word in SHARES)}
    rates = {name: values for name, values in columns.items() if name in RATES or name.startswith("lr-")}
    losses = {
        name: values
        for name, values in columns.items()
        if name not in shares and name not in rates and not any(word in name for word in NO_LOSS)
    }
    out = ""
    if any(losses.values()):
        validated = any(name.startswith("val_") for name in losses)
        out += _chart(
            losses,
            "loss (no unit)",
            "Terms of the loss over the updates of the weights"
            + (", on training batches and on the validation split" if validated else "")
            + ". A validation curve that rises while its training curve falls means that the model learns its training "
            "parcels by heart.",
        )
    if any(shares.values()):
        best = max(((value, step, name) for name in shares for step, value in shares[name]), default=None)
        said = f" Best: {_title(best[2])} {points(best[0])} after {plural(best[1], 'update')}." if best else ""
        out += _chart(shares, "", f"Held-out figures while training, on a sample of the validation split.{said}")
    if any(len(values) > 1 for values in rates.values()):
        out += _chart(rates, "learning rate (no unit)", "The learning rate over the updates: it rises, then falls.")
    return out


def _chart(columns: Columns, y_title: str, caption: str) -> str:
    chosen = [(name, values) for name, values in sorted(columns.items(), key=_order) if values][:MOST_SERIES]
    series = [
        Series(
            _title(name),
            tuple(
                Point(step, value, f"{value:.4g} after {plural(round(step), 'update')}")
                for step, value in _thinned(values)
            ),
            style,
            dots=len(values) <= MOST_POINTS and name.startswith("val_"),
        )
        for style, (name, values) in enumerate(chosen)
    ]
    seen = [point.y for own in series for point in own.points]
    y_axis = number_axis(y_title, seen) if y_title else share_axis("share", seen)
    x_axis = number_axis("updates of the weights", [point.x for own in series for point in own.points], from_zero=True)
    name = f"{', '.join(own.name for own in series)} over updates"
    return figure(curves(series, x_axis, y_axis, name) + key(series), caption)


def _order(item: tuple[str, list[tuple[int, float]]]) -> tuple[bool, str]:
    return item[0].startswith("val_"), item[0]


def _title(name: str) -> str:
    validated = name.startswith("val_")
    base = name.removeprefix("val_").removeprefix("train_")
    word = TERMS.get(base, "learning rate" if base in RATES or base.startswith("lr-") else base.replace("_", " "))
    return f"{word}, validation" if validated else word


def _thinned(values: list[tuple[int, float]]) -> list[tuple[float, float]]:
    """Means of neighbours, so that a long log stays a small picture."""
    if len(values) <= MOST_POINTS:
        return [(float(step), value) for step, value in values]
    groups = np.array_split(np.asarray(values, dtype=np.float64), MOST_POINTS)
    return [(float(group[:, 0].mean()), float(group[:, 1].mean())) for group in groups]
