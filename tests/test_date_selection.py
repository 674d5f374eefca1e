"""Which dates are used: by the clear share in the region, the rule for clouds, and the last day wanted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import scenes

from backend.clear_rule import ClearRule
from backend.date_selection import clear_share, region_clear_share, select_dates
from backend.grid import Window
from backend.products import find_acquisitions
from backend.raster import WindowReader
from backend.region import Region, read_region
from backend.sits import Series, make_series, read_block

DAY, LATER = scenes.DAYS[:2]
BANDS = ("B04", "B08")
LEFT_CLOUDY = scenes.clear_scl(scenes.CROPS)
LEFT_CLOUDY[:, :6] = scenes.CLOUD_SCL
"""Cloud over columns 0-11 of the scene's 24."""


def read_series(folder: Path) -> Series:
    return make_series(find_acquisitions([folder]), BANDS)


def region_of(folder: Path, series: Series, row: float, col: float, height: float, width: float) -> Region:
    return read_region(scenes.write_region(folder / "region.gpkg", scenes.box(row, col, height, width)), series.grid)


def valid(
    series: Series, rule: ClearRule, window: Window | None = None, bands: tuple[str, ...] = BANDS
) -> npt.NDArray[np.bool_]:
    """(T, H, W)."""
    with WindowReader() as reader:
        wanted = window or series.grid.window
        return read_block(reader, series.observations, bands, series.grid, wanted, rule).valid


def test_a_date_that_is_clear_in_the_region_is_used_however_cloudy_its_tile_is(tmp_path: Path) -> None:
    scenes.write_date(tmp_path / "in", DAY, scl=LEFT_CLOUDY)
    series = read_series(tmp_path / "in")
    right = region_of(tmp_path, series, 2, 12, 6, 8)
    assert [row.used for row in select_dates(series, 0.6)] == [False]
    assert [(row.used, row.clear_share) for row in select_dates(series, 0.6, region=right)] == [(True, 1.0)]


def test_a_date_that_is_cloudy_in_the_region_is_dropped_and_the_reason_says_where(tmp_path: Path) -> None:
    scenes.write_date(tmp_path / "in", DAY, scl=LEFT_CLOUDY)
    series = read_series(tmp_path / "in")
    # columns 4-15: 8 of 12 under the cloud
    rows = select_dates(series, 0.5, region=region_of(tmp_path, series, 0, 4, 4, 12))
    assert [(row.used, row.reason) for row in rows] == [(False, "33.3% clear in the region, less than 50%")]
    rows = select_dates(series, 0.0, region=region_of(tmp_path, series, 0, 2, 4, 6))
    assert [(row.used, row.reason) for row in rows] == [(False, "no clear pixel in the region")]


def test_the_region_counts_with_its_outline_and_not_with_its_box(tmp_path: Path) -> None:
    scenes.write_date(tmp_path / "in", DAY, scl=LEFT_CLOUDY)
    series = read_series(tmp_path / "in")
    # 2 x 2 cells under the cloud, 4 x 3 cells right of it: 12 of 16 are clear
    path = scenes.write_region(tmp_path / "r.gpkg", scenes.box(0, 0, 2, 2), scenes.box(10, 20, 4, 3))
    assert region_clear_share(series.observations[0], series.grid, read_region(path, series.grid)) == 12 / 16


def test_a_date_counts_by_the_part_of_the_region_that_its_images_show(tmp_path: Path) -> None:
    scenes.write_date(tmp_path / "in", DAY)
    scenes.write_date(tmp_path / "in", LATER, left=scenes.LEFT + 240, scl=LEFT_CLOUDY)
    series = read_series(tmp_path / "in")
    both = region_of(tmp_path, series, 0, 20, 2, 12)  # 4 columns of the first, 8 of the second, all of these cloudy
    assert [row.clear_share for row in select_dates(series, 0.0, region=both)] == [1.0, 0.0]
    rows = select_dates(series, 0.0, region=region_of(tmp_path, series, 0, 4, 2, 6))
    assert [(row.used, row.reason) for row in rows] == [(True, ""), (False, "shows nothing of the region")]


