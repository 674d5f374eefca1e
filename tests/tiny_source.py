"""A tiny farm for the tests of training: sixteen fields of 14 x 14 pixels with lanes of two between them.

Field number 4 * r + c lies in rows 16 r + 1 to 16 r + 14 of the scene and in columns likewise; wheat where r + c is
even, maize where it is odd. The images come from ``scenes``, so that wheat is green in spring and maize in summer.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import scenes
import shapely
from pyproj import Transformer

from training.config import TrainConfig
from training.make_dataset import make_dataset
from training.mosaic import SourceMosaic, open_mosaics
from training.progress import QuietProgress
from training.store import Store

SIDE = 64
LAMBERT = "EPSG:2154"
WHEAT, MAIZE = "winter_common_soft_wheat", "maize_corn"
BLIND_DAY = date(2018, 6, 20)
"""An acquisition without a single clear pixel."""
BLOCK_M = 160.0
"""Every field lies in a block of its own."""


def crops() -> npt.NDArray[np.uint8]:
    """(64, 64) legend codes: 1 wheat, 5 maize, 0 lanes."""
    out = np.zeros((SIDE, SIDE), dtype=np.uint8)
    for row in range(4):
        for col in range(4):
            out[16 * row + 1 : 16 * row + 15, 16 * col + 1 : 16 * col + 15] = 5 if (row + col) % 2 else 1
    return out


def fields(left: float = scenes.LEFT, top: float = scenes.TOP) -> list[Any]:
    """The sixteen fields as rectangles in the images' coordinate system."""
    return [
        shapely.box(left + 10 * x, top - 10 * (y + 14), left + 10 * (x + 14), top - 10 * y)
        for y in range(1, SIDE, 16)
        for x in range(1, SIDE, 16)
    ]


def names() -> list[str]:
    """Their crops."""
    return [MAIZE if (row + col) % 2 else WHEAT for row in range(4) for col in range(4)]


def write_parcels(path: Path, shapes: list[Any], crop: list[str], crs: str = LAMBERT) -> Path:
    """Write parcels given in the images' coordinate system, by default in that of the French declarations."""
    to_file = Transformer.from_crs(scenes.UTM, crs, always_xy=True)
    moved = shapely.transform(np.array(shapes, dtype=object), lambda xy: np.column_stack(to_file.transform(*xy.T)))
    pyogrio.raw.write(
        path,
        shapely.to_wkb(moved),
        field_data=[np.array(crop, dtype=object), np.arange(100, 100 + len(crop))],
        fields=["crop", "pid"],
        geometry_type="Polygon",
        crs=crs,
    )
    return path


def write_farm(folder: Path, left: float = scenes.LEFT, top: float = scenes.TOP) -> Path:
    """Four clear dates, a blind one, and the parcels: folder/series and folder/parcels.gpkg."""
    for day in scenes.DAYS:
        scenes.write_date(folder / "series", day, crops(), left=left, top=top)
    scenes.write_date(
        folder / "series", BLIND_DAY, crops(), scl=scenes.clear_scl(crops(), scenes.CLOUD_SCL), left=left, top=top
    )
    write_parcels(folder / "parcels.gpkg", fields(left, top), names())
    return folder


def source(**changes: Any) -> dict[str, Any]:
    """A source's settings."""
    return {
        "name": "farm",
        "series": "series",
        "parcels": "parcels.gpkg",
        "crop_field": "crop",
        "id_field": "pid",
        "classes": "legend_names",
        "outside_parcels": "background",
        "block_m": BLOCK_M,
        "shares": {"train": 0.5, "validation": 0.125, "calibration": 0.125, "test": 0.25},
        **changes,
    }


NOTHING_RARE = {"train_pixels": 0, "evaluation_pixels": 0}
"""Limits for a farm that has not twenty thousand pixels."""
NETWORK: dict[str, Any] = {
    "magnification": 4,
    "options": {
        "widths": [8, 8, 8],
        "stem_channels": 8,
        "heads": 2,
        "pooled_channels": 8,
        "embedding_channels": 8,
        "harmonics": 2,
    },
}
"""A network narrow enough to train in seconds."""


def settings(**changes: Any) -> dict[str, Any]:
    """A run's settings; `changes` replace whole sections."""
    return {
        "seed": 3,
        "threads": 1,
        "dataset": {"chip": 32, "max_dates": 6, "rare": NOTHING_RARE, "sources": [source()]},
        "network": NETWORK,
        "cscl": {"proj_channels": 8},
        "augmentation": {"crop": 16, "dates": 4},
        "pretrain": {"steps": 4, "batch": 2, "validate_every": 2},
        "finetune": {"steps": 4, "batch": 2, "validate_every": 2},
        "card": {"name": "tiny"},
        **changes,
    }


def config(**changes: Any) -> TrainConfig:
    """The same, checked."""
    return TrainConfig.model_validate(settings(**changes))


def with_dataset(**changes: Any) -> TrainConfig:
    """The same with other settings of the data set."""
    return config(dataset={**settings()["dataset"], **changes})


def trained(out: Path, chosen: TrainConfig, model: Any) -> Path:
    """Put a network into the folder of a run as if it had been fine-tuned there; the path of its weights."""
    from training.stages import STAMP, stage_fingerprint
    from training.weights import save_weights

    folder = out / "finetune"
    folder.mkdir()
    (folder / STAMP).write_text(stage_fingerprint(chosen, "finetune"), encoding="utf-8")
    save_weights(model, folder / "weights.pt")
    return folder / "weights.pt"


def build(data: Path, out: Path, chosen: TrainConfig | None = None, **changes: Any) -> Store:
    """The store of the farm; `changes` are those of its source."""
    out.mkdir(exist_ok=True)
    chosen = chosen or with_dataset(sources=[source(**changes)])
    return Store(make_dataset(chosen, data, out, quiet))


def mosaic(data: Path, out: Path, **changes: Any) -> SourceMosaic:
    """The farm as a whole, put together from its store; beside it the store has a farm that is all trained on."""
    both = [source(**changes), source(name="trained", split="train")]
    return open_mosaics(build(data, out, with_dataset(sources=both)))[0]


quiet = QuietProgress()
"""Progress that nobody sees."""
