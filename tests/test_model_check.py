"""The gate for models: sound ones pass, doctored ones are refused with the sentence that says why."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny_model import write_tiny_model

from backend.cli import main
from backend.errors import DamagedFileError, ModelError
from backend.model_card import METADATA_KEY, ModelCard, card_path, file_sha256
from backend.model_check import ModelCheck, check_model
from backend.onnx_header import OnnxVersions, read_versions

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = ROOT / "resources" / "models" / "cscl_default.onnx"


@pytest.fixture
def copied(model: Path, tmp_path: Path) -> Path:
    """A model of one's own to damage."""
    path = tmp_path / "tiny.onnx"
    shutil.copy(model, path)
    shutil.copy(card_path(model), card_path(path))
    return path


@pytest.fixture
def default_model(tmp_path: Path) -> Path:
    """The shipped one, to damage; it computes parts of tiles."""
    for path in (DEFAULT, card_path(DEFAULT)):
        shutil.copy(path, tmp_path)
    return tmp_path / DEFAULT.name


def doctor(path: Path, change: Callable[[Any], object], **card: Any) -> Path:
    """Change the graph of a model, and give it a card that fits the changed file."""
    proto = onnx.load(str(path))
    change(proto)
    beside = ModelCard.from_item(json.loads(card_path(path).read_text(encoding="utf-8")), path.name)
    beside = replace(beside, **card)
    for entry in proto.metadata_props:
        if entry.key == METADATA_KEY:
            entry.value = json.dumps(replace(beside, sha256="").to_item())
    onnx.save(proto, str(path))
    card_path(path).write_text(replace(beside, sha256=file_sha256(path)).to_json(), encoding="utf-8")
    return path


def behind(output: str, *operators: tuple[str, list[Any]]) -> Callable[[Any], None]:
    """Put operators behind what was an output: each takes the last result and constants."""

    def change(proto: Any) -> None:
        graph = proto.graph
        for node in graph.node:
            for places in (node.input, node.output):
                for number, name in enumerate(places):
                    if name == output:
                        places[number] = f"{output}_raw"
        last = f"{output}_raw"
        for step, (operator, constants) in enumerate(operators):
            names = [last]
            for number, value in enumerate(constants):
                names.append(value if isinstance(value, str) else f"{output}_{step}_{number}")
                if not isinstance(value, str):
                    graph.initializer.append(numpy_helper.from_array(np.asarray(value), names[-1]))
            last = output if step == len(operators) - 1 else f"{output}_{step}"
            graph.node.append(helper.make_node(operator, names, [last]))

    return change


def after_all(values: str, operators: list[tuple[str, list[str], str, dict[str, Any]]]) -> Callable[[Any], None]:
    """Add to the probabilities a number made of the inputs; each is (operator, inputs, output, attributes)."""

    def change(proto: Any) -> None:
        behind("probabilities", ("Add", [values]))(proto)
        add = proto.graph.node[-1]
        made = [
            helper.make_node(operator, inputs, [output], **attributes)
            for operator, inputs, output, attributes in operators
        ]
        del proto.graph.node[-1]
        proto.graph.node.extend([*made, add])
        constants = {
            "flat": np.array([-1]),
            "first": np.array([0]),
            "second": np.array([1]),
            "little": np.float32(5e-5),
        }
        proto.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())

    return change


def test_a_sound_model_passes_without_warnings(model: Path) -> None:
    found = check_model(model, "cpu")
    assert isinstance(found, ModelCheck)
    assert (found.card.name, found.warnings) == ("tiny", ())


def test_the_default_model_and_its_card_of_the_first_release_pass() -> None:
    found = check_model(DEFAULT, "cpu")
    assert (found.card.name, found.card.takes_any_dates, found.warnings) == ("cscl_default", True, ())


def test_a_model_of_a_newer_file_format_is_refused(copied: Path) -> None:
    doctor(copied, lambda proto: setattr(proto, "ir_version", 11))
    with pytest.raises(ModelError, match=r"tiny\.onnx: expected operators of version 18 or newer and a file format up "
                       r"to 10, found 18 and 11\."):  # fmt: skip
        check_model(copied, "cpu")


def test_a_model_of_older_operators_is_refused(tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "tiny.onnx", magnification=1)

    def older(proto: Any) -> None:
        proto.opset_import[0].version = 17
        # what version 18 writes as an input is an attribute in 17
        for node in proto.graph.node:
            if node.op_type == "ReduceMax":
                del node.input[1:]
                node.attribute.append(helper.make_attribute("axes", [1]))

    doctor(tmp_path / "tiny.onnx", older)
    with pytest.raises(ModelError, match="found 17 and 10"):
        check_model(tmp_path / "tiny.onnx", "cpu")


