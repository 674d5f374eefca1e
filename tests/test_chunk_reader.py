"""Reading by chunks: the pixels are those of a plain reader, each is decoded once, and little is kept."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scenes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.chunk_reader import ChunkReader
from backend.clock import Clock
from backend.grid import Grid, Window
from backend.raster import WindowReader
from backend.tiling import Plan, cut_blocks

SIDE = 96
GRID = Grid(scenes.UTM, scenes.transform(10.0), SIDE, SIDE)
EVERYTHING = 1 << 30


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of 16 pixels are not taken together."""
    monkeypatch.setattr("backend.chunk_reader.SMALLEST_CHUNK", 16)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Noise in chunks of 16: of 10 m with two bands, and of 20 m, whose chunks are 32 cells of the grid."""
    folder = tmp_path_factory.mktemp("files")
    values = np.random.default_rng(0).integers(1, 9999, (2, SIDE, SIDE), dtype=np.uint16)
    tiled = {"tiled": True, "blockxsize": 16, "blockysize": 16}
    return {
        "fine": scenes.write_raster(folder / "fine.tif", values, **tiled),
        "coarse": scenes.write_raster(folder / "coarse.tif", values[0, ::2, ::2], (), scenes.transform(20.0), **tiled),
        "lines": scenes.write_raster(folder / "lines.tif", values[0], tiled=False, blockysize=1),
    }


def plan(core: int = 8, halo: int = 3, lane: int = 99, rowwise: bool = True) -> Plan:
    cuts = cut_blocks(0, SIDE, core, halo, 0, 16, 0)
    return Plan(GRID.window, 0, 0, core, halo, 1, cuts, cuts, rowwise, lane)


def windows(cut: Plan) -> list[Window]:
    """What each block reads."""
    return [block.pad(cut.halo) for block in cut.blocks()]


def read_all(reader: ChunkReader, order: list[Window], path: Path, bands: list[int]) -> list[npt.NDArray[Any]]:
    """Each window in three steps of rows that overlap."""
    found = []
    for turn, window in enumerate(order):
        reader.begin(turn)
        rows = []
        for start, stop in ((0, 7), (5, 12), (12, window.height)):
            part = Window(window.row + start, window.col, stop - start, window.width)
            rows.append(reader.read(path, bands, GRID, part))
        rows[1] = rows[1][:, 2:]
        found.append(np.concatenate(rows, axis=1))
    return found


@pytest.mark.parametrize("name", ["fine", "coarse", "lines"])
@pytest.mark.parametrize("limit", [EVERYTHING, 3000, 0])
@pytest.mark.parametrize("rowwise", [True, False])
def test_the_pixels_are_those_of_a_plain_reader_whatever_is_kept(
    files: dict[str, Path], name: str, limit: int, rowwise: bool
) -> None:
    order = windows(plan(rowwise=rowwise))
    bands = [2, 1] if name == "fine" else [1]
    with ChunkReader(GRID, order, limit, Clock()) as reader, WindowReader() as plain:
        for window, values in zip(order, read_all(reader, order, files[name], bands), strict=True):
            assert (values == plain.read(files[name], bands, GRID, window)).all()


@pytest.mark.parametrize("name", ["fine", "coarse"])
@pytest.mark.parametrize("rowwise", [True, False])
def test_each_pixel_is_decoded_once(files: dict[str, Path], name: str, rowwise: bool) -> None:
    order = windows(plan(rowwise=rowwise))
    with ChunkReader(GRID, order, EVERYTHING, Clock()) as reader:
        read_all(reader, order, files[name], [1])
        assert reader.decoded == (SIDE if name == "fine" else SIDE // 2) ** 2


def test_only_strips_are_kept_between_rows_of_blocks(files: dict[str, Path]) -> None:
    cut = plan()
    order = windows(cut)
    across = len(cut.col_cuts) - 1
    with ChunkReader(GRID, order, EVERYTHING, Clock()) as reader:
        for turn in range(across):
            reader.begin(turn)
            reader.read(files["fine"], [1], GRID, order[turn])
        reader.begin(across)
        kept = sum(piece.values.size for pieces in reader._kept.values() for piece in pieces)
        # the next row reads from row_cuts[1] - halo on; the chunks end at 16
        assert kept == (16 - (cut.row_cuts[1] - cut.halo)) * SIDE


def test_with_little_room_lanes_decode_only_what_lies_at_their_seams_twice(files: dict[str, Path]) -> None:
    order = windows(plan(lane=3))
    with ChunkReader(GRID, order, 2500, Clock()) as reader:
        read_all(reader, order, files["fine"], [1])
        assert SIDE**2 < reader.decoded <= SIDE**2 * 4 // 3


def test_what_is_prefetched_is_not_decoded_again(files: dict[str, Path]) -> None:
    order = windows(plan())
    with ChunkReader(GRID, order, EVERYTHING, Clock()) as reader:
        reader.begin(0)
        reader.prefetch(files["fine"], [1], 0, margin=2)
        decoded = reader.decoded
        assert decoded > 0
        reader.read(files["fine"], [1], GRID, order[0].pad(2))
        assert reader.decoded == decoded


def test_a_window_beyond_the_file_is_filled(files: dict[str, Path]) -> None:
    far = Window(500, 500, 4, 4)
    with ChunkReader(GRID, [far], EVERYTHING, Clock()) as reader:
        reader.prefetch(files["fine"], [1], 0)
        assert (reader.read(files["fine"], [1], GRID, far, fill=9) == 9).all()
        assert reader.decoded == 0


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.builds(Window, st.integers(-20, 90), st.integers(-20, 90), st.integers(1, 50), st.integers(1, 50)),
        min_size=1, max_size=6,
    ),
    st.integers(0, 9), st.sampled_from([EVERYTHING, 1000]), st.sampled_from(["fine", "coarse", "lines"]),
)  # fmt: skip
def test_any_windows_with_any_margin_are_read_right(
    files: dict[str, Path], order: list[Window], margin: int, limit: int, name: str
) -> None:
    with ChunkReader(GRID, order, limit, Clock()) as reader, WindowReader() as plain:
        for turn, window in enumerate(order):
            reader.begin(turn)
            if turn + 1 < len(order):
                reader.prefetch(files[name], [1], turn + 1)
            wide = window.pad(margin)
            assert (reader.read(files[name], [1], GRID, wide) == plain.read(files[name], [1], GRID, wide)).all()


def test_several_threads_read_the_same_files(files: dict[str, Path]) -> None:
    order = windows(plan())
    failed: list[Window] = []
    with ChunkReader(GRID, order, 5000, Clock()) as reader, WindowReader() as plain:
        expected = {(name, window): plain.read(files[name], [1], GRID, window) for name in files for window in order}

        def work() -> None:
            for (name, window), values in expected.items():
                if not (reader.read(files[name], [1], GRID, window) == values).all():
                    failed.append(window)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []


def test_jpeg_2000_is_counted_apart_and_a_stage_inside_another_counts_once(tmp_path: Path) -> None:
    path = scenes.write_raster(
        tmp_path / "a.jp2", np.ones((32, 32), np.uint16), driver="JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES",
        nodata=None,
    )  # fmt: skip
    clock = Clock()
    with ChunkReader(GRID, [GRID.window], EVERYTHING, clock) as reader, clock.of("all"), clock.of("read"):
        reader.read(path, [1], GRID, GRID.window)
    assert set(clock.seconds) == {"all", "read", "decode"}
    assert min(clock.seconds.values()) >= 0
