"""Fit the temperature and the boundary's a and b on the calibration split, with the network as it is."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize_scalar

from backend.grid import Window
from training.boundary import boundary_target, fit_platt
from training.classes import UNKNOWN
from training.crop_network import CropNetwork
from training.mosaic import SourceMosaic
from training.predict import predict, tile_cores
from training.splits import SPLITS
from training.store import CLASS, FLAGS, PARCEL, SPLIT

log = logging.getLogger(__name__)

PIXELS_PER_SOURCE = 20000
"""Label pixels taken from each source, so that a large one does not decide alone."""
CORE = 64
"""Side of a tile's core, input pixels: small, since only tiles with calibration pixels are computed."""
TEMPERATURE_RANGE = (0.25, 8.0)


@dataclass(frozen=True)
class Calibration:
    """What was fitted, and on how much."""

    temperature: float = 1.0
    a: float = 1.0
    b: float = 0.0
    boundary_threshold: float = 0.5
    """Boundary probability with the best F1, cell by cell."""
    pixels: int = 0
    """Label pixels behind the temperature."""
    boundary_pixels: int = 0
    """Label pixels behind a and b; from sources whose every parcel is known."""


def calibrate(model: CropNetwork, sources: list[SourceMosaic], magnification: int, halo: int, seed: int) -> Calibration:
    """Fit on the calibration split of all sources that have one.

    The temperature minimises the negative log-likelihood (Guo et al. 2017, "On calibration of modern neural
    networks"); a and b are a logistic regression (METHOD.md section 3), only from sources where what lies outside
    of parcels is known to be background: elsewhere most boundaries have an unknown side.
    """
    model.eval()
    head = model.boundary_head()
    generator = np.random.default_rng(seed)
    logits_seen, classes_seen, contrasts, changes = [], [], [], []

    def predictor(x: torch.Tensor, doy: torch.Tensor, valid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits, embedding = model(x, doy, valid)
        return logits, head.contrast(embedding)

    for source in sources:
        labels = source.labels(magnification)
        own = labels[SPLIT] == SPLITS["calibration"]
        if not own.any():
            continue
        windows = [core for core in tile_cores(source, CORE) if _touches(own, core, source, magnification)]
        logits, contrast = predict(predictor, source, magnification, halo, windows)
        imaged = np.isfinite(logits[0])
        counted = own & imaged & (labels[CLASS] != UNKNOWN) & (labels[FLAGS] == 0)
        chosen = _choose(generator, counted)
        logits_seen.append(logits.reshape(len(logits), -1)[:, chosen].T)
        classes_seen.append(labels[CLASS].ravel()[chosen])
        if source.is_complete:
            sure = imaged & (labels[CLASS] != UNKNOWN)
            planes = [torch.from_numpy(plane)[None] for plane in (labels[CLASS], labels[PARCEL], sure)]
            change, known = (value[0].numpy() for value in boundary_target(*planes))
            chosen = _choose(generator, known & own)
            contrasts.append(contrast[0].ravel()[chosen])
            changes.append(change.ravel()[chosen])
        source.forget()
    if not logits_seen or not sum(map(len, classes_seen)):
        log.warning("no source has a calibration split: probabilities stay uncalibrated")
        return Calibration()
    temperature = _fit_temperature(np.concatenate(logits_seen), np.concatenate(classes_seen))
    a, b, threshold = 1.0, 0.0, 0.5
    boundary_pixels = sum(map(len, changes))
    if boundary_pixels and 0 < sum(int(values.sum()) for values in changes) < boundary_pixels:
        seen, changed = np.concatenate(contrasts), np.concatenate(changes)
        a, b = fit_platt(seen, changed)
        threshold = best_threshold(1 / (1 + np.exp(-(a * seen.astype(np.float64) + b))), changed)
    else:
        log.warning("no boundary with two known sides in the calibration split: the boundary layer stays uncalibrated")
    return Calibration(temperature, a, b, threshold, sum(map(len, classes_seen)), boundary_pixels)


def best_threshold(probability: npt.NDArray[np.float64], target: npt.NDArray[np.bool_]) -> float:
    """The probability from which on "yes" has the best F1 = 2 TP / (predicted + true).

    Args:
        probability: (N,).
        target: (N,) at least one true.
    """
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(target[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + target.sum())
    return float(probability[order][int(f1.argmax())])


def _touches(mask: npt.NDArray[np.bool_], core: Window, source: SourceMosaic, magnification: int) -> bool:
    """True if a tile's core holds a true cell of a mask on the label grid."""
    kept = core.intersect(source.grid.window).refine(magnification)
    return bool(mask[kept.slices(source.grid.window.refine(magnification))].any())


def _choose(generator: np.random.Generator, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Flat positions of at most PIXELS_PER_SOURCE true cells."""
    positions = np.flatnonzero(mask)
    if len(positions) > PIXELS_PER_SOURCE:
        positions = generator.choice(positions, PIXELS_PER_SOURCE, replace=False)
    return positions


def _fit_temperature(logits: npt.NDArray[np.float32], classes: npt.NDArray[np.int32]) -> float:
    """The temperature with the least negative log-likelihood; logits (N, K), classes (N,)."""
    values = logits.astype(np.float64)
    values -= values.max(axis=1, keepdims=True)
    rows = np.arange(len(values))

    def loss(log_temperature: float) -> float:
        scaled = values / np.exp(log_temperature)
        return float((np.log(np.exp(scaled).sum(axis=1)) - scaled[rows, classes]).mean())

    low, high = np.log(TEMPERATURE_RANGE[0]), np.log(TEMPERATURE_RANGE[1])
    return float(np.exp(minimize_scalar(loss, bounds=(low, high), method="bounded").x))