def test_where_granules_overlap_a_cell_counts_once_and_is_clear_if_one_of_them_is(tmp_path: Path) -> None:
    cloudy = scenes.clear_scl(scenes.CROPS, scenes.CLOUD_SCL)
    granules = [scenes.Granule(tile="31TEJ", scl=cloudy), scenes.Granule(tile="31TFJ", left=scenes.LEFT + 120)]
    scenes.write_safe(tmp_path / "in", DAY, granules=granules)
    series = read_series(tmp_path / "in")
    # columns 6-17: the first granule alone is cloudy (6-11), the second clears 12-17
    region = region_of(tmp_path, series, 0, 6, 4, 12)
    assert region_clear_share(series.observations[0], series.grid, region) == 0.5


def test_without_a_mask_the_imaged_pixels_of_the_region_count(tmp_path: Path) -> None:
    values = np.array([[0, 3, 3, 3], [0, 0, 3, 3]], np.uint16)
    scenes.write_raster(tmp_path / "in" / "20180420.tif", np.stack([values, values]), BANDS)
    series = read_series(tmp_path / "in")
    assert region_clear_share(series.observations[0], series.grid, region_of(tmp_path, series, 0, 0, 2, 2)) == 0.25


def test_level_1c_counts_its_cloud_mask_and_its_edge_in_the_region(tmp_path: Path) -> None:
    mask = np.zeros((3, 8, 12), np.uint8)
    mask[0, 0, 0] = 1  # cells 0-1 x 0-1
    coarse = np.full((8, 12), 2000, np.uint16)
    coarse[0, 1] = 0  # cells 0-1 x 2-3, not imaged
    product = scenes.Granule(cloud_mask=mask, numbers={"B05": coarse})
    scenes.write_safe(tmp_path / "in", DAY, level="L1C", granules=[product])
    series = make_series(find_acquisitions([tmp_path / "in"]), scenes.BANDS_20M)
    region = region_of(tmp_path, series, 0, 0, 4, 4)
    assert region_clear_share(series.observations[0], series.grid, region) == 2 / 4


def test_a_region_narrower_than_a_cell_counts_the_cells_that_it_touches(tmp_path: Path) -> None:
    scenes.write_date(tmp_path / "in", DAY, scl=LEFT_CLOUDY)
    series = read_series(tmp_path / "in")
    sliver = region_of(tmp_path, series, 1.1, 11.8, 0.2, 0.4)  # across the cloud's edge, over no cell's centre
    assert region_clear_share(series.observations[0], series.grid, sliver) == 0.5


def test_images_after_the_last_day_are_left_out_and_not_looked_at(tmp_path: Path) -> None:
    for day in (DAY, LATER):
        scenes.write_date(tmp_path, day)
    series = read_series(tmp_path)
    (tmp_path / f"S2_L2A_{LATER:%Y%m%d}_SCL_20m.tif").unlink()
    rows = select_dates(series, 0.0, until=DAY)
    assert [(row.used, row.reason) for row in rows] == [(True, ""), (False, "after 2018-04-20")]
    assert [row.to_dict()["clear_share"] for row in rows] == [1.0, None]


def test_the_last_day_itself_counts(tmp_path: Path) -> None:
    scenes.write_date(tmp_path, DAY)
    assert [row.used for row in select_dates(read_series(tmp_path), 0.0, until=date(2018, 4, 19))] == [False]
    assert [row.used for row in select_dates(read_series(tmp_path), 0.0, until=date(2018, 4, 20))] == [True]


def test_other_classes_can_be_clear_for_the_share_and_for_the_pixels(tmp_path: Path) -> None:
    scl = scenes.clear_scl(scenes.CROPS)
    scl[:, :6] = 3  # cloud shadow over columns 0-11
    scenes.write_date(tmp_path, DAY, scl=scl)
    series = read_series(tmp_path)
    assert [clear_share(series.observations[0], rule) for rule in (ClearRule(), ClearRule((3, 4)))] == [0.5, 1.0]
    assert valid(series, ClearRule())[0].sum() == 16 * 12
    assert valid(series, ClearRule((3, 4)))[0].all()


def one_cloud(folder: Path) -> Series:
    """A cloud over the 20 m cell of rows 4-5 and columns 8-9."""
    scl = scenes.clear_scl(scenes.CROPS)
    scl[2, 4] = scenes.CLOUD_SCL
    scenes.write_date(folder, DAY, scl=scl)
    return read_series(folder)


