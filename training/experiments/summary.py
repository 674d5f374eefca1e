"""What the results of a plan say: figures of each cell with intervals, and differences from the reference.

Scenes and seeds are what intervals rest on: pixels of one scene are no evidence of their own. Differences are paired:
the same scenes and the same seeds of both cells.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.experiments.intervals import Value, interval, scene_draws
from training.experiments.plan import Plan
from training.metrics import macro_f1, mean_iou, overall_accuracy

MAPS = {
    "own": "",
    "fields": ", voted by fields of the boundary layer",
    "own_fields": ", voted by fields of its own probabilities",
    "nearest": ", nearest",
    "bilinear": ", bilinear",
}
VOTED = ("fields", "own_fields")
REFERENCE_MAPS = ("nearest", "bilinear")
"""Shown of maps on the finest labels for the reference alone, which a finer map must beat."""
BEST_UPSAMPLED = "bilinear"
"""What a finer map is compared with where the reference has none."""
Scene = Mapping[str, Any]
Figure = Callable[[Sequence[Scene]], float]
FloatArray = NDArray[np.float64]


def _pooled(name: str, figure: Callable[[NDArray[np.int64]], float | None]) -> Figure:
    def value(scenes: Sequence[Scene]) -> float:
        matrix = sum(np.asarray(scene[f"confusion_{name}"]) for scene in scenes)
        found = figure(np.asarray(matrix, dtype=np.int64))
        return np.nan if found is None else found

    return value


def _near_edge(group: str, band: int) -> Figure:
    def value(scenes: Sequence[Scene]) -> float:
        cells, right = np.sum([scene["profile"][group][band] for scene in scenes], axis=0)
        return float(right / cells) if cells else np.nan

    return value


def _edges(layer: str, tolerance: int, part: str = "f1") -> Figure:
    def value(scenes: Sequence[Scene]) -> float:
        found = [scene[layer][tolerance][part] for scene in scenes if layer in scene]  # not in samples of parcels
        known = [share for share in found if share is not None]
        return float(np.mean(known)) if known else np.nan

    return value


def _outlines(cells: int, tolerance: int) -> Figure:
    def value(scenes: Sequence[Scene]) -> float:
        counts = [scene["outlines"][tolerance] for scene in scenes if "outlines" in scene]
        if not counts:
            return np.nan
        sums = np.sum(counts, axis=0)
        return float(sums[cells + 1] / sums[cells]) if sums[cells] else np.nan

    return value


FIGURES: dict[str, tuple[str, Figure]] = {
    "miou": ("mIoU", _pooled("all", mean_iou)),
    "macro_f1": ("macro F1", _pooled("all", macro_f1)),
    "accuracy": ("accuracy", _pooled("all", overall_accuracy)),
    "boundary": ("at boundaries", _pooled("boundary", overall_accuracy)),
    "interior": ("interior", _pooled("interior", overall_accuracy)),
    "edge_0_5": ("0-5 m from an edge, inside right", _near_edge("inside_right", 0)),
    "edge_5_10": ("5-10 m", _near_edge("inside_right", 1)),
    "edge_0_5_all": ("0-5 m, all parcels", _near_edge("all", 0)),
    "map_2.5": ("crop edges of the map, F1 at 2.5 m", _edges("map_edges", 0)),
    "map_precision": ("their precision at 2.5 m", _edges("map_edges", 0, "precision")),
    "map_recall": ("their recall at 2.5 m", _edges("map_edges", 0, "recall")),
    "map_5": ("5 m", _edges("map_edges", 1)),
    "map_10": ("10 m", _edges("map_edges", 2)),
    "layer_2.5": ("boundary layer, F1 at 2.5 m", _edges("boundary_layer", 0)),
    "layer_5": ("5 m", _edges("boundary_layer", 1)),
    "layer_10": ("10 m", _edges("boundary_layer", 2)),
    "layer_found": ("outlines found by the boundary layer within 5 m", _outlines(0, 1)),
    "layer_inside": ("ground inside with a boundary within 5 m", _outlines(2, 1)),
}
"""Key -> (title, value over scenes)."""


@dataclass(frozen=True)
class Row:
    """A cell's map and its figures."""

    cell: str
    kind: str
    """own, fields, own_fields, nearest or bilinear: how the map came onto the finest labels."""
    title: str
    seeds: tuple[int, ...]
    values: Mapping[str, Value]
    differences: Mapping[str, Value]
    """From the reference's own map, or, of a reference at x1, which has none on the finest labels, from the one that
    is upsampled as this one, else bilinearly; empty where no seed is shared."""
    shared_seeds: int
    """Seeds that the differences rest on."""
    by_vote: Mapping[str, Value]
    """From the same cell's map before its fields voted, on all its seeds; empty for maps that are not voted."""
    cpu_minutes: float
    patches: int


