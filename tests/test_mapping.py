"""One run from request to finished files: what is written, that it is the same again, and what a failure leaves."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import scenes
import tiny_model
from rio_cogeo.cogeo import cog_validate

from backend import publish
from backend.block_file import write_block
from backend.errors import CancelledError, InputError, ResourceError, SeriesError
from backend.mapping import run_map
from backend.protocol import MapRequest
from backend.tiling import Chunks

OUTPUTS = [
    "boundary.qml", "boundary.tif", "confidence.qml", "confidence.tif", "crop_type.qml", "crop_type.tif",
    "crop_type.tif.aux.xml", "evidence.tif", "evidence.tif.aux.xml", "plan.json", "quicklook.png", "report.html",
    "run.json",
]  # fmt: skip
LAYERS = ("crop_type", "confidence", "boundary")


def run(request: MapRequest) -> list[dict[str, Any]]:
    """The events of a run in this process."""
    events: list[dict[str, Any]] = []
    run_map(request, lambda event, **values: events.append({"event": event, **values}), lambda: False, lambda _: None)
    return events


def rasters(folder: Path) -> dict[str, bytes]:
    endings = (".tif", ".xml", ".qml")
    return {name: content for name, content in scenes.listing(folder).items() if name.endswith(endings)}


@pytest.fixture(scope="module")
def request_(series: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> MapRequest:
    return MapRequest((str(series),), str(model), str(tmp_path_factory.mktemp("out")), threads=1)


@pytest.fixture(scope="module")
def events(request_: MapRequest) -> list[dict[str, Any]]:
    return run(request_)


@pytest.fixture(scope="module")
def out(request_: MapRequest, events: list[dict[str, Any]]) -> Path:
    return Path(request_.out)


def test_the_fields_of_the_scene_are_found_again_away_from_their_edges(out: Path) -> None:
    found = scenes.read(out / "crop_type.tif")
    expected = np.kron(scenes.CROPS, np.ones((4, 4), np.uint8))
    inside = np.zeros_like(expected, dtype=bool)
    for rows, cols in (((2, 8), (2, 10)), ((2, 8), (14, 22)), ((12, 14), (2, 22))):  # two pixels off every edge
        inside[4 * rows[0] : 4 * rows[1], 4 * cols[0] : 4 * cols[1]] = True
    assert (found[inside] == expected[inside]).all()


def test_a_run_writes_these_files_and_nothing_else(out: Path) -> None:
    assert sorted(path.name for path in out.iterdir()) == OUTPUTS


@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_is_a_cog_on_the_grid_four_times_finer(out: Path, name: str) -> None:
    assert cog_validate(out / f"{name}.tif", quiet=True)[0]
    with rasterio.open(out / f"{name}.tif") as src:
        assert src.shape == (64, 96)
        assert src.transform == scenes.transform(2.5)
        assert (src.nodata, src.dtypes, src.crs.to_epsg()) == (255, ("uint8",), 32631)
        assert src.descriptions[0]
        assert src.units == (None if name == "crop_type" else "%",)


def test_the_run_record_says_what_was_done(out: Path, request_: MapRequest) -> None:
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["request"] == request_.to_dict()
    assert record["model"]["sha256"].startswith("sha256:")
    assert [row["date"] for row in record["dates"]] == [day.isoformat() for day in scenes.DAYS]
    assert all(row["used"] and row["clear_share"] == 1.0 for row in record["dates"])
    assert record["device"]["device"] == "cpu"
    assert record["plan"]["magnification"] == 4
    assert set(record["versions"]) >= {"cscl", "python", "numpy", "onnxruntime", "rasterio", "gdal"}


def test_areas_are_counts_of_cells_and_are_called_biased(out: Path) -> None:
    summary = json.loads((out / "run.json").read_text(encoding="utf-8"))["summary"]
    counts = {entry["code"]: entry["cells"] for entry in summary["classes"]}
    codes, found = np.unique(scenes.read(out / "crop_type.tif"), return_counts=True)
    assert counts == dict(zip(codes.tolist(), found.tolist(), strict=True))
    assert summary["mapped_ha"] == 16 * 24 / 100
    assert "biased" in summary["note"]


def test_the_quicklook_shows_image_map_and_boundary(out: Path) -> None:
    with rasterio.open(out / "quicklook.png") as src:
        assert src.count == 3
        assert src.width > 3 * 96 - 1
        assert src.read().std() > 10


def test_events_are_stages_progress_and_the_result_last(events: list[dict[str, Any]], out: Path) -> None:
    stages = [event["stage"] for event in events if event["event"] == "stage"]
    assert stages == ["model", "dates", "radiometry", "forecast", "write"]
    progress = [event for event in events if event["event"] == "progress"]
    assert (progress[0]["done"], progress[-1]["done"]) == (0, 16 * 24)
    assert events[-1]["event"] == "result"
    assert {Path(path).parent for path in events[-1]["outputs"].values()} == {out}
    assert all(Path(path).is_file() for path in events[-1]["outputs"].values())


def test_two_runs_give_the_same_bytes_also_from_a_path_with_spaces_and_umlauts(
    request_: MapRequest, out: Path, tmp_path: Path
) -> None:
    other = tmp_path / "Größe & Été" / "out 2"
    run(replace(request_, out=str(other)))
    assert rasters(other) == rasters(out)


def test_a_region_mapped_alone_equals_the_same_part_of_the_whole(
    request_: MapRequest, out: Path, tmp_path: Path
) -> None:
    region = scenes.write_region(tmp_path / "r.gpkg", scenes.box(3, 9, 7, 8))
    run(replace(request_, region=str(region), out=str(tmp_path / "out")))
    for name in LAYERS:
        part, whole = scenes.read(tmp_path / "out" / f"{name}.tif"), scenes.read(out / f"{name}.tif")
        assert (part == whole[12:40, 36:68]).all()
    with rasterio.open(tmp_path / "out" / "crop_type.tif") as src:
        assert src.transform == scenes.transform(2.5, scenes.LEFT + 90, scenes.TOP - 30)


def test_cells_outside_the_polygons_of_a_region_are_nodata_in_all_layers(request_: MapRequest, tmp_path: Path) -> None:
    region = scenes.write_region(tmp_path / "r.gpkg", scenes.box(0, 0, 2, 2), scenes.box(12, 20, 2.5, 2))
    run(replace(request_, region=str(region), out=str(tmp_path / "out")))
    inside = np.zeros((58, 88), bool)  # rows 0 to 14.5 take 15 pixels; the lowest half pixel is outside
    inside[:8, :8] = True
    inside[48:58, 80:88] = True
    for name in LAYERS:
        layer = scenes.read(tmp_path / "out" / f"{name}.tif")
        assert layer.shape == (60, 88)
        assert ((layer[:58] != 255) == inside).all()
        assert (layer[58:] == 255).all()


def test_a_pixel_without_any_valid_date_is_nodata_in_all_layers(model: Path, tmp_path: Path) -> None:
    scl = scenes.clear_scl(scenes.CROPS)
    scl[2, 3] = scenes.CLOUD_SCL
    for day in scenes.DAYS:
        scenes.write_date(tmp_path / "in", day, scl=scl)
    run(MapRequest((str(tmp_path / "in"),), str(model), str(tmp_path / "out")))
    never = np.zeros((64, 96), bool)
    never[16:24, 24:32] = True
    for name in LAYERS:
        assert ((scenes.read(tmp_path / "out" / f"{name}.tif") == 255) == never).all()


def test_products_and_geotiffs_of_the_same_ground_give_the_same_map(model: Path, out: Path, tmp_path: Path) -> None:
    for number, day in enumerate(scenes.DAYS):
        new = number % 2 == 1
        scenes.write_safe(
            tmp_path / "in", day, baseline="04.00" if new else "02.08", offsets=-1000.0 if new else 0.0, suffix=".jp2"
        )
    run(MapRequest((str(tmp_path / "in"),), str(model), str(tmp_path / "out")))
    for name in LAYERS:
        assert (tmp_path / "out" / f"{name}.tif").read_bytes() == (out / f"{name}.tif").read_bytes()


def test_a_rotated_series_is_mapped_on_its_own_grid(model: Path, out: Path, tmp_path: Path) -> None:
    for day in scenes.DAYS:
        for bands, cell in ((scenes.BANDS_10M, 10.0), (scenes.BANDS_20M, 20.0)):
            place = scenes.Affine.translation(scenes.LEFT, scenes.TOP) @ scenes.Affine.rotation(20)
            values = np.stack([scenes.band_values(band, scenes.CROPS, day) for band in bands])
            path = tmp_path / "in" / f"{day:%Y%m%d}_{cell:.0f}m.tif"
            scenes.write_raster(path, values, bands, place @ scenes.Affine.scale(cell, -cell))
    run(MapRequest((str(tmp_path / "in"),), str(model), str(tmp_path / "out")))
    assert (scenes.read(tmp_path / "out" / "crop_type.tif") == scenes.read(out / "crop_type.tif")).all()
    with rasterio.open(tmp_path / "out" / "crop_type.tif") as src:
        place = scenes.Affine.translation(scenes.LEFT, scenes.TOP) @ scenes.Affine.rotation(20)
        assert src.transform.almost_equals(place @ scenes.Affine.scale(2.5, -2.5))


def test_a_model_of_another_magnification_writes_that_grid(series: Path, tmp_path: Path) -> None:
    tiny_model.write_tiny_model(tmp_path / "m.onnx", magnification=2)
    run(MapRequest((str(series),), str(tmp_path / "m.onnx"), str(tmp_path / "out")))
    with rasterio.open(tmp_path / "out" / "crop_type.tif") as src:
        assert (src.shape, src.res) == ((32, 48), (5.0, 5.0))


def test_a_failed_run_leaves_an_earlier_result_as_it_was(request_: MapRequest, out: Path, tmp_path: Path) -> None:
    before = scenes.listing(out)
    region = scenes.write_region(tmp_path / "r.gpkg", scenes.box(0, 0, 0.01, 0.01))
    with pytest.raises(SeriesError, match="No pixel could be mapped"):
        run(replace(request_, region=str(region)))
    assert scenes.listing(out) == before


def test_a_later_run_replaces_every_file_of_an_earlier_one(series: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "crop_type.tif.aux.xml").write_text("stale")
    (out / "confidence.tif.aux.xml").write_text("stale")
    (out / "mine.txt").write_text("stays")
    run(MapRequest((str(series),), str(model), str(out)))
    assert sorted(path.name for path in out.iterdir()) == sorted([*OUTPUTS, "mine.txt"])


def test_a_cancelled_run_leaves_nothing(request_: MapRequest, tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    with pytest.raises(CancelledError):
        run_map(replace(request_, out=str(out)), lambda *_, **__: None, lambda: True, lambda _: None)
    assert not (tmp_path / "a").exists()


def test_a_full_disk_is_one_sentence_and_the_same_command_goes_on(
    request_: MapRequest, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    again = replace(request_, out=str(tmp_path / "out"))
    with monkeypatch.context() as patch:
        patch.setattr("backend.mapping.write_quicklook", fail)
        with pytest.raises(ResourceError, match="the disk is full") as caught:
            run(again)
    assert "the same command goes on" in caught.value.hint
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".cscl-run"]
    events = run(again)
    assert "1 of 1 blocks are done already" in [event.get("message") for event in events]
    assert rasters(tmp_path / "out") == rasters(out)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == OUTPUTS


@pytest.fixture
def many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cores of 4 pixels in blocks of 8."""
    monkeypatch.setattr("backend.plan_memory.CORES", (4,))
    monkeypatch.setattr("backend.plan_memory.BLOCK_CELLS", 8)
    monkeypatch.setattr("backend.map_preparation.image_chunks", lambda *_: Chunks(8, 8))


