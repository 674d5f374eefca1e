"""How long the table of parcels takes, against one pass that rasterises the parcels and counts the classes.

    CSCL_DATA=DATA python benchmarks/parcel_table.py [--side 4096] [--parcels 20000] [--json FILE]

The parcels are the real ones of Boigneville, made smaller and laid side by side until there are enough, over a map of
random class probabilities. The peer rasterises their numbers by GDAL and counts classes by parcel with numpy; ours
shrinks the parcels by the inner buffer, finds their cells, sums all class probabilities, votes, boundaries, dates and
gaps, and works out the table. Both start with outlines and rasters in memory; reading and writing is told apart. The
work is repeated and the least processor time taken, since the machine may be shared: only the ratio matters.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import numpy.typing as npt
import pyogrio
import shapely
from affine import Affine
from rasterio.features import rasterize

from backend.grid import Grid, Window
from backend.model_card import ModelCard, read_card
from backend.parcel_file import ParcelFile, read_parcels
from backend.parcel_layer import make_layer
from backend.parcel_sums import CellValues, Columns, Pick, add_cells
from backend.parcel_table import parcel_figures, write_parcels

PARCELS, CRS = "rpg_boigneville_west.gpkg", "EPSG:2154"
MODEL = Path(__file__).resolve().parents[1] / "resources" / "models" / "cscl_default.onnx"
CELL_M = 2.5
BUFFER_M = 10.0
WINDOW = 1024
"""Side of the windows that are summed at a time, as tiles are: cells of the output grid."""
GOAL = 3.0


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed of the table of parcels.")
    parser.add_argument("--side", type=int, default=4096, help="of the map, cells")
    parser.add_argument("--parcels", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    source = Path(os.environ.get("CSCL_DATA", "")) / "parcels" / PARCELS
    card = read_card(MODEL)
    if not source.is_file() or card is None:
        print(f"There is no parcels/{PARCELS} in CSCL_DATA, or no model {MODEL.name}.")
        return 2

    grid = Grid(CRS, Affine(CELL_M, 0, 600_000, 0, -CELL_M, 6_800_000), options.side, options.side)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parcels.gpkg"
        write_copies(source, path, grid, options.parcels)
        read_s, file = timed(lambda: read_parcels(path), 1)
        rasters = make_rasters(options.side, len(card.classes))
        winner, classes = rasters["winner"], len(card.classes)
        peer_s, counts = timed(lambda: rasterise_and_count(file, grid, winner, classes), options.repeats)
        figures: dict[str, Any] = {"side": options.side, "parcels": len(file), "classes": len(card.classes)}
        for name, buffer_m in (("inner buffer 10 m", BUFFER_M), ("no inner buffer", 0.0)):
            own_s, (sums, table) = timed(lambda b=buffer_m: make_table(file, grid, rasters, card, b), options.repeats)
            figures[name] = {"seconds": own_s, "ratio": own_s / peer_s, "cells": int(table["map_cells"][0].sum())}
        votes = sums[:, Columns(len(card.classes)).votes]
        write_s, _ = timed(lambda: write_parcels(Path(folder), file, table), 1)
    figures |= {"peer": peer_s, "read": read_s, "write": write_s, "differ": int((votes != counts).any(axis=1).sum())}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    report(figures)
    return 0


def report(figures: dict[str, Any]) -> None:
    """Print the figures."""
    side = figures["side"]
    print(f"{figures['parcels']:,} parcels on {side} x {side} cells, {figures['classes']} classes; processor seconds")
    print(f"rasterize and count (GDAL, numpy){figures['peer']:>18.2f}")
    for name in ("inner buffer 10 m", "no inner buffer"):
        own = figures[name]
        print(f"table, {name:<25}{own['seconds']:>18.2f}   ratio {own['ratio']:.2f} (goal below {GOAL:g})   "
              f"{own['cells']:,} cells")  # fmt: skip
    print(f"reading the parcels{figures['read']:>31.2f}\nwriting GeoPackage and Parquet{figures['write']:>20.2f}")
    print(f"parcels whose counts differ from the peer's, where outlines overlap: {figures['differ']:,}")


def timed(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """The least processor seconds of some runs, and the last one's result."""
    best, result = math.inf, None
    for _ in range(repeats):
        started = time.process_time()
        result = work()
        best = min(best, time.process_time() - started)
    return best, result


