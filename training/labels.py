"""Label planes of any window of a grid, made from parcels by exactly covered area. Reads no files.

The shares come from training.coverage, the rules that judge them from training.label_rules.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import shapely

from backend.errors import GridError, InputError
from backend.grid import Grid, Window
from training.classes import BACKGROUND, UNKNOWN
from training.coverage import cover
from training.label_rules import FULLY_ASSIGNED, OWN, PART_ASSIGNED, REPEATED, SHARED, Labels, Rule, write_labels
from training.parcels import GeometryArray, Parcels, valid_polygons
from training.shared_ground import SharedGround

__all__ = ["FULLY_ASSIGNED", "MAGNIFICATIONS", "PART_ASSIGNED", "LabelMaker", "Labels", "Outside", "Rule"]

MAGNIFICATIONS = (1, 2, 4)
"""How many times finer than the images labels can be."""
BLOCK_CELLS = 1024
"""Height and width of the blocks that are worked on at once, in cells of the labels."""

Outside = Literal["background", "ignore"]


class LabelMaker:
    """Makes the label planes of any window of a grid.

    Any affine grid will do, rotated or not: shares of area do not change under affine maps, so all is computed in
    cells. A window's planes are exactly that part of the whole grid's planes, also at its edges and whatever the
    blocks. Objects can be sent to other processes; what they have found out about overlaps goes with them.
    """

    def __init__(self, parcels: Parcels, grid: Grid, outside_parcels: Outside, rule: Rule = "largest") -> None:
        """
        Args:
            parcels: in the grid's coordinate system.
            grid: of the images.
            outside_parcels: "background" only if every parcel of the ground is in the file, otherwise "ignore".
            rule: see training.label_rules.

        Raises:
            GridError: if the parcels are in another coordinate system than the grid.
            InputError: if `outside_parcels` or `rule` is unknown.
        """
        if outside_parcels not in get_args(Outside):
            raise InputError(f"outside_parcels must be 'background' or 'ignore', not '{outside_parcels}'.")
        if rule not in get_args(Rule):
            raise InputError(f"The rule of the labels must be 'largest' or 'published', not '{rule}'.")
        if parcels.crs != grid.crs:
            raise GridError(f"The parcels are in {parcels.crs[:60]} but the grid is in {grid.crs[:60]}.")
        outside = BACKGROUND if outside_parcels == "background" else UNKNOWN
        self._grid, self._rule = grid.window, rule
        self._codes = np.concatenate((np.array([outside], dtype=np.uint8), parcels.classes))
        # rounding can make a narrow parcel cross itself, and then its overlaps cannot be told
        self._shapes, _ = valid_polygons(_to_cells(parcels.geometry, grid))
        self._tree = shapely.STRtree(self._shapes)
        self._shared = SharedGround(self._shapes, parcels.classes, self._tree)

    def window(self, window: Window, magnification: int = 1) -> Labels:
        """The label planes of a window, made block by block: besides the planes memory is that of one block.

        Args:
            window: cells of the images; may reach beyond the grid: there the class is UNKNOWN, without parcels.
            magnification: labels are made this many times finer than the images.

        Returns:
            Planes of (m * H, m * W) cells.

        Raises:
            GridError: if the window is empty or the magnification is none of MAGNIFICATIONS.
        """
        if magnification not in MAGNIFICATIONS:
            raise GridError(f"Labels can be 1, 2 or 4 times finer than the images, not {magnification} times.")
        if window.is_empty:
            raise GridError(f"A window of {window.height} x {window.width} cells has no labels.")
        fine = window.refine(magnification)
        labels = Labels.blank(fine.shape, UNKNOWN)
        within = window.intersect(self._grid)
        labels.crop(*within.refine(magnification).slices(fine)).classes[:] = self._codes[0]
        step = BLOCK_CELLS // magnification
        for row in range(within.row, within.row_stop, step):
            for col in range(within.col, within.col_stop, step):
                block = Window(row, col, step, step).intersect(within)
                self._write(labels.crop(*block.refine(magnification).slices(fine)), block, magnification)
        return labels

    def _write(self, labels: Labels, block: Window, magnification: int) -> None:
        """Write the planes of a block."""
        members = np.sort(self._tree.query(shapely.box(block.col, block.row, block.col_stop, block.row_stop)))
        if not len(members):
            return
        shapes, ids, kinds = list(self._shapes[members]), list(members + 1), [OWN] * len(members)
        for place, pieces in self._shared.pieces(members).items():
            shapes[place] = pieces.own
            for kind, geometry in ((SHARED, pieces.shared), (REPEATED, pieces.repeated)):
                if geometry is not None:
                    shapes.append(geometry)
                    ids.append(ids[place])
                    kinds.append(kind)
        coverage = cover(np.array(shapes, dtype=np.object_), block, magnification)
        write_labels(labels, coverage, np.array(ids), np.array(kinds), self._codes, self._rule)


def _to_cells(geometry: GeometryArray, grid: Grid) -> GeometryArray:
    """The geometries in cells of the grid: x the column, y the row."""
    t = ~grid.transform
    return np.asarray(
        shapely.transform(
            geometry,
            lambda xy: np.column_stack((t.a * xy[:, 0] + t.b * xy[:, 1] + t.c, t.d * xy[:, 0] + t.e * xy[:, 1] + t.f)),
        ),
        dtype=np.object_,
    )
