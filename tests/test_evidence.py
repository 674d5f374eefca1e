"""Clear dates and gaps, counted by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import tiles
from affine import Affine
from shapely import box

from backend.evidence import EVIDENCE_NODATA, Evidence, clear_looks
from backend.grid import Grid, Window
from backend.region import Region

DAYS = (date(2018, 3, 1), date(2018, 3, 11), date(2018, 5, 10), date(2018, 6, 9))
"""10, 60 and 30 days apart."""
GRID = Grid("EPSG:32631", Affine(10, 0, 500000, 0, -10, 4800000), 3, 1)


def evidence_of(valid: np.ndarray, region: Region | None = None) -> np.ndarray:
    window = GRID.window
    consumer = Evidence(DAYS, GRID, region).start(window, tiles.plan(window))
    consumer.add(tiles.tile(window, tiles.plan(window), np.ones((1, 2, 6), dtype=np.float32), valid=valid))
    return consumer.arrays()["layer"]


def test_a_gap_is_the_longest_stretch_between_clear_looks_and_the_ends_of_the_season() -> None:
    seen = np.array([[1, 1, 1, 1], [1, 1, 0, 1], [0, 0, 1, 0]], dtype=bool).T[:, None, :]
    dates, gap = evidence_of(seen)
    assert dates.tolist() == [[4, 3, 1]]
    assert gap.tolist() == [[60, 90, 70]]  # the last one: from the first day to the third date


def test_a_cell_that_was_never_clear_has_the_whole_season_as_its_gap() -> None:
    dates, gap = evidence_of(np.zeros((4, 1, 3), dtype=bool))
    assert dates.tolist() == [[0, 0, 0]]
    assert gap.tolist() == [[100, 100, 100]]


def test_one_date_is_a_season_of_no_length() -> None:
    assert clear_looks(np.ones((1, 1, 1), dtype=bool), [7]).tolist() == [[[1]], [[0]]]


def test_a_tile_without_a_clear_pixel_counts_and_one_that_was_not_read_is_nodata() -> None:
    plan = tiles.plan(GRID.window)
    consumer = Evidence(DAYS, GRID).start(GRID.window, plan)
    consumer.skip(Window(0, 0, 1, 1), np.zeros((4, 1, 1), dtype=bool))
    consumer.skip(Window(0, 1, 1, 2), None)
    dates, gap = consumer.arrays()["layer"]
    assert dates.tolist() == [[0, EVIDENCE_NODATA, EVIDENCE_NODATA]]
    assert gap.tolist() == [[100, EVIDENCE_NODATA, EVIDENCE_NODATA]]


def test_cells_that_the_region_does_not_touch_have_no_evidence() -> None:
    # covers the centres of the left fine cells of the second input cell, and nothing of the third
    region = Region((box(500000, 4799990, 500016, 4800000),), GRID.window)
    dates, _ = evidence_of(np.ones((4, 1, 3), dtype=bool), region)
    assert dates.tolist() == [[4, 4, EVIDENCE_NODATA]]
