"""A model from images and declared parcels, as one run: the data set is built, the model trained and installed.

Made on the main thread and cheap; what takes time is done by the works, on the task's thread.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from . import models, runner, training_config
from ._engine import errors
from .dataset_config import FILE_NAME, DatasetSettings, as_text, write_configuration
from .layer_files import COPIES, LayerFile
from .training_config import TrainingSettings, told_errors
from .training_python import how_to_make_one
from .translation import tr
from .worker_task import TaskMaker

Tell = Callable[[Dict[str, Any]], None]
INSTALL_S = 1.0


@dataclass(frozen=True)
class TrainingRun:
    """What is built and trained. A run that was broken off goes on when the same works are done again."""

    training: TrainingSettings
    dataset: Optional[DatasetSettings] = None
    """Of the data set that is built; None for one that is built already."""
    parcels: Optional[LayerFile] = None
    """Its parcels; where they have to be written, into the data set's folder."""

    def check(self) -> None:
        """Refuse what can be told to fail, before anything is read.

        Raises:
            ValueError: one sentence.
        """
        training_config.check_name(self.training.name)
        training_config.check_installed(self.training, models.models_dir())
        if self.dataset is None:
            training_config.check(self.training)

    @property
    def replaces(self) -> bool:
        """True if there is a data set in the folder that is to be filled."""
        return self.dataset is not None and (self.training.dataset / "dataset.zarr").exists()

    @property
    def installed(self) -> Path:
        """Where the model is, once it is installed."""
        return models.models_dir() / f"{self.training.name}.onnx"

    def expected(self, cores: int, km2: float, dates: int) -> List[Tuple[str, float]]:
        """The stages in order, and about how many seconds each takes.

        Args:
            cores: of the processor.
            km2: ground that the images show, 0 where it is not known.
            dates: that are used, 0 likewise.
        """
        build = [] if self.dataset is None else [("dataset", self.dataset.seconds(km2, dates, cores))]
        return [*build, *self.training.expected(cores), ("install", INSTALL_S)]

    def works(self, tell: Tell) -> List[TaskMaker]:
        """What a WorkerTask does in order.

        Args:
            tell: takes the events of what is done without a worker.
        """
        return [
            *([] if self.dataset is None else [lambda is_cancelled: self._build(tell, is_cancelled)]),
            lambda is_cancelled: self._train(),
            lambda is_cancelled: self._install(tell),
        ]

    def _build(self, tell: Tell, is_cancelled: Callable[[], bool]) -> Optional[runner.Task]:
        out = self.training.dataset
        settings = self._written(out, is_cancelled)
        values = settings.to_dict()
        training_config.check(self.training, values)
        if self._is_built(values):
            _stage(tell, "dataset", "already done")
            return None
        try:
            out.mkdir(parents=True, exist_ok=True)
            write_configuration(values, out / FILE_NAME)
        except OSError as error:
            raise _unwritable(out, error) from error
        return _task(["dataset", "--config", str(out / FILE_NAME), "--data", str(settings.data), "--out", str(out)])

    def _written(self, out: Path, is_cancelled: Callable[[], bool]) -> DatasetSettings:
        """The settings with the parcels' file, which is written if need be."""
        settings = self.dataset
        if settings is None or self.parcels is None:
            raise ValueError(tr("No parcels are given."))
        is_row = self.parcels.row_field and settings.id_field == self.parcels.row_field
        return replace(
            settings,
            parcels=self.parcels.write(out / COPIES, is_cancelled),
            id_field=None if is_row else settings.id_field,
        )

    def _is_built(self, values: Mapping[str, Any]) -> bool:
        """True if the folder holds a whole data set of these settings."""
        try:
            training_config.read_dataset(self.training.dataset)
            return (self.training.dataset / FILE_NAME).read_text(encoding="utf-8") == as_text(dict(values))
        except (ValueError, OSError):
            return False

    def _train(self) -> runner.Task:
        training_config.check(self.training)
        try:
            training_config.write(self.training)
        except OSError as error:
            raise _unwritable(self.training.out, error) from error
        return _task(training_config.arguments(self.training))

    def _install(self, tell: Tell) -> None:
        _stage(tell, "install", "started")
        training_config.check_installed(self.training, models.models_dir())
        try:
            models.install(training_config.model_path(self.training))
        except errors.CsclError as error:
            raise ValueError(f"{error} {error.hint}".strip()) from error
        except OSError as error:
            raise _unwritable(models.models_dir(), error) from error
        _stage(tell, "install", "done")


def _task(arguments: List[str]) -> runner.Task:
    return runner.training_task(arguments, how_to_make_one(), told_errors())


def _stage(tell: Tell, name: str, state: str) -> None:
    tell({"event": "stage", "stage": name, "message": f"{name}: {state}"})


def _unwritable(place: Path, error: OSError) -> ValueError:
    return ValueError(tr("{} cannot be written: {}").format(error.filename or place, error.strerror or error))
