"""Parcels and class tables that are damaged, empty, elsewhere or do not belong together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import pytest
import scenes
import shapely
import tiny_source
from bad_input import (
    Case,
    Runner,
    Spoil,
    case,
    cut,
    flip,
    folder_for,
    new,
    png,
    put,
    remove,
    write_tiffs,
    zipped,
)

from backend.errors import CsclError, DamagedFileError, InputError

pytest.importorskip("zarr")
pytestmark = pytest.mark.torch

FORMATS = ("gpkg", "shp", "geojson", "fgb", "parquet", "csv")
FIELDS = tiny_source.fields()
CROPS = tiny_source.names()


def of(ending: str) -> dict[str, Any]:
    """A source's settings for one of the formats; the canonical CSV has its own fields."""
    own = {"crop_field": None, "id_field": None} if ending == "csv" else {}
    return {"parcels": f"parcels.{ending}", **own}


def not_read(ending: str) -> type[CsclError]:
    """What a file that is something else is taken for: only Parquet is known by its name."""
    return DamagedFileError if ending == "parquet" else InputError


def parcels(
    shapes: Sequence[Any] = FIELDS,
    crops: Sequence[Any] = CROPS,
    crs: str | None = scenes.UTM,
    ending: str = "gpkg",
    **columns: Any,
) -> Spoil:
    """Other parcels in place of the farm's."""

    def spoil(folder: Path) -> None:
        path = folder / f"parcels.{ending}"
        path.unlink()
        (folder / "parcels.prj").unlink()
        fields = {"crop": list(crops), "pid": list(range(len(crops))), **columns}
        frame = geopandas.GeoDataFrame(fields, geometry=list(shapes), crs=crs)
        frame.to_parquet(path) if ending == "parquet" else frame.to_file(path)

    return spoil


def rows(*lines: str, header: str = "id,ground_truth,crs,year,geometry") -> Spoil:
    """Another canonical CSV."""
    return put("parcels.csv", "\n".join([header, *lines, ""]))


WKT = FIELDS[0].wkt
ROW = f'1,{tiny_source.WHEAT},EPSG:32631,2018,"{WKT}"'
FAR = [shapely.affinity.translate(shape, 50_000, 0) for shape in FIELDS]
BOW_TIE = shapely.Polygon([(500010, 4799990), (500150, 4799850), (500150, 4799990), (500010, 4799850)])


def coordinates(x: float) -> Any:
    return shapely.Polygon([(x, 4799990), (500150, 4799990), (500150, 4799850), (x, 4799850)])


FILES = [
    *[
        case(
            f"{ending}: the file is empty",
            InputError,
            f"parcels.{ending}|empty",
            put(f"parcels.{ending}", b""),
            **of(ending),
        )
        for ending in FORMATS
    ],
    *[
        case(
            f"{ending}: the file is cut after {share:.0%}",
            InputError if (ending, share) == ("fgb", 0.2) else DamagedFileError,
            f"parcels.{ending}",
            cut(f"parcels.{ending}", share),
            **of(ending),
        )
        for ending in FORMATS
        for share in (0.2, 0.6, 0.95)
    ],
    *[
        case(
            f"{ending}: the file is a picture",
            not_read(ending),
            f"parcels.{ending}",
            put(f"parcels.{ending}", png()),
            **of(ending),
        )
        for ending in FORMATS
    ],
    *[
        case(
            f"{ending}: the file is a text",
            not_read(ending),
            f"parcels.{ending}",
            put(f"parcels.{ending}", "hello\n" * 50),
            **of(ending),
        )
        for ending in FORMATS
    ],
    *[
        case(f"{ending}: there is no file", InputError, f"parcels.{ending}", remove(f"parcels.{ending}"), **of(ending))
        for ending in FORMATS
    ],
    *[
        case(
            f"{ending}: the file is a folder",
            not_read(ending),
            f"parcels.{ending}",
            folder_for(f"parcels.{ending}"),
            **of(ending),
        )
        for ending in FORMATS
    ],
    *[
        case(
            f"{ending}: bit {bit} of byte {byte} is turned",
            not_read(ending),
            f"parcels.{ending}",
            flip(f"parcels.{ending}", byte, bit),
            **of(ending),
        )
        for ending, byte, bit in (
            ("gpkg", 3, 0),
            ("shp", 2, 3),
            ("geojson", 0, 1),
            ("fgb", 1, 0),
            ("parquet", -1, 0),
            ("csv", 3, 4),
        )
    ],
    case("the shapefile lacks its table", InputError, "parcels.shp", remove("parcels.dbf"), **of("shp")),
    case("the shapefile lacks its index", DamagedFileError, "parcels.shp", remove("parcels.shx"), **of("shp")),
    case(
        "the shapefile lacks its projection",
        InputError,
        "parcels.shp|coordinate system",
        remove("parcels.prj"),
        **of("shp"),
    ),
    case(
        "the shapefile's projection is cut short",
        DamagedFileError,
        "parcels.shp",
        put("parcels.prj", 'PROJCS["x",GEOGCS["y'),
        **of("shp"),
    ),
    case(
        "a bit of the shapefile's projection is turned",
        InputError,
        "parcels.shp|coordinate system",
        flip("parcels.prj", 9, 7),
        **of("shp"),
    ),
    case(
        "a zip of parcels is none",
        DamagedFileError,
        "parcels.zip",
        new("parcels.zip", "no zip"),
        parcels="parcels.zip",
    ),
    case(
        "a zip of parcels holds none",
        InputError,
        "parcels.zip",
        new("parcels.zip", zipped({"readme.txt": "x"})),
        parcels="parcels.zip",
    ),
]

