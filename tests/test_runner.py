"""The runner against a worker that behaves as told."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cscl_qgis import runner
from cscl_qgis.runner import Worker, WorkerCancelledError, WorkerError, map_task, training_task
from cscl_qgis.worker_end import explain_exit, explain_start

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")
MakeWorker = Callable[[str], Worker]


@pytest.fixture
def make_worker(tmp_path: Path) -> MakeWorker:
    """A worker in a folder with spaces and letters beyond ASCII."""
    engine = tmp_path / "Größe und Maß" / "engine"
    (engine / "backend").mkdir(parents=True)
    shutil.copyfile(Path(__file__).with_name("fake_worker.py"), engine / "backend" / "__main__.py")
    out = tmp_path / "out"
    out.mkdir()
    return lambda what: Worker(
        Path(sys.executable), engine, map_task({"model": what, "out": str(out), "series": ["é"]})
    )


def run(worker: Worker) -> list[dict[str, Any]]:
    with worker:
        return [event for event in worker.events() if event is not None]


def cancel_when(worker: Worker, is_time: Callable[[dict[str, Any] | None], bool]) -> float:
    """Cancel at the first event (None: a silence) that fits; returns the seconds from the cancel to the end."""
    cancelled_at = 0.0

    def follow() -> None:
        nonlocal cancelled_at
        with worker:
            for event in worker.events(timeout=0.05):
                if is_time(event):
                    cancelled_at = time.monotonic()
                    worker.cancel()

    with pytest.raises(WorkerCancelledError, match="what is done so far is kept"):
        follow()
    return time.monotonic() - cancelled_at


def test_events_come_in_order_and_end_with_the_result(make_worker: MakeWorker) -> None:
    events = run(make_worker("fine"))
    assert [event["event"] for event in events] == ["started", *["progress"] * 3, "warning", "result"]
    assert events[-2]["message"] == "Ein Datum fehlt: März"
    assert events[-1]["summary"] == {"dates_used": 3}


def test_what_is_no_event_goes_to_the_log(make_worker: MakeWorker) -> None:
    worker = make_worker("fine")
    run(worker)
    assert "garbage on stdout" in worker.log
    assert "a library says something" in worker.log


def test_the_request_file_is_removed(make_worker: MakeWorker) -> None:
    request = Path(run(make_worker("fine"))[0]["request"])
    assert request.name == "request.json"
    assert not request.parent.exists()


def test_the_worker_does_not_see_what_qgis_set_for_itself(
    make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "PROJ_LIB", "GDAL_DATA", "QGIS_PREFIX_PATH"):
        monkeypatch.setenv(name, "/nowhere")
    seen = run(make_worker("fine"))[0]["environment"]
    assert not {"PYTHONPATH", "PYTHONHOME", "PROJ_LIB", "GDAL_DATA", "QGIS_PREFIX_PATH"} & set(seen)
    assert (seen["PYTHONNOUSERSITE"], seen["PYTHONUTF8"], seen["ORT_DISABLE_TELEMETRY"]) == ("1", "1", "1")


def test_an_error_event_is_raised_with_its_hint_and_code(make_worker: MakeWorker) -> None:
    with pytest.raises(WorkerError, match="no band B8A") as caught:
        run(make_worker("error"))
    assert (caught.value.hint, caught.value.exit_code, caught.value.code) == ("Give it.", 2, "BandMissingError")


def test_an_error_may_be_told_in_the_words_of_a_form(make_worker: MakeWorker) -> None:
    worker = make_worker("error")
    told = {"BandMissingError": ("A band is missing.", "Choose other images."), "DeviceError": ("no", "no")}
    worker._task = dataclasses.replace(worker._task, told=told)
    with pytest.raises(WorkerError, match="A band is missing") as caught:
        run(worker)
    assert (caught.value.hint, caught.value.code) == ("Choose other images.", "BandMissingError")
    assert "no band B8A" in caught.value.log  # what the engine said is not lost


@posix
def test_a_native_crash_is_named(make_worker: MakeWorker) -> None:
    with pytest.raises(WorkerError, match=r"crashed in native code \(signal 11\)") as caught:
        run(make_worker("segfault"))
    assert caught.value.exit_code == -11


def test_an_end_without_a_result_is_an_error(make_worker: MakeWorker) -> None:
    with pytest.raises(WorkerError, match="ended without a result"):
        run(make_worker("no result"))


def test_a_missing_package_says_what_to_do(make_worker: MakeWorker) -> None:
    with pytest.raises(WorkerError, match=r"lacks a package.*rasterio") as caught:
        run(make_worker("traceback"))
    assert "Set up the mapping engine" in caught.value.hint


def test_cancel_closes_stdin_and_the_worker_ends_by_itself(make_worker: MakeWorker) -> None:
    started = time.monotonic()
    cancel_when(make_worker("ends with stdin"), lambda event: True)
    assert time.monotonic() - started < runner.CLOSE_S + 1.0


@posix
def test_a_deaf_worker_is_killed_within_two_seconds_and_what_it_has_done_is_kept(
    make_worker: MakeWorker, tmp_path: Path
) -> None:
    assert cancel_when(make_worker("deaf"), lambda event: event is not None and event["event"] == "stage") < 2.0
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".cscl-run"]


def test_time_passes_to_the_caller_while_the_worker_is_silent(make_worker: MakeWorker) -> None:
    cancel_when(make_worker("ends with stdin"), lambda event: event is None)


def test_a_silent_worker_is_reported_once(make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "STALL_S", 0.1)
    seen: list[str] = []

    def since_the_start() -> list[str]:
        return seen[seen.index("started") :] if "started" in seen else []  # a slow start is a silence of its own

    def after_eight_silences(event: dict[str, Any] | None) -> bool:
        seen.append("silence" if event is None else event["event"])
        return since_the_start().count("silence") > 8

    cancel_when(make_worker("ends with stdin"), after_eight_silences)
    assert since_the_start().count("warning") == 1


def test_leaving_the_block_ends_the_worker(make_worker: MakeWorker) -> None:
    with make_worker("ends with stdin") as worker:
        pid = next(event for event in worker.events() if event)["pid"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "no python", tmp_path, map_task({"model": "fine", "out": str(tmp_path)}))
    with pytest.raises(WorkerError, match="no python cannot be started"), worker:
        pass


TRAINING = """
import json, os, signal, sys, threading
print(json.dumps({"event": "started", "arguments": sys.argv[1:], "folder": os.getcwd()}))
if "crash" in sys.argv[3]:
    sys.exit("ModuleNotFoundError: No module named 'zarr'")
