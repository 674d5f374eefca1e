"""Published sets in a data set of their own, beside our own sources, and as training samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import published_sets
import pytest
import tiny_source
from test_import_mtlcc import small as small_mtlcc
from test_import_pastis import CORNER, DATES
from test_import_pastis import small as small_pastis
from test_import_t31tfm import small as small_t31tfm

pytest.importorskip("zarr")
from training.config import TrainConfig
from training.mosaic import open_mosaics
from training.splits import SPLITS
from training.stages import STAGES, run_stages
from training.store import CLASS, PARCEL, SPLIT, Store

pytestmark = pytest.mark.torch

FOLDERS = {"t31tfm": "set", "mtlcc": "240", "pastis": "PASTIS"}
ONLY_TRAIN = {"train": 1.0, "validation": 0.0, "calibration": 0.0, "test": 0.0}
TABLE = f"source_code,name\n0,background\n1,{tiny_source.WHEAT}\n2,{tiny_source.MAIZE}\n19,\n"


def configuration(kind: str, level: str, sources: list[dict[str, Any]] | None = None, **changes: Any) -> TrainConfig:
    item = {"name": "published", "kind": kind, "path": FOLDERS[kind], "classes": "own.csv", "shares": ONLY_TRAIN}
    dataset = {
        "level": level,
        "chip": 32,
        "max_dates": 6,
        "rare": tiny_source.NOTHING_RARE,
        "imports": [{**item, **changes}],
        "sources": sources or [],
    }
    return tiny_source.config(dataset=dataset)


@pytest.mark.parametrize(("kind", "level", "write"), [("t31tfm", "L1C", small_t31tfm), ("mtlcc", "L1C", small_mtlcc)])
def test_a_published_set_becomes_a_data_set(tmp_path: Path, kind: str, level: str, write: Any) -> None:
    write(tmp_path)
    (tmp_path / "own.csv").write_text(TABLE, encoding="utf-8")
    store = tiny_source.build(tmp_path, tmp_path / "out", configuration(kind, level))
    assert len(store) > 1
    assert store.attributes["level"] == level
    assert {record.facts["importer"] for record in store.sources} == {kind}
    splits = {int(code) for number in range(len(store)) for code in np.unique(store.labels(number, 1)[SPLIT])}
    assert SPLITS["train"] in splits
    assert store.images(0)[1].any()
    assert open_mosaics(store) == []  # patches are no map of a whole


def test_a_published_set_lies_beside_our_own_source_with_labels_where_it_has_them(tmp_path: Path) -> None:
    tiny_source.write_farm(tmp_path)
    small_pastis(tmp_path, more=[published_sets.pastis_feature(10001, 5, (CORNER[0] + 1280, CORNER[1]), DATES)])
    (tmp_path / "own.csv").write_text(TABLE, encoding="utf-8")
    store = tiny_source.build(tmp_path, tmp_path / "out", configuration("pastis", "L2A", [tiny_source.source()]))
    names = [record.name for record in store.sources]
    assert names == ["farm", "published_t31tfm"]
    own = np.flatnonzero(store.source_of == 1)
    assert len(own) == 2 * 16  # patches of 128 pixels in chips of 32
    assert (store.labels(int(own[0]), 1)[CLASS] == 1).all()
    assert (store.labels(int(own[0]), 1)[PARCEL] > 0).all()
    assert (store.labels(int(own[0]), 4)[CLASS] == 255).all()  # PASTIS has labels at 10 m alone
    assert store.images(int(own[0]))[0][0, :, 3, 4].tolist() == [100 * band for band in range(1, 11)]
    assert [mosaic.name for mosaic in open_mosaics(store)] == ["farm"]


def test_a_broken_off_import_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from training import dataset_parts as module
    from training.importers.imported import ImportedSource

    small_t31tfm(tmp_path)
    (tmp_path / "own.csv").write_text(TABLE, encoding="utf-8")
    monkeypatch.setattr(module, "IMPORT_UNIT", 1)
    config, reads, read = configuration("t31tfm", "L1C"), [], ImportedSource.read

    def counted(self: ImportedSource, index: int) -> Any:
        reads.append(index)
        if len(reads) == 3:
            raise OSError(28, "No space left on device")
        return read(self, index)

    monkeypatch.setattr(ImportedSource, "read", counted)
    with pytest.raises(OSError, match="No space left"):
        tiny_source.build(tmp_path, tmp_path / "out", config)
    store: Store = tiny_source.build(tmp_path, tmp_path / "out", config)
    assert reads[3:] == list(range(2, len(store)))  # from the sample that failed on


def test_published_sets_alone_are_trained_on_and_scored(tmp_path: Path) -> None:
    small_t31tfm(tmp_path)
    (tmp_path / "own.csv").write_text(TABLE, encoding="utf-8")
    run_stages(configuration("t31tfm", "L1C"), tmp_path, tmp_path / "out", STAGES[:-1])
    evaluation = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert evaluation["sources"]["published"]["patches_tested"] > 0


def test_the_published_labels_of_t31tfm_have_a_legend_of_their_own(tmp_path: Path) -> None:
    small_t31tfm(tmp_path)
    config = configuration("t31tfm", "L1C", classes="labels_20k2k")
    config = config.model_copy(update={"dataset": config.dataset.model_copy(update={"legend": "legend_20k2k"})})
    store = tiny_source.build(tmp_path, tmp_path / "out", config)
    assert [entry["name"] for entry in store.attributes["legend"]][:2] == ["background", "class_0"]
    assert (store.labels(0, 1)[CLASS] == 1).any()
