"""U-TAE: a 2-D U-Net over each date, whose dates are weighted by attention found at its lowest level.

After Sainte Fare Garnot and Landrieu, "Panoptic segmentation of satellite image time series with convolutional
temporal attention networks", ICCV 2021, with light temporal attention (2020) of one learned query per head.

What the published version does differently:
- it masks whole dates that only pad; here each pixel says by itself which dates are valid, a coarse cell is valid
  where one of its pixels is, and weights brought to a finer level are shared among the dates that are valid there;
- its normalisations over groups of channels take statistics over a date's whole image (before attention: over dates
  too); here over the group's channels of one pixel, so that an answer does not depend on the tile around it, on
  clouds elsewhere, or on padding;
- it drops features at random while training, mirrors images at their edges, and ends in a normalisation and a ReLU
  on the class scores; here none of these;
- positions are days since a reference date; here days of the year, so that seasons begin in January.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.finer import add_finer, finer_reach, to_finer
from training.models.reach import CONVOLUTION, Layer, receptive_radius
from training.models.series_input import SeriesNetwork

HALVING = Layer(kernel=4, stride=2, padding=1)
"""The strided convolution between levels of the encoder."""
DOUBLING = Layer(kernel=4, stride=2, padding=1, transposed=True)
"""The transposed one between levels of the decoder."""

LONGEST_PERIOD = 1000.0
"""Days: the slowest wave of the encoding of dates, over 2 pi."""

HIDDEN_SCORE = -1e9
"""In place of an invalid date's score: finite, so that a cell without dates gives no NaN, and exactly 0 after exp."""


class PixelGroupNorm(nn.GroupNorm):
    """Group normalisation of each pixel by itself: statistics over the group's channels alone."""

    def forward(self, features: Tensor) -> Tensor:
        """Normalise maps (N, C, H, W)."""
        grouped = torch.unflatten(features, 1, (self.num_groups, -1))
        centred = grouped - grouped.mean(2, keepdim=True)
        scale = torch.rsqrt(centred.square().mean(2, keepdim=True) + self.eps)
        out: Tensor = (centred * scale).flatten(1, 2) * self.weight[:, None, None] + self.bias[:, None, None]
        return out


