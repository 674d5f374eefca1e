"""The networks by name. Every one is called alike: see ``Network``."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from torch import Tensor, nn

from training.models.biconvgru import BiConvGru
from training.models.fpn_clstm import FpnClstm
from training.models.ltae_unet import LtaeUnet
from training.models.tsvit import TsVit
from training.models.unet2d_clstm import Unet2dClstm
from training.models.unet3d import Unet3d
from training.models.unet3df import Unet3df
from training.models.utae import Utae


class Network(Protocol):
    """What every network of the registry offers, besides being an ``nn.Module``."""

    stride: int
    """H and W must be multiples of this, in input pixels."""
    embedding_channels: int
    """D, channels of the embedding map."""
    magnification: int
    """m, by how much finer the output grid is than the input grid: 1, 2 or 4."""
    receptive_radius: int
    """Input pixels beyond which nothing changes an output pixel; for a network that answers window by window, or takes
    statistics over space, the side of that window."""
    num_dates: int | None
    """The most dates that it takes; fewer are padded inside. None if any number will do."""

    def set_statistics(self, mean: Sequence[float] | Tensor, std: Sequence[float] | Tensor) -> None:
        """Set each band's mean and deviation, by which inputs are standardised; as it starts, they are not."""
        ...

    def forward(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Map a batch of time series.

        Args:
            x: (B, T, C, H, W) float32 reflectance.
            doy: (B, T) day of the year, 1 to 366.
            valid: (B, T, H, W) bool; values elsewhere are never looked at.

        Returns:
            logits (B, K, m * H, m * W) and embedding (B, D, m * H, m * W).
        """
        ...


REGISTRY: dict[str, Callable[..., nn.Module]] = {
    "biconvgru": BiConvGru,
    "fpn_clstm": FpnClstm,
    "ltae_unet": LtaeUnet,
    "tsvit": TsVit,
    "unet2d_clstm": Unet2dClstm,
    "unet3d": Unet3d,
    "unet3df": Unet3df,
    "utae": Utae,
}
"""Constructors, called with (in_channels, num_classes, num_dates=..., magnification=..., **options)."""


def create_model(
    name: str,
    in_channels: int,
    num_classes: int,
    num_dates: int | None = None,
    magnification: int = 1,
    **options: Any,
) -> nn.Module:
    """Build a network of the registry.

    Args:
        name: a key of ``REGISTRY``.
        in_channels: C, spectral bands; networks that want the day of year as a channel add it themselves.
        num_classes: K.
        num_dates: the most dates, for networks that do not take any number; 16, as published, if not given.
        magnification: m, 1, 2 or 4.
        options: what the named network takes besides.

    Raises:
        ValueError: if the name is not known (the message gives the nearest one), or a size is below 1.
    """
    constructor = REGISTRY.get(name)
    if constructor is None:
        near = difflib.get_close_matches(name, REGISTRY, n=1, cutoff=0.0)
        raise ValueError(f"no network {name!r}; did you mean {near[0]!r}? Known: {', '.join(sorted(REGISTRY))}.")
    parameters = inspect.signature(constructor).parameters
    for option, value in options.items():
        usual = parameters[option].default if option in parameters else None
        if isinstance(usual, int | tuple):  # a size, or several; others say themselves what they take
            for size in value if isinstance(value, list | tuple) else (value,):
                if isinstance(size, int) and size < 1:
                    raise ValueError(f"{option} must be at least 1, got {size}.")
    return constructor(in_channels, num_classes, num_dates=num_dates, magnification=magnification, **options)
