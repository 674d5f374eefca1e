"""The pixels and labels of one patch of a published set, brought into the form of the store. Reads no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import DamagedFileError, InputError
from training.classes import ClassTable

REFLECTANCE_MAX = 65535
"""Stored values are reflectance times 10000 in 16 bits; saturated ground is brighter than 1 and stays so."""


@dataclass(frozen=True)
class PatchData:
    """One patch, its dates in order, without dates on which it was not imaged."""

    x: NDArray[np.uint16]
    """(T, C, S, S) reflectance times 10000."""
    valid: NDArray[np.bool_]
    """(T, S, S); False where all bands are 0, which is nodata."""
    dates: NDArray[np.int32]
    """(T,) as YYYYMMDD."""
    doy: NDArray[np.int64]
    """(T,)."""
    labels: Mapping[int, NDArray[np.int32]]
    """Magnification m -> (4, mS, mS): class, parcel, coverage, flags; the other planes follow from the place."""


def make_patch(
    bands: Sequence[NDArray[Any]], days: Sequence[date], labels: Mapping[int, NDArray[np.int32]], side: int, most: int
) -> PatchData:
    """Bands on one grid, dates in order, at most so many of them, spread over the season.

    Args:
        bands: per band of the store (T, h, w) reflectance times 10000 of any number type; h and w divide the side,
            coarser pixels are repeated, as everywhere here.
        days: (T,) dates, in any order.
        labels: planes of the patch.
        side: S, 10 m pixels.
        most: dates that are kept; those on which the patch was nowhere imaged do not count.
    """
    x = np.stack([_on_grid(to_reflectance(band), side) for band in bands], axis=1)
    # L1C has no other mark: all bands are 0 outside of the swath; in MAJA's L2A they are negative there
    valid: NDArray[np.bool_] = np.asarray(x.any(axis=1))
    ordinals = np.array([day.toordinal() for day in days], dtype=np.int64)
    order = np.argsort(ordinals, kind="stable")
    order = order[valid[order].any(axis=(1, 2))]
    kept = order[spread_evenly(ordinals[order], most)]
    chosen = [date.fromordinal(int(ordinal)) for ordinal in ordinals[kept]]
    return PatchData(
        x=x[kept],
        valid=valid[kept],
        dates=np.array([int(day.strftime("%Y%m%d")) for day in chosen], dtype=np.int32),
        doy=np.array([day.timetuple().tm_yday for day in chosen], dtype=np.int64),
        labels=labels,
    )


def to_reflectance(values: NDArray[Any]) -> NDArray[np.uint16]:
    """Reflectance times 10000 as stored: what is below 0 (atmospheric correction, -10000 for nodata) becomes 0."""
    if values.dtype == np.uint16:
        return values
    if values.dtype.kind == "f":
        values = np.rint(np.nan_to_num(values, nan=0.0, posinf=REFLECTANCE_MAX, neginf=0.0))
    clipped: NDArray[np.uint16] = np.clip(values, 0, REFLECTANCE_MAX).astype(np.uint16)
    return clipped


def spread_evenly(ordinals: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Which of some days, given in order, to keep: those nearest to evenly spaced days from the first to the last.

    The published code takes the first ones, which cuts the season short where there are more.

    Returns:
        At most `most` positions in order, without repeats.
    """
    count = len(ordinals)
    if count <= most:
        return np.arange(count)
    if most == 1:
        return np.array([int(np.argmin(np.abs(ordinals - (ordinals[0] + ordinals[-1]) / 2)))])
    kept: list[int] = []
    for number, wanted in enumerate(np.linspace(ordinals[0], ordinals[-1], most)):
        # one for each of those that are still to come must be left
        first, last = (kept[-1] + 1 if kept else 0), count - (most - number)
        kept.append(first + int(np.argmin(np.abs(ordinals[first : last + 1] - wanted))))
    return np.array(kept, dtype=np.int64)


def map_labels(values: NDArray[np.int64], table: ClassTable, name: str) -> NDArray[np.int32]:
    """The legend codes of the class numbers of a patch.

    Raises:
        InputError: if the table does not list a number.
    """
    numbers, place = np.unique(values, return_inverse=True)
    for number in numbers.tolist():
        if str(number) not in table.codes:
            raise InputError(
                f"{name}: the table {table.source} does not list the class {number}.",
                "Add it to the table, with an empty name if it is to be ignored.",
            )
    codes = np.array([table.codes[str(number)] for number in numbers.tolist()], dtype=np.int32)
    mapped: NDArray[np.int32] = codes[place.reshape(values.shape)]
    return mapped


def whole_numbers(values: NDArray[Any], name: str, what: str) -> NDArray[np.int64]:
    """Numbers that a set keeps as integers or as floats, as integers; NaN, which stands for none, as 0.

    Raises:
        DamagedFileError: if one is not whole or does not fit.
    """
    if values.dtype.kind in "biu":
        return values.astype(np.int64)
    filled = np.nan_to_num(values.astype(np.float64), nan=0.0)
    if (np.abs(filled) >= 1 << 53).any() or (filled != np.rint(filled)).any():
        raise DamagedFileError(f"{name}: {what} holds numbers that are not whole.")
    return filled.astype(np.int64)


def days_of_year(year: int, doy: NDArray[np.int64], name: str) -> list[date]:
    """The dates of days of a year.

    Raises:
        DamagedFileError: if a day is not one of that year.
    """
    first, last = date(year, 1, 1), date(year, 12, 31).timetuple().tm_yday
    wrong = doy[(doy < 1) | (doy > last)]
    if wrong.size:
        raise DamagedFileError(f"{name}: {wrong[0]} is no day of the year {year}.")
    return [first + timedelta(days=int(day) - 1) for day in doy]


def _on_grid(values: NDArray[np.uint16], side: int) -> NDArray[np.uint16]:
    factor = side // values.shape[-1]
    return values if factor == 1 else values.repeat(factor, axis=-2).repeat(factor, axis=-1)
