"""Run one stage of training to its weights. The Trainer is Lightning's."""

from __future__ import annotations

import logging
import shutil
import warnings
from pathlib import Path
from typing import Any, Literal

import lightning.pytorch as lightning
import torch
from lightning.pytorch.callbacks import Callback, EMAWeightAveraging, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader, Dataset, Sampler

from backend.errors import InputError
from training.config import TrainConfig
from training.config_training import StageConfig
from training.crop_network import CropNetwork
from training.dataset import SplitSamples, TrainingSamples
from training.store import Store
from training.task import CropTask, class_weights
from training.weights import save_weights

log = logging.getLogger(__name__)

STAGES = {"pretrain": 1, "finetune": 2}
"""Numbers of the stages: samples of different stages differ."""
VALIDATION_CHIPS = 48


class StepSampler(Sampler[int]):
    """Numbers of an epoch's samples in order; Lightning tells the epoch, also after a resume."""

    def __init__(self, count: int) -> None:
        self._count, self._epoch = count, 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Any:
        return iter(range(self._epoch * self._count, (self._epoch + 1) * self._count))


def run_stage(
    config: TrainConfig, store: Store, model: CropNetwork, name: Literal["pretrain", "finetune"], out: Path
) -> Path:
    """Train one stage and write its weights; a run that was broken off goes on from its last epoch.

    Args:
        config: the run.
        store: the data set.
        model: changed in place.
        name: which stage.
        out: folder of the stage: checkpoints, logs and weights.pt.

    Returns:
        The path of the weights.
    """
    stage: StageConfig | None = config.pretrain if name == "pretrain" else config.finetune
    if stage is None:
        raise InputError(f"The configuration has no section '{name}'.", "Add it, with the number of steps.")
    _quieten()
    if config.threads:
        torch.set_num_threads(config.threads)
    lightning.seed_everything(config.seed, verbose=False)
    # a divisor of the steps, so that all epochs are whole: Lightning skips one on resuming where max_steps is given
    divisors = (count for count in range(1, stage.steps + 1) if stage.steps % count == 0)
    # by ratio, so that a prime number of steps is one long epoch and not many of one step
    epoch_steps = min(divisors, key=lambda c: max(c / stage.validate_every, stage.validate_every / c))
    epochs = stage.steps // epoch_steps
    m = config.network.magnification
    samples: Dataset[Any] = TrainingSamples(
        store, config.augmentation, m, config.seed, STAGES[name], epochs * epoch_steps * stage.batch
    )
    loader: DataLoader[Any] = DataLoader(samples, stage.batch, sampler=StepSampler(epoch_steps * stage.batch))
    held_out = SplitSamples(store, m, "validation", VALIDATION_CHIPS, config.augmentation.dates)
    validation: list[DataLoader[Any]] = [DataLoader(held_out, 4)] if len(held_out) else []
    weights = class_weights(store, stage.loss.class_weights) if name == "finetune" else None
    task = CropTask(model, stage, name, weights, config.cscl)
    callbacks: list[Callback] = [
        # one file, written anew after each epoch; save_last would write it only beside another one
        ModelCheckpoint(
            out / "checkpoints", "last", save_top_k=1, save_on_train_epoch_end=True, enable_version_counter=False
        ),
        RichProgressBar(leave=True),
    ]
    if stage.ema_decay:
        callbacks.append(EMAWeightAveraging(decay=stage.ema_decay))
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="auto",
        devices=1,  # several would each draw the same samples
        logger=CSVLogger(out, name="logs", version=""),
        callbacks=callbacks,
        gradient_clip_val=1.0,
        log_every_n_steps=10,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
    )
    last = out / "checkpoints" / "last.ckpt"
    if last.is_file():
        log.info("%s goes on from %s", name, last)
    try:
        trainer.fit(task, loader, validation, ckpt_path=last if last.is_file() else None, weights_only=True)
    except SystemExit:
        # Lightning ends the process at Ctrl-C; whoever called says how a cancelled run ends
        if trainer.interrupted:
            raise KeyboardInterrupt from None
        raise
    path = out / "weights.pt"
    save_weights(model, path)
    shutil.rmtree(last.parent, ignore_errors=True)  # a finished stage is never gone on with
    return path


def _quieten() -> None:
    """Lightning's hints on loader workers and devices help nobody here."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    for message in (".*does not have many workers.*", ".*GPU available.*", ".*smaller than the logging interval.*"):
        warnings.filterwarnings("ignore", message)
