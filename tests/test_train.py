"""The command line of training: from a scene and its parcels to a model that maps it, and what is said of bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import tiny_source
import yaml

from backend.errors import EXIT_CANCELLED, EXIT_FAULT, RequestError
from backend.model_card import METADATA_KEY, read_card

pytest.importorskip("torch")
from training import stages as stages_module
from training import train
from training.stages import STAGES
from training.train import main

pytestmark = pytest.mark.torch

ROOT = Path(__file__).resolve().parents[1]


def write_config(path: Path, **changes: Any) -> Path:
    path.write_text(yaml.safe_dump(tiny_source.settings(**changes)), encoding="utf-8")
    return path


def arguments(stage: str, config: Path, data: Path, out: Path) -> list[str]:
    return [stage, "--config", str(config), "--data", str(data), "--out", str(out)]


def started(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A process of its own in another folder, without what pytest put on the path."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write_farm(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def finished(farm: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A whole run from another folder: its folder and what it said."""
    folder = tmp_path_factory.mktemp("run")
    config = write_config(folder / "tiny.yaml")
    done = started([str(ROOT / "training" / "train.py"), *arguments("run", config, farm, folder / "out")], folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stderr


@pytest.mark.slow
def test_a_run_from_another_folder_leaves_an_evaluated_model_that_the_engine_takes(finished: tuple[Path, str]) -> None:
    from backend.model_check import check_model

    folder, said = finished
    out = folder / "out"
    for stage in STAGES:
        assert f"{stage}: done" in said
    assert {item.name for item in (out / "model").iterdir()} == {"tiny.onnx", "tiny.json", "tiny.pt"}
    check_model(out / "model" / "tiny.onnx", "cpu")
    evaluation = json.loads((out / "metrics.json").read_text())
    assert set(evaluation["sources"]) == {"farm"}
    assert evaluation["sources"]["farm"]["parcels_tested"] == 4
    assert evaluation["sources"]["farm"]["parcels_trained"] == 8
    assert {"model", "forest_all_sources", "forest_own_parcels"} <= set(evaluation["sources"]["farm"])
    # the forest sees what the network sees: crops that differ this much are told apart
    assert evaluation["card"]["farm"]["random_forest_accuracy"] > 0.95
    page = (out / "evaluation.html").read_text(encoding="utf-8")
    assert "4 test parcels, 8 trained on" in page
    assert "<script" not in page
    assert "http" not in page
    assert not list(out.rglob("*.part*"))
    assert "Traceback" not in said


@pytest.mark.slow
def test_the_card_says_what_was_trained(finished: tuple[Path, str]) -> None:
    onnx = pytest.importorskip("onnx")
    path = finished[0] / "out" / "model" / "tiny.onnx"
    card = read_card(path)
    assert card.name == "tiny"
    assert card.magnification == 4
    assert card.bands[:3] == ("B02", "B03", "B04")
    assert [entry.code for entry in card.classes] == list(range(14))
    assert card.training["pretrain_steps"] == card.training["finetune_steps"] == 4
    assert card.training["sources"][0]["dates"] == ["2018-04-20", "2018-05-20", "2018-08-01", "2018-09-01"]
    assert card.memory_per_cell_date > 0
    properties = {entry.key: entry.value for entry in onnx.load(str(path)).metadata_props}
    inside = json.loads(properties[METADATA_KEY])["properties"]
    assert inside["cscl:memory_per_cell_date"] == card.memory_per_cell_date
    west, south, east, north = card.bbox
    assert west == pytest.approx(3.0, abs=0.01)
    assert 43.3 < south < north < 43.4
    assert west < east < 3.02


@pytest.mark.slow
def test_the_engine_maps_the_scene_with_the_model(finished: tuple[Path, str], farm: Path, tmp_path: Path) -> None:
    model = finished[0] / "out" / "model" / "tiny.onnx"
    done = started(
        [
            "-m",
            "backend",
            "map",
            "--series",
            str(farm / "series"),
            "--model",
            str(model),
            "--out",
            str(tmp_path / "map"),
        ],
        ROOT,
    )
    assert done.returncode == 0, done.stderr
    for name in ("crop_type", "confidence", "boundary"):
        with rasterio.open(tmp_path / "map" / f"{name}.tif") as src:
            assert src.shape == (256, 256)
            assert src.res == (2.5, 2.5)
            assert np.asarray(src.read_masks(1)).all()


@pytest.mark.slow
def test_a_second_run_skips_what_is_done(finished: tuple[Path, str], farm: Path) -> None:
    folder, _ = finished
    command = ["-m", "training.train", *arguments("run", folder / "tiny.yaml", farm, folder / "out")]
    done = started(command, ROOT)
    assert done.returncode == 0, done.stderr
    for stage in STAGES:
        assert f"{stage}: already done" in done.stderr


def test_help_names_the_stages() -> None:
    done = started(["-m", "training.train", "--help"], ROOT)
    assert done.returncode == 0
    for stage in (*STAGES, "run"):
        assert stage in done.stdout


def wrong(place: str, value: Any) -> dict[str, Any]:
    """The tiny settings with one value of the source changed, or one top section added."""
    if place == "source":
        return {"dataset": {**tiny_source.settings()["dataset"], "sources": [tiny_source.source(**value)]}}
    return {place: value}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (wrong("finetun", {}), "there is no setting 'finetun'; did you mean 'finetune'?"),
        (wrong("source", {"crop_field": "crops"}), "parcels.gpkg: no field 'crops'"),
        (wrong("source", {"parcels": "nothing.gpkg"}), "There is no file"),
        (wrong("source", {"classes": "nothing"}), "there is no class table 'nothing'"),
        (wrong("source", {"split": "test"}), "No parcel with a known crop lies in the training split"),
    ],
)
def test_bad_input_is_told_in_a_sentence_and_leaves_nothing_behind(
    farm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], message: str
) -> None:
    config = write_config(tmp_path / "tiny.yaml", **changes)
    assert main(arguments("run", config, farm, tmp_path / "out")) == 2
    said = capsys.readouterr().err
    assert said.startswith("Error: ")
    assert message in said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def test_missing_files_and_folders_are_told_in_a_sentence(
    farm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path / "tiny.yaml")
    (tmp_path / "file").touch()
    for values, message in (
        ((tmp_path / "nothing.yaml", farm, tmp_path / "out"), "There is no configuration"),
        ((config, tmp_path / "nothing", tmp_path / "out"), "There is no data folder"),
        ((config, farm, tmp_path / "file"), "cannot be used as the output folder"),
    ):
        assert main(arguments("run", *values)) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stage", "message"),
    [("pretrain", "There is no data set"), ("evaluate", "There is no data set"), ("export", "There is no evaluation")],
)
def test_a_stage_names_the_one_that_must_come_before_it(
    farm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], stage: str, message: str
) -> None:
    assert main(arguments(stage, write_config(tmp_path / "tiny.yaml"), farm, tmp_path / "out")) == 2
    assert message in capsys.readouterr().err


