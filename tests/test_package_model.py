"""From a run to a model file that the engine takes: what is written, what the card says, and what a failure leaves."""

from __future__ import annotations

import json
import logging
import os
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny_source

pytest.importorskip("torch")
pytest.importorskip("onnxscript")
import onnx
import torch

from backend import __version__
from backend.errors import InputError
from backend.model_card import METADATA_KEY, ModelCard, file_sha256, read_card
from backend.model_check import check_model
from backend.session import INPUTS, Session, feeds_of, probe_input, whole_tile
from training import package_model as package
from training.block_runs import in_runs
from training.checkpoint import read_checkpoint
from training.config import TrainConfig
from training.crop_network import new_model
from training.int8 import Comparison, compare, quantise
from training.make_card import _years
from training.package_model import calibration_tiles, package_model, try_int8
from training.provenance import _blocks
from training.splits import SPLITS
from training.stages import OUTPUTS
from training.store import SourceRecord, Store

pytestmark = pytest.mark.torch

UTM = "EPSG:32631"
CALIBRATION: dict[str, Any] = {
    "temperature": 1.5, "temperature_parcel": 0.8, "a": 4.0, "b": -2.0, "boundary_threshold": 0.4, "pixels": 900,
    "boundary_pixels": 700, "parcels": 2, "regions": ["farm"],
    "conformal": {"alpha": 0.1, "parcels": {"thresholds": {"1": 0.5}, "counts": {"1": 2}, "regions": {"1": ["farm"]}}},
}  # fmt: skip
"""What an evaluation says of a fit."""


