"""Spatial blocks: no parcel in two splits, every class where it can be, the same from the same seed."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import GridError, InputError
from backend.grid import Grid
from training.parcels import Parcels, make_parcels
from training.splits import (
    CALIBRATION,
    NONE,
    TEST,
    TRAIN,
    VALIDATION,
    assign_splits,
    metres_per_unit,
    whole_split,
)

UTM = "EPSG:32631"
GRID = Grid(UTM, Affine(10, 0, 500000, 0, -10, 4801000), 100, 100)
"""1000 m x 1000 m: 10 x 10 blocks of 100 m."""


def one_parcel_a_block(classes: np.ndarray, size: float = 60.0) -> Parcels:
    """A square field in the middle of each block of 100 m, rows from the south."""
    shapes = []
    for row, col in np.ndindex(classes.shape):
        x, y = 500000 + 100 * col + 50 - size / 2, 4800000 + 100 * row + 50 - size / 2
        shapes.append(shapely.box(x, y, x + size, y + size))
    return make_parcels(shapes, classes.ravel(), UTM)


def test_equal_fields_of_one_class_get_exactly_the_shares() -> None:
    splits = assign_splits(one_parcel_a_block(np.ones((10, 10), dtype=int)), GRID, 100)
    assert np.bincount(splits.parcels, minlength=5).tolist() == [0, 60, 10, 10, 20]


def test_a_rare_class_reaches_every_split() -> None:
    classes = np.ones((10, 10), dtype=int)
    classes[0, :4] = 7  # four blocks for four splits
    splits = assign_splits(one_parcel_a_block(classes), GRID, 100)
    rare = splits.parcels[classes.ravel() == 7]
    assert sorted(rare.tolist()) == [TRAIN, VALIDATION, CALIBRATION, TEST]


def test_a_class_of_two_blocks_is_trained_and_tested() -> None:
    classes = np.ones((10, 10), dtype=int)
    classes[4, 4:6] = 7
    splits = assign_splits(one_parcel_a_block(classes), GRID, 100)
    assert sorted(splits.parcels[classes.ravel() == 7].tolist()) == [TRAIN, TEST]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), kinds=st.integers(1, 6))
def test_no_block_is_in_two_splits_and_shares_stay_near(seed: int, kinds: int) -> None:
    rng = np.random.default_rng(seed)
    parcels = make_parcels(
        [
            shapely.box(x, y, x + 20, y + 20)
            for x, y in rng.uniform((500000, 4800000), (500980, 4800980), (300, 2))
        ],
        rng.integers(0, kinds, 300),
        UTM,
    )
    splits = assign_splits(parcels, GRID, 100, seed=seed)
    centres = shapely.get_coordinates(shapely.centroid(parcels.geometry))
    blocks = np.floor(centres / 100).astype(int)
    for block in np.unique(blocks, axis=0):
        assert len(np.unique(splits.parcels[(blocks == block).all(axis=1)])) == 1
    shares = np.bincount(splits.parcels, minlength=5) / 300
    np.testing.assert_allclose(shares, [0, 0.6, 0.1, 0.1, 0.2], atol=0.06)
    for code in np.unique(parcels.classes):
        assert set(splits.parcels[parcels.classes == code]) == {TRAIN, VALIDATION, CALIBRATION, TEST}


def test_the_same_seed_gives_the_same_splits_and_another_seed_others() -> None:
    parcels = one_parcel_a_block(np.random.default_rng(0).integers(1, 5, (10, 10)))
    first, again, other = (assign_splits(parcels, GRID, 100, seed=seed) for seed in (3, 3, 4))
    assert first.parcels.tolist() == again.parcels.tolist()
    assert (first.parcels != other.parcels).any()
    np.testing.assert_array_equal(first.plane(GRID), again.plane(GRID))


def test_blocks_stay_where_they_are_when_the_grid_moves() -> None:
    splits = assign_splits(one_parcel_a_block(np.ones((10, 10), dtype=int)), GRID, 100)
    moved = Grid(UTM, Affine(10, 0, 500230, 0, -10, 4800770), 20, 30)
    np.testing.assert_array_equal(splits.plane(moved), splits.plane(GRID)[23:53, 23:43])
    np.testing.assert_array_equal(splits.plane(GRID.refine(2))[::2, ::2], splits.plane(GRID))


def test_the_plane_shows_blocks_and_parcels_that_reach_beyond_theirs() -> None:
    parcels = one_parcel_a_block(np.ones((10, 10), dtype=int))
    splits = assign_splits(parcels, GRID, 100)
    plane = splits.plane(GRID)
    # blocks' rows run upwards, raster rows downwards
    np.testing.assert_array_equal(plane[5::10, 5::10][::-1].ravel(), splits.parcels)
    np.testing.assert_array_equal(plane, np.kron(plane[::10, ::10], np.ones((10, 10), dtype=np.uint8)))
    raster = np.zeros(GRID.shape, dtype=np.int32)
    raster[0, :] = 1
    assert (splits.plane(GRID, raster)[0] == splits.parcels[0]).all()
    with pytest.raises(GridError, match=r"\(3, 3\)"):
        splits.plane(GRID, np.zeros((3, 3), dtype=np.int32))


def test_a_rotated_grid_has_the_split_of_each_cells_centre() -> None:
    splits = assign_splits(one_parcel_a_block(np.ones((10, 10), dtype=int)), GRID, 100)
    rotated = Grid(
        UTM, Affine.translation(500500, 4800500) * Affine.rotation(90) * Affine.scale(10, -10), 20, 10
    )
    plane, straight = splits.plane(rotated), splits.plane(GRID)
    x, y = rotated.transform * (7.5, 3.5)
    col, row = (int(value) for value in ~GRID.transform * (x, y))
    assert plane[3, 7] == straight[row, col]


def test_ground_without_parcels_is_drawn_by_the_shares() -> None:
    splits = assign_splits(one_parcel_a_block(np.ones((10, 10), dtype=int)), GRID, 100)
    wide = Grid(UTM, Affine(100, 0, 400000, 0, -100, 4700000), 100, 100)
    shares = np.bincount(splits.plane(wide).ravel(), minlength=5) / 10_000
    np.testing.assert_allclose(shares, [0, 0.6, 0.1, 0.1, 0.2], atol=0.02)


def test_a_share_of_zero_leaves_a_split_empty() -> None:
    parcels = one_parcel_a_block(np.ones((10, 10), dtype=int))
    splits = assign_splits(parcels, GRID, 100, {"train": 0.5, "test": 0.5})
    assert np.bincount(splits.parcels, minlength=5).tolist() == [0, 50, 0, 0, 50]
    wide = Grid(UTM, Affine(100, 0, 400000, 0, -100, 4700000), 30, 30)
    assert set(np.unique(splits.plane(wide))) == {TRAIN, TEST}


def test_unknown_crops_follow_their_block_and_have_no_say() -> None:
    classes = np.ones((10, 10), dtype=int)
    classes[0, 0] = 255
    splits = assign_splits(one_parcel_a_block(classes), GRID, 100, seed=1)
    assert splits.parcels[0] in (TRAIN, VALIDATION, CALIBRATION, TEST)
    assert 0.57 < np.mean(splits.parcels[1:] == TRAIN) < 0.63


def test_a_buffer_drops_training_parcels_and_ground_next_to_other_splits() -> None:
    parcels = one_parcel_a_block(np.ones((10, 10), dtype=int), size=90)  # 10 m between neighbours
    shares = {"train": 0.9, "test": 0.1}
    plain = assign_splits(parcels, GRID, 100, shares)
    buffered = assign_splits(parcels, GRID, 100, shares, buffer_m=20)
    dropped = buffered.parcels == NONE
    assert dropped.any()
    assert (plain.parcels[dropped] == TRAIN).all()
    assert (plain.parcels[~dropped] == buffered.parcels[~dropped]).all()
    others = shapely.union_all(parcels.geometry[buffered.parcels > TRAIN])
    assert shapely.distance(parcels.geometry[buffered.parcels == TRAIN], others).min() > 20
    plane = buffered.plane(GRID)
    assert (plane == NONE).any()
    assert (plane[plain.plane(GRID) > TRAIN] > TRAIN).all()


def test_a_whole_source_has_one_role() -> None:
    splits = whole_split(one_parcel_a_block(np.ones((2, 2), dtype=int)), "test")
    assert splits.parcels.tolist() == [TEST] * 4
    assert (splits.plane(GRID) == TEST).all()
    with pytest.raises(InputError, match=r"no split 'tset' \(nearest: 'test'\)"):
        whole_split(one_parcel_a_block(np.ones((2, 2), dtype=int)), "tset")  # type: ignore[arg-type]


def test_what_cannot_be_split_is_told() -> None:
    parcels = one_parcel_a_block(np.ones((10, 10), dtype=int))
    with pytest.raises(InputError, match=r"lie in 1 blocks of 100000 m, 4 splits need 4"):
        assign_splits(parcels, GRID, 100_000)
    with pytest.raises(InputError, match=r"no split 'training' \(nearest: 'train'\)"):
        assign_splits(parcels, GRID, 100, {"training": 1.0})
    with pytest.raises(InputError, match=r"must sum to 1 .*train 0.5"):
        assign_splits(parcels, GRID, 100, {"train": 0.5, "test": 0.2})
    with pytest.raises(InputError, match="larger than 0 m"):
        assign_splits(parcels, GRID, 0)


def test_units_are_metres_on_the_ground() -> None:
    assert metres_per_unit(UTM) == 1
    assert metres_per_unit("EPSG:2229") == pytest.approx(0.3048, rel=1e-4)
    assert metres_per_unit("EPSG:4326") == pytest.approx(111_320)
    with pytest.raises(GridError, match="no coordinate system"):
        metres_per_unit("nonsense")
