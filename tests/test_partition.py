"""Codes on blocks: the same on every window, and what is near by exact distances."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import InputError
from backend.grid import Grid, Window
from training.partition import MAX_CODES, Partition, code_bits, draw_code

UTM = "EPSG:32631"
GRID = Grid(UTM, Affine(10, 0, 500000, 0, -10, 4800600), 60, 60)
"""600 m x 600 m."""
NOTHING = np.zeros(0, dtype=np.object_)


def chequered(
    size: float = 100.0, beyond: list[shapely.Geometry] | None = None, codes: tuple[int, ...] = ()
) -> Partition:
    """Blocks of 1 and 2 in turn, as far as the grid reaches and three blocks beyond; the rest is drawn."""
    first_row, first_col, count = int(4800000 // size), int(500000 // size), int(600 // size) + 1
    blocks = {
        (first_row + row, first_col + col): 1 + (row + col) % 2
        for row in range(-3, count + 3)
        for col in range(-3, count + 3)
    }
    shapes = np.array(beyond or [], dtype=np.object_)
    return Partition(blocks, size, (0.5, 0.5), (0,), shapes, np.array(codes, dtype=np.uint8))


def random_partition(seed: int, size: float, codes: int = 4) -> Partition:
    """Blocks without any that are assigned, and parcels anywhere."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform((499900, 4799900), (500700, 4800700), (30, 2))
    sides = rng.uniform(1, 90, (30, 2))
    # boxes and, for slanting edges, the triangles that are half of one
    shapes = shapely.box(*corners.T, *(corners + sides).T)
    shapes[::2] = [shapely.Polygon(shapely.get_coordinates(shape)[:3]) for shape in shapes[::2]]
    return Partition({}, size, (1 / codes,) * codes, (seed,), shapes, rng.integers(1, codes + 1, 30).astype(np.uint8))


