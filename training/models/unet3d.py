"""UNet3D: convolutions over time and space at once, encoder and decoder of two levels, a linear map over dates.

After Rustowicz et al., "Semantic segmentation of crop type in Africa: a novel dataset and analysis of deep learning
methods", CVPR Workshops 2019, in the form of Tarasiou et al. 2022. The names of the layers
are those of the published checkpoints.

The published network takes exactly as many dates as it was made for and does not know clouds. Here a pixel that is
not valid is 0 in every channel, the day of the year included, and so is a date that is missing at the end: the linear
map over dates has fixed places, so nothing can be left out. Any number of dates is rounded up to a multiple of 4
inside, as time is halved twice. At m > 1, of which nothing is published for this network, its last convolution keeps
the channels of the decoder, and the finer head and a linear map to the classes follow, as in UNet3Df.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.finer import add_finer, finer_reach, to_finer
from training.models.reach import CONVOLUTION, DOUBLING, POOLING, receptive_radius
from training.models.series_input import PUBLISHED_DATES, ClassHead, SeriesNetwork, pad_dates, with_day_channel

WIDTHS = (64, 128, 256)
"""Channels of the two levels and of the centre."""

STRIDE = 4
"""Rows, columns and dates are halved twice."""


class Unet3dLayers(nn.Module):
    """The layers, apart from what comes in and goes out: UNet3D holds them itself, UNet3Df as its backbone."""

    def add_layers(self, channels: int, widths: Sequence[int], back: Sequence[int], out: int, places: int) -> None:
        """Make the layers.

        Args:
            channels: of the input, the day of the year included.
            widths: of the two levels and of the centre.
            back: of the two last convolutions of the decoder.
            out: channels of the result.
            places: dates, a multiple of 4.

        Raises:
            ValueError: if there are not three widths.
        """
        if len(widths) != 3:
            raise ValueError(f"widths must name the two levels and the centre, got {tuple(widths)}.")
        first, second, centre = widths
        self.places = places
        self.en3 = _convolutions(channels, first, first)
        self.en4 = _convolutions(first, second, second)
        self.center_in = _convolutions(second, centre)
        self.center_out = _convolutions(centre, centre).append(_doubling(centre, second))
        self.dc4 = _convolutions(2 * second, second, second)
        self.trans3 = nn.Sequential(_doubling(second, first), nn.BatchNorm3d(first), nn.LeakyReLU())
        self.dc3 = _convolutions(2 * first, *back)
        self.final = nn.Conv3d(back[-1], out, 3, padding=1)
        self.fn = nn.Linear(places, 1)

    def decoded(self, x: Tensor) -> Tensor:
        """Features per date: (B, C, T, H, W) -> (B, back, T, H, W)."""
        fine = self.en3(x)
        coarse = self.en4(functional.max_pool3d(fine, 2))
        centre = self.center_out(self.center_in(functional.max_pool3d(coarse, 2)))
        coarse = self.dc4(torch.cat([centre, coarse], 1))
        out: Tensor = self.dc3(torch.cat([self.trans3(coarse), fine], 1))
        return out

    def collapsed(self, features: Tensor) -> Tensor:
        """The last convolution and the linear map over dates: (B, back, T, H, W) -> (B, out, H, W)."""
        features = self.final(features)
        return (features * self.fn.weight[0, :, None, None]).sum(2) + self.fn.bias


class Unet3d(SeriesNetwork, Unet3dLayers):
    """UNet3D: 6,183,429 parameters at 16 dates, 13 bands and 20 classes. The embedding is a mean over dates.

    Args:
        in_channels: C, spectral bands; the day of the year is added as a channel.
        num_classes: K.
        num_dates: the most dates that it takes; 16 if not given.
        magnification: m, 1, 2 or 4.
        widths: channels of the two levels and of the centre.

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
        widths: Sequence[int] = WIDTHS,
    ) -> None:
        super().__init__(in_channels, num_classes, num_dates or PUBLISHED_DATES, magnification, STRIDE)
        self.embedding_channels = widths[0] // 2
        back = (widths[0], self.embedding_channels)
        out = num_classes if magnification == 1 else self.embedding_channels
        self.add_layers(in_channels + 1, widths, back, out, places_for(num_dates))
        add_finer(self, self.embedding_channels, magnification)
        if magnification > 1:
            self.linear_out = ClassHead(self.embedding_channels, num_classes)

    @property
    def receptive_radius(self) -> int:
        """Input pixels beyond which nothing changes an output pixel."""
        return unet3d_reach(self.magnification)

    def map_series(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and embedding of a standardised series."""
        features = self.decoded(dates_last(x, doy, valid, self.places))
        if self.magnification == 1:
            return self.collapsed(features), features.mean(2)
        embedding = to_finer(self, self.collapsed(features), self.magnification)
        return self.linear_out(embedding), embedding


def places_for(num_dates: int | None) -> int:
    """Places that the linear map over dates has: the dates, rounded up to what can be halved twice."""
    return -(-(num_dates or PUBLISHED_DATES) // STRIDE) * STRIDE


def dates_last(x: Tensor, doy: Tensor, valid: Tensor, places: int) -> Tensor:
    """A series (B, T, C, H, W) as (B, C + 1, places, H, W), padded and with its days of the year."""
    return pad_dates(with_day_channel(x, doy, valid), places).transpose(1, 2)


def unet3d_reach(magnification: int) -> int:
    """Input pixels beyond which nothing changes an output pixel."""
    down = [CONVOLUTION, CONVOLUTION, POOLING] * 2
    up = [CONVOLUTION, CONVOLUTION, DOUBLING] * 2
    layers = [*down, *up, CONVOLUTION, CONVOLUTION, CONVOLUTION, *finer_reach(magnification)]
    return receptive_radius(layers, STRIDE, magnification)


def _convolutions(channels: int, *widths: int) -> nn.Sequential:
    layers = nn.Sequential()
    for width in widths:
        layers.extend([nn.Conv3d(channels, width, 3, padding=1), nn.BatchNorm3d(width), nn.LeakyReLU()])
        channels = width
    return layers


def _doubling(channels: int, width: int) -> nn.ConvTranspose3d:
    return nn.ConvTranspose3d(channels, width, 3, stride=2, padding=1, output_padding=1)
