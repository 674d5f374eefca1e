"""The default network: time first, by light attention over dates, then one 2-D U-Net and a finer head.

Any number of dates in any order; no statistics over space at inference. Knows nothing of
losses, data sets or the boundary layer.

Light temporal attention is after Sainte Fare Garnot and Landrieu, "Lightweight temporal self-attention for
classifying satellite images time series", 2020: one learned query per head, not one per date.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.series_input import SeriesNetwork

DAYS_PER_YEAR = 365.25
"""Period of the day-of-year encoding: day 366 lies beside day 1."""


class DayOfYearEncoding(nn.Module):
    """Sines and cosines of the year's first harmonics: smooth, periodic, of any number of dates."""

    def __init__(self, harmonics: int = 4) -> None:
        super().__init__()
        self.harmonics = harmonics
        self.channels = 2 * harmonics

    def forward(self, doy: Tensor) -> Tensor:
        """Encode days of the year (B, T) as (B, T, 2 * harmonics) float32."""
        angle = doy.to(torch.float32)[..., None] * (2 * math.pi / DAYS_PER_YEAR)
        orders = torch.arange(1, self.harmonics + 1, device=doy.device, dtype=torch.float32)
        return torch.cat([torch.sin(angle * orders), torch.cos(angle * orders)], -1)


class TemporalPooling(nn.Module):
    """Pool a series of feature maps into one map by masked attention over its dates.

    One learned query per head stands for all pixels. Its product with the key projection is a vector of C numbers,
    so keys are never made: the score of a date is one linear map, C -> heads, with a term of the date's day of year.
    Likewise the value projection commutes with the weighted sum: features are averaged first, C per head, and
    mapped to the output channels once per pixel and not once per date. The day-of-year encoding is averaged with
    the same weights, beside the features and not added to them, which is the same after the linear map and spares
    a pass over the series.

    Args:
        in_channels: C, features per date.
        out_channels: channels of the pooled map.
        encoding_channels: E, of the day-of-year encoding.
        heads: number of queries.
    """

    def __init__(self, in_channels: int, out_channels: int, encoding_channels: int, heads: int = 8) -> None:
        super().__init__()
        self.heads = heads
        self.score = nn.Linear(in_channels, heads, bias=False)
        self.score_doy = nn.Linear(encoding_channels, heads, bias=False)
        self.value = nn.Linear(heads * in_channels, out_channels, bias=False)
        self.value_doy = nn.Linear(heads * encoding_channels, out_channels, bias=False)

    def forward(self, features: Tensor, encoding: Tensor, valid: Tensor) -> Tensor:
        """Pool over dates.

        Args:
            features: (B, N, T, C), N pixels.
            encoding: (B, T, E) of the days of the year.
            valid: (B, N, T) bool.

        Returns:
            (B, N, out_channels); zeros where a pixel has no valid date.
        """
        if torch.compiler.is_exporting():  # the same, but ONNX Runtime then need not turn the scores around
            scores = torch.matmul(self.score.weight, features.transpose(2, 3))
        else:
            scores = self.score(features).transpose(2, 3)
        scores = scores + self.score_doy(encoding).transpose(1, 2).unsqueeze(1)  # (B, N, heads, T)
        # Finite, so that a pixel without dates gives no NaN; beside any valid date it is exactly 0 after exp. Added
        # and not filled in: ONNX Runtime does that in half the time.
        scores = scores + torch.where(valid, 0.0, -1e9).to(scores.dtype).unsqueeze(2)
        weights = torch.softmax(scores, -1)
        pooled = torch.matmul(weights, features).flatten(2)  # (B, N, heads * C)
        days = torch.matmul(weights, encoding.unsqueeze(1)).flatten(2)
        out: Tensor = self.value(pooled) + self.value_doy(days)
        return out * valid.any(2, keepdim=True)


