"""Band profiles of parcels from real ones in a parquet file: two of a class blended, shifted and scaled a little.

The file is a long table: dataset, sample_id, date, crop_name, B02 ... B12 (DN, NaN where cloudy). Crop names become
classes of the legend by resources/classes/profiles.csv; an empty class there leaves a sample out.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.errors import InputError

from .settings import BANDS, RESOURCES, Half

FloatArray = NDArray[np.float64]

HARVEST_YEAR = {"FRA2023_dekad": 2023, "FRA2022_month": 2022, "BEL2021_month": 2021, "CAN2017_month": 2017}
"""Harvest year of each data set that is known; others are taken for the year in which most of their dates lie."""
FALLBACK = ("CAN2017_month",)
"""Data sets of another continent: used only for classes with fewer than LEAST profiles from the others."""
LEAST = 8

ENOUGH = 20
"""A class with fewer profiles takes only n / ENOUGH of its parcels from them, the rest from the crop calendars."""

STAND_INS = {"winter_durum_hard_wheat": ("winter_common_soft_wheat", -9.0)}
"""Class without profiles -> (class that lends its own, shift in days). Named in a scene's meta.json."""

B8A_PER_B08 = 1.03
"""B8A where a profile lacks it: about the ratio over vegetation and soil in Sentinel-2 L2A."""
HAZY_DN = 1900.0
"""B02 above this is cloud or snow, never a field."""
LONGEST_GAP_DAYS = 100.0


@dataclass
class MeasuredProfiles:
    """Real profiles by class, each as days from 1 January of its harvest year and (n, 10) reflectance."""

    days: NDArray[np.int64]
    """(T,) days of the scene."""
    by_class: dict[str, list[tuple[str, FloatArray, FloatArray]]] = field(default_factory=dict)
    """Class name -> list of (data set, days, reflectance)."""

    def share(self, name: str) -> float:
        """Share of the parcels of a class that takes measured profiles, 0-1."""
        lender = name if name in self.by_class else STAND_INS.get(name, ("",))[0]
        return min(1.0, len(self.by_class.get(lender, [])) / ENOUGH)

    def draw(self, rng: np.random.Generator, name: str) -> FloatArray:
        """Draw one parcel's profile: (T, 10) reflectance in the order of settings.BANDS."""
        lender, lead = (name, 0.0) if name in self.by_class else STAND_INS[name]
        pool = self.by_class[lender]
        pair = rng.choice(len(pool), size=2)
        share = float(rng.uniform(0.6, 1.0))  # a half-and-half blend of unlike calendars resembles neither
        shift = lead + float(np.clip(rng.normal(0, 4), -7, 7))
        mixed = np.zeros((len(self.days), len(BANDS)))
        for index, weight in zip(pair, (share, 1 - share), strict=True):
            _, days, values = pool[int(index)]
            for band in range(len(BANDS)):
                mixed[:, band] += weight * np.interp(self.days - shift, days, values[:, band])
        scale = rng.normal(0, 0.03, 4)[[0, 0, 0, 1, 1, 2, 2, 2, 3, 3]] + rng.normal(0, 0.03)
        return np.asarray(mixed * np.exp(scale), np.float64)

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Class name -> data set -> number of profiles."""
        table: dict[str, dict[str, int]] = {}
        for name, pool in sorted(self.by_class.items()):
            for source, _, _ in pool:
                table.setdefault(name, {}).setdefault(source, 0)
                table[name][source] += 1
        return table


def load_profiles(
    path: Path, days: NDArray[np.int64], years: tuple[int, ...] = (), half: Half = "all"
) -> MeasuredProfiles:
    """Read the profiles of a parquet file for a scene with the given days (from 1 January of its harvest year).

    Args:
        path: the file.
        days: (T,) of the scene.
        years: harvest years whose profiles are taken; all where none is given.
        half: every other profile of each crop, so that two scenes of the same years and different halves share none.
    """
    return MeasuredProfiles(days, _read_pools(Path(path), years, half))


@lru_cache(maxsize=4)
def _read_pools(
    path: Path, years: tuple[int, ...] = (), half: Half = "all"
) -> dict[str, list[tuple[str, FloatArray, FloatArray]]]:
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a parquet file of profiles ({error}).") from error
    wanted = {"dataset", "sample_id", "date", "crop_name", *(band for band in BANDS if band != "B8A")}
    if missing := sorted(wanted - set(table.columns)):
        raise InputError(f"{path.name}: lacks the columns {', '.join(missing)} that a table of profiles has.")
    if "B8A" not in table:
        table["B8A"] = np.nan
    with (RESOURCES / "classes" / "profiles.csv").open(encoding="utf-8", newline="") as file:
        classes = {row["source_code"]: row["name"] for row in csv.DictReader(file) if row["name"]}
    table = table.assign(name=table["crop_name"].map(classes)).dropna(subset=["name"])
    near: dict[str, list[tuple[str, FloatArray, FloatArray]]] = {}
    far: dict[str, list[tuple[str, FloatArray, FloatArray]]] = {}
    for (source, _, name), rows in table.sort_values("date", kind="stable").groupby(["dataset", "sample_id", "name"]):
        dates = pd.to_datetime(rows["date"])
        year = HARVEST_YEAR.get(str(source), int(dates.dt.year.mode().iloc[0]))
        if years and year not in years:
            continue
        since = (dates - pd.Timestamp(year=year, month=1, day=1)).dt.days.to_numpy(np.float64)
        if (profile := _complete(since, rows[list(BANDS)].to_numpy(np.float64) / 1e4)) is not None:
            pool = far if source in FALLBACK else near
            pool.setdefault(str(name), []).append((str(source), *profile))
    if half != "all":
        first = ("first", "second").index(half)
        near, far = ({name: pool[first::2] for name, pool in pools.items()} for pools in (near, far))
    for name, profiles in far.items():
        if len(near.get(name, [])) < LEAST:
            near.setdefault(name, []).extend(profiles)
    pools = {name: pool for name, pool in near.items() if len(pool) >= 2}
    if not pools:
        raise InputError(
            f"{path.name}: holds no usable profile of a class in resources/classes/profiles.csv"
            + (f" of the harvest years {', '.join(map(str, years))}" if years else "")
            + (f" in the {half} half of each crop's." if half != "all" else "."),
            "Take other profile_years or profile_half, or another file.",
        )
    return pools


def _complete(days: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Dates with all bands (B8A filled from B08) within a season; None where too few are left to interpolate."""
    b08, b8a = BANDS.index("B08"), BANDS.index("B8A")
    values = values.copy()
    lacks = np.isnan(values[:, b8a])
    values[lacks, b8a] = values[lacks, b08] * B8A_PER_B08
    # A gap is longer in winter than anything that happens in it; in the growing season it would hide a harvest.
    good = np.isfinite(values).all(1) & (values[:, 0] * 1e4 < HAZY_DN) & (values > 0).all(1)
    good &= (days > -130) & (days < 340)
    kept, clean = days[good], values[good]
    growing = np.concatenate([[60.0], kept[(kept > 60) & (kept < 300)], [300.0]])
    if len(kept) < 8 or np.diff(growing).max() > LONGEST_GAP_DAYS or np.any(np.diff(kept) <= 0):
        return None
    return kept, clean
