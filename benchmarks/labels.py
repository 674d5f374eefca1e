"""How fast labels are made, as ratios within one run: against one intersection per cell, and against exactextract.

    CSCL_DATA=DATA python benchmarks/labels.py [--fields 40] [--json FILE]

All fields of Kern County are labelled at 10 and at 2.5 m, planes included; the peers do a sample of the same fields
and assemble the same planes. Seconds are of one processor core's own time, since the machine may be shared. A tile
full of parcels (those of Boigneville repeated side by side: more than twice 100,000) is extrapolated to from a
sixteenth of it, made by two processes. Peak memory is that of processes of their own, VmHWM.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pyogrio
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource
from exactextract.raster import NumPyRasterSource
from pyproj import Transformer

from backend.grid import Grid, Window
from training.coverage import Coverage, cover
from training.label_rules import OWN, Labels, write_labels
from training.labels import LabelMaker
from training.parcels import Parcels, make_parcels, valid_polygons

KERN, KERN_CRS = "kern_county_2020_fields_no_crops.gpkg", "EPSG:32611"
BOIGNEVILLE, BOIGNEVILLE_CRS = "rpg_boigneville_west.gpkg", "EPSG:2154"
CELL_M = 10.0
WINDOW = 512
"""Side of the windows asked for, cells of the images."""
TILE = 10_980
"""Side of a Sentinel-2 tile, cells of the images."""
PART = TILE // 4
"""Side of a sixteenth of it."""
GOALS = {1: 100, 4: 150}
"""Least ratio to one intersection per cell, by magnification."""
MINUTES = 5
"""Most for a tile at x4 on two cores."""
CLASSES = 12


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed and memory of label planes.")
    parser.add_argument("--fields", type=int, default=40, help="sample that the peers do")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--memory", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = os.environ.get("CSCL_DATA", "")
    if not (Path(folder) / "parcels" / KERN).is_file():
        print(f"There is no parcels/{KERN} in CSCL_DATA ('{folder}'): set it to the folder of the real data.")
        return 2
    data = Path(folder) / "parcels"
    if options.memory:
        print(json.dumps(peak_memory(data, options.memory)))
        return 0

    fields, grid = kern_county(data)
    figures: dict[str, Any] = {"fields": len(fields)}
    for magnification in GOALS:
        figures[f"x{magnification}"] = compare(fields, grid, magnification, options.fields)
        figures[f"x{magnification}"]["shares"] = compare_shares(fields, grid, magnification)
    figures["tile"] = whole_tile(data)
    figures["memory_mib"] = {
        name: json.loads(
            subprocess.run(
                [sys.executable, __file__, "--memory", str(side)], check=True, capture_output=True, text=True
            ).stdout
        )
        for name, side in (("area x1", PART // 2), ("area x4", PART))
    }
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    report(figures)
    return 0


def report(figures: dict[str, Any]) -> None:
    """Print the table."""
    print(f"{figures['fields']:,} fields, nanoseconds per covered cell")
    for magnification, goal in GOALS.items():
        x = figures[f"x{magnification}"]
        print(f"{CELL_M / magnification:g} m")
        print(f"  labels, all fields, planes of the whole county{x['ns']:>12,.1f}")
        print(f"  one intersection per cell (shapely), {x['sample']} fields{x['shapely_ns']:>10,.0f}", end="")
        print(f"   ratio {x['ratio']:,.0f} (goal {goal})")
        print(f"    shares differ by {x['difference']:.1e}, classes of {x['differ']:,} of {x['cells']:,} cells differ")
        shares = x["shares"]
        print(f"  shares alone, {shares['fields']} fields of one window{shares['ns']:>17,.1f}")
        print(f"  exactextract, the same{shares['exactextract_ns']:>36,.1f}   ratio {shares['ratio']:,.1f}")
        print(f"    shares differ by {shares['difference']:.1e}")
    tile = figures["tile"]
    print(
        f"a tile at x4, {tile['parcels']:,} parcels, two processes: {tile['minutes']:.1f} minutes "
        f"(goal {MINUTES}), extrapolated from a sixteenth in {tile['wall_s']:.1f} s; {tile['cpu_s']:.1f} s of CPU"
    )
    for name, values in figures["memory_mib"].items():
        print(f"peak memory, {name}: {values['peak']:,.0f} MiB, of which the parcels {values['before']:,.0f}")


def kern_county(data: Path) -> tuple[Parcels, Grid]:
    """The fields on a 10 m grid, with classes drawn at random (the file has none)."""
    meta, _, wkb, _ = pyogrio.raw.read(data / KERN, columns=[], force_2d=True)
    transformer = Transformer.from_crs(meta["crs"], KERN_CRS, always_xy=True)
    shapes = shapely.transform(shapely.from_wkb(wkb), lambda xy: np.column_stack(transformer.transform(*xy.T)))
    shapes = valid_polygons(shapes)[0]
    left, bottom, right, top = shapely.total_bounds(shapes)
    left, top = np.floor(left / CELL_M) * CELL_M, np.ceil(top / CELL_M) * CELL_M
    size = int((right - left) // CELL_M) + 1, int((top - bottom) // CELL_M) + 1
    codes = np.random.default_rng(0).integers(1, CLASSES, len(shapes))
    return make_parcels(shapes, codes, KERN_CRS), Grid(KERN_CRS, Affine(CELL_M, 0, left, 0, -CELL_M, top), *size)


def to_cells(fields: Parcels, grid: Grid, magnification: int) -> np.ndarray:
    """The fields' geometry in cells of a grid."""
    corner, step = (grid.transform.c, grid.transform.f), np.array((CELL_M, -CELL_M)) / magnification
    return shapely.transform(fields.geometry, lambda xy: (xy - corner) / step)


