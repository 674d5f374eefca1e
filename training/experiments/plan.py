"""The plan of a comparison: one data set, ways to train (cells), seeds and budgets. Read from YAML, trains nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError, model_validator

from backend.errors import InputError, RequestError
from training.config import TrainConfig
from training.config_section import Section

Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


class Cell(Section):
    """One way to train. All ways see as many patches."""

    title: str
    pretrain_share: float = Field(0.0, ge=0, lt=1)
    """Share of the steps given to CSCL alone, before fine-tuning."""
    budget_divisor: int = Field(1, ge=1)
    """For networks that are too slow for the whole budget; compared only among cells of one divisor."""
    changes: dict[str, Any] = Field(default_factory=dict)
    """Settings that differ from the plan's, section by section."""


class Plan(Section):
    """A comparison."""

    name: Name
    seeds: tuple[int, ...] = Field(min_length=1)
    budgets: tuple[int, ...] = Field(min_length=1)
    """Training patches of a cell, smallest first; each budget is a table of its own."""
    reference: Name
    """The cell that the others are compared with."""
    base: dict[str, Any]
    """A training configuration without its stages' steps."""
    calibration_scenes: int = Field(24, ge=1)
    """The most scenes that calibrate a cell: with all of them it takes longer than training at a small budget."""
    cells: dict[Name, Cell]

    @model_validator(mode="after")
    def _cells_are_configurations(self) -> Plan:
        if self.reference not in self.cells:
            raise ValueError(f"reference names the cell '{self.reference}', which is not among the cells")
        for name in self.cells:
            for budget in self.budgets:
                config = self.config(name, self.seeds[0], budget)
                hardware = config.hardware
                if config.evaluate.calibrate_on:
                    raise ValueError(
                        "evaluate.calibrate_on has no say in a comparison, which calibrates on all; leave it out"
                    )
                if (hardware.devices, hardware.nodes) != (1, 1):
                    raise ValueError(
                        f"the cell '{name}' sets hardware.devices or nodes, which must be 1: a cell is trained by one "
                        "process; start the runner once for each GPU, which CUDA_VISIBLE_DEVICES gives it"
                    )
                if hardware.precision == "auto":
                    raise ValueError(
                        f"the cell '{name}' sets hardware.precision to auto: name 32 or bf16, so that a comparison "
                        "that goes on elsewhere goes on with the same"
                    )
        return self

    def config(self, cell: str, seed: int, budget: int) -> TrainConfig:
        """The training configuration of a cell.

        Args:
            cell: its name.
            seed: of weights and samples; the data set is the same for all seeds.
            budget: training patches of all stages together.
        """
        chosen = self.cells[cell]
        values = _merged(self.base, {**chosen.changes, "seed": seed})
        batch = values["finetune"].get("batch", 8)
        steps = budget // chosen.budget_divisor // batch
        before = round(chosen.pretrain_share * steps)
        for name, count in (("pretrain", before), ("finetune", steps - before)):
            if count:
                stage = values.get(name) or values["finetune"]
                values[name] = {"validate_every": max(1, count // 2), **stage, "steps": count}
            else:
                values.pop(name, None)
        return TrainConfig.model_validate(values)

    def has_contrast(self, cell: str) -> bool:
        """Whether the similarity head of a cell, and with it its boundary layer, is trained at all."""
        config = self.config(cell, self.seeds[0], self.budgets[0])
        return config.pretrain is not None or (config.finetune is not None and config.finetune.cscl_weight > 0)

    @property
    def dataset_config(self) -> TrainConfig:
        """The configuration of the data set that all cells share."""
        values = {key: self.base[key] for key in ("dataset", "threads") if key in self.base}
        return TrainConfig.model_validate({**values, "seed": self.base.get("seed", 0)})


def read_plan(path: Path) -> Plan:
    """Read and check a plan.

    Raises:
        InputError: if there is no such file.
        RequestError: if it is not YAML or not a plan.
    """
    if not path.is_file():
        raise InputError(f"There is no plan {path}.", "Give a YAML file with --plan.")
    try:
        return Plan.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RequestError(f"{path.name}: not valid YAML ({str(error).splitlines()[0]}).") from error
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise RequestError(f"{path.name}: {place or 'plan'}: {fault['msg']}.") from error


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Nested settings with some of them changed."""
    out = dict(base)
    for key, value in changes.items():
        inner = out.get(key)
        is_nested = isinstance(inner, Mapping) and isinstance(value, Mapping)
        out[key] = _merged(inner, value) if is_nested else value  # type: ignore[arg-type]
    return out