@pytest.mark.usefixtures("many_blocks")
def test_a_cancelled_run_keeps_its_blocks_and_ends_with_the_same_bytes_as_one_that_was_not(
    request_: MapRequest, out: Path, tmp_path: Path
) -> None:
    again = replace(request_, out=str(tmp_path / "out"), probabilities="fine")
    blocks = tmp_path / "out" / ".cscl-run" / "blocks"

    def some_are_done() -> bool:
        return blocks.is_dir() and len(list(blocks.glob("*.npz"))) >= 2

    with pytest.raises(CancelledError) as caught:
        run_map(again, lambda *_, **__: None, some_are_done, lambda _: None)
    assert "the same command goes on" in caught.value.hint
    kept = {path.name: path.read_bytes() for path in blocks.iterdir()}
    assert len(kept) >= 2
    whole = run(replace(again, out=str(tmp_path / "whole")))
    events = run(again)
    resumed = next(event["message"] for event in events if event.get("stage") == "resume")
    assert resumed.startswith(f"{len(kept)} of ")
    assert rasters(tmp_path / "out") == rasters(tmp_path / "whole")
    assert events[-1]["summary"] == whole[-1]["summary"]
    assert not blocks.exists()
    for name in LAYERS:  # smaller tiles give the same map
        ours, theirs = (scenes.read(folder / f"{name}.tif").astype(int) for folder in (tmp_path / "out", out))
        assert np.abs(ours - theirs).max() <= 1


