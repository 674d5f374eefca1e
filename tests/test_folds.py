"""Folds of blocks: each parcel in one, each class in each split whichever is held out, and nothing trained near it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import InputError
from backend.grid import Grid, Window
from training.folds import fold_roles
from training.labels import LabelMaker
from training.parcels import Parcels, make_parcels
from training.splits import (
    CALIBRATION,
    MAX_FOLDS,
    NONE,
    TEST,
    TRAIN,
    VALIDATION,
    Splits,
    assign_splits,
    whole_split,
)

UTM = "EPSG:32631"
GRID = Grid(UTM, Affine(10, 0, 500000, 0, -10, 4801000), 100, 100)
"""1000 m x 1000 m: 10 x 10 blocks of 100 m."""


def fields(seed: int, kinds: int = 3, places: int = 300) -> Parcels:
    """Fields of 22 m x 28 m on some places of a lattice of 25 m x 31 m that does not fit the blocks."""
    rng = np.random.default_rng(seed)
    cells = rng.choice(40 * 32, places, replace=False)
    corners = np.column_stack((500000 + cells // 32 * 25 + 1.3, 4800000 + cells % 32 * 31 + 1.7))
    shapes = [shapely.box(x, y, x + 22, y + 28) for x, y in corners]
    return make_parcels(shapes, rng.integers(1, kinds + 1, places), UTM)


def squares_of_fold(splits: Splits, fold: int) -> shapely.Geometry:
    """The ground of a fold on the grid and 200 m beyond."""
    rows, cols = (ground.ravel() for ground in np.meshgrid(np.arange(47998, 48013), np.arange(4998, 5013)))
    assert splits.fold_blocks is not None
    mine = splits.fold_blocks.codes_at(rows, cols) == fold
    rows, cols = rows[mine] * 100, cols[mine] * 100
    return shapely.union_all(shapely.box(cols, rows, cols + 100, rows + 100))


def test_roles_when_a_fold_is_held_out_element_by_element() -> None:
    split = np.array([[TRAIN, TRAIN, VALIDATION, CALIBRATION, NONE, TRAIN, TEST]], dtype=np.int32)
    fold = np.array([[1, 2, 2, 3, 1, 3, 0]], dtype=np.int32)
    near = np.array([[0b000, 0b001, 0b001, 0b101, 0b000, 0b010, 0b000]], dtype=np.int32)
    assert fold_roles(split, fold, near, 1).tolist() == [[TEST, NONE, VALIDATION, CALIBRATION, TEST, TRAIN, TEST]]
    assert fold_roles(split, fold, near, 2).tolist() == [[TRAIN, TEST, TEST, CALIBRATION, NONE, NONE, TEST]]
    assert fold_roles(split, fold, near, 31).tolist() == split.tolist()
    assert fold_roles(split.astype(np.uint8), fold, near, 3).dtype == np.uint8
    assert split[0, 0] == TRAIN


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), held_out=st.integers(1, 31))
def test_roles_of_a_plane_are_those_of_its_elements(seed: int, held_out: int) -> None:
    rng = np.random.default_rng(seed)
    split, fold = rng.integers(0, 5, 60), rng.integers(0, 32, 60)
    near = rng.integers(0, 2**31, 60, dtype=np.int32)
    out = fold_roles(split, fold, near, held_out)
    for was, of_fold, bits, now in zip(split, fold, near.tolist(), out, strict=True):
        is_near = f"{bits:031b}"[::-1][held_out - 1] == "1"
        assert now == (TEST if of_fold == held_out else NONE if was == TRAIN and is_near else was)
    np.testing.assert_array_equal(
        fold_roles(split.reshape(6, 10), fold.reshape(6, 10), near.reshape(6, 10), held_out).ravel(), out
    )


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), folds=st.integers(2, 8))
def test_each_parcel_is_in_one_fold_with_its_block_and_folds_are_alike(seed: int, folds: int) -> None:
    parcels = fields(seed)
    splits = assign_splits(parcels, GRID, 100, seed=seed, folds=folds)
    assert set(splits.folds.tolist()) == set(range(1, folds + 1))
    assert set(splits.parcels.tolist()) == {TRAIN, VALIDATION, CALIBRATION}
    blocks = np.floor(shapely.get_coordinates(shapely.centroid(parcels.geometry)) / 100).astype(int)
    for block in np.unique(blocks, axis=0):
        assert len(np.unique(splits.folds[(blocks == block).all(axis=1)])) == 1
    for code in (1, 2, 3):
        shares = np.bincount(splits.folds[parcels.classes == code], minlength=folds + 1)[1:]
        np.testing.assert_allclose(shares / shares.sum(), 1 / folds, atol=0.07)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), folds=st.integers(2, 6))
def test_whichever_fold_is_held_out_no_parcel_is_in_two_splits_and_each_class_in_each(seed: int, folds: int) -> None:
    parcels = fields(seed)
    splits = assign_splits(parcels, GRID, 100, seed=seed, folds=folds)
    tested = np.zeros(len(parcels), dtype=int)
    for held_out in range(1, folds + 1):
        roles = fold_roles(splits.parcels, splits.folds, splits.near, held_out)
        tested += roles == TEST
        shares = np.bincount(roles[roles != TEST], minlength=5) / np.count_nonzero(roles != TEST)
        # 0.6, 0.1 and 0.1 without the 0.2 of the test
        np.testing.assert_allclose(shares, [0, 0.75, 0.125, 0.125, 0], atol=0.08)
        for code in (1, 2, 3):
            assert set(roles[parcels.classes == code]) == {TRAIN, VALIDATION, CALIBRATION, TEST}
    # over all folds each parcel is the test once
    assert (tested == 1).all()


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000), buffer=st.sampled_from([7.0, 30.0]))
def test_nothing_is_trained_within_the_buffer_of_the_fold_held_out(seed: int, buffer: float) -> None:
    parcels = fields(seed)
    splits = assign_splits(parcels, GRID, 100, seed=seed, folds=4, buffer_m=buffer)
    labels = LabelMaker(parcels, GRID, "background").window(GRID.window)
    split = splits.plane(GRID, labels.parcels)
    fold, near = splits.fold_planes(GRID, labels.parcels)
    cols, rows = np.meshgrid(np.arange(100) + 0.5, np.arange(100) + 0.5)
    points = shapely.points(*(GRID.transform * (cols, rows)))
    for held_out in (1, 3):
        ground = squares_of_fold(splits, held_out)
        fold_parcels = shapely.union_all(parcels.geometry[splits.folds == held_out])
        roles = fold_roles(splits.parcels, splits.folds, splits.near, held_out)
        trained = parcels.geometry[roles == TRAIN]
        assert len(trained)
        assert shapely.distance(trained, fold_parcels).min() > buffer
        assert shapely.distance(trained, ground).min() > buffer

        plane = fold_roles(split, fold, near, held_out)
        # a cell of a parcel may stand out of it by half of its diagonal
        edge = np.where(labels.parcels > 0, buffer - np.hypot(5, 5), buffer)[plane == TRAIN]
        assert (shapely.distance(points[plane == TRAIN], ground) > edge).all()
        assert (shapely.distance(points[plane == TRAIN], fold_parcels) > edge).all()
        # the plane says of a parcel's cells what the list says of the parcel
        inside = labels.parcels > 0
        np.testing.assert_array_equal(plane[inside], roles[labels.parcels[inside] - 1])


def test_near_parcels_are_dropped_and_far_ones_are_not() -> None:
    """Exactly those, so that a buffer costs no more than it must."""
    parcels = fields(5)
    splits = assign_splits(parcels, GRID, 100, seed=5, folds=3, buffer_m=15)
    for held_out in (1, 2, 3):
        ground = shapely.union_all([squares_of_fold(splits, held_out), *parcels.geometry[splits.folds == held_out]])
        is_near = (shapely.distance(parcels.geometry, ground) <= 15) & (splits.folds != held_out)
        np.testing.assert_array_equal((splits.near >> (held_out - 1)) & 1, is_near)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 20),
    buffer=st.sampled_from([0.0, 13.0, 40.0]),
    scale=st.sampled_from([1, 4]),
    window=st.tuples(st.integers(-10, 90), st.integers(-10, 90), st.integers(1, 20), st.integers(1, 20)),
)
def test_planes_of_any_window_are_the_crop_of_those_of_the_whole(
    seed: int, buffer: float, scale: int, window: tuple[int, int, int, int]
) -> None:
    parcels = fields(seed, places=200)
    splits = assign_splits(parcels, GRID, 100, seed=seed, folds=3, buffer_m=buffer)
    wide, part = GRID.crop(Window(-10, -10, 120, 120)), Window(*window)
    raster = LabelMaker(parcels, wide, "background").window(wide.window, scale).parcels
    crop = part.refine(scale).slices(Window(-10, -10, 120, 120).refine(scale))
    small = GRID.crop(part).refine(scale)
    np.testing.assert_array_equal(splits.plane(small, raster[crop]), splits.plane(wide.refine(scale), raster)[crop])
    for cut, whole in zip(
        splits.fold_planes(small, raster[crop]), splits.fold_planes(wide.refine(scale), raster), strict=True
    ):
        np.testing.assert_array_equal(cut, whole[crop])
    # without parcels too
    for cut, whole in zip(splits.fold_planes(small), splits.fold_planes(wide.refine(scale)), strict=True):
        np.testing.assert_array_equal(cut, whole[crop])


def test_planes_have_the_types_that_the_store_takes() -> None:
    splits = assign_splits(fields(0), GRID, 100, folds=MAX_FOLDS, buffer_m=50)
    fold, near = splits.fold_planes(GRID)
    assert (fold.dtype, near.dtype) == (np.uint8, np.int32)
    assert (splits.folds.dtype, splits.near.dtype) == (np.uint8, np.int32)
    assert near.min() >= 0
    assert splits.near.min() >= 0
    # no fold is near itself
    assert not ((near >> (fold.astype(np.int32) - 1)) & 1).any()
    assert set(np.unique(fold)) <= set(range(1, MAX_FOLDS + 1))
    assert (near >> (MAX_FOLDS - 1)).any()


def test_without_folds_all_is_0() -> None:
    parcels = fields(0)
    for splits in (assign_splits(parcels, GRID, 100, buffer_m=30), whole_split(parcels, "train")):
        fold, near = splits.fold_planes(GRID)
        assert not fold.any()
        assert not near.any()
        assert not splits.folds.any()
        assert not splits.near.any()


def test_a_source_that_is_wholly_trained_on_stays_so_whichever_fold_is_held_out() -> None:
    splits = whole_split(fields(0), "train")
    assert (fold_roles(splits.parcels, splits.folds, splits.near, 2) == TRAIN).all()
    assert (fold_roles(splits.plane(GRID), *splits.fold_planes(GRID), 2) == TRAIN).all()


def test_folds_depend_on_the_seed_and_not_on_the_splits_of_ground_without_parcels() -> None:
    parcels = fields(1)
    first, again, other = (assign_splits(parcels, GRID, 100, seed=seed, folds=4) for seed in (3, 3, 4))
    assert first.folds.tolist() == again.folds.tolist()
    assert (first.folds != other.folds).any()
    wide = Grid(UTM, Affine(100, 0, 400000, 0, -100, 4700000), 60, 60)
    fold, split = first.fold_planes(wide)[0], first.plane(wide)
    for number in (1, 2, 3, 4):
        shares = np.bincount(split[fold == number], minlength=5) / np.count_nonzero(fold == number)
        np.testing.assert_allclose(shares, [0, 0.75, 0.125, 0.125, 0], atol=0.06)
    np.testing.assert_allclose(np.bincount(fold.ravel())[1:] / fold.size, 0.25, atol=0.03)


@pytest.mark.parametrize("folds", [-1, 1, 32, 1000])
def test_numbers_of_folds_that_cannot_be_are_told(folds: int) -> None:
    with pytest.raises(InputError, match=rf"2 to 31 folds \(0 for none\), not {folds}"):
        assign_splits(fields(0), GRID, 100, folds=folds)


def test_folds_that_leave_nothing_are_told() -> None:
    parcels = fields(0)
    with pytest.raises(InputError, match=r"lie in 4 blocks of 500 m, 5 folds and 3 splits need 5"):
        assign_splits(parcels, GRID, 500, folds=5)
    with pytest.raises(InputError, match=r"lie in 1 blocks of 100000 m, 2 folds and 3 splits need 4"):
        assign_splits(parcels, GRID, 100_000, folds=2)
    with pytest.raises(
        InputError, match=r"With fold \d held out no block of 500 m is left for (validation|calibration)"
    ):
        assign_splits(parcels, GRID, 500, folds=2)
    with pytest.raises(InputError, match=r"train, validation and calibration are all 0, but the test is"):
        assign_splits(parcels, GRID, 100, {"test": 1.0}, folds=2)


def test_roles_that_cannot_be_are_told() -> None:
    codes = np.ones(3, dtype=np.uint8)
    for held_out in (0, 32):
        with pytest.raises(InputError, match=f"held out must be 1 to 31, not {held_out}"):
            fold_roles(codes, codes, codes, held_out)
    with pytest.raises(InputError, match=r"differ in shape: \(3,\), \(2,\), \(3,\)"):
        fold_roles(codes, codes[:2], codes, 1)
