"""UNet2D-CLSTM: a 2-D U-Net on each date, a convolutional LSTM over the dates, the mean of its states.

After Rustowicz et al., "Semantic segmentation of crop type in Africa: a novel dataset and analysis of deep learning
methods", CVPR Workshops 2019, in the form of Tarasiou et al. 2022. The LSTM has batch statistics
of its own for every place in the series (Cooijmans et al., "Recurrent batch normalization", 2017), and normalises its
cell state after the tanh.

What the published version does differently: it takes exactly as many dates and as large an image as it was made for,
and knows no clouds. Here a pixel that is not valid is 0 in every channel, the day of the year included, and a date
without a valid pixel in the window leaves the state as it is and has no share in the mean nor, in training, in batch
statistics. Groups of channels are normalised over the whole image, so larger images are worked through window by
window, each on its own. Nothing is published for m > 1. Dates come in the order of time.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.biconvgru import recurrent_series
from training.models.finer import add_finer, to_finer
from training.models.series_input import PUBLISHED_DATES, SeriesNetwork
from training.models.windows import cut_windows, join_windows
from training.process_statistics import follow, normalise_over_processes

WIDTHS = (64, 128, 256)
"""Channels of the two levels and of the centre."""

GROUP = 16
"""Channels that are normalised together in the encoder."""


def _encoder(in_channels: int, *widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in widths:
        layers += [
            nn.Conv2d(in_channels, width, 3, padding=1),
            nn.GroupNorm(max(1, width // GROUP), width),
            nn.LeakyReLU(inplace=True),
        ]
        in_channels = width
    return nn.Sequential(*layers)


def _decoder(in_channels: int, *widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Conv2d(in_channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.LeakyReLU(inplace=True)]
        in_channels = width
    return nn.Sequential(*layers)


class DateUnet(nn.Module):
    """The U-Net that every date passes."""

    def __init__(self, in_channels: int, widths: Sequence[int], last_channels: int, out_channels: int) -> None:
        super().__init__()
        if len(widths) != 3:
            raise ValueError(f"widths must name two levels and the centre, got {tuple(widths)}.")
        first, second, centre = widths
        self.enc3 = _encoder(in_channels, first, first)
        self.enc4 = _encoder(first, second, second)
        self.center = _encoder(second, centre)
        self.center_decode = _encoder(centre, centre)
        self.center_decode.append(nn.ConvTranspose2d(centre, second, 2, stride=2))
        self.dec4 = _decoder(2 * second, second, second)
        self.dec4.append(nn.ConvTranspose2d(second, first, 2, stride=2))
        self.final = _decoder(2 * first, first, last_channels)
        self.final.append(nn.Conv2d(last_channels, out_channels, 3, padding=1))

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to (N, out_channels, H, W)."""
        fine = self.enc3(images)
        half = self.enc4(functional.max_pool2d(fine, 2))
        centre = self.center_decode(self.center(functional.max_pool2d(half, 2)))
        half = self.dec4(torch.cat([centre, half], 1))
        features: Tensor = self.final(torch.cat([half, fine], 1))
        return features


