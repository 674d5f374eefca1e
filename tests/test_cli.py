"""What the command line says and returns: one sentence and the right exit code, never a traceback or half a file."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scenes
import shapely
import tiny_model

from backend.cli import main
from backend.model_card import card_path
from backend.run_folder import WORK

ROOT = Path(__file__).resolve().parents[1]
DAY = scenes.DAYS[0]

Prepare = Callable[[Path, Path, Path], list[str]]
"""prepare(folder, series, model) -> arguments of `map`, without --out."""


def arguments(series: Path, model: Path, *more: str) -> list[str]:
    return ["--series", str(series), "--model", str(model), *more]


def nowhere(folder: Path, series: Path, model: Path) -> list[str]:
    return arguments(folder / "nowhere", model)


def empty_folder(folder: Path, series: Path, model: Path) -> list[str]:
    return arguments(folder, model)


def unrelated(folder: Path, series: Path, model: Path) -> list[str]:
    scenes.write_raster(folder / "labels.tif", np.ones((4, 4), np.uint8))
    return arguments(folder, model)


def no_raster(folder: Path, series: Path, model: Path) -> list[str]:
    (folder / "20180420.tif").write_text("no raster")
    return arguments(folder, model)


def no_date(folder: Path, series: Path, model: Path) -> list[str]:
    return arguments(scenes.write_raster(folder / "image.tif", np.ones((4, 4), np.uint16), ["B02"]), model)


def truncated(folder: Path, series: Path, model: Path) -> list[str]:
    for day in scenes.DAYS:
        scenes.write_date(folder, day)
    values = np.random.default_rng(0).integers(1, 9000, (4, 256, 256)).astype(np.uint16)
    path = scenes.write_raster(folder / f"S2_L2A_{DAY:%Y%m%d}_10m.tif", values[:, :16, :24], scenes.BANDS_10M)
    path.write_bytes(path.read_bytes()[:-2000])
    return arguments(folder, model)


def band_missing(folder: Path, series: Path, model: Path) -> list[str]:
    scenes.write_date(folder, DAY, leave_out=["B11"])
    return arguments(folder, model)


def duplicate_date(folder: Path, series: Path, model: Path) -> list[str]:
    shutil.copytree(series, folder / "copy")
    return ["--series", str(series), str(folder / "copy"), "--model", str(model)]


def unnamed(folder: Path, series: Path, model: Path, *more: str) -> list[str]:
    scenes.write_raster(folder / "20180420.tif", np.ones((10, 4, 4), np.uint16))
    return arguments(folder, model, *more)


def wrong_names(folder: Path, series: Path, model: Path) -> list[str]:
    return unnamed(folder, series, model, "--bands", "B02,B03")


def mixed_crs(folder: Path, series: Path, model: Path) -> list[str]:
    scenes.write_date(folder, DAY)
    scenes.write_date(folder, scenes.DAYS[1], crs="EPSG:32632")
    return arguments(folder, model)


def mixed_grids(folder: Path, series: Path, model: Path) -> list[str]:
    scenes.write_date(folder, DAY)
    scenes.write_date(folder, scenes.DAYS[1], left=scenes.LEFT + 1005)
    return arguments(folder, model)


def level_1c(folder: Path, series: Path, model: Path) -> list[str]:
    for day in scenes.DAYS:
        scenes.write_safe(folder, day, level="L1C")
    return arguments(folder, model)


def all_cloudy(folder: Path, series: Path, model: Path) -> list[str]:
    for day in scenes.DAYS:
        scenes.write_date(folder, day, scl=scenes.clear_scl(scenes.CROPS, scenes.CLOUD_SCL))
    return arguments(folder, model)


def one_date(folder: Path, series: Path, model: Path) -> list[str]:
    scenes.write_date(folder, DAY)
    return arguments(folder, model)


def damaged_metadata(folder: Path, series: Path, model: Path) -> list[str]:
    (scenes.write_safe(folder, DAY) / "MTD_MSIL2A.xml").write_text("<a>")
    return arguments(folder, model)


def region(shape: shapely.Geometry, crs: str | None = scenes.UTM, name: str = "r.gpkg") -> Prepare:
    def prepare(folder: Path, series: Path, model: Path) -> list[str]:
        return arguments(series, model, "--region", str(scenes.write_region(folder / name, shape, crs=crs)))

    return prepare


def region_missing(folder: Path, series: Path, model: Path) -> list[str]:
    return arguments(series, model, "--region", str(folder / "gone.gpkg"))


def region_no_vector(folder: Path, series: Path, model: Path) -> list[str]:
    (folder / "r.gpkg").write_text("x")
    return arguments(series, model, "--region", str(folder / "r.gpkg"))


def model_missing(folder: Path, series: Path, model: Path) -> list[str]:
    return arguments(series, folder / "gone.onnx")


def model_corrupt(folder: Path, series: Path, model: Path) -> list[str]:
    (folder / "m.onnx").write_bytes(b"corrupt")
    return arguments(series, folder / "m.onnx")


def model_changed(folder: Path, series: Path, model: Path) -> list[str]:
    tiny_model.write_tiny_model(folder / "m.onnx", halo=3)
    shutil.copy(card_path(model), folder / "m.json")
    return arguments(series, folder / "m.onnx")


def card_damaged(folder: Path, series: Path, model: Path) -> list[str]:
    tiny_model.write_tiny_model(folder / "m.onnx")
    (folder / "m.json").write_text('{"type": "Feature"')
    return arguments(series, folder / "m.onnx")


def card_of_other_bands(folder: Path, series: Path, model: Path) -> list[str]:
    shutil.copy(model, folder / "m.onnx")
    text = card_path(model).read_text().replace('"B12"', '"B09"')
    (folder / "m.json").write_text(text)
    return arguments(series, folder / "m.onnx")


def more(*options: str) -> Prepare:
    return lambda folder, series, model: arguments(series, model, *options)


FAILURES: dict[str, tuple[Prepare, int, str]] = {
    "series_missing": (nowhere, 2, "There is no file or folder"),
    "series_empty": (empty_folder, 2, "No Sentinel-2 images found"),
    "series_of_unrelated_rasters": (unrelated, 2, "No Sentinel-2 images found"),
    "series_not_a_raster": (no_raster, 3, "20180420.tif: expected a raster"),
    "series_without_a_date": (no_date, 2, "image.tif: no date such as 20180418"),
    "series_truncated": (truncated, 3, "S2_L2A_20180420_10m.tif: "),
    "band_missing": (band_missing, 2, "2018-04-20 has no band B11"),
    "date_twice": (duplicate_date, 2, "There are two acquisitions of 2018-04-20 over"),
    "bands_unnamed": (unnamed, 2, "its 10 bands have no names"),
    "bands_wrong_number": (wrong_names, 2, "10 bands, but 2 band names were given"),
    "crs_mixed": (mixed_crs, 2, "coordinate system is EPSG:32632"),
    "grids_mixed": (mixed_grids, 2, "lie on another grid"),
    "level_1c": (level_1c, 2, "The images are of level L1C, the model 'tiny' wants L2A"),
    "all_cloudy": (all_cloudy, 2, "0 of 4 acquisitions are usable"),
    "too_few_dates": (one_date, 2, "1 of 1 acquisitions are usable, the model 'tiny' wants 2 or more"),
    "metadata_damaged": (damaged_metadata, 3, "not valid XML"),
    "region_elsewhere": (region(scenes.box(500, 500, 5, 5)), 2, "r.gpkg: the region does not touch"),
    "region_without_crs": (region(scenes.box(0, 0, 5, 5), None, "r.shp"), 2, "r.shp: the region has no coordinate"),
    "region_of_points": (region(shapely.Point(scenes.LEFT, scenes.TOP)), 2, "r.gpkg: the region has no polygon"),
    "region_missing": (region_missing, 2, "There is no region file"),
    "region_not_a_vector": (region_no_vector, 3, "r.gpkg: expected a vector file"),
    "model_missing": (model_missing, 2, "There is no model file"),
    "model_corrupt": (model_corrupt, 3, "m.onnx: expected an ONNX model"),
    "model_changed": (model_changed, 3, "m.onnx: its checksum is"),
    "card_damaged": (card_damaged, 3, "m.json: the model card is not valid JSON"),
    "model_of_other_bands": (card_of_other_bands, 2, "2018-04-20 has no band B09 (it has B02, B03"),
    "device_missing": (more("--device", "cuda"), 2, "The device cuda cannot be used"),
    "clear_share_out_of_range": (more("--min-clear", "7"), 2, "'min_clear' must be a number from 0 to 1"),
    "memory_out_of_range": (more("--memory", "0"), 2, "'memory_gib' must be a number from 0.25"),
    "memory_too_small": (more("--memory", "0.25"), 5, "Mapping 4 dates needs about"),
    "threads_negative": (more("--threads", "-1"), 2, "'threads' must be a whole number"),
}


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_one_sentence_with_its_exit_code_and_leaves_nothing(
    name: str, series: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    prepare, exit_code, sentence = FAILURES[name]
    folder = tmp_path / "in"
    folder.mkdir()
    options = prepare(folder, series, model)
    kept, fresh = tmp_path / "kept", tmp_path / "fresh" / "out"
    kept.mkdir()
    (kept / "crop_type.tif").write_text("an earlier result")
    before = scenes.listing(tmp_path)
    for out in (kept, fresh):
        assert main(["map", *options, "--out", str(out)]) == exit_code
    stderr = capfd.readouterr().err
    errors = [line for line in stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 2
    assert sentence in errors[0]
    assert errors[0].endswith(".")
    assert "Traceback" not in stderr
    assert "A fault of this program" not in stderr
    assert scenes.listing(tmp_path) == before
    assert not fresh.parent.exists()


def command(*options: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backend", *options], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_failure_in_a_process_of_its_own_is_the_same_sentence(model: Path, tmp_path: Path) -> None:
    done = command("map", "--series", str(tmp_path), "--model", str(model), "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Error: No Sentinel-2 images found" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unwritable_output_folder_is_one_sentence(
    series: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Path.mkdir

    def refuse(path: Path, *given: Any, **named: Any) -> None:
        if path.name == WORK:
            raise PermissionError(13, "Permission denied")
        make(path, *given, **named)

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert main(["map", *arguments(series, model), "--out", str(tmp_path / "out")]) == 2
    assert "out: cannot be used as the output folder (Permission denied)." in capfd.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_is_a_file_is_one_sentence(
    series: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("mine")
    assert main(["map", *arguments(series, model), "--out", str(tmp_path / "out")]) == 2
    assert "cannot be used as the output folder" in capfd.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


def test_a_fault_of_ours_is_one_sentence_and_its_traceback_is_in_a_file(
    series: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("backend.map_preparation.make_plan", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["map", *arguments(series, model), "--out", str(tmp_path / "out")]) == 1
    stderr = capfd.readouterr().err
    assert "Error: A fault of this program (KeyError); the details are in" in stderr
    assert "Traceback" not in stderr
    (log,) = tmp_path.glob("cscl-fault-*.log")
    assert "surprise" in log.read_text()


def test_map_prints_the_files_and_the_shares_of_classes(
    series: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["map", *arguments(series, model), "--out", str(tmp_path / "out")]) == 0
    out = capfd.readouterr().out
    assert f"crop_type    {tmp_path / 'out' / 'crop_type.tif'}" in out
    assert "Winter soft wheat" in out
    assert "biased" in out


def test_dates_lists_each_acquisition_with_its_reason(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    scenes.write_date(tmp_path, DAY)
    scenes.write_date(tmp_path, scenes.DAYS[1], scl=scenes.clear_scl(scenes.CROPS, scenes.CLOUD_SCL))
    assert main(["dates", "--series", str(tmp_path)]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[1].split() == [
        "2018-04-20", "-", "L2A", "-", "-", "none", "100.0%", "used", *scenes.BANDS_10M[:3], "B05", "B06", "B07", "B08",
        "B8A", "B11", "B12", "SCL",
    ]  # fmt: skip
    assert "dropped: no clear pixel" in lines[2]
    assert main(["dates", "--series", str(tmp_path), "--json"]) == 0
    rows = json.loads(capfd.readouterr().out)
    assert [(row["date"], row["doy"], row["used"]) for row in rows] == [
        ("2018-04-20", 110, True), ("2018-05-20", 140, False),
    ]  # fmt: skip


def test_card_and_check_show_the_card(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["card", str(model)]) == 0
    assert "tiny 0.0.1 (NDVI rule" in capfd.readouterr().out
    assert main(["check", str(model)]) == 0
    assert "runs on cpu" in capfd.readouterr().out
    assert main(["card", str(model), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["properties"]["mlm:name"] == "tiny"


def test_an_unknown_option_is_a_wrong_request(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["map", "--serie", "x"])
    assert stopped.value.code == 2
