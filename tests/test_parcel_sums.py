"""Sums of parcels, counted by hand, whatever the tiles."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import tiles
from affine import Affine
from shapely import box

from backend.grid import Grid, Window
from backend.parcel_file import ParcelFile
from backend.parcel_layer import make_layer
from backend.parcel_sums import Columns, ParcelCounter

DAYS = (date(2018, 3, 1), date(2018, 3, 11), date(2018, 5, 10))
WINDOW = Window(4, 2, 6, 8)
"""Input cells; two fine cells a side."""
PLAN = tiles.plan(WINDOW)
GRID = Grid("EPSG:32631", Affine(5, 0, 0, 0, -5, 60), 16, 12)
COLUMNS = Columns(2)


def counter(*shapes: Any, strong: int = 50) -> ParcelCounter:
    file = ParcelFile(Path("p.gpkg"), None, "geometry", GRID.crs, np.array(shapes, dtype=object))
    return ParcelCounter(make_layer(file, GRID, 2, 0.0), 2, strong, DAYS)


def sums(factory: ParcelCounter, blocks: list[Window], side: int, **arrays: Any) -> npt.NDArray[np.int64]:
    return factory.merge(tiles.consume(factory, PLAN, blocks, side, **arrays))


def field(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    one = rng.random((12, 16), dtype=np.float32)
    return {
        "probabilities": np.stack([one, 1 - one]),
        "boundary": rng.random((12, 16), dtype=np.float32),
        "mapped": rng.random((12, 16)) > 0.1,
        "valid": rng.random((3, 6, 8)) > 0.4,
    }


def test_everything_is_summed_over_the_mapped_cells_in_a_parcel() -> None:
    first = np.zeros((12, 16), dtype=np.float32)
    first[0, :3] = 0.2, 0.5, 0.9
    boundary = np.zeros((12, 16), dtype=np.float32)
    boundary[0, :3] = 0.494, 0.496, 1.0  # 49, 50 and 100 percent
    mapped = np.zeros((12, 16), dtype=bool)
    mapped[0, :3] = True
    valid = np.zeros((3, 6, 8), dtype=bool)
    valid[:, 0, 0] = True
    valid[0, 0, 1] = True
    found = sums(
        counter(box(0, 50, 20, 60), box(40, 0, 80, 30)),
        [WINDOW],
        8,
        probabilities=np.stack([first, 1 - first]),
        boundary=boundary,
        mapped=mapped,
        valid=valid,
    )
    assert found[0, COLUMNS.probability].tolist() == [50 + 125 + 225, 200 + 125 + 25]
    assert found[0, COLUMNS.votes].tolist() == [2, 1]  # of equals the first, as in the map
    assert found[0, COLUMNS.strong] == 2
    assert found[0, COLUMNS.dates] == 3 + 3 + 1
    assert found[0, COLUMNS.gap] == 60 + 60 + 70
    assert COLUMNS.cells(found).tolist() == [3, 0]
    assert not found[1].any()


def test_tiles_blocks_and_their_order_do_not_change_a_sum() -> None:
    factory = counter(shapely.Point(30, 30).buffer(28), box(-10, -10, 41, 33), box(60, 0, 90, 70))
    values = field(0)
    whole = sums(factory, [WINDOW], 8, **values)
    halves = [Window(4, 2, 6, 3), Window(4, 5, 6, 5)]
    for blocks, side in (([WINDOW], 1), (halves, 2), (halves[::-1], 8)):
        np.testing.assert_array_equal(sums(factory, blocks, side, **values), whole)
    np.testing.assert_array_equal(sums(factory, halves, 2, backwards=True, **values), whole)
    assert (COLUMNS.cells(whole) > 10).all()


def test_parcels_that_overlap_are_counted_as_if_each_were_alone() -> None:
    shapes = [box(0, 0, 60, 60), box(20, 10, 80, 40), box(20, 10, 80, 40)]
    values = field(1)
    together = sums(counter(*shapes), [WINDOW], 3, **values)
    alone = [sums(counter(shape), [WINDOW], 3, **values)[0] for shape in shapes]
    np.testing.assert_array_equal(together, alone)


def test_a_block_keeps_its_own_parcels_alone() -> None:
    factory = counter(box(0, 0, 10, 60), box(70, 0, 80, 60))
    (_, left), (_, right) = tiles.consume(factory, PLAN, [Window(4, 2, 6, 4), Window(4, 6, 6, 4)], 4, **field(2))
    assert (left["parcels"].tolist(), right["parcels"].tolist()) == ([0], [1])
