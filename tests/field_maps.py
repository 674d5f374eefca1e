"""Maps with fields for the tests of fields: by hand and at random, and what cutting makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import rasterio
import scenes
import shapely
from numpy.typing import NDArray

from backend import evidence
from backend.block_map import EDGE_CELLS
from backend.field_run import FIELDS, VOTED, run_fields
from backend.grid import Window
from backend.model_card import NODATA, CropClass, ModelCard, card_path, file_sha256
from backend.protocol import MapRequest
from backend.run_record import NAME, RUN_SCHEMA

BACKGROUND, WHEAT, MAIZE, GRASS = 0, 1, 5, 10
LEGEND = (
    CropClass(MAIZE, "maize", "Maize", "#d6e600"),
    CropClass(BACKGROUND, "background", "No parcel", "#e6e6e6"),
    CropClass(GRASS, "grassland", "Grassland", "#33aa33"),
    CropClass(WHEAT, "wheat", "Wheat", "#e8c547"),
)
THRESHOLD = 0.46
LOW, HIGH = 5, 60
"""Percent: just below 0.125 times the threshold, and a boundary."""
CELL = 2.5
MAGNIFICATION = 2
EDGE = EDGE_CELLS * MAGNIFICATION
Array = NDArray[np.uint8]


def write_map(
    folder: Path,
    crop: Array,
    boundary: Array,
    confidence: Array | None = None,
    dates: Array | None = None,
    images: Window | None = None,
    legend: tuple[CropClass, ...] = LEGEND,
    threshold: float = THRESHOLD,
    calibration: tuple[float, float] = (1.0, 0.0),
) -> Path:
    """A finished map: its rasters, the model, and the record that names it.

    Args:
        folder: gets them.
        crop: (H, W) codes.
        boundary: (H, W) percent.
        confidence: (H, W) percent.
        dates: (H / 2, W / 2) clear dates.
        images: where the record says that the images lie; None for one that does not say.
        legend: of the model.
        threshold: of its boundary layer.
        calibration: a and b of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "hand.onnx"
    model.write_bytes(b"a model that is not run")
    card = ModelCard(
        name="hand", version="1", architecture="none", description="", license="CC0-1.0", bands=("B02",), level="L2A",
        magnification=MAGNIFICATION, tile_multiple=1, halo=1, classes=legend, boundary_threshold=threshold,
        boundary=calibration, sha256=file_sha256(model),
    )  # fmt: skip
    card_path(model).write_text(card.to_json(), encoding="utf-8")
    request = MapRequest(series=("images",), model=str(model), out=str(folder)).to_dict()
    record = {
        "schema": RUN_SCHEMA,
        "request": request,
        "model": {"name": "hand", "sha256": f"sha256:{card.sha256}"},
        "dates": [],
        "summary": {},
    }
    if images is not None:
        record["grid"] = {"images": asdict(images)}
    (folder / NAME).write_text(json.dumps(record), encoding="utf-8")
    layers = {"crop_type.tif": crop, "boundary.tif": boundary, "confidence.tif": confidence}
    for name, values in layers.items():
        if values is not None:
            scenes.write_raster(folder / name, values, place=scenes.transform(CELL), nodata=NODATA)
    if dates is not None:
        looks = np.stack([dates, dates]).astype(np.uint16)
        place = scenes.transform(CELL * MAGNIFICATION)
        scenes.write_raster(folder / evidence.FILE, looks, place=place, nodata=evidence.EVIDENCE_NODATA)
    return folder


def by_hand() -> tuple[Array, Array, Array]:
    """(30, 42) crop codes, boundary and confidence: two fields, a track between them, ground that is not mapped.

    Wheat in columns 0-19 with a patch of maize, maize in columns 23-41 with a patch of grass; the boundary lies in
    columns 19-23, the track in 20-22. The last three rows are not mapped.
    """
    crop = np.full((30, 42), WHEAT, np.uint8)
    crop[5:8, 4:9] = MAIZE
    crop[:, 20:23] = BACKGROUND
    crop[:, 23:] = MAIZE
    crop[10:14, 30:34] = GRASS
    boundary = np.full(crop.shape, LOW, np.uint8)
    boundary[:, 19:24] = HIGH
    confidence = np.full(crop.shape, 80, np.uint8)
    confidence[:, 20:23] = 10
    confidence[:, 23:] = 50
    for layer in (crop, boundary, confidence):
        layer[27:] = NODATA
    return crop, boundary, confidence