def config(**changes: Any) -> TrainConfig:
    """The tiny run, whose model also gives an embedding."""
    card = {"name": "tiny", "attribution": "Made by hand", "license": "CC-BY-4.0"}
    network = {**tiny_source.NETWORK, "options": {**tiny_source.NETWORK["options"], "widths": [8, 8]}}
    return tiny_source.config(
        **{"network": network, "card": card, "export": {"embedding": True}, "pretrain": None, **changes}
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder with its data set, weights that were never trained, and an evaluation."""
    farm = tiny_source.write_farm(tmp_path_factory.mktemp("data"))
    out = tmp_path_factory.mktemp("run") / "out"
    store = tiny_source.build(farm, out, config())
    weights = tiny_source.trained(out, config(), new_model(config(), store))
    evaluation = {
        "evaluated": {"weights_sha256": file_sha256(weights)},
        "calibration": CALIBRATION,
        "sources": {},
        "card": {"farm": {"summary": "accuracy 0.5", "miou": 0.3}},
    }
    (out / OUTPUTS["evaluate"]["evaluation"]).write_text(json.dumps(evaluation), encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def model(run: Path) -> Path:
    return package_model(config(), run)


@pytest.fixture(scope="module")
def card(model: Path) -> ModelCard:
    found = read_card(model)
    assert found is not None
    return found


def test_a_model_its_card_and_a_checkpoint_are_written_and_nothing_else(model: Path) -> None:
    assert {item.name for item in model.parent.iterdir()} == {"tiny.onnx", "tiny.json", "tiny.pt"}
    assert check_model(model, "cpu").warnings == ()


def test_the_card_says_where_how_and_on_what_the_model_was_trained(card: ModelCard) -> None:
    west, south, east, north = card.bbox
    assert west == pytest.approx(3.0, abs=0.01)
    assert 43.3 < south < north < 43.4
    assert west < east < 3.02
    trained = card.training
    assert trained["split_scheme"] == "blocks"
    assert trained["sources"][0]["block_m"] == tiny_source.BLOCK_M
    assert trained["sources"][0]["bbox"] == list(card.bbox)
    assert (trained["pretrain_steps"], trained["finetune_steps"], trained["samples_drawn"]) == (0, 4, 8)
    assert trained["epochs"] == round(8 / trained["samples"], 1)
    assert trained["code_version"] == __version__
    assert (card.attribution, card.license) == ("Made by hand", "CC-BY-4.0")
    assert card.receptive_radius == card.halo - 1
    assert card.takes_any_dates


def test_the_card_names_the_blocks_trained_on_and_those_held_out(card: ModelCard) -> None:
    source = card.training["sources"][0]
    blocks = source["blocks"]
    assert (blocks["crs"], blocks["size"]) == (UTM, tiny_source.BLOCK_M)
    found = {name: in_runs(blocks[name]) for name in SPLITS}
    assert found["train"]
    assert found["test"]
    assert len(set.union(*found.values())) == sum(map(len, found.values())), "no block is in two splits"
    assert f"{len(found['train'])} of them trained on, {len(found['test'])} held out to test" in card.summary()


def test_a_fold_held_out_is_the_test_in_the_card() -> None:
    blocks = {
        "size": 50.0,
        "splits": {"train": [[1, 1, 4]], "validation": [[2, 1, 1]], "calibration": [[2, 3, 4]], "test": []},
        "folds": {"1": [[1, 1, 2], [2, 4, 4]], "2": [[1, 3, 4], [2, 1, 3]]},
    }
    record = SourceRecord("farm", UTM, (10.0, 0.0, 0.0, 0.0, -10.0, 0.0), 1.0, {"blocks": blocks})
    assert _blocks(record, 1) == {
        "crs": UTM,
        "size": 50.0,
        "train": [[1, 3, 4]],
        "validation": [[2, 1, 1]],
        "calibration": [[2, 3, 3]],
        "test": [[1, 1, 2], [2, 4, 4]],
    }
    assert _blocks(SourceRecord("old", UTM, record.transform, 1.0, {}), 0) is None


@pytest.mark.parametrize(
    ("facts", "years"),
    [
        ([{"year": 2023}], [2023]),
        ([{"year": 2023}, {"dates": [{"date": f"{year}-07-01", "used": True} for year in (2021, 2022)]}], [2022, 2023]),
        ([{"years": [2016, 2017]}], [2016, 2017]),
        ([{"year": 2023}, {"year": 2020, "parcels_by_split": {"train": 0, "test": 4}}], [2023]),
        ([{}], [2019]),  # the card's own
    ],
)
def test_the_card_tells_the_years_of_what_was_trained_on(facts: list[dict[str, Any]], years: list[int]) -> None:
    place = (10.0, 0.0, 0.0, 0.0, -10.0, 0.0)
    store: Any = SimpleNamespace(
        sources=[SourceRecord(f"farm_{n}", UTM, place, 1.0, own) for n, own in enumerate(facts)]
    )
    assert _years(tiny_source.config(card={"name": "tiny", "year": 2019}), store) == years


def test_the_card_repeats_the_calibration_and_the_accuracy(card: ModelCard) -> None:
    assert (card.temperature, card.temperature_parcel, card.boundary) == (1.5, 0.8, (4.0, -2.0))
    assert card.conformal == CALIBRATION["conformal"]
    assert card.calibration == {"pixels": 900, "boundary_pixels": 700, "parcels": 2, "regions": ["farm"]}
    assert card.accuracy["farm"]["miou"] == 0.3


def test_the_card_inside_the_file_is_the_one_beside_it_without_the_checksum(model: Path, card: ModelCard) -> None:
    proto = onnx.load(str(model))
    (text,) = [entry.value for entry in proto.metadata_props if entry.key == METADATA_KEY]
    assert ModelCard.from_item(json.loads(text), "inside") == replace(card, sha256="")
    assert card.sha256 == file_sha256(model)
    assert card.memory_per_cell_date > 0


def test_the_checkpoint_beside_the_model_is_the_one_that_the_card_names(
    model: Path, card: ModelCard, run: Path
) -> None:
    path = model.parent / card.checkpoint
    assert file_sha256(path) == card.checkpoint_sha256
    checkpoint = read_checkpoint(path)
    assert checkpoint.bands == card.bands
    assert [entry["name"] for entry in checkpoint.legend] == [entry.name for entry in card.classes]
    weights = torch.load(run / "finetune" / "weights.pt", weights_only=True)
    assert all(torch.equal(checkpoint.state_dict[name], value) for name, value in weights.items())


def test_the_model_gives_the_embedding_that_was_asked_for(model: Path, card: ModelCard) -> None:
    tile = probe_input(len(card.bands), 16, 5)
    session = Session(model, "cpu")
    assert card.embedding_channels == 8
    assert session.run(*tile, embedding=True)[2].shape == (8, 64, 64)
    probabilities, boundary = session.run(*tile)  # maps do not ask for it
    assert (probabilities.shape, boundary.shape) == ((14, 64, 64), (64, 64))


def test_without_an_evaluation_there_is_no_model(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no evaluation"):
        package_model(config(), tmp_path)


def test_an_evaluation_of_other_weights_is_not_put_into_the_card(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "dataset.zarr").symlink_to(run / "dataset.zarr")
    shutil.copytree(run / "finetune", out / "finetune")
    name = OUTPUTS["evaluate"]["evaluation"]
    evaluation = json.loads((run / name).read_text(encoding="utf-8"))
    (out / name).write_text(json.dumps({**evaluation, "evaluated": {"weights_sha256": "0" * 64}}), encoding="utf-8")
    with pytest.raises(InputError, match="is of other weights than the run's"):
        package_model(config(), out)
    # of an earlier version, without the sum
    (out / name).write_text(json.dumps({**evaluation, "evaluated": {}}), encoding="utf-8")
    os.utime(out / name, (0, 0))
    with pytest.raises(InputError, match="is older than the weights"):
        package_model(config(), out)
    assert not (out / "model").exists()


@pytest.mark.parametrize("step", ["check_parity", "check_model", "write_checkpoint"])
def test_a_model_that_fails_leaves_no_file(
    model: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("dataset.zarr", "finetune", OUTPUTS["evaluate"]["evaluation"]):
        (out / name).symlink_to(run / name)
    (out / "model").mkdir()
    for name in ("tiny.onnx", "tiny.json", "tiny.pt", "tiny_int8.onnx", "tiny_int8.json"):
        (out / "model" / name).write_text("of an earlier export")

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("differs by 1 between PyTorch and ONNX Runtime")

    # what comes before takes seconds, and is tested above
    monkeypatch.setattr(package, "export_onnx", lambda module, path, *_: path.write_bytes(model.read_bytes()))
    monkeypatch.setattr(package, "check_parity", lambda *_: {})
    monkeypatch.setattr(package, "measure_memory", lambda *_: (1000, 0))
    monkeypatch.setattr(package, step, fail)
    with pytest.raises(ValueError, match="differs by 1"):
        package_model(config(), out)
    assert list((out / "model").iterdir()) == []


def test_calibration_tiles_are_of_the_calibration_split_alone(run: Path, card: ModelCard) -> None:
    store = Store(run / "dataset.zarr")
    feeds, labels = calibration_tiles(store, card)
    assert 1 <= len(feeds) == len(labels)
    assert {feed["x"].shape for feed in feeds} == {(1, 4, 10, 32, 32)}
    # the blind date is not in the store's series; two fields of 14 x 14 pixels are the calibration split
    assert sum(int((truth >= 0).sum()) for truth in labels) > 0
    few, _ = calibration_tiles(store, replace(card, dates_min=1, dates_max=2))
    assert few[0]["doy"].tolist() == [[feeds[0]["doy"][0, 0], feeds[0]["doy"][0, -1]]]


def tiles(count: int = 3) -> list[dict[str, Any]]:
    series = [probe_input(10, 16, 4, seed) for seed in range(count)]
    return [feeds_of(*tile, whole_tile(tile[0], True)) for tile in series]


def test_a_quantised_model_is_smaller_and_keeps_its_metadata_and_most_classes(model: Path, tmp_path: Path) -> None:
    quantise(model, tmp_path / "small.onnx", tiles())
    found = compare(model, tmp_path / "small.onnx", tiles(5)[3:], threads=1)
    assert found.pixels == 2 * 64 * 64
    assert found.agreement > 0.9
    assert found.accuracy is None
    assert found.time_ratio > 0
    kinds = {node.op_type for node in onnx.load(str(tmp_path / "small.onnx")).graph.node}
    assert "QuantizeLinear" in kinds
    assert [path.name for path in tmp_path.iterdir()] == ["small.onnx"]
    with pytest.raises(ValueError, match="quantisation needs tiles"):
        quantise(model, tmp_path / "none.onnx", [])


def test_a_model_compared_with_itself_agrees_and_is_as_accurate(model: Path) -> None:
    feeds = tiles(2)
    session = Session(model, "cpu")
    labels = [session.run(*(feed[name][0] for name in INPUTS))[0].argmax(axis=0) for feed in feeds]
    labels[0][:32] = -1
    labels[1][:16] = (labels[1][:16] + 1) % 14  # a quarter of the second is wrong
    found = compare(model, model, feeds, labels, threads=1)
    assert found.agreement == 1.0
    assert found.accuracy == found.original_accuracy == pytest.approx(1 - 16 / 96)


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ((0.5, 0.995, 0.8, 0.8), []),
        ((0.9, 0.995, 0.8, 0.8), ["it takes 90% of the time, not less than 90%"]),
        ((0.5, 0.99, None, None), ["99.00% of the pixels keep their class, not more than 99%"]),
        ((0.5, 0.995, 0.79, 0.8), ["its accuracy is 0.7900, not 0.8000"]),
    ],
)
def test_a_quantised_model_is_kept_only_if_it_is_faster_and_as_accurate(
    values: tuple[Any, ...], reasons: list[str]
) -> None:
    assert Comparison(*values, pixels=100).reasons == reasons


@pytest.mark.parametrize("kept", [True, False])
def test_eight_bit_numbers_are_kept_with_a_card_of_their_own_or_leave_nothing(
    model: Path,
    card: ModelCard,
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    kept: bool,
) -> None:
    found = Comparison(0.5 if kept else 1.2, 0.995, 0.8, 0.8, 100)
    monkeypatch.setattr(package, "compare", lambda *_: found)
    monkeypatch.setattr(package, "measure_memory", lambda *_: (1000, 0))
    monkeypatch.setattr(package, "calibration_tiles", lambda *_: (tiles(2), [np.zeros((64, 64), np.int64)] * 2))
    target = tmp_path / "tiny_int8.onnx"
    caplog.set_level(logging.INFO)
    assert try_int8(model, target, card, Store(run / "dataset.zarr")) is kept
    if not kept:
        assert list(tmp_path.iterdir()) == []
        assert "not kept, since it takes 120% of the time" in caplog.text
        return
    small = check_model(target, "cpu").card
    assert (small.name, small.precision, small.checkpoint) == ("tiny_int8", "int8", "tiny.pt")
    assert small.sha256 == file_sha256(target)
