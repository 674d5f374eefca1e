"""Figures over folds: those of each, their mean and spread, those of the out-of-fold map; and a page of them."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.html_figures import unfolded
from backend.html_pages import table
from backend.html_pages import write_page as write_html
from training.evaluation_report import report_page
from training.fold_charts import folds_chart, pooled_charts
from training.metrics import class_figures, summarise

SHOWN = {
    "overall_accuracy": "accuracy",
    "miou": "mIoU",
    "macro_f1": "macro F1",
    "boundary_accuracy": "at boundaries",
    "interior_accuracy": "inside",
    "parcel_accuracy": "parcels right",
    "ece": "ECE",
}
"""Figures of a fold and what the page calls them."""


COUNTS = ("parcels_tested", "parcels_seen_before")


def sum_up(
    evaluations: Sequence[Mapping[str, Any]],
    out: Path,
    files: Mapping[str, Mapping[str, Path]],
    scores: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """What the folds say together.

    Args:
        evaluations: metrics.json of each fold, in order.
        out: folder that the maps' paths are told relative to.
        files: of the map of all folds, by source (training.fold_maps).
        scores: what these maps are worth, by source.

    Returns:
        {"folds": k, "sources": {name: {"folds": [{"fold", figures ...}], "mean", "sd", "pooled", "maps"}}}. "pooled"
        are the figures of the map of all folds, with intervals. Sources that are in no fold, such as one that is wholly
        the test, are scored by each model alike: they have no "pooled" and no maps. sd is that of a sample (n - 1);
        None with fewer than two folds. The "pooled" of all sources together has no intervals.
    """
    names = list(dict.fromkeys(name for evaluation in evaluations for name in evaluation["sources"]))
    sources: dict[str, Any] = {}
    for name in names:
        rows = []
        for number, evaluation in enumerate(evaluations, 1):
            source = evaluation["sources"].get(name)
            if source is None:
                continue
            counts = {key: source[key] for key in COUNTS if key in source}
            rows.append({"fold": number, **counts, **_figures(source["model"])})
        entry: dict[str, Any] = {
            "folds": rows,
            "mean": {key: _mean([row[key] for row in rows]) for key in SHOWN},
            "sd": {key: _sd([row[key] for row in rows]) for key in SHOWN},
        }
        if name in scores:
            entry["pooled"] = {**scores[name]["map"], "ece": scores[name]["ece"], "cells": scores[name]["cells"]}
            entry["maps"] = {layer: path.relative_to(out).as_posix() for layer, path in files[name].items()}
        sources[name] = entry
    matrices = [score["map"]["confusion"] for score in scores.values()]
    return {"folds": len(evaluations), "sources": sources, "pooled": _pooled(matrices) if matrices else None}


def write_page(path: Path, figures: Mapping[str, Any], legend: Sequence[Mapping[str, Any]]) -> None:
    """Write the page.

    Args:
        path: of the HTML file, beside the folder of the maps.
        figures: as sum_up makes them.
        legend: class entries of the data set.
    """
    names = {int(entry["code"]): str(entry["name"]) for entry in legend}
    parts = [
        f"<h1>{figures['folds']} folds</h1><p class='note'>Each model was trained without one fold of spatial blocks "
        "and scored on that fold alone. The maps are put together from all models, every block from the one that never "
        "saw it; an interval draws its blocks of ground again, or its parcels where there are few blocks. The spread "
        "(sd) is that between folds: of models and of ground.</p>"
    ]
    for name, source in figures["sources"].items():
        parts.append(f"<h2>{html.escape(name)}</h2>{_seen_before(source)}{_folds_table(source)}{folds_chart(source)}")
        if "pooled" in source:
            links = ", ".join(
                f"<a href='{html.escape(place)}'>{html.escape(Path(place).name)}</a>"
                for place in source["maps"].values()
            )
            parts.append(f"<p>Maps of all folds: {links}</p>{pooled_charts(source['pooled'], legend)}")
            parts.append(unfolded("Confusion as a table", _classes_table(source["pooled"], names)))
        else:
            parts.append("<p class='note'>In no fold: every model was scored on the same ground.</p>")
    if figures["pooled"] and sum("pooled" in source for source in figures["sources"].values()) > 1:
        parts.append(f"<h2>All sources</h2>{pooled_charts(figures['pooled'], legend)}")
        parts.append(unfolded("Confusion as a table", _classes_table(figures["pooled"], names)))
    write_html(path, report_page(f"{figures['folds']} folds", "".join(parts)))


def _seen_before(source: Mapping[str, Any]) -> str:
    """What must be said where the folds were started from a model that may have seen their ground."""
    seen = [row.get("parcels_seen_before", 0) for row in source["folds"]]
    if None in seen:
        told = "Whether the model that the folds were started from had seen this ground is not known; if it had, the"
    elif any(seen):
        tested = sum(row["parcels_tested"] for row in source["folds"])
        told = (
            f"The model that the folds were started from had seen the ground of {sum(seen)} of the {tested} parcels "
            "tested, with declarations of that year: the"
        )
    else:
        return ""
    return f"<p><b>{told} figures are too good.</b></p>"


def _figures(model: Mapping[str, Any]) -> dict[str, Any]:
    own = model["map"]
    return {
        "overall_accuracy": own["overall_accuracy"],
        "miou": own["miou"],
        "macro_f1": own["macro_f1"],
        "boundary_accuracy": own["boundary"]["overall_accuracy"],
        "interior_accuracy": own["interior"]["overall_accuracy"],
        "parcel_accuracy": model["parcels"][0]["by_mean_probability"]["accuracy"],
        "ece": model["ece"],
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _sd(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return stdev(known) if len(known) > 1 else None


def _pooled(matrices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Figures of the summed confusion matrix."""
    codes = sorted({int(code) for matrix in matrices for code in matrix["codes"]})
    total: NDArray[np.int64] = np.zeros((max(codes, default=-1) + 1,) * 2, dtype=np.int64)
    for matrix in matrices:
        if matrix["codes"]:
            total[np.ix_(matrix["codes"], matrix["codes"])] += np.asarray(matrix["counts"], dtype=np.int64)
    return {
        **summarise(total),
        "per_class": {str(code): figures for code, figures in class_figures(total).items()},
        "confusion": {"codes": codes, "counts": total[np.ix_(codes, codes)].tolist()},
    }


