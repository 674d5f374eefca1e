"""A generated agricultural landscape: roads, blocks, fields, woods, hamlets, water. Knows no crops and no images.

Coordinates are metres from the scene's upper left corner, x to the east, y to the north (so y <= 0 inside).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.affinity import rotate
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

MEDIAN_HA, SIGMA_LOG = 1.7, 0.9
"""Lognormal of a block's field size. The fields themselves come out smaller, about 1.2 ha: they are what cuts leave."""
SMALLEST_HA, LARGEST_HA = 0.1, 20.0

BLOCK_KINDS = (
    ("fields", 0.85),
    ("deciduous", 0.06),
    ("conifer", 0.015),
    ("hamlet", 0.03),
    ("shrub", 0.025),
    ("water", 0.01),
    ("bare", 0.01),
)
"""What a block between roads is, and how often."""


@dataclass
class Landscape:
    """Polygons of one scene, in drawing order: grounds first (a later one covers an earlier one), then parcels."""

    parcels: list[Polygon] = field(default_factory=list)
    block_of: list[int] = field(default_factory=list)
    """Number of the block in which each parcel lies; one block is farmed alike."""
    grounds: list[tuple[str, BaseGeometry]] = field(default_factory=list)
    """(background kind, geometry) of what is no parcel; verge covers all the rest."""


def generate_landscape(rng: np.random.Generator, side_m: float, margin_m: float) -> Landscape:
    """Draw roads, cut the blocks between them into fields and bend everything a little.

    Args:
        rng: drawn from in a fixed order.
        side_m: side of the scene, metres.
        margin_m: ground wanted around the scene, metres.
    """
    frame = box(-margin_m, -side_m - margin_m, side_m + margin_m, margin_m)
    # Fields are drawn on a larger, turned frame, so that neither the turn nor the bends leave empty corners.
    reach = side_m / 2 + margin_m + 80
    outer = box(-1.45 * reach, -1.45 * reach, 1.45 * reach, 1.45 * reach)
    land = Landscape()
    blocks = _cut_blocks(rng, outer)
    for number, block in enumerate(blocks):
        _fill_block(rng, land, number, block)
    if rng.random() < 0.5:
        _add_stream(rng, land, reach)
    angle = float(rng.uniform(0, 180))
    bend = _bend(rng)
    centre = np.array([side_m / 2, -side_m / 2])

    def place(geometry: BaseGeometry) -> BaseGeometry:
        turned = shapely.segmentize(rotate(geometry, angle, origin=(0, 0)), 30.0)
        placed = shapely.transform(turned, lambda xy: bend(xy) + centre)
        return shapely.intersection(placed, frame)

    whole = Landscape(grounds=[(kind, place(ground)) for kind, ground in land.grounds])
    for parcel, number in zip(land.parcels, land.block_of, strict=True):
        for part in _polygons(place(parcel)):
            if part.area >= SMALLEST_HA * 1e4 * 0.3:
                whole.parcels.append(part)
                whole.block_of.append(number)
    return whole


def _polygons(geometry: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon) and not part.is_empty]


def _long_axis(polygon: Polygon) -> tuple[float, float, float]:
    """Direction (radians) of the longer side of the smallest turned rectangle, its length and its width, metres."""
    corners = np.asarray(shapely.minimum_rotated_rectangle(polygon).exterior.coords)
    sides = np.diff(corners[:3], axis=0)
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    first = int(lengths[1] > lengths[0])
    return math.atan2(sides[first, 1], sides[first, 0]), float(lengths.max()), float(lengths.min())


def _cut(polygon: Polygon, direction: float, share: float) -> list[Polygon]:
    """Cut along a line of the given direction, `share` of the polygon's width away from one side."""
    turned = rotate(polygon, -direction, origin=(0, 0), use_radians=True)
    x0, y0, x1, y1 = turned.bounds
    y = y0 + share * (y1 - y0)
    line = rotate(LineString([(x0 - 1, y), (x1 + 1, y)]), direction, origin=(0, 0), use_radians=True)
    return _polygons(split(polygon, line))


def _cut_blocks(rng: np.random.Generator, outer: Polygon) -> list[Polygon]:
    """Cut the frame by roads into blocks of some 5 to 60 ha; the road space is left out."""
    todo, blocks = [outer], []
    while todo:
        piece = todo.pop()
        direction, length, width = _long_axis(piece)
        limit = 1e4 * float(np.clip(rng.lognormal(math.log(26), 0.5), 8, 70))
        if piece.area < limit and length < 4.5 * width:
            blocks.append(piece)
            continue
        across = direction + math.pi / 2 + math.radians(float(rng.normal(0, 9)))
        gap = float(rng.choice([4.0, 7.0, 10.0, 13.0], p=[0.3, 0.35, 0.25, 0.1]))
        parts = _cut(piece, across, float(rng.uniform(0.32, 0.68)))
        shrunk = [part for whole in parts for part in _polygons(whole.buffer(-gap / 2, join_style="mitre"))]
        todo.extend(part for part in shrunk if part.area > 2000)
    return blocks


