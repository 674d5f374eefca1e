"""A finished map against parcels: `train.py evaluate --map`. Needs no network; reads the map block by block.

The map is a raster of legend codes such as crop_type.tif, whoever made it. Writes metrics.json and evaluation.html.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from defusedxml import ElementTree
from pyproj import Proj, Transformer

from backend.errors import InputError
from backend.grid import Grid, Window
from backend.raster import RasterInfo, WindowReader, cell_area_m2, limited_cache, read_info
from training.areas import estimate_areas
from training.classes import CLASSES, UNKNOWN, ClassTable, Legend
from training.crs import read_crs
from training.evaluation_pictures import Overview, Panels
from training.evaluation_report import write_report
from training.label_block import MARGIN_M, LabelBlock, counted
from training.labels import LabelMaker
from training.map_request import MapRequest
from training.map_score import MapScore, ScoreSettings
from training.metrics_file import METRICS, REPORT, write_metrics
from training.parcel_files import read_parcels
from training.parcels import metres_per_unit
from training.progress import Progress, QuietProgress, check_cancelled
from training.run_folder import make_folder
from training.sample_points import read_sample
from training.seen_parcels import leave_out_seen
from training.sources import table_path
from training.windows import blocks, with_margin

LARGEST_DIFFERENCE = 0.05
"""Of the sides of a cell, and of a metre in the coordinate system and on the ground, as a share: Europe's equal-area
system is off by some 2 % on the continent and 4 % in the Canaries, Web Mercator by 5 % at 18 degrees of latitude."""
PANEL_M = 640.0
"""Side of a window that is shown."""


def run_options(options: argparse.Namespace, progress: Progress | None = None) -> dict[str, str]:
    """Do what the command line asks for; the files written by name.

    Raises:
        InputError: if the parcels or their table are not given, or what is given does not fit.
    """
    for name, meaning in (("parcels", "the parcels' file"), ("classes", "the table of their crop codes")):
        if getattr(options, name) is None:
            raise InputError(f"evaluate --map needs --{name}, {meaning}.", "Give it too.")
    names = [name for name in MapRequest.__dataclass_fields__ if hasattr(options, name)]
    request = MapRequest(**{name: getattr(options, name) for name in names})
    score_map(request, progress)
    out = request.out.resolve()
    return {"evaluation": str(out / METRICS), "evaluation_report": str(out / REPORT)}


def score_map(request: MapRequest, progress: Progress | None = None) -> dict[str, Any]:
    """Score a map and write the two reports.

    Returns:
        What metrics.json holds.

    Raises:
        CsclError: if a file is not there, is not what it should be, or does not fit the others.
    """
    progress = progress or QuietProgress()
    with limited_cache():
        info = _class_raster(request.map)
        _check_sizes(request, info.grid)
        legend = Legend.read(_shipped(request.legend))
        _check_categories(request.map, legend)
        table = ClassTable.read(table_path(request.map.stem, request.classes, Path()), legend)
        for path in (request.confidence, request.boundary):
            if path is not None:
                _check_grid(path, info)
        parcels = read_parcels(
            request.parcels,
            request.crop_field,
            request.id_field,
            table,
            info.grid,
            request.layer,
            request.year_field,
            request.year,
        )
        parcels, seen = leave_out_seen(parcels, request, progress)
        make_folder(request.out)
        labels = LabelMaker(parcels, info.grid, request.outside_parcels)
        scored = _Scored(request, info, legend, labels)
        scored.run(progress)
        figures = scored.score.figures()
        if not figures["cells"]:
            raise InputError(
                f"{request.map.name}: no mapped cell lies in a parcel with a known crop.",
                "Check that map and parcels show the same place, and the table of classes.",
            )
        if request.sample is not None:
            field = request.sample_field or request.crop_field or ""
            sample = read_sample(request.sample, field, table, legend, request.map, info.grid, scored.cells)
            figures["area"]["olofsson"] = estimate_areas(sample, cell_area_m2(info.grid) / 1e4)
    name = request.map.stem
    evaluation = {
        "kind": "map",
        "evaluated": {
            "map": request.map.name,
            "parcels": request.parcels.name,
            "block_m": request.block_m,
            "seen": seen,
        },
        "sources": {
            name: {
                "parcels_tested": scored.score.scored_parcels,
                "parcels_trained": None,
                "outside_parcels": request.outside_parcels,
                "split": None,
                "patches_tested": None,
                "label_scale": None,
                "in_season": [],
                "other_splits": {},
                "model": figures,
            }
        },
    }
    write_metrics(request.out / METRICS, evaluation)
    write_report(request.out / REPORT, None, evaluation, legend, {name: scored.pictures()})
    return evaluation


class _Scored:
    """The map's score, its cells by class, and pictures."""

    def __init__(self, request: MapRequest, info: RasterInfo, legend: Legend, labels: LabelMaker) -> None:
        self._request, self._info, self._labels = request, info, labels
        self._grid = info.grid
        self._resolution = info.grid.resolution[0] * (metres_per_unit(info.grid.crs) or 1.0)
        self._codes = np.array(legend.codes)
        self.score = MapScore(
            ScoreSettings(
                self._resolution,
                max(legend.codes) + 1,
                block_m=request.block_m,
                boundary_threshold=None if request.boundary is None else request.boundary_threshold,
                knows_all_parcels=request.outside_parcels == "background",
            )
        )
        self.cells: npt.NDArray[np.int64] = np.zeros(256, dtype=np.int64)
        self._overview = Overview(self._grid, 1, request.boundary is not None)
        self._panels = Panels(max(8, round(PANEL_M / self._resolution)))

    def run(self, progress: Progress) -> None:
        margin = math.ceil(MARGIN_M / self._resolution)
        cut = blocks(self._grid, 1)
        with WindowReader() as reader:
            for done, block in enumerate(cut):
                progress.progress(done, len(cut), f"scoring {self._request.map.name}")
                check_cancelled(progress)
                self._add(reader, block, with_margin(block, margin, self._grid))
        progress.progress(len(cut), len(cut), "scored")

    def pictures(self) -> dict[str, Any]:
        return {"overview": self._overview.pictures(), "panels": self._panels.pictures()}

    def _add(self, reader: WindowReader, block: Window, window: Window) -> None:
        mapped = self._read_classes(reader, window)
        planes = self._labels.window(window)
        inner = block.slices(window)
        counts = np.zeros(window.shape, dtype=np.bool_)
        counts[inner] = counted(planes.classes, planes.flags, None)[inner]
        row, col = self._grid.lattice_origin
        labelled = LabelBlock(
            planes.classes, planes.parcels, counts, inner, self._resolution, row + window.row, col + window.col
        )
        inside = mapped[inner]
        self.cells += np.bincount(inside[inside != UNKNOWN], minlength=256)
        self.score.add_sizes(labelled)
        confidence = self._read_share(reader, self._request.confidence, window)
        boundary = self._read_share(reader, self._request.boundary, window)
        if counts.any():
            self.score.add_classes(labelled, mapped, confidence, boundary)
            self._panels.add(self._place, window, labelled, 1, mapped, None, boundary)
        self._overview.add(window, labelled, mapped, boundary)

    def _read_classes(self, reader: WindowReader, window: Window) -> npt.NDArray[np.uint8]:
        values = reader.read(self._request.map, [1], self._grid, window, UNKNOWN)[0]
        empty = values == UNKNOWN
        if self._info.nodata is not None:
            empty |= values == self._info.nodata
        wrong = np.setdiff1d(values[~empty], self._codes)
        if len(wrong):
            raise InputError(
                f"{self._request.map.name}: holds the class {wrong[0]}, which the legend {self._request.legend} lacks.",
                "Give the legend of the map with --legend.",
            )
        return np.where(empty, UNKNOWN, values).astype(np.uint8)

    def _read_share(self, reader: WindowReader, path: Path | None, window: Window) -> npt.NDArray[np.float32] | None:
        """Percent as a share, NaN where there is none."""
        if path is None:
            return None
        values = reader.read(path, [1], self._grid, window, UNKNOWN)[0].astype(np.float32)
        return np.where((values >= 0) & (values <= 100), values / 100, np.nan).astype(np.float32)

    def _place(self, window: Window) -> dict[str, Any]:
        """Where a window lies, in pixels of 10 m as those of runs."""
        scale = self._resolution / 10
        left, _, _, top = self._grid.crop(window).bounds
        sizes = (window.row, window.col, window.height, window.width)
        return {
            "place": f"corner at {left:.0f}, {top:.0f}",
            "window": tuple(round(size * scale) for size in sizes),
            "date": None,
        }


