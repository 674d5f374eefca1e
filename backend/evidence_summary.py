"""What evidence.tif says of a whole map in a few numbers. Knows nothing of how it was made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .evidence import EVIDENCE_NODATA
from .raster import read_strips

QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)
"""Of cells: the least, the worst twentieth, the middle, the best twentieth, the most."""


def evidence_summary(path: Path) -> dict[str, Any]:
    """Numbers of cells by clear dates, and quantiles of both layers.

    Args:
        path: evidence.tif.

    Returns:
        cells: input cells in the region; clear_dates and longest_gap_days: QUANTILES of each, None of no cells;
        cells_by_clear_dates: how many cells have 0, 1, 2 ... clear dates.
    """
    dates, gaps = (_counts(path, band) for band in (1, 2))
    return {
        "cells": int(dates.sum()),
        "clear_dates": _quantiles(dates),
        "longest_gap_days": _quantiles(gaps),
        "cells_by_clear_dates": dates.tolist(),
    }


def _counts(path: Path, band: int) -> npt.NDArray[np.int64]:
    """Cells by value, from 0 to the largest one."""
    counts = np.zeros(EVIDENCE_NODATA + 1, dtype=np.int64)
    for strip in read_strips(path, band):
        counts += np.bincount(strip.ravel(), minlength=len(counts))
    counts[EVIDENCE_NODATA] = 0
    known = np.flatnonzero(counts)
    return counts[: int(known[-1]) + 1] if len(known) else counts[:0]


def _quantiles(counts: npt.NDArray[np.int64]) -> list[int] | None:
    """The smallest values that so large a share of the cells does not exceed."""
    total = int(counts.sum())
    if not total:
        return None
    upto = np.cumsum(counts)
    return [int(np.searchsorted(upto, max(1, np.ceil(share * total)))) for share in QUANTILES]