def test_a_cloud_of_20_m_grows_by_metres_on_the_grid_of_10_m(tmp_path: Path) -> None:
    mask = valid(one_cloud(tmp_path), ClearRule(buffer_m=5.0))[0]
    expected = np.ones((16, 24), dtype=bool)
    expected[3:7, 8:10] = expected[4:6, 7:11] = False  # centres 5 m off its edges; its corners' are 7.1 m off
    np.testing.assert_array_equal(mask, expected)


def test_the_grown_mask_is_the_same_however_the_ground_is_cut(tmp_path: Path) -> None:
    series = one_cloud(tmp_path)
    rule = ClearRule(buffer_m=27.0)
    whole = valid(series, rule)[0]
    assert not whole.all()
    for row in range(0, 16, 3):
        for col in range(0, 24, 5):
            window = Window(row, col, 3, 5)
            inside = window.intersect(series.grid.window)
            part = valid(series, rule, window)[0]
            np.testing.assert_array_equal(part[inside.slices(window)], whole[inside.slices(series.grid.window)])


def test_what_is_not_imaged_is_not_grown(tmp_path: Path) -> None:
    scl = scenes.clear_scl(scenes.CROPS)
    scl[:, 6:] = 0
    scenes.write_date(tmp_path, DAY, scl=scl)
    assert valid(read_series(tmp_path), ClearRule(buffer_m=50.0))[0].tolist() == [[True] * 12 + [False] * 12] * 16


def test_the_cloud_mask_of_level_1c_grows_too_and_its_snow_does_not(tmp_path: Path) -> None:
    mask = np.zeros((3, 8, 12), np.uint8)
    mask[1, 2, 4] = 1  # cirrus over rows 4-5, columns 8-9
    mask[2, 7, 11] = 1
    scenes.write_safe(tmp_path, DAY, level="L1C", granules=[scenes.Granule(cloud_mask=mask)])
    series = read_series(tmp_path)
    shown = valid(series, ClearRule(buffer_m=5.0))[0]
    expected = np.ones((16, 24), dtype=bool)
    expected[3:7, 8:10] = expected[4:6, 7:11] = False
    np.testing.assert_array_equal(shown, expected)


def test_a_granule_s_cloud_does_not_reach_into_another_granule_that_is_clear(tmp_path: Path) -> None:
    cloudy = scenes.clear_scl(scenes.CROPS, scenes.CLOUD_SCL)
    granules = [scenes.Granule(tile="31TEJ", scl=cloudy), scenes.Granule(tile="31TFJ", left=scenes.LEFT + 240)]
    scenes.write_safe(tmp_path, DAY, granules=granules)
    shown = valid(read_series(tmp_path), ClearRule(buffer_m=30.0))[0]
    assert not shown[:, :24].any()
    assert shown[:, 24:].all()


def test_the_share_counts_what_the_buffer_takes(tmp_path: Path) -> None:
    series = one_cloud(tmp_path)
    # on the mask's own grid of 8 x 12 cells, 10 m reach the four cells beside the cloud
    assert clear_share(series.observations[0], ClearRule(buffer_m=10.0)) == (96 - 5) / 96


@pytest.mark.parametrize("min_clear", [0.0, 0.05])
def test_two_regions_that_overlap_may_use_other_dates_and_a_least_share_of_zero_makes_them_agree(
    tmp_path: Path, min_clear: float
) -> None:
    scl = scenes.clear_scl(scenes.CROPS, scenes.CLOUD_SCL)
    scl[0, 4] = (
        scenes.CLEAR_SCL
    )  # one clear cell of 20 m, in both regions: 1 of 18 cells of the one, 1 of 36 of the other
    scenes.write_date(tmp_path / "in", DAY, scl=scl)
    series = read_series(tmp_path / "in")
    used = [
        select_dates(series, min_clear, region=region_of(tmp_path / name, series, 0, col, 12, width))[0].used
        for name, col, width in (("a", 4, 6), ("b", 4, 12))
        if (tmp_path / name).mkdir() is None
    ]
    assert used == ([True, True] if min_clear == 0.0 else [True, False])
