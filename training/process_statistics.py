"""Batch statistics over the samples of all processes that train one model together. Knows torch alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, distributed


class Normalised(NamedTuple):
    """A batch with mean 0 and variance 1 in each channel, over all processes."""

    values: Tensor
    """(B, C, ...) float32."""
    mean: Tensor
    """(C,), without a gradient."""
    variance: Tensor
    """(C,), of the values themselves (divided by their number), without a gradient."""
    number: Tensor
    """(1,) values of a channel; 0 if no process has any."""


def normalise_over_processes(values: Tensor, eps: float, seen: Tensor | None = None) -> Normalised:
    """Normalise by the statistics of all processes. Every process must call it, in the same order.

    Args:
        values: (B, C, ...).
        eps: added to the variance.
        seen: (B,) samples that count, the others become 0; all if None.
    """
    values = values.float()
    dims = [0, *range(2, values.dim())]
    shape = [1, -1, *[1] * (values.dim() - 2)]
    per_sample = values[0, 0].numel()
    if seen is None:
        share, own = None, values.new_full((1,), float(len(values) * per_sample))
    else:
        share = seen.to(values.dtype).view(-1, *[1] * (values.dim() - 1))
        own = share.sum().view(1) * per_sample
    summed = _summed(torch.cat([(values if share is None else values * share).sum(dims), own]))
    count = summed[-1:].detach()
    mean = summed[:-1] / count.clamp(min=1)
    centred = values - mean.view(shape)
    if share is not None:
        centred = centred * share
    # in a second round, since a mean of squares loses digits to the square of the mean
    variance = _summed(centred.square().sum(dims)) / count.clamp(min=1)
    normal = centred * torch.rsqrt(variance + eps).view(shape)
    return Normalised(normal, mean.detach(), variance.detach(), count)


@torch.no_grad()
def follow(running_mean: Tensor, running_var: Tensor, found: Normalised, share: float) -> None:
    """Move running statistics (C,) towards those of a batch, as nn.BatchNorm does; not where nothing was seen."""
    moved = share * (found.number > 0)
    running_mean.lerp_(found.mean, moved)
    running_var.lerp_(found.variance * found.number / (found.number - 1).clamp(min=1), moved)


class _Sum(torch.autograd.Function):
    """The sum of a tensor over processes; so is its gradient, since every process's loss depends on the sum."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        out = values.clone()
        distributed.all_reduce(out)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        out = gradients[0].clone()
        distributed.all_reduce(out)
        return out


def _summed(values: Tensor) -> Tensor:
    kind: Any = _Sum
    out: Tensor = kind.apply(values)
    return out
