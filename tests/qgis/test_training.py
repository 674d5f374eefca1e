"""'Train a model' and 'Evaluate a map', as Processing runs them."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsProcessingException, QgsProcessingFeedback

from cscl_qgis import models, training_python
from cscl_qgis.processing import evaluate_map

pytestmark = pytest.mark.torch

SAMPLE = Path(__file__).resolve().parents[2] / "resources" / "sample"
SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "models" / "cscl_default.onnx"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: QGIS writes .aux.xml files beside what it opens. Four dates are enough."""
    folder = tmp_path_factory.mktemp("Szene é")
    for name in ("20171201", "20180306", "20180525", "20180724"):
        for path in SAMPLE.glob(f"*{name}*.tif"):
            shutil.copy(path, folder)
    shutil.copy(SAMPLE / "parcels.gpkg", folder)
    return folder


@pytest.fixture(autouse=True)
def _own_folders(engine_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSCL_TRAINING_PYTHON", str(engine_python))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(training_python, "_known", {})
    monkeypatch.setattr(os, "setpriority", lambda *_: None)  # a busy computer would let the tests wait


@pytest.fixture
def processing(qgis_processing: None, provider: Any) -> Any:
    """QGIS's own module, as in its Python console."""
    import processing

    return processing


@pytest.fixture
def data_set(processing: Any, scene: Path) -> Path:
    """Of the sample scene; built once."""
    out = scene.with_name("data set")
    if not out.exists():
        processing.run(
            "cscl:builddataset",
            {
                "FOLDER": str(scene), "PARCELS": str(scene / "parcels.gpkg"), "CROP_FIELD": "crop",
                "ID_FIELD": "parcel_id", "TABLE": "legend_names", "OUTSIDE": "background", "CHIP": 32,
                "BLOCK_M": 200.0, "OUTPUT": str(out), "RARE_TRAIN": 0, "RARE_EVALUATION": 0,
            },
        )  # fmt: skip
    return out


def test_a_model_is_trained_scored_and_installed(processing: Any, data_set: Path) -> None:
    """From the shipped weights, on the sample scene, for six steps."""
    out = data_set
    values = {
        "DATASET": str(out), "NAME": "mine", "START": "cscl_default", "STEPS": 6, "ATTRIBUTION": "mine", "THREADS": 1,
    }  # fmt: skip
    feedback = QgsProcessingFeedback()
    results = processing.run("cscl:trainmodel", values, feedback=feedback)
    assert results["MODEL"] == str(out / "mine" / "model" / "mine.onnx")
    card = models.read_model(Path(results["MODEL"])).card
    assert (card.name, card.attribution) == ("mine", "mine")
    assert "<html" in Path(results["REPORT"]).read_text(encoding="utf-8")
    assert 0 < results["ACCURACY"] <= 1
    assert results["PARCELS"] > 0
    assert "accuracy" in feedback.textLog()
    assert models.models_dir() / "mine.onnx" in [model.path for model in models.installed_models()]
    command = json.loads((out / "mine" / "train.yaml").read_text(encoding="utf-8"))
    assert command["finetune"]["steps"] == 6
    again = QgsProcessingFeedback()
    processing.run("cscl:trainmodel", values, feedback=again)  # all is done
    assert "already done" in again.textLog()


def test_a_training_from_scratch_is_cancelled_and_gone_on_with(processing: Any, data_set: Path) -> None:
    values = {
        "DATASET": str(data_set), "NAME": "fresh", "START": "from scratch", "STEPS": 4, "PRETRAIN_STEPS": 2,
        "MAGNIFICATION": "1", "THREADS": 1, "SEED": 7, "INSTALL": False,
    }  # fmt: skip
    feedback = QgsProcessingFeedback()
    cancelled_at: list[float] = []

    def cancel(percent: float) -> None:
        if not cancelled_at and "finetune: started" in feedback.textLog():
            cancelled_at.append(time.monotonic())
            feedback.cancel()

    feedback.progressChanged.connect(cancel)
    with pytest.raises(QgsProcessingException, match="what is done so far is kept"):
        processing.run("cscl:trainmodel", values, feedback=feedback)
    assert time.monotonic() - cancelled_at[0] < 2.0
    assert (data_set / "fresh" / "pretrain.done.json").is_file()
    assert not (data_set / "fresh" / "model").exists()
    again = QgsProcessingFeedback()
    results = processing.run("cscl:trainmodel", values, feedback=again)
    assert "pretrain: already done" in again.textLog()
    card = models.read_model(Path(results["MODEL"])).card
    assert (card.name, card.magnification, card.training["seed"]) == ("fresh", 1, 7)
    assert (card.training["pretrain_steps"], card.training["finetune_steps"]) == (2, 4)
    assert not (models.models_dir() / "fresh.onnx").exists()


def test_a_graphics_card_that_is_not_there_is_told_in_the_words_of_the_form(
    processing: Any, data_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    values = {"DATASET": str(data_set), "NAME": "card", "START": "from scratch", "DEVICE": "gpu"}
    with pytest.raises(QgsProcessingException, match="cannot use a graphics card") as caught:
        processing.run("cscl:trainmodel", values)
    assert "hardware" not in str(caught.value)
    assert "Choose the device cpu" in str(caught.value)


def test_a_model_that_is_not_there_or_a_folder_without_a_data_set_is_a_sentence(
    processing: Any, tmp_path: Path
) -> None:
    values = {"DATASET": str(tmp_path), "NAME": "mine", "START": "from scratch"}
    with pytest.raises(QgsProcessingException, match="holds no data set of 'Build a training data set'"):
        processing.run("cscl:trainmodel", values)
    with pytest.raises(QgsProcessingException, match="There is no installed model 'gone'"):
        processing.run("cscl:trainmodel", {**values, "START": "gone"})


def test_a_map_is_scored_against_parcels(processing: Any, scene: Path, tmp_path: Path) -> None:
    folder = tmp_path / "map"
    processing.run("cscl:mapcroptypes", {"FOLDER": str(scene), "MODEL_FILE": str(SHIPPED), "OUTPUT": str(folder)})
    values = {
        "MAP": str(folder), "PARCELS": str(scene / "parcels.gpkg"), "CROP_FIELD": "crop", "ID_FIELD": "parcel_id",
        "TABLE": "legend_names", "OUTSIDE": "background", "OUTPUT": str(tmp_path / "scores"),
    }  # fmt: skip
    feedback = QgsProcessingFeedback()
    results = processing.run("cscl:evaluatemap", values, feedback=feedback)
    assert 0 < results["ACCURACY"] <= 1
    assert results["TESTED"] > 100
    assert "<html" in Path(results["REPORT"]).read_text(encoding="utf-8")
    assert f"accuracy {results['ACCURACY']:.3f}" in feedback.textLog()
    with pytest.raises(QgsProcessingException, match=r"there is no crop_type\.tif in it"):
        processing.run("cscl:evaluatemap", {**values, "MAP": str(scene)})


def test_parcels_that_the_model_has_seen_are_scored_on_wish_alone(
    processing: Any, scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def noted(python: Any, arguments: list[str], *_: Any) -> dict[str, Any]:
        asked.append(arguments)
        return {}

    monkeypatch.setattr(evaluate_map, "run_training", noted)
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "crop_type.tif").touch()
    values = {
        "MAP": str(tmp_path / "map"), "PARCELS": str(scene / "parcels.gpkg"), "CROP_FIELD": "crop",
        "TABLE": "legend_names", "OUTSIDE": "ignore", "OUTPUT": str(tmp_path / "scores"),
    }  # fmt: skip
    for more in ({}, {"SCORE_SEEN": False}, {"SCORE_SEEN": True}):
        processing.run("cscl:evaluatemap", {**values, **more})
    assert ["--score-seen" in arguments for arguments in asked] == [False, False, True]