def _fill_block(rng: np.random.Generator, land: Landscape, number: int, block: Polygon) -> None:
    kinds, weights = zip(*BLOCK_KINDS, strict=True)
    kind = str(rng.choice(kinds, p=weights))
    # The pavement, in the middle of the gap that the roads left around each block.
    land.grounds.insert(0, ("road", block.buffer(7, join_style="mitre") - block.buffer(1.5, join_style="mitre")))
    if kind != "fields":
        # A wood or a hamlet fills a part of its block; the rest is farmed.
        parts = _cut(block, float(rng.uniform(0, math.pi)), float(rng.uniform(0.3, 0.7)))
        patch = parts[0].buffer(-12).buffer(12)
        if kind in ("water", "bare", "hamlet"):  # ponds, pits and hamlets are small and round
            x, y = parts[0].representative_point().coords[0]
            radii = rng.uniform(40, 110) * rng.uniform(0.75, 1.25, 9)
            turns = np.linspace(0, 2 * np.pi, 9, endpoint=False)
            blob = Polygon(np.column_stack([x + radii * np.cos(turns), y + radii * np.sin(turns)]))
            patch = patch & blob.buffer(-15).buffer(30).buffer(-15)
        land.grounds.append((kind, patch))
        rest = parts[1:] + _polygons((parts[0] - patch.buffer(3)).buffer(-4).buffer(4))
    else:
        rest = [block]
    if rng.random() < 0.25:
        land.grounds.append(("hedge", block.buffer(1.5) - block.buffer(-1.5)))
    target = 1e4 * float(np.clip(rng.lognormal(math.log(MEDIAN_HA), SIGMA_LOG), SMALLEST_HA, LARGEST_HA))
    style = str(rng.choice(["strips", "quads"], p=[0.45, 0.55]))
    lane = 0.0 if rng.random() < 0.5 else float(rng.uniform(3, 6))
    tilt = math.radians(float(rng.normal(0, 4)))
    for part in rest:
        direction = _long_axis(part)[0] + tilt
        for parcel in _cut_fields(rng, part, target, style, direction, lane):
            if rng.random() < 0.04:  # not declared: a garden, a yard, land left alone
                land.grounds.append((str(rng.choice(["verge", "shrub", "hamlet"])), parcel))
            else:
                land.parcels.append(parcel)
                land.block_of.append(number)


def _cut_fields(
    rng: np.random.Generator, block: Polygon, target_m2: float, style: str, direction: float, lane_m: float
) -> list[Polygon]:
    """Cut a block into parallel strips or into quads of about `target_m2` each."""
    todo, fields = [block], []
    while todo:
        piece = todo.pop()
        wanted = target_m2 * float(rng.lognormal(0, 0.35))
        wanted = float(np.clip(wanted, SMALLEST_HA * 1e4, LARGEST_HA * 1e4))
        own, length, width = _long_axis(piece)
        narrow = style == "strips" and width > 18 and length / max(width, 1) < 14
        if piece.area < 1.5 * wanted or width < 14:
            if piece.area > 0.6 * SMALLEST_HA * 1e4 and width > 8:
                fields.append(piece)
            continue
        along = direction if narrow else own + math.pi / 2 + float(rng.normal(0, 0.05))
        gap = lane_m if rng.random() < 0.4 else 0.0
        parts = _cut(piece, along, float(rng.uniform(0.36, 0.64)))
        if len(parts) < 2:
            fields.append(piece)
            continue
        for part in parts:
            todo.extend(_polygons(part.buffer(-gap / 2, join_style="mitre")) if gap else [part])
    return fields


def _add_stream(rng: np.random.Generator, land: Landscape, reach: float) -> None:
    """A winding stream with trees on its banks, cut out of the parcels."""
    x = np.linspace(-1.5 * reach, 1.5 * reach, 60)
    y = rng.uniform(-0.6, 0.6) * reach + np.cumsum(rng.normal(0, 12, 60))
    for wave in (900.0, 350.0):
        y = y + rng.normal(0, wave / 16) * np.sin(2 * np.pi * x / wave + rng.uniform(0, 6.3))
    line = LineString(np.column_stack([x, y])).simplify(4)
    banks = line.buffer(float(rng.uniform(7, 16)))
    land.grounds += [("deciduous", banks), ("water", line.buffer(float(rng.uniform(1.5, 6))))]
    cut = [(number, parcel.difference(banks)) for number, parcel in zip(land.block_of, land.parcels, strict=True)]
    pieces = [(number, part) for number, parcel in cut for part in _polygons(parcel) if part.area > 600]
    land.block_of = [number for number, _ in pieces]
    land.parcels = [part for _, part in pieces]


def _bend(rng: np.random.Generator) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """A smooth, invertible displacement of a few metres to some tens: no real field edge is quite straight."""
    waves = rng.uniform(500, 1500, 4)
    angles, phases = rng.uniform(0, 2 * np.pi, 4), rng.uniform(0, 2 * np.pi, 4)
    sizes = rng.uniform(0.004, 0.014, 4) * waves
    turns = rng.uniform(0, 2 * np.pi, 4)

    def bend(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = xy.copy()
        for wave, angle, phase, size, turn in zip(waves, angles, phases, sizes, turns, strict=True):
            s = size * np.sin(2 * np.pi * (xy[:, 0] * np.cos(angle) + xy[:, 1] * np.sin(angle)) / wave + phase)
            moved += np.column_stack([s * np.cos(turn), s * np.sin(turn)])
        return moved

    return bend
