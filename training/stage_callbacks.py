"""What goes on around the steps of a stage: random numbers, averaged weights, best weights, an early end, progress."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning.pytorch as lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EMAWeightAveraging
from torch import Tensor

from backend.errors import InputError
from training.metrics_log import MetricsLog
from training.progress import QuietProgress, check_cancelled
from training.task import CropTask
from training.weights import save_state


class StepSeeds(Callback):
    """Random numbers of a batch (dropout, for one) are a function of (seed, stage, batch, process), never of a running
    generator: what follows a checkpoint is the same whether the run was broken off or not."""

    def __init__(self, seed: int, stage: int) -> None:
        """
        Args:
            seed: of the run.
            stage: number of the stage.
        """
        self._key = (seed, stage)

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Seed PyTorch, and tell the stage where it is."""
        number = trainer.current_epoch * int(trainer.num_training_batches) + batch_idx
        if isinstance(pl_module, CropTask):
            pl_module.number = number
        state = np.random.SeedSequence([*self._key, number, trainer.global_rank]).generate_state(2)
        torch.manual_seed(int(state[0]) << 31 ^ int(state[1]))


class AveragedWeights(EMAWeightAveraging):
    """An exponential moving average over steps, which validation sees and the stage leaves."""

    def weights(self, task: CropTask) -> dict[str, Tensor]:
        """The averaged state of the network."""
        averaged: Any = task if self._average_model is None else self._average_model.module
        state: dict[str, Tensor] = averaged.model.state_dict()
        return state


class Selection(Callback):
    """Keeps the weights that are best by validation, and ends a stage that gets no better."""

    def __init__(
        self,
        score: str,
        is_lower_better: bool,
        path: Path | None,
        patience: int,
        averaged: AveragedWeights | None,
        decides: bool = False,
    ) -> None:
        """
        Args:
            score: name of the figure of validation.
            is_lower_better: as of a loss.
            path: where the best weights are kept; None keeps none.
            patience: validations without improvement after which the stage ends; 0 never.
            averaged: whose weights are kept, if any.
            decides: whether the stage leaves the best weights, or ends early: then a validation must have the figure.
        """
        self._score, self._sign = score, -1.0 if is_lower_better else 1.0
        self._path, self._patience, self._averaged, self._decides = path, patience, averaged, decides
        self._best, self._waited, self._best_step = -math.inf, 0, 0

    @property
    def best_step(self) -> int:
        """Step of the best validation; 0 before the first."""
        return self._best_step

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {"best": self._best, "waited": self._waited, "best_step": self._best_step}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """From the checkpoint."""
        self._best, self._waited = float(state_dict["best"]), int(state_dict["waited"])
        self._best_step = int(state_dict["best_step"])
        if self._path is not None and not self._path.is_file() and not self._patience:
            self._best = -math.inf  # an earlier version did not keep them: the next ones are the best there are

    def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """A run that ended early and was killed before its weights were written has ended."""
        if self._is_over():
            trainer.should_stop = True

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Compare; all processes have the same figures, so all decide alike.

        Raises:
            InputError: if there is nothing to decide by.
        """
        value = trainer.callback_metrics.get(self._score)
        if value is None and self._decides:
            raise InputError(
                "early_stopping and keep: best go by the validation split, of which no cell has a label and an image.",
                "Give validation other ground, or keep the last weights.",
            )
        score = -math.inf if value is None or not math.isfinite(float(value)) else self._sign * float(value)
        if score > self._best:
            self._best, self._waited, self._best_step = score, 0, trainer.global_step
            if self._path is not None and trainer.is_global_zero and isinstance(pl_module, CropTask):
                kept = pl_module.model.state_dict() if self._averaged is None else self._averaged.weights(pl_module)
                save_state(kept, self._path)
        else:
            self._waited += 1
        if self._is_over():
            trainer.should_stop = True

    def _is_over(self) -> bool:
        return 0 < self._patience <= self._waited


class Report(Callback):
    """Tells the progress how far a stage is, and asks whether it is to stop."""

    def __init__(self, progress: QuietProgress, name: str, steps: int, curves: MetricsLog) -> None:
        """
        Args:
            progress: is told.
            name: of the stage.
            steps: of the stage.
            curves: the log that goes on where the run goes on.
        """
        self._progress, self._name, self._steps, self._curves = progress, name, steps, curves

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Say where it begins."""
        self._curves.begin(trainer.global_step)
        self._progress.progress(trainer.global_step, self._steps, self._name)

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Log the learning rate of this step."""
        pl_module.log("lr", float(trainer.optimizers[0].param_groups[0]["lr"]))

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Tensor | Mapping[str, Any] | None,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Say how far it is."""
        check_cancelled(self._progress)
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        value = float(loss) if isinstance(loss, Tensor) else math.nan
        value *= trainer.accumulate_grad_batches  # Lightning has divided it
        self._progress.progress(trainer.global_step, self._steps, f"{self._name}, loss {value:.3g}", loss=value)

    def on_validation_batch_end(self, trainer: lightning.Trainer, *values: Any, **named: Any) -> None:
        """A validation may last."""
        check_cancelled(self._progress)

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """The curves are as long as what can be gone on with."""
        self._curves.save()
