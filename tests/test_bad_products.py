"""Sentinel-2 products, in folders and zips, that are damaged, incomplete or do not belong together."""

from __future__ import annotations

import shutil
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scenes
import tiny_source
from bad_input import (
    FIRST,
    Case,
    Runner,
    Spoil,
    both,
    case,
    cut,
    flip,
    folder_for,
    only,
    png,
    put,
    remove,
    swap,
    write_products,
    write_zips,
    zipped,
)

from backend.errors import BandMissingError, DamagedFileError, GridError, InputError, SeriesError

pytest.importorskip("zarr")
pytestmark = pytest.mark.torch

PRODUCT = f"S2A_MSIL2A_{FIRST}T104021_N0208_R008_T31TEJ_{FIRST}T170922.SAFE"
B04 = f"{PRODUCT}/GRANULE/*/IMG_DATA/R10m/*_B04_10m.jp2"
B8A = f"{PRODUCT}/GRANULE/*/IMG_DATA/R20m/*_B8A_20m.jp2"
CODE_STREAM = b"\xff\x4f\xff\x51"
"""How the pixels of JPEG 2000 begin."""
METADATA = f"{PRODUCT}/MTD_MSIL2A.xml"
ZIP = f"{PRODUCT}.zip"


def product(**changes: Any) -> Spoil:
    """One more product."""
    values = {"day": date(2018, 7, 1), "crops": tiny_source.crops(), "suffix": ".jp2", **changes}
    return lambda folder: scenes.write_safe(folder / "series", **values)


def all_products(**changes: Any) -> Spoil:
    """Other products in place of the farm's."""

    def spoil(folder: Path) -> None:
        shutil.rmtree(folder / "series")
        for day in scenes.DAYS:
            product(day=day, **changes)(folder)

    return spoil


def granule(**changes: Any) -> scenes.Granule:
    return scenes.Granule(tiny_source.crops(), **changes)


def move(pattern: str, name: str) -> Spoil:
    return lambda folder: only(folder, pattern).rename(only(folder, pattern).with_name(name))


def rewrite_zip(change: Any, method: int = zipfile.ZIP_DEFLATED) -> Spoil:
    """The first zip with other members: change(name, content) gives the new name and content, or None."""

    def spoil(folder: Path) -> None:
        path = only(folder, ZIP)
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        changed = (change(name, content) for name, content in members.items())
        path.write_bytes(zipped(dict(item for item in changed if item), method))

    return spoil


def more_in_zip(name: str, content: bytes = b"x") -> Spoil:
    def spoil(folder: Path) -> None:
        with zipfile.ZipFile(only(folder, ZIP), "a") as archive:
            archive.writestr(name, content)

    return spoil


def encrypted(folder: Path) -> None:
    """The flag of encryption in every entry of the zip's directory."""
    path = only(folder, ZIP)
    content = bytearray(path.read_bytes())
    place = content.find(b"PK\x01\x02")
    while place >= 0:
        content[place + 8] |= 1
        place = content.find(b"PK\x01\x02", place + 4)
    path.write_bytes(content)


BOMB = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">{}]><b>&e;</b>'.format(
    "".join(f'<!ENTITY {new} "{("&" + old + ";") * 10}">' for old, new in zip("abcd", "bcde", strict=True))
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]><b>&a;</b>'
QUANTITY = '<BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>'
OFFSET = '<BOA_ADD_OFFSET band_id="{}">{}</BOA_ADD_OFFSET>'


def offsets(text: str) -> Spoil:
    return swap(METADATA, QUANTITY, QUANTITY + text)


