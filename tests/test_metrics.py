"""Figures of a map: arrays small enough to count by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from whole_map import evaluate_map

from training.edges import boundary_cells, boundary_f1, edge_distance, edge_profile, majority
from training.metrics import (
    class_figures,
    confusion,
    macro_f1,
    mean_iou,
    overall_accuracy,
    summarise,
    wilson,
)
from training.reliability import Reliability
from training.resampling import ClusterCounts, cluster_interval, figure_intervals, gap_interval
from training.upsampling import block_mean, upsample_bilinear, upsample_nearest

TRUTH = np.array([[0, 0, 1], [1, 2, 255]], dtype=np.uint8)
MAP = np.array([[0, 1, 1], [1, 3, 0]], dtype=np.uint8)

MATRICES = hnp.arrays(np.int64, st.integers(2, 6).map(lambda k: (k, k)), elements=st.integers(0, 50))


def one_hot(classes: np.ndarray, num_classes: int, certainty: float = 1.0) -> np.ndarray:
    """Probabilities (K, H, W) whose largest one is that of the given class."""
    rest = (1 - certainty) / (num_classes - 1)
    out = np.full((num_classes, *classes.shape), rest, dtype=np.float32)
    np.put_along_axis(out, classes[None].astype(np.int64), np.float32(certainty), axis=0)
    return out


def test_confusion_counts_truth_in_rows_and_leaves_out_the_unknown() -> None:
    matrix = confusion(TRUTH, MAP, 4)
    assert matrix.tolist() == [[1, 1, 0, 0], [0, 2, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert confusion(TRUTH, np.full_like(MAP, 255), 4).sum() == 0
    mask = np.array([[True, True, False], [False, False, True]])
    assert confusion(TRUTH, MAP, 4, mask).tolist() == [[1, 1, 0, 0], [0] * 4, [0] * 4, [0] * 4]


def test_figures_by_hand() -> None:
    matrix = confusion(TRUTH, MAP, 4)
    assert overall_accuracy(matrix) == 3 / 5
    # IoU 0: 1/2, 1: 2/3, 2: 0/1; class 3 does not occur in the truth
    assert mean_iou(matrix) == pytest.approx((1 / 2 + 2 / 3 + 0) / 3)
    # F1 0: 2/3, 1: 4/5, 2: 0
    assert macro_f1(matrix) == pytest.approx((2 / 3 + 4 / 5 + 0) / 3)
    figures = class_figures(matrix)
    assert list(figures) == [0, 1, 2, 3]
    assert figures[1] == {
        "iou": 2 / 3, "f1": 0.8, "precision": 2 / 3, "recall": 1.0, "cells_true": 2, "cells_mapped": 3,
    }  # fmt: skip
    assert figures[3]["recall"] is None
    assert summarise(matrix)["classes"] == 3
    assert summarise(np.zeros((3, 3), dtype=np.int64)) == {
        "overall_accuracy": None, "miou": None, "macro_f1": None, "cells": 0, "classes": 0,
    }  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(matrix=MATRICES, seed=st.integers(0, 100))
def test_figures_lie_between_0_and_1_and_do_not_depend_on_the_order_of_classes(matrix: np.ndarray, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(matrix))
    shuffled = matrix[np.ix_(order, order)]
    for figure in (overall_accuracy, mean_iou, macro_f1):
        value = figure(matrix)
        if value is None:
            assert matrix.sum() == 0
        else:
            assert 0 <= value <= 1
            assert figure(shuffled) == pytest.approx(value)
    if matrix.sum():
        assert mean_iou(matrix) <= macro_f1(matrix) + 1e-12
        assert mean_iou(np.diag(matrix.sum(axis=1))) == 1


def test_boundary_cells_have_another_label_among_their_eight_neighbours() -> None:
    classes = np.zeros((5, 5), dtype=np.uint8)
    classes[0, 0] = 1
    expected = np.zeros((5, 5), dtype=bool)
    expected[:2, :2] = True
    np.testing.assert_array_equal(boundary_cells(classes), expected)
    parcels = np.zeros((5, 5), dtype=np.int32)
    parcels[:, 4] = 7
    expected[:, 3:] = True
    np.testing.assert_array_equal(boundary_cells(classes, parcels), expected)
    assert not boundary_cells(np.ones((1, 1), dtype=np.uint8)).any()


def test_edge_distance_is_measured_from_a_cells_centre_to_the_edge_line() -> None:
    parcels = np.zeros((3, 6), dtype=np.int32)
    parcels[:, 2:] = 1
    np.testing.assert_allclose(edge_distance(parcels, 10), [[15, 5, 5, 15, 25, 35]] * 3)
    corner = np.zeros((3, 3), dtype=np.int32)
    corner[0, 0] = 1
    np.testing.assert_allclose(edge_distance(corner, 2), [[1, 1, 3], [1, 2**0.5, 10**0.5], [3, 10**0.5, 18**0.5]])
    assert np.isinf(edge_distance(np.ones((4, 4), dtype=np.int32), 10)).all()


@pytest.mark.parametrize("scale", [2, 4])
def test_edges_stay_where_they_are_on_a_finer_grid(scale: int) -> None:
    parcels = np.random.default_rng(0).integers(0, 3, (6, 7)).astype(np.int32)
    fine = edge_distance(np.kron(parcels, np.ones((scale, scale), dtype=np.int32)), 10 / scale)
    coarse = edge_distance(parcels, 10)
    # the centre of a coarse cell is a corner of four fine ones
    middle = fine.reshape(6, scale, 7, scale)[:, scale // 2, :, scale // 2]
    np.testing.assert_allclose(middle, coarse, atol=10 / scale)


def test_the_edge_profile_counts_by_band_and_judges_parcels_by_their_inside() -> None:
    # one row of 5 m cells: parcel 1 has 10 cells, parcel 2 six, no edge at the image's ends
    parcels = np.array([[1] * 10 + [2] * 6])
    truth = np.where(parcels == 1, 1, 2)
    mapped = truth.copy()
    mapped[0, 8:10] = 2  # parcel 1 is wrong 7.5 m and 2.5 m from its edge, and right inside
    mapped[0, 12:] = 3  # parcel 2 is wrong from 12.5 m inwards, so its inside is wrong
    profile = edge_profile(truth, parcels, mapped, 5.0)
    assert [band["cells"] for band in profile["all"]] == [2, 2, 4, 8]
    assert [band["accuracy"] for band in profile["all"]] == [0.5, 0.5, 0.5, 0.75]
    assert [band["to_m"] for band in profile["all"]] == [5.0, 10.0, 20.0, None]
    assert [(band["cells"], band["accuracy"]) for band in profile["inside_right"]] == [
        (1, 0),
        (1, 0),
        (2, 1),
        (6, 1),
    ]


def test_a_parcel_without_inside_is_judged_as_a_whole() -> None:
    parcels = np.array([[0, 1, 1, 1, 0]])
    truth = np.where(parcels == 1, 4, 0)
    profile = edge_profile(truth, parcels, np.array([[0, 4, 4, 5, 0]]), 2.5)
    assert profile["inside_right"][0] == {"from_m": 0.0, "to_m": 5.0, "cells": 3, "accuracy": 2 / 3}
    profile = edge_profile(truth, parcels, np.array([[0, 5, 4, 5, 0]]), 2.5)
    assert profile["inside_right"][0] == {"from_m": 0.0, "to_m": 5.0, "cells": 0, "accuracy": None}
    assert profile["all"][0]["accuracy"] == 1 / 3


def test_majority_takes_the_most_frequent_value_and_the_lower_of_equals() -> None:
    votes = majority(np.array([0, 0, 0, 1, 1, 3]), np.array([2, 5, 5, 7, 3, 0]), 4)
    assert votes.tolist() == [5, 3, -1, 0]


def test_boundary_f1_counts_hits_within_the_tolerance() -> None:
    true = np.zeros((5, 9), dtype=bool)
    true[:, 4] = True
    predicted = np.zeros_like(true)
    predicted[:, 5] = True  # 2.5 m off
    predicted[0, 8] = True  # 10 m off
    tight, middle, wide = boundary_f1(predicted, true, 2.5, (1.0, 2.5, 10.0))
    assert (tight["precision"], tight["recall"], tight["f1"]) == (0, 0, 0)
    assert (middle["precision"], middle["recall"]) == (5 / 6, 1)
    assert middle["f1"] == pytest.approx(10 / 11)
    assert wide["f1"] == 1
    known = np.zeros_like(true)
    known[1:] = True
    assert boundary_f1(predicted, true, 2.5, (2.5,), known)[0]["precision"] == 1


def test_boundary_f1_without_boundaries() -> None:
    some, none = np.ones((2, 2), dtype=bool), np.zeros((2, 2), dtype=bool)
    assert boundary_f1(none, some, 2.5, (2.5,))[0] == {
        "tolerance_m": 2.5,
        "precision": None,
        "recall": 0,
        "f1": 0,
    }
    assert boundary_f1(some, none, 2.5, (2.5,))[0]["f1"] == 0
    assert boundary_f1(none, none, 2.5, (2.5,))[0]["f1"] is None


def test_parcels_are_counted_by_majority_and_mean_probability_and_size() -> None:
    # 10 m cells: parcel 1 has three (0.03 ha), parcel 2 sixty (0.6 ha)
    parcels = np.zeros((10, 7), dtype=np.int32)
    parcels[:3, 0] = 1
    parcels[:, 1:] = 2
    truth = np.where(parcels == 1, 1, 0)
    truth[parcels == 0] = 255
    probabilities = np.zeros((2, 10, 7))
    probabilities[0] = 1
    # two of three cells say class 0 with 0.6, one class 1 with 1.0: the majority is wrong, the mean right
    probabilities[:, :3, 0] = [[0.6, 0.6, 0.0], [0.4, 0.4, 1.0]]
    report = evaluate_map(probabilities, truth, parcels, resolution_m=10.0, magnification=1)
    everything, small, middle, large = report["parcels"]
    assert [entry["parcels"] for entry in (everything, small, middle, large)] == [2, 1, 1, 0]
    assert [entry["size"] for entry in (small, middle, large)] == ["< 0.5 ha", "0.5-2 ha", ">= 2 ha"]
    assert everything["by_majority"]["accuracy"] == 0.5
    assert everything["by_mean_probability"]["accuracy"] == 1
    assert small["by_majority"]["accuracy"] == 0
    assert large["by_majority"] == {"accuracy": None, "interval_95": None, "interval_by": None}


def test_wilsons_interval_by_hand() -> None:
    # Wilson 1927 with z = 1.96: 8 of 10 gives 0.490 to 0.943
    assert wilson(8, 10) == pytest.approx([0.4902, 0.9433], abs=1e-4)
    assert wilson(0, 10) == pytest.approx([0, 0.2775], abs=1e-4)
    assert wilson(10, 10) == pytest.approx([0.7225, 1], abs=1e-4)
    assert wilson(0, 0) is None


def test_the_difference_of_two_maps_that_err_alike_is_surer_than_either() -> None:
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(20), 50)
    share = np.repeat(rng.uniform(0.2, 1, 20), 50)  # in some clusters all maps are poor
    ours, theirs = (ClusterCounts(2) for _ in range(2))
    draw = rng.uniform(size=1000)
    for counts, right in ((ours, draw < share), (theirs, draw < share - 0.05)):
        counts.add(cluster, np.zeros(1000, dtype=int), np.where(right, 0, 1))
    numbers, hits, cells = ours.right()
    assert (numbers.tolist(), cells.tolist()) == (list(range(20)), [50.0] * 20)
    assert hits.sum() == np.count_nonzero(draw < share)
    low, high = gap_interval(ours, theirs)
    assert 0 < low < 0.05 < high < 0.1
    (ours_low, ours_high), (theirs_low, theirs_high) = (
        figure_intervals(counts, 2)["overall_accuracy"] for counts in (ours, theirs)
    )
    assert ours_low < theirs_high  # they overlap, and yet one is better
    assert high - low < min(ours_high - ours_low, theirs_high - theirs_low) / 3
    back = gap_interval(theirs, ours)
    assert back == pytest.approx([-high, -low])


def test_a_difference_takes_clusters_that_one_map_lacks() -> None:
    ours, theirs = (ClusterCounts(2) for _ in range(2))
    clusters, truth = np.array([9, 3, 5, 7, 11, 13]), np.zeros(6, dtype=int)
    ours.add(clusters, truth, truth)  # right everywhere
    theirs.add(clusters[:1], truth[:1], truth[:1] + 1)  # wrong in the one cluster that it maps
    assert gap_interval(ours, theirs) == [1.0, 1.0]
    assert gap_interval(theirs, ours) == [-1.0, -1.0]
    assert gap_interval(theirs, theirs) is None  # a single cluster
    five = ClusterCounts(2)
    five.add(clusters[:5], truth[:5], truth[:5])
    assert gap_interval(five, theirs) is None  # five to one side happen by chance once in sixteen


def test_the_interval_by_clusters_is_wider_than_that_by_cells() -> None:
    right = np.repeat(np.array([True, False] * 10), 50)
    by_parcel = cluster_interval(right, np.repeat(np.arange(20), 50))
    by_cell = cluster_interval(right, np.arange(1000))
    assert by_parcel[0] < 0.35 < 0.45 < by_cell[0] < 0.5 < by_cell[1] < 0.55 < 0.65 < by_parcel[1]
    assert cluster_interval(right, np.zeros(1000, dtype=int)) is None


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float | None:
    judged = Reliability()
    judged.add(confidence, right)
    return judged.error


def test_calibration_error_by_hand() -> None:
    # two bins of 15: confidence 0.9 with 3 of 4 right, 0.5 with 1 of 1
    confidence = np.array([0.9, 0.9, 0.9, 0.9, 0.5])
    right = np.array([True, True, True, False, True])
    assert calibration_error(confidence, right) == pytest.approx((4 * 0.15 + 1 * 0.5) / 5)
    assert calibration_error(np.ones(3), np.ones(3, dtype=bool)) == 0
    assert calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) is None


@settings(max_examples=30, deadline=None)
@given(values=hnp.arrays(np.float64, 40, elements=st.floats(0, 1)), seed=st.integers(0, 9))
def test_calibration_error_lies_between_0_and_1(values: np.ndarray, seed: int) -> None:
    right = np.random.default_rng(seed).random(40) < 0.5
    assert 0 <= calibration_error(values, right) <= 1


def test_upsampling_by_hand() -> None:
    row = np.array([[[0.0, 4.0]]])
    assert upsample_nearest(row, 2).tolist() == [[[0, 0, 4, 4], [0, 0, 4, 4]]]
    # centres of fine cells at -0.25, 0.25, 0.75, 1.25 coarse cells
    assert upsample_bilinear(row, 2).tolist() == [[[0, 1, 3, 4], [0, 1, 3, 4]]]
    np.testing.assert_array_equal(block_mean(upsample_nearest(row, 4), 4), row)
    assert block_mean(np.arange(8.0).reshape(1, 2, 4), 2).tolist() == [[[2.5, 4.5]]]


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_bilinear_upsampling_is_torchs(scale: int) -> None:
    torch = pytest.importorskip("torch")
    values = np.random.default_rng(0).random((3, 5, 7)).astype(np.float32)
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(values)[None], scale_factor=scale, mode="bilinear", align_corners=False
    )
    np.testing.assert_allclose(upsample_bilinear(values, scale), expected[0].numpy(), atol=1e-6)


def scene() -> tuple[np.ndarray, np.ndarray]:
    """Classes and parcels on 2.5 m cells: two fields with background around them."""
    parcels = np.zeros((40, 48), dtype=np.int32)
    parcels[6:34, 6:22], parcels[6:34, 22:42] = 1, 2
    return np.array([0, 3, 5])[parcels], parcels


def test_a_perfect_map_has_perfect_figures_and_upsampling_costs_at_edges_only() -> None:
    classes, parcels = scene()
    report = evaluate_map(
        one_hot(classes, 6, 0.9), classes, parcels, resolution_m=2.5, magnification=4,
        boundary=boundary_cells(classes, parcels).astype(np.float32),
    )  # fmt: skip
    own = report["map"]
    assert own["overall_accuracy"] == own["miou"] == own["macro_f1"] == 1
    assert own["overall_accuracy_interval_95"] == [1, 1]
    assert own["boundary"]["overall_accuracy"] == own["interior"]["overall_accuracy"] == 1
    assert sorted(own["per_class"]) == ["0", "3", "5"]
    assert [entry["f1"] for entry in report["boundary_f1"]] == [1, 1, 1]
    assert report["parcels"][0]["by_majority"]["accuracy"] == 1
    assert report["ece"] == pytest.approx(0.1)
    assert report["area"]["labelled_ha"]["3"] == pytest.approx(28 * 16 * 6.25e-4)
    assert "biased" in report["area"]["method"]
    assert report["nearest"]["overall_accuracy"] < 1
    assert report["nearest"]["boundary"]["overall_accuracy"] < report["nearest"]["interior"]["overall_accuracy"]
    assert report["bilinear"]["edge_profile"]["all"][3]["accuracy"] == 1
    json.dumps(report, allow_nan=False)


def test_cells_that_are_unmapped_unknown_overlapping_or_outside_of_the_split_do_not_count() -> None:
    classes, parcels = scene()
    probabilities = one_hot(classes, 6)
    probabilities[:, :4, :4] = np.nan
    probabilities[:, 4:8, :4] = 0
    flags = np.zeros_like(classes)
    flags[:, -1] = 2
    known = classes.copy()
    known[39, :] = 255
    mask = np.ones(classes.shape, dtype=bool)
    mask[:, 10] = False
    report = evaluate_map(probabilities, known, parcels, resolution_m=2.5, magnification=4, flags=flags, mask=mask)
    assert report["unmapped_cells"] == 32
    assert report["cells"] == 39 * 46 - 32
    assert report["map"]["overall_accuracy"] == 1
    assert report["nearest"]["cells"] == report["cells"]
    assert "boundary_f1" not in report
    json.dumps(report, allow_nan=False)


def test_channels_may_have_codes_of_their_own_and_truth_may_have_classes_the_map_lacks() -> None:
    classes, parcels = scene()
    probabilities = np.stack([classes == 0, classes != 0]).astype(np.float32)
    report = evaluate_map(probabilities, classes, parcels, resolution_m=10, magnification=1, codes=[0, 3])
    assert report["map"]["per_class"]["3"]["recall"] == 1
    assert report["map"]["per_class"]["5"]["recall"] == 0
    assert "nearest" not in report


def test_a_region_without_a_single_known_cell_gives_empty_figures() -> None:
    classes, parcels = scene()
    report = evaluate_map(
        one_hot(classes, 6), np.full_like(classes, 255), parcels, resolution_m=2.5, magnification=2,
        boundary=np.zeros(classes.shape, dtype=np.float32),
    )  # fmt: skip
    assert report["cells"] == 0
    assert report["map"]["overall_accuracy"] is None
    assert report["ece"] is None
    json.dumps(report, allow_nan=False)


def test_sizes_that_do_not_fit_are_told() -> None:
    classes, parcels = scene()
    with pytest.raises(ValueError, match=r"\(6, 40, 48\).* differ"):
        evaluate_map(one_hot(classes, 6), classes[:4], parcels[:4], resolution_m=2.5, magnification=4)
    with pytest.raises(ValueError, match="no multiple of the magnification 4"):
        evaluate_map(
            one_hot(classes, 6)[:, :, :46],
            classes[:, :46],
            parcels[:, :46],
            resolution_m=2.5,
            magnification=4,
        )
