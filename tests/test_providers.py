"""Which device a model runs on, with stand-ins for the accelerators that are not here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend import providers
from backend.errors import DeviceError
from backend.providers import ACCELERATORS, CPU, Accelerator, choose_device, count_threads
from backend.session import Session, import_onnxruntime, probe_input

ALL = [item.provider for item in ACCELERATORS]


class Loaded:
    """A session on an accelerator, of which only the providers are asked."""

    def __init__(self, provider: str) -> None:
        self.provider = provider

    def get_providers(self) -> list[str]:
        return [self.provider, CPU]


def choose(device: str, available: list[str], wrong: dict[str, Any]) -> tuple[Any, providers.DeviceChoice]:
    """Choose where opening fails (an exception), falls back ("cpu") or the answer differs (a number)."""

    def open_session(item: Accelerator) -> Loaded:
        failure = wrong.get(item.device)
        if isinstance(failure, Exception):
            raise failure
        return Loaded(CPU if failure == "cpu" else item.provider)

    def difference(session: Loaded) -> float:
        device = next(item.device for item in ACCELERATORS if item.provider == session.provider)
        return float(wrong.get(device, 1e-4))

    return choose_device(device, [*available, CPU], open_session, difference)


@pytest.mark.parametrize("item", ACCELERATORS, ids=lambda item: item.device)
def test_an_accelerator_that_agrees_with_the_processor_is_taken(item: Accelerator) -> None:
    session, choice = choose("auto", [item.provider], {})
    assert session.provider == item.provider
    assert (choice.device, choice.provider, choice.fell_back) == (item.device, item.provider, False)
    assert choice.reason == "it ran the model and agrees with the processor"


def test_the_first_by_preference_is_taken_whatever_the_order_they_are_offered_in() -> None:
    assert choose("auto", ALL[::-1], {})[1].device == "cuda"


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (RuntimeError("no driver\nsecond line"), "no driver"),
        (RuntimeError(), "RuntimeError"),
        ("cpu", "ONNX Runtime fell back to the processor by itself"),
        (0.3, "its answer differs from the processor's by 0.3"),
        (float("nan"), "its answer differs from the processor's by nan"),
    ],
)
def test_an_accelerator_that_does_not_work_is_told_and_not_used(failure: Any, told: str) -> None:
    session, choice = choose("auto", ["CUDAExecutionProvider"], {"cuda": failure})
    assert session is None
    assert (choice.device, choice.fell_back) == ("cpu", True)
    assert choice.reason == f"CUDA is installed but does not work: {told}"
    with pytest.raises(DeviceError) as caught:
        choose("cuda", ["CUDAExecutionProvider"], {"cuda": failure})
    assert caught.value.message == f"The device cuda cannot be used: CUDA is installed but does not work: {told}."


def test_the_next_accelerator_is_tried_and_the_failure_of_the_first_is_told() -> None:
    session, choice = choose("auto", ["CUDAExecutionProvider", "DmlExecutionProvider"], {"cuda": OSError("no driver")})
    assert session.provider == "DmlExecutionProvider"
    assert (choice.device, choice.fell_back) == ("directml", True)
    assert choice.reason.endswith("; CUDA is installed but does not work: no driver")


def test_without_accelerators_the_processor_is_no_fall_back() -> None:
    session, choice = choose("auto", [], {})
    assert session is None
    assert (choice.device, choice.fell_back) == ("cpu", False)
    assert choice.reason == "this ONNX Runtime supports no other device"


def test_the_processor_is_taken_where_it_is_asked_for() -> None:
    session, choice = choose("cpu", ALL, {})
    assert session is None
    assert choice.reason == "asked for"


@pytest.mark.parametrize("item", ACCELERATORS, ids=lambda item: item.device)
def test_a_device_that_is_not_offered_is_refused_with_what_it_needs(item: Accelerator) -> None:
    with pytest.raises(DeviceError, match=f"{item.device} cannot be used: this ONNX Runtime has no") as caught:
        choose(item.device, [], {})
    assert item.package in caught.value.hint


def test_a_session_runs_on_the_accelerator_once_its_answers_are_compared(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in is a session of the real ONNX Runtime whose answers can be made wrong."""
    ort = import_onnxruntime()
    asked: list[str] = []
    given: dict[str, Any] = {}
    real = ort.InferenceSession

    class OnCuda:
        error = 0.0

        def __init__(
            self, path: str, options: Any, providers: list[str], provider_options: list[Any], **_: Any
        ) -> None:
            self._session = real(path, options, providers=[CPU])
            self._name = providers[0]
            given[self._name] = provider_options

        def get_providers(self) -> list[str]:
            return [self._name, CPU]

        def run(self, *arguments: Any) -> list[Any]:
            asked.append(self._name)
            error = self.error if self._name == "CUDAExecutionProvider" else 0.0
            return [values + np.float32(error) for values in self._session.run(*arguments)]

        def __getattr__(self, name: str) -> Any:
            return getattr(self._session, name)

    monkeypatch.setattr(ort, "InferenceSession", OnCuda)
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider", CPU])
    session = Session(model, "auto")
    assert session.choice.device == "cuda"
    assert asked == [CPU, "CUDAExecutionProvider"]  # both ran the model before the first tile
    assert given == {CPU: [{}], "CUDAExecutionProvider": [{"use_tf32": "0"}]}  # in single precision, as the processor
    session.run(*probe_input(10, 8, 3))
    assert asked[2:] == ["CUDAExecutionProvider"]

    OnCuda.error = 0.5
    fallen = Session(model, "auto")
    assert (fallen.choice.device, fallen.choice.fell_back) == ("cpu", True)
    asked.clear()
    fallen.run(*probe_input(10, 8, 3))
    assert asked == [CPU]


def test_a_core_is_left_to_others_only_where_threads_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(6)), raising=False)
    assert count_threads(0, spare_core=True) == 5
    assert count_threads(0, spare_core=False) == 0
    assert count_threads(3, spare_core=True) == 3
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0}, raising=False)
    assert count_threads(0, spare_core=True) == 1


def test_of_what_a_driver_says_the_sentence_is_told() -> None:
    said = (
        "/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:122 std::conditional_t<THRW, void, Status> "
        "onnxruntime::CudaCall(ERRTYPE, const char*) [with ERRTYPE = cudaError; bool THRW = true] CUDA failure 35: "
        "CUDA driver version is insufficient for CUDA runtime version ; GPU=-1 ; hostname=vm ; line=336 ; expr=x; \n\n"
    )
    told = "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version"
    assert providers.reason_of(RuntimeError(said)) == told
    assert providers.reason_of(RuntimeError("no adapter.\nmore")) == "no adapter"
    assert providers.reason_of(RuntimeError()) == "RuntimeError"


def test_the_libraries_of_cuda_are_loaded_first_and_nothing_goes_to_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", CPU])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: print("Failed to load libcudnn.so.9"), raising=False)
    import_onnxruntime()
    assert capsys.readouterr().out == ""
    assert "Failed to load libcudnn.so.9" in caplog.text
