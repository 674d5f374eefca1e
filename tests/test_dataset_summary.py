"""The few numbers of a data set that programs read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("zarr")
import small_store

from training.dataset_summary import summarise, write_summary
from training.splits import SPLITS
from training.store import Sample, Store

SIDE = 8


def sample(source: str, days: list[int], wheat_rows: int, rare_rows: int = 0) -> Sample:
    """Wheat (1), then barley (3), then background; all of it certain and for training."""
    planes = np.zeros((7, SIDE, SIDE), np.int32)
    planes[0, :wheat_rows] = 1
    planes[0, wheat_rows : wheat_rows + rare_rows] = 3
    planes[2], planes[4] = 255, SPLITS["train"]
    count = len(days)
    return Sample(
        source=source, row=0, col=0, x=np.full((count, 1, SIDE, SIDE), 100, np.uint16),
        valid=np.ones((count, SIDE, SIDE), bool), doy=np.arange(1, count + 1), dates=np.array(days, np.int32),
        labels={1: planes},
    )  # fmt: skip


def store(folder: Path, **changes: Any) -> Store:
    """Two sources that share a date."""
    return small_store.write_store(
        folder / "dataset.zarr",
        (small_store.record("a", parcels=3), [sample("a", [20180501, 20180601], 2, 1)] * 2),
        (small_store.record("b", parcels=4), [sample("b", [20180601], 5)]),
        dates=2,
        bands=("B04",),
        **changes,
    )


def test_samples_parcels_dates_and_classes_are_counted(tmp_path: Path) -> None:
    summary = summarise(store(tmp_path), ["a date is odd"])
    assert (summary["samples"], summary["parcels"], summary["dates"]) == (3, 7, 2)
    assert {entry["code"]: entry["training_pixels"] for entry in summary["classes"]} == {
        0: (5 + 5 + 3) * SIDE, 1: (2 + 2 + 5) * SIDE, 3: 2 * SIDE,
    }  # fmt: skip
    assert summary["sources"] == [
        {"name": "a", "samples": 2, "parcels": 3, "dates": [20180501, 20180601]},
        {"name": "b", "samples": 1, "parcels": 4, "dates": [20180601]},
    ]
    assert summary["warnings"] == ["a date is odd"]


def test_rare_classes_count_as_the_one_they_became(tmp_path: Path) -> None:
    summary = summarise(store(tmp_path, rare={"3": 1}))
    assert {entry["code"]: entry["training_pixels"] for entry in summary["classes"]} == {
        0: (5 + 5 + 3) * SIDE, 1: (3 + 3 + 5) * SIDE,
    }  # fmt: skip


def test_the_file_holds_what_is_handed_back(tmp_path: Path) -> None:
    summary = write_summary(store(tmp_path), tmp_path / "dataset.json", ["März"])
    assert json.loads((tmp_path / "dataset.json").read_text(encoding="utf-8")) == summary
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dataset.json", "dataset.zarr"]
