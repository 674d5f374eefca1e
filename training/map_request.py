"""What `train.py evaluate --map` is asked: a finished map, parcels, and what goes with them. Light to import."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

BLOCK_M = 1000.0
"""Side of the blocks of ground that intervals draw, if nothing else is said."""


@dataclass(frozen=True)
class MapRequest:
    """What is to be scored against what."""

    map: Path
    """Raster of legend codes."""
    parcels: Path
    """Any vector file of parcels."""
    classes: str
    """Table of the parcels' crop codes: its name in resources/classes, or a file."""
    out: Path
    """Folder of the two reports."""
    crop_field: str | None = None
    id_field: str | None = None
    layer: str | None = None
    year_field: str | None = None
    year: int | None = None
    outside_parcels: Literal["background", "ignore"] = "ignore"
    """"background" only if the file holds every parcel of the ground."""
    legend: str = "legend"
    """Of the map's codes: its name in resources/classes, or a file."""
    confidence: Path | None = None
    """Raster of the mapped class's probability, percent."""
    boundary: Path | None = None
    """Raster of the probability of a boundary, percent."""
    boundary_threshold: float = 0.5
    """From here on (0-1) a cell counts as boundary."""
    sample: Path | None = None
    """Points of a probability sample of this map."""
    sample_field: str | None = None
    """Field with the crop code found there; the parcels' crop field if None."""
    block_m: float = BLOCK_M
    """Side of the blocks that intervals draw."""
    score_seen: bool = False
    """Score also parcels that the map's model was trained or calibrated on: no test."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `evaluate --map`."""
    group = parser.add_argument_group("a finished map instead of a run (needs neither --config nor --data)")
    add = group.add_argument
    add("--map", type=Path, metavar="FILE", help="raster of class codes, such as crop_type.tif")
    add("--parcels", type=Path, metavar="FILE", help="parcels with their crops")
    add("--crop-field", metavar="NAME", help="field of the parcels that holds the crop code")
    add("--classes", metavar="TABLE", help="table that maps crop codes onto the legend: rpg, flanders_ct ... or a CSV")
    add("--id-field", metavar="NAME", help="field that names a parcel")
    add("--layer", metavar="NAME", help="of a parcels file with several layers")
    add("--year-field", metavar="NAME", help="field that holds the year of the declaration")
    add("--year", type=int, help="the year of the map, where the parcels are of several")
    add(
        "--outside-parcels",
        choices=("background", "ignore"),
        default="ignore",
        help="background only if the file holds every parcel of the ground",
    )
    add("--legend", default="legend", metavar="NAME", help="of the map's codes: legend (the default) or a CSV")
    add("--confidence", type=Path, metavar="FILE", help="raster of the mapped class's probability in percent")
    add("--boundary", type=Path, metavar="FILE", help="raster of the boundary's probability in percent")
    add("--boundary-threshold", type=float, default=0.5, metavar="P", help="a cell is boundary from here on (0-1)")
    add("--sample", type=Path, metavar="FILE", help="points drawn at random within each class of this very map")
    add("--sample-field", metavar="NAME", help="field of the points with the crop code found there")
    add(
        "--score-seen",
        action="store_true",
        help="score also parcels on ground that the map's model was trained on, by its card; else they are left out",
    )
    add("--block-m", type=float, default=BLOCK_M, metavar="M", help="side of the blocks that intervals draw, metres")
