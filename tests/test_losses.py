"""Cross-entropy and focal loss against values worked out by hand."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from training.losses import focal_loss, masked_cross_entropy  # noqa: E402

pytestmark = pytest.mark.torch

# Three pixels in a row, two classes; probabilities of class 0: 3/4, 1/2, 1/4.
LOGITS = torch.tensor([[[[math.log(3.0), 0.0, 0.0]], [[0.0, 0.0, math.log(3.0)]]]])
TARGET = torch.tensor([[[0, 1, 255]]])


def test_loss_is_the_mean_over_known_pixels():
    expected = (math.log(4 / 3) + math.log(2)) / 2
    assert float(masked_cross_entropy(LOGITS, TARGET)) == pytest.approx(expected, rel=1e-6)


def test_masked_pixels_do_not_count_whatever_their_code():
    known = torch.tensor([[[True, False, True]]])
    target = torch.tensor([[[0, 77, 255]]])
    assert float(masked_cross_entropy(LOGITS, target, known)) == pytest.approx(math.log(4 / 3), rel=1e-6)


def test_class_weights_give_a_weighted_mean():
    weight = torch.tensor([3.0, 1.0])
    expected = (3 * math.log(4 / 3) + math.log(2)) / 4
    assert float(masked_cross_entropy(LOGITS, TARGET, class_weight=weight)) == pytest.approx(expected, rel=1e-6)


def test_pixel_weights_give_a_weighted_mean_and_unknown_pixels_stay_out():
    weight = torch.tensor([[[1.0, 3.0, 50.0]]])
    expected = (math.log(4 / 3) + 3 * math.log(2)) / 4
    assert float(masked_cross_entropy(LOGITS, TARGET, pixel_weight=weight)) == pytest.approx(expected, rel=1e-6)


def test_label_smoothing_spreads_the_target_evenly():
    target = torch.tensor([[[0, 255, 255]]])
    expected = 0.9 * math.log(4 / 3) + 0.1 * math.log(4)  # 0.2 spread over two classes: 0.1 each
    loss = masked_cross_entropy(LOGITS, target, label_smoothing=0.2)
    assert float(loss) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("weight", [None, torch.ones(2)])
def test_no_known_pixel_gives_zero_and_no_gradient(weight):
    logits = LOGITS.clone().requires_grad_()
    loss = masked_cross_entropy(logits, torch.full_like(TARGET, 255), class_weight=weight)
    loss.backward()
    assert float(loss.detach()) == 0
    assert float(logits.grad.abs().max()) == 0


def test_a_code_that_is_no_class_is_refused():
    with pytest.raises(ValueError, match="target holds class 2, but logits have classes 0 to 1"):
        masked_cross_entropy(LOGITS, torch.tensor([[[0, 2, 255]]]))


def test_a_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"target must be \(1, 1, 3\)"):
        masked_cross_entropy(LOGITS, TARGET[0])


@pytest.mark.parametrize("name", ["pixel_weight", "coverage", "known"])
def test_a_map_of_another_size_is_named(name):
    with pytest.raises(ValueError, match=rf"{name} must be \(1, 1, 3\) for logits \(1, 2, 1, 3\), got \(1, 1, 2\)"):
        masked_cross_entropy(LOGITS, TARGET, **{name: torch.ones(1, 1, 2, dtype=torch.bool)})


def test_logits_without_an_axis_of_classes_are_refused():
    with pytest.raises(ValueError, match=r"logits must be \(B, K, H, W\), got shape \(2, 1, 3\)"):
        masked_cross_entropy(LOGITS[0], TARGET)


def test_coverage_shares_the_target_between_the_class_and_the_others():
    # Four classes with probabilities 1/2, 1/4, 1/8, 1/8; the first covers 0.7, so the others get 0.1 each.
    logits = torch.tensor([4.0, 2.0, 1.0, 1.0]).log().view(1, 4, 1, 1)
    expected = (0.7 * 1 + 0.1 * 2 + 2 * 0.1 * 3) * math.log(2)
    target, coverage = torch.zeros(1, 1, 1, dtype=torch.long), torch.full((1, 1, 1), 0.7)
    assert float(masked_cross_entropy(logits, target, coverage=coverage)) == pytest.approx(expected, rel=1e-6)
    # with smoothing 0.2: 0.56 + 0.05 and three times 0.08 + 0.05
    smooth = (0.61 * 1 + 0.13 * 2 + 2 * 0.13 * 3) * math.log(2)
    found = masked_cross_entropy(logits, target, coverage=coverage, label_smoothing=0.2)
    assert float(found) == pytest.approx(smooth, rel=1e-6)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.3])
def test_full_coverage_is_a_hard_target(label_smoothing):
    torch.manual_seed(0)
    logits, target = torch.randn(2, 5, 3, 4), torch.randint(0, 5, (2, 3, 4))
    target[0, 0] = 255
    hard = masked_cross_entropy(logits, target, label_smoothing=label_smoothing)
    soft = masked_cross_entropy(logits, target, label_smoothing=label_smoothing, coverage=torch.ones(2, 3, 4))
    torch.testing.assert_close(hard, soft)


def test_cross_entropy_with_all_its_options_has_the_right_gradient():
    torch.manual_seed(1)
    logits = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([[[0, 1], [2, 255]], [[1, 1], [0, 2]]])
    weight, pixels, coverage = (torch.rand(shape, dtype=torch.float64) for shape in ((3,), (2, 2, 2), (2, 2, 2)))
    known = torch.rand(2, 2, 2) > 0.2

    def loss(values):
        return masked_cross_entropy(values, target, known, weight, pixels, 0.1, coverage)

    assert torch.autograd.gradcheck(loss, (logits,))


def test_focal_loss_counts_what_is_right_already_less():
    # probabilities of the class: 3/4 and 1/2; (1 - p)^2 = 1/16 and 1/4
    expected = (math.log(4 / 3) / 16 + math.log(2) / 4) / 2
    assert float(focal_loss(LOGITS, TARGET)) == pytest.approx(expected, rel=1e-6)
    weighted = (3 * math.log(4 / 3) / 16 + math.log(2) / 4) / 4
    assert float(focal_loss(LOGITS, TARGET, class_weight=torch.tensor([3.0, 1.0]))) == pytest.approx(weighted, rel=1e-6)
    assert float(focal_loss(LOGITS, TARGET, pixel_weight=torch.tensor([[[3.0, 1, 9]]]))) == pytest.approx(weighted)


def test_focal_loss_without_gamma_is_the_cross_entropy():
    torch.testing.assert_close(focal_loss(LOGITS, TARGET, gamma=0), masked_cross_entropy(LOGITS, TARGET))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_loss_has_the_right_gradient_and_a_finite_one_where_all_is_right(gamma):
    torch.manual_seed(2)
    logits = torch.randn(1, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([[[0, 1], [2, 255]]])
    assert torch.autograd.gradcheck(lambda values: focal_loss(values, target, gamma=gamma), (logits,))
    sure = torch.zeros(1, 3, 2, 2)
    sure.scatter_(1, torch.where(target < 255, target, 0)[:, None], 200.0)
    sure.requires_grad_()
    focal_loss(sure, target, gamma=gamma).backward()
    assert bool(torch.isfinite(sure.grad).all())


def test_a_negative_gamma_is_refused():
    with pytest.raises(ValueError, match="gamma must be 0 or more, got -1"):
        focal_loss(LOGITS, TARGET, gamma=-1)


def test_focal_loss_of_no_pixel_is_zero_without_gradient():
    logits = LOGITS.clone().requires_grad_()
    loss = focal_loss(logits, TARGET, torch.zeros_like(TARGET, dtype=torch.bool))
    loss.backward()
    assert float(loss.detach()) == 0
    assert float(logits.grad.abs().max()) == 0


@pytest.mark.parametrize("loss", [masked_cross_entropy, focal_loss])
def test_losses_of_half_precision_are_summed_in_single_precision(loss):
    torch.manual_seed(3)
    logits, target = torch.randn(1, 3, 64, 64).bfloat16(), torch.randint(0, 3, (1, 64, 64))
    with torch.autocast("cpu", torch.bfloat16):
        found = loss(logits, target, pixel_weight=torch.full((1, 64, 64), 0.1))
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, loss(logits.float(), target))
