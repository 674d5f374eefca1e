"""The model card: all that the engine, the plugin and a reader must know of a model file.

It lies beside the ONNX file as ``<model>.json`` and, without the checksum, inside it as a metadata property, so
that the ONNX file alone can be run. How it is written is the business of card_item.py. Standard library only, since
QGIS imports it too.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .card_item import ANY_DATES, read_item, to_item
from .errors import DamagedFileError, InputError

METADATA_KEY = "cscl_card"
"""Name of the ONNX metadata property that holds the card."""
NO_CONTRAST = (1.0, 0.0)
"""a and b of a boundary layer that has none, or of which it is not known what its probability is made of."""
NODATA = 255
"""Code of 'not mapped' in every crop type raster; no class may use it."""
MOST_CELLS = 4096
"""Largest tile multiple and halo: beyond it no tile would fit into memory."""


Box = Tuple[float, float, float, float]
"""West, south, east, north, degrees."""


@dataclass(frozen=True)
class CropClass:
    """One entry of the legend."""

    code: int
    """Value in the crop type raster, 0-254; 0 is background (no parcel)."""
    name: str
    """Stable name, an HCAT name where there is one."""
    title: str
    """What people read."""
    color: str
    """#rrggbb."""

    def __post_init__(self) -> None:
        if not isinstance(self.code, int) or not 0 <= self.code < NODATA:
            raise InputError(f"Class '{self.name}': the code must be a whole number from 0 to 254, not {self.code!r}.")
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", str(self.color)):
            raise InputError(f"Class '{self.name}': the colour must be like #a1b2c3, not {self.color!r}.")

    @property
    def rgb(self) -> Tuple[int, int, int]:
        """Red, green, blue, 0-255."""
        return int(self.color[1:3], 16), int(self.color[3:5], 16), int(self.color[5:7], 16)


