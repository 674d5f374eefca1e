"""The evaluation as one self-contained HTML page: tables and pictures, no scripts, nothing loaded from elsewhere."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.classes import UNKNOWN, Legend
from training.config import TrainConfig
from training.html_pages import page, png_uri, swatch
from training.splits import SPLITS

PICTURE_SIDE = 700
"""Longest side of a picture, picture elements."""
MAPS = {
    "model": "this model",
    "forest_own_parcels": "random forest, this source's training parcels (10 m, cells repeated)",
    "forest_all_sources": "random forest, all sources (10 m, cells repeated)",
}


def write_report(
    path: Path,
    config: TrainConfig,
    evaluation: Mapping[str, Any],
    legend: Legend,
    pictures: Mapping[str, Mapping[str, npt.NDArray[Any]]],
) -> None:
    """Write the page.

    Args:
        path: the HTML file.
        config: the run.
        evaluation: as evaluation.json holds it.
        legend: the one legend.
        pictures: per source crop_type (mH, mW), boundary (mH, mW) and label planes (5, mH, mW).
    """
    title = f"Evaluation of {config.card.name}"
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        "<p class='note'>Every figure counts only parcels of the test split, which were not trained on. The label grid "
        f"is {config.network.magnification} times finer than the images: a grid for labels, not resolved detail. One "
        f"seed ({config.seed}): differences of a few points are within what another seed gives. Intervals draw whole "
        "parcels again (95 %). Areas are pixel counts and so biased.</p>",
        _legend(legend),
    ]
    for name, figures in evaluation["sources"].items():
        parts.append(
            f"<h2>{html.escape(name)}</h2><p>{figures['parcels_tested']} test parcels, "
            f"{figures['parcels_trained']} trained on.</p>"
        )
        parts.append(_pictures(legend, pictures[name]))
        parts.append(_maps_table(figures))
        parts.append(_profile_table(figures))
        parts.append(_class_table(figures["model"], legend))
        parts.append(_parcel_table(figures))
        if figures["model"].get("boundary_f1"):
            parts.append(_boundary_table(figures["model"]["boundary_f1"]))
    path.write_text(page(title, "".join(parts)), encoding="utf-8")


def _legend(legend: Legend) -> str:
    return (
        "<p>"
        + " &nbsp; ".join(f"<span>{swatch(entry.color)}{html.escape(entry.title)}</span>" for entry in legend.classes)
        + "</p>"
    )


def _maps_table(figures: Mapping[str, Any]) -> str:
    rows = []
    for key, title in MAPS.items():
        if key not in figures:
            continue
        rows.append((title, figures[key]["map"], figures[key].get("ece")))
        for kind in ("nearest", "bilinear"):
            if key == "model" and kind in figures[key]:
                rows.append((f"its own 10 m means, {kind} upsampling", figures[key][kind], None))
    cells = "".join(
        f"<tr><td>{title}</td><td>{_number(row['overall_accuracy'])}</td><td>{_range(row.get('overall_accuracy_interval_95'))}</td><td>{_number(row['macro_f1'])}</td>"
        f"<td>{_number(row['miou'])}</td><td>{_number(row['boundary']['overall_accuracy'])}</td>"
        f"<td>{_number(row['interior']['overall_accuracy'])}</td><td>{_number(ece)}</td></tr>"
        for title, row, ece in rows
    )
    return (
        "<table><tr><th>map</th><th>accuracy</th><th>95 %</th><th>macro F1</th><th>mIoU</th><th>at boundaries</th>"
        f"<th>inside</th><th>ECE</th></tr>{cells}</table>"
    )


def _profile_table(figures: Mapping[str, Any]) -> str:
    """Accuracy by distance from a parcel's edge, over all parcels and over those whose inside is right."""
    rows = [(title, figures[key]["map"]["edge_profile"]) for key, title in MAPS.items() if key in figures]
    if "bilinear" in figures["model"]:
        rows.insert(1, ("its own 10 m means, bilinear upsampling", figures["model"]["bilinear"]["edge_profile"]))
    groups = {"all": "all parcels", "inside_right": "parcels whose inside is right"}
    bands = [
        f"{band['from_m']:g}-{band['to_m']:g} m" if band["to_m"] is not None else f"over {band['from_m']:g} m"
        for band in rows[0][1]["all"]
    ]
    head = "".join(f"<th colspan='{len(bands)}'>{title}</th>" for title in groups.values())
    below = "".join(f"<th>{name}</th>" for name in bands) * len(groups)
    cells = "".join(
        f"<tr><td>{title}</td>"
        + "".join(f"<td>{_number(band['accuracy'])}</td>" for group in groups for band in profile[group])
        + "</tr>"
        for title, profile in rows
    )
    return f"<table><tr><th>accuracy by distance from the edge</th>{head}</tr><tr><th></th>{below}</tr>{cells}</table>"


