"""Fit what makes probabilities honest on the calibration split, with the network as it is.

The temperature of pixels and of parcels, the boundary's a, b and threshold, and the conformal thresholds. Ground is
seen window by window, so that memory does not grow with it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from backend.grid import Window
from training.boundary import UNCALIBRATED, boundary_target, fit_platt, outline_target
from training.calibrated_parcels import CalibratedParcels, ParcelCells
from training.classes import UNKNOWN
from training.conformal import SCORE, class_thresholds
from training.crop_network import CropNetwork
from training.label_block import LabelBlock, counted
from training.mosaic import MappedSource, SourceMosaic
from training.pixel_draw import LowestKept, draw_order
from training.predict import Predictor, Tiling, predict, tiling_of
from training.reliability import LEAST_PROBABILITY
from training.splits import SPLITS, metres_per_unit
from training.store import CLASS, FLAGS, PARCEL, SPLIT
from training.temperature import fit_temperature, logits_to_shares
from training.upsampling import block_mean
from training.windows import blocks, sub_windows, with_margin

log = logging.getLogger(__name__)

PIXELS_PER_SOURCE = 20000
"""Label pixels taken from each source, so that a large one does not decide alone."""
WINDOW = 64
"""Side of a window, input pixels: small, since only windows with calibration pixels are computed."""
MOST_WINDOWS = 200
"""Windows of a source, drawn at random, that pixels are taken from; parcels are taken from all of them."""
KEPT_BYTES = 1 << 28
"""Cells of parcels that are kept while pixels are drawn, so that their windows need not be mapped twice."""
ALPHA = 0.1


@dataclass(frozen=True)
class Calibration:
    """What was fitted, and on how much."""

    temperature: float = 1.0
    """Of a pixel's logits."""
    a: float = UNCALIBRATED[0]
    b: float = UNCALIBRATED[1]
    boundary_threshold: float = 0.5
    """Boundary probability with the best F1, cell by cell."""
    pixels: int = 0
    """Label pixels behind the temperature."""
    boundary_pixels: int = 0
    """Label pixels behind a and b."""
    is_boundary_of_outlines: bool = False
    """Whether these lie in declared parcels alone: where no source knows every parcel."""
    temperature_parcel: float = 1.0
    """Of a parcel's mean probabilities: they are raised to one over it, and summed to 1 again."""
    parcels: int = 0
    """Parcels behind it."""
    regions: tuple[str, ...] = ()
    """Sources with a calibration split."""
    conformal: dict[str, Any] = field(default_factory=dict)
    """alpha, score, and for parcels and pixels what training.conformal.class_thresholds gives; empty if nothing was
    fitted."""


@dataclass(frozen=True)
class _Piece:
    """A window of a source with calibration pixels."""

    source: int
    region: SourceMosaic
    window: Window
    scale: int


