"""Finished data sets of which something is missing or damaged: nobody trains on zeros without a word."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny_source
from bad_input import (
    STORE,
    Case,
    Runner,
    cut,
    flip,
    new,
    put,
    remove,
    told,
    write_tiffs,
)

from backend.errors import CsclError, DamagedFileError

pytest.importorskip("zarr")
from training import dataset_parts
from training.sampling import Block
from training.store import Store

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("farm")
    write_tiffs(folder)
    return folder


@pytest.fixture
def runner(tmp_path: Path, farm: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Runner:
    shutil.copytree(farm, tmp_path / "data")
    return Runner(tmp_path, monkeypatch, capfd)


def attributes(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / "zarr.json"
        values = json.loads(path.read_text())
        change(values["attributes"])
        path.write_text(json.dumps(values))

    return spoil


FINISHED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a shard of images is missing": (remove("x/c/1"), "x/c/1"),
    "the last shard of images is missing": (remove("x/c/3"), "x/c/3"),
    "a shard of images is empty": (put("x/c/1/0/0/0/0", b""), "x/c/1"),
    "a shard of images is cut short": (cut("x/c/1/0/0/0/0", 0.8), "x/c/1"),
    "a shard of labels is missing": (remove("labels_x4/c/2"), "labels_x4/c/2"),
    "a shard of coarse labels is missing": (remove("labels_x1/c/0"), "labels_x1/c/0"),
    "all shards are missing": (remove("x/c"), "x/c/0"),
    "an array is missing": (remove("labels_x1"), "labels_x1/c/0"),
    "the sizes of shards are missing": (remove("shards/c"), "shards"),
    "the sizes' metadata are cut short": (cut("shards/zarr.json", 0.5), "shards"),
    "the sources of samples are missing": (remove("source/c"), "source"),
    "the days are missing": (remove("doy/c"), "doy"),
    "the days are cut short": (cut("doy/c/0/0", 0.5), "doy"),
    "a bit of the days is turned": (flip("doy/c/0/0", 12), "doy"),
    "a bit of the origins is turned": (flip("origin/c/0/0", 14), "origin"),
    "a bit of the parcels is turned": (flip("parcel/c/0", 11), "parcel"),
    "the origins are missing": (remove("origin"), "origin"),
    "zarr.json is empty": (new("zarr.json", ""), "not a data set"),
    "zarr.json is missing": (lambda store: (store / "zarr.json").unlink(), "not a data set"),
    "zarr.json is cut short": (lambda store: _halve(store / "zarr.json"), "not a data set"),
    "zarr.json has no attributes": (attributes(dict.clear), "version"),
    "zarr.json has no sources": (attributes(lambda values: values.pop("sources")), "sources"),
    "zarr.json has sources of another kind": (
        attributes(lambda values: values.update(sources=[{"name": "a"}])),
        "zarr.json",
    ),
    "zarr.json has no rare classes": (attributes(lambda values: values.update(rare=None)), "zarr.json"),
    "zarr.json is of another version": (attributes(lambda values: values.update(version=1)), "version 2"),
}


def _halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.fixture(scope="module")
def finished(farm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset_parts, "to_blocks", lambda chips: [Block((chip,)) for chip in chips])
        config = tiny_source.with_dataset(chip=32)
        return tiny_source.build(farm, folder, config).path


@pytest.mark.parametrize("what", FINISHED)
def test_a_data_set_is_not_opened_of_which(what: str, finished: Path, tmp_path: Path) -> None:
    store = tmp_path / STORE
    shutil.copytree(finished, store)
    spoil, word = FINISHED[what]
    spoil(store)
    with pytest.raises(DamagedFileError, match=STORE) as caught:
        Store(store)
    assert word in caught.value.message
    assert "again" in caught.value.hint
    assert len(caught.value.message) < 500


@pytest.mark.parametrize("name", ["x/c/1/0/0/0/0", "labels_x1/c/1/0/0/0", "labels_x4/c/1/0/0/0"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_bit_that_is_turned_in_a_shard_is_noticed(name: str, share: float, finished: Path, tmp_path: Path) -> None:
    store = tmp_path / STORE
    shutil.copytree(finished, store)
    size = (store / name).stat().st_size
    flip(name, int(share * size), 3)(store)
    opened = Store(store)
    with pytest.raises(DamagedFileError, match=name.partition("/")[0]):
        opened.images(1) if name.startswith("x") else opened.labels(1, int(name.partition("/")[0][-1]))


@pytest.mark.parametrize(
    "spoil", [cut("tables/parcels.parquet", 0.5), put("tables/parcels.parquet", b""), remove("tables")]
)
def test_a_damaged_table_of_parcels_is_named(spoil: Callable[[Path], None], finished: Path, tmp_path: Path) -> None:
    store = tmp_path / STORE
    shutil.copytree(finished, store)
    spoil(store)
    with pytest.raises(DamagedFileError, match=r"parcels\.parquet: the table of parcels"):
        Store(store).parcels_table()


@pytest.mark.parametrize("stage", ["pretrain", "finetune", "evaluate"])
def test_training_says_in_one_sentence_that_the_data_set_is_damaged(stage: str, finished: Path, runner: Runner) -> None:
    shutil.copytree(finished, runner.out / STORE)
    remove("x/c/1")(runner.out)
    ending = runner.build(
        Case("", CsclError, (), run={"pretrain": {"steps": 4}, "finetune": {"steps": 4}, "augmentation": {"crop": 16}}),
        stage,
    )
    told(ending, DamagedFileError, STORE, "x/c/1")
