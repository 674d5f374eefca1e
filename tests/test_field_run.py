"""Fields of a finished map: what the two files hold, on maps written by hand, whatever the windows; what is refused."""

from __future__ import annotations

import itertools
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import rasterio
import scenes
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError

from backend import evidence, field_outlines, field_run, field_windows, style
from backend.block_map import EDGE_CELLS
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
from backend.fields import INSIDE, find_cores, grow_cores, label_cores
from backend.grid import Window
from backend.model_card import NODATA, CropClass, ModelCard, card_path, file_sha256
from backend.protocol import MapRequest
from backend.publish import move_into_place
from backend.run_record import NAME, RUN_SCHEMA

ROOT = Path(__file__).resolve().parents[1]
BACKGROUND, WHEAT, MAIZE, GRASS = 0, 1, 5, 10
LEGEND = (
    CropClass(MAIZE, "maize", "Maize", "#d6e600"),
    CropClass(BACKGROUND, "background", "No parcel", "#e6e6e6"),
    CropClass(GRASS, "grassland", "Grassland", "#33aa33"),
    CropClass(WHEAT, "wheat", "Wheat", "#e8c547"),
)
THRESHOLD = 0.46
LOW, HIGH = 5, 60
"""Percent: just below 0.125 times the threshold, and a boundary."""
CELL = 2.5
MAGNIFICATION = 2
EDGE = EDGE_CELLS * MAGNIFICATION
Array = NDArray[np.uint8]


def write_map(
    folder: Path,
    crop: Array,
    boundary: Array,
    confidence: Array | None = None,
    dates: Array | None = None,
    images: Window | None = None,
    legend: tuple[CropClass, ...] = LEGEND,
) -> Path:
    """A finished map: its rasters, the model, and the record that names it.

    Args:
        folder: gets them.
        crop: (H, W) codes.
        boundary: (H, W) percent.
        confidence: (H, W) percent.
        dates: (H / 2, W / 2) clear dates.
        images: where the record says that the images lie; None for one that does not say.
        legend: of the model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "hand.onnx"
    model.write_bytes(b"a model that is not run")
    card = ModelCard(
        name="hand", version="1", architecture="none", description="", license="CC0-1.0", bands=("B02",), level="L2A",
        magnification=MAGNIFICATION, tile_multiple=1, halo=1, classes=legend, boundary_threshold=THRESHOLD,
        sha256=file_sha256(model),
    )  # fmt: skip
    card_path(model).write_text(card.to_json(), encoding="utf-8")
    request = MapRequest(series=("images",), model=str(model), out=str(folder)).to_dict()
    record = {
        "schema": RUN_SCHEMA,
        "request": request,
        "model": {"name": "hand", "sha256": f"sha256:{card.sha256}"},
        "dates": [],
        "summary": {},
    }
    if images is not None:
        record["grid"] = {"images": asdict(images)}
    (folder / NAME).write_text(json.dumps(record), encoding="utf-8")
    layers = {"crop_type.tif": crop, "boundary.tif": boundary, "confidence.tif": confidence}
    for name, values in layers.items():
        if values is not None:
            scenes.write_raster(folder / name, values, place=scenes.transform(CELL), nodata=NODATA)
    if dates is not None:
        looks = np.stack([dates, dates]).astype(np.uint16)
        place = scenes.transform(CELL * MAGNIFICATION)
        scenes.write_raster(folder / evidence.FILE, looks, place=place, nodata=evidence.EVIDENCE_NODATA)
    return folder


def by_hand() -> tuple[Array, Array, Array]:
    """(30, 42) crop codes, boundary and confidence: two fields, a track between them, ground that is not mapped.

    Wheat in columns 0-19 with a patch of maize, maize in columns 23-41 with a patch of grass; the boundary lies in
    columns 19-23, the track in 20-22. The last three rows are not mapped.
    """
    crop = np.full((30, 42), WHEAT, np.uint8)
    crop[5:8, 4:9] = MAIZE
    crop[:, 20:23] = BACKGROUND
    crop[:, 23:] = MAIZE
    crop[10:14, 30:34] = GRASS
    boundary = np.full(crop.shape, LOW, np.uint8)
    boundary[:, 19:24] = HIGH
    confidence = np.full(crop.shape, 80, np.uint8)
    confidence[:, 20:23] = 10
    confidence[:, 23:] = 50
    for layer in (crop, boundary, confidence):
        layer[27:] = NODATA
    return crop, boundary, confidence


IMAGES = Window(0, 0, 170, 300)
"""Where the images of the random map lie: they end with it at the top and on the left, and go on elsewhere."""


def random_map(seed: int = 5, shape: tuple[int, int] = (150, 260)) -> tuple[Array, Array, Array, Array, Window]:
    """Fields around random seeds with gaps in their boundaries, noise, background strips, a hole that is not mapped.

    The boundary layer says 0 in all cells near what was not imaged, and in some others.
    """
    random = np.random.default_rng(seed)
    seeds = random.random((20, 2)) * shape
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    distances = np.hypot(rows[..., None] - seeds[:, 0], cols[..., None] - seeds[:, 1])
    nearest = distances.argmin(axis=2)
    distances.sort(axis=2)
    ridge = distances[..., 1] - distances[..., 0]
    boundary = np.where((ridge < 6) & (random.random(shape) < 0.97), HIGH, LOW).astype(np.uint8)
    boundary[40:, 170:] = HIGH  # out of the reach of every core
    crop = random.permutation([WHEAT, MAIZE, GRASS] * 7).astype(np.uint8)[nearest]
    noise = random.random(shape) < 0.1
    crop[noise] = random.choice([BACKGROUND, WHEAT, MAIZE, GRASS], noise.sum())
    crop[ridge < 2] = BACKGROUND
    confidence = random.integers(30, 100, shape).astype(np.uint8)
    boundary[(boundary == LOW) & (rows + cols > 200)] = 0
    dates = np.where(np.hypot(rows - 60, cols - 95) < 12, 0, 3).astype(np.uint8)[::MAGNIFICATION, ::MAGNIFICATION]
    boundary[near_the_end(dates)] = 0
    for layer in (crop, boundary, confidence):
        layer[on_the_map(dates == 0)] = NODATA
    return crop, boundary, confidence, dates, IMAGES


def on_the_map(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells of the images as cells of the map."""
    return np.kron(cells, np.ones((MAGNIFICATION, MAGNIFICATION), np.bool_))


