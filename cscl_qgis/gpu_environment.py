"""The environment that maps on the graphics card: built where a card is found, used once the card has proved itself.

The proof is a real run: the engine loads a model on the card and compares its answer with the processor's. Where it
fails, maps go on as before on the processor, and the reason is kept. Standard library only and no QGIS.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Callable, Optional

from . import environment
from .engine_report import doctor
from .environment import (
    CANCELLED,
    MAPPING,
    MAPPING_GPU,
    WorkerPythonError,
    default_dir,
    is_complete,
    is_usable,
    read_marker,
    write_marker,
)
from .environment_build import Report, build
from .graphics_card import GraphicsCard, find_graphics_card
from .translation import tr

log = logging.getLogger(__name__)


def build_for_card(
    model: Optional[Path],
    wheels: Optional[Path] = None,
    base: Optional[Path] = None,
    report: Report = lambda line: None,
    is_cancelled: Callable[[], bool] = lambda: False,
    proxy: str = "",
    directory: Optional[Path] = None,
) -> Path:
    """Build the environment for this computer's card and have the card run a model; the ordinary one stays.

    Args:
        model: the ONNX file that is run; None if none is installed, which is refused before anything is fetched.
        wheels: a folder of wheels: nothing is then taken from the network.
        base: interpreter to make it from; the best found if None.
        report: takes progress as lines of text.
        is_cancelled: asked several times a second.
        proxy: handed to pip.
        directory: where; the default folder if None.

    Returns:
        The environment's interpreter.

    Raises:
        WorkerPythonError: if there is no card, the environment cannot be built, or the card fails the trial: it is then
            kept for another trial, not used, and there is an ordinary one.
    """
    directory = directory or default_dir(MAPPING_GPU)
    card = usable_card(is_cancelled)
    report(tr("Found: {}").format(card.title))
    if model is None:
        raise WorkerPythonError(
            tr("A graphics card is tried by running a model on it, and no model is installed."),
            tr("Install a model first, with the ordinary environment."),
        )
    python = build(directory, wheels, base, report, is_cancelled, proxy, MAPPING_GPU)
    report(tr("Running {} on the card and on the processor").format(model.name))
    try:
        reason = try_card(python, model, card.device, is_cancelled)
    except WorkerPythonError as error:
        if is_cancelled():
            raise
        _remember(directory, "", error.message)
        raise _with_the_ordinary_one(error, wheels, base, report, is_cancelled, proxy) from error
    _remember(directory, card.device, f"{card.title}: {reason}")
    report(tr("Maps now run on {}: {}").format(card.title, reason))
    return python


def usable_card(is_cancelled: Callable[[], bool] = lambda: False) -> GraphicsCard:
    """The card of this computer.

    Raises:
        WorkerPythonError: if there is none that maps could run on, or its driver will not do.
    """
    card = find_graphics_card(is_cancelled)
    if is_cancelled():
        raise WorkerPythonError(tr(CANCELLED))
    if card is None:
        raise WorkerPythonError(
            tr("No graphics card was found that maps could run on (on Linux NVIDIA's, on Windows any of DirectX 12)."),
            tr("Set up the ordinary environment; on macOS it uses the graphics card by itself."),
        )
    if card.lack:
        raise WorkerPythonError(card.lack, tr("Until then maps run on the processor."))
    return card


def try_card(python: Path, model: Path, device: str, is_cancelled: Callable[[], bool] = lambda: False) -> str:
    """Run a model on the card and on the processor: why the card may be used.

    Raises:
        WorkerPythonError: if it may not, or if it was cancelled.
    """
    found = doctor(python, model, is_cancelled, device)
    told = str(found.get("facts", {}).get("device", ""))
    if told.startswith(f"{device}: "):
        return told[len(device) + 2 :]
    faults = [str(fault) for fault in found.get("faults", [])]
    named = [fault for fault in faults if f"device {device}" in fault]
    raise WorkerPythonError((named or faults or [tr("The engine did not try the device {}.").format(device)])[0])


def trial_failure(directory: Optional[Path] = None) -> str:
    """Why the card failed its last trial, empty if it passed or was never tried."""
    directory = directory or default_dir(MAPPING_GPU)
    if not is_complete(directory, MAPPING_GPU) or is_usable(directory, MAPPING_GPU):
        return ""
    return str(read_marker(directory).get("trial", ""))


def _remember(directory: Path, device: str, trial: str) -> None:
    write_marker(directory, {**read_marker(directory), "device": device, "trial": trial})


def _with_the_ordinary_one(
    error: WorkerPythonError,
    wheels: Optional[Path],
    base: Optional[Path],
    report: Report,
    is_cancelled: Callable[[], bool],
    proxy: str,
) -> WorkerPythonError:
    """The error, once there is an environment without the card; it is built where there is none."""
    try:
        environment.find_python()
        stays = tr("Maps run on the processor as before.")
    except WorkerPythonError:
        report(tr("Setting up the ordinary environment instead"))
        try:
            build(None, wheels, base, report, is_cancelled, proxy, MAPPING)
            stays = tr("The ordinary environment was set up instead: maps run on the processor.")
        except WorkerPythonError as other:
            log.warning("%s", other.message)
            stays = tr("The ordinary environment is not there either: {}").format(other.message)
    return WorkerPythonError(error.message, stays)
