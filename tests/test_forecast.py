"""What is told before the first tile: what it is reckoned from, that it changes nothing, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scenes
from shapely.geometry import box
from tiny_model import BANDS

from backend import forecast
from backend.block_map import MapInput
from backend.cli import main
from backend.errors import CancelledError, ResourceError
from backend.forecast import FINISH_S, WORKER_START_S, Forecast, Workers, check_disk, foresee
from backend.grid import Window
from backend.map_layers import layer_specs
from backend.mapping import run_map
from backend.process_memory import peak_memory
from backend.products import find_acquisitions
from backend.protocol import MapRequest
from backend.region import Region
from backend.session import Session
from backend.sits import Series, make_series
from backend.tiling import Chunks, Plan, cut_blocks
from backend.trial_tile import TileCosts, TrialJob, try_tile

STEPS = ("decode", "copy", "convert", "infer", "post", "write", "raster", "rasters")


@pytest.fixture(scope="module")
def session(model: Path) -> Session:
    return Session(model, "cpu", threads=1)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """32 x 64 pixels, half wheat and half maize."""
    crops = np.ones((32, 64), np.uint8)
    crops[:, 32:] = 5
    folder = tmp_path_factory.mktemp("scene")
    for day in scenes.DAYS:
        scenes.write_date(folder, day, crops)
    return make_series(find_acquisitions([folder]), BANDS)


def job(series: Series, session: Session, region: Region | None = None) -> TrialJob:
    """8 blocks of 16 x 16 pixels, of 4 tiles each."""
    whole = series.grid.window
    rows = cut_blocks(0, whole.height, 8, 4, 0, 16, 4)
    cols = cut_blocks(0, whole.width, 8, 4, 0, 16, 4)
    plan = Plan(whole, 0, 0, 8, 4, 4, rows, cols)
    source = MapInput(series.observations, series.grid, region)
    return TrialJob(source, session, plan, layers=layer_specs(session.card.classes, 4))


def reckon(
    trial: TrialJob, costs: Callable[[Window, Window], dict[str, float]], missing: Sequence[int], **options: Any
) -> Forecast:
    """The forecast where a tile takes what is said, on two cores."""

    def fake(job: TrialJob, block: Window, core: Window, *_: Any) -> TileCosts:
        kept, tile = core.intersect(block), job.plan.tile_of(core, block)
        seconds = dict.fromkeys(STEPS, 0.0) | costs(tile, kept)
        return TileCosts(
            tile, kept, seconds, block_bytes=100, raster_bytes=50, array_bytes=3000, peak_bytes=10**8, answer=()
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forecast, "try_tile", fake)
        patch.setattr(forecast, "usable_cores", lambda: 2)
        chunks = options.pop("chunks", Chunks(16, 16, 0, 0, 21.0))
        return foresee(trial, chunks, missing, options.pop("threads", 0), Path(), lambda: 0.0, **options)


def test_inference_takes_as_long_as_all_tiles_together(scene: Series, session: Session) -> None:
    trial = job(scene, session)
    assert trial.plan.num_blocks == 8
    foreseen = reckon(trial, lambda tile, kept: {"infer": 2.0}, range(8))
    assert foreseen.tiles == 32
    assert foreseen.seconds == pytest.approx(31 * 2 + FINISH_S)  # the one that was tried is not done again
    half = reckon(trial, lambda tile, kept: {"infer": 2.0}, range(4))
    assert (half.tiles, half.seconds) == (16, pytest.approx(15 * 2 + FINISH_S))


def test_what_goes_on_beside_the_inference_costs_only_where_it_has_no_core_of_its_own(
    scene: Series, session: Session
) -> None:
    trial = job(scene, session)
    every = reckon(trial, lambda tile, kept: {"infer": 2.0, "post": 1.0}, range(8))
    assert every.seconds == pytest.approx(62 + 32 / 2 + FINISH_S)
    spared = reckon(trial, lambda tile, kept: {"infer": 2.0, "post": 1.0}, range(8), threads=1)
    assert spared.seconds == pytest.approx(62 + FINISH_S)


def test_a_chunk_that_several_tiles_touch_is_decoded_once(scene: Series, session: Session) -> None:
    """One chunk for all: the trial decodes it, and so does the run, before its first tile and beside nothing."""
    foreseen = reckon(
        job(scene, session), lambda tile, kept: {"decode": 3.0}, range(8), chunks=Chunks(64, 64, 0, 0, 21.0)
    )
    assert foreseen.seconds == pytest.approx(3.0 / 2 + 3.0 / 2 + FINISH_S)


def test_the_disk_holds_blocks_that_are_still_to_be_done_and_rasters_of_all(scene: Series, session: Session) -> None:
    trial = job(scene, session)
    every, half = (reckon(trial, lambda tile, kept: {}, range(count)) for count in (8, 4))
    assert every.disk_bytes - half.disk_bytes == 16 * 100
    assert half.disk_bytes == 16 * 100 + 32 * 50 + forecast.FINISH_BYTES


def test_only_tiles_that_the_region_touches_count(scene: Series, session: Session) -> None:
    grid = scene.grid
    left, top = grid.transform * (1, 1)
    right, bottom = grid.transform * (15, 7)
    trial = job(scene, session, Region((box(left, bottom, right, top),), Window(1, 1, 6, 14)))
    foreseen = reckon(trial, lambda tile, kept: {"infer": 2.0}, range(8))
    assert (foreseen.tiles, foreseen.seconds) == (2, pytest.approx(2 + FINISH_S))


def test_a_tile_is_tried_for_each_step_and_its_files_measured(scene: Series, session: Session, tmp_path: Path) -> None:
    trial = job(scene, session)
    block = trial.plan.blocks()[0]
    costs = try_tile(trial, block, trial.plan.cores(block)[0], True, tmp_path, lambda: False)
    assert set(costs.seconds) == set(STEPS)
    assert all(value >= 0 for value in costs.seconds.values())
    assert costs.seconds["infer"] > 0
    assert costs.block_bytes == (tmp_path / "tile.npz").stat().st_size
    assert costs.array_bytes == 3 * 32 * 32 + 16  # three layers and two counts


def test_what_a_trial_spends_in_the_session_is_counted_as_such(scene: Series, session: Session, tmp_path: Path) -> None:
    trial = job(scene, session)
    with trial.clock.of("forecast"):
        costs = try_tile(trial, trial.plan.blocks()[0], Window(0, 0, 8, 8), True, tmp_path, lambda: False)
    seconds = trial.clock.seconds
    assert seconds["infer"] >= costs.seconds["infer"]
    assert seconds["forecast"] >= costs.seconds["raster"]


def test_a_cancelled_trial_ends(scene: Series, session: Session, tmp_path: Path) -> None:
    trial = job(scene, session)
    block = trial.plan.blocks()[0]
    with pytest.raises(CancelledError):
        try_tile(trial, block, trial.plan.cores(block)[0], True, tmp_path, lambda: True)


def test_a_run_tells_its_forecast_before_the_first_tile_and_keeps_it_with_what_happened(
    series: Path, model: Path, tmp_path: Path
) -> None:
    events: list[dict[str, Any]] = []
    request = MapRequest((str(series),), str(model), str(tmp_path / "out"), threads=1)
    run_map(request, lambda event, **values: events.append({"event": event, **values}), lambda: False, lambda _: None)
    kinds = [event["event"] for event in events]
    assert kinds.index("forecast") < kinds.index("progress")
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    told = {key: value for key, value in events[kinds.index("forecast")].items() if key != "event"}
    assert {key: record["forecast"][key] for key in told} == told
    assert set(record["forecast"]["happened"]) == {"seconds", "memory_bytes", "disk_bytes"}


def test_a_dry_run_says_in_one_line_what_the_run_takes_and_writes_nothing(
    series: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["map", "--series", str(series), "--model", str(model), "--out", str(out), "--dry-run"]) == 0
    said = capfd.readouterr()
    (line,) = [line for line in said.err.splitlines() if line.startswith("Forecast: ")]
    assert "GiB of memory" in line
    assert "MB of disk, on cpu (this ONNX Runtime supports no other device)" in line
    assert said.out == ""
    assert not out.exists()


def test_a_run_that_the_disk_has_no_room_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    def usage(path: Path) -> SimpleNamespace:
        asked.append(path)
        return SimpleNamespace(free=2 * 10**9)

    monkeypatch.setattr(forecast.shutil, "disk_usage", usage)
    check_disk(tmp_path / "not" / "there", 2 * 10**9)
    assert asked == [tmp_path]
    with pytest.raises(ResourceError, match=r"there: the map needs about 2\.50 GB of disk, 2\.00 GB are free"):
        check_disk(tmp_path / "not" / "there", 25 * 10**8)


def test_a_refused_run_leaves_no_folder(
    series: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast.shutil, "disk_usage", lambda path: SimpleNamespace(free=1))
    request = MapRequest((str(series),), str(model), str(tmp_path / "out"), threads=1)
    with pytest.raises(ResourceError, match="of disk"):
        run_map(request, lambda event, **values: None, lambda: False, lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_the_peak_memory_of_this_process_is_known() -> None:
    peak = peak_memory()
    assert peak is None or peak > 10 << 20


def test_several_processes_share_the_time_and_add_up_their_memory(scene: Series, session: Session) -> None:
    trial = job(scene, session)
    costs = {"infer": 2.0, "post": 1.0}
    alone = reckon(trial, lambda tile, kept: costs, range(8), threads=1)
    two = reckon(trial, lambda tile, kept: costs, range(8), threads=1, workers=Workers(2, 1))
    assert two.seconds == pytest.approx(WORKER_START_S + (32 * 2.0 + 32 * 1.0) / 2 + FINISH_S)
    assert two.seconds < alone.seconds
    assert two.memory_bytes == 10**8 + 2 * alone.memory_bytes
