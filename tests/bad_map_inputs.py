"""A small farm with all that a map can be given, and what spoils it. Runs nothing."""

from __future__ import annotations

import json
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scenes
import tiny_model
from bad_input import only, png

Spoil = Callable[[Path], object]
"""Spoils the folder of a case."""
CROPS = np.ascontiguousarray(scenes.CROPS[4:12, 8:16])
DAYS = scenes.DAYS[1:3]
CUTS = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True)
class Spoilt:
    """One input that is not sound."""

    name: str
    spoil: Spoil
    words: str = ""
    """What the sentence must say; a spoilt bit may also do no harm, and has none."""


def write_farm(folder: Path) -> Path:
    """Two dates as GeoTIFFs and as products of JPEG 2000, a model, a region, parcels, a request."""
    for day in DAYS:
        scenes.write_date(folder / "tiffs", day, CROPS)
        scenes.write_safe(folder / "products", day, CROPS, suffix=".jp2")
    tiny_model.write_tiny_model(folder / "tiny.onnx")
    scenes.write_region(folder / "region.gpkg", scenes.box(1, 1, 6, 6))
    scenes.write_region(folder / "parcels.gpkg", scenes.box(0, 0, 4, 4), scenes.box(4, 4, 4, 4))
    return folder


def request_of(case: Path, **changes: Any) -> dict[str, Any]:
    """The request of a case, as JSON values."""
    return {
        "schema": "cscl-map-request/1",
        "series": [str(case / "tiffs")],
        "model": str(case / "tiny.onnx"),
        "out": str(case / "out"),
        "device": "cpu",
        "threads": 1,
        **changes,
    }


def prepare(farm: Path, case: Path, one: Spoilt, **changes: Any) -> None:
    """The folder of a case: a copy of the farm, its request, and the fault."""
    shutil.copytree(farm, case)
    named = {key: str(case / value) if key in ("region", "parcels") else value for key, value in changes.items()}
    if "series" in named:
        named["series"] = [str(case / name) for name in named["series"]]
    (case / "request.json").write_text(json.dumps(request_of(case, **named)), encoding="utf-8")
    one.spoil(case)


def flips(pattern: str, count: int, seed: int, first: int = 0, last: int | None = None) -> Iterator[Spoilt]:
    """One bit of a file turned over, at places drawn once."""
    draw = random.Random(seed)
    for number in range(count):
        share, bit = draw.random(), draw.randrange(8)

        def spoil(case: Path, share: float = share, bit: int = bit) -> None:
            path = only(case, pattern)
            content = bytearray(path.read_bytes())
            stop = len(content) if last is None else min(last, len(content))
            content[first + int(share * (stop - first))] ^= 1 << bit
            path.write_bytes(content)

        yield Spoilt(f"bit {number} of {pattern}", spoil)


def cuts(pattern: str, words: str, shares: tuple[float, ...] = CUTS) -> Iterator[Spoilt]:
    """A file that ends too early."""
    for share in shares:

        def spoil(case: Path, share: float = share) -> None:
            path = only(case, pattern)
            content = path.read_bytes()
            path.write_bytes(content[: int(share * len(content))])

        yield Spoilt(f"{share:.0%} of {pattern}", spoil, words)


def swaps(pattern: str, words: str) -> Iterator[Spoilt]:
    """Files of another kind in place of one."""
    vrt = (
        '<VRTDataset rasterXSize="8" rasterYSize="8"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        "<SourceFilename>/etc/hostname</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    others: dict[str, bytes] = {
        "zeros": bytes(5000),
        "ones": b"\xff" * 5000,
        "text": b"not what it says\n" * 40,
        "a picture": png(),
        "a zip that opens to much": bomb_zip(),
        "a virtual raster": vrt.encode(),
        "HTML": b"<!DOCTYPE html><html><body>404</body></html>",
        "XML that grows": BOMB.encode(),
    }
    for name, content in others.items():
        yield Spoilt(
            f"{name} for {pattern}", lambda case, content=content: only(case, pattern).write_bytes(content), words
        )


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]><b>&a11;</b>"
)
"""A few hundred bytes that stand for 300 GB."""
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]><b>&a;</b>'
NEAR_BOMB = f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "{"x" * 50_000}">]><b>{"&a;" * 50_000}</b>'


def bomb_zip() -> bytes:
    """A zip of a hundred megabytes of nothing."""
    import io

    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("S2A_MSIL2A_20180520T104021_N0208_R008_T31TEJ_20180520T170922.SAFE/MTD_MSIL2A.xml", "w") as file,
    ):
        for _ in range(100):
            file.write(bytes(2**20))
    return stream.getvalue()
