"""The Lightning side of a stage: what a step computes. How a stage is run is the business of stage_runner.py."""

from __future__ import annotations

import math
from typing import Any, Literal

import lightning.pytorch as lightning
import torch
from torch import Tensor

from training.config_training import CsclConfig, StageConfig
from training.crop_network import CropNetwork
from training.objective import Objective
from training.store import Store


class CropTask(lightning.LightningModule):
    """One stage: CSCL alone, or cross-entropy with a small CSCL term."""

    def __init__(
        self,
        model: CropNetwork,
        stage: StageConfig,
        mode: Literal["pretrain", "finetune"],
        class_weight: Tensor | None = None,
        cscl: CsclConfig | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self._stage, self._mode = stage, mode
        dilations = tuple(int(name) for name in model.similarity)
        self._objective = Objective(cscl or CsclConfig(), stage.loss, dilations, class_weight)

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        logits, embedding = self.model(batch["x"], batch["doy"], batch["valid"])
        seen = batch["known"] & _seen(batch)
        contrast = self._contrast(embedding, batch, seen)
        self.log("cscl", contrast, prog_bar=True)
        if self._mode == "pretrain":
            return contrast
        terms = self._objective.classify(logits, batch, seen)
        for name, term in terms.items():
            self.log(name, term, prog_bar=True)
        loss: Tensor = torch.stack(list(terms.values())).sum() + self._stage.cscl_weight * contrast
        return loss

    def validation_step(self, batch: dict[str, Tensor], batch_index: int) -> None:
        logits, embedding = self.model(batch["x"], batch["doy"], batch["valid"])
        seen = batch["known"] & _seen(batch)
        self.log("val_cscl", self._contrast(embedding, batch, seen), prog_bar=True, batch_size=1)
        counted = batch["certain"] & seen
        if self._mode == "finetune" and bool(counted.any()):
            right = (logits.argmax(1) == batch["classes"])[counted]
            # weighted by its pixels, so that the mean over batches is the accuracy over pixels
            self.log("val_accuracy", right.float().mean(), prog_bar=True, batch_size=int(counted.sum()))

    def configure_optimizers(self) -> Any:
        stage = self._stage
        decayed = [p for p in self.parameters() if p.requires_grad and p.ndim > 1]
        plain = [p for p in self.parameters() if p.requires_grad and p.ndim <= 1]
        optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": stage.weight_decay}, {"params": plain, "weight_decay": 0.0}],
            lr=stage.learning_rate,
        )
        rise = max(1, round(stage.warmup * stage.steps))

        def factor(step: int) -> float:
            if step < rise:
                return (step + 1) / rise
            return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rise) / max(1, stage.steps - rise))))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _contrast(self, embedding: Tensor, batch: dict[str, Tensor], seen: Tensor) -> Tensor:
        return self._objective.contrast(self.model.similarity, embedding, batch, seen)


def class_weights(store: Store, kind: Literal["root", "inverse", "none"] = "root") -> Tensor | None:
    """(K,) weights of cross-entropy: one over (the root of) a class's frequency, mean 1 over pixels; 0 where unseen."""
    if kind == "none":
        return None
    counts = torch.from_numpy(store.class_pixels).double()
    exponent = -0.5 if kind == "root" else -1.0
    weights = torch.where(counts > 0, counts.clamp(min=1) ** exponent, torch.zeros_like(counts))
    scaled: Tensor = (weights / ((weights * counts).sum() / counts.sum())).float()
    return scaled


def _seen(batch: dict[str, Tensor]) -> Tensor:
    """(B, mH, mW) bool: label pixels over which at least one date is valid."""
    imaged = batch["valid"].any(1)
    scale = batch["classes"].shape[-1] // imaged.shape[-1]
    return imaged.repeat_interleave(scale, 1).repeat_interleave(scale, 2)
