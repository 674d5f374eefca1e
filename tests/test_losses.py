"""Masked cross-entropy against values worked out by hand."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from training.losses import masked_cross_entropy  # noqa: E402

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