if "deaf" in sys.argv[3]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.mkdir(os.path.join(sys.argv[7], ".cscl-run"))
    print(json.dumps({"event": "stage", "stage": "dataset", "message": "dataset: started"}))
    threading.Event().wait(60)
print(json.dumps({"event": "result", "outputs": {}, "summary": {"samples": 3}}))
"""


@pytest.fixture
def make_builder(tmp_path: Path) -> MakeWorker:
    """A worker that builds a data set from the configuration of a name."""
    (tmp_path / "engine" / "training").mkdir(parents=True)
    (tmp_path / "engine" / "training" / "train.py").write_text(TRAINING)

    def make(name: str) -> Worker:
        task = training_task(
            ("dataset", "--config", str(tmp_path / f"{name}.yaml"), "--data", str(tmp_path), "--out",
             str(tmp_path / "out é")),
            "Install them.",
        )  # fmt: skip
        return Worker(Path(sys.executable), tmp_path / "engine", task)

    return make


def test_a_data_set_is_built_by_the_training_of_the_engines_folder(make_builder: MakeWorker, tmp_path: Path) -> None:
    started, result = run(make_builder("fine"))
    assert started["arguments"] == [
        "dataset", "--config", str(tmp_path / "fine.yaml"), "--data", str(tmp_path),
        "--out", str(tmp_path / "out é"), "--events",
    ]  # fmt: skip
    assert started["folder"] == str(tmp_path / "engine")
    assert result["summary"] == {"samples": 3}


def test_what_to_do_about_a_missing_package_depends_on_the_task(make_builder: MakeWorker) -> None:
    with pytest.raises(WorkerError, match=r"lacks a package.*zarr") as caught:
        run(make_builder("crash"))
    assert caught.value.hint == "Install them."


@posix
def test_what_a_killed_building_has_done_is_kept_and_that_is_said(make_builder: MakeWorker, tmp_path: Path) -> None:
    (tmp_path / "out é").mkdir()
    has_begun = lambda event: event is not None and event["event"] == "stage"  # noqa: E731
    assert cancel_when(make_builder("deaf"), has_begun) < 2.0
    assert (tmp_path / "out é" / ".cscl-run").is_dir()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (0xC0000005, "access violation"),
        (0xC0000005 - 2**32, "access violation"),
        (0xC0000135, "a DLL is missing"),
        (0xC0000409, "0xC0000409"),
        (-9, "memory ran out"),
        (-250, "signal 250"),
        (1, "ended with code 1: last words"),
    ],
)
def test_each_way_to_crash_has_a_sentence(code: int, sentence: str) -> None:
    message, hint = explain_exit(code, "first\nlast words\n")
    assert sentence in message
    assert hint


def test_a_blocked_program_names_the_it_desk() -> None:
    message, hint = explain_start(Path("python"), PermissionError(13, "Permission denied"))
    assert "does not allow" in message
    assert "IT desk" in hint
