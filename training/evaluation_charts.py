"""Charts of one source of an evaluation, by what was mapped: confusion, classes, sizes of parcels, edges.

Each is empty where its figures are missing: older runs and finished maps have fewer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from backend.html_figures import charts, figure, unfolded
from backend.html_pages import swatch, table
from backend.report_numbers import escaped, interval, measured, plural, points, whole
from training.classes import Legend
from training.evaluation_maps import (
    STYLES,
    Figures,
    class_color,
    class_names,
    maps_of,
    right_parcels,
    upsampled_of,
)
from training.svg_axes import share_axis
from training.svg_matrix import heat_map
from training.svg_plots import Point, Row, Series, as_pair, bars, categories, key, reach

IOU_PLACES = {"iou_boundary": "at boundaries", "iou_interior": "inside"}
"""Figures of a class, and the heads of their columns; those of several folds together have none."""
EDGE_GROUPS = {"all": "all parcels", "inside_right": "parcels whose inside is right"}
EDGE_CAPTIONS = {
    "all": "Accuracy in parcels by the distance from their edge, with 95 % intervals where they are known.",
    "inside_right": "The same, counted only in parcels of which each map has the inside right: what is lost here is "
    "the edge, not the crop.",
}


def confusion_chart(confusion: Figures | None, legend: Legend, unit: str = "label cells") -> str:
    """The confusion matrix.

    Args:
        confusion: codes and counts, rows the truth; None for none.
        legend: names the codes.
        unit: what is counted.
    """
    if not confusion or not confusion["codes"]:
        return ""
    counts = np.asarray(confusion["counts"], dtype=np.int64)
    drawn = heat_map(
        counts, class_names(legend, confusion["codes"]), f"Confusion matrix in {unit}", "truth", "mapped as", unit
    )
    return figure(
        f"<div class='scroll' tabindex='0'>{drawn}</div>",
        "Each row is a class in truth; the numbers are the percent of it that was mapped as each class, so that a "
        f"row sums to 100. Blue is right, orange is wrong; the {unit} in truth stand at the right, those of a cell "
        "where it is pointed at.",
    )


def class_chart(figures: Figures, legend: Legend) -> str:
    """F1, recall and precision of each class, with the table of them."""
    classes: Mapping[str, Figures] = figures["map"].get("per_class") or {}
    if not classes:
        return ""
    order = sorted(classes, key=lambda code: -classes[code]["cells_true"])
    has_places = any(key in values for values in classes.values() for key in IOU_PLACES)
    places: Mapping[str, str] = IOU_PLACES if has_places else {}
    marks = (
        Series("recall: share of its ground that is found", (), 1),
        Series("precision: share of what is mapped as it that is right", (), 3),
    )
    rows, lines = [], []
    for code in order:
        values = classes[code]
        name = legend.title_of(int(code))
        f1, recall, precision = values["f1"], values["recall"], values["precision"]
        said = f"{name}: F1 {points(f1)}, recall {points(recall)}, precision {points(precision)}"
        color, cells = class_color(legend, code), whole(values["cells_true"])
        rows.append(Row(name, color, f1, (recall, precision), said, cells))
        lines.append(
            [
                f"{swatch(color)}{escaped(name)}",
                *(points(values.get(key)) for key in ("iou", *places)),
                *(points(value) for value in (f1, recall, precision)),
                cells,
                whole(values["cells_mapped"]) if "cells_mapped" in values else "–",
            ]
        )
    chart = bars(
        rows, [mark.style for mark in marks], share_axis("F1, recall, precision"), "F1 by class", "label cells"
    )
    heads = ["Class", "IoU", *places.values(), "F1", "Recall", "Precision", "Label cells in truth", "mapped"]
    listed = table(heads, lines)
    return figure(
        chart + key(marks, lines=False),
        "Bars are F1, the harmonic mean of recall and precision; classes with most ground come first. A class without "
        "a dot for recall does not occur in the test, one without a dot for precision is not mapped.",
    ) + unfolded("Figures by class", listed)


def size_chart(source: Figures, kind: str) -> str:
    """Share of parcels that are right, by their size, of each map."""
    rows: Sequence[Figures] = source["model"].get("parcels") or ()
    if not rows or not rows[0]["parcels"]:
        return ""
    names = [f"{_size(row)}\n{plural(row['parcels'], 'parcel')}" for row in rows]
    series, cells = [], []
    for code, title, figures in maps_of(source, kind):
        found = [right_parcels(figures, place) for place in range(len(rows))]
        series.append(Series(title, tuple(_share(place, item) for place, item in enumerate(found)), STYLES[code]))
        cells += [
            [
                title,
                escaped(_size(row)),
                whole(item["parcels"]),
                measured(item["accuracy"], item["interval_95"]),
            ]
            for row, item in zip(rows, found, strict=True)
        ]
    axis = share_axis("parcels right", reach(series))
    chart = categories(series, names, "size of the parcel", axis, "Share of parcels right by size")
    listed = table(["Map", "Size", "Parcels", "Right"], cells, left=(1,))
    return figure(
        chart + key(series, lines=False),
        "Share of parcels whose crop is right when all cells of a parcel decide together, with 95 % intervals. Small "
        "parcels are mostly edge, so a map of 10 m pixels usually gets fewer of them right.",
    ) + unfolded("Figures by size", listed)


def edge_charts(source: Figures, kind: str) -> str:
    """Accuracy by the distance from the parcel's edge, of each map and of the model's own means upsampled."""
    maps = [(code, title, figures["map"]) for code, title, figures in maps_of(source, kind)]
    maps[1:1] = [item for item in upsampled_of(source) if item[0] == "bilinear"]
    maps = [item for item in maps if item[2].get("edge_profile")]
    if not maps:
        return ""
    bands = maps[0][2]["edge_profile"]["all"]
    names = [_band(band) for band in bands]
    cells = [
        [
            title,
            EDGE_GROUPS[group],
            *(measured(band["accuracy"], band.get("interval_95")) for band in own["edge_profile"][group]),
        ]
        for group in EDGE_GROUPS
        for _, title, own in maps
    ]
    drawn = []
    for group, said in EDGE_GROUPS.items():
        series = [
            Series(
                title,
                tuple(
                    Point(
                        place,
                        band["accuracy"],
                        _edge_said(band),
                        as_pair(band.get("interval_95")),
                    )
                    for place, band in enumerate(own["edge_profile"][group])
                ),
                STYLES[code],
            )
            for code, title, own in maps
        ]
        chart = categories(
            series,
            names,
            "distance from the parcel's edge",
            share_axis("label cells right", reach(series)),
            f"Accuracy by distance, {said}",
        )
        drawn.append(figure(chart + key(series, lines=False), f"<b>{said.capitalize()}.</b> {EDGE_CAPTIONS[group]}"))
    listed = table(["Map", "Counted in", *map(escaped, names)], cells, left=(1,))
    return charts(*drawn) + unfolded("Figures by distance", listed)


def _share(place: int, item: Figures) -> Point:
    said = f"{points(item['accuracy'])} of {plural(item['parcels'], 'parcel')} ({interval(item['interval_95'])})"
    return Point(place, item["accuracy"], said, as_pair(item["interval_95"]))


def _edge_said(band: Figures) -> str:
    ground = f"{points(band['accuracy'])} of {whole(band['cells'])} label cells, {_band(band)}"
    if band.get("parcels") is None:
        return ground
    return f"{ground}, in {plural(band['parcels'], 'parcel')} ({interval(band.get('interval_95'))})"


def _band(band: Figures) -> str:
    return f"{band['from_m']:g}–{band['to_m']:g} m" if band["to_m"] is not None else f"> {band['from_m']:g} m"


def _size(row: Figures) -> str:
    return str(row["size"]).replace(">=", "≥")
