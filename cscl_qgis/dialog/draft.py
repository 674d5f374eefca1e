"""A run as the pages of the window describe it: the request, and layers that are yet to be written to files."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Optional

from .. import runner
from .._engine import protocol
from .layer_files import LayerFile

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
