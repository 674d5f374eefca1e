"""FPN-ConvLSTM: each date seen at several scales by dilated convolutions, then a convolutional LSTM over the dates.

After Chamorro Martinez et al., "Fully convolutional recurrent networks for multidate crop recognition from
multitemporal image sequences", ISPRS J. 171, 2021, with the widths that Sainte Fare Garnot and Landrieu (2021) compare
with: two convolutions, five dilations of 64 channels, a state of 88 channels, whose last value is classified.

What the published version does differently: it normalises by groups of channels over a date's whole image and masks
only dates that pad. Here batch normalisation, which takes no statistics over space when it maps, and a pixel's state
stays as it is at a date where the pixel is not valid. Dates come in the order of time.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.models.biconvgru import recurrent_series
from training.models.finer import add_finer, finer_reach, to_finer
from training.models.reach import CONVOLUTION, Layer, receptive_radius
from training.models.series_input import PUBLISHED_DATES, SeriesNetwork


class Pyramid(nn.Module):
    """Parallel 3 x 3 convolutions with dilations 1 to `levels`, side by side in the result.

    Args:
        channels: of the input.
        width: of each level.
        levels: number of dilations.
    """

    def __init__(self, channels: int, width: int, levels: int) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            _normalised(nn.Conv2d(channels, width, 3, padding=dilation, dilation=dilation))
            for dilation in range(1, levels + 1)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Maps (N, C, H, W) to (N, levels * width, H, W)."""
        return torch.cat([level(features) for level in self.levels], 1)


class ConvLstm(nn.Module):
    """A convolutional LSTM, 3 x 3, run over a series.

    Args:
        channels: of the input.
        hidden: of the state.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.gates = nn.Conv2d(channels + hidden, 4 * hidden, 3, padding=1)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """The last state (B, hidden, H, W) of a series x (B, T, C, H, W), kept where valid (B, T, H, W) is 0."""
        state = torch.zeros_like(x[:, 0, :1]).expand(-1, self.hidden, -1, -1)
        memory = state
        # unbound, since the gradient of x[:, date] is a tensor as large as all dates, for each of them
        for date, image in enumerate(x.unbind(1)):
            gates = self.gates(torch.cat([image, state], 1))
            take, keep, show, new = gates.chunk(4, 1)
            new_memory = torch.sigmoid(keep) * memory + torch.sigmoid(take) * torch.tanh(new)
            new_state = torch.sigmoid(show) * torch.tanh(new_memory)
            seen = valid[:, date, None]
            memory = memory + seen * (new_memory - memory)
            state = state + seen * (new_state - state)
        return state


class FpnClstm(SeriesNetwork):
    """FPN-ConvLSTM. The embedding is the last state.

    Args:
        in_channels: C, spectral bands; the day of the year is added as a channel.
        num_classes: K.
        num_dates: the most dates that it takes; 16 if not given.
        magnification: m, 1, 2 or 4.
        stem_widths: channels of the two convolutions before the pyramid.
        levels: dilations of the pyramid.
        level_channels: of each of them, and of their mixture.
        hidden_channels: of the state.

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
        stem_widths: tuple[int, int] = (32, 64),
        levels: int = 5,
        level_channels: int = 64,
        hidden_channels: int = 88,
    ) -> None:
        super().__init__(in_channels, num_classes, num_dates or PUBLISHED_DATES, magnification, stride=1)
        if levels < 1:
            raise ValueError(f"levels must be at least 1, got {levels}.")
        first, second = stem_widths
        self.embedding_channels = hidden_channels
        self.levels = levels
        self.per_date = nn.Sequential(
            _normalised(nn.Conv2d(in_channels + 1, first, 3, padding=1)),
            _normalised(nn.Conv2d(first, second, 3, padding=1)),
            Pyramid(second, level_channels, levels),
            _normalised(nn.Conv2d(levels * level_channels, level_channels, 3, padding=1)),
        )
        self.clstm = ConvLstm(level_channels, hidden_channels)
        add_finer(self, hidden_channels, magnification)
        self.classes = nn.Conv2d(hidden_channels, num_classes, 3, padding=1)

    @property
    def receptive_radius(self) -> int:
        """Input pixels beyond which nothing changes an output pixel: the state moves on by one at each date."""
        widest = Layer(padding=self.levels, dilation=self.levels)
        per_date = [CONVOLUTION, CONVOLUTION, widest, CONVOLUTION]
        series = [CONVOLUTION] * (self.num_dates or PUBLISHED_DATES)
        layers = [*per_date, *series, *finer_reach(self.magnification), CONVOLUTION]
        return receptive_radius(layers, self.stride, self.magnification)

    def map_series(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and embedding of a standardised series."""
        x, seen = recurrent_series(x, doy, valid, self.num_dates)
        features = self.per_date(x.flatten(0, 1)).unflatten(0, (x.shape[0], -1))
        embedding = to_finer(self, self.clstm(features, seen), self.magnification)
        return self.classes(embedding), embedding


def _normalised(convolution: nn.Conv2d) -> nn.Sequential:
    return nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU())
