"""An ONNX model, loaded on a device and ready to run. The only module that imports ONNX Runtime.

Which device is the business of providers.py. Knows nothing of files other than the model, nor of tiles.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import CancelledError, DamagedFileError, DeviceError, InputError, ModelError, ResourceError
from .model_card import METADATA_KEY, ModelCard, read_card
from .providers import CPU, choose_device, count_threads, reason_of

log = logging.getLogger(__name__)

INPUTS = {"x": 5, "doy": 2, "valid": 4}
"""Names and ranks of the inputs: x (B, T, C, H, W), doy (B, T), valid (B, T, H, W)."""
PART_INPUTS = {"rows": 1, "cols": 1}
"""Inputs that a model may have beside them: rows (h,) and cols (w,) int64, consecutive input cells that are wanted. Its
finer grid is then computed for these alone, and outputs are (m * h, m * w)."""
OUTPUTS = {"probabilities": 4, "boundary": 4}
"""Names and ranks of the outputs: probabilities (B, K, mH, mW), boundary (B, 1, mH, mW)."""
EMBEDDING = "embedding"
"""A third output that a model may have, (B, D, mH, mW); maps do not need it."""
OUT_OF_MEMORY = re.compile("allocat|bad_alloc|alloc_failed|out of memory", re.IGNORECASE)
"""In an error of ONNX Runtime's, or of a driver's, that says so."""
PROBE_CELLS = 32
"""Side of the window of the trial run, input cells; rounded up to the model's multiple."""