def write_copies(source: Path, path: Path, grid: Grid, count: int) -> None:
    """Copies of the parcels side by side over the whole grid, each made as much smaller as it takes."""
    _, _, wkb, _ = pyogrio.raw.read(source, columns=[], force_2d=True)
    shapes = shapely.from_wkb(wkb)
    left, bottom, right, top = shapely.total_bounds(shapes)
    side = math.ceil(math.sqrt(count / len(shapes)))
    size = grid.width * CELL_M / side
    scale = np.array([size / (right - left), size / (top - bottom)])
    copies = [
        shapely.transform(shapes, lambda xy, row=row, col=col: (xy - (left, bottom)) * scale + (col * size, row * size))
        for row in range(side)
        for col in range(side)
    ]
    corner = np.array(grid.bounds[:2])
    all_shapes = shapely.transform(np.concatenate(copies)[:count], lambda xy: xy + corner)
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(all_shapes),
        field_data=[np.arange(len(all_shapes))],
        fields=["number"],
        geometry_type="Unknown",
        crs=CRS,
    )


def make_rasters(side: int, classes: int) -> dict[str, npt.NDArray[Any]]:
    """Random rasters as a run keeps them."""
    rng = np.random.default_rng(0)
    probabilities = rng.integers(0, 251, (classes, side, side), dtype=np.uint8)
    return {
        "probabilities": probabilities,
        "winner": probabilities.argmax(axis=0),
        "strong": rng.random((side, side)) > 0.9,
        "dates": rng.integers(0, 30, (side, side), dtype=np.uint16),
        "gap": rng.integers(0, 90, (side, side), dtype=np.uint16),
    }


def rasterise_and_count(
    file: ParcelFile, grid: Grid, winner: npt.NDArray[np.int64], classes: int
) -> npt.NDArray[np.int64]:
    """Cells by parcel and class, (P, K)."""
    numbers = rasterize(
        zip(file.outlines, range(1, len(file) + 1), strict=True),
        out_shape=grid.shape,
        transform=grid.transform,
        dtype="int32",
    )
    counts = np.bincount((numbers * classes + winner).ravel(), minlength=(len(file) + 1) * classes)
    return counts.reshape(-1, classes)[1:]


def make_table(
    file: ParcelFile, grid: Grid, rasters: dict[str, npt.NDArray[Any]], card: ModelCard, buffer_m: float
) -> Any:
    """Sums (P, Columns.count) and figures."""
    layer = make_layer(file, grid, card.magnification, buffer_m)
    sums = np.zeros((len(layer), Columns(len(card.classes)).count), dtype=np.int64)

    def pick(values: npt.NDArray[Any], rows: slice, cols: slice) -> Pick:
        flat = np.ascontiguousarray(values[rows, cols]).ravel()
        return lambda place: flat[place]

    for row in range(0, grid.height, WINDOW):
        for col in range(0, grid.width, WINDOW):
            window = Window(row, col, WINDOW, WINDOW).intersect(grid.window)
            at = window.slices(grid.window)
            values = CellValues(
                [pick(channel, *at) for channel in rasters["probabilities"]],
                *(pick(rasters[name], *at) for name in ("winner", "strong", "dates", "gap")),
            )
            add_cells(sums, layer, window, np.ones(window.shape, dtype=bool), values)
    return sums, parcel_figures(sums, layer.buffer_m, card)


if __name__ == "__main__":
    sys.exit(main())
