"""Installed models: where they lie, which is the default, and how one is installed from a file. No QGIS in here."""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Dict, List, Optional, Tuple, Union

from ._engine import ENGINE_DIR, errors, model_card
from .environment import data_dir
from .translation import tr

log = logging.getLogger(__name__)

SIZE_LIMIT = 2 << 30
"""Bytes that an unpacked model file may have; more is taken for a decompression bomb."""
CARD_LIMIT = 16 << 20
SHIPPED = ("cscl_default",)
"""Names of the models that come with the plugin; all others are the user's own."""
NO_MODEL_HINT = "Run 'Install a model' with the file cscl_models-<version>.zip, or choose an ONNX file under 'Model'."


@dataclass(frozen=True)
class InstalledModel:
    """A model file with a card that can be read."""

    path: Path
    """The ONNX file."""
    card: model_card.ModelCard

    @property
    def title(self) -> str:
        """Name and version, for lists."""
        return f"{self.card.name} {self.card.version}"

    @property
    def is_shipped(self) -> bool:
        """True if it comes with the plugin."""
        return self.card.name in SHIPPED


@dataclass(frozen=True)
class DamagedModel:
    """A model file that cannot be used, and why."""

    path: Path
    reason: str
    """A sentence."""

    @property
    def title(self) -> str:
        """The file's name, for lists."""
        return self.path.name


def models_dir() -> Path:
    """The user's own folder of models; the place that models are installed into."""
    return data_dir() / "models"


def model_dirs() -> List[Path]:
    """Folders that are searched: those in CSCL_MODELS, the user's own, the checkout's."""
    return [*_named_dirs(), models_dir(), ENGINE_DIR / "resources" / "models"]


def _named_dirs() -> List[Path]:
    return [Path(entry) for entry in os.environ.get("CSCL_MODELS", "").split(os.pathsep) if entry]


def installed_models() -> List[InstalledModel]:
    """All models with a readable card, in the order in which they are offered.

    Those in folders that CSCL_MODELS names come first, by folder. Else the highest version comes first; of equal
    versions the user's own before those that come with the plugin, and of these the newest file first.

    A model whose card is missing or damaged is left out and logged; its checksum is checked by the engine.
    """
    found, damaged = look_at_models()
    for model in damaged:
        log.warning("%s is left out: %s", model.path, model.reason)
    return found


def look_at_models() -> Tuple[List[InstalledModel], List[DamagedModel]]:
    """The models as `installed_models` has them, and those that cannot be used, with the reason."""
    found: List[InstalledModel] = []
    damaged: List[DamagedModel] = []
    for folder in model_dirs():
        for path in sorted(folder.glob("*.onnx")):
            try:
                card = model_card.read_card(path)
            except errors.CsclError as error:
                damaged.append(DamagedModel(path, f"{error} {error.hint}".strip()))
            except OSError as error:
                damaged.append(DamagedModel(path, f"{error.filename or path}: {error.strerror or error}."))
            else:
                if card is None:
                    told = tr("{}: its model card {} does not lie beside it.")
                    damaged.append(DamagedModel(path, told.format(path.name, model_card.card_path(path).name)))
                else:
                    found.append(InstalledModel(path, card))
    return _in_order(found), damaged


def _in_order(found: List[InstalledModel]) -> List[InstalledModel]:
    """As `installed_models` has them; each sort keeps the order of the ones before among what is equal."""
    named = _named_dirs()
    found = sorted(found, key=lambda model: _changed_ns(model.path), reverse=True)
    found.sort(key=lambda model: model.is_shipped)
    found.sort(key=lambda model: _version_key(model.card.version), reverse=True)
    found.sort(key=lambda model: named.index(model.path.parent) if model.path.parent in named else len(named))
    return found


