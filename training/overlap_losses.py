"""Classification losses of whole regions: soft dice and Lovász-softmax, over the known pixels of a batch.

Both look at the overlap of each class's region with its truth, so that a small class counts as much as a large one.
Regions are those of the batch, not of each image: a class often lies in few images of a batch. Losses that add up over
pixels are in losses.py.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.losses import UNKNOWN, counted_pixels, in_full_precision


def dice_loss(logits: Tensor, target: Tensor, known: Tensor | None = None, ignore_index: int = UNKNOWN) -> Tensor:
    """Mean over the classes that occur of 1 - 2 sum(p y) / (sum(p) + sum(y)), sums over the pixels that count.

    p is a pixel's probability of the class, y is 1 where that is its class, else 0. Milletari, Navab, Ahmadi, "V-Net",
    3DV 2016, square p and y in the sums below; without squares, as here, a probability counts alike at every level.

    Args:
        logits: (B, K, H, W) float, before the softmax.
        target: (B, H, W) integer class codes, 0 to K - 1, or ``ignore_index``.
        known: (B, H, W) bool, pixels that count; None: all whose target is not ``ignore_index``.
        ignore_index: the code of unknown pixels.

    Returns:
        A scalar; 0, with gradients of 0, where no pixel counts.

    Raises:
        ValueError: if shapes do not fit or a counted code is no class.
    """
    logits = in_full_precision(logits)
    codes, counted = counted_pixels(logits, target, known, ignore_index)
    weights = counted.to(logits.dtype)
    probabilities = torch.softmax(logits, 1) * weights.unsqueeze(1)
    own = probabilities.gather(1, codes.unsqueeze(1)).flatten()
    zeros = logits.new_zeros(logits.shape[1])
    shared = zeros.index_add(0, codes.flatten(), own)
    true = zeros.index_add(0, codes.flatten(), weights.flatten())
    occurs = true > 0
    dice = 2 * shared / torch.where(occurs, probabilities.sum((0, 2, 3)) + true, 1)
    return ((1 - dice) * occurs).sum() / occurs.sum().clamp_min(1)


def lovasz_softmax(logits: Tensor, target: Tensor, known: Tensor | None = None, ignore_index: int = UNKNOWN) -> Tensor:
    """Lovász extension of 1 - IoU, mean over the classes that occur: for hard predictions it is 1 - IoU itself.

    Berman, Rannen Triki, Blaschko, "The Lovász-softmax loss", CVPR 2018, algorithm 1, with the classes side by side
    and the regions of the whole batch (their ``per_image=False, classes="present"``).

    Args:
        logits: (B, K, H, W) float, before the softmax.
        target: (B, H, W) integer class codes, 0 to K - 1, or ``ignore_index``.
        known: (B, H, W) bool, pixels that count; None: all whose target is not ``ignore_index``.
        ignore_index: the code of unknown pixels.

    Returns:
        A scalar; 0, with gradients of 0, where no pixel counts.

    Raises:
        ValueError: if shapes do not fit or a counted code is no class.
    """
    logits = in_full_precision(logits)
    codes, counted = counted_pixels(logits, target, known, ignore_index)
    codes = codes[counted]  # (P,)
    probabilities = torch.softmax(logits.movedim(1, -1)[counted], 1)  # (P, K)
    if not len(codes):
        return probabilities.sum()
    occurs = torch.unique(codes)
    is_own = codes == occurs[:, None]  # (K', P)
    errors = torch.where(is_own, 1 - probabilities.t()[occurs], probabilities.t()[occurs])
    errors, order = torch.sort(errors, dim=1, descending=True)
    own = is_own.gather(1, order).to(errors.dtype)
    return (errors * _jaccard_steps(own)).sum(1).mean()


def _jaccard_steps(own: Tensor) -> Tensor:
    """By how much 1 - IoU grows as pixels turn wrong one after the other.

    Args:
        own: (K', P), 1 where the pixel belongs to the class, in the order in which pixels turn wrong.

    Returns:
        (K', P).
    """
    size = own.sum(1, keepdim=True)
    turned = own.cumsum(1)
    union = size + torch.arange(1, own.shape[1] + 1, dtype=own.dtype, device=own.device) - turned
    lost = 1 - (size - turned) / union
    return torch.diff(lost, dim=1, prepend=torch.zeros_like(size))
