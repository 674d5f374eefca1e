"""Which parcel and which ground belongs to which split and fold, as planes on any grid. Assigns none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from backend.errors import GridError, InputError
from backend.grid import Grid
from training.classes import nearest
from training.parcels import Parcels
from training.partition import MAX_CODES, Partition

NONE, TRAIN, VALIDATION, CALIBRATION, TEST = range(5)
"""Codes in the split plane; NONE is dropped or belongs to no split."""
SPLITS: Mapping[str, int] = {
    "train": TRAIN,
    "validation": VALIDATION,
    "calibration": CALIBRATION,
    "test": TEST,
}
MAX_FOLDS = MAX_CODES
OTHERS = ~np.int32(1 << (TRAIN - 1))
"""The bits of all splits but training."""
SPLIT_TITLES = dict(zip(SPLITS, ("Training", "Validation", "Calibration", "Test"), strict=True))
"""What reports call them."""
NO_SPLIT = "In no split"

Values = TypeVar("Values", bound=np.generic)


@dataclass(frozen=True)
class Splits:
    """Which parcel and which ground of a source belongs to which split and fold."""

    parcels: NDArray[np.uint8]
    """(N,) split code per parcel; NONE where a buffer drops it."""
    folds: NDArray[np.uint8]
    """(N,) fold per parcel, 1 to k; 0 without folds."""
    near: NDArray[np.int32]
    """(N,) bit i - 1 set where ground or a parcel of fold i, other than its own, is within the buffer."""
    roles: Partition | int
    """The splits of the blocks; or the one split that all the source is in."""
    fold_blocks: Partition | None
    """The folds of the blocks, if there are any."""
    buffer: float
    """In units of the coordinate system."""

    def __post_init__(self) -> None:
        lengths = {len(self.parcels), len(self.folds), len(self.near)}
        if len(lengths) != 1:
            raise InputError(f"Splits, folds and near folds of parcels differ in number: {sorted(lengths)}.")

    def blocks(self) -> dict[str, Any] | None:
        """The blocks that hold parcels, as the data set and the card of a model name them.

        Returns:
            size: side of a block in units of the coordinate system; splits: by name, and folds: by number, the
            blocks as block_runs.as_runs gives them. None where all of the source is in one split.
        """
        if isinstance(self.roles, int):
            return None
        folds = self.fold_blocks
        numbers = () if folds is None else sorted(set(folds.blocks.values()))
        return {
            "size": self.roles.block_size,
            "splits": {name: self.roles.runs(code) for name, code in SPLITS.items()},
            "folds": {str(fold): folds.runs(fold) for fold in numbers} if folds is not None else {},
        }

    def plane(self, grid: Grid, parcel_raster: NDArray[np.int32] | None = None) -> NDArray[np.uint8]:
        """The split of each cell of a grid; of a window of it the crop of that of the whole.

        Args:
            grid: any, in the coordinate system of the parcels.
            parcel_raster: (H, W) parcel ids: their cells take the parcel's split, the others that of their
                block.

        Returns:
            (H, W) uint8. Training ground between parcels is NONE where its centre is within the buffer of ground
            or a parcel of another split (at a buffer of 0: inside such a parcel).
        """
        if isinstance(self.roles, int):
            out = np.full(grid.shape, self.roles, dtype=np.uint8)
        else:
            out = self.roles.plane(grid)
            near = self.roles.near_plane(grid, self.buffer) & OTHERS
            out[(out == TRAIN) & (near != 0)] = NONE
        return _with_parcels(out, self.parcels, parcel_raster)

    def fold_planes(
        self, grid: Grid, parcel_raster: NDArray[np.int32] | None = None
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """The fold of each cell of a grid and which others are near; of a window the crop of those of the whole.

        Args:
            grid: any, in the coordinate system of the parcels.
            parcel_raster: (H, W) parcel ids: their cells take the parcel's fold and near folds.

        Returns:
            Both (H, W): uint8 folds, 1 to k, and int32 near folds, bit i - 1 set where ground or a parcel of
            fold i, other than its own, is within the buffer of the cell's centre or of its parcel. Without folds
            all 0.
        """
        if self.fold_blocks is None:
            fold, near = np.zeros(grid.shape, dtype=np.uint8), np.zeros(grid.shape, dtype=np.int32)
        else:
            fold = self.fold_blocks.plane(grid)
            near = self.fold_blocks.near_plane(grid, self.buffer)
        return _with_parcels(fold, self.folds, parcel_raster), _with_parcels(near, self.near, parcel_raster)


def whole_split(parcels: Parcels, split: Literal["train", "validation", "calibration", "test"]) -> Splits:
    """All parcels of a source, and all ground between them, in one split, whichever fold is held out.

    Raises:
        InputError: if there is no such split.
    """
    if split not in SPLITS:
        raise InputError(f"There is no split '{split}'{nearest(split, list(SPLITS))}.")
    code, count = SPLITS[split], len(parcels)
    return Splits(
        np.full(count, code, dtype=np.uint8), np.zeros(count, np.uint8), np.zeros(count, np.int32), code, None, 0.0
    )


def _with_parcels(
    ground: NDArray[Values], of_parcel: NDArray[Values], parcel_raster: NDArray[np.int32] | None
) -> NDArray[Values]:
    """A plane of the ground with the values of parcels in the cells of parcels."""
    if parcel_raster is None:
        return ground
    if parcel_raster.shape != ground.shape:
        raise GridError(f"The parcel raster has {parcel_raster.shape} cells, the grid {ground.shape}.")
    if parcel_raster.size and int(parcel_raster.max()) > len(of_parcel):
        raise GridError(f"The parcel raster has parcel {parcel_raster.max()}, but there are {len(of_parcel)} parcels.")
    values = np.concatenate((np.zeros(1, dtype=of_parcel.dtype), of_parcel))
    out: NDArray[Values] = np.take(values, parcel_raster)
    np.copyto(out, ground, where=parcel_raster == 0)
    return out
