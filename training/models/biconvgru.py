"""BiConvGRU: a convolutional gated recurrent unit over the dates, forwards and backwards; their last states.

After Russwurm and Koerner, "Multi-temporal land cover classification with sequential recurrent encoders", ISPRS
Int. J. Geo-Inf. 7(4), 2018.

What the published version does differently: it knows no clouds. Here a pixel's state stays as it is at a date where
the pixel is not valid, so a date that is missing changes nothing wherever it stands. The reset gate acts on the
convolved state and not on the state before it, which spares a convolution per date. Dates come in the order of time.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.models.finer import add_finer, finer_reach, to_finer
from training.models.reach import CONVOLUTION, receptive_radius
from training.models.series_input import PUBLISHED_DATES, SeriesNetwork, pad_dates, with_day_channel


class ConvGru(nn.Module):
    """A convolutional gated recurrent unit, 3 x 3, run over a series in one direction.

    Args:
        channels: of the input.
        hidden: of the state.
        backwards: from the last date to the first.
    """

    def __init__(self, channels: int, hidden: int, backwards: bool = False) -> None:
        super().__init__()
        self.hidden = hidden
        self.backwards = backwards
        self.of_input = nn.Conv2d(channels, 3 * hidden, 3, padding=1)
        self.of_state = nn.Conv2d(hidden, 3 * hidden, 3, padding=1)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """The last state (B, hidden, H, W) of a series x (B, T, C, H, W), kept where valid (B, T, H, W) is 0."""
        state = torch.zeros_like(x[:, 0, :1]).expand(-1, self.hidden, -1, -1)
        dates = range(x.shape[1])
        for date in reversed(dates) if self.backwards else dates:
            update_in, reset_in, new_in = self.of_input(x[:, date]).chunk(3, 1)
            update_of, reset_of, new_of = self.of_state(state).chunk(3, 1)
            new = torch.tanh(new_in + torch.sigmoid(reset_in + reset_of) * new_of)
            share = torch.sigmoid(update_in + update_of) * valid[:, date, None]
            state = state + share * (new - state)
        return state


class BiConvGru(SeriesNetwork):
    """BiConvGRU. The embedding is both last states.

    Args:
        in_channels: C, spectral bands; the day of the year is added as a channel.
        num_classes: K.
        num_dates: the most dates that it takes; 16 if not given.
        magnification: m, 1, 2 or 4.
        hidden_channels: of the state of each direction.

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
        hidden_channels: int = 128,
    ) -> None:
        super().__init__(in_channels, num_classes, num_dates or PUBLISHED_DATES, magnification, stride=1)
        self.embedding_channels = 2 * hidden_channels
        self.forwards = ConvGru(in_channels + 1, hidden_channels)
        self.backwards = ConvGru(in_channels + 1, hidden_channels, backwards=True)
        add_finer(self, self.embedding_channels, magnification)
        self.classes = nn.Conv2d(self.embedding_channels, num_classes, 3, padding=1)

    @property
    def receptive_radius(self) -> int:
        """Input pixels beyond which nothing changes an output pixel: the state moves on by one at each date."""
        series = [CONVOLUTION] * (self.num_dates or PUBLISHED_DATES)
        layers = [*series, *finer_reach(self.magnification), CONVOLUTION]
        return receptive_radius(layers, self.stride, self.magnification)

    def map_series(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and embedding of a standardised series."""
        x, seen = recurrent_series(x, doy, valid, self.num_dates)
        states = torch.cat([self.forwards(x, seen), self.backwards(x, seen)], 1)
        embedding = to_finer(self, states, self.magnification)
        return self.classes(embedding), embedding


def recurrent_series(x: Tensor, doy: Tensor, valid: Tensor, num_dates: int | None) -> tuple[Tensor, Tensor]:
    """A series (B, T, C + 1, H, W) with its days of the year, and as float where it is valid (B, T, H, W).

    In a graph, which cannot loop over a free number of dates, padded to all dates that the network takes; elsewhere
    the dates that are missing would only cost time.
    """
    series, seen = with_day_channel(x, doy, valid), valid.to(x.dtype)
    if torch.compiler.is_exporting() and num_dates is not None:
        return pad_dates(series, num_dates), pad_dates(seen, num_dates)
    return series, seen
