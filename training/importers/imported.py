"""A published set opened: its patches as samples of the store, in any order and any process. Reads no format itself."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from backend.errors import CsclError, InputError
from training.classes import BACKGROUND, UNKNOWN, ClassTable
from training.importers.ground import PIXEL_M, Ground
from training.importers.patch_data import PatchData
from training.store import Sample, SourceRecord

log = logging.getLogger(__name__)

AS_PUBLISHED = "Take a fresh copy of the set as it was published, or leave this part of it out of its lists."
"""What to do about most faults of a published set."""


@dataclass(frozen=True)
class ImportRequest:
    """What is wanted of a published set."""

    name: str
    """Of the source in the store."""
    path: Path
    """Folder of the set."""
    bands: tuple[str, ...]
    table: ClassTable
    """Its class numbers onto the legend."""
    chip: int
    """Side of a sample, 10 m pixels."""
    max_dates: int
    magnifications: tuple[int, ...]
    """Those that the set has too."""
    shares: Mapping[str, float]
    """Of training, validation and calibration in what the set's own lists leave open."""
    weight: float
    folds: int
    """k; 0 for the set's own lists."""
    buffer_m: float
    seed: int


class PatchReader(Protocol):
    """Reads the patches of a set; picklable."""

    def read(self, number: int, most: int) -> PatchData:
        """Patch number n with at most so many dates."""


class ImportedSource:
    """The samples of one source of a published set.

    Picklable; opening reads the set's lists alone. A patch that is larger than a chip gives several samples from its
    first pixel on; what a chip has beyond the patch is unknown and nowhere valid.
    """

    def __init__(
        self,
        record: SourceRecord,
        ground: Ground,
        reader: PatchReader,
        dates: int,
        chip: int,
    ) -> None:
        """
        Args:
            record: what the store says of it.
            ground: where its patches lie.
            reader: of the patches, by their number in `ground`.
            dates: the largest T of its samples.
            chip: side of a sample, 10 m pixels.
        """
        self.record, self.dates = record, dates
        self._ground, self._reader, self._chip = ground, reader, chip
        self._per_side = -(-ground.side // chip)
        self._last: tuple[int, PatchData] | None = None

    @property
    def name(self) -> str:
        """Of the source in the store."""
        return self.record.name

    def __len__(self) -> int:
        """Number of samples."""
        return len(self._ground.rows) * self._per_side**2

    def read(self, index: int) -> Sample:
        """One sample.

        Args:
            index: 0 to len - 1; neighbouring ones come from one patch, which is then read once.

        Raises:
            IndexError: if there is no such sample.
            DamagedFileError: if a file of the set is not what was published.
            InputError: if a class is not in the table, or a file does not fit its name.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"'{self.name}' has {len(self)} samples; there is no sample {index}.")
        number, place = divmod(index, self._per_side**2)
        if self._last is None or self._last[0] != number:
            self._last = number, self._read_patch(number)
        patch = self._last[1]
        top, left = (self._chip * step for step in divmod(place, self._per_side))
        ground = np.stack(self._ground.planes(number))
        labels = {}
        for scale, planes in patch.labels.items():
            whole = np.concatenate((planes, ground.repeat(scale, axis=1).repeat(scale, axis=2)))
            labels[scale] = _cut(whole, top * scale, left * scale, self._chip * scale)
            inside = _cut(np.ones(whole.shape[1:], bool), top * scale, left * scale, self._chip * scale)
            labels[scale][0][~inside] = UNKNOWN
        return Sample(
            source=self.name,
            row=int(self._ground.rows[number]) + top,
            col=int(self._ground.cols[number]) + left,
            x=_cut(patch.x, top, left, self._chip),
            valid=_cut(patch.valid, top, left, self._chip),
            doy=patch.doy,
            dates=patch.dates,
            labels=labels,
        )

    def _read_patch(self, number: int) -> PatchData:
        try:
            return self._reader.read(number, self.dates)
        except CsclError as error:
            error.hint = error.hint or AS_PUBLISHED
            raise

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_last": None}


def make_source(
    request: ImportRequest,
    name: str,
    crs: str,
    corner: tuple[float, float],
    ground: Ground,
    reader: PatchReader,
    dates: int,
    facts: Mapping[str, Any],
    weight: float,
) -> ImportedSource:
    """An opened source with the facts that all importers give.

    Args:
        request: what was wanted.
        name: of the source.
        crs: coordinate system of its grid.
        corner: x and y of the upper left corner of pixel (0, 0).
        ground: where the patches lie.
        reader: of the patches.
        dates: the largest T of the set; capped at request.max_dates.
        facts: what the importer has to say beside.
        weight: of this source.
    """
    top, left, bottom, right = ground.bounds_px
    west, north = corner
    dates = min(dates, request.max_dates)
    per_side = -(-ground.side // request.chip)
    if ground.side % request.chip:
        log.warning(
            "%s: patches of %d pixels in chips of %d are padded with unknown ground.", name, ground.side, request.chip
        )
    samples = len(ground.rows) * per_side**2
    background = request.table.codes.get("0") == BACKGROUND
    common = {
        "parcels": 0,
        "dates": [],
        "magnifications": list(request.magnifications),
        "classes": request.table.source,
        "outside_parcels": "background" if background else "ignore",
        "patches": len(ground.rows),
        "patch_side_px": ground.side,
        "chips": {"planned": samples, "written": samples},
        "bounds": [
            west + left * PIXEL_M,
            north - bottom * PIXEL_M,
            west + right * PIXEL_M,
            north - top * PIXEL_M,
        ],
        "grid_shape": [bottom, right],
    }
    record = SourceRecord(
        name=name,
        crs=crs,
        transform=(PIXEL_M, 0.0, west, 0.0, -PIXEL_M, north),
        weight=weight,
        facts={**common, **facts},
    )
    return ImportedSource(record, ground, reader, dates, request.chip)


def file_fact(path: Path, root: Path) -> dict[str, Any]:
    """A file of the set as the facts list it: path within the set, bytes, sha256."""
    data = path.read_bytes()
    name = path.relative_to(root).as_posix()
    return {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def read_lines(path: Path, what: str) -> list[str]:
    """The lines of a list of the set that are not blank.

    Raises:
        InputError: if the list is missing or empty.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}, the {what}.", "Give the folder as it was published.") from error
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: the {what} cannot be read as text ({error}).") from error
    lines = [line for line in lines if line]
    if not lines:
        raise InputError(f"{path}: the {what} is empty.")
    return lines


def _cut(values: NDArray[Any], top: int, left: int, side: int) -> NDArray[Any]:
    """(..., side, side) of (..., H, W) from a pixel on; 0 beyond the edge."""
    part = values[..., top : top + side, left : left + side]
    if part.shape[-2:] == (side, side):
        return part.copy()
    out = np.zeros((*values.shape[:-2], side, side), dtype=values.dtype)
    out[..., : part.shape[-2], : part.shape[-1]] = part
    return out
