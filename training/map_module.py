"""What the engine runs of a trained network, as one module: class probabilities and boundary, on wish the embedding."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from backend.session import EMBEDDING, INPUTS, OUTPUTS, PART_INPUTS
from training.boundary import BoundaryHead
from training.boundary_graph import BoundaryGraph
from training.cscl import channel_sum

INPUT_NAMES = tuple(INPUTS)


class MapModule(nn.Module):
    """A network, its boundary head and its temperature: what the engine runs.

    Args:
        network: called as training.models says.
        boundary: the calibrated boundary head on the network's embedding; what it holds is copied.
        temperature: logits are divided by it before the softmax; found on the calibration split.
        embedding: also give the embedding, as a third output.

    Raises:
        ValueError: if the temperature is not positive.
    """

    temperature: Tensor

    def __init__(
        self, network: nn.Module, boundary: BoundaryHead, temperature: float = 1.0, embedding: bool = False
    ) -> None:
        super().__init__()
        if not temperature > 0:
            raise ValueError(f"temperature must be positive, got {temperature}.")
        self.network = network
        self.boundary = BoundaryGraph(boundary)
        self.embedding = embedding
        self.register_buffer("temperature", torch.tensor(float(temperature)))

    @property
    def boundary_steepness(self) -> float:
        """Slope of the calibrated boundary layer against its uncalibrated value, at its steepest; at least 1."""
        return max(1.0, abs(float(self.boundary.a)) / 4.0)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what forward gives."""
        return (*OUTPUTS, EMBEDDING) if self.embedding else tuple(OUTPUTS)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what forward takes."""
        return (*INPUTS, *PART_INPUTS) if self.takes_parts else INPUT_NAMES

    @property
    def takes_parts(self) -> bool:
        """True if the network can compute a part of the finer grid only."""
        return hasattr(self.network, "map_part")

    @property
    def head_reach(self) -> int:
        """Input pixels around a part that must be computed with it; 0 if the network computes no parts."""
        if not self.takes_parts:
            return 0
        network: Any = self.network
        # the boundary looks one fine pixel further than the embedding
        return int(network.head_reach) + 1

    @property
    def stride(self) -> int:
        """H and W must be multiples of this, input pixels."""
        return int(getattr(self.network, "stride", 1))

    @property
    def num_dates(self) -> int | None:
        """The most dates that the network takes; None if any number will do."""
        value = getattr(self.network, "num_dates", None)
        return None if value is None else int(value)

    def forward(
        self, x: Tensor, doy: Tensor, valid: Tensor, rows: Tensor | None = None, cols: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Map a batch of time series (see training.models).

        Args:
            x, doy, valid: the series.
            rows: (h,) int64, consecutive rows of input pixels that are wanted, if the network takes parts; along
                their edges, up to `head_reach`, the answer is another than for the whole. None for all.
            cols: (w,) int64, the columns.

        Returns:
            probabilities (B, K, m * H, m * W), which sum to 1 over K, boundary (B, 1, m * H, m * W) in [0, 1] and, if
            asked for, embedding (B, D, m * H, m * W).
        """
        if rows is None or cols is None:
            logits, embedding = self.network(x, doy, valid)
        else:
            network: Any = self.network
            logits, embedding = network.map_part(x, doy, valid, rows, cols)
        # Spelled out: ONNX Runtime's own softmax over an axis that is not the last moves the whole map twice.
        logits = logits / self.temperature
        weights = torch.exp(logits - logits.amax(1, keepdim=True))
        maps = (weights / channel_sum(weights), self.boundary(embedding))
        return (*maps, embedding) if self.embedding else maps


def all_cells(x: Tensor) -> tuple[Tensor, Tensor]:
    """Rows and columns that stand for the whole of a series (B, T, C, H, W)."""
    return torch.arange(x.shape[-2]), torch.arange(x.shape[-1])


def example(
    batch: int, dates: int, channels: int, height: int, width: int, seed: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """A series with clouds, NaN, a padding date, a corner without dates and (from two samples) an empty sample."""
    draw = np.random.default_rng(seed)
    x = draw.uniform(0, 0.6, (batch, dates, channels, height, width)).astype(np.float32)
    doy = np.sort(draw.integers(1, 367, (batch, dates)), axis=1)
    valid = draw.uniform(size=(batch, dates, height, width)) > 0.3
    valid[:, :, :2, :2] = False
    if dates > 1:
        valid[:, -1] = False
        doy[:, -1] = 0
    if batch > 1:
        valid[-1] = False
    x[~np.broadcast_to(valid[:, :, None], x.shape)] = np.nan
    return torch.from_numpy(x), torch.from_numpy(doy), torch.from_numpy(valid)
