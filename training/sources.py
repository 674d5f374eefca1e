"""The sources of a run opened: series, parcels, splits and label rasters on one grid. Writes nothing."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import InputError, SeriesError
from backend.grid import Grid
from backend.products import find_acquisitions
from backend.raster import WindowReader
from backend.sits import DateRow, Series, SitsBlock, make_series, read_block, select_dates
from training.classes import ClassTable, Legend
from training.config import DatasetConfig, SourceConfig
from training.labels import rasterise_labels
from training.parcels import Parcels, read_parcels
from training.splits import NONE, SPLITS, Splits, assign_splits, whole_split

log = logging.getLogger(__name__)

CLASSES = Path(__file__).resolve().parents[1] / "resources" / "classes"
"""Where the legend and the shipped class tables lie."""


@dataclass(frozen=True)
class Source:
    """A time series with declared parcels, ready to be cut into samples or mapped."""

    config: SourceConfig
    series: Series
    rows: tuple[DateRow, ...]
    """All observations; the used ones make up x."""
    parcels: Parcels
    splits: Splits
    bands: tuple[str, ...]

    @cached_property
    def pixels(self) -> SitsBlock:
        """All pixels of the used dates: x (T, C, H, W)."""
        used = [row.observation for row in self.rows if row.used]
        with WindowReader() as reader:
            return read_block(reader, used, self.bands, self.series.grid, self.series.grid.window)

    @property
    def dates(self) -> npt.NDArray[np.int32]:
        """(T,) used dates as YYYYMMDD."""
        return np.array([int(row.observation.date.strftime("%Y%m%d")) for row in self.rows if row.used], dtype=np.int32)

    def labels(self, magnification: int) -> npt.NDArray[np.int32]:
        """Label planes (5, mH, mW) on the grid refined by m; see training.store.PLANES."""
        grid = self.grid.refine(magnification)
        labels = rasterise_labels(self.parcels, grid, self.config.outside_parcels)
        split = self.splits.plane(grid, labels.parcels)
        planes = (labels.classes, labels.parcels, labels.coverage, labels.flags, split)
        return np.stack([plane.astype(np.int32) for plane in planes])

    @property
    def grid(self) -> Grid:
        """Of the images."""
        return self.series.grid

    def facts(self) -> dict[str, Any]:
        """What the data set and the card say of it."""
        counts = self.parcels.counts
        by_split = {name: int(np.count_nonzero(self.splits.parcels == code)) for name, code in SPLITS.items()}
        return {
            "series": list(self.config.series),
            "parcels_file": self.config.parcels,
            "outside_parcels": self.config.outside_parcels,
            "dates": [row.to_dict() | {"files": []} for row in self.rows],
            "parcels": counts.kept,
            "parcels_repaired": counts.repaired,
            "parcels_unknown_crop": counts.unknown,
            "unmapped_codes": dict(counts.unmapped),
            "parcels_by_split": by_split,
            "parcels_dropped_by_buffer": int(np.count_nonzero(self.splits.parcels == NONE)),
            "bounds": list(self.grid.bounds),
        }


def open_source(config: SourceConfig, dataset: DatasetConfig, data: Path, legend: Legend, seed: int) -> Source:
    """Find and check all that a source names.

    Args:
        config: the source; its paths are relative to `data`.
        dataset: for bands, level and the number of dates.
        data: folder of the data.
        legend: the one legend.
        seed: of the splits.

    Raises:
        CsclError: if something is missing or does not fit; nothing is guessed.
    """
    found = find_acquisitions([data / part for part in config.series], config.bands)
    series = make_series(found, dataset.bands, dataset.level)
    rows = _clearest(select_dates(series, config.min_clear, dataset.level), dataset.max_dates)
    if not any(row.used for row in rows):
        raise SeriesError(f"Source '{config.name}': none of its {len(rows)} acquisitions is usable.")
    table_path = CLASSES / f"{config.classes}.csv"
    if not table_path.is_file():
        table_path = data / config.classes
    if not table_path.is_file():
        known = ", ".join(sorted(path.stem for path in CLASSES.glob("*.csv") if path.stem != "legend"))
        raise InputError(
            f"Source '{config.name}': there is no class table '{config.classes}' (shipped: {known}).",
            "Give one of these, or the path of a CSV with the columns source_code and name.",
        )
    table = ClassTable.read(table_path, legend)
    parcels = read_parcels(data / config.parcels, config.crop_field, config.id_field, table, series.grid)
    if config.split == "blocks":
        splits = assign_splits(parcels, series.grid, config.block_m, config.shares.model_dump(), seed)
    else:
        splits = whole_split(parcels, config.split)
    return Source(config, series, tuple(rows), parcels, splits, dataset.bands)


def _clearest(rows: list[DateRow], most: int) -> list[DateRow]:
    """Keep the clearest `most` of the used dates."""
    used = [number for number, row in enumerate(rows) if row.used]
    if len(used) <= most:
        return rows
    least = sorted((rows[number].clear_share for number in used), reverse=True)[most - 1]
    kept = {number for number in used if rows[number].clear_share > least}
    # of equally clear ones some from all over the season: the first ones would cut it short
    equal = [number for number in used if rows[number].clear_share == least]
    kept |= {equal[int(place)] for place in np.linspace(0, len(equal) - 1, most - len(kept))}
    return [
        replace(row, used=False, reason="more dates than max_dates") if row.used and number not in kept else row
        for number, row in enumerate(rows)
    ]
