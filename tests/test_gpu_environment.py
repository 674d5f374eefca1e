"""The graphics card: how it is found, and that it is used only once it has run a model. There is no card here."""

from __future__ import annotations

import json
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cscl_qgis import environment, environment_build, gpu_environment, graphics_card
from cscl_qgis.environment import (
    MAPPING,
    MAPPING_GPU,
    MARKER,
    WorkerPythonError,
    default_dir,
    find_python,
    pins_hash,
    python_in,
    read_marker,
)
from cscl_qgis.gpu_environment import build_for_card, trial_failure, try_card
from cscl_qgis.graphics_card import GraphicsCard, find_graphics_card

CARD = GraphicsCard("NVIDIA RTX A2000", "cuda", "535.183.01")
linux = pytest.mark.skipif(sys.platform != "linux", reason="nvidia-smi is asked on Linux")


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "data_dir", lambda: tmp_path / "data")
    monkeypatch.delenv("CSCL_PYTHON", raising=False)


@pytest.fixture
def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts an nvidia-smi first on the PATH: a shell script's lines."""

    def write(script: str) -> None:
        folder = tmp_path / "programs with blanks"
        folder.mkdir(exist_ok=True)
        (folder / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "nvidia-smi").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setattr(graphics_card.platform, "machine", lambda: "x86_64")

    return write


@linux
def test_the_first_nvidia_card_is_found_with_its_driver(nvidia_smi: Callable[[str], None]) -> None:
    nvidia_smi(
        '[ "$1" = --query-gpu=name,driver_version ] && echo "NVIDIA RTX A2000, 535.183.01" && echo "Other, 535.1"'
    )
    found = find_graphics_card()
    assert found == CARD
    assert found.title == "NVIDIA RTX A2000 (535.183.01)"


@linux
@pytest.mark.parametrize(
    ("script", "lack"),
    [
        ('echo "Tesla K80, 470.82.01"', "Tesla K80 is version 470.82.01, older than 525"),
        (
            "echo NVIDIA-SMI has failed because it could not talk to the driver.; exit 9",
            "does not work .*could not talk",
        ),
    ],
)
def test_a_driver_that_will_not_do_is_told(nvidia_smi: Callable[[str], None], script: str, lack: str) -> None:
    nvidia_smi(script)
    with pytest.raises(WorkerPythonError, match=lack):
        gpu_environment.usable_card()


@linux
def test_no_card_is_none(nvidia_smi: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia_smi("echo No devices were found")
    assert find_graphics_card() is None
    nvidia_smi("exec sleep 30")
    monkeypatch.setattr(graphics_card, "ASK_S", 0.3)
    found = find_graphics_card()
    assert found is not None
    assert "does not answer" in found.lack


def windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, names: list[str], build: int) -> None:
    """Stand in for Windows: its registry of display adapters, its version, its library of DirectX 12."""

    class Key:
        def __init__(self, place: str) -> None:
            self.place = place

        def __enter__(self) -> Key:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    def open_key(parent: Any, name: str) -> Key:
        if name == "Properties":
            raise PermissionError(5, "Access is denied")
        return Key(name)

    registry = types.ModuleType("winreg")
    registry.HKEY_LOCAL_MACHINE = None  # type: ignore[attr-defined]
    registry.OpenKey = open_key  # type: ignore[attr-defined]
    registry.QueryInfoKey = lambda key: (len(names) + 1, 0, 0)  # type: ignore[attr-defined]
    registry.EnumKey = lambda key, i: f"{i:04}" if i < len(names) else "Properties"  # type: ignore[attr-defined]
    registry.QueryValueEx = lambda key, value: (names[int(key.place)], 1)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "winreg", registry)
    (tmp_path / "System32").mkdir(exist_ok=True)
    (tmp_path / "System32" / "d3d12.dll").write_text("")
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))
    monkeypatch.setattr(graphics_card.sys, "platform", "win32")
    monkeypatch.setattr(graphics_card.platform, "machine", lambda: "AMD64")
    monkeypatch.setattr(sys, "getwindowsversion", lambda: types.SimpleNamespace(build=build), raising=False)


def test_on_windows_any_adapter_with_a_driver_of_its_own_will_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = ["Microsoft Basic Display Adapter", "Microsoft Remote Display Adapter", "AMD Radeon(TM) Graphics"]
    windows(monkeypatch, tmp_path, names, 22631)
    assert find_graphics_card() == GraphicsCard("AMD Radeon(TM) Graphics", "directml")
    windows(monkeypatch, tmp_path, names[:2], 22631)
    assert find_graphics_card() is None
    windows(monkeypatch, tmp_path, names, 17763)
    found = find_graphics_card()
    assert found is not None
    assert "update Windows" in found.lack


