"""Decoded samples that are kept: the same as those read anew, within the room that there is."""

from __future__ import annotations

import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("zarr")
import small_store  # noqa: E402

from training.config_training import AugmentationConfig  # noqa: E402
from training.dataset import TrainingSamples  # noqa: E402
from training.sample_cache import SampleCache  # noqa: E402
from training.store import Sample, Store  # noqa: E402

pytestmark = pytest.mark.torch

CHIPS, SIDE, DATES, BANDS = 4, 32, 3, 2
SAMPLE_BYTES = DATES * (BANDS + 1) * SIDE**2 * 2 + DATES * SIDE**2 + 7 * (4 * SIDE) ** 2 * 4
"""Images with their mask as they are stored, the mask as truth values, labels."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    generator = np.random.default_rng(0)
    samples = []
    for number in range(CHIPS):
        x = generator.integers(0, 9000, (DATES, BANDS, SIDE, SIDE), dtype=np.uint16)
        labels = {}
        for scale in (1, 4):
            planes = np.zeros((7, scale * SIDE, scale * SIDE), np.int32)
            planes[1], planes[2], planes[4] = number + 1, 255, 1
            labels[scale] = planes
        days = np.array([10, 100, 200])
        valid = generator.random((DATES, SIDE, SIDE)) < 0.8
        samples.append(Sample("farm", number, 0, x, valid, days, (20180000 + days).astype(np.int32), labels))
    return small_store.write_store(
        tmp_path / "data.zarr", (small_store.record("farm", 1.0), samples), dates=DATES, bands=("B02", "B05")
    )


@pytest.fixture
def decoded(store: Store, monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often each sample was read from the disk."""
    counts: Counter[int] = Counter()
    whole = store.read

    def read(number: int, magnification: int) -> Any:
        counts[number] += 1
        return whole(number, magnification)

    monkeypatch.setattr(store, "read", read)
    return counts


def test_a_sample_is_decoded_once_and_the_same(store: Store, decoded: Counter[int]) -> None:
    cache = SampleCache(store, 4, CHIPS * SAMPLE_BYTES)
    first = [cache.read(number) for number in range(CHIPS)]
    for number in reversed(range(CHIPS)):
        afresh = Store(store.path).read(number, 4)
        for kept, before, anew in zip(cache.read(number), first[number], afresh, strict=True):
            assert kept is before
            assert np.array_equal(kept, anew)
    assert decoded == dict.fromkeys(range(CHIPS), 1)


@pytest.mark.parametrize(("room", "kept"), [(0, 0), (SAMPLE_BYTES - 1, 0), (SAMPLE_BYTES, 1), (3 * SAMPLE_BYTES, 3)])
def test_no_more_is_kept_than_there_is_room_for(store: Store, decoded: Counter[int], room: int, kept: int) -> None:
    cache = SampleCache(store, 4, room)
    for _ in range(2):
        for number in range(CHIPS):
            cache.read(number)
    assert sorted(decoded.values()) == [1] * kept + [2] * (CHIPS - kept)


def test_what_is_kept_cannot_be_changed_by_who_reads_it(store: Store) -> None:
    for array in SampleCache(store, 4, SAMPLE_BYTES).read(0):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_a_copy_for_another_process_begins_empty(store: Store) -> None:
    cache = SampleCache(store, 4, CHIPS * SAMPLE_BYTES)
    empty = len(pickle.dumps(cache))
    for number in range(CHIPS):
        cache.read(number)
    assert len(pickle.dumps(cache)) == empty
    copy = pickle.loads(pickle.dumps(cache))
    assert all(np.array_equal(a, b) for a, b in zip(copy.read(2), cache.read(2), strict=True))


def test_memory_is_given_back_and_there_is_room_again(store: Store, decoded: Counter[int]) -> None:
    cache = SampleCache(store, 4, SAMPLE_BYTES)
    cache.read(0)
    cache.clear()
    for number in (1, 1, 0):
        cache.read(number)
    assert decoded == {0: 2, 1: 1}


def test_samples_are_the_same_with_and_without_room(store: Store) -> None:
    settings = AugmentationConfig(crop=16, dates=DATES, shift_px=0.4, cloud_share=0.5)
    plain = TrainingSamples(store, settings, 4, 1, 1, 40)
    kept = TrainingSamples(store, settings, 4, 1, 1, 40, cache_bytes=2 * SAMPLE_BYTES)
    for number in range(40):
        one, other = plain[number], kept[number]
        assert all(torch.equal(one[key], other[key]) for key in one)
