"""Features with crop, name and year as they stand in a file: what the readers hand on. Opens no files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from backend.errors import InputError
from training.classes import nearest, source_code
from training.parcels import GeometryArray

Box = tuple[float, float, float, float]
"""West, south, east, north."""
BoxOf = Callable[[str], Box]
"""The box around the images in a coordinate system."""
_YEAR_FIRST = re.compile(r"\d{4}(-\d{1,2}\b|\.0+$)")
"""Dates, and whole numbers that a table with gaps has written with a point."""


@dataclass(frozen=True)
class FieldNames:
    """The fields of a file that are read."""

    crop: str | None
    id: str | None
    """The feature's number counts where None."""
    year: str | None

    def columns(self) -> list[str]:
        """Each field once."""
        return list(dict.fromkeys(name for name in (self.crop, self.id, self.year) if name is not None))

    def check(self, path: Path, known: Sequence[str]) -> None:
        """Refuse fields that a file does not have.

        Raises:
            InputError: for the first one that is missing, with the nearest there is, or if no crop field is named.
        """
        hint = f"The fields are: {', '.join(known)}." if known else "The file has no fields at all."
        if self.crop is None:
            raise InputError(f"{path.name}: no field is named that holds the crop code.", hint)
        for role, name in (("crop", self.crop), ("parcel id", self.id), ("year", self.year)):
            if name is not None and name not in known:
                raise InputError(f"{path.name}: no field '{name}'{nearest(name, known)} for the {role}.", hint)


@dataclass(frozen=True)
class Features:
    """Some features of a file in one coordinate system."""

    crs: str
    geometry: GeometryArray
    """(n,) of any type and not checked, None where there is none."""
    crops: Sequence[Any]
    """(n,) codes as the file holds them."""
    names: Sequence[Any]
    years: Sequence[Any] | None
    """(n,) where a year field is read."""

    def __post_init__(self) -> None:
        lengths = {len(self.geometry), len(self.crops), len(self.names)}
        lengths |= {len(self.years)} if self.years is not None else set()
        if len(lengths) != 1:
            raise InputError(f"Geometry and fields of features differ in number: {sorted(lengths)}.")

    def __len__(self) -> int:
        return len(self.geometry)

    def within(self, box: Box) -> Features:
        """Those whose box touches another, and those that have no place."""
        bounds = shapely.bounds(self.geometry)
        west, south, east, north = box
        placed = ~np.isnan(bounds).any(axis=1)
        apart = (bounds[:, 0] > east) | (bounds[:, 2] < west) | (bounds[:, 1] > north) | (bounds[:, 3] < south)
        return self if not (placed & apart).any() else self._take(np.flatnonzero(~(placed & apart)))

    def _take(self, rows: NDArray[np.int64]) -> Features:
        crops, names = ([values[row] for row in rows] for values in (self.crops, self.names))
        years = None if self.years is None else [self.years[row] for row in rows]
        return Features(self.crs, self.geometry[rows], crops, names, years)


@dataclass(frozen=True)
class Extent:
    """How many features of one coordinate system a file has, and where they lie."""

    crs: str
    features: int
    box: Box | None
    """None where that is not known."""


class FeatureFile(Protocol):
    """An open file of features."""

    def features(self, box_of: BoxOf) -> Iterator[Features]:
        """The features whose box touches that of the images, and those without a place, some at a time."""

    def extents(self) -> list[Extent]:
        """Where all its features lie, known once they are read; for messages."""


def years_of(values: Iterable[Any]) -> NDArray[np.str_]:
    """(n,) years as text: of whole numbers, text and dates; "" where none is given."""
    return np.array([_year_of(value) for value in values], dtype=np.str_)


def _year_of(value: Any) -> str:
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else str(value)[:4]
    if isinstance(value, date):
        return str(value.year)
    text = source_code(value)
    return text[:4] if _YEAR_FIRST.match(text) else text


def join_boxes(boxes: Iterable[Box]) -> Box | None:
    """The box around others; None where there are none."""
    corners = np.array([box for box in boxes if np.isfinite(box).all()], dtype=np.float64)
    if not len(corners):
        return None
    low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
