"""The data set on disk: what goes in comes out, and a broken one is never taken for a whole one."""

from __future__ import annotations

import json
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.errors import DamagedFileError, InputError

zarr = pytest.importorskip("zarr")
from training.store import PLANES, SHARD_SAMPLES, Sample, SourceRecord, Store, StoreWriter  # noqa: E402

pytestmark = pytest.mark.torch

BANDS = ("B02", "B03")
CHIP = 4


def record(name: str = "farm") -> SourceRecord:
    return SourceRecord(name, "EPSG:32631", (10.0, 0.0, 500000.0, 0.0, -10.0, 4800000.0), 1.5, {"parcels": 3})


def sample(number: int, dates: int = 3, source: str = "farm") -> Sample:
    """A sample whose every value tells its number and place."""
    draw = np.random.default_rng(number)
    return Sample(
        source=source,
        row=10 * number,
        col=-number,
        x=draw.integers(0, 65535, (dates, len(BANDS), CHIP, CHIP)).astype(np.uint16),
        valid=draw.random((dates, CHIP, CHIP)) > 0.5,
        doy=np.arange(1, dates + 1) * 100,
        dates=(20180000 + np.arange(dates)).astype(np.int32),
        labels={
            scale: draw.integers(0, 70000, (len(PLANES), scale * CHIP, scale * CHIP)).astype(np.int32)
            for scale in (1, 4)
        },
    )


def write(path: Path, samples: list[Sample], dates: int = 3) -> Store:
    writer = StoreWriter(path, len(samples), dates, BANDS, CHIP)
    for name in dict.fromkeys(item.source for item in samples):
        writer.add(record(name), (item for item in samples if item.source == name))
    writer.close({"legend": []})
    return Store(path)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    samples = [sample(number) for number in range(11)]
    store = write(tmp_path / "data.zarr", samples)
    assert len(store) == 11
    assert store.bands == BANDS
    assert store.sources == (record(),)
    for number, item in enumerate(samples):
        for scale in (1, 4):
            x, valid, labels = store.read(number, scale)
            np.testing.assert_array_equal(x, item.x)
            np.testing.assert_array_equal(valid, item.valid)
            np.testing.assert_array_equal(labels, item.labels[scale])
            np.testing.assert_array_equal(store.labels(number, scale), item.labels[scale])
        assert store.origin[number].tolist() == [10 * number, -number]
        assert store.doy[number].tolist() == [100, 200, 300]
        assert store.date[number].tolist() == [20180000, 20180001, 20180002]


def test_a_shorter_series_is_padded_with_dates_that_are_nowhere_valid(tmp_path: Path) -> None:
    short, long = sample(0, dates=2, source="short"), sample(1, dates=4, source="long")
    store = write(tmp_path / "data.zarr", [short, long], dates=4)
    x, valid, _ = store.read(0, 1)
    assert x.shape == (4, 2, CHIP, CHIP)
    np.testing.assert_array_equal(x[:2], short.x)
    assert not valid[2:].any()
    assert store.doy.tolist() == [[100, 200, 0, 0], [100, 200, 300, 400]]
    assert store.source_of.tolist() == [0, 1]
    assert [source.name for source in store.sources] == ["short", "long"]


def test_a_chunk_is_a_sample_and_a_shard_holds_eight_in_zarr_format_3(tmp_path: Path) -> None:
    path = write(tmp_path / "data.zarr", [sample(number) for number in range(9)]).path
    assert json.loads((path / "zarr.json").read_text())["zarr_format"] == 3
    x = zarr.open_group(path, mode="r")["x"]
    assert isinstance(x, zarr.Array)
    assert x.chunks == (1, 3, 2, CHIP, CHIP)
    assert x.shards == (SHARD_SAMPLES, 3, 2, CHIP, CHIP)
    assert SHARD_SAMPLES == 8
    shards = [file for file in (path / "x").rglob("*") if file.is_file() and file.name != "zarr.json"]
    assert len(shards) == 2  # nine samples


def test_before_it_is_closed_nothing_lies_at_its_path(tmp_path: Path) -> None:
    path = tmp_path / "data.zarr"
    writer = StoreWriter(path, 9, 3, BANDS, CHIP)
    writer.add(record(), (sample(number) for number in range(9)))
    assert not path.exists()
    writer.close({})
    assert path.is_dir()
    assert [item.name for item in tmp_path.iterdir()] == ["data.zarr"]


def test_a_store_that_lacks_samples_is_not_closed(tmp_path: Path) -> None:
    writer = StoreWriter(tmp_path / "data.zarr", 3, 3, BANDS, CHIP)
    writer.add(record(), [sample(0)])
    with pytest.raises(InputError, match="made for 3 samples but got 1"):
        writer.close({})
    assert not (tmp_path / "data.zarr").exists()


def test_a_writing_that_breaks_off_leaves_no_half_of_a_store(tmp_path: Path) -> None:
    def break_off() -> None:
        with StoreWriter(tmp_path / "data.zarr", 3, 3, BANDS, CHIP) as writer:
            writer.add(record(), [sample(0)])
            writer.close({})

    with pytest.raises(InputError, match="made for 3 samples but got 1"):
        break_off()
    assert list(tmp_path.iterdir()) == []


def test_a_new_store_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    write(tmp_path / "data.zarr", [sample(number) for number in range(9)])
    store = write(tmp_path / "data.zarr", [sample(5)])
    assert len(store) == 1
    np.testing.assert_array_equal(store.read(0, 1)[0], sample(5).x)


def test_a_sample_of_another_source_is_refused(tmp_path: Path) -> None:
    writer = StoreWriter(tmp_path / "data.zarr", 1, 3, BANDS, CHIP)
    with pytest.raises(InputError, match="A sample of 'forest' was given for the source 'farm'"):
        writer.add(record(), [sample(0, source="forest")])


def test_another_version_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "data.zarr", [sample(0)]).path
    group: Any = zarr.open_group(path, mode="r+")
    group.attrs["version"] = 99
    with pytest.raises(DamagedFileError, match="expected a data set of version 1, found 99"):
        Store(path)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no data set"):
        Store(tmp_path / "nothing.zarr")
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(DamagedFileError, match="not a data set"):
        Store(tmp_path / "empty.zarr")


def test_another_process_opens_the_store_anew(tmp_path: Path) -> None:
    import pickle

    store = write(tmp_path / "data.zarr", [sample(0), sample(1)])
    copied = pickle.loads(bytes(ForkingPickler.dumps(store)))
    np.testing.assert_array_equal(copied.read(1, 4)[2], sample(1).labels[4])
    assert copied.sources == store.sources
