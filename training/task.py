"""The Lightning side of a stage: what a step computes. How a stage is run is the business of stage_runner.py."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

import lightning.pytorch as lightning
import torch
from torch import Tensor
from torch.optim import Optimizer

from backend.errors import InputError
from training.config_training import CsclConfig, StageConfig
from training.crop_network import CropNetwork
from training.objective import Objective
from training.schedule import rate_factor
from training.store import Store


class CropTask(lightning.LightningModule):
    """One stage: CSCL alone, or the classification loss with a small CSCL term."""

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
        self.number = 0
        """Of the batch in the stage, the same before and after a resume; whoever runs the stage tells it."""
        self._checkpoint: Path | None = None
        self._header: dict[str, Any] = {}
        self._stage, self._mode = stage, mode
        dilations = tuple(int(name) for name in model.similarity)
        self._objective = Objective(cscl or CsclConfig(), stage.loss, dilations, class_weight)
        # heads whose contrast has no weight learn nothing: their part of a step, a tenth at x4, is spared
        self._contrasts = mode == "pretrain" or stage.cscl_weight > 0
        model.similarity.requires_grad_(self._contrasts)
        self._losses: list[Tensor] = []
        self._seen_right: Tensor | None = None
        self._sums: Tensor | None = None

    def set_checkpoint(self, path: Path, header: dict[str, Any]) -> None:
        """Say where the stage's checkpoints are written, and what stands in them beside the weights.

        Args:
            path: of the last one; named where the stage fails.
            header: of training.checkpoint, so that other runs can start from it.
        """
        self._checkpoint, self._header = path, header

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the header."""
        if self._header:
            checkpoint[str(self._header["format"])] = self._header

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        terms = self._terms(batch, *self._forward(batch), self.number, self._contrasts)
        loss = self._total(terms)
        for name, term in terms.items():
            self.log(name, term)
        self.log("loss", loss)
        self._losses.append(loss.detach())
        return loss

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: int | float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip, and stop before a step that would spoil the weights."""
        norm = torch.nn.utils.clip_grad_norm_(self.parameters(), self._stage.clip_norm or math.inf)
        self.log("grad_norm", norm)
        losses = torch.stack(self._losses)
        self._losses.clear()
        # gradients are those of all processes: every one stops. A loss that is not finite has such gradients
        if not bool(torch.isfinite(norm)):
            self._stop(float(losses.mean()), float(norm), float(optimizer.param_groups[0]["lr"]))

    def on_validation_epoch_start(self) -> None:
        """Begin counting."""
        classes = self.model.num_classes
        self._seen_right = torch.zeros(classes, classes, dtype=torch.float64, device=self.device)
        self._sums = torch.zeros(3, dtype=torch.float64, device=self.device)

    def validation_step(self, batch: dict[str, Tensor], batch_index: int) -> None:
        logits, embedding, seen = self._forward(batch)
        terms = self._terms(batch, logits, embedding, seen, batch_index, contrasts=True)
        if self._seen_right is None or self._sums is None:
            return
        one = torch.ones_like(self._sums[0])
        self._sums += torch.stack([terms["cscl"].double(), self._total(terms).double(), one])
        counted = batch["certain"] & seen
        if self._mode == "finetune":
            classes = self.model.num_classes
            pairs = batch["classes"][counted] * classes + logits.argmax(1)[counted]
            self._seen_right += torch.bincount(pairs, minlength=classes**2).view(classes, classes)

    def on_validation_epoch_end(self) -> None:
        """Log the figures over the chips of all processes."""
        if self._seen_right is None or self._sums is None:
            return
        reduce: Any = self.trainer.strategy.reduce
        contrast, loss, batches = reduce(self._sums, reduce_op="sum").tolist()
        confusion = reduce(self._seen_right, reduce_op="sum")
        self._seen_right = self._sums = None
        if batches:
            self.log("val_cscl", contrast / batches)
            self.log("val_loss", loss / batches)
        if bool(confusion.any()):
            right, union = confusion.diagonal(), confusion.sum(0) + confusion.sum(1) - confusion.diagonal()
            there = confusion.sum(1) > 0
            self.log("val_accuracy", float(right.sum() / confusion.sum()))
            self.log("val_miou", float((right[there] / union[there]).mean()))

    def configure_optimizers(self) -> Any:
        stage = self._stage
        decayed = [p for p in self.parameters() if p.requires_grad and p.ndim > 1]
        plain = [p for p in self.parameters() if p.requires_grad and p.ndim <= 1]
        optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": stage.weight_decay}, {"params": plain, "weight_decay": 0.0}],
            lr=stage.learning_rate,
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate_factor(stage, step))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Logits in single precision, the embedding as it comes, and the label pixels that count at all."""
        logits, embedding = self.model(batch["x"], batch["doy"], batch["valid"])
        return logits.float(), embedding, batch["known"] & _imaged(batch)

    def _terms(
        self, batch: dict[str, Tensor], logits: Tensor, embedding: Tensor, seen: Tensor, number: int, contrasts: bool
    ) -> dict[str, Tensor]:
        """The loss terms of the stage by name; cscl, where it is asked for, without its weight."""
        # cosines of half the digits would not tell near from nearer
        with torch.autocast(logits.device.type, enabled=False):
            terms = {}
            if contrasts:
                terms["cscl"] = self._objective.contrast(
                    self.model.similarity, embedding, batch, seen, number, _imaged(batch)
                )
            if self._mode == "finetune":
                terms.update(self._objective.classify(logits, batch, seen))
        return terms

    def _total(self, terms: dict[str, Tensor]) -> Tensor:
        if self._mode == "pretrain":
            return terms["cscl"]
        classification = torch.stack([value for name, value in terms.items() if name != "cscl"]).sum()
        if "cscl" not in terms:
            return classification
        total: Tensor = classification + self._stage.cscl_weight * terms["cscl"]
        return total

    def _stop(self, loss: float, norm: float, rate: float) -> None:
        there = self._checkpoint is not None and self._checkpoint.is_file()
        good = self._checkpoint if there else "none yet"
        raise InputError(
            f"{self._mode}: at step {self.trainer.global_step + 1} the loss is {loss:.4g} and its gradient {norm:.4g}, "
            f"with learning rate {rate:.3g}; the weights are as they were before it. Last good checkpoint: "
            f"{good}.",
            f"Lower {self._mode}.learning_rate or give a longer warmup, and start from that checkpoint in a new folder "
            "with --from and --out, or begin the stage again.",
        )


def class_weights(store: Store, kind: Literal["root", "inverse", "none"] = "root") -> Tensor | None:
    """(K,) weights of cross-entropy: one over (the root of) a class's frequency, mean 1 over pixels; 0 where unseen."""
    if kind == "none":
        return None
    counts = torch.from_numpy(store.class_pixels).double()
    exponent = -0.5 if kind == "root" else -1.0
    weights = torch.where(counts > 0, counts.clamp(min=1) ** exponent, torch.zeros_like(counts))
    scaled: Tensor = (weights / ((weights * counts).sum() / counts.sum())).float()
    return scaled


def _imaged(batch: dict[str, Tensor]) -> Tensor:
    """(B, mH, mW) bool: label pixels over which at least one date is valid."""
    imaged = batch["valid"].any(1)
    scale = batch["classes"].shape[-1] // imaged.shape[-1]
    return imaged.repeat_interleave(scale, 1).repeat_interleave(scale, 2)
