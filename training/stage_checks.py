"""What a data set must have for the stages that are trained on it, and what is said of it before the first step."""

from __future__ import annotations

from collections.abc import Sequence

from backend.errors import InputError
from training.calibration_sources import calibration_sources
from training.config import TrainConfig
from training.mosaic import open_sources
from training.progress import QuietProgress
from training.store import Store


def check_stages(config: TrainConfig, store: Store, stages: Sequence[str], progress: QuietProgress) -> None:
    """Refuse stages that cannot be trained on a data set, and name the classes that it cannot teach.

    Args:
        config: the run.
        store: its data set.
        stages: pretrain, finetune; those that the configuration has not are left out.
        progress: is warned, once.

    Raises:
        InputError: if a stage goes by a validation split, and there is none, or if what the run is to be calibrated on
            has no calibration split.
    """
    calibration_sources(config, open_sources(store) if config.evaluate.calibrate_on else ())
    settings = {name: getattr(config, name) for name in stages if getattr(config, name) is not None}
    for name, stage in settings.items():
        if (stage.early_stopping or stage.keep == "best") and not (store.labelled_pixels("validation") > 0).any():
            raise InputError(
                f"{name}.early_stopping and keep: best go by a validation split, and the data set has none.",
                "Give a source a share or a split of validation, or keep the last weights.",
            )
    if "finetune" in settings:
        counts = store.class_pixels
        empty = [str(entry["name"]) for entry in store.attributes["legend"] if not counts[int(entry["code"])]]
        told = f"The training split has no pixel of {', '.join(empty)}: no such class is learned."
        if empty:
            progress.warning(told)
