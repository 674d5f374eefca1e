"""Samples of eight by eight pixels whose left half is a parcel, rows of parcels and dates, to count by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.classes import UNKNOWN
from training.store import Sample

BANDS = ("B02", "B03", "B04", "B08")
SIDE = 8
WHEAT, MAIZE, OTHER = 1, 5, 13
TRAIN, VALIDATION, TEST = 1, 2, 4


def sample(
    source: str = "farm",
    row: int = 0,
    col: int = 0,
    code: int = WHEAT,
    split: int = TRAIN,
    fold: int = 0,
    parcel: int = 1,
    scales: tuple[int, ...] = (1, 2),
) -> Sample:
    """Eight by eight pixels on two dates: the left half is a parcel, the right half is not known."""
    labels = {}
    for scale in scales:
        planes = np.zeros((7, SIDE * scale, SIDE * scale), np.int32)
        planes[0] = UNKNOWN
        planes[4], planes[5] = split, fold
        planes[0, :, : 4 * scale], planes[1, :, : 4 * scale] = code, parcel
        labels[scale] = planes
    x = np.arange(2 * 4 * SIDE * SIDE, dtype=np.uint16).reshape(2, 4, SIDE, SIDE) + 100
    dates = np.array([20180410, 20180719], np.int32)
    return Sample(source, row, col, x, np.ones((2, SIDE, SIDE), bool), np.array([100, 200]), dates, labels)


def parcel(source: str = "farm", number: int = 1, code: int = WHEAT, **values: Any) -> dict[str, Any]:
    """A row of the table of parcels."""
    row = {"split": TRAIN, "fold": 0, "near": 0, "area_ha": 1.0, **values}
    return {"source": source, "parcel": number, "source_id": f"p{number}", "class": code, **row}


def date_row(day: str, clear_share: float = 1.0, reason: str = "") -> dict[str, Any]:
    """A date as the facts of a source have it."""
    return {
        "date": day,
        "clear_share": clear_share,
        "used": not reason,
        "reason": reason,
        "sensor": "S2A",
        "tile": "31TEJ",
        "baseline": "02.06",
        "offset": "none",
        "granules": 1,
        "masked": True,
    }
