"""The table of parcels of a map that kept no probabilities: its tiles done again, where parcels lie."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import scenes
import shapely
import tiny_model

from backend import plan_memory
from backend.cli import main
from backend.errors import EXIT_CANCELLED, EXIT_DAMAGED, EXIT_DONE, EXIT_REQUEST, EXIT_RESOURCE, CancelledError
from backend.parcel_run import run_parcels
from backend.run_record import NAME, read_record
from backend.workers import tidy

DEFAULT_MODEL = Path(__file__).resolve().parents[1] / "resources" / "models" / "cscl_default.onnx"
TABLES = ("parcels.gpkg", "parcels.parquet")
CROPS = np.tile(scenes.CROPS, (1, 9))
"""216 columns of wheat and maize. The lattice cuts them into two tiles, since 500000 m is 176 cells before a
multiple of 256: columns 0-175 and 176-215."""
UNUSED = date(2018, 6, 20)


@pytest.fixture(scope="module", autouse=True)
def _cores_of_256() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_memory, "CORES", tuple(side for side in plan_memory.CORES if side <= 256))
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with images, model, parcels, and the map with and without its table; tests copy what they change."""
    folder = tmp_path_factory.mktemp("made")
    for day in scenes.DAYS:
        scenes.write_date(folder / "images", day, CROPS)
    cloudy = scenes.clear_scl(CROPS, scenes.CLOUD_SCL)
    scenes.write_date(folder / "images", UNUSED, CROPS, cloudy)
    tiny_model.write_tiny_model(folder / "tiny.onnx")
    # the second lies across the region's edge, the last one across both tiles
    parcels = scenes.box(1, 182, 8, 8), scenes.box(1, 196, 8, 10), scenes.box(90, 90, 5, 5)
    scenes.write_region(folder / "right.gpkg", *parcels)
    scenes.write_region(folder / "all.gpkg", *parcels, scenes.box(2, 170, 6, 12))
    scenes.write_region(folder / "region.gpkg", scenes.box(0, 0, 16, 200))
    assert make_map(folder, "map") == EXIT_DONE
    return folder