def summarise(plan: Plan, found: Mapping[tuple[str, int], Mapping[str, Any]]) -> list[Row]:
    """One row for each cell and map, in the plan's order."""
    rows = []
    for cell in plan.cells:
        own = {seed: result for (name, seed), result in found.items() if name == cell}
        if not own:
            continue
        kinds = {seed: next(iter(result["scenes"].values())).keys() for seed, result in own.items()}
        is_fine = any("own" in each for each in kinds.values())
        for kind in MAPS:
            having = {seed: result for seed, result in own.items() if kind in kinds[seed]}
            if having and (kind not in REFERENCE_MAPS or not is_fine or cell == plan.reference):
                rows.append(_row(plan, found, cell, kind, having))
    return rows


def _row(
    plan: Plan,
    found: Mapping[tuple[str, int], Mapping[str, Any]],
    cell: str,
    kind: str,
    own: Mapping[int, Mapping[str, Any]],
) -> Row:
    seeds = tuple(sorted(own))
    reference = {seed: found[plan.reference, seed] for seed in seeds if (plan.reference, seed) in found}
    reference_kind = _reference_kind(kind, reference.values())
    names = sorted(own[seeds[0]]["scenes"])
    draws = [np.arange(len(names)), *scene_draws(len(names))]

    def figures(results: Mapping[int, Mapping[str, Any]], which: str, figure: Figure) -> FloatArray:
        """(seeds, 1 + DRAWS): over all scenes, then over those drawn."""
        tables = []
        for _, result in sorted(results.items()):
            scenes = [result["scenes"][name][which] for name in names]
            tables.append([figure([scenes[index] for index in draw]) for draw in draws])
        return np.asarray(tables, dtype=np.float64)

    values, differences, by_vote = {}, {}, {}
    is_reference = cell == plan.reference and kind == reference_kind
    for key, (_, figure) in FIGURES.items():
        if key.startswith("layer") and not plan.has_contrast(cell):
            continue  # its similarity head was never trained
        table = figures(own, kind, figure)
        if np.isnan(table[:, 0]).any():
            continue
        values[key] = _within(interval(table[:, 0], table[:, 1:], len(names)), 0)
        if reference and not is_reference and not key.startswith("layer"):
            shared = [seeds.index(seed) for seed in sorted(reference)]
            gap = table[shared] - figures(reference, reference_kind, figure)
            differences[key] = _within(interval(gap[:, 0], gap[:, 1:], len(names)), -1)
        if kind in VOTED and not key.startswith("layer"):
            gap = table - figures(own, "own", figure)
            by_vote[key] = _within(interval(gap[:, 0], gap[:, 1:], len(names)), -1)
    return Row(
        cell,
        kind,
        plan.cells[cell].title + MAPS[kind],
        seeds,
        values,
        differences,
        len(reference),
        by_vote,
        float(np.mean([result["train_cpu_seconds"] for result in own.values()])) / 60,
        int(own[seeds[0]]["patches"]),
    )


def _reference_kind(kind: str, reference: Collection[Mapping[str, Any]]) -> str:
    """The reference's map that a map of a kind is compared with: see Row.differences."""
    kinds = [scene.keys() for result in reference for scene in result["scenes"].values()]
    return next((each for each in ("own", kind) if all(each in those for those in kinds)), BEST_UPSAMPLED)


def _within(value: Value, least: float) -> Value:
    """An interval without what cannot be: no share is above 1 or below 0, no difference of shares below -1."""
    return Value(value.mean, max(least, value.low), min(1.0, value.high))
