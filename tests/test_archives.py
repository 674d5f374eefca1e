"""Zip files read in place: products equal to those in folders, and zips that are refused."""

from __future__ import annotations

import os
import struct
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import scenes

from backend.archives import folder_tree, zip_tree
from backend.errors import DamagedFileError, InputError, SeriesError
from backend.products import find_acquisitions
from backend.raster import WindowReader, read_info
from backend.sits import SitsBlock, make_series, read_block

DAY = date(2018, 4, 20)
BANDS = scenes.BANDS_10M + scenes.BANDS_20M
NAME = "S2A_MSIL2A_20180420T104021_N0208_R008_T31TEJ_20180420T170922.SAFE.zip"


def pixels(*paths: Path) -> SitsBlock:
    series = make_series(find_acquisitions(paths), BANDS)
    with WindowReader() as reader:
        return read_block(reader, series.observations, BANDS, series.grid, series.grid.window)


def zipped(path: Path, member: str, content: bytes = b"x") -> Path:
    """A zip with one file of any name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(
    "name", [NAME, "x.zip", "Äcker im Süden.SAFE.zip", "a.zip.d/{b}/c d.ZIP", "lone{brace.zip", "100 % (1).zip"]
)
def test_a_product_in_a_zip_reads_like_the_one_in_a_folder(tmp_path: Path, method: int, name: str) -> None:
    product = scenes.write_safe(tmp_path / "folder", DAY, baseline="04.00", offsets=-1000.0, suffix=".jp2")
    path = scenes.write_zip(tmp_path / "zip" / name, product, method=method)
    before = scenes.listing(tmp_path / "zip")
    first, second = pixels(product), pixels(path)
    assert (first.x == second.x).all()
    assert (first.valid == second.valid).all()
    assert scenes.listing(tmp_path / "zip") == before


def test_the_path_of_an_image_leads_through_the_zip(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path / "folder", DAY)
    path = scenes.write_zip(tmp_path / NAME, product)
    (found,) = find_acquisitions([path])
    source = found.bands["B04"]
    assert source.path.is_relative_to(path / product.name / "GRANULE")
    assert read_info(source.path).grid == source.grid


def test_all_products_of_a_zip_are_found_at_any_depth(tmp_path: Path) -> None:
    products = [scenes.write_safe(tmp_path / "a", day) for day in scenes.DAYS]
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for depth, product in enumerate(products):
            for file in product.rglob("*"):
                place = Path(*["deep"] * depth, file.relative_to(product if depth == 0 else product.parent))
                archive.write(file, place)
    assert sorted(item.date for item in find_acquisitions([path])) == list(scenes.DAYS)


def test_folders_and_zips_name_the_same_files(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY)
    tree = zip_tree(scenes.write_zip(tmp_path / "x.zip", product)).below(product.name)
    folder = folder_tree(product)
    assert tree.names == folder.names
    assert tree.read("MTD_MSIL2A.xml") == folder.read("MTD_MSIL2A.xml")


def test_names_with_a_dot_or_backslashes_are_those_of_ordinary_zips(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("./a/b.txt", "1")
        info = zipfile.ZipInfo("a/c.txt")
        info.filename = "a\\c.txt"
        archive.writestr(info, "2")
    tree = zip_tree(path)
    assert tree.names == ("a/b.txt", "a/c.txt")
    assert (tree.read("a/b.txt"), tree.read("a/c.txt")) == (b"1", b"2")


@pytest.mark.parametrize("content", [b"", b"no zip", b"\x89PNG\r\n", bytes(1000)])
def test_a_file_that_is_no_zip_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / NAME
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"\.SAFE\.zip: expected a zip file, but it is none"):
        find_acquisitions([path])
    with pytest.raises(DamagedFileError, match=r"\.SAFE\.zip: expected a zip file, but it is none"):
        find_acquisitions([tmp_path])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_zip_that_is_cut_short_is_named(tmp_path: Path, share: float) -> None:
    path = scenes.write_zip(tmp_path / NAME, scenes.write_safe(tmp_path / "a", DAY))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(DamagedFileError, match=r"\.SAFE\.zip: the zip is cut short or damaged"):
        find_acquisitions([path])


def test_a_zip_whose_metadata_are_damaged_is_named(tmp_path: Path) -> None:
    path = scenes.write_zip(tmp_path / NAME, scenes.write_safe(tmp_path / "a", DAY), method=zipfile.ZIP_STORED)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"Product_Info", b"Product_Inf0", 1))
    with pytest.raises(DamagedFileError, match=r"MTD_MSIL2A\.xml: cannot be unpacked \(Bad CRC-32"):
        find_acquisitions([path])


def test_a_zip_whose_image_is_damaged_is_named_when_it_is_read(tmp_path: Path) -> None:
    path = scenes.write_zip(tmp_path / NAME, scenes.write_safe(tmp_path / "a", DAY, suffix=".jp2"))
    with zipfile.ZipFile(path) as archive:
        info = next(info for info in archive.infolist() if "_B03_" in info.filename)
    content = bytearray(path.read_bytes())
    start = info.header_offset + 30 + len(info.filename)
    content[start + 20 : start + info.compress_size] = bytes(info.compress_size - 20)
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"_B03_10m\.jp2: "):
        pixels(path)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / NAME, "X.SAFE/MTD_MSIL2A.xml")
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, 6, 1)
    struct.pack_into("<H", content, central + 8, 1)
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"\.SAFE\.zip: the zip is encrypted"):
        find_acquisitions([path])


@pytest.mark.parametrize(
    "member",
    ["../X.SAFE/MTD_MSIL2A.xml", "X.SAFE/../../MTD_MSIL2A.xml", "/etc/MTD_MSIL2A.xml", "C:/X/MTD_MSIL2A.xml",
     "..\\MTD_MSIL2A.xml", "\\\\server\\MTD_MSIL2A.xml", "X.SAFE/.."],
)  # fmt: skip
def test_names_that_lead_out_of_a_zip_are_refused(tmp_path: Path, member: str) -> None:
    path = tmp_path / NAME
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = member
        archive.writestr(info, "<a/>")
    with pytest.raises(DamagedFileError, match=r"\.SAFE\.zip: the zip holds the name .*, which leads out of it"):
        find_acquisitions([path])


def test_metadata_that_expand_beyond_measure_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / NAME, "X.SAFE/MTD_MSIL2A.xml", bytes(4 << 20))
    with pytest.raises(DamagedFileError, match=r"expands from \d+ to 4194304 bytes, which no product's metadata do"):
        find_acquisitions([path])


def test_metadata_larger_than_any_products_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / NAME, "X.SAFE/MTD_MSIL2A.xml", bytes((64 << 20) + 1))
    with pytest.raises(DamagedFileError, match=r"67108865 bytes are too much for a product's metadata"):
        find_acquisitions([path])


def test_a_zip_that_lies_about_the_size_of_the_metadata_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / NAME, "X.SAFE/MTD_MSIL2A.xml", os.urandom(1 << 20))
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 1000)
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"MTD_MSIL2A\.xml: (cannot be unpacked|the metadata are not valid XML)"):
        find_acquisitions([path])


def test_a_way_of_compression_that_cannot_be_read_in_place_is_named(tmp_path: Path) -> None:
    path = scenes.write_zip(tmp_path / NAME, scenes.write_safe(tmp_path / "a", DAY), method=zipfile.ZIP_BZIP2)
    with pytest.raises(InputError, match=r"is compressed in a way that cannot be read inside the zip \(method 12\)"):
        find_acquisitions([path])


def test_a_zip_without_a_product_is_named_where_one_was_chosen(tmp_path: Path) -> None:
    path = zipped(tmp_path / "parcels.zip", "parcels.shp")
    with pytest.raises(SeriesError, match=r"parcels\.zip: the zip holds no Sentinel-2 product"):
        find_acquisitions([path])


def test_other_zips_in_a_folder_are_left_alone(tmp_path: Path) -> None:
    scenes.write_date(tmp_path, DAY)
    zipped(tmp_path / "parcels.zip", "parcels.shp")
    zipped(tmp_path / "strange.zip", "../x")
    (tmp_path / "empty.zip").write_bytes(b"")
    assert len(find_acquisitions([tmp_path])) == 1


def test_an_image_that_a_zip_does_not_hold_is_named(tmp_path: Path) -> None:
    path = scenes.write_zip(tmp_path / "x.zip", scenes.write_safe(tmp_path / "a", DAY))
    with pytest.raises(DamagedFileError, match=r"B99\.jp2: expected a raster, but GDAL cannot open it"):
        read_info(path / "X.SAFE" / "B99.jp2")
    with pytest.raises(InputError, match=r"There is no file .*gone\.zip"):
        read_info(tmp_path / "gone.zip" / "B02.jp2")


def test_the_same_product_in_a_folder_and_a_zip_counts_once(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path, DAY)
    scenes.write_zip(tmp_path / NAME, product)
    series = make_series(find_acquisitions([tmp_path]), BANDS)
    ((granule,),) = (item.granules for item in series.observations)
    assert granule.bands["B02"].path.is_relative_to(product)
    ((left_out, reason),) = series.superseded
    assert left_out.bands["B02"].path.is_relative_to(tmp_path / NAME)
    assert reason == "the same granule is there twice"


def test_a_product_cut_into_two_granules_reads_like_the_whole_in_a_zip_too(tmp_path: Path) -> None:
    left, right = scenes.CROPS[:, :10].copy(), scenes.CROPS[:, 8:].copy()
    granules = [scenes.Granule(left, "31TEJ"), scenes.Granule(right, "31TFJ", left=scenes.LEFT + 80)]
    halves = scenes.write_safe(tmp_path / "halves", DAY, granules=granules)
    whole = scenes.write_safe(tmp_path / "whole", DAY)
    zipped_halves = scenes.write_zip(tmp_path / NAME, halves)
    for path in (halves, zipped_halves):
        assert (pixels(path).x == pixels(whole).x).all()
        assert (pixels(path).valid == pixels(whole).valid).all()
        assert np.array_equal(pixels(path).doy, pixels(whole).doy)


def test_an_image_in_a_zip_that_leads_to_another_file_is_refused(tmp_path: Path) -> None:
    secret = scenes.write_raster(tmp_path / "secret.tif", np.ones((16, 24), np.uint16))
    product = scenes.write_safe(tmp_path / "a", DAY, suffix=".jp2")
    vrt = (
        '<VRTDataset rasterXSize="24" rasterYSize="16"><SRS>EPSG:32631</SRS><GeoTransform>0,1,0,0,0,-1</GeoTransform>'
        f'<VRTRasterBand dataType="UInt16" band="1"><SimpleSource><SourceFilename>{secret}</SourceFilename>'
        "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    next(product.rglob("*_B02_10m.jp2")).write_text(vrt)
    with pytest.raises(DamagedFileError, match=r"_B02_10m\.jp2: expected a raster, but GDAL cannot open it"):
        find_acquisitions([scenes.write_zip(tmp_path / NAME, product)])
