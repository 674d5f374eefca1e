"""Label rasters from parcels by exactly covered area (METHOD.md section 4). Reads no files.

Where we differ from the published labels, and why: the published rule gives a cell to a parcel that covers
5 % of it, so fields grow by up to a cell and lanes close; it lays each polygon's cells out from the
polygon's own corner, so labels shift by up to a cell; it loses holes and all but one ring of multipolygons.
Here a cell takes the class of the largest covered share on the grid of the images, with holes and
multiparts as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource
from exactextract.raster import NumPyRasterSource
from numpy.typing import NDArray

from backend.errors import GridError, InputError
from backend.grid import Grid, Window
from training.classes import BACKGROUND, UNKNOWN
from training.parcels import GeometryArray, Parcels

PART_ASSIGNED = 1
"""Flag: a parcel of another class covers part of the cell."""
FULLY_ASSIGNED = 2
"""Flag: the cell lies fully in parcels of different classes, so the declarations contradict each other."""
SHARE_TOLERANCE = 0.001
"""Smaller shares are digitising noise: they raise no flag, and 1 - this is "fully"."""
BLOCK_CELLS = 1024
"""Height and width of the blocks that are worked on at once, in cells."""
_STEPS = 1 << 20
"""Shares are compared in steps of this (1e-6), so that equal shares stay equal after rounding errors."""

Outside = Literal["background", "ignore"]


@dataclass(frozen=True)
class Labels:
    """The label planes of a grid, each (H, W)."""

    classes: NDArray[np.uint8]
    """Legend code of the largest covered share; UNKNOWN where that is not known."""
    parcels: NDArray[np.int32]
    """Id of the largest parcel of that class in the cell; 0 where what lies outside of parcels has won."""
    coverage: NDArray[np.uint8]
    """Share of that class, 0-255 for 0-1."""
    flags: NDArray[np.uint8]
    """0, PART_ASSIGNED or FULLY_ASSIGNED."""


class _Shape(Feature):  # type: ignore[misc]
    """A geometry as exactextract reads it, with its position for a name."""

    def __init__(self, position: int, wkb: bytes) -> None:
        super().__init__()
        self._position, self._wkb = position, wkb

    def get(self, name: str) -> int:
        return self._position

    def geometry(self) -> bytes:
        return self._wkb

    def fields(self) -> list[str]:
        return ["position"]


class _Shapes(FeatureSource):  # type: ignore[misc]
    """Geometries as exactextract reads them: as WKB, which spares it the detour over GeoJSON text."""

    def __init__(self, geometry: GeometryArray) -> None:
        super().__init__()
        self._wkb = shapely.to_wkb(geometry)

    def count(self) -> int:
        return len(self._wkb)

    def __iter__(self) -> Iterator[_Shape]:
        for position, wkb in enumerate(self._wkb):
            yield _Shape(position, wkb)

    def srs_wkt(self) -> str | None:
        return None


def rasterise_labels(parcels: Parcels, grid: Grid, outside_parcels: Outside) -> Labels:
    """Label planes by the largest exactly covered share (METHOD.md section 4).

    Per cell the shares are summed per class (ground that two parcels of one class share counts once); what no
    parcel covers competes as background or, where the file of parcels is a sample, as unknown. At equal
    shares parcels win over what lies outside, then the lower code wins. Any affine grid will do, rotated or
    not: shares of area do not change under affine maps, so all is computed in cells.

    Args:
        parcels: in the grid's coordinate system.
        grid: the label grid: that of the images refined by the magnification.
        outside_parcels: "background" only if every parcel of the ground is in the file, otherwise "ignore".

    Raises:
        GridError: if the parcels are in another coordinate system than the grid.
        InputError: if `outside_parcels` is neither of the two.
    """
    if outside_parcels not in ("background", "ignore"):
        raise InputError(f"outside_parcels must be 'background' or 'ignore', not '{outside_parcels}'.")
    if parcels.crs != grid.crs:
        raise GridError(f"The parcels are in {parcels.crs[:60]} but the grid is in {grid.crs[:60]}.")
    outside = BACKGROUND if outside_parcels == "background" else UNKNOWN
    labels = Labels(
        classes=np.full(grid.shape, outside, dtype=np.uint8),
        parcels=np.zeros(grid.shape, dtype=np.int32),
        coverage=np.full(grid.shape, 255, dtype=np.uint8),
        flags=np.zeros(grid.shape, dtype=np.uint8),
    )
    if not len(parcels):
        return labels
    shapes = _to_cells(parcels.geometry, grid)
    tree = shapely.STRtree(shapes)
    overlapping = _overlapping(shapes, tree)
    for row in range(0, grid.height, BLOCK_CELLS):
        for col in range(0, grid.width, BLOCK_CELLS):
            window = Window(row, col, min(BLOCK_CELLS, grid.height - row), min(BLOCK_CELLS, grid.width - col))
            box = shapely.box(window.col, window.row, window.col_stop, window.row_stop)
            members = np.sort(tree.query(box))
            if len(members):
                block = _label_block(
                    shapes[members],
                    parcels.classes[members],
                    parcels.ids[members],
                    overlapping[members],
                    window,
                    outside,
                )
                where = window.slices(grid.window)
                labels.classes[where], labels.parcels[where] = block.classes, block.parcels
                labels.coverage[where], labels.flags[where] = block.coverage, block.flags
    return labels


def covered_shares(
    geometry: GeometryArray, window: Window
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The exact share of each cell that each geometry covers, as a sparse table.

    Args:
        geometry: (N,) polygons in cells: x is the column, y the row (downwards).
        window: the cells asked for.

    Returns:
        Position of the geometry, cell (row * width + column within the window) and share (0-1], where they
        touch.
    """
    # exactextract wants y upwards; the broadcast zero stands for a raster of any size without its memory
    flipped = shapely.transform(geometry, lambda xy: np.column_stack((xy[:, 0], -xy[:, 1])))
    raster = NumPyRasterSource(
        np.broadcast_to(np.zeros((1, 1), dtype=np.uint8), window.shape),
        window.col, -window.row_stop, window.col_stop, -window.row,
    )  # fmt: skip
    results: list[dict[str, Any]] = exact_extract(
        raster, _Shapes(flipped), ["cell_id", "coverage"], include_cols=["position"]
    )
    tables = [result["properties"] for result in results]
    sizes = [len(table["cell_id"]) for table in tables]
    if not sum(sizes):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float64)
    positions = np.repeat(np.array([table["position"] for table in tables], dtype=np.int64), sizes)
    cells = np.concatenate([table["cell_id"] for table in tables]).astype(np.int64)
    shares = np.concatenate([table["coverage"] for table in tables]).astype(np.float64)
    return positions, cells, shares