IMAGES = Window(0, 0, 170, 300)
"""Where the images of the random map lie: they end with it at the top and on the left, and go on elsewhere."""


def random_map(seed: int = 5, shape: tuple[int, int] = (150, 260)) -> tuple[Array, Array, Array, Array, Window]:
    """Fields around random seeds with gaps in their boundaries, noise, background strips, a hole that is not mapped.

    The boundary layer says 0 in all cells near what was not imaged, and in some others.
    """
    random = np.random.default_rng(seed)
    seeds = random.random((20, 2)) * shape
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    distances = np.hypot(rows[..., None] - seeds[:, 0], cols[..., None] - seeds[:, 1])
    nearest = distances.argmin(axis=2)
    distances.sort(axis=2)
    ridge = distances[..., 1] - distances[..., 0]
    boundary = np.where((ridge < 6) & (random.random(shape) < 0.97), HIGH, LOW).astype(np.uint8)
    boundary[40:, 170:] = HIGH  # out of the reach of every core
    crop = random.permutation([WHEAT, MAIZE, GRASS] * 7).astype(np.uint8)[nearest]
    noise = random.random(shape) < 0.1
    crop[noise] = random.choice([BACKGROUND, WHEAT, MAIZE, GRASS], noise.sum())
    crop[ridge < 2] = BACKGROUND
    confidence = random.integers(30, 100, shape).astype(np.uint8)
    boundary[(boundary == LOW) & (rows + cols > 200)] = 0
    dates = np.where(np.hypot(rows - 60, cols - 95) < 12, 0, 3).astype(np.uint8)[::MAGNIFICATION, ::MAGNIFICATION]
    boundary[near_the_end(dates)] = 0
    for layer in (crop, boundary, confidence):
        layer[on_the_map(dates == 0)] = NODATA
    return crop, boundary, confidence, dates, IMAGES


def on_the_map(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells of the images as cells of the map."""
    return np.kron(cells, np.ones((MAGNIFICATION, MAGNIFICATION), np.bool_))


def near_the_end(dates: Array) -> NDArray[np.bool_]:
    """Cells of the random map so near to what was not imaged that the boundary layer knows nothing."""
    unseen = np.pad(on_the_map(dates == 0), ((EDGE, EDGE), (EDGE, EDGE)))
    unseen[:EDGE] = unseen[:, :EDGE] = True
    side = 2 * EDGE + 1
    return np.asarray(np.lib.stride_tricks.sliding_window_view(unseen, (side, side)).any(axis=(2, 3)))


@dataclass
class Made:
    voted: Array
    table: dict[str, list[Any]]
    shapes: NDArray[np.object_]
    events: list[tuple[str, dict[str, Any]]]
    summary: dict[str, Any]


def make(folder: Path, window_cells: int = 2048, is_cancelled: Callable[[], bool] = lambda: False) -> Made:
    events: list[tuple[str, dict[str, Any]]] = []

    def emit(event: str, **values: Any) -> None:
        events.append((event, values))

    written, summary = run_fields(folder, emit, is_cancelled, window_cells)
    assert written == {"crop_type_fields": folder / VOTED, "fields": folder / FIELDS}
    with rasterio.open(folder / VOTED) as src:
        voted = src.read(1)
    meta, table = pyogrio.raw.read_arrow(folder / FIELDS)
    assert meta["crs"] == scenes.UTM
    outlines = table.column(meta["geometry_name"]).to_numpy(zero_copy_only=False)
    columns = {name: table.column(name).to_pylist() for name in table.column_names if name != meta["geometry_name"]}
    return Made(voted, columns, shapely.from_wkb(outlines), events, summary)


def warnings(made: Made) -> list[str]:
    return [values["message"] for event, values in made.events if event == "warning"]
