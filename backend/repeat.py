"""A map made again from its record: what has changed since it was made, and whether the same bytes come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .errors import DamagedFileError, RequestError
from .input_files import changed_files
from .model_card import file_sha256
from .protocol import MapRequest
from .raster import read_info, read_strips
from .run_record import NAME, read_record, versions

COMPARED = (".tif", ".gpkg", ".parquet")
"""Files whose bytes are the same for the same map."""


@dataclass(frozen=True)
class Repetition:
    """A run to be made again."""

    record: Mapping[str, Any]
    folder: Path
    """Of the map that was made."""
    request: MapRequest
    """The same, into another folder."""
    changes: tuple[str, ...]
    """What is not as it was, a sentence each; where there are none the bytes must be the same."""


@dataclass(frozen=True)
class Comparison:
    """One output of both runs."""

    file: str
    is_same: bool
    """Also where the first run, of an older version, did not make it."""
    said: str
    """In a few words, for a person."""


def prepare_repetition(path: Path, out: Path | None = None) -> Repetition:
    """Read a record and look what has changed since.

    Args:
        path: a run.json, or the folder that holds one.
        out: folder of the new map; beside the old one, with _repeat at its name, where it is not given.

    Raises:
        InputError: if there is no record; DamagedFileError: if it is none.
        RequestError: if its request cannot be made by this version, or the new map would replace the old one.
    """
    record = read_record(path)
    folder = (path if path.is_dir() else path.parent).resolve()
    target = (out or folder.with_name(f"{folder.name}_repeat")).resolve()
    if target == folder:
        raise RequestError(
            f"{target}: the map made again would replace the one that it is to be compared with.",
            "Choose another output folder.",
        )
    request = replace(MapRequest.from_dict(record["request"], NAME), out=str(target))
    return Repetition(record, folder, request, tuple(_changes(record, folder, request)))


def compare_outputs(repetition: Repetition) -> list[Comparison]:
    """The outputs of both runs, file by file; call it when the new map is finished."""
    old = _checksums(repetition.record, repetition.folder)
    new = _checksums(read_record(Path(repetition.request.out)), Path(repetition.request.out))
    return [_compare(name, old, new, repetition) for name in sorted(old | new)]


def changed_versions(record: Mapping[str, Any]) -> list[str]:
    """What a map was made with and is not there now, a sentence each."""
    now = versions()
    return [
        f"The map was made with {name} {value}, this is {now.get(name, 'without it')}."
        for name, value in record.get("versions", {}).items()
        if now.get(name) != value
    ]


def _compare(name: str, old: Mapping[str, str], new: Mapping[str, str], repetition: Repetition) -> Comparison:
    if name not in new:
        return Comparison(name, False, "is not made any more")
    if name not in old:
        return Comparison(name, True, "was not made before")
    if old[name] == new[name]:
        return Comparison(name, True, "the same bytes")
    places = repetition.folder / name, Path(repetition.request.out) / name
    share = _differing_share(*places) if name.endswith(".tif") and places[0].is_file() else None
    return Comparison(name, False, "differs" + ("" if share is None else f" in {share:.4%} of its cells"))


def _checksums(record: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Of the outputs that are compared, by file name; records of version 1 hold none, so their files are hashed."""
    if "outputs" in record:
        listed = {str(item["file"]): str(item["sha256"]) for item in record["outputs"].values()}
    else:
        listed = {path.name: f"sha256:{file_sha256(path)}" for path in folder.glob("*.tif")}
    return {name: checksum for name, checksum in listed.items() if name.endswith(COMPARED)}


def _changes(record: Mapping[str, Any], folder: Path, request: MapRequest) -> list[str]:
    model = Path(request.model)
    changes = []
    if model.is_file() and f"sha256:{file_sha256(model)}" != record["model"].get("sha256"):
        changes.append(f"{model.name}: the model has changed since the map was made.")
    changes += changed_files(record.get("inputs", ()))
    changes += changed_versions(record)
    for name, checksum in _checksums(record, folder).items():
        if (folder / name).is_file() and f"sha256:{file_sha256(folder / name)}" != checksum:
            changes.append(f"{name} has changed since it was written; its recorded checksum counts.")
    return changes


def _differing_share(one: Path, other: Path) -> float | None:
    """Share of cells of any band that differ; None where the rasters are not of one size."""
    try:
        first, second = read_info(one), read_info(other)
        if (first.count, first.grid.shape) != (second.count, second.grid.shape):
            return None
        differing = sum(
            int(np.count_nonzero(left != right))
            for band in range(1, first.count + 1)
            for left, right in zip(read_strips(one, band), read_strips(other, band), strict=True)
        )
    except DamagedFileError:
        return None
    return differing / (first.count * first.grid.width * first.grid.height)
