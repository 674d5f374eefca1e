"""An evaluation with everything in it: real scores of made-up maps, and pictures of them, for tests of its report."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np

from training.areas import MapSample, estimate_areas
from training.classes import CLASSES, UNKNOWN, Legend
from training.config import TrainConfig
from training.edges import boundary_cells, edge_distance
from training.label_block import LabelBlock, counted
from training.map_score import MapScore, ScoreSettings
from training.upsampling import block_mean

RESOLUTION, SCALE, SIDE = 2.5, 4, 256
CODES = (0, 1, 4, 5)
LEGEND = Legend.read(CLASSES / "legend.csv")
THRESHOLDS = {"0": 0.6, "1": 0.7, "4": 0.5, "5": 0.8}


def ground(seed: int = 0) -> dict[str, np.ndarray]:
    """Fields on cells of 2.5 m, with lanes between them."""
    rng = np.random.default_rng(seed)
    parcels = np.zeros((SIDE, SIDE), dtype=np.int32)
    number = 0
    for top in range(0, SIDE, 32):
        left = 0
        while left < SIDE:
            number += 1
            width = int(rng.integers(8, 60))
            parcels[top + 1 : top + int(rng.integers(12, 31)), left + 1 : left + width] = number
            left += width + 1
    crop = np.append(0, rng.choice(CODES[1:], number))
    classes = crop[parcels].astype(np.int32)
    mask = np.kron(rng.random((8, 8)) < 0.6, np.ones((32, 32), dtype=bool))
    return {"classes": classes, "parcels": parcels, "mask": mask}


def probabilities(planes: dict[str, np.ndarray], wrong: float, seed: int) -> np.ndarray:
    """(C, H, W) of a map that takes a share of the parcels for another crop, and errs more often at edges."""
    rng = np.random.default_rng(seed)
    ids = planes["parcels"]
    believed = np.array([planes["classes"][ids == number][0] for number in range(ids.max() + 1)])
    off = rng.random(len(believed)) < wrong
    believed[off] = rng.choice(CODES, off.sum())
    away = edge_distance(ids, RESOLUTION)
    mapped = np.where(
        rng.random(ids.shape) < np.where(away < 8, 0.35, 0.1), rng.choice(CODES, ids.shape), believed[ids]
    )
    scores = rng.random((len(CODES), SIDE, SIDE)) * 0.6
    for channel, code in enumerate(CODES):
        scores[channel] += mapped == code
    return (scores / scores.sum(axis=0)).astype(np.float32)


def scored(
    planes: dict[str, np.ndarray], values: np.ndarray, boundary: np.ndarray | None = None, **changes: Any
) -> dict[str, Any]:
    """Figures of a map."""
    whole = (slice(0, SIDE), slice(0, SIDE))
    settings: dict[str, Any] = {"magnification": 1, "codes": CODES, "block_m": 100.0, **changes}
    if boundary is not None:
        settings["boundary_threshold"] = 0.4
    score = MapScore(ScoreSettings(RESOLUTION, 8, **settings))
    labels = planes["classes"], planes["parcels"], counted(planes["classes"], None, planes["mask"])
    block = LabelBlock(*labels, whole, RESOLUTION)
    score.add_sizes(block)
    score.add(block, values, boundary)
    return score.figures()


def conformal() -> dict[str, Any]:
    """Thresholds as a calibration has them."""
    level = {
        "thresholds": THRESHOLDS,
        "counts": {"0": 40, "1": 25, "4": 3, "5": 30},
        "regions": {code: ["calib"] for code in THRESHOLDS},
        "pooled_threshold": 0.5,
        "pooled_count": 98,
        "pooled_classes": [4],
    }
    return {"alpha": 0.1, "score": "1 - probability", "parcels": level, "pixels": {**level, "clusters": {}}}


def evaluation(name: str = "farm") -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """(what metrics.json holds, pictures) of one source."""
    planes = ground()
    values = probabilities(planes, 0.2, 1)
    edges = boundary_cells(planes["classes"], planes["parcels"])
    rng = np.random.default_rng(2)
    boundary = np.clip(rng.normal(np.where(edges, 0.6, 0.25), 0.2), 0, 1).astype(np.float32)
    own = scored(
        planes, values, boundary, magnification=SCALE, temperature=1.7, temperature_parcel=0.6, conformal=conformal()
    )
    season = [
        {
            "cutoff": day,
            "last_day": f"{year}-{day}",
            "dates": dates,
            "overall_accuracy": accuracy,
            "overall_accuracy_interval_95": [accuracy - 0.1, accuracy + 0.07],
            "macro_f1": accuracy - 0.1,
            "macro_f1_interval_95": [accuracy - 0.2, accuracy],
            "miou": accuracy - 0.2,
            "parcels": 30,
            "parcel_accuracy": accuracy + 0.05,
            "parcel_accuracy_interval_95": None,
            "interval_by": "blocks",
            "cells": 1000,
            "unmapped_cells": 0,
        }
        for day, year, dates, accuracy in (
            ("12-31", 2017, 3, 0.312), ("03-31", 2018, 6, 0.478), ("05-31", 2018, 9, 0.634), ("06-10", 2018, 10, 0.652),
        )
    ]  # fmt: skip
    source = {
        "parcels_tested": len(np.unique(planes["parcels"][planes["mask"] & (planes["parcels"] > 0)])),
        "parcels_trained": 1234,
        "outside_parcels": "background",
        "split": "test",
        "patches_tested": None,
        "label_scale": SCALE,
        "in_season": season,
        "model": own,
        "forest_own_parcels": scored(planes, probabilities(planes, 0.3, 3)),
        "forest_all_sources": scored(planes, probabilities(planes, 0.5, 4)),
        "other_splits": {"validation": {"parcels_tested": 17, "model": scored(planes, probabilities(planes, 0.1, 5))}},
    }
    calibration = {
        "temperature": 1.7,
        "temperature_parcel": 0.6,
        "a": 1.0,
        "b": 0.0,
        "boundary_threshold": 0.4,
        "pixels": 20000,
        "boundary_pixels": 20000,
        "parcels": 98,
        "regions": ["calib"],
        "conformal": conformal(),
    }
    evaluated = {"splits": ["test"], "block_m": 100.0, "alpha": 0.1, "cutoffs": [], "seed": 1, "magnification": SCALE}
    whole = {
        "kind": "run",
        "evaluated": evaluated,
        "learning_curves": {"finetune": "finetune/logs/metrics.csv"},
        "calibration": calibration,
        "sources": {name: source},
        "card": {},
    }
    return json.loads(json.dumps(whole, allow_nan=False)), {name: pictures(planes, values, boundary)}


def finished_map(name: str = "crop_type", sample: bool = True) -> dict[str, Any]:
    """What metrics.json holds of a finished map without probabilities."""
    planes = ground()
    score = MapScore(ScoreSettings(RESOLUTION, 8, block_m=100.0))
    mapped = np.array(CODES)[probabilities(planes, 0.2, 1).argmax(axis=0)]
    labels = planes["classes"], planes["parcels"], counted(planes["classes"], None, planes["mask"])
    block = LabelBlock(*labels, (slice(0, SIDE), slice(0, SIDE)), RESOLUTION)
    score.add_sizes(block)
    score.add_classes(block, mapped)
    own = score.figures()
    if sample:
        points = np.array([[30, 3, 0], [2, 40, 5], [1, 4, 45]])
        own["area"]["olofsson"] = estimate_areas(
            MapSample((0, 1, 5), np.array([20000, 60000, 50000]), points, {0: "none", 1: "wheat", 5: "maize"}), 0.01
        )
    source = {
        "parcels_tested": 40, "parcels_trained": None, "outside_parcels": "ignore", "split": None,
        "patches_tested": None, "label_scale": None, "in_season": [], "model": own,
    }  # fmt: skip
    evaluated = {"map": f"{name}.tif", "parcels": "parcels.gpkg", "block_m": 100.0}
    return json.loads(json.dumps({"kind": "map", "evaluated": evaluated, "sources": {name: source}}, allow_nan=False))


def older(evaluation: dict[str, Any]) -> dict[str, Any]:
    """The same as a run before version 0.2 wrote it."""
    old = copy.deepcopy(evaluation)
    for key in ("kind", "evaluated", "learning_curves"):
        del old[key]
    for key in ("temperature_parcel", "parcels", "regions", "conformal"):
        del old["calibration"][key]
    for source in old["sources"].values():
        for key in ("split", "patches_tested", "label_scale", "in_season", "other_splits"):
            del source[key]
        for key in ("model", "forest_own_parcels", "forest_all_sources"):
            figures = source[key]
            for new in (
                "ece_before",
                "ece_parcels",
                "ece_parcels_before",
                "reliability",
                "boundary_curve",
                "outlines",
                "conformal",
            ):
                figures.pop(new, None)
            for new in ("miou_interval_95", "macro_f1_interval_95", "interval_by", "interval_units", "block_m"):
                del figures["map"][new]
            del figures["map"]["confusion"]
    return old


def pictures(planes: dict[str, np.ndarray], values: np.ndarray, boundary: np.ndarray) -> dict[str, Any]:
    """A whole source and one window of it."""
    mapped = np.array(CODES, dtype=np.uint8)[values.argmax(axis=0)]
    coarse = np.array(CODES, dtype=np.uint8)[block_mean(values, SCALE).argmax(axis=0)]
    rng = np.random.default_rng(6)
    pixels = SIDE // SCALE
    image = 0.05 + 0.1 * rng.random((3, pixels, pixels)) + 0.02 * planes["classes"][::SCALE, ::SCALE]
    panel = {
        "place": "row 0, column 0",
        "window": (0, 0, pixels, pixels),
        "date": "2018-06-29",
        "image": image.astype(np.float32),
        "false_colour": image[::-1].astype(np.float32),
        "truth": planes["classes"].astype(np.uint8),
        "tested": planes["mask"],
        "parcels": planes["parcels"],
        "map": mapped,
        "x1": coarse.repeat(SCALE, axis=0).repeat(SCALE, axis=1),
        "boundary": boundary,
    }
    labels = np.where(planes["mask"], planes["classes"], UNKNOWN).astype(np.uint8)
    return {
        "overview": {"crop_type": mapped, "labels": labels, "boundary": boundary, "step": 1},
        "panels": [panel],
    }


def config(**changes: Any) -> TrainConfig:
    """A run on one source."""
    source = {
        "name": "farm", "series": "farm/images", "parcels": "farm/parcels.gpkg", "crop_field": "crop", "year": 2018,
        "classes": "rpg", "outside_parcels": "background",
    }  # fmt: skip
    values: dict[str, Any] = {
        "seed": 1,
        "dataset": {"sources": [source]},
        "finetune": {"steps": 10},
        "card": {"name": "tiny"},
        **changes,
    }
    return TrainConfig.model_validate(values)
