"""Batch normalisation over the samples of all processes of a step, so that two processes with half a batch each see
the statistics of one with the whole. PyTorch has that for GPUs alone."""

from __future__ import annotations

from typing import Any

import torch
from lightning.pytorch.plugins import LayerSync
from torch import Tensor, distributed, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm


class SyncedBatchNorm(_BatchNorm):
    """As nn.BatchNorm1d to 3d, with statistics over all processes while it trains."""

    def _check_input_dim(self, input: Tensor) -> None:
        """Any number of dimensions from two on will do."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalise (B, C, ...)."""
        if not self.training:
            return functional.batch_norm(
                input, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps
            )
        values = input.float()
        dims = [0, *range(2, values.dim())]
        shape = [1, -1, *[1] * (values.dim() - 2)]
        own = torch.full((1,), values.numel() / values.shape[1], device=values.device)
        summed = _summed(torch.cat([values.sum(dims), own]))
        count = summed[-1].detach()
        mean = summed[:-1] / count
        centred = values - mean.view(shape)
        # in a second round, since a mean of squares loses digits to the square of the mean
        variance = _summed(centred.square().sum(dims)) / count
        self._note(mean.detach(), variance.detach(), count)
        out = centred * torch.rsqrt(variance + self.eps).view(shape)
        if self.weight is not None:
            out = out * self.weight.view(shape) + self.bias.view(shape)
        return out.to(input.dtype)

    @torch.no_grad()
    def _note(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        """Follow the statistics as nn.BatchNorm does."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance * count / (count - 1).clamp(min=1), share)


class SyncedNorms(LayerSync):
    """Puts synchronised layers in the place of a model's batch normalisations, and these back again."""

    def __init__(self, is_gpu: bool) -> None:
        """
        Args:
            is_gpu: takes PyTorch's own layers, which are faster and know GPUs alone.
        """
        self._kind = nn.SyncBatchNorm if is_gpu else SyncedBatchNorm
        self._plain: dict[str, _BatchNorm] = {}

    def apply(self, model: nn.Module) -> nn.Module:
        """Synchronise; the layers go on with the same parameters and buffers."""
        for name, layer in list(model.named_modules()):
            if isinstance(layer, _BatchNorm):
                self._plain[name] = layer
                synced: Any = self._kind(
                    layer.num_features, layer.eps, layer.momentum, layer.affine, layer.track_running_stats
                )
                synced.train(layer.training)
                synced._parameters, synced._buffers = layer._parameters, layer._buffers
                _put(model, name, synced)
        return model

    def revert(self, model: nn.Module) -> nn.Module:
        """The layers as they were, with what they have learned."""
        for name, layer in self._plain.items():
            synced = model.get_submodule(name)
            layer._parameters, layer._buffers = synced._parameters, synced._buffers
            _put(model, name, layer)
        self._plain.clear()
        return model


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


def _put(model: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, layer)
