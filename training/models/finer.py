"""The paper's head for a finer grid: per factor of two one transposed convolution, normalisation, LeakyReLU.

The names conv_out_x2 and conv_out_x4 are those of the published checkpoints. Applied once time is collapsed.
"""

from __future__ import annotations

from torch import Tensor, nn

from training.models.reach import DOUBLING, Layer

MAGNIFICATIONS = (1, 2, 4)


def add_finer(network: nn.Module, channels: int, magnification: int) -> None:
    """Give a network the layers that refine a map of that many channels.

    Args:
        network: gets `conv_out_x2` and, at m = 4, `conv_out_x4` as children.
        channels: D of the map; it keeps them.
        magnification: m.

    Raises:
        ValueError: if m is not 1, 2 or 4.
    """
    if magnification not in MAGNIFICATIONS:
        raise ValueError(f"magnification must be 1, 2 or 4, got {magnification}.")
    for factor in _factors(magnification):
        layers = nn.Sequential(
            nn.ConvTranspose2d(channels, channels, 3, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(channels),
            nn.LeakyReLU(),
        )
        network.add_module(f"conv_out_x{factor}", layers)


def to_finer(network: nn.Module, features: Tensor, magnification: int) -> Tensor:
    """Refine a map (B, D, H, W) to (B, D, m * H, m * W) by the network's own layers."""
    for factor in _factors(magnification):
        features = network.get_submodule(f"conv_out_x{factor}")(features)
    return features


def finer_reach(magnification: int) -> list[Layer]:
    """What those layers add to a network's reach."""
    return [DOUBLING for _ in _factors(magnification)]


def _factors(magnification: int) -> list[int]:
    return [factor for factor in MAGNIFICATIONS if 1 < factor <= magnification]
