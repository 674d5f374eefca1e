"""The random forest's maps of sources, block by block: the yardstick that a network must beat."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import InputError
from backend.grid import Window
from training.baseline import MonthlyForest, monthly_features
from training.classes import UNKNOWN
from training.mosaic import MappedSource, SourceMosaic
from training.pixel_draw import LowestKept, draw_order
from training.splits import SPLITS
from training.store import CLASS, FLAGS, SPLIT
from training.upsampling import upsample_nearest
from training.windows import blocks

log = logging.getLogger(__name__)

FIRST_MONTH = 11
"""Seasons of winter crops start in November."""
POOLED_PIXELS = 3000
"""Training pixels of a class in the forest of all sources."""
OWN_PIXELS = 10000
"""Training pixels of a class in the forest of one source."""
MOST_PATCHES = 1000
"""Training patches of a published set that pixels are drawn from, spread over the set."""


def train_forest(sources: Sequence[MappedSource], seed: int, most: int) -> MonthlyForest | None:
    """A forest of the training pixels of sources; mixed pixels are left out as in the network's training.

    Args:
        sources: pixels are drawn from all of them together.
        seed: of the trees and of the draw.
        most: pixels of one class.

    Returns:
        None where there are fewer than two classes to be told apart.
    """
    kept: dict[int, LowestKept] = {}
    for number, source in enumerate(sources):
        if source.label_scale(1) is None:
            continue
        for region in source.regions(("train",), MOST_PATCHES):
            for block in blocks(region.grid, 1):
                _draw(kept, region, block, seed, number, most)
    drawn = [(code, columns) for code in sorted(kept) if len((columns := kept[code].columns())[0])]
    if not drawn:
        return None
    features = np.concatenate([columns[0] for _, columns in drawn])
    classes = np.repeat([code for code, _ in drawn], [len(columns[0]) for _, columns in drawn])
    try:
        return MonthlyForest(seed).fit([(features.T[:, None], classes[None])])
    except InputError as error:
        log.warning("no random forest to compare with: %s", error.message)
        return None


def forest_map(
    forest: MonthlyForest, region: SourceMosaic, window: Window, wanted: npt.NDArray[np.bool_], num_classes: int
) -> npt.NDArray[np.float32]:
    """Class probabilities of the forest on a window, each image cell repeated on the finer label grid.

    Args:
        forest: trained.
        region: whose series is mapped.
        window: of its grid, input pixels.
        wanted: (sH, sW) label cells that are needed; elsewhere nothing is mapped.
        num_classes: K.

    Returns:
        (K, sH, sW), NaN where no date is valid or nothing is wanted.
    """
    scale = wanted.shape[0] // window.height
    needed: npt.NDArray[np.bool_] = np.asarray(
        wanted.reshape(window.height, scale, window.width, scale).any(axis=(1, 3)), dtype=np.bool_
    )
    out = np.full((num_classes, *window.shape), np.nan, dtype=np.float32)
    if needed.any():
        out[:, needed] = forest.predict(_features(region, window, needed)[:, None], num_classes)[:, 0]
    return upsample_nearest(out, scale)


def _draw(kept: dict[int, LowestKept], region: SourceMosaic, block: Window, seed: int, stream: int, most: int) -> None:
    labels = region.labels(1, block)
    use = (labels[SPLIT] == SPLITS["train"]) & (labels[FLAGS] == 0) & (labels[CLASS] != UNKNOWN)
    if not use.any():
        return
    row, col = region.grid.lattice_origin
    rows, cols = np.nonzero(use)
    order = draw_order(rows + row + block.row, cols + col + block.col, seed, stream)
    classes = labels[CLASS][use]
    chosen = np.zeros(len(order), dtype=np.bool_)
    for code in np.unique(classes).tolist():
        own = classes == code
        chosen[own] = kept.setdefault(code, LowestKept(most)).may_keep(order[own])
    mask = np.zeros_like(use)
    mask[rows[chosen], cols[chosen]] = True
    features = _features(region, block, mask).T
    order, classes = order[chosen], classes[chosen]
    seen = np.isfinite(features[:, 0])
    for code in np.unique(classes).tolist():
        own = (classes == code) & seen
        kept[code].add(order[own], features[own])


def _features(region: SourceMosaic, window: Window, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Monthly features (F, N) of the cells of a mask; without red or near infrared the NDVI is that of the first band
    with itself and adds nothing."""
    red, nir = (region.bands.index(band) if band in region.bands else 0 for band in ("B04", "B08"))
    pixels = region.read(window)
    x: npt.NDArray[Any] = pixels.x[..., mask][:, :, None]
    return monthly_features(x, pixels.valid[:, mask][:, None], region.dates, FIRST_MONTH, red, nir)[:, 0]