def centres(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    cols, rows = np.meshgrid(np.arange(grid.width) + 0.5, np.arange(grid.height) + 0.5)
    x, y = grid.transform * (cols, rows)
    return x, y


def near_by_distance(partition: Partition, grid: Grid, buffer: float) -> np.ndarray:
    """What near_plane should be, from the distance of every centre to every block around and every parcel."""
    x, y = centres(grid)
    points, size = shapely.points(x, y), partition.block_size
    left, bottom, right, top = x.min() - buffer, y.min() - buffer, x.max() + buffer, y.max() + buffer
    near = np.zeros(grid.shape, dtype=np.int32)
    for row in range(int(bottom // size), int(top // size) + 1):
        for col in range(int(left // size), int(right // size) + 1):
            square = shapely.box(col * size, row * size, (col + 1) * size, (row + 1) * size)
            code = int(partition.codes_at(np.array([row]), np.array([col]))[0])
            near[shapely.distance(points, square) <= buffer] |= 1 << (code - 1)
    for shape, code in zip(partition.beyond, partition.beyond_codes, strict=True):
        near[shapely.distance(points, shape) <= buffer] |= 1 << (int(code) - 1)
    return near & ~code_bits(partition.plane(grid))


def test_cells_have_the_code_of_the_block_that_holds_their_centre() -> None:
    plane = chequered().plane(GRID)
    # blocks' rows run upwards, raster rows downwards
    expected = np.kron([[2, 1] * 3, [1, 2] * 3] * 3, np.ones((10, 10), dtype=np.uint8))
    np.testing.assert_array_equal(plane, expected)


def test_a_rotated_grid_has_the_code_of_each_centre() -> None:
    rotated = Grid(UTM, Affine.translation(500310, 4800305) * Affine.rotation(30) * Affine.scale(10, -10), 25, 12)
    x, y = centres(rotated)
    expected = 1 + (np.floor(x / 100) + np.floor(y / 100)).astype(int) % 2
    np.testing.assert_array_equal(chequered().plane(rotated), expected)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    size=st.sampled_from([60.0, 137.0, 250.0, 1000.0]),
    buffer=st.sampled_from([0.0, 12.0, 55.0, 180.0]),
    scale=st.sampled_from([1, 2, 4]),
    window=st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 20), st.integers(1, 20)),
)
def test_any_window_is_the_crop_of_the_whole(
    seed: int, size: float, buffer: float, scale: int, window: tuple[int, int, int, int]
) -> None:
    partition = random_partition(seed, size)
    whole, part = GRID.refine(scale), Window(*window)
    crop = part.slices(whole.window)
    np.testing.assert_array_equal(partition.plane(whole.crop(part)), partition.plane(whole)[crop])
    np.testing.assert_array_equal(
        partition.near_plane(whole.crop(part), buffer), partition.near_plane(whole, buffer)[crop]
    )


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    size=st.sampled_from([60.0, 137.0, 250.0]),
    buffer=st.sampled_from([12.0, 55.0, 180.0]),
    angle=st.sampled_from([0.0, 25.0]),
)
def test_near_cells_are_those_within_the_buffer(seed: int, size: float, buffer: float, angle: float) -> None:
    partition = random_partition(seed, size)
    grid = Grid(UTM, Affine.translation(500200, 4800400) * Affine.rotation(angle) * Affine.scale(10, -10), 20, 20)
    near = partition.near_plane(grid, buffer)
    # arcs around parcels are drawn as polygons: nothing within the buffer is missed, nothing 0.5 % beyond is taken
    assert not (near_by_distance(partition, grid, buffer) & ~near).any()
    assert not (near & ~near_by_distance(partition, grid, 1.005 * buffer)).any()


def test_near_cells_of_blocks_alone_by_hand() -> None:
    grid = Grid(UTM, Affine(10, 0, 500000, 0, -10, 4800100), 10, 10)  # the block of code 1 in the corner
    near = chequered().near_plane(grid, 20)
    # centres lie 5, 15, 25 ... m from the edges; blocks across the corners have code 1 too
    expected = np.full((10, 10), 2)
    expected[2:8, 2:8] = 0
    np.testing.assert_array_equal(near, expected)
    assert not chequered().near_plane(grid, 0).any()
    assert not chequered(1000).near_plane(Grid(UTM, Affine(10, 0, 500200, 0, -10, 4800300), 10, 10), 20).any()


def test_cells_inside_a_parcel_of_another_block_are_near_at_a_buffer_of_0() -> None:
    parcel = shapely.box(500020, 4800040, 500050, 4800120)  # of the block to the north
    grid = Grid(UTM, Affine(10, 0, 500000, 0, -10, 4800100), 10, 10)
    expected = np.zeros((10, 10), dtype=int)
    expected[0:6, 2:5] = 2
    np.testing.assert_array_equal(chequered(beyond=[parcel], codes=(2,)).near_plane(grid, 0), expected)
    # its own code is not near
    assert not chequered(beyond=[parcel], codes=(1,)).near_plane(grid, 0).any()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000), size=st.sampled_from([60.0, 137.0, 250.0]), buffer=st.sampled_from([3.0, 55.0, 180.0])
)
def test_near_parcels_are_those_within_the_buffer_of_blocks_and_parcels(seed: int, size: float, buffer: float) -> None:
    partition = random_partition(seed, size)
    shapes, codes = partition.beyond, partition.beyond_codes
    expected = np.zeros(len(shapes), dtype=np.int32)
    for number, shape in enumerate(shapes):
        left, bottom, right, top = shapely.bounds(shapely.buffer(shape, buffer))
        for row in range(int(bottom // size), int(top // size) + 1):
            for col in range(int(left // size), int(right // size) + 1):
                square = shapely.box(col * size, row * size, (col + 1) * size, (row + 1) * size)
                if shapely.distance(shape, square) <= buffer:
                    expected[number] |= 1 << (int(partition.codes_at(np.array([row]), np.array([col]))[0]) - 1)
        for other, code in zip(shapes, codes, strict=True):
            if shapely.distance(shape, other) <= buffer:
                expected[number] |= 1 << (int(code) - 1)
        expected[number] &= ~(1 << (int(codes[number]) - 1))
    np.testing.assert_array_equal(partition.near_parcels(shapes, codes, buffer), expected)


def test_without_parcels_nothing_is_near_them() -> None:
    partition = Partition({}, 100.0, (0.5, 0.5), (0,), NOTHING, np.zeros(0, dtype=np.uint8))
    assert partition.near_parcels(NOTHING, np.zeros(0, dtype=np.uint8), 10).tolist() == []
    assert partition.codes_at(np.zeros(0, dtype=int), np.zeros(0, dtype=int)).tolist() == []


def test_drawn_codes_follow_the_shares_the_place_and_the_seed() -> None:
    drawn = [draw_code((row, col), (0.75, 0.0, 0.25), (3,)) for row in range(-20, 20) for col in range(-20, 20)]
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 1600, [0, 0.75, 0, 0.25], atol=0.04)
    assert drawn[:5] == [draw_code((-20, col), (0.75, 0.0, 0.25), (3,)) for col in range(-20, -15)]
    other = [draw_code((row, col), (0.75, 0.0, 0.25), (3, 1)) for row in range(-20, 20) for col in range(-20, 20)]
    assert drawn != other


def test_a_partition_goes_to_another_process() -> None:
    partition = chequered(beyond=[shapely.box(500080, 4800010, 500130, 4800040)], codes=(1,))
    expected = partition.near_plane(GRID, 25)
    again = pickle.loads(pickle.dumps(partition))
    np.testing.assert_array_equal(again.near_plane(GRID, 25), expected)


def test_bits_of_codes() -> None:
    assert code_bits(np.array([[0, 1], [2, 31]], dtype=np.uint8)).tolist() == [[0, 1], [2, 1 << 30]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0.0, (1.0,), 0), "larger than 0, not 0"),
        ((float("inf"), (1.0,), 0), "larger than 0, not inf"),
        ((10.0, (), 0), "1 to 31 codes, not 0"),
        ((10.0, (1 / 32,) * (MAX_CODES + 1), 0), "1 to 31 codes, not 32"),
        ((10.0, (1.0,), 2), "0 parcels beyond their block have 2 codes"),
    ],
)
def test_a_partition_that_cannot_be_is_refused(values: tuple[float, tuple[float, ...], int], message: str) -> None:
    size, shares, count = values
    with pytest.raises(InputError, match=message):
        Partition({}, size, shares, (0,), NOTHING, np.ones(count, dtype=np.uint8))