def near_the_end(dates: Array) -> NDArray[np.bool_]:
    """Cells of the random map so near to what was not imaged that the boundary layer knows nothing."""
    unseen = np.pad(on_the_map(dates == 0), ((EDGE, EDGE), (EDGE, EDGE)))
    unseen[:EDGE] = unseen[:, :EDGE] = True
    side = 2 * EDGE + 1
    return np.asarray(np.lib.stride_tricks.sliding_window_view(unseen, (side, side)).any(axis=(2, 3)))


@dataclass
class Made:
    voted: Array
    table: dict[str, list[Any]]
    shapes: NDArray[np.object_]
    events: list[tuple[str, dict[str, Any]]]
    summary: dict[str, Any]


def make(folder: Path, window_cells: int = 2048, is_cancelled: Callable[[], bool] = lambda: False) -> Made:
    events: list[tuple[str, dict[str, Any]]] = []

    def emit(event: str, **values: Any) -> None:
        events.append((event, values))

    written, summary = run_fields(folder, emit, is_cancelled, window_cells)
    assert written == {"crop_type_fields": folder / VOTED, "fields": folder / FIELDS}
    with rasterio.open(folder / VOTED) as src:
        voted = src.read(1)
    meta, table = pyogrio.raw.read_arrow(folder / FIELDS)
    assert meta["crs"] == scenes.UTM
    outlines = table.column(meta["geometry_name"]).to_numpy(zero_copy_only=False)
    columns = {name: table.column(name).to_pylist() for name in table.column_names if name != meta["geometry_name"]}
    return Made(voted, columns, shapely.from_wkb(outlines), events, summary)


