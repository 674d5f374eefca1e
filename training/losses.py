"""Cross-entropy over the known pixels of a label map. The context-self contrastive loss is in cscl.py."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

UNKNOWN = 255
"""Class code of a pixel whose class is not known; ignored in training, nodata in maps."""


def masked_cross_entropy(
    logits: Tensor,
    target: Tensor,
    known: Tensor | None = None,
    class_weight: Tensor | None = None,
    pixel_weight: Tensor | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int = UNKNOWN,
) -> Tensor:
    """Mean cross-entropy over the pixels that count.

    Args:
        logits: (B, K, H, W) float, before the softmax.
        target: (B, H, W) integer class codes, 0 to K - 1, or ``ignore_index``.
        known: (B, H, W) bool, pixels that count; None: all whose target is not ``ignore_index``.
        class_weight: (K,) weight of each class; the mean is over weights, as in torch.
        pixel_weight: (B, H, W) weight of each pixel, for example more at boundaries; as ``class_weight``.
        label_smoothing: share of the target's probability that is spread evenly over the classes.
        ignore_index: the code of unknown pixels.

    Returns:
        A scalar; 0, with gradients of 0, where no pixel counts.

    Raises:
        ValueError: if shapes do not fit or a counted code is no class.
    """
    expected = (logits.shape[0], *logits.shape[2:])
    for name, pixels in (("target", target), ("known", known), ("pixel_weight", pixel_weight)):
        if pixels is not None and pixels.shape != expected:
            raise ValueError(f"{name} must be {expected} for logits {tuple(logits.shape)}, got {tuple(pixels.shape)}.")
    counted = target != ignore_index
    if known is not None:
        counted = counted & known
    codes = torch.where(counted, target, ignore_index).long()
    classes = logits.shape[1]
    wrong = counted & ((target < 0) | (target >= classes))
    if bool(wrong.any()):
        raise ValueError(f"target holds class {int(target[wrong][0])}, but logits have classes 0 to {classes - 1}.")
    weights = counted.to(logits.dtype)
    if class_weight is not None:
        weights = weights * class_weight.to(logits.dtype)[torch.where(counted, codes, 0)]
    if pixel_weight is not None:
        weights = weights * pixel_weight
    if class_weight is None and pixel_weight is None:
        total = functional.cross_entropy(
            logits, codes, ignore_index=ignore_index, reduction="sum", label_smoothing=label_smoothing
        )
    else:
        losses = functional.cross_entropy(
            logits, codes, ignore_index=ignore_index, reduction="none", label_smoothing=label_smoothing
        )
        total = (losses * weights).sum()
    scale = weights.sum()
    return total / torch.where(scale > 0, scale, torch.ones_like(scale))
