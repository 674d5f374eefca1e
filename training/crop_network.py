"""A network of the registry with the heads that training adds: what training makes and export takes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from backend.errors import InputError, RequestError
from training.boundary import BoundaryHead
from training.config import TrainConfig
from training.config_training import CsclConfig, NetworkConfig
from training.cscl import ContextSelfSimilarity
from training.models import create_model
from training.store import Store


class CropNetwork(nn.Module):
    """A network of the registry with its CSCL heads: what training makes and export takes.

    One similarity head per dilation: 1, which keeps boundaries one label pixel thin, and m, which keeps the
    window's size in metres. The boundary layer uses the first.
    """

    def __init__(
        self, config: NetworkConfig, in_channels: int, num_classes: int, cscl: CsclConfig | None = None
    ) -> None:
        super().__init__()
        cscl = cscl or CsclConfig()
        m = config.magnification
        self.config, self.cscl = config, cscl
        self.in_channels, self.num_classes = in_channels, num_classes
        self.network = create_model(
            config.name, in_channels, num_classes, num_dates=config.num_dates, magnification=m, **config.options
        )
        channels = int(self.network.embedding_channels)  # type: ignore[arg-type]
        self.similarity = nn.ModuleDict(
            {
                str(dilation): ContextSelfSimilarity(channels, cscl.proj_channels, dilation=dilation, mode=cscl.mode)
                for dilation in cscl.dilations_at(m)
            }
        )

    def forward(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, K, mH, mW) and embedding (B, D, mH, mW)."""
        logits, embedding = self.network(x, doy, valid)
        return logits, embedding

    def boundary_head(self) -> BoundaryHead:
        """The boundary layer on the similarity at dilation 1."""
        head = self.similarity["1"]
        if not isinstance(head, ContextSelfSimilarity):
            raise InputError("The similarity head at dilation 1 is missing.")
        return BoundaryHead(head)


def _with_dates(config: TrainConfig) -> NetworkConfig:
    """The network's settings with the number of dates of a training batch, where none is given."""
    if config.network.num_dates is not None:
        return config.network
    return config.network.model_copy(update={"num_dates": config.augmentation.dates})


def new_model(config: TrainConfig, store: Store) -> CropNetwork:
    """A network with random weights that knows the data set's statistics.

    Raises:
        RequestError: if there is no such network, it has no such option, or samples do not fit its stride.
    """
    model = fresh_network(config, len(store.bands), len(store.attributes["legend"]))
    statistics = store.statistics
    if hasattr(model.network, "set_statistics"):
        network: Any = model.network
        network.set_statistics(statistics["mean"], statistics["std"])
    return model


def fresh_network(config: TrainConfig, in_channels: int, num_classes: int) -> CropNetwork:
    """A network with random weights for data that are not known yet.

    Args:
        config: the run.
        in_channels: C, spectral bands.
        num_classes: K.

    Raises:
        RequestError: if there is no such network, it has no such option, or samples do not fit its stride.
    """
    torch.manual_seed(config.seed_of_training)
    try:
        model = CropNetwork(_with_dates(config), in_channels, num_classes, config.cscl)
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:  # sizes that do not divide each other
        raise RequestError(f"The network '{config.network.name}' cannot be made: {error}") from error
    stride = int(model.network.stride)  # type: ignore[arg-type]
    for name, side in (("augmentation.crop", config.augmentation.crop), ("dataset.chip", config.dataset.chip)):
        if side % stride:
            raise RequestError(f"{name} must be a multiple of the network's stride {stride}, not {side}.")
    most: int | None = getattr(model.network, "num_dates", None)
    if most is not None and most < config.augmentation.dates:
        raise RequestError(
            f"network.num_dates ({most}) is less than augmentation.dates ({config.augmentation.dates}), the dates of a "
            "training sample.",
            "Give the network as many dates as the samples, or leave num_dates out.",
        )
    return model
