"""Soft dice and Lovász-softmax: by hand, against 1 - IoU and its extension written out, by gradcheck."""

from __future__ import annotations

import itertools
import math

import pytest

torch = pytest.importorskip("torch")

from training.overlap_losses import dice_loss, lovasz_softmax  # noqa: E402

pytestmark = pytest.mark.torch

# Three pixels in a row, two classes; probabilities of class 0: 3/4, 1/2, 1/4. Classes 0, 1 and unknown.
LOGITS = torch.tensor([[[[math.log(3.0), 0.0, 0.0]], [[0.0, 0.0, math.log(3.0)]]]])
TARGET = torch.tensor([[[0, 1, 255]]])
LOSSES = pytest.mark.parametrize("loss", [dice_loss, lovasz_softmax])


def lovasz_by_definition(probabilities, codes):
    """Mean over classes of the Lovász extension of 1 - IoU: pixels turn wrong in the order of their errors."""
    losses = []
    for code in sorted(set(codes)):
        own = [c == code for c in codes]
        errors = [1 - p[code] if o else p[code] for p, o in zip(probabilities, own, strict=True)]
        order = sorted(range(len(codes)), key=lambda i: -errors[i])
        total, before, wrong = 0.0, 0.0, set()
        for pixel in order:
            wrong.add(pixel)
            mapped = {i for i, o in enumerate(own) if o != (i in wrong)}
            true = {i for i, o in enumerate(own) if o}
            lost = 1 - len(mapped & true) / len(mapped | true)
            total += errors[pixel] * (lost - before)
            before = lost
        losses.append(total)
    return sum(losses) / len(losses)


def test_dice_is_the_overlap_of_probabilities_and_truth():
    # class 0: 2 * 3/4 / (3/4 + 1/2 + 1); class 1: 2 * 1/2 / (1/4 + 1/2 + 1)
    expected = 1 - (1.5 / 2.25 + 1 / 1.75) / 2
    assert float(dice_loss(LOGITS, TARGET)) == pytest.approx(expected, rel=1e-6)


def test_a_class_that_does_not_occur_is_left_out_of_dice():
    target = torch.tensor([[[0, 0, 255]]])
    assert float(dice_loss(LOGITS, target)) == pytest.approx(1 - 2 * 1.25 / (1.25 + 2), rel=1e-6)


def test_lovasz_of_two_pixels_by_hand():
    # Class 0: errors 1/4 (its own pixel) and 1/2 (the other). The other turns wrong first: IoU 1 -> 1/2, then -> 0.
    # Class 1: errors 1/2 (its own) and 1/4. Its own turns wrong first: IoU 1 -> 0, and stays there.
    expected = ((1 / 2 * 1 / 2 + 1 / 4 * 1 / 2) + 1 / 2) / 2
    assert float(lovasz_softmax(LOGITS, TARGET)) == pytest.approx(expected, rel=1e-6)


def test_lovasz_is_the_extension_of_the_jaccard_loss():
    torch.manual_seed(0)
    for _ in range(5):
        logits, target = torch.randn(2, 3, 2, 3, dtype=torch.float64), torch.randint(0, 3, (2, 2, 3))
        known = torch.rand(2, 2, 3) > 0.3
        pixels = torch.softmax(logits, 1).movedim(1, -1)[known].tolist()
        expected = lovasz_by_definition(pixels, target[known].tolist())
        assert float(lovasz_softmax(logits, target, known)) == pytest.approx(expected, rel=1e-12)


def test_lovasz_of_hard_predictions_is_one_minus_the_mean_iou():
    for mapped in itertools.product(range(3), repeat=4):
        target = torch.tensor([0, 0, 1, 2]).view(1, 1, 4)
        logits = 300.0 * torch.nn.functional.one_hot(torch.tensor(mapped), 3).float().t().view(1, 3, 1, 4)
        places = [
            ({i for i in range(4) if mapped[i] == k}, {i for i in range(4) if target[0, 0, i] == k}) for k in range(3)
        ]
        iou = sum(len(a & b) / len(a | b) for a, b in places) / 3
        assert float(lovasz_softmax(logits, target)) == pytest.approx(1 - iou, abs=1e-6)


@LOSSES
def test_regions_are_those_of_the_batch_and_not_of_its_images(loss):
    torch.manual_seed(1)
    logits, target = torch.randn(2, 3, 2, 4), torch.randint(0, 3, (2, 2, 4))
    joined = torch.cat(list(logits), 1)[None], torch.cat(list(target), 0)[None]
    torch.testing.assert_close(loss(logits, target), loss(*joined))


@LOSSES
def test_pixels_that_do_not_count_change_nothing(loss):
    torch.manual_seed(2)
    logits, target = torch.randn(2, 3, 2, 4), torch.randint(0, 3, (2, 2, 4))
    known = torch.rand(2, 2, 4) > 0.4
    other, codes = logits.clone(), target.clone()
    other.movedim(1, -1)[~known] = 9.0
    codes[~known] = 77
    logits.requires_grad_()
    found = loss(logits, target, known)
    assert torch.equal(found, loss(other, codes, known))
    found.backward()
    assert float(logits.grad.movedim(1, -1)[~known].abs().max()) == 0
    assert float(logits.grad.movedim(1, -1)[known].abs().min()) > 0


@LOSSES
def test_a_perfect_map_has_no_loss(loss):
    target = torch.tensor([[[0, 1], [2, 255]]])
    logits = 60.0 * torch.nn.functional.one_hot(torch.where(target < 255, target, 0), 3).float().movedim(-1, 1)
    assert float(loss(logits, target)) == pytest.approx(0, abs=1e-6)


@LOSSES
def test_gradients_are_right(loss):
    torch.manual_seed(3)
    logits = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([[[0, 1], [2, 255]], [[1, 1], [0, 2]]])
    assert torch.autograd.gradcheck(lambda values: loss(values, target), (logits,))


@LOSSES
def test_no_pixel_gives_zero_and_no_gradient(loss):
    logits = LOGITS.clone().requires_grad_()
    found = loss(logits, torch.full_like(TARGET, 255))
    found.backward()
    assert float(found.detach()) == 0
    assert float(logits.grad.abs().max()) == 0


@LOSSES
def test_half_precision_is_summed_in_single_precision(loss):
    torch.manual_seed(4)
    logits, target = torch.randn(1, 3, 64, 64).bfloat16(), torch.randint(0, 3, (1, 64, 64))
    with torch.autocast("cpu", torch.bfloat16):
        found = loss(logits, target)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, loss(logits.float(), target))


@LOSSES
def test_wrong_input_is_refused(loss):
    with pytest.raises(ValueError, match=r"target must be \(1, 1, 3\)"):
        loss(LOGITS, TARGET[0])
    with pytest.raises(ValueError, match=r"known must be \(1, 1, 3\)"):
        loss(LOGITS, TARGET, torch.ones(1, 1, 2, dtype=torch.bool))
    with pytest.raises(ValueError, match="target holds class 2, but logits have classes 0 to 1"):
        loss(LOGITS, torch.tensor([[[0, 2, 255]]]))