def test_operators_that_not_every_runtime_has_are_a_warning(copied: Path) -> None:
    def foreign(proto: Any) -> None:
        proto.opset_import.append(helper.make_opsetid("com.microsoft", 1))

    doctor(copied, foreign)
    assert check_model(copied, "cpu").warnings == (
        "The model uses operators of com.microsoft, which not every ONNX Runtime has.",
    )


def test_a_model_without_a_boundary_is_refused(copied: Path) -> None:
    doctor(copied, lambda proto: proto.graph.output.pop())
    with pytest.raises(ModelError, match=r"expected the outputs probabilities, boundary, found probabilities \["):
        check_model(copied, "cpu")


def test_a_model_without_the_embedding_that_its_card_names_is_refused(copied: Path) -> None:
    doctor(copied, lambda proto: None, embedding_channels=8)
    with pytest.raises(ModelError, match="expected the outputs probabilities, boundary, embedding, found"):
        check_model(copied, "cpu")


def test_an_embedding_of_another_size_than_the_card_says_is_refused(copied: Path) -> None:
    def embedded(proto: Any) -> None:
        proto.graph.node.append(helper.make_node("Identity", ["fine"], ["embedding"]))
        proto.graph.output.append(helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["B", 3, "mH", "mW"]))

    doctor(copied, embedded, embedding_channels=3)
    assert check_model(copied, "cpu").card.embedding_channels == 3
    doctor(copied, lambda proto: None, embedding_channels=4)
    with pytest.raises(ModelError, match=r"expected a finite embedding \(4, 64, 64\), came \(3, 64, 64\)"):
        check_model(copied, "cpu")


def test_probabilities_that_do_not_sum_to_one_are_refused(copied: Path) -> None:
    doctor(copied, behind("probabilities", ("Mul", [np.float32(1.5)])))
    with pytest.raises(ModelError, match=r"its probabilities sum to 1\.5 to 1\.5, the smallest .* a sum of one"):
        check_model(copied, "cpu")


def test_a_boundary_above_one_is_refused(copied: Path) -> None:
    doctor(copied, behind("boundary", ("Add", [np.float32(1.5)])))
    with pytest.raises(ModelError, match=r"its boundary is no probability: 1\.5 to 1\.\d+ for a tile"):
        check_model(copied, "cpu")


def test_a_model_that_has_no_numbers_where_no_date_is_clear_is_refused(copied: Path) -> None:
    def divided(proto: Any) -> None:
        for entry in proto.graph.initializer:
            if entry.name == "epsilon":  # the mean over no date is then 0 / 0
                entry.CopyFrom(numpy_helper.from_array(np.float32(0), "epsilon"))

    doctor(copied, divided)
    with pytest.raises(ModelError, match="its answers are not numbers"):
        check_model(copied, "cpu")


def test_a_model_that_looks_under_clouds_is_refused(copied: Path) -> None:
    def careless(proto: Any) -> None:
        for node in proto.graph.node:
            if node.op_type == "Where":
                node.CopyFrom(helper.make_node("Identity", ["ndvi_raw"], ["ndvi"]))

    doctor(copied, careless)
    with pytest.raises(ModelError, match=r"(its answers are not numbers|what lies under clouds changes its answer)"):
        check_model(copied, "cpu")


def test_a_model_that_sees_further_than_its_halo_is_refused(copied: Path) -> None:
    # the first cell of the tile enters everywhere, as in a normalisation over space
    spread = after_all(
        "shift",
        [
            ("Reshape", ["ndvi", "flat"], "values", {}),
            ("Gather", ["values", "first"], "corner", {"axis": 0}),
            ("Mul", ["corner", "little"], "shift", {}),
        ],
    )
    doctor(copied, spread)
    with pytest.raises(ModelError, match="what lies further away than the 2 cells that its card names changes"):
        check_model(copied, "cpu")


def test_a_halo_that_is_too_small_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tiny.onnx"
    write_tiny_model(path, halo=6)
    assert check_model(path, "cpu").card.halo == 6
    doctor(path, lambda proto: None, halo=5)
    with pytest.raises(ModelError, match="further away than the 5 cells"):
        check_model(path, "cpu")


def test_a_reach_of_the_head_that_is_too_small_is_refused(default_model: Path) -> None:
    assert check_model(default_model, "cpu").card.head_reach == 2
    doctor(default_model, lambda proto: None, head_reach=0)
    with pytest.raises(ModelError, match="a part of a tile is not that for the whole, though 0 cells around it"):
        check_model(default_model, "cpu")


