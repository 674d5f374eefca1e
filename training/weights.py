"""Weights of a stage on disk: the state of a CropNetwork and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from backend.errors import DamagedFileError, InputError
from training.checkpoint_io import first_difference, read_tensors
from training.crop_network import CropNetwork

AGAIN = "Train the stage again."


def save_weights(model: CropNetwork, path: Path) -> None:
    """Write the weights alone, whole or not at all."""
    save_state(model.state_dict(), path)


def save_state(state: Mapping[str, Tensor], path: Path) -> None:
    """Write a network's state from wherever it is computed, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    with partial.open("wb") as stream:
        torch.save({name: value.detach().cpu() for name, value in state.items()}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)


def load_weights(model: CropNetwork, path: Path) -> None:
    """Take over weights written by save_weights; see read_weights."""
    model.load_state_dict(read_weights(model, path))


def read_weights(model: CropNetwork, path: Path) -> dict[str, Tensor]:
    """The weights of a network that were written by save_weights.

    Args:
        model: the network that they must be of; not changed.
        path: the file.

    Raises:
        InputError: if the file is not there.
        DamagedFileError: if it is not such a file or belongs to another network.
    """
    if not path.is_file():
        raise InputError(f"There are no weights {path}.", "Run the stage before this one first.")
    state = read_tensors(path, "weights of this network", AGAIN)
    difference = first_difference(state, model.state_dict())
    if difference:
        raise DamagedFileError(f"{path}: not weights of this network ({difference}).", AGAIN)
    return state
