"""The boundary layer: how sharply the embedding changes at each pixel, as a probability.

Made from the similarities of cscl.py at dilation 1. Holds the head, its calibration and
its target; cuts no parcels and reads no files.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.cscl import ContextSelfSimilarity, affinity_targets

UNCALIBRATED = (1.0, -1.0)
"""a and b where nothing could be fitted: one half at u = 1, half way between alike and opposite."""
HALF_OF_NEIGHBOURS = ((0, 1), (1, -1), (1, 0), (1, 1))
"""One offset (row, column) of each pair of opposite neighbours."""


class BoundaryHead(nn.Module):
    """Probability that the class or the parcel changes at a pixel.

    u_p = max over the eight offsets o of 1 - (s_(p,o) + s_(p+o,-o)) / 2; both directions, because only the key
    knows its position. Pairs that leave the image do not count. The probability is sigmoid(a u + b); a and b are
    buffers, found by ``fit_platt`` on data the network was not trained on.

    Args:
        similarity: a ContextSelfSimilarity with window 3, stride 1, dilation 1, of cosines.

    Raises:
        ValueError: if ``similarity`` has another window, stride or dilation, or no cosines.
    """

    a: Tensor
    b: Tensor

    def __init__(self, similarity: ContextSelfSimilarity) -> None:
        super().__init__()
        found = (similarity.window, similarity.stride, similarity.dilation)
        if found != (3, 1, 1) or not similarity.normalize:
            raise ValueError(
                "the boundary layer needs cosines at window 3, stride 1, dilation 1, got window "
                f"{found[0]}, stride {found[1]}, dilation {found[2]}, normalize={similarity.normalize}."
            )
        self.similarity = similarity
        a, b = UNCALIBRATED
        self.register_buffer("a", torch.tensor(a))
        self.register_buffer("b", torch.tensor(b))

    def forward(self, embedding: Tensor) -> Tensor:
        """Boundary probability (B, 1, H, W) of an embedding map (B, D, H, W)."""
        return torch.sigmoid(self.a * self.contrast(embedding) + self.b)

    def contrast(self, embedding: Tensor) -> Tensor:
        """u, the uncalibrated contrast in [0, 2]: (B, 1, H, W)."""
        return boundary_contrast(self.similarity(embedding))

    def set_calibration(self, a: float, b: float) -> None:
        """Take over what ``fit_platt`` found."""
        self.a.fill_(a)
        self.b.fill_(b)


def boundary_contrast(similarity: Tensor) -> Tensor:
    """Largest dissimilarity of a pixel with one of its eight neighbours, both directions averaged.

    Args:
        similarity: (B, H, W, 3, 3) cosines at stride 1 and dilation 1.

    Returns:
        (B, 1, H, W) in [0, 2]; 0 where there is no neighbour.
    """
    height, width = similarity.shape[1:3]
    contrast = torch.zeros_like(similarity[..., 0, 0])
    for dy, dx in HALF_OF_NEIGHBOURS:
        left, right = max(-dx, 0), max(dx, 0)
        # `near` has a neighbour `far` at (dy, dx) inside the image; dy is never negative.
        near = (slice(None), slice(0, height - dy), slice(left, width - right))
        far = (slice(None), slice(dy, height), slice(right, width - left))
        both = similarity[..., 1 + dy, 1 + dx][near] + similarity[..., 1 - dy, 1 - dx][far]
        pair = 1 - both / 2
        at_near = functional.pad(pair, (left, right, 0, dy))
        at_far = functional.pad(pair, (right, left, dy, 0))
        contrast = torch.maximum(contrast, torch.maximum(at_near, at_far))
    return contrast.unsqueeze(1)


def boundary_target(labels: Tensor, parcels: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    """Where the class or the parcel changes within one label pixel (eight neighbours), and where that is known.

    A pixel is known only if it and all eight neighbours are valid and inside the image, whether or not a change is
    seen: otherwise half-seen neighbourhoods would enter as changes but never as their absence, and the probability
    fitted to them would come out too high.

    Args:
        labels: (B, H, W) class codes.
        parcels: (B, H, W) parcel ids, 0 for none.
        valid: (B, H, W) bool, where class and parcel are known.

    Returns:
        (changes, known), both bool (B, H, W); changes is False where not known.

    Raises:
        ValueError: if the shapes differ.
    """
    if parcels.shape != labels.shape:
        raise ValueError(f"parcels must have the labels' shape {tuple(labels.shape)}, got {tuple(parcels.shape)}.")
    same_class, counts = affinity_targets(labels, valid=valid)
    same_parcel, _ = affinity_targets(parcels, valid=valid)
    known = counts.flatten(3).sum(3) == 8
    changes = ((~same_class | ~same_parcel) & counts).flatten(3).any(3)
    return changes & known, known


def outline_target(parcels: Tensor, valid: Tensor, imaged: Tensor) -> tuple[Tensor, Tensor]:
    """Where a declared parcel ends within one label pixel (eight neighbours), whatever lies beyond it.

    Args:
        parcels: (B, H, W) parcel ids, 0 for none that is known.
        valid: (B, H, W) bool, where class and parcel are known.
        imaged: (B, H, W) bool, where the ground is seen, whether or not it is known what it is.

    Returns:
        (ends, known), both bool (B, H, W); ends is False where not known, and known only in parcels.
    """
    same, counts = affinity_targets(parcels, valid=valid, imaged=imaged)
    known = (counts.flatten(3).sum(3) == 8) & valid & (parcels > 0)
    return (~same & counts).flatten(3).any(3) & known, known


def fit_platt(u: NDArray[Any], target: NDArray[Any], iterations: int = 100) -> tuple[float, float]:
    """Fit a, b so that sigmoid(a u + b) is the probability of ``target``.

    Logistic regression by Newton's method in float64. Nothing balances the two outcomes: the result is to be a
    probability at the rate at which boundaries occur. Targets are drawn in by Platt's (1999) prior counts,
    (n1 + 1) / (n1 + 2) and 1 / (n0 + 2), which keeps the fit finite where u separates the outcomes.

    Args:
        u: contrasts, any shape.
        target: bool, same shape.
        iterations: largest number of Newton steps.

    Returns:
        (a, b).

    Raises:
        ValueError: if shapes differ, a value is not finite, or only one outcome occurs.
    """
    x = np.asarray(u, dtype=np.float64).ravel()
    y = np.asarray(target).astype(bool).ravel()
    if x.shape != y.shape:
        raise ValueError(f"u and target must have as many values each, got {x.size} and {y.size}.")
    if not np.isfinite(x).all():
        raise ValueError("u holds values that are not finite; the boundary layer cannot be calibrated on them.")
    ones = int(y.sum())
    zeros = y.size - ones
    if ones == 0 or zeros == 0:
        raise ValueError(
            f"calibration needs pixels on boundaries and pixels off them, got {ones} and {zeros}; give it more data."
        )
    goal = np.where(y, (ones + 1) / (ones + 2), 1 / (zeros + 2))
    # Standardised for the solution's sake: the Hessian is then well conditioned whatever the spread of u.
    centre, spread = float(x.mean()), float(x.std()) or 1.0
    x = (x - centre) / spread
    slope, offset = 0.0, float(np.log((ones + 1) / (zeros + 1)))
    loss = _logistic_loss(x, goal, slope, offset)
    for _ in range(iterations):
        p = 1 / (1 + np.exp(-(slope * x + offset)))
        residual = p - goal
        weight = p * (1 - p)
        gradient = np.array([residual @ x, residual.sum()])
        cross = weight @ x
        hessian = np.array([[weight @ (x * x), cross], [cross, weight.sum()]])
        hessian[np.diag_indices(2)] += 1e-9 * x.size
        step = np.linalg.solve(hessian, gradient)
        length = 1.0
        while length > 1e-10:
            trial = _logistic_loss(x, goal, slope - length * step[0], offset - length * step[1])
            if trial <= loss:
                break
            length /= 2
        else:
            break
        slope -= length * float(step[0])
        offset -= length * float(step[1])
        converged = bool(np.abs(length * step).max() < 1e-10)
        loss = trial
        if converged:
            break
    return slope / spread, offset - slope * centre / spread


def _logistic_loss(x: NDArray[np.float64], goal: NDArray[np.float64], slope: float, offset: float) -> float:
    score = slope * x + offset
    return float(np.sum(np.logaddexp(0, score) - goal * score))
