"""Context-self contrastive learning: compare every location of an embedding map with its neighbourhood.

Holds the similarity head, its targets and its loss. Knows nothing of networks, data sets or the training loop.

Source: Tarasiou, Guler, Zafeiriou, "Context-self contrastive pretraining for crop type semantic
segmentation", IEEE TGRS vol. 60, 2022. Two modes: ``published`` gives the numbers of the authors' code, and
``corrected`` (the default) differs from it where this file says so, with the reason.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

Mode = Literal["corrected", "published"]

PUBLISHED_POS_WEIGHT = 0.125
"""Weight of a positive pair in the published loss: one over the eight neighbours of a 3 x 3 window."""

EVEN = 0.5
"""Share of the negative pairs in the corrected loss."""

POSITION_STD: dict[str, float] = {"published": 1.0, "corrected": 0.02}
"""Spread of the position vectors at the start. N(0, 1) swamps the projected keys, so that similarity says
where a neighbour lies and not what it is; hence the small start of ``corrected``."""

NORM2_MIN = 1e-12
"""Floor of a squared norm, against division by zero where an embedding is all zeros."""

CACHED_VALUES = 2**18
"""Values of embeddings that a processor takes at a time, one sample at least."""


class ContextSelfSimilarity(nn.Module):
    """Cosine similarity of every location's query with the keys of its k x k neighbourhood.

    query q_p = Wq z_p, key k_(p,o) = Wk z_(p + dilation * o) + r_o, similarity s_(p,o) = cos(q_p, k_(p,o)),
    with the learned position r_o = [rel_row(row of o); rel_col(column of o)], half of the channels each.

    The k x k keys of a location are never laid out side by side. Where A > 2 D the dot product over the projected
    channels is folded into one over the embedding's, z_p' (Wq' Wk) z_(p+o), and the norms into quadratic forms:
    time and memory then do not grow with A. A about D is the cheapest.

    Args:
        in_channels: D, channels of the embedding map.
        proj_channels: A, channels of queries and keys; a multiple of 2 * groups.
        window: k, odd; cells of the neighbourhood along one side.
        stride: cells between the locations that are compared with their neighbourhood.
        dilation: cells between neighbours of one window; stride and dilation must divide one another.
        groups: the channels are dealt in turn to so many groups (channel a to group a mod groups, so that each
            has rows and columns of the position); a cosine is taken in each, and their mean is the similarity.
            1 is the published form.
        normalize: False gives plain dot products (averaged over groups) in place of cosines.
        mode: ``published``: a neighbour outside the image has the bare position vector as its key.
            ``corrected``: neighbours outside the image and the centre, which no pair uses, have similarity 0.

    Raises:
        ValueError: if a size is not usable; the message says which.
    """

    def __init__(
        self,
        in_channels: int,
        proj_channels: int = 128,
        window: int = 3,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        normalize: bool = True,
        mode: Mode = "corrected",
    ) -> None:
        super().__init__()
        _check_window(window, stride, dilation, mode)
        if groups < 1 or proj_channels < 1 or proj_channels % (2 * groups):
            raise ValueError(
                f"proj_channels must be a multiple of 2 * groups = {2 * groups} (rows and columns take half of "
                f"the channels each), got {proj_channels}."
            )
        self.in_channels = in_channels
        self.proj_channels = proj_channels
        self.window = window
        self.stride = stride
        self.dilation = dilation
        self.groups = groups
        self.normalize = normalize
        self.mode: Mode = mode
        half = proj_channels // 2
        std = POSITION_STD[mode]
        self.query = nn.Conv2d(in_channels, proj_channels, 1, bias=False)
        self.key = nn.Conv2d(in_channels, proj_channels, 1, bias=False)
        self.rel_row = nn.Parameter(torch.randn(half, 1, 1, window, 1) * std)
        self.rel_col = nn.Parameter(torch.randn(half, 1, 1, 1, window) * std)

    def forward(self, embedding: Tensor, dilation: int | None = None) -> Tensor:
        """Compare each location with its neighbourhood.

        Args:
            embedding: (B, D, H, W) float.
            dilation: in place of the head's own: 1 for every d-th cell of a map, whose head has dilation d.

        Returns:
            Similarity (B, H', W', k, k) in [-1, 1], H' = ceil(H / stride); the last two axes are row and column
            of the neighbour in the window.
        """
        # Under automatic mixed precision the norms, differences of large squares, would lose their digits.
        with torch.autocast(device_type=embedding.device.type, enabled=False):
            z = embedding if embedding.dtype == torch.float64 else embedding.float()
            if z.device.type != "cpu":
                planes = self._planes(z, dilation or self.dilation)
            else:  # few samples at a time: what the backward pass keeps then stays small enough for the cache
                together = max(1, CACHED_VALUES // z[0].numel())
                parts = torch.split(z, together)
                planes = torch.cat([self._planes(part, dilation or self.dilation) for part in parts])
        return _as_windows(planes, self.window)

    def _planes(self, z: Tensor, dilation: int) -> Tensor:
        """Similarity, one plane for each offset: (B, k * k, H', W')."""
        total = self._group_similarity(z, 0, dilation)
        for group in range(1, self.groups):
            total = total + self._group_similarity(z, group, dilation)
        return total / self.groups

    def _group_similarity(self, z: Tensor, group: int, dilation: int) -> Tensor:
        """Similarity of one group of channels, one plane for each offset: (B, k * k, H', W')."""
        channels = slice(group, None, self.groups)
        size = self.window
        dtype = z.dtype
        w_query = self.query.weight[channels, :, 0, 0].to(dtype)  # (a, D)
        w_key = self.key.weight[channels, :, 0, 0].to(dtype)
        rows = self.rel_row[:, 0, 0].expand(-1, size, size)
        columns = self.rel_col[:, 0, 0].expand(-1, size, size)
        position = torch.cat([rows, columns])[channels].flatten(1).to(dtype)  # (a, k * k)

        height, width = z.shape[-2:]
        centres = z[:, :, :: self.stride, :: self.stride] if self.stride > 1 else z
        out_shape = centres.shape[-2:]
        here = centres.flatten(2)  # (B, D, N')
        there = z.flatten(2)  # (B, D, N)
        query_position = _mix(position.t() @ w_query, here)
        key_position = _mix(position.t() @ w_key, there)
        if w_query.shape[0] > 2 * z.shape[1]:  # where folding, with its two quadratic forms, was found faster
            query, key = _mix(w_key.t() @ w_query, here), there
            query_norm2 = channel_sum(here * _mix(w_query.t() @ w_query, here))
            key_norm2 = channel_sum(there * _mix(w_key.t() @ w_key, there))
        else:
            query, key = _mix(w_query, here), _mix(w_key, there)
            query_norm2, key_norm2 = channel_sum(query.square()), channel_sum(key.square())

        offsets = window_offsets(self.window, dilation)
        query, query_position = torch.unflatten(query, 2, out_shape), torch.unflatten(query_position, 2, out_shape)
        key, key_position = torch.unflatten(key, 2, (height, width)), torch.unflatten(key_position, 2, (height, width))
        corrected = self.mode == "corrected"
        similarity = query_position + _shifted_dots(query, key, offsets, self.stride, skip_centre=corrected)
        # ||k + r||^2 = ||k||^2 + 2 k.r + ||r||^2, made once per pixel and offset and then moved to the centre.
        norm2 = torch.unflatten(key_norm2, 2, (height, width)) + 2 * key_position
        position_norm2 = position.square().sum(0)[:, None, None]
        if corrected:  # what is moved in from outside is 0, and so is the similarity
            scale = _inverse_root(norm2 + position_norm2) if self.normalize else torch.ones_like(norm2)
            scale = _shifted_planes(scale, offsets, self.stride, skip_centre=True)
            similarity = similarity * scale
        elif self.normalize:  # of what is moved in from outside, the bare position vector is left
            norm2 = _shifted_planes(norm2, offsets, self.stride, skip_centre=False)
            similarity = similarity * _inverse_root(norm2 + position_norm2)
        if self.normalize:
            similarity = similarity * torch.unflatten(_inverse_root(query_norm2), 2, out_shape)
        return similarity


def affinity_targets(
    labels: Tensor,
    window: int = 3,
    stride: int = 1,
    dilation: int = 1,
    mode: Mode = "corrected",
    valid: Tensor | None = None,
    imaged: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Say for every location and neighbour whether the two carry the same label, and whether the pair counts.

    Args:
        labels: (B, H, W) integers: class codes, or parcel ids for the same-parcel variant.
        window: k, as in ContextSelfSimilarity; so are ``stride`` and ``dilation``.
        stride: see ``window``.
        dilation: see ``window``.
        mode: ``published``: every pair counts; the centre is a positive, a neighbour outside the image a
            negative, and "unknown" is a class like any other, so ``valid`` is not used. ``corrected``: pairs that
            leave the image, the centre with itself and pairs with a location that is not valid do not count.
        valid: (B, H, W) bool, where the label is known; None: everywhere.
        imaged: (B, H, W) bool, for parcel ids alone (0: in no parcel that is known): where the ground is seen, whether
            or not its label is known. A parcel's outline is known whatever lies beyond it, so ``corrected`` also counts
            a valid location in a parcel with an imaged one that is not of it.

    Returns:
        (targets, pair_mask): both bool (B, H', W', k, k); targets is False where the neighbour lies outside.

    Raises:
        ValueError: if a shape or size is not usable.
    """
    _check_window(window, stride, dilation, mode)
    if labels.dim() != 3:
        raise ValueError(f"labels must be (B, H, W), got shape {tuple(labels.shape)}.")
    for name, where in (("valid", valid), ("imaged", imaged)):
        if where is not None and where.shape != labels.shape:
            raise ValueError(f"{name} must have the labels' shape {tuple(labels.shape)}, got {tuple(where.shape)}.")
    known = torch.ones_like(labels, dtype=torch.bool) if valid is None else valid
    in_parcel = None if imaged is None else known & (labels > 0)
    offsets = window_offsets(window, dilation)
    height, width = labels.shape[-2:]

    def at_centres(maps: Tensor) -> Tensor:
        return maps[:, ::stride, ::stride]

    centres = at_centres(labels)
    shape = (labels.shape[0], len(offsets), *centres.shape[-2:])
    targets = torch.zeros(shape, dtype=torch.bool, device=labels.device)
    mask = torch.full(shape, mode == "published", dtype=torch.bool, device=labels.device)
    for index, (dy, dx) in enumerate(offsets):
        here_rows, there_rows = _overlap(height, dy, stride)
        here_columns, there_columns = _overlap(width, dx, stride)
        here, there = (..., here_rows, here_columns), (..., there_rows, there_columns)
        same = centres[here] == labels[there]
        targets[:, index, here_rows, here_columns] = same
        if mode == "corrected" and (dy, dx) != (0, 0):
            counts = at_centres(known)[here] & known[there]
            if imaged is not None and in_parcel is not None:
                outlined = at_centres(in_parcel)[here] | in_parcel[there]
                counts |= outlined & at_centres(imaged)[here] & imaged[there] & ~same
            mask[:, index, here_rows, here_columns] = counts
    return _as_windows(targets, window), _as_windows(mask, window)


def cscl_loss(
    similarity: Tensor,
    targets: Tensor,
    pair_mask: Tensor | None = None,
    pos_weight: float | None = None,
    mode: Mode = "corrected",
    negative_share: float = EVEN,
) -> Tensor:
    """Context-self contrastive loss.

    ``published``: mean over all pairs of -w y s + (1 - y) s.

    ``corrected``: 1/2 [mean over positive pairs of (1 - s) + mean over negative pairs of max(0, s)], where an
    empty term is 0. The two means balance positives and negatives, whatever their shares; and negatives are
    pushed to 0, not to -1, which more than two classes cannot reach together.

    Being linear in s, the loss is least where each pair is taken for a negative as soon as that is likelier than
    among all pairs, at a few per cent: where the place of a boundary is not certain, it gets wide. A negative_share a
    below 1/2 weighs the two means 1 - a and a instead, and boundaries get narrower.

    Args:
        similarity: (B, H', W', k, k).
        targets: (B, H', W', k, k) bool or 0/1.
        pair_mask: (B, H', W', k, k) bool, the pairs that count; None: all.
        pos_weight: w of ``published`` (default 0.125); ``corrected`` has none.
        mode: see above.
        negative_share: a, above 0 and below 1; of ``corrected`` alone.

    Returns:
        A scalar.

    Raises:
        ValueError: if shapes differ, ``pos_weight`` is given in ``corrected`` mode, or another share than 1/2 in
            ``published``.
    """
    _check_mode(mode)
    for name, pairs in (("targets", targets), ("pair_mask", pair_mask)):
        if pairs is not None and pairs.shape != similarity.shape:
            raise ValueError(
                f"{name} must have the similarity's shape {tuple(similarity.shape)}, got {tuple(pairs.shape)}."
            )
    positive = targets.bool()
    if not 0 < negative_share < 1 or (mode == "published" and negative_share != EVEN):
        raise ValueError(f"negative_share lies between 0 and 1 and belongs to mode 'corrected', got {negative_share}.")
    if mode == "published":
        weight = PUBLISHED_POS_WEIGHT if pos_weight is None else pos_weight
        terms = torch.where(positive, -weight * similarity, similarity)
        return terms.mean() if pair_mask is None else _masked_mean(terms, pair_mask)
    if pos_weight is not None:
        raise ValueError("pos_weight belongs to mode 'published'; 'corrected' balances by its two means.")
    negative = ~positive
    if pair_mask is not None:
        positive = positive & pair_mask
        negative = negative & pair_mask
    alike = _masked_mean(1 - similarity, positive)
    return (1 - negative_share) * alike + negative_share * _masked_mean(similarity.clamp_min(0), negative)


def window_offsets(window: int, dilation: int) -> list[tuple[int, int]]:
    """Offsets (row, column), in cells, of a k x k window's neighbours, row by row."""
    steps = [dilation * (index - window // 2) for index in range(window)]
    return [(dy, dx) for dy in steps for dx in steps]


def _masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    weights = mask.to(values.dtype)
    return (values * weights).sum() / weights.sum().clamp_min(1)


def _as_windows(planes: Tensor, window: int) -> Tensor:
    return torch.unflatten(planes.permute(0, 2, 3, 1), -1, (window, window))


def _overlap(size: int, shift: int, stride: int) -> tuple[slice, slice]:
    """Along one axis: the centres whose neighbour at ``shift`` lies in the image, and those neighbours.

    Returns:
        (slice of the centres, counted on the stride's grid; slice of the neighbours, counted in cells).
    """
    first = -(min(shift, 0) // stride)  # the smallest i with stride * i + shift >= 0
    stop = max((size - 1 - max(shift, 0)) // stride + 1, first)
    return slice(first, stop), slice(first * stride + shift, max((stop - 1) * stride + shift + 1, 0), stride)


def _plain_dots(query: Tensor, key: Tensor, offsets: list[tuple[int, int]], stride: int, skip_centre: bool) -> Tensor:
    """What _ShiftedDots computes, where nothing is to be learnt from it."""
    planes = []
    for (dy, dx), there in zip(offsets, _shifts(key, offsets, stride), strict=True):
        centre = skip_centre and (dy, dx) == (0, 0)
        planes.append(torch.zeros_like(query[:, :1]) if centre else channel_sum(query * there))
    return torch.cat(planes, 1)


def _shifted_planes(planes: Tensor, offsets: list[tuple[int, int]], stride: int, skip_centre: bool) -> Tensor:
    """Move plane o of (B, k * k, H, W) so that a centre finds its neighbour's value; 0 outside."""
    moved = [there[:, index] for index, there in enumerate(_shifts(planes, offsets, stride))]
    if skip_centre:
        moved[len(moved) // 2] = torch.zeros_like(moved[0])
    return torch.stack(moved, 1)


def _shifts(maps: Tensor, offsets: list[tuple[int, int]], stride: int) -> list[Tensor]:
    """Views of (B, C, H, W) in which every centre finds its neighbour, one for each offset; 0 outside."""
    height, width = maps.shape[-2:]
    reach = -offsets[0][0]
    padded = functional.pad(maps, (reach, reach, reach, reach))
    return [
        padded[:, :, reach + dy : reach + dy + height : stride, reach + dx : reach + dx + width : stride]
        for dy, dx in offsets
    ]


def _mix(weights: Tensor, maps: Tensor) -> Tensor:
    """(R, D) times (B, D, N), sample by sample; matmul would turn the maps around first."""
    return torch.bmm(weights.expand(maps.shape[0], -1, -1), maps)


def channel_sum(maps: Tensor) -> Tensor:
    """Sum of (B, C, ...) over C, kept as an axis of one."""
    if torch.compiler.is_exporting():  # ONNX Runtime's matrix product does this five times faster than its sum
        ones = torch.ones(1, 1, maps.shape[1], dtype=maps.dtype, device=maps.device)
        return torch.matmul(ones, maps.flatten(2)).reshape(maps.shape[0], 1, *maps.shape[2:])
    return maps.sum(1, keepdim=True)


def _inverse_root(norm2: Tensor) -> Tensor:
    return norm2.clamp_min(NORM2_MIN).rsqrt()


class _ShiftedDots(torch.autograd.Function):
    """Dot products of every centre with its shifted neighbours; keeps none of the products for the way back."""

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, offsets: list[tuple[int, int]], stride: int, skip_centre: bool
    ) -> Tensor:
        everything = (slice(None), slice(None))
        ctx.save_for_backward(query, key)
        ctx.plan = []
        dots = query.new_zeros(query.shape[0], len(offsets), *query.shape[2:])
        for index, (dy, dx) in enumerate(offsets):
            if skip_centre and (dy, dx) == (0, 0):
                continue
            here_rows, there_rows = _overlap(key.shape[-2], dy, stride)
            here_columns, there_columns = _overlap(key.shape[-1], dx, stride)
            here, there = (*everything, here_rows, here_columns), (*everything, there_rows, there_columns)
            ctx.plan.append((slice(index, index + 1), here, there))
            dots[:, index, here_rows, here_columns] = (query[here] * key[there]).sum(1)
        return dots

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        query, key = ctx.saved_tensors
        grad_query = torch.zeros_like(query)
        grad_key = torch.zeros_like(key)
        for plane, here, there in ctx.plan:
            weight = grad[:, plane][here]
            grad_query[here].addcmul_(weight, key[there])
            grad_key[there].addcmul_(weight, query[here])
        return grad_query, grad_key, None, None, None


def _shifted_dots(query: Tensor, key: Tensor, offsets: list[tuple[int, int]], stride: int, skip_centre: bool) -> Tensor:
    """q_p . k_(p+o) for every offset: (B, k * k, H', W'); 0 where the neighbour lies outside the image."""
    if not torch.is_grad_enabled():
        return _plain_dots(query, key, offsets, stride, skip_centre)
    dots: Tensor = _ShiftedDots.apply(query, key, offsets, stride, skip_centre)  # type: ignore[no-untyped-call]
    return dots


def _check_mode(mode: str) -> None:
    if mode not in get_args(Mode):
        raise ValueError(f"mode must be one of {', '.join(get_args(Mode))}, got {mode!r}.")


def _check_window(window: int, stride: int, dilation: int, mode: str) -> None:
    _check_mode(mode)
    if window < 3 or window % 2 == 0:
        raise ValueError(f"window must be odd and at least 3, got {window}.")
    if stride < 1 or dilation < 1 or (stride % dilation and dilation % stride):
        raise ValueError(
            f"stride and dilation must be positive and one must divide the other, got {stride} and {dilation}."
        )
