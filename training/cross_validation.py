"""One model per fold of spatial blocks: all trained, each scored on the fold it never saw, and one map of all folds.

What each fold leaves lies in OUT/fold_<i>, the maps in OUT/folds/<source>, the figures in OUT/folds.json and
OUT/folds.html. What is done is not done again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

from backend.errors import RequestError
from training.config import TrainConfig
from training.progress import QuietProgress
from training.ranks import is_lead
from training.run_folder import data_set_path, fold_path
from training.stages import OUTPUTS, check_training, is_done, run_stages, stage_fingerprint

log = logging.getLogger(__name__)

STAGES = ("pretrain", "finetune", "evaluate")
"""Of each fold; there is no one model to be exported."""
FIGURES, PAGE, MAPS, MARKER = "folds.json", "folds.html", "folds", "folds.done.json"


def run_folds(
    config: TrainConfig,
    data: Path,
    out: Path,
    folds: int,
    progress: QuietProgress,
    scheduler: str = "local",
    start: Path | None = None,
) -> dict[str, Path]:
    """Build the data set with folds, train and score a model for each, then map and sum up.

    Args:
        config: the run; its scheme of splits becomes folds.
        data: folder that the sources' paths are relative to.
        out: the run's folder.
        folds: k.
        progress: is told of it, and asked whether to stop.
        scheduler: where the blocks of the data set are built.
        start: a checkpoint that each model starts from.

    Returns:
        The files that sum up, by name.

    Raises:
        RequestError: if the configuration splits in another way, or there cannot be so many folds.
        CancelledError: where the progress says so; what is done is kept.
    """
    config = with_folds(config, folds)
    runs = [config.model_copy(update={"fold": fold}) for fold in range(1, folds + 1)]
    check_training(config, data, out, start)
    run_stages(config, data, out, ("dataset",), progress, scheduler, again=False)
    for run in runs:
        fold = int(run.fold or 0)
        progress.stage(f"fold {fold} of {folds}", "started")
        run_stages(run, data, fold_path(out, fold), STAGES, progress, scheduler, start)
    written = {"folds": out / FIGURES, "folds_report": out / PAGE, "fold_maps": out / MAPS}
    if not is_lead():
        return written
    prints = [stage_fingerprint(run, "evaluate", start) for run in runs]
    fingerprint = hashlib.sha256("".join(prints).encode()).hexdigest()[:16]
    marker = out / MARKER
    if is_done(marker, fingerprint) and all(path.exists() for path in written.values()):
        progress.stage("folds", "already done")
        return written
    from training.fold_maps import write_fold_maps
    from training.fold_report import sum_up, write_page
    from training.store import Store

    progress.stage("folds", "started")
    marker.unlink(missing_ok=True)
    maps = write_fold_maps(runs, out, out / MAPS, progress)
    metrics = [fold_path(out, int(run.fold or 0)) / OUTPUTS["evaluate"]["evaluation"] for run in runs]
    files = {name: one.files for name, one in maps.items()}
    scores = {name: one.figures for name, one in maps.items()}
    figures = sum_up([json.loads(path.read_text(encoding="utf-8")) for path in metrics], out, files, scores)
    partial = (out / FIGURES).with_suffix(".part")
    partial.write_text(json.dumps(figures, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    partial.replace(out / FIGURES)
    write_page(out / PAGE, figures, Store(data_set_path(out)).attributes["legend"])
    marker.write_text(json.dumps({"fingerprint": fingerprint}), encoding="utf-8")
    progress.stage("folds", "done")
    return written


def with_folds(config: TrainConfig, folds: int) -> TrainConfig:
    """The same run with k folds as its splits.

    Raises:
        RequestError: if the configuration says another scheme than blocks or folds, one fold alone, no training, or
            there cannot be so many folds.
    """
    splits = config.dataset.splits
    if splits.scheme not in ("blocks", "folds"):
        raise RequestError(
            f"--folds needs spatial folds, but dataset.splits.scheme is {splits.scheme}.",
            "Remove dataset.splits.scheme from the configuration, or run it without --folds.",
        )
    if config.fold is not None:
        raise RequestError(
            f"--folds trains a model for every fold, but the configuration asks for fold {config.fold} alone.",
            "Remove fold from the configuration, or run it without --folds.",
        )
    if config.finetune is None:
        raise RequestError("The configuration has no section 'finetune'.", "Add it, with the number of steps.")
    values = config.model_dump(mode="json")
    values["dataset"]["splits"] = {**values["dataset"]["splits"], "scheme": "folds", "folds": folds}
    try:
        return TrainConfig.model_validate(values)
    except ValueError as error:
        raise RequestError(f"There cannot be {folds} folds: {_reason(error)}.", "Give another number.") from error


def _reason(error: ValueError) -> str:
    """What pydantic says of the first fault."""
    errors = getattr(error, "errors", None)
    said = str(errors()[0]["msg"]) if errors is not None else str(error)
    return said.removeprefix("Value error, ").rstrip(".").lower()
