"""Tables of one source of an evaluation: maps against each other, outlines, conformal sets, areas, further splits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.html_figures import figure, unfolded
from backend.html_pages import swatch, table
from backend.report_numbers import escaped, hectares, interval, measured, plural, points, whole
from training.areas import FLAWLESS_POINTS
from training.classes import Legend
from training.evaluation_headline import compared
from training.evaluation_maps import Figures, class_color, drawn_by, maps_of, right_parcels, upsampled_of
from training.split_map import SPLIT_TITLES

LEVELS = {"parcels": "per parcel", "pixels": "per label cell"}


def maps_table(source: Figures, kind: str) -> str:
    """Each map with its accuracy, macro F1 and mIoU, their intervals, and what it is at boundaries and inside."""
    rows = []
    for key, title, figures in maps_of(source, kind):
        rows.append(_map_row(title, figures["map"], figures, figures.get("ece")))
        if key == "model":
            rows += [_map_row(name, own, None, None) for _, name, own in upsampled_of(source)]
    heads = ["Map", "Accuracy", "Macro F1", "mIoU", "At boundaries", "Inside", "Parcels right", "ECE"]
    unmapped = source["model"].get("unmapped_cells")
    left = f" {whole(unmapped)} known label cells had no valid date and are left out." if unmapped else ""
    against = f"<p>{compared(source)}</p>" if kind == "run" else ""
    way = drawn_by(source["model"])
    drawn = f"; below the figures their 95 % intervals, found by {way}" if way else ""
    return against + figure(
        table(heads, rows),
        f"Label cells of {source['model']['resolution_m']:g} m{drawn}. Macro F1 and mIoU are means over classes, "
        "small ones counting as much as large ones; at boundaries: a neighbouring cell has another class; ECE: mean "
        f"gap between confidence and accuracy.{left}",
    )


def outline_table(figures: Figures) -> str:
    """How much of the outlines of parcels the boundary layer finds; empty where there is none."""
    rows = [row for row in figures.get("outlines") or () if row["found"] is not None]
    if not rows:
        return ""
    return figure(
        table(
            ["A drawn boundary within", "Outlines", "Inside of parcels"],
            [
                [f"{row['tolerance_m']:g} m", measured(row["found"], row["found_interval_95"]), points(row["inside"])]
                for row in rows
            ],
        ),
        f"Share of the label cells along the outlines of {plural(rows[0]['parcels'], 'parcel')} that have a drawn "
        "boundary so near, with 95 % intervals drawn from parcels; beside it the same share of the cells well inside "
        "of parcels, where no boundary is right. A layer that knew nothing of outlines would have the same in both.",
    )


def splits_table(source: Figures) -> str:
    """The same model on further splits of the source; empty where none was asked for."""
    others: Mapping[str, Figures] = source.get("other_splits") or {}
    if not others:
        return ""
    rows = []
    for split, entry in others.items():
        own = entry["model"]["map"]
        parcels = right_parcels(entry["model"])
        rows.append(
            [
                escaped(SPLIT_TITLES.get(split, split)),
                whole(entry["parcels_tested"]),
                measured(own["overall_accuracy"], own.get("overall_accuracy_interval_95")),
                points(own["macro_f1"]),
                points(own["miou"]),
                measured(parcels["accuracy"], parcels["interval_95"]),
            ]
        )
    heads = ["Split", "Parcels", "Accuracy", "Macro F1", "mIoU", "Parcels right"]
    return figure(
        table(heads, rows),
        "The same model on other splits. Training, validation and calibration parcels have been seen: figures on "
        "them are no test.",
    )


def conformal_table(source: Figures, calibration: Figures, legend: Legend) -> str:
    """Whether conformal sets hold what they promise; empty where none could be calibrated."""
    conformal: Figures | None = source["model"].get("conformal")
    if not conformal:
        return ""
    alpha = float(conformal["alpha"])
    levels = [(level, title) for level, title in LEVELS.items() if conformal.get(level)]
    rows = []
    for level, title in levels:
        cover = conformal[level]
        rows.append(
            [
                f"All classes, {title}",
                points(1 - alpha),
                measured(cover["coverage"], cover.get("interval_95")),
                _decimal(cover["mean_set_size"]),
                points(cover.get("empty_share")),
                whole(cover["count"]),
            ]
        )
    heads = ["Sets", "Promised", "True class in it", "Classes in a set", "Empty sets", "Tested"]
    caption = (
        f"A conformal set lists the classes that a parcel may have, so that the true one is left out in at most "
        f"{points(alpha)} of the cases. That holds for ground like the calibration parcels; here it is tested on "
        f"others.{_held(conformal, alpha)}"
    )
    fitted: Figures = (calibration.get("conformal") or {}) if calibration else {}
    details = "".join(
        unfolded(f"By class, {title}", _cover_by_class(conformal[level], fitted.get(level) or {}, legend))
        for level, title in levels
        if conformal[level].get("per_class")
    )
    return figure(table(heads, rows), caption) + details


def _held(conformal: Figures, alpha: float) -> str:
    """Whether the sets of parcels hold their promise on the tested ground."""
    cover: Figures = conformal.get("parcels") or {}
    limits = cover.get("interval_95")
    if limits is None:
        return ""
    if limits[1] < 1 - alpha:
        return " <b>On the parcels tested here it does not hold: the true class is left out more often.</b>"
    return " On the parcels tested here it holds, as far as their number can tell."


def _cover_by_class(cover: Figures, fitted: Figures, legend: Legend) -> str:
    pooled = {int(code) for code in fitted.get("pooled_classes") or ()}
    thresholds: Figures = fitted.get("thresholds") or {}
    counts: Figures = fitted.get("counts") or {}
    rows = [
        [
            f"{swatch(class_color(legend, code))}{escaped(legend.title_of(int(code)))}",
            points(own["coverage"]),
            whole(own["count"]),
            _decimal(own.get("mean_set_size")),
            points(1 - thresholds[code]) if thresholds.get(code) is not None else "–",
            whole(counts.get(code) or 0) + (" (threshold of all)" if int(code) in pooled else ""),
        ]
        for code, own in cover["per_class"].items()
    ]
    heads = [
        "Class",
        "True class in it",
        "Tested",
        "Classes in a set",
        "In the set from a probability of",
        "Calibrated on",
    ]
    return table(heads, rows)


def area_table(figures: Figures, legend: Legend) -> str:
    """Areas by class: estimated from a probability sample where there is one, otherwise counts, marked as biased."""
    area: Figures = figures.get("area") or {}
    if area.get("olofsson"):
        return _estimated(area["olofsson"], legend)
    mapped: Figures = area.get("mapped_ha") or {}
    labelled: Figures = area.get("labelled_ha") or {}
    if not mapped and not labelled:
        return ""
    rows = [
        [
            f"{swatch(class_color(legend, code))}{escaped(legend.title_of(int(code)))}",
            hectares(mapped.get(code, 0.0)),
            hectares(labelled.get(code, 0.0)),
            _change(mapped.get(code, 0.0), labelled.get(code, 0.0)),
        ]
        for code in sorted({*mapped, *labelled}, key=int)
    ]
    return figure(
        table(["Class", "Mapped (ha, biased)", "In truth (ha)", "Difference"], rows),
        "<b>Biased: counts of label cells of the tested ground alone, without interval.</b> Errors of the map add to "
        "one class "
        "what they take from another, so counts are no estimate of areas. For one, draw a probability sample of "
        "points from "
        "the finished map and give it to evaluate --map with --sample (Olofsson et al. 2014).",
    )


def _estimated(estimate: Figures, legend: Legend) -> str:
    rows = []
    for code, own in estimate["classes"].items():
        low, high = own["interval_95"]
        limits = f"<small>{hectares(low)}–{hectares(high)}</small>"
        rows.append(
            [
                f"{swatch(class_color(legend, code))}{escaped(legend.title_of(int(code)))}",
                f"{hectares(own['area_ha'])} {limits}",
                hectares(own["mapped_ha"]),
                whole(own["points"]),
                measured(own.get("users_accuracy"), own.get("users_accuracy_interval_95")),
                measured(own.get("producers_accuracy"), own.get("producers_accuracy_interval_95")),
            ]
        )
    heads = ["Class", "Area (ha)", "Mapped (ha)", "Points", "User's accuracy", "Producer's accuracy"]
    accuracy = (
        f" Accuracy of the whole map, weighted by area: {points(estimate.get('overall_accuracy'))} "
        f"({interval(estimate.get('overall_accuracy_interval_95'))})."
    )
    return figure(
        table(heads, rows),
        f"Areas estimated from a probability sample of {plural(estimate['points'], 'point')} of this map, with 95 % "
        f"intervals (Olofsson et al. 2014); the mapped areas beside them are counts and biased.{accuracy}"
        f"{_too_narrow(estimate, legend)}",
    )


def _too_narrow(estimate: Figures, legend: Legend) -> str:
    """What must be said where few points of a class of the map are all right."""
    names = [escaped(legend.title_of(int(code))) for code in estimate.get("flawless") or ()]
    if not names:
        return ""
    return (
        f" <b>Intervals are too narrow:</b> all points in the mapped {', '.join(names)} are right, but they are fewer "
        f"than {FLAWLESS_POINTS}, and to the method that is a class of the map without error. Draw more points there."
    )


def _map_row(title: str, own: Figures, figures: Figures | None, ece: Any) -> list[str]:
    right = right_parcels(figures) if figures is not None else None
    return [
        escaped(title),
        measured(own["overall_accuracy"], own.get("overall_accuracy_interval_95")),
        measured(own["macro_f1"], own.get("macro_f1_interval_95")),
        measured(own["miou"], own.get("miou_interval_95")),
        *(
            measured(place.get("overall_accuracy"), place.get("interval_95"))
            for place in (own.get("boundary") or {}, own.get("interior") or {})
        ),
        measured(right["accuracy"], right["interval_95"]) if right is not None else "–",
        points(ece),
    ]


def _change(mapped: float, labelled: float) -> str:
    return f"{100 * (mapped / labelled - 1):+.0f}\u00a0%".replace("-", "−") if labelled else "–"


def _decimal(value: Any) -> str:
    return "–" if value is None else f"{value:.2f}"