def import_onnxruntime() -> Any:
    """ONNX Runtime with its telemetry off; the official builds send it by default.

    Its build for NVIDIA cards finds CUDA's libraries in the environment's own packages only once they are loaded.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers() and hasattr(onnxruntime, "preload_dlls"):
        said = io.StringIO()  # stdout carries events and nothing else
        with contextlib.redirect_stdout(said):
            onnxruntime.preload_dlls()
        if said.getvalue():
            log.warning("%s", said.getvalue().strip())
    return onnxruntime


class Session:
    """A model on a device.

    Attributes:
        card: the model's card.
        choice: the device and the reason for it.
        takes_parts: true if the model can compute a part of its finer grid alone.
    """

    def __init__(self, model: Path, device: str = "auto", threads: int = 0, spare_core: bool = False) -> None:
        """Load a model, check it against its card and try it on the device.

        Args:
            model: the ONNX file.
            device: one of protocol.DEVICES. With auto the first device is taken that runs the model and agrees with
                the processor.
            threads: of the processor; 0 takes all cores.
            spare_core: true leaves one core to other programs, where `threads` does not say.

        Raises:
            InputError: if there is no such file.
            DamagedFileError: if it is not an ONNX model, has no card, or differs from its card's checksum.
            ModelError: if its inputs and outputs are not those of a map model.
            DeviceError: if the device asked for cannot run it.
        """
        self._ort = import_onnxruntime()
        self._threads = count_threads(threads, spare_core)
        self._model = model
        self._terminate = self._ort.RunOptions()
        # what is hashed is what is loaded, and all of it: weights in a file beside would not be found
        self._content = _content_of(model)
        cpu = self._load(CPU)
        self.card = _card_of(model, self._content, cpu)
        self.takes_parts = _check_signature(model, cpu, self.card)
        found, self.choice = choose_device(
            device,
            self._ort.get_available_providers(),
            lambda item: self._load(item.provider, dict(item.options)),
            lambda session: self._difference(cpu, session),
        )
        self._session = found or cpu
        del self._content

    def run(
        self,
        x: npt.NDArray[np.float32],
        doy: npt.NDArray[np.int64],
        valid: npt.NDArray[np.bool_],
        embedding: bool = False,
        part: tuple[slice, slice] | None = None,
    ) -> tuple[npt.NDArray[np.float32], ...]:
        """Map one tile, or a part of it that it gives the surroundings of.

        Args:
            x: (T, C, H, W) float32 reflectance; H, W multiples of the card's tile_multiple.
            doy: (T,) int64 day of the year, 1-366.
            valid: (T, H, W) bool.
            embedding: true asks for the embedding too.
            part: rows and columns that are wanted, input cells; None for all H and W. What they get is the same; a
                model that can computes its finer grid for them alone.

        Returns:
            Class probabilities (K, mh, mw), boundary probability (mh, mw) and, if asked for, the embedding
            (D, mh, mw), all float32, of the h x w cells of the part; views of what was computed.

        Raises:
            CancelledError: if terminate() was called meanwhile.
            ModelError: if an embedding is asked for and the model gives none.
            ResourceError: if the device has not enough memory.
        """
        if embedding and not self.card.embedding_channels:
            raise ModelError(
                f"{self._model.name}: the model gives no embedding.", "Export it with the setting export.embedding."
            )
        try:
            names = (*OUTPUTS, EMBEDDING) if embedding else tuple(OUTPUTS)
            return self._run(self._session, names, x, doy, valid, part)
        except Exception as error:
            if self._terminate.terminate:
                raise CancelledError("The run was cancelled.") from error
            if isinstance(error, MemoryError) or OUT_OF_MEMORY.search(str(error)):
                raise ResourceError(
                    f"The memory ran out while mapping a tile of {x.shape[2]} x {x.shape[3]} cells and "
                    f"{x.shape[0]} dates.",
                    "Lower the memory limit, so that smaller tiles are cut, or give fewer dates.",
                ) from error
            raise

    def card_inside(self) -> ModelCard | None:
        """The card in the ONNX file itself, whatever lies beside it; None if there is none."""
        return _card_inside(self._model, self._session)

    def terminate(self) -> None:
        """Break off the run in progress, from any thread."""
        self._terminate.terminate = True

    def _run(
        self,
        session: Any,
        outputs: tuple[str, ...],
        x: npt.NDArray[np.float32],
        doy: npt.NDArray[np.int64],
        valid: npt.NDArray[np.bool_],
        part: tuple[slice, slice] | None = None,
    ) -> tuple[npt.NDArray[np.float32], ...]:
        computed = whole = (slice(0, x.shape[2]), slice(0, x.shape[3]))
        if self.takes_parts and part is not None:
            reach = self.card.head_reach
            computed = _widened(part[0], reach, whole[0]), _widened(part[1], reach, whole[1])
        feeds = feeds_of(x, doy, valid, computed if self.takes_parts else None)
        probabilities, boundary, *rest = session.run(list(outputs), feeds, self._terminate)
        answer = (probabilities[0], boundary[0, 0], *(values[0] for values in rest))
        if part is None:
            return answer
        scale = self.card.magnification
        rows, cols = (
            slice((wanted.start - all_.start) * scale, (wanted.stop - all_.start) * scale)
            for wanted, all_ in zip(part, computed, strict=True)
        )
        return tuple(values[..., rows, cols] for values in answer)

    def _load(self, provider: str, provider_options: dict[str, str] | None = None) -> Any:
        options = self._ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        # planned memory patterns took 2.1 GB for a tile of 256 cells and 10 dates, without them 1.3 GB at equal speed
        options.enable_mem_pattern = False
        # threads that wait for their next share spin: as fast on an idle machine, but a fifth of the processor is lost
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return self._ort.InferenceSession(
                self._content,
                options,
                providers=[provider],
                provider_options=[provider_options or {}],
                enable_fallback=0,  # it would print why to stdout, and go on with the processor
            )
        except Exception as error:  # ONNX Runtime raises classes of its own for each kind of damage
            if provider != CPU:
                raise DeviceError(reason_of(error)) from error
            if "external" in str(error).lower():
                raise ModelError(
                    f"{self._model.name}: expected a model in one file, but some of its weights lie in another one.",
                    "Export it with its weights inside, as training/train.py does.",
                ) from error
            raise DamagedFileError(
                f"{self._model.name}: expected an ONNX model, but ONNX Runtime cannot load it "
                f"({str(error).splitlines()[0][:200]}).",
                "Install the model again.",
            ) from error

    def _difference(self, cpu: Any, other: Any) -> float:
        """Largest difference of an answer between two sessions in a trial run; NaN if one gives no numbers."""
        card = self.card
        side = -(-PROBE_CELLS // card.tile_multiple) * card.tile_multiple
        tile = probe_input(len(card.bands), side, min(max(4, card.dates_min), card.dates_max))
        pairs = zip(self._run(cpu, tuple(OUTPUTS), *tile), self._run(other, tuple(OUTPUTS), *tile), strict=True)
        return float(np.max([np.abs(ours - theirs).max() for ours, theirs in pairs]))


def feeds_of(
    x: npt.NDArray[np.float32],
    doy: npt.NDArray[np.int64],
    valid: npt.NDArray[np.bool_],
    part: tuple[slice, slice] | None,
) -> dict[str, npt.NDArray[Any]]:
    """What ONNX Runtime is fed for one tile.

    Args:
        x, doy, valid: as Session.run takes them.
        part: rows and columns that are computed; None for a model that always computes all of them.
    """
    feeds: dict[str, npt.NDArray[Any]] = {"x": x[None], "doy": doy[None], "valid": valid[None]}
    if part is not None:
        cells = (np.arange(one.start, one.stop, dtype=np.int64) for one in part)
        feeds |= dict(zip(PART_INPUTS, cells, strict=True))
    return feeds


def whole_tile(x: npt.NDArray[np.float32], takes_parts: bool) -> tuple[slice, slice] | None:
    """The part that is all of a tile (T, C, H, W); None for a model that takes no parts."""
    return (slice(0, x.shape[-2]), slice(0, x.shape[-1])) if takes_parts else None


def probe_input(
    bands: int, side: int, dates: int, seed: int = 0
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """A made-up tile for trial runs: x (T, C, H, W), doy (T,), valid (T, H, W) with a tenth invalid."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(0.0, 0.5, (dates, bands, side, side)).astype(np.float32)
    doy = np.linspace(20, 340, dates).astype(np.int64)
    return x, doy, generator.uniform(size=(dates, side, side)) > 0.1


