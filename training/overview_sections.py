"""Sections of a data set's report about all sources together: a table of them, the classes, the sizes of parcels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from backend.html_pages import swatch, table
from backend.report_numbers import escaped, hectares, percent, plural, whole
from backend.svg_charts import Part, bar
from training.classes import BACKGROUND, UNKNOWN
from training.dropped_sections import MOST_SOURCES
from training.parcel_figures import PIXEL_HA, SIZE_LIMITS_HA, ParcelFigures
from training.split_map import NO_SPLIT, SPLIT_TITLES
from training.split_pictures import CROP_UNKNOWN, color_of
from training.splits import NONE, SPLITS
from training.store import Store


def sources_section(store: Store, figures: ParcelFigures, shown: Sequence[int]) -> str:
    """A table of the sources.

    Args:
        store: the data set.
        figures: of its parcels.
        shown: numbers of the sources that have a section of their own.
    """
    rows = []
    samples = np.bincount(store.source_of, minlength=len(store.sources))
    for number, record in enumerate(store.sources[:MOST_SOURCES]):
        dates = record.facts.get("dates") or ()
        used = sum(bool(row["used"]) for row in dates)
        parcels, areas = figures.counts[number].sum(), figures.areas_ha[number].sum(axis=0)
        name = escaped(record.name)
        cells = [
            f"<a href='#source-{number}'>{name}</a>" if number in shown else name,
            escaped(f"published set ({record.facts['importer']})" if "importer" in record.facts else "images"),
            whole(samples[number]),
            f"{used} of {len(dates)}" if dates else "–",
        ]
        parts = [
            Part(areas[code], split, f"{SPLIT_TITLES.get(split, NO_SPLIT)} {percent(areas[code], areas.sum())}")
            for split, code in [*SPLITS.items(), ("none", NONE)]
        ]
        of_parcels = [whole(parcels), hectares(areas.sum()), bar(parts, areas.sum())] if parcels else ["–"] * 3
        rows.append(cells + of_parcels * bool(figures.total))
    heads = ["Source", "Made from", "Samples", "Dates used"]
    heads += ["Parcels", "Area (ha)", "Splits by area"] * bool(figures.total)
    legend = _split_legend(bool(figures.counts[..., NONE].any())) if figures.total else ""
    more = len(store.sources) - MOST_SOURCES
    return table(heads, rows, left=(1, 6)) + legend + (f"<p>And {whole(more)} more.</p>" if more > 0 else "")


def _split_legend(with_none: bool = False) -> str:
    entries = [*SPLIT_TITLES.items()] + [("none", NO_SPLIT)] * with_none
    keys = "".join(f"<span>{_key(name)}{title}</span>" for name, title in entries)
    return f"<div class='legend'>{keys}</div>"


def _key(css: str) -> str:
    drawn = f"<rect class='{css}' width='11' height='11'/>"
    return f"<svg class='key' width='11' height='11' aria-hidden='true'>{drawn}</svg>"


def classes_section(store: Store, figures: ParcelFigures) -> str:
    """A table of the classes with their ground by split, what became of rare ones, folds, and reflectance."""
    attributes = store.attributes
    pixels = {name: np.asarray(counts, dtype=np.int64) for name, counts in attributes["class_pixels_by_split"].items()}
    rare = {int(code): int(other) for code, other in attributes["rare"].items()}
    titles = {entry["code"]: entry["title"] for entry in attributes["legend"]}
    counts, areas = figures.counts.sum(axis=(0, 2)), figures.areas_ha.sum(axis=(0, 2))
    longest = int(np.sum(list(pixels.values()), axis=0)[BACKGROUND + 1 :].max(initial=0))
    rows = []
    for entry in attributes["legend"]:
        code = int(entry["code"])
        own = {name: int(values[code]) if code < len(values) else 0 for name, values in pixels.items()}
        if not (counts[code] or sum(own.values())):
            continue
        parts = [Part(count, name, f"{SPLIT_TITLES[name]}: {whole(count)}") for name, count in own.items()]
        rows.append(
            [
                f"{swatch(entry['color'])}{escaped(entry['title'])}",
                str(code),
                bar(parts, longest) if code != BACKGROUND else "",
                *(_counted(counts[code], areas[code]) if figures.total else (hectares(sum(own.values()) * PIXEL_HA),)),
                *(whole(own[name]) for name in SPLITS),
                *([f"→ {escaped(titles.get(rare[code], rare[code]))}" if code in rare else ""] * bool(rare)),
            ]
        )
    if counts[UNKNOWN]:
        name = f"{swatch(color_of(CROP_UNKNOWN, ()))}Crop unknown"
        blanks = ["–"] * len(SPLITS)
        rows.append([name, "–", "", whole(counts[UNKNOWN]), hectares(areas[UNKNOWN]), *blanks, *([""] * bool(rare))])
    heads = ["Class", "Code", "Certain pixels", *(("Parcels", "Area (ha)") if figures.total else ("ha",))]
    heads += SPLIT_TITLES.values()
    heads += ["Trained as"] * bool(rare)
    notes = "".join(f"<li>{escaped(note)}</li>" for note in attributes.get("class_notes", ()))
    return (
        "<p>Pixels are those of 10 m that are certain: of a known crop, and not shared by two crops. Ground that lies "
        f"in several samples counts in each.{' Areas are those of the whole parcels.' * bool(figures.total)}</p>"
        + table(heads, rows, left=(2, len(heads) - 1) if rare else (2,))
        + _split_legend()
        + (f"<h3>Rare and absent classes</h3><ul>{notes}</ul>" if notes else "")
        + _folds(store, figures)
        + _reflectance(store)
    )


def _counted(parcels: int, area_ha: float) -> tuple[str, str]:
    return (whole(parcels), hectares(area_ha)) if parcels else ("–", "–")


def _folds(store: Store, figures: ParcelFigures) -> str:
    folds = int(store.attributes["folds"])
    if not folds:
        return ""
    counts, areas = figures.fold_counts.sum(axis=0), figures.fold_areas_ha.sum(axis=0)
    pixels = [sum(own["class_pixels"]) for own in store.attributes["statistics_by_fold"]]
    rows = [
        [f"Fold {fold}", *([whole(counts[fold]), hectares(areas[fold])] * bool(figures.total)), whole(pixels[fold - 1])]
        for fold in range(1, folds + 1)
    ]
    heads = ["Test", *(["Parcels tested", "Area (ha)"] * bool(figures.total)), "Certain training pixels left"]
    return "<h3>Folds</h3><p>Each fold in turn is the test; the others keep their splits.</p>" + table(heads, rows)


def _reflectance(store: Store) -> str:
    statistics = store.statistics
    rows = [
        [escaped(band), f"{mean:.4f}", f"{deviation:.4f}"]
        for band, mean, deviation in zip(store.bands, statistics["mean"], statistics["std"], strict=True)
    ]
    listed = table(["Band", "Mean", "Standard deviation"], rows)
    title = "Reflectance of the training split, by which inputs are normalised"
    return f"<details><summary>{title}</summary>{listed}</details>"


def sizes_section(figures: ParcelFigures) -> str:
    """How many parcels are how large. Of at least one parcel."""
    counts, areas = figures.size_counts.sum(axis=0), figures.size_areas_ha.sum(axis=0)
    below = int(figures.below_pixel.sum())
    limits = [f"{limit:g}" for limit in SIZE_LIMITS_HA]
    names = [f"below {limits[0]}", *(f"{low} to {high}" for low, high in pairwise(limits))]
    names.append(f"{limits[-1]} and more")
    rows = [
        [
            name,
            bar([Part(int(count), "size", f"{name} ha: {plural(int(count), 'parcel')}")], int(counts.max())),
            whole(count),
            percent(count, counts.sum()),
            bar([Part(area, "size", f"{name} ha: {hectares(area)} ha in all")], areas.max()),
            hectares(area),
            percent(area, areas.sum()),
        ]
        for name, count, area in zip(names, counts.tolist(), areas.tolist(), strict=True)
    ]
    smaller = f"{whole(below)} ({percent(below, figures.total)}) {'is' if below == 1 else 'are'} smaller"
    if not below:
        smaller = "None is smaller"
    return (
        f"<p>{plural(figures.total, 'parcel')}, {hectares(figures.total_ha / figures.total)} ha each on average. "
        f"{smaller} than one pixel of 10 m (0.01 ha).</p>"
        + table(["Size (ha)", "Parcels", "", "", "Area (ha)", "", ""], rows, left=(1, 4))
    )
