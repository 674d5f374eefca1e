"""The stages of a run in order: what each depends on, what it leaves, which are done. Torch comes with the stage."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from backend.errors import InputError
from training.config import TrainConfig
from training.progress import QuietProgress, check_cancelled
from training.ranks import is_lead
from training.run_folder import data_set_path, make_folder

if TYPE_CHECKING:
    from training.store import Store

STAGES: tuple[str, ...] = ("dataset", "pretrain", "finetune", "evaluate", "export")
TRAINING = ("seed", "training_seed", "dataset", "fold", "network", "cscl", "augmentation", "pretrain")
DEPENDS = {
    "dataset": ("seed", "dataset"),
    "pretrain": TRAINING,
    "finetune": (*TRAINING, "finetune"),
    "evaluate": (*TRAINING, "finetune", "evaluate"),
    "export": (*TRAINING, "finetune", "evaluate", "card", "export"),
}
"""Sections of the configuration that a stage's result depends on."""
OUTPUTS = {
    "dataset": {"dataset": "dataset.zarr", "dataset_report": "dataset.html", "dataset_summary": "dataset.json"},
    "pretrain": {"pretrained_weights": "pretrain/weights.pt", "pretrained_checkpoint": "pretrain/last.pt"},
    "finetune": {
        "weights": "finetune/weights.pt",
        "last_checkpoint": "finetune/last.pt",
        "best_checkpoint": "finetune/best.pt",
    },
    "evaluate": {"evaluation": "metrics.json", "evaluation_report": "evaluation.html"},
    "export": {"model": "model"},
}
"""What a stage leaves in the run's folder."""
TRAINED: tuple[Literal["pretrain", "finetune"], ...] = ("pretrain", "finetune")
"""Stages that several processes train together; the first of them alone does the others."""
STAMP = "fingerprint.txt"
"""In a stage's folder: what its weights were trained with."""
WAIT_S = 0.5
"""How often a process looks whether the first one has built the data set."""


def run_stages(
    config: TrainConfig,
    data: Path,
    out: Path,
    stages: Sequence[str],
    progress: QuietProgress | None = None,
    scheduler: str = "local",
    start: Path | None = None,
    again: bool | None = None,
) -> None:
    """Run stages in order; with several, those already done with the same configuration are skipped.

    Of several processes that train together each calls this: the first does all of it, the others train with it.

    Args:
        config: the run.
        data: folder that the sources' paths are relative to.
        out: the run's folder.
        stages: of STAGES.
        progress: is told of it; nobody if None.
        scheduler: where the blocks of a data set are built, as backend.scheduler names it.
        start: a checkpoint that the first stage of training starts from (training.checkpoint).
        again: whether what is done is done again; if None, a single stage is.

    Raises:
        InputError: if something that a stage needs is not there, or does not fit.
        CancelledError: where the progress says so; what is done is kept.
    """
    progress = progress or QuietProgress()
    make_folder(out)
    if start is not None and not start.is_file():
        raise InputError(f"There is no file {start}.", "Give the checkpoint of a model with --from.")
    to_train = [name for name in TRAINED if name in stages and (name != "pretrain" or config.pretrain is not None)]
    if start is not None:
        _check_place(start, [out / name for name in to_train])
    if not all(is_done(out / f"{name}.done.json", stage_fingerprint(config, name, start)) for name in to_train):
        check_training(config, data, out, start)
    again = len(stages) == 1 if again is None else again
    work = _stage_functions(config, data, out, progress, scheduler, start, again)
    for name in stages:
        marker = out / f"{name}.done.json"
        fingerprint = stage_fingerprint(config, name, start)
        if name == "pretrain" and config.pretrain is None:
            continue
        if not is_lead() and name not in TRAINED:
            if name == "dataset":
                _wait_for(marker, fingerprint, progress)
            continue
        if not again and is_done(marker, fingerprint):
            progress.stage(name, "already done")
            continue
        if not is_lead():
            work[name]()
            continue
        for outdated in STAGES[STAGES.index(name) :]:
            (out / f"{outdated}.done.json").unlink(missing_ok=True)
        progress.stage(name, "started")
        started_at = time.monotonic()
        work[name]()
        seconds = time.monotonic() - started_at
        marker.write_text(json.dumps({"fingerprint": fingerprint, "seconds": round(seconds, 1)}), encoding="utf-8")
        progress.stage(name, f"done in {seconds:.0f} s")


def stage_fingerprint(config: TrainConfig, name: str, start: Path | None = None) -> str:
    """Digest of all that a stage's result depends on: sections of the configuration, and how it is trained."""
    fingerprint = config.fingerprint(*DEPENDS[name])
    if name == "dataset":
        return fingerprint
    hardware = config.hardware
    parts = [fingerprint]
    # other samples in a step, or roundings; auto stays the word, so that what is trained is not lost on another machine
    if (hardware.devices, hardware.nodes, hardware.precision) != (1, 1, "32"):
        parts.append(f"{hardware.devices}x{hardware.nodes}-{hardware.precision}")
    if start is not None:
        parts.append(hashlib.sha256(start.read_bytes()).hexdigest()[:16])
    return "-".join(parts)


def is_done(marker: Path, fingerprint: str) -> bool:
    """True if a stage left this mark: done, with the same of all that it depends on."""
    try:
        return bool(json.loads(marker.read_text(encoding="utf-8"))["fingerprint"] == fingerprint)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _check_place(start: Path, folders: Sequence[Path]) -> None:
    """Refuse a checkpoint in the folder of a stage that is to be trained: what is in there goes first."""
    for folder in folders:
        if start.resolve().is_relative_to(folder.resolve()):
            raise InputError(
                f"{start}: lies in the folder of the stage {folder.name}, which is emptied before it is trained again.",
                "Copy the checkpoint to another place, or give another output folder with --out.",
            )


