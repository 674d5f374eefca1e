"""All figures that a map is judged by, added up block by block: memory does not grow with the map.

A block brings its labels with a margin around it, so that edges, boundaries and upsampled values at its border are
those of the whole map: the figures do not depend on how a map is cut. Reads and draws nothing, needs no torch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.boundary_curve import BoundaryCurve
from training.classes import UNKNOWN
from training.conformal import SetCover
from training.edges import ratio
from training.ground_sums import GroundSums
from training.label_block import LabelBlock
from training.map_request import BLOCK_M
from training.metrics import SIZES_HA, class_figures, confusion, summarise, wilson
from training.outline_score import OutlineScore
from training.parcel_sums import ParcelAreas, ParcelMeans, ParcelVotes
from training.reliability import Reliability, tempered
from training.resampling import (
    FEWEST_BLOCKS,
    ClusterCounts,
    cluster_interval,
    figure_intervals,
    gap_interval,
    share_interval,
)
from training.upsampling import block_mean, upsample_bilinear, upsample_nearest

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

PLACES = ("boundary", "interior")
BIASED = "pixel counts: biased, no interval"


@dataclass(frozen=True)
class ScoreSettings:
    """What is scored, and by what."""

    resolution_m: float
    """Width of a label cell."""
    num_classes: int
    """K of the legend: above every code of labels and maps."""
    magnification: int = 1
    """Label cells per image cell; above 1 the map also stands beside what it gives at image resolution, upsampled."""
    codes: tuple[int, ...] = ()
    """Legend code of each channel of the probabilities; none for a map without them."""
    block_m: float = BLOCK_M
    """Side of the blocks of ground that intervals draw."""
    boundary_threshold: float | None = None
    """From here on a cell counts as boundary; None without a boundary layer."""
    knows_all_parcels: bool = True
    """Whether a boundary outside of parcels is wrong. Otherwise only their own outlines are judged."""
    temperature: float | None = None
    """Of the probabilities; given, what they were without it is judged too."""
    temperature_parcel: float | None = None
    """Of the mean probabilities of parcels."""
    conformal: Mapping[str, Any] = field(default_factory=dict)
    """Thresholds, as training.calibrate gives them; none if empty."""


class _Variant:
    """Counts of one way to make a map."""

    def __init__(self, num_classes: int) -> None:
        self._size = num_classes
        self.at_edge = np.zeros((num_classes, num_classes), dtype=np.int64)
        self.inside = np.zeros((num_classes, num_classes), dtype=np.int64)
        self.votes = ParcelVotes(num_classes)

    def add(self, block: LabelBlock, mapped: IntArray, counts: BoolArray) -> None:
        self.at_edge += confusion(block.classes, mapped, self._size, counts & block.on_boundary)
        self.inside += confusion(block.classes, mapped, self._size, counts & ~block.on_boundary)
        here = counts & (block.parcels > 0)
        self.votes.add(block.parcels[here], block.classes[here], mapped[here], block.distance[here])

    @property
    def matrix(self) -> NDArray[np.int64]:
        return self.at_edge + self.inside

    def figures(self, blocks: IntArray) -> dict[str, Any]:
        return {
            **summarise(self.matrix),
            "boundary": summarise(self.at_edge),
            "interior": summarise(self.inside),
            "edge_profile": self.votes.edge_profile(blocks),
        }

    def per_class(self) -> dict[int, dict[str, Any]]:
        at_edge, inside = class_figures(self.at_edge), class_figures(self.inside)
        return {
            code: {
                **figures,
                "iou_boundary": at_edge.get(code, {}).get("iou"),
                "iou_interior": inside.get(code, {}).get("iou"),
            }
            for code, figures in class_figures(self.matrix).items()
        }


class MapScore:
    """The score of one map against its labels."""

    def __init__(self, settings: ScoreSettings, areas: ParcelAreas | None = None) -> None:
        """
        Args:
            settings: of the map.
            areas: sizes of parcels that several maps share, and that somebody adds up; an own count if None.
        """
        self.settings = settings
        size = settings.num_classes
        self._codes = np.asarray(settings.codes, dtype=np.int64)
        names = ["map", "nearest", "bilinear"] if settings.magnification > 1 else ["map"]
        self._variants = {name: _Variant(size) for name in names}
        self._areas = ParcelAreas() if areas is None else areas
        self._means = ParcelMeans(len(settings.codes))
        self._blocks = ClusterCounts(size)
        self._parcels: ClusterCounts | None = ClusterCounts(size)
        self._places = GroundSums(settings.block_m, dict.fromkeys(PLACES, 2))
        self._pixels, self._pixels_before = Reliability(), Reliability()
        self._curve: BoundaryCurve | None = None
        self._outlines: OutlineScore | None = None
        if settings.boundary_threshold is not None:
            self._outlines = OutlineScore(settings.resolution_m, settings.boundary_threshold)
            if settings.knows_all_parcels:
                self._curve = BoundaryCurve(
                    settings.resolution_m, settings.boundary_threshold, block_m=settings.block_m
                )
        self._cover = SetCover(settings.conformal["pixels"]["thresholds"], self._codes) if settings.conformal else None
        self._unmapped = 0
        self._judged = False

    def add_sizes(self, block: LabelBlock) -> None:
        """Count the cells of all parcels of a block, scored or not: what parcels' sizes are made of."""
        self._areas.add_block(block)

    def add(self, block: LabelBlock, probabilities: FloatArray, boundary: FloatArray | None = None) -> None:
        """Score a block of a map with probabilities.

        Args:
            block: its labels.
            probabilities: (C, H, W), also of the margin; NaN or all 0 where not mapped.
            boundary: (H, W) probability of a boundary, also of the margin; NaN where not mapped.
        """
        is_mapped = np.isfinite(probabilities).all(axis=0) & (probabilities.sum(axis=0) > 0)
        # zeros have no say in means and interpolation, NaN would spread
        weights = np.where(is_mapped, probabilities, 0).astype(np.float32)
        counts = self._mapped_alone(block, is_mapped)
        mapped = self._codes[weights.argmax(axis=0)]
        self._add_map(block, mapped, counts)
        m = self.settings.magnification
        if m > 1:
            coarse = block_mean(weights, m)
            for name, upsample in (("nearest", upsample_nearest), ("bilinear", upsample_bilinear)):
                self._variants[name].add(block, self._codes[upsample(coarse, m).argmax(axis=0)], counts)
        chosen = weights[:, counts]
        chosen /= chosen.sum(axis=0)
        truth, right = block.classes[counts], (mapped == block.classes)[counts]
        self._judged = True
        self._pixels.add(chosen.max(axis=0, initial=0), right)
        if self.settings.temperature is not None:
            before = tempered(chosen, 1 / self.settings.temperature) if len(right) else chosen
            self._pixels_before.add(before.max(axis=0, initial=0), right)
        if self._cover is not None:
            self._cover.add(chosen, truth)
        in_parcel = block.parcels[counts] > 0
        row, col = (index[in_parcel] for index in np.nonzero(counts))
        self._means.add(block.parcels[counts][in_parcel], chosen[:, in_parcel], row + block.row, col + block.col)
        self._add_boundary(block, boundary, counts)

    def add_classes(
        self,
        block: LabelBlock,
        mapped: IntArray,
        confidence: FloatArray | None = None,
        boundary: FloatArray | None = None,
    ) -> None:
        """Score a block of a map that has classes alone.

        Args:
            block: its labels.
            mapped: (H, W) codes, UNKNOWN where not mapped.
            confidence: (H, W) probability of the mapped class.
            boundary: (H, W) probability of a boundary, NaN where not mapped.
        """
        counts = self._mapped_alone(block, mapped != UNKNOWN)
        self._add_map(block, mapped, counts)
        if confidence is not None:
            self._judged = True
            known = counts & np.isfinite(confidence)
            self._pixels.add(confidence[known], (mapped == block.classes)[known])
        here = counts & (block.parcels > 0)
        row, col = np.nonzero(here)
        self._means.add(block.parcels[here], np.zeros((0, len(row))), row + block.row, col + block.col)
        self._add_boundary(block, boundary, counts)

    def _mapped_alone(self, block: LabelBlock, is_mapped: BoolArray) -> BoolArray:
        self._unmapped += int(np.count_nonzero(block.counts & ~is_mapped))
        return block.counts & is_mapped

    def _add_map(self, block: LabelBlock, mapped: IntArray, counts: BoolArray) -> None:
        self._variants["map"].add(block, mapped, counts)
        truth, found = block.classes[counts], mapped[counts]
        right = counts & (mapped == block.classes)
        places = zip(PLACES, (block.on_boundary, ~block.on_boundary), strict=True)
        self._places.add(block, counts, {name: [counts & here, right & here] for name, here in places})
        self._blocks.add(block.squares(self.settings.block_m)[counts], truth, found)
        if self._parcels is not None:
            self._parcels.add(block.clusters[counts], truth, found)
            if len(self._blocks) >= FEWEST_BLOCKS:
                self._parcels = None  # there are blocks enough: no need to keep what takes more memory

    def _add_boundary(self, block: LabelBlock, boundary: FloatArray | None, counts: BoolArray) -> None:
        if boundary is None:
            return
        counts = counts & np.isfinite(boundary)
        if self._outlines is not None:
            self._outlines.add(block, boundary, counts)
        if self._curve is not None:
            self._curve.add(boundary, block.edges, counts, block)

    @property
    def scored_parcels(self) -> int:
        """Parcels with a cell that counts and is mapped."""
        return len(self._variants["map"].votes.keys)

    @property
    def scored_cells(self) -> int:
        """Cells that count and are mapped."""
        return int(self._variants["map"].matrix.sum())

    def figures(self) -> dict[str, Any]:
        """All figures, as what json.dumps takes.

        Returns:
            map, and above magnification 1 nearest and bilinear: each with overall_accuracy, miou, macro_f1, boundary,
            interior and edge_profile (with its intervals and parcels); map also with intervals, also of boundary and
            interior, per_class (IoU also at boundaries and inside) and confusion. Then parcels (per size), ece
            and reliability, outlines where there is a boundary layer, boundary_f1 and boundary_curve where all parcels
            are known, too, conformal, area (pixel counts, biased), cells, unmapped_cells.
        """
        settings = self.settings
        own = self._variants["map"]
        report: dict[str, Any] = {
            "resolution_m": settings.resolution_m,
            "magnification": settings.magnification,
            "cells": self.scored_cells,
            "unmapped_cells": self._unmapped,
            **{name: variant.figures(self._parcel_blocks()) for name, variant in self._variants.items()},
        }
        per_class = own.per_class()
        report["map"] |= self._intervals()
        for name in PLACES:
            cells, right = self._places.table(name).T
            report["map"][name]["interval_95"] = share_interval(right, cells)
        report["map"]["per_class"] = {str(code): values for code, values in per_class.items()}
        codes = list(per_class)
        report["map"]["confusion"] = {"codes": codes, "counts": own.matrix[np.ix_(codes, codes)].tolist()}
        if self._outlines is not None:
            report["outlines"] = self._outlines.figures()
        if self._curve is not None:
            report["boundary_f1"] = self._curve.at_chosen()
            report["boundary_curve"] = self._curve.figures()
        report |= self._parcel_figures()
        report["area"] = _areas(per_class, settings.resolution_m)
        return report

    def gap_interval(self, other: MapScore) -> list[float] | None:
        """95 % interval of this map's accuracy less that of another map of the same ground."""
        by_block = self._drawn() is self._blocks or other._parcels is None
        return gap_interval(self._blocks, other._blocks) if by_block else gap_interval(self._drawn(), other._drawn())

    def _drawn(self) -> ClusterCounts:
        """The clusters that intervals draw again: blocks where there are enough, else parcels."""
        return self._blocks if len(self._blocks) >= FEWEST_BLOCKS or self._parcels is None else self._parcels

    def _intervals(self) -> dict[str, Any]:
        chosen = self._drawn()
        by_block = chosen is self._blocks
        intervals = figure_intervals(chosen, self.settings.num_classes)
        units = len(chosen)
        return {
            **{f"{name}_interval_95": values for name, values in intervals.items()},
            "interval_by": None if units < 2 else "blocks" if by_block else "parcels",
            "interval_units": units,
            "block_m": self.settings.block_m,
        }

    def _parcel_blocks(self) -> NDArray[np.int64]:
        """(P,) the block of ground of each parcel's middle; all tables of parcels got them in the same order."""
        side = max(1, round(self.settings.block_m / self.settings.resolution_m))
        blocks = (self._means.centres // side).astype(np.int64)
        return np.asarray((blocks[:, 0] << 31) + blocks[:, 1])

    def _parcel_figures(self) -> dict[str, Any]:
        """parcels, ece, reliability and conformal."""
        settings, votes = self.settings, self._variants["map"].votes
        keys, truth = votes.keys, votes.true_class
        means, cluster = self._means.means, self._parcel_blocks()
        area_ha = self._areas.cells(keys) * settings.resolution_m**2 / 1e4
        ways: dict[str, BoolArray | None] = {"by_majority": votes.mapped_class == truth, "by_mean_probability": None}
        if len(self._codes) and len(keys):
            ways["by_mean_probability"] = self._codes[means.argmax(axis=0)] == truth
        elif len(self._codes):
            ways["by_mean_probability"] = np.zeros(0, dtype=np.bool_)
        out: dict[str, Any] = {"parcels": _by_size(ways, area_ha, cluster)}
        out["ece"] = self._pixels.error if self._judged else None
        before = settings.temperature is not None
        out["ece_before"] = self._pixels_before.error if before else None
        pixels = {
            "before": self._pixels_before.figures() if before else None,
            "after": self._pixels.figures() if self._judged else None,
        }
        out |= {"ece_parcels": None, "ece_parcels_before": None, "conformal": None}
        parcels: dict[str, Any] = {"before": None, "after": None}
        right = ways["by_mean_probability"]
        if right is not None:
            after = means / np.maximum(means.sum(axis=0), 1e-300)
            if settings.temperature_parcel is not None:
                out["ece_parcels_before"], parcels["before"] = _judged(after, right)
                after = tempered(after, settings.temperature_parcel) if len(keys) else after
            out["ece_parcels"], parcels["after"] = _judged(after, right)
            if self._cover is not None:
                cover = SetCover(settings.conformal["parcels"]["thresholds"], self._codes)
                cover.add(after, truth)
                figures = cover.figures() | {"interval_95": wilson(cover.held, cover.count)}
                out["conformal"] = {
                    "alpha": settings.conformal["alpha"], "parcels": figures, "pixels": self._cover.figures()
                }  # fmt: skip
        out["reliability"] = {"pixels": pixels, "parcels": parcels}
        return out


def _by_size(
    ways: Mapping[str, BoolArray | None], area_ha: FloatArray, cluster: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """Share of parcels that are right, of all and by size, for each way to give a parcel a class."""

    def entry(size: str, here: BoolArray) -> dict[str, Any]:
        total = int(np.count_nonzero(here))
        out: dict[str, Any] = {"size": size, "parcels": total}
        for name, right in ways.items():
            if right is None:
                out[name] = {"accuracy": None, "interval_95": None, "interval_by": None}
                continue
            hits = int(np.count_nonzero(right & here))
            by_block = len(np.unique(cluster[here])) >= FEWEST_BLOCKS and 0 < hits < total
            # where all are right, drawing again would only say so again
            interval = cluster_interval(right[here], cluster[here]) if by_block else wilson(hits, total)
            by = "blocks" if by_block else "parcels"
            out[name] = {
                "accuracy": ratio(hits, total), "interval_95": interval, "interval_by": by if total else None
            }  # fmt: skip
        return out

    entries = [entry("all", np.ones(len(area_ha), dtype=np.bool_))]
    for low, high in pairwise(SIZES_HA):
        size = f"< {high:g} ha" if low == 0 else f">= {low:g} ha" if math.isinf(high) else f"{low:g}-{high:g} ha"
        entries.append(entry(size, (area_ha >= low) & (area_ha < high)))
    return entries


def _judged(probabilities: NDArray[np.float64], right: BoolArray) -> tuple[float | None, list[dict[str, Any]]]:
    judged = Reliability()
    judged.add(probabilities.max(axis=0, initial=0), right)
    return judged.error, judged.figures()


def _areas(per_class: Mapping[int, Mapping[str, Any]], resolution_m: float) -> dict[str, Any]:
    """Hectares per class by counting cells. Without a probability sample there is no unbiased estimate."""
    hectares = resolution_m**2 / 1e4
    return {
        "method": BIASED,
        "mapped_ha": {str(code): values["cells_mapped"] * hectares for code, values in per_class.items()},
        "labelled_ha": {str(code): values["cells_true"] * hectares for code, values in per_class.items()},
    }