class RecurrentNorm(nn.Module):
    """Batch normalisation with a mean and a variance of its own for every date, and no bias."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, num_dates: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.is_synced = False  # whether statistics are those of all processes (training.synced_norm)
        self.weight = nn.Parameter(torch.full((channels,), 0.1))  # as Cooijmans et al. advise
        self.register_buffer("running_mean", torch.zeros(num_dates, channels))
        self.register_buffer("running_var", torch.ones(num_dates, channels))

    def forward(self, features: Tensor, date: int, seen: Tensor) -> Tensor:
        """Normalise (B, C, H, W) of one date; in training by the samples (B,) that have it."""
        mean, variance = self.running_mean[date], self.running_var[date]
        if not self.training:
            return functional.batch_norm(features, mean, variance, self.weight, None, False, 0.0, self.eps)
        if self.is_synced:
            found = normalise_over_processes(features, self.eps, seen)
            follow(mean, variance, found, self.momentum)
            return (found.values * self.weight.view(1, -1, 1, 1)).to(features.dtype)
        if bool(seen.all()):
            return functional.batch_norm(features, mean, variance, self.weight, None, True, self.momentum, self.eps)
        normal = torch.zeros_like(features)
        if bool(seen.any()):
            of_seen = functional.batch_norm(
                features[seen], mean, variance, self.weight, None, True, self.momentum, self.eps
            )
            normal = normal.to(of_seen.dtype)
            normal[seen] = of_seen
        return normal


class NormalisedLstm(nn.Module):
    """A convolutional LSTM with recurrent batch normalisation, which gives its hidden state after every date."""

    def __init__(self, in_channels: int, hidden_channels: int, num_dates: int) -> None:
        super().__init__()
        self.hidden_channels = hidden_channels
        self.h_conv = nn.Conv2d(hidden_channels, 4 * hidden_channels, 3, padding=1)
        self.input_conv = nn.Conv2d(in_channels, 4 * hidden_channels, 3, padding=1)
        self.h_norm = RecurrentNorm(4 * hidden_channels, num_dates)
        self.input_norm = RecurrentNorm(4 * hidden_channels, num_dates)
        self.cell_norm = RecurrentNorm(hidden_channels, num_dates)

    def forward(self, series: Tensor, seen: Tensor) -> Tensor:
        """(B, T, C, H, W) to (B, T, hidden_channels, H, W); dates that are not seen (B, T) keep the state."""
        batch, dates, _, height, width = series.shape
        of_input = torch.unflatten(self.input_conv(series.flatten(0, 1)), 0, (batch, dates))
        hidden = of_input.new_zeros(batch, self.hidden_channels, height, width)
        cell = torch.zeros_like(hidden)
        states = []
        # unbound, since the gradient of of_input[:, date] is a tensor as large as all dates, for each of them
        for date, of_image in enumerate(of_input.unbind(1)):
            here = seen[:, date]
            gates = self.input_norm(of_image, date, here) + self.h_norm(self.h_conv(hidden), date, here)
            keep_input, keep_cell, keep_output, candidate = gates.chunk(4, 1)
            new_cell = torch.sigmoid(keep_cell) * cell + torch.sigmoid(keep_input) * torch.tanh(candidate)
            new_hidden = torch.sigmoid(keep_output) * self.cell_norm(torch.tanh(new_cell), date, here)
            mask = here[:, None, None, None]
            hidden, cell = torch.where(mask, new_hidden, hidden), torch.where(mask, new_cell, cell)
            states.append(hidden)
        return torch.stack(states, 1)


class Unet2dClstm(SeriesNetwork):
    """UNet2D-CLSTM: 3,095,028 parameters at 13 bands and 20 classes. The embedding is the mean state.

    Args:
        in_channels: C, spectral bands; the day of the year is added as a channel.
        num_classes: K.
        num_dates: the most dates, each place with statistics of its own; 16 if not given.
        magnification: m, 1, 2 or 4.
        img_res: side of a window, input pixels, a multiple of 4; H and W must be multiples of it.
        widths: channels of the U-Net's two levels and of its centre.
        last_channels: of the U-Net's last hidden convolution.
        hidden_channels: of the LSTM's input and state; D.

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
        img_res: int = 48,
        widths: Sequence[int] = WIDTHS,
        last_channels: int = 32,
        hidden_channels: int = 128,
    ) -> None:
        if img_res < 1 or img_res % 4:
            raise ValueError(f"img_res must be a multiple of 4, got {img_res}.")
        dates = PUBLISHED_DATES if num_dates is None else num_dates
        super().__init__(in_channels, num_classes, dates, magnification, stride=img_res)
        self.receptive_radius = img_res
        self.embedding_channels = hidden_channels
        self.fcn = DateUnet(in_channels + 1, widths, last_channels, hidden_channels)
        self.clstm = NormalisedLstm(hidden_channels, hidden_channels, dates)
        add_finer(self, hidden_channels, magnification)
        self.main_finalconv = nn.Conv2d(hidden_channels, num_classes, 3, padding=1)

    def map_series(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and embedding of a standardised series."""
        rows, columns = x.shape[3] // self.stride, x.shape[4] // self.stride
        series, clear = recurrent_series(x, doy, valid, self.num_dates)
        seen = cut_windows(clear.unsqueeze(2), self.stride).flatten(2).any(2)  # (N, T)
        states = self.clstm(on_each_date(self.fcn, cut_windows(series, self.stride), seen), seen)
        share = seen.to(states.dtype)
        mean = (states * share[:, :, None, None, None]).sum(1) / share.sum(1).clamp_min(1)[:, None, None, None]
        embedding = to_finer(self, mean, self.magnification)
        logits = self.main_finalconv(embedding)
        return join_windows(logits, rows, columns), join_windows(embedding, rows, columns)


def on_each_date(module: nn.Module, series: Tensor, seen: Tensor) -> Tensor:
    """Run a network of images on every date of a series (N, T, C, H, W): (N, T, D, H, W).

    In training, dates that are not seen (N, T) are left out, so that batch statistics are not those of padding; they
    give zeros.
    """
    images = series.flatten(0, 1)
    if module.training and bool(seen.any()) and not bool(seen.all()):
        keep = seen.flatten()
        found: Tensor = module(images[keep])
        features = found.new_zeros(len(images), *found.shape[1:])
        features[keep] = found
    else:
        features = module(images)
    return torch.unflatten(features, 0, (series.shape[0], -1))
