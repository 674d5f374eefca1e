"""How far a chain of convolutions sees: what a tile needs around its core. Knows shapes of layers, not weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """A layer over rows and columns, seen from its output. Pooling is a convolution here."""

    kernel: int = 3
    stride: int = 1
    padding: int = 1
    dilation: int = 1
    transposed: bool = False

    def back(self, low: int, high: int) -> tuple[int, int]:
        """The first and last input position that output positions low to high depend on."""
        if self.transposed:  # output y takes input i where 0 <= y + padding - stride * i < kernel
            return -((self.kernel - 1 - low - self.padding) // self.stride), (high + self.padding) // self.stride
        first, last = self.stride * low - self.padding, self.stride * high - self.padding
        return first, last + self.dilation * (self.kernel - 1)


CONVOLUTION = Layer()
"""3 x 3."""
POOLING = Layer(kernel=2, stride=2, padding=0)
"""2 x 2, each pixel once."""
DOUBLING = Layer(kernel=3, stride=2, padding=1, transposed=True)
"""The transposed 3 x 3 convolution that doubles the grid."""


def receptive_radius(layers: Sequence[Layer], stride: int, magnification: int) -> int:
    """Input pixels beyond which nothing changes an output pixel, in rows or columns from its input pixel.

    Args:
        layers: from the input to the output, along the path that sees farthest.
        stride: of the network, input pixels: outputs that far apart see windows of one shape.
        magnification: m; output pixels p * m to p * m + m - 1 lie in input pixel p.
    """
    farthest = 0
    for position in range(stride * magnification):
        low = high = position
        for layer in reversed(layers):
            low, high = layer.back(low, high)
        own = position // magnification
        farthest = max(farthest, own - low, high - own)
    return farthest