def check_training(config: TrainConfig, data: Path, out: Path, start: Path | None) -> None:
    """Refuse what cannot be trained before hours are spent on a data set for it.

    Args:
        config: the run.
        data: folder that a legend of one's own is in, where the data set is not built yet.
        out: the run's folder.
        start: a checkpoint to start from.

    Raises:
        CsclError: if the network cannot be made, the hardware is not there or the checkpoint does not fit.
    """
    from training.checkpoint import check_start
    from training.crop_network import fresh_network
    from training.hardware import find_hardware

    find_hardware(config.hardware)
    fresh_network(config, len(config.dataset.bands), 2)
    if start is not None:
        check_start(start, config, _class_names(config, data, out))


def _class_names(config: TrainConfig, data: Path, out: Path) -> list[str]:
    """The classes of a run's data set; those that it will have, where it is not built yet."""
    from training.classes import find_legend
    from training.store import Store

    path = data_set_path(out)
    if path.exists():
        attributes = Store(path).attributes
        if attributes["fingerprint"] == config.fingerprint(*DEPENDS["dataset"]):
            return [str(entry["name"]) for entry in attributes["legend"]]
    return [entry.name for entry in find_legend(config.dataset.legend, data).classes]


def check_data_set(store: Store, config: TrainConfig) -> None:
    """Refuse a data set that a configuration does not describe.

    Raises:
        InputError: if it was made with another one.
    """
    if store.attributes["fingerprint"] != config.fingerprint(*DEPENDS["dataset"]):
        raise InputError(
            f"{store.path}: the data set was made with another configuration.", "Run the stage dataset again."
        )


def is_of_stage(folder: Path, config: TrainConfig, name: str) -> bool:
    """True if a stage's folder holds what this configuration trains, on whatever hardware and from whatever start."""
    stamp = folder / STAMP
    if not stamp.is_file():
        return False
    return stamp.read_text(encoding="utf-8").split("-")[0] == config.fingerprint(*DEPENDS[name])


def _says(stamp: Path, fingerprint: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint


def _wait_for(marker: Path, fingerprint: str, progress: QuietProgress) -> None:
    """Wait until the first process has built the data set."""
    while not is_done(marker, fingerprint):
        check_cancelled(progress)
        time.sleep(WAIT_S)


def _stage_functions(
    config: TrainConfig,
    data: Path,
    out: Path,
    progress: QuietProgress,
    scheduler: str,
    start: Path | None,
    again: bool,
) -> dict[str, Callable[[], None]]:
    """The stages by name. Torch is imported only by those that need it."""

    def dataset() -> None:
        _dataset_stage(config, data, out, progress, scheduler)

    def pretrain() -> None:
        _train_stage(config, out, "pretrain", progress, start, again)

    def finetune() -> None:
        _train_stage(config, out, "finetune", progress, start, again)

    def evaluate() -> None:
        from training.evaluate import evaluate_run

        evaluate_run(config, out, progress)

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
    if path.is_dir() and is_done(built, fingerprint):
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


def _train_stage(
    config: TrainConfig,
    out: Path,
    name: Literal["pretrain", "finetune"],
    progress: QuietProgress,
    start: Path | None,
    again: bool,
) -> None:
    """Train a stage from what comes before it: the stage before, a checkpoint, or nothing."""
    from training.checkpoint import read_checkpoint, start_from
    from training.crop_network import new_model
    from training.provenance import note_origin, read_origin
    from training.stage_checks import check_stages
    from training.stage_runner import run_stage
    from training.store import Store
    from training.weights import load_weights

    store = Store(data_set_path(out), config.fold)
    check_data_set(store, config)
    check_stages(config, store, TRAINED[TRAINED.index(name) :], progress)  # what comes after, too: not hours later
    folder = out / name
    stamp, fingerprint = folder / STAMP, stage_fingerprint(config, name, start)
    is_same = _says(stamp, fingerprint)
    if is_same and not again and (folder / "weights.pt").is_file() and not (folder / "checkpoints").exists():
        return  # done, and killed before it was marked as that
    model, origin = new_model(config, store), None
    pretrained = out / "pretrain" / "weights.pt"
    # a file that is named for this very stage goes before what pre-training left
    if start is not None and (name == "pretrain" or config.pretrain is None or again):
        legend = [str(entry["name"]) for entry in store.attributes["legend"]]
        checkpoint = read_checkpoint(start)
        origin = checkpoint.origin
        new = start_from(model, checkpoint, legend, store.bands, store.attributes["level"])
        if new:
            progress.warning(f"{start.name} does not know {', '.join(new)}: these classes start from scratch.")
    elif name == "finetune" and config.pretrain is not None:
        load_weights(model, pretrained)
        origin = read_origin(pretrained.parent)
    if is_lead():
        if stamp.is_file() and not is_same:
            shutil.rmtree(folder)  # a checkpoint of another configuration is not gone on with
        folder.mkdir(exist_ok=True)
        note_origin(folder, origin)
        stamp.write_text(fingerprint, encoding="utf-8")
    while not _says(stamp, fingerprint):  # until then the first process may remove what is there
        check_cancelled(progress)
        time.sleep(WAIT_S)
    run_stage(config, store, model, name, folder, progress, origin)