@dataclass(frozen=True)
class ModelCard:
    """What a model wants, gives and was made from."""

    name: str
    version: str
    architecture: str
    description: str
    license: str
    bands: Tuple[str, ...]
    """Sentinel-2 band names in the model's order; the input is reflectance (0-1)."""
    level: str
    """Processing level the model was trained on: L1C or L2A."""
    magnification: int
    """Output cells per input cell and axis."""
    tile_multiple: int
    """Height and width of a tile must be multiples of this, in input cells."""
    halo: int
    """Input cells around a tile's core: what lies further away cannot change the core's answer."""
    classes: Tuple[CropClass, ...]
    """In the order of the model's output channels."""
    dates_min: int = 1
    """Fewer usable acquisitions than this are refused."""
    dates_max: int = ANY_DATES
    """T that the model takes at most; ANY_DATES where any number in any order will do."""
    season: Tuple[str, str] = ("01-01", "12-31")
    """First and last month-day of the images trained on; may run over the new year."""
    temperature: float = 1.0
    """Divides the logits before the softmax (in the graph already)."""
    temperature_parcel: float = 1.0
    """Divides the logarithm of a parcel's mean probabilities before they are made to sum to one again."""
    boundary: Tuple[float, float] = NO_CONTRAST
    """a, b of sigmoid(a u + b) (in the graph already); fields are cut by the contrast u."""
    boundary_threshold: float = 0.5
    """Boundary probability from which on a cell counts as boundary: best F1 on the calibration split."""
    conformal: Mapping[str, Any] = field(default_factory=dict)
    """Thresholds per class of sets that leave the true class out at most so often, with their numbers and regions."""
    calibration: Mapping[str, Any] = field(default_factory=dict)
    """On how much temperature and boundary were fitted: pixels, boundary_pixels (and whether these are
    of declared parcels alone), parcels, regions."""
    parameters: int = 0
    memory_per_cell_date: int = 0
    """Measured peak bytes of the inference per input cell of a tile and date; 0 if not known."""
    memory_per_cell: int = 0
    """Likewise per input cell for which the finer grid is computed, whatever the dates; 0 if it was not told apart."""
    head_reach: int = 0
    """Input cells around a part of a tile for which the finer grid must be computed with it, in models that can
    compute a part."""
    bbox: Tuple[float, float, float, float] = (-180.0, -90.0, 180.0, 90.0)
    """West, south, east, north of all regions trained on together, degrees."""
    regions: Tuple[Box, ...] = ()
    """Likewise of each source trained on, where there are several."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Sources, seasons, how the ground was split, steps, epochs, seed, version of the code."""
    accuracy: Mapping[str, Any] = field(default_factory=dict)
    """Per evaluation set: figures with their counts and intervals."""
    sha256: str = ""
    """Of the ONNX file; empty inside the file itself."""
    attribution: str = ""
    """Whose data the model was trained on, and under which licences."""
    receptive_radius: int = 0
    """How far the network sees, input cells; 0 if not known."""
    embedding_channels: int = 0
    """D of a third output, the embedding; 0 without one."""
    precision: str = "float32"
    """Of the weights: float32 or int8."""
    checkpoint: str = ""
    """Name of the file beside the model with weights to train further from; empty without one."""
    checkpoint_sha256: str = ""

    def __post_init__(self) -> None:
        codes = [entry.code for entry in self.classes]
        if not self.classes or len(set(codes)) != len(codes):
            raise InputError(f"The card of '{self.name}' must list classes with codes of their own, not {codes}.")
        if not self.bands or len(set(self.bands)) != len(self.bands):
            raise InputError(f"The card of '{self.name}' must list each band once, not {list(self.bands)}.")
        if self.magnification not in (1, 2, 4):
            raise InputError(f"The card of '{self.name}': magnification must be 1, 2 or 4, not {self.magnification}.")
        reaches = (self.halo, self.head_reach)
        if not 1 <= self.tile_multiple <= MOST_CELLS or not all(0 <= reach <= MOST_CELLS for reach in reaches):
            raise InputError(
                f"The card of '{self.name}': tile multiple, halo and reach of the head must be positive and "
                f"{MOST_CELLS} cells at most."
            )
        if self.checkpoint and not re.fullmatch(r"[A-Za-z0-9][\w.+-]*\.pt", self.checkpoint, re.ASCII):
            raise InputError(
                f"The card of '{self.name}': the checkpoint must be a plain name, not {self.checkpoint!r}."
            )
        if not 1 <= self.dates_min <= self.dates_max:
            raise InputError(
                f"The card of '{self.name}': the model must take a date or more, not {self.dates_min} to "
                f"{self.dates_max}."
            )

    @property
    def takes_any_dates(self) -> bool:
        """True if the number of dates is free, so that dates which only pad must not change the answer."""
        return self.dates_max >= ANY_DATES

    def to_item(self) -> Dict[str, Any]:
        """The card as a STAC item (a GeoJSON feature)."""
        return to_item(self)

    @classmethod
    def from_item(cls, item: Any, source: str) -> ModelCard:
        """The card in a STAC item.

        Args:
            item: the parsed JSON.
            source: the file it came from, for messages.

        Raises:
            DamagedFileError: if something that must be there is missing or of another type.
        """
        try:
            values = read_item(item)
            return cls(**{**values, "classes": tuple(CropClass(*entry) for entry in values["classes"])})
        except InputError as error:
            raise DamagedFileError(f"{source}: {error.message}", "Install the model again.") from error
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise DamagedFileError(
                f"{source}: not a model card this version can read ({type(error).__name__}: {error}).",
                "Install the model again, or export it again with training/train.py export.",
            ) from error

    def to_json(self) -> str:
        """The card as the text of its file."""
        return json.dumps(self.to_item(), indent=2, ensure_ascii=False) + "\n"

    def summary(self) -> str:
        """The card as lines of plain text."""
        most = " or more" if self.takes_any_dates else f" to {self.dates_max}"
        lines = [
            f"{self.name} {self.version} ({self.architecture}, {self.parameters:,} parameters, {self.precision}, "
            f"{self.license})",
            self.description,
            f"wants   {self.level} reflectance, bands {' '.join(self.bands)}; {self.dates_min}{most} dates, season "
            f"{self.season[0]} to {self.season[1]}",
            f"gives   {len(self.classes)} classes on cells {self.magnification} times finer than the images "
            "(a finer label grid, not resolved detail), confidence and boundary"
            + (f"; an embedding of {self.embedding_channels} channels" if self.embedding_channels else ""),
            "classes " + "; ".join(f"{entry.code} {entry.title}" for entry in self.classes),
            *self._provenance(),
        ]
        for name, figures in self.accuracy.items():
            if isinstance(figures, Mapping) and "summary" in figures:
                lines.append(f"tested  {name}: {figures['summary']}")
        return "\n".join(lines)

    def _provenance(self) -> List[str]:
        """Where it was trained, on whose data, how it was calibrated; lines of what is known."""
        lines = ["trained " + "; ".join(_box_text(box) for box in self.regions or (self.bbox,))]
        trained = self.training
        said = [f"{trained[key]} {word}" for key, word in _TRAINED.items() if trained.get(key)]
        if trained.get("split_scheme"):
            said.append(f"split by {str(trained['split_scheme']).replace('_', ' ')}")
        if trained.get("fold"):
            said.append(f"fold {trained['fold']} held out")
        if trained.get("code_version"):
            said.append(f"code {trained['code_version']}")
        if said:
            lines.append("        " + ", ".join(said))
        lines += [f"        {text}" for text in map(_blocks_text, trained.get("sources") or ()) if text]
        if self.attribution:
            lines.append(f"data    {self.attribution}")
        fitted = self.calibration
        if fitted.get("pixels"):
            text = f"fitted  temperature {self.temperature:.2f} on {fitted['pixels']:,} pixels"
            if fitted.get("parcels"):
                text += f", of parcels {self.temperature_parcel:.2f} on {fitted['parcels']:,}"
            if fitted.get("boundary_pixels"):
                of = " of declared parcels alone" if fitted.get("is_boundary_of_outlines") else ""
                text += f"; boundary on {fitted['boundary_pixels']:,} pixels{of}"
            lines.append(text)
        if self.conformal.get("alpha"):
            lines.append(f"sets    hold the true class in {1 - self.conformal['alpha']:.0%} of cases, by class")
        if self.checkpoint:
            lines.append(f"weights {self.checkpoint}, to train further from")
        return lines