@pytest.mark.usefixtures("many_blocks")
def test_a_damaged_block_is_done_again_with_a_warning(
    request_: MapRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, again = (replace(request_, out=str(tmp_path / name)) for name in ("whole", "out"))
    run(whole)
    with monkeypatch.context() as patch:
        patch.setattr("backend.mapping.write_quicklook", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(ResourceError):
            run(again)
    damaged = tmp_path / "out" / ".cscl-run" / "blocks" / "block-000001.npz"
    damaged.write_bytes(damaged.read_bytes()[:-40])
    warnings = [event["message"] for event in run(again) if event["event"] == "warning"]
    assert [message for message in warnings if "block-000001.npz" in message] != []
    assert rasters(tmp_path / "out") == rasters(tmp_path / "whole")


def test_images_that_change_while_they_are_mapped_are_named_and_their_blocks_are_not_kept(
    series: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(series, tmp_path / "in")
    path = next((tmp_path / "in").glob("*_10m.tif"))

    def written(*arguments: Any) -> None:
        write_block(*arguments)
        path.write_bytes(path.read_bytes() + b" ")

    monkeypatch.setattr("backend.mapping.write_block", written)
    with pytest.raises(InputError, match=rf"{path.name} was changed or removed while the map was made"):
        run(MapRequest((str(tmp_path / "in"),), str(model), str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


def test_an_earlier_result_that_a_program_of_windows_has_open_is_named_before_the_run(
    request_: MapRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("crop_type.tif", "mine.tif"):
        (tmp_path / name).write_text("")

    def rename(path: Path, target: Path) -> None:
        assert path == target == tmp_path / "crop_type.tif"
        raise PermissionError(13, "The process cannot access the file", str(path))

    monkeypatch.setattr(publish.os, "rename", rename)
    with pytest.raises(InputError, match=r"crop_type\.tif: another program has it open") as caught:
        run(replace(request_, out=str(tmp_path)))
    assert "take its layer out of the project" in caught.value.hint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crop_type.tif", "mine.tif"]


def test_an_output_that_cannot_be_replaced_is_named(request_: MapRequest, tmp_path: Path) -> None:
    (tmp_path / "crop_type.tif" / "x").mkdir(parents=True)
    with pytest.raises(InputError, match=r"crop_type\.tif: cannot be replaced"):
        run(replace(request_, out=str(tmp_path)))


def test_warnings_name_what_is_not_used_and_what_is_not_masked(model: Path, tmp_path: Path) -> None:
    for number, day in enumerate(scenes.DAYS):
        scl = scenes.clear_scl(scenes.CROPS, scenes.CLOUD_SCL if number == 1 else scenes.CLEAR_SCL)
        scenes.write_date(tmp_path / "in", day, scl=scl)
    (tmp_path / "in" / f"S2_L2A_{scenes.DAYS[2]:%Y%m%d}_SCL_20m.tif").unlink()
    events = run(MapRequest((str(tmp_path / "in"),), str(model), str(tmp_path / "out")))
    warnings = [event["message"] for event in events if event["event"] == "warning"]
    assert warnings == [
        "2018-05-20 is not used: no clear pixel.",
        "Some images come without a cloud mask (SCL, MSK_CLASSI): their clouds are not masked.",
        "For 103 days from 2018-04-20 on there is no usable image.",
    ]
