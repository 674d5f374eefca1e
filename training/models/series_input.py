"""What the paper's networks have in common: a series is checked, standardised, cleared of invalid pixels and padded.

Says nothing about how a network looks inside. Published networks take whatever the pixels hold, a fixed number of
dates, and reflectance that is not standardised: with the statistics as they start (mean 0, deviation 1), all pixels
valid and as many dates as the network takes, their input is the published one.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.finer import MAGNIFICATIONS

DAYS_PER_YEAR = 365.0001
"""What the published networks divide the day of the year by, for its channel."""

PUBLISHED_DATES = 16
"""T of the paper's protocol (Tarasiou et al. 2022)."""


class SeriesNetwork(nn.Module):
    """Base of the paper's networks: see training.models.Network for how they are called.

    A network says in `map_series` what it makes of a series that is ready for it.

    Args:
        in_channels: C, spectral bands.
        num_classes: K.
        num_dates: the most dates that it takes; None if any number will do.
        magnification: m, 1, 2 or 4.
        stride: H and W must be multiples of it, input pixels.

    Raises:
        ValueError: if one of them is not usable.
    """

    band_mean: Tensor
    band_std: Tensor
    embedding_channels: int

    def __init__(
        self, in_channels: int, num_classes: int, num_dates: int | None, magnification: int, stride: int
    ) -> None:
        super().__init__()
        if magnification not in MAGNIFICATIONS:
            raise ValueError(f"magnification must be 1, 2 or 4, got {magnification}.")
        if num_dates is not None and num_dates < 1:
            raise ValueError(f"num_dates must be at least 1, got {num_dates}.")
        self.in_channels = in_channels
        self.num_classes = num_classes
        self.num_dates = num_dates
        self.magnification = magnification
        self.stride = stride
        self.register_buffer("band_mean", torch.zeros(in_channels))
        self.register_buffer("band_std", torch.ones(in_channels))

    def set_statistics(self, mean: Sequence[float] | Tensor, std: Sequence[float] | Tensor) -> None:
        """Set each band's mean and standard deviation, in reflectance, by which inputs are standardised.

        Raises:
            ValueError: if there is not one per band, or a deviation is not positive.
        """
        for name, values in (("mean", mean), ("std", std)):
            tensor = torch.as_tensor(values, dtype=torch.float32)
            if tensor.shape != (self.in_channels,):
                raise ValueError(f"{name} must hold {self.in_channels} values, got shape {tuple(tensor.shape)}.")
            if not bool(torch.isfinite(tensor).all()) or (name == "std" and not bool((tensor > 0).all())):
                raise ValueError(f"{name} must be finite{' and positive' if name == 'std' else ''}, got {values}.")
            (self.band_mean if name == "mean" else self.band_std).copy_(tensor)

    def forward(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Map a batch of time series.

        Args:
            x: (B, T, C, H, W) float32 reflectance; what is not valid may hold anything, NaN included.
            doy: (B, T) day of the year, 1 to 366; anything finite for padding.
            valid: (B, T, H, W) bool.

        Returns:
            logits (B, K, m * H, m * W) and embedding (B, D, m * H, m * W). A pixel without a valid date gets
            finite values of no meaning: the caller writes nodata there.

        Raises:
            ValueError: if shapes do not fit, H or W is not a multiple of `stride`, or there are too many dates.
        """
        if not torch.compiler.is_exporting():
            self._check(x, doy, valid)
        return self.map_series(self.standardise(x, valid), doy, valid)

    def standardise(self, x: Tensor, valid: Tensor) -> Tensor:
        """Standardise a series band by band; 0 where it is not valid."""
        scale = (1 / self.band_std)[:, None, None]
        standard = (x - self.band_mean[:, None, None]) * scale
        return torch.where(valid.unsqueeze(2), standard, 0.0)

    def map_series(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Map a series as `standardise` gives it; otherwise as `forward`."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it makes of a series.")

    def _check(self, x: Tensor, doy: Tensor, valid: Tensor) -> None:
        if x.dim() != 5 or x.shape[2] != self.in_channels:
            raise ValueError(f"x must be (B, T, {self.in_channels}, H, W), got shape {tuple(x.shape)}.")
        batch, dates, _, height, width = x.shape
        if doy.shape != (batch, dates):
            raise ValueError(f"doy must be (B, T) = {(batch, dates)}, got shape {tuple(doy.shape)}.")
        if valid.shape != (batch, dates, height, width) or valid.dtype != torch.bool:
            raise ValueError(
                f"valid must be bool (B, T, H, W) = {(batch, dates, height, width)}, "
                f"got {valid.dtype} {tuple(valid.shape)}."
            )
        if height % self.stride or width % self.stride or not dates:
            raise ValueError(
                f"height and width must be multiples of {self.stride} and there must be a date, got "
                f"{height} x {width} pixels and {dates} dates; pad the tile."
            )
        if self.num_dates is not None and dates > self.num_dates:
            raise ValueError(
                f"the network takes at most {self.num_dates} dates, got {dates}; choose among them, or train it with "
                f"num_dates: {dates}."
            )


class ClassHead(nn.Linear):
    """A linear map over the channels of a map; named and shaped like the published networks' last layer."""

    def forward(self, features: Tensor) -> Tensor:
        """Class scores (B, K, H, W) of a map (B, D, H, W)."""
        return functional.conv2d(features, self.weight[:, :, None, None], self.bias)


def with_day_channel(x: Tensor, doy: Tensor, valid: Tensor) -> Tensor:
    """Append the day of the year as a channel, 0 where a pixel is not valid, so that it tells what is missing.

    Args:
        x: (B, T, C, H, W).
        doy: (B, T).
        valid: (B, T, H, W) bool.

    Returns:
        (B, T, C + 1, H, W).
    """
    days = (doy.to(x.dtype) / DAYS_PER_YEAR)[:, :, None, None, None]
    return torch.cat([x, torch.where(valid.unsqueeze(2), days, 0.0)], 2)


def pad_dates(series: Tensor, dates: int) -> Tensor:
    """Append dates of zeros to a series (B, T, ...) until there are that many; also where T is free in a graph."""
    return functional.pad(series, [0, 0] * (series.dim() - 2) + [0, dates - series.shape[1]])
