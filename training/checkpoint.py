"""Checkpoints to start from: a network's weights with what must fit, its settings, bands and legend.

Export writes one beside the model file, and `train.py finetune --from` takes it, or a stage's own last checkpoint.
Everything in it is plain values and tensors: nothing is executed when it is read.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from backend.errors import DamagedFileError, InputError
from training.checkpoint_io import read_tensors
from training.classes import BACKGROUND
from training.config import TrainConfig
from training.config_training import NetworkConfig
from training.crop_network import CropNetwork, fresh_network
from training.provenance import Origin, seen_sources
from training.store import Store

log = logging.getLogger(__name__)

FORMAT, VERSION = "cscl-checkpoint", 1
WHAT = "a checkpoint to start from"
HINT = "Give the .pt file that comes with a model, or the last.pt or best.pt of a stage."
TASK_PREFIX = "model."
"""Before the names of weights in Lightning's own checkpoints."""


@dataclass(frozen=True)
class Checkpoint:
    """What a file to start from holds."""

    path: Path
    network: Mapping[str, Any]
    """Settings, as training.config_training.NetworkConfig."""
    cscl: Mapping[str, Any]
    """Settings, as CsclConfig."""
    bands: tuple[str, ...]
    level: str
    legend: tuple[Mapping[str, Any], ...]
    """Class entries; the place is the class's row in the network."""
    state_dict: Mapping[str, Tensor]
    sources: tuple[Mapping[str, Any], ...] | None = None
    """Real ground that its network has seen, see training.provenance; None of a checkpoint of an earlier version."""

    @property
    def origin(self) -> Origin:
        """What a run that starts from it must remember."""
        return Origin(self.path.name, self.sources)


