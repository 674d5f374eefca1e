"""The boundary head as the engine runs it: the numbers of boundary.py, in operations that are cheap in ONNX Runtime.

Holds no parameters of its own and cannot be trained: it is made from a calibrated head when a model is exported.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.boundary import HALF_OF_NEIGHBOURS, BoundaryHead
from training.cscl import NORM2_MIN, channel_sum


class BoundaryGraph(nn.Module):
    """Boundary probability of an embedding map, as BoundaryHead gives it.

    Maps are laid out flat, so that a neighbour is a shift by one number of cells and one copy; where the shift runs
    over the edge of the image, a mask says that the pair does not count. Both similarities of a pair are made at the
    pixel that comes first, so that they need not be moved afterwards.

    Where queries and keys have more channels than the embedding (A > D), both are turned, by the same rotation, so
    that keys are 0 beyond the first D: products, norms and similarities stay as they are, and only D channels need to
    be multiplied for each neighbour. Of the queries' other channels only the norm is used.

    Args:
        head: the calibrated head.
    """

    a: Tensor
    b: Tensor

    def __init__(self, head: BoundaryHead) -> None:
        super().__init__()
        self.register_buffer("a", head.a.detach().clone())
        self.register_buffer("b", head.b.detach().clone())
        similarity = head.similarity
        size = similarity.window
        rows = similarity.rel_row[:, 0, 0].expand(-1, size, size)
        columns = similarity.rel_col[:, 0, 0].expand(-1, size, size)
        position = torch.cat([rows, columns]).detach()  # (A, 3, 3)
        query, key = (layer.weight.detach()[:, :, 0, 0] for layer in (similarity.query, similarity.key))  # (A, D)
        dealt = (slice(number, None, similarity.groups) for number in range(similarity.groups))
        self.groups = nn.ModuleList(_Cosines(query[own], key[own], position[own]) for own in dealt)

    def forward(self, embedding: Tensor) -> Tensor:
        """Boundary probability (B, 1, H, W) of an embedding map (B, D, H, W)."""
        height, width = embedding.shape[-2:]
        flat = embedding.flatten(2)
        # an image of one row has no row to shift by: what is below it does not count, whatever is read there
        shifts = [_least(dy, height - 1) * width + dx for dy, dx in HALF_OF_NEIGHBOURS]
        pairs = [group(flat, shifts) for group in self.groups]
        contrast = torch.zeros_like(flat[:, :1])
        for index, (dy, dx) in enumerate(HALF_OF_NEIGHBOURS):
            both = pairs[0][index]
            for other in pairs[1:]:
                both = both + other[index]
            inside = embedding.new_ones(1, 1, height - dy, width - abs(dx))
            inside = functional.pad(inside, (max(-dx, 0), max(dx, 0), 0, dy)).flatten(2)
            pair = (1 - both / (2 * len(pairs))) * inside
            contrast = torch.maximum(contrast, torch.maximum(pair, _moved(pair, -shifts[index])))
        boundary = torch.sigmoid(self.a * contrast + self.b)
        return torch.unflatten(boundary, 2, (height, width))


class _Cosines(nn.Module):
    """Similarities of one group of channels.

    Args:
        query: (A, D) projection of queries.
        key: (A, D) projection of keys.
        position: (A, 3, 3) position vectors of the neighbours.
    """

    query: Tensor
    key: Tensor
    beyond: Tensor
    query_position: Tensor
    key_position: Tensor
    position_norm2: Tensor

    def __init__(self, query: Tensor, key: Tensor, position: Tensor) -> None:
        super().__init__()
        near = torch.stack([position[:, 1 + dy, 1 + dx] for dy, dx in HALF_OF_NEIGHBOURS], 1).double()  # (A, 4)
        far = torch.stack([position[:, 1 - dy, 1 - dx] for dy, dx in HALF_OF_NEIGHBOURS], 1).double()
        both = torch.cat([near, far], 1)
        query, key = query.double(), key.double()
        kept = min(key.shape)
        if len(key) > kept:
            rotation = torch.linalg.qr(key, mode="complete").Q.t()
            query, key, both = rotation @ query, rotation @ key, rotation @ both
        for name, values in (
            ("query", query[:kept]),
            ("key", key[:kept]),
            ("beyond", query[kept:]),
            ("query_position", both.t() @ query),
            ("key_position", 2 * both.t() @ key),
            ("position_norm2", both.square().sum(0)[:, None]),
        ):
            self.register_buffer(name, values.float().contiguous())

    def forward(self, flat: Tensor, shifts: Sequence[int]) -> list[Tensor]:
        """Sum of both similarities of each pixel with each later neighbour.

        Args:
            flat: embedding (B, D, H * W).
            shifts: cells from a pixel to each of HALF_OF_NEIGHBOURS.

        Returns:
            For each of HALF_OF_NEIGHBOURS (B, 1, H * W); of no meaning where the neighbour lies outside.
        """
        query, key = _project(self.query, flat), _project(self.key, flat)
        query_norm2 = channel_sum(query * query)
        if len(self.beyond):
            rest = _project(self.beyond, flat)
            query_norm2 = query_norm2 + channel_sum(rest * rest)
        of_query = _inverse_root(query_norm2)
        key_norm2 = channel_sum(key * key) + _project(self.key_position, flat) + self.position_norm2
        of_key = torch.split(_inverse_root(key_norm2), 1, 1)
        position = torch.split(_project(self.query_position, flat), 1, 1)
        count = len(shifts)
        sums = []
        for index, shift in enumerate(shifts):
            there = (channel_sum(query * _moved(key, shift)) + position[index]) * of_query
            back = channel_sum(key * _moved(query, shift)) + _moved(position[count + index], shift)
            back = back * _moved(of_query, shift)
            sums.append(there * _moved(of_key[index], shift) + back * of_key[count + index])
        return sums


def _project(weights: Tensor, flat: Tensor) -> Tensor:
    """(R, D) times (B, D, N)."""
    return torch.matmul(weights, flat)


def _least(number: int, size: int) -> int:
    """The smaller, also where a size is free in a graph."""
    smaller: int = torch.sym_min(number, size)  # type: ignore[no-untyped-call]
    return smaller


def _moved(flat: Tensor, shift: int) -> Tensor:
    """The values `shift` cells further on, at each cell of (B, C, N); 0 beyond the ends."""
    return functional.pad(flat, (-shift, shift))


def _inverse_root(norm2: Tensor) -> Tensor:
    return norm2.clamp_min(NORM2_MIN).rsqrt()
