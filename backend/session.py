"""An ONNX model, loaded on a device and ready to run. The only module that imports ONNX Runtime.

Knows nothing of files other than the model, nor of tiles.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import CancelledError, DamagedFileError, DeviceError, InputError, ModelError, ResourceError
from .model_card import METADATA_KEY, ModelCard, file_sha256, read_card

INPUTS = {"x": 5, "doy": 2, "valid": 4}
"""Names and ranks of the inputs: x (B, T, C, H, W), doy (B, T), valid (B, T, H, W)."""
OUTPUTS = {"probabilities": 4, "boundary": 4}
"""Names and ranks of the outputs: probabilities (B, K, mH, mW), boundary (B, 1, mH, mW)."""
EMBEDDING = "embedding"
"""A third output that a model may have, (B, D, mH, mW); maps do not need it."""
PROBE_CELLS = 32
"""Side of the window of the trial run, input cells; rounded up to the model's multiple."""
PROBE_TOLERANCE = 1e-2
"""Largest difference between a device's probabilities and the processor's in the trial run."""


@dataclass(frozen=True)
class DeviceChoice:
    """The device a model runs on, and why that one."""

    device: str
    """cpu or cuda."""
    provider: str
    reason: str
    fell_back: bool = False
    """True if a better device was there but could not be used."""


