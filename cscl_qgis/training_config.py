"""How a model is trained on a data set that is built: the configuration for training/train.py. No QGIS in here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ._engine import model_card
from .dataset_config import FILE_NAME as DATASET_FILE
from .dataset_config import as_text, write_configuration
from .models import InstalledModel
from .translation import tr

FILE_NAME = "train.yaml"
NAME = re.compile(r"[A-Za-z0-9_-]+")
BATCH = 8
MOST_CROP = 40
"""Side of the part of a sample that training sees at a time, 10 m pixels; larger ones cost more than they teach."""
DATES = 12
EDGE_SHARE = 0.1
"""Of the samples, in which the images end: else a map has a wrong rim there."""
STEP_S = 0.8
"""A step of 8 samples of 40 pixels and 12 dates at magnification 4, seconds of one core: 0.4 s on two (Languedoc)."""


EVALUATE_S, EXPORT_S = 60.0, 40.0
"""What evaluation and export take, about: some tens of seconds for a small test part, minutes for a large one."""


@dataclass(frozen=True)
class Effort:
    """How long is trained."""

    name: str
    steps: int
    pretrain_steps: int
    """Without labels of crops, by CSCL; only where nothing is started from."""


EFFORTS = (Effort("quick", 200, 50), Effort("normal", 1200, 200), Effort("thorough", 4000, 400))


@dataclass(frozen=True)
class TrainingSettings:
    """What is trained, and how long. All paths are absolute."""

    dataset: Path
    """Folder of a data set that is built."""
    name: str
    """Of the model; also of its folder."""
    start: Optional[InstalledModel] = None
    """Starts from this model's weights; None from nothing, with CSCL first."""
    magnification: int = 4
    """Of a model that starts from nothing."""
    steps: int = EFFORTS[1].steps
    pretrain_steps: int = EFFORTS[1].pretrain_steps
    learning_rate: float = 0.0
    """0: what suits the start."""
    threads: int = 0
    """0: all cores."""
    accelerator: str = "auto"
    seed: int = 1
    """Of weights and samples; the splits are the data set's."""
    description: str = ""
    attribution: str = ""

    @property
    def out(self) -> Path:
        """Folder of the run, inside that of the data set."""
        return self.dataset / self.name

    @property
    def config(self) -> Path:
        """The configuration that is written."""
        return self.out / FILE_NAME

    @property
    def checkpoint(self) -> Optional[Path]:
        """The weights that training starts from."""
        return checkpoint_of(self.start) if self.start is not None else None

    def seconds(self, cores: int) -> float:
        """About how long training takes, without the evaluation: an estimate that no processor keeps to."""
        return sum(seconds for _, seconds in self.expected(cores)[:-2])

    def expected(self, cores: int) -> List[Tuple[str, float]]:
        """The stages of train.py in order, and about how many seconds each takes; the last two do not train."""
        second = STEP_S / max(1, min(cores, self.threads or cores))
        before = [("pretrain", self.pretrain_steps * second)] if self.start is None and self.pretrain_steps else []
        return [*before, ("finetune", self.steps * second), ("evaluate", EVALUATE_S), ("export", EXPORT_S)]


def told_errors() -> Dict[str, Tuple[str, str]]:
    """Errors of the engine that speak of its configuration, in the words of the forms: sentence and hint."""
    return {
        "DeviceError": (
            tr("Training cannot use a graphics card on this computer."),
            tr("Choose the device cpu, or auto, which takes a graphics card only where PyTorch finds one."),
        )
    }


def checkpoint_of(model: InstalledModel) -> Optional[Path]:
    """The file with weights to train further from that travels with a model, where it is there."""
    path = model.path.with_name(model.card.checkpoint) if model.card.checkpoint else None
    return path if path is not None and path.is_file() else None


def trainable(models: List[InstalledModel]) -> List[InstalledModel]:
    """The models that training can start from."""
    return [model for model in models if checkpoint_of(model) is not None and _trained_as(model.card)]


