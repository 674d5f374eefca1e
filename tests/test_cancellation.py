"""The worker as a process: its events, its exit codes, and that it ends when nobody wants it any more."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import scenes

from backend.cancellation import Cancellation
from backend.protocol import MapRequest, decode_event

ROOT = Path(__file__).resolve().parents[1]
WORKER = [sys.executable, "-m", "backend", "run"]
LIMIT_S = 2.0
"""Within this a cancelled worker has to be gone: what a user is promised."""
posix_only = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the death of a parent as Linux tells it")


def stretched(path: Path, source: Path, bands: tuple[str, ...], cell: float, side: int) -> None:
    """A VRT that blows a small raster up to `side` x `side` cells."""
    with scenes.rasterio.open(source) as src:
        width, height, dtype = src.width, src.height, {"uint8": "Byte", "uint16": "UInt16"}[src.dtypes[0]]
    place = f"{scenes.LEFT}, {cell}, 0, {scenes.TOP}, 0, {-cell}"
    layers = "".join(
        f'<VRTRasterBand dataType="{dtype}" band="{number}"><Description>{band}</Description>'
        f"<NoDataValue>0</NoDataValue>"
        f'<SimpleSource><SourceFilename relativeToVRT="0">{source}</SourceFilename><SourceBand>{number}</SourceBand>'
        f'<SrcRect xOff="0" yOff="0" xSize="{width}" ySize="{height}"/>'
        f'<DstRect xOff="0" yOff="0" xSize="{side}" ySize="{side}"/></SimpleSource></VRTRasterBand>'
        for number, band in enumerate(bands, start=1)
    )
    path.write_text(
        f'<VRTDataset rasterXSize="{side}" rasterYSize="{side}"><SRS>{scenes.UTM}</SRS>'
        f"<GeoTransform>{place}</GeoTransform>{layers}</VRTDataset>"
    )


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A series of 6000 x 6000 pixels: minutes of work, a few files."""
    folder = tmp_path_factory.mktemp("endless")
    for day in scenes.DAYS:
        scenes.write_date(folder / "small", day)
        for end, bands, cell, side in (
            ("10m", scenes.BANDS_10M, 10.0, 6000),
            ("20m", scenes.BANDS_20M, 20.0, 3000),
            ("SCL_20m", ("SCL",), 20.0, 3000),
        ):
            name = f"S2_L2A_{day:%Y%m%d}_{end}"
            (folder / "big").mkdir(exist_ok=True)
            stretched(folder / "big" / f"{name}.vrt", folder / "small" / f"{name}.tif", bands, cell, side)
    return folder / "big"


@pytest.fixture
def request_file(endless: Path, model: Path, tmp_path: Path) -> Path:
    MapRequest((str(endless),), str(model), str(tmp_path / "made" / "out")).write(tmp_path / "request.json")
    return tmp_path / "request.json"


