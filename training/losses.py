"""Classification losses that add up over pixels: cross-entropy and focal loss, over the known pixels of a label map.

Losses of whole regions (dice, Lovász) are in overlap_losses.py, the context-self contrastive loss in cscl.py. All
compute in float32 at least, also under automatic mixed precision. Where no pixel counts they are 0, with no gradient.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

UNKNOWN = 255
"""Class code of a pixel whose class is not known; ignored in training, nodata in maps."""

_LEAST_DOUBT = 1e-7
"""Floor of 1 - p in the focal factor, whose slope at 0 is infinite for gamma below 1."""


def masked_cross_entropy(
    logits: Tensor,
    target: Tensor,
    known: Tensor | None = None,
    class_weight: Tensor | None = None,
    pixel_weight: Tensor | None = None,
    label_smoothing: float = 0.0,
    coverage: Tensor | None = None,
    ignore_index: int = UNKNOWN,
) -> Tensor:
    """Mean cross-entropy over the pixels that count, with hard or soft targets.

    With ``coverage`` c the target of a pixel is soft: c for its class, the rest spread evenly over the others.
    Smoothing then mixes the target with the even distribution, as torch does.

    Args:
        logits: (B, K, H, W) float, before the softmax.
        target: (B, H, W) integer class codes, 0 to K - 1, or ``ignore_index``.
        known: (B, H, W) bool, pixels that count; None: all whose target is not ``ignore_index``.
        class_weight: (K,) weight of each class; the mean is over weights, as in torch.
        pixel_weight: (B, H, W) weight of each pixel, for example more at boundaries; as ``class_weight``.
        label_smoothing: share of the target's probability that is spread evenly over the classes.
        coverage: (B, H, W) float, 0 to 1, share of the pixel that its class covers; None: all of it.
        ignore_index: the code of unknown pixels.

    Returns:
        A scalar.

    Raises:
        ValueError: if shapes do not fit or a counted code is no class.
    """
    logits = in_full_precision(logits)
    codes, counted = counted_pixels(logits, target, known, ignore_index)
    check_maps(logits, coverage=coverage, pixel_weight=pixel_weight)
    if coverage is None:
        losses = functional.cross_entropy(logits, codes, reduction="none", label_smoothing=label_smoothing)
    else:
        classes = logits.shape[1]
        share = coverage.to(logits.dtype) if classes > 1 else torch.ones_like(coverage, dtype=logits.dtype)
        others = (1 - share) / max(classes - 1, 1)
        log_p = torch.log_softmax(logits, 1)
        own, total = log_p.gather(1, codes.unsqueeze(1)).squeeze(1), log_p.sum(1)
        even = (1 - label_smoothing) * others + label_smoothing / classes
        losses = -(1 - label_smoothing) * (share - others) * own - even * total
    return _weighted_mean(losses, codes, counted, class_weight, pixel_weight)


def focal_loss(
    logits: Tensor,
    target: Tensor,
    known: Tensor | None = None,
    gamma: float = 2.0,
    class_weight: Tensor | None = None,
    pixel_weight: Tensor | None = None,
    ignore_index: int = UNKNOWN,
) -> Tensor:
    """Mean over the pixels that count of -(1 - p)^gamma log p, p the probability of the pixel's class.

    Lin, Goyal, Girshick, He, Dollár, "Focal loss for dense object detection", ICCV 2017; ``class_weight`` is their
    alpha. They divide by the number of objects, here the mean is over weights, so that gamma 0 is the cross-entropy.

    Args:
        logits: as for ``masked_cross_entropy``; so are target, known, class_weight, pixel_weight and ignore_index.
        target: see ``logits``.
        known: see ``logits``.
        gamma: how much less pixels count that are right already; 0 or more.
        class_weight: see ``logits``.
        pixel_weight: see ``logits``.
        ignore_index: see ``logits``.

    Returns:
        A scalar.

    Raises:
        ValueError: if shapes do not fit, a counted code is no class, or ``gamma`` is negative.
    """
    if gamma < 0:
        raise ValueError(f"gamma must be 0 or more, got {gamma}.")
    logits = in_full_precision(logits)
    codes, counted = counted_pixels(logits, target, known, ignore_index)
    check_maps(logits, pixel_weight=pixel_weight)
    entropy = functional.cross_entropy(logits, codes, reduction="none")
    doubt = -torch.expm1(-entropy)  # 1 - p, exact also where p is all but 1
    losses = doubt.clamp_min(_LEAST_DOUBT) ** gamma * entropy
    return _weighted_mean(losses, codes, counted, class_weight, pixel_weight)


def in_full_precision(logits: Tensor) -> Tensor:
    """Logits of half the precision as float32: sums over a hundred thousand pixels would lose their digits."""
    return logits if logits.dtype == torch.float64 else logits.float()


def counted_pixels(
    logits: Tensor, target: Tensor, known: Tensor | None, ignore_index: int = UNKNOWN
) -> tuple[Tensor, Tensor]:
    """Class codes, and which pixels count.

    Args:
        logits: (B, K, H, W).
        target: (B, H, W) integer class codes, or ``ignore_index``.
        known: (B, H, W) bool, or None for all.
        ignore_index: the code of unknown pixels.

    Returns:
        (codes, counted): (B, H, W) int64, 0 where nothing counts, so that it may be used as an index; and bool.

    Raises:
        ValueError: if shapes do not fit or a counted code is no class.
    """
    check_maps(logits, target=target, known=known)
    counted = target != ignore_index
    if known is not None:
        counted = counted & known
    classes = logits.shape[1]
    wrong = counted & ((target < 0) | (target >= classes))
    if bool(wrong.any()):
        raise ValueError(f"target holds class {int(target[wrong][0])}, but logits have classes 0 to {classes - 1}.")
    return torch.where(counted, target, torch.zeros_like(target)).long(), counted


def check_maps(logits: Tensor, **maps: Tensor | None) -> None:
    """Refuse maps that do not lie on the logits' pixels.

    Raises:
        ValueError: with the name of the map and what came.
    """
    if logits.dim() != 4:
        raise ValueError(f"logits must be (B, K, H, W), got shape {tuple(logits.shape)}.")
    expected = (logits.shape[0], *logits.shape[2:])
    for name, pixels in maps.items():
        if pixels is not None and pixels.shape != expected:
            raise ValueError(f"{name} must be {expected} for logits {tuple(logits.shape)}, got {tuple(pixels.shape)}.")


def _weighted_mean(
    losses: Tensor, codes: Tensor, counted: Tensor, class_weight: Tensor | None, pixel_weight: Tensor | None
) -> Tensor:
    """Mean of (B, H, W) losses over the weights of the pixels that count; 0 where there is none."""
    weights = counted.to(losses.dtype)
    if class_weight is not None:
        weights = weights * class_weight.to(losses.dtype)[codes]
    if pixel_weight is not None:
        weights = weights * pixel_weight.to(losses.dtype)
    scale = weights.sum()
    return (losses * weights).sum() / torch.where(scale > 0, scale, torch.ones_like(scale))