def test_a_model_that_computes_no_parts_though_its_card_says_so_is_refused(copied: Path) -> None:
    doctor(copied, lambda proto: None, head_reach=2)
    with pytest.raises(ModelError, match="it has no inputs rows and cols"):
        check_model(copied, "cpu")


COUNTING_DATES = after_all(
    "shift",
    [
        ("Shape", ["doy"], "sizes", {}),
        ("Gather", ["sizes", "second"], "dates", {"axis": 0}),
        ("Cast", ["dates"], "dates_f", {"to": TensorProto.FLOAT}),
        ("Mul", ["dates_f", "little"], "shift", {}),
    ],
)
"""Lets the number of dates, padding included, enter the answer."""


def test_padding_that_changes_the_answer_is_refused_where_any_number_of_dates_will_do(copied: Path) -> None:
    doctor(copied, COUNTING_DATES)
    with pytest.raises(ModelError, match=r"dates without a clear pixel change the model's answer, by up to 0\.00015"):
        check_model(copied, "cpu")


def test_padding_that_changes_the_answer_is_a_warning_where_the_dates_are_limited(copied: Path) -> None:
    doctor(copied, COUNTING_DATES, dates_max=16)
    (warning,) = check_model(copied, "cpu").warnings
    assert warning.startswith("Dates without a clear pixel change the model's answer, by up to 0.00015;")


def test_a_file_whose_hash_differs_from_its_card_is_refused(copied: Path) -> None:
    content = bytearray(copied.read_bytes())
    content[-1] ^= 1
    copied.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"its checksum is \w{12}\.\.\., its card says|expected an ONNX model"):
        check_model(copied, "cpu")


def test_the_card_of_another_model_is_refused(copied: Path) -> None:
    card = ModelCard.from_item(json.loads(card_path(copied).read_text(encoding="utf-8")), "card")
    card_path(copied).write_text(replace(card, name="other").to_json(), encoding="utf-8")
    with pytest.raises(ModelError, match=r"its card is that of 'other', the file says that it is 'tiny'\."):
        check_model(copied, "cpu")


@pytest.mark.parametrize(
    ("change", "told"), [({"version": "9"}, "version"), ({"dates_max": 12, "level": "L1C"}, "level, dates max")]
)
def test_a_card_that_was_changed_beside_the_model_is_refused(copied: Path, change: dict[str, Any], told: str) -> None:
    card = ModelCard.from_item(json.loads(card_path(copied).read_text(encoding="utf-8")), "card")
    card_path(copied).write_text(replace(card, **change).to_json(), encoding="utf-8")
    with pytest.raises(ModelError, match=f"the card beside it and the one inside it differ in {told}"):
        check_model(copied, "cpu")


def test_the_command_says_what_is_wrong_in_one_sentence(copied: Path, capfd: pytest.CaptureFixture[str]) -> None:
    doctor(copied, behind("probabilities", ("Mul", [np.float32(2.0)])))
    assert main(["check", str(copied)]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.startswith("Error: tiny.onnx: its probabilities sum to 2 to 2, the smallest")


def test_the_command_prints_warnings_beside_the_card(copied: Path, capfd: pytest.CaptureFixture[str]) -> None:
    doctor(copied, COUNTING_DATES, dates_max=16)
    assert main(["check", str(copied), "--json"]) == 0
    told = capfd.readouterr()
    assert json.loads(told.out)["properties"]["cscl:dates"] == [2, 16]
    assert told.err.startswith("Warning: Dates without a clear pixel change")


def test_the_versions_are_read_from_the_file_alone(model: Path) -> None:
    assert read_versions(model) == OnnxVersions(10, 18, ())
    proto = onnx.load(str(DEFAULT))
    assert read_versions(DEFAULT) == OnnxVersions(proto.ir_version, proto.opset_import[0].version, ())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x08", "it ends within a field"),
        (b"\x3a\x20abc", "it ends within a field"),
        (b"\x0f", "a field of the unknown kind 7"),
        (b"\x08" + b"\xff" * 11, "a number of more than 64 bits"),
        (b"\x42\x84\x80\x80\x10" + b"\0" * 9, "its operator sets are damaged"),
        (b"\x42\x04\x0a\x02\xff\xfe", "can't decode"),
    ],
)
def test_versions_of_something_else_are_damage(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(DamagedFileError, match=rf"m\.onnx: not an ONNX file \(.*{told}"):
        read_versions(tmp_path / "m.onnx")