def _class_raster(path: Path) -> RasterInfo:
    if not path.is_file():
        raise InputError(f"There is no map {path}.", "Give a raster of class codes with --map.")
    info = read_info(path)
    if not info.dtype.startswith(("int", "uint")) or info.count != 1:
        raise InputError(
            f"{path.name}: expected one band of whole numbers, the codes of classes; found {info.count} of "
            f"{info.dtype}.",
            "Give a raster such as crop_type.tif.",
        )
    return info


def _check_sizes(request: MapRequest, grid: Grid) -> None:
    if metres_per_unit(grid.crs) is None:
        raise InputError(
            f"{request.map.name}: its cells are degrees wide, distances from edges cannot be told.",
            "Give the map in a projected coordinate system, such as UTM.",
        )
    height, width = grid.resolution
    if abs(height - width) > LARGEST_DIFFERENCE * width:
        raise InputError(
            f"{request.map.name}: expected square cells, found cells {width:g} wide and {height:g} high, of which "
            "distances from edges cannot be told.",
            "Give the map with square cells.",
        )
    least, most = _scales_at_centre(grid)
    if not (least > 1 - LARGEST_DIFFERENCE and most < 1 + LARGEST_DIFFERENCE):
        raise InputError(
            f"{request.map.name}: 1 m on the ground is {least:.2f} to {most:.2f} m in its coordinate system "
            f"({read_crs(grid.crs).name}), so that distances from edges and areas would be wrong.",
            "Give the map in a system that is true to scale there, such as UTM.",
        )
    if not 0 < request.boundary_threshold < 1 or request.block_m <= 0:
        raise InputError("--boundary-threshold lies between 0 and 1, and --block-m is above 0.")


