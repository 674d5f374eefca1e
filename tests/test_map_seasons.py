"""Whole small maps with clouds, in season and of regions: which looks at the ground count, and where none does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
import scenes

from backend.cli import main
from backend.errors import EXIT_DONE, EXIT_REQUEST, SeriesError
from backend.mapping import run_map
from backend.protocol import MapRequest

LAYERS = ("crop_type", "confidence", "boundary")


def make_map(folder: Path, model: Path, out: Path, **settings: Any) -> dict[str, Any]:
    """Map all that is in a folder; the record of the run."""
    request = MapRequest((str(folder),), str(model), str(out), threads=1, **settings)
    run_map(request, lambda event, **values: None, lambda: False, lambda _: None)
    record: dict[str, Any] = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return record


def bands(path: Path) -> npt.NDArray[Any]:
    """All of a raster, (bands, H, W)."""
    with rasterio.open(path) as src:
        return np.asarray(src.read())


def grown_by_hand(hidden: npt.NDArray[np.bool_], metres: float) -> npt.NDArray[np.bool_]:
    """Cells of 10 m whose centre lies within so many metres of a hidden cell's edge, each against each."""
    out = hidden.copy()
    for row, col in np.argwhere(hidden):
        rows, cols = np.indices(hidden.shape)
        down, across = np.maximum(abs(rows - row) - 0.5, 0) * 10, np.maximum(abs(cols - col) - 0.5, 0) * 10
        out |= np.hypot(down, across) <= metres
    return out


def test_a_buffer_around_clouds_gives_the_map_of_clouds_grown_by_hand(model: Path, tmp_path: Path) -> None:
    for number, day in enumerate(scenes.DAYS):
        scl = scenes.clear_scl(scenes.CROPS)
        scl[2 + number, 3 : 6 + number] = scenes.CLOUD_SCL
        scenes.write_date(tmp_path / "in", day, scl=scl)
        scenes.write_date(tmp_path / "hand", day)
        fine = np.kron(scl, np.ones((2, 2), np.uint8))
        fine[grown_by_hand(fine == scenes.CLOUD_SCL, 25.0)] = scenes.CLOUD_SCL
        path = tmp_path / "hand" / f"S2_L2A_{day:%Y%m%d}_SCL_20m.tif"
        scenes.write_raster(path, fine, ["SCL"], scenes.transform(10.0))
    make_map(tmp_path / "in", model, tmp_path / "plain")
    make_map(tmp_path / "in", model, tmp_path / "grown", cloud_buffer_m=25.0)
    make_map(tmp_path / "hand", model, tmp_path / "by_hand")
    for layer in (*LAYERS, "evidence"):
        np.testing.assert_array_equal(
            bands(tmp_path / "grown" / f"{layer}.tif"), bands(tmp_path / "by_hand" / f"{layer}.tif")
        )
    assert (bands(tmp_path / "plain" / "evidence.tif") != bands(tmp_path / "grown" / "evidence.tif")).any()


def test_a_map_in_season_is_that_of_the_images_up_to_its_day(series: Path, model: Path, tmp_path: Path) -> None:
    for day in scenes.DAYS[:2]:
        scenes.write_date(tmp_path / "early", day)
    record = make_map(series, model, tmp_path / "until", until=scenes.DAYS[1].isoformat())
    make_map(tmp_path / "early", model, tmp_path / "early_out")
    for layer in (*LAYERS, "evidence"):
        name = f"{layer}.tif"
        assert (tmp_path / "until" / name).read_bytes() == (tmp_path / "early_out" / name).read_bytes()
    assert [row["used"] for row in record["dates"]] == [True, True, False, False]
    assert record["warnings"] == []


def test_too_few_images_up_to_a_day_are_a_sentence_of_map_and_seen_in_dates(
    series: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--series", str(series), "--until", "2018-05-01"]
    assert main(["map", *common, "--model", str(model), "--out", str(tmp_path / "out")]) == EXIT_REQUEST
    assert (
        "1 of 1 acquisitions up to 2018-05-01 are usable, the model 'tiny' wants 2 or more." in capsys.readouterr().err
    )
    assert not (tmp_path / "out").exists()
    assert main(["dates", *common]) == EXIT_DONE
    lines = capsys.readouterr().out.splitlines()
    assert [("used" in line, "dropped: after 2018-05-01" in line) for line in lines[1:]] == [
        (True, False), (False, True), (False, True), (False, True)
    ]  # fmt: skip


def test_dates_that_are_cloudy_in_the_region_are_named_though_their_tile_is_clear(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, day in enumerate(scenes.DAYS):
        scl = scenes.clear_scl(scenes.CROPS)
        if number == 1:
            scl[:3, :3] = scenes.CLOUD_SCL
        scenes.write_date(tmp_path / "in", day, scl=scl)
    region = str(scenes.write_region(tmp_path / "r.gpkg", scenes.box(0, 0, 6, 6)))
    record = make_map(tmp_path / "in", model, tmp_path / "out", region=region)
    assert [row["used"] for row in record["dates"]] == [True, False, True, True]
    assert record["warnings"][0] == "2018-05-20 is not used: no clear pixel in the region."
    assert all(row["used"] for row in make_map(tmp_path / "in", model, tmp_path / "whole")["dates"])
    capsys.readouterr()
    assert main(["dates", "--series", str(tmp_path / "in"), "--region", region]) == EXIT_DONE
    assert "dropped: no clear pixel in the region" in capsys.readouterr().out.splitlines()[2]


def test_a_pixel_without_a_clear_date_is_nodata_in_every_output_and_has_no_clear_date_as_evidence(
    model: Path, tmp_path: Path
) -> None:
    scl = scenes.clear_scl(scenes.CROPS)
    scl[2:4, 3:5] = scenes.CLOUD_SCL
    for day in scenes.DAYS:
        scenes.write_date(tmp_path / "in", day, scl=scl)
    never = np.zeros(scenes.CROPS.shape, dtype=bool)
    never[4:8, 6:10] = True
    for grid in ("input", "fine"):
        make_map(tmp_path / "in", model, tmp_path / grid, probabilities=grid)
        cells = never if grid == "input" else np.kron(never, np.ones((4, 4), bool))
        for band in bands(tmp_path / grid / "probabilities.tif"):
            np.testing.assert_array_equal(band == 255, cells)
    for layer in LAYERS:
        fine = np.kron(never, np.ones((4, 4), bool))
        np.testing.assert_array_equal(bands(tmp_path / "fine" / f"{layer}.tif")[0] == 255, fine)
    dates, gaps = bands(tmp_path / "fine" / "evidence.tif")
    np.testing.assert_array_equal(dates, np.where(never, 0, 4))
    season = (scenes.DAYS[-1] - scenes.DAYS[0]).days
    np.testing.assert_array_equal(gaps, np.where(never, season, 73))  # from 20 May to 1 August


def test_no_clear_pixel_at_all_is_a_sentence(model: Path, tmp_path: Path) -> None:
    for day in scenes.DAYS:
        scenes.write_date(tmp_path / "in", day, scl=scenes.clear_scl(scenes.CROPS, scenes.CLOUD_SCL))
    with pytest.raises(SeriesError, match=r"0 of 4 acquisitions are usable.*2018-04-20 no clear pixel"):
        make_map(tmp_path / "in", model, tmp_path / "out")
    assert not (tmp_path / "out").exists()
