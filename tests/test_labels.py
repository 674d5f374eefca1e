"""Label planes of windows by exactly covered area: scenes small enough to check by hand."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import affinity

from backend.errors import GridError, InputError
from backend.grid import Grid, Window
from training import labels
from training.labels import PART_ASSIGNED, LabelMaker, Labels, Outside, Rule
from training.parcels import Parcels, make_parcels
from training.shared_ground import SharedGround

UTM = "EPSG:32631"
GRID = Grid(UTM, Affine(10, 0, 500000, 0, -10, 4800040), 4, 4)
"""4 x 4 cells of 10 m; cell (0, 0) is the north-western one."""


def cells(left: float, top: float, right: float, bottom: float) -> shapely.Polygon:
    """A rectangle in cells of GRID: columns to the right, rows downwards."""
    return shapely.box(500000 + 10 * left, 4800040 - 10 * bottom, 500000 + 10 * right, 4800040 - 10 * top)


def labels_of(
    parcels: Parcels, outside: Outside, rule: Rule = "largest", *, grid: Grid = GRID, magnification: int = 1
) -> Labels:
    """The planes of a whole grid."""
    return LabelMaker(parcels, grid, outside, rule).window(grid.window, magnification)


def assert_same(one: Labels, other: Labels) -> None:
    for plane in ("classes", "parcels", "coverage", "flags"):
        np.testing.assert_array_equal(getattr(one, plane), getattr(other, plane), err_msg=plane)


def parcels_of(*shapes: tuple[shapely.Geometry, int]) -> Parcels:
    return make_parcels([shape for shape, _ in shapes], [code for _, code in shapes], UTM)


def test_each_cell_takes_the_class_of_the_largest_share() -> None:
    # wheat (1) over 2.25 columns, maize (5) over the rest of the two upper rows; nothing below
    out = labels_of(parcels_of((cells(0, 0, 2.25, 2), 1), (cells(2.25, 0, 4, 2), 5)), "background")
    assert out.classes.tolist() == [[1, 1, 5, 5], [1, 1, 5, 5], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert out.parcels.tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert out.coverage.tolist() == [[255, 255, 191, 255]] * 2 + [[255] * 4] * 2  # 0.75 * 255 = 191.25
    assert out.flags.tolist() == [[0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert [plane.dtype for plane in (out.classes, out.parcels, out.coverage, out.flags)] == [
        np.uint8,
        np.int32,
        np.uint8,
        np.uint8,
    ]


def test_what_no_parcel_covers_competes_as_background_or_as_unknown() -> None:
    # the parcel reaches 0.4 cells into column 1 and 0.6 cells into row 1
    parcels = parcels_of((cells(0, 0, 1.4, 1.6), 3))
    complete = labels_of(parcels, "background")
    sample = labels_of(parcels, "ignore")
    assert complete.classes.tolist() == [[3, 0, 0, 0], [3, 0, 0, 0], [0] * 4, [0] * 4]
    assert sample.classes.tolist() == [[3, 255, 255, 255], [3, 255, 255, 255], [255] * 4, [255] * 4]
    assert complete.parcels.tolist() == sample.parcels.tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0] * 4, [0] * 4]
    # 0.6 | 1 - 0.4 = 0.6 | 0.6 | 1 - 0.6 * 0.4 = 0.76
    assert complete.coverage[:2, :2].tolist() == [[255, 153], [153, 194]]
    assert not complete.flags.any()


def test_parcels_of_one_class_add_up_and_the_largest_gives_its_id() -> None:
    # cell (0, 0): maize 0.4, two barley parcels of 0.25 and 0.35
    parcels = parcels_of((cells(0, 0, 0.4, 1), 5), (cells(0.4, 0, 0.65, 1), 3), (cells(0.65, 0, 1, 1), 3))
    out = labels_of(parcels, "background")
    assert (out.classes[0, 0], out.parcels[0, 0], out.coverage[0, 0], out.flags[0, 0]) == (3, 3, 153, 1)


def test_neighbours_of_one_class_raise_no_flag() -> None:
    out = labels_of(parcels_of((cells(0, 0, 1.5, 4), 3), (cells(1.5, 0, 4, 4), 3)), "background")
    assert (out.classes == 3).all()
    assert (out.coverage == 255).all()
    assert not out.flags.any()
    assert out.parcels[0].tolist() == [1, 1, 2, 2]  # half each in column 1: the lower id


def test_overlapping_parcels_of_one_class_count_their_common_ground_once() -> None:
    # both cover the left 0.4 of cell (0, 0): barley has 0.4, not 0.8, and background wins
    shape = cells(0, 0, 0.4, 1)
    out = labels_of(parcels_of((shape, 3), (shape, 3)), "background")
    assert (out.classes[0, 0], out.parcels[0, 0], out.coverage[0, 0]) == (0, 0, 153)


def test_overlapping_parcels_of_two_classes_leave_the_right_rest() -> None:
    # wheat covers the left 0.4, maize the left 0.3: the rest is 0.6, not 0.3
    out = labels_of(parcels_of((cells(0, 0, 0.4, 1), 1), (cells(0, 0, 0.3, 1), 5)), "background")
    assert (out.classes[0, 0], out.coverage[0, 0], out.flags[0, 0]) == (0, 153, 1)


def test_a_cell_that_lies_fully_in_parcels_of_two_classes_is_fully_assigned() -> None:
    out = labels_of(parcels_of((cells(0, 0, 3, 1), 5), (cells(1, 0, 2.5, 1), 1)), "ignore")
    assert out.flags[0].tolist() == [0, 2, 1, 0]
    assert out.classes[0].tolist() == [5, 1, 5, 255]  # at equal shares the lower code
    assert out.parcels[0].tolist() == [1, 2, 1, 0]


def test_a_sliver_of_another_class_below_a_thousandth_raises_no_flag() -> None:
    # two classes share column 1; the sliver of the second in column 0 is 0.0005 of a cell wide
    out = labels_of(parcels_of((cells(0, 0, 0.9995, 1), 1), (cells(0.9995, 0, 2, 1), 5)), "background")
    assert out.flags[0].tolist() == [0, 0, 0, 0]
    assert out.classes[0].tolist() == [1, 5, 0, 0]


def test_an_unknown_crop_competes_like_a_class_and_marks_mixed_cells() -> None:
    out = labels_of(parcels_of((cells(0, 0, 1.6, 1), 255), (cells(1.6, 0, 3, 1), 5)), "ignore")
    assert out.classes[0].tolist() == [255, 255, 5, 255]
    assert out.parcels[0].tolist() == [1, 1, 2, 0]
    assert out.flags[0].tolist() == [0, 1, 0, 0]


def test_undeclared_ground_and_an_unknown_parcel_are_unknown_together() -> None:
    # 0.35 unknown parcel, 0.25 nothing, 0.4 maize: unknown; and its parcel covers more than nothing does
    out = labels_of(parcels_of((cells(0, 0, 0.35, 1), 255), (cells(0.35, 0, 0.75, 1), 5)), "ignore")
    assert (out.classes[0, 0], out.parcels[0, 0], out.coverage[0, 0]) == (255, 1, 153)
    # in a complete file the rest is background, and maize has the largest share
    out = labels_of(parcels_of((cells(0, 0, 0.35, 1), 255), (cells(0.35, 0, 0.75, 1), 5)), "background")
    assert (out.classes[0, 0], out.coverage[0, 0]) == (5, 102)


def test_a_parcel_smaller_than_half_a_cell_leaves_no_cell() -> None:
    out = labels_of(parcels_of((cells(1.1, 1.1, 1.7, 1.7), 5)), "background")
    assert not out.parcels.any()
    assert out.coverage[1, 1] == round(0.64 * 255)
    # refined by four it spans columns and rows 4.4 to 6.8: cell (4, 5) is covered by 0.6, (4, 6) by 0.48
    fine = labels_of(parcels_of((cells(1.1, 1.1, 1.7, 1.7), 5)), "background", magnification=4)
    assert np.argwhere(fine.parcels).tolist() == [[4, 5], [5, 4], [5, 5], [5, 6], [6, 5], [6, 6]]


def test_holes_and_parts_are_kept() -> None:
    ring = shapely.Polygon(cells(0, 0, 3, 3).exterior.coords, [cells(1, 1, 2, 2).exterior.coords])
    out = labels_of(parcels_of((shapely.MultiPolygon([ring, cells(3, 3, 4, 4)]), 5)), "background")
    assert out.classes.tolist() == [[5, 5, 5, 0], [5, 0, 5, 0], [5, 5, 5, 0], [0, 0, 0, 5]]
    assert (out.parcels > 0).tolist() == (out.classes == 5).tolist()


def test_parcels_across_the_edge_are_cut_there() -> None:
    out = labels_of(parcels_of((cells(-3, -7, 1, 2), 5), (cells(3, 3, 90, 91), 1)), "background")
    assert out.classes.tolist() == [[5, 0, 0, 0], [5, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]


def test_no_parcels_give_background_or_unknown() -> None:
    assert (labels_of(make_parcels([], [], UTM), "background").classes == 0).all()
    assert (labels_of(make_parcels([], [], UTM), "ignore").classes == 255).all()
    far = labels_of(parcels_of((cells(100, 100, 101, 101), 5)), "ignore")
    assert (far.classes == 255).all()
    assert not far.parcels.any()


@pytest.mark.parametrize(
    "transform",
    [
        Affine.translation(500020, 4800000) * Affine.rotation(30) * Affine.scale(5, -5),
        Affine(5, 0, 500000, 0, 5, 4800000),
        Affine(5, 1, 500000, 0.5, -7, 4800040),
    ],
    ids=["rotated", "south up", "sheared"],
)
def test_any_affine_grid_gives_the_shares_of_its_own_cells(transform: Affine) -> None:
    grid = Grid(UTM, transform, 4, 4)
    corners = [grid.transform * (col, row) for col, row in ((0.5, 1), (2, 1), (2, 3), (0.5, 3))]
    out = labels_of(make_parcels([shapely.Polygon(corners)], [5], UTM), "background", grid=grid)
    assert out.classes.tolist() == [[0, 0, 0, 0], [5, 5, 0, 0], [5, 5, 0, 0], [0, 0, 0, 0]]
    assert out.coverage[1].tolist() == [128, 255, 255, 255]


def random_parcels(rng: np.random.Generator, count: int, extent: float) -> Parcels:
    """Crooked, overlapping polygons with holes and of few classes, some across the edge."""
    shapes = []
    for _ in range(count):
        centre, radius = rng.uniform(0, extent, 2), rng.uniform(0.3, extent / 4)
        angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
        outer = np.column_stack((np.cos(angles), np.sin(angles))) * radius * rng.uniform(0.5, 1, (9, 1)) + centre
        shape = shapely.make_valid(shapely.Polygon(outer))
        shapes.append(shape.difference(shapely.Point(centre).buffer(radius / 4)))
    transformed = [
        shapely.transform(shape, lambda xy: np.column_stack((500000 + 10 * xy[:, 0], 4800040 - 10 * xy[:, 1])))
        for shape in shapes
        if shape.area > 0
    ]
    return make_parcels(transformed, rng.integers(1, 5, len(transformed)), UTM)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("block", [1024, 5])
def test_labels_agree_with_brute_force_supersampling(seed: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "BLOCK_CELLS", block)
    size, fine = 12, 50
    parcels = random_parcels(np.random.default_rng(seed), 14, size)
    grid = Grid(UTM, GRID.transform, size, size)
    out = labels_of(parcels, "background", grid=grid)

    steps = (np.arange(size * fine) + 0.5) / fine
    x, y = np.meshgrid(500000 + 10 * steps, 4800040 - 10 * steps)
    inside = np.array([shapely.contains_xy(shape, x, y) for shape in parcels.geometry])

    def share(plane: NDArray[np.bool_]) -> NDArray[np.float64]:
        return plane.reshape(size, fine, size, fine).mean(axis=(1, 3))

    shares = np.array(
        [share(~inside.any(axis=0))] + [share(inside[parcels.classes == code].any(axis=0)) for code in range(1, 5)]
    )
    first, second = np.sort(shares, axis=0)[[-1, -2]]
    tolerance = 2 / fine  # one sample along each of the cell's two directions
    clear = first - second > 2 * tolerance
    assert clear.mean() > 0.6
    np.testing.assert_array_equal(out.classes[clear], shares.argmax(axis=0)[clear])
    np.testing.assert_allclose(out.coverage / 255, first, atol=tolerance)
    # flags: classes by single parcels that have a share
    single = np.array([share(plane) for plane in inside])
    per_class = np.array([single[parcels.classes == code].max(axis=0, initial=0) for code in range(1, 5)])
    several = (per_class > tolerance).sum(axis=0) > 1
    assert (out.flags[several] > 0).all()
    assert (out.flags[(per_class > 0).sum(axis=0) < 2] == 0).mean() > 0.95
    # the id is that of a parcel of the winning class which lies in the cell
    ids = out.parcels[out.parcels > 0]
    np.testing.assert_array_equal(parcels.classes[ids - 1], out.classes[out.parcels > 0])
    assert ((out.parcels == 0) == (out.classes == 0)).all()


@pytest.mark.parametrize(
    "transform",
    [GRID.transform, Affine.translation(500005, 4800030) * Affine.rotation(24) * Affine.scale(9, -11)],
    ids=["north up", "rotated"],
)
@pytest.mark.parametrize("rule", ["largest", "published"])
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    corner=st.tuples(st.integers(-6, 25), st.integers(-6, 25)),
    size=st.tuples(st.integers(1, 14), st.integers(1, 14)),
    magnification=st.sampled_from([1, 2, 4]),
    block=st.sampled_from([4, 12, 20, 1024]),
)
def test_any_window_is_a_crop_of_the_whole_whatever_the_blocks(
    transform: Affine,
    rule: Rule,
    seed: int,
    corner: tuple[int, int],
    size: tuple[int, int],
    magnification: int,
    block: int,
) -> None:
    parcels = random_parcels(np.random.default_rng(seed), 12, 20)
    parcels = make_parcels([*parcels.geometry, parcels.geometry[3]], [*parcels.classes, 4], UTM)
    maker = LabelMaker(parcels, Grid(UTM, transform, 23, 21), "background", rule)
    whole = maker.window(Window(0, 0, 21, 23), magnification)
    window = Window(*corner, *size)
    fine, inside = window.refine(magnification), window.intersect(Window(0, 0, 21, 23)).refine(magnification)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labels, "BLOCK_CELLS", block)
        out = LabelMaker(parcels, Grid(UTM, transform, 23, 21), "background", rule).window(window, magnification)
    expected = Labels.blank(fine.shape, 255)
    if not inside.is_empty:
        part, crop = expected.crop(*inside.slices(fine)), whole.crop(*inside.slices(Window(0, 0, 0, 0)))
        for plane in ("classes", "parcels", "coverage", "flags"):
            getattr(part, plane)[:] = getattr(crop, plane)
    assert_same(out, expected)


def test_cells_beyond_the_grid_are_unknown_even_if_parcels_lie_there() -> None:
    maker = LabelMaker(parcels_of((cells(-2, -2, 6, 1), 5)), GRID, "background")
    out = maker.window(Window(-1, 2, 3, 4))
    assert out.classes.tolist() == [[255, 255, 255, 255], [5, 5, 255, 255], [0, 0, 255, 255]]
    assert out.parcels.tolist() == [[0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    assert (maker.window(Window(90, 90, 2, 2), 4).classes == 255).all()


@pytest.mark.parametrize("magnification", [1, 4])
@pytest.mark.parametrize(("x", "y"), [(1, 1), (-1, 1), (1, -1), (-1, -1)])
def test_labels_of_flipped_parcels_are_the_flipped_labels(x: int, y: int, magnification: int) -> None:
    size = 30
    parcels = random_parcels(np.random.default_rng(2), 40, size)
    grid = Grid(UTM, GRID.transform, size, size)
    centre = grid.transform * (size / 2, size / 2)
    flipped = [affinity.scale(shape, x, y, origin=centre) for shape in parcels.geometry]
    out = labels_of(make_parcels(flipped, parcels.classes, UTM), "background", grid=grid, magnification=magnification)
    straight = labels_of(parcels, "background", grid=grid, magnification=magnification)
    assert_same(out, straight.crop(slice(None, None, y), slice(None, None, x)))


def test_a_cell_is_whole_where_all_its_finer_cells_are() -> None:
    size = 30
    parcels = random_parcels(np.random.default_rng(5), 20, size)
    grid = Grid(UTM, GRID.transform, size, size)
    coarse, fine = (labels_of(parcels, "background", grid=grid, magnification=m) for m in (1, 4))

    def least(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(plane.reshape(size, 4, size, 4).min(axis=(1, 3)))

    of_one_class = least(fine.classes) == 255 - least(255 - fine.classes)
    whole = of_one_class & (least(fine.coverage) == 255)
    assert 0.2 < whole.mean() < 0.9
    np.testing.assert_array_equal(coarse.classes[whole], fine.classes[::4, ::4][whole])
    assert (coarse.coverage[whole] == 255).all()
    # and the other way round: rounding to 255 hides less than 0.2 %, spread over 16 cells less than 3.2 % of each
    assert (least(fine.coverage)[coarse.coverage == 255] >= 255 * 0.96).all()


def test_cells_that_lie_fully_in_many_parcels_take_the_lower_code_then_the_lower_id() -> None:
    shape = cells(0, 0, 4, 4)
    out = labels_of(parcels_of((shape, 5), (shape, 2), (shape, 2), (shape, 5)), "ignore")
    assert (out.classes == 2).all()
    assert (out.parcels == 2).all()
    assert (out.coverage == 255).all()
    assert (out.flags == 2).all()
    twice = labels_of(parcels_of((shape, 5), (shape, 5)), "ignore")
    assert (twice.parcels == 1).all()
    assert not twice.flags.any()


def test_a_parcel_of_the_class_outside_of_parcels_yields_to_others_at_equal_shares() -> None:
    shape = cells(0, 0, 4, 4)
    out = labels_of(parcels_of((shape, 0), (shape, 5)), "background")
    assert (out.classes == 5).all()
    assert (out.parcels == 2).all()
    alone = labels_of(parcels_of((shape, 0)), "background")
    assert (alone.classes == 0).all()
    assert (alone.parcels == 1).all()


def test_three_parcels_over_the_same_ground_count_it_once() -> None:
    # cell (0, 0): wheat 0 - 0.5, wheat 0.1 - 0.55 and maize 0.2 - 0.6 of its width: 0.55 wheat, 0.4 rest
    parcels = parcels_of((cells(0, 0, 0.5, 1), 1), (cells(0.1, 0, 0.55, 1), 1), (cells(0.2, 0, 0.6, 1), 5))
    out = labels_of(parcels, "background")
    assert (out.classes[0, 0], out.parcels[0, 0], out.coverage[0, 0]) == (1, 1, round(0.55 * 255))
    assert out.flags[0, 0] == PART_ASSIGNED


def test_shared_ground_is_told_apart_per_parcel_and_noise_is_left_to_stand() -> None:
    # maize, wheat over half of it, wheat over a quarter of the maize of which the first wheat has half, a neighbour
    # that reaches into the maize by a hundred thousandth of a cell
    shapes = np.array(
        [shapely.box(0, 0, 4, 1), shapely.box(2, 0, 6, 1), shapely.box(1.5, 0, 2.5, 1), shapely.box(0, 0.999999, 4, 2)],
        dtype=np.object_,
    )
    ground = SharedGround(shapes, np.array([5, 1, 1, 3], dtype=np.uint8), shapely.STRtree(shapes))
    found = ground.pieces(np.array([1, 2, 3, 0]))
    assert sorted(found) == [0, 1]  # by place in what was asked for
    assert (found[0].own.area, found[0].shared.area, found[0].repeated) == (2, 2, None)
    assert (found[1].own.area, found[1].shared.area, found[1].repeated.area) == (0, 1, 0.5)
    assert ground.pieces(np.array([0, 3])) == {}


def test_the_published_rule_gives_a_cell_to_a_parcel_that_covers_a_twentieth() -> None:
    # row 0: columns 0 to 1.05; row 1: to 1.04; row 2: to 1.32, where background has the larger share
    shapes = parcels_of((cells(0, 0, 1.05, 1), 5), (cells(0, 1, 1.04, 2), 5), (cells(0, 2, 1.32, 3), 5))
    out = labels_of(shapes, "background", "published")
    assert out.classes.tolist() == [[5, 5, 0, 0], [5, 0, 0, 0], [5, 5, 0, 0], [0, 0, 0, 0]]
    assert out.parcels.tolist() == [[1, 1, 0, 0], [2, 0, 0, 0], [3, 3, 0, 0], [0, 0, 0, 0]]
    # 0.05, 1 - 0.04 and 0.32
    assert out.coverage[:3, 1].tolist() == [13, 245, 82]
    assert labels_of(shapes, "background").classes[2].tolist() == [5, 0, 0, 0]
    assert labels_of(shapes, "ignore", "published").classes[1].tolist() == [5, 255, 255, 255]


def test_the_published_rule_closes_a_lane_and_takes_the_largest_parcel_not_the_largest_class() -> None:
    # a lane of 0.6 between wheat, which covers 0.25 of column 1, and maize, which covers 0.15
    lane = labels_of(parcels_of((cells(0, 0, 1.25, 1), 1), (cells(1.85, 0, 4, 1), 5)), "background", "published")
    assert lane.classes[0].tolist() == [1, 1, 5, 5]
    assert lane.flags[0].tolist() == [0, PART_ASSIGNED, 0, 0]
    # maize 0.4, barley 0.25 + 0.35
    shapes = parcels_of((cells(0, 0, 0.4, 1), 5), (cells(0.4, 0, 0.65, 1), 3), (cells(0.65, 0, 1, 1), 3))
    out = labels_of(shapes, "background", "published")
    assert (out.classes[0, 0], out.parcels[0, 0], out.coverage[0, 0]) == (5, 1, 102)
    assert labels_of(shapes, "background").classes[0, 0] == 3


def test_the_published_rule_prefers_the_lower_code_then_the_lower_id_among_equals() -> None:
    halves = [(cells(0, row, 0.5, row + 1), code) for row, code in enumerate((5, 1, 5))]
    others = [(cells(0.5, row, 1, row + 1), code) for row, code in enumerate((1, 5, 5))]
    out = labels_of(parcels_of(*halves, *others), "background", "published")
    assert out.classes[:3, 0].tolist() == [1, 1, 5]
    assert out.parcels[:3, 0].tolist() == [4, 2, 3]


def test_the_published_rule_stays_on_the_grid_and_keeps_holes_and_parts() -> None:
    # laid out from its own corner the ring would cover columns 0.5 to 3.5 by whole cells
    ring = shapely.Polygon(cells(0.5, 0, 3.5, 3).exterior.coords, [cells(1, 1, 3, 2).exterior.coords])
    out = labels_of(parcels_of((shapely.MultiPolygon([ring, cells(3.9, 3, 4, 4)]), 5)), "background", "published")
    assert out.classes.tolist() == [[5, 5, 5, 5], [5, 0, 0, 5], [5, 5, 5, 5], [0, 0, 0, 5]]
    assert out.coverage[:, 3].tolist() == [128, 128, 128, round(0.1 * 255)]


def test_a_maker_works_in_another_process() -> None:
    maker = LabelMaker(random_parcels(np.random.default_rng(1), 10, 12), GRID, "background")
    window = Window(-1, -1, 6, 6)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert_same(pool.submit(maker.window, window, 2).result(), maker.window(window, 2))


def test_a_foreign_coordinate_system_is_told() -> None:
    with pytest.raises(GridError, match=r"parcels are in EPSG:32631 but the grid is in EPSG:32632"):
        LabelMaker(parcels_of((cells(0, 0, 1, 1), 5)), Grid("EPSG:32632", GRID.transform, 4, 4), "ignore")


def test_an_unknown_rule_or_unknown_ground_outside_is_told() -> None:
    parcels = parcels_of((cells(0, 0, 1, 1), 5))
    with pytest.raises(InputError, match="'background' or 'ignore', not 'none'"):
        LabelMaker(parcels, GRID, "none")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'largest' or 'published', not 'all_touched'"):
        LabelMaker(parcels, GRID, "ignore", "all_touched")  # type: ignore[arg-type]


@pytest.mark.parametrize("magnification", [0, 3, -1, 8])
def test_a_magnification_that_labels_do_not_have_is_told(magnification: int) -> None:
    maker = LabelMaker(parcels_of((cells(0, 0, 1, 1), 5)), GRID, "ignore")
    with pytest.raises(GridError, match=f"1, 2 or 4 times finer than the images, not {magnification} times"):
        maker.window(GRID.window, magnification)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_an_empty_window_is_told(shape: tuple[int, int]) -> None:
    maker = LabelMaker(parcels_of((cells(0, 0, 1, 1), 5)), GRID, "ignore")
    with pytest.raises(GridError, match=f"window of {shape[0]} x {shape[1]} cells has no labels"):
        maker.window(Window(1, 1, *shape))