def make_whole(profile: environment.Profile, **more: str) -> Path:
    python = python_in(default_dir(profile))
    python.parent.mkdir(parents=True)
    python.write_text("")
    values = {"schema": environment.MARKER_SCHEMA, "lock": pins_hash(profile), **more}
    (default_dir(profile) / MARKER).write_text(json.dumps(values))
    return python


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A card is there, and building makes whole environments at once; gives the names of those built."""
    names: list[str] = []

    def build(directory: Any, wheels: Any, base: Any, report: Any, is_cancelled: Any, proxy: str, profile: Any) -> Path:
        if not environment.is_complete(default_dir(profile), profile):
            names.append(profile.name)
            make_whole(profile)
        return python_in(default_dir(profile))

    monkeypatch.setattr(gpu_environment, "find_graphics_card", lambda is_cancelled: CARD)
    monkeypatch.setattr(gpu_environment, "build", build)
    return names


def says(monkeypatch: pytest.MonkeyPatch, **report: Any) -> None:
    monkeypatch.setattr(gpu_environment, "doctor", lambda *_: {"facts": {}, "faults": [], **report})


def test_a_card_that_ran_the_model_is_used_from_then_on(
    monkeypatch: pytest.MonkeyPatch, built: list[str], tmp_path: Path
) -> None:
    ordinary = make_whole(MAPPING)
    says(monkeypatch, facts={"device": "cuda: it ran the model and agrees with the processor"})
    assert find_python() == ordinary
    python = build_for_card(tmp_path / "m.onnx")
    assert find_python() == python == python_in(default_dir(MAPPING_GPU))
    assert read_marker(default_dir(MAPPING_GPU))["device"] == "cuda"
    assert trial_failure() == ""


@pytest.mark.parametrize("has_ordinary", [True, False])
def test_a_card_that_fails_leaves_maps_to_the_processor(
    monkeypatch: pytest.MonkeyPatch, built: list[str], tmp_path: Path, has_ordinary: bool
) -> None:
    if has_ordinary:
        make_whole(MAPPING)
    says(monkeypatch, faults=["The device cuda cannot be used: CUDA failure 35: the driver is too old."])
    with pytest.raises(WorkerPythonError, match="CUDA failure 35") as caught:
        build_for_card(tmp_path / "m.onnx")
    assert "on the processor" in caught.value.hint
    assert built == ["mapping-gpu"] if has_ordinary else ["mapping-gpu", "mapping"]
    assert find_python() == python_in(default_dir(MAPPING))
    assert "CUDA failure 35" in trial_failure()


def test_nothing_is_fetched_without_a_card_or_a_model(
    monkeypatch: pytest.MonkeyPatch, built: list[str], tmp_path: Path
) -> None:
    with pytest.raises(WorkerPythonError, match="no model is installed"):
        build_for_card(None)
    monkeypatch.setattr(gpu_environment, "find_graphics_card", lambda is_cancelled: None)
    with pytest.raises(WorkerPythonError, match="No graphics card was found"):
        build_for_card(tmp_path / "m.onnx")
    assert built == []


def test_an_engine_without_the_card_s_packages_fails_the_trial(model: Path) -> None:
    """The real engine of these tests, which has no CUDA."""
    with pytest.raises(WorkerPythonError, match="this ONNX Runtime has no CUDA support"):
        try_card(Path(sys.executable), model, "cuda")
    assert try_card(Path(sys.executable), model, "cpu") == "asked for"


def test_an_environment_is_removed_whole_and_the_others_stay() -> None:
    make_whole(MAPPING_GPU, device="cuda")
    ordinary = make_whole(MAPPING)
    environment_build.remove(MAPPING_GPU)
    assert find_python() == ordinary
    assert [path.name for path in default_dir(MAPPING).parent.iterdir()] == [default_dir(MAPPING).name]


def test_an_environment_in_use_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where a folder with a library in use cannot be renamed."""
    python = make_whole(MAPPING_GPU, device="cuda")

    def refuse(old: Path, new: Path) -> None:
        raise PermissionError(13, "The process cannot access the file", str(old))

    monkeypatch.setattr(environment_build.os, "rename", refuse)
    with pytest.raises(WorkerPythonError, match="cannot be removed") as caught:
        environment_build.remove(MAPPING_GPU)
    assert "End maps that run" in caught.value.hint
    assert find_python() == python
