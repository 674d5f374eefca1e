"""One map of a source from the models of all folds, every block from the model that never saw it; and its score."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from backend import style
from backend.cog import RasterWriter, write_cog
from backend.grid import Window
from backend.map_layers import layer_specs
from backend.model_card import NODATA, CropClass
from training.classes import UNKNOWN
from training.config import TrainConfig
from training.crop_network import CropNetwork
from training.hardware import scoring_device
from training.label_block import MARGIN_M
from training.map_score import MapScore, ScoreSettings
from training.mosaic import SourceMosaic, open_mosaics
from training.predict import Predictor, Tiling, predict, tiling_of
from training.progress import QuietProgress, check_cancelled
from training.read_labels import read_labels
from training.run_folder import fold_path
from training.splits import metres_per_unit
from training.stages import OUTPUTS
from training.store import FOLD, Store
from training.trained_run import load_trained
from training.windows import sub_windows

WINDOW = 128
"""Side of the windows that are mapped one after the other, input pixels: few folds meet in one."""
LAYERS = ("crop_type", "confidence")


@dataclass(frozen=True)
class FoldModel:
    """The model of a fold."""

    fold: int
    predictor: Predictor
    """Probabilities (B, K, mH, mW), twice."""
    tiling: Tiling


@dataclass(frozen=True)
class FoldMap:
    """The map of a source."""

    files: dict[str, Path]
    """crop_type (legend codes) and confidence (per cent), on the label grid; nodata where no image is clear or the
    ground is in no fold."""
    figures: dict[str, Any]
    """What it is worth against the labels of all folds (training.map_score)."""


def write_fold_maps(
    runs: Sequence[TrainConfig], out: Path, folder: Path, progress: QuietProgress
) -> dict[str, FoldMap]:
    """Map the ground of all folds and score it, source by source.

    Args:
        runs: the configuration of each fold.
        out: folder of the run, with those of its folds.
        folder: of the maps, each source in one of its own.
        progress: is told of it, and asked whether to stop.

    Returns:
        The maps by source.
    """
    models, store = _models(runs, out)
    classes = tuple(CropClass(**entry) for entry in store.attributes["legend"])
    written: dict[str, FoldMap] = {}
    sources = [source for source in open_mosaics(store) if has_folds(store, source.name)]
    for source in sources:
        written[source.name] = _map_source(
            source, models, folder / source.name, classes, runs[0].evaluate.block_m, progress
        )
    return written


def has_folds(store: Store, name: str) -> bool:
    """True if a source is split into folds, and not in one split as a whole."""
    table = store.parcels_table()
    own = np.asarray(table["source"].to_pylist()) == name
    return bool((table["fold"].to_numpy()[own] > 0).any())


def combine(
    source: SourceMosaic, models: Sequence[FoldModel], window: Window
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Crop types and confidence of a window, each cell from the model of the fold in which it lies.

    Args:
        source: its grid and series.
        models: of all folds, of one magnification.
        window: within the source's grid, input pixels.

    Returns:
        Both (mH, mW) uint8: legend codes and per cent, NODATA where nothing is mapped.
    """
    m = models[0].tiling.magnification
    fold = source.labels(m, window)[FOLD]
    crop_type, confidence = (np.full(fold.shape, NODATA, dtype=np.uint8) for _ in range(2))
    for model in models:
        here = fold == model.fold
        if not here.any():
            continue
        tiling = model.tiling
        probabilities, _ = predict(
            model.predictor, source, m, tiling.halo, window, step=tiling.step, dates=source.dates_for(tiling.num_dates)
        )
        here &= np.isfinite(probabilities[0])
        best = probabilities[:, here]
        crop_type[here] = best.argmax(axis=0)
        confidence[here] = np.rint(100 * best.max(axis=0)) if best.size else 0
    return crop_type, confidence


def _map_source(
    source: SourceMosaic,
    models: Sequence[FoldModel],
    folder: Path,
    classes: Sequence[CropClass],
    block_m: float,
    progress: QuietProgress,
) -> FoldMap:
    folder.mkdir(parents=True, exist_ok=True)
    m = models[0].tiling.magnification
    resolution = source.grid.resolution[0] * metres_per_unit(source.grid.crs) / m
    score = MapScore(ScoreSettings(resolution, max(entry.code for entry in classes) + 1, block_m=block_m))
    parts = {name: folder / f"{name}.part.tif" for name in LAYERS}
    specs = layer_specs(classes, m)
    writers = {name: RasterWriter(path, source.grid.refine(m), specs[name]) for name, path in parts.items()}
    windows = sub_windows(source.grid.window, WINDOW)
    try:
        for number, window in enumerate(windows):
            progress.progress(number, len(windows), f"mapping {source.name}")
            check_cancelled(progress)
            maps = combine(source, models, window)
            for name, values in zip(LAYERS, maps, strict=True):
                writers[name].write(values, window.refine(m))
            _score(score, source, m, window, maps)
    finally:
        for writer in writers.values():
            writer.close()
    progress.progress(len(windows), len(windows), f"{source.name} mapped")
    files = {name: folder / f"{name}.tif" for name in LAYERS}
    qml = {"crop_type": style.crop_type_qml(classes), "confidence": style.confidence_qml()}
    for name in LAYERS:
        write_cog(parts[name], files[name], specs[name])
        parts[name].unlink()
        files[name].with_suffix(".qml").write_text(qml[name], encoding="utf-8")
    return FoldMap(files, score.figures())


def _score(
    score: MapScore,
    source: SourceMosaic,
    m: int,
    window: Window,
    maps: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]],
) -> None:
    """Score a window of the map on the cells of all folds."""
    resolution = score.settings.resolution_m
    read = read_labels(source, window, m, resolution, math.ceil(MARGIN_M / (resolution * m)))
    block = read.counting(read.labels[FOLD] > 0)
    mapped, confidence = np.full(block.counts.shape, UNKNOWN), np.full(block.counts.shape, np.nan)
    mapped[block.inner] = np.where(maps[0] == NODATA, UNKNOWN, maps[0].astype(np.int64))
    confidence[block.inner] = np.where(maps[1] == NODATA, np.nan, maps[1] / 100)
    score.add_sizes(block)
    score.add_classes(block, mapped, confidence)


def _models(runs: Sequence[TrainConfig], out: Path) -> tuple[list[FoldModel], Store]:
    """The trained model of each fold with its temperature, and the data set without a fold held out."""
    models: list[FoldModel] = []
    for run in runs:
        fold = int(run.fold or 0)
        folder = fold_path(out, fold)
        store, model = load_trained(run, folder)
        model.to(scoring_device(run.hardware))
        temperature = _temperature(folder / OUTPUTS["evaluate"]["evaluation"])
        tiling = tiling_of(model.network, run.network.magnification)
        models.append(FoldModel(fold, _predictor(model, temperature), tiling))
    return models, Store(store.path)


def _temperature(metrics: Path) -> float:
    return float(json.loads(metrics.read_text(encoding="utf-8"))["calibration"]["temperature"])


def _predictor(model: CropNetwork, temperature: float) -> Predictor:
    device = next(model.parameters()).device

    def predictor(x: torch.Tensor, doy: torch.Tensor, valid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits, _ = model(x.to(device), doy.to(device), valid.to(device))
        probabilities = torch.softmax(logits / temperature, 1)
        return probabilities, probabilities[:, :1]

    return predictor
