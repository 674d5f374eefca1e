"""The model card: all that the engine, the plugin and a reader must know of a model file.

It lies beside the ONNX file as ``<model>.json`` and, without the checksum, inside it as a metadata property, so
that the ONNX file alone can be run. It is a STAC item of the Machine Learning Model (MLM) extension; what MLM has
no word for stands under ``cscl:``. Standard library only, since QGIS imports it too.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .errors import DamagedFileError, InputError

MLM_SCHEMA = "https://stac-extensions.github.io/mlm/v1.4.0/schema.json"
METADATA_KEY = "cscl_card"
"""Name of the ONNX metadata property that holds the card."""
NODATA = 255
"""Code of 'not mapped' in every crop type raster; no class may use it."""


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
    """Receptive radius in input cells: what lies further away cannot change a cell's answer."""
    classes: Tuple[CropClass, ...]
    """In the order of the model's output channels."""
    dates_min: int = 1
    """Fewer usable acquisitions than this are refused."""
    dates_max: int = 366
    season: Tuple[str, str] = ("01-01", "12-31")
    """First and last month-day of the images trained on; may run over the new year."""
    temperature: float = 1.0
    """Divides the logits before the softmax (in the graph already)."""
    boundary: Tuple[float, float] = (1.0, 0.0)
    """a, b of sigmoid(a u + b) (in the graph already)."""
    boundary_threshold: float = 0.5
    """Boundary probability from which on a cell counts as boundary: best F1 on the calibration split."""
    parameters: int = 0
    memory_per_cell_date: int = 0
    """Measured peak bytes of the inference per input cell and date; 0 if not known."""
    bbox: Tuple[float, float, float, float] = (-180.0, -90.0, 180.0, 90.0)
    """West, south, east, north of the regions trained on, degrees."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Sources, regions, seasons, steps, seed."""
    accuracy: Mapping[str, Any] = field(default_factory=dict)
    """Per evaluation set: figures with their counts and intervals."""
    sha256: str = ""
    """Of the ONNX file; empty inside the file itself."""

    def __post_init__(self) -> None:
        codes = [entry.code for entry in self.classes]
        if not self.classes or len(set(codes)) != len(codes):
            raise InputError(f"The card of '{self.name}' must list classes with codes of their own, not {codes}.")
        if not self.bands or len(set(self.bands)) != len(self.bands):
            raise InputError(f"The card of '{self.name}' must list each band once, not {list(self.bands)}.")
        if self.magnification not in (1, 2, 4):
            raise InputError(f"The card of '{self.name}': magnification must be 1, 2 or 4, not {self.magnification}.")
        if self.tile_multiple < 1 or self.halo < 0:
            raise InputError(f"The card of '{self.name}': tile multiple and halo must be positive.")

    def to_item(self) -> Dict[str, Any]:
        """The card as a STAC item (a GeoJSON feature)."""
        west, south, east, north = self.bbox
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        shape = ["batch", "time", len(self.bands), "height", "width"]
        output_shape = ["batch", len(self.classes), f"{self.magnification}*height", f"{self.magnification}*width"]
        first_year = str(self.training.get("first_year", 2018))
        last_year = str(self.training.get("last_year", first_year))
        return {
            "type": "Feature",
            "stac_version": "1.0.0",
            "stac_extensions": [MLM_SCHEMA],
            "id": f"{self.name}-{self.version}",
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "bbox": list(self.bbox),
            "properties": {
                "datetime": None,
                "start_datetime": f"{first_year}-01-01T00:00:00Z",
                "end_datetime": f"{last_year}-12-31T23:59:59Z",
                "description": self.description,
                "license": self.license,
                "version": self.version,
                "mlm:name": self.name,
                "mlm:architecture": self.architecture,
                "mlm:tasks": ["semantic-segmentation"],
                "mlm:framework": "ONNX",
                "mlm:total_parameters": self.parameters,
                "mlm:accelerator_constrained": False,
                "mlm:input": [
                    {
                        "name": "x",
                        "bands": list(self.bands),
                        "input": {
                            "shape": [-1, -1, len(self.bands), -1, -1],
                            "dim_order": ["batch", "time", "bands", "height", "width"],
                            "data_type": "float32",
                        },
                        "description": f"surface reflectance 0-1, {shape}; with doy (batch, time) int64 and "
                        "valid (batch, time, height, width) bool",
                        "norm_type": None,
                        "resize_type": None,
                    }
                ],
                "mlm:output": [
                    {
                        "name": "probabilities",
                        "tasks": ["semantic-segmentation"],
                        "result": {
                            "shape": [-1, len(self.classes), -1, -1],
                            "dim_order": ["batch", "class", "height", "width"],
                            "data_type": "float32",
                        },
                        "description": f"softmax, {output_shape}; and boundary, the probability that class or "
                        "parcel changes within one cell",
                        "classification:classes": [
                            {
                                "value": entry.code,
                                "name": entry.name,
                                "title": entry.title,
                                "description": entry.title,
                                "color_hint": entry.color[1:].upper(),
                            }
                            for entry in self.classes
                        ],
                    }
                ],
                "cscl:level": self.level,
                "cscl:magnification": self.magnification,
                "cscl:tile_multiple": self.tile_multiple,
                "cscl:halo": self.halo,
                "cscl:dates": [self.dates_min, self.dates_max],
                "cscl:season": list(self.season),
                "cscl:temperature": self.temperature,
                "cscl:boundary": list(self.boundary),
                "cscl:boundary_threshold": self.boundary_threshold,
                "cscl:memory_per_cell_date": self.memory_per_cell_date,
                "cscl:training": dict(self.training),
                "cscl:accuracy": dict(self.accuracy),
            },
            "links": [],
            "assets": {
                "model": {
                    "href": f"./{self.name}.onnx",
                    "type": "application/octet-stream; application=onnx",
                    "roles": ["mlm:model"],
                    "cscl:sha256": f"sha256:{self.sha256}" if self.sha256 else "",
                }
            },
        }

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
            properties = item["properties"]
            classes: List[CropClass] = [
                CropClass(int(entry["value"]), entry["name"], entry["title"], "#" + entry["color_hint"].lower())
                for entry in properties["mlm:output"][0]["classification:classes"]
            ]
            checksum = item["assets"]["model"]["cscl:sha256"]
            low, high = properties["cscl:dates"]
            first_day, last_day = properties["cscl:season"]
            slope, intercept = properties["cscl:boundary"]
            west, south, east, north = item["bbox"]
            return cls(
                name=properties["mlm:name"],
                version=properties["version"],
                architecture=properties["mlm:architecture"],
                description=properties["description"],
                license=properties["license"],
                bands=tuple(properties["mlm:input"][0]["bands"]),
                level=properties["cscl:level"],
                magnification=int(properties["cscl:magnification"]),
                tile_multiple=int(properties["cscl:tile_multiple"]),
                halo=int(properties["cscl:halo"]),
                classes=tuple(classes),
                dates_min=int(low),
                dates_max=int(high),
                season=(first_day, last_day),
                temperature=float(properties["cscl:temperature"]),
                boundary=(float(slope), float(intercept)),
                boundary_threshold=float(properties.get("cscl:boundary_threshold", 0.5)),
                parameters=int(properties["mlm:total_parameters"]),
                memory_per_cell_date=int(properties["cscl:memory_per_cell_date"]),
                bbox=(float(west), float(south), float(east), float(north)),
                training=properties["cscl:training"],
                accuracy=properties["cscl:accuracy"],
                sha256=checksum.split(":", 1)[1] if checksum else "",
            )
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
        """The card as a few lines of plain text."""
        lines = [
            f"{self.name} {self.version} ({self.architecture}, {self.parameters:,} parameters, {self.license})",
            self.description,
            f"wants   {self.level} reflectance, bands {' '.join(self.bands)}; {self.dates_min} dates or more, "
            f"season {self.season[0]} to {self.season[1]}",
            f"gives   {len(self.classes)} classes on cells {self.magnification} times finer than the images "
            "(a finer label grid, not resolved detail), confidence and boundary",
            "classes " + "; ".join(f"{entry.code} {entry.title}" for entry in self.classes),
        ]
        for name, figures in self.accuracy.items():
            if isinstance(figures, Mapping) and "summary" in figures:
                lines.append(f"tested  {name}: {figures['summary']}")
        return "\n".join(lines)


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
    except ValueError as error:
        raise DamagedFileError(f"{path.name}: the model card is not valid JSON ({error}).") from error
    return ModelCard.from_item(item, path.name)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
