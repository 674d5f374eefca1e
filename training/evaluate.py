"""Calibrate a trained network and score its maps of the test split, next to a random forest's.

Writes evaluation.json (all figures of METHOD.md section 7) and evaluation.html (the same to be read, with pictures).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from backend.errors import InputError
from backend.model_card import CropClass
from training.baseline import MonthlyForest, monthly_features
from training.calibrate import Calibration, calibrate
from training.classes import UNKNOWN, Legend
from training.config import TrainConfig
from training.crop_network import CropNetwork
from training.evaluation_report import write_report
from training.map_score import evaluate_map
from training.mosaic import SourceMosaic, open_mosaics
from training.package_model import load_trained
from training.predict import predict
from training.splits import SPLITS, metres_per_unit
from training.store import CLASS, FLAGS, PARCEL, SPLIT
from training.upsampling import upsample_nearest

log = logging.getLogger(__name__)

FIRST_MONTH = 11
"""Seasons of winter crops start in November."""
FOREST_PIXELS = 3000
"""Training pixels of a class in the forest of all sources."""


def evaluate_run(config: TrainConfig, out: Path) -> dict[str, Any]:
    """Calibrate, map and score; write the two reports.

    Args:
        config: the run.
        out: the run's folder, with its data set and fine-tuned weights.

    Returns:
        What evaluation.json holds.
    """
    store, model = load_trained(config, out)
    legend = Legend(tuple(CropClass(**entry) for entry in store.attributes["legend"]))
    sources = open_mosaics(store)
    if len(sources) < len(store.sources):
        log.warning("sources that are sets of patches have no map of the whole: they are not scored")
    network: Any = model.network
    magnification, halo = config.network.magnification, _halo(network)
    calibration = calibrate(model, sources, magnification, halo, config.seed)
    log.info("calibration: %s", calibration)

    tested = [source for source in sources if source.num_parcels("test")]
    if not tested:
        raise InputError(
            "No source has a test split to evaluate on.", "Give a source split: test, or blocks with a test share."
        )
    pooled = MonthlyForest(config.seed, max_per_class=FOREST_PIXELS)
    pooled.fit([_forest_input(source) for source in sources if source.num_parcels("train")])
    results: dict[str, Any] = {}
    pictures: dict[str, dict[str, npt.NDArray[Any]]] = {}
    for source in tested:
        log.info("scoring %s", source.name)
        probabilities, boundary = _map(model, calibration, source, magnification, halo)
        rivals = {"forest_all_sources": _forest_map(pooled, source, legend, magnification)}
        if source.num_parcels("train"):
            own = MonthlyForest(config.seed).fit([_forest_input(source)])
            rivals["forest_own_parcels"] = _forest_map(own, source, legend, magnification)
        labels = source.labels(magnification)
        results[source.name] = {
            "parcels_tested": source.num_parcels("test"),
            "parcels_trained": source.num_parcels("train"),
            "outside_parcels": source.record.facts["outside_parcels"],
            "model": _score(
                source, labels, magnification, magnification, probabilities, boundary, calibration.boundary_threshold
            ),
            # a forest's map has no structure below 10 m: it is scored on the same fine labels, each cell repeated
            **{name: _score(source, labels, magnification, 1, values) for name, values in rivals.items()},
        }
        crop_type = np.where(np.isfinite(boundary), probabilities.argmax(axis=0), UNKNOWN)
        pictures[source.name] = {"crop_type": crop_type, "boundary": boundary, "labels": labels}
        source.forget()
    evaluation = {
        "calibration": asdict(calibration),
        "sources": results,
        "card": {name: _card_entry(figures) for name, figures in results.items()},
    }
    (out / "evaluation.json").write_text(json.dumps(evaluation, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    write_report(out / "evaluation.html", config, evaluation, legend, pictures)
    for name, entry in evaluation["card"].items():
        log.info("%s: %s", name, entry["summary"])
    return evaluation


def _halo(network: Any) -> int:
    """The receptive radius as a multiple of the network's stride."""
    stride = int(network.stride)
    return -(-(int(network.receptive_radius) + 1) // stride) * stride


def _map(
    model: CropNetwork, calibration: Calibration, source: SourceMosaic, magnification: int, halo: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Probabilities (K, mH, mW) and boundary (mH, mW) as the exported model gives them."""
    head = model.boundary_head()
    head.set_calibration(calibration.a, calibration.b)

    def predictor(x: torch.Tensor, doy: torch.Tensor, valid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits, embedding = model(x, doy, valid)
        return torch.softmax(logits / calibration.temperature, 1), head(embedding)

    probabilities, boundary = predict(predictor, source, magnification, halo)
    return probabilities, boundary[0]


def _score(
    source: SourceMosaic,
    labels: npt.NDArray[np.int32],
    label_scale: int,
    magnification: int,
    probabilities: npt.NDArray[np.float32],
    boundary: npt.NDArray[np.float32] | None = None,
    boundary_threshold: float = 0.5,
) -> dict[str, Any]:
    return evaluate_map(
        probabilities,
        labels[CLASS],
        labels[PARCEL],
        resolution_m=source.grid.resolution[0] * metres_per_unit(source.grid.crs) / label_scale,
        magnification=magnification,
        # where most boundaries have an unknown side, none can be scored
        boundary=boundary if source.is_complete else None,
        boundary_threshold=boundary_threshold,
        flags=labels[FLAGS],
        mask=labels[SPLIT] == SPLITS["test"],
    )


def _forest_input(source: SourceMosaic) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """Features and training classes (H, W) at 10 m; mixed pixels are left out as in the network's training."""
    labels = source.labels(1)
    classes = np.where((labels[SPLIT] == SPLITS["train"]) & (labels[FLAGS] == 0), labels[CLASS], UNKNOWN)
    features = _features(source)
    source.forget()
    return features, classes


def _forest_map(
    forest: MonthlyForest, source: SourceMosaic, legend: Legend, magnification: int
) -> npt.NDArray[np.float32]:
    features = _features(source)
    return upsample_nearest(forest.predict(features, max(legend.codes) + 1), magnification)


def _features(source: SourceMosaic) -> npt.NDArray[np.float32]:
    """Monthly features (F, H, W); without red or near infrared the NDVI is one of the first band and adds nothing."""
    red, nir = (source.bands.index(band) if band in source.bands else 0 for band in ("B04", "B08"))
    return monthly_features(source.pixels.x, source.pixels.valid, source.dates, FIRST_MONTH, red, nir)


def _card_entry(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The few figures of a source that go onto the model card."""
    own, parcels = figures["model"]["map"], figures["model"]["parcels"][0]["by_mean_probability"]
    low, high = own["overall_accuracy_interval_95"] or (None, None)
    shares = parcels["interval_95"] or (0.0, 1.0)
    forest = figures.get("forest_own_parcels", figures["forest_all_sources"])
    interval = "" if low is None else f" (95 % interval {low:.3f}-{high:.3f})"
    summary = (
        f"accuracy {own['overall_accuracy']:.3f}{interval}, macro F1 {own['macro_f1']:.3f}, mIoU {own['miou']:.3f} on "
        f"{figures['parcels_tested']} parcels not trained on; parcels right: {parcels['accuracy']:.3f} "
        f"({shares[0]:.2f}-{shares[1]:.2f}); "
        f"random forest: accuracy {forest['map']['overall_accuracy']:.3f}, macro F1 {forest['map']['macro_f1']:.3f}"
    )
    return {
        "summary": summary,
        "overall_accuracy": own["overall_accuracy"],
        "overall_accuracy_interval_95": own["overall_accuracy_interval_95"],
        "macro_f1": own["macro_f1"],
        "miou": own["miou"],
        "parcels_tested": figures["parcels_tested"],
        "parcel_accuracy": parcels,
        "boundary_accuracy": own["boundary"]["overall_accuracy"],
        "interior_accuracy": own["interior"]["overall_accuracy"],
        "boundary_f1": figures["model"].get("boundary_f1"),
        "ece": figures["model"]["ece"],
        "random_forest_accuracy": forest["map"]["overall_accuracy"],
        "random_forest_macro_f1": forest["map"]["macro_f1"],
    }