class LightAttention(nn.Module):
    """Light temporal attention on maps: one learned query per head, values are the features' own channels.

    Args:
        channels: of the maps, kept.
        heads: number of queries.
        key_channels: per head.
        model_channels: that features are widened to; each head takes its share of them.

    Raises:
        ValueError: if the heads do not divide the channels.
    """

    def __init__(self, channels: int, heads: int, key_channels: int, model_channels: int) -> None:
        super().__init__()
        if channels % heads or model_channels % (2 * heads):
            raise ValueError(
                f"{heads} heads must divide the lowest level's {channels} channels, and half of {model_channels}."
            )
        self.heads = heads
        self.encoding_channels = model_channels // heads
        self.norm_in = PixelGroupNorm(heads, channels)
        self.widen = nn.Conv2d(channels, model_channels, 1)
        self.key = nn.Conv2d(model_channels, heads * key_channels, 1)
        self.query = nn.Parameter(torch.empty(heads, key_channels))
        nn.init.normal_(self.query, std=(2.0 / key_channels) ** 0.5)
        self.out = nn.Sequential(nn.Conv2d(model_channels, channels, 1), nn.BatchNorm2d(channels), nn.ReLU())
        self.norm_out = PixelGroupNorm(heads, channels)

    def forward(self, features: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Pool over dates.

        Args:
            features: (B, T, C, h, w).
            doy: (B, T) days of the year.
            valid: (B, T, h, w) bool.

        Returns:
            pooled (B, C, h, w) and weights (B, T, heads, h, w), which are 0 where not valid and else sum to 1 over T.
        """
        batch = features.shape[0]
        wide = _by_sample(self.widen(self.norm_in(features.flatten(0, 1))), batch)
        wide = wide + self._encoded(doy).to(wide.dtype)[..., None, None]
        keys = _by_sample(torch.unflatten(self.key(wide.flatten(0, 1)), 1, (self.heads, -1)), batch)
        scores = (keys * self.query[:, :, None, None]).sum(3) * self.query.shape[1] ** -0.5  # (B, T, heads, h, w)
        seen = valid.unsqueeze(2)
        weights = torch.softmax(scores.masked_fill(~seen, HIDDEN_SCORE), 1) * seen
        pooled = weighted_sum(wide, weights)
        return self.norm_out(self.out(pooled)), weights

    def _encoded(self, doy: Tensor) -> Tensor:
        """Sines and cosines of the day of the year, alike for every head: (B, T, model_channels)."""
        pairs = torch.arange(self.encoding_channels // 2, device=doy.device, dtype=torch.float32)
        rates = LONGEST_PERIOD ** (-2 * pairs / self.encoding_channels)
        angle = doy.to(torch.float32)[..., None] * rates
        return torch.stack([torch.sin(angle), torch.cos(angle)], -1).flatten(2).repeat(1, 1, self.heads)


class Utae(SeriesNetwork):
    """U-TAE, about 1.1 M parameters. Any number of dates in any order; the embedding is the map before the last layer.

    Args:
        in_channels: C, spectral bands; the day of the year enters by the attention.
        num_classes: K.
        num_dates: ignored; any number of dates will do.
        magnification: m, 1, 2 or 4; the finer head comes before the last convolution.
        encoder_widths: channels of the encoder's levels, finest first; each level halves the grid.
        decoder_widths: of the decoder's; the lowest level is both's.
        embedding_channels: D.
        groups: of channels, in the encoder's normalisations.
        heads: of the attention; they divide every level's channels.
        key_channels: per head.
        model_channels: inside the attention.

    Raises:
        ValueError: if an argument is not usable.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        num_dates: int | None = None,
        magnification: int = 1,
        *,
        encoder_widths: Sequence[int] = (64, 64, 64, 128),
        decoder_widths: Sequence[int] = (32, 32, 64, 128),
        embedding_channels: int = 32,
        groups: int = 4,
        heads: int = 16,
        key_channels: int = 4,
        model_channels: int = 256,
    ) -> None:
        levels = len(encoder_widths)
        super().__init__(in_channels, num_classes, None, magnification, 2 ** (levels - 1))
        if levels < 2 or len(decoder_widths) != levels or encoder_widths[-1] != decoder_widths[-1]:
            raise ValueError(
                "encoder_widths and decoder_widths must name the same levels, two at least, and end alike, got "
                f"{tuple(encoder_widths)} and {tuple(decoder_widths)}."
            )
        if any(width % heads or width % groups for width in encoder_widths):
            raise ValueError(f"{heads} heads and {groups} groups must divide every width of {tuple(encoder_widths)}.")
        self.embedding_channels = embedding_channels
        first = encoder_widths[0]
        self.in_conv = nn.Sequential(
            _grouped(in_channels, first, groups), nn.ReLU(), _grouped(first, first, groups), nn.ReLU()
        )
        self.down = nn.ModuleList(_Down(channels, width, groups) for channels, width in pairwise(encoder_widths))
        self.attention = LightAttention(encoder_widths[-1], heads, key_channels, model_channels)
        self.up = nn.ModuleList(
            _Up(decoder_widths[level + 1], decoder_widths[level], encoder_widths[level])
            for level in reversed(range(levels - 1))
        )
        self.embed = _batched(nn.Conv2d(decoder_widths[0], embedding_channels, 3, padding=1))
        add_finer(self, embedding_channels, magnification)
        self.classes = nn.Conv2d(embedding_channels, num_classes, 3, padding=1)

    @property
    def receptive_radius(self) -> int:
        """Input pixels beyond which nothing changes an output pixel."""
        levels = len(self.down)
        down = [CONVOLUTION, CONVOLUTION, *[HALVING, CONVOLUTION, CONVOLUTION] * levels]
        up = [DOUBLING, CONVOLUTION, CONVOLUTION] * levels
        layers = [*down, *up, CONVOLUTION, *finer_reach(self.magnification), CONVOLUTION]
        return receptive_radius(layers, self.stride, self.magnification)

    def map_series(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and embedding of a standardised series."""
        batch = x.shape[0]
        features = self.in_conv(x.flatten(0, 1))
        seen = valid.flatten(0, 1).unsqueeze(1).to(features.dtype)
        skips = []
        for down in self.down:
            skips.append((_by_sample(features, batch), _by_sample(seen, batch)))
            features, seen = down(features), functional.max_pool2d(seen, 2)
        coarse_valid = _by_sample(seen, batch)[:, :, 0] > 0
        pooled, weights = self.attention(_by_sample(features, batch), doy, coarse_valid)
        factor = 1.0
        for up in self.up:
            factor *= 2
            fine, seen = skips.pop()
            finer = functional.interpolate(
                weights.flatten(0, 1), scale_factor=factor, mode="bilinear", align_corners=False
            )
            shared = _by_sample(finer, batch) * seen
            shared = shared / shared.sum(1, keepdim=True).clamp_min(1e-6)
            pooled = up(pooled, weighted_sum(fine, shared))
        embedding = to_finer(self, self.embed(pooled), self.magnification)
        return self.classes(embedding), embedding


def weighted_sum(features: Tensor, weights: Tensor) -> Tensor:
    """Sum features (B, T, C, H, W) over dates, each head's share of the channels by its weights (B, T, heads, H, W)."""
    heads = weights.shape[2]
    return (torch.unflatten(features, 2, (heads, -1)) * weights.unsqueeze(3)).sum(1).flatten(1, 2)


class _Down(nn.Module):
    """To the next coarser level of the encoder."""

    def __init__(self, channels: int, width: int, groups: int) -> None:
        super().__init__()
        reduce = nn.Conv2d(channels, channels, 4, stride=2, padding=1)
        self.reduce = nn.Sequential(reduce, PixelGroupNorm(groups, channels), nn.ReLU())
        self.first = nn.Sequential(_grouped(channels, width, groups), nn.ReLU())
        self.second = nn.Sequential(_grouped(width, width, groups), nn.ReLU())

    def forward(self, features: Tensor) -> Tensor:
        features = self.first(self.reduce(features))
        out: Tensor = features + self.second(features)
        return out


class _Up(nn.Module):
    """To the next finer level of the decoder, with what the encoder found there."""

    def __init__(self, channels: int, width: int, skip_channels: int) -> None:
        super().__init__()
        self.skip = _batched(nn.Conv2d(skip_channels, skip_channels, 1))
        self.enlarge = _batched(nn.ConvTranspose2d(channels, width, 4, stride=2, padding=1))
        self.first = _batched(nn.Conv2d(width + skip_channels, width, 3, padding=1))
        self.second = _batched(nn.Conv2d(width, width, 3, padding=1))

    def forward(self, features: Tensor, skip: Tensor) -> Tensor:
        features = self.first(torch.cat([self.enlarge(features), self.skip(skip)], 1))
        out: Tensor = features + self.second(features)
        return out


def _by_sample(features: Tensor, batch: int) -> Tensor:
    """(B * T, ...) as (B, T, ...)."""
    return torch.unflatten(features, 0, (batch, -1))


def _grouped(channels: int, width: int, groups: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, width, 3, padding=1), PixelGroupNorm(groups, width))


def _batched(convolution: nn.Conv2d | nn.ConvTranspose2d) -> nn.Sequential:
    return nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU())
