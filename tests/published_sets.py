"""Small published data sets for the tests of the importers: files in the exact layout, values that can be reckoned.

Classes of all three: 0 background, 1 wheat, 2 maize, 19 to be ignored.
"""

from __future__ import annotations

import gzip
import json
import pickle
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from training.classes import ClassTable, Legend

WHEAT, MAIZE = 1, 5
"""Legend codes."""
SHARES = {"train": 0.6, "validation": 0.2, "calibration": 0.2, "test": 0.0}
T31TFM_10M = ("B02", "B03", "B04", "B08")
T31TFM_20M = ("B05", "B06", "B07", "B8A", "B11", "B12")
T31TFM_60M = ("B01", "B09", "B10")
PART = "W799943_N6568107_E827372_S6540681"
"""A part of the tile, as published."""


def table(folder: Path) -> ClassTable:
    """The class table of all three sets."""
    legend, codes = folder / "legend.csv", folder / "small.csv"
    legend.write_text(
        f"code,name,title,color\n0,background,,#e6e6e6\n{WHEAT},wheat,,#f3e29b\n{MAIZE},maize,,#f28e2b\n", "utf-8"
    )
    codes.write_text("source_code,name\n0,background\n1,wheat\n2,maize\n19,\n", "utf-8")
    return ClassTable.read(codes, Legend.read(legend))


# --- T31TFM-1618 ---


def t31tfm_patch(year: int, doy: Sequence[int], label: int = 1, parcel: int = 7) -> dict[str, Any]:
    """A patch of one class and parcel. Bands of 10 m are 1000 + date, of 20 m 2000 + date, of 60 m 3000 + date; the
    second pixel of the first row is 1 more."""
    patch: dict[str, Any] = {"doy": np.array(doy, dtype=np.int64), "year": year}
    for bands, side, base in ((T31TFM_10M, 48, 1000), (T31TFM_20M, 24, 2000), (T31TFM_60M, 8, 3000)):
        for band in bands:
            values = np.empty((len(doy), side, side), dtype=np.uint16)
            values[:] = base + np.arange(len(doy))[:, None, None]
            values[:, 0, 1] += 1
            patch[band] = values
    for ending, side in (("", 48), ("_x4", 192)):
        shape = (side, side)
        patch[f"labels{ending}"] = np.full(shape, label, dtype=np.int64)
        patch[f"groups{ending}"] = np.full(shape, 1, dtype=np.int64)
        patch[f"ids{ending}"] = np.full(shape, float(parcel))
        patch[f"ratios{ending}"] = np.ones(shape)
        patch[f"full_ass{ending}"] = np.zeros(shape, dtype=bool)
        patch[f"part_ass{ending}"] = np.zeros(shape, dtype=bool)
    patch["invalid_x4"] = np.zeros((192, 192), dtype=bool)
    return patch


def write_t31tfm(
    root: Path,
    train: Mapping[str, dict[str, Any]],
    evaluation: Mapping[str, dict[str, Any]],
    protocol: int = pickle.HIGHEST_PROTOCOL,
) -> Path:
    """Write patches by their path, and the two lists."""
    (root / "paths").mkdir(parents=True)
    for name, patches in (("train", train), ("eval", evaluation)):
        (root / "paths" / f"{name}_paths.csv").write_text("".join(f"{path}\n" for path in patches), "utf-8")
        for path, patch in patches.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(pickle.dumps(patch, protocol))
    return root


def t31tfm_path(row: int, col: int, step: int = 0, year: int = 2016, east_m: int = 0) -> str:
    """Path of a patch in the part (row, column) of the tile: `step` patches down and right of its upper left corner,
    and some metres east."""
    north, west = 6650383 - round(27425.4 * row), 799943 + round(27428.3 * col)
    folder = f"W{west}_N{north}_E{west + 27428}_S{north - 27425}"
    return f"{year}/pkl_timeseries/{folder}/{north - 480 * step}_{west + 480 * step + east_m}_{year}.pickle"


# --- MTLCC ---


def masked_crc(data: bytes) -> int:
    """As tensorflow/core/lib/hash/crc32c.h masks it."""
    crc = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def tfrecord(*messages: bytes) -> bytes:
    """The bytes of a TFRecord file."""
    out = b""
    for message in messages:
        length = struct.pack("<Q", len(message))
        out += length + struct.pack("<I", masked_crc(length)) + message + struct.pack("<I", masked_crc(message))
    return out


def example(features: Mapping[str, bytes | Sequence[int]]) -> bytes:
    """A tf.train.Example, encoded by hand: map entries of key (1) and Feature (2) in Features (1) in Example (1)."""

    def varint(value: int) -> bytes:
        out = b""
        while value > 0x7F:
            out += bytes([value & 0x7F | 0x80])
            value >>= 7
        return out + bytes([value])

    def field(number: int, data: bytes) -> bytes:
        return varint(number << 3 | 2) + varint(len(data)) + data

    entries = b""
    for key, value in features.items():
        if isinstance(value, bytes):
            feature = field(1, field(1, value))
        else:
            feature = field(3, field(1, b"".join(varint(item) for item in value)))
        entries += field(1, field(1, key.encode()) + field(2, feature))
    return field(1, entries)


