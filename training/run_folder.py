"""Where things lie in the folder of a run. Standard library only."""

from __future__ import annotations

from pathlib import Path

DATA_SET = "dataset.zarr"
FOLD = "fold_"


def data_set_path(out: Path) -> Path:
    """The data set of a run; that of the whole where `out` is the folder of one fold.

    Args:
        out: the run's folder.
    """
    own = out / DATA_SET
    if out.name.startswith(FOLD) and not own.exists():
        return out.parent / DATA_SET
    return own


def fold_path(out: Path, fold: int) -> Path:
    """The folder of a fold.

    Args:
        out: the run's folder.
        fold: 1 to k.
    """
    return out / f"{FOLD}{fold}"