def _class_table(figures: Mapping[str, Any], legend: Legend) -> str:
    titles = {entry.code: entry.title for entry in legend.classes}
    rows = "".join(
        f"<tr><td>{html.escape(titles[int(code)])}</td><td>{_number(row['iou'])}</td><td>{_number(row['f1'])}</td>"
        f"<td>{_number(row['recall'])}</td><td>{_number(row['precision'])}</td><td>{row['cells_true']:,}</td></tr>"
        for code, row in figures["map"]["per_class"].items()
    )
    return (
        "<table><tr><th>class</th><th>IoU</th><th>F1</th><th>recall</th><th>precision</th><th>label cells</th></tr>"
        f"{rows}</table>"
    )


def _parcel_table(figures: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{title}</td><td>{html.escape(row['size'])}</td><td>{row['parcels']}</td>"
        f"<td>{_number(row['by_mean_probability']['accuracy'])}</td>"
        f"<td>{_range(row['by_mean_probability']['interval_95'])}</td></tr>"
        for key, title in MAPS.items()
        if key in figures
        for row in figures[key]["parcels"]
        if row["parcels"]
    )
    return (
        "<table><tr><th>parcels right by mean probability</th><th>size</th><th>parcels</th><th>share</th>"
        f"<th>95 %</th></tr>{rows}</table>"
    )


def _boundary_table(figures: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{row['tolerance_m']:g} m</td>"
        + "".join(f"<td>{_number(row[key])}</td>" for key in ("f1", "precision", "recall"))
        + "</tr>"
        for row in figures
    )
    return f"<table><tr><th>boundary layer, within</th><th>F1</th><th>precision</th><th>recall</th></tr>{rows}</table>"


def _pictures(legend: Legend, planes: Mapping[str, npt.NDArray[Any]]) -> str:
    labels = planes["labels"]
    test = np.where(labels[4] == SPLITS["test"], labels[0], UNKNOWN)
    boundary = np.nan_to_num(planes["boundary"], nan=0.0)
    grey = np.repeat((255 * (1 - np.clip(boundary, 0, 1))).astype(np.uint8)[None], 3, axis=0)
    return "".join(
        f"<figure><img src='{png_uri(picture, PICTURE_SIDE)}' alt=''><figcaption>{caption}</figcaption></figure>"
        for caption, picture in (
            ("crop types", _colored(legend, planes["crop_type"])),
            ("test labels", _colored(legend, test)),
            ("boundary probability", grey),
        )
    )


def _colored(legend: Legend, codes: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    palette = np.full((256, 3), 255, dtype=np.uint8)
    for entry in legend.classes:
        palette[entry.code] = entry.rgb
    return palette[codes.astype(np.int64)].transpose(2, 0, 1)


def _range(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.3f}-{interval[1]:.3f}"


def _number(value: Any) -> str:
    return "" if value is None else f"{value:.3f}"
