"""Tables and pictures of a comparison, as Markdown and SVG. What is missing is named as missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training.experiments.dot_chart import Dot, dot_chart
from training.experiments.intervals import Value
from training.experiments.plan import Plan
from training.experiments.results import read_results
from training.experiments.summary import FIGURES, Row, summarise

TABLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Classes", ("miou", "macro_f1", "accuracy", "boundary", "interior")),
    (
        "Edges",
        (
            "edge_0_5", "edge_5_10", "edge_0_5_all", "map_2.5", "map_5", "map_10", "layer_2.5", "layer_5", "layer_10",
            "layer_found", "layer_inside",
        ),
    ),
)  # fmt: skip
FEWEST_SEEDS = 3
"""For a difference to be called one."""
PICTURES: tuple[tuple[str, str], ...] = (
    ("edge_0_5_all", "Right within 5 m of an edge, all parcels (%)"),
    ("edge_0_5", "Right within 5 m of an edge, in parcels right inside (%)"),
    ("miou", "mIoU (%)"),
)


def write_report(plan: Plan, results: Path, folder: Path) -> Path:
    """Write <name>_tables.md and the pictures.

    Args:
        plan: the comparison.
        results: folder of the results; those of other settings are named and left out.
        folder: where to write; made where it is not there.

    Returns:
        The path of the tables.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = [
        f"# Results of the comparison {plan.name}\n\nWritten by `python -m training.experiments report`; do not edit. "
        "In percent; in brackets the 95 % interval, from drawing scenes (of real ground: blocks) again and from the "
        "spread between seeds, by Student's t. "
        "Which parcels are right inside is another set for each map: beside it stands what is right within 5 m in all. "
        f"*Difference*: from the reference ({plan.cells[plan.reference].title}) on the same scenes and seeds, in "
        f"points; **bold** where its interval leaves out 0, from {FEWEST_SEEDS} seeds on: fewer say too little of what "
        "another seed changes. Of a hundred differences that are none one to eight are bold by chance (simulated: "
        "benchmarks/intervals.py)."
        f"{_of_coarse_reference(plan)}\n"
    ]
    for budget in plan.budgets:
        there = read_results(plan, results, budget)
        found = there.found
        parts.append(f"\n## {budget:,} training patches\n")
        wanted = len(plan.cells) * len(plan.seeds)
        parts.append(f"{len(found)} of {wanted} runs are done.")
        if there.missing and found:
            parts.append(f" Missing: {_listed(there.missing)}.")
        if there.others:
            parts.append(f" Of other settings, or scored in another way, so left out: {_listed(there.others)}.")
        parts.append("\n")
        if not found:
            continue
        rows = summarise(plan, found)
        for title, keys in TABLES:
            parts.append(f"\n### {title}\n\n{_table(rows, keys)}\n")
        parts.append(f"\n### Differences from {plan.reference}\n\n{_differences(rows)}\n")
        if any(row.by_vote for row in rows):
            parts.append(f"\n### Voted maps less the same cell's map before the vote\n\n{_votes(rows)}\n")
        for key, caption in PICTURES:
            name = f"{plan.name}_p{budget}_{key.replace('.', '_')}.svg"
            dots = [Dot(row.title, *_percent(row.values[key])) for row in rows if key in row.values]
            if not dots:
                continue
            (folder / name).write_text(dot_chart(dots, caption), encoding="utf-8")
            parts.append(f"\n![{caption}]({name})\n")
    path = folder / f"{plan.name}_tables.md"
    path.write_text("".join(parts), encoding="utf-8")
    return path


def _of_coarse_reference(plan: Plan) -> str:
    """What differences are from where the reference maps on a coarser grid than that of the labels."""
    config = plan.config(plan.reference, plan.seeds[0], plan.budgets[0])
    if config.network.magnification == max(config.dataset.magnifications):
        return ""
    return (
        " The reference has no map of its own on the finest labels: each map is compared with the reference's that is "
        "upsampled in the same way, else with the bilinear one."
    )


def _table(rows: Sequence[Row], keys: Sequence[str]) -> str:
    keys = [key for key in keys if any(key in row.values for row in rows)]
    lines = [
        "| cell | way to train | seeds | " + " | ".join(FIGURES[key][0] for key in keys) + " |",
        "|---|---|---" + "|---" * len(keys) + "|",
    ]
    for row in rows:
        figures = " | ".join(_shown(row.values[key]) if key in row.values else "" for key in keys)
        lines.append(f"| {row.cell} | {row.title} | {len(row.seeds)} | {figures} |")
    return "\n".join(lines)


def _differences(rows: Sequence[Row]) -> str:
    keys = ("miou", "accuracy", "boundary", "interior", "edge_0_5", "edge_0_5_all", "map_2.5", "map_5")
    lines = [
        "| cell | way to train | " + " | ".join(FIGURES[key][0] for key in keys) + " | CPU minutes |",
        "|---|---" + "|---" * (len(keys) + 1) + "|",
    ]
    for row in rows:
        gaps = row.differences
        shown = " | ".join(_gap(gaps[key], row.shared_seeds) if key in gaps else "" for key in keys)
        lines.append(f"| {row.cell} | {row.title} | {shown} | {row.cpu_minutes:.0f} |")
    return "\n".join(lines)


def _votes(rows: Sequence[Row]) -> str:
    keys = ("miou", "accuracy", "boundary", "edge_0_5_all", "map_2.5", "map_precision", "map_recall")
    lines = [
        "| cell | way to train | seeds | " + " | ".join(FIGURES[key][0] for key in keys) + " |",
        "|---|---|---" + "|---" * len(keys) + "|",
    ]
    for row in rows:
        if row.by_vote:
            gaps, seeds = row.by_vote, len(row.seeds)
            shown = " | ".join(_gap(gaps[key], seeds) if key in gaps else "" for key in keys)
            lines.append(f"| {row.cell} | {row.title} | {seeds} | {shown} |")
    return "\n".join(lines)


def _shown(value: Value) -> str:
    mean, low, high = _percent(value)
    return f"{mean:.1f} ({low:.0f}-{high:.0f})"


def _gap(value: Value, seeds: int) -> str:
    mean, low, high = _percent(value)
    text = f"{mean:+.1f} ({low:+.1f} to {high:+.1f})"
    return f"**{text}**" if seeds >= FEWEST_SEEDS and (low > 0 or high < 0) else text


def _listed(runs: Sequence[tuple[str, int]]) -> str:
    """Cells, each with its seeds."""
    seeds: dict[str, list[str]] = {}
    for cell, seed in runs:
        seeds.setdefault(cell, []).append(str(seed))
    return "; ".join(f"{cell} (seed {', '.join(numbers)})" for cell, numbers in seeds.items())


def _percent(value: Value) -> tuple[float, float, float]:
    return 100 * value.mean, 100 * value.low, 100 * value.high