def checkpoint_header(
    config: TrainConfig, store: Store, model: CropNetwork, origin: Origin | None = None
) -> dict[str, Any]:
    """All of a checkpoint but the weights."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "network": model.config.model_dump(mode="json"),
        "cscl": config.cscl.model_dump(mode="json"),
        "bands": list(store.bands),
        "level": str(store.attributes["level"]),
        "legend": [dict(entry) for entry in store.attributes["legend"]],
        "sources": seen_sources(config, store, origin),
    }


def write_checkpoint(
    path: Path,
    config: TrainConfig,
    store: Store,
    model: CropNetwork,
    weights: Mapping[str, Tensor] | None = None,
    origin: Origin | None = None,
) -> None:
    """Write a checkpoint that others can start from, whole or not at all.

    Args:
        path: usually <model>.pt.
        config: the run.
        store: the data set that it was trained on.
        model: the trained network.
        weights: of the network, where others than its present ones are meant.
        origin: the checkpoint that the run was started from itself.
    """
    weights = model.state_dict() if weights is None else weights
    state = {name: value.detach().cpu() for name, value in weights.items()}
    partial = path.with_name(path.name + ".part")
    with partial.open("wb") as stream:
        torch.save({**checkpoint_header(config, store, model, origin), "state_dict": state}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint of ours, or the last one of a stage that Lightning wrote.

    Raises:
        InputError: if there is no such file, or it is of a later version.
        DamagedFileError: if it is something else.
    """
    values = read_tensors(path, WHAT, HINT)
    state, header = values.get("state_dict"), values
    if FORMAT in values and isinstance(values[FORMAT], dict):  # Lightning's, with our header in it
        header = values[FORMAT]
        if isinstance(state, dict):
            state = {name.removeprefix(TASK_PREFIX): value for name, value in state.items()}
    if header.get("format") != FORMAT:
        raise DamagedFileError(f"{path}: not {WHAT} (it does not say that it is one).", HINT)
    if header.get("version") != VERSION:
        raise InputError(
            f"{path}: expected a checkpoint of version {VERSION}, found {header.get('version')!r}.",
            "Take one that was made with this version of the program, or update the program.",
        )
    try:
        if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
            raise TypeError("it holds no weights")
        legend = tuple(dict(entry) for entry in header["legend"])
        names = [str(entry["name"]) for entry in legend]
        if len(set(names)) < len(names):
            raise ValueError("two classes have one name")
        return Checkpoint(
            path,
            dict(header["network"]),
            dict(header["cscl"]),
            tuple(map(str, header["bands"])),
            str(header["level"]),
            legend,
            state,
            None if (told := header.get("sources")) is None else tuple(map(dict, told)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(f"{path}: not {WHAT} ({error}).", HINT) from error


def start_from(
    model: CropNetwork, checkpoint: Checkpoint, legend: Sequence[str], bands: Sequence[str], level: str
) -> list[str]:
    """Take over a checkpoint's weights; classes are matched by name, and new ones keep their fresh start.

    The checkpoint's band statistics come along: its weights were learned with them.

    Args:
        model: a fresh network; changed in place.
        checkpoint: what to start from.
        legend: names of the data set's classes, in the order of the network's rows.
        bands: of the data set.
        level: of the data set, L1C or L2A.

    Returns:
        Names of the classes that the checkpoint does not know.

    Raises:
        InputError: if bands, level or network differ, or no crop is shared.
    """
    rows = _check_data(checkpoint, legend, bands, level)
    pairs = [(row, rows[name]) for row, name in enumerate(legend) if name in rows]
    axes = class_axes(model)
    own, taken = model.state_dict(), {}
    for name, value in own.items():
        theirs = checkpoint.state_dict.get(name)
        if theirs is None or theirs.dtype != value.dtype:
            raise _other_network(checkpoint, model, f"it has no {name}")
        axis = axes.get(name)
        expected = list(value.shape)
        if axis is not None:
            expected[axis] = value.shape[axis] // model.num_classes * len(checkpoint.legend)
        if list(theirs.shape) != expected:
            raise _other_network(checkpoint, model, f"{name} is {tuple(theirs.shape)}, not {tuple(expected)}")
        taken[name] = theirs if axis is None else _by_class(value, theirs, axis, pairs, model.num_classes)
    extra = next((name for name in checkpoint.state_dict if name not in own), None)
    if extra is not None:
        raise _other_network(checkpoint, model, f"its {extra} is not in the network")
    model.load_state_dict(taken)
    return [name for name in legend if name not in rows]


def check_start(path: Path, config: TrainConfig, legend: Sequence[str]) -> None:
    """Refuse a checkpoint that a run cannot start from, before there is a data set.

    Args:
        path: of the checkpoint.
        config: the run.
        legend: names of the classes that its data set has, or will have.

    Raises:
        InputError: if bands, level or network differ, or no crop is shared.
        DamagedFileError: if it is none.
    """
    network = fresh_network(config, len(config.dataset.bands), len(legend))
    start_from(network, read_checkpoint(path), legend, config.dataset.bands, config.dataset.level)


def _check_data(checkpoint: Checkpoint, legend: Sequence[str], bands: Sequence[str], level: str) -> dict[str, int]:
    """The rows of a checkpoint's classes by name, if it was trained on data of this kind.

    Raises:
        InputError: if it was not.
    """
    path = checkpoint.path
    if tuple(bands) != checkpoint.bands:
        raise InputError(
            f"{path}: its network sees the bands {', '.join(checkpoint.bands)}; the data set has {', '.join(bands)}.",
            "Build the data set with these bands in this order, or train from scratch.",
        )
    if level != checkpoint.level:
        raise InputError(
            f"{path}: its network was trained on images of level {checkpoint.level}; the data set is of {level}.",
            "Build the data set from images of the same level (dataset.level), or train from scratch.",
        )
    rows = {str(entry["name"]): row for row, entry in enumerate(checkpoint.legend)}
    crops = [name for name, row in rows.items() if row != BACKGROUND]
    if not set(crops) & set(legend):
        raise InputError(
            f"{path}: none of its crops ({', '.join(crops[:5])} ...) is one of the data set's.",
            "Map the crop codes to the same legend (dataset.legend, and classes of each source).",
        )
    return rows


def class_axes(model: CropNetwork) -> dict[str, int]:
    """The tensors of a network's state that have rows for its classes, and the axis of these: what is another size in
    a network with one class more."""
    with torch.random.fork_rng(devices=[]):
        larger = CropNetwork(model.config, model.in_channels, model.num_classes + 1, model.cscl).state_dict()
    axes: dict[str, int] = {}
    for name, value in model.state_dict().items():
        differing = [axis for axis, size in enumerate(value.shape) if larger[name].shape[axis] != size]
        if differing:
            axes[name] = differing[0]
    return axes


def _by_class(own: Tensor, theirs: Tensor, axis: int, pairs: Sequence[tuple[int, int]], num_classes: int) -> Tensor:
    """`own` with the rows of shared classes from `theirs`; a class may have several rows, one after the other."""
    rows = own.shape[axis] // num_classes
    out = own.clone()
    for row, other in pairs:
        out.narrow(axis, row * rows, rows).copy_(theirs.narrow(axis, other * rows, rows))
    return out


def _other_network(checkpoint: Checkpoint, model: CropNetwork, difference: str) -> InputError:
    """The error that names the settings in which a checkpoint and a configuration differ."""
    own = {**model.config.model_dump(mode="json"), **_named("cscl", model.cscl.model_dump(mode="json"))}
    theirs = {**_known(checkpoint.network), **_named("cscl", checkpoint.cscl)}
    other = [f"{name} {theirs[name]!r}" for name in own if name in theirs and theirs[name] != own[name]]
    told = f"its settings are {', '.join(other)}" if other else difference
    return InputError(
        f"{checkpoint.path}: it holds another network than the configuration asks for ({told}).",
        "Set network and cscl in the configuration to those of the checkpoint, or train from scratch.",
    )


def _known(network: Mapping[str, Any]) -> dict[str, Any]:
    return {name: network[name] for name in NetworkConfig.model_fields if name in network}


def _named(section: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{section}.{name}": value for name, value in values.items()}
