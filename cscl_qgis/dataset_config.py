"""The configuration of a data set as training/train.py reads it, from what a user chose in QGIS. No QGIS in here.

QGIS's Python has no YAML writer, so the file is JSON, which is YAML too.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from ._engine import ENGINE_DIR

FILE_NAME = "dataset.yaml"
BUILD_S = 3e-7
"""Seconds of one core for a pixel of one band and date, read, labelled and written: JPEG 2000 decodes 5 million a
second."""
LEGEND = "legend"
"""The table in resources/classes that is the legend itself and maps nothing."""


def shipped_tables() -> List[str]:
    """Names of the class tables that come with the plugin."""
    folder = ENGINE_DIR / "resources" / "classes"
    return sorted(path.stem for path in folder.glob("*.csv") if _is_class_table(path))


def _is_class_table(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            return stream.readline().lower().startswith("source_code")
    except (OSError, UnicodeDecodeError):
        return False


@dataclass(frozen=True)
class DatasetSettings:
    """One series with its parcels, and how it is cut into samples. All paths are absolute."""

    images: Tuple[str, ...]
    outside_parcels: str
    """background or ignore."""
    parcels: Optional[str] = None
    layer: Optional[str] = None
    """In a file of several layers."""
    crop_field: Optional[str] = None
    id_field: Optional[str] = None
    year_field: Optional[str] = None
    year: Optional[int] = None
    classes: Optional[str] = None
    """Name of a shipped class table, or the path of a CSV file."""
    magnifications: Tuple[int, ...] = (1, 4)
    chip: int = 64
    sampling: str = "dense"
    block_m: float = 500.0
    folds: int = 0
    """0: no folds."""
    bands: Tuple[str, ...] = ()
    """Names, in file order, for rasters that do not name their bands."""
    wanted_bands: Tuple[str, ...] = ()
    """Bands that the samples get, in this order; empty: the ten of 10 and 20 m."""
    level: str = "L2A"
    max_dates: int = 24
    min_clear: float = 0.05
    rare_train: int = 20000
    """Classes with fewer training pixels at 10 m become "other"; 0 turns the limit off."""
    rare_evaluation: int = 2000
    """Likewise outside the training part."""
    memory_gib: float = 3.0

    @property
    def data(self) -> Path:
        """The folder that the configuration's paths are relative to: the deepest that holds all inputs."""
        parents = [os.path.dirname(path) for path in self._inputs()]
        try:
            return Path(os.path.commonpath(parents))
        except ValueError:  # on different drives of Windows
            return Path(parents[0])

    def to_dict(self) -> Dict[str, Any]:
        """The configuration."""
        source: Dict[str, Any] = {
            "name": self.name,
            "series": [self._relative(path) for path in self.images],
            "parcels": self._relative(self.parcels) if self.parcels else None,
            "layer": self.layer,
            "crop_field": self.crop_field,
            "id_field": self.id_field,
            "year_field": self.year_field,
            "year": self.year,
            "classes": self._relative(self.classes) if self.classes and self._has_own_table() else self.classes,
            "outside_parcels": self.outside_parcels,
            "block_m": self.block_m,
            "bands": list(self.bands),
            "min_clear": self.min_clear,
        }
        dataset: Dict[str, Any] = {
            "level": self.level,
            "chip": self.chip,
            "sampling": self.sampling,
            "magnifications": list(self.magnifications),
            "max_dates": self.max_dates,
            "memory_gib": self.memory_gib,
            "bands": list(self.wanted_bands),
            "rare": {"train_pixels": self.rare_train, "evaluation_pixels": self.rare_evaluation},
            "splits": {"scheme": "folds", "folds": self.folds} if self.folds else {"scheme": "blocks"},
            "sources": [{key: value for key, value in source.items() if value not in (None, [])}],
        }
        return {"dataset": {key: value for key, value in dataset.items() if value != []}}

    def seconds(self, km2: float, dates: int, cores: int) -> float:
        """About how long it takes to build: an estimate.

        Args:
            km2: ground that the images show.
            dates: how many are used.
            cores: of the processor.
        """
        values = km2 * 1e4 * min(dates, self.max_dates) * (len(self.wanted_bands) or 10)
        return 20 + values * BUILD_S / max(1, cores)

    @property
    def name(self) -> str:
        """The source's name: that of the parcels or the images, in the letters that are allowed."""
        stem = Path(self.layer or self.parcels or self.images[0]).stem
        return re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_") or "source"

    def _inputs(self) -> List[str]:
        own_table = [self.classes] if self.classes and self._has_own_table() else []
        return [*self.images, *([self.parcels] if self.parcels else []), *own_table]

    def _has_own_table(self) -> bool:
        return self.classes is not None and os.path.isabs(self.classes)

    def _relative(self, path: str) -> str:
        if Path(self.data) == Path(self.data.anchor):
            return path  # they have nothing but the disk in common: a relative path would only look like one
        try:
            return Path(path).relative_to(self.data).as_posix()
        except ValueError:
            return path


def as_text(values: Dict[str, Any]) -> str:
    """A configuration as its file holds it."""
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def write_configuration(values: Dict[str, Any], path: Path) -> None:
    """Write a configuration, whole or not at all; one that says the same already is left as it is."""
    text = as_text(values)
    if path.is_file() and path.read_bytes() == text.encode("utf-8"):
        return
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(text.encode("utf-8"))
    os.replace(partial, path)
