"""Make the model file and its card from a trained and evaluated run, and check both with the engine."""

from __future__ import annotations

import json
import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from rasterio.warp import transform_bounds

from backend.errors import InputError
from backend.model_card import METADATA_KEY, CropClass, ModelCard, card_path, file_sha256
from backend.model_check import check_model
from backend.session import Session, probe_input
from training.config import TrainConfig
from training.crop_network import CropNetwork, new_model
from training.export import MapModule, check_parity, export_onnx, replace_metadata
from training.store import SourceRecord, Store
from training.weights import load_weights

log = logging.getLogger(__name__)

MEMORY_TILE, MEMORY_DATES = 192, 12
"""The inference whose peak memory is measured."""
PROCESS_STATUS = "/proc/self/status"
"""Where Linux tells a process its peak memory."""


def load_trained(config: TrainConfig, out: Path) -> tuple[Store, CropNetwork]:
    """The data set and the fine-tuned network of a run."""
    store = Store(out / "dataset.zarr", config.fold)
    model = new_model(config, store)
    load_weights(model, out / "finetune" / "weights.pt")
    return store, model.eval()


def package_model(config: TrainConfig, out: Path) -> Path:
    """Write `out`/model/<name>.onnx and .json; a model that the engine cannot run gets no card.

    Args:
        config: the run.
        out: the run's folder, with its evaluation.

    Returns:
        The path of the ONNX file.
    """
    evaluation_path = out / "evaluation.json"
    if not evaluation_path.is_file():
        raise InputError(f"There is no evaluation {evaluation_path}.", "Run the stage evaluate first.")
    if evaluation_path.stat().st_mtime < (out / "finetune" / "weights.pt").stat().st_mtime:
        raise InputError(f"{evaluation_path} is older than the weights.", "Run the stage evaluate again.")
    evaluation = json.loads(evaluation_path.read_text(encoding="utf-8"))
    store, model = load_trained(config, out)
    calibration = evaluation["calibration"]
    boundary = model.boundary_head()
    boundary.set_calibration(calibration["a"], calibration["b"])
    module = MapModule(model.network, boundary, calibration["temperature"]).eval()
    card = make_card(config, store, model, evaluation)

    folder = out / "model"
    folder.mkdir(exist_ok=True)
    path = folder / f"{config.card.name}.onnx"
    card_path(path).unlink(missing_ok=True)
    log.info("exporting %s", path)
    export_onnx(module, path, len(store.bands), {METADATA_KEY: json.dumps(card.to_item())})
    differences = check_parity(module, path)
    log.info("largest differences to PyTorch: %s", differences)
    card = replace(card, memory_per_cell_date=measure_memory(path, len(store.bands)))
    replace_metadata(path, {METADATA_KEY: json.dumps(card.to_item())})
    card = replace(card, sha256=file_sha256(path))
    check_model(path, "cpu")
    card_path(path).write_text(card.to_json(), encoding="utf-8")
    check_model(path, "cpu")
    return path


def make_card(config: TrainConfig, store: Store, model: CropNetwork, evaluation: dict[str, Any]) -> ModelCard:
    """The card of a run; its checksum and memory are filled in after the export."""
    calibration = evaluation["calibration"]
    simulated = _simulated(config)
    real = [record for record in store.sources if record.name not in simulated]
    made_up = {source.name for source in config.dataset.sources if source.simulated}
    trained = [record for record in real if record.facts.get("parcels_by_split", {"train": 1})["train"]]
    trained = [record for record in trained if record.name not in made_up] or trained
    boxes = [transform_bounds(record.crs, "EPSG:4326", *record.facts["bounds"]) for record in trained]
    boxes = boxes or [(-180.0, -90.0, 180.0, 90.0)]
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
        halo=network.receptive_radius + 1,
        classes=tuple(CropClass(**entry) for entry in store.attributes["legend"]),
        dates_min=config.card.dates_min,
        season=(longest[0][5:], longest[-1][5:]) if longest else config.card.season,
        temperature=calibration["temperature"],
        boundary=(calibration["a"], calibration["b"]),
        boundary_threshold=calibration["boundary_threshold"],
        parameters=sum(p.numel() for p in network.parameters()),
        bbox=(
            round(min(box[0] for box in boxes), 4),
            round(min(box[1] for box in boxes), 4),
            round(max(box[2] for box in boxes), 4),
            round(max(box[3] for box in boxes), 4),
        ),
        training={
            "first_year": config.card.year,
            "last_year": config.card.year,
            "seed": config.seed,
            "pretrain_steps": config.pretrain.steps if config.pretrain else 0,
            "finetune_steps": config.finetune.steps if config.finetune else 0,
            "batch": config.finetune.batch if config.finetune else 0,
            "configuration": config.model_dump(
                mode="json", include={"network", "augmentation", "pretrain", "finetune"}
            ),
            "sources": [
                {
                    "name": record.name,
                    "series": record.facts.get("series", record.facts.get("importer", "")),
                    "simulated": record.name in made_up,
                    "parcels": record.facts["parcels"],
                    "parcels_by_split": record.facts.get("parcels_by_split", {}),
                    "outside_parcels": record.facts["outside_parcels"],
                    "dates": _dates(record),
                }
                for record in real
            ],
            "simulations": [item.model_dump(mode="json") for item in config.dataset.simulations],
        },
        accuracy=evaluation["card"],
    )


def measure_memory(model: Path, bands: int) -> int:
    """Peak bytes of an inference per input cell and date, measured in a process of its own.

    Args:
        model: the ONNX file.
        bands: C.
    """
    if not Path(PROCESS_STATUS).is_file():
        return 0  # no such measurement here: the engine then takes its own careful figure
    # a process of its own: this one's peak already holds the training
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        grown = pool.submit(_growth, model, bands).result()
    return -(-grown // (MEMORY_TILE**2 * MEMORY_DATES))


def _growth(model: Path, bands: int) -> int:
    """By how many bytes one inference raises this process's peak memory."""
    session = Session(model, "cpu")
    tile = probe_input(bands, MEMORY_TILE, MEMORY_DATES)
    before = _peak()
    session.run(*tile)
    return _peak() - before


def _peak() -> int:
    """Peak memory of this process, bytes. Not getrusage's, which a process inherits from the one that started it."""
    status = Path(PROCESS_STATUS).read_text(encoding="ascii", errors="replace")
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def _dates(record: SourceRecord) -> list[str]:
    return [str(row["date"]) for row in record.facts["dates"] if row["used"]]


def _simulated(config: TrainConfig) -> set[str]:
    return {f"{item.name}_{number:03d}" for item in config.dataset.simulations for number in range(item.scenes)}
