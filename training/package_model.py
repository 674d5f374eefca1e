"""Make the model's files from a trained and evaluated run, and let the engine judge them.

Three files: the ONNX file, its card, and a checkpoint that others can train further from; on wish a fourth and fifth,
the model in 8-bit numbers, where that is worth it. What they are made of is the business of other modules.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.date_choice import choose_dates
from backend.errors import InputError
from backend.model_card import METADATA_KEY, ModelCard, card_path, file_sha256
from backend.model_check import check_model
from backend.process_memory import peak_memory
from backend.session import Session, feeds_of, probe_input, whole_tile
from backend.sits import REFLECTANCE_SCALE
from training.checkpoint import write_checkpoint
from training.classes import UNKNOWN
from training.config import TrainConfig
from training.export import MapModule, check_parity, export_onnx, replace_metadata
from training.int8 import Feed, compare, quantise
from training.make_card import make_card
from training.provenance import read_origin
from training.splits import SPLITS
from training.stages import OUTPUTS
from training.store import CLASS, FLAGS, SPLIT, Store
from training.trained_run import load_trained, weights_path

log = logging.getLogger(__name__)

MEMORY_TILE, MEMORY_DATES, MANY_DATES = 192, 12, 24
"""The inference whose peak memory is measured; many dates where only what each of them takes is wanted."""
INT8_TILES = 24
"""Samples with calibration pixels that 8-bit numbers are tried on at most; half of them give the scales."""


def package_model(config: TrainConfig, out: Path) -> Path:
    """Write `out`/model/<name>.onnx, .json and .pt; of a model that the engine cannot run nothing is left.

    Args:
        config: the run.
        out: the run's folder, with its evaluation.

    Returns:
        The path of the ONNX file.

    Raises:
        InputError: if there is no evaluation of these weights, or they are of another configuration.
        ModelError: if the engine refuses the model.
        ValueError: if the file gives other numbers than the network.
    """
    evaluation_path = out / OUTPUTS["evaluate"]["evaluation"]
    if not evaluation_path.is_file():
        raise InputError(f"There is no evaluation {evaluation_path}.", "Run the stage evaluate first.")
    evaluation = json.loads(evaluation_path.read_text(encoding="utf-8"))
    store, model = load_trained(config, out)
    _check_evaluation(evaluation_path, evaluation, weights_path(out))
    calibration = evaluation["calibration"]
    boundary = model.boundary_head()
    boundary.set_calibration(calibration["a"], calibration["b"])
    module = MapModule(model.network, boundary, calibration["temperature"], config.export.embedding).eval()
    origin = read_origin(weights_path(out).parent)
    card = replace(make_card(config, store, model, evaluation, origin), head_reach=module.head_reach)

    folder = out / "model"
    folder.mkdir(exist_ok=True)
    path = folder / f"{config.card.name}.onnx"
    small = folder / f"{config.card.name}_int8.onnx"
    checkpoint = path.with_suffix(".pt")
    made = [path, card_path(path), checkpoint, small, card_path(small)]
    _remove(made)
    try:
        write_checkpoint(checkpoint, config, store, model, origin=origin)
        card = replace(card, checkpoint=checkpoint.name, checkpoint_sha256=file_sha256(checkpoint))
        log.info("exporting %s", path)
        export_onnx(module, path, len(store.bands), _metadata(card))
        differences = check_parity(module, path)
        log.info("largest differences to PyTorch: %s", differences)
        card = _finish(path, card)
    except BaseException:
        _remove(made)
        raise
    if config.export.int8:
        try:
            try_int8(path, small, card, store)
        except Exception as error:  # the model itself is made: what goes wrong in an extra must not cost it
            _remove([small, card_path(small)])
            log.warning("no model in 8-bit numbers: %s: %s", type(error).__name__, error)
    return path


def _check_evaluation(path: Path, evaluation: Mapping[str, Any], weights: Path) -> None:
    """Refuse an evaluation of other weights; one without their sum, of an earlier version, only if it is older."""
    known = evaluation.get("evaluated", {}).get("weights_sha256")
    if known is None and path.stat().st_mtime < weights.stat().st_mtime:
        raise InputError(f"{path} is older than the weights.", "Run the stage evaluate again.")
    if known is not None and known != file_sha256(weights):
        raise InputError(f"{path} is of other weights than the run's.", "Run the stage evaluate again.")


def try_int8(path: Path, target: Path, card: ModelCard, store: Store) -> bool:
    """Write a model in 8-bit numbers with its card, if it is faster and as accurate; else say why not.

    Args:
        path: the model.
        target: the ONNX file to write.
        card: of the model.
        store: whose calibration split gives scales and judges; odd samples the one, even ones the other.

    Returns:
        True if it is kept.
    """
    feeds, labels = calibration_tiles(store, card)
    if len(feeds) < 2:
        log.warning("no model in 8-bit numbers: the calibration split has fewer than two samples to try it on")
        return False
    quantise(path, target, feeds[1::2])
    found = compare(path, target, feeds[::2], labels[::2])
    told = (
        f"8-bit numbers take {found.time_ratio:.0%} of the time, {found.agreement:.2%} of {found.pixels} pixels keep "
        "their class"
    )
    if found.reasons:
        _remove([target])
        log.info("%s: not kept, since %s", told, "; ".join(found.reasons))
        return False
    log.info("%s: kept as %s", told, target.name)
    _finish(target, replace(card, name=target.stem, precision="int8", sha256=""))
    return True


def calibration_tiles(store: Store, card: ModelCard) -> tuple[list[Feed], list[npt.NDArray[np.int64]]]:
    """Samples with calibration pixels as the model takes them, and the channel of each pixel's class, -1 elsewhere."""
    channels = np.full(UNKNOWN + 1, -1, dtype=np.int64)
    for channel, entry in enumerate(card.classes):
        channels[entry.code] = channel
    own = np.flatnonzero(store.labelled_pixels("calibration"))
    feeds, labels = [], []
    for number in own[np.linspace(0, len(own) - 1, min(INT8_TILES, len(own))).astype(int)].tolist():
        x, valid, planes = store.read(number, card.magnification)
        there = np.flatnonzero(store.doy[number])
        days = store.doy[number][there].astype(int)
        days[1:] += 366 * np.cumsum(np.diff(days) < 0)  # over the new year
        there = there[choose_dates(days.tolist(), valid[there].mean(axis=(1, 2)).tolist(), card.dates_max)]
        reflectance = x[there].astype(np.float32) / np.float32(REFLECTANCE_SCALE)
        part = whole_tile(x, bool(card.head_reach))
        feeds.append(feeds_of(reflectance, store.doy[number][there].astype(np.int64), valid[there], part))
        counted = (planes[SPLIT] == SPLITS["calibration"]) & (planes[FLAGS] == 0)
        labels.append(np.where(counted, channels[planes[CLASS]], -1))
    return feeds, labels


