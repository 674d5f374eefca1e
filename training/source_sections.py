"""Sections of a data set's report about single sources: maps of splits and folds, parcels by split, dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from affine import Affine

from backend.date_timeline import PERCENT_AXIS, date_timeline
from backend.grid import Grid, Window
from backend.html_pages import png_uri, swatch, table
from backend.raster import geographic_bounds
from backend.report_numbers import escaped, hectares, percent, plural, whole
from backend.svg_charts import Mark, Part, bar, timeline
from training.classes import BACKGROUND, UNKNOWN
from training.crs import metres_per_unit, read_crs
from training.label_survey import SourceSurvey
from training.parcel_figures import ParcelFigures
from training.split_map import NO_SPLIT, SPLIT_TITLES
from training.split_pictures import (
    CROP_UNKNOWN,
    FIRST,
    GROUND,
    NO_GROUP,
    OUTSIDE,
    SPLIT_COLORS,
    Scale,
    SplitPicture,
    color_of,
    fold_colors,
)
from training.splits import SPLITS
from training.store import SourceRecord, Store

SHOWN_HEIGHT, SHOWN_WIDTH, SHOWN_HALF = 540, 600, 465
"""That a map may have on the page, CSS pixels; the last where two lie side by side."""
BAR_SHARE = 0.3
"""Of a map's width that its scale bar takes at most."""
IMPORT_FACTS = {
    "set": "Set",
    "tile": "Tile",
    "years": "Years",
    "splits": "Splits",
    "georeference": "Places",
    "labels": "Labels",
    "parcel_numbers": "Parcel numbers",
    "patches": "Patches",
    "patch_side_px": "Side of a patch, pixels",
}
"""What importers say, and how it is called here."""


def source_section(store: Store, seen: SourceSurvey, figures: ParcelFigures) -> str:
    """All about one source.

    Args:
        store: the data set.
        seen: of its labels.
        figures: of the parcels of all sources.
    """
    record = store.sources[seen.source]
    parts = [f"<h3 id='source-{seen.source}'>{escaped(record.name)}</h3>", _origin(store, seen, record)]
    tables = ""
    if store.attributes["labelled"]:
        tables = f"<div class='more'>{_split_tables(store, seen, figures)}{_crops(store, seen, figures)}</div>"
    parts.append(f"<div class='maps'>{_maps(store, seen, record)}{tables}</div>")
    parts.append(_dates(store, seen, record))
    return "".join(parts)


def _origin(store: Store, seen: SourceSurvey, record: SourceRecord) -> str:
    facts = record.facts
    said = [plural(seen.samples, "sample")]
    if facts.get("series"):
        said.append(f"images from {', '.join(map(_code, facts['series']))}")
    if facts.get("parcels_file"):
        said.append(f"parcels from {_code(facts['parcels_file'])}")
    said += [f"{key} {escaped(facts[key])}" for key in ("year", "region") if facts.get(key)]
    if facts.get("level"):
        said.append(f"level {escaped(facts['level'])}")
    outside = {
        "background": "Ground outside of its parcels is known to be no parcel, and is learned as such.",
        "ignore": "Ground outside of its parcels is not known, and is not learned.",
    }.get(str(facts.get("outside_parcels")), "")
    if store.attributes["labelled"]:
        said.append(f"weight {record.weight:g} in training")
    else:
        outside = ""
    rule = " Labels by the published rule: a cell goes to a parcel that covers 5 % of it." * (
        facts.get("label_rule") == "published"
    )
    listed = "".join(
        f"<div><dt>{title}</dt><dd>{escaped(_joined(facts[key]))}</dd></div>"
        for key, title in IMPORT_FACTS.items()
        if "importer" in facts and facts.get(key) not in (None, "")
    )
    return f"<p>{'; '.join(said)}. {outside}{rule}</p>" + (f"<dl class='facts'>{listed}</dl>" if listed else "")


def _maps(store: Store, seen: SourceSurvey, record: SourceRecord) -> str:
    if seen.scale is None or seen.splits is None:
        return ""
    words = {OUTSIDE: "no sample", GROUND: "not labelled", CROP_UNKNOWN: "parcel, crop unknown"}
    if not store.attributes["labelled"]:
        return _map(seen, record, seen.splits, "samples", (), (), {**words, GROUND: "sample"})
    groups = tuple(SPLIT_TITLES[name].lower() for name in SPLITS)
    colors = tuple(SPLIT_COLORS[name] for name in SPLITS)
    dropped = {NO_GROUP: "in no split (buffer)"}
    out = _map(seen, record, seen.splits, "splits", colors, groups, words | dropped)
    if seen.folds is not None:
        folds = int(store.attributes["folds"])
        names = tuple(f"fold {fold}" for fold in range(1, folds + 1))
        out += _map(seen, record, seen.folds, "folds", fold_colors(folds), names, words | {NO_GROUP: "in no fold"})
    return out


