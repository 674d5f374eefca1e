"""The boundary layer: contrast, target and calibration on scenes small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training.boundary import BoundaryHead, boundary_contrast, boundary_target, fit_platt, outline_target  # noqa: E402
from training.cscl import ContextSelfSimilarity  # noqa: E402

pytestmark = pytest.mark.torch


def contrast_by_definition(similarity):
    batch, height, width = similarity.shape[:3]
    u = torch.zeros(batch, height, width, dtype=similarity.dtype)
    for row in range(height):
        for column in range(width):
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    inside = 0 <= row + dy < height and 0 <= column + dx < width
                    if (dy or dx) and inside:
                        there = similarity[:, row, column, 1 + dy, 1 + dx]
                        back = similarity[:, row + dy, column + dx, 1 - dy, 1 - dx]
                        u[:, row, column] = torch.maximum(u[:, row, column], 1 - (there + back) / 2)
    return u.unsqueeze(1)


@pytest.mark.parametrize("shape", [(4, 5), (1, 3), (3, 1), (1, 1), (2, 2)])
def test_contrast_is_the_largest_over_the_neighbours_of_both_directions_mean(shape):
    torch.manual_seed(0)
    similarity = torch.rand(2, *shape, 3, 3) * 2 - 1
    torch.testing.assert_close(boundary_contrast(similarity), contrast_by_definition(similarity))


def test_contrast_is_a_ridge_of_two_pixels_where_the_embedding_flips():
    head = ContextSelfSimilarity(2, 4)
    with torch.no_grad():
        head.rel_row.zero_()
        head.rel_col.zero_()
        head.key.weight.copy_(head.query.weight)
    z = torch.ones(1, 2, 3, 6)
    z[..., 3:] = -1
    u = BoundaryHead(head).contrast(z)
    expected = torch.tensor([0.0, 0, 2, 2, 0, 0]).expand(1, 1, 3, 6)
    torch.testing.assert_close(u, expected, atol=1e-5, rtol=0)


def test_probability_is_the_calibrated_sigmoid_of_the_contrast():
    torch.manual_seed(1)
    boundary = BoundaryHead(ContextSelfSimilarity(3, 4))
    boundary.set_calibration(5.0, -2.0)
    z = torch.randn(1, 3, 4, 4)
    torch.testing.assert_close(boundary(z), torch.sigmoid(5 * boundary.contrast(z) - 2))
    assert {"a", "b"} <= set(boundary.state_dict())


@pytest.mark.parametrize("options", [{"dilation": 2}, {"stride": 2}, {"window": 5}, {"normalize": False}])
def test_only_similarities_of_the_nearest_neighbours_will_do(options):
    with pytest.raises(ValueError, match="window 3, stride 1, dilation 1"):
        BoundaryHead(ContextSelfSimilarity(3, 4, **options))


def test_target_is_where_class_or_parcel_changes_within_one_pixel():
    labels = torch.tensor([[1, 1, 1, 1, 2, 2, 2]]).expand(3, -1)[None]
    parcels = torch.tensor([[7, 7, 8, 8, 9, 9, 9]]).expand(3, -1)[None]
    changes, known = boundary_target(labels, parcels, torch.ones(1, 3, 7, dtype=torch.bool))
    # Known is the inside of the image; the parcel changes between 1 and 2, class and parcel between 3 and 4.
    assert known[0].int().tolist() == [[0] * 7, [0, 1, 1, 1, 1, 1, 0], [0] * 7]
    assert changes[0].int().tolist() == [[0] * 7, [0, 1, 1, 1, 1, 0, 0], [0] * 7]


def test_target_is_not_known_beside_an_unknown_pixel_even_where_a_change_is_seen():
    labels = torch.tensor([[1, 1, 1, 1, 2, 2, 2]]).expand(3, -1)[None]
    valid = torch.ones(1, 3, 7, dtype=torch.bool)
    valid[0, 0, 3] = False
    changes, known = boundary_target(labels, torch.zeros_like(labels), valid)
    assert known[0, 1].int().tolist() == [0, 1, 0, 0, 0, 1, 0]
    assert int(changes.sum()) == 0


def test_of_a_declared_parcel_the_outline_is_known_whatever_lies_beyond() -> None:
    parcels = torch.zeros(1, 5, 7, dtype=torch.int64)
    parcels[:, 1:4, 1:6] = 4  # its one row inside is row 2, columns 2 to 4
    valid = parcels > 0  # what lies outside is not known
    imaged = torch.ones_like(valid)
    ends, known = outline_target(parcels, valid, imaged)
    assert torch.equal(known, valid)
    inside = torch.zeros_like(valid)
    inside[:, 2, 2:5] = True
    assert torch.equal(ends, valid & ~inside)
    imaged[:, 0, 0] = False  # a cloud beside the corner
    ends, known = outline_target(parcels, valid, imaged)
    assert not known[0, 1, 1]
    assert not ends[0, 1, 1]
    assert known.sum() == valid.sum() - 1


def test_target_refuses_parcels_of_another_shape():
    with pytest.raises(ValueError, match="parcels must have the labels' shape"):
        boundary_target(torch.zeros(1, 3, 3), torch.zeros(1, 3, 4), torch.ones(1, 3, 3, dtype=torch.bool))


def test_calibration_finds_the_logistic_curve_that_made_the_data():
    draw = np.random.default_rng(2)
    u = draw.uniform(0, 2, 200_000).astype(np.float32)
    target = draw.uniform(size=u.size) < 1 / (1 + np.exp(-(4 * u - 6)))
    a, b = fit_platt(u, target)
    assert a == pytest.approx(4, abs=0.1)  # standard error about 0.03
    assert b == pytest.approx(-6, abs=0.15)
    # The first-order condition of the fit: the mean probability is the rate of boundaries.
    assert np.mean(1 / (1 + np.exp(-(a * u + b)))) == pytest.approx(target.mean(), abs=1e-4)


def test_calibration_stays_finite_where_the_contrast_separates_the_outcomes():
    a, b = fit_platt(np.array([0.0, 0.1, 0.9, 1.0]), np.array([False, False, True, True]))
    assert np.isfinite([a, b]).all()
    assert a > 0
    # Platt's targets with two of each: 3/4 and 1/4
    p = 1 / (1 + np.exp(-(a * np.array([0.05, 0.95]) + b)))
    np.testing.assert_allclose(p, [0.25, 0.75], atol=0.01)


def test_calibration_gives_the_base_rate_where_the_contrast_says_nothing():
    a, b = fit_platt(np.full(1000, 0.3), np.arange(1000) < 200)
    assert 1 / (1 + np.exp(-(a * 0.3 + b))) == pytest.approx(0.2, abs=0.002)


@pytest.mark.parametrize(
    ("u", "target", "message"),
    [
        ([0.1, 0.2], [True], "as many values each, got 2 and 1"),
        ([0.1, np.nan], [True, False], "not finite"),
        ([0.1, 0.2], [True, True], "got 2 and 0"),
    ],
)
def test_calibration_refuses_what_it_cannot_be_fitted_to(u, target, message):
    with pytest.raises(ValueError, match=message):
        fit_platt(np.array(u), np.array(target))