PRODUCTS = [
    case("a JPEG 2000 image is empty", DamagedFileError, "B04_10m.jp2", put(B04, b"")),
    *[
        case(f"a JPEG 2000 image is cut after {share:.0%}", DamagedFileError, "B04_10m.jp2", cut(B04, share))
        for share in (0.01, 0.1, 0.5, 0.9, 0.99)
    ],
    *[
        case(
            f"bit {bit} of byte {byte} of a JPEG 2000 image is turned",
            DamagedFileError,
            "B04_10m.jp2",
            flip(B04, byte, bit),
        )
        for byte, bit in ((4, 0), (14, 3))
    ],
    *[
        case(
            f"bit {bit} of byte {byte} of a code-stream is turned",
            DamagedFileError,
            "B04_10m.jp2",
            flip(B04, byte, bit, CODE_STREAM),
        )
        for byte, bit in ((1, 2), (3, 0), (5, 0), (11, 6), (11, 1), (46, 0), (48, 7), (60, 1))
    ],
    case("a JPEG 2000 image is a PNG", GridError, "B04_10m.jp2", put(B04, png())),
    case(
        "an image of a product shows another place",
        DamagedFileError,
        "B04_10m.jp2|ground",
        lambda folder: scenes.write_raster(
            only(folder, B04), np.full((64, 64), 900, np.uint16), (), scenes.transform(left=600000.0)
        ),
    ),
    case(
        "an image of a product has other cells",
        DamagedFileError,
        "B04_10m.jp2|ground",
        lambda folder: scenes.write_raster(
            only(folder, B04), np.full((64, 64), 900, np.uint16), (), scenes.transform(60.0)
        ),
    ),
    case("a JPEG 2000 image is a text", DamagedFileError, "B04_10m.jp2", put(B04, "text" * 100)),
    case("a JPEG 2000 image is a folder", BandMissingError, "B04", folder_for(B04)),
    case("a band of a product is missing", BandMissingError, "B8A|2018-04-20", remove(B8A)),
    case("a granule is missing", SeriesError, PRODUCT, remove(f"{PRODUCT}/GRANULE/*")),
    case("the folder of granules is missing", SeriesError, PRODUCT, remove(f"{PRODUCT}/GRANULE")),
    case(
        "a granule has another name",
        SeriesError,
        f"{PRODUCT}|GRANULE",
        lambda folder: only(folder, f"{PRODUCT}/GRANULE/*").rename(
            folder / "series" / PRODUCT / "GRANULE" / "L2A_T31TEJ_A000001_X"
        ),
    ),
    case("the folder of a granule's images is missing", SeriesError, PRODUCT, remove(f"{PRODUCT}/GRANULE/*/IMG_DATA")),
    case("a product has no metadata", SeriesError, PRODUCT, remove(METADATA)),
    case("the metadata are empty", DamagedFileError, "MTD_MSIL2A.xml", put(METADATA, b"")),
    *[
        case(f"the metadata are cut after {share:.0%}", DamagedFileError, "MTD_MSIL2A.xml", cut(METADATA, share))
        for share in (0.3, 0.95)
    ],
    case(
        "the metadata are a web page",
        DamagedFileError,
        "MTD_MSIL2A.xml|html",
        put(METADATA, "<html><body>Sign in</body></html>"),
    ),
    case(
        "the metadata are in an unknown encoding",
        DamagedFileError,
        "MTD_MSIL2A.xml|WTF-8",
        swap(METADATA, 'encoding="UTF-8"', 'encoding="WTF-8"'),
    ),
    case("the metadata hold a bomb of entities", DamagedFileError, "MTD_MSIL2A.xml", put(METADATA, BOMB)),
    case("the metadata ask for a file outside", DamagedFileError, "MTD_MSIL2A.xml", put(METADATA, OUTSIDE)),
    case(
        "the metadata are not UTF-8",
        DamagedFileError,
        "MTD_MSIL2A.xml",
        put(METADATA, b'<?xml version="1.0" encoding="UTF-8"?><a>\xff\xfe</a>'),
    ),
    case(
        "the metadata are of 65 MiB",
        DamagedFileError,
        "MTD_MSIL2A.xml",
        lambda folder: only(folder, METADATA).open("r+b").truncate(65 << 20),
    ),
    case(
        "the metadata name no date",
        DamagedFileError,
        "MTD_MSIL2A.xml|date",
        lambda folder: both(
            swap(METADATA, "2018-04-20T10:40:21.026Z", "soon"),
            swap(METADATA, PRODUCT, "product"),
            move(PRODUCT, "product.SAFE"),
        )(folder),
    ),
    *[
        case(
            f"the quantification value is {value}",
            DamagedFileError,
            "MTD_MSIL2A.xml|quantification",
            swap(METADATA, ">10000<", f">{value}<"),
        )
        for value in ("nan", "inf", "0", "-10000", "ten thousand", "1e-9")
    ],
    *[
        case(
            f"an offset is {value}",
            DamagedFileError,
            "MTD_MSIL2A.xml|offset",
            offsets("".join(OFFSET.format(band, value) for band in range(13))),
        )
        for value in ("nan", "-inf", "", "much")
    ],
    case("an offset is of an unknown band", DamagedFileError, "MTD_MSIL2A.xml|13", offsets(OFFSET.format(13, -1000))),
    case(
        "an offset is of no band", DamagedFileError, "MTD_MSIL2A.xml", offsets("<BOA_ADD_OFFSET>-1000</BOA_ADD_OFFSET>")
    ),
    case(
        "offsets of some bands are missing",
        DamagedFileError,
        "B8A",
        offsets("".join(OFFSET.format(band, -1000) for band in range(8))),
    ),
    case(
        "a product of baseline 05.10 names no offsets", DamagedFileError, "B8A|05.10", swap(METADATA, "02.08", "05.10")
    ),
    case(
        "a product is of another tile far away",
        GridError,
        "31TGL",
        product(granules=[granule(tile="31TGL", left=900000.0, top=5000000.0)]),
    ),
    case(
        "a product is of another zone",
        GridError,
        "EPSG:32632",
        product(granules=[granule(tile="32TLP", crs="EPSG:32632")]),
    ),
    case("a product is of 1900", SeriesError, "1900", product(day=date(1900, 5, 1))),
    case("all products are of level 1C", SeriesError, "L1C", all_products(level="L1C")),
]