def _finish(path: Path, card: ModelCard) -> ModelCard:
    """Measure, write the card beside the file, and let the engine judge both."""
    per_cell_date, per_cell = measure_memory(path, card)
    card = replace(card, memory_per_cell_date=per_cell_date, memory_per_cell=per_cell)
    replace_metadata(path, _metadata(card))
    card = replace(card, sha256=file_sha256(path))
    card_path(path).write_text(card.to_json(), encoding="utf-8")
    for warning in check_model(path, "cpu").warnings:
        log.warning("%s", warning)
    return card


def _metadata(card: ModelCard) -> dict[str, str]:
    return {METADATA_KEY: json.dumps(replace(card, sha256="").to_item())}


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def measure_memory(model: Path, card: ModelCard) -> tuple[int, int]:
    """Peak bytes of an inference, measured in processes of their own.

    Args:
        model: the ONNX file.
        card: its card.

    Returns:
        Bytes per input cell and date, and per input cell for which the finer grid is computed, whatever the dates. The
        second is 0 for a model that always computes all of it: its first figure holds both.
    """
    if peak_memory() is None:
        return 0, 0  # no such measurement here: the engine then takes its own careful figure
    side = max(1, MEMORY_TILE // card.tile_multiple) * card.tile_multiple
    if not card.head_reach:
        dates = min(MEMORY_DATES, card.dates_max)
        return -(-_growth(model, card, side, dates, side) // (side**2 * dates)), 0
    many, few = min(MANY_DATES, card.dates_max), card.dates_min
    of_dates = _growth(model, card, side, many, 1)
    of_grid = _growth(model, card, side, few, side)
    return -(-of_dates // (side**2 * many)), -(-of_grid // side**2)


def _growth(model: Path, card: ModelCard, side: int, dates: int, part: int) -> int:
    """By how many bytes one inference over the middle `part` cells of a tile raises the peak memory of a process."""
    # a process of its own: this one's peak already holds the training
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_raised, model, len(card.bands), side, dates, part).result()


def _raised(model: Path, bands: int, side: int, dates: int, part: int) -> int:
    session = Session(model, "cpu")
    tile = probe_input(bands, side, dates)
    wanted = slice((side - part) // 2, (side - part) // 2 + part)
    before = peak_memory() or 0
    session.run(*tile, part=(wanted, wanted))
    return (peak_memory() or 0) - before
