"""Settings of a data set: sources, imports, simulations, splits."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from backend.names import S2_BANDS
from training.config_section import BlockSize, Section, Seed, Weight

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
"""Default bands: the 10 m and 20 m bands of L2A."""

Split = Literal["blocks", "train", "validation", "calibration", "test"]
MAX_FOLDS = 31
"""The store keeps which folds are near as bits of an int32."""


class SplitShares(Section):
    """Shares of the parcels' area in each split, for sources that are split by blocks."""

    train: float = Field(0.6, ge=0, le=1)
    """Trained on."""
    validation: float = Field(0.1, ge=0, le=1)
    """Looked at while training, to log it, to end early and to keep the best weights."""
    calibration: float = Field(0.1, ge=0, le=1)
    """For temperatures, the boundary's threshold and conformal sets."""
    test: float = Field(0.2, ge=0, le=1)
    """For the evaluation."""

    @model_validator(mode="after")
    def _sum_to_one(self) -> SplitShares:
        total = self.train + self.validation + self.calibration + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the four shares must sum to 1, not to {total:g}")
        return self


class SourceConfig(Section):
    """A time series with declared parcels."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    """In reports and of folders; no other source, import or simulation has it."""
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
    """Attribute with the parcel's id; where not given `id` of the reference's CSV, else the feature's number."""
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
    """By the largest covered share, or as published: to a parcel that covers 5 % of the cell (Tarasiou et al. 2022)."""
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
    """Dates of which a smaller share is clear are left out."""

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


class ImportConfig(Section):
    """A published data set that is taken over as it is."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    """As of a source."""
    kind: Literal["t31tfm", "mtlcc", "pastis"]
    """Which set: T31TFM-1618, MTLCC or PASTIS."""
    path: str
    """Its folder, relative to --data."""
    classes: str
    """Table of its class numbers, as of a source."""
    weight: Weight = 1.0
    """How often training draws from this set, relative to the sources."""
    shares: SplitShares = SplitShares()
    """Of the parts that the set's own lists leave open."""


class SimulationConfig(Section):
    """Scenes made by training.simulate before the data set is built."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    """Of its scenes, which are sources with a number after the name."""
    scenes: int = Field(gt=0)
    """How many are made."""
    size_px: int = Field(192, ge=64, le=1024, multiple_of=64)
    """Side of a scene, 10 m pixels."""
    dates: int = Field(24, ge=4, le=73)
    """Acquisitions of a scene, from 1 November to 31 October."""
    flavours: tuple[Literal["temperate", "mediterranean"], ...] = ("temperate", "mediterranean")
    """Taken in turn."""
    parcels: tuple[str, ...] = ()
    """Vector files of real parcels, relative to --data, taken in turn; without any, fields are generated."""
    ground: Literal["all", "trained", "held_out"] = "all"
    """Part of those files: held_out keeps the parcels in the east for scenes to test on, trained takes the others."""
    parcel_ha: tuple[float, float] | None = None
    """Median area, hectares, that larger parcels are shrunk to; drawn between these for each scene."""
    profiles: str | None = None
    """Parquet file of real profiles, relative to --data; without it, built-in crop calendars."""
    builtin_profiles_every: int = Field(0, ge=0)
    """With real profiles given: every n-th scene still takes the built-in calendars; 0 for none. Fields go round the
    files of parcels and generated ones: an n with a factor in common gives them to the same fields always."""
    profile_years: tuple[int, ...] = ()
    """Harvest years whose profiles are taken; all where none is given."""
    profile_half: Literal["all", "first", "second"] = "all"
    """Every other profile of each crop, so that scenes of the same profile_years, to calibrate on and to test on, of a
    half each, share none."""
    year: int = Field(2018, ge=2016, le=2100)
    """Harvest year of the scenes, which decides the days of their images."""
    min_clear: float = Field(0.1, ge=0, le=0.9)
    """Least clear share of a date, as a cloud filter at download has it."""
    seed: Seed = 0
    """Of the scenes, beside the run's seed: simulations with different ones are different."""
    weight: Weight = 1.0
    """Of all its scenes together."""
    split: Split = "blocks"
    """Each scene by spatial blocks, or all scenes in one split."""
    shares: SplitShares = SplitShares(train=0.8, validation=0.05, calibration=0.05, test=0.1)
    block_m: BlockSize = 640.0
    """Side of the blocks, metres."""
    label_noise: float = Field(0.0, ge=0, le=1)
    """Share of the parcels that are declared as another crop of their scene; with `split: train` alone."""

    @model_validator(mode="after")
    def _noise_is_trained_on_alone(self) -> SimulationConfig:
        if self.label_noise and self.split != "train":
            raise ValueError(
                f"the simulation '{self.name}' has label_noise, so it needs 'split: train': wrong declarations are "
                "neither calibrated nor tested on"
            )
        return self


class SplitsConfig(Section):
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


class RareConfig(Section):
    """Classes with fewer certain pixels at 10 m become "other" (Tarasiou et al. 2022); 0 turns a limit off."""

    train_pixels: int = Field(20000, ge=0)
    """The fewest in the training split."""
    evaluation_pixels: int = Field(2000, ge=0)
    """The fewest in all other splits together."""


class DatasetConfig(Section):
    """What the data set is made of."""

    bands: tuple[str, ...] = BANDS
    """Sentinel-2 bands of the samples, in this order."""
    level: Literal["L1C", "L2A"] = "L2A"
    """Processing level of the images; those that say another one are left out."""
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