CONTENT = [
    *[
        case(
            f"{ending}: no coordinate system",
            InputError,
            f"parcels.{ending}|coordinate system",
            parcels(crs=None, ending=ending),
            **of(ending),
        )
        for ending in ("gpkg", "shp", "fgb", "parquet")
    ],
    case(
        "csv: no coordinate system",
        InputError,
        "parcels.csv, line 2|coordinate system",
        rows(ROW.replace("EPSG:32631", "")),
        **of("csv"),
    ),
    case(
        "csv: an unknown coordinate system",
        InputError,
        "parcels.csv, line 2|EPSG:999999",
        rows(ROW.replace("32631", "999999")),
        **of("csv"),
    ),
    *[
        case(
            f"{ending}: the crop field is absent",
            InputError,
            f"parcels.{ending}|crops|crop",
            **{**of(ending), "crop_field": "crops"},
        )
        for ending in FORMATS[:-1]
    ],
    case(
        "csv: the crop field is absent",
        InputError,
        "parcels.csv|ground_truth",
        rows(header="id,truth,crs,year,geometry"),
        **of("csv"),
    ),
    case("the field of ids is absent", InputError, "parcels.gpkg|nummer", id_field="nummer"),
    case("the field of years is absent", InputError, "parcels.gpkg|year", year_field="year", year=2018),
    case(
        "the year is absent",
        InputError,
        "parcels.gpkg|1999|2018",
        parcels(year=[2018] * 16),
        year_field="year",
        year=1999,
    ),
    case(
        "the parcels are of several years",
        InputError,
        "parcels.csv|2017|2018",
        rows(ROW, ROW.replace(",2018,", ",2017,")),
        **of("csv"),
    ),
    case("the layer is absent", InputError, "parcels.gpkg|fields", layer="fields"),
    case("no crop code is mapped", InputError, "parcels.gpkg|rpg.csv", classes="rpg"),
    case("no parcel has a crop", InputError, "parcels.gpkg|none given", parcels(crops=[None] * 16)),
    case(
        "all crops are unknown",
        InputError,
        "farm|own.csv|class",
        new("own.csv", f"source_code,name\n{tiny_source.WHEAT},\n{tiny_source.MAIZE},\n"),
        classes="own.csv",
    ),
    case("there are no parcels", InputError, "parcels.gpkg|no features", parcels([], [])),
    case("the parcels are points", InputError, "parcels.gpkg|Point", parcels([shape.centroid for shape in FIELDS])),
    case(
        "the parcels are lines",
        InputError,
        "parcels.gpkg|String",
        parcels([shapely.LineString(shape.exterior) for shape in FIELDS]),
    ),
    case(
        "points and lines alone touch the images",
        InputError,
        "parcels.csv|points and lines",
        rows(f"1,{tiny_source.WHEAT},EPSG:32631,2018,POINT (500050 4799900)"),
        **of("csv"),
    ),
    case("the parcels lie elsewhere", InputError, "parcels.gpkg|550010|no parcel touches", parcels(FAR)),
    case(
        "the parcels are said to be of another zone",
        InputError,
        "parcels.gpkg|no parcel touches",
        parcels(crs="EPSG:32633"),
    ),
    case(
        "the parcels are said to be in degrees", InputError, "parcels.gpkg|coordinate system", parcels(crs="EPSG:4326")
    ),
    case("the parcels are said to be in feet", InputError, "parcels.gpkg|no parcel touches", parcels(crs="EPSG:2263")),
    case(
        "longitude and latitude are swapped",
        InputError,
        "parcels.gpkg|no parcel touches",
        parcels(
            [
                shapely.transform(shape, lambda xy: xy[:, ::-1])
                for shape in geopandas.GeoSeries(FIELDS, crs=scenes.UTM).to_crs("EPSG:4326")
            ],
            crs="EPSG:4326",
        ),
    ),
    case(
        "the parcels have no area",
        InputError,
        "parcels.gpkg|outline",
        parcels([shapely.Polygon([(500010, 4799990)] * 4)], CROPS[:1]),
    ),
    case(
        "all coordinates are not numbers",
        DamagedFileError,
        "parcels.csv, line 2|nan",
        rows(ROW.replace("500150", "nan")),
        **of("csv"),
    ),
    case(
        "all coordinates are infinite",
        InputError,
        "parcels.csv|outline",
        rows(ROW.replace("500150", "inf")),
        **of("csv"),
    ),
    case("no parcel has a geometry", InputError, "parcels.gpkg|outline", parcels([None] * 16)),
    case("there are fewer blocks than splits", InputError, "farm|blocks|smaller", block_m=5000.0),
    case(
        "csv: a geometry is no well-known text",
        DamagedFileError,
        "parcels.csv, line 2",
        rows(ROW.replace("POLYGON", "POLYGONE")),
        **of("csv"),
    ),
    case("csv: a row is too short", DamagedFileError, "parcels.csv, line 2", rows("1,wheat"), **of("csv")),
    case("csv: a quote is open", DamagedFileError, "parcels.csv", rows(ROW[:-1]), **of("csv")),
    case(
        "csv: a geometry is not quoted",
        DamagedFileError,
        "parcels.csv, line 2|quotes",
        rows(ROW.replace('"', "")),
        **of("csv"),
    ),
    case(
        "csv: not UTF-8",
        DamagedFileError,
        "parcels.csv|UTF-8",
        put("parcels.csv", f'id,ground_truth,crs,year,geometry\n1,bl\xe9,EPSG:32631,2018,"{WKT}"\n'.encode("latin-1")),
        **of("csv"),
    ),
]


