"""What cutting fields leaves in a folder where something goes wrong, what it refuses, and its command and worker."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scenes
from field_maps import (
    BACKGROUND,
    CELL,
    GRASS,
    HIGH,
    LOW,
    MAIZE,
    WHEAT,
    by_hand,
    make,
    write_map,
)
from pyogrio.errors import DataSourceError

from backend import evidence, field_outlines, field_run
from backend.cli import main
from backend.errors import (
    EXIT_DAMAGED,
    EXIT_DONE,
    EXIT_REQUEST,
    CancelledError,
    DamagedFileError,
    InputError,
    ResourceError,
)
from backend.field_run import BYTES_A_CELL, FIELDS, PLACED, VOTED, run_fields
from backend.model_card import NODATA
from backend.run_record import NAME

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_map(tmp_path / "map", *by_hand())


def test_a_cancelled_run_leaves_the_earlier_files_and_nothing_else(folder: Path) -> None:
    asked = itertools.count()
    make(folder, 16, lambda: next(asked) < 0)
    before, total = scenes.listing(folder), next(asked)
    assert total > 4 * 6  # in each of four passes before each of six windows
    for limit in range(total):
        with pytest.raises(CancelledError, match="cancelled"):
            make(folder, 16, partial(says_yes_after, itertools.count(), limit))
        assert scenes.listing(folder) == before, f"after {limit} questions"


def says_yes_after(asked: Iterator[int], limit: int) -> bool:
    return next(asked) >= limit


def test_a_full_disk_leaves_the_earlier_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(folder)
    before = scenes.listing(folder)

    def fail(*_: Any) -> None:
        raise ResourceError("no room")

    monkeypatch.setattr(field_run, "write_cog", fail)
    with pytest.raises(ResourceError, match="no room"):
        make(folder)
    assert scenes.listing(folder) == before


def test_a_geopackage_that_cannot_be_written_is_told_and_leaves_the_earlier_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder)
    before = scenes.listing(folder)

    def fail(*_: Any, **__: Any) -> None:
        raise DataSourceError("database or disk is full")

    monkeypatch.setattr(field_outlines.pyogrio, "write_arrow", fail)
    with pytest.raises(ResourceError, match=r"fields\.gpkg: writing the fields failed \(database or disk is full\)"):
        make(folder)
    assert scenes.listing(folder) == before


@pytest.mark.parametrize("name", [*PLACED, "crop_type.tif", "boundary.tif", "confidence.tif", NAME])
def test_only_an_open_file_that_is_to_be_replaced_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """On Windows a program that shows the map has it open, which keeps nobody from reading it."""
    make(folder)
    rename = os.rename

    def refuse(src: Path, dst: Path) -> None:
        if Path(src) == folder / name:
            raise PermissionError(13, "used by another process", str(src))
        rename(src, dst)

    monkeypatch.setattr("backend.publish.os.rename", refuse)
    if name not in PLACED:
        assert make(folder).summary["fields"] == 2
        return
    with pytest.raises(InputError, match=f"{re.escape(name)}: another program has it open"):
        make(folder)


def test_the_record_stands_for_its_folder(folder: Path) -> None:
    written, summary = run_fields(folder / NAME, lambda event, **values: None, lambda: False)
    assert written == {"crop_type_fields": folder / VOTED, "fields": folder / FIELDS}
    assert summary["fields"] == 2


@pytest.mark.parametrize("name", PLACED)
def test_without_all_of_its_files_the_folder_has_no_outlines(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whether the process was killed between two of them, or a program kept one from being replaced."""
    make(folder)
    replace = os.replace

    def fail(src: Path, dst: Path) -> None:
        if Path(dst) == folder / name:
            raise PermissionError(13, "used by another process", str(dst))
        replace(src, dst)

    monkeypatch.setattr(field_run.os, "replace", fail)
    with pytest.raises(InputError, match=f"{re.escape(name)}: cannot be replaced .* may not be whole"):
        make(folder)
    assert not (folder / FIELDS).exists()
    assert (folder / VOTED).is_file()
    monkeypatch.undo()
    assert make(folder).summary["fields"] == 2


def test_the_scratch_folder_takes_no_more_disk_than_is_foreseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, shape = np.random.default_rng(0), (800, 800)
    crop = random.choice([BACKGROUND, WHEAT, MAIZE, GRASS], shape).astype(np.uint8)
    boundary = random.choice([0, LOW, HIGH], shape, p=[0.45, 0.45, 0.1]).astype(np.uint8)
    folder = write_map(tmp_path, crop, boundary, random.integers(30, 100, shape).astype(np.uint8))
    sizes = [0]

    def look() -> bool:
        sizes.append(sum(path.stat().st_size for path in folder.glob(".cscl-fields-*/*")))
        return False

    write = field_run.write_cog

    def write_and_look(*given: Any) -> None:
        write(*given)
        look()

    monkeypatch.setattr(field_run, "write_cog", write_and_look)
    made = make(folder, 256, look)
    assert made.summary["fields"] > 1000
    assert 0.5 * BYTES_A_CELL < max(sizes) / crop.size < BYTES_A_CELL


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def another_grid(folder: Path) -> None:
    scenes.write_raster(folder / "boundary.tif", by_hand()[1][:20], place=scenes.transform(CELL), nodata=NODATA)


