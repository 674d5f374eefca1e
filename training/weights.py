"""Weights of a stage on disk: the state of a CropNetwork and nothing else."""

from __future__ import annotations

from pathlib import Path

import torch

from backend.errors import DamagedFileError, InputError
from training.crop_network import CropNetwork


def save_weights(model: CropNetwork, path: Path) -> None:
    """Write the weights alone, whole or not at all."""
    partial = path.with_suffix(".part")
    torch.save(model.state_dict(), partial)
    partial.replace(path)


def load_weights(model: CropNetwork, path: Path) -> None:
    """Take over weights written by save_weights.

    Raises:
        InputError: if the file is not there.
        DamagedFileError: if it is not such a file or belongs to another network.
    """
    if not path.is_file():
        raise InputError(f"There are no weights {path}.", "Run the stage before this one first.")
    try:
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises classes of many kinds for damage
        raise DamagedFileError(
            f"{path}: not weights of this network ({str(error).splitlines()[0]}).", "Train the stage again."
        ) from error