def _content_of(model: Path) -> bytes:
    if not model.is_file():
        raise InputError(f"There is no model file {model}.", "Choose an ONNX file or install a model.")
    try:
        return model.read_bytes()
    except OSError as error:
        raise InputError(
            f"{model} cannot be read: {error.strerror or error}.", "Give yourself the right to read it."
        ) from error


def _card_of(model: Path, content: bytes, session: Any) -> ModelCard:
    """The card beside the model, whose checksum must fit, else the one inside it."""
    card = read_card(model)
    if card is not None:
        found = hashlib.sha256(content).hexdigest()
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
    try:
        text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        item = None if text is None else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"{model.name}: the card inside is not valid JSON.", "Install it again.") from error
    return None if text is None else ModelCard.from_item(item, model.name)


def _widened(cells: slice, reach: int, whole: slice) -> slice:
    return slice(max(whole.start, cells.start - reach), min(whole.stop, cells.stop + reach))


def _check_signature(model: Path, session: Any, card: ModelCard) -> bool:
    """Refuse a model with other inputs and outputs than those of a map model; true if it takes parts."""
    inputs = {item.name: item.shape for item in session.get_inputs()}
    outputs = {item.name: item.shape for item in session.get_outputs()}
    takes_parts = bool(PART_INPUTS.keys() & inputs.keys())
    wanted_inputs = INPUTS | PART_INPUTS if takes_parts else INPUTS
    wanted_outputs = OUTPUTS | ({EMBEDDING: 4} if card.embedding_channels or EMBEDDING in outputs else {})
    for wanted, found, kind in ((wanted_inputs, inputs, "inputs"), (wanted_outputs, outputs, "outputs")):
        if {name: len(shape) for name, shape in found.items()} != wanted:
            raise ModelError(
                f"{model.name}: expected the {kind} {', '.join(wanted)}, found "
                f"{', '.join(f'{name} {shape}' for name, shape in found.items())}.",
                "Use a model exported by training/train.py.",
            )
    if card.head_reach and not takes_parts:
        raise ModelError(
            f"{model.name}: its card says that it computes parts of a tile, but it has no inputs rows and cols.",
            "Install the model again.",
        )
    if isinstance(inputs["x"][2], int) and inputs["x"][2] != len(card.bands):
        raise ModelError(
            f"{model.name}: the model takes {inputs['x'][2]} bands, its card lists {len(card.bands)}.",
            "Install the model again.",
        )
    return takes_parts
