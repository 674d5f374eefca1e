"""Which device runs a model: the accelerators that ONNX Runtime may offer, tried in order of preference.

An accelerator is taken only once it has run the model and its answer agrees with the processor's; what goes wrong is
told and never hidden. Knows nothing of how a session is opened or asked: the caller brings both. Imports no ONNX
Runtime.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import DeviceError

CPU = "CPUExecutionProvider"
TOLERANCE = 1e-2
"""Largest difference between an accelerator's probabilities and the processor's in the trial run. Single precision
stays far under it; shortened numbers do not: with inputs rounded as TF32 has them the shipped model's boundaries move
by 0.03 and more."""
DRIVER_SAYS = re.compile(
    r"(CUDA|CUDNN|CUBLAS|CUFFT) failure \d+: [^;\n]+|CUDNN_STATUS\w+: [^;\n]+|Failed to load library [^\n]+"
)
"""The sentence in an error of ONNX Runtime's that is for people; it comes after 500 signs of C++."""
AGREES = "it ran the model and agrees with the processor"


@dataclass(frozen=True)
class DeviceChoice:
    """The device a model runs on, and why that one."""

    device: str
    """One of protocol.DEVICES, but not auto."""
    provider: str
    reason: str
    fell_back: bool = False
    """True if a better device was there but could not be used."""


@dataclass(frozen=True)
class Accelerator:
    """A device other than the processor, as ONNX Runtime names it."""

    device: str
    provider: str
    title: str
    package: str
    """What an environment must hold for it."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Of the provider: those that keep numbers in single precision, where it would shorten them by itself."""


ACCELERATORS = (
    Accelerator("cuda", "CUDAExecutionProvider", "CUDA", "onnxruntime-gpu", {"use_tf32": "0"}),
    Accelerator("directml", "DmlExecutionProvider", "DirectML", "onnxruntime-directml, on Windows"),
    Accelerator(
        "coreml", "CoreMLExecutionProvider", "CoreML", "onnxruntime, on macOS",
        {"ModelFormat": "MLProgram", "MLComputeUnits": "CPUAndGPU"},
    ),
    Accelerator(
        "openvino", "OpenVINOExecutionProvider", "OpenVINO", "onnxruntime-openvino", {"device_type": "GPU"}
    ),
)  # fmt: skip
"""In order of preference; on most computers there is one at most."""


def choose_device(
    device: str,
    available: Collection[str],
    open_session: Callable[[Accelerator], Any],
    difference: Callable[[Any], float],
) -> tuple[Any, DeviceChoice]:
    """Find the device to run on.

    Args:
        device: auto, cpu, or the one that must be taken.
        available: providers that this ONNX Runtime offers.
        open_session: loads the model on an accelerator.
        difference: runs a session and compares it with the processor: largest difference of a probability.

    Returns:
        The accelerator's session, None for the processor, and the choice.

    Raises:
        DeviceError: if the device asked for cannot run the model.
    """
    if device == "cpu":
        return None, DeviceChoice("cpu", CPU, "asked for")
    asked = [item for item in ACCELERATORS if device in ("auto", item.device)]
    offered = [item for item in asked if item.provider in available]
    if device != "auto" and not offered:
        item = asked[0]
        raise DeviceError(
            f"The device {device} cannot be used: this ONNX Runtime has no {item.title} support (it has "
            f"{', '.join(available)}).",
            f"Use the device cpu, or an environment with {item.package}.",
        )
    failures: list[str] = []
    for item in offered:
        failure, cause = "", None
        try:
            session = open_session(item)
            if item.provider not in session.get_providers():
                failure = "ONNX Runtime fell back to the processor by itself"
            elif not (worst := difference(session)) <= TOLERANCE:
                failure = f"its answer differs from the processor's by {worst:.3g}"
            else:
                return session, DeviceChoice(
                    item.device, item.provider, "; ".join([AGREES, *failures]), fell_back=bool(failures)
                )
        except Exception as error:  # a driver fails in its own ways; any of them means: not this device
            failure, cause = reason_of(error), error
        failures.append(f"{item.title} is installed but does not work: {failure}")
        if device != "auto":
            raise DeviceError(
                f"The device {device} cannot be used: {failures[-1]}.",
                "Use the device cpu, or mend the driver of the graphics card.",
            ) from cause
    if failures:
        return None, DeviceChoice("cpu", CPU, "; ".join(failures), fell_back=True)
    return None, DeviceChoice("cpu", CPU, "this ONNX Runtime supports no other device")


def count_threads(threads: int, spare_core: bool) -> int:
    """Threads of the processor for an inference; 0 leaves the number to ONNX Runtime, which takes all cores.

    Args:
        threads: asked for; 0 for all cores.
        spare_core: true leaves one core to other programs, where there are several and `threads` does not say.
    """
    if threads or not spare_core:
        return threads
    return max(1, usable_cores() - 1)


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def reason_of(error: Exception) -> str:
    """What a driver said, without the place in its source code: the end of a sentence."""
    text = str(error).strip()
    told = DRIVER_SAYS.search(text)
    said = [told.group(0)] if told else text.splitlines()
    return said[0][:200].strip().rstrip(".;") if said else type(error).__name__