_TRAINED = {
    "samples": "samples",
    "pretrain_steps": "steps of pre-training",
    "finetune_steps": "steps of fine-tuning",
    "epochs": "epochs",
}
"""Numbers in `training` that a person wants to know, and what they are of."""


def _blocks_text(source: Any) -> str:
    """How many blocks of a source's ground were trained on; empty where its card names none."""
    try:
        blocks = source["blocks"]
        trained, tested = (sum(last - first + 1 for _, first, last in blocks.get(key, ())) for key in ("train", "test"))
        side = f" of {source['block_m']:g} m" if source.get("block_m") else ""
        return f"{source['name']}: blocks{side}, {trained} of them trained on, {tested} held out to test"
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""


def _box_text(box: Box) -> str:
    west, south, east, north = box
    return f"{west:.2f} to {east:.2f} east, {south:.2f} to {north:.2f} north"


def card_path(model: Path) -> Path:
    """Where the card of a model file lies."""
    return model.with_suffix(".json")


def read_card(model: Path) -> Optional[ModelCard]:
    """The card beside a model file, or None if there is none (the engine then reads the one inside).

    Raises:
        DamagedFileError: if the card is there but is not one.
    """
    path = card_path(model)
    if not path.is_file():
        return None
    try:
        item = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"{path.name}: the model card is not valid JSON ({error}).") from error
    return ModelCard.from_item(item, path.name)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
