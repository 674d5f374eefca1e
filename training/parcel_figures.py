"""Sums over a store's table of parcels: by source, class, split, fold and size. Reads the table in parts, no labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet

from backend.errors import DamagedFileError
from training.classes import UNKNOWN
from training.split_map import MAX_FOLDS, SPLITS
from training.store import PARCELS_TABLE, Store

SIZE_LIMITS_HA = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Between the classes of size; a parcel on a limit is in the larger one."""
PIXEL_HA = 0.01
"""A pixel of 10 m."""
COLUMNS = ("source", "class", "split", "fold", "area_ha")
ROWS = 1 << 16
"""Of the table that are read at once."""
CODES = 256
NUM_SPLITS = len(SPLITS) + 1

Counts = npt.NDArray[np.int64]
Areas = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ParcelFigures:
    """Numbers and hectares of parcels. S sources in the order of the store; 256 classes, UNKNOWN among them; 5 splits
    as training.splits numbers them, 0 for none."""

    counts: Counts
    """(S, 256, 5)."""
    areas_ha: Areas
    """(S, 256, 5)."""
    fold_counts: Counts
    """(S, k + 1), 0 for none."""
    fold_areas_ha: Areas
    """(S, k + 1)."""
    size_counts: Counts
    """(S, 8) by SIZE_LIMITS_HA."""
    size_areas_ha: Areas
    """(S, 8)."""
    below_pixel: Counts
    """(S,) parcels smaller than one pixel of 10 m."""

    @property
    def total(self) -> int:
        """All parcels."""
        return int(self.counts.sum())

    @property
    def total_ha(self) -> float:
        """Their area."""
        return float(self.areas_ha.sum())

    @property
    def known_by_split(self) -> Counts:
        """(5,) parcels with a known crop."""
        known: Counts = self.counts[:, np.arange(CODES) != UNKNOWN].sum(axis=(0, 1))
        return known


def read_parcel_figures(store: Store) -> ParcelFigures:
    """Sum up the table of parcels.

    Args:
        store: the data set; the splits are those it was made with, also if it was opened with a fold held out.

    Raises:
        DamagedFileError: if the table is missing or names a source that the store does not have.
    """
    path = store.path / PARCELS_TABLE
    if not path.is_file():
        raise DamagedFileError(f"{path}: the table of parcels is missing.", "Make the data set again.")
    names = {record.name: number for number, record in enumerate(store.sources)}
    shapes = {
        "counts": (CODES, NUM_SPLITS),
        "areas_ha": (CODES, NUM_SPLITS),
        "fold_counts": (MAX_FOLDS + 1,),
        "fold_areas_ha": (MAX_FOLDS + 1,),
        "size_counts": (len(SIZE_LIMITS_HA) + 1,),
        "size_areas_ha": (len(SIZE_LIMITS_HA) + 1,),
        "below_pixel": (),
    }
    sums: dict[str, npt.NDArray[Any]] = {
        name: np.zeros((len(names), *shape), np.float64 if name.endswith("_ha") else np.int64)
        for name, shape in shapes.items()
    }
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS, columns=list(COLUMNS)):
            entries = batch.column("source").dictionary_encode()
            known = entries.dictionary.to_pylist()
            strange = [name for name in known if name not in names]
            if strange:
                raise DamagedFileError(
                    f"{path}: the table of parcels names a source '{strange[0]}' that the data set does not have.",
                    "Make the data set again.",
                )
            if len(batch):
                source = np.array([names[name] for name in known])[entries.indices.to_numpy(zero_copy_only=False)]
                _add(sums, source, *(batch.column(name).to_numpy(zero_copy_only=False) for name in COLUMNS[1:]))
    folds = int(store.attributes["folds"]) + 1
    sums["fold_counts"], sums["fold_areas_ha"] = sums["fold_counts"][:, :folds], sums["fold_areas_ha"][:, :folds]
    return ParcelFigures(**sums)


def _add(
    sums: dict[str, npt.NDArray[Any]],
    source: npt.NDArray[Any],
    codes: npt.NDArray[Any],
    split: npt.NDArray[Any],
    fold: npt.NDArray[Any],
    area_ha: npt.NDArray[Any],
) -> None:
    size = np.searchsorted(SIZE_LIMITS_HA, area_ha, side="right")
    np.add.at(sums["counts"], (source, codes, split), 1)
    np.add.at(sums["areas_ha"], (source, codes, split), area_ha)
    np.add.at(sums["fold_counts"], (source, fold), 1)
    np.add.at(sums["fold_areas_ha"], (source, fold), area_ha)
    np.add.at(sums["size_counts"], (source, size), 1)
    np.add.at(sums["size_areas_ha"], (source, size), area_ha)
    np.add.at(sums["below_pixel"], source, area_ha < PIXEL_HA)