def test_a_data_set_of_another_configuration_is_refused(
    farm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(arguments("dataset", write_config(tmp_path / "tiny.yaml"), farm, out)) == 0
    other = write_config(tmp_path / "other.yaml", seed=99)
    assert main(arguments("pretrain", other, farm, out)) == 2
    assert "the data set was made with another configuration" in capsys.readouterr().err


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stages do nothing but note their name."""
    done: list[str] = []
    stages = {name: lambda name=name: done.append(name) for name in STAGES}
    monkeypatch.setattr(stages_module, "_stage_functions", lambda *values: stages)
    return done


def test_a_stage_done_anew_makes_those_after_it_be_done_anew(
    farm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = counted(monkeypatch)
    config, out = write_config(tmp_path / "tiny.yaml"), tmp_path / "out"
    assert main(arguments("run", config, farm, out)) == 0
    assert done == list(STAGES)
    done.clear()
    assert main(arguments("pretrain", config, farm, out)) == 0
    assert main(arguments("run", config, farm, out)) == 0
    assert done == ["pretrain", "finetune", "evaluate", "export"]


@pytest.mark.parametrize(
    ("changes", "redone"),
    [
        ({"card": {"name": "other"}}, ["export"]),
        ({"finetune": {"steps": 8}}, ["finetune", "evaluate", "export"]),
        ({"pretrain": None}, ["finetune", "evaluate", "export"]),
        ({"augmentation": {"crop": 32}}, ["pretrain", "finetune", "evaluate", "export"]),
        ({"seed": 4}, list(STAGES)),
        ({"threads": 2}, []),
    ],
)
def test_only_what_a_change_touches_is_done_anew(
    farm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], redone: list[str]
) -> None:
    done = counted(monkeypatch)
    assert main(arguments("run", write_config(tmp_path / "tiny.yaml"), farm, tmp_path / "out")) == 0
    done.clear()
    assert main(arguments("run", write_config(tmp_path / "other.yaml", **changes), farm, tmp_path / "out")) == 0
    assert done == redone


def test_a_damaged_mark_counts_as_none(farm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = counted(monkeypatch)
    config, out = write_config(tmp_path / "tiny.yaml"), tmp_path / "out"
    main(arguments("run", config, farm, out))
    (out / "export.done.json").write_text("{")
    done.clear()
    assert main(arguments("run", config, farm, out)) == 0
    assert done == ["export"]


def test_a_checkpoint_of_another_configuration_is_not_gone_on_with(
    farm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import stage_runner

    out, seen = tmp_path / "out", []

    def stop(config: Any, store: Any, model: Any, name: str, folder: Path, *_: Any) -> None:
        seen.append(sorted(item.name for item in folder.iterdir()))
        (folder / "checkpoints").mkdir(exist_ok=True)
        raise RequestError("stopped")

    monkeypatch.setattr(stage_runner, "run_stage", stop)
    first = write_config(tmp_path / "tiny.yaml")
    second = write_config(tmp_path / "other.yaml", pretrain={"steps": 8})
    assert main(arguments("dataset", first, farm, out)) == 0
    for config in (first, first, second):
        assert main(arguments("pretrain", config, farm, out)) == 2
    assert seen == [["fingerprint.txt"], ["checkpoints", "fingerprint.txt"], ["fingerprint.txt"]]


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), EXIT_CANCELLED), (OSError("ouch"), EXIT_FAULT)])
def test_ends_that_are_not_the_users_fault_have_their_own_codes(
    farm: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
) -> None:
    def fail(*values: Any) -> None:
        raise error

    monkeypatch.setattr(train, "run_stages", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(arguments("run", write_config(tmp_path / "tiny.yaml"), farm, tmp_path / "out")) == code
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1
