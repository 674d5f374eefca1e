"""TSViT: a transformer over dates with one token per class, then one over the patches of the image for each class.

From Tarasiou, Chavez, Zafeiriou, "ViTs for SITS: Vision transformers for satellite image time series", CVPR 2023.

The published version differs so. It lays the p x p values of a patch out one after the other along the image's rows, so
that they do not come to lie where the patch is; here they do. The order is kept with the weights (buffer
``pixel_order``), and a published checkpoint brings the published order along. It attends to every date; here a
patch attends to the dates on which any of its pixels is valid. It takes images of one size; here larger ones are
worked through window by window, each on its own. It has no map of features before its scores: at magnification 1 the
embedding is the scores themselves. At 2 and 4, which the published version has not, the last layer gives several
features per class and pixel for the finer head. The day of the year is an index here, 0 to 365, not a channel.
Any number of dates in any order.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.finer import add_finer, to_finer
from training.models.series_input import SeriesNetwork
from training.models.windows import cut_windows, join_windows

DAYS = 366
"""Days of the year that have an embedding, from 0; day 366 shares that of 365."""


class Block(nn.Module):
    """Attention and a two-layer perceptron, each after a normalisation and beside a skip connection."""

    def __init__(self, channels: int, heads: int, head_channels: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        inner = heads * head_channels
        self.attention_norm = nn.LayerNorm(channels)
        self.to_qkv = nn.Linear(channels, 3 * inner, bias=False)
        self.to_out = nn.Linear(inner, channels)
        self.mlp_norm = nn.LayerNorm(channels)
        self.mlp_in = nn.Linear(channels, hidden)
        self.mlp_out = nn.Linear(hidden, channels)

    def forward(self, tokens: Tensor, mask: Tensor | None) -> Tensor:
        """(N, L, channels) to the same; ``mask`` (N, L) bool: which tokens may be attended to."""
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in self.to_qkv(self.attention_norm(tokens)).chunk(3, 2)
        )
        found = functional.scaled_dot_product_attention(
            query, key, value, None if mask is None else mask[:, None, None, :]
        )
        tokens = tokens + self._drop(self.to_out(found.transpose(1, 2).flatten(2)))
        hidden = self._drop(functional.gelu(self.mlp_in(self.mlp_norm(tokens))))
        return tokens + self._drop(self.mlp_out(hidden))

    def _drop(self, tokens: Tensor) -> Tensor:
        return functional.dropout(tokens, self.dropout, self.training) if self.dropout else tokens


class Transformer(nn.Module):
    """Blocks one after the other, and a last normalisation."""

    def __init__(self, depth: int, channels: int, heads: int, head_channels: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Block(channels, heads, head_channels, hidden, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(channels)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """(N, L, channels) to the same."""
        for layer in self.layers:
            tokens = layer(tokens, mask)
        normal: Tensor = self.norm(tokens)
        return normal


class TsVit(SeriesNetwork):
    """TSViT for dense prediction: 3,260,425 parameters at 13 bands and 20 classes.

    Options bear the names of the published hyper-parameters.

    Args:
        in_channels: C, spectral bands.
        num_classes: K.
        num_dates: ignored; any number of dates will do.
        magnification: m, 1, 2 or 4.
        img_res: side of a window, input pixels; H and W must be multiples of it.
        patch_size: p, side of a patch, input pixels; divides ``img_res``.
        dim: channels of a token.
        temporal_depth: blocks over dates.
        spatial_depth: blocks over patches.
        heads: attention heads.
        dim_head: channels of a head.
        scale_dim: hidden channels of the perceptrons per channel of a token.
        dropout: share of values dropped in training, in every block.
        features_per_class: channels of the embedding per class; 1 if not given at m = 1, else 4.

    Raises:
        ValueError: if ``patch_size`` does not divide ``img_res``.
    """

    pixel_order: Tensor

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        num_dates: int | None = None,
        magnification: int = 1,
        *,
        img_res: int = 48,
        patch_size: int = 3,
        dim: int = 128,
        temporal_depth: int = 8,
        spatial_depth: int = 4,
        heads: int = 4,
        dim_head: int = 64,
        scale_dim: int = 4,
        dropout: float = 0.0,
        features_per_class: int | None = None,
    ) -> None:
        per_class = features_per_class or (1 if magnification == 1 else 4)
        super().__init__(in_channels, num_classes, None, magnification, img_res)
        self.embedding_channels = num_classes * per_class
        if patch_size < 1 or img_res < 1 or img_res % patch_size:
            raise ValueError(f"patch_size must divide img_res = {img_res}, got {patch_size}.")
        self.receptive_radius = img_res
        self.patch_size, self.per_class = patch_size, per_class
        self.side = img_res // patch_size
        self.patch_embedding = nn.Linear(in_channels * patch_size**2, dim)
        self.date_embedding = nn.Linear(DAYS, dim)
        self.class_tokens = nn.Parameter(torch.randn(1, num_classes, dim))
        self.temporal_transformer = Transformer(temporal_depth, dim, heads, dim_head, dim * scale_dim, dropout)
        self.patch_positions = nn.Parameter(torch.randn(1, self.side**2, dim))
        self.space_transformer = Transformer(spatial_depth, dim, heads, dim_head, dim * scale_dim, dropout)
        self.head_norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, per_class * patch_size**2)
        self.register_buffer("pixel_order", _order_of_pixels(self.side, patch_size))
        add_finer(self, self.embedding_channels, magnification)
        plain = magnification == 1 and per_class == 1
        self.to_classes = None if plain else nn.Conv2d(self.embedding_channels, num_classes, 1)

    def map_series(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and embedding of a standardised series."""
        rows, columns = x.shape[3] // self.stride, x.shape[4] // self.stride
        windows = cut_windows(x, self.stride)
        masks = cut_windows(valid.unsqueeze(2), self.stride)
        days = self.date_embedding.weight.t()[doy.long().clamp(0, DAYS - 1)] + self.date_embedding.bias
        days = days[:, None].expand(-1, rows * columns, -1, -1).flatten(0, 1)  # (N, T, dim)
        embedding = to_finer(self, self._features(windows, days, masks), self.magnification)
        logits = embedding if self.to_classes is None else self.to_classes(embedding)
        return join_windows(logits, rows, columns), join_windows(embedding, rows, columns)

    def _features(self, windows: Tensor, days: Tensor, masks: Tensor) -> Tensor:
        """Features (N, K * per_class, img_res, img_res) of N windows."""
        count, places = windows.shape[0], self.side**2
        tokens = self.patch_embedding(self._patches(windows)) + days.repeat_interleave(places, 0)
        tokens = torch.cat([self.class_tokens.expand(count * places, -1, -1), tokens], 1)
        usable = self._patches(masks).any(2)
        usable = torch.cat([usable.new_ones(count * places, self.num_classes), usable], 1)
        tokens = self.temporal_transformer(tokens, usable)[:, : self.num_classes]
        tokens = tokens.reshape(count, places, self.num_classes, -1).transpose(1, 2).flatten(0, 1)
        tokens = self.space_transformer(tokens + self.patch_positions)
        values = self.head(self.head_norm(tokens))  # (N * K, places, per_class * p * p)
        values = values.reshape(count, self.num_classes, places, self.per_class, self.patch_size**2)
        values = values.transpose(2, 3).reshape(count, self.embedding_channels, places * self.patch_size**2)
        features: Tensor = values[:, :, self.pixel_order]
        return features.reshape(count, self.embedding_channels, self.stride, self.stride)

    def _patches(self, windows: Tensor) -> Tensor:
        """(N, T, C, img_res, img_res) to (N * places, T, p * p * C), the band fastest."""
        count, dates, channels = windows.shape[:3]
        parts = windows.reshape(count, dates, channels, self.side, self.patch_size, self.side, self.patch_size)
        return parts.permute(0, 3, 5, 1, 4, 6, 2).reshape(count * self.side**2, dates, -1)


def _order_of_pixels(side: int, patch_size: int) -> Tensor:
    """For each pixel of a window, row by row, its place among the values of all patches."""
    place = torch.arange((side * patch_size) ** 2).view(side, side, patch_size, patch_size)
    return place.transpose(1, 2).reshape(-1)
