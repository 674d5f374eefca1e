"""report.html: a finished map on one page, for people. Made from the record of the run and its picture alone.

One file without scripts that loads nothing, for screens light and dark and for paper.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .date_timeline import date_timeline
from .html_figures import figure, unfolded
from .html_pages import STYLE as PAGE_STYLE
from .html_pages import page, swatch, table, write_page
from .protocol import duration_text
from .report_numbers import escaped, hectares, percent, plural, whole
from .report_style import HEAD, STYLE
from .svg_charts import Part, bar

MOST_WARNINGS = 12
"""Shown at once; the rest is unfolded."""
MOST_DATES = 24
"""Columns of clear dates; beyond it several counts share one."""
OWN_STYLE = """
.picture img{image-rendering:auto}
td.wide,.wide{width:45%}
pre.card{white-space:pre-wrap;overflow-wrap:anywhere}
"""
PICTURE_CAPTION = (
    "Left the clearest image, in the middle the crop types, right the boundaries over the image. The label grid is "
    "finer than the images: boundaries get smoother, not truer, than their evidence."
)


def write_report(path: Path, record: Mapping[str, Any], quicklook: Path) -> None:
    """Write the page of a run, whole or not at all.

    Args:
        path: report.html.
        record: what run_record gave.
        quicklook: the PNG of write_quicklook.
    """
    write_page(path, report_page(record, quicklook.read_bytes()))


def report_page(record: Mapping[str, Any], quicklook: bytes) -> str:
    """The page.

    Args:
        record: what run_record gave.
        quicklook: a PNG.
    """
    place, model = _place(record), record["model"]
    body = "".join(
        (
            f"<h1>Crop map of {escaped(place)}</h1>",
            f"<p class='note'>Made {escaped(_moment(record['started']))} with the model {escaped(model['name'])} "
            f"{escaped(model['version'])}.</p>",
            _facts(record),
            _warnings(record["warnings"]),
            _picture(record, quicklook),
            _areas(record["summary"]),
            _dates(record, place),
            _evidence(record.get("evidence")),
            _parcels(record.get("parcels"), record["summary"]["classes"]),
            _fields(record.get("fields"), record["summary"]["classes"]),
            _engine(record),
            _settings(record["request"]),
            f"<h2>Model</h2><pre class='card'>{escaped(model['card'])}</pre>",
            _provenance(record),
        )
    )
    return page(f"Crop map of {place}", body, PAGE_STYLE + STYLE + OWN_STYLE, HEAD)


def _place(record: Mapping[str, Any]) -> str:
    """What was mapped, by the name of the region's file or of the output folder, as its maker chose them."""
    request = record["request"]
    return Path(str(request["region"])).stem if request.get("region") else Path(str(request["out"])).name


def _moment(text: str) -> str:
    """A time of day as people write it."""
    return f"{text[:10]} at {text[11:16]} UTC"


def _facts(record: Mapping[str, Any]) -> str:
    summary, device = record["summary"], record["device"]
    facts = [
        ("mapped", f"<b>{hectares(summary['mapped_ha'])}</b> ha"),
        ("dates used", f"<b>{summary['dates_used']}</b> of {summary['dates_found']}"),
        ("device", f"<b>{escaped(device['device'])}</b>{' (fell back)' if device['fell_back'] else ''}"),
        ("time", f"<b>{escaped(duration_text(record['seconds']['total']))}</b>"),
    ]
    seams = record.get("seams") or {}
    if seams.get("score") is not None:
        facts.append(("seam score", f"<b>{seams['score']:.3f}</b>"))
    return f"<dl class='facts'>{''.join(f'<div><dt>{name}</dt><dd>{value}</dd></div>' for name, value in facts)}</dl>"


def _warnings(warnings: Sequence[str]) -> str:
    if not warnings:
        return ""
    items = [f"<li>{escaped(sentence)}</li>" for sentence in warnings]
    more = items[MOST_WARNINGS:]
    folded = unfolded(f"{len(more)} more", f"<ul>{''.join(more)}</ul>") if more else ""
    return f"<div class='check'><h2>To know</h2><ul>{''.join(items[:MOST_WARNINGS])}</ul>{folded}</div>"


