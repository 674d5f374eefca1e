"""Tasks of the worker: whatever goes wrong is a sentence, never a window with a traceback."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis")

pytestmark = pytest.mark.qgis


def raising(error: Exception) -> Any:
    def make(is_cancelled: Any) -> Any:
        raise error

    return make


def test_a_layer_that_cannot_be_written_is_the_sentence_itself(qgis_app: Any, python_only: None) -> None:
    from cscl_qgis.worker_task import WorkerTask

    task = WorkerTask("map", raising(ValueError("The layer 'x' cannot be written: disk full")))
    assert not task.run()
    assert str(task.failure) == "The layer 'x' cannot be written: disk full"


def test_a_fault_of_the_plugin_s_own_is_a_sentence_with_a_log(qgis_app: Any, python_only: None) -> None:
    from cscl_qgis.setup_task import SetupTask
    from cscl_qgis.worker_task import WorkerTask

    task = WorkerTask("map", raising(KeyError("band")))
    assert not task.run()
    assert "Something went wrong that should not: KeyError: 'band'" in str(task.failure)
    assert "Traceback" in task.failure.log
    other = SetupTask("check", lambda say, is_cancelled: {}["band"])
    assert not other.run()
    assert "KeyError" in str(other.failure)


def test_a_task_cancelled_while_a_layer_is_written_was_cancelled(qgis_app: Any, python_only: None) -> None:
    from cscl_qgis.worker_task import WorkerTask

    task = WorkerTask("map", raising(InterruptedError()))
    assert not task.run()
    assert task.was_cancelled


def test_the_end_of_a_look_that_is_not_wanted_any_more_is_no_failure_to_qgis(qgis_app: Any, python_only: None) -> None:
    """QGIS would put a message 'Task failed' above the map."""
    from qgis.core import QgsTask

    from cscl_qgis.worker_task import WorkerTask

    task = WorkerTask("forecast", raising(InterruptedError()), is_aside=True)
    ended: list[bool] = []
    task.ended.connect(ended.append)
    assert task.run()
    task.finished(True)
    assert ended == [False]
    assert task.was_cancelled
    assert not hasattr(QgsTask.Flag, "Silent") or task.flags() & QgsTask.Flag.Silent
    assert not WorkerTask("forecast", raising(ValueError("no such file")), is_aside=True).run()


def test_a_request_that_cannot_be_written_is_a_sentence(
    qgis_app: Any, python_only: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cscl_qgis import runner
    from cscl_qgis.worker_task import WorkerTask

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    task = WorkerTask("map", runner.map_task({}))
    assert not task.run()
    assert str(task.failure).startswith("The request cannot be written (")
    assert task.failure.exit_code == 5


@pytest.fixture
def fake_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An engine that does as a request's model says."""
    engine = tmp_path / "engine"
    (engine / "backend").mkdir(parents=True)
    shutil.copyfile(Path(__file__).resolve().parents[1] / "fake_worker.py", engine / "backend" / "__main__.py")
    monkeypatch.setattr("cscl_qgis.worker_task.ENGINE_DIR", engine)
    return engine


def test_several_runs_are_one_task_with_one_progress(qgis_app: Any, fake_engine: Path, tmp_path: Path) -> None:
    from cscl_qgis import runner
    from cscl_qgis.staged_progress import StagedProgress
    from cscl_qgis.worker_task import WorkerTask

    fine = runner.map_task({"model": "fine", "out": str(tmp_path)})
    done = []

    def first(is_cancelled: Any) -> Any:
        task.tell({"event": "stage", "stage": "before", "message": "before: done"})
        return fine

    task = WorkerTask(
        "both", [first, lambda is_cancelled: done.append(1), fine], lambda: Path(sys.executable),
        StagedProgress([("before", 1.0), ("map", 3.0)]),
    )  # fmt: skip
    seen: list[dict[str, Any]] = []
    task.happened.connect(seen.append)
    assert task.run(), task.failure
    assert done == [1]
    assert [len(result["outputs"]) for result in task.results] == [1, 1]
    assert task.result == task.results[1]
    assert len(task.warnings) == 2
    shares = [event["done"] for event in seen if event["event"] == "progress"]
    assert shares == [0, 500, 750, 1000, 1000, 1000, 1000]
    assert task.progress() == 100.0


def test_the_first_run_that_fails_ends_the_task(qgis_app: Any, fake_engine: Path, tmp_path: Path) -> None:
    from cscl_qgis import runner
    from cscl_qgis.worker_task import WorkerTask

    works = [runner.map_task({"model": what, "out": str(tmp_path)}) for what in ("fine", "error", "fine")]
    task = WorkerTask("three", works, lambda: Path(sys.executable))
    assert not task.run()
    assert str(task.failure) == "no band B8A"
    assert len(task.results) == 1


@pytest.mark.torch
def test_where_only_training_is_set_up_its_python_looks_at_images(
    qgis_app: Any, engine_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cscl_qgis import environment, training_python
    from cscl_qgis.worker_python import any_python

    monkeypatch.delenv("CSCL_PYTHON", raising=False)
    monkeypatch.setattr(environment, "data_dir", lambda: tmp_path / "data")
    monkeypatch.setattr(training_python, "_known", {})
    monkeypatch.setenv("CSCL_TRAINING_PYTHON", str(engine_python))
    assert any_python() == engine_python
    monkeypatch.setenv("CSCL_PYTHON", sys.executable)
    assert any_python() == Path(sys.executable)
