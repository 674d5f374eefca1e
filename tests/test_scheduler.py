"""Units of work in this process and on a cluster: all are done, the first failure ends them, and stopping stops."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed")
from backend.errors import CancelledError, InputError, RequestError
from backend.scheduler import Unit, check_scheduler, num_local, run_units
from training.progress import QuietProgress

pytestmark = pytest.mark.torch


class Recorder(QuietProgress):
    """Keeps what it is told; may be cancelled."""

    def __init__(self, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        super().__init__(is_cancelled)
        self.steps: list[tuple[int, int]] = []

    def progress(self, done: int, total: int, what: str) -> None:
        self.steps.append((done, total))


def note(shared: str, value: int, is_cancelled: Callable[[], bool]) -> None:
    """Leave a file with the process that did this unit."""
    Path(shared, f"{value}.txt").write_text(str(os.getpid()), encoding="ascii")


def fail(shared: str, value: int, is_cancelled: Callable[[], bool]) -> None:
    if value == 1:
        raise InputError("unit 1 is bad.", "Leave it out.")
    note(shared, value, is_cancelled)


def until_stopped(shared: str, value: int, is_cancelled: Callable[[], bool]) -> None:
    note(shared, value, is_cancelled)
    for _ in range(600):
        if is_cancelled():
            raise CancelledError("stopped")
        time.sleep(0.05)


def die(shared: str, value: int, is_cancelled: Callable[[], bool]) -> None:
    """The first attempt ends its process, as a lost machine does."""
    mark = Path(shared, f"{value}.attempt")
    if not mark.exists():
        mark.touch()
        os._exit(1)
    note(shared, value, is_cancelled)


def units(count: int) -> list[Unit]:
    return [Unit(0, number, 2) for number in range(count)]


def run(work: Any, folder: Path, count: int, scheduler: str, progress: QuietProgress | None = None) -> None:
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    run_units(work, [str(folder)], units(count), scheduler, progress or Recorder(), "working", scratch)


def done(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.txt")}


def test_in_this_process_units_are_done_in_order_with_their_weight(tmp_path: Path) -> None:
    progress = Recorder()
    run(note, tmp_path, 3, "local:1", progress)
    assert done(tmp_path) == {"0", "1", "2"}
    assert progress.steps == [(0, 6), (2, 6), (4, 6), (6, 6)]
    assert {path.read_text() for path in tmp_path.glob("*.txt")} == {str(os.getpid())}


def test_two_processes_do_all_units_and_leave_nothing_behind(tmp_path: Path) -> None:
    progress = Recorder()
    run(note, tmp_path, 4, "local:2", progress)
    assert done(tmp_path) == {"0", "1", "2", "3"}
    assert progress.steps[0] == (0, 8)
    assert progress.steps[-1] == (8, 8)
    workers = {int(path.read_text()) for path in tmp_path.glob("*.txt")}
    assert os.getpid() not in workers
    assert not any(is_running(process) for process in workers)


def is_running(process: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return False


@pytest.mark.parametrize("scheduler", ["local:1", "local:2"])
def test_the_sentence_of_the_first_failure_comes_through(tmp_path: Path, scheduler: str) -> None:
    with pytest.raises(InputError, match=r"unit 1 is bad\.") as caught:
        run(fail, tmp_path, 3, scheduler)
    assert caught.value.hint == "Leave it out."


def test_a_unit_whose_process_died_is_done_again(tmp_path: Path) -> None:
    run(die, tmp_path, 2, "local:2")
    assert done(tmp_path) == {"0", "1"}


def test_a_cancelled_run_ends_its_processes_long_before_their_units_are_done(tmp_path: Path) -> None:
    started: list[float] = []

    def cancelled() -> bool:
        if len(done(tmp_path)) < 2:  # both workers are at work
            return False
        started[:] = started or [time.monotonic()]
        return True

    with pytest.raises(CancelledError):
        run(until_stopped, tmp_path, 4, "local:2", Recorder(cancelled))
    assert time.monotonic() - started[0] < 15  # two seconds on a quiet machine; the units take thirty
    assert not any(is_running(int(path.read_text())) for path in tmp_path.glob("*.txt"))


def test_units_go_to_the_workers_at_an_address(tmp_path: Path) -> None:
    from distributed import LocalCluster

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, local_directory=str(scratch), host="127.0.0.1"
    ) as cluster:
        run(note, tmp_path, 2, cluster.scheduler_address)
    assert done(tmp_path) == {"0", "1"}


def test_an_address_where_nobody_answers_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.scheduler.CONNECT_S", 1)
    with pytest.raises(RequestError, match=r"No dask scheduler answers at tcp://127\.0\.0\.1:9"):
        run(note, tmp_path, 2, "tcp://127.0.0.1:9")


@pytest.mark.parametrize("text", ["local", "local:1", "local:16", "tcp://host:8786", "tls://10.0.0.1:8786"])
def test_what_can_be_a_scheduler(text: str) -> None:
    assert check_scheduler(text) == text


@pytest.mark.parametrize("text", ["", "locale", "local:0", "local:-1", "host:8786", "local:two"])
def test_what_can_be_none(text: str) -> None:
    with pytest.raises(RequestError, match="is no scheduler"):
        check_scheduler(text)


def test_local_takes_all_cores_and_an_address_none_of_ours() -> None:
    assert num_local("local") == os.cpu_count()
    assert num_local("local:3") == 3
    assert num_local("tcp://host:8786") == 0
