"""The stages of a run in order: what each depends on, what it leaves, which are done. Torch comes with the stage."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from backend.errors import InputError
from training.config import TrainConfig
from training.progress import QuietProgress

STAGES: tuple[str, ...] = ("dataset", "pretrain", "finetune", "evaluate", "export")
DEPENDS = {
    "dataset": ("seed", "dataset"),
    "pretrain": ("seed", "dataset", "fold", "network", "cscl", "augmentation", "pretrain"),
    "finetune": ("seed", "dataset", "fold", "network", "cscl", "augmentation", "pretrain", "finetune"),
    "evaluate": ("seed", "dataset", "fold", "network", "cscl", "augmentation", "pretrain", "finetune"),
    "export": ("seed", "dataset", "fold", "network", "cscl", "augmentation", "pretrain", "finetune", "card"),
}
"""Sections of the configuration that a stage's result depends on."""
OUTPUTS = {
    "dataset": {"dataset": "dataset.zarr", "dataset_report": "dataset.html", "dataset_summary": "dataset.json"},
    "pretrain": {"pretrained_weights": "pretrain/weights.pt"},
    "finetune": {"weights": "finetune/weights.pt"},
    "evaluate": {"evaluation": "evaluation.json", "evaluation_report": "evaluation.html"},
    "export": {"model": "model"},
}
"""What a stage leaves in the run's folder."""


def run_stages(
    config: TrainConfig,
    data: Path,
    out: Path,
    stages: Sequence[str],
    progress: QuietProgress | None = None,
    scheduler: str = "local",
) -> None:
    """Run stages in order; with several, those already done with the same configuration are skipped.

    Args:
        config: the run.
        data: folder that the sources' paths are relative to.
        out: the run's folder.
        stages: of STAGES.
        progress: is told of it; nobody if None.
        scheduler: where the blocks of a data set are built, as training.scheduler names it.

    Raises:
        CancelledError: where the progress says so; what is done is kept.
    """
    progress = progress or QuietProgress()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{out}: cannot be used as the output folder ({error.strerror}).", "Choose another folder with --out."
        ) from error
    if "evaluate" in stages and not (config.dataset.sources or config.dataset.simulations):
        # known before hours of training
        raise InputError(
            "The data set holds published sets of patches alone, which have no map of the whole to be evaluated.",
            "Add a source with a test, or run the stages dataset, pretrain and finetune one by one.",
        )
    work = _stage_functions(config, data, out, progress, scheduler)
    for name in stages:
        marker = out / f"{name}.done.json"
        fingerprint = config.fingerprint(*DEPENDS[name])
        if name == "pretrain" and config.pretrain is None:
            continue
        if len(stages) > 1 and _is_done(marker, fingerprint):
            progress.stage(name, "already done")
            continue
        for outdated in STAGES[STAGES.index(name) :]:
            (out / f"{outdated}.done.json").unlink(missing_ok=True)
        progress.stage(name, "started")
        started_at = time.monotonic()
        work[name]()
        seconds = time.monotonic() - started_at
        marker.write_text(json.dumps({"fingerprint": fingerprint, "seconds": round(seconds, 1)}), encoding="utf-8")
        progress.stage(name, f"done in {seconds:.0f} s")


def _is_done(marker: Path, fingerprint: str) -> bool:
    try:
        return bool(json.loads(marker.read_text(encoding="utf-8"))["fingerprint"] == fingerprint)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _stage_functions(
    config: TrainConfig, data: Path, out: Path, progress: QuietProgress, scheduler: str
) -> dict[str, Callable[[], None]]:
    """The stages by name. Torch is imported only by those that need it."""

    def dataset() -> None:
        _dataset_stage(config, data, out, progress, scheduler)

    def pretrain() -> None:
        _train_stage(config, out, "pretrain")

    def finetune() -> None:
        _train_stage(config, out, "finetune")

    def evaluate() -> None:
        from training.evaluate import evaluate_run

        evaluate_run(config, out)

    def export() -> None:
        from training.package_model import package_model

        package_model(config, out)

    return {"dataset": dataset, "pretrain": pretrain, "finetune": finetune, "evaluate": evaluate, "export": export}


def _dataset_stage(config: TrainConfig, data: Path, out: Path, progress: QuietProgress, scheduler: str) -> None:
    """Build the store, then say what is in it; a run that is broken off in between goes on with the store."""
    from training.dataset_report import write_dataset_report
    from training.dataset_summary import write_summary
    from training.make_dataset import make_dataset
    from training.store import Store

    names, built = OUTPUTS["dataset"], out / "dataset.built.json"
    fingerprint = config.fingerprint(*DEPENDS["dataset"])
    path = out / names["dataset"]
    if path.is_dir() and _is_done(built, fingerprint):
        for message in json.loads(built.read_text(encoding="utf-8")).get("warnings", []):
            progress.warning(message)
    else:
        built.unlink(missing_ok=True)
        make_dataset(config, data, out, progress, scheduler)
        built.write_text(json.dumps({"fingerprint": fingerprint, "warnings": progress.warnings}), encoding="utf-8")
    progress.progress(0, 1, "writing the report")
    store = Store(path)
    write_dataset_report(store, out / names["dataset_report"], progress.warnings, progress)
    write_summary(store, out / names["dataset_summary"], progress.warnings)
    progress.progress(1, 1, "report written")
    built.unlink()


def _train_stage(config: TrainConfig, out: Path, name: str) -> None:
    from training.crop_network import new_model
    from training.stage_runner import run_stage
    from training.store import Store
    from training.weights import load_weights

    store = Store(out / "dataset.zarr", config.fold)
    if store.attributes["fingerprint"] != config.fingerprint(*DEPENDS["dataset"]):
        raise InputError(
            f"{store.path}: the data set was made with another configuration.", "Run the stage dataset again."
        )
    model = new_model(config, store)
    if name == "finetune" and config.pretrain is not None:
        load_weights(model, out / "pretrain" / "weights.pt")
    folder = out / name
    stamp, fingerprint = folder / "fingerprint.txt", config.fingerprint(*DEPENDS[name])
    if stamp.is_file() and stamp.read_text(encoding="utf-8") != fingerprint:
        shutil.rmtree(folder)  # a checkpoint of another configuration is not gone on with
    folder.mkdir(exist_ok=True)
    stamp.write_text(fingerprint, encoding="utf-8")
    run_stage(config, store, model, "pretrain" if name == "pretrain" else "finetune", folder)