def table(text: str | bytes, name: str = "own.csv") -> dict[str, Any]:
    """The spoiling and the settings of a class table of one's own."""
    content = text.encode() if isinstance(text, str) else text
    return {"spoil": new(name, content), "classes": name}


TABLES = [
    case("is absent", InputError, "farm|nowhere", classes="nowhere"),
    case("is a folder", InputError, "farm|own", lambda folder: (folder / "own").mkdir(), classes="own"),
    case("is empty", InputError, "own.csv", **table("")),
    case("has a header alone", InputError, "own.csv|no crop code", **table("source_code,name\n")),
    case("has no column of names", InputError, "own.csv|name", **table("source_code,label\n1,barley\n")),
    case("has no column of codes", InputError, "own.csv|source_code", **table("code,name\n1,barley\n")),
    case("names an unknown class", InputError, "own.csv, line 2|wheaty", **table("source_code,name\n1,wheaty\n")),
    case(
        "has a code twice", InputError, "own.csv, line 3|twice", **table("source_code,name\n1,barley\n1,maize_corn\n")
    ),
    case("has an empty code", InputError, "own.csv, line 2", **table("source_code,name\n,barley\n")),
    case("is not UTF-8", DamagedFileError, "own.csv|UTF-8", **table("source_code,name\n1,bl\xe9\n".encode("latin-1"))),
    case("is a picture", DamagedFileError, "own.csv|UTF-8", **table(png())),
    case("is no YAML", DamagedFileError, "own.yaml|YAML", **table("a: [1\nb: 2", "own.yaml")),
    case("is a value of YAML", InputError, "own.yaml", **table("barley", "own.yaml")),
    case(
        "builds an object from YAML",
        InputError,
        "own.yaml",
        **table("!!python/object/apply:os.system ['touch x']", "own.yaml"),
    ),
    case("is a nest of YAML", InputError, "own.yaml", **table("a: &a [1]\nb: [*a, *a]\n", "own.yaml")),
    case("holds NUL bytes", InputError, "own.csv", **table(b"source_code,name\n\0\0\0,barley\n")),
    case(
        "has a huge field",
        DamagedFileError,
        "own.csv, line 2",
        **table("source_code,name\n" + "1" * 200_000 + ",barley\n"),
    ),
]


