"""The model card: what it holds, how it is written and what is refused."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_model import BANDS, legend

from backend.errors import DamagedFileError, InputError
from backend.model_card import CropClass, ModelCard, card_path, file_sha256, read_card

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
    bbox=(3.0, 43.0, 4.0, 44.0),
    training={"first_year": 2018, "sources": ["a"]},
    accuracy={"languedoc": {"summary": "macro F1 0.74"}},
    sha256="ab" * 32,
)


def test_a_card_is_the_same_after_writing_and_reading() -> None:
    assert ModelCard.from_item(CARD.to_item(), "card.json") == CARD


def test_a_card_is_a_stac_item_of_the_model_extension() -> None:
    item = CARD.to_item()
    assert item["type"] == "Feature"
    assert item["stac_extensions"] == ["https://stac-extensions.github.io/mlm/v1.4.0/schema.json"]
    assert item["properties"]["mlm:input"][0]["bands"] == list(BANDS)
    assert item["assets"]["model"]["cscl:sha256"] == "sha256:" + "ab" * 32


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


def test_the_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert file_sha256(tmp_path / "f") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