def _to_cells(geometry: GeometryArray, grid: Grid) -> GeometryArray:
    """The geometries in cells of the grid: x the column, y the row."""
    t = ~grid.transform
    return np.asarray(
        shapely.transform(
            geometry,
            lambda xy: np.column_stack(
                (t.a * xy[:, 0] + t.b * xy[:, 1] + t.c, t.d * xy[:, 0] + t.e * xy[:, 1] + t.f)
            ),
        ),
        dtype=np.object_,
    )


def _overlapping(shapes: GeometryArray, tree: shapely.STRtree) -> NDArray[np.bool_]:
    """Which parcels share ground with another one (more than SHARE_TOLERANCE of a cell)."""
    first, second = tree.query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    # neighbours that only touch are the rule: DE-9IM tells them apart without computing the intersection
    shared = ~shapely.touches(shapes[first], shapes[second])
    first, second = first[shared], second[shared]
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second])) > SHARE_TOLERANCE
    out = np.zeros(len(shapes), dtype=np.bool_)
    out[first[shared]] = True
    out[second[shared]] = True
    return out


def _label_block(
    shapes: GeometryArray,
    classes: NDArray[np.uint8],
    ids: NDArray[np.int32],
    overlapping: NDArray[np.bool_],
    window: Window,
    outside: int,
) -> Labels:
    """The label planes of one window.

    Parcels that overlap are dissolved, per class for the class's share and all together for the covered
    share; for all others the shares can be added up.
    """
    labels = Labels(
        classes=np.full(window.shape, outside, dtype=np.uint8),
        parcels=np.zeros(window.shape, dtype=np.int32),
        coverage=np.full(window.shape, 255, dtype=np.uint8),
        flags=np.zeros(window.shape, dtype=np.uint8),
    )
    parcel, raster_cell, share = covered_shares(shapes, window)
    # the inside of parcels, most of what is covered, needs no comparing
    visits = np.bincount(raster_cell, minlength=window.height * window.width)
    is_pure = (share > 1 - 0.5 / _STEPS) & (visits[raster_cell] == 1)
    labels.classes.flat[raster_cell[is_pure]] = classes[parcel[is_pure]]
    labels.parcels.flat[raster_cell[is_pure]] = ids[parcel[is_pure]]

    # nor do the cells that no parcel touches: from here on `cell` counts those that are left
    parcel, raster_cell, share = parcel[~is_pure], raster_cell[~is_pure], share[~is_pure]
    number = np.full(len(visits), -1, dtype=np.int64)
    number[raster_cell] = 0
    mixed = np.flatnonzero(number == 0)
    number[mixed] = np.arange(len(mixed))
    size, cell = len(mixed), number[raster_cell]
    if not size:
        return labels

    single = ~overlapping[parcel]
    group_cell, group_class, group_share = [cell[single]], [classes[parcel[single]]], [share[single]]
    # bincount of nothing counts in whole numbers
    covered = np.bincount(cell[single], share[single], minlength=size).astype(np.float64)
    if overlapping.any():
        codes = np.unique(classes[overlapping])
        merged = [shapely.union_all(shapes[overlapping & (classes == code)]) for code in codes]
        union = np.array([*merged, shapely.union_all(np.array(merged, dtype=np.object_))], dtype=np.object_)
        which, union_cell, union_share = covered_shares(union, window)
        on_mixed = number[union_cell] >= 0
        which, union_cell, union_share = which[on_mixed], number[union_cell[on_mixed]], union_share[on_mixed]
        of_class = which < len(codes)
        group_cell.append(union_cell[of_class])
        group_class.append(codes[which[of_class]])
        group_share.append(union_share[of_class])
        covered += np.bincount(union_cell[~of_class], union_share[~of_class], minlength=size)

    # (cell, class) pairs as one number; what lies outside is one more entry for each cell that has a rest
    rest = np.clip(1.0 - covered, 0.0, 1.0)
    rest_cells = np.flatnonzero(rest > 0)
    pair = np.concatenate(
        (np.concatenate(group_cell) * 256 + np.concatenate(group_class), rest_cells * 256 + outside)
    )
    pairs, inverse = np.unique(pair, return_inverse=True)
    pair_share = np.bincount(inverse, np.concatenate((*group_share, rest[rest_cells])))
    pair_cell, pair_class = pairs // 256, pairs % 256
    steps = np.rint(np.minimum(pair_share, 1.0) * _STEPS).astype(np.int64)

    # the last of each cell wins: largest share, then not the outside's class, then the lower code
    order = np.lexsort((-pair_class, pair_class != outside, steps, pair_cell))
    winners = order[np.flatnonzero(np.append(np.diff(pair_cell[order]), 1))]
    out_class = pair_class[winners].astype(np.uint8)

    # the largest parcel of the winning class, at equal shares the lower id; what lies outside may be of
    # that class too (0 or unknown), and where it covers more, the cell belongs to no parcel
    own = np.flatnonzero(classes[parcel] == out_class[cell])
    parcel_steps = np.rint(share[own] * _STEPS).astype(np.int64)
    order = own[np.lexsort((-ids[parcel[own]], parcel_steps, cell[own]))]
    largest = order[np.flatnonzero(np.append(np.diff(cell[order]), 1))] if len(order) else order
    largest = largest[(out_class[cell[largest]] != outside) | (share[largest] >= rest[cell[largest]])]

    labels.classes.flat[mixed] = out_class
    labels.parcels.flat[mixed[cell[largest]]] = ids[parcel[largest]]
    labels.coverage.flat[mixed] = np.rint(steps[winners] / _STEPS * 255).astype(np.uint8)
    labels.flags.flat[mixed] = _flags(cell, classes[parcel], share, size)
    return labels


def _flags(
    cell: NDArray[np.int64], classes: NDArray[np.uint8], share: NDArray[np.float64], size: int
) -> NDArray[np.uint8]:
    """(size,) flags from the shares of single parcels: two classes in a cell, or two classes that fill it."""
    out = np.zeros(size, dtype=np.uint8)
    for flag, least in ((PART_ASSIGNED, SHARE_TOLERANCE), (FULLY_ASSIGNED, 1 - SHARE_TOLERANCE)):
        low, high = np.full(size, 255, dtype=np.uint8), np.zeros(size, dtype=np.uint8)
        enough = share > least
        np.minimum.at(low, cell[enough], classes[enough])
        np.maximum.at(high, cell[enough], classes[enough])
        out[low < high] = flag
    return out
