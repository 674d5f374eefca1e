"""'Train a model' and 'Evaluate a map', as Processing runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsProcessingException, QgsProcessingFeedback

from cscl_qgis import models, training_python

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


@pytest.fixture
def processing(qgis_processing: None, provider: Any) -> Any:
    """QGIS's own module, as in its Python console."""
    import processing

    return processing


def test_a_model_is_trained_scored_and_installed(processing: Any, scene: Path, tmp_path: Path) -> None:
    """From the shipped weights, on the sample scene, for six steps."""
    out = tmp_path / "data set"
    processing.run(
        "cscl:builddataset",
        {
            "FOLDER": str(scene), "PARCELS": str(scene / "parcels.gpkg"), "CROP_FIELD": "crop", "ID_FIELD": "parcel_id",
            "TABLE": "legend_names", "OUTSIDE": "background", "CHIP": 32, "BLOCK_M": 200.0, "OUTPUT": str(out),
            "RARE_TRAIN": 0, "RARE_EVALUATION": 0,
        },
    )  # fmt: skip
    values = {"DATASET": str(out), "NAME": "mine", "START": "cscl_default", "STEPS": 6, "ATTRIBUTION": "mine"}
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
