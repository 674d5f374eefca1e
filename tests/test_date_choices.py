"""Dates that the user leaves out or puts right: from the request, to the acquisitions, to the worker's answer."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from scenes import write_date

from backend.date_selection import select_dates
from backend.errors import InputError
from backend.products import find_acquisitions, redate
from backend.protocol import MapRequest
from backend.sits import make_series

ROOT = Path(__file__).resolve().parents[1]
DAYS = (date(2018, 3, 1), date(2018, 5, 1), date(2018, 7, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "series").mkdir()
    for day in DAYS:
        write_date(tmp_path / "series", day)
    return tmp_path / "series"


def test_a_day_left_out_is_not_used_and_says_who_left_it_out(folder: Path) -> None:
    rows = select_dates(make_series(find_acquisitions([folder]), ["B04"]), 0.05, skip=[DAYS[1]])
    assert [(row.observation.date, row.used, row.reason) for row in rows] == [
        (DAYS[0], True, ""),
        (DAYS[1], False, "left out by you"),
        (DAYS[2], True, ""),
    ]


def test_a_file_whose_name_tells_a_wrong_day_gets_the_right_one(folder: Path) -> None:
    found = find_acquisitions([folder])
    path = next(iter(found[0].bands.values())).path
    right = date(2018, 4, 1)
    moved = redate(found, {path: right})
    assert sorted(item.date for item in moved) == [right, *DAYS[1:]]
    assert {item.doy for item in moved} == {91, 121, 182}


def test_a_date_for_a_file_that_is_no_image_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.tif was given a date, but is no image of the series"):
        redate(find_acquisitions([folder]), {Path("/nowhere.tif"): DAYS[0]})


def test_two_dates_for_one_acquisition_are_refused(folder: Path) -> None:
    found = find_acquisitions([folder])
    paths = sorted({source.path for source in found[0].bands.values()})  # of 10 m and of 20 m
    with pytest.raises(InputError, match="were given 2 different dates"):
        redate(found, {paths[0]: DAYS[0], paths[1]: DAYS[1]})


def test_the_worker_tells_of_the_acquisitions_without_a_model(folder: Path, tmp_path: Path) -> None:
    request = MapRequest((str(folder),), "none", "none", skip=("2018-05-01",))
    request.write(tmp_path / "request.json")
    done = subprocess.run(
        [sys.executable, "-m", "backend", "run", str(tmp_path / "request.json"), "--dates"],
        cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events] == ["started", "stage", "result"]
    rows, box = events[-1]["summary"]["rows"], events[-1]["summary"]["box"]
    assert -180 < box[0] < box[2] < 180
    assert -90 < box[1] < box[3] < 90
    assert [(row["date"], row["used"]) for row in rows] == [
        ("2018-03-01", True), ("2018-05-01", False), ("2018-07-01", True),
    ]  # fmt: skip
    assert rows[0]["clear_share"] == 1.0
    assert not (tmp_path / "none").exists()
