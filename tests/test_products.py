"""Series searched in folders: products, zips of them and rasters, by whatever path they are given."""

from __future__ import annotations

import zipfile
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


def test_a_folder_with_only_unrelated_rasters_has_no_images(tmp_path: Path) -> None:
    write_named(tmp_path, "labels.tif", ())
    (tmp_path / "notes.txt").write_text("20180420")
    with pytest.raises(SeriesError, match=r"No Sentinel-2 images found in .*expected \.SAFE products, zips of"):
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


def test_rasters_inside_a_product_are_not_taken_a_second_time(tmp_path: Path) -> None:
    scenes.write_safe(tmp_path, DAY)
    write_named(tmp_path, "S2_20180520.tif")
    assert sorted(item.date for item in find(tmp_path)) == [DAY, date(2018, 5, 20)]


def test_folders_zips_and_rasters_are_found_together_at_any_depth(tmp_path: Path) -> None:
    days = [date(2018, month, 1) for month in (4, 5, 6, 7)]
    scenes.write_safe(tmp_path / "a" / "b", days[0])
    scenes.write_zip(tmp_path / "a" / "x.SAFE.zip", scenes.write_safe(tmp_path.parent / "elsewhere", days[1]))
    write_named(tmp_path / "c", "S2_20180601.tif")
    write_named(tmp_path / "d", "named.tif")
    (tmp_path / "d" / "acquisitions.csv").write_text("file,date\nnamed.tif,2018-07-01\n")
    assert sorted(item.date for item in find(tmp_path)) == days


def test_a_granule_of_a_product_can_be_chosen_by_its_folder_or_an_image(tmp_path: Path) -> None:
    granules = [scenes.Granule(tile="31TEJ"), scenes.Granule(tile="31TFJ")]
    product = scenes.write_safe(tmp_path, DAY, granules=granules)
    second = next(product.glob("GRANULE/*31TFJ*"))
    assert [item.tile for item in find(second)] == ["31TFJ"]
    assert [item.tile for item in find_acquisitions([next(second.rglob("*B02*"))])] == ["31TFJ"]
    assert len(find_acquisitions([second, next(product.glob("GRANULE/*31TEJ*"))])) == 2
    assert len(find_acquisitions([second, product])) == 2
    assert len(find_acquisitions([product, second])) == 2
    assert len(find(product / "GRANULE")) == 2


def test_a_zip_named_like_a_product_must_be_one_also_in_a_folder(tmp_path: Path) -> None:
    write_named(tmp_path, "S2_20180601.tif")
    with zipfile.ZipFile(tmp_path / "S2A_MSIL2A_20180420T104021.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(SeriesError, match=r"S2A_MSIL2A_20180420T104021\.zip: the zip holds no Sentinel-2 product"):
        find(tmp_path)
    (tmp_path / "S2A_MSIL2A_20180420T104021.zip").write_text("cut")
    with pytest.raises(DamagedFileError, match="expected a zip file, but it is none"):
        find(tmp_path)


@pytest.mark.parametrize("given", ["x", "labels", "labels.txt"])
def test_a_folder_inside_a_product_that_is_no_granule_has_no_images(tmp_path: Path, given: str) -> None:
    product = scenes.write_safe(tmp_path, DAY)
    (product / given).mkdir()
    with pytest.raises(SeriesError, match="No Sentinel-2 images found"):
        find(product / given)
