"""Comparisons of ways to train: a small one from plan to tables, and the counts that its figures come from."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch")

import tiny_source  # noqa: E402

from backend.errors import InputError, RequestError  # noqa: E402
from training.calibrate import Calibration  # noqa: E402
from training.calibrated_network import calibrated  # noqa: E402
from training.config_training import NetworkConfig  # noqa: E402
from training.crop_network import CropNetwork  # noqa: E402
from training.experiments import cells, work_folder  # noqa: E402
from training.experiments.__main__ import main, wanted  # noqa: E402
from training.experiments.cells import spread  # noqa: E402
from training.experiments.plan import read_plan  # noqa: E402
from training.experiments.report import write_report  # noqa: E402
from training.experiments.results import SCORING, is_of, made_with, read_results, result_path  # noqa: E402
from training.experiments.scene_scores import score_scene  # noqa: E402
from training.experiments.summary import summarise  # noqa: E402
from training.experiments.work_folder import TrainingTime, cell_folder, data_folder  # noqa: E402
from training.mosaic import SourceMosaic  # noqa: E402
from training.progress import QuietProgress  # noqa: E402
from training.run_folder import DATA_SET  # noqa: E402
from training.store import Store  # noqa: E402

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
        (
            {"cells": {"c_x4": {"title": "x", "changes": {"evaluate": {"calibrate_on": ["train"]}}}}},
            "evaluate.calibrate_on has no say in a comparison",
        ),
        (
            {"cells": {"c_x4": {"title": "x", "changes": {"hardware": {"devices": 2}}}}},
            "the cell 'c_x4' sets hardware.devices or nodes, which must be 1: a cell is trained by one process",
        ),
        (
            {"cells": {"c_x4": {"title": "x", "changes": {"hardware": {"precision": "auto"}}}}},
            "the cell 'c_x4' sets hardware.precision to auto: name 32 or bf16",
        ),
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


def run_of(done: Path, plan: Path, **chosen: str) -> list[str]:
    """The command line that runs cells of a plan beside those that are done."""
    places = [
        "--plan",
        str(plan),
        "--results",
        str(done / "results"),
        "--data",
        str(done),
        "--work",
        str(done / "work"),
    ]
    return ["run", *places, *(word for name, value in chosen.items() for word in (f"--{name}", value))]


def other_plan(folder: Path, **changes: dict[str, Any]) -> Path:
    """The plan with other settings in some sections of its base, under the same name."""
    folder.mkdir()
    values = plan_values()
    for section, settings in changes.items():
        values["base"].setdefault(section, {}).update(settings)
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def test_what_is_done_is_not_done_again(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "run_cell", lambda *_: pytest.fail("it was done"))
    assert main(run_of(done, done / "tiny.yaml", budget="8", seeds="1")) == 0


def test_a_result_of_other_settings_is_made_anew_in_a_folder_of_its_own(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(cells, "run_cell", lambda *given: asked.append(given[-1]) or {"made": "anew"})
    monkeypatch.setattr(cells, "write_result", lambda path, result, work: None)
    for number, changes in enumerate(
        ({"finetune": {"learning_rate": 0.01}}, {"hardware": {"precision": "bf16"}}, {"cscl": {"proj_channels": 16}})
    ):
        plan = other_plan(tmp_path / str(number), **changes)
        assert main(run_of(done, plan, budget="8", seeds="1", cells="c_x4")) == 0
    own = cell_folder(done / "work", read_plan(done / "tiny.yaml"), "c_x4", 1, 8)
    assert len({own, *asked}) == 4
    assert {folder.parent for folder in asked} == {done / "work" / "tiny"}


@pytest.mark.parametrize(
    "changes",
    [
        {"finetune": {"learning_rate": 0.01}},
        {"hardware": {"precision": "bf16"}},
        {"dataset": {"max_dates": 5}},
    ],
    ids=["settings", "precision", "data"],
)
def test_what_a_result_was_made_with_decides_whose_it_is(done: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    plan, other = read_plan(done / "tiny.yaml"), read_plan(other_plan(tmp_path / "other", **changes))
    path = result_path(done / "results", plan, "c_x4", 1, 8)
    assert is_of(path, plan, "c_x4", 1, 8)
    assert not is_of(path, other, "c_x4", 1, 8)
    there = read_results(other, done / "results", 8)
    assert (list(there.found), there.others) == ([], [(cell, 1) for cell in plan.cells])
    assert there.missing == [(cell, 2) for cell in plan.cells]
    text = write_report(other, done / "results", tmp_path / "report").read_text(encoding="utf-8")
    left_out = "Of other settings, or scored in another way, so left out: a_x1 (seed 1); c_x4 (seed 1); f_corrected"
    assert f"0 of 6 runs are done. {left_out}" in text


def test_a_result_that_was_scored_in_another_way_is_made_anew(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = read_plan(done / "tiny.yaml")
    made = result_path(done / "results", plan, "c_x4", 1, 8)
    older = result_path(tmp_path, plan, "c_x4", 1, 8)
    older.parent.mkdir(parents=True)
    result = json.loads(made.read_text(encoding="utf-8"))
    assert (result.pop("scoring"), result.pop("calibration_scenes")) == (SCORING, 24)
    older.write_text(json.dumps(result), encoding="utf-8")
    assert is_of(older, plan, "c_x4", 1, 8) == (SCORING == 1)
    own = made_with(plan, "c_x4", 1, 8)
    for later in (replace(own, scoring=SCORING + 1), replace(own, calibration_scenes=6)):
        monkeypatch.setattr("training.experiments.results.made_with", lambda *_, later=later: later)
        assert not is_of(made, plan, "c_x4", 1, 8)


def test_a_plan_says_how_many_scenes_calibrate_a_cell(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = read_plan(done / "tiny.yaml").model_copy(update={"calibration_scenes": 1})
    assert made_with(plan, "c_x4", 1, 8).calibration_scenes == 1
    asked: list[list[str]] = []

    def calibrate(model: CropNetwork, sources: Sequence[SourceMosaic], *_: Any, **__: Any) -> Calibration:
        asked.append([source.name for source in sources])
        return Calibration()

    monkeypatch.setattr(cells, "calibrate", calibrate)
    store = Store(data_folder(done / "work", plan) / DATA_SET)
    result = cells.run_cell(plan, "c_x4", 1, 8, store, done / "once")
    assert [len(names) for names in asked] == [1]
    assert result["calibration_scenes"] == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"fingerprint": 3}'])
def test_a_damaged_result_is_no_result(tmp_path: Path, text: str) -> None:
    plan = read_plan(write(tmp_path))
    path = result_path(tmp_path, plan, "c_x4", 1, 8)
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert not is_of(path, plan, "c_x4", 1, 8)
    assert read_results(plan, tmp_path, 8).others == [("c_x4", 1)]


def test_plans_with_one_data_set_share_it_and_others_have_their_own(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path))
    same = read_plan(other_plan(tmp_path / "same", finetune={"learning_rate": 0.01}))
    other = read_plan(other_plan(tmp_path / "other", dataset={"chip": 48}))
    assert data_folder(tmp_path, plan) == data_folder(tmp_path, same)
    assert data_folder(tmp_path, plan) != data_folder(tmp_path, other)


def test_a_cell_that_was_broken_off_goes_on_after_what_is_trained(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, train = [], cells.run_stage

    def broken(config: Any, store: Any, model: Any, name: str, *rest: Any) -> Any:
        trained.append(name)
        if trained == ["pretrain", "finetune"]:
            raise KeyboardInterrupt
        return train(config, store, model, name, *rest)

    monkeypatch.setattr(cells, "run_stage", broken)
    run = run_of(done, done / "tiny.yaml", budget="8", seeds="1", cells="f_corrected")
    run[run.index("--results") + 1] = str(tmp_path / "results")
    assert main(run) == 4
    plan = read_plan(done / "tiny.yaml")
    work = cell_folder(done / "work", plan, "f_corrected", 1, 8)
    before = json.loads((work / "seconds.json").read_text())
    assert before["wall"] > 0
    # calibration is broken off, too: then both stages are trained
    monkeypatch.setattr(cells, "calibrate", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    assert main(run) == 4
    monkeypatch.undo()
    monkeypatch.setattr(cells, "run_stage", lambda *_: pytest.fail("both stages are trained"))
    assert main(run) == 0
    assert trained == ["pretrain", "finetune", "finetune"]
    result = json.loads(result_path(tmp_path / "results", plan, "f_corrected", 1, 8).read_text())
    whole = results(done)["f_corrected_s1"]
    assert (result["scenes"], result["calibration"]) == (whole["scenes"], whole["calibration"])
    assert result["train_seconds"] > before["wall"]
    assert not work.exists()


def test_seconds_of_a_process_that_was_killed_count_as_far_as_they_were_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        now = 100.0

        def monotonic(self) -> float:
            return self.now

        def process_time(self) -> float:
            return self.now / 2

    clock = Clock()
    monkeypatch.setattr(work_folder, "time", clock)
    first = TrainingTime(tmp_path)
    with first.counted(QuietProgress()) as progress:
        for second in (104, 112, 115):  # notes are ten seconds apart
            clock.now = second
            progress.progress(1, 9, "finetune")
        killed = TrainingTime(tmp_path)
        assert (killed.wall, killed.cpu) == (12, 6)
    clock.now = 200
    assert (first.wall, first.cpu) == (15, 7.5)

    def fail(after: int) -> None:
        with TrainingTime(tmp_path).counted(QuietProgress()):
            clock.now += after
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(3)
    assert (TrainingTime(tmp_path).wall, TrainingTime(tmp_path).cpu) == (18, 9)


@pytest.mark.parametrize(
    ("chosen", "message", "hint"),
    [
        ({"cells": "c_x3"}, "The plan tiny has no cell 'c_x3'; did you mean 'c_x4'?", "a_x1, c_x4, f_corrected."),
        ({"cells": "zzz"}, "The plan tiny has no cell 'zzz'.", "Its cells are a_x1, c_x4, f_corrected."),
        ({"budget": "9"}, "The plan tiny has no budget 9.", "Its budgets are 8, 40."),
        ({"budget": "0"}, "The plan tiny has no budget 0.", "Its budgets are 8, 40."),
        ({"seeds": "3"}, "The plan tiny has no seed 3.", "Its seeds are 1, 2."),
    ],
)
def test_what_the_plan_has_not_is_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], chosen: dict[str, str], message: str, hint: str
) -> None:
    assert main(run_of(tmp_path, write(tmp_path), **chosen)) == 2
    said = capsys.readouterr().err
    assert message in said
    assert hint in said
    assert not (tmp_path / "work").exists()


def test_a_report_of_nothing_in_a_new_folder_says_that_nothing_is_done(tmp_path: Path) -> None:
    places = ["--plan", str(write(tmp_path)), "--results", str(tmp_path / "new" / "results")]
    assert main(["report", *places]) == 0
    assert "0 of 6 runs are done." in (tmp_path / "new" / "tiny_tables.md").read_text(encoding="utf-8")


def test_results_are_reported_without_torch() -> None:
    code = "import sys, training.experiments.report, training.experiments.__main__; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_tables_name_what_is_missing(done: Path) -> None:
    text = (done / "tiny_tables.md").read_text(encoding="utf-8")
    assert "3 of 6 runs are done. Missing: a_x1 (seed 2); c_x4 (seed 2); f_corrected (seed 2)." in text
    assert "## 40 training patches\n0 of 6 runs are done." in text
    assert (done / "tiny_p8_miou.svg").is_file()


def test_figures_are_those_of_the_pooled_counts(done: Path) -> None:
    plan = read_plan(done / "tiny.yaml")
    rows = summarise(plan, read_results(plan, done / "results", 8).found)
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
    by_kind = {(row.cell, row.kind): row for row in rows}
    for (cell, kind), voted in by_kind.items():
        assert bool(voted.by_vote) == (kind in ("own_fields", "fields"))
        for key, gap in voted.by_vote.items():
            before = by_kind[cell, "own"].values[key].mean
            assert gap.mean == pytest.approx(voted.values[key].mean - before)


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


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_scenes_that_calibrate_are_of_all_kinds(path: Path) -> None:
    """Fields and profiles alternate from scene to scene: a step that is a multiple of theirs would meet one kind."""
    plan = read_plan(path)
    for simulation in plan.dataset_config.dataset.simulations:
        if not simulation.shares.calibration or simulation.split is not None:
            continue

        class Scene:
            def num_parcels(self, split: str) -> int:
                return 1

        scenes = [Scene() for _ in range(simulation.scenes)]
        numbers = [scenes.index(scene) for scene in spread(scenes, plan.calibration_scenes)]  # type: ignore[arg-type]
        kinds = len(simulation.parcels) + 1
        assert {number % kinds for number in numbers} == set(range(kinds))
        if simulation.builtin_profiles_every:
            assert {number % simulation.builtin_profiles_every == 0 for number in numbers} == {True, False}
