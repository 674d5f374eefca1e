"""Folds of spatial blocks: with one held out as the test, what is left of the roles of the others. Assigns none.

With k folds every block, and so every parcel, can be mapped by a model that never saw it: that of the fold in
which it lies. Elsewhere the roles (training, validation, calibration) are the same whichever fold is held out, but for
the training ground and parcels near that fold.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError
from training.split_map import MAX_FOLDS, NONE, TEST, TRAIN

Codes = TypeVar("Codes", bound=np.integer)


def fold_roles(
    split: NDArray[Codes], fold: NDArray[np.integer], near: NDArray[np.integer], held_out: int
) -> NDArray[Codes]:
    """The splits when one fold is held out, element by element: for label planes as for lists of parcels.

    Args:
        split: codes without a fold held out; of any shape.
        fold: of the same shape, 1 to k; 0 for what lies in no fold and keeps its split.
        near: of the same shape, bit i - 1 set where fold i is within the buffer.
        held_out: the fold of the test, 1 to k.

    Returns:
        Of the same shape and type: TEST in the fold, whatever buffer is around other splits there; NONE for training
        near it; the split as it was elsewhere.

    Raises:
        InputError: if there can be no such fold or the shapes differ.
    """
    if not 1 <= held_out <= MAX_FOLDS:
        raise InputError(f"The fold held out must be 1 to {MAX_FOLDS}, not {held_out}.")
    if not split.shape == fold.shape == near.shape:
        raise InputError(f"Splits, folds and near folds differ in shape: {split.shape}, {fold.shape}, {near.shape}.")
    is_near = (near >> (held_out - 1)) & 1 == 1
    out = split.copy()
    out[is_near & (split == TRAIN)] = NONE
    out[fold == held_out] = TEST
    return out
