"""Context-self contrastive similarity, targets and loss: by hand, by gradcheck and against the published numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training import cscl  # noqa: E402
from training.cscl import (  # noqa: E402
    ContextSelfSimilarity,
    affinity_targets,
    cscl_loss,
    window_offsets,
)

pytestmark = pytest.mark.torch

PUBLISHED = Path(__file__).parent / "data" / "cscl_published.npz"
CASES = ("k3_s1_d1", "k5_s1_d1", "k3_s1_d2", "k3_s1_d4", "k3_s2_d2", "k3_s4_d4")


def similarity_by_definition(head, z):
    """cos(q_p, k_(p,o)), or q_p . k_(p,o), each pair written out; 0 in corrected mode where no pair is."""
    w_query, w_key = head.query.weight[:, :, 0, 0], head.key.weight[:, :, 0, 0]
    batch, _, height, width = z.shape
    size, stride = head.window, head.stride
    out = torch.zeros(batch, -(-height // stride), -(-width // stride), size, size, dtype=z.dtype)
    for row in range(0, height, stride):
        for column in range(0, width, stride):
            query = z[:, :, row, column] @ w_query.T
            for index, (dy, dx) in enumerate(window_offsets(size, head.dilation)):
                i, j = divmod(index, size)
                position = torch.cat([head.rel_row[:, 0, 0, i, 0], head.rel_col[:, 0, 0, 0, j]])
                inside = 0 <= row + dy < height and 0 <= column + dx < width
                if head.mode == "corrected" and (not inside or (dy, dx) == (0, 0)):
                    continue
                key = position.expand(batch, -1)
                if inside:
                    key = key + z[:, :, row + dy, column + dx] @ w_key.T
                pairs = [(query[:, g :: head.groups], key[:, g :: head.groups]) for g in range(head.groups)]
                values = [torch.cosine_similarity(q, k) if head.normalize else (q * k).sum(1) for q, k in pairs]
                out[:, row // stride, column // stride, i, j] = torch.stack(values).mean(0)
    return out


@pytest.mark.parametrize("case", CASES)
def test_published_mode_gives_the_published_similarities_targets_and_loss(case):
    with np.load(PUBLISHED) as data:
        values = {name: torch.from_numpy(data[f"{case}/{name}"]) for name in ("x", "similarity", "targets")}
        weights = {name: torch.from_numpy(data[f"{case}/{name}"]) for name in ("rel_row", "rel_col")}
        weights["query.weight"] = torch.from_numpy(data[f"{case}/query_weight"])
        weights["key.weight"] = torch.from_numpy(data[f"{case}/key_weight"])
        labels = torch.from_numpy(data["labels"]).expand(2, -1, -1)
        loss = float(data[f"{case}/loss"])
    window, stride, dilation = (int(part[1:]) for part in case.split("_"))
    head = ContextSelfSimilarity(16, 8, window, stride, dilation, mode="published")
    head.load_state_dict(weights)

    similarity = head(values["x"])
    targets, mask = affinity_targets(labels, window, stride, dilation, mode="published")

    torch.testing.assert_close(similarity, values["similarity"], atol=1e-6, rtol=0)
    assert torch.equal(targets[0].float(), values["targets"])
    assert bool(mask.all())
    assert float(cscl_loss(similarity.detach(), targets, mode="published")) == pytest.approx(loss, abs=1e-6)
    assert float(cscl_loss(similarity.detach(), targets, mask, mode="published")) == pytest.approx(loss, abs=1e-6)


@pytest.mark.parametrize("mode", ["corrected", "published"])
@pytest.mark.parametrize(
    ("channels", "window", "stride", "dilation", "groups"),
    [
        (16, 3, 1, 1, 1),
        (8, 3, 1, 1, 1),
        (4, 3, 1, 2, 1),
        (8, 3, 2, 1, 2),
        (4, 5, 1, 1, 1),
        (12, 3, 2, 4, 1),
        (12, 3, 4, 2, 3),
        (8, 3, 1, 6, 1),
    ],
)
def test_similarity_is_the_cosine_of_query_and_key_for_every_pair(mode, channels, window, stride, dilation, groups):
    torch.manual_seed(0)
    head = ContextSelfSimilarity(5, channels, window, stride, dilation, groups, mode=mode).double()
    z = torch.randn(2, 5, 6, 7, dtype=torch.float64)
    torch.testing.assert_close(head(z), similarity_by_definition(head, z))
    with torch.no_grad():  # another way of summing, the one that is exported
        torch.testing.assert_close(head(z), similarity_by_definition(head, z))


@pytest.mark.parametrize("mode", ["corrected", "published"])
@pytest.mark.parametrize(("channels", "stride", "dilation", "groups"), [(4, 1, 2, 1), (12, 4, 2, 3), (8, 2, 1, 2)])
def test_dot_products_without_normalisation_are_those_of_every_pair(mode, channels, stride, dilation, groups):
    torch.manual_seed(0)
    head = ContextSelfSimilarity(5, channels, 3, stride, dilation, groups, normalize=False, mode=mode).double()
    z = torch.randn(2, 5, 6, 7, dtype=torch.float64)
    torch.testing.assert_close(head(z), similarity_by_definition(head, z))


@pytest.mark.parametrize("mode", ["corrected", "published"])
def test_every_other_cell_at_dilation_one_is_the_map_at_dilation_two(mode):
    """The equality by which training compares a part of the windows."""
    torch.manual_seed(0)
    head = ContextSelfSimilarity(5, 8, dilation=2, mode=mode)
    z, labels = torch.randn(2, 5, 7, 8), torch.randint(0, 3, (2, 7, 8))
    whole, part = head(z), head(z[:, :, 1::2, ::2], dilation=1)
    torch.testing.assert_close(part, whole[:, 1::2, ::2])
    of_whole = affinity_targets(labels, dilation=2, mode=mode)
    for all_windows, some in zip(of_whole, affinity_targets(labels[:, 1::2, ::2], mode=mode), strict=True):
        assert torch.equal(some, all_windows[:, 1::2, ::2])


@pytest.mark.parametrize("mode", ["corrected", "published"])
@pytest.mark.parametrize(
    ("channels", "stride", "dilation", "groups", "normalize"),
    [
        (8, 1, 1, 1, True),
        (2, 1, 2, 1, True),
        (4, 2, 2, 1, True),
        (8, 2, 1, 1, True),
        (8, 4, 2, 2, True),
        (4, 2, 1, 1, False),
    ],
)
def test_gradients_of_embedding_and_weights_are_right(mode, channels, stride, dilation, groups, normalize):
    torch.manual_seed(1)
    head = ContextSelfSimilarity(3, channels, 3, stride, dilation, groups, normalize, mode).double()
    z = torch.randn(2, 3, 4, 3, dtype=torch.float64, requires_grad=True)
    parameters = tuple(head.parameters())

    def similarity(*tensors):
        names = [name for name, _ in head.named_parameters()]
        return torch.func.functional_call(head, dict(zip(names, tensors[1:], strict=True)), (tensors[0],))

    assert torch.autograd.gradcheck(similarity, (z, *parameters))


def test_gradient_of_the_corrected_loss_is_right():
    torch.manual_seed(2)
    similarity = torch.randn(1, 2, 3, 3, 3, dtype=torch.float64, requires_grad=True)
    targets = torch.rand(1, 2, 3, 3, 3) > 0.5
    mask = torch.rand(1, 2, 3, 3, 3) > 0.3
    assert torch.autograd.gradcheck(lambda s: cscl_loss(s, targets, mask), (similarity,))


def test_parameters_have_the_published_names_and_shapes():
    shapes = {name: tuple(value.shape) for name, value in ContextSelfSimilarity(16, 8, 5).named_parameters()}
    assert shapes == {
        "query.weight": (8, 16, 1, 1),
        "key.weight": (8, 16, 1, 1),
        "rel_row": (4, 1, 1, 5, 1),
        "rel_col": (4, 1, 1, 1, 5),
    }


def test_position_vectors_start_small_only_in_corrected_mode():
    torch.manual_seed(3)
    assert float(ContextSelfSimilarity(4, 512).rel_row.detach().std()) == pytest.approx(0.02, rel=0.2)
    published = ContextSelfSimilarity(4, 512, mode="published")
    assert float(published.rel_row.detach().std()) == pytest.approx(1.0, rel=0.2)


def test_an_embedding_of_zeros_gives_finite_similarities_and_gradients():
    head = ContextSelfSimilarity(4, 8)
    z = torch.zeros(1, 4, 4, 4, requires_grad=True)
    similarity = head(z)
    similarity.sum().backward()
    assert bool(torch.isfinite(similarity).all())
    assert bool(torch.isfinite(z.grad).all())


def test_without_normalisation_similarities_are_dot_products():
    torch.manual_seed(4)
    head = ContextSelfSimilarity(3, 4, normalize=False)
    z = torch.randn(1, 3, 2, 2)
    position = torch.cat([head.rel_row[:, 0, 0, 1, 0], head.rel_col[:, 0, 0, 0, 2]])
    expected = head.query(z)[0, :, 0, 0] @ (head.key(z)[0, :, 0, 1] + position)
    torch.testing.assert_close(head(z)[0, 0, 0, 1, 2], expected)


# One class left of the middle column, another right of it:
#   1 1 2
#   1 1 2
#   1 2 2
LABELS = torch.tensor([[[1, 1, 2], [1, 1, 2], [1, 2, 2]]])
CENTRE_TARGETS = [[1, 1, 0], [1, 1, 0], [1, 0, 0]]
CORNER_TARGETS = [[0, 0, 0], [0, 1, 1], [0, 1, 1]]
CORNER_INSIDE = [[0, 0, 0], [0, 1, 1], [0, 1, 1]]


def test_targets_of_centre_and_corner_in_published_mode():
    targets, mask = affinity_targets(LABELS, mode="published")
    assert targets[0, 1, 1].int().tolist() == CENTRE_TARGETS
    assert targets[0, 0, 0].int().tolist() == CORNER_TARGETS
    assert bool(mask.all())


def test_corrected_mode_drops_the_centre_and_what_lies_outside():
    targets, mask = affinity_targets(LABELS)
    assert targets[0, 1, 1].int().tolist() == CENTRE_TARGETS
    assert mask[0, 1, 1].int().tolist() == [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    assert mask[0, 0, 0].int().tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 1]]
    assert mask[0, 2, 1].int().tolist() == [[1, 1, 1], [1, 0, 1], [0, 0, 0]]
    # 4 corners with 3 neighbours, 4 edges with 5, one centre with 8
    assert int(mask.sum()) == 4 * 3 + 4 * 5 + 8


def test_pairs_with_an_unknown_end_do_not_count():
    valid = torch.ones_like(LABELS, dtype=torch.bool)
    valid[0, 0, 1] = False
    _, mask = affinity_targets(LABELS, valid=valid)
    assert mask[0, 1, 1].int().tolist() == [[1, 0, 1], [1, 0, 1], [1, 1, 1]]
    assert int(mask[0, 0, 1].sum()) == 0


def test_unknown_is_a_class_like_any_other_in_published_mode():
    nothing = torch.zeros_like(LABELS, dtype=torch.bool)
    assert bool(affinity_targets(LABELS, mode="published", valid=nothing)[1].all())


def test_dilated_targets_look_past_the_nearest_neighbours():
    labels = torch.tensor([[[1, 9, 1], [9, 1, 9], [2, 9, 1]]])
    targets, mask = affinity_targets(labels, dilation=2)
    assert targets[0, 0, 0].int().tolist() == [[0, 0, 0], [0, 1, 1], [0, 0, 1]]
    assert mask[0, 0, 0].int().tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 1]]
    assert int(mask[0, 1, 1].sum()) == 0


@pytest.mark.parametrize(("stride", "dilation"), [(2, 2), (2, 1), (2, 4), (4, 2)])
@pytest.mark.parametrize("mode", ["corrected", "published"])
def test_strided_targets_are_every_so_many_of_the_dense_ones(stride, dilation, mode):
    torch.manual_seed(5)
    labels = torch.randint(0, 3, (2, 7, 6))
    dense = affinity_targets(labels, dilation=dilation, mode=mode)
    strided = affinity_targets(labels, stride=stride, dilation=dilation, mode=mode)
    for every, some in zip(dense, strided, strict=True):
        assert torch.equal(every[:, ::stride, ::stride], some)


def test_corrected_loss_is_the_mean_of_the_two_means():
    similarity = torch.tensor([0.5, 1.0, 0.4, -0.7, 0.9]).view(1, 1, 5, 1, 1)
    targets = torch.tensor([1, 1, 0, 0, 1]).bool().view(1, 1, 5, 1, 1)
    mask = torch.tensor([1, 1, 1, 1, 0]).bool().view(1, 1, 5, 1, 1)
    # positives: (0.5 + 0) / 2 = 0.25; negatives: (0.4 + 0) / 2 = 0.2
    assert float(cscl_loss(similarity.detach(), targets, mask)) == pytest.approx(0.225)


def test_published_loss_weighs_positive_pairs():
    similarity = torch.tensor([0.5, -0.25]).view(1, 1, 2, 1, 1)
    targets = torch.tensor([True, False]).view(1, 1, 2, 1, 1)
    assert float(cscl_loss(similarity.detach(), targets, mode="published")) == pytest.approx((-0.125 * 0.5 - 0.25) / 2)
    assert float(cscl_loss(similarity.detach(), targets, pos_weight=1.0, mode="published")) == pytest.approx(-0.375)


@pytest.mark.parametrize(
    ("ids", "negatives", "positives"),
    [([[1, 1, 2], [1, 1, 2], [1, 1, 2]], 14, 26), ([[1, 1, 2], [3, 1, 2], [3, 1, 2]], 26, 14)],
)
def test_fields_of_one_crop_are_told_apart_by_their_parcels(ids, negatives, positives):
    """Of 20 neighbouring pairs, each seen from both ends: 7 across the right edge, and 6 more around parcel 3."""
    targets, mask = affinity_targets(torch.tensor([ids]))
    assert int((~targets & mask).sum()) == negatives
    assert int((targets & mask).sum()) == positives


@pytest.mark.parametrize("channels", [8, 32])
def test_what_is_kept_for_the_way_back_holds_no_window_for_every_channel(channels):
    """All windows of all channels would be 9 A planes; kept are two projections, the embedding and some 9 planes."""
    head = ContextSelfSimilarity(16, channels)
    kept: dict[int, int] = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes() // 4
        return tensor

    z = torch.randn(1, 16, 40, 40, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        similarity = head(z)
    assert similarity.shape == (1, 40, 40, 3, 3)
    planes = sum(kept.values()) / 40**2
    assert planes < 16 + 2 * channels + 9 * 10
    assert channels == 8 or planes < 9 * channels * 0.75


@pytest.mark.parametrize("values", [1, 2 * 6 * 20 * 20, 10**9])
def test_how_many_samples_are_taken_together_changes_nothing(monkeypatch, values):
    head = ContextSelfSimilarity(6, 8, dilation=2)
    embedding = torch.randn(5, 6, 20, 20)
    together = head(embedding)
    monkeypatch.setattr(cscl, "CACHED_VALUES", values)
    torch.testing.assert_close(head(embedding), together, rtol=0, atol=1e-6)


def test_a_patch_of_one_class_has_no_negative_term():
    labels = torch.ones(1, 4, 4, dtype=torch.long)
    targets, mask = affinity_targets(labels)
    assert float(cscl_loss(torch.full(targets.shape, 0.2), targets, mask)) == pytest.approx(0.4)


def test_a_share_weighs_boundaries_against_the_rest():
    labels = torch.tensor([[[1, 1, 2]]])
    targets, mask = affinity_targets(labels)
    similarity = torch.where(targets, 0.3, 0.8)
    # positive pairs miss 0.7, negative ones 0.8
    assert float(cscl_loss(similarity, targets, mask)) == pytest.approx(0.5 * 0.7 + 0.5 * 0.8)
    assert float(cscl_loss(similarity, targets, mask, negative_share=0.2)) == pytest.approx(0.8 * 0.7 + 0.2 * 0.8)


@pytest.mark.parametrize("arguments", [{"negative_share": 0.0}, {"negative_share": 0.3, "mode": "published"}])
def test_a_share_that_is_none_is_refused(arguments):
    with pytest.raises(ValueError, match="negative_share lies between 0 and 1"):
        cscl_loss(torch.zeros(1), torch.zeros(1), **arguments)


def test_a_patch_without_known_pixels_has_no_loss_and_no_gradient():
    labels = torch.randint(0, 3, (1, 4, 4))
    targets, mask = affinity_targets(labels, valid=torch.zeros(1, 4, 4, dtype=torch.bool))
    similarity = torch.rand(targets.shape, requires_grad=True)
    loss = cscl_loss(similarity, targets, mask)
    loss.backward()
    assert float(loss.detach()) == 0
    assert float(similarity.grad.abs().max()) == 0


def test_descending_on_the_loss_separates_two_fields():
    torch.manual_seed(6)
    labels = torch.tensor([[0, 0, 0, 1, 1, 1]]).expand(6, -1)[None]
    z = torch.randn(1, 4, 6, 6, requires_grad=True)
    head = ContextSelfSimilarity(4, 8)
    optimizer = torch.optim.Adam([z, *head.parameters()], lr=0.05)
    targets, mask = affinity_targets(labels)
    for _ in range(100):
        optimizer.zero_grad()
        loss = cscl_loss(head(z), targets, mask)
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.05


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"window": 4}, "window must be odd"),
        ({"stride": 2, "dilation": 3}, "one must divide the other"),
        ({"mode": "fixed"}, "mode must be one of corrected, published"),
        ({"proj_channels": 6, "groups": 2}, "multiple of 2 \\* groups = 4"),
    ],
)
def test_unusable_arguments_are_refused_with_the_reason(arguments, message):
    with pytest.raises(ValueError, match=message):
        ContextSelfSimilarity(4, **{"proj_channels": 8, **arguments})


def test_wrong_shapes_are_refused_with_what_came():
    with pytest.raises(ValueError, match=r"labels must be \(B, H, W\), got shape \(3, 3\)"):
        affinity_targets(LABELS[0])
    with pytest.raises(ValueError, match="valid must have the labels' shape"):
        affinity_targets(LABELS, valid=torch.ones(1, 2, 3, dtype=torch.bool))
    with pytest.raises(ValueError, match="targets must have the similarity's shape"):
        cscl_loss(torch.zeros(1, 2, 2, 3, 3), torch.zeros(1, 1, 2, 3, 3))
    with pytest.raises(ValueError, match="pos_weight belongs to mode 'published'"):
        cscl_loss(torch.zeros(1), torch.zeros(1), pos_weight=0.1)


def test_the_outline_of_a_parcel_counts_though_what_lies_beyond_it_is_not_known() -> None:
    # parcel 7 is known, parcel 9 is another split's, 0 is ground of which nothing is declared; the last column is not
    # imaged
    labels = torch.tensor([[[7, 7, 9, 0, 0]]])
    valid = torch.tensor([[[True, True, False, False, False]]])
    imaged = torch.tensor([[[True, True, True, True, False]]])

    def row(dilation: int, imaged: torch.Tensor | None) -> tuple[list[bool], list[bool]]:
        """Of each cell with the one to its right."""
        targets, pairs = affinity_targets(labels, dilation=dilation, valid=valid, imaged=imaged)
        return targets[0, 0, :, 1, 2].tolist(), pairs[0, 0, :, 1, 2].tolist()

    assert row(1, None)[1] == [True, False, False, False, False]
    targets, pairs = row(1, imaged)
    assert (targets[0], targets[1]) == (True, False)
    assert pairs == [True, True, False, False, False]
    assert row(2, imaged)[1] == [True, True, False, False, False]  # 7 with 9, 7 with 0; not 9 with the last
    left = affinity_targets(labels, valid=valid, imaged=imaged)[1][0, 0, :, 1, 0].tolist()
    assert left == [False, True, True, False, False]  # and the other way around
    of_cells_known_alone = affinity_targets(labels, valid=valid, imaged=valid)[1]
    assert torch.equal(of_cells_known_alone, affinity_targets(labels, valid=valid)[1])


def test_ground_outside_of_parcels_has_no_outline() -> None:
    labels, valid = torch.tensor([[[0, 0, 5]]]), torch.tensor([[[True, False, False]]])
    _, pairs = affinity_targets(labels, valid=valid, imaged=torch.ones_like(valid))
    assert not bool(pairs.any())


def test_an_outline_counts_on_a_grid_of_centres_too() -> None:
    generator = torch.Generator().manual_seed(3)
    labels = torch.randint(0, 4, (2, 9, 8), generator=generator)
    valid, imaged = torch.rand(2, 9, 8, generator=generator) < 0.6, torch.rand(2, 9, 8, generator=generator) < 0.9
    dense = affinity_targets(labels, dilation=2, valid=valid, imaged=imaged)
    strided = affinity_targets(labels, stride=2, dilation=2, valid=valid, imaged=imaged)
    for all_centres, some in zip(dense, strided, strict=True):
        assert torch.equal(all_centres[:, ::2, ::2], some)