def windows(height: int, width: int) -> Iterator[Window]:
    for row in range(0, height, WINDOW):
        for col in range(0, width, WINDOW):
            yield Window(row, col, min(WINDOW, height - row), min(WINDOW, width - col))


def compare(fields: Parcels, grid: Grid, magnification: int, count: int) -> dict[str, Any]:
    """All fields by LabelMaker, a sample by one intersection for each cell of a field's box.

    Nanoseconds are per covered cell for LabelMaker, whatever lies between the fields, and per visited cell for the
    peer, which favours the peer.
    """
    cell_m2 = (CELL_M / magnification) ** 2
    LabelMaker(fields, grid, "background").window(Window(0, 0, 8, 8), magnification)
    started = time.process_time()
    maker = LabelMaker(fields, grid, "background")
    for window in windows(grid.height, grid.width):
        maker.window(window, magnification)
    seconds = time.process_time() - started
    out: dict[str, Any] = {"seconds": seconds, "ns": seconds * 1e9 / (shapely.area(fields.geometry).sum() / cell_m2)}

    shapes = np.random.default_rng(1).permutation(to_cells(fields, grid, magnification))[:count]
    # each field in a window of its own, so that it is alone there
    frames = [
        Window(int(top), int(left), int(np.ceil(bottom)) - int(top), int(np.ceil(right)) - int(left))
        for left, top, right, bottom in shapely.bounds(shapes)
    ]
    intersect(shapes[0], frames[0])
    started = time.process_time()
    theirs = [intersect(shape, frame) for shape, frame in zip(shapes, frames, strict=True)]
    planes = [label(coverage, frame) for coverage, frame in zip(theirs, frames, strict=True)]
    seconds = time.process_time() - started
    ours = [cover(np.array([shape]), frame) for shape, frame in zip(shapes, frames, strict=True)]
    out |= {"sample": len(shapes), "cells": sum(frame.height * frame.width for frame in frames)}
    out["shapely_ns"] = seconds * 1e9 / out["cells"]
    out["ratio"] = out["shapely_ns"] / out["ns"]
    out["difference"] = max(differences(*pair) for pair in zip(ours, theirs, strict=True))
    out["differ"] = sum(
        int(np.count_nonzero(label(coverage, frame).classes != plane.classes))
        for coverage, frame, plane in zip(ours, frames, planes, strict=True)
    )
    return out


def label(coverage: Coverage, frame: Window) -> Labels:
    """The planes of a window with one field."""
    labels = Labels.blank(frame.shape, 0)
    one = np.ones(1, dtype=np.int64)
    write_labels(labels, coverage, one, one * OWN, np.array([0, 1], dtype=np.uint8))
    return labels


def intersect(shape: shapely.Geometry, frame: Window) -> Coverage:
    """One intersection for each cell of a window; insides as runs, so that they are assembled like ours."""
    row, col = np.mgrid[frame.row : frame.row_stop, frame.col : frame.col_stop].reshape(2, -1)
    share = shapely.area(shapely.intersection(shapely.box(col, row, col + 1, row + 1), shape))
    edge, full = np.flatnonzero((share > 0) & (share < 1)), np.flatnonzero(share == 1)
    starts = np.flatnonzero(np.diff(full, prepend=-2) != 1)
    stops = np.append(starts[1:], len(full)) - 1
    return Coverage(np.zeros_like(edge), edge, share[edge], np.zeros_like(starts), full[starts], full[stops] + 1)


def compare_shares(fields: Parcels, grid: Grid, magnification: int) -> dict[str, Any]:
    """The shares of all fields of a window, by `cover` and by exactextract."""
    shapes = to_cells(fields, grid, 1)
    tree = shapely.STRtree(shapes)
    found = {
        window: tree.query(shapely.box(window.col, window.row, window.col_stop, window.row_stop))
        for window in windows(grid.height, grid.width)
    }
    window = max(found, key=lambda one: len(found[one]))
    shapes = shapes[found[window]]
    cover(shapes[:1], window, magnification)
    started = time.process_time()
    ours = cover(shapes, window, magnification)
    seconds = time.process_time() - started
    extract(shapes[:1], window, magnification)
    started = time.process_time()
    theirs = extract(shapes, window, magnification)
    their_seconds = time.process_time() - started
    cells = len(theirs.cells)
    return {
        "fields": len(shapes),
        "ns": seconds * 1e9 / cells,
        "exactextract_ns": their_seconds * 1e9 / cells,
        "ratio": their_seconds / seconds,
        "difference": differences(ours, theirs),
    }


