"""What a stage minimises: its terms, the pixels that count in each, and no gradient where nothing is seen."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from training.config_training import CsclConfig, LossConfig, NetworkConfig  # noqa: E402
from training.crop_network import CropNetwork  # noqa: E402
from training.losses import focal_loss, masked_cross_entropy  # noqa: E402
from training.objective import Objective, take_part  # noqa: E402
from training.overlap_losses import dice_loss, lovasz_softmax  # noqa: E402

pytestmark = pytest.mark.torch

CLASSES = 3


def make_batch() -> dict[str, Any]:
    """Eight by eight label pixels: two classes, the first row mixed, the second contradicting, a column unknown."""
    torch.manual_seed(0)
    classes = torch.zeros(2, 8, 8, dtype=torch.long)
    classes[:, :, 4:] = 1
    known = torch.ones(2, 8, 8, dtype=torch.bool)
    known[:, :, 7] = False
    certain = known.clone()
    certain[:, :2] = False
    coverage = torch.ones(2, 8, 8)
    coverage[:, 0], coverage[:, 1] = 0.6, 0.0
    parcels = torch.arange(8).repeat_interleave(8).view(8, 8).expand(2, -1, -1)
    return {"classes": classes, "known": known, "certain": certain, "coverage": coverage, "parcels": parcels}


def objective(weight: Any = None, cscl: dict[str, Any] | None = None, **loss: Any) -> Objective:
    return Objective(CsclConfig(**cscl or {}), LossConfig(**loss), (1, 2), weight)


def logits() -> Any:
    torch.manual_seed(1)
    return torch.randn(2, CLASSES, 8, 8, requires_grad=True)


def test_terms_are_those_with_a_weight_times_their_weight() -> None:
    batch, values, weight = make_batch(), logits(), torch.tensor([1.0, 2.0, 0.0])
    made = objective(weight, cross_entropy=0.5, focal=2.0, focal_gamma=1.0, dice=3.0, lovasz=4.0)
    terms = made.classify(values, batch, batch["known"])
    certain = batch["certain"]
    smoothed = masked_cross_entropy(values, batch["classes"], certain, weight, label_smoothing=0.05)
    assert list(terms) == ["cross_entropy", "focal", "dice", "lovasz"]
    torch.testing.assert_close(terms["cross_entropy"], 0.5 * smoothed)
    torch.testing.assert_close(terms["focal"], 2 * focal_loss(values, batch["classes"], certain, 1.0, weight))
    torch.testing.assert_close(terms["dice"], 3 * dice_loss(values, batch["classes"], certain))
    torch.testing.assert_close(terms["lovasz"], 4 * lovasz_softmax(values, batch["classes"], certain))
    assert list(objective(cross_entropy=0.0, dice=1.0).classify(values, batch, batch["known"])) == ["dice"]


@pytest.mark.parametrize("term", ["cross_entropy", "focal", "dice", "lovasz"])
def test_pixels_that_are_mixed_unknown_or_not_seen_count_in_no_term(term: str) -> None:
    batch, values = make_batch(), logits()
    seen = batch["known"].clone()
    seen[:, 5] = False
    made = objective(**{"cross_entropy": 0.0, term: 1.0})
    made.classify(values, batch, seen)[term].backward()
    counted = batch["certain"] & seen
    moved = values.grad.abs().sum(1) > 0
    assert not moved[~counted].any()
    assert moved[counted].all()


def test_soft_targets_let_mixed_pixels_count_but_not_those_that_contradict_themselves() -> None:
    batch, values = make_batch(), logits()
    made = objective(soft_targets=True, label_smoothing=0.0)
    found = made.classify(values, batch, batch["known"])["cross_entropy"]
    counted = batch["known"].clone()
    counted[:, 1] = False
    torch.testing.assert_close(
        found, masked_cross_entropy(values, batch["classes"], counted, coverage=batch["coverage"])
    )
    found.backward()
    moved = values.grad.abs().sum(1) > 0
    assert moved[:, 0, :7].all()
    assert not moved[:, 1].any()


def test_the_boundary_weight_acts_within_the_largest_window() -> None:
    batch, values = make_batch(), logits()
    found = objective(boundary_weight=4.0, label_smoothing=0.0).classify(values, batch, batch["known"])
    # the class changes between columns 3 and 4, and the largest window reaches two cells
    weight = torch.tensor([1.0, 1, 4, 4, 4, 4, 1, 1]).expand(2, 8, 8)
    expected = masked_cross_entropy(values, batch["classes"], batch["certain"], pixel_weight=weight)
    torch.testing.assert_close(found["cross_entropy"], expected)


def network() -> CropNetwork:
    torch.manual_seed(2)
    options = {"stem_channels": 8, "pooled_channels": 8, "widths": [8, 8], "embedding_channels": 4, "heads": 2}
    return CropNetwork(NetworkConfig(magnification=2, options=options), 2, CLASSES, CsclConfig(proj_channels=8))


@pytest.mark.parametrize("target", ["class", "parcel"])
def test_the_contrast_compares_classes_or_parcels(target: str) -> None:
    batch, model = make_batch(), network()
    # an embedding that is one vector left of the change of class and another right of it
    left, right = torch.tensor([1.0, 0, 0, 0]), torch.tensor([-1.0, 0, 0, 0])
    embedding = torch.where(batch["classes"][:, None] == 0, left.view(1, 4, 1, 1), right.view(1, 4, 1, 1))
    with torch.no_grad():
        for head in model.similarity.values():
            head.query.weight.copy_(head.key.weight)
            head.rel_row.zero_()
            head.rel_col.zero_()
    made = objective(cscl={"target": target})
    found = float(made.contrast(model.similarity, embedding, batch, batch["known"]).detach())
    if target == "class":
        assert found == pytest.approx(0, abs=1e-5)
    else:  # rows are parcels: neighbours of a row are alike but across the change, those of other rows mostly alike too
        assert found > 0.4


@pytest.mark.parametrize("target", ["class", "parcel"])
@pytest.mark.parametrize("step", [None, 0, 1, 2, 3])
def test_outlines_of_parcels_count_towards_ground_that_is_not_known(target: str, step: int | None) -> None:
    # one parcel on the left, and nothing declared right of it
    known = torch.zeros(1, 8, 8, dtype=torch.bool)
    known[:, :, :4] = True
    batch = {"classes": torch.where(known, 1, 255), "parcels": torch.where(known, 3, 0), "known": known}
    imaged = torch.ones_like(known)
    model = network()
    torch.manual_seed(4)
    embedding = torch.randn(1, 4, 8, 8, requires_grad=True)
    made = objective(cscl={"target": target})

    def moved(imaged: Any) -> Any:
        """The columns whose embedding the contrast acts on."""
        loss = made.contrast(model.similarity, embedding, batch, known, step, imaged)
        (gradient,) = torch.autograd.grad(loss, embedding)
        return (gradient.abs().sum((0, 1, 2)) > 0).tolist()

    alone, with_outlines = moved(None), moved(imaged)
    assert not any(alone[4:])
    assert not any(with_outlines[6:])  # two columns further than the largest window
    assert with_outlines[4] == (target == "parcel")
    # where the images end nothing is said of the outline
    assert moved(known) == alone


@pytest.mark.parametrize("mode", ["corrected", "published"])
def test_a_sample_of_which_nothing_is_seen_leaves_the_weights_in_peace(mode: Any) -> None:
    batch, model = make_batch(), network()
    x, valid = torch.full((2, 3, 2, 4, 4), 0.9), torch.zeros(2, 3, 4, 4, dtype=torch.bool)
    values, embedding = model(x, torch.ones(2, 3), valid)
    made = objective(cscl={"mode": mode}, focal=1.0, dice=1.0, lovasz=1.0)
    nothing = torch.zeros_like(batch["known"])
    terms = made.classify(values, batch, nothing)
    contrast = made.contrast(model.similarity, embedding, batch, nothing)
    total = torch.stack(list(terms.values())).sum()
    if mode == "corrected":
        total = total + contrast
        assert float(total.detach()) == 0
    total.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert gradients
    assert all(float(g.abs().max()) == 0 for g in gradients)
    assert bool(torch.isfinite(contrast))


def test_terms_under_mixed_precision_are_in_single_precision() -> None:
    batch, values = make_batch(), logits()
    made = objective(focal=1.0, dice=1.0, lovasz=1.0, boundary_weight=2.0, soft_targets=True)
    with torch.autocast("cpu", torch.bfloat16):
        terms = made.classify(values.bfloat16(), batch, batch["known"])
        contrast = made.contrast(network().similarity, torch.randn(2, 4, 8, 8).bfloat16(), batch, batch["known"])
    assert {term.dtype for term in [*terms.values(), contrast]} == {torch.float32}


@pytest.mark.parametrize("part", [(..., slice(1, None, 3), slice(0, None, 3)), (..., slice(2, 6), slice(3, 6))])
def test_the_gradient_of_a_part_is_that_of_a_slice_in_the_layout_of_the_map(part: Any) -> None:
    maps = torch.randn(2, 3, 6, 6, dtype=torch.float64).to(memory_format=torch.channels_last).requires_grad_()
    taken = take_part(maps, part)
    assert torch.equal(taken, maps[part])
    assert taken.is_contiguous()
    (gradient,) = torch.autograd.grad(taken.square().sum(), maps)
    (expected,) = torch.autograd.grad(maps[part].square().sum(), maps)
    assert torch.equal(gradient, expected)
    assert gradient.is_contiguous(memory_format=torch.channels_last)
    assert torch.autograd.gradcheck(lambda values: take_part(values, part), maps)
