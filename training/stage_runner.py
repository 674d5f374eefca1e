"""Run one stage of training to its weights. The Trainer is Lightning's: optimiser, resume, several processes."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import lightning.pytorch as lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from torch.utils.data import DataLoader, Dataset, Sampler, Subset

from backend.errors import DeviceError, InputError
from training.checkpoint import checkpoint_header, write_checkpoint
from training.checkpoint_io import WholeCheckpoints, check_resumable
from training.config import TrainConfig
from training.config_training import StageConfig
from training.crop_network import CropNetwork
from training.dataset import SplitSamples, TrainingSamples
from training.hardware import Hardware, find_hardware
from training.metrics_log import MetricsLog
from training.progress import QuietProgress, shown_progress
from training.provenance import Origin
from training.ranks import is_lead, rank
from training.stage_callbacks import AveragedWeights, Report, Selection, StepSeeds
from training.stage_checks import check_stages
from training.store import Store
from training.task import CropTask, class_weights
from training.weights import read_weights, save_weights

log = logging.getLogger(__name__)

STAGES = {"pretrain": 1, "finetune": 2}
"""Numbers of the stages: samples of different stages differ."""
VALIDATION_CHIPS = 48
SCORES = {"pretrain": ("val_cscl", True), "finetune": ("val_miou", False)}
"""By which figure of validation the best weights are told, and whether less is better."""
CHECKPOINTS, LAST, BEST, LAST_WEIGHTS = "checkpoints", "last.ckpt", "best.pt", "last.pt"
LOG_EVERY = 10
"""Steps between rows of the learning curves; fewer in a short stage."""

StageName = Literal["pretrain", "finetune"]


class StepSampler(Sampler[int]):
    """Numbers of an epoch's samples in order; Lightning tells the epoch, also after a resume.

    With several processes each draws its own part of every batch, so that two with batch b see in a step the samples
    that one with batch 2 b sees.
    """

    def __init__(self, batches: int, batch: int, number: int = 0, world: int = 1) -> None:
        """
        Args:
            batches: of an epoch, on each process.
            batch: samples of a batch, on each process.
            number: of this process.
            world: processes.
        """
        self._batches, self._batch, self._number, self._world = batches, batch, number, world
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Go on to an epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._batches * self._batch

    def __iter__(self) -> Iterator[int]:
        for batch in range(self._epoch * self._batches, (self._epoch + 1) * self._batches):
            first = (batch * self._world + self._number) * self._batch
            yield from range(first, first + self._batch)


def run_stage(
    config: TrainConfig,
    store: Store,
    model: CropNetwork,
    name: StageName,
    out: Path,
    progress: QuietProgress | None = None,
    origin: Origin | None = None,
) -> Path:
    """Train one stage and write its weights; a run that was broken off goes on from its last checkpoint.

    Checkpoints are written after every validation. What follows one is the same whenever it is done: samples and
    random numbers are functions of their numbers, and optimiser, schedule, averages and early stopping are in it.

    Args:
        config: the run.
        store: the data set.
        model: changed in place.
        name: which stage.
        out: folder of the stage: checkpoints and logs, at the end weights.pt, and as checkpoints to start from last.pt
            and, where there is a validation split, best.pt.
        progress: is told of each step and asked whether to stop; shown on stderr if None.
        origin: the checkpoint that the weights come from, for those that this stage leaves.

    Returns:
        The path of the weights.

    Raises:
        InputError: if the stage cannot be run: no such section, no validation to stop by, a checkpoint of another
            network, a loss that is not finite.
        DeviceError: if the hardware that is asked for is not there.
        CancelledError: where the progress says so; the last checkpoint stays.
    """
    stage: StageConfig | None = config.pretrain if name == "pretrain" else config.finetune
    if stage is None:
        raise InputError(f"The configuration has no section '{name}'.", "Add it, with the number of steps.")
    _quieten()
    hardware = find_hardware(config.hardware)
    _set_threads(config.threads, hardware)
    if progress is None:
        progress = shown_progress() if is_lead() else QuietProgress()
    if hardware.is_emulated:
        progress.warning(
            "hardware.precision is bf16, for which this processor has no instructions: training takes about twice as "
            "long as in single precision. Set hardware.precision to auto, or to 32."
        )
    # a divisor of the steps, so that all epochs are whole: Lightning skips one on resuming where max_steps is given
    divisors = (count for count in range(1, stage.steps + 1) if stage.steps % count == 0)
    # by ratio, so that a prime number of steps is one long epoch and not many of one step
    epoch_steps = min(divisors, key=lambda c: max(c / stage.validate_every, stage.validate_every / c))
    check_stages(config, store, (name,), progress)
    training, validation = _loaders(config, store, stage, name, hardware, epoch_steps)
    weights = class_weights(store, stage.loss.class_weights) if name == "finetune" else None
    task = CropTask(model, stage, name, weights, config.cscl)
    folder = out / CHECKPOINTS
    curves = MetricsLog(out / "logs")
    averaged = AveragedWeights(decay=stage.ema_decay) if stage.ema_decay else None
    best = folder / BEST if validation else None
    callbacks: list[Callback] = [
        StepSeeds(config.seed_of_training, STAGES[name]),
        Selection(
            *SCORES[name], best, stage.early_stopping, averaged, bool(stage.early_stopping) or stage.keep == "best"
        ),
        Report(progress, name, stage.steps, curves),
        # one file, written anew after each epoch; save_last would write it only beside another one
        ModelCheckpoint(folder, "last", save_top_k=1, save_on_train_epoch_end=True, enable_version_counter=False),
    ]
    if averaged is not None:
        callbacks.append(averaged)
    options = hardware.trainer_options()
    trainer = lightning.Trainer(
        **{**options, "plugins": [*options.get("plugins", []), WholeCheckpoints()]},
        max_epochs=stage.steps // epoch_steps,
        accumulate_grad_batches=stage.accumulate,
        logger=[curves, *_tensorboard(out)],
        callbacks=callbacks,
        log_every_n_steps=max(1, min(LOG_EVERY, stage.steps // 50)),
        enable_model_summary=False,
        enable_progress_bar=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
    )
    last = folder / LAST
    if last.is_file():
        check_resumable(last, model)
        log.info("%s goes on from %s", name, last)
    task.set_checkpoint(last, checkpoint_header(config, store, model, origin))
    if config.hardware.compile:
        model.network.compile()
    try:
        trainer.fit(task, training, validation, ckpt_path=last if last.is_file() else None, weights_only=True)
    except SystemExit:
        # Lightning ends the process at Ctrl-C; whoever called says how a cancelled run ends
        if trainer.interrupted:
            raise KeyboardInterrupt from None
        raise
    except BaseException as error:
        _end_others(trainer)
        if config.hardware.compile and type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            raise DeviceError(
                f"hardware.compile is on, but the network cannot be compiled here ({str(error).splitlines()[0]}).",
                "Set hardware.compile to false.",
            ) from error
        raise
    finally:
        samples: Any = training.dataset
        samples.forget()  # the trainer lives on for a while, and the next stage keeps samples of its own
        model.network._compiled_call_impl = None  # export and evaluation have other sizes, and no time to compile them
    if averaged is not None:
        # Lightning does so at the end of training, but not where a resume finds all steps done
        model.load_state_dict(averaged.weights(task))
    path = out / "weights.pt"
    if trainer.is_global_zero:
        write_checkpoint(out / LAST_WEIGHTS, config, store, model, origin=origin)
    if best is not None and best.is_file() and (trainer.is_global_zero or stage.keep == "best"):
        kept = read_weights(model, best)
        if trainer.is_global_zero:
            write_checkpoint(out / BEST, config, store, model, kept, origin)
        if stage.keep == "best":
            model.load_state_dict(kept)
    trainer.strategy.barrier("weights read")
    if trainer.is_global_zero:
        save_weights(model, path)
        _put_away(folder)
    trainer.strategy.barrier("weights written")
    return path


def _loaders(
    config: TrainConfig, store: Store, stage: StageConfig, name: StageName, hardware: Hardware, epoch_steps: int
) -> tuple[DataLoader[Any], list[DataLoader[Any]]]:
    """Batches of training and, where there is such a split, of validation, for this process."""
    m, number, world = config.network.magnification, rank() if hardware.world > 1 else 0, hardware.world
    count = stage.steps * stage.accumulate * stage.batch * world
    seed = config.seed_of_training
    workers = config.hardware.workers
    cache_bytes = config.hardware.cache_mib * 2**20 // max(1, workers)
    samples: Dataset[Any] = TrainingSamples(store, config.augmentation, m, seed, STAGES[name], count, cache_bytes)
    sampler = StepSampler(epoch_steps * stage.accumulate, stage.batch, number, world)
    training: DataLoader[Any] = DataLoader(
        samples,
        stage.batch,
        sampler=sampler,
        num_workers=workers,
        persistent_workers=workers > 0,
        pin_memory=hardware.is_gpu,
        # a copy of a process with threads may hang; the data set opens itself anew where it is unpickled
        multiprocessing_context="spawn" if workers else None,
    )
    held_out = SplitSamples(store, m, "validation", VALIDATION_CHIPS, config.augmentation.dates)
    if not len(held_out):
        return training, []
    # where there are too few to be shared out, all look at all: a process without any would not take part
    share = range(number, len(held_out), world) if len(held_out) >= world else range(len(held_out))
    own: Dataset[Any] = Subset(held_out, share)
    return training, [DataLoader(own, 4)]


def _set_threads(threads: int, hardware: Hardware) -> None:
    """The threads that are to be used; several processes of a CPU share them."""
    if threads or (hardware.devices > 1 and not hardware.is_gpu):
        torch.set_num_threads(max(1, (threads or os.cpu_count() or 1) // hardware.devices))
        # Lightning would set its own number where this is not given
        os.environ.setdefault("OMP_NUM_THREADS", str(torch.get_num_threads()))


def _tensorboard(out: Path) -> list[Logger]:
    """The log that TensorBoard reads, where the package that writes it is there."""
    if importlib.util.find_spec("tensorboardX") is None and importlib.util.find_spec("tensorboard") is None:
        log.info("no TensorBoard log: tensorboardX is not installed")
        return []
    return [TensorBoardLogger(out, name="logs", version="")]


def _end_others(trainer: lightning.Trainer) -> None:
    """End the processes that Lightning started, which wait for this one."""
    launcher: Any = trainer.strategy.launcher
    for process in getattr(launcher, "procs", None) or []:
        if process.poll() is None:
            process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))


def _put_away(folder: Path) -> None:
    """Remove the checkpoints of a finished stage, which is never gone on with: at once, whatever interrupts it."""
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.is_dir():
        folder.replace(old)
        shutil.rmtree(old, ignore_errors=True)


def _quieten() -> None:
    """Lightning's hints on loader workers and devices help nobody here."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for message in (
        ".*does not have many workers.*",
        ".*GPU available.*",
        ".*smaller than the logging interval.*",
        ".*exists and is not empty.*",
        ".*sync_dist=True.*",
    ):
        warnings.filterwarnings("ignore", message)
