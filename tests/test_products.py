"""Series searched in folders: products, zips of them and rasters, by whatever path they are given."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import scenes

from backend.errors import InputError, SeriesError
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
    with pytest.raises(SeriesError, match=r"No Sentinel-2 images found in .*expected \.SAFE products, zips of them, or"):
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