def first_start(models: List[InstalledModel]) -> Optional[InstalledModel]:
    """The model that training starts from where nobody says; None where there is none.

    One that comes with the plugin, if it is there: one's own may have seen the very parcels that are tested on.

    Args:
        models: as `trainable` gives them.
    """
    return next((model for model in models if model.is_shipped), models[0] if models else None)


def read_dataset(folder: Path) -> Dict[str, Any]:
    """The configuration of a data set that is built.

    Raises:
        ValueError: if there is none, or it was not built to its end; one sentence.
    """
    path = folder / DATASET_FILE
    if not path.is_file():
        raise ValueError(
            tr("{} holds no data set of 'Build a training data set': it has no {}.").format(folder, DATASET_FILE)
        )
    if not (folder / "dataset.zarr" / "zarr.json").is_file() or not (folder / "dataset.done.json").is_file():
        raise ValueError(
            tr("The data set in {} was not built to its end: run 'Build a training data set' again.").format(folder)
        )
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            tr("{} cannot be read as it was written ({}): build the data set again.").format(path, error)
        ) from error
    if not isinstance(values, dict) or not isinstance(values.get("dataset"), dict):
        raise ValueError(tr("{} is not the configuration of a data set: build the data set again.").format(path))
    dataset = values["dataset"]
    kinds = {"magnifications": list, "bands": list, "chip": int}
    if any(not isinstance(dataset.get(name, kind()), kind) for name, kind in kinds.items()):
        raise ValueError(tr("{} is not as it was written: build the data set again.").format(path))
    return values


def check_name(name: str) -> None:
    """Refuse a name that is none for a file.

    Raises:
        ValueError: if it is empty or has other letters; one sentence.
    """
    if not NAME.fullmatch(name):
        raise ValueError(tr("The model's name may hold letters, digits, _ and - only, not '{}'.").format(name))


def check(settings: TrainingSettings, values: Optional[Mapping[str, Any]] = None) -> None:
    """Refuse what cannot be trained.

    Args:
        settings: of the run.
        values: the configuration of a data set that is yet to be built; if None, it lies in its folder.

    Raises:
        ValueError: one sentence about the first thing that does not fit.
    """
    check_name(settings.name)
    dataset = (read_dataset(settings.dataset) if values is None else values)["dataset"]
    if dataset.get("sampling") == "unlabelled":
        raise ValueError(
            tr("The data set in {} has no labels: build one with declared parcels.").format(settings.dataset)
        )
    scales = [int(scale) for scale in dataset.get("magnifications", [1, 4])]
    wanted = settings.start.card.magnification if settings.start is not None else settings.magnification
    if wanted not in scales:
        told = ", ".join(map(str, scales))
        raise ValueError(
            tr(
                "The model's grid is {} times finer than the images, the data set has labels on {} times finer ones: "
                "build it with the label grid {}."
            ).format(wanted, told, wanted)
        )
    is_trained = (settings.out / "finetune.done.json").is_file()  # a run that never got so far may be put right
    if is_trained and settings.config.read_text(encoding="utf-8") != as_text(configuration(settings, values)):
        raise ValueError(
            tr(
                "{} holds a model of this name that was trained with other settings: choose another name, or remove "
                "that folder."
            ).format(settings.out)
        )
    if settings.start is not None:
        card = settings.start.card
        if settings.checkpoint is None:
            raise ValueError(
                tr("Beside {} lie no weights to train further from (a .pt file).").format(settings.start.path)
            )
        bands = [str(band) for band in dataset.get("bands", [])] or list(card.bands)
        if bands != list(card.bands):
            raise ValueError(
                tr("The model {} sees the bands {}, the data set has {}.").format(
                    card.name, ", ".join(card.bands), ", ".join(bands)
                )
            )
        level = str(dataset.get("level", card.level))
        if level != card.level:
            raise ValueError(
                tr("The model {} was trained on {} images, the data set is of {}.").format(card.name, card.level, level)
            )


