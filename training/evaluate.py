"""Calibrate a trained network and score its maps of the test split, next to a random forest's.

Writes metrics.json (all figures of training.map_score) and evaluation.html (the same to be read, with pictures).
Ground is mapped block by block, so that memory does not grow with a source.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from backend.errors import InputError
from backend.model_card import CropClass, file_sha256
from training.calibrate import Calibration, calibrate
from training.calibrated_network import calibrated
from training.calibration_sources import calibration_sources
from training.classes import Legend
from training.config import TrainConfig
from training.evaluation_report import write_report
from training.forest_maps import OWN_PIXELS, POOLED_PIXELS, train_forest
from training.hardware import scoring_device
from training.metrics_file import METRICS, REPORT, write_metrics
from training.mosaic import open_sources
from training.predict import tiling_of
from training.progress import Progress, QuietProgress, check_cancelled
from training.provenance import count_seen, read_origin
from training.source_score import ScoreJob, SourceScore, sources_with
from training.trained_run import load_trained, weights_path

log = logging.getLogger(__name__)

LOGS = {"pretrain": "pretrain/logs/metrics.csv", "finetune": "finetune/logs/metrics.csv"}
"""Learning curves in a run's folder."""


def evaluate_run(config: TrainConfig, out: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Calibrate, map and score; write the two reports.

    Args:
        config: the run.
        out: the run's folder, with its data set and fine-tuned weights.
        progress: is told of it, and asked whether to stop.

    Returns:
        What metrics.json holds.

    Raises:
        InputError: if data set or weights are of another configuration, or no source has one of the splits asked for.
        CancelledError: where the progress says so.
    """
    progress = progress or QuietProgress()
    if config.threads:
        torch.set_num_threads(config.threads)
    store, model = load_trained(config, out)
    model.to(scoring_device(config.hardware))
    legend = Legend(tuple(CropClass(**entry) for entry in store.attributes["legend"]))
    settings, magnification = config.evaluate, config.network.magnification
    sources = open_sources(store)
    tested = sources_with(sources, settings.splits, magnification)
    if not tested:
        asked = " or ".join(settings.splits)
        raise InputError(
            f"No source has a {asked} split to evaluate on.", "Give a source split: test, or blocks with a test share."
        )
    progress.progress(0, len(tested), "calibrating")
    calibrating = calibration_sources(config, sources)
    calibration = calibrate(model, calibrating, magnification, seed=config.seed, alpha=settings.alpha)
    log.info("calibration: %s", _short(calibration))
    job = ScoreJob(
        predictor=calibrated(model, calibration),
        tiling=tiling_of(model.network, magnification),
        calibration=calibration,
        num_classes=max(legend.codes) + 1,
        splits=settings.splits,
        block_m=settings.block_m,
        cutoffs=settings.cutoffs,
    )
    check_cancelled(progress)
    origin = read_origin(weights_path(out).parent)
    pooled = train_forest(sources, config.seed, POOLED_PIXELS)
    results: dict[str, Any] = {}
    pictures: dict[str, dict[str, Any]] = {}
    for number, source in enumerate(tested):
        progress.progress(number, len(tested), f"scoring {source.name}")
        check_cancelled(progress)
        forests = {} if pooled is None else {"forest_all_sources": pooled}
        own = train_forest([source], config.seed, OWN_PIXELS) if source.has_split("train") else None
        if own is not None:
            forests["forest_own_parcels"] = own
        score = SourceScore(source, job, forests)

        def tell(done: int, total: int, name: str = source.name) -> None:
            progress.progress(done, total, f"scoring {name}")
            check_cancelled(progress)

        if entry := score.run(tell):
            seen = count_seen(origin, store, source.record, entry["split"])
            if origin is not None and seen != 0:
                progress.warning(seen_before(source.name, entry["parcels_tested"], seen, origin.file))
            results[source.name] = entry | {"parcels_seen_before": seen}
            pictures[source.name] = score.pictures()
    if not results:
        raise InputError(
            "No pixel of a known class could be scored.", "Check the class tables and the splits of the data set."
        )
    evaluation: dict[str, Any] = {
        "kind": "run",
        "evaluated": {
            "splits": list(settings.splits),
            "block_m": settings.block_m,
            "alpha": settings.alpha,
            "cutoffs": list(settings.cutoffs),
            "seed": config.seed,
            "fold": config.fold,
            "magnification": magnification,
            "weights_sha256": file_sha256(weights_path(out)),
            "started_from": origin.file if origin else None,
        },
        "calibration": asdict(calibration),
        "learning_curves": {name: place for name, place in LOGS.items() if (out / place).is_file()},
        "sources": results,
        "card": {name: card_entry(figures) for name, figures in results.items()},
    }
    write_metrics(out / METRICS, evaluation)
    write_report(out / REPORT, config, evaluation, legend, pictures, out)
    for name, entry in evaluation["card"].items():
        log.info("%s: %s", name, entry["summary"])
    return evaluation


def _short(calibration: Calibration) -> str:
    return (
        f"temperature {calibration.temperature:.3f} on {calibration.pixels:,} pixels, of parcels "
        f"{calibration.temperature_parcel:.3f} on {calibration.parcels:,}; boundary a {calibration.a:.3f}, "
        f"b {calibration.b:.3f} on {calibration.boundary_pixels:,}"
        + (" of declared parcels alone" if calibration.is_boundary_of_outlines else "")
    )


def seen_before(source: str, tested: int, seen: int | None, file: str) -> str:
    """The sentence for parcels that are tested, but not new to the model that a run was started from; or maybe not."""
    if seen is None:
        return (
            f"Whether {file}, which the run was started from, had seen parcels that are tested in '{source}' is not "
            "known."
        )
    return (
        f"{seen} of the {tested} parcels tested in '{source}' lie on ground that {file}, which the run was started "
        "from, was trained or calibrated on with declarations of that year: the figures are too good."
    )


def card_entry(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The few figures of a source that go onto the model card."""
    model = figures["model"]
    own, parcels = model["map"], model["parcels"][0]["by_mean_probability"]
    forest = figures.get("forest_own_parcels", figures.get("forest_all_sources"))
    cover = (model["conformal"] or {}).get("parcels") or {}
    return {
        "summary": _summary(figures, own, parcels, forest),
        "split": figures["split"],
        "overall_accuracy": own["overall_accuracy"],
        "overall_accuracy_interval_95": own["overall_accuracy_interval_95"],
        "macro_f1": own["macro_f1"],
        "macro_f1_interval_95": own["macro_f1_interval_95"],
        "miou": own["miou"],
        "miou_interval_95": own["miou_interval_95"],
        "interval_by": own["interval_by"],
        "blocks": own["interval_units"] if own["interval_by"] == "blocks" else None,
        "parcels_tested": figures["parcels_tested"],
        "parcels_seen_before": figures.get("parcels_seen_before", 0),
        "parcel_accuracy": parcels,
        "boundary_accuracy": own["boundary"]["overall_accuracy"],
        "boundary_accuracy_interval_95": own["boundary"]["interval_95"],
        "interior_accuracy": own["interior"]["overall_accuracy"],
        "interior_accuracy_interval_95": own["interior"]["interval_95"],
        "edge_accuracy": own["edge_profile"]["inside_right"][0],
        "boundary_f1": model.get("boundary_f1"),
        "ece": model["ece"],
        "ece_parcels": model["ece_parcels"],
        "conformal_coverage": cover.get("coverage"),
        "conformal_set_size": cover.get("mean_set_size"),
        "random_forest_accuracy": None if forest is None else forest["map"]["overall_accuracy"],
        "random_forest_macro_f1": None if forest is None else forest["map"]["macro_f1"],
    }


def _summary(
    figures: Mapping[str, Any], own: Mapping[str, Any], parcels: Mapping[str, Any], forest: Mapping[str, Any] | None
) -> str:
    """One sentence of the card."""
    if own["overall_accuracy"] is None:
        return "nothing could be scored: no known ground was mapped"
    interval = own["overall_accuracy_interval_95"]
    drawn = "" if interval is None else f" (95 % interval {interval[0]:.3f}-{interval[1]:.3f})"
    trained = "of the split " + figures["split"] if figures["split"] != "test" else "not trained on"
    units = f"{figures['parcels_tested']} parcels"
    if figures["patches_tested"]:
        units = f"{figures['patches_tested']} patches"
    said = [
        f"accuracy {own['overall_accuracy']:.3f}{drawn}, macro F1 {own['macro_f1']:.3f}, mIoU {own['miou']:.3f} on "
        f"{units} {trained}"
    ]
    if figures.get("parcels_seen_before"):
        said.append(f"{figures['parcels_seen_before']} of these on ground that the model it was started from had seen")
    if parcels["accuracy"] is not None:
        low, high = parcels["interval_95"] or (0.0, 1.0)
        said.append(f"parcels right: {parcels['accuracy']:.3f} ({low:.2f}-{high:.2f})")
    if forest is not None and forest["map"]["overall_accuracy"] is not None:
        said.append(
            f"random forest: accuracy {forest['map']['overall_accuracy']:.3f}, macro F1 {forest['map']['macro_f1']:.3f}"
        )
    return "; ".join(said)
