"""GeoTIFFs in folders: dates and bands by names, tags and the table acquisitions.csv, and folders put together."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import scenes

from backend.errors import SeriesError
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
