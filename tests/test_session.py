"""Loading a model: what is checked before it runs, and what it answers."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from tiny_model import write_tiny_model

from backend.errors import CancelledError, DamagedFileError, InputError, ModelError, ResourceError
from backend.model_card import card_path
from backend.model_check import check_model
from backend.session import Session, probe_input

DEFAULT_MODEL = Path(__file__).resolve().parents[1] / "resources" / "models" / "cscl_default.onnx"


@pytest.fixture
def copied(model: Path, tmp_path: Path) -> Path:
    """A model of one's own to damage."""
    path = tmp_path / "tiny.onnx"
    shutil.copy(model, path)
    shutil.copy(card_path(model), card_path(path))
    return path


def test_a_model_that_keeps_the_contract_passes_the_check(model: Path) -> None:
    found = check_model(model, "cpu")
    assert (found.card.name, found.choice.device, found.warnings) == ("tiny", "cpu", ())


@pytest.mark.parametrize("magnification", [1, 2, 4])
def test_the_answer_is_finer_by_the_magnification(tmp_path: Path, magnification: int) -> None:
    write_tiny_model(tmp_path / "m.onnx", magnification=magnification)
    probabilities, boundary = Session(tmp_path / "m.onnx", "cpu").run(*probe_input(10, 8, 3))
    assert probabilities.shape == (3, 8 * magnification, 8 * magnification)
    assert boundary.shape == probabilities.shape[1:]
    assert probabilities.sum(axis=0) == pytest.approx(1, abs=1e-5)


def test_telemetry_is_off_once_a_model_is_loaded(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    Session(model, "cpu")
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no model file .*gone\.onnx"):
        Session(tmp_path / "gone.onnx")


@pytest.mark.parametrize("content", [b"", b"not a model", bytes(range(256)) * 8])
def test_a_file_that_is_no_onnx_model_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"m\.onnx: expected an ONNX model"):
        Session(path)


def test_a_truncated_model_is_damaged(copied: Path) -> None:
    content = copied.read_bytes()
    copied.write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedFileError, match=r"tiny\.onnx: "):
        Session(copied)


def test_a_model_that_differs_from_its_cards_checksum_is_damaged(copied: Path) -> None:
    proto = onnx.load(str(copied))
    proto.doc_string = "changed"
    onnx.save(proto, str(copied))
    with pytest.raises(DamagedFileError, match=r"tiny\.onnx: its checksum is .*, its card says"):
        Session(copied)


def test_the_onnx_file_alone_is_enough(copied: Path) -> None:
    card_path(copied).unlink()
    assert Session(copied, "cpu").card.name == "tiny"


def test_a_model_without_any_card_is_refused(copied: Path) -> None:
    card_path(copied).unlink()
    proto = onnx.load(str(copied))
    del proto.metadata_props[:]
    onnx.save(proto, str(copied))
    with pytest.raises(DamagedFileError, match="the model has no card, neither beside it nor inside"):
        Session(copied)


def test_a_card_inside_that_is_not_json_is_damaged(copied: Path) -> None:
    card_path(copied).unlink()
    proto = onnx.load(str(copied))
    proto.metadata_props[0].value = "{"
    onnx.save(proto, str(copied))
    with pytest.raises(DamagedFileError, match="the card inside is not valid JSON"):
        Session(copied)


def test_a_model_with_other_inputs_is_refused_with_what_it_has(copied: Path) -> None:
    card_path(copied).unlink()
    proto = onnx.load(str(copied))
    proto.graph.input[0].name = "image"
    for node in proto.graph.node:
        for number, name in enumerate(node.input):
            node.input[number] = "image" if name == "x" else name
    onnx.save(proto, str(copied))
    with pytest.raises(ModelError, match="expected the inputs x, doy, valid, found image"):
        Session(copied)


def test_a_model_of_fewer_bands_than_its_card_lists_is_refused(copied: Path) -> None:
    item = json.loads(card_path(copied).read_text())
    item["properties"]["mlm:input"][0]["bands"] = ["B02", "B03"]
    card_path(copied).write_text(json.dumps(item))
    with pytest.raises(ModelError, match="the model takes 10 bands, its card lists 2"):
        Session(copied)


def test_a_model_whose_answer_does_not_fit_its_card_fails_the_check(copied: Path) -> None:
    item = json.loads(card_path(copied).read_text())
    item["properties"]["cscl:magnification"] = 2
    card_path(copied).write_text(json.dumps(item))
    with pytest.raises(ModelError, match=r"expected probabilities \(3, 32, 32\), came \(3, 64, 64\)"):
        check_model(copied, "cpu")


def test_an_embedding_that_the_model_does_not_give_is_refused(model: Path) -> None:
    with pytest.raises(ModelError, match=r"tiny\.onnx: the model gives no embedding"):
        Session(model, "cpu").run(*probe_input(10, 8, 3), embedding=True)


def test_a_session_told_to_stop_answers_with_a_cancellation(model: Path) -> None:
    session = Session(model, "cpu")
    session.terminate()
    with pytest.raises(CancelledError):
        session.run(*probe_input(10, 8, 3))


@pytest.mark.parametrize(
    "told",
    [
        "bad_alloc: Failed to allocate memory for requested buffer of size 99",
        "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0",
        "CUDA failure 2: out of memory ; GPU=0",
    ],
)
def test_memory_that_runs_out_during_inference_is_a_lack_of_resources(
    model: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    session = Session(model, "cpu")

    def fail(*_: object) -> None:
        raise RuntimeError(told)

    monkeypatch.setattr(session, "_run", fail)
    with pytest.raises(ResourceError, match="memory ran out"):
        session.run(*probe_input(10, 8, 3))


def test_trial_input_is_the_same_each_time() -> None:
    for first, second in zip(probe_input(2, 4, 3), probe_input(2, 4, 3), strict=True):
        assert np.array_equal(first, second)


def test_a_part_of_a_tile_gets_the_answer_that_it_has_in_the_whole(model: Path) -> None:
    for session in (Session(model, "cpu"), Session(DEFAULT_MODEL, "cpu")):
        tile = probe_input(10, 40, 4)
        whole = session.run(*tile)
        part = session.run(*tile, part=(slice(8, 20), slice(31, 40)))
        for everywhere, here in zip(whole, part, strict=True):
            assert here.shape[-2:] == (48, 36)
            assert here == pytest.approx(everywhere[..., 32:80, 124:160], abs=2e-6)


def test_a_model_that_can_computes_its_finer_grid_for_the_part_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(DEFAULT_MODEL, "cpu")
    assert session.takes_parts
    asked: list[dict[str, np.ndarray]] = []

    class Spy:
        def run(self, names: list[str], feeds: dict[str, np.ndarray], options: object) -> list[np.ndarray]:
            asked.append(feeds)
            return inner.run(names, feeds, options)

    inner = session._session
    monkeypatch.setattr(session, "_session", Spy())
    session.run(*probe_input(10, 40, 4), part=(slice(8, 20), slice(31, 40)))
    assert (asked[0]["rows"].tolist(), asked[0]["cols"].tolist()) == (list(range(6, 22)), list(range(29, 40)))


def test_a_model_whose_weights_lie_beside_it_is_refused(copied: Path) -> None:
    proto = onnx.load(str(copied))
    onnx.save_model(proto, str(copied), save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert (copied.parent / "weights.bin").is_file()
    card_path(copied).unlink()  # it would be of another checksum
    with pytest.raises(ModelError, match="in one file, but some of its weights lie in another one"):
        Session(copied, "cpu")
