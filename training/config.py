"""The configuration of a training run: typed, from YAML, unknown keys refused with the nearest known one."""

from __future__ import annotations

import difflib
import hashlib
import json
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from backend.errors import InputError, RequestError
from training.config_dataset import DatasetConfig
from training.config_section import Section, Seed
from training.config_training import (
    AugmentationConfig,
    CardConfig,
    CsclConfig,
    EvaluateConfig,
    ExportConfig,
    HardwareConfig,
    NetworkConfig,
    StageConfig,
)

MOST_VALUES = 100_000
"""A configuration with more values than that, once its aliases are written out, is none."""
CORRECT = "Correct the configuration; docs/settings.md tells all settings."


class TrainConfig(Section):
    """A whole run."""

    seed: Seed = 0
    """Of the splits, and of training where that has none of its own."""
    training_seed: Seed | None = None
    """Of weights and samples, so that a data set can be trained on with several seeds."""
    threads: int = Field(0, ge=0)
    """Processor threads; 0 takes all cores."""
    dataset: DatasetConfig
    fold: int | None = Field(None, ge=1)
    """With the scheme folds: the fold that is held out as the test of this model."""
    network: NetworkConfig = NetworkConfig()
    cscl: CsclConfig = CsclConfig()
    hardware: HardwareConfig = HardwareConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    pretrain: StageConfig | None = None
    """None starts fine-tuning from scratch."""
    finetune: StageConfig | None = None
    """None for a configuration that only makes a data set."""
    evaluate: EvaluateConfig = EvaluateConfig()
    export: ExportConfig = ExportConfig()
    card: CardConfig = CardConfig()

    @model_validator(mode="after")
    def _fold_is_one_of_the_folds(self) -> TrainConfig:
        splits = self.dataset.splits
        if self.fold is not None and (splits.scheme != "folds" or self.fold > splits.folds):
            raise ValueError(f"fold {self.fold} needs dataset.splits with the scheme folds and at least so many folds")
        return self

    @model_validator(mode="after")
    def _calibrates_on_what_there_is(self) -> TrainConfig:
        known = [item.name for item in self.dataset.sources] + [item.name for item in self.dataset.imports]
        known += [item.name for item in self.dataset.simulations]
        for name in self.evaluate.calibrate_on:
            if name not in known:
                raise ValueError(
                    f"evaluate.calibrate_on names '{name}', which is no source, import or simulation "
                    f"({', '.join(known)})"
                )
        return self

    @model_validator(mode="after")
    def _samples_fit_the_network(self) -> TrainConfig:
        if self.pretrain is None and self.finetune is None:
            return self
        if self.augmentation.crop > self.dataset.chip:
            raise ValueError(f"augmentation.crop ({self.augmentation.crop}) is larger than dataset.chip")
        widest = max(self.cscl.dilations_at(self.network.magnification))
        if widest >= self.augmentation.crop * self.network.magnification:
            raise ValueError(
                f"cscl.dilations: {widest} label pixels reach over the whole of a sample, which has "
                f"{self.augmentation.crop * self.network.magnification}"
            )
        if self.network.magnification not in self.dataset.magnifications:
            raise ValueError(
                f"network.magnification {self.network.magnification} is not among dataset.magnifications "
                f"{list(self.dataset.magnifications)}"
            )
        return self

    @property
    def seed_of_training(self) -> int:
        """What weights and samples are drawn by."""
        return self.seed if self.training_seed is None else self.training_seed

    def fingerprint(self, *sections: str) -> str:
        """Digest of some sections: a finished stage is done again if what it depends on has changed.

        Settings that are as by default are left out, so that a version with one setting more goes on with what there
        is. Who changes a default must give the setting another name.
        """
        values = self.model_dump(mode="json", include=set(sections), exclude_defaults=True)
        text = json.dumps(values, sort_keys=True)
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
    section: type[BaseModel] = TrainConfig
    for part in place:
        if isinstance(part, int):
            continue
        inner = _section_in(section.model_fields[part].annotation)
        if inner is None:
            return []
        section = inner
    return list(section.model_fields)


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that an annotation such as tuple[SourceConfig, ...] or StageConfig | None speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_in(part))), None)


def _short(value: Any) -> str:
    text = reprlib.repr(value)  # however much the value holds
    return text if len(text) < 80 else text[:77] + "..."
