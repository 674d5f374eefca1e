"""Spatial blocks: no parcel in two splits, every class where it can be, the same from the same seed."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from backend.errors import GridError, InputError
from backend.grid import Grid
from training.block_runs import as_runs, in_runs
from training.parcels import Parcels, make_parcels
from training.splits import (
    CALIBRATION,
    NONE,
    SPLITS,
    TEST,
    TRAIN,
    VALIDATION,
    Splits,
    assign_region,
    assign_splits,
    shared_fields,
    whole_split,
    without_test,
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
    # 300 places of a lattice of 25 m: parcels reach over the blocks' edges, but not over each other
    places = rng.choice(40 * 40, 300, replace=False)
    corners = np.column_stack((500000 + places // 40 * 25 + 2, 4800000 + places % 40 * 25 + 2))
    corners = corners + rng.uniform((0, 0), (90, 90))
    parcels = make_parcels([shapely.box(x, y, x + 20, y + 20) for x, y in corners], rng.integers(0, kinds, 300), UTM)
    splits = assign_splits(parcels, GRID, 100, seed=seed)
    centres = shapely.get_coordinates(shapely.centroid(parcels.geometry))
    blocks = np.floor(centres / 100).astype(int)
    for block in np.unique(blocks, axis=0):
        assert len(np.unique(splits.parcels[(blocks == block).all(axis=1)])) == 1
    shares = np.bincount(splits.parcels, minlength=5) / 300
    np.testing.assert_allclose(shares, [0, 0.6, 0.1, 0.1, 0.2], atol=0.07)
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
    rotated = Grid(UTM, Affine.translation(500500, 4800500) * Affine.rotation(90) * Affine.scale(10, -10), 20, 10)
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


def test_blocks_are_named_by_split_and_fold() -> None:
    splits = assign_splits(one_parcel_a_block(np.ones((10, 10), dtype=int)), GRID, 100, folds=5)
    named = splits.blocks()
    assert named is not None
    assert named["size"] == 100
    found = {name: in_runs(runs) for name, runs in named["splits"].items()}
    places = [(48000 + row, 5000 + col) for row, col in np.ndindex(10, 10)]
    for name, code in SPLITS.items():
        assert found[name] == {place for place, own in zip(places, splits.parcels, strict=True) if own == code}
    assert sorted(named["folds"]) == ["1", "2", "3", "4", "5"]
    for fold, runs in named["folds"].items():
        assert in_runs(runs) == {place for place, own in zip(places, splits.folds, strict=True) if own == int(fold)}
    assert whole_split(one_parcel_a_block(np.ones((2, 2), dtype=int)), "train").blocks() is None


def test_neighbouring_blocks_are_one_run() -> None:
    blocks = [(3, 5), (3, 4), (-2, -1), (3, 7), (-2, 0), (3, 4)]
    assert as_runs(blocks) == [[-2, -1, 0], [3, 4, 5], [3, 7, 7]]
    assert in_runs(as_runs(blocks)) == set(blocks)
    assert as_runs([]) == []


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


def field_pairs(shift: float) -> tuple[Parcels, Parcels]:
    """The same 100 fields in two years, drawn anew with a shift that carries their middle over a block's edge."""
    corners = np.array([(500000 + 100 * col + 62, 4800000 + 100 * row + 20) for row, col in np.ndindex(10, 10)])
    years = [
        make_parcels([shapely.box(x + by, y, x + by + 70, y + 60) for x, y in corners], classes, UTM)
        for by, classes in ((0.0, np.arange(100) % 3 + 1), (shift, np.arange(100) % 5 + 1))
    ]
    return years[0], years[1]


def test_a_field_is_in_the_same_split_and_fold_in_every_year() -> None:
    first, second = field_pairs(shift=6)
    apart = [assign_splits(year, GRID, 100, folds=4) for year in (first, second)]
    assert (apart[0].folds != apart[1].folds).any()
    splits = assign_region((first, second), 100, folds=4)
    assert splits[0].folds.tolist() == splits[1].folds.tolist()
    assert splits[0].parcels.tolist() == splits[1].parcels.tolist()
    for grid in (GRID, GRID.refine(2)):
        np.testing.assert_array_equal(splits[0].plane(grid), splits[1].plane(grid))
        np.testing.assert_array_equal(splits[0].fold_planes(grid), splits[1].fold_planes(grid))


def test_the_classes_of_all_years_have_their_shares() -> None:
    first, second = field_pairs(shift=0)
    for year, splits in zip((first, second), assign_region((first, second), 100), strict=True):
        for code in np.unique(year.classes):
            assert set(splits.parcels[year.classes == code]) == {TRAIN, VALIDATION, CALIBRATION, TEST}