class LtaeUnet(SeriesNetwork):
    """Light temporal attention, then a 2-D U-Net, then a head on a grid ``magnification`` times finer.

    Per date: invalid pixels zeroed, one 3 x 3 convolution (so that sub-pixel shifts between dates are seen),
    normalisation over channels, ReLU. Attention over dates. U-Net of three levels. The finer head is residual:
    class scores on the input grid, bilinearly upsampled, plus a refinement that starts at zero.

    Args:
        in_channels: C, spectral bands.
        num_classes: K.
        num_dates: ignored; any number of dates will do.
        magnification: m, 1, 2 or 4.
        stem_channels: features per date.
        heads: attention heads.
        pooled_channels: channels of the map after attention.
        widths: channels of the U-Net's levels, finest first; each level halves the grid.
        embedding_channels: D.
        harmonics: harmonics of the year in the day-of-year encoding.
        head: "residual", or "plain": class scores from the fine embedding alone.

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
        stem_channels: int = 32,
        heads: int = 8,
        pooled_channels: int = 64,
        widths: Sequence[int] = (56, 96, 160),
        embedding_channels: int = 24,
        harmonics: int = 4,
        head: str = "residual",
    ) -> None:
        if head not in ("residual", "plain"):
            raise ValueError(f"head must be residual or plain, got {head!r}.")
        if len(widths) < 2:
            raise ValueError(f"widths must name at least two levels, got {tuple(widths)}.")
        super().__init__(in_channels, num_classes, None, magnification, stride=2 ** (len(widths) - 1))
        self.embedding_channels = embedding_channels
        self.head = head

        self.encoding = DayOfYearEncoding(harmonics)
        self.stem = nn.Conv2d(in_channels, stem_channels, 3, padding=1)
        self.norm = nn.LayerNorm(stem_channels)
        self.attention = TemporalPooling(stem_channels, pooled_channels, self.encoding.channels, heads)
        self.pooled_norm = nn.BatchNorm2d(pooled_channels)

        self.down = nn.ModuleList()
        channels = pooled_channels
        for width in widths:
            self.down.append(_two_convolutions(channels, width))
            channels = width
        self.up = nn.ModuleList()
        self.back = nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.up.append(nn.ConvTranspose2d(channels, width, 2, stride=2))
            self.back.append(_two_convolutions(2 * width, width))
            channels = width

        self.coarse = nn.Conv2d(channels, num_classes, 1) if head == "residual" else None
        self.expand = nn.Conv2d(channels, embedding_channels * magnification**2, 1)
        self.refine = nn.Conv2d(embedding_channels, embedding_channels, 3, padding=1)
        self.fine = nn.Conv2d(embedding_channels, num_classes, 1)
        if head == "residual":
            nn.init.zeros_(self.fine.weight)
            if self.fine.bias is not None:
                nn.init.zeros_(self.fine.bias)

    @property
    def receptive_radius(self) -> int:
        """Input pixels beyond which nothing changes an output pixel, in rows or columns from its input pixel."""
        return max(self._reach(position) for position in range(self.stride * self.magnification))

    @property
    def head_reach(self) -> int:
        """Input pixels around a part of the finer grid that must be computed with it, so that nothing in it changes."""
        return 1  # bilinear upsampling; the 3 x 3 refinement reaches one fine pixel

    def map_part(self, x: Tensor, doy: Tensor, valid: Tensor, rows: Tensor, cols: Tensor) -> tuple[Tensor, Tensor]:
        """As `forward`, but the finer grid is computed for some input pixels only: it costs more than all before it.

        Args:
            x, doy, valid: as `forward` takes them.
            rows: (h,) int64, consecutive rows of input pixels.
            cols: (w,) int64, consecutive columns.

        Returns:
            logits (B, K, m * h, m * w) and embedding (B, D, m * h, m * w); along their edges, up to `head_reach` input
            pixels, other than what `forward` gives.
        """
        if not torch.compiler.is_exporting():
            self._check(x, doy, valid)
        features = self._unet(self._pool(self.standardise(x, valid), doy, valid))
        return self._head(features.index_select(2, rows).index_select(3, cols))

    def standardise(self, x: Tensor, valid: Tensor) -> Tensor:
        """Centre the series; the weights of the stem divide by the deviations, which spares a pass over it."""
        return torch.where(valid.unsqueeze(2), x - self.band_mean[:, None, None], 0.0)

    def map_series(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and embedding of a centred series, 0 where it is not valid."""
        return self._head(self._unet(self._pool(x, doy, valid)))

    def _pool(self, x: Tensor, doy: Tensor, valid: Tensor) -> Tensor:
        """From the centred series to one map: (B, pooled_channels, H, W)."""
        batch, dates, _, height, width = x.shape
        weight = self.stem.weight / self.band_std[:, None, None]
        series = x.flatten(0, 1)
        if torch.compiler.is_exporting():
            features = functional.conv2d(series, weight, self.stem.bias, padding=1)
            features = features.view(batch, dates, -1, height * width).permute(0, 3, 1, 2)  # (B, N, T, C)
            features = functional.relu(self.norm(features))
        else:  # channels last from the start, so that the largest map of all is not turned around twice: 12 % of a step
            series = series.contiguous(memory_format=torch.channels_last)
            features = functional.conv2d(series, weight, self.stem.bias, padding=1).permute(0, 2, 3, 1)
            features = functional.relu(self.norm(features))
            features = features.reshape(batch, dates, height * width, -1).transpose(1, 2)
        mask = valid.view(batch, dates, height * width).transpose(1, 2)
        pooled = self.attention(features, self.encoding(doy).to(features.dtype), mask)
        pooled = pooled.transpose(1, 2).unflatten(2, (height, width))
        return functional.relu(self.pooled_norm(pooled))

    def _unet(self, pooled: Tensor) -> Tensor:
        """Features on the input grid: (B, widths[0], H, W)."""
        skips: list[Tensor] = []
        features = pooled
        for level, block in enumerate(self.down):
            if level:
                skips.append(features)
                features = functional.max_pool2d(features, 2)
            features = block(features)
        for up, block in zip(self.up, self.back, strict=True):
            features = block(torch.cat([skips.pop(), up(features)], 1))
        return features

    def _head(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and embedding on the finer grid."""
        embedding = functional.relu(self.refine(functional.relu(self._expanded(features))))
        if self.coarse is None:
            return self.fine(embedding), embedding
        logits = self.coarse(features)
        if self.magnification > 1:
            logits = functional.interpolate(
                logits, scale_factor=float(self.magnification), mode="bilinear", align_corners=False
            )
        return logits + self.fine(embedding), embedding

    def _expanded(self, features: Tensor) -> Tensor:
        """Features on the finer grid: (B, embedding_channels, m * H, m * W)."""
        m = self.magnification
        if m == 1 or not torch.compiler.is_exporting():
            expanded: Tensor = self.expand(features)
            return functional.pixel_shuffle(expanded, m)
        # The same as one transposed convolution, which ONNX Runtime does faster than both. That has one bias a channel,
        # not one for each fine pixel, so the bias comes in as weights of a channel of ones.
        bias = torch.zeros_like(self.expand.weight[:, 0, 0, 0]) if self.expand.bias is None else self.expand.bias
        weight = torch.cat([self.expand.weight[:, :, 0, 0].t(), bias.unsqueeze(0)])
        ones = torch.ones_like(features[:, :1])
        weight = torch.unflatten(weight, 1, (self.embedding_channels, m, m))
        return functional.conv_transpose2d(torch.cat([features, ones], 1), weight, stride=m)

    def _reach(self, position: int) -> int:
        """Largest distance, in input pixels, from output pixel ``position`` to an input pixel that it sees.

        The window [low, high] that an output needs is followed back through the layers. At each level of the
        U-Net the way down to the coarser level sees at least as far as the skip connection beside it.
        """
        fine = self.magnification
        low, high = position, position
        if fine > 1:
            # Bilinear upsampling reaches the next coarse pixel; the 3 x 3 refinement one fine pixel.
            coarse_low = math.floor((position + 0.5) / fine - 0.5)
            low = min((low - 1) // fine, coarse_low)
            high = max((high + 1) // fine, coarse_low + 1)
        else:
            low, high = low - 1, high + 1
        levels = len(self.down)
        for _ in range(levels - 1):  # two 3 x 3 convolutions, then the transposed one, going back
            low, high = (low - 2) // 2, (high + 2) // 2
        for level in range(levels):  # two 3 x 3 convolutions, then the pooling before them
            low, high = low - 2, high + 2
            if level < levels - 1:
                low, high = 2 * low, 2 * high + 1
        low, high = low - 1, high + 1  # the stem
        own = position // fine
        return max(own - low, high - own)


def _two_convolutions(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )
