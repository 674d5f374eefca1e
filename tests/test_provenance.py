"""What a network had seen before a run: told by its checkpoint, kept with the run, and said where it is tested."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny_source
import yaml

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from backend.errors import EXIT_DONE  # noqa: E402
from backend.model_card import read_card  # noqa: E402
from backend.trained_ground import seen_grounds, seen_points  # noqa: E402
from training.checkpoint import read_checkpoint, write_checkpoint  # noqa: E402
from training.crop_network import new_model  # noqa: E402
from training.evaluation_headline import headline  # noqa: E402
from training.provenance import Origin, count_seen, note_origin, read_origin, seen_sources  # noqa: E402
from training.store import Store  # noqa: E402
from training.train import main  # noqa: E402

pytestmark = pytest.mark.torch

FIRST = tiny_source.config()


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write_farm(tmp_path_factory.mktemp("farm"))


@pytest.fixture(scope="module")
def store(farm: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    return tiny_source.build(farm, tmp_path_factory.mktemp("first"), FIRST)


@pytest.fixture(scope="module")
def checkpoint(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model that was trained on the farm."""
    path = tmp_path_factory.mktemp("shipped") / "first.pt"
    write_checkpoint(path, FIRST, store, new_model(FIRST, store))
    return path


@pytest.fixture(scope="module")
def second(farm: Path, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that goes on from it, on the same farm with other blocks held out, to its model."""
    folder = tmp_path_factory.mktemp("second")
    config = folder / "second.yaml"
    settings = tiny_source.settings(seed=8, card={"name": "second"}, pretrain=None)
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    given = ["--config", str(config), "--data", str(farm), "--out", str(folder), "--scheduler", "local:1"]
    assert main(["run", *given, "--from", str(checkpoint)]) == EXIT_DONE
    return folder


def metrics(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return found


def test_a_checkpoint_names_the_ground_that_it_has_seen(store: Store, checkpoint: Path) -> None:
    (source,) = read_checkpoint(checkpoint).sources
    assert source["name"] == "farm"
    for split in ("train", "validation", "calibration", "test"):
        points = store.parcel_points("farm", split)
        assert (
            len(points)
            == store.parcels_by_split("farm")[("none", "train", "validation", "calibration", "test").index(split)]
        )
        seen = seen_points(seen_grounds({"sources": [source]}), points, store.sources[0].crs, 2018)
        assert seen.tolist() == [split != "test"] * len(points)


def test_tested_parcels_that_the_start_had_seen_are_counted_and_told(second: Path, checkpoint: Path) -> None:
    found = metrics(second)
    tested = Store(second / "dataset.zarr")
    origin = read_checkpoint(checkpoint).origin
    seen = count_seen(origin, tested, tested.sources[0], "test")
    assert 0 < seen < len(tested.parcel_points("farm", "test")), "other blocks are held out, some of them as before"
    assert found["evaluated"]["started_from"] == "first.pt"
    assert found["sources"]["farm"]["parcels_seen_before"] == seen
    assert found["card"]["farm"]["parcels_seen_before"] == seen
    assert f"{seen} of these seen by the model that it was started from" in found["card"]["farm"]["summary"]
    count = found["sources"]["farm"]["parcels_tested"]
    assert f"(parcels: {seen} of {count} in farm). These figures are too good." in headline(None, found)
    assert count_seen(None, tested, tested.sources[0], "test") == 0


def test_card_and_checkpoint_of_the_run_remember_both(second: Path) -> None:
    card = read_card(second / "model" / "second.onnx")
    assert card is not None
    assert card.training["started_from"]["file"] == "first.pt"
    assert len(seen_grounds(card.training)) == 2
    both = read_checkpoint(second / "model" / "second.pt").sources
    assert [source["name"] for source in both] == ["farm", "farm"]
    assert both[0]["blocks"] != both[1]["blocks"]
    assert read_checkpoint(second / "finetune" / "last.pt").sources == both


def test_a_start_of_another_year_has_not_seen_these_crops(checkpoint: Path, store: Store) -> None:
    origin = read_checkpoint(checkpoint).origin
    older = tuple({**source, "dates": ["2015-04-01"]} for source in origin.sources)
    assert count_seen(origin, store, store.sources[0], "train") == store.parcels_by_split("farm")[1]
    assert count_seen(replace(origin, sources=older), store, store.sources[0], "train") == 0


def test_a_stage_remembers_its_own_start_else_that_of_pretraining(tmp_path: Path) -> None:
    first, later = Origin("a.pt", ({"name": "one"},)), Origin("b.pt", ())
    for name in ("pretrain", "finetune"):
        (tmp_path / name).mkdir()
    assert read_origin(tmp_path / "finetune") is None
    note_origin(tmp_path / "pretrain", first)
    assert read_origin(tmp_path / "finetune") == first
    note_origin(tmp_path / "finetune", later)
    assert read_origin(tmp_path / "finetune") == later
    note_origin(tmp_path / "finetune", None)
    assert read_origin(tmp_path / "finetune") == first


def test_made_up_ground_is_no_ground_that_was_seen(store: Store) -> None:
    made_up = tiny_source.with_dataset(sources=[tiny_source.source(simulated=True)])
    assert seen_sources(made_up, store, None) == []
    earlier = Origin("a.pt", ({"name": "one"},))
    assert seen_sources(made_up, store, earlier) == [{"name": "one"}]