def _picture(record: Mapping[str, Any], quicklook: bytes) -> str:
    mapped = [entry for entry in record["summary"]["classes"] if entry["cells"]]
    legend = "".join(f"<span>{swatch(entry['color'])}{escaped(entry['title'])}</span>" for entry in mapped)
    picture = f"<img alt='Image, crop types, boundaries' src='data:image/png;base64,{_base64(quicklook)}'>"
    return (
        f"<h2>Map</h2><div class='picture'>{figure(picture, PICTURE_CAPTION)}</div><div class='legend'>{legend}</div>"
    )


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _areas(summary: Mapping[str, Any]) -> str:
    total = max(1, summary["mapped_cells"])
    entries = sorted((entry for entry in summary["classes"] if entry["cells"]), key=lambda entry: -entry["cells"])
    most = entries[0]["cells"] if entries else 1
    rows = [
        [
            f"{swatch(entry['color'])}{escaped(entry['title'])}",
            bar(
                [Part(entry["cells"], "", f"{entry['title']}: {percent(entry['cells'], total)}", entry["color"])], most
            ),
            percent(entry["cells"], total),
            whole(entry["cells"]),
            hectares(entry["area_ha_biased"]),
        ]
        for entry in entries
    ]
    absent = [entry["title"] for entry in summary["classes"] if not entry["cells"]]
    missing = f" Nowhere on the map: {escaped(', '.join(absent))}." if absent else ""
    heads = ["Crop", "<span class='wide'></span>", "Share", "Cells", "ha, counted (biased)"]
    return (
        f"<h2>Area per crop, as counted</h2>{table(heads, rows, left=(1,))}"
        f"<p class='note'>{escaped(summary['note'])}{missing}</p>"
    )


def _dates(record: Mapping[str, Any], place: str) -> str:
    rows = record["dates"]
    region = bool(record["request"].get("region"))
    chart = date_timeline(rows, record["radiometry"], place, "of the region" if region else "of the images")
    superseded = "".join(f"<li>{escaped(row['label'])}: {escaped(row['reason'])}</li>" for row in record["superseded"])
    passed = unfolded("Acquisitions that others stand for", f"<ul>{superseded}</ul>") if superseded else ""
    used = record["summary"]["dates_used"]
    return f"<h2>Dates: {used} of {len(rows)} used</h2>{chart}{passed}"


def _evidence(evidence: Mapping[str, Any] | None) -> str:
    if not evidence or not evidence["cells"]:
        return ""
    counts: list[int] = evidence["cells_by_clear_dates"]
    step = -(-len(counts) // MOST_DATES)
    groups = [(first, sum(counts[first : first + step])) for first in range(0, len(counts), step)]
    most = max(count for _, count in groups)
    rows = [
        [
            str(first) if step == 1 else f"{first}–{first + step - 1}",
            bar([Part(count, "size", f"{percent(count, evidence['cells'])} of the cells")], most),
            percent(count, evidence["cells"]),
        ]
        for first, count in groups
        if count
    ]
    dates, gaps = evidence["clear_dates"], evidence["longest_gap_days"]
    return (
        "<h2>Evidence</h2>"
        f"<p>Half of the cells have {plural(dates[2], 'clear date')} or fewer and go {plural(gaps[2], 'day')} or less "
        f"without one; the worst twentieth has {plural(dates[1], 'clear date')} or fewer, or goes "
        f"{plural(gaps[3], 'day')} or longer. Where that is: evidence.tif.</p>"
        + table(["Clear dates", "<span class='wide'></span>", "Share of cells"], rows, left=(1,))
    )


def _parcels(parcels: Mapping[str, Any] | None, classes: Sequence[Mapping[str, Any]]) -> str:
    """What grows in how many of them, by the crop with the largest mean probability."""
    if not parcels:
        return ""
    facts = [[escaped(name.replace("_", " ")), escaped(value)] for name, value in parcels.items() if _is_plain(value)]
    grown = _grown(parcels.get("classes", {}), classes, "parcel")
    return f"<h2>Parcels</h2>{table(['', ''], facts, left=(1,))}{grown}{_declared(parcels.get('declared'))}"


def _fields(fields: Mapping[str, Any] | None, classes: Sequence[Mapping[str, Any]]) -> str:
    """What grows in how many of the fields that the boundary layer encloses."""
    if not fields:
        return ""
    return (
        f"<h2>Fields</h2><p>The boundary layer encloses {plural(fields['fields'], 'field')} of one crop, "
        f"{hectares(fields['area_ha'])} ha together: fields.gpkg. With the crop of its field "
        f"{fields['changed_percent']:g} % of the mapped cells have another class than pixel by pixel: "
        f"crop_type_fields.tif. {fields['mixed_percent']:g} % lie in fields where no crop has the majority, "
        f"{fields['outside_percent']:g} % in no field at all; there nothing is changed.</p>"
        f"{_grown(fields['classes'], classes, 'field')}"
    )


def _grown(grown: Mapping[str, int], classes: Sequence[Mapping[str, Any]], unit: str) -> str:
    """How many parcels or fields each crop has, as a table with bars."""
    counts = sorted(grown.items(), key=lambda item: -item[1])
    colors = {entry["title"]: entry["color"] for entry in classes}
    total = max(1, sum(count for _, count in counts))
    rows = [
        [
            swatch(colors.get(title, "")) + escaped(title),
            bar([Part(count, "size", f"{title}: {plural(count, unit)}", colors.get(title, ""))], counts[0][1]),
            whole(count),
            percent(count, total),
        ]
        for title, count in counts
    ]
    return table(["Crop", "<span class='wide'></span>", f"{unit.title()}s", "Share"], rows, left=(1,)) if rows else ""


def _declared(declared: Mapping[str, Any] | None) -> str:
    """How many parcels show the crop that was declared; no verdict."""
    if not declared:
        return ""
    counts = declared["agreement"]
    total = max(1, sum(counts.values()))
    rows = [[escaped(said), whole(count), percent(count, total)] for said, count in counts.items()]
    missing = ", ".join(
        f"{escaped(code)} ({plural(count, 'parcel')})" for code, count in declared["not_listed"].items()
    )
    return (
        f"<h3>Beside the declarations</h3><p>Field {escaped(declared['field'])}, class table "
        f"{escaped(declared['table'])}. The map errs, too: that another crop was found proves nothing by itself.</p>"
        + table(["", "Parcels", "Share"], rows)
        + (f"<p>Codes that the class table does not list: {missing}.</p>" if missing else "")
    )


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float))


