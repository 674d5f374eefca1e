"""Label rasters by exactly covered area: scenes small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from numpy.typing import NDArray

from backend.errors import GridError, InputError
from backend.grid import Grid, Window
from training import labels
from training.labels import covered_shares, rasterise_labels
from training.parcels import Parcels, make_parcels

UTM = "EPSG:32631"
GRID = Grid(UTM, Affine(10, 0, 500000, 0, -10, 4800040), 4, 4)
"""4 x 4 cells of 10 m; cell (0, 0) is the north-western one."""


def cells(left: float, top: float, right: float, bottom: float) -> shapely.Polygon:
    """A rectangle in cells of GRID: columns to the right, rows downwards."""
    return shapely.box(500000 + 10 * left, 4800040 - 10 * bottom, 500000 + 10 * right, 4800040 - 10 * top)


def parcels_of(*shapes: tuple[shapely.Geometry, int]) -> Parcels:
    return make_parcels([shape for shape, _ in shapes], [code for _, code in shapes], UTM)


def test_each_cell_takes_the_class_of_the_largest_share() -> None:
    # wheat (1) over 2.25 columns, maize (5) over the rest of the two upper rows; nothing below
    out = rasterise_labels(
        parcels_of((cells(0, 0, 2.25, 2), 1), (cells(2.25, 0, 4, 2), 5)), GRID, "background"
    )
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
    complete = rasterise_labels(parcels, GRID, "background")
    sample = rasterise_labels(parcels, GRID, "ignore")
    assert complete.classes.tolist() == [[3, 0, 0, 0], [3, 0, 0, 0], [0] * 4, [0] * 4]
    assert sample.classes.tolist() == [[3, 255, 255, 255], [3, 255, 255, 255], [255] * 4, [255] * 4]
    assert (
        complete.parcels.tolist() == sample.parcels.tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0] * 4, [0] * 4]
    )
    # 0.6 | 1 - 0.4 = 0.6 | 0.6 | 1 - 0.6 * 0.4 = 0.76
    assert complete.coverage[:2, :2].tolist() == [[255, 153], [153, 194]]
    assert not complete.flags.any()


def test_parcels_of_one_class_add_up_and_the_largest_gives_its_id() -> None:
    # cell (0, 0): maize 0.4, two barley parcels of 0.25 and 0.35
    parcels = parcels_of((cells(0, 0, 0.4, 1), 5), (cells(0.4, 0, 0.65, 1), 3), (cells(0.65, 0, 1, 1), 3))
    out = rasterise_labels(parcels, GRID, "background")
    assert (out.classes[0, 0], out.parcels[0, 0], out.coverage[0, 0], out.flags[0, 0]) == (3, 3, 153, 1)


def test_neighbours_of_one_class_raise_no_flag() -> None:
    out = rasterise_labels(parcels_of((cells(0, 0, 1.5, 4), 3), (cells(1.5, 0, 4, 4), 3)), GRID, "background")
    assert (out.classes == 3).all()
    assert (out.coverage == 255).all()
    assert not out.flags.any()
    assert out.parcels[0].tolist() == [1, 1, 2, 2]  # half each in column 1: the lower id


def test_overlapping_parcels_of_one_class_count_their_common_ground_once() -> None:
    # both cover the left 0.4 of cell (0, 0): barley has 0.4, not 0.8, and background wins
    shape = cells(0, 0, 0.4, 1)
    out = rasterise_labels(parcels_of((shape, 3), (shape, 3)), GRID, "background")
    assert (out.classes[0, 0], out.parcels[0, 0], out.coverage[0, 0]) == (0, 0, 153)


def test_overlapping_parcels_of_two_classes_leave_the_right_rest() -> None:
    # wheat covers the left 0.4, maize the left 0.3: the rest is 0.6, not 0.3
    out = rasterise_labels(parcels_of((cells(0, 0, 0.4, 1), 1), (cells(0, 0, 0.3, 1), 5)), GRID, "background")
    assert (out.classes[0, 0], out.coverage[0, 0], out.flags[0, 0]) == (0, 153, 1)


def test_a_cell_that_lies_fully_in_parcels_of_two_classes_is_fully_assigned() -> None:
    out = rasterise_labels(parcels_of((cells(0, 0, 3, 1), 5), (cells(1, 0, 2.5, 1), 1)), GRID, "ignore")
    assert out.flags[0].tolist() == [0, 2, 1, 0]
    assert out.classes[0].tolist() == [5, 1, 5, 255]  # at equal shares the lower code
    assert out.parcels[0].tolist() == [1, 2, 1, 0]


def test_a_sliver_of_another_class_below_a_thousandth_raises_no_flag() -> None:
    # two classes share column 1; the sliver of the second in column 0 is 0.0005 of a cell wide
    out = rasterise_labels(
        parcels_of((cells(0, 0, 0.9995, 1), 1), (cells(0.9995, 0, 2, 1), 5)), GRID, "background"
    )
    assert out.flags[0].tolist() == [0, 0, 0, 0]
    assert out.classes[0].tolist() == [1, 5, 0, 0]


def test_an_unknown_crop_competes_like_a_class_and_marks_mixed_cells() -> None:
    out = rasterise_labels(parcels_of((cells(0, 0, 1.6, 1), 255), (cells(1.6, 0, 3, 1), 5)), GRID, "ignore")
    assert out.classes[0].tolist() == [255, 255, 5, 255]
    assert out.parcels[0].tolist() == [1, 1, 2, 0]
    assert out.flags[0].tolist() == [0, 1, 0, 0]


def test_undeclared_ground_and_an_unknown_parcel_are_unknown_together() -> None:
    # 0.35 unknown parcel, 0.25 nothing, 0.4 maize: unknown; and its parcel covers more than nothing does
    out = rasterise_labels(
        parcels_of((cells(0, 0, 0.35, 1), 255), (cells(0.35, 0, 0.75, 1), 5)), GRID, "ignore"
    )
    assert (out.classes[0, 0], out.parcels[0, 0], out.coverage[0, 0]) == (255, 1, 153)
    # in a complete file the rest is background, and maize has the largest share
    out = rasterise_labels(
        parcels_of((cells(0, 0, 0.35, 1), 255), (cells(0.35, 0, 0.75, 1), 5)), GRID, "background"
    )
    assert (out.classes[0, 0], out.coverage[0, 0]) == (5, 102)


def test_a_parcel_smaller_than_half_a_cell_leaves_no_cell() -> None:
    out = rasterise_labels(parcels_of((cells(1.1, 1.1, 1.7, 1.7), 5)), GRID, "background")
    assert not out.parcels.any()
    assert out.coverage[1, 1] == round(0.64 * 255)
    # refined by four it spans columns and rows 4.4 to 6.8: cell (4, 5) is covered by 0.6, (4, 6) by 0.48
    fine = rasterise_labels(parcels_of((cells(1.1, 1.1, 1.7, 1.7), 5)), GRID.refine(4), "background")
    assert np.argwhere(fine.parcels).tolist() == [[4, 5], [5, 4], [5, 5], [5, 6], [6, 5], [6, 6]]


def test_holes_and_parts_are_kept() -> None:
    ring = shapely.Polygon(cells(0, 0, 3, 3).exterior.coords, [cells(1, 1, 2, 2).exterior.coords])
    out = rasterise_labels(
        parcels_of((shapely.MultiPolygon([ring, cells(3, 3, 4, 4)]), 5)), GRID, "background"
    )
    assert out.classes.tolist() == [[5, 5, 5, 0], [5, 0, 5, 0], [5, 5, 5, 0], [0, 0, 0, 5]]
    assert (out.parcels > 0).tolist() == (out.classes == 5).tolist()


def test_parcels_across_the_edge_are_cut_there() -> None:
    out = rasterise_labels(parcels_of((cells(-3, -7, 1, 2), 5), (cells(3, 3, 90, 91), 1)), GRID, "background")
    assert out.classes.tolist() == [[5, 0, 0, 0], [5, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]


def test_no_parcels_give_background_or_unknown() -> None:
    assert (rasterise_labels(make_parcels([], [], UTM), GRID, "background").classes == 0).all()
    assert (rasterise_labels(make_parcels([], [], UTM), GRID, "ignore").classes == 255).all()
    far = rasterise_labels(parcels_of((cells(100, 100, 101, 101), 5)), GRID, "ignore")
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
    out = rasterise_labels(make_parcels([shapely.Polygon(corners)], [5], UTM), grid, "background")
    assert out.classes.tolist() == [[0, 0, 0, 0], [5, 5, 0, 0], [5, 5, 0, 0], [0, 0, 0, 0]]
    assert out.coverage[1].tolist() == [128, 255, 255, 255]


def random_parcels(rng: np.random.Generator, count: int, extent: float) -> Parcels:
    """Crooked, overlapping polygons with holes and of few classes, some across the edge."""
    shapes = []
    for _ in range(count):
        centre, radius = rng.uniform(0, extent, 2), rng.uniform(0.3, extent / 4)
        angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
        outer = (
            np.column_stack((np.cos(angles), np.sin(angles))) * radius * rng.uniform(0.5, 1, (9, 1)) + centre
        )
        shape = shapely.make_valid(shapely.Polygon(outer))
        shapes.append(shape.difference(shapely.Point(centre).buffer(radius / 4)))
    transformed = [
        shapely.transform(
            shape, lambda xy: np.column_stack((500000 + 10 * xy[:, 0], 4800040 - 10 * xy[:, 1]))
        )
        for shape in shapes
        if shape.area > 0
    ]
    return make_parcels(transformed, rng.integers(1, 5, len(transformed)), UTM)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("block", [1024, 5])
def test_labels_agree_with_brute_force_supersampling(
    seed: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "BLOCK_CELLS", block)
    size, fine = 12, 50
    parcels = random_parcels(np.random.default_rng(seed), 14, size)
    grid = Grid(UTM, GRID.transform, size, size)
    out = rasterise_labels(parcels, grid, "background")

    steps = (np.arange(size * fine) + 0.5) / fine
    x, y = np.meshgrid(500000 + 10 * steps, 4800040 - 10 * steps)
    inside = np.array([shapely.contains_xy(shape, x, y) for shape in parcels.geometry])

    def share(plane: NDArray[np.bool_]) -> NDArray[np.float64]:
        return plane.reshape(size, fine, size, fine).mean(axis=(1, 3))

    shares = np.array(
        [share(~inside.any(axis=0))]
        + [share(inside[parcels.classes == code].any(axis=0)) for code in range(1, 5)]
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


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    parcels = random_parcels(np.random.default_rng(9), 20, 20)
    grid = Grid(UTM, GRID.transform, 23, 21)
    whole = rasterise_labels(parcels, grid, "ignore")
    monkeypatch.setattr(labels, "BLOCK_CELLS", 4)
    pieces = rasterise_labels(parcels, grid, "ignore")
    np.testing.assert_array_equal(whole.classes, pieces.classes)
    np.testing.assert_array_equal(whole.parcels, pieces.parcels)
    np.testing.assert_array_equal(whole.coverage, pieces.coverage)
    np.testing.assert_array_equal(whole.flags, pieces.flags)


def test_covered_shares_sum_to_the_area() -> None:
    shapes = np.array([shapely.Point(3.3, 4.1).buffer(2.2), shapely.box(-5, -5, 0.5, 20)], dtype=object)
    position, cell, share = covered_shares(shapes, Window(0, 0, 10, 12))
    assert np.bincount(position, share).tolist() == pytest.approx([shapes[0].area, 0.5 * 10])
    assert cell.max() < 120
    assert [len(column) for column in covered_shares(shapes[:0], Window(0, 0, 3, 3))] == [0, 0, 0]


def test_a_foreign_coordinate_system_or_an_unknown_rule_is_told() -> None:
    parcels = parcels_of((cells(0, 0, 1, 1), 5))
    with pytest.raises(GridError, match=r"parcels are in EPSG:32631 but the grid is in EPSG:32632"):
        rasterise_labels(parcels, Grid("EPSG:32632", GRID.transform, 4, 4), "ignore")
    with pytest.raises(InputError, match="'background' or 'ignore', not 'none'"):
        rasterise_labels(parcels, GRID, "none")  # type: ignore[arg-type]
