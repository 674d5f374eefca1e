"""A map made by several processes: the same bytes as by one, also when a worker is lost on the way."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scenes

pytest.importorskip("distributed")
from backend.errors import CancelledError, InputError, PackageMissingError, RequestError
from backend.map_units import worker_threads
from backend.mapping import run_map
from backend.protocol import MapRequest
from backend.tiling import Chunks

pytestmark = pytest.mark.torch  # distributed comes with the training environment

CROPS = np.kron(scenes.CROPS[4:14, 6:18], np.ones((4, 4), np.uint8))
"""40 x 48 pixels of wheat, maize and none."""


@pytest.fixture(scope="module")
def request_(model: Path, tmp_path_factory: pytest.TempPathFactory) -> MapRequest:
    folder = tmp_path_factory.mktemp("many")
    for day in scenes.DAYS:
        scenes.write_date(folder / "in", day, CROPS)
    return MapRequest(
        (str(folder / "in"),), str(model), str(folder / "whole"), threads=1, probabilities="input", scheduler="local"
    )


@pytest.fixture(autouse=True)
def many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cores of 8 pixels, a block each: 30 of them."""
    monkeypatch.setattr("backend.plan_memory.CORES", (8,))
    monkeypatch.setattr("backend.plan_memory.BLOCK_CELLS", 8)
    monkeypatch.setattr("backend.map_preparation.image_chunks", lambda *_: Chunks(8, 8))


def run(request: MapRequest, is_cancelled: Any = lambda: False) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    run_map(request, lambda event, **values: events.append({"event": event, **values}), is_cancelled, lambda _: None)
    return events


def rasters(request: MapRequest) -> dict[str, bytes]:
    return {name: content for name, content in scenes.listing(Path(request.out)).items() if name.endswith(".tif")}


@pytest.fixture
def whole(request_: MapRequest) -> dict[str, bytes]:
    """The rasters as one process makes them."""
    if not Path(request_.out).exists():
        run(request_)
    return rasters(request_)


def workers(out: Path) -> set[int]:
    """Processes that have a block in hand: the names of their partial files begin with it."""
    return {int(path.name.split("-")[2]) for path in (out / ".cscl-run" / "blocks").glob("*.partial")}


def test_two_processes_make_the_same_bytes_as_one(
    request_: MapRequest, whole: dict[str, bytes], tmp_path: Path
) -> None:
    other = replace(request_, out=str(tmp_path / "out"), scheduler="local:2")
    events = run(other)
    assert rasters(other) == whole
    progress = [event["done"] for event in events if event["event"] == "progress"]
    assert (progress[0], progress[-1]) == (0, 40 * 48)
    assert not (tmp_path / "out" / ".cscl-run").exists()


def test_the_blocks_of_a_killed_worker_are_done_again(
    request_: MapRequest, whole: dict[str, bytes], tmp_path: Path
) -> None:
    other = replace(request_, out=str(tmp_path / "out"), scheduler="local:2")
    killed: list[int] = []
    ended = threading.Event()

    def kill_one() -> None:
        while not killed and not ended.is_set():
            for process in workers(tmp_path / "out") - {os.getpid()}:
                os.kill(process, signal.SIGKILL)
                killed.append(process)
                break

    killer = threading.Thread(target=kill_one)
    killer.start()
    try:
        run(other)
    finally:
        ended.set()
        killer.join()
    assert killed
    assert rasters(other) == whole


def test_what_processes_have_done_is_gone_on_with_by_one(
    request_: MapRequest, whole: dict[str, bytes], tmp_path: Path
) -> None:
    blocks = tmp_path / "out" / ".cscl-run" / "blocks"
    other = replace(request_, out=str(tmp_path / "out"), scheduler="local:2")
    with pytest.raises(CancelledError) as caught:
        run(other, lambda: blocks.is_dir() and len(list(blocks.glob("*.npz"))) >= 2)
    assert "same command goes on" in caught.value.hint
    events = run(replace(other, scheduler="local"))
    assert any(event.get("stage") == "resume" for event in events)
    assert rasters(other) == whole


def test_the_workers_of_a_cluster_make_the_same_bytes(
    request_: MapRequest, whole: dict[str, bytes], tmp_path: Path
) -> None:
    from distributed import LocalCluster

    (tmp_path / "scratch").mkdir()
    with LocalCluster(
        n_workers=1, threads_per_worker=2, dashboard_address=None, local_directory=str(tmp_path / "scratch"),
        host="127.0.0.1",
    ) as cluster:  # fmt: skip
        other = replace(request_, out=str(tmp_path / "out"), scheduler=cluster.scheduler_address)
        run(other)
    assert rasters(other) == whole


@pytest.mark.parametrize("scheduler", ["nowhere", "local:0", "http://x"])
def test_what_is_no_scheduler_is_refused_before_anything_is_read(request_: MapRequest, scheduler: str) -> None:
    with pytest.raises(RequestError, match="is no scheduler"):
        run(replace(request_, scheduler=scheduler, model="/not/there.onnx"))


def test_several_processes_without_the_package_are_a_sentence(
    request_: MapRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(PackageMissingError, match="Several processes need the package distributed"):
        run(replace(request_, scheduler="local:2"))


def test_the_threads_of_the_request_are_shared_by_local_processes() -> None:
    assert worker_threads("local:2", 8) == 4
    assert worker_threads("local:9", 4) == 1
    assert worker_threads("tcp://host:1", 3) == 3
    assert worker_threads("tcp://host:1", 0) == 0


def test_a_worker_that_sees_another_model_says_so(model: Path, tmp_path: Path) -> None:
    from backend.map_units import _session

    with pytest.raises(InputError, match="a worker sees another file"):
        _session(model, "0" * 64, "cpu", 1)
