"""Mapping block by block: each cell once, from the same neighbourhood however the work is cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scenes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_model import BANDS

from backend.block_map import BlockMapper, MapInput, TileAnswer, at_edge
from backend.block_result import LAYERS, TILES, best_class, is_whole
from backend.clock import Clock
from backend.errors import CancelledError, DamagedFileError
from backend.grid import Window
from backend.products import find_acquisitions
from backend.raster import WindowReader
from backend.region import Region
from backend.session import Session
from backend.sits import REFLECTANCE_SCALE, Series, make_series, read_block
from backend.tiling import Plan, cut_blocks


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


def plan(series: Series, window: Window | None = None, core: int = 8, chunk: int = 16, rowwise: bool = True) -> Plan:
    window = window or series.grid.window
    row, col = series.grid.lattice_origin
    rows = cut_blocks(window.row, window.row_stop, core, 4, row, chunk, 0)
    cols = cut_blocks(window.col, window.col_stop, core, 4, col, chunk, 0)
    return Plan(window, row, col, core, 4, 4, rows, cols, rowwise)


def run(
    series: Series,
    session: Session,
    cut: Plan,
    numbers: Sequence[int] | None = None,
    region: Region | None = None,
    advance: Callable[[int], None] = lambda cells: None,
    tiles: npt.NDArray[np.int64] | None = None,
) -> dict[str, npt.NDArray[np.uint8]]:
    """The three layers, put together from their blocks."""
    shape = cut.window.refine(4).shape
    layers = {name: np.full(shape, 7, np.uint8) for name in LAYERS}
    blocks = cut.blocks()

    def save(number: int, arrays: dict[str, npt.NDArray[Any]]) -> None:
        assert is_whole(arrays, blocks[number], cut)
        for name, layer in layers.items():
            layer[cut.fine(blocks[number]).slices(Window(0, 0, *shape))] = arrays[name]
        if tiles is not None:
            tiles[:] += arrays[TILES]

    source = MapInput(series.observations, series.grid, region)
    mapper = BlockMapper(source, session, cut)
    mapper.run(range(len(blocks)) if numbers is None else numbers, save, advance)
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


@pytest.mark.parametrize(("chunk", "rowwise"), [(8, True), (16, False), (40, True), (64, False)])
def test_blocks_of_another_size_or_order_change_no_byte(
    scene: Series, session: Session, whole: dict[str, Any], chunk: int, rowwise: bool
) -> None:
    layers = run(scene, session, plan(scene, chunk=chunk, rowwise=rowwise))
    for name, layer in layers.items():
        assert (layer == whole[name]).all()


@pytest.mark.parametrize("core", [16, 24, 64])
def test_other_tiles_give_the_same_classes(scene: Series, session: Session, whole: dict[str, Any], core: int) -> None:
    layers = run(scene, session, plan(scene, core=core))
    assert (layers["crop_type"] == whole["crop_type"]).all()
    for name in ("confidence", "boundary"):
        # sums of floats in another order may round to the next percent
        assert np.abs(layers[name].astype(int) - whole[name]).max() <= 1


def test_blocks_done_one_by_one_and_in_any_order_are_the_same(
    scene: Series, session: Session, whole: dict[str, Any]
) -> None:
    cut = plan(scene)
    parts = [run(scene, session, cut, [number]) for number in reversed(range(cut.num_blocks))]
    for name, layer in whole.items():
        joined = np.full_like(layer, 7)
        for part, block in zip(parts, reversed(cut.blocks()), strict=True):
            place = block.refine(4).slices(Window(0, 0, *layer.shape))
            joined[place] = part[name][place]
        assert (joined == layer).all()


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


def test_progress_counts_each_input_cell_once(scene: Series, session: Session) -> None:
    cells: list[int] = []
    run(scene, session, plan(scene), advance=cells.append)
    assert sum(cells) == 40 * 56


def test_tiles_without_a_valid_pixel_are_skipped(tmp_path: Path, session: Session) -> None:
    scl = scenes.clear_scl(scenes.CROPS)
    scl[:, 6:] = scenes.CLOUD_SCL
    for day in scenes.DAYS:
        scenes.write_date(tmp_path, day, scl=scl)
    series = make_series(find_acquisitions([tmp_path]), session.card.bands)
    tiles = np.zeros(2, dtype=np.int64)
    layers = run(series, session, plan(series, core=4), tiles=tiles)
    assert tiles.tolist() == [12, 12]
    assert (layers["crop_type"][:, 48:] == 255).all()
    assert (layers["crop_type"][:, :48] != 255).all()


def test_of_a_region_only_its_tiles_are_read_and_mapped(
    scene: Series, session: Session, whole: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Window] = []

    def noted(reader: Any, observations: Any, bands: Any, grid: Any, window: Window, rule: Any) -> Any:
        read.append(window)
        return read_block(reader, observations, bands, grid, window, rule)

    monkeypatch.setattr("backend.block_map.read_block", noted)
    region = Region((scenes.box(17, 41, 2, 2), scenes.box(35, 1, 1, 1)), scene.grid.window)
    tiles = np.zeros(2, dtype=np.int64)
    cut = plan(scene)
    layers = run(scene, session, cut, region=region, tiles=tiles)
    assert tiles[0] == 2
    assert len(read) == 2
    assert all(max(window.shape) <= cut.tile for window in read)
    inside = np.zeros((160, 224), bool)
    inside[17 * 4 : 19 * 4, 41 * 4 : 43 * 4] = inside[35 * 4 : 36 * 4, 4:8] = True
    for name, layer in layers.items():
        assert (layer == np.where(inside, whole[name], 255)).all()


def test_mapping_stops_before_the_next_tile_once_it_is_cancelled(scene: Series, session: Session) -> None:
    done: list[int] = []
    saved: list[int] = []
    mapper = BlockMapper(MapInput(scene.observations, scene.grid), session, plan(scene))
    with pytest.raises(CancelledError):
        mapper.run(range(12), lambda number, arrays: saved.append(number), done.append, lambda: len(done) >= 3)
    assert len(done) == 3


def test_a_file_that_is_damaged_half_way_ends_the_run_with_its_name(tmp_path: Path, session: Session) -> None:
    for day in scenes.DAYS:
        scenes.write_date(tmp_path, day)
    series = make_series(find_acquisitions([tmp_path]), session.card.bands)
    path = tmp_path / f"S2_L2A_{scenes.DAYS[1]:%Y%m%d}_10m.tif"
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(DamagedFileError, match=path.name):
        run(series, session, plan(series))


def test_the_clock_is_told_of_each_stage(scene: Series, session: Session) -> None:
    clock = Clock()
    mapper = BlockMapper(MapInput(scene.observations, scene.grid), session, plan(scene), clock=clock)
    mapper.run([0], lambda number, arrays: None)
    assert set(clock.seconds) == {"read", "convert", "infer", "post", "write"}


def test_cells_near_what_was_never_imaged_are_found_also_outside_of_the_kept_part() -> None:
    valid = np.ones((2, 12, 10), dtype=bool)
    valid[:, 0, 3] = False  # never seen, two rows above the kept part
    valid[0, 9, 9] = False  # seen on the other date
    window, kept = Window(100, 50, 12, 10), Window(102, 52, 6, 6)
    expected = np.zeros((6, 6), dtype=bool)
    expected[0, 0:4] = True  # columns 52-55: within two of column 53
    np.testing.assert_array_equal(at_edge(valid, kept, window), expected)


def test_beyond_what_was_read_nothing_is_taken_for_an_edge() -> None:
    window = Window(0, 0, 4, 4)
    assert not at_edge(np.ones((1, 4, 4), dtype=bool), window, window).any()
    assert at_edge(np.zeros((1, 4, 4), dtype=bool), window, window).all()


def test_what_the_model_has_said_already_is_not_asked_again(
    scene: Series, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = plan(scene)
    block = cut.blocks()[0]
    core = cut.cores(block)[0]
    source = MapInput(scene.observations, scene.grid)
    asked: list[int] = []
    run_session = session.run

    def spy(*arguments: Any) -> TileAnswer:
        asked.append(1)
        return run_session(*arguments)

    monkeypatch.setattr(session, "run", spy)
    found: dict[int, dict[str, npt.NDArray[Any]]] = {}
    BlockMapper(source, session, cut).run([0], lambda number, arrays: found.update({number: arrays}))
    once = len(asked)
    tile = cut.tile_of(core, block)
    kept = core.intersect(block)
    with WindowReader() as reader:
        pixels = read_block(reader, scene.observations, session.card.bands, scene.grid, tile, source.rule)
    x = pixels.x.astype(np.float32) / np.float32(REFLECTANCE_SCALE)
    answers = {(block, core): run_session(x, pixels.doy, pixels.valid, False, kept.slices(tile))}
    again: dict[int, dict[str, npt.NDArray[Any]]] = {}
    asked.clear()
    BlockMapper(source, session, cut, known=answers).run([0], lambda number, arrays: again.update({number: arrays}))
    assert len(asked) == once - 1
    assert all((again[0][name] == values).all() for name, values in found[0].items())


def test_the_best_class_is_the_first_of_the_largest() -> None:
    values = np.random.default_rng(0).integers(0, 4, (7, 20, 30)).astype(np.float32)  # many are equal
    best, largest = best_class(values)
    assert (best == values.argmax(axis=0)).all()
    assert (largest == values.max(axis=0)).all()
