"""Tasks of the worker: whatever goes wrong is a sentence, never a window with a traceback."""

from __future__ import annotations

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


def test_the_end_of_a_look_that_is_not_wanted_any_more_is_no_failure_to_qgis(
    qgis_app: Any, python_only: None
) -> None:
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
