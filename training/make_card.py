"""The model card of a run: what its configuration, its data set, its network and its evaluation say of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from rasterio.warp import transform_bounds

from backend import __version__
from backend.card_item import ANY_DATES
from backend.model_card import Box, CropClass, ModelCard
from training.block_runs import as_runs, in_runs
from training.config import TrainConfig
from training.crop_network import CropNetwork
from training.hardware import num_processes
from training.predict import reach_of
from training.store import SourceRecord, Store

WHOLE_WORLD: Box = (-180.0, -90.0, 180.0, 90.0)
"""Of a model trained on simulated scenes alone."""
CONFIGURATION = {"network", "cscl", "augmentation", "pretrain", "finetune"}
"""Sections of the configuration that the card repeats."""


def make_card(config: TrainConfig, store: Store, model: CropNetwork, evaluation: Mapping[str, Any]) -> ModelCard:
    """The card of a run; checksums and memory are filled in after the export.

    Args:
        config: the run.
        store: its data set.
        model: its network, trained.
        evaluation: as training.evaluate writes it; "calibration" and "card" are read.
    """
    calibration = evaluation["calibration"]
    trained = _trained_on(config, store)
    boxes = _boxes(trained)
    longest = max((_dates(record) for record in trained), key=len, default=[])
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
            key: calibration[key] for key in ("pixels", "boundary_pixels", "parcels", "regions") if key in calibration
        },
        parameters=sum(p.numel() for p in network.parameters()),
        bbox=_around(boxes),
        regions=boxes if len(boxes) > 1 else (),
        training=_training(config, store, trained),
        accuracy=evaluation["card"],
        attribution=config.card.attribution,
        receptive_radius=network.receptive_radius,
        embedding_channels=network.embedding_channels if config.export.embedding else 0,
    )


def _trained_on(config: TrainConfig, store: Store) -> list[SourceRecord]:
    """Real sources with training parcels; those called simulated only where there are no others."""
    made_up = {source.name for source in config.dataset.sources if source.simulated}
    records = [record for record in _real(config, store) if _parcels(record).get("train", 1)]
    return [record for record in records if record.name not in made_up] or records


def _real(config: TrainConfig, store: Store) -> list[SourceRecord]:
    """Sources that were not made by training.simulate for this run."""
    simulated = {f"{item.name}_{number:03d}" for item in config.dataset.simulations for number in range(item.scenes)}
    return [record for record in store.sources if record.name not in simulated]


def _boxes(records: list[SourceRecord]) -> tuple[Box, ...]:
    """Degrees west, south, east, north of each source whose place is known."""
    boxes = []
    for record in records:
        if record.facts.get("bounds"):
            west, south, east, north = transform_bounds(record.crs, "EPSG:4326", *record.facts["bounds"])
            boxes.append((round(west, 4), round(south, 4), round(east, 4), round(north, 4)))
    return tuple(boxes) or (WHOLE_WORLD,)


def _around(boxes: tuple[Box, ...]) -> Box:
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _training(config: TrainConfig, store: Store, trained: list[SourceRecord]) -> dict[str, Any]:
    """Sources, splits, steps and code."""
    samples = int(np.count_nonzero(store.labelled_pixels("train")))
    stages = [stage for stage in (config.pretrain, config.finetune) if stage is not None]
    processes = num_processes(config.hardware)
    drawn = sum(stage.steps * stage.batch * stage.accumulate * processes for stage in stages)
    blocks = {source.name: source.block_m for source in config.dataset.sources if source.split == "blocks"}
    made_up = {source.name for source in config.dataset.sources if source.simulated}
    region = {record.name: list(box) for record in trained for box in _boxes([record])}
    return {
        "first_year": config.card.year,
        "last_year": config.card.year,
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
        "sources": [
            {
                "name": record.name,
                "series": record.facts.get("series", record.facts.get("importer", "")),
                "simulated": record.name in made_up,
                "bbox": region.get(record.name),
                "block_m": blocks.get(record.name),
                "blocks": _blocks(record, config.fold or 0),
                "parcels": record.facts["parcels"],
                "parcels_by_split": _parcels(record),
                "outside_parcels": record.facts["outside_parcels"],
                "dates": _dates(record),
            }
            for record in _real(config, store)
        ],
        "simulations": [item.model_dump(mode="json") for item in config.dataset.simulations],
    }


def _blocks(record: SourceRecord, fold: int) -> dict[str, Any] | None:
    """Which blocks of ground were trained on, and which held out; backend.trained_ground reads it.

    Returns:
        crs; size: side of a block in its units; by split the runs of blocks that hold parcels (training.block_runs),
        a fold that is held out being the test. None where the source is in one split, or is an older data set's.
    """
    blocks = record.facts.get("blocks")
    if not blocks:
        return None
    splits = {name: in_runs(runs) for name, runs in blocks["splits"].items()}
    if fold:
        held_out = in_runs(blocks["folds"].get(str(fold), ()))
        splits = {name: own - held_out for name, own in splits.items()} | {"test": held_out}
    return {"crs": record.crs, "size": blocks["size"], **{name: as_runs(own) for name, own in splits.items()}}


def _parcels(record: SourceRecord) -> Mapping[str, int]:
    counts: Mapping[str, int] = record.facts.get("parcels_by_split", {})
    return counts


def _dates(record: SourceRecord) -> list[str]:
    return [str(row["date"]) for row in record.facts.get("dates", ()) if row["used"]]
