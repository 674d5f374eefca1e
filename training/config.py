"""The configuration of a training run: typed, from YAML, unknown keys refused with the nearest known one."""

from __future__ import annotations

import difflib
import hashlib
import json
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from backend.errors import InputError, RequestError
from backend.names import S2_BANDS

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
"""Default bands: the 10 m and 20 m bands of L2A."""

Split = Literal["blocks", "train", "validation", "calibration", "test"]
MAX_FOLDS = 31
"""The store keeps which folds are near as bits of an int32."""
MOST_VALUES = 100_000
"""A configuration with more values than that, once its aliases are written out, is none."""
CORRECT = "Correct the configuration; docs/model_builders_guide.md tells the settings."

Seed = Annotated[int, Field(ge=0, lt=2**32)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
BlockSize = Annotated[float, Field(ge=10, allow_inf_nan=False)]
"""Side of spatial blocks, metres: not smaller than a pixel."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SplitShares(_Section):
    """Shares of the parcels' area in each split, for sources that are split by blocks."""

    train: float = Field(0.6, ge=0, le=1)
    validation: float = Field(0.1, ge=0, le=1)
    calibration: float = Field(0.1, ge=0, le=1)
    test: float = Field(0.2, ge=0, le=1)

    @model_validator(mode="after")
    def _sum_to_one(self) -> SplitShares:
        total = self.train + self.validation + self.calibration + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the four shares must sum to 1, not to {total:g}")
        return self


class SourceConfig(_Section):
    """A time series with declared parcels."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    series: tuple[str, ...] = Field(min_length=1)
    """Folders of products or GeoTIFFs, .SAFE folders or zips, relative to --data; one, or a list."""
    bands: tuple[str, ...] = ()
    """Names, in file order, for rasters that do not name their bands."""
    parcels: str | None = None
    """Vector file or the reference's CSV, relative to --data; only unlabelled data sets do without."""
    layer: str | None = None
    """For files with several layers."""
    crop_field: str | None = None
    """Attribute with the crop code; the reference's CSV has it as `ground_truth`."""
    id_field: str | None = None
    year_field: str | None = None
    """Attribute with the year of the declaration, for files of several years; only those of `year` are taken."""
    year: int | None = Field(None, ge=1900, le=2200)
    """Year of the declarations."""
    region: str | None = None
    """Sources of one region share their blocks, so that a field is in the same split in every year."""
    classes: str | None = None
    """Table in resources/classes that maps the source's codes onto the legend, without .csv; or a CSV's path."""
    outside_parcels: Literal["background", "ignore"]
    """What lies outside of all parcels: background only if the file holds every parcel of the ground."""
    label_rule: Literal["largest", "published"] = "largest"
    """By the largest covered share, or as published: to a parcel that covers 5 % of the cell (METHOD.md 4)."""
    split: Split = "blocks"
    """By spatial blocks, or the whole source in one split."""
    block_m: BlockSize = 500.0
    """Side of the blocks, metres."""
    shares: SplitShares = SplitShares()
    simulated: bool = False
    """Not real images: the card's region and season then leave it out."""
    weight: Weight = 1.0
    """How often training draws from this source, relative to the others."""
    min_clear: float = Field(0.05, ge=0, le=1)

    @field_validator("series", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _parcels_are_described(self) -> SourceConfig:
        if self.parcels is None:
            return self
        if self.classes is None:
            raise ValueError(f"the source '{self.name}' has parcels, so it needs 'classes', the table of their codes")
        is_table = Path(self.parcels).suffix.lower() == ".csv"
        if self.crop_field is None and not is_table:
            raise ValueError(f"the source '{self.name}' has parcels, so it needs 'crop_field', their crop code")
        if self.year_field is not None and self.year is None:
            raise ValueError(f"the source '{self.name}' names a year_field, so it needs the 'year' that is wanted")
        return self


class ImportConfig(_Section):
    """A published data set that is taken over as it is."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    kind: Literal["t31tfm", "mtlcc", "pastis"]
    path: str
    """Its folder, relative to --data."""
    classes: str
    """Table of its class numbers, as of a source."""
    weight: Weight = 1.0
    shares: SplitShares = SplitShares()
    """Of the parts that the set's own lists leave open."""


class SimulationConfig(_Section):
    """Scenes made by training.simulate before the data set is built."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    scenes: int = Field(gt=0)
    size_px: int = Field(192, ge=64, le=1024, multiple_of=64)
    dates: int = Field(24, ge=4, le=73)
    flavours: tuple[Literal["temperate", "mediterranean"], ...] = ("temperate", "mediterranean")
    """Taken in turn."""
    parcels: tuple[str, ...] = ()
    """Vector files of real parcels, relative to --data, taken in turn; without any, fields are generated."""
    profiles: str | None = None
    """Parquet file of real profiles, relative to --data; without it, built-in crop calendars."""
    builtin_profiles_every: int = Field(0, ge=0)
    """With real profiles given: every n-th scene still takes the built-in calendars; 0 for none."""
    min_clear: float = Field(0.1, ge=0, le=0.9)
    """Least clear share of a date, as a cloud filter at download has it."""
    seed: Seed = 0
    weight: Weight = 1.0
    """Of all its scenes together."""
    split: Split = "blocks"
    shares: SplitShares = SplitShares(train=0.8, validation=0.05, calibration=0.05, test=0.1)
    block_m: BlockSize = 640.0


class SplitsConfig(_Section):
    """How sources are spread over training, validation, calibration and test."""

    scheme: Literal["blocks", "folds", "leave_year_out", "leave_region_out"] = "blocks"
    """By spatial blocks; as k folds of blocks; or whole years or regions held out as the test."""
    folds: int = Field(5, ge=3, le=MAX_FOLDS)
    """k, for the scheme folds."""
    held_out: int | str | None = None
    """The year or the region that leave_year_out or leave_region_out keeps for the test."""
    buffer_m: float = Field(0.0, ge=0, allow_inf_nan=False)
    """Training ground nearer than this to another split (or to the fold held out) is not trained on."""

    @model_validator(mode="after")
    def _held_out_is_named(self) -> SplitsConfig:
        if self.scheme.startswith("leave_") and self.held_out is None:
            raise ValueError(f"the scheme {self.scheme} needs 'held_out', the {self.scheme.split('_')[1]} of the test")
        return self


class RareConfig(_Section):
    """Classes with fewer certain pixels at 10 m become "other" (METHOD.md section 4); 0 turns a limit off."""

    train_pixels: int = Field(20000, ge=0)
    evaluation_pixels: int = Field(2000, ge=0)


class DatasetConfig(_Section):
    """What the data set is made of."""

    bands: tuple[str, ...] = BANDS
    level: Literal["L1C", "L2A"] = "L2A"
    legend: str = "legend"
    """The classes: a legend in resources/classes, without .csv, or a CSV's path relative to --data."""
    chip: int = Field(64, ge=8, le=512, multiple_of=4)
    """Side of a sample, 10 m pixels."""
    stride: int | None = Field(None, ge=4, multiple_of=4)
    """Distance of neighbouring chips of a dense grid, 10 m pixels; the chip's side where not given."""
    sampling: Literal["dense", "parcels", "unlabelled"] = "dense"
    """A grid of chips over the labelled ground; one chip around each parcel; or a grid over all ground, no labels."""
    magnifications: tuple[Literal[1, 2, 4], ...] = (1, 4)
    """Label grids, times finer than the images; 1 is always among them."""
    max_dates: int = Field(24, ge=1)
    """The clearest are kept where a source has more."""
    memory_gib: float = Field(3.0, ge=0.5)
    """Memory that building the data set may take, all processes together."""
    splits: SplitsConfig = SplitsConfig()
    rare: RareConfig = RareConfig()
    sources: tuple[SourceConfig, ...] = ()
    imports: tuple[ImportConfig, ...] = ()
    simulations: tuple[SimulationConfig, ...] = ()

    @field_validator("bands")
    @classmethod
    def _of_sentinel_2(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [band for band in value if band not in S2_BANDS]
        if unknown or not value or len(set(value)) < len(value):
            raise ValueError(f"bands are {', '.join(S2_BANDS)}, at least one and each once")
        return value

    @field_validator("magnifications")
    @classmethod
    def _with_input_grid(cls, value: tuple[Literal[1, 2, 4], ...]) -> tuple[Literal[1, 2, 4], ...]:
        return tuple(sorted({1, *value}))

    @model_validator(mode="after")
    def _has_sources(self) -> DatasetConfig:
        if not self.sources and not self.simulations and not self.imports:
            raise ValueError("give at least one source, import or simulation")
        names = [source.name for source in self.sources] + [item.name for item in self.imports]
        names += [simulation.name for simulation in self.simulations]
        if len(set(names)) != len(names):
            raise ValueError(f"every source needs a name of its own, not {names}")
        if self.sampling != "unlabelled":
            for source in self.sources:
                if source.parcels is None:
                    raise ValueError(f"the source '{source.name}' needs 'parcels', or the sampling must be unlabelled")
        return self

    @property
    def labelled(self) -> bool:
        """False where samples carry no labels."""
        return self.sampling != "unlabelled"


class NetworkConfig(_Section):
    """The network and its similarity head."""

    name: str = "ltae_unet"
    magnification: Literal[1, 2, 4] = 4
    """m; one of the data set's label grids."""
    options: dict[str, Any] = Field(default_factory=dict)
    proj_channels: int = Field(32, gt=0, multiple_of=2)
    """A, channels of query and key."""


class AugmentationConfig(_Section):
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


class StageConfig(_Section):
    """One stage of training."""

    steps: int = Field(gt=0)
    batch: int = Field(8, gt=0)
    learning_rate: float = Field(1e-3, gt=0)
    warmup: float = Field(0.05, ge=0, lt=1)
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = Field(1e-2, ge=0)
    cscl_weight: float = Field(0.1, ge=0)
    """Weight of the CSCL term beside cross-entropy; pre-training has CSCL alone."""
    label_smoothing: float = Field(0.05, ge=0, lt=1)
    ema_decay: float = Field(0.99, ge=0, lt=1)
    """Of the averaged weights that are kept; 0 for none."""
    validate_every: int = Field(200, gt=0)
    """Steps between validations and checkpoints; the divisor of `steps` nearest to it is taken."""


class PretrainConfig(StageConfig):
    """CSCL alone."""

    target: Literal["class", "parcel"] = "class"
    """Whether neighbours are alike if their class or if their parcel is the same."""


class CardConfig(_Section):
    """What the model card says besides figures."""

    name: str = Field("cscl_model", pattern=r"^[A-Za-z0-9_-]+$")
    version: str = "0.1.0"
    description: str = "Crop types from Sentinel-2 time series."
    license: str = "GPL-3.0-or-later"
    season: tuple[str, str] = ("01-01", "12-31")
    dates_min: int = Field(3, ge=1)
    year: int = 2018


class TrainConfig(_Section):
    """A whole run."""

    seed: Seed = 0
    threads: int = Field(0, ge=0)
    """Processor threads; 0 takes all cores."""
    dataset: DatasetConfig
    fold: int | None = Field(None, ge=1)
    """With the scheme folds: the fold that is held out as the test of this model."""
    network: NetworkConfig = NetworkConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    pretrain: PretrainConfig | None = None
    """None starts fine-tuning from scratch."""
    finetune: StageConfig | None = None
    """None for a configuration that only makes a data set."""
    card: CardConfig = CardConfig()

    @model_validator(mode="after")
    def _fold_is_one_of_the_folds(self) -> TrainConfig:
        splits = self.dataset.splits
        if self.fold is not None and (splits.scheme != "folds" or self.fold > splits.folds):
            raise ValueError(f"fold {self.fold} needs dataset.splits with the scheme folds and at least so many folds")
        return self

    @model_validator(mode="after")
    def _samples_fit_the_network(self) -> TrainConfig:
        if self.pretrain is None and self.finetune is None:
            return self
        if self.augmentation.crop > self.dataset.chip:
            raise ValueError(f"augmentation.crop ({self.augmentation.crop}) is larger than dataset.chip")
        if self.network.magnification not in self.dataset.magnifications:
            raise ValueError(
                f"network.magnification {self.network.magnification} is not among dataset.magnifications "
                f"{list(self.dataset.magnifications)}"
            )
        return self

    def fingerprint(self, *sections: str) -> str:
        """Digest of some sections: a finished stage is done again if what it depends on has changed."""
        text = json.dumps(self.model_dump(mode="json", include=set(sections)), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_config(path: Path) -> TrainConfig:
    """Read and check a YAML configuration.

    Raises:
        InputError: if there is no such file.
        RequestError: if it is not YAML, has an unknown key (the nearest known one is named) or a wrong value.
    """
    if not path.is_file():
        raise InputError(f"There is no configuration {path}.", "Give a YAML file with --config.")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        _check_size(values)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(f"{path.name}: not valid YAML ({_where(error)}).", CORRECT) from error
    if not isinstance(values, dict):
        kind = "nothing" if values is None else f"a {type(values).__name__}"
        raise RequestError(f"{path.name}: expected keys such as 'dataset' and 'finetune', found {kind}.", CORRECT)
    try:
        return TrainConfig.model_validate(values)
    except ValidationError as error:
        raise RequestError(f"{path.name}: {_sentence(error)}", CORRECT) from error


def _check_size(values: Any) -> None:
    """Refuse what grows beyond measure when its aliases are written out.

    Raises:
        yaml.YAMLError: if it does.
    """
    known: dict[int, int] = {}

    def count(value: Any) -> int:
        if not isinstance(value, dict | list):
            return 1
        if id(value) not in known:
            known[id(value)] = MOST_VALUES  # met again on the way down, it holds itself
            members = value.values() if isinstance(value, dict) else value
            known[id(value)] = 1 + sum(count(member) for member in members)
        return known[id(value)]

    if count(values) > MOST_VALUES:
        raise yaml.YAMLError(f"more than {MOST_VALUES} values once its aliases are written out")


def _where(error: Exception) -> str:
    """What is wrong with a YAML, and in which line."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return str(error).splitlines()[0]


def _sentence(error: ValidationError) -> str:
    """The first fault as one sentence."""
    faults = error.errors()
    fault = next((item for item in faults if item["type"] == "extra_forbidden"), faults[0])
    place = ".".join(str(part) for part in fault["loc"])
    more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(fault["loc"][-1]), _known_keys(fault["loc"][:-1]), n=1)
        return f"there is no setting '{place}'{more}" + (f"; did you mean '{near[0]}'?" if near else ".")
    if fault["type"] == "missing":
        return f"the setting '{place}' is missing{more}."
    message = fault["msg"].removeprefix("Value error, ")
    # of a whole section it would say nothing
    found = "" if isinstance(fault["input"], Mapping) else f"; found {_short(fault['input'])}"
    return f"{place + ': ' if place else ''}{message[0].lower()}{message[1:]}{found}{more}."


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    """Keys of the section at a place such as ("dataset", "sources", 0)."""
    sections: list[type[BaseModel]] = [TrainConfig]
    for part in place:
        if isinstance(part, int):
            continue
        text = str(sections[-1].model_fields[part].annotation)
        found = [kind for kind in _Section.__subclasses__() + StageConfig.__subclasses__() if kind.__name__ in text]
        if not found:
            return []
        sections.append(max(found, key=lambda kind: len(kind.__name__)))
    return list(sections[-1].model_fields)


def _short(value: Any) -> str:
    text = reprlib.repr(value)  # however much the value holds
    return text if len(text) < 80 else text[:77] + "..."
