"""A run as the pages of the window describe it: the request, and layers that are yet to be written to files."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from .. import runner
from .._engine import protocol
from ..layer_files import LayerFile
from ..translation import tr

if TYPE_CHECKING:
    from .images_page import ImagesPage
    from .model_page import ModelPage
    from .output_page import OutputPage
    from .region_page import RegionPage

NOT_YET = "none"
"""Stands in the request for what is not known yet."""


@dataclass(frozen=True)
class Draft:
    """Made on the main thread and cheap; `written` does the work on the task's."""

    request: protocol.MapRequest
    """Checked; where `region` or `parcels` is to be written, NOT_YET stands for its file."""
    region: Optional[LayerFile] = None
    parcels: Optional[LayerFile] = None

    @property
    def key(self) -> str:
        """Equal for drafts that would give the same answer."""
        tokens = [part.token if part is not None else "" for part in (self.region, self.parcels)]
        return json.dumps([self.request.to_dict(), *tokens], sort_keys=True)

    def written(self, folder: Path, is_cancelled: Callable[[], bool]) -> protocol.MapRequest:
        """The request, with the layers' files in place.

        Args:
            folder: gets the files of layers that have none of their own.
            is_cancelled: asked at each feature.

        Raises:
            ValueError: if a layer cannot be written; the message is a sentence.
            InterruptedError: if it was cancelled.
        """
        request = self.request
        if self.region is not None:
            request = replace(request, region=self.region.write(folder, is_cancelled))
        if self.parcels is not None:
            is_row = self.parcels.row_field and request.parcel_id == self.parcels.row_field
            request = replace(
                request,
                parcels=self.parcels.write(folder, is_cancelled),
                parcel_id="" if is_row else request.parcel_id,
            )
        return request

    def task(
        self, make: Callable[[dict], runner.Task], folder: Path
    ) -> Callable[[Callable[[], bool]], runner.Task]:
        """What a WorkerTask takes: writes the layers, then says what the worker is to do.

        Args:
            make: a worker's task of the request's JSON values.
            folder: gets the files of layers that have none of their own.
        """
        return lambda is_cancelled: make(self.written(folder, is_cancelled).to_dict())


def map_draft(images: ImagesPage, region: RegionPage, model: ModelPage, outputs: OutputPage) -> Draft:
    """The run that the pages describe. Cheap: layers are written when it begins.

    Raises:
        ValueError: naming what is missing; the message is a sentence.
    """
    out = outputs.folder.filePath()
    if model.model is None:
        raise ValueError(tr("No model is installed: add one on page 3."))
    if not out:
        raise ValueError(tr("Choose a folder for the results on page 4."))
    polygons = region.polygons()
    parcels = LayerFile(outputs.parcel_layer, "parcels") if outputs.parcel_layer is not None else None
    values: Dict[str, Any] = outputs.values()
    if parcels is None:
        values.update(parcel_id="", declared="", class_table="")
    request = protocol.MapRequest(
        series=tuple(images.sources()),
        model=str(model.model.path),
        out=str(Path(out).absolute()),
        bands=tuple(images.band_names()),
        region=NOT_YET if polygons is not None else None,
        parcels=NOT_YET if parcels is not None else None,
        skip=tuple(images.timeline.skipped),
        dates_of=images.timeline.moved,
        **values,
    )
    return Draft(request, polygons, parcels)


def dates_draft(images: ImagesPage, region: RegionPage, outputs: OutputPage) -> Draft:
    """What tells which acquisitions there are and which are used: neither model nor folder nor parcels.

    Raises:
        ValueError: naming what is missing; the message is a sentence.
    """
    polygons, values = region.polygons(), outputs.values()
    request = protocol.MapRequest(
        series=tuple(images.sources()),
        model=NOT_YET,
        out=NOT_YET,
        bands=tuple(images.band_names()),
        region=NOT_YET if polygons is not None else None,
        dates_of=images.timeline.moved,
        **{name: values[name] for name in ("min_clear", "cloud_buffer_m", "until")},
    )
    return Draft(request, polygons)
