"""run.json: all that a map was made from, how, and what came out, as a finished run wrote it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import scenes

from backend.mapping import run_map
from backend.model_card import file_sha256
from backend.protocol import MapRequest
from backend.run_record import EventKeeper, read_record, what_happened

Made = tuple[Path, dict[str, Any], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def made(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Output folder, record and events of a map of a region, where one date is cloudy and one comes too late."""
    folder = tmp_path_factory.mktemp("recorded")
    for number, day in enumerate(scenes.DAYS):
        scl = scenes.clear_scl(scenes.CROPS, scenes.CLOUD_SCL if number == 1 else scenes.CLEAR_SCL)
        scenes.write_date(folder / "in", day, scl=scl)
    region = scenes.write_region(folder / "region.gpkg", scenes.box(0, 4, 10, 16))
    request = MapRequest(
        (str(folder / "in"),), str(model), str(folder / "out"), region=str(region), until="2018-08-31", threads=1
    )
    events: list[dict[str, Any]] = []
    run_map(request, lambda event, **values: events.append({"event": event, **values}), lambda: False, lambda _: None)
    return folder / "out", json.loads((folder / "out" / "run.json").read_text("utf-8")), events


def test_files_that_were_read_stand_there_with_what_tells_them_from_others(made: Made) -> None:
    out, record, _ = made
    names = [Path(item["path"]).name for item in record["inputs"]]
    used = [scenes.DAYS[0], scenes.DAYS[2]]
    expected = [f"S2_L2A_{day:%Y%m%d}_{end}.tif" for day in used for end in ("10m", "20m", "SCL_20m")]
    assert names == [*expected, "region.gpkg"]
    for item in record["inputs"]:
        content = Path(item["path"]).read_bytes()
        assert (item["size"], item["parts"]) == (len(content), 0)
        assert item["sha256"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert out.is_dir()


def test_files_that_were_written_stand_there_with_their_checksums(made: Made) -> None:
    out, record, _ = made
    assert set(record["outputs"]) == {"crop_type", "confidence", "boundary", "evidence"}
    for item in record["outputs"].values():
        assert item["sha256"] == f"sha256:{file_sha256(out / item['file'])}"


def test_dates_are_used_or_dropped_and_the_reason_stands_there(made: Made) -> None:
    _, record, _ = made
    assert [(row["date"], row["used"], row["reason"], row["clear_share"]) for row in record["dates"]] == [
        ("2018-04-20", True, "", 1.0),
        ("2018-05-20", False, "no clear pixel in the region", 0.0),
        ("2018-08-01", True, "", 1.0),
        ("2018-09-01", False, "after 2018-08-31", None),
    ]


def test_warnings_are_those_that_were_shown(made: Made) -> None:
    _, record, events = made
    assert record["warnings"] == [event["message"] for event in events if event["event"] == "warning"]
    assert record["warnings"][0] == "2018-05-20 is not used: no clear pixel in the region."


def test_device_plan_seams_evidence_forecast_and_times_stand_there(made: Made) -> None:
    _, record, events = made
    assert record["device"]["reason"]
    assert record["plan"]["magnification"] == 4
    assert "score" in record["seams"]
    assert record["evidence"]["cells"] == 10 * 16
    foreseen = next(event for event in events if event["event"] == "forecast")
    assert {key: record["forecast"][key] for key in ("seconds", "memory_bytes", "disk_bytes")} == {
        key: foreseen[key] for key in ("seconds", "memory_bytes", "disk_bytes")
    }
    assert record["forecast"]["happened"]["seconds"] == record["seconds"]["total"]
    assert {"prepare", "infer", "assemble", "total"} <= set(record["seconds"])


def test_the_grid_tells_where_the_map_lies(made: Made) -> None:
    _, record, _ = made
    assert record["grid"] == {
        "crs": "EPSG:32631",
        "transform": [2.5, 0.0, scenes.LEFT + 40, 0.0, -2.5, scenes.TOP],
        "width": 64,
        "height": 40,
        "resolution": [2.5, 2.5],
        "images": {"row": 0, "col": -16, "height": 64, "width": 96},
    }


def test_the_record_is_read_by_its_folder_as_by_its_file(made: Made) -> None:
    out, record, _ = made
    assert read_record(out) == read_record(out / "run.json") == record


def test_events_pass_and_warnings_and_the_forecast_are_kept() -> None:
    passed: list[tuple[str, dict[str, Any]]] = []
    keeper = EventKeeper(lambda event, **values: passed.append((event, values)))
    sent = [("stage", {"message": "a"}), ("warning", {"message": "b"}), ("forecast", {"seconds": 3})]
    for event, values in sent:
        keeper(event, **values)
    assert passed == sent
    assert (keeper.warnings, keeper.forecast) == (["b"], {"seconds": 3})


def test_what_happened_counts_the_files_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "a").write_bytes(bytes(300))
    (tmp_path / "b.tif").write_bytes(bytes(40))
    happened = what_happened(1.234, tmp_path)
    assert (happened["seconds"], happened["disk_bytes"]) == (1.23, 340)
    assert happened["memory_bytes"] is None or happened["memory_bytes"] > 10_000_000