def another_evidence(folder: Path) -> None:
    looks = np.ones((2, 30, 42), np.uint16)
    scenes.write_raster(folder / evidence.FILE, looks, place=scenes.transform(CELL), nodata=evidence.EVIDENCE_NODATA)


def another_place(folder: Path) -> None:
    record = json.loads((folder / NAME).read_text(encoding="utf-8"))
    record["grid"] = {"images": {"row": 0, "col": "left", "height": 5, "width": 5}}
    (folder / NAME).write_text(json.dumps(record), encoding="utf-8")


def unknown_code(folder: Path) -> None:
    scenes.write_raster(folder / "crop_type.tif", by_hand()[0] + 2, place=scenes.transform(CELL), nodata=NODATA)


def another_model(folder: Path) -> None:
    (folder / "hand.onnx").write_bytes(b"another")


@pytest.mark.parametrize(
    ("spoil", "kind", "said"),
    [
        (remove(NAME), InputError, "There is no record of a run"),
        (remove("crop_type.tif"), InputError, r"the map has no crop map \(crop_type.tif\)"),
        (remove("boundary.tif"), InputError, r"the map has no boundary layer \(boundary.tif\)"),
        (another_grid, DamagedFileError, "its rasters are not those of one run"),
        (another_evidence, DamagedFileError, "its rasters are not those of one run"),
        (another_place, DamagedFileError, "run.json: its 'grid' is not what a run writes"),
        (unknown_code, DamagedFileError, "it has a code that is no class of the map's model"),
        (remove("hand.onnx"), InputError, "hand.onnx, is not there any more"),
        (another_model, InputError, "hand.onnx is not the model any more that made this map"),
    ],
)
def test_what_has_no_fields_is_told_and_left_alone(
    folder: Path, spoil: Callable[[Path], None], kind: type[Exception], said: str
) -> None:
    make(folder)
    spoil(folder)
    before = scenes.listing(folder)
    with pytest.raises(kind, match=said):
        make(folder)
    assert scenes.listing(folder) == before


def test_the_command_says_what_it_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fields", "--run", str(folder)]) == EXIT_DONE
    said = capsys.readouterr().out
    assert "2 fields of 0.7 ha together" in said
    assert "2.7 % of the mapped cells got another class" in said
    (folder / "boundary.tif").unlink()
    assert main(["fields", "--run", str(folder)]) == EXIT_REQUEST
    unknown_code(write_map(folder, *by_hand()))
    assert main(["fields", "--run", str(folder)]) == EXIT_DAMAGED


def test_a_map_made_by_the_engine_has_fields(series: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "map"
    assert main(["map", "--series", str(series), "--model", str(model), "--out", str(out)]) == EXIT_DONE
    made = make(out)
    assert set(made.table["map_crop"]) == {"Winter soft wheat", "Maize"}


def worker(folder: Path, request: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and events of the command that QGIS calls."""
    path = folder / "request.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    command = [sys.executable, "-m", "backend", "cut-fields", str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        events = [json.loads(line) for line in process.stdout]  # stdin stays open till the end: it would cancel
    return process.returncode, events


def test_the_worker_cuts_a_map_and_tells_how_far_it_is(folder: Path, tmp_path: Path) -> None:
    code, events = worker(tmp_path, {"run": str(folder)})
    assert code == EXIT_DONE
    assert (events[0]["event"], events[-1]["event"]) == ("started", "result")
    assert events[-1]["outputs"] == {"crop_type_fields": str(folder / VOTED), "fields": str(folder / FIELDS)}
    assert events[-1]["summary"]["fields"] == 2
    told = [event for event in events if event["event"] == "progress"]
    assert {(event["stage"], event["what"]) for event in told} == {("fields", "Cutting fields")}
    assert told[-1]["done"] == told[-1]["total"]


@pytest.mark.parametrize("request_", [{}, {"run": ""}, {"run": 5}, {"run": "x", "parcels": "y"}])
def test_the_worker_refuses_a_request_that_is_none(tmp_path: Path, request_: dict[str, Any]) -> None:
    code, events = worker(tmp_path, request_)
    assert (code, events[-1]["event"], events[-1]["code"]) == (EXIT_REQUEST, "error", "RequestError")
