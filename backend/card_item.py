"""The model card as a STAC item of the Machine Learning Model (MLM) extension, there and back.

What MLM has no word for stands under ``cscl:``. Standard library only, since QGIS imports it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Sequence

if TYPE_CHECKING:
    from .model_card import ModelCard

STAC_VERSION = "1.1.0"
"""The first that lets an item describe its bands itself, which MLM wants of every band that an input names."""
MLM_SCHEMA = "https://stac-extensions.github.io/mlm/v1.4.0/schema.json"
FILE_SCHEMA = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
SHA256_MULTIHASH = "1220"
"""What the file extension puts before the digits: the code of SHA-256 and its length, 32 bytes."""
ANY_DATES = 366
"""A model that takes so many dates takes any number: there is no day without one."""


def to_item(card: ModelCard) -> Dict[str, Any]:
    """The card as a STAC item (a GeoJSON feature)."""
    first_year = str(card.training.get("first_year", 2018))
    last_year = str(card.training.get("last_year", first_year))
    reflectance = "top of atmosphere" if card.level == "L1C" else "surface"
    bands = [{"name": name, "description": f"Sentinel-2 {name}, {reflectance} reflectance"} for name in card.bands]
    return {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": [MLM_SCHEMA, FILE_SCHEMA] if card.sha256 or card.checkpoint_sha256 else [MLM_SCHEMA],
        "id": f"{card.name}-{card.version}",
        "geometry": _geometry(card.regions or (card.bbox,)),
        "bbox": list(card.bbox),
        "properties": {
            "datetime": None,
            "start_datetime": f"{first_year}-01-01T00:00:00Z",
            "end_datetime": f"{last_year}-12-31T23:59:59Z",
            "description": card.description,
            "license": card.license,
            "version": card.version,
            "bands": bands,
            "mlm:name": card.name,
            "mlm:architecture": card.architecture,
            "mlm:tasks": sorted({task for output in _outputs(card) for task in output["tasks"]}),
            "mlm:framework": "ONNX",
            "mlm:total_parameters": card.parameters,
            "mlm:batch_size_suggestion": 1,
            "mlm:accelerator": None,
            "mlm:accelerator_constrained": False,
            "mlm:input": _inputs(card),
            "mlm:output": _outputs(card),
            "cscl:level": card.level,
            "cscl:magnification": card.magnification,
            "cscl:tile_multiple": card.tile_multiple,
            "cscl:halo": card.halo,
            "cscl:receptive_radius": card.receptive_radius,
            "cscl:dates": [card.dates_min, card.dates_max],
            "cscl:num_dates": None if card.dates_max >= ANY_DATES else card.dates_max,
            "cscl:season": list(card.season),
            "cscl:precision": card.precision,
            "cscl:embedding_channels": card.embedding_channels,
            "cscl:temperature": card.temperature,
            "cscl:temperature_parcel": card.temperature_parcel,
            "cscl:boundary": list(card.boundary),
            "cscl:boundary_threshold": card.boundary_threshold,
            "cscl:conformal": dict(card.conformal),
            "cscl:calibration": dict(card.calibration),
            "cscl:memory_per_cell_date": card.memory_per_cell_date,
            "cscl:memory_per_cell": card.memory_per_cell,
            "cscl:head_reach": card.head_reach,
            "cscl:attribution": card.attribution,
            "cscl:training": dict(card.training),
            "cscl:accuracy": dict(card.accuracy),
        },
        "links": [],
        "assets": _assets(card, bands),
    }


def read_item(item: Any) -> Dict[str, Any]:
    """The values of a card's fields in a STAC item; each class as (code, name, title, colour).

    Items of 0.1.0 lack what came later; the card's own defaults then stand.

    Raises:
        KeyError, IndexError, TypeError, ValueError, AttributeError: if it is not such an item.
    """
    properties = item["properties"]
    checkpoint = item["assets"].get("checkpoint", {})
    low, high = properties["cscl:dates"]
    first_day, last_day = properties["cscl:season"]
    slope, intercept = properties["cscl:boundary"]
    west, south, east, north = (float(value) for value in item["bbox"])
    bbox, regions = (west, south, east, north), _boxes(item["geometry"])
    values = {
        "name": properties["mlm:name"],
        "version": properties["version"],
        "architecture": properties["mlm:architecture"],
        "description": properties["description"],
        "license": properties["license"],
        "bands": tuple(properties["mlm:input"][0]["bands"]),
        "level": properties["cscl:level"],
        "magnification": int(properties["cscl:magnification"]),
        "tile_multiple": int(properties["cscl:tile_multiple"]),
        "halo": int(properties["cscl:halo"]),
        "classes": tuple(
            (int(entry["value"]), entry["name"], entry["title"], "#" + entry["color_hint"].lower())
            for entry in properties["mlm:output"][0]["classification:classes"]
        ),
        "dates_min": int(low),
        "dates_max": int(high),
        "season": (first_day, last_day),
        "temperature": float(properties["cscl:temperature"]),
        "boundary": (float(slope), float(intercept)),
        "parameters": int(properties["mlm:total_parameters"]),
        "memory_per_cell_date": int(properties["cscl:memory_per_cell_date"]),
        "bbox": bbox,
        "regions": () if regions == (bbox,) else regions,
        "training": properties["cscl:training"],
        "accuracy": properties["cscl:accuracy"],
        "sha256": _digits(item["assets"]["model"]["cscl:sha256"]),
        "checkpoint": checkpoint.get("href", "").rpartition("/")[2],
        "checkpoint_sha256": _digits(checkpoint.get("cscl:sha256", "")),
    }
    for name, kind in _LATER.items():
        if f"cscl:{name}" in properties:
            values[name] = kind(properties[f"cscl:{name}"])
    return values


_LATER = {
    "boundary_threshold": float,
    "temperature_parcel": float,
    "conformal": dict,
    "calibration": dict,
    "attribution": str,
    "precision": str,
    "embedding_channels": int,
    "receptive_radius": int,
    "memory_per_cell": int,
    "head_reach": int,
}
"""Fields that items of 0.1.0 may lack, and their kinds."""


def _inputs(card: ModelCard) -> List[Dict[str, Any]]:
    dates = "any number of dates" if card.dates_max >= ANY_DATES else f"1 to {card.dates_max} dates in order of time"
    side = f"height and width multiples of {card.tile_multiple}"
    return [
        {
            "name": "x",
            "bands": list(card.bands),
            "input": _array(
                [-1, -1, len(card.bands), -1, -1], ["batch", "time", "bands", "height", "width"], "float32"
            ),
            "description": f"reflectance 0-1, not normalised: the file does that itself; {dates}; {side}; what is not "
            "valid may hold anything",
            "value_scaling": None,
            "resize_type": None,
        },
        {
            "name": "doy",
            "bands": [],
            "input": _array([-1, -1], ["batch", "time"], "int64"),
            "description": "day of the year of each date, 1-366",
            "value_scaling": None,
            "resize_type": None,
        },
        {
            "name": "valid",
            "bands": [],
            "input": _array([-1, -1, -1, -1], ["batch", "time", "height", "width"], "uint8"),
            "description": "bool: true where a date shows the ground, false under clouds and for dates that only pad",
            "value_scaling": None,
            "resize_type": None,
        },
        *(_part(name, cells, card.head_reach) for name, cells in _PARTS.items() if card.head_reach),
    ]


_PARTS = {"rows": "height", "cols": "width"}
"""Inputs of a model that can compute a part of its finer grid alone, and what they count."""


def _part(name: str, cells: str, reach: int) -> Dict[str, Any]:
    return {
        "name": name,
        "bands": [],
        "input": _array([-1], [f"part_{cells}"], "int64"),
        "description": f"consecutive {name} of input cells that are wanted, all for the whole tile; outputs are "
        f"those of these cells alone, and right but for {reach} cells along their edges inside the tile",
        "value_scaling": None,
        "resize_type": None,
    }


def _outputs(card: ModelCard) -> List[Dict[str, Any]]:
    of_what = "part that is wanted" if card.head_reach else "input"
    finer = f"height and width are {card.magnification} times those of the {of_what}"
    order = ["batch", "class", "height", "width"]
    outputs: List[Dict[str, Any]] = [
        {
            "name": "probabilities",
            "tasks": ["semantic-segmentation"],
            "result": _array([-1, len(card.classes), -1, -1], order, "float32"),
            "description": f"probability of each class, after the temperature; {finer}",
            "classification:classes": [
                {
                    "value": entry.code,
                    "name": entry.name,
                    "title": entry.title,
                    "description": entry.title,
                    "color_hint": entry.color[1:].upper(),
                }
                for entry in card.classes
            ],
        },
        {
            "name": "boundary",
            "tasks": ["segmentation"],
            "result": _array([-1, 1, -1, -1], order, "float32"),
            "description": f"probability that class or parcel changes within one cell; {finer}",
        },
    ]
    if card.embedding_channels:
        outputs.append(
            {
                "name": "embedding",
                "tasks": ["similarity-search"],
                "result": _array(
                    [-1, card.embedding_channels, -1, -1], ["batch", "embedding", "height", "width"], "float32"
                ),
                "description": f"the last features before the classes; {finer}",
            }
        )
    return outputs


def _assets(card: ModelCard, bands: List[Dict[str, str]]) -> Dict[str, Any]:
    assets: Dict[str, Any] = {
        "model": {
            "href": f"./{card.name}.onnx",
            "title": "The model",
            "type": "application/octet-stream; application=onnx",
            "roles": ["mlm:model"],
            "mlm:artifact_type": "onnx",
            "bands": bands,
            "cscl:sha256": f"sha256:{card.sha256}" if card.sha256 else "",
        }
    }
    if card.sha256:
        assets["model"]["file:checksum"] = SHA256_MULTIHASH + card.sha256
    if card.checkpoint:
        assets["checkpoint"] = {
            "href": f"./{card.checkpoint}",
            "title": "Weights to train further from",
            "description": "For training/train.py finetune --from; the engine does not need it.",
            "type": "application/octet-stream; application=pytorch",
            "roles": ["mlm:checkpoint", "mlm:weights"],
            "mlm:artifact_type": "torch.save",
            "cscl:sha256": f"sha256:{card.checkpoint_sha256}" if card.checkpoint_sha256 else "",
        }
        if card.checkpoint_sha256:
            assets["checkpoint"]["file:checksum"] = SHA256_MULTIHASH + card.checkpoint_sha256
    return assets


def _array(shape: List[int], order: List[str], kind: str) -> Dict[str, Any]:
    return {"shape": shape, "dim_order": order, "data_type": kind}


def _geometry(boxes: Sequence[Sequence[float]]) -> Dict[str, Any]:
    rings = [
        [[west, south], [east, south], [east, north], [west, north], [west, south]]
        for west, south, east, north in boxes
    ]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings}
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}


def _boxes(geometry: Any) -> Any:
    """West, south, east, north of each polygon."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    boxes = []
    for outer, *_ in polygons:
        x, y = [float(point[0]) for point in outer], [float(point[1]) for point in outer]
        boxes.append((min(x), min(y), max(x), max(y)))
    return tuple(boxes)


def _digits(checksum: str) -> str:
    return checksum.split(":", 1)[1] if checksum else ""