def warnings(made: Made) -> list[str]:
    return [values["message"] for event, values in made.events if event == "warning"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_map(tmp_path / "map", *by_hand())


def test_each_field_gets_one_crop_and_what_is_no_field_stays(folder: Path) -> None:
    made = make(folder)
    expected = np.full((30, 42), WHEAT)
    expected[:, 20:23] = BACKGROUND
    expected[:, 23:] = MAIZE
    expected[27:] = NODATA
    assert np.array_equal(made.voted, expected)
    assert warnings(made) == []


def test_the_table_has_a_row_for_each_field_with_its_outline(folder: Path) -> None:
    made = make(folder)
    cells = np.array([27 * 20, 27 * 19])
    area = cells * CELL**2 / 10000
    assert made.table["field"] == [1, 2]
    assert made.table["map_code"] == [WHEAT, MAIZE]
    assert made.table["map_name"] == ["wheat", "maize"]
    assert made.table["map_crop"] == ["Wheat", "Maize"]
    assert made.table["share_percent"] == [round(100 * (1 - 15 / 540), 1), round(100 * (1 - 16 / 513), 1)]
    assert made.table["area_ha"] == area.round(4).tolist()
    assert made.table["confidence_percent"] == [80.0, 50.0]
    west, north = scenes.LEFT, scenes.TOP
    south = north - 27 * CELL
    boxes = [
        shapely.box(west, south, west + 20 * CELL, north),
        shapely.box(west + 23 * CELL, south, west + 42 * CELL, north),
    ]
    assert all(shape.equals(box) for shape, box in zip(made.shapes, boxes, strict=True))
    assert {shape.geom_type for shape in made.shapes} == {"MultiPolygon"}
    assert made.summary == {
        "fields": 2,
        "area_ha": round(float(area.sum()), 2),
        "classes": {"Wheat": 1, "Maize": 1},
        "mixed_percent": 0.0,
        "outside_percent": 0.0,
        "changed_percent": round(100 * (15 + 16) / (27 * 42), 1),
    }


def test_the_raster_is_a_map_like_the_crop_map(folder: Path) -> None:
    make(folder)
    with rasterio.open(folder / VOTED) as src:
        assert (src.nodata, src.dtypes, src.crs.to_string()) == (NODATA, ("uint8",), scenes.UTM)
        assert src.transform == scenes.transform(CELL)
        assert src.colormap(1)[MAIZE] == (0xD6, 0xE6, 0x00, 255)
        assert src.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert "Grassland" in (folder / f"{VOTED}.aux.xml").read_text(encoding="utf-8")
    assert (folder / VOTED).with_suffix(".qml").read_text(encoding="utf-8") == style.crop_type_qml(LEGEND)


def test_nothing_else_in_the_folder_changes(folder: Path) -> None:
    before = scenes.listing(folder)
    make(folder)
    after = scenes.listing(folder)
    new = {VOTED, f"{VOTED}.aux.xml", "crop_type_fields.qml", FIELDS}
    assert {str(name) for name in after.keys() - before.keys()} == new
    assert all(after[name] == value for name, value in before.items())


def test_a_later_map_in_the_folder_takes_them_away(folder: Path, tmp_path: Path) -> None:
    make(folder)
    assert all((folder / name).is_file() for name in PLACED)
    later = write_map(tmp_path / "work", *by_hand())
    move_into_place(later, folder, {"crop_type": later / "crop_type.tif", "boundary": later / "boundary.tif"})
    assert not any((folder / name).exists() for name in PLACED)
    assert (folder / "crop_type.tif").is_file()


@pytest.mark.parametrize("window_cells", [13, 25, 37, 150])
def test_nothing_depends_on_the_windows(tmp_path: Path, window_cells: int) -> None:
    whole = make(write_map(tmp_path / "whole", *random_map()))
    cut = make(write_map(tmp_path / "cut", *random_map()), window_cells)
    assert np.array_equal(cut.voted, whole.voted)
    assert cut.table == whole.table
    assert len(whole.shapes) > 5
    assert shapely.equals_exact(cut.shapes, whole.shapes).all()
    assert shapely.is_valid(whole.shapes).all()
    assert cut.summary == whole.summary


def test_a_map_is_what_its_arrays_say_at_once(tmp_path: Path) -> None:
    crop, boundary, confidence, dates, images = random_map()
    made = make(write_map(tmp_path, crop, boundary, confidence, dates, images), 64)
    near = near_the_end(dates)
    assert (boundary[near & (crop != NODATA)] == 0).all()
    inside = (boundary < INSIDE * 100 * THRESHOLD) & ((boundary > 0) | ~near)
    assert (boundary[inside] == 0).sum() > 5000
    fields = grow_cores(label_cores(find_cores(inside))[0], crop != NODATA)
    assert (fields[140:, 250:] == 0).all()  # out of reach of every core
    expected, crops = crop.copy(), []
    for number in range(1, fields.max() + 1):
        held = fields == number
        codes, votes = np.unique(crop[held], return_counts=True)
        winner = codes[votes.argmax()]
        counts = held & (crop != BACKGROUND)
        total = held.sum() if winner == BACKGROUND else counts.sum()
        if 2 * votes.max() > total:
            expected[counts] = winner
            if winner != BACKGROUND:
                crops.append((int(np.flatnonzero(counts)[-1]), int(winner), int(counts.sum())))
    assert np.array_equal(made.voted, expected)
    assert made.table["map_code"] == [code for _, code, _ in sorted(crops)]
    areas = np.array([cells for *_, cells in sorted(crops)]) * CELL**2
    np.testing.assert_allclose(shapely.area(made.shapes), areas)
    np.testing.assert_allclose(made.table["area_ha"], areas / 10000, atol=5e-5)


def test_a_field_of_two_parts_that_touch_at_a_corner_has_one_valid_outline(tmp_path: Path) -> None:
    crop, boundary = np.full((12, 12), WHEAT, np.uint8), np.full((12, 12), LOW, np.uint8)
    crop[:6, 6:] = crop[6:, :6] = BACKGROUND
    crop[0, 6] = WHEAT  # more than half
    for window_cells in (5, 6, 100):
        made = make(write_map(tmp_path / str(window_cells), crop, boundary), window_cells)
        assert len(made.shapes) == 1
        assert len(shapely.get_parts(made.shapes)) == 2
        assert shapely.is_valid(made.shapes).all()


def test_the_sides_of_a_field_are_those_of_its_outline(tmp_path: Path) -> None:
    crop, boundary = np.full((9, 9), WHEAT, np.uint8), np.full((9, 9), LOW, np.uint8)
    crop[4, 4] = crop[0, 0] = BACKGROUND
    for window_cells in (4, 9):
        folder = write_map(tmp_path / str(window_cells), crop, boundary)
        for most, has_outline in ((40, True), (39, False)):  # 36 around it, 4 of the hole; a corner changes nothing
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(field_windows, "MOST_SIDES", most)
                made = make(folder, window_cells)
            assert (made.shapes[0] is not None) == has_outline, (window_cells, most)


@pytest.mark.parametrize("window_cells", [13, 2048])
def test_a_field_whose_outline_is_too_long_keeps_its_row_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window_cells: int
) -> None:
    folder = write_map(tmp_path, *by_hand())
    whole = make(folder)
    monkeypatch.setattr(field_windows, "MOST_SIDES", 2 * (27 + 20) - 1)
    made = make(folder, window_cells)
    assert made.table == whole.table
    assert made.summary == whole.summary
    assert np.array_equal(made.voted, whole.voted)
    assert [shape is None for shape in made.shapes] == [True, False]
    assert made.shapes[1].equals(whole.shapes[1])
    (message,) = warnings(made)
    assert message.startswith("Fields without an outline in fields.gpkg: 1. ")


