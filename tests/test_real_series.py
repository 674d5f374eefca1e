"""Whole runs on the real series: formats that must agree, regions, and input that is not UTM."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import scenes
import shapely

from backend.cli import main

LAYERS = ("crop_type", "confidence", "boundary")
BOADELLA_BANDS = "B01,B02,B03,B04,B05,B06,B07,B08,B8A,B09,B11,B12"


def run(series: Path, model: Path, out: Path, *options: str) -> Path:
    assert main(["map", "--series", str(series), "--model", str(model), "--out", str(out), *options]) == 0
    return out


@pytest.fixture(scope="module")
def languedoc(real_data: Path) -> Path:
    return real_data / "languedoc_s2_rpg2018"


@pytest.fixture(scope="module")
def whole(languedoc: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map of the GeoTIFF stack."""
    return run(languedoc / "stack", model, tmp_path_factory.mktemp("languedoc") / "out")


def test_safe_products_and_geotiffs_give_the_same_bytes(
    languedoc: Path, whole: Path, model: Path, tmp_path: Path
) -> None:
    safe = run(languedoc / "SAFE", model, tmp_path / "out")
    for name in LAYERS:
        assert (safe / f"{name}.tif").read_bytes() == (whole / f"{name}.tif").read_bytes()


def test_products_in_zips_give_the_same_bytes(languedoc: Path, whole: Path, model: Path, tmp_path: Path) -> None:
    for product in (languedoc / "SAFE").rglob("*.SAFE"):
        scenes.write_zip(tmp_path / "zips" / f"{product.name}.zip", product)
    zipped = run(tmp_path / "zips", model, tmp_path / "out")
    for name in LAYERS:
        assert (zipped / f"{name}.tif").read_bytes() == (whole / f"{name}.tif").read_bytes()


def test_the_date_without_a_pixel_is_dropped_and_the_others_are_used(whole: Path) -> None:
    rows = json.loads((whole / "run.json").read_text(encoding="utf-8"))["dates"]
    dropped = {row["date"]: row["reason"] for row in rows if not row["used"]}
    assert dropped == {"2018-02-12": "no clear pixel"}
    assert len(rows) == 10


def test_the_map_lies_on_the_grid_four_times_finer(whole: Path) -> None:
    with rasterio.open(whole / "crop_type.tif") as src:
        assert src.crs.to_epsg() == 32631
        assert src.transform == scenes.Affine(2.5, 0, 523560, 0, -2.5, 4832780)
        assert src.shape == (4 * 353, 4 * 232)


def test_a_region_alone_equals_the_same_part_of_the_whole(
    languedoc: Path, whole: Path, model: Path, tmp_path: Path
) -> None:
    left, top = 523560 + 10 * 37, 4832780 - 10 * 61
    region = scenes.write_region(tmp_path / "r.gpkg", shapely.box(left, top - 10 * 90, left + 10 * 101, top))
    part = run(languedoc / "stack", model, tmp_path / "out", "--region", str(region))
    for name in LAYERS:
        cut = scenes.read(whole / f"{name}.tif")[4 * 61 : 4 * 151, 4 * 37 : 4 * 138]
        assert (scenes.read(part / f"{name}.tif") == cut).all()


def test_a_smaller_memory_limit_gives_the_same_classes(
    languedoc: Path, whole: Path, model: Path, tmp_path: Path
) -> None:
    small = run(languedoc / "stack", model, tmp_path / "out", "--memory", "0.45")
    assert json.loads((small / "plan.json").read_text())["core"] < json.loads((whole / "plan.json").read_text())["core"]
    first, second = (scenes.read(folder / "crop_type.tif") for folder in (small, whole))
    assert (first == second).all()


def test_parcels_of_another_coordinate_system_make_a_region(
    languedoc: Path, model: Path, whole: Path, tmp_path: Path
) -> None:
    parcels = languedoc / "parcels_rpg2018_dev.gpkg"
    out = run(languedoc / "stack", model, tmp_path / "out", "--region", str(parcels))
    with rasterio.open(out / "crop_type.tif") as src, rasterio.open(whole / "crop_type.tif") as other:
        values = src.read(1)
        col, row = (round(value) for value in ~other.transform @ (src.transform.c, src.transform.f))
        cut = other.read(1)[row : row + src.height, col : col + src.width]
    mapped = values != 255
    assert 0.01 < mapped.mean() < 0.5
    assert (values[mapped] == cut[mapped]).all()


def test_unnamed_bands_in_degrees_are_mapped_once_they_are_named(real_data: Path, model: Path, tmp_path: Path) -> None:
    out = run(real_data / "boadella_s2", model, tmp_path / "out", "--bands", BOADELLA_BANDS)
    with rasterio.open(out / "crop_type.tif") as src:
        assert src.crs.to_epsg() == 4326
        assert src.res == pytest.approx((0.000121036164597 / 4, 0.000090166277021 / 4))
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    cell_ha = 9.97 * 10.01 / 10000  # a pixel of that size in degrees at 42.35 degrees north, metres
    assert record["summary"]["mapped_ha"] == pytest.approx(377 * 380 * cell_ha, rel=0.01)


def test_a_long_irregular_series_is_mapped(real_data: Path, model: Path, tmp_path: Path) -> None:
    out = run(real_data / "flanders_s2_lpis2018", model, tmp_path / "out")
    rows = json.loads((out / "run.json").read_text(encoding="utf-8"))["dates"]
    assert len(rows) == 56
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    assert np.unique(scenes.read(out / "crop_type.tif")).size > 1
