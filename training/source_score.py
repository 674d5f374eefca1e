"""Map and score one source, block by block or patch by patch: the network, the random forests, and cut-off dates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.grid import Window
from training.baseline import MonthlyForest
from training.calibrate import Calibration
from training.classes import UNKNOWN
from training.evaluation_pictures import Overview, Panels, clearest_image
from training.forest_maps import forest_map
from training.in_season import in_order, last_day, season_entry
from training.label_block import MARGIN_M, LabelBlock
from training.map_score import MapScore, ScoreSettings
from training.mosaic import MappedSource, SourceMosaic
from training.parcel_sums import ParcelAreas
from training.predict import Predictor, Tiling, predict
from training.read_labels import read_labels
from training.splits import SPLITS, metres_per_unit
from training.store import SPLIT
from training.upsampling import block_mean
from training.windows import blocks

WHOLE_MAP_PX = 2_000_000
"""Sources up to this size, input pixels, are mapped as a whole for the pictures; of larger ones what is scored."""

Tell = Callable[[int, int], None]
"""tell(done, total) after each block; raises where the run is to stop."""


@dataclass(frozen=True)
class ScoreJob:
    """What all sources are scored by."""

    predictor: Predictor
    """Probabilities and boundary as the exported model gives them."""
    tiling: Tiling
    calibration: Calibration
    num_classes: int
    """K of the legend."""
    splits: tuple[str, ...]
    """Those asked for; the first that a source has is the one that all is told of."""
    block_m: float
    """Side of the blocks that intervals draw."""
    cutoffs: tuple[str, ...] = ()
    """Days (MM-DD) of the season."""


class SourceScore:
    """The scores of one source."""

    def __init__(self, source: MappedSource, job: ScoreJob, forests: Mapping[str, MonthlyForest]) -> None:
        """
        Args:
            source: has a label grid that is not finer than the network's.
            job: what all sources have in common.
            forests: by their names in the report.
        """
        self._source, self._job, self._forests = source, job, forests
        self._scale = source.label_scale(job.tiling.magnification) or 1
        grid = source.record.transform[0]
        self._resolution = abs(grid) * metres_per_unit(source.record.crs) / self._scale
        self._margin = math.ceil(MARGIN_M / (self._resolution * self._scale))
        self._areas = ParcelAreas()
        self._has_boundary = self._scale == job.tiling.magnification
        self._scores: dict[str, dict[str, MapScore]] = {}
        self._cutoffs = in_order(job.cutoffs)
        self._season: dict[str, tuple[MapScore, list[int]]] = {}
        self._days: dict[str, int] = {}
        self._panels = Panels()
        self._overview: Overview | None = None
        self._patches = 0
        self.main = next((split for split in job.splits if self._is_in(split)), job.splits[0])

    def run(self, tell: Tell) -> dict[str, Any]:
        """Map and score all of it.

        Returns:
            The source's entry in metrics.json; empty where there is nothing to score.
        """
        source, splits = self._source, self._job.splits
        total, done = source.count_regions(splits), 0
        for region in source.regions(splits):
            cut = blocks(region.grid, self._scale, self._job.tiling.step)
            whole = region.grid.width * region.grid.height <= WHOLE_MAP_PX and not region.is_patch
            if not region.is_patch:
                self._overview = Overview(region.grid, self._scale, self._has_boundary)
                total = len(cut)
            dates = region.dates_for(self._job.tiling.num_dates)
            scored = False
            for block in cut:
                scored |= self._add(region, block, dates, whole)
                done += not region.is_patch
                if not region.is_patch:
                    tell(done, total)
            self._patches += scored
            if region.is_patch:
                done += 1
                tell(done, total)
        return self._entry()

    def pictures(self) -> dict[str, Any]:
        """overview and panels, for training.evaluation_report."""
        return {
            "overview": {} if self._overview is None else self._overview.pictures(),
            "panels": self._panels.pictures(),
        }

    def _is_in(self, split: str) -> bool:
        source = self._source
        return source.count_regions((split,)) > 0 if source.is_patches else source.num_parcels(split) > 0

    def _add(self, region: SourceMosaic, block: Window, dates: npt.NDArray[np.int64], whole: bool) -> bool:
        """Score one block; returns whether a cell of it counts."""
        scale = self._scale
        read = read_labels(region, block, scale, self._resolution, self._margin)
        window, labels = read.window, read.labels
        self._areas.add_block(read.block)
        by_split = {}
        for split in self._job.splits:
            labelled = read.counting(labels[SPLIT] == SPLITS[split])
            if labelled.counts.any():
                by_split[split] = labelled
        if not by_split and not whole:
            return False
        probabilities, boundary = self._mapped(region, window, dates)
        mapped = np.where(np.isfinite(probabilities[0]), np.nan_to_num(probabilities).argmax(axis=0), UNKNOWN)
        main = by_split.get(self.main) or read.counting(np.zeros(labels.shape[1:], dtype=np.bool_))
        shown = boundary if self._has_boundary else None
        if self._overview is not None:
            self._overview.add(window, main, mapped, shown)
        if not by_split:
            return False
        self._panels.add(partial(clearest_image, region), window, main, scale, mapped, probabilities, shown)
        for split, labelled in by_split.items():
            self._score(split, "model", labelled, probabilities, shown)
        if self.main in by_split:
            for name, forest in self._forests.items():
                values = forest_map(forest, region, window, main.counts, self._job.num_classes)
                self._score(self.main, name, main, values, None)
            self._add_season(region, window, main)
        return True

    def _mapped(
        self, region: SourceMosaic, window: Window, dates: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Probabilities (K, H, W) and boundary (H, W) on the labels' grid."""
        tiling = self._job.tiling
        m = tiling.magnification
        if not len(dates):
            shape = window.refine(self._scale).shape
            return np.full((self._job.num_classes, *shape), np.nan, np.float32), np.full(shape, np.nan, np.float32)
        probabilities, boundary = predict(
            self._job.predictor, region, m, tiling.halo, window, step=tiling.step, dates=dates
        )
        if self._scale < m:
            return block_mean(probabilities, m // self._scale), block_mean(boundary, m // self._scale)[0]
        return probabilities, boundary[0]

    def _score(
        self,
        split: str,
        name: str,
        block: LabelBlock,
        probabilities: npt.NDArray[np.float32],
        boundary: npt.NDArray[np.float32] | None,
    ) -> None:
        own = self._scores.setdefault(split, {})
        if name not in own:
            own[name] = MapScore(self._settings(name == "model"), self._areas)
        own[name].add(block, probabilities, boundary)

    def _settings(self, is_model: bool) -> ScoreSettings:
        """A forest's map has no structure below 10 m: it is scored on the same fine labels, each cell repeated."""
        job, fitted = self._job, self._job.calibration
        plain = ScoreSettings(
            self._resolution, job.num_classes, codes=tuple(range(job.num_classes)), block_m=job.block_m
        )
        if not is_model:
            return plain
        return replace(
            plain,
            magnification=self._scale,
            boundary_threshold=fitted.boundary_threshold if self._has_boundary else None,
            knows_all_parcels=self._source.is_complete,
            temperature=fitted.temperature,
            temperature_parcel=fitted.temperature_parcel,
            conformal=fitted.conformal,
        )

    def _add_season(self, region: SourceMosaic, window: Window, block: LabelBlock) -> None:
        """The same map without the dates after each cut-off day."""
        for cutoff in self._cutoffs:
            day = last_day(region, cutoff)
            self._days[cutoff] = day
            dates = region.dates_for(self._job.tiling.num_dates, day)
            if cutoff not in self._season:
                self._season[cutoff] = (MapScore(self._settings(False), self._areas), [])
            score, left = self._season[cutoff]
            left.append(len(dates))
            score.add(block, self._mapped(region, window, dates)[0])

    def _entry(self) -> dict[str, Any]:
        source = self._source
        if self.main not in self._scores:
            return {}
        own = self._scores[self.main]
        listed = source.num_parcels(self.main)
        return {
            "parcels_tested": listed if not source.is_patches else own["model"].scored_parcels,
            "parcels_trained": source.num_parcels("train"),
            "outside_parcels": source.record.facts["outside_parcels"],
            "split": self.main,
            "patches_tested": self._patches if source.is_patches else None,
            "label_scale": self._scale,
            **{name: score.figures() | self._gap(score) for name, score in own.items()},
            "in_season": [
                season_entry(
                    cutoff,
                    None if source.is_patches else self._days[cutoff],
                    float(np.mean(self._season[cutoff][1])),
                    self._season[cutoff][0],
                )
                for cutoff in self._cutoffs
                if cutoff in self._season
            ],
            "other_splits": {
                split: self._other(split) for split in self._job.splits if split != self.main and split in self._scores
            },
        }

    def _gap(self, score: MapScore) -> dict[str, Any]:
        """By how much the model is more accurate than a forest, of its figures."""
        model = self._scores[self.main]["model"]
        return {} if score is model else {"model_less_this_interval_95": model.gap_interval(score)}

    def _other(self, split: str) -> dict[str, Any]:
        score = self._scores[split]["model"]
        parcels = score.scored_parcels if self._source.is_patches else self._source.num_parcels(split)
        return {"parcels_tested": parcels, "model": score.figures()}


def sources_with(sources: Sequence[MappedSource], splits: Sequence[str], magnification: int) -> list[MappedSource]:
    """Those that have one of the splits, and labels on a grid that the network's can be scored on."""
    return [
        source
        for source in sources
        if source.label_scale(magnification) is not None
        and any(source.count_regions((split,)) if source.is_patches else source.num_parcels(split) for split in splits)
    ]
