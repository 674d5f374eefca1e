"""Series on one grid, which dates are used, and their pixels as reflectance."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import scenes

from backend.date_selection import clear_share, select_dates
from backend.errors import BandMissingError, GridError, SeriesError
from backend.grid import Window
from backend.products import find_acquisitions
from backend.raster import WindowReader
from backend.sits import Observation, Series, SitsBlock, make_series, read_block

DAY = date(2018, 4, 20)
BANDS = scenes.BANDS_10M + scenes.BANDS_20M


def read_series(folder: Path, bands: tuple[str, ...] = BANDS, window: Window | None = None) -> SitsBlock:
    series = make_series(find_acquisitions([folder]), bands)
    with WindowReader() as reader:
        return read_block(reader, series.observations, bands, series.grid, window or series.grid.window)


def one_band(folder: Path, values: np.ndarray, nodata: float | None = 0, **tags: float) -> SitsBlock:
    path = scenes.write_raster(folder / "20180420.tif", values, ("B02",), nodata=nodata)
    if tags:
        with scenes.rasterio.open(path, "r+") as dst:
            dst.scales, dst.offsets = (tags["scale"],), (tags["offset"],)
    return read_series(folder, ("B02",))


def test_reflectance_is_number_plus_offset_by_quantification(tmp_path: Path) -> None:
    block = one_band(tmp_path, np.array([[1500, 3000], [1, 1000]], np.uint16), scale=1e-4, offset=-0.1)
    # (1500 - 1000) / 10000 = 0.05; a negative reflectance becomes 0 and stays valid
    assert block.x[0, 0].tolist() == [[500, 2000], [0, 0]]
    assert block.valid[0].all()


def test_a_product_of_baseline_04_00_reads_the_same_as_one_of_02_08_over_the_same_ground(tmp_path: Path) -> None:
    scenes.write_safe(tmp_path / "old", DAY)
    scenes.write_safe(tmp_path / "new", DAY, baseline="04.00", offsets=-1000.0)
    scenes.write_safe(tmp_path / "other", DAY, baseline="05.09", offsets={"B04": -700.0}, quantification=20000.0)
    old, new, other = (read_series(tmp_path / name) for name in ("old", "new", "other"))
    assert (old.x == new.x).all()
    assert (old.x == other.x).all()
    assert (old.valid == new.valid).all()
    assert old.x[0, BANDS.index("B08"), 0, 0] == scenes.GREEN["B08"]


def test_products_and_geotiffs_of_the_same_ground_read_the_same(tmp_path: Path) -> None:
    scenes.write_safe(tmp_path / "safe", DAY, suffix=".jp2")
    scenes.write_date(tmp_path / "tif", DAY)
    safe, tif = read_series(tmp_path / "safe"), read_series(tmp_path / "tif")
    assert (safe.x == tif.x).all()
    assert (safe.valid == tif.valid).all()


def test_nodata_is_invalid_and_reads_as_zero_whatever_its_number(tmp_path: Path) -> None:
    block = one_band(tmp_path, np.array([[65535, 100], [0, 65535]], np.uint16), nodata=65535)
    assert block.valid[0].tolist() == [[False, True], [True, False]]
    assert block.x[0, 0].tolist() == [[0, 100], [0, 0]]


def test_zero_is_nodata_where_a_raster_states_none(tmp_path: Path) -> None:
    block = one_band(tmp_path, np.array([[0, 100]], np.uint16), nodata=None)
    assert block.valid[0].tolist() == [[False, True]]


@pytest.mark.parametrize("nodata", [None, float("nan"), -9999.0])
def test_not_a_number_is_invalid_whatever_the_nodata_value(tmp_path: Path, nodata: float | None) -> None:
    block = one_band(tmp_path, np.array([[np.nan, 0.25], [np.inf, 0.5]], np.float32), nodata=nodata)
    assert block.valid[0].tolist() == [[False, True], [False, True]]
    assert block.x[0, 0].tolist() == [[0, 2500], [0, 5000]]


def test_one_band_without_a_pixel_makes_the_date_invalid_there(tmp_path: Path) -> None:
    scenes.write_raster(tmp_path / "20180420_a.tif", np.array([[5, 5]], np.uint16), ("B02",))
    scenes.write_raster(tmp_path / "20180420_b.tif", np.array([[5, 0]], np.uint16), ("B03",))
    assert read_series(tmp_path, ("B02", "B03")).valid[0].tolist() == [[True, False]]


@pytest.mark.parametrize(
    ("value", "clear"),
    [(0, False), (1, False), (2, False), (3, False), (4, True), (5, True), (6, True), (7, True), (8, False), (9, False),
     (10, False), (11, True)],
)  # fmt: skip
def test_each_scene_class_is_clear_or_not_as_sen2cor_defines_it(tmp_path: Path, value: int, clear: bool) -> None:
    scenes.write_date(tmp_path, DAY, scl=scenes.clear_scl(scenes.CROPS, value))
    assert (read_series(tmp_path).valid == clear).all()


def test_a_cloudy_20_m_pixel_hides_four_10_m_pixels(tmp_path: Path) -> None:
    scl = scenes.clear_scl(scenes.CROPS)
    scl[1, 2] = scenes.CLOUD_SCL
    scenes.write_date(tmp_path, DAY, scl=scl)
    valid = read_series(tmp_path).valid[0]
    hidden = {(int(row), int(col)) for row, col in np.argwhere(~valid)}
    assert hidden == {(2, 4), (2, 5), (3, 4), (3, 5)}


def test_pixels_beyond_the_images_are_invalid(tmp_path: Path) -> None:
    scenes.write_date(tmp_path, DAY)
    block = read_series(tmp_path, window=Window(-1, -2, 3, 4))
    assert block.valid[0].tolist() == [[False] * 4, [False, False, True, True], [False, False, True, True]]
    assert (block.x[:, :, ~block.valid[0]] == 0).all()


def test_bands_come_in_the_order_asked_for_whatever_the_file_says(tmp_path: Path) -> None:
    values = np.stack([np.full((2, 2), number, np.uint16) for number in (12, 2, 8, 4)])
    scenes.write_raster(tmp_path / "20180420.tif", values, ("B12", "B02", "B8A", "B04"))
    block = read_series(tmp_path, ("B02", "B04", "B8A", "B12"))
    assert block.x[0, :, 0, 0].tolist() == [2, 4, 8, 12]


def test_dates_come_in_order_with_their_day_of_the_year(tmp_path: Path) -> None:
    for day in (date(2020, 12, 31), date(2018, 1, 1), date(2019, 3, 1), date(2020, 3, 1)):
        scenes.write_raster(tmp_path / f"{day:%Y%m%d}.tif", np.ones((2, 2), np.uint16), ("B02",))
    # 1 March is day 60, or 61 in a leap year; the last day of a leap year is 366
    assert read_series(tmp_path, ("B02",)).doy.tolist() == [1, 60, 61, 366]


def test_a_missing_band_is_named_with_what_there_is(tmp_path: Path) -> None:
    scenes.write_date(tmp_path, DAY, leave_out=["B8A"])
    with pytest.raises(BandMissingError, match=r"2018-04-20 has no band B8A \(it has B02, B03, .*B08, B11, B12\)"):
        read_series(tmp_path)


def test_images_of_two_coordinate_systems_are_refused(tmp_path: Path) -> None:
    scenes.write_date(tmp_path, DAY)
    scenes.write_date(tmp_path, date(2018, 5, 20), crs="EPSG:32632")
    with pytest.raises(GridError, match=r"EPSG:32632, that of 2018-04-20 is EPSG:32631"):
        read_series(tmp_path)


def test_a_scene_classification_in_another_coordinate_system_is_refused(tmp_path: Path) -> None:
    scenes.write_date(tmp_path, DAY)
    scenes.write_raster(
        tmp_path / "S2_L2A_20180420_SCL_20m.tif",
        scenes.clear_scl(scenes.CROPS),
        ("SCL",),
        scenes.transform(20.0),
        "EPSG:32632",
    )
    with pytest.raises(GridError, match=r"SCL_20m\.tif: its coordinate system is EPSG:32632"):
        read_series(tmp_path)


def test_images_shifted_by_half_a_pixel_are_refused(tmp_path: Path) -> None:
    scenes.write_date(tmp_path, DAY)
    scenes.write_date(tmp_path, date(2018, 5, 20), left=scenes.LEFT + 5)
    with pytest.raises(GridError, match=r"2018-05-20 lie on another grid .* than those of 2018-04-20"):
        read_series(tmp_path)


def test_no_acquisition_at_all_is_refused() -> None:
    with pytest.raises(SeriesError, match="no acquisition"):
        make_series([], BANDS)


def found(folder: Path) -> Observation:
    return Observation(DAY, tuple(find_acquisitions([folder])))


def test_the_clear_share_counts_the_clear_pixels_of_the_scene_classification(tmp_path: Path) -> None:
    scl = scenes.clear_scl(scenes.CROPS)
    scl[0, :] = scenes.CLOUD_SCL
    scenes.write_date(tmp_path, DAY, scl=scl)
    assert clear_share(found(tmp_path)) == 7 / 8


def test_without_a_scene_classification_the_share_of_imaged_pixels_counts(tmp_path: Path) -> None:
    scenes.write_raster(tmp_path / "20180420.tif", np.array([[0, 3, 3, 3]], np.uint16), ("B02",))
    assert clear_share(found(tmp_path)) == 0.75


def test_dates_are_dropped_with_a_reason(tmp_path: Path) -> None:
    cloudy = scenes.clear_scl(scenes.CROPS, scenes.CLOUD_SCL)
    nearly = cloudy.copy()
    nearly[0, 0] = scenes.CLEAR_SCL
    for day, scl in zip(scenes.DAYS, (None, cloudy, nearly, None), strict=True):
        scenes.write_date(tmp_path, day, scl=scl)
    rows = select_dates(make_series(find_acquisitions([tmp_path]), BANDS), 0.05, "L2A")
    assert [row.used for row in rows] == [True, False, False, True]
    assert [row.reason for row in rows] == ["", "no clear pixel", "1.0% clear, less than 5%", ""]
    rows = select_dates(make_series(find_acquisitions([tmp_path]), BANDS), 0.0)
    assert [row.used for row in rows] == [True, False, True, True]


def test_another_processing_level_than_wanted_is_dropped_with_a_reason(tmp_path: Path) -> None:
    scenes.write_safe(tmp_path, DAY, level="L1C")
    rows = select_dates(make_series(find_acquisitions([tmp_path]), BANDS), 0.05, "L2A")
    assert [row.reason for row in rows] == ["level L1C, L2A is wanted"]


def test_the_finest_band_makes_the_grid(tmp_path: Path) -> None:
    scenes.write_date(tmp_path, DAY)
    series: Series = make_series(find_acquisitions([tmp_path]), BANDS)
    assert series.grid.shape == (16, 24)
    series = make_series(find_acquisitions([tmp_path]), scenes.BANDS_20M)
    assert series.grid.shape == (8, 12)
