"""The model card: what it holds, how it is written and what is refused."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_model import BANDS, legend

from backend.card_item import read_item
from backend.errors import DamagedFileError, InputError
from backend.model_card import CropClass, ModelCard, card_path, file_sha256, read_card

ROOT = Path(__file__).resolve().parents[1]
CARD = ModelCard(
    name="card",
    version="1.2.3",
    architecture="L-TAE",
    description="For tests, größer.",
    license="CC-BY-4.0",
    bands=BANDS,
    level="L2A",
    magnification=4,
    tile_multiple=8,
    halo=20,
    classes=tuple(legend(5)),
    dates_min=3,
    dates_max=60,
    season=("10-01", "09-30"),
    temperature=1.3,
    boundary=(4.0, -1.5),
    parameters=123456,
    memory_per_cell_date=900,
    bbox=(3.0, 43.0, 4.0, 46.0),
    regions=((3.0, 43.0, 3.5, 43.5), (3.0, 45.0, 4.0, 46.0)),
    temperature_parcel=0.9,
    conformal={"alpha": 0.1, "parcels": {"thresholds": {"0": 0.4}}},
    calibration={"pixels": 20000, "boundary_pixels": 9000, "parcels": 120, "regions": ["a"]},
    training={
        "first_year": 2018,
        "sources": ["a"],
        "samples": 640,
        "pretrain_steps": 100,
        "finetune_steps": 900,
        "epochs": 12.5,
        "split_scheme": "blocks",
        "fold": 2,
        "code_version": "0.2.0",
    },
    attribution="RPG 2018, IGN, Licence Ouverte 2.0",
    receptive_radius=19,
    embedding_channels=24,
    checkpoint="card.pt",
    checkpoint_sha256="cd" * 32,
    accuracy={"languedoc": {"summary": "macro F1 0.74"}},
    sha256="ab" * 32,
)


def test_a_card_is_the_same_after_writing_and_reading() -> None:
    assert ModelCard.from_item(CARD.to_item(), "card.json") == CARD


@pytest.mark.parametrize(
    "sources",
    [None, ["a"], [{"blocks": {"train": None}}], [{"name": "a", "blocks": {"train": "all"}}], [{"blocks": 3}]],
)
def test_a_summary_leaves_out_ground_that_is_not_told_as_we_write_it(sources: Any) -> None:
    assert "trained on," not in replace(CARD, training={"sources": sources}).summary()


def test_a_summary_counts_the_blocks() -> None:
    blocks = {"crs": "EPSG:32631", "size": 250.0, "train": [[1, 2, 4], [2, 2, 2]], "test": [[3, 1, 1]]}
    for side, told in ((250.0, " of 250 m"), (None, "")):
        source = {"name": "a", "block_m": side, "blocks": blocks}
        assert (
            f"a: blocks{told}, 4 of them trained on, 1 held out to test"
            in replace(CARD, training={"sources": [source]}).summary()
        )


def test_a_card_with_defaults_is_the_same_after_writing_and_reading() -> None:
    card = replace(CARD, regions=(), checkpoint="", checkpoint_sha256="", sha256="", embedding_channels=0)
    assert ModelCard.from_item(json.loads(card.to_json()), "card.json") == card


def test_a_card_of_the_first_release_is_still_read() -> None:
    item = copy.deepcopy(CARD.to_item())
    item["stac_version"] = "1.0.0"
    item["geometry"] = {"type": "Polygon", "coordinates": [[[3, 43], [4, 43], [4, 46], [3, 46], [3, 43]]]}
    for key in [*item["properties"]]:
        if key in LATER or key == "bands":
            del item["properties"][key]
    item["properties"]["mlm:input"] = item["properties"]["mlm:input"][:1]
    item["properties"]["mlm:output"] = item["properties"]["mlm:output"][:1]
    del item["assets"]["checkpoint"], item["assets"]["model"]["bands"]
    card = ModelCard.from_item(item, "card.json")
    assert (card.regions, card.temperature_parcel, card.conformal, card.embedding_channels) == ((), 1.0, {}, 0)
    assert (card.name, card.dates_max, card.precision, card.checkpoint) == ("card", 60, "float32", "")


LATER = {
    "cscl:temperature_parcel", "cscl:conformal", "cscl:calibration", "cscl:attribution", "cscl:precision",
    "cscl:embedding_channels", "cscl:receptive_radius", "cscl:num_dates",
}  # fmt: skip


@pytest.mark.parametrize("name", ["tests", "default"])
def test_a_card_is_a_valid_stac_item(name: str) -> None:
    validation = pytest.importorskip("pystac.validation")
    card = CARD if name == "tests" else read_card(ROOT / "resources" / "models" / "cscl_default.onnx")
    # extensions are left out here: their schemas would be fetched; the next test has MLM's rules
    item = {**json.loads(card.to_json()), "stac_extensions": []}
    assert [uri.rpartition("/")[2] for uri in validation.validate_dict(item)] == ["item.json"]
    del item["properties"]["start_datetime"]
    with pytest.raises(Exception, match="Validation failed"):
        validation.validate_dict(item)


def test_a_card_keeps_the_rules_of_the_model_extension() -> None:
    """What schema.json of MLM 1.4 requires, written out."""
    item = CARD.to_item()
    properties, assets = item["properties"], item["assets"]
    assert item["stac_extensions"][0] == "https://stac-extensions.github.io/mlm/v1.4.0/schema.json"
    assert set(properties) >= {"mlm:name", "mlm:architecture", "mlm:tasks", "mlm:input", "mlm:output"}
    known = {
        "name", "architecture", "tasks", "framework", "framework_version", "memory_size", "total_parameters",
        "pretrained", "pretrained_source", "batch_size_suggestion", "accelerator", "accelerator_constrained",
        "accelerator_summary", "accelerator_count", "input", "output", "hyperparameters",
    }  # fmt: skip
    assert {key[4:] for key in properties if key.startswith("mlm:")} <= known
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]", properties["mlm:name"])
    assert set(properties["mlm:tasks"]) <= {"semantic-segmentation", "segmentation", "similarity-search"}
    for part, fields, array in (("input", {"name", "bands", "input"}, "input"),
                                ("output", {"name", "tasks", "result"}, "result")):  # fmt: skip
        for entry in properties[f"mlm:{part}"]:
            assert set(entry) >= fields
            shape, order = entry[array]["shape"], entry[array]["dim_order"]
            assert len(shape) == len(order) == len(set(order))
            assert all(isinstance(size, int) and size >= -1 for size in shape)
            assert all(re.fullmatch(r"[a-z-_]+", name) for name in order)
            assert entry[array]["data_type"] in ("float32", "int64", "uint8")
            assert entry["description"]
            assert set(entry.get("tasks", ())) <= set(properties["mlm:tasks"])
    # bands that an input names are described by the item and by the asset, as STAC 1.1 has it
    assert item["stac_version"] == "1.1.0"
    assert [band["name"] for band in properties["bands"]] == properties["mlm:input"][0]["bands"] == list(BANDS)
    assert assets["model"]["bands"] == properties["bands"]
    assert [name for name, asset in assets.items() if "mlm:model" in asset["roles"]] == ["model"]
    assert assets["model"]["mlm:artifact_type"] == "onnx"
    for entry in properties["mlm:output"][0]["classification:classes"]:
        assert isinstance(entry["value"], int)
        assert re.fullmatch(r"[0-9A-Za-z\-_]+", entry["name"])
        assert re.fullmatch(r"[0-9A-F]{6}", entry["color_hint"])


def test_files_are_named_with_their_checksums() -> None:
    assets = CARD.to_item()["assets"]
    assert assets["model"]["href"] == "./card.onnx"
    assert assets["model"]["cscl:sha256"] == "sha256:" + "ab" * 32
    assert assets["model"]["file:checksum"] == "1220" + "ab" * 32
    assert assets["checkpoint"]["href"] == "./card.pt"
    assert assets["checkpoint"]["cscl:sha256"] == "sha256:" + "cd" * 32


def test_the_regions_trained_on_are_the_items_geometry() -> None:
    item = CARD.to_item()
    assert item["geometry"]["type"] == "MultiPolygon"
    assert item["geometry"]["coordinates"][0] == [[[3.0, 43.0], [3.5, 43.0], [3.5, 43.5], [3.0, 43.5], [3.0, 43.0]]]
    assert read_item(item)["regions"] == CARD.regions
    assert replace(CARD, regions=()).to_item()["geometry"]["type"] == "Polygon"


@pytest.mark.parametrize(
    "path",
    [
        ("properties",),
        ("properties", "mlm:name"),
        ("properties", "cscl:halo"),
        ("properties", "mlm:output"),
        ("assets", "model"),
        ("bbox",),
    ],
)
def test_a_card_without_something_it_needs_is_damaged(path: tuple[str, ...]) -> None:
    item = copy.deepcopy(CARD.to_item())
    part: Any = item
    for key in path[:-1]:
        part = part[key]
    del part[path[-1]]
    with pytest.raises(DamagedFileError, match=r"card\.json: not a model card this version can read"):
        ModelCard.from_item(item, "card.json")


@pytest.mark.parametrize("item", [None, [], "x", 5, {}])
def test_any_other_json_is_no_card(item: Any) -> None:
    with pytest.raises(DamagedFileError, match="not a model card"):
        ModelCard.from_item(item, "card.json")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"magnification": 3}, "magnification must be 1, 2 or 4, not 3"),
        ({"bands": ("B02", "B02")}, "list each band once"),
        ({"classes": ()}, "list classes"),
        ({"classes": tuple(legend(2)) * 2}, "codes of their own"),
        ({"tile_multiple": 0}, "must be positive"),
        ({"halo": -1}, "must be positive"),
        ({"checkpoint": "..\\evil.pt"}, "the checkpoint must be a plain name"),
        ({"checkpoint": "evil.onnx"}, "the checkpoint must be a plain name"),
        ({"dates_min": 0}, "must take a date or more, not 0 to 60"),
        ({"dates_min": 9, "dates_max": 8}, "must take a date or more, not 9 to 8"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(CARD, **changes)


@pytest.mark.parametrize("code", [255, -1, 1.5])
def test_a_class_code_outside_0_to_254_is_refused(code: Any) -> None:
    with pytest.raises(InputError, match="whole number from 0 to 254"):
        CropClass(code, "x", "X", "#000000")


def test_a_colour_in_another_notation_is_refused() -> None:
    with pytest.raises(InputError, match="must be like #a1b2c3, not 'red'"):
        CropClass(1, "x", "X", "red")
    assert CropClass(1, "x", "X", "#0a10ff").rgb == (10, 16, 255)


def test_the_card_lies_beside_the_model_and_may_be_absent(tmp_path: Path) -> None:
    model = tmp_path / "model.v2.onnx"
    assert card_path(model) == tmp_path / "model.v2.json"
    assert read_card(model) is None
    card_path(model).write_text(CARD.to_json(), encoding="utf-8")
    assert read_card(model) == CARD


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b""])
def test_a_card_file_that_is_not_json_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.json").write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"m\.json: the model card is not valid JSON"):
        read_card(tmp_path / "m.onnx")


def test_the_summary_says_what_the_model_wants_and_gives() -> None:
    text = CARD.summary()
    assert "wants   L2A reflectance, bands B02 B03" in text
    assert "cells 4 times finer than the images (a finer label grid, not resolved detail)" in text
    assert "tested  languedoc: macro F1 0.74" in text
    assert "3 to 60 dates" in text
    assert "trained 3.00 to 3.50 east, 43.00 to 43.50 north; 3.00 to 4.00 east, 45.00 to 46.00 north" in text
    assert (
        "640 samples, 100 steps of pre-training, 900 steps of fine-tuning, 12.5 epochs, split by blocks, "
        "fold 2 held out, code 0.2.0" in text
    )
    assert "data    RPG 2018, IGN, Licence Ouverte 2.0" in text
    assert "fitted  temperature 1.30 on 20,000 pixels, of parcels 0.90 on 120; boundary on 9,000 pixels" in text
    assert "sets    hold the true class in 90% of cases" in text
    assert "weights card.pt" in text
    assert "an embedding of 24 channels" in text


def test_a_card_that_takes_any_number_of_dates_says_so() -> None:
    card = replace(CARD, dates_max=366)
    assert card.takes_any_dates
    assert "3 or more dates" in card.summary()
    assert card.to_item()["properties"]["cscl:num_dates"] is None
    assert CARD.to_item()["properties"]["cscl:num_dates"] == 60


def test_the_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert file_sha256(tmp_path / "f") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