def check_installed(settings: TrainingSettings, folder: Path) -> None:
    """Refuse to replace an installed model that another run made.

    Args:
        settings: of the run.
        folder: of the user's models.

    Raises:
        ValueError: if there is one of this name.
    """
    there, own = folder / f"{settings.name}.onnx", model_path(settings)
    if there.is_file() and not (own.is_file() and model_card.file_sha256(own) == model_card.file_sha256(there)):
        raise ValueError(
            tr("Another model '{}' is installed already: choose another name, or remove it.").format(settings.name)
        )


def configuration(settings: TrainingSettings, dataset: Optional[Mapping[str, Any]] = None) -> Dict[str, Any]:
    """The whole configuration: that of the data set, and how it is trained on.

    Args:
        settings: of the run.
        dataset: the configuration of a data set that is yet to be built; if None, it lies in its folder.

    Raises:
        ValueError: if there is no such data set.
    """
    values = read_dataset(settings.dataset) if dataset is None else dict(dataset)
    crop = min(MOST_CROP, int(values["dataset"].get("chip", MOST_CROP)))
    validate_every = max(1, settings.steps // 5)
    finetune: Dict[str, Any] = {
        "steps": settings.steps,
        "batch": BATCH,
        "learning_rate": settings.learning_rate or (0.0005 if settings.start is not None else 0.0015),
        "loss": {"boundary_weight": 4},
        "cscl_weight": 0.5,
        "validate_every": validate_every,
    }
    values["training_seed"] = settings.seed
    values["augmentation"] = {"crop": crop, "dates": DATES, "edge_share": EDGE_SHARE}
    values["hardware"] = {"accelerator": settings.accelerator, "precision": "auto"}
    values["finetune"] = finetune
    if settings.start is not None:
        values.update(_trained_as(settings.start.card))
    else:
        values["network"] = {"magnification": settings.magnification}
        values["cscl"] = {"target": "parcel"}  # so that boundaries close on real images
        if settings.pretrain_steps:
            values["pretrain"] = {
                "steps": settings.pretrain_steps,
                "batch": BATCH,
                "learning_rate": 0.002,
                "validate_every": settings.pretrain_steps,
            }
    if settings.threads:
        values["threads"] = settings.threads
    card = {"name": settings.name, "description": settings.description, "attribution": settings.attribution}
    values["card"] = {key: value for key, value in card.items() if value}
    return values


def write(settings: TrainingSettings) -> Path:
    """Write the configuration into the run's folder; returns its path.

    Raises:
        ValueError: if there is no such data set.
        OSError: if it cannot be written.
    """
    values = configuration(settings)
    settings.out.mkdir(parents=True, exist_ok=True)
    write_configuration(values, settings.config)
    return settings.config


def arguments(settings: TrainingSettings) -> List[str]:
    """What training/train.py is given."""
    given = ["train", "--config", str(settings.config), "--data", str(settings.dataset), "--out", str(settings.out)]
    return [*given, "--from", str(settings.checkpoint)] if settings.checkpoint is not None else given


def model_path(settings: TrainingSettings) -> Path:
    """The ONNX file that training leaves."""
    return settings.out / "model" / f"{settings.name}.onnx"


def figures(card: model_card.ModelCard) -> Dict[str, Any]:
    """Accuracy on parcels not trained on, from the card: summary, overall_accuracy, macro_f1, miou of the first set."""
    for entry in card.accuracy.values():
        if isinstance(entry, Mapping) and "summary" in entry:
            return dict(entry)
    return {}


def _trained_as(card: model_card.ModelCard) -> Dict[str, Any]:
    """Sections of the configuration that a model's weights belong to; empty where its card does not say."""
    kept = card.training.get("configuration", {})
    if not isinstance(kept, Mapping) or not isinstance(kept.get("network"), Mapping):
        return {}
    sections: Dict[str, Any] = {"network": dict(kept["network"])}
    if isinstance(kept.get("cscl"), Mapping):
        sections["cscl"] = dict(kept["cscl"])
    return sections