@contextmanager
def started(request: Path, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A worker that has begun to map."""
    process = subprocess.Popen(
        [*WORKER, str(request)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, **options,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        for line in process.stdout:
            event = decode_event(line)
            if event and event["event"] == "progress":
                break
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def end_of(process: subprocess.Popen[str], since: float) -> dict[str, Any]:
    """The last event of a worker that was cancelled; checks that it ended in time."""
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    process.wait(timeout=30)
    assert time.monotonic() - since < LIMIT_S
    events = [decode_event(line) for line in lines]
    assert all(events)
    return events[-1] or {}


def check_leftovers(folder: Path) -> None:
    """What a run that was broken off may leave: finished blocks and what they were made for, else not even folders."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    blocks = [path for path in files if path.suffix == ".npz"]
    assert {path.name for path in files} - {path.name for path in blocks} <= {"identity.json", "lock"}
    assert blocks or not folder.exists()


def check_cancelled(process: subprocess.Popen[str], since: float, request: Path) -> None:
    event = end_of(process, since)
    assert (event["event"], event["code"], event["exit_code"]) == ("error", "CancelledError", 4)
    assert process.returncode == 4
    check_leftovers(request.parent / "made")


@pytest.mark.skipif(os.name != "posix", reason="a pipe that os.read can wait for")
def test_closing_stdin_cancels_within_two_seconds_and_leaves_nothing_half_made(request_file: Path) -> None:
    with started(request_file) as process:
        since = time.monotonic()
        assert process.stdin is not None
        process.stdin.close()
        check_cancelled(process, since, request_file)


@posix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_cancels_within_two_seconds_and_leaves_nothing_half_made(request_file: Path, number: int) -> None:
    with started(request_file) as process:
        since = time.monotonic()
        process.send_signal(number)
        check_cancelled(process, since, request_file)


@posix_only
def test_a_second_signal_does_not_change_how_a_cancelled_worker_ends(request_file: Path) -> None:
    with started(request_file) as process:
        since = time.monotonic()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            process.send_signal(number)
        check_cancelled(process, since, request_file)


@posix_only
def test_a_signal_cancels_the_command_line_too(endless: Path, model: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "backend", "map", "--series", str(endless), "--model", str(model), "--out",
         str(tmp_path / "out")],
        cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Mapping"):
            break
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 4
    assert "Error: The run was cancelled." in stderr
    check_leftovers(tmp_path / "out")


@linux_only
def test_a_worker_whose_parent_was_killed_ends_too(request_file: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c",
         "import subprocess, sys\n"
         f"worker = subprocess.Popen({[*WORKER, str(request_file)]!r}, stdin=subprocess.PIPE)\n"
         "worker.wait()\n"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert parent.stdout is not None
    pid = 0
    for line in parent.stdout:
        event = decode_event(line) or {}
        pid = event.get("pid", pid)
        if event.get("event") == "progress":
            break
    since = time.monotonic()
    parent.kill()
    parent.wait()
    parent.stdout.read()  # ends when the worker, which holds the other end, is gone
    assert time.monotonic() - since < LIMIT_S
    assert not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text()
    check_leftovers(request_file.parent / "made")


def test_a_worker_nobody_listens_to_ends(request_file: Path) -> None:
    with started(request_file) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=30) == 4
    check_leftovers(request_file.parent / "made")


def small_request(series: Path, model: Path, folder: Path) -> Path:
    MapRequest((str(series),), str(model), str(folder / "out")).write(folder / "request.json")
    return folder / "request.json"


@posix_only
def test_work_that_overruns_ends_though_nobody_reads_what_it_says() -> None:
    """As after a crash of QGIS, in a part of the work that does not ask whether to stop."""
    code = (
        "import threading; from backend.worker import serve\n"
        "def work(emit, cancellation):\n"
        "    emit('started', task='deaf')\n"
        "    threading.Event().wait(60)\n"
        "serve(work)\n"
    )
    pipe = subprocess.PIPE
    worker = subprocess.Popen([sys.executable, "-u", "-c", code], stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT)
    assert worker.stdout is not None
    assert b"started" in worker.stdout.readline()
    for stream in (worker.stdout, worker.stderr, worker.stdin):
        if stream is not None:
            stream.close()
    try:
        assert worker.wait(10) == 4
    finally:
        worker.kill()


@pytest.mark.parametrize("stdin", ["devnull", "file"])
def test_a_stdin_that_is_no_pipe_does_not_cancel(series: Path, model: Path, tmp_path: Path, stdin: str) -> None:
    (tmp_path / "empty").touch()
    with (tmp_path / "empty").open() as stream:
        source = subprocess.DEVNULL if stdin == "devnull" else stream
        path = small_request(series, model, tmp_path)
        done = subprocess.run([*WORKER, str(path)], cwd=ROOT, stdin=source, capture_output=True, check=False)
    assert done.returncode == 0


def checksums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.tif*")}


def test_the_worker_and_the_command_line_write_the_same_bytes(series: Path, model: Path, tmp_path: Path) -> None:
    path = small_request(series, model, tmp_path)
    subprocess.run([*WORKER, str(path)], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    options = ["--series", str(series), "--model", str(model), "--out", str(tmp_path / "map"), "--threads", "1"]
    subprocess.run([sys.executable, "-m", "backend", "map", *options], cwd=ROOT, capture_output=True, check=True)
    assert set(checksums(tmp_path / "out")) >= {f"{name}.tif" for name in ("crop_type", "confidence", "boundary")}
    assert checksums(tmp_path / "out") == checksums(tmp_path / "map")


def test_stdout_holds_events_only_even_if_a_library_prints(series: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, backend.session as s\n"
        "run = s.Session.run\n"
        "def noisy(*a, **k):\n"
        "    print('printed by Python')\n"
        "    os.write(1, b'written by C\\n')\n"
        "    return run(*a, **k)\n"
        "s.Session.run = noisy\n"
    )
    done = subprocess.run(
        [*WORKER, str(small_request(series, model, tmp_path))], cwd=ROOT, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    events = [decode_event(line) for line in done.stdout.splitlines()]
    assert all(events)
    assert (events[0] or {})["event"] == "started"
    assert (events[-1] or {})["event"] == "result"
    assert "printed by Python" in done.stderr
    assert "written by C" in done.stderr


@pytest.mark.parametrize(
    ("content", "code", "exit_code"),
    [("{", "RequestError", 2), ("{}", "RequestError", 2), (None, "InputError", 2)],
)
def test_a_wrong_request_is_an_error_event_and_an_exit_code(
    tmp_path: Path, content: str | None, code: str, exit_code: int
) -> None:
    if content is not None:
        (tmp_path / "request.json").write_text(content)
    done = subprocess.run(
        [*WORKER, str(tmp_path / "request.json")], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    (line,) = done.stdout.splitlines()
    event = json.loads(line)
    assert (event["event"], event["code"], event["exit_code"]) == ("error", code, exit_code)
    assert done.returncode == exit_code
    assert "Traceback" not in done.stderr


def test_a_failing_request_ends_with_an_error_event(model: Path, tmp_path: Path) -> None:
    path = small_request(tmp_path / "nowhere", model, tmp_path)
    done = subprocess.run(
        [*WORKER, str(path)], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[-1]["event"] == "error"
    assert "There is no file or folder" in events[-1]["message"]
    assert events[-1]["hint"]
    assert done.returncode == 2


@posix_only
def test_signals_belong_to_the_caller_again_after_a_run() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    threads = threading.active_count()
    with Cancellation() as cancellation:
        assert signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert not cancellation.is_set()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
    assert threading.active_count() == threads


def test_what_overruns_the_grace_after_a_cancellation_is_ended_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.cancellation.GRACE_S", 0.01)
    ended = threading.Event()
    cancellation = Cancellation(ended.set)
    cancellation.set()
    assert ended.wait(timeout=30)


def test_a_session_given_after_the_cancellation_is_broken_off_at_once() -> None:
    class Session:
        stopped = False

        def terminate(self) -> None:
            self.stopped = True

    cancellation = Cancellation()
    cancellation.set()
    session = Session()
    cancellation.watch_session(session)
    assert session.stopped
