"""A map scored in blocks: the same figures however it is cut, intervals by blocks of ground, sets and bins."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from whole_map import evaluate_map

from training.boundary_curve import THRESHOLDS, BoundaryCurve
from training.classes import UNKNOWN
from training.edges import boundary_cells, boundary_f1, edge_distance, edge_profile
from training.label_block import MARGIN_M, LabelBlock, counted
from training.map_score import MapScore, ScoreSettings
from training.metrics import class_figures, confusion, wilson
from training.parcel_sums import KeyedSums, ParcelVotes
from training.resampling import ClusterCounts, f1_interval, figure_intervals

RESOLUTION, SCALE, SIDE = 2.5, 4, 256
CODES = (0, 1, 5, 7)
THRESHOLD = 0.4321


def ground(seed: int = 0) -> dict[str, np.ndarray]:
    """Fields of all sizes on 2.5 m cells, a map that is right more often inside of them, and a boundary layer."""
    rng = np.random.default_rng(seed)
    parcels = np.zeros((SIDE, SIDE), dtype=np.int32)
    number = 0
    for top in range(0, SIDE, 32):
        left = 0
        while left < SIDE:
            number += 1
            width = int(rng.integers(6, 60))
            parcels[top + 1 : top + int(rng.integers(8, 31)), left + 1 : left + width] = number
            left += width + 1
    crop = np.append(0, rng.choice([1, 5, 7], number))
    classes = crop[parcels].astype(np.int32)
    classes[rng.random(classes.shape) < 0.01] = UNKNOWN
    distance = edge_distance(parcels, RESOLUTION)
    wrong = rng.random(classes.shape) < np.where(distance < 8, 0.4, 0.1)
    believed = np.where(rng.random(number + 1) < 0.75, crop, 7)  # some parcels are wrong as a whole
    mapped = np.where(wrong, rng.choice(CODES, classes.shape), believed[parcels])
    scores = rng.random((len(CODES), SIDE, SIDE)) * 0.5
    for channel, code in enumerate(CODES):
        scores[channel] += mapped == code
    probabilities = (scores / scores.sum(axis=0)).astype(np.float32)
    probabilities[:, 100:110, 30:60] = np.nan
    edges = boundary_cells(classes, parcels)
    boundary = np.clip(rng.normal(np.where(edges, 0.6, 0.3), 0.2), 0, 1).astype(np.float32)
    boundary[100:110, 30:60] = np.nan
    mask = np.kron(rng.random((8, 8)) < 0.6, np.ones((32, 32), dtype=bool))
    flags = np.where(rng.random(classes.shape) < 0.01, 2, 0)
    return {
        "classes": classes, "parcels": parcels, "probabilities": probabilities, "boundary": boundary, "mask": mask,
        "flags": flags, "mapped": mapped,
    }  # fmt: skip


def settings(**changes: Any) -> ScoreSettings:
    thresholds = {"0": 0.5, "1": 0.6, "5": 0.4, "7": 0.9}
    values: dict[str, Any] = {
        "resolution_m": RESOLUTION,
        "num_classes": 8,
        "magnification": SCALE,
        "codes": CODES,
        "block_m": 100.0,
        "boundary_threshold": THRESHOLD,
        "temperature": 1.7,
        "temperature_parcel": 0.6,
        "conformal": {
            "alpha": 0.1, "parcels": {"thresholds": thresholds}, "pixels": {"thresholds": thresholds},
        },
        **changes,
    }  # fmt: skip
    return ScoreSettings(**values)


def in_blocks(planes: dict[str, np.ndarray], side: int, chosen: ScoreSettings, classes_alone: bool = False) -> Any:
    """Figures of the map cut into blocks of so many cells."""
    score = MapScore(chosen)
    margin = SCALE * int(np.ceil(MARGIN_M / RESOLUTION / SCALE))
    counts = counted(planes["classes"], planes["flags"], planes["mask"])
    for top in range(0, SIDE, side):
        for left in range(0, SIDE, side):
            rows, cols = (slice(max(first - margin, 0), min(first + side + margin, SIDE)) for first in (top, left))
            inner = (
                slice(top - rows.start, top - rows.start + side),
                slice(left - cols.start, left - cols.start + side),
            )
            own = np.zeros((rows.stop - rows.start, cols.stop - cols.start), dtype=bool)
            own[inner] = counts[rows, cols][inner]
            labels = planes["classes"][rows, cols], planes["parcels"][rows, cols]
            block = LabelBlock(*labels, own, inner, RESOLUTION, rows.start, cols.start)
            score.add_sizes(block)
            if classes_alone:
                score.add_classes(
                    block,
                    planes["mapped"][rows, cols],
                    planes["probabilities"][:, rows, cols].max(axis=0),
                    planes["boundary"][rows, cols],
                )
            else:
                score.add(block, planes["probabilities"][:, rows, cols], planes["boundary"][rows, cols])
    return score.figures()


def same(first: Any, second: Any) -> None:
    """Equal, numbers but for the last digits: sums are added up in another order."""
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            same(first[key], second[key])
    elif isinstance(first, list):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            same(one, other)
    elif isinstance(first, float):
        assert first == pytest.approx(second, rel=1e-9, abs=1e-12)
    else:
        assert first == second


@pytest.mark.parametrize("block_m", [100.0, 10_000.0])
def test_blocks_of_any_size_give_the_figures_of_the_whole_map(block_m: float) -> None:
    planes, chosen = ground(), settings(block_m=block_m)
    whole = in_blocks(planes, 256, chosen)
    assert whole["map"]["interval_by"] == ("blocks" if block_m == 100 else "parcels")
    for side in (128, 32):
        same(whole, in_blocks(planes, side, chosen))
    assert 0.5 < whole["map"]["overall_accuracy"] < 0.95
    assert whole["unmapped_cells"] > 0
    json.dumps(whole, allow_nan=False)


def test_a_map_of_classes_alone_is_scored_in_blocks_too() -> None:
    planes = ground(1)
    planes["mapped"][:20] = UNKNOWN
    chosen = settings(codes=(), magnification=1, temperature=None, temperature_parcel=None, conformal={})
    whole = in_blocks(planes, 256, chosen, classes_alone=True)
    same(whole, in_blocks(planes, 32, chosen, classes_alone=True))
    assert "nearest" not in whole
    assert whole["parcels"][0]["by_mean_probability"]["accuracy"] is None
    assert whole["parcels"][0]["by_majority"]["accuracy"] > 0.5
    assert whole["reliability"]["pixels"]["after"] is not None
    assert whole["ece"] is not None
    assert whole["conformal"] is None
    json.dumps(whole, allow_nan=False)


def test_the_figures_are_those_of_the_plain_functions_for_whole_arrays() -> None:
    planes = ground(2)
    report = evaluate_map(
        planes["probabilities"], planes["classes"], planes["parcels"], resolution_m=RESOLUTION, magnification=SCALE,
        codes=CODES, boundary=planes["boundary"], boundary_threshold=THRESHOLD, flags=planes["flags"],
        mask=planes["mask"],
    )  # fmt: skip
    counts = counted(planes["classes"], planes["flags"], planes["mask"]) & np.isfinite(planes["boundary"])
    mapped = np.array(CODES)[np.nan_to_num(planes["probabilities"]).argmax(axis=0)]
    profile = edge_profile(planes["classes"], planes["parcels"], mapped, RESOLUTION, counts)
    for group, entries in report["map"]["edge_profile"].items():
        assert [without(entry, "parcels", "interval_95") for entry in entries] == profile[group]
        for entry in entries:
            assert entry["interval_95"][0] <= entry["accuracy"] <= entry["interval_95"][1]
            assert 1 < entry["parcels"] <= report["parcels"][0]["parcels"]
    true = boundary_cells(planes["classes"], planes["parcels"])
    found = np.nan_to_num(planes["boundary"]) >= THRESHOLD
    told = report["boundary_f1"]
    assert [without(entry, "f1_interval_95") for entry in told] == boundary_f1(found, true, RESOLUTION, known=counts)
    assert all(entry["f1_interval_95"][0] < entry["f1"] < entry["f1_interval_95"][1] for entry in told)
    matrix = confusion(planes["classes"], mapped, 8, counts)
    assert report["map"]["confusion"] == {"codes": list(CODES), "counts": matrix[np.ix_(CODES, CODES)].tolist()}
    differs = boundary_cells(planes["classes"])
    for name, where in (("boundary", differs), ("interior", ~differs)):
        parts = class_figures(confusion(planes["classes"], mapped, 8, counts & where))
        assert parts
        for code, values in parts.items():
            assert report["map"]["per_class"][str(code)][f"iou_{name}"] == values["iou"]
        own = report["map"][name]
        assert own["interval_95"][0] < own["overall_accuracy"] < own["interval_95"][1]


def test_the_edges_of_few_blocks_draw_parcels_and_what_is_all_right_is_not_certain() -> None:
    votes = ParcelVotes(3)
    parcels = np.repeat(np.arange(1, 13), 8)
    away = np.tile([2.0] * 4 + [7.0] * 4, 12)
    truth = np.ones(96, dtype=np.int64)
    mapped = np.where((parcels <= 6) & (away < 5), 2, 1)  # half of the parcels are wrong at the edge, all right inside
    votes.add(parcels, truth, mapped, away)
    one_block, many = np.zeros(12, dtype=np.int64), np.arange(12)
    for blocks in (one_block, many):  # one block would give no interval at all
        first, second = votes.edge_profile(blocks)["all"][:2]
        assert (first["accuracy"], first["parcels"]) == (0.5, 12)
        assert first["interval_95"][0] < 0.35 < 0.65 < first["interval_95"][1]
        assert second["accuracy"] == 1
        assert second["interval_95"] == wilson(12, 12)


def without(entry: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in names}


def test_an_interval_of_f1_draws_clusters_whole() -> None:
    # two kinds of ground: all found and right, and nothing. Draws mix them, so the interval spans most of 0 to 1
    right, nothing = [4, 4, 4, 4], [0, 4, 0, 4]
    hits, predicted, found, true = np.array([right, nothing] * 3).T
    low, high = f1_interval(hits, predicted, found, true)
    assert low < 0.25
    assert high > 0.75
    assert f1_interval(*np.array([right] * 6).T) == [1, 1]
    assert f1_interval(*np.array([right]).T) is None
    assert f1_interval(*np.array([right, [0, 0, 0, 0]]).T) is None  # ground without a boundary has no say


@pytest.mark.parametrize("resolution", [2.5, 5.0, 10.0])
def test_the_boundary_curve_is_the_f1_at_every_threshold(resolution: float) -> None:
    planes = ground(3)
    true = boundary_cells(planes["classes"], planes["parcels"])
    known = planes["mask"] & np.isfinite(planes["boundary"])
    curve = BoundaryCurve(resolution, 0.3)
    curve.add(planes["boundary"], true, known)
    figures = curve.figures()
    for place in (0, 11, 19, 38):
        found = np.nan_to_num(planes["boundary"].astype(np.float64), nan=-1) >= THRESHOLDS[place]
        for entry, expected in zip(
            figures["tolerances"], boundary_f1(found, true, resolution, known=known), strict=True
        ):
            assert {key: entry[key][place] for key in ("precision", "recall", "f1")} == {
                key: expected[key] for key in ("precision", "recall", "f1")
            }
    assert figures["chosen"] == 0.3
    assert len(figures["thresholds"]) == 39


def test_without_boundaries_the_curve_says_nothing() -> None:
    curve = BoundaryCurve(2.5)
    curve.add(np.zeros((4, 4)), np.zeros((4, 4), bool), np.ones((4, 4), bool))
    assert curve.at_chosen()[0] == {"tolerance_m": 2.5, "precision": None, "recall": None, "f1": None}


def test_intervals_draw_blocks_of_ground_and_parcels_where_there_are_fewer_than_ten() -> None:
    planes = ground()
    by_block = in_blocks(planes, 128, settings(block_m=100.0))
    assert by_block["map"]["interval_by"] == "blocks"
    assert by_block["map"]["interval_units"] >= 10
    assert by_block["parcels"][0]["by_mean_probability"]["interval_by"] == "blocks"
    by_parcel = in_blocks(planes, 128, settings(block_m=5000.0))
    assert by_parcel["map"]["interval_by"] == "parcels"
    assert by_parcel["map"]["interval_units"] > by_parcel["parcels"][0]["parcels"]  # and squares of ground outside
    assert by_parcel["parcels"][0]["by_mean_probability"]["interval_by"] == "parcels"
    for report in (by_block, by_parcel):
        for figure in ("overall_accuracy", "miou", "macro_f1"):
            low, high = report["map"][f"{figure}_interval_95"]
            assert low < report["map"][figure] < high


def test_an_interval_of_ground_that_is_alike_within_blocks_covers_what_one_of_cells_does_not() -> None:
    counts, cells = ClusterCounts(2), ClusterCounts(2)
    rng = np.random.default_rng(0)
    for block in range(40):
        right = np.full(100, rng.random() < 0.7)
        counts.add(np.full(100, block), np.zeros(100, int), (~right).astype(int))
        cells.add(100 * block + np.arange(100), np.zeros(100, int), (~right).astype(int))
    low, high = figure_intervals(counts, 2)["overall_accuracy"]
    narrow = figure_intervals(cells, 2)["overall_accuracy"]
    assert low < 0.7 < high
    assert high - low > 8 * (narrow[1] - narrow[0])
    assert len(counts) == 40


def test_intervals_of_miou_and_f1_are_drawn_from_the_counts_by_hand() -> None:
    # every cluster has the same cells: every draw gives the same figures
    counts = ClusterCounts(3)
    for cluster in range(5):
        counts.add(np.full(5, cluster), np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 2]))
    found = figure_intervals(counts, 3)
    assert found["overall_accuracy"] == pytest.approx([3 / 5] * 2)
    assert found["miou"] == pytest.approx([(1 / 2 + 2 / 4) / 2] * 2)
    assert found["macro_f1"] == pytest.approx([(2 / 3 + 4 / 6) / 2] * 2)
    assert figure_intervals(ClusterCounts(3), 3) == {"overall_accuracy": None, "miou": None, "macro_f1": None}


def test_probabilities_before_the_temperature_are_found_again() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (4, 64, 64))
    truth = np.array(CODES)[(logits + rng.gumbel(size=logits.shape)).argmax(axis=0)]  # right as often as softmax says

    def softmax(values: np.ndarray) -> np.ndarray:
        raised = np.exp(values - values.max(axis=0))
        return raised / raised.sum(axis=0)

    parcels = np.zeros((64, 64), dtype=np.int32)
    score = MapScore(settings(magnification=1, temperature=3.0, boundary_threshold=None, conformal={}))
    whole = (slice(0, 64), slice(0, 64))
    score.add(LabelBlock(truth, parcels, np.ones((64, 64), bool), whole, 10.0), softmax(logits / 3).astype(np.float32))
    report = score.figures()
    assert report["ece_before"] < 0.03
    assert report["ece"] > 0.15  # cooled down too much
    assert sum(entry["count"] for entry in report["reliability"]["pixels"]["before"]) == 64 * 64
    assert report["parcels"][0]["parcels"] == 0
    assert report["ece_parcels"] is None


def test_sums_grow_with_their_keys_in_any_order() -> None:
    sums = KeyedSums({"cells": ((), np.int64), "classes": ((3,), np.int32)})
    rng, expected = np.random.default_rng(0), {}
    for _ in range(20):
        keys, classes = rng.integers(0, 500, 100), rng.integers(0, 3, 100)
        rows = sums.rows(keys)
        sums.add("cells", rows)
        sums.count("classes", rows, classes)
        for key, code in zip(keys.tolist(), classes.tolist(), strict=True):
            expected.setdefault(key, [0, 0, 0])[code] += 1
    assert {key: row.tolist() for key, row in zip(sums.keys.tolist(), sums["classes"], strict=True)} == expected
    assert sums["cells"].tolist() == [sum(expected[key]) for key in sums.keys.tolist()]
    rows, known = sums.known_rows(np.array([-1, int(sums.keys[0]), 9999]))
    assert rows.tolist() == [0]
    assert known.tolist() == [False, True, False]