def _scales_at_centre(grid: Grid) -> tuple[float, float]:
    """Lengths in the coordinate system of 1 m on the ground at the grid's centre: the least and the most of all
    directions; 1 where the system has no place on the ground."""
    left, bottom, right, top = grid.bounds
    system = read_crs(grid.crs)
    if system.geodetic_crs is None:
        return 1.0, 1.0
    to_degrees = Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    factors = Proj(system).get_factors(*to_degrees.transform((left + right) / 2, (bottom + top) / 2))
    return float(factors.tissot_semiminor), float(factors.tissot_semimajor)


def _check_grid(path: Path, info: RasterInfo) -> None:
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    other = read_info(path)
    if not other.grid.is_same(info.grid):
        raise InputError(
            f"{path.name}: its cells are not those of {info.path.name}.", "Give the raster of the same map."
        )


def _check_categories(path: Path, legend: Legend) -> None:
    """Refuse a map that says itself that its codes mean something else."""
    beside = path.with_name(path.name + ".aux.xml")
    if not beside.is_file():
        return
    try:
        names = [entry.text or "" for entry in ElementTree.parse(beside).iter("Category")]
    except ElementTree.ParseError:
        return
    for code, name in enumerate(names):
        known = legend.title_of(code) if code in legend.codes else ""
        if name and name not in (known, *(entry.name for entry in legend.classes if entry.code == code)):
            raise InputError(
                f"{path.name}: its class {code} is '{name}', in the legend it is '{known or 'none'}'.",
                "Give the legend of the map with --legend.",
            )


def _shipped(name: str) -> Path:
    """The legend of that name, or the user's own file."""
    shipped = CLASSES / f"{name}.csv"
    return shipped if shipped.is_file() else Path(name)
