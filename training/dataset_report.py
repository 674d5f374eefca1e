"""The report of a data set: one self-contained HTML page, made from the store alone.

What is in it and where, what to check before training, what was left out and why. The same store gives the same
page: no time, no path. Samples are read one after the other, and of very many only some.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from backend.html_pages import STYLE as PAGE_STYLE
from backend.html_pages import page, png_uri, swatch, write_page
from backend.report_numbers import escaped, hectares, percent, plural, whole
from backend.report_style import HEAD
from training.classes import BACKGROUND
from training.dataset_checks import Check, find_checks
from training.dropped_sections import dropped_section, files_section
from training.label_survey import SourceSurvey, survey
from training.overview_sections import classes_section, sizes_section, sources_section
from training.parcel_figures import ParcelFigures, read_parcel_figures
from training.progress import Progress, QuietProgress
from training.quick_looks import QuickLook, choose_samples, make_quick_look
from training.report_style import STYLE
from training.source_sections import source_section
from training.split_map import SPLIT_TITLES
from training.store import Store

TITLE = "Training data set"
MOST_DETAILS = 12
"""Sources shown one by one, those with most samples."""
PICTURE_SIDES = ((3, 1000), (MOST_DETAILS, 640))
"""Longest side of maps, for up to so many sources: the page stays below 6 MB."""
SAMPLINGS = {
    "dense": "a grid of samples over the labelled ground",
    "parcels": "one sample around each parcel",
    "unlabelled": "a grid of samples over all ground, without labels",
}
PIXEL_M = 10


def write_dataset_report(
    store: Store, path: Path, warnings: Sequence[str] = (), progress: Progress | None = None
) -> None:
    """Write the page, whole or not at all.

    Args:
        store: the data set; shown with the splits it was made with, whichever fold it is opened with.
        path: the HTML file.
        warnings: sentences said while it was built.
        progress: is told how far it is and asked whether to stop; nobody if None.

    Raises:
        CancelledError: where the progress says so; an earlier page stays.
        DamagedFileError: if the store lacks a part.
    """
    store = store if store.fold is None else Store(store.path)
    figures = read_parcel_figures(store)
    shown = _shown_sources(store)
    side = next(side for most, side in PICTURE_SIDES if len(shown) <= most)
    seen = survey(store, shown, side, progress or QuietProgress())
    labelled = bool(store.attributes["labelled"])
    sections: list[tuple[str, str, str]] = [("sources", "Sources", sources_section(store, figures, shown))]
    if labelled:
        sections.append(("classes", "Classes", classes_section(store, figures)))
    if figures.total:
        sections.append(("sizes", "Sizes of parcels", sizes_section(figures)))
    sections += [
        ("places", "Source by source", _details(store, seen, figures)),
        ("samples", "Quick looks", _quick_looks(store, seen)),
        ("dropped", "What was left out, and why", dropped_section(store.sources)),
        ("files", "Files it is made of", files_section(store.sources)),
        ("use", "How to train from it", _use(store)),
    ]
    links = "".join(f"<a href='#{name}'>{title}</a>" for name, title, _ in sections)
    body = (
        f"<main><h1>{TITLE}</h1>{_lead(store)}<nav aria-label='Sections'>{links}</nav>{_facts(store, figures)}"
        f"{_checks(find_checks(store, figures, warnings))}"
        + "".join(f"<section><h2 id='{name}'>{title}</h2>{text}</section>" for name, title, text in sections)
        + "</main>"
    )
    write_page(path, page(TITLE, body, PAGE_STYLE + STYLE, HEAD))


def _shown_sources(store: Store) -> list[int]:
    """The sources that are shown one by one, in the order of the store."""
    counts = np.bincount(store.source_of, minlength=len(store.sources))
    return sorted(np.argsort(-counts, kind="stable")[:MOST_DETAILS].tolist())


def _lead(store: Store) -> str:
    names = [record.name for record in store.sources]
    listed = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    return (
        f"<p class='note'>{plural(len(store), 'sample')} of satellite image time series from "
        f"{plural(len(names), 'source')}: {escaped(listed)}. Look at the checks, the maps and the quick looks before "
        "you train.</p>"
    )


def _facts(store: Store, figures: ParcelFigures) -> str:
    attributes = store.attributes
    days = np.unique(store.date[store.date > 0])
    ground = store.chip * PIXEL_M
    facts: list[tuple[str, str]] = [
        ("Samples", f"<b>{whole(len(store))}</b><br>of {store.chip} × {store.chip} pixels, {ground} × {ground} m"),
        ("Sources", f"<b>{whole(len(store.sources))}</b>{_imported(store)}"),
        ("Parcels", f"<b>{whole(figures.total)}</b><br>{hectares(figures.total_ha)} ha" if figures.total else "–"),
        ("Dates", f"<b>{whole(len(days))}</b>{_span(days)}<br>up to {store.date.shape[1]} in a sample"),
        ("Bands", f"<b>{len(store.bands)}</b><br>{escaped(', '.join(store.bands))}"),
        ("Level", f"<b>{escaped(attributes['level'])}</b>"),
        ("Label grids", _grids(store)),
        ("Sampling", f"<b>{escaped(attributes['sampling'])}</b><br>{SAMPLINGS.get(attributes['sampling'], '')}"),
        ("Splits", _splits_fact(store)),
        ("Made by version", escaped(attributes["code_version"])),
        ("Fingerprint of seed and settings", f"<code>{escaped(attributes['fingerprint'])}</code>"),
    ]
    listed = "".join(f"<div><dt>{name}</dt><dd>{text}</dd></div>" for name, text in facts)
    return f"<dl class='facts'>{listed}</dl>"


def _imported(store: Store) -> str:
    count = sum("importer" in record.facts for record in store.sources)
    return f"<br>{whole(count)} taken over from published sets" if count else ""


def _span(days: Any) -> str:
    if not len(days):
        return ""
    first, last = (f"{text[:4]}-{text[4:6]}-{text[6:]}" for text in map(str, (days[0], days[-1])))
    return f"<br>{first}" if first == last else f"<br>{first} to {last}"


def _grids(store: Store) -> str:
    if not store.attributes["labelled"]:
        return "none: no labels"
    grids = ", ".join(f"{PIXEL_M / scale:g} m" for scale in store.magnifications)
    fine = "<br>finer than the images: a grid for labels, not resolved detail" if max(store.magnifications) > 1 else ""
    return f"<b>{grids}</b>{fine}"


def _splits_fact(store: Store) -> str:
    if not store.attributes["labelled"]:
        return "none: no labels"
    folds = int(store.attributes["folds"])
    return f"<b>{folds} folds</b><br>each in turn is the test" if folds else "training, validation, calibration, test"


def _checks(checks: Sequence[Check]) -> str:
    if not checks:
        return "<div class='check'><h2>Check first</h2><p>Nothing stands out.</p></div>"
    parts = [
        f"<h3>{escaped(topic)}</h3><ul>{''.join(f'<li>{escaped(check.sentence)}</li>' for check in group)}</ul>"
        for topic, group in groupby(checks, key=lambda check: check.topic)
    ]
    return f"<div class='check'><h2>Check first</h2>{''.join(parts)}</div>"


def _details(store: Store, seen: Sequence[SourceSurvey], figures: ParcelFigures) -> str:
    rest = len(store.sources) - len(seen)
    note = f"<p>The {len(seen)} sources with most samples; the other {whole(rest)} are in the table above.</p>"
    return note * (rest > 0) + "".join(source_section(store, item, figures) for item in seen)


def _quick_looks(store: Store, seen: Sequence[SourceSurvey]) -> str:
    colors = {int(entry["code"]): str(entry["color"]) for entry in store.attributes["legend"]}
    titles = {int(entry["code"]): str(entry["title"]) for entry in store.attributes["legend"]}
    looks = [make_quick_look(store, number, colors) for number in choose_samples(store, seen)]
    if not looks:
        return "<p>No sample has a labelled cell.</p>"
    labelled = bool(store.attributes["labelled"])
    text = "<p>Each sample on its clearest date; each band is stretched from its 2nd to its 98th percentile. "
    if labelled:
        scale = PIXEL_M / max(look.magnification for look in looks)
        text += (
            f"The last picture has the labels over the image in grey, on a grid of {scale:g} m: classes by colour, "
            "edges of parcels dark, parcels of unknown crop without colour, cells that two crops share white (not "
            "trained on). Check that the edges of parcels lie on the edges of fields. Samples are chosen so that all "
            "sources, splits and classes are seen where that is possible, and then by how much is labelled."
        )
    else:
        text += "Of evenly spaced samples these are imaged best."
    used = {code for look in looks for code, _ in look.classes if code != BACKGROUND}
    legend = "".join(f"<span>{swatch(colors[code])}{escaped(titles[code])}</span>" for code in sorted(used))
    figures = "".join(_figure(look, titles, colors) for look in looks)
    return f"{text}</p><div class='legend'>{legend}</div><div class='looks'>{figures}</div>"


def _figure(look: QuickLook, titles: dict[int, str], colors: dict[int, str]) -> str:
    name = f"sample {look.number} of {look.source} on {look.date}"
    images = [*look.images] + ([("Labels", look.labels)] if look.labels is not None else [])
    panels = "".join(
        f"<div><img src='{png_uri(picture, max(picture.shape))}' alt='{escaped(title)}, {escaped(name)}' "
        f"style='aspect-ratio:1'>{escaped(title)}</div>"
        for title, picture in images
    )
    caption = (
        f"<b>{escaped(look.source)}</b>, sample {look.number}; {look.date}, {percent(look.clear_share)} clear; "
        f"{look.side * PIXEL_M} m wide."
    )
    crops = [item for item in look.classes if item[0] != BACKGROUND]
    if look.splits:
        caption += " " + ", ".join(f"{SPLIT_TITLES[split]} {percent(share)}" for split, share in look.splits) + "."
    if crops:
        caption += " " + ", ".join(
            f"<span class='entry'>{swatch(colors[code])}{escaped(titles[code])} {percent(share)}</span>"
            for code, share in crops
        )
    return f"<figure><div class='panels'>{panels}</div><figcaption>{caption}</figcaption></figure>"


def _use(store: Store) -> str:
    name = escaped(store.path.name)
    read = (
        "from pathlib import Path\nfrom training.store import Store\n\n"
        f"store = Store(Path('{name}'))\n"
        "x, valid = store.images(0)      # (T, C, H, W) reflectance times 10000, (T, H, W)\n"
    )
    if not store.attributes["labelled"]:
        return (
            "<p>Without labels it cannot be trained on by the stages of <code>training/train.py</code>. Any program "
            f"can read it as a Zarr group (format 3), or so:</p><pre>{read}</pre>"
        )
    finest = max(store.magnifications)
    read += f"labels = store.labels(0, {finest})     # class, parcel, coverage, flags, split, fold, near\n"
    has_folds = bool(store.attributes["folds"])
    folds = "# with fold 1 as the test: Store(path, fold=1)\n" * has_folds
    which = ", and <code>fold: 1</code> for the model that is tested on fold 1" * has_folds
    return (
        f"<p>With the configuration it was made with{which}, and OUT the folder it lies in:</p>"
        "<pre>python training/train.py run --config CONFIG.yaml --data DATA --out OUT</pre>"
        "<p>This goes on from the data set, as long as <code>seed</code> and <code>dataset</code> in the configuration "
        "stay as they are, and pre-trains, fine-tunes, evaluates and exports a model. Other programs can read it as a "
        f"Zarr group (format 3), or so:</p><pre>{read}{folds}</pre>"
    )
