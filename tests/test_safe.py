"""SAFE products in both formats and levels: their metadata, their granules, and products that are not whole."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import scenes

from backend.archives import folder_tree
from backend.date_selection import clear_share
from backend.errors import DamagedFileError, SeriesError
from backend.grid import Window
from backend.products import find_acquisitions
from backend.raster import WindowReader
from backend.safe import read_safe
from backend.sits import Acquisition, Observation, SitsBlock, make_series, read_block

DAY = date(2018, 4, 20)
BANDS = scenes.BANDS_10M + scenes.BANDS_20M


def find(folder: Path) -> list[Acquisition]:
    return find_acquisitions([folder])


def pixels(*paths: Path, bands: tuple[str, ...] = BANDS) -> SitsBlock:
    series = make_series(find_acquisitions(paths), bands)
    with WindowReader() as reader:
        return read_block(reader, series.observations, bands, series.grid, series.grid.window)


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
    (found,) = read_safe(folder_tree(product))
    offsets = {band: source.offset for band, source in found.bands.items() if source.offset}
    assert offsets == {"B02": -1000.0, "B8A": -900.0, "B12": -7.0}


def test_a_quantification_other_than_ten_thousand_is_taken_from_the_metadata(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY, quantification=4000.0)
    (found,) = read_safe(folder_tree(product))
    assert found.bands["B02"].quantification == 4000


def test_a_level_1c_product_is_known_as_such_and_has_its_own_offset(tmp_path: Path) -> None:
    scenes.write_safe(tmp_path, DAY, level="L1C", baseline="04.00", offsets=-1000.0)
    (found,) = find(tmp_path)
    assert (found.level, found.scl) == ("L1C", None)
    assert {source.offset for source in found.bands.values()} == {-1000.0}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</n1:General_Info>", "", "not valid XML"),
        (">10000<", ">ten thousand<", "not a number"),
        (">10000<", ">0<", "quantification value is 0"),
        ('band_id="1"', 'band_id="44"', "band_id '44', which no band has"),
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


def test_the_offset_and_scale_of_each_level_are_its_own(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY, level="L1C", baseline="04.00", offsets=-1000.0, quantification=5000.0)
    path = product / "MTD_MSIL1C.xml"
    path.write_text(path.read_text().replace("</n1:General_Info>", "<BOA_ADD_OFFSET band_id='1'>-7</BOA_ADD_OFFSET>"
                                             "</n1:General_Info>"))  # fmt: skip
    (found,) = find(tmp_path)
    assert (found.bands["B02"].offset, found.bands["B02"].quantification) == (-1000, 5000)


@pytest.mark.parametrize(
    ("offsets", "text"),
    [(0.0, "none"), (-1000.0, "-1000"), ({"B02": -1000.0, "B8A": -900.0},
      "-1000 (B02), none (B03 B04 B05 B06 B07 B08 B11 B12), -900 (B8A)")],
)  # fmt: skip
def test_the_offset_is_told_in_words(tmp_path: Path, offsets: float | dict[str, float], text: str) -> None:
    scenes.write_safe(tmp_path, DAY, baseline="04.00", offsets=offsets)
    assert find(tmp_path)[0].offset == text


def test_saturated_and_missing_pixels_are_those_that_the_metadata_say(tmp_path: Path) -> None:
    numbers = np.array([[65535, 0, 7, 65534]], np.uint16)
    granule = scenes.Granule(np.zeros((2, 4), np.uint8), numbers={"B02": np.repeat(numbers, 2, axis=0)})
    product = scenes.write_safe(tmp_path, DAY, granules=[granule], suffix=".jp2")
    assert pixels(product).valid[0, 0].tolist() == [False, False, True, True]
    assert pixels(product).x[0, 0, 0].tolist() == [0, 0, 7, 65534]
    # a saturated pixel of a band that is not wanted does not matter
    assert pixels(product, bands=("B03",)).valid.all()
    path = product / "MTD_MSIL2A.xml"
    path.write_text(path.read_text().replace(">65535<", ">65534<").replace("INDEX>0<", "INDEX>7<"))
    assert pixels(product).valid[0, 0].tolist() == [True, True, False, False]


def test_a_special_value_that_is_no_number_is_named(tmp_path: Path) -> None:
    path = scenes.write_safe(tmp_path, DAY) / "MTD_MSIL2A.xml"
    path.write_text(path.read_text().replace(">65535<", ">many<"))
    with pytest.raises(DamagedFileError, match=r"MTD_MSIL2A\.xml.*a special value is not a number"):
        find(tmp_path)


def test_metadata_without_a_date_are_named(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY)
    path = product / "MTD_MSIL2A.xml"
    path.write_text(path.read_text().replace("2018-04-20T", "").replace(product.name, "x.SAFE"))
    with pytest.raises(DamagedFileError, match=r"MTD_MSIL2A\.xml: the metadata name no date"):
        find(tmp_path)


def test_metadata_larger_than_any_products_are_refused(tmp_path: Path) -> None:
    path = scenes.write_safe(tmp_path, DAY) / "MTD_MSIL2A.xml"
    with path.open("r+b") as stream:
        stream.truncate((64 << 20) + 1)
    with pytest.raises(DamagedFileError, match=r"67108865 bytes are too much for a product's metadata"):
        find(tmp_path)


def test_a_product_in_the_old_format_is_an_acquisition_for_each_granule(tmp_path: Path) -> None:
    granules = [scenes.Granule(tile="31TEJ"), scenes.Granule(tile="31TFJ", left=scenes.LEFT + 240)]
    product = scenes.write_safe(tmp_path, DAY, level="L1C", baseline="02.02", granules=granules, old=True)
    found = find(product)
    assert [(item.tile, item.date, item.level, item.sensor, item.baseline) for item in found] == [
        ("31TEJ", DAY, "L1C", "S2A", "02.02"), ("31TFJ", DAY, "L1C", "S2A", "02.02"),
    ]  # fmt: skip
    assert [item.bands["B8A"].grid.bounds[0] for item in found] == [scenes.LEFT, scenes.LEFT + 240]
    assert find_acquisitions([next(product.glob("*.xml"))]) == found


def test_the_date_of_one_of_several_granules_is_that_of_its_own_metadata(tmp_path: Path) -> None:
    granules = [scenes.Granule(tile="31TEJ"), scenes.Granule(tile="31TFJ")]
    product = scenes.write_safe(tmp_path, DAY, granules=granules)
    second = next(product.glob("GRANULE/*31TFJ*/MTD_TL.xml"))
    second.write_text(second.read_text().replace("2018-04-20T", "2018-04-21T").replace("T31TFJ", "T31TGJ"))
    assert [(item.tile, item.date.day) for item in find(product)] == [("31TEJ", 20), ("31TGJ", 21)]
    second.unlink()
    assert [(item.tile, item.date.day) for item in find(product)] == [("31TEJ", 20), ("31TFJ", 20)]


@pytest.mark.parametrize("old", [False, True])
def test_a_granule_that_the_metadata_list_but_is_not_there_is_named(tmp_path: Path, old: bool) -> None:
    granules = [scenes.Granule(tile="31TEJ"), scenes.Granule(tile="31TFJ", left=scenes.LEFT + 240)]
    product = scenes.write_safe(tmp_path, DAY, level="L1C", granules=granules, old=old)
    shutil.rmtree(next(product.glob("GRANULE/*31TFJ*")))
    with pytest.raises(SeriesError, match=r"\.SAFE: the metadata list the granule \w*T31TFJ\S*, but there is no such"):
        find(tmp_path)
    # the one that is there can still be chosen
    (found,) = find(next(product.glob("GRANULE/*31TEJ*")))
    assert found.tile == "31TEJ"


def test_a_granule_without_images_is_named(tmp_path: Path) -> None:
    granules = [scenes.Granule(tile="31TEJ"), scenes.Granule(tile="31TFJ", left=scenes.LEFT + 240)]
    product = scenes.write_safe(tmp_path, DAY, granules=granules)
    shutil.rmtree(next(product.glob("GRANULE/*31TFJ*/IMG_DATA")))
    with pytest.raises(SeriesError, match=r"no image files below GRANULE/L2A_T31TFJ_A014741_20180420T104021/IMG_DATA"):
        find(tmp_path)


def test_an_image_that_the_metadata_list_but_is_not_there_is_missed_when_it_is_wanted(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY)
    next(product.rglob("*B11*")).unlink()
    with pytest.raises(SeriesError, match=r"2018-04-20 S2A 31TEJ has no band B11 \(it has B02"):
        pixels(product)
    assert pixels(product, bands=("B12",)).valid.all()


def test_opaque_cloud_and_cirrus_of_the_mask_of_level_1c_are_not_clear_but_snow_is(tmp_path: Path) -> None:
    mask = np.zeros((3, 8, 12), np.uint8)
    mask[0, 0, 0] = mask[1, 0, 1] = mask[2, 0, 2] = 1
    product = scenes.write_safe(tmp_path, DAY, level="L1C", granules=[scenes.Granule(cloud_mask=mask)], suffix=".jp2")
    (found,) = find(product)
    assert found.cloud_mask is not None
    observation = Observation(DAY, (found,))
    assert (observation.scl, observation.masked) == (False, True)
    valid = pixels(product).valid[0]
    assert valid[:2].all(axis=0).tolist() == [False] * 4 + [True] * 20
    assert valid[2:].all()
    assert clear_share(observation) == 94 / 96


def test_the_clear_share_of_level_1c_counts_the_edge_of_the_images_too(tmp_path: Path) -> None:
    numbers = {"B05": np.array([[0, 9], [9, 9]], np.uint16)}
    mask = np.zeros((3, 2, 2), np.uint8)
    mask[0, 1, 1] = 1
    granule = scenes.Granule(np.zeros((4, 4), np.uint8), cloud_mask=mask, numbers=numbers)
    (found,) = find(scenes.write_safe(tmp_path, DAY, level="L1C", granules=[granule]))
    assert clear_share(Observation(DAY, (found,))) == 2 / 4


def test_the_scl_counts_before_the_mask_of_level_1c(tmp_path: Path) -> None:
    granule = scenes.Granule(cloud_mask=np.ones((3, 8, 12), np.uint8))
    product = scenes.write_safe(tmp_path, DAY, granules=[granule])
    assert find(product)[0].cloud_mask is None
    assert pixels(product).valid.all()


def test_level_1c_without_a_mask_is_clear_wherever_it_is_imaged(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY, level="L1C")
    (found,) = find(product)
    assert not Observation(DAY, (found,)).masked
    assert pixels(product).valid.all()


def test_a_truncated_image_is_named_when_it_is_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    numbers = {"B08": rng.integers(1, 60000, (64, 64)).astype(np.uint16)}
    granule = scenes.Granule(np.zeros((64, 64), np.uint8), numbers=numbers)
    product = scenes.write_safe(tmp_path, DAY, granules=[granule], suffix=".jp2")
    path = next(product.rglob("*_B08_10m.jp2"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DamagedFileError, match=r"_B08_10m\.jp2: its pixels cannot be read"):
        pixels(product)


def test_a_truncated_image_is_named_whichever_part_of_it_is_read(tmp_path: Path) -> None:
    scl = np.random.default_rng(0).integers(4, 8, (64, 64)).astype(np.uint8)
    granule = scenes.Granule(np.zeros((128, 128), np.uint8), scl=scl)
    product = scenes.write_safe(tmp_path, DAY, granules=[granule], suffix=".jp2")
    path = next(product.rglob("*_SCL_20m.jp2"))
    path.write_bytes(path.read_bytes()[:-200])
    series = make_series(find(product), BANDS)
    with WindowReader() as reader, pytest.raises(DamagedFileError, match=r"_SCL_20m\.jp2: its pixels cannot be read"):
        read_block(reader, series.observations, BANDS, series.grid, Window(0, 0, 1, 1))
    with pytest.raises(DamagedFileError, match=r"_SCL_20m\.jp2: its pixels cannot be read"):
        clear_share(series.observations[0])


def test_a_mask_of_level_1c_with_too_few_bands_is_not_used(tmp_path: Path) -> None:
    granule = scenes.Granule(cloud_mask=np.ones((1, 8, 12), np.uint8))
    assert find(scenes.write_safe(tmp_path, DAY, level="L1C", granules=[granule]))[0].cloud_mask is None
