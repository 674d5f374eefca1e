"""Mapping block by block: each cell once, from the same neighbourhood however the work is cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scenes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_model import BANDS

from backend.errors import CancelledError
from backend.grid import Window
from backend.inference import MapInput, MapStatistics, map_blocks
from backend.products import find_acquisitions
from backend.session import Session
from backend.sits import Series, make_series
from backend.tiling import Plan


@pytest.fixture(scope="module")
def session(model: Path) -> Session:
    return Session(model, "cpu", threads=1)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """40 x 56 pixels: a chequerboard of wheat and maize of 7 pixels, one corner cloudy on every date."""
    rows, cols = np.indices((40, 56)) // 7
    crops = np.where((rows + cols) % 2, 5, 1).astype(np.uint8)
    scl = scenes.clear_scl(crops)
    scl[:3, :4] = scenes.CLOUD_SCL
    folder = tmp_path_factory.mktemp("scene")
    for day in scenes.DAYS:
        scenes.write_date(folder, day, crops, scl)
    return make_series(find_acquisitions([folder]), BANDS)


def plan(series: Series, window: Window | None = None, core: int = 8, block: int = 16) -> Plan:
    row, col = series.grid.lattice_origin
    return Plan(window or series.grid.window, row, col, core, 4, block, 4)


def run(
    series: Series,
    session: Session,
    cut: Plan,
    statistics: MapStatistics | None = None,
    advance: Callable[[int], None] = lambda cells: None,
) -> dict[str, npt.NDArray[np.uint8]]:
    """The three layers, put together from their blocks."""
    shape = cut.window.refine(4).shape
    layers = {name: np.full(shape, 7, np.uint8) for name in ("crop_type", "confidence", "boundary")}
    source = MapInput(series.observations, series.grid)
    for part in map_blocks(source, session, cut, statistics or MapStatistics(), advance):
        for name, layer in layers.items():
            layer[part.window.slices(Window(0, 0, *shape))] = getattr(part, name)
    return layers


@pytest.fixture(scope="module")
def whole(scene: Series, session: Session) -> dict[str, npt.NDArray[np.uint8]]:
    return run(scene, session, plan(scene))


def test_fields_are_given_their_own_class(whole: dict[str, npt.NDArray[np.uint8]]) -> None:
    centres = whole["crop_type"][14::28, 14::28]  # the middle of each field of 7 pixels, 28 cells
    rows, cols = np.indices((6, 8))
    expected = np.where((rows + cols) % 2, 5, 1)
    expected[0, 0] = 255  # 6 x 8 pixels were never clear; the middle of the first field lies among them
    assert centres[:5].tolist() == expected[:5].tolist()


def test_pixels_without_a_valid_date_are_nodata_in_all_layers(whole: dict[str, npt.NDArray[np.uint8]]) -> None:
    never = np.zeros((160, 224), bool)
    never[:24, :32] = True
    for layer in whole.values():
        assert ((layer == 255) == never).all()


def test_confidence_and_boundary_are_percent(whole: dict[str, npt.NDArray[np.uint8]]) -> None:
    for name in ("confidence", "boundary"):
        known = whole[name][whole[name] != 255]
        assert known.max() <= 100
    assert whole["confidence"][whole["confidence"] != 255].min() >= 33  # the best of three classes


def test_the_boundary_is_high_between_fields_and_low_inside(whole: dict[str, npt.NDArray[np.uint8]]) -> None:
    assert whole["boundary"][100, 84:140:28].min() > whole["boundary"][98, 98]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 39), st.integers(0, 55), st.integers(1, 40), st.integers(1, 56))
def test_a_part_mapped_alone_is_byte_identical_to_the_same_part_of_the_whole(
    scene: Series, session: Session, whole: dict[str, Any], row: int, col: int, height: int, width: int
) -> None:
    window = Window(row, col, height, width).intersect(scene.grid.window)
    part = run(scene, session, plan(scene, window))
    rows, cols = window.refine(4).slices(Window(0, 0, 160, 224))
    for name, layer in part.items():
        assert (layer == whole[name][rows, cols]).all()


@pytest.mark.parametrize(("core", "block"), [(8, 8), (16, 16), (24, 48), (64, 64)])
def test_other_tiles_and_blocks_give_the_same_classes(
    scene: Series, session: Session, whole: dict[str, Any], core: int, block: int
) -> None:
    layers = run(scene, session, plan(scene, core=core, block=block))
    assert (layers["crop_type"] == whole["crop_type"]).all()
    for name in ("confidence", "boundary"):
        # sums of floats in another order may round to the next percent
        assert np.abs(layers[name].astype(int) - whole[name]).max() <= 1


def test_an_image_cut_smaller_gives_the_same_map_where_its_halo_is_whole(
    tmp_path: Path, scene: Series, session: Session, whole: dict[str, Any]
) -> None:
    rows, cols = np.indices((40, 56)) // 7
    crops = np.where((rows + cols) % 2, 5, 1).astype(np.uint8)[10:34, 14:46]
    for day in scenes.DAYS:
        scenes.write_date(tmp_path, day, crops, left=scenes.LEFT + 140, top=scenes.TOP - 100)
    small = make_series(find_acquisitions([tmp_path]), session.card.bands)
    layers = run(small, session, plan(small))
    inner = Window(2, 2, 20, 28)  # two pixels from the edge: the reach of the model
    mine = layers["crop_type"][inner.refine(4).slices(Window(0, 0, 96, 128))]
    theirs = whole["crop_type"][Window(12, 16, 20, 28).refine(4).slices(Window(0, 0, 160, 224))]
    assert (mine == theirs).all()


def test_progress_counts_each_input_cell_once_and_classes_are_counted(scene: Series, session: Session) -> None:
    cells: list[int] = []
    statistics = MapStatistics()
    layers = run(scene, session, plan(scene), statistics, cells.append)
    assert sum(cells) == 40 * 56
    codes, counts = np.unique(layers["crop_type"], return_counts=True)
    counted = dict(zip(codes.tolist(), counts.tolist(), strict=True))
    assert counted.pop(255) == 24 * 32
    assert statistics.class_cells == counted


def test_tiles_without_a_valid_pixel_are_skipped(tmp_path: Path, session: Session) -> None:
    scl = scenes.clear_scl(scenes.CROPS)
    scl[:, 6:] = scenes.CLOUD_SCL
    for day in scenes.DAYS:
        scenes.write_date(tmp_path, day, scl=scl)
    series = make_series(find_acquisitions([tmp_path]), session.card.bands)
    statistics = MapStatistics()
    layers = run(series, session, plan(series, core=4, block=8), statistics)
    assert statistics.tiles == 24
    assert statistics.tiles_skipped == 12
    assert (layers["crop_type"][:, 48:] == 255).all()
    assert (layers["crop_type"][:, :48] != 255).all()


def test_mapping_stops_before_the_next_tile_once_it_is_cancelled(scene: Series, session: Session) -> None:
    done: list[int] = []
    blocks = map_blocks(
        MapInput(scene.observations, scene.grid), session, plan(scene), MapStatistics(), done.append,
        lambda: len(done) >= 3,
    )  # fmt: skip
    with pytest.raises(CancelledError):
        list(blocks)
    assert len(done) == 3