def make_map(folder: Path, out: str, *options: str) -> int:
    images = ["--series", str(folder / "images"), "--region", str(folder / "region.gpkg")]
    model = ["--model", str(folder / "tiny.onnx"), "--device", "cpu"]
    return main(["map", *images, *model, "--out", str(folder / out), *options])


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy, whose record names the copied files."""
    place = Path(shutil.copytree(made, tmp_path / "copy"))
    record = place / "map" / NAME
    record.write_text(record.read_text(encoding="utf-8").replace(str(made), str(place)), encoding="utf-8")
    return place


def table(folder: Path, parcels: str = "all.gpkg") -> int:
    return main(["parcels", "--run", str(folder / "map"), "--parcels", str(folder / parcels), "--inner-buffer", "5"])


@pytest.mark.parametrize(("parcels", "tiles"), [("right.gpkg", 1), ("all.gpkg", 2)])
def test_only_tiles_with_parcels_are_done_and_the_bytes_are_those_of_the_map(
    folder: Path, parcels: str, tiles: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make_map(folder, "with", "--parcels", str(folder / parcels), "--inner-buffer", "5") == EXIT_DONE
    assert read_record(folder / "with")["tiles"]["computed"] == 2
    before = scenes.listing(folder / "map")
    told: list[dict[str, Any]] = []
    capsys.readouterr()
    run_parcels(
        folder / "map",
        folder / parcels,
        "",
        5.0,
        lambda event, **values: told.append({"event": event, **values}),
        lambda: False,
        lambda session: None,
    )
    after = scenes.listing(folder / "map")
    assert {name: after.pop(name) for name in TABLES} == {
        name: (folder / "with" / name).read_bytes() for name in TABLES
    }
    assert after == before
    foreseen = next(item for item in told if item["event"] == "forecast")
    assert foreseen["tiles"] == tiles
    assert 0 < foreseen["disk_bytes"] < 2 * sum((folder / "map" / name).stat().st_size for name in TABLES)
    cells = 16 * (200 if tiles == 2 else 24)
    assert [item["done"] for item in told if item["event"] == "progress"][-1] == cells
    assert not [item for item in told if item["event"] == "warning"]


def test_images_of_days_that_came_later_do_not_count(folder: Path) -> None:
    assert table(folder) == EXIT_DONE
    before = scenes.listing(folder / "map")
    scenes.write_date(folder / "images", date(2018, 6, 30), np.full_like(CROPS, 5))
    assert table(folder) == EXIT_DONE
    assert scenes.listing(folder / "map") == before


def test_a_day_that_was_not_used_need_not_be_there_any_more(folder: Path) -> None:
    for path in (folder / "images").glob(f"*{UNUSED:%Y%m%d}*"):
        path.unlink()
    assert table(folder) == EXIT_DONE


def test_the_region_may_be_the_parcels(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert table(folder, "region.gpkg") == EXIT_DONE
    assert "1 of 1 parcels have a mapped cell" in capsys.readouterr().out
    scenes.write_region(folder / "region.gpkg", scenes.box(0, 0, 16, 199))
    assert table(folder, "region.gpkg") == EXIT_REQUEST


def test_a_cancelled_table_leaves_the_earlier_one(folder: Path) -> None:
    assert table(folder) == EXIT_DONE
    before = scenes.listing(folder / "map")
    events: list[str] = []

    def cancelled() -> bool:
        return "progress" in events

    with pytest.raises(CancelledError):
        run_parcels(
            folder / "map",
            folder / "right.gpkg",
            "",
            0.0,
            lambda event, **values: events.append(event),
            cancelled,
            lambda session: None,
        )
    assert scenes.listing(folder / "map") == before
    assert not list((folder / "map").glob(".cscl*"))


def test_a_process_that_ends_while_it_writes_leaves_no_half_table(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scenes.listing(folder / "map")

    def end(*arguments: Any) -> None:
        assert len(list((folder / "map").glob(".cscl-parcels-*/parcels.gpkg"))) == 1
        tidy()
        assert not list((folder / "map").glob(".cscl-parcels-*"))
        raise CancelledError("The run was cancelled.")

    monkeypatch.setattr("backend.parcel_table._write_parquet", end)
    assert table(folder) == EXIT_CANCELLED
    assert scenes.listing(folder / "map") == before


def change(**values: object) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        record = read_record(folder / "map")
        (folder / "map" / NAME).write_text(json.dumps(record | values), encoding="utf-8")

    return write


def change_plan(**values: object) -> Callable[[Path], None]:
    return lambda folder: change(plan=read_record(folder / "map")["plan"] | values)(folder)


def change_request(**values: object) -> Callable[[Path], None]:
    return lambda folder: change(request=read_record(folder / "map")["request"] | values)(folder)


def other_image(folder: Path) -> None:
    scenes.write_date(folder / "images", scenes.DAYS[0], np.full_like(CROPS, 5))


def lost_image(folder: Path) -> None:
    (folder / "images" / f"S2_L2A_{scenes.DAYS[1]:%Y%m%d}_SCL_20m.tif").unlink()


def other_region(folder: Path) -> None:
    scenes.write_region(folder / "region.gpkg", scenes.box(0, 0, 16, 190))


def new_granule(folder: Path) -> None:
    crops = np.zeros((16, 24), dtype=np.uint8)
    scenes.write_date(folder / "images" / "more", scenes.DAYS[0], crops, prefix="T31TEK_", left=scenes.LEFT + 2160)


def other_model(folder: Path) -> None:
    tiny_model.write_tiny_model(folder / "tiny.onnx", halo=3)


def first_version(folder: Path) -> None:
    record = read_record(folder / "map")
    del record["inputs"]
    text = json.dumps(record | {"schema": "cscl-map-run/1"})
    (folder / "map" / NAME).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "said", "code"),
    [
        (other_image, "of the files that the map was made from 2 are not what they were: ", EXIT_REQUEST),
        (lost_image, "_SCL_20m.tif is not there any more.", EXIT_REQUEST),
        (other_region, "region.gpkg has changed since.", EXIT_REQUEST),
        (new_granule, "would not be made of the same files now; one that differs is ", EXIT_REQUEST),
        (other_model, "tiny.onnx is not the model any more that made this map", EXIT_REQUEST),
        (first_version, "its record does not say which images it was made from", EXIT_REQUEST),
        (change(plan=[]), "its record holds no plan that a run writes", EXIT_DAMAGED),
        (change_plan(fixed_bytes="much"), "its record holds no plan that a run writes", EXIT_DAMAGED),
        (change_plan(lattice_row=7), "the map would have another grid", EXIT_REQUEST),
        (change_request(memory_gib=0.36), "GiB of memory, the limit is 0.36 GiB", EXIT_RESOURCE),
    ],
)
def test_what_cannot_be_done_again_is_told_before_it_starts(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    said: str,
    code: int,
) -> None:
    spoil(folder)
    before = scenes.listing(folder / "map")
    assert table(folder) == code
    told = capsys.readouterr().err
    assert said in told
    assert "Forecast" not in told
    assert scenes.listing(folder / "map") == before


def test_other_versions_and_tiles_are_told_and_the_table_is_made(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    versions = read_record(folder / "map")["versions"]
    change(versions=versions | {"gdal": "1.11"}, device={"device": "cuda"})(folder)
    change_plan(core=64)(folder)
    assert table(folder) == EXIT_DONE
    told = capsys.readouterr().err
    assert f"Warning: The map was made with gdal 1.11, this is {versions['gdal']}.\n" in told
    assert "Warning: The map was made on cuda, this is cpu. A few cells may count otherwise than in the map.\n" in told
    assert "Warning: The map is cut into other tiles now than it was made of." in told


def test_a_map_that_was_replaced_meanwhile_gets_no_table(folder: Path) -> None:
    def replace_map(event: str, **values: Any) -> None:
        if event == "forecast":
            change(started="2019-01-01T00:00:00+00:00")(folder)

    with pytest.raises(Exception, match="another map was made there while the parcels were counted"):
        run_parcels(folder / "map", folder / "all.gpkg", "", 5.0, replace_map, lambda: False, lambda session: None)
    assert not (folder / "map" / TABLES[0]).exists()


def test_a_real_map_gives_the_bytes_that_it_gave_itself(real_data: Path, tmp_path: Path) -> None:
    place = real_data / "languedoc_s2_rpg2018"
    parcels = place / "parcels_rpg2018_dev.gpkg"
    frame = geopandas.read_file(parcels).to_crs(scenes.UTM)
    with scenes.rasterio.open(next((place / "stack").glob("*_10m.tif"))) as src:
        inside = frame[frame.within(shapely.box(*src.bounds))]
    around = inside.geometry.iloc[len(inside) // 2].centroid.buffer(250)
    scenes.write_region(tmp_path / "region.gpkg", around)
    options = ["--region", str(tmp_path / "region.gpkg"), "--device", "cpu", "--model", str(DEFAULT_MODEL)]
    out = tmp_path / "map"
    wanted = ["--out", str(out), "--parcels", str(parcels), "--cloud-buffer", "20"]
    assert main(["map", "--series", str(place / "SAFE"), *options, *wanted]) == EXIT_DONE
    before = scenes.listing(out)
    for name in TABLES:
        (out / name).unlink()
    assert main(["parcels", "--run", str(out), "--parcels", str(parcels)]) == EXIT_DONE
    assert scenes.listing(out) == before
    cells = geopandas.read_parquet(out / TABLES[1])["map_cells"]
    assert len(cells) == len(frame)
    assert 0 < (cells > 0).sum() < len(inside)
