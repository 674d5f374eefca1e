"""The results of a plan on disk: where each lies, what it was made with, which are the plan's. Needs no torch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.experiments.plan import Plan
from training.stages import DEPENDS

SECTIONS = ("seed", "network", "cscl", "augmentation", "pretrain", "finetune")
"""Of a cell's configuration, beside the data set: what its figures depend on."""
SCORING = 1
"""Counts the ways in which results were scored: raised when the same weights are given other figures than before."""
UNSAID = {"scoring": 1, "calibration_scenes": 24}
"""What results were made with that were written before such things were said."""


@dataclass(frozen=True)
class MadeWith:
    """What a result was made with, as its file says it: where one of these differs it is another result."""

    fingerprint: str
    """Of the cell's settings and its seed."""
    data: str
    """Of the data set's settings."""
    precision: str
    """Of training: 32 or bf16."""
    calibration_scenes: int
    """The most scenes that calibrated it."""
    scoring: int = SCORING
    """Of the code that scored it."""

    @property
    def digest(self) -> str:
        """All of it as one word, for names of folders."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Results:
    """What there is of one budget."""

    found: dict[tuple[str, int], dict[str, Any]]
    """(cell, seed) -> result, of the plan's own."""
    others: list[tuple[str, int]]
    """(cell, seed) whose file was made with other settings, or is damaged."""
    missing: list[tuple[str, int]]
    """(cell, seed) without a file."""


def made_with(plan: Plan, cell: str, seed: int, budget: int) -> MadeWith:
    """What the plan makes a result with.

    Args:
        plan: the comparison.
        cell: which way to train.
        seed: of weights and samples.
        budget: training patches.
    """
    config = plan.config(cell, seed, budget)
    fingerprint = config.fingerprint(*SECTIONS)
    return MadeWith(fingerprint, data_fingerprint(plan), config.hardware.precision, plan.calibration_scenes)


def data_fingerprint(plan: Plan) -> str:
    """Digest of what the data set of a plan depends on."""
    return plan.dataset_config.fingerprint(*DEPENDS["dataset"])


def result_path(results: Path, plan: Plan, cell: str, seed: int, budget: int) -> Path:
    """Where the result of a cell lies."""
    return results / plan.name / f"p{budget}" / f"{cell}_s{seed}.json"


def is_of(path: Path, plan: Plan, cell: str, seed: int, budget: int) -> bool:
    """False for a result of other settings, which is made anew, and where there is none.

    Args:
        path: of the result's file.
        plan: the comparison.
        cell: which way to train.
        seed: of weights and samples.
        budget: training patches.
    """
    return _read_own(path, made_with(plan, cell, seed, budget)) is not None


def read_results(plan: Plan, results: Path, budget: int) -> Results:
    """The results of a budget, with what is missing and what was made with other settings.

    Args:
        plan: the comparison.
        results: folder of the results.
        budget: training patches.
    """
    there = Results({}, [], [])
    for cell in plan.cells:
        for seed in plan.seeds:
            path = result_path(results, plan, cell, seed, budget)
            result = _read_own(path, made_with(plan, cell, seed, budget))
            if result is not None:
                there.found[cell, seed] = result
            else:
                (there.others if path.is_file() else there.missing).append((cell, seed))
    return there


def _read_own(path: Path, made: MadeWith) -> dict[str, Any] | None:
    """The result in a file; None if there is none or it was made with something else."""
    try:
        result = {**UNSAID, **json.loads(path.read_text(encoding="utf-8"))}
        is_own = all(result[key] == value for key, value in asdict(made).items())
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return result if is_own else None