def _map(
    seen: SourceSurvey,
    record: SourceRecord,
    picture: SplitPicture,
    what: str,
    colors: tuple[str, ...],
    groups: tuple[str, ...],
    words: Mapping[int, str],
) -> str:
    scale: Scale = seen.scale  # type: ignore[assignment]
    width_m, height_m, turned = size_m(record, scale.window)
    ratio = width_m / height_m
    entries = []
    # labelled ground of all groups, then the grounds between, then the greys
    for kind in sorted(picture.present, key=lambda kind: (kind < FIRST, (kind - FIRST) % 2, kind)):
        if kind < FIRST:
            name = words[kind]
        else:
            group, between = divmod(kind - FIRST, 2)
            name = groups[group] + (", between parcels" if between else "")
        entries.append(f"<span>{swatch(color_of(kind, colors))}{escaped(name)}</span>")
    some = ""
    if len(seen.numbers) < seen.samples:
        some = f" Drawn from {whole(len(seen.numbers))} of {whole(seen.samples)} samples, evenly spaced."
    most = SHOWN_WIDTH if seen.folds is None else SHOWN_HALF
    data = png_uri(picture.draw(colors), max(scale.shape))
    width = f"width:min(100%,{round(min(SHOWN_HEIGHT * ratio, most))}px)"
    direction = "Rows and columns as the images have them" if turned else "North is up"
    return (
        f"<figure style='{width}'><img src='{data}' style='aspect-ratio:{ratio:.4f}' "
        f"alt='Map of the {what} of {escaped(record.name)}'>"
        f"{_scale_bar(width_m)}<div class='legend'>{''.join(entries)}</div>"
        f"<figcaption>{what.capitalize()} of {escaped(record.name)}: {width_m / 1000:.4g} × {height_m / 1000:.4g} km"
        f"{_place(record, scale.window)}. {direction}.{some}</figcaption></figure>"
    )


def size_m(record: SourceRecord, window: Window) -> tuple[float, float, bool]:
    """Width and height of a window of a source's grid in metres; and whether north is not up."""
    t = Affine(*record.transform)
    unit = metres_per_unit(record.crs)
    width, height = window.width * np.hypot(t.a, t.d) * unit, window.height * np.hypot(t.b, t.e) * unit
    if read_crs(record.crs).is_geographic:
        latitude = (t * (window.col + window.width / 2, window.row + window.height / 2))[1]
        width *= max(0.01, float(np.cos(np.radians(latitude))))
    return float(width), float(height), bool(t.b or t.d or t.e > 0)


def _scale_bar(width_m: float) -> str:
    most = BAR_SHARE * width_m
    power = 10.0 ** np.floor(np.log10(most))
    length = max(step * power for step in (1, 2, 5) if step * power <= most)
    return (
        f"<div class='scale'><i style='width:{100 * length / width_m:.2f}%'></i><span>{length / 1000:g} km</span></div>"
    )


def _place(record: SourceRecord, window: Window) -> str:
    grid = Grid(record.crs, Affine(*record.transform), 1, 1).crop(window)
    west, south, east, north = geographic_bounds(grid)
    latitude, longitude = (south + north) / 2, (west + east) / 2
    sides = "S" if latitude < 0 else "N", "W" if longitude < 0 else "E"
    place = f"around {abs(latitude):.3f}° {sides[0]} {abs(longitude):.3f}° {sides[1]}"
    return f", {escaped(read_crs(record.crs).name)}, {place}"