def _changed_ns(path: Path) -> int:
    """When a file was last changed; 0 if it is gone meanwhile."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def read_model(path: Path) -> InstalledModel:
    """A model by its file.

    Raises:
        InputError: if there is none, or no card lies beside it.
        CsclError: if the card cannot be read.
    """
    if not path.is_file():
        raise errors.InputError(tr("There is no model {}.").format(path))
    card = model_card.read_card(path)
    if card is None:
        raise errors.InputError(
            tr("{}: its model card {} does not lie beside it.").format(path.name, model_card.card_path(path).name),
            tr("Put both files into one folder."),
        )
    return InstalledModel(path, card)


def default_model() -> InstalledModel:
    """The model that is taken where none is named: the first of `installed_models`.

    Raises:
        ModelError: if none is installed.
    """
    models = installed_models()
    if not models:
        raise errors.ModelError(tr("No model is installed."), tr(NO_MODEL_HINT))
    return models[0]


def install(path: Path, folder: Optional[Path] = None) -> List[InstalledModel]:
    """Install the models of a zip file, or one ONNX file with its card beside it.

    Args:
        path: ``*.zip`` or ``*.onnx``.
        folder: where to; the user's own folder if None.

    Raises:
        InputError: if it is neither.
        DamagedFileError: if it holds anything else than models with cards that fit them; nothing is then installed.
    """
    if not path.is_file():
        raise errors.InputError(tr("There is no file {}.").format(path))
    if path.suffix.lower() == ".zip":
        return install_zip(path, folder)
    if path.suffix.lower() != ".onnx":
        raise errors.InputError(tr("{}: expected a .zip or an .onnx file.").format(path.name), tr(NO_MODEL_HINT))
    card = model_card.card_path(path)
    if not card.is_file():
        raise errors.InputError(
            tr("{}: its model card {} does not lie beside it.").format(path.name, card.name),
            tr("Put both files into one folder."),
        )
    folder = folder or models_dir()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".install-", dir=str(folder)) as work:
        for source in (path, card, *_checkpoint_beside(path)):
            shutil.copyfile(source, Path(work) / source.name)
        return _move_in(Path(work), folder, path.name)


def remove(model: Union[InstalledModel, DamagedModel]) -> None:
    """Remove a model, its card and its checkpoint; of a damaged one what bears its name."""
    beside = _checkpoint_beside(model.path) if isinstance(model, InstalledModel) else [model.path.with_suffix(".pt")]
    for path in (*beside, model.path, model_card.card_path(model.path)):
        path.unlink(missing_ok=True)


def _checkpoint_beside(path: Path) -> List[Path]:
    """The file with weights to train further from that the card of a model names, where it lies beside it."""
    card = model_card.read_card(path)
    checkpoint = path.with_name(card.checkpoint) if card is not None and card.checkpoint else None
    return [checkpoint] if checkpoint is not None and checkpoint.is_file() else []


def install_zip(path: Path, folder: Optional[Path] = None) -> List[InstalledModel]:
    """Install the models of a zip file: plain names ending in .onnx, .json or .pt, each model with a card that fits it.

    A .pt file holds weights to train further from; it is kept where the card of a model in the zip names it and its
    checksum fits. Nothing here opens it.

    Raises:
        DamagedFileError: otherwise; nothing is then installed.
    """
    folder = folder or models_dir()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix=".install-", dir=str(folder)) as work:
            for entry in archive.infolist():
                _check_entry(path.name, entry)
            for entry in archive.infolist():
                with archive.open(entry) as source, (Path(work) / entry.filename).open("xb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
            return _move_in(Path(work), folder, path.name)
    except (zipfile.BadZipFile, FileExistsError, EOFError, zlib.error, RuntimeError, NotImplementedError) as error:
        # the last two: zipfile's way to refuse what is encrypted, or packed in a way it does not know
        raise errors.DamagedFileError(
            tr("{}: not a readable zip file ({}).").format(path.name, error), tr("Fetch it again.")
        ) from error


def _check_entry(source: str, entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    plain = PurePosixPath(name).name == name and re.fullmatch(r"[A-Za-z0-9][\w.+-]*\.(onnx|json|pt)", name, re.ASCII)
    if not plain:
        raise errors.DamagedFileError(
            tr("{}: holds '{}'; expected only .onnx, .json and .pt files without folders.").format(source, name),
            tr("Fetch it again."),
        )
    if entry.file_size > (CARD_LIMIT if name.endswith(".json") else SIZE_LIMIT):
        raise errors.DamagedFileError(
            tr("{}: '{}' would unpack to {} bytes.").format(source, name, entry.file_size), tr("Fetch it again.")
        )


def _move_in(work: Path, folder: Path, source: str) -> List[InstalledModel]:
    """Check every model and card in `work`, then move them into `folder`."""
    cards: Dict[Path, model_card.ModelCard] = {}
    for path in sorted(work.glob("*.onnx")):
        card = model_card.read_card(path)
        if card is None:
            raise errors.DamagedFileError(
                tr("{}: {} comes without its card {}.json.").format(source, path.name, path.stem)
            )
        if card.sha256 != model_card.file_sha256(path):
            raise errors.DamagedFileError(
                tr("{}: {} is not the file that its card describes (sha256 differs).").format(source, path.name),
                tr("Fetch it again."),
            )
        if (work / card.checkpoint).is_file() and card.checkpoint_sha256 != model_card.file_sha256(
            work / card.checkpoint
        ):
            raise errors.DamagedFileError(
                tr("{}: {} is not the file that the card of {} describes (sha256 differs).").format(
                    source, card.checkpoint, path.name
                ),
                tr("Fetch it again."),
            )
        cards[path] = card
    if not cards:
        raise errors.DamagedFileError(tr("{}: holds no model.").format(source), tr(NO_MODEL_HINT))
    strays = {path.name for path in work.glob("*.json")} - {model_card.card_path(path).name for path in cards}
    strays |= {path.name for path in work.glob("*.pt")} - {card.checkpoint for card in cards.values()}
    if strays:
        raise errors.DamagedFileError(tr("{}: {} belongs to no model in it.").format(source, ", ".join(sorted(strays))))
    installed = []
    for path, card in cards.items():
        if card.checkpoint and (work / card.checkpoint).is_file():
            os.replace(work / card.checkpoint, folder / card.checkpoint)
        os.replace(path, folder / path.name)
        os.replace(model_card.card_path(path), model_card.card_path(folder / path.name))
        installed.append(InstalledModel(folder / path.name, card))
    return installed


def _version_key(version: str) -> Tuple[Tuple[int, ...], str]:
    return tuple(int(part) for part in re.findall(r"\d+", version)), version