def test_no_polygon_is_made_of_a_field_without_an_outline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are what takes the memory."""
    monkeypatch.setattr(field_windows, "MOST_SIDES", 10)
    made: list[Any] = []
    real = field_outlines.shapes
    monkeypatch.setattr(field_outlines, "shapes", lambda *given, **options: made.extend(real(*given, **options)) or [])
    make(write_map(tmp_path, *by_hand()))
    assert made == []


def test_fields_do_not_join_along_the_edge_of_what_was_imaged(tmp_path: Path) -> None:
    # two fields; where images end, two pixels of the images wide, the boundary layer says 0 across their boundary
    crop, boundary, confidence = by_hand()
    boundary[:4] = boundary[23:27] = 0
    boundary[:, :4] = boundary[:, -4:] = 0
    boundary[27:] = NODATA
    made = make(write_map(tmp_path, crop, boundary, confidence))
    assert made.table["map_code"] == [WHEAT, MAIZE]


STRIP = (20, 8)
"""Cells of a map of one field: so wide as what two edges of the images spoil."""
AROUND = Window(-10, -10, 40, 40)
"""Images that go on beyond such a map on all sides."""


@pytest.mark.parametrize(
    ("images", "fields"),
    [
        (AROUND, 1),
        (Window(0, 0, *STRIP), 0),
        (None, 0),  # an older record, which does not say
        (Window(0, -10, 20, 40), 1),  # they end at the top and the bottom alone
        (Window(-10, 0, 40, 40), 1),  # on the left alone
        (Window(-10, -2, 40, 12), 1),  # a pixel beyond the map on the left and the right
        (Window(-10, -2, 40, 10), 0),  # and with it on the right: two columns are left, which have no core
    ],
)
def test_no_boundary_along_the_edge_of_a_map_counts_where_the_images_go_on(
    tmp_path: Path, images: Window | None, fields: int
) -> None:
    crop, boundary = np.full(STRIP, WHEAT, np.uint8), np.zeros(STRIP, np.uint8)
    dates = np.full((10, 4), 3, np.uint8)
    assert make(write_map(tmp_path, crop, boundary, dates=dates, images=images)).summary["fields"] == fields


def test_no_boundary_along_the_edge_of_a_region_counts_and_around_a_pixel_that_no_date_shows_does_not(
    tmp_path: Path,
) -> None:
    crop, boundary = np.full((20, 16), WHEAT, np.uint8), np.zeros((20, 16), np.uint8)
    crop[:, 9:] = boundary[:, 9:] = NODATA  # the region ends within the fifth column of pixels
    dates = np.full((10, 8), 3, np.uint16)
    dates[:, 5:] = evidence.EVIDENCE_NODATA
    whole = make(write_map(tmp_path / "whole", crop, boundary, dates=dates, images=AROUND))
    assert whole.table["area_ha"] == [round(20 * 9 * CELL**2 / 10000, 4)]
    dates[5, 2] = 0
    crop[10:12, 4:6] = boundary[10:12, 4:6] = NODATA
    parted = make(write_map(tmp_path / "parted", crop, boundary, dates=dates, images=AROUND))
    assert parted.summary["fields"] == 2  # above and below of four cells around that pixel


def test_a_map_that_lost_its_evidence_has_no_cores_near_ground_that_is_not_mapped(tmp_path: Path) -> None:
    crop, boundary = np.full((20, 14), WHEAT, np.uint8), np.zeros((20, 14), np.uint8)
    crop[:, 7:] = boundary[:, 7:] = NODATA
    for dates, area in ((np.full((10, 7), 3, np.uint8), [round(20 * 7 * CELL**2 / 10000, 4)]), (None, [])):
        out = tmp_path / str(dates is None)
        made = make(write_map(out, crop, boundary, dates=dates, images=Window(-10, 0, 40, 40)))
        assert made.table["area_ha"] == area


def test_no_boundary_at_all_inside_the_map_counts_as_inside(tmp_path: Path) -> None:
    crop, boundary, _ = by_hand()
    boundary[boundary == LOW] = 0
    assert make(write_map(tmp_path, crop, boundary)).table["map_code"] == [WHEAT, MAIZE]


def test_what_is_enclosed_with_other_crops_keeps_its_classes_and_is_told(tmp_path: Path) -> None:
    crop, boundary = np.full((30, 60), WHEAT, np.uint8), np.full((30, 60), LOW, np.uint8)
    crop[:, 20:40], crop[:, 40:] = MAIZE, GRASS
    made = make(write_map(tmp_path, crop, boundary))
    assert np.array_equal(made.voted, crop)
    assert len(made.shapes) == 0
    assert list(made.table) == ["field", "map_code", "map_name", "map_crop", "share_percent", "area_ha"]
    (message,) = warnings(made)
    assert "have gaps: 100 % of the mapped ground" in message


def test_ground_that_no_boundary_encloses_is_told(tmp_path: Path) -> None:
    crop, boundary, _ = by_hand()
    boundary[:27] = HIGH
    made = make(write_map(tmp_path / "none", crop, boundary))
    assert (made.summary["fields"], made.summary["outside_percent"]) == (0, 100.0)
    assert np.array_equal(made.voted, crop)
    (message,) = warnings(made)
    assert "enclose little: 100 % of the mapped ground is far from the inside of any field" in message
    wide = np.full((30, 100), LOW, np.uint8)
    wide[:, 20:] = HIGH  # 64 of these 80 columns are in reach
    made = make(write_map(tmp_path / "some", np.full(wide.shape, WHEAT, np.uint8), wide))
    assert made.summary["outside_percent"] == pytest.approx(17, abs=1.1)
    assert len(warnings(made)) == 1
    wide[:, 30:60] = LOW
    made = make(write_map(tmp_path / "all", np.full(wide.shape, WHEAT, np.uint8), wide))
    assert (made.summary["outside_percent"], warnings(made)) == (0.0, [])


def test_a_map_without_a_field_of_a_crop_is_told(tmp_path: Path) -> None:
    crop, boundary = np.full((30, 42), BACKGROUND, np.uint8), np.full((30, 42), LOW, np.uint8)
    made = make(write_map(tmp_path, crop, boundary))
    assert (made.summary["fields"], made.summary["mixed_percent"], made.summary["outside_percent"]) == (0, 0.0, 0.0)
    (message,) = warnings(made)
    assert "no field with a crop" in message


def test_half_of_a_field_is_no_majority_of_it(tmp_path: Path) -> None:
    crop, boundary = np.full((10, 10), WHEAT, np.uint8), np.full((10, 10), LOW, np.uint8)
    crop[:, 5:] = MAIZE
    assert np.array_equal(make(write_map(tmp_path / "half", crop, boundary)).voted, crop)
    crop[0, 5] = WHEAT
    assert (make(write_map(tmp_path / "more", crop, boundary)).voted == WHEAT).all()


def test_a_field_that_is_mostly_background_becomes_background_and_has_no_outline(tmp_path: Path) -> None:
    crop, boundary, _ = by_hand()
    crop[:20, 23:] = BACKGROUND
    made = make(write_map(tmp_path, crop, boundary))
    assert (made.voted[:27, 23:] == BACKGROUND).all()
    assert made.table["map_code"] == [WHEAT]


def test_without_a_class_for_background_every_cell_takes_its_fields_crop(tmp_path: Path) -> None:
    crop, boundary, _ = by_hand()
    water = CropClass(0, "water", "Water", "#0000ff")
    legend = (water, *(entry for entry in LEGEND if entry.name != "background"))
    made = make(write_map(tmp_path, crop, boundary, legend=legend))
    assert set(np.unique(made.voted)) == {WHEAT, MAIZE, NODATA}
    assert math.isclose(sum(made.table["area_ha"]), 27 * 42 * CELL**2 / 10000, abs_tol=1e-4)


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
