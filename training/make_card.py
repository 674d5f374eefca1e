"""The model card of a run: what its configuration, its data set, its network and its evaluation say of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backend import __version__
from backend.card_item import ANY_DATES
from backend.model_card import Box, CropClass, ModelCard
from training.config import TrainConfig
from training.crop_network import CropNetwork
from training.hardware import num_processes
from training.predict import reach_of
from training.provenance import Origin, box_of, harvest_year, source_entries, trained_on, used_dates
from training.store import Store

WHOLE_WORLD: Box = (-180.0, -90.0, 180.0, 90.0)
"""Of a model trained on simulated scenes alone."""
CONFIGURATION = {"network", "cscl", "augmentation", "pretrain", "finetune"}
"""Sections of the configuration that the card repeats."""


def make_card(
    config: TrainConfig,
    store: Store,
    model: CropNetwork,
    evaluation: Mapping[str, Any],
    origin: Origin | None = None,
) -> ModelCard:
    """The card of a run; checksums and memory are filled in after the export.

    Args:
        config: the run.
        store: its data set.
        model: its network, trained.
        evaluation: as training.evaluate writes it; "calibration" and "card" are read.
        origin: the checkpoint that the run was started from.
    """
    calibration = evaluation["calibration"]
    trained = trained_on(config, store)
    boxes = tuple(box for record in trained if (box := box_of(record)) is not None) or (WHOLE_WORLD,)
    longest = max((used_dates(record) for record in trained), key=len, default=[])
    network: Any = model.network
    return ModelCard(
        name=config.card.name,
        version=config.card.version,
        architecture=config.network.name,
        description=config.card.description,
        license=config.card.license,
        bands=store.bands,
        level=store.attributes["level"],
        magnification=config.network.magnification,
        tile_multiple=network.stride,
        halo=reach_of(network),
        classes=tuple(CropClass(**entry) for entry in store.attributes["legend"]),
        dates_min=min(config.card.dates_min, network.num_dates or ANY_DATES),
        dates_max=network.num_dates or ANY_DATES,
        season=(longest[0][5:], longest[-1][5:]) if longest else config.card.season,
        temperature=calibration["temperature"],
        temperature_parcel=calibration.get("temperature_parcel", 1.0),
        boundary=(calibration["a"], calibration["b"]),
        boundary_threshold=calibration["boundary_threshold"],
        conformal=calibration.get("conformal", {}),
        calibration={
            key: calibration[key]
            for key in ("pixels", "boundary_pixels", "is_boundary_of_outlines", "parcels", "regions")
            if key in calibration
        },
        parameters=sum(p.numel() for p in network.parameters()),
        bbox=_around(boxes),
        regions=boxes if len(boxes) > 1 else (),
        training=_training(config, store, origin),
        accuracy=evaluation["card"],
        attribution=config.card.attribution,
        receptive_radius=network.receptive_radius,
        embedding_channels=network.embedding_channels if config.export.embedding else 0,
    )


def _around(boxes: tuple[Box, ...]) -> Box:
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _years(config: TrainConfig, store: Store) -> list[int]:
    """Harvest years that were trained on, in order: of real sources, else of simulated scenes, else the card's own."""
    real: set[int] = set()
    for record in trained_on(config, store):
        harvest = harvest_year(record)
        real |= set(record.facts.get("years") or ([harvest] if harvest else ()))
    return sorted(real or {item.year for item in config.dataset.simulations} or {config.card.year})


def _training(config: TrainConfig, store: Store, origin: Origin | None) -> dict[str, Any]:
    """Sources, splits, steps and code."""
    years = _years(config, store)
    samples = int(np.count_nonzero(store.labelled_pixels("train")))
    stages = [stage for stage in (config.pretrain, config.finetune) if stage is not None]
    processes = num_processes(config.hardware)
    drawn = sum(stage.steps * stage.batch * stage.accumulate * processes for stage in stages)
    return {
        "first_year": years[0],
        "last_year": years[-1],
        "seed": config.seed_of_training,
        "code_version": __version__,
        "pretrain_steps": config.pretrain.steps if config.pretrain else 0,
        "finetune_steps": config.finetune.steps if config.finetune else 0,
        "batch": config.finetune.batch if config.finetune else 0,
        "samples": samples,
        "samples_drawn": drawn,
        "epochs": round(drawn / samples, 1) if samples else 0.0,
        "split_scheme": config.dataset.splits.scheme,
        "folds": config.dataset.splits.folds if config.dataset.splits.scheme == "folds" else 0,
        "fold": config.fold or 0,
        "buffer_m": config.dataset.splits.buffer_m,
        "configuration": config.model_dump(mode="json", include=CONFIGURATION),
        "sources": source_entries(config, store),
        "started_from": origin.to_dict() if origin else None,
        "simulations": [item.model_dump(mode="json") for item in config.dataset.simulations],
    }
