"""GeoTIFFs in folders: dates and bands by names, tags and the table acquisitions.csv, and folders put together."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import scenes

from backend.errors import DamagedFileError, InputError, SeriesError
from backend.products import find_acquisitions
from backend.sits import Acquisition

DAY = date(2018, 4, 20)
ONES = np.ones((4, 4), np.uint16)


def write_named(folder: Path, name: str, bands: tuple[str, ...] = ("B02",), value: int = 1) -> Path:
    return scenes.write_raster(folder / name, np.stack([ONES * value] * max(1, len(bands))), bands)


def find(folder: Path, *bands: str) -> list[Acquisition]:
    return find_acquisitions([folder], bands)


@pytest.mark.parametrize(
    "name",
    [
        "S2_L2A_20180420_10m.tif",
        "scene_2018-04-20.tif",
        "2018_04_20.TIF",
        "T31TEJ_20180420T104021_x.tif",
        "S2A_MSIL2A_20180420T104021_N0207_R008_T31TEJ_20180501T123456.tif",
    ],
)
def test_the_date_is_found_in_the_name(tmp_path: Path, name: str) -> None:
    write_named(tmp_path, name)
    assert find(tmp_path)[0].date == DAY


def test_a_date_tag_counts_more_than_the_name(tmp_path: Path) -> None:
    path = write_named(tmp_path, "made_20200101.tif")
    with scenes.rasterio.open(path, "r+") as dst:
        dst.update_tags(DATE="2018-04-20")
    assert find(tmp_path)[0].date == DAY


@pytest.mark.parametrize("name", ["scene.tif", "scene_20181345.tif", "scene_20180231.tif", "12345678.tif"])
def test_a_raster_without_a_date_is_named_when_it_was_chosen_itself(tmp_path: Path, name: str) -> None:
    path = write_named(tmp_path, name)
    with pytest.raises(SeriesError, match=rf"{name}: no date such as 20180418 in its name"):
        find_acquisitions([path])


@pytest.mark.parametrize(("given", "meant"), [("B2", "B02"), ("b02", "B02"), ("B8a", "B8A"), ("b12", "B12")])
def test_band_names_are_told_in_any_spelling(tmp_path: Path, given: str, meant: str) -> None:
    write_named(tmp_path, "20180420.tif", (given,))
    assert list(find(tmp_path)[0].bands) == [meant]


def test_a_single_band_may_be_named_by_its_file(tmp_path: Path) -> None:
    write_named(tmp_path, "S2A_20180420_B04.tif", ())
    write_named(tmp_path, "S2A_20180420_B8A_20m.tif", ())
    (found,) = find(tmp_path)
    assert sorted(found.bands) == ["B04", "B8A"]


def test_bands_that_are_not_sentinel_2s_are_left_alone(tmp_path: Path) -> None:
    write_named(tmp_path, "20180420.tif", ("B02", "NDVI", "B04"))
    (found,) = find(tmp_path)
    assert {band: source.index for band, source in found.bands.items()} == {"B02": 1, "B04": 3}


def test_unnamed_bands_are_refused_unless_names_are_given(tmp_path: Path) -> None:
    write_named(tmp_path, "20180420.tif", ("", "", ""))
    with pytest.raises(SeriesError, match=r"20180420\.tif: its 3 bands have no names such as B02"):
        find(tmp_path)
    (found,) = find(tmp_path, "b4", "B3", "B02")
    assert {band: source.index for band, source in found.bands.items()} == {"B04": 1, "B03": 2, "B02": 3}


def test_a_wrong_number_of_band_names_is_told_with_both_numbers(tmp_path: Path) -> None:
    write_named(tmp_path, "20180420.tif", ("", "", ""))
    with pytest.raises(SeriesError, match="the file has 3 bands, but 2 band names were given"):
        find(tmp_path, "B02", "B03")


def test_names_given_do_not_change_bands_that_name_themselves(tmp_path: Path) -> None:
    write_named(tmp_path, "20180420.tif", ("B02", "B03"))
    assert sorted(find(tmp_path, "B11", "B12")[0].bands) == ["B02", "B03"]


def test_a_band_that_is_there_twice_is_refused_with_both_files(tmp_path: Path) -> None:
    write_named(tmp_path, "20180420_a.tif", ("B02",))
    write_named(tmp_path, "20180420_b.tif", ("B02",))
    with pytest.raises(SeriesError, match=r"20180420_b\.tif and 20180420_a\.tif both hold band B02 of 2018-04-20"):
        find(tmp_path)


def test_the_same_band_at_20_m_gives_way_to_the_one_at_10_m(tmp_path: Path) -> None:
    scenes.write_raster(tmp_path / "20180420_20m.tif", ONES, ("B02",), scenes.transform(20.0))
    scenes.write_raster(tmp_path / "20180420_10m.tif", ONES, ("B02",))
    assert find(tmp_path)[0].bands["B02"].path.name == "20180420_10m.tif"


def test_scale_and_offset_of_a_raster_become_quantification_and_offset(tmp_path: Path) -> None:
    path = write_named(tmp_path, "20180420.tif")
    with scenes.rasterio.open(path, "r+") as dst:
        dst.scales, dst.offsets = (0.0001,), (-0.1,)
    source = find(tmp_path)[0].bands["B02"]
    assert source.quantification == pytest.approx(10000)
    assert source.offset == pytest.approx(-1000)


def test_tags_give_the_scale_where_the_band_has_none(tmp_path: Path) -> None:
    path = write_named(tmp_path, "20180420.tif")
    with scenes.rasterio.open(path, "r+") as dst:
        dst.update_tags(SCALE="0.0001", OFFSET="-0.1")
    source = find(tmp_path)[0].bands["B02"]
    assert (source.quantification, source.offset) == (pytest.approx(10000), pytest.approx(-1000))


def test_whole_numbers_without_a_scale_are_ten_thousandths_and_floats_are_reflectance(tmp_path: Path) -> None:
    write_named(tmp_path, "20180420.tif")
    scenes.write_raster(tmp_path / "20180520.tif", np.full((4, 4), 0.25, np.float32), ("B02",))
    whole, floats = sorted(find(tmp_path), key=lambda item: item.date)
    assert whole.bands["B02"].quantification == 10000
    assert floats.bands["B02"].quantification == 1


def tag(path: Path, **tags: str) -> Path:
    with scenes.rasterio.open(path, "r+") as dst:
        dst.update_tags(**tags)
    return path


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATE", "2018-04-20"), ("ACQUISITION_DATE", "20180420"), ("SENSING_TIME", "2018-04-20T10:40:21.026Z"),
     ("TIFFTAG_DATETIME", "2018:04:20 10:40:21")],
)  # fmt: skip
def test_a_raster_without_a_date_in_its_name_is_found_by_its_tags(tmp_path: Path, name: str, value: str) -> None:
    tag(write_named(tmp_path, "image_b.tif"), **{name: value})
    write_named(tmp_path, "other.tif")
    (found,) = find(tmp_path)
    assert (found.date, found.bands["B02"].path.name) == (DAY, "image_b.tif")


def test_the_time_of_writing_counts_less_than_the_name(tmp_path: Path) -> None:
    tag(write_named(tmp_path, "20180420.tif"), TIFFTAG_DATETIME="2021:01:01 00:00:00")
    assert find(tmp_path)[0].date == DAY


def test_a_raster_with_a_date_tag_but_no_band_of_sentinel_2_is_no_image_of_the_series(tmp_path: Path) -> None:
    write_named(tmp_path, "20180420.tif")
    tag(write_named(tmp_path, "labels.tif", ("class",)), DATE="2018-05-20")
    assert [item.date for item in find(tmp_path)] == [DAY]


def test_a_broken_raster_without_a_date_is_left_alone_in_a_folder(tmp_path: Path) -> None:
    write_named(tmp_path, "20180420.tif")
    (tmp_path / "broken.tif").write_bytes(b"II*\0")
    scenes.write_raster(tmp_path / "picture.tif", ONES, crs=None)
    assert [item.date for item in find(tmp_path)] == [DAY]


def test_bands_are_named_by_a_tag(tmp_path: Path) -> None:
    tag(write_named(tmp_path, "20180420.tif", ("", "")), BANDS="B4, B03")
    (found,) = find(tmp_path)
    assert {band: source.index for band, source in found.bands.items()} == {"B04": 1, "B03": 2}


def test_a_file_for_each_date_and_band_in_folders_of_the_bands_makes_one_acquisition(tmp_path: Path) -> None:
    for band in ("B02", "B03"):
        scenes.write_raster(tmp_path / band / f"20180420_{band}.tif", np.ones((4, 4), np.uint16))
    coarse = scenes.transform(20.0)
    scenes.write_raster(tmp_path / "R20m" / "20180420_B11_20m.tif", np.ones((2, 2), np.uint16), place=coarse)
    scenes.write_raster(tmp_path / "R20m" / "20180420_B02_20m.tif", np.ones((2, 2), np.uint16), place=coarse)
    scenes.write_raster(tmp_path / "R20m" / "20180420_SCL_20m.tif", np.ones((2, 2), np.uint8), place=coarse)
    (found,) = find(tmp_path)
    assert sorted(found.bands) == ["B02", "B03", "B11"]
    assert found.bands["B02"].path.parent.name == "B02"
    assert found.scl is not None


def test_folders_of_tiles_stay_acquisitions_of_their_own(tmp_path: Path) -> None:
    for number in range(2):
        place = scenes.transform(left=scenes.LEFT + 40 * number)
        scenes.write_raster(tmp_path / f"t{number}" / "20180420.tif", ONES, ("B02",), place)
    scenes.write_raster(tmp_path / "t2" / "20180420.tif", ONES, ("B03",), scenes.transform(left=scenes.LEFT + 80))
    assert [sorted(item.bands) for item in find(tmp_path)] == [["B02"], ["B02"], ["B03"]]


def test_rasters_of_two_tiles_in_one_folder_are_told_apart_by_their_names(tmp_path: Path) -> None:
    for tile in ("T31TEJ", "T31TFJ"):
        write_named(tmp_path, f"{tile}_20180420.tif")
    assert [item.tile for item in find(tmp_path)] == ["31TEJ", "31TFJ"]


def write_table(folder: Path, *lines: str) -> Path:
    path = folder / "acquisitions.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_table_says_what_the_files_of_its_folder_are(tmp_path: Path) -> None:
    scenes.write_raster(tmp_path / "a.tif", np.stack([ONES, ONES * 2, ONES * 3]), nodata=None)
    scenes.write_raster(tmp_path / "sub" / "made_20200101.tif", ONES, ("B02",))
    write_named(tmp_path, "S2B_20180601.tif")
    write_named(tmp_path, "rest.tif")
    write_table(
        tmp_path,
        "file,date,bands,sensor,level,tile,scale,offset,nodata",
        "a.tif,2018-04-20,B4 - scl,S2A,l2a,T31TEJ,0.0001,-0.1,7",
        "",
        'sub/made_20200101.tif,20180520,"",,,,,,',
    )
    first, second, third = sorted(find(tmp_path), key=lambda item: item.date)
    assert (first.date, first.sensor, first.level, first.tile) == (DAY, "S2A", "L2A", "31TEJ")
    source = first.bands["B04"]
    assert (source.index, source.quantification, source.offset, source.nodata) == (1, 10000, pytest.approx(-1000), 7)
    assert list(first.bands) == ["B04"]
    assert first.scl is not None
    assert (first.scl.index, first.scl.quantification, first.scl.offset) == (3, 1, 0)
    assert (second.date, second.bands["B02"].nodata) == (date(2018, 5, 20), 0)
    assert (third.date, third.sensor) == (date(2018, 6, 1), "S2B")


def test_a_table_counts_for_a_single_raster_and_may_be_given_itself(tmp_path: Path) -> None:
    path = write_named(tmp_path, "a.tif")
    write_named(tmp_path, "b.tif")
    table = write_table(tmp_path, "file;date", "a.tif;2018-04-20", "b.tif;2018-05-20")
    assert [item.date for item in find_acquisitions([path])] == [DAY]
    assert [item.date for item in find_acquisitions([table])] == [DAY, date(2018, 5, 20)]


HEAD = "file,date,band,level,tile,scale,offset,nodata"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([""], r"acquisitions\.csv: the table is empty"),
        (["file,dates", "a.tif,2018"], r"no column 'dates' \(is 'date' meant\?\); it takes file, date, bands"),
        (["file,date,quality"], r"no column 'quality'; it takes"),
        (["file,date,date"], r"the column 'date' is there twice"),
        (["file,date,band,bands"], r"the column 'bands' is there twice"),
        (["file,bands", "a.tif,B02"], r"the column 'date' is missing"),
        ([HEAD, "gone.tif,2018-04-20"], r"line 2: there is no file gone\.tif in "),
        ([HEAD, "../a.tif,2018-04-20"], r"line 2: '\.\./a\.tif' is no file below the folder"),
        ([HEAD, "/etc/a.tif,2018-04-20"], r"line 2: '/etc/a\.tif' is no file below the folder"),
        ([HEAD, ",2018-04-20"], r"line 2: '' is no file below the folder"),
        ([HEAD, "", "a.tif,20.4.2018"], r"line 3: '20\.4\.2018' is not a date such as 2018-04-18"),
        ([HEAD, "a.tif,2018-02-31"], r"line 2: '2018-02-31' is not a date"),
        ([HEAD, "a.tif,2018-04-20", "a.tif,2018-05-20"], r"line 3: a\.tif is already in line 2"),
        ([HEAD, "a.tif,2018-04-20,red green"], r"line 2: 'red' is no band of Sentinel-2"),
        ([HEAD, "a.tif,2018-04-20,B02 B03"], r"line 2: 2 band names, but a\.tif has 1 bands"),
        ([HEAD, "a.tif,2018-04-20,,L3"], r"line 2: the level 'L3' is neither L1C nor L2A"),
        ([HEAD, "a.tif,2018-04-20,,,Paris"], r"line 2: 'Paris' is no MGRS tile"),
        ([HEAD, "a.tif,2018-04-20,,,,ten"], r"line 2: the scale 'ten' is not a number"),
        ([HEAD, "a.tif,2018-04-20,,,,0"], r"line 2: the scale must be from 1e-06 to 1, not 0"),
        ([HEAD, "a.tif,2018-04-20,,,,inf"], r"line 2: the scale 'inf' is not a finite number"),
        ([HEAD, "a.tif,2018-04-20,,,,,-0.1"], r"line 2: an offset needs a scale"),
        ([HEAD, "a.tif,2018-04-20,,,,1e-4,-1000"], r"line 2: the offset -1000 is not one of reflectance"),
        ([HEAD, "a.tif,2018-04-20,,,,,,none"], r"line 2: the nodata 'none' is not a number"),
        ([HEAD, "a.tif,2018-04-20,B02,,,,,,9"], r"line 2: 9 values, but 8 columns"),
        ([HEAD, 'a.tif,"2018-04-20'], r"no line of CSV"),
    ],
)
def test_a_wrong_line_of_a_table_is_named(tmp_path: Path, lines: list[str], message: str) -> None:
    write_named(tmp_path, "a.tif")
    write_table(tmp_path, *lines)
    with pytest.raises(InputError, match=message):
        find(tmp_path)


def test_a_table_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "acquisitions.csv").write_bytes("file,date\nä.tif,2018-04-20".encode("latin-1"))
    with pytest.raises(DamagedFileError, match=r"acquisitions\.csv: the table is not a text in UTF-8"):
        find(tmp_path)


def test_a_listed_file_that_is_no_raster_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_text("no raster")
    write_table(tmp_path, "file,date", "a.tif,2018-04-20")
    with pytest.raises(DamagedFileError, match=r"a\.tif: expected a raster"):
        find(tmp_path)
