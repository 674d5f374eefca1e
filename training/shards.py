"""The files of a store's shards and how large they are: a shard that is gone would read as zeros without a word.

The sizes are kept beside what was written, of a unit in its report and of a finished store in an array of its own, and
compared when it is gone on with or opened. Reads no pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

NAME = "shards"
"""The array with the sizes in a finished store."""


def chunked_arrays(magnifications: Sequence[int]) -> dict[str, int]:
    """Name of each array that has shards to its dimensions: the images, and the labels on each grid."""
    return {"x": 5, **{f"labels_x{scale}": 4 for scale in magnifications}}


def shard_sizes(folder: Path, arrays: Mapping[str, int], first: int, count: int) -> npt.NDArray[np.int64]:
    """Bytes of some shards of a store.

    Args:
        folder: of the store.
        arrays: as chunked_arrays gives them.
        first: number of the first shard.
        count: how many.

    Returns:
        (arrays, count); 0 where there is no file, as of shards that hold nothing but zeros.
    """
    out = np.zeros((len(arrays), count), dtype=np.int64)
    for row, (name, dimensions) in enumerate(arrays.items()):
        for place in range(count):
            out[row, place] = _size(_path(folder, name, dimensions, first + place))
    return out


def changed_shard(folder: Path, arrays: Mapping[str, int], sizes: npt.NDArray[np.int64], first: int = 0) -> str:
    """The first shard whose file is not as large as it was, as a path in the store; empty if all are.

    Args:
        folder: of the store.
        arrays: as chunked_arrays gives them.
        sizes: (arrays, N) as shard_sizes gave them.
        first: number of the shard that they begin with.
    """
    if sizes.ndim != 2 or len(sizes) != len(arrays):
        return NAME
    found = shard_sizes(folder, arrays, first, sizes.shape[1])
    for row, place in np.argwhere(found != sizes)[:1].tolist():
        name = list(arrays)[row]
        return _path(folder, name, arrays[name], first + place).relative_to(folder).as_posix()
    return ""


def remove_shards(folder: Path, arrays: Mapping[str, int], first: int, count: int) -> None:
    """Remove the files of some shards; arguments as shard_sizes has them."""
    for name, dimensions in arrays.items():
        for number in range(first, first + count):
            _path(folder, name, dimensions, number).unlink(missing_ok=True)


def _path(folder: Path, name: str, dimensions: int, number: int) -> Path:
    """As zarr names it: samples are cut along the first dimension alone."""
    return folder.joinpath(name, "c", str(number), *"0" * (dimensions - 1))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return 0