def differences(ours: Coverage, theirs: Coverage) -> float:
    """The largest difference of two tables of shares."""
    (polygon, cell, share), (their_polygon, their_cell, their_share) = ours.table(), theirs.table()
    keys = np.concatenate((polygon << 40 | cell, their_polygon << 40 | their_cell))
    _, group = np.unique(keys, return_inverse=True)
    return float(np.abs(np.bincount(group, np.concatenate((share, -their_share)))).max())


class _Field(Feature):
    """A geometry as exactextract reads it: as WKB, which spares it the detour over GeoJSON text."""

    def __init__(self, wkb: bytes) -> None:
        super().__init__()
        self._wkb = wkb

    def geometry(self) -> bytes:
        return self._wkb

    def fields(self) -> list[str]:
        return []


class _Fields(FeatureSource):
    def __init__(self, shapes: np.ndarray) -> None:
        super().__init__()
        self._wkb = shapely.to_wkb(shapes)

    def count(self) -> int:
        return len(self._wkb)

    def __iter__(self) -> Iterator[_Field]:
        return map(_Field, self._wkb)

    def srs_wkt(self) -> str | None:
        return None


def extract(shapes: np.ndarray, window: Window, magnification: int) -> Coverage:
    """The shares by exactextract in one call for all fields, as a table without runs."""
    # it wants y upwards, and values to read, which a broadcast zero gives without memory
    flipped = shapely.transform(shapes, lambda xy: xy * (1, -1))
    zeros = np.broadcast_to(np.zeros((1, 1)), window.refine(magnification).shape)
    raster = NumPyRasterSource(zeros, window.col, -window.row_stop, window.col_stop, -window.row)
    tables = [one["properties"] for one in exact_extract(raster, _Fields(flipped), ["cell_id", "coverage"])]
    polygon = np.repeat(np.arange(len(tables)), [len(table["cell_id"]) for table in tables])
    cell = np.concatenate([table["cell_id"] for table in tables]).astype(np.int64)
    none = np.zeros(0, dtype=np.int64)
    return Coverage(polygon, cell, np.concatenate([table["coverage"] for table in tables]), none, none, none)


def tile_parcels(data: Path) -> tuple[Parcels, Grid]:
    """Real parcels repeated side by side until they fill a tile."""
    _, _, wkb, _ = pyogrio.raw.read(data / BOIGNEVILLE, columns=[], force_2d=True)
    shapes = valid_polygons(shapely.from_wkb(wkb))[0]
    left, bottom, right, top = shapely.total_bounds(shapes)
    at_origin = shapely.transform(shapes, lambda xy: xy - (left, top))
    corners = [
        np.array((x, y))
        for x in np.arange(0, TILE * CELL_M, right - left)
        for y in np.arange(0, -TILE * CELL_M, bottom - top)
    ]
    shapes = np.concatenate([shapely.transform(at_origin, corner.__add__) for corner in corners])
    codes = np.random.default_rng(0).integers(1, CLASSES, len(shapes))
    grid = Grid(BOIGNEVILLE_CRS, Affine(CELL_M, 0, 0, 0, -CELL_M, 0), TILE, TILE)
    return make_parcels(shapes, codes, BOIGNEVILLE_CRS), grid


_maker: LabelMaker | None = None


def prepare(data: Path) -> None:
    """Give a worker process its own maker."""
    global _maker
    _maker = LabelMaker(*tile_parcels(data), "background")


def work(window: Window) -> float:
    """Seconds that a window takes."""
    started = time.process_time()
    if _maker is not None:
        _maker.window(window, 4)
    return time.process_time() - started


def whole_tile(data: Path) -> dict[str, Any]:
    """A sixteenth of a tile at x4 by two processes, and what a tile takes at that rate."""
    parcels, _ = tile_parcels(data)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context, initializer=prepare, initargs=(data,)) as pool:
        list(pool.map(work, [Window(0, 0, 1, 1)] * 8))
        started = time.monotonic()
        cpu = sum(pool.map(work, windows(PART, PART)))
        wall = time.monotonic() - started
    scale = (TILE / PART) ** 2
    return {"parcels": len(parcels), "wall_s": wall, "cpu_s": cpu, "minutes": wall * scale / 60}


def peak_memory(data: Path, side: int) -> dict[str, float]:
    """MiB held before, and at most while, a square of the tile is labelled at x4 in this process."""
    prepare(data)
    # the parcels took more while they were read: the peak starts from what is held now (proc(5), clear_refs)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = high_water()
    for window in windows(side, side):
        work(window)
    return {"before": before, "peak": high_water()}


def high_water() -> float:
    """The most memory that this process has held, MiB (ru_maxrss would count that of the parent before it, too)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    raise SystemExit(main())
