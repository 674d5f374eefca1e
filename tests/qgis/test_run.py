"""The algorithm against the stand-in worker: results, errors, cancel."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsProcessingException, QgsProcessingFeedback

from cscl_qgis.processing import map_crop_types


@pytest.fixture
def run(algorithm: Any, context: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the algorithm; the model's name says what the stand-in does."""
    engine = tmp_path / "engine"
    (engine / "backend").mkdir(parents=True)
    source = Path(__file__).resolve().parents[1] / "fake_worker.py"
    # The request holds absolute paths; the stand-in goes by the file's stem
    text = source.read_text(encoding="utf-8").replace('request["model"]', 'Path(request["model"]).stem')
    (engine / "backend" / "__main__.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(map_crop_types, "ENGINE_DIR", engine)
    monkeypatch.setenv("CSCL_PYTHON", sys.executable)
    (tmp_path / "out").mkdir()

    def run(what: str, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        (tmp_path / f"{what}.onnx").write_bytes(b"")
        values = {"FOLDER": str(tmp_path), "MODEL": str(tmp_path / f"{what}.onnx"), "OUTPUT": str(tmp_path / "out")}
        results, is_fine = algorithm.run(values, context, feedback, catchExceptions=False)
        assert is_fine
        return dict(results)

    yield run
    shutil.rmtree(engine)


def test_outputs_and_numbers_come_back(run: Any, tmp_path: Path, context: Any) -> None:
    results = run("fine", QgsProcessingFeedback())
    assert results["CROP_TYPE"] == str(tmp_path / "out" / "crop_type.tif")
    assert results["DATES_USED"] == 3
    assert results["OUTPUT"] == str(tmp_path / "out")
    assert list(context.layersToLoadOnCompletion()) == [results["CROP_TYPE"]]


def test_progress_and_warnings_reach_the_log(run: Any) -> None:
    feedback, seen = QgsProcessingFeedback(), []
    feedback.progressChanged.connect(seen.append)
    run("fine", feedback)
    assert [round(value) for value in seen if value][:2] == [33, 67]
    assert "Ein Datum fehlt: März" in feedback.textLog()


def test_an_error_is_a_failure_with_its_hint(run: Any) -> None:
    with pytest.raises(QgsProcessingException, match="no band B8A\nGive it"):
        run("error", QgsProcessingFeedback())


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_crash_is_a_failure_with_a_sentence(run: Any) -> None:
    with pytest.raises(QgsProcessingException, match="crashed in native code"):
        run("segfault", QgsProcessingFeedback())


@pytest.mark.parametrize("what", ["ends with stdin", "deaf"])
def test_cancel_ends_the_run_within_two_seconds(run: Any, tmp_path: Path, what: str) -> None:
    feedback = QgsProcessingFeedback()
    cancelled_at = []

    def cancel() -> None:
        cancelled_at.append(time.monotonic())
        feedback.cancel()

    threading.Timer(0.7, cancel).start()
    with pytest.raises(QgsProcessingException, match="cancelled"):
        run(what, feedback)
    assert time.monotonic() - cancelled_at[0] < 2.0
    # a killed worker leaves its finished blocks, which the next run takes up; nothing has a final name
    assert {path.name for path in (tmp_path / "out").iterdir()} <= {".cscl-run"}