def import_onnxruntime() -> Any:
    """ONNX Runtime with its telemetry off; the official builds send it by default."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    return onnxruntime


class Session:
    """A model on a device.

    Attributes:
        card: the model's card.
        choice: the device and the reason for it.
    """

    def __init__(self, model: Path, device: str = "auto", threads: int = 0) -> None:
        """Load a model, check it against its card and try it on the device.

        Args:
            model: the ONNX file.
            device: auto, cpu or cuda. With auto a CUDA device is taken where it runs the model and agrees with
                the processor.
            threads: of the processor; 0 takes all cores.

        Raises:
            InputError: if there is no such file.
            DamagedFileError: if it is not an ONNX model, has no card, or differs from its card's checksum.
            ModelError: if its inputs and outputs are not those of a map model.
            DeviceError: if the device asked for cannot run it.
        """
        self._ort = import_onnxruntime()
        self._threads = threads
        self._model = model
        self._terminate = self._ort.RunOptions()
        cpu = self._load("CPUExecutionProvider")
        self.card = _card_of(model, cpu)
        _check_signature(model, cpu, self.card)
        self._session, self.choice = self._choose(cpu, device)

    def run(
        self, x: npt.NDArray[np.float32], doy: npt.NDArray[np.int64], valid: npt.NDArray[np.bool_]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Map one tile.

        Args:
            x: (T, C, H, W) float32 reflectance; H, W multiples of the card's tile_multiple.
            doy: (T,) int64 day of the year, 1-366.
            valid: (T, H, W) bool.

        Returns:
            Class probabilities (K, mH, mW) and boundary probability (mH, mW), both float32.

        Raises:
            CancelledError: if terminate() was called meanwhile.
            ResourceError: if the device has not enough memory.
        """
        try:
            return self._run(self._session, x, doy, valid)
        except Exception as error:
            if self._terminate.terminate:
                raise CancelledError("The run was cancelled.") from error
            if "allocat" in str(error).lower() or "bad_alloc" in str(error) or isinstance(error, MemoryError):
                raise ResourceError(
                    f"The memory ran out while mapping a tile of {x.shape[2]} x {x.shape[3]} cells and "
                    f"{x.shape[0]} dates.",
                    "Lower the memory limit, so that smaller tiles are cut, or give fewer dates.",
                ) from error
            raise

    def card_inside(self) -> ModelCard | None:
        """The card in the ONNX file itself, whatever lies beside it; None if there is none."""
        return _card_inside(self._model, self._session)

    def embedding(
        self, x: npt.NDArray[np.float32], doy: npt.NDArray[np.int64], valid: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.float32]:
        """The embedding (D, mH, mW) float32 of one tile; arguments as run() takes them.

        Raises:
            ModelError: if the model gives none.
        """
        if not self.card.embedding_channels:
            raise ModelError(
                f"{self._model.name}: the model gives no embedding.", "Export it with the setting export.embedding."
            )
        feeds = {"x": x[None], "doy": doy[None], "valid": valid[None]}
        values: npt.NDArray[np.float32] = self._session.run([EMBEDDING], feeds, self._terminate)[0][0]
        return values

    def terminate(self) -> None:
        """Break off the run in progress, from any thread."""
        self._terminate.terminate = True

    def _run(
        self, session: Any, x: npt.NDArray[np.float32], doy: npt.NDArray[np.int64], valid: npt.NDArray[np.bool_]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        feeds = {"x": x[None], "doy": doy[None], "valid": valid[None]}
        probabilities, boundary = session.run(list(OUTPUTS), feeds, self._terminate)
        return probabilities[0], boundary[0, 0]

    def _load(self, provider: str) -> Any:
        if not self._model.is_file():
            raise InputError(f"There is no model file {self._model}.", "Choose an ONNX file or install a model.")
        options = self._ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        # planned memory patterns took 2.1 GB for a tile of 256 cells and 10 dates, without them 1.3 GB at equal speed
        options.enable_mem_pattern = False
        try:
            return self._ort.InferenceSession(str(self._model), options, providers=[provider])
        except Exception as error:  # ONNX Runtime raises classes of its own for each kind of damage
            raise DamagedFileError(
                f"{self._model.name}: expected an ONNX model, but ONNX Runtime cannot load it "
                f"({str(error).splitlines()[0][:200]}).",
                "Install the model again.",
            ) from error

    def _choose(self, cpu: Any, device: str) -> tuple[Any, DeviceChoice]:
        if device == "cpu":
            return cpu, DeviceChoice("cpu", "CPUExecutionProvider", "asked for")
        available = self._ort.get_available_providers()
        if "CUDAExecutionProvider" not in available:
            reason = "this ONNX Runtime has no CUDA support"
            if device == "cuda":
                raise DeviceError(
                    f"The device cuda cannot be used: {reason} (it has {', '.join(available)}).",
                    "Use the device cpu, or an environment with onnxruntime-gpu.",
                )
            return cpu, DeviceChoice("cpu", "CPUExecutionProvider", reason)
        try:
            gpu = self._load("CUDAExecutionProvider")
            if "CUDAExecutionProvider" not in gpu.get_providers():
                raise DeviceError("ONNX Runtime fell back to the processor by itself")
            self._compare(cpu, gpu)
        except Exception as error:  # any failure of the driver means: not this device
            reason = f"CUDA is installed but does not work: {str(error).splitlines()[0][:200]}"
            if device == "cuda":
                raise DeviceError(
                    f"The device cuda cannot be used: {reason}.", "Use the device cpu, or mend the GPU driver."
                ) from error
            return cpu, DeviceChoice("cpu", "CPUExecutionProvider", reason, fell_back=True)
        return gpu, DeviceChoice("cuda", "CUDAExecutionProvider", "it ran the model and agrees with the processor")

    def _compare(self, cpu: Any, gpu: Any) -> None:
        card = self.card
        side = -(-PROBE_CELLS // card.tile_multiple) * card.tile_multiple
        x, doy, valid = probe_input(len(card.bands), side, min(max(4, card.dates_min), card.dates_max))
        worst = max(
            float(np.abs(a - b).max())
            for a, b in zip(self._run(cpu, x, doy, valid), self._run(gpu, x, doy, valid), strict=True)
        )
        if not worst <= PROBE_TOLERANCE:
            raise DeviceError(f"its answer differs from the processor's by {worst:.3g}")


def probe_input(
    bands: int, side: int, dates: int, seed: int = 0
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """A made-up tile for trial runs: x (T, C, H, W), doy (T,), valid (T, H, W) with a tenth invalid."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(0.0, 0.5, (dates, bands, side, side)).astype(np.float32)
    doy = np.linspace(20, 340, dates).astype(np.int64)
    return x, doy, generator.uniform(size=(dates, side, side)) > 0.1


def _card_of(model: Path, session: Any) -> ModelCard:
    """The card beside the model, whose checksum must fit, else the one inside it."""
    card = read_card(model)
    if card is not None:
        found = file_sha256(model)
        if card.sha256 and card.sha256 != found:
            raise DamagedFileError(
                f"{model.name}: its checksum is {found[:12]}..., its card says {card.sha256[:12]}...; "
                "the file is damaged or is not the one of this card.",
                "Install the model again.",
            )
        return card
    inside = _card_inside(model, session)
    if inside is None:
        raise DamagedFileError(
            f"{model.name}: the model has no card, neither beside it nor inside.",
            "Use a model exported by training/train.py.",
        )
    return inside


def _card_inside(model: Path, session: Any) -> ModelCard | None:
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        return None
    try:
        item = json.loads(text)
    except ValueError as error:
        raise DamagedFileError(f"{model.name}: the card inside is not valid JSON.", "Install it again.") from error
    return ModelCard.from_item(item, model.name)


def _check_signature(model: Path, session: Any, card: ModelCard) -> None:
    inputs = {item.name: item.shape for item in session.get_inputs()}
    outputs = {item.name: item.shape for item in session.get_outputs()}
    wanted_outputs = OUTPUTS | ({EMBEDDING: 4} if card.embedding_channels or EMBEDDING in outputs else {})
    for wanted, found, kind in ((INPUTS, inputs, "inputs"), (wanted_outputs, outputs, "outputs")):
        if {name: len(shape) for name, shape in found.items()} != wanted:
            raise ModelError(
                f"{model.name}: expected the {kind} {', '.join(wanted)}, found "
                f"{', '.join(f'{name} {shape}' for name, shape in found.items())}.",
                "Use a model exported by training/train.py.",
            )
    if isinstance(inputs["x"][2], int) and inputs["x"][2] != len(card.bands):
        raise ModelError(
            f"{model.name}: the model takes {inputs['x'][2]} bands, its card lists {len(card.bands)}.",
            "Install the model again.",
        )
