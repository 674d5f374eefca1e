"""What a network had seen before a run: told by its checkpoint, kept with the run, and said where it is tested."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny_source
import yaml

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from backend.errors import EXIT_DONE, DamagedFileError  # noqa: E402
from backend.model_card import read_card  # noqa: E402
from backend.trained_ground import seen_grounds, seen_points  # noqa: E402
from training.checkpoint import read_checkpoint, write_checkpoint  # noqa: E402
from training.crop_network import new_model  # noqa: E402
from training.evaluate import seen_before  # noqa: E402
from training.evaluation_headline import _seen_before, headline  # noqa: E402
from training.provenance import (  # noqa: E402
    STARTED_FROM,
    Origin,
    count_seen,
    note_origin,
    read_origin,
    seen_sources,
)
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
    (source,) = read_checkpoint(checkpoint).sources or ()
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
    assert f"{seen} of these on ground that the model it was started from had seen" in found["card"]["farm"]["summary"]
    count = found["sources"]["farm"]["parcels_tested"]
    assert f"(parcels: {seen} of {count} in farm). These figures are too good." in headline(None, found)
    assert f"{seen} of the {count} parcels tested in 'farm' lie on ground that first.pt" in seen_before(
        "farm", count, seen, "first.pt"
    )
    assert count_seen(None, tested, tested.sources[0], "test") == 0


def test_card_and_checkpoint_of_the_run_remember_both(second: Path) -> None:
    card = read_card(second / "model" / "second.onnx")
    assert card is not None
    assert card.training["started_from"]["file"] == "first.pt"
    assert len(seen_grounds(card.training)) == 2
    both = read_checkpoint(second / "model" / "second.pt").sources or ()
    assert [source["name"] for source in both] == ["farm", "farm"]
    assert both[0]["blocks"] != both[1]["blocks"]
    assert read_checkpoint(second / "finetune" / "last.pt").sources == both


def test_a_start_of_another_year_has_not_seen_these_crops(checkpoint: Path, store: Store) -> None:
    (source,) = read_checkpoint(checkpoint).sources or ()
    whole = {**source, "blocks": None, "parcels_by_split": {"train": 9}}
    for year, seen in ((2018, store.parcels_by_split("farm")[1]), (2015, 0)):
        origin = Origin("a.pt", ({**whole, "year": year},))
        assert count_seen(origin, store, store.sources[0], "train") == seen


def test_what_a_stage_was_started_from_is_kept_with_it(tmp_path: Path) -> None:
    assert read_origin(tmp_path) is None
    for origin in (Origin("a.pt", ({"name": "one"},)), Origin("b.pt", ()), Origin("old.pt", None)):
        note_origin(tmp_path, origin)
        assert read_origin(tmp_path) == origin
    note_origin(tmp_path, None)
    assert read_origin(tmp_path) is None
    (tmp_path / STARTED_FROM).write_text("{", encoding="utf-8")
    with pytest.raises(DamagedFileError, match=STARTED_FROM):
        read_origin(tmp_path)


def test_fine_tuning_remembers_what_its_pretraining_was_started_from(
    farm: Path, checkpoint: Path, tmp_path: Path
) -> None:
    def call(stage: str, name: str, *more: str, **changes: Any) -> None:
        config = tmp_path / f"{name}.yaml"
        config.write_text(yaml.safe_dump(tiny_source.settings(**changes)), encoding="utf-8")
        given = ["--config", str(config), "--data", str(farm), "--out", str(out)]
        assert main([stage, *given, *more]) == EXIT_DONE

    out = tmp_path / "out"
    call("dataset", "both", "--scheduler", "local:1")
    call("train", "both", "--from", str(checkpoint))
    assert read_origin(out / "pretrain") == read_origin(out / "finetune") == read_checkpoint(checkpoint).origin
    call("finetune", "alone", pretrain=None)  # from scratch: what pre-training had seen is not its own
    assert read_origin(out / "finetune") is None


def test_a_start_that_does_not_name_its_ground_is_said_not_to(store: Store, checkpoint: Path) -> None:
    old = Origin("old.pt", None)
    record = store.sources[0]
    assert count_seen(old, store, record, "test") is None
    assert seen_before("farm", 8, None, "old.pt").startswith("Whether old.pt, which the run was started from, had seen")
    found = {"sources": {"farm": {"parcels_seen_before": None}}}
    assert "is not known" in _seen_before(found["sources"], "old.pt")[0]
    assert _seen_before({"farm": {"parcels_seen_before": 0}}, "old.pt") == []
    assert _seen_before(found["sources"], None) == []
    values = torch.load(checkpoint, weights_only=True)
    del values["sources"]
    older = checkpoint.with_name("older.pt")
    torch.save(values, older)
    assert read_checkpoint(older).origin == Origin("older.pt", None)
    unplaced = Store(store.path)
    unplaced.parcels_table = lambda: store.parcels_table().drop_columns(["x", "y"])  # type: ignore[method-assign]
    assert count_seen(read_checkpoint(checkpoint).origin, unplaced, record, "test") is None


def test_a_start_that_held_out_the_same_blocks_has_not_seen_the_test(store: Store, checkpoint: Path) -> None:
    origin = read_checkpoint(checkpoint).origin
    assert [count_seen(origin, store, store.sources[0], split) for split in ("train", "test")] == [0, 0]


def test_made_up_ground_is_no_ground_that_was_seen(store: Store) -> None:
    made_up = tiny_source.with_dataset(sources=[tiny_source.source(simulated=True)])
    assert seen_sources(made_up, store, None) == []
    earlier = Origin("a.pt", ({"name": "one"},))
    assert seen_sources(made_up, store, earlier) == [{"name": "one"}]


def test_what_a_start_of_a_start_had_seen_stays_unknown(store: Store, checkpoint: Path) -> None:
    assert seen_sources(tiny_source.with_dataset(), store, Origin("old.pt", None)) is None
    values = torch.load(checkpoint, weights_only=True)
    child = checkpoint.with_name("child.pt")
    torch.save({**values, "sources": None}, child)
    assert read_checkpoint(child).origin == Origin("child.pt", None)