HEAD = "code,name,title,color"
BACKGROUND = "0,background,,#e6e6e6"


def legend(*lines: str) -> dict[str, Any]:
    """The spoiling and the settings of a legend of one's own."""
    return {"spoil": new("mine.csv", "\n".join([*lines, ""])), "dataset": {"legend": "mine.csv"}}


LEGENDS = [
    case("is absent", InputError, "nowhere", dataset={"legend": "nowhere"}),
    case("is a folder", DamagedFileError, "series", dataset={"legend": "series"}),
    case("is empty", InputError, "mine.csv", **legend("")),
    case("has a header alone", InputError, "mine.csv|no classes", **legend(HEAD)),
    case("has no colours", InputError, "mine.csv|color", **legend("code,name,title", "0,background,")),
    case("has a colour that is none", InputError, "mine.csv, line 2|blue", **legend(HEAD, "0,background,,blue")),
    case("has a code that is a word", InputError, "mine.csv, line 3|one", **legend(HEAD, BACKGROUND, "one,a,,#000000")),
    case("has a code below 0", InputError, "mine.csv, line 3|-1", **legend(HEAD, BACKGROUND, "-1,a,,#000000")),
    case("has the code 300", InputError, "mine.csv, line 3|300", **legend(HEAD, BACKGROUND, "300,a,,#000000")),
    case("has a class without a name", InputError, "mine.csv, line 3", **legend(HEAD, BACKGROUND, "1,,,#000000")),
    case("has a code twice", InputError, "mine.csv|code 0", **legend(HEAD, BACKGROUND, "0,a,,#000000")),
    case("has a name twice", InputError, "mine.csv|background", **legend(HEAD, BACKGROUND, "1,background,,#000000")),
    case("has a gap in its codes", InputError, "mine.csv|0, 2", **legend(HEAD, BACKGROUND, "2,a,,#000000")),
    case("lacks the classes of the table", InputError, "legend_names.csv", **legend(HEAD, BACKGROUND, "1,a,,#000000")),
]


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("farm")
    write_tiffs(folder)
    return folder


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Runner:
    return Runner(tmp_path, monkeypatch, capfd)


@pytest.mark.parametrize("one", FILES)
def test_a_file_of_parcels_is_refused(one: Case, runner: Runner, farm: Path) -> None:
    runner.refuse(farm, one)


@pytest.mark.parametrize("one", CONTENT)
def test_parcels_are_refused(one: Case, runner: Runner, farm: Path) -> None:
    runner.refuse(farm, one)


@pytest.mark.parametrize("one", TABLES)
def test_a_class_table_is_refused_that(one: Case, runner: Runner, farm: Path) -> None:
    runner.refuse(farm, one)


@pytest.mark.parametrize("one", LEGENDS)
def test_a_legend_is_refused_that(one: Case, runner: Runner, farm: Path) -> None:
    runner.refuse(farm, one)
