"""Acquisitions found in folders: what is told from metadata, names and tags."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import scenes

from backend.errors import DamagedFileError, InputError, SeriesError
from backend.products import find_acquisitions, read_safe
from backend.sits import Acquisition

DAY = date(2018, 4, 20)
ONES = np.ones((4, 4), np.uint16)


def write_named(folder: Path, name: str, bands: tuple[str, ...] = ("B02",), value: int = 1) -> Path:
    return scenes.write_raster(folder / name, np.stack([ONES * value] * max(1, len(bands))), bands)


def find(folder: Path, *bands: str) -> list[Acquisition]:
    return find_acquisitions([folder], bands)


def test_a_product_says_date_tile_sensor_level_and_baseline(tmp_path: Path) -> None:
    scenes.write_safe(tmp_path, DAY)
    (found,) = find(tmp_path)
    assert (found.date, found.tile, found.sensor, found.level, found.baseline) == (
        DAY, "31TEJ", "S2A", "L2A", "02.08",
    )  # fmt: skip
    assert sorted(found.bands) == sorted(scenes.BANDS_10M + scenes.BANDS_20M)
    assert found.scl is not None
    assert found.bands["B02"].grid.resolution == (10, 10)
    assert found.bands["B8A"].grid.resolution == (20, 20)


def test_a_product_in_jpeg_2000_is_read_like_one_in_geotiff(tmp_path: Path) -> None:
    scenes.write_safe(tmp_path / "a", DAY, suffix=".jp2")
    scenes.write_safe(tmp_path / "b", DAY)
    (jp2,), (tif,) = find(tmp_path / "a"), find(tmp_path / "b")
    for band in scenes.BANDS_10M + scenes.BANDS_20M:
        assert (scenes.read(jp2.bands[band].path) == scenes.read(tif.bands[band].path)).all()
        assert jp2.bands[band].grid.is_same(tif.bands[band].grid)


def test_offsets_of_baseline_04_00_are_read_per_band(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY, baseline="04.00", offsets={"B02": -1000.0, "B8A": -900.0, "B12": -7.0})
    found = read_safe(product / "MTD_MSIL2A.xml")
    offsets = {band: source.offset for band, source in found.bands.items() if source.offset}
    assert offsets == {"B02": -1000.0, "B8A": -900.0, "B12": -7.0}


def test_a_quantification_other_than_ten_thousand_is_taken_from_the_metadata(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY, quantification=4000.0)
    assert read_safe(product / "MTD_MSIL2A.xml").bands["B02"].quantification == 4000


def test_a_level_1c_product_is_known_as_such_and_has_its_own_offset(tmp_path: Path) -> None:
    scenes.write_safe(tmp_path, DAY, level="L1C", baseline="04.00", offsets=-1000.0)
    (found,) = find(tmp_path)
    assert (found.level, found.scl) == ("L1C", None)
    assert {source.offset for source in found.bands.values()} == {-1000.0}


def test_an_image_chosen_inside_a_product_brings_the_whole_product_with_its_offsets(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY, baseline="04.00", offsets=-1000.0)
    images = sorted(product.glob("GRANULE/*/IMG_DATA/R10m/*.tif"))
    (found,) = find_acquisitions(images)
    assert sorted(found.bands) == sorted(scenes.BANDS_10M + scenes.BANDS_20M)
    assert found.bands["B04"].offset == -1000
    assert find_acquisitions([images[0].parent]) == [found]


def test_a_product_named_twice_is_one_acquisition(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY)
    assert len(find_acquisitions([product, tmp_path, product / "MTD_MSIL2A.xml"])) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</n1:General_Info>", "", "not valid XML"),
        (">10000<", ">ten thousand<", "not a number"),
        (">10000<", ">0<", "quantification value is 0"),
        ('band_id="1"', 'band_id="44"', "not a number"),
    ],
)
def test_damaged_metadata_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    product = scenes.write_safe(tmp_path, DAY, baseline="04.00", offsets=-1000.0)
    path = product / "MTD_MSIL2A.xml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DamagedFileError, match=rf"MTD_MSIL2A\.xml.*{message}"):
        find(tmp_path)


def test_metadata_that_would_read_another_file_are_refused(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY)
    path = product / "MTD_MSIL2A.xml"
    text = path.read_text().replace("?>", '?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>', 1)
    path.write_text(text.replace("02.08", "&e;"))
    with pytest.raises(DamagedFileError, match="not valid XML"):
        find(tmp_path)


def test_a_product_without_images_is_named(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY)
    for path in product.rglob("*.tif"):
        path.unlink()
    with pytest.raises(SeriesError, match=r"\.SAFE: the product has no image files"):
        find(tmp_path)


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


def test_a_folder_with_only_unrelated_rasters_has_no_images(tmp_path: Path) -> None:
    write_named(tmp_path, "labels.tif", ())
    (tmp_path / "notes.txt").write_text("20180420")
    with pytest.raises(SeriesError, match=r"No Sentinel-2 images found in .*expected \.SAFE products, or rasters"):
        find(tmp_path)


def test_an_empty_folder_has_no_images(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match="No Sentinel-2 images found"):
        find(tmp_path)


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no file or folder .*nowhere"):
        find(tmp_path / "nowhere")


def test_a_file_that_is_no_raster_by_its_ending_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "20180420.txt"
    path.write_text("x")
    with pytest.raises(InputError, match=r"20180420\.txt: expected a raster"):
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


def test_rasters_inside_a_product_are_not_taken_a_second_time(tmp_path: Path) -> None:
    scenes.write_safe(tmp_path, DAY)
    write_named(tmp_path, "S2_20180520.tif")
    assert sorted(item.date for item in find(tmp_path)) == [DAY, date(2018, 5, 20)]