class _Pixels:
    """Drawn label pixels of all sources, by what they are good for."""

    def __init__(self) -> None:
        self.pure, self.scored, self.edges, self.outlines = (LowestKept(0) for _ in range(4))
        self.kept: dict[str, list[list[npt.NDArray[Any]]]] = {"pure": [], "scored": [], "edges": [], "outlines": []}

    def start(self) -> None:
        """A new source."""
        self.pure, self.scored, self.edges, self.outlines = (LowestKept(PIXELS_PER_SOURCE) for _ in range(4))

    def finish(self) -> None:
        """The source is done."""
        for name, kept in self.kept.items():
            if columns := getattr(self, name).columns():
                kept.append(columns)

    def columns(self, name: str) -> list[npt.NDArray[Any]]:
        """The arrays of all sources together; none where there is no pixel."""
        parts = [columns for columns in self.kept[name] if len(columns[0])]
        return [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else []


def calibrate(
    model: CropNetwork,
    sources: Sequence[MappedSource],
    magnification: int,
    halo: int | None = None,
    seed: int = 0,
    alpha: float = ALPHA,
) -> Calibration:
    """Fit on the calibration split of all sources that have one.

    The temperature minimises the negative log-likelihood (Guo et al. 2017, "On calibration of modern neural
    networks"), that of parcels likewise for the mean of their pixels' probabilities; a and b are a logistic regression
    (training.boundary), from sources where what lies outside of parcels is known to be background, and if there are
    none from the outlines of declared parcels, and what is inside of them.

    Args:
        model: the network with its heads.
        sources: of the data set.
        magnification: m.
        halo: of a tile; what the network needs if None.
        seed: draws pixels.
        alpha: of the conformal sets.
    """
    model.eval()
    head = model.boundary_head()
    tiling = tiling_of(model.network, magnification)
    halo = tiling.halo if halo is None else halo
    device = next(model.parameters()).device

    def predictor(x: torch.Tensor, doy: torch.Tensor, valid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits, embedding = model(x.to(device), doy.to(device), valid.to(device))
        return logits, head.contrast(embedding)

    pieces = [list(_pieces(number, source, magnification)) for number, source in enumerate(sources)]
    pixels = _Pixels()
    kept: dict[int, ParcelCells] = {}
    room = KEPT_BYTES
    for own in pieces:
        pixels.start()
        for piece in _some(own, seed):
            cells = _take_pixels(pixels, piece, predictor, tiling, halo, seed)
            if cells.nbytes <= room:
                kept[id(piece)] = cells
                room -= cells.nbytes
        pixels.finish()
    if not pixels.columns("pure"):
        log.warning("no source has a calibration split: probabilities stay uncalibrated")
        return Calibration()
    logits, classes = pixels.columns("pure")
    temperature = fit_temperature(logits, classes)
    a, b, threshold, boundary_pixels, is_of_outlines = _fit_boundary(pixels)
    parcels = CalibratedParcels(logits.shape[1])
    for own in pieces:
        for piece in own:
            is_kept = id(piece) in kept
            parcels.add(kept.pop(id(piece)) if is_kept else _cells_of(piece, predictor, tiling, halo), temperature)
    temperature_parcel = parcels.temperature()
    names = [source.name for source in sources]
    return Calibration(
        temperature,
        a,
        b,
        threshold,
        len(classes),
        boundary_pixels,
        is_of_outlines,
        temperature_parcel,
        len(parcels),
        tuple(name for name, own in zip(names, pieces, strict=True) if own),
        {
            "alpha": alpha,
            "score": SCORE,
            "parcels": parcels.thresholds(names, temperature_parcel, alpha),
            "pixels": _pixel_thresholds(pixels, names, temperature, alpha),
        },
    )


def _pieces(number: int, source: MappedSource, magnification: int) -> Iterator[_Piece]:
    """The windows of a source with calibration pixels."""
    scale = source.label_scale(magnification)
    if scale is None:
        return
    for region in source.regions(("calibration",)):
        for block in blocks(region.grid, scale, WINDOW):
            labels = region.labels(scale, block)
            own = (labels[SPLIT] == SPLITS["calibration"]) & (labels[CLASS] != UNKNOWN)
            if not own.any():
                continue
            for window in sub_windows(block, max(region.grid.shape) if region.is_patch else WINDOW):
                if own[window.refine(scale).slices(block.refine(scale))].any():
                    yield _Piece(number, region, window, scale)


def _some(pieces: list[_Piece], seed: int) -> list[_Piece]:
    """At most MOST_WINDOWS of them, drawn by their place."""
    if len(pieces) <= MOST_WINDOWS:
        return pieces
    places = np.array([_place(piece.region, piece.window, 1) for piece in pieces])
    order = draw_order(places[:, 0], places[:, 1], seed, pieces[0].source)
    return [pieces[number] for number in np.argsort(order, kind="stable")[:MOST_WINDOWS].tolist()]


def _place(region: SourceMosaic, window: Window, scale: int) -> tuple[int, int]:
    """(row, column) of a window's first cell on the lattice of cells."""
    row, col = region.grid.lattice_origin
    return (row + window.row) * scale, (col + window.col) * scale


def _mapped(
    piece: _Piece, window: Window, predictor: Predictor, tiling: Tiling, halo: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
    """Logits (K, H, W) on the labels' grid, and contrast (H, W) where that is the network's own."""
    m = tiling.magnification
    logits, contrast = predict(
        predictor,
        piece.region,
        m,
        halo,
        window,
        step=tiling.step,
        dates=piece.region.dates_for(tiling.num_dates),
    )
    if piece.scale == m:
        return logits, contrast[0]
    means = block_mean(logits_to_shares(logits), m // piece.scale)
    return np.log(np.maximum(means, LEAST_PROBABILITY)), None


def _take_pixels(
    pixels: _Pixels, piece: _Piece, predictor: Predictor, tiling: Tiling, halo: int, seed: int
) -> ParcelCells:
    """Draw from one window: pure pixels for the temperature, scored ones for the sets, and those beside boundaries.

    Returns:
        Its cells in parcels, all of them.
    """
    region, scale = piece.region, piece.scale
    window = with_margin(piece.window, 1, region.grid)
    labels = region.labels(scale, window)
    logits, contrast = _mapped(piece, window, predictor, tiling, halo)
    inner = piece.window.refine(scale).slices(window.refine(scale))
    imaged = np.isfinite(logits[0])
    own = np.zeros(imaged.shape, dtype=np.bool_)
    own[inner] = (labels[SPLIT] == SPLITS["calibration"])[inner]
    known = own & imaged & (labels[CLASS] != UNKNOWN)
    row, col = _place(region, window, scale)
    block = LabelBlock(labels[CLASS], labels[PARCEL], known, inner, _resolution(region, scale), row, col)
    cells = np.indices(imaged.shape)
    order = draw_order(cells[0] + row, cells[1] + col, seed, piece.source)

    def take(kept: LowestKept, chosen: npt.NDArray[np.bool_], *planes: npt.NDArray[Any]) -> None:
        kept.add(order[chosen], *(np.moveaxis(plane[..., chosen], -1, 0) for plane in planes))

    take(pixels.pure, known & (labels[FLAGS] == 0), logits, labels[CLASS])
    scored = counted(labels[CLASS], labels[FLAGS], known)
    from_source = np.full(imaged.shape, piece.source)
    take(pixels.scored, scored, logits, labels[CLASS], block.clusters, from_source)
    if contrast is not None:
        sure = imaged & (labels[CLASS] != UNKNOWN)
        planes = [torch.from_numpy(plane)[None] for plane in (labels[CLASS], labels[PARCEL], sure, imaged)]
        target = boundary_target(*planes[:3]) if region.is_complete else outline_target(*planes[1:])
        change, is_known = (value[0].numpy() for value in target)
        take(pixels.edges if region.is_complete else pixels.outlines, is_known & own, contrast, change)
    return _parcel_cells(piece, labels[(slice(None), *inner)], logits[(slice(None), *inner)])


def _cells_of(piece: _Piece, predictor: Predictor, tiling: Tiling, halo: int) -> ParcelCells:
    """The cells in parcels of a window that is mapped for them alone."""
    logits, _ = _mapped(piece, piece.window, predictor, tiling, halo)
    return _parcel_cells(piece, piece.region.labels(piece.scale, piece.window), logits)


def _parcel_cells(piece: _Piece, labels: npt.NDArray[np.int32], logits: npt.NDArray[np.float32]) -> ParcelCells:
    """Of the labels (7, H, W) and logits (K, H, W) of a window."""
    own = (labels[SPLIT] == SPLITS["calibration"]) & (labels[PARCEL] > 0) & np.isfinite(logits[0])
    chosen = counted(labels[CLASS], labels[FLAGS], own)
    row, col = np.nonzero(chosen)
    keys = labels[PARCEL][chosen].astype(np.int64) + (np.int64(piece.source) << 32)
    return ParcelCells(keys, logits[:, chosen], row, col, labels[CLASS][chosen].astype(np.int64))


def _resolution(region: SourceMosaic, scale: int) -> float:
    """Width of a label cell, metres."""
    return region.grid.resolution[0] * metres_per_unit(region.grid.crs) / scale


def _fit_boundary(pixels: _Pixels) -> tuple[float, float, float, int, bool]:
    """a, b, the threshold with the best F1, the pixels behind them, and whether these are of outlines alone."""
    for name in ("edges", "outlines"):
        columns = pixels.columns(name)
        if columns and 0 < int(columns[1].sum()) < len(columns[1]):
            seen, changed = columns
            a, b = fit_platt(seen, changed)
            threshold = best_threshold(1 / (1 + np.exp(-(a * seen.astype(np.float64) + b))), changed)
            return a, b, threshold, len(seen), name == "outlines"
    log.warning(
        "no outline of a parcel on the network's grid in the calibration split: the boundary layer stays uncalibrated"
    )
    return *UNCALIBRATED, 0.5, 0, False


def _pixel_thresholds(pixels: _Pixels, names: Sequence[str], temperature: float, alpha: float) -> dict[str, Any]:
    logits, classes, clusters, regions = pixels.columns("scored")
    shares = logits_to_shares((logits / np.float32(temperature)).T)
    scores = 1 - shares[classes, np.arange(len(classes))]
    # ids of parcels are those of a source
    _, ground = np.unique(np.stack((regions, clusters)), axis=1, return_inverse=True)
    return class_thresholds(scores, classes, regions, names, range(len(shares)), alpha, ground.ravel())


def best_threshold(probability: npt.NDArray[np.float64], target: npt.NDArray[np.bool_]) -> float:
    """The probability from which on "yes" has the best F1 = 2 TP / (predicted + true).

    Args:
        probability: (N,).
        target: (N,) at least one true.
    """
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(target[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + target.sum())
    return float(probability[order][int(f1.argmax())])
