"""training/train.py as a worker and in a terminal: events and nothing else on stdout, cancel, codes.

A stand-in for the building of the data set says what happens, so that these tests need neither images nor torch.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tiny_source
import yaml

from backend.protocol import decode_event

pytest.importorskip("zarr")

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 2.0
posix_only = pytest.mark.skipif(os.name != "posix", reason="signals")

STAND_IN = """
import os, sys, threading, types
sys.path.insert(0, {root!r})
from backend.errors import InputError
from training.progress import check_cancelled

class Store(list):
    def __init__(self, path):
        super().__init__(range(7))

def make_dataset(config, data, out, progress, scheduler):
    print("printed by a library")
    os.write(1, b"written by C\\n")
    progress.progress(0, 4, "blocks")
    (out / "shard").write_text("kept")
    progress.warning("2018-06-20: no clear pixel")
{work}
    progress.progress(4, 4, "blocks")
    (out / "dataset.zarr").mkdir()
    print("store built")
    return out / "dataset.zarr"

def write_dataset_report(store, path, warnings, progress):
{report}
    path.write_text("<html>")

def write_summary(store, path, warnings):
    path.write_text('{{"samples": %d, "warnings": %d}}' % (len(store), len(warnings)))

for name, values in (
    ("make_dataset", {{"make_dataset": make_dataset}}),
    ("dataset_report", {{"write_dataset_report": write_dataset_report}}),
    ("dataset_summary", {{"write_summary": write_summary}}),
    ("store", {{"Store": Store}}),
):
    module = types.ModuleType("training." + name)
    module.__dict__.update(values)
    sys.modules["training." + name] = module

