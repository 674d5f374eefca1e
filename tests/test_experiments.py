"""Comparisons of ways to train: a small one from plan to tables, and the counts that its figures come from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch")

import tiny_source  # noqa: E402

from backend.errors import InputError, RequestError  # noqa: E402
from training.calibrate import Calibration  # noqa: E402
from training.config_training import NetworkConfig  # noqa: E402
from training.crop_network import CropNetwork  # noqa: E402
from training.experiments.__main__ import is_of, main, wanted  # noqa: E402
from training.experiments.cells import calibrated, spread  # noqa: E402
from training.experiments.dot_chart import Dot, dot_chart  # noqa: E402
from training.experiments.plan import read_plan  # noqa: E402
from training.experiments.probability_fields import probability_contrast  # noqa: E402
from training.experiments.report import _gap  # noqa: E402
from training.experiments.scene_scores import score_scene  # noqa: E402
from training.experiments.summary import read_results, summarise  # noqa: E402

pytestmark = pytest.mark.torch

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = sorted((ROOT / "resources" / "configs" / "experiments").glob("*.yaml"))
SCENE = {"size_px": 64, "dates": 5, "block_m": 160}


def plan_values(**changes: Any) -> dict[str, Any]:
    return {
        "name": "tiny",
        "seeds": [1, 2],
        "budgets": [8, 40],
        "reference": "c_x4",
        "base": {
            "seed": 5,
            "threads": 1,
            "dataset": {
                "chip": 32,
                "rare": tiny_source.NOTHING_RARE,
                "magnifications": [1, 4],
                "simulations": [
                    {
                        "name": "train",
                        "scenes": 2,
                        "shares": {"train": 0.6, "validation": 0, "calibration": 0.4, "test": 0},
                        **SCENE,
                    },
                    {"name": "test", "scenes": 2, "seed": 1, "split": "test", "weight": 0, **SCENE},
                ],
            },
            "network": tiny_source.NETWORK,
            "cscl": {"proj_channels": 8},
            "augmentation": {"crop": 16, "dates": 4},
            "finetune": {"batch": 2, "cscl_weight": 0.0},
        },
        "cells": {
            "a_x1": {"title": "x1", "changes": {"network": {"magnification": 1}}},
            "c_x4": {"title": "x4"},
            "f_corrected": {"title": "x4 & contrast", "pretrain_share": 0.5},
        },
        **changes,
    }


def write(folder: Path, **changes: Any) -> Path:
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(plan_values(**changes)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a plan of which the first budget's first seed has been run, and its report."""
    folder = tmp_path_factory.mktemp("experiment")
    plan = write(folder)
    places = ["--plan", str(plan), "--results", str(folder / "results")]
    run = ["run", *places, "--data", str(folder), "--work", str(folder / "work")]
    assert main([*run, "--scheduler", "local:1", "--budget", "8", "--seeds", "1"]) == 0
    assert main(["report", *places]) == 0
    return folder


def results(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text()) for path in (folder / "results" / "tiny" / "p8").glob("*.json")}


def test_every_shipped_plan_reads() -> None:
    assert SHIPPED
    for path in SHIPPED:
        assert read_plan(path).cells


def test_all_cells_see_as_many_patches(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path))
    for cell in plan.cells:
        config = plan.config(cell, 1, 40)
        steps = config.finetune.steps + (config.pretrain.steps if config.pretrain else 0)
        assert steps * config.finetune.batch == 40
    assert plan.config("f_corrected", 1, 40).pretrain.steps == 10
    assert plan.config("c_x4", 1, 40).pretrain is None


