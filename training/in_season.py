"""Accuracy as the season goes on: what a map would be worth if no image came after a day. Reads no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.map_score import MapScore
from training.mosaic import SourceMosaic


def in_order(cutoffs: Sequence[str]) -> tuple[str, ...]:
    """Days (MM-DD) of the year of harvest, each once, in order."""
    return tuple(sorted(set(cutoffs)))


def last_day(region: SourceMosaic, cutoff: str) -> int:
    """The day as YYYYMMDD: of the year of harvest, also where the season began in the autumn before."""
    return region.harvest_year * 10000 + int(cutoff[:2]) * 100 + int(cutoff[3:])


def season_entry(cutoff: str, day: int | None, dates: float, score: MapScore) -> dict[str, Any]:
    """The figures of one cut-off date.

    Args:
        cutoff: MM-DD.
        day: the same as YYYYMMDD; None for sets of patches, which are of several years.
        dates: that are left; the mean over patches.
        score: of the map without later dates.
    """
    figures = score.figures()
    own: Mapping[str, Any] = figures["map"]
    parcels = figures["parcels"][0]
    judged = parcels["by_mean_probability"]
    return {
        "cutoff": cutoff,
        "last_day": None if day is None else f"{day // 10000}-{day // 100 % 100:02d}-{day % 100:02d}",
        "dates": dates,
        **{key: own[key] for key in ("overall_accuracy", "overall_accuracy_interval_95", "macro_f1")},
        **{key: own[key] for key in ("macro_f1_interval_95", "miou", "miou_interval_95")},
        "parcels": parcels["parcels"],
        "parcel_accuracy": judged["accuracy"],
        "parcel_accuracy_interval_95": judged["interval_95"],
        "interval_by": own["interval_by"],
        "cells": figures["cells"],
        "unmapped_cells": figures["unmapped_cells"],
    }