def _split_tables(store: Store, seen: SourceSurvey, figures: ParcelFigures) -> str:
    number = seen.source
    parcels = figures.counts[number].sum(axis=0)
    areas = figures.areas_ha[number].sum(axis=0)
    has_parcels = bool(parcels.sum())
    ground = seen.split_shares.astype(np.float64).mean(axis=0) if len(seen.numbers) else np.zeros(len(SPLITS) + 1)
    rows = []
    for name, code in [*SPLITS.items(), ("none", 0)]:
        title = SPLIT_TITLES.get(name, NO_SPLIT)
        if name == "none" and not (parcels[code] if has_parcels else ground[code]):
            continue
        value, total = (areas[code], areas.sum()) if has_parcels else (ground[code], ground.sum())
        drawn = bar([Part(value, name, f"{title}: {percent(value, total)}")], total)
        cells = [title, drawn, percent(value, total)]
        rows.append([*cells, whole(parcels[code]), hectares(areas[code])] if has_parcels else cells)
    heads = ["Split", "Share of area" if has_parcels else "Share of known ground", ""]  # bar and number
    heads += ["Parcels", "Area (ha)"] * has_parcels
    out = table(heads, rows, left=(1,))
    if store.attributes["folds"] and has_parcels:
        counts, fold_areas = figures.fold_counts[number], figures.fold_areas_ha[number]
        colors = fold_colors(len(counts) - 1)
        folds = [
            [
                f"{swatch(colors[fold - 1])}Fold {fold}" if fold else "In no fold",
                bar([Part(fold_areas[fold], "none", percent(fold_areas[fold], fold_areas.sum()))], fold_areas.sum()),
                percent(fold_areas[fold], fold_areas.sum()),
                whole(counts[fold]),
                hectares(fold_areas[fold]),
            ]
            for fold in [*range(1, len(counts)), 0]
            if fold or counts[fold]
        ]
        out += table(["Fold", "Share of area", "", "Parcels", "Area (ha)"], folds, left=(1,))
    return out


def _crops(store: Store, seen: SourceSurvey, figures: ParcelFigures) -> str:
    """One bar: which crops the source has."""
    areas = figures.areas_ha[seen.source].sum(axis=1)
    in_hectares = bool(areas.sum())
    if not in_hectares:
        areas = np.zeros(UNKNOWN + 1)
        shares = seen.class_shares.astype(np.float64).mean(axis=0) if len(seen.numbers) else np.zeros(1)
        areas[: len(shares)] = shares
        areas[BACKGROUND] = 0
    total = areas.sum()
    if not total:
        return ""
    entries = {entry["code"]: (entry["title"], entry["color"]) for entry in store.attributes["legend"]}
    entries[UNKNOWN] = ("crop unknown", color_of(CROP_UNKNOWN, ()))
    order = [code for code in np.argsort(-areas, kind="stable").tolist() if areas[code] > 0 and code in entries]
    shown = [(*entries[code], areas[code], percent(areas[code], total)) for code in order]
    parts = [
        Part(area, "", f"{title}: {share}" + f", {hectares(area)} ha" * in_hectares, color)
        for title, color, area, share in shown
    ]
    legend = "".join(f"<span>{swatch(color)}{escaped(title)} {share}</span>" for title, color, _, share in shown)
    return f"<h4>Crops by area</h4>{bar(parts, total)}<div class='legend'>{legend}</div>"


def _dates(store: Store, seen: SourceSurvey, record: SourceRecord) -> str:
    rows: Sequence[Mapping[str, Any]] = record.facts.get("dates") or ()
    if not rows:
        return _dates_of_samples(store, seen, record)
    used = sum(bool(row["used"]) for row in rows)
    chart = date_timeline(rows, record.facts.get("radiometry", ()), record.name)
    return f"<h4>Dates: {used} of {len(rows)} used</h4>{chart}"


def _dates_of_samples(store: Store, seen: SourceSurvey, record: SourceRecord) -> str:
    """Of a source that lists no dates: those that its samples have."""
    days, counts = np.unique(store.date[store.source_of == seen.source], return_counts=True)
    days, counts = days[days > 0], counts[days > 0]
    if not len(days):
        return ""
    marks = [
        Mark(
            date.fromisoformat(f"{str(day)[:4]}-{str(day)[4:6]}-{str(day)[6:]}"),
            count / seen.samples,
            "used",
            f"{str(day)[:4]}-{str(day)[4:6]}-{str(day)[6:]}: in {whole(count)} of {whole(seen.samples)} samples",
        )
        for day, count in zip(days.tolist(), counts.tolist(), strict=True)
    ]
    name = f"Dates of {record.name} by the share of its samples that have them"
    return (
        f"<h4>Dates: {len(days)} in its samples</h4>{timeline(marks, PERCENT_AXIS, name)}"
        "<div class='legend'><span>height: share of the samples that have the date</span></div>"
    )


def _joined(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _code(value: Any) -> str:
    return f"<code>{escaped(value)}</code>"
