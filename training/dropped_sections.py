"""Sections of a data set's report about what is not in it and why, and about the files it was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.html_pages import table
from backend.report_numbers import escaped, hectares, percent, plural, whole
from training.store import SourceRecord

MOST_ROWS = 200
"""Of dates or granules in a table; the rest is counted."""
MOST_SOURCES = 500
"""Of sources in a table."""
MOST_FILES = 1500
"""Listed in all."""
HASH_DIGITS = 12
PARCEL_COLUMNS = {
    "read": "Read",
    "kept": "Kept",
    "repaired": "of these<br>repaired",
    "unknown": "of these<br>crop unknown",
    "empty": "Dropped:<br>empty",
    "outside": "Dropped:<br>off the images",
    "not_polygons": "Dropped:<br>no polygons",
    "other_year": "Dropped:<br>other year",
    "buffer": "In no split:<br>buffer",
    "duplicate_ids": "Names<br>used twice",
    "overlaps_total": "Pairs that<br>overlap",
}


def dropped_section(sources: Sequence[SourceRecord]) -> str:
    """Dates, granules, parcels and samples that are not used, with the reasons."""
    return _dates(sources) + _granules(sources) + _parcels(sources) + _codes(sources) + _chips(sources)


def files_section(sources: Sequence[SourceRecord]) -> str:
    """The files that samples were made of, with size and the start of their SHA-256; folded."""
    out, left = [], MOST_FILES
    for record in sources:
        files: Sequence[Mapping[str, Any]] = record.facts.get("files") or ()
        if not files:
            continue
        size = sum(int(entry["bytes"]) for entry in files)
        title = f"{escaped(record.name)}: {plural(len(files), 'file')}, {_bytes(size)}"
        shown = files[:left]
        left -= len(shown)
        rows = [
            [
                f"<span class='path'>{escaped(entry['path'])}</span>",
                _bytes(int(entry["bytes"])),
                f"<code>{escaped(str(entry['sha256'])[:HASH_DIGITS])}</code>",
            ]
            for entry in shown
        ]
        more = f"<p>And {whole(len(files) - len(shown))} more, in the attributes of the store.</p>"
        listed = table(["File", "Size", "SHA-256 starts"], rows) if rows else ""
        out.append(f"<details><summary>{title}</summary>{listed}{more * (len(shown) < len(files))}</details>")
    return "".join(out) or "<p>The store lists none.</p>"


def _dates(sources: Sequence[SourceRecord]) -> str:
    rows = [
        [escaped(record.name), escaped(row["date"]), percent(row["clear_share"]), escaped(row["reason"])]
        for record in sources
        for row in record.facts.get("dates") or ()
        if not row["used"]
    ]
    total = sum(len(record.facts.get("dates") or ()) for record in sources)
    if not total:
        return ""
    if not rows:
        return f"<h3>Dates</h3><p>All {plural(total, 'date')} of the images are used.</p>"
    listed = table(["Source", "Date", "Clear", "Why it is not used"], rows[:MOST_ROWS], left=(1, 3))
    return f"<h3>Dates</h3><p>{whole(len(rows))} of {whole(total)} are not used.</p>{listed}{_more(len(rows))}"


def _granules(sources: Sequence[SourceRecord]) -> str:
    rows = [
        [escaped(record.name), escaped(item["label"]), escaped(item["reason"])]
        for record in sources
        for item in record.facts.get("superseded") or ()
    ]
    if not rows:
        return ""
    listed = table(["Source", "Granule", "Why it is not used"], rows[:MOST_ROWS], left=(1, 2))
    return f"<h3>Superseded granules</h3>{listed}{_more(len(rows))}"


def _parcels(sources: Sequence[SourceRecord]) -> str:
    values = []
    for record in sources:
        counts = record.facts.get("parcel_counts")
        if counts and counts.get("read"):
            counts = {**counts, "buffer": record.facts.get("parcels_dropped_by_buffer", 0)}
            values.append((escaped(record.name), [int(counts.get(key, 0)) for key in PARCEL_COLUMNS]))
    if not values:
        return ""
    rows = [[name, *map(whole, numbers)] for name, numbers in values[:MOST_SOURCES]]
    if len(values) > 1:
        columns = zip(*(numbers for _, numbers in values), strict=True)
        rows.append(["All sources", *(whole(sum(column)) for column in columns)])
    return (
        "<h3>Parcels</h3><p>Parcels of an unknown crop stay in the data set as ground that is not trained on; those in "
        "no split lie in the buffer around another split.</p>"
        + table(["Source", *PARCEL_COLUMNS.values()], rows)
        + _more(len(values), MOST_SOURCES)
    )


def _codes(sources: Sequence[SourceRecord]) -> str:
    """Crop codes that no class table lists, of all sources together, by their ground."""
    parcels: dict[str, int] = {}
    areas: dict[str, float] = {}
    for record in sources:
        counts = record.facts.get("parcel_counts", {})
        for code, count in counts.get("unmapped", {}).items():
            parcels[code] = parcels.get(code, 0) + count
            areas[code] = areas.get(code, 0.0) + counts.get("unmapped_ha", {}).get(code, 0.0)
    if not parcels:
        return ""
    order = sorted(parcels, key=lambda code: (-areas[code], -parcels[code], code))
    rows = [[escaped(code) if code else "none given", whole(parcels[code]), hectares(areas[code])] for code in order]
    return (
        "<h3>Crop codes that the class tables do not list</h3><p>Their parcels are of unknown crop.</p>"
        + table(["Code", "Parcels", "Area (ha)"], rows[:MOST_ROWS])
        + _more(len(rows))
    )


def _chips(sources: Sequence[SourceRecord]) -> str:
    values = [(record.name, record.facts["chips"]) for record in sources if record.facts.get("chips")]
    if not values:
        return ""
    planned, written = (sum(int(chips[key]) for _, chips in values) for key in ("planned", "written"))
    if planned == written:
        return f"<h3>Samples</h3><p>All {whole(planned)} samples that were planned are written.</p>"
    rows = [
        [escaped(name), whole(chips["planned"]), whole(chips["written"])]
        for name, chips in values
        if chips["planned"] != chips["written"]
    ]
    return (
        f"<h3>Samples</h3><p>{whole(written)} of {whole(planned)} that were planned are written; no date shows the "
        "ground of the others.</p>"
        + table(["Source", "Planned", "Written"], rows[:MOST_SOURCES])
        + _more(len(rows), MOST_SOURCES)
    )


def _more(count: int, most: int = MOST_ROWS) -> str:
    return f"<p>And {whole(count - most)} more, in the attributes of the store.</p>" if count > most else ""


def _bytes(size: int) -> str:
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size} bytes"
