"""Inputs that are odd but sound: the data set is built, right, and what should be looked at is said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import scenes
import shapely
import tiny_source
from affine import Affine
from bad_input import SOUND, STORE, Case, Runner, both, new, png, remove, write_products, write_tiffs, zipped

from backend.errors import CsclError

pytest.importorskip("zarr")
from training.mosaic import SourceMosaic
from training.store import CLASS, PARCEL, Store

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("farm")
    write_tiffs(folder)
    return folder


@pytest.fixture
def runner(tmp_path: Path, farm: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Runner:
    shutil.copytree(farm, tmp_path / "data")
    return Runner(tmp_path, monkeypatch, capfd)


def built(runner: Runner, words: str = "", **source: Any) -> SourceMosaic:
    """The farm as the store has it; the summary warns with these words."""
    ending = runner.build(Case("", CsclError, (), source=source))
    assert ending.code == 0, ending.said
    assert words in " ".join(json.loads((runner.out / "dataset.json").read_text("utf-8"))["warnings"])
    return SourceMosaic(Store(runner.out / STORE), 0)


def write(path: Path, shapes: list[Any], **columns: Any) -> None:
    path.unlink()
    fields = {"crop": tiny_source.names()[: len(shapes)], "pid": list(range(len(shapes))), **columns}
    geopandas.GeoDataFrame(fields, geometry=shapes, crs=scenes.UTM).to_file(path)


def test_a_series_of_one_date_makes_samples_of_one_date(runner: Runner) -> None:
    for day in scenes.DAYS[1:]:
        remove(f"*{day:%Y%m%d}*")(runner.data)
    mosaic = built(runner)
    assert mosaic.dates.tolist() == [20180420]
    assert mosaic.pixels.x.shape == (1, 10, 64, 64)


def test_what_lies_beside_images_and_is_none_is_passed_over(runner: Runner) -> None:
    others = {
        "series/photo.png": png(),
        "series/labels.tif": png(),
        "series/notes.txt": "20180420",
        "series/S2_notes_20180420.xml": "<a/>",
        "series/other.zip": zipped({"readme.txt": "x"}),
        "series/broken.zip": "no zip",
        "series/.S2_L2A_20180420_10m.tif.swp": "x",
        "series/deep/er/readme.md": "x",
    }
    (runner.data / "series" / "deep" / "er").mkdir(parents=True)
    both(*(new(name, content) for name, content in others.items()))(runner.data)
    assert built(runner).pixels.x.shape == (4, 10, 64, 64)


def test_a_product_that_is_there_as_a_folder_and_as_a_zip_counts_once(tmp_path: Path, runner: Runner) -> None:
    shutil.rmtree(runner.data)
    write_products(runner.data)
    series = runner.data / "series"
    product = sorted(series.iterdir())[0]
    scenes.write_zip(series / f"{product.name}.zip", product)
    mosaic = built(runner)
    assert mosaic.pixels.x.shape == (4, 10, 64, 64)
    (superseded,) = mosaic.record.facts["superseded"]
    assert superseded["label"] == "2018-04-20 S2A 31TEJ"


def test_outlines_that_cross_themselves_are_repaired_and_those_without_a_place_left_out(runner: Runner) -> None:
    shapes = tiny_source.fields()
    x, y = scenes.LEFT + 10, scenes.TOP - 10
    shapes[0] = shapely.Polygon([(x, y), (x + 140, y - 140), (x + 140, y), (x, y - 140)])
    shapes[1] = None
    shapes[2] = shapely.Polygon()
    shapes[3] = shapely.Polygon([(x, y), (x, y), (x, y)])
    write(runner.data / "parcels.gpkg", shapes)
    mosaic = built(runner)
    counts = mosaic.record.facts["parcel_counts"]
    assert (counts["kept"], counts["repaired"], counts["empty"]) == (13, 1, 3)
    labels = mosaic.labels(1)
    rows, cols = np.indices((14, 14))
    triangles = (rows - 6.5) ** 2 < (cols - 6.5) ** 2  # left and right of the crossing
    np.testing.assert_array_equal(labels[PARCEL, 1:15, 1:15][triangles], 1)


def test_ids_that_stand_twice_are_told_and_stay_two_parcels(runner: Runner) -> None:
    write(runner.data / "parcels.gpkg", tiny_source.fields(), pid=[7, 7, *range(14)])
    mosaic = built(runner, words="'7'")
    assert mosaic.record.facts["parcel_counts"]["duplicate_ids"] == 1
    assert len(np.unique(mosaic.labels(1)[PARCEL])) == 17


def test_crops_that_the_table_does_not_list_are_told_and_unknown(runner: Runner) -> None:
    crops = tiny_source.names()
    crops[5] = "moon_dust"
    write(runner.data / "parcels.gpkg", tiny_source.fields(), crop=crops)
    labels = built(runner, words="moon_dust").labels(1)
    assert (labels[CLASS, 17:31, 17:31] == 255).all()


def test_images_in_degrees_get_labels_of_parcels_in_metres(runner: Runner) -> None:
    """Cells of 0.0001 degrees are 11.1 m high and 8.1 m wide here."""
    place = Affine(0.0001, 0, 3.0, 0, -0.0001, 43.3535)
    shutil.rmtree(runner.data / "series")
    for day in scenes.DAYS:
        values = np.full((10, 64, 96), 1000, np.uint16)
        name = f"S2_L2A_{day:%Y%m%d}.tif"
        bands = scenes.BANDS_10M + scenes.BANDS_20M
        scenes.write_raster(runner.data / "series" / name, values, bands, place, "EPSG:4326")
    mosaic = built(runner)
    labels = mosaic.labels(4)
    ids, cells = np.unique(labels[PARCEL][labels[PARCEL] > 0], return_counts=True)
    assert ids.tolist() == list(range(1, 17))
    # a field of 140 m x 140 m in quarter cells; their ends are shared with the lanes
    np.testing.assert_allclose(cells, 140**2 / (11.11 * 8.11 / 16), rtol=0.03)


def test_paths_may_lead_out_of_the_data_folder_but_the_data_set_does_not_tell_where_to(runner: Runner) -> None:
    (runner.folder / "somebodys").mkdir()
    shutil.move(runner.data / "parcels.gpkg", runner.folder / "somebodys" / "parcels.gpkg")
    shutil.move(runner.data / "series", runner.folder / "somebodys" / "series")
    parcels = str(runner.folder / "somebodys" / "parcels.gpkg")
    built(runner, parcels=parcels, series="../somebodys/series")
    for path in (runner.out / STORE / "zarr.json", runner.out / "dataset.json", runner.out / "dataset.html"):
        assert "somebodys" not in path.read_text(encoding="utf-8")
        assert str(runner.folder) not in path.read_text(encoding="utf-8")


def test_a_second_run_of_the_same_command_makes_the_same_bytes(runner: Runner) -> None:
    built(runner)
    first = scenes.listing(runner.out / STORE)
    assert runner.build(SOUND).code == 0
    assert scenes.listing(runner.out / STORE) == first