from training.train import main
sys.exit(main(sys.argv[1:]))
"""
WORK = {
    "fine": "pass",
    "waits": "while not check_cancelled(progress): threading.Event().wait(0.05)",
    "deaf": "threading.Event().wait(60)",
    "wrong": "raise InputError('parcels.gpkg: no field crops', 'Name another one.')",
    "fault": "raise RuntimeError('ouch')",
    "full": "raise OSError(28, 'No space left on device')",
    "memory": "raise MemoryError",
    "package": "import a_package_that_nobody_has",
    "ours": "import training.a_module_that_is_lost",
}


def command(folder: Path, what: str, *more: str, report: str = "fine") -> list[str]:
    config = folder / "tiny.yaml"
    config.write_text(yaml.safe_dump(tiny_source.settings()), encoding="utf-8")
    script = folder / "stand_in.py"
    steps = {"work": textwrap.indent(WORK[what], "    "), "report": textwrap.indent(WORK[report], "    ")}
    script.write_text(STAND_IN.format(root=str(ROOT), **steps), encoding="utf-8")
    return [
        sys.executable, str(script), "dataset", "--config", str(config), "--data", str(folder),
        "--out", str(folder / "out"), *more,
    ]  # fmt: skip


def events(text: str) -> list[dict[str, Any]]:
    """Every line of stdout must be one."""
    found = [decode_event(line) for line in text.splitlines()]
    assert all(found), text
    return [event for event in found if event]


def finished(folder: Path, what: str, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, what, *more), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


@contextmanager
def begun(folder: Path, what: str) -> Iterator[subprocess.Popen[str]]:
    """A worker whose stage has said its warning."""
    process = subprocess.Popen(
        command(folder, what, "--events"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if (decode_event(line) or {})["event"] == "warning":
                break
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def check_cancelled(process: subprocess.Popen[str], since: float, folder: Path) -> None:
    assert process.stdout is not None
    last = events(process.stdout.read())[-1]
    assert process.wait(timeout=30) == 4
    assert time.monotonic() - since < LIMIT_S
    assert (last["event"], last["code"], last["exit_code"]) == ("error", "CancelledError", 4)
    assert "goes on" in last["hint"]
    assert (folder / "out" / "shard").read_text() == "kept"
    assert not (folder / "out" / "dataset.done.json").exists()


def test_stdout_holds_events_only_and_ends_with_the_result(tmp_path: Path) -> None:
    done = finished(tmp_path, "fine", "--events")
    assert done.returncode == 0, done.stderr
    told = events(done.stdout)
    assert [event["event"] for event in told] == [
        "started", "stage", "progress", "warning", "progress", "progress", "progress", "stage", "result",
    ]  # fmt: skip
    assert told[0]["task"] == "dataset"
    assert told[-1]["outputs"] == {
        "dataset": str(tmp_path / "out" / "dataset.zarr"),
        "dataset_report": str(tmp_path / "out" / "dataset.html"),
        "dataset_summary": str(tmp_path / "out" / "dataset.json"),
    }
    assert told[-1]["summary"] == {"samples": 7, "warnings": 1}
    assert "printed by a library" in done.stderr
    assert "written by C" in done.stderr


def test_a_person_gets_lines_on_stderr_and_the_files_on_stdout(tmp_path: Path) -> None:
    done = finished(tmp_path, "fine")
    assert done.returncode == 0, done.stderr
    assert "0/4 blocks" in done.stderr
    assert "Warning: 2018-06-20: no clear pixel" in done.stderr
    assert f"dataset              {tmp_path / 'out' / 'dataset.zarr'}" in done.stdout.splitlines()


@posix_only
def test_a_terminal_gets_a_bar(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(tmp_path, "fine"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:
        pass  # how Linux ends a terminal whose other side is closed
    os.close(ours)
    assert process.wait(timeout=30) == 0
    text = shown.decode("utf-8", "replace")
    assert "1/1" in text
    assert "0/4 blocks" not in text  # no line for each step
    assert text.index("dataset: started") < text.index("1/1") < text.index("dataset: done")
    assert text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l")  # the cursor is shown again


@pytest.mark.parametrize("what", ["waits", "deaf"])
def test_closing_stdin_cancels_within_two_seconds_and_keeps_what_is_done(tmp_path: Path, what: str) -> None:
    with begun(tmp_path, what) as process:
        since = time.monotonic()
        assert process.stdin is not None
        process.stdin.close()
        check_cancelled(process, since, tmp_path)


@posix_only
@pytest.mark.parametrize("what", ["waits", "deaf"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_cancels_within_two_seconds_and_keeps_what_is_done(
    tmp_path: Path, number: signal.Signals, what: str
) -> None:
    with begun(tmp_path, what) as process:
        since = time.monotonic()
        process.send_signal(number)
        check_cancelled(process, since, tmp_path)


@posix_only
@pytest.mark.parametrize("what", ["waits", "deaf"])
def test_ctrl_c_cancels_in_a_terminal_too(tmp_path: Path, what: str) -> None:
    process = subprocess.Popen(
        command(tmp_path, what), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "no clear pixel" in line:
            break
    since = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert time.monotonic() - since < LIMIT_S
    assert process.returncode == 4
    assert "goes on" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("what", "exit_code", "code", "sentence"),
    [
        ("wrong", 2, "InputError", "parcels.gpkg: no field crops"),
        ("fault", 1, "Fault", "A fault of this program (RuntimeError)"),
        ("full", 5, "ResourceError", "The disk is full"),
        ("memory", 5, "ResourceError", "The memory ran out"),
        ("package", 2, "PackageMissingError", "No module named 'a_package_that_nobody_has'"),
        ("ours", 1, "Fault", "A fault of this program (ModuleNotFoundError)"),
    ],
)
def test_each_kind_of_failure_has_its_code_and_its_sentence(
    tmp_path: Path, what: str, exit_code: int, code: str, sentence: str
) -> None:
    done = finished(tmp_path, what, "--events")
    last = events(done.stdout)[-1]
    assert (last["event"], last["code"], last["exit_code"]) == ("error", code, exit_code)
    assert sentence in last["message"]
    assert last["hint"]
    assert done.returncode == exit_code
    assert "Traceback" not in done.stderr
    without = finished(tmp_path, what)
    assert without.returncode == exit_code
    assert sentence in without.stderr
    assert "Traceback" not in without.stderr


def test_a_run_broken_off_at_its_report_goes_on_with_the_store(tmp_path: Path) -> None:
    options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 60}
    first = subprocess.run(command(tmp_path, "fine", report="full"), **options)
    assert (first.returncode, "store built" in first.stdout) == (5, True)
    second = subprocess.run(command(tmp_path, "fine"), **options)
    assert (second.returncode, "store built" in second.stdout) == (0, False)
    assert "Warning: 2018-06-20: no clear pixel" in second.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "dataset.done.json", "dataset.html", "dataset.json", "dataset.zarr", "shard",
    ]  # fmt: skip


def test_a_wrong_configuration_is_an_error_event(tmp_path: Path) -> None:
    arguments = command(tmp_path, "fine", "--events")
    (tmp_path / "tiny.yaml").write_text("datset: {}\n")
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    told = events(done.stdout)
    assert [event["event"] for event in told] == ["started", "error"]
    assert "did you mean 'dataset'" in told[1]["message"]
    assert done.returncode == 2


def test_a_configuration_may_be_json(tmp_path: Path) -> None:
    import json

    arguments = command(tmp_path, "fine", "--events")
    (tmp_path / "tiny.yaml").write_text(json.dumps(tiny_source.settings()), encoding="utf-8")
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
