"""Outlines of parcels that a boundary layer finds."""

from __future__ import annotations

import numpy as np
import pytest

from training.label_block import LabelBlock
from training.map_score import MapScore, ScoreSettings
from training.outline_score import OutlineScore
from training.parcel_sums import ParcelAreas

RES = 2.5
SIDE = 40


def field() -> tuple[np.ndarray, np.ndarray]:
    """One field of 24 x 24 cells (60 m), nothing known around it."""
    parcels = np.zeros((SIDE, SIDE), dtype=np.int32)
    parcels[8:32, 8:32] = 7
    return np.where(parcels > 0, 3, 255).astype(np.uint8), parcels


def block(classes: np.ndarray, parcels: np.ndarray, rows: slice = slice(0, SIDE)) -> LabelBlock:
    counts = np.zeros(classes.shape, dtype=bool)
    counts[rows] = classes[rows] != 255
    return LabelBlock(classes, parcels, counts, (rows, slice(0, classes.shape[1])), RES)


def ring(parcels: np.ndarray) -> np.ndarray:
    """1 just outside of the field, 0 elsewhere."""
    out = np.zeros(parcels.shape, dtype=np.float32)
    out[7, 7:33] = out[32, 7:33] = out[7:33, 7] = out[7:33, 32] = 1
    return out


def test_a_boundary_around_the_field_finds_its_outline_and_none_inside() -> None:
    classes, parcels = field()
    own = block(classes, parcels)
    score = OutlineScore(RES, 0.5)
    score.add(own, ring(parcels), own.counts)
    narrow, _, wide = score.figures()
    assert (narrow["tolerance_m"], wide["tolerance_m"]) == (2.5, 10.0)
    assert narrow["outline_cells"] == 4 * 24 - 4
    assert [narrow["found"], wide["found"], narrow["inside"], wide["inside"]] == [1, 1, 0, 0]
    # further than 12.5 and 20 m from the edge: cells whose centre is 5.5 and 8.5 cells and more inside
    assert narrow["inside_cells"] == 14**2
    assert wide["inside_cells"] == 8**2
    assert narrow["parcels"] == 1
    assert narrow["found_interval_95"] == pytest.approx([0.2065, 1], abs=1e-3)  # one parcel proves little


def test_half_a_boundary_finds_half_of_it_and_what_is_not_mapped_is_no_boundary() -> None:
    classes, parcels = field()
    own = block(classes, parcels)
    boundary = ring(parcels)
    boundary[20:] = np.nan
    score = OutlineScore(RES, 0.5)
    score.add(own, boundary, own.counts & np.isfinite(boundary))
    (entry, *_) = score.figures()
    assert entry["found"] == 1  # of the cells that are mapped
    boundary[20:] = 0
    score = OutlineScore(RES, 0.5)
    score.add(own, boundary, own.counts)
    assert score.figures()[0]["found"] == (24 + 2 * 11) / (4 * 24 - 4)  # rows 8 to 19 of the field


def test_boundaries_everywhere_are_found_inside_as_well() -> None:
    classes, parcels = field()
    own = block(classes, parcels)
    score = OutlineScore(RES, 0.5)
    score.add(own, np.ones(parcels.shape, dtype=np.float32), own.counts)
    assert all(entry["found"] == entry["inside"] == 1 for entry in score.figures())


def test_the_figures_do_not_depend_on_blocks() -> None:
    rng = np.random.default_rng(2)
    parcels = np.zeros((120, 90), dtype=np.int32)
    for number, (row, col) in enumerate([(r, c) for r in (2, 60) for c in (3, 33, 63)], start=1):
        parcels[row : row + 50, col : col + 24] = 20 - number
    classes = np.where(parcels > 0, 3, 255).astype(np.uint8)
    boundary = (rng.random(parcels.shape) < 0.08).astype(np.float32)

    def scored(step: int) -> list[dict[str, object]]:
        score = OutlineScore(RES, 0.5)
        for top in range(0, len(parcels), step):
            first, stop = max(0, top - 12), min(len(parcels), top + step + 12)
            own = block(classes[first:stop], parcels[first:stop], slice(top - first, min(top + step, 120) - first))
            score.add(own, boundary[first:stop], own.counts)
        return score.figures()

    whole = scored(120)
    assert whole == scored(40) == scored(17)
    low, high = whole[0]["found_interval_95"]  # type: ignore[misc]
    assert 0 < low < whole[0]["found"] < high < 1
    assert whole[0]["parcels"] == 6


@pytest.mark.parametrize("knows_all", [True, False])
def test_outlines_are_scored_where_the_boundary_f1_cannot_be(knows_all: bool) -> None:
    classes, parcels = field()
    settings = ScoreSettings(RES, 6, boundary_threshold=0.5, knows_all_parcels=knows_all)
    areas = ParcelAreas()
    score = MapScore(settings, areas)
    own = block(classes, parcels)
    areas.add_block(own)
    score.add_classes(own, np.full(classes.shape, 3, dtype=np.uint8), boundary=ring(parcels))
    figures = score.figures()
    assert figures["outlines"][0]["found"] == 1
    assert ("boundary_f1" in figures) == ("boundary_curve" in figures) == knows_all
