"""Fields of a finished map: what the two files hold, on maps written by hand, whatever the windows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import scenes
import shapely
from field_maps import (
    BACKGROUND,
    CELL,
    GRASS,
    HIGH,
    LEGEND,
    LOW,
    MAIZE,
    THRESHOLD,
    WHEAT,
    by_hand,
    make,
    near_the_end,
    random_map,
    warnings,
    write_map,
)

from backend import evidence, field_outlines, field_windows, style
from backend.field_run import FIELDS, PLACED, VOTED
from backend.fields import INSIDE, find_cores, grow_cores, label_cores
from backend.grid import Window
from backend.model_card import NODATA, CropClass
from backend.publish import move_into_place


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


def test_fields_are_the_same_where_probabilities_rise_slowly(tmp_path: Path) -> None:
    crop, boundary, *others = by_hand()
    slow = np.where(boundary == LOW, 4, np.where(boundary == HIGH, 26, boundary)).astype(np.uint8)
    sharp = make(write_map(tmp_path / "sharp", crop, boundary, *others))
    told = make(write_map(tmp_path / "told", crop, slow, *others, threshold=0.255, calibration=(2.25, -3.31)))
    assert told.table["map_code"] == sharp.table["map_code"]
    assert np.array_equal(told.voted, sharp.voted)
    untold = make(write_map(tmp_path / "untold", crop, slow, *others, threshold=0.255))
    assert len(untold.shapes) == 0


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