def _engine(record: Mapping[str, Any]) -> str:
    device, seconds, seams = record["device"], record["seconds"], record.get("seams") or {}
    total = max(float(seconds["total"]), 1e-9)
    stages = [
        [escaped(name.replace("_", " ")), bar([Part(value, "size", f"{value} s")], total), f"{value:,.1f} s"]
        for name, value in seconds.items()
    ]
    said = [f"{escaped(device['device'])} ({escaped(device['provider'])}): {escaped(device['reason'])}."]
    tiles = record["tiles"]
    said.append(f"{plural(tiles['computed'], 'tile')} computed, {whole(tiles['skipped'])} skipped.")
    if seams.get("score") is not None:
        margin = f" ± {seams['margin_95']:.3f}" if seams.get("margin_95") is not None else ""
        said.append(
            f"Seam score {seams['score']:.3f}{margin}: the mean jump of class probabilities where tiles meet over that "
            "elsewhere; 1 is no seam."
        )
    return (
        f"<h2>Engine</h2><p>{' '.join(said)}</p>{_forecast(record.get('forecast'))}"
        + table(["Stage", "<span class='wide'></span>", "Time"], stages, left=(1,))
        + "<p class='note'>Stages run at the same time, so they add up to more than the total.</p>"
    )


def _forecast(forecast: Mapping[str, Any] | None) -> str:
    """What was foreseen, beside what then happened where that is known."""
    if not forecast:
        return ""
    happened = forecast.get("happened") or {}
    kinds = (
        ("Time", "seconds", duration_text),
        ("Peak memory", "memory_bytes", _size),
        ("Disk", "disk_bytes", _size),
    )
    rows = [
        [name, text(forecast[key]), text(happened[key]) if happened.get(key) is not None else "–"]
        for name, key, text in kinds
        if forecast.get(key) is not None
    ]
    return table(["", "Forecast", "Happened"], rows)


def _size(count: float) -> str:
    return f"{count / 2**30:.2f} GiB" if count >= 0.1 * 2**30 else f"{count / 2**20:.1f} MiB"


def _settings(request: Mapping[str, Any]) -> str:
    rows = [[escaped(key), f"<code class='path'>{escaped(_said(value))}</code>"] for key, value in request.items()]
    return f"<h2>Settings</h2>{unfolded('The whole request', table(['Setting', 'Value'], rows, left=(1,)))}"


def _said(value: Any) -> str:
    """A setting as a person reads it."""
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value) or "–"
    return "–" if value in (None, "") else str(value)


def _provenance(record: Mapping[str, Any]) -> str:
    inputs = [
        [
            f"<code class='path'>{escaped(item['path'])}</code>",
            whole(item["size"]),
            escaped(item["modified"][:19]),
            f"<code>{escaped(item['sha256'][7:23])}…</code>",
            f"{item['parts']} parts" if item["parts"] else "whole",
        ]
        for item in record["inputs"]
    ]
    outputs = [
        [f"<code>{escaped(item['file'])}</code>", whole(item["size"]), f"<code>{escaped(item['sha256'])}</code>"]
        for item in record["outputs"].values()
    ]
    versions = ", ".join(f"{name} {value}" for name, value in record["versions"].items())
    return (
        f"<h2>Provenance</h2><p>Model <code>{escaped(record['model']['sha256'])}</code></p><p>{escaped(versions)}</p>"
        + unfolded(f"{plural(len(inputs), 'file')} read", table(["File", "Bytes", "Changed", "SHA-256", "Of"], inputs))
        + unfolded(f"{plural(len(outputs), 'file')} written", table(["File", "Bytes", "SHA-256"], outputs, left=(2,)))
        + "<p class='note'>run.json beside this page holds all of it; <code>python -m backend repeat run.json</code> "
        "makes the map again and says whether the bytes are the same.</p>"
    )
