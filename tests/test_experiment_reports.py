"""Reports of comparisons, from results that are made up: rows, differences, charts; and those in the repository."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from test_experiments import ROOT, SHIPPED, write

from training.experiments import intervals
from training.experiments.dot_chart import Dot, dot_chart
from training.experiments.plan import Plan, read_plan
from training.experiments.report import _gap, write_report
from training.experiments.results import is_of, made_with, read_results, result_path
from training.experiments.summary import summarise

pytestmark = pytest.mark.torch


def test_the_chart_escapes_titles_and_spans_all_intervals() -> None:
    text = dot_chart([Dot("a < b", 50, 41, 58), Dot("c", 70, 69, 72)], "share & more")
    assert "a &lt; b" in text
    assert "share &amp; more" in text
    assert ">40</text>" in text
    assert ">75</text>" in text


def result_of(accuracy: int) -> dict[str, Any]:
    """A result of two scenes, of ten cells each, so many of them right."""
    confusion = [[accuracy, 10 - accuracy], [0, 0]]
    bands = [[10, accuracy]] * 4
    edges = [{"f1": 0.5, "precision": 0.5, "recall": 0.5, "tolerance_m": metres} for metres in (2.5, 5.0, 10.0)]
    scene = {
        "confusion_all": confusion, "confusion_boundary": confusion, "confusion_interior": confusion,
        "profile": {"all": bands, "inside_right": bands}, "map_edges": edges,
    }  # fmt: skip
    return {
        "scenes": {name: {"own": scene} for name in ("one", "two")}, "train_cpu_seconds": 60.0, "patches": 16,
    }  # fmt: skip


def test_a_kind_of_map_rests_on_the_seeds_that_have_it(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path))
    found = {(plan.reference, seed): result_of(5) for seed in (1, 2)}
    for scene in found[plan.reference, 2]["scenes"].values():
        scene["fields"] = scene["own"]
    assert [(row.kind, row.seeds, row.shared_seeds) for row in summarise(plan, found)] == [
        ("own", (1, 2), 2),
        ("fields", (2,), 1),
    ]


def shipped_result(plan: Plan, cell: str, seed: int, budget: int, accuracy: int) -> dict[str, Any]:
    """A result with the maps that a cell of a plan has, and the marks of the plan."""
    config = plan.config(cell, seed, budget)
    is_fine = config.network.magnification == max(config.dataset.magnifications)
    kinds = ["nearest", "bilinear"]
    if is_fine:
        kinds += ["own", "own_fields", *(["fields"] if plan.has_contrast(cell) else [])]
    result = copy.deepcopy(result_of(accuracy))
    for name, scene in result["scenes"].items():
        result["scenes"][name] = dict.fromkeys(kinds, scene["own"])
    return {**asdict(made_with(plan, cell, seed, budget)), **result}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_plan_can_be_reported(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "DRAWS", 4)
    plan, results_folder = read_plan(path), tmp_path / "results"
    seed, budget = plan.seeds[0], plan.budgets[0]
    for number, cell in enumerate(plan.cells):
        place = result_path(results_folder, plan, cell, seed, budget)
        place.parent.mkdir(parents=True, exist_ok=True)
        accuracy = 5 if cell == plan.reference else 1 + number % 4
        place.write_text(json.dumps(shipped_result(plan, cell, seed, budget, accuracy)), encoding="utf-8")
    write_report(plan, results_folder, tmp_path)
    rows = summarise(plan, read_results(plan, results_folder, budget).found)
    assert {row.cell for row in rows} == set(plan.cells)
    for row in rows:
        if row.cell == plan.reference:
            continue
        assert row.differences["accuracy"].mean == pytest.approx(row.values["accuracy"].mean - 0.5), (
            row.cell,
            row.kind,
        )


def test_a_reference_at_x1_is_met_by_the_map_upsampled_alike_else_bilinearly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intervals, "DRAWS", 4)
    plan = read_plan(write(tmp_path, reference="a_x1"))
    nearest, bilinear, own = (result_of(right)["scenes"]["one"]["own"] for right in (4, 6, 9))
    found = {
        ("a_x1", 1): {**result_of(0), "scenes": {"one": {"nearest": nearest, "bilinear": bilinear}}},
        ("c_x4", 1): {**result_of(0), "scenes": {"one": {"own": own, "nearest": own, "bilinear": own}}},
    }
    rows = {(row.cell, row.kind): row for row in summarise(plan, found)}
    assert set(rows) == {("a_x1", "nearest"), ("a_x1", "bilinear"), ("c_x4", "own")}
    assert not rows["a_x1", "nearest"].differences
    assert not rows["a_x1", "bilinear"].differences
    assert rows["c_x4", "own"].differences["accuracy"].mean == pytest.approx(0.3)
    other = {**found, ("f_corrected", 1): {**result_of(0), "scenes": {"one": {"nearest": own, "bilinear": own}}}}
    gaps = {(row.cell, row.kind): row.differences for row in summarise(plan, other)}
    assert gaps["f_corrected", "nearest"]["accuracy"].mean == pytest.approx(0.5)
    assert gaps["f_corrected", "bilinear"]["accuracy"].mean == pytest.approx(0.3)


@pytest.mark.parametrize(("reference_seeds", "is_bold"), [((1,), False), ((1, 2), False), ((1, 2, 3), True)])
def test_a_difference_is_claimed_only_where_three_seeds_of_both_are_compared(
    tmp_path: Path, reference_seeds: tuple[int, ...], is_bold: bool
) -> None:
    plan = read_plan(write(tmp_path))
    other = next(cell for cell in plan.cells if cell != plan.reference)
    found = {(plan.reference, seed): result_of(5) for seed in reference_seeds}
    found |= {(other, seed): result_of(9) for seed in (1, 2, 3)}
    row = next(row for row in summarise(plan, found) if row.cell == other)
    assert row.seeds == (1, 2, 3)
    assert row.shared_seeds == len(reference_seeds)
    assert _gap(row.differences["accuracy"], row.shared_seeds).startswith("**") is is_bold


def test_results_that_lie_in_the_repository_are_not_made_again() -> None:
    plans = {plan.name: plan for plan in map(read_plan, SHIPPED)}
    found = sorted((ROOT / "docs" / "experiments" / "results").glob("*/p*/*.json"))
    assert len(found) >= 24
    for path in found:
        cell, seed = path.stem.rsplit("_s", 1)
        plan, budget = plans[path.parts[-3]], int(path.parts[-2][1:])
        assert is_of(path, plan, cell, int(seed), budget), path.name
