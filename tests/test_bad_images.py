"""GeoTIFFs, and tables beside them, that are damaged, missing or do not belong together."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import scenes
import tiny_source
from affine import Affine
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
    png,
    put,
    remove,
    swap,
    write_table,
    write_tiffs,
)

from backend.errors import BandMissingError, DamagedFileError, GridError, InputError, SeriesError

pytest.importorskip("zarr")
pytestmark = pytest.mark.torch

TEN = f"S2_L2A_{FIRST}_10m.tif"
TWENTY = f"S2_L2A_{FIRST}_20m.tif"
SCL = f"S2_L2A_{FIRST}_SCL_20m.tif"
TABLE = "acquisitions.csv"


def raster(name: str, bands: tuple[str, ...] = scenes.BANDS_10M, cell: float = 10.0, **changes: Any) -> Spoil:
    """Another raster of the first date; values are those of the farm."""

    def spoil(folder: Path) -> None:
        values = np.stack([scenes.band_values(band, tiny_source.crops(), scenes.DAYS[0]) for band in bands])
        settings = {"values": values, "place": scenes.transform(cell), **changes}
        scenes.write_raster(folder / "series" / name, names=bands, **settings)

    return spoil


def every_date(**changes: Any) -> Spoil:
    """The whole series anew."""

    def spoil(folder: Path) -> None:
        shutil.rmtree(folder / "series")
        for day in scenes.DAYS:
            scenes.write_date(folder / "series", day, tiny_source.crops(), **changes)

    return spoil


def _blank(path: Path) -> None:
    """All pixels are nodata."""
    with rasterio.open(path, "r+") as dst:
        dst.write(np.zeros((dst.count, *dst.shape), dst.dtypes[0]))


TIFFS = [
    case("an image is empty", DamagedFileError, TEN, put(TEN, b"")),
    case("an image lost its end with the coordinate system", GridError, f"{TEN}|whole", cut(TEN, 0.99)),
    *[
        case(f"an image is cut after {share:.1%}", DamagedFileError, TEN, cut(TEN, share))
        for share in (0.001, 0.01, 0.5, 0.97)
    ],
    *[
        case(f"the classification is cut after {share:.0%}", DamagedFileError, SCL, cut(SCL, share))
        for share in (0.01, 0.5, 0.7)
    ],
    *[
        case(f"bit {bit} of byte {byte} of an image is turned", DamagedFileError, TWENTY, flip(TWENTY, byte, bit))
        for byte, bit in ((0, 0), (1, 3), (2, 1), (4, 7), (7, 6))
    ],
    case("an image is a text", DamagedFileError, TEN, put(TEN, "not an image\n" * 100)),
    case("an image is a web page", DamagedFileError, TEN, put(TEN, "<html><body>504 Gateway Timeout</body></html>")),
    case("an image is a PNG", GridError, TEN, put(TEN, png())),
    case("an image is a folder", BandMissingError, "2018-04-20|B02", folder_for(TEN)),
    case("an image has no coordinate system", GridError, TEN, raster(TEN, crs=None)),
    case("an image is of another UTM zone", GridError, f"{TWENTY}|EPSG:32632", raster(TEN, crs="EPSG:32632")),
    case(
        "a date is of another UTM zone",
        GridError,
        "EPSG:32632|EPSG:32631",
        lambda folder: scenes.write_date(folder / "series", date(2018, 7, 1), tiny_source.crops(), crs="EPSG:32632"),
    ),
    case(
        "an image is rotated",
        GridError,
        "2018-04-20|do not coincide",
        raster(TEN, place=Affine.translation(scenes.LEFT, scenes.TOP) * Affine.rotation(10) * Affine.scale(10, -10)),
    ),
    case("an image has cells of 15 m", GridError, "2018-04-20|cells of 15", raster(TEN, cell=15.0)),
    case(
        "an image is shifted by half a cell",
        GridError,
        "2018-04-20",
        raster(TEN, place=scenes.transform(left=scenes.LEFT + 5)),
    ),
    case(
        "a date has bands of 20 m alone",
        GridError,
        "2018-04-20|cells of 20",
        raster(TEN, cell=20.0, values=np.full((4, 32, 32), 900, np.uint16)),
    ),
    case(
        "a date has a classification alone", BandMissingError, "2018-04-20|has none", both(remove(TEN), remove(TWENTY))
    ),
    case(
        "files of one date show two places",
        GridError,
        f"{TWENTY}|{TEN}",
        raster(TWENTY, scenes.BANDS_20M, place=scenes.transform(20.0, left=600000.0)),
    ),
    case("a band is missing", BandMissingError, "2018-04-20|B8A", raster(TWENTY, scenes.BANDS_20M[:3], 20.0)),
    case("all files of 20 m are missing", BandMissingError, "B05", remove("*_20m.tif")),
    case(
        "two files hold one band",
        SeriesError,
        f"{TEN}|copy_of_{TEN}",
        lambda folder: shutil.copy(folder / "series" / TEN, folder / "series" / f"copy_of_{TEN}"),
    ),
    case(
        "no date is clear",
        SeriesError,
        "farm|no clear pixel",
        every_date(scl=scenes.clear_scl(tiny_source.crops(), scenes.CLOUD_SCL)),
    ),
    case(
        "no pixel is classified",
        SeriesError,
        "no clear pixel",
        every_date(scl=scenes.clear_scl(tiny_source.crops(), 0)),
    ),
    case(
        "no image has a pixel",
        InputError,
        "clear pixel",
        lambda folder: [_blank(path) for path in (folder / "series").glob("*0m.tif") if "SCL" not in path.name],
    ),
    case(
        "a date is of 1900",
        SeriesError,
        "1900",
        lambda folder: scenes.write_date(folder / "series", date(1900, 5, 1), tiny_source.crops()),
    ),
    case(
        "a date is of 2099",
        SeriesError,
        "2099",
        lambda folder: scenes.write_date(folder / "series", date(2099, 5, 1), tiny_source.crops()),
    ),
    case(
        "all images are of level 1C", SeriesError, "level L1C", every_date(prefix="S2_L1C_"), dataset={"level": "L2A"}
    ),
    case("the folder of images is empty", SeriesError, "series", remove("*.tif")),
    case("there is no folder of images", InputError, "nowhere", series="nowhere"),
    case("one of two folders of images is missing", InputError, "nowhere", series=["series", "nowhere"]),
    case(
        "the images are a text",
        InputError,
        "notes.txt",
        lambda folder: (folder / "notes.txt").write_text("x"),
        series="notes.txt",
    ),
    case("an image has complex numbers", InputError, TEN, raster(TEN, values=np.ones((4, 64, 64), np.complex64))),
]


def line(text: str) -> Spoil:
    """Another line for the first image."""
    return swap(TABLE, "image0_10.tif,2018-04-20,B02 B03 B04 B08,S2A,L2A,0.0001,0,0", text)


TABLES = [
    case("the table is empty", InputError, TABLE, put(TABLE, b"")),
    case("the table has a header alone", SeriesError, "series", put(TABLE, "file,date\n")),
    case("the table is not UTF-8", DamagedFileError, TABLE, put(TABLE, "fil\xe9,date\n".encode("latin-1"))),
    case("the table is a picture", DamagedFileError, TABLE, put(TABLE, png())),
    case("the table has an unknown column", InputError, f"{TABLE}|levle|level", swap(TABLE, "level", "levle")),
    case("the table lacks the dates", InputError, f"{TABLE}|date", swap(TABLE, "file,date,", "file,sensor2,")),
    case("the table has a column twice", InputError, f"{TABLE}|twice", swap(TABLE, "sensor,level", "level,level")),
    case("a quote of the table is open", InputError, TABLE, line('"image0_10.tif,2018-04-20')),
    *[
        case(f"{what} of the table", InputError, f"{TABLE}, line 2|{words}", line(text))
        for what, words, text in (
            ("a file that is not there", "nowhere.tif", "nowhere.tif,2018-04-20"),
            ("a file above the folder", "below", "../parcels.gpkg,2018-04-20"),
            ("an absolute path", "below", "/etc/hostname,2018-04-20"),
            ("no date", "not a date", "image0_10.tif,"),
            ("the 30th of February", "2018-02-30", "image0_10.tif,2018-02-30"),
            ("three names for four bands", "3 band names", "image0_10.tif,2018-04-20,B02 B03 B04"),
            ("an unknown band", "B13", "image0_10.tif,2018-04-20,B02 B03 B04 B13"),
            ("a band twice", "B02", "image0_10.tif,2018-04-20,B02 B02 B04 B08"),
            ("the scale 0", "scale", "image0_10.tif,2018-04-20,B02 B03 B04 B08,S2A,L2A,0,0,0"),
            ("the scale nan", "scale", "image0_10.tif,2018-04-20,B02 B03 B04 B08,S2A,L2A,nan,0,0"),
            ("the scale 10000", "scale", "image0_10.tif,2018-04-20,B02 B03 B04 B08,S2A,L2A,10000,0,0"),
            ("an offset in digital numbers", "-0.1", "image0_10.tif,2018-04-20,B02 B03 B04 B08,S2A,L2A,0.0001,-1000,0"),
            ("an offset without a scale", "scale", "image0_10.tif,2018-04-20,B02 B03 B04 B08,S2A,L2A,,-0.1,0"),
            ("the level 3A", "L3A", "image0_10.tif,2018-04-20,B02 B03 B04 B08,S2A,L3A"),
            ("a word as nodata", "nodata", "image0_10.tif,2018-04-20,B02 B03 B04 B08,S2A,L2A,0.0001,0,none"),
            ("nine values too many", "values", "image0_10.tif,2018-04-20,B02,B03,B04,B08,S2A,L2A,0.0001,0,0,1,2,3"),
        )
    ],
    case(
        "a file stands twice in the table",
        InputError,
        f"{TABLE}, line 3|line 2",
        line("image0_20.tif,2018-04-20,B05 B06 B07 B8A B11 B12"),
    ),
    case(
        "two files of the table are of one date and band",
        SeriesError,
        "image0_10.tif|image1_10.tif",
        swap(TABLE, "2018-05-20", "2018-04-20"),
    ),
]

WRITERS = {"tiffs": write_tiffs, "table": write_table}


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


@pytest.mark.parametrize("one", TIFFS)
def test_geotiffs_are_refused_where(one: Case, runner: Runner, farms: dict[str, Path]) -> None:
    runner.refuse(farms["tiffs"], one)


@pytest.mark.parametrize("one", TABLES)
def test_a_table_of_images_is_refused_for(one: Case, runner: Runner, farms: dict[str, Path]) -> None:
    runner.refuse(farms["table"], one)