def mtlcc_arrays(doy: Sequence[int], label: int = 1, side: int = 24, year: int = 2017) -> dict[str, NDArray[Any]]:
    """Arrays of a record: band k of x10 is 1000 + 100 k + date, of x20 2000 ..., of x60 3000 ...; dates with doy 0
    are padding, all zero."""
    count = len(doy)
    arrays: dict[str, NDArray[Any]] = {}
    for name, step, bands, base in (("x10", 1, 4, 1000), ("x20", 2, 6, 2000), ("x60", 6, 3, 3000)):
        values = np.empty((count, side // step, side // step, bands), dtype=np.int64)
        values[:] = base + 100 * np.arange(bands) + np.arange(count)[:, None, None, None]
        values[:, 0, 1] += 1
        arrays[name] = values
    arrays["labels"] = np.full((count, side, side), label, dtype=np.int64)
    arrays["doy"], arrays["year"] = np.array(doy, dtype=np.int64), np.full(count, year, dtype=np.int64)
    for values in arrays.values():
        values[np.array(doy) == 0] = 0
    return arrays


def mtlcc_message(arrays: Mapping[str, NDArray[Any]], dtype: str = "<i8") -> bytes:
    """The message of a record with integers of a width."""
    features: dict[str, bytes | Sequence[int]] = {"dates/shape": arrays["doy"].shape}
    for name, values in arrays.items():
        data = values.astype(dtype).tobytes()
        if name in ("doy", "year"):
            features[f"dates/{name}"] = data
        else:
            features[f"{name}/data"], features[f"{name}/shape"] = data, values.shape
    return example(features)


def write_mtlcc(
    root: Path,
    lists: Mapping[str, Sequence[str]],
    records: Mapping[str, bytes],
    places: Mapping[str, tuple[float, float, int]],
) -> Path:
    """Write the lists (train_fold0, test_fold0, eval), records by path (gzipped where the name says so), places."""
    (root / "tileids").mkdir(parents=True)
    for name, tiles in lists.items():
        (root / "tileids" / f"{name}.tileids").write_text("".join(f"{tile}\n" for tile in tiles), "utf-8")
    for path, data in records.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(gzip.compress(data) if path.endswith(".gz") else data)
    rows = [f"{tile},{west},10,0,{north},0,-10,{epsg}\n" for tile, (west, north, epsg) in places.items()]
    (root / "geotransforms.csv").write_text("".join(rows), "utf-8")
    return root


# --- PASTIS ---


def pastis_feature(
    number: int, fold: int, corner: tuple[float, float], dates: Any, tile: str = "t31tfm", epsg: int = 32631
) -> dict[str, Any]:
    """A feature of the metadata: outline in EPSG:2154 of a patch whose upper left corner in UTM is given."""
    x, y = corner
    ring = [(x, y), (x + 1280, y), (x + 1280, y - 1280), (x, y - 1280), (x, y)]
    to_lambert = Transformer.from_crs(f"EPSG:{epsg}", "EPSG:2154", always_xy=True)
    outline = [list(to_lambert.transform(*point)) for point in ring]
    return {
        "type": "Feature",
        "id": str(number),
        "properties": {
            "ID_PATCH": number,
            "N_Parcel": 2,
            "Parcel_Cover": 0.5,
            "Fold": fold,
            "TILE": tile,
            "dates-S2": dates,
        },
        "geometry": {"type": "MultiPolygon", "coordinates": [[outline]]},
    }


def pastis_arrays(count: int, label: int = 1, parcel: int = 9) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Images with band k 100 (k + 1) + date, target and parcel ids of one parcel."""
    images = np.empty((count, 10, 128, 128), dtype=np.int16)
    images[:] = 100 * (np.arange(10)[None, :, None, None] + 1) + np.arange(count)[:, None, None, None]
    target = np.zeros((3, 128, 128), dtype=np.uint8)
    target[0] = label
    return images, target, np.full((128, 128), parcel, dtype=np.int32)


def write_pastis(
    root: Path,
    features: Sequence[dict[str, Any]],
    arrays: Mapping[int, tuple[NDArray[Any], NDArray[Any], NDArray[Any]]],
) -> Path:
    """Write the metadata and the three arrays of each patch."""
    for folder in ("DATA_S2", "ANNOTATIONS"):
        (root / folder).mkdir(parents=True)
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    document = {"type": "FeatureCollection", "crs": crs, "features": list(features)}
    (root / "metadata.geojson").write_text(json.dumps(document), "utf-8")
    for number, (images, target, ids) in arrays.items():
        np.save(root / "DATA_S2" / f"S2_{number}.npy", images)
        np.save(root / "ANNOTATIONS" / f"TARGET_{number}.npy", target)
        np.save(root / "ANNOTATIONS" / f"ParcelIDs_{number}.npy", ids)
    return root
