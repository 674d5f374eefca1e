"""What training minimises: the contrast of the embedding and the classification loss, from one batch.

Knows nothing of networks, optimisers or data sets. The formulas are in cscl.py, losses.py and overlap_losses.py.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from training.config_training import CsclConfig, LossConfig
from training.cscl import affinity_targets, cscl_loss
from training.losses import focal_loss, masked_cross_entropy
from training.overlap_losses import dice_loss, lovasz_softmax

STRIDES = (7, 5, 3, 11, 13, 2)
"""Steps from lattice to lattice; the first without a common factor with the dilation is taken."""
SMALL = 32
"""Maps with a shorter side are compared as a whole, label pixels."""


class Objective:
    """The loss terms of a stage.

    Args:
        cscl: mode, dilations and target of the contrast.
        loss: terms of the classification loss.
        dilations: of the similarity heads, label pixels; pixels within the largest are at a boundary.
        class_weight: (K,) for cross-entropy; None: all alike.
    """

    def __init__(
        self, cscl: CsclConfig, loss: LossConfig, dilations: tuple[int, ...], class_weight: Tensor | None = None
    ) -> None:
        self._cscl, self._loss, self._dilations, self._class_weight = cscl, loss, dilations, class_weight

    def contrast(
        self,
        heads: nn.ModuleDict,
        embedding: Tensor,
        batch: dict[str, Tensor],
        seen: Tensor,
        step: int | None = None,
        imaged: Tensor | None = None,
    ) -> Tensor:
        """Mean of the CSCL losses over dilations. Mixed pixels count here, though not in cross-entropy.

        In mode corrected a step of training compares a part of the windows, and over the steps each cell has its turn:
        of a dilation d > 1 those of one of the d x d lattices of every d-th cell, of dilation 1 those within one
        quarter of the map, so that pairs across its middle lines are never compared; crops are drawn anew, so that
        these lie elsewhere. All windows would take 40 % of a step at x4, and neighbouring ones say much the same.

        Args:
            heads: a ContextSelfSimilarity for each dilation, named by it.
            embedding: (B, D, mH, mW).
            batch: as training.dataset makes it.
            seen: (B, mH, mW) bool, label pixels that are known and imaged.
            step: of the stage; decides which part is compared. None: all windows.
            imaged: (B, mH, mW) bool, label pixels that are imaged, known or not. Where parcels are the target, their
                outlines then count also towards ground of which nothing is declared.

        Returns:
            A scalar.
        """
        mode, by_parcel = self._cscl.mode, self._cscl.target == "parcel"
        labels, imaged = batch["parcels" if by_parcel else "classes"], imaged if by_parcel else None
        losses = []
        for name, head in heads.items():
            dilation = int(name)
            if mode == "corrected" and step is not None:
                part = _part(labels.shape[-2], labels.shape[-1], dilation, step)
                targets, pairs = affinity_targets(
                    labels[part], mode=mode, valid=seen[part], imaged=None if imaged is None else imaged[part]
                )
                similarity = head(take_part(embedding, part), dilation=1)
            else:  # as published, what leaves the image counts, so that a part of it is not like the whole
                targets, pairs = affinity_targets(labels, dilation=dilation, mode=mode, valid=seen, imaged=imaged)
                similarity = head(embedding)
            losses.append(cscl_loss(similarity, targets, pairs, self._cscl.pos_weight, mode, self._cscl.negative_share))
        return torch.stack(losses).mean()

    def classify(self, logits: Tensor, batch: dict[str, Tensor], seen: Tensor) -> dict[str, Tensor]:
        """The terms of the classification loss by name, weighted; their sum is what is minimised.

        Class weights and the boundary weight act on cross-entropy and focal loss; dice and Lovász weigh classes alike
        by themselves. Mixed pixels count in cross-entropy with soft targets, and there alone.

        Args:
            logits: (B, K, mH, mW).
            batch: as training.dataset makes it.
            seen: as for ``contrast``.

        Returns:
            Scalars, one for each term whose weight is above 0.
        """
        loss, classes = self._loss, batch["classes"]
        certain = batch["certain"] & seen
        class_weight = None if self._class_weight is None else self._class_weight.to(logits.device)
        by_pixel = loss.cross_entropy > 0 or loss.focal > 0
        pixel_weight = self._boundary_weight(batch, seen) if by_pixel else None
        terms: dict[str, Tensor] = {}
        if loss.cross_entropy:
            # declarations that contradict each other have no share that could be learned
            counted = batch["known"] & seen & (batch["coverage"] > 0) if loss.soft_targets else certain
            terms["cross_entropy"] = loss.cross_entropy * masked_cross_entropy(
                logits,
                classes,
                counted,
                class_weight,
                pixel_weight,
                loss.label_smoothing,
                batch["coverage"] if loss.soft_targets else None,
            )
        if loss.focal:
            terms["focal"] = loss.focal * focal_loss(
                logits, classes, certain, loss.focal_gamma, class_weight, pixel_weight
            )
        if loss.dice:
            terms["dice"] = loss.dice * dice_loss(logits, classes, certain)
        if loss.lovasz:
            terms["lovasz"] = loss.lovasz * lovasz_softmax(logits, classes, certain)
        return terms

    def _boundary_weight(self, batch: dict[str, Tensor], seen: Tensor) -> Tensor | None:
        """(B, mH, mW) factors: more where a neighbour within the largest window has another class."""
        factor = self._loss.boundary_weight
        if factor == 1:
            return None
        at_boundary = torch.zeros_like(seen)
        for dilation in self._dilations:
            same, pairs = affinity_targets(batch["classes"], dilation=dilation, valid=seen)
            at_boundary |= (~same & pairs).flatten(3).any(3)
        return 1 + (factor - 1) * at_boundary.float()


class _Part(torch.autograd.Function):
    """A part of a map. Its gradient has the memory layout of the map: mixing two slows down all that follows."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, part: tuple[Any, ...]) -> Tensor:
        ctx.save_for_backward(maps)
        ctx.part = part
        return maps[part].contiguous()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (maps,) = ctx.saved_tensors
        whole = torch.zeros_like(maps)
        whole[ctx.part] = grad
        return whole, None


def take_part(maps: Tensor, part: tuple[Any, ...]) -> Tensor:
    """A part of (B, D, H, W) maps, contiguous."""
    out: Tensor = _Part.apply(maps, part)  # type: ignore[no-untyped-call]
    return out


def _part(height: int, width: int, dilation: int, step: int) -> tuple[Any, slice, slice]:
    """The cells of a (..., H, W) map whose windows a step compares, as an index."""
    if dilation > 1:
        # with no factor in common each lattice has its turn; neighbouring steps take lattices far from each other
        stride = next(prime for prime in STRIDES if math.gcd(prime, dilation) == 1)
        row, col = divmod(stride * step % dilation**2, dilation)
        return ..., slice(row, None, dilation), slice(col, None, dilation)
    if min(height, width) < SMALL:
        return ..., slice(None), slice(None)
    row, col = divmod(step % 4, 2)
    rows, cols = -(-height // 2), -(-width // 2)
    return ..., slice(row * rows, (row + 1) * rows), slice(col * cols, (col + 1) * cols)
