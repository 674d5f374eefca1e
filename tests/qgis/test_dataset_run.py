"""'Build a training data set' with the real training behind it, on the sample scene."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsProcessingException, QgsProcessingFeedback, QgsProcessingUtils

from cscl_qgis import training_python

pytestmark = pytest.mark.torch

SAMPLE = Path(__file__).resolve().parents[2] / "resources" / "sample"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: QGIS writes .aux.xml files beside what it opens. Four dates are enough."""
    folder = tmp_path_factory.mktemp("Szene é")
    for name in ("20171201", "20180306", "20180525", "20180724"):
        for path in SAMPLE.glob(f"*{name}*.tif"):
            shutil.copy(path, folder)
    shutil.copy(SAMPLE / "parcels.gpkg", folder)
    return folder


@pytest.fixture
def values(scene: Path, tmp_path: Path, engine_python: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("CSCL_TRAINING_PYTHON", str(engine_python))
    monkeypatch.setattr(training_python, "_known", {})
    return {
        "FOLDER": str(scene), "PARCELS": str(scene / "parcels.gpkg"), "CROP_FIELD": "crop", "ID_FIELD": "parcel_id",
        "TABLE": "legend_names", "OUTSIDE": "background", "CHIP": 32, "BLOCK_M": 200.0, "OUTPUT": str(tmp_path / "out"),
    }  # fmt: skip


@pytest.fixture
def processing(qgis_processing: None, provider: Any) -> Any:
    """QGIS's own module, as in its Python console."""
    import processing

    return processing


def test_a_whole_run_from_the_python_console(processing: Any, values: dict[str, Any], tmp_path: Path) -> None:
    feedback = QgsProcessingFeedback()
    results = processing.run("cscl:builddataset", values, feedback=feedback)
    out = tmp_path / "out"
    assert results["DATASET"] == str(out / "dataset.zarr")
    assert (out / "dataset.zarr" / "zarr.json").is_file()
    assert "<html" in Path(results["REPORT"]).read_text(encoding="utf-8")
    summary = json.loads((out / "dataset.json").read_text(encoding="utf-8"))
    assert results["SAMPLES"] == summary["samples"] == 25
    assert results["PARCELS"] == summary["parcels"] > 150
    assert results["CLASSES"] == len(summary["classes"]) > 1
    assert summary["dates"] == 4
    assert "samples with" in feedback.textLog()
    assert feedback.progress() == 100.0
    assert not [path.name for path in out.iterdir() if path.name.endswith((".partial", ".part"))]


def test_a_users_mistake_is_a_failure_with_a_sentence(processing: Any, values: dict[str, Any]) -> None:
    with pytest.raises(QgsProcessingException, match="Choose what lies outside of all parcels"):
        processing.run("cscl:builddataset", {**values, "OUTSIDE": None})
    with pytest.raises(QgsProcessingException, match="parcels") as caught:
        processing.run("cscl:builddataset", {**values, "TABLE": "flanders_ct"})
    assert "Traceback" not in str(caught.value)


def test_a_cancelled_run_is_gone_on_with(processing: Any, values: dict[str, Any], tmp_path: Path) -> None:
    feedback = QgsProcessingFeedback()
    cancelled_at: list[float] = []

    def cancel(percent: float) -> None:
        if not cancelled_at and "dataset: started" in feedback.textLog():
            cancelled_at.append(time.monotonic())
            feedback.cancel()

    feedback.progressChanged.connect(cancel)
    with pytest.raises(QgsProcessingException, match="what is done so far is kept"):
        processing.run("cscl:builddataset", values, feedback=feedback)
    assert time.monotonic() - cancelled_at[0] < 2.0
    assert not (tmp_path / "out" / "dataset.zarr").exists()
    assert processing.run("cscl:builddataset", values)["SAMPLES"] == 25


def test_a_temporary_folder_will_do(processing: Any, values: dict[str, Any]) -> None:
    results = processing.run("cscl:builddataset", {**values, "OUTPUT": "TEMPORARY_OUTPUT"})
    assert results["OUTPUT"].startswith(QgsProcessingUtils.tempFolder())
    assert Path(results["DATASET"]).is_dir()
