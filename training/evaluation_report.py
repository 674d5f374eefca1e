"""The evaluation as one self-contained HTML page: text, tables, charts and pictures; no scripts, nothing loaded.

Says what metrics.json holds, and pictures beside it. Older runs and finished maps hold less: what is missing is left
out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.html_pages import page, swatch, write_page
from backend.report_numbers import escaped, plural, whole
from training.classes import Legend
from training.config import TrainConfig
from training.evaluation_charts import class_chart, confusion_chart, edge_charts, size_chart
from training.evaluation_curves import boundary_charts, reliability_charts, season_chart
from training.evaluation_headline import headline
from training.evaluation_maps import Figures
from training.evaluation_panels import OVERVIEW_SIDE, overview_section, panels_section
from training.evaluation_style import HEAD, STYLE
from training.evaluation_tables import area_table, conformal_table, maps_table, outline_table, splits_table
from training.learning_curves import learning_curves
from training.split_map import SPLIT_TITLES

MOST_SOURCES = 40
"""That have a section of their own; all are in the table at the top."""
MOST_PANELS = 24
"""Windows of all sources together, so that the page can still be sent."""
FEW_SOURCES, SMALL_SIDE = 4, 400
"""More sources than that are drawn as a whole with no side longer than this, picture elements."""
SPLIT_NOTES = {
    "train": "These are training parcels: figures on them are no test.",
    "validation": "These are validation parcels, by which the training may have been stopped: figures on them are no "
    "test.",
    "calibration": "These are calibration parcels, to which the probabilities were fitted: figures on them are no "
    "test.",
}


def write_report(
    path: Path,
    config: TrainConfig | None,
    evaluation: Mapping[str, Any],
    legend: Legend,
    pictures: Mapping[str, Mapping[str, Any]],
    out: Path | None = None,
) -> None:
    """Write the page.

    Args:
        path: the HTML file; replaced as a whole.
        config: the run; None for a finished map.
        evaluation: as metrics.json holds it.
        legend: the one legend.
        pictures: per source "overview" (crop_type, labels, boundary of the whole) and "panels" (windows of it); see
            training.evaluation_panels.
        out: the run's folder, whose learning curves are shown.
    """
    kind = str(evaluation.get("kind", "run"))
    sources: Mapping[str, Figures] = evaluation["sources"]
    title = f"Evaluation of {config.card.name}" if config is not None else f"Evaluation of {_map_name(evaluation)}"
    curves = learning_curves(out, evaluation.get("learning_curves"))
    parts = [
        f"<h1>{escaped(title)}</h1>",
        _navigation(sources, bool(curves)),
        headline(config, evaluation, MOST_SOURCES),
        f"<h2 id='legend'>Legend</h2>{_legend(legend)}",
    ]
    magnification = int((evaluation.get("evaluated") or {}).get("magnification") or _finest(sources))
    shown = list(sources.items())[:MOST_SOURCES]
    for number, (name, source) in enumerate(shown):
        parts.append(f"<h2 id='source-{number}'>{escaped(name)}</h2>")
        parts.append(
            source_section(
                name,
                source,
                evaluation.get("calibration") or {},
                legend,
                pictures.get(name) or {},
                magnification,
                kind,
                sources_shown=len(shown),
            )
        )
    if len(sources) > MOST_SOURCES:
        parts.append(
            f"<p>{plural(len(sources) - MOST_SOURCES, 'more source')} in the table at the top and in metrics.json.</p>"
        )
    if curves:
        parts.append(f"<h2 id='curves'>Learning curves</h2>{curves}")
    write_page(path, report_page(title, "".join(parts)))


def report_page(title: str, body: str) -> str:
    """A page that looks as the reports of evaluations do.

    Args:
        title: plain text.
        body: HTML.
    """
    return page(title, body, STYLE, HEAD)


def source_section(
    name: str,
    source: Figures,
    calibration: Figures,
    legend: Legend,
    pictures: Mapping[str, Any],
    magnification: int,
    kind: str,
    sources_shown: int = 1,
) -> str:
    """All about one source, from pictures to areas.

    Args:
        name: of the source.
        source: its entry in metrics.json.
        calibration: what was fitted; may be empty.
        legend: colours and names.
        pictures: "overview" and "panels"; may be empty.
        magnification: m of the network.
        kind: "run", or "map" for a finished map.
        sources_shown: on the page; with many of them each has fewer and smaller pictures.
    """
    figures: Figures = source["model"]
    if figures["map"]["overall_accuracy"] is None:
        return f"{_facts(source, kind)}<p>Nothing of it could be scored: no known ground was mapped.</p>"
    panels = list(pictures.get("panels") or ())[: max(1, MOST_PANELS // sources_shown)]
    side = OVERVIEW_SIDE if sources_shown <= FEW_SOURCES else SMALL_SIDE
    sections = [
        ("Examples", panels_section(panels, legend, magnification)),
        ("The whole of it", overview_section(pictures.get("overview") or {}, legend, name, side)),
        ("Accuracy" if kind == "map" else "Maps compared", maps_table(source, kind)),
        ("Other splits", splits_table(source)),
        ("Which classes are confused", confusion_chart(figures["map"].get("confusion"), legend)),
        ("Classes", class_chart(figures, legend)),
        ("Sizes of parcels", size_chart(source, kind)),
        ("Distance from the edge", edge_charts(source, kind)),
        ("Boundaries", boundary_charts(figures)),
        ("Outlines of parcels", outline_table(figures)),
        ("Confidence", reliability_charts(figures)),
        ("In season", season_chart(source)),
        ("Conformal sets", conformal_table(source, calibration, legend)),
        ("Areas", area_table(figures, legend)),
    ]
    body = "".join(f"<h3>{title}</h3>{content}" for title, content in sections if content)
    return f"{_facts(source, kind)}{body}"


def _facts(source: Figures, kind: str) -> str:
    said = [f"{plural(source['parcels_tested'], 'test parcel')}"]
    if source.get("parcels_trained") is not None:
        said.append(f"{whole(source['parcels_trained'])} trained on")
    if source.get("patches_tested"):
        said.append(f"{whole(source['patches_tested'])} patches")
    said.append(f"{whole(source['model'].get('cells', source['model']['map'].get('cells', 0)))} label cells scored")
    split = str(source.get("split") or "test")
    named = f" Split: {SPLIT_TITLES.get(split, split).lower()}." if split != "test" else ""
    note = SPLIT_NOTES.get(split, "") if kind == "run" else ""
    outside = (
        " Ground outside of the parcels is known to be none and counts as background."
        if source.get("outside_parcels") == "background"
        else " Only parcels count: what lies outside of them is not known"
        + (", so of boundaries their outlines alone are judged." if source["model"].get("outlines") else ".")
    )
    return f"<p>{', '.join(said)}.{escaped(named)}{outside} {note}</p>"


def _navigation(sources: Mapping[str, Figures], curves: bool) -> str:
    links = [("limits", "What is not proved"), ("legend", "Legend")]
    links += [(f"source-{number}", name) for number, name in enumerate(list(sources)[:MOST_SOURCES])]
    links += [("curves", "Learning curves")] * curves
    return "<nav>" + "".join(f"<a href='#{place}'>{escaped(text)}</a>" for place, text in links) + "</nav>"


def _legend(legend: Legend) -> str:
    entries = "".join(f"<span>{swatch(entry.color)}{escaped(entry.title)}</span>" for entry in legend.classes)
    return f"<div class='legend'>{entries}</div>"


def _map_name(evaluation: Mapping[str, Any]) -> str:
    evaluated: Mapping[str, Any] = evaluation.get("evaluated") or {}
    return f"{evaluated.get('map', 'a map')} against {evaluated.get('parcels', 'parcels')}"


def _finest(sources: Mapping[str, Figures]) -> int:
    return max((int(source["model"].get("magnification") or 1) for source in sources.values()), default=1)