def test_cells_of_one_seed_come_before_the_next_seed(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path))
    assert list(wanted(plan, 8, (), ())) == [(8, seed, cell) for seed in (1, 2) for cell in plan.cells]
    assert list(wanted(plan, None, ("c_x4",), (2,))) == [(8, 2, "c_x4"), (40, 2, "c_x4")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reference": "c_x"}, "reference names the cell 'c_x', which is not among the cells"),
        ({"cells": {"c_x4": {"title": "x", "changes": {"network": {"magnifications": 4}}}}}, "magnifications"),
        ({"budgets": []}, "budgets: .*at least 1"),
    ],
)
def test_a_wrong_plan_is_refused_with_a_sentence(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        read_plan(write(tmp_path, **changes))


def test_a_plan_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no plan .*none\.yaml"):
        read_plan(tmp_path / "none.yaml")


def test_counts_of_a_scene_by_hand() -> None:
    classes = np.array([[1, 1, 1, 2, 2, 2]] * 6)
    mapped = classes.copy()
    mapped[:, 3] = 1  # the edge lies one cell too far east
    scene = score_scene(mapped, classes, classes, np.ones_like(classes, dtype=bool), 2.5, 3)
    assert scene["confusion_all"] == [[0, 0, 0], [0, 18, 0], [0, 6, 12]]
    assert scene["confusion_boundary"] == [[0, 0, 0], [0, 6, 0], [0, 6, 0]]
    assert scene["confusion_interior"] == [[0, 0, 0], [0, 12, 0], [0, 0, 12]]
    assert scene["profile"]["all"][0] == [24, 18]  # up to 5 m from the edge: two columns on either side
    assert [entry["f1"] for entry in scene["map_edges"]] == [1.0, 1.0, 1.0]
    assert "boundary_layer" not in scene


def test_a_run_leaves_one_result_for_each_cell_with_counts_of_every_test_scene(done: Path) -> None:
    found = results(done)
    assert set(found) == {"a_x1_s1", "c_x4_s1", "f_corrected_s1"}
    for result in found.values():
        assert set(result["scenes"]) == {"test_000", "test_001"}
        assert result["patches"] == 8
    x1, x4 = found["a_x1_s1"]["scenes"]["test_000"], found["c_x4_s1"]["scenes"]["test_000"]
    corrected = found["f_corrected_s1"]["scenes"]["test_000"]
    assert (set(x1), set(x4)) == ({"nearest", "bilinear"}, {"own", "own_fields", "nearest", "bilinear"})
    assert set(corrected) == {"own", "fields", "own_fields", "nearest", "bilinear"}
    counted = [np.sum(values["confusion_all"]) for values in (*x1.values(), *x4.values(), *corrected.values())]
    assert len(set(counted)) == 1  # all maps are scored on the same cells
    assert counted[0] > 0.5 * (64 * 4) ** 2


def test_what_is_done_is_not_done_again_and_other_settings_are(done: Path) -> None:
    path = done / "results" / "tiny" / "p8" / "c_x4_s1.json"
    before = path.stat().st_mtime_ns
    run = ["run", "--data", str(done), "--work", str(done / "work"), "--results", str(done / "results")]
    chosen = ["--budget", "8", "--seeds", "1", "--cells", "c_x4"]
    assert main([*run, *chosen, "--plan", str(done / "tiny.yaml")]) == 0
    assert path.stat().st_mtime_ns == before
    other = done / "other"
    other.mkdir()
    values = plan_values()
    values["base"]["finetune"]["learning_rate"] = 0.01
    (other / "tiny.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    assert main([*run, *chosen, "--plan", str(other / "tiny.yaml")]) == 0
    assert path.stat().st_mtime_ns > before


def test_the_tables_name_what_is_missing(done: Path) -> None:
    text = (done / "tiny_tables.md").read_text(encoding="utf-8")
    assert "3 of 6 runs are done. Missing: a_x1 (seed 2); c_x4 (seed 2); f_corrected (seed 2)." in text
    assert "## 40 training patches\n0 of 6 runs are done." in text
    assert (done / "tiny_p8_miou.svg").is_file()


def test_figures_are_those_of_the_pooled_counts(done: Path) -> None:
    plan = read_plan(done / "tiny.yaml")
    rows = summarise(plan, read_results(plan, done / "results", 8))
    assert [(row.cell, row.kind) for row in rows] == [
        ("a_x1", "nearest"),
        ("a_x1", "bilinear"),
        ("c_x4", "own"),
        ("c_x4", "own_fields"),
        ("c_x4", "nearest"),
        ("c_x4", "bilinear"),
        ("f_corrected", "own"),
        ("f_corrected", "fields"),
        ("f_corrected", "own_fields"),
    ]
    scenes = results(done)["c_x4_s1"]["scenes"].values()
    matrix = np.sum([scene["own"]["confusion_all"] for scene in scenes], axis=0)
    row = rows[2]
    assert row.values["accuracy"].mean == pytest.approx(np.trace(matrix) / matrix.sum())
    assert row.values["accuracy"].low <= row.values["accuracy"].mean <= row.values["accuracy"].high
    assert not row.differences
    other = rows[6]
    assert other.differences["accuracy"].mean == pytest.approx(
        other.values["accuracy"].mean - row.values["accuracy"].mean
    )


def test_the_boundary_layer_is_scored_with_its_calibration() -> None:
    torch.manual_seed(0)
    model = CropNetwork(NetworkConfig(**tiny_source.NETWORK), 10, 5).eval()
    x, doy = torch.rand(1, 3, 10, 16, 16), torch.tensor([[10, 100, 200]])
    valid = torch.ones(1, 3, 16, 16, dtype=torch.bool)
    with torch.no_grad():
        shares, boundary = calibrated(model, Calibration(temperature=2.0, a=3.0, b=-4.0))(x, doy, valid)
        logits, embedding = model(x, doy, valid)
        contrast = model.boundary_head().contrast(embedding)
    torch.testing.assert_close(boundary, torch.sigmoid(3 * contrast - 4))
    torch.testing.assert_close(shares, torch.softmax(logits / 2, 1))


@pytest.mark.parametrize(
    ("scenes", "most", "taken"), [(90, 24, 23), (24, 24, 24), (3, 24, 3), (25, 24, 13), (0, 24, 0)]
)
def test_a_cell_is_calibrated_on_scenes_spread_over_those_that_can(scenes: int, most: int, taken: int) -> None:
    class Scene:
        def __init__(self, parcels: int) -> None:
            self.parcels = parcels

        def num_parcels(self, split: str) -> int:
            return self.parcels if split == "calibration" else 9

    usable = [Scene(1) for _ in range(scenes)]
    chosen = spread([*usable, Scene(0)], most)  # type: ignore[list-item]
    places = [usable.index(scene) for scene in chosen]  # type: ignore[arg-type]
    assert len(places) == taken
    assert len(set(np.diff(places).tolist())) <= 1, "evenly"


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


def test_probabilities_differ_where_classes_change_and_nothing_is_like_the_unmapped() -> None:
    probabilities = np.zeros((3, 12, 16), np.float32)
    probabilities[0, :, :8] = 1
    probabilities[1, :, 8:] = 0.5
    probabilities[2, :, 8:] = 0.5
    contrast = probability_contrast(probabilities)
    assert (contrast[:, 6:10] == 1).all()
    np.testing.assert_allclose(contrast[:, :6], 0, atol=1e-6)
    np.testing.assert_allclose(contrast[:, 10:], 0, atol=1e-6)
    probabilities[:, 5, 3] = 0
    assert probability_contrast(probabilities)[5, 3] == 1


@pytest.mark.parametrize(("reference_seeds", "is_bold"), [((1,), False), ((1, 2), True)])
def test_a_difference_is_claimed_only_where_two_seeds_of_both_are_compared(
    tmp_path: Path, reference_seeds: tuple[int, ...], is_bold: bool
) -> None:
    plan = read_plan(write(tmp_path))
    other = next(cell for cell in plan.cells if cell != plan.reference)
    found = {(plan.reference, seed): result_of(5) for seed in reference_seeds}
    found |= {(other, seed): result_of(9) for seed in (1, 2)}
    row = next(row for row in summarise(plan, found) if row.cell == other)
    assert row.seeds == (1, 2)
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
