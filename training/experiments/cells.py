"""Train and score one cell of a plan, and write its result. What is done is not done again."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from backend import __version__
from training.calibrate import Calibration, calibrate
from training.calibrated_network import calibrated
from training.classes import UNKNOWN
from training.config import TrainConfig
from training.crop_network import CropNetwork, new_model
from training.experiments.field_vote import cut_fields, vote_by_field
from training.experiments.mapped_ground import MappedGround
from training.experiments.plan import Plan
from training.experiments.probability_fields import cut_probability_fields
from training.experiments.results import made_with
from training.experiments.work_folder import TrainingTime, is_trained
from training.hardware import scoring_device
from training.labels import FULLY_ASSIGNED
from training.mosaic import SourceMosaic, open_mosaics
from training.predict import Tiling, predict, tiling_of
from training.progress import shown_progress
from training.splits import SPLITS
from training.stage_runner import run_stage
from training.store import CLASS, FLAGS, SPLIT, Store
from training.upsampling import block_mean, upsample_bilinear, upsample_nearest
from training.weights import load_weights

log = logging.getLogger(__name__)


def run_cell(plan: Plan, cell: str, seed: int, budget: int, store: Store, work: Path) -> dict[str, Any]:
    """Train and score one cell.

    Args:
        plan: the comparison.
        cell: which way to train.
        seed: of weights and samples.
        budget: training patches.
        store: the data set, with its labels on every grid that is compared.
        work: folder of the cell alone: one that was broken off goes on from the weights and checkpoints in it, and
            the seconds that it had taken count.

    Returns:
        What the result's file holds.
    """
    config = plan.config(cell, seed, budget)
    torch.set_num_threads(config.threads or torch.get_num_threads())
    model = new_model(config, store)
    work.mkdir(parents=True, exist_ok=True)
    spent = TrainingTime(work)
    if config.pretrain is not None:
        _train(config, store, model, "pretrain", work / "pretrain", spent)
    _train(config, store, model, "finetune", work / "finetune", spent)
    magnification, trained = config.network.magnification, plan.has_contrast(cell)
    blocks_m = {source.name: source.block_m for source in config.dataset.sources if not source.simulated}
    model.eval().to(scoring_device(config.hardware))
    sources = open_mosaics(store)
    calibrating = spread(sources, plan.calibration_scenes)
    calibration = calibrate(model, calibrating, magnification, seed=config.seed)
    scores = score_network(model, calibration, magnification, sources, max(store.magnifications), trained, blocks_m)
    return {
        "plan": plan.name,
        "cell": cell,
        "seed": seed,
        "budget": budget,
        "patches": budget // plan.cells[cell].budget_divisor,
        "network": config.network.name,
        "magnification": config.network.magnification,
        "parameters": sum(p.numel() for p in model.network.parameters()),
        "train_seconds": round(spent.wall, 1),
        "train_cpu_seconds": round(spent.cpu, 1),
        "version": __version__,
        **asdict(made_with(plan, cell, seed, budget)),
        "calibration": asdict(calibration),
        **scores,
    }


def _train(
    config: TrainConfig,
    store: Store,
    model: CropNetwork,
    name: Literal["pretrain", "finetune"],
    folder: Path,
    spent: TrainingTime,
) -> None:
    """Give the model the weights of a stage, which is trained first unless an earlier process has done it."""
    if not is_trained(folder):
        folder.mkdir(exist_ok=True)
        with shown_progress() as shown, spent.counted(shown) as progress:
            run_stage(config, store, model, name, folder, progress)
    load_weights(model, folder / "weights.pt")


def score_network(
    model: CropNetwork,
    calibration: Calibration,
    magnification: int,
    sources: Sequence[SourceMosaic],
    finest: int,
    boundary_is_trained: bool,
    blocks_m: Mapping[str, float],
) -> dict[str, Any]:
    """Map every test scene and count. A map of real ground is many scenes: the blocks of its test, side in blocks_m.

    A network at x1 is scored on the finest labels, upsampled in two ways; one on these also by what fields vote, cut
    from its own probabilities and, where it has learnt something, from its boundary layer.
    """
    tiling = tiling_of(model.network, magnification)
    scenes: dict[str, dict[str, Any]] = {}
    for source in sources:
        if source.num_parcels("test"):
            ground = _map_source(model, calibration, source, tiling, finest, boundary_is_trained)
            if source.name in blocks_m:
                scenes |= ground.by_block(source.name, blocks_m[source.name], source.is_complete)
            else:
                scenes[source.name] = ground.as_scene()
            source.forget()
    return {"label_grid": finest, "scenes": scenes}


def spread(sources: Sequence[SourceMosaic], most: int) -> list[SourceMosaic]:
    """At most so many of the sources that have parcels to calibrate with, spread evenly over the list."""
    usable = [source for source in sources if source.num_parcels("calibration")]
    return usable[:: max(1, -(-len(usable) // most))]


def _map_source(
    model: CropNetwork,
    calibration: Calibration,
    source: SourceMosaic,
    tiling: Tiling,
    finest: int,
    boundary_is_trained: bool,
) -> MappedGround:
    magnification, predictor = tiling.magnification, calibrated(model, calibration)
    probabilities, boundary = predict(
        predictor, source, magnification, tiling.halo, step=tiling.step, dates=source.dates_for(tiling.num_dates)
    )
    labels = source.labels(finest)
    weights = np.nan_to_num(probabilities)
    maps: dict[str, Any] = {}
    if magnification == finest:
        maps["own"] = weights.argmax(axis=0)
        maps["own_fields"] = vote_by_field(maps["own"], cut_probability_fields(probabilities))
        if boundary_is_trained:
            maps["fields"] = vote_by_field(maps["own"], cut_fields(boundary[0], calibration.boundary_threshold))
    coarse = block_mean(weights, magnification) if magnification > 1 else weights
    maps["nearest"] = upsample_nearest(coarse, finest).argmax(axis=0)
    maps["bilinear"] = upsample_bilinear(coarse, finest).argmax(axis=0)
    imaged = np.kron(np.isfinite(probabilities[0]), np.ones((finest // magnification,) * 2, dtype=bool))
    counts = (labels[CLASS] != UNKNOWN) & (labels[FLAGS] != FULLY_ASSIGNED) & (labels[SPLIT] == SPLITS["test"]) & imaged
    return MappedGround(
        maps,
        labels,
        counts,
        source.grid.resolution[0] / finest,
        source.grid.refine(finest).lattice_origin,
        len(weights),
        boundary[0],
        calibration.boundary_threshold,
    )


def write_result(path: Path, result: dict[str, Any], work: Path) -> None:
    """Write a result whole or not at all, and free its checkpoints."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(result, separators=(",", ":"), allow_nan=False) + "\n", encoding="utf-8")
    partial.replace(path)
    shutil.rmtree(work, ignore_errors=True)
