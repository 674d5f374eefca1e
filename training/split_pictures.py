"""Pictures of which ground of a source is in which split or fold, put together sample by sample. Reads no store."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.grid import Window
from training.classes import BACKGROUND, UNKNOWN
from training.store import CLASS, FOLD, PARCEL, SPLIT

SPLIT_COLORS = {"train": "#0072b2", "validation": "#e69f00", "calibration": "#a65ca0", "test": "#d55e00"}
"""Told apart by people who see colours differently (Okabe and Ito, 2008, but for a darker purple)."""
FOLD_COLORS = (
    "#4e79a7",
    "#f28e2b",
    "#59a14f",
    "#e15759",
    "#b07aa1",
    "#76b7b2",
    "#edc948",
    "#9c755f",
    "#ff9da7",
    "#86bc46",
)
"""Taken in turn."""
OUTSIDE, GROUND, CROP_UNKNOWN, NO_GROUP, FIRST = range(5)
"""Kinds of ground that belong to no group. From FIRST on each group has two: its labelled ground, and its ground
between parcels."""
GREYS = {OUTSIDE: "#f1f1ee", GROUND: "#dcdcd7", CROP_UNKNOWN: "#a9a9a3", NO_GROUP: "#5c5c57"}
TINT = 0.3
"""Of a group's colour in its ground between parcels."""
EDGE = 0.72
"""Brightness of the edges of parcels."""


@dataclass(frozen=True)
class Scale:
    """How a window of the 10 m grid becomes a picture."""

    window: Window
    """In the source's grid."""
    magnification: int
    """Of the labels that are drawn."""
    step: int
    """Every so many cells of these are drawn."""

    @classmethod
    def fit(cls, window: Window, magnifications: tuple[int, ...], most: int) -> Scale:
        """The finest labels whose picture has no side longer than `most`; thinned out where the coarsest have."""
        longest = max(window.shape)
        fitting = [scale for scale in magnifications if longest * scale <= most]
        if fitting:
            return cls(window, max(fitting), 1)
        coarsest = min(magnifications)
        return cls(window, coarsest, -(-longest * coarsest // most))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the picture."""
        fine = self.window.refine(self.magnification)
        return -(-fine.height // self.step), -(-fine.width // self.step)


class SplitPicture:
    """One picture: parcels in the colour of their split or fold, other ground pale or grey."""

    def __init__(self, scale: Scale, by_fold: bool = False) -> None:
        """
        Args:
            scale: of the picture.
            by_fold: show folds instead of splits.
        """
        self._scale, self._plane = scale, FOLD if by_fold else SPLIT
        self._kinds = np.full(scale.shape, OUTSIDE, dtype=np.uint8)
        self._edges = np.zeros(scale.shape, dtype=np.bool_)

    def add(self, row: int, col: int, planes: npt.NDArray[np.int32]) -> None:
        """Draw one sample.

        Args:
            row: of its first pixel in the source's grid.
            col: likewise.
            planes: (7, mH, mW), as training.store.PLANES.
        """
        scale, m = self._scale, self._scale.magnification
        window = Window(row, col, planes.shape[-2] // m, planes.shape[-1] // m)
        inside = window.intersect(scale.window).refine(m)
        if inside.is_empty:
            return
        planes = planes[(slice(None), *inside.slices(window.refine(m)))]
        whole = scale.window.refine(m)
        rows, cols = inside.row - whole.row, inside.col - whole.col
        if scale.step == 1:
            place = inside.slices(whole)
            self._kinds[place] = _kinds(planes, self._plane)
            self._edges[place] = outlines(planes) & (m > 1)  # a pixel of the images is too wide for a line
            return
        # the cells that are drawn lie at multiples of the step in the picture's own count
        thinned = planes[:, -rows % scale.step :: scale.step, -cols % scale.step :: scale.step]
        top, left = -(-rows // scale.step), -(-cols // scale.step)
        if not thinned.size:  # samples smaller than a cell of the picture are seen, too
            thinned = planes[:, planes.shape[1] // 2, planes.shape[2] // 2][:, None, None]
            top, left = rows // scale.step, cols // scale.step
        place = slice(top, top + thinned.shape[1]), slice(left, left + thinned.shape[2])
        self._kinds[place] = _kinds(thinned, self._plane)

    @property
    def present(self) -> tuple[int, ...]:
        """The kinds of ground that there are, as `kinds` numbers them."""
        return tuple(int(kind) for kind in np.unique(self._kinds))

    @property
    def kinds(self) -> npt.NDArray[np.uint8]:
        """(H, W) kinds of ground: OUTSIDE to NO_GROUP; of group g FIRST + 2 (g - 1), one more between parcels."""
        return self._kinds

    def draw(self, colors: tuple[str, ...]) -> npt.NDArray[np.uint8]:
        """(3, H, W) colours.

        Args:
            colors: of the groups, from the first on.
        """
        palette = np.array([rgb_of(color_of(kind, colors)) for kind in range(FIRST + 2 * len(colors))], np.float64)
        out = palette[self._kinds]
        out[self._edges] *= EDGE
        return np.ascontiguousarray(np.rint(out).astype(np.uint8).transpose(2, 0, 1))


def fold_colors(folds: int) -> tuple[str, ...]:
    """Colours of k folds."""
    return tuple(FOLD_COLORS[fold % len(FOLD_COLORS)] for fold in range(folds))


def color_of(kind: int, colors: tuple[str, ...]) -> str:
    """The colour of a kind of ground."""
    if kind < FIRST:
        return GREYS[kind]
    group, between = divmod(kind - FIRST, 2)
    if not between:
        return colors[group]
    mixed = TINT * rgb_of(colors[group]) + (1 - TINT) * rgb_of(GREYS[GROUND])
    return "#" + "".join(f"{round(value):02x}" for value in mixed)


def rgb_of(color: str) -> npt.NDArray[np.float64]:
    """(3,) 0-255 of "#rrggbb"."""
    return np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)], dtype=np.float64)


def is_labelled(planes: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """(H, W) cells with a known crop; background is none."""
    known: npt.NDArray[np.bool_] = (planes[CLASS] != UNKNOWN) & (planes[CLASS] != BACKGROUND)
    return known


def outlines(planes: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """(H, W) cells just inside of a parcel's edge: one cell wide between two parcels, too."""
    # published sets without parcel ids have classes alone
    own = np.where(planes[PARCEL] > 0, planes[PARCEL], -1 - planes[CLASS])
    is_parcel = (planes[PARCEL] > 0) | is_labelled(planes)
    edges = np.zeros(own.shape, dtype=np.bool_)
    for before, after in (
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
    ):
        differ = own[before] != own[after]
        edges[before] |= differ & is_parcel[before]
        edges[after] |= differ & is_parcel[after] & ~is_parcel[before]
    return edges


def _kinds(planes: npt.NDArray[np.int32], plane: int) -> npt.NDArray[np.uint8]:
    group = planes[plane]
    labelled = is_labelled(planes)
    crop_unknown = (planes[CLASS] == UNKNOWN) & (planes[PARCEL] > 0)
    between = (planes[CLASS] == BACKGROUND) & (group > 0)
    out = np.full(group.shape, GROUND, dtype=np.uint8)
    out[between] = FIRST + 2 * (group[between] - 1) + 1
    out[crop_unknown] = CROP_UNKNOWN
    out[labelled & (group == 0)] = NO_GROUP
    grouped = labelled & (group > 0)
    out[grouped] = FIRST + 2 * (group[grouped] - 1)
    return out