def test_the_buffer_holds_between_the_years() -> None:
    first = one_parcel_a_block(np.ones((10, 10), dtype=int), size=60)
    # the next year has fields between those of the first
    lanes = [shapely.box(500000 + 100 * col - 15, 4800040, 500000 + 100 * col + 15, 4800900) for col in range(1, 10)]
    second = make_parcels(lanes, [2] * 9, UTM)
    for splits in (assign_region((first, second), 100, buffer_m=8), assign_region((second, first), 100, buffer_m=8)):
        codes = np.concatenate([own.parcels for own in splits])
        shapes = np.concatenate(
            [first.geometry, second.geometry] if len(splits[0].parcels) == 100 else [second.geometry, first.geometry]
        )
        assert (codes == TRAIN).any()
        others = shapely.union_all(shapes[codes > TRAIN])
        assert shapely.distance(shapes[codes == TRAIN], others).min() > 8
    # ground of a training block under another year's tested field is not trained on, not even without a buffer
    plain = assign_region((first, second), 100)
    tested = shapely.union_all(second.geometry[plain[1].parcels > TRAIN])
    assert not tested.is_empty
    plane = plain[0].plane(GRID)
    rows, cols = np.nonzero(plane == TRAIN)
    points = shapely.points(*(GRID.transform * (cols + 0.5, rows + 0.5)))
    assert not shapely.intersects(points, shapely.buffer(tested, -1)).any()


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000))
def test_no_ground_that_is_declared_twice_is_in_two_splits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    years = []
    for _ in range(3):
        corners = rng.uniform((500000, 4800000), (500960, 4800960), (120, 2))
        sides = rng.uniform(10, 60, (120, 2))
        years.append(make_parcels(shapely.box(*corners.T, *(corners + sides).T), rng.integers(1, 4, 120), UTM))
    codes = np.concatenate([own.parcels for own in assign_region(years, 100, seed=seed)])
    shapes = np.concatenate([year.geometry for year in years])
    first, second = np.triu_indices(len(shapes), 1)
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    same = shared > 0.5 * np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
    assert (codes[first[same]] == codes[second[same]]).all()


def test_a_region_held_out_takes_the_fields_that_both_have() -> None:
    here = one_parcel_a_block(np.ones((10, 10), dtype=int), size=60)
    there = make_parcels(here.geometry[[0, 1, 55]], [1, 1, 1], UTM)
    plain = assign_region((here,), 100)[0]
    splits = assign_region((here,), 100, apart_from=(there,))[0]
    assert (splits.parcels[[0, 1, 55]] == NONE).all()
    others = np.setdiff1d(np.arange(100), [0, 1, 55])
    assert (splits.parcels[others] == plain.parcels[others]).all()
    # training ground inside of them is dropped, though no parcel of this region is there
    plane = splits.plane(GRID)
    rows, cols = np.nonzero(plane == TRAIN)
    points = shapely.points(*(GRID.transform * (cols + 0.5, rows + 0.5)))
    assert not shapely.intersects(points, shapely.union_all(shapely.buffer(there.geometry, -1))).any()


def test_a_region_held_out_keeps_the_buffer_too() -> None:
    here = one_parcel_a_block(np.ones((10, 10), dtype=int), size=60)
    # reaches to 10 m from the neighbours, which are 20 m from the edges of their blocks
    there = make_parcels(shapely.buffer(here.geometry[[33, 66]], 30, join_style="mitre"), [1, 1], UTM)
    shares = {"train": 0.9, "test": 0.1}
    plain = assign_region((here,), 100, shares)[0].parcels
    splits = assign_region((here,), 100, shares, buffer_m=15, apart_from=(there,))[0]
    tested = shapely.union_all(there.geometry)
    assert shapely.distance(here.geometry[splits.parcels == TRAIN], tested).min() > 15
    is_near = shapely.distance(here.geometry, tested) <= 15
    is_same = np.isin(np.arange(100), [33, 66])
    np.testing.assert_array_equal(splits.parcels == NONE, is_same | (is_near & (plain == TRAIN)))
    rows, cols = np.nonzero(splits.plane(GRID) == TRAIN)
    points = shapely.points(*(GRID.transform * (cols + 0.5, rows + 0.5)))
    assert shapely.distance(points, tested).min() > 15


def test_a_region_held_out_in_another_zone_is_carried_over() -> None:
    here = one_parcel_a_block(np.ones((10, 10), dtype=int), size=60)
    to_degrees = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    moved = shapely.transform(here.geometry[[7, 70]], to_degrees.transform, interleaved=False)
    far = shapely.box(-170, -80, -169, -79)
    there = make_parcels([*moved, far], [1, 1, 1], "EPSG:4326")
    splits = assign_region((here,), 100, apart_from=(there,))[0]
    assert np.flatnonzero(splits.parcels == NONE).tolist() == [7, 70]


