"""Cut tiles into the windows that a network answers one by one, and put its maps together again."""

from __future__ import annotations

from torch import Tensor


def cut_windows(series: Tensor, side: int) -> Tensor:
    """Windows of a series, in rows of windows from the top.

    Args:
        series: (B, T, C, H, W), H and W multiples of ``side``.
        side: of a window, input pixels.

    Returns:
        (N, T, C, side, side), N = B * H / side * W / side.
    """
    batch, dates, channels, height, width = series.shape
    parts = series.reshape(batch, dates, channels, height // side, side, width // side, side)
    return parts.permute(0, 3, 5, 1, 2, 4, 6).flatten(0, 2)


def join_windows(maps: Tensor, rows: int, columns: int) -> Tensor:
    """Maps (N, D, s, s) of rows x columns windows for each sample as (B, D, rows * s, columns * s)."""
    channels, side = maps.shape[1], maps.shape[2]
    parts = maps.reshape(-1, rows, columns, channels, side, side).permute(0, 3, 1, 4, 2, 5)
    return parts.reshape(-1, channels, rows * side, columns * side)