ZIPS = [
    case("a zip is empty", DamagedFileError, ZIP, put(ZIP, b"")),
    case("a zip is a text", DamagedFileError, ZIP, put(ZIP, "no zip" * 50)),
    case("a zip is a web page", DamagedFileError, ZIP, put(ZIP, "<html>Sign in</html>")),
    *[case(f"a zip is cut after {share:.0%}", DamagedFileError, ZIP, cut(ZIP, share)) for share in (0.01, 0.5, 0.999)],
    case("a zip holds nothing", SeriesError, ZIP, put(ZIP, zipped({}))),
    case("a zip holds no product", SeriesError, ZIP, put(ZIP, zipped({"readme.txt": "x"}))),
    case(
        "a zip holds a zip",
        SeriesError,
        ZIP,
        lambda folder: put(ZIP, zipped({ZIP: only(folder, ZIP).read_bytes()}))(folder),
    ),
    *[
        case(f"a zip holds the name {name}", DamagedFileError, ZIP, more_in_zip(name))
        for name in ("../../outside", "/etc/outside", "C:/outside", "..\\outside", f"{PRODUCT}/../../x")
    ],
    case("a zip is encrypted", InputError, f"{ZIP}|encrypted", encrypted),
    case(
        "a zip is compressed by LZMA",
        InputError,
        f"{ZIP}|Unpack",
        rewrite_zip(lambda name, content: (name, content), zipfile.ZIP_LZMA),
    ),
    case(
        "a zip lacks a band",
        BandMissingError,
        "B8A",
        rewrite_zip(lambda name, content: None if "B8A" in name else (name, content)),
    ),
    case(
        "a zip lacks the metadata",
        SeriesError,
        ZIP,
        rewrite_zip(lambda name, content: None if "MTD_MSI" in name else (name, content)),
    ),
    case(
        "a zip lacks the granule",
        SeriesError,
        PRODUCT,
        rewrite_zip(lambda name, content: None if "GRANULE" in name else (name, content)),
    ),
    case(
        "an image in a zip is cut",
        DamagedFileError,
        "B04_10m.jp2",
        rewrite_zip(lambda name, content: (name, content[:300] if "B04" in name else content)),
    ),
    case(
        "an image in a zip is a text",
        DamagedFileError,
        "B04_10m.jp2",
        rewrite_zip(lambda name, content: (name, b"text" * 99 if "B04" in name else content)),
    ),
    case(
        "an image in a zip leads to another file",
        DamagedFileError,
        "B04_10m.jp2",
        rewrite_zip(
            lambda name, content: (
                name,
                b'<VRTDataset rasterXSize="64" rasterYSize="64"/>' if "B04" in name else content,
            )
        ),
    ),
    case(
        "the metadata in a zip are a bomb",
        DamagedFileError,
        "MTD_MSIL2A.xml",
        rewrite_zip(lambda name, content: (name, b" " * (40 << 20) if "MTD_MSI" in name else content)),
    ),
]


WRITERS = {"products": write_products, "zips": write_zips}


@pytest.fixture(scope="module")
def farms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sound farms, one for each kind of images."""
    root = tmp_path_factory.mktemp("farms")
    for name, write in WRITERS.items():
        write(root / name)
    return {name: root / name for name in WRITERS}


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Runner:
    return Runner(tmp_path, monkeypatch, capfd)


@pytest.mark.parametrize("one", PRODUCTS)
def test_products_are_refused_where(one: Case, runner: Runner, farms: dict[str, Path]) -> None:
    runner.refuse(farms["products"], one)


@pytest.mark.parametrize("one", ZIPS)
def test_zips_are_refused_where(one: Case, runner: Runner, farms: dict[str, Path]) -> None:
    runner.refuse(farms["zips"], one)
