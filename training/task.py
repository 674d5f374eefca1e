"""The Lightning side of training: what a step computes, and how a stage is run. The Trainer is Lightning's."""

from __future__ import annotations

import logging
import math
import shutil
import warnings
from pathlib import Path
from typing import Any, Literal

import lightning.pytorch as lightning
import torch
from lightning.pytorch.callbacks import Callback, EMAWeightAveraging, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import CSVLogger
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler

from backend.errors import DamagedFileError, InputError, RequestError
from training.boundary import BoundaryHead
from training.config import TrainConfig
from training.config_training import CsclConfig, NetworkConfig, StageConfig
from training.cscl import ContextSelfSimilarity
from training.dataset import SplitSamples, TrainingSamples
from training.models import create_model
from training.objective import Objective
from training.store import Store

log = logging.getLogger(__name__)

STAGES = {"pretrain": 1, "finetune": 2}
"""Numbers of the stages: samples of different stages differ."""
VALIDATION_CHIPS = 48


class CropNetwork(nn.Module):
    """A network of the registry with its CSCL heads: what training makes and export takes.

    One similarity head per dilation: 1, which keeps boundaries one label pixel thin, and m, which keeps the
    window's size in metres (METHOD.md section 2). The boundary layer uses the first.
    """

    def __init__(
        self, config: NetworkConfig, in_channels: int, num_classes: int, cscl: CsclConfig | None = None
    ) -> None:
        super().__init__()
        cscl = cscl or CsclConfig()
        m = config.magnification
        self.network = create_model(
            config.name, in_channels, num_classes, num_dates=config.num_dates, magnification=m, **config.options
        )
        channels = int(self.network.embedding_channels)  # type: ignore[arg-type]
        self.similarity = nn.ModuleDict(
            {
                str(dilation): ContextSelfSimilarity(channels, cscl.proj_channels, dilation=dilation, mode=cscl.mode)
                for dilation in cscl.dilations_at(m)
            }
        )

    def forward(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, K, mH, mW) and embedding (B, D, mH, mW)."""
        logits, embedding = self.network(x, doy, valid)
        return logits, embedding

    def boundary_head(self) -> BoundaryHead:
        """The boundary layer on the similarity at dilation 1."""
        head = self.similarity["1"]
        if not isinstance(head, ContextSelfSimilarity):
            raise InputError("The similarity head at dilation 1 is missing.")
        return BoundaryHead(head)


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


def _with_dates(config: TrainConfig) -> NetworkConfig:
    """The network's settings with the number of dates of a training batch, where none is given."""
    if config.network.num_dates is not None:
        return config.network
    return config.network.model_copy(update={"num_dates": config.augmentation.dates})


def new_model(config: TrainConfig, store: Store) -> CropNetwork:
    """A network with random weights that knows the data set's statistics.

    Raises:
        RequestError: if there is no such network, it has no such option, or samples do not fit its stride.
    """
    torch.manual_seed(config.seed)
    try:
        model = CropNetwork(_with_dates(config), len(store.bands), len(store.attributes["legend"]), config.cscl)
    except (TypeError, ValueError) as error:
        raise RequestError(f"The network '{config.network.name}' cannot be made: {error}") from error
    stride = int(model.network.stride)  # type: ignore[arg-type]
    for name, side in (("augmentation.crop", config.augmentation.crop), ("dataset.chip", config.dataset.chip)):
        if side % stride:
            raise RequestError(f"{name} must be a multiple of the network's stride {stride}, not {side}.")
    statistics = store.statistics
    if hasattr(model.network, "set_statistics"):
        network: Any = model.network
        network.set_statistics(statistics["mean"], statistics["std"])
    return model


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


def save_weights(model: CropNetwork, path: Path) -> None:
    """Write the weights alone, whole or not at all."""
    partial = path.with_suffix(".part")
    torch.save(model.state_dict(), partial)
    partial.replace(path)


def load_weights(model: CropNetwork, path: Path) -> None:
    """Take over weights written by save_weights.

    Raises:
        InputError: if the file is not there.
        DamagedFileError: if it is not such a file or belongs to another network.
    """
    if not path.is_file():
        raise InputError(f"There are no weights {path}.", "Run the stage before this one first.")
    try:
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises classes of many kinds for damage
        raise DamagedFileError(
            f"{path}: not weights of this network ({str(error).splitlines()[0]}).", "Train the stage again."
        ) from error


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


def _quieten() -> None:
    """Lightning's hints on loader workers and devices help nobody here."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    for message in (".*does not have many workers.*", ".*GPU available.*", ".*smaller than the logging interval.*"):
        warnings.filterwarnings("ignore", message)
