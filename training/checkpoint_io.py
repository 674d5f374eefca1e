"""Lightning's checkpoints on disk: written whole or not at all, read without running anything that is in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO

from backend.errors import DamagedFileError, InputError
from training.crop_network import CropNetwork


class WholeCheckpoints(TorchCheckpointIO):
    """A process that is killed while it writes leaves the checkpoint before. (Lightning's own way goes through the
    folder for temporary files, and a move from there to another disk is a copy that can be broken off.)"""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Write a checkpoint."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".part")
        with partial.open("wb") as stream:
            torch.save(checkpoint, stream)
            stream.flush()
            os.fsync(stream.fileno())  # or after a power cut there is a name with nothing behind it
        partial.replace(target)

    def load_checkpoint(
        self,
        path: Any,
        map_location: Callable[..., Any] | None = lambda storage, location: storage,
        weights_only: bool | None = True,
    ) -> dict[str, Any]:
        """Read a checkpoint; always with weights_only, whatever is asked for."""
        return read_tensors(Path(path), "a checkpoint to go on from", "Delete it to begin the stage again.")


def read_tensors(path: Path, what: str, hint: str) -> dict[str, Any]:
    """A dictionary of tensors and plain values from a file of torch.save. Nothing in the file is executed.

    Args:
        path: the file.
        what: what it should be, for the sentence.
        hint: what to do where it is not.

    Raises:
        InputError: if there is no such file.
        DamagedFileError: if it is something else, or holds anything but tensors and plain values.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}.", hint)
    try:
        values = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises classes of many kinds for damage
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise DamagedFileError(f"{path}: not {what} ({said[0][:200]}).", hint) from error
    if not isinstance(values, dict):
        raise DamagedFileError(f"{path}: not {what} (it holds a {type(values).__name__}).", hint)
    return values


def check_resumable(path: Path, model: CropNetwork) -> None:
    """Refuse a checkpoint of another network before Lightning takes it up.

    Raises:
        DamagedFileError: if it is none.
        InputError: if it is of another network.
    """
    hint = "Delete it to begin the stage again, or give the configuration that it was made with."
    found = read_tensors(path, "a checkpoint to go on from", hint).get("state_dict")
    if not isinstance(found, Mapping):
        raise DamagedFileError(f"{path}: not a checkpoint to go on from (it holds no weights).", hint)
    own = {f"model.{name}": value for name, value in model.state_dict().items()}
    difference = first_difference(found, own)
    if difference:
        raise InputError(f"{path}: the checkpoint is of another network ({difference}).", hint)


def first_difference(found: Mapping[str, Any], own: Mapping[str, torch.Tensor]) -> str:
    """What differs first between the weights in a file and those of a network, in words; "" where nothing does."""
    for name, value in own.items():
        theirs = found.get(name)
        if not isinstance(theirs, torch.Tensor):
            return f"it has no {name}"
        if theirs.shape != value.shape:
            return f"{name} is {tuple(theirs.shape)} in the file and {tuple(value.shape)} here"
    extra = next((name for name in found if name not in own), "")
    return f"its {extra} is not in the network" if extra else ""
