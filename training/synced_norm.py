"""Batch normalisation over the samples of all processes of a step, so that two processes with half a batch each see
the statistics of one with the whole. PyTorch has that for GPUs alone."""

from __future__ import annotations

from typing import Any

from lightning.pytorch.plugins import LayerSync
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm

from training.process_statistics import follow, normalise_over_processes


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
        found = normalise_over_processes(input, self.eps)
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
            follow(self.running_mean, self.running_var, found, share)
        out = found.values
        if self.weight is not None:
            shape = [1, -1, *[1] * (input.dim() - 2)]
            out = out * self.weight.view(shape) + self.bias.view(shape)
        return out.to(input.dtype)


class SyncedNorms(LayerSync):
    """Puts synchronised layers in the place of a model's batch normalisations, and these back again.

    Layers of a network's own that can do both by themselves say so by an attribute `is_synced`.
    """

    def __init__(self, is_gpu: bool) -> None:
        """
        Args:
            is_gpu: takes PyTorch's own layers, which are faster and know GPUs alone.
        """
        self._kind = nn.SyncBatchNorm if is_gpu else SyncedBatchNorm
        self._plain: dict[str, _BatchNorm] = {}

    def apply(self, model: nn.Module) -> nn.Module:
        """Synchronise; the layers go on with the same parameters and buffers."""
        _set_synced(model, True)
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
        _set_synced(model, False)
        for name, layer in self._plain.items():
            synced = model.get_submodule(name)
            layer._parameters, layer._buffers = synced._parameters, synced._buffers
            _put(model, name, layer)
        self._plain.clear()
        return model


def _set_synced(model: nn.Module, is_synced: bool) -> None:
    layers: Any = model.modules()
    for layer in layers:
        if hasattr(layer, "is_synced"):
            layer.is_synced = is_synced


def _put(model: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, layer)
