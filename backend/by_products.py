"""What a run gives beside the three layers: which consumers a request needs, and what is made of them in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from . import class_probabilities, embedding_layer, evidence, parcel_sums, seams
from .declared_crops import DeclaredCrops
from .grid import Grid, Window
from .model_card import ModelCard
from .parcel_file import ParcelFile, import_pyarrow, read_parcels
from .parcel_layer import ParcelLayer, make_layer
from .parcel_table import make_table, write_parcels
from .protocol import MapRequest
from .region import Region
from .tile_result import ConsumerFactory
from .trained_ground import seen_warning


@dataclass(frozen=True)
class Finished:
    """What came of a run's by-products."""

    outputs: dict[str, Path] = field(default_factory=dict)
    """Name -> finished file; rasters are not among them."""
    sections: dict[str, Any] = field(default_factory=dict)
    """Name -> JSON values for the run's record."""


@dataclass(frozen=True)
class ByProducts:
    """What a request asks for beside the map, and what every run gives."""

    card: ModelCard
    factories: tuple[ConsumerFactory, ...]
    parcels: tuple[ParcelFile, ParcelLayer] | None = None
    crops: DeclaredCrops | None = None
    """What the parcels' declared crops mean."""
    warning: str = ""
    """What must be said of the parcels; empty for nothing."""

    @property
    def wants_embedding(self) -> bool:
        """True if tiles must hold the embedding."""
        return any(factory.name == embedding_layer.NAME for factory in self.factories)

    @property
    def cell_bytes(self) -> int:
        """Bytes an input cell that the rasters take of a block."""
        specs = [factory.raster for factory in self.factories if factory.raster is not None]
        return sum(len(spec.descriptions) * np.dtype(spec.dtype).itemsize * spec.scale**2 for spec in specs)

    @property
    def fixed_bytes(self) -> int:
        """Bytes that are held whatever the blocks: the parcels, and their sums in a block and in all."""
        if self.parcels is None:
            return 0
        file, layer = self.parcels
        return int(file.table.nbytes) + layer.nbytes + 2 * parcel_sums.sums_bytes(len(layer), len(self.card.classes))

    def finish(self, folder: Path, merged: Mapping[str, Any]) -> Finished:
        """Write what is no raster.

        Args:
            folder: gets the tables of parcels.
            merged: what each factory's merge() gave, by its name.
        """
        finished = Finished(sections={seams.NAME: merged[seams.NAME]})
        if self.parcels is not None:
            file, layer = self.parcels
            figures, summary = make_table(file, layer, merged[parcel_sums.NAME], self.card, self.crops)
            finished.outputs.update(write_parcels(folder, file, figures))
            finished.sections[parcel_sums.NAME] = summary
        return finished


def plan_by_products(
    request: MapRequest,
    card: ModelCard,
    grid: Grid,
    window: Window,
    region: Region | None,
    dates: Sequence[date],
) -> ByProducts:
    """Read what the by-products need, and check it before the first tile.

    Args:
        request: of the run.
        card: of the model.
        grid: of the series.
        window: what is mapped, input cells.
        region: what of it.
        dates: of the observations used, in their order.

    Raises:
        CsclError: if a class, an embedding or parcels are asked for that are not there, or a package is missing that
            the fields' file needs.
    """
    if request.fields:
        import_pyarrow()
    days = tuple(dates)
    factories: list[ConsumerFactory] = [evidence.Evidence(days, grid, region), seams.SeamScore.of(card)]
    if request.probabilities:
        factories.append(
            class_probabilities.probability_layer(card, request.probabilities, request.probability_classes)
        )
    if request.embeddings:
        factories.append(embedding_layer.embedding_layer(card))
    if request.parcels is None:
        return ByProducts(card, tuple(factories))
    crops = DeclaredCrops.read(request.declared, request.class_table, card) if request.declared else None
    file = read_parcels(Path(request.parcels), request.parcel_id, request.declared)
    fine = grid.crop(window).refine(card.magnification)
    layer = make_layer(file, fine, card.magnification, request.inner_buffer_m)
    factories.append(parcel_sums.ParcelCounter(layer, len(card.classes), parcel_sums.strong_percent(card), days))
    warning = seen_warning(card, file, layer, days[-1].year)
    # the layer has what is needed of the outlines, and the table their bytes
    return ByProducts(card, tuple(factories), (file.without_outlines(), layer), crops, warning)
