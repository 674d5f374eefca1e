"""The legend and the class tables, which are the engine's: training and mapping understand a crop code alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from backend.classes import BACKGROUND, CLASSES, OTHER, UNKNOWN, ClassTable, Legend, source_code
from backend.errors import InputError
from backend.table_file import nearest

__all__ = ["BACKGROUND", "CLASSES", "OTHER", "UNKNOWN", "ClassTable", "Legend", "find_legend", "nearest", "source_code"]


def find_legend(name: str, data: Path) -> Legend:
    """The classes of a data set: the shipped legend of that name, or the user's own file.

    Args:
        name: `dataset.legend` of a configuration.
        data: folder that a file's path is relative to.

    Raises:
        InputError: if there is no such file, or its codes are not 0, 1, 2 ...
    """
    shipped = CLASSES / f"{name}.csv"
    path = shipped if shipped.is_file() else data / name
    legend = Legend.read(path)
    if legend.codes != tuple(range(len(legend.codes))):
        # networks have a channel for each class, in this order
        raise InputError(
            f"{path.name}: the codes of the classes must be 0, 1, 2 ... in this order, not {_listed(legend.codes)}.",
            "Number the classes anew, 0 for ground without a parcel.",
        )
    return legend


def _listed(codes: Sequence[int]) -> str:
    return ", ".join(map(str, codes[:8])) + (" ..." if len(codes) > 8 else "")
