"""Where things lie in the folder of a run, and making it. No other library than the standard one."""

from __future__ import annotations

from pathlib import Path

from backend.errors import InputError

DATA_SET = "dataset.zarr"
FOLD = "fold_"


def make_folder(out: Path) -> None:
    """Make the folder that a command writes into, if it is not there.

    Raises:
        InputError: if it cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{out}: cannot be used as the output folder ({error.strerror}).", "Choose another folder with --out."
        ) from error


def data_set_path(out: Path) -> Path:
    """The data set of a run; that of the folder around it where it has none of its own, as one fold of several, or one
    of several models that are trained on the same.

    Args:
        out: the run's folder.
    """
    own, around = out / DATA_SET, out.parent / DATA_SET
    return around if around.exists() and not own.exists() else own


def fold_path(out: Path, fold: int) -> Path:
    """The folder of a fold.

    Args:
        out: the run's folder.
        fold: 1 to k.
    """
    return out / f"{FOLD}{fold}"
