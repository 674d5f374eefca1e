"""Settings of training: network, contrast, hardware, augmentation, stages, evaluation, export, card."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from training.config_section import BlockSize, Section, Weight

MONTH_DAY = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


class NetworkConfig(Section):
    """The network."""

    name: str = "ltae_unet"
    """One of training/models; the model builder's guide lists them."""
    magnification: Literal[1, 2, 4] = 4
    """m; one of the data set's label grids."""
    num_dates: int | None = Field(None, ge=1)
    """T of networks that take at most so many dates; at least augmentation.dates, which it is where not given."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Sizes of the network, by the names that its file in training/models has for them."""


class CsclConfig(Section):
    """The similarity head and its loss (training/cscl.py; Tarasiou et al. 2022)."""

    mode: Literal["corrected", "published"] = "corrected"
    """Our loss, which balances both kinds of pairs and leaves out what is not known, or the paper's."""
    proj_channels: int = Field(32, gt=0, multiple_of=2)
    """A, channels of query and key."""
    dilations: tuple[int, ...] = ()
    """Label pixels between neighbours of a window, one head each; 1, which the boundary layer uses, and m where none
    is given."""
    target: Literal["class", "parcel"] = "class"
    """Whether neighbours are alike if their class or if their parcel is the same. Of parcels the outline counts also
    where nothing is declared beyond it."""
    negative_share: float = Field(0.5, gt=0, lt=1)
    """Weight of the pairs across boundaries in the corrected loss, of 1: less draws boundaries narrower and with more
    gaps."""
    pos_weight: float | None = Field(None, ge=0)
    """Of the published loss alone; one over the eight neighbours where not given."""

    @field_validator("dilations")
    @classmethod
    def _with_one(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if value and (1 not in value or min(value) < 1 or len(set(value)) < len(value)):
            raise ValueError("dilations are positive, each once, and one is 1, which the boundary layer needs")
        return tuple(sorted(value))

    @model_validator(mode="after")
    def _weight_belongs_to_published(self) -> CsclConfig:
        if self.pos_weight is not None and self.mode == "corrected":
            raise ValueError("pos_weight belongs to the mode published; corrected balances itself")
        if self.negative_share != 0.5 and self.mode == "published":
            raise ValueError("negative_share belongs to the mode corrected; published has pos_weight")
        return self

    def dilations_at(self, magnification: int) -> tuple[int, ...]:
        """The dilations on a label grid."""
        return self.dilations or tuple(sorted({1, magnification}))


class HardwareConfig(Section):
    """What a stage is trained on. Several devices or nodes train one model together."""

    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    """auto takes a GPU where there is one."""
    devices: int | Literal["auto"] = 1
    """Processes of one node: GPUs, or on a CPU processes of a share of the threads each."""
    nodes: int = Field(1, ge=1)
    """Machines; the command is started on each of them."""
    precision: Literal["32", "bf16", "auto"] = "32"
    """Single, or bf16: the network in half precision, losses and weights in single; auto is bf16 where the GPU or the
    processor computes it, single elsewhere. On GPUs that can, single precision trains with TF32 in convolutions;
    calibration and scores never do."""
    compile: bool = False
    """Let torch.compile fuse the network; takes a minute at the start."""
    workers: int = Field(0, ge=0)
    """Processes that read samples, for each device; 0 reads in the training process."""
    cache_mib: int = Field(1024, ge=0)
    """Memory for decoded samples, of all reading processes of a device together: small data sets are then read once."""

    @field_validator("devices")
    @classmethod
    def _at_least_one(cls, value: int | str) -> int | str:
        if isinstance(value, int) and value < 1:
            raise ValueError("devices is a number from 1 on, or auto")
        return value


class AugmentationConfig(Section):
    """What training does to a sample before the network sees it."""

    crop: int = Field(48, ge=8, multiple_of=4)
    """Side of the random crop of a chip, 10 m pixels."""
    dates: int = Field(12, ge=1)
    """T of a training batch."""
    min_date_share: float = Field(0.5, gt=0, le=1)
    """At least this share of a sample's dates is kept."""
    truncated_share: float = Field(0.15, ge=0, le=1)
    """Share of samples whose season is cut short at a random day."""
    doy_shift: int = Field(4, ge=0)
    """Largest shift of a whole season, days."""
    gain_sd: float = Field(0.03, ge=0)
    """Relative standard deviation of a gain per sample and date."""
    flips: bool = True
    """Quarter turns and flips."""
    shift_px: float = Field(0.0, ge=0, le=2)
    """Standard deviation of a shift of each date against the labels, input pixels: images never lie quite alike."""
    cloud_share: float = Field(0.0, ge=0, le=1)
    """Share of the dates that get a made-up cloud: a blob that is not valid."""
    edge_share: float = Field(0.0, ge=0, le=1)
    """Share of samples beyond a straight line of which nothing is imaged on any date, as at the edge of the images."""


class LossConfig(Section):
    """Weights of the terms of the classification loss, and how its cross-entropy counts pixels."""

    cross_entropy: Weight = 1.0
    """Weight of the cross-entropy, a mean over pixels."""
    focal: Weight = 0.0
    """Weight of the focal loss: cross-entropy in which pixels count less the surer they are right."""
    dice: Weight = 0.0
    """Weight of the soft dice loss: overlap of each class with its truth, small classes as large ones."""
    lovasz: Weight = 0.0
    """Weight of the Lovász-softmax loss: 1 - IoU, made smooth, small classes as large ones."""
    focal_gamma: float = Field(2.0, ge=0)
    """How much less pixels count in the focal loss that are right already; 0 is the cross-entropy."""
    class_weights: Literal["root", "inverse", "none"] = "root"
    """One over the root of a class's frequency, over the frequency, or all alike."""
    label_smoothing: float = Field(0.05, ge=0, lt=1)
    """Share of a pixel's target that is spread evenly over all classes; of the cross-entropy alone."""
    soft_targets: bool = False
    """A mixed pixel counts for its class by its covered share, the rest evenly for the others."""
    boundary_weight: float = Field(1.0, ge=1)
    """Factor of pixels at a boundary (a neighbour has another class)."""

    @model_validator(mode="after")
    def _has_a_term(self) -> LossConfig:
        if self.cross_entropy + self.focal + self.dice + self.lovasz == 0:
            raise ValueError("at least one of cross_entropy, focal, dice and lovasz has a weight above 0")
        return self


class StageConfig(Section):
    """One stage of training."""

    steps: int = Field(gt=0)
    """Updates of the weights."""
    batch: int = Field(8, gt=0)
    """Samples of a step on each device."""
    accumulate: int = Field(1, ge=1)
    """Batches whose gradients make one step."""
    learning_rate: float = Field(1e-3, gt=0)
    """Of AdamW, at its highest: after `warmup`, before `schedule` lowers it."""
    schedule: Literal["cosine", "exponential"] = "cosine"
    """To 0 along a cosine, or as published: times `decay` every `decay_every` steps."""
    decay: float = Field(0.975, gt=0, le=1)
    """Factor of the learning rate, of the schedule exponential alone."""
    decay_every: int = Field(1000, gt=0)
    """Steps after which that factor counts once more."""
    warmup: float = Field(0.05, ge=0, lt=1)
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = Field(1e-2, ge=0)
    """Of AdamW: pulls weights, but not biases and norms, towards 0."""
    clip_norm: float = Field(1.0, ge=0)
    """Norm to which larger gradients are scaled down; 0 for never."""
    cscl_weight: float = Field(0.1, ge=0)
    """Weight of the CSCL term beside cross-entropy; pre-training has CSCL alone."""
    ema_decay: float = Field(0.99, ge=0, lt=1)
    """Of the averaged weights that are kept; 0 for none."""
    validate_every: int = Field(200, gt=0)
    """Steps between validations and checkpoints; the divisor of `steps` nearest to it is taken."""
    early_stopping: int = Field(0, ge=0)
    """Validations without improvement after which the stage ends; 0 never."""
    keep: Literal["last", "best"] = "last"
    """Which weights the next stage goes on with: the last, or the best by validation. Both are kept beside them, as
    checkpoints to start from."""
    loss: LossConfig = LossConfig()
    """Of fine-tuning; pre-training has CSCL alone."""


class EvaluateConfig(Section):
    """What is scored."""

    splits: tuple[Literal["train", "validation", "calibration", "test"], ...] = ("test",)
    """Parts of the data set that are mapped and scored."""
    calibrate_on: tuple[str, ...] = ()
    """Sources, imports and simulations whose calibration split is fitted on; all that have one where none is given."""
    cutoffs: tuple[str, ...] = ()
    """Days (MM-DD) of the season; accuracy is told as if each was the last image's."""
    alpha: float = Field(0.1, gt=0, lt=1)
    """Of conformal sets: the true class is left out at most this often."""
    block_m: BlockSize = 1000.0
    """Side of the blocks that intervals draw again."""

    @field_validator("cutoffs")
    @classmethod
    def _are_days(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [day for day in value if not re.match(MONTH_DAY, day)]
        if wrong:
            raise ValueError(f"cutoffs are days as MM-DD, in quotes, not {wrong[0]}")
        return value


class ExportConfig(Section):
    """What the model file holds besides classes and boundary."""

    embedding: bool = False
    """Also give the embedding map."""
    int8: bool = False
    """Try 8-bit weights; kept only where that is faster and as accurate."""


class CardConfig(Section):
    """What the model card says besides figures."""

    name: str = Field("cscl_model", pattern=r"^[A-Za-z0-9_-]+$")
    """Of the model and of its files."""
    version: str = "0.1.0"
    """Of the model, not of this program."""
    description: str = "Crop types from Sentinel-2 time series."
    """What the model maps, in a sentence or two, for those who choose one."""
    license: str = "GPL-3.0-or-later"
    """Of the model, an SPDX identifier."""
    attribution: str = ""
    """Whose images and parcels it was trained on, and under which licences."""
    season: tuple[str, str] = ("01-01", "12-31")
    """First and last day (MM-DD) of its images, where no real images say so."""
    dates_min: int = Field(3, ge=1)
    """The fewest dates that it makes a map of."""
    year: int = 2018
    """Of the harvest that it was trained on, where neither sources nor simulated scenes say so."""