def test_fields_that_two_sources_share_are_counted() -> None:
    here = one_parcel_a_block(np.ones((10, 10), dtype=int), size=60)
    to_degrees = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    moved = shapely.transform(here.geometry[[7, 70]], to_degrees.transform, interleaved=False)
    there = make_parcels([*moved, shapely.box(-170, -80, -169, -79)], [1, 1, 1], "EPSG:4326")
    assert shared_fields(here, there) == 2
    assert shared_fields(here, here) == 100
    # neighbours that touch share nothing
    lanes = make_parcels(shapely.box([500080, 500580], 4800000, [500120, 500620], 4801000), [1, 1], UTM)
    assert shared_fields(here, lanes) == 0
    none = make_parcels(np.zeros(0, dtype=np.object_), np.zeros(0, dtype=np.uint8), UTM)
    assert shared_fields(here, none) == shared_fields(none, here) == 0


def test_sources_without_parcels_have_no_splits_of_parcels() -> None:
    here = one_parcel_a_block(np.ones((10, 10), dtype=int))
    none = make_parcels(np.zeros(0, dtype=np.object_), np.zeros(0, dtype=np.uint8), UTM)
    with_none, alone = assign_region((none, here), 100)[1], assign_region((here,), 100)[0]
    assert with_none.parcels.tolist() == alone.parcels.tolist()
    assert assign_region((none, here), 100, buffer_m=20, folds=3)[0].parcels.tolist() == []
    assert assign_region((), 100) == []
    with pytest.raises(InputError, match=r"known crop lie in 0 blocks of 100 m, 4 splits need 4"):
        assign_region((none,), 100)


def test_shares_without_the_test() -> None:
    assert without_test({"train": 0.6, "validation": 0.1, "calibration": 0.1, "test": 0.2}) == pytest.approx(
        {"train": 0.75, "validation": 0.125, "calibration": 0.125}
    )
    with pytest.raises(InputError, match=r"train, validation and calibration are all 0"):
        without_test({"test": 1.0})
    with pytest.raises(InputError, match=r"must sum to 1"):
        without_test({"train": 0.5})


def test_a_buffer_in_degrees_holds_from_west_to_east_too() -> None:
    to_degrees = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    metres = one_parcel_a_block(np.ones((10, 10), dtype=int), size=90)
    shapes = shapely.transform(metres.geometry, to_degrees.transform, interleaved=False)
    parcels = make_parcels(shapes, metres.classes, "EPSG:4326")
    codes = assign_region((parcels,), 150, {"train": 0.9, "test": 0.1}, buffer_m=20)[0].parcels
    assert (codes == TRAIN).any()
    others = shapely.union_all(metres.geometry[codes > TRAIN])
    assert shapely.distance(metres.geometry[codes == TRAIN], others).min() > 20 * 0.99


def test_regions_that_cannot_be_are_told() -> None:
    here = one_parcel_a_block(np.ones((10, 10), dtype=int))
    there = make_parcels(here.geometry, here.classes, "EPSG:32632")
    with pytest.raises(GridError, match=r"one region must be in one coordinate system, not in EPSG:32631, EPSG:32632"):
        assign_region((here, there), 100)
    with pytest.raises(GridError, match=r"parcels are in EPSG:32632 but the grid is in EPSG:32631"):
        assign_splits(there, GRID, 100)
    same = make_parcels(here.geometry, here.classes, CRS.from_epsg(32631).to_wkt())
    assert len(assign_region((here, same), 100)) == 2
    for sizes in ((float("nan"), 0.0), (100.0, float("nan")), (100.0, -1.0), (float("inf"), 0.0)):
        with pytest.raises(InputError, match=r"larger than 0 m and buffers not below"):
            assign_region((here,), sizes[0], buffer_m=sizes[1])


def test_a_raster_of_other_parcels_is_told() -> None:
    splits = assign_splits(one_parcel_a_block(np.ones((10, 10), dtype=int)), GRID, 100)
    with pytest.raises(GridError, match=r"has parcel 101, but there are 100 parcels"):
        splits.plane(GRID, np.full(GRID.shape, 101, dtype=np.int32))
    with pytest.raises(InputError, match=r"differ in number: \[1, 2\]"):
        Splits(np.zeros(1, np.uint8), np.zeros(2, np.uint8), np.zeros(2, np.int32), TRAIN, None, 0.0)