def _folds_table(source: Mapping[str, Any]) -> str:
    rows = [
        [str(row["fold"]), str(row["parcels_tested"]), *(_text(row[key]) for key in SHOWN)] for row in source["folds"]
    ]
    spread = [f"{_text(source['mean'][key])} ± {_text(source['sd'][key])}" for key in SHOWN]
    rows.append(["mean ± sd", "", *spread])
    if "pooled" in source:
        own, tested = source["pooled"], str(sum(row["parcels_tested"] for row in source["folds"]))
        places = {"boundary_accuracy": own["boundary"], "interior_accuracy": own["interior"]}
        values = [places[key]["overall_accuracy"] if key in places else own.get(key) for key in SHOWN]
        ranges = [places[key]["interval_95"] if key in places else own.get(f"{key}_interval_95") for key in SHOWN]
        # whether parcels are right by their mean probability is told by fold: the map has classes alone
        known = ["" if key == "parcel_accuracy" else _text(value) for key, value in zip(SHOWN, values, strict=True)]
        rows.append(["out-of-fold map", tested, *known])
        rows.append(["its 95 % interval", "", *("" if pair is None else _range(*pair) for pair in ranges)])
    return table(["fold", "parcels", *SHOWN.values()], rows)


def _classes_table(pooled: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Figures of each class and its row of the confusion matrix."""
    codes, counts = pooled["confusion"]["codes"], pooled["confusion"]["counts"]
    rows = []
    for code, row in zip(codes, counts, strict=True):
        own = pooled["per_class"][str(code)]
        shares = [f"{100 * count / sum(row):.1f}" if sum(row) else "" for count in row]
        rows.append([_name(names, code), _text(own["iou"]), _text(own["f1"]), f"{own['cells_true']:,}", *shares])
    heads = ["truth", "IoU", "F1", "cells", *(f"as {_name(names, code)}, %" for code in codes)]
    return table(heads, rows)


def _name(names: Mapping[int, str], code: int) -> str:
    return html.escape(names.get(code, str(code)))


def _range(low: float, high: float) -> str:
    return f"{low:.3f} to {high:.3f}"


def _text(value: float | None) -> str:
    return "–" if value is None or not math.isfinite(value) else f"{value:.3f}"
