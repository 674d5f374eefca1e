"""The report on this computer: what it tells, and that what is wrong is named with its cure."""

from __future__ import annotations

import json
from collections import namedtuple
from pathlib import Path

import pytest
from tiny_model import write_tiny_model

from backend import doctor
from backend.doctor import diagnose


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    write_tiny_model(path)
    return path


@pytest.fixture(autouse=True)
def _no_foreign_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in doctor.FOREIGN_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_a_whole_environment_has_no_fault_and_says_the_device_and_why(model: Path) -> None:
    found = diagnose(model, "cpu")
    assert found.faults == []
    assert found.facts["device"] == "cpu: asked for"
    assert {"engine", "system", "Python", "numpy", "onnxruntime", "GDAL", "memory", "cores"} <= found.facts.keys()
    assert "No fault was found." in found.as_text()
    assert json.loads(found.as_json()) == {"facts": found.facts, "faults": []}


def test_variables_of_another_program_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROJ_LIB", "/opt/other/proj")
    faults = diagnose().faults
    assert any("PROJ_LIB is set (/opt/other/proj)" in fault and "unset it" in fault for fault in faults)


def test_a_full_disk_and_little_memory_are_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda place: usage(10**12, 10**12, 10**8))
    monkeypatch.setattr(doctor, "_memory_bytes", lambda: 2**31)
    text = diagnose().as_text()
    assert "Fault: 0.1 GB are free in" in text
    assert "Fault: The computer has 2.0 GiB of memory" in text


def test_a_model_that_is_not_there_is_a_fault_and_not_a_traceback(tmp_path: Path) -> None:
    assert any("There is no model file" in fault for fault in diagnose(tmp_path / "none.onnx").faults)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert any("cannot be asked for its space" in fault for fault in diagnose(folder=tmp_path / "none").faults)
